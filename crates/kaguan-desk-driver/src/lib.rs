//! A machine that issues cards, simulated: the chip of a third-generation card at the level of APDUs, a reader with a keypad, card boxes, a
//! bin for rejects, and a printer that draws the face. It lives in a directory, so that a plug can be pulled at any moment and what is on
//! the card stays.
//!
//! Behind the C interface of `SSCardDriver` (人社信息函〔2016〕38号, 59号, and the four functions of Appendix 9) it is a real shared library,
//! which the agent loads as it loads a vendor's. Keys of real cards are in hardware and never here: those of this chip follow from its
//! identifier.

mod apdu;
mod c;
mod chip;
pub mod face;
mod layout;
mod machine;
mod state;
mod steps;
mod terminal;

pub use chip::{VirtualKeys, root_key};
pub use layout::{Form, Item, all_items, item};
pub use machine::{Fault, Machine, Outcome, Places};
pub use state::blank;
pub use steps::machine_says;
pub use terminal::{KeypadCommand, Keys, NoKeys, Reader, Terminal, Typed};
