//! Application 申请 (Articles 7 to 10).

pub mod form;
