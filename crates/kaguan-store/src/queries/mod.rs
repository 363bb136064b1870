//! Questions, for pages, partners and duties. They read; [`crate::Commit`] writes files, and what else is written stands in
//! `changes` and `outbox`.

mod batches;
mod blanks;
mod journal;
mod mirror;
mod people;
mod statistics;

pub use batches::{
    BatchesAsked, HolderApplication, ListedBatch, ListedBox, MovementRow, ReadyRow, ReadyToScreen,
};
pub use blanks::OrdersAsked;
pub use journal::LinesAsked;
pub use mirror::MirrorSums;
pub use people::{CardStateRow, DueAsked, DueRow, People, PeoplePage, WaitingRow};
pub use statistics::{BatchesDueRow, HappenedCount, OpenRow, UnderWay, UnderWayRow};
