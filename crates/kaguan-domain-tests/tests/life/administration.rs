//! What the three administrators do (Articles 6 and 39): the journal leaves the system as a line of its own, a partner's keys and
//! address are changed by two, organisations begin and end, and who came in leaves a line.

use crate::person::{TODAY, office};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::facts::data_loss::{AcceptedDataLoss, LostHead};
use kaguan_domain::facts::export::ExportJournal;
use kaguan_domain::facts::institution::{
    InstitutionEvent, Institutions, Officer, OrgKind, Organisation, Role,
};
use kaguan_domain::facts::officer::{ChangeState, DoorEvent, OfficerChange};
use kaguan_domain::facts::partner::{Contact, Partner, PartnerChange, PartnerKey};
use kaguan_domain::ids::{BankCode, OfficerId, OrgId, PartnerId};
use kaguan_domain::institution::{
    DecideOfficer, DecidePartner, InstitutionCommand, ProposeOfficer, ProposePartner, RecordSignIn, decide,
    kinds_below, record_sign_in,
};
use kaguan_domain::refusal::{Reason, Refusal};

/// 王五 three times: the three administrators.
const SYSTEM: OfficerId = OfficerId(91);
const SECURITY: OfficerId = OfficerId(92);
const AUDIT: OfficerId = OfficerId(93);
const HOUR: i64 = 3_600_000_000;

fn now() -> Instant {
    Instant::at_start_of(TODAY)
}

fn administrators() -> Institutions {
    let mut i = office();
    let three = [Role::SystemAdministrator, Role::SecurityAdministrator, Role::AuditAdministrator];
    for (n, role) in (91..).zip(three) {
        i.apply(&InstitutionEvent::OfficerAdded(Officer {
            id: OfficerId(n),
            login: format!("admin{n}"),
            name: "王五".into(),
            role,
            org: OrgId(1),
            active: true,
            password_hash: "!".into(),
        }));
    }
    i
}

fn by(
    i: &Institutions,
    who: OfficerId,
    command: &InstitutionCommand,
) -> Result<Vec<InstitutionEvent>, Refusal> {
    at(i, who, command, now())
}

/// The same at another moment.
fn at(
    i: &Institutions,
    who: OfficerId,
    command: &InstitutionCommand,
    now: Instant,
) -> Result<Vec<InstitutionEvent>, Refusal> {
    let ctx = Ctx {
        now,
        actor: Actor::Officer(who),
        channel: Channel::Console,
        request_key: None,
        request_body: None,
    };
    decide(i, command, &ctx)
}

#[test]
fn art_39_1_what_leaves_the_journal_is_a_line_of_it_and_only_the_audit_administrator_takes_it() {
    clause!(R39.1);
    let i = administrators();
    let file = |lines| ExportJournal { lines, digest: "00".into(), asked: "全部".into() };
    let export = |who, lines| by(&i, who, &InstitutionCommand::ExportJournal(file(lines)));
    assert_eq!(export(AUDIT, 3), Ok(vec![InstitutionEvent::JournalExported(file(3))]));
    assert_eq!(export(AUDIT, 0).unwrap_err().reason, Reason::NothingToDo);
    for other in [SYSTEM, SECURITY] {
        assert_eq!(export(other, 3).unwrap_err().reason, Reason::NotPermitted);
    }
}

#[test]
fn art_39_1_a_loss_is_accepted_by_the_operator_alone_with_what_is_lost_and_why() {
    clause!(R39.1);
    let mut i = administrators();
    let lost = LostHead { block: 9, line: 120, at: now(), hash: "ab".into(), source: "journal.head".into() };
    let loss = |heads: &[LostHead], reason: &str| {
        InstitutionCommand::AcceptDataLoss(AcceptedDataLoss {
            line: 100,
            heads: heads.to_vec(),
            reason: reason.into(),
        })
    };
    let operator = Ctx {
        now: now(),
        actor: Actor::System,
        channel: Channel::CommandLine,
        request_key: None,
        request_body: None,
    };
    let whole = loss(std::slice::from_ref(&lost), "磁盘损坏，昨日备份为最新");
    for who in [SYSTEM, SECURITY, AUDIT] {
        assert_eq!(by(&i, who, &whole).unwrap_err().reason, Reason::NotPermitted);
    }
    let refused = |command| decide(&i, &command, &operator).unwrap_err().reason;
    assert_eq!(refused(loss(&[], "磁盘损坏")), Reason::NothingToDo);
    assert_eq!(refused(loss(std::slice::from_ref(&lost), "  ")), Reason::MaterialDefective);
    let events = decide(&i, &whole, &operator).unwrap();
    events.iter().for_each(|e| i.apply(e));
    assert_eq!(i.data_losses()[0].heads, [lost]);
}

/// Gives a command, and what it changes.
fn done(i: &mut Institutions, who: OfficerId, command: InstitutionCommand) {
    for event in by(i, who, &command).unwrap() {
        i.apply(&event);
    }
}

fn refused(i: &Institutions, who: OfficerId, command: InstitutionCommand) -> Reason {
    by(i, who, &command).unwrap_err().reason
}

fn icbc() -> PartnerId {
    PartnerId::parse("bank:95588").unwrap()
}

fn key(id: &str, byte: &str, from: Instant) -> PartnerKey {
    PartnerKey { id: id.into(), public: format!("04{}", byte.repeat(64)), from, until: None }
}

fn propose(id: i64, change: PartnerChange) -> InstitutionCommand {
    InstitutionCommand::ProposePartner(ProposePartner { id, change, reason: "更换".into() })
}

fn approve(id: i64) -> InstitutionCommand {
    InstitutionCommand::DecidePartner(DecidePartner { id, approved: true, reason: String::new() })
}

#[test]
fn art_6_1_a_partners_key_is_changed_by_two_and_the_old_one_goes_on_for_a_time() {
    clause!(R6.1);
    let mut i = administrators();
    let partner = Partner { id: icbc(), name: "工商银行".into(), endpoint: None, keys: Vec::new() };
    let register = |keys| PartnerChange::Register(Partner { keys, ..partner.clone() });
    assert_eq!(refused(&i, SYSTEM, propose(1, register(Vec::new()))), Reason::MaterialDefective);
    let first = register(vec![key("k1", "a1", now())]);
    assert_eq!(refused(&i, SECURITY, propose(1, first.clone())), Reason::NotPermitted);
    assert_eq!(
        refused(&i, SYSTEM, InstitutionCommand::RegisterPartner(partner.clone())),
        Reason::NotPermitted
    );
    done(&mut i, SYSTEM, propose(1, first.clone()));
    assert!(i.partner(&icbc()).is_none(), "proposed only");
    assert_eq!(refused(&i, SYSTEM, propose(2, first)), Reason::ChangeWaits, "one at a time");
    assert_eq!(refused(&i, SYSTEM, approve(1)), Reason::NotPermitted);
    done(&mut i, SECURITY, approve(1));
    assert!(i.partner(&icbc()).unwrap().key("k1", now()).is_some());
    assert_eq!(refused(&i, SECURITY, approve(1)), Reason::NothingToDo);

    let later = Instant(now().0 + 24 * HOUR);
    let second = |others_until| PartnerChange::AddKey {
        partner: icbc(),
        key: key("k2", "b2", Instant(now().0 + HOUR)),
        others_until,
    };
    for too_soon in [Instant(now().0 - 1), Instant(now().0 + HOUR)] {
        assert_eq!(refused(&i, SYSTEM, propose(3, second(Some(too_soon)))), Reason::MaterialDefective);
    }
    done(&mut i, SYSTEM, propose(3, second(Some(later))));
    done(&mut i, SECURITY, approve(3));
    let bank = i.partner(&icbc()).unwrap();
    let holds = |id, at: i64| bank.key(id, Instant(now().0 + at)).is_some();
    let at = |h| (holds("k1", h * HOUR), holds("k2", h * HOUR));
    assert_eq!([at(0), at(2), at(24)], [(true, false), (true, true), (false, true)]);

    // Lost: one administrator ends it at once, and none lets it live longer.
    let end =
        |key: &str, until| InstitutionCommand::EndPartnerKey { partner: icbc(), key: key.into(), until };
    assert_eq!(refused(&i, AUDIT, end("k1", now())), Reason::NotPermitted);
    assert_eq!(refused(&i, SYSTEM, end("k1", Instant(later.0 + 1))), Reason::SetUpDefective);
    // A mistyped year is refused, and ends nothing.
    assert_eq!(refused(&i, SYSTEM, end("k1", Instant(now().0 - HOUR))), Reason::MaterialDefective);
    assert!(i.partner(&icbc()).unwrap().key("k1", now()).is_some());
    done(&mut i, SYSTEM, end("k1", now()));
    assert!(i.partner(&icbc()).unwrap().key("k1", now()).is_none());
}

#[test]
fn art_6_1_all_that_is_wrong_with_a_partner_is_told_at_once_and_by_article_6() {
    clause!(R6.1);
    let i = administrators();
    let keys = vec![key("k 1", "z", now())];
    let partner = Partner { id: icbc(), name: " ".into(), endpoint: Some("http://bank".into()), keys };
    let bad = ProposePartner { id: 1, change: PartnerChange::Register(partner), reason: " ".into() };
    let refusal = by(&i, SYSTEM, &InstitutionCommand::ProposePartner(bad)).unwrap_err();
    let said = refusal.sentence();
    for part in ["缺合作方名称", "接口地址", "130位", "公钥名称", "未填写变更理由", "《经办规程》第6条"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn art_6_1_where_a_partner_is_called_and_the_systems_own_key_are_changed_by_two() {
    clause!(R6.1);
    let mut i = administrators();
    let keys = vec![key("k1", "a1", now())];
    let partner = Partner { id: icbc(), name: "工商银行".into(), endpoint: None, keys };
    i.apply(&InstitutionEvent::PartnerRegistered(partner));
    let elsewhere = PartnerChange::Reach { partner: icbc(), endpoint: Some("https://bank.example".into()) };
    done(&mut i, SYSTEM, propose(1, elsewhere.clone()));
    let no = |reason: &str| {
        InstitutionCommand::DecidePartner(DecidePartner { id: 1, approved: false, reason: reason.into() })
    };
    assert_eq!(refused(&i, SECURITY, no(" ")), Reason::MaterialDefective);
    done(&mut i, SECURITY, no("地址未经核实"));
    assert_eq!(i.partner(&icbc()).unwrap().endpoint, None);
    done(&mut i, SYSTEM, propose(2, elsewhere));
    let back = |id| InstitutionCommand::WithdrawPartner { id };
    assert_eq!(refused(&i, SYSTEM, back(1)), Reason::NothingToDo);
    assert_eq!(refused(&i, SYSTEM, back(9)), Reason::NotFound);
    done(&mut i, SYSTEM, back(2));
    assert_eq!(refused(&i, SECURITY, approve(2)), Reason::NothingToDo, "withdrawn");
    let system = |hours| PartnerChange::ChangeSystemKey { from: Instant(now().0 + hours * HOUR) };
    let soon = refused(&i, SYSTEM, propose(3, system(47)));
    assert_eq!(soon, Reason::MaterialDefective, "partners ask for the next key once a day");
    done(&mut i, SYSTEM, propose(3, system(48)));
    assert_eq!(i.system_key(Instant(now().0 + 49 * HOUR)), 1);
    done(&mut i, SECURITY, approve(3));
    assert_eq!(i.system_key(Instant(now().0 + 49 * HOUR)), 2);
    let old = PartnerChange::AddKey { partner: icbc(), key: key("k2", "b2", Instant(0)), others_until: None };
    let refusal = by(&i, SYSTEM, &propose(5, old)).unwrap_err();
    assert!(refusal.sentence().contains("公钥k2的生效时间早于现在"), "{}", refusal.sentence());
    let bare =
        ProposePartner { id: 4, change: PartnerChange::ChangeSystemKey { from: now() }, reason: "".into() };
    assert_eq!(refused(&i, SYSTEM, InstitutionCommand::ProposePartner(bare)), Reason::MaterialDefective);
}

#[test]
fn art_6_1_a_key_begins_with_its_approval_and_what_came_too_late_is_proposed_anew() {
    clause!(R6.1);
    let mut i = administrators();
    let keys = vec![key("k1", "a1", now())];
    let partner = Partner { id: icbc(), name: "工商银行".into(), endpoint: None, keys };
    done(&mut i, SYSTEM, propose(1, PartnerChange::Register(partner)));
    let later = |hours: i64| Instant(now().0 + hours * HOUR);
    let agree = |i: &mut Institutions, id, hours| {
        let events = at(i, SECURITY, &approve(id), later(hours))?;
        events.iter().for_each(|event| i.apply(event));
        Ok::<(), Refusal>(())
    };
    agree(&mut i, 1, 48).unwrap();
    assert_eq!(i.partner(&icbc()).unwrap().keys[0].from, later(48), "it did not hold before");
    // One that begins afterwards begins then.
    let second = |from, others_until| PartnerChange::AddKey {
        partner: icbc(),
        key: key("k2", "b2", from),
        others_until,
    };
    let events = at(&i, SYSTEM, &propose(2, second(later(49), Some(later(60)))), later(48)).unwrap();
    events.iter().for_each(|event| i.apply(event));
    // The earlier keys would end before anybody agreed: there is nothing to put right where it is decided.
    let late = agree(&mut i, 2, 61).unwrap_err().sentence();
    assert!(late.contains("原公钥的失效时间") && late.contains("请选择“不同意”"), "{late}");
    assert!(late.contains("由系统管理员重新提出"), "{late}");
    agree(&mut i, 2, 50).unwrap();
    let partner = i.partner(&icbc()).unwrap();
    assert_eq!((partner.keys[1].from, partner.keys[0].until), (later(50), Some(later(60))));
    done(&mut i, SYSTEM, propose(3, PartnerChange::ChangeSystemKey { from: later(48) }));
    let late = at(&i, SECURITY, &approve(3), later(1)).unwrap_err().sentence();
    assert!(late.contains("不足两日") && late.contains("请选择“不同意”"), "{late}");
}

#[test]
fn art_6_1_everything_wrong_with_a_new_key_is_told_at_once() {
    clause!(R6.1);
    let mut i = administrators();
    let keys = vec![key("k1", "a1", now())];
    let partner = Partner { id: icbc(), name: "工商银行".into(), endpoint: None, keys };
    i.apply(&InstitutionEvent::PartnerRegistered(partner));
    let long_ago = Instant(now().0 - 100 * HOUR);
    let change = PartnerChange::AddKey {
        partner: icbc(),
        key: key("k1", "a1", long_ago),
        others_until: Some(Instant(long_ago.0 - HOUR)),
    };
    let bad = ProposePartner { id: 1, change, reason: " ".into() };
    let refusal = by(&i, SYSTEM, &InstitutionCommand::ProposePartner(bad)).unwrap_err();
    let said = refusal.sentence();
    for part in [
        "公钥名称k1已用过",
        "该SM2公钥已登记（k1）",
        "原公钥的失效时间",
        "公钥k1的生效时间早于现在",
        "未填写变更理由",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let change = PartnerChange::ChangeSystemKey { from: now() };
    let bad = ProposePartner { id: 1, change, reason: " ".into() };
    let said = by(&i, SYSTEM, &InstitutionCommand::ProposePartner(bad)).unwrap_err().sentence();
    assert!(said.contains("不足两日") && said.contains("未填写变更理由"), "{said}");
}

#[test]
fn art_6_1_a_proposal_is_withdrawn_by_whoever_made_it_and_by_nobody_else() {
    clause!(R6.1);
    let mut i = administrators();
    let stopped = OfficerId(1);
    i.apply(&InstitutionEvent::OfficerStopped {
        officer: stopped,
        reason: "离职".into(),
        by: None,
        at: None,
    });
    let other = OfficerId(94);
    i.apply(&InstitutionEvent::OfficerAdded(Officer {
        id: other,
        login: "admin94".into(),
        role: Role::SystemAdministrator,
        ..i.officer(SYSTEM).unwrap().clone()
    }));
    let propose =
        ProposeOfficer { id: 1, officer: stopped, change: OfficerChange::Start, reason: "返岗".into() };
    done(&mut i, SYSTEM, InstitutionCommand::ProposeOfficer(propose));
    let back = || InstitutionCommand::WithdrawOfficer { id: 1 };
    assert_eq!(refused(&i, other, back()), Reason::NotPermitted);
    assert_eq!(refused(&i, SECURITY, back()), Reason::NotPermitted);
    done(&mut i, SYSTEM, back());
    assert_eq!(i.officer_change(1).unwrap().state, ChangeState::Withdrawn { at: now() });
    assert!(!i.officer(stopped).unwrap().active);
    assert_eq!(refused(&i, SYSTEM, back()), Reason::NothingToDo);
    let approve = DecideOfficer { id: 1, approved: true, reason: String::new(), password_hash: None };
    assert_eq!(refused(&i, SECURITY, InstitutionCommand::DecideOfficer(approve)), Reason::NothingToDo);
}

#[test]
fn art_6_1_a_second_press_on_an_approval_says_where_the_one_time_password_is_now() {
    clause!(R6.1);
    let mut i = administrators();
    let reset = OfficerChange::ResetPassword;
    let propose = ProposeOfficer { id: 1, officer: OfficerId(1), change: reset, reason: "遗忘".into() };
    done(&mut i, SYSTEM, InstitutionCommand::ProposeOfficer(propose));
    let press = || {
        let password_hash = Some("$argon2".into());
        InstitutionCommand::DecideOfficer(DecideOfficer {
            id: 1,
            approved: true,
            reason: String::new(),
            password_hash,
        })
    };
    done(&mut i, SECURITY, press());
    let again = by(&i, SECURITY, &press()).unwrap_err();
    assert_eq!(again.reason, Reason::PasswordShown);
    assert!(again.sentence().contains("重置登录密码"), "{}", again.sentence());
}

#[test]
fn a_dead_letter_is_settled_with_a_word_and_contacts_are_kept_whole() {
    let mut i = administrators();
    let letter =
        |again, how: &str| InstitutionCommand::HandleDeadLetter { letter: 7, again, how: how.into() };
    assert_eq!(refused(&i, SYSTEM, letter(false, "　")), Reason::MaterialDefective);
    done(&mut i, SYSTEM, letter(true, ""));
    done(&mut i, SYSTEM, letter(false, "已电话核对"));
    let keep = |phone: &str| InstitutionCommand::KeepContacts {
        partner: icbc(),
        contacts: vec![Contact {
            city: None, duty: "账户".into(), name: "赵六".into(), phone: phone.into()
        }],
    };
    assert_eq!(refused(&i, SYSTEM, keep("")), Reason::MaterialDefective);
    assert_eq!(refused(&i, SECURITY, keep("020-1")), Reason::NotPermitted);
    done(&mut i, SYSTEM, keep("020-1"));
    assert_eq!(i.contacts(&icbc())[0].name, "赵六");
    assert_eq!(refused(&i, SYSTEM, keep("020-1")), Reason::NothingToDo);
}

fn org(id: i64, kind: OrgKind, code: &str, parent: i64, bank: Option<&str>) -> InstitutionCommand {
    InstitutionCommand::AddOrganisation(Organisation {
        id: OrgId(id),
        code: code.into(),
        name: format!("机构{id}"),
        kind,
        parent: Some(OrgId(parent)),
        division: code[..6].into(),
        bank: bank.map(|b| BankCode(b.into())),
    })
}

#[test]
fn art_6_1_the_tree_goes_down_to_a_village_and_through_a_banks_own_levels() {
    clause!(R6.1);
    let mut i = administrators();
    let (county, town, village) = (OrgKind::CountyCentre, OrgKind::HrOutlet, OrgKind::HrOutlet);
    done(&mut i, SYSTEM, org(40, county, "44010600000040", 2, None));
    done(&mut i, SYSTEM, org(41, town, "44010600000041", 40, None));
    done(&mut i, SYSTEM, org(42, village, "44010600000042", 41, None));
    done(&mut i, SYSTEM, org(43, OrgKind::BankOutlet, "44010300000043", 4, Some("95588")));
    assert_eq!(i.below(OrgId(41)).map(|o| o.id).collect::<Vec<_>>(), [OrgId(42)]);
    let about = |command: InstitutionCommand| {
        let refusal = by(&i, SYSTEM, &command).unwrap_err();
        assert_eq!(refusal.reason, Reason::MaterialDefective);
        refusal.about.unwrap()
    };
    for (command, why) in [
        (org(50, OrgKind::BankOutlet, "44010300000050", 5, Some("95588")), "不能设在"),
        (org(50, OrgKind::BankOutlet, "44010300000050", 3, Some("95588")), "不能设在"),
        (org(50, OrgKind::HrOutlet, "44010300000050", 4, None), "不能设在"),
        (org(50, OrgKind::CityCentre, "44010300000050", 2, None), "不能设在"),
        (org(50, OrgKind::CountyCentre, "44010600000050", 40, None), "不能设在"),
        (org(50, OrgKind::ProvinceCentre, "44000000000050", 1, None), "不能设在"),
        (org(50, OrgKind::HrOutlet, "44030400000050", 40, None), "另一地市"),
        (org(50, OrgKind::HrOutlet, "99010600000050", 40, None), "没有该行政区划"),
        (org(50, OrgKind::HrOutlet, "440106", 40, None), "14位"),
        (org(50, OrgKind::HrOutlet, "44010600000050", 40, Some("95588")), "须写明银行"),
        (org(50, OrgKind::BankOutlet, "44010300000050", 2, None), "须写明银行"),
        (org(50, OrgKind::HrOutlet, "44010600000050", 42, None), "最基层的网点"),
    ] {
        let said = about(command);
        assert!(said.contains(why), "{why}: {said}");
    }
    let below = |id: i64| kinds_below(&i, i.org(OrgId(id)).unwrap());
    assert_eq!(below(2), [county, OrgKind::HrOutlet, OrgKind::BankOutlet]);
    assert_eq!(below(40), [OrgKind::HrOutlet, OrgKind::BankOutlet]);
    assert_eq!((below(41), below(43)), (vec![OrgKind::HrOutlet], vec![OrgKind::BankOutlet]));
    assert!(below(42).is_empty(), "a village's is the lowest");
    // A code that is taken is told with what else is wrong; alone it is a number that is taken.
    let said = about(org(50, OrgKind::HrOutlet, "44010600000041", 40, Some("95588")));
    assert!(said.contains("机构编码44010600000041已由机构41使用") && said.contains("须写明银行"), "{said}");
    assert_eq!(refused(&i, SYSTEM, org(50, town, "44010600000041", 40, None)), Reason::NumberTaken);
    // A division that is none lies in no other city; and what is wrong is wrong by Article 6, not by the one about applications.
    let refusal = by(&i, SYSTEM, &org(50, OrgKind::HrOutlet, "99010600000050", 40, None)).unwrap_err();
    assert!(!refusal.sentence().contains("另一地市"), "{}", refusal.sentence());
    assert!(refusal.sentence().contains("《经办规程》第6条"), "{}", refusal.sentence());
    assert_eq!(refused(&i, SECURITY, org(50, town, "44010600000050", 40, None)), Reason::NotPermitted);
}

#[test]
fn art_6_1_an_organisation_is_renamed_and_stops_when_nobody_works_there_and_nothing_stands_below() {
    clause!(R6.1);
    let mut i = administrators();
    done(&mut i, SYSTEM, org(40, OrgKind::CountyCentre, "44010600000040", 2, None));
    done(&mut i, SYSTEM, org(41, OrgKind::HrOutlet, "44010600000041", 40, None));
    let rename = |name: &str| InstitutionCommand::RenameOrganisation { org: OrgId(41), name: name.into() };
    assert_eq!(refused(&i, SYSTEM, rename(" ")), Reason::MaterialDefective);
    assert_eq!(refused(&i, SYSTEM, rename(&"窗".repeat(61))), Reason::MaterialDefective);
    done(&mut i, SYSTEM, rename(" 石牌街社保卡窗口 "));
    assert_eq!(i.org(OrgId(41)).unwrap().name, "石牌街社保卡窗口");
    assert_eq!(refused(&i, SYSTEM, rename("石牌街社保卡窗口")), Reason::NothingToDo);
    // No other of the city has its name: what is printed could not tell the two apart.
    let taken = by(&i, SYSTEM, &rename(" 机构40")).unwrap_err().sentence();
    assert!(taken.contains("机构40（44010600000040）相同"), "{taken}");
    let mut twin = org(44, OrgKind::HrOutlet, "44010600000044", 40, None);
    if let InstitutionCommand::AddOrganisation(o) = &mut twin {
        o.name = "石牌街社保卡窗口".into();
    }
    let taken = by(&i, SYSTEM, &twin).unwrap_err().sentence();
    assert!(taken.contains("机构名称与在用的机构"), "{taken}");
    let stop =
        |org, reason: &str| InstitutionCommand::StopOrganisation { org: OrgId(org), reason: reason.into() };
    let start = |org| InstitutionCommand::StartOrganisation { org: OrgId(org) };
    assert_eq!(refused(&i, SYSTEM, start(41)), Reason::NothingToDo);
    assert_eq!(refused(&i, SYSTEM, stop(41, " ")), Reason::MaterialDefective);
    assert_eq!(refused(&i, SYSTEM, stop(3, "撤并")), Reason::SetUpDefective, "李四 works there");
    assert_eq!(refused(&i, SYSTEM, stop(2, "撤并")), Reason::SetUpDefective, "a city has its centre");
    assert_eq!(refused(&i, SYSTEM, stop(40, "撤并")), Reason::SetUpDefective, "a window below it");
    done(&mut i, SYSTEM, stop(41, "撤并"));
    assert_eq!(refused(&i, SYSTEM, stop(41, "撤并")), Reason::NothingToDo);
    done(&mut i, SYSTEM, stop(40, "撤并"));
    assert_eq!(refused(&i, SYSTEM, start(41)), Reason::SetUpDefective, "what it belongs to is stopped");
    assert_eq!(
        refused(&i, SYSTEM, org(42, OrgKind::HrOutlet, "44010600000042", 40, None)),
        Reason::MaterialDefective
    );
    let add =
        OfficerChange::Add {
            login: "lisi".into(), name: "李四".into(), role: Role::HrClerk, org: OrgId(41)
        };
    let propose = ProposeOfficer { id: 1, officer: OfficerId(95), change: add, reason: "新增".into() };
    assert_eq!(refused(&i, SYSTEM, InstitutionCommand::ProposeOfficer(propose)), Reason::SetUpDefective);
    done(&mut i, SYSTEM, start(40));
    // A name that another took in the meantime is not taken back.
    done(&mut i, SYSTEM, twin);
    let taken = by(&i, SYSTEM, &start(41)).unwrap_err().sentence();
    assert!(taken.contains("44010600000044") && taken.contains("请先更名再恢复"), "{taken}");
    done(&mut i, SYSTEM, rename("石牌街社保卡二窗口"));
    done(&mut i, SYSTEM, start(41));
    assert!(!i.is_stopped(OrgId(41)));
}

#[test]
fn art_39_1_who_came_in_is_recorded_of_oneself_and_whoever_failed_by_the_system() {
    clause!(R39.1);
    let i = administrators();
    let record = |actor: Actor, event: DoorEvent| {
        let ctx = Ctx { now: now(), actor, channel: Channel::Console, request_key: None, request_body: None };
        record_sign_in(&i, &RecordSignIn { event }, &ctx).map_err(|r| r.reason)
    };
    let came = |officer| DoorEvent::SignedIn { officer, source: "10.1.2.3".into() };
    assert_eq!(record(Actor::Officer(AUDIT), came(AUDIT)), Ok(vec![came(AUDIT)]));
    assert_eq!(record(Actor::Officer(AUDIT), came(SYSTEM)), Err(Reason::NotPermitted));
    let failed = DoorEvent::Failed { officer: SYSTEM, tries: 5, source: "203.0.113.9".into(), code: false };
    assert!(record(Actor::System, failed.clone()).is_ok());
    assert_eq!(record(Actor::Officer(SYSTEM), failed), Err(Reason::NotPermitted));
    let told: Vec<i64> = (1..=1_000).filter(|n| DoorEvent::is_told(*n)).collect();
    assert_eq!(told, [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000]);
}
