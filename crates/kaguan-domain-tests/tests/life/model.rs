//! Every state that one person's cards can reach, explored completely: facets, holds, applications, a change of the
//! bank, a case, marks of death, and the bank's answers in any order. What must never be is looked for in each state
//! and in each step. A planted bug is found.

use crate::person::{self, HR, NEW_BANK, Scene, checks, shown};
use crate::stated;
use kaguan_domain::alive::{MarkDeath, RestoreLife};
use kaguan_domain::application::Decline;
use kaguan_domain::cancellation::{Cancel, RecordAccountClosed};
use kaguan_domain::clause;
use kaguan_domain::collection::HandOver;
use kaguan_domain::dispatch::{HolderCommand as C, decide};
use kaguan_domain::facts::application::{AgentGround, ExchangeReason, Ground, Purpose, Register, Stage};
use kaguan_domain::facts::blank_order::Stock;
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::card::{Account, Card, Hold, Social};
use kaguan_domain::facts::custody::Custody;
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::intent::{IntentKind, IntentState};
use kaguan_domain::fee::Pay;
use kaguan_domain::ids::{ApplicationId, BankCode, CardId, CaseId};
use kaguan_domain::link::{AnswerIntent, BankAnswer, ResolveIntent};
use kaguan_domain::loss::{Release, ReportFormal, ReportTemporary};
use kaguan_domain::recall::Destroy;
use kaguan_domain::refusal::Refusal;
use kaguan_domain::replacement::bank_change::{Approve, CallOff, Reserve};
use kaguan_domain::replacement::{Replace, Withdraw};
use kaguan_domain::restriction::{Decide, Lift};
use kaguan_domain::rule::{Around, Found};
use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt::Write;

/// Cards that one person gets in the model: the first and one successor.
const CARDS: usize = 2;
/// Intents of one card that may be open at once; a step that would open more is not taken.
const OPEN_INTENTS: usize = 1;

/// What a step is decided with: the rules, or rules with a bug planted in them.
type Rules = fn(&Scene, &HolderFile, &C) -> Result<Vec<HolderEvent>, Refusal>;

fn rules(scene: &Scene, file: &HolderFile, command: &C) -> Result<Vec<HolderEvent>, Refusal> {
    let batches = HashMap::new();
    decide(
        file,
        command,
        &scene.ctx(),
        Around {
            institutions: &scene.office,
            batches: &batches,
            stock: &Stock::default(),
            found: Found::NOBODY,
            other: None,
        },
    )
}

/// A release that has forgotten to look for a replacement.
fn forgetful(scene: &Scene, file: &HolderFile, command: &C) -> Result<Vec<HolderEvent>, Refusal> {
    if matches!(command, C::ReleaseLoss(_)) {
        let mut alone = file.clone();
        alone.applications.retain(|a| a.purpose == Purpose::First);
        alone.cards.truncate(1);
        return rules(scene, &alone, command);
    }
    rules(scene, file, command)
}

/// A hand-over that leaves the old card as it is.
fn generous(scene: &Scene, file: &HolderFile, command: &C) -> Result<Vec<HolderEvent>, Refusal> {
    let mut events = rules(scene, file, command)?;
    events.retain(|e| !matches!(e, HolderEvent::CardReplaced { .. }));
    Ok(events)
}

/// Everything of a file that matters for what can happen next; times and numbers do not.
fn key(file: &HolderFile) -> String {
    let mut out = String::new();
    for a in &file.applications {
        let stage = a.stage.code();
        let _ = write!(
            out,
            "{stage}{:?}{}{:?};",
            a.purpose,
            a.fee.is_settled(),
            matches!(a.fee, kaguan_domain::facts::fee::Fee::Paid { .. })
        );
    }
    for c in &file.cards {
        let social = match c.social {
            Social::NotEnabled => 'n',
            Social::Enabled { .. } => 'e',
            Social::Cancelled { .. } => 'c',
        };
        let account = match c.account {
            Account::PreOpened => 'p',
            Account::Active { .. } => 'a',
            Account::Closed { .. } => 'c',
        };
        let custody = match &c.custody {
            Custody::AtOutlet { .. } => "outlet",
            Custody::WithHolder { .. } => "holder",
            Custody::Recalled { .. } => "recalled",
            Custody::Destroyed { .. } => "destroyed",
            _ => "elsewhere",
        };
        let _ = write!(out, "|{social}{account}{custody}{:?}{:?}", c.holds, c.replaced_by.is_some());
        for r in &c.restrictions {
            let _ = write!(out, "{:?}", r.state);
        }
        for i in c.intents.iter().filter(|i| !i.is_over() || i.kind == IntentKind::Close) {
            let state = match i.state {
                IntentState::Wanted => 'w',
                IntentState::Refused { .. } => 'r',
                IntentState::InDoubt { .. } => 'd',
                _ => 'o',
            };
            let _ = write!(out, "{:?}{state}", i.kind);
        }
    }
    let person = file.person.as_ref().unwrap();
    let change = person.bank_change.as_ref().map(|b| match b.state {
        kaguan_domain::facts::bank_change::BankChangeState::Reserved => 'r',
        kaguan_domain::facts::bank_change::BankChangeState::Approved { .. } => 'a',
        kaguan_domain::facts::bank_change::BankChangeState::CarriedOut { .. } => 'c',
    });
    let sources: Vec<_> = person.death.iter().map(|m| m.source).collect();
    let _ = write!(out, "#{change:?}{sources:?}");
    out
}

/// Every command that anybody might give now, sensible or not.
fn commands(file: &HolderFile) -> Vec<C> {
    let mut out = vec![
        C::MarkDeath(MarkDeath { source: Register::PublicSecurity, number: None, evidence: None }),
        C::MarkDeath(MarkDeath { source: Register::SocialSecurity, number: None, evidence: None }),
        C::RestoreLife(RestoreLife::by("本人到场")),
        C::ApproveBankChange(Approve { refused: None }),
        C::ApproveBankChange(Approve { refused: Some("有贷款".into()) }),
        C::CallOffBankChange(CallOff { lapsed: false }),
    ];
    let next = ApplicationId(file.applications.len() as i64 + 1);
    for card in &file.cards {
        let in_hand = matches!(card.custody, Custody::WithHolder { .. });
        let card = card.id;
        let cancel = |reason, agent| {
            let cancel = Cancel { agent, ..person::cancel(card, reason) };
            let back = cancel.given_back_at.filter(|_| in_hand);
            C::Cancel(Cancel { given_back_at: back, chip: cancel.chip.filter(|_| in_hand), ..cancel })
        };
        let closed = RecordAccountClosed { card, settled: true, given_back_at: None };
        out.extend([
            C::ReportTemporaryLoss(ReportTemporary { card, identity: None, verified: true, deputy: None }),
            C::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None }),
            C::ReleaseLoss(Release { card, verified: true, deputy: None }),
            C::HandOver(stated::handed_to_holder(card, HR, shown())),
            C::HandOver(HandOver { old_card_back: true, ..stated::handed_to_holder(card, HR, shown()) }),
            C::RecordAccountClosed(closed),
            C::ReserveBankChange(Reserve { card, to: BankCode("95533".into()) }),
            C::DecideRestriction(Decide { card, case: CaseId(1), approved: true, why: String::new() }),
            C::LiftRestriction(Lift { card, case: CaseId(1), reason: "已更正".into() }),
            C::Destroy(Destroy { card }),
            cancel(CancelReason::MovedOut, None),
            cancel(CancelReason::Dead, Some(person::relative(AgentGround::LongAbsent))),
        ]);
        if file.card(card).is_some_and(|c| c.restrictions.is_empty()) {
            let ground = "《社会保险法》第八十八条";
            out.push(C::ProposeRestriction(stated::restriction(card, CaseId(1), ground)));
        }
        if file.applications.len() < CARDS {
            for purpose in [
                Purpose::Reissue { old: card },
                Purpose::Exchange { old: card, reason: ExchangeReason::Other { why: "x".into() } },
            ] {
                out.push(C::Replace(Box::new(replace(next, purpose))));
            }
            let change = Replace {
                outlet: NEW_BANK,
                collect_at: NEW_BANK,
                ..replace(next, Purpose::BankChange { old: card })
            };
            out.push(C::CarryOutBankChange(Box::new(stated::carried_out_by_holder(change, shown()))));
        }
        for i in file.card(card).into_iter().flat_map(|c| &c.intents) {
            let seq = i.seq;
            for answer in [BankAnswer::Done, BankAnswer::Refused("冻结".into()), BankAnswer::Unknown] {
                out.push(C::AnswerIntent(AnswerIntent { card, seq, answer }));
            }
            let settled = Some("核对办结".to_owned());
            for (settled, closed) in [(None, None), (settled.clone(), Some(true)), (settled, Some(false))] {
                out.push(C::ResolveIntent(ResolveIntent { card, seq, settled, closed }));
            }
        }
    }
    for a in file.applications.iter().skip(1) {
        let application = a.id;
        let ground = Ground { reason: "x".into(), article: "第8条".into(), remedy: "x".into() };
        out.extend([
            C::PayFee(Pay::of_one_card(
                application,
                application.0.unsigned_abs(),
                kaguan_domain::ctx::Instant::at_start_of(a.received_on),
            )),
            C::Withdraw(Withdraw { application }),
            C::Decline(Decline { application, ground }),
        ]);
    }
    out
}

fn replace(id: ApplicationId, purpose: Purpose) -> Replace {
    Replace {
        id,
        purpose,
        form_no: format!("4401000000{id}"),
        changes: Box::new(kaguan_domain::facts::form::FormDraft::collected()),
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

/// What must not be in any state.
fn wrong_state(scene: &Scene, file: &HolderFile, rules: Rules) -> Option<String> {
    let working = file.cards.iter().filter(|c| c.in_force()).count();
    if working > 1 {
        return Some("two cards in force".into());
    }
    let enabled = |c: &&Card| matches!(c.social, Social::Enabled { .. }) && c.stands();
    if file.cards.iter().filter(enabled).count() > 1 {
        return Some("two enabled cards".into());
    }
    for card in &file.cards {
        if card.loss().is_some() {
            let told = [IntentKind::LoseTemporarily, IntentKind::LoseFormally];
            if card.in_force() || !card.intents.iter().any(|i| told.contains(&i.kind)) {
                return Some("lost, and one half still works".into());
            }
            let release = C::ReleaseLoss(Release { card: card.id, verified: true, deputy: None });
            if file.replacement_of(card.id).is_some() && rules(scene, file, &release).is_ok() {
                return Some("a replacement is filed and the loss can be released".into());
            }
        }
        if card.is_cancelled() && !card.account_is_closed() {
            let closing = card.intents.iter().any(|i| i.kind == IntentKind::Close);
            if !closing && !file.left_for_another_bank(card) {
                return Some("cancelled, and nobody closes the account".into());
            }
        }
        let waiting =
            |c: &&Card| matches!(c.custody, Custody::AtOutlet { .. }) && c.social != Social::NotEnabled;
        if waiting(&card) && !card.is_cancelled() {
            return Some("enabled before it was handed over".into());
        }
    }
    if file.bank_change().is_none()
        && file.cards.iter().any(|c| c.holds.contains(&Hold::BankChange) && !c.is_cancelled())
    {
        return Some("locked for a change of the bank that is over".into());
    }
    None
}

/// What must not happen in any step.
fn wrong_step(before: &HolderFile, command: &C, after: &HolderFile) -> Option<String> {
    for (b, a) in before.cards.iter().zip(&after.cards) {
        if b.is_cancelled() && !a.is_cancelled() {
            return Some("cancelled is not final".into());
        }
        for hold in b.holds.difference(&a.holds) {
            let may = match (command, hold) {
                (C::ReleaseLoss(_), Hold::TemporaryLoss | Hold::FormalLoss)
                | (C::ReportFormalLoss(_), Hold::TemporaryLoss)
                | (C::RestoreLife(_), Hold::SuspectedDeath | Hold::DeathConfirmed)
                | (
                    C::Withdraw(_) | C::Decline(_) | C::CallOffBankChange(_) | C::Cancel(_),
                    Hold::BankChange,
                ) => true,
                (C::LiftRestriction(l), Hold::Restriction { case }) => l.case == *case,
                // After a change of the bank a formal loss takes the place of a temporary one.
                (C::HandOver(_), Hold::TemporaryLoss) => a.holds.contains(&Hold::FormalLoss),
                _ => false,
            };
            if !may {
                return Some(format!("{command:?} lifts {hold:?}"));
            }
        }
        if b.account_is_closed() && !a.account_is_closed() {
            return Some("closed is not final".into());
        }
    }
    let works = |f: &HolderFile| f.cards.iter().any(Card::in_force);
    let meant = matches!(
        command,
        C::ReportTemporaryLoss(_)
            | C::ReportFormalLoss(_)
            | C::DecideRestriction(_)
            | C::CarryOutBankChange(_)
            | C::MarkDeath(_)
            | C::StateDeath(_)
            | C::Cancel(_)
    );
    if works(before) && !works(after) && !meant {
        return Some(format!("{command:?} leaves nobody with a card by accident"));
    }
    None
}

/// States that are looked at where there is little time: the nearest to the beginning. With `KAGUAN_LONG=1` all half a million.
const NEAREST: usize = 60_000;

/// Explores everything, or what is nearest. The number of states and steps, or the first thing that is wrong.
fn explore(rules: Rules) -> Result<(usize, usize), String> {
    let most = if std::env::var_os("KAGUAN_LONG").is_some() { usize::MAX } else { NEAREST };
    let scene = Scene::with_card();
    // The one who approves is not the one who proposed.
    let mut approver = Scene::with_card();
    approver.as_officer(6);
    let mut seen = HashSet::from([key(&scene.file)]);
    let mut queue = VecDeque::from([scene.file.clone()]);
    let (mut steps, mut stuck) = (0, Vec::new());
    while let Some(file) = queue.pop_front() {
        if let Some(wrong) = wrong_state(&scene, &file, rules) {
            return Err(wrong);
        }
        let mut nexts = Vec::new();
        for command in commands(&file) {
            let speaker = if matches!(command, C::DecideRestriction(_)) { &approver } else { &scene };
            let Ok(events) = rules(speaker, &file, &command) else { continue };
            let mut after = file.clone();
            for event in &events {
                after.apply(event, scene.now);
            }
            if let Some(wrong) = wrong_step(&file, &command, &after) {
                return Err(wrong);
            }
            nexts.push(after);
        }
        // The bank and the vendor make the card of an application that is paid.
        if let Some(a) = file.applications.iter().find(|a| {
            matches!(a.stage, Stage::Accepted { .. }) && a.fee.is_settled() && file.cards.len() < CARDS
        }) {
            let mut after = file.clone();
            let card = person::card(CardId(2), a.id, a.bank.as_str(), person::TODAY);
            let (application, card) = (a.id, file.as_held(card));
            after.apply(&HolderEvent::CardMade { application, card: Box::new(card) }, scene.now);
            nexts.push(after);
        }
        let before = key(&file);
        let mut moved = false;
        for after in nexts {
            steps += 1;
            let open = |c: &Card| c.intents.iter().filter(|i| !i.is_over()).count();
            let k = key(&after);
            moved |= k != before;
            let near = seen.len() < most && after.cards.iter().all(|c| open(c) <= OPEN_INTENTS);
            if near && seen.insert(k) {
                queue.push_back(after);
            }
        }
        if !moved {
            stuck.push(file);
        }
    }
    let over = |c: &Card| c.is_cancelled() && c.account_is_closed();
    match stuck.iter().find(|f| !f.cards.iter().all(over)) {
        Some(file) => Err(format!("no way out of {}", key(file))),
        None => Ok((seen.len(), steps)),
    }
}

#[test]
fn every_state_that_a_persons_cards_can_reach_is_sound() {
    clause!(R3.2);
    let began = std::time::Instant::now();
    let (states, steps) = explore(rules).unwrap_or_else(|wrong| panic!("{wrong}"));
    println!("{states} states, {steps} steps, {:.1} s", began.elapsed().as_secs_f64());
    assert!(states > 1_000, "{states} states are not everything");
}

#[test]
fn a_planted_bug_is_found() {
    assert_eq!(explore(forgetful).unwrap_err(), "a replacement is filed and the loss can be released");
    let wrong = explore(generous).unwrap_err();
    assert!(wrong.contains("two"), "{wrong}");
}
