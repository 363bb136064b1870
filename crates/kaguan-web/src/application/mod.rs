//! 社保卡申请: applications taken at the counter and by files, the papers of units, photos, fees, and what failed (Articles 8 to 11, Appendix 9).

pub(crate) mod applications;
pub(crate) mod apply;
pub(crate) mod failures;
pub(crate) mod fees;
pub(crate) mod files;
pub(crate) mod photos;
pub(crate) mod rare;
pub(crate) mod units;
