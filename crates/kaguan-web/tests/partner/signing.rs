//! What is not signed as it should be is refused; keys and sessions.

use crate::caller::{doors, entries, partner};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use kaguan_api::business::Session;
use kaguan_api::sign::{self, Secret, Shared};
use kaguan_domain::facts::partner::PartnerKey;
use kaguan_domain::ids::PartnerId;
use kaguan_domain::institution::InstitutionCommand;
use kaguan_service::Command;
use kaguan_testkit::{On, World};
use tower::ServiceExt;

#[tokio::test]
async fn what_is_not_signed_as_it_should_be_is_refused_with_its_code_and_changes_nothing() {
    let w = World::new(On::Memory).await;
    let (_, card) = w.with_card(1).await;
    let _ = card;
    let router = doors(&w);
    let bank = partner(&w, "bank:95588", &router).await;
    let before = entries(&w).await;
    let path = "/api/bank/v1/batches";
    let good = |nonce: &str| bank.request("GET", path, None, b"", nonce, bank.time);
    let spoil = |name: &'static str, value: &str| {
        let mut r = good(&sign::fresh_nonce());
        r.headers_mut().insert(name, value.parse().unwrap());
        r
    };
    let mut bare = good(&sign::fresh_nonce());
    bare.headers_mut().remove(sign::SIGNATURE);
    assert_eq!(bank.code(bare).await, "signature_missing");
    assert_eq!(bank.code(spoil(sign::PARTNER, "bank:99999")).await, "partner_unknown");
    assert_eq!(bank.code(spoil(sign::PARTNER, "nobody")).await, "partner_unknown");
    assert_eq!(bank.code(spoil(sign::KEY, "key-2")).await, "key_unknown");
    assert_eq!(bank.code(spoil(sign::SIGNATURE, "AAAA")).await, "signature_invalid");
    assert_eq!(bank.code(spoil(sign::TIME, &(bank.time + 1).to_string())).await, "signature_invalid");
    assert_eq!(bank.code(spoil(sign::TIME, "noon")).await, "bad_request");
    assert_eq!(bank.code(spoil(sign::DIGEST, &sign::digest(b"other"))).await, "signature_invalid");
    assert_eq!(
        bank.code(spoil(sign::IDEMPOTENCY, "added")).await,
        "signature_invalid",
        "the key is signed too"
    );
    // Of whoever does not sign nothing is read: the body would end the test.
    let unread = Body::from_stream(futures_util::stream::once(async {
        panic!("a stranger's body is read");
        #[expect(unreachable_code, reason = "gives the stream its type")]
        Ok::<&[u8], std::io::Error>(b"")
    }));
    let (mut head, _) = bank
        .request("POST", "/api/bank/v1/cards/losses", Some("k"), b"x", "0123456789abcdeF", bank.time)
        .into_parts();
    head.headers.insert(sign::SIGNATURE, "AAAA".parse().unwrap());
    assert_eq!(bank.code(Request::from_parts(head, unread)).await, "signature_invalid");
    let large = vec![b'x'; 3 << 20];
    let losses = "/api/bank/v1/cards/losses";
    let large = bank.request("POST", losses, Some("k"), &large, &sign::fresh_nonce(), bank.time);
    assert_eq!(bank.code(large).await, "too_large");
    let page = Request::builder().uri("/nothing").body(Body::empty()).unwrap();
    assert_eq!(
        router.clone().oneshot(page).await.unwrap().status(),
        StatusCode::NOT_FOUND,
        "no page of ours"
    );
    let other_body = {
        let signed = bank.request("GET", path, None, b"", "0123456789abcdef", bank.time);
        let (parts, _) = signed.into_parts();
        Request::from_parts(parts, Body::from("changed"))
    };
    assert_eq!(bank.code(other_body).await, "signature_invalid");
    for off in [-400_000, 400_000] {
        let stale = bank.request("GET", path, None, b"", &sign::fresh_nonce(), bank.time + off);
        assert_eq!(bank.code(stale).await, "clock_skew");
    }
    let before_the_process = bank.request("GET", path, None, b"", &sign::fresh_nonce(), bank.time - 1);
    assert_eq!(bank.code(before_the_process).await, "clock_skew", "its nonces are gone");
    let nonce = sign::fresh_nonce();
    assert_eq!(bank.send(good(&nonce)).await.0, StatusCode::OK);
    assert_eq!(bank.code(good(&nonce)).await, "nonce_used");
    assert_eq!(bank.code(good("short")).await, "bad_request");
    let (status, body) = bank.call("GET", "/api/vendor/v1/batches", None, b"").await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{}", String::from_utf8_lossy(&body));
    assert_eq!(bank.call("GET", "/api/bank/v1/nothing", None, b"").await.0, StatusCode::NOT_FOUND);
    assert_eq!(bank.call("DELETE", path, None, b"").await.0, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(entries(&w).await, before, "nothing changed, and nothing is journaled of strangers");
}

#[tokio::test]
async fn a_key_is_changed_without_a_gap_and_an_ended_one_is_refused() {
    let w = World::new(On::Memory).await;
    let router = doors(&w);
    let mut bank = partner(&w, "bank:95588", &router).await;
    let id = PartnerId::parse("bank:95588").unwrap();
    let (old, new) = (bank.secret.clone(), Secret::fresh());
    let key = PartnerKey { id: "key-2".into(), public: new.public(), from: w.service.now(), until: None };
    let add = InstitutionCommand::AddPartnerKey { partner: id.clone(), key };
    w.system(Command::Institution(add)).await.unwrap();
    assert_eq!(
        bank.call("GET", "/api/bank/v1/batches", None, b"").await.0,
        StatusCode::OK,
        "the old one holds"
    );
    let end = InstitutionCommand::EndPartnerKey { partner: id, key: "key-1".into(), until: w.service.now() };
    w.system(Command::Institution(end)).await.unwrap();
    assert_eq!(bank.call("GET", "/api/bank/v1/batches", None, b"").await.0, StatusCode::UNAUTHORIZED);
    bank.secret = new;
    let nonce = sign::fresh_nonce();
    let signed = sign::Request {
        method: "GET",
        path: "/api/bank/v1/batches",
        partner: "bank:95588",
        key: "key-2",
        time: bank.time,
        nonce: &nonce,
        idempotency: None,
        digest: &sign::digest(b""),
    };
    let mut request = bank.request("GET", "/api/bank/v1/batches", None, b"", &nonce, bank.time);
    request.headers_mut().insert(sign::KEY, "key-2".parse().unwrap());
    request.headers_mut().insert(sign::SIGNATURE, bank.secret.sign(&signed.canonical()).parse().unwrap());
    assert_eq!(bank.send(request).await.0, StatusCode::OK);
    drop(old);
}

#[tokio::test]
async fn a_session_only_reads_hangs_on_its_key_and_opens_no_other() {
    let w = World::new(On::Memory).await;
    let router = doors(&w);
    let hospital = partner(&w, "business:gzyy", &router).await;
    let session: Session = hospital.post("/api/session/v1", "x", &()).await;
    assert!(Shared::open(&session.key, &Secret::fresh()).is_none(), "sealed for the partner alone");
    let shared = Shared::open(&session.key, &hospital.secret).unwrap();
    let within = |path: &str, idempotency: Option<&str>, body: &[u8]| {
        let (key, nonce) = (format!("session:{}", session.session), sign::fresh_nonce());
        let (time, digest) = (hospital.time, sign::digest(body));
        let (method, partner) = ("POST", "business:gzyy");
        let signed = sign::Request {
            method,
            path,
            partner,
            key: &key,
            time,
            nonce: &nonce,
            idempotency,
            digest: &digest,
        };
        let signature = shared.sign(&signed.canonical());
        let mut r = hospital.request("POST", path, idempotency, body, &nonce, time);
        for (name, value) in [(sign::KEY, key), (sign::SIGNATURE, signature)] {
            r.headers_mut().insert(name, value.parse().unwrap());
        }
        r
    };
    let ask = br#"{"number":"440106199001010013"}"#;
    let path = "/api/business/v1/cards/status";
    assert_eq!(hospital.send(within(path, None, ask)).await.0, StatusCode::OK);
    assert_eq!(hospital.code(within("/api/session/v1", None, b"")).await, "session_reads_only");
    assert_eq!(hospital.code(within(path, Some("k"), ask)).await, "session_reads_only");
    // The session ends with the key that it was begun under.
    let id = PartnerId::parse("business:gzyy").unwrap();
    let end = InstitutionCommand::EndPartnerKey { partner: id, key: "key-1".into(), until: w.service.now() };
    w.system(Command::Institution(end)).await.unwrap();
    assert_eq!(hospital.code(within(path, None, ask)).await, "session_unknown");
}
