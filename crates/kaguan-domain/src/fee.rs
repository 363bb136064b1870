//! 工本费 (Article 22): 20 yuan a card, free for a first card and for an exchange within the warranty.

use crate::clause;
use crate::ctx::{Ctx, Instant};
use crate::holder::{Around, HolderEvent, HolderFile};
use crate::ids::ApplicationId;
use crate::institution::LocalPolicy;
use crate::refusal::{Reason, Refusal};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// 20 yuan, in fen.
pub const CARD_FEE_FEN: i64 = 2_000;

/// Why a card is made, as far as the fee depends on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Occasion {
    /// A first card.
    First,
    /// A card for somebody who has had one in the province before.
    Again,
    /// 补卡
    Reissue,
    /// 换卡 for damage.
    Damaged {
        /// Whether a person did it (人为损坏).
        by_human: bool,
        /// When the damaged card was issued.
        issued_on: Date,
    },
    /// 换卡 for another reason.
    Exchange,
}

/// What a city has decided about the fee within Article 42.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FeePolicy {
    /// 质保期, in months from the day of issue; the city sets it. Without one nothing is under warranty.
    pub warranty_months: Option<u32>,
    /// Whether the city waives the fee for everybody.
    pub waived: bool,
}

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
}

/// The fee of one application.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fee {
    /// Nothing is owed.
    Free {
        /// Why.
        ground: FreeGround,
    },
    /// Owed.
    Due {
        /// How much, in fen.
        fen: i64,
    },
    /// Paid.
    Paid {
        /// How much, in fen.
        fen: i64,
        /// When.
        at: Instant,
        /// Number of the non-tax e-receipt.
        receipt: String,
    },
}

impl Fee {
    /// Whether nothing stands in the way of production: an unpaid card never enters a batch (R22.1).
    pub fn is_settled(&self) -> bool {
        clause!(R22.1);
        !matches!(self, Self::Due { .. })
    }

    /// Records the payment; does nothing when nothing is due.
    pub fn pay(&mut self, at: Instant, receipt: String) {
        if let Self::Due { fen } = self {
            *self = Self::Paid { fen: *fen, at, receipt };
        }
    }
}

/// The rule of Article 22.
pub fn assess(occasion: Occasion, policy: FeePolicy, on: Date) -> Fee {
    clause!(R22.1);
    let ground = match occasion {
        Occasion::First => Some(FreeGround::FirstCard),
        Occasion::Damaged { by_human: false, issued_on } => policy
            .warranty_months
            .is_some_and(|months| on <= crate::calendar::add_months_clamped(issued_on, months as i32))
            .then_some(FreeGround::Warranty),
        _ => None,
    };
    match ground.or(policy.waived.then_some(FreeGround::LocalPolicy)) {
        Some(ground) => Fee::Free { ground },
        None => Fee::Due { fen: CARD_FEE_FEN },
    }
}

/// The fee of a new application: free when the person has never had a card in the province, or by the city's policy.
pub fn at_application(file: &HolderFile, policy: &LocalPolicy, on: Date) -> Fee {
    let occasion = if file.cards.is_empty() { Occasion::First } else { Occasion::Again };
    assess(occasion, policy.fee(), on)
}

/// 缴费: the treasury confirmed the payment.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Pay {
    /// For which application.
    pub application: ApplicationId,
    /// Number of the non-tax e-receipt.
    pub receipt: String,
}

/// Decides 缴费.
pub fn pay(
    file: &HolderFile,
    command: &Pay,
    _ctx: &Ctx,
    _around: Around<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    let application = file.application(command.application).ok_or(Reason::NotFound)?;
    match application.fee {
        Fee::Due { .. } if application.is_open() => {
            Ok(vec![HolderEvent::FeePaid { application: application.id, receipt: command.receipt.clone() }])
        }
        _ => Err(Reason::NothingDue.into()),
    }
}
