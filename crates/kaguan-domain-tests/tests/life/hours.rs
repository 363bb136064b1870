//! What the system does by itself at its hour, and what it and a bank make of a difference (Articles 5, 16, 23, 30 to 32).

use crate::person::{NEW_BANK, OLD, Scene, TODAY, relative, shown};
use crate::{formal, release, replace, restrict, temporary};
use jiff::civil::date;
use kaguan_domain::activation::{Activate, Enable};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::dispatch::{HolderCommand as C, due, silent};
use kaguan_domain::duty::{Notify, next};
use kaguan_domain::facts::activation::ActivationManner;
use kaguan_domain::facts::application::{
    AgentGround, AgentRelation, CheckItem, CheckResult, Purpose, Register, RegisterCheck, Stage,
};
use kaguan_domain::facts::card::{Account, Hold, Social};
use kaguan_domain::facts::counter::Deputy;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::intent::{IntentKind, IntentState};
use kaguan_domain::facts::letter::{Addressee, Letter, letters_of};
use kaguan_domain::facts::mirror::{BankState, Facet, Loss, Mirror};
use kaguan_domain::facts::notice::{Notice, NoticeKind};
use kaguan_domain::ids::{ApplicationId, BankCode, CaseId};
use kaguan_domain::link::{AnswerIntent, BankAnswer, Repair, ResolveIntent};
use kaguan_domain::recall::is_to_be_closed;
use kaguan_domain::refusal::Reason;
use kaguan_domain::replacement::Replace;
use kaguan_domain::replacement::bank_change::{Approve, CallOff, LAPSES_AFTER_DAYS, Reserve};

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// An account in use, on which nothing lies.
const ACTIVE: Mirror = Mirror { account: Facet::Active, ..Mirror::NEW };

fn repair(theirs: Mirror) -> C {
    C::RepairLink(Repair { card: OLD, theirs: Some(BankState::Known(theirs)) })
}

/// The bank's answer to the last thing that it was asked for.
fn answered(s: &mut Scene, answer: BankAnswer) {
    let seq = s.old().intents.last().unwrap().seq;
    s.done(C::AnswerIntent(AnswerIntent { card: OLD, seq, answer }));
}

fn asked(s: &Scene, command: &C) -> Vec<(u32, IntentKind)> {
    let asked = |e: HolderEvent| match e {
        HolderEvent::IntentMade { intent, .. } => Some((intent.seq, intent.kind)),
        _ => None,
    };
    s.events(command).into_iter().filter_map(asked).collect()
}

#[test]
fn art_23_1_what_the_bank_does_not_have_is_asked_of_it_again_and_a_loss_of_its_own_is_staffs() {
    clause!(R23.1);
    use IntentKind as K;
    let lost = |loss| Mirror { loss: Some(loss), ..ACTIVE };
    let mut s = Scene::with_card();
    s.done(temporary());
    assert_eq!(s.refused(repair(ACTIVE)), Reason::NothingToDo, "the bank has not answered yet");
    answered(&mut s, BankAnswer::Unknown);
    let again = AnswerIntent { card: OLD, seq: 1, answer: BankAnswer::Unknown };
    assert_eq!(s.refused(C::AnswerIntent(again)), Reason::NothingToDo);
    assert_eq!(asked(&s, &repair(ACTIVE)), [(2, K::LoseTemporarily)]);
    answered(&mut s, BankAnswer::Done);
    restrict(&mut s, 7);
    answered(&mut s, BankAnswer::Done);
    let both = [(3, K::LoseTemporarily), (4, K::Restrict)];
    assert_eq!(asked(&s, &repair(ACTIVE)), both, "numbered one after the other");
    assert_eq!(asked(&s, &repair(lost(Loss::Temporary))), [(3, K::Restrict)]);
    // A release that the bank refused is asked for again; one that it confirmed is not undone.
    for (answer, then) in [(BankAnswer::Refused("系统维护".into()), Ok(())), (BankAnswer::Done, Err(()))]
    {
        let mut s = Scene::with_card();
        s.done(temporary());
        answered(&mut s, BankAnswer::Done);
        s.done(release());
        answered(&mut s, answer);
        match then {
            Ok(()) => assert_eq!(asked(&s, &repair(lost(Loss::Temporary))), [(3, K::ReleaseLoss)]),
            Err(()) => assert_eq!(s.refused(repair(lost(Loss::Temporary))), Reason::AccountDiffers),
        }
        restrict(&mut s, 7);
        answered(&mut s, BankAnswer::Done);
        let restricted = Mirror { restricted: true, ..lost(Loss::Temporary) };
        match then {
            Ok(()) => assert_eq!(asked(&s, &repair(restricted)), [(4, K::ReleaseLoss)]),
            Err(()) => assert_eq!(s.refused(repair(restricted)), Reason::AccountDiffers),
        }
    }
    let mut s = Scene::with_card();
    s.done(formal());
    answered(&mut s, BankAnswer::Refused("系统维护".into()));
    assert_eq!(
        s.refused(repair(Mirror { account: Facet::Closed, ..lost(Loss::Formal) })),
        Reason::AccountDiffers
    );
    s.file.cards[0].social = Social::Cancelled { at: s.now };
    let closed = Mirror { account: Facet::Closed, ..lost(Loss::Formal) };
    assert!(matches!(s.events(&repair(closed))[..], [HolderEvent::AccountClosed { card: OLD }]));
}

#[test]
fn art_23_1_staff_settle_a_refusal_in_words_and_close_what_was_to_be_closed() {
    clause!(R23.1);
    let settle = |settled: Option<&str>| {
        let settled = settled.map(Into::into);
        C::ResolveIntent(ResolveIntent { card: OLD, seq: 1, settled, closed: None })
    };
    let mut s = Scene::with_card();
    s.done(formal());
    assert_eq!(s.refused(settle(None)), Reason::NothingToDo, "asked already");
    answered(&mut s, BankAnswer::Refused("系统维护".into()));
    assert_eq!(s.refused(settle(Some(" "))), Reason::MaterialDefective);
    assert_eq!(s.events(&settle(Some("银行已办理"))).len(), 1);
    let mut s = Scene::with_card();
    s.done(C::Cancel(crate::person::cancel(OLD, kaguan_domain::facts::cancellation::CancelReason::MovedOut)));
    answered(&mut s, BankAnswer::Refused("系统维护".into()));
    assert_eq!(s.events(&settle(None)).len(), 1, "asked again, not closed");
    let close = |settled: &str, closed| {
        let settled = Some(settled.to_owned());
        C::ResolveIntent(ResolveIntent { card: OLD, seq: 1, settled, closed: Some(closed) })
    };
    let closed = s.events(&close("电话核对", true));
    assert!(matches!(closed[..], [_, HolderEvent::AccountClosed { .. }]));
}

#[test]
fn art_33_4_an_account_is_closed_by_what_staff_state_and_not_by_what_they_write() {
    clause!(R33.4);
    let settle = |settled: &str, closed| {
        let settled = Some(settled.to_owned());
        C::ResolveIntent(ResolveIntent { card: OLD, seq: 1, settled, closed })
    };
    let mut s = Scene::with_card();
    s.done(C::Cancel(crate::person::cancel(OLD, kaguan_domain::facts::cancellation::CancelReason::MovedOut)));
    assert_eq!(s.old().intents[0].kind, IntentKind::Close);
    answered(&mut s, BankAnswer::Refused("账户有余额，不能销户".into()));
    let unstated = s.refusal(settle("银行已销户", None)).sentence();
    assert!(unstated.contains("须说明银行是否已销户") && unstated.contains("第33条"), "{unstated}");
    let bare = s.refusal(settle(" ", None)).sentence();
    assert!(bare.contains("须写明") && bare.contains("须说明银行是否已销户"), "both at once: {bare}");
    // Not closed: the card's account stays open, and only the bank closes it, at its counter or by its computer.
    assert!(!is_to_be_closed(s.old()), "the city has it");
    s.done(settle("账户尚有余额，持卡人下周来提款", Some(false)));
    assert!(s.old().intents[0].is_over() && !s.old().account_is_closed());
    assert!(s.old().is_left_to_close(&s.old().intents[0]));
    assert!(is_to_be_closed(s.old()), "then it is the bank's, wherever the card is");
    assert_eq!(s.refused(C::Destroy(kaguan_domain::recall::Destroy { card: OLD })), Reason::WrongStage);
    let refused = AnswerIntent { card: OLD, seq: 1, answer: BankAnswer::Refused("余额".into()) };
    assert_eq!(s.refused(C::AnswerIntent(refused)), Reason::IntentOver, "staff know");
    let counter = kaguan_domain::cancellation::RecordAccountClosed::by_bank(OLD);
    assert!(s.may(&C::RecordAccountClosed(counter)));
    answered(&mut s, BankAnswer::Done);
    assert!(s.old().account_is_closed() && !is_to_be_closed(s.old()));
    let done = AnswerIntent { card: OLD, seq: 1, answer: BankAnswer::Done };
    assert_eq!(s.refused(C::AnswerIntent(done)), Reason::IntentOver, "once");
}

#[test]
fn art_23_1_a_state_is_read_as_the_bits_that_it_was_written_as() {
    clause!(R23.1);
    let all = Mirror { account: Facet::Closed, loss: Some(Loss::Formal), locked: true, restricted: true };
    for state in [all, ACTIVE, Mirror { locked: true, ..ACTIVE }, Mirror { restricted: true, ..Mirror::NEW }]
    {
        assert_eq!(Mirror::from_bits(state.bits()), Some(state));
        assert_eq!(
            (i64::from(state), BankState::from(state.bits())),
            (state.bits(), BankState::Known(state))
        );
    }
    assert_eq!(all.bits(), 2 | 2 << 2 | 1 << 4 | 1 << 5);
    assert_eq!(BankState::Known(all).to_string(), "销户、正式挂失、锁定、限制");
    assert_eq!(BankState::Unreadable(3).to_string(), "无法识别（3）");
}

#[test]
fn art_23_1_the_bank_is_told_of_what_is_wanted_and_of_nothing_else() {
    clause!(R23.1);
    let mut s = Scene::with_card();
    s.done(temporary());
    let intent = s.old().intents[0].clone();
    let made = |state| {
        let mut intent = intent.clone();
        intent.state = state;
        letters_of(&s.file, &HolderEvent::IntentMade { card: OLD, intent })
    };
    let letters = made(IntentState::Wanted);
    let [(to, letter)] = &letters[..] else { panic!("{letters:?}") };
    assert_eq!(*to, Addressee::Bank(BankCode("95588".into())));
    let body = letter.body();
    assert_eq!(Letter::read(letter.kind().code(), &body).as_ref(), Ok(letter));
    let Letter::Link(link) = letter else { panic!() };
    assert!(link.owner.is_none(), "the bank knows whose account it is");
    assert_eq!((link.seq, link.card, link.bank.0.as_str()), (1, OLD, "95588"));
    assert!(made(IntentState::Confirmed { at: s.now }).is_empty(), "the bank asked for it itself");
}

#[test]
fn art_23_1_whoever_is_silent_for_a_day_is_in_doubt_and_the_file_says_when_it_is_looked_at() {
    clause!(R23.1);
    let mut s = Scene::with_card();
    let quiet = next(&s.file).unwrap();
    s.done(temporary());
    let at = s.now.0 + DAY;
    assert_eq!(next(&s.file), Some(Instant(at)));
    let doubts = |s: &Scene, at| {
        let answers = |c: &C| matches!(c, C::AnswerIntent(a) if a.answer == BankAnswer::Unknown);
        due(&s.file, Instant(at)).iter().filter(|c| answers(c)).count()
    };
    assert_eq!([at - 1, at, at + 1].map(|at| doubts(&s, at)), [0, 1, 1]);
    answered(&mut s, BankAnswer::Done);
    assert_eq!((doubts(&s, at), next(&s.file)), (0, Some(quiet)));
}

#[test]
fn art_23_1_whoever_is_asked_again_has_a_day_to_answer_as_at_first() {
    clause!(R23.1);
    let mut s = Scene::with_card();
    s.done(temporary());
    let first = s.now.0;
    let doubts = |s: &Scene, at| {
        let answers = |c: &C| matches!(c, C::AnswerIntent(a) if a.answer == BankAnswer::Unknown);
        due(&s.file, Instant(at)).iter().filter(|c| answers(c)).count()
    };
    let again = || C::ResolveIntent(ResolveIntent { card: OLD, seq: 1, settled: None, closed: None });
    // Before the first day is over, and long after it.
    for asked in [first + HOUR, first + 40 * DAY] {
        s.now = Instant(asked - 1);
        answered(&mut s, BankAnswer::Unknown);
        s.now = Instant(asked);
        s.done(again());
        assert_eq!(s.old().intents[0].asked_at(), Instant(asked));
        assert_eq!([asked, asked + DAY - 1, asked + DAY].map(|at| doubts(&s, at)), [0, 0, 1]);
    }
    // A line of an earlier day says nothing of it, and is read as it was.
    let line = r#"{"intent_answered":{"card":1,"seq":1,"state":"wanted"}}"#;
    let event: HolderEvent = serde_json::from_str(line).unwrap();
    assert!(matches!(event, HolderEvent::IntentAnswered { due: None, .. }));
    assert_eq!(serde_json::to_string(&event).unwrap(), line);
}

#[test]
fn art_31_1_a_reserved_change_lapses_on_its_day_and_not_before() {
    clause!(R31.1);
    let mut s = Scene::with_card();
    s.as_officer(5).done(C::ReserveBankChange(Reserve { card: OLD, to: BankCode("95533".into()) }));
    let start = s.now.0;
    let lapses = start + LAPSES_AFTER_DAYS * DAY;
    assert_eq!(next(&s.file), Some(Instant(lapses)));
    let lapsed = |s: &Scene, at| {
        due(&s.file, Instant(at)).iter().filter(|c| matches!(c, C::CallOffBankChange(_))).count()
    };
    assert_eq!([start, lapses - 1, lapses].map(|at| lapsed(&s, at)), [0, 0, 1]);
    s.as_system().now = Instant(lapses - 1);
    assert_eq!(s.refused(C::CallOffBankChange(CallOff { lapsed: true })), Reason::NothingToDo);
    s.now = Instant(lapses);
    assert!(s.may(&C::CallOffBankChange(CallOff { lapsed: true })));
    s.now = Instant(start);
    s.as_officer(2).done(C::ApproveBankChange(Approve { refused: None }));
    let command =
        Replace { outlet: NEW_BANK, collect_at: NEW_BANK, ..replace(Purpose::BankChange { old: OLD }) };
    let carried = crate::stated::carried_out_by_holder(command, shown());
    s.as_officer(5).done(C::CarryOutBankChange(Box::new(carried)));
    assert_eq!(lapsed(&s, lapses), 0, "carried out");
    assert_ne!(next(&s.file), Some(Instant(lapses)));
}

#[test]
fn art_8_3_a_silent_register_is_asked_again_in_an_hour_and_after_a_day_once_a_day() {
    clause!(R8.3);
    let asks = |times: &[i64]| {
        let mut s = Scene::uncollected();
        s.file.cards.clear();
        let a = &mut s.file.applications[0];
        a.stage = Stage::Received;
        let check = |at: &i64| RegisterCheck {
            source: Register::PublicSecurity,
            item: CheckItem::Identity,
            at: Instant(*at),
            result: CheckResult::Unavailable,
            said: Vec::new(),
        };
        a.checks = times.iter().map(check).collect();
        s
    };
    let when = |times: &[i64], at| silent(&asks(times).file, Instant(at)).len();
    assert_eq!((when(&[0], HOUR - 1), when(&[0], HOUR)), (0, 1));
    assert_eq!((when(&[0, 23 * HOUR], DAY - 1), when(&[0, 23 * HOUR], DAY)), (0, 1));
    assert_eq!((when(&[0, DAY], 2 * DAY - 1), when(&[0, DAY], 2 * DAY)), (0, 1));
}

#[test]
fn art_30_and_5_4_a_notice_is_given_once_and_to_whom_it_is_for() {
    clause!(R5.4);
    let kinds = |s: &Scene, on| {
        let of = |c: C| match c {
            C::Notify(n) => Some(n.kind),
            _ => None,
        };
        due(&s.file, Instant::at_start_of(on)).into_iter().filter_map(of).collect::<Vec<_>>()
    };
    let notice = Notice::new;
    let mut s = Scene::with_card();
    let far = date(2099, 1, 1);
    assert_eq!(kinds(&s, far), [NoticeKind::Expiring]);
    s.file.cards[0].notices.push(notice(NoticeKind::Ready, s.now));
    assert_eq!(kinds(&s, far), [NoticeKind::Expiring], "another notice is not this one");
    let child = |day| {
        let mut s = Scene::with_card();
        s.file.person.as_mut().unwrap().details.birth_date = day;
        kinds(&s, TODAY)
    };
    assert_eq!(child(date(2019, 8, 24)), [NoticeKind::SeventhBirthday]);
    assert!(child(date(2019, 8, 23)).is_empty(), "seven when the card was made: it has a photo");
    assert!(child(date(2018, 8, 23)).is_empty());
    let mut s = Scene::uncollected();
    assert_eq!(kinds(&s, far), [NoticeKind::Uncollected], "nothing expires that nobody has");
    s.file.cards[0].notices.push(notice(NoticeKind::Uncollected, s.now));
    assert!(kinds(&s, far).is_empty());
    s.file.cards[0].came_back = Some(s.now);
    assert!(kinds(&s, far).is_empty(), "told when it came back");
    s.file.cards[0].came_back = Some(Instant(s.now.0 + 1));
    assert_eq!(kinds(&s, far), [NoticeKind::Uncollected], "a card that came back waits anew");
    assert_eq!(s.refused(C::Notify(Notify { card: OLD, kind: NoticeKind::Ready })), Reason::NothingToDo);
}

#[test]
fn art_16_a_card_works_alone_unheld_and_once() {
    clause!(R16.1);
    clause!(R16.2);
    clause!(R3.2);
    let activate = |manner| {
        C::Activate(Activate { verified: true, shown: Some(shown()), ..Activate::in_manner(OLD, manner) })
    };
    let face = || activate(ActivationManner::FaceToFace);
    let enable = || C::Enable(Enable { card: OLD, verified: true, shown: Some(shown()), deputy: None });
    let enabled = || {
        let mut s = Scene::with_card();
        s.file.cards[0].account = Account::PreOpened;
        s.as_officer(2);
        s
    };
    let fresh = || {
        let mut s = enabled();
        s.file.cards[0].social = Social::NotEnabled;
        s
    };
    assert!(enabled().may(&face()) && fresh().may(&face()) && fresh().may(&enable()));
    for (mut s, hold) in [(enabled(), Hold::FormalLoss), (fresh(), Hold::Restriction { case: CaseId(1) })] {
        s.file.cards[0].holds.insert(hold);
        assert_eq!(s.refused(face()), Reason::CardHeldBack, "{hold:?}");
    }
    let mut s = fresh();
    let second = s.card_made(ApplicationId(1), "95588");
    assert!(s.may(&enable()), "the other one does not work");
    let other = s.file.cards.iter_mut().find(|c| c.id == second).unwrap();
    other.social = Social::Enabled { at: Instant(0) };
    assert_eq!(s.refused(enable()), Reason::OtherCardInForce);
    assert_eq!(s.refused(face()), Reason::OtherCardInForce);
    // Two clerks of the bank's own, each by name.
    let visit = |first: &str, second: &str| {
        let found = Some(
            serde_json::from_value(serde_json::json!({
                "alive": true, "identity": true, "will": true
            }))
            .unwrap(),
        );
        let manner = ActivationManner::BankVisit { clerks: [first.into(), second.into()] };
        C::Activate(Activate { found, ..Activate::in_manner(OLD, manner) })
    };
    let mut s = enabled();
    assert_eq!(s.refused(visit("李一", "王二")), Reason::TwoClerksNeeded, "not by a clerk of ours");
    s.as_bank("95588");
    assert!(s.may(&visit("李一", "王二")));
    for (first, second) in [("李一", " "), ("", "王二"), ("李一", "李一 ")] {
        assert_eq!(s.refused(visit(first, second)), Reason::TwoClerksNeeded, "{first} {second}");
    }
    let minor = Deputy { relation: AgentRelation::Guardian, ..relative(AgentGround::Minor) };
    let proxy = C::Activate(Activate {
        deputy: Some(Box::new(minor)),
        verified: true,
        shown: Some(shown()),
        ..Activate::in_manner(OLD, ActivationManner::Proxy { copy: "副本".into() })
    });
    assert_eq!(enabled().refused(proxy), Reason::AgentNotAllowed, "he is no minor");
    let mut s = fresh();
    s.as_actor(Actor::System);
    s.file.person.as_mut().unwrap().details.birth_date = date(2020, 1, 1);
    assert_eq!(s.refused(enable()), Reason::AgentNotAllowed, "a child's guardian comes");
}
