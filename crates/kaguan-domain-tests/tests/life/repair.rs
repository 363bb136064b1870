//! 对账修复: what is asked of a bank whose state of a card differs, and what is for staff.

use crate::person::{OLD, Scene};
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::card::{Account, Hold};
use kaguan_domain::facts::intent::IntentKind;
use kaguan_domain::facts::mirror::{BankState, Facet, Loss, Mirror};
use kaguan_domain::ids::CaseId;
use kaguan_domain::link::{Repair, Settles, to_settle};
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

#[test]
fn art_23_each_difference_for_staff_says_what_differs_who_settles_it_and_what_is_done_now() {
    clause!(R23.1);
    let known = |mirror| Some(BankState::Known(mirror));
    let lost = |loss| Mirror { loss, ..active() };
    let of = |account| Mirror { account, ..Mirror::NEW };
    for (ours, theirs, what, by, now) in [
        (Some(active()), None, "银行没有该卡的账户", Settles::BankAndCity, "查明账户是否存在"),
        (None, known(active()), "没有对应的社保卡", Settles::Bank, "按对账位置查明该账户"),
        (Some(active()), Some(BankState::Unreadable(63)), "无法识别", Settles::Bank, "更正报送的对账状态码"),
        (
            Some(active()),
            known(lost(Some(Loss::Formal))),
            "银行已挂失，本系统没有挂失",
            Settles::Bank,
            "登记挂失",
        ),
        (
            Some(lost(Some(Loss::Temporary))),
            known(lost(Some(Loss::Formal))),
            "银行为正式挂失，本系统为临时挂失",
            Settles::Bank,
            "挂失解挂注销-正式挂失",
        ),
        (Some(Mirror::NEW), known(active()), "没有登记激活", Settles::Bank, "在“银行账户激活”登记"),
        (Some(active()), known(Mirror::NEW), "银行账户没有激活", Settles::Bank, "按已登记的激活更正账户"),
        (
            Some(active()),
            known(of(Facet::Closed)),
            "本系统该卡没有注销",
            Settles::BankAndCity,
            "按“注销”补办",
        ),
    ] {
        let told = to_settle(ours, theirs);
        assert!(told.what.contains(what) && told.now.contains(now), "{ours:?}, {theirs:?}: {told:?}");
        assert_eq!(told.by, by, "{told:?}");
    }
    // Two things at once are both told.
    let both = to_settle(Some(Mirror::NEW), known(lost(Some(Loss::Temporary))));
    assert!(both.what.contains("银行已挂失") && both.what.contains("银行账户已激活"), "{both:?}");
    assert!(both.now.contains("登记挂失") && both.now.contains("银行账户激活"), "{both:?}");
}
