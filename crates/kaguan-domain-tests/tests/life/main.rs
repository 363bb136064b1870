//! Rules of a card in force, one by one, named after their clauses.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod administration;
mod agents;
mod alive_again;
mod applying;
mod article_29;
mod batch_model;
mod batches;
mod cleaned;
mod collecting;
mod counts;
mod days;
mod deaths;
mod deputies;
mod details;
mod documents;
mod e_card;
mod edges;
mod ended;
mod failures;
mod false_cards;
mod fees;
mod given_back;
mod grammar;
mod hand;
mod held;
mod holidays;
mod hours;
mod house;
mod identity_model;
mod instant;
mod instant_form;
mod join;
mod join_model;
mod joined_cities;
mod keepers;
mod kept_applying;
mod kept_cards;
mod kept_offices;
mod kept_rules;
mod kiosk;
mod local_rules;
mod lost;
mod making;
mod model;
mod named;
mod number_says;
mod officers;
mod one_human;
mod outlets;
mod papers;
mod person;
mod pieces;
mod pins;
mod post;
mod premade_corrected;
mod premade_ended;
mod receipts;
mod repair;
mod replacing;
mod roads;
mod short_messages;
#[path = "../../../kaguan-testkit/src/stated.rs"]
mod stated;
mod statistics;
mod text;
mod undoing;
mod unit_rows;
mod units;
mod way;
mod way_model;
mod whose_card;
mod words;

use kaguan_domain::alive::{MarkDeath, RestoreLife};
use kaguan_domain::application::printed::{Signed, TYPES, form_items, receipt_items};
use kaguan_domain::calendar::add_months_clamped;
use kaguan_domain::cancellation::{Cancel, RecordAccountClosed};
use kaguan_domain::clause;
use kaguan_domain::collection::{HandOver, Post};
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::{AgentGround, ExchangeReason, Purpose, Register, Stage};
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::card::{Account, ECard, Hold, Social};
use kaguan_domain::facts::clock::ClockKind;
use kaguan_domain::facts::counter::Deputy;
use kaguan_domain::facts::custody::{Custody, PickUpCode, RecallReason};
use kaguan_domain::facts::fee::{Fee, FreeGround};
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::institution::InstitutionEvent;
use kaguan_domain::facts::intent::{IntentKind, IntentState};
use kaguan_domain::facts::policy::{DatedPolicy, LocalPolicy};
use kaguan_domain::fee::Pay;
use kaguan_domain::ids::{ApplicationId, BankCode, CardId, CaseId, CityCode};
use kaguan_domain::institution::{
    DecidePolicy, InstitutionCommand, ProposePolicy, decide as decide_institution,
};
use kaguan_domain::link::{AnswerIntent, BankAnswer, ResolveIntent};
use kaguan_domain::loss::{OnlineIdentity, Release, ReportFormal, ReportTemporary};
use kaguan_domain::recall::{Destroy, OfferAgain, StateBalance, TakeBack};
use kaguan_domain::refusal::Reason;
use kaguan_domain::replacement::bank_change::{Approve, CallOff, Reserve};
use kaguan_domain::replacement::{Replace, Withdraw, exchange_from};
use kaguan_domain::restriction::{Confiscate, Decide, Lift};
use person::{HR, NEW_BANK, OLD, Scene, TODAY, checks, shown};

fn temporary() -> C {
    C::ReportTemporaryLoss(ReportTemporary { card: OLD, identity: None, verified: true, deputy: None })
}

fn formal() -> C {
    C::ReportFormalLoss(ReportFormal { card: OLD, verified: true, deputy: None })
}

fn release() -> C {
    C::ReleaseLoss(Release { card: OLD, verified: true, deputy: None })
}

fn replace(purpose: Purpose) -> Replace {
    Replace {
        id: ApplicationId(2),
        purpose,
        form_no: "44010000002".into(),
        changes: Box::new(FormDraft::collected()),
        photo: None,
        outlet: HR,
        collect_at: HR,
        agent: None,
        consent: Some(kaguan_domain::facts::application::Consent {
            text_version: "2022".into(),
            by_guardian: false,
        }),
        checks: checks(),
        presented: stated::presented(),
        proof: None,
    }
}

fn exchange(reason: ExchangeReason) -> C {
    C::Replace(Box::new(replace(Purpose::Exchange { old: OLD, reason })))
}

fn reissue() -> C {
    C::Replace(Box::new(replace(Purpose::Reissue { old: OLD })))
}

fn hand_over(card: CardId) -> C {
    C::HandOver(stated::handed_to_holder(card, HR, shown()))
}

fn restrict(scene: &mut Scene, case: i64) {
    let (card, case) = (OLD, CaseId(case));
    let ground = format!("第三十八条（一）骗领社保卡，第{case}号案");
    scene.done(C::ProposeRestriction(stated::restriction_for_fraud(card, case, ground)));
    scene.as_officer(6).done(C::DecideRestriction(Decide { card, case, approved: true, why: String::new() }));
    scene.as_system();
}

#[test]
fn art_23_a_loss_stops_both_halves_at_once_and_a_formal_one_takes_the_place_of_a_temporary_one() {
    clause!(R23.1);
    let mut s = Scene::with_card();
    assert!(s.old().in_force());
    s.done(temporary());
    assert!(!s.old().in_force(), "the social function stops at once, whatever the bank says");
    let wanted = s.old().intents.last().unwrap().clone();
    assert_eq!((wanted.kind, wanted.state), (IntentKind::LoseTemporarily, IntentState::Wanted));
    assert_eq!(s.refused(temporary()), Reason::AlreadyLost);
    s.done(formal());
    assert_eq!(s.old().loss(), Some(Hold::FormalLoss));
    assert!(!s.old().holds.contains(&Hold::TemporaryLoss), "one loss at a time");
    assert_eq!(s.refused(temporary()), Reason::AlreadyLost);
    assert_eq!(s.refused(formal()), Reason::AlreadyLost);
    assert_eq!(s.old().intents.iter().map(|i| i.seq).collect::<Vec<_>>(), [1, 2], "in order for each card");
}

#[test]
fn art_24_a_temporary_loss_comes_from_the_bank_in_any_city_or_online_with_three_things_that_fit() {
    clause!(R24.1);
    let mut s = Scene::with_card();
    // The bank's own computer has done its half already.
    s.as_bank("95588").done(temporary());
    assert!(matches!(s.old().intents[0].state, IntentState::Confirmed { .. }));
    let mut s = Scene::with_card();
    assert_eq!(s.as_bank("95533").refused(temporary()), Reason::NotYourData);
    assert_eq!(s.as_officer(1).refused(temporary()), Reason::NotPermitted, "not at an HR outlet");
    let mut s = Scene::with_card();
    s.channel = Channel::Online;
    assert_eq!(s.refused(temporary()), Reason::LossIdentityMismatch);
    let identity = |name: &str| {
        Some(OnlineIdentity {
            number: "440106199001010013".into(),
            name: name.into(),
            bank: BankCode("95588".into()),
        })
    };
    let online = |name| {
        C::ReportTemporaryLoss(ReportTemporary {
            card: OLD,
            identity: identity(name),
            verified: true,
            deputy: None,
        })
    };
    assert_eq!(s.refused(online("李四")), Reason::LossIdentityMismatch);
    s.done(online("张三"));
    assert_eq!(s.old().loss(), Some(Hold::TemporaryLoss));
}

#[test]
fn art_24_a_clerk_states_that_the_holder_was_verified_before_a_loss_is_reported_or_released() {
    clause!(R24.1);
    let mut s = Scene::with_card();
    let temporary: fn(bool) -> C = |verified| {
        C::ReportTemporaryLoss(ReportTemporary { card: OLD, identity: None, verified, deputy: None })
    };
    let formal: fn(bool) -> C =
        |verified| C::ReportFormalLoss(ReportFormal { card: OLD, verified, deputy: None });
    let release: fn(bool) -> C = |verified| C::ReleaseLoss(Release { card: OLD, verified, deputy: None });
    // A bank's computer identifies by itself.
    s.as_bank("95588").done(temporary(false));
    s.as_officer(2);
    for command in [release, temporary, formal, release] {
        assert_eq!(s.refused(command(false)), Reason::HolderNotVerified);
        s.done(command(true));
    }
}

#[test]
fn art_25_a_formal_loss_is_reported_at_an_outlet_of_the_cards_bank() {
    clause!(R25.1);
    let mut s = Scene::with_card();
    assert_eq!(s.as_officer(1).refused(formal()), Reason::NotPermitted);
    assert_eq!(s.as_officer(5).refused(formal()), Reason::OutOfScope, "another bank's clerk");
    s.as_officer(2).done(formal());
    let mut s = Scene::with_card();
    s.file.cards[0].custody = Custody::AtOutlet { org: HR };
    assert_eq!(s.refused(formal()), Reason::NotHandedOver, "nobody loses a card that was never handed over");
}

#[test]
fn art_26_a_loss_is_released_until_a_replacement_is_filed_and_lifts_nothing_else() {
    clause!(R26.1);
    clause!(R27.4);
    let mut s = Scene::with_card();
    assert_eq!(s.refused(release()), Reason::NotLost);
    s.done(formal());
    restrict(&mut s, 7);
    s.done(release());
    assert!(!s.old().in_force() && s.old().is_held(), "the case still holds it");
    let lift = Lift { card: OLD, case: CaseId(7), reason: "已更正".into() };
    s.done(C::LiftRestriction(lift));
    assert!(s.old().in_force());
    s.done(formal());
    s.done(reissue());
    assert_eq!(s.refused(release()), Reason::ReplacementFiled);
    s.done(C::Withdraw(Withdraw { application: ApplicationId(2) }));
    s.done(release());
    assert!(s.old().in_force());
}

#[test]
fn art_27_a_reissue_needs_a_formal_loss_and_is_paid_and_runs_five_working_days() {
    clause!(R27.1);
    clause!(R27.3);
    clause!(R22.1);
    let mut s = Scene::with_card();
    assert_eq!(s.refused(reissue()), Reason::FormalLossNeeded);
    s.done(temporary());
    assert_eq!(s.refused(reissue()), Reason::FormalLossNeeded);
    s.done(formal());
    s.done(reissue());
    let a = s.file.applications.last().unwrap();
    assert_eq!(a.fee, Fee::Due { fen: 2000 });
    assert_eq!(a.clock.as_ref().unwrap().kind, ClockKind::Replacement);
    let signed = Signed::of(a.outlet, a.taken_by, &s.office, s.now).unwrap();
    assert_eq!(receipt_items(a, &signed, ["", "", ""])[6].1, "补卡");
    assert_eq!(s.refused(reissue()), Reason::ApplicationOpen);
}

#[test]
fn art_27_an_exchange_has_its_reason_and_a_lost_card_is_not_exchanged() {
    clause!(R27.2);
    let mut s = Scene::with_card();
    s.done(formal());
    let other = || exchange(ExchangeReason::Other { why: "卡面磨损".into() });
    assert_eq!(s.refused(other()), Reason::LostCardIsReissued);
    s.done(release());
    s.done(other());
    assert!(s.old().in_force(), "the old card works until the new one is handed over");
}

#[test]
fn art_27_4_a_replacement_is_withdrawn_only_unpaid_and_outside_every_batch() {
    clause!(R27.4);
    let withdraw = || C::Withdraw(Withdraw { application: ApplicationId(2) });
    let mut s = Scene::with_card();
    s.done(exchange(ExchangeReason::Other { why: "卡面磨损".into() }));
    s.done(C::PayFee(Pay::of_one_card(ApplicationId(2), 1, s.now)));
    assert_eq!(s.refused(withdraw()), Reason::CannotWithdraw);
    let mut s = Scene::with_card();
    s.done(exchange(ExchangeReason::Other { why: "卡面磨损".into() }));
    s.done(withdraw());
    assert!(matches!(s.file.applications[1].stage, Stage::Withdrawn { .. }));
    assert_eq!(s.refused(withdraw()), Reason::CannotWithdraw);
}

#[test]
fn art_27_4_the_new_card_takes_over_in_one_step_and_the_old_one_is_cancelled_and_taken_back() {
    clause!(R27.4);
    clause!(R3.2);
    let mut s = Scene::with_card();
    s.done(exchange(ExchangeReason::Other { why: "卡面磨损".into() }));
    let new = s.card_made(ApplicationId(2), "95588");
    assert!(s.old().in_force() && !s.card(new).in_force());
    let back = HandOver { old_card_back: true, ..stated::handed_to_holder(new, HR, shown()) };
    s.done(C::HandOver(back));
    assert!(!s.old().in_force() && s.card(new).in_force());
    assert!(s.old().is_cancelled());
    assert_eq!(s.old().replaced_by, Some(new));
    assert!(matches!(s.old().custody, Custody::Recalled { reason: RecallReason::Exchanged, .. }));
    let close = s.old().intents.last().unwrap().clone();
    assert_eq!(close.kind, IntentKind::Close, "the old account is closed in time");
    assert_eq!(s.refused(C::Destroy(Destroy { card: OLD })), Reason::WrongStage);
    let done = AnswerIntent { card: OLD, seq: close.seq, answer: BankAnswer::Done };
    s.as_bank("95588").done(C::AnswerIntent(done));
    assert!(matches!(s.old().account, Account::Closed { .. }));
    s.as_system().done(C::Destroy(Destroy { card: OLD }));
    assert!(matches!(s.old().custody, Custody::Destroyed { .. }));
}

#[test]
fn art_27_4_a_lost_card_is_cancelled_when_its_successor_works_and_is_not_taken_back() {
    clause!(R27.4);
    let mut s = Scene::with_card();
    s.done(formal());
    s.done(reissue());
    let new = s.card_made(ApplicationId(2), "95588");
    assert_eq!(s.refused(release()), Reason::ReplacementFiled, "made, and not collected yet");
    s.done(hand_over(new));
    assert!(s.old().is_cancelled() && matches!(s.old().custody, Custody::WithHolder { .. }));
    assert_eq!(s.refused(release()), Reason::CardCancelled, "cancelled is final");
}

#[test]
fn art_27_5_a_replacement_is_asked_for_anywhere_and_collected_where_the_card_belongs() {
    clause!(R27.5);
    let mut s = Scene::with_card();
    let away = |collect_at| {
        let purpose = Purpose::Exchange { old: OLD, reason: ExchangeReason::Other { why: "x".into() } };
        C::Replace(Box::new(Replace { outlet: person::AWAY, collect_at, ..replace(purpose) }))
    };
    assert_eq!(s.refused(away(person::AWAY)), Reason::MaterialDefective);
    s.done(away(HR));
    assert_eq!(s.file.applications[1].city, CityCode("4401".into()));
}

#[test]
fn art_28_damage_that_nobody_did_is_free_within_the_citys_warranty_of_that_day() {
    clause!(R28.1);
    clause!(R42.1);
    let damaged = |by_human| exchange(ExchangeReason::Damaged { by_human });
    let fee = |warranty: Option<u32>, by_human| {
        let mut s = Scene::with_card();
        let policy = LocalPolicy { warranty_months: warranty, ..LocalPolicy::default() };
        let policy = DatedPolicy { from: TODAY, until: None, policy };
        s.office.apply(&InstitutionEvent::PolicySet { city: CityCode("4401".into()), policy });
        s.done(damaged(by_human));
        s.file.applications[1].fee.clone()
    };
    assert_eq!(fee(Some(12), false), Fee::Free { ground: FreeGround::Warranty });
    assert_eq!(fee(Some(12), true), Fee::Due { fen: 2000 });
    assert_eq!(fee(Some(1), false), Fee::Due { fen: 2000 }, "the card is three months old");
    assert_eq!(fee(None, false), Fee::Due { fen: 2000 }, "no warranty unless the city sets one");
}

#[test]
fn art_29_only_what_changed_is_asked_for() {
    clause!(R29.1);
    let mut s = Scene::with_card();
    assert_eq!(s.refused(exchange(ExchangeReason::DataChanged)), Reason::NothingToDo);
    let purpose = Purpose::Exchange { old: OLD, reason: ExchangeReason::DataChanged };
    let changes = Box::new(FormDraft { name: "张叁".into(), ..FormDraft::collected() });
    s.done(C::Replace(Box::new(Replace { changes, ..replace(purpose.clone()) })));
    let details = &s.file.person.as_ref().unwrap().details;
    assert_eq!((details.name.display(), details.phone.as_str()), ("张叁", "13900000000"));
    let mut s = Scene::with_card();
    let changes = Box::new(FormDraft { sex: "7".into(), occupation: "?".into(), ..FormDraft::default() });
    let wrong = C::Replace(Box::new(Replace { changes, ..replace(purpose) }));
    assert_eq!(s.refused(wrong), Reason::MaterialDefective);
}

#[test]
fn art_30_an_expiring_card_is_exchanged_from_three_months_before_its_last_day() {
    clause!(R30.1);
    let mut s = Scene::with_card();
    assert_eq!(s.refused(exchange(ExchangeReason::Expired)), Reason::ExchangeTooEarly);
    s.file.cards[0].valid_until = add_months_clamped(TODAY, 3);
    assert_eq!(exchange_from(s.old().valid_until), TODAY);
    s.done(exchange(ExchangeReason::Expired));
}

#[test]
fn art_31_a_bank_change_goes_its_way_in_its_order_and_no_other() {
    clause!(R31.1);
    let to = BankCode("95533".into());
    let reserve = || C::ReserveBankChange(Reserve { card: OLD, to: BankCode("95533".into()) });
    let approve = |refused: Option<&str>| C::ApproveBankChange(Approve { refused: refused.map(Into::into) });
    let carry_out = || {
        let command = replace(Purpose::BankChange { old: OLD });
        let replace = Replace { outlet: NEW_BANK, collect_at: NEW_BANK, ..command };
        C::CarryOutBankChange(Box::new(stated::carried_out_by_holder(replace, shown())))
    };
    let call_off = |lapsed| C::CallOffBankChange(CallOff { lapsed });
    let mut s = Scene::with_card();
    for too_early in [approve(None), carry_out(), call_off(false)] {
        assert_eq!(s.refused(too_early), Reason::BankChangeOrder);
    }
    let same = C::ReserveBankChange(Reserve { card: OLD, to: BankCode("95588".into()) });
    assert_eq!(s.refused(same.clone()), Reason::SameBank);
    // At a counter of the card's own bank there is no other bank to choose.
    let told = Scene::with_card().as_officer(2).refusal(same).sentence();
    assert!(told.contains("拟变更银行的卡经办网点") && !told.contains("请选择其他合作银行"), "{told}");
    let unknown = C::ReserveBankChange(Reserve { card: OLD, to: BankCode("95566".into()) });
    assert_eq!(s.refused(unknown), Reason::BankNotOffered);
    s.as_officer(5).done(reserve());
    assert_eq!(s.as_system().refused(carry_out()), Reason::BankChangeOrder, "not before the old bank agrees");
    assert_eq!(s.refused(reserve()), Reason::BankChangeOrder);
    assert_eq!(s.as_officer(5).refused(approve(None)), Reason::OutOfScope, "the old bank decides");
    assert_eq!(s.as_officer(2).refused(approve(Some(" "))), Reason::MaterialDefective);
    s.done(approve(None));
    assert_eq!(s.refused(approve(None)), Reason::BankChangeOrder);
    s.as_officer(5).done(carry_out());
    assert!(s.old().holds.contains(&Hold::BankChange) && !s.old().in_force());
    assert_eq!(s.old().intents.last().unwrap().kind, IntentKind::Lock);
    assert_eq!(s.file.applications[1].bank, to);
    assert_eq!(s.as_system().refused(call_off(false)), Reason::BankChangeOrder, "the old card is locked");
    let new = s.card_made(ApplicationId(2), "95533");
    s.done(hand_over(new));
    let kinds: Vec<IntentKind> = s.old().intents.iter().map(|i| i.kind).collect();
    assert_eq!(kinds, [IntentKind::Lock, IntentKind::LoseFormally], "on loss, and nothing else");
    assert!(s.file.bank_change().is_none() && s.old().is_cancelled() && s.card(new).in_force());

    // Every way out before the lock, and the way out after it.
    let mut s = Scene::with_card();
    s.done(reserve());
    s.done(approve(Some("有未结清贷款")));
    assert!(s.file.bank_change().is_none());
    let ended = |s: &Scene| s.file.person.as_ref().unwrap().ended_change.as_ref().map(|e| e.line());
    assert!(ended(&s).is_some_and(|line| line.contains("不同意") && line.contains("有未结清贷款")));
    s.done(reserve());
    assert_eq!(ended(&s), None, "another one is under way");
    assert_eq!(s.refused(call_off(true)), Reason::NothingToDo, "not lapsed yet");
    s.days_pass(30);
    s.done(call_off(true));
    assert!(ended(&s).is_some_and(|line| line.contains("预约失效")));
    s.done(reserve());
    s.done(approve(None));
    s.done(carry_out());
    s.done(C::Withdraw(Withdraw { application: ApplicationId(2) }));
    assert!(s.old().in_force() && s.old().intents.last().unwrap().kind == IntentKind::Unlock);
}

#[test]
fn art_32_an_uncollected_card_is_taken_back_after_six_months_and_offered_once_more() {
    clause!(R32.1);
    clause!(R32.2);
    clause!(R32.3);
    clause!(R33.4);
    clause!(R15.2);
    let take_back = |reason| C::TakeBack(TakeBack { card: OLD, reason, at: HR });
    assert_eq!(Scene::with_card().refused(take_back(RecallReason::Uncollected)), Reason::NotWaiting);
    let mut s = Scene::uncollected();
    let change = C::ReserveBankChange(Reserve { card: OLD, to: BankCode("95533".into()) });
    assert_eq!(s.refused(change), Reason::NotHandedOver, "nothing holds it, and nobody has it");
    assert_eq!(s.refused(take_back(RecallReason::Uncollected)), Reason::NotOverdue);
    s.days_pass(200);
    s.done(take_back(RecallReason::Uncollected));
    assert_eq!(s.refused(hand_over(OLD)), Reason::CardRecalled);
    let cancel = || C::Cancel(Cancel::of(OLD, CancelReason::SecondOfferFailed));
    assert_eq!(s.refused(cancel()), Reason::NotStranded, "not before it was offered again");
    s.done(C::OfferAgain(OfferAgain { card: OLD }));
    assert_eq!(s.refused(take_back(RecallReason::Uncollected)), Reason::NotOverdue);
    s.days_pass(200);
    s.done(take_back(RecallReason::Uncollected));
    assert_eq!(s.refused(C::OfferAgain(OfferAgain { card: OLD })), Reason::SecondOfferOver, "once");
    assert_eq!(s.refused(cancel()), Reason::AccountNotKnownEmpty, "nobody has asked the bank");
    s.as_officer(2).done(C::StateBalance(StateBalance { card: OLD, empty: true }));
    s.as_system().done(cancel());
    assert!(s.old().is_cancelled());
    // Offered again and taken: it works like any other.
    let mut s = Scene::uncollected();
    s.days_pass(200);
    s.done(take_back(RecallReason::Uncollected));
    s.done(C::OfferAgain(OfferAgain { card: OLD }));
    s.done(hand_over(OLD));
    assert!(s.old().in_force());
}

#[test]
fn art_33_cancelling_stops_both_halves_for_good_by_who_may_ask() {
    clause!(R33.1);
    clause!(R33.2);
    clause!(R33.3);
    let cancel = |reason, agent: Option<Deputy>, reminded| {
        C::Cancel(Cancel { agent, reminded, ..person::cancel(OLD, reason) })
    };
    let relative = || Some(person::relative(AgentGround::LongAbsent));
    let mut s = Scene::with_card();
    assert_eq!(s.refused(cancel(CancelReason::MovedOut, None, false)), Reason::NotReminded);
    assert_eq!(s.refused(cancel(CancelReason::Dead, None, true)), Reason::DeathNotConfirmed);
    assert_eq!(s.refused(cancel(CancelReason::Dead, relative(), true)), Reason::DeathNotConfirmed);
    assert_eq!(s.refused(cancel(CancelReason::Surplus, None, true)), Reason::WrongStage, "one is kept");
    let closed = || C::RecordAccountClosed(RecordAccountClosed::by_bank(OLD));
    assert_eq!(s.as_bank("95588").refused(closed()), Reason::WrongStage, "still in use");
    s.as_system().done(cancel(CancelReason::MovedOut, None, true));
    assert!(matches!(s.old().social, Social::Cancelled { .. }));
    assert!(matches!(s.old().custody, Custody::Recalled { reason: RecallReason::Cancelled, .. }));
    assert_eq!(s.old().intents.last().unwrap().kind, IntentKind::Close);
    s.as_bank("95588").done(closed());
    assert!(s.old().account_is_closed() && s.old().intents.iter().all(|i| i.is_over()));
    s.as_system();
    for again in [cancel(CancelReason::MovedOut, None, true), formal(), release()] {
        assert_eq!(s.refused(again), Reason::CardCancelled);
    }
}

#[test]
fn art_33_nobody_is_dead_on_one_mark_and_one_command_restores_life() {
    clause!(R33.1);
    let mark = |source| C::MarkDeath(MarkDeath { source, number: None, evidence: None });
    let mut s = Scene::with_card();
    s.done(mark(Register::SocialSecurity));
    assert!(s.old().holds.contains(&Hold::SuspectedDeath) && s.old().in_force(), "seen, and stops nothing");
    assert_eq!(s.refused(mark(Register::SocialSecurity)), Reason::NothingToDo, "one source is one source");
    s.done(mark(Register::PublicSecurity));
    assert!(!s.old().in_force() && s.file.death_confirmed());
    let restore = |evidence: &str| C::RestoreLife(RestoreLife::by(evidence));
    assert_eq!(s.refused(restore("")), Reason::MaterialDefective);
    s.done(restore("本人到场"));
    assert!(s.old().in_force() && s.old().holds.is_empty());
}

#[test]
fn art_37_one_proposes_another_approves_and_a_case_lifts_only_itself() {
    clause!(R37.1);
    let (card, case) = (OLD, CaseId(1));
    let mut s = Scene::with_card();
    let ground = || "《社会保险法》第八十八条".to_owned();
    s.as_officer(3).done(C::ProposeRestriction(stated::restriction(card, case, ground())));
    assert!(s.old().in_force(), "a proposal holds nothing");
    let approve = || C::DecideRestriction(Decide { card, case, approved: true, why: String::new() });
    assert_eq!(s.refused(approve()), Reason::SamePerson);
    s.as_officer(6).done(approve());
    assert!(!s.old().in_force());
    assert_eq!(s.old().intents.last().unwrap().kind, IntentKind::Restrict);
    restrict(s.as_system(), 2);
    s.done(C::LiftRestriction(Lift { card, case, reason: "已更正".into() }));
    assert!(s.old().is_held(), "the other case still holds it");
    assert_eq!(s.old().intents.last().unwrap().kind, IntentKind::Restrict, "nor is the account freed");
    s.done(C::Confiscate(Confiscate { card, case: CaseId(2), at: HR }));
    assert!(matches!(s.old().custody, Custody::Recalled { reason: RecallReason::Confiscated, .. }));
    s.done(C::LiftRestriction(Lift { card, case: CaseId(2), reason: "已更正".into() }));
    assert_eq!(s.old().intents.last().unwrap().kind, IntentKind::Unrestrict);
}

#[test]
fn art_23_every_intent_ends_and_a_doubt_is_resolved() {
    clause!(R23.1);
    let mut s = Scene::with_card();
    s.done(formal());
    let answer = |answer| C::AnswerIntent(AnswerIntent { card: OLD, seq: 1, answer });
    let resolve = |settled: Option<&str>| {
        let settled = settled.map(Into::into);
        C::ResolveIntent(ResolveIntent { card: OLD, seq: 1, settled, closed: None })
    };
    assert_eq!(s.refused(resolve(None)), Reason::NothingToDo, "it is being asked");
    s.done(answer(BankAnswer::Unknown));
    assert!(matches!(s.old().intents[0].state, IntentState::InDoubt { .. }));
    assert!(!s.old().in_force(), "a doubt never undoes the loss here");
    s.done(resolve(None));
    assert_eq!(s.old().intents[0].state, IntentState::Wanted, "asked again");
    assert_eq!(s.refused(answer(BankAnswer::Refused(" ".into()))), Reason::MaterialDefective);
    s.done(answer(BankAnswer::Refused("账户冻结中".into())));
    s.done(resolve(Some("与银行核对：账户已由法院冻结")));
    assert!(s.old().intents[0].is_over());
    assert_eq!(s.refused(answer(BankAnswer::Done)), Reason::IntentOver);
}

#[test]
fn art_42_a_policy_holds_from_its_day_on_and_never_rewrites_what_was_decided() {
    clause!(R42.1);
    let mut s = Scene::with_card();
    let city = CityCode("4401".into());
    let propose = |id, from, until| {
        InstitutionCommand::ProposePolicy(ProposePolicy {
            id,
            city: CityCode("4401".into()),
            paper: "穗人社规〔2026〕1号".into(),
            policy: DatedPolicy {
                from,
                until,
                policy: LocalPolicy { fee_waived: true, ..LocalPolicy::default() },
            },
        })
    };
    let yesterday = TODAY.yesterday().unwrap();
    let refused = decide_institution(&s.office, &propose(1, yesterday, None), &s.ctx()).unwrap_err();
    assert_eq!(refused.reason, Reason::MaterialDefective);
    let tomorrow = TODAY.tomorrow().unwrap();
    let filed = InstitutionCommand::DecidePolicy(DecidePolicy {
        id: 1,
        approved: true,
        reason: "粤人社备1号".into(),
    });
    for command in [propose(1, tomorrow, Some(tomorrow)), filed] {
        for event in decide_institution(&s.office, &command, &s.ctx()).unwrap() {
            s.office.apply(&event);
        }
    }
    assert!(!s.office.policy_of(&city, TODAY).fee_waived);
    assert!(s.office.policy_of(&city, tomorrow).fee_waived);
    s.done(exchange(ExchangeReason::Other { why: "x".into() }));
    assert_eq!(s.file.applications[1].fee, Fee::Due { fen: 2000 });
    s.days_pass(1);
    assert_eq!(s.file.applications[1].fee, Fee::Due { fen: 2000 }, "decided is decided");
}

#[test]
fn appendix_1_the_form_is_printed_with_every_type_and_the_one_that_is_asked_for() {
    clause!(X1.1);
    let mut s = Scene::with_card();
    s.done(exchange(ExchangeReason::Damaged { by_human: true }));
    let details = &s.file.person.as_ref().unwrap().details;
    let items = form_items(s.file.applications.last().unwrap(), &s.file, details);
    let of = |title: &str| items.iter().find(|(t, _)| *t == title).unwrap().1.clone();
    assert_eq!(of("*申请表编号"), "44010000002");
    assert_eq!((of("*姓名"), of("*性别"), of("*国籍")), ("张三".into(), "男性".into(), "中国".into()));
    let types = of("*申请类型");
    assert!(
        types.contains("☑卡损坏换卡（☑人为损坏 □非人为损坏）")
            && types.matches('☑').count() == 2
            && TYPES.iter().all(|(name, _)| types.contains(name)),
        "{types}"
    );
    assert!(types.ends_with("□密码重置 □即时补卡 □即时换卡"), "{types}");
    assert!(of("*开户银行").starts_with("☑工商银行、□农业银行、□中国银行"), "{}", of("*开户银行"));
    assert!(of("*职业").contains("☑其他（"), "a class that has no box is written beside: {}", of("*职业"));
    for title in ["*发证机关", "有效期起始日", "*手机号码", "*通讯地址", "*证件有效期"]
    {
        assert!(!of(title).is_empty(), "{title}");
    }
    for title in ["单位地址", "代办人（监护人）联系电话", "邮寄地址"] {
        assert_eq!(of(title), "", "{title}: to be written by hand");
    }
    for title in ["文化程度", "工作状态", "个人身份状态", "代办人（监护人）证件类型"]
    {
        assert!(of(title).contains('□') && !of(title).contains('☑'), "{title}: to be ticked by hand");
    }
}

#[test]
fn art_42_a_city_may_close_the_post_and_open_its_doors_wider() {
    clause!(R42.1);
    let mut s = Scene::with_card();
    let set = |s: &mut Scene, policy| {
        let policy = DatedPolicy { from: TODAY, until: None, policy };
        s.office.apply(&InstitutionEvent::PolicySet { city: CityCode("4401".into()), policy });
    };
    s.file.cards[0].custody = Custody::AtOutlet { org: HR };
    s.file.cards[0].social = Social::NotEnabled;
    let post = || {
        C::Post(Post {
            carrier: None,
            card: OLD,
            outlet: HR,
            tracking: "EMS1".into(),
            code_digest: "d".into(),
            code: Some(PickUpCode("135790".into())),
            told_postage: true,
            told_code: true,
            wish: stated::wished_by_holder(shown()),
        })
    };
    set(&mut s, LocalPolicy { no_postal_service: true, ..LocalPolicy::default() });
    assert_eq!(s.as_officer(1).refused(post()), Reason::NotOfferedHere);
    set(&mut s, LocalPolicy::default());
    s.as_officer(1).done(post());
}
