//! 补换卡 (Articles 26 to 30).

pub(crate) mod replace;
