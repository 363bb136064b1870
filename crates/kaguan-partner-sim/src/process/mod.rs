//! The simulator as a product: a bank, a vendor, the registers, the e-card platform, SMS and the treasury as processes of
//! their own, with their own stored state, that speak the partner API over HTTP. What goes wrong is said by a file, or
//! live at `/_sim/trouble`.

mod bank;
mod line;
mod plain;
mod server;
mod state;
mod trouble;
mod vendor;

pub use bank::{Account, Act, bank_card_of};
pub use trouble::Trouble;

use anyhow::Context;
use kaguan_api::sign::{Public, Secret};
use kaguan_service::clock::Clock;
use line::{KEYS, Line};
use server::Server;
use state::State;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Which partner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// A service bank.
    Bank,
    /// A card vendor.
    Vendor,
    /// 公安, 社保.
    Registers,
    /// 全国社保卡服务平台.
    Ecard,
    /// SMS gateway.
    Sms,
    /// 财政非税票据.
    Treasury,
}

impl What {
    /// The kind as partners are named.
    pub fn code(self) -> &'static str {
        match self {
            Self::Bank => "bank",
            Self::Vendor => "vendor",
            Self::Registers => "registers",
            Self::Ecard => "ecard",
            Self::Sms => "sms",
            Self::Treasury => "treasury",
        }
    }
}

/// How a simulated partner is run.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which.
    pub what: What,
    /// Its code among its kind, such as `95588`.
    pub code: String,
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where its state and its key are.
    pub data: PathBuf,
    /// Where the system is.
    pub system: String,
    /// The system's public key; without it, it is asked for once and trusted from then on.
    pub system_key: Option<String>,
    /// What goes wrong at the beginning.
    pub trouble: Trouble,
    /// What goes wrong when.
    pub seed: u64,
}

/// The name of a simulated partner's key.
pub const KEY_NAME: &str = "key-1";

/// The key in a simulated partner's directory; made when it is not there.
pub fn secret_in(data: &std::path::Path) -> anyhow::Result<Secret> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::create_dir_all(data).with_context(|| format!("failed to make {}", data.display()))?;
    let path = data.join("partner.key");
    if !path.exists() {
        let secret = Secret::fresh();
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(secret.text().as_bytes())?;
        file.sync_all()?;
        return Ok(secret);
    }
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("failed to read {}", path.display()))?;
    Secret::parse(&text).with_context(|| format!("{} is not a key", path.display()))
}

/// A number that follows from the row.
fn serial_of(row: &str) -> u64 {
    row.bytes().fold(7u64, |n, b| n.wrapping_mul(1_099_511_628_211).wrapping_add(u64::from(b)))
}

/// Whether a chance strikes a row, by the row and not by dice; `above` is what other chances have taken.
fn struck(row: &str, above: f64, chance: f64) -> bool {
    // Rows that differ in the last digit only are to differ here as well.
    let at = (serial_of(row).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 44) as f64 / f64::from(1 << 20);
    (above..above + chance).contains(&at)
}

/// Milliseconds since 1970, by the machine's clock.
fn now_ms() -> i64 {
    Clock::Machine.now().0 / 1_000
}

/// Runs a partner until it is stopped. `ready` hears the address once it listens.
pub async fn run(config: Config, ready: impl FnOnce(SocketAddr)) -> anyhow::Result<()> {
    let secret = secret_in(&config.data)?;
    let state = Arc::new(State::open(&config.data.join("state.redb"))?);
    let me = format!("{}:{}", config.what.code(), config.code);
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("failed to listen on {}", config.listen))?;
    let server = Server::new(secret.clone(), state, &config);
    let line = Line::new(&config.system, &me, secret, server.dice.clone());
    ready(listener.local_addr()?);
    let served = axum::serve(listener, server.router());
    let worked = work(config, server, line);
    tokio::select! {
        served = async { served.await } => Ok(served?),
        worked = worked => worked,
    }
}

/// Finds the system's key, then does the partner's own work for ever.
async fn work(config: Config, server: Server, line: Line) -> anyhow::Result<()> {
    let known = match config.system_key.clone().or_else(|| server.state.meta("system_key")) {
        Some(known) => known,
        None => ask_key(&line, &server).await,
    };
    server.state.put_meta("system_key", &known)?;
    let public = Public::parse(&known).context("the system's key")?;
    server.trust(public.clone());
    let line = line.trusting(public);
    match config.what {
        What::Bank => bank::work(&config.code, &server, &line).await,
        What::Vendor => vendor::work(&config.code, &server, &line).await,
        What::Treasury => plain::pay(&server, &line).await,
        What::Registers | What::Ecard | What::Sms => std::future::pending().await,
    }
}

async fn ask_key(line: &Line, server: &Server) -> String {
    loop {
        if let Some(key) = line.get::<kaguan_api::business::SystemKey>(KEYS).await {
            return key.public;
        }
        line.rest(&server.bell).await;
    }
}
