//! What is owed for a card (Article 22).

use crate::clause;
use crate::ctx::Instant;
use serde::{Deserialize, Serialize};

/// Why nothing is owed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FreeGround {
    /// 首次申领
    FirstCard,
    /// 质保期内因质量问题或非人为损坏
    Warranty,
    /// 地方细则
    LocalPolicy,
    /// 未领卡遗失补制: the card got lost before its holder had it
    LostBeforeHandOver,
}

/// 人民币, the only currency of the fee (ISO 4217).
pub const CURRENCY: &str = "CNY";

/// What is known of a payment besides its amount and its receipt.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PaymentDetails {
    /// ISO 4217.
    pub currency: String,
    /// 校验码 of the e-receipt, six characters.
    pub check: String,
    /// 缴款时间; the start of the day where only the day is known, as a clerk reads it on the e-receipt.
    pub paid_at: Instant,
}

/// The fee of one application.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fee {
    /// Nothing is owed.
    Free { ground: FreeGround },
    /// Owed.
    Due {
        /// How much, in fen.
        fen: i64,
    },
    /// Paid.
    Paid {
        /// How much, in fen.
        fen: i64,
        at: Instant,
        /// 非税电子票据: 票据代码 (8 digits) and 票据号码 (10 digits).
        receipt: String,
        /// `None` of payments that were recorded before these were asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        details: Option<PaymentDetails>,
    },
}

impl Fee {
    /// Whether nothing stands in the way of production: an unpaid card never enters a batch (R22.1).
    pub fn is_settled(&self) -> bool {
        clause!(R22.1);
        !matches!(self, Self::Due { .. })
    }

    /// Records the payment; does nothing when nothing is due.
    pub fn pay(&mut self, at: Instant, receipt: String, details: Option<PaymentDetails>) {
        if let Self::Due { fen } = self {
            *self = Self::Paid { fen: *fen, at, receipt, details };
        }
    }

    /// The receipt that paid it.
    pub fn receipt(&self) -> Option<&str> {
        match self {
            Self::Free { .. } | Self::Due { .. } => None,
            Self::Paid { receipt, .. } => Some(receipt),
        }
    }

    /// 《广东省非税收入（电子）票据》 of a paid fee as it is handed out with the business receipt: title and text (R27.6). Empty when
    /// nothing was paid.
    pub fn e_receipt(&self, payer: &str) -> Vec<(&'static str, String)> {
        clause!(R27.6);
        let Self::Paid { fen, at, receipt, details } = self else { return Vec::new() };
        let (code, number) = receipt.split_at_checked(8).unwrap_or(("", receipt));
        let paid_at = details.as_ref().map_or(*at, |d| d.paid_at);
        let currency = details.as_ref().map_or(CURRENCY, |d| &d.currency);
        // Of a day that was stated nobody knows the hour.
        let paid = match paid_at == Instant::at_start_of(paid_at.date()) {
            true => ("缴款日期", paid_at.date().to_string()),
            false => ("缴款时间", paid_at.local()),
        };
        vec![
            ("票据名称", "广东省非税收入（电子）票据".into()),
            ("票据代码", code.into()),
            ("票据号码", number.into()),
            ("校验码", details.as_ref().map(|d| d.check.clone()).unwrap_or_default()),
            ("项目名称", "社会保障卡工本费".into()),
            ("金额", format!("{}元（{currency}）", yuan(*fen))),
            paid,
            ("交款人", payer.into()),
        ]
    }
}

/// Fen as yuan, with two decimals.
pub fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
}
