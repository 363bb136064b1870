//! The holder's file: everything about one person, and what can happen to it.

mod about;
mod alive_again;
mod apply;
mod consequences;
mod event;
mod file;
mod joining;

pub use event::HolderEvent;
pub use file::HolderFile;
pub use joining::Elsewhere;
