//! Partners that take messages: they remember what they got and drop what they have seen.

use kaguan_domain::link::BankAnswer;
use kaguan_service::ports::{Courier, DeliveryError, Message, Reply};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An SMS gateway, or the e-card platform.
#[derive(Default)]
pub struct Inbox {
    got: Mutex<BTreeMap<i64, Message>>,
    refusals: AtomicUsize,
}

impl Inbox {
    /// Everything taken, each once.
    pub fn messages(&self) -> Vec<Message> {
        self.got.lock().map(|g| g.values().cloned().collect()).unwrap_or_default()
    }

    /// Takes what has come since the last time, in order.
    pub fn take(&self) -> Vec<Message> {
        self.got.lock().map(|mut g| std::mem::take(&mut *g).into_values().collect()).unwrap_or_default()
    }

    /// The next so many deliveries fail for now.
    pub fn be_busy(&self, times: usize) {
        self.refusals.store(times, Ordering::SeqCst);
    }
}

impl Courier for Inbox {
    fn deliver<'a>(&'a self, message: &'a Message) -> Reply<'a, Result<Option<BankAnswer>, DeliveryError>> {
        Box::pin(async move {
            let busy = self.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
            if busy.is_ok() {
                return Err(DeliveryError::Later("busy".into()));
            }
            if let Ok(mut got) = self.got.lock() {
                got.insert(message.id, message.clone());
            }
            Ok(None)
        })
    }
}
