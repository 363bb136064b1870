//! What a rule about one person is: a command that says its verb, its place, what it names besides the person's file, and its
//! decision. Each stands in the room of its article, beside the command.

use crate::ctx::Ctx;
use crate::facts::batch::{Batch, BatchFile, keeper_of};
use crate::facts::blank_order::Stock;
use crate::facts::claim::Claim;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::institution::Institutions;
use crate::ids::{ApplicationId, BatchId, BlankId, CardId};
use crate::permission::{Place, Verb};
use crate::refusal::Refusal;
use std::collections::HashMap;

/// What a rule about one person may read besides the person's file.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// Organisations, officers, banks and calendar.
    pub institutions: &'a Institutions,
    /// The batches (with their boxes) that the file's applications and cards are in, and the one that the command
    /// names.
    pub batches: &'a HashMap<BatchId, BatchFile>,
    /// The pre-made cards that the command names, with their orders.
    pub stock: &'a Stock,
}

/// Everything that a decision reads.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The person's file in its present state.
    pub file: &'a HolderFile,
    /// Who asks, when, and through which door.
    pub ctx: &'a Ctx,
    /// What stands around the file.
    pub around: Around<'a>,
}

/// A command about one person, with its rule.
pub trait Rule {
    /// For the permission matrix and the journal.
    fn verb(&self) -> Verb;

    /// Where the subject lies in the present state, for the permission check.
    fn place(&self, file: &HolderFile, around: Around<'_>) -> Place;

    /// The numbers that its events may make somebody's: they are looked up before it is decided.
    /// [`crate::dispatch::decide`] asserts in debug builds that no event claims another.
    fn claims(&self) -> Vec<Claim> {
        Vec::new()
    }

    /// The batch that it names, besides those that the file refers to; no other is loaded.
    fn batch(&self) -> Option<BatchId> {
        None
    }

    /// The pre-made card that it takes or has taken; no other is loaded.
    fn blank(&self) -> Option<BlankId> {
        None
    }

    /// The events, or why not. The right to ask has been checked. Pure.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal>;
}

impl<R: Rule> Rule for Box<R> {
    fn verb(&self) -> Verb {
        R::verb(self)
    }

    fn place(&self, file: &HolderFile, around: Around<'_>) -> Place {
        R::place(self, file, around)
    }

    fn claims(&self) -> Vec<Claim> {
        R::claims(self)
    }

    fn batch(&self) -> Option<BatchId> {
        R::batch(self)
    }

    fn blank(&self) -> Option<BlankId> {
        R::blank(self)
    }

    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        R::decide(self, asked)
    }
}

// Places that several rooms ask for. What is not on file belongs to no area: the rule finds that it is missing.

/// At the outlet that took an application.
pub(crate) fn at_outlet_of(file: &HolderFile, application: ApplicationId) -> Place {
    file.application(application).map_or(Place::Anywhere, |a| Place::At(a.outlet))
}

/// In the city of an application's card.
pub(crate) fn in_city_of(file: &HolderFile, application: ApplicationId) -> Place {
    file.application(application).map_or(Place::Anywhere, |a| Place::City(a.city.clone()))
}

/// In the city that issued a card.
pub(crate) fn in_city_of_card(file: &HolderFile, card: CardId) -> Place {
    file.card(card).map_or(Place::Anywhere, |c| Place::City(c.city.clone()))
}

/// At a card's own bank.
pub(crate) fn at_bank_of(file: &HolderFile, card: CardId) -> Place {
    file.card(card).map_or(Place::Anywhere, |c| Place::Bank(c.bank.clone()))
}

/// Where whoever keeps a card is.
pub(crate) fn at_keeper_of(file: &HolderFile, card: CardId, around: Around<'_>) -> Place {
    let keeper = file.card(card).and_then(|c| keeper_of(&c.custody, around.batches.get(&c.batch)));
    keeper.map_or(Place::Anywhere, |p| p.place())
}

/// At the vendor that has the data of a batch.
pub(crate) fn at_vendor_of(batch: BatchId, around: Around<'_>) -> Place {
    let vendor = batch_of(batch, around).and_then(|b| b.state.vendor());
    vendor.map_or(Place::Anywhere, |v| Place::Vendor(v.clone()))
}

/// A batch that was opened.
pub(crate) fn batch_of<'a>(batch: BatchId, around: Around<'a>) -> Option<&'a Batch> {
    around.batches.get(&batch).and_then(|b| b.batch.as_ref())
}
