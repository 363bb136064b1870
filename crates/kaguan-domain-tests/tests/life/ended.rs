//! What ends with a card, and what ends it: a change of the bank that comes to nothing, an old card and the new one that waits, the dead,
//! and what a clerk may say of a card that is taken back (Articles 8, 27, 31 to 33, Appendix 10).

use crate::batches::accepted;
use crate::hand::{changing, replacement, told};
use crate::instant::{FIRST, chip, in_stock};
use crate::person::{self, HR, NEW_BANK, OLD, Scene, TODAY, cancel, relative, shown};
use crate::{exchange, formal, hand_over, reissue, stated};
use kaguan_domain::account_opening::SettleFailure;
use kaguan_domain::alive::{MarkDeath, RestoreLife, left_waiting};
use kaguan_domain::application::Decline;
use kaguan_domain::batch::Screen;
use kaguan_domain::cancellation::Cancel;
use kaguan_domain::clause;
use kaguan_domain::collection::{AgreePost, left_at_old_bank};
use kaguan_domain::dispatch::{HolderCommand as C, Position, Stands, Turn, position};
use kaguan_domain::facts::application::{
    AgentGround, AgentRelation, ExchangeReason, Ground, Purpose, Register, Stage,
};
use kaguan_domain::facts::bank_change::Ending;
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::card::{Hold, Social};
use kaguan_domain::facts::clock::{Clock, ClockKind};
use kaguan_domain::facts::counter::{Attendance, Deputy, Shown};
use kaguan_domain::facts::custody::{Custody, RecallReason};
use kaguan_domain::facts::failure::{PartnerWords, RowFailure};
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::intent::IntentKind;
use kaguan_domain::facts::letter::{Letter, letters_of};
use kaguan_domain::facts::pin::{Pin, PinChange};
use kaguan_domain::facts::urgent::{UrgentGround, UrgentKind};
use kaguan_domain::fee::Pay;
use kaguan_domain::ids::{ApplicationId, BankCode, BatchId, CardId, CardNumber, CityCode};
use kaguan_domain::instant::{Begin, Mark, WriteBack};
use kaguan_domain::one_card::{Clean, Confirm};
use kaguan_domain::pin::RecordPin;
use kaguan_domain::production::Expedite;
use kaguan_domain::recall::{CancelStranded, TakeBack};
use kaguan_domain::refusal::Reason;
use kaguan_domain::replacement::bank_change::{Approve, CallOff, Reserve};
use kaguan_domain::replacement::{Replace, Withdraw};

const SECOND: ApplicationId = ApplicationId(2);

fn marked(s: &mut Scene, source: Register) {
    s.as_system().done(C::MarkDeath(MarkDeath { source, number: None, evidence: None }));
}

fn dead(s: &mut Scene) {
    marked(s, Register::PublicSecurity);
    marked(s, Register::SocialSecurity);
}

fn pay(s: &mut Scene) {
    let paid = Pay::of_one_card(SECOND, 440000260000000001, s.now);
    s.as_system().done(C::PayFee(paid));
}

fn asks_for_an_e_card(s: &Scene, event: &HolderEvent) -> bool {
    letters_of(&s.file, event).iter().any(|(_, letter)| matches!(letter, Letter::ECardIssue(_)))
}

fn unlocks(events: &[HolderEvent], of: CardId) -> bool {
    let unlock = |e: &HolderEvent| matches!(e, HolderEvent::IntentMade { card, intent } if *card == of && intent.kind == IntentKind::Unlock);
    events.iter().any(unlock)
}

fn gives_up(events: &[HolderEvent]) -> bool {
    let ends = |e: &HolderEvent| matches!(e, HolderEvent::BankChangeEnded { how: Ending::GivenUp, .. });
    events.iter().any(ends)
}

/// Nothing given back and nothing locked: the card is elsewhere.
fn away(card: CardId, reason: CancelReason) -> Cancel {
    Cancel { given_back_at: None, chip: None, ..cancel(card, reason) }
}

/// An exchange whose new card waits at the outlet.
fn exchanging() -> (Scene, CardId) {
    let mut s = Scene::with_card();
    s.done(exchange(ExchangeReason::Other { why: "磨损".into() }));
    pay(&mut s);
    let new = s.card_made(SECOND, "95588");
    (s, new)
}

#[test]
fn art_33_1_nobody_whose_death_two_registers_confirm_has_a_card_made() {
    clause!(R33.1);
    let mut s = Scene::with_card();
    s.done(formal());
    s.done(reissue());
    pay(&mut s);
    let screen = || {
        let card_no = CardNumber::allocate('A', 1).unwrap();
        C::Screen(Screen { application: SECOND, batch: BatchId(9), card_no })
    };
    let mark = || C::MarkInstant(Mark { application: SECOND, outlet: HR, marked: true });
    marked(&mut s, Register::PublicSecurity);
    let unknown = s.as_officer(3).refused(screen());
    assert_eq!(unknown, Reason::NotFound, "one register stops nothing: there is no such batch");
    assert!(s.as_officer(1).may(&mark()));
    marked(&mut s, Register::SocialSecurity);
    let refused = s.as_officer(3).refusal(screen());
    assert_eq!(refused.reason, Reason::PersonDead);
    assert!(refused.sentence().contains("不予受理") && refused.sentence().contains("恢复"));
    assert_eq!(s.as_officer(1).refused(mark()), Reason::PersonDead);
    let mut s = in_stock();
    dead(&mut s);
    let begin = || C::BeginInstant(Begin { application: ApplicationId(1), blank: FIRST, outlet: HR });
    assert_eq!(s.as_officer(1).refused(begin()), Reason::PersonDead);
    s.as_officer(1).done(C::RestoreLife(RestoreLife::by("本人到场")));
    s.done(begin());
}

#[test]
fn art_33_1_what_waits_for_a_card_of_the_dead_is_the_outlets_to_decline_and_the_citys_to_take_out() {
    clause!(R33.1);
    let mut s = Scene::with_card();
    s.done(formal());
    s.done(reissue());
    let stands = |s: &Scene| {
        let application = s.file.application(SECOND).unwrap();
        position(&s.file, application, &s.batches, &s.office).unwrap()
    };
    let of = |s: &Scene| (stands(s), Turn::of(stands(s)), Stands::At(stands(s)).next_act());
    assert_eq!(of(&s).0, Position::AwaitingPayment);
    assert_eq!(left_waiting(&s.file).count(), 0, "he lives");
    dead(&mut s);
    let declined = (Position::DeadToDecline, Turn::Outlet, "不予受理");
    assert_eq!(of(&s), declined, "no fee is waited for");
    // None is taken at the counter, whatever the receipt; what the treasury says of it is kept.
    let paid = Pay::of_one_card(SECOND, 440000260000000001, s.now);
    for asked in [paid.clone(), Pay { fen: None, ..paid }] {
        let refused = s.as_officer(1).refusal(C::PayFee(asked));
        assert_eq!(refused.reason, Reason::PersonDead);
        let said = refused.sentence();
        assert!(
            said.contains("不再收取工本费") && said.contains("不予受理") && said.contains("退付"),
            "{said}"
        );
    }
    pay(&mut s);
    assert_eq!(of(&s), declined);
    let forms: Vec<_> = left_waiting(&s.file).map(|a| a.id).collect();
    assert_eq!(forms, [SECOND]);
    // Nothing is agreed that comes to nothing.
    let agree = AgreePost {
        application: SECOND,
        told_postage: true,
        told_code: true,
        wish: stated::wished_by_holder(shown()),
    };
    let refused = s.as_officer(1).refusal(C::AgreePost(agree));
    assert_eq!(refused.reason, Reason::PersonDead);
    assert!(refused.sentence().contains("不再约定邮递"), "{}", refused.sentence());
    let mut first = accepted();
    dead(&mut first);
    let ground = Some(UrgentGround { kind: UrgentKind::Disabled, words: String::new() });
    let urgent = C::Expedite(Expedite { application: ApplicationId(1), ground });
    assert_eq!(first.as_officer(1).refused(urgent), Reason::PersonDead);
    // Restored, it waits for the next batch; declined, for nothing.
    s.as_officer(1).done(C::RestoreLife(RestoreLife::by("本人到场")));
    assert_eq!(of(&s).0, Position::AwaitingBatch);
    dead(&mut s);
    let ground =
        Ground {
            reason: "申请人已死亡".into(), article: "第33条".into(), remedy: "办理注销".into()
        };
    s.as_officer(1).done(C::Decline(Decline { application: SECOND, ground }));
    assert_eq!((of(&s).0, left_waiting(&s.file).count()), (Position::Declined, 0));
}

#[test]
fn art_33_1_a_failed_card_of_the_dead_is_not_sent_again() {
    clause!(R33.1);
    let mut s = Scene::with_card();
    s.done(formal());
    s.done(reissue());
    pay(&mut s);
    let application = s.file.applications.iter_mut().find(|a| a.id == SECOND).unwrap();
    let words = PartnerWords { code: "1".into(), reason: "证件过期".into() };
    let failure = RowFailure::Said(words);
    application.stage = Stage::OpeningFailed { batch: BatchId(9), failure, at: s.now };
    dead(&mut s);
    let settle = C::SettleOpeningFailure(SettleFailure { application: SECOND });
    assert_eq!(s.as_officer(3).refused(settle), Reason::PersonDead);
}

#[test]
fn art_33_1_where_the_dead_stand_differs_until_the_bank_has_the_data() {
    clause!(R33.1);
    for position in Position::ALL {
        let expected = match position {
            Position::AwaitingPayment
            | Position::AwaitingBatch
            | Position::AwaitingInstant
            | Position::DeadToDecline => Position::DeadToDecline,
            Position::Screened | Position::AwaitingBank | Position::DeadInBatch => Position::DeadInBatch,
            other => *other,
        };
        assert_eq!(position.of_the_dead(), expected);
    }
    assert_eq!(
        (Turn::of(Position::DeadInBatch), Stands::At(Position::DeadInBatch).next_act()),
        (Turn::City, "移出批次")
    );
}

#[test]
fn art_32_5_a_card_that_was_being_made_is_held_like_those_that_were_there() {
    clause!(R32.5);
    clause!(R33.1);
    let mut s = Scene::with_card();
    s.done(formal());
    s.done(reissue());
    pay(&mut s);
    dead(&mut s);
    let new = s.card_made(SECOND, "95588");
    assert!(s.card(new).holds.contains(&Hold::DeathConfirmed));
    let made = HolderEvent::CardMade { application: SECOND, card: Box::new(s.card(new).clone()) };
    assert!(!asks_for_an_e_card(&s, &made), "the dead get no e-card");
    assert_eq!(s.as_officer(1).refused(hand_over(new)), Reason::CardHeldBack);
    // The register was wrong: the card works, and its e-card is asked for now.
    s.done(C::RestoreLife(RestoreLife::by("本人到场")));
    assert!(s.card(new).holds.is_empty());
    assert!(asks_for_an_e_card(&s, &HolderEvent::LifeRestored { evidence: None, number: None }));
    s.done(hand_over(new));
    // A suspicion is seen on the new card too, and stops nothing.
    let (mut s, _) = exchanging();
    s.file.cards.pop();
    marked(&mut s, Register::PublicSecurity);
    let new = s.card_made(SECOND, "95588");
    assert!(s.card(new).holds.contains(&Hold::SuspectedDeath) && !s.card(new).is_held());
    // At the counter it is the same: the mark came while the card was printed.
    let mut s = in_stock();
    s.as_officer(1);
    s.done(C::BeginInstant(Begin { application: ApplicationId(1), blank: FIRST, outlet: HR }));
    dead(&mut s);
    let write = WriteBack { application: ApplicationId(1), blank: FIRST, card: CardId(9), chip: chip(1) };
    s.as_officer(1).done(C::WriteBack(write));
    assert!(s.card(CardId(9)).holds.contains(&Hold::DeathConfirmed));
}

#[test]
fn art_31_1_a_change_whose_new_card_is_cancelled_is_given_up_and_the_old_card_unlocked() {
    clause!(R31.1);
    clause!(R33.1);
    let (mut s, new) = changing();
    assert!(s.old().holds.contains(&Hold::BankChange));
    let surplus = C::Cancel(away(new, CancelReason::Surplus));
    let events = s.as_officer(1).events(&surplus);
    assert!(gives_up(&events) && unlocks(&events, OLD));
    s.done(surplus);
    assert!(s.file.bank_change().is_none() && s.old().in_force(), "the holder has a card that works");
    s.as_officer(5).done(C::ReserveBankChange(Reserve { card: OLD, to: BankCode("95533".into()) }));
    // Nobody collected it, and the second offer failed.
    let (mut s, new) = changing();
    let (org, since, reason) = (NEW_BANK, s.now, RecallReason::Uncollected);
    s.file.cards[1].custody = Custody::Recalled { org, since, reason };
    s.file.cards[1].recalled_at = Some(since);
    s.file.cards[1].balance = Some(kaguan_domain::facts::card::BalanceStated {
        empty: true,
        at: since,
        source: kaguan_domain::facts::card::BalanceSource::BankSystem,
    });
    s.days_pass(190);
    let stranded = C::CancelStranded(CancelStranded { card: new });
    assert!(unlocks(&s.as_officer(3).events(&stranded), OLD));
    s.done(stranded);
    assert!(s.old().in_force());
    // Both are cleaned for a first application in another city: the money in the old account is to be moved.
    let (mut s, new) = changing();
    let slip = Confirm {
        cards: vec![OLD, new],
        slip: "单1".into(),
        keep: None,
        city: Some(CityCode("4403".into())),
    };
    s.as_system().done(C::ConfirmOneCard(slip));
    let events = s.events(&C::CleanOneCard(Clean {}));
    assert!(gives_up(&events) && unlocks(&events, OLD));
    s.done(C::CleanOneCard(Clean {}));
    assert!(s.file.bank_change().is_none() && !s.old().holds.contains(&Hold::BankChange));
}

#[test]
fn art_31_1_a_change_that_came_to_nothing_in_earlier_days_is_called_off_by_the_new_bank() {
    clause!(R31.1);
    let (mut s, new) = changing();
    let call_off = || C::CallOffBankChange(CallOff { lapsed: false });
    assert_eq!(s.as_officer(5).refused(call_off()), Reason::BankChangeOrder, "its card waits");
    s.file.cards[1].social = Social::Cancelled { at: s.now };
    let reserve = C::ReserveBankChange(Reserve { card: OLD, to: BankCode("95533".into()) });
    let said = s.refusal(reserve).sentence();
    assert!(said.contains("新卡已注销") && said.contains("撤销预约"), "{said}");
    let events = s.events(&call_off());
    assert!(gives_up(&events) && unlocks(&events, OLD));
    s.done(call_off());
    assert!(s.old().in_force() && s.card(new).is_cancelled());
    // A withdrawal ends the change that its own application carried out, and no other.
    let mut s = Scene::with_card();
    s.done(exchange(ExchangeReason::Other { why: "磨损".into() }));
    assert!(!gives_up(&s.events(&C::Withdraw(Withdraw { application: SECOND }))));
}

#[test]
fn art_33_1_the_card_of_the_dead_is_cancelled_whatever_was_under_way() {
    clause!(R33.1);
    let by_son = |card| {
        let agent = Some(relative(AgentGround::LongAbsent));
        C::Cancel(Cancel { agent, ..cancel(card, CancelReason::Dead) })
    };
    // A reservation, a change that was carried out, an exchange.
    let mut reserved = Scene::with_card();
    reserved.as_officer(5);
    reserved.done(C::ReserveBankChange(Reserve { card: OLD, to: BankCode("95533".into()) }));
    reserved.as_officer(2).done(C::ApproveBankChange(Approve { refused: None }));
    let (carried_out, _) = changing();
    let (exchanging, _) = exchanging();
    for (mut s, change) in [(reserved, true), (carried_out, true), (exchanging, false)] {
        assert_eq!(
            s.as_officer(1).refused(by_son(OLD)),
            match change && s.file.cards.len() == 1 {
                true => Reason::BankChangeOrder,
                false => Reason::ApplicationOpen,
            }
        );
        dead(&mut s);
        let events = s.as_officer(1).events(&by_son(OLD));
        assert_eq!(gives_up(&events), change);
        assert!(!unlocks(&events, OLD), "its account is closed");
        s.done(by_son(OLD));
        assert!(s.old().is_cancelled() && s.file.bank_change().is_none());
    }
}

#[test]
fn art_27_4_while_the_new_card_waits_no_other_is_made_and_it_is_told_where_it_is() {
    clause!(R27.4);
    clause!(X10.1);
    let (mut s, new) = exchanging();
    s.as_officer(1);
    let refused = s.refusal(exchange(ExchangeReason::Other { why: "磨损".into() }));
    assert_eq!(refused.reason, Reason::ApplicationOpen);
    let said = refused.sentence();
    assert!(
        said.contains("新卡已制成，待领取") && said.contains("机构3") && said.contains("第27条"),
        "{said}"
    );
    assert!(!said.contains("一人一卡") && !said.contains("其他地市"), "{said}");
    let said = s.refusal(C::Cancel(cancel(OLD, CancelReason::Emigrated))).sentence();
    assert!(said.contains("新卡已制成，待领取"), "{said}");
    // Old and new are one in the slip: neither is cleaned alone.
    let slip = |cards: &[CardId], keep| {
        C::ConfirmOneCard(Confirm {
            cards: cards.to_vec(), slip: "单1".into(), keep: Some(keep), city: None
        })
    };
    for keep in [OLD, new] {
        let refused = s.refusal(slip(&[OLD, new], keep));
        assert_eq!(refused.reason, Reason::NothingToDo);
        assert!(refused.sentence().contains("补换新卡"), "{}", refused.sentence());
    }
    // A card of another city is cleaned, and both stay.
    let mut other = person::card(CardId(7), ApplicationId(1), "95533", TODAY);
    other.city = CityCode("4403".into());
    other.custody = Custody::WithHolder { since: s.now };
    s.file.cards.push(other);
    s.done(slip(&[OLD, new, CardId(7)], new));
    s.done(C::CleanOneCard(Clean {}));
    assert!(s.old().stands() && s.card(new).stands() && !s.card(CardId(7)).stands());
    s.done(hand_over(new));
    assert!(s.old().is_cancelled());
    // A new card that was cleaned in earlier days keeps nobody from anything.
    let (mut s, _) = exchanging();
    s.file.cards[1].holds.insert(Hold::OneCardCleanUp);
    assert!(s.file.replacement_of(OLD).is_none());
    assert!(s.may(&C::Cancel(cancel(OLD, CancelReason::Emigrated))));
}

#[test]
fn art_27_1_a_new_card_that_was_lost_before_it_worked_is_made_again_and_both_end_with_the_third() {
    clause!(R27.1);
    clause!(R27.4);
    clause!(R31.1);
    for (mut s, new) in [exchanging(), changing()] {
        // The post brought it, and it was lost at home.
        s.as_system();
        s.file.cards[1].custody = Custody::WithHolder { since: s.now };
        s.file.apply(
            &HolderEvent::LossReported {
                card: new,
                formal: true,
                by_bank_change: false,
                by: Attendance::default(),
            },
            s.now,
        );
        let of_old = Purpose::Exchange { old: OLD, reason: ExchangeReason::Other { why: "磨损".into() } };
        let said = s.refusal(C::Replace(Box::new(replacement(of_old)))).sentence();
        assert!(said.contains("已领出，尚未启用"), "{said}");
        let third = ApplicationId(3);
        let lost = replacement(Purpose::Reissue { old: new });
        let lost = Replace { id: third, form_no: "44010000003".into(), ..lost };
        s.done(C::Replace(Box::new(lost)));
        let mut card = person::card(CardId(3), third, s.card(new).bank.as_str(), TODAY);
        card.custody = Custody::AtOutlet { org: HR };
        s.file.apply(&HolderEvent::CardMade { application: third, card: Box::new(card) }, s.now);
        let left = s.file.bank_change().is_some();
        s.as_officer(1).done(hand_over(CardId(3)));
        assert!(s.card(CardId(3)).in_force() && s.card(new).is_cancelled() && s.old().is_cancelled());
        assert!(s.file.bank_change().is_none());
        assert_eq!(s.file.left_for_another_bank(s.old()), left, "the old bank settles its account");
        // Whoever hands the new card over says so.
        clause!(R31.3);
        let told = left_at_old_bank(&s.file, s.card(CardId(3)));
        assert_eq!(told.is_some_and(|told| told.contains("到原服务银行（中国工商银行）")), left);
    }
}

#[test]
fn art_12_1_only_a_card_that_its_holder_brings_is_locked_and_given_back() {
    clause!(R12.1);
    clause!(R33.2);
    let mut s = Scene::uncollected();
    s.as_officer(1);
    let refused = s.refusal(C::Cancel(cancel(OLD, CancelReason::Emigrated)));
    assert_eq!(refused.reason, Reason::CardNotHere);
    assert!(refused.sentence().contains("由机构3保管"), "{}", refused.sentence());
    let locked = Cancel { given_back_at: None, ..cancel(OLD, CancelReason::Emigrated) };
    assert_eq!(s.refused(C::Cancel(locked.clone())), Reason::CardNotHere);
    s.done(C::Cancel(away(OLD, CancelReason::Emigrated)));
    assert!(matches!(s.old().custody, Custody::AtOutlet { org: HR }));
    // Locked here, and taken to the bank by the holder.
    let mut s = Scene::with_card();
    s.as_officer(1).done(C::Cancel(locked));
    assert!(matches!(s.old().custody, Custody::WithHolder { .. }));
}

#[test]
fn art_32_1_a_card_is_taken_back_for_what_has_become_of_it() {
    clause!(R32.1);
    clause!(R32.2);
    let take = |reason| C::TakeBack(TakeBack { card: OLD, reason, at: HR });
    let (mut s, new) = exchanging();
    s.as_officer(1);
    for reason in [RecallReason::Exchanged, RecallReason::Cancelled] {
        assert!(s.refusal(take(reason)).sentence().contains("尚未换卡或注销"));
    }
    s.done(hand_over(new));
    let said = s.refusal(take(RecallReason::Cancelled)).sentence();
    assert!(said.contains("已换发新卡") && said.contains("第32条"), "{said}");
    s.done(take(RecallReason::Exchanged));
    let mut s = Scene::with_card();
    s.as_officer(1).done(C::Cancel(away(OLD, CancelReason::Emigrated)));
    let said = s.refusal(take(RecallReason::Exchanged)).sentence();
    assert!(said.contains("没有换发新卡"), "{said}");
    s.done(take(RecallReason::Cancelled));
}

#[test]
fn a_refusal_is_told_by_the_article_and_the_way_of_what_stands_against_it() {
    clause!(R31.1);
    clause!(X10.1);
    clause!(R20.1);
    // 现场办理 on another person's document.
    let mut s = Scene::with_card();
    s.as_officer(5).done(C::ReserveBankChange(Reserve { card: OLD, to: BankCode("95533".into()) }));
    s.as_officer(2).done(C::ApproveBankChange(Approve { refused: None }));
    let replace =
        Replace { outlet: NEW_BANK, collect_at: NEW_BANK, ..replacement(Purpose::BankChange { old: OLD }) };
    let another = Shown { number: "440106198001010017".into(), ..shown() };
    let carry_out = C::CarryOutBankChange(Box::new(stated::carried_out_by_holder(replace, another)));
    let refused = s.as_officer(5).refusal(carry_out);
    assert_eq!(refused.reason, Reason::DocumentsNotVerified);
    let said = refused.sentence();
    assert!(said.contains("第31条") && !said.contains("第16条"), "{said}");
    // A cleaned card is not a cancelled one.
    let mut s = Scene::with_card();
    s.file.cards[0].holds.insert(Hold::OneCardCleanUp);
    for command in [formal(), exchange(ExchangeReason::Other { why: "磨损".into() })] {
        let said = s.refusal(command).sentence();
        assert!(said.contains("一人一卡清理") && said.contains("附件10"), "{said}");
    }
    // The chip locks by itself: its lock is registered before it is unlocked.
    let mut s = Scene::with_card();
    let pin = |change| C::RecordPin(stated::pin_by_holder(OLD, change, shown()));
    let bare = C::RecordPin(RecordPin {
        card: OLD,
        change: PinChange::Unlocked,
        verified: false,
        shown: None,
        guardian: None,
        risks_told: false,
    });
    for unlock in [bare, pin(PinChange::Unlocked)] {
        let refused = s.as_officer(1).refusal(unlock);
        assert_eq!(refused.reason, Reason::NothingToDo);
        let said = refused.sentence();
        assert!(said.contains("先登记密码锁定") && said.contains("第20条"), "{said}");
    }
    s.done(pin(PinChange::Locked));
    s.done(pin(PinChange::Unlocked));
    assert_eq!(s.old().pin, Pin::Set);
}

#[test]
fn art_7_1_what_was_applied_for_is_waited_for_no_more_when_its_card_is_cancelled() {
    clause!(R7.1);
    clause!(R33.1);
    let mut s = Scene::uncollected();
    let application = s.file.applications[0].id;
    s.file.applications[0].clock = Some(Clock::start(ClockKind::Replacement, TODAY, &s.office.calendar));
    let gone = Cancel { given_back_at: None, chip: None, ..cancel(OLD, CancelReason::MovedOut) };
    let stopped =
        |e: &HolderEvent| matches!(e, HolderEvent::ClockStopped { application: a, .. } if *a == application);
    assert!(s.events(&C::Cancel(gone)).iter().any(stopped));
}

#[test]
fn art_33_cancelling_states_who_asks_on_which_proof_and_that_the_chip_is_locked() {
    clause!(R33.1);
    clause!(R33.2);
    clause!(R33.5);
    clause!(R14.5);
    let mut s = Scene::with_card();
    s.as_officer(1);
    let bare = Cancel { given_back_at: Some(HR), ..Cancel::of(OLD, CancelReason::Emigrated) };
    let (reason, about) = told(&s, &C::Cancel(bare));
    assert_eq!(reason, Reason::DocumentsNotVerified, "the reminder is one of several");
    for part in ["结算", "未核实有效身份证件", "证件种类", "相关证明", "应用锁定"] {
        assert!(about.contains(part), "{about}");
    }
    let unlocked = Cancel { chip: None, ..cancel(OLD, CancelReason::Emigrated) };
    assert_eq!(s.refused(C::Cancel(unlocked)), Reason::MaterialDefective);
    // Of the missing: a relative, with identity, copy and the proof.
    let of_missing = |agent| C::Cancel(Cancel { agent, shown: None, ..cancel(OLD, CancelReason::Missing) });
    assert_eq!(s.refused(of_missing(None)), Reason::AgentNotAllowed);
    let mut without = relative(AgentGround::LongAbsent);
    without.copies.clear();
    assert_eq!(s.refused(of_missing(Some(without))), Reason::MaterialDefective);
    assert!(s.may(&of_missing(Some(relative(AgentGround::LongAbsent)))));
    let events = s.events(&C::Cancel(cancel(OLD, CancelReason::Emigrated)));
    let stated = events.iter().any(|e| {
        matches!(e, HolderEvent::CardCancelled { statement: Some(st), .. }
            if st.chip.is_some() && st.by.holder.is_some() && st.proofs.len() == 1)
    });
    assert!(stated, "{events:?}");
    // Not there: nothing is locked, nothing is recalled.
    let lost = Cancel { given_back_at: None, chip: None, ..cancel(OLD, CancelReason::Emigrated) };
    s.done(C::Cancel(lost));
    assert!(s.old().is_cancelled() && matches!(s.old().custody, Custody::WithHolder { .. }));
}

#[test]
fn art_33_2_the_reminder_heads_a_cancelling_only_where_nothing_else_is_missing() {
    clause!(R33.2);
    clause!(R8.5);
    let mut s = Scene::with_card();
    s.as_officer(1);
    let unreminded = || Cancel { reminded: false, ..away(OLD, CancelReason::MovedOut) };
    let alone = s.refusal(C::Cancel(unreminded()));
    assert_eq!(alone.reason, Reason::NotReminded);
    assert!(alone.sentence().contains("请提醒持卡人"), "{}", alone.sentence());
    // Beside a proof that was not taken it is one of two, both put right at once.
    let two = s.refusal(C::Cancel(Cancel { proofs: Vec::new(), ..unreminded() }));
    assert_eq!(two.reason, Reason::MaterialDefective);
    let says = two.sentence();
    for part in ["未提醒", "未收取终止", "第33条", "按所列各项一次性补正"] {
        assert!(says.contains(part), "{part}: {says}");
    }
    assert!(!says.contains("第8条") && !says.contains("尚未提醒"), "{says}");
    let unseen = s.refusal(C::Cancel(Cancel { verified: false, ..unreminded() }));
    assert_eq!(unseen.reason, Reason::DocumentsNotVerified);
    assert!(unseen.sentence().contains("第33条"), "{}", unseen.sentence());
    // Whoever acts may not: that comes first, and the rest is told with it.
    let agent = Deputy { relation: AgentRelation::Guardian, ..relative(AgentGround::Sick) };
    let says = s.refusal(C::Cancel(Cancel { agent: Some(agent), ..unreminded() })).sentence();
    assert!(says.starts_with("代办关系不符合规定（持卡人已成年，监护人代办的事由"), "{says}");
    for part in ["未提醒", "第8条", "第33条", "代办事由；所列其余各项一并补齐"] {
        assert!(says.contains(part), "{part}: {says}");
    }
}
