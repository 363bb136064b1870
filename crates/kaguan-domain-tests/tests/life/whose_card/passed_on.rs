//! Cards that lie where nobody hands them out or takes them back (Articles 12 and 32): who signs for each, who has to act on it, and what is
//! said of it.

use crate::person::{HR, NEW_BANK, OLD, OWN_BANK, Scene, TODAY, cancel, shown};
use crate::{stated, way};
use kaguan_domain::cancellation::Cancel;
use kaguan_domain::clause;
use kaguan_domain::collection::Post;
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::{HolderCommand as C, Position, Stands, Turn, card_position};
use kaguan_domain::distribution::{
    PassedOn, RecordFound, TakeOver, goes_on, passed_on, waits_to_be_taken_over,
};
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::card::{Account, Card};
use kaguan_domain::facts::custody::{Custody, OnTheWay, Party, PickUpCode, RecallReason};
use kaguan_domain::facts::institution::{InstitutionEvent, OrgKind, Organisation};
use kaguan_domain::facts::notice::NoticeKind;
use kaguan_domain::ids::{BatchId, CityCode, OrgId};
use kaguan_domain::recall::{
    Destroy, TakeBack, is_to_be_destroyed, is_to_be_withdrawn, recalled_waits_for, taken_out_said,
};
use kaguan_domain::refusal::Reason;
use kaguan_domain::restriction::may_cancel_confiscated;

const PROVINCE: OrgId = OrgId(1);
const CITY: OrgId = OrgId(2);
const COUNTY: OrgId = OrgId(7);
const SHENZHEN: OrgId = OrgId(9);

/// A card that waits, in an office with a county and with another city's centre.
fn waiting() -> Scene {
    let mut s = Scene::uncollected();
    for (id, kind, division) in
        [(COUNTY, OrgKind::CountyCentre, "440106"), (SHENZHEN, OrgKind::CityCentre, "440300")]
    {
        s.office.apply(&InstitutionEvent::OrganisationAdded(Organisation {
            id,
            code: format!("{division}{:08}", id.0),
            name: format!("机构{}", id.0),
            kind,
            parent: Some(PROVINCE),
            division: division.into(),
            bank: None,
        }));
    }
    s.as_system();
    s
}

fn kept_by(org: OrgId) -> Scene {
    let mut s = waiting();
    s.file.cards[0].custody = Custody::AtOutlet { org };
    s
}

/// Its holder moved away, and never had it.
fn cancelled(s: &mut Scene) {
    let cancel = Cancel { given_back_at: None, chip: None, ..cancel(OLD, CancelReason::MovedOut) };
    s.as_officer(1).done(C::Cancel(cancel));
    s.as_system();
}

fn take_over(org: OrgId) -> C {
    C::TakeOver(TakeOver { card: OLD, org, kept_at: "卡库".into(), signer: "乙".into() })
}

fn closed(card: &mut Card) {
    card.account = Account::Closed { at: Instant::at_start_of(TODAY) };
}

#[test]
fn art_12_1_a_card_that_another_citys_centre_has_is_fetched_by_its_outlet() {
    clause!(R12.1);
    clause!(R32.2);
    let s = kept_by(SHENZHEN);
    let place = card_position(s.old(), None, &s.office).unwrap();
    assert_eq!((place, Turn::of(place)), (Position::WithOtherCity, Turn::Outlet));
    assert_eq!(Stands::At(place).next_act(), "单卡转接", "its own city has nothing to distribute");
    assert!(!place.is_distributed());
    let recall = Stands::Recall(NoticeKind::Uncollected, place);
    assert_eq!(recall.turn(), Turn::City, "whoever has it in hand takes it back, or sends it on");
    assert!(recall.next_act().contains("由保管机构回收"), "{}", recall.next_act());
    // Its outlet is asked for it, wherever it lies; an outlet that has it hands it out itself.
    for (keeper, waits) in
        [(SHENZHEN, true), (PROVINCE, true), (CITY, true), (COUNTY, true), (OWN_BANK, false), (HR, false)]
    {
        let s = kept_by(keeper);
        let waits = waits.then_some((keeper, HR));
        assert_eq!(waits_to_be_taken_over(&s.file, s.old(), &s.office), waits, "{keeper}");
        let asked = (keeper != HR).then_some(PassedOn::To(HR));
        assert_eq!(passed_on(&s.file, s.old()), asked, "{keeper}");
    }
    let by = |org| PassedOn::by(s.office.org(org).unwrap()).map(|by| by.code());
    assert_eq!((by(HR).as_deref(), by(CITY).as_deref()), (Some("org:3"), Some("city:4401")));
    assert_eq!((by(COUNTY), by(PROVINCE)), (None, None));
    let mut s = s;
    s.done(take_over(HR));
    assert_eq!(card_position(s.old(), None, &s.office), Some(Position::AtOutlet));
    assert_eq!(passed_on(&s.file, s.old()), None);
}

#[test]
fn art_32_1_a_cancelled_card_at_a_county_goes_to_its_citys_centre_and_is_destroyed() {
    clause!(R32.1);
    clause!(R33.4);
    for keeper in [COUNTY, PROVINCE] {
        let mut s = kept_by(keeper);
        cancelled(&mut s);
        assert_eq!(passed_on(&s.file, s.old()), Some(PassedOn::ToCityOf(CityCode("4401".into()))));
        assert_eq!(waits_to_be_taken_over(&s.file, s.old(), &s.office), Some((keeper, CITY)));
        // Nobody else signs for it, and is told who does; nor does anybody take it back from there.
        let said = s.refusal(take_over(HR));
        assert_eq!(said.reason, Reason::CardCancelled);
        assert!(said.sentence().contains("由机构2办理单卡转接后回收"), "{}", said.sentence());
        let back = |at| C::TakeBack(TakeBack { card: OLD, reason: RecallReason::Cancelled, at });
        let said = s.refusal(back(HR)).sentence();
        assert!(said.contains("由机构2在“成品卡接收与分发”办理单卡转接"), "{said}");
        s.as_officer(3).done(take_over(CITY));
        assert!(is_to_be_withdrawn(s.old()) && waits_to_be_taken_over(&s.file, s.old(), &s.office).is_none());
        s.done(back(CITY));
        assert!(!is_to_be_destroyed(s.old()));
        closed(&mut s.file.cards[0]);
        s.done(C::Destroy(Destroy { card: OLD }));
    }
    // Whoever takes cards back keeps it, and nobody signs for it.
    for keeper in [CITY, HR, SHENZHEN] {
        let mut s = kept_by(keeper);
        cancelled(&mut s);
        assert_eq!(waits_to_be_taken_over(&s.file, s.old(), &s.office), None, "{keeper}");
        assert_eq!(s.refused(take_over(OWN_BANK)), Reason::CardCancelled, "{keeper}");
        assert!(is_to_be_withdrawn(s.old()));
    }
}

#[test]
fn art_32_1_a_cancelled_card_that_the_province_finds_is_passed_on_too() {
    clause!(R12.1);
    clause!(R32.1);
    let mut s = waiting();
    s.as_officer(1).done(way::missing());
    s.done(way::make_again("44010000007"));
    assert!(s.old().is_cancelled());
    s.as_officer(6).done(C::RecordFound(RecordFound { card: OLD, org: PROVINCE }));
    assert_eq!(s.old().custody, Custody::AtOutlet { org: PROVINCE }, "it destroys nothing");
    assert_eq!(waits_to_be_taken_over(&s.file, s.old(), &s.office), Some((PROVINCE, CITY)));
    s.as_officer(3).done(take_over(CITY));
    s.done(C::TakeBack(TakeBack { card: OLD, reason: RecallReason::Cancelled, at: CITY }));
}

#[test]
fn art_32_1_a_card_cancelled_in_its_box_is_taken_out_by_whoever_has_the_box() {
    clause!(R12.1);
    clause!(R32.1);
    let lies = |keeper: Party, to: Option<OrgId>| {
        let mut s = waiting();
        let mut batch = way::boxed(keeper, None);
        let r#box = batch.boxes[0].id;
        batch.boxes[0].on_the_way = to.map(|to| OnTheWay {
            to,
            since: Instant::at_start_of(TODAY),
            tracking: "T1".into(),
            responsible: "甲".into(),
            manner: "专车".into(),
        });
        s.batches.insert(BatchId(1), batch);
        s.file.cards[0].custody = Custody::InBox { r#box };
        cancelled(&mut s);
        s
    };
    let said = |s: &Scene| taken_out_said(s.old(), s.batches.get(&BatchId(1)), &s.office);
    for (keeper, to, who) in [
        (Party::Org(HR), None, "由机构3从箱内（装箱位置1）取出"),
        (Party::Org(CITY), None, "由机构2从箱内（装箱位置1）取出"),
        (Party::Org(CITY), Some(HR), "由机构3签收该箱（装箱位置1）后取出"),
        (Party::Org(PROVINCE), Some(CITY), "由机构2签收该箱（装箱位置1）后取出"),
        // Neither takes cards back: the box goes on with it.
        (Party::Org(COUNTY), None, "由机构3签收该箱（装箱位置1）后取出"),
        (Party::Org(PROVINCE), None, "由机构3签收该箱（装箱位置1）后取出"),
        (Party::Employer("某公司".into()), None, "由机构3从代领单位收回"),
    ] {
        let s = lies(keeper.clone(), to);
        assert!(is_to_be_withdrawn(s.old()));
        let told = said(&s).unwrap_or_default();
        assert!(told.contains(who) && told.contains("销户后登记销毁"), "{keeper:?} {to:?}: {told}");
    }
    // Whoever has the box takes it out, and it is nobody's to take out any more.
    let mut s = lies(Party::Org(HR), None);
    s.done(C::TakeBack(TakeBack { card: OLD, reason: RecallReason::Cancelled, at: HR }));
    assert!(said(&s).is_none() && !is_to_be_withdrawn(s.old()));
    let s = waiting();
    assert!(said(&s).is_none(), "it is not cancelled");
}

#[test]
fn art_38_4_a_confiscated_card_waits_for_the_outlet_that_keeps_it_or_for_those_of_its_city() {
    clause!(R38.1);
    clause!(R6.1);
    let s = waiting();
    let of = |office, keeper| {
        let org = |id| s.office.org(id).unwrap();
        may_cancel_confiscated(org(office), org(keeper), &s.office)
    };
    assert!(of(HR, HR) && !of(OWN_BANK, HR) && !of(CITY, HR));
    assert!(of(HR, CITY) && of(OWN_BANK, CITY) && !of(CITY, CITY), "a centre cancels nothing");
    assert!(!of(HR, SHENZHEN), "another city's");
    let mut s = Scene::with_card();
    crate::false_cards::confiscated(&mut s, CITY);
    let said = recalled_waits_for(s.old(), &s.office, TODAY).join("；");
    assert!(said.contains("由机构2保管，由广州市的卡经办网点在“注销”以收缴为原因办理注销"), "{said}");
    let mut s = Scene::with_card();
    crate::false_cards::confiscated(&mut s, HR);
    let said = recalled_waits_for(s.old(), &s.office, TODAY).join("；");
    assert!(said.contains("由机构3保管，由该网点在“注销”"), "{said}");
}

#[test]
fn art_31_3_the_new_card_of_a_change_goes_singly_to_the_new_bank_alone_and_is_given_out_nowhere_else() {
    clause!(R31.3);
    clause!(R12.1);
    let (mut s, new) = crate::hand::changing();
    s.as_system();
    let over = |org| C::TakeOver(TakeOver { card: new, org, kept_at: "卡库".into(), signer: "乙".into() });
    s.file.cards[1].custody = Custody::AtOutlet { org: CITY };
    for org in [HR, OWN_BANK] {
        let refused = s.refusal(over(org));
        assert_eq!(refused.reason, Reason::OutOfScope, "{org}");
        let said = refused.sentence();
        for part in ["新服务银行", "建设银行", "第31条", "请移交领卡网点（机构5）"] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
    assert_eq!(waits_to_be_taken_over(&s.file, s.card(new), &s.office), Some((CITY, NEW_BANK)));
    assert!(s.may(&over(NEW_BANK)));
    // Found at another outlet it waits there for the new bank's, and nobody gives it out or posts it meanwhile.
    s.file.cards[1].custody = Custody::AtOutlet { org: HR };
    s.file.cards[1].came_back = Some(s.now);
    assert!(goes_on(&s.file, s.card(new), s.office.org(HR).unwrap()));
    assert_eq!(waits_to_be_taken_over(&s.file, s.card(new), &s.office), Some((HR, NEW_BANK)));
    let hand = |outlet| C::HandOver(stated::handed_to_holder(new, outlet, shown()));
    let posted = C::Post(Post {
        carrier: None,
        card: new,
        outlet: HR,
        tracking: "EMS1".into(),
        code_digest: "right".into(),
        code: Some(PickUpCode("135790".into())),
        told_postage: true,
        told_code: true,
        wish: stated::wished_by_holder(shown()),
    });
    for command in [hand(HR), posted] {
        let refused = s.refusal(command);
        assert_eq!(refused.reason, Reason::OutOfScope);
        assert!(refused.sentence().contains("由其办理单卡转接后发放"), "{}", refused.sentence());
    }
    s.done(over(NEW_BANK));
    s.done(hand(NEW_BANK));
    // Once it was in use it is given back as any other card of its bank.
    s.file.cards[1].custody = Custody::AtOutlet { org: HR };
    assert!(!goes_on(&s.file, s.card(new), s.office.org(HR).unwrap()));
}

#[test]
fn art_12_1_no_outlet_of_another_bank_signs_for_a_single_card() {
    clause!(X7.1);
    clause!(R12.1);
    let mut s = kept_by(CITY);
    let refused = s.refusal(take_over(NEW_BANK));
    assert_eq!(refused.reason, Reason::OutOfScope);
    let said = refused.sentence();
    assert!(said.contains("不发放") && said.contains("工商银行") && said.contains("机构3"), "{said}");
    for org in [HR, OWN_BANK, COUNTY] {
        assert!(s.may(&take_over(org)), "{org}");
    }
}
