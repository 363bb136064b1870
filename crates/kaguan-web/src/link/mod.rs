//! 接口监控: what passes between the system and its partners.

pub(crate) mod links;
