//! What a partner or a counter could not do for one row of a batch, or one pre-made card.

use serde::{Deserialize, Serialize};

/// Why a row of a return failed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RowFailure {
    /// Stable code: the partner's own, or `changed_field`.
    pub code: String,
    /// The precise reason, in Chinese, for the table that province and city compare.
    pub reason: String,
}

/// The code of a row that failed because the partner changed a field.
pub const CHANGED_FIELD: &str = "changed_field";
