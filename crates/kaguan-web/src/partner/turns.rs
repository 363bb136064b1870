//! Turns: each partner has its own, so that nobody who is slow, or asks for much, holds up another.

use crate::limits::{Limits, count};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What one partner may have under way.
struct Own {
    requests: Arc<Semaphore>,
    bulk: Arc<Semaphore>,
    /// Bulk bodies are worked through one after the other, in the order in which they were received.
    working: Arc<Semaphore>,
}

/// The turns of all partners.
pub struct Turns {
    own: Mutex<HashMap<String, Arc<Own>>>,
    requests: usize,
    bulk: usize,
    texts: Semaphore,
}

/// A place among one's own requests.
pub struct Place {
    own: Arc<Own>,
    _request: OwnedSemaphorePermit,
    _bulk: Option<OwnedSemaphorePermit>,
}

impl Turns {
    /// As the limits say.
    pub fn new(limits: &Limits) -> Self {
        Self {
            own: Mutex::default(),
            requests: count(limits.requests_of_partner),
            bulk: count(limits.bulk_of_partner),
            texts: Semaphore::new(count(limits.texts)),
        }
    }

    /// A place for a request of a partner, unless it has too many under way. Partners are registered, so that they are few.
    pub fn enter(&self, partner: &str, bulk: bool) -> Option<Place> {
        let own = {
            let mut all = self.own.lock().unwrap_or_else(PoisonError::into_inner);
            let fresh = || {
                Arc::new(Own {
                    requests: Arc::new(Semaphore::new(self.requests)),
                    bulk: Arc::new(Semaphore::new(self.bulk)),
                    working: Arc::new(Semaphore::new(1)),
                })
            };
            Arc::clone(all.entry(partner.to_owned()).or_insert_with(fresh))
        };
        let request = Arc::clone(&own.requests).try_acquire_owned().ok()?;
        let bulk = match bulk {
            true => Some(Arc::clone(&own.bulk).try_acquire_owned().ok()?),
            false => None,
        };
        Some(Place { own, _request: request, _bulk: bulk })
    }

    /// A place for a text file that is held in memory: nobody waits for its sender any more.
    pub async fn text(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        self.texts.acquire().await.ok()
    }
}

impl Place {
    /// Waits for the partner's own bulk bodies that came before.
    pub async fn working(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.own.working).acquire_owned().await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partner_uses_up_its_own_turns_and_nobody_elses() {
        let turns = Turns::new(&Limits { requests_of_partner: 3, bulk_of_partner: 2, ..Limits::default() });
        let mut held: Vec<_> = (0..2).map(|_| turns.enter("bank:95588", true).unwrap()).collect();
        assert!(turns.enter("bank:95588", true).is_none());
        held.push(turns.enter("bank:95588", false).unwrap());
        assert!(turns.enter("bank:95588", false).is_none());
        assert!(turns.enter("business:gzyy", true).is_some());
        held.clear();
        assert!(turns.enter("bank:95588", true).is_some());
    }
}
