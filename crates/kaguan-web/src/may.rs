//! If a button is offered, the domain was asked: what an officer may try now, by the same decisions that a command meets.

use crate::Console;
use crate::menu::Page;
use crate::session::SignedIn;
use jiff::civil::Date;
use kaguan_domain::ctx::Ctx;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand, decide_batch};
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::blank_order::BlankOrderFile;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::instant::{BlankOrderCommand, decide_order};
use kaguan_domain::institution::{InstitutionCommand, decide as decide_institution};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_service::Looked;
use kaguan_store::ListedBatch;
use std::sync::Arc;

/// An officer's questions, asked for one page.
pub struct May {
    institutions: Arc<Institutions>,
    ctx: Ctx,
}

impl May {
    /// The questions of whoever is signed in.
    pub fn of(console: &Console, me: &SignedIn) -> Self {
        let ctx = me.ctx(console);
        Self { institutions: console.service.institutions(), ctx }
    }

    /// The questions of whoever stands at 自助服务设施, or whose job goes on when the page is gone.
    pub fn alone(console: &Console, ctx: Ctx) -> Self {
        Self { institutions: console.service.institutions(), ctx }
    }

    /// Whether the officer may do it at all.
    pub fn may(&self, verb: Verb) -> bool {
        kaguan_domain::permission::authorise(&self.institutions, &self.ctx.actor, verb, &Place::Anywhere)
            .is_ok()
    }

    /// The day on which it is asked.
    pub fn today(&self) -> Date {
        self.ctx.today()
    }

    /// Organisations as they are now.
    pub fn institutions(&self) -> &Institutions {
        &self.institutions
    }

    /// Whether a command about somebody whose file is being shown would be done, once its form is filled in: what has to be stated, shown and kept is asked for there, and all
    /// that is missing is told at once.
    pub fn about(&self, seen: &Looked, command: &HolderCommand) -> bool {
        let asked_for = [
            Reason::MaterialDefective,
            Reason::ConsentMissing,
            Reason::AgentNotAllowed,
            Reason::CollectorNotVerified,
            Reason::DocumentsNotVerified,
            Reason::HolderNotVerified,
            Reason::RisksNotTold,
            Reason::NotReminded,
            Reason::NotSettled,
        ];
        self.refusal(seen, command).is_none_or(|reason| asked_for.contains(&reason))
    }

    /// Why two files may not be joined or taken apart now; `None` when they may. The other file is the one that was looked at
    /// beside, or one that is joined into the first.
    pub fn joining(
        &self,
        seen: &Looked,
        beside: Option<&Looked>,
        command: &HolderCommand,
    ) -> Option<Refusal> {
        seen.decided(command, &self.ctx, &self.institutions, beside).err()
    }

    /// Why a command about somebody whose file is being shown would be refused; `None` when it would be done.
    pub fn refusal(&self, seen: &Looked, command: &HolderCommand) -> Option<Reason> {
        self.refused(seen, command).map(|r| r.reason)
    }

    /// The same as the whole refusal.
    pub fn refused(&self, seen: &Looked, command: &HolderCommand) -> Option<Refusal> {
        seen.decided(command, &self.ctx, &self.institutions, None).err()
    }

    /// Whether a command about a batch or one of its boxes would be done.
    pub fn batch(&self, file: &BatchFile, command: &BatchCommand) -> bool {
        decide_batch(file, command, &self.ctx, &self.institutions).is_ok()
    }

    /// Why a command about an order of pre-made cards, or one of its boxes, would be refused; `None` when it would be done.
    pub fn order(&self, file: &BlankOrderFile, command: &BlankOrderCommand) -> Option<Refusal> {
        decide_order(file, command, &self.ctx, &self.institutions).err()
    }

    /// Why it would not be; `None` when it would.
    pub fn batch_refused(&self, file: &BatchFile, command: &BatchCommand) -> Option<Refusal> {
        decide_batch(file, command, &self.ctx, &self.institutions).err()
    }

    /// Whether it is not the officer's to do, or not here.
    pub fn not_here(&self, file: &BatchFile, command: &BatchCommand) -> bool {
        let refused = self.batch_refused(file, command);
        refused.is_some_and(|r| [Reason::NotPermitted, Reason::OutOfScope].contains(&r.reason))
    }

    /// Whether a box may be handed to its employer's operator, once what has to be stated, shown and kept is filled in.
    pub fn hand_over(&self, file: &BatchFile, command: &BatchCommand) -> bool {
        let asked_for = [Reason::UnitNotRegistered, Reason::CollectorNotVerified, Reason::MaterialDefective];
        match decide_batch(file, command, &self.ctx, &self.institutions) {
            Ok(_) => true,
            Err(refusal) => asked_for.contains(&refusal.reason),
        }
    }

    /// The same for a row of a list, which is not counted: that nobody is in the batch is found when the command comes.
    pub fn row(&self, row: &ListedBatch, command: &BatchCommand) -> bool {
        let file = BatchFile { batch: Some(row.batch.clone()), ..BatchFile::new(row.id) };
        match decide_batch(&file, command, &self.ctx, &self.institutions) {
            Ok(_) => true,
            Err(refusal) => refusal.reason == Reason::BatchEmpty,
        }
    }
}

/// Whether a command about organisations, officers and partners would be done.
pub fn institution(console: &Console, me: &SignedIn, command: &InstitutionCommand) -> bool {
    decide_institution(&console.service.institutions(), command, &me.ctx(console)).is_ok()
}

/// Why whoever is signed in may do nothing on a page; `None` for whoever may do something.
pub fn nothing_on(console: &Console, me: &SignedIn, page: &Page) -> Option<Refusal> {
    let mut refused = None;
    for screen in page.screens {
        match at_all(console, me, screen.verb) {
            Ok(()) => return None,
            Err(why) => refused = Some(why),
        }
    }
    refused
}

/// Whether whoever is signed in may do something at all; where it is done is asked with the command.
pub fn at_all(console: &Console, me: &SignedIn, verb: Verb) -> Result<(), Refusal> {
    console.service.may(&me.actor(), verb, &Place::Anywhere).map(|_| ())
}
