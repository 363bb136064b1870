//! Taking in an employer's file (Article 9): judged as a file, checked against registers and the store, and then,
//! row by row, given to the executor. Every row carries a request key made of the file's digest and its number, so
//! that a file that was interrupted is simply taken in again.

use crate::outcome::Failure;
use crate::service::Service;
use crate::work::{Command, Whose};
use kaguan_domain::application::{ApplyForUnit, FilledIn, RegisterUnit, TryFile, UnitCommand};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Ctx};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::application::{Agent, Consent, Origin, RegisterCheck};
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::form::{ApplicationForm, FormDraft};
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::institution::Organisation;
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::facts::unit::{UnitApplication, UnitKind};
use kaguan_domain::ids::{ApplicationId, HolderId, OrgId, UnitId};
use kaguan_domain::refusal::Reason;
use kaguan_domain::rule::{Around, Asked, Rule};
pub use kaguan_files::photo::Level;
use kaguan_files::sbk2::{self, JudgedRow, Limits, Options, Progress, RowError, Sbk2};
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

/// Rows that are checked or taken in at once.
const CHUNK: usize = 500;

/// One row that may be taken in.
struct Ready {
    row: usize,
    form: ApplicationForm,
    photo: Option<sbk2::PhotoEntry>,
    collect_at: OrgId,
    checks: Vec<RegisterCheck>,
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
        let institutions = self.institutions();
        let Some(org) = institutions.org_by_code(&file.judged.name.org).cloned() else {
            let e = RowError::new(0, "文件名", "unknown_org", "经办机构代码未登记", "请核对经办机构代码");
            return Err(IntakeError::Refused(vec![e]));
        };
        let mut out = Intake {
            rows: file.judged.rows.len(),
            errors: file.judged.all_errors().cloned().collect(),
            warnings: file.judged.rows.iter().flat_map(|r| r.warnings.iter().cloned()).collect(),
            ..Intake::default()
        };
        let unit = UnitId(self.identity_of(&digest, "unit"));
        self.say_tried(&org, unit, out.rows, actor).await?;
        let (ready, taken) = self.check_rows(&file, &org, unit, actor, &mut out).await?;
        out.errors.sort_by_key(|e| e.row);
        out.unit = Some(unit);
        if wish == Acceptance::CheckOnly || (wish == Acceptance::AllOrNone && !out.errors.is_empty()) {
            return Ok(out);
        }
        out.accepted = taken;
        if !ready.is_empty() {
            self.register_unit(&file, &org, unit, &digest, actor).await?;
            self.take_rows(&file, &org, unit, &digest, actor, ready, &mut out, &*progress).await?;
            let now = u32::try_from(out.accepted - taken).unwrap_or(u32::MAX);
            if now > 0 {
                let upload = Command::Unit { id: unit, command: UnitCommand::Upload { rows: now } };
                let key = format!("{digest}/upload/{}", out.accepted);
                self.execute(self.ctx(actor.clone(), Channel::File, Some(key)), upload).await?;
            }
        }
        Ok(out)
    }

    /// Asks for the right and has the journal's line before registers and store are asked about anybody (R39.1): the answers
    /// tell who has an application or a card.
    async fn say_tried(
        &self,
        org: &Organisation,
        unit: UnitId,
        rows: usize,
        actor: &Actor,
    ) -> Result<(), Failure> {
        clause!(R39.1);
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        let command = UnitCommand::Try(TryFile { outlet: org.id, rows });
        self.execute(self.ctx(actor.clone(), Channel::File, None), Command::Unit { id: unit, command })
            .await?;
        Ok(())
    }

    /// Asks registers and rules about every good row, without changing anything. Returns the rows that may be taken
    /// in, and how many an earlier attempt has taken in already.
    async fn check_rows(
        &self,
        file: &Sbk2,
        org: &Organisation,
        unit: UnitId,
        actor: &Actor,
        out: &mut Intake,
    ) -> Result<(Vec<Ready>, usize), IntakeError> {
        let institutions = self.institutions();
        let (mut ready, mut taken) = (Vec::new(), 0);
        let good: Vec<&JudgedRow> = file.judged.rows.iter().filter(|r| r.form.is_some()).collect();
        for chunk in good.chunks(CHUNK) {
            let forms: Vec<ApplicationForm> = chunk.iter().filter_map(|r| r.form.clone()).collect();
            let checks = self.partners().registers.check(&forms, self.now()).await;
            let claims = forms.iter().map(|f| Claim::social_security_number(&f.ssn)).collect();
            let loaded = self.store().load(&LoadRequest { claims, ..LoadRequest::default() }).await?;
            for ((row, form), checks) in chunk.iter().zip(forms).zip(checks) {
                let collect_at = match collection_outlet(&form, org, &institutions) {
                    Ok(id) => id,
                    Err(what) => {
                        let e = RowError::new(
                            row.row,
                            "收表网点",
                            "unknown_outlet",
                            what,
                            "请填写本市卡经办网点的机构编码",
                        );
                        out.errors.push(e);
                        continue;
                    }
                };
                let id = loaded.claims.get(&Claim::social_security_number(&form.ssn)).copied();
                let new = HolderFile::new(HolderId(0));
                // Whoever has the number has a file: one that was not read is not a new person.
                let gone = || Failure::Unavailable("a number belongs to no file".into());
                let existing = match id {
                    Some(id) => loaded.holders.get(&id).ok_or_else(gone)?,
                    None => &new,
                };
                let same = |a: &kaguan_domain::facts::application::Application| {
                    a.form_no == form.form_no && a.origin == Origin::Unit { unit }
                };
                if existing.applications.iter().any(same) {
                    taken += 1;
                    continue;
                }
                let r = Ready { row: row.row, photo: row.photo, collect_at, checks, form };
                // The photo's name is not known before it is stored; the rule only asks whether there is one.
                let photo = r.photo.map(|_| PhotoRef(String::new()));
                let trial = self.row_command(&r, org, unit, photo, ApplicationId(0));
                let ctx = self.ctx(actor.clone(), Channel::File, None);
                let around =
                    Around { institutions: &institutions, batches: &loaded.batches, stock: &loaded.stock };
                match trial.decide(Asked { file: existing, ctx: &ctx, around }) {
                    Ok(_) => ready.push(r),
                    Err(refusal) => out.errors.push(RowError {
                        row: r.row,
                        column: if refusal.reason == Reason::BankNotOffered {
                            "服务银行"
                        } else {
                            "证件号码"
                        },
                        code: refusal.reason.code(),
                        message: refusal.sentence(),
                    }),
                }
            }
        }
        Ok((ready, taken))
    }

    fn row_command(
        &self,
        r: &Ready,
        org: &Organisation,
        unit: UnitId,
        photo: Option<PhotoRef>,
        id: ApplicationId,
    ) -> ApplyForUnit {
        ApplyForUnit {
            id,
            unit,
            form: Box::new(r.form.clone()),
            photo,
            outlet: org.id,
            collect_at: r.collect_at,
            checks: r.checks.clone(),
            consent: Consent {
                text_version: "2022".into(),
                by_guardian: r.form.is_under(14, self.now().date()),
            },
        }
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
        let city = org.city().or_else(|| kaguan_domain::ids::CityCode::of_division(&file.judged.name.org));
        let Some(city) = city else {
            let e = RowError::new(
                0,
                "文件名",
                "unknown_org",
                "经办机构不属于任何地市",
                "请使用市级及以下机构代码",
            );
            return Err(IntakeError::Refused(vec![e]));
        };
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

    #[expect(clippy::too_many_arguments, reason = "one step of take_in, called once")]
    async fn take_rows(
        &self,
        file: &Sbk2,
        org: &Organisation,
        unit: UnitId,
        digest: &str,
        actor: &Actor,
        ready: Vec<Ready>,
        out: &mut Intake,
        progress: &(dyn Fn(IntakeProgress) + Send + Sync),
    ) -> Result<(), IntakeError> {
        let of = ready.len();
        for (n, chunk) in ready.chunks(CHUNK).enumerate() {
            let entries: Vec<_> = chunk.iter().filter_map(|r| r.photo).collect();
            let bytes = file.photos(&entries).map_err(|e| IntakeError::Refused(vec![e]))?;
            let names = self.store().put_photos(&bytes).await.map_err(Failure::from)?;
            let mut names =
                entries.into_iter().zip(names).map(|(e, n)| (e, PhotoRef(n))).collect::<Vec<_>>().into_iter();
            let mut commands = Vec::new();
            for r in chunk {
                let key = format!("{digest}/{}", r.row);
                let photo = r.photo.and_then(|_| names.next()).map(|(_, p)| p);
                let id = ApplicationId(self.fresh());
                let command = HolderCommand::ApplyForUnit(self.row_command(r, org, unit, photo, id));
                let fresh = HolderId(self.fresh());
                let whose = Whose::Number { number: r.form.ssn.clone(), fresh };
                let ctx = Ctx {
                    // Registers answer at another time when the row is sent again; the row itself is the file's.
                    request_body: Some(sm3(&[digest.as_bytes(), &r.row.to_be_bytes()])),
                    ..self.ctx(actor.clone(), Channel::File, Some(key))
                };
                commands.push((ctx, Command::Holder { whose, command }));
            }
            let outcomes = self
                .execute_all(commands, |done| progress(IntakeProgress::Taking { done: n * CHUNK + done, of }))
                .await;
            for (r, outcome) in chunk.iter().zip(outcomes) {
                match outcome {
                    Ok(_) => out.accepted += 1,
                    Err(Failure::Refused(refusal)) => out.errors.push(RowError {
                        row: r.row,
                        column: if refusal.reason == Reason::NumberTaken {
                            "申领表编码"
                        } else {
                            "证件号码"
                        },
                        code: refusal.reason.code(),
                        message: refusal.sentence(),
                    }),
                    Err(e) => return Err(e.into()),
                }
            }
        }
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

/// 收表网点 names the outlet where the account is opened and the card collected (X7.1); a file of an outlet itself
/// need not name it.
fn collection_outlet(
    form: &ApplicationForm,
    org: &Organisation,
    institutions: &kaguan_domain::facts::institution::Institutions,
) -> Result<OrgId, &'static str> {
    clause!(X7.1);
    let outlet = match &form.collection_point {
        Some(code) => institutions.org_by_code(code).ok_or("网点编码未登记")?,
        None if org.kind.is_outlet() => org,
        None => return Err("须明确开户和领卡网点"),
    };
    if !outlet.kind.is_outlet() || outlet.city() != org.city() {
        return Err("不是本市的卡经办网点");
    }
    Ok(outlet.id)
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
