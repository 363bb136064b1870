//! A year of the working calendar, month by month, with what a notice would change.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use kaguan_domain::calendar::WorkingCalendar;
use kaguan_domain::codes::DayKind;

/// One day.
pub struct DayView {
    pub day: i8,
    /// `off`, `made-up` (a working day at a weekend), `rest` (a weekend) or nothing.
    pub kind: &'static str,
    /// In a word, for whoever sees no colour: 休, 班, or nothing.
    pub word: &'static str,
    /// Whether the notice that is looked at says something new of it.
    pub changed: bool,
    pub today: bool,
}

/// One month, in weeks from Monday on.
pub struct MonthView {
    pub month: i8,
    pub weeks: Vec<Vec<Option<DayView>>>,
    /// Working days in it.
    pub working: usize,
}

/// The twelve months of a year by a calendar, beside how they were before.
pub fn months(then: &WorkingCalendar, before: &WorkingCalendar, year: i16, today: Date) -> Vec<MonthView> {
    (1..=12).map(|month| of(then, before, date(year, month, 1), today)).collect()
}

fn of(then: &WorkingCalendar, before: &WorkingCalendar, first: Date, today: Date) -> MonthView {
    let mut week: Vec<Option<DayView>> = Vec::new();
    week.resize_with(usize::from(first.weekday().to_monday_zero_offset().unsigned_abs()), || None);
    let (mut weeks, mut working) = (Vec::new(), 0);
    for n in 0..i64::from(first.days_in_month()) {
        let Ok(day) = first.checked_add(n.days()) else { break };
        let weekend = day.weekday().to_monday_zero_offset() >= 5;
        let (works, _) = then.is_working_day(day);
        working += usize::from(works);
        let (kind, word) = match (then.said_of(day), weekend) {
            (Some(DayKind::Off), _) => ("off", "休"),
            (Some(DayKind::Work), true) => ("made-up", "班"),
            (Some(DayKind::Work), false) | (None, false) => ("", ""),
            (None, true) => ("rest", ""),
        };
        let changed = then.said_of(day) != before.said_of(day);
        week.push(Some(DayView { day: day.day(), kind, word, changed, today: day == today }));
        if week.len() == 7 {
            weeks.push(std::mem::take(&mut week));
        }
    }
    if !week.is_empty() {
        week.resize_with(7, || None);
        weeks.push(week);
    }
    MonthView { month: first.month(), weeks, working }
}
