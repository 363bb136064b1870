//! The partners that only take messages (e-card platform, SMS, treasury), and the registers.

use super::line::{SystemLine, settled};
use super::now_ms;
use super::server::{Answer, Server, ok, problem};
use super::state::{CALLS, Change, PEOPLE, SEEN, json};
use axum::extract::State as Held;
use axum::http::StatusCode;
use kaguan_api::business::Payment;
use kaguan_api::message::{
    AskChecks, AskFace, AskReceipts, AskRecord, Body, CheckPerson, Checks, Deaths, ECardIssue, ECardNumbered,
    FaceAnswer, Identities, OtherIdentifier, Outgoing, PersonChecks, PersonDeath, PhotoReceipt, ReceiptPhoto,
    ReceiptPhotos, Receipts, Taken,
};
use kaguan_domain::facts::face::FaceResult;
use kaguan_domain::ids::CardId;
use serde::{Deserialize, Serialize};

/// Where the treasury notes when an order was paid.
const PAID_AT: &str = "paid_at";

/// Takes a message once.
pub(super) fn message(server: &Server, body: &[u8]) -> Answer {
    let Ok(message) = serde_json::from_slice::<Outgoing>(body) else { return problem("bad_request") };
    let id = format!("{:020}", message.id);
    match server.state.get::<Outgoing>(SEEN, &id) {
        Ok(Some(known)) => return ok(&taken(&known)),
        Ok(None) => {}
        Err(_) => return problem("unavailable"),
    }
    let later = server.dice.strikes(|t| t.answer_later);
    let mut changes = vec![(SEEN, id.clone(), Some(json(&message)))];
    let mut answer = taken(&message);
    if let (Ok(Body::ECardIssue(issue)), true) = (message.read(), later) {
        answer = Taken::default();
        changes.push((CALLS, id.clone(), Some(json(&issue))));
    }
    if let Ok(Body::FeeOrder(_)) = message.read() {
        // Paid when it is taken; the same report again says the same time.
        let mut order = message;
        if let Some(body) = order.body.as_object_mut() {
            body.insert(PAID_AT.into(), now_ms().into());
        }
        changes.push((CALLS, id, Some(json(&order))));
    }
    match server.state.commit(&changes) {
        Ok(()) => {
            server.bell.notify_one();
            ok(&answer)
        }
        Err(_) => problem("unavailable"),
    }
}

/// What is answered at once: the e-card platform has the number of an e-card.
fn taken(message: &Outgoing) -> Taken {
    let Ok(Body::ECardIssue(issue)) = message.read() else { return Taken::default() };
    Taken { e_card_no: number_of(&issue), ..Taken::default() }
}

fn number_of(issue: &ECardIssue) -> Option<String> {
    crate::e_card_of(CardId(issue.card)).map(String::from)
}

/// The e-card platform on a day when it answers later: it tells each number until the system has taken it.
pub(super) async fn number(server: &Server, line: &SystemLine) -> anyhow::Result<()> {
    loop {
        for (id, issue) in server.state.all::<ECardIssue>(CALLS)? {
            let Some(e_card_no) = number_of(&issue) else { continue };
            let ECardIssue { card, number, .. } = issue;
            let told = ECardNumbered { card, number, e_card_no };
            let reply =
                line.call("POST", "/api/ecard/v1/numbers", Some(&format!("n{card}")), json(&told)).await;
            if reply.is_some_and(|r| settled(&r)) {
                server.state.commit(&[(CALLS, id, None)])?;
            }
        }
        line.rest(&server.bell).await;
    }
}

/// Everything that came, each once.
pub(super) async fn messages(Held(server): Held<Server>) -> axum::Json<Vec<Outgoing>> {
    let all = server.state.all::<Outgoing>(SEEN).unwrap_or_default();
    axum::Json(all.into_iter().map(|(_, m)| m).collect())
}

/// What the registers have on record of one person, as they answer it; what is missing is as of everybody.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OnRecord {
    /// 社会保障号码.
    number: String,
    #[serde(default)]
    identity: Option<String>,
    #[serde(default)]
    alive: Option<String>,
    #[serde(default)]
    entitlement: Option<String>,
    /// Other numbers and documents of the same person.
    #[serde(default)]
    also: Vec<OtherIdentifier>,
    /// Whether 社保 says that the person has died: `dead` or `alive`.
    #[serde(default)]
    social_security: Option<String>,
}

/// Puts people on record, for whoever tests: all of them or, when one says what no register says, none.
pub(super) async fn people(
    Held(server): Held<Server>,
    axum::Json(people): axum::Json<Vec<OnRecord>>,
) -> StatusCode {
    let said = |p: &OnRecord| {
        [&p.identity, &p.alive, &p.entitlement]
            .into_iter()
            .flatten()
            .all(|s| ["passed", "failed", "not_on_record", "unavailable"].contains(&s.as_str()))
    };
    if !people.iter().all(said) {
        return StatusCode::UNPROCESSABLE_ENTITY;
    }
    let changes: Vec<Change> = people.iter().map(|p| (PEOPLE, p.number.clone(), Some(json(p)))).collect();
    match server.state.commit(&changes) {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// 公安 and 社保: what is on record; everybody else is alive and insured whose number does not end in 9999, as the
/// handbook says, and a refusal by the bad day is a mismatch of name and number.
pub(super) fn checks(server: &Server, body: &[u8]) -> Answer {
    let Ok(ask) = serde_json::from_slice::<AskChecks>(body) else { return problem("bad_request") };
    let say = |passed: bool| if passed { "passed".to_owned() } else { "failed".to_owned() };
    let one = |p: &CheckPerson| {
        let known = server.state.get::<OnRecord>(PEOPLE, &p.number)?;
        let of = |said: fn(&OnRecord) -> &Option<String>| known.as_ref().and_then(|k| said(k).clone());
        anyhow::Ok(PersonChecks {
            identity: of(|k| &k.identity).unwrap_or_else(|| say(!server.dice.strikes(|t| t.refuse))),
            alive: of(|k| &k.alive).unwrap_or_else(|| say(!p.number.ends_with("9999"))),
            entitlement: of(|k| &k.entitlement).unwrap_or_else(|| say(true)),
        })
    };
    match ask.people.iter().map(one).collect() {
        Ok(checks) => ok(&Checks { checks }),
        Err(_) => problem("unavailable"),
    }
}

/// The photo platform: everybody has the receipt `XP` and the document's number.
pub(super) fn receipts(body: &[u8]) -> Answer {
    let Ok(ask) = serde_json::from_slice::<AskReceipts>(body) else { return problem("bad_request") };
    let one = |r: &PhotoReceipt| {
        let known = r.receipt == crate::SimPhotos::receipt_of(&r.number);
        if known { "passed" } else { "not_on_record" }.to_owned()
    };
    ok(&Receipts { receipts: ask.receipts.iter().map(one).collect() })
}

/// The photo of each receipt, drawn; on a bad day it finds one that is not good.
pub(super) fn receipt_photos(server: &Server, body: &[u8]) -> Answer {
    let Ok(ask) = serde_json::from_slice::<AskReceipts>(body) else { return problem("bad_request") };
    let one = |r: &PhotoReceipt| {
        let say = |result: &str| ReceiptPhoto { result: result.into(), ..ReceiptPhoto::default() };
        if r.receipt != crate::SimPhotos::receipt_of(&r.number) {
            return say("not_on_record");
        }
        if server.dice.strikes(|t| t.refuse) {
            return ReceiptPhoto { findings: vec!["双眼未睁开".into()], ..say("failed") };
        }
        let jpeg = kaguan_files::portrait::draw(super::serial_of(&r.number));
        ReceiptPhoto { photo: Some(kaguan_api::text::to_base64(&jpeg)), ..say("passed") }
    };
    ok(&ReceiptPhotos { photos: ask.receipts.iter().map(one).collect() })
}

/// 人脸核验: whether two pictures are the same one; on a bad day it finds that they are not.
pub(super) fn faces(server: &Server, body: &[u8]) -> Answer {
    let Ok(ask) = serde_json::from_slice::<AskFace>(body) else { return problem("bad_request") };
    let [live, chip] = [&ask.live, &ask.chip].map(|b| kaguan_api::text::from_base64(b).unwrap_or_default());
    let result = match crate::faces::compared(&live, &chip) {
        FaceResult::Same if server.dice.strikes(|t| t.refuse) => "different",
        FaceResult::Same => "same",
        FaceResult::Different => "different",
        FaceResult::NotComparable => "not_comparable",
    };
    ok(&FaceAnswer { result: result.into(), reference: format!("SIM{}", now_ms()) })
}

/// What else the registers know of the same people.
pub(super) fn identities(server: &Server, body: &[u8]) -> Answer {
    let Ok(ask) = serde_json::from_slice::<AskChecks>(body) else { return problem("bad_request") };
    let one = |p: &CheckPerson| {
        let known = server.state.get::<OnRecord>(PEOPLE, &p.number)?;
        anyhow::Ok(known.map(|k| k.also).unwrap_or_default())
    };
    match ask.people.iter().map(one).collect() {
        Ok(people) => ok(&Identities { people }),
        Err(_) => problem("unavailable"),
    }
}

/// What 公安 has on record of whoever applies: nothing of whom it does not know.
pub(super) fn records(server: &Server, body: &[u8]) -> Answer {
    let Ok(ask) = serde_json::from_slice::<AskRecord>(body) else { return problem("bad_request") };
    let Ok(known) = server.state.get::<OnRecord>(PEOPLE, &ask.document_number) else {
        return problem("unavailable");
    };
    let unknown = known.is_some_and(|k| k.identity.as_deref() == Some("not_on_record"));
    let record = crate::records::invented(&ask.document_number).filter(|_| !unknown);
    ok(&record.unwrap_or_default())
}

/// 公安 and 社保: who has died. 公安 says what it says to a check; 社保 what is on record, or the same.
pub(super) fn deaths(server: &Server, body: &[u8]) -> Answer {
    let Ok(ask) = serde_json::from_slice::<AskChecks>(body) else { return problem("bad_request") };
    let one = |p: &CheckPerson| -> anyhow::Result<PersonDeath> {
        let known = server.state.get::<OnRecord>(PEOPLE, &p.number)?;
        let alive = known.as_ref().and_then(|k| k.alive.clone());
        let public_security = match alive.as_deref() {
            Some("failed") => "dead",
            Some("passed") => "alive",
            Some(_) => "unavailable",
            None if p.number.ends_with("9999") => "dead",
            None => "alive",
        };
        let social_security = known.and_then(|k| k.social_security);
        Ok(PersonDeath {
            public_security: public_security.into(),
            social_security: social_security.unwrap_or_else(|| public_security.into()),
        })
    };
    match ask.people.iter().map(one).collect() {
        Ok(deaths) => ok(&Deaths { deaths }),
        Err(_) => problem("unavailable"),
    }
}

/// The treasury: every fee order is paid, and reported until the system has taken it.
pub(super) async fn pay(server: &Server, line: &SystemLine) -> anyhow::Result<()> {
    loop {
        let mut orders = server.state.all::<Outgoing>(CALLS)?;
        line.mix(&mut orders);
        for (id, order) in orders {
            let paid_at = order.body.get(PAID_AT).and_then(serde_json::Value::as_i64).unwrap_or_default();
            let Ok(Body::FeeOrder(fee)) = order.read() else {
                // An order of an older state that nothing can be paid by.
                server.state.commit(&[(CALLS, id, None)])?;
                continue;
            };
            let payment = Payment {
                form_no: fee.form_no,
                number: fee.number,
                receipt: format!("44000126{:010}", order.id % 10_000_000_000),
                amount: Some(fee.fen),
                currency: Some("CNY".into()),
                check: Some(format!("{:06}", order.id % 1_000_000)),
                paid_at: Some(paid_at),
            };
            let key = format!("payment-{id}");
            let path = "/api/treasury/v1/payments";
            let reply = line.call("POST", path, Some(&key), json(&payment)).await;
            // What is refused (withdrawn, paid at the counter) is done with as well; the books are compared by people.
            if reply.is_some_and(|r| settled(&r)) {
                server.state.commit(&[(CALLS, id, None)])?;
            }
        }
        line.rest(&server.bell).await;
    }
}
