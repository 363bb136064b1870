//! 缺卡: a card that got lost, or was found again, before its holder had it — in a box, at an outlet, with an employer, in the
//! post (R12.1). It blocks nothing but itself, and is made again by `replacement::MakeAgain`.

use crate::clause;
use crate::codes::vendor_name;
use crate::collection::kept::{box_of, elsewhere};
use crate::collection::period_ends;
use crate::collection::ready::{ready_singly, waits_anew};
use crate::ctx::Instant;
use crate::distribution::single::may_take_over;
use crate::distribution::{stated, waits_to_be_taken_over};
use crate::facts::batch::{BatchState, keeper_of};
use crate::facts::card::Card;
use crate::facts::custody::{Custody, Disappearance, Party, RecallReason};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::institution::{Institutions, OrgKind, Organisation};
use crate::ids::{CardId, OrgId};
use crate::permission::{Place, Verb};
use crate::recall::told_where;
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_keeper_of};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// 登记缺卡: who lost it, where, since when. While a box is under way its sender answers, for nobody has signed for it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordMissing {
    pub card: CardId,
    /// 缺失日期: since when it is missed.
    pub since: Date,
    /// 缺失地点或环节.
    pub place: String,
    /// 情况说明.
    pub account: String,
    /// The organisation that answers for it, when it is not the one that keeps it by the books.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<OrgId>,
    /// When its box was signed for with the shortage that this card is: who answers was stated and signed then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_at: Option<Instant>,
}

impl std::fmt::Debug for RecordMissing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RecordMissing({}, {})", self.card, self.since)
    }
}

/// 登记寻回: a missing card was found, here. When another was made in its place it is kept to be destroyed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RecordFound {
    pub card: CardId,
    pub org: OrgId,
}

/// 单卡转接: an organisation signs for a card that another one keeps by the books, outside any box: one that was too many in a box
/// here, or that was found where it is not collected.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TakeOver {
    pub card: CardId,
    /// Who takes it over.
    pub org: OrgId,
    /// 保管地点.
    pub kept_at: String,
    /// 签收人.
    pub signer: String,
}

const RECALLED: &str = "该卡已收回";
const DESTROYED: &str = "该卡已销毁";
/// What is done with a card that was taken back.
const BY_RECALL: &str = "请由保管该卡的机构在“回收”办理";
/// What is done where the books say something else than the card in hand.
const LOOK: &str = "请核对卡面号码";

/// A card leaves its box by itself only once the vendor is done with the batch: until then the box is the vendor's, who puts right what is
/// written on it.
fn boxes_are_closed(card: &Card, around: Around<'_>) -> Result<(), Refusal> {
    clause!(R12.1);
    let batch = around.batches.get(&card.batch).and_then(|b| b.batch.as_ref());
    let made = batch.is_none_or(|b| matches!(b.state, BatchState::Made { .. }));
    if made || !matches!(card.custody, Custody::InBox { .. }) {
        return Ok(());
    }
    let told = Refusal::about(Reason::WrongStage, "该批次尚未完成制卡回盘");
    Err(told.by(clause!(R12.1)).way("请待卡商完成制卡回盘后办理"))
}

/// That a card is not recorded as missing, and where the books have it: whoever holds it in hand knows then what to do with it.
fn not_missing(card: &Card, around: Around<'_>) -> Refusal {
    clause!(R12.1);
    let place = elsewhere(card, around);
    let place = place.about.unwrap_or_else(|| place.reason.says().to_owned());
    let told = Refusal::about(Reason::NothingToDo, format!("该卡没有登记缺失；账面：{place}"));
    told.by(clause!(R12.1)).way("请核对卡面号码；未领的卡单张在手的，由接收机构办理单卡转接")
}

/// What follows when a card comes singly to an outlet (Articles 7, 27 and 31): its period ends, unless it had come there in its box, and its
/// holder hears where it waits. Nothing at a centre, which has to pass it on.
fn reaches(card: &Card, here: &Organisation, asked: Asked<'_>) -> Vec<HolderEvent> {
    clause!(R7.1);
    clause!(R31.3);
    if !here.kind.is_outlet() {
        return Vec::new();
    }
    let ends = period_ends(asked.file, card, asked.around, asked.ctx);
    ends.into_iter().chain(ready_singly(asked.file, card, here, asked)).collect()
}

/// Who counts a card: the addressee of a box under way, the outlet that handed a box to an employer, or the keeper.
fn counts_it(file: &HolderFile, card: CardId, around: Around<'_>) -> Option<Place> {
    let b = box_of(file.card(card)?, around)?;
    match (&b.on_the_way, &b.keeper) {
        (Some(way), _) => Some(Place::At(way.to)),
        (None, Party::Employer(_)) => Some(Place::At(b.outlet)),
        (None, _) => None,
    }
}

impl Rule for RecordMissing {
    fn verb(&self) -> Verb {
        Verb::RecordMissing
    }

    fn place(&self, file: &HolderFile, around: Around<'_>) -> Place {
        counts_it(file, self.card, around).unwrap_or_else(|| at_keeper_of(file, self.card, around))
    }

    /// Decides the record of a missing card.
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R12.1);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        match card.custody {
            Custody::InBox { .. } | Custody::AtOutlet { .. } | Custody::InPost { .. } => {}
            Custody::WithHolder { .. } => return Err(Reason::AlreadyHandedOver.into()),
            Custody::Missing { .. } => return Err(Reason::NothingToDo.into()),
            Custody::Recalled { .. } => {
                return Err(Refusal::about(Reason::WrongStage, RECALLED).way(BY_RECALL));
            }
            Custody::Destroyed { .. } => return Err(Refusal::about(Reason::WrongStage, DESTROYED).way(LOOK)),
        }
        boxes_are_closed(card, around)?;
        stated(&[("缺失地点", &self.place), ("情况说明", &self.account)])
            .map_err(|r| r.by(clause!(R12.1)))?;
        if self.since > ctx.today() {
            return Err(Refusal::about(Reason::MaterialDefective, "缺失日期晚于今天").by(clause!(R12.1)));
        }
        let short = match self.counted_at {
            None => None,
            Some(at) => {
                let counted = box_of(card, around).and_then(|b| b.counted_short(at));
                Some(counted.ok_or_else(|| Refusal::about(Reason::NotFound, "该箱签收时登记的短少"))?)
            }
        };
        let stated = match self.answers {
            None => None,
            Some(org) => {
                let unknown = || {
                    let told = Refusal::about(Reason::NotFound, "责任机构").by(clause!(R12.1));
                    told.way("请从机构名单中选择责任机构")
                };
                Some(Party::Org(around.institutions.org(org).ok_or_else(unknown)?.id))
            }
        };
        if let (Some(d), Some(stated)) = (short, &stated)
            && d.answers != *stated
        {
            let answers = party_name(&d.answers, around.institutions);
            let about = format!("签收该箱时已登记短少，责任方是{answers}，缺卡的责任方须与其一致");
            return Err(Refusal::about(Reason::MaterialDefective, about).by(clause!(R12.1)));
        }
        // The books have taken the cards that a count missed from whoever answers already; of one that was settled with its name the keeper
        // has it again, whatever else is short.
        let named = short.is_some_and(|d| d.named > 0);
        if !named && box_of(card, around).is_some_and(|b| b.short() > 0) {
            return Err(Reason::DifferenceOpen.into());
        }
        let from = keeper_of(&card.custody, around.batches.get(&card.batch)).ok_or(Reason::NotFound)?;
        let answers = match (short, stated) {
            (Some(d), _) => d.answers.clone(),
            (None, None) => from.clone(),
            (None, Some(stated)) => stated,
        };
        let (place, account) = (self.place.clone(), self.account.clone());
        let said = Disappearance { answers, place, since: self.since, account, counted_at: self.counted_at };
        Ok(vec![HolderEvent::CardMissing { card: card.id, from, said: Some(Box::new(said)) }])
    }
}

impl Rule for RecordFound {
    fn verb(&self) -> Verb {
        Verb::RecordFound
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::At(self.org)
    }

    /// Decides the record of a card found again. Another one was made in its place: this one is never handed over (R12.1).
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R12.1);
        let Asked { file, ctx, around } = asked;
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        if !matches!(card.custody, Custody::Missing { .. }) {
            return Err(not_missing(card, around));
        }
        let here = around.institutions.org(self.org).ok_or(Reason::NotFound)?;
        let found = HolderEvent::CardFound { card: card.id, at_org: self.org, waits_from: Some(ctx.now) };
        // The province neither hands cards out nor destroys any: the centre of its city signs for one that is cancelled, too.
        if !card.is_cancelled() || here.kind == OrgKind::ProvinceCentre {
            return Ok([found]
                .into_iter()
                .chain(waits_anew(card))
                .chain(reaches(card, here, asked))
                .collect());
        }
        let kept = HolderEvent::TakenBack {
            card: card.id,
            from: Party::Org(self.org),
            at: self.org,
            reason: RecallReason::FoundAgain,
            data_to: None,
        };
        Ok(vec![found, kept])
    }
}

/// Of a card that is cancelled, that it goes to whoever takes it back (R32.1): the centre of its city signs for what a county or the province
/// has, and nobody for any other, which its keeper takes back himself.
fn cancelled_goes_on(card: &Card, here: &Organisation, asked: Asked<'_>) -> Result<(), Refusal> {
    clause!(R32.1);
    if !card.is_cancelled() {
        return Ok(());
    }
    let refused = Refusal::from(Reason::CardCancelled);
    let institutions = asked.around.institutions;
    match waits_to_be_taken_over(asked.file, card, institutions) {
        Some((_, to)) if to == here.id => Ok(()),
        Some((keeper, to)) => {
            let (keeper, to) = (name_of(institutions.org(keeper)), name_of(institutions.org(to)));
            let way = format!("该卡由{keeper}保管，由{to}办理单卡转接后回收，销户后登记销毁");
            Err(refused.by(clause!(R32.1)).way(way))
        }
        None => Err(refused),
    }
}

/// Who a party is, by name.
pub fn party_name(party: &Party, institutions: &Institutions) -> String {
    match party {
        Party::Org(id) | Party::Post(id) | Party::Recalled(id) => {
            institutions.org(*id).map_or_else(|| party.account(), |o| o.name.clone())
        }
        Party::Vendor(v) | Party::Production(v) => vendor_name(&v.0),
        Party::Employer(code) => format!("单位{code}"),
        Party::Holder => "持卡人".into(),
        Party::Destroyed => "已销毁".into(),
        Party::Missing => "缺失".into(),
    }
}

/// What an organisation is called; empty when there is none.
fn name_of(org: Option<&Organisation>) -> &str {
    org.map_or("", |o| o.name.as_str())
}

impl Rule for TakeOver {
    fn verb(&self) -> Verb {
        Verb::TakeOver
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::At(self.org)
    }

    /// Decides 单卡转接: of a card of this city that waits for its holder with another organisation, by a centre or an outlet that gives it out; or
    /// that is cancelled and lies with one that takes none back.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R12.1);
        let Asked { file, ctx, around } = asked;
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        let here = around.institutions.org(self.org).ok_or(Reason::NotFound)?;
        cancelled_goes_on(card, here, asked)?;
        if !matches!(card.custody, Custody::InBox { .. } | Custody::AtOutlet { .. }) {
            return Err(elsewhere(card, around).by(clause!(R12.1)));
        }
        if box_of(card, around).is_some_and(|b| b.short() > 0) {
            return Err(Reason::DifferenceOpen.into());
        }
        boxes_are_closed(card, around)?;
        let from = keeper_of(&card.custody, around.batches.get(&card.batch)).ok_or(Reason::NotFound)?;
        if from == Party::Org(self.org) {
            let told = Refusal::about(Reason::NothingToDo, "该卡已在本机构保管");
            return Err(told.by(clause!(R12.1)));
        }
        if here.city().as_ref() != Some(&card.city) {
            let issuer = name_of(around.institutions.city_centre(&card.city));
            let collected = file.application(card.application).map(|a| a.collect_at);
            let outlet = name_of(collected.and_then(|id| around.institutions.org(id)));
            let told = Refusal::about(Reason::OutOfScope, format!("该卡不是本市发行，归属{issuer}"));
            let way = format!("请移交领卡网点（{outlet}），由其办理单卡转接");
            return Err(told.by(clause!(R12.1)).way(way));
        }
        may_take_over(file, card, here, around.institutions)?;
        stated(&[("保管地点", &self.kept_at), ("签收人", &self.signer)]).map_err(|r| r.by(clause!(R12.1)))?;
        // Whoever was told to collect it, or was not while a centre had it, hears where it is now.
        let offered = card.offered_again.is_some() && card.stands() && !card.is_held();
        let told = offered.then(|| told_where(file, card, here, ctx.now)).flatten();
        let taken = HolderEvent::TakenOver {
            card: card.id,
            from,
            at: self.org,
            kept_at: self.kept_at.clone(),
            signer: self.signer.clone(),
        };
        let began = [taken].into_iter().chain(waits_anew(card));
        Ok(began.chain(told).chain(reaches(card, here, asked)).collect())
    }
}
