//! What was acknowledged and is in the database no more: it was cut off, or put back to an older day (decision 0016).

use crate::ctx::Instant;
use serde::{Deserialize, Serialize};

/// What a database lacks of what was acknowledged, as the heads tell that were kept outside it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AcceptedDataLoss {
    /// The last line of the journal that is there; 0 for none.
    pub line: i64,
    /// Heads that the journal does not have any more, the latest first.
    pub heads: Vec<LostHead>,
    /// What happened, and why nothing newer is to be had, in Chinese.
    pub reason: String,
}

/// A head of the journal that is lost.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LostHead {
    pub block: i64,
    /// Its last line.
    pub line: i64,
    pub at: Instant,
    /// SM3 of the block, hexadecimal: whoever kept the head knows it by this.
    pub hash: String,
    /// Who kept it: a file, a partner, a witness.
    pub source: String,
}
