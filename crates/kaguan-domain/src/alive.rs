//! 生存状态 (Articles 8 and 33): a register's mark that somebody is dead is a soft hold, seen by everybody and stopping
//! nothing. Two registers must agree before the card stops; one command restores it. Nobody's card is cancelled on one
//! mark.

use crate::clause;
use crate::facts::application::Register;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule};
use serde::{Deserialize, Serialize};

/// A register says that the person is dead.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MarkDeath {
    pub source: Register,
}

/// 恢复: the person is alive; marks and holds go at once.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RestoreLife {
    /// What proves it.
    pub evidence: String,
}

impl Rule for MarkDeath {
    fn verb(&self) -> Verb {
        Verb::MarkDeath
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        // Served wherever the person comes (R18.1).
        Place::Anywhere
    }

    /// Decides a mark; the same register twice is one source.
    fn decide(&self, Asked { file, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R33.1);
        let person = file.person.as_ref().ok_or(Reason::NotFound)?;
        if person.death.iter().any(|m| m.source == self.source) {
            return Err(Reason::NothingToDo.into());
        }
        Ok(vec![HolderEvent::DeathMarked { source: self.source }])
    }
}

impl Rule for RestoreLife {
    fn verb(&self) -> Verb {
        Verb::RestoreLife
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        // Served wherever the person comes (R18.1).
        Place::Anywhere
    }

    /// Decides 恢复.
    fn decide(&self, Asked { file, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        let person = file.person.as_ref().ok_or(Reason::NotFound)?;
        if person.death.is_empty() {
            return Err(Reason::NothingToDo.into());
        }
        if self.evidence.trim().is_empty() {
            return Err(Refusal::about(Reason::MaterialDefective, "须登记证明生存状态的材料"));
        }
        Ok(vec![HolderEvent::LifeRestored {}])
    }
}
