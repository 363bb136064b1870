//! Cards that were cleaned (一人一卡, Appendix 10): cancelled as that, whether their holder keeps another card or none, and by whoever keeps them
//! once they were given back and settled (Article 33).

use crate::held::restrict;
use crate::person::{HR, OLD, OWN_BANK, Scene, TODAY, cancel};
use kaguan_domain::cancellation::{
    Cancel, RecordAccountClosed, is_keepers_to_cancel, somebody_comes, usual_reason,
};
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::custody::{Custody, RecallReason};
use kaguan_domain::facts::intent::IntentKind;
use kaguan_domain::ids::{CityCode, OrgId};
use kaguan_domain::one_card::{Clean, Confirm};
use kaguan_domain::recall::{
    Destroy, TakeBack, is_to_be_destroyed, is_to_be_withdrawn, recalled_waits_for, withdrawn_here_said,
};
use kaguan_domain::refusal::Reason;

const CITY: OrgId = OrgId(2);

/// Its holder applied in another city, where all cards were cleaned, and keeps none.
fn cleaned(mut s: Scene) -> Scene {
    let city = Some(CityCode("4403".into()));
    let slip = Confirm { cards: vec![OLD], slip: "单1".into(), keep: None, city };
    s.as_system().done(C::ConfirmOneCard(slip));
    s.done(C::CleanOneCard(Clean {}));
    assert!(!s.old().is_cancelled() && s.file.standing_cards().next().is_none());
    s
}

fn by_keeper() -> C {
    C::Cancel(Cancel::of(OLD, CancelReason::Cleaned))
}

fn back(at: OrgId) -> C {
    C::TakeBack(TakeBack { card: OLD, reason: RecallReason::Cancelled, at })
}

fn waits(s: &Scene) -> String {
    recalled_waits_for(s.old(), &s.office, TODAY).join("；")
}

#[test]
fn art_33_2_a_cleaned_card_is_cancelled_as_that_though_its_holder_keeps_none() {
    clause!(R33.2);
    clause!(R33.3);
    clause!(X10.1);
    let asked = |reason| C::Cancel(Cancel { proofs: Vec::new(), ..cancel(OLD, reason) });
    let mut s = cleaned(Scene::with_card());
    s.as_officer(1);
    assert_eq!(usual_reason(s.old()), CancelReason::Cleaned);
    let surplus = s.refusal(asked(CancelReason::Surplus));
    assert_eq!(surplus.reason, Reason::WrongStage);
    let said = surplus.sentence();
    assert!(
        said.contains("请以“经一人一卡清理的社保卡”为注销原因办理") && !said.contains("保留一张"),
        "{said}"
    );
    // Its holder asks for it, and nothing else is to be proved.
    assert_eq!(s.refused(by_keeper()), Reason::DocumentsNotVerified);
    s.done(asked(CancelReason::Cleaned));
    assert!(s.old().is_cancelled());
    assert_eq!(s.old().intents.last().unwrap().kind, IntentKind::Close);
    assert!(matches!(s.old().custody, Custody::Recalled { reason: RecallReason::Cancelled, .. }));
    // A card in use is not cancelled so, and its holder keeps one.
    let mut s = Scene::with_card();
    s.as_officer(1);
    for (reason, told) in
        [(CancelReason::Cleaned, "该卡没有经一人一卡清理"), (CancelReason::Surplus, "须保留一张")]
    {
        let said = s.refusal(asked(reason)).sentence();
        assert!(said.contains(told), "{said}");
    }
    // Nor does anybody escape a case by it.
    let mut s = cleaned(Scene::with_card());
    restrict(&mut s, OLD, 1);
    assert_eq!(s.as_officer(1).refused(asked(CancelReason::Cleaned)), Reason::CardHeldBack);
}

#[test]
fn art_33_3_a_cleaned_card_that_was_given_back_and_settled_is_cancelled_by_whoever_keeps_it() {
    clause!(R33.3);
    clause!(R33.4);
    clause!(R6.1);
    let closed = |given_back_at| {
        C::RecordAccountClosed(RecordAccountClosed { card: OLD, settled: true, given_back_at })
    };
    let mut s = cleaned(Scene::with_card());
    s.as_officer(2).done(closed(Some(OWN_BANK)));
    assert!(is_keepers_to_cancel(s.old()) && !is_to_be_destroyed(s.old()));
    assert!(!somebody_comes(s.old(), CancelReason::Cleaned));
    let said = waits(&s);
    assert!(said.contains("由机构4保管，由该网点在“注销”以“经一人一卡清理的社保卡”"), "{said}");
    let said = s.refusal(C::Destroy(Destroy { card: OLD })).sentence();
    assert!(said.contains("由该网点在“注销”"), "{said}");
    // Another outlet is told who has it, and that nobody has to come, whatever its holder came about.
    let elsewhere = s.as_officer(1).refusal(by_keeper());
    assert_eq!(elsewhere.reason, Reason::OutOfScope);
    assert!(elsewhere.sentence().contains("由机构4保管"), "{}", elsewhere.sentence());
    for reason in [CancelReason::MovedOut, CancelReason::Surplus, CancelReason::Missing] {
        let said = s.refusal(C::Cancel(cancel(OLD, reason))).sentence();
        assert!(said.contains("无需持卡人到场") && said.contains("由保管该卡的网点"), "{said}");
    }
    s.as_officer(2).done(by_keeper());
    assert!(is_to_be_destroyed(s.old()) && !is_keepers_to_cancel(s.old()));
    s.done(C::Destroy(Destroy { card: OLD }));
    // Taken back before the money was moved: then its holder may ask for it, or its bank closes the account first.
    let mut s = cleaned(Scene::with_card());
    s.as_officer(1).done(back(HR));
    assert!(!is_keepers_to_cancel(s.old()) && waits(&s).contains("待账户资金结转、中国工商银行销户"));
    assert_eq!(s.refused(by_keeper()), Reason::DocumentsNotVerified);
    s.as_officer(2).done(closed(None));
    assert!(is_keepers_to_cancel(s.old()));
    s.as_officer(1).done(by_keeper());
    // What a centre keeps, an outlet of its city cancels.
    let mut s = cleaned(Scene::with_card());
    s.as_officer(3).done(back(CITY));
    s.as_officer(2).done(closed(None));
    assert!(waits(&s).contains("由广州市的卡经办网点在“注销”"), "{}", waits(&s));
    s.as_officer(1).done(by_keeper());
}

#[test]
fn art_33_3_a_cleaned_card_that_nobody_collected_is_taken_back_and_cancelled() {
    clause!(R33.3);
    clause!(R32.1);
    let mut s = cleaned(Scene::uncollected());
    assert!(is_to_be_withdrawn(s.old()));
    let said = withdrawn_here_said(s.old()).unwrap_or_default();
    assert!(said.contains("该卡已经一人一卡清理，请办理回收"), "{said}");
    s.as_officer(1).done(back(HR));
    assert!(is_keepers_to_cancel(s.old()) && !is_to_be_withdrawn(s.old()), "nothing was ever in its account");
    s.done(by_keeper());
    assert_eq!(s.old().intents.last().unwrap().kind, IntentKind::Close);
    // While a case holds it, its account is not closed as empty.
    let mut s = cleaned(Scene::uncollected());
    s.as_officer(1).done(back(HR));
    restrict(&mut s, OLD, 1);
    assert!(!is_keepers_to_cancel(s.old()));
}
