//! What every application must have, a first one and a replacement alike: checks, consent, agent, photo.

use crate::clause;
use crate::ctx::Ctx;
use crate::facts::application::{
    Agent, AgentGround, AgentRelation, CheckItem, CheckResult, Consent, RegisterCheck,
};
use crate::facts::form::ApplicationForm;
use crate::facts::holder::HolderFile;
use crate::facts::person::PhotoRef;
use crate::facts::policy::LocalPolicy;
use crate::refusal::{Reason, Refusal};

/// Whether the registers confirm the person; `false` while one has not answered.
pub(crate) fn confirmed(checks: &[RegisterCheck]) -> Result<bool, Refusal> {
    match verdict(checks) {
        Verdict::Confirmed => Ok(true),
        Verdict::Outstanding => Ok(false),
        Verdict::Against(reason) => Err(reason.into()),
    }
}

/// What the registers' answers amount to (R8.3).
pub(crate) enum Verdict {
    Confirmed,
    Outstanding,
    Against(Reason),
}

/// What they amount to.
pub(crate) fn verdict(checks: &[RegisterCheck]) -> Verdict {
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
pub(crate) fn eligible(
    form: &ApplicationForm,
    checks: &[RegisterCheck],
    policy: &LocalPolicy,
) -> Result<(), Refusal> {
    clause!(R3.1);
    if policy.widened_eligibility.contains(&form.category) {
        clause!(R42.1);
        return Ok(());
    }
    let insured = checks.iter().any(|c| c.item == CheckItem::Entitlement && c.result == CheckResult::Passed);
    let silent =
        checks.iter().any(|c| c.item == CheckItem::Entitlement && c.result == CheckResult::Unavailable);
    if form.category.needs_employment_or_insurance() && !insured && silent {
        // Nobody is told "not eligible" because a register was silent.
        return Err(Refusal::about(Reason::RegisterUnavailable, "参保就业"));
    }
    if form.category.needs_employment_or_insurance() && !insured {
        return Err(Refusal::about(Reason::NotEligible, "外国人须在本省就业、参保或依法享有权益"));
    }
    Ok(())
}

/// The consent, by the guardian under 14 (R8.2).
pub(crate) fn consent_given(
    consent: Option<&Consent>,
    form: &ApplicationForm,
    ctx: &Ctx,
) -> Result<Consent, Refusal> {
    clause!(R8.2);
    let consent = consent.ok_or(Reason::ConsentMissing)?;
    if form.is_under(14, ctx.today()) && !consent.by_guardian {
        return Err(Refusal::about(Reason::ConsentMissing, "不满十四周岁的，须由监护人同意"));
    }
    Ok(consent.clone())
}

/// Guardians act for minors and the incapable; relatives and lawful agents for the elderly, disabled, sick or long
/// absent, with the proof of the relation (R8.2).
pub(crate) fn agent_allowed(agent: Option<&Agent>, form: &ApplicationForm, ctx: &Ctx) -> Result<(), Refusal> {
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
pub(crate) fn photo_given(
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
