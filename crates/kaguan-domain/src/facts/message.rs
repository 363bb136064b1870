//! What happened to messages that wait for a partner.

use serde::{Deserialize, Serialize};

/// What happened to messages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageEvent {
    /// A partner has fetched them; of others' messages among them nothing is taken away.
    Fetched {
        /// To whom they are addressed, such as `bank:95588`.
        to: String,
        /// Their numbers.
        ids: Vec<i64>,
    },
    /// A body of many rows has come.
    Submitted {
        /// Which rows.
        what: String,
        rows: u64,
    },
}
