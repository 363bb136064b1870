//! Is this card in force? For hospitals, pharmacies and other offices, single, in bulk, and while the line is down.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The question.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Ask {
    /// 社会保障号码
    #[schema(example = "440106199001010013")]
    pub number: String,
}

/// The answer: nothing of the person, only of the card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CardStatus {
    /// Whether the person has a card that works as a social security card today.
    pub in_force: bool,
    /// `none` when there is no card; `not_enabled`, `enabled`, `cancelled`.
    pub social: String,
    /// `none`, `pre_opened`, `active`, `closed`.
    pub account: String,
    /// Stable names of what holds the card.
    pub holds: Vec<String>,
    /// 有效期至, YYYY-MM-DD; empty when there is no card.
    pub valid_until: String,
    /// 社保应用密码已锁定: a card in force whose PIN is locked does nothing that asks for the PIN until it is unlocked or reset at an outlet.
    #[serde(default)]
    pub pin_locked: bool,
}

/// Many questions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AskMany {
    /// 社会保障号码, 10,000 at most.
    pub numbers: Vec<String>,
}

/// Many answers, in order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Answers {
    /// One a question.
    pub answers: Vec<OneAnswer>,
}

/// The answer to one of many.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct OneAnswer {
    /// The state; missing when the number is malformed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<CardStatus>,
    /// What is wrong with the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A session: reads by the thousand are signed by HMAC-SM3 under its key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// Its identity: the key's name in headers is `session:<id>`.
    pub session: String,
    /// Its key of 32 bytes, encrypted under the key that the request was signed with: SM2 (C1C3C2), DER, base64.
    pub key: String,
    /// Until when, Unix milliseconds.
    pub until: i64,
}

/// The system's public key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SystemKey {
    /// Its name in headers.
    pub key: String,
    /// 130 hexadecimal digits.
    pub public: String,
    /// The key that takes its place, once its time is set: to be believed beside this one from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextSystemKey>,
}

/// The system's next public key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct NextSystemKey {
    /// Its name in headers.
    pub key: String,
    /// 130 hexadecimal digits.
    pub public: String,
    /// From when on the system signs under it, Unix milliseconds.
    pub from: i64,
}

/// What became of an earlier request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Earlier {
    /// The journal's line.
    pub entry: i64,
    /// The verb, as in the journal.
    pub verb: String,
    /// When, Unix milliseconds.
    pub at: i64,
    /// The number that the change has on its card, as it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u32>,
}

/// A payment that the treasury has received for a fee order (非税电子票据).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Payment {
    /// 申领表编码 of the application.
    pub form_no: String,
    /// 社会保障号码 of the payer.
    pub number: String,
    /// 票据代码 (8 digits) and 号码 (10 digits), together 18. One receipt pays one application.
    pub receipt: String,
    /// 金额 in fen: what the order said. Refused as `material_defective` when it is missing, as `wrong_payment` when it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// 币种, ISO 4217: `CNY`. Refused when it is missing or another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// 校验码, six letters or digits. Refused when it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    /// 缴款时间, Unix milliseconds. Refused when it is missing, later than now, or before the day of the application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<i64>,
}
