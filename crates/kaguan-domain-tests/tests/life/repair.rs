//! 对账修复: what is asked of a bank whose state of a card differs, and what is for staff.

use crate::person::{OLD, Scene};
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::card::{Account, Hold};
use kaguan_domain::facts::intent::IntentKind;
use kaguan_domain::facts::mirror::{BankState, Facet, Loss, Mirror};
use kaguan_domain::ids::CaseId;
use kaguan_domain::link::Repair;
use kaguan_domain::refusal::Reason;

/// A card in use with these holds, and what a repair comes to: kinds of intents, or why none.
fn repaired(holds: &[Hold], theirs: impl Into<BankState>) -> Result<Vec<IntentKind>, Reason> {
    let mut s = Scene::with_card();
    s.file.cards[0].holds = holds.iter().copied().collect();
    let command = C::RepairLink(Repair { card: OLD, theirs: Some(theirs.into()) });
    s.as_system();
    if !s.may(&command) {
        return Err(s.refused(command));
    }
    s.done(command);
    Ok(s.old().intents.iter().map(|i| i.kind).collect())
}

fn active() -> Mirror {
    Mirror { account: Facet::Active, ..Mirror::NEW }
}

#[test]
fn art_23_what_holds_here_is_asked_of_the_bank_and_a_loss_that_only_it_knows_is_for_staff() {
    clause!(R23.1);
    use IntentKind as K;
    let (temporary, formal) = (Some(Loss::Temporary), Some(Loss::Formal));
    let restriction = Hold::Restriction { case: CaseId(1) };
    let all = [Hold::FormalLoss, Hold::BankChange, restriction];
    let there = |loss, locked, restricted| Mirror { loss, locked, restricted, ..active() };
    type Expected<'a> = (&'a [Hold], Mirror, Result<Vec<K>, Reason>);
    let expect: [Expected<'_>; 12] = [
        (&[], active(), Err(Reason::NothingToDo)),
        (&[Hold::TemporaryLoss], active(), Ok(vec![K::LoseTemporarily])),
        (&[Hold::FormalLoss], active(), Ok(vec![K::LoseFormally])),
        (&[Hold::FormalLoss], there(temporary, false, false), Ok(vec![K::LoseFormally])),
        (&[Hold::TemporaryLoss], there(formal, false, false), Err(Reason::AccountDiffers)),
        (&[], there(temporary, false, false), Err(Reason::AccountDiffers)),
        (&[], there(formal, false, true), Ok(vec![K::Unrestrict])),
        (&[Hold::BankChange], there(None, false, true), Ok(vec![K::Lock, K::Unrestrict])),
        (&[restriction], there(None, true, false), Ok(vec![K::Unlock, K::Restrict])),
        (&all, active(), Ok(vec![K::LoseFormally, K::Lock, K::Restrict])),
        (&all, there(formal, true, true), Err(Reason::NothingToDo)),
        // The account itself is the bank's to say.
        (&[], Mirror { account: Facet::Closed, ..active() }, Err(Reason::AccountDiffers)),
    ];
    for (holds, theirs, comes_to) in expect {
        assert_eq!(repaired(holds, theirs.bits()), comes_to, "{holds:?}, {theirs}");
    }
    assert_eq!(repaired(&[Hold::FormalLoss], 63), Err(Reason::AccountDiffers), "no state at all");
}

#[test]
fn art_23_an_account_that_is_closed_here_is_to_be_closed_at_the_bank_too() {
    clause!(R23.1);
    let mut s = Scene::with_card();
    s.file.cards[0].account = Account::Closed { at: Instant(0) };
    s.as_system();
    let command =
        |theirs: Mirror| C::RepairLink(Repair { card: OLD, theirs: Some(BankState::Known(theirs)) });
    assert_eq!(s.refused(command(Mirror { account: Facet::Closed, ..Mirror::NEW })), Reason::NothingToDo);
    s.done(command(active()));
    assert_eq!(s.old().intents[0].kind, IntentKind::Close);
}
