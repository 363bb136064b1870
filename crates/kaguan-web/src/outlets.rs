//! 银行网点: the banks' outlets of a city with the codes by which the banks know them, and their registration.

use crate::Console;
use crate::may;
use crate::menu::{Page, Screen};
use crate::pages::{Frame, OutletView, OutletsPage};
use crate::session::SignedIn;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kaguan_domain::codes;
use kaguan_domain::ctx::Channel;
use kaguan_domain::ids::CityCode;
use kaguan_domain::permission::Verb;
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/outlets",
    screens: &[Screen {
        group: "系统管理", name: "银行网点", article: "第六条", verb: Verb::CodeOutlet
    }],
    doors: |d| d.get("/outlets", page).post("/outlets", register),
    samples: &["/outlets"],
};

/// Which city's.
#[derive(Deserialize)]
pub struct OfCity {
    #[serde(default)]
    city: String,
}

/// Lines of the table as they were pasted.
#[derive(Deserialize)]
pub struct Table {
    table: String,
    #[serde(default)]
    city: String,
}

fn page_of(console: &Console, frame: Frame, city: &str, table: String, wrong: Vec<String>) -> OutletsPage {
    let institutions = console.service.institutions();
    let cities: Vec<(String, &str)> =
        codes::cities().map(|c| (c.code[..4].to_owned(), c.name.as_str())).collect();
    let chosen = cities.iter().find(|(code, _)| code == city).or(cities.first());
    let city = chosen.map_or_else(String::new, |(code, _)| code.clone());
    let of = Some(CityCode(city.clone()));
    let outlets = institutions.orgs().filter(|o| o.city() == of && o.bank.is_some());
    let outlets = outlets.map(|o| OutletView {
        org: o.code.clone(),
        bank: o.bank.as_ref().map_or("", |b| b.name()),
        code: institutions.outlet_code(o.id).unwrap_or_default().to_owned(),
        name: o.name.clone(),
    });
    let outlets = outlets.collect();
    let cities = cities.into_iter().map(|(code, name)| (code, name.to_owned())).collect();
    OutletsPage { frame, may: true, cities, city, outlets, table, wrong }
}

fn turned_away(me: &SignedIn, sentence: String) -> Response {
    let frame = Frame::of(me, "银行网点").wrong(sentence);
    let (cities, outlets, wrong) = (Vec::new(), Vec::new(), Vec::new());
    let (city, table) = (String::new(), String::new());
    (StatusCode::FORBIDDEN, OutletsPage { frame, may: false, cities, city, outlets, table, wrong })
        .into_response()
}

/// The table of a city.
pub async fn page(State(console): State<Console>, me: SignedIn, Query(of): Query<OfCity>) -> Response {
    match may::at_all(&console, &me, Verb::CodeOutlet) {
        Ok(()) => {
            let frame = Frame::of(&me, "银行网点");
            page_of(&console, frame, &of.city, String::new(), Vec::new()).into_response()
        }
        Err(refusal) => turned_away(&me, refusal.sentence()),
    }
}

/// 登记: all lines, or none when any is wrong.
pub async fn register(State(console): State<Console>, me: SignedIn, Form(form): Form<Table>) -> Response {
    if let Err(refusal) = may::at_all(&console, &me, Verb::CodeOutlet) {
        return turned_away(&me, refusal.sentence());
    }
    let frame = Frame::of(&me, "银行网点");
    let rows = match kaguan_service::parse_outlets(&form.table) {
        Ok(rows) => rows,
        Err(wrong) => {
            let frame = frame.wrong("网点表有错，均未登记");
            return page_of(&console, frame, &form.city, form.table, wrong).into_response();
        }
    };
    let done = console.service.take_outlets(&me.actor(), Channel::Console, &rows, false).await;
    let wrong = done.as_ref().map(|d| d.wrong.clone()).unwrap_or_default();
    let (frame, table) = match &done {
        Ok(d) if d.wrong.is_empty() => {
            let text = format!("已登记：新增网点{}个，网点编码{}个", d.added, d.coded);
            (frame.after(Ok(()), &text), String::new())
        }
        Ok(_) => (frame.wrong("网点表有错，均未登记"), form.table),
        Err(_) => (frame.after(done, ""), form.table),
    };
    page_of(&console, frame, &form.city, table, wrong).into_response()
}
