//! Questions, for pages, partners and duties. They read; [`crate::Commit`] writes files, and what else is written stands in
//! `changes` and `outbox`.

mod batches;
mod blanks;
mod journal;
mod mirror;
mod people;

pub use batches::{BatchesAsked, HolderApplication, ListedBatch, ListedBox, MovementRow, ReadyToScreen};
pub use blanks::OrdersAsked;
pub use mirror::MirrorSums;
pub use people::{CardStateRow, DueAsked, DueRow, People, PeoplePage, WaitingRow};
