//! 清点差异: what a count finds too few or too many in a box (Article 12), of finished cards and of pre-made ones. It is located
//! to one keeper, and blocks nothing else.

use crate::clause;
use crate::ctx::Instant;
use crate::facts::custody::{CustodyEntry, Party, transfer};
use serde::{Deserialize, Serialize};

/// To which of the two sides of a hand-over a difference is located.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answers {
    /// Who sent the box.
    Sender,
    /// Who signs for it.
    Receiver,
}

/// 短少: cards that are not in the box, and nobody knows yet which.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Short {
    pub cards: i64,
    pub answers: Answers,
    /// 情况说明.
    pub account: String,
}

/// 多出: a card that the books do not have in the box.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Surplus {
    /// 社保卡卡号, as it stands on the card.
    pub card_no: String,
    /// 情况说明.
    pub account: String,
}

/// A difference as it stands with its box.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Difference {
    pub at: Instant,
    /// Who answers for it.
    pub answers: Party,
    /// Cards too few that are neither named nor found yet; 0 for a surplus card and once it is settled.
    pub short: i64,
    /// The card too many; `None` once it is settled, and for a shortage.
    pub surplus: Option<String>,
    /// 情况说明.
    pub account: String,
    /// Cards of the shortage that were named one by one ([`Settled::Named`]): each is missing still, and `answers` answers for it.
    #[serde(default, skip_serializing_if = "is_none")]
    pub named: i64,
}

fn is_none(cards: &i64) -> bool {
    *cards == 0
}

impl Difference {
    /// Whether somebody has to look into it still.
    pub fn is_open(&self) -> bool {
        self.short > 0 || self.surplus.is_some()
    }
}

/// What is settled of the differences of a box.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settled {
    /// Cards that are found in the box after all, or that are named now and recorded as missing one by one: of the shortage that a receipt
    /// counted, by the time of it; without a time they are taken from the first shortage on.
    Short {
        cards: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Instant>,
    },
    /// One card of the shortage that a receipt counted, by the time of it, is named now and recorded as missing: whoever answers for the
    /// shortage answers for the card.
    Named { at: Instant },
    /// A card that was too many has gone where it belongs.
    Surplus { card_no: String },
}

/// The differences that a receipt finds.
pub fn found(
    at: Instant,
    from: &Party,
    to: &Party,
    short: Option<&Short>,
    surplus: &[Surplus],
) -> Vec<Difference> {
    let short = short.map(|s| Difference {
        at,
        answers: answering(s, from, to).clone(),
        short: s.cards,
        surplus: None,
        account: s.account.clone(),
        named: 0,
    });
    let surplus = surplus.iter().map(|s| Difference {
        at,
        answers: from.clone(),
        short: 0,
        surplus: Some(s.card_no.clone()),
        account: s.account.clone(),
        named: 0,
    });
    short.into_iter().chain(surplus).collect()
}

/// Who answers for what is settled of them, each with how many cards, in the order in which [`settle`] takes them; asked before it does.
pub fn answering_for<'a>(all: &'a [Difference], settled: &Settled) -> Vec<(&'a Party, i64)> {
    match settled {
        Settled::Short { cards, at } => {
            let mut left = *cards;
            let mut of = |d: &'a Difference| {
                let now = left.min(d.short);
                left -= now;
                (&d.answers, now)
            };
            let these = all.iter().filter(|d| is_of(d, *at));
            these.map(&mut of).filter(|(_, cards)| *cards > 0).collect()
        }
        Settled::Named { at } => {
            let named = all.iter().find(|d| d.at == *at && d.short > 0);
            named.map(|d| (&d.answers, 1)).into_iter().collect()
        }
        Settled::Surplus { card_no } => {
            let found = all.iter().find(|d| d.surplus.as_ref() == Some(card_no));
            found.map(|d| (&d.answers, 1)).into_iter().collect()
        }
    }
}

/// What a settlement changes in them.
pub fn settle(all: &mut [Difference], settled: &Settled) {
    match settled {
        Settled::Short { cards, at } => {
            let mut left = *cards;
            for d in all.iter_mut().filter(|d| is_of(d, *at)) {
                let now = left.min(d.short);
                d.short -= now;
                left -= now;
            }
        }
        Settled::Named { at } => {
            if let Some(d) = all.iter_mut().find(|d| d.at == *at && d.short > 0) {
                d.short -= 1;
                d.named += 1;
            }
        }
        Settled::Surplus { card_no } => {
            if let Some(d) = all.iter_mut().find(|d| d.surplus.as_ref() == Some(card_no)) {
                d.surplus = None;
            }
        }
    }
}

/// Whether a difference is of the receipt that is meant; without a time each is.
fn is_of(d: &Difference, at: Option<Instant>) -> bool {
    at.is_none_or(|at| d.at == at)
}

/// The shortages that are open, of one receipt by its time, or of all.
pub fn open_of(all: &[Difference], at: Option<Instant>) -> impl Iterator<Item = &Difference> {
    all.iter().filter(move |d| d.short > 0 && is_of(d, at))
}

/// Cards too few that are neither named nor found.
pub(super) fn open_short(all: &[Difference]) -> i64 {
    all.iter().map(|d| d.short).sum()
}

fn answering<'a>(short: &Short, from: &'a Party, to: &'a Party) -> &'a Party {
    match short.answers {
        Answers::Sender => from,
        Answers::Receiver => to,
    }
}

/// The books of a receipt: what came changes hands, what is short is missing from whoever answers for it. A card too many stays in
/// the books where it belongs.
pub(super) fn received(
    from: &Party,
    to: &Party,
    counted: i64,
    short: Option<&Short>,
    surplus: &[Surplus],
) -> Vec<CustodyEntry> {
    clause!(R12.1);
    let own = counted - surplus.len() as i64;
    let Some(short) = short else { return transfer(from, to, own) };
    let taken = if short.answers == Answers::Receiver { own + short.cards } else { own };
    let mut entries = transfer(from, to, taken);
    entries.extend(transfer(answering(short, from, to), &Party::Missing, short.cards));
    entries
}

/// The books of a settlement: cards that were short are the keeper's again, who names them or has them.
pub(super) fn settled(keeper: &Party, settled: &Settled) -> Vec<CustodyEntry> {
    match settled {
        Settled::Short { cards, .. } => transfer(&Party::Missing, keeper, *cards),
        Settled::Named { .. } => transfer(&Party::Missing, keeper, 1),
        Settled::Surplus { .. } => Vec::new(),
    }
}
