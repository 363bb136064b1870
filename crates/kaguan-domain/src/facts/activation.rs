//! How a card came to work (Article 16).

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
        /// The other clerk; the first is the actor.
        second: OfficerId,
    },
    /// 上门激活 as a bank's computer reports it: two of its own clerks, by their numbers there.
    BankVisit {
        /// 工号 of both.
        clerks: [String; 2],
    },
    /// Without seeing anybody: never allowed.
    Remote,
}
