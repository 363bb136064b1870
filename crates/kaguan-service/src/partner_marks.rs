//! Up to which time a partner's requests may have been used: what no restart forgets.

use crate::outcome::Failure;
use crate::service::Service;
use kaguan_store::{Store, StoreError};

fn name(partner: &str) -> String {
    format!("partner.mark/{partner}")
}

/// The mark of a partner (`kind:code`) in a store that nobody writes here.
pub async fn partner_mark_in(store: &Store, partner: &str) -> Result<Option<i64>, StoreError> {
    Ok(store.meta(&name(partner)).await?.and_then(|text| text.parse().ok()))
}

impl Service {
    /// The mark of a partner (`kind:code`), in milliseconds since 1970; `None` before its first request.
    pub async fn partner_mark(&self, partner: &str) -> Result<Option<i64>, Failure> {
        Ok(partner_mark_in(self.store(), partner).await?)
    }

    /// Moves it; durable when it returns.
    pub async fn move_partner_mark(&self, partner: &str, to: i64) -> Result<(), Failure> {
        Ok(self.store().put_meta(&name(partner), &to.to_string()).await?)
    }
}
