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
}
