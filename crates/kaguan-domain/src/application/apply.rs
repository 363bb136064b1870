//! Taking an application in: at the counter, and from an employer's file.

use super::form::{ApplicationForm, Circumstances, Door, FormDraft, judge};
use super::{
    Agent, AgentGround, AgentRelation, Application, CheckItem, CheckResult, Consent, Origin, RegisterCheck,
    Stage,
};
use crate::clause;
use crate::ctx::Ctx;
use crate::fee;
use crate::holder::{Around, HolderEvent, HolderFile, PhotoRef};
use crate::ids::{ApplicationId, OrgId, UnitId};
use crate::institution::CityCode;
use crate::one_card;
use crate::refusal::{Reason, Refusal};
use serde::{Deserialize, Serialize};

/// 个人申请 (Article 8): what was typed at the counter or online, as it was typed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Apply {
    /// Fresh identity.
    pub id: ApplicationId,
    /// The form as filled in.
    pub draft: Box<FormDraft>,
    /// The photo, already stored.
    pub photo: Option<PhotoRef>,
    /// The outlet that takes it.
    pub outlet: OrgId,
    /// Where the card is collected.
    pub collect_at: OrgId,
    /// The agent, if one acts.
    pub agent: Option<Agent>,
    /// The consent; `None` when it was not given.
    pub consent: Option<Consent>,
    /// What the registers answered.
    pub checks: Vec<RegisterCheck>,
}

/// One row of an employer's file (Article 9), judged already.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ApplyForUnit {
    /// Fresh identity.
    pub id: ApplicationId,
    /// Which unit application.
    pub unit: UnitId,
    /// The judged row.
    pub form: Box<ApplicationForm>,
    /// The photo, already stored.
    pub photo: Option<PhotoRef>,
    /// The outlet that the file names.
    pub outlet: OrgId,
    /// Where the cards are collected.
    pub collect_at: OrgId,
    /// What the registers answered.
    pub checks: Vec<RegisterCheck>,
    /// The consents collected with the personal forms (Article 9, 操作流程).
    pub consent: Consent,
}

/// 补正: the checks that were outstanding.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SupplyMaterial {
    /// Which application.
    pub application: ApplicationId,
    /// What the registers answer now.
    pub checks: Vec<RegisterCheck>,
}

/// Decides 个人申请.
pub fn apply(
    file: &HolderFile,
    command: &Apply,
    ctx: &Ctx,
    around: Around<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    clause!(R8.1);
    clause!(R10.1);
    let judged = judge(&command.draft, &Circumstances::new(ctx.today(), Door::Personal));
    let form = match judged.form {
        Some(form) if judged.defects.is_empty() => form,
        _ => return Err(Refusal::defects(judged.defects)),
    };
    let consent = consent_given(command.consent.as_ref(), &form, ctx)?;
    agent_allowed(command.agent.as_ref(), &form, ctx)?;
    photo_given(file, &form, command.photo.as_ref(), ctx)?;
    let taken = Taken {
        id: command.id,
        origin: Origin::Counter,
        outlet: command.outlet,
        collect_at: command.collect_at,
        agent: command.agent.clone(),
        consent,
        photo: command.photo.clone(),
        checks: command.checks.clone(),
    };
    take(file, form, taken, ctx, around)
}

/// Decides one row of 批量申请.
pub fn apply_for_unit(
    file: &HolderFile,
    command: &ApplyForUnit,
    ctx: &Ctx,
    around: Around<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    let form = (*command.form).clone();
    photo_given(file, &form, command.photo.as_ref(), ctx)?;
    let taken = Taken {
        id: command.id,
        origin: Origin::Unit { unit: command.unit },
        outlet: command.outlet,
        collect_at: command.collect_at,
        agent: None,
        consent: command.consent.clone(),
        photo: command.photo.clone(),
        checks: command.checks.clone(),
    };
    take(file, form, taken, ctx, around)
}

/// Decides 补正.
pub fn supply_material(
    file: &HolderFile,
    command: &SupplyMaterial,
    _ctx: &Ctx,
    _around: Around<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    let application = file.application(command.application).ok_or(Reason::NotFound)?;
    if !matches!(application.stage, Stage::Received) {
        return Err(Reason::WrongStage.into());
    }
    let (application, checks) = (application.id, command.checks.clone());
    match verdict(&command.checks) {
        Verdict::Confirmed => Ok(vec![HolderEvent::Accepted { application, checks }]),
        Verdict::Outstanding => Ok(vec![HolderEvent::ChecksRecorded { application, checks }]),
        Verdict::Against(reason) => Err(reason.into()),
    }
}

struct Taken {
    id: ApplicationId,
    origin: Origin,
    outlet: OrgId,
    collect_at: OrgId,
    agent: Option<Agent>,
    consent: Consent,
    photo: Option<PhotoRef>,
    checks: Vec<RegisterCheck>,
}

fn take(
    file: &HolderFile,
    form: ApplicationForm,
    taken: Taken,
    ctx: &Ctx,
    around: Around<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    let outlet =
        around.institutions.org(taken.outlet).ok_or_else(|| Refusal::about(Reason::NotFound, "经办网点"))?;
    let city = outlet.city().ok_or_else(|| Refusal::about(Reason::NotFound, "经办网点所在地市"))?;
    let collect_at = around
        .institutions
        .org(taken.collect_at)
        .filter(|o| o.kind.is_outlet() && o.city().as_ref() == Some(&city))
        .ok_or_else(|| Refusal::about(Reason::NotFound, "领卡网点"))?;
    let verdict = verdict(&taken.checks);
    if let Verdict::Against(reason) = verdict {
        return Err(reason.into());
    }
    eligible(&form, &taken.checks)?;
    // 发卡状态 and 省内持卡情况 (R8.3): one application at a time, one card a person.
    if file.open_application().is_some() {
        clause!(R3.2);
        return Err(Reason::ApplicationOpen.into());
    }
    one_card::check_at_application(file, &city)?;
    if !around.institutions.banks_of(&city).contains(&form.bank) {
        clause!(R5.1);
        return Err(Reason::BankNotOffered.into());
    }
    let stage = match verdict {
        Verdict::Confirmed => Stage::Accepted { at: ctx.now },
        _ => Stage::Received,
    };
    let employer = match taken.origin {
        Origin::Unit { .. } => form.employer_no.clone(),
        _ => None,
    };
    let application = Application {
        id: taken.id,
        form_no: form.form_no.clone(),
        origin: taken.origin,
        city: CityCode::clone(&city),
        bank: form.bank.clone(),
        outlet: outlet.id,
        collect_at: collect_at.id,
        employer,
        received_on: ctx.today(),
        urgent: false,
        agent: taken.agent,
        consent: taken.consent,
        checks: taken.checks,
        fee: fee::at_application(file),
        stage,
    };
    Ok(vec![HolderEvent::Applied {
        application: Box::new(application),
        details: Box::new(form),
        photo: taken.photo,
    }])
}

/// What the registers' answers amount to (R8.3).
enum Verdict {
    Confirmed,
    Outstanding,
    Against(Reason),
}

fn verdict(checks: &[RegisterCheck]) -> Verdict {
    clause!(R8.3);
    let any = |item, result| checks.iter().any(|c| c.item == item && c.result == result);
    if any(CheckItem::Alive, CheckResult::Failed) {
        return Verdict::Against(Reason::PersonDead);
    }
    if any(CheckItem::Identity, CheckResult::Failed) {
        return Verdict::Against(Reason::IdentityNotConfirmed);
    }
    // A register that knows nothing of a person (a foreigner, a newborn) does not speak against the document;
    // one that did not answer leaves the application waiting.
    let answered = |item| checks.iter().any(|c| c.item == item && c.result != CheckResult::Unavailable);
    if answered(CheckItem::Identity) && answered(CheckItem::Alive) {
        Verdict::Confirmed
    } else {
        Verdict::Outstanding
    }
}

/// 发放对象 (R3.1): citizens who live, work or are insured in the province — the application at an outlet of the
/// province states it; foreigners who work or are insured here — a register must say so.
fn eligible(form: &ApplicationForm, checks: &[RegisterCheck]) -> Result<(), Refusal> {
    clause!(R3.1);
    let insured = checks.iter().any(|c| c.item == CheckItem::Entitlement && c.result == CheckResult::Passed);
    if form.category.needs_employment_or_insurance() && !insured {
        return Err(Refusal::about(Reason::NotEligible, "外国人须在本省就业、参保或依法享有权益"));
    }
    Ok(())
}

fn consent_given(consent: Option<&Consent>, form: &ApplicationForm, ctx: &Ctx) -> Result<Consent, Refusal> {
    clause!(R8.2);
    let consent = consent.ok_or(Reason::ConsentMissing)?;
    if form.is_under(14, ctx.today()) && !consent.by_guardian {
        return Err(Refusal::about(Reason::ConsentMissing, "不满十四周岁的，须由监护人同意"));
    }
    Ok(consent.clone())
}

/// Guardians act for minors and the incapable; relatives and lawful agents for the elderly, disabled, sick or long
/// absent, with the proof of the relation (R8.2).
fn agent_allowed(agent: Option<&Agent>, form: &ApplicationForm, ctx: &Ctx) -> Result<(), Refusal> {
    clause!(R8.2);
    let minor = form.is_under(18, ctx.today());
    let Some(agent) = agent else {
        // From 16 a person may act alone; below, somebody has to.
        return if form.is_under(16, ctx.today()) {
            Err(Refusal::about(Reason::AgentNotAllowed, "未满十六周岁须由监护人代办"))
        } else {
            Ok(())
        };
    };
    let fits = match agent.ground {
        AgentGround::Minor => minor && agent.relation == AgentRelation::Guardian,
        AgentGround::Incapable => agent.relation == AgentRelation::Guardian,
        AgentGround::Elderly | AgentGround::Disabled | AgentGround::Sick | AgentGround::LongAbsent => true,
    };
    if !fits {
        return Err(Reason::AgentNotAllowed.into());
    }
    if minor && agent.relation != AgentRelation::Guardian {
        return Err(Refusal::about(Reason::AgentNotAllowed, "未成年人由监护人代办"));
    }
    if agent.relation == AgentRelation::LawfulAgent && agent.proof.is_none() {
        return Err(Refusal::about(Reason::AgentNotAllowed, "缺代理关系证明文件"));
    }
    Ok(())
}

/// From the 7th birthday a photo is needed: given now, or the earlier card's (R10.3). Under 7 none is taken (R5.4).
fn photo_given(
    file: &HolderFile,
    form: &ApplicationForm,
    photo: Option<&PhotoRef>,
    ctx: &Ctx,
) -> Result<(), Refusal> {
    clause!(R5.4);
    clause!(R10.3);
    let earlier = file.person.as_ref().is_some_and(|p| p.photo.is_some());
    let needed = form.photo_required(ctx.today());
    if needed && photo.is_none() && !earlier && form.photo_receipt.is_none() {
        return Err(Refusal::about(Reason::MaterialDefective, "缺个人相片或相片回执"));
    }
    if !needed && photo.is_some() {
        return Err(Refusal::about(Reason::MaterialDefective, "未满七周岁不采集相片"));
    }
    Ok(())
}
