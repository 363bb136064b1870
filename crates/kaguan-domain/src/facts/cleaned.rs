//! A card that was cleaned (一人一卡, Article 33 (四)): given back and settled, it is for its keeper to cancel, and nobody comes for it.

use crate::clause;
use crate::facts::cancellation::CancelReason;
use crate::facts::card::{Account, Card, Hold};
use crate::facts::custody::Custody;
use crate::facts::false_card::{cancelled_by, is_confiscated, says_false};
use crate::facts::institution::Institutions;

/// Whether a card was cleaned (一人一卡), whatever became of its account since.
pub(crate) fn is_cleaned(card: &Card) -> bool {
    clause!(X10.1);
    card.holds.contains(&Hold::OneCardCleanUp) && !card.is_cancelled()
}

/// 清理后交回、待注销: a card that was cleaned and taken back, and on whose account nothing is left to be moved: it is closed, or, while no case
/// holds it, known to be empty or was never activated. That it ends was decided when it was cleaned: whoever keeps it cancels it.
pub(crate) fn is_cleaned_and_kept(card: &Card) -> bool {
    clause!(R33.2);
    clause!(R33.3);
    let restricted = card.holds.iter().any(|h| matches!(h, Hold::Restriction { .. }));
    let empty = card.is_known_empty() || matches!(card.account, Account::PreOpened);
    let settled = card.account_is_closed() || (empty && !restricted);
    let kept = matches!(card.custody, Custody::Recalled { .. });
    // A false one is confiscated, and ends as that.
    kept && settled && is_cleaned(card) && !says_false(card)
}

/// Whether it is for whoever keeps a card to cancel it, since nobody comes for it: it was confiscated, or cleaned and given back.
pub fn is_keepers_to_cancel(card: &Card) -> bool {
    clause!(R33.3);
    clause!(R38.1);
    is_confiscated(card) || is_cleaned_and_kept(card)
}

/// Whether somebody stands at the counter when this card is cancelled for a reason.
pub fn somebody_comes(card: &Card, reason: CancelReason) -> bool {
    clause!(R33.2);
    reason.somebody_comes() && !is_cleaned_and_kept(card)
}

/// As what a card is cancelled that nobody says is anything else: one that was confiscated or cleaned as that, any other as its holder's who moves
/// away.
pub fn usual_reason(card: &Card) -> CancelReason {
    clause!(R33.1);
    if is_confiscated(card) {
        CancelReason::Confiscated
    } else if is_cleaned(card) {
        CancelReason::Cleaned
    } else {
        CancelReason::MovedOut
    }
}

/// Who cancels a cleaned card that somebody keeps, and when, as a Chinese phrase; `None` of any other.
pub(crate) fn cleaned_waits_for(card: &Card, institutions: &Institutions) -> Option<String> {
    clause!(R33.2);
    clause!(R33.3);
    let Custody::Recalled { org, .. } = card.custody else { return None };
    let keeper = institutions.org(org).filter(|_| is_cleaned(card))?;
    let (name, by) = (&keeper.name, cancelled_by(keeper, institutions));
    let how = format!("由{by}在“注销”以“{}”为原因办理注销，无需持卡人到场", CancelReason::Cleaned.name());
    Some(match is_cleaned_and_kept(card) {
        true => format!("该卡已经一人一卡清理并交回，由{name}保管，{how}，销户后登记销毁"),
        false => format!(
            "该卡已经一人一卡清理，由{name}保管，待账户资金结转、{}销户；销户后{how}",
            card.bank.name()
        ),
    })
}

/// What whoever has taken a cleaned card back, or closed its account, is told is left to do with it, behind a semicolon; empty of any other card.
pub fn left_of_cleaned(card: &Card, institutions: &Institutions) -> String {
    clause!(R33.3);
    match cleaned_waits_for(card, institutions) {
        Some(said) => format!("；{said}"),
        None => String::new(),
    }
}
