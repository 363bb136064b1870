//! 社保应用密码 (Articles 17 to 21). The PIN lives on the chip: no PIN is ever stored, logged or sent to the server;
//! what is recorded is that it was changed, locked, unlocked or reset, by whom and when. The account's password is the
//! bank's alone.

use crate::activation::{can_work, in_hand};
use crate::clause;
use crate::counter::{Came, Missing, file_images, guardian_of_a_child, identified};
use crate::facts::activation::EnableManner;
use crate::facts::application::AgentRelation;
use crate::facts::card::Social;
use crate::facts::counter::{Deputy, Shown};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::pin::{Pin, PinChange};
use crate::ids::CardId;
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule};
use serde::{Deserialize, Serialize};

/// A PIN service.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RecordPin {
    pub card: CardId,
    pub change: PinChange,
    /// Whether the holder's document was verified in the original.
    pub verified: bool,
    /// The holder's document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
    /// The guardian of somebody who cannot do it alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guardian: Option<Box<Deputy>>,
    /// 用卡风险 was told: no simple PIN, none told to others, what is done with it counts as the holder's own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub risks_told: bool,
}

/// Wrong PINs in a row that lock the chip (R20.1).
pub const TRIES: u8 = 6;

impl Rule for RecordPin {
    fn verb(&self) -> Verb {
        match self.change {
            PinChange::Changed => Verb::ChangePin,
            PinChange::Locked => Verb::RecordPinLocked,
            PinChange::Unlocked => Verb::UnlockPin,
            PinChange::Reset => Verb::ResetPin,
        }
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        // Served wherever the person comes (R18.1).
        Place::Anywhere
    }

    /// Decides what was done at a terminal, with the card there. Changing the initial PIN of a card that was handed over and is not
    /// enabled enables it too (R16.1); unlocking and resetting enable nothing.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R17.1);
        clause!(R21.2);
        let Asked { file, ctx, .. } = asked;
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        if card.is_cancelled() {
            return Err(Reason::CardCancelled.into());
        }
        let guardian = self.guardian.as_deref();
        let came = Came { verified: self.verified, holder: self.shown.as_ref(), deputy: guardian };
        // A card that an employer collected is in the holder's hand now.
        let mut events = in_hand(card, &came.kept(), asked)?;
        let recorded =
            |pin| HolderEvent::PinRecorded { card: card.id, pin, change: self.change, by: came.kept() };
        if self.change == PinChange::Locked {
            clause!(R20.1);
            if card.pin == Pin::Locked {
                return Err(Reason::NothingToDo.into());
            }
            events.push(recorded(Pin::Locked));
            return Ok(events);
        }
        if card.is_held() {
            return Err(Reason::CardHeldBack.into());
        }
        if self.change == PinChange::Changed && card.pin == Pin::Locked {
            clause!(R19.1);
            return Err(Reason::PinLocked.into());
        }
        clause!(R21.1);
        let mut missing = Missing::default();
        identified(&mut missing, came, asked);
        guardian_of_a_child(&mut missing, guardian, asked);
        if guardian.is_some_and(|d| d.relation != AgentRelation::Guardian) {
            missing.wrong_deputy("密码业务由持卡人本人办理，未成年人等由监护人办理");
        }
        if self.change != PinChange::Unlocked {
            clause!(R18.1);
            missing.unless(self.risks_told, "未告知用卡风险和密码保管要求");
        }
        missing.end(Reason::CollectorNotVerified)?;
        events.extend(file_images(guardian.iter().flat_map(|d| &d.copies), card, asked));
        let initial = card.social == Social::NotEnabled;
        match self.change {
            PinChange::Changed => {
                events.push(recorded(Pin::Set));
                if initial {
                    clause!(R16.1);
                    can_work(file, card)?;
                    events.extend(crate::replacement::takes_over(file, card, None, ctx));
                    let (manner, by) = (EnableManner::ByPin, came.kept());
                    events.push(HolderEvent::Enabled { card: card.id, manner, by });
                }
            }
            PinChange::Unlocked if card.pin != Pin::Locked => return Err(Reason::NothingToDo.into()),
            // The PIN of a card that is not enabled is still the initial one.
            PinChange::Unlocked | PinChange::Reset => {
                events.push(recorded(if initial { Pin::Initial } else { Pin::Set }));
            }
            PinChange::Locked => {}
        }
        Ok(events)
    }
}
