//! The one place that reads the time, and the one that makes fresh identities.

use kaguan_domain::ctx::Instant;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Where the time comes from: the machine's clock, or a day that a test or the demo moves by hand.
#[derive(Clone, Debug)]
pub enum TimeSource {
    /// The machine's clock.
    Machine,
    /// A time that only moves when it is told to.
    Fixed(Arc<AtomicI64>),
}

impl TimeSource {
    /// A clock that stands at an instant until it is moved.
    pub fn fixed(at: Instant) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(at.0)))
    }

    /// Now.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now(&self) -> Instant {
        match self {
            Self::Machine => {
                let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                Instant(since.map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX)))
            }
            Self::Fixed(at) => Instant(at.load(Ordering::SeqCst)),
        }
    }

    /// Moves a fixed clock; the machine's clock does not move.
    pub fn set(&self, to: Instant) {
        if let Self::Fixed(at) = self {
            at.store(to.0, Ordering::SeqCst);
        }
    }
}

/// Fresh identities: 63 bits, growing with time so that rows of one day lie together, 22 random bits in each
/// millisecond's start so that two processes do not meet.
#[derive(Debug)]
pub struct Ids {
    last: AtomicI64,
}

impl Ids {
    /// Starts at a time, with some random low bits.
    pub fn new(now: Instant, random: u32) -> Self {
        Self { last: AtomicI64::new(Self::floor(now) | i64::from(random & 0x003F_FFFF)) }
    }

    fn floor(now: Instant) -> i64 {
        // Milliseconds since 2020, 41 bits: good until 2089.
        let ms = (now.0 / 1000 - 1_577_836_800_000).max(0);
        ms << 22
    }

    /// A fresh identity; never the same twice in one process, never smaller than one given before.
    pub fn fresh(&self, now: Instant) -> i64 {
        let floor = Self::floor(now);
        let mut last = self.last.load(Ordering::Relaxed);
        loop {
            let next = (last + 1).max(floor | (last & 0x003F_FFFF));
            match self.last.compare_exchange_weak(last, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return next,
                Err(seen) => last = seen,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_identities_never_repeat_even_when_the_clock_steps_back() {
        let now = Instant(1_795_000_000_000_000);
        let ids = Ids::new(now, 77);
        let mut last = 0;
        for step in [0, 5_000, -9_000_000, 0, 1] {
            for _ in 0..1000 {
                let id = ids.fresh(Instant(now.0 + step));
                assert!(id > last);
                last = id;
            }
        }
    }
}
