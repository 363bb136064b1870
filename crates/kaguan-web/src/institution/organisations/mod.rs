//! 机构与网点 (Article 6): the tree of a city, from its centre to villages and to the banks' own levels; adding, renaming and stopping.

use crate::Console;
use crate::list::{Asked, Cell, Kind, List, ListView, Row, column};
use crate::may;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kaguan_domain::codes;
use kaguan_domain::facts::institution::{Institutions, Organisation};
use kaguan_domain::ids::{CityCode, OrgId};
use kaguan_domain::institution::{InstitutionCommand, banks_below, kinds_below};
use kaguan_domain::permission::Verb;
use kaguan_service::{AskOrganisation, Command};
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/organisations",
    screens: &[Screen {
        group: "系统管理",
        name: "机构与网点",
        article: "第六条",
        verb: Verb::LookAtOfficers,
    }],
    doors: |d| {
        d.get("/organisations", page)
            .get("/organisations/{id}", one)
            .post("/organisations/add", add)
            .post("/organisations/rename", rename)
            .post("/organisations/stop", stop)
            .post("/organisations/start", start)
    },
    samples: &["/organisations"],
};

const TITLE: &str = "机构与网点";
/// A tree deeper than this is shown flat from there on.
const DEEPEST: usize = 6;

/// One organisation in the tree.
pub struct OrgView {
    pub id: i64,
    pub name: String,
    pub code: String,
    pub kind: &'static str,
    pub bank: &'static str,
    /// The bank's own code of the outlet.
    pub outlet: String,
    pub officers: usize,
    pub stopped: bool,
    /// How deep it stands: 0 is the first of the page.
    pub depth: usize,
}

/// The tree of a city, or what was looked for.
#[derive(Template)]
#[template(path = "institution/organisations/organisations.html")]
pub struct OrganisationsPage {
    pub frame: Frame,
    /// `None` when they may not be seen: the notice says why.
    pub list: Option<ListView>,
    /// Code and name.
    pub cities: Vec<(String, &'static str)>,
    pub city: String,
    pub looked_for: String,
    pub add: bool,
}
crate::frame::page!(OrganisationsPage);

/// One organisation.
#[derive(Template)]
#[template(path = "institution/organisations/organisation.html")]
pub struct OrganisationPage {
    pub frame: Frame,
    pub who: OrgView,
    /// Since when it is stopped, and why; nothing of one that works.
    pub since: Option<[String; 2]>,
    pub city: String,
    pub division: &'static str,
    /// The one above: its page and name.
    pub parent: Option<(i64, String)>,
    /// Those below it; `None` when there are none.
    pub list: Option<ListView>,
    pub edit: bool,
    /// Those that can stand below it; none below a village's.
    pub kinds: Vec<(&'static str, &'static str)>,
    /// Those whose outlets can.
    pub banks: Vec<(String, &'static str)>,
    pub filled: AskOrganisation,
}
crate::frame::page!(OrganisationPage);

impl OrganisationPage {
    /// Where its city's organisations are.
    fn tree(&self) -> String {
        format!("/organisations?city={}", self.city)
    }
}

const LIST: List = List {
    id: "orgs",
    path: "/organisations",
    title: "",
    none: "没有符合的机构。请换一个名称或编码，或改选地市。",
    columns: &[
        column("name", "机构", Kind::Text),
        column("kind", "类型", Kind::Choice),
        column("code", "机构编码", Kind::Code),
        column("bank", "服务银行", Kind::Choice),
        column("outlet", "网点编码", Kind::Code),
        column("officers", "在用账号", Kind::Sum),
        column("state", "状态", Kind::Choice),
    ],
};

const BELOW: List =
    List {
        id: "below", path: "/organisations", title: "下级机构", none: "没有下级机构。", ..LIST
    };

fn line(o: OrgView) -> Row {
    let state = if o.stopped { Cell::from("已停办").tagged("bad") } else { "在用".into() };
    Row {
        key: o.id.to_string(),
        cells: vec![
            Cell::from(o.name).leads(format!("/organisations/{}", o.id)).below(o.depth),
            o.kind.into(),
            o.code.into(),
            o.bank.into(),
            o.outlet.into(),
            o.officers.into(),
            state,
        ],
        acts: Vec::new(),
    }
}

#[derive(Deserialize)]
pub struct Named {
    org: i64,
    name: String,
}

#[derive(Deserialize)]
pub struct Stopped {
    org: i64,
    #[serde(default)]
    reason: String,
}

fn view(institutions: &Institutions, o: &Organisation, depth: usize) -> OrgView {
    OrgView {
        id: o.id.0,
        name: o.name.clone(),
        code: o.code.clone(),
        kind: o.kind.name(),
        bank: o.bank.as_ref().map_or("", |b| b.name()),
        outlet: institutions.outlet_code(o.id).unwrap_or_default().to_owned(),
        officers: institutions.officers().filter(|p| p.org == o.id && p.active).count(),
        stopped: institutions.is_stopped(o.id),
        depth: depth.min(DEEPEST),
    }
}

/// An organisation and all below it, each followed by its own.
fn tree(institutions: &Institutions, top: &Organisation, depth: usize, out: &mut Vec<OrgView>) {
    out.push(view(institutions, top, depth));
    let mut below: Vec<&Organisation> = institutions.below(top.id).collect();
    below.sort_by(|a, b| (&a.division, &a.code).cmp(&(&b.division, &b.code)));
    // Nothing stands below itself: parents are there before.
    below.into_iter().for_each(|o| tree(institutions, o, depth + 1, out));
}

fn show(console: &Console, me: &SignedIn, frame: Frame, asked: &Asked) -> Response {
    let institutions = console.service.institutions();
    let mut cities: Vec<(String, &str)> = vec![("44".into(), "省本级")];
    cities.extend(codes::cities().map(|c| (c.code[..4].to_owned(), c.name.as_str())));
    let chosen = cities.iter().find(|(code, _)| code == asked.get("city")).or(cities.get(1));
    let city = chosen.map_or_else(String::new, |(code, _)| code.clone());
    let looked_for = asked.get("looked_for").trim().to_owned();
    if let Err(refusal) = may::at_all(console, me, Verb::LookAtOfficers) {
        let frame = if frame.is_wrong() { frame } else { frame.wrong(refusal.sentence()) };
        let page = OrganisationsPage { frame, list: None, cities, city, looked_for, add: false };
        return (StatusCode::FORBIDDEN, page).into_response();
    }
    let mut rows = Vec::new();
    if !looked_for.is_empty() {
        let found = |o: &&Organisation| {
            let coded = institutions.outlet_code(o.id).is_some_and(|code| code.starts_with(&looked_for));
            coded || o.name.contains(&looked_for) || o.code.starts_with(&looked_for)
        };
        rows.extend(institutions.orgs().filter(found).map(|o| view(&institutions, o, 0)));
    } else if let Some(centre) = institutions.city_centre(&CityCode(city.clone())) {
        tree(&institutions, centre, 0, &mut rows);
        // A bank's branch of the city may stand below its branch of the province.
        let outside = |o: &&Organisation| {
            let parent = o.parent.and_then(|id| institutions.org(id));
            o.id != centre.id && o.city() == centre.city() && parent.is_some_and(|p| p.city() != o.city())
        };
        institutions.orgs().filter(outside).for_each(|o| tree(&institutions, o, 0, &mut rows));
    } else if let Some(centre) = institutions.province_centre() {
        rows.push(view(&institutions, centre, 0));
        for below in institutions.below(centre.id) {
            // Cities have trees of their own; a bank's levels are seen from its branch of the province.
            match below.city() {
                Some(_) => rows.push(view(&institutions, below, 1)),
                None => tree(&institutions, below, 1, &mut rows),
            }
        }
    }
    let add = may::at_all(console, me, Verb::AddOrganisation).is_ok();
    let list = LIST.view(rows.into_iter().map(line).collect(), asked);
    match list.taken() {
        Some(file) => file,
        None => OrganisationsPage { frame, list: Some(list), cities, city, looked_for, add }.into_response(),
    }
}

/// One organisation, with those below it as they are asked for, when an address asks.
fn show_one(
    console: &Console,
    me: &SignedIn,
    frame: Frame,
    id: i64,
    (asked, filled): (&Asked, AskOrganisation),
) -> Response {
    let institutions = console.service.institutions();
    let (seen, frame) = match may::at_all(console, me, Verb::LookAtOfficers) {
        Err(why) if !frame.is_wrong() => (false, frame.wrong(kaguan_service::Failure::from(why))),
        asked => (asked.is_ok(), frame),
    };
    let Some(org) = institutions.org(OrgId(id)).filter(|_| seen) else {
        let frame = if seen && !frame.is_wrong() {
            frame.wrong("没有该机构，请在列表中选择")
        } else {
            frame
        };
        return show(console, me, frame, &me.asked);
    };
    let rows: Vec<Row> = institutions.below(org.id).map(|o| line(view(&institutions, o, 0))).collect();
    let list = (!rows.is_empty()).then(|| BELOW.view_at(&format!("/organisations/{id}"), rows, asked));
    if let Some(file) = list.as_ref().and_then(ListView::taken) {
        return file;
    }
    let parent = org.parent.and_then(|id| institutions.org(id));
    let below = kinds_below(&institutions, org);
    OrganisationPage {
        frame,
        who: view(&institutions, org, 0),
        since: institutions.stopped(org.id).map(|(at, why)| [at.local(), why.to_owned()]),
        city: org.city().map_or_else(|| "44".to_owned(), |c| c.as_str().to_owned()),
        division: codes::division(&org.division).map_or("广东省", |d| d.name.as_str()),
        parent: parent.map(|p| (p.id.0, p.name.clone())),
        list,
        edit: may::at_all(console, me, Verb::RenameOrganisation).is_ok(),
        kinds: below.iter().map(|kind| (kind.code(), kind.name())).collect(),
        banks: banks_below(&institutions, org),
        filled,
    }
    .into_response()
}

/// The tree.
pub async fn page(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    show(&console, &me, Frame::of(&me, TITLE), &asked)
}

/// One organisation.
pub async fn one(
    State(console): State<Console>,
    me: SignedIn,
    Path(id): Path<i64>,
    asked: Asked,
) -> Response {
    show_one(&console, &me, Frame::of(&me, TITLE), id, (&asked, AskOrganisation::default()))
}

/// 新增, below the one whose page it is.
pub async fn add(State(console): State<Console>, me: SignedIn, Form(ask): Form<AskOrganisation>) -> Response {
    let ctx = me.command(&console);
    let outcome = console.service.add_organisation(ctx, &ask).await;
    let filled = if outcome.is_ok() { AskOrganisation::default() } else { ask.clone() };
    let frame = Frame::of(&me, TITLE).after(outcome, "已新增机构");
    let parent = console.service.institutions().org_by_code(ask.parent.trim()).map(|o| o.id.0);
    show_one(&console, &me, frame, parent.unwrap_or_default(), (&me.asked, filled))
}

async fn give(console: &Console, me: &SignedIn, command: InstitutionCommand, done: &str) -> Frame {
    let ctx = me.command(console);
    let outcome = console.service.execute(ctx, Command::Institution(command)).await;
    Frame::of(me, TITLE).after(outcome, done)
}

/// 更名.
pub async fn rename(State(console): State<Console>, me: SignedIn, Form(form): Form<Named>) -> Response {
    let command = InstitutionCommand::RenameOrganisation { org: OrgId(form.org), name: form.name };
    let frame = give(&console, &me, command, "已更名；此前打印的凭证仍为原名").await;
    show_one(&console, &me, frame, form.org, (&me.asked, AskOrganisation::default()))
}

/// 停办.
pub async fn stop(State(console): State<Console>, me: SignedIn, Form(form): Form<Stopped>) -> Response {
    let ctx = me.command(&console);
    let outcome = console.service.stop_organisation(ctx, OrgId(form.org), &form.reason).await;
    let frame = Frame::of(&me, TITLE).after(outcome, "已停办，不再接受新的业务；已办业务和日志保留");
    show_one(&console, &me, frame, form.org, (&me.asked, AskOrganisation::default()))
}

/// 恢复.
pub async fn start(State(console): State<Console>, me: SignedIn, Form(form): Form<Stopped>) -> Response {
    let command = InstitutionCommand::StartOrganisation { org: OrgId(form.org) };
    let frame = give(&console, &me, command, "已恢复").await;
    show_one(&console, &me, frame, form.org, (&me.asked, AskOrganisation::default()))
}
