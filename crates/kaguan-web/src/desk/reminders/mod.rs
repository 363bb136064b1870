//! 待办提醒: what waits for an outlet or a city, beside the lists of 逾期未领卡 and 失败数据处理: the clocks that run, as 今日工作 has them,
//! and by name the applications that a register has not answered or whose fee is not paid.

use crate::Console;
use crate::list::{Asked, Kind, List, ListView, Row, column, same};
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use crate::work::{self, clocks};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kaguan_domain::dispatch::Position;
use kaguan_domain::facts::application::{Application, Stage};
use kaguan_domain::facts::fee::{Fee, yuan};
use kaguan_domain::facts::names::StageKind;
use kaguan_domain::permission::Verb;
use kaguan_service::{Looked, Seen};

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

/// 待办提醒.
#[derive(Template)]
#[template(path = "desk/reminders/reminders.html")]
pub struct RemindersPage {
    pub frame: Frame,
    pub counts: Vec<work::CountView>,
    /// The page without any filter.
    pub all: &'static str,
    /// Empty when they may not be seen: the notice says why.
    pub lists: Vec<ListView>,
}
crate::frame::page!(RemindersPage);

/// Why the files of the list are shown.
const WHY: &str = "待办提醒（脱敏显示）";

/// What waits of one application.
fn waits(a: &Application) -> Option<String> {
    if matches!(a.stage, Stage::Received) {
        return Some(waits_for(StageKind::Received).into());
    }
    let Fee::Due { fen } = a.fee else { return None };
    a.is_open().then(|| format!("{}，应缴{}元", waits_for(StageKind::Accepted), yuan(fen)))
}

const CLOCKS: List = clocks("clocks", "/reminders", "运行中的时限");

const LIST: List = List {
    id: "reminders",
    path: "/reminders",
    title: "待核验、待缴费的申请",
    none: "没有待核验、待缴费的申请。",
    columns: &[
        column("what", "申领表编码", Kind::Code),
        column("name", "姓名", Kind::Text),
        column("waits", "待办", Kind::Choice),
        column("since", "受理日期", Kind::Code),
    ],
};

const STAGES: [StageKind; 2] = [StageKind::Received, StageKind::Accepted];

/// What is waited for at a stage; nothing at any other.
fn waits_for(stage: StageKind) -> &'static str {
    match stage {
        StageKind::Received => "等待公安、社保系统核验",
        StageKind::Accepted => "工本费未缴",
        StageKind::InBatch
        | StageKind::OpeningFailed
        | StageKind::AccountOpened
        | StageKind::Personalising
        | StageKind::ProductionFailed
        | StageKind::Made
        | StageKind::Withdrawn
        | StageKind::Declined => "",
    }
}

fn rows_of(seen: &Seen<Looked>, stage: Option<StageKind>) -> Vec<Row> {
    let name = seen.file.person.as_ref().map(|p| p.details.name.masked()).unwrap_or_default();
    let dead = seen.file.death_confirmed();
    let row = |a: &Application| {
        let waits = waits(a)?;
        // Of the dead no fee is waited for (R33.1).
        let to_decline = dead && a.is_open() && !matches!(a.stage, Stage::Received);
        let waits = if to_decline { Position::DeadToDecline.name().to_owned() } else { waits };
        let cells = vec![
            a.form_no.clone().into(),
            name.clone().into(),
            waits.into(),
            a.received_on.to_string().into(),
        ];
        Some(Row { key: a.form_no.clone(), cells, acts: Vec::new() })
    };
    let chosen = |a: &&Application| stage.is_none_or(|stage| a.stage.kind() == stage);
    seen.file.applications.iter().filter(chosen).filter_map(row).collect()
}

/// The lists. Who looks at the one by name leaves a line for each person on it.
pub async fn page(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    let mut frame = Frame::of(&me, "待办提醒");
    let service = &console.service;
    let none = |frame| RemindersPage { frame, counts: Vec::new(), all: CLOCKS.path, lists: Vec::new() };
    let (choose, question) = work::question(&CLOCKS, &asked);
    let mut found = match service.todays_work(&me.actor(), question).await {
        Ok(found) => found,
        Err(e) => {
            frame.say(&e);
            return none(frame).into_response();
        }
    };
    let counts = work::counts(&found, CLOCKS.path, "", &asked);
    let mut lists: Vec<ListView> = Vec::new();
    lists.extend(work::view(&console, &me, choose, &mut found));
    if let Some(file) = lists.iter().find_map(ListView::taken) {
        return file;
    }
    let mut choose = LIST.choose(&asked);
    let stage = choose.by("waits", same(&STAGES, StageKind::code, waits_for));
    let part = service.reminders_for(me.ctx(&console), WHY, stage, LIST.part(&asked)).await;
    if let Some(part) = frame.part(part) {
        let rows = part.rows.iter().flat_map(|seen| rows_of(seen, stage));
        lists.push(choose.view(rows.collect(), part.more));
    }
    match lists.iter().find_map(ListView::taken) {
        Some(file) => file,
        None => RemindersPage { frame, counts, all: CLOCKS.path, lists }.into_response(),
    }
}
