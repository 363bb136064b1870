//! 预制卡与即时制卡 (Article 36, Appendices 5 and 9). A pre-made card has its numbers and its account before anybody is
//! known to get it: a city orders, the province generates the numbers, a bank allocates the accounts, a vendor makes the
//! cards, and they are kept and counted like money until a counter prints one for somebody.
//!
//! An order is one file, with the boxes that its cards lie in; each card is a file of its own, which begins with the
//! bank's answer. Which of them becomes whose card is decided on the holder's file, and [`crate::facts::holder::HolderEvent::blank`] says what that does to
//! the pre-made card.

mod blank;
mod books;
mod ending;
mod face;
mod order;
mod order_command;
mod personalise;
mod printed;
mod steps;
mod under_reader;

pub use blank::{
    Allocation, BlankCommand, Find, Making, Spoil, TakeAllocation, TakeMaking, Trade, decide_blank,
    decide_blank_beside,
};
pub use books::{BoxStands, sees_books, sees_box};
pub use ending::is_over;
pub use face::{ChipItem, card_of, chip_items, face_texts, printed_name};
pub use order::decide_order;
pub use order_command::{BlankOrderCommand, StockDestroy};
pub use personalise::{Begin, Fail, Mark, WriteBack, can_make, waits_for_card};
pub use printed::order_items;
pub use steps::{AnswerStep, AskStep, BeginAtDesk, ReadCard, Return, StepOutcome, making_of};
pub use under_reader::{UnderReader, WayOut};
