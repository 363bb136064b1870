//! 补卡和换卡 (Articles 27 to 31). Old and new card are tied: the old one stops for good in the same decision in which
//! the new one starts to work, so that there are never two enabled cards, and never none by accident.

pub mod bank_change;
pub(crate) mod ended;
mod made_again;

pub use crate::application::taking::{collects, collects_for};
pub use made_again::MakeAgain;

use crate::application::changed::{self, Changed};
use crate::application::form::{Circumstances, Door, judge};
use crate::application::presented::{Presented, Who};
use crate::application::taking::{
    Given, at_kiosk, clerk, collected_where, look_at_delivery, look_through, origin, photo_from, standing,
};
use crate::clause;
use crate::collection::kept::{elsewhere, is_handed_out, not_in_hand};
use crate::ctx::{Channel, Ctx};
use crate::facts::application::{
    Agent, AgentRelation, Application, CheckItem, Consent, ExchangeReason, Purpose, RegisterCheck, Stage,
};
use crate::facts::bank_change::BankChange;
use crate::facts::before::Before;
use crate::facts::card::{Card, Hold};
use crate::facts::claim::Claim;
use crate::facts::clock::{Clock, ClockKind};
use crate::facts::counter::Attendance;
use crate::facts::custody::{Custody, Party, RecallReason};
use crate::facts::document::Document;
use crate::facts::fee::{Fee, yuan};
use crate::facts::form::{ApplicationForm, Defect, Field, FormDraft};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::institution::{Institutions, Organisation};
use crate::facts::intent::IntentKind;
use crate::facts::name::HolderName;
use crate::facts::person::PhotoRef;
use crate::fee::{self, Occasion};
use crate::ids::{ApplicationId, BankCode, CardId, OrgId};
use crate::link;
use crate::permission::{Place, Verb};
use crate::refusal::{Findings, Reason, Refusal};
use crate::rule::{Around, Asked, Rule, Seek, at_outlet_of};
use jiff::civil::Date;
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
    /// What else came with it.
    #[serde(default, skip_serializing_if = "Presented::is_empty")]
    pub presented: Presented,
    /// 变更证明: its reference in the archive, when the sharing platform does not confirm what has changed (R29.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

/// 撤销补换卡.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Withdraw {
    pub application: ApplicationId,
}

impl Replace {
    /// What the registers are asked about: what is known, with what has changed written over it; what is known alone while that
    /// cannot be read.
    pub fn intended(&self, file: &HolderFile, today: Date) -> Option<ApplicationForm> {
        let known = &file.person.as_ref()?.details;
        let bank = self.purpose.old().and_then(|id| file.card(id)).map_or(&known.bank, |c| &c.bank);
        Some(self.stated(known, bank, today).unwrap_or_else(|_| known.clone()))
    }

    /// What is known, with what has changed written over it, judged again; as it was written, with its defects, when it cannot be
    /// read.
    fn stated(
        &self,
        known: &ApplicationForm,
        bank: &BankCode,
        today: Date,
    ) -> Result<ApplicationForm, Box<(FormDraft, Vec<Defect>)>> {
        clause!(R10.5);
        // 领取方式 is chosen with each application (Article 27): that of the last card says nothing of this one.
        let mut draft = ApplicationForm { delivery: None, ..known.clone() }.draft();
        for field in Field::TITLE_ROW.iter().chain(Field::PERSONAL).copied() {
            let changed = self.changes.get(field).trim();
            if !changed.is_empty() {
                draft.set(field, changed);
            }
        }
        draft.form_no.clone_from(&self.form_no);
        draft.bank = bank.as_str().to_owned();
        guardian_comes(self.agent.as_ref(), &mut draft);
        // Another document is looked at as at a first application: who issued it, and since when it is valid.
        let other = Field::DocumentNumber.folded(&draft.document_number) != known.document.number();
        let door = if other { Door::Personal } else { Door::OnFile };
        let judged = judge(&draft, &Circumstances::new(today, door));
        let defects = judged.defects;
        judged.form.ok_or_else(|| Box::new((draft, defects)))
    }

    /// What came with the form.
    fn given(&self) -> Given<'_> {
        Given {
            photo: self.photo.as_ref(),
            agent: self.agent.as_ref(),
            consent: self.consent.as_ref(),
            presented: &self.presented,
            checks: &self.checks,
        }
    }

    /// A form that cannot be read, with everything else that is missing (R8.5).
    fn unread(
        &self,
        (draft, defects): (FormDraft, Vec<Defect>),
        mut found: Findings,
        file: &HolderFile,
        ctx: &Ctx,
    ) -> Refusal {
        clause!(R8.5);
        // What was written of the post without the choice is told by the form.
        if !defects.iter().any(|d| d.field == Field::Delivery) {
            delivery_chosen(self, &mut found);
        }
        look_through(&Who::of_draft(&draft), &self.given(), Some(file), ctx, &mut found);
        card_seen(&self.purpose, &self.presented, ctx, &mut found);
        let others = found.told().err().map(|r| r.defects).unwrap_or_default();
        Refusal::defects(defects.into_iter().chain(others).collect())
    }
}

/// 领取方式 is chosen with each replacement: that nothing was chosen does not mean the outlet (Articles 27 and 31, 操作流程).
fn delivery_chosen(command: &Replace, found: &mut Findings) {
    let clause = match &command.purpose {
        Purpose::BankChange { .. } => clause!(R31.1),
        Purpose::Reissue { .. } => clause!(R27.1),
        Purpose::First | Purpose::Exchange { .. } => clause!(R27.2),
    };
    if command.changes.delivery.trim().is_empty() {
        found.defect(Field::Delivery, "missing", clause, "没有选择领取方式", "请选择网点领取或邮递上门");
    }
}

/// Where a card is exchanged before a clerk, he has seen it with the document; a lost one, and one of which its article says nothing, is
/// not asked for. Online nobody shows anything.
fn card_seen(purpose: &Purpose, presented: &Presented, ctx: &Ctx, found: &mut Findings) {
    let clause = match purpose {
        Purpose::Exchange { reason: ExchangeReason::Damaged { .. }, .. } => clause!(R28.1),
        Purpose::Exchange { reason: ExchangeReason::DataChanged, .. } => clause!(R29.1),
        Purpose::Exchange { reason: ExchangeReason::Expired, .. } => clause!(R30.1),
        Purpose::BankChange { .. } => clause!(R31.1),
        Purpose::First
        | Purpose::Reissue { .. }
        | Purpose::Exchange { reason: ExchangeReason::Other { .. }, .. } => return,
    };
    if !presented.card_seen && ctx.channel != Channel::Online {
        let what = "尚未核实持卡人的社保卡";
        found.defect(Field::OwnCard, "not_verified", clause, what, "请核实原卡后勾选");
    }
}

/// The guardian who comes is the guardian of the file from then on, as at a first application. One who cannot be read is told beside the
/// agent, and kept nowhere.
fn guardian_comes(agent: Option<&Agent>, draft: &mut FormDraft) {
    clause!(R8.2);
    let Some(agent) = agent.filter(|a| a.relation == AgentRelation::Guardian) else { return };
    let (kind, number) = (agent.document_kind, agent.document_number.trim());
    let named = HolderName::parse(&agent.name).and_then(|name| name.fits(kind)).is_ok();
    if named && Document::new(kind, number, Date::MAX).is_ok() {
        draft.set(Field::GuardianName, &agent.name);
        draft.set(Field::GuardianDocumentKind, kind.code());
        draft.set(Field::GuardianDocumentNumber, number);
    }
}

impl Rule for Replace {
    fn verb(&self) -> Verb {
        Verb::Replace
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::At(self.outlet)
    }

    fn claims(&self) -> Vec<Claim> {
        let mut claims = self.seeks().claims;
        claims.push(Claim::form_number(&Field::FormNo.folded(&self.form_no)));
        claims
    }

    fn seeks(&self) -> Seek {
        changed::seek(&self.changes)
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
        if let Some(refused) = awaited(file, old.id, around) {
            return Err(refused);
        }
        // The new card of a change that was lost before it worked is made again; the change goes on with that.
        let its_new_card = |b: &BankChange| file.card(b.old).is_some_and(|first| file.replaces(old, first));
        if let Some(change) = file.bank_change().filter(|b| !its_new_card(b)) {
            return Err(bank_change::under_way(file, change));
        }
        replaceable(old, &self.purpose, ctx, around)?;
        alone(old, &self.purpose, ctx, around)?;
        crate::one_card::check_at_replacement(file, old)?;
        let Changed { form, mut events, essential } = form_of(file, old, self, ctx, around)?;
        let fee = fee_of(old, &self.purpose, around.institutions, ctx.today());
        events.extend(applied(file, self, form, fee, Findings::default(), ctx, around)?);
        if essential {
            changed::proved(&self.checks, self.proof.as_deref())?;
            let (application, proof) = (self.id, self.proof.clone().unwrap_or_default());
            events.extend((!proof.is_empty()).then_some(HolderEvent::ChangeProved { application, proof }));
        }
        Ok(events)
    }
}

/// What the card in place of an old one costs (R22.1).
pub fn fee_of(old: &Card, purpose: &Purpose, institutions: &Institutions, today: Date) -> Fee {
    let policy = institutions.policy_of(&old.city, today);
    let occasion = match purpose {
        Purpose::Exchange { reason: ExchangeReason::Damaged { by_human }, .. } => {
            clause!(R28.1);
            Occasion::Damaged { by_human: *by_human, issued_on: old.issued_on }
        }
        Purpose::First | Purpose::Reissue { .. } | Purpose::Exchange { .. } | Purpose::BankChange { .. } => {
            Occasion::Again
        }
    };
    fee::assess(occasion, policy.fee(), today)
}

/// What a machine without a clerk takes in: 补卡 alone, for an old card is given back at a counter; and none that a fee is due for, for it
/// takes no money. Paid for elsewhere, the card is made there.
fn alone(old: &Card, purpose: &Purpose, ctx: &Ctx, around: Around<'_>) -> Result<(), Refusal> {
    if !at_kiosk(ctx) {
        return Ok(());
    }
    clause!(R36.2);
    if !matches!(purpose, Purpose::Reissue { .. }) {
        return Err(Refusal::about(Reason::NotPermitted, "换卡须交回旧卡，请到卡经办网点柜台"));
    }
    match due_at_kiosk(old, around.institutions, ctx.today()) {
        Some((about, way)) => Err(Refusal::about(Reason::FeeUnpaid, about).way(way)),
        None => Ok(()),
    }
}

/// What a machine without a clerk neither makes nor hands over: the new card of a change of the bank (R31.3), and that of an exchange whose old
/// card is with its holder, for somebody has to take it back (R27.4). Once that is reported lost there is none to give back.
///
/// # Errors
/// `not_permitted`, with where to go.
pub fn made_alone(file: &HolderFile, application: &Application) -> Result<(), Refusal> {
    clause!(R27.4);
    clause!(R36.2);
    bank_change::handed_over_by_a_clerk(application)?;
    let Purpose::Exchange { old, .. } = &application.purpose else { return Ok(()) };
    let there = |c: &Card| {
        matches!(c.custody, Custody::WithHolder { .. })
            && !c.holds.contains(&Hold::FormalLoss)
            && !c.is_cancelled()
    };
    if !file.card(*old).is_some_and(there) {
        return Ok(());
    }
    let about = "换卡须交回旧卡，自助服务设施不能收回旧卡，不在本机制卡、交付";
    let way = "请携旧卡和有效身份证件到卡经办网点柜台办理；旧卡遗失的，先办理正式挂失";
    Err(Refusal::about(Reason::NotPermitted, about).by(clause!(R27.4)).way(way))
}

/// What keeps a machine without a clerk from taking in 补卡 of a card once it is lost: the fee that is due, and how it is paid, as Chinese
/// phrases without a full stop. `None` where nothing is due. Whoever reports the loss there is told before.
pub fn due_at_kiosk(old: &Card, institutions: &Institutions, today: Date) -> Option<(String, &'static str)> {
    clause!(R22.1);
    match fee_of(old, &Purpose::Reissue { old: old.id }, institutions, today) {
        Fee::Due { fen } => {
            let about = format!("补卡应缴工本费{}元，自助服务设施不能收费", yuan(fen));
            Some((about, "请到柜台申请补卡并缴费，缴费后可凭身份证在本机制卡"))
        }
        Fee::Free { .. } | Fee::Paid { .. } => None,
    }
}

/// The new card that was made in place of a card and does not work yet stands against whatever would end the old one or have another
/// made: where it is, and what comes first. `None` where there is none.
pub(crate) fn awaited(file: &HolderFile, old: CardId, around: Around<'_>) -> Option<Refusal> {
    clause!(R27.4);
    let new = file.successor(old)?;
    let (about, way) = if is_handed_out(new, around.batches.get(&new.batch)) {
        (
            "新卡已制成并已领出，尚未启用".to_owned(),
            "请先办理新卡的社保功能启用，旧卡随即停用；新卡遗失的，先挂失新卡，再为新卡办理补卡".to_owned(),
        )
    } else {
        let there = elsewhere(new, around);
        let at = there.about.as_deref().unwrap_or_default();
        if there.reason == Reason::CardNotHere {
            (
                format!("新卡已制成，待领取，{at}"),
                "请在新卡送达领卡网点后持有效身份证件领取，领取后旧卡随即停用".to_owned(),
            )
        } else {
            let way = there.way.as_deref().unwrap_or(there.reason.way_out());
            let at = if at.is_empty() { String::new() } else { format!("，{at}") };
            (format!("新卡已制成，待领取，{}{at}", there.reason.says()), way.to_owned())
        }
    };
    Some(Refusal::about(Reason::ApplicationOpen, about).by(clause!(R27.4)).way(way))
}

/// Neither cancelled nor cleaned: of each it is told which.
pub(crate) fn standing_card(card: &Card) -> Result<(), Refusal> {
    clause!(X10.1);
    if card.is_cancelled() {
        return Err(Reason::CardCancelled.into());
    }
    if card.stands() { Ok(()) } else { Err(Refusal::held([Hold::OneCardCleanUp])) }
}

/// What must hold for the old card, by the reason (R27.1, R27.2, R30.1).
fn replaceable(old: &Card, purpose: &Purpose, ctx: &Ctx, around: Around<'_>) -> Result<(), Refusal> {
    standing_card(old)?;
    let stops = |h: &Hold| matches!(h, Hold::Restriction { .. } | Hold::DeathConfirmed);
    if old.holds.iter().any(stops) {
        return Err(Refusal::held_by(old, stops));
    }
    if matches!(old.custody, Custody::Missing { .. }) {
        clause!(R12.1);
        return Err(Reason::LostBeforeHandOver.into());
    }
    match purpose {
        Purpose::Reissue { .. } => {
            clause!(R27.1);
            if old.loss() != Some(Hold::FormalLoss) {
                // Whoever would report it would be sent back: what keeps it from being reported comes first.
                crate::collection::kept::handed_out(old, around)?;
                return Err(Reason::FormalLossNeeded.into());
            }
        }
        Purpose::Exchange { reason, .. } => {
            clause!(R27.2);
            if old.loss().is_some() {
                return Err(Reason::LostCardIsReissued.into());
            }
            if !matches!(old.custody, Custody::WithHolder { .. }) {
                return Err(not_in_hand(old, around));
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
pub fn exchange_from(valid_until: Date) -> Date {
    clause!(R30.1);
    crate::calendar::add_months_clamped(valid_until, -3)
}

/// The form: what is known, with what has changed written over it, judged again (R29.1).
fn form_of(
    file: &HolderFile,
    old: &Card,
    command: &Replace,
    ctx: &Ctx,
    around: Around<'_>,
) -> Result<Changed, Refusal> {
    clause!(R29.1);
    let known = &file.person.as_ref().ok_or(Reason::NotFound)?.details;
    let form = command
        .stated(known, &old.bank, ctx.today())
        .map_err(|as_written| command.unread(*as_written, Findings::default(), file, ctx))?;
    let now = changed::changed(file, form, &command.seeks(), around.found)?;
    let same = (known.form_no.clone(), known.delivery.clone());
    let changed = *known != ApplicationForm { form_no: same.0, delivery: same.1, ..now.form.clone() };
    let wants = matches!(&command.purpose, Purpose::Exchange { reason: ExchangeReason::DataChanged, .. });
    if wants && !changed && command.photo.is_none() {
        let way = "卡面与档案登记不一致的，换卡原因选择“其他”并写明原因；没有不一致的，无需办理";
        let about = "换卡原因为信息变更，但没有变更的内容";
        return Err(Refusal::about(Reason::NothingToDo, about).way(way));
    }
    Ok(now)
}

/// The events of an application that takes the place of a card, or everything that stands against it, with what was found before.
fn applied(
    file: &HolderFile,
    command: &Replace,
    form: ApplicationForm,
    fee: Fee,
    mut found: Findings,
    ctx: &Ctx,
    around: Around<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    clause!(R27.3);
    let who = Who::of(&form);
    let given = command.given();
    delivery_chosen(command, &mut found);
    look_through(&who, &given, Some(file), ctx, &mut found);
    card_seen(&command.purpose, &command.presented, ctx, &mut found);
    let outlet = around.institutions.org(command.outlet);
    let outlet = outlet.ok_or_else(|| Refusal::about(Reason::NotFound, "经办网点"))?;
    // The card is made by the city of the old one, wherever it was asked for (R27.5): it is collected there too.
    clause!(R27.5);
    let city = command.purpose.old().and_then(|id| file.card(id)).map(|c| c.city.clone());
    let city = city.ok_or(Reason::NotFound)?;
    let there = around.institutions.org(command.collect_at);
    // Where the card is made at once it is collected: that another bank's outlet makes none is told with that.
    let made_there = command.presented.at_counter && command.collect_at == outlet.id;
    let told_below = made_there && outlet.city().as_ref() == Some(&city);
    let collected =
        |o: &Organisation| collects_for(&command.purpose, o, &city, &form.bank, around.institutions);
    if !told_below && !there.is_some_and(collected) {
        let (clause, what) = collected_where(&command.purpose, &city, &form.bank);
        let remedy = "请从所列网点中选择领卡网点";
        found.defect(Field::CollectAt, "no_pick_up_outlet", clause, &what, remedy);
    }
    look_at_delivery(who.posts(), &city, ctx, around.institutions, &mut found);
    let policy = around.institutions.policy_of(&city, ctx.today());
    // Whom the city issued a card to was entitled then: only who it is, and that he lives, is asked again.
    let mut standing = standing(&form, command.checks.iter(), &policy, ctx.today());
    standing.forget(CheckItem::Entitlement, Reason::NotEligible);
    standing.tell(&mut found);
    let instant_at = command.presented.instant_at(outlet, &city, &form.bank, &mut found);
    found.told()?;
    let consent = command.consent.clone().ok_or(Reason::ConsentMissing)?;
    let stage = match standing.open.is_empty() {
        true => Stage::Accepted { at: ctx.now },
        false => Stage::Received,
    };
    let clock = Clock::start(ClockKind::Replacement, ctx.today(), &around.institutions.calendar);
    let application = Application {
        id: command.id,
        form_no: form.form_no.clone(),
        purpose: command.purpose.clone(),
        origin: origin(ctx),
        city,
        bank: form.bank.clone(),
        outlet: outlet.id,
        collect_at: command.collect_at,
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
        photo_from: photo_from(&form, &given, ctx.today()),
        delivery: form.delivery.clone(),
        chose_outlet: false,
        by_hand: None,
        taken_by: clerk(ctx),
        instant_at,
        taken_out: None,
        urgent_ground: None,
        before: file.person.as_ref().map(|p| Box::new(Before::of(p))),
        // What is to be told was told, or the form is not taken (R14.4).
        post_agreed: form.delivery.as_ref().map(|_| ctx.now),
    };
    let applied = HolderEvent::Applied {
        application: Box::new(application),
        details: Box::new(form),
        photo: command.photo.clone(),
    };
    let filed = command.presented.filed(command.id, command.outlet, ctx);
    Ok(std::iter::once(applied).chain(filed).collect())
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
        events.extend(ended::given_up(file, application, ctx));
        Ok(events)
    }
}

/// Whether the card that a new one takes the place of can be given back where the new one is handed over: it is with its holder, and
/// was not left behind by a change of the bank, whose old bank takes it back after the settlement (R31.1).
pub(crate) fn old_comes_back(file: &HolderFile, new: &Card) -> bool {
    let Some(application) = file.application(new.application) else { return false };
    let old = application.purpose.old().and_then(|id| file.card(id));
    !matches!(application.purpose, Purpose::BankChange { .. })
        && old.is_some_and(|c| matches!(c.custody, Custody::WithHolder { .. }))
}

/// Whether whoever collects a card has one to give back for it: an old card that is in use and not lost.
pub fn brings_the_old(file: &HolderFile, new: CardId) -> bool {
    let old = |new: &Card| file.application(new.application)?.purpose.old().and_then(|id| file.card(id));
    file.card(new).is_some_and(|new| {
        old_comes_back(file, new) && old(new).is_some_and(|o| o.loss().is_none() && !o.is_cancelled())
    })
}

/// What happens to the old card when the new one starts to work: it is cancelled, and its account is closed in time (R27.4). It is taken
/// back at `back_at` when a clerk there says that it is in his hand, and else later by 回收. After a change of the bank the old
/// account is put on loss, and nothing else: the old bank settles, closes and takes the card back (R31.1). A new card that was lost
/// before it worked ends with the one that it was made for.
pub fn takes_over(file: &HolderFile, new: &Card, back_at: Option<OrgId>, ctx: &Ctx) -> Vec<HolderEvent> {
    clause!(R27.4);
    let mut events = Vec::new();
    let mut by = new;
    for _ in 0..=file.cards.len() {
        let Some(application) = file.application(by.application) else { break };
        let Some(old) = application.purpose.old().and_then(|id| file.card(id)) else { break };
        if !old.is_cancelled() {
            let back_at = back_at.filter(|_| by.id == new.id && old_comes_back(file, new));
            events.extend(takes_place_of(old, by.id, application, back_at, ctx));
        }
        by = old;
    }
    events
}

/// The same of one old card and the one that was made in its place.
fn takes_place_of(
    old: &Card,
    by: CardId,
    application: &Application,
    back_at: Option<OrgId>,
    ctx: &Ctx,
) -> Vec<HolderEvent> {
    let mut events = Vec::new();
    let leaves = matches!(application.purpose, Purpose::BankChange { .. });
    if leaves && old.loss() != Some(Hold::FormalLoss) {
        clause!(R31.1);
        events.push(HolderEvent::LossReported {
            card: old.id,
            formal: true,
            by_bank_change: true,
            by: Attendance::default(),
        });
        events.push(link::intend(old, IntentKind::LoseFormally, ctx));
    }
    events.push(HolderEvent::CardReplaced { old: old.id, by });
    if let Some(at) = back_at {
        let reason = RecallReason::Exchanged;
        let (card, from) = (old.id, Party::Holder);
        events.push(HolderEvent::TakenBack { card, from, at, reason, data_to: None });
    }
    if !leaves && link::wants_closing(old) {
        events.push(link::intend(old, IntentKind::Close, ctx));
    }
    events
}
