//! Who has a card, and who may give it out or take it back (Articles 12, 14, 15 and 32): nobody but its keeper, and what is said to
//! everybody else is true.

mod passed_on;

use crate::person::{AWAY, HR, OLD, OWN_BANK, Scene, shown};
use crate::{hand_over, stated, way};
use kaguan_domain::alive::MarkDeath;
use kaguan_domain::clause;
use kaguan_domain::collection::{Post, ReceiveReturned, SignAtUnit};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::distribution::{RecordFound, TakeOver};
use kaguan_domain::duty::{Notify, WatchClocks};
use kaguan_domain::facts::application::Register;
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::card::{Hold, Social};
use kaguan_domain::facts::clock::{Clock, ClockKind};
use kaguan_domain::facts::counter::Collector;
use kaguan_domain::facts::custody::{Custody, OnTheWay, Party, PickUpCode, RecallReason};
use kaguan_domain::facts::difference::Difference;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::notice::NoticeKind;
use kaguan_domain::ids::{ApplicationId, BatchId, BoxId, CardId, CaseId, OrgId, VendorCode};
use kaguan_domain::recall::{TakeBack, recalled_waits_for};
use kaguan_domain::refusal::Reason;

const BOX: BoxId = BoxId(1);
const CITY: OrgId = OrgId(2);

/// The box that Zhang San's card lies in, kept by somebody.
fn boxed(s: &mut Scene, keeper: Party, way: Option<OrgId>, (inside, short): (i64, i64)) {
    s.file.cards[0].custody = Custody::InBox { r#box: BOX };
    let mut batch = BatchFile::new(BatchId(1));
    batch.tally.inside.insert(BOX, inside);
    let answers = Party::Org(CITY);
    let missed = Difference { at: s.now, answers, short, surplus: None, account: "清点".into(), named: 0 };
    let on_the_way = way.map(|to| OnTheWay {
        to,
        since: s.now,
        tracking: String::new(),
        responsible: "甲".into(),
        manner: "专车".into(),
    });
    batch.boxes.push(BoxFile {
        id: BOX,
        number: "1-001".into(),
        outlet: HR,
        employer: Some("E1".into()),
        cards: 3,
        keeper,
        on_the_way,
        last_signed: s.now,
        left_province: Some(s.now),
        arrived: Some(s.now),
        differences: (short > 0).then_some(missed).into_iter().collect(),
        papers: Vec::new(),
    });
    s.batches.insert(BatchId(1), batch);
}

fn in_the_post(s: &Scene) -> Custody {
    let (since, news) = (s.now, Vec::new());
    let (tracking, code_digest) = ("EMS1".into(), "right".into());
    Custody::InPost { since, from: HR, tracking, code_digest, carrier: None, news }
}

/// Zhang San's card where a case has it, and the only office that may take it back from there; `None` where nobody may.
fn places(s: &Scene) -> Vec<(&'static str, Scene, Vec<OrgId>, Reason)> {
    let all = vec![HR, CITY, AWAY];
    let at = |change: &dyn Fn(&mut Scene)| {
        let mut s = copy(s);
        change(&mut s);
        s
    };
    let vendor = || Party::Vendor(VendorCode("1".into()));
    let custody = |custody: Custody| at(&|s| s.file.cards[0].custody = custody.clone());
    let now = s.now;
    let recalled = Custody::Recalled { org: HR, since: now, reason: RecallReason::Uncollected };
    let missing = Custody::Missing { since: now, from: Party::Org(HR), said: None };
    vec![
        ("holder", custody(Custody::WithHolder { since: now }), all, Reason::CardNotHere),
        ("outlet", custody(Custody::AtOutlet { org: HR }), vec![HR], Reason::CardNotHere),
        ("box", at(&|s| boxed(s, Party::Org(HR), None, (3, 0))), vec![HR], Reason::CardNotHere),
        ("under way", at(&|s| boxed(s, Party::Org(HR), Some(CITY), (3, 0))), vec![], Reason::CardNotHere),
        ("city", at(&|s| boxed(s, Party::Org(CITY), None, (3, 0))), vec![CITY], Reason::CardNotHere),
        ("vendor", at(&|s| boxed(s, vendor(), None, (3, 0))), vec![], Reason::CardNotHere),
        (
            "employer",
            at(&|s| boxed(s, Party::Employer("E1".into()), None, (3, 0))),
            vec![HR],
            Reason::CardNotHere,
        ),
        ("post", custody(in_the_post(s)), vec![], Reason::InThePost),
        ("recalled", custody(recalled), vec![], Reason::CardRecalled),
        ("missing", custody(missing), vec![], Reason::CardMissing),
        ("destroyed", custody(Custody::Destroyed { at: now }), vec![], Reason::WrongStage),
    ]
}

/// The same scene again.
fn copy(s: &Scene) -> Scene {
    let mut again = Scene::uncollected();
    again.file = s.file.clone();
    again.now = s.now;
    again
}

#[test]
fn art_12_1_a_card_is_taken_back_from_its_holder_or_by_whoever_keeps_it_and_by_nobody_else() {
    clause!(R12.1);
    clause!(R32.1);
    let take = |at, reason| C::TakeBack(TakeBack { card: OLD, reason, at });
    let mut dead = Scene::uncollected();
    for source in [Register::PublicSecurity, Register::SocialSecurity] {
        dead.done(C::MarkDeath(MarkDeath { source, number: None, evidence: None }));
    }
    // Made again or cancelled in the meantime: of such a card nobody asks anything but where it is.
    let mut cancelled = Scene::uncollected();
    cancelled.file.apply(&HolderEvent::OneCardCleaned { cards: vec![OLD] }, cancelled.now);
    let mut exchanged = Scene::uncollected();
    exchanged.file.apply(&HolderEvent::CardReplaced { old: OLD, by: CardId(2) }, exchanged.now);
    let mut waited = Scene::uncollected();
    waited.days_pass(200);
    for (of, reason) in [
        (&dead, RecallReason::HolderDead),
        (&exchanged, RecallReason::Exchanged),
        (&cancelled, RecallReason::Cancelled),
        (&waited, RecallReason::Uncollected),
    ] {
        for (name, mut s, takers, why) in places(of) {
            // The six months of a box count from its arrival.
            if let Some(batch) = s.batches.get_mut(&BatchId(1)) {
                batch.boxes[0].arrived = Some(Scene::uncollected().now);
                batch.boxes[0].last_signed = Scene::uncollected().now;
            }
            for at in [HR, CITY, AWAY] {
                let asked = take(at, reason);
                if reason == RecallReason::Uncollected && name == "holder" {
                    assert_eq!(s.refused(asked), Reason::NotWaiting);
                } else if takers.contains(&at) {
                    assert!(s.may(&asked), "{name} {reason:?} {at}: {}", s.refusal(asked).sentence());
                } else {
                    assert_eq!(s.refused(asked), why, "{name} {reason:?} {at}");
                }
            }
        }
    }
}

#[test]
fn art_12_1_what_is_said_of_a_card_that_is_not_here_is_true() {
    clause!(R12.1);
    clause!(R33.4);
    let s = Scene::uncollected();
    let said = |name: &str| {
        let (_, mut s, ..) = places(&s).into_iter().find(|p| p.0 == name).unwrap();
        s.refusal(hand_over(OLD)).sentence()
    };
    for (name, words) in [
        ("city", "由机构2保管"),
        ("under way", "待机构2签收"),
        ("vendor", "尚在卡商"),
        ("post", "邮件退回登记"),
        ("recalled", "办理二次发放再领取"),
        ("missing", "先登记寻回"),
        ("destroyed", "已销毁"),
    ] {
        assert!(said(name).contains(words), "{name}: {}", said(name));
    }
    assert!(said("recalled").contains("由机构3保管") && !said("recalled").contains("不在本网点"));
    // A single card of a centre, which hands none out: whoever asks is told how the outlet comes by it, and is not sent to look.
    let mut single = copy(&s);
    single.file.cards[0].custody = Custody::AtOutlet { org: CITY };
    let told = single.refusal(hand_over(OLD)).sentence();
    for says in ["由机构2保管", "该机构不发放卡片", "办理单卡转接后领取"] {
        assert!(told.contains(says), "{told}");
    }
    assert!(!told.contains("请在持卡人档案中查看"), "{told}");
    // Another was applied for in its place: it is not made again twice.
    let mut again = copy(&s);
    again.file.cards[0].custody = Custody::Missing { since: s.now, from: Party::Org(HR), said: None };
    again.file.cards[0].made_again = Some(ApplicationId(2));
    assert!(again.refusal(hand_over(OLD)).sentence().contains("已受理补制"));
}

#[test]
fn art_32_2_a_card_to_be_taken_back_in_a_box_is_of_whoever_signs_for_it_or_keeps_it() {
    clause!(R32.2);
    let turn = |keeper: Party, way: Option<OrgId>| {
        let mut s = Scene::uncollected();
        boxed(&mut s, keeper, way, (3, 0));
        s.batches[&BatchId(1)].boxes[0].whose_turn()
    };
    assert_eq!(turn(Party::Org(CITY), None), Some(CITY), "who keeps it");
    assert_eq!(turn(Party::Org(CITY), Some(HR)), Some(HR), "who signs for it");
    assert_eq!(turn(Party::Employer("E1".into()), None), Some(HR), "its outlet, of what an employer has");
    let vendor = || Party::Vendor(VendorCode("1".into()));
    assert_eq!(turn(vendor(), None), None, "nobody's, while its maker has it");
    assert_eq!(turn(vendor(), Some(CITY)), Some(CITY));
}

#[test]
fn art_33_4_a_cancelled_card_is_destroyed_by_the_bank_that_keeps_it_or_by_its_city() {
    clause!(R33.4);
    let waits = |org: OrgId, closed: bool| {
        let mut s = Scene::uncollected();
        s.file.cards[0].custody = Custody::Recalled { org, since: s.now, reason: RecallReason::HolderDead };
        s.file.cards[0].social = Social::Cancelled { at: s.now };
        if closed {
            s.file.apply(&HolderEvent::AccountClosed { card: OLD }, s.now);
        }
        recalled_waits_for(&s.file.cards[0], &s.office, s.now.date()).join("；")
    };
    for closed in [true, false] {
        // An HR outlet has no such act: it is not sent to itself.
        assert!(waits(HR, closed).contains("由机构2登记销毁"), "{}", waits(HR, closed));
        assert!(waits(CITY, closed).contains("由机构2登记销毁"), "{}", waits(CITY, closed));
        assert!(waits(OWN_BANK, closed).contains("由机构4登记销毁"), "{}", waits(OWN_BANK, closed));
    }
}

#[test]
fn art_32_1_a_posted_card_is_taken_back_six_months_after_the_letter_came_back() {
    clause!(R32.1);
    let mut s = Scene::uncollected();
    s.file.cards[0].custody = in_the_post(&s);
    s.days_pass(200);
    let take = || C::TakeBack(TakeBack { card: OLD, reason: RecallReason::Uncollected, at: HR });
    assert_eq!(s.as_officer(1).refused(take()), Reason::InThePost);
    s.done(C::ReceiveReturnedPost(ReceiveReturned { card: OLD, outlet: HR, reason: "地址不详".into() }));
    assert_eq!(s.refused(take()), Reason::NotOverdue);
    s.days_pass(200);
    s.done(take());
}

#[test]
fn art_32_2_the_ten_days_of_a_card_that_waited_too_long_are_over_when_it_comes_back_from_the_post() {
    clause!(R32.2);
    clause!(R32.1);
    let mut s = Scene::uncollected();
    s.file.cards[0].custody = Custody::AtOutlet { org: HR };
    s.days_pass(200);
    let notify = || C::Notify(Notify { card: OLD, kind: NoticeKind::Uncollected });
    s.as_system().done(notify());
    let runs = |s: &Scene| s.old().recall_clock().map(|(kind, _)| kind);
    assert_eq!(runs(&s), Some(NoticeKind::Uncollected));
    // Its outlet posts it in these days, and the letter comes back.
    s.file.cards[0].custody = in_the_post(&s);
    assert_eq!(runs(&s), Some(NoticeKind::Uncollected));
    let back =
        C::ReceiveReturnedPost(ReceiveReturned { card: OLD, outlet: HR, reason: "地址不详".into() });
    s.as_officer(1).done(back);
    assert_eq!(runs(&s), None, "what may not be taken back yet is late for nobody");
    let take = || C::TakeBack(TakeBack { card: OLD, reason: RecallReason::Uncollected, at: HR });
    assert_eq!(s.refused(take()), Reason::NotOverdue);
    s.days_pass(200);
    s.as_system().done(notify());
    let began = s.old().recall_clock().unwrap().1.started_on;
    assert_eq!(began, s.now.date(), "ten working days of its own");
    s.as_officer(1).done(take());
    assert_eq!(s.old().recall_clocks().count(), 1, "of the first nothing was kept nor broken");
    // The same of one that was missing and is found, while its days ran.
    let mut s = Scene::uncollected();
    s.file.cards[0].custody = Custody::AtOutlet { org: HR };
    s.days_pass(200);
    s.as_system().done(notify());
    s.as_officer(1).done(way::missing());
    s.done(C::RecordFound(RecordFound { card: OLD, org: HR }));
    assert_eq!(runs(&s), None);
}

/// Zhang San's card and two more: one was missed in a count, and nobody knows which.
fn short(inside: i64) -> Scene {
    let mut s = Scene::uncollected();
    boxed(&mut s, Party::Org(HR), None, (inside, 1));
    s
}

#[test]
fn art_12_1_a_short_box_hands_over_no_more_cards_than_were_counted_in_it() {
    clause!(R12.1);
    clause!(R12.2);
    let post = || {
        C::Post(Post {
            carrier: None,
            card: OLD,
            outlet: HR,
            tracking: "EMS1".into(),
            code_digest: "right".into(),
            code: Some(PickUpCode("135790".into())),
            told_postage: true,
            told_code: true,
            wish: stated::wished_by_holder(shown()),
        })
    };
    let sign = |s: &Scene| {
        let (collector, signed_on) = (Collector::Holder, s.now.date());
        C::SignAtUnit(SignAtUnit { card: OLD, signed_on, collector, seen: true })
    };
    let enable = || C::Enable(stated::enabled_by_holder(OLD, shown()));
    let take = || C::TakeBack(TakeBack { card: OLD, reason: RecallReason::Uncollected, at: HR });
    // Two are there; so one of them is handed over, and the other.
    for inside in [3, 2] {
        assert!(short(inside).may(&hand_over(OLD)) && short(inside).may(&post()));
    }
    // The books have one still: it is the one that was missed, or else that one was found.
    let mut s = short(1);
    assert!(s.refusal(hand_over(OLD)).sentence().contains("短少1张未查明"));
    assert_eq!(s.refused(post()), Reason::DifferenceOpen);
    s.days_pass(200);
    assert_eq!(s.refused(take()), Reason::DifferenceOpen);
    // With the employer it is the same.
    let at_employer = |inside| {
        let mut s = Scene::uncollected();
        boxed(&mut s, Party::Employer("E1".into()), None, (inside, 1));
        s
    };
    let mut s = at_employer(1);
    let signed = sign(&s);
    assert_eq!(s.refused(signed), Reason::DifferenceOpen);
    assert_eq!(s.refused(enable()), Reason::DifferenceOpen);
    let s = at_employer(2);
    assert!(s.may(&sign(&s)) && s.may(&enable()));
}

#[test]
fn art_12_1_a_missing_card_that_is_found_in_time_waits_for_its_holder_again() {
    clause!(R12.1);
    let mut s = Scene::uncollected();
    let found = s.as_officer(3).refusal(C::RecordFound(RecordFound { card: OLD, org: CITY })).sentence();
    assert!(
        found.contains("该卡没有登记缺失") && found.contains("第12条") && !found.contains("第8条"),
        "{found}"
    );
    s.as_officer(1).done(way::missing());
    let early = TakeOver { card: OLD, org: HR, kept_at: "卡库".into(), signer: "乙".into() };
    let early = s.refusal(C::TakeOver(early)).sentence();
    assert!(
        early.contains("该卡已登记缺失") && early.contains("找到的先登记寻回") && early.contains("第12条"),
        "{early}"
    );
    s.days_pass(20);
    // At the city's centre, which hands nothing over: the outlet takes it over and signs.
    s.as_officer(3).done(C::RecordFound(RecordFound { card: OLD, org: CITY }));
    let again = C::RecordFound(RecordFound { card: OLD, org: CITY });
    assert_eq!(s.refused(again), Reason::NothingToDo, "it is missing no more");
    assert_eq!(s.as_officer(1).refused(hand_over(OLD)), Reason::CardNotHere);
    let take_over = |org, signer: &str| {
        C::TakeOver(TakeOver { card: OLD, org, kept_at: "卡库".into(), signer: signer.into() })
    };
    assert_eq!(s.refused(take_over(HR, "")), Reason::MaterialDefective);
    let away = s.as_system().refusal(C::TakeOver(TakeOver {
        card: OLD,
        org: AWAY,
        kept_at: "卡库".into(),
        signer: "乙".into(),
    }));
    let away = (away.reason, away.sentence());
    assert_eq!(away.0, Reason::OutOfScope, "another city");
    assert!(away.1.contains("该卡不是本市发行") && away.1.contains("请移交领卡网点"), "{}", away.1);
    assert!(!away.1.contains("逐级"), "the levels have nothing to do with it: {}", away.1);
    s.as_officer(1).done(take_over(HR, "乙"));
    assert_eq!(s.refused(take_over(HR, "乙")), Reason::NothingToDo);
    s.days_pass(170);
    let back = C::TakeBack(TakeBack { card: OLD, reason: RecallReason::Uncollected, at: HR });
    assert_eq!(s.refused(back), Reason::NotOverdue, "the six months count from its coming back");
    s.done(hand_over(OLD));
    assert!(s.old().in_force());
}

#[test]
fn art_7_1_the_period_of_a_single_card_ends_when_its_outlet_has_it_and_not_at_a_centre() {
    clause!(R7.1);
    clause!(R31.3);
    let began = |lost: bool| {
        let mut s = Scene::uncollected();
        let clock = Clock::start(ClockKind::FirstCard, s.now.date(), &s.office.calendar);
        s.file.applications[0].clock = Some(clock);
        // The box in which it should have come was signed for at the outlet long ago, without it.
        let mut batch = way::boxed(Party::Org(HR), None);
        batch.boxes[0].arrived = Some(s.now);
        s.batches.insert(BatchId(1), batch);
        s.file.cards[0].custody = Custody::AtOutlet { org: CITY };
        s.file.cards[0].came_back = Some(s.now);
        if lost {
            s.as_officer(3).done(way::missing());
        }
        s
    };
    let stopped = |s: &Scene| s.file.applications[0].clock.as_ref().unwrap().stopped_on;
    let told = |s: &Scene| s.old().notices.iter().filter(|n| n.kind == NoticeKind::Ready).count();
    let take_over =
        || C::TakeOver(TakeOver { card: OLD, org: HR, kept_at: "卡库".into(), signer: "乙".into() });
    let mut s = began(false);
    s.days_pass(40);
    s.as_system().done(C::WatchClocks(WatchClocks {}));
    assert_eq!((stopped(&s), told(&s)), (None, 0), "it is late, and lies at the centre still");
    s.as_officer(1).done(take_over());
    assert_eq!((stopped(&s), told(&s)), (Some(s.now.date()), 1));
    assert_eq!(s.old().notices[0].outlet.as_deref(), Some("机构3"));
    // Found at the centre nothing ends and nobody is told; found at the outlet both, once.
    let mut s = began(true);
    s.days_pass(3);
    s.as_officer(3).done(C::RecordFound(RecordFound { card: OLD, org: CITY }));
    assert_eq!((stopped(&s), told(&s)), (None, 0));
    let mut s = began(true);
    s.days_pass(3);
    s.as_officer(1).done(C::RecordFound(RecordFound { card: OLD, org: HR }));
    assert_eq!((stopped(&s), told(&s)), (Some(s.now.date()), 1));
    s.done(way::missing());
    s.done(C::RecordFound(RecordFound { card: OLD, org: HR }));
    assert_eq!(told(&s), 1);
    // What may not be handed out is distributed all the same; of that nobody is told.
    let mut s = began(false);
    s.file.cards[0].holds.insert(Hold::Restriction { case: CaseId(1) });
    s.as_officer(1).done(take_over());
    assert_eq!((stopped(&s), told(&s)), (Some(s.now.date()), 0));
}
