//! 待办提醒: what waits for an outlet or a city, beside the lists of 逾期未领卡 and 失败数据处理: applications that a register has not
//! answered, fees that are not paid, clocks that end today or are late.

use crate::Console;
use crate::list::{Asked, Cell, Kind, List, ListView, Row, column};
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use kaguan_domain::facts::application::{Application, Stage};
use kaguan_domain::facts::clock::{Clock, Standing};
use kaguan_domain::facts::fee::{Fee, yuan};
use kaguan_domain::permission::Verb;
use kaguan_service::{Failure, Looked, Seen};

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/reminders",
    screens: &[Screen {
        group: "综合查询",
        name: "待办提醒",
        article: "第三十二条",
        verb: Verb::LookAtReminders,
    }],
    doors: |d| d.get("/reminders", page),
    samples: &["/reminders"],
};

/// Something that waits.
pub struct ReminderView {
    /// 申领表编码, or 批次号.
    pub what: String,
    /// Masked; empty for a batch.
    pub name: String,
    /// What it waits for.
    pub waits: String,
    /// The day of receipt.
    pub since: String,
    /// Clocks that end today or are late.
    pub clock: String,
}

/// 待办提醒.
#[derive(Template)]
#[template(path = "desk/reminders/reminders.html")]
pub struct RemindersPage {
    pub frame: Frame,
    /// `None` when they may not be seen: the notice says why.
    pub list: Option<ListView>,
}
crate::frame::page!(RemindersPage);

/// Why the files of the list are shown.
const WHY: &str = "待办提醒（脱敏显示）";

/// What waits of one application.
fn waits(a: &Application) -> Option<String> {
    if matches!(a.stage, Stage::Received) {
        return Some("等待公安、社保系统核验".into());
    }
    let Fee::Due { fen } = a.fee else { return None };
    a.is_open().then(|| format!("工本费未缴，应缴{}元", yuan(fen)))
}

/// What is to be said of a clock today; nothing while it runs in time, or has stopped.
fn standing(clock: &Clock, today: Date) -> Option<String> {
    let standing = clock.standing(today);
    matches!(standing, Standing::LastDay | Standing::Late)
        .then(|| format!("{}：{}（{}）", clock.kind.name(), standing.name(), clock.due.last_day))
}

fn of_file(seen: &Seen<Looked>, today: Date) -> Vec<ReminderView> {
    let name = seen.file.person.as_ref().map(|p| p.details.name.masked()).unwrap_or_default();
    let row = |a: &Application| {
        let clock = a.clock.as_ref().and_then(|c| standing(c, today)).unwrap_or_default();
        let waits = waits(a)?;
        let form_no = a.form_no.clone();
        Some(ReminderView {
            what: form_no,
            name: name.clone(),
            waits,
            since: a.received_on.to_string(),
            clock,
        })
    };
    seen.file.applications.iter().filter_map(row).collect()
}

const LIST: List = List {
    id: "reminders",
    path: "/reminders",
    title: "",
    none: "没有待办事项。",
    columns: &[
        column("what", "申领表编码或批次号", Kind::Code),
        column("name", "姓名", Kind::Text),
        column("waits", "待办", Kind::Choice),
        column("since", "受理日期", Kind::Code),
        column("clock", "时限", Kind::Text),
    ],
};

fn line(r: ReminderView) -> Row {
    let clock = Cell::from(r.clock).tagged("bad");
    let cells = vec![r.what.clone().into(), r.name.into(), r.waits.into(), r.since.into(), clock];
    Row { key: r.what, cells, acts: Vec::new() }
}

/// The list. Who looks at it leaves a line for each person on it.
pub async fn page(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    let mut frame = Frame::of(&me, "待办提醒");
    let today = console.service.now().date();
    let ctx = me.ctx(&console);
    let part = frame.part(console.service.reminders_for(ctx, WHY, LIST.part(&asked)).await);
    let (mut rows, more) = match part {
        Some(part) => (part.rows.iter().flat_map(|s| of_file(s, today)).collect::<Vec<_>>(), part.more),
        None => return RemindersPage { frame, list: None }.into_response(),
    };
    // Batches are shown to those who may see them; to others their clocks are nobody's business.
    match console.service.batches_for(&me.actor(), "").await {
        Ok(batches) => {
            let late = |b: &kaguan_store::ListedBatch| {
                let clocks: Vec<_> = b.batch.clocks.iter().filter_map(|c| standing(c, today)).collect();
                (!clocks.is_empty()).then(|| ReminderView {
                    what: b.batch.number.clone(),
                    name: String::new(),
                    waits: b.batch.state.name().into(),
                    since: b.batch.collected_on.to_string(),
                    clock: clocks.join("；"),
                })
            };
            rows.extend(batches.rows.iter().filter_map(late));
        }
        Err(Failure::Refused(_)) => {}
        Err(e) => frame = frame.wrong(e),
    }
    let list = LIST.view(rows.into_iter().map(line).collect(), more, &asked);
    match list.taken() {
        Some(file) => file,
        None => RemindersPage { frame, list: Some(list) }.into_response(),
    }
}
