//! 时限与通报: what is counted of cards and clocks.

use jiff::civil::date;
use kaguan_domain::calendar::WorkingCalendar;
use kaguan_domain::clause;
use kaguan_domain::dispatch::{
    Bound, Keeper, Position, Turn, position_in_box, position_of_card, position_without_card,
};
use kaguan_domain::facts::clock::ClockKind;
use kaguan_domain::facts::custody::{Party, RecallReason};
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::institution::OrgKind;
use kaguan_domain::facts::names::{BatchStateKind, CustodyKind, StageKind};
use kaguan_domain::ids::{BankCode, CardId, CityCode, OrgId};
use kaguan_domain::report::{Business, Ran, Times, happened};

#[test]
fn appendix_7_4_a_bank_is_told_the_median_and_the_longest_of_its_working_days() {
    clause!(X7.4);
    let calendar = WorkingCalendar::compiled();
    let today = date(2026, 11, 24);
    let mut icbc = Times::default();
    assert_eq!((icbc.median(), icbc.longest, icbc.all()), (None, None, 0));
    let mut ran = |started_on, due, stopped_on, n| {
        let ran = Ran { started_on, due, stopped_on, taken_back: false, n };
        icbc.add(ClockKind::BankOpening, ran, &calendar, today);
    };
    let (monday, wednesday) = (date(2026, 11, 9), date(2026, 11, 11));
    ran(monday, wednesday, Some(date(2026, 11, 10)), 3);
    ran(monday, wednesday, Some(wednesday), 2);
    // Ended on the Monday after: five working days, late.
    ran(monday, wednesday, Some(date(2026, 11, 16)), 1);
    // Runs in time, and runs late since the 18th: six working days so far.
    ran(date(2026, 11, 23), date(2026, 11, 25), None, 4);
    ran(date(2026, 11, 16), date(2026, 11, 18), None, 1);
    assert_eq!((icbc.kept.kept, icbc.kept.broken, icbc.kept.running, icbc.kept.late), (5, 1, 4, 1));
    assert_eq!(icbc.median(), Some(1.5), "of six that ended the third took one day, the fourth two");
    assert_eq!(icbc.longest, Some(6));
    assert_eq!(icbc.kept.kept_in_a_thousand(), Some(714));
    assert_eq!(icbc.all(), 11);
}

#[test]
fn appendix_7_4_the_median_of_two_lies_between_them_and_of_three_is_the_middle_one() {
    clause!(X7.4);
    let calendar = WorkingCalendar::compiled();
    let mut vendor = Times::default();
    let mut ran = |stopped_on| {
        let (started_on, due) = (date(2026, 11, 9), date(2026, 11, 17));
        let ran = Ran { started_on, due, stopped_on: Some(stopped_on), taken_back: false, n: 1 };
        vendor.add(ClockKind::VendorMaking, ran, &calendar, date(2026, 12, 1));
        vendor.median()
    };
    assert_eq!(ran(date(2026, 11, 9)), Some(0.0));
    assert_eq!(ran(date(2026, 11, 17)), Some(3.0), "of nought and six");
    assert_eq!(ran(date(2026, 11, 16)), Some(5.0), "of three the one in the middle");
}

#[test]
fn appendix_7_4_a_batch_that_was_taken_back_is_no_late_return_and_no_median() {
    clause!(X7.4);
    let calendar = WorkingCalendar::compiled();
    let mut vendor = Times::default();
    let (started_on, due) = (date(2026, 11, 9), date(2026, 11, 17));
    let mut ran = |stopped_on, taken_back| {
        let ran = Ran { started_on, due, stopped_on: Some(stopped_on), taken_back, n: 1 };
        vendor.add(ClockKind::VendorMaking, ran, &calendar, date(2026, 12, 1));
    };
    ran(date(2026, 11, 12), false);
    ran(date(2026, 11, 30), true);
    assert_eq!((vendor.kept.kept, vendor.kept.broken, vendor.kept.taken_back), (1, 0, 1));
    assert_eq!((vendor.median(), vendor.longest), (Some(3.0), Some(15)));
    assert_eq!((vendor.kept.over(), vendor.kept.kept_in_a_thousand(), vendor.all()), (1, Some(500), 2));
}

#[test]
fn art_32_1_a_card_that_is_taken_back_is_counted_for_its_city_and_bank_by_its_reason() {
    clause!(R32.1);
    let card = CardId(7);
    let taken = |card| HolderEvent::TakenBack {
        card,
        from: Party::Org(OrgId(1)),
        at: OrgId(1),
        reason: RecallReason::Uncollected,
        data_to: None,
    };
    let lies = |id: CardId| (id == card).then(|| (CityCode("4401".into()), BankCode("95588".into())));
    let counted = happened(&taken(card), lies, |_| None).unwrap();
    assert_eq!((counted.business, counted.detail, counted.cards), (Business::TakenBack, "uncollected", 1));
    assert_eq!((counted.city.name(), counted.bank.as_str()), ("广州市", "95588"));
    assert_eq!(counted.business.detail_name(counted.detail), "逾期未领");
    assert_eq!(happened(&taken(CardId(8)), lies, |_| None), None, "a card that is not known");
    assert_eq!(happened(&HolderEvent::LifeRestored { evidence: None, number: None }, lies, |_| None), None);
}

#[test]
fn every_place_of_a_list_is_somebodys_turn_and_what_contradicts_itself_is_nowhere() {
    use BatchStateKind as B;
    let of = |stage, settled, batch| position_without_card(stage, settled, false, batch);
    let counter = |settled| position_without_card(StageKind::Accepted, settled, true, None);
    assert_eq!(counter(true), Some(Position::AwaitingInstant), "no batch takes it");
    assert_eq!(counter(false), Some(Position::AwaitingPayment));
    assert_eq!(of(StageKind::Accepted, false, None), Some(Position::AwaitingPayment));
    assert_eq!(of(StageKind::Accepted, true, None), Some(Position::AwaitingBatch));
    assert_eq!(of(StageKind::InBatch, true, Some(B::AtBank)), Some(Position::AtBank));
    assert_eq!(of(StageKind::ProductionFailed, true, Some(B::Made)), Some(Position::ProductionFailed));
    assert_eq!(of(StageKind::ProductionFailed, true, None), Some(Position::InstantFailed));
    assert_eq!(of(StageKind::AccountOpened, true, Some(B::AtVendor)), Some(Position::AtVendor));
    for (stage, batch) in [
        (StageKind::InBatch, None),
        (StageKind::InBatch, Some(B::Made)),
        (StageKind::AccountOpened, Some(B::Screening)),
        (StageKind::Made, Some(B::Made)),
    ] {
        assert_eq!(of(stage, true, batch), None, "{stage:?} {batch:?}");
    }
    let sent = |from, to| position_in_box(Keeper::Org(from), Bound::To(to));
    assert_eq!(sent(OrgKind::ProvinceCentre, OrgKind::CityCentre), Position::ToCity);
    assert_eq!(sent(OrgKind::CityCentre, OrgKind::HrOutlet), Position::ToOutlet);
    let at_bank = |bound| position_in_box(Keeper::Org(OrgKind::BankOutlet), bound);
    assert_eq!(at_bank(Bound::There), Position::AtOutlet);
    assert_eq!(at_bank(Bound::Onward), Position::AtEntrusted, "it is for another outlet");
    assert_eq!(position_of_card(CustodyKind::InBox, false, false, None), None);
    let in_hand = |enabled, active| position_of_card(CustodyKind::WithHolder, enabled, active, None);
    assert_eq!(in_hand(false, false), Some(Position::HandedOver));
    assert_eq!(in_hand(true, false), Some(Position::Enabled));
    assert_eq!(in_hand(true, true), Some(Position::Active));
    assert_eq!(Turn::of(Position::AtBank), Turn::of_batch(B::AtBank));
    // Each of them has one name in an address.
    let codes: std::collections::BTreeSet<&str> = Turn::ALL.iter().map(|turn| turn.code()).collect();
    assert_eq!(codes.len(), Turn::ALL.len());
    assert!(Position::ALL.iter().all(|p| Turn::of(*p) == Turn::Nobody || Turn::ALL.contains(&Turn::of(*p))));
}
