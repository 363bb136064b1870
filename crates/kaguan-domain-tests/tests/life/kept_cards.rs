//! Rules of a card of which a mutant had survived (Articles 7, 12 to 16, 23, 32, 33, 37 and 40): on its way, in hand, taken back, cancelled.

use crate::person::{HR, OLD, Scene, TODAY, cancel, card, relative, shown};
use crate::{exchange, hand_over, restrict, stated, temporary};
use jiff::civil::date;
use kaguan_domain::alive::MarkDeath;
use kaguan_domain::cancellation::{Cancel, RecordAccountClosed};
use kaguan_domain::clause;
use kaguan_domain::codes::{DayKind, HolidayRow};
use kaguan_domain::collection::{HandOver, Post, ReceiveReturned};
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::distribution::{RecordMissing, TakeOver};
use kaguan_domain::duty::{Notify, RecountClocks};
use kaguan_domain::facts::application::{AgentGround, ExchangeReason, Origin, Register};
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::card::{Account, Hold, Social};
use kaguan_domain::facts::clock::{Clock, ClockKind};
use kaguan_domain::facts::counter::{Collector, Deputy, KeptCopy};
use kaguan_domain::facts::custody::{Custody, Party, PickUpCode, RecallReason};
use kaguan_domain::facts::difference::Difference;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::institution::InstitutionEvent;
use kaguan_domain::facts::intent::{IntentKind, IntentState};
use kaguan_domain::facts::notice::NoticeKind;
use kaguan_domain::facts::receipt::BusinessReceipt;
use kaguan_domain::ids::{
    ApplicationId, BankCode, BatchId, BoxId, CardId, CaseId, CityCode, MaterialId, OrgId, UnitId,
};
use kaguan_domain::one_card::{Clean, Confirm};
use kaguan_domain::recall::{Destroy, OfferAgain, TakeBack, second_offer_ends, second_offer_failed};
use kaguan_domain::records::PrintBusinessReceipt;
use kaguan_domain::refusal::Reason;
use kaguan_domain::replacement::bank_change::Reserve;
use kaguan_domain::restriction::{Confiscate, Decide};

/// An outlet of the card's bank.
const BANK: OrgId = OrgId(4);
const BOX: BoxId = BoxId(1);

/// Zhang San's card lies in a box that has arrived at its outlet today; of its cards so many are missing.
fn boxed(short: i64) -> Scene {
    let mut s = Scene::uncollected();
    s.file.cards[0].custody = Custody::InBox { r#box: BOX };
    let mut batch = BatchFile::new(BatchId(1));
    let missing = |short| Difference {
        at: s.now,
        answers: Party::Org(OrgId(2)),
        short,
        surplus: None,
        account: "清点".into(),
        named: 0,
    };
    batch.boxes.push(BoxFile {
        id: BOX,
        number: "X1".into(),
        outlet: HR,
        employer: None,
        cards: 3,
        keeper: Party::Org(HR),
        on_the_way: None,
        last_signed: s.now,
        left_province: None,
        arrived: Some(s.now),
        differences: (short > 0).then(|| missing(short)).into_iter().collect(),
        papers: Vec::new(),
    });
    s.batches.insert(BatchId(1), batch);
    s
}

fn post(tracking: &str, code_digest: &str) -> C {
    C::Post(Post {
        carrier: None,
        card: OLD,
        outlet: HR,
        tracking: tracking.into(),
        code_digest: code_digest.into(),
        code: Some(PickUpCode("135790".into())),
        told_postage: true,
        told_code: true,
        wish: stated::wished_by_holder(shown()),
    })
}

fn take_over() -> C {
    let (kept_at, signer) = ("保险柜".into(), "李".into());
    C::TakeOver(TakeOver { card: OLD, org: BANK, kept_at, signer })
}

fn take_back(reason: RecallReason) -> C {
    C::TakeBack(TakeBack { card: OLD, reason, at: HR })
}

fn restrict_intents(events: &[HolderEvent]) -> usize {
    let of = |e: &&HolderEvent| matches!(e, HolderEvent::IntentMade { intent, .. } if intent.kind == IntentKind::Restrict);
    events.iter().filter(of).count()
}

#[test]
fn art_7_1_a_card_from_a_box_that_another_outlet_took_over_had_reached_its_outlet_with_the_box() {
    clause!(R7.1);
    let mut s = boxed(0);
    let arrived = s.now.date();
    let clock = Clock::start(ClockKind::FirstCard, date(2026, 11, 10), &s.office.calendar);
    s.file.applications[0].clock = Some(clock);
    s.days_pass(3);
    s.as_officer(2).done(take_over());
    s.days_pass(3);
    s.done(C::HandOver(HandOver { outlet: BANK, ..stated::handed_to_holder(OLD, BANK, shown()) }));
    let stopped = s.file.applications[0].clock.as_ref().and_then(|c| c.stopped_on);
    assert_eq!(stopped, Some(arrived), "neither today nor on the day on which it was made");
}

#[test]
fn art_12_1_while_a_box_is_short_no_card_of_it_is_taken_over_nor_recorded_as_missing() {
    clause!(R12.1);
    let since = |since| {
        let (place, account) = ("网点".into(), "不在箱内".into());
        C::RecordMissing(RecordMissing { card: OLD, since, place, account, answers: None, counted_at: None })
    };
    let missing = || since(TODAY);
    let mut s = boxed(1);
    assert_eq!(s.as_officer(2).refused(take_over()), Reason::DifferenceOpen);
    assert_eq!(s.as_officer(1).refused(missing()), Reason::DifferenceOpen);
    let mut s = boxed(0);
    assert!(s.as_officer(2).may(&take_over()));
    assert!(s.as_officer(1).may(&missing()) && s.may(&since(TODAY.yesterday().unwrap())));
    assert_eq!(s.refused(since(TODAY.tomorrow().unwrap())), Reason::MaterialDefective);
}

#[test]
fn art_14_1_a_card_is_not_handed_over_twice_and_not_posted_without_a_mail_number_and_a_code() {
    clause!(R14.1);
    let mut s = Scene::uncollected();
    s.as_officer(1);
    for without in [post(" ", "right"), post("EMS1", "")] {
        assert_eq!(s.refused(without), Reason::MaterialDefective);
    }
    assert!(s.may(&post("EMS1", "right")));
    s.done(hand_over(OLD));
    assert_eq!(s.refused(hand_over(OLD)), Reason::AlreadyHandedOver);
    assert_eq!(s.refused(post("EMS1", "right")), Reason::AlreadyHandedOver);
}

#[test]
fn art_14_5_what_is_kept_of_zhang_zi_who_collects_is_a_whole_image_or_lies_in_the_archive() {
    clause!(R14.5);
    clause!(R40.1);
    let with = |digest: Option<String>, id: i64| {
        let son = relative(AgentGround::Sick);
        let of = |kind, id| KeptCopy { id: MaterialId(id), kind, digest: Some("ab".repeat(32)) };
        let identity = KeptCopy { digest, ..of(MaterialKind::AgentIdentity, id) };
        let copies = vec![identity, of(MaterialKind::RelationProof, 902)];
        let collector = Collector::Deputy(Box::new(Deputy { copies, ..son }));
        C::HandOver(HandOver { collector, ..stated::handed_to_holder(OLD, HR, shown()) })
    };
    let mut s = Scene::uncollected();
    s.as_officer(1);
    let whole = || Some("cd".repeat(32));
    for broken in [Some("ab".into()), Some("zz".repeat(32)), None] {
        assert_eq!(s.refused(with(broken, 901)), Reason::MaterialDefective);
    }
    s.done(with(whole(), 901));
    // It is filed now, and is named by its number; the same number with another image is none.
    let again = || C::Enable(stated::enabled_by_holder(OLD, shown()));
    s.file.cards[0].social = Social::NotEnabled;
    let by = |digest| {
        let C::HandOver(handed) = with(digest, 901) else { unreachable!() };
        let Collector::Deputy(deputy) = handed.collector else { unreachable!() };
        let register = KeptCopy { digest: None, ..deputy.copies[1].clone() };
        let copies = vec![deputy.copies[0].clone(), register];
        let C::Enable(enable) = again() else { unreachable!() };
        C::Enable(kaguan_domain::activation::Enable {
            deputy: Some(Box::new(Deputy { copies, ..*deputy })),
            ..enable
        })
    };
    assert_eq!(s.refused(by(whole())), Reason::MaterialDefective);
    assert!(s.may(&by(None)));
}

#[test]
fn art_16_1_the_journal_keeps_who_stood_at_the_counter_when_a_card_was_enabled() {
    clause!(R16.1);
    let mut s = Scene::with_card();
    // Zhang San's employer had collected it.
    s.file.cards[0].social = Social::NotEnabled;
    s.file.cards[0].account = Account::PreOpened;
    let events = s.as_officer(1).events(&C::Enable(stated::enabled_by_holder(OLD, shown())));
    let by = events.iter().find_map(|e| match e {
        HolderEvent::Enabled { by, .. } => Some(by),
        _ => None,
    });
    assert_eq!(by.and_then(|by| by.holder.clone()), Some(shown()));
}

#[test]
fn art_32_2_a_notice_of_holidays_moves_the_recall_clock_that_runs_and_not_the_one_that_is_over() {
    clause!(R32.2);
    clause!(R7.1);
    let mut s = Scene::uncollected();
    let notify = || C::Notify(Notify { card: OLD, kind: NoticeKind::Uncollected });
    s.days_pass(200);
    s.done(notify());
    // It is posted to him, comes back, and waits for another half a year.
    s.as_officer(1).done(post("EMS1", "right"));
    s.days_pass(5);
    s.done(C::ReceiveReturnedPost(ReceiveReturned { card: OLD, outlet: HR, reason: "无人签收".into() }));
    s.days_pass(200);
    s.as_system().done(notify());
    let days = |s: &Scene| {
        let clocks = s.old().notices.iter().filter_map(|n| n.clock.as_ref());
        clocks.map(|c| c.due.last_day).collect::<Vec<_>>()
    };
    let before = days(&s);
    assert_eq!(before.len(), 2);
    let off = |date| HolidayRow { date, kind: DayKind::Off, name: "通知".into() };
    s.office.apply(&InstitutionEvent::NoticeTaken { days: before.iter().copied().map(off).collect() });
    s.done(C::RecountClocks(RecountClocks {}));
    let after = days(&s);
    let later = |days: i64| jiff::Span::new().days(days);
    assert_eq!(after[0], before[0], "it came back into stock: that period is over");
    assert!(
        after[1] > before[1] && after[1] < before[1].checked_add(later(14)).unwrap(),
        "{before:?} {after:?}"
    );
}

#[test]
fn art_32_1_a_card_of_the_dead_is_taken_back_when_two_registers_have_said_so() {
    clause!(R32.1);
    let mut s = Scene::with_card();
    let mark = |source| C::MarkDeath(MarkDeath { source, number: None, evidence: None });
    s.done(mark(Register::SocialSecurity));
    assert_eq!(s.refused(take_back(RecallReason::HolderDead)), Reason::DeathNotConfirmed);
    s.done(mark(Register::PublicSecurity));
    s.done(take_back(RecallReason::HolderDead));
}

#[test]
fn art_33_1_the_card_that_the_daughter_gives_back_is_kept_as_a_dead_mans() {
    clause!(R33.1);
    let mut s = Scene::with_card();
    for source in [Register::SocialSecurity, Register::PublicSecurity] {
        s.done(C::MarkDeath(MarkDeath { source, number: None, evidence: None }));
    }
    let by_relative = Cancel { agent: Some(relative(AgentGround::Sick)), ..cancel(OLD, CancelReason::Dead) };
    s.done(C::Cancel(by_relative));
    assert!(matches!(s.old().custody, Custody::Recalled { reason: RecallReason::HolderDead, .. }));
}

#[test]
fn art_33_1_a_card_whose_bank_is_being_changed_is_not_cancelled() {
    clause!(R33.1);
    clause!(R31.1);
    let mut s = Scene::with_card();
    s.done(C::ReserveBankChange(Reserve { card: OLD, to: BankCode("95533".into()) }));
    let refused = s.refusal(C::Cancel(cancel(OLD, CancelReason::Emigrated)));
    assert_eq!(refused.reason, Reason::BankChangeOrder, "it is a reservation, and no application");
    let said = refused.sentence();
    assert!(said.contains("第31条") && said.contains("撤销预约") && !said.contains("制卡进度"), "{said}");
}

#[test]
fn art_33_2_a_bank_that_has_closed_the_account_has_answered_that_and_nothing_else() {
    clause!(R33.2);
    let mut s = Scene::with_card();
    s.done(temporary());
    s.done(C::Cancel(cancel(OLD, CancelReason::Emigrated)));
    let asked: Vec<_> = s.old().intents.iter().map(|i| i.kind).collect();
    assert_eq!(asked, [IntentKind::LoseTemporarily, IntentKind::Close]);
    let events = s.as_bank("95588").events(&C::RecordAccountClosed(RecordAccountClosed::by_bank(OLD)));
    let answered: Vec<_> = events
        .iter()
        .filter_map(|e| match e {
            HolderEvent::IntentAnswered { seq, state: IntentState::Confirmed { .. }, .. } => Some(*seq),
            _ => None,
        })
        .collect();
    assert_eq!(answered, [2]);
    // The account of a card that was cleaned is closed too; that of one in use is not.
    let mut s = Scene::with_card();
    let close = || C::RecordAccountClosed(RecordAccountClosed::by_bank(OLD));
    assert_eq!(s.as_bank("95588").refused(close()), Reason::WrongStage);
    s.file.apply(&HolderEvent::OneCardCleaned { cards: vec![OLD] }, s.now);
    s.done(close());
}

#[test]
fn art_33_4_whoever_is_offered_a_card_again_hears_where_it_is_and_until_when() {
    clause!(R33.4);
    let again = || C::OfferAgain(OfferAgain { card: OLD });
    let mut s = Scene::uncollected();
    s.days_pass(200);
    s.as_officer(1).done(take_back(RecallReason::Uncollected));
    let end = second_offer_ends(s.old()).unwrap();
    let last = end.yesterday().unwrap();
    let told = s.events(&again());
    let Some(HolderEvent::Notified { notice, silent: false, .. }) = told.last() else { panic!("{told:?}") };
    assert_eq!((notice.outlet.as_deref(), notice.until), (Some("机构3"), Some(last)));
    let text = notice.text(false);
    assert!(text.contains("机构3") && text.contains(&last.to_string()), "{text}");
    s.done(again());
    // Nobody took it: whoever has it takes it back.
    assert!(!second_offer_failed(s.old(), last) && second_offer_failed(s.old(), end));
    s.file.cards[0].offered_again = None;
    assert!(!second_offer_failed(s.old(), end), "the first offer has a notice of its own");
    // Nobody writes to the dead.
    let mut s = Scene::uncollected();
    s.days_pass(200);
    s.as_officer(1).done(take_back(RecallReason::Uncollected));
    s.file.cards[0].holds.insert(Hold::SuspectedDeath);
    let told = s.events(&again());
    assert!(matches!(told.last(), Some(HolderEvent::Notified { silent: true, .. })), "{told:?}");
}

#[test]
fn art_33_4_what_nobody_collected_is_offered_again_for_six_months_and_no_card_under_a_case() {
    clause!(R33.4);
    clause!(R37.1);
    let again = || C::OfferAgain(OfferAgain { card: OLD });
    let mut s = Scene::with_card();
    restrict(&mut s, 7);
    s.done(C::Confiscate(Confiscate { card: OLD, case: CaseId(7), at: HR }));
    assert_eq!(s.refused(again()), Reason::CardHeldBack, "it was confiscated");
    // A card that was taken back before the way of its data was recorded.
    let mut s = Scene::uncollected();
    let old_line = HolderEvent::TakenBack {
        card: OLD,
        from: Party::Org(HR),
        at: HR,
        reason: RecallReason::Uncollected,
        data_to: None,
    };
    s.file.apply(&old_line, s.now);
    assert_eq!(second_offer_ends(s.old()), Some(date(2027, 5, 23)));
    assert!(s.may(&again()));
    s.days_pass(181);
    assert_eq!(s.refused(again()), Reason::SecondOfferOver);
}

/// A second card of Zhang San, of Shenzhen, from before there was one card a person.
fn with_shenzhen() -> Scene {
    let mut s = Scene::with_card();
    let mut other = card(CardId(7), ApplicationId(1), "95533", date(2025, 1, 10));
    other.city = CityCode("4403".into());
    other.custody = Custody::WithHolder { since: Instant(0) };
    s.file.cards.push(other);
    s
}

#[test]
fn art_3_2_the_card_of_guangzhou_is_not_handed_over_while_that_of_shenzhen_works() {
    clause!(R3.2);
    clause!(R14.2);
    let mut s = with_shenzhen();
    let now = s.now;
    let [first, other] = &mut s.file.cards[..] else { unreachable!() };
    (first.custody, first.social) = (Custody::AtOutlet { org: HR }, Social::NotEnabled);
    other.social = Social::Enabled { at: now };
    assert_eq!(s.refused(hand_over(OLD)), Reason::OtherCardInForce);
    s.done(C::Cancel(cancel(CardId(7), CancelReason::MovedOut)));
    s.done(hand_over(OLD));
}

#[test]
fn art_37_1_each_case_comes_upon_every_card_of_zhang_san_and_each_account_is_restricted_once() {
    clause!(R37.1);
    clause!(X10.1);
    let mut s = with_shenzhen();
    restrict(&mut s, 7);
    // A second case: proposed, and decided.
    let case = CaseId(8);
    s.done(C::ProposeRestriction(stated::restriction(OLD, case, "《社会保险法》第八十八条，另案")));
    s.as_officer(6).done(C::DecideRestriction(Decide {
        card: OLD,
        case,
        approved: true,
        why: String::new(),
    }));
    s.as_system();
    for card in &s.file.cards {
        for case in [7, 8] {
            assert!(card.holds.contains(&Hold::Restriction { case: CaseId(case) }), "{} {case}", card.id);
        }
    }
    // The card of Shenzhen is cleaned: both accounts are restricted already.
    let cards = vec![OLD, CardId(7)];
    s.done(C::ConfirmOneCard(Confirm { cards, slip: "确认单1".into(), keep: Some(OLD), city: None }));
    let events = s.events(&C::CleanOneCard(Clean {}));
    assert_eq!(restrict_intents(&events), 0);
    assert!(events.iter().any(|e| matches!(e, HolderEvent::OneCardCleaned { .. })));
}

#[test]
fn art_19_2_a_receipt_has_the_phone_at_which_zhang_san_is_reached() {
    clause!(R19.2);
    let s = Scene::with_card();
    let blank = BusinessReceipt {
        accepted_on: TODAY,
        outlet_code: "x".into(),
        business_no: "20261123-x-1".into(),
        number: String::new(),
        name: String::new(),
        phone: String::new(),
        business: "领卡".into(),
        org: "机构3".into(),
        officer: "经办人".into(),
    };
    let receipt = PrintBusinessReceipt { line: 1, outlet: HR }.receipt(&s.file, blank).unwrap();
    assert_eq!((receipt.name.as_str(), receipt.phone.as_str()), ("张三", "13900000000"));
}

#[test]
fn art_12_2_a_card_is_entered_in_the_register_of_the_unit_that_it_was_applied_for_with() {
    clause!(R12.2);
    let mut s = Scene::with_card();
    assert_eq!(s.file.unit_of(OLD), None, "he came himself");
    s.file.applications[0].origin = Origin::Unit { unit: UnitId(5) };
    assert_eq!(s.file.unit_of(OLD), Some(UnitId(5)));
    assert_eq!(s.file.unit_of(CardId(99)), None);
}

#[test]
fn art_11_1_a_clock_has_a_last_day_while_it_runs() {
    clause!(R11.1);
    let mut s = Scene::with_card();
    s.done(exchange(ExchangeReason::Damaged { by_human: true }));
    let mut clock = s.file.applications[1].clock.clone().unwrap();
    assert_eq!(clock.runs_until(), Some(clock.due.last_day));
    clock.stop(TODAY);
    assert_eq!(clock.runs_until(), None);
}

#[test]
fn art_33_4_what_was_never_taken_back_is_not_offered_again_by_its_keeper_either() {
    clause!(R33.4);
    clause!(R6.1);
    let mut s = Scene::uncollected();
    let (offer, destroy) = (C::OfferAgain(OfferAgain { card: OLD }), C::Destroy(Destroy { card: OLD }));
    for (who, asked) in [(1, offer.clone()), (2, offer), (2, destroy)] {
        let told = s.as_officer(who).refusal(asked);
        assert_eq!(told.reason, Reason::NotRecalled);
        let told = told.sentence();
        assert!(told.contains("该卡没有逾期未领，待持卡人领取"), "{told}");
        assert!(!told.contains("请由保管该卡的机构办理"), "{told}");
    }
}

#[test]
fn art_33_4_whoever_does_not_keep_a_recalled_card_is_told_who_does() {
    clause!(R33.4);
    clause!(R6.1);
    let mut s = Scene::uncollected();
    s.days_pass(200);
    s.as_officer(1).done(C::TakeBack(TakeBack { card: OLD, reason: RecallReason::Uncollected, at: HR }));
    let refused = s.as_officer(2).refusal(C::OfferAgain(OfferAgain { card: OLD }));
    assert_eq!(refused.reason, Reason::OutOfScope);
    assert!(refused.sentence().contains("该卡由机构3保管"), "{}", refused.sentence());
    assert!(s.as_officer(1).may(&C::OfferAgain(OfferAgain { card: OLD })));
}
