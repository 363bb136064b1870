//! The rows of a file: tried all of them, each upon what the ones before it would leave, and then taken in. Both give the
//! same commands, decided by the same code.

use super::{Intake, IntakeError, IntakeProgress};
use crate::apply::{Image, unreadable};
use crate::archive::{LARGEST_MATERIAL, digest_of};
use crate::executor::Trial;
use crate::outcome::{Failure, Receipt};
use crate::service::Service;
use crate::work::{Command, Whose};
use kaguan_domain::application::{ApplyForUnit, OutletFault, UnitCommand, opening_outlet};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::application::{Application, CheckResult, Consent, Origin, Register, RegisterCheck};
use kaguan_domain::facts::archive::{Enclosed, MaterialKind};
use kaguan_domain::facts::claim::{Claim, ClaimKind};
use kaguan_domain::facts::form::{ApplicationForm, Defect, Field};
use kaguan_domain::facts::identity::Also;
use kaguan_domain::facts::institution::{Institutions, Organisation};
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::facts::unit::UnitFile;
use kaguan_domain::ids::{ApplicationId, HolderId, MaterialId, OrgId};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_files::sbk2::{DUPLICATE, Images, JudgedRow, PhotoEntry, RowError, Sbk2};
use kaguan_store::seal::sm3;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rows that are asked about, or whose photos are stored, at once.
const CHUNK: usize = 500;

/// Rows that are taken in together or not at all. A file with more is taken in such parts: a commit of a hundred thousand
/// people would keep every counter waiting.
const WHOLE: usize = 5_000;

/// 授权申明 of Appendix 1, as it is printed on the personal form.
const CONSENT_TEXT: &str = "2022";

/// What stands in its place until somebody has stated that the forms are signed.
const OUTSTANDING: &str = "材料待补登记";

/// A file on its way in.
pub(super) struct Taking<'a> {
    pub(super) service: &'a Service,
    pub(super) file: &'a Sbk2,
    pub(super) org: &'a Organisation,
    /// The unit application that it belongs to, as it was when the file came.
    pub(super) unit: &'a UnitFile,
    pub(super) digest: &'a str,
    pub(super) actor: &'a Actor,
    /// When its taking began: the clock of every row.
    pub(super) started: Instant,
}

/// The images of a row's document, each with where it lies in the file.
type DocumentImages = Vec<(Enclosed, PhotoEntry)>;

/// One row that may be taken in.
pub(super) struct Ready {
    row: usize,
    form: ApplicationForm,
    photo: Option<PhotoEntry>,
    /// The images of the document, each under the identity that it is stored by when the row is taken in.
    images: DocumentImages,
    collect_at: OrgId,
    checks: Vec<RegisterCheck>,
    also: Vec<Also>,
}

impl Taking<'_> {
    /// Asks registers and rules about every row whose applicant is known, without changing anything: one that has errors already is told with
    /// them what else stands against it. Returns the rows that may be taken in, and how many an earlier attempt has taken in
    /// already.
    pub(super) async fn check_rows(&self, out: &mut Intake) -> Result<(Vec<Ready>, usize), IntakeError> {
        clause!(R9.3);
        let service = self.service;
        let institutions = service.institutions();
        let mut trial = Trial::new(Arc::clone(&institutions));
        let (mut all, mut taken) = (Vec::new(), 0);
        let mut zip = None;
        for part in self.file.judged.rows.chunks(CHUNK) {
            let (chunk, unread): (Vec<&JudgedRow>, Vec<&JudgedRow>) =
                part.iter().partition(|r| legible(r).is_some());
            let forms: Vec<ApplicationForm> = chunk.iter().filter_map(|r| legible(r).cloned()).collect();
            // Asked at once: registers that are silent are waited for once; about nobody they are not asked.
            let registers = &service.partners().registers;
            let (mut checks, also) = match forms.is_empty() {
                true => (Vec::new(), Vec::new()),
                false => tokio::join!(registers.check(&forms, service.now()), registers.also(&forms)),
            };
            self.check_photos(&chunk, &forms, &mut checks).await?;
            let mut rows = Vec::with_capacity(chunk.len());
            for (((row, form), checks), also) in chunk.iter().zip(forms).zip(checks).zip(also) {
                let (collect_at, fault) = self.outlet_of(row, &institutions);
                let (images, unreadable) = self.images_of(row, &mut zip)?;
                let faults: Vec<RowError> = fault.into_iter().chain(unreadable).collect();
                let ready = Ready { row: row.row, photo: row.photo, images, collect_at, checks, also, form };
                // The photo's name is not known before it is stored; the rule only asks whether there is one.
                let photo = ready.photo.map(|_| PhotoRef(String::new()));
                let (whose, command) = self.command(&ready, photo);
                rows.push((*row, ready, faults, whose, command));
            }
            let commands = rows.iter().map(|(_, _, _, whose, command)| (whose, command));
            let forms = unread.iter().filter_map(|r| Some(Claim::form_number(form_no(r)?)));
            trial.load(service.store(), commands, forms.collect()).await?;
            for (row, ready, faults, whose, command) in rows {
                let same = |a: &Application| {
                    a.form_no == ready.form.form_no && a.origin == Origin::Unit { unit: self.unit.id }
                };
                if trial.file(&whose, &command).is_some_and(|file| file.applications.iter().any(same)) {
                    if row.form.is_some() {
                        taken += 1;
                        out.inside.insert(ready.row);
                    }
                    continue;
                }
                let form = Claim::form_number(&ready.form.form_no);
                let form_taken = trial.is_taken(&form, Some((&whose, &command)));
                let refused = match row.form {
                    Some(_) => trial.ask(self.ctx(None), &whose, command).err(),
                    // Of two rows of one person, the second is told that it is the second.
                    None if is_repeated(row) => None,
                    None => trial.look(&self.ctx(None), &whose, &command).err(),
                };
                if row.form.is_some() && refused.is_none() && faults.is_empty() {
                    all.push(ready);
                    continue;
                }
                let mut found = faults;
                found.extend(refused.iter().flat_map(|r| errors_of(ready.row, r)));
                if form_taken {
                    found.extend(errors_of(ready.row, &Refusal::taken(ClaimKind::FormNumber)));
                }
                tell(row, found, out);
            }
            for row in unread {
                let Some(form) = form_no(row) else { continue };
                let mut found: Vec<RowError> = self.outlet_of(row, &institutions).1.into_iter().collect();
                if trial.is_taken(&Claim::form_number(form), None) {
                    found.extend(errors_of(row.row, &Refusal::taken(ClaimKind::FormNumber)));
                }
                tell(row, found, out);
            }
        }
        Ok((all, taken))
    }

    /// The photo of a row was judged with the file; a receipt is asked of the platform (R10.3).
    async fn check_photos(
        &self,
        rows: &[&JudgedRow],
        forms: &[ApplicationForm],
        checks: &mut [Vec<RegisterCheck>],
    ) -> Result<(), Failure> {
        clause!(R10.3);
        let receipt = |(row, form): (&&JudgedRow, &ApplicationForm)| {
            form.photo_receipt.clone().filter(|_| row.photo.is_none()).unwrap_or_default()
        };
        let receipts: Vec<String> = rows.iter().zip(forms).map(receipt).collect();
        let asks: Vec<_> =
            receipts.iter().zip(forms).map(|(r, form)| (None, r.as_str(), form.document.number())).collect();
        let photos = self.service.photos_judged(&asks).await?.into_iter().map(|(check, _)| check);
        let judged = || RegisterCheck::photo(Register::System, self.service.now(), CheckResult::Passed);
        for ((checks, row), photo) in checks.iter_mut().zip(rows).zip(photos) {
            checks.extend(photo.or_else(|| row.photo.map(|_| judged())));
        }
        Ok(())
    }

    /// The images of the document that a row brings (R34.1), each looked at; and what is wrong with one.
    fn images_of(
        &self,
        row: &JudgedRow,
        zip: &mut Option<Images>,
    ) -> Result<(DocumentImages, Option<RowError>), IntakeError> {
        clause!(R34.1);
        let (mut images, mut fault) = (Vec::new(), None);
        for entry in &row.images {
            let bytes = self.image(*entry, zip)?;
            let image = Image { kind: MaterialKind::Identity, bytes };
            if !image.is_readable() {
                let Defect { field, code, message, .. } = unreadable(Field::DocumentImage);
                fault = Some(RowError { row: row.row, column: field.title(), code, message });
            }
            // One that cannot be read is there all the same: what is wrong with it is told once.
            let digest = digest_of(&image.bytes);
            let id = MaterialId(self.service.fresh());
            images.push((Enclosed { id, kind: MaterialKind::Identity, digest }, *entry));
        }
        Ok((images, fault))
    }

    fn image(&self, entry: PhotoEntry, zip: &mut Option<Images>) -> Result<Vec<u8>, IntakeError> {
        let refused = |e| IntakeError::Refused(vec![e]);
        let zip = match zip {
            Some(zip) => zip,
            None => zip.insert(self.file.images().map_err(refused)?),
        };
        zip.bytes(entry, LARGEST_MATERIAL).map_err(refused)
    }

    /// Where a row's card is collected. For one that names no outlet, any of the city, so that the rest of it can be judged in
    /// the same look.
    fn outlet_of(&self, row: &JudgedRow, institutions: &Institutions) -> (OrgId, Option<RowError>) {
        let read = row.form.as_ref().map(|f| (&f.collection_point, &f.bank));
        let read = read.or_else(|| row.faulty.as_ref().map(|f| (&f.collection_point, &f.bank)));
        let Some((point, bank)) = read else { return (self.org.id, None) };
        match opening_outlet(point.as_deref(), bank, self.org, institutions) {
            Ok(id) => (id, None),
            Err(fault) => {
                let any = institutions.orgs().find(|o| o.kind.is_outlet() && o.city() == self.org.city());
                let any = any.map_or(self.org.id, |o| o.id);
                // Which bank the row means is not known: nor whether the outlet is its bank's.
                let bank_is_wrong = row.errors.iter().any(|e| e.column == Field::Bank.title());
                if fault == OutletFault::OtherBank && bank_is_wrong {
                    return (any, None);
                }
                let (row, column, code) = (row.row, "收表网点", "unknown_outlet");
                (any, Some(RowError { row, column, code, message: fault.sentence() }))
            }
        }
    }

    /// The consent, as the clerk stated it with the papers: every personal form has its signed 授权申明, a child's by the
    /// guardian whom the row names. Of papers that nobody has seen yet it says that it is outstanding.
    fn consent(&self, form: &ApplicationForm) -> Consent {
        clause!(R9.1);
        let stated = self.unit.application.as_ref().is_some_and(|a| a.papers.consents);
        let text_version = if stated { CONSENT_TEXT } else { OUTSTANDING }.to_owned();
        Consent { text_version, by_guardian: form.guardian.is_some() }
    }

    /// Rows whose 单位编号 is not that of the unit: a warning, for the rest of the row may be right (R9.1).
    pub(super) fn employers(&self) -> Vec<RowError> {
        clause!(R9.1);
        let Some(unit) = &self.unit.application else { return Vec::new() };
        let differs = |r: &&JudgedRow| {
            let no = legible(r).and_then(|f| f.employer_no.as_ref());
            no.is_some_and(|no| *no != unit.employer_code)
        };
        let cite = clause!(R9.1).cite();
        let odd = |r: &JudgedRow| RowError {
            row: r.row,
            column: "单位编号",
            code: "employer_differs",
            message: format!(
                "单位编号：与批量申请登记的单位代码不一致。依据{cite}。请核对该申请人是否由本单位申请。"
            ),
        };
        self.file.judged.rows.iter().filter(differs).map(odd).collect()
    }

    fn ctx(&self, key: Option<String>) -> Ctx {
        Ctx { now: self.started, ..self.service.ctx(self.actor.clone(), Channel::File, key) }
    }

    /// The command that takes a row in.
    fn command(&self, r: &Ready, photo: Option<PhotoRef>) -> (Whose, HolderCommand) {
        let row = ApplyForUnit {
            id: ApplicationId(self.service.fresh()),
            unit: self.unit.id,
            form: Box::new(r.form.clone()),
            photo,
            outlet: self.org.id,
            collect_at: r.collect_at,
            checks: r.checks.clone(),
            seen: self.unit.seen(),
            materials: r.images.iter().map(|(image, _)| image.clone()).collect(),
            also: r.also.clone(),
            consent: self.consent(&r.form),
        };
        let whose = Whose::Number { number: r.form.ssn.clone(), fresh: HolderId(self.service.fresh()) };
        (whose, HolderCommand::ApplyForUnit(row))
    }

    /// Takes rows in, part by part; `whole` parts all or none. What was taken in before something went wrong is in, and is told with it.
    pub(super) async fn take_rows(
        &self,
        ready: &[Ready],
        whole: bool,
        out: &mut Intake,
        progress: &(dyn Fn(IntakeProgress) + Send + Sync),
    ) -> Result<(), IntakeError> {
        let (of, before) = (ready.len(), out.accepted);
        // Those that were in before and that nobody has counted are counted with the first part, or alone.
        let mut uncounted = before.saturating_sub(self.unit.rows as usize);
        let mut parts: Vec<&[Ready]> = ready.chunks(if whole { WHOLE } else { CHUNK }).collect();
        if parts.is_empty() && uncounted > 0 {
            parts.push(&[]);
        }
        let mut done = 0;
        for part in parts {
            match self.take_part(part, uncounted, whole, out).await {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(why) => return cut_off(why, out.accepted - before, out),
            }
            uncounted = 0;
            done += part.len();
            progress(IntakeProgress::Taking { done, of });
        }
        Ok(())
    }

    /// Takes a part in with the count of it, in one commit: whoever is in is counted, however the file ends, and nobody is in beyond
    /// 批量申请总人数. A row that is refused is told, and the others of the part are taken in without it, unless it is `whole`. False when
    /// nothing more of the file is to be taken in.
    async fn take_part(
        &self,
        part: &[Ready],
        uncounted: usize,
        whole: bool,
        out: &mut Intake,
    ) -> Result<bool, IntakeError> {
        clause!(R9.2);
        let mut rows: Vec<&Ready> = part.iter().collect();
        loop {
            if rows.is_empty() && uncounted == 0 {
                return Ok(true);
            }
            let mut commands = self.commands(&rows).await?;
            commands.push(self.counted(rows.len() + uncounted, out.accepted + rows.len()));
            let mut outcomes = self.service.execute_whole(commands).await?;
            let count = outcomes.pop();
            self.forget_images(&rows, &outcomes).await?;
            let refused: Vec<(usize, Refusal)> =
                rows.iter().zip(&outcomes).filter_map(|(r, o)| Some((r.row, refusal_of(o)?))).collect();
            let uncountable = count.as_ref().and_then(refusal_of);
            if refused.is_empty() && uncountable.is_none() {
                for outcome in outcomes.into_iter().chain(count) {
                    outcome?;
                }
                out.accepted += rows.len();
                out.inside.extend(rows.iter().map(|r| r.row));
                return Ok(true);
            }
            // Between the trial and now somebody else was faster, or the number of people was put right: nothing of this part was done.
            out.errors.extend(refused.iter().flat_map(|(row, refusal)| errors_of(*row, refusal)));
            if !whole && !refused.is_empty() {
                rows.retain(|r| refused.iter().all(|(row, _)| r.row != *row));
                continue;
            }
            if let Some(refusal) = uncountable {
                let (column, code) = ("整个文件", refusal.reason.code());
                out.errors.push(RowError { row: 0, column, code, message: refusal.sentence() });
            }
            if !out.inside.is_empty() {
                out.errors.push(partly(out.accepted));
            }
            return Ok(false);
        }
    }

    /// The command that counts so many rows of the file, after which so many are in.
    fn counted(&self, rows: usize, inside: usize) -> (Ctx, Command) {
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        let key = format!("{}/{}/upload/{inside}", self.digest, self.unit.id);
        let ctx = Ctx { now: self.service.now(), ..self.ctx(Some(key)) };
        (ctx, Command::Unit { id: self.unit.id, command: UnitCommand::Upload { rows } })
    }

    /// Takes the images of rows away that were not taken in, or had been before. What is unknown may have been: they stay.
    async fn forget_images(
        &self,
        part: &[&Ready],
        outcomes: &[Result<Receipt, Failure>],
    ) -> Result<(), IntakeError> {
        clause!(R40.1);
        for (r, outcome) in part.iter().zip(outcomes) {
            let filed =
                outcome.as_ref().is_ok_and(|r| !r.replayed) || matches!(outcome, Err(Failure::Unknown));
            for (image, _) in r.images.iter().filter(|_| !filed) {
                self.service.store().delete_material(image.id).await.map_err(Failure::from)?;
            }
        }
        Ok(())
    }

    /// The photos of the rows that have a receipt, as far as a platform gives them out, stored; `None` for the others.
    async fn photos_by_receipt(&self, rows: &[&Ready]) -> Result<Vec<Option<PhotoRef>>, IntakeError> {
        clause!(R10.3);
        let ask = |r: &&Ready| {
            let wanted = r.photo.is_none() && r.form.photo_required(self.started.date());
            let receipt = r.form.photo_receipt.clone().filter(|_| wanted).unwrap_or_default();
            (receipt, r.form.document.number().to_owned())
        };
        let asks: Vec<(String, String)> = rows.iter().map(ask).collect();
        let asks: Vec<_> = asks.iter().map(|(r, number)| (None, r.as_str(), number.as_str())).collect();
        let mut photos = vec![None; rows.len()];
        for (n, (_, jpeg)) in self.service.photos_judged(&asks).await?.into_iter().enumerate() {
            let Some(jpeg) = jpeg else { continue };
            let stored = self.service.store().put_photos(&[jpeg]).await.map_err(Failure::from)?;
            photos[n] = stored.into_iter().next().map(PhotoRef);
        }
        Ok(photos)
    }

    /// The commands of some rows, their photos and images stored.
    async fn commands(&self, part: &[&Ready]) -> Result<Vec<(Ctx, Command)>, IntakeError> {
        let mut commands = Vec::with_capacity(part.len());
        let mut zip = None;
        for chunk in part.chunks(CHUNK) {
            let entries: Vec<_> = chunk.iter().filter_map(|r| r.photo).collect();
            let bytes = self.file.photos(&entries).map_err(|e| IntakeError::Refused(vec![e]))?;
            let names = self.service.store().put_photos(&bytes).await.map_err(Failure::from)?;
            let mut names = names.into_iter().map(PhotoRef);
            let mut by_receipt = self.photos_by_receipt(chunk).await?.into_iter();
            for r in chunk {
                for (image, entry) in &r.images {
                    let bytes = self.image(*entry, &mut zip)?;
                    self.service.store().put_material(image.id, &bytes).await.map_err(Failure::from)?;
                }
                let platforms = by_receipt.next().flatten();
                let photo = r.photo.and_then(|_| names.next()).or(platforms);
                let (whose, command) = self.command(r, photo);
                let ctx = Ctx {
                    // Registers answer at another time when the row is sent again; the row itself is the file's.
                    request_body: Some(sm3(&[self.digest.as_bytes(), &r.row.to_be_bytes()])),
                    ..self.ctx(Some(format!("{}/{}/{}", self.digest, self.unit.id, r.row)))
                };
                commands.push((ctx, Command::Holder { whose, command }));
            }
        }
        Ok(commands)
    }
}

/// The form of a row, as far as it can be read, when it is known whose it is.
fn legible(row: &JudgedRow) -> Option<&ApplicationForm> {
    row.form.as_ref().or_else(|| row.faulty.as_ref()?.form.as_ref())
}

/// 申领表编码 of a row; nothing of a line that is none.
fn form_no(row: &JudgedRow) -> Option<&str> {
    let whole = row.form.as_ref().map(|f| f.form_no.as_str());
    whole.or_else(|| row.faulty.as_ref().map(|f| f.form_no.as_str()))
}

/// Whether the same person stands in an earlier row.
fn is_repeated(row: &JudgedRow) -> bool {
    row.errors.iter().any(|e| e.code == DUPLICATE && e.column == Field::DocumentNumber.title())
}

/// What was found beside what is wrong with a row as it is written: of a column that has an error, nothing more is said. A guardian who cannot
/// be read has given the consent all the same.
fn tell(row: &JudgedRow, found: Vec<RowError>, out: &mut Intake) {
    clause!(R9.3);
    let guardian =
        [Field::GuardianDocumentKind, Field::GuardianDocumentNumber, Field::GuardianName].map(Field::title);
    let is_told = |new: &RowError| {
        row.errors.iter().any(|e| {
            e.column == new.column || (new.column == Field::Consent.title() && guardian.contains(&e.column))
        })
    };
    let mut more: Vec<RowError> = found.into_iter().filter(|e| !is_told(e)).collect();
    let mut seen = BTreeSet::new();
    more.retain(|e| seen.insert((e.column, e.code)));
    out.errors.extend(more);
}

fn refusal_of(outcome: &Result<Receipt, Failure>) -> Option<Refusal> {
    match outcome {
        Err(Failure::Refused(refusal)) => Some((**refusal).clone()),
        Ok(_) | Err(Failure::Unavailable(_) | Failure::Unknown) => None,
    }
}

/// Of a file with more rows than a part, earlier parts were taken in when something of this one was refused.
fn partly(rows: usize) -> RowError {
    let what =
        format!("核验之后有行被其他业务先行占用，或总人数已更正；此前已接收的{rows}行有效，其余各行未接收");
    let remedy = "请处理所列各项后，将同一文件再次上传，已接收的行不会重复接收";
    RowError::new(0, "整个文件", "partly_taken", &what, remedy)
}

/// Something broke in the midst of a file: what is in is in, and is told; where nothing is, the file failed as a whole.
fn cut_off(why: IntakeError, rows: usize, out: &mut Intake) -> Result<(), IntakeError> {
    let unknown = matches!(why, IntakeError::Failed(Failure::Unknown));
    if rows == 0 && !unknown {
        return Err(why);
    }
    tracing::warn!(%why, rows, "a data file was cut off while its rows were taken in");
    let others = if unknown { "其后的各行是否接收尚未知" } else { "其余各行未接收" };
    let what = format!("接收中断，本次已接收的{rows}行有效，{others}");
    let remedy = "请稍后将同一文件再次上传，已接收的行不会重复接收";
    out.errors.push(RowError::new(0, "整个文件", "cut_off", &what, remedy));
    if let IntakeError::Refused(errors) = why {
        out.errors.extend(errors);
    }
    Ok(())
}

/// What a refusal says of a row: a line a defect, or one.
fn errors_of(row: usize, refusal: &Refusal) -> Vec<RowError> {
    let of = |d: &Defect| {
        let message = d.message.clone();
        RowError { row, column: d.field.title(), code: d.code, message }
    };
    let mut all: Vec<RowError> = refusal.defects.iter().map(of).collect();
    // Who may be somebody on file is told beside the defects, which do not have it.
    if !all.is_empty() && refusal.candidates.is_empty() {
        return all;
    }
    let column = match refusal.reason {
        _ if refusal.is_form_taken() => "申领表编码",
        // The unit application was closed while its file was taken in.
        Reason::WrongStage => "整个文件",
        Reason::BankNotOffered | Reason::OtherBanksOutlet => "服务银行",
        _ => "证件号码",
    };
    all.push(RowError { row, column, code: refusal.reason.code(), message: refusal.sentence() });
    all
}
