//! The executor (load, decide, save, commit), queries, ports and long work. Doors call this crate; it calls the
//! domain for every decision and the store for every row.

pub mod archive;
mod blanks;
pub mod clock;
mod dead_letters;
mod duties;
mod exchange;
pub mod executor;
mod holidays;
pub mod intake;
mod letters;
mod lists;
mod looks;
mod outbox;
mod outcome;
mod photo;
pub mod ports;
mod receipts;
pub mod reconcile;
pub mod reports;
mod service;
pub mod setup;
mod status;
mod work;

pub use blanks::BlankRow;
pub use exchange::BatchPerson;
pub use holidays::{Moved, NoticeDone, parse_notice};
pub use looks::{Identified, Looked, Right, Seen};
pub use outbox::{Delivered, DeliveryStopped};
pub use outcome::{Failure, Receipt};
pub use receipts::PrintedReceipt;
pub use service::{Lane, Service};
pub use work::{Command, Whose};
