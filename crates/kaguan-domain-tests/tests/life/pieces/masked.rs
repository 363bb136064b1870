//! A file as a page may have it.

use crate::person::Scene;
use jiff::civil::date;
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::application::{Agent, AgentGround, AgentRelation};
use kaguan_domain::facts::card::SignedECard;
use kaguan_domain::facts::document::{Document, DocumentKind};
use kaguan_domain::facts::form::Delivery;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::name::HolderName;
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::ids::{BankCardNumber, CardNumber, ChipIdentifier, ECardNumber};

/// A file with one card, changed and masked.
fn masked(change: impl FnOnce(&mut HolderFile)) -> HolderFile {
    let mut file = Scene::with_card().file;
    change(&mut file);
    let masked = file.masked();
    assert_eq!(masked.clone().masked(), masked, "masked once more it stays");
    masked
}

#[test]
fn what_is_masked_is_shown_as_before_and_masked_again_stays() {
    clause!(R39.1);
    for name in ["张三", "[CHUI][LV]", "阿卜杜·热合曼", "ANNA MARIA O'NEIL"] {
        let name = HolderName::parse(name).unwrap();
        let file = masked(|f| f.person.as_mut().unwrap().details.name = name.clone());
        let hidden = file.person.unwrap().details.name;
        assert_eq!(hidden.display(), name.masked());
        assert_eq!(hidden.masked(), name.masked());
    }
    let number = SocialSecurityNumber::parse("11010519491231002X").unwrap();
    let card = CardNumber::parse("D2143569X").unwrap();
    let bank = BankCardNumber::parse("6228480402564890018").unwrap();
    let e_card = ECardNumber::parse("D156440100ABCDEFGH").unwrap();
    let to = Delivery {
        address: "广州市天河区体育西路1号".into(),
        recipient: "张三".into(),
        phone: "13800138000".into(),
    };
    let mut file = masked(|f| {
        let details = &mut f.person.as_mut().unwrap().details;
        details.ssn = number.clone();
        details.document = Document::new(DocumentKind::Passport, "E1234567", date(2030, 1, 1)).unwrap();
        details.delivery = Some(to.clone());
        details.postal_address = String::new();
        details.photo_receipt = Some("x".into());
        let c = &mut f.cards[0];
        c.card_no = card.clone();
        c.bank_account.bank_card_no = bank.clone();
        c.chip = ChipIdentifier::parse("639900D15600000500BF7C7A48FB4966").unwrap();
        c.signed_e_card = Some(SignedECard { number: e_card.clone(), at: Instant(0) });
        f.applications[0].agent = Some(Agent {
            name: "李四光".into(),
            document_kind: DocumentKind::IdentityCard,
            document_number: "44010619600101001X".into(),
            phone: "13900000000".into(),
            relation: AgentRelation::DirectRelative,
            ground: AgentGround::Minor,
            proof: None,
            verified: true,
        });
    });
    let (c, details) = (file.cards.remove(0), file.person.unwrap().details);
    assert_eq!((details.ssn.as_str(), details.ssn.masked()), (&*number.masked(), number.masked()));
    assert_eq!((c.card_no.as_str(), c.card_no.masked()), ("D*****69X", card.masked()));
    let hidden = c.bank_account.bank_card_no;
    assert_eq!((hidden.as_str(), hidden.masked()), (&*bank.masked(), bank.masked()));
    assert_eq!(c.chip.as_str(), format!("{}4966", "*".repeat(28)));
    let hidden = c.signed_e_card.unwrap().number;
    assert_eq!((hidden.as_str(), hidden.masked()), (&*e_card.masked(), e_card.masked()));
    assert!(e_card.masked().ends_with("*EFGH") && !format!("{e_card:?}").contains("D156"));
    assert_eq!((details.document.number(), details.document.masked()), ("E1****67", "E1****67".to_owned()));
    assert_eq!(details.delivery.unwrap().masked(), to.masked());
    assert_eq!((details.postal_address, details.photo_receipt), (String::new(), Some("***".into())));
    assert_eq!(file.applications[0].agent.as_ref().unwrap().name, "李**");
}
