//! Delivering the outbox: after the commit, at least once, in order for each subject, with retry and dead letters.

use crate::ports::{DeliveryError, Message};
use crate::service::Service;
use kaguan_domain::ctx::Instant;
use kaguan_store::{CommitError, StoreError};
use std::collections::HashSet;

/// Attempts before a message is dead.
const ATTEMPTS: i64 = 8;

/// What a round of delivery did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Delivered {
    /// Messages delivered.
    pub delivered: usize,
    /// Messages put off.
    pub later: usize,
    /// Messages given up.
    pub dead: usize,
}

/// Why delivery stopped.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryStopped {
    /// The outbox cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was delivered cannot be recorded; it will be delivered again, and the partner drops it.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Service {
    /// Delivers what is due, until nothing is.
    pub async fn deliver(&self) -> Result<Delivered, DeliveryStopped> {
        let mut total = Delivered::default();
        loop {
            let due = self.store().outbox_due(self.now(), 500).await?;
            if due.is_empty() {
                return Ok(total);
            }
            let mut held = HashSet::new();
            let mut settled = Vec::new();
            for row in due {
                // A message waits for those before it about the same subject.
                if held.contains(&row.subject) {
                    continue;
                }
                let message = Message {
                    id: row.id,
                    kind: row.kind.clone(),
                    body: String::from_utf8_lossy(&row.body).into_owned(),
                };
                let courier = match row.partner.as_str() {
                    "sms" => &self.partners().sms,
                    "bank" => &self.partners().banks,
                    _ => &self.partners().ecard,
                };
                let (state, next) = match courier.deliver(&message).await {
                    Ok(()) => {
                        total.delivered += 1;
                        ("delivered", self.now())
                    }
                    Err(DeliveryError::Later(_)) if row.attempts + 1 < ATTEMPTS => {
                        held.insert(row.subject.clone());
                        total.later += 1;
                        let wait = 1_000_000 << row.attempts.clamp(0, 20);
                        ("waiting", Instant(self.now().0 + wait))
                    }
                    Err(why) => {
                        tracing::warn!(message = row.id, kind = %row.kind, ?why, "message is dead");
                        total.dead += 1;
                        ("dead", self.now())
                    }
                };
                settled.push((row, state, next));
            }
            self.store().outbox_settle(settled).await?;
        }
    }
}
