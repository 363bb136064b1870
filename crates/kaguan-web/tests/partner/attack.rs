//! The attack of 2026-11-26 again: somebody writes the database of a running system, and has no key. He adds an officer, replaces a
//! password and a partner's key, and puts lost cards in force: nobody comes in, no call is taken, no card is said to be in force.

use crate::caller::{Partnered, doors, partner};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use kaguan_api::business::{Ask, CardStatus};
use kaguan_api::sign::{self, Secret};
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::institution::{InstitutionEvent, Officer, Role};
use kaguan_domain::facts::partner::PartnerKey;
use kaguan_domain::ids::{OfficerId, PartnerId};
use kaguan_domain::institution::{InstitutionCommand, NewOfficer};
use kaguan_domain::loss::ReportTemporary;
use kaguan_service::ports::Partners;
use kaguan_service::{Command, Service};
use kaguan_store::engine::{Sql, Write};
use kaguan_store::{OpenError, Store};
use kaguan_testkit::World;
use std::sync::Arc;
use tower::ServiceExt;

async fn tamper(store: &Store, text: &str) {
    let text: &'static str = Box::leak(text.to_owned().into_boxed_str());
    let statement: &'static Sql = Box::leak(Box::new(Sql::new(text, text)));
    store.engine().transact(vec![Write::one(statement, Vec::new(), None)]).await.unwrap();
}

async fn comes_in(w: &World, login: &str, password: &str) -> bool {
    let request = Request::post(format!("/sign-in?once={:032x}-0", w.service.fresh()))
        .header(header::HOST, "console")
        .header(header::ORIGIN, "http://console")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("login={login}&password={password}")))
        .unwrap();
    let answer = kaguan_web::router(w.service.clone()).oneshot(request).await.unwrap();
    answer.status() == StatusCode::SEE_OTHER
}

#[tokio::test]
async fn whoever_writes_the_database_without_a_key_signs_in_nowhere_and_calls_nothing_and_no_card_answers() {
    let dir = tempfile::tempdir().unwrap();
    let (url, key) = (format!("sqlite:{}", dir.path().join("k.db").display()), dir.path().join("master.key"));
    let w = World::with(Arc::new(Store::open(&url, &key).await.unwrap())).await;
    let (id, card) = w.with_card(1).await;
    let hospital = partner(&w, "business:gzyy", &doors(&w)).await;
    let boss = OfficerId(w.service.fresh());
    let officer = NewOfficer {
        id: boss,
        login: "boss".into(),
        name: "省卡管".into(),
        role: Role::ProvinceOfficer,
        org: w.org("44000000000001"),
        password_hash: kaguan_web::hash_password("owners-own").unwrap(),
    };
    w.system(Command::Institution(InstitutionCommand::AddOfficer(officer))).await.unwrap();
    assert!(comes_in(&w, "boss", "owners-own").await);
    let clerk = w.officer(w.bank_outlet()).await;
    let lose = ReportTemporary { card, identity: None, verified: true, deputy: None };
    w.about(&clerk, id, HolderCommand::ReportTemporaryLoss(lose)).await.unwrap();
    let ask = Ask { number: w.draft(1).document_number };
    let status: CardStatus = hospital.post("/api/business/v1/cards/status", "s-1", &ask).await;
    assert!(!status.in_force);

    // Cards: the running system refuses to answer, and says which row it does not believe.
    for attack in [
        "UPDATE card SET in_force = 1, holds = '', social = 'enabled', account = 'active'",
        "UPDATE card SET in_force = 1, holds = '', tag = NULL",
        "UPDATE card SET in_force = 1, holds = '', tag = randomblob(16)",
    ] {
        tamper(w.service.store(), "CREATE TABLE sound AS SELECT * FROM card").await;
        tamper(w.service.store(), attack).await;
        let (code, body) = hospital
            .call("POST", "/api/business/v1/cards/status", Some("s-2"), &serde_json::to_vec(&ask).unwrap())
            .await;
        assert!(code.is_server_error(), "{attack}: {code} {}", String::from_utf8_lossy(&body));
        assert!(!String::from_utf8_lossy(&body).contains("in_force"));
        tamper(w.service.store(), "DELETE FROM card").await;
        tamper(w.service.store(), "INSERT INTO card SELECT * FROM sound").await;
        tamper(w.service.store(), "DROP TABLE sound").await;
    }

    // Officers, passwords and keys, as the JSON of before, and with whatever tag he likes.
    let password_hash = kaguan_web::hash_password("thiefs-own").unwrap();
    let thief = Secret::fresh();
    let key_of_thief =
        PartnerKey { id: "key-1".into(), public: thief.public(), from: Instant(0), until: None };
    let institutions = w.service.institutions();
    let mut added: Officer = institutions.officer(boss).unwrap().clone();
    (added.id, added.login, added.password_hash) =
        (OfficerId(w.service.fresh()), "thief".into(), password_hash.clone());
    let events = [
        InstitutionEvent::PasswordChanged { officer: boss, password_hash },
        InstitutionEvent::OfficerAdded(added),
        InstitutionEvent::PartnerKeyAdded {
            partner: PartnerId::parse("business:gzyy").unwrap(),
            key: key_of_thief,
        },
    ];
    let next = "(SELECT max(seq) + 1 FROM institution_event)";
    for event in &events {
        let plain = hex::encode(serde_json::to_vec(event).unwrap());
        for attack in [
            format!("INSERT INTO institution_event (seq, body, tag) VALUES ({next}, x'{plain}', NULL)"),
            format!(
                "INSERT INTO institution_event (seq, body, tag) VALUES ({next}, x'{plain}', randomblob(16))"
            ),
            format!(
                "INSERT INTO institution_event (seq, body, tag) SELECT {next}, x'{plain}', tag FROM institution_event WHERE seq = 1"
            ),
            format!(
                "UPDATE institution_event SET body = x'{plain}' WHERE seq = (SELECT max(seq) FROM institution_event)"
            ),
        ] {
            let store = w.service.store();
            tamper(store, "CREATE TABLE sound AS SELECT * FROM institution_event").await;
            tamper(store, &attack).await;
            // What runs has read them before, and reads nothing of it; what starts does not start.
            assert!(!comes_in(&w, "boss", "thiefs-own").await && !comes_in(&w, "thief", "thiefs-own").await);
            let forged = Partnered {
                router: hospital.router.clone(),
                me: hospital.me.clone(),
                secret: thief.clone(),
                system: hospital.system.clone(),
                time: hospital.time,
            };
            let nonce = sign::fresh_nonce();
            let body = serde_json::to_vec(&ask).unwrap();
            let request = forged.request(
                "POST",
                "/api/business/v1/cards/status",
                Some("t"),
                &body,
                &nonce,
                forged.time,
            );
            assert_eq!(forged.code(request).await, "signature_invalid", "{attack}");
            let again = Arc::new(Store::open(&url, &key).await.unwrap());
            let started = Service::start(again, w.clock.clone(), Partners::nobody()).await;
            let why = started.err().map(|e| e.to_string()).unwrap_or_default();
            assert!(why.contains("institution_event"), "{attack}: {why}");
            tamper(store, "DELETE FROM institution_event").await;
            tamper(store, "INSERT INTO institution_event SELECT * FROM sound").await;
            tamper(store, "DROP TABLE sound").await;
        }
    }

    // As if no row had ever had a tag: the file beside the master key says otherwise.
    tamper(w.service.store(), "UPDATE institution_event SET tag = NULL").await;
    tamper(w.service.store(), "DELETE FROM meta WHERE name = 'tagged'").await;
    assert!(matches!(Store::open(&url, &key).await, Err(OpenError::Untagged { .. })));
}
