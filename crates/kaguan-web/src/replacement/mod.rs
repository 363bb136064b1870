//! 补换卡 (Articles 26 to 30).

pub(crate) mod agent;
pub(crate) mod replace;
