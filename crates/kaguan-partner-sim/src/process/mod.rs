//! The simulator as a product: a bank, a vendor, the registers, the e-card platform, SMS and the treasury as processes of
//! their own, with their own stored state, that speak the partner API over HTTP. What goes wrong is said by a file, or
//! live at `/_sim/trouble`.

mod bank;
mod plain;
mod server;
mod state;
mod trouble;
mod vendor;

pub use bank::{Account, Act, bank_card_of};
pub use trouble::Trouble;

use anyhow::Context;
use kaguan_api::client::Client;
use kaguan_api::sign::{Public, Secret};
use kaguan_service::clock::Clock;
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

/// Milliseconds since 1970, by the machine's clock.
fn now_ms() -> i64 {
    Clock::Machine.now().0 / 1_000
}

/// Runs a partner until it is stopped. `ready` hears the address once it listens.
pub async fn run(config: Config, ready: impl FnOnce(SocketAddr)) -> anyhow::Result<()> {
    let secret = secret_in(&config.data)?;
    let state = Arc::new(State::open(&config.data.join("state.redb"))?);
    let me = format!("{}:{}", config.what.code(), config.code);
    let client = Client::believing(&config.system, &me, KEY_NAME, secret.clone());
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("failed to listen on {}", config.listen))?;
    let server = Server::new(secret, state, &config);
    ready(listener.local_addr()?);
    let served = axum::serve(listener, server.router());
    let worked = work(config, server, client);
    tokio::select! {
        served = async { served.await } => Ok(served?),
        worked = worked => worked,
    }
}

/// Finds the system's key, then does the partner's own work for ever.
async fn work(config: Config, server: Server, client: Client) -> anyhow::Result<()> {
    let known = match config.system_key.clone().or_else(|| server.state.meta("system_key")) {
        Some(known) => known,
        None => ask_key(&client).await,
    };
    server.state.put_meta("system_key", &known)?;
    let public = Public::parse(&known).context("the system's key")?;
    server.trust(public.clone());
    let client = client.trusting(vec![("kaguan-1".into(), public)]);
    match config.what {
        What::Bank => bank::work(&config.code, &server, &client).await,
        What::Vendor => vendor::work(&config.code, &server, &client).await,
        What::Treasury => plain::pay(&server, &client).await,
        What::Registers | What::Ecard | What::Sms => std::future::pending().await,
    }
}

async fn ask_key(client: &Client) -> String {
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(200));
    loop {
        tick.tick().await;
        let reply = client.call("GET", "/api/keys/v1", None, Vec::new(), now_ms()).await;
        let key = reply
            .ok()
            .filter(|r| r.status == 200)
            .and_then(|r| serde_json::from_slice::<kaguan_api::business::SystemKey>(&r.body).ok());
        if let Some(key) = key {
            return key.public;
        }
    }
}
