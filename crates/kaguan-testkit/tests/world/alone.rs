//! What a system is made of, piece by piece: most of it needs no system.

mod heads;
mod journal;
mod rows;
mod sealed;
mod service;
mod store;
