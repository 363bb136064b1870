//! The card makers' interfaces: 制卡数据, 制卡回盘, 装箱, 交付.

use crate::bank::{OpeningRow, masked};
use crate::details::Details;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One row of 制卡数据, a line of NDJSON.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProductionRow {
    /// As the bank had it.
    #[serde(flatten)]
    pub data: OpeningRow,
    /// The applicant's details, for chip and face.
    pub details: Details,
    /// Whether a photo is printed, to be fetched at `photos/{row}`; none for whoever is under seven.
    pub photo: bool,
    /// 相片回执 of a photo that is printed too, and lies on the city's photo platform instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo_receipt: Option<String>,
    /// Whether the image of the document can be fetched: the name has a rare character (Article 34).
    pub document: bool,
    /// 银行卡号.
    pub bank_card_no: String,
    /// 领卡网点, 14 digits.
    pub outlet: String,
    /// 单位编号, for cards that an employer collects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub employer: Option<String>,
    /// 邮递上门: the applicant agreed that the card is posted, and may get it from the vendor itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub post: bool,
    /// 邮寄地址, of a card that is posted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailing_address: Option<String>,
    /// 收件人姓名, of a card that is posted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// 收件人联系方式, of a card that is posted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient_phone: Option<String>,
}

/// One row of 制卡回盘, a line of NDJSON.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProductionReturn {
    /// The data as they were sent.
    #[serde(flatten)]
    pub echo: OpeningRow,
    /// The details as they were sent; may be left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
    /// 银行卡号, as it was sent.
    pub bank_card_no: String,
    /// Made, or failed with the reason.
    #[serde(flatten)]
    pub result: ProductionResult,
}

masked! {
    ProductionRow, |r| r.data.row;
    ProductionReturn, |r| r.echo.row;
}

/// What the vendor says about one row.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "result")]
pub enum ProductionResult {
    /// The card is made.
    Made {
        /// 卡识别码, 32 characters.
        chip: String,
        /// 卡复位码, 26 characters.
        reset: String,
        /// 制卡日期, YYYY-MM-DD.
        made_on: String,
        /// 装箱位置: the number of a box that was packed.
        r#box: String,
    },
    /// The card is not made.
    Failed {
        /// The vendor's own code.
        code: String,
        /// The precise reason, in Chinese.
        reason: String,
    },
}

/// 装箱: one box, for one outlet, of one employer or none.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PackBox {
    /// 装箱位置.
    pub number: String,
    /// 领卡网点, 14 digits.
    pub outlet: String,
    /// 单位编号.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub employer: Option<String>,
    /// Cards in the box.
    pub cards: i64,
}

/// 交付: a box sets out to the province centre, or as the city asks to the city or the bank.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Deliver {
    /// 装箱位置.
    pub number: String,
    /// 责任人.
    pub responsible: String,
    /// 发放方式.
    pub manner: String,
    /// 单号.
    pub tracking: String,
    /// 寄达机构, 14 digits: the city centre or an outlet of the bank; missing for the province centre.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// One row of 寄往申请人, a line of NDJSON: a finished card that the vendor posts to the applicant, who agreed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Posted {
    /// The row of the production data.
    pub row: String,
    /// 邮件号.
    pub tracking: String,
}

/// 证书密钥: asks for what goes into the chip of one card, a line of NDJSON.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CardKeyAsk {
    /// The row of the production data.
    pub row: String,
    /// 卡识别码, 32 characters.
    pub chip: String,
    /// The chip's signature public key, as `iWriteCaStep1` gives it: 130 hexadecimal digits.
    pub chip_key: String,
}

/// What goes into the chip of one card, a line of NDJSON in the order of the questions. Keys are encrypted by SM2 (C1C3C2,
/// DER, base64) for whom they are for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CardKeySet {
    /// The row of the question that this answers.
    pub row: String,
    /// `done`, or why there are no keys: the code of the refusal.
    pub code: String,
    /// For a refusal: what, by which article, and what to do.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// 签名证书, DER, base64.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub signing_certificate: String,
    /// 加密证书, DER, base64.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub encryption_certificate: String,
    /// 加密密钥, encrypted under the chip's key.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub encryption_key: String,
    /// 主控密钥, encrypted under the key that signed the request.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub master_key: String,
    /// 管理员PIN, encrypted under the key that signed the request.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub admin_pin: String,
}

impl std::fmt::Debug for CardKeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CardKeySet({}, {})", self.row, self.code)
    }
}

/// 制卡数据未收齐反馈: what has not arrived on the day of the order, or has arrived since.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Incomplete {
    /// `social_data`: 社保制卡数据 of the system; `bank_data`: 银行账户制卡数据 of the bank.
    pub missing: String,
    /// The rows that lack them, by their names in the data, 10,000 at most; empty for the whole batch.
    #[serde(default)]
    pub rows: Vec<String>,
    /// Whether it has arrived: then the six working days begin.
    #[serde(default)]
    pub arrived: bool,
}

/// 银行账户制卡数据时效 of a month; the last statement of a month holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct BankData {
    /// `YYYY-MM`.
    pub month: String,
    /// Each bank once.
    pub rows: Vec<BankDataRow>,
}

/// Of one bank.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct BankDataRow {
    /// 银行代码, five digits.
    pub bank: String,
    /// Batches of the month.
    pub batches: u32,
    /// Those whose data came on the day of the order.
    pub in_time: u32,
}
