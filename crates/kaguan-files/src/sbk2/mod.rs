//! SBK2: an employer's batch application as a zip of one text and a directory of photos (Appendix 6).

mod entries;
pub(crate) mod lines;
mod name;
mod part;
mod photos;
mod read;
mod write;

#[doc(hidden)]
pub use entries::{number_and_name, unreadable, whose_document};
pub use name::FileName;
pub use part::{Part, PartRow};
pub use read::{
    DUPLICATE, Faulty, Images, Judged, JudgedRow, Limits, Options, PhotoEntry, Progress, Sbk2, read,
};
pub use write::{Encoding, Entry, write};

use serde::Serialize;

/// One error or warning: row (0 for the whole file, 1 for the first applicant), column, stable code, Chinese sentence.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RowError {
    /// The row; 0 for the whole file.
    pub row: usize,
    /// The Chinese title of the column, or the part of the file.
    pub column: &'static str,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong, by which article, and what to do.
    pub message: String,
}

impl RowError {
    /// An error of Appendix 6; `what` and `remedy` are Chinese phrases without a full stop.
    pub fn new(row: usize, column: &'static str, code: &'static str, what: &str, remedy: &str) -> Self {
        let cite = kaguan_domain::clause!(X6.1).cite();
        Self { row, column, code, message: format!("{column}：{what}。依据{cite}。{remedy}。") }
    }
}
