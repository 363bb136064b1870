//! The holder 持卡人: who a card is for (Articles 3, 5 and 10).

pub mod document;
pub mod name;
