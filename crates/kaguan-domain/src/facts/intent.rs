//! What a bank must mirror (Articles 23 to 33): an intent with a sequence number a card, a deadline and a state.

use crate::ctx::Instant;
use serde::{Deserialize, Serialize};

/// What the bank is to do with the account.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentKind {
    /// 临时挂失
    LoseTemporarily,
    /// 正式挂失
    LoseFormally,
    /// 解除挂失
    ReleaseLoss,
    /// 变更服务银行锁定
    Lock,
    /// 解除锁定
    Unlock,
    /// 限制
    Restrict,
    /// 恢复
    Unrestrict,
    /// 结算后注销
    Close,
    /// 预制卡开户: the account of a pre-made card is somebody's from now on (R36.1)
    OpenPreMade,
}

impl IntentKind {
    /// Every kind, for reading stored names.
    pub const ALL: [Self; 9] = [
        Self::LoseTemporarily,
        Self::LoseFormally,
        Self::ReleaseLoss,
        Self::Lock,
        Self::Unlock,
        Self::Restrict,
        Self::Unrestrict,
        Self::Close,
        Self::OpenPreMade,
    ];

    /// Reads the stable name.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.code() == code)
    }

    /// The stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::LoseTemporarily => "lose_temporarily",
            Self::LoseFormally => "lose_formally",
            Self::ReleaseLoss => "release_loss",
            Self::Lock => "lock",
            Self::Unlock => "unlock",
            Self::Restrict => "restrict",
            Self::Unrestrict => "unrestrict",
            Self::Close => "close",
            Self::OpenPreMade => "open_pre_made",
        }
    }

    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::LoseTemporarily => "账户临时挂失",
            Self::LoseFormally => "账户正式挂失",
            Self::ReleaseLoss => "账户解除挂失",
            Self::Lock => "账户锁定",
            Self::Unlock => "账户解除锁定",
            Self::Restrict => "账户限制",
            Self::Unrestrict => "账户恢复",
            Self::Close => "账户结算并注销",
            Self::OpenPreMade => "预制卡开户",
        }
    }
}

/// What has become of an intent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentState {
    /// The bank has been told, or will be.
    Wanted,
    /// The bank did it.
    Confirmed {
        /// When that was known.
        at: Instant,
    },
    /// The bank refused, with a reason; staff decide.
    Refused {
        at: Instant,
        /// Why, as the bank says.
        reason: String,
    },
    /// Nobody knows: the bank is asked again.
    InDoubt { since: Instant },
    /// Staff settled it with the bank by hand.
    Settled { at: Instant, note: String },
    /// What was asked for is no longer wanted: the card of an account that was to be closed is its holder's again.
    Dropped { at: Instant, reason: String },
}

impl IntentState {
    /// The Chinese term.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Wanted => "待银行办理",
            Self::Confirmed { .. } => "银行已办理",
            Self::Refused { .. } => "银行不予办理",
            Self::InDoubt { .. } => "存疑（银行未答复）",
            Self::Settled { .. } => "已人工办结",
            Self::Dropped { .. } => "不再办理",
        }
    }
}

/// Something that a bank must mirror.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Intent {
    /// Its number on this card, from 1: the bank carries intents out in this order.
    pub seq: u32,
    pub kind: IntentKind,
    pub wanted_at: Instant,
    /// When nothing is heard by then it is in doubt: a day after the bank was asked, the first time or again.
    pub due: Instant,
    /// What has become of it.
    pub state: IntentState,
}

/// The bank has a day to answer, in microseconds.
const A_DAY: i64 = 24 * 3_600 * 1_000_000;

impl Intent {
    /// When what the bank is asked now is in doubt, unless it answers.
    pub fn due_when_asked(now: Instant) -> Instant {
        Instant(now.0 + A_DAY)
    }

    /// When the bank was asked last: messages of before are no longer what it is asked by.
    pub fn asked_at(&self) -> Instant {
        Instant(self.due.0 - A_DAY)
    }

    /// Whether staff must see to it: the bank refused it, or nobody knows.
    pub fn is_unsettled(&self) -> bool {
        matches!(self.state, IntentState::Refused { .. } | IntentState::InDoubt { .. })
    }

    /// Whether it has come to an end.
    pub fn is_over(&self) -> bool {
        match self.state {
            IntentState::Confirmed { .. } | IntentState::Settled { .. } | IntentState::Dropped { .. } => true,
            IntentState::Wanted | IntentState::Refused { .. } | IntentState::InDoubt { .. } => false,
        }
    }
}
