//! What is kept and proved: archives, journal, receipts, printed papers.

pub(crate) mod archive;
pub(crate) mod heads;
pub(crate) mod journal;
pub(crate) mod ledger;
pub mod papers;
pub(crate) mod receipts;
