//! The online channels' interfaces (线上服务渠道). The channel has identified the holder; number and name come with every
//! request and must fit the file.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who asks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Holder {
    /// 社会保障号码
    #[schema(example = "440106199001010013")]
    pub number: String,
    /// 姓名, as displayed
    pub name: String,
}

/// A question about oneself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Mine {
    /// Who asks about himself.
    pub holder: Holder,
}

/// 代办人: who acts for the applicant (Article 8): the guardian of a minor or of somebody incapable, a direct relative or a lawful
/// agent of others, each with the proof.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Agent {
    /// 姓名
    pub name: String,
    /// 证件类型, as in the form: `1` for an identity card.
    pub document_kind: String,
    /// 证件号码
    pub document_number: String,
    /// 联系电话
    pub phone: String,
    /// 与申请人关系
    pub relation: Relation,
    /// 代办原因
    pub ground: Ground,
    /// 监护、亲属或代理关系证明: its reference with the channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
    /// Whether the channel has verified the agent's identity (实人认证 or 电子证照).
    #[serde(default)]
    pub verified: bool,
}

/// What an agent is to the applicant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// 监护人
    Guardian,
    /// 直系亲属
    DirectRelative,
    /// 其他合法代理人
    LawfulAgent,
}

/// Why somebody acts for the applicant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// 未成年人
    Minor,
    /// 无民事行为能力或限制民事行为能力
    Incapable,
    /// 行动不便或异地长期居住的老年人
    Elderly,
    /// 残疾人
    Disabled,
    /// 病患
    Sick,
    /// 异地长期居住
    LongAbsent,
}

/// 个人申请: the form of Appendix 1, by the names of its items.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Application {
    /// The items; those that are missing are empty.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub form: std::collections::BTreeMap<String, String>,
    /// The photo, as `photos` named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo: Option<String>,
    /// 领卡网点, 14 digits; it takes the application.
    pub outlet: String,
    /// The authorisation that was agreed to: the version of its text.
    pub consent: String,
    /// Whether the guardian agreed: for somebody under 14.
    #[serde(default)]
    pub by_guardian: bool,
    /// Who acts for the applicant; under 16 the guardian does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Agent>,
    /// 授权使用二代身份证相片: the register is asked for the photo.
    #[serde(default)]
    pub identity_card_photo: bool,
    /// 证件影像, base64: for a name with a rare character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_image: Option<String>,
    /// Whether the applicant was told about the postage; with 领取方式 2.
    #[serde(default)]
    pub postage_told: bool,
}

/// An application that was taken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Applied {
    /// The journal's line.
    pub entry: i64,
    /// 申领表编码
    pub form_no: String,
    /// Whether it had been taken before under the same key.
    pub repeated: bool,
}

/// A photo that was taken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Photo {
    /// What a form names it by.
    pub photo: String,
}

/// Where everything is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Progress {
    /// Applications, oldest first.
    pub applications: Vec<Step>,
}

/// Where one application is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Step {
    /// 申领表编码
    pub form_no: String,
    /// 受理, 预开户, 制卡, 省中心寄出, 市中心接收, 银行接收, 领卡启用, 银行激活
    pub step: String,
    /// Where exactly.
    pub place: String,
    /// Stable name of the place.
    pub position: String,
}

/// 临时挂失: the bank too must fit (Article 24).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = OnlineLoss)]
pub struct Loss {
    /// Whose card is lost.
    pub holder: Holder,
    /// 服务银行 of the card, five digits.
    pub bank: String,
    /// 卡号后四位, of 社保卡卡号 or 银行卡号: needed when several cards fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_tail: Option<String>,
}

/// 补卡 or 换卡 online.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Replacement {
    /// Whose card is replaced.
    pub holder: Holder,
    /// Lost, damaged, expired and so on.
    pub purpose: Purpose,
    /// 申请登记表编号.
    pub form_no: String,
    /// 领卡网点, 14 digits.
    pub outlet: String,
    /// The version of the authorisation's text.
    pub consent: String,
    /// Whether the guardian acts and agreed: for somebody under 16.
    #[serde(default)]
    pub by_guardian: bool,
    /// Who else acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Agent>,
    /// 卡号后四位, of 社保卡卡号 or 银行卡号: needed when several cards fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_tail: Option<String>,
}

/// What a replacement is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// 补卡: lost
    Reissue,
    /// 换卡: damaged by the holder
    DamagedByHuman,
    /// 换卡: damaged, not by the holder
    Damaged,
    /// 换卡: expires
    Expired,
}

/// 变更服务银行预约.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct BankChange {
    /// Who changes the bank.
    pub holder: Holder,
    /// The new bank, five digits.
    pub to: String,
    /// 卡号后四位, of 社保卡卡号 or 银行卡号: needed when several cards fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_tail: Option<String>,
}

/// 撤销补换卡: unpaid, and in no batch.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Withdrawal {
    /// Whose application is withdrawn.
    pub holder: Holder,
    /// 申请登记表编号 of the application.
    pub form_no: String,
}

/// 社保功能启用 of a card that was handed over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Enabling {
    /// Whose card is enabled.
    pub holder: Holder,
    /// 卡号后四位, of 社保卡卡号 or 银行卡号: needed when several cards fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_tail: Option<String>,
}

/// The cards of one person in the province, for 一人一卡业务确认单.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Cards {
    /// One line a card.
    pub cards: Vec<CardLine>,
}

/// One card on the slip.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CardLine {
    /// Identity, to be confirmed.
    pub card: String,
    /// 社保卡卡号, masked.
    pub card_no: String,
    /// City that the card belongs to.
    pub city: String,
    /// Service bank (服务银行) of the card.
    pub bank: String,
    /// Whether it is in force.
    pub in_force: bool,
}

/// 一人一卡确认与清理.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CleanUp {
    /// Whose cards are cleaned up.
    pub holder: Holder,
    /// The cards on the slip, as they were found.
    pub cards: Vec<String>,
    /// Reference of the signed slip at the channel.
    pub slip: String,
    /// The card that is kept, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<String>,
    /// 本市, four digits, when a card is kept: where the replacement is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
}
