//! 电子社保卡 (Articles 2 and 8): it is asked for once the card is made, and 全国社保卡服务平台 answers its number. It is one form of
//! the same card, and follows it from then on.

use crate::clause;
use crate::facts::claim::Claim;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::ids::{CardId, ECardNumber};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule};
use serde::{Deserialize, Serialize};

/// 电子社保卡签发结果: the number that the platform gave to the e-card of a card.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TakeNumber {
    pub card: CardId,
    /// 电子社保卡卡号.
    pub number: ECardNumber,
}

impl Rule for TakeNumber {
    fn verb(&self) -> Verb {
        Verb::TakeECardNumber
    }

    /// The platform is the nation's: cards of every city are its own.
    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::Anywhere
    }

    fn claims(&self) -> Vec<Claim> {
        vec![Claim::e_card(&self.number)]
    }

    /// Decides it. A card that was cancelled meanwhile has its e-card all the same: the platform hears the card's state after it.
    fn decide(&self, Asked { file, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R2.1);
        clause!(R8.8);
        let card = file.card(self.card).ok_or_else(|| Refusal::about(Reason::NotFound, "卡编号"))?;
        match &card.signed_e_card {
            None => Ok(vec![HolderEvent::ECardSigned { card: card.id, number: self.number.clone() }]),
            Some(known) if known.number == self.number => Err(Reason::NothingToDo.into()),
            Some(_) => Err(Reason::ECardSigned.into()),
        }
    }
}
