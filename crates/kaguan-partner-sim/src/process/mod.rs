//! The simulator as a product: a bank, a vendor, the registers, the e-card platform, SMS and the treasury as processes of
//! their own, with their own stored state, that speak the partner API over HTTP. What goes wrong is said by a file, or
//! live at `/_sim/trouble`.

mod account;
mod bank;
mod line;
mod plain;
mod post;
mod server;
mod state;
mod terminal;
mod trouble;
mod vendor;

pub use account::Account;
pub use bank::{Act, bank_card_of};
pub use trouble::Trouble;

use anyhow::Context;
use kaguan_api::business::SystemKey;
use kaguan_api::sign::{Public, Secret};
use kaguan_service::clock::TimeSource;
use line::{KEYS, SystemLine};
use server::Server;
use state::State;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
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
    /// 相片检测审核平台.
    Photos,
    /// 邮政企业.
    Post,
    /// 自助服务终端.
    Terminal,
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
            Self::Photos => "photos",
            Self::Post => "post",
            Self::Terminal => "terminal",
        }
    }
}

/// How a simulated partner is run.
#[derive(Clone, Debug)]
pub struct Config {
    pub what: What,
    /// Its code among its kind, such as `95588`.
    pub code: String,
    pub listen: SocketAddr,
    /// Where its state and its key are.
    pub data: PathBuf,
    /// Address of the system, such as `http://127.0.0.1:8018`.
    pub system: String,
    /// The system's public key, `kaguan-1`; without it, it is asked for once and trusted from then on. The ones after it
    /// are learned under the one before.
    pub system_key: Option<String>,
    /// What goes wrong at the beginning.
    pub trouble: Trouble,
    /// Decides what goes wrong when: the same seed, the same troubles.
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
    TimeSource::Machine.now().0 / 1_000
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
    let line = SystemLine::new(&config.system, &me, secret, server.dice.clone());
    ready(listener.local_addr()?);
    let served = axum::serve(listener, server.router());
    let worked = work(config, server, line);
    tokio::select! {
        served = async { served.await } => Ok(served?),
        worked = worked => worked,
    }
}

/// Finds the system's key, then does the partner's own work for ever.
async fn work(config: Config, server: Server, line: SystemLine) -> anyhow::Result<()> {
    let stored =
        server.state.meta("system_keys").map(|text| serde_json::from_str::<Keys>(&text)).transpose()?;
    let given = config.system_key.clone();
    // A given key that is not among the stored ones is another system's.
    let stored = stored.filter(|known| given.as_ref().is_none_or(|k| known.values().any(|v| v == k)));
    let known = match (stored, given) {
        (Some(known), _) => known,
        (None, Some(first)) => Keys::from([("kaguan-1".to_owned(), first)]),
        (None, None) => told(loop {
            if let Some(told) = line.get::<SystemKey>(KEYS).await {
                break told;
            }
            line.rest(&server.bell).await;
        }),
    };
    trust(&known, &line, &server)?;
    let work = async {
        match config.what {
            What::Bank => bank::work(&config.code, &server, &line).await,
            What::Vendor => vendor::work(&config.code, &server, &line).await,
            What::Treasury => plain::pay(&server, &line).await,
            What::Ecard => plain::number(&server, &line).await,
            What::Post => post::work(&server, &line).await,
            What::Terminal => terminal::work(&server, &line).await,
            What::Registers | What::Sms | What::Photos => std::future::pending().await,
        }
    };
    tokio::select! {
        worked = work => worked,
        learned = learn(known, &line, &server) => learned,
    }
}

/// The system's public keys by their names.
type Keys = BTreeMap<String, String>;

fn told(told: SystemKey) -> Keys {
    std::iter::once((told.key, told.public)).chain(told.next.map(|n| (n.key, n.public))).collect()
}

/// Believes the system under these keys, now and after a restart.
fn trust(keys: &Keys, line: &SystemLine, server: &Server) -> anyhow::Result<()> {
    server.state.put_meta("system_keys", &serde_json::to_string(keys)?)?;
    let parse = |(name, public): (&String, &String)| Ok((name.clone(), Public::parse(public)?));
    let public: Vec<_> =
        keys.iter().map(parse).collect::<anyhow::Result<_>>().context("the system's keys")?;
    line.trust(public.clone());
    server.trust(public);
    Ok(())
}

/// Asks for the system's next key for ever. What is said under a key that is believed is believed.
async fn learn(mut known: Keys, line: &SystemLine, server: &Server) -> anyhow::Result<()> {
    let mut tick = tokio::time::interval(LEARN);
    loop {
        tick.tick().await;
        let Some(said) = line.get::<SystemKey>(KEYS).await else { continue };
        for (name, public) in told(said) {
            // A key that is known stays what it is.
            if let Entry::Vacant(unknown) = known.entry(name) {
                unknown.insert(public);
                trust(&known, line, server)?;
            }
        }
    }
}

/// How often a simulated partner asks for the system's keys; a real one does once a day.
const LEARN: Duration = Duration::from_secs(1);
