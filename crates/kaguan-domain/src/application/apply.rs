//! Taking an application in: at the counter, and from an employer's file.

use crate::application::agent::without_guardian;
use crate::application::agent_draft::AgentDraft;
use crate::application::form::{Circumstances, Door, judge};
use crate::application::identity::Applicant;
use crate::application::presented::{Presented, Who};
use crate::application::taking::{
    self, Given, clerk, look_at_bank_of, look_at_places, look_through, look_through_with, origin, photo_from,
    standing,
};
use crate::application::unit::own_bank;
use crate::clause;
use crate::ctx::Ctx;
use crate::facts::application::{Agent, Application, Consent, Origin, Purpose, RegisterCheck, Stage};
use crate::facts::archive::Enclosed;
use crate::facts::claim::Claim;
use crate::facts::clock::{Clock, ClockKind};
use crate::facts::form::{ApplicationForm, Defect, Field, FormDraft, delivery};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::identity::{Also, Answer};
use crate::facts::institution::Institutions;
use crate::facts::person::PhotoRef;
use crate::facts::unit::Papers;
use crate::fee;
use crate::ids::{ApplicationId, HolderId, OrgId, UnitId};
use crate::one_card;
use crate::permission::{Place, Verb};
use crate::refusal::{Findings, Reason, Refusal};
use crate::rule::{Around, Asked, Found, Rule, Seek};
use serde::{Deserialize, Serialize};

/// What a clerk does who is asked whether the applicant is somebody on file: nobody is sent to an outlet who stands in one.
const ASK_THE_CLERK: &str = "请核对证件原件，在下方所列档案中确认是否为同一人，写明判断理由后重新提交";

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
    /// The agent, if one acts: as he was written, whatever is missing of him.
    pub agent: Option<AgentDraft>,
    /// The consent; `None` when it was not given.
    pub consent: Option<Consent>,
    /// What else came with it.
    pub presented: Presented,
    /// What the door has found wrong with files that came; it is told with the rest, and nothing is taken in.
    pub faults: Vec<Defect>,
    /// What the clerk says of whoever may be the same person.
    pub same: Option<Answer>,
}

impl FilledIn {
    /// Judges the form on the day that it is taken, once on its way: the rule takes what came of it. `checks` is what is
    /// known already: of the photo.
    ///
    /// # Errors
    /// When the form has defects: with everything that is wrong, the form and what comes with it, at once.
    pub fn judged(
        self,
        checks: Vec<RegisterCheck>,
        ctx: &Ctx,
        institutions: &Institutions,
    ) -> Result<Apply, Refusal> {
        clause!(R10.1);
        clause!(R8.5);
        let mut draft = self.draft.clone();
        let guardian = self.agent.as_ref().filter(|agent| agent.is_guardian_of(&draft));
        if guardian.is_some() {
            without_guardian(&mut draft);
        }
        let judged = judge(&draft, &Circumstances::new(ctx.today(), Door::Personal));
        let agent = self.agent.as_ref().map(AgentDraft::whole);
        let (Some(mut form), None | Some(Some(_))) = (judged.form, &agent) else {
            let mut found = Findings::default();
            found.defects(judged.defects);
            let who = Who::of_draft(&judged.folded);
            let given = Given {
                photo: self.photo.as_ref(),
                agent: None,
                consent: self.consent.as_ref(),
                presented: &self.presented,
                checks: &checks,
            };
            look_through_with(&who, &given, self.agent.as_ref(), None, ctx, &mut found);
            let bank = crate::codes::bank(&judged.folded.bank).map_or("", |b| b.code.as_str());
            let (outlet, collect_at) = (self.outlet, self.collect_at);
            look_at_places(outlet, collect_at, bank, who.posts(), ctx, institutions, &mut found);
            look_at_bank_of(collect_at, bank, institutions, &mut found);
            return Err(found.told().err().unwrap_or_else(|| Reason::MaterialDefective.into()));
        };
        if let Some(guardian) = guardian {
            form.guardian = guardian.guardian();
        }
        let Self { photo, outlet, collect_at, consent, presented, same, .. } = self;
        let (id, also, agent) = (ApplicationId(0), Vec::new(), agent.flatten());
        let form = Box::new(form);
        let chose_outlet = judged.folded.delivery == delivery::OUTLET;
        Ok(Apply {
            id,
            form,
            photo,
            outlet,
            collect_at,
            chose_outlet,
            agent,
            consent,
            checks,
            presented,
            also,
            same: same.map(Box::new),
        })
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
    /// Whether 网点领取 is chosen; a form may leave it open.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub chose_outlet: bool,
    /// The agent, if one acts.
    pub agent: Option<Agent>,
    /// The consent; `None` when it was not given.
    pub consent: Option<Consent>,
    /// What the registers answered.
    pub checks: Vec<RegisterCheck>,
    /// What else came with it.
    #[serde(default, skip_serializing_if = "Presented::is_empty")]
    pub presented: Presented,
    /// Other identifiers that they say are the same person's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Also>,
    /// What the clerk says of whoever may be the same person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same: Option<Box<Answer>>,
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
    /// What the registered unit application says was seen of the papers; `None` while nobody has registered it (材料待补登记).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Papers>,
    /// The images of the document that lay in the file beside the photos.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub materials: Vec<Enclosed>,
    /// Other identifiers that the registers say are the same person's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Also>,
}

impl Apply {
    fn applicant(&self) -> Applicant<'_> {
        Applicant { form: &self.form, also: &self.also, answer: self.same.as_deref() }
    }
}

impl ApplyForUnit {
    /// Nobody says in a file who somebody is: whoever may be the same person goes to the counter.
    fn applicant(&self) -> Applicant<'_> {
        Applicant { form: &self.form, also: &self.also, answer: None }
    }
}

impl Rule for Apply {
    fn verb(&self) -> Verb {
        Verb::Apply
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::At(self.outlet)
    }

    fn claims(&self) -> Vec<Claim> {
        self.applicant().claims()
    }

    fn seeks(&self) -> Seek {
        self.applicant().seek()
    }

    fn whose(&self, found: &Found<'_>) -> Option<HolderId> {
        self.applicant().settle(found).ok()?.file
    }

    /// Decides 个人申请: everything that stands against it is found before any of it is told.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R8.1);
        let taken = Taken {
            id: self.id,
            origin: origin(asked.ctx),
            outstanding: false,
            outlet: self.outlet,
            collect_at: self.collect_at,
            chose_outlet: self.chose_outlet,
            photo: self.photo.as_ref(),
            given: Given {
                photo: self.photo.as_ref(),
                agent: self.agent.as_ref(),
                consent: self.consent.as_ref(),
                presented: &self.presented,
                checks: &self.checks,
            },
        };
        take(&self.form, &taken, self.applicant(), asked)
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
        self.applicant().claims()
    }

    fn seeks(&self) -> Seek {
        self.applicant().seek()
    }

    fn whose(&self, found: &Found<'_>) -> Option<HolderId> {
        self.applicant().settle(found).ok()?.file
    }

    fn unit(&self) -> Option<UnitId> {
        Some(self.unit)
    }

    /// Decides one row of 批量申请. The applicant's own document was seen as the registered unit application states it; the guardian
    /// is on the personal form that the outlet collected, and the row's judge asks for it.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R9.1);
        let document_verified = self.seen.is_some_and(|papers| papers.applicant_documents);
        let presented =
            Presented { materials: self.materials.clone(), document_verified, ..Presented::default() };
        let taken = Taken {
            id: self.id,
            origin: Origin::Unit { unit: self.unit },
            outstanding: self.seen.is_none(),
            outlet: self.outlet,
            collect_at: self.collect_at,
            // A row of a file has no such item.
            chose_outlet: false,
            photo: self.photo.as_ref(),
            given: Given {
                photo: self.photo.as_ref(),
                agent: None,
                consent: Some(&self.consent),
                presented: &presented,
                checks: &self.checks,
            },
        };
        take(&self.form, &taken, self.applicant(), asked)
    }
}

struct Taken<'a> {
    id: ApplicationId,
    origin: Origin,
    /// 材料待补登记: nobody has said yet what was seen of a unit's papers. Its rows wait before their batch is confirmed.
    outstanding: bool,
    outlet: OrgId,
    collect_at: OrgId,
    chose_outlet: bool,
    photo: Option<&'a PhotoRef>,
    given: Given<'a>,
}

fn take(
    form: &ApplicationForm,
    taken: &Taken<'_>,
    applicant: Applicant<'_>,
    Asked { file, ctx, around }: Asked<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    let today = ctx.today();
    let mut found = Findings::default();
    let who = match taken.origin {
        Origin::Unit { .. } => Who::of_row(form, taken.outstanding),
        Origin::Counter | Origin::Online => Who::of(form),
    };
    // Who may be somebody on file has to be said first: until then nobody knows whose earlier photo would do.
    let settled = applicant.settle(around.found);
    look_through(&who, &taken.given, settled.is_ok().then_some(file), ctx, &mut found);
    let (here, there, bank) = (taken.outlet, taken.collect_at, form.bank.as_str());
    let places = look_at_places(here, there, bank, who.posts(), ctx, around.institutions, &mut found);
    // A card that is made at once is collected where it is made: that another bank's outlet makes none is told with that.
    if !(taken.given.presented.at_counter && here == there) {
        look_at_bank_of(there, bank, around.institutions, &mut found);
    }
    match taken.origin {
        Origin::Unit { .. } => found.refused(Field::Bank, own_bank(here, &form.bank, around.institutions)),
        Origin::Counter | Origin::Online => {}
    }
    // 发卡状态 and 省内持卡情况 (R8.3): one application at a time, one card a person.
    if file.open_application().is_some() {
        clause!(R3.2);
        found.refused(Field::Eligibility, Err(Reason::ApplicationOpen.into()));
    }
    let Some((outlet, city)) = places else {
        return Err(found.told().err().unwrap_or_else(|| Reason::NotFound.into()));
    };
    let policy = around.institutions.policy_of(&city, today);
    found.refused(Field::Eligibility, one_card::check_at_application(file, &city));
    let standing = standing(form, taken.given.checks.iter(), &policy, today);
    standing.tell(&mut found);
    let instant_at = taken.given.presented.instant_at(outlet, &city, &form.bank, &mut found);
    let settled = match (settled, found.told()) {
        (Ok(settled), told) => told.map(|()| settled)?,
        (Err(alike), told) => {
            let defects = told.err().map(|r| r.defects).unwrap_or_default();
            let asked = alike.reason == Reason::PossiblySamePerson && clerk(ctx).is_some();
            let alike = match taken.origin {
                Origin::Counter if asked => alike.way(ASK_THE_CLERK),
                Origin::Counter | Origin::Online | Origin::Unit { .. } => alike,
            };
            return Err(Refusal { defects, ..alike });
        }
    };
    let stage = match standing.open.is_empty() {
        true => Stage::Accepted { at: ctx.now },
        false => Stage::Received,
    };
    let employer = match taken.origin {
        Origin::Unit { .. } => form.employer_no.clone(),
        Origin::Counter | Origin::Online => None,
    };
    let consent = taken.given.consent.cloned().ok_or(Reason::ConsentMissing)?;
    let application = Application {
        id: taken.id,
        form_no: form.form_no.clone(),
        origin: taken.origin.clone(),
        bank: form.bank.clone(),
        outlet: outlet.id,
        collect_at: taken.collect_at,
        employer,
        received_on: today,
        urgent: false,
        agent: taken.given.agent.cloned(),
        consent,
        checks: taken.given.checks.to_vec(),
        fee: fee::at_application(file, &policy, today),
        stage,
        purpose: Purpose::First,
        // From the day on which the data came, whatever becomes of them (R7.1).
        clock: Some(Clock::start(ClockKind::FirstCard, today, &around.institutions.calendar)),
        photo_from: photo_from(form, &taken.given, today),
        delivery: form.delivery.clone(),
        chose_outlet: taken.chose_outlet,
        by_hand: None,
        taken_by: clerk(ctx),
        city,
        instant_at,
        taken_out: None,
        urgent_ground: None,
        // What somebody on file shows at a first application is known from then on, and finds the file (R5.5).
        before: None,
        // What is to be told was told, or the form is not taken (R14.4).
        post_agreed: form.delivery.as_ref().map(|_| ctx.now),
    };
    clause!(R7.1);
    let learnt = applicant.learnt(file, application.id, &settled, around.found);
    let mut events: Vec<_> = taking::shown(file, form).into_iter().collect();
    let details = match settled.number.filter(|_| file.person.is_none()) {
        Some(number) => form.clone().numbered(number),
        None => taking::keeping_number(file, form.clone()),
    };
    events.push(HolderEvent::Applied {
        application: Box::new(application),
        details: Box::new(details),
        photo: taken.photo.cloned(),
    });
    events.extend(taken.given.presented.filed(taken.id, taken.outlet, ctx));
    events.extend(learnt);
    Ok(events)
}
