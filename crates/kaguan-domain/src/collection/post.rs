//! 邮递上门 (Article 14): what the holder is told before, the pick-up code by SMS, the receipt against it, and the post that comes
//! back.

use crate::clause;
use crate::collection::{deliverable, hand_over_and_enable, kept_at, period_ends};
use crate::facts::batch::{BatchState, keeper_of};
use crate::facts::card::Card;
use crate::facts::counter::Collector;
use crate::facts::custody::{Custody, Party, PickUpCode};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::policy::VendorWay;
use crate::ids::{ApplicationId, CardId, OrgId, VendorCode};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_keeper_of, at_outlet_of, at_vendor_of};
use serde::{Deserialize, Serialize};

/// 邮递上门.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Post {
    pub card: CardId,
    pub outlet: OrgId,
    /// Tracking number.
    pub tracking: String,
    /// Digest of the pick-up code.
    pub code_digest: String,
    /// The code, which the system makes and nobody but the holder is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<PickUpCode>,
    /// 已告知邮费分担.
    #[serde(default)]
    pub told_postage: bool,
    /// 已告知凭短信取件码签收.
    #[serde(default)]
    pub told_code: bool,
}

/// 邮递上门登记: with the application, the holder agrees that the card is posted once it is made, and is told what is to be told.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AgreePost {
    pub application: ApplicationId,
    /// 已告知邮费分担.
    pub told_postage: bool,
    /// 已告知凭短信取件码签收.
    pub told_code: bool,
}

/// 卡商寄往申请人 (Appendix 7): the vendor posts a finished card to the applicant itself, on behalf of the outlet of collection.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct PostFromVendor {
    pub card: CardId,
    /// Tracking number.
    pub tracking: String,
    /// Digest of the pick-up code.
    pub code_digest: String,
    /// The code, which the system makes and nobody but the holder is told.
    pub code: PickUpCode,
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

/// 邮件退回登记: a posted card is back at its outlet.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ReceiveReturned {
    pub card: CardId,
    pub outlet: OrgId,
    /// 退件原因.
    pub reason: String,
}

/// What the holder has to be told before the post takes the card.
fn explained(postage: bool, code: bool) -> Result<(), Refusal> {
    clause!(R14.4);
    match (postage, code) {
        (true, true) => Ok(()),
        (false, true) => Err(Refusal::about(Reason::PostNotExplained, "邮费分担")),
        (true, false) => Err(Refusal::about(Reason::PostNotExplained, "凭短信取件码签收")),
        (false, false) => Err(Reason::PostNotExplained.into()),
    }
}

/// The city offers the post, and there is a telephone that the code can be sent to.
fn can_be_posted(file: &HolderFile, card: &Card, asked: &Asked<'_>) -> Result<(), Refusal> {
    let Asked { ctx, around, .. } = asked;
    if around.institutions.policy_of(&card.city, ctx.today()).no_postal_service {
        clause!(R42.1);
        return Err(Refusal::about(Reason::NotOfferedHere, "邮递上门"));
    }
    reachable(file)
}

fn reachable(file: &HolderFile) -> Result<(), Refusal> {
    clause!(R14.1);
    if file.person.as_ref().is_none_or(|p| p.details.mobile.is_none()) {
        return Err(Refusal::about(Reason::MaterialDefective, "没有手机号码，无法发送短信取件码"));
    }
    Ok(())
}

fn tracked(tracking: &str, code_digest: &str) -> Result<(), Refusal> {
    clause!(R14.1);
    if tracking.trim().is_empty() || code_digest.is_empty() {
        return Err(Refusal::about(Reason::MaterialDefective, "须登记邮件号并生成短信取件码"));
    }
    Ok(())
}

impl Rule for Post {
    fn verb(&self) -> Verb {
        Verb::Post
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::At(self.outlet)
    }

    /// Decides 邮递上门.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R14.1);
        let Asked { file, ctx, around } = asked;
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        kept_at(card, self.outlet, around)?;
        deliverable(card)?;
        can_be_posted(file, card, &asked)?;
        tracked(&self.tracking, &self.code_digest)?;
        explained(self.told_postage, self.told_code)?;
        let posted = HolderEvent::Posted {
            card: card.id,
            from: self.outlet,
            tracking: self.tracking.clone(),
            code_digest: self.code_digest.clone(),
            code: self.code.clone(),
            told: Some(true),
            by: None,
        };
        Ok([posted].into_iter().chain(period_ends(file, card, around, ctx)).collect())
    }
}

impl Rule for AgreePost {
    fn verb(&self) -> Verb {
        Verb::AgreePost
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        at_outlet_of(file, self.application)
    }

    /// Decides 邮递上门登记.
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R14.4);
        let application = file.application(self.application).ok_or(Reason::NotFound)?;
        if !application.is_open() {
            return Err(Refusal::about(Reason::WrongStage, "申请已办结"));
        }
        if application.post_agreed.is_some() {
            return Err(Reason::NothingToDo.into());
        }
        if application.employer.is_some() {
            return Err(Refusal::about(Reason::NotOfferedHere, "由单位批量领取的卡"));
        }
        if around.institutions.policy_of(&application.city, ctx.today()).no_postal_service {
            return Err(Refusal::about(Reason::NotOfferedHere, "邮递上门"));
        }
        reachable(file)?;
        explained(self.told_postage, self.told_code)?;
        Ok(vec![HolderEvent::PostAgreed { application: application.id }])
    }
}

/// The vendor that keeps a card in a box of a finished batch.
fn kept_by_vendor(card: &Card, around: Around<'_>) -> Result<VendorCode, Refusal> {
    let batch = around.batches.get(&card.batch);
    let made =
        batch.and_then(|b| b.batch.as_ref()).is_some_and(|b| matches!(b.state, BatchState::Made { .. }));
    if !made {
        return Err(Refusal::about(Reason::WrongStage, "该批次尚未完成制卡回盘"));
    }
    let Custody::InBox { r#box } = card.custody else { return Err(Reason::WrongStage.into()) };
    if batch.and_then(|b| b.box_file(r#box)).is_some_and(|b| b.on_the_way.is_some()) {
        return Err(Refusal::about(Reason::NotTheKeeper, "该箱已寄出"));
    }
    match keeper_of(&card.custody, batch) {
        Some(Party::Vendor(vendor)) => Ok(vendor),
        _ => Err(Reason::NotTheKeeper.into()),
    }
}

impl Rule for PostFromVendor {
    fn verb(&self) -> Verb {
        Verb::PostFromVendor
    }

    fn place(&self, file: &HolderFile, around: Around<'_>) -> Place {
        file.card(self.card).map_or(Place::Anywhere, |c| at_vendor_of(c.batch, around))
    }

    /// Decides 卡商寄往申请人: only whom the outlet has told what is to be told, and who agreed.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R14.1);
        clause!(R14.4);
        let Asked { file, ctx, around } = asked;
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        let vendor = kept_by_vendor(card, around)?;
        deliverable(card)?;
        let application = file.application(card.application).ok_or(Reason::NotFound)?;
        if application.post_agreed.is_none() {
            return Err(Refusal::about(Reason::PostNotExplained, "申请人未约定邮递上门"));
        }
        let policy = around.institutions.policy_of(&card.city, ctx.today());
        if policy.closed_ways.contains(&VendorWay::Holder) {
            clause!(R42.1);
            return Err(Refusal::about(Reason::NotOfferedHere, "卡商直接寄往申请人"));
        }
        can_be_posted(file, card, &asked)?;
        tracked(&self.tracking, &self.code_digest)?;
        let posted = HolderEvent::Posted {
            card: card.id,
            from: application.collect_at,
            tracking: self.tracking.clone(),
            code_digest: self.code_digest.clone(),
            code: Some(self.code.clone()),
            told: Some(true),
            by: Some(vendor),
        };
        Ok([posted].into_iter().chain(period_ends(file, card, around, ctx)).collect())
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
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R14.1);
        let card = asked.file.card(self.card).ok_or(Reason::NotFound)?;
        let Custody::InPost { from, code_digest, .. } = &card.custody else {
            return Err(Reason::WrongStage.into());
        };
        if *code_digest != self.code_digest {
            return Err(Reason::WrongPickUpCode.into());
        }
        deliverable(card)?;
        hand_over_and_enable(card, Party::Post(*from), self.collector.clone(), None, None, asked)
    }
}

impl Rule for ReceiveReturned {
    fn verb(&self) -> Verb {
        Verb::ReceiveReturnedPost
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::At(self.outlet)
    }

    /// Decides 邮件退回登记: the card is in stock again, to be collected, posted anew or, after six months, taken back.
    fn decide(&self, Asked { file, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R14.1);
        clause!(R32.1);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        let Custody::InPost { from, .. } = &card.custody else {
            return Err(Refusal::about(Reason::WrongStage, "该卡不在邮递途中"));
        };
        if *from != self.outlet {
            return Err(Refusal::about(Reason::NotAddressedHere, "该卡由其他网点寄出"));
        }
        if self.reason.trim().is_empty() {
            return Err(Refusal::about(Reason::MaterialDefective, "须登记退件原因"));
        }
        Ok(vec![HolderEvent::PostReturned { card: card.id, at: self.outlet, reason: self.reason.clone() }])
    }
}
