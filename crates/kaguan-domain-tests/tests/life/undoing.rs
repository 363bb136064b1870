//! 撤销合并 of two persons who were taken for one: what came after the joining is afterwards with whoever it is about.

use super::join::{CITY, PROVINCE, SECOND, Two, bare, decision, propose, undo};
use super::person::{OLD, card};
use jiff::civil::date;
use kaguan_domain::alive::{MarkDeath, RestoreLife, StateDeath, marks, to_compare};
use kaguan_domain::clause;
use kaguan_domain::collection::reminder;
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::{HolderCommand as C, due};
use kaguan_domain::duty::Notify;
use kaguan_domain::facts::application::Register;
use kaguan_domain::facts::card::{Card, Hold};
use kaguan_domain::facts::clock::{Clock, ClockKind};
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::intent::{Intent, IntentKind, IntentState};
use kaguan_domain::facts::letter::{Letter, letters_of};
use kaguan_domain::facts::notice::{Notice, NoticeKind};
use kaguan_domain::facts::person::{DeathAnswer, DeathMark};
use kaguan_domain::facts::restriction::{CaseState, Restriction};
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::holder::undoing_said;
use kaguan_domain::ids::{ApplicationId, CardId, CaseId, CityCode, HolderId, OrgId};
use kaguan_domain::link::{AnswerIntent, BankAnswer, ResolveIntent};
use kaguan_domain::recall::{offer_said, use_said};
use kaguan_domain::refusal::Reason;
use kaguan_domain::restriction::Decide;

const POLICE: Register = Register::PublicSecurity;
const INSURANCE: Register = Register::SocialSecurity;

/// The number of a file.
fn number(file: &HolderFile) -> SocialSecurityNumber {
    file.person.as_ref().unwrap().details.ssn.clone()
}

/// A register's paper about a number.
fn mark(source: Register, number: Option<&SocialSecurityNumber>) -> C {
    C::MarkDeath(MarkDeath { source, number: number.cloned(), evidence: Some("函1号".into()) })
}

/// 恢复生存状态 of a number.
fn alive(number: &SocialSecurityNumber, evidence: &str) -> C {
    C::RestoreLife(RestoreLife { number: Some(number.clone()), ..RestoreLife::by(evidence) })
}

fn marked(file: &HolderFile) -> Vec<Register> {
    file.person.as_ref().unwrap().death.iter().map(|m| m.source).collect()
}

fn recall_is_told(file: &HolderFile, now: Instant) -> bool {
    due(file, now).iter().any(|c| matches!(c, C::Notify(n) if n.kind == NoticeKind::HolderDead))
}

fn dead(card: &Card) -> [bool; 2] {
    [Hold::SuspectedDeath, Hold::DeathConfirmed].map(|hold| card.holds.contains(&hold))
}

/// Everything that its undoing would do, as one text.
fn said(two: &Two) -> String {
    let said = undoing_said(&two.scene.file, HolderId(2), &two.scene.ctx());
    said.iter().map(|(head, what)| format!("{head}：{what}\n")).collect()
}

#[test]
fn art_32_5_a_death_of_the_other_number_is_the_other_persons_once_the_files_are_taken_apart() {
    clause!(R32.5);
    let mut two = Two::joined();
    let theirs = number(&two.other);
    for source in [POLICE, INSURANCE] {
        two.done(CITY, &mark(source, Some(&theirs)));
    }
    assert!(dead(two.first())[1], "while they are one person it is said of the one");
    let told = said(&two);
    assert!(told.contains("归还的死亡登记：公安人口信息") && !told.contains("留下的死亡登记"), "{told}");
    // The card that is cleaned no more is the dead person's: what it is afterwards is told, and not that it works again.
    let of = two.scene.file.card(SECOND).unwrap().card_no.masked();
    let line = told.lines().find(|l| l.starts_with("解除一人一卡清理后仍不能使用的卡：")).unwrap();
    assert!(line.contains(&of) && line.contains("死亡已核实"), "{told}");
    assert!(!told.contains("恢复使用的卡") && !told.contains(theirs.as_str()), "{told}");
    two.taken_apart();
    let now = two.scene.now;
    assert!(two.scene.file.person.as_ref().unwrap().death.is_empty() && two.first().in_force());
    assert!(!recall_is_told(&two.scene.file, now) && to_compare(&two.scene.file), "nobody said it of her");
    assert_eq!(marked(&two.other), [POLICE, INSURANCE]);
    assert!(two.other.death_confirmed() && dead(&two.other.cards[0])[1]);
    assert!(recall_is_told(&two.other, now), "the card of whoever has died is taken back");
}

#[test]
fn art_32_2_a_notice_of_the_others_death_is_over_for_the_card_that_stays() {
    clause!(R32.2);
    let mut two = Two::joined();
    let (own, theirs) = (number(&two.scene.file), number(&two.other));
    for source in [POLICE, INSURANCE] {
        two.done(CITY, &mark(source, Some(&theirs)));
    }
    two.scene.as_system().done(C::Notify(Notify { card: OLD, kind: NoticeKind::HolderDead }));
    assert!(two.first().recall_clock().is_some());
    two.taken_apart();
    assert!(two.first().recall_clock().is_none() && two.first().notices[0].over.is_some());
    let now = two.scene.now;
    assert!(!recall_is_told(&two.scene.file, now) && recall_is_told(&two.other, now));
    // She dies later: that is another period.
    two.scene.days_pass(100);
    for source in [POLICE, INSURANCE] {
        two.done(CITY, &mark(source, Some(&own)));
    }
    assert!(two.first().recall_clock().is_none() && recall_is_told(&two.scene.file, two.scene.now));
}

#[test]
fn art_32_2_two_files_with_a_register_each_that_are_one_begin_ten_working_days_of_their_own() {
    clause!(R32.2);
    let mut two = Two::new();
    let [own, theirs] = [number(&two.scene.file), number(&two.other)];
    let at = two.scene.now;
    two.scene.file.apply(&HolderEvent::DeathMarked { source: POLICE, number: Some(own), evidence: None }, at);
    let said = HolderEvent::DeathMarked { source: INSURANCE, number: Some(theirs), evidence: None };
    two.other.apply(&said, at);
    // A death of earlier days that was none; that its notice is over was not kept then.
    let day = at.date();
    let clock = Some(Clock::start(ClockKind::Recall, day, &two.scene.office.calendar));
    let notice = Notice { clock, ..Notice::new(NoticeKind::HolderDead, at) };
    two.scene.file.apply(&HolderEvent::Notified { card: OLD, notice, silent: true }, at);
    two.scene.days_pass(300);
    two.done(CITY, &propose(Some(OLD)));
    two.done(PROVINCE, &decision(true));
    assert!(two.scene.file.death_confirmed() && dead(two.first())[1]);
    assert!(two.first().recall_clock().is_none(), "nobody is late before it is said");
    let notify = C::Notify(Notify { card: OLD, kind: NoticeKind::HolderDead });
    assert!(due(&two.scene.file, two.scene.now).contains(&notify));
    two.scene.as_system().done(notify);
    assert_eq!(two.first().recall_clock().unwrap().1.started_on, two.scene.now.date());
    // Of a death that was known before, the days go on.
    let mut two = Two::new();
    let own = number(&two.scene.file);
    for source in [POLICE, INSURANCE] {
        two.done(CITY, &mark(source, Some(&own)));
    }
    two.scene.as_system().done(C::Notify(Notify { card: OLD, kind: NoticeKind::HolderDead }));
    let began = two.first().recall_clock().unwrap().1.started_on;
    two.scene.days_pass(3);
    two.done(CITY, &propose(Some(OLD)));
    two.done(PROVINCE, &decision(true));
    assert_eq!(two.first().recall_clock().map(|(_, clock)| clock.started_on), Some(began));
}

#[test]
fn art_32_5_a_death_of_the_own_number_stays_and_the_others_card_is_free() {
    clause!(R32.5);
    let mut two = Two::joined();
    let own = number(&two.scene.file);
    for source in [POLICE, INSURANCE] {
        two.done(CITY, &mark(source, Some(&own)));
    }
    two.taken_apart();
    assert!(two.scene.file.death_confirmed() && dead(two.first())[1]);
    assert!(marked(&two.other).is_empty() && two.other.cards[0].in_force());
}

#[test]
fn art_32_5_what_each_register_said_of_another_number_is_one_word_of_each_person_afterwards() {
    clause!(R32.5);
    let mut two = Two::joined();
    let (own, theirs) = (number(&two.scene.file), number(&two.other));
    two.done(CITY, &mark(POLICE, Some(&own)));
    two.done(CITY, &mark(INSURANCE, Some(&theirs)));
    assert!(two.scene.file.death_confirmed(), "two registers of one person");
    two.taken_apart();
    for (file, source) in [(&two.scene.file, POLICE), (&two.other, INSURANCE)] {
        assert_eq!(marked(file), [source]);
        assert_eq!(dead(file.cards.last().unwrap()), [true, false], "a suspicion, and it stops nothing");
        assert!(file.cards.last().unwrap().in_force());
    }
}

#[test]
fn art_32_5_one_register_that_says_it_of_both_numbers_is_one_register() {
    clause!(R32.5);
    let mut two = Two::joined();
    let (own, theirs) = (number(&two.scene.file), number(&two.other));
    two.done(CITY, &mark(POLICE, Some(&theirs)));
    // The duty asks by the own number, of which the police had said nothing yet.
    let answer = DeathAnswer { public_security: Some(true), social_security: Some(false) };
    let found = marks(&two.scene.file, &own, &answer);
    assert_eq!(found.iter().map(|m| m.number.clone()).collect::<Vec<_>>(), [Some(own.clone())]);
    two.done(CITY, &mark(POLICE, Some(&own)));
    assert!(!two.scene.file.death_confirmed() && two.first().in_force());
    assert_eq!(two.refused(CITY, &mark(POLICE, Some(&theirs))).0, Reason::NothingToDo);
    assert!(marks(&two.scene.file, &own, &answer).is_empty());
    two.taken_apart();
    for file in [&two.scene.file, &two.other] {
        assert_eq!(marked(file), [POLICE]);
        assert_eq!(dead(&file.cards[0]), [true, false]);
    }
}

#[test]
fn art_5_5_a_paper_about_somebody_with_two_numbers_names_one_of_them() {
    clause!(R5.5);
    let mut two = Two::joined();
    let theirs = number(&two.other);
    let another = SocialSecurityNumber::parse("CHN0E9999999900000").unwrap();
    for unsaid in [None, Some(&another)] {
        let (reason, told) = two.refused(CITY, &mark(POLICE, unsaid));
        assert_eq!(reason, Reason::MaterialDefective);
        assert!(told.contains("须填写书面结果所载的社会保障号码") && told.contains("第32条"), "{told}");
        assert!(told.contains(&theirs.masked()) && !told.contains(theirs.as_str()), "{told}");
    }
    two.done(CITY, &mark(POLICE, Some(&theirs)));
    // Whoever has one number alone is asked for none, by whatever he was found.
    let mut two = Two::new();
    two.done(CITY, &mark(POLICE, None));
    let known = two.scene.file.person.as_ref().unwrap().death[0].number.clone();
    assert_eq!(known, Some(number(&two.scene.file)));
}

#[test]
fn art_32_5_marks_of_before_the_joining_go_where_their_numbers_go() {
    clause!(R32.5);
    let mut two = Two::new();
    let at = two.scene.now;
    let by = |source, file: &HolderFile| DeathMark { source, at, number: Some(number(file)) };
    let (own, theirs) = (by(POLICE, &two.scene.file), by(POLICE, &two.other));
    let insurance = by(INSURANCE, &two.other);
    for (file, said) in [(&mut two.scene.file, vec![own]), (&mut two.other, vec![theirs, insurance])] {
        for m in said {
            let (source, number) = (m.source, m.number);
            file.apply(&HolderEvent::DeathMarked { source, number, evidence: None }, at);
        }
    }
    let before = (two.scene.file.clone(), two.other.clone());
    two.done(CITY, &propose(Some(OLD)));
    two.done(PROVINCE, &decision(true));
    assert_eq!(marked(&two.scene.file).len(), 3, "of each number what was said of it");
    two.taken_apart();
    assert_eq!(marked(&two.scene.file), [POLICE]);
    assert_eq!(marked(&two.other), [POLICE, INSURANCE]);
    assert_eq!(bare(&two.scene.file), before.0);
    assert_eq!(two.other.person, before.1.person);
}

#[test]
fn art_5_5_an_undoing_waits_while_nobody_can_tell_whose_a_death_is() {
    clause!(R5.5);
    // A mark of earlier days, which names no number.
    let mut two = Two::joined();
    let at = Instant(two.scene.now.0 + 1);
    two.scene.file.apply(&HolderEvent::DeathMarked { source: POLICE, number: None, evidence: None }, at);
    let (reason, told) = two.refused(CITY, &undo());
    assert_eq!(reason, Reason::JoinBlocked);
    assert!(
        told.contains("合并后登记了死亡（公安人口信息，") && told.contains("撤销后按其号码重新登记"),
        "{told}"
    );
    let own = number(&two.scene.file);
    two.done(1, &alive(&own, "登记时不知是哪一号码"));
    two.taken_apart();
    // Relatives' word of earlier days, which names none either.
    let mut two = Two::joined();
    let (relation, evidence) = ("配偶".into(), "死亡证明1号".into());
    two.scene.file.apply(&HolderEvent::DeathStated { relation, evidence, number: None }, at);
    let (reason, told) = two.refused(CITY, &undo());
    assert!(reason == Reason::JoinBlocked && told.contains("合并后有死亡申报"), "{told}");
    two.done(1, &alive(&own, "申报有误"));
    two.taken_apart();
    // What a register had said of either before, and of no number, is known to be whose it was.
    let mut two = Two::new();
    two.other.person.as_mut().unwrap().death = vec![DeathMark { source: POLICE, at, number: None }];
    two.done(CITY, &propose(Some(OLD)));
    two.done(PROVINCE, &decision(true));
    two.taken_apart();
    assert_eq!(marked(&two.other), [POLICE]);
}

/// The banks have done what they were asked for.
fn banks_answer(two: &mut Two) {
    let now = two.scene.now;
    for file in [&mut two.scene.file, &mut two.other] {
        let wanted: Vec<_> = file
            .cards
            .iter()
            .flat_map(|c| c.intents.iter().filter(|i| !i.is_over()).map(|i| (c.id, i.seq)))
            .collect();
        for (card, seq) in wanted {
            let state = IntentState::Confirmed { at: now };
            file.apply(&HolderEvent::IntentAnswered { card, seq, state, due: None }, now);
        }
    }
}

/// A case against a card, agreed to, of which the banks know.
fn restrict(two: &mut Two, card: CardId) {
    let case = CaseId(9);
    two.done(CITY, &C::ProposeRestriction(crate::stated::restriction(card, case, "出租社保卡")));
    let agreed = Decide { card, case, approved: true, why: String::new() };
    two.done(PROVINCE, &C::DecideRestriction(agreed));
    banks_answer(two);
}

const CASE: Hold = Hold::Restriction { case: CaseId(9) };

#[test]
fn art_37_a_case_against_the_card_that_stays_ends_on_the_card_that_goes_back() {
    clause!(R37.1);
    let mut two = Two::new();
    // A second card of the first person, which the case follows to.
    let mut shenzhen = card(CardId(7), ApplicationId(1), "95533", date(2025, 1, 10));
    shenzhen.city = CityCode("4403".into());
    two.scene.file.cards.insert(0, shenzhen);
    two.done(CITY, &propose(Some(OLD)));
    two.done(PROVINCE, &decision(true));
    restrict(&mut two, OLD);
    assert!(two.scene.file.cards.iter().all(|c| c.holds.contains(&CASE)), "it follows the one person");
    let told = said(&two);
    assert!(
        told.contains("解除限制的卡（案件所涉的卡是另一人的）") && told.contains("留下的限制案件"),
        "{told}"
    );
    assert!(!told.contains("归还的限制案件"), "{told}");
    two.done(PROVINCE, &undo());
    let events = two.ask(CITY, &decision(true)).unwrap();
    let lifted = |e: &HolderEvent| {
        matches!(e, HolderEvent::RestrictionDecided { card: SECOND, state: CaseState::Lifted, .. })
    };
    let parts = |e: &HolderEvent| matches!(e, HolderEvent::Separated { .. });
    assert!(events.iter().position(lifted) < events.iter().position(parts) && events.iter().any(lifted));
    // Its bank hears of it, from the file that has the card then.
    let restored = events.iter().find_map(|e| e.elsewhere(HolderId(1))).unwrap();
    two.done(CITY, &decision(true));
    let letters = letters_of(&two.other, &restored.event);
    let links: Vec<_> = letters
        .iter()
        .filter_map(|(_, letter)| match letter {
            Letter::Link(link) => Some((link.holder, link.card, link.kind)),
            _ => None,
        })
        .collect();
    assert_eq!(links, [(HolderId(2), SECOND, IntentKind::Unrestrict)]);
    let back = &two.other.cards[0];
    assert!(back.in_force() && back.restrictions[0].state == CaseState::Lifted);
    assert!(back.restrictions[0].line(SECOND).contains("撤销档案合并：该案所涉社保卡不是本人的"));
    assert!(two.scene.file.cards.iter().all(|c| c.holds.contains(&CASE)), "each card of hers stays held");
}

#[test]
fn art_37_a_case_against_the_card_that_goes_back_goes_with_it_and_the_other_works_again() {
    clause!(R37.1);
    let mut two = Two::joined();
    restrict(&mut two, SECOND);
    assert!(!two.first().in_force());
    let told = said(&two);
    assert!(told.contains("归还的限制案件") && !told.contains("留下的限制案件"), "{told}");
    two.taken_apart();
    assert!(two.first().in_force());
    assert_eq!(two.first().intents.last().map(|i| i.kind), Some(IntentKind::Unrestrict));
    assert!(two.other.cards[0].holds.contains(&CASE));
    // A case that nobody has agreed to yet stays with its card, and holds nothing.
    let mut two = Two::joined();
    two.done(CITY, &C::ProposeRestriction(crate::stated::restriction(SECOND, CaseId(9), "出租社保卡")));
    two.taken_apart();
    assert_eq!(two.other.cards[0].restrictions[0].state, CaseState::Proposed);
    assert!(two.first().restrictions.is_empty() && two.first().intents.is_empty());
}

#[test]
fn art_37_an_account_that_another_case_holds_or_that_is_closed_is_not_freed_by_the_undoing() {
    clause!(R37.1);
    let mut two = Two::joined();
    restrict(&mut two, SECOND);
    two.done(CITY, &C::ProposeRestriction(crate::stated::restriction(OLD, CaseId(8), "骗领")));
    let agreed = Decide { card: OLD, case: CaseId(8), approved: true, why: String::new() };
    two.done(PROVINCE, &C::DecideRestriction(agreed));
    banks_answer(&mut two);
    two.taken_apart();
    let unasked = |card: &Card| card.intents.iter().all(|i| i.kind != IntentKind::Unrestrict);
    assert!(two.first().is_held() && !two.first().holds.contains(&CASE) && unasked(two.first()));
    let back = &two.other.cards[0];
    assert!(back.holds.contains(&CASE) && back.holds.len() == 1 && unasked(back));
    let mut two = Two::joined();
    restrict(&mut two, OLD);
    two.scene.file.apply(&HolderEvent::AccountClosed { card: SECOND }, two.scene.now);
    two.taken_apart();
    assert!(!two.other.cards[0].is_held() && unasked(&two.other.cards[0]));
}

#[test]
fn art_37_an_undoing_waits_while_an_old_case_holds_cards_of_both_and_names_none() {
    clause!(R37.1);
    let mut two = Two::joined();
    let now = two.scene.now;
    for card in [OLD, SECOND] {
        let restriction = Restriction {
            case: CaseId(4),
            ground: "《社会保险法》第八十八条".into(),
            stated: None,
            proposed_by: "officer:3".into(),
            proposed_at: now,
            state: CaseState::Proposed,
            ruling: None,
        };
        two.scene.file.apply(&HolderEvent::RestrictionProposed { card, restriction }, now);
        let (case, state) = (CaseId(4), CaseState::InForce);
        two.scene.file.apply(&HolderEvent::RestrictionDecided { card, case, state, ruling: None }, now);
    }
    let (reason, told) = two.refused(CITY, &undo());
    assert_eq!(reason, Reason::JoinBlocked);
    assert!(told.contains("未载明所涉的社保卡") && told.contains("第八十八条"), "{told}");
    let lift = kaguan_domain::restriction::Lift { card: OLD, case: CaseId(4), reason: "另行提出".into() };
    two.done(CITY, &C::LiftRestriction(lift));
    banks_answer(&mut two);
    two.taken_apart();
    assert!(two.first().in_force() && two.other.cards[0].in_force());
}

#[test]
fn art_27_2_a_card_that_comes_back_without_its_account_is_to_be_exchanged_and_says_so_everywhere() {
    clause!(R27.2);
    let mut two = Two::joined();
    assert!(!said(&two).contains("须换卡"));
    two.scene.file.apply(&HolderEvent::AccountClosed { card: SECOND }, two.scene.now);
    assert_eq!(
        two.scene.file.card(SECOND).unwrap().closed_said(),
        None,
        "cleaned, it is nobody's to exchange"
    );
    let told = said(&two);
    let masked = two.scene.file.card(SECOND).unwrap().card_no.masked();
    let line = told.lines().find(|l| l.starts_with("撤销后须换卡：")).unwrap();
    assert!(line.contains(&masked) && line.contains("银行账户已销户，不能恢复，须办理换卡"), "{told}");
    two.taken_apart();
    let back = two.other.cards[0].clone();
    assert_eq!(use_said(&back), "社保功能可用，银行账户已销户，须换卡");
    let mut holder = super::person::Scene::with_card();
    holder.file = two.other.clone();
    let at = holder.office.org(OrgId(3)).unwrap().clone();
    assert!(
        reminder(&at, &back, false).contains("须办理换卡")
            && offer_said(&holder.file, &at, &back).contains("须办理换卡")
    );
    let activate = crate::stated::activated_face_to_face(SECOND, super::person::shown());
    let told = holder.as_officer(5).refusal(C::Activate(activate)).sentence();
    assert!(told.contains("银行账户已销户") && told.contains("换卡"), "{told}");
}

#[test]
fn art_5_5_what_waits_says_since_when_the_undoing_itself_was_proposed() {
    clause!(R5.5);
    let mut two = Two::new();
    two.done(CITY, &propose(Some(OLD)));
    let since = |two: &Two| two.scene.file.join_with(HolderId(2)).unwrap().waits_since();
    let proposed = two.scene.now;
    assert_eq!(since(&two), Some(proposed));
    two.done(PROVINCE, &decision(true));
    assert_eq!(since(&two), None);
    assert!(undoing_said(&two.other, HolderId(1), &two.scene.ctx()).is_empty());
    two.scene.now = Instant(proposed.0 + 60_000_000);
    two.done(CITY, &undo());
    assert_eq!(since(&two), Some(two.scene.now));
}

#[test]
fn art_5_5_a_card_that_is_cleaned_no_more_is_said_to_work_again_only_where_it_does() {
    clause!(R5.5);
    let two = Two::joined();
    let told = said(&two);
    assert!(told.contains("恢复使用的卡（因合并清理）：") && !told.contains("仍不能使用"), "{told}");
    // Lost before the joining, it is lost afterwards.
    let mut two = Two::new();
    two.other.cards[0].holds.insert(Hold::FormalLoss);
    two.done(CITY, &propose(Some(OLD)));
    two.done(PROVINCE, &decision(true));
    let told = said(&two);
    let line = told.lines().find(|l| l.starts_with("解除一人一卡清理后仍不能使用的卡：")).unwrap();
    assert!(line.contains("正式挂失") && !told.contains("恢复使用的卡"), "{told}");
    two.taken_apart();
    assert!(!two.other.cards[0].in_force());
    // For the dead no other card is made, whatever became of the account.
    let mut two = Two::joined();
    let theirs = number(&two.other);
    for source in [POLICE, INSURANCE] {
        two.done(CITY, &mark(source, Some(&theirs)));
    }
    two.scene.file.apply(&HolderEvent::AccountClosed { card: SECOND }, two.scene.now);
    let told = said(&two);
    assert!(!told.contains("须换卡") && !told.contains("须办理换卡"), "{told}");
    two.taken_apart();
    assert_eq!(two.other.cards[0].closed_said(), None);
}

/// The bank was asked to close the account of the cleaned card, and this came of it.
fn closing(two: &mut Two, state: IntentState) {
    let now = two.scene.now;
    let (seq, kind, due) = (1, IntentKind::Close, Intent::due_when_asked(now));
    let intent = Intent { seq, kind, wanted_at: now, due, state };
    two.scene.file.apply(&HolderEvent::IntentMade { card: SECOND, intent }, now);
}

/// Whoever has the other file, alone.
fn alone(two: &Two) -> super::person::Scene {
    let mut scene = super::person::Scene::with_card();
    scene.file = two.other.clone();
    scene
}

fn resolve(closed: Option<bool>) -> C {
    let settled = closed.map(|_| "电话核对".to_owned());
    C::ResolveIntent(ResolveIntent { card: SECOND, seq: 1, settled, closed })
}

#[test]
fn art_33_2_a_closing_that_the_bank_refused_is_over_once_the_card_is_its_holders_again() {
    clause!(R33.2);
    let at = Two::new().scene.now;
    let refused = IntentState::Refused { at, reason: "账户有余额".into() };
    let left = IntentState::Settled { at, note: "持卡人下周来提款".into() };
    for state in [refused.clone(), left] {
        let mut two = Two::joined();
        closing(&mut two, state);
        let told = said(&two);
        let of = two.scene.file.card(SECOND).unwrap().card_no.masked();
        let line = told.lines().find(|l| l.starts_with("不再办理的销户（请告知服务银行）：")).unwrap();
        assert!(line.contains(&of) && told.contains("恢复使用的卡（因合并清理）："), "{told}");
        two.taken_apart();
        let back = &two.other.cards[0];
        assert!(back.in_force() && !back.intents[0].is_unsettled(), "nobody has to see to it");
        assert!(
            matches!(&back.intents[0].state, IntentState::Dropped { reason, .. } if reason.contains("不再销户"))
        );
        let mut holder = alone(&two);
        for closed in [None, Some(true), Some(false)] {
            assert_eq!(holder.as_officer(CITY).refused(resolve(closed)), Reason::IntentOver);
        }
        // Should the card end after all, its bank is asked again.
        let cancel =
            super::person::cancel(SECOND, kaguan_domain::facts::cancellation::CancelReason::MovedOut);
        holder.as_system().done(C::Cancel(cancel));
        let asked: Vec<_> = holder.file.cards[0].intents.iter().map(|i| (i.kind, i.state.name())).collect();
        assert_eq!(asked, [(IntentKind::Close, "不再办理"), (IntentKind::Close, "待银行办理")]);
        // Only the bank knows whether it closed the account all the same: then another card is made.
        let mut holder = alone(&two);
        let bank = holder.file.cards[0].bank.as_str().to_owned();
        let done = AnswerIntent { card: SECOND, seq: 1, answer: BankAnswer::Done };
        holder.as_bank(&bank).done(C::AnswerIntent(done));
        assert!(holder.file.cards[0].closed_said().is_some());
    }
    // Files that were taken apart before this was kept: settled as what it is.
    let mut two = Two::joined();
    two.taken_apart();
    let mut holder = alone(&two);
    let now = holder.now;
    let (seq, kind, due) = (1, IntentKind::Close, Intent::due_when_asked(now));
    let intent = Intent { seq, kind, wanted_at: now, due, state: refused };
    holder.file.apply(&HolderEvent::IntentMade { card: SECOND, intent }, now);
    for closed in [None, Some(true)] {
        let told = holder.as_officer(CITY).refusal(resolve(closed)).sentence();
        assert!(
            told.contains("原来的销户不再办理") && told.contains("尚未销户") && told.contains("第33条"),
            "{told}"
        );
    }
    holder.done(resolve(Some(false)));
    assert!(holder.file.cards[0].in_force());
    assert!(matches!(holder.file.cards[0].intents[0].state, IntentState::Dropped { .. }));
}

#[test]
fn art_33_2_an_undoing_waits_while_nobody_knows_whether_the_account_of_a_card_is_closed() {
    clause!(R33.2);
    let mut two = Two::joined();
    let since = two.scene.now;
    closing(&mut two, IntentState::InDoubt { since });
    let (reason, told) = two.refused(CITY, &undo());
    assert!(
        reason == Reason::JoinBlocked && told.contains("销户银行没有答复") && told.contains("接口监控"),
        "{told}"
    );
    two.done(CITY, &resolve(Some(true)));
    two.taken_apart();
    assert!(two.other.cards[0].closed_said().is_some());
    // A card that is not used again waits for nothing.
    let mut two = Two::joined();
    closing(&mut two, IntentState::InDoubt { since });
    let now = two.scene.now;
    let cancelled = HolderEvent::CardCancelled {
        card: SECOND,
        reason: kaguan_domain::facts::cancellation::CancelReason::Surplus,
        statement: None,
    };
    two.scene.file.apply(&cancelled, now);
    two.taken_apart();
    assert!(two.other.cards[0].is_cancelled());
}

/// What relatives say, of a number.
fn state(number: Option<&SocialSecurityNumber>) -> C {
    let (relation, evidence) = ("配偶".into(), "死亡证明1号".into());
    C::StateDeath(StateDeath { relation, evidence, number: number.cloned() })
}

#[test]
fn art_32_5_what_relatives_stated_before_the_joining_is_said_of_the_one_and_goes_back_with_its_number() {
    clause!(R32.5);
    // Of either file; a statement of earlier days, of which there is the hold alone, too.
    for (of_theirs, old) in [(true, false), (false, false), (true, true), (false, true)] {
        let mut two = Two::new();
        let at = two.scene.now;
        let file = if of_theirs { &mut two.other } else { &mut two.scene.file };
        let whose = number(file);
        let (relation, evidence) = ("配偶".into(), "死亡证明1号".into());
        let stated = HolderEvent::DeathStated { relation, evidence, number: (!old).then(|| whose.clone()) };
        file.apply(&stated, at);
        let before = (two.scene.file.clone(), two.other.clone());
        two.done(CITY, &propose(Some(OLD)));
        two.done(PROVINCE, &decision(true));
        let kept = two.scene.file.person.as_ref().unwrap().stated.clone();
        assert!(kept.len() == 1 && kept[0].number.as_ref() == Some(&whose), "{kept:?}");
        assert!(two.scene.file.cards.iter().all(|c| dead(c) == [true, false]), "each card of the one person");
        assert!(two.other.person.as_ref().unwrap().stated.is_empty());
        assert!(two.first().in_force() && to_compare(&two.scene.file), "the registers are still to be asked");
        let told = said(&two);
        let head = if of_theirs { "归还的死亡登记" } else { "留下的死亡登记" };
        assert!(told.contains(&format!("{head}：")) && told.contains(&whose.masked()), "{told}");
        assert_eq!(told.matches("死亡登记：").count(), 1, "{told}");
        two.taken_apart();
        let (has, not) =
            if of_theirs { (&two.other, &two.scene.file) } else { (&two.scene.file, &two.other) };
        assert!(has.cards.iter().all(|c| dead(c) == [true, false]), "it is his");
        assert_eq!(has.person.as_ref().unwrap().stated.len(), 1);
        assert!(not.cards.iter().all(|c| dead(c) == [false, false]) && not.stated_deaths().is_empty());
        if !old {
            assert_eq!((bare(&two.scene.file), bare(&two.other)), before);
        }
    }
}

#[test]
fn art_32_5_what_relatives_state_of_joined_files_is_of_one_number_and_each_is_stated_once() {
    clause!(R32.5);
    let mut two = Two::joined();
    let (own, theirs) = (number(&two.scene.file), number(&two.other));
    let (reason, told) = two.refused(1, &state(None));
    assert!(
        reason == Reason::MaterialDefective && told.contains("须填写所示证明所载的社会保障号码"),
        "{told}"
    );
    two.done(1, &state(Some(&theirs)));
    assert_eq!(two.refused(1, &state(Some(&theirs))).0, Reason::NothingToDo);
    two.done(1, &state(Some(&own)));
    assert_eq!(two.refused(1, &state(Some(&own))).0, Reason::NothingToDo);
    two.taken_apart();
    for file in [&two.scene.file, &two.other] {
        assert_eq!(file.person.as_ref().unwrap().stated.len(), 1);
        assert_eq!(dead(&file.cards[0]), [true, false]);
    }
    // A register's word of the one number and relatives' of the other are two suspicions, of two people afterwards.
    let mut two = Two::joined();
    two.done(CITY, &mark(POLICE, Some(&own)));
    two.done(1, &state(Some(&theirs)));
    two.taken_apart();
    assert_eq!((marked(&two.scene.file), marked(&two.other)), (vec![POLICE], vec![]));
    assert_eq!(dead(two.first()), [true, false]);
    assert_eq!(dead(&two.other.cards[0]), [true, false]);
    // Whoever was found alive while the files were one is alive, and what was said of the own number does not come back.
    let mut two = Two::new();
    two.done(1, &state(None));
    two.done(CITY, &propose(Some(OLD)));
    two.done(PROVINCE, &decision(true));
    two.done(1, &alive(&number(&two.scene.file), "本人到场"));
    two.taken_apart();
    assert_eq!((dead(two.first()), dead(&two.other.cards[0])), ([false, false], [false, false]));
}
