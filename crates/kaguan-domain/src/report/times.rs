//! 时效: how a partner's clocks went in working days: kept or not, the median, the longest.

use super::Timeliness;
use crate::calendar::{Due, WorkingCalendar};
use crate::clause;
use crate::facts::batch::Batch;
use crate::facts::clock::{Clock, ClockKind};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Whose clock of a batch it is: the code of the bank or the vendor that has to keep it; empty for the centres' own.
pub fn whose(kind: ClockKind, batch: &Batch) -> &str {
    clause!(X7.4);
    match kind {
        ClockKind::BankOpening => batch.bank.as_str(),
        ClockKind::VendorMaking => batch.state.vendor().map_or("", |v| v.as_str()),
        ClockKind::FirstCard
        | ClockKind::UnitCollection
        | ClockKind::Production
        | ClockKind::UrgentProduction
        | ClockKind::Replacement
        | ClockKind::Recall => "",
    }
}

/// Clocks of one kind that ran alike.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ran {
    pub started_on: Date,
    /// The last day that was given.
    pub due: Date,
    /// `None` while they run.
    pub stopped_on: Option<Date>,
    /// Whether they stopped because the batch was taken back from a partner that had not answered.
    pub taken_back: bool,
    /// Clocks.
    pub n: i64,
}

/// What became of some clocks of one kind.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Times {
    pub kept: Timeliness,
    /// How many ended after so many working days.
    used: BTreeMap<u32, i64>,
    /// The most working days of those that ended or were taken back, and so far of those that are late.
    pub longest: Option<u32>,
}

impl Times {
    /// Counts clocks of a kind as they stand on a day.
    pub fn add(&mut self, kind: ClockKind, ran: Ran, calendar: &WorkingCalendar, today: Date) {
        let due = Due { last_day: ran.due, provisional: false };
        let Ran { started_on, stopped_on, taken_back, .. } = ran;
        let clock = Clock { kind, started_on, due, stopped_on, warned: None, taken_back };
        let standing = clock.standing(today);
        self.kept.count(standing, usize::try_from(ran.n).unwrap_or_default());
        let until = ran.stopped_on.or_else(|| (today > ran.due).then_some(today));
        let Some(until) = until else { return };
        let used = calendar.working_days_used(ran.started_on, until, kind.starts_on_the_day());
        self.longest = self.longest.max(Some(used));
        // Of what was taken back no return is known.
        if ran.stopped_on.is_some() && !taken_back {
            *self.used.entry(used).or_default() += ran.n;
        }
    }

    /// Counts what was counted apart.
    pub fn merge(&mut self, other: &Self) {
        let Timeliness { kept, broken, running, late, taken_back } = other.kept;
        self.kept.kept += kept;
        self.kept.broken += broken;
        self.kept.running += running;
        self.kept.late += late;
        self.kept.taken_back += taken_back;
        for (days, n) in &other.used {
            *self.used.entry(*days).or_default() += n;
        }
        self.longest = self.longest.max(other.longest);
    }

    /// The median of the working days of those that ended, the mean of the two in the middle when their number is even: whole or half days.
    /// `None` when none has.
    pub fn median(&self) -> Option<f64> {
        let all: i64 = self.used.values().sum();
        // The days of the one at a place, counted from 1 in the order of their days.
        let at = |place: i64| {
            let mut before = 0;
            self.used.iter().find_map(|(days, n)| {
                before += n;
                (before >= place).then_some(*days)
            })
        };
        let (lower, upper) = (at((all + 1) / 2)?, at(all / 2 + 1)?);
        Some(f64::midpoint(lower.into(), upper.into()))
    }

    /// How many clocks there are.
    pub fn all(&self) -> usize {
        let Timeliness { kept, broken, running, late, taken_back } = self.kept;
        kept + broken + running + late + taken_back
    }
}
