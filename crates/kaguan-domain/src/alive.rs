//! 生存状态 (Articles 8 and 33): a register's mark that somebody is dead is a soft hold, seen by everybody and stopping
//! nothing. Two registers must agree before the card stops; one command restores it. Nobody's card is cancelled on one
//! mark.

use crate::clause;
use crate::ctx::Ctx;
use crate::facts::application::Register;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::refusal::{Reason, Refusal};
use crate::rule::Around;
use serde::{Deserialize, Serialize};

/// A register says that the person is dead.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MarkDeath {
    /// Which.
    pub source: Register,
}

/// 恢复: the person is alive; marks and holds go at once.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RestoreLife {
    /// What proves it.
    pub evidence: String,
}

/// Decides a mark; the same register twice is one source.
pub fn mark(
    file: &HolderFile,
    command: &MarkDeath,
    _ctx: &Ctx,
    _around: Around<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    clause!(R33.1);
    let person = file.person.as_ref().ok_or(Reason::NotFound)?;
    if person.death.iter().any(|m| m.source == command.source) {
        return Err(Reason::NothingToDo.into());
    }
    Ok(vec![HolderEvent::DeathMarked { source: command.source }])
}

/// Decides 恢复.
pub fn restore(
    file: &HolderFile,
    command: &RestoreLife,
    _ctx: &Ctx,
    _around: Around<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    let person = file.person.as_ref().ok_or(Reason::NotFound)?;
    if person.death.is_empty() {
        return Err(Reason::NothingToDo.into());
    }
    if command.evidence.trim().is_empty() {
        return Err(Refusal::about(Reason::MaterialDefective, "须登记证明生存状态的材料"));
    }
    Ok(vec![HolderEvent::LifeRestored {}])
}
