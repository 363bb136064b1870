//! The command line of every program: what the parser says itself, in Chinese, and printing. The macros `print`, `println` and `eprintln` are for
//! `#[macro_use]`, instead of the standard ones.

#[macro_use]
pub mod say;
mod words;

pub use words::{help_pages, sentence, tell};
