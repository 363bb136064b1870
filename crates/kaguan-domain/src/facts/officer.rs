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
    /// 重置动态口令 of a device that was lost: the account is without a second factor until its owner sets one again.
    ResetSecondFactor,
}

impl OfficerChange {
    /// The Chinese term.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Add { .. } => "新增",
            Self::Move { .. } => "调岗",
            Self::Start => "恢复",
            Self::ResetPassword => "重置登录密码",
            Self::ResetSecondFactor => "重置动态口令",
        }
    }

    /// Whether the account gets a one-time password when it is approved.
    pub fn gives_password(&self) -> bool {
        match self {
            Self::Add { .. } | Self::ResetPassword => true,
            Self::Move { .. } | Self::Start | Self::ResetSecondFactor => false,
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

/// 停用 of an account: at once, by one administrator.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OfficerStop {
    pub officer: OfficerId,
    /// Why, in Chinese; empty where nobody was asked.
    pub reason: String,
    /// Who did it; `None` is the operator.
    pub by: Option<OfficerId>,
    /// When; `None` of the first ones, of which only the journal's lines say it and who it was.
    pub at: Option<Instant>,
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
    /// 已撤回, by whoever proposed it.
    Withdrawn { at: Instant },
}

impl ChangeState {
    /// The Chinese term.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Proposed => "待审核",
            Self::Approved { .. } => "已同意",
            Self::Refused { .. } => "不同意",
            Self::Withdrawn { .. } => "已撤回",
        }
    }
}

/// What happened at the door. It changes no account: it is a line of the journal, and no more.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoorEvent {
    /// 登录
    SignedIn {
        officer: OfficerId,
        /// From which address.
        source: String,
    },
    /// 退出登录
    SignedOut { officer: OfficerId },
    /// 登录失败: so many tries of this name within a day. Not each has a line.
    Failed {
        officer: OfficerId,
        tries: i64,
        source: String,
        /// The password was right and the 动态口令 was not: whoever tried knows the password.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        code: bool,
    },
    /// 登录失败 under names that nobody has: so many within an hour, from wherever; the last from this address.
    UnknownNames { tries: i64, source: String },
    /// 使用恢复码 in place of a 动态口令: each works once.
    RecoveryCodeUsed {
        officer: OfficerId,
        /// How many there are still.
        left: u32,
    },
}

impl DoorEvent {
    /// Whose account it is about; `None` of names that nobody has.
    pub fn officer(&self) -> Option<OfficerId> {
        match self {
            Self::SignedIn { officer, .. }
            | Self::SignedOut { officer }
            | Self::Failed { officer, .. }
            | Self::RecoveryCodeUsed { officer, .. } => Some(*officer),
            Self::UnknownNames { .. } => None,
        }
    }

    /// Whether a number of failed tries has a line: 1, 2, 5, 10, 20, 50, 100 … Floods leave few lines, and none goes unseen.
    pub fn is_told(tries: i64) -> bool {
        let mut rest = tries;
        while rest >= 10 && rest % 10 == 0 {
            rest /= 10;
        }
        [1, 2, 5].contains(&rest)
    }
}

/// What sign-in asks of an account besides the password.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SignIn {
    /// Raised by every change that ends the officer's sessions.
    pub epoch: i64,
    /// Since when the password is a one-time password; `None` when the officer chose it.
    pub one_time: Option<Instant>,
    /// The 动态口令 that is asked for after the password: the number under which its secret is kept; `None` when there is none.
    pub second: Option<i64>,
}

impl SignIn {
    /// A one-time password holds for seven days.
    pub const ONE_TIME_MICROS: i64 = 7 * 24 * 3600 * 1_000_000;

    /// Whether the password can no longer be used.
    pub fn ran_out(&self, now: Instant) -> bool {
        self.one_time.is_some_and(|since| now.0 - since.0 >= Self::ONE_TIME_MICROS)
    }
}
