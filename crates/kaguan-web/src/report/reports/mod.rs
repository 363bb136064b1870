//! 统计报表: what happened in a period, for city and province.

use crate::Console;
use crate::list::{self, List, ListView};
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use kaguan_domain::permission::Verb;
use kaguan_service::reports::Kind;
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/reports",
    screens: &[Screen {
        group: "综合查询", name: "统计报表", article: "第六条", verb: Verb::LookAtReports
    }],
    doors: |d| d.get("/reports", page),
    samples: &["/reports", "/reports?kind=business&from=2026-01-01&to=2026-12-31"],
};

/// 统计报表.
#[derive(Template)]
#[template(path = "report/reports/reports.html")]
pub struct ReportsPage {
    pub frame: Frame,
    /// Stable name and title of each kind.
    pub kinds: Vec<(&'static str, &'static str)>,
    /// Whether it is a city's, which has no table of banks and vendors here.
    pub of_city: bool,
    /// The kind that was asked for.
    pub kind: String,
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// `None` before anything was asked for.
    pub list: Option<ListView>,
}
crate::frame::page!(ReportsPage);

/// Which report of which days, both included; `YYYY-MM-DD`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    kind: String,
    from: String,
    to: String,
}

/// A question that can be asked.
struct Question {
    kind: Kind,
    from: Date,
    to: Date,
}

impl Asked {
    fn read(&self) -> Option<Question> {
        let kind = Kind::from_code(&self.kind)?;
        let (from, to) = (self.from.parse().ok()?, self.to.parse().ok()?);
        (from <= to).then_some(Question { kind, from, to })
    }
}

const LIST: List = List {
    id: "report",
    path: "/reports",
    title: "",
    none: "所选日期内没有发生。请改选起止日期。",
    columns: &[],
};

/// The form, and the table that was asked for.
pub async fn page(
    State(console): State<Console>,
    me: SignedIn,
    list: list::Asked,
    Query(asked): Query<Asked>,
) -> Response {
    let mut frame = Frame::of(&me, "统计报表");
    let mut shown = None;
    if let Some(q) = asked.read() {
        match console.service.report_for(&me.actor(), q.kind, q.from, q.to).await {
            Ok(table) => shown = Some(LIST.of_table(table, &list)),
            Err(e) => frame.say(&e),
        }
    } else if !asked.kind.is_empty() {
        frame = frame.wrong("请选择报表，并按“年-月-日”填写起止日期（如2026-07-01），起始日不晚于截止日。");
    }
    if let Some(file) = shown.as_ref().and_then(ListView::taken) {
        return file;
    }
    let today = console.service.now().date();
    let or = |text: &str, day: Date| if text.is_empty() { day.to_string() } else { text.to_owned() };
    let (from, to) = (or(&asked.from, today.first_of_month()), or(&asked.to, today));
    // Whoever may see none of them is told so by the notice.
    let kinds = frame.list(console.service.reports_for(&me.actor())).unwrap_or_default();
    let of_city = me.org.city().is_some();
    ReportsPage { frame, kinds, of_city, kind: asked.kind, from, to, list: shown }.into_response()
}
