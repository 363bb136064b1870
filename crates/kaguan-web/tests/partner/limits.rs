//! The limits of the handbook: what is larger is refused whole, before anything of it is done.

use crate::caller::{doors, entries, partner};
use axum::http::StatusCode;
use kaguan_api::message::Attempts;
use kaguan_api::sign;
use kaguan_store::{Attempt, AttemptOutcome};
use kaguan_testkit::{On, World};
use serde_json::json;

#[tokio::test]
async fn more_rows_bytes_numbers_or_messages_than_the_handbook_says_are_too_large() {
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    let batch = w.confirmed_batch().await;
    let router = doors(&w);
    let bank = partner(&w, "bank:95588", &router).await;
    let hospital = partner(&w, "business:gzyy", &router).await;
    let before = entries(&w).await;
    let back = format!("/api/bank/v1/batches/{batch}/opening-returns");
    let rows = "x\n".repeat(100_001);
    let said = bank.call("POST", &back, Some("rows"), rows.as_bytes()).await;
    assert_eq!(said.0, StatusCode::PAYLOAD_TOO_LARGE);
    // A body that only says how large it is; nothing of it has to come.
    let mut large = bank.request("POST", &back, Some("bytes"), b"", &sign::fresh_nonce(), bank.time);
    large.headers_mut().insert("content-length", ((96 << 20) + 1).to_string().parse().unwrap());
    assert_eq!(bank.code(large).await, "too_large");
    let small = vec![b' '; (2 << 20) + 1];
    let said = bank.call("POST", "/api/bank/v1/cards/losses", Some("small"), &small).await;
    assert_eq!(said.0, StatusCode::PAYLOAD_TOO_LARGE);
    let asked = async |many: usize| {
        let body = json!({ "numbers": vec!["1"; many] });
        let path = "/api/business/v1/cards/statuses";
        hospital.call("POST", path, None, body.to_string().as_bytes()).await.0
    };
    assert_eq!(asked(10_000).await, StatusCode::OK);
    assert_eq!(asked(10_001).await, StatusCode::PAYLOAD_TOO_LARGE);
    let ids: Vec<i64> = (1..=1_001).collect();
    let fetched = bank.refused("/api/messages/v1/fetched", "f", &json!({ "ids": ids })).await;
    assert_eq!(fetched.code, "too_large");
    assert_eq!(entries(&w).await, before, "nothing was done");
    // One row that is too long is told by itself, and the others are looked at.
    let long = format!("{{\"row\":\"{}\"}}\nx", "1".repeat(300 << 10));
    let (status, said) = bank.call("POST", &back, Some("long"), long.as_bytes()).await;
    let lines = said.split(|b| *b == b'\n').filter(|l| !l.is_empty()).count();
    assert_eq!((status, lines), (StatusCode::OK, 2), "{}", String::from_utf8_lossy(&said));
}

#[tokio::test]
async fn of_what_was_sent_the_last_thousand_attempts_are_kept() {
    let w = World::new(On::Memory).await;
    let bank = partner(&w, "bank:95588", &doors(&w)).await;
    let attempt = |id: i64| Attempt {
        id,
        partner: "bank:95588".into(),
        at: w.clock.now(),
        message: 1,
        kind: "bank.link".into(),
        number: id,
        took: 1,
        outcome: AttemptOutcome::Later,
        said: "status 503".into(),
        next: None,
    };
    for part in [1..=600, 601..=1_205] {
        w.service.store().outbox_settle(Vec::new(), part.map(attempt).collect()).await.unwrap();
    }
    let (_, said) = bank.call("GET", "/api/messages/v1/attempts", None, b"").await;
    let kept: Attempts = serde_json::from_slice(&said).unwrap();
    assert_eq!((kept.attempts.len(), kept.attempts[0].id), (1_000, 206));
    let (_, said) = bank.call("GET", "/api/messages/v1/attempts?after=1200", None, b"").await;
    assert_eq!(serde_json::from_slice::<Attempts>(&said).unwrap().attempts.len(), 5);
}
