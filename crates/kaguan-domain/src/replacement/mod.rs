//! 补卡和换卡 (Articles 27 to 31). Old and new card are tied: the old one stops for good in the same decision in which
//! the new one starts to work, so that there are never two enabled cards, and never none by accident.

pub mod bank_change;

use crate::application::form::{Circumstances, Door, judge};
use crate::application::taking;
use crate::clause;
use crate::ctx::Ctx;
use crate::facts::application::{
    Agent, Application, Consent, ExchangeReason, Origin, Purpose, RegisterCheck, Stage,
};
use crate::facts::card::{Card, Hold};
use crate::facts::claim::Claim;
use crate::facts::clock::{Clock, ClockKind};
use crate::facts::custody::{Custody, Party, RecallReason};
use crate::facts::fee::Fee;
use crate::facts::form::{ApplicationForm, Field, FormDraft};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::intent::IntentKind;
use crate::facts::person::PhotoRef;
use crate::fee::{self, Occasion};
use crate::ids::{ApplicationId, OrgId};
use crate::link;
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_outlet_of};
use serde::{Deserialize, Serialize};

/// 补换卡申请: what is asked for, for which card.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Replace {
    pub id: ApplicationId,
    /// 补卡 or 换卡, and the old card. A bank change has its own way.
    pub purpose: Purpose,
    /// 申领表编码.
    pub form_no: String,
    /// What has changed: columns as written; an empty one keeps what is known (R29.1).
    pub changes: Box<FormDraft>,
    /// A new photo, if one was given.
    pub photo: Option<PhotoRef>,
    /// The outlet that takes it.
    pub outlet: OrgId,
    /// Where the card is collected.
    pub collect_at: OrgId,
    /// The agent, if one acts.
    pub agent: Option<Agent>,
    /// The consent.
    pub consent: Option<Consent>,
    /// What the registers answered.
    pub checks: Vec<RegisterCheck>,
}

/// 撤销补换卡.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Withdraw {
    pub application: ApplicationId,
}

impl Rule for Replace {
    fn verb(&self) -> Verb {
        Verb::Replace
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::At(self.outlet)
    }

    fn claims(&self) -> Vec<Claim> {
        vec![Claim::form_number(self.form_no.trim())]
    }

    /// Decides 补卡 or 换卡.
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        let old = self.purpose.old().and_then(|id| file.card(id)).ok_or(Reason::NotFound)?;
        if matches!(self.purpose, Purpose::BankChange { .. }) {
            return Err(Refusal::about(Reason::BankChangeOrder, "变更服务银行须先预约"));
        }
        if file.open_application().is_some() {
            return Err(Reason::ApplicationOpen.into());
        }
        if file.bank_change().is_some() {
            return Err(Refusal::about(Reason::ApplicationOpen, "有在办的变更服务银行业务"));
        }
        replaceable(old, &self.purpose, ctx)?;
        crate::one_card::check_at_replacement(file, old)?;
        let form = form_of(file, old, self, ctx)?;
        let city = old.city.clone();
        let policy = around.institutions.policy_of(&city, ctx.today());
        let occasion = match &self.purpose {
            Purpose::Reissue { .. } => Occasion::Reissue,
            Purpose::Exchange { reason: ExchangeReason::Damaged { by_human }, .. } => {
                clause!(R28.1);
                Occasion::Damaged { by_human: *by_human, issued_on: old.issued_on }
            }
            _ => Occasion::Exchange,
        };
        let fee = fee::assess(occasion, policy.fee(), ctx.today());
        Ok(vec![applied(file, self, form, fee, ctx, around)?])
    }
}

/// What must hold for the old card, by the reason (R27.1, R27.2, R30.1).
fn replaceable(old: &Card, purpose: &Purpose, ctx: &Ctx) -> Result<(), Refusal> {
    if !old.stands() {
        return Err(Reason::CardCancelled.into());
    }
    if old.holds.iter().any(|h| matches!(h, Hold::Restriction { .. } | Hold::DeathConfirmed)) {
        return Err(Reason::CardHeldBack.into());
    }
    match purpose {
        Purpose::Reissue { .. } => {
            clause!(R27.1);
            if old.loss() != Some(Hold::FormalLoss) {
                return Err(Reason::FormalLossNeeded.into());
            }
        }
        Purpose::Exchange { reason, .. } => {
            clause!(R27.2);
            if old.loss().is_some() {
                return Err(Reason::LostCardIsReissued.into());
            }
            if !matches!(old.custody, Custody::WithHolder { .. }) {
                return Err(Reason::NotHandedOver.into());
            }
            if *reason == ExchangeReason::Expired && ctx.today() < exchange_from(old.valid_until) {
                let about =
                    format!("有效期至{}，{}起可换卡", old.valid_until, exchange_from(old.valid_until));
                return Err(Refusal::about(Reason::ExchangeTooEarly, about));
            }
        }
        Purpose::First | Purpose::BankChange { .. } => {}
    }
    Ok(())
}

/// The first day on which an expiring card may be exchanged: three months before its last (R30.1).
pub fn exchange_from(valid_until: jiff::civil::Date) -> jiff::civil::Date {
    clause!(R30.1);
    crate::calendar::add_months_clamped(valid_until, -3)
}

/// The form: what is known, with what has changed written over it, judged again (R29.1).
fn form_of(file: &HolderFile, old: &Card, command: &Replace, ctx: &Ctx) -> Result<ApplicationForm, Refusal> {
    clause!(R29.1);
    let known = &file.person.as_ref().ok_or(Reason::NotFound)?.details;
    let mut draft = known.draft();
    for field in Field::TITLE_ROW {
        let changed = command.changes.get(field).trim();
        if !changed.is_empty() {
            draft.set(field, changed);
        }
    }
    draft.form_no.clone_from(&command.form_no);
    draft.bank = old.bank.as_str().to_owned();
    let judged = judge(&draft, &Circumstances::new(ctx.today(), Door::Personal));
    let form = match judged.form {
        Some(form) if judged.defects.is_empty() => form,
        _ => return Err(Refusal::defects(judged.defects)),
    };
    let changed = *known != ApplicationForm { form_no: known.form_no.clone(), ..form.clone() };
    if form.ssn != known.ssn {
        return Err(Refusal::about(Reason::IdentityNotConfirmed, "社会保障号码变更须先办理更正资料"));
    }
    let wants = matches!(&command.purpose, Purpose::Exchange { reason: ExchangeReason::DataChanged, .. });
    if wants && !changed && command.photo.is_none() {
        return Err(Refusal::about(Reason::NothingToDo, "换卡原因为信息变更，但没有变更的内容"));
    }
    Ok(form)
}

/// The event of an application that takes the place of a card.
fn applied(
    file: &HolderFile,
    command: &Replace,
    form: ApplicationForm,
    fee: Fee,
    ctx: &Ctx,
    around: Around<'_>,
) -> Result<HolderEvent, Refusal> {
    clause!(R27.3);
    let consent = taking::consent_given(command.consent.as_ref(), &form, ctx)?;
    taking::agent_allowed(command.agent.as_ref(), &form, ctx)?;
    taking::photo_given(file, &form, command.photo.as_ref(), ctx)?;
    let outlet = around
        .institutions
        .org(command.outlet)
        .ok_or_else(|| Refusal::about(Reason::NotFound, "经办网点"))?;
    // The card is made by the city of the old one, wherever it was asked for (R27.5).
    clause!(R27.5);
    let city = command.purpose.old().and_then(|id| file.card(id)).map(|c| c.city.clone());
    let city = city.ok_or(Reason::NotFound)?;
    let collect_at = around
        .institutions
        .org(command.collect_at)
        .filter(|o| o.kind.is_outlet() && o.city().as_ref() == Some(&city))
        .ok_or_else(|| Refusal::about(Reason::NotFound, "领卡网点须在发卡地市"))?;
    let stage = match taking::confirmed(&command.checks)? {
        true => Stage::Accepted { at: ctx.now },
        false => Stage::Received,
    };
    let clock = Clock::start(ClockKind::Replacement, ctx.today(), &around.institutions.calendar);
    let application = Application {
        id: command.id,
        form_no: form.form_no.clone(),
        purpose: command.purpose.clone(),
        origin: Origin::Counter,
        city,
        bank: form.bank.clone(),
        outlet: outlet.id,
        collect_at: collect_at.id,
        employer: None,
        received_on: ctx.today(),
        // Five working days: the way of the urgent ones (R11.1).
        urgent: true,
        agent: command.agent.clone(),
        consent,
        checks: command.checks.clone(),
        fee,
        stage,
        clock: Some(clock),
    };
    Ok(HolderEvent::Applied {
        application: Box::new(application),
        details: Box::new(form),
        photo: command.photo.clone(),
    })
}

impl Rule for Withdraw {
    fn verb(&self) -> Verb {
        Verb::WithdrawReplacement
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        at_outlet_of(file, self.application)
    }

    /// Decides 撤销: only while the fee is unpaid (a free one counts as unpaid) and no batch holds it (R27.4).
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R27.4);
        let application = file.application(self.application).ok_or(Reason::NotFound)?;
        if application.purpose == Purpose::First {
            return Err(Refusal::about(Reason::WrongStage, "首次申领不适用撤销"));
        }
        let waiting = matches!(application.stage, Stage::Received | Stage::Accepted { .. });
        if !waiting {
            return Err(Refusal::about(Reason::CannotWithdraw, "已进入制卡批次或已办结"));
        }
        if matches!(application.fee, Fee::Paid { .. }) {
            return Err(Refusal::about(Reason::CannotWithdraw, "工本费已缴纳"));
        }
        let mut events = vec![HolderEvent::Withdrawn { application: application.id }];
        events.extend(file.clock_ends(application.id, ctx.today()));
        events.extend(bank_change::given_up(file, application, ctx));
        Ok(events)
    }
}

/// What happens to the old card when the new one starts to work: it is cancelled, an exchanged one in hand is taken
/// back, and its account is closed in time (R27.4); after a bank change the account is put on loss first (R31.1).
pub fn takes_over(file: &HolderFile, new: &Card, at: Option<OrgId>, ctx: &Ctx) -> Vec<HolderEvent> {
    let Some(application) = file.application(new.application) else { return Vec::new() };
    let old = application.purpose.old().and_then(|id| file.card(id));
    let Some(old) = old.filter(|c| !c.is_cancelled()) else { return Vec::new() };
    clause!(R27.4);
    let mut events = vec![HolderEvent::CardReplaced { old: old.id, by: new.id }];
    if let (Some(at), Custody::WithHolder { .. }, true) = (at, &old.custody, old.loss().is_none()) {
        let reason = RecallReason::Exchanged;
        events.push(HolderEvent::TakenBack { card: old.id, from: Party::Holder, at, reason });
    }
    let mut more = 0;
    if matches!(application.purpose, Purpose::BankChange { .. }) {
        clause!(R31.1);
        events.push(link::next(old, IntentKind::LoseFormally, ctx, more));
        more += 1;
    }
    if link::wants_closing(old) {
        events.push(link::next(old, IntentKind::Close, ctx, more));
    }
    events
}
