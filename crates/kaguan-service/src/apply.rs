//! Taking in a personal application (Article 8): the photo platform and the registers are asked, then the rule. Images that come
//! with it are stored first, and taken away again when it is refused.

use crate::outcome::{Failure, Receipt};
use crate::service::Service;
use crate::work::{Command, Whose};
use kaguan_domain::application::{AgentDraft, FilledIn, Presented, SupplyMaterial};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Ctx};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::application::{Agent, Application, CheckItem, Consent, PhotoSource, RegisterCheck};
use kaguan_domain::facts::archive::{Enclosed, MaterialKind};
use kaguan_domain::facts::form::{ApplicationForm, Defect, Field, FormDraft};
use kaguan_domain::facts::identity::{Also, Answer};
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::ids::{ApplicationId, HolderId, MaterialId, OrgId};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::replacement::Replace;
use kaguan_domain::replacement::bank_change::CarryOut;
use kaguan_store::seal::sm3;
use serde::Serialize;

/// An image that comes with an application.
pub struct Image {
    pub kind: MaterialKind,
    /// JPEG, PNG, TIFF or PDF.
    pub bytes: Vec<u8>,
}

impl Image {
    /// Whether it is an image of a common kind (Article 34: .jpg、.tif等通用格式), of at most 16 MiB.
    pub fn is_readable(&self) -> bool {
        crate::archive::is_image(&self.bytes)
    }
}

/// An image that cannot be read, as a door tells it.
pub fn unreadable(field: Field) -> Defect {
    let what = "不是可识别的影像，或超过16MB";
    Defect::new(field, "not_an_image", clause!(R34.1), what, "请上传JPG、PNG、TIF或PDF影像")
}

impl Service {
    /// Takes in a personal application. The request key names the application, so that a form sent twice is one application.
    pub async fn apply(
        &self,
        actor: Actor,
        channel: Channel,
        key: &str,
        filled: FilledIn,
    ) -> Result<Receipt, Failure> {
        self.apply_with(actor, channel, key, filled, Vec::new()).await
    }

    /// The same with images of documents and proofs, which are filed with it.
    pub async fn apply_with(
        &self,
        actor: Actor,
        channel: Channel,
        key: &str,
        mut filled: FilledIn,
        images: Vec<Image>,
    ) -> Result<Receipt, Failure> {
        clause!(R40.1);
        for image in &images {
            filled.presented.materials.push(self.enclose(image));
        }
        let mut faults = std::mem::take(&mut filled.faults);
        let bank = Field::Bank.folded(&filled.draft.bank);
        faults.extend(self.without_stock(&actor, &filled.presented, &bank).await?);
        if !faults.is_empty() {
            filled.presented.materials.push(FAULT);
        }
        let stored = filled.presented.materials.clone();
        let outcome = match self.application(actor, channel, key, filled).await {
            Ok((ctx, command)) => {
                for (kept, image) in stored.iter().zip(&images) {
                    self.store().put_material(kept.id, &image.bytes).await?;
                }
                self.execute(ctx, command).await
            }
            Err(e) => return Err(with_faults(e, faults)),
        };
        match outcome {
            Ok(receipt) if !receipt.replayed => Ok(receipt),
            // What is unknown may have been taken in: the images stay.
            Err(e @ Failure::Unknown) => Err(e),
            done_before_or_refused => {
                for kept in stored.iter().take(images.len()) {
                    self.store().delete_material(kept.id).await?;
                }
                done_before_or_refused.map_err(|e| with_faults(e, faults))
            }
        }
    }

    /// What stands against 即时制卡 where the outlet has no pre-made card of the bank: the application would wait for one, and no batch
    /// would take it.
    async fn without_stock(
        &self,
        actor: &Actor,
        presented: &Presented,
        bank: &str,
    ) -> Result<Option<Defect>, Failure> {
        clause!(R36.2);
        if !presented.at_counter {
            return Ok(None);
        }
        let banks = match self.banks_in_stock(actor).await {
            Ok(banks) => banks,
            // Whoever keeps no stock has none.
            Err(Failure::Refused(_)) => Vec::new(),
            Err(why) => return Err(why),
        };
        if bank.is_empty() || banks.iter().any(|b| b.as_str() == bank) {
            return Ok(None);
        }
        let what = "本网点没有该服务银行的预制卡，不能即时制卡";
        let remedy = "请选择批量制卡，或引导申请人到有预制卡的网点办理";
        Ok(Some(Defect::new(Field::Making, "no_premade_card", clause!(R36.2), what, remedy)))
    }

    fn enclose(&self, image: &Image) -> Enclosed {
        let digest = crate::archive::digest_of_image(&image.bytes);
        Enclosed { id: MaterialId(self.fresh()), kind: image.kind, digest }
    }

    /// 补换卡 at a counter: the registers and the photo platform are asked about what the form comes to, then it is a command about
    /// that file.
    pub async fn replace(
        &self,
        actor: Actor,
        key: &str,
        id: HolderId,
        replace: Replace,
    ) -> Result<Receipt, Failure> {
        self.replace_with(actor, key, id, replace, Vec::new(), Vec::new()).await
    }

    /// The same with images of documents and proofs, which are filed with it, and the faults of a photo that came with it.
    pub async fn replace_with(
        &self,
        actor: Actor,
        key: &str,
        id: HolderId,
        mut replace: Replace,
        images: Vec<Image>,
        mut faults: Vec<Defect>,
    ) -> Result<Receipt, Failure> {
        clause!(R29.1);
        clause!(R40.1);
        let enclosed: Vec<Enclosed> = images.iter().map(|image| self.enclose(image)).collect();
        // An image sent again has another identity and is the same image.
        let digests: String = enclosed.iter().map(|e| e.digest.as_str()).collect();
        let mut sent = serde_json::to_vec(&(id, &replace)).expect("our own commands are always JSON");
        sent.extend(digests.into_bytes());
        replace.presented.keep_papers(replace.agent.as_ref(), || MaterialId(self.fresh()));
        let gone = || Failure::from(Refusal::from(Reason::NotFound));
        let (file, _) = self.file(id).await?.ok_or_else(gone)?;
        let form = replace.intended(&file, self.now().date()).ok_or_else(gone)?;
        replace.checks = self.checks_of(&form).await?;
        self.judge_photo(&mut replace, &form).await?;
        replace.id = ApplicationId(self.fresh());
        let door = actor.door();
        let ctx = self.ctx(actor, door, Some(key.to_owned()));
        let ctx = Ctx { request_body: Some(sm3(&[&sent])), ..ctx };
        faults.extend(self.without_stock(&ctx.actor, &replace.presented, form.bank.as_str()).await?);
        let stored =
            enclosed.iter().zip(images).map(|(kept, image)| (kept.id, image.bytes)).collect::<Vec<_>>();
        replace.presented.materials.extend(enclosed);
        replace.presented.materials.extend((!faults.is_empty()).then_some(FAULT));
        let command = Command::of(id, HolderCommand::Replace(Box::new(replace)));
        let outcome = self.execute_with_images(ctx, command, &stored).await;
        outcome.map_err(|e| with_faults(e, faults))
    }

    /// Adds what the photo platform, or the store, says of the photo that a form comes to.
    async fn judge_photo(&self, replace: &mut Replace, form: &ApplicationForm) -> Result<(), Failure> {
        clause!(R10.3);
        let receipt = form.photo_receipt.as_deref().unwrap_or_default();
        let number = form.document.number();
        if replace.photo.is_some() {
            let checks = self.photo_checks(&[(replace.photo.as_ref(), receipt, number)]).await?;
            replace.checks.extend(checks.into_iter().flatten());
        } else {
            let (check, photo) = self.photo_of_receipt(receipt, number).await?;
            replace.photo = photo.filter(|_| form.photo_required(self.now().date()));
            replace.checks.extend(check);
        }
        Ok(())
    }

    /// 变更服务银行-现场办理 with the images that it files, and the faults of a photo that came with it. The new card is its outlet's
    /// bank's; a photo is judged where a new one was given.
    pub async fn carry_out_bank_change(
        &self,
        ctx: Ctx,
        id: HolderId,
        mut carry_out: CarryOut,
        images: &[(MaterialId, Vec<u8>)],
        mut faults: Vec<Defect>,
    ) -> Result<Receipt, Failure> {
        clause!(R31.1);
        let replace = &mut carry_out.replace;
        if replace.photo.is_some() || !replace.changes.photo_receipt.trim().is_empty() {
            let gone = || Failure::from(Refusal::from(Reason::NotFound));
            let (file, _) = self.file(id).await?.ok_or_else(gone)?;
            let form = replace.intended(&file, self.now().date()).ok_or_else(gone)?;
            self.judge_photo(replace, &form).await?;
        }
        let bank = self.institutions().org(replace.outlet).and_then(|o| o.bank.clone());
        let bank = bank.as_ref().map_or("", |bank| bank.as_str());
        replace.presented.keep_papers(replace.agent.as_ref(), || MaterialId(self.fresh()));
        faults.extend(self.without_stock(&ctx.actor, &replace.presented, bank).await?);
        replace.presented.materials.extend((!faults.is_empty()).then_some(FAULT));
        let command = Command::of(id, HolderCommand::CarryOutBankChange(Box::new(carry_out)));
        let outcome = self.execute_with_images(ctx, command, images).await;
        outcome.map_err(|e| with_faults(e, faults))
    }

    /// What the registers say of one applicant; no answer at all is never taken for a passed check.
    pub(crate) async fn checks_of(&self, form: &ApplicationForm) -> Result<Vec<RegisterCheck>, Failure> {
        let said = self.partners().registers.check(std::slice::from_ref(form), self.now()).await.pop();
        said.ok_or_else(|| Failure::Unavailable("登记系统没有应答".into()))
    }

    /// Other identifiers that the registers know of one applicant; a register that is silent knows none.
    async fn also_of(&self, form: &ApplicationForm) -> Vec<Also> {
        self.partners().registers.also(std::slice::from_ref(form)).await.pop().unwrap_or_default()
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
        let ctx = Ctx { request_body: Some(body), ..self.ctx(actor, channel, Some(key.to_owned())) };
        let mut filled = filled;
        // What an online channel keeps lies with it: its reference is no place of ours.
        if ctx.channel != Channel::Online {
            let agent = filled.agent.as_ref().and_then(AgentDraft::whole);
            filled.presented.keep_papers(agent.as_ref(), || MaterialId(self.fresh()));
        }
        let (draft, from) = (filled.draft.folded(), filled.presented.photo_from);
        let receipt = match from {
            Some(PhotoSource::IdentityCard | PhotoSource::Earlier) => "",
            Some(PhotoSource::File | PhotoSource::Receipt) | None => draft.photo_receipt.as_str(),
        };
        let asked = [(filled.photo.as_ref(), receipt, draft.document_number.as_str())];
        let by_receipt = filled.photo.is_none();
        let photo: Vec<RegisterCheck> = if !by_receipt {
            self.photo_checks(&asked).await?.into_iter().flatten().collect()
        } else {
            let (check, photo) = self.photo_of_receipt(receipt, &draft.document_number).await?;
            filled.photo = photo;
            check.into_iter().collect()
        };
        let judged = filled.judged(photo, &ctx, &self.institutions());
        let mut apply = judged.map_err(|r| Failure::Refused(Box::new(r)))?;
        if by_receipt && !apply.form.photo_required(ctx.today()) {
            clause!(R5.4);
            apply.photo = None;
        }
        let photo = std::mem::take(&mut apply.checks);
        // All that the registers are asked is asked at once: a silent one is waited for once.
        let wants_photo = from == Some(PhotoSource::IdentityCard) && apply.photo.is_none();
        let identity_photo =
            async { if wants_photo { self.identity_photo(&apply.form).await.map(Some) } else { Ok(None) } };
        let (checks, also, identity_photo) =
            tokio::join!(self.checks_of(&apply.form), self.also_of(&apply.form), identity_photo);
        (apply.checks, apply.also) = (checks?, also);
        apply.checks.extend(photo);
        if let Some((photo, check)) = identity_photo? {
            apply.photo = photo;
            apply.checks.push(check);
        }
        apply.id = ApplicationId(self.fresh());
        let whose = Whose::Number { number: apply.form.ssn.clone(), fresh: HolderId(self.fresh()) };
        Ok((ctx, Command::Holder { whose, command: HolderCommand::Apply(apply) }))
    }

    /// 再次核验: the registers and the photo platform are asked again about an application that waits, when whoever asks may.
    pub async fn verify_again(
        &self,
        ctx: Ctx,
        holder: HolderId,
        application: ApplicationId,
    ) -> Result<Receipt, Failure> {
        clause!(R8.3);
        let gone = || Failure::from(Refusal::from(Reason::NotFound));
        let (file, _) = self.file(holder).await?.ok_or_else(gone)?;
        let waiting = file.application(application).ok_or_else(gone)?;
        self.may(&ctx.actor, Verb::SupplyMaterial, &Place::At(waiting.outlet))?;
        let details = file.person.as_ref().map(|p| p.details.clone()).ok_or_else(gone)?;
        let said = self.ask_again(&[(waiting, &details)]).await?.pop();
        let checks = said.ok_or_else(|| Failure::Unavailable("登记系统没有应答".into()))?;
        let supply = HolderCommand::SupplyMaterial(SupplyMaterial { application, checks });
        self.execute(ctx, Command::of(holder, supply)).await
    }

    /// The answers of the registers, and of the photo platform where it was silent, about some people.
    pub(crate) async fn ask_again(
        &self,
        waiting: &[(&Application, &ApplicationForm)],
    ) -> Result<Vec<Vec<RegisterCheck>>, Failure> {
        let people: Vec<ApplicationForm> = waiting.iter().map(|(_, form)| (*form).clone()).collect();
        let mut checks = self.partners().registers.check(&people, self.now()).await;
        let asks: Vec<_> = waiting
            .iter()
            .map(|(a, form)| {
                let receipt = form.photo_receipt.as_deref().filter(|_| a.checked(CheckItem::Photo).is_some());
                let by_receipt = receipt.filter(|_| a.photo_from == Some(PhotoSource::Receipt));
                (None, by_receipt.unwrap_or_default(), form.document.number())
            })
            .collect();
        for (checks, photo) in checks.iter_mut().zip(self.photo_checks(&asks).await?) {
            checks.extend(photo);
        }
        Ok(checks)
    }
}

/// Filed with what came with a fault, so that it is not taken in, whatever the rule would say.
const FAULT: Enclosed = Enclosed { id: MaterialId(0), kind: MaterialKind::Other, digest: String::new() };

/// A refusal with the faults of the files in place of what the rule found missing for them.
fn with_faults(failure: Failure, faults: Vec<Defect>) -> Failure {
    clause!(R8.5);
    let Failure::Refused(mut refusal) = failure else { return failure };
    if faults.is_empty() {
        return Failure::Refused(refusal);
    }
    let marked = |d: &Defect| d.field == Field::DocumentImage && d.code == "not_whole";
    // What did not come whole is not missing; what else is wrong of the same item stays. Of an agent nothing is missing but what
    // was to be written.
    let in_its_place = |d: &Defect| {
        d.code == "missing" && d.field != Field::Agent && faults.iter().any(|f| f.field == d.field)
    };
    refusal.defects.retain(|d| !marked(d) && !in_its_place(d));
    // What did not come whole may be all that was to change.
    let by_material = [Reason::MaterialDefective, Reason::NothingToDo].contains(&refusal.reason);
    if !refusal.defects.is_empty() || by_material {
        refusal.reason = Reason::MaterialDefective;
        refusal.about = None;
    }
    refusal.defects.extend(faults);
    Failure::Refused(refusal)
}

/// What the same request key must come with again. It has always been taken over the identity and the checks too, that no
/// form has yet.
pub fn body_of(filled: &FilledIn) -> Vec<u8> {
    #[derive(Serialize)]
    struct Body<'a> {
        id: ApplicationId,
        draft: &'a FormDraft,
        photo: &'a Option<PhotoRef>,
        outlet: OrgId,
        collect_at: OrgId,
        agent: Option<Agent>,
        consent: &'a Option<Consent>,
        checks: [(); 0],
        #[serde(skip_serializing_if = "Presented::is_empty")]
        presented: Presented,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        images: Vec<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        same: &'a Option<Answer>,
    }
    let FilledIn { draft, photo, outlet, collect_at, agent, consent, presented, faults: _, same } = filled;
    let (id, outlet, collect_at, checks) = (ApplicationId(0), *outlet, *collect_at, []);
    // Whoever is not told whole is refused, and no key is used up.
    let agent = agent.as_ref().and_then(AgentDraft::whole);
    // An image sent again has another identity and is the same image.
    let images = presented.materials.iter().map(|m| m.digest.as_str()).collect();
    let presented = Presented { materials: Vec::new(), ..presented.clone() };
    let body = Body { id, draft, photo, outlet, collect_at, agent, consent, checks, presented, images, same };
    serde_json::to_vec(&body).unwrap_or_default()
}
