//! 超期预警: what is late or ends soon, for a city's centre and the province: the list of 今日工作 with other filters.

use super::board::{CountOf, counts_of};
use super::{Area, Asked, refused, status, workbook};
use crate::Console;
use crate::desk::home::{LineView, left, lines};
use crate::frame::Frame;
use crate::session::SignedIn;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use kaguan_domain::ids::CityCode;
use kaguan_service::today::{CityWork, Urgency, page_key, read_page_key};

const TITLE: &str = "超期预警";

/// Code, name, how many of each urgency, how long the oldest is late.
type CityOf = (String, &'static str, [i64; 4], String);

/// The page.
#[derive(Template)]
#[template(path = "report/clocks/clocks_due.html")]
struct DuePage {
    frame: Frame,
    area: Area,
    today: String,
    group: String,
    counts: Vec<CountOf>,
    /// For the province, that chose no city.
    cities: Vec<CityOf>,
    lines: Vec<LineView>,
    next: Option<String>,
}

crate::frame::page!(DuePage);

fn only(asked: &Asked) -> Option<Urgency> {
    Urgency::ALL.into_iter().find(|u| u.code() == asked.group)
}

/// The list.
pub async fn page(State(console): State<Console>, me: SignedIn, Query(asked): Query<Asked>) -> Response {
    let service = &console.service;
    let only = only(&asked);
    let work = match service.area_work(&me.actor(), asked.city(), only, read_page_key(&asked.after)).await {
        Ok(work) => work,
        Err(e) => return refused(&me, TITLE, &e),
    };
    let days = work.work.days;
    let cities = if work.city.is_some() { Vec::new() } else { work.cities };
    let city = |c: &CityWork| {
        let worst = c.worst.map(|due| left(Urgency::Late, due, days)).unwrap_or_default();
        (c.city.clone(), CityCode(c.city.clone()).name(), c.counts, worst)
    };
    let next = work.work.next.as_ref().map(page_key);
    // Batches stand on the first page; the first to end come first whatever they are.
    let mut rows = if asked.after.is_empty() { work.work.batches } else { Vec::new() };
    rows.extend(work.work.applications);
    rows.sort_by_key(|row| row.due);
    DuePage {
        frame: Frame::of(&me, TITLE),
        area: Area::of(&me, work.city.as_ref()),
        today: days.today.to_string(),
        group: only.map_or("", Urgency::code).into(),
        counts: counts_of(work.work.counts),
        cities: cities.iter().map(city).collect(),
        lines: if work.city.is_some() { lines(&console, &me, rows, days) } else { Vec::new() },
        next,
    }
    .into_response()
}

/// The first thousand as a workbook.
pub async fn xlsx(State(console): State<Console>, me: SignedIn, Query(asked): Query<Asked>) -> Response {
    match console.service.area_work_table(&me.actor(), asked.city(), only(&asked)).await {
        Ok(table) => workbook(&table, &format!("due-{}", console.service.now().date())),
        Err(e) => (status(&e), e.to_string()).into_response(),
    }
}
