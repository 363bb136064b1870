//! Who was turned away at a door before anything was asked of the service: the journal has no line of it, and the output of the process has.
//! Neither an address nor what a stranger wrote stands in it, and a flood leaves few lines.

use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::officer::DoorEvent;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Microseconds after which counting begins anew.
const HOUR: i64 = 3_600_000_000;

/// Nobody whom the system knows.
pub const STRANGER: &str = "a stranger";

/// How often each was turned away, and why, within an hour.
#[derive(Clone, Default)]
pub struct Refusals(Arc<Mutex<Counted>>);

#[derive(Default)]
struct Counted {
    hour: i64,
    times: HashMap<(String, String), i64>,
}

impl Refusals {
    /// Counts that somebody whom the system knows, or a stranger, was turned away: the first time of an hour, the second, the fifth, the
    /// tenth and so on are said.
    pub fn tell(&self, now: Instant, who: &str, why: &str) {
        if let Some(times) = self.counted(now, who, why) {
            tracing::warn!(who, why, times, "turned away at the door");
        }
    }

    /// How often by now, when that is said.
    fn counted(&self, now: Instant, who: &str, why: &str) -> Option<i64> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let hour = now.0.div_euclid(HOUR);
        if all.hour != hour {
            *all = Counted { hour, times: HashMap::new() };
        }
        let times = all.times.entry((who.to_owned(), why.to_owned())).or_default();
        *times += 1;
        Some(*times).filter(|times| DoorEvent::is_told(*times))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_flood_of_refusals_few_are_said_and_of_everybody_the_first() {
        let refusals = Refusals::default();
        let said =
            |now, who: &str| (0..1_000).filter_map(|_| refusals.counted(Instant(now), who, "x")).count();
        assert_eq!(said(0, STRANGER), 10, "1, 2, 5, 10, 20, 50, 100, 200, 500, 1000");
        assert_eq!(said(0, "bank:95588"), 10);
        assert_eq!(said(HOUR, STRANGER), 10, "the next hour begins anew");
    }
}
