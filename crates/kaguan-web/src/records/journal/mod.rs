//! 审计日志: the lines of the journal for the audit administrator, one of them with its proof, and a signed export.

use crate::Console;
use crate::happened::happened;
use crate::list::{self, Cell, Kind, List, ListView, Row, column};
use crate::may;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::{Reauthenticated, SignedIn};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use kaguan_domain::clause::cite;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::officer::DoorEvent;
use kaguan_domain::ids::OfficerId;
use kaguan_domain::permission::Verb;
use kaguan_domain::refusal::Reason;
pub use kaguan_service::line_words::subject;
use kaguan_service::line_words::{about, channel, who};
use kaguan_service::{AskLines, Failure, JournalLine, ProvedLine, office_then};
use kaguan_store::Subject;
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/journal",
    screens: &[Screen {
        group: "系统管理",
        name: "审计日志",
        article: "第三十九条",
        verb: Verb::LookAtJournal,
    }],
    doors: |d| {
        d.get("/journal", page)
            .post("/journal", page)
            .get("/journal/{id}", line)
            .get("/journal/{id}/proof", proof)
            .post("/journal/export", export)
    },
    samples: &["/journal"],
};

const TITLE: &str = "审计日志";

/// One line.
pub struct LineView {
    pub seq: i64,
    pub at: String,
    pub who: String,
    pub what: &'static str,
    /// About what, by its internal number: it names nobody.
    pub about: String,
    pub outcome: &'static str,
    pub done: bool,
}

/// 审计日志.
#[derive(Template)]
#[template(path = "records/journal/journal.html")]
pub struct JournalPage {
    pub frame: Frame,
    /// `None` when they may not be seen: the notice says why.
    pub list: Option<ListView>,
    pub ask: AskLines,
    /// Before which line one goes on, when it is asked for by what stands in no address.
    pub next: Option<i64>,
    /// Stable name and term.
    pub verbs: Vec<(&'static str, &'static str)>,
    pub outcomes: Vec<(&'static str, &'static str)>,
    pub export: bool,
}
crate::frame::page!(JournalPage);

/// One line with its proof.
#[derive(Template)]
#[template(path = "records/journal/journal_line.html")]
pub struct LinePage {
    pub frame: Frame,
    pub line: LineView,
    /// Title and text.
    pub items: Vec<(&'static str, String)>,
    /// What stands in the proof.
    pub proof: Vec<(&'static str, String)>,
    /// Whether it holds.
    pub proved: bool,
    /// As the journal writes the subject, to ask for its other lines.
    pub subject: Option<String>,
}
crate::frame::page!(LinePage);

/// What is asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    #[serde(flatten)]
    ask: AskLines,
    before: String,
}

const LIST: List = List {
    id: "journal",
    path: "/journal",
    title: "",
    none: "没有符合条件的日志。",
    columns: &[
        column("seq", "日志号", Kind::Code),
        column("at", "时间", Kind::Code),
        column("who", "办理人", Kind::Text),
        column("what", "事项", Kind::Text),
        column("about", "对象", Kind::Text),
        column("outcome", "结果", Kind::Text),
    ],
};

fn row(l: LineView) -> Row {
    let outcome = match l.done {
        true => Cell::from("已办理").tagged("ok"),
        false => Cell::from("拒绝").tagged("bad").beside(l.outcome),
    };
    Row {
        key: l.seq.to_string(),
        cells: vec![
            Cell::from(l.seq.to_string()).leads(format!("/journal/{}", l.seq)),
            l.at.into(),
            l.who.into(),
            l.what.into(),
            l.about.into(),
            outcome,
        ],
        acts: Vec::new(),
    }
}

/// What happened at the door.
fn came(event: &DoorEvent) -> String {
    match event {
        DoorEvent::SignedIn { source, .. } => format!("自{source}登录"),
        DoorEvent::SignedOut { .. } => "退出登录".into(),
        DoorEvent::Failed { tries, source, code, .. } => {
            let what = if *code { "密码正确而动态口令不正确，" } else { "" };
            format!("{what}一天内第{tries}次失败，最近一次自{source}")
        }
        DoorEvent::RecoveryCodeUsed { left, .. } => format!("以恢复码代替动态口令，还有{left}个"),
        DoorEvent::UnknownNames { tries, source } => format!("一小时内第{tries}次，最近一次自{source}"),
    }
}

fn view(institutions: &Institutions, l: &JournalLine) -> LineView {
    let line = &l.line;
    LineView {
        seq: line.seq,
        at: line.at.local(),
        who: who(institutions, &line.actor, l.officer),
        what: Verb::from_code(&line.command).map_or("", Verb::name),
        about: about(institutions, &line.subject, &l.events, happened),
        outcome: line.outcome_name(),
        done: line.outcome == kaguan_store::journal::DONE,
    }
}

fn empty(frame: Frame, ask: AskLines) -> JournalPage {
    let verbs = Verb::ALL.iter().map(|v| (v.code(), v.name())).collect();
    let refusals = Reason::ALL.iter().map(|r| (r.code(), r.says()));
    let outcomes = [("done", "已办理"), ("refused", "被拒绝")].into_iter().chain(refusals).collect();
    JournalPage { frame, list: None, ask, next: None, verbs, outcomes, export: false }
}

async fn show(
    console: &Console,
    me: &SignedIn,
    mut frame: Frame,
    asked: Asked,
    listed: &list::Asked,
) -> Response {
    // A form that somebody has is asked for by what is sent, and then the list has no address.
    let sent = !asked.ask.about.is_empty();
    let before = if sent { asked.before.as_str() } else { LIST.part(listed) };
    let before = before.parse().ok();
    match console.service.journal_for(&me.actor(), &asked.ask, before).await {
        Ok(found) => {
            let institutions = console.service.institutions();
            if !found.wrong.is_empty() {
                frame = frame.wrong(found.wrong.join("；"));
            }
            let rows = found.lines.iter().map(|l| row(view(&institutions, l))).collect();
            let next = found.next.filter(|_| sent);
            let list = match sent {
                true => LIST.found(rows),
                false => LIST.choose(listed).view(rows, found.next.map(|n| n.to_string())),
            };
            let export = may::at_all(console, me, Verb::ExportJournal).is_ok();
            let page = empty(frame, asked.ask);
            JournalPage { list: Some(list.kept_here()), next, export, ..page }.into_response()
        }
        Err(why) => {
            frame.say(&why);
            (status(&why), empty(frame, AskLines::default())).into_response()
        }
    }
}

fn status(why: &Failure) -> StatusCode {
    match why {
        Failure::Refused(_) => StatusCode::FORBIDDEN,
        Failure::Unavailable(_) | Failure::Unknown => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The latest lines, or those that are asked for; a number of somebody's form is sent, and stands in no address.
pub async fn page(
    State(console): State<Console>,
    me: SignedIn,
    listed: list::Asked,
    Form(asked): Form<Asked>,
) -> Response {
    show(&console, &me, Frame::of(&me, TITLE), asked, &listed).await
}

async fn proved(console: &Console, me: &SignedIn, seq: i64) -> Result<ProvedLine, Response> {
    let mut frame = Frame::of(me, TITLE);
    match console.service.journal_line_for(&me.actor(), seq).await {
        Ok(Some(found)) => Ok(found),
        Ok(None) => {
            let page = empty(frame.wrong(format!("没有第{seq}条日志")), AskLines::default());
            Err((StatusCode::NOT_FOUND, page).into_response())
        }
        Err(why) => {
            frame.say(&why);
            Err((status(&why), empty(frame, AskLines::default())).into_response())
        }
    }
}

/// One line.
pub async fn line(State(console): State<Console>, me: SignedIn, Path(seq): Path<i64>) -> Response {
    let ProvedLine { proof, events, door, reason } = match proved(&console, &me, seq).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let institutions = console.service.institutions();
    let (e, block) = (&proof.entry, &proof.block);
    let officer = e.actor.strip_prefix("officer:").and_then(|id| id.parse().ok()).map(OfficerId);
    let officer = officer.and_then(|id| institutions.officer(id));
    let stored = kaguan_store::Line {
        seq: e.seq,
        at: Instant(e.at),
        actor: e.actor.clone(),
        channel: e.channel.clone(),
        subject: e.subject.clone(),
        command: e.command.clone(),
        outcome: e.outcome.clone(),
        clause: e.clause.clone(),
    };
    let line = view(
        &institutions,
        &JournalLine { line: stored, officer: officer.map(|o| o.id), events: Vec::new() },
    );
    let place = office_then(&institutions, officer.map(|o| o.id), Instant(e.at)).unwrap_or_default();
    // Said only of whoever has moved, or whose office is called otherwise.
    let now = officer.and_then(|o| institutions.org(o.org)).map(|o| o.name.clone());
    let now = now.filter(|now| *now != place).unwrap_or_default();
    let mut items = vec![
        ("日志号", e.seq.to_string()),
        ("时间", line.at.clone()),
        ("办理人", line.who.clone()),
        ("机构", place),
        ("机构（现在）", now),
        ("渠道", channel(&e.channel).to_owned()),
        // A business that this version does not know is named as the line names it.
        ("事项", if line.what.is_empty() { e.command.clone() } else { line.what.to_owned() }),
        ("对象", line.about.clone()),
        ("结果", line.outcome.to_owned()),
        ("依据", cite(&e.clause)),
        ("查看理由", reason.unwrap_or_default()),
        ("登录", door.iter().map(came).collect::<Vec<_>>().join("；")),
        ("内容", events.iter().map(|event| happened(&institutions, event)).collect::<Vec<_>>().join("；")),
    ];
    items.retain(|(_, text)| !text.is_empty());
    let last = block.first_entry + block.entries - 1;
    let verified = proof.verify(None);
    let facts = vec![
        ("核验", verified.map_or_else(|why| why.to_string(), |()| "本条日志在区块中，区块签名有效".into())),
        ("区块", format!("{}（日志{}至{last}）", block.seq, block.first_entry)),
        ("条目摘要（SM3）", hex::encode(e.leaf())),
        ("默克尔路径", format!("{}层", proof.path.len())),
        ("默克尔根", hex::encode(block.root)),
        ("区块哈希", hex::encode(block.hash())),
        ("区块签名（SM2）", proof.signature.clone()),
        ("签名公钥", proof.public_key.clone()),
    ];
    let subject = Subject::parse(&e.subject).filter(|s| *s != Subject::Nobody).map(Subject::text);
    let frame = Frame::of(&me, TITLE);
    LinePage { frame, line, items, proof: facts, proved: verified.is_ok(), subject }.into_response()
}

/// The proof as a file that `kaguan check --proof` verifies anywhere.
pub async fn proof(
    State(console): State<Console>,
    Reauthenticated(me): Reauthenticated,
    Path(seq): Path<i64>,
) -> Response {
    let found = match proved(&console, &me, seq).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    match serde_json::to_string_pretty(&found.proof) {
        Ok(text) => {
            let name = format!("attachment; filename=\"journal-{seq}.json\"");
            let head = [(CONTENT_TYPE, "application/json".to_owned()), (CONTENT_DISPOSITION, name)];
            (head, text).into_response()
        }
        Err(why) => (StatusCode::INTERNAL_SERVER_ERROR, why.to_string()).into_response(),
    }
}

/// 导出, once the password was given again. Spreadsheets read UTF-8 by its mark at the beginning.
pub async fn export(
    State(console): State<Console>,
    Reauthenticated(me): Reauthenticated,
    Form(asked): Form<Asked>,
) -> Response {
    let ctx = me.ctx(&console);
    let day = ctx.now.date();
    match console.service.export_journal(ctx, &asked.ask, happened).await {
        Ok(Ok(file)) => {
            let name = format!("attachment; filename=\"journal-{day}.csv\"");
            let head = [(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)];
            (head, format!("\u{feff}{file}")).into_response()
        }
        Ok(Err(wrong)) => {
            let frame = Frame::of(&me, TITLE).wrong(wrong.join("；"));
            show(&console, &me, frame, asked, &me.asked).await
        }
        Err(why) => {
            let mut frame = Frame::of(&me, TITLE);
            frame.say(&why);
            (status(&why), empty(frame, AskLines::default())).into_response()
        }
    }
}
