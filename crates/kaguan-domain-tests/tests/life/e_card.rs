//! The e-card follows the card.

use super::*;
use kaguan_domain::e_card::TakeNumber;
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::letter::{Addressee, Letter, letters_of};
use kaguan_domain::ids::{ECardNumber, PartnerId};

#[test]
fn art_24_the_e_card_follows_the_card_but_a_lost_card_leaves_it_as_an_identity_document() {
    clause!(R24.1);
    clause!(R2.1);
    let mut s = Scene::with_card();
    assert_eq!(s.old().e_card(), ECard::Normal);
    s.done(formal());
    assert_eq!(s.old().e_card(), ECard::IdentityOnly);
    s.file.cards[0].holds.insert(Hold::Restriction { case: CaseId(1) });
    assert_eq!(s.old().e_card(), ECard::Suspended);
    s.file.cards[0].social = Social::Cancelled { at: s.now };
    assert_eq!(s.old().e_card(), ECard::Cancelled);
}

pub fn e_card(text: &str) -> ECardNumber {
    ECardNumber::parse(text).unwrap()
}

fn numbered(text: &str) -> C {
    C::TakeECardNumber(TakeNumber { card: OLD, number: e_card(text) })
}

#[test]
fn art_2_1_the_platform_gives_the_e_card_its_number_once_and_the_card_keeps_it() {
    clause!(R2.1);
    clause!(R8.8);
    let mut s = Scene::with_card();
    let platform = |code: &str| Actor::Partner(PartnerId::parse(code).unwrap());
    assert_eq!(s.as_actor(platform("sms:main")).refused(numbered("E1")), Reason::NotPermitted);
    let events = s.as_actor(platform("ecard:main")).events(&numbered("E1"));
    assert!(events[0].is_personal(), "the number is one of the person's");
    assert_eq!(events[0].claims(), [Claim::e_card(&e_card("E1"))]);
    s.done(numbered("E1"));
    assert_eq!(s.old().signed_e_card.as_ref().map(|e| (e.number.as_str(), e.at)), Some(("E1", s.now)));
    assert_eq!(s.refused(numbered("E1")), Reason::NothingToDo, "said again");
    assert_eq!(s.refused(numbered("E2")), Reason::ECardSigned, "one card, one e-card");
    let none = C::TakeECardNumber(TakeNumber { card: CardId(99), number: e_card("E1") });
    assert_eq!(s.refused(none), Reason::NotFound);
}

#[test]
fn art_24_a_card_that_was_lost_while_its_e_card_was_signed_has_the_platform_hear_of_it_afterwards() {
    clause!(R24.1);
    let mut s = Scene::with_card();
    let event = HolderEvent::ECardSigned { card: OLD, number: e_card("E1") };
    assert!(letters_of(&s.file, &event).is_empty(), "a card that works needs no word");
    s.done(formal());
    let told = letters_of(&s.file, &event);
    assert!(
        matches!(&told[..], [(Addressee::ECard, Letter::ECardState(l))] if l.state == ECard::IdentityOnly)
    );
}

#[test]
fn art_2_1_an_e_card_number_is_taken_as_the_platform_makes_it_but_for_blanks_and_length() {
    clause!(R2.1);
    for good in ["E1", "D156440100/AB+cd==", &"9".repeat(64)] {
        assert!(ECardNumber::parse(good).is_ok(), "{good}");
    }
    for bad in ["", "E 1", "电子1", &"9".repeat(65)] {
        assert!(ECardNumber::parse(bad).unwrap_err().to_string().contains("电子社保卡卡号"), "{bad}");
    }
}
