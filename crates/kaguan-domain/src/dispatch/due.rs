//! 值守: what the system does by itself now, as commands like any other.

use crate::application::ask_again;
use crate::ctx::Instant;
use crate::dispatch::HolderCommand;
use crate::duty::{Notify, WatchClocks, clocks, notices};
use crate::facts::application::Application;
use crate::facts::bank_change::BankChangeState;
use crate::facts::holder::HolderFile;
use crate::facts::intent::IntentState;
use crate::ids::ApplicationId;
use crate::link::{AnswerIntent, BankAnswer};
use crate::replacement::bank_change::{CallOff, LAPSES_AFTER_DAYS};

/// The applications whose registers are to be asked again now: whoever asks gives the answers as 再次核验.
pub fn silent(file: &HolderFile, now: Instant) -> Vec<ApplicationId> {
    let due = |a: &&Application| ask_again(a).is_some_and(|at| at <= now);
    file.applications.iter().filter(due).map(|a| a.id).collect()
}

/// What must be done now.
pub fn due(file: &HolderFile, now: Instant) -> Vec<HolderCommand> {
    let today = now.date();
    let mut out = Vec::new();
    for card in &file.cards {
        for (kind, day) in notices(file, card) {
            if day <= today {
                out.push(HolderCommand::Notify(Notify { card: card.id, kind }));
            }
        }
        for i in card.intents.iter().filter(|i| i.state == IntentState::Wanted && i.due <= now) {
            // Nobody answered for a day: in doubt, for staff to see and to ask again.
            let answer = AnswerIntent { card: card.id, seq: i.seq, answer: BankAnswer::Unknown };
            out.push(HolderCommand::AnswerIntent(answer));
        }
    }
    if clocks(file).any(|c| c.warning(today).is_some()) {
        out.push(HolderCommand::WatchClocks(WatchClocks {}));
    }
    let lapsed = file.bank_change().is_some_and(|b| {
        !matches!(b.state, BankChangeState::CarriedOut { .. })
            && now.0 - b.reserved_at.0 >= LAPSES_AFTER_DAYS * 86_400_000_000
    });
    if lapsed {
        out.push(HolderCommand::CallOffBankChange(CallOff { lapsed: true }));
    }
    out
}
