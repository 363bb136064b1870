//! What banks' counters, registers and the treasury do, and what they are told.

use crate::beside::{
    Stoppable, asked, beside, config, http, message_for_the_bank, register, seed, served, tell, until,
};
use kaguan_api::client::Client;
use kaguan_api::message::Questions;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::application::CheckResult;
use kaguan_domain::facts::intent::IntentState;
use kaguan_domain::facts::letter::{Addressee, FeeOrder, Letter};
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::loss::ReportFormal;
use kaguan_partner_sim::process::{Config, Trouble, What, secret_in};
use kaguan_store::Subject;
use kaguan_testkit::{On, World};
use kaguan_web::partner::{HttpCourier, HttpRegisters};

#[tokio::test]
async fn a_bank_that_answers_later_answers_even_when_it_was_stopped_in_between() {
    use kaguan_service::ports::Courier;
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let system = served(&w).await;
    // It cannot call the system: the answer stays with it.
    let nowhere = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let later = Trouble { answer_later: 1.0, ..Trouble::default() };
    let first = config(&w, &format!("http://{nowhere}"), What::Bank, "95588", dir.path(), later);
    let bank = Stoppable::start(first).await;
    let at = bank.at;
    register(&w, What::Bank, "95588", dir.path(), at).await;
    let bank_card_no = w.file(id).await.0.cards[0].bank_account.bank_card_no.as_str().to_owned();
    seed(at, &[(bank_card_no.clone(), 1)]).await;
    let formal = HolderCommand::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None });
    w.about(&Actor::System, id, formal).await.unwrap();
    let courier = HttpCourier::new(http(), w.around.banks.clone());
    courier.attach(&w.service);
    let message = message_for_the_bank(&w).await;
    // The bank trusts the system a moment after it began.
    let mut said = None;
    until("the bank takes the message", async || {
        said = courier.deliver(&message).await.ok();
        said.is_some()
    })
    .await;
    assert_eq!(said, Some(None), "nothing is said at once");
    assert_eq!(asked::<usize>(at, "later").await, 1);
    let state = async || w.file(id).await.0.cards[0].intents.last().unwrap().state.clone();
    assert_eq!(state().await, IntentState::Wanted);
    bank.stop().await;
    let mut second = config(&w, &system, What::Bank, "95588", dir.path(), Trouble::default());
    second.listen = at;
    let bank = Stoppable::start(second).await;
    until("the answer is given", async || matches!(state().await, IntentState::Confirmed { .. })).await;
    until("and taken", async || asked::<usize>(at, "later").await == 0).await;
    assert_eq!(courier.deliver(&message).await.unwrap(), None, "the same message gets the same answer");
    assert_eq!(asked::<usize>(at, "later").await, 0, "and no second one later");
    assert_eq!(asked::<Vec<(String, i64)>>(at, "cards").await, [(bank_card_no, 1 | 2 << 2)]);
    bank.stop().await;
    w.verified().await;
}

#[tokio::test]
async fn registers_say_what_is_on_record_of_a_person_and_keep_it() {
    use kaguan_service::ports::Registers;
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    let day = Trouble::default();
    let new = || config(&w, &system, What::Registers, "gd", dir.path(), day.clone());
    let process = Stoppable::start(new()).await;
    let at = process.at;
    register(&w, What::Registers, "gd", dir.path(), at).await;
    let registers = HttpRegisters::new(http(), w.around.registers.clone());
    registers.attach(&w.service);
    let mut people = Vec::new();
    for n in 1..=2 {
        let id = w.applicant(n, w.outlet()).await;
        people.push(w.file(id).await.0.person.unwrap().details);
    }
    // Asks until the register knows the system's key, a moment after it began.
    let ask = async || {
        let mut said = Vec::new();
        until("the registers answer", async || {
            let checks = registers.check(&people, w.clock.now()).await;
            said = checks.iter().map(|c| c.iter().map(|c| c.result).collect::<Vec<_>>()).collect();
            said[1] != [CheckResult::Unavailable; 3]
        })
        .await;
        said
    };
    let good = vec![CheckResult::Passed; 3];
    assert_eq!(ask().await, [good.clone(), good.clone()]);
    let number = people[0].ssn.as_str();
    let nonsense = serde_json::json!([{ "number": number, "alive": "perhaps" }]);
    assert_eq!(tell(at, "people", &nonsense).await, 422);
    let dead = serde_json::json!([
        { "number": number, "identity": "not_on_record", "alive": "failed", "entitlement": "unavailable" },
    ]);
    assert_eq!(tell(at, "people", &dead).await, 204);
    let known = vec![CheckResult::NotOnRecord, CheckResult::Failed, CheckResult::Unavailable];
    assert_eq!(ask().await, [known.clone(), good.clone()]);
    process.stop().await;
    let process = Stoppable::start(Config { listen: at, ..new() }).await;
    assert_eq!(ask().await, [known, good]);
    process.stop().await;
}

#[tokio::test]
async fn appendix_7_whoever_is_asked_reads_when_what_about_how_many_and_what_came_of_it() {
    use kaguan_service::ports::Registers;
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    let (first, second) = (dir.path().join("gd"), dir.path().join("sz"));
    let process = config(&w, &system, What::Registers, "gd", &first, Trouble::default());
    let process = Stoppable::start(process).await;
    let at = process.at;
    register(&w, What::Registers, "gd", &first, at).await;
    let registers = HttpRegisters::new(http(), w.around.registers.clone());
    registers.attach(&w.service);
    let id = w.applicant(1, w.outlet()).await;
    let person = w.file(id).await.0.person.unwrap().details;
    let person = std::slice::from_ref(&person);
    until("the registers answer", async || {
        registers.check(person, w.clock.now()).await[0].iter().all(|c| c.result == CheckResult::Passed)
    })
    .await;
    registers.deaths(person, w.clock.now()).await;
    process.stop().await;
    registers.check(person, w.clock.now()).await;
    let read = async |code: &str, state: &std::path::Path| {
        let secret = secret_in(state).unwrap();
        let client = Client::believing(&system, &format!("registers:{code}"), "key-1", secret);
        let time = w.service.wall().0 / 1_000;
        let reply = client.call("GET", "/api/messages/v1/questions", None, Vec::new(), time).await.unwrap();
        assert_eq!(reply.status, 200);
        let number = w.draft(1).document_number;
        assert!(!String::from_utf8_lossy(&reply.body).contains(&number), "it names nobody");
        serde_json::from_slice::<Questions>(&reply.body).unwrap().questions
    };
    let told = read("gd", &first).await;
    let last: Vec<_> =
        told.iter().rev().take(3).map(|q| (q.path.as_str(), q.about, q.outcome.as_str())).collect();
    assert_eq!(last, [("/checks", 1, "silent"), ("/deaths", 1, "answered"), ("/checks", 1, "answered")]);
    assert!(told.iter().is_sorted_by_key(|q| q.id) && told.iter().all(|q| q.took >= 0), "{told:?}");
    assert!(told.last().is_some_and(|q| q.said != "ok"), "why nothing came: {told:?}");
    // Another register sees nothing of it.
    register(&w, What::Registers, "sz", &second, at).await;
    assert!(read("sz", &second).await.is_empty());
}

#[tokio::test]
async fn a_banks_counter_enables_reserves_and_approves_and_does_nothing_that_it_does_not_know() {
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let (id, _) = w.with_card(1).await;
    let file = w.file(id).await.0;
    let card = file.cards[0].bank_account.bank_card_no.as_str().to_owned();
    let details = file.person.unwrap().details;
    let system = served(&w).await;
    let old = beside(&w, &system, What::Bank, "95588", &dir.path().join("old")).await;
    let new = beside(&w, &system, What::Bank, "95599", &dir.path().join("new")).await;
    let said = async |at| {
        until("the calls are answered", async || asked::<usize>(at, "calls").await == 0).await;
        let lines = w.service.store().entries_of(Subject::Holder(id), 1).await.unwrap();
        (lines[0].command.clone(), lines[0].actor.clone(), lines[0].outcome.clone())
    };
    let line = |command: &str, actor: &str, outcome: &str| (command.into(), actor.into(), outcome.into());
    let before = said(old).await;
    for act in [
        serde_json::json!([{ "bank_card_no": card, "act": "dance" }]),
        serde_json::json!([{ "bank_card_no": card, "act": "enable" }, { "act": "reserve" }]),
        serde_json::json!([{ "act": "enable" }]),
    ] {
        assert_eq!(tell(old, "acts", &act).await, 422);
    }
    assert_eq!((asked::<usize>(old, "calls").await, said(old).await), (0, before));
    assert_eq!(tell(old, "acts", &serde_json::json!([{ "bank_card_no": card, "act": "enable" }])).await, 204);
    assert_eq!(said(old).await, line("activation.enable", "bank:95588", "already_enabled"));
    let reserve = serde_json::json!([
        { "act": "reserve", "number": details.ssn.as_str(), "name": details.name.display() },
    ]);
    assert_eq!(tell(new, "acts", &reserve).await, 204);
    assert_eq!(said(new).await, line("bank_change.reserve", "bank:95599", "done"));
    let decline = serde_json::json!([{ "bank_card_no": card, "act": "decline", "reason": "有未结清的贷款" }]);
    assert_eq!(tell(old, "acts", &decline).await, 204);
    assert_eq!(said(old).await, line("bank_change.approve", "bank:95588", "done"));
    assert!(w.file(id).await.0.bank_change().is_none(), "declined");
    assert_eq!(tell(new, "acts", &reserve).await, 204);
    assert_eq!(said(new).await, line("bank_change.reserve", "bank:95599", "done"));
    let approve = serde_json::json!([{ "bank_card_no": card, "act": "approve" }]);
    assert_eq!(tell(old, "acts", &approve).await, 204);
    assert_eq!(said(old).await, line("bank_change.approve", "bank:95588", "done"));
    assert!(w.file(id).await.0.bank_change().is_some());
}

#[tokio::test]
async fn registers_and_the_treasury_are_asked_and_told_over_http() {
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    beside(&w, &system, What::Registers, "gd", &dir.path().join("registers")).await;
    let treasury = beside(&w, &system, What::Treasury, "cz", &dir.path().join("treasury")).await;
    let registers = HttpRegisters::new(http(), w.around.registers.clone());
    registers.attach(&w.service);
    let id = w.applicant(1, w.outlet()).await;
    let details = w.file(id).await.0.person.unwrap().details;
    use kaguan_service::ports::{Courier, Registers};
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(50));
    // The register knows the system's key a moment after it began.
    loop {
        tick.tick().await;
        let checks = registers.check(std::slice::from_ref(&details), w.clock.now()).await;
        if checks[0].iter().all(|c| c.result == CheckResult::Passed) {
            break;
        }
        assert!(checks[0].iter().all(|c| c.result == CheckResult::Unavailable), "{checks:?}");
    }
    // A fee order is taken once, and paid: the system refuses what is not owed, and the treasury is done with it.
    let courier = HttpCourier::new(http(), w.around.treasury.clone());
    courier.attach(&w.service);
    let draft = w.draft(1);
    let number = SocialSecurityNumber::parse(&draft.document_number).unwrap();
    let order = FeeOrder { form_no: draft.form_no, number, fen: 2000 };
    let order =
        kaguan_service::ports::Message { id: 7, to: Addressee::Treasury, letter: Letter::FeeOrder(order) };
    while courier.deliver(&order).await.is_err() {
        tick.tick().await;
    }
    courier.deliver(&order).await.unwrap();
    let http = http();
    let taken =
        http.get(format!("http://{treasury}/_sim/messages")).send().await.unwrap().bytes().await.unwrap();
    let taken: Vec<serde_json::Value> = serde_json::from_slice(&taken).unwrap();
    assert_eq!(taken.len(), 1, "twice is once");
    loop {
        tick.tick().await;
        let lines = w.service.store().entries_of(Subject::Holder(id), 10).await.unwrap();
        if lines.iter().any(|l| l.actor == "treasury:cz" && l.outcome == "nothing_due") {
            break;
        }
    }
}
