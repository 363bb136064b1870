//! What is printed: a paper of the regulation as a model of its sheets, tables and lines, and two ways of showing it. The browser's
//! page ([`Paper::html`]) and the PDF ([`Paper::pdf`]) come from the same model, so that they cannot differ. Pure: fonts come in as
//! bytes, nothing is read, and no clock is asked.

mod face;
mod fours;
mod html;
mod layout;
mod model;
mod pdf;
mod picture;
mod qr;

pub use face::{Face, Faces, has};
pub use fours::fours;
pub use model::{Align, Block, Cell, Line, Mark, Paper, Row, Run, Sheet, Shown, Table, lines};
pub use pdf::{Missing, PrintError};
pub use picture::{MOST_BYTES, Picture, PictureError};
pub use qr::path as qr_path;
