//! Whoever has a box in hand hands it on and answers for it, and nobody else: not the centre of its area (Article 12).

use crate::instant::{self, ORDER, blank, in_stock, officer, order, take_in, why};
use crate::person::HR;
use crate::way::{BOX, Boxes, missing, receipt, ship, short};
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand as C};
use kaguan_domain::distribution::{Receive, RecordMissing, SettleDifference};
use kaguan_domain::facts::blank::BlankEvent;
use kaguan_domain::facts::blank_order::StockTakeIn;
use kaguan_domain::facts::custody::{Custody, Party};
use kaguan_domain::facts::difference::{Answers, Settled, Short};
use kaguan_domain::ids::{BatchId, OrgId};
use kaguan_domain::instant::{BlankCommand, BlankOrderCommand, Spoil};
use kaguan_domain::refusal::Reason;

const PROVINCE: OrgId = OrgId(1);
const CITY: OrgId = OrgId(2);
const BANK: OrgId = OrgId(4);

#[test]
fn art_12_1_the_city_does_not_send_settle_or_close_a_box_that_its_outlet_keeps() {
    clause!(R12.1);
    let mut b = Boxes::new(Party::Org(CITY));
    b.ask(3, &ship(HR)).unwrap();
    let receive = Receive { short: short(1, Answers::Sender), ..receipt(HR, 4) };
    b.ask(1, &BatchCommand::Receive(receive)).unwrap();
    let settled = Settled::Short { cards: 1, at: None };
    let found = SettleDifference { r#box: BOX, settled, account: "市里说找到了".into() };
    let all = [ship(CITY), BatchCommand::SettleDifference(found), BatchCommand::CloseEmptyBox { r#box: BOX }];
    for officer in [3, 6] {
        for command in &all {
            let refused = b.ask(officer, command).unwrap_err();
            assert!([Reason::NotTheKeeper, Reason::NotPermitted].contains(&refused), "{officer} {command:?}");
        }
        assert_eq!(b.ask(officer, &all[2]), Err(Reason::NotTheKeeper), "{officer}");
    }
    assert!(b.file.boxes[0].on_the_way.is_none());
    assert_eq!(b.file.boxes[0].short(), 1);
    b.ask(1, &all[1]).unwrap();
    b.ask(1, &all[0]).unwrap();
}

#[test]
fn art_12_1_whoever_signed_for_a_shortage_answers_for_the_card_that_is_named_later() {
    clause!(R12.1);
    let mut b = Boxes::new(Party::Org(PROVINCE));
    b.ask(6, &ship(CITY)).unwrap();
    let receive = Receive { short: short(1, Answers::Sender), ..receipt(CITY, 4) };
    b.ask(3, &BatchCommand::Receive(receive)).unwrap();
    b.ask(3, &ship(HR)).unwrap();
    b.ask(1, &BatchCommand::Receive(receipt(HR, 4))).unwrap();
    let at = b.file.boxes[0].differences[0].at;
    let settled = Settled::Short { cards: 1, at: None };
    let named = SettleDifference { r#box: BOX, settled, account: "核对为张三的卡".into() };
    b.scene.file.cards[0].custody = Custody::InBox { r#box: BOX };
    let C::RecordMissing(bare) = missing() else { unreachable!() };
    let of = |counted_at, answers| C::RecordMissing(RecordMissing { counted_at, answers, ..bare.clone() });
    b.scene.batches.insert(BatchId(1), b.file.clone());
    b.scene.as_officer(1);
    assert_eq!(b.scene.refused(of(Some(at), Some(HR))), Reason::MaterialDefective, "it was the province");
    assert_eq!(b.scene.refused(of(Some(Instant(1)), None)), Reason::NotFound, "no such receipt");
    assert_eq!(b.scene.refused(of(Some(at), None)), Reason::DifferenceOpen);
    b.ask(1, &BatchCommand::SettleDifference(named)).unwrap();
    b.scene.batches.insert(BatchId(1), b.file.clone());
    b.scene.as_officer(1).done(of(Some(at), Some(PROVINCE)));
    let Custody::Missing { said: Some(said), from, .. } = &b.scene.old().custody else { panic!("missing") };
    assert_eq!((&said.answers, said.counted_at), (&Party::Org(PROVINCE), Some(at)));
    assert_eq!(*from, Party::Org(HR), "the books have it of whoever keeps the box");
    let old = r#"{"answers":{"org":3},"place":"p","since":"2026-11-23","account":"a"}"#;
    let read: kaguan_domain::facts::custody::Disappearance = serde_json::from_str(old).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), old);
}

#[test]
fn art_36_1_the_city_neither_sends_out_nor_settles_a_box_that_an_outlet_keeps() {
    clause!(R36.1);
    clause!(R12.1);
    let mut s = in_stock();
    order(&mut s, officer(1), &instant::ship(CITY)).unwrap();
    order(&mut s, officer(3), &take_in(CITY, 2)).unwrap();
    order(&mut s, officer(3), &instant::ship(HR)).unwrap();
    let short = Short { cards: 1, answers: Answers::Sender, account: "封条完好".into() };
    let BlankOrderCommand::TakeIn(t) = take_in(HR, 1) else { unreachable!() };
    let one_short = BlankOrderCommand::TakeIn(StockTakeIn { short: Some(short), ..t });
    order(&mut s, officer(1), &one_short).unwrap();
    let found = BlankOrderCommand::SettleDifference {
        r#box: "b".into(),
        settled: Settled::Short { cards: 1, at: None },
        account: "市里说找到了".into(),
    };
    for command in [&instant::ship(BANK), &instant::ship(CITY), &found] {
        assert_eq!(why(order(&mut s, officer(3), command)), Reason::NotTheKeeper);
    }
    order(&mut s, officer(1), &found).unwrap();
    order(&mut s, officer(1), &instant::ship(BANK)).unwrap();
}

#[test]
fn art_12_1_of_two_cards_that_a_box_came_without_each_is_named_by_itself_and_the_sender_answers() {
    clause!(R12.1);
    let mut b = Boxes::new(Party::Org(PROVINCE));
    b.ask(6, &ship(CITY)).unwrap();
    let receive = Receive { short: short(2, Answers::Sender), ..receipt(CITY, 3) };
    b.ask(3, &BatchCommand::Receive(receive)).unwrap();
    let at = b.file.boxes[0].differences[0].at;
    b.scene.file.cards[0].custody = Custody::InBox { r#box: BOX };
    let C::RecordMissing(bare) = missing() else { unreachable!() };
    let of = |counted_at| C::RecordMissing(RecordMissing { counted_at, ..bare.clone() });
    let settle = |settled| {
        let account = "核对短少的卡".into();
        BatchCommand::SettleDifference(SettleDifference { r#box: BOX, settled, account })
    };
    b.scene.batches.insert(BatchId(1), b.file.clone());
    b.scene.as_officer(3);
    assert_eq!(b.scene.refused(of(Some(at))), Reason::DifferenceOpen, "it is not named yet");
    assert_eq!(b.ask(3, &settle(Settled::Named { at: Instant(1) })), Err(Reason::NothingToDo));
    b.ask(3, &settle(Settled::Named { at })).unwrap();
    b.scene.batches.insert(BatchId(1), b.file.clone());
    b.scene.as_officer(3);
    assert_eq!(
        b.scene.refused(of(None)),
        Reason::DifferenceOpen,
        "of what is short it is said which receipt"
    );
    b.scene.done(of(Some(at)));
    let Custody::Missing { said: Some(said), .. } = &b.scene.old().custody else { panic!("missing") };
    assert_eq!(said.answers, Party::Org(PROVINCE));
    assert_eq!((b.file.boxes[0].short(), b.file.boxes[0].differences[0].named), (1, 1), "the other waits");
    let old = r#"{"at":1,"answers":{"org":3},"short":1,"surplus":null,"account":"a"}"#;
    let read: kaguan_domain::facts::difference::Difference = serde_json::from_str(old).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), old);
    // The store tells by this text which boxes have one that nobody has settled (the index box_unsettled).
    let settled = kaguan_domain::facts::difference::Difference { short: 0, ..read };
    let says = serde_json::to_string(&settled).unwrap();
    assert!(!settled.is_open() && says.contains(r#""short":0,"surplus":null"#), "{says}");
}

#[test]
fn art_12_1_what_is_found_settles_the_shortage_that_it_is_said_of_and_no_other() {
    clause!(R12.1);
    let mut b = Boxes::new(Party::Org(PROVINCE));
    b.ask(6, &ship(CITY)).unwrap();
    let first = Receive { short: short(1, Answers::Sender), ..receipt(CITY, 4) };
    b.ask(3, &BatchCommand::Receive(first)).unwrap();
    b.scene.now = Instant(b.scene.now.0 + 60_000_000);
    b.ask(3, &ship(HR)).unwrap();
    let second = Receive { short: short(1, Answers::Sender), ..receipt(HR, 3) };
    b.ask(1, &BatchCommand::Receive(second)).unwrap();
    let at: Vec<Instant> = b.file.boxes[0].differences.iter().map(|d| d.at).collect();
    let found = |cards, at| {
        let settled = Settled::Short { cards, at };
        BatchCommand::SettleDifference(SettleDifference { r#box: BOX, settled, account: "找到了".into() })
    };
    assert_eq!(b.ask(1, &found(1, None)), Err(Reason::MaterialDefective), "whose it was is not said");
    for cards in [0, 2] {
        assert_eq!(b.ask(1, &found(cards, Some(at[1]))), Err(Reason::MaterialDefective), "{cards}");
    }
    assert_eq!(b.ask(1, &found(1, Some(Instant(1)))), Err(Reason::NothingToDo), "no such receipt");
    b.ask(1, &found(1, Some(at[1]))).unwrap();
    let left = |b: &Boxes| b.file.boxes[0].differences.iter().map(|d| d.short).collect::<Vec<_>>();
    assert_eq!(left(&b), [1, 0]);
    let open = b.file.boxes[0].open_shortages().map(|d| d.answers.clone()).collect::<Vec<_>>();
    assert_eq!(open, [Party::Org(PROVINCE)], "whoever lost the first answers for it still");
    assert_eq!(b.ask(1, &found(1, Some(at[1]))), Err(Reason::NothingToDo));
    // Where one party is left it need not be said, as in lines of earlier days.
    b.ask(1, &found(1, None)).unwrap();
    assert_eq!(left(&b), [0, 0]);
    let old = r#"{"short":{"cards":1}}"#;
    let read: Settled = serde_json::from_str(old).unwrap();
    assert_eq!(
        (&read, serde_json::to_string(&read).unwrap().as_str()),
        (&Settled::Short { cards: 1, at: None }, old)
    );
}

#[test]
fn art_36_1_whoever_a_shortage_of_pre_made_cards_was_laid_at_answers_for_each_card_that_is_named() {
    clause!(R36.1);
    clause!(R36.3);
    clause!(R12.1);
    let mut s = in_stock();
    order(&mut s, officer(1), &instant::ship(CITY)).unwrap();
    let BlankOrderCommand::TakeIn(t) = take_in(CITY, 0) else { unreachable!() };
    let short = Short { cards: 2, answers: Answers::Sender, account: "箱内无卡".into() };
    order(&mut s, officer(3), &BlankOrderCommand::TakeIn(StockTakeIn { short: Some(short), ..t })).unwrap();
    let at = s.stock.orders[&ORDER].order.as_ref().unwrap().boxes[0].differences[0].at;
    let lost = |reason: &str, counted_at| {
        BlankCommand::Spoil(Spoil { org: CITY, reason: reason.into(), missing: true, counted_at })
    };
    for counted_at in [None, Some(at)] {
        assert_eq!(why(blank(&mut s, officer(3), 1, &lost("短少", counted_at))), Reason::DifferenceOpen);
    }
    assert_eq!(why(blank(&mut s, officer(3), 1, &lost(" ", Some(at)))), Reason::MaterialDefective);
    let named = |at| BlankOrderCommand::SettleDifference {
        r#box: "b".into(),
        settled: Settled::Named { at },
        account: "核对短少的卡".into(),
    };
    assert_eq!(why(order(&mut s, officer(3), &named(Instant(1)))), Reason::NothingToDo);
    for n in [1, 2] {
        order(&mut s, officer(3), &named(at)).unwrap();
        let events = blank(&mut s, officer(3), n, &lost("短少", Some(at))).unwrap();
        let [BlankEvent::Spoiled { missing_from, answers, .. }] = &events[..] else { panic!("{events:?}") };
        assert_eq!((missing_from, answers), (&Some(Party::Org(CITY)), &Some(Party::Org(HR))), "{n}");
        let accounts: Vec<_> = events[0].entries().into_iter().map(|e| e.account).collect();
        assert_eq!(accounts, ["stock/org:2", "stock/missing"], "the books have it of the keeper again");
    }
    assert_eq!(why(order(&mut s, officer(3), &named(at))), Reason::NothingToDo);
}
