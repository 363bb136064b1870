//! The files that a command changes alone: a batch, a unit application, an order of pre-made cards, one pre-made card. What the
//! executor does with them is the same for all; here is what differs.

use super::Round;
use crate::outcome::Told;
use kaguan_domain::application::{UnitCommand, decide_unit};
use kaguan_domain::ctx::{Ctx, Instant};
use kaguan_domain::dispatch::{BatchCommand, decide_batch_beside};
use kaguan_domain::facts::batch::{BatchEvent, BatchFile};
use kaguan_domain::facts::blank::{BlankEvent, BlankFile};
use kaguan_domain::facts::blank_order::{BlankOrderEvent, BlankOrderFile};
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::custody::CustodyEntry;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::unit::{UnitEvent, UnitFile};
use kaguan_domain::ids::{BatchId, BlankId, BlankOrderId, HolderId, UnitId};
use kaguan_domain::instant::{BlankCommand, BlankOrderCommand, decide_blank_beside, decide_order};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::report::{Happened, happened_in_batch};
use kaguan_store::{FREE, Loaded, STOCK, Subject, unit_as_owner};
use std::collections::HashMap;
use std::hash::Hash;

/// One kind of such files.
pub(super) trait Filed: Clone {
    type Id: Copy + Eq + Hash;
    type Command;
    type Event: serde::Serialize;

    /// A file that nothing is known of yet.
    fn new(id: Self::Id) -> Self;
    fn subject(id: Self::Id) -> Subject;
    /// All of the kind that are loaded.
    fn of(loaded: &Loaded) -> &HashMap<Self::Id, Self>;
    fn of_mut(loaded: &mut Loaded) -> &mut HashMap<Self::Id, Self>;
    fn decide(
        loaded: &Loaded,
        file: &Self,
        command: &Self::Command,
        ctx: &Ctx,
        institutions: &Institutions,
    ) -> Result<Vec<Self::Event>, Refusal>;
    /// Applies one event.
    fn change(&mut self, event: &Self::Event, at: Instant);
    fn version(&mut self) -> &mut i64;
    /// Notes that it is about to change; a batch also as it was.
    fn note(round: &mut Round, id: Self::Id);

    /// What an event does to the books.
    fn entries(event: &Self::Event) -> Vec<CustodyEntry>;
    /// What of an event that has just changed the file is counted in statistics.
    fn happened(_: &Self::Event, _: &Self) -> Option<Happened> {
        None
    }
    /// Whose batch the entries are of.
    fn batch(_: Self::Id) -> Option<BatchId> {
        None
    }
    /// The numbers that an event makes a pre-made card's, or a unit application's.
    fn claims(_: &Self::Event) -> Vec<Claim> {
        Vec::new()
    }
    /// The number that an event gives back; asked before the event is applied.
    fn gives_back(&self, _: &Self::Event) -> Option<Claim> {
        None
    }
    /// Who has its numbers from then on: those of pre-made cards are nobody's yet.
    fn owner(_: Self::Id) -> HolderId {
        STOCK
    }
    /// Who has a number that it gives back.
    fn given_back_to() -> HolderId {
        STOCK
    }
    /// Whether the journal stores an event encrypted.
    fn is_personal(event: &Self::Event) -> bool;
    /// What the events say to whoever asked for them.
    fn told(_: &[Self::Event]) -> Told {
        Told::default()
    }
}

impl Filed for BatchFile {
    type Id = BatchId;
    type Command = BatchCommand;
    type Event = BatchEvent;

    fn new(id: BatchId) -> Self {
        Self::new(id)
    }

    fn subject(id: BatchId) -> Subject {
        Subject::Batch(id)
    }

    fn of(loaded: &Loaded) -> &HashMap<BatchId, Self> {
        &loaded.batches
    }

    fn of_mut(loaded: &mut Loaded) -> &mut HashMap<BatchId, Self> {
        &mut loaded.batches
    }

    fn decide(
        loaded: &Loaded,
        file: &Self,
        command: &BatchCommand,
        ctx: &Ctx,
        institutions: &Institutions,
    ) -> Result<Vec<BatchEvent>, Refusal> {
        let unit = command.unit().and_then(|id| loaded.units.get(&id));
        decide_batch_beside(file, command, unit, ctx, institutions)
    }

    fn change(&mut self, event: &BatchEvent, at: Instant) {
        self.apply(event, at);
    }

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }

    fn note(round: &mut Round, id: BatchId) {
        round.batch_before.entry(id).or_insert_with(|| round.loaded.batches.get(&id).cloned());
    }

    fn entries(event: &BatchEvent) -> Vec<CustodyEntry> {
        event.entries()
    }

    fn happened(event: &BatchEvent, file: &Self) -> Option<Happened> {
        happened_in_batch(event, file)
    }

    fn batch(id: BatchId) -> Option<BatchId> {
        Some(id)
    }

    fn is_personal(event: &BatchEvent) -> bool {
        event.is_personal()
    }
}

impl Filed for UnitFile {
    type Id = UnitId;
    type Command = UnitCommand;
    type Event = UnitEvent;

    fn new(id: UnitId) -> Self {
        Self::new(id)
    }

    fn subject(id: UnitId) -> Subject {
        Subject::Unit(id)
    }

    fn of(loaded: &Loaded) -> &HashMap<UnitId, Self> {
        &loaded.units
    }

    fn of_mut(loaded: &mut Loaded) -> &mut HashMap<UnitId, Self> {
        &mut loaded.units
    }

    fn decide(
        _: &Loaded,
        file: &Self,
        command: &UnitCommand,
        ctx: &Ctx,
        institutions: &Institutions,
    ) -> Result<Vec<UnitEvent>, Refusal> {
        decide_unit(file, command, ctx, institutions)
    }

    fn change(&mut self, event: &UnitEvent, at: Instant) {
        self.apply(event, at);
    }

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }

    fn note(round: &mut Round, id: UnitId) {
        round.units_changed.insert(id);
    }

    fn entries(_: &UnitEvent) -> Vec<CustodyEntry> {
        Vec::new()
    }

    fn claims(event: &UnitEvent) -> Vec<Claim> {
        event.claim().into_iter().collect()
    }

    fn gives_back(&self, event: &UnitEvent) -> Option<Claim> {
        self.gives_back(event)
    }

    fn owner(id: UnitId) -> HolderId {
        unit_as_owner(id)
    }

    /// The operator's number and phone are personal data.
    fn is_personal(_: &UnitEvent) -> bool {
        true
    }
}

impl Filed for BlankOrderFile {
    type Id = BlankOrderId;
    type Command = BlankOrderCommand;
    type Event = BlankOrderEvent;

    fn new(id: BlankOrderId) -> Self {
        Self::new(id)
    }

    fn subject(id: BlankOrderId) -> Subject {
        Subject::BlankOrder(id)
    }

    fn of(loaded: &Loaded) -> &HashMap<BlankOrderId, Self> {
        &loaded.stock.orders
    }

    fn of_mut(loaded: &mut Loaded) -> &mut HashMap<BlankOrderId, Self> {
        &mut loaded.stock.orders
    }

    fn decide(
        _: &Loaded,
        file: &Self,
        command: &BlankOrderCommand,
        ctx: &Ctx,
        institutions: &Institutions,
    ) -> Result<Vec<BlankOrderEvent>, Refusal> {
        decide_order(file, command, ctx, institutions)
    }

    fn change(&mut self, event: &BlankOrderEvent, at: Instant) {
        self.apply(event, at);
    }

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }

    fn note(round: &mut Round, id: BlankOrderId) {
        round.blank_orders_changed.insert(id);
    }

    fn entries(event: &BlankOrderEvent) -> Vec<CustodyEntry> {
        event.entries()
    }

    fn is_personal(_: &BlankOrderEvent) -> bool {
        false
    }
}

impl Filed for BlankFile {
    type Id = BlankId;
    type Command = BlankCommand;
    type Event = BlankEvent;

    fn new(id: BlankId) -> Self {
        Self::new(id)
    }

    fn subject(id: BlankId) -> Subject {
        Subject::Blank(id)
    }

    fn of(loaded: &Loaded) -> &HashMap<BlankId, Self> {
        &loaded.stock.blanks
    }

    fn of_mut(loaded: &mut Loaded) -> &mut HashMap<BlankId, Self> {
        &mut loaded.stock.blanks
    }

    fn decide(
        loaded: &Loaded,
        file: &Self,
        command: &BlankCommand,
        ctx: &Ctx,
        institutions: &Institutions,
    ) -> Result<Vec<BlankEvent>, Refusal> {
        let order = loaded.stock.orders.get(&file.id.order).ok_or(Reason::NotFound)?;
        let beside = command.beside().and_then(|id| loaded.stock.blanks.get(&id));
        decide_blank_beside(file, order, command, beside, ctx, institutions)
    }

    fn change(&mut self, event: &BlankEvent, at: Instant) {
        self.apply(event, at);
    }

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }

    fn note(round: &mut Round, id: BlankId) {
        round.blanks_changed.insert(id);
    }

    fn entries(event: &BlankEvent) -> Vec<CustodyEntry> {
        event.entries()
    }

    fn claims(event: &BlankEvent) -> Vec<Claim> {
        event.claims()
    }

    fn gives_back(&self, event: &BlankEvent) -> Option<Claim> {
        event.gives_back()
    }

    fn given_back_to() -> HolderId {
        FREE
    }

    fn is_personal(event: &BlankEvent) -> bool {
        event.is_personal()
    }

    fn told(events: &[BlankEvent]) -> Told {
        Told::of_blank(events)
    }
}
