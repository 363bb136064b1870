//! 终止 of an order of pre-made cards (Article 36), and who sees the books of a box.

use super::instant::{
    CITY, FIRST, ORDER, at_vendor, begin, blank, chip, count, in_stock, made, officer, order, ship, take_in,
    vendor, why, write_back,
};
use super::person::{HR, Scene};
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::facts::blank::BlankState;
use kaguan_domain::facts::blank_order::BlankOrderEvent;
use kaguan_domain::ids::{BankCode, OrgId};
use kaguan_domain::instant::{
    BlankCommand, BlankOrderCommand as O, Spoil, StockDestroy, sees_books, sees_box,
};
use kaguan_domain::refusal::Reason;

fn bank() -> Actor {
    Actor::Bank(BankCode("95588".into()))
}

fn end(reason: &str) -> O {
    O::End { reason: reason.into(), sure: true }
}

fn destroy(org: OrgId, cards: i64) -> O {
    O::Destroy(StockDestroy {
        r#box: "b".into(),
        org,
        cards,
        by: "甲".into(),
        witness: "乙".into(),
        account: "在市中心粉碎".into(),
        sure: true,
    })
}

#[test]
fn art_36_1_the_province_ends_an_order_and_its_cards_are_void_till_they_are_destroyed_where_they_are() {
    clause!(R36.1);
    let mut s = in_stock();
    assert_eq!(why(order(&mut s, officer(3), &end("芯片型号不符"))), Reason::NotPermitted);
    assert_eq!(why(order(&mut s, officer(1), &destroy(HR, 2))), Reason::WrongStage, "it was not ended");
    let nothing = O::End { reason: " ".into(), sure: false };
    let refused = order(&mut s, officer(6), &nothing).unwrap_err();
    for says in ["须写明终止原因", "须勾选确认", "第36条"] {
        assert!(refused.sentence().contains(says), "{}", refused.sentence());
    }
    let findings = "芯片型号不符".to_owned();
    order(&mut s, officer(6), &O::CheckReturn { passed: false, findings }).unwrap();
    order(&mut s, officer(6), &end("芯片型号不符")).unwrap();
    let of = |s: &Scene| s.stock.orders[&ORDER].order.clone().unwrap();
    assert!(!of(&s).is_usable() && !of(&s).was_found_wrong() && of(&s).waits_for_correction().is_none());
    assert!(!of(&s).waits_to_be_checked());
    assert_eq!(of(&s).now(), "生产完成（已终止）");
    for again in [end("x"), O::CheckReturn { passed: true, findings: String::new() }] {
        let refused = order(&mut s, officer(6), &again).unwrap_err();
        assert_eq!(refused.reason, Reason::WrongStage);
        assert!(refused.sentence().contains("终止该批预制卡：芯片型号不符"), "{}", refused.sentence());
    }
    let refused = s.as_officer(1).decide(&begin()).unwrap_err();
    assert!(refused.sentence().contains("请另取其他批次的预制卡"), "{}", refused.sentence());
    assert_eq!(why(blank(&mut s, vendor(), 1, &made(1))), Reason::WrongStage);

    // It goes nowhere but back, and is destroyed by whoever keeps it, once it is counted right.
    assert_eq!(why(order(&mut s, officer(1), &ship(OrgId(4)))), Reason::WrongStage);
    order(&mut s, officer(1), &ship(CITY)).unwrap();
    assert_eq!(why(order(&mut s, officer(1), &destroy(HR, 2))), Reason::NotTheKeeper, "it is on its way");
    order(&mut s, officer(3), &take_in(CITY, 2)).unwrap();
    assert_eq!(why(order(&mut s, officer(3), &ship(HR))), Reason::WrongStage);
    assert_eq!(why(order(&mut s, officer(1), &destroy(HR, 2))), Reason::NotTheKeeper);
    let refused = order(&mut s, officer(3), &destroy(CITY, 1)).unwrap_err();
    assert_eq!(refused.reason, Reason::CountMismatch);
    assert!(!refused.sentence().contains("2张"), "whoever counts is not told: {}", refused.sentence());
    let O::Destroy(all) = destroy(CITY, 2) else { unreachable!() };
    let bare = StockDestroy {
        by: "甲".into(),
        witness: " 甲 ".into(),
        account: String::new(),
        sure: false,
        ..all.clone()
    };
    let refused = order(&mut s, officer(3), &O::Destroy(bare)).unwrap_err();
    for says in ["须填写销毁情况", "监销人与销毁人应为两人", "须勾选确认", "第36条"]
    {
        assert!(refused.sentence().contains(says), "{}", refused.sentence());
    }
    let daily = |counted| O::Count { r#box: "b".into(), org: CITY, counted, foreign: 0 };
    order(&mut s, officer(3), &daily(1)).unwrap();
    let refused = order(&mut s, officer(3), &O::Destroy(all.clone())).unwrap_err();
    assert!(refused.sentence().contains("与账面一致后销毁"), "{}", refused.sentence());
    order(&mut s, officer(3), &daily(2)).unwrap();
    assert_eq!(s.stock.orders[&ORDER].to_be_destroyed().count(), 1);
    let events = order(&mut s, officer(3), &O::Destroy(all.clone())).unwrap();
    let to: Vec<_> = events[0].entries().into_iter().map(|e| (e.account, e.cards)).collect();
    assert_eq!(to, [(format!("stock/org:{CITY}"), -2), ("stock/destroyed".to_owned(), 2)]);
    count(&mut s);
    let file = &s.stock.orders[&ORDER];
    assert_eq!((file.inside("b"), file.to_be_destroyed().count()), (0, 0));
    for late in [O::Destroy(all), daily(0), ship(HR)] {
        assert_eq!(why(order(&mut s, officer(3), &late)), Reason::WrongStage);
    }
}

#[test]
fn art_36_1_what_became_somebodys_stays_it_and_what_a_counter_has_in_hand_is_finished_first() {
    clause!(R36.1);
    let mut s = in_stock();
    s.done(begin());
    order(&mut s, officer(6), &end("芯片型号不符")).unwrap();
    let refused = order(&mut s, officer(1), &destroy(HR, 2)).unwrap_err();
    assert!(refused.sentence().contains("1张正在即时制卡"), "{}", refused.sentence());
    s.as_officer(1).done(write_back(chip(1)));
    assert!(matches!(s.stock.blanks[&FIRST].state, BlankState::Used { .. }));
    order(&mut s, officer(1), &destroy(HR, 1)).unwrap();
    assert!(matches!(s.stock.blanks[&FIRST].state, BlankState::Used { .. }), "it is a card all the same");
    // Of an order of which nothing is left nothing is ended.
    let mut s = in_stock();
    for n in [1, 2] {
        let reason = "损坏".to_owned();
        let spoil = Spoil { org: HR, reason, missing: false, counted_at: None };
        blank(&mut s, officer(1), n, &BlankCommand::Spoil(spoil)).unwrap();
    }
    assert_eq!(why(order(&mut s, officer(6), &end("不再需要"))), Reason::NothingToDo);
}

#[test]
fn art_36_1_partners_that_had_an_order_say_that_they_know_of_its_end_the_vendor_once_its_boxes_are_destroyed()
{
    clause!(R36.1);
    let mut s = at_vendor();
    let pack = |cards| O::Pack { number: "b".into(), cards };
    order(&mut s, vendor(), &pack(2)).unwrap();
    blank(&mut s, vendor(), 1, &made(1)).unwrap();
    order(&mut s, officer(6), &end("卡面印错")).unwrap();
    let of = |s: &Scene| s.stock.orders[&ORDER].order.clone().unwrap();
    assert!(of(&s).end_for_bank().is_some() && of(&s).end_for_vendor().is_some());
    assert_eq!(why(blank(&mut s, vendor(), 2, &made(2))), Reason::WrongStage);
    assert_eq!(why(order(&mut s, vendor(), &pack(1))), Reason::WrongStage);
    let refused = order(&mut s, vendor(), &O::CloseMaking).unwrap_err();
    assert!(refused.sentence().contains("装箱位置b尚未登记销毁"), "{}", refused.sentence());
    let events = order(&mut s, vendor(), &pack(0)).unwrap();
    assert!(matches!(&events[..], [BlankOrderEvent::BoxDestroyed { destroyed, .. }] if destroyed.cards == 2));
    assert_eq!(why(order(&mut s, vendor(), &pack(0))), Reason::WrongStage);
    order(&mut s, vendor(), &O::CloseMaking).unwrap();
    assert_eq!(why(order(&mut s, vendor(), &O::CloseMaking)), Reason::NothingToDo);
    order(&mut s, bank(), &O::CloseAllocation).unwrap();
    assert_eq!(why(order(&mut s, bank(), &O::CloseAllocation)), Reason::NothingToDo);
    assert!(of(&s).end_for_bank().is_none() && of(&s).end_for_vendor().is_none());
    // What is stored of earlier days says nothing of an end.
    let stored = serde_json::to_value(in_stock().stock.orders[&ORDER].order.as_ref()).unwrap();
    assert!(stored.get("ended").is_none() && stored["boxes"][0].get("destroyed").is_none());
}

#[test]
fn art_36_1_an_order_that_waits_for_the_province_is_declined_and_not_ended() {
    clause!(R36.1);
    let mut s = Scene::uncollected();
    let ask = O::Order {
        number: "Y1".into(),
        city: kaguan_domain::ids::CityCode("4401".into()),
        bank: BankCode("95588".into()),
        vendor: kaguan_domain::ids::VendorCode("1".into()),
        quantity: 3,
        note: String::new(),
    };
    order(&mut s, officer(3), &ask).unwrap();
    let refused = order(&mut s, officer(6), &end("不再需要")).unwrap_err();
    assert!(refused.sentence().contains("不予生成"), "{}", refused.sentence());
    order(&mut s, officer(6), &O::Generate { first: 100 }).unwrap();
    order(&mut s, officer(6), &end("不再需要")).unwrap();
    // Neither has had it: there is nobody to be told.
    let of = s.stock.orders[&ORDER].order.clone().unwrap();
    assert!(of.end_for_bank().is_none() && of.end_for_vendor().is_none());
    for late in [O::Extract, O::CloseAllocation] {
        let refused = order(&mut s, bank(), &late).unwrap_err();
        assert_eq!(refused.reason, Reason::WrongStage);
        assert!(refused.sentence().contains("不再需要"), "{}", refused.sentence());
    }
}

#[test]
fn art_36_1_whoever_counts_a_box_is_not_told_what_the_books_have_in_it() {
    clause!(R36.1);
    let mut s = in_stock();
    let org = |s: &Scene, id| s.office.org(id).unwrap().clone();
    let (city, outlet, other) = (org(&s, CITY), org(&s, HR), org(&s, OrgId(4)));
    let b = s.stock.orders[&ORDER].box_of("b").unwrap().clone();
    assert!(sees_books(&city, &b) && !sees_books(&outlet, &b) && !sees_books(&other, &b));
    assert!(sees_box(&city, &b) && sees_box(&outlet, &b) && !sees_box(&other, &b));
    order(&mut s, officer(1), &ship(CITY)).unwrap();
    let b = s.stock.orders[&ORDER].box_of("b").unwrap();
    assert!(!sees_books(&city, b), "it will sign for it");
}
