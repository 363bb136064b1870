//! Organisations, banks, officers, partners and the calendar, and how they change (Articles 2, 5, 6 and 42).

mod command;
mod partner;

pub use command::{InstitutionCommand, NewOfficer, decide};
