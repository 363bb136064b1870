//! The executor (load, decide, save, commit), queries, ports and long work. Doors call this crate; it calls the
//! domain for every decision and the store for every row.

pub mod clock;
pub mod executor;
pub mod ports;
