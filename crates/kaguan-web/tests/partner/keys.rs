//! What the handbook promises of request keys, of sessions and of what every reply says of the journal.

use crate::caller::{doors, entries, partner};
use axum::http::StatusCode;
use kaguan_api::bank::{Done, Loss, OneCard};
use kaguan_api::business::{Earlier, Session};
use kaguan_api::sign;
use kaguan_domain::ctx::Instant;
use kaguan_store::JournalHead;
use kaguan_testkit::{BOTH, On, World};
use tower::ServiceExt;

#[tokio::test]
async fn what_was_refused_leaves_its_key_free_and_what_was_done_is_found_under_it() {
    for on in BOTH {
        let w = World::new(on).await;
        let (id, _) = w.with_card(1).await;
        let bank = partner(&w, "bank:95588", &doors(&w)).await;
        let bank_card_no = w.file(id).await.0.cards[0].bank_account.bank_card_no.as_str().to_owned();
        let one = OneCard { bank_card_no: bank_card_no.clone() };
        assert_eq!(bank.refused("/api/bank/v1/cards/releases", "k-1", &one).await.code, "not_lost");
        let asked = async || bank.call("GET", "/api/requests/v1/k-1", None, b"").await;
        assert_eq!(asked().await.0, StatusCode::NOT_FOUND, "nothing was done under it");
        // Another address and another body: what was refused has taken nothing.
        let loss = Loss { bank_card_no, formal: true };
        let done: Done = bank.post("/api/bank/v1/cards/losses", "k-1", &loss).await;
        assert!(!done.repeated);
        let (status, said) = asked().await;
        let earlier: Earlier = serde_json::from_slice(&said).unwrap();
        assert_eq!((status, earlier.entry, earlier.seq), (StatusCode::OK, done.entry, Some(1)));
        assert_eq!((earlier.verb.as_str(), earlier.at), ("loss.report_formal", bank.time));
        w.verified().await;
    }
}

#[tokio::test]
async fn a_request_key_has_1_to_64_letters_digits_or_one_of_four_marks() {
    let w = World::new(On::Memory).await;
    let bank = partner(&w, "bank:95588", &doors(&w)).await;
    let nobodys = OneCard { bank_card_no: "6295588199999999999".into() };
    let (most, too_many) = ("x".repeat(64), "x".repeat(65));
    for (key, fits) in [
        ("a", true),
        ("A.b_c:d-9", true),
        (most.as_str(), true),
        (too_many.as_str(), false),
        ("a b", false),
        ("a/b", false),
    ] {
        let said = bank.refused("/api/bank/v1/cards/releases", key, &nobodys).await;
        let expected = if fits { ("not_found", 404) } else { ("idempotency_key_missing", 400) };
        assert_eq!((said.code.as_str(), said.status), expected, "{key}");
    }
}

#[tokio::test]
async fn a_session_lasts_ten_minutes_and_a_seventeenth_ends_the_oldest() {
    let w = World::new(On::Memory).await;
    let mut hospital = partner(&w, "business:gzyy", &doors(&w)).await;
    let mut sessions: Vec<Session> = Vec::new();
    for _ in 0..17 {
        sessions.push(hospital.post("/api/session/v1", "x", &()).await);
    }
    assert_eq!(sessions[0].until - hospital.time, 600_000);
    let (path, body) = ("/api/business/v1/cards/status", br#"{"number":"440106199001010013"}"#);
    let oldest = hospital.within(&sessions[0], "POST", path, body);
    assert_eq!(hospital.code(oldest).await, "session_unknown");
    let used = |n: usize| hospital.within(&sessions[n], "POST", path, body);
    for n in [1, 16] {
        assert_eq!(hospital.send(used(n)).await.0, StatusCode::OK, "{n}");
    }
    let later = |seconds: i64| {
        w.clock.set(Instant(w.clock.now().0 + seconds * 1_000_000));
        w.clock.now().0 / 1_000
    };
    hospital.time = later(599);
    assert_eq!(hospital.send(hospital.within(&sessions[16], "POST", path, body)).await.0, StatusCode::OK);
    hospital.time = later(1);
    let ended = hospital.within(&sessions[16], "POST", path, body);
    assert_eq!(hospital.code(ended).await, "session_unknown");
}

#[tokio::test]
async fn every_reply_says_where_the_journal_ends_in_one_line_that_its_key_signed() {
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    let bank = partner(&w, "bank:95588", &doors(&w)).await;
    let path = "/api/bank/v1/batches";
    let head = async |key: &str| {
        let request = bank.request("GET", path, None, b"", &sign::fresh_nonce(), bank.time);
        let (mut parts, body) = request.into_parts();
        parts.headers.insert(sign::KEY, key.parse().unwrap());
        let reply = bank.router.clone().oneshot(axum::http::Request::from_parts(parts, body)).await.unwrap();
        let line = reply.headers()[sign::JOURNAL].to_str().unwrap().to_owned();
        (reply.status(), line.parse::<JournalHead>().unwrap())
    };
    let (status, before) = head("key-1").await;
    assert_eq!((status, before.line()), (StatusCode::OK, entries(&w).await as i64));
    before.verify(None).unwrap();
    w.applicant(2, w.outlet()).await;
    // A refusal says it as well.
    let (status, after) = head("key-9").await;
    assert_eq!((status, after.line()), (StatusCode::UNAUTHORIZED, entries(&w).await as i64));
    after.verify(Some(&before.public_key)).unwrap();
    assert!(after.line() > before.line());
}
