//! Cases against a card (Articles 37 and 38).

use crate::ctx::Instant;
use crate::ids::CaseId;
use serde::{Deserialize, Serialize};

/// How far a case is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// Proposed: nothing is held yet.
    Proposed,
    /// Approved by somebody else: the card is held.
    InForce,
    /// Not approved.
    Rejected,
    /// Put right: the card is not held by this case any more.
    Lifted,
}

impl CaseState {
    /// The Chinese term.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Proposed => "待审核",
            Self::InForce => "限制中",
            Self::Rejected => "未获同意",
            Self::Lifted => "已恢复",
        }
    }
}

/// How a case came to its present state; cases that were decided in earlier days have none.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ruling {
    pub at: Instant,
    /// Who decided or lifted it.
    pub by: String,
    /// In an officer's words: 行为更正情况 of a case that was lifted, and why one was not approved; nothing of one that was rejected until
    /// November 2026.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One case against a card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Restriction {
    pub case: CaseId,
    /// The legal ground, as the decision cites it.
    pub ground: String,
    /// Who proposed it.
    pub proposed_by: String,
    pub proposed_at: Instant,
    pub state: CaseState,
    /// The last decision about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Ruling>,
}

impl Restriction {
    /// The case in one line: its state, its ground, and the days on which it was proposed and decided.
    pub fn line(&self) -> String {
        let decided = self.ruling.as_ref().map(|r| {
            let day = r.at.date();
            let why = r.reason.as_ref().map(|why| format!("：{why}")).unwrap_or_default();
            match self.state {
                CaseState::Proposed => String::new(),
                CaseState::InForce => format!("，{day}起限制"),
                CaseState::Rejected => format!("，{day}未获同意{why}"),
                CaseState::Lifted => format!("，{day}恢复{why}"),
            }
        });
        let proposed = self.proposed_at.date();
        format!("{}：{}（{proposed}提出{}）", self.state.name(), self.ground, decided.unwrap_or_default())
    }
}
