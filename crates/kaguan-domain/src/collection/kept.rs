//! Whether a card lies where somebody asks for it (Article 12), and what is true of it when it does not: who has it, and what is done there.

use crate::clause;
use crate::facts::batch::keeper_of;
use crate::facts::boxes::BoxFile;
use crate::facts::card::Card;
use crate::facts::custody::{Custody, Party};
use crate::ids::OrgId;
use crate::refusal::{Reason, Refusal};
use crate::rule::Around;

/// The box that a card lies in.
pub(crate) fn box_of<'a>(card: &Card, around: Around<'a>) -> Option<&'a BoxFile> {
    let Custody::InBox { r#box } = card.custody else { return None };
    around.batches.get(&card.batch)?.box_file(r#box)
}

/// Who keeps a card, whose box is not under way.
pub(crate) fn lies_with(card: &Card, around: Around<'_>) -> Option<Party> {
    let under_way = box_of(card, around).is_some_and(|b| b.on_the_way.is_some());
    keeper_of(&card.custody, around.batches.get(&card.batch)).filter(|_| !under_way)
}

/// The outlet keeps the card now, and may give it out.
///
/// # Errors
/// With what is true of it, when it is anywhere else.
pub(super) fn kept_at(card: &Card, outlet: OrgId, around: Around<'_>) -> Result<(), Refusal> {
    match lies_with(card, around) {
        Some(Party::Org(org)) if org == outlet => leaves_its_box(card, around),
        Some(Party::Holder | Party::Employer(_)) => Err(Reason::AlreadyHandedOver.into()),
        Some(
            Party::Org(_)
            | Party::Vendor(_)
            | Party::Production(_)
            | Party::Post(_)
            | Party::Recalled(_)
            | Party::Missing
            | Party::Destroyed,
        )
        | None => Err(elsewhere(card, around)),
    }
}

/// No more cards leave a box than the last count found in it: while cards are missed and nobody knows which, the books have those in
/// it too.
pub(crate) fn leaves_its_box(card: &Card, around: Around<'_>) -> Result<(), Refusal> {
    clause!(R12.1);
    let Some(b) = box_of(card, around).filter(|b| b.short() > 0) else { return Ok(()) };
    if around.batches.get(&card.batch).is_some_and(|batch| batch.inside(b.id) > 0) {
        return Ok(());
    }
    let about = format!(
        "清点所得的卡已全部交出，账面已无在箱的卡，短少{}张未查明；该卡确在手中的，先登记短少的卡已找到",
        b.short()
    );
    Err(Refusal::about(Reason::DifferenceOpen, about))
}

/// What is true of a card for whoever asks for it and has it not.
pub(crate) fn elsewhere(card: &Card, around: Around<'_>) -> Refusal {
    clause!(R12.1);
    let name = |id: &OrgId| around.institutions.org(*id).map_or(String::new(), |o| o.name.clone());
    let not_here = |about: String| Refusal::about(Reason::CardNotHere, about);
    if let Some(way) = box_of(card, around).and_then(|b| b.on_the_way.as_ref()) {
        return not_here(format!("在分发途中，待{}签收", name(&way.to)));
    }
    match keeper_of(&card.custody, around.batches.get(&card.batch)) {
        Some(Party::Org(org)) => not_here(format!("由{}保管", name(&org))),
        Some(Party::Vendor(_) | Party::Production(_)) => not_here("尚在卡商，待送达并签收后办理".to_owned()),
        Some(Party::Employer(_)) => {
            let outlet = box_of(card, around).map_or(String::new(), |b| name(&b.outlet));
            not_here(format!("已由单位从{outlet}代领"))
        }
        Some(Party::Post(org)) => Refusal::about(Reason::InThePost, format!("由{}寄出", name(&org))),
        Some(Party::Recalled(org)) => {
            let why = match &card.custody {
                Custody::Recalled { reason, .. } => reason.name(),
                Custody::InBox { .. }
                | Custody::AtOutlet { .. }
                | Custody::InPost { .. }
                | Custody::Missing { .. }
                | Custody::Destroyed { .. }
                | Custody::WithHolder { .. } => "",
            };
            Refusal::about(Reason::CardRecalled, format!("{why}，由{}保管", name(&org)))
        }
        Some(Party::Missing) => match card.made_again {
            Some(_) => Refusal::about(Reason::CardMissing, "已受理补制"),
            None => Reason::CardMissing.into(),
        },
        Some(Party::Destroyed) => Refusal::about(Reason::WrongStage, "该卡已销毁"),
        Some(Party::Holder) => Reason::AlreadyHandedOver.into(),
        None => Reason::CardNotHere.into(),
    }
}
