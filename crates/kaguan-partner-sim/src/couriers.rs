//! Partners that take messages: they remember what they got and drop what they have seen.

use kaguan_domain::facts::letter::Letter;
use kaguan_domain::ids::{CardId, ECardNumber};
use kaguan_service::ports::{Answer, Courier, DeliveryError, Message, Reply};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// An SMS gateway, or the e-card platform, which answers the number of each e-card that it is asked for.
#[derive(Default)]
pub struct Inbox {
    got: Mutex<BTreeMap<i64, Message>>,
    refusals: AtomicUsize,
    mute: AtomicBool,
}

/// The number that the e-card platform gives to the e-card of a card: the same card, the same number.
pub fn e_card_of(card: CardId) -> Option<ECardNumber> {
    ECardNumber::parse(&format!("E{:019}", card.0.unsigned_abs())).ok()
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

    /// Takes messages and answers nothing from now on, as a platform that gives its numbers later.
    pub fn be_mute(&self) {
        self.mute.store(true, Ordering::SeqCst);
    }

    /// The next so many deliveries fail for now.
    pub fn be_busy(&self, times: usize) {
        self.refusals.store(times, Ordering::SeqCst);
    }
}

impl Courier for Inbox {
    fn deliver<'a>(&'a self, message: &'a Message) -> Reply<'a, Result<Option<Answer>, DeliveryError>> {
        Box::pin(async move {
            let busy = self.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
            if busy.is_ok() {
                return Err(DeliveryError::Later("busy".into()));
            }
            if let Ok(mut got) = self.got.lock() {
                got.insert(message.id, message.clone());
            }
            let Letter::ECardIssue(issue) = &message.letter else { return Ok(None) };
            let number = e_card_of(issue.card).filter(|_| !self.mute.load(Ordering::SeqCst));
            Ok(number.map(Answer::ECard))
        })
    }
}
