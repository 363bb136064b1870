//! 批量申请: the upload of SBK2 files, several at once, their progress, what is wrong by row and column, and the rows that were refused,
//! to be mended and sent again. The list of an office's uploads outlives the server; the work survives closing the page.

use crate::Console;
use crate::limits::{Bounds, Limits, count};
use crate::list::{Act, Asked, Cell, Kind, List, ListView, Offer, Row, beside, column};
use crate::may;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use crate::spool::Spooled;
use crate::upload::short;
use crate::wrong;
use askama::Template;
use axum::Json;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::ids::{OrgId, UnitId};
use kaguan_domain::permission::Verb;
use kaguan_domain::refusal::Refusal;
use kaguan_service::intake::Level;
use kaguan_service::intake::{Acceptance, Intake, IntakeError, IntakeProgress};
use kaguan_service::{Failure, ListedUpload, Upload, UploadState, WrongCell};
use serde::Serialize;
use std::borrow::Borrow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/upload",
    screens: &[Screen {
        group: "社保卡申请", name: "批量申请", article: "第九条", verb: Verb::ApplyForUnit
    }],
    doors: |d| {
        d.get("/upload", page)
            .files("/upload", upload)
            .get("/jobs/{id}", job)
            .get("/jobs/{id}/progress", progress)
            .get("/jobs/{id}/rest/{kind}", rest)
    },
    samples: &["/upload"],
};

const TITLE: &str = "批量申请";

/// Uploads that are being worked on, or wait for it: of which office, and how far.
type Working = HashMap<i64, (OrgId, Option<IntakeProgress>)>;

/// How far the uploads are that this server works on.
#[derive(Default)]
pub struct Jobs {
    all: Mutex<Working>,
}

impl Jobs {
    fn all(&self) -> MutexGuard<'_, Working> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// So many more of an office; false when it has enough, or all together have.
    fn has_room(&self, org: OrgId, more: usize, limits: &Limits) -> bool {
        let all = self.all();
        let own = all.values().filter(|(of, _)| *of == org).count();
        own + more <= count(limits.jobs_of_office) && all.len() + more <= count(limits.jobs)
    }

    /// One begins; it ends when what is returned is dropped, however that comes about.
    fn begin(self: &Arc<Self>, id: i64, org: OrgId) -> Job {
        self.all().insert(id, (org, None));
        Job { id, jobs: Arc::clone(self) }
    }

    fn tell(&self, id: i64, stage: IntakeProgress) {
        if let Some((_, now)) = self.all().get_mut(&id) {
            *now = Some(stage);
        }
    }

    /// How far each is. Asked before the list is read: what is not here then is written there.
    fn now(&self) -> Working {
        self.all().clone()
    }
}

/// An upload that is worked on, or waits for it.
struct Job {
    id: i64,
    jobs: Arc<Jobs>,
}

impl Drop for Job {
    fn drop(&mut self) {
        self.jobs.all().remove(&self.id);
    }
}

/// How far an upload is, for the page and for the script on it.
#[derive(Serialize, Default)]
pub struct Stage {
    pub running: bool,
    pub stage: String,
    /// So many of so many; of nothing before it is known how many there are.
    pub done: usize,
    pub of: usize,
}

impl Stage {
    fn of(progress: Option<IntakeProgress>) -> Self {
        let (stage, done, of) = match progress {
            None => ("排队".to_owned(), 0, 0),
            Some(IntakeProgress::Judging(p)) if p.photos_in_all > 0 => {
                (format!("核验相片，已发现错误{}处", p.errors), p.photos, p.photos_in_all)
            }
            Some(IntakeProgress::Judging(p)) => {
                (format!("核验数据，已读{}行，已发现错误{}处", p.rows, p.errors), 0, 0)
            }
            Some(IntakeProgress::Waiting) => ("已核验，等候同一批量申请的前一文件接收完毕".to_owned(), 0, 0),
            Some(IntakeProgress::Taking { done, of }) => ("接收申请".to_owned(), done, of),
        };
        Self { running: true, stage, done, of }
    }
}

/// How an upload stands, by which the list is narrowed: code, name, and the mark that it has.
type Standing = (&'static str, &'static str, &'static str);

const RUNNING: Standing = ("running", "进行中", "warn");
/// Something is left to be done about it.
const TO_CORRECT: Standing = ("to_correct", "待更正", "bad");
const DONE: Standing = ("done", "完成", "ok");

/// 有错时 as the list says it, by its code.
const WISHES: [(&str, &str); 3] =
    [("all", "有错全部退回"), ("good_rows", "接收没有错的行"), ("check_only", "只核验")];

/// An upload in the list.
pub struct UploadLine {
    pub id: i64,
    pub at: String,
    /// Who sent it.
    pub who: String,
    pub name: String,
    pub wish: &'static str,
    pub now: Stage,
    pub standing: Standing,
    /// Rows that were taken in.
    pub accepted: usize,
    /// Name and rows of the file with the rows that were refused.
    pub rest: Option<(String, usize)>,
    /// The unit application that it was sent for.
    pub unit: Option<i64>,
}

impl UploadLine {
    /// Where its unit application is.
    fn unit_at(&self) -> String {
        self.unit.map_or_else(|| "/units".to_owned(), |unit| format!("/units?number={unit}"))
    }
}

/// What was chosen beside the files.
#[derive(Clone, Copy)]
pub struct Chosen {
    unit: Option<UnitId>,
    wish: Acceptance,
}

impl Default for Chosen {
    fn default() -> Self {
        Self { unit: None, wish: Acceptance::AllOrNone }
    }
}

impl Chosen {
    fn is_unit(&self, id: impl Borrow<i64>) -> bool {
        self.unit == Some(UnitId(*id.borrow()))
    }

    /// 有错时: what is sent, what one sees, and whether it is chosen.
    fn wishes(&self) -> [(&'static str, &'static str, bool); 3] {
        [
            ("all", "全部退回，更正后重报", Acceptance::AllOrNone),
            ("good_rows", "接收没有错的行", Acceptance::GoodRows),
            ("check_only", "只核验，不接收", Acceptance::CheckOnly),
        ]
        .map(|(code, name, wish)| (code, name, wish == self.wish))
    }
}

/// The form, and what the office has uploaded.
#[derive(Template)]
#[template(path = "application/files/upload.html")]
pub struct UploadPage {
    pub frame: Frame,
    /// Whether this officer may send files.
    pub may: bool,
    /// The unit applications that a file may belong to, the open ones first: identity, and what one sees.
    pub units: Vec<(i64, String)>,
    /// What was chosen in a form that was refused; its files have to be chosen again.
    pub chosen: Chosen,
    /// `None` when it cannot be read: the notice says why.
    pub list: Option<ListView>,
    /// Whether one of them is being worked on.
    pub running: bool,
}
crate::frame::page!(UploadPage);

const LIST: List = List {
    id: "uploads",
    path: "/upload",
    title: "本机构的上传记录",
    none: "还没有上传过数据文件。",
    columns: &[
        column("at", "时间", Kind::Code),
        column("name", "文件", Kind::Text),
        column("wish", "有错时", Kind::Choice),
        column("state", "情况", Kind::Choice),
        column("said", "结果", Kind::Text),
        column("accepted", "接收行数", Kind::Sum),
        column("rest", "待更正数据", Kind::Text),
    ],
};

/// How far one is, below its line: the script on the page asks for it.
#[derive(Template)]
#[template(path = "application/files/upload_running.html")]
struct Running<'a> {
    l: &'a UploadLine,
}

fn row_of(l: UploadLine) -> Row {
    let mut acts = Vec::new();
    if l.now.running {
        acts.push(Act::Own(Running { l: &l }.render()));
    }
    if l.rest.is_some() {
        acts.push(Act::Open { to: format!("/jobs/{}/rest/xlsx", l.id), name: "更正表" });
    }
    let (_, state, tone) = l.standing;
    let rest = l.rest.map_or_else(Cell::default, |(_, rows)| {
        Cell::from(format!("数据文件（{rows}行）")).leads(format!("/jobs/{}/rest/zip", l.id))
    });
    Row {
        key: l.id.to_string(),
        cells: vec![
            Cell::from(l.at).beside(l.who),
            Cell::from(l.name).leads(format!("/jobs/{}", l.id)),
            l.wish.into(),
            Cell::from(state).tagged(tone),
            if l.now.running { Cell::default() } else { l.now.stage.into() },
            if l.now.running { Cell::default() } else { l.accepted.into() },
            rest,
        ],
        acts,
    }
}

/// A running or finished upload.
#[derive(Template)]
#[template(path = "application/files/job.html")]
pub struct JobPage {
    pub frame: Frame,
    pub line: Option<UploadLine>,
    pub errors: Vec<WrongCell>,
    /// Errors that are not shown one by one.
    pub more: usize,
}
crate::frame::page!(JobPage);

impl JobPage {
    /// Whether it is still being worked on.
    fn running(&self) -> bool {
        self.line.as_ref().is_some_and(|l| l.now.running)
    }

    /// Whether there is a workbook with everything that is wrong.
    fn has_sheet(&self) -> bool {
        self.line.as_ref().is_some_and(|l| l.rest.is_some())
    }
}

/// What a file came to, and whether something of it is to be corrected: where every row was taken in, what else is wrong of the file, a photo
/// too many, keeps nobody waiting.
fn came_to(rows: usize, accepted: usize, errors: usize) -> (String, bool) {
    let whole = rows > 0 && accepted == rows && errors > 0;
    let bad = errors > 0 && !whole;
    let so = if whole { "，各行均已接收，无须更正" } else { "" };
    (format!("共{rows}行，接收{accepted}行，错误{errors}处{so}"), bad)
}

/// How far an upload is, and how it stands.
fn stands(working: &Working, id: i64, upload: &Upload) -> (Stage, Standing) {
    let (rows, accepted, errors) = (upload.rows, upload.accepted, upload.errors);
    let said = |stage: String| Stage { stage, ..Stage::default() };
    match (upload.state, working.get(&id)) {
        (UploadState::Running, Some((_, progress))) => (Stage::of(*progress), RUNNING),
        (UploadState::Running, None) => {
            let why =
                "办理中断（服务器重新启动或不能写入），没有办完；请重新上传同一文件，已接收的行不会重复";
            (said(why.to_owned()), TO_CORRECT)
        }
        (UploadState::Failed, _) => (said(upload.why.clone()), TO_CORRECT),
        (UploadState::Done, _) => {
            let (stage, bad) = came_to(rows, accepted, errors);
            (Stage { done: accepted, of: rows, ..said(stage) }, if bad { TO_CORRECT } else { DONE })
        }
    }
}

fn line_of(working: &Working, institutions: &Institutions, listed: ListedUpload) -> UploadLine {
    let ListedUpload { id, at, officer, upload } = listed;
    let (now, standing) = stands(working, id, &upload);
    let wish = WISHES.iter().find(|(code, _)| *code == upload.wish).unwrap_or(&WISHES[0]);
    UploadLine {
        id,
        at: at.local(),
        who: institutions.officer(officer).map_or_else(String::new, |o| o.name.clone()),
        name: if upload.name.is_empty() { "（文件名不合规定）".to_owned() } else { upload.name },
        wish: wish.1,
        now,
        standing,
        accepted: upload.accepted,
        rest: upload.rest,
        unit: upload.unit,
    }
}

/// The form, for whoever may send files.
pub async fn page(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    if let Err(refusal) = may::at_all(&console, &me, Verb::ApplyForUnit) {
        return turned_away(&me, &refusal);
    }
    let page = form_of(&console, &me, Frame::of(&me, TITLE), (Chosen::default(), &asked)).await;
    match page.list.as_ref().and_then(ListView::taken) {
        Some(file) => file,
        None => page.into_response(),
    }
}

/// What the office has uploaded, as far as it was chosen, and whether one of it is being worked on.
async fn listed(
    console: &Console,
    me: &SignedIn,
    frame: &mut Frame,
    asked: &Asked,
) -> (Option<ListView>, bool) {
    let offer = |(code, name): (&str, &str)| Offer {
        code: code.to_owned(),
        name: name.to_owned(),
        value: code.to_owned(),
    };
    let mut choose = LIST.choose(asked);
    let wish = choose.by("wish", WISHES.map(offer));
    let standing = choose.by("state", [RUNNING, TO_CORRECT, DONE].map(|(code, name, _)| offer((code, name))));
    let mut working = console.jobs.now();
    let before = working.clone();
    let chosen = |u: &ListedUpload| {
        wish.as_ref().is_none_or(|wish| *wish == u.upload.wish)
            && standing.as_ref().is_none_or(|standing| standing == stands(&before, u.id, &u.upload).1.0)
    };
    let part = frame.part(console.service.uploads_part_for(&me.actor(), chosen, LIST.part(asked)).await);
    // A colleague's may have begun meanwhile.
    working.extend(console.jobs.now());
    let Some(part) = part else { return (None, false) };
    let institutions = console.service.institutions();
    let lines: Vec<UploadLine> = part.rows.into_iter().map(|u| line_of(&working, &institutions, u)).collect();
    let running = lines.iter().any(|l| l.now.running);
    (Some(choose.view(lines.into_iter().map(row_of).collect(), part.more)), running)
}

/// The form with the open unit applications of the officer's office, and what it has uploaded.
async fn form_of(
    console: &Console,
    me: &SignedIn,
    mut frame: Frame,
    (chosen, asked): (Chosen, &Asked),
) -> UploadPage {
    let actor = me.actor();
    let mut open = frame.list(console.service.units_for(&actor).await).unwrap_or_default();
    open.retain(|u| !u.outstanding);
    open.extend(frame.list(console.service.complete_units_for(&actor).await).unwrap_or_default());
    let units = open.into_iter().map(|u| {
        let far = match u.ended {
            None => format!("{}人，已上传{}人", u.people, u.rows),
            Some(_) => format!("{}人，已全部上传；还有人员的，先更正总人数", u.people),
        };
        let accepted = u.accepted_on.map_or_else(String::new, |day| format!("，{day}受理"));
        (u.id.0, format!("{} {}（受理编号{}{accepted}，{far}）", u.form_no, u.employer, u.id))
    });
    let units = units.collect();
    let (list, running) = listed(console, me, &mut frame, asked).await;
    UploadPage { frame, may: true, units, chosen, list, running }
}

fn turned_away(me: &SignedIn, refusal: &Refusal) -> Response {
    let frame = Frame::of(me, TITLE).wrong(refusal.sentence());
    let chosen = Chosen::default();
    let page = UploadPage { frame, may: false, units: Vec::new(), chosen, list: None, running: false };
    (StatusCode::FORBIDDEN, page).into_response()
}

/// Who may send files is asked before anything of the file is read, whatever is wished; which outlet's file it is, and the
/// journal's line, come with the command before anybody in it is asked about.
pub async fn upload(State(console): State<Console>, me: SignedIn, request: Request) -> Response {
    if let Err(refusal) = may::at_all(&console, &me, Verb::ApplyForUnit) {
        return turned_away(&me, &refusal);
    }
    if !console.jobs.has_room(me.org.id, 1, &console.bounds.limits) {
        let frame = Frame::of(&me, TITLE).wrong(TOO_MANY);
        let page = form_of(&console, &me, frame, (Chosen::default(), &me.asked)).await;
        return (StatusCode::SERVICE_UNAVAILABLE, page).into_response();
    }
    let form = match Multipart::from_request(request, &console).await {
        Ok(form) => form,
        Err(e) => return e.into_response(),
    };
    let mut chosen = Chosen::default();
    let done = match read(form, &mut chosen, &console.bounds).await {
        Ok(files) => take(&console, &me, files, chosen).await.map_err(|why| why.to_string()),
        Err(why) => Err(why),
    };
    let to = |address: &str| Redirect::to(&beside(address, &me.asked.behind())).into_response();
    match done {
        Ok(ids) if ids.len() == 1 => to(&format!("/jobs/{}", ids[0])),
        Ok(_) => to("/upload"),
        Err(why) => {
            let frame = Frame::of(&me, TITLE).wrong(why);
            form_of(&console, &me, frame, (chosen, &me.asked)).await.into_response()
        }
    }
}

/// The file's name as the browser sent it. An old one sends the whole path, in the code page of its machine: what is after the last
/// separator is ASCII all the same when the name is right.
fn name_of(field: &Field<'_>) -> String {
    if let Some(name) = field.file_name() {
        return name.to_owned();
    }
    let said = field.headers().get(header::CONTENT_DISPOSITION).map_or(&b""[..], |v| v.as_bytes());
    let said = String::from_utf8_lossy(said);
    let name = said.split_once("filename=\"").and_then(|(_, rest)| rest.split_once('"'));
    name.map_or_else(String::new, |(name, _)| name.to_owned())
}

const TOO_MANY: &str = "等候办理的数据文件过多，没有接收任何文件。请待前面的文件办完后再上传。";

/// The files that were sent, each in a place that has no name, by their names.
type Files = Vec<(String, Spooled)>;

async fn spool(field: &mut Field<'_>, bounds: &Bounds) -> Result<Spooled, String> {
    let mut spool = bounds.spool.fresh().map_err(|e| e.to_string())?;
    loop {
        match field.chunk().await {
            Ok(Some(bytes)) => {
                // The disk may be slow: the others go on meanwhile.
                let put = tokio::task::spawn_blocking(move || {
                    let done = spool.put(&bytes);
                    (spool, done)
                });
                let (back, done) = put.await.map_err(|e| e.to_string())?;
                done.map_err(|e| e.to_string())?;
                spool = back;
            }
            Ok(None) => return Ok(spool),
            Err(_) => return Err("上传中断、过慢或超过上限，请重新上传。".into()),
        }
    }
}

/// What is no file is a number or a word.
const SHORT: usize = 64;
const TOO_LONG: &str = "表单中有过长的栏，没有接收任何文件。请从本页重新上传。";

/// Reads the form; what is wrong with it in Chinese. What was chosen before it went wrong is kept.
async fn read(mut form: Multipart, chosen: &mut Chosen, bounds: &Bounds) -> Result<Files, String> {
    let limits = &bounds.limits;
    let broken = |e| format!("上传中断：{e}。请重新上传。");
    let mut files = Files::new();
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        match field.name() {
            Some("file") => {
                let name = name_of(&field);
                if files.len() == count(limits.upload_files) {
                    return Err(format!(
                        "一次最多上传{}个文件，没有接收任何文件。请分次上传。",
                        limits.upload_files
                    ));
                }
                // A file field in which nothing was chosen comes all the same.
                let file = spool(&mut field, bounds).await?;
                if !(name.is_empty() && file.bytes() == 0) {
                    files.push((name, file));
                }
            }
            Some("unit") => {
                let text = short(&mut field, SHORT).await.ok_or(TOO_LONG)?;
                chosen.unit = text.trim().parse().ok().map(UnitId);
            }
            Some("wish") => {
                chosen.wish = match short(&mut field, SHORT).await.ok_or(TOO_LONG)?.as_str() {
                    "good_rows" => Acceptance::GoodRows,
                    "check_only" => Acceptance::CheckOnly,
                    _ => Acceptance::AllOrNone,
                };
            }
            // Passed over as it comes.
            _ => {}
        }
    }
    if files.is_empty() { Err("请选择文件。".into()) } else { Ok(files) }
}

/// Writes the files into the list of the office, and begins to work on them, one after the other: those of one unit are counted
/// together.
async fn take(
    console: &Console,
    me: &SignedIn,
    files: Files,
    Chosen { unit, wish }: Chosen,
) -> Result<Vec<i64>, Failure> {
    let actor = me.actor();
    if !console.jobs.has_room(me.org.id, files.len(), &console.bounds.limits) {
        return Err(Failure::Unavailable(TOO_MANY.into()));
    }
    let mut work = Vec::with_capacity(files.len());
    for (name, file) in files {
        let id = console.service.begin_upload(&actor, &name, unit, wish).await?;
        work.push((console.jobs.begin(id, me.org.id), name, file));
    }
    let ids = work.iter().map(|(job, ..)| job.id).collect();
    let (service, jobs) = (console.service.clone(), Arc::clone(&console.jobs));
    tokio::spawn(async move {
        for (job, name, file) in work {
            let (id, told) = (job.id, Arc::clone(&jobs));
            let progress = Arc::new(move |stage| told.tell(id, stage));
            let outcome =
                service.take_in(&actor, &file.path(), &name, unit, wish, Level::Decode, progress).await;
            let outcome = match outcome {
                Ok(intake) => Ok(intake),
                Err(IntakeError::Refused(errors)) => Ok(Intake { errors, ..Intake::default() }),
                Err(e) => Err(e.to_string()),
            };
            if let Err(why) = service.end_upload(&actor, id, outcome).await {
                tracing::warn!(%why, "what came of an upload could not be kept");
            }
            drop(job);
        }
    });
    Ok(ids)
}

/// How far an upload is; for the office that sent it.
pub async fn job(State(console): State<Console>, me: SignedIn, Path(id): Path<i64>) -> JobPage {
    clause!(R9.3);
    let frame = Frame::of(&me, TITLE);
    let working = console.jobs.now();
    let nothing = |frame| JobPage { frame, line: None, errors: Vec::new(), more: 0 };
    match console.service.upload_for(&me.actor(), id).await {
        Ok(Some((listed, errors))) => {
            let shown = errors.iter().filter(|e| !e.warning).count();
            let more = listed.upload.errors.saturating_sub(shown);
            let mut frame = frame;
            if listed.upload.state == UploadState::Failed {
                frame = frame.wrong(listed.upload.why.clone());
            }
            let line = Some(line_of(&working, &console.service.institutions(), listed));
            JobPage { frame, line, errors, more }
        }
        Ok(None) => {
            let mut frame = frame.wrong("没有这项上传，或不是由本机构上传");
            frame.status = StatusCode::NOT_FOUND;
            nothing(frame)
        }
        Err(why) => {
            let mut frame = frame;
            frame.say(&why);
            nothing(frame)
        }
    }
}

/// The same for the script on the page.
pub async fn progress(State(console): State<Console>, me: SignedIn, Path(id): Path<i64>) -> Response {
    let working = console.jobs.now();
    match console.service.upload_for(&me.actor(), id).await {
        Ok(Some((listed, _))) => {
            Json(line_of(&working, &console.service.institutions(), listed).now).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(why) => (crate::frame::status_of(&why), Json(Stage::default())).into_response(),
    }
}

/// The rows that were refused, as a data file or a workbook.
pub async fn rest(
    State(console): State<Console>,
    me: SignedIn,
    Path((id, kind)): Path<(i64, String)>,
) -> Response {
    let mime = match kind.as_str() {
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "zip" => "application/zip",
        _ => return wrong::page(StatusCode::NOT_FOUND, "没有这种文件，请在上传结果页下载"),
    };
    match console.service.upload_rest(me.ctx(&console), id, &kind).await {
        Ok(file) => {
            let file = file.into_shown();
            let name = format!("attachment; filename=\"{}\"", file.name);
            ([(header::CONTENT_TYPE, mime.to_owned()), (header::CONTENT_DISPOSITION, name)], file.bytes)
                .into_response()
        }
        Err(why) => {
            let gone = "没有可下载的待更正数据：可能已超过30天清除，或不是由本机构上传";
            match &why {
                Failure::Refused(r) if r.reason == kaguan_domain::refusal::Reason::NotFound => {
                    wrong::page(StatusCode::NOT_FOUND, gone)
                }
                why => wrong::page(crate::frame::status_of(why), &why.to_string()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::came_to;
    use kaguan_domain::clause;

    #[test]
    fn art_9_3_a_file_of_which_everybody_was_taken_in_waits_for_no_correction() {
        clause!(R9.3);
        let whole = "共3行，接收3行，错误1处，各行均已接收，无须更正";
        assert_eq!(came_to(3, 3, 1), (whole.to_owned(), false), "a photo too many");
        assert_eq!(came_to(3, 3, 0), ("共3行，接收3行，错误0处".to_owned(), false));
        assert_eq!(came_to(3, 2, 1), ("共3行，接收2行，错误1处".to_owned(), true));
        assert_eq!(came_to(0, 0, 1), ("共0行，接收0行，错误1处".to_owned(), true), "nothing of it was a row");
    }
}
