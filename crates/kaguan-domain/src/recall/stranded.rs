//! 逾期且滞留 (Articles 32 and 33): what becomes of an uncollected card. Its data go back to the city, its plastic to the bank's
//! store; who was not reached in six months has it cancelled, once the account is known to be empty.

use crate::clause;
use crate::collection::overdue_from;
use crate::ctx::{Actor, Ctx};
use crate::facts::cancellation::CancelReason;
use crate::facts::card::{BalanceSource, BalanceStated, Card};
use crate::facts::custody::{Custody, RecallReason};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::intent::IntentKind;
use crate::ids::{CardId, OrgId};
use crate::link;
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::replacement::ended::ends_by_cancelling;
use crate::rule::{Around, Asked, Rule, at_bank_of, in_city_of_card};
use crate::spelling;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// 经办机构接收: the city takes in the data of an uncollected card.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ReceiveData {
    pub card: CardId,
    /// 市卡管机构.
    pub org: OrgId,
}

/// 交回服务银行保管: a bank's outlet takes the plastic of an uncollected card into its store.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StorePlastic {
    pub card: CardId,
    /// The bank's outlet.
    pub org: OrgId,
    /// 签收人.
    pub signer: String,
}

/// 账户余额确认: the bank says whether the account of a card is empty; how much is in it is nobody's business here.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StateBalance {
    pub card: CardId,
    /// 无余额.
    pub empty: bool,
}

/// 逾期且滞留卡注销.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CancelStranded {
    pub card: CardId,
}

/// The first day after the second offer of a card: six months after it was taken back, or for a card of earlier days, of which
/// that is not known, after it was offered again. `None` when it was not taken back uncollected: what is given back (发还) has no last day.
pub fn second_offer_ends(card: &Card) -> Option<Date> {
    clause!(R33.4);
    let recalled = match &card.custody {
        Custody::Recalled { since, reason: RecallReason::Uncollected, .. } => Some(*since),
        Custody::Recalled { .. } => return None,
        _ => None,
    };
    if recalled.is_none() && card.is_given_back() {
        return None;
    }
    card.recalled_at.or(card.offered_again).or(recalled).map(|at| overdue_from(at.date()))
}

/// 逾期且滞留: taken back uncollected, and not to be offered any more: the six months are over, or the second offer failed.
pub fn is_stranded(card: &Card, today: Date) -> bool {
    clause!(R32.3);
    let Custody::Recalled { reason: RecallReason::Uncollected, .. } = &card.custody else { return false };
    if card.is_cancelled() {
        return false;
    }
    card.offered_again.is_some() || second_offer_ends(card).is_some_and(|end| today >= end)
}

/// What must hold before a stranded card is cancelled: nobody assumes that its account is empty.
pub fn may_be_cancelled(card: &Card, ctx: &Ctx) -> Result<(), Refusal> {
    clause!(R33.4);
    if !is_stranded(card, ctx.today()) {
        return Err(Reason::NotStranded.into());
    }
    if !card.is_known_empty() {
        return Err(Reason::AccountNotKnownEmpty.into());
    }
    Ok(())
}

impl Rule for ReceiveData {
    fn verb(&self) -> Verb {
        Verb::ReceiveData
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::At(self.org)
    }

    /// Decides 经办机构接收 of data, which the plastic does not follow.
    fn decide(&self, Asked { file, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R32.4);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        let back = card.data_back.ok_or(Reason::NotRecalled)?;
        if back.to != self.org {
            return Err(Reason::NotAddressedHere.into());
        }
        if back.received.is_some() {
            return Err(Reason::NothingToDo.into());
        }
        Ok(vec![HolderEvent::DataReceived { card: card.id, from: back.from, at: self.org }])
    }
}

impl Rule for StorePlastic {
    fn verb(&self) -> Verb {
        Verb::StorePlastic
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::At(self.org)
    }

    /// Decides 交回服务银行保管: at an outlet of the card's own bank.
    fn decide(&self, Asked { file, around, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R32.4);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        let Custody::Recalled { org, .. } = &card.custody else { return Err(Reason::NotRecalled.into()) };
        let store = around.institutions.org(self.org).ok_or(Reason::NotFound)?;
        if store.bank.as_ref() != Some(&card.bank) {
            return Err(Reason::WrongBank.into());
        }
        if *org == self.org {
            return Err(Refusal::about(Reason::NothingToDo, "该卡已在本行保管"));
        }
        if spelling::says_nothing(&self.signer) {
            return Err(Refusal::about(Reason::MaterialDefective, "须填写签收人").by(clause!(R33.4)));
        }
        let (at, signer) = (self.org, self.signer.clone());
        Ok(vec![HolderEvent::PlasticStored { card: card.id, from: *org, at, signer }])
    }
}

impl Rule for StateBalance {
    fn verb(&self) -> Verb {
        Verb::StateBalance
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        at_bank_of(file, self.card)
    }

    /// Decides 账户余额确认: recorded with who said it and when.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R33.4);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        if card.account_is_closed() {
            return Err(Refusal::about(Reason::NothingToDo, "该账户已销户"));
        }
        let source = match ctx.actor {
            Actor::Bank(_) => BalanceSource::BankSystem,
            Actor::Officer(_) | Actor::System | Actor::Vendor(_) | Actor::Partner(_) | Actor::Kiosk(_) => {
                BalanceSource::BankClerk
            }
        };
        let stated = BalanceStated { empty: self.empty, at: ctx.now, source };
        Ok(vec![HolderEvent::BalanceStated { card: card.id, stated }])
    }
}

impl Rule for CancelStranded {
    fn verb(&self) -> Verb {
        Verb::CancelStranded
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        in_city_of_card(file, self.card)
    }

    /// Decides 逾期且滞留卡注销.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R32.3);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        if card.is_cancelled() {
            return Err(Reason::CardCancelled.into());
        }
        may_be_cancelled(card, ctx)?;
        let reason = CancelReason::SecondOfferFailed;
        let cancelled = HolderEvent::CardCancelled { card: card.id, reason, statement: None };
        let close = link::wants_closing(card).then(|| link::intend(card, IntentKind::Close, ctx));
        // Nothing comes of a change of the bank whose new card nobody collected (R31.1).
        let mut events = ends_by_cancelling(file, card.id, ctx);
        events.extend([cancelled].into_iter().chain(close));
        Ok(events)
    }
}
