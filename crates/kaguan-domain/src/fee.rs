//! 工本费 (Article 22): 20 yuan a card, free for a first card and for an exchange within the warranty.

use crate::clause;
use crate::ctx::{Actor, Ctx, Instant};
use crate::facts::application::Application;
use crate::facts::claim::Claim;
use crate::facts::fee::{CURRENCY, Fee, FreeGround, PaymentDetails, yuan};
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

/// By how much the clocks of the treasury and of the system may differ, in microseconds: ten minutes.
const CLOCKS_DIFFER: i64 = 600_000_000;

/// Why a card is made, as far as the fee depends on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Occasion {
    /// A first card.
    First,
    /// A card for somebody who has had one in the province before: applied for anew, 补卡, or 换卡 without damage.
    Again,
    /// 换卡 for damage.
    Damaged {
        /// Whether a person did it (人为损坏).
        by_human: bool,
        /// When the damaged card was issued.
        issued_on: Date,
    },
}

/// The rule of Article 22.
pub fn assess(occasion: Occasion, policy: FeePolicy, on: Date) -> Fee {
    clause!(R22.1);
    let ground = match occasion {
        Occasion::First => Some(FreeGround::FirstCard),
        Occasion::Damaged { by_human: false, issued_on } => policy
            .warranty_months
            .map(|months| i32::try_from(months).unwrap_or(i32::MAX))
            .is_some_and(|months| on <= crate::calendar::add_months_clamped(issued_on, months))
            .then_some(FreeGround::Warranty),
        Occasion::Damaged { by_human: true, .. } | Occasion::Again => None,
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

/// 缴费: the treasury, or a clerk who has its e-receipt at hand, says what was paid. What is missing or wrong is told at once.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Pay {
    pub application: ApplicationId,
    /// 票据代码 (8 digits) and 票据号码 (10 digits) of the non-tax e-receipt, together 18.
    pub receipt: String,
    /// How much was paid, in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fen: Option<i64>,
    /// ISO 4217.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// 校验码 of the e-receipt, six letters or digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    /// 缴款时间.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Instant>,
}

impl Pay {
    /// A payment of one card's fee, complete, with a receipt of some number.
    pub fn of_one_card(application: ApplicationId, receipt: u64, paid_at: Instant) -> Self {
        Self {
            application,
            receipt: format!("{:018}", receipt % 1_000_000_000_000_000_000),
            fen: Some(CARD_FEE_FEN),
            currency: Some(CURRENCY.into()),
            check: Some(format!("{:06x}", receipt % 0x1_00_00_00)),
            paid_at: Some(paid_at),
        }
    }

    /// Everything that is missing or wrong in it by itself, in Chinese, part by part. `applied_on` is the day of the application, where that
    /// is known: nobody has paid for it before.
    pub fn wrong(&self, now: Instant, applied_on: Option<Date>) -> Vec<String> {
        clause!(R22.1);
        let mut wrong = Vec::new();
        if self.receipt.len() != 18 || !self.receipt.bytes().all(|b| b.is_ascii_digit()) {
            wrong.push("票据代码为8位数字、票据号码为10位数字，合计18位".to_owned());
        }
        let check = self.check.as_deref().unwrap_or_default();
        if check.len() != 6 || !check.bytes().all(|b| b.is_ascii_alphanumeric()) {
            wrong.push("校验码为6位字母或数字".to_owned());
        }
        if self.fen.is_none() {
            wrong.push("未报缴费金额".to_owned());
        }
        if self.currency.is_none() {
            wrong.push("未报币种".to_owned());
        }
        match (self.paid_at, applied_on) {
            (None, _) => wrong.push("未报缴款时间".to_owned()),
            (Some(at), _) if at.0 > now.0 + CLOCKS_DIFFER => wrong.push("缴款时间晚于现在".to_owned()),
            (Some(at), Some(day)) if at.date() < day => {
                wrong.push(format!("缴款时间早于申请之日（{day}），不是该申请的工本费"));
            }
            (Some(_), _) => {}
        }
        wrong
    }

    /// What was paid, as it is kept, once it is the whole fee in its currency; all that is wrong at once.
    fn details(&self, ctx: &Ctx, application: &Application) -> Result<PaymentDetails, Refusal> {
        clause!(R22.1);
        clause!(R8.5);
        let mut wrong = self.wrong(ctx.now, Some(application.received_on));
        let complete = wrong.is_empty();
        let currency = self.currency.as_deref().map(|c| c.trim().to_ascii_uppercase());
        if let (Fee::Due { fen: due }, Some(fen), Some(currency)) = (&application.fee, self.fen, &currency)
            && application.is_open()
            && (fen != *due || currency != CURRENCY)
        {
            let (should, is) = (yuan(*due), yuan(fen));
            wrong.push(format!("应缴{should}元（{CURRENCY}），票据所载为{is}（{currency}）"));
        }
        match (currency, self.check.clone(), self.paid_at) {
            (Some(currency), Some(check), Some(paid_at)) if wrong.is_empty() => {
                Ok(PaymentDetails { currency, check, paid_at })
            }
            _ => {
                let reason = if complete { Reason::WrongPayment } else { Reason::MaterialDefective };
                Err(Refusal::about(reason, wrong.join("；")).under(clause!(R22.1)))
            }
        }
    }
}

impl Rule for Pay {
    fn verb(&self) -> Verb {
        Verb::PayFee
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        at_outlet_of(file, self.application)
    }

    fn claims(&self) -> Vec<Claim> {
        vec![Claim::fee_receipt(&self.receipt)]
    }

    /// Decides 缴费: the whole fee, in its currency, by a receipt that has paid nothing else. That nobody else has it is found by its
    /// claim.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R22.1);
        let application = file.application(self.application).ok_or(Reason::NotFound)?;
        let is_due = application.is_open() && matches!(application.fee, Fee::Due { .. });
        match ctx.actor {
            // Of the dead nothing is taken at a counter, whatever the receipt says.
            Actor::Officer(_) | Actor::Kiosk(_) if is_due => crate::alive::nothing_is_paid(file)?,
            // What the treasury has been paid, it says.
            Actor::Officer(_)
            | Actor::Kiosk(_)
            | Actor::Bank(_)
            | Actor::Vendor(_)
            | Actor::Partner(_)
            | Actor::System => {}
        }
        let details = self.details(ctx, application)?;
        if !is_due {
            return Err(Reason::NothingDue.into());
        }
        if file.applications.iter().any(|a| a.fee.receipt() == Some(self.receipt.as_str())) {
            return Err(Reason::ReceiptUsed.into());
        }
        Ok(vec![HolderEvent::FeePaid {
            application: application.id,
            receipt: self.receipt.clone(),
            details: Some(details),
        }])
    }
}
