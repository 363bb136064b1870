//! A change of the bank 变更服务银行 under way (Article 31).

use crate::ctx::Instant;
use crate::ids::{BankCode, CardId};
use serde::{Deserialize, Serialize};

/// How far a change of the service bank (Article 31) has come.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BankChangeState {
    /// 预约
    Reserved,
    /// 原银行审核通过
    Approved { at: Instant },
    /// 已在新银行办理: the old card is locked.
    CarriedOut { at: Instant },
}

/// A change under way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BankChange {
    /// The card of the old bank.
    pub old: CardId,
    /// The new bank.
    pub to: BankCode,
    /// When it was reserved.
    pub reserved_at: Instant,
    pub state: BankChangeState,
}

/// Why a change ended without a new card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The old bank refused.
    Refused { reason: String },
    /// The holder took it back.
    Withdrawn,
    /// Nothing happened for thirty days.
    Lapsed,
    /// The application that carried it out was declined or withdrawn.
    GivenUp,
    /// The new card works.
    Done,
}
