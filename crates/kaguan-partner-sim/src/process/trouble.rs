//! A bad day: what goes wrong, how often.

use serde::{Deserialize, Serialize};
use std::sync::Mutex;

/// What goes wrong; each a chance between 0 and 1, of every request that comes in and of every call that goes out.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Trouble {
    /// Milliseconds before anything is done.
    pub latency_ms: u64,
    /// The request is lost before it is read.
    pub drop: f64,
    /// The request is done and its reply lost.
    pub lose_reply: f64,
    /// The request is done twice.
    pub duplicate: f64,
    /// Calls go out in another order, those of one card excepted.
    pub reorder: f64,
    /// Answered with status 500.
    pub error_500: f64,
    /// Answered with nonsense.
    pub garbage: f64,
    /// Answered with a signature that does not fit.
    pub wrong_signature: f64,
    /// A field of a return is changed that must not be.
    pub changed_field: f64,
    /// The business is refused, with a reason.
    pub refuse: f64,
    /// Nothing works until it is over.
    pub outage: bool,
}

/// The trouble as it is now, and the dice.
pub(super) struct Dice {
    now: Mutex<(Trouble, fastrand::Rng)>,
}

impl Dice {
    pub(super) fn new(trouble: Trouble, seed: u64) -> Self {
        Self { now: Mutex::new((trouble, fastrand::Rng::with_seed(seed))) }
    }

    pub(super) fn trouble(&self) -> Trouble {
        self.now.lock().map(|n| n.0.clone()).unwrap_or_default()
    }

    pub(super) fn set(&self, trouble: Trouble) {
        if let Ok(mut now) = self.now.lock() {
            now.0 = trouble;
        }
    }

    /// Whether something strikes this time.
    pub(super) fn strikes(&self, chance: impl Fn(&Trouble) -> f64) -> bool {
        let Ok(mut now) = self.now.lock() else { return false };
        let chance = chance(&now.0);
        chance > 0.0 && now.1.f64() < chance
    }

    pub(super) fn shuffle<T>(&self, rows: &mut [T]) {
        if let Ok(mut now) = self.now.lock() {
            now.1.shuffle(rows);
        }
    }
}
