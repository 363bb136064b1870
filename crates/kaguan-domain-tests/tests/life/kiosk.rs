//! 自助服务设施: what a holder does alone, by card and PIN or by identity card and face, and what is for a counter.

use super::person::{HR, OLD, Scene, TODAY, checks, shown};
use super::{formal, hand_over, reissue};
use jiff::civil::{Date, date};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Instant};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::card::{Hold, PreMade};
use kaguan_domain::facts::counter::Shown;
use kaguan_domain::facts::custody::Custody;
use kaguan_domain::facts::face::{FaceCheck, FaceResult};
use kaguan_domain::facts::fee::Fee;
use kaguan_domain::facts::institution::InstitutionEvent;
use kaguan_domain::facts::pin::{Pin, PinChange};
use kaguan_domain::facts::policy::{DatedPolicy, LocalPolicy};
use kaguan_domain::ids::{ApplicationId, BlankId, BlankOrderId, CityCode, DeskId, OfficerId, OrgId};
use kaguan_domain::institution::{InstitutionCommand, decide};
use kaguan_domain::kiosk::CheckFace;
use kaguan_domain::permission::Verb;
use kaguan_domain::pin::{ChangeAtTerminal, RecordPin};
use kaguan_domain::records::{Look, Show};
use kaguan_domain::refusal::Reason;
use kaguan_domain::replacement::{due_at_kiosk, made_alone};

const KIOSK: DeskId = DeskId(1);
const BANKS: DeskId = DeskId(2);
const BANK_OUTLET: OrgId = OrgId(4);

fn asked(s: &mut Scene, actor: &Actor, command: &InstitutionCommand) -> Result<(), Reason> {
    let before = std::mem::replace(&mut s.actor, actor.clone());
    let decided = decide(&s.office, command, &s.ctx()).map_err(|r| r.reason);
    s.actor = before;
    decided?.iter().for_each(|e| s.office.apply(e));
    Ok(())
}

fn at(s: &mut Scene, desk: DeskId) -> &mut Scene {
    s.channel = Channel::Kiosk;
    s.as_actor(Actor::Kiosk(desk))
}

/// A kiosk at an HR outlet, and one at an outlet of the card's bank; nobody pays for cards in this city.
fn alone() -> Scene {
    let mut s = Scene::with_card();
    for (id, outlet, key) in [(KIOSK, HR, "04"), (BANKS, BANK_OUTLET, "05")] {
        let name = "大厅自助机".to_owned();
        let pair =
            InstitutionCommand::PairDesk { id, outlet, name, public: key.repeat(65), boxes: Vec::new() };
        asked(&mut s, &Actor::System, &pair).unwrap();
        asked(&mut s, &Actor::System, &InstitutionCommand::SetKiosk { desk: id, kiosk: true }).unwrap();
    }
    s
}

fn without_fee(s: &mut Scene) {
    let policy = LocalPolicy { fee_waived: true, ..LocalPolicy::default() };
    let policy = DatedPolicy { from: TODAY, until: None, policy };
    s.office.apply(&InstitutionEvent::PolicySet { city: CityCode("4401".into()), policy });
}

fn compared(result: FaceResult, shown: Shown, until: Option<Date>) -> C {
    let check = FaceCheck { result, provider: "face:sim".into(), reference: "SIM1".into() };
    C::CheckFace(CheckFace { shown, until, check })
}

fn same() -> C {
    compared(FaceResult::Same, shown(), Some(date(2040, 1, 1)))
}

fn change(card_read: bool, old_pin: bool, risks_told: bool) -> C {
    C::ChangePinAtTerminal(ChangeAtTerminal { card: OLD, card_read, old_pin, risks_told })
}

fn minutes_pass(s: &mut Scene, minutes: i64) {
    s.now = Instant(s.now.0 + minutes * 60_000_000);
}

/// What the machine says of itself counts for nothing.
fn alone_reissue() -> C {
    let C::Replace(mut replace) = reissue() else { unreachable!() };
    replace.checks = checks();
    assert!(replace.presented.document_verified);
    C::Replace(replace)
}

#[test]
fn art_19_a_kiosk_is_set_by_an_administrator_and_opened_by_a_clerk_of_its_outlet() {
    clause!(R19.1);
    let mut s = alone();
    let set = |kiosk| InstitutionCommand::SetKiosk { desk: KIOSK, kiosk };
    let run = |run| InstitutionCommand::RunKiosk { desk: KIOSK, run };
    let (clerk, banks) = (Actor::Officer(OfficerId(1)), Actor::Officer(OfficerId(2)));
    assert_eq!(asked(&mut s, &clerk, &set(false)), Err(Reason::NotPermitted));
    assert_eq!(asked(&mut s, &Actor::System, &set(true)), Err(Reason::NothingToDo));
    assert_eq!(asked(&mut s, &banks, &run(true)), Err(Reason::OutOfScope), "a clerk of another outlet");
    assert_eq!(asked(&mut s, &Actor::Kiosk(KIOSK), &run(true)), Err(Reason::NotPermitted));
    assert_eq!(asked(&mut s, &clerk, &run(true)), Ok(()));
    at(&mut s, KIOSK).done(C::Show(Show::Progress));
    // Taken back, it may do nothing from that moment on, and is not opened any more.
    assert_eq!(asked(&mut s, &Actor::System, &set(false)), Ok(()));
    assert_eq!(s.refused(C::Show(Show::Progress)), Reason::NotPermitted);
    assert_eq!(asked(&mut s, &clerk, &run(true)), Err(Reason::WrongStage));
    assert_eq!(asked(&mut s, &clerk, &run(false)), Ok(()));
    asked(&mut s, &Actor::System, &InstitutionCommand::EndDesk { desk: BANKS }).unwrap();
    assert_eq!(at(&mut s, BANKS).refused(C::Show(Show::Progress)), Reason::NotPermitted, "its pairing ended");
}

#[test]
fn art_6_a_kiosk_may_do_what_a_holder_does_alone_and_nothing_else() {
    clause!(R6.1);
    let s = alone();
    for verb in Verb::ALL {
        let may = kaguan_domain::permission::authorise(
            &s.office,
            &Actor::Kiosk(KIOSK),
            *verb,
            &kaguan_domain::permission::Place::Anywhere,
        );
        assert_eq!(may.is_ok(), Verb::AT_KIOSK.contains(verb), "{verb:?}");
    }
}

#[test]
fn art_19_card_and_old_pin_stand_for_the_holder_at_a_kiosk() {
    clause!(R19.1);
    let mut s = alone();
    s.file.cards[0].pin = Pin::Set;
    at(&mut s, KIOSK);
    for (read, pin) in [(false, true), (true, false)] {
        assert_eq!(s.refused(change(read, pin, true)), Reason::HolderNotVerified);
    }
    // Of whom the card and the PIN are right it is not said that nobody verified him.
    let untold = s.refusal(change(true, true, false));
    assert_eq!(untold.reason, Reason::MaterialDefective);
    assert!(untold.sentence().contains("第19条"), "{}", untold.sentence());
    s.done(change(true, true, true));
    let locked = |change| {
        C::RecordPin(RecordPin {
            card: OLD,
            change,
            verified: true,
            shown: Some(shown()),
            guardian: None,
            risks_told: true,
        })
    };
    assert_eq!(s.refused(locked(PinChange::Unlocked)), Reason::NotPermitted, "for a counter");
    assert_eq!(s.refused(locked(PinChange::Reset)), Reason::NotPermitted);
    s.done(locked(PinChange::Locked));
    assert_eq!(s.refused(change(true, true, true)), Reason::PinLocked);
}

#[test]
fn art_14_only_a_face_that_is_the_holders_goes_on_and_for_ten_minutes_at_that_machine() {
    clause!(R14.2);
    clause!(R24.1);
    let mut s = alone();
    at(&mut s, BANKS);
    let look = || C::Look(Look { reason: "本人".into(), material: None });
    // `formal` has a clerk's "verified": at a machine it says nothing.
    assert_eq!(s.refused(formal()), Reason::HolderNotVerified);
    assert_eq!(s.refused(look()), Reason::HolderNotVerified);
    for no in [FaceResult::Different, FaceResult::NotComparable] {
        s.done(compared(no, shown(), None));
        assert_eq!(s.refused(formal()), Reason::HolderNotVerified, "{}", no.name());
    }
    s.done(same());
    s.done(look());
    at(&mut s, KIOSK);
    assert_eq!(s.refused(look()), Reason::HolderNotVerified, "seen at another machine");
    at(&mut s, BANKS);
    minutes_pass(&mut s, 10);
    assert_eq!(s.refused(formal()), Reason::HolderNotVerified, "too long ago");
    s.done(same());
    s.done(formal());
    assert_eq!(s.old().loss(), Some(Hold::FormalLoss));
    // A later comparison that says no takes an earlier yes back.
    s.done(compared(FaceResult::Different, shown(), None));
    assert_eq!(s.refused(look()), Reason::HolderNotVerified);
}

#[test]
fn art_14_a_face_is_compared_with_the_holders_own_identity_card_while_it_is_valid() {
    clause!(R14.2);
    let mut s = alone();
    at(&mut s, KIOSK);
    let other = Shown { number: "440106199001010021".into(), ..shown() };
    assert_eq!(s.refused(compared(FaceResult::Same, other, None)), Reason::HolderNotVerified);
    let electronic = Shown { electronic: true, ..shown() };
    assert_eq!(s.refused(compared(FaceResult::Same, electronic, None)), Reason::HolderNotVerified);
    let expired = compared(FaceResult::Same, shown(), Some(TODAY.yesterday().unwrap()));
    let said = s.refusal(expired);
    assert_eq!(said.reason, Reason::HolderNotVerified);
    let said = said.sentence();
    assert!(said.contains("身份证已过有效期") && said.contains("请本人持有效身份证件到柜台办理"), "{said}");
    s.done(compared(FaceResult::Same, shown(), Some(TODAY)));
    assert_eq!(s.as_officer(1).refused(same()), Reason::NotPermitted, "at a counter nobody compares");
}

#[test]
fn art_8_whoever_is_under_sixteen_is_served_at_a_counter() {
    clause!(R8.2);
    let mut s = alone();
    s.file.person.as_mut().unwrap().details.birth_date = date(2015, 1, 1);
    at(&mut s, KIOSK);
    assert_eq!(s.refused(same()), Reason::AgentNotAllowed);
}

#[test]
fn art_25_a_formal_loss_is_reported_at_a_kiosk_of_the_cards_bank_alone() {
    clause!(R25.1);
    let mut s = alone();
    at(&mut s, KIOSK).done(same());
    assert_eq!(s.refused(formal()), Reason::OutOfScope);
    at(&mut s, BANKS).done(same());
    s.done(formal());
}

#[test]
fn art_27_a_lost_card_is_reissued_at_a_kiosk_where_no_fee_is_due() {
    clause!(R27.1);
    clause!(R22.1);
    let mut s = alone();
    at(&mut s, KIOSK).done(same());
    assert_eq!(s.refused(alone_reissue()), Reason::FormalLossNeeded);
    at(&mut s, BANKS).done(same());
    s.done(formal());
    at(&mut s, KIOSK).done(same());
    let unpaid = s.refusal(alone_reissue());
    assert_eq!(unpaid.reason, Reason::FeeUnpaid, "the machine takes no money");
    let (what, way) = due_at_kiosk(s.old(), &s.office, TODAY).unwrap();
    assert!(unpaid.sentence().contains(&what) && unpaid.sentence().ends_with(&format!("{way}。")));
    without_fee(&mut s);
    assert_eq!(due_at_kiosk(s.old(), &s.office, TODAY), None);
    minutes_pass(&mut s, 11);
    assert_eq!(s.refused(alone_reissue()), Reason::MaterialDefective, "nobody has seen the holder");
    s.done(same());
    let C::Replace(mut agent) = alone_reissue() else { unreachable!() };
    agent.agent = Some(super::agents::son());
    assert_eq!(s.refused(C::Replace(agent)), Reason::AgentNotAllowed);
    let exchange = super::exchange(kaguan_domain::facts::application::ExchangeReason::DataChanged);
    assert!([Reason::NotPermitted, Reason::LostCardIsReissued].contains(&s.refused(exchange)));
    s.done(alone_reissue());
    let application = s.file.applications.last().unwrap();
    assert!(matches!(application.fee, Fee::Free { .. }) && application.taken_by.is_none());
}

#[test]
fn art_27_4_no_machine_makes_the_card_of_an_exchange_while_the_old_one_is_with_its_holder() {
    clause!(R27.4);
    clause!(R36.2);
    let mut s = alone();
    without_fee(&mut s);
    let worn = kaguan_domain::facts::application::ExchangeReason::Other { why: "磨损".into() };
    s.done(super::exchange(worn));
    let refused = made_alone(&s.file, s.file.open_application().unwrap()).unwrap_err();
    assert_eq!(refused.reason, Reason::NotPermitted);
    for says in ["换卡须交回旧卡", "携旧卡", "第27条"] {
        assert!(refused.sentence().contains(says), "{says}: {}", refused.sentence());
    }
    // Nor is it handed over there, wherever it was made.
    s.as_system();
    s.channel = Channel::Console;
    let new = s.card_made(ApplicationId(2), "95588");
    at(&mut s, KIOSK).done(same());
    assert!(s.refusal(hand_over(new)).sentence().contains("换卡须交回旧卡"));
    // Whose old card is lost has none to give back.
    let old = s.file.cards.iter_mut().find(|c| c.id == OLD).unwrap();
    old.holds.insert(Hold::FormalLoss);
    assert!(made_alone(&s.file, s.file.application(ApplicationId(2)).unwrap()).is_ok());
}

#[test]
fn art_27_1_whose_card_was_never_handed_out_is_not_sent_to_report_it_lost() {
    clause!(R27.1);
    clause!(R25.1);
    let mut s = Scene::with_card();
    s.file.cards[0].custody = Custody::AtOutlet { org: HR };
    let (loss, again) = (s.refusal(formal()), s.refusal(reissue()));
    assert_eq!((loss.reason, again.reason), (Reason::NotHandedOver, Reason::NotHandedOver));
    assert!(again.sentence().contains("请先办理领取") && !again.sentence().contains("挂失"), "{again:?}");
}

#[test]
fn art_14_a_kiosk_gives_out_the_card_that_was_made_there_today_and_no_other() {
    clause!(R14.2);
    let mut s = alone();
    at(&mut s, BANKS).done(same());
    s.done(formal());
    without_fee(&mut s);
    at(&mut s, KIOSK).done(same());
    s.done(alone_reissue());
    s.as_system();
    s.channel = Channel::Console;
    let new = s.card_made(ApplicationId(2), "95588");
    at(&mut s, KIOSK);
    assert_eq!(s.refused(hand_over(new)), Reason::NotPermitted, "a card of a batch waits at the counter");
    let made = s.file.cards.iter_mut().find(|c| c.id == new).unwrap();
    let blank = BlankId { order: BlankOrderId(1), n: 1 };
    let personal_account = kaguan_domain::facts::account::AccountNumber("1".into());
    made.pre_made = Some(PreMade { blank, personal_account });
    made.issued_on = TODAY;
    minutes_pass(&mut s, 11);
    assert_eq!(s.refused(hand_over(new)), Reason::CollectorNotVerified, "the holder has left");
    s.done(same());
    s.done(hand_over(new));
    assert!(s.card(new).in_force() && s.old().is_cancelled());
}
