//! What becomes of a message by what comes back: taken, sent again, or given up, as the handbook's table says.

use crate::caller::{doors, partner};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use kaguan_api::message::{Attempt, Attempts};
use kaguan_api::sign::{self, Secret};
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::CheckResult;
use kaguan_domain::facts::partner::{Partner, PartnerKey};
use kaguan_domain::ids::PartnerId;
use kaguan_domain::institution::InstitutionCommand;
use kaguan_domain::loss::ReportFormal;
use kaguan_service::clock::TimeSource;
use kaguan_service::ports::{Courier, DeliveryError, Message, Partners};
use kaguan_service::{Command, Service};
use kaguan_store::Store;
use kaguan_testkit::{On, World, fresh_store};
use kaguan_web::partner::{HttpCourier, PATIENCE, http_client};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How a bank answers now, and under which keys and identities it was called.
#[derive(Clone)]
struct Answers {
    now: Arc<Mutex<(u16, Option<Secret>, &'static str)>>,
    heard: Arc<Mutex<Vec<(String, i64)>>>,
}

/// A bank that answers as it is told; its address.
async fn listens(answers: Answers) -> String {
    let handler = move |request: Request| {
        let answers = answers.clone();
        async move {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
            let key = parts.headers[sign::IDEMPOTENCY].to_str().unwrap().to_owned();
            let id = serde_json::from_slice::<serde_json::Value>(&body).unwrap()["id"].as_i64().unwrap();
            answers.heard.lock().unwrap().push((key, id));
            let (status, secret, body) = answers.now.lock().unwrap().clone();
            let time = TimeSource::Machine.now().0 / 1_000;
            let nonce = parts.headers[sign::NONCE].to_str().unwrap();
            let reply = sign::Reply { status, nonce, key: "key-1", time, body: body.as_bytes() };
            let signature = secret.map(|s| s.sign(&reply.canonical())).unwrap_or_default();
            Response::builder()
                .status(status)
                .header(sign::KEY, "key-1")
                .header(sign::TIME, time.to_string())
                .header(sign::SIGNATURE, signature)
                .body(Body::from(body))
                .unwrap()
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handler)).await });
    address
}

/// A bank of this address is registered, under a fresh key.
async fn registered(w: &World, endpoint: Option<String>) -> Secret {
    let secret = Secret::fresh();
    let key = PartnerKey { id: "key-1".into(), public: secret.public(), from: Instant(0), until: None };
    let id = PartnerId::parse("bank:95588").unwrap();
    let entry = Partner { id, name: "工行".into(), endpoint, keys: vec![key] };
    w.system(Command::Institution(InstitutionCommand::RegisterPartner(entry))).await.unwrap();
    secret
}

/// The card of somebody is lost: the bank is to hear of it.
async fn loses(w: &World) {
    let (id, card) = w.with_card(1).await;
    w.service.deliver().await.unwrap();
    w.about(&Actor::System, id, C::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None }))
        .await
        .unwrap();
}

async fn for_the_bank(w: &World) -> Message {
    let due = w.service.store().outbox_due("bank:95588", w.clock.now(), 10).await.unwrap();
    Message::try_from(&due[0]).unwrap()
}

#[tokio::test]
async fn what_a_partner_calls_wrong_is_given_up_and_everything_else_is_sent_again_under_the_same_key() {
    let w = World::new(On::Memory).await;
    w.clock.set(TimeSource::Machine.now());
    loses(&w).await;
    let answers = Answers { now: Arc::new(Mutex::new((200, None, "{}"))), heard: Arc::default() };
    let secret = registered(&w, Some(listens(answers.clone()).await)).await;
    let http = http_client(None, Duration::from_secs(20)).unwrap();
    let courier = HttpCourier::new(http, w.around.banks.clone());
    courier.attach(&w.service);
    let message = for_the_bank(&w).await;
    let said = async |status: u16, secret: Option<&Secret>, body: &'static str| {
        *answers.now.lock().unwrap() = (status, secret.cloned(), body);
        courier.deliver(&message).await
    };
    for status in [400, 404, 409, 410, 413, 415, 422] {
        let outcome = said(status, Some(&secret), "{}").await;
        assert!(matches!(outcome, Err(DeliveryError::Refused(_))), "{status}: {outcome:?}");
    }
    for status in [401, 403, 429, 500, 502, 503] {
        let outcome = said(status, Some(&secret), "{}").await;
        assert!(matches!(outcome, Err(DeliveryError::Later(_))), "{status}: {outcome:?}");
    }
    // What is signed by nobody, or by another, is as good as not said, whatever it says.
    let stranger = Secret::fresh();
    for (status, signed) in [(200, None), (200, Some(&stranger)), (400, Some(&stranger))] {
        let outcome = said(status, signed, "{}").await;
        assert!(matches!(outcome, Err(DeliveryError::Later(_))), "{status}: {outcome:?}");
    }
    assert!(said(200, Some(&secret), "{}").await.unwrap().is_none(), "taken, and answered later");
    let heard = answers.heard.lock().unwrap().clone();
    assert_eq!(heard.len(), 17);
    assert!(heard.iter().all(|(key, id)| *id == message.id && *key == message.id.to_string()), "{heard:?}");
    assert_eq!(PATIENCE, Duration::from_secs(10), "as long as the handbook says");
}

#[tokio::test]
async fn a_message_is_sent_again_after_longer_and_longer_and_given_up_after_three_days() {
    // The bank listens nowhere; the system calls it as it does in operation.
    let nowhere = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let store: Arc<Store> = Arc::new(fresh_store(On::Memory).await);
    let mut w = World::with(store.clone()).await;
    loses(&w).await;
    let http = http_client(None, Duration::from_secs(5)).unwrap();
    let courier = Arc::new(HttpCourier::new(http, w.around.banks.clone()));
    let partners = Partners { banks: courier.clone(), ..w.around.partners() };
    w.service = Service::start(store, w.clock.clone(), partners).await.unwrap();
    courier.attach(&w.service);
    registered(&w, Some(format!("http://{nowhere}"))).await;
    let mut bank = partner(&w, "bank:95533", &doors(&w)).await;
    let message = for_the_bank(&w).await.id;
    let tried = async || {
        let attempts = w.service.store().attempts("bank:95588", 0, 1_000).await.unwrap();
        let line = |a: &kaguan_store::Attempt| (a.number, a.next.map(|n| (n.0 - a.at.0) / 1_000_000));
        attempts.iter().filter(|a| a.message == message).map(line).collect::<Vec<_>>()
    };
    for _ in 0..7 {
        w.service.deliver().await.unwrap();
        w.clock.set(Instant(w.clock.now().0 + 31_000_000));
    }
    let waits = [1, 2, 4, 8, 16, 30, 30].map(Some);
    assert_eq!(tried().await, (1..).zip(waits).collect::<Vec<_>>());
    w.clock.set(Instant(w.clock.now().0 + 72 * 3_600_000_000));
    w.service.deliver().await.unwrap();
    assert_eq!(tried().await.last(), Some(&(8, None)));
    assert_eq!(w.service.store().outbox_dead(10).await.unwrap().len(), 1, "for somebody to look at");
    // Nobody else's attempts are shown.
    bank.time = w.clock.now().0 / 1_000;
    let (_, said) = bank.call("GET", "/api/messages/v1/attempts", None, b"").await;
    let theirs: Vec<Attempt> = serde_json::from_slice::<Attempts>(&said).unwrap().attempts;
    assert!(theirs.is_empty());
}

#[tokio::test]
async fn for_a_partner_without_an_address_a_message_waits_however_long() {
    let store: Arc<Store> = Arc::new(fresh_store(On::Memory).await);
    let mut w = World::with(store.clone()).await;
    loses(&w).await;
    let courier = Arc::new(HttpCourier::new(http_client(None, PATIENCE).unwrap(), w.around.banks.clone()));
    let partners = Partners { banks: courier.clone(), ..w.around.partners() };
    w.service = Service::start(store, w.clock.clone(), partners).await.unwrap();
    courier.attach(&w.service);
    registered(&w, None).await;
    let message = for_the_bank(&w).await.id;
    for _ in 0..3 {
        w.days_pass(40);
        w.service.deliver().await.unwrap();
    }
    w.days_pass(1);
    assert_eq!(for_the_bank(&w).await.id, message);
    assert!(w.service.store().outbox_dead(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn in_a_province_at_work_nobody_answers_for_a_partner_that_is_not_registered() {
    let store: Arc<Store> = Arc::new(fresh_store(On::Memory).await);
    let mut w = World::in_use(store.clone()).await;
    loses(&w).await;
    w.service = Service::start(store, w.clock.clone(), Partners::nobody()).await.unwrap();
    let message = for_the_bank(&w).await.id;
    for _ in 0..2 {
        assert_eq!(w.service.deliver().await.unwrap().delivered, 0);
        w.days_pass(4);
    }
    assert_eq!(for_the_bank(&w).await.id, message, "it waits");
    let people = [w.file(w.applicant(2, w.outlet()).await).await.0.person.unwrap().details];
    let said = w.service.partners().registers.check(&people, w.clock.now()).await.remove(0);
    assert!(said.iter().all(|c| c.result == CheckResult::Unavailable), "{said:?}");
}
