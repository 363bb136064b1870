//! 超期预警: what is late or ends soon, for a city's centre and the province: the list of 今日工作 with other filters.

use super::{Area, refused};
use crate::Console;
use crate::frame::Frame;
use crate::list::{Asked, List, ListView};
use crate::session::SignedIn;
use crate::work::{self, CountView, cities, clocks};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kaguan_service::today::Urgency;

const TITLE: &str = "超期预警";
const LIST: List = clocks("due", "/clocks/due", "");
const CITIES: List = cities("cities", "/clocks/due");

/// The page.
#[derive(Template)]
#[template(path = "report/clocks/clocks_due.html")]
struct DuePage {
    frame: Frame,
    area: Area,
    today: String,
    group: &'static str,
    counts: Vec<CountView>,
    /// The page without any filter.
    all: String,
    /// The clocks of a city; for the province, that chose none, its cities.
    list: ListView,
}

crate::frame::page!(DuePage);

/// The list.
pub async fn page(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    let city = Some(asked.get("city")).filter(|city| !city.is_empty());
    let (choose, question) = work::question(&LIST, &asked);
    let mut found = match console.service.area_work(&me.actor(), city, question).await {
        Ok(found) => found,
        Err(e) => return refused(&me, TITLE, &e),
    };
    let area = Area::of(&me, found.city.as_ref());
    let group = question.only.map_or("", Urgency::code);
    let kept = format!("city={}&", area.code);
    let counts = work::counts(&found, LIST.path, &kept, &asked);
    let list = work::view(&console, &me, choose, &mut found);
    let one = format!("{}?group={group}&city=", LIST.path);
    let list = list.unwrap_or_else(|| work::cities_view(&CITIES, &found, &one, &asked));
    if let Some(file) = list.taken() {
        return file;
    }
    let all = format!("{}?city={}", LIST.path, area.code);
    let today = found.days.today.to_string();
    DuePage { frame: Frame::of(&me, TITLE), area, today, group, counts, all, list }.into_response()
}
