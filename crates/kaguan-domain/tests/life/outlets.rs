//! 收表网点 of a row (Appendix 7), and whose applications a bank's outlet takes.

use crate::person::{HR, TODAY, office};
use kaguan_domain::application::{OutletFault, TryFile, UnitCommand, decide_unit, opening_outlet};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::facts::unit::UnitFile;
use kaguan_domain::ids::{BankCode, OfficerId, OrgId, UnitId};
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
