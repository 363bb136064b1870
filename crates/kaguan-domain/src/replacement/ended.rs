//! When a change of the service bank comes to nothing (Articles 31 and 33): with its application, with its old card, or with a new card that
//! nobody uses.

use crate::clause;
use crate::ctx::Ctx;
use crate::facts::application::{Application, Purpose};
use crate::facts::bank_change::{BankChange, BankChangeState, Ending};
use crate::facts::card::{Card, Social};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::intent::IntentKind;
use crate::ids::CardId;
use crate::link;

/// Whether something can still come of a change that was carried out, when these cards are not counted: an open application, or a new
/// card that does not work yet.
pub(super) fn goes_on(file: &HolderFile, change: &BankChange, but: &[CardId]) -> bool {
    clause!(R31.1);
    let Some(old) = file.card(change.old).filter(|old| !but.contains(&old.id)) else { return false };
    let in_its_place = |c: &Card| c.id == old.id || file.replaces(c, old);
    let for_it = |a: &Application| a.purpose.old().and_then(|id| file.card(id)).is_some_and(in_its_place);
    let waits = |c: &Card| c.social == Social::NotEnabled && c.stands() && file.replaces(c, old);
    file.applications.iter().any(|a| a.is_open() && for_it(a))
        || file.cards.iter().any(|c| !but.contains(&c.id) && waits(c))
}

/// A change ends without a new card. An old card that was locked is unlocked, unless it has ended itself; `before` has been decided in the
/// same decision.
pub(super) fn comes_to_nothing(
    file: &HolderFile,
    change: &BankChange,
    before: &[HolderEvent],
    ctx: &Ctx,
) -> Vec<HolderEvent> {
    let to = Some(change.to.clone());
    let mut events = vec![HolderEvent::BankChangeEnded { how: Ending::GivenUp, to }];
    let locked = matches!(change.state, BankChangeState::CarriedOut { .. });
    let old = file.card(change.old).filter(|c| locked && !c.is_cancelled());
    events.extend(old.map(|old| {
        let of_it = |e: &&HolderEvent| matches!(e, HolderEvent::IntentMade { card, .. } if *card == old.id);
        let more = u32::try_from(before.iter().filter(of_it).count()).unwrap_or(u32::MAX);
        link::next(old, IntentKind::Unlock, ctx, more)
    }));
    events
}

/// When the application that carried a change out is declined or withdrawn, the old card is unlocked.
pub(crate) fn given_up(file: &HolderFile, application: &Application, ctx: &Ctx) -> Vec<HolderEvent> {
    let Purpose::BankChange { old } = application.purpose else { return Vec::new() };
    let change = file.bank_change().filter(|b| b.old == old);
    change.map(|change| comes_to_nothing(file, change, &[], ctx)).unwrap_or_default()
}

/// The change that ends with cards that are cancelled or cleaned: with its old card always, with its new one when no other is to come.
fn ends_with<'a>(file: &'a HolderFile, cards: &[CardId]) -> Option<&'a BankChange> {
    let change = file.bank_change()?;
    let with_the_old = cards.contains(&change.old);
    let carried_out = matches!(change.state, BankChangeState::CarriedOut { .. });
    (with_the_old || (carried_out && !goes_on(file, change, cards))).then_some(change)
}

/// What a card that is cancelled makes of a change of the bank; the account of one that is cancelled is closed, and not unlocked.
pub(crate) fn ends_by_cancelling(file: &HolderFile, card: CardId, ctx: &Ctx) -> Vec<HolderEvent> {
    clause!(R31.1);
    clause!(R33.1);
    let Some(change) = ends_with(file, &[card]) else { return Vec::new() };
    let mut events = comes_to_nothing(file, change, &[], ctx);
    if change.old == card {
        events.truncate(1);
    }
    events
}

/// What cards that are cleaned make of it: the money in an old account that was locked is to be moved. `before` has been decided in the
/// same decision.
pub(crate) fn ends_by_cleaning(
    file: &HolderFile,
    cards: &[CardId],
    before: &[HolderEvent],
    ctx: &Ctx,
) -> Vec<HolderEvent> {
    clause!(R31.1);
    clause!(X10.1);
    let change = ends_with(file, cards);
    change.map(|change| comes_to_nothing(file, change, before, ctx)).unwrap_or_default()
}
