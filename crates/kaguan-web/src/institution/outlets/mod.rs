//! 银行网点: the banks' outlets of a city with the codes by which the banks know them, and their registration.

use crate::Console;
use crate::frame::Said;
use crate::list::{Asked, Kind, List, ListView, Row, column};
use crate::may;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kaguan_domain::codes;
use kaguan_domain::ctx::Channel;
use kaguan_domain::facts::institution::Organisation;
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

/// 银行网点.
#[derive(Template)]
#[template(path = "institution/outlets/outlets.html")]
pub struct OutletsPage {
    pub frame: Frame,
    /// Whether this officer may see and register them.
    pub may: bool,
    /// Code and name of every city.
    pub cities: Vec<(String, String)>,
    /// The city that is shown.
    pub city: String,
    pub list: Option<ListView>,
    /// The lines as they were pasted.
    pub table: String,
    /// Every line that is wrong.
    pub wrong: Vec<String>,
    /// Codes that would be replaced, line by line, until somebody has seen them.
    pub changes: Vec<String>,
}
crate::frame::page!(OutletsPage);

/// Lines of the table as they were pasted.
#[derive(Deserialize)]
pub struct Table {
    table: String,
    #[serde(default)]
    city: String,
    /// The changes of codes that somebody has seen, a line each; empty of a table that was just pasted.
    #[serde(default)]
    seen: String,
}

const LIST: List = List {
    id: "outlets",
    path: "/outlets",
    title: "",
    none: "本市没有银行网点。在下面登记。",
    columns: &[
        column("org", "机构编码", Kind::Code),
        column("bank", "服务银行", Kind::Choice),
        column("code", "网点编码", Kind::Code),
        column("name", "网点名称", Kind::Text),
    ],
};

fn page_of(
    console: &Console,
    frame: Frame,
    city: &str,
    asked: &Asked,
    table: String,
    wrong: Vec<String>,
) -> OutletsPage {
    let institutions = console.service.institutions();
    let cities: Vec<(String, &str)> =
        codes::cities().map(|c| (c.code[..4].to_owned(), c.name.as_str())).collect();
    let chosen = cities.iter().find(|(code, _)| code == city).or(cities.first());
    let city = chosen.map_or_else(String::new, |(code, _)| code.clone());
    let of = Some(CityCode(city.clone()));
    let outlets = institutions.orgs().filter(|o| o.city() == of && o.bank.is_some());
    let row = |o: &Organisation| Row {
        key: o.code.clone(),
        cells: vec![
            o.code.clone().into(),
            o.bank.as_ref().map_or("", |b| b.name()).into(),
            institutions.outlet_code(o.id).unwrap_or_default().into(),
            o.name.clone().into(),
        ],
        acts: Vec::new(),
    };
    let list = LIST.view(outlets.map(row).collect(), asked);
    let cities = cities.into_iter().map(|(code, name)| (code, name.to_owned())).collect();
    OutletsPage { frame, may: true, cities, city, list: Some(list), table, wrong, changes: Vec::new() }
}

fn turned_away(me: &SignedIn, sentence: String) -> Response {
    let frame = Frame::of(me, "银行网点").wrong(sentence);
    let (cities, wrong, changes) = (Vec::new(), Vec::new(), Vec::new());
    let (city, table) = (String::new(), String::new());
    let page = OutletsPage { frame, may: false, cities, city, list: None, table, wrong, changes };
    (StatusCode::FORBIDDEN, page).into_response()
}

/// The table of a city.
pub async fn page(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    if let Err(refusal) = may::at_all(&console, &me, Verb::CodeOutlet) {
        return turned_away(&me, refusal.sentence());
    }
    let frame = Frame::of(&me, "银行网点");
    let page = page_of(&console, frame, asked.get("city"), &asked, String::new(), Vec::new());
    match page.list.as_ref().and_then(ListView::taken) {
        Some(file) => file,
        None => page.into_response(),
    }
}

/// That a table is wrong, and how; of several faults each stands in the list beside the table.
fn in_table(wrong: &[String]) -> Said {
    let said = match wrong {
        [only] => format!("网点表有错，均未登记：{only}"),
        several => format!("网点表有错{}处，均未登记；错误逐条列在网点表上方", several.len()),
    };
    Said::from(said).about("table")
}

/// 登记: all lines, or none when any is wrong. A code that takes the place of another one is told before that is done: the old code then
/// names nobody.
pub async fn register(State(console): State<Console>, me: SignedIn, Form(form): Form<Table>) -> Response {
    if let Err(refusal) = may::at_all(&console, &me, Verb::CodeOutlet) {
        return turned_away(&me, refusal.sentence());
    }
    let frame = Frame::of(&me, "银行网点");
    let rows = match kaguan_service::parse_outlets(&form.table) {
        Ok(rows) => rows,
        Err(wrong) => {
            let frame = frame.wrong(in_table(&wrong));
            return page_of(&console, frame, &form.city, &me.asked, form.table, wrong).into_response();
        }
    };
    let would = console.service.take_outlets(&me.actor(), Channel::Console, &rows, true).await;
    if let Ok(would) = would
        && would.wrong.is_empty()
        && would.changed != form.seen.lines().collect::<Vec<_>>()
    {
        let text = format!("以下网点编码将变更{}个，尚未登记；核对后确认", would.changed.len());
        let frame = frame.done(text);
        let page = page_of(&console, frame, &form.city, &me.asked, form.table, Vec::new());
        return OutletsPage { changes: would.changed, ..page }.into_response();
    }
    let done = console.service.take_outlets(&me.actor(), Channel::Console, &rows, false).await;
    let wrong = done.as_ref().map(|d| d.wrong.clone()).unwrap_or_default();
    let (frame, table) = match &done {
        Ok(d) if d.wrong.is_empty() => {
            let (added, coded, changed) = (d.added, d.coded, d.changed.len());
            let changed = if changed > 0 { format!("，其中变更{changed}个") } else { String::new() };
            let text = format!("已登记：新增网点{added}个，网点编码{coded}个{changed}");
            (frame.done(text), String::new())
        }
        Ok(d) => (frame.wrong(in_table(&d.wrong)), form.table),
        Err(_) => (frame.after(done, ""), form.table),
    };
    page_of(&console, frame, &form.city, &me.asked, table, wrong).into_response()
}
