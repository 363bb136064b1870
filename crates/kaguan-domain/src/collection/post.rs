//! 邮递上门 (Article 14): what the holder is told before, the pick-up code by SMS, the receipt against it, and the post that comes
//! back.

use crate::alive;
use crate::application::acts::ActsFor;
use crate::application::form::is_phone;
use crate::clause;
use crate::clause::Clause;
use crate::collection::carrier;
use crate::collection::kept::{deliverable, kept_at, still_delivered};
use crate::collection::ready::waits_anew;
use crate::collection::{
    Taken, hand_over_and_enable, handed_over, period_ends, shows_receipt, without_receipt,
};
use crate::counter::{
    Came, Missing, acting, file_images, file_images_of, guardian_alone, guardian_of_a_child,
    guardian_on_file, guardian_signed, identified, on_file,
};
use crate::ctx::Actor;
use crate::distribution::may_give_out;
use crate::facts::application::{AgentRelation, Application};
use crate::facts::archive::Case;
use crate::facts::batch::{BatchState, keeper_of};
use crate::facts::card::Card;
use crate::facts::counter::{Collector, Deputy, Shown};
use crate::facts::custody::{Custody, Party, PickUpCode};
use crate::facts::form::{Delivery, Field};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::name::names_agree;
use crate::facts::policy::VendorWay;
use crate::facts::post::{CarrierProof, Signature, Wish, WishedBy};
use crate::ids::{ApplicationId, CardId, OrgId, VendorCode};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_keeper_of, at_outlet_of, at_vendor_of};
use crate::spelling;
use jiff::civil::Date;
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
    /// Where to, when the application says nothing or another place, and whose wish that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<Box<Wish>>,
    /// The carrier, by its code among the partners; where there is one only, it need not be named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
}

/// 邮递上门登记: while the application is open, the holder agrees that the card is posted once it is made, and is told what is to be
/// told.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AgreePost {
    pub application: ApplicationId,
    /// 已告知邮费分担.
    pub told_postage: bool,
    /// 已告知凭短信取件码签收.
    pub told_code: bool,
    /// As in [`Post`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<Box<Wish>>,
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

/// A posted card was signed for with the pick-up code: before a clerk who saw the documents, or on the carrier's proof.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ConfirmPost {
    pub card: CardId,
    /// Digest of the code that was given; empty when none was.
    pub code_digest: String,
    /// Who signed, and in which capacity.
    pub collector: Collector,
    /// Whether the documents were verified in the original.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verified: bool,
    /// The holder's document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
    /// Whether the ledger was signed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub signed: bool,
    /// 已核实业务受理回执 of a change of the bank, as in [`crate::collection::HandOver`]; on the carrier's proof none is asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub receipt_seen: bool,
    /// 投递签收凭证, when the carrier handed it over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Box<CarrierProof>>,
}

/// 邮件退回登记: a posted card is back at its outlet.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ReceiveReturned {
    pub card: CardId,
    pub outlet: OrgId,
    /// 退件原因.
    pub reason: String,
}

/// All that stands against it at once, under the reason that comes first; the rest in its own words.
fn all_at_once(checked: impl IntoIterator<Item = Result<(), Refusal>>) -> Result<(), Refusal> {
    clause!(R8.5);
    let mut refused: Vec<Refusal> = checked.into_iter().filter_map(Result::err).collect();
    refused.sort_by_key(|r| r.reason);
    let mut by: Vec<Clause> = Vec::new();
    for clause in refused.iter().flat_map(Refusal::clauses) {
        if !by.contains(&clause) {
            by.push(clause);
        }
    }
    let by_other_law = refused.iter().any(|r| r.by_other_law);
    let mut refused = refused.into_iter();
    let Some(mut first) = refused.next() else { return Ok(()) };
    (first.by, first.by_other_law) = (by, by_other_law);
    let others = refused.map(|r| match r.about {
        Some(about) if r.reason == first.reason => about,
        Some(about) => format!("{}：{about}", r.reason.says()),
        None => r.reason.says().to_owned(),
    });
    let said: Vec<String> = first.about.clone().into_iter().chain(others).collect();
    first.about = (!said.is_empty()).then(|| said.join("；"));
    Err(first)
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

/// What is missing or wrong of where a card is to be posted to, as Chinese phrases, all of it.
pub fn unaddressed(to: &Delivery) -> Vec<&'static str> {
    clause!(R10.5);
    let phone = Field::RecipientPhone.folded(&to.phone);
    let nowhere = spelling::says_nothing(&phone);
    let lacks = [
        ("未登记邮寄地址", spelling::says_nothing(&to.address)),
        ("未登记收件人姓名", spelling::says_nothing(&to.recipient)),
        ("未登记收件人联系方式", nowhere),
        ("收件人联系方式不是有效的电话号码，请填写手机号码或带区号的固定电话", !nowhere && !is_phone(&phone)),
    ];
    lacks.into_iter().filter(|(_, lacks)| *lacks).map(|(what, _)| what).collect()
}

/// Whether it is known where a card is to be posted to: where its application says, unless somebody says another place (R10.5).
fn addressed(application: &Application, wish: Option<&Wish>) -> Result<(), Refusal> {
    clause!(R10.5);
    let Some(wish) = wish else {
        return application.delivery.as_ref().map(|_| ()).ok_or_else(|| Reason::PostNotAskedFor.into());
    };
    let mut missing = Missing::default();
    unaddressed(&wish.to).into_iter().for_each(|what| missing.say(what));
    missing.end_by(Reason::MaterialDefective, clause!(R10.5))
}

/// Whether whoever says the other place is somebody whose wish counts: the business is that of the post (R14.4).
fn wished_by(wish: Option<&Wish>, asked: Asked<'_>) -> Result<(), Refusal> {
    clause!(R14.4);
    let Some(wish) = wish else { return Ok(()) };
    let mut missing = Missing::default();
    match &wish.by {
        WishedBy::AtCounter { verified, shown, deputy } => {
            let deputy = deputy.as_deref();
            guardian_of_a_child(&mut missing, deputy, asked);
            let (verified, holder) = (*verified, shown.as_ref());
            identified(&mut missing, Came { verified, holder, deputy, acts: ActsFor::Card }, asked);
        }
        WishedBy::ByPhone { name, relation, called_back } => {
            missing.unless(*called_back, "未回拨档案登记的手机号码核对通话人身份");
            named_or_related(&mut missing, (name, *relation), "通话人", asked);
            let way = "请由档案登记的监护人提出；由其他监护人提出的，请其持双方有效身份证件和监护人证明文件到网点提出";
            guardian_alone(&mut missing, *relation, ("通话人须为其监护人", way), asked);
            guardian_on_file(&mut missing, (*relation, name, ""), ("通话人", way), asked);
        }
    }
    missing.end_by(Reason::DocumentsNotVerified, clause!(R14.4))
}

/// Whoever signs on the word of another: by name the holder, or somebody whose relation is stated; for a child the guardian.
fn signed_for(missing: &mut Missing, name: &str, relation: Option<AgentRelation>, asked: Asked<'_>) {
    clause!(R14.5);
    named_or_related(missing, (name, relation), "签收人", asked);
    guardian_signed(missing, relation, asked);
}

/// By name the holder, or somebody whose relation is stated; `who` is what he is called.
fn named_or_related(
    missing: &mut Missing,
    (name, relation): (&str, Option<AgentRelation>),
    who: &str,
    asked: Asked<'_>,
) {
    clause!(R14.5);
    let Some(person) = &asked.file.person else { return };
    if spelling::says_nothing(name) {
        missing.say("未登记本人或代办人姓名");
    } else if relation.is_none() && !names_agree(person.details.name.display(), name) {
        missing.say(format!("所登记的姓名不是持卡人，须登记{who}与持卡人的关系"));
    }
}

/// 邮递约定 as it is to be recorded: nothing when the application has it already.
fn agreement(application: &Application, wish: Option<&Wish>) -> Option<HolderEvent> {
    let wish = wish.cloned().map(Box::new);
    (wish.is_some() || application.post_agreed.is_none())
        .then_some(HolderEvent::PostAgreed { application: application.id, wish })
}

/// The city offers the post, and there is a telephone that the code can be sent to.
fn can_be_posted(file: &HolderFile, card: &Card, asked: &Asked<'_>) -> Result<(), Refusal> {
    let Asked { ctx, around, .. } = asked;
    if around.institutions.no_post_in(&card.city, ctx.today()).is_some() {
        clause!(R42.1);
        return Err(Refusal::about(Reason::NotOfferedHere, "邮递上门"));
    }
    reachable(file)
}

fn reachable(file: &HolderFile) -> Result<(), Refusal> {
    clause!(R14.1);
    if file.person.as_ref().is_none_or(|p| p.details.mobile.is_none()) {
        let why = "没有手机号码，无法发送短信取件码";
        return Err(Refusal::about(Reason::MaterialDefective, why).by(clause!(R14.1)));
    }
    Ok(())
}

fn tracked(tracking: &str, code_digest: &str) -> Result<(), Refusal> {
    clause!(R14.1);
    let mut missing = Missing::default();
    missing.unless(!spelling::says_nothing(tracking), "未登记邮件号");
    missing.unless(!code_digest.is_empty(), "没有短信取件码");
    missing.end_by(Reason::MaterialDefective, clause!(R14.1))
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
        may_give_out(file, card, self.outlet, around.institutions)?;
        can_be_posted(file, card, &asked)?;
        let application = file.application(card.application).ok_or(Reason::NotFound)?;
        let wish = self.wish.as_deref();
        // Told once with the application, the holder does not come again.
        let told = wish.is_none() && application.post_agreed.is_some();
        let taken_by = carrier::chosen(self.carrier.as_deref(), around);
        let no_code = || {
            let why = "没有短信取件码，不能告知持卡人";
            Refusal::about(Reason::MaterialDefective, why).by(clause!(R14.1))
        };
        all_at_once([
            tracked(&self.tracking, &self.code_digest),
            self.code.as_ref().map(|_| ()).ok_or_else(no_code),
            taken_by.as_ref().map(|_| ()).map_err(Clone::clone),
            addressed(application, wish),
            wished_by(wish, asked),
            if told { Ok(()) } else { explained(self.told_postage, self.told_code) },
        ])?;
        let copies = wish.map_or(&[][..], |w| w.by.copies());
        let mut events = file_images(copies, card, asked);
        events.extend(agreement(application, wish));
        events.push(HolderEvent::Posted {
            card: card.id,
            from: self.outlet,
            tracking: self.tracking.clone(),
            code_digest: self.code_digest.clone(),
            code: self.code.clone(),
            told: Some(true),
            by: None,
            carrier: taken_by?,
        });
        events.extend(period_ends(file, card, around, ctx));
        Ok(events)
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
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R14.4);
        let Asked { file, ctx, around } = asked;
        let application = file.application(self.application).ok_or(Reason::NotFound)?;
        if !application.is_open() {
            return Err(Refusal::about(Reason::WrongStage, "申请已办结"));
        }
        alive::nothing_is_brought(file)?;
        let wish = self.wish.as_deref();
        if application.post_agreed.is_some() && application.delivery.is_some() && wish.is_none() {
            return Err(Reason::NothingToDo.into());
        }
        if application.employer.is_some() {
            return Err(Refusal::about(Reason::NotOfferedHere, "由单位批量领取的卡"));
        }
        if around.institutions.no_post_in(&application.city, ctx.today()).is_some() {
            return Err(Refusal::about(Reason::NotOfferedHere, "邮递上门"));
        }
        reachable(file)?;
        all_at_once([
            addressed(application, wish),
            wished_by(wish, asked),
            explained(self.told_postage, self.told_code),
        ])?;
        let copies = wish.map_or(&[][..], |w| w.by.copies());
        let case = Case::Application(application.id);
        let mut events = file_images_of(copies, case, application.outlet, ctx);
        events.extend(agreement(application, wish));
        Ok(events)
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
        addressed(application, None)?;
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
            // Where there are several, the vendor's is none of them.
            carrier: carrier::chosen(None, around).unwrap_or_default(),
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
        let Custody::InPost { from, code_digest, since, .. } = &card.custody else {
            return Err(Reason::WrongStage.into());
        };
        carrier::may_sign(card, self.proof.is_some(), asked.ctx)?;
        let wrong_code = *code_digest != self.code_digest;
        // A carrier's computer hears nothing of the holder before it has the code.
        if wrong_code && matches!(asked.ctx.actor, Actor::Partner(_)) {
            return Err(Reason::WrongPickUpCode.into());
        }
        still_delivered(card)?;
        let code = match wrong_code {
            true if self.code_digest.is_empty() => {
                Err(Refusal::about(Reason::MaterialDefective, "未录入短信取件码").by(clause!(R14.1)))
            }
            true => Err(Reason::WrongPickUpCode.into()),
            false => Ok(()),
        };
        let mut missing = Missing::default();
        let deputy = match &self.collector {
            Collector::Holder => None,
            Collector::Deputy(deputy) => Some(&**deputy),
            Collector::Agent { .. } => {
                missing.unverified("须登记代领人姓名、证件种类和号码，并留存证件复印件或影像");
                None
            }
        };
        let (verified, holder) = (self.verified, self.shown.as_ref());
        let came = Came { verified, holder, deputy, acts: ActsFor::Card };
        match self.proof.as_deref() {
            Some(proof) => by_carrier(&mut missing, proof, deputy, (card, since.date()), asked),
            None => {
                guardian_of_a_child(&mut missing, deputy, asked);
                identified(&mut missing, came, asked);
                missing.unless(self.signed, "领取人尚未在签收台账上签字；由邮政企业投递的，须登记其签收凭证");
            }
        }
        // Signed for before a clerk, the card works at once.
        let stated =
            missing.end_enabling(Reason::CollectorNotVerified, deputy.filter(|_| self.proof.is_none()));
        // It is a clerk who looks at the receipt as he gives the card out (Article 31): whoever carries the post is none.
        clause!(R31.3);
        let shows_receipt = self.proof.is_none() && shows_receipt(asked.file, card);
        let stated = match shows_receipt && !self.receipt_seen {
            true => Err(without_receipt(stated)),
            false => stated,
        };
        all_at_once([code, stated]).map_err(|refused| match &refused.way {
            Some(way) if wrong_code => {
                let way = format!("{way}；短信取件码一并核对");
                refused.way(way)
            }
            Some(_) | None => refused,
        })?;
        let copies = deputy.into_iter().flat_map(|d| &d.copies);
        let copies = copies.chain(self.proof.iter().filter_map(|p| p.copy.as_ref()));
        let mut events = file_images(copies, card, asked);
        let from = Party::Post(*from);
        let proof = self.proof.as_deref().cloned();
        let on = proof.as_ref().map_or(asked.ctx.today(), |p| p.signed_on);
        let taken = Taken {
            signature: Signature::of(&self.collector, &from, on, proof),
            from,
            collector: self.collector.clone(),
            shown: self.shown.clone(),
            old_back_at: None,
            receipt_seen: shows_receipt,
        };
        if self.proof.is_some() {
            // No clerk has seen the holder's document: what is signed for is not yet enabled (Article 16).
            clause!(R16.1);
            events.extend(handed_over(card, taken, asked)?);
        } else {
            events.extend(hand_over_and_enable(card, taken, asked)?);
        }
        Ok(events)
    }
}

/// What the carrier's proof must say: number, signer and day; that the signer is who is said to have signed; a deputy is whom the
/// holder had named as the recipient, or is identified as at a counter (R14.5).
fn by_carrier(
    missing: &mut Missing,
    proof: &CarrierProof,
    deputy: Option<&Deputy>,
    (card, posted_on): (&Card, Date),
    asked: Asked<'_>,
) {
    clause!(R14.5);
    missing.unless(!spelling::says_nothing(&proof.number), "未登记邮政企业签收凭证编号");
    if proof.signed_on < posted_on || proof.signed_on > asked.ctx.today() {
        missing.say("签收日期不在寄出之日与今天之间");
    }
    let signed_by = deputy.is_none_or(|d| names_agree(&d.name, &proof.signer));
    missing.unless(signed_by, "签收凭证上的签收人与所登记的代领人不符");
    signed_for(missing, &proof.signer, deputy.map(|d| d.relation), asked);
    let other = deputy.is_some_and(|d| d.other_guardian);
    if let Some(d) = deputy.filter(|_| !other) {
        let way =
            "请核对签收人与持卡人的关系；由其他监护人签收的，由寄出网点核实其监护人证明文件，勾选确认后登记";
        let said = (Some(d.relation), d.name.as_str(), d.document_number.as_str());
        guardian_on_file(missing, said, ("签收人", way), asked);
    }
    on_file(missing, proof.copy.as_slice(), asked.file);
    let application = asked.file.application(card.application);
    let recipient = application.and_then(|a| a.delivery.as_ref()).map(|d| d.recipient.as_str());
    match deputy {
        // Whom nobody knows as the guardian is identified, whoever named him.
        Some(deputy) if other || recipient.is_none_or(|r| !names_agree(r, &deputy.name)) => {
            acting(missing, deputy, asked);
        }
        Some(deputy) => on_file(missing, &deputy.copies, asked.file),
        None => {}
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
        if spelling::says_nothing(&self.reason) {
            return Err(Refusal::about(Reason::MaterialDefective, "须登记退件原因").by(clause!(R14.1)));
        }
        let back = HolderEvent::PostReturned { card: card.id, at: self.outlet, reason: self.reason.clone() };
        Ok([back].into_iter().chain(waits_anew(card)).collect())
    }
}
