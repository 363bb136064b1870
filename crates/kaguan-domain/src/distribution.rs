//! 分发 (Article 12): province, city, county, outlet. A box has exactly one keeper at any moment; until it is signed
//! for, the sender keeps it. Every hand-over is an entry with two parties, so that the books balance to zero.

use crate::clause;
use crate::ctx::Ctx;
use crate::facts::batch::{BatchEvent, BatchFile, BatchState, keeper_of};
use crate::facts::boxes::{BoxFile, BoxReceived, BoxShipped};
use crate::facts::custody::{Custody, Party};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::institution::{Institutions, OrgKind, Organisation};
use crate::facts::policy::CountyLevel;
use crate::ids::{BoxId, CardId, OrgId};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_keeper_of};
use serde::{Deserialize, Serialize};

/// 寄出, 再次分发, 交付, 退回: a box sets out. Which of them it is depends on who keeps it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Ship {
    pub r#box: BoxId,
    pub to: OrgId,
    /// 责任人.
    pub responsible: String,
    /// 发放方式, such as 专车 or 邮政.
    pub manner: String,
    /// Tracking number or way-bill.
    pub tracking: String,
}

/// 接收: a box is counted and signed for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Receive {
    pub r#box: BoxId,
    pub org: OrgId,
    /// Cards counted; a card that should be in the box and is not is recorded by [`RecordMissing`] first.
    pub counted: i64,
    /// 保管地点.
    pub kept_at: String,
    /// 签收人.
    pub signer: String,
}

/// Records, while its box is counted, that a card is not in it (R12.1): it blocks nothing but itself. The sender
/// answers for it, for nobody signed for it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RecordMissing {
    pub card: CardId,
}

/// Records that a missing card was found, here.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RecordFound {
    pub card: CardId,
    pub org: OrgId,
}

/// Which verb a shipment is: 卡商交付, 省中心寄出, 市内再次分发 or 退回.
pub fn ship_verb(file: &BatchFile, ship: &Ship, institutions: &Institutions) -> Verb {
    let Some(b) = file.box_file(ship.r#box) else { return Verb::Ship };
    match &b.keeper {
        Party::Vendor(_) => Verb::Deliver,
        Party::Org(from) => {
            let from = institutions.org(*from);
            let to = institutions.org(ship.to);
            match (from.map(|o| o.kind), to.map(|o| o.kind)) {
                (Some(OrgKind::ProvinceCentre), _) => Verb::Ship,
                (Some(f), Some(t)) if level(f) > level(t) => Verb::SendBack,
                _ => Verb::Redistribute,
            }
        }
        _ => Verb::Ship,
    }
}

/// Where a shipment starts, for the permission check.
pub fn ship_place(file: &BatchFile, ship: &Ship) -> Place {
    file.box_file(ship.r#box).map_or(Place::Anywhere, |b| b.keeper.place())
}

/// 省 0, 市 1, 县 2, 网点 3 (R12.1).
fn level(kind: OrgKind) -> u8 {
    match kind {
        OrgKind::ProvinceCentre => 0,
        OrgKind::CityCentre => 1,
        OrgKind::CountyCentre => 2,
        OrgKind::HrOutlet | OrgKind::BankOutlet => 3,
    }
}

/// Whether a box may go from one keeper to the next: vendor to province, province to the city of the box, city to
/// a county centre of the city or to the outlet of the box, county centre to the outlet; and back, one up.
fn hop_allowed(
    from: &Party,
    to: &Organisation,
    b: &BoxFile,
    institutions: &Institutions,
    today: jiff::civil::Date,
) -> bool {
    let outlet = institutions.org(b.outlet);
    let city = outlet.and_then(Organisation::city);
    let county =
        city.as_ref().map_or(CountyLevel::AsNeeded, |c| institutions.policy_of(c, today).county_level);
    let has_county = || {
        institutions
            .orgs()
            .any(|o| o.kind == OrgKind::CountyCentre && outlet.is_some_and(|x| x.division == o.division))
    };
    let Party::Org(from) = from else {
        return matches!(from, Party::Vendor(_)) && to.kind == OrgKind::ProvinceCentre;
    };
    let Some(from) = institutions.org(*from) else { return false };
    let same_city = to.city() == city;
    match (from.kind, to.kind) {
        (OrgKind::ProvinceCentre, OrgKind::CityCentre) => same_city,
        (OrgKind::CityCentre, OrgKind::CountyCentre) => {
            clause!(R42.1);
            county != CountyLevel::Never && same_city && outlet.is_some_and(|o| o.division == to.division)
        }
        (OrgKind::CityCentre, OrgKind::HrOutlet | OrgKind::BankOutlet) => {
            to.id == b.outlet && !(county == CountyLevel::Always && has_county())
        }
        (OrgKind::CountyCentre, OrgKind::HrOutlet | OrgKind::BankOutlet) => to.id == b.outlet,
        (OrgKind::HrOutlet | OrgKind::BankOutlet, OrgKind::CountyCentre | OrgKind::CityCentre) => same_city,
        (OrgKind::CountyCentre, OrgKind::CityCentre) => same_city,
        _ => false,
    }
}

/// Decides a shipment.
pub fn ship(
    file: &BatchFile,
    command: &Ship,
    ctx: &Ctx,
    institutions: &Institutions,
) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(R12.1);
    let b = file.box_file(command.r#box).ok_or(Reason::NotFound)?;
    let made = file.batch.as_ref().is_some_and(|x| matches!(x.state, BatchState::Made { .. }));
    if !made {
        return Err(Refusal::about(Reason::WrongStage, "该批次尚未完成制卡回盘"));
    }
    if b.on_the_way.is_some() {
        return Err(Refusal::about(Reason::NotTheKeeper, "该箱已寄出，待对方签收"));
    }
    if matches!(b.keeper, Party::Employer(_)) {
        return Err(Reason::AlreadyHandedOver.into());
    }
    let to = institutions.org(command.to).ok_or_else(|| Refusal::about(Reason::NotFound, "寄达机构"))?;
    if !hop_allowed(&b.keeper, to, b, institutions, ctx.today()) {
        return Err(Reason::WrongHop.into());
    }
    let from_province = matches!(&b.keeper, Party::Org(id)
        if institutions.org(*id).is_some_and(|o| o.kind == OrgKind::ProvinceCentre));
    clause!(R12.3);
    Ok(vec![BatchEvent::BoxShipped(BoxShipped {
        r#box: b.id,
        from: b.keeper.clone(),
        to: to.id,
        responsible: command.responsible.clone(),
        manner: command.manner.clone(),
        tracking: command.tracking.clone(),
        from_province,
    })])
}

/// Decides a receipt: what was counted must be what lies in the box by the books.
pub fn receive(
    file: &BatchFile,
    command: &Receive,
    institutions: &Institutions,
) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(R12.1);
    clause!(R12.3);
    let b = file.box_file(command.r#box).ok_or(Reason::NotFound)?;
    let way = b.on_the_way.as_ref().ok_or(Reason::NotAddressedHere)?;
    if way.to != command.org || institutions.org(command.org).is_none() {
        return Err(Reason::NotAddressedHere.into());
    }
    let inside = file.inside(b.id);
    if command.counted != inside {
        let about = format!("箱内应有{inside}张，清点{}张", command.counted);
        return Err(Refusal::about(Reason::CountMismatch, about));
    }
    Ok(vec![BatchEvent::BoxReceived(BoxReceived {
        r#box: b.id,
        from: b.keeper.clone(),
        to: command.org,
        counted: command.counted,
        kept_at: command.kept_at.clone(),
        signer: command.signer.clone(),
        arrived: command.org == b.outlet,
    })])
}

/// The addressee of the box under way that a card lies in.
fn addressee(file: &HolderFile, card: CardId, around: Around<'_>) -> Option<Place> {
    let card = file.card(card)?;
    let Custody::InBox { r#box } = card.custody else { return None };
    let way = around.batches.get(&card.batch)?.box_file(r#box)?.on_the_way.as_ref()?;
    Some(Place::At(way.to))
}

impl Rule for RecordMissing {
    fn verb(&self) -> Verb {
        Verb::RecordMissing
    }

    fn place(&self, file: &HolderFile, around: Around<'_>) -> Place {
        // Whoever counts it: the addressee of a box under way, or the keeper.
        addressee(file, self.card, around).unwrap_or_else(|| at_keeper_of(file, self.card, around))
    }

    /// Decides the record of a missing card.
    fn decide(&self, Asked { file, around, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R12.1);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        if !matches!(card.custody, Custody::InBox { .. } | Custody::AtOutlet { .. }) {
            return Err(Reason::WrongStage.into());
        }
        let from = keeper_of(&card.custody, around.batches.get(&card.batch)).ok_or(Reason::NotFound)?;
        Ok(vec![HolderEvent::CardMissing { card: card.id, from }])
    }
}

impl Rule for RecordFound {
    fn verb(&self) -> Verb {
        Verb::RecordFound
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::At(self.org)
    }

    /// Decides the record of a card found again.
    fn decide(&self, Asked { file, around, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        if !matches!(card.custody, Custody::Missing { .. }) {
            return Err(Reason::WrongStage.into());
        }
        around.institutions.org(self.org).ok_or(Reason::NotFound)?;
        Ok(vec![HolderEvent::CardFound { card: card.id, at_org: self.org }])
    }
}
