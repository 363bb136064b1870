//! Pure readers and writers of the regulation's files and photos, with exact error positions.
#![forbid(unsafe_code)]

pub mod photo;
pub mod portrait;
pub mod premade;
pub mod sample;
pub mod sbk2;
pub mod text;
