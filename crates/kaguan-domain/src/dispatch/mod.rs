//! What knows all the rooms: the commands about each kind of file and which rule decides them, what the system does by
//! itself, and where everybody stands. Nothing below uses it.

mod batch;
mod due;
mod holder;
mod position;

pub use batch::{BatchCommand, decide_batch};
pub use due::{due, silent};
pub use holder::{HolderCommand, decide};
pub use position::{Position, card_position, position};
