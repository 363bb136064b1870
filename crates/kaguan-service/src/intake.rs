//! Taking in an employer's file (Article 9): judged as a file, checked against registers and the store, and then,
//! row by row, given to the executor. Every row carries a request key made of the file's digest and its number, so
//! that a file that was interrupted is simply taken in again.

mod rows;

use crate::outcome::Failure;
use crate::service::Service;
use crate::work::{Command, Whose};
use kaguan_domain::application::{FilledIn, RegisterUnit, TryFile, UnitCommand};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Ctx};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::application::{Agent, Consent, RegisterCheck};
use kaguan_domain::facts::form::{ApplicationForm, FormDraft};
use kaguan_domain::facts::institution::Organisation;
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::facts::unit::{UnitApplication, UnitKind};
use kaguan_domain::ids::{ApplicationId, BankCode, HolderId, OrgId, UnitId};
pub use kaguan_files::photo::Level;
use kaguan_files::sbk2::{self, Limits, Options, Progress, RowError, Sbk2};
use kaguan_store::seal::sm3;
use kaguan_store::{LoadRequest, StoreError};
use serde::Serialize;
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

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
    pub async fn take_in(
        &self,
        actor: &Actor,
        path: &Path,
        file_name: &str,
        wish: Acceptance,
        photos: Level,
        progress: Arc<dyn Fn(IntakeProgress) + Send + Sync>,
    ) -> Result<Intake, IntakeError> {
        clause!(R9.3);
        let digest = file_digest(path)?;
        let (path, name, told) = (path.to_owned(), file_name.to_owned(), Arc::clone(&progress));
        let judged = tokio::task::spawn_blocking(move || {
            let threads = std::thread::available_parallelism().map_or(1, usize::from);
            let options = Options {
                limits: Limits::default(),
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
            warnings: file.judged.rows.iter().flat_map(|r| r.warnings.iter().cloned()).collect(),
            ..Intake::default()
        };
        let unit = UnitId(self.identity_of(&digest, "unit"));
        let taking = rows::Taking { service: self, file: &file, org: &org, unit, digest: &digest, actor };
        self.say_tried(&taking, out.rows).await?;
        let (ready, taken) = taking.check_rows(&mut out).await?;
        out.errors.sort_by_key(|e| e.row);
        out.unit = Some(unit);
        if wish == Acceptance::CheckOnly || (wish == Acceptance::AllOrNone && !out.errors.is_empty()) {
            return Ok(out);
        }
        out.accepted = taken;
        if !ready.is_empty() {
            self.register_unit(&file, &org, unit, &digest, actor).await?;
            let whole = wish == Acceptance::AllOrNone;
            taking.take_rows(ready, whole, &mut out, &*progress).await?;
            let now = u32::try_from(out.accepted - taken).unwrap_or(u32::MAX);
            if now > 0 {
                let upload = Command::Unit { id: unit, command: UnitCommand::Upload { rows: now } };
                let key = format!("{digest}/upload/{}", out.accepted);
                self.execute(self.ctx(actor.clone(), Channel::File, Some(key)), upload).await?;
            }
        }
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
        self.execute(ctx, Command::Unit { id: taking.unit, command }).await?;
        Ok(())
    }

    async fn register_unit(
        &self,
        file: &Sbk2,
        org: &Organisation,
        unit: UnitId,
        digest: &str,
        actor: &Actor,
    ) -> Result<(), IntakeError> {
        let loaded = self.store().load(&LoadRequest { units: vec![unit], ..LoadRequest::default() }).await?;
        if loaded.units.get(&unit).is_some_and(|u| u.application.is_some()) {
            return Ok(());
        }
        let forms = || file.judged.rows.iter().filter_map(|r| r.form.as_ref());
        let named = forms().find(|f| f.employer_no.is_some());
        let text = |f: fn(&ApplicationForm) -> Option<String>, otherwise: &str| {
            named.and_then(f).unwrap_or_else(|| otherwise.to_owned())
        };
        let Some(city) = org.city() else { return Ok(()) };
        let application = UnitApplication {
            form_no: file.judged.name.stem(),
            city,
            outlet: org.id,
            employer_code: text(|f| f.employer_no.clone(), "（多家单位）"),
            employer_name: text(|f| f.employer_name.clone(), "（多家单位）"),
            // The file does not carry the paper form of Appendix 3; what it cannot say is said to be on paper.
            kind: UnitKind::Company,
            address: "见纸质批量业务申请表".into(),
            operator_name: actor.text(),
            operator_number: "见纸质批量业务申请表".into(),
            operator_phone: "见纸质批量业务申请表".into(),
            authorisation: format!("纸质存档/{}", &digest[..16]),
            people: u32::try_from(file.judged.rows.len()).unwrap_or(u32::MAX),
            applied_on: file.judged.name.day(),
        };
        let register = RegisterUnit { application: Box::new(application), operator_verified: true };
        let ctx = self.ctx(actor.clone(), Channel::File, Some(format!("{digest}/register")));
        self.execute(ctx, Command::Unit { id: unit, command: UnitCommand::Register(register) }).await?;
        Ok(())
    }

    /// Takes in a personal application (Article 8): asks the registers, then the rule. The request key names the
    /// application, so that a form sent twice is one application.
    pub async fn apply(
        &self,
        actor: Actor,
        channel: Channel,
        key: &str,
        filled: FilledIn,
    ) -> Result<crate::Receipt, Failure> {
        let (ctx, command) = self.application(actor, channel, key, filled).await?;
        self.execute(ctx, command).await
    }

    /// What the registers say of one applicant; no answer at all is never taken for a passed check.
    pub(crate) async fn checks_of(&self, form: &ApplicationForm) -> Result<Vec<RegisterCheck>, Failure> {
        let said = self.partners().registers.check(std::slice::from_ref(form), self.now()).await.pop();
        said.ok_or_else(|| Failure::Unavailable("the registers did not answer".into()))
    }

    /// A personal application as a command, the registers asked; for those who send many at once.
    pub async fn application(
        &self,
        actor: Actor,
        channel: Channel,
        key: &str,
        filled: FilledIn,
    ) -> Result<(Ctx, Command), Failure> {
        clause!(R8.3);
        let body = sm3(&[&body_of(&filled)]);
        let mut apply = filled.judged(self.now().date()).map_err(|r| Failure::Refused(Box::new(r)))?;
        apply.checks = self.checks_of(&apply.form).await?;
        apply.id = ApplicationId(self.fresh());
        let whose = Whose::Number { number: apply.form.ssn.clone(), fresh: HolderId(self.fresh()) };
        let ctx = Ctx { request_body: Some(body), ..self.ctx(actor, channel, Some(key.to_owned())) };
        Ok((ctx, Command::Holder { whose, command: HolderCommand::Apply(apply) }))
    }
}

/// What the same request key must come with again. It has always been taken over the identity and the checks too, that no
/// form has yet.
fn body_of(filled: &FilledIn) -> Vec<u8> {
    #[derive(Serialize)]
    struct Body<'a> {
        id: ApplicationId,
        draft: &'a FormDraft,
        photo: &'a Option<PhotoRef>,
        outlet: OrgId,
        collect_at: OrgId,
        agent: &'a Option<Agent>,
        consent: &'a Option<Consent>,
        checks: [(); 0],
    }
    let FilledIn { draft, photo, outlet, collect_at, agent, consent } = filled;
    let (id, outlet, collect_at, checks) = (ApplicationId(0), *outlet, *collect_at, []);
    let body = Body { id, draft, photo, outlet, collect_at, agent, consent, checks };
    serde_json::to_vec(&body).unwrap_or_default()
}

/// How far a file is.
#[derive(Clone, Copy, Debug)]
pub enum IntakeProgress {
    /// Being judged.
    Judging(Progress),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_is_sent_again_has_the_digest_that_it_had_in_earlier_days() {
        let filled = FilledIn {
            draft: Box::new(FormDraft { form_no: "44010000001".into(), ..FormDraft::default() }),
            photo: Some(PhotoRef("p".into())),
            outlet: OrgId(3),
            collect_at: OrgId(4),
            agent: None,
            consent: Some(Consent { text_version: "2022".into(), by_guardian: false }),
        };
        let draft = serde_json::to_string(&filled.draft).expect("JSON");
        let body = format!(
            r#"{{"id":0,"draft":{draft},"photo":"p","outlet":3,"collect_at":4,"agent":null,"consent":{{"text_version":"2022","by_guardian":false}},"checks":[]}}"#
        );
        assert_eq!(body_of(&filled), body.into_bytes());
    }
}
