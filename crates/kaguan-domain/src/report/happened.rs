//! 业务统计, 发行统计, 回收统计: what is counted of what happens on cards, under which name, for which city and bank. What
//! becomes of a card afterwards changes nothing.

use crate::clause;
use crate::facts::batch::{BatchEvent, BatchFile};
use crate::facts::custody::RecallReason;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::ids::{ApplicationId, BankCode, CardId, CityCode};

macro_rules! businesses {
    ($($Name:ident = $code:literal, $zh:literal;)+) => {
        /// Under which name something is counted.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Business { $(#[doc = $zh] $Name,)+ }

        impl Business {
            /// All of them, in the order of a card's life.
            pub const ALL: &'static [Self] = &[$(Self::$Name,)+];

            /// The stable name in the tally.
            pub fn code(self) -> &'static str {
                match self { $(Self::$Name => $code,)+ }
            }

            /// Reads a stable name.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$Name),)+ _ => None }
            }

            /// The Chinese term.
            pub fn name(self) -> &'static str {
                match self { $(Self::$Name => $zh,)+ }
            }
        }
    };
}

businesses! {
    Made = "made", "制成";
    HandedOver = "handed_over", "领取";
    HandedOverToUnit = "handed_over_to_unit", "批量领取（单位代领）";
    Enabled = "enabled", "社保功能启用";
    Activated = "activated", "银行账户激活";
    TemporaryLoss = "temporary_loss", "临时挂失";
    FormalLoss = "formal_loss", "正式挂失";
    LossByBankChange = "loss_by_bank_change", "变更服务银行挂失";
    LossReleased = "loss_released", "解除挂失";
    Replaced = "replaced", "补换卡注销";
    TakenBack = "taken_back", "回收";
    OfferedAgain = "offered_again", "二次发放";
    Cancelled = "cancelled", "注销";
    AccountClosed = "account_closed", "银行账户销户";
}

impl Business {
    /// The kind within it, as it is printed: for which business a card was made, why one was taken back.
    pub fn detail_name(self, detail: &str) -> &'static str {
        let reason = || RecallReason::ALL.into_iter().find(|r| r.code() == detail).map(RecallReason::name);
        let purpose = || PURPOSES.iter().find(|(code, _)| *code == detail).map(|(_, name)| *name);
        let found = match self {
            Self::Made => purpose(),
            Self::TakenBack => reason(),
            Self::HandedOver
            | Self::HandedOverToUnit
            | Self::Enabled
            | Self::Activated
            | Self::TemporaryLoss
            | Self::FormalLoss
            | Self::LossByBankChange
            | Self::LossReleased
            | Self::Replaced
            | Self::OfferedAgain
            | Self::Cancelled
            | Self::AccountClosed => None,
        };
        found.unwrap_or("")
    }
}

/// What a card is made for, by the stable names of `Purpose`.
const PURPOSES: [(&str, &str); 4] =
    [("first", "申请"), ("reissue", "补卡"), ("exchange", "换卡"), ("bank_change", "变更服务银行")];

/// Something that is counted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Happened {
    pub business: Business,
    /// Of the card.
    pub city: CityCode,
    pub bank: BankCode,
    /// The kind within the business, see [`Business::detail_name`]; else empty.
    pub detail: &'static str,
    /// One, or as many as an employer collected at once.
    pub cards: i64,
}

/// Under which name an event is counted, and the card that it happened to; `None` for what is not counted.
pub fn counted(event: &HolderEvent) -> Option<(Business, CardId)> {
    use HolderEvent as E;
    if let E::CardMade { card, .. } = event {
        return Some((Business::Made, card.id));
    }
    if let E::LossReported { card, formal, by_bank_change, .. } = event {
        clause!(R31.1);
        let business = match (*by_bank_change, *formal) {
            (true, _) => Business::LossByBankChange,
            (false, true) => Business::FormalLoss,
            (false, false) => Business::TemporaryLoss,
        };
        return Some((business, *card));
    }
    let of = |business, card: &CardId| Some((business, *card));
    let replaced = if let E::CardReplaced { old, .. } = event { of(Business::Replaced, old) } else { None };
    let handed = if let E::HandedOver { card, .. } = event { of(Business::HandedOver, card) } else { None };
    let enabled = if let E::Enabled { card, .. } = event { of(Business::Enabled, card) } else { None };
    let active = if let E::Activated { card, .. } = event { of(Business::Activated, card) } else { None };
    let released =
        if let E::LossReleased { card, .. } = event { of(Business::LossReleased, card) } else { None };
    let back = if let E::TakenBack { card, .. } = event { of(Business::TakenBack, card) } else { None };
    let again =
        if let E::OfferedAgain { card, .. } = event { of(Business::OfferedAgain, card) } else { None };
    let ended = if let E::CardCancelled { card, .. } = event { of(Business::Cancelled, card) } else { None };
    let closed = if let E::AccountClosed { card } = event { of(Business::AccountClosed, card) } else { None };
    replaced.or(handed).or(enabled).or(active).or(released).or(back).or(again).or(ended).or(closed)
}

/// What of an event is counted. Whoever asks says of a card its city and bank, and of an application its purpose by its stable
/// name; `None` for what is not counted, and for a card that is not known.
pub fn happened(
    event: &HolderEvent,
    card_of: impl Fn(CardId) -> Option<(CityCode, BankCode)>,
    purpose_of: impl Fn(ApplicationId) -> Option<&'static str>,
) -> Option<Happened> {
    clause!(R32.1);
    let (business, card) = counted(event)?;
    if let HolderEvent::CardMade { application, card } = event {
        let (city, bank) = (card.city.clone(), card.bank.clone());
        let detail = purpose_of(*application).unwrap_or("");
        return Some(Happened { business, city, bank, detail, cards: 1 });
    }
    let (city, bank) = card_of(card)?;
    let detail = if let HolderEvent::TakenBack { reason, .. } = event { reason.code() } else { "" };
    Some(Happened { business, city, bank, detail, cards: 1 })
}

/// The same of an event that has just changed a file.
pub fn happened_in(event: &HolderEvent, file: &HolderFile) -> Option<Happened> {
    let card_of = |id| file.card(id).map(|c| (c.city.clone(), c.bank.clone()));
    happened(event, card_of, |id| file.application(id).map(|a| a.purpose.code()))
}

/// The same of a batch: an employer collected a box.
pub fn happened_in_batch(event: &BatchEvent, file: &BatchFile) -> Option<Happened> {
    let BatchEvent::BoxHandedOver(handed) = event else { return None };
    let batch = file.batch.as_ref()?;
    Some(Happened {
        business: Business::HandedOverToUnit,
        city: batch.city.clone(),
        bank: batch.bank.clone(),
        detail: "",
        cards: handed.counted,
    })
}
