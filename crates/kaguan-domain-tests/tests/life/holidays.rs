//! Notices of days off (Article 7): a notice says something of the days that it names, and of no other.

use crate::person::{Scene, TODAY, office};
use crate::{formal, reissue};
use jiff::civil::{Date, date};
use kaguan_domain::calendar::WorkingCalendar;
use kaguan_domain::clause;
use kaguan_domain::codes::{DayKind, HolidayRow};
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::duty::{RecountClocks, WatchClocks};
use kaguan_domain::facts::clock::{Clock, ClockKind};
use kaguan_domain::facts::institution::InstitutionEvent;
use kaguan_domain::ids::ApplicationId;
use kaguan_domain::institution::{InstitutionCommand, decide};
use kaguan_domain::refusal::{Reason, Refusal};

fn day(date: Date, kind: DayKind) -> HolidayRow {
    HolidayRow { date, kind, name: "通知".into() }
}

/// The last days of a first card and of its making, for data that came on 22 September 2026.
fn ends(calendar: &WorkingCalendar) -> [Date; 2] {
    [ClockKind::FirstCard, ClockKind::Production]
        .map(|kind| Clock::start(kind, date(2026, 9, 22), calendar).due.last_day)
}

fn take(days: &[HolidayRow]) -> Result<Vec<InstitutionEvent>, Refusal> {
    let (now, actor) = (Instant::at_start_of(TODAY), Actor::System);
    let ctx = Ctx { now, actor, channel: Channel::Console, request_key: None, request_body: None };
    decide(&office(), &InstitutionCommand::TakeNotice { days: days.to_vec() }, &ctx)
}

#[test]
fn art_7_1_a_notice_of_days_that_are_over_moves_what_runs_and_nothing_that_has_ended() {
    clause!(R7.1);
    let mut c = WorkingCalendar::compiled();
    let (past, today) = (date(2026, 11, 20), date(2026, 11, 23));
    let rows = [past, today, date(2026, 11, 26)].map(|d| day(d, DayKind::Off));
    let running = Clock::start(ClockKind::FirstCard, date(2026, 11, 18), &c);
    let ended = Clock { stopped_on: Some(date(2026, 11, 19)), ..running.clone() };
    assert_eq!(c.new_of_the_past(&rows, today).into_iter().collect::<Vec<_>>(), [past]);
    assert!(take(&rows).is_ok(), "a typhoon's day is said to be off when it is over");
    c.take_notice(&rows);
    assert!(running.recomputed(&c).due.last_day > running.due.last_day);
    assert_eq!(ended.recomputed(&c).due, ended.due);
    assert!(c.new_of_the_past(&rows, today).is_empty(), "the same notice again says nothing new");
}

#[test]
fn art_7_a_supplement_changes_its_days_and_leaves_the_national_day_alone() {
    clause!(R7.1);
    let mut c = WorkingCalendar::compiled();
    assert_eq!(ends(&c), [date(2026, 10, 15), date(2026, 10, 13)]);
    c.take_notice(&[day(date(2026, 9, 30), DayKind::Off)]);
    assert_eq!(ends(&c), [date(2026, 10, 16), date(2026, 10, 14)], "the typhoon's day, and no other");
    assert_eq!(c.is_working_day(date(2026, 10, 1)), (false, false));
}

#[test]
fn art_7_a_notice_of_the_next_year_with_days_of_this_one_leaves_the_rest_of_this_one() {
    clause!(R7.1);
    let mut c = WorkingCalendar::compiled();
    let next = [
        day(date(2026, 12, 26), DayKind::Work),
        day(date(2027, 1, 1), DayKind::Off),
        day(date(2027, 2, 5), DayKind::Off),
    ];
    c.take_notice(&next);
    assert_eq!(ends(&c), [date(2026, 10, 15), date(2026, 10, 13)]);
    assert_eq!(c.is_working_day(date(2026, 12, 26)), (true, false), "a Saturday that is worked");
    assert_eq!(c.is_working_day(date(2027, 2, 5)), (false, false), "2027 has its notice");
    // Days of a year that has no notice yet do not make one.
    c.take_notice(&[day(date(2028, 1, 3), DayKind::Off)]);
    assert_eq!(c.is_working_day(date(2028, 1, 3)), (false, true));
    // What the journal has of earlier days means what it meant: the whole year.
    let mut old = office();
    let days = vec![day(date(2026, 9, 30), DayKind::Off)];
    old.apply(&InstitutionEvent::HolidayNoticeLoaded { year: 2026, days });
    assert_eq!(old.calendar.is_working_day(date(2026, 10, 1)), (true, false));
}

#[test]
fn art_7_a_day_that_is_off_and_worked_is_refused_by_name() {
    clause!(R7.1);
    let first = date(2027, 1, 1);
    let both = [day(first, DayKind::Off), day(date(2027, 1, 2), DayKind::Off), day(first, DayKind::Work)];
    let refusal = take(&both).unwrap_err();
    assert_eq!(refusal.reason, Reason::MaterialDefective);
    assert!(refusal.sentence().contains("2027-01-01") && !refusal.sentence().contains("2027-01-02"));
    let twice = [day(first, DayKind::Off), day(first, DayKind::Off)];
    assert!(take(&twice).is_ok(), "said twice is said once");
    assert_eq!(take(&[day(date(2026, 10, 1), DayKind::Off)]).unwrap_err().reason, Reason::NothingToDo);
}

#[test]
fn art_7_and_27_a_persons_running_clock_is_counted_again_and_watched_for_its_new_day() {
    clause!(R7.1);
    clause!(R27.3);
    let mut s = Scene::with_card();
    s.done(formal());
    s.done(reissue());
    let clock = |s: &Scene| s.file.application(ApplicationId(2)).unwrap().clock.clone().unwrap();
    let before = clock(&s).due.last_day;
    assert_eq!(s.refused(C::RecountClocks(RecountClocks {})), Reason::NothingToDo);
    // Its last day has come and staff was told; then that day is said to be off.
    while s.now.date() < before {
        s.days_pass(1);
    }
    s.as_system().done(C::WatchClocks(WatchClocks {}));
    assert!(clock(&s).warned.is_some());
    s.office.apply(&InstitutionEvent::NoticeTaken { days: vec![day(before, DayKind::Off)] });
    s.done(C::RecountClocks(RecountClocks {}));
    assert!(clock(&s).due.last_day > before);
    assert_eq!(clock(&s).warned, None, "the new day is watched for itself");
    s.as_officer(1);
    assert_eq!(s.refused(C::RecountClocks(RecountClocks {})), Reason::NotPermitted);
}
