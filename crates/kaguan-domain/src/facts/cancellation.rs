//! Why a card was cancelled (Article 33).

use serde::{Deserialize, Serialize};

/// Why a card is cancelled (R33.1, R33.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// 迁出本省
    MovedOut,
    /// 出国（境）定居
    Emigrated,
    /// 死亡
    Dead,
    /// 失踪
    Missing,
    /// 二次发放不成功
    SecondOfferFailed,
    /// 持有多张卡，保留一张
    Surplus,
}
