//! The e-card follows the card.

use super::*;

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
