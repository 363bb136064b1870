//! 放假通知: what a notice would do to running clocks, and then its taking.

use crate::Console;
use crate::may;
use crate::pages::{Frame, HolidaysPage, MovedView, NoticeView};
use crate::session::SignedIn;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kaguan_domain::ctx::Channel;
use kaguan_domain::permission::Verb;
use kaguan_service::{Moved, NoticeDone};
use serde::Deserialize;

/// A notice as it was pasted, and whether it is to be taken.
#[derive(Deserialize)]
pub struct Notice {
    notice: String,
    #[serde(default)]
    wish: String,
}

fn page_of(console: &Console, frame: Frame, notice: String, said: Option<NoticeView>) -> HolidaysPage {
    let years = console.service.institutions().calendar.years().map(|y| y.to_string()).collect::<Vec<_>>();
    HolidaysPage { frame, years: years.join("、"), notice, said }
}

/// The empty form.
pub async fn page(State(console): State<Console>, me: SignedIn) -> Response {
    let frame = Frame::of(&me, "放假通知");
    match may::at_all(&console, &me, Verb::LoadHolidays) {
        Ok(()) => page_of(&console, frame, String::new(), None).into_response(),
        Err(refusal) => {
            (StatusCode::FORBIDDEN, page_of(&console, frame.wrong(refusal.sentence()), String::new(), None))
                .into_response()
        }
    }
}

/// Says what a notice would do; takes it once that was seen.
pub async fn notice(State(console): State<Console>, me: SignedIn, Form(form): Form<Notice>) -> HolidaysPage {
    let frame = Frame::of(&me, "放假通知");
    let days = match kaguan_service::parse_notice(&form.notice) {
        Ok(days) => days,
        Err(wrong) => {
            let text = format!("放假通知未载入：{}", wrong.join("；"));
            return page_of(&console, frame.wrong(text), form.notice, None);
        }
    };
    let view = |done: NoticeDone, taken: bool| {
        let moved = |m: Moved| MovedView {
            clock: m.clock.name(),
            what: m.what,
            before: m.before.to_string(),
            after: m.after.to_string(),
        };
        NoticeView { taken, days: done.days, moved: done.moved.into_iter().map(moved).collect() }
    };
    let actor = me.actor();
    if form.wish == "load" {
        let done = console.service.take_notice(&actor, Channel::Console, &days).await;
        let said = done.as_ref().ok().cloned().map(|d| view(d, true));
        let frame = frame.after(done, "放假通知已载入，所列日期之外的日期不变");
        return page_of(&console, frame, form.notice, said);
    }
    let would = console.service.try_notice(&actor, &days).await;
    let said = would.as_ref().ok().cloned().map(|d| view(d, false));
    let frame = frame.after(would, "以下是载入后的变动，尚未载入");
    page_of(&console, frame, form.notice, said)
}
