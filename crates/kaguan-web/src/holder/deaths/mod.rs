//! 死亡登记与申报 (Articles 32 and 33): what registers said on paper, what relatives say, and that somebody is alive. The registers
//! themselves are asked by a duty.

use crate::Console;
use crate::marks::{self, Fault};
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use askama::Template;
use axum::Form;
use axum::extract::State;
use kaguan_domain::alive::{MarkDeath, RestoreLife, StateDeath, confirmed_said, restored_said};
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::application::Register;
use kaguan_domain::facts::lookup::LookedUp;
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::refusal::Refusal;
use kaguan_domain::spelling;
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/deaths",
    screens: &[Screen {
        group: "社保卡维护",
        name: "死亡登记",
        article: "第三十二条、第三十三条",
        verb: Verb::StateDeath,
    }],
    doors: |d| {
        d.get("/deaths", page)
            .post("/deaths/mark", mark)
            .post("/deaths/state", state)
            .post("/deaths/restore", restore)
    },
    samples: &["/deaths"],
};

/// 死亡登记.
#[derive(Template)]
#[template(path = "holder/deaths/deaths.html")]
pub struct DeathsPage {
    pub frame: Frame,
    /// Whether the viewer may record a register's paper.
    pub mark: bool,
    /// What relatives say.
    pub state: bool,
    /// That somebody is alive.
    pub restore: bool,
}
crate::frame::page!(DeathsPage);

/// What the page sends; each form fills in its own.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Said {
    number: String,
    source: String,
    relation: String,
    evidence: String,
}

fn empty(console: &Console, me: &SignedIn, frame: Frame) -> DeathsPage {
    let may = |verb| console.service.may(&me.actor(), verb, &Place::Anywhere).is_ok();
    DeathsPage {
        frame,
        mark: may(Verb::MarkDeath),
        state: may(Verb::StateDeath),
        restore: may(Verb::RestoreLife),
    }
}

/// The forms.
pub async fn page(State(console): State<Console>, me: SignedIn) -> DeathsPage {
    empty(&console, &me, Frame::of(&me, "死亡登记"))
}

/// What a form lacks before anybody is looked for, all of it at once (R8.5): the number, what was to be chosen, and what its rule finds
/// unsaid; with the articles of it. Nothing when the rule may be asked.
fn lacks(number: &str, unchosen: Option<Fault>, said: Result<(), Refusal>) -> Option<(Vec<Fault>, String)> {
    clause!(R8.5);
    let unread = match LookedUp::read(number) {
        Err(_) if spelling::says_nothing(number) => Some(Fault::of("number", "须填写社会保障号码")),
        Err(e) => Some(Fault::of("number", e.to_string())),
        Ok(_) => None,
    };
    if unread.is_none() && unchosen.is_none() {
        return None;
    }
    let cites = [
        unread.as_ref().map(|_| clause!(R35.1).cite()),
        unchosen.as_ref().map(|_| clause!(R32.5).cite()),
        said.as_ref().err().map(|why| why.clause().cite()),
    ];
    let cites: Vec<String> = cites.into_iter().flatten().collect();
    let unsaid = said.err().iter().flat_map(marks::faults).collect::<Vec<_>>();
    let faults: Vec<Fault> = unread.into_iter().chain(unchosen).chain(unsaid).collect();
    Some((faults, cites.join("、")))
}

async fn give(
    console: &Console,
    me: &SignedIn,
    number: &str,
    (unchosen, said): (Option<Fault>, Result<(), Refusal>),
    command: HolderCommand,
    done: &str,
) -> DeathsPage {
    let frame = Frame::of(me, "死亡登记");
    if let Some((faults, cites)) = lacks(number, unchosen, said) {
        let so = format!("。依据{cites}。请核对证件和材料，补正后重新提交。");
        return empty(console, me, frame.wrong_in(faults, &so));
    }
    let ctx = me.command(console);
    let outcome = console.service.execute_for(ctx, number, command).await;
    empty(console, me, frame.after_business(outcome, done))
}

/// What is said while one register alone has said it.
const ONE_SOURCE: &str =
    "已登记一个来源；公安、社保两个来源一致的，才确认死亡，届时有社保卡的由系统通知网点10个工作日内回收";

/// What is said when the file could not be read again after the entry.
const UNSEEN: &str = "已登记；是否已由两个来源确认死亡，这次没有查到，请查询该人后按所示办理";

/// What follows once both registers have said so, by what the person has; `None` while they have not.
async fn confirmed(console: &Console, me: &SignedIn, number: &str) -> Option<String> {
    let why = "登记死亡比对结果后核对状态（脱敏显示）";
    let Ok(what) = LookedUp::read(number) else { return Some(UNSEEN.to_owned()) };
    match console.service.look_up(me.ctx(console), &what, why).await {
        Ok(found) => {
            found.iter().find(|seen| seen.file.death_confirmed()).map(|seen| confirmed_said(&seen.file))
        }
        Err(_) => Some(UNSEEN.to_owned()),
    }
}

/// 登记部门比对结果: a register's answer on paper.
pub async fn mark(State(console): State<Console>, me: SignedIn, Form(said): Form<Said>) -> DeathsPage {
    let source = match said.source.as_str() {
        "public_security" => Some(Register::PublicSecurity),
        "social_security" => Some(Register::SocialSecurity),
        _ => None,
    };
    let unchosen = source.is_none().then(|| Fault::of("source", "须选择比对部门"));
    // With nothing chosen no command is given.
    let source = source.unwrap_or(Register::PublicSecurity);
    // The number that the paper names: by it the person is found, and the mark stays with it where the file has several.
    let named = LookedUp::read(&said.number).ok().and_then(|what| what.number);
    let command = MarkDeath { source, number: named, evidence: Some(said.evidence) };
    let lacking = (unchosen, command.said());
    let command = HolderCommand::MarkDeath(command);
    let mut page = give(&console, &me, &said.number, lacking, command, ONE_SOURCE).await;
    if !page.frame.is_wrong()
        && let Some(so) = confirmed(&console, &me, &said.number).await
        && let Some(notice) = &mut page.frame.notice
    {
        notice.text = so;
    }
    page
}

/// 死亡申报: a relative's word.
pub async fn state(State(console): State<Console>, me: SignedIn, Form(said): Form<Said>) -> DeathsPage {
    // As with a register's paper, the statement stays with the number that was typed.
    let named = LookedUp::read(&said.number).ok().and_then(|what| what.number);
    let command = StateDeath { relation: said.relation, evidence: said.evidence, number: named };
    let (lacking, command) = ((None, command.said()), HolderCommand::StateDeath(command));
    let done = "已登记申报，标为疑似死亡；经公安、社保登记比对后才确认";
    give(&console, &me, &said.number, lacking, command, done).await
}

/// 恢复生存状态.
pub async fn restore(State(console): State<Console>, me: SignedIn, Form(said): Form<Said>) -> DeathsPage {
    // As with a death, it is about whoever has the number that was typed.
    let named = LookedUp::read(&said.number).ok().and_then(|what| what.number);
    let command = RestoreLife { evidence: said.evidence, number: named };
    let (lacking, command) = ((None, command.said()), HolderCommand::RestoreLife(command));
    let mut page = give(&console, &me, &said.number, lacking, command, UNSEEN_ALIVE).await;
    if !page.frame.is_wrong()
        && let Some(so) = restored(&console, &me, &said.number).await
        && let Some(notice) = &mut page.frame.notice
    {
        notice.text = so.to_owned();
    }
    page
}

/// What is said when the file could not be read again after a restoration.
const UNSEEN_ALIVE: &str =
    "已恢复生存状态；档案合并后另一号码是否仍有死亡登记或申报，这次没有查到，请查询该人后按所示办理";

/// What is so after a restoration; `None` when it could not be read.
async fn restored(console: &Console, me: &SignedIn, number: &str) -> Option<&'static str> {
    let why = "恢复生存状态后核对状态（脱敏显示）";
    // What cannot be read is told by the sentence that stands: see `UNSEEN_ALIVE`.
    let Ok(what) = LookedUp::read(number) else { return None };
    let Ok(found) = console.service.look_up(me.ctx(console), &what, why).await else { return None };
    found.first().filter(|_| found.len() == 1).map(|seen| restored_said(&seen.file))
}
