//! 持卡人档案: files, deaths, files that are one person's.

pub(crate) mod deaths;
pub(crate) mod joins;
pub(crate) mod people;
