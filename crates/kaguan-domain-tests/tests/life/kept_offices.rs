//! Rules of who may do what where, of which a mutant had survived (Article 6, Appendix 7).

use crate::person::{AWAY, HR, office};
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::facts::institution::{
    InstitutionEvent, Institutions, Officer, OrgKind, Organisation, Role, Task,
};
use kaguan_domain::ids::{BankCode, CityCode, OfficerId, OrgId};
use kaguan_domain::permission::{Place, Verb, authorise};
use kaguan_domain::refusal::Reason;

/// An outlet of the bank in another county.
const BANK: OrgId = OrgId(4);
const COUNTY: OrgId = OrgId(7);
const COUNTY_CLERK: i64 = 7;

/// With the centre of Tianhe, and its clerk.
fn with_county() -> Institutions {
    let mut i = office();
    i.apply(&InstitutionEvent::OrganisationAdded(Organisation {
        id: COUNTY,
        code: "44010600000007".into(),
        name: "天河区卡服务中心".into(),
        kind: OrgKind::CountyCentre,
        parent: Some(OrgId(2)),
        division: "440106".into(),
        bank: None,
    }));
    i.apply(&InstitutionEvent::OfficerAdded(Officer {
        id: OfficerId(COUNTY_CLERK),
        login: "o7".into(),
        name: "经办人".into(),
        role: Role::CountyClerk,
        org: COUNTY,
        active: true,
        password_hash: "!".into(),
    }));
    i
}

fn may(i: &Institutions, officer: i64, verb: Verb, place: &Place) -> Result<(), Reason> {
    authorise(i, &Actor::Officer(OfficerId(officer)), verb, place).map_err(|r| r.reason)
}

#[test]
fn art_6_1_the_clerk_of_tianhe_works_for_the_outlets_of_tianhe_and_for_no_others() {
    clause!(R6.1);
    let i = with_county();
    let at = |org| may(&i, COUNTY_CLERK, Verb::TakeOver, &Place::At(org));
    assert_eq!((at(HR), at(COUNTY)), (Ok(()), Ok(())));
    for elsewhere in [BANK, AWAY, OrgId(2), OrgId(99)] {
        assert_eq!(at(elsewhere), Err(Reason::OutOfScope), "{elsewhere}");
    }
}

#[test]
fn appendix_7_7_an_entrusted_outlet_confirms_every_banks_batches_and_a_bank_its_own() {
    clause!(X7.7);
    let mut i = with_county();
    let task = Task::ConfirmBatches;
    let batch = |city: &str, bank: Option<&str>| Place::Entrusted {
        city: CityCode(city.into()),
        task,
        bank: bank.map(|b| BankCode(b.into())),
    };
    let confirm = |i: &Institutions, officer, place: &Place| may(i, officer, Verb::ConfirmBatch, place);
    assert_eq!(confirm(&i, 1, &batch("4401", Some("95588"))), Err(Reason::OutOfScope), "nobody entrusted it");
    for org in [HR, BANK] {
        i.apply(&InstitutionEvent::Entrusted { org, task, granted: true });
    }
    for bank in ["95588", "95533"] {
        assert_eq!(confirm(&i, 1, &batch("4401", Some(bank))), Ok(()), "{bank}");
    }
    assert_eq!(confirm(&i, 1, &batch("4403", Some("95588"))), Err(Reason::OutOfScope));
    assert_eq!(confirm(&i, 2, &batch("4401", Some("95588"))), Ok(()));
    assert_eq!(confirm(&i, 2, &batch("4401", Some("95533"))), Err(Reason::OutOfScope), "another bank's");
    assert_eq!(confirm(&i, 2, &batch("4401", None)), Ok(()));
}
