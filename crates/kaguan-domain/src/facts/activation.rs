//! How a card came to work (Article 16).

use crate::ctx::Instant;
use crate::facts::application::AgentGround;
use crate::facts::counter::Attendance;
use crate::ids::OfficerId;
use serde::{Deserialize, Serialize};

/// How the social function was enabled (R16.1).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnableManner {
    /// With 个人领取.
    AtCollection,
    /// Alone, at an outlet.
    Alone,
    /// Linked with the activation of the account.
    WithActivation,
    /// By changing the initial PIN.
    ByPin,
}

/// How the holder was verified when the account was activated (R16.2).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivationManner {
    /// The holder, face to face.
    FaceToFace,
    /// 代办 for the elderly, disabled or sick, or by the guardian.
    Proxy {
        /// Reference of the copies in the archive.
        copy: String,
    },
    /// 上门激活, cross-checked by two clerks of the bank.
    HomeVisit {
        /// The clerk who confirmed; in lines of earlier days the one who was named.
        second: OfficerId,
        /// The clerk who recorded the visit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        first: Option<OfficerId>,
    },
    /// 上门激活 as a bank's computer reports it: two of its own clerks, by their numbers there.
    BankVisit {
        /// 工号 of both.
        clerks: [String; 2],
    },
    /// Without seeing anybody: never allowed.
    Remote,
}

/// What each of the two clerks of a home visit states for himself (R16.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Found {
    /// 生存状态: the holder is alive.
    #[serde(default)]
    pub alive: bool,
    /// 个人身份信息: the person is the holder.
    #[serde(default)]
    pub identity: bool,
    /// 业务办理意愿: the holder wants it.
    #[serde(default)]
    pub will: bool,
}

/// 上门激活 as the first clerk recorded it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HomeVisit {
    pub first: OfficerId,
    pub at: Instant,
    pub found: Found,
    /// Who was there, as the first clerk saw them: the holder's document, and the guardian or whoever else acted.
    pub by: Attendance,
    /// 上门事由: why the bank went there; nothing in lines of earlier days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<AgentGround>,
}
