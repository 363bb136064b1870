//! The partners that only take messages (e-card platform, SMS, treasury), and the registers.

use super::now_ms;
use super::server::{Answer, Server, ok, problem};
use super::state::{CALLS, SEEN, json};
use axum::extract::State as Held;
use kaguan_api::business::Payment;
use kaguan_api::client::Client;
use kaguan_api::message::{AskChecks, Checks, Outgoing, PersonChecks, Taken};
use std::time::Duration;

/// Takes a message once.
pub(super) fn message(server: &Server, body: &[u8]) -> Answer {
    let Ok(message) = serde_json::from_slice::<Outgoing>(body) else { return problem("bad_request") };
    let id = format!("{:020}", message.id);
    match server.state.get::<Outgoing>(SEEN, &id) {
        Ok(Some(_)) => return ok(&Taken::default()),
        Ok(None) => {}
        Err(_) => return problem("unavailable"),
    }
    let mut changes = vec![(SEEN, id.clone(), Some(json(&message)))];
    if message.kind == "fee.order" {
        changes.push((CALLS, id, Some(json(&message))));
    }
    match server.state.commit(&changes) {
        Ok(()) => {
            server.bell.notify_one();
            ok(&Taken::default())
        }
        Err(_) => problem("unavailable"),
    }
}

/// Everything that came, each once.
pub(super) async fn messages(Held(server): Held<Server>) -> axum::Json<Vec<Outgoing>> {
    let all = server.state.all::<Outgoing>(SEEN).unwrap_or_default();
    axum::Json(all.into_iter().map(|(_, m)| m).collect())
}

/// 公安 and 社保: everybody is alive and insured whose number does not end in 9999, as the handbook says; a refusal by
/// the bad day is a mismatch of name and number.
pub(super) fn checks(server: &Server, body: &[u8]) -> Answer {
    let Ok(ask) = serde_json::from_slice::<AskChecks>(body) else { return problem("bad_request") };
    let say = |passed: bool| if passed { "passed".to_owned() } else { "failed".to_owned() };
    let one = |p: &kaguan_api::message::CheckPerson| PersonChecks {
        identity: say(!server.dice.strikes(|t| t.refuse)),
        alive: say(!p.number.ends_with("9999")),
        entitlement: say(true),
    };
    ok(&Checks { checks: ask.people.iter().map(one).collect() })
}

/// The treasury: every fee order is paid, and reported until the system has taken it.
pub(super) async fn pay(server: &Server, client: &Client) -> anyhow::Result<()> {
    loop {
        for (id, order) in server.state.all::<Outgoing>(CALLS)? {
            let text =
                |name: &str| order.body.get(name).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
            let payment = Payment {
                form_no: text("form_no"),
                number: text("number"),
                receipt: format!("44000126{:010}", order.id % 10_000_000_000),
            };
            let key = format!("payment-{id}");
            let path = "/api/treasury/v1/payments";
            let reply = client.call("POST", path, Some(&key), json(&payment), now_ms()).await;
            // What is refused (withdrawn, paid at the counter) is done with as well; the books are compared by people.
            if reply.is_ok_and(|r| r.status < 500 && r.status != 401) {
                server.state.commit(&[(CALLS, id, None)])?;
            }
        }
        let _ = tokio::time::timeout(Duration::from_secs(1), server.bell.notified()).await;
    }
}
