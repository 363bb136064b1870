//! The holder 持卡人: who a card is for (Articles 3, 5 and 10), and the file that everything about one person
//! stands in.

mod correct_details;
pub mod document;
mod event;
mod file;
mod later;
pub mod name;

pub use correct_details::{CorrectDetails, correct_details};
pub use event::HolderEvent;
pub use file::{Around, HolderFile, Person, PhotoRef};
