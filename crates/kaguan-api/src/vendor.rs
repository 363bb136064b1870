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
    /// What the vendor says.
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
    /// It is not.
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
    /// How many cards.
    pub cards: i64,
}

/// 交付: a box sets out to the province centre.
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
}
