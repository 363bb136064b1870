//! 邮件轨迹 (Article 14): what a carrier says of a card that it has in its hands.

use crate::ctx::Instant;
use serde::{Deserialize, Serialize};
use std::fmt;

/// 邮件状态: how far a posted card is, as its carrier says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostStep {
    /// 收寄
    Accepted,
    /// 在途
    InTransit,
    /// 投递
    Delivering,
    /// 未妥投: it was tried, and will be tried again.
    NotDelivered,
    /// 退回: it is on its way back to its outlet.
    Returning,
}

impl PostStep {
    /// All, in the order in which they may follow each other.
    pub const ALL: [Self; 5] =
        [Self::Accepted, Self::InTransit, Self::Delivering, Self::NotDelivered, Self::Returning];

    /// The stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::InTransit => "in_transit",
            Self::Delivering => "delivering",
            Self::NotDelivered => "not_delivered",
            Self::Returning => "returning",
        }
    }

    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "收寄",
            Self::InTransit => "在途",
            Self::Delivering => "投递",
            Self::NotDelivered => "未妥投",
            Self::Returning => "退回",
        }
    }

    /// Whether it has to be said why.
    pub fn asks_for_a_reason(self) -> bool {
        match self {
            Self::NotDelivered | Self::Returning => true,
            Self::Accepted | Self::InTransit | Self::Delivering => false,
        }
    }
}

/// 邮件轨迹: one thing that a carrier says of a posted card.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostNews {
    pub step: PostStep,
    /// When it happened, by the carrier's word.
    pub at: Instant,
    /// 未妥投或退回的原因.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl fmt::Debug for PostNews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostNews({:?})", self.step)
    }
}

impl PostNews {
    /// In one line, for whoever follows the card.
    pub fn line(&self) -> String {
        let why = self.reason.as_deref().map(|r| format!("：{r}")).unwrap_or_default();
        format!("{}邮政企业{}{why}", self.at.local(), self.step.name())
    }
}
