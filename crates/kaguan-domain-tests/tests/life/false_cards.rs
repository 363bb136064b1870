//! 骗领、伪造、变造的社保卡 (Article 38（四）): which card is one is stated and approved, and whoever keeps a confiscated one cancels it.
//! What nobody comes for is no business of every outlet in the province.

use crate::hand::replacement;
use crate::person::{AWAY, HR, OLD, OWN_BANK, Scene, TODAY, card, shown};
use crate::{stated, way};
use kaguan_domain::cancellation::{Cancel, RecordAccountClosed};
use kaguan_domain::clause;
use kaguan_domain::collection::brought_back;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::{ExchangeReason, Purpose};
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::custody::{Custody, Party, RecallReason};
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::institution::{InstitutionEvent, Officer};
use kaguan_domain::facts::restriction::{CardIs, Conduct};
use kaguan_domain::facts::role::Role;
use kaguan_domain::ids::{ApplicationId, BatchId, CardId, CaseId, OfficerId, OrgId};
use kaguan_domain::recall::{
    Destroy, OfferAgain, TakeBack, is_to_be_destroyed, is_to_be_given_back, is_to_be_stored,
    is_to_be_withdrawn, recall_said, recalled_waits_for, taken_out_said, withdrawn_here_said,
};
use kaguan_domain::refusal::Reason;
use kaguan_domain::restriction::{
    Confiscate, Decide, Lift, Propose, confiscated_said, is_confiscated, to_confiscate,
};

fn propose(case: i64, ground: &str, conduct: Conduct, card_is: CardIs) -> Propose {
    let bare = stated::restriction(OLD, CaseId(case), ground);
    Propose { conduct: Some(conduct), card_is: Some(card_is), ..bare }
}

fn in_force(s: &mut Scene, propose: Propose) {
    let (card, case) = (propose.card, propose.case);
    s.as_officer(3).done(C::ProposeRestriction(propose));
    s.as_officer(6).done(C::DecideRestriction(Decide { card, case, approved: true, why: String::new() }));
    s.as_system();
}

/// A clerk of another city's outlet: officer 7.
fn clerk_away(s: &mut Scene) {
    s.office.apply(&InstitutionEvent::OfficerAdded(Officer {
        id: OfficerId(7),
        login: "o7".into(),
        name: "经办人".into(),
        role: Role::HrClerk,
        org: AWAY,
        active: true,
        password_hash: "!".into(),
    }));
}

fn confiscate(card: CardId, case: i64, at: OrgId) -> C {
    C::Confiscate(Confiscate { card, case: CaseId(case), at })
}

/// The holder's card is a false one by a case in force, and an office has taken it.
pub fn confiscated(s: &mut Scene, at: OrgId) {
    in_force(s, propose(1, "以假证件申领", Conduct::ObtainsByFraud, CardIs::ByFraud));
    s.done(confiscate(OLD, 1, at));
}

#[test]
fn art_38_4_what_is_confiscated_is_stated_and_not_read_out_of_words() {
    clause!(R37.1);
    // Words that deny it, or that the article itself holds, are no statement.
    for (conduct, ground) in [
        (Conduct::Lends, "出租社保卡，经查不属骗领"),
        (Conduct::TradesOrUsesForged, "第三十八条（三）出租、出借，或使用伪造、变造的社会卡：出借他人"),
    ] {
        let mut s = Scene::with_card();
        in_force(&mut s, propose(1, ground, conduct, CardIs::Genuine));
        let refused = s.refusal(confiscate(OLD, 1, HR));
        assert_eq!(refused.reason, Reason::WrongStage);
        let said = refused.sentence();
        assert!(said.contains("载明该卡不是骗领") && said.contains("另提限制"), "{said}");
        assert!(said.contains("第38条") && !said.contains("第37条"), "{said}");
        // It turns out to be one: that is stated and approved as a case of its own, on the same ground too.
        in_force(&mut s, propose(2, ground, Conduct::ObtainsByFraud, CardIs::ByFraud));
        assert_eq!(s.refused(confiscate(OLD, 1, HR)), Reason::WrongStage);
        s.done(confiscate(OLD, 2, HR));
    }
    // None of the three words is needed.
    let mut s = Scene::with_card();
    in_force(&mut s, propose(1, "使用虚假身份证件领取", Conduct::ObtainsByFraud, CardIs::ByFraud));
    assert!(s.old().restrictions[0].line(OLD).contains("该卡是骗领的：使用虚假身份证件领取"));
    s.done(confiscate(OLD, 1, HR));
    assert!(is_confiscated(s.old()));
}

#[test]
fn art_38_4_a_case_is_not_proposed_without_its_statement_and_only_article_38_knows_false_cards() {
    clause!(R37.1);
    let mut s = Scene::with_card();
    let bare = Propose { conduct: None, card_is: None, ..stated::restriction(OLD, CaseId(1), " ……") };
    let refused = s.as_officer(3).refusal(C::ProposeRestriction(bare));
    let said = refused.sentence();
    assert_eq!(refused.reason, Reason::MaterialDefective);
    assert!(["没有选择情形", "该卡是否骗领", "法律依据"].iter().all(|what| said.contains(what)), "{said}");
    for conduct in Conduct::ALL {
        for card_is in CardIs::ALL {
            let command = C::ProposeRestriction(propose(1, "某案", conduct, card_is));
            assert_eq!(s.may(&command), !card_is.is_false() || conduct.may_confiscate(), "{command:?}");
        }
    }
}

#[test]
fn art_38_4_a_case_holds_every_card_of_the_person_and_takes_the_false_one_alone() {
    clause!(R37.1);
    let mut s = Scene::with_card();
    let other = CardId(7);
    let mut second = card(other, ApplicationId(1), "95533", TODAY);
    second.custody = Custody::WithHolder { since: s.now };
    s.file.cards.push(second);
    in_force(&mut s, propose(1, "使用伪造的卡", Conduct::TradesOrUsesForged, CardIs::Forged));
    assert!(s.card(other).is_held());
    let said = s.refusal(confiscate(other, 1, HR)).sentence();
    assert!(said.contains("另一张卡是伪造的"), "{said}");
    assert!(s.card(other).restrictions[0].line(other).contains("另一张卡"));
    // Of the other the same is stated beside, and not twice.
    let again = |case| {
        let same = propose(case, "使用伪造的卡", Conduct::TradesOrUsesForged, CardIs::Forged);
        C::ProposeRestriction(Propose { card: other, ..same })
    };
    s.as_officer(3).done(again(2));
    assert_eq!(s.refused(again(3)), Reason::NothingToDo);
    s.as_system().done(confiscate(OLD, 1, HR));
}

#[test]
fn art_38_4_a_case_of_earlier_days_says_it_in_words() {
    clause!(R37.1);
    let old = r#"{"restriction_proposed":{"card":1,"restriction":{"case":1,"ground":"第三十八条（一）骗领",
        "proposed_by":"officer:3","proposed_at":0,"state":"proposed"}}}"#;
    let read: HolderEvent = serde_json::from_str(old).unwrap();
    assert!(!serde_json::to_string(&read).unwrap().contains("stated"));
    let mut s = Scene::with_card();
    s.file.apply(&read, s.now);
    s.as_officer(6).done(C::DecideRestriction(Decide {
        card: OLD,
        case: CaseId(1),
        approved: true,
        why: String::new(),
    }));
    s.as_system().done(confiscate(OLD, 1, HR));
    assert!(is_confiscated(s.old()));
}

#[test]
fn art_38_4_a_confiscated_card_is_cancelled_by_whoever_keeps_it() {
    clause!(R6.1);
    clause!(R33.1);
    clause!(R37.1);
    let cancel = || C::Cancel(Cancel::of(OLD, CancelReason::Confiscated));
    let kept_at = |at| {
        let mut s = Scene::with_card();
        in_force(&mut s, propose(1, "以假证件申领", Conduct::ObtainsByFraud, CardIs::ByFraud));
        s.done(confiscate(OLD, 1, at));
        clerk_away(&mut s);
        s
    };
    // The bank's outlet has it: neither another city's outlet nor another of the same city.
    let mut s = kept_at(OWN_BANK);
    for elsewhere in [1, 5, 7] {
        let refused = s.as_officer(elsewhere).refusal(cancel());
        assert_eq!(refused.reason, Reason::OutOfScope);
        assert!(refused.sentence().contains("由机构4保管"), "{}", refused.sentence());
    }
    s.as_officer(2).done(cancel());
    assert!(s.old().is_cancelled());
    // Then nobody is sent to its keeper.
    for anybody in [1, 2, 5, 7] {
        assert_eq!(s.as_officer(anybody).refused(cancel()), Reason::CardCancelled);
    }
    // A centre cancels nothing: any outlet of its city does.
    let mut s = kept_at(OrgId(2));
    assert_eq!(s.as_officer(7).refused(cancel()), Reason::OutOfScope);
    s.as_officer(1).done(cancel());
    // Lifted first, it is its holder's again, and nobody cancels it so.
    let mut s = kept_at(HR);
    s.done(C::LiftRestriction(Lift { card: OLD, case: CaseId(1), reason: "查明非骗领".into() }));
    assert!(is_to_be_given_back(s.old()));
    assert_eq!(s.as_officer(1).refused(cancel()), Reason::WrongStage);
}

#[test]
fn art_38_4_a_false_card_is_confiscated_and_then_cancelled_whatever_was_to_replace_it() {
    clause!(R38.1);
    clause!(R33.1);
    let cancel = |reason| C::Cancel(Cancel::of(OLD, reason));
    for made in [false, true] {
        let mut s = Scene::with_card();
        let reason = ExchangeReason::Other { why: "磨损".into() };
        s.done(C::Replace(Box::new(replacement(Purpose::Exchange { old: OLD, reason }))));
        let new = made.then(|| s.card_made(ApplicationId(2), "95588"));
        in_force(&mut s, propose(1, "以假证件申领", Conduct::ObtainsByFraud, CardIs::ByFraud));
        s.done(confiscate(OLD, 1, HR));
        assert_eq!(s.as_officer(1).refused(cancel(CancelReason::MovedOut)), Reason::ApplicationOpen);
        s.done(cancel(CancelReason::Confiscated));
        assert!(s.old().is_cancelled());
        assert!(new.is_none_or(|new| s.card(new).is_held()), "its case holds the new one");
    }
    // Before, it is not lifted but confiscated, and the case is cited by its article.
    let mut s = Scene::with_card();
    in_force(&mut s, propose(1, "以假证件申领", Conduct::ObtainsByFraud, CardIs::ByFraud));
    let said = s.as_officer(1).refusal(cancel(CancelReason::MovedOut)).sentence();
    assert!(said.contains("先在“回收”办理收缴") && !said.contains("恢复后才能注销"), "{said}");
    assert!(said.contains("第38条") && !said.contains("第37条"), "{said}");
    let outlet = s.office.org(HR).unwrap();
    assert!(confiscated_said(s.old(), outlet).contains("请在“注销”以收缴为原因办理注销"));
    let centre = s.office.org(OrgId(2)).unwrap();
    assert!(confiscated_said(s.old(), centre).contains("的卡经办网点在“注销”以收缴为原因办理注销"));
}

#[test]
fn art_33_4_a_card_whose_second_offer_failed_is_cancelled_in_its_city() {
    clause!(R6.1);
    clause!(R33.4);
    let cancel = || C::Cancel(Cancel::of(OLD, CancelReason::SecondOfferFailed));
    let mut s = Scene::uncollected();
    clerk_away(&mut s);
    assert_eq!(s.as_officer(7).refused(cancel()), Reason::OutOfScope);
    assert_eq!(s.as_officer(1).refused(cancel()), Reason::NotStranded);
}

const CITY: OrgId = OrgId(2);

/// A card that was never collected, and is a false one by a case in force; it lies at its outlet.
fn uncollected() -> Scene {
    let mut s = Scene::uncollected();
    in_force(&mut s, propose(1, "以假证件申领", Conduct::ObtainsByFraud, CardIs::ByFraud));
    s
}

/// Nobody is told that it is freed: it is confiscated, wherever it is.
fn is_told_as_false(s: &mut Scene) {
    let moved = C::Cancel(Cancel::of(OLD, CancelReason::MovedOut));
    let collected = C::HandOver(stated::handed_to_holder(OLD, HR, shown()));
    for command in [moved, collected] {
        let said = s.refusal(command).sentence();
        assert!(said.contains("收缴"), "{said}");
        assert!(!said.contains("恢复后") && !said.contains("行为更正"), "{said}");
    }
}

#[test]
fn art_38_4_a_false_card_that_nobody_collected_is_confiscated_by_whoever_keeps_it() {
    clause!(R38.1);
    clause!(R33.1);
    clause!(R33.4);
    let cancel = || C::Cancel(Cancel::of(OLD, CancelReason::Confiscated));
    // At its outlet, outside any box: no other office has it to take, and it needs no six months.
    let mut s = uncollected();
    assert!(is_to_be_withdrawn(s.old()) && to_confiscate(s.old()) == Some(CaseId(1)));
    let said = withdrawn_here_said(s.old()).unwrap_or_default();
    assert!(said.contains("请办理收缴"), "{said}");
    is_told_as_false(&mut s);
    let said = s.as_officer(2).refusal(confiscate(OLD, 1, OWN_BANK)).sentence();
    assert!(said.contains("由机构3保管"), "{said}");
    assert_eq!(s.as_officer(1).refused(cancel()), Reason::WrongStage, "it is confiscated first");
    s.done(confiscate(OLD, 1, HR));
    assert!(is_confiscated(s.old()) && !is_to_be_withdrawn(s.old()) && to_confiscate(s.old()).is_none());
    assert_eq!(s.refused(confiscate(OLD, 1, HR)), Reason::CardRecalled, "once");
    s.done(cancel());
    s.as_bank("95588").done(C::RecordAccountClosed(RecordAccountClosed::by_bank(OLD)));
    assert!(is_to_be_destroyed(s.old()));
    s.as_officer(3).done(C::Destroy(Destroy { card: OLD }));
    // In a box: whoever has the box takes it out. A province does not, its outlet signs for the box first.
    for (keeper, at) in [(HR, HR), (CITY, CITY), (OrgId(1), HR)] {
        let mut s = uncollected();
        let batch = way::boxed(Party::Org(keeper), None);
        s.file.cards[0].custody = Custody::InBox { r#box: batch.boxes[0].id };
        s.batches.insert(BatchId(1), batch);
        assert!(is_to_be_withdrawn(s.old()));
        let said = taken_out_said(s.old(), s.batches.get(&BatchId(1)), &s.office).unwrap_or_default();
        assert!(said.contains(&format!("由机构{at}")) && said.contains("在“回收”办理收缴"), "{said}");
        let elsewhere = s.refusal(confiscate(OLD, 1, OWN_BANK)).sentence();
        assert!(elsewhere.contains(&format!("由机构{keeper}保管")), "{elsewhere}");
        if keeper == at {
            s.done(confiscate(OLD, 1, at));
            assert!(is_confiscated(s.old()));
        }
    }
    // A genuine one stays where it is.
    let mut s = Scene::uncollected();
    in_force(&mut s, propose(1, "出借", Conduct::Lends, CardIs::Genuine));
    assert!(!is_to_be_withdrawn(s.old()));
    let said = s.refusal(confiscate(OLD, 1, HR)).sentence();
    assert!(said.contains("不予收缴"), "{said}");
}

#[test]
fn art_38_4_a_false_card_in_the_post_comes_back_to_be_confiscated() {
    clause!(R38.1);
    clause!(R14.1);
    let mut s = uncollected();
    s.file.cards[0].custody = Custody::InPost {
        since: s.now,
        from: HR,
        tracking: "EMS1".into(),
        code_digest: "x".into(),
        carrier: None,
        news: Vec::new(),
    };
    assert!(is_to_be_withdrawn(s.old()));
    assert_eq!(brought_back(s.old()), Some("请联系邮政企业退回，退回后办理邮件退回登记和收缴"));
    let said = s.refusal(confiscate(OLD, 1, HR)).sentence();
    assert!(said.contains("在邮递途中") && said.contains("邮件退回登记和收缴"), "{said}");
    is_told_as_false(&mut s);
    s.file.cards[0].custody = Custody::AtOutlet { org: HR };
    s.as_officer(1).done(confiscate(OLD, 1, HR));
}

#[test]
fn art_38_4_a_card_that_was_taken_back_and_is_a_false_one_is_confiscated_where_it_is_kept() {
    clause!(R38.1);
    clause!(R32.4);
    let mut s = uncollected();
    s.days_pass(200);
    let back = TakeBack { card: OLD, reason: RecallReason::Uncollected, at: HR };
    s.as_officer(1).done(C::TakeBack(back));
    assert!(is_to_be_withdrawn(s.old()) && !is_to_be_stored(s.old(), &s.office));
    let said = recall_said(s.old(), &s.office);
    assert!(said.contains("请办理收缴") && !said.contains("交回"), "{said}");
    let today = s.now.date();
    let waits = recalled_waits_for(s.old(), &s.office, today).join("；");
    for has in ["由机构3保管，由其在“回收”办理收缴", "逾期未领卡数据由机构2"] {
        assert!(waits.contains(has), "{has}: {waits}");
    }
    is_told_as_false(&mut s);
    let said = s.refusal(C::OfferAgain(OfferAgain { card: OLD })).sentence();
    assert!(said.contains("办理收缴") && !said.contains("行为更正"), "{said}");
    assert_eq!(s.as_officer(2).refused(confiscate(OLD, 1, OWN_BANK)), Reason::CardRecalled);
    s.as_officer(1).done(confiscate(OLD, 1, HR));
    assert!(is_confiscated(s.old()) && !is_to_be_withdrawn(s.old()));
    let waits = recalled_waits_for(s.old(), &s.office, today).join("；");
    assert!(waits.contains("已收缴，由机构3保管") && waits.contains("逾期未领卡数据由机构2"), "{waits}");
    s.done(C::Cancel(Cancel::of(OLD, CancelReason::Confiscated)));
    // It turns out to be none: it is its holder's.
    let mut s = uncollected();
    s.as_officer(1).done(confiscate(OLD, 1, HR));
    s.as_officer(3);
    s.done(C::LiftRestriction(Lift { card: OLD, case: CaseId(1), reason: "查明非骗领".into() }));
    assert!(is_to_be_given_back(s.old()));
    s.as_officer(1).done(C::OfferAgain(OfferAgain { card: OLD }));
    s.done(C::HandOver(stated::handed_to_holder(OLD, HR, shown())));
}
