//! 上门激活 (Article 16 一(三)): two clerks of the card's bank, who each confirm under their own sign-in that the holder is alive, is
//! the holder, and wants it. The account is active once the second has confirmed.

use super::{activated, all_found, can_be_activated, in_hand, own_bank};
use crate::clause;
use crate::counter::{Came, Missing, identified};
use crate::ctx::Actor;
use crate::facts::activation::{ActivationManner, Found, HomeVisit};
use crate::facts::card::Card;
use crate::facts::counter::Shown;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::ids::{CardId, OfficerId};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_bank_of};
use serde::{Deserialize, Serialize};

/// 上门核验登记, by the first clerk. Nothing works yet.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RecordVisit {
    pub card: CardId,
    pub found: Found,
    /// Whether the document was verified in the original.
    pub verified: bool,
    /// The holder's document.
    pub shown: Option<Shown>,
}

/// 上门核验确认, by the second clerk on the same day: the account is activated.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ConfirmVisit {
    pub card: CardId,
    pub found: Found,
    /// Whether the document was verified in the original, by this clerk too.
    pub verified: bool,
    /// The holder's document.
    pub shown: Option<Shown>,
}

/// A person of ours, who signed in.
fn clerk(asked: Asked<'_>) -> Result<OfficerId, Refusal> {
    match asked.ctx.actor {
        Actor::Officer(id) => Ok(id),
        Actor::Bank(_) | Actor::Vendor(_) | Actor::Partner(_) | Actor::Kiosk(_) | Actor::System => {
            Err(Reason::TwoClerksNeeded.into())
        }
    }
}

/// What either clerk must state; the card that it is about.
fn stated<'a>(id: CardId, found: Found, came: Came<'_>, asked: Asked<'a>) -> Result<&'a Card, Refusal> {
    let card = asked.file.card(id).ok_or(Reason::NotFound)?;
    own_bank(card, asked)?;
    can_be_activated(asked.file, card)?;
    let mut missing = Missing::default();
    all_found(&mut missing, found);
    identified(&mut missing, came, asked);
    missing.end_by(Reason::DocumentsNotVerified, clause!(R16.4))?;
    Ok(card)
}

impl Rule for RecordVisit {
    fn verb(&self) -> Verb {
        Verb::RecordVisit
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        at_bank_of(file, self.card)
    }

    /// Decides the first clerk's part.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R16.4);
        let first = clerk(asked)?;
        let came = Came { verified: self.verified, holder: self.shown.as_ref(), deputy: None };
        let card = stated(self.card, self.found, came, asked)?;
        in_hand(card, &came.kept(), asked)?;
        let visit = HomeVisit { first, at: asked.ctx.now, found: self.found, by: came.kept() };
        Ok(vec![HolderEvent::VisitRecorded { card: card.id, visit: Box::new(visit) }])
    }
}

impl Rule for ConfirmVisit {
    fn verb(&self) -> Verb {
        Verb::ConfirmVisit
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        at_bank_of(file, self.card)
    }

    /// Decides the second clerk's part, and with it 激活.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R16.4);
        let second = clerk(asked)?;
        let card = asked.file.card(self.card).ok_or(Reason::NotFound)?;
        // Both stood before the holder: what was found on another day is recorded again.
        let visit =
            card.visit.as_ref().filter(|v| v.at.date() == asked.ctx.today()).ok_or_else(|| {
                Refusal::about(Reason::TwoClerksNeeded, "当日没有第一名经办人的上门核验登记")
            })?;
        if visit.first == second {
            return Err(Refusal::about(Reason::TwoClerksNeeded, "登记人不能确认自己的登记"));
        }
        let came = Came { verified: self.verified, holder: self.shown.as_ref(), deputy: None };
        stated(self.card, self.found, came, asked)?;
        let mut events = in_hand(card, &came.kept(), asked)?;
        let manner = ActivationManner::HomeVisit { second, first: Some(visit.first) };
        events.extend(activated(asked.file, card, manner, came.kept(), asked.ctx));
        Ok(events)
    }
}
