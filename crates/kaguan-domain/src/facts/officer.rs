//! 人员与角色: what is proposed of an officer and decided by another, and what sign-in asks of an account.

use crate::ctx::Instant;
use crate::facts::role::Role;
use crate::ids::{OfficerId, OrgId};
use serde::{Deserialize, Serialize};

/// What of an officer's rights is to be changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfficerChange {
    /// 新增
    Add {
        /// Sign-in name, small letters and digits.
        login: String,
        /// Name shown on receipts.
        name: String,
        role: Role,
        org: OrgId,
    },
    /// 调岗: another role, another organisation, or both.
    Move { role: Role, org: OrgId },
    /// 恢复 of somebody who was stopped.
    Start,
    /// 重置登录密码: the account gets a one-time password.
    ResetPassword,
}

impl OfficerChange {
    /// The Chinese term.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Add { .. } => "新增",
            Self::Move { .. } => "调岗",
            Self::Start => "恢复",
            Self::ResetPassword => "重置登录密码",
        }
    }

    /// Whether the account gets a one-time password when it is approved.
    pub fn gives_password(&self) -> bool {
        match self {
            Self::Add { .. } | Self::ResetPassword => true,
            Self::Move { .. } | Self::Start => false,
        }
    }
}

/// A change that one administrator has proposed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProposedChange {
    pub id: i64,
    /// Whose account; fresh for somebody new.
    pub officer: OfficerId,
    pub change: OfficerChange,
    /// Why, in the proposer's words.
    pub reason: String,
    /// Who proposed it; `None` is the operator.
    pub by: Option<OfficerId>,
    pub at: Instant,
    pub state: ChangeState,
}

/// What another administrator made of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeState {
    /// 待审核
    Proposed,
    /// 已同意: it holds from then on.
    Approved { by: Option<OfficerId>, at: Instant },
    /// 不同意
    Refused { by: Option<OfficerId>, at: Instant, reason: String },
}

impl ChangeState {
    /// The Chinese term.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Proposed => "待审核",
            Self::Approved { .. } => "已同意",
            Self::Refused { .. } => "不同意",
        }
    }
}

/// What sign-in asks of an account besides the password.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SignIn {
    /// Raised by every change that ends the officer's sessions.
    pub epoch: i64,
    /// Since when the password is a one-time password; `None` when the officer chose it.
    pub one_time: Option<Instant>,
}

impl SignIn {
    /// A one-time password holds for seven days.
    pub const ONE_TIME_MICROS: i64 = 7 * 24 * 3600 * 1_000_000;

    /// Whether the password can no longer be used.
    pub fn ran_out(&self, now: Instant) -> bool {
        self.one_time.is_some_and(|since| now.0 - since.0 >= Self::ONE_TIME_MICROS)
    }
}
