//! 申请表编号 of a unit application is one's only, on both engines.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_domain::application::{UnitCommand, UnitForm};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Instant};
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::ids::UnitId;
use kaguan_domain::refusal::Reason;
use kaguan_service::{Command, Failure};
use kaguan_store::engine::{Sql, Write};
use kaguan_store::{Commit, CommitError, NewEntry, Store, Subject, unit_as_owner};
use kaguan_testkit::stated::unit_form;
use kaguan_testkit::{BOTH, World};

/// The papers of 样例公司 for five people.
fn form(number: &str) -> UnitForm {
    UnitForm { employer_code: "91440101SAMPLE0001".into(), ..unit_form(number) }
}

async fn registers(w: &World, clerk: &Actor, key: &str, number: &str) -> Result<UnitId, Failure> {
    let ctx = w.service.ctx(clerk.clone(), Channel::Console, Some(key.into()));
    w.service.register_unit(ctx, w.outlet(), None, &form(number)).await
}

fn refused(done: Result<UnitId, Failure>) -> String {
    match done {
        Err(Failure::Refused(refusal)) => refusal.sentence(),
        other => panic!("{other:?}"),
    }
}

async fn tamper(store: &Store, text: &'static str) {
    let statement: &'static Sql = Box::leak(Box::new(Sql::new(text, text)));
    store.engine().transact(vec![Write::one(statement, Vec::new(), None)]).await.unwrap();
}

#[tokio::test]
async fn art_10_2_of_two_who_register_one_form_at_the_same_instant_one_is_told_whose_it_is() {
    clause!(R10.2);
    for on in BOTH {
        let w = World::new(on).await;
        let (one, two) = (w.officer(w.outlet()).await, w.officer(w.outlet()).await);
        for n in 0..5 {
            let (a, b) = (format!("4401U{n}"), format!(" 4401u{n}"));
            let (ka, kb) = (format!("a{n}"), format!("b{n}"));
            let (a, b) = tokio::join!(registers(&w, &one, &ka, &a), registers(&w, &two, &kb, &b));
            let (unit, told) = match (a, b) {
                (Ok(unit), told) | (told, Ok(unit)) => (unit, refused(told)),
                neither => panic!("{on:?}: {neither:?}"),
            };
            // Whoever is refused reads the number as it was typed there.
            let says = format!("申请表编号4401U{n}已登记为受理编号{unit}，2026-11-23受理");
            assert!(told.to_uppercase().contains(&says), "{on:?}: {told}");
        }
        // A command that nobody looked up for is refused by the number itself, in the same round as another or after it.
        let register = |id| {
            let judged = form("4401U9").judged(w.outlet(), kaguan_testkit::guangzhou(), None, &ctx(&w));
            Command::Unit { id: UnitId(id), command: UnitCommand::Register(judged.unwrap()) }
        };
        let (a, b) = tokio::join!(w.by(&one, register(71)), w.by(&two, register(72)));
        let refusal = match (a, b) {
            (Ok(_), Err(Failure::Refused(r))) | (Err(Failure::Refused(r)), Ok(_)) => r,
            other => panic!("{on:?}: {other:?}"),
        };
        assert_eq!(refusal.reason, Reason::NumberTaken, "{on:?}");
        for says in ["申请表编号", "第10条", "不重复登记"] {
            assert!(refusal.sentence().contains(says), "{says}: {}", refusal.sentence());
        }
        w.verified().await;
    }
}

fn ctx(w: &World) -> kaguan_domain::ctx::Ctx {
    w.service.ctx(Actor::System, Channel::Console, None)
}

#[tokio::test]
async fn art_10_2_a_form_that_nobody_came_of_gives_its_number_back_once() {
    clause!(R10.2);
    for on in BOTH {
        let w = World::new(on).await;
        let clerk = w.officer(w.outlet()).await;
        let first = registers(&w, &clerk, "one", "4401U1").await.unwrap();
        refused(registers(&w, &clerk, "two", "4401U1").await);
        let close = UnitCommand::Close { reason: "单位撤回".into() };
        w.by(&clerk, Command::Unit { id: first, command: close }).await.unwrap();
        w.verified().await;
        let (a, b) = tokio::join!(registers(&w, &clerk, "a", "4401U1"), registers(&w, &clerk, "b", "4401U1"));
        assert!(a.is_ok() != b.is_ok(), "{on:?}: {a:?} {b:?}");
        refused(registers(&w, &clerk, "three", "4401U1").await);
        w.verified().await;
    }
}

#[tokio::test]
async fn art_10_2_the_numbers_of_an_earlier_program_are_claimed_at_the_first_opening() {
    clause!(R10.2);
    for on in BOTH {
        let w = World::new(on).await;
        let clerk = w.officer(w.outlet()).await;
        let store = w.service.store();
        let first = registers(&w, &clerk, "one", "4401U1").await.unwrap();
        let closed = registers(&w, &clerk, "two", "4401U2").await.unwrap();
        let close = UnitCommand::Close { reason: "单位撤回".into() };
        w.by(&clerk, Command::Unit { id: closed, command: close }).await.unwrap();
        // As the program before left them.
        let forget = async || {
            tamper(store, "DELETE FROM claim WHERE kind = 'unit_form'").await;
            tamper(store, "DELETE FROM meta WHERE name = 'unit_forms'").await;
        };
        forget().await;
        assert!(!store.check().await.unwrap().findings.is_empty(), "{on:?}: a check misses them");
        // Two could get one number then.
        w.clock.set(Instant(w.clock.now().0 + 1_000_000));
        let second = registers(&w, &clerk, "again", "4401U1").await.unwrap();
        forget().await;
        store.migrate().await.unwrap();
        w.verified().await;
        let owner = async |number: &str| {
            let found = store.unit_of_form(Claim::unit_form(number).unwrap()).await.unwrap();
            found.map(|unit| unit.id)
        };
        assert_eq!((owner("4401U1").await, owner("4401U2").await), (Some(first), None), "{on:?}");
        let told = refused(registers(&w, &clerk, "three", "4401U1").await);
        assert!(told.contains(&format!("受理编号{first}")), "{on:?}: {told}");
        registers(&w, &clerk, "four", "4401U2").await.unwrap();
        // The one that never had it gives nothing back.
        let close = UnitCommand::Close { reason: "重复登记".into() };
        w.by(&clerk, Command::Unit { id: second, command: close }).await.unwrap();
        assert_eq!(owner("4401U1").await, Some(first), "{on:?}");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_10_2_a_number_that_another_unit_application_has_is_refused_by_the_engine() {
    clause!(R10.2);
    for on in BOTH {
        let w = World::new(on).await;
        let clerk = w.officer(w.outlet()).await;
        registers(&w, &clerk, "one", "4401U1").await.unwrap();
        let entry = NewEntry {
            at: Instant(w.clock.now().0),
            actor: "system".into(),
            channel: "console",
            subject: Subject::Unit(UnitId(7)),
            command: "application.unit",
            outcome: "done",
            clause: "",
            personal: false,
            events: b"[]".to_vec(),
            key: None,
            custody: Vec::new(),
            happened: Vec::new(),
        };
        let claims = [(Claim::unit_form("4401U1").unwrap(), unit_as_owner(UnitId(7)))];
        let commit = Commit {
            at: w.clock.now().0,
            entries: vec![entry],
            claims: claims.into_iter().collect(),
            ..Commit::default()
        };
        let failed = w.service.store().commit(commit).await.unwrap_err();
        assert_eq!(failed, CommitError::Guard { statement: "CLAIM_PUT" }, "{on:?}");
    }
}
