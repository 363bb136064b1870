//! Why a card was cancelled (Article 33).

use crate::facts::counter::{Attendance, KeptCopy};
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
    /// 逾期且滞留: its six months are over, and nobody offered it again.
    Stranded,
    /// 持有多张卡，保留一张
    Surplus,
    /// 骗领、伪造、变造的卡已收缴
    Confiscated,
    /// 经一人一卡清理: whether its holder keeps another card or none.
    Cleaned,
}

impl CancelReason {
    /// All.
    pub const ALL: [Self; 9] = [
        Self::MovedOut,
        Self::Emigrated,
        Self::Dead,
        Self::Missing,
        Self::SecondOfferFailed,
        Self::Stranded,
        Self::Surplus,
        Self::Confiscated,
        Self::Cleaned,
    ];

    /// The stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::MovedOut => "moved_out",
            Self::Emigrated => "emigrated",
            Self::Dead => "dead",
            Self::Missing => "missing",
            Self::SecondOfferFailed => "second_offer_failed",
            Self::Stranded => "stranded",
            Self::Surplus => "surplus",
            Self::Confiscated => "confiscated",
            Self::Cleaned => "cleaned",
        }
    }

    /// Whether somebody stands at the counter for it and states something: nobody does when a card was never collected, or was taken from
    /// whoever had it; nor of a cleaned one that was given back, which `cancellation::somebody_comes` knows.
    pub fn somebody_comes(self) -> bool {
        match self {
            Self::SecondOfferFailed | Self::Stranded | Self::Confiscated => false,
            Self::MovedOut | Self::Emigrated | Self::Dead | Self::Missing | Self::Surplus | Self::Cleaned => {
                true
            }
        }
    }

    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::MovedOut => "社保关系转移省外",
            Self::Emigrated => "出国（境）定居",
            Self::Dead => "死亡",
            Self::Missing => "失踪",
            Self::SecondOfferFailed => "二次发放不成功",
            Self::Stranded => "逾期且滞留（未办理二次发放）",
            Self::Surplus => "持有多张社保卡，保留一张",
            Self::Confiscated => "骗领、伪造、变造的社保卡，已收缴",
            Self::Cleaned => "经一人一卡清理的社保卡",
        }
    }
}

/// What was done about the application on the chip (R33.5).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChipLock {
    /// 应用已锁定
    Locked,
    /// The chip cannot be read or written.
    Unreadable,
}

/// What the clerk stated when a card was cancelled.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CancelStatement {
    /// Who was at the counter.
    #[serde(default, skip_serializing_if = "Attendance::is_empty")]
    pub by: Attendance,
    /// 终止服务的相关证明.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proofs: Vec<KeptCopy>,
    /// 应用锁定; `None` when the card was not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chip: Option<ChipLock>,
}
