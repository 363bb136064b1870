//! Who acts for the holder of a card (Articles 8, 14, 16, 19 and 33): judged at every counter as at an application, and what is kept of
//! him (Articles 8, 16 and 40).

use super::agents::son;
use super::applying::{child, codes, counter, draft, filled, number, refused};
use super::hand::to_collector;
use super::person::{OLD, Scene, relative, shown};
use crate::stated;
use jiff::civil::date;
use kaguan_domain::activation::{Activate, Enable};
use kaguan_domain::application::{FilledIn, Presented};
use kaguan_domain::cancellation::Cancel;
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::activation::{ActivationManner, Found};
use kaguan_domain::facts::application::{Agent, AgentGround, AgentRelation, Consent};
use kaguan_domain::facts::archive::{MaterialKind, Paper};
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::card::{Account, Social};
use kaguan_domain::facts::counter::{Attendance, Deputy};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::{Field, Guardian};
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::name::HolderName;
use kaguan_domain::facts::pin::PinChange;
use kaguan_domain::ids::MaterialId;
use kaguan_domain::loss::{Release, ReportFormal, ReportTemporary};
use kaguan_domain::pin::RecordPin;
use kaguan_domain::refusal::Reason;

/// 李父 is on file as the guardian of the person, who is four years old.
fn of_four(mut s: Scene) -> Scene {
    let details = &mut s.file.person.as_mut().unwrap().details;
    details.birth_date = date(2022, 4, 1);
    details.guardian = Some(Guardian {
        name: HolderName::parse("李父").unwrap(),
        document_kind: DocumentKind::IdentityCard,
        document_number: number("44010619850505001"),
    });
    s.as_officer(1);
    s
}

/// 李父 as he comes, with his papers.
fn father() -> Deputy {
    Deputy {
        name: "李父".into(),
        document_number: number("44010619850505001"),
        relation: AgentRelation::Guardian,
        ..relative(AgentGround::Minor)
    }
}

/// A card in hand that is neither enabled nor activated.
fn in_hand() -> Scene {
    let mut s = Scene::with_card();
    s.file.cards[0].social = Social::NotEnabled;
    s.file.cards[0].account = Account::PreOpened;
    s.as_officer(1);
    s
}

fn enable(deputy: Deputy) -> C {
    C::Enable(Enable { deputy: Some(Box::new(deputy)), ..stated::enabled_by_holder(OLD, shown()) })
}

fn told(s: &mut Scene, command: C) -> (Reason, String) {
    let refusal = s.refusal(command);
    (refusal.reason, refusal.about.unwrap_or_default())
}

#[test]
fn art_8_1_3_a_child_of_ten_acts_for_nobody_at_any_counter() {
    clause!(R8.2);
    clause!(R14.5);
    let young = |d: Deputy| Deputy { document_number: number("44010620161108001"), ..d };
    let activate = |deputy| {
        let manner = ActivationManner::Proxy { copy: String::new() };
        let activate = Activate::in_manner(OLD, manner);
        C::Activate(Activate {
            verified: true,
            shown: Some(shown()),
            deputy: Some(Box::new(deputy)),
            ..activate
        })
    };
    let pin = |deputy| {
        let reset = stated::pin_by_holder(OLD, PinChange::Reset, shown());
        C::RecordPin(RecordPin { guardian: Some(Box::new(deputy)), ..reset })
    };
    let cancel = |deputy| {
        C::Cancel(Cancel { agent: Some(deputy), ..super::person::cancel(OLD, CancelReason::Missing) })
    };
    let collect = |deputy| C::HandOver(to_collector(deputy));
    type Door = (Scene, i64, fn(Deputy) -> C);
    let doors: [Door; 5] = [
        (Scene::uncollected(), 1, collect),
        (in_hand(), 1, enable),
        (in_hand(), 2, activate),
        (in_hand(), 1, pin),
        (Scene::with_card(), 1, cancel),
    ];
    for (n, (s, clerk, command)) in doors.into_iter().enumerate() {
        let mut s = of_four(s);
        s.as_officer(clerk);
        let (reason, about) = told(&mut s, command(Deputy { other_guardian: true, ..young(father()) }));
        assert_eq!(reason, Reason::AgentNotAllowed, "{n}: {about}");
        assert!(about.contains("代办人未满十八周岁"), "{n}: {about}");
    }
}

#[test]
fn art_8_1_3_how_a_deputy_is_written_is_judged_as_at_an_application_all_of_it_at_once() {
    clause!(R8.2);
    clause!(R8.5);
    clause!(R5.3);
    let mut s = in_hand();
    let wrong = Deputy { name: "张子1".into(), phone: "1".into(), ..relative(AgentGround::Elderly) };
    let (reason, about) = told(&mut s, enable(wrong));
    assert_eq!(reason, Reason::AgentNotAllowed, "he is 36: {about}");
    for part in ["代办人姓名", "代办人联系电话不是有效的电话号码", "未满六十周岁，不属于年龄偏大"]
    {
        assert!(about.contains(part), "{part}: {about}");
    }
    // What nobody asks for may be left out.
    assert!(s.may(&enable(Deputy { phone: String::new(), ground: None, ..relative(AgentGround::Sick) })));
    let unseen = Deputy { name: "张\u{200B}子".into(), ..relative(AgentGround::Sick) };
    assert!(told(&mut s, enable(unseen)).1.contains("看不见的字符"));
}

#[test]
fn art_16_1_3_relation_ground_and_age_fit_each_other_at_a_counter() {
    clause!(R16.2);
    clause!(R8.2);
    let by = |relation, ground| enable(Deputy { relation, ground, ..relative(AgentGround::Sick) });
    let mut s = in_hand();
    let relative_of = AgentRelation::DirectRelative;
    assert_eq!(s.refused(by(relative_of, Some(AgentGround::Minor))), Reason::AgentNotAllowed);
    assert_eq!(s.refused(by(relative_of, Some(AgentGround::Incapable))), Reason::AgentNotAllowed);
    // A guardian of an adult says why; he acts for the disabled and sick too.
    let (_, about) = told(&mut s, by(AgentRelation::Guardian, None));
    assert!(about.contains("须登记代办事由"), "{about}");
    for ground in [AgentGround::Incapable, AgentGround::Disabled, AgentGround::Sick] {
        assert!(s.may(&by(AgentRelation::Guardian, Some(ground))), "{ground:?}");
    }
    // At seventeen nobody but the guardian acts for him.
    s.file.person.as_mut().unwrap().details.birth_date = date(2009, 6, 1);
    let (_, about) = told(&mut s, by(relative_of, None));
    assert!(about.contains("未成年人由监护人代办"), "{about}");
    assert!(s.may(&by(AgentRelation::Guardian, None)));
    // The PIN of an adult is his own, whoever calls himself his guardian.
    let mut s = in_hand();
    let pin = |ground| {
        let deputy = Deputy { relation: AgentRelation::Guardian, ..relative(ground) };
        let reset = stated::pin_by_holder(OLD, PinChange::Reset, shown());
        C::RecordPin(RecordPin { guardian: Some(Box::new(deputy)), ..reset })
    };
    assert_eq!(s.refused(pin(AgentGround::Sick)), Reason::AgentNotAllowed);
    assert!(s.may(&pin(AgentGround::Incapable)));
}

#[test]
fn art_14_and_18_one_judge_says_of_whom_somebody_is_the_guardian() {
    clause!(R8.2);
    clause!(R14.5);
    clause!(R18.1);
    let ward = |ground| Deputy { relation: AgentRelation::Guardian, ..relative(ground) };
    let mut s = Scene::uncollected();
    s.as_officer(1);
    // He is 36: whoever is his guardian acts because he cannot act alone, and a sick man's relative needs no guardianship.
    let sick = s.refusal(C::HandOver(to_collector(ward(AgentGround::Sick))));
    assert_eq!(sick.reason, Reason::AgentNotAllowed);
    assert!(sick.about.is_some_and(|a| a.contains("监护人代办的事由")));
    assert!(s.may(&C::HandOver(to_collector(ward(AgentGround::Incapable)))));
    assert!(s.may(&C::HandOver(to_collector(relative(AgentGround::Sick)))));
    // A sick child has its guardian.
    s.file.person.as_mut().unwrap().details.birth_date = date(2009, 6, 1);
    assert!(s.may(&C::HandOver(to_collector(ward(AgentGround::Sick)))));
    // Where only the risks were not told, nobody says that the holder was not verified.
    let mut s = in_hand();
    let pin = stated::pin_by_holder(OLD, PinChange::Reset, shown());
    let untold = s.refusal(C::RecordPin(RecordPin { risks_told: false, ..pin }));
    assert_eq!(untold.reason, Reason::MaterialDefective);
    let said = untold.sentence();
    assert!(said.contains("未告知用卡风险") && said.contains("第21条"), "{said}");
    assert!(!said.contains("身份未核实") && !said.contains("第8条"), "{said}");
}

#[test]
fn art_8_1_3_a_guardian_who_is_not_the_one_on_file_is_said_and_confirmed() {
    clause!(R8.2);
    let mut s = of_four(in_hand());
    assert!(s.may(&enable(father())));
    let mother = || Deputy {
        name: "李母".into(),
        document_number: "11010519491231002X".into(),
        relation: AgentRelation::Guardian,
        ..relative(AgentGround::Minor)
    };
    let (reason, about) = told(&mut s, enable(mother()));
    assert_eq!(reason, Reason::DocumentsNotVerified);
    assert!(about.contains("不是档案登记的监护人") && !about.contains("李"), "{about}");
    assert!(s.may(&enable(Deputy { other_guardian: true, ..mother() })));
    // Another name with the number on file is another guardian, too, or written wrongly: it is said which.
    let other_name = || Deputy { name: "王别人".into(), ..father() };
    let (reason, about) = told(&mut s, enable(other_name()));
    assert_eq!(reason, Reason::DocumentsNotVerified);
    assert!(about.contains("姓名与档案登记的不符：写错的请更正") && !about.contains("王"), "{about}");
    assert!(s.may(&enable(Deputy { other_guardian: true, ..other_name() })));
    // The journal has it.
    let kept = serde_json::to_string(&Deputy { other_guardian: true, ..mother() }).unwrap();
    assert!(kept.contains("other_guardian") && !serde_json::to_string(&mother()).unwrap().contains("other"));
}

#[test]
fn art_16_2_whoever_enables_for_another_leaves_the_household_register() {
    clause!(R16.1);
    clause!(R14.2);
    let bare = || {
        let mut deputy = relative(AgentGround::Sick);
        deputy.copies.retain(|c| c.kind == MaterialKind::AgentIdentity);
        deputy
    };
    let mut s = in_hand();
    let refusal = s.refusal(enable(bare()));
    let says = refusal.sentence();
    assert!(says.contains("居民户口簿") && says.contains("第16条"), "{says}");
    // 领取 enables at once, and says by which article.
    let mut s = Scene::uncollected();
    s.as_officer(1);
    let says = s.refusal(C::HandOver(to_collector(bare()))).sentence();
    assert!(says.contains("居民户口簿") && says.contains("第16条"), "{says}");
    assert!(s.may(&C::HandOver(to_collector(relative(AgentGround::Sick)))));
    // So does the first PIN of a child; its later ones enable nothing.
    let pin = |change| {
        let mut guardian = father();
        guardian.copies.truncate(1);
        let change = stated::pin_by_holder(OLD, change, shown());
        C::RecordPin(RecordPin { guardian: Some(Box::new(guardian)), ..change })
    };
    let mut s = of_four(in_hand());
    assert!(told(&mut s, pin(PinChange::Changed)).1.contains("居民户口簿"));
    assert!(s.may(&pin(PinChange::Reset)));
}

#[test]
fn art_8_2_of_an_applicant_for_whom_somebody_acts_the_copy_is_kept_or_where_it_lies() {
    clause!(R8.2);
    clause!(R40.1);
    let s = counter();
    let with = |presented: Presented, agent: Agent| {
        let form = filled(draft());
        FilledIn { agent: Some(agent.into()), presented, consent: None, ..form }
    };
    let missing = (Field::DocumentImage, "missing");
    let told = |filled: FilledIn| codes(&refused(&s, filled)).contains(&missing);
    assert!(told(with(stated::presented(), son())));
    assert!(!told(with(stated::presented_by_agent(), son())));
    let mut nowhere = stated::presented_by_agent();
    nowhere.papers[0].place = " ".into();
    assert!(told(with(nowhere, son())));
    // Whoever comes himself leaves none, and a child without anybody is told of its guardian first.
    assert!(!told(FilledIn { consent: None, ..filled(draft()) }));
    let consent = Some(Consent { text_version: "2022".into(), by_guardian: true });
    assert!(!told(FilledIn { consent, photo: None, ..filled(child()) }));
}

#[test]
fn art_40_the_papers_of_whoever_acts_are_filed_with_their_places() {
    clause!(R40.1);
    clause!(R8.2);
    let mut next = 40;
    let mut fresh = || {
        next += 1;
        MaterialId(next)
    };
    let mut presented = stated::presented_by_agent();
    presented.keep_papers(Some(&Agent { proof: Some(" 户口簿 柜1 ".into()), ..son() }), &mut fresh);
    let kept: Vec<_> = presented.papers.iter().map(|p: &Paper| (p.id.0, p.kind, p.place.as_str())).collect();
    let all = [(41, MaterialKind::Identity, "1柜1夹"), (42, MaterialKind::RelationProof, "户口簿 柜1")];
    assert_eq!(kept, all);
    // A lawful agent's is his authorisation; of nobody, and of what nobody wrote, nothing is filed.
    let lawful = Agent { relation: AgentRelation::LawfulAgent, ..son() };
    let mut presented = Presented::default();
    presented.keep_papers(Some(&lawful), &mut fresh);
    assert_eq!(presented.papers[0].kind, MaterialKind::Authorisation);
    let mut nothing = Presented::default();
    nothing.papers.push(Paper { id: MaterialId(0), kind: MaterialKind::Identity, place: "　".into() });
    nothing.keep_papers(None, &mut fresh);
    assert!(nothing.is_empty());
}

#[test]
fn art_16_4_a_bank_that_visits_a_child_meets_the_guardian_whoever_vouches_for_its_clerks() {
    clause!(R16.4);
    clause!(R8.2);
    let found = Some(Found { alive: true, identity: true, will: true });
    let visit = |deputy: Option<Deputy>| {
        let manner = ActivationManner::BankVisit { clerks: ["01".to_owned(), "02".to_owned()] };
        let deputy = deputy.map(Box::new);
        C::Activate(Activate { found, deputy, ..Activate::in_manner(OLD, manner) })
    };
    let mut s = of_four(in_hand());
    s.as_bank("95588");
    assert_eq!(s.refused(visit(None)), Reason::AgentNotAllowed);
    assert_eq!(s.refused(visit(Some(relative(AgentGround::Minor)))), Reason::AgentNotAllowed);
    let unproved = Deputy { copies: father().copies[..1].to_vec(), ..father() };
    assert_eq!(s.refused(visit(Some(unproved))), Reason::MaterialDefective);
    s.done(visit(Some(father())));
    assert!(matches!(s.old().account, Account::Active { .. }));
    assert_eq!(s.file.person.as_ref().unwrap().archive.len(), 2, "both papers are filed");
    // Of a grown man nobody needs to be there, and nobody is visited because he lives far away.
    let mut s = in_hand();
    s.as_bank("95588");
    let away = visit(Some(relative(AgentGround::LongAbsent)));
    assert_eq!(s.refused(away), Reason::MaterialDefective);
    assert_eq!(s.refused(visit(Some(relative(AgentGround::Incapable)))), Reason::AgentNotAllowed);
    s.done(visit(Some(relative(AgentGround::Sick))));
    let mut s = in_hand();
    s.as_bank("95588").done(visit(None));
}

#[test]
fn art_8_1_3_whoever_may_not_act_hears_what_is_wrong_with_just_him() {
    clause!(R8.2);
    clause!(R8.5);
    clause!(R18.1);
    let anybody = Reason::AgentNotAllowed.way_out();
    let guardian =
        |ground| Deputy { relation: AgentRelation::Guardian, ground, ..relative(AgentGround::Sick) };
    let mut s = Scene::uncollected();
    s.as_officer(1);
    let mut held = Scene::with_card();
    held.as_officer(1);
    let cancel = |deputy| {
        C::Cancel(Cancel { agent: Some(deputy), ..super::person::cancel(OLD, CancelReason::MovedOut) })
    };
    // A guardian stands there with his proof: it is the ground that does not fit a man of 36.
    for ground in [None, Some(AgentGround::Sick), Some(AgentGround::Minor)] {
        for says in [
            s.refusal(C::HandOver(to_collector(guardian(ground)))).sentence(),
            held.refusal(cancel(guardian(ground))).sentence(),
        ] {
            assert!(says.contains("代办事由") && !says.contains(anybody), "{ground:?}: {says}");
        }
    }
    // A PIN is the holder's: no relative is sent for.
    let mut s = in_hand();
    let pin = |deputy: Deputy, risks_told| {
        let reset = stated::pin_by_holder(OLD, PinChange::Reset, shown());
        C::RecordPin(RecordPin { guardian: Some(Box::new(deputy)), risks_told, ..reset })
    };
    for deputy in [
        guardian(Some(AgentGround::Minor)),
        guardian(None),
        relative(AgentGround::Incapable),
        relative(AgentGround::Elderly),
    ] {
        let refused = s.refusal(pin(deputy, true));
        assert_eq!(refused.reason, Reason::AgentNotAllowed);
        let says = refused.sentence();
        assert!(says.contains("请持卡人本人办理") && !says.contains("直系亲属"), "{says}");
    }
    // What else is missing is told behind it, by the article of the business.
    let says = s.refusal(pin(guardian(Some(AgentGround::Minor)), false)).sentence();
    assert!(says.starts_with("代办关系不符合规定（持卡人不是未成年人；"), "{says}");
    for part in ["未告知用卡风险", "第8条、", "第21条", "所列其余各项一并补齐"] {
        assert!(says.contains(part), "{part}: {says}");
    }
}

/// Who acted, as the journal keeps it of a loss or its release.
fn who_acted(events: &[HolderEvent]) -> Option<String> {
    events.iter().find_map(|e| match e {
        HolderEvent::LossReported { by, .. } | HolderEvent::LossReleased { by, .. } => {
            by.deputy.as_ref().map(|d| d.name.clone())
        }
        _ => None,
    })
}

#[test]
fn art_26_a_childs_card_works_again_by_its_guardian_and_anybody_reports_it_lost() {
    clause!(R26.1);
    clause!(R8.2);
    clause!(R24.1);
    let release = |deputy: Option<Deputy>| {
        C::ReleaseLoss(Release { card: OLD, verified: true, deputy: deputy.map(Box::new) })
    };
    let mut s = of_four(Scene::with_card());
    s.as_officer(2);
    // Whoever found out that it is gone reports it, whether or not the clerk says who that was.
    s.done(C::ReportTemporaryLoss(ReportTemporary {
        card: OLD,
        identity: None,
        verified: true,
        deputy: None,
    }));
    let grandmother = Deputy { copies: Vec::new(), ..relative(AgentGround::Minor) };
    let formal = |deputy| {
        C::ReportFormalLoss(ReportFormal { card: OLD, verified: true, deputy: Some(Box::new(deputy)) })
    };
    assert_eq!(who_acted(&s.events(&formal(grandmother.clone()))).as_deref(), Some("张子"));
    let wrong = Deputy { document_number: "440106".into(), name: String::new(), ..grandmother.clone() };
    let (reason, about) = told(&mut s, formal(wrong));
    assert_eq!(reason, Reason::DocumentsNotVerified);
    assert!(about.contains("未登记代办人姓名") && about.contains("代办人证件号码有误"), "{about}");
    s.done(formal(grandmother.clone()));
    // That it works again is the guardian's to ask, with his document kept, and by Articles 8 and 26.
    for nobody_else in [None, Some(relative(AgentGround::Minor))] {
        let refused = s.refusal(release(nobody_else));
        let says = refused.sentence();
        assert_eq!(refused.reason, Reason::AgentNotAllowed, "{says}");
        assert!(says.contains("未满十六周岁，须由监护人办理") && says.contains("第8条"), "{says}");
    }
    let (reason, about) = told(&mut s, release(Some(Deputy { copies: Vec::new(), ..father() })));
    assert_eq!(reason, Reason::MaterialDefective);
    assert!(about.contains("未留存代办人身份证件复印件或影像"), "{about}");
    let unseen = C::ReleaseLoss(Release { card: OLD, verified: false, deputy: Some(Box::new(father())) });
    assert_eq!(s.refused(unseen), Reason::HolderNotVerified);
    assert_eq!(who_acted(&s.events(&release(Some(father())))).as_deref(), Some("李父"));
    s.done(release(Some(father())));
    assert!(s.old().loss().is_none());
    assert_eq!(s.file.person.as_ref().unwrap().archive.len(), 2, "his papers are filed");
    // The bank knows itself who came to it.
    let lost = C::ReportFormalLoss(ReportFormal { card: OLD, verified: true, deputy: None });
    s.done(lost);
    s.as_bank("95588").done(C::ReleaseLoss(Release { card: OLD, verified: false, deputy: None }));
}

#[test]
fn art_26_a_grown_man_releases_a_loss_as_ever_and_his_relative_is_judged_as_at_any_counter() {
    clause!(R26.1);
    clause!(R8.2);
    let mut s = Scene::with_card();
    s.as_officer(2);
    let by = |deputy: Option<Deputy>| {
        C::ReleaseLoss(Release { card: OLD, verified: true, deputy: deputy.map(Box::new) })
    };
    let lost = || C::ReportFormalLoss(ReportFormal { card: OLD, verified: true, deputy: None });
    s.done(lost());
    assert!(who_acted(&s.events(&by(None))).is_none());
    let elderly = s.refusal(by(Some(relative(AgentGround::Elderly)))).sentence();
    assert!(elderly.contains("未满六十周岁，不属于年龄偏大"), "he is 36: {elderly}");
    assert!(s.may(&by(Some(relative(AgentGround::Sick)))));
    s.done(by(None));
    // Lines and commands of earlier days, which know nobody, are read as they were.
    let released = s.file.cards[0].id;
    let plain = HolderEvent::LossReleased { card: released, by: Attendance::default() };
    let text = serde_json::to_string(&plain).unwrap();
    assert!(!text.contains("\"by\"") && serde_json::from_str::<HolderEvent>(&text).unwrap() == plain);
    assert!(!plain.is_personal());
    let formal: ReportFormal = serde_json::from_str(r#"{"card":1,"verified":true}"#).unwrap();
    assert!(formal.deputy.is_none());
    let by = Attendance { holder: None, deputy: Some(Box::new(relative(AgentGround::Sick))) };
    assert!(HolderEvent::LossReleased { card: released, by }.is_personal(), "the journal seals it");
}
