//! 时限与通报: reports, clocks and notices (Articles 38 to 41).

pub(crate) mod clocks;
pub(crate) mod reports;
