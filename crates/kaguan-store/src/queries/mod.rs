//! Questions, for pages, partners and duties. They read; [`crate::Commit`] writes files, and what else is written stands in
//! `changes` and `outbox`.

mod batches;
mod blanks;
mod journal;
mod ledger;
mod loose;
mod mirror;
mod people;
mod running;
mod statistics;

use crate::engine::Param;

/// The cities that are looked up, as a range of codes: one, or any.
pub(crate) fn cities(city: Option<&str>) -> [Param; 2] {
    [city.unwrap_or("").into(), city.unwrap_or("9999").into()]
}

pub use batches::{
    BatchShare, BatchesAsked, BoxWay, BoxesChosen, BoxesWaiting, HolderApplication, ListedBatch, ListedBox,
    MovementRow, ReadyRow, ReadyToScreen,
};
pub use blanks::OrdersAsked;
pub use journal::LinesAsked;
pub use ledger::LedgerAsked;
pub use loose::{Again, CardsAsked, LooseIn, Owed};
pub use mirror::MirrorSums;
pub use people::{CardStateRow, People, PeoplePage, UncheckedIn, WaitingRow};
pub use running::{Running, RunningAsked, RunningCount, RunningIn, RunningOf, Ticks};
pub use statistics::{
    BatchesDueRow, HappenedCount, OfferedRow, OpenRow, RecallRow, SinglesRow, UnderWay, UnderWayRow,
    whole_months,
};
