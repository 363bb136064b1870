//! 人员与角色 (Article 6): two administrators for every right, one of each stays, sessions end when rights change.

use crate::person::Scene;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::facts::institution::{InstitutionEvent, Officer, OrgKind, Role};
use kaguan_domain::facts::officer::{ChangeState, OfficerChange as Change, SignIn};
use kaguan_domain::ids::{OfficerId, OrgId};
use kaguan_domain::institution::{
    DecideOfficer, InstitutionCommand as I, NewOfficer, ProposeOfficer, decide, defects_of_newcomer,
    judge_password,
};
use kaguan_domain::permission::{Place, Verb, authorise, matrix};
use kaguan_domain::records::businesses_of;
use kaguan_domain::refusal::{Reason, Refusal};
use std::collections::BTreeSet;

const HR: i64 = 1;
const CITY: i64 = 3;
const SYSTEM: i64 = 11;
const SECURITY: i64 = 12;
const AUDIT: i64 = 13;
/// 李四, who is to work at the counter of organisation 3.
const LI_SI: i64 = 20;

fn scene() -> Scene {
    let mut s = Scene::with_card();
    for (id, role) in [
        (SYSTEM, Role::SystemAdministrator),
        (SECURITY, Role::SecurityAdministrator),
        (AUDIT, Role::AuditAdministrator),
    ] {
        s.office.apply(&InstitutionEvent::OfficerAdded(Officer {
            id: OfficerId(id),
            login: format!("a{id}"),
            name: "管理员".into(),
            role,
            org: OrgId(1),
            active: true,
            password_hash: "!".into(),
        }));
    }
    s
}

fn ask(s: &mut Scene, officer: i64, command: &I) -> Result<(), Refusal> {
    s.as_officer(officer);
    for event in decide(&s.office, command, &s.ctx())? {
        s.office.apply(&event);
    }
    Ok(())
}

fn refused(s: &mut Scene, officer: i64, command: &I) -> Reason {
    ask(s, officer, command).unwrap_err().reason
}

fn propose(id: i64, officer: i64, change: Change) -> I {
    I::ProposeOfficer(ProposeOfficer {
        id, officer: OfficerId(officer), change, reason: "人员调整".into()
    })
}

fn li_si() -> Change {
    let (login, name) = ("lisi".to_owned(), " 李四 ".to_owned());
    Change::Add { login, name, role: Role::HrClerk, org: OrgId(3) }
}

fn approve(id: i64, hash: Option<&str>) -> I {
    let password_hash = hash.map(str::to_owned);
    I::DecideOfficer(DecideOfficer { id, approved: true, reason: String::new(), password_hash })
}

fn refuse(id: i64, reason: &str) -> I {
    I::DecideOfficer(DecideOfficer { id, approved: false, reason: reason.into(), password_hash: None })
}

fn sign_in(s: &Scene, officer: i64) -> SignIn {
    s.office.sign_in_of(OfficerId(officer))
}

#[test]
fn art_6_1_what_one_administrator_does_to_rights_another_approves() {
    clause!(R6.1);
    let mut s = scene();
    for stranger in [HR, CITY, SECURITY, AUDIT] {
        assert_eq!(refused(&mut s, stranger, &propose(1, LI_SI, li_si())), Reason::NotPermitted);
    }
    ask(&mut s, SYSTEM, &propose(1, LI_SI, li_si())).unwrap();
    assert!(s.office.officer(OfficerId(LI_SI)).is_none(), "proposed is nobody yet");
    // The same person twice, and the proposer alone.
    assert_eq!(refused(&mut s, SYSTEM, &propose(2, 21, li_si())), Reason::ChangeWaits);
    for stranger in [SYSTEM, AUDIT, CITY] {
        assert_eq!(refused(&mut s, stranger, &approve(1, Some("$hash"))), Reason::NotPermitted);
    }
    assert_eq!(refused(&mut s, SECURITY, &approve(1, None)), Reason::AccountDefective, "no password");
    ask(&mut s, SECURITY, &approve(1, Some("$hash"))).unwrap();
    let li_si = s.office.officer_by_login("lisi").unwrap();
    assert_eq!((li_si.name.as_str(), li_si.role, li_si.org), ("李四", Role::HrClerk, OrgId(3)));
    assert!(li_si.active && li_si.password_hash == "$hash");
    assert_eq!(sign_in(&s, LI_SI).one_time, Some(s.now), "to be changed at the first sign-in");
    assert_eq!(refused(&mut s, SECURITY, &refuse(1, "迟了")), Reason::NothingToDo);
    assert!(matches!(s.office.officer_change(1).unwrap().state, ChangeState::Approved { .. }));
    // Nobody gets round it by the old way, which is the operator's.
    let alone = I::AddOfficer(NewOfficer {
        id: OfficerId(30),
        login: "alone".into(),
        name: "甲".into(),
        role: Role::ProvinceOfficer,
        org: OrgId(1),
        password_hash: "!".into(),
    });
    for administrator in [SYSTEM, SECURITY, AUDIT] {
        assert_eq!(refused(&mut s, administrator, &alone), Reason::NotPermitted);
    }
}

#[test]
fn art_6_1_nobody_decides_on_the_own_account_or_on_the_own_proposal() {
    clause!(R6.1);
    let mut s = scene();
    let to_clerk = |org| Change::Move { role: Role::ProvinceOfficer, org: OrgId(org) };
    assert_eq!(refused(&mut s, SYSTEM, &propose(1, SYSTEM, to_clerk(1))), Reason::OwnAccount);
    ask(&mut s, SYSTEM, &propose(1, SECURITY, Change::ResetPassword)).unwrap();
    assert_eq!(refused(&mut s, SECURITY, &approve(1, Some("$h"))), Reason::OwnAccount);
    assert_eq!(
        refused(&mut s, SYSTEM, &I::StopOfficer { officer: OfficerId(SYSTEM), reason: "离职".into() }),
        Reason::OwnAccount
    );
    // 系统管理员 becomes 安全管理员: what was proposed before stays the own proposal.
    ask(&mut s, SYSTEM, &propose(2, HR, Change::ResetPassword)).unwrap();
    s.office.apply(&InstitutionEvent::OfficerStopped {
        officer: OfficerId(AUDIT),
        reason: "离职".into(),
        by: None,
        at: None,
    });
    let mut officer = s.office.officer(OfficerId(SYSTEM)).unwrap().clone();
    officer.role = Role::SecurityAdministrator;
    s.office.apply(&InstitutionEvent::OfficerAdded(officer));
    assert_eq!(refused(&mut s, SYSTEM, &approve(2, Some("$h"))), Reason::OwnAccount);
}

#[test]
fn art_6_1_of_each_of_the_three_administrators_one_stays() {
    clause!(R6.1);
    let mut s = scene();
    let stop = |officer| I::StopOfficer { officer: OfficerId(officer), reason: "离职".into() };
    assert_eq!(refused(&mut s, SECURITY, &stop(SYSTEM)), Reason::LastAdministrator);
    assert_eq!(refused(&mut s, SYSTEM, &stop(AUDIT)), Reason::LastAdministrator);
    let away = Change::Move { role: Role::ProvinceOfficer, org: OrgId(1) };
    assert_eq!(refused(&mut s, SYSTEM, &propose(1, AUDIT, away)), Reason::LastAdministrator);
    // With a second one the first may go; anybody else may anyhow.
    let second = Change::Add {
        login: "audit2".into(),
        name: "王五".into(),
        role: Role::AuditAdministrator,
        org: OrgId(1),
    };
    ask(&mut s, SYSTEM, &propose(2, 21, second)).unwrap();
    ask(&mut s, SECURITY, &approve(2, Some("$h"))).unwrap();
    ask(&mut s, SYSTEM, &stop(AUDIT)).unwrap();
    assert_eq!(refused(&mut s, SECURITY, &stop(21)), Reason::LastAdministrator);
    ask(&mut s, SECURITY, &stop(HR)).unwrap();
    assert_eq!(refused(&mut s, SECURITY, &stop(HR)), Reason::NothingToDo);
}

#[test]
fn art_40_1_what_was_done_stays_with_the_office_and_the_name_of_then() {
    clause!(R40.1);
    let mut s = scene();
    let (began, officer) = (s.now, OfficerId(HR));
    let called = |s: &Scene, org: i64, at| s.office.org_as_of(OrgId(org), at).unwrap().name;
    let before = called(&s, 3, began);
    s.days_pass(1);
    let (moved, renamed) = (s.now, "调整后的窗口".to_owned());
    ask(&mut s, SYSTEM, &propose(1, HR, Change::Move { role: Role::CityOfficer, org: OrgId(2) })).unwrap();
    ask(&mut s, SECURITY, &approve(1, None)).unwrap();
    ask(&mut s, SYSTEM, &I::RenameOrganisation { org: OrgId(3), name: renamed.clone() }).unwrap();
    s.days_pass(1);
    ask(&mut s, SYSTEM, &propose(2, HR, Change::Move { role: Role::HrClerk, org: OrgId(3) })).unwrap();
    ask(&mut s, SECURITY, &approve(2, None)).unwrap();
    // A change of the post alone leaves no office.
    assert_eq!(s.office.officer(officer).unwrap().org, OrgId(3));
    let was_at = |at| s.office.office_of(officer, at);
    assert_eq!(was_at(began), Some(OrgId(3)));
    assert_eq!(was_at(Instant(moved.0 - 1)), Some(OrgId(3)));
    assert_eq!(was_at(moved), Some(OrgId(2)));
    assert_eq!(was_at(s.now), Some(OrgId(3)));
    assert_eq!(s.office.office_of(OfficerId(999), s.now), None);
    // Whoever was at an office for a while is among those of that while.
    let there = |org: i64, from: Instant, until: Instant| {
        s.office.officers_at(&BTreeSet::from([OrgId(org)]), from, until).any(|o| o.id == officer)
    };
    let soon = |at: Instant| Instant(at.0 + 1);
    assert!(there(3, began, moved) && !there(2, began, moved));
    assert!(there(2, moved, soon(moved)) && !there(3, moved, soon(moved)));
    assert!(there(3, s.now, soon(s.now)) && !there(2, s.now, soon(s.now)));
    assert!(there(2, began, soon(s.now)) && !there(4, began, soon(s.now)));
    assert_eq!((called(&s, 3, began), called(&s, 3, moved)), (before, renamed.clone()));
    assert_eq!(called(&s, 3, s.now), renamed);
    // A line of earlier days does not say when: it is read, and nothing is made up.
    let earlier = r#"{"organisation_renamed":{"org":3,"name":"甲"}}"#;
    s.office.apply(&serde_json::from_str::<InstitutionEvent>(earlier).unwrap());
    assert_eq!(called(&s, 3, s.now), "甲");
}

#[test]
fn art_6_1_a_ledger_has_what_offices_do_and_no_look_and_nothing_of_administrators() {
    clause!(R6.1);
    let at = |kind| businesses_of(&[kind], false);
    let outlet = at(OrgKind::HrOutlet);
    assert!(outlet.contains(&Verb::HandOver) && outlet.contains(&Verb::Apply));
    assert!(!outlet.contains(&Verb::Activate) && !outlet.contains(&Verb::ReportFormalLoss));
    assert!(at(OrgKind::BankOutlet).contains(&Verb::Activate));
    // A holder who is alone at a machine does what its outlet does not.
    assert!(businesses_of(&[OrgKind::HrOutlet], true).contains(&Verb::ReportFormalLoss));
    assert!(at(OrgKind::ProvinceCentre).contains(&Verb::Ship));
    let all = businesses_of(&OrgKind::ALL, true);
    for verb in [Verb::LookAtHolder, Verb::SignIn, Verb::PrintReceipt, Verb::LookAtLedger, Verb::LookAtBoxes]
    {
        assert!(!all.contains(&verb), "{verb:?}");
    }
    for verb in [Verb::ProposeOfficer, Verb::DecideOfficer, Verb::AddOrganisation, Verb::ExportJournal] {
        assert!(!all.contains(&verb), "{verb:?}");
    }
}

#[test]
fn art_6_1_a_change_of_rights_acts_at_once_and_ends_the_sessions() {
    clause!(R6.1);
    let mut s = scene();
    let may = |s: &Scene, verb| {
        authorise(&s.office, &Actor::Officer(OfficerId(HR)), verb, &Place::Anywhere).map_err(|r| r.reason)
    };
    assert_eq!(may(&s, Verb::Apply), Ok(()));
    let before = sign_in(&s, HR).epoch;
    let wrong = Change::Move { role: Role::CityOfficer, org: OrgId(3) };
    assert_eq!(refused(&mut s, SYSTEM, &propose(1, HR, wrong)), Reason::SetUpDefective, "an outlet has none");
    let same = Change::Move { role: Role::HrClerk, org: OrgId(3) };
    assert_eq!(refused(&mut s, SYSTEM, &propose(1, HR, same)), Reason::NothingToDo);
    ask(&mut s, SYSTEM, &propose(1, HR, Change::Move { role: Role::CityOfficer, org: OrgId(2) })).unwrap();
    assert_eq!(sign_in(&s, HR).epoch, before, "proposed changes nothing");
    ask(&mut s, SECURITY, &approve(1, None)).unwrap();
    assert_eq!(may(&s, Verb::Apply), Err(Reason::NotPermitted));
    assert_eq!(may(&s, Verb::ConfirmBatch), Ok(()));
    let moved = sign_in(&s, HR).epoch;
    assert!(moved > before);
    ask(&mut s, SYSTEM, &I::StopOfficer { officer: OfficerId(HR), reason: "离职".into() }).unwrap();
    let kept = s.office.officer_stops().next().unwrap();
    assert_eq!((kept.officer, kept.reason.as_str()), (OfficerId(HR), "离职"));
    assert_eq!((kept.by, kept.at), (Some(OfficerId(SYSTEM)), Some(s.now)));
    assert_eq!(may(&s, Verb::ConfirmBatch), Err(Reason::OfficerInactive));
    assert!(sign_in(&s, HR).epoch > moved);
    assert_eq!(refused(&mut s, SYSTEM, &propose(2, HR, Change::ResetPassword)), Reason::SetUpDefective);
    ask(&mut s, SYSTEM, &propose(3, HR, Change::Start)).unwrap();
    assert_eq!(refused(&mut s, SECURITY, &refuse(3, " ")), Reason::AccountDefective, "without a reason");
    ask(&mut s, SECURITY, &refuse(3, "尚未返岗")).unwrap();
    assert_eq!(may(&s, Verb::ConfirmBatch), Err(Reason::OfficerInactive));
    ask(&mut s, SYSTEM, &propose(4, HR, Change::Start)).unwrap();
    ask(&mut s, SECURITY, &approve(4, None)).unwrap();
    assert_eq!(may(&s, Verb::ConfirmBatch), Ok(()));
}

#[test]
fn art_6_1_a_lost_password_is_reset_by_two_and_changed_by_its_owner_within_seven_days() {
    clause!(R6.1);
    let mut s = scene();
    ask(&mut s, SYSTEM, &propose(1, HR, Change::ResetPassword)).unwrap();
    ask(&mut s, SECURITY, &approve(1, Some("$one-time"))).unwrap();
    let given = sign_in(&s, HR);
    assert!(given.one_time.is_some() && given.epoch == 1);
    assert!(!given.ran_out(Instant(s.now.0 + SignIn::ONE_TIME_MICROS - 1)));
    assert!(given.ran_out(Instant(s.now.0 + SignIn::ONE_TIME_MICROS)));
    let change = I::ChangePassword { officer: OfficerId(HR), password_hash: "$own".into() };
    assert_eq!(refused(&mut s, SYSTEM, &change), Reason::NotPermitted, "nobody else's");
    ask(&mut s, HR, &change).unwrap();
    assert_eq!(sign_in(&s, HR), SignIn { epoch: 2, one_time: None, second: None });
    // 重置 by one alone is the operator's, at the machine.
    let alone = I::ResetPassword { officer: OfficerId(HR), password_hash: "$h".into() };
    assert_eq!(refused(&mut s, SECURITY, &alone), Reason::NotPermitted);
    s.actor = Actor::System;
    for event in decide(&s.office, &alone, &s.ctx()).unwrap() {
        s.office.apply(&event);
    }
    assert!(sign_in(&s, HR).one_time.is_some());
}

#[test]
fn art_6_1_all_that_is_wrong_with_a_new_account_is_told_at_once() {
    clause!(R6.1);
    let mut s = scene();
    let change =
        Change::Add { login: "李四 ".into(), name: " ".into(), role: Role::HrClerk, org: OrgId(3) };
    let command =
        I::ProposeOfficer(ProposeOfficer { id: 1, officer: OfficerId(9), change, reason: String::new() });
    let said = ask(&mut s, SYSTEM, &command).unwrap_err().sentence();
    for part in ["登录名应为", "姓名应为", "未填写变更理由"] {
        assert!(said.contains(part), "{said}");
    }
    let Change::Add { name, role, org, .. } = li_si() else { unreachable!() };
    let taken = Change::Add { login: "a11".into(), name, role, org };
    assert_eq!(refused(&mut s, SYSTEM, &propose(2, LI_SI, taken)), Reason::LoginTaken);
}

#[test]
fn a_password_is_long_and_not_the_first_guess_and_of_any_characters() {
    let s = scene();
    let mut zhang = s.office.officer(OfficerId(HR)).unwrap().clone();
    zhang.login = "zhangwei".into();
    for good in ["秋天的第一杯奶茶", "correct horse battery", "9f3kqz7m", "        x", "31415xyz"] {
        assert!(judge_password(&zhang, good).is_ok(), "{good}");
    }
    let long = "x1".repeat(65);
    for bad in [
        "7chars!",
        "Passw0rd",
        "12345678",
        "87654321",
        "aaaaaaaa",
        "abcdefgh",
        "Woaini1314",
        "ZhangWei2026",
        "123456abc",
        "Iloveyou2",
        "kaguan2026",
        "Shebaoka@123",
        "社保卡123456",
        "Admin-0001",
        &long,
    ] {
        assert_eq!(judge_password(&zhang, bad).unwrap_err().reason, Reason::AccountDefective, "{bad}");
    }
}

#[test]
fn art_6_1_the_matrix_that_is_shown_is_the_one_that_is_asked() {
    clause!(R6.1);
    let s = scene();
    for (verb, may) in matrix() {
        for (officer, role) in [(HR, 0), (CITY, 3), (SYSTEM, 5), (SECURITY, 6), (AUDIT, 7)] {
            let asked = authorise(&s.office, &Actor::Officer(OfficerId(officer)), verb, &Place::Anywhere);
            assert_eq!(asked.is_ok(), may[role], "{verb:?} {officer}");
        }
    }
}

#[test]
fn art_6_1_a_name_has_at_most_fifty_characters_and_a_password_may_climb_the_alphabet_by_twos() {
    clause!(R6.1);
    let named = |letters: usize| defects_of_newcomer("lisi", &"李".repeat(letters)).is_empty();
    assert!(named(1) && named(50) && !named(51) && !named(60));
    let s = scene();
    let clerk = s.office.officer(OfficerId(HR)).unwrap();
    judge_password(clerk, "acegikmoqs").unwrap();
}

#[test]
fn art_6_1_a_second_factor_is_ones_own_and_an_administrator_keeps_one() {
    clause!(R6.1);
    let mut s = scene();
    let set = |officer, factor| I::SetSecondFactor { officer: OfficerId(officer), factor };
    let end = |officer| I::EndSecondFactor { officer: OfficerId(officer) };
    let needs =
        |s: &Scene, officer| s.office.needs_second_factor(s.office.officer(OfficerId(officer)).unwrap());
    assert!([SYSTEM, SECURITY, AUDIT].into_iter().all(|o| needs(&s, o)) && !needs(&s, HR));
    assert_eq!(refused(&mut s, HR, &set(SYSTEM, 7)), Reason::NotPermitted, "another's");
    let before = sign_in(&s, SYSTEM).epoch;
    ask(&mut s, SYSTEM, &set(SYSTEM, 7)).unwrap();
    assert_eq!((sign_in(&s, SYSTEM).second, sign_in(&s, SYSTEM).epoch), (Some(7), before + 1));
    assert!(!needs(&s, SYSTEM));
    assert_eq!(refused(&mut s, SYSTEM, &set(SYSTEM, 7)), Reason::NothingToDo);
    ask(&mut s, SYSTEM, &set(SYSTEM, 8)).unwrap();
    assert_eq!(refused(&mut s, SYSTEM, &end(SYSTEM)), Reason::SetUpDefective, "obligatory");
    // A clerk may, and may not go on with it.
    assert_eq!(refused(&mut s, HR, &end(HR)), Reason::NothingToDo);
    ask(&mut s, HR, &set(HR, 9)).unwrap();
    assert_eq!(refused(&mut s, CITY, &end(HR)), Reason::NotPermitted);
    ask(&mut s, HR, &end(HR)).unwrap();
    assert_eq!(sign_in(&s, HR).second, None);
}

#[test]
fn art_6_1_a_lost_device_is_reset_as_a_password_is() {
    clause!(R6.1);
    let mut s = scene();
    let set = |officer| I::SetSecondFactor { officer: OfficerId(officer), factor: 7 };
    assert_eq!(refused(&mut s, SYSTEM, &propose(1, AUDIT, Change::ResetSecondFactor)), Reason::NothingToDo);
    ask(&mut s, AUDIT, &set(AUDIT)).unwrap();
    ask(&mut s, SYSTEM, &propose(1, AUDIT, Change::ResetSecondFactor)).unwrap();
    assert_eq!(sign_in(&s, AUDIT).second, Some(7), "proposed changes nothing");
    assert_eq!(
        refused(&mut s, SECURITY, &approve(1, Some("$h"))),
        Reason::AccountDefective,
        "no password goes with it"
    );
    let before = sign_in(&s, AUDIT).epoch;
    ask(&mut s, SECURITY, &approve(1, None)).unwrap();
    let given = sign_in(&s, AUDIT);
    assert!(given.second.is_none() && given.one_time.is_none() && given.epoch > before);
    // Nobody gets round it by the operator's way.
    ask(&mut s, AUDIT, &set(AUDIT)).unwrap();
    for administrator in [SYSTEM, SECURITY, AUDIT] {
        let alone = I::ResetSecondFactor { officer: OfficerId(AUDIT) };
        assert_eq!(refused(&mut s, administrator, &alone), Reason::NotPermitted);
    }
}
