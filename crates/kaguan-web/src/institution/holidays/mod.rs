//! 工作日历: a year by its days, what a notice would change in it and do to running clocks, and then its taking.

use crate::Console;
use crate::frame::Said;
use crate::may;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use crate::year::{MonthView, months};
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kaguan_domain::calendar::WorkingCalendar;
use kaguan_domain::ctx::Channel;
use kaguan_domain::permission::Verb;
use kaguan_service::{Moved, NoticeDone};
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/holidays",
    screens: &[Screen {
        group: "系统管理", name: "工作日历", article: "第七条", verb: Verb::LoadHolidays
    }],
    doors: |d| d.get("/holidays", page).post("/holidays", notice),
    samples: &["/holidays"],
};

/// One clock that a notice of days off moves.
pub struct MovedView {
    pub clock: &'static str,
    /// Of which business.
    pub what: String,
    pub before: String,
    pub after: String,
}

/// What a notice does, or would.
pub struct NoticeView {
    /// Whether it was done.
    pub taken: bool,
    /// Days of which it says something new.
    pub days: usize,
    /// Those of them that are over already.
    pub past: Vec<String>,
    /// How many of the periods that it moves were over already, and run on all the same.
    pub late: usize,
    pub moved: Vec<MovedView>,
}

/// 放假通知.
#[derive(Template)]
#[template(path = "institution/holidays/holidays.html")]
pub struct HolidaysPage {
    pub frame: Frame,
    /// The years whose notice is there.
    pub years: String,
    /// The notice as it was pasted.
    pub notice: String,
    /// What it does, once it was judged.
    pub said: Option<NoticeView>,
    pub year: i16,
    /// Whether the year has no notice yet.
    pub provisional: bool,
    pub months: Vec<MonthView>,
}
crate::frame::page!(HolidaysPage);

const TITLE: &str = "工作日历";

/// Which year.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct OfYear {
    year: String,
}

/// A notice as it was pasted, and whether it is to be taken.
#[derive(Deserialize)]
pub struct Notice {
    notice: String,
    #[serde(default)]
    wish: String,
}

/// The page with a year; `then` is the calendar as a notice would make it.
fn page_of(
    console: &Console,
    frame: Frame,
    notice: String,
    said: Option<NoticeView>,
    year: Option<i16>,
    then: Option<&WorkingCalendar>,
) -> HolidaysPage {
    let institutions = console.service.institutions();
    let (calendar, today) = (&institutions.calendar, console.service.now().date());
    // What lies before a calendar of our days, or behind them, is nobody's question.
    let year = year.unwrap_or(today.year()).clamp(2000, 2100);
    let years = calendar.years().map(|y| y.to_string()).collect::<Vec<_>>();
    HolidaysPage {
        frame,
        years: years.join("、"),
        notice,
        said,
        year,
        provisional: !then.unwrap_or(calendar).years().any(|y| y == year),
        months: months(then.unwrap_or(calendar), calendar, year, today),
    }
}

/// A year, and the empty form.
pub async fn page(State(console): State<Console>, me: SignedIn, Query(of): Query<OfYear>) -> Response {
    let year = of.year.parse().ok();
    let frame = Frame::of(&me, TITLE);
    match may::at_all(&console, &me, Verb::LoadHolidays) {
        Ok(()) => page_of(&console, frame, String::new(), None, year, None).into_response(),
        Err(refusal) => {
            let frame = frame.wrong(refusal.sentence());
            (StatusCode::FORBIDDEN, page_of(&console, frame, String::new(), None, None, None)).into_response()
        }
    }
}

/// Says what a notice would do; takes it once that was seen.
pub async fn notice(State(console): State<Console>, me: SignedIn, Form(form): Form<Notice>) -> HolidaysPage {
    let frame = Frame::of(&me, TITLE);
    let days = match kaguan_service::parse_notice(&form.notice) {
        Ok(days) => days,
        Err(wrong) => {
            let text = format!("放假通知未载入：{}", wrong.join("；"));
            return page_of(
                &console,
                frame.wrong(Said::from(text).about("notice")),
                form.notice,
                None,
                None,
                None,
            );
        }
    };
    let today = console.service.now().date();
    let view = |done: NoticeDone, taken: bool| {
        let past = done.past.iter().map(ToString::to_string).collect();
        let late = done.moved.iter().filter(|m| m.before < today).count();
        let moved = |m: Moved| MovedView {
            clock: m.clock.name(),
            what: m.what,
            before: m.before.to_string(),
            after: m.after.to_string(),
        };
        let moved = done.moved.into_iter().map(moved).collect();
        NoticeView { taken, days: done.days, past, late, moved }
    };
    let actor = me.actor();
    let year = days.iter().map(|d| d.date.year()).max();
    if form.wish == "load" {
        let done = console.service.take_notice(&actor, Channel::Console, &days).await;
        let said = done.as_ref().ok().cloned().map(|d| view(d, true));
        let frame = frame.after(done, "放假通知已载入，所列日期之外的日期不变");
        return page_of(&console, frame, form.notice, said, year, None);
    }
    let would = console.service.try_notice(&actor, &days).await;
    let said = would.as_ref().ok().cloned().map(|d| view(d, false));
    let frame = frame.after(would, "以下是载入后的变动，尚未载入");
    let mut then = console.service.institutions().calendar.clone();
    if said.is_some() {
        then.take_notice(&days);
    }
    page_of(&console, frame, form.notice, said, year, Some(&then))
}
