//! Organisations, banks, officers, partners and the calendar, and how they change (Articles 2, 5, 6 and 42).

mod command;
mod messages;
mod partner;

pub use command::{InstitutionCommand, NewOfficer, decide};
pub use messages::{FetchMessages, addressee, fetch_messages, messages_place};
