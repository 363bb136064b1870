//! Rules of which a mutant had survived: the other card at a replacement, the end of a period, an employer's box.

use crate::person::{HR, OLD, Scene, card};
use crate::{formal, hand_over, reissue};
use jiff::civil::date;
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::clock::{Clock, ClockKind};
use kaguan_domain::facts::custody::{Custody, Party, RecallReason};
use kaguan_domain::ids::{ApplicationId, BatchId, BoxId, CardId, CityCode, OrgId};
use kaguan_domain::recall::TakeBack;
use kaguan_domain::refusal::Reason;

#[test]
fn appendix_10_zhang_san_has_his_card_of_shenzhen_cleaned_before_the_lost_one_is_made_again() {
    clause!(X10.1);
    let mut s = Scene::with_card();
    s.done(formal());
    let mut other = card(CardId(7), ApplicationId(1), "95533", date(2025, 1, 10));
    other.city = CityCode("4403".into());
    s.file.cards.push(other);
    let refusal = s.refusal(reissue());
    assert_eq!(refusal.reason, Reason::OneCardRequired);
    assert_eq!(refusal.about.as_deref(), Some("深圳市"), "the card that is lost is not in its own way");
    s.file.cards.pop();
    s.done(reissue());
}

#[test]
fn art_7_1_the_period_ends_on_the_day_on_which_the_card_lay_at_its_outlet_whenever_it_is_handed_over() {
    clause!(R7.1);
    let mut s = Scene::uncollected();
    let clock = Clock::start(ClockKind::FirstCard, date(2026, 8, 10), &s.office.calendar);
    s.file.applications[0].clock = Some(clock);
    s.as_officer(1).done(hand_over(OLD));
    let stopped = s.file.applications[0].clock.as_ref().and_then(|c| c.stopped_on);
    assert_eq!(stopped, Some(date(2026, 8, 23)), "the day on which the card lay at its outlet, not today");
}

#[test]
fn art_32_2_an_employers_uncollected_card_is_taken_back_by_the_outlet_that_gave_its_box_out() {
    clause!(R32.2);
    let mut s = Scene::uncollected();
    s.file.cards[0].custody = Custody::InBox { r#box: BoxId(1) };
    let mut batch = BatchFile::new(BatchId(1));
    batch.boxes.push(BoxFile {
        id: BoxId(1),
        number: "X1".into(),
        outlet: HR,
        employer: Some("E1".into()),
        cards: 1,
        keeper: Party::Employer("E1".into()),
        on_the_way: None,
        last_signed: s.now,
        left_province: None,
        arrived: Some(s.now),
        differences: Vec::new(),
        papers: Vec::new(),
    });
    s.batches.insert(BatchId(1), batch);
    s.days_pass(200);
    let back = |at| C::TakeBack(TakeBack { card: OLD, reason: RecallReason::Uncollected, at });
    assert_eq!(s.refused(back(OrgId(4))), Reason::CardNotHere);
    s.done(back(HR));
    assert!(matches!(s.old().custody, Custody::Recalled { org, .. } if org == HR));
}
