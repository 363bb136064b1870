//! 人员与角色 (Article 6): the system administrator proposes, the security administrator decides, the audit administrator sees the
//! lines of it. What concerns rights asks for the password again.

mod changes;

pub use self::changes::{ChangeView, said_of};
use self::changes::{HISTORY, WAITING, change_row, change_view, changes_of, history_row};
use crate::Console;
use crate::desk::once::ShownOnce;
use crate::gate::one_time_password;
use crate::happened::happened;
use crate::list::{Asked, Cell, Kind, List, ListView, Offer, Row, column};
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::{Reauthenticated, SignedIn, Source};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::institution::{InstitutionEvent, Institutions, Officer};
use kaguan_domain::facts::officer::{ChangeState, OfficerChange, ProposedChange};
use kaguan_domain::ids::{OfficerId, OrgId};
use kaguan_domain::institution::{DecideOfficer, InstitutionCommand};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::refusal::Reason;
use kaguan_service::{AskOfficer, Command, Failure, roles};
use kaguan_store::journal::Entry;
use serde::Deserialize;

/// 人员与角色.
pub const PAGE: Page = Page {
    path: "/officers",
    screens: &[Screen {
        group: "系统管理",
        name: "人员与角色",
        article: "第六条",
        verb: Verb::LookAtOfficers,
    }],
    doors: |d| {
        d.get("/officers", page)
            .post("/officers", find)
            .get("/officers/{id}", officer)
            .post("/officers/propose", propose)
            .post("/officers/decide", examine)
            .post("/officers/stop", stop)
            .post("/officers/withdraw", withdraw)
    },
    samples: &["/officers"],
};

/// 谁可以办什么.
pub const ROLES: Page = Page {
    path: "/roles",
    screens: &[Screen {
        group: "系统管理",
        name: "谁可以办什么",
        article: "第六条",
        verb: Verb::LookAtOfficers,
    }],
    doors: |d| d.get("/roles", matrix),
    samples: &["/roles"],
};

/// 机构与权限日志.
pub const LOG: Page = Page {
    path: "/officers/log",
    screens: &[Screen {
        group: "系统管理",
        name: "机构与权限日志",
        article: "第三十九条",
        verb: Verb::LookAtJournal,
    }],
    doors: |d| d.get("/officers/log", log),
    samples: &["/officers/log"],
};

const TITLE: &str = "人员与角色";
/// With more organisations than this they are not offered by name: the page stays small.
const OFFERED: usize = 600;

/// One person in the list.
pub struct OfficerView {
    pub id: i64,
    pub login: String,
    pub name: String,
    pub role: &'static str,
    pub org: String,
    pub state: &'static str,
    /// Whether sign-in asks for a 动态口令.
    pub second_factor: bool,
}

/// 人员与角色.
#[derive(Template)]
#[template(path = "institution/officers/officers.html")]
pub struct OfficersPage {
    pub frame: Frame,
    /// `None` when they may not be seen: the notice says why.
    pub list: Option<ListView>,
    pub looked_for: String,
    /// What waits for the other administrator; `None` when nothing does.
    pub waiting: Option<ListView>,
    /// What became of everything that was proposed, and who was stopped; `None` when there is neither.
    pub history: Option<ListView>,
    /// Whether the viewer may propose.
    pub propose: bool,
    pub roles: Vec<(&'static str, &'static str)>,
    /// Code and name.
    pub orgs: Vec<(String, String)>,
    pub filled: AskOfficer,
    /// Sign-in name and one-time password, shown once.
    pub password: Option<(String, String)>,
}
crate::frame::page!(OfficersPage);

/// One person.
#[derive(Template)]
#[template(path = "institution/officers/officer.html")]
pub struct OfficerPage {
    pub frame: Frame,
    pub who: OfficerView,
    pub active: bool,
    /// Whether the viewer may propose changes; whether stop.
    pub propose: bool,
    pub stop: bool,
    /// Whether nothing can be proposed before what waits is decided.
    pub waits: bool,
    pub roles: Vec<(&'static str, &'static str)>,
    pub orgs: Vec<(String, String)>,
    /// What was proposed of this account, and when it was stopped, the latest first.
    pub changes: Vec<ChangeView>,
}
crate::frame::page!(OfficerPage);

/// 谁可以办什么.
#[derive(Template)]
#[template(path = "institution/officers/roles.html")]
pub struct RolesPage {
    pub frame: Frame,
    pub roles: Vec<&'static str>,
    /// What is done, and which of the roles may.
    pub rows: Vec<(&'static str, Vec<bool>)>,
}
crate::frame::page!(RolesPage);

/// 机构与权限日志.
#[derive(Template)]
#[template(path = "institution/officers/officers_log.html")]
pub struct LogPage {
    pub frame: Frame,
    /// `None` when it may not be seen: the notice says why.
    pub list: Option<ListView>,
}
crate::frame::page!(LogPage);

const LIST: List = List {
    id: "officers",
    path: "/officers",
    title: "名单",
    none: "没有符合的人员。请换一个姓名、登录名、岗位或机构。",
    columns: &[
        column("login", "登录名", Kind::Code),
        column("name", "姓名", Kind::Text),
        column("role", "岗位", Kind::Choice),
        column("org", "机构", Kind::Choice),
        column("state", "状态", Kind::Choice),
        column("second", "动态口令", Kind::Choice),
    ],
};

/// For so long the first page of its proposer says that a change was not agreed to, in microseconds: seven days.
pub const TOLD: i64 = 7 * 24 * 3600 * 1_000_000;

/// Whether a change was not agreed to lately.
pub fn was_sent_back(state: &ChangeState, now: Instant) -> bool {
    match state {
        ChangeState::Refused { at, .. } => now.0 - at.0 < TOLD,
        ChangeState::Proposed | ChangeState::Approved { .. } | ChangeState::Withdrawn { .. } => false,
    }
}

const LINES: List = List {
    id: "lines",
    path: "/officers/log",
    title: "",
    none: "还没有机构、人员、权限、合作方和日历的变更。",
    columns: &[
        column("seq", "日志号", Kind::Code),
        column("at", "时间", Kind::Code),
        column("who", "办理人", Kind::Text),
        column("what", "事项", Kind::Choice),
        column("about", "内容", Kind::Text),
        column("outcome", "结果", Kind::Text),
    ],
};

fn row_of(o: &OfficerView) -> Row {
    let tone = match o.state {
        "已停用" => "bad",
        "在用" => "",
        _ => "warn",
    };
    Row {
        key: o.id.to_string(),
        cells: vec![
            Cell::from(o.login.as_str()).leads(format!("/officers/{}", o.id)),
            o.name.as_str().into(),
            o.role.into(),
            o.org.as_str().into(),
            Cell::from(o.state).tagged(tone),
            if o.second_factor { "已设置" } else { "未设置" }.into(),
        ],
        acts: Vec::new(),
    }
}

/// Whoever is looked for.
#[derive(Deserialize)]
pub struct LookedFor {
    #[serde(default)]
    looked_for: String,
}

/// What the other administrator says.
#[derive(Deserialize)]
pub struct Decision {
    pub id: i64,
    #[serde(default)]
    pub reason: String,
    pub approved: bool,
}

/// Which proposal.
#[derive(Deserialize)]
pub struct Which {
    pub id: i64,
}

/// Whom to stop.
#[derive(Deserialize)]
pub struct Stop {
    officer: i64,
    #[serde(default)]
    reason: String,
}

pub fn name_of(institutions: &Institutions, id: Option<OfficerId>) -> String {
    let known = id.and_then(|id| institutions.officer(id));
    known.map_or_else(|| "运维人员".to_owned(), |o| format!("{}（{}）", o.name, o.login))
}

pub fn org_name(institutions: &Institutions, id: OrgId) -> String {
    institutions.org(id).map_or_else(String::new, |o| o.name.clone())
}

fn view(institutions: &Institutions, o: &Officer) -> OfficerView {
    let state = match (o.active, institutions.sign_in_of(o.id).one_time) {
        (false, _) => "已停用",
        (true, Some(_)) => "一次性密码未修改",
        (true, None) => "在用",
    };
    let (login, name) = (o.login.clone(), o.name.clone());
    let (role, org) = (o.role.name(), org_name(institutions, o.org));
    let second_factor = institutions.sign_in_of(o.id).second.is_some();
    OfficerView { id: o.id.0, login, name, role, org, state, second_factor }
}

fn offered(institutions: &Institutions) -> Vec<(String, String)> {
    let all = institutions.orgs().take(OFFERED + 1).map(|o| (o.code.clone(), o.name.clone()));
    Some(all.collect::<Vec<_>>()).filter(|all| all.len() <= OFFERED).unwrap_or_default()
}

fn may(console: &Console, me: &SignedIn, verb: Verb) -> bool {
    console.service.may(&me.actor(), verb, &Place::Anywhere).is_ok()
}

fn show(
    console: &Console,
    me: &SignedIn,
    mut frame: Frame,
    (looked_for, asked): (&str, &Asked),
    filled: AskOfficer,
) -> OfficersPage {
    let institutions = console.service.institutions();
    let rows = frame.list(console.service.officers_for(&me.actor(), looked_for));
    let changes = frame.list(console.service.officer_changes_for(&me.actor()));
    // Whoever may not see the proposals sees none of what was stopped.
    let sees = changes.is_some();
    let changes = changes.unwrap_or_default();
    let decides = may(console, me, Verb::DecideOfficer);
    let waiting = changes.iter().filter(|p| p.state == ChangeState::Proposed);
    let waiting: Vec<Row> = waiting.map(|p| change_row(change_view(&institutions, p, me, decides))).collect();
    let waiting = Some(waiting).filter(|rows| !rows.is_empty());
    let past: Vec<ProposedChange> =
        changes.iter().filter(|p| p.state != ChangeState::Proposed).cloned().collect();
    let past = if sees { changes_of(&institutions, &past, None, (me, decides)) } else { Vec::new() };
    let past: Vec<Row> = past.into_iter().map(history_row).collect();
    let past = Some(past).filter(|rows| !rows.is_empty());
    let list = rows.map(|all| {
        let rows = all.iter().map(|o| row_of(&view(&institutions, o))).collect();
        if looked_for.is_empty() { LIST.view(rows, asked) } else { LIST.found(rows) }
    });
    let propose = may(console, me, Verb::ProposeOfficer);
    OfficersPage {
        frame,
        list,
        looked_for: looked_for.to_owned(),
        waiting: waiting.map(|rows| WAITING.view(rows, asked)),
        history: past.map(|rows| HISTORY.view(rows, asked)),
        propose,
        roles: roles().to_vec(),
        orgs: if propose { offered(&institutions) } else { Vec::new() },
        filled,
        password: None,
    }
}

fn answer(page: OfficersPage) -> Response {
    if let Some(file) = page.list.iter().chain(&page.waiting).chain(&page.history).find_map(ListView::taken) {
        return file;
    }
    let status = if page.list.is_some() { page.frame.status } else { StatusCode::FORBIDDEN };
    (status, page).into_response()
}

/// The list, and what waits for the other administrator.
pub async fn page(
    State(console): State<Console>,
    Reauthenticated(me): Reauthenticated,
    asked: Asked,
) -> Response {
    answer(show(&console, &me, Frame::of(&me, TITLE), ("", &asked), AskOfficer::default()))
}

/// Whoever is looked for; names do not stand in addresses.
pub async fn find(
    State(console): State<Console>,
    Reauthenticated(me): Reauthenticated,
    Form(form): Form<LookedFor>,
) -> Response {
    answer(show(
        &console,
        &me,
        Frame::of(&me, TITLE),
        (form.looked_for.trim(), &me.asked),
        AskOfficer::default(),
    ))
}

fn one(console: &Console, me: &SignedIn, id: i64, mut frame: Frame) -> Response {
    let institutions = console.service.institutions();
    let changes = frame.list(console.service.officer_changes_for(&me.actor()));
    let Some(officer) = institutions.officer(OfficerId(id)).filter(|_| changes.is_some()) else {
        let frame =
            if changes.is_some() { frame.wrong("没有该人员，请在名单中选择") } else { frame };
        return answer(show(console, me, frame, ("", &me.asked), AskOfficer::default()));
    };
    let decides = may(console, me, Verb::DecideOfficer);
    let changes = changes.unwrap_or_default();
    let other = me.officer.id != officer.id;
    let waits = changes.iter().any(|p| p.officer == officer.id && p.state == ChangeState::Proposed);
    let proposes = other && may(console, me, Verb::ProposeOfficer);
    let propose = proposes && !waits;
    OfficerPage {
        frame,
        who: view(&institutions, officer),
        active: officer.active,
        propose,
        waits: proposes && waits,
        stop: other && officer.active && may(console, me, Verb::StopOfficer),
        roles: roles().to_vec(),
        orgs: if propose { offered(&institutions) } else { Vec::new() },
        changes: changes_of(&institutions, &changes, Some(officer.id), (me, decides)),
    }
    .into_response()
}

/// One person.
pub async fn officer(
    State(console): State<Console>,
    Reauthenticated(me): Reauthenticated,
    Path(id): Path<i64>,
) -> Response {
    one(&console, &me, id, Frame::of(&me, TITLE))
}

/// 提出.
pub async fn propose(
    State(console): State<Console>,
    Reauthenticated(me): Reauthenticated,
    Form(ask): Form<AskOfficer>,
) -> Response {
    let ctx = me.command(&console);
    let outcome = console.service.propose_officer(ctx, &ask).await;
    let filled = if outcome.is_ok() { AskOfficer::default() } else { ask.clone() };
    let frame = Frame::of(&me, TITLE).after(outcome, "已提出，待安全管理员审核后生效");
    match ask.officer.parse() {
        Ok(id) => one(&console, &me, id, frame),
        Err(_) => answer(show(&console, &me, frame, ("", &me.asked), filled)),
    }
}

/// Sign-in name of whoever gets a password by an approval.
fn gets_password(institutions: &Institutions, id: i64) -> Option<String> {
    let proposed = institutions.officer_change(id).filter(|p| p.change.gives_password())?;
    match &proposed.change {
        OfficerChange::Add { login, .. } => Some(login.clone()),
        OfficerChange::Move { .. }
        | OfficerChange::Start
        | OfficerChange::ResetPassword
        | OfficerChange::ResetSecondFactor => institutions.officer(proposed.officer).map(|o| o.login.clone()),
    }
}

/// 审核: where a password goes with it, it is shown here and nowhere else.
pub async fn examine(
    State(console): State<Console>,
    Reauthenticated(me): Reauthenticated,
    Source(source): Source,
    Form(said): Form<Decision>,
) -> Response {
    let whose = gets_password(&console.service.institutions(), said.id).filter(|_| said.approved);
    let mut password = None;
    let mut password_hash = None;
    if let Some(login) = whose.filter(|_| may(&console, &me, Verb::DecideOfficer)) {
        let fresh = one_time_password();
        let turn = console.gate.enter(&source);
        if let (Some(fresh), Some(turn)) = (fresh, turn) {
            password_hash = turn.hash(&fresh).await;
            password = Some((login, fresh));
        }
        if password_hash.is_none() {
            let frame = Frame::of(&me, TITLE).wrong("服务器暂时不能生成一次性密码，请稍候几秒重试");
            return answer(show(&console, &me, frame, ("", &me.asked), AskOfficer::default()));
        }
    }
    let done = if said.approved { "已同意，即时生效" } else { "已退回" };
    let command = DecideOfficer { id: said.id, approved: said.approved, reason: said.reason, password_hash };
    let command = Command::Institution(InstitutionCommand::DecideOfficer(command));
    let ctx = me.command(&console);
    let outcome = console.service.execute(ctx, command).await;
    let password = password.filter(|_| outcome.is_ok());
    let frame = Frame::of(&me, TITLE).after(outcome, done);
    let page = show(&console, &me, frame, ("", &me.asked), AskOfficer::default());
    let once = password.as_ref().map(|(_, fresh)| ShownOnce(fresh.clone()));
    let mut answer = answer(OfficersPage { password, ..page });
    if let Some(once) = once {
        answer.extensions_mut().insert(once);
    }
    answer
}

/// 撤回 of one's own proposal.
pub async fn withdraw(
    State(console): State<Console>,
    Reauthenticated(me): Reauthenticated,
    Form(which): Form<Which>,
) -> Response {
    let ctx = me.command(&console);
    let command = Command::Institution(InstitutionCommand::WithdrawOfficer { id: which.id });
    let outcome = console.service.execute(ctx, command).await;
    let frame = Frame::of(&me, TITLE).after(outcome, "已撤回，没有任何变更");
    answer(show(&console, &me, frame, ("", &me.asked), AskOfficer::default()))
}

/// 停用.
pub async fn stop(
    State(console): State<Console>,
    Reauthenticated(me): Reauthenticated,
    Form(stop): Form<Stop>,
) -> Response {
    let ctx = me.command(&console);
    let command = InstitutionCommand::StopOfficer { officer: OfficerId(stop.officer), reason: stop.reason };
    let outcome = console.service.execute(ctx, Command::Institution(command)).await;
    one(&console, &me, stop.officer, Frame::of(&me, TITLE).after(outcome, "已停用，其登录已全部退出"))
}

/// 谁可以办什么, made from the matrix that is asked.
pub async fn matrix(State(console): State<Console>, me: SignedIn) -> Response {
    let mut frame = Frame::of(&me, "谁可以办什么");
    let rows = frame.list(console.service.matrix_for(&me.actor()));
    let status = if rows.is_some() { frame.status } else { StatusCode::FORBIDDEN };
    let rows = rows.unwrap_or_default().into_iter().map(|(verb, may)| (verb, may.to_vec())).collect();
    (status, RolesPage { frame, roles: roles().map(|(_, name)| name).to_vec(), rows }).into_response()
}

fn line(institutions: &Institutions, e: &Entry, events: &[InstitutionEvent]) -> Row {
    let officer = e.actor.strip_prefix("officer:").and_then(|id| id.parse().ok()).map(OfficerId);
    let refused = || Reason::ALL.iter().find(|r| r.code() == e.outcome).map_or("未办理", |r| r.says());
    let said: Vec<String> = events.iter().map(|event| happened(institutions, event)).collect();
    let outcome =
        if e.is_done() { Cell::from("已办理").tagged("ok") } else { Cell::from(refused()).tagged("bad") };
    Row {
        key: e.seq.to_string(),
        cells: vec![
            Cell::from(e.seq.to_string()).leads(format!("/journal/{}", e.seq)),
            Instant(e.at).local().into(),
            name_of(institutions, officer).into(),
            Verb::from_code(&e.command).map_or("", Verb::name).into(),
            said.join("；").into(),
            outcome,
        ],
        acts: Vec::new(),
    }
}

/// 机构与权限日志: what was done to organisations, people and rights, and what was refused.
pub async fn log(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    let mut frame = Frame::of(&me, "机构与权限日志");
    let verbs = match console.service.institution_verbs_for(&me.actor()).await {
        // Whoever may not see the lines is told so by the list.
        Err(Failure::Refused(_)) => Vec::new(),
        verbs => frame.list(verbs).unwrap_or_default(),
    };
    let mut choose = LINES.choose(&asked);
    let offer =
        |verb: Verb| Offer { code: verb.code().to_owned(), name: verb.name().to_owned(), value: verb };
    let still = |code: &str| Verb::from_code(code).map(offer);
    let verb = choose.by_what_is_there("what", verbs.into_iter().map(offer), still);
    let part = console.service.institution_lines_for(&me.actor(), verb, LINES.part(&asked)).await;
    let part = frame.part(part);
    let institutions = console.service.institutions();
    let list = part.map(|part| {
        let rows = part.rows.iter().map(|(e, events)| line(&institutions, e, events)).collect();
        choose.view(rows, part.more)
    });
    match list.as_ref().and_then(ListView::taken) {
        Some(file) => file,
        None => LogPage { frame, list }.into_response(),
    }
}
