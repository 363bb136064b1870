//! 批次筛选 and 批次确认 (Article 10).

pub(crate) mod batches;
