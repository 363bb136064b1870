//! 档案合并 of two cities: whose file it is before and afterwards (Article 6).

use super::join::{CITY, PROVINCE, SECOND, Two, decision, propose, undo};
use super::person::OLD;
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::card::{Hold, Social};
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::institution::{InstitutionEvent, Officer, OrgKind, Organisation, Role};
use kaguan_domain::facts::restriction::{CaseState, Restriction};
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::holder::ProposeJoin;
use kaguan_domain::ids::{CaseId, CityCode, HolderId, OfficerId, OrgId};
use kaguan_domain::refusal::Reason;

/// Shenzhen's officer.
const SHENZHEN: i64 = 9;

/// Zhang San's file of Guangzhou, and one of Shenzhen with a card of Shenzhen.
fn two_cities() -> Two {
    let mut two = Two::new();
    let shenzhen = OrgId(9);
    two.scene.office.apply(&InstitutionEvent::OrganisationAdded(Organisation {
        id: shenzhen,
        code: "44030000000009".into(),
        name: "深圳市卡管机构".into(),
        kind: OrgKind::CityCentre,
        parent: Some(OrgId(1)),
        division: "440300".into(),
        bank: None,
    }));
    two.scene.office.apply(&InstitutionEvent::OfficerAdded(Officer {
        id: OfficerId(SHENZHEN),
        login: "o9".into(),
        name: "经办人".into(),
        role: Role::CityOfficer,
        org: shenzhen,
        active: true,
        password_hash: "!".into(),
    }));
    two.other.cards[0].city = CityCode("4403".into());
    two.other.applications[0].city = CityCode("4403".into());
    two
}

/// A third file of his, by another passport, without a card.
fn third() -> HolderFile {
    let mut third = Two::new().other;
    third.id = HolderId(4);
    (third.applications, third.cards) = (Vec::new(), Vec::new());
    let person = third.person.as_mut().unwrap();
    person.details.ssn = SocialSecurityNumber::parse("CHN0E8765432100000").unwrap();
    person.documents[0].which.number = "E87654321".into();
    person.archive.clear();
    third
}

fn propose_third() -> C {
    let reason = "护照换发前后号码一致".into();
    C::ProposeJoin(ProposeJoin { other: HolderId(4), reason, keep: None })
}

#[test]
fn art_6_1_a_joined_file_is_the_city_of_the_card_that_stands_and_not_of_the_one_that_was_cleaned() {
    clause!(R6.1);
    let mut two = two_cities();
    two.done(CITY, &propose(Some(OLD)));
    two.done(PROVINCE, &decision(true));
    assert!(two.scene.file.card(SECOND).unwrap().holds.contains(&Hold::OneCardCleanUp));
    let second = std::mem::replace(&mut two.other, third());
    let (reason, told) = two.refused(SHENZHEN, &propose_third());
    assert!(reason == Reason::OutOfScope && told.contains("保留的档案归广州市"), "{told}");
    two.done(CITY, &propose_third());
    two.done(
        PROVINCE,
        &C::DecideJoin(kaguan_domain::holder::DecideJoin {
            other: HolderId(4),
            approved: true,
            reason: String::new(),
        }),
    );
    // Whose the joining was, its undoing is.
    two.other = second;
    let (reason, told) = two.refused(SHENZHEN, &undo());
    assert!(reason == Reason::OutOfScope && told.contains("由广州市卡管机构提出和审核"), "{told}");
    assert!(told.contains("与该市或省卡管机构联系") && !told.contains("保管该卡"), "{told}");
    two.done(CITY, &undo());
    assert_eq!(two.refused(SHENZHEN, &decision(true)).0, Reason::OutOfScope);
    two.done(PROVINCE, &decision(true));
    assert!(two.other.cards[0].stands());
}

#[test]
fn art_6_1_where_no_card_stands_it_is_the_files_own_application_that_says_whose_it_is() {
    clause!(R6.1);
    let mut two = two_cities();
    two.done(CITY, &propose(Some(OLD)));
    two.done(PROVINCE, &decision(true));
    let at = two.scene.now;
    two.scene.file.cards[0].social = Social::Cancelled { at };
    assert!(two.scene.file.standing_cards().next().is_none());
    two.other = third();
    assert_eq!(two.refused(SHENZHEN, &propose_third()).0, Reason::OutOfScope);
    two.done(CITY, &propose_third());
}

#[test]
fn art_5_5_what_a_joining_brought_is_no_application_of_the_files_own_until_it_goes_back() {
    clause!(R5.5);
    let mut two = two_cities();
    let own = |file: &HolderFile| file.own_applications().map(|a| a.id.0).collect::<Vec<_>>();
    two.done(CITY, &propose(Some(OLD)));
    assert_eq!(own(&two.scene.file), [1]);
    two.done(PROVINCE, &decision(true));
    assert_eq!(own(&two.scene.file), [1]);
    // What is applied for afterwards is the file's.
    let mut later = two.scene.file.applications[0].clone();
    later.id = kaguan_domain::ids::ApplicationId(20);
    two.scene.file.applications.push(later);
    assert_eq!(own(&two.scene.file), [1, 20]);
    two.taken_apart();
    assert_eq!((own(&two.scene.file), own(&two.other)), (vec![1, 20], vec![11]));
}

#[test]
fn art_37_a_held_card_of_the_other_city_that_has_to_stay_makes_the_file_that_citys() {
    clause!(R6.1);
    clause!(R37.1);
    let mut two = two_cities();
    let now = two.scene.now;
    let card = &mut two.other.cards[0];
    card.holds.insert(Hold::Restriction { case: CaseId(4) });
    card.restrictions.push(Restriction {
        case: CaseId(4),
        ground: "《社会保险法》第八十八条".into(),
        stated: None,
        proposed_by: "officer:9".into(),
        proposed_at: now,
        state: CaseState::InForce,
        ruling: None,
    });
    two.done(CITY, &propose(Some(SECOND)));
    two.done(PROVINCE, &decision(true));
    let second = std::mem::replace(&mut two.other, third());
    let (reason, told) = two.refused(CITY, &propose_third());
    assert!(reason == Reason::OutOfScope && told.contains("保留的档案归深圳市"), "{told}");
    assert!(two.ask(SHENZHEN, &propose_third()).is_ok());
    // What Guangzhou joined, Guangzhou takes apart.
    two.other = second;
    assert_eq!(two.refused(SHENZHEN, &undo()).0, Reason::OutOfScope);
    assert!(two.ask(CITY, &undo()).is_ok());
}

#[test]
fn art_6_1_a_city_whose_file_is_to_go_into_anothers_hears_that_both_are_to_be_exchanged() {
    clause!(R6.1);
    let two = two_cities();
    let (reason, told) = two.refused(SHENZHEN, &propose(Some(OLD)));
    assert_eq!(reason, Reason::OutOfScope);
    for said in ["保留的档案归广州市，并入的档案归深圳市", "将两份档案对调后由其所属市提出"]
    {
        assert!(told.contains(said), "{told}");
    }
    assert!(two.ask(CITY, &propose(Some(OLD))).is_ok() && two.ask(PROVINCE, &propose(Some(OLD))).is_ok());
}
