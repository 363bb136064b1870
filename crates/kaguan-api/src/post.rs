//! The carrier's interfaces (邮政企业): which letters it has in its hands, where each goes, how far it is, and who signed for it. A
//! letter is named by `parcel`, and by the tracking number that stands on it; both must fit.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Letters in the hands of the carrier who asks; nothing in it says whose they are.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Parcels {
    /// They; ask again after `next`.
    pub parcels: Vec<Parcel>,
    /// After which one the rest begins; without it there is no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// One letter.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Parcel {
    /// Its name here.
    pub parcel: String,
    /// 邮件号.
    pub tracking: String,
    /// 寄出日期, `YYYY-MM-DD`.
    pub posted_on: String,
    /// 寄出网点, fourteen digits: where it goes back to.
    pub outlet: String,
    /// 寄出网点名称.
    pub outlet_name: String,
}

/// Asks where some letters go, a hundred at most.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AskLabels {
    /// They are answered in this order.
    pub parcels: Vec<ParcelNamed>,
}

/// A letter by its name and its number.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ParcelNamed {
    /// As in the list.
    pub parcel: String,
    /// 邮件号.
    pub tracking: String,
}

/// 邮寄面单, in the order of the question.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Labels {
    /// One for each letter.
    pub labels: Vec<Label>,
}

/// Where one letter goes, and nothing else of its holder.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Label {
    /// As in the question.
    pub parcel: String,
    /// `done`, or the code of a refusal.
    pub code: String,
    /// Why not, and what to do, in Chinese.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// 收件人.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// 收件人联系方式.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient_phone: Option<String>,
    /// 邮寄地址.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailing_address: Option<String>,
}

impl std::fmt::Debug for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Label({}, {})", self.parcel, self.code)
    }
}

/// 邮件轨迹: how far a letter is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ParcelEvent {
    /// As in the list.
    pub parcel: String,
    /// 邮件号.
    pub tracking: String,
    /// Later ones do not take the place of earlier ones: all are kept.
    pub step: ParcelStep,
    /// When, Unix milliseconds.
    pub at: i64,
    /// 未妥投或退回的原因, in Chinese; with `not_delivered` and `returning`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How far a letter is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ParcelStep {
    /// 收寄
    Accepted,
    /// 在途
    InTransit,
    /// 投递
    Delivering,
    /// 未妥投
    NotDelivered,
    /// 退回
    Returning,
}

/// 妥投: a letter was signed for against the code that its holder was sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ParcelSigned {
    /// As in the list.
    pub parcel: String,
    /// 邮件号.
    pub tracking: String,
    /// 短信取件码, as the recipient said it: six digits.
    pub pick_up_code: String,
    /// 签收凭证编号.
    pub proof_no: String,
    /// 签收人姓名.
    pub signer: String,
    /// 签收日期, `YYYY-MM-DD`.
    pub signed_on: String,
    /// What the signer is to the holder, when it is not the holder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<crate::online::Relation>,
}

impl std::fmt::Debug for ParcelSigned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ParcelSigned({})", self.parcel)
    }
}
