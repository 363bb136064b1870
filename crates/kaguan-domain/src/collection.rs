//! 领取 (Articles 13 to 15): to the holder at the outlet, by post against a pick-up code, or by the employer's
//! operator. 个人领取 enables the social function at once; batch collection enables nothing.

use crate::clause;
use crate::ctx::Ctx;
use crate::facts::activation::EnableManner;
use crate::facts::batch::{BatchEvent, BatchFile, keeper_of};
use crate::facts::boxes::BoxHandedOver;
use crate::facts::card::{Card, Social};
use crate::facts::custody::{Collector, Custody, Party};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::institution::{Institutions, OrgKind};
use crate::ids::{BoxId, CardId, OrgId};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_keeper_of};
use serde::{Deserialize, Serialize};

/// 个人领卡启用-领取.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct HandOver {
    pub card: CardId,
    /// At which outlet.
    pub outlet: OrgId,
    pub collector: Collector,
    /// Whether the documents were verified in the original.
    pub verified: bool,
    /// Whether the ledger was signed.
    pub signed: bool,
}

/// 批量领取: a box to the employer's operator (R15.1).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct HandOverToUnit {
    pub r#box: BoxId,
    /// 单位编号.
    pub employer: String,
    /// 授权经办人, name.
    pub operator: String,
    /// Reference of the sealed authorisation.
    pub authorisation: String,
    /// Whether the operator's document was verified in the original.
    pub verified: bool,
    /// Cards counted by both.
    pub counted: i64,
}

/// 邮递上门.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Post {
    pub card: CardId,
    pub outlet: OrgId,
    /// Tracking number.
    pub tracking: String,
    /// Digest of the pick-up code, made at the door; the code itself goes to the holder by SMS only.
    pub code_digest: String,
}

/// The holder signs for a posted card with the pick-up code.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ConfirmPost {
    pub card: CardId,
    /// Digest of the code that the holder gave.
    pub code_digest: String,
    /// Who signed.
    pub collector: Collector,
}

/// The outlet that keeps a card now; refuses when it is anywhere else.
fn kept_at(card: &Card, outlet: OrgId, around: Around<'_>) -> Result<(), Refusal> {
    let batch = around.batches.get(&card.batch);
    if let Custody::InBox { r#box } = card.custody {
        let under_way = batch.and_then(|b| b.box_file(r#box)).is_some_and(|b| b.on_the_way.is_some());
        if under_way {
            return Err(Reason::CardNotHere.into());
        }
    }
    match keeper_of(&card.custody, batch) {
        Some(Party::Org(org)) if org == outlet => Ok(()),
        Some(Party::Holder | Party::Employer(_)) => Err(Reason::AlreadyHandedOver.into()),
        _ => Err(Reason::CardNotHere.into()),
    }
}

/// A card that may be handed out at all.
fn deliverable(card: &Card) -> Result<(), Refusal> {
    if matches!(card.social, Social::Cancelled { .. }) {
        return Err(Reason::CardCancelled.into());
    }
    if card.is_held() {
        return Err(Reason::CardHeldBack.into());
    }
    Ok(())
}

/// The two events of 领取: handed over, and the social function enabled at once (R14.2).
fn hand_over_and_enable(
    file: &HolderFile,
    card: &Card,
    from: Party,
    collector: Collector,
    ctx: &Ctx,
) -> Result<Vec<HolderEvent>, Refusal> {
    clause!(R14.2);
    if file.cards.iter().any(|c| c.id != card.id && c.in_force() && !file.replaces(card, c)) {
        return Err(Reason::OtherCardInForce.into());
    }
    let at = match from {
        Party::Org(id) => Some(id),
        _ => None,
    };
    let mut events = vec![HolderEvent::HandedOver { card: card.id, from, collector }];
    events.extend(file.clock_ends(card.application, ctx.today()));
    events.extend(crate::replacement::takes_over(file, card, at, ctx));
    events.push(HolderEvent::Enabled { card: card.id, manner: EnableManner::AtCollection });
    Ok(events)
}

impl Rule for HandOver {
    fn verb(&self) -> Verb {
        Verb::HandOver
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::At(self.outlet)
    }

    /// Decides 个人领取.
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R14.1);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        kept_at(card, self.outlet, around)?;
        deliverable(card)?;
        if !self.verified {
            return Err(Reason::CollectorNotVerified.into());
        }
        if let Collector::Agent { name, document_number, copy } = &self.collector
            && (name.is_empty() || document_number.is_empty() || copy.is_empty())
        {
            return Err(Refusal::about(
                Reason::CollectorNotVerified,
                "须登记代领人姓名、证件号码并留存证件影像",
            ));
        }
        if !self.signed {
            return Err(Refusal::about(Reason::CollectorNotVerified, "领取人尚未在签收台账上签字"));
        }
        hand_over_and_enable(file, card, Party::Org(self.outlet), self.collector.clone(), ctx)
    }
}

/// What the clerk must tell the holder when the card is handed over (R14.3).
pub fn reminder(at: OrgKind) -> &'static str {
    clause!(R14.3);
    match at {
        OrgKind::BankOutlet => "社保功能已启用。请在本网点同时办理银行账户激活。",
        _ => "社保功能已启用。请提醒持卡人本人携带有效身份证件，到服务银行柜台办理银行账户激活。",
    }
}

/// Decides 批量领取: counts, signs, enables nothing.
pub fn hand_over_to_unit(
    file: &BatchFile,
    command: &HandOverToUnit,
    institutions: &Institutions,
) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(R15.1);
    let b = file.box_file(command.r#box).ok_or(Reason::NotFound)?;
    let from = match b.keeper {
        Party::Org(id) if b.on_the_way.is_none() => id,
        Party::Employer(_) => return Err(Reason::AlreadyHandedOver.into()),
        _ => return Err(Reason::CardNotHere.into()),
    };
    if !institutions.org(from).is_some_and(|o| o.kind.is_outlet()) {
        return Err(Reason::CardNotHere.into());
    }
    if b.employer.as_deref() != Some(command.employer.as_str()) {
        return Err(Reason::NotThisEmployer.into());
    }
    if !command.verified || command.operator.is_empty() || command.authorisation.is_empty() {
        return Err(Refusal::about(Reason::CollectorNotVerified, "须核实授权经办人身份并收取单位授权委托书"));
    }
    let inside = file.inside(b.id);
    if command.counted != inside || inside == 0 {
        let about = format!("箱内有{inside}张，双方清点{}张", command.counted);
        return Err(Refusal::about(Reason::CountMismatch, about));
    }
    Ok(vec![BatchEvent::BoxHandedOver(BoxHandedOver {
        r#box: b.id,
        from,
        employer: command.employer.clone(),
        counted: command.counted,
        operator: command.operator.clone(),
        authorisation: command.authorisation.clone(),
    })])
}

impl Rule for Post {
    fn verb(&self) -> Verb {
        Verb::Post
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::At(self.outlet)
    }

    /// Decides 邮递上门.
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R14.1);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        kept_at(card, self.outlet, around)?;
        deliverable(card)?;
        if around.institutions.policy_of(&card.city, ctx.today()).no_postal_service {
            clause!(R42.1);
            return Err(Refusal::about(Reason::NotOfferedHere, "邮递上门"));
        }
        if self.tracking.is_empty() || self.code_digest.is_empty() {
            return Err(Refusal::about(Reason::MaterialDefective, "须登记邮件号并生成短信取件码"));
        }
        let posted = HolderEvent::Posted {
            card: card.id,
            from: self.outlet,
            tracking: self.tracking.clone(),
            code_digest: self.code_digest.clone(),
        };
        Ok([posted].into_iter().chain(file.clock_ends(card.application, ctx.today())).collect())
    }
}

impl Rule for ConfirmPost {
    fn verb(&self) -> Verb {
        Verb::ConfirmPost
    }

    fn place(&self, file: &HolderFile, around: Around<'_>) -> Place {
        at_keeper_of(file, self.card, around)
    }

    /// Decides the receipt of a posted card: without the right code nothing is handed over.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R14.1);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        let Custody::InPost { from, code_digest, .. } = &card.custody else {
            return Err(Reason::WrongStage.into());
        };
        if *code_digest != self.code_digest {
            return Err(Reason::WrongPickUpCode.into());
        }
        deliverable(card)?;
        hand_over_and_enable(file, card, Party::Post(*from), self.collector.clone(), ctx)
    }
}

/// The day from which an uncollected card is overdue: six calendar months after its box was signed for by the
/// outlet, or handed to the employer (R15.2).
pub fn overdue_from(received_on: jiff::civil::Date) -> jiff::civil::Date {
    clause!(R15.2);
    crate::calendar::add_months_clamped(received_on, 6)
}
