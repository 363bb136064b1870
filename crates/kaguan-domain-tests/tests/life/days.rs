//! What comes with time: retention of the archive, notices, clocks.

#[path = "archive.rs"]
mod archive;

use crate::exchange;
use crate::person::{self, HR, OLD, Scene, TODAY};
use kaguan_domain::alive::{MarkDeath, RestoreLife};
use kaguan_domain::calendar::add_months_clamped;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::dispatch::{self, HolderCommand as C};
use kaguan_domain::duty::{self, Notify, WatchClocks};
use kaguan_domain::facts::application::{ExchangeReason, Register};
use kaguan_domain::facts::archive::{Case, MaterialKind};
use kaguan_domain::facts::card::Social;
use kaguan_domain::facts::clock::{ClockKind, Standing, Warned};
use kaguan_domain::facts::custody::{Custody, RecallReason};
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::notice::NoticeKind;
use kaguan_domain::ids::{ApplicationId, CardId, MaterialId};
use kaguan_domain::recall::TakeBack;
use kaguan_domain::records::{DestroyMaterial, FileMaterial, Look};
use kaguan_domain::refusal::Reason;

#[test]
fn art_40_material_is_filed_by_case_opened_with_a_reason_and_kept_five_years_after_the_case() {
    clause!(R40.1);
    let mut s = Scene::with_card();
    let file = |digest: Option<&str>, cabinet: Option<&str>| {
        C::FileMaterial(FileMaterial {
            id: MaterialId(7),
            case: Case::Card(OLD),
            kind: MaterialKind::Identity,
            digest: digest.map(Into::into),
            cabinet: cabinet.map(Into::into),
            org: HR,
            more: Vec::new(),
        })
    };
    let destroy = || C::DestroyMaterial(DestroyMaterial { id: MaterialId(7), paper: false });
    assert_eq!(s.as_officer(1).refused(file(None, Some(" "))), Reason::MaterialDefective);
    s.as_officer(1).done(file(Some("ab"), None));
    assert_eq!(s.refused(file(Some("ab"), None)), Reason::NothingToDo, "filed once");
    let open = |id| C::Look(Look { reason: "核对证件".into(), material: Some(MaterialId(id)) });
    s.done(open(7));
    assert_eq!(s.refused(open(8)), Reason::NotFound);
    assert_eq!(s.as_officer(2).refused(open(7)), Reason::OutOfScope, "only where it is kept");
    assert_eq!(s.as_officer(3).refused(destroy()), Reason::RetentionRuns, "the card lives");
    s.file.cards[0].social = Social::Cancelled { at: s.now };
    s.days_pass(5 * 365);
    assert_eq!(s.as_officer(3).refused(destroy()), Reason::RetentionRuns, "not five years yet");
    s.days_pass(3);
    s.as_officer(3).done(destroy());
    assert!(s.file.person.as_ref().unwrap().archive.is_empty());
}

#[test]
fn art_32_2_the_dead_persons_card_starts_the_recall_clock_and_is_warned_about() {
    clause!(R32.2);
    let mut s = Scene::with_card();
    for source in [Register::PublicSecurity, Register::SocialSecurity] {
        s.done(C::MarkDeath(MarkDeath { source, number: None, evidence: None }));
    }
    let due = |s: &Scene| dispatch::due(&s.file, s.now);
    assert!(due(&s).contains(&C::Notify(Notify { card: OLD, kind: NoticeKind::HolderDead })));
    s.as_actor(Actor::System).done(C::Notify(Notify { card: OLD, kind: NoticeKind::HolderDead }));
    let last_day = s.old().notices[0].clock.as_ref().unwrap().due.last_day;
    assert_eq!(duty::next(&s.file), Some(Instant::at_start_of(last_day)));
    s.now = Instant::at_start_of(last_day);
    assert_eq!(due(&s), [C::WatchClocks(WatchClocks {})]);
    s.done(C::WatchClocks(WatchClocks {}));
    assert_eq!(s.old().notices[0].clock.as_ref().unwrap().warned, Some(Warned::AtRisk));
    assert_eq!(s.refused(C::WatchClocks(WatchClocks {})), Reason::NothingToDo, "said once");
    s.days_pass(1);
    s.done(C::WatchClocks(WatchClocks {}));
    assert_eq!(s.old().notices[0].clock.as_ref().unwrap().warned, Some(Warned::Breached));
    s.as_officer(1).done(C::TakeBack(TakeBack { card: OLD, reason: RecallReason::HolderDead, at: HR }));
    assert!(due(&s).is_empty(), "taken back: the clock is stopped, and nothing is said any more");
}

#[test]
fn art_32_2_nobody_is_warned_of_a_recall_that_is_over() {
    clause!(R32.2);
    // 张三 was taken for dead, and lives.
    let mut s = Scene::with_card();
    for source in [Register::PublicSecurity, Register::SocialSecurity] {
        s.done(C::MarkDeath(MarkDeath { source, number: None, evidence: None }));
    }
    s.as_actor(Actor::System).done(C::Notify(Notify { card: OLD, kind: NoticeKind::HolderDead }));
    let (kind, clock) = s.old().recall_clock().unwrap();
    assert_eq!((kind, clock.kind), (NoticeKind::HolderDead, ClockKind::Recall));
    let last_day = clock.due.last_day;
    s.as_officer(1).done(C::RestoreLife(RestoreLife::by("张三本人到场")));
    assert_eq!(s.old().recall_clock(), None);
    s.now = Instant::at_start_of(last_day);
    assert!(!dispatch::due(&s.file, s.now).contains(&C::WatchClocks(WatchClocks {})));
    // 李四's card had waited too long, and was collected in the ten days.
    let mut s = Scene::with_card();
    let (in_force, with_holder) = (s.file.cards[0].social.clone(), s.file.cards[0].custody.clone());
    s.file.cards[0].social = Social::NotEnabled;
    s.file.cards[0].custody = Custody::AtOutlet { org: HR };
    s.days_pass(200);
    s.as_actor(Actor::System).done(C::Notify(Notify { card: OLD, kind: NoticeKind::Uncollected }));
    assert_eq!(s.old().recall_clock().map(|(kind, _)| kind), Some(NoticeKind::Uncollected));
    (s.file.cards[0].social, s.file.cards[0].custody) = (in_force, with_holder);
    assert_eq!(s.old().recall_clock(), None);
}

#[test]
fn art_32_2_a_later_death_begins_ten_working_days_of_its_own() {
    clause!(R32.2);
    let marks = |s: &mut Scene| {
        for source in [Register::PublicSecurity, Register::SocialSecurity] {
            s.as_system().done(C::MarkDeath(MarkDeath { source, number: None, evidence: None }));
        }
    };
    let notify = || C::Notify(Notify { card: OLD, kind: NoticeKind::HolderDead });
    // He was restored by the rule, or on a day before this was kept.
    for by_rule in [true, false] {
        let mut s = Scene::with_card();
        marks(&mut s);
        s.done(notify());
        let first = s.old().recall_clock().unwrap().1.due.last_day;
        let now = s.now;
        if by_rule {
            s.as_officer(1).done(C::RestoreLife(RestoreLife::by("张三本人到场")));
            assert!(s.old().notices.iter().all(|n| n.period().is_none()), "nothing runs for whoever lives");
        } else {
            s.file.apply(&HolderEvent::LifeRestored { evidence: None, number: None }, now);
        }
        s.days_pass(300);
        marks(&mut s);
        assert_eq!(s.old().recall_clock(), None, "nobody is late before it is said");
        assert!(dispatch::due(&s.file, s.now).contains(&notify()));
        s.as_system().done(notify());
        let (_, clock) = s.old().recall_clock().unwrap();
        assert!(clock.started_on == s.now.date() && clock.due.last_day > first && clock.warned.is_none());
        assert!(!dispatch::due(&s.file, s.now).contains(&notify()), "once a death");
        // What was never kept nor broken is not counted when the card is taken back.
        s.as_officer(1).done(C::TakeBack(TakeBack { card: OLD, reason: RecallReason::HolderDead, at: HR }));
        let counted: Vec<_> = s.old().recall_clocks().map(|c| c.stopped_on.unwrap()).collect();
        assert_eq!(counted, [s.now.date()]);
    }
}

#[test]
fn art_14_2_of_a_childs_card_the_guardian_is_told_to_come() {
    clause!(R14.2);
    let mut s = Scene::with_card();
    s.file.cards[0].social = Social::NotEnabled;
    s.file.cards[0].custody = Custody::AtOutlet { org: HR };
    s.file.person.as_mut().unwrap().details.birth_date = jiff::civil::date(2022, 1, 1);
    s.days_pass(200);
    let remind = C::Notify(Notify { card: OLD, kind: NoticeKind::Uncollected });
    let events = s.as_actor(Actor::System).events(&remind);
    let [HolderEvent::Notified { notice, .. }] = events.as_slice() else { panic!("{events:?}") };
    assert!(notice.text(false).contains("请尽快由监护人携带"), "{}", notice.text(false));
}

#[test]
fn art_33_4_a_card_taken_back_uncollected_is_remembered_before_its_six_months_end() {
    clause!(R33.4);
    let mut s = Scene::with_card();
    s.file.cards[0].social = Social::NotEnabled;
    s.file.cards[0].custody = Custody::Recalled { org: HR, since: s.now, reason: RecallReason::Uncollected };
    let day = add_months_clamped(TODAY, 5);
    assert_eq!(duty::next(&s.file), Some(Instant::at_start_of(day)));
    s.now = Instant::at_start_of(day);
    let remind = C::Notify(Notify { card: OLD, kind: NoticeKind::SecondOffer });
    assert_eq!(dispatch::due(&s.file, s.now), std::slice::from_ref(&remind));
    // It is the keeper's reminder: no counter hands the card over, and its holder is not called to one.
    let events = s.as_actor(Actor::System).events(&remind);
    assert!(matches!(events[..], [HolderEvent::Notified { silent: true, .. }]), "{events:?}");
    s.done(remind);
    assert!(dispatch::due(&s.file, s.now).is_empty());
}

#[test]
fn art_27_3_a_replacement_that_waits_at_its_outlet_was_in_time() {
    clause!(R27.3);
    let mut s = Scene::with_card();
    s.done(exchange(ExchangeReason::Other { why: "x".into() }));
    let clock = |s: &Scene| s.file.applications[1].clock.clone().unwrap();
    let last_day = clock(&s).due.last_day;
    s.now = Instant::at_start_of(last_day);
    s.as_actor(Actor::System).done(C::WatchClocks(WatchClocks {}));
    assert_eq!(clock(&s).warned, Some(Warned::AtRisk));
    let mut made = person::card(CardId(2), ApplicationId(2), "95588", last_day);
    made.custody = Custody::AtOutlet { org: HR };
    s.file.cards.push(made);
    s.days_pass(1);
    s.done(C::WatchClocks(WatchClocks {}));
    assert_eq!(clock(&s).stopped_on, Some(last_day));
    assert_eq!(clock(&s).standing(s.now.date()), Standing::Kept);
}
