//! What keeps a card from working, what a clerk is told of it, and what is kept of how it came off again.

use crate::hand::replacement;
use crate::person::{self, HR, NEW_BANK, OLD, Scene, TODAY, cancel, relative, shown};
use crate::stated;
use kaguan_domain::activation::Activate;
use kaguan_domain::alive::{MarkDeath, RestoreLife};
use kaguan_domain::cancellation::{Cancel, RecordAccountClosed};
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::activation::ActivationManner;
use kaguan_domain::facts::application::{AgentGround, Purpose, Register};
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::card::{Account, Hold};
use kaguan_domain::facts::custody::{Custody, RecallReason};
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::intent::IntentKind;
use kaguan_domain::facts::pin::PinChange;
use kaguan_domain::facts::restriction::{CaseState, Conduct};
use kaguan_domain::holder::CorrectDetails;
use kaguan_domain::ids::{ApplicationId, CardId, CaseId, CityCode};
use kaguan_domain::loss::{Release, ReportFormal, ReportTemporary, loss_said};
use kaguan_domain::one_card::Confirm;
use kaguan_domain::pin::RecordPin;
use kaguan_domain::recall::{Destroy, OfferAgain, TakeBack};
use kaguan_domain::refusal::Reason;
use kaguan_domain::restriction::{Confiscate, Decide, Lift, Propose};

fn pin(change: PinChange) -> C {
    C::RecordPin(RecordPin {
        card: OLD,
        change,
        verified: false,
        shown: None,
        guardian: None,
        risks_told: false,
    })
}

#[test]
fn art_3_2_a_held_card_is_refused_by_the_article_of_each_hold_and_with_its_way_out() {
    clause!(R37.1);
    clause!(R33.1);
    clause!(R24.1);
    for (hold, article, way) in [
        (Hold::TemporaryLoss, "第24条", "解除挂失"),
        (Hold::FormalLoss, "第25条", "补卡"),
        (Hold::BankChange, "第31条", "新卡"),
        (Hold::Restriction { case: CaseId(1) }, "第37条", "行为更正"),
        (Hold::DeathConfirmed, "第33条", "死亡登记"),
        (Hold::OneCardCleanUp, "附件10", "清理"),
    ] {
        let mut s = Scene::with_card();
        s.file.cards[0].holds.insert(hold);
        let refused = s.as_officer(1).refusal(pin(PinChange::Reset));
        let said = refused.sentence();
        assert_eq!(refused.reason, Reason::CardHeldBack);
        assert!(said.contains(hold.name()) && said.contains(article) && said.contains(way), "{said}");
        assert!(!said.contains("第3条"), "{said}");
    }
    let mut s = Scene::with_card();
    s.file.cards[0].holds.extend([Hold::FormalLoss, Hold::DeathConfirmed]);
    let said = s.as_officer(1).refusal(pin(PinChange::Reset)).sentence();
    for has in ["正式挂失、死亡已核实", "第25条", "第33条", "解除挂失", "死亡登记"] {
        assert!(said.contains(has), "{has}: {said}");
    }
}

#[test]
fn art_3_2_nobody_is_sent_to_apply_who_has_another_card() {
    clause!(R3.2);
    let mut s = Scene::with_card();
    let other = kaguan_domain::facts::card::Card { id: CardId(77), ..s.file.cards[0].clone() };
    s.as_officer(1).done(C::Cancel(cancel(OLD, CancelReason::Emigrated)));
    assert!(s.refusal(pin(PinChange::Reset)).sentence().contains("请重新申领"));
    s.file.cards.push(other);
    let said = s.refusal(pin(PinChange::Reset)).sentence();
    assert!(said.contains("另有社保卡") && !said.contains("重新申领"), "{said}");
}

#[test]
fn art_16_to_21_whoever_was_not_verified_is_refused_by_the_article_of_the_business() {
    clause!(R16.2);
    clause!(R19.1);
    clause!(R20.1);
    clause!(R21.1);
    clause!(R25.1);
    clause!(R26.1);
    let mut s = Scene::with_card();
    s.as_officer(1);
    for (change, article) in [(PinChange::Changed, "第19条"), (PinChange::Reset, "第21条")] {
        let refused = s.refusal(pin(change));
        assert_eq!(refused.reason, Reason::DocumentsNotVerified);
        let said = refused.sentence();
        assert!(said.contains("办理人身份未核实") && said.contains(article), "{said}");
        assert!(!said.contains("领取人"), "{said}");
    }
    assert!(s.refusal(pin(PinChange::Unlocked)).sentence().contains("第20条"));
    s.as_officer(2);
    let temporary = ReportTemporary { card: OLD, identity: None, verified: false, deputy: None };
    let formal = ReportFormal { card: OLD, verified: false, deputy: None };
    assert!(s.refusal(C::ReportTemporaryLoss(temporary)).sentence().contains("第24条"));
    assert!(s.refusal(C::ReportFormalLoss(formal.clone())).sentence().contains("第25条"));
    s.done(C::ReportFormalLoss(ReportFormal { verified: true, ..formal }));
    let release = C::ReleaseLoss(Release { card: OLD, verified: false, deputy: None });
    assert!(s.refusal(release).sentence().contains("第26条"));
    let mut s = Scene::uncollected();
    s.file.cards[0].custody = Custody::WithHolder { since: s.now };
    let bare = C::Activate(Activate::in_manner(OLD, ActivationManner::FaceToFace));
    assert!(s.as_officer(2).refusal(bare).sentence().contains("第16条"));
    // A child's PIN is its guardian's business, and nobody else's.
    let mut s = Scene::with_card();
    s.file.person.as_mut().unwrap().details.birth_date = jiff::civil::date(2015, 1, 1);
    let said = s.as_officer(1).refusal(pin(PinChange::Reset)).sentence();
    assert!(said.contains("请由监护人") && !said.contains("直系亲属"), "{said}");
}

#[test]
fn appendix_10_a_card_of_this_city_is_not_cleaned_as_a_first_application_and_one_card_alone_not_at_all() {
    clause!(X10.1);
    let confirm = |cards: &[CardId], keep, city: Option<&str>| {
        let city = city.map(|c| CityCode(c.into()));
        C::ConfirmOneCard(Confirm { cards: cards.to_vec(), slip: "单1".into(), keep, city })
    };
    let mut s = Scene::with_card();
    let refused = s.as_officer(1).refusal(confirm(&[OLD], None, None));
    assert_eq!(refused.reason, Reason::CardHeld);
    assert!(refused.sentence().contains("附件10"), "{}", refused.sentence());
    assert_eq!(s.refused(confirm(&[OLD], Some(OLD), None)), Reason::NothingToDo);
    assert_eq!(s.as_system().refused(confirm(&[OLD], None, Some("4401"))), Reason::CardHeld);
    s.done(confirm(&[OLD], None, Some("4403")));
    // Of two, that of this city is kept.
    let mut s = Scene::with_card();
    let mut other = person::card(CardId(2), ApplicationId(1), "95533", TODAY);
    other.city = CityCode("4403".into());
    s.file.cards.push(other);
    s.as_officer(1);
    assert_eq!(s.refused(confirm(&[OLD, CardId(2)], None, None)), Reason::CardHeld);
    s.done(confirm(&[OLD, CardId(2)], Some(OLD), None));
    assert_ne!(HR, NEW_BANK);
}

#[test]
fn art_37_1_a_case_keeps_who_decided_it_and_why_it_was_lifted_and_no_second_one_says_the_same() {
    clause!(R37.1);
    let mut s = Scene::with_card();
    let propose = |case: i64, ground: &str| {
        let propose = stated::restriction(OLD, CaseId(case), ground);
        C::ProposeRestriction(Propose { conduct: Some(Conduct::Lends), ..propose })
    };
    s.as_officer(3).done(propose(1, "第三十七条（一）出借"));
    let again = s.refusal(propose(2, " 第三十七条（一）出借"));
    assert_eq!(again.reason, Reason::NothingToDo);
    assert!(again.sentence().contains("审核"), "{}", again.sentence());
    let line = s.old().restrictions[0].line(OLD);
    assert!(line.starts_with("待审核：第三十七条（一）出租") && line.contains("该卡不是骗领"), "{line}");
    s.as_officer(6).done(C::DecideRestriction(Decide {
        card: OLD,
        case: CaseId(1),
        approved: true,
        why: String::new(),
    }));
    let case = &s.old().restrictions[0];
    assert_eq!(case.ruling.as_ref().map(|r| r.by.as_str()), Some("officer:6"));
    assert!(case.line(OLD).contains("起限制"), "{}", case.line(OLD));
    assert_eq!(s.as_officer(3).refused(propose(2, "第三十七条（一）出借")), Reason::NothingToDo);
    // Lent is not forged: nothing is confiscated.
    let confiscate = |case: i64| C::Confiscate(Confiscate { card: OLD, case: CaseId(case), at: HR });
    assert_eq!(s.as_system().refused(confiscate(1)), Reason::WrongStage);
    s.as_officer(3);
    s.done(C::LiftRestriction(Lift { card: OLD, case: CaseId(1), reason: "已收回".into() }));
    let case = &s.old().restrictions[0];
    assert!(case.state == CaseState::Lifted && case.line(OLD).contains("已收回"), "{}", case.line(OLD));
    s.done(C::ProposeRestriction(stated::restriction_for_fraud(OLD, CaseId(3), "以假证件申领")));
    s.as_officer(6).done(C::DecideRestriction(Decide {
        card: OLD,
        case: CaseId(3),
        approved: true,
        why: String::new(),
    }));
    s.as_system().done(confiscate(3));
    // A line of earlier days has nobody's name.
    let old = r#"{"restriction_decided":{"card":1,"case":3,"state":"lifted"}}"#;
    let read: HolderEvent = serde_json::from_str(old).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), old);
    restrict(&mut s, OLD, 9);
}

#[test]
fn art_37_1_of_a_held_card_that_waits_the_hold_is_told_and_nobody_is_sent_to_collect_it() {
    clause!(R37.1);
    clause!(R32.2);
    clause!(R19.1);
    let pins =
        [(PinChange::Changed, "第19条"), (PinChange::Unlocked, "第20条"), (PinChange::Reset, "第21条")];
    let mut free = Scene::uncollected();
    let mut held = Scene::uncollected();
    held.file.cards[0].holds.insert(Hold::Restriction { case: CaseId(1) });
    for (change, article) in pins {
        let said = free.as_officer(1).refusal(pin(change)).sentence();
        assert!(
            said.contains(article) && !said.contains("第16条") && said.contains("请先办理领取"),
            "{said}"
        );
        let refused = held.as_officer(1).refusal(pin(change));
        let said = refused.sentence();
        assert_eq!(refused.reason, Reason::NotHandedOver);
        assert!(said.contains(article) && said.contains("限制") && said.contains("办理恢复"), "{said}");
        assert!(!said.contains("请先办理领取") && !said.contains("第16条"), "{said}");
    }
    let back = || C::TakeBack(TakeBack { card: OLD, reason: RecallReason::Uncollected, at: HR });
    assert!(free.refusal(back()).sentence().contains("请继续通知持卡人领取"));
    let refused = held.refusal(back());
    let said = refused.sentence();
    assert_eq!(refused.reason, Reason::NotOverdue);
    assert!(said.contains("限制") && !said.contains("请继续通知"), "{said}");
    let mut dead = Scene::uncollected();
    dead.file.cards[0].holds.insert(Hold::DeathConfirmed);
    let said = dead.as_officer(1).refusal(back()).sentence();
    assert!(said.contains("请按死亡回收") && !said.contains("请继续通知"), "{said}");
}

#[test]
fn art_33_1_what_shows_that_somebody_is_alive_is_kept() {
    clause!(R33.1);
    let mut s = Scene::with_card();
    s.done(C::MarkDeath(MarkDeath { source: Register::PublicSecurity, number: None, evidence: None }));
    s.done(C::RestoreLife(RestoreLife::by(" 本人到场 ")));
    let kept = s.file.person.as_ref().unwrap().alive_again.as_ref().map(|a| a.evidence.as_str());
    assert_eq!(kept, Some("本人到场"));
    let read: HolderEvent = serde_json::from_str(r#"{"life_restored":{}}"#).unwrap();
    assert_eq!(read, HolderEvent::LifeRestored { evidence: None, number: None });
}

#[test]
fn art_29_1_a_clerk_corrects_nothing_before_the_holders_document_was_verified() {
    clause!(R29.1);
    let mut s = Scene::with_card();
    let correct = |s: &Scene, email: &str, verified| {
        let mut draft = s.file.person.as_ref().unwrap().details.draft();
        draft.email = email.into();
        C::CorrectDetails(CorrectDetails { draft: Box::new(draft), verified, materials: Vec::new() })
    };
    s.as_officer(1);
    let refused = s.refusal(correct(&s, "a@b.cn", false));
    assert_eq!(refused.reason, Reason::MaterialDefective);
    assert!(refused.defects.iter().any(|d| d.message.contains("有效身份证件原件")), "{refused:?}");
    assert_eq!(s.refused(correct(&s, "", false)), Reason::NothingToDo);
    s.done(correct(&s, "a@b.cn", true));
    assert_eq!(shown().number, s.file.person.as_ref().unwrap().details.document.number());
}

pub fn restrict(s: &mut Scene, card: CardId, case: i64) {
    let case = CaseId(case);
    let ground = format!("《社会保险法》第八十八条，第{case}号案");
    s.as_officer(3).done(C::ProposeRestriction(stated::restriction(card, case, ground)));
    s.as_officer(6).done(C::DecideRestriction(Decide { card, case, approved: true, why: String::new() }));
    s.as_system();
}

#[test]
fn art_37_a_restriction_follows_the_person_to_every_card_and_is_lifted_from_all() {
    clause!(R37.1);
    let held = |s: &Scene, id, case| s.card(id).holds.contains(&Hold::Restriction { case: CaseId(case) });
    let mut s = Scene::with_card();
    s.done(C::ReportFormalLoss(ReportFormal { card: OLD, verified: true, deputy: None }));
    s.done(C::Replace(Box::new(replacement(Purpose::Reissue { old: OLD }))));
    // Decided while the new one is being made: it carries the case from the start.
    restrict(&mut s, OLD, 1);
    let new = s.card_made(ApplicationId(2), "95588");
    assert!(held(&s, new, 1) && s.card(new).restrictions.len() == 1);
    assert_eq!(s.refused(C::HandOver(stated::handed_to_holder(new, HR, shown()))), Reason::CardHeldBack);
    // Decided while it waits: it is held too, and both banks are told.
    restrict(&mut s, OLD, 2);
    assert!(held(&s, new, 2) && held(&s, OLD, 2));
    assert_eq!(s.card(new).intents.last().unwrap().kind, IntentKind::Restrict);
    // No way out by cancelling; death ends it.
    let moved = C::Cancel(cancel(OLD, CancelReason::MovedOut));
    let mut plain = Scene::with_card();
    restrict(&mut plain, OLD, 1);
    for reason in [CancelReason::MovedOut, CancelReason::Emigrated, CancelReason::Missing] {
        let by_son = Cancel { agent: Some(relative(AgentGround::LongAbsent)), ..cancel(OLD, reason) };
        assert_eq!(plain.refused(C::Cancel(by_son)), Reason::CardHeldBack, "{reason:?}");
    }
    for source in [Register::PublicSecurity, Register::SocialSecurity] {
        plain.done(C::MarkDeath(MarkDeath { source, number: None, evidence: Some("函".into()) }));
    }
    let by_son = Cancel { agent: Some(relative(AgentGround::LongAbsent)), ..cancel(OLD, CancelReason::Dead) };
    plain.done(C::Cancel(by_son));
    assert_eq!(s.refused(moved), Reason::ApplicationOpen);
    // Lifting takes it from all of them, and leaves the other case.
    let lift = |card, case| C::LiftRestriction(Lift { card, case: CaseId(case), reason: "已更正".into() });
    s.done(lift(new, 1));
    assert!(!held(&s, new, 1) && !held(&s, OLD, 1) && held(&s, OLD, 2) && held(&s, new, 2));
    s.done(lift(OLD, 2));
    assert!(!s.card(new).is_held());
    assert_eq!(s.card(new).intents.last().unwrap().kind, IntentKind::Unrestrict);
    s.done(C::HandOver(stated::handed_to_holder(new, HR, shown())));
    assert!(s.card(new).in_force());
}

#[test]
fn art_26_what_is_told_of_a_loss_follows_from_what_else_there_is_of_the_card() {
    clause!(R26.1);
    clause!(R27.4);
    let formal = || C::ReportFormalLoss(ReportFormal { card: OLD, verified: true, deputy: None });
    let release = || C::ReleaseLoss(Release { card: OLD, verified: true, deputy: None });
    let said = |s: &Scene| loss_said(&s.file, s.old());
    let mut s = Scene::with_card();
    s.done(formal());
    assert_eq!(said(&s), "已正式挂失；需要新卡的，可以接着办理补卡");
    s.done(release());
    assert_eq!(said(&s), "已解除挂失，该卡恢复正常使用");
    s.file.cards[0].holds.insert(Hold::Restriction { case: CaseId(1) });
    s.done(formal());
    assert!(said(&s).contains("该卡另处于限制，现在不能补卡"));
    s.done(release());
    assert_eq!(said(&s), "已解除挂失；该卡仍处于限制，现在不能使用");
    // Lost while it is being exchanged: nobody applied for a reissue, nor can now.
    let mut s = Scene::with_card();
    let reason = kaguan_domain::facts::application::ExchangeReason::Other { why: "磨损".into() };
    s.done(C::Replace(Box::new(replacement(Purpose::Exchange { old: OLD, reason }))));
    s.done(formal());
    let told = said(&s);
    assert!(told.contains("换卡") && told.contains("44010000002") && !told.contains("可以接着"), "{told}");
    let refused = s.refusal(release());
    let told = refused.sentence();
    assert_eq!(refused.reason, Reason::ReplacementFiled);
    assert!(told.contains("换卡") && told.contains("第27条") && told.contains("撤销补换卡"), "{told}");
    assert!(!told.contains("第26条") && !told.contains("已申请补卡"), "{told}");
    // Of one that is reissued it is Article 26 that forbids it.
    let mut s = Scene::with_card();
    s.done(formal());
    s.done(C::Replace(Box::new(replacement(Purpose::Reissue { old: OLD }))));
    let told = s.refusal(release()).sentence();
    assert!(told.contains("在办补卡") && told.contains("第26条"), "{told}");
}

fn hand_over() -> C {
    C::HandOver(stated::handed_to_holder(OLD, HR, shown()))
}

fn offer_again() -> C {
    C::OfferAgain(OfferAgain { card: OLD })
}

/// Everything that a living holder asks for of a card that an office keeps, and what each is told.
fn sends_to(s: &mut Scene, what: &str) {
    let exchange = Purpose::Exchange {
        old: OLD,
        reason: kaguan_domain::facts::application::ExchangeReason::Other { why: "磨损".into() },
    };
    for asked in [hand_over(), C::Replace(Box::new(replacement(exchange))), pin(PinChange::Reset)] {
        let refused = s.refusal(asked);
        let said = refused.sentence();
        assert_eq!(refused.reason, Reason::CardRecalled, "{said}");
        assert!(said.contains(what) && !said.contains("尚未交付"), "{said}");
    }
}

#[test]
fn art_33_4_a_card_taken_back_for_a_death_that_was_none_is_its_holders_again_as_it_was() {
    clause!(R33.1);
    clause!(R33.4);
    let mut s = Scene::with_card();
    let account = s.old().account.clone();
    for source in [Register::PublicSecurity, Register::SocialSecurity] {
        s.done(C::MarkDeath(MarkDeath { source, number: None, evidence: Some("函".into()) }));
    }
    s.done(C::TakeBack(TakeBack { card: OLD, reason: RecallReason::HolderDead, at: HR }));
    assert_eq!(s.refused(offer_again()), Reason::CardHeldBack, "two registers say so still");
    let kept = s.refusal(hand_over());
    assert!(kept.sentence().contains("先办理恢复"), "{}", kept.sentence());
    // However long it took.
    s.days_pass(400);
    s.done(C::RestoreLife(RestoreLife::by("本人到场")));
    sends_to(&mut s, "二次发放");
    let told = s.events(&offer_again());
    let Some(HolderEvent::Notified { notice, .. }) = told.last() else { panic!("{told:?}") };
    let text = notice.text(false);
    assert!(text.contains("发还给您") && !text.contains("逾期"), "nobody was late: {text}");
    s.done(offer_again());
    assert_eq!(s.refused(offer_again()), Reason::NotRecalled);
    let waits = s.refusal(offer_again()).sentence();
    assert!(waits.contains("待持卡人领取") && !waits.contains("请先办理回收"), "{waits}");
    let events = s.events(&hand_over());
    assert!(!events.iter().any(|e| matches!(e, HolderEvent::Enabled { .. })), "it is enabled already");
    s.done(hand_over());
    let in_use = s.refusal(offer_again()).sentence();
    assert!(in_use.contains("该卡由持卡人持有，无需办理") && !in_use.contains("请先办理回收"), "{in_use}");
    assert!(s.old().in_force() && s.old().account == account && matches!(account, Account::Active { .. }));
    assert!(matches!(s.old().custody, Custody::WithHolder { .. }));
}

#[test]
fn art_37_1_a_confiscated_card_is_given_back_once_its_case_is_lifted_and_ends_under_its_case() {
    clause!(R33.4);
    clause!(R37.1);
    let confiscated = || {
        let mut s = Scene::with_card();
        crate::restrict(&mut s, 1);
        s.done(C::Confiscate(Confiscate { card: OLD, case: CaseId(1), at: HR }));
        s
    };
    let cancel = || C::Cancel(Cancel::of(OLD, CancelReason::Confiscated));
    let mut s = confiscated();
    let kept = s.refusal(hand_over());
    assert!(kept.sentence().contains("办理恢复") && kept.sentence().contains("注销"), "{}", kept.sentence());
    s.done(C::LiftRestriction(Lift { card: OLD, case: CaseId(1), reason: "查明非骗领".into() }));
    assert_eq!(s.refused(cancel()), Reason::WrongStage, "no case holds it any more");
    sends_to(&mut s, "二次发放");
    s.done(offer_again());
    s.done(hand_over());
    assert!(s.old().in_force());
    // Under its case it ends: nobody frees it first, and nobody stands at the counter.
    assert_eq!(Scene::with_card().refused(cancel()), Reason::WrongStage, "nobody has taken it");
    let mut s = confiscated();
    let moved = s.refusal(C::Cancel(self::cancel(OLD, CancelReason::Emigrated)));
    assert!(
        moved.reason == Reason::CardHeldBack && moved.sentence().contains("收缴"),
        "{}",
        moved.sentence()
    );
    s.done(cancel());
    assert!(s.old().is_cancelled() && s.old().is_held(), "the case stands");
    assert_eq!(s.old().intents.last().unwrap().kind, IntentKind::Close);
    assert_eq!(s.refused(offer_again()), Reason::WrongStage);
    s.as_bank("95588").done(C::RecordAccountClosed(RecordAccountClosed::by_bank(OLD)));
    s.as_system().done(C::Destroy(Destroy { card: OLD }));
}

#[test]
fn art_37_1_whoever_does_not_approve_a_restriction_says_why() {
    clause!(R37.1);
    let mut s = Scene::with_card();
    let ground = "第三十七条（一）出借".to_owned();
    s.as_officer(3).done(C::ProposeRestriction(stated::restriction(OLD, CaseId(1), ground)));
    let decide = |why: &str| {
        C::DecideRestriction(Decide { card: OLD, case: CaseId(1), approved: false, why: why.into() })
    };
    assert_eq!(s.as_officer(6).refused(decide(" ")), Reason::MaterialDefective);
    s.done(decide("证据不足"));
    let line = s.old().restrictions[0].line(OLD);
    assert!(line.starts_with("未获同意") && line.contains("证据不足"), "{line}");
    assert!(s.old().in_force());
}

#[test]
fn art_37_1_what_another_law_or_a_court_restricts_is_told_by_that_and_put_right_by_nobody() {
    clause!(R37.1);
    clause!(R33.1);
    let held = |cases: &[Conduct]| {
        let mut s = Scene::with_card();
        for (n, conduct) in (1..).zip(cases) {
            let propose = stated::restriction(OLD, CaseId(n), format!("（2026）粤0106执保{n}号"));
            s.as_officer(3).done(C::ProposeRestriction(Propose { conduct: Some(*conduct), ..propose }));
            let (card, case) = (OLD, CaseId(n));
            s.as_officer(6).done(C::DecideRestriction(Decide {
                card,
                case,
                approved: true,
                why: String::new(),
            }));
        }
        s.as_officer(1);
        s
    };
    let moved = || C::Cancel(cancel(OLD, CancelReason::MovedOut));
    let mut s = held(&[Conduct::OtherLaw]);
    for command in [pin(PinChange::Reset), moved()] {
        let refused = s.refusal(command);
        let said = refused.sentence();
        assert!(
            refused.is_by_another_law() && said.contains("（限制）。依据案件所载的法律法规或司法文书。"),
            "{said}"
        );
        assert!(said.contains("该项限制依法解除后，由发卡地市的市卡管机构"), "{said}");
        assert!(!said.contains("《经办规程》") && !said.contains("行为更正"), "{said}");
    }
    assert!(s.refusal(moved()).sentence().contains("恢复后才能注销"));
    // What else lies on it keeps its own article, and each its own way.
    s.file.cards[0].holds.insert(Hold::FormalLoss);
    let said = s.refusal(pin(PinChange::Reset)).sentence();
    for has in ["第25条、案件所载的", "正式挂失的：", "依其他法律法规或司法文书限制的：该项限制依法解除后"]
    {
        assert!(said.contains(has), "{has}: {said}");
    }
    let two = held(&[Conduct::Lends, Conduct::OtherLaw]).refusal(moved()).sentence();
    for has in
        ["第37条、案件所载的", "限制的：行为更正后", "依其他法律法规或司法文书限制的：", "恢复后才能注销"]
    {
        assert!(two.contains(has), "{has}: {two}");
    }
    // Taken back, its holder hears the same of it.
    let mut s = held(&[Conduct::OtherLaw]);
    s.file.cards[0].custody = Custody::Recalled { org: HR, since: s.now, reason: RecallReason::Uncollected };
    let said = s.refusal(C::HandOver(stated::handed_to_holder(OLD, HR, shown()))).sentence();
    assert!(said.contains("该项限制依法解除后") && !said.contains("行为更正"), "{said}");
    // Nor does anybody confiscate for it.
    let said = s.refusal(C::Confiscate(Confiscate { card: OLD, case: CaseId(1), at: HR })).sentence();
    assert!(said.contains("该项限制依法解除后恢复") && !said.contains("敦促"), "{said}");
    // An article's own conduct is put right, as before.
    let said = held(&[Conduct::Lends]).refusal(pin(PinChange::Reset)).sentence();
    assert!(said.contains("第37条") && said.contains("行为更正后，由发卡地市"), "{said}");
}
