//! 统计报表: what happened in a period, for city and province.

use crate::Console;
use crate::list::{self, Cell, Column, Kind as Of, List, ListView, Row, column};
use crate::may;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::ids::CityCode;
use kaguan_domain::permission::Verb;
use kaguan_service::Failure;
use kaguan_service::reports::Kind;
use kaguan_service::slips::SlipLine;
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
    /// What is counted; empty where the table tells it.
    pub about: &'static str,
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

const SLIPS: List =
    List { id: "report", title: "一人一卡业务确认单", columns: SLIP_COLUMNS, ..LIST };
const SLIP_COLUMNS: &[Column] = &[
    column("on", "签字日期", Of::Code),
    column("city", "地市", Of::Choice),
    column("outlet", "经办网点", Of::Choice),
    column("form", "申领表编码", Of::Code),
    column("clerk", "经办人", Of::Text),
    column("lies", "确认单存放", Of::Text),
    column("cleaned", "清理张数", Of::Sum),
    column("kept", "保留张数", Of::Sum),
];

/// A slip, with the file of whoever signed it and its archive: opening either is a look.
fn slip(console: &Console, me: &SignedIn, opens: bool, line: SlipLine) -> Row {
    let key = console.service.key_of(&me.session, line.holder);
    let lead = |text: String, to: &str, there: bool| match opens && there {
        true => Cell::from(text).leads(format!("{to}/{key}")),
        false => Cell::from(text),
    };
    let form_no = if line.form_no.is_empty() { "持卡人档案".to_owned() } else { line.form_no };
    Row {
        key: line.line.to_string(),
        cells: vec![
            line.on.to_string().into(),
            line.city.as_ref().map_or("", CityCode::name).into(),
            line.outlet.into(),
            lead(form_no, "/people", true),
            line.clerk.into(),
            lead(line.lies, "/archive", line.archived),
            line.cleaned.into(),
            usize::from(line.kept).into(),
        ],
        acts: Vec::new(),
    }
}

/// The table that was asked for.
async fn listed(
    console: &Console,
    me: &SignedIn,
    list: &list::Asked,
    q: &Question,
) -> Result<ListView, Failure> {
    clause!(X10.1);
    if q.kind != Kind::Slips {
        let table = console.service.report_for(&me.actor(), q.kind, q.from, q.to).await?;
        return Ok(LIST.of_table(table, q.kind.adds_up(), list));
    }
    let found = console.service.slips_for(&me.actor(), q.from, q.to).await?;
    let opens = may::at_all(console, me, Verb::LookAtHolder).is_ok();
    let rows = found.into_iter().map(|line| slip(console, me, opens, line)).collect();
    Ok(SLIPS.view(rows, list))
}

/// The form, and the table that was asked for.
pub async fn page(
    State(console): State<Console>,
    me: SignedIn,
    list: list::Asked,
    Query(asked): Query<Asked>,
) -> Response {
    let mut frame = Frame::of(&me, "统计报表");
    let (mut shown, mut about) = (None, "");
    if let Some(q) = asked.read() {
        match listed(&console, &me, &list, &q).await {
            Ok(view) => (shown, about) = (Some(view), q.kind.about()),
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
    ReportsPage { frame, kinds, of_city, kind: asked.kind, from, to, about, list: shown }.into_response()
}
