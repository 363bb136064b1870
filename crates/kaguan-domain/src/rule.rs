//! What a rule about one person is: a command that says its verb, its place, what it names besides the person's file, and its
//! decision. Each stands in the room of its article, beside the command.

use crate::ctx::Ctx;
use crate::facts::batch::{Batch, BatchFile, keeper_of};
use crate::facts::blank_order::Stock;
use crate::facts::claim::Claim;
use crate::facts::custody::Party;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::institution::Institutions;
use crate::facts::trace::Trace;
use crate::ids::{ApplicationId, BatchId, BlankId, CardId, HolderId, UnitId};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
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
    /// Whoever the command's applicant may be.
    pub found: &'a Found<'a>,
    /// The other person's file that the command names.
    pub other: Option<&'a HolderFile>,
}

/// What an applicant is looked for by.
#[derive(Clone, Debug, Default)]
pub struct Seek {
    /// Numbers and documents: whoever has one is the applicant, or has to be told apart from him.
    pub claims: Vec<Claim>,
    /// What others may share.
    pub traces: Vec<Trace>,
}

/// Who was found by it.
#[derive(Clone, Debug, Default)]
pub struct Found<'a> {
    /// Whose each of the numbers and documents is that somebody has.
    pub owners: Vec<(Claim, HolderId)>,
    /// Whoever has one of the traces.
    pub alike: Vec<HolderId>,
    /// The files of all of them.
    pub files: Vec<&'a HolderFile>,
}

impl Found<'static> {
    /// Nobody was looked for.
    pub const NOBODY: &'static Self = &Self { owners: Vec::new(), alike: Vec::new(), files: Vec::new() };
}

impl<'a> Found<'a> {
    /// The file of somebody who was found.
    pub fn file(&self, id: HolderId) -> Option<&'a HolderFile> {
        self.files.iter().copied().find(|f| f.id == id)
    }

    /// Whether somebody has a number.
    pub fn is_taken(&self, claim: &Claim) -> bool {
        self.owners.iter().any(|(c, _)| c == claim)
    }
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

    /// Whose business it is, as it is told to an officer of another office: nothing where the place says nothing of the person's card.
    fn whose_turn(&self, _file: &HolderFile, _around: Around<'_>) -> Option<String> {
        None
    }

    /// What whoever is told so does now: a Chinese phrase without a full stop.
    fn way_there(&self) -> &'static str {
        "请由保管该卡的机构办理"
    }

    /// The numbers that its events may make somebody's: they are looked up before it is decided.
    /// [`crate::dispatch::decide`] asserts in debug builds that no event claims another.
    fn claims(&self) -> Vec<Claim> {
        Vec::new()
    }

    /// What its applicant is looked for by, when it is an application of somebody whose file is not known.
    fn seeks(&self) -> Seek {
        Seek::default()
    }

    /// Whose file that applicant has; `None` for a new one, and while it is not known.
    fn whose(&self, _found: &Found<'_>) -> Option<HolderId> {
        None
    }

    /// The batch that it names, besides those that the file refers to; no other is loaded.
    fn batch(&self) -> Option<BatchId> {
        None
    }

    /// The unit application that it is a row of; no other is loaded.
    fn unit(&self) -> Option<UnitId> {
        None
    }

    /// The pre-made card that it takes or has taken; no other is loaded.
    fn blank(&self) -> Option<BlankId> {
        None
    }

    /// Another person's file that it names; no other is loaded.
    fn other(&self) -> Option<HolderId> {
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

    fn whose_turn(&self, file: &HolderFile, around: Around<'_>) -> Option<String> {
        R::whose_turn(self, file, around)
    }

    fn way_there(&self) -> &'static str {
        R::way_there(self)
    }

    fn claims(&self) -> Vec<Claim> {
        R::claims(self)
    }

    fn seeks(&self) -> Seek {
        R::seeks(self)
    }

    fn whose(&self, found: &Found<'_>) -> Option<HolderId> {
        R::whose(self, found)
    }

    fn batch(&self) -> Option<BatchId> {
        R::batch(self)
    }

    fn unit(&self) -> Option<UnitId> {
        R::unit(self)
    }

    fn blank(&self) -> Option<BlankId> {
        R::blank(self)
    }

    fn other(&self) -> Option<HolderId> {
        R::other(self)
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

/// Which office keeps a card, as it is told to whoever would do with it there what only that office does; nothing of what no office keeps.
pub(crate) fn keeper_said(file: &HolderFile, card: CardId, around: Around<'_>) -> Option<String> {
    let card = file.card(card)?;
    match keeper_of(&card.custody, around.batches.get(&card.batch))? {
        Party::Org(id) | Party::Recalled(id) => {
            let keeper = around.institutions.org(id)?;
            Some(format!("该卡由{}保管", keeper.name))
        }
        Party::Post(_)
        | Party::Vendor(_)
        | Party::Production(_)
        | Party::Employer(_)
        | Party::Holder
        | Party::Missing
        | Party::Destroyed => None,
    }
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

/// Refuses what a partner does in a batch that the province took back from it (X7.4).
pub(crate) fn not_taken_back(batch: &Batch) -> Result<(), Refusal> {
    if batch.taken_back.is_none() {
        return Ok(());
    }
    Err(Refusal::about(Reason::WrongStage, "该批次逾期未回盘，已由省卡管机构收回"))
}
