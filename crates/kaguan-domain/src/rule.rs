//! What a rule is asked with.

use crate::facts::batch::BatchFile;
use crate::facts::blank_order::Stock;
use crate::facts::institution::Institutions;
use crate::ids::BatchId;
use std::collections::HashMap;

/// What a rule about one person may read besides the person's file.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// Organisations, officers, banks and calendar.
    pub institutions: &'a Institutions,
    /// The batches (with their boxes) that the file's applications and cards are in, and the one that the command
    /// names.
    pub batches: &'a HashMap<BatchId, BatchFile>,
    /// The pre-made cards that the command names, with their orders.
    pub stock: &'a Stock,
}
