//! A self-service terminal: whoever tests puts a card in and says what the holder does there; what the system answered is kept.

use super::line::{SystemLine, settled};
use super::server::Server;
use super::state::{CALLS, SEEN, json};
use axum::extract::State as Held;
use axum::http::StatusCode;
use kaguan_api::terminal::{AskInside, CardInside, PinChangedInside};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a holder does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Does {
    /// 查询制卡进度
    Progress,
    /// 查询卡状态
    Status,
    /// 修改密码
    ChangePin,
}

/// One visit.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Visit {
    /// Its name, under which the answer is kept.
    id: String,
    does: Does,
    inside: CardInside,
}

/// What the system answered.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Answered {
    status: u16,
    body: Value,
}

/// Somebody comes.
pub(super) async fn visit(Held(server): Held<Server>, axum::Json(visit): axum::Json<Visit>) -> StatusCode {
    match server.state.commit(&[(CALLS, visit.id.clone(), Some(json(&visit)))]) {
        Ok(()) => {
            server.bell.notify_one();
            StatusCode::NO_CONTENT
        }
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// What was answered to each visit.
pub(super) async fn answers(Held(server): Held<Server>) -> axum::Json<Vec<(String, Answered)>> {
    axum::Json(server.state.all::<Answered>(SEEN).unwrap_or_default())
}

/// The terminal's rounds.
pub(super) async fn work(server: &Server, line: &SystemLine) -> anyhow::Result<()> {
    loop {
        for (id, Visit { does, inside, .. }) in server.state.all::<Visit>(CALLS)? {
            let key = format!("visit-{id}");
            let (path, key, body) = match does {
                Does::Progress => ("progress", None, json(&AskInside { inside })),
                Does::Status => ("status", None, json(&AskInside { inside })),
                Does::ChangePin => {
                    ("pin-changes", Some(&*key), json(&PinChangedInside { inside, risks_told: true }))
                }
            };
            let reply = line.call("POST", &format!("/api/terminal/v1/{path}"), key, body).await;
            let Some(reply) = reply.filter(settled) else { continue };
            let body = serde_json::from_slice(&reply.body).unwrap_or_default();
            let answered = Answered { status: reply.status, body };
            server.state.commit(&[(CALLS, id.clone(), None), (SEEN, id, Some(json(&answered)))])?;
        }
        line.rest(&server.bell).await;
    }
}
