//! A bad day: what goes wrong, how often.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// What goes wrong; each a chance between 0 and 1, of every request that comes in and of every call that goes out. What
/// happens to rows (`changed_field`, and `refuse` of a row) follows from the row: the same row meets the same fate again.
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
    /// Batches, orders, rows of a return and calls go out in another order, calls about one card excepted.
    pub reorder: f64,
    /// Answered with status 500; of a call: its answer is taken for one.
    pub error_500: f64,
    /// Answered with nonsense; of a call: its answer cannot be read.
    pub garbage: f64,
    /// Answered with a signature that does not fit; of a call: signed by a key that is nobody's.
    pub wrong_signature: f64,
    /// A field of a return is changed that must not be.
    pub changed_field: f64,
    /// The business is refused, with a reason.
    pub refuse: f64,
    /// A bank takes a link message, and says later what it made of it.
    pub answer_later: f64,
    /// Nothing works until it is over.
    pub outage: bool,
}

/// The trouble as it is now, and the dice.
pub(super) struct Dice {
    now: Mutex<(Trouble, fastrand::Rng)>,
    /// What has struck the calls that went out, how often.
    struck: Mutex<BTreeMap<&'static str, u64>>,
}

impl Dice {
    pub(super) fn new(trouble: Trouble, seed: u64) -> Self {
        Self { now: Mutex::new((trouble, fastrand::Rng::with_seed(seed))), struck: Mutex::default() }
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

    /// Counts what has struck.
    pub(super) fn count(&self, name: &'static str) {
        if let Ok(mut struck) = self.struck.lock() {
            *struck.entry(name).or_default() += 1;
        }
    }

    /// What has struck so far.
    pub(super) fn struck(&self) -> BTreeMap<&'static str, u64> {
        self.struck.lock().map(|s| s.clone()).unwrap_or_default()
    }

    pub(super) fn shuffle<T>(&self, rows: &mut [T]) {
        if let Ok(mut now) = self.now.lock() {
            now.1.shuffle(rows);
        }
    }
}
