//! A card that was obtained by fraud, forged or altered (Article 38 (四)): it is confiscated and cancelled, and not freed.

use crate::clause;
use crate::facts::card::Card;
use crate::facts::custody::{Custody, RecallReason};
use crate::facts::institution::{Institutions, Organisation};
use crate::facts::restriction::{CaseState, Restriction};
use crate::ids::CaseId;

/// When a card is free again that cases hold, as a Chinese phrase to stand before who lifts them.
pub(crate) fn lifted_once(card: &Card) -> &'static str {
    clause!(R37.1);
    let in_force = || card.restrictions.iter().filter(|r| r.state == CaseState::InForce);
    match (in_force().any(|r| r.stands_on().is_some()), in_force().any(|r| r.stands_on().is_none())) {
        (true, true) => "行为更正、其他限制依法解除后",
        (false, true) => "该项限制依法解除后",
        (true | false, false) => "行为更正后",
    }
}

/// Whether a case in force says of a card that it was obtained by fraud, forged or altered (第三十八条（四）).
pub(crate) fn says_false(card: &Card) -> bool {
    clause!(R38.1);
    card.restrictions.iter().any(|r| r.state == CaseState::InForce && r.says_false(card.id))
}

/// The case in force that says of a card that it is a false one, while nobody has confiscated it: whoever has it takes it, before its holder
/// collected it too (第三十八条（四）). `None` of any other card, and of one that is cancelled.
pub fn to_confiscate(card: &Card) -> Option<CaseId> {
    clause!(R38.1);
    let taken = match &card.custody {
        Custody::Recalled { reason, .. } => *reason == RecallReason::Confiscated,
        Custody::Destroyed { .. } => true,
        Custody::InBox { .. }
        | Custody::AtOutlet { .. }
        | Custody::InPost { .. }
        | Custody::Missing { .. }
        | Custody::WithHolder { .. } => false,
    };
    let says = |r: &&Restriction| r.state == CaseState::InForce && r.says_false(card.id);
    let case = card.restrictions.iter().find(says).filter(|_| !taken && !card.is_cancelled());
    case.map(|r| r.case)
}

/// What becomes of a card that a case in force says is a false one, as a Chinese phrase without a full stop: it is not freed, but confiscated
/// and cancelled. `None` of any other card.
pub fn false_card_said(card: &Card) -> Option<String> {
    clause!(R38.1);
    let cancelled = "由保管该卡的网点以收缴为原因注销（市卡管机构保管的，由该市的卡经办网点注销）";
    if is_confiscated(card) {
        return Some(format!(
            "骗领、伪造、变造的社保卡已收缴，{cancelled}；查明不是的，由发卡地市的市卡管机构办理恢复，恢复后由保管机构办理二次发放"
        ));
    }
    to_confiscate(card)?;
    let first = match &card.custody {
        Custody::InBox { .. } | Custody::AtOutlet { .. } | Custody::Recalled { .. } => {
            "由保管该卡的网点或市卡管机构"
        }
        Custody::InPost { .. } => "退回后由寄出网点",
        Custody::Missing { .. } => "寻回后",
        Custody::WithHolder { .. } | Custody::Destroyed { .. } => "",
    };
    Some(format!("限制案件载明该卡是骗领、伪造或变造的，{first}先在“回收”办理收缴，收缴后{cancelled}"))
}

/// Whether a card was taken from whoever had it, under a case about a false card that still holds it (第三十八条（四）), and waits to be
/// cancelled for that.
pub fn is_confiscated(card: &Card) -> bool {
    let confiscated = matches!(&card.custody, Custody::Recalled { reason: RecallReason::Confiscated, .. });
    confiscated && !card.is_cancelled() && says_false(card)
}

/// Whether whoever keeps a confiscated card cancels it, as an outlet at work does: what a centre has, which cancels none, or an outlet that is
/// stopped, any outlet of its city does (R6.1).
pub(crate) fn cancels_itself(keeper: &Organisation, institutions: &Institutions) -> bool {
    clause!(R6.1);
    keeper.kind.is_outlet() && !institutions.is_stopped(keeper.id)
}

/// Whether it is an office's turn to cancel what was confiscated and lies with a keeper.
pub fn may_cancel_confiscated(
    office: &Organisation,
    keeper: &Organisation,
    institutions: &Institutions,
) -> bool {
    clause!(R38.1);
    match cancels_itself(keeper, institutions) {
        true => office.id == keeper.id,
        false => office.kind.is_outlet() && keeper.city().is_some() && office.city() == keeper.city(),
    }
}

/// Who cancels a card that an office keeps and nobody comes for, as a Chinese phrase.
pub(crate) fn cancelled_by(keeper: &Organisation, institutions: &Institutions) -> String {
    clause!(R6.1);
    match cancels_itself(keeper, institutions) {
        true => "该网点".to_owned(),
        false => format!("{}的卡经办网点", keeper.city().map_or("本市", |city| city.name())),
    }
}
