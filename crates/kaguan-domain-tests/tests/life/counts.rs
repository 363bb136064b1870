//! 盘点 of pre-made cards (Article 36): what a count says, for how long, and what a difference holds up.

use super::instant::{
    CITY, FIRST, ORDER, begin, blank, chip, count, in_stock, officer, order, ship, take_in, why, write_back,
};
use super::person::{HR, Scene};
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::blank::{BlankEvent, BlankFile};
use kaguan_domain::facts::blank_order::{BlankOrderEvent, Counted, LastCount, StockTakeIn};
use kaguan_domain::facts::custody::Party;
use kaguan_domain::facts::difference::{Answers, Settled, Short, Surplus, answering_for, found, settle};
use kaguan_domain::facts::failure::RowFailure;
use kaguan_domain::ids::OrgId;
use kaguan_domain::instant::{BlankCommand, BlankOrderCommand, Find, Spoil};
use kaguan_domain::refusal::Reason;

/// How the last count of the box stands.
fn last_count(s: &mut Scene) -> LastCount {
    count(s);
    let file = &s.stock.orders[&ORDER];
    file.last_count(file.box_of("b").unwrap())
}

#[test]
fn art_36_1_a_box_that_was_counted_wrong_does_not_leave_until_it_is_counted_right() {
    clause!(R36.1);
    let mut s = in_stock();
    let daily = |counted| BlankOrderCommand::Count { r#box: "b".into(), org: HR, counted, foreign: 0 };
    assert_eq!(last_count(&mut s), LastCount::None);
    order(&mut s, officer(1), &daily(1)).unwrap();
    for to in [CITY, OrgId(4)] {
        let refused = order(&mut s, officer(1), &ship(to)).unwrap_err();
        assert_eq!(refused.reason, Reason::CountMismatch);
        let said = refused.sentence();
        assert!(said.contains("第36条") && said.contains("重新盘点") && !said.contains("签收"), "{said}");
        assert!(!said.contains("2张"), "whoever counts is not told: {said}");
    }
    // To spoil a card, or to name the lost one, does not take the difference away: it is counted again.
    let lost = Spoil { org: HR, reason: "盘点未见".into(), missing: true, counted_at: None };
    blank(&mut s, officer(1), 2, &BlankCommand::Spoil(lost)).unwrap();
    assert!(matches!(last_count(&mut s), LastCount::Differs(_)));
    assert_eq!(why(order(&mut s, officer(1), &ship(CITY))), Reason::CountMismatch);
    order(&mut s, officer(1), &daily(1)).unwrap();
    assert!(matches!(last_count(&mut s), LastCount::Agrees(_)));
    order(&mut s, officer(1), &ship(CITY)).unwrap();
}

#[test]
fn art_36_1_a_list_with_numbers_of_other_cards_does_not_agree_however_many_there_are() {
    clause!(R36.1);
    let mut s = in_stock();
    let listed = |counted, foreign| BlankOrderCommand::Count { r#box: "b".into(), org: HR, counted, foreign };
    for (counted, foreign) in [(2, 1), (1, 1)] {
        order(&mut s, officer(1), &listed(counted, foreign)).unwrap();
        assert!(matches!(last_count(&mut s), LastCount::Differs(_)));
        assert_eq!(why(order(&mut s, officer(1), &ship(CITY))), Reason::CountMismatch);
    }
    order(&mut s, officer(1), &listed(2, 0)).unwrap();
    let LastCount::Agrees(count) = last_count(&mut s) else { panic!("{:?}", last_count(&mut s)) };
    assert!(!serde_json::to_string(&count).unwrap().contains("foreign"), "written as in earlier days");
    order(&mut s, officer(1), &ship(CITY)).unwrap();
}

#[test]
fn art_36_3_a_missing_card_that_turns_up_stays_with_whoever_found_it_and_is_not_used() {
    clause!(R36.3);
    let mut s = in_stock();
    let find = |account: &str, missing_from| {
        BlankCommand::Find(Find { org: CITY, account: account.into(), missing_from })
    };
    let from = || Some(Party::Org(HR));
    assert_eq!(why(blank(&mut s, officer(3), 2, &find("夹在箱缝", from()))), Reason::WrongStage, "in stock");
    let spoil = |missing| {
        BlankCommand::Spoil(Spoil { org: HR, reason: "盘点未见".into(), missing, counted_at: None })
    };
    blank(&mut s, officer(1), 1, &spoil(false)).unwrap();
    assert_eq!(why(blank(&mut s, officer(3), 1, &find("夹在箱缝", None))), Reason::WrongStage, "damaged");
    blank(&mut s, officer(1), 2, &spoil(true)).unwrap();
    assert_eq!(why(blank(&mut s, officer(3), 2, &find(" ", from()))), Reason::MaterialDefective);
    let events = blank(&mut s, officer(3), 2, &find("夹在箱缝", from())).unwrap();
    let accounts: Vec<_> = events[0].entries().into_iter().map(|e| e.account).collect();
    assert_eq!(accounts, ["stock/missing", "stock/destroyed"]);
    assert_eq!(why(blank(&mut s, officer(3), 2, &find("夹在箱缝", from()))), Reason::NothingToDo);
    assert_eq!(why(blank(&mut s, officer(1), 2, &spoil(false))), Reason::BlankSpent, "it is not used again");
}

#[test]
fn art_36_1_a_count_says_nothing_any_more_once_a_card_was_written_off_but_use_leaves_it() {
    clause!(R36.1);
    let mut s = in_stock();
    let daily = |counted| BlankOrderCommand::Count { r#box: "b".into(), org: HR, counted, foreign: 0 };
    order(&mut s, officer(1), &daily(2)).unwrap();
    s.done(begin());
    s.done(write_back(chip(1)));
    assert!(matches!(last_count(&mut s), LastCount::Agrees(_)), "a card became somebody's");
    let spoil = Spoil { org: HR, reason: "卡面划伤".into(), missing: false, counted_at: None };
    blank(&mut s, officer(1), 2, &BlankCommand::Spoil(spoil)).unwrap();
    assert!(matches!(last_count(&mut s), LastCount::Outdated(_)));
    order(&mut s, officer(1), &daily(0)).unwrap();
    assert!(matches!(last_count(&mut s), LastCount::Agrees(_)));
    // A count of earlier days says nothing of what was lost by then: it stands as it did.
    let old: Counted = serde_json::from_str(r#"{"on":"2026-11-23","cards":2,"expected":2}"#).unwrap();
    let file = s.stock.orders.get_mut(&ORDER).unwrap();
    file.order.as_mut().unwrap().boxes[0].counted = Some(old);
    assert_eq!(last_count(&mut s), LastCount::Agrees(old));
    // A shortage that was settled after the count: the books have a card more than was counted.
    let mut s = in_stock();
    order(&mut s, officer(1), &ship(CITY)).unwrap();
    let short = Short { cards: 1, answers: Answers::Sender, account: "封条完好".into() };
    let BlankOrderCommand::TakeIn(t) = take_in(CITY, 1) else { unreachable!() };
    let short = BlankOrderCommand::TakeIn(StockTakeIn { short: Some(short), ..t });
    order(&mut s, officer(3), &short).unwrap();
    let there = |counted| BlankOrderCommand::Count { r#box: "b".into(), org: CITY, counted, foreign: 0 };
    order(&mut s, officer(3), &there(1)).unwrap();
    let settle = BlankOrderCommand::SettleDifference {
        r#box: "b".into(),
        settled: Settled::Short { cards: 1, at: None },
        account: "核对为2号卡".into(),
    };
    order(&mut s, officer(3), &settle).unwrap();
    assert!(matches!(last_count(&mut s), LastCount::Outdated(_)));
    // Once it is recorded as missing after all, the books have again what was counted; whoever said that it was found answers for it.
    let lost = Spoil { org: CITY, reason: "短少".into(), missing: true, counted_at: None };
    let never = Spoil { counted_at: Some(Instant(1)), ..lost.clone() };
    assert_eq!(why(blank(&mut s, officer(3), 2, &BlankCommand::Spoil(never))), Reason::DifferenceOpen);
    let events = blank(&mut s, officer(3), 2, &BlankCommand::Spoil(lost)).unwrap();
    let BlankEvent::Spoiled { missing_from, answers, r#box, .. } = &events[0] else { unreachable!() };
    assert_eq!((answers, r#box.as_str()), (&None, "b"));
    assert_eq!(missing_from, &Some(Party::Org(CITY)), "whose books had it");
    assert!(matches!(last_count(&mut s), LastCount::Agrees(_)));
}

#[test]
fn art_36_1_of_two_shortages_of_pre_made_cards_the_one_is_settled_that_is_meant() {
    clause!(R36.1);
    clause!(R12.1);
    let mut s = in_stock();
    let short_at = |s: &mut Scene, officer, org, counted| {
        let BlankOrderCommand::TakeIn(t) = take_in(org, counted) else { unreachable!() };
        let short = Some(Short { cards: 1, answers: Answers::Sender, account: "封条完好".into() });
        order(s, officer, &BlankOrderCommand::TakeIn(StockTakeIn { short, ..t })).unwrap();
    };
    order(&mut s, officer(1), &ship(CITY)).unwrap();
    short_at(&mut s, officer(3), CITY, 1);
    s.now = Instant(s.now.0 + 60_000_000);
    let refused = order(&mut s, officer(3), &ship(HR)).unwrap_err();
    assert_eq!(refused.reason, Reason::CountMismatch, "the shortage is looked into where it was found");
    let said = refused.sentence();
    assert!(said.contains("差异（短少或多出）尚未处理") && said.contains("第36条"), "{said}");
    // In earlier days it went on with one: it is read, and settled where it came to.
    let BlankOrderCommand::Ship(sent) = ship(HR) else { unreachable!() };
    let went = BlankOrderEvent::Shipped { ship: sent, from: Party::Org(CITY) };
    s.stock.orders.get_mut(&ORDER).unwrap().apply(&went, s.now);
    short_at(&mut s, officer(1), HR, 0);
    let differences = |s: &Scene| s.stock.orders[&ORDER].order.as_ref().unwrap().boxes[0].differences.clone();
    let second = differences(&s)[1].at;
    let found = |at| BlankOrderCommand::SettleDifference {
        r#box: "b".into(),
        settled: Settled::Short { cards: 1, at },
        account: "在市空白证件库找到".into(),
    };
    assert_eq!(why(order(&mut s, officer(1), &found(None))), Reason::MaterialDefective);
    order(&mut s, officer(1), &found(Some(second))).unwrap();
    let left = differences(&s);
    assert_eq!((left[0].short, left[1].short), (1, 0));
    assert_eq!(left[0].answers, Party::Org(HR), "the other still answers for its own");
    let b = s.stock.orders[&ORDER].order.as_ref().unwrap().boxes[0].clone();
    assert!(b.has_open_difference() && b.is_answered_for_by(&Party::Org(HR)));
    assert!(!b.is_answered_for_by(&Party::Org(CITY)), "its own is settled");
}

#[test]
fn art_36_3_a_card_written_off_in_earlier_days_is_read_as_it_was_written() {
    clause!(R36.3);
    let failure = serde_json::to_string(&RowFailure::Counter { reason: "破损".into() }).unwrap();
    let event = format!(r#"{{"spoiled":{{"org":3,"failure":{failure}}}}}"#);
    let read: BlankEvent = serde_json::from_str(&event).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), event);
    let mut file = BlankFile::new(FIRST);
    file.apply(&read, Instant(5));
    let state = serde_json::to_string(&file.state).unwrap();
    assert_eq!(state, format!(r#"{{"spoiled":{{"failure":{failure},"at":5}}}}"#));
}

#[test]
fn art_12_2_a_settlement_is_told_with_whoever_answers_for_what_it_settles() {
    clause!(R12.2);
    let (sender, receiver) = (Party::Org(OrgId(2)), Party::Org(OrgId(3)));
    let short = |cards, answers| Short { cards, answers, account: "封条完好".into() };
    let over = Surplus { card_no: "A00000001".into(), account: "夹在箱底".into() };
    let by_sender = found(Instant(1), &sender, &receiver, Some(&short(1, Answers::Sender)), &[over]);
    let mut all = by_sender;
    all.extend(found(Instant(2), &sender, &receiver, Some(&short(2, Answers::Receiver)), &[]));
    let two = Settled::Short { cards: 2, at: None };
    assert_eq!(answering_for(&all, &two), [(&sender, 1), (&receiver, 1)]);
    settle(&mut all, &two);
    assert_eq!(answering_for(&all, &Settled::Short { cards: 1, at: None }), [(&receiver, 1)]);
    let surplus = Settled::Surplus { card_no: "A00000001".into() };
    assert_eq!(answering_for(&all, &surplus), [(&sender, 1)]);
    settle(&mut all, &surplus);
    assert!(answering_for(&all, &surplus).is_empty(), "it is settled");
}
