//! The one place that reads the time, and the one that makes fresh identities.

use kaguan_domain::ctx::Instant;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where the time comes from: the machine's clock, or a day that a test or the demo moves by hand.
#[derive(Clone, Debug)]
pub enum TimeSource {
    /// The machine's clock.
    Machine,
    /// A time that only moves when it is told to.
    Fixed(Arc<AtomicI64>),
    /// A machine whose clocks are moved apart by hand.
    Hands(Arc<Hands>),
}

/// The two clocks of a machine, in microseconds.
#[derive(Debug)]
pub struct Hands {
    /// The one that anybody with the right can set.
    pub wall: AtomicI64,
    /// The one that nobody can.
    pub steady: AtomicI64,
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
            Self::Hands(hands) => Instant(hands.wall.load(Ordering::SeqCst)),
        }
    }

    /// Microseconds of a clock that nobody sets and that goes on while the machine sleeps; from when on it counts means nothing.
    pub fn steady(&self) -> i64 {
        match self {
            Self::Machine => {
                let since = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
                since.tv_sec.saturating_mul(1_000_000).saturating_add(since.tv_nsec / 1_000)
            }
            Self::Fixed(at) => at.load(Ordering::SeqCst),
            Self::Hands(hands) => hands.steady.load(Ordering::SeqCst),
        }
    }

    /// Moves a fixed clock; the machine's clock does not move.
    pub fn set(&self, to: Instant) {
        if let Self::Fixed(at) = self {
            at.store(to.0, Ordering::SeqCst);
        }
    }
}

/// So far may the wall clock be from where it should be by the steady one, in microseconds: beyond it somebody has set it.
pub(crate) const JUMP: i64 = 10 * 60 * 1_000_000;

/// The time of the system: the wall clock as long as it goes with the steady one, and never backward. When it jumps, time goes on by the
/// steady clock from where it was, until the wall clock is right again or an operator says that it is.
#[derive(Debug)]
pub struct Clock {
    source: TimeSource,
    state: Mutex<Followed>,
    /// So far is a sandbox ahead of its machine, in microseconds.
    ahead: AtomicI64,
}

/// Up to where the wall clock was followed.
#[derive(Debug)]
struct Followed {
    /// Both clocks, when they last went together.
    wall: i64,
    steady: i64,
    /// The last time that was told.
    told: i64,
    /// How far off the wall clock is, once it has jumped.
    off: Option<i64>,
}

impl Clock {
    /// Begins; the journal, where it has one that counts, ends at a time that the wall clock must not be before. `ahead` is a sandbox's.
    pub fn new(source: TimeSource, journal_ends: Option<Instant>, ahead: i64) -> Self {
        let (wall, steady) = (source.now().0, source.steady());
        let told = journal_ends.map_or(i64::MIN, |at| at.0);
        // A clock that is far behind the journal has been set back while nobody looked.
        let wall = if told.saturating_sub(wall) > JUMP { told } else { wall };
        Self {
            source,
            state: Mutex::new(Followed { wall, steady, told, off: None }),
            ahead: AtomicI64::new(ahead),
        }
    }

    fn state(&self) -> MutexGuard<'_, Followed> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Now, as business has it.
    pub fn now(&self) -> Instant {
        Instant(self.wall().0 + self.ahead())
    }

    /// How far ahead of its machine a sandbox is, in microseconds.
    pub(crate) fn ahead(&self) -> i64 {
        self.ahead.load(Ordering::SeqCst)
    }

    /// A sandbox is so far ahead from now on.
    pub(crate) fn put_ahead(&self, micros: i64) {
        self.ahead.store(micros, Ordering::SeqCst);
    }

    /// Now, as other machines have it.
    pub(crate) fn wall(&self) -> Instant {
        let wall = self.source.now();
        if let TimeSource::Fixed(_) = self.source {
            return wall;
        }
        let steady = self.source.steady();
        let mut s = self.state();
        let expected = s.wall + (steady - s.steady);
        let off = wall.0.saturating_sub(expected);
        let now = if off.saturating_abs() <= JUMP {
            if s.off.take().is_some() {
                tracing::warn!("the machine's clock is right again; timed work goes on");
            }
            (s.wall, s.steady) = (wall.0, steady);
            wall.0
        } else {
            if s.off.replace(off).is_none() {
                tracing::error!(
                    seconds = off / 1_000_000,
                    "the machine's clock has jumped; timed work is held"
                );
            }
            expected
        };
        s.told = s.told.max(now);
        Instant(s.told)
    }

    /// How far off the wall clock is, in microseconds, when it has jumped.
    pub fn jumped(&self) -> Option<i64> {
        self.wall();
        self.state().off
    }

    /// An operator says that the wall clock is right as it is.
    pub fn accept(&self) {
        let (wall, steady) = (self.source.now().0, self.source.steady());
        let mut s = self.state();
        (s.wall, s.steady, s.off) = (wall, steady, None);
    }

    pub(crate) fn steady(&self) -> i64 {
        self.source.steady()
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
