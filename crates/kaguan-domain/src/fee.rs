//! 工本费 (Article 22): 20 yuan a card, free for a first card and for an exchange within the warranty.

use crate::clause;
use crate::facts::fee::{Fee, FreeGround};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::policy::{FeePolicy, LocalPolicy};
use crate::ids::ApplicationId;
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_outlet_of};
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
    pub application: ApplicationId,
    /// Number of the non-tax e-receipt.
    pub receipt: String,
}

impl Rule for Pay {
    fn verb(&self) -> Verb {
        Verb::PayFee
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        at_outlet_of(file, self.application)
    }

    /// Decides 缴费.
    fn decide(&self, Asked { file, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        let application = file.application(self.application).ok_or(Reason::NotFound)?;
        match application.fee {
            Fee::Due { .. } if application.is_open() => {
                Ok(vec![HolderEvent::FeePaid { application: application.id, receipt: self.receipt.clone() }])
            }
            _ => Err(Reason::NothingDue.into()),
        }
    }
}
