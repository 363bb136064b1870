//! What an office has uploaded: what came of each file, what is wrong by row and column, and the rows that were refused, to be mended
//! and sent again. It stays over a restart; the rows for thirty days, for they are people's data.

mod rest;

use crate::exchange::{refused, refused_by};
use crate::intake::{Acceptance, Intake};
use crate::lists::Part;
use crate::outcome::Failure;
use crate::seen::Seen;
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::application::{TryFile, UnitCommand};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Ctx, Instant};
use kaguan_domain::facts::institution::Organisation;
use kaguan_domain::ids::{BankCode, OfficerId, OrgId, UnitId};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::refusal::Reason;
use kaguan_files::sbk2::FileName;
use kaguan_store::StoredUpload;
pub use rest::{Rest, WrongCell};
use serde::{Deserialize, Serialize};

/// Uploads of an office in its list.
const LISTED: i64 = 100;
/// So many times uploads are read for one part of the list, when few of them are chosen.
const READ_FOR_A_PART: usize = 5;
/// Before this is every upload.
const LATEST: (Instant, i64) = (Instant(i64::MAX), i64::MAX);
/// Errors that are kept and shown one by one.
const MOST_ERRORS: usize = 2_000;
const DAY: i64 = 86_400_000_000;
/// How long a line of the list stays, and how long the rows that were refused: an office mends them within the clock of Article 9.
const KEPT: i64 = 180 * DAY;
const REST_KEPT: i64 = 30 * DAY;

/// How far an upload is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadState {
    /// Being judged or taken in; or the server ended meanwhile.
    Running,
    Done,
    /// It could not be judged at all.
    Failed,
}

/// What came of an upload. Its JSON is stored, sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct Upload {
    /// The name of the data file; nothing of a name that is none of Appendix 6, for it may name anybody.
    pub name: String,
    pub state: UploadState,
    /// What was wished: `all`, `good_rows`, `check_only`.
    pub wish: String,
    pub unit: Option<i64>,
    pub rows: usize,
    pub accepted: usize,
    pub errors: usize,
    /// Why it was not judged.
    #[serde(default)]
    pub why: String,
    /// The name of the file with the rows that were refused, and how many they are.
    #[serde(default)]
    pub rest: Option<(String, usize)>,
}

/// An upload in the list of its office.
pub struct ListedUpload {
    pub id: i64,
    pub at: Instant,
    pub officer: OfficerId,
    pub upload: Upload,
}

/// A file to download: the rows that were refused.
pub struct RestFile {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// What a file is called, when its name is one of Appendix 6; any other might name somebody.
pub fn shown_name(file_name: &str) -> String {
    let leaf = file_name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let stem = leaf.len().checked_sub(4).and_then(|at| leaf.get(..at)).unwrap_or_default();
    FileName::parse(stem).map_or_else(|_| String::new(), |name| format!("{}.zip", name.stem()))
}

fn wish_of(wish: Acceptance) -> &'static str {
    match wish {
        Acceptance::AllOrNone => "all",
        Acceptance::GoodRows => "good_rows",
        Acceptance::CheckOnly => "check_only",
    }
}

fn json(what: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(what).expect("our own records are always JSON")
}

fn read<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(bytes)
        .map_err(|e| Failure::Unavailable(format!("上传记录不能读取（第{}字节）", e.column())))
}

fn listed(s: StoredUpload) -> Result<ListedUpload, Failure> {
    Ok(ListedUpload { id: s.id, at: s.at, officer: s.officer, upload: read(&s.body)? })
}

/// Where a part of the list ended: time and identity of its last.
fn place_of(after: &str) -> Option<(Instant, i64)> {
    let (at, id) = after.split_once('.')?;
    Some((Instant(at.parse().ok()?), id.parse().ok()?))
}

impl Service {
    /// The office of an officer who may send files.
    fn uploader(&self, actor: &Actor) -> Result<(OfficerId, Organisation), Failure> {
        self.may(actor, Verb::ApplyForUnit, &Place::Anywhere)?;
        let Actor::Officer(id) = actor else { return Err(refused(Reason::NotPermitted)) };
        let institutions = self.institutions();
        let home = institutions.officer(*id).and_then(|o| institutions.org(o.org));
        Ok((*id, home.cloned().ok_or_else(|| refused(Reason::OfficerInactive))?))
    }

    /// An upload begins: it stands in the list of its office from now on.
    pub async fn begin_upload(
        &self,
        actor: &Actor,
        file_name: &str,
        unit: Option<UnitId>,
        wish: Acceptance,
    ) -> Result<i64, Failure> {
        let (officer, org) = self.uploader(actor)?;
        let id = self.fresh();
        let upload = Upload {
            name: shown_name(file_name),
            state: UploadState::Running,
            wish: wish_of(wish).to_owned(),
            unit: unit.map(|u| u.0),
            rows: 0,
            accepted: 0,
            errors: 0,
            why: String::new(),
            rest: None,
        };
        let stored = StoredUpload { id, officer, org: org.id, at: self.now(), body: json(&upload) };
        self.store().put_upload(&stored, &[]).await?;
        Ok(id)
    }

    /// What came of an upload is kept, with its errors and the rows that were refused.
    pub async fn end_upload(
        &self,
        actor: &Actor,
        id: i64,
        outcome: Result<Intake, String>,
    ) -> Result<(), Failure> {
        clause!(R9.3);
        let (_, org) = self.uploader(actor)?;
        let Some(stored) = self.store().upload(id, org.id).await? else { return Ok(()) };
        let mut upload: Upload = read(&stored.body)?;
        let mut files = Vec::new();
        match outcome {
            Err(why) => (upload.state, upload.why) = (UploadState::Failed, why),
            Ok(intake) => {
                upload.state = UploadState::Done;
                (upload.rows, upload.accepted) = (intake.rows, intake.accepted);
                upload.errors = intake.errors.len();
                let cells = rest::wrong_cells(&intake, MOST_ERRORS);
                files.push(("errors", json(&cells)));
                if let Some(rest) = intake.rest {
                    upload.rest = Some((rest.name, rest.rows));
                    files.push(("zip", rest.zip));
                    files.push(("xlsx", rest.xlsx));
                }
            }
        }
        let stored = StoredUpload { body: json(&upload), ..stored };
        Ok(self.store().put_upload(&stored, &files).await?)
    }

    /// What an officer's office has uploaded, the latest first; names nobody.
    pub async fn uploads_for(&self, actor: &Actor) -> Result<Vec<ListedUpload>, Failure> {
        let (_, org) = self.uploader(actor)?;
        self.store().uploads(org.id, LATEST, LISTED).await?.into_iter().map(listed).collect()
    }

    /// The same as far as `chosen` says, in parts; `after` is where an earlier part ended. What came of them is sealed: each is opened to be
    /// chosen, and when few of many are, a part ends before it is full, and goes on.
    pub async fn uploads_part_for(
        &self,
        actor: &Actor,
        chosen: impl Fn(&ListedUpload) -> bool + Send + Sync,
        after: &str,
    ) -> Result<Part<ListedUpload>, Failure> {
        let (_, org) = self.uploader(actor)?;
        let mut before = place_of(after).unwrap_or(LATEST);
        let mut rows = Vec::new();
        for _ in 0..READ_FOR_A_PART {
            let page = self.store().uploads(org.id, before, LISTED).await?;
            let whole = i64::try_from(page.len()).is_ok_and(|n| n < LISTED);
            for stored in page {
                let one = listed(stored)?;
                before = (one.at, one.id);
                if chosen(&one) {
                    rows.push(one);
                }
            }
            if whole {
                return Ok(Part { rows, more: None });
            }
            if i64::try_from(rows.len()).is_ok_and(|n| n >= LISTED) {
                break;
            }
        }
        Ok(Part { rows, more: Some(format!("{}.{}", before.0.0, before.1)) })
    }

    /// One upload of the officer's office with what is wrong in it, masked; `None` for another's.
    pub async fn upload_for(
        &self,
        actor: &Actor,
        id: i64,
    ) -> Result<Option<(ListedUpload, Vec<WrongCell>)>, Failure> {
        let (_, org) = self.uploader(actor)?;
        let Some(s) = self.store().upload(id, org.id).await? else { return Ok(None) };
        let listed = ListedUpload { id, at: s.at, officer: s.officer, upload: read(&s.body)? };
        let errors = self.store().upload_file(id, "errors").await?;
        let errors = errors.map(|bytes| read(&bytes)).transpose()?.unwrap_or_default();
        Ok(Some((listed, errors)))
    }

    /// The rows that were refused, as a data file (`zip`) or a workbook (`xlsx`), for the office that sent them; each time with a line
    /// of the journal first, for it names people.
    pub async fn upload_rest(&self, ctx: Ctx, id: i64, kind: &str) -> Result<Seen<RestFile>, Failure> {
        clause!(R39.1);
        let (_, org) = self.uploader(&ctx.actor)?;
        let gone = || refused_by(clause!(R9.2), Reason::NotFound);
        let stored = self.store().upload(id, org.id).await?.ok_or_else(gone)?;
        let upload: Upload = read(&stored.body)?;
        let (name, rows) = upload.rest.ok_or_else(gone)?;
        let stem = name.strip_suffix(".zip").unwrap_or(&name).to_owned();
        let of = FileName::parse(&stem).map_err(|_| gone())?;
        let outlet = self.institutions().org_by_code(&of.org).map_or(OrgId(0), |o| o.id);
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        let taken = TryFile { outlet, bank: Some(BankCode(of.bank)), rows };
        let unit = UnitId(upload.unit.unwrap_or(id));
        let line =
            self.execute(ctx, Command::Unit { id: unit, command: UnitCommand::TakeRest(taken) }).await?;
        let kind = if kind == "xlsx" { "xlsx" } else { "zip" };
        let bytes = self.store().upload_file(id, kind).await?.ok_or_else(gone)?;
        Ok(Seen::journaled(&line, RestFile { name: format!("{stem}.{kind}"), bytes }))
    }

    /// Clears away what is too old.
    pub(crate) async fn clear_uploads(&self) -> Result<(), Failure> {
        let now = self.now().0;
        Ok(self.store().clear_uploads(Instant(now - KEPT), Instant(now - REST_KEPT)).await?)
    }
}
