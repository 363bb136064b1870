//! 社保应用密码 (Articles 17 to 21). The PIN lives on the chip: no PIN is ever stored, logged or sent to the server;
//! what is recorded is that it was changed, locked, unlocked or reset, by whom and when. The account's password is the
//! bank's alone.

use crate::activation::{can_work, in_hand};
use crate::application::acts::ActsFor;
use crate::clause;
use crate::clause::Clause;
use crate::counter::{Came, Missing, file_images, guardian_of_a_child, identified, proof_of_relation};
use crate::ctx::Actor;
use crate::facts::activation::EnableManner;
use crate::facts::card::Social;
use crate::facts::counter::{Attendance, Deputy, Shown};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::pin::{Pin, PinChange};
use crate::facts::social_security_number::SocialSecurityNumber;
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

impl RecordPin {
    /// The clause of the service.
    pub(crate) fn clause(&self) -> Clause {
        article_of(self.change)
    }

    /// That the card is not in its holder's hand, by the article of the service, before what keeps it from being handed over.
    fn not_there(&self, refused: Refusal) -> Refusal {
        if refused.reason != Reason::NotHandedOver {
            return refused;
        }
        let by = [self.clause()].into_iter().chain(refused.by.iter().copied()).collect();
        Refusal { by, ..refused }
    }
}

/// Wrong PINs in a row that lock the chip (R20.1).
pub const TRIES: u8 = 6;

/// The article of each service; a chip locks by Article 20 too.
fn article_of(change: PinChange) -> Clause {
    match change {
        PinChange::Changed => clause!(R19.1),
        PinChange::Locked | PinChange::Unlocked => clause!(R20.1),
        PinChange::Reset => clause!(R21.1),
    }
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
        let (verified, holder) = (self.verified, self.shown.as_ref());
        let came = Came { verified, holder, deputy: guardian, acts: ActsFor::Pin };
        // A card that an employer collected is in the holder's hand now.
        let mut events = in_hand(card, &came.kept(), asked).map_err(|refused| self.not_there(refused))?;
        let recorded = |pin| HolderEvent::PinRecorded {
            card: card.id,
            pin,
            change: self.change,
            locked_at: (pin == Pin::Locked).then_some(ctx.now),
            by: came.kept(),
        };
        if self.change == PinChange::Locked {
            clause!(R20.1);
            if card.pin == Pin::Locked {
                return Err(Reason::NothingToDo.into());
            }
            events.push(recorded(Pin::Locked));
            return Ok(events);
        }
        if card.is_held() {
            return Err(Refusal::held_back(card));
        }
        if self.change == PinChange::Changed && card.pin == Pin::Locked {
            clause!(R19.1);
            return Err(Reason::PinLocked.into());
        }
        if self.change == PinChange::Unlocked && card.pin != Pin::Locked {
            clause!(R20.1);
            let way = "芯片确已锁定的，先登记密码锁定，再登记解锁；没有锁定的，无需解锁，忘记密码的办理重置";
            let about = "本系统没有登记该卡的密码锁定";
            return Err(Refusal::about(Reason::NothingToDo, about).by(clause!(R20.1)).way(way));
        }
        clause!(R21.1);
        let mut missing = Missing::default();
        identified(&mut missing, came, asked);
        guardian_of_a_child(&mut missing, guardian, asked);
        if self.change != PinChange::Unlocked {
            clause!(R18.1);
            missing.unless(self.risks_told, "未告知用卡风险和密码保管要求");
        }
        let initial = card.social == Social::NotEnabled;
        if initial && self.change == PinChange::Changed {
            proof_of_relation(&mut missing, guardian);
        }
        missing.end_by(Reason::DocumentsNotVerified, article_of(self.change))?;
        events.extend(file_images(guardian.iter().flat_map(|d| &d.copies), card, asked));
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
            // The PIN of a card that is not enabled is still the initial one.
            PinChange::Unlocked | PinChange::Reset => {
                events.push(recorded(if initial { Pin::Initial } else { Pin::Set }));
            }
            PinChange::Locked => {}
        }
        Ok(events)
    }
}

/// 自助终端修改密码 (Article 19): the holder changes the PIN by the card and the PIN that it has, at a terminal that serves itself. No
/// PIN leaves the terminal.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ChangeAtTerminal {
    pub card: CardId,
    /// 读卡: the terminal has read the chip, and found it genuine.
    pub card_read: bool,
    /// 原密码: the chip has taken the PIN that it had.
    pub old_pin: bool,
    /// As in [`RecordPin`].
    pub risks_told: bool,
}

impl Rule for ChangeAtTerminal {
    fn verb(&self) -> Verb {
        Verb::ChangePin
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::Anywhere
    }

    /// Decides it: card and PIN stand for the holder, so that whoever has lost either goes to a counter. The initial PIN is changed there
    /// too, for that enables the card, and nobody has seen who holds it.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R19.1);
        if let Actor::Officer(_) | Actor::Bank(_) | Actor::Vendor(_) = ctx.actor {
            return Err(Reason::NotPermitted.into());
        }
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        if card.is_cancelled() {
            return Err(Reason::CardCancelled.into());
        }
        if card.is_held() {
            return Err(Refusal::held_back(card));
        }
        if card.pin == Pin::Locked {
            return Err(Reason::PinLocked.into());
        }
        if card.social == Social::NotEnabled || card.pin == Pin::Initial {
            clause!(R8.2);
            let child = file.person.as_ref().is_some_and(|p| p.details.needs_guardian(ctx.today()));
            let way = match child {
                true => "初始密码由监护人持本人、持卡人的有效身份证件和监护人证明文件，到卡经办网点修改",
                false => "初始密码须持本人有效身份证件到卡经办网点修改",
            };
            let about = "该卡仍是初始密码，自助终端不能修改";
            return Err(Refusal::about(Reason::WrongStage, about).by(clause!(R19.1)).way(way));
        }
        let mut missing = Missing::default();
        missing.unless_verified(self.card_read, "终端未读取并核验社保卡");
        missing.unless_verified(self.old_pin, "未核验原密码");
        clause!(R18.1);
        missing.unless(self.risks_told, "未告知用卡风险和密码保管要求");
        missing.end_by(Reason::HolderNotVerified, clause!(R19.1))?;
        let (by, change) = (Attendance::default(), PinChange::Changed);
        Ok(vec![HolderEvent::PinRecorded { card: card.id, pin: Pin::Set, change, locked_at: None, by }])
    }
}

/// Digits of a PIN.
const DIGITS: usize = 6;
/// 初始密码, the same on every card that is made.
pub const INITIAL_PIN: &str = "123456";

/// Why a new PIN is not taken. It says the rule, and nothing of the PIN.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PoorPin {
    NotSixDigits,
    Initial,
    OneDigit,
    /// `345678`, `987654`.
    Run,
    /// Year, month and day in any of the usual orders.
    Birthday,
    /// Six digits that follow each other in the number.
    OfTheNumber,
}

impl PoorPin {
    /// In the order in which they are judged.
    pub const ALL: [Self; 6] =
        [Self::NotSixDigits, Self::Initial, Self::OneDigit, Self::Run, Self::Birthday, Self::OfTheNumber];

    /// For whoever types it.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotSixDigits => "新密码应为六位数字",
            Self::Initial => "新密码不能是初始密码",
            Self::OneDigit => "新密码过于简单：六位是同一个数字",
            Self::Run => "新密码过于简单：六位是连续的数字",
            Self::Birthday => "新密码过于简单：是出生日期",
            Self::OfTheNumber => "新密码过于简单：是社会保障号码中连续的六位",
        }
    }
}

/// Judges a new PIN (R18.1) where it is typed, before the chip is asked. Of the holder's number as much is judged as is known there.
///
/// # Errors
/// Why it is not taken.
pub fn judge_new_pin(pin: &str, number: &str) -> Result<(), PoorPin> {
    clause!(R18.1);
    if pin.len() != DIGITS || !pin.bytes().all(|b| b.is_ascii_digit()) {
        return Err(PoorPin::NotSixDigits);
    }
    if pin == INITIAL_PIN {
        return Err(PoorPin::Initial);
    }
    let steps: Vec<i16> = pin.as_bytes().windows(2).map(|w| i16::from(w[1]) - i16::from(w[0])).collect();
    for (step, why) in [(0, PoorPin::OneDigit), (1, PoorPin::Run), (-1, PoorPin::Run)] {
        if steps.iter().all(|s| *s == step) {
            return Err(why);
        }
    }
    let birth = SocialSecurityNumber::looked_for(number).ok().and_then(|n| n.birth_date());
    if birth.is_some_and(|b| {
        let (year, century) = (b.year().rem_euclid(100), b.year());
        let (month, day) = (b.month(), b.day());
        [
            format!("{year:02}{month:02}{day:02}"),
            format!("{month:02}{day:02}{year:02}"),
            format!("{day:02}{month:02}{year:02}"),
            format!("{century:04}{month:02}"),
            format!("{month:02}{century:04}"),
        ]
        .iter()
        .any(|said| said == pin)
    }) {
        return Err(PoorPin::Birthday);
    }
    if number.contains(pin) {
        return Err(PoorPin::OfTheNumber);
    }
    Ok(())
}
