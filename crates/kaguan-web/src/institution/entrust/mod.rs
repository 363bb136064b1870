//! 授权业务经办机构: what a city entrusts its offices with (Appendix 7).

use crate::Console;
use crate::frame::Said;
use crate::may::at_all;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::{Reauthenticated, SignedIn};
use askama::Template;
use axum::Form;
use axum::extract::State;
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Task;
use kaguan_domain::ids::OrgId;
use kaguan_domain::institution::InstitutionCommand;
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

/// An office and whether it has each task: code, name, has it.
pub struct OfficeView {
    pub id: i64,
    pub name: String,
    pub kind: &'static str,
    pub tasks: Vec<(&'static str, &'static str, bool)>,
}

/// The page.
#[derive(Template)]
#[template(path = "institution/entrust/entrust.html")]
pub struct EntrustPage {
    pub frame: Frame,
    pub offices: Option<Vec<OfficeView>>,
}
crate::frame::page!(EntrustPage);

fn shown(console: &Console, me: &SignedIn, mut frame: Frame) -> EntrustPage {
    let institutions = console.service.institutions();
    let all = at_all(console, me, Verb::Entrust).map_err(Failure::from).map(|()| {
        let below = institutions.orgs().filter(|o| o.city().is_some() && o.city() == me.org.city());
        below
            .filter(|o| o.id != me.org.id && Task::ALL.iter().any(|t| t.fits(o.kind)))
            .map(|o| OfficeView {
                id: o.id.0,
                name: o.name.clone(),
                kind: o.kind.name(),
                tasks: Task::ALL
                    .iter()
                    .filter(|t| t.fits(o.kind))
                    .map(|t| (t.code(), t.name(), institutions.is_entrusted(o.id, *t)))
                    .collect(),
            })
            .collect()
    });
    let offices = frame.list(all);
    EntrustPage { frame, offices }
}

/// The city's offices.
pub async fn page(State(console): State<Console>, me: SignedIn) -> EntrustPage {
    shown(&console, &me, Frame::of(&me, "授权业务经办机构"))
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
        return shown(&console, &me, frame.wrong(Said::from("没有该授权事项。请重新选择。").about("task")));
    };
    let command = InstitutionCommand::Entrust { org: OrgId(form.org), task, granted: form.granted };
    let ctx = me.command(&console);
    let outcome = console.service.execute(ctx, Command::Institution(command)).await;
    let done = if form.granted { "已授权" } else { "已撤销授权" };
    shown(&console, &me, frame.after(outcome, done))
}
