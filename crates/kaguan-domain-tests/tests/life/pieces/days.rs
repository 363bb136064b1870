//! Days: where one begins, and which of them are counted.

use jiff::civil::{Date, date};
use kaguan_domain::calendar::{WorkingCalendar, add_months_clamped};
use kaguan_domain::codes::{DayKind, HolidayRow};
use kaguan_domain::ctx::Instant;

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
    assert_eq!(c.is_working_day(date(2024, 2, 9)), (true, false), "除夕 2024 is a working day in the notice");
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
    assert_eq!(c.working_days_used(date(2026, 11, 21), date(2026, 11, 21), true), 0, "begun on a Saturday");
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

#[test]
fn a_day_begins_at_midnight_in_guangdong() {
    let start = Instant::at_start_of(date(2026, 11, 23));
    assert_eq!(start.date(), date(2026, 11, 23));
    assert_eq!(Instant(start.0 - 1).date(), date(2026, 11, 22));
    assert_eq!(start.local(), "2026-11-23 00:00:00");
    assert_eq!(Instant(0).local(), "1970-01-01 08:00:00");
    assert_eq!(Instant(i64::MAX - 8 * 3_600 * 1_000_000).date(), Date::MAX);
}
