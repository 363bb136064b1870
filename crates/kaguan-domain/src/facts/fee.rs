//! What is owed for a card (Article 22).

use crate::clause;
use crate::ctx::Instant;
use serde::{Deserialize, Serialize};

/// Why nothing is owed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FreeGround {
    /// 首次申领
    FirstCard,
    /// 质保期内因质量问题或非人为损坏
    Warranty,
    /// 地方细则
    LocalPolicy,
}

/// The fee of one application.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fee {
    /// Nothing is owed.
    Free { ground: FreeGround },
    /// Owed.
    Due {
        /// How much, in fen.
        fen: i64,
    },
    /// Paid.
    Paid {
        /// How much, in fen.
        fen: i64,
        at: Instant,
        /// Number of the non-tax e-receipt.
        receipt: String,
    },
}

impl Fee {
    /// Whether nothing stands in the way of production: an unpaid card never enters a batch (R22.1).
    pub fn is_settled(&self) -> bool {
        clause!(R22.1);
        !matches!(self, Self::Due { .. })
    }

    /// Records the payment; does nothing when nothing is due.
    pub fn pay(&mut self, at: Instant, receipt: String) {
        if let Self::Due { fen } = self {
            *self = Self::Paid { fen: *fen, at, receipt };
        }
    }
}
