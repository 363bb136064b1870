//! 领取 (Articles 13 to 15): to the holder at the outlet, by post against a pick-up code, or by the employer's
//! operator. 个人领取 enables the social function at once; batch collection enables nothing.

pub(crate) mod carrier;
pub(crate) mod kept;
mod post;
pub(crate) mod ready;
mod unit;

pub use carrier::{TakeLabel, TrackPost};
pub use kept::{brought_back, is_handed_out, overdue_from};
pub use post::{AgreePost, ConfirmPost, Post, PostFromVendor, ReceiveReturned, unaddressed};
pub use ready::{ready_said, waits_to_be_posted};
pub(crate) use unit::open_paper;
pub use unit::{
    BoxEmployer, HandOverToUnit, SignAtUnit, employer_of_box, hand_over_to_unit, unstated_signature,
};

use crate::application::acts::ActsFor;
use crate::clause;
use crate::collection::kept::{deliverable, kept_at};
use crate::counter::{Came, Missing, file_images, guardian_of_a_child, identified};
use crate::ctx::{Actor, Ctx, Instant};
use crate::distribution::may_give_out;
use crate::facts::activation::EnableManner;
use crate::facts::card::{Account, Card, Social};
use crate::facts::counter::{Attendance, Collector, Shown};
use crate::facts::custody::{Custody, Party};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::institution::{OrgKind, Organisation};
use crate::facts::post::Signature;
use crate::ids::{CardId, OrgId};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::replacement::made_alone;
use crate::rule::{Around, Asked, Rule};
use jiff::civil::Date;
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
    /// The holder's document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
    /// 旧卡已交回: the card that this one takes the place of is in the clerk's hand.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub old_card_back: bool,
    /// 已核实业务受理回执: the receipt of a change of the bank, whose new card this is (R31.3); of any other card none is asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub receipt_seen: bool,
}

/// Whether whoever collects a card before a clerk shows the receipt of its application: of the new card of a change of the bank, as Article 31 has
/// it. Article 14 asks for none, and a card that was in use and is given back is collected no more. No employer collects such a card, no machine
/// gives one out, and the carrier's man, who hands one over on his own proof, is no clerk.
pub fn shows_receipt(file: &HolderFile, card: &Card) -> bool {
    clause!(R31.3);
    file.shows_receipt(card)
}

/// What is told of that receipt where nobody has looked at it: by its own article, and beside whatever else is missing.
fn without_receipt(others: Result<(), Refusal>) -> Refusal {
    clause!(R8.5);
    clause!(R31.3);
    let unseen = "未核实变更服务银行的业务受理回执";
    match others {
        Ok(()) => Refusal::about(Reason::MaterialDefective, unseen)
            .by(clause!(R31.3))
            .way("请核实业务受理回执后勾选；回执遗失的，由受理网点补打后核实"),
        Err(mut refused) => {
            let clauses = if refused.by.is_empty() { vec![refused.reason.clause()] } else { refused.by };
            refused.by = clauses.into_iter().chain([clause!(R31.3)]).collect();
            let about: Vec<_> = refused.about.into_iter().chain([unseen.to_owned()]).collect();
            refused.about = Some(about.join("；"));
            refused
        }
    }
}

/// The day on which a card was distributed to its outlet: there the period of Article 7 ends. `None` while it is on its way, and of a single
/// card that lies with a centre, which hands none out.
pub fn distributed_on(card: &Card, around: Around<'_>) -> Option<Date> {
    clause!(R7.1);
    match &card.custody {
        Custody::InBox { r#box } => {
            let arrived = around.batches.get(&card.batch)?.box_file(*r#box)?.arrived?;
            Some(arrived.date())
        }
        Custody::InPost { since, .. } | Custody::WithHolder { since } | Custody::Recalled { since, .. } => {
            let arrived = arrived_in_box(card, around);
            Some(arrived.unwrap_or(*since).date())
        }
        Custody::AtOutlet { org } => {
            if around.institutions.org(*org).is_some_and(|o| !o.kind.is_outlet()) {
                return None;
            }
            let came = card.came_back.unwrap_or(Instant::at_start_of(card.issued_on));
            Some(arrived_in_box(card, around).unwrap_or(came).date())
        }
        Custody::Missing { .. } | Custody::Destroyed { .. } => None,
    }
}

/// When the box arrived in which a card came that lies in it no more: the batch has one for its outlet, or several that came
/// together. `None` for a pre-made card, and for one that came singly since: of one that had come in its box the period ended then.
fn arrived_in_box(card: &Card, around: Around<'_>) -> Option<Instant> {
    if card.came_back.is_some() {
        return None;
    }
    let boxes = &around.batches.get(&card.batch)?.boxes;
    boxes.iter().filter_map(|b| b.arrived).max()
}

/// The end of the application's own period, on the day on which its card reached the outlet (R7.1, R27.3); today when it does so now.
pub(crate) fn period_ends(
    file: &HolderFile,
    card: &Card,
    around: Around<'_>,
    ctx: &Ctx,
) -> Option<HolderEvent> {
    file.clock_ends(card.application, distributed_on(card, around).unwrap_or(ctx.today()))
}

/// Who took a card, from whom, and on what.
struct Taken {
    from: Party,
    collector: Collector,
    shown: Option<Shown>,
    signature: Signature,
    /// Where the old card was given back.
    old_back_at: Option<OrgId>,
    /// Whether the receipt of a change of the bank was looked at.
    receipt_seen: bool,
}

/// 领取 alone: the card is its holder's, and nothing is enabled.
fn handed_over(
    card: &Card,
    taken: Taken,
    Asked { file, ctx, around }: Asked<'_>,
) -> Result<Vec<HolderEvent>, Refusal> {
    clause!(R14.2);
    if file.cards.iter().any(|c| c.id != card.id && c.in_force() && !file.replaces(card, c)) {
        return Err(Reason::OtherCardInForce.into());
    }
    let mut events = vec![HolderEvent::HandedOver {
        card: card.id,
        from: taken.from,
        collector: taken.collector,
        shown: taken.shown,
        signature: Some(Box::new(taken.signature)),
        receipt_seen: taken.receipt_seen,
    }];
    events.extend(period_ends(file, card, around, ctx));
    Ok(events)
}

/// The two events of 领取: handed over, and the social function enabled at once (R14.2); given back to its holder, a card that was in use
/// goes on as it was.
fn hand_over_and_enable(card: &Card, taken: Taken, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
    clause!(R14.2);
    let old_back_at = taken.old_back_at;
    let mut events = handed_over(card, taken, asked)?;
    if card.social != Social::NotEnabled {
        return Ok(events);
    }
    events.extend(crate::replacement::takes_over(asked.file, card, old_back_at, asked.ctx));
    events.push(HolderEvent::Enabled {
        card: card.id,
        manner: EnableManner::AtCollection,
        by: Attendance::default(),
    });
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
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R14.1);
        let Asked { file, around, .. } = asked;
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        kept_at(card, self.outlet, around)?;
        deliverable(card)?;
        may_give_out(file, card, self.outlet, around.institutions)?;
        if let Actor::Kiosk(_) = asked.ctx.actor
            && let Some(application) = file.application(card.application)
            && (shows_receipt(file, card) || !application.purpose.is_bank_change())
        {
            made_alone(file, application)?;
        }
        if let Actor::Kiosk(_) = asked.ctx.actor
            && !(card.pre_made.is_some() && card.issued_on == asked.ctx.today())
        {
            clause!(R36.2);
            let about = "自助服务设施只交付当场制成的卡，其他待领卡请到柜台领取";
            return Err(Refusal::about(Reason::NotPermitted, about));
        }
        let mut missing = Missing::default();
        let deputy = match &self.collector {
            Collector::Holder => None,
            Collector::Deputy(deputy) => Some(&**deputy),
            Collector::Agent { .. } => {
                missing.unverified("须登记代领人姓名、证件种类和号码，并留存证件复印件或影像");
                None
            }
        };
        guardian_of_a_child(&mut missing, deputy, asked);
        let (verified, holder) = (self.verified, self.shown.as_ref());
        let came = Came { verified, holder, deputy, acts: ActsFor::Card };
        identified(&mut missing, came, asked);
        missing.unless(self.signed, "领取人尚未在签收台账上签字");
        let others = missing.end_enabling(Reason::CollectorNotVerified, deputy);
        let shows_receipt = shows_receipt(file, card);
        if shows_receipt && !self.receipt_seen {
            return Err(without_receipt(others));
        }
        others?;
        if self.old_card_back && !crate::replacement::old_comes_back(file, card) {
            clause!(R31.1);
            let about = "没有应由本网点收回的旧卡；变更服务银行的旧卡由原服务银行结转后回收";
            return Err(Refusal::about(Reason::WrongStage, about));
        }
        let back_at = self.old_card_back.then_some(self.outlet);
        let from = Party::Org(self.outlet);
        let mut events = file_images(deputy.iter().flat_map(|d| &d.copies), card, asked);
        let taken = Taken {
            signature: Signature::of(&self.collector, &from, asked.ctx.today(), None),
            from,
            collector: self.collector.clone(),
            shown: self.shown.clone(),
            old_back_at: back_at,
            receipt_seen: shows_receipt,
        };
        events.extend(hand_over_and_enable(card, taken, asked)?);
        Ok(events)
    }
}

/// What whoever collects the new card after a change of the bank is told beside it: the money in the old account is moved, and the old card
/// ended, by the old bank (R31.3). `None` of any other card, and once that account is closed.
pub fn left_at_old_bank(file: &HolderFile, card: &Card) -> Option<String> {
    clause!(R31.3);
    let left =
        |old: &&Card| file.left_for_another_bank(old) && !old.account_is_closed() && old.bank != card.bank;
    let old = file.cards.iter().find(left)?;
    let bank = old.bank.name();
    let then = match card.account {
        Account::PreOpened => "激活后",
        Account::Active { .. } | Account::Closed { .. } => "",
    };
    Some(format!(
        "请告知持卡人{then}携带新、旧社会保障卡、有效身份证件和业务受理回执，到原服务银行（{bank}）办理账户资金结转和旧卡注销。"
    ))
}

/// What the clerk must tell the holder when a card was handed over (R14.3): only an outlet of its bank activates its account; what the post
/// handed over is not enabled yet; of a card that was given back (发还) as it was there may be nothing left to do. Of a child's card
/// (`child`: under sixteen) it is the guardian who goes on.
pub fn reminder(at: &Organisation, card: &Card, child: bool) -> String {
    clause!(R14.3);
    clause!(R8.2);
    let whom = if child {
        "监护人持双方有效身份证件和监护人证明文件"
    } else {
        "持卡人本人持有效身份证件"
    };
    let back = if card.is_given_back() { "社保卡已发还。" } else { "" };
    if let Some(left) = card.closed_said() {
        let social = match card.social {
            Social::NotEnabled => format!("请提醒{whom}办理社保功能启用"),
            Social::Enabled { .. } | Social::Cancelled { .. } => "社保功能已启用".to_owned(),
        };
        return format!("{back}{social}；{left}。");
    }
    if card.social == Social::NotEnabled {
        return format!("{back}请提醒{whom}办理社保功能启用和银行账户激活。");
    }
    match card.account {
        Account::PreOpened => {}
        Account::Active { .. } => {
            return format!("{back}社保功能已启用，银行账户已激活，无需另行办理。");
        }
        Account::Closed { .. } => return format!("{back}社保功能已启用，银行账户已销户。"),
    }
    if at.kind == OrgKind::BankOutlet && at.bank.as_ref() == Some(&card.bank) {
        return format!("{back}社保功能已启用。请在本网点同时办理银行账户激活。");
    }
    let bank = card.bank.name();
    format!("{back}社保功能已启用。请提醒{whom}，到服务银行（{bank}）柜台办理银行账户激活。")
}
