//! 发还: a card that was taken back for something that is over is its holder's again, as it was and without a last day (Articles 33 and 37);
//! and what is told of it where it is offered, waits and is handed over (Article 14).

use crate::person::{HR, NEW_BANK, OLD, OWN_BANK, Scene};
use crate::{hand_over, restrict};
use kaguan_domain::alive::{MarkDeath, RestoreLife};
use kaguan_domain::cancellation::Cancel;
use kaguan_domain::clause;
use kaguan_domain::collection::reminder;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::distribution::TakeOver;
use kaguan_domain::facts::application::Register;
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::card::Social;
use kaguan_domain::facts::custody::{Custody, RecallReason};
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::ids::{CaseId, OrgId};
use kaguan_domain::recall::{
    OfferAgain, TakeBack, is_to_be_given_back, listed_overdue_outside_on, offer_said, second_offer_ends,
    second_offer_failed, state_said, use_said, waits_given_back,
};
use kaguan_domain::refusal::Reason;
use kaguan_domain::restriction::{Confiscate, Lift};

fn offer_again() -> C {
    C::OfferAgain(OfferAgain { card: OLD })
}

fn take_back(reason: RecallReason) -> C {
    C::TakeBack(TakeBack { card: OLD, reason, at: HR })
}

/// Two registers say that the holder has died.
fn dies(s: &mut Scene) {
    for source in [Register::PublicSecurity, Register::SocialSecurity] {
        s.done(C::MarkDeath(MarkDeath { source, number: None, evidence: Some("函".into()) }));
    }
}

fn lives(s: &mut Scene) {
    s.done(C::RestoreLife(RestoreLife::by("本人到场")));
}

/// What the clerk of an office is told of the card.
fn at(
    s: &Scene,
    org: OrgId,
    said: impl Fn(&kaguan_domain::facts::institution::Organisation) -> String,
) -> String {
    said(s.office.org(org).unwrap())
}

#[test]
fn art_33_4_a_card_that_nobody_had_yet_is_given_back_without_a_last_day() {
    clause!(R33.4);
    clause!(R32.2);
    let mut s = Scene::uncollected();
    dies(&mut s);
    s.done(take_back(RecallReason::HolderDead));
    assert!(!is_to_be_given_back(s.old()), "the registers say so still");
    lives(&mut s);
    assert!(is_to_be_given_back(s.old()));
    assert_eq!((use_said(s.old()), second_offer_ends(s.old())), ("已回收，待发还", None));
    s.done(offer_again());
    assert!(waits_given_back(s.old()) && !is_to_be_given_back(s.old()));
    let said = at(&s, HR, |org| offer_said(&s.file, org, s.old()));
    assert!(said.contains("没有期限") && !said.contains("和期限") && !said.contains("期满"), "{said}");
    // Its holder was told of no day: none ever comes.
    s.days_pass(800);
    assert_eq!((second_offer_ends(s.old()), listed_overdue_outside_on(s.old())), (None, None));
    assert!(!second_offer_failed(s.old(), s.now.date()));
    let refused = s.refusal(take_back(RecallReason::Uncollected));
    let said = refused.sentence();
    assert_eq!(refused.reason, Reason::WrongStage);
    assert!(said.contains("没有期限") && said.contains("第33条") && !said.contains("不在等候领取"), "{said}");
    assert_eq!(s.refused(C::Cancel(Cancel::of(OLD, CancelReason::SecondOfferFailed))), Reason::NotStranded);
    // It goes the way of any new card from here.
    s.done(hand_over(OLD));
    assert!(s.old().in_force() && !waits_given_back(s.old()));
    let told = at(&s, HR, |org| reminder(org, s.old(), false));
    assert!(told.contains("社保卡已发还") && told.contains("柜台办理银行账户激活"), "{told}");
}

#[test]
fn art_33_4_a_card_that_an_office_has_is_in_nobodys_use() {
    clause!(R33.4);
    let mut s = Scene::with_card();
    assert_eq!(state_said(s.old()), "正常使用");
    dies(&mut s);
    assert!(state_said(s.old()).contains("死亡已核实") && use_said(s.old()) == "正常使用");
    s.done(take_back(RecallReason::HolderDead));
    lives(&mut s);
    // Nothing is held against it any more, and its holder has not got it.
    assert!(s.old().in_force());
    assert_eq!(state_said(s.old()), "已回收，待发还");
    s.done(offer_again());
    assert_eq!(state_said(s.old()), "待发还");
    s.done(hand_over(OLD));
    assert_eq!(state_said(s.old()), "正常使用");
}

#[test]
fn art_33_4_the_second_offer_of_a_card_that_nobody_collected_has_its_last_day_as_before() {
    clause!(R33.4);
    let mut s = Scene::uncollected();
    s.days_pass(200);
    s.done(take_back(RecallReason::Uncollected));
    assert!(!is_to_be_given_back(s.old()));
    let end = second_offer_ends(s.old()).unwrap();
    s.done(offer_again());
    assert!(!waits_given_back(s.old()) && second_offer_ends(s.old()) == Some(end));
    let said = at(&s, HR, |org| offer_said(&s.file, org, s.old()));
    let last = end.yesterday().unwrap().to_string();
    assert!(said.contains(&last) && said.contains("个人领卡启用") && !said.contains("没有期限"), "{said}");
    // Nobody hands it over at the city's centre.
    let said = at(&s, OrgId(2), |org| offer_said(&s.file, org, s.old()));
    assert!(said.contains("单卡转接"), "{said}");
    // Taken back again for a death that was none, it is its holder's without a last day.
    dies(&mut s);
    s.done(take_back(RecallReason::HolderDead));
    lives(&mut s);
    s.done(offer_again());
    assert!(waits_given_back(s.old()) && second_offer_ends(s.old()).is_none());
}

#[test]
fn art_37_1_what_nobody_collected_is_not_offered_again_to_somebody_who_could_not_have_it() {
    clause!(R33.4);
    clause!(R37.1);
    let mut s = Scene::uncollected();
    s.days_pass(200);
    s.done(take_back(RecallReason::Uncollected));
    dies(&mut s);
    assert_eq!(s.refused(offer_again()), Reason::CardHeldBack);
    let kept = s.refusal(hand_over(OLD)).sentence();
    assert!(kept.contains("先办理恢复"), "{kept}");
    lives(&mut s);
    s.done(offer_again());
    assert!(!waits_given_back(s.old()), "nobody collected it");
}

#[test]
fn art_37_1_a_card_given_back_as_it_was_leaves_nothing_to_be_done_at_the_bank() {
    clause!(R14.3);
    clause!(R37.1);
    let mut s = Scene::with_card();
    restrict(&mut s, 1);
    s.done(C::Confiscate(Confiscate { card: OLD, case: CaseId(1), at: HR }));
    assert!(!is_to_be_given_back(s.old()));
    s.done(C::LiftRestriction(Lift { card: OLD, case: CaseId(1), reason: "查明非骗领".into() }));
    assert!(is_to_be_given_back(s.old()));
    s.done(offer_again());
    s.done(hand_over(OLD));
    for org in [HR, OWN_BANK] {
        let told = at(&s, org, |org| reminder(org, s.old(), false));
        assert!(told.contains("社保卡已发还") && told.contains("银行账户已激活"), "{told}");
        assert!(!told.contains("办理银行账户激活"), "{told}");
    }
}

#[test]
fn art_33_4_what_a_centre_offers_again_its_holder_hears_of_once_an_outlet_has_it() {
    clause!(R33.4);
    clause!(R12.1);
    let mut s = Scene::with_card();
    dies(&mut s);
    s.done(C::TakeBack(TakeBack { card: OLD, reason: RecallReason::HolderDead, at: OrgId(2) }));
    lives(&mut s);
    let notices = |events: &[HolderEvent]| -> Vec<String> {
        let told = events.iter().filter_map(|e| match e {
            HolderEvent::Notified { notice, silent: false, .. } => Some(notice.text(false)),
            _ => None,
        });
        told.collect()
    };
    assert!(notices(&s.events(&offer_again())).is_empty(), "nobody hands it over at the centre");
    s.done(offer_again());
    let take_over =
        |org| C::TakeOver(TakeOver { card: OLD, org, kept_at: "专柜".into(), signer: "库管员".into() });
    let told = notices(&s.events(&take_over(HR)));
    assert!(told.len() == 1 && told[0].contains("机构3保管，现发还给您"), "{told:?}");
    s.done(take_over(HR));
    let told = notices(&s.events(&take_over(OWN_BANK)));
    assert!(told.len() == 1 && told[0].contains("机构4保管"), "it is elsewhere now: {told:?}");
}

#[test]
fn art_33_4_a_line_of_earlier_days_says_by_the_card_why_it_was_offered_again() {
    clause!(R33.4);
    let line = || HolderEvent::OfferedAgain { card: OLD, at: HR, after: None, data_from: None };
    for (mut s, given_back) in [(Scene::with_card(), true), (Scene::uncollected(), false)] {
        s.file.cards[0].custody =
            Custody::Recalled { org: HR, since: s.now, reason: RecallReason::HolderDead };
        s.file.apply(&line(), s.now);
        assert_eq!(waits_given_back(s.old()), given_back);
        assert_eq!(second_offer_ends(s.old()).is_none(), given_back);
    }
}

#[test]
fn art_14_3_the_clerk_tells_the_holder_about_the_account() {
    clause!(R14.3);
    let mut s = Scene::uncollected();
    s.done(hand_over(OLD));
    let told = |org| at(&s, org, |org| reminder(org, s.old(), false));
    assert!(told(HR).contains("服务银行（中国工商银行）柜台"), "{}", told(HR));
    assert!(told(OWN_BANK).contains("本网点同时办理") && !told(OWN_BANK).contains("发还"));
    // Another bank's outlet activates nothing.
    let elsewhere = told(NEW_BANK);
    assert!(elsewhere.contains("柜台") && !elsewhere.contains("本网点"), "{elsewhere}");
    // What the carrier handed over on its own proof is not enabled.
    let enabled = s.file.cards[0].social.clone();
    s.file.cards[0].social = Social::NotEnabled;
    let told = at(&s, HR, |org| reminder(org, s.old(), false));
    assert!(told.contains("办理社保功能启用和银行账户激活") && !told.contains("已启用"), "{told}");
    assert!(told.contains("持卡人本人") && !told.contains("监护人"), "{told}");
    // Of a child's card the guardian goes on (Article 8), enabled or not.
    for social in [Social::NotEnabled, enabled] {
        s.file.cards[0].social = social;
        let told = at(&s, HR, |org| reminder(org, s.old(), true));
        assert!(told.contains("请提醒监护人持双方有效身份证件") && !told.contains("本人"), "{told}");
    }
}
