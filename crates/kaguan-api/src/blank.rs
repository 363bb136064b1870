//! 预制卡: pre-made cards, whose numbers and accounts are there before anybody is known to get them (Article 36, Appendix 9).
//! A bank allocates accounts to an order of the province, a vendor makes the cards.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An order in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct BlankOrder {
    /// Identity in addresses.
    pub order: String,
    /// 批次.
    pub number: String,
    /// City, four digits.
    pub city: String,
    /// 服务银行, five digits.
    pub bank: String,
    /// 卡制作厂商.
    pub vendor: String,
    /// Cards ordered.
    pub quantity: u32,
    /// `generated`, `at_bank`, `at_vendor`, `made`.
    pub step: String,
    /// What the province found wrong in the return, for the vendor to put right; only of an order that is `made`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<String>,
    /// Why the province ended the order, until the partner answers with `close` that it knows: nothing of it is made or used any more, and what
    /// lies at the vendor is destroyed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
}

/// Orders, newest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct BlankOrders {
    /// Newest first.
    pub orders: Vec<BlankOrder>,
}

/// One card of an order, a line of NDJSON: its place and its number, and for the vendor its account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct BlankRow {
    /// The row, to be named in the return, and `after` which the next page begins.
    pub row: String,
    /// 社保卡卡号.
    pub card_no: String,
}

/// One row of the bank's return, a line of NDJSON.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AllocationReturn {
    /// As it was sent.
    #[serde(flatten)]
    pub echo: BlankRow,
    /// Allocated, or failed with the reason.
    #[serde(flatten)]
    pub result: AllocationResult,
}

/// What the bank says about one card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "result")]
pub enum AllocationResult {
    /// An account is allocated; it is nobody's until `open_pre_made` says whose.
    Allocated {
        /// 银行卡号: 16 to 19 digits with a check digit.
        bank_card_no: String,
        /// 银行账户.
        account_no: String,
        /// 个人账户, which is written into the chip.
        personal_account: String,
    },
    /// No account is allocated.
    Failed {
        /// The bank's own code.
        code: String,
        /// The precise reason, in Chinese.
        reason: String,
    },
}

/// One card for the vendor to make, a line of NDJSON.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct MakingRow {
    /// Place and number.
    #[serde(flatten)]
    pub card: BlankRow,
    /// 银行卡号.
    pub bank_card_no: String,
    /// 个人账户.
    pub personal_account: String,
}

/// One row of the vendor's return, a line of NDJSON.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct MakingReturn {
    /// As it was sent.
    #[serde(flatten)]
    pub echo: MakingRow,
    /// Made, or failed with the reason.
    #[serde(flatten)]
    pub result: crate::vendor::ProductionResult,
}

/// 装箱: one box of pre-made cards.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PackBlanks {
    /// 装箱位置.
    pub number: String,
    /// Cards in the box; 0 for a box that is none any more, and of an order that was ended for one whose cards are destroyed.
    pub cards: i64,
}

/// 交付: a box sets out to the city centre, or to an outlet of the bank in that city.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliverBlanks {
    /// 装箱位置.
    pub number: String,
    /// To whom: 14 digits; the city centre when it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// 责任人.
    pub responsible: String,
    /// 单号; not needed when `manner` says that the vendor brings the box himself.
    #[serde(default)]
    pub tracking: String,
    /// 发放方式, such as 自行押运 or 快递.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub manner: String,
}
