//! What registers, and relatives, say about a death (Article 32).

use crate::clause;
use crate::ctx::Instant;
use crate::facts::application::Register;
use crate::facts::social_security_number::SocialSecurityNumber;
use serde::{Deserialize, Serialize};

/// 恢复生存状态: what showed that somebody is alive whom registers or relatives had called dead.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LifeProof {
    pub at: Instant,
    /// What was shown, in an officer's words.
    pub evidence: String,
}

/// What one register says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DeathMark {
    /// Which register.
    pub source: Register,
    /// When it was heard.
    pub at: Instant,
    /// Of which of the person's numbers it said so: when files are taken apart again, the mark goes with the number. `None` of what was
    /// heard before December 2026.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<SocialSecurityNumber>,
}

impl DeathMark {
    /// Whether a register has said it of a number by this mark; one without a number says it of each that the person has.
    pub fn says(&self, source: Register, number: &SocialSecurityNumber) -> bool {
        self.source == source && self.number.as_ref().is_none_or(|own| own == number)
    }
}

/// 死亡申报: what somebody said of a death and no register has confirmed. It stands until the person is found alive.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StatedDeath {
    /// When it was said; `None` of what was said before December 2026 and is kept since its file was joined with another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Instant>,
    /// Of which of the person's numbers; `None` where nobody can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<SocialSecurityNumber>,
    /// Who said so, by the relation to the holder; empty where `at` is `None`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub relation: String,
    /// What was shown, by its number; empty where `at` is `None`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub evidence: String,
}

impl StatedDeath {
    /// Whether it says it of a number; one without a number says it of each that the person has.
    pub fn says(&self, number: &SocialSecurityNumber) -> bool {
        self.number.as_ref().is_none_or(|own| own == number)
    }

    /// As a page says it, without the number: 配偶申报，2026-11-27，死亡证明1号.
    pub fn said(&self) -> String {
        let who = if self.relation.is_empty() {
            "家属申报".to_owned()
        } else {
            format!("{}申报", self.relation)
        };
        let at = self.at.map(|at| format!("，{}", at.date())).unwrap_or_default();
        let shown = if self.evidence.is_empty() { String::new() } else { format!("，{}", self.evidence) };
        format!("{who}{at}{shown}")
    }
}

/// How many registers say it, of whichever of the person's numbers: one that says it of two is one register, and what two say of two numbers
/// of one person they say of one person (R32.5).
pub fn registers_of(marks: &[DeathMark]) -> usize {
    clause!(R32.5);
    let first = |(n, mark): &(usize, &DeathMark)| marks[..*n].iter().all(|m| m.source != mark.source);
    marks.iter().enumerate().filter(first).count()
}
