//! The holder's file itself: correcting its details, and joining two files of one person.

mod collect_at;
mod correct_details;
mod join;
mod joining;
mod undoing;

pub use collect_at::CorrectCollectAt;
pub use correct_details::{ChangeContacts, CorrectDetails};
pub use join::{DecideJoin, ProposeJoin, UndoJoin};
pub use joining::joining_said;
pub use undoing::undoing_said;
