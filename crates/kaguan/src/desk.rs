//! The server's own desk: a socket in the data directory by which the command line gives commands to a running server, so
//! that registering a partner or changing a key never takes the writing over from it. Whoever can reach the directory
//! (mode 0700) may do what the command line may.

use crate::Place;
use crate::reconcile::{self, Compared};
use anyhow::{Context, anyhow, bail};
use axum::Json;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::routing::post;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::ids::{BankCode, BlankOrderId, CityCode, VendorCode};
use kaguan_service::clock::Clock;
use kaguan_service::{Command, Failure, Service};
use serde::{Deserialize, Serialize};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use tokio::net::{UnixListener, UnixStream};

fn path(place: &Place) -> PathBuf {
    place.data.join("kaguan.sock")
}

/// What the server says: the journal's line, or why not.
type Said<T> = Result<T, String>;

/// What the desk has at hand: the service, and the line to banks for reconciliation.
#[derive(Clone)]
struct Desk {
    service: Service,
    http: reqwest::Client,
}

async fn execute(State(Desk { service, .. }): State<Desk>, Json(command): Json<Command>) -> Json<Said<i64>> {
    let ctx = service.ctx(Actor::System, Channel::CommandLine, None);
    Json(service.execute(ctx, command).await.map(|r| r.entry).map_err(|e| e.to_string()))
}

async fn repair(State(desk): State<Desk>, Path(bank): Path<String>) -> Json<Said<Compared>> {
    Json(reconcile::repair(&desk.service, &desk.http, &bank).await.map_err(|e| format!("{e:#}")))
}

/// 预制卡申请.
#[derive(Serialize, Deserialize)]
pub struct OrderBlanks {
    /// City, four digits.
    pub city: CityCode,
    /// Bank, five digits.
    pub bank: BankCode,
    /// Vendor.
    pub vendor: VendorCode,
    /// How many.
    pub quantity: u32,
    /// 备注.
    pub note: String,
}

async fn order(State(Desk { service, .. }): State<Desk>, Json(ask): Json<OrderBlanks>) -> Json<Said<i64>> {
    Json(ordered(&service, &ask).await.map_err(|e| e.to_string()))
}

async fn ordered(service: &Service, ask: &OrderBlanks) -> Result<i64, Failure> {
    let OrderBlanks { city, bank, vendor, quantity, note } = ask;
    Ok(service.order_blanks(&Actor::System, city, bank, vendor, *quantity, note).await?.0)
}

async fn generate(State(Desk { service, .. }): State<Desk>, Path(id): Path<i64>) -> Json<Said<()>> {
    Json(service.generate_blanks(&Actor::System, BlankOrderId(id)).await.map_err(|e| e.to_string()))
}

async fn send_again(State(Desk { service, .. }): State<Desk>, Path(id): Path<i64>) -> Json<Said<()>> {
    Json(service.send_again(&Actor::System, id).await.map_err(|e| e.to_string()))
}

async fn settle(
    State(Desk { service, .. }): State<Desk>,
    Path(id): Path<i64>,
    Json(how): Json<String>,
) -> Json<Said<()>> {
    Json(service.settle_letter(&Actor::System, id, &how).await.map_err(|e| e.to_string()))
}

/// Opens the desk of a data directory: from now on the command line finds this server.
pub async fn open(place: &Place) -> anyhow::Result<UnixListener> {
    let path = path(place);
    if UnixStream::connect(&path).await.is_err() {
        // Left behind by a server that is gone.
        let _ = std::fs::remove_file(&path);
    }
    let listener =
        UnixListener::bind(&path).with_context(|| format!("failed to listen on {}", path.display()))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Serves an open desk until it is dropped.
pub async fn serve(listener: UnixListener, service: Service, http: reqwest::Client) -> anyhow::Result<()> {
    let router = axum::Router::new()
        .route("/command", post(execute))
        .route("/repair/{bank}", post(repair))
        .route("/blanks", post(order))
        .route("/blanks/{id}/generate", post(generate))
        .route("/letters/{id}/again", post(send_again))
        .route("/letters/{id}/settle", post(settle))
        .layer(DefaultBodyLimit::max(64 << 20))
        .with_state(Desk { service, http });
    Ok(axum::serve(listener, router).await?)
}

/// Gives commands: to the server that runs on this data directory, or to the data themselves when none does.
pub enum Hand {
    /// A server runs.
    Running(reqwest::Client),
    /// None does: this process writes.
    Own(Box<Service>),
}

impl Hand {
    /// Finds out which.
    pub async fn of(place: &Place) -> anyhow::Result<Self> {
        let path = path(place);
        if UnixStream::connect(&path).await.is_ok() {
            let http = reqwest::Client::builder().unix_socket(path).no_proxy().build()?;
            return Ok(Self::Running(http));
        }
        let (service, _) = crate::open::system(place, Clock::Machine).await?;
        Ok(Self::Own(Box::new(service)))
    }

    async fn ask<T: serde::de::DeserializeOwned>(
        http: &reqwest::Client,
        path: &str,
        body: Vec<u8>,
    ) -> anyhow::Result<T> {
        let send = http.post(format!("http://desk{path}")).header("content-type", "application/json");
        // The server's word was lost: whether it was done is not known.
        let lost = |e: reqwest::Error| anyhow!("服务没有应答，是否办结尚不明确：{}", e.without_url());
        let reply = send.body(body).send().await.map_err(lost)?.bytes().await.map_err(lost)?;
        let said: Said<T> = serde_json::from_slice(&reply).context("the server's answer cannot be read")?;
        said.map_err(|why| anyhow!(why))
    }

    /// Gives a command; returns the journal's line.
    pub async fn execute(&self, command: Command) -> anyhow::Result<i64> {
        match self {
            Self::Running(http) => Self::ask(http, "/command", serde_json::to_vec(&command)?).await,
            Self::Own(service) => {
                let ctx = service.ctx(Actor::System, Channel::CommandLine, None);
                match service.execute(ctx, command).await {
                    Ok(receipt) => Ok(receipt.entry),
                    Err(Failure::Unknown) => bail!("是否办结尚不明确，请查询后再办"),
                    Err(e) => Err(e.into()),
                }
            }
        }
    }

    /// 预制卡申请: its identity.
    pub async fn order_blanks(&self, ask: &OrderBlanks) -> anyhow::Result<i64> {
        match self {
            Self::Running(http) => Self::ask(http, "/blanks", serde_json::to_vec(ask)?).await,
            Self::Own(service) => Ok(ordered(service, ask).await?),
        }
    }

    /// 生成数据.
    pub async fn generate_blanks(&self, id: i64) -> anyhow::Result<()> {
        match self {
            Self::Running(http) => Self::ask(http, &format!("/blanks/{id}/generate"), Vec::new()).await,
            Self::Own(service) => Ok(service.generate_blanks(&Actor::System, BlankOrderId(id)).await?),
        }
    }

    /// Sends a dead letter again.
    pub async fn send_again(&self, id: i64) -> anyhow::Result<()> {
        match self {
            Self::Running(http) => Self::ask(http, &format!("/letters/{id}/again"), Vec::new()).await,
            Self::Own(service) => Ok(service.send_again(&Actor::System, id).await?),
        }
    }

    /// Settles a dead letter.
    pub async fn settle(&self, id: i64, how: &str) -> anyhow::Result<()> {
        match self {
            Self::Running(http) => {
                Self::ask(http, &format!("/letters/{id}/settle"), serde_json::to_vec(how)?).await
            }
            Self::Own(service) => Ok(service.settle_letter(&Actor::System, id, how).await?),
        }
    }

    /// Reconciles with a bank and repairs what differs.
    pub async fn repair(&self, place: &Place, bank: &str) -> anyhow::Result<Compared> {
        match self {
            Self::Running(http) => Self::ask(http, &format!("/repair/{bank}"), Vec::new()).await,
            // What the bank is asked waits in the outbox until a server delivers it.
            Self::Own(service) => reconcile::repair(service, &reconcile::http(place)?, bank).await,
        }
    }
}
