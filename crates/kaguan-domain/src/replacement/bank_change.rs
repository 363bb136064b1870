//! 变更服务银行 (Article 31), in this order and no other: reserved → approved by the old bank → carried out at the new
//! bank, which locks the old card and account → the new card is made and handed over, which puts the old account on
//! loss → the old bank settles, closes and takes the card back.

use crate::application::acts::ActsFor;
use crate::application::form::{Circumstances, Door, judge};
use crate::application::presented::Presented;
use crate::application::taking::{self, clerk};
use crate::clause;
use crate::collection::kept::not_in_hand;
use crate::collection::ready::told_once_free;
use crate::counter::{Came, Missing, identified};
use crate::ctx::{Actor, Ctx, Instant};
use crate::facts::application::{Application, Purpose};
use crate::facts::bank_change::{BankChange, BankChangeState, Ending, TakenAt};
use crate::facts::card::{Card, Social};
use crate::facts::claim::Claim;
use crate::facts::counter::Shown;
use crate::facts::custody::Custody;
use crate::facts::form::Field;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::intent::IntentKind;
use crate::fee::{self, Occasion};
use crate::ids::{BankCode, CardId};
use crate::link;
use crate::permission::{Place, Verb};
use crate::refusal::{Findings, Reason, Refusal};
use crate::replacement::ended::{comes_to_nothing, goes_on};
use crate::replacement::{Replace, applied, awaited, guardian_comes};
use crate::rule::{Around, Asked, Rule, at_bank_of};
use crate::spelling;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// 预约: online or at the new bank.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Reserve {
    /// The card of the old bank.
    pub card: CardId,
    /// The new bank.
    pub to: BankCode,
}

/// 原银行审核.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Approve {
    /// Why not; `None` to approve.
    pub refused: Option<String>,
}

/// 现场办理 at the new bank: the application of the new card.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CarryOut {
    #[serde(flatten)]
    pub replace: Replace,
    /// Whether the holder's document was verified in the original; that the old card was seen is presented with the application.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verified: bool,
    /// The holder's document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
    /// 换卡期间的风险 was told: benefits may not be paid, the old card and its account cannot be used; and the holder acknowledged it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub risks_acknowledged: bool,
}

/// 撤销预约; `lapsed` by the duty that finds it unanswered.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CallOff {
    /// Whether it lapsed.
    pub lapsed: bool,
}

/// A reservation that is not carried out lapses after so many days (a default by decision).
pub const LAPSES_AFTER_DAYS: i64 = 30;

/// The day on which a change that is not carried out lapses.
pub fn lapses_on(change: &BankChange) -> Date {
    clause!(R31.1);
    Instant(change.reserved_at.0 + LAPSES_AFTER_DAYS * 86_400_000_000).date()
}

/// Whether a card is in use, as one must be whose bank is changed.
fn usable(card: &Card, around: Around<'_>) -> Result<(), Refusal> {
    clause!(R31.1);
    if card.is_held() {
        return Err(Refusal::held_back(card));
    }
    match (&card.social, &card.custody) {
        (Social::Enabled { .. }, Custody::WithHolder { .. }) => Ok(()),
        // Enabled, and taken back since.
        (Social::Enabled { .. }, _) => Err(not_in_hand(card, around)),
        (Social::Cancelled { .. }, _) => Err(Reason::CardCancelled.into()),
        (Social::NotEnabled, Custody::WithHolder { .. }) => {
            Err(Refusal::about(Reason::WrongStage, "原卡的社保功能尚未启用"))
        }
        (Social::NotEnabled, _) => Err(not_in_hand(card, around)),
    }
}

/// The refusal of whatever a change that is under way without an open application stands against, with how far it has come.
pub(crate) fn under_way(file: &HolderFile, change: &BankChange) -> Refusal {
    clause!(R31.1);
    let state = match change.state {
        BankChangeState::CarriedOut { .. } if !goes_on(file, change, &[]) => {
            "新卡已注销或清理，变更不再办理；请先由新服务银行网点“撤销预约”，原卡随即解除锁定"
        }
        BankChangeState::Reserved => "待原服务银行审核；不变更的，请先撤销预约",
        BankChangeState::Approved { .. } => "原服务银行已同意，待新服务银行现场办理；不变更的，请先撤销预约",
        BankChangeState::CarriedOut { .. } => "已现场办理，待领取新卡",
    };
    let (day, to) = (change.reserved_at.date(), change.to.name());
    Refusal::about(Reason::BankChangeOrder, format!("已于{day}预约变更为{to}，{state}"))
}

/// The new card of a change is handed over by a clerk of the new bank, who looks at the receipt: no machine makes it.
///
/// # Errors
/// `not_permitted`, of the application of a change.
pub fn handed_over_by_a_clerk(application: &Application) -> Result<(), Refusal> {
    clause!(R31.3);
    if !application.purpose.is_bank_change() {
        return Ok(());
    }
    let about = "变更服务银行的新卡由新服务银行卡经办网点的经办人员核实身份信息和受理回执后交付";
    let refusal = Refusal::about(Reason::NotPermitted, about).by(clause!(R31.3));
    Err(refusal.way("请到新服务银行卡经办网点的柜台办理"))
}

/// The outlet of the officer who takes a wish.
fn taken_at(ctx: &Ctx, around: Around<'_>) -> Option<TakenAt> {
    clause!(R31.1);
    let officer = around.institutions.officer(clerk(ctx)?)?;
    let outlet = around.institutions.org(officer.org)?;
    Some(TakenAt { org: outlet.id, city: outlet.city()? })
}

impl Rule for Reserve {
    fn verb(&self) -> Verb {
        Verb::ReserveBankChange
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        // 预约 at the new bank; 审核 by the old one.
        Place::Bank(self.to.clone())
    }

    /// Decides 预约.
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R31.1);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        if file.open_application().is_some() {
            return Err(Reason::ApplicationOpen.into());
        }
        if let Some(change) = file.bank_change() {
            return Err(under_way(file, change));
        }
        if let Some(refused) = awaited(file, card.id, around) {
            return Err(refused);
        }
        if card.is_cancelled() {
            return Err(Reason::CardCancelled.into());
        }
        usable(card, around)?;
        if card.bank == self.to {
            let refusal = Refusal::from(Reason::SameBank);
            // At a counter nobody chooses the bank: it is the outlet's own.
            let Actor::Officer(_) = ctx.actor else { return Err(refusal) };
            let way =
                "该卡就是本行的卡，无需变更；变更为其他银行的，请持卡人到拟变更银行的卡经办网点或线上预约";
            return Err(refusal.way(way));
        }
        if !around.institutions.banks_of(&card.city).contains(&self.to) {
            return Err(Reason::BankNotOffered.into());
        }
        let change = BankChange {
            old: card.id,
            to: self.to.clone(),
            reserved_at: ctx.now,
            state: BankChangeState::Reserved,
            end_is_kept: true,
            taken_at: taken_at(ctx, around),
        };
        Ok(vec![HolderEvent::BankChangeReserved { change }])
    }
}

impl Rule for Approve {
    fn verb(&self) -> Verb {
        Verb::ApproveBankChange
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        file.bank_change().map_or(Place::Anywhere, |change| at_bank_of(file, change.old))
    }

    /// Decides 原银行审核; a refusal says why.
    fn decide(&self, Asked { file, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R31.1);
        let change = file.bank_change().ok_or(Reason::BankChangeOrder)?;
        if change.state != BankChangeState::Reserved {
            return Err(Reason::BankChangeOrder.into());
        }
        Ok(vec![match &self.refused {
            None => HolderEvent::BankChangeApproved {},
            Some(reason) if spelling::says_nothing(reason) => {
                return Err(Refusal::about(Reason::MaterialDefective, "原银行不同意的，须说明原因")
                    .by(clause!(R31.1)));
            }
            Some(reason) => {
                let how = Ending::Refused { reason: reason.clone() };
                HolderEvent::BankChangeEnded { how, to: Some(change.to.clone()) }
            }
        }])
    }
}

impl Rule for CarryOut {
    fn verb(&self) -> Verb {
        Verb::CarryOutBankChange
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::At(self.replace.outlet)
    }

    fn claims(&self) -> Vec<Claim> {
        vec![Claim::form_number(&Field::FormNo.folded(&self.replace.form_no))]
    }

    /// Decides 现场办理 at the new bank: locks the old card and account, and files the application of the new one.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R31.1);
        let Asked { file, ctx, around } = asked;
        let change = file.bank_change().ok_or(Reason::BankChangeOrder)?;
        if !matches!(change.state, BankChangeState::Approved { .. })
            || self.replace.purpose != (Purpose::BankChange { old: change.old })
        {
            return Err(Reason::BankChangeOrder.into());
        }
        let old = file.card(change.old).ok_or(Reason::NotFound)?;
        usable(old, around)?;
        let outlet = around.institutions.org(self.replace.outlet);
        if outlet.and_then(|o| o.bank.as_ref()) != Some(&change.to) {
            return Err(Reason::NewBankOnly.into());
        }
        crate::one_card::check_at_replacement(file, old)?;
        // Everything that is missing is told at once (R8.5): documents, risks, consent, agent, and the form.
        let mut found = Findings::default();
        let mut missing = Missing::default();
        let (verified, holder) = (self.verified, self.shown.as_ref());
        let came = Came { verified, holder, deputy: None, acts: ActsFor::Card };
        identified(&mut missing, came, asked);
        found.refused(Field::OwnDocument, missing.end_by(Reason::DocumentsNotVerified, clause!(R31.1)));
        if !self.risks_acknowledged {
            clause!(R31.2);
            found.refused(Field::Risks, Err(Reason::RisksNotTold.into()));
        }
        let presented = Presented { document_verified: self.verified, ..self.replace.presented.clone() };
        let replace = Replace { presented, ..self.replace.clone() };
        let mut draft = file.person.as_ref().ok_or(Reason::NotFound)?.details.draft();
        draft.form_no.clone_from(&self.replace.form_no);
        draft.bank = change.to.as_str().to_owned();
        // 收表网点 names an outlet of the old bank; the new account is opened where this is carried out (Appendix 7).
        draft.collection_point.clear();
        // 领取方式 is chosen with each application.
        for field in [Field::Delivery, Field::MailingAddress, Field::Recipient, Field::RecipientPhone] {
            draft.set(field, self.replace.changes.get(field).trim());
        }
        let receipt = self.replace.changes.get(Field::PhotoReceipt).trim();
        if !receipt.is_empty() {
            draft.set(Field::PhotoReceipt, receipt);
        }
        guardian_comes(self.replace.agent.as_ref(), &mut draft);
        let judged = judge(&draft, &Circumstances::new(ctx.today(), Door::OnFile));
        let Some(form) = judged.form else {
            return Err(replace.unread((draft, judged.defects), found, file, ctx));
        };
        let form = taking::keeping_number(file, form);
        let policy = around.institutions.policy_of(&old.city, ctx.today());
        let fee = fee::assess(Occasion::Again, policy.fee(), ctx.today());
        let mut events = applied(file, &replace, form, fee, found, ctx, around)?;
        let shown = self.shown.clone();
        events.push(HolderEvent::BankChangeCarriedOut { risks_acknowledged: true, shown });
        events.push(link::intend(old, IntentKind::Lock, ctx));
        Ok(events)
    }
}

impl Rule for CallOff {
    fn verb(&self) -> Verb {
        Verb::CallOffBankChange
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        file.bank_change().map_or(Place::Anywhere, |change| Place::Bank(change.to.clone()))
    }

    /// Decides 撤销预约: until the old card is locked; and afterwards of a change of whose new card nothing has come.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R31.1);
        let Asked { file, ctx, .. } = asked;
        let change = file.bank_change().ok_or(Reason::BankChangeOrder)?;
        if matches!(change.state, BankChangeState::CarriedOut { .. }) {
            if !goes_on(file, change, &[]) {
                let mut events = comes_to_nothing(file, change, &[], ctx);
                let told = told_once_free(asked, &events);
                events.extend(told);
                return Ok(events);
            }
            let about =
                "原卡已锁定；换卡申请未缴费且未进入制卡批次的，请在该申请下“撤销补换卡”，原卡随即解除锁定";
            return Err(Refusal::about(Reason::BankChangeOrder, about));
        }
        let age = ctx.now.0 - change.reserved_at.0;
        if self.lapsed && age < LAPSES_AFTER_DAYS * 86_400 * 1_000_000 {
            return Err(Reason::NothingToDo.into());
        }
        let how = match (self.lapsed, &change.state) {
            (false, _) => Ending::Withdrawn,
            (true, BankChangeState::Reserved) => Ending::Unanswered,
            (true, BankChangeState::Approved { .. } | BankChangeState::CarriedOut { .. }) => Ending::Lapsed,
        };
        Ok(vec![HolderEvent::BankChangeEnded { how, to: Some(change.to.clone()) }])
    }
}
