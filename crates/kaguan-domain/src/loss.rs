//! 挂失和解挂 (Articles 23 to 26). A loss takes effect at once and stops both halves: the social function here, the
//! account at the bank by an intent. A card has one loss at a time: a formal one takes the place of a temporary one.

use crate::clause;
use crate::ctx::Channel;
use crate::facts::card::{Card, Hold, Social};
use crate::facts::custody::Custody;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::intent::IntentKind;
use crate::facts::social_security_number::SocialSecurityNumber;
use crate::ids::{BankCode, CardId};
use crate::link;
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_bank_of};
use serde::{Deserialize, Serialize};

/// What identifies somebody online: social security number, name and bank (R24.1).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnlineIdentity {
    /// 社会保障号码
    pub number: String,
    /// 姓名, as displayed.
    pub name: String,
    /// 服务银行
    pub bank: BankCode,
}

impl std::fmt::Debug for OnlineIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OnlineIdentity({})", self.bank.as_str())
    }
}

/// 临时挂失.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ReportTemporary {
    pub card: CardId,
    /// Needed online; at a counter the clerk has verified the person.
    pub identity: Option<OnlineIdentity>,
}

/// 正式挂失.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ReportFormal {
    pub card: CardId,
}

/// 解除挂失.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Release {
    pub card: CardId,
}

/// A card that can be lost: handed over, and neither cancelled nor cleaned.
fn losable(file: &HolderFile, id: CardId) -> Result<&Card, Refusal> {
    let card = file.card(id).ok_or(Reason::NotFound)?;
    if !card.stands() || matches!(card.social, Social::Cancelled { .. }) {
        return Err(Reason::CardCancelled.into());
    }
    if !matches!(card.custody, Custody::WithHolder { .. }) {
        return Err(Reason::NotHandedOver.into());
    }
    Ok(card)
}

impl Rule for ReportTemporary {
    fn verb(&self) -> Verb {
        Verb::ReportTemporaryLoss
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        // The card's own bank, at any of its outlets in the province (R24.1).
        at_bank_of(file, self.card)
    }

    /// Decides 临时挂失: at a bank's outlet, by the bank's phone or net, or online; at once, in any city.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R24.1);
        let card = losable(file, self.card)?;
        if ctx.channel == Channel::Online {
            let details = file.person.as_ref().map(|p| &p.details).ok_or(Reason::NotFound)?;
            let fits = self.identity.as_ref().is_some_and(|i| {
                let number = SocialSecurityNumber::looked_for(&i.number);
                number.is_ok_and(|n| n == details.ssn)
                    && i.name == details.name.display()
                    && i.bank == card.bank
            });
            if !fits {
                return Err(Reason::LossIdentityMismatch.into());
            }
        }
        if card.loss().is_some() {
            return Err(Reason::AlreadyLost.into());
        }
        Ok(vec![
            HolderEvent::LossReported { card: card.id, formal: false },
            link::intend(card, IntentKind::LoseTemporarily, ctx),
        ])
    }
}

impl Rule for ReportFormal {
    fn verb(&self) -> Verb {
        Verb::ReportFormalLoss
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        // The card's own bank, at any of its outlets in the province (R25.1).
        at_bank_of(file, self.card)
    }

    /// Decides 正式挂失: at an outlet of the card's bank, in any city; after a temporary loss or without one.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R25.1);
        let card = losable(file, self.card)?;
        if card.loss() == Some(Hold::FormalLoss) {
            return Err(Reason::AlreadyLost.into());
        }
        Ok(vec![
            HolderEvent::LossReported { card: card.id, formal: true },
            link::intend(card, IntentKind::LoseFormally, ctx),
        ])
    }
}

impl Rule for Release {
    fn verb(&self) -> Verb {
        Verb::ReleaseLoss
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        at_bank_of(file, self.card)
    }

    /// Decides 解除挂失: refused once a replacement has been applied for.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R26.1);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        if matches!(card.social, Social::Cancelled { .. }) {
            return Err(Reason::CardCancelled.into());
        }
        if card.loss().is_none() {
            return Err(Reason::NotLost.into());
        }
        if file.replacement_of(card.id).is_some() {
            clause!(R27.4);
            return Err(Reason::ReplacementFiled.into());
        }
        Ok(vec![
            HolderEvent::LossReleased { card: card.id },
            link::intend(card, IntentKind::ReleaseLoss, ctx),
        ])
    }
}
