//! What knows all the rooms: the commands about each kind of file and which rule decides them, what the system does by
//! itself, and where everybody stands. Nothing below uses it.

mod batch;
mod due;
mod holder;
mod next;
mod position;
mod turn;

pub use batch::{BatchCommand, decide_batch, decide_batch_beside};
pub use due::{due, silent};
pub use holder::{HolderCommand, decide, decide_beside};
pub use next::{NextStep, entrusted_to_confirm, next_of_batch};
pub use position::{
    Bound, Keeper, Position, card_position, position, position_in_box, position_of_card, position_of_single,
    position_with, position_without_card,
};
pub use turn::{Stands, Turn};
