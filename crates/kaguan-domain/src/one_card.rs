//! 一人一卡 (Appendix 10): the check at every application, the signed slip, the clean-up.

use crate::application::acts::ActsFor;
use crate::clause;
use crate::counter::{Came, Missing, identified};
use crate::ctx::{Actor, Ctx};
use crate::facts::card::{Card, Social};
use crate::facts::counter::Shown;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::institution::{Institutions, Organisation};
use crate::facts::person::Confirmation;
use crate::ids::{CardId, CityCode};
use crate::permission::{Place, Verb};
use crate::recall::state_said;
use crate::refusal::{Reason, Refusal};
use crate::replacement::ended::ends_by_cleaning;
use crate::rule::{Around, Asked, Rule};
use serde::{Deserialize, Serialize};

/// 确认: the applicant signs for the list of cards that the system found.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Confirm {
    /// The cards on the slip, as the query gave them.
    pub cards: Vec<CardId>,
    /// Reference of the signed slip in the archive.
    pub slip: String,
    /// The local card that is kept, when the slip comes with a replacement; a first application cleans all.
    #[serde(default)]
    pub keep: Option<CardId>,
    /// 本市: where the replacement is asked for; a clerk's own city when it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<CityCode>,
}

impl Confirm {
    /// The city in which the new business is done.
    fn here(&self, ctx: &Ctx, around: Around<'_>) -> Option<CityCode> {
        let Actor::Officer(_) = ctx.actor else { return self.city.clone() };
        outlet_of(&ctx.actor, around.institutions).and_then(Organisation::city)
    }
}

/// 打印一人一卡业务确认单 (Appendix 10) for the signature: it names the applicant and his cards in the clear.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct PrintSlip {
    /// 已核实有效身份证件原件（含电子证照）
    pub verified: bool,
    /// The applicant's document, as the clerk read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
}

/// Whether anything of somebody's is to be cleaned where he applies: no card of his is of this city, or beside one that is, and what takes its
/// place, he has another. Only then is there a slip to sign.
pub fn wants_cleaning(file: &HolderFile, here: Option<&CityCode>) -> bool {
    clause!(X10.1);
    let local = file.standing_cards().find(|c| here == Some(&c.city));
    file.standing_cards().any(|c| local.is_none_or(|local| !file.one_case(local, c)))
}

/// 经办网点 of whoever took a slip in.
fn outlet_of<'a>(actor: &Actor, institutions: &'a Institutions) -> Option<&'a Organisation> {
    let Actor::Officer(id) = actor else { return None };
    institutions.officer(*id).and_then(|o| institutions.org(o.org))
}

/// 清理 of every card on the signed slip: a first application cleans all.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Clean {}

/// What stands in the way of an application in this city: a card of this city is replaced, not applied for anew;
/// cards of other cities pass the one-card check first (R8.6).
pub fn check_at_application(file: &HolderFile, city: &CityCode) -> Result<(), Refusal> {
    clause!(R3.2);
    clause!(R8.6);
    let mut elsewhere = Vec::new();
    for card in file.standing_cards() {
        if card.city == *city {
            return Err(Reason::CardHeld.into());
        }
        elsewhere.push(card.city.name());
    }
    if elsewhere.is_empty() {
        Ok(())
    } else {
        Err(Refusal::about(Reason::OneCardRequired, elsewhere.join("、")))
    }
}

/// What stands in the way of a replacement: any other standing card is cleaned first, one local card is kept (X10.1). What was made to
/// take the place of the old one, or it of another, is no other card.
pub fn check_at_replacement(file: &HolderFile, old: &Card) -> Result<(), Refusal> {
    clause!(X10.1);
    let others = file.standing_cards().filter(|c| !file.one_case(old, c));
    let others: Vec<_> = others.map(|c| c.city.name()).collect();
    if others.is_empty() {
        return Ok(());
    }
    let refusal = Refusal::about(Reason::OneCardRequired, others.join("、")).by(clause!(X10.1));
    Err(refusal.way("请先打印一人一卡业务确认单，经签字确认，保留一张本市发行的卡，其余清理后再办理补换卡"))
}

/// Every standing card of the person in the province, for the slip.
pub fn find_others(file: &HolderFile) -> Vec<CardId> {
    file.standing_cards().map(|c| c.id).collect()
}

impl Rule for Confirm {
    fn verb(&self) -> Verb {
        Verb::ConfirmOneCard
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        // The one-card check serves a person wherever the new application is made (Appendix 10).
        Place::Anywhere
    }

    /// Decides 确认.
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(X10.1);
        let standing = find_others(file);
        if standing.is_empty() {
            return Err(Reason::NothingToDo.into());
        }
        let mut signed = self.cards.clone();
        signed.sort();
        let mut found = standing.clone();
        found.sort();
        if signed != found {
            return Err(Reason::OneCardListChanged.into());
        }
        let here = self.here(ctx, around);
        if let (None, Some(here)) = (self.keep, &here)
            && file.standing_cards().any(|c| c.city == *here)
        {
            // Whoever has a card of this city replaces it, and does not apply for a first one.
            let about = format!("{}发行的卡不作首次申领全部清理", here.name());
            let way = format!("请选择保留{}发行的一张卡，卡片遗失、损坏等办理补卡或换卡", here.name());
            return Err(Refusal::about(Reason::CardHeld, about).by(clause!(X10.1)).way(way));
        }
        let kept = self.keep.filter(|keep| standing.contains(keep)).and_then(|keep| file.card(keep));
        if let Some(kept) = kept
            && file.standing_cards().all(|c| file.one_case(kept, c))
        {
            let (about, way) = match standing.len() {
                1 => ("名下只有所保留的一张社保卡", "无需一人一卡清理，可直接办理补卡、换卡"),
                _ => (
                    "名下只有一张社保卡和它的补换新卡，新卡启用后旧卡随即停用",
                    "无需一人一卡清理，请持卡人领取、启用新卡",
                ),
            };
            return Err(Refusal::about(Reason::NothingToDo, about).by(clause!(X10.1)).way(way));
        }
        if self.slip.is_empty() {
            return Err(
                Refusal::about(Reason::MaterialDefective, "缺经签字的一人一卡业务确认单").by(clause!(X10.1))
            );
        }
        if self.keep.is_some() && kept.is_none() {
            return Err(Refusal::about(Reason::NotFound, "所保留的卡"));
        }
        if let Some(kept) = kept
            && let Some(here) = here
            && kept.city != here
        {
            let about =
                format!("{}发行的卡不是本市的卡，只能保留一张{}发行的卡", kept.city.name(), here.name());
            return Err(Refusal::about(Reason::OneCardRequired, about));
        }
        let confirmation = Confirmation {
            cards: standing,
            signed_at: ctx.now,
            slip: self.slip.clone(),
            keep: self.keep,
            outlet: outlet_of(&ctx.actor, around.institutions).map(|o| o.id),
            city: self.here(ctx, around),
        };
        Ok(vec![HolderEvent::OneCardConfirmed { confirmation }])
    }
}

impl Rule for PrintSlip {
    fn verb(&self) -> Verb {
        Verb::FindOthers
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        // As the slip itself: wherever the new application is made.
        Place::Anywhere
    }

    /// Decides it: nothing is masked on a slip, so printing one is a look (R39.1), of whoever stands there, and for something that is to be
    /// cleaned.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(X10.1);
        clause!(R39.1);
        let Asked { file, ctx, around } = asked;
        file.person.as_ref().ok_or(Reason::NotFound)?;
        let here = outlet_of(&ctx.actor, around.institutions).and_then(Organisation::city);
        if !wants_cleaning(file, here.as_ref()) {
            let about = "该人名下没有需要清理的卡，无需打印确认单";
            return Err(Refusal::about(Reason::NothingToDo, about).by(clause!(X10.1)));
        }
        let mut missing = Missing::default();
        let (verified, holder) = (self.verified, self.shown.as_ref());
        identified(&mut missing, Came { verified, holder, deputy: None, acts: ActsFor::Card }, asked);
        missing.end_by(Reason::DocumentsNotVerified, clause!(X10.1))?;
        let reason = "打印一人一卡业务确认单（已核实有效身份证件）";
        Ok(vec![HolderEvent::LookedAt { reason: reason.into(), material: None }])
    }
}

impl Rule for Clean {
    fn verb(&self) -> Verb {
        Verb::CleanOneCard
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::Anywhere
    }

    /// Decides 清理: only what was signed for, and only while the list is still true. With a card that is kept stays what was made to
    /// take its place.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R8.6);
        let person = file.person.as_ref().ok_or(Reason::NotFound)?;
        let confirmation = person
            .one_card
            .as_ref()
            .ok_or_else(|| Refusal::about(Reason::OneCardListChanged, "尚未签署确认单"))?;
        let mut found = find_others(file);
        let mut signed = confirmation.cards.clone();
        found.sort();
        signed.sort();
        if found != signed {
            return Err(Reason::OneCardListChanged.into());
        }
        let kept = confirmation.keep.and_then(|keep| file.card(keep));
        let goes = |c: &&Card| kept.is_none_or(|kept| !file.one_case(kept, c));
        let cards: Vec<CardId> = file.standing_cards().filter(goes).map(|c| c.id).collect();
        if cards.is_empty() {
            return Err(Reason::NothingToDo.into());
        }
        // A restriction is not left behind with a card that is cleaned.
        let mut events = crate::restriction::spread(file, &file.restrictions_in_force(), None, ctx);
        events.extend(ends_by_cleaning(file, &cards, &events, ctx));
        events.push(HolderEvent::OneCardCleaned { cards });
        Ok(events)
    }
}

/// What the list and the slip say of one of somebody's cards.
pub fn said_on_slip(file: &HolderFile, card: &Card) -> String {
    clause!(X10.1);
    let comes_after = file.standing_cards().any(|old| file.replaces(card, old));
    match card.social {
        Social::NotEnabled if card.holds.is_empty() && comes_after => "补换新卡，待启用".to_owned(),
        Social::NotEnabled | Social::Enabled { .. } | Social::Cancelled { .. } => state_said(card),
    }
}
