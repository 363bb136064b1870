//! The working-day calendar and the counting of deadlines. The calendar is data: the State Council's notice of each
//! year. A year without a notice counts Monday to Friday, provisionally, and is recomputed when the notice arrives.

use crate::codes::{self, DayKind, HolidayRow};
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};

/// The last day of a period.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Due {
    /// Inclusive, until 24:00 in Guangdong.
    pub last_day: Date,
    /// Whether a day of it fell into a year without a notice.
    pub provisional: bool,
}

/// Which days are working days.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WorkingCalendar {
    days: HashMap<Date, DayKind>,
    years: BTreeSet<i16>,
}

impl WorkingCalendar {
    /// The notices that are compiled in.
    pub fn compiled() -> Self {
        let mut calendar = Self::default();
        let years: BTreeSet<i16> = codes::holidays().iter().map(|h| h.date.year()).collect();
        for year in years {
            let days: Vec<HolidayRow> =
                codes::holidays().iter().filter(|h| h.date.year() == year).cloned().collect();
            calendar.load_notice(year, &days);
        }
        calendar
    }

    /// Loads the notice of a year, in place of an earlier one: how notices were taken until November 2026.
    pub fn load_notice(&mut self, year: i16, days: &[HolidayRow]) {
        self.days.retain(|d, _| d.year() != year);
        self.days.extend(days.iter().map(|d| (d.date, d.kind)));
        self.years.insert(year);
    }

    /// Takes what a notice says of some days, whatever their year; the other days stay as they are. A year has its notice once
    /// New Year's Day of it is said to be off: every yearly notice begins with 元旦, and no other does.
    pub fn take_notice(&mut self, days: &[HolidayRow]) {
        self.days.extend(days.iter().map(|d| (d.date, d.kind)));
        let begins = |d: &&HolidayRow| d.kind == DayKind::Off && (d.date.month(), d.date.day()) == (1, 1);
        self.years.extend(days.iter().filter(begins).map(|d| d.date.year()));
    }

    /// What is said of a day, when it is no ordinary one.
    pub fn said_of(&self, date: Date) -> Option<DayKind> {
        self.days.get(&date).copied()
    }

    /// The days before `today` of which a notice says something new. What ended before it was taken keeps its last day; of such days only
    /// running periods are counted again (R7.1), and how many working days an ended one took, where that is reported.
    pub fn new_of_the_past(&self, days: &[HolidayRow], today: Date) -> BTreeSet<Date> {
        let past = days.iter().filter(|d| d.date < today && self.said_of(d.date) != Some(d.kind));
        past.map(|d| d.date).collect()
    }

    /// The years whose notice is loaded.
    pub fn years(&self) -> impl Iterator<Item = i16> + '_ {
        self.years.iter().copied()
    }

    /// Whether it is a working day, and whether that is only provisional.
    pub fn is_working_day(&self, date: Date) -> (bool, bool) {
        let weekday = !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        let working = match self.days.get(&date) {
            Some(DayKind::Off) => false,
            Some(DayKind::Work) => true,
            None => weekday,
        };
        (working, !self.years.contains(&date.year()))
    }

    /// The last day of a period of working days. With `start_inclusive` the first day counts when it is a working
    /// day; otherwise counting begins on the next one.
    pub fn due_after(&self, start: Date, working_days: u32, start_inclusive: bool) -> Due {
        let (mut day, mut left, mut provisional) = (start, working_days, false);
        if start_inclusive {
            let (working, guess) = self.is_working_day(day);
            provisional |= guess;
            left -= u32::from(working && left > 0);
        }
        while left > 0 {
            let Ok(next) = day.tomorrow() else { break };
            day = next;
            let (working, guess) = self.is_working_day(day);
            provisional |= guess;
            left -= u32::from(working);
        }
        Due { last_day: day, provisional }
    }

    /// How many working days lie between two days, counted as [`Self::due_after`] counts: the first day only with
    /// `start_inclusive`, the last day always.
    pub fn working_days_used(&self, start: Date, end: Date, start_inclusive: bool) -> u32 {
        let (mut day, mut used) = (start, u32::from(start_inclusive && self.is_working_day(start).0));
        while day < end {
            let Ok(next) = day.tomorrow() else { break };
            day = next;
            used += u32::from(self.is_working_day(day).0);
        }
        used
    }
}

/// The same day some months later, clamped to the month's end; beyond the calendar its first or last day.
pub fn add_months_clamped(date: Date, months: i32) -> Date {
    let span = jiff::Span::new().try_months(months);
    span.and_then(|span| date.checked_add(span)).unwrap_or(if months < 0 { Date::MIN } else { Date::MAX })
}
