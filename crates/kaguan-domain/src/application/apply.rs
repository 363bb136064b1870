//! Taking an application in: at the counter, and from an employer's file.

use crate::application::form::{Circumstances, Door, judge};
use crate::application::taking::{Verdict, agent_allowed, consent_given, eligible, photo_given, verdict};
use crate::application::unit::own_bank;
use crate::clause;
use crate::ctx::Ctx;
use crate::facts::application::{Agent, Application, Consent, Origin, Purpose, RegisterCheck, Stage};
use crate::facts::claim::Claim;
use crate::facts::form::{ApplicationForm, FormDraft};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::person::PhotoRef;
use crate::fee;
use crate::ids::{ApplicationId, CityCode, OrgId, UnitId};
use crate::one_card;
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_outlet_of};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// 个人申请 (Article 8) as it was filled in, at the counter or online.
#[derive(Clone, PartialEq, Debug)]
pub struct FilledIn {
    /// The form as it was typed.
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
}

impl FilledIn {
    /// Judges the form on the day that it is taken, once on its way: the rule takes what came of it.
    ///
    /// # Errors
    /// Everything that is wrong with it, at once.
    pub fn judged(self, today: Date) -> Result<Apply, Refusal> {
        clause!(R10.1);
        let judged = judge(&self.draft, &Circumstances::new(today, Door::Personal));
        let form = judged.form.ok_or_else(|| Refusal::defects(judged.defects))?;
        let Self { photo, outlet, collect_at, agent, consent, .. } = self;
        let (id, checks) = (ApplicationId(0), Vec::new());
        Ok(Apply { id, form: Box::new(form), photo, outlet, collect_at, agent, consent, checks })
    }
}

/// 个人申请 (Article 8), judged already.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Apply {
    pub id: ApplicationId,
    /// The judged form.
    pub form: Box<ApplicationForm>,
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
    pub application: ApplicationId,
    /// What the registers answer now.
    pub checks: Vec<RegisterCheck>,
}

impl Rule for Apply {
    fn verb(&self) -> Verb {
        Verb::Apply
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::At(self.outlet)
    }

    fn claims(&self) -> Vec<Claim> {
        vec![Claim::form_number(&self.form.form_no)]
    }

    /// Decides 个人申请.
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R8.1);
        let form = (*self.form).clone();
        let consent = consent_given(self.consent.as_ref(), &form, ctx)?;
        agent_allowed(self.agent.as_ref(), &form, ctx)?;
        photo_given(file, &form, self.photo.as_ref(), ctx)?;
        let taken = Taken {
            id: self.id,
            origin: Origin::Counter,
            outlet: self.outlet,
            collect_at: self.collect_at,
            agent: self.agent.clone(),
            consent,
            photo: self.photo.clone(),
            checks: self.checks.clone(),
        };
        take(file, form, taken, ctx, around)
    }
}

impl Rule for ApplyForUnit {
    fn verb(&self) -> Verb {
        Verb::ApplyForUnit
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::At(self.outlet)
    }

    fn claims(&self) -> Vec<Claim> {
        vec![Claim::form_number(&self.form.form_no)]
    }

    /// Decides one row of 批量申请.
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        let form = (*self.form).clone();
        own_bank(self.outlet, &form.bank, around.institutions)?;
        photo_given(file, &form, self.photo.as_ref(), ctx)?;
        let taken = Taken {
            id: self.id,
            origin: Origin::Unit { unit: self.unit },
            outlet: self.outlet,
            collect_at: self.collect_at,
            agent: None,
            consent: self.consent.clone(),
            photo: self.photo.clone(),
            checks: self.checks.clone(),
        };
        take(file, form, taken, ctx, around)
    }
}

impl Rule for SupplyMaterial {
    fn verb(&self) -> Verb {
        Verb::SupplyMaterial
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        at_outlet_of(file, self.application)
    }

    /// Decides 补正.
    fn decide(&self, Asked { file, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        let application = file.application(self.application).ok_or(Reason::NotFound)?;
        if !matches!(application.stage, Stage::Received) {
            return Err(Reason::WrongStage.into());
        }
        let (application, checks) = (application.id, self.checks.clone());
        match verdict(&self.checks) {
            Verdict::Confirmed => Ok(vec![HolderEvent::Accepted { application, checks }]),
            Verdict::Outstanding => Ok(vec![HolderEvent::ChecksRecorded { application, checks }]),
            Verdict::Against(reason) => Err(reason.into()),
        }
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
    let policy = around.institutions.policy_of(&city, ctx.today());
    eligible(&form, &taken.checks, &policy)?;
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
        fee: fee::at_application(file, &policy, ctx.today()),
        stage,
        purpose: Purpose::First,
        clock: None,
    };
    Ok(vec![HolderEvent::Applied {
        application: Box::new(application),
        details: Box::new(form),
        photo: taken.photo,
    }])
}
