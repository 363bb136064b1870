//! Taking in an employer's file (Article 9): judged as a file, checked against registers and the store, and then,
//! part by part, given to the executor, each part with the count of its rows: a row that is in is counted, and none is counted that is
//! not in. Every row carries a request key made of the file's digest, the unit application and its number, so that a file that was
//! interrupted is simply taken in again. Files of one unit application are taken in one after the other.

mod rows;
mod turns;

use crate::outcome::Failure;
use crate::service::Service;
use crate::uploads::Rest;
use crate::work::Command;
use kaguan_domain::application::{TryFile, UnitCommand, unit_not_chosen};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::facts::institution::Organisation;
use kaguan_domain::facts::unit::{Outstanding, UnitFile, UnitState};
use kaguan_domain::ids::{BankCode, UnitId};
use kaguan_domain::refusal::Reason;
pub use kaguan_files::photo::Level;
use kaguan_files::sbk2::{self, Limits, Options, Progress, RowError, Sbk2};
use kaguan_store::seal::sm3;
use kaguan_store::{LoadRequest, StoreError};
use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
pub(crate) use turns::Turns;

/// How a file is to be taken in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Acceptance {
    /// Judge only.
    CheckOnly,
    /// All rows, or none when any is wrong.
    AllOrNone,
    /// The good rows without the bad ones.
    GoodRows,
}

/// What came of a file.
#[derive(Clone, Debug, Default)]
pub struct Intake {
    /// Rows in it.
    pub rows: usize,
    /// Rows taken in, now or by an earlier attempt with the same file.
    pub accepted: usize,
    /// Everything wrong.
    pub errors: Vec<RowError>,
    /// Everything odd.
    pub warnings: Vec<RowError>,
    /// The unit application that they belong to.
    pub unit: Option<UnitId>,
    /// Whether somebody has registered its papers.
    pub papers_seen: bool,
    /// The rows that are in, by this attempt or an earlier one.
    pub inside: BTreeSet<usize>,
    /// The rows that were not taken in, to be mended and sent again.
    pub rest: Option<Rest>,
}

impl Intake {
    /// Keeps the rows that were not taken in, for the officer who mends them. The operator of the command line has the file.
    fn keep_rest(&mut self, file: &Sbk2, actor: &Actor) {
        if *actor == Actor::System {
            return;
        }
        match Rest::of(file, &self.errors, &self.inside) {
            Ok(rest) => self.rest = rest,
            Err(error) => self.errors.push(error),
        }
    }
}

/// Why a file was not judged or taken in at all.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The whole file is refused; rows are 0.
    #[error("整个文件不予接收")]
    Refused(Vec<RowError>),
    /// The store or the executor failed; what was taken in so far stays, and the same file can be sent again.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file cannot be read.
    #[error("failed to read the uploaded file: {0}")]
    Io(#[from] std::io::Error),
}

impl Service {
    /// Judges a file, its photos to a level, and takes it in as wished. `progress` hears of both halves.
    /// `unit` is the unit application that the file belongs to; an officer must name one to have rows taken in.
    #[expect(clippy::too_many_arguments, reason = "what an upload says, each of another type")]
    pub async fn take_in(
        &self,
        actor: &Actor,
        path: &Path,
        file_name: &str,
        unit: Option<UnitId>,
        wish: Acceptance,
        photos: Level,
        progress: Arc<dyn Fn(IntakeProgress) + Send + Sync>,
    ) -> Result<Intake, IntakeError> {
        clause!(R9.3);
        let digest = file_digest(path)?;
        // One clock for the whole file: a birthday between its first row and its last is one answer.
        let started = self.now();
        let (path, name, told) = (path.to_owned(), file_name.to_owned(), Arc::clone(&progress));
        let judged = tokio::task::spawn_blocking(move || {
            let threads = std::thread::available_parallelism().map_or(1, usize::from);
            let options = Options {
                limits: Limits::default(),
                today: started.date(),
                photos: Some(photos),
                threads,
                progress: &|p| told(IntakeProgress::Judging(p)),
                cancel: &AtomicBool::new(false),
            };
            sbk2::read(&path, &name, &options)
        });
        let file = judged.await.map_err(std::io::Error::other)?.map_err(IntakeError::Refused)?;
        let org = self.whose_file(&file)?;
        let mut out = Intake {
            rows: file.judged.rows.len(),
            errors: file.judged.all_errors().cloned().collect(),
            warnings: file.judged.all_warnings().cloned().collect(),
            ..Intake::default()
        };
        let id = unit.unwrap_or_else(|| UnitId(self.identity_of(&digest, "unit")));
        // Whoever only asks waits for nobody.
        let takes = wish != Acceptance::CheckOnly;
        let _turn = if takes {
            Some(self.intakes().of(id, || progress(IntakeProgress::Waiting)).await)
        } else {
            None
        };
        let want = LoadRequest { units: vec![id], ..LoadRequest::default() };
        let mut loaded = self.store().load(&want).await?;
        let known = loaded.units.remove(&id).unwrap_or_else(|| UnitFile::new(id));
        let taking = rows::Taking {
            service: self,
            file: &file,
            org: &org,
            unit: &known,
            digest: &digest,
            actor,
            started,
        };
        self.say_tried(&taking, out.rows).await?;
        // Which unit application it is, is told before anybody in the file is asked about.
        let named = unit.is_none() || known.state() == UnitState::Open || known.rows > 0;
        let registered = *actor == Actor::System || known.state() != UnitState::Unknown;
        if !named || (takes && !registered) {
            let why = if unit.is_none() { unit_not_chosen() } else { Reason::UnitNotRegistered.into() };
            return Err(Failure::Refused(Box::new(why)).into());
        }
        out.papers_seen = known.application.as_ref().is_some_and(|a| a.papers.authorisation);
        out.warnings.extend(taking.employers());
        let (ready, taken) = taking.check_rows(&mut out).await?;
        // What an attempt of an earlier program has taken in before it was cut off counts, though nobody has said that it was uploaded.
        let counted = taken.max(known.rows as usize);
        let too_many = known.people().filter(|people| ready.len() + counted > *people as usize);
        if let Some(people) = too_many {
            let what = format!("批量申请总人数{people}，已接收{counted}，本次还有{}", ready.len());
            out.errors.push(RowError::new(
                0,
                "整个文件",
                "count_mismatch",
                &what,
                "请核对《批量业务申请表》的总人数与数据文件，总人数登记有误的，先在“批量申请-受理登记”更正总人数",
            ));
        }
        out.unit = Some(id);
        if takes {
            out.accepted = taken;
        }
        let refused = wish == Acceptance::AllOrNone && !out.errors.is_empty();
        if takes && too_many.is_none() && !refused {
            if !ready.is_empty() && known.state() == UnitState::Unknown {
                let outstanding = Outstanding {
                    file: file.judged.name.stem(),
                    city: org.city().ok_or_else(|| Failure::Refused(Box::new(Reason::NotFound.into())))?,
                    outlet: org.id,
                    people: u32::try_from(out.rows).unwrap_or(u32::MAX),
                };
                let begin = Command::Unit { id, command: UnitCommand::BeginWithoutPapers(outstanding) };
                let key = format!("{digest}/begin");
                self.execute(self.ctx(actor.clone(), Channel::File, Some(key)), begin).await?;
            }
            let whole = wish == Acceptance::AllOrNone;
            taking.take_rows(&ready, whole, &mut out, &*progress).await?;
        }
        out.errors.sort_by_key(|e| e.row);
        out.keep_rest(&file, actor);
        Ok(out)
    }

    /// The organisation that a file's name names; one of a city, for its cards are.
    fn whose_file(&self, file: &Sbk2) -> Result<Organisation, IntakeError> {
        let wrong = |what, remedy| {
            Err(IntakeError::Refused(vec![RowError::new(0, "文件名", "unknown_org", what, remedy)]))
        };
        match self.institutions().org_by_code(&file.judged.name.org) {
            None => wrong("经办机构代码未登记", "请核对经办机构代码"),
            Some(org) if org.city().is_none() => wrong("经办机构不属于任何地市", "请使用市级及以下机构代码"),
            Some(org) => Ok(org.clone()),
        }
    }

    /// Asks for the right and has the journal's line before registers and store are asked about anybody (R39.1): the answers
    /// tell who has an application or a card.
    async fn say_tried(&self, taking: &rows::Taking<'_>, rows: usize) -> Result<(), Failure> {
        clause!(R39.1);
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        let bank = Some(BankCode(taking.file.judged.name.bank.clone()));
        let command = UnitCommand::Try(TryFile { outlet: taking.org.id, bank, rows });
        let ctx = self.ctx(taking.actor.clone(), Channel::File, None);
        self.execute(ctx, Command::Unit { id: taking.unit.id, command }).await?;
        Ok(())
    }
}

/// How far a file is.
#[derive(Clone, Copy, Debug)]
pub enum IntakeProgress {
    /// Being judged.
    Judging(Progress),
    /// Judged; another file of the same unit application is being taken in.
    Waiting,
    /// Rows are being taken in.
    Taking {
        done: usize,
        /// Of so many.
        of: usize,
    },
}

fn file_digest(path: &Path) -> std::io::Result<String> {
    // Digest of digests of 1 MiB pieces: streamed, whatever the size.
    let mut file = std::fs::File::open(path)?;
    let mut pieces: HashMap<usize, [u8; 32]> = HashMap::new();
    let mut whole = Vec::new();
    loop {
        let mut piece = Vec::new();
        Read::by_ref(&mut file).take(1 << 20).read_to_end(&mut piece)?;
        if piece.is_empty() {
            break;
        }
        pieces.insert(pieces.len(), sm3(&[&piece]));
    }
    for i in 0..pieces.len() {
        whole.extend_from_slice(&pieces[&i]);
    }
    Ok(sm3(&[&whole]).iter().map(|b| format!("{b:02x}")).collect())
}
