//! 授权业务经办机构: what a city entrusts its offices with (Appendix 7).

use crate::Console;
use crate::frame::Said;
use crate::list::{Act, Asked, Cell, Kind, List, ListView, Row, column};
use crate::may::at_all;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::{Reauthenticated, SignedIn};
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kaguan_domain::clause;
use kaguan_domain::facts::institution::{Institutions, Organisation, Task};
use kaguan_domain::ids::OrgId;
use kaguan_domain::institution::{InstitutionCommand, can_be_entrusted};
use kaguan_domain::permission::Verb;
use kaguan_service::{Command, Failure};
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/entrust",
    screens: &[Screen {
        group: "机构管理", name: "授权业务经办机构", article: "附件7", verb: Verb::Entrust
    }],
    doors: |d| d.get("/entrust", page).post("/entrust", entrust),
    samples: &["/entrust"],
};

/// A task given, or taken back.
#[derive(Deserialize)]
pub struct EntrustForm {
    org: i64,
    task: String,
    granted: bool,
}

/// The page.
#[derive(Template)]
#[template(path = "institution/entrust/entrust.html")]
pub struct EntrustPage {
    pub frame: Frame,
    /// `None` when they may not be seen: the notice says why.
    pub list: Option<ListView>,
}
crate::frame::page!(EntrustPage);

const LIST: List = List {
    id: "entrusted",
    path: "/entrust",
    title: "",
    none: "本市没有可以授权的机构。机构在“机构与网点”新增。",
    columns: &[
        column("name", "机构", Kind::Text),
        column("kind", "类别", Kind::Choice),
        column("confirms", "批次确认", Kind::Choice),
        column("receives", "代市中心接收成品卡", Kind::Choice),
    ],
};

/// What is pressed to give a task, or to take it back.
fn press(task: Task, granted: bool) -> &'static str {
    match (task, granted) {
        (Task::ConfirmBatches, true) => "授权批次确认",
        (Task::ConfirmBatches, false) => "撤销授权：批次确认",
        (Task::ReceiveCards, true) => "授权接收成品卡",
        (Task::ReceiveCards, false) => "撤销授权：接收成品卡",
    }
}

/// An office with each task that it has or can be given.
fn line(institutions: &Institutions, o: &Organisation) -> Row {
    let tasks = Task::ALL.map(|task| {
        let has = institutions.is_entrusted(o.id, task);
        let can = can_be_entrusted(institutions, o, task);
        (task, has, has || can.is_ok())
    });
    let cell = |(_, has, offered): (Task, bool, bool)| match (has, offered) {
        (true, _) => Cell::from("已授权").tagged("ok"),
        (false, true) => "未授权".into(),
        (false, false) => "—".into(),
    };
    let act = |(task, has, _): (Task, bool, bool)| {
        let fields =
            [("org", o.id.to_string()), ("task", task.code().into()), ("granted", (!has).to_string())];
        Act::Press { to: "/entrust", fields: fields.into(), name: press(task, !has) }
    };
    Row {
        key: o.id.to_string(),
        cells: [o.name.as_str().into(), o.kind.name().into()].into_iter().chain(tasks.map(cell)).collect(),
        acts: tasks.into_iter().filter(|(_, _, offered)| *offered).map(act).collect(),
    }
}

fn shown(console: &Console, me: &SignedIn, mut frame: Frame, asked: &Asked) -> EntrustPage {
    let institutions = console.service.institutions();
    let rows = at_all(console, me, Verb::Entrust).map_err(Failure::from).map(|()| {
        let others = institutions.orgs().filter(|o| o.city().is_some() && o.city() == me.org.city());
        let others = others.filter(|o| o.id != me.org.id).map(|o| (o, line(&institutions, o)));
        // One that is stopped stands there while it still has something to give back.
        others
            .filter(|(o, row)| !row.acts.is_empty() || !institutions.is_stopped(o.id))
            .map(|o| o.1)
            .collect()
    });
    let list = frame.list(rows).map(|rows| LIST.view(rows, asked));
    EntrustPage { frame, list }
}

/// The city's offices.
pub async fn page(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    let page = shown(&console, &me, Frame::of(&me, "授权业务经办机构"), &asked);
    match page.list.as_ref().and_then(ListView::taken) {
        Some(file) => file,
        None => page.into_response(),
    }
}

/// 授权, 撤销授权.
pub async fn entrust(
    State(console): State<Console>,
    Reauthenticated(me): Reauthenticated,
    Form(form): Form<EntrustForm>,
) -> EntrustPage {
    clause!(X7.7);
    let frame = Frame::of(&me, "授权业务经办机构");
    let Some(task) = Task::from_code(&form.task) else {
        let frame = frame.wrong(Said::from("没有该授权事项。请重新选择。").about("task"));
        return shown(&console, &me, frame, &me.asked);
    };
    let command = InstitutionCommand::Entrust { org: OrgId(form.org), task, granted: form.granted };
    let ctx = me.command(&console);
    let outcome = console.service.execute(ctx, Command::Institution(command)).await;
    let done = if form.granted { "已授权" } else { "已撤销授权" };
    shown(&console, &me, frame.after(outcome, done), &me.asked)
}
