//! 统计报表: what happened in a period, for city and province.

use crate::Console;
use crate::menu::{Page, Screen};
use crate::pages::{Frame, ReportsPage};
use crate::session::SignedIn;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use kaguan_domain::permission::Verb;
use kaguan_service::Failure;
use kaguan_service::reports::{Kind, Table};
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/reports",
    screens: &[Screen {
        group: "综合查询", name: "统计报表", article: "第六条", verb: Verb::LookAtReports
    }],
    doors: |d| d.get("/reports", page).get("/reports/csv", csv),
    samples: &["/reports"],
};

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

async fn table(console: &Console, me: &SignedIn, q: &Question) -> Result<Table, Failure> {
    console.service.report_for(&me.actor(), q.kind, q.from, q.to).await
}

/// The form, and the table that was asked for.
pub async fn page(State(console): State<Console>, me: SignedIn, Query(asked): Query<Asked>) -> ReportsPage {
    let mut frame = Frame::of(&me, "统计报表");
    let mut shown = None;
    if let Some(question) = asked.read() {
        match table(&console, &me, &question).await {
            Ok(table) => shown = Some(table),
            Err(e) => frame = frame.wrong(e),
        }
    } else if !asked.kind.is_empty() {
        frame = frame.wrong("请选择报表，并按YYYY-MM-DD填写起止日期，起始日不晚于截止日。");
    }
    let today = console.service.now().date();
    let or = |text: &str, day: Date| if text.is_empty() { day.to_string() } else { text.to_owned() };
    let (from, to) = (or(&asked.from, today.first_of_month()), or(&asked.to, today));
    let rows = shown.as_ref().map(|t| t.rows.iter().map(|(texts, numbers)| cells(texts, numbers)).collect());
    let heads = shown.map(|t| t.heads).unwrap_or_default();
    ReportsPage {
        frame,
        kinds: Kind::ALL.map(|(_, code, name)| (code, name)).to_vec(),
        kind: asked.kind,
        from,
        to,
        heads,
        rows,
    }
}

fn cells(texts: &[String], numbers: &[f64]) -> Vec<String> {
    let number = |n: &f64| if n.is_nan() { String::new() } else { n.to_string() };
    texts.iter().cloned().chain(numbers.iter().map(number)).collect()
}

/// The same as a file. Spreadsheets read UTF-8 by its mark at the beginning.
pub async fn csv(State(console): State<Console>, me: SignedIn, Query(asked): Query<Asked>) -> Response {
    let Some(question) = asked.read() else { return StatusCode::UNPROCESSABLE_ENTITY.into_response() };
    match table(&console, &me, &question).await {
        Ok(table) => {
            let name =
                format!("attachment; filename=\"{}-{}-{}.csv\"", asked.kind, question.from, question.to);
            let head = [(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)];
            (head, format!("\u{feff}{}", table.csv())).into_response()
        }
        Err(e) => {
            let status = match &e {
                Failure::Refused(_) => StatusCode::FORBIDDEN,
                Failure::Unavailable(_) | Failure::Unknown => StatusCode::SERVICE_UNAVAILABLE,
            };
            (status, e.to_string()).into_response()
        }
    }
}
