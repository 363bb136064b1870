//! 机构管理 and 系统管理: organisations, officers, partners, rules, calendar, code tables, accounts.

pub(crate) mod code_tables;
pub(crate) mod desks;
pub(crate) mod entrust;
pub(crate) mod glyphs;
pub(crate) mod holidays;
pub(crate) mod officers;
pub(crate) mod organisations;
pub(crate) mod outlets;
pub(crate) mod partners;
pub(crate) mod password;
pub(crate) mod policies;
pub(crate) mod second_factor;
