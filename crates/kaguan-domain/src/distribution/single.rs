//! Single cards with an office that hands none out (Article 12): who signs for each, and who has it meanwhile.

use crate::application::taking::not_given_out;
use crate::clause;
use crate::facts::card::Card;
use crate::facts::custody::Custody;
use crate::facts::holder::HolderFile;
use crate::facts::institution::{Institutions, OrgKind, Organisation};
use crate::ids::{CityCode, OrgId};
use crate::refusal::{Reason, Refusal};

/// Who signs for a single card that lies anywhere but at the outlet of its holder, as far as its file tells: a list is asked by it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PassedOn {
    /// The outlet where its holder collects it.
    To(OrgId),
    /// The centre of its city, of one that is cancelled: nobody collects that.
    ToCityOf(CityCode),
}

impl PassedOn {
    /// Whoever an organisation may sign for: an outlet for what its holders collect, a city's centre for what is cancelled; `None` of a county and
    /// of the province.
    pub fn by(home: &Organisation) -> Option<Self> {
        clause!(R12.1);
        match home.kind {
            OrgKind::HrOutlet | OrgKind::BankOutlet => Some(Self::To(home.id)),
            OrgKind::CityCentre => home.city().map(Self::ToCityOf),
            OrgKind::CountyCentre | OrgKind::ProvinceCentre => None,
        }
    }

    /// The stable name, as `org:12` and `city:4401`.
    pub fn code(&self) -> String {
        match self {
            Self::To(outlet) => format!("org:{outlet}"),
            Self::ToCityOf(city) => format!("city:{city}"),
        }
    }
}

/// Who would sign for a card that lies outside any box with another office than the outlet of its holder; whether that office has to pass it
/// on, [`waits_to_be_taken_over`] says.
pub fn passed_on(file: &HolderFile, card: &Card) -> Option<PassedOn> {
    clause!(R12.1);
    let Custody::AtOutlet { org } = card.custody else { return None };
    let outlet = file.application(card.application)?.collect_at;
    match (outlet == org, card.is_cancelled()) {
        (true, _) => None,
        (false, true) => Some(PassedOn::ToCityOf(card.city.clone())),
        (false, false) => Some(PassedOn::To(outlet)),
    }
}

/// 待转接: who keeps a card that lies outside any box with an office that can do nothing with it, and who signs for it (单卡转接): the outlet where
/// its holder collects it, for no centre hands cards out, and no outlet of another bank, nor any but the new bank's the new card of a change; of one
/// that is cancelled the centre of its city, where a county or the province
/// has it, for neither takes cards back (R32.1). `None` of any other card.
pub fn waits_to_be_taken_over(
    file: &HolderFile,
    card: &Card,
    institutions: &Institutions,
) -> Option<(OrgId, OrgId)> {
    clause!(R12.1);
    clause!(R32.1);
    clause!(R31.3);
    let Custody::AtOutlet { org } = card.custody else { return None };
    let keeper = institutions.org(org)?;
    let to = match (keeper.kind.is_outlet(), card.is_cancelled()) {
        (true, false) if is_lost_at(file, card, keeper) => file.application(card.application)?.collect_at,
        (true, _) => return None,
        (false, true) => ended_goes_to(card, institutions)?,
        (false, false) => file.application(card.application)?.collect_at,
    };
    Some((keeper.id, to))
}

/// Whether an outlet has a card that came to it singly, and does not give it out.
fn is_lost_at(file: &HolderFile, card: &Card, keeper: &Organisation) -> bool {
    came_singly(card) && goes_on(file, card, keeper)
}

/// Whether a card came to where it lies by itself: found, taken over, brought back or offered again there.
fn came_singly(card: &Card) -> bool {
    card.came_back.is_some() || card.offered_again.is_some()
}

/// Whether a card that comes singly to an outlet has to go on, for that outlet does not give it out: another bank's, or the new card of a change of
/// the bank that comes to any but the new bank's.
pub fn goes_on(file: &HolderFile, card: &Card, at: &Organisation) -> bool {
    clause!(R31.3);
    clause!(X7.1);
    not_given_out(file, card, at).is_some()
}

/// The outlet does not give this card out: who does, and what is done until then. Nothing of a card that lies where its box or its application had
/// it come.
///
/// # Errors
/// `out_of_scope`, by the clause of what the outlet is.
pub(crate) fn may_give_out(
    file: &HolderFile,
    card: &Card,
    at: OrgId,
    institutions: &Institutions,
) -> Result<(), Refusal> {
    clause!(R12.1);
    let here = institutions.org(at).filter(|_| came_singly(card));
    here.map_or(Ok(()), |here| may_take_over(file, card, here, institutions))
}

/// The same of a card that an outlet would sign for (单卡转接): it goes to one that gives it out.
pub(crate) fn may_take_over(
    file: &HolderFile,
    card: &Card,
    here: &Organisation,
    institutions: &Institutions,
) -> Result<(), Refusal> {
    clause!(R12.1);
    let Some((clause, why)) = not_given_out(file, card, here) else { return Ok(()) };
    let collected = file.application(card.application).map(|a| a.collect_at);
    let outlet = collected.and_then(|id| institutions.org(id)).map_or("", |o| o.name.as_str());
    let way = format!("请移交领卡网点（{outlet}），由其办理单卡转接后发放");
    Err(Refusal::about(Reason::OutOfScope, why).by(clause).way(way))
}

/// The centre that signs for a cancelled card where a county or the province has it outside any box. `None` of one that its keeper takes back, of
/// any other card, and in a city that has no centre.
pub(crate) fn ended_goes_to(card: &Card, institutions: &Institutions) -> Option<OrgId> {
    clause!(R32.1);
    let Custody::AtOutlet { org } = card.custody else { return None };
    match institutions.org(org).filter(|_| card.is_cancelled())?.kind {
        OrgKind::ProvinceCentre | OrgKind::CountyCentre => {
            institutions.city_centre(&card.city).map(|centre| centre.id)
        }
        OrgKind::CityCentre | OrgKind::HrOutlet | OrgKind::BankOutlet => None,
    }
}

/// Whether an office that hands no cards out has one of another city: its own city's centre cannot pass it on.
pub(crate) fn is_of_another_city(keeper: &Organisation, city: &CityCode) -> bool {
    clause!(R12.1);
    !keeper.kind.is_outlet() && keeper.city().is_some_and(|of| of != *city)
}
