//! The executor (load, decide, save, commit), queries, ports and long work. Doors call this crate; it calls the
//! domain for every decision and the store for every row.

pub mod apply;
mod archive;
mod blanks;
pub mod clock;
mod dead_letters;
mod deaths;
mod duties;
mod exchange;
pub mod executor;
mod happenings;
mod holidays;
pub mod intake;
mod letters;
mod lists;
mod looks;
mod outbox;
mod outcome;
mod outlets;
mod photo;
pub mod ports;
mod ready;
mod receipts;
pub mod reconcile;
pub mod reports;
mod service;
pub mod setup;
mod status;
mod units;
mod waiting;
mod work;

pub use archive::digest_of;
pub use blanks::BlankRow;
pub use deaths::Compared;
pub use exchange::BatchPerson;
pub use holidays::{Moved, NoticeDone, parse_notice};
pub use looks::{Identified, Looked, Right, Seen};
pub use outbox::{Delivered, DeliveryStopped};
pub use outcome::{Failure, Receipt};
pub use outlets::{OutletRow, OutletsDone, parse_outlets};
pub use receipts::PrintedReceipt;
pub use service::{Lane, Service};
pub use units::ListedUnit;
pub use waiting::Waiting;
pub use work::{Command, Whose};
