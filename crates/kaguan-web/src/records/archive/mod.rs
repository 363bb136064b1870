//! 档案 (Article 40): what is kept of somebody's cases and until when; what is scanned or photographed at the counter is filed, one
//! material is opened with its reason, what was filed wrongly is put right (`correct.rs`), and what is due is destroyed.

mod correct;

use crate::Console;
use crate::find::{self, Find};
use crate::frame::{Frame, Said, sentence};
use crate::holder::people::one_of_several;
use crate::list::{Act, Asked, Cell, Kind, List, ListView, Row, column, offices};
use crate::marks::named;
use crate::may::May;
use crate::menu;
use crate::pages::FoundView;
use crate::premade::making::scan;
use crate::session::SignedIn;
use crate::upload::Sent;
use crate::wrong;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::archive::{Case, Material, MaterialKind, PaperOf};
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::ids::{ApplicationId, CardId, HolderId, MaterialId, OfficerId};
use kaguan_domain::permission::Verb;
use kaguan_domain::records::{
    CorrectFiling, DestroyMaterial, FileMaterial, Filing, KEPT_BY, Look, Page, Replacement, kept,
};
use kaguan_service::apply::Image;
use kaguan_service::{Command, DueDocument, Failure, Looked, Seen, digest_of};
use serde::Deserialize;

const TITLE: &str = "档案";
const DUE: &str = "档案到期销毁";
/// Why a file is looked at to list its archive.
const LISTED: &str = "档案材料清单（脱敏显示）";

/// 档案, of one person.
pub const PAGE: menu::Page = menu::Page {
    path: "/archive",
    screens: &[menu::Screen {
        group: "综合查询",
        name: "档案",
        article: "第四十条",
        verb: Verb::LookAtHolder,
    }],
    doors: |d| {
        d.get("/archive", empty)
            .post("/archive", find_by_number)
            .form("/archive/file", file)
            .form("/archive/correct", correct::correct)
            .post("/archive/open", open)
            .get("/archive/pages/{key}", shown)
            .get("/archive/{key}", by_key)
    },
    samples: &["/archive"],
};

/// 档案到期销毁.
pub const DUE_PAGE: menu::Page = menu::Page {
    path: "/archive/due",
    screens: &[menu::Screen {
        group: "综合查询",
        name: "档案到期销毁",
        article: "第四十条",
        verb: Verb::DestroyMaterial,
    }],
    doors: |d| d.get("/archive/due", due).post("/archive/destroy", destroy),
    samples: &["/archive/due"],
};

/// One material of a case.
struct MaterialView {
    id: i64,
    what: String,
    filed: String,
    org: String,
    /// 电子, or the cabinet.
    lies: String,
    until: String,
    /// Whether its years are over.
    due: bool,
    /// Whether it may be opened by whoever looks.
    opens: bool,
    /// Whether it counts for nothing any more.
    withdrawn: bool,
    /// 已更正: what was put right about it, when, by whom and why.
    corrected: Vec<String>,
    /// Whether whoever looks may put it right.
    corrects: bool,
}

/// One case with what is kept of it.
struct CaseView {
    /// As the form of filing calls it.
    code: String,
    name: String,
    materials: Vec<MaterialView>,
}

/// A material that is no more.
struct GoneView {
    what: String,
    filed: String,
    until: String,
    at: String,
    by: String,
}

/// Somebody's archive, masked.
struct ArchiveView {
    id: i64,
    key: String,
    name: String,
    number: String,
    cases: Vec<CaseView>,
    destroyed: Vec<GoneView>,
    /// Whether something may be filed here.
    files: bool,
    /// Whether something of it may be put right here.
    corrects: bool,
}

/// A material that was opened.
struct OpenView {
    what: String,
    address: String,
    /// Whether a browser shows it as a picture.
    picture: bool,
}

/// The page.
#[derive(Template)]
#[template(path = "records/archive/archive.html")]
pub struct ArchivePage {
    frame: Frame,
    person: Option<ArchiveView>,
    /// Several who were found by what was typed.
    several: Vec<FoundView>,
    opened: Option<OpenView>,
    kinds: Vec<(usize, &'static str)>,
    rule: &'static str,
}
crate::frame::page!(ArchivePage);

impl ArchivePage {
    fn of(frame: Frame) -> Self {
        let kinds = MaterialKind::ALL.iter().enumerate().map(|(n, kind)| (n, kind.name())).collect();
        Self { frame, person: None, several: Vec::new(), opened: None, kinds, rule: KEPT_BY }
    }
}

fn page_no(m: &Material) -> String {
    m.page.map_or_else(String::new, |n| format!("（第{n}页）"))
}

fn outlet(institutions: &Institutions, m: &Material) -> String {
    institutions.org(m.org).map_or_else(String::new, |o| o.name.clone())
}

/// Who did something, by name.
fn officer(institutions: &Institutions, id: Option<OfficerId>) -> String {
    let found = id.and_then(|id| institutions.officer(id));
    found.map_or_else(|| "系统".to_owned(), |o| o.name.clone())
}

/// 电子, where its paper lies, or that it is destroyed.
fn lies(m: &Material, paper: &PaperOf) -> String {
    let image = if m.digest.is_some() { "电子，" } else { "" };
    match paper {
        PaperOf::In(cabinet) => format!("{image}纸质在{cabinet}"),
        PaperOf::Destroyed(at) => format!("{image}纸质已于{}销毁", at.date()),
        PaperOf::Nowhere => "电子".into(),
    }
}

/// A document by its pages: what it is, and how many they are; of one that is left of several, which.
fn document_name(pages: &[&Material]) -> String {
    match pages {
        [] => "已不在档案中的材料".to_owned(),
        [one] => format!("{}{}", one.kind.name(), page_no(one)),
        [first, ..] => format!("{}（共{}页）", first.kind.name(), pages.len()),
    }
}

/// A case as a form calls it.
fn code_of(case: Case) -> String {
    match case {
        Case::Application(id) => format!("a{id}"),
        Case::Card(id) => format!("c{id}"),
    }
}

fn case_of(code: &str) -> Option<Case> {
    let (kind, id) = code.split_at_checked(1)?;
    let id = id.parse().ok()?;
    match kind {
        "a" => Some(Case::Application(ApplicationId(id))),
        "c" => Some(Case::Card(CardId(id))),
        _ => None,
    }
}

fn name_of(seen: &Seen<Looked>, case: Case) -> String {
    match case {
        Case::Application(id) => {
            let form_no = seen.file.application(id).map_or("", |a| a.form_no.as_str());
            format!("申请：申领表{form_no}")
        }
        Case::Card(id) => {
            let number = seen.file.card(id).map(|c| c.card_no.masked()).unwrap_or_default();
            format!("社保卡{number}的业务")
        }
    }
}

/// Somebody's archive, case by case in the order of their beginning.
fn view(console: &Console, me: &SignedIn, seen: &Seen<Looked>) -> ArchiveView {
    clause!(R40.1);
    let may = May::of(console, me);
    let (file, today) = (&seen.file, console.service.now().date());
    let person = file.person.as_ref();
    let archive = person.map_or(&[][..], |p| &p.archive);
    let material = |m: &Material| {
        let until = kept(file, m);
        let look = Look { reason: "查看档案材料".into(), material: Some(m.id) };
        let correct = CorrectFiling { materials: vec![m.id], to: Filing::Withdraw, reason: String::new() };
        MaterialView {
            withdrawn: m.withdrawn().is_some(),
            corrected: correct::said(seen, m, may.institutions()),
            corrects: may.about(seen, &HolderCommand::CorrectFiling(correct)),
            id: m.id.0,
            what: format!("{}{}", m.kind.name(), page_no(m)),
            filed: m.filed_at.date().to_string(),
            org: outlet(may.institutions(), m),
            lies: lies(m, &person.map_or(PaperOf::Nowhere, |p| p.paper_of(m))),
            until: until.map_or_else(|| "业务未终结，继续保存".into(), |day| format!("保存至{day}")),
            due: until.is_some_and(|day| today > day),
            opens: m.digest.is_some() && may.about(seen, &HolderCommand::Look(look)),
        }
    };
    let cases = file.applications.iter().flat_map(|a| {
        let cards = file.cards.iter().filter(|c| c.application == a.id).map(|c| Case::Card(c.id));
        std::iter::once(Case::Application(a.id)).chain(cards)
    });
    let cases = cases.map(|case| CaseView {
        code: code_of(case),
        name: name_of(seen, case),
        materials: archive.iter().filter(|m| m.case == case).map(material).collect(),
    });
    let cases: Vec<CaseView> = cases.collect();
    let officer = |id| officer(may.institutions(), id);
    let destroyed = person.map_or(&[][..], |p| &p.destroyed);
    let together = destroyed.chunk_by(|a, b| a.at == b.at && a.material.is_of(&b.material));
    let gone = together.filter_map(|pages| {
        let d = pages.first()?;
        let all: Vec<&Material> = pages.iter().map(|d| &d.material).collect();
        Some(GoneView {
            what: format!("{}，{}", document_name(&all), name_of(seen, d.material.case)),
            filed: d.material.filed_at.date().to_string(),
            until: d.how.until.to_string(),
            at: d.at.local(),
            by: format!("{}{}", officer(d.how.by), if d.how.paper { "，纸质一并销毁" } else { "" }),
        })
    });
    ArchiveView {
        id: file.id.0,
        key: console.service.key_of(&me.session, file.id),
        name: person.map(|p| p.details.name.masked()).unwrap_or_default(),
        number: person.map(|p| p.details.ssn.masked()).unwrap_or_default(),
        corrects: cases.iter().flat_map(|c| &c.materials).any(|m| m.corrects),
        cases,
        destroyed: gone.collect(),
        files: may.may(Verb::FileMaterial),
    }
}

/// The page of somebody, by a look of its own.
async fn of_person(console: &Console, me: &SignedIn, mut frame: Frame, id: HolderId) -> ArchivePage {
    match console.service.look(me.ctx(console), id, LISTED).await {
        Ok(seen) => ArchivePage { person: Some(view(console, me, &seen)), ..ArchivePage::of(frame) },
        Err(why) => {
            frame.say(&why);
            ArchivePage::of(frame)
        }
    }
}

async fn empty(me: SignedIn) -> ArchivePage {
    ArchivePage::of(Frame::of(&me, TITLE))
}

async fn find_by_number(State(console): State<Console>, me: SignedIn, Form(form): Form<Find>) -> ArchivePage {
    let frame = Frame::of(&me, TITLE);
    let found = match find::sought(&console, &me, &form, LISTED).await {
        Ok(found) => found,
        Err(why) => return ArchivePage::of(frame.wrong(why)),
    };
    match found.as_slice() {
        [seen] => ArchivePage { person: Some(view(&console, &me, seen)), ..ArchivePage::of(frame) },
        several => ArchivePage {
            several: several.iter().filter_map(one_of_several).collect(),
            ..ArchivePage::of(frame)
        },
    }
}

async fn by_key(State(console): State<Console>, me: SignedIn, Path(key): Path<String>) -> Response {
    match console.service.person_of(&me.session, &key) {
        Some(id) => of_person(&console, &me, Frame::of(&me, TITLE), id).await.into_response(),
        None => wrong::not_given(),
    }
}

fn holder_of(sent: &Sent) -> HolderId {
    HolderId(sent.text("holder").parse().unwrap_or(-1))
}

fn kind_of(code: &str) -> Option<MaterialKind> {
    code.parse().ok().and_then(|n: usize| MaterialKind::ALL.get(n).copied())
}

/// The pages that came, each under the identity that it is stored by. What lies on the scanner comes after what was chosen, once
/// everything else is there.
async fn pages_of(
    console: &Console,
    me: &SignedIn,
    sent: &mut Sent,
    missing: &mut Vec<(&'static str, String)>,
) -> Vec<(MaterialId, Vec<u8>)> {
    let mut images: Vec<_> = [sent.take_files("pages"), sent.take_files("camera")].concat();
    if missing.is_empty() && sent.has("scan") {
        match scan::paper(console, me).await {
            Ok(page) => images.push(page),
            Err(why) => missing.push(("pages", why)),
        }
    }
    for (n, bytes) in images.iter().enumerate() {
        if !(Image { kind: MaterialKind::Other, bytes: bytes.clone() }).is_readable() {
            missing.push(("pages", format!("第{}页不是JPG、PNG、TIF或PDF影像，或超过16MB", n + 1)));
        }
    }
    images.into_iter().map(|bytes| (MaterialId(console.service.fresh()), bytes)).collect()
}

/// The document of some pages, or where its paper lies.
fn document(console: &Console, sent: &Sent, images: &[(MaterialId, Vec<u8>)]) -> Replacement {
    let mut pages = images.iter().map(|(id, bytes)| Page { id: *id, digest: digest_of(bytes) });
    let first = pages.next();
    Replacement {
        id: first.as_ref().map_or_else(|| MaterialId(console.service.fresh()), |p| p.id),
        digest: first.map(|p| p.digest),
        cabinet: Some(sent.text("cabinet").trim().to_owned()).filter(|c| !c.is_empty()),
        more: pages.collect(),
    }
}

/// 归档 at the counter: one document of one or several pages, or where its paper lies.
async fn file(State(console): State<Console>, me: SignedIn, mut sent: Sent) -> ArchivePage {
    clause!(R40.1);
    let id = holder_of(&sent);
    let frame = Frame::of(&me, TITLE);
    let case = case_of(sent.text("case"));
    let kind = kind_of(sent.text("kind"));
    let mut missing = Vec::new();
    if case.is_none() {
        missing.push(("case", "请选择材料所属的业务".to_owned()));
    }
    if kind.is_none() {
        missing.push(("kind", "请选择材料种类".to_owned()));
    }
    let mut images = pages_of(&console, &me, &mut sent, &mut missing).await;
    let (Some(case), Some(kind), true) = (case, kind, missing.is_empty()) else {
        let so = format!("。依据{}。没有归档。", clause!(R40.1).cite());
        return of_person(&console, &me, frame.wrong_in(named(missing), &so), id).await;
    };
    let Replacement { id: first, digest, cabinet, more } = document(&console, &sent, &images);
    let material = FileMaterial { id: first, case, kind, digest, cabinet, org: me.org.id, more };
    let said = match material.more.len() {
        0 => format!("{}已归档", kind.name()),
        more => format!("{}已归档，共{}页", kind.name(), more + 1),
    };
    let command = Command::of(id, HolderCommand::FileMaterial(material));
    let done = console.service.execute_with_images(me.command(&console), command, &images).await;
    images.clear();
    of_person(&console, &me, frame.after(done, &said), id).await
}

#[derive(Deserialize)]
struct Opening {
    holder: i64,
    material: i64,
    #[serde(default)]
    reason: String,
}

/// 查阅 of one material, with its reason.
async fn open(State(console): State<Console>, me: SignedIn, Form(form): Form<Opening>) -> ArchivePage {
    clause!(R39.1);
    let which = (HolderId(form.holder), MaterialId(form.material));
    let ctx = me.command(&console);
    let opened = console.service.open_material(ctx, &me.session, which, &form.reason).await;
    let frame = Frame::of(&me, TITLE);
    let view = opened.as_ref().ok().map(|(key, kind)| OpenView {
        what: form.reason.trim().to_owned(),
        address: format!("/archive/pages/{key}"),
        picture: ["image/jpeg", "image/png"].contains(kind),
    });
    let frame = frame.after(opened, "查阅及事由已记入日志；影像15分钟内可以查看");
    let page = of_person(&console, &me, frame, which.0).await;
    ArchivePage { opened: view, ..page }
}

/// What a page of this session opened, as a picture or a file.
async fn shown(State(console): State<Console>, me: SignedIn, Path(key): Path<String>) -> Response {
    match console.service.opened_material(&me.session, &key).await {
        Ok(Some((kind, bytes))) => {
            let way = if kind == "application/octet-stream" { "attachment" } else { "inline" };
            ([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, way)], bytes.into_shown()).into_response()
        }
        Ok(None) => {
            let why = "影像查看时间已过，或材料不是本次登录查阅的。请写明事由重新查阅";
            wrong::page(StatusCode::NOT_FOUND, why)
        }
        Err(why) => wrong::page(StatusCode::SERVICE_UNAVAILABLE, &why.to_string()),
    }
}

const DUE_LIST: List = List {
    id: "archive_due",
    path: "/archive/due",
    title: "",
    none: "没有到期的档案材料。业务终结满5年的材料会列在这里。",
    columns: &[
        column("what", "材料", Kind::Text),
        column("org", "保管网点", Kind::Choice),
        column("filed", "归档日期", Kind::Code),
        column("until", "保存至", Kind::Code),
        column("lies", "存放", Kind::Text),
        column("archive", "档案", Kind::Text),
    ],
};

/// What is due.
#[derive(Template)]
#[template(path = "records/archive/archive_due.html")]
pub struct DuePage {
    frame: Frame,
    list: Option<ListView>,
    rule: &'static str,
}
crate::frame::page!(DuePage);

/// Where a part of the list goes on: the day and the material of the last row before.
fn after(part: &str) -> Option<(Date, MaterialId)> {
    let (day, id) = part.split_once('.')?;
    Some((day.parse().ok()?, MaterialId(id.parse().ok()?)))
}

async fn due_page(console: &Console, me: &SignedIn, mut frame: Frame, asked: &Asked) -> Response {
    let institutions = console.service.institutions();
    let city = me.org.city();
    let outlets = institutions.orgs().filter(|o| city.is_some() && o.city() == city).map(|o| o.id).collect();
    let mut choose = DUE_LIST.choose(asked);
    let org = choose.by("org", offices(&institutions, outlets));
    let found = console.service.archive_due_for(&me.actor(), org, after(DUE_LIST.part(asked))).await;
    let Some(found) = frame.part(found) else {
        return DuePage { frame, list: None, rule: KEPT_BY }.into_response();
    };
    let row = |DueDocument { due: d, pages, paper }: &DueDocument| {
        let first = pages.first()?;
        let what = document_name(&pages.iter().collect::<Vec<_>>());
        let filed = first.filed_at.date().to_string();
        let says = format!("销毁{what}，{filed}归档");
        let archive = format!("/archive/{}", console.service.key_of(&me.session, d.holder));
        let (field, value) = (format!("m-{}", d.material), d.holder.to_string());
        Some(Row {
            key: format!("{}.{}", d.until, d.material),
            cells: vec![
                what.into(),
                outlet(&institutions, first).into(),
                filed.into(),
                d.until.to_string().into(),
                lies(first, paper).into(),
                Cell::from("查档案").leads(archive),
            ],
            acts: vec![Act::Tick { form: "destroy", field, value, name: "销毁", says }],
        })
    };
    let list = choose.view(found.rows.iter().filter_map(row).collect(), found.more);
    match list.taken() {
        Some(file) => file,
        None => DuePage { frame, list: Some(list), rule: KEPT_BY }.into_response(),
    }
}

async fn due(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    due_page(&console, &me, Frame::of(&me, DUE), &asked).await
}

/// 到期销毁 of what was ticked: each is a command of its own, and its line is kept.
async fn destroy(State(console): State<Console>, me: SignedIn, sent: Sent) -> Response {
    clause!(R40.1);
    let ticked = sent.fields().filter_map(|(name, holder)| {
        Some((MaterialId(name.strip_prefix("m-")?.parse().ok()?), HolderId(holder.parse().ok()?)))
    });
    let mut ticked: Vec<_> = ticked.collect();
    ticked.sort();
    let frame = Frame::of(&me, DUE);
    if ticked.is_empty() {
        let frame = frame.wrong("请勾选要销毁的材料。没有销毁任何材料。");
        return due_page(&console, &me, frame, &me.asked).await;
    }
    let sure = sent.has("sure");
    let what = |(id, holder)| {
        let what = DestroyMaterial { id, paper: sent.has("paper") };
        (me.command(&console), holder, what)
    };
    let all = ticked.into_iter().map(what).collect();
    let frame = match console.service.destroy_materials(all, sure).await {
        Err(why) => frame.refused(&why),
        Ok((done, refused)) if sure && refused.is_empty() => {
            frame.done(format!("已销毁{done}份材料，各页一并销毁，销毁记录留存在持卡人档案中"))
        }
        Ok((done, refused)) => frame.wrong(kept_back(done, &refused, sure)),
    };
    due_page(&console, &me, frame, &me.asked).await
}

/// Which materials were not destroyed, those of one reason together, and what else is missing.
fn kept_back(done: usize, refused: &[(Vec<Material>, Failure)], sure: bool) -> Said {
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    for (pages, why) in refused {
        let filed = pages.first().map_or_else(String::new, |m| format!("（{}归档）", m.filed_at.date()));
        let name = format!("{}{filed}", document_name(&pages.iter().collect::<Vec<_>>()));
        let why = sentence(why);
        match reasons.iter_mut().find(|(reason, _)| *reason == why) {
            Some((_, names)) => names.push(name),
            None => reasons.push((why, vec![name])),
        }
    }
    let mut told: Vec<String> =
        reasons.iter().map(|(why, names)| format!("{}：{why}", names.join("、"))).collect();
    if !sure {
        told.push("销毁后不能恢复：请勾选确认后再提交".to_owned());
    }
    let told = told.join("；");
    let said = match done {
        0 => Said::from(format!("没有销毁任何材料。{told}")),
        n => Said::from(format!("已销毁{n}份材料，其余没有销毁。{told}")),
    };
    if sure { said } else { said.about("sure") }
}
