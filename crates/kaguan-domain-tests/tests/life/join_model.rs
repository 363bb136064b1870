//! Every state that two files of one human can reach, explored completely: each with a card in hand; proposed, refused, joined with
//! the one or the other card kept, an undoing proposed and refused, taken apart; with cancellings in each file and in each state, once
//! beside losses and deaths that registers tell of, once beside a case against each. The banks answer at once.
//!
//! How many states and steps that is the test prints. What must never be, in the regulation's words:
//!
//! - 本省范围内一人一卡 (Article 3): while two files are one, at most one card is in force; and in neither file two ever.
//! - 社会保障号码每人唯一 (Article 5): each card, each application and each document answers in exactly one file; nothing is lost,
//!   and an emptied file answers nothing. One officer proposes, another decides.
//! - What was joined and taken apart again, with nothing in between, is as it was, in both files; and neither step lifts a loss or a
//!   case of any card.
//! - 限制 (Articles 37 and 38): a restriction follows the person: while two files are one, no card works under a case of either.
//!   Taken apart, a case holds the cards of the person against whose card it was brought, and no card of the other.
//! - 死亡 (Article 32): what registers have said of either is said of the one. Taken apart, it is said of whoever has the number of which
//!   they said it, and nothing of it is lost.
//! - 注销 (Article 33): cancelled is final.

use crate::join::{CITY, PROVINCE, SECOND, Two, bare};
use crate::person::{self, OLD};
use kaguan_domain::alive::{MarkDeath, RestoreLife};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Ctx};
use kaguan_domain::dispatch::{HolderCommand as C, decide};
use kaguan_domain::facts::application::Register;
use kaguan_domain::facts::blank_order::Stock;
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::card::{Card, Hold};
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::join::JoinState;
use kaguan_domain::facts::restriction::CaseState;
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::holder::{DecideJoin, ProposeJoin, UndoJoin};
use kaguan_domain::ids::{CardId, CaseId, HolderId, MaterialId, OfficerId};
use kaguan_domain::link::{AnswerIntent, BankAnswer};
use kaguan_domain::loss::{Release, ReportFormal, ReportTemporary};
use kaguan_domain::refusal::Refusal;
use kaguan_domain::restriction::{Decide, Lift};
use kaguan_domain::rule::{Around, Found};
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Write;

const FIRST: HolderId = HolderId(1);
const OTHER: HolderId = HolderId(2);

/// What a step is decided with: the rules, or rules with a bug planted in them.
type Rules = fn(&Pair, Asking<'_>) -> Result<Vec<HolderEvent>, Refusal>;

/// Who asks what of which file.
#[derive(Clone, Copy, Debug)]
struct Asking<'a> {
    of: HolderId,
    officer: Option<i64>,
    command: &'a C,
}

fn rules(pair: &Pair, asking: Asking<'_>) -> Result<Vec<HolderEvent>, Refusal> {
    pair.decide(asking)
}

/// A joining that forgets that one person has one card.
fn generous(pair: &Pair, asking: Asking<'_>) -> Result<Vec<HolderEvent>, Refusal> {
    let mut events = pair.decide(asking)?;
    for event in &mut events {
        if let HolderEvent::Joined { cleaned, .. } = event {
            cleaned.clear();
        }
    }
    Ok(events)
}

/// An undoing that gives back cards without the cases against them.
fn forgiving(pair: &Pair, asking: Asking<'_>) -> Result<Vec<HolderEvent>, Refusal> {
    let mut events = pair.decide(asking)?;
    for event in &mut events {
        if let HolderEvent::Separated { belongings, .. } = event {
            for card in &mut belongings.cards {
                card.holds.retain(|h| !matches!(h, Hold::Restriction { .. }));
            }
        }
    }
    Ok(events)
}

/// An undoing that leaves the cases of the one on the cards of the other.
fn clinging(pair: &Pair, asking: Asking<'_>) -> Result<Vec<HolderEvent>, Refusal> {
    let mut events = pair.decide(asking)?;
    if events.iter().any(|e| matches!(e, HolderEvent::Separated { .. })) {
        events.retain(|e| !matches!(e, HolderEvent::RestrictionDecided { card: OLD, .. }));
    }
    Ok(events)
}

/// An undoing that leaves with the first file what registers said of the other's number.
fn forgetful(pair: &Pair, asking: Asking<'_>) -> Result<Vec<HolderEvent>, Refusal> {
    let mut events = pair.decide(asking)?;
    for event in &mut events {
        if let HolderEvent::Separated { belongings, .. } = event {
            belongings.death.clear();
        }
    }
    Ok(events)
}

/// A restoration that does not ask whose number it is about.
fn sweeping(pair: &Pair, asking: Asking<'_>) -> Result<Vec<HolderEvent>, Refusal> {
    let mut events = pair.decide(asking)?;
    for event in &mut events {
        if let HolderEvent::LifeRestored { number, .. } = event {
            *number = None;
        }
    }
    Ok(events)
}

/// An undoing that leaves the archive where it came to.
fn untidy(pair: &Pair, asking: Asking<'_>) -> Result<Vec<HolderEvent>, Refusal> {
    let mut events = pair.decide(asking)?;
    for event in &mut events {
        if let HolderEvent::Separated { belongings, .. } = event {
            belongings.archive.clear();
        }
    }
    Ok(events)
}

/// Both files, and what is known here apart from the rules.
#[derive(Clone)]
struct Pair {
    first: HolderFile,
    other: HolderFile,
    /// Both as they were when they were joined, while nothing else has happened since.
    untouched: Option<Box<(HolderFile, HolderFile)>>,
}

/// The office, the time and the banks of every pair.
fn scene() -> &'static person::Scene {
    use std::sync::OnceLock;
    static ONE: OnceLock<person::Scene> = OnceLock::new();
    ONE.get_or_init(person::Scene::with_card)
}

impl Pair {
    fn new() -> Self {
        let two = Two::new();
        Self { first: two.scene.file, other: two.other, untouched: None }
    }

    fn file(&self, id: HolderId) -> &HolderFile {
        if id == FIRST { &self.first } else { &self.other }
    }

    fn decide(&self, asking: Asking<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        let file = self.file(asking.of);
        // What a loss is to the account its bank has done already when it tells it.
        let bank = |card| file.card(card).map(|c| Actor::Bank(c.bank.clone()));
        let told = match asking.command {
            C::ReportTemporaryLoss(ReportTemporary { card, .. })
            | C::ReportFormalLoss(ReportFormal { card, .. })
            | C::ReleaseLoss(Release { card, .. }) => bank(*card),
            _ => asking.officer.map(|id| Actor::Officer(OfficerId(id))),
        };
        self.as_actor(told.unwrap_or(Actor::System), file, asking.command)
    }

    fn as_actor(&self, actor: Actor, file: &HolderFile, command: &C) -> Result<Vec<HolderEvent>, Refusal> {
        let (batches, stock) = (HashMap::new(), Stock::default());
        let around = Around {
            institutions: &scene().office,
            batches: &batches,
            stock: &stock,
            found: Found::NOBODY,
            other: Some(if file.id == FIRST { &self.other } else { &self.first }),
        };
        decide(file, command, &Ctx { actor, ..scene().ctx() }, around)
    }

    /// What it is after events of one file; the banks have answered.
    fn after(&self, asking: Asking<'_>, events: &[HolderEvent]) -> Self {
        let mut after = self.clone();
        let now = scene().now;
        for event in events {
            let (file, far) = match asking.of {
                FIRST => (&mut after.first, &mut after.other),
                _ => (&mut after.other, &mut after.first),
            };
            file.apply(event, now);
            if let Some(there) = event.elsewhere(file.id) {
                far.apply(&there.event, now);
            }
        }
        for file in [&mut after.first, &mut after.other] {
            let open = |c: &Card| c.intents.iter().filter(|i| !i.is_over()).map(|i| (c.id, i.seq)).collect();
            let wanted: Vec<_> = file.cards.iter().flat_map(|c| -> Vec<(CardId, u32)> { open(c) }).collect();
            for (card, seq) in wanted {
                let done = C::AnswerIntent(AnswerIntent { card, seq, answer: BankAnswer::Done });
                for event in self.as_actor(Actor::System, file, &done).unwrap() {
                    file.apply(&event, now);
                }
            }
        }
        let was = self.join_state();
        match (was, after.join_state()) {
            (Some(JoinState::Proposed), Some(JoinState::Joined { .. })) => {
                after.untouched = Some(Box::new((bare(&self.first), bare(&self.other))));
            }
            _ if matches!(asking.command, C::UndoJoin(_) | C::DecideJoin(_)) => {}
            _ => after.untouched = None,
        }
        after
    }

    fn join_state(&self) -> Option<&JoinState> {
        self.first.join_with(OTHER).map(|j| &j.state)
    }

    fn are_one(&self) -> bool {
        matches!(self.join_state(), Some(JoinState::Joined { .. } | JoinState::UndoProposed { .. }))
    }

    fn cards(&self) -> impl Iterator<Item = &Card> {
        self.first.cards.iter().chain(&self.other.cards)
    }

    fn card(&self, id: CardId) -> &Card {
        self.cards().find(|c| c.id == id).unwrap()
    }

    /// The cases in force against a card.
    fn cases(card: &Card) -> BTreeSet<CaseId> {
        card.restrictions.iter().filter(|r| r.state == CaseState::InForce).map(|r| r.case).collect()
    }

    /// Everything that matters for what can happen next.
    fn key(&self) -> String {
        let mut out = String::new();
        let state = match self.join_state() {
            None => "-",
            Some(JoinState::Proposed) => "p",
            Some(JoinState::Refused { .. }) => "r",
            Some(JoinState::Joined { .. }) => "j",
            Some(JoinState::UndoProposed { .. }) => "u",
            Some(JoinState::Undone { .. }) => "a",
        };
        let keep = self.first.join_with(OTHER).and_then(|j| j.keep);
        let _ = write!(out, "{state}{keep:?}{}", self.untouched.is_some());
        for file in [&self.first, &self.other] {
            let marks = file.person.as_ref().unwrap().death.iter();
            let said: BTreeSet<_> = marks
                .map(|m| (m.source.name(), m.number.as_ref().map(SocialSecurityNumber::as_str)))
                .collect();
            let _ = write!(out, "/{said:?}");
            for c in &file.cards {
                let cases: Vec<_> =
                    c.restrictions.iter().map(|r| (r.case.0, r.state == CaseState::InForce)).collect();
                let _ = write!(out, "|{}{}{:?}{cases:?}", c.id, c.is_cancelled(), c.holds);
            }
        }
        out
    }
}

/// 注销 of a card, with a proof of its own.
fn cancelled(card: CardId) -> C {
    let mut cancel = person::cancel(card, CancelReason::MovedOut);
    for copy in &mut cancel.proofs {
        copy.id = MaterialId(900 + card.0);
    }
    C::Cancel(cancel)
}

/// What happens to cards beside the joining.
#[derive(Clone, Copy, PartialEq)]
enum Beside {
    /// Losses, and deaths that registers tell of.
    Fates,
    /// A case against each.
    Cases,
}

/// Everything that anybody might ask of either file now, sensible or not: of a file, by an officer or the system.
fn asked(pair: &Pair, beside: Beside) -> Vec<(HolderId, Option<i64>, C)> {
    let mut out = Vec::new();
    for officer in [CITY, PROVINCE].map(Some) {
        for keep in [None, Some(OLD), Some(SECOND)] {
            let reason = "本人陈述".into();
            out.push((FIRST, officer, C::ProposeJoin(ProposeJoin { other: OTHER, reason, keep })));
        }
        for approved in [true, false] {
            let reason = if approved { String::new() } else { "不是同一人".into() };
            out.push((FIRST, officer, C::DecideJoin(DecideJoin { other: OTHER, approved, reason })));
        }
        out.push((FIRST, officer, C::UndoJoin(UndoJoin { other: OTHER, reason: "系两兄弟".into() })));
    }
    if beside == Beside::Fates {
        asked_of_fates(pair, &mut out);
    }
    for (card, case) in [(OLD, CaseId(1)), (SECOND, CaseId(2))] {
        let of = home(pair, card);
        out.push((of, None, cancelled(card)));
        if beside == Beside::Fates {
            continue;
        }
        let lift = Lift { card, case, reason: "已更正".into() };
        out.push((of, None, C::LiftRestriction(lift)));
        out.push((
            of,
            Some(PROVINCE),
            C::DecideRestriction(Decide { card, case, approved: true, why: String::new() }),
        ));
        if pair.card(card).restrictions.iter().all(|r| r.case != case) {
            let propose = crate::stated::restriction(card, case, "《社会保险法》第八十八条");
            out.push((of, None, C::ProposeRestriction(propose)));
        }
    }
    out
}

/// The file that has the card now.
fn home(pair: &Pair, card: CardId) -> HolderId {
    if pair.first.card(card).is_some() { FIRST } else { OTHER }
}

fn asked_of_fates(pair: &Pair, out: &mut Vec<(HolderId, Option<i64>, C)>) {
    use Register::{PublicSecurity, SocialSecurity};
    // One register of each number, and another of one.
    for (of, source) in [(FIRST, PublicSecurity), (OTHER, SocialSecurity), (OTHER, PublicSecurity)] {
        let number = Some(pair.file(of).person.as_ref().unwrap().details.ssn.clone());
        let of = if pair.are_one() { FIRST } else { of };
        out.push((of, None, C::MarkDeath(MarkDeath { source, number, evidence: None })));
    }
    for of in [FIRST, OTHER] {
        let number = Some(pair.file(of).person.as_ref().unwrap().details.ssn.clone());
        let of = if pair.are_one() { FIRST } else { of };
        out.push((of, None, C::RestoreLife(RestoreLife { number, ..RestoreLife::by("本人到场") })));
    }
    for card in [OLD, SECOND] {
        let of = home(pair, card);
        out.push((
            of,
            None,
            C::ReportTemporaryLoss(ReportTemporary { card, identity: None, verified: true, deputy: None }),
        ));
        out.push((of, None, C::ReleaseLoss(Release { card, verified: true, deputy: None })));
    }
}

/// What must not be in any state.
fn wrong_state(pair: &Pair) -> Option<&'static str> {
    let working = |file: &HolderFile| file.cards.iter().filter(|c| c.in_force()).count();
    if working(&pair.first) > 1 || working(&pair.other) > 1 {
        return Some("two cards of one person are in force");
    }
    let mut cards: Vec<i64> = pair.cards().map(|c| c.id.0).collect();
    cards.sort_unstable();
    let mut forms: Vec<i64> =
        pair.first.applications.iter().chain(&pair.other.applications).map(|a| a.id.0).collect();
    forms.sort_unstable();
    if cards != [OLD.0, SECOND.0] || forms != [1, 11] {
        return Some("a card or an application answers nowhere, or twice");
    }
    for file in [&pair.first, &pair.other] {
        let stopped = |c: &Card| c.holds.contains(&Hold::DeathConfirmed);
        if file.cards.iter().any(|c| !c.is_cancelled() && stopped(c) != file.death_confirmed()) {
            return Some("a card is not held as registers say of its holder");
        }
        let person = file.person.as_ref().unwrap();
        let known = |n| person.all_numbers().any(|own| own == n);
        if person.death.iter().filter_map(|m| m.number.as_ref()).any(|n| !known(n)) {
            return Some("somebody is called dead by the number of somebody else");
        }
    }
    if !pair.are_one() {
        return None;
    }
    if !pair.other.cards.is_empty() || pair.other.joined_into() != Some(FIRST) {
        return Some("an emptied file answers for itself");
    }
    if working(&pair.first) > 0 && pair.cards().any(|c| !c.is_cancelled() && !Pair::cases(c).is_empty()) {
        return Some("a card works although a case is in force against the person");
    }
    None
}

/// What must not happen in any step.
fn wrong_step(before: &Pair, asking: Asking<'_>, after: &Pair) -> Option<&'static str> {
    let kept = |c: &Card| -> BTreeSet<Hold> {
        let moves =
            |h: &&Hold| !matches!(h, Hold::OneCardCleanUp | Hold::SuspectedDeath | Hold::DeathConfirmed);
        c.holds.iter().filter(moves).copied().collect()
    };
    let parted = before.are_one() && !after.are_one();
    // Whose a case is: that of whoever has the card that it was brought against.
    let elsewhere = |c: &Card, hold: &Hold| {
        let Hold::Restriction { case } = hold else { return false };
        home(after, if *case == CaseId(1) { OLD } else { SECOND }) != home(after, c.id)
    };
    for c in before.cards() {
        let then = after.card(c.id);
        if c.is_cancelled() && !then.is_cancelled() {
            return Some("cancelled is not final");
        }
        if parted && then.holds.iter().any(|hold| elsewhere(then, hold)) {
            return Some("a case holds somebody else's card");
        }
        let mut keeps = kept(c);
        keeps.retain(|hold| !(parted && elsewhere(then, hold)));
        if matches!(asking.command, C::DecideJoin(_)) && keeps != kept(then) {
            return Some("joining or taking apart lifts a loss or a case");
        }
    }
    if let C::RestoreLife(RestoreLife { number: Some(number), .. }) = asking.command {
        let of_others = |pair: &Pair| {
            let marks = pair.first.person.iter().chain(&pair.other.person).flat_map(|p| p.death.clone());
            marks.filter(|m| m.number.as_ref().is_some_and(|n| n != number)).collect::<Vec<_>>()
        };
        if of_others(before) != of_others(after) {
            return Some("a restoration wipes the death of another number");
        }
    }
    let C::DecideJoin(d) = asking.command else { return None };
    let own = match before.join_state() {
        Some(JoinState::Proposed) => before.first.join_with(OTHER).map(|j| j.proposed_by.clone()),
        Some(JoinState::UndoProposed { by, .. }) => Some(by.clone()),
        _ => None,
    };
    if own == asking.officer.map(|id| Actor::Officer(OfficerId(id)).text()) {
        return Some("one officer proposed and decided");
    }
    let marks = |file: &HolderFile| -> Vec<Register> {
        file.person.as_ref().unwrap().death.iter().map(|m| m.source).collect()
    };
    if d.approved && !before.are_one() && after.are_one() {
        let all: HashSet<Register> = marks(&before.first).into_iter().chain(marks(&before.other)).collect();
        if all != marks(&after.first).into_iter().collect() {
            return Some("what a register said of a death was lost in the joining");
        }
    }
    if parted {
        let all = |pair: &Pair| {
            let marks = |f: &HolderFile| f.person.as_ref().unwrap().death.clone();
            let mut all = [marks(&pair.first), marks(&pair.other)].concat();
            all.sort_by_key(|m| (m.source.name(), m.number.clone()));
            all
        };
        if all(before) != all(after) {
            return Some("what a register said of a death was lost in the undoing");
        }
        let as_it_was =
            |was: &(HolderFile, HolderFile)| bare(&after.first) == was.0 && bare(&after.other) == was.1;
        if before.untouched.as_deref().is_some_and(|was| !as_it_was(was)) {
            return Some("taken apart, and not as it was");
        }
    }
    None
}

/// Explores everything. The number of states and steps, or the first thing that is wrong.
fn explore(rules: Rules, beside: Beside) -> Result<(usize, usize), String> {
    let start = Pair::new();
    let mut seen = HashSet::from([start.key()]);
    let mut queue = VecDeque::from([start]);
    let mut steps = 0;
    while let Some(pair) = queue.pop_front() {
        if let Some(wrong) = wrong_state(&pair) {
            return Err(wrong.into());
        }
        for (of, officer, command) in asked(&pair, beside) {
            let asking = Asking { of, officer, command: &command };
            let Ok(events) = rules(&pair, asking) else { continue };
            let after = pair.after(asking, &events);
            steps += 1;
            if let Some(wrong) = wrong_step(&pair, asking, &after) {
                return Err(wrong.into());
            }
            if seen.insert(after.key()) {
                queue.push_back(after);
            }
        }
        if seen.len() > 100_000 {
            return Err("too many states".into());
        }
    }
    Ok((seen.len(), steps))
}

#[test]
fn art_5_5_every_state_of_two_files_of_one_human_is_sound() {
    clause!(R3.2);
    clause!(R5.5);
    clause!(R37.1);
    for beside in [Beside::Fates, Beside::Cases] {
        let began = std::time::Instant::now();
        let (states, steps) = explore(rules, beside).unwrap_or_else(|wrong| panic!("{wrong}"));
        println!("{states} states, {steps} steps, {:.1} s", began.elapsed().as_secs_f64());
        assert!(states > 500, "{states} states are not everything");
    }
}

#[test]
fn planted_bugs_of_two_files_are_found() {
    let found = |rules| explore(rules, Beside::Cases).unwrap_err();
    assert_eq!(found(generous), "two cards of one person are in force");
    assert_eq!(found(forgiving), "joining or taking apart lifts a loss or a case");
    assert_eq!(found(untidy), "taken apart, and not as it was");
    assert_eq!(found(clinging), "a case holds somebody else's card");
    let found = explore(forgetful, Beside::Fates).unwrap_err();
    assert_eq!(found, "what a register said of a death was lost in the undoing");
    let found = explore(sweeping, Beside::Fates).unwrap_err();
    assert_eq!(found, "a restoration wipes the death of another number");
}
