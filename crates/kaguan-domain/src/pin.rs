//! 社保应用密码 (Articles 17 to 21). The PIN lives on the chip: no PIN is ever stored, logged or sent to the server;
//! what is recorded is that it was changed, locked, unlocked or reset, by whom and when. The account's password is the
//! bank's alone.

use crate::clause;
use crate::facts::activation::EnableManner;
use crate::facts::card::{Card, Social};
use crate::facts::custody::Custody;
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
}

/// Wrong PINs in a row that lock the chip (R20.1).
pub const TRIES: u8 = 6;

/// Whether a new PIN is refused at the terminal: not six digits, all the same, a run, or part of the holder's own
/// number or birth date (R18.1). Called where the PIN is typed; it goes no further.
pub fn is_weak(pin: &str, number: &str) -> bool {
    clause!(R18.1);
    let digits: Vec<u8> = pin.bytes().collect();
    if digits.len() != 6 || !digits.iter().all(u8::is_ascii_digit) {
        return true;
    }
    let step = |d: i16| digits.windows(2).all(|w| i16::from(w[1]) - i16::from(w[0]) == d);
    let halves = digits[..3] == digits[3..] || digits[..2] == digits[2..4] && digits[2..4] == digits[4..];
    step(0) || step(1) || step(-1) || halves || number.contains(pin)
}

fn in_hand(file: &HolderFile, id: CardId) -> Result<&Card, Refusal> {
    let card = file.card(id).ok_or(Reason::NotFound)?;
    if card.is_cancelled() {
        return Err(Reason::CardCancelled.into());
    }
    if !matches!(card.custody, Custody::WithHolder { .. }) {
        return Err(Reason::NotHandedOver.into());
    }
    Ok(card)
}

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

    /// Decides what a terminal reports. Changing the initial PIN of a card in hand enables it too (R16.1).
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R17.1);
        clause!(R21.2);
        let card = in_hand(file, self.card)?;
        let event = |pin| HolderEvent::PinRecorded { card: card.id, pin, change: self.change };
        match self.change {
            PinChange::Locked => {
                clause!(R20.1);
                return if card.pin == Pin::Locked {
                    Err(Reason::NothingToDo.into())
                } else {
                    Ok(vec![event(Pin::Locked)])
                };
            }
            _ if card.is_held() => return Err(Reason::CardHeldBack.into()),
            PinChange::Changed => {
                clause!(R19.1);
                if card.pin == Pin::Locked {
                    return Err(Reason::PinLocked.into());
                }
            }
            PinChange::Unlocked | PinChange::Reset => {
                clause!(R21.1);
                if !self.verified {
                    return Err(Refusal::about(Reason::CollectorNotVerified, "须核实持卡人本人有效身份证件"));
                }
                if self.change == PinChange::Unlocked && card.pin != Pin::Locked {
                    return Err(Reason::NothingToDo.into());
                }
            }
        }
        let mut events = vec![event(Pin::Set)];
        if card.social == Social::NotEnabled {
            if file.cards.iter().any(|c| c.id != card.id && c.in_force() && !file.replaces(card, c)) {
                return Err(Reason::OtherCardInForce.into());
            }
            events.extend(crate::replacement::takes_over(file, card, None, ctx));
            events.push(HolderEvent::Enabled { card: card.id, manner: EnableManner::ByPin });
        }
        Ok(events)
    }
}
