//! 收表网点 of a row (Appendix 7), and whose applications a bank's outlet takes.

use crate::person::{HR, Scene, TODAY, office};
use kaguan_domain::account_opening::Details;
use kaguan_domain::application::{OutletFault, TryFile, UnitCommand, decide_unit, opening_outlet};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::facts::institution::{InstitutionEvent, Institutions};
use kaguan_domain::facts::unit::UnitFile;
use kaguan_domain::ids::{BankCode, OfficerId, OrgId, UnitId};
use kaguan_domain::institution::{InstitutionCommand, decide};
use kaguan_domain::refusal::Reason;

#[test]
fn app_7_the_outlet_of_a_row_is_one_of_the_city_and_of_its_bank() {
    clause!(X7.1);
    let i = office();
    let icbc = BankCode("95588".into());
    let at = |named: Option<&str>, of: i64| opening_outlet(named, &icbc, i.org(OrgId(of)).unwrap(), &i);
    let code = |id: i64| i.org(OrgId(id)).unwrap().code.clone();
    assert_eq!(at(Some(&code(4)), 2), Ok(OrgId(4)), "李四's account is opened at ICBC's outlet");
    assert_eq!(at(Some(&code(3)), 2), Ok(HR), "where none is known the organisation's code stands");
    assert_eq!(at(None, 3), Ok(HR), "the file of an outlet itself");
    assert_eq!(at(None, 2), Err(OutletFault::Empty));
    assert_eq!(at(Some("1"), 2), Err(OutletFault::Unknown));
    assert_eq!(at(Some(&code(2)), 3), Err(OutletFault::NoOutlet));
    assert_eq!(at(Some(&code(6)), 2), Err(OutletFault::OtherCity));
    assert_eq!(at(Some(&code(5)), 2), Err(OutletFault::OtherBank));
    assert_eq!(at(None, 5), Err(OutletFault::OtherBank));
    assert!(OutletFault::Empty.sentence().contains("附件7"));
    let mut i = office();
    let stopped =
        InstitutionEvent::OrganisationStopped { org: OrgId(4), at: Instant(0), reason: "撤并".into() };
    i.apply(&stopped);
    let at = |i: &Institutions| opening_outlet(Some(&code(4)), &icbc, i.org(OrgId(2)).unwrap(), i);
    assert_eq!(at(&i), Err(OutletFault::Stopped));
    i.apply(&InstitutionEvent::OrganisationStarted { org: OrgId(4) });
    assert_eq!(at(&i), Ok(OrgId(4)));
}

#[test]
fn art_9_a_banks_outlet_takes_applications_for_its_own_cards_only() {
    clause!(R9.1);
    let i = office();
    let (now, actor) = (Instant::at_start_of(TODAY), Actor::Officer(OfficerId(2)));
    let ctx = Ctx { now, actor, channel: Channel::File, request_key: None, request_body: None };
    let ask = |bank: &str| {
        let t = TryFile { outlet: OrgId(4), bank: Some(BankCode(bank.into())), rows: 1 };
        decide_unit(&UnitFile::new(UnitId(1)), &UnitCommand::Try(t), &ctx, &i)
    };
    assert!(ask("95588").is_ok());
    assert_eq!(ask("95533").unwrap_err().reason, Reason::OtherBanksOutlet);
}

#[test]
fn app_7_a_banks_own_code_names_its_outlet_and_no_other_banks() {
    clause!(X7.1);
    let mut i = office();
    let ctx = Ctx {
        now: Instant::at_start_of(TODAY),
        actor: Actor::System,
        channel: Channel::Console,
        request_key: None,
        request_body: None,
    };
    let mut code = |org: i64, code: &str| {
        let command = InstitutionCommand::CodeOutlet { org: OrgId(org), code: code.into() };
        let events = decide(&i, &command, &ctx).map_err(|r| r.reason)?;
        events.iter().for_each(|e| i.apply(e));
        Ok::<_, Reason>(())
    };
    assert_eq!(code(3, "955880001"), Err(Reason::MaterialDefective), "an HR outlet has none");
    assert_eq!(code(4, "9558800010001955880001"), Err(Reason::MaterialDefective), "longer than 20");
    assert_eq!(code(4, "9558800\u{ff11}"), Err(Reason::MaterialDefective));
    assert_eq!(code(4, "44010600000003"), Err(Reason::NumberTaken), "an organisation's code is its own");
    code(4, "0001").unwrap();
    assert_eq!(code(4, "0001"), Err(Reason::NothingToDo));
    // Two banks may number their outlets alike: the row's bank says which is meant.
    code(5, "0001").unwrap();
    code(4, "0002").unwrap();
    let stopped =
        InstitutionEvent::OrganisationStopped { org: OrgId(4), at: Instant(0), reason: "撤并".into() };
    i.apply(&stopped);
    let again = |code: &str| {
        let command = InstitutionCommand::CodeOutlet { org: OrgId(4), code: code.into() };
        decide(&i, &command, &ctx).map_err(|r| r.reason)
    };
    assert_eq!(again("0003"), Err(Reason::MaterialDefective), "nobody works there");
    assert_eq!(again("0002"), Err(Reason::NothingToDo), "a whole table with the code that it has is taken");
    i.apply(&InstitutionEvent::OrganisationStarted { org: OrgId(4) });
    let (icbc, ccb) = (BankCode("95588".into()), BankCode("95533".into()));
    let at = |named: &str, bank: &BankCode, of: i64| {
        opening_outlet(Some(named), bank, i.org(OrgId(of)).unwrap(), &i)
    };
    assert_eq!(at("0002", &icbc, 2), Ok(OrgId(4)));
    assert_eq!(at("0001", &ccb, 2), Ok(OrgId(5)));
    assert_eq!(at("0001", &icbc, 2), Err(OutletFault::OtherBank), "李四's bank numbers it otherwise now");
    assert_eq!(at("0001", &ccb, 6), Err(OutletFault::OtherCity));
}

#[test]
fn app_7_the_bank_is_told_its_own_code_of_the_outlet_that_opens_the_account() {
    clause!(X7.1);
    let mut s = Scene::with_card();
    let sent = |s: &Scene| Details::of(&s.file, &s.file.applications[0], &s.office).unwrap().collection_point;
    s.office.apply(&InstitutionEvent::OutletCoded { org: OrgId(4), code: "955880001".into() });
    assert_eq!(sent(&s), "44010600000003", "张三's card is collected at an HR outlet: its 机构编码");
    s.file.person.as_mut().unwrap().details.collection_point = Some("44010300000004".into());
    assert_eq!(sent(&s), "955880001", "named by its 机构编码");
    s.file.person.as_mut().unwrap().details.collection_point = Some("955880001".into());
    assert_eq!(sent(&s), "955880001");
    s.file.person.as_mut().unwrap().details.collection_point = None;
    s.file.applications[0].collect_at = OrgId(4);
    assert_eq!(sent(&s), "955880001", "collected at the bank's outlet");
    s.file.applications[0].collect_at = OrgId(5);
    assert_eq!(sent(&s), "44010600000003", "another bank's outlet opens no account of this one");
}
