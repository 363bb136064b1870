//! Cards that wait for their holders, and visits to holders (Articles 14, 15, 32).

pub(crate) mod overdue;
pub(crate) mod visits;
