//! 社保功能启用 and 银行账户激活 (Article 16). Two independent facets: to *enable* is the social function's, to
//! *activate* is the account's.

use crate::clause;
use crate::ctx::Actor;
use crate::facts::activation::{ActivationManner, EnableManner};
use crate::facts::batch::keeper_of;
use crate::facts::card::{Account, Card, Social};
use crate::facts::custody::Party;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::ids::{CardId, OfficerId};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_bank_of};
use serde::{Deserialize, Serialize};

/// 社保功能启用 alone.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Enable {
    /// Which card; the holder has it in hand.
    pub card: CardId,
    /// Whether the holder's document was verified in the original.
    pub verified: bool,
}

/// 银行账户激活, with 社保功能启用 in the same step when that is still to do.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Activate {
    /// Which card; the holder has it in hand.
    pub card: CardId,
    /// How the holder was verified.
    pub manner: ActivationManner,
}

/// The card is in its holder's hands: handed over, or brought by the holder after the employer collected it. In
/// the latter case the hand-over from the employer is recorded now.
fn in_hand(card: &Card, around: Around<'_>) -> Result<Vec<HolderEvent>, Refusal> {
    match keeper_of(&card.custody, around.batches.get(&card.batch)) {
        Some(Party::Holder) => Ok(Vec::new()),
        Some(from @ Party::Employer(_)) => Ok(vec![HolderEvent::HandedOver {
            card: card.id,
            from,
            collector: crate::facts::custody::Collector::Holder,
        }]),
        _ => Err(Reason::NotHandedOver.into()),
    }
}

/// A card that can be made to work.
fn can_work(file: &HolderFile, card: &Card) -> Result<(), Refusal> {
    if matches!(card.social, Social::Cancelled { .. }) {
        return Err(Reason::CardCancelled.into());
    }
    if file.cards.iter().any(|c| c.id != card.id && c.in_force() && !file.replaces(card, c)) {
        clause!(R3.2);
        return Err(Reason::OtherCardInForce.into());
    }
    if card.is_held() {
        return Err(Reason::CardHeldBack.into());
    }
    Ok(())
}

impl Rule for Enable {
    fn verb(&self) -> Verb {
        Verb::Enable
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        // Away from the issuing city too (R16.3).
        file.card(self.card).map_or(Place::Anywhere, |c| Place::Served(c.bank.clone()))
    }

    /// Decides 启用: at any outlet of the province (R16.3), at once.
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R16.1);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        if card.is_cancelled() {
            return Err(Reason::CardCancelled.into());
        }
        let mut events = in_hand(card, around)?;
        if matches!(card.social, Social::Enabled { .. }) {
            return Err(Reason::AlreadyEnabled.into());
        }
        can_work(file, card)?;
        if !self.verified {
            return Err(Refusal::about(Reason::CollectorNotVerified, "须核实持卡人本人有效身份证件"));
        }
        events.extend(crate::replacement::takes_over(file, card, None, ctx));
        events.push(HolderEvent::Enabled { card: card.id, manner: EnableManner::Alone });
        Ok(events)
    }
}

impl Rule for Activate {
    fn verb(&self) -> Verb {
        Verb::Activate
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        at_bank_of(file, self.card)
    }

    /// Decides 激活: by the card's bank, at any of its outlets (R16.3), face to face save for the exceptions (R16.2).
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R16.2);
        clause!(R16.3);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        let clerk = |id: OfficerId| {
            let officer = around.institutions.officer(id).filter(|o| o.active)?;
            around.institutions.org(officer.org)?.bank.clone()
        };
        match &ctx.actor {
            Actor::Officer(id) if clerk(*id).as_ref() != Some(&card.bank) => {
                return Err(Reason::WrongBank.into());
            }
            Actor::Bank(bank) if *bank != card.bank => return Err(Reason::WrongBank.into()),
            _ => {}
        }
        let mut events = in_hand(card, around)?;
        match &card.account {
            Account::PreOpened => {}
            Account::Active { .. } => return Err(Reason::AlreadyActive.into()),
            Account::Closed { .. } => return Err(Refusal::about(Reason::WrongStage, "银行账户已注销")),
        }
        if !matches!(card.social, Social::Enabled { .. }) || card.is_held() {
            can_work(file, card)?;
        }
        match &self.manner {
            ActivationManner::FaceToFace => {}
            ActivationManner::Proxy { copy } if copy.is_empty() => {
                return Err(Refusal::about(Reason::AgentNotAllowed, "须留存代办人证件和监护或代理关系证明"));
            }
            ActivationManner::Proxy { .. } => {}
            ActivationManner::HomeVisit { second } => {
                let other = clerk(*second).as_ref() == Some(&card.bank);
                let same = matches!(&ctx.actor, Actor::Officer(id) if id == second);
                if !other || same {
                    return Err(Reason::TwoClerksNeeded.into());
                }
            }
            ActivationManner::BankVisit { clerks: [first, second] } => {
                let named = !first.trim().is_empty() && !second.trim().is_empty();
                if !named || first.trim() == second.trim() {
                    return Err(Reason::TwoClerksNeeded.into());
                }
            }
            ActivationManner::Remote => return Err(Reason::NotFaceToFace.into()),
        }
        if matches!(card.social, Social::NotEnabled) {
            clause!(R16.1);
            events.extend(crate::replacement::takes_over(file, card, None, ctx));
            events.push(HolderEvent::Enabled { card: card.id, manner: EnableManner::WithActivation });
        }
        events.push(HolderEvent::Activated { card: card.id, manner: self.manner.clone() });
        // Accounts of cards cleaned under the one-card rule are closed once the new card is active (X10.1).
        let cleaned = |c: &&Card| c.holds.contains(&crate::facts::card::Hold::OneCardCleanUp);
        for old in file.cards.iter().filter(cleaned).filter(|c| crate::link::wants_closing(c)) {
            clause!(X10.1);
            events.push(crate::link::intend(old, crate::facts::intent::IntentKind::Close, ctx));
        }
        Ok(events)
    }
}
