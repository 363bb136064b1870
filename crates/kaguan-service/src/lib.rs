//! The executor (load, decide, save, commit), queries, ports and long work. Doors call this crate; it calls the
//! domain for every decision and the store for every row.

pub mod clock;
pub mod executor;
mod outcome;
pub mod ports;
mod service;
mod work;

pub use outcome::{Failure, Receipt};
pub use service::{Lane, Service};
pub use work::{Attachment, Command, Whose};
