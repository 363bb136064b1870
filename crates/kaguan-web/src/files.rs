//! 批量申请: the upload of an SBK2 file, its progress, its errors by row and column. The work survives closing the page.

use crate::Console;
use crate::may;
use crate::menu::{Page, Screen};
use crate::pages::{Frame, JobPage, UploadPage};
use crate::session::SignedIn;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use kaguan_domain::ids::{OfficerId, UnitId};
use kaguan_domain::permission::Verb;
use kaguan_domain::refusal::Refusal;
use kaguan_service::intake::Level;
use kaguan_service::intake::{Acceptance, Intake, IntakeError, IntakeProgress};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::io::AsyncWriteExt;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/upload",
    screens: &[Screen {
        group: "社保卡申请", name: "批量申请", article: "第九条", verb: Verb::ApplyForUnit
    }],
    doors: |d| d.get("/upload", page).files("/upload", upload).get("/jobs/{id}", job),
    samples: &["/upload"],
};

/// Warnings that the page shows after the errors.
const MOST_WARNINGS: usize = 500;

/// One upload.
struct Job {
    owner: OfficerId,
    stage: Option<IntakeProgress>,
    outcome: Option<Result<Intake, String>>,
}

/// All uploads since the start.
#[derive(Default)]
pub struct Jobs {
    all: Mutex<HashMap<i64, Job>>,
}

impl Jobs {
    fn change(&self, id: i64, change: impl FnOnce(&mut Job)) {
        if let Ok(mut all) = self.all.lock()
            && let Some(job) = all.get_mut(&id)
        {
            change(job);
        }
    }
}

/// The form, for whoever may send files.
pub async fn page(State(console): State<Console>, me: SignedIn) -> Response {
    match may::at_all(&console, &me, Verb::ApplyForUnit) {
        Ok(()) => form_of(&console, &me, Frame::of(&me, "批量申请")).await.into_response(),
        Err(refusal) => turned_away(&me, &refusal),
    }
}

/// The form with the open unit applications of the officer's office.
async fn form_of(console: &Console, me: &SignedIn, mut frame: Frame) -> UploadPage {
    let open = frame.list(console.service.units_for(&me.actor()).await).unwrap_or_default();
    let open = open.into_iter().filter(|u| !u.outstanding);
    let units =
        open.map(|u| (u.id.0, format!("{} {}（{}人，已上传{}人）", u.form_no, u.employer, u.people, u.rows)));
    UploadPage { frame, may: true, units: units.collect() }
}

fn turned_away(me: &SignedIn, refusal: &Refusal) -> Response {
    let frame = Frame::of(me, "批量申请").wrong(refusal.sentence());
    (StatusCode::FORBIDDEN, UploadPage { frame, may: false, units: Vec::new() }).into_response()
}

/// Who may send files is asked before anything of the file is read, whatever is wished; which outlet's file it is, and the
/// journal's line, come with the command before anybody in it is asked about.
pub async fn upload(State(console): State<Console>, me: SignedIn, request: Request) -> Response {
    if let Err(refusal) = may::at_all(&console, &me, Verb::ApplyForUnit) {
        return turned_away(&me, &refusal);
    }
    match Multipart::from_request(request, &console).await {
        Ok(form) => take(console, me, form).await,
        Err(e) => e.into_response(),
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

/// Takes the file to a temporary place of its own, starts the work, and leads to its page.
async fn take(console: Console, me: SignedIn, mut form: Multipart) -> Response {
    let refuse = async |text: String| {
        form_of(&console, &me, Frame::of(&me, "批量申请").wrong(text)).await.into_response()
    };
    let mut file = None;
    let mut unit = None;
    let mut wish = Acceptance::AllOrNone;
    loop {
        let mut field = match form.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => break,
            Err(e) => return refuse(format!("上传中断：{e}。请重新上传。")).await,
        };
        match field.name() {
            Some("file") => {
                let name = name_of(&field);
                let Ok(spool) = tempfile::NamedTempFile::new() else {
                    return refuse("服务器暂时不能保存文件".into()).await;
                };
                let Ok(handle) = spool.reopen() else {
                    return refuse("服务器暂时不能保存文件".into()).await;
                };
                let mut out = tokio::fs::File::from_std(handle);
                loop {
                    match field.chunk().await {
                        Ok(Some(bytes)) if out.write_all(&bytes).await.is_ok() => {}
                        Ok(None) => break,
                        _ => return refuse("上传中断或磁盘已满，请重新上传。".into()).await,
                    }
                }
                if out.flush().await.is_err() {
                    return refuse("磁盘已满，请联系管理员。".into()).await;
                }
                file = Some((name, spool));
            }
            Some("unit") => {
                unit = match field.text().await {
                    Ok(id) => id.trim().parse().ok().map(UnitId),
                    Err(e) => return refuse(format!("上传中断：{e}。请重新上传。")).await,
                };
            }
            Some("wish") => {
                wish = match field.text().await.as_deref() {
                    Ok("good_rows") => Acceptance::GoodRows,
                    Ok("check_only") => Acceptance::CheckOnly,
                    _ => Acceptance::AllOrNone,
                };
            }
            _ => {}
        }
    }
    let Some((name, spool)) = file else { return refuse("请选择文件。".into()).await };
    let id = console.service.fresh();
    if let Ok(mut all) = console.jobs.all.lock() {
        all.insert(id, Job { owner: me.officer.id, stage: None, outcome: None });
    }
    let (service, jobs, actor) = (console.service.clone(), Arc::clone(&console.jobs), me.actor());
    tokio::spawn(async move {
        let told = Arc::clone(&jobs);
        let progress = move |stage| told.change(id, |j| j.stage = Some(stage));
        let outcome =
            service.take_in(&actor, spool.path(), &name, unit, wish, Level::Decode, Arc::new(progress)).await;
        let outcome = match outcome {
            Ok(intake) => Ok(intake),
            Err(IntakeError::Refused(errors)) => Ok(Intake { errors, ..Intake::default() }),
            Err(e) => Err(e.to_string()),
        };
        jobs.change(id, |j| j.outcome = Some(outcome));
    });
    Redirect::to(&format!("/jobs/{id}")).into_response()
}

/// How far an upload is; only for who sent it.
pub async fn job(State(console): State<Console>, me: SignedIn, Path(id): Path<i64>) -> JobPage {
    let frame = Frame::of(&me, "批量申请");
    let empty =
        |frame| JobPage { frame, running: false, stage: String::new(), done: 0, of: 0, errors: Vec::new() };
    let Ok(all) = console.jobs.all.lock() else { return empty(frame.wrong("服务器暂时不能查询")) };
    let Some(job) = all.get(&id).filter(|j| j.owner == me.officer.id) else {
        return empty(frame.wrong("没有这项上传，或不是由您上传"));
    };
    match (&job.outcome, job.stage) {
        (Some(Ok(intake)), _) => {
            let errors = intake.errors.iter().map(|e| (e.row, e.column, e.code, e.message.clone()));
            let odd = intake.warnings.iter().take(MOST_WARNINGS);
            let odd = odd.map(|e| (e.row, e.column, e.code, format!("提示：{}", e.message)));
            let errors = errors.chain(odd).collect();
            let stage =
                format!("共{}行，接收{}行，错误{}处", intake.rows, intake.accepted, intake.errors.len());
            JobPage { frame, running: false, stage, done: intake.accepted, of: intake.rows, errors }
        }
        (Some(Err(why)), _) => empty(frame.wrong(why.clone())),
        (None, Some(IntakeProgress::Judging(p))) if p.photos_in_all > 0 => JobPage {
            frame,
            running: true,
            stage: format!("核验相片，已发现错误{}处", p.errors),
            done: p.photos,
            of: p.photos_in_all,
            errors: Vec::new(),
        },
        (None, Some(IntakeProgress::Judging(p))) => JobPage {
            frame,
            running: true,
            stage: format!("核验数据，已发现错误{}处", p.errors),
            done: p.rows,
            of: p.rows,
            errors: Vec::new(),
        },
        (None, Some(IntakeProgress::Taking { done, of })) => {
            JobPage { frame, running: true, stage: "接收申请".into(), done, of, errors: Vec::new() }
        }
        (None, None) => {
            JobPage { frame, running: true, stage: "排队".into(), done: 0, of: 0, errors: Vec::new() }
        }
    }
}
