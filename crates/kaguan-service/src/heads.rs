//! Where the journal ends, for whoever keeps watch over it.

use crate::service::Service;
use kaguan_store::{JournalHead, StoreError};

/// The most heads of one answer.
pub const HEADS: i64 = 1_000;

impl Service {
    /// The signed heads of the blocks after one, in order, at most [`HEADS`]. They say when how many lines were written, and name
    /// nobody: anybody may watch (decision 0016).
    pub async fn journal_heads(&self, after: i64) -> Result<Vec<JournalHead>, StoreError> {
        self.store().heads_after(after.max(0), HEADS).await
    }

    /// Where the journal ends now; partners get it with every reply.
    pub fn journal_head(&self) -> Option<JournalHead> {
        self.store().journal_head()
    }
}
