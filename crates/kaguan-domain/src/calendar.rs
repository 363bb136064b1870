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

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn no_number_of_months_leads_out_of_the_calendar() {
        assert_eq!(add_months_clamped(date(2026, 1, 31), 1), date(2026, 2, 28));
        for months in [239_977, 300_000, i32::MAX] {
            assert_eq!(add_months_clamped(date(2026, 11, 28), months), Date::MAX);
            assert_eq!(add_months_clamped(date(2026, 11, 28), -months), Date::MIN);
        }
        assert_eq!(add_months_clamped(date(2026, 11, 28), i32::MIN), Date::MIN);
    }

    #[test]
    fn make_up_days_count_and_holidays_do_not() {
        let c = WorkingCalendar::compiled();
        assert_eq!(
            c.is_working_day(date(2024, 2, 9)),
            (true, false),
            "除夕 2024 is a working day in the notice"
        );
        assert_eq!(c.is_working_day(date(2026, 2, 14)), (true, false), "a make-up Saturday");
        assert_eq!(c.is_working_day(date(2026, 2, 17)), (false, false));
        assert_eq!(c.is_working_day(date(2026, 11, 23)), (true, false));
    }

    #[test]
    fn counting_begins_on_the_next_working_day_unless_the_first_counts() {
        let c = WorkingCalendar::compiled();
        // Friday 2026-11-20: two working days after it end on Tuesday; five with the day itself on Thursday.
        assert_eq!(c.due_after(date(2026, 11, 20), 2, false).last_day, date(2026, 11, 24));
        assert_eq!(c.due_after(date(2026, 11, 20), 5, true).last_day, date(2026, 11, 26));
        // A Saturday does not count even when the first day does.
        assert_eq!(c.due_after(date(2026, 11, 21), 1, true).last_day, date(2026, 11, 23));
        // Over the Spring Festival of 2026: 15 to 23 February off, the 14th and 28th worked.
        assert_eq!(c.due_after(date(2026, 2, 13), 2, false).last_day, date(2026, 2, 24));
    }

    #[test]
    fn a_period_uses_as_many_working_days_as_it_was_given_when_it_ends_on_its_last_day() {
        let c = WorkingCalendar::compiled();
        for (start, days, inclusive) in
            [(date(2026, 11, 20), 2, false), (date(2026, 2, 13), 2, false), (date(2026, 11, 20), 5, true)]
        {
            let due = c.due_after(start, days, inclusive).last_day;
            assert_eq!(c.working_days_used(start, due, inclusive), days, "{start}");
        }
        assert_eq!(c.working_days_used(date(2026, 11, 20), date(2026, 11, 20), false), 0);
        assert_eq!(c.working_days_used(date(2026, 11, 20), date(2026, 11, 22), false), 0, "a weekend");
        assert_eq!(
            c.working_days_used(date(2026, 11, 21), date(2026, 11, 21), true),
            0,
            "begun on a Saturday"
        );
    }

    #[test]
    fn a_year_without_a_notice_is_provisional_until_it_arrives() {
        let mut c = WorkingCalendar::compiled();
        let before = c.due_after(date(2026, 12, 28), 10, false);
        assert!(before.provisional);
        assert_eq!(before.last_day, date(2027, 1, 11));
        let day = |d| HolidayRow { date: date(2027, 1, d), kind: DayKind::Off, name: "元旦".into() };
        c.load_notice(2027, &[day(1)]);
        let after = c.due_after(date(2026, 12, 28), 10, false);
        assert!(!after.provisional);
        assert_eq!(after.last_day, date(2027, 1, 12));
    }

    #[test]
    fn months_are_clamped_to_their_end() {
        assert_eq!(add_months_clamped(date(2026, 8, 31), 6), date(2027, 2, 28));
    }
}
