//! What the system sends to partners: `POST <endpoint>/messages` with one message. A message may come twice, and messages
//! of different people in any order; the identity tells them apart, and the sequence number orders those of one card.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One message.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Outgoing {
    /// Identity; whoever has seen it answers as before and does nothing again.
    pub id: i64,
    /// `bank.link`, `bank.change_reserved`, `bank.change_decided`, `sms.notice`, `ecard.issue`, `ecard.state`,
    /// `fee.order`.
    pub kind: String,
    /// The body; its shape follows from the kind.
    pub body: serde_json::Value,
}

/// Messages that wait for a partner which fetches them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Waiting {
    /// They, oldest first; those of one card in their order.
    pub messages: Vec<Outgoing>,
}

/// Messages that a partner has fetched and stored: they are not shown again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Fetched {
    /// Their identities.
    pub ids: Vec<i64>,
}

/// 变更服务银行预约, to the old bank, which approves or refuses (`bank.change_reserved`).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChangeReserved {
    /// 银行卡号 of the old card.
    pub bank_card_no: String,
    /// The new bank, five digits.
    pub to: String,
}

/// What became of a change, to the new bank (`bank.change_decided`).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChangeDecided {
    /// 社会保障号码 of the holder.
    pub number: String,
    /// `approved`, `refused`, `withdrawn`, `lapsed`.
    pub outcome: String,
    /// Why the old bank refused, in Chinese.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a bank is to do with an account (`bank.link`).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Link {
    /// 服务银行, five digits.
    pub bank: String,
    /// 银行卡号.
    pub bank_card_no: String,
    /// Its number on this card. Of two messages about the same thing (loss, lock, restriction) the higher one holds.
    pub seq: u32,
    /// `lose_temporarily`, `lose_formally`, `release_loss`, `lock`, `unlock`, `restrict`, `unrestrict`, `close`,
    /// `open_pre_made`.
    pub kind: String,
    /// Whose the account of a pre-made card is from now on; only in `open_pre_made`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
}

/// Whose an account is (预制卡开户).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Owner {
    /// 社会保障号码.
    pub number: String,
    /// 姓名, rare characters in brackets.
    pub name: String,
    /// 证件类型, the interface's two characters.
    pub document_kind: String,
    /// 证件号码.
    pub document_number: String,
    /// 联系手机.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
}

impl std::fmt::Debug for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Owner(***)")
    }
}

/// What a partner answers to a message.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Taken {
    /// What a bank says about a `bank.link` at once; without it the answer comes later by `intents/answers`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<LinkAnswer>,
}

/// What a bank says about a link message.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "result")]
pub enum LinkAnswer {
    /// Done.
    Done,
    /// Not done, and why, in Chinese.
    Refused {
        /// Why.
        reason: String,
    },
}

/// Asks the registers (公安, 社保) about some people: `POST <endpoint>/checks`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AskChecks {
    /// Who.
    pub people: Vec<CheckPerson>,
}

/// Somebody who is asked about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CheckPerson {
    /// 社会保障号码
    pub number: String,
    /// 姓名, as displayed
    pub name: String,
    /// 证件号码
    pub document_number: String,
}

/// What the registers answer: for each person, in order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Checks {
    /// They.
    pub checks: Vec<PersonChecks>,
}

/// What they say of one person: `passed`, `failed`, `not_on_record` or `unavailable` each.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PersonChecks {
    /// 公安: name and number belong together.
    pub identity: String,
    /// 公安: alive.
    pub alive: String,
    /// 社保: works or is insured here.
    pub entitlement: String,
}
