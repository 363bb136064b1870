//! The business systems' doors.

use crate::caller::{doors, partner};
use axum::http::StatusCode;
use kaguan_api::business::{Answers, Ask, AskMany, CardStatus, Session};
use kaguan_api::held::Held;
use kaguan_api::sign::{self, Shared};
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::counter::Shown;
use kaguan_domain::facts::pin::PinChange;
use kaguan_domain::loss::ReportFormal;
use kaguan_testkit::{On, World, stated};

#[tokio::test]
async fn art_3_2_a_hospital_asks_single_in_bulk_within_a_session_and_while_the_line_is_down() {
    clause!(R3.2);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    w.applicant(2, w.outlet()).await;
    let router = doors(&w);
    let hospital = partner(&w, "business:gzyy", &router).await;
    let (one, two) = (w.draft(1).document_number, w.draft(2).document_number);
    let ask = Ask { number: one.clone() };
    let details = w.file(id).await.0.person.unwrap().details;
    let status: CardStatus = hospital.post("/api/business/v1/cards/status", "s", &ask).await;
    assert!(status.in_force && status.holds.is_empty() && !status.pin_locked);
    let many = AskMany { numbers: vec![one, two, "1".into()] };
    let answers: Answers = hospital.post("/api/business/v1/cards/statuses", "m", &many).await;
    let in_force: Vec<_> = answers.answers.iter().map(|a| a.status.as_ref().map(|s| s.in_force)).collect();
    assert_eq!(in_force, [Some(true), Some(false), None]);
    // A locked PIN takes nothing from the card, and is said.
    clause!(R20.1);
    let lock = |change| C::RecordPin(stated::pin_by_holder(card, change, Shown::on_file(&details)));
    let clerk = w.officer(w.outlet()).await;
    w.about(&clerk, id, lock(PinChange::Locked)).await.unwrap();
    let status: CardStatus = hospital.post("/api/business/v1/cards/status", "s2", &ask).await;
    assert!(status.in_force && status.pin_locked && status.holds.is_empty());
    let answers: Answers = hospital.post("/api/business/v1/cards/statuses", "m2", &many).await;
    let locked: Vec<_> = answers.answers.iter().map(|a| a.status.as_ref().map(|s| s.pin_locked)).collect();
    assert_eq!(locked, [Some(true), Some(false), None]);
    w.about(&clerk, id, lock(PinChange::Unlocked)).await.unwrap();
    let status: CardStatus = hospital.post("/api/business/v1/cards/status", "s3", &ask).await;
    assert!(status.in_force && !status.pin_locked);
    let session: Session = hospital.post("/api/session/v1", "x", &()).await;
    let shared = Shared::open(&session.key, &hospital.secret).unwrap();
    let body = serde_json::to_vec(&ask).unwrap();
    let within = |me: &str, nonce: &str, good: bool| {
        let key = format!("session:{}", session.session);
        let path = "/api/business/v1/cards/status";
        let signed = sign::Request {
            method: "POST",
            path,
            partner: me,
            key: &key,
            time: hospital.time,
            nonce,
            idempotency: None,
            digest: &sign::digest(&body),
        };
        let signature = if good { shared.sign(&signed.canonical()) } else { shared.sign(b"x") };
        let mut r = hospital.request("POST", path, None, &body, nonce, hospital.time);
        for (name, value) in [(sign::KEY, key), (sign::SIGNATURE, signature), (sign::PARTNER, me.to_owned())]
        {
            r.headers_mut().insert(name, value.parse().unwrap());
        }
        r
    };
    let (status, _, by) = hospital.send(within("business:gzyy", &sign::fresh_nonce(), true)).await;
    assert!(status.is_success() && by.unwrap().starts_with("session:"));
    assert_eq!(
        hospital.code(within("business:gzyy", &sign::fresh_nonce(), false)).await,
        "signature_invalid"
    );
    let other = partner(&w, "business:szyy", &router).await;
    assert_eq!(other.code(within("business:szyy", &sign::fresh_nonce(), true)).await, "session_unknown");
    // While the line is down: the file of yesterday's card and today's.
    let card_no = w.file(id).await.0.cards[0].card_no.as_str().to_owned();
    let held = async || {
        let (status, file) = hospital.call("GET", "/api/business/v1/held-cards", None, b"").await;
        assert_eq!(status, StatusCode::OK);
        Held::read(std::slice::from_ref(&hospital.system), &file, hospital.time).unwrap().holds(&card_no)
    };
    assert!(!held().await);
    w.about(&Actor::System, id, C::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None }))
        .await
        .unwrap();
    assert!(held().await);
    let bank = partner(&w, "bank:95588", &router).await;
    assert_eq!(bank.refused("/api/business/v1/cards/status", "s", &ask).await.code, "wrong_door");
}
