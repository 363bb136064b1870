//! Numbers of documents: each kind has its shape, one spelling, and a way to be masked.

use jiff::civil::date;
use kaguan_domain::clause;
use kaguan_domain::facts::document::{Document, DocumentKind, mask_number};

#[test]
fn art_10_4_each_kind_has_its_shape() {
    clause!(R10.4);
    let until = date(2030, 1, 1);
    let ok = |kind, number| Document::new(kind, number, until).is_ok();
    assert!(
        ok(DocumentKind::IdentityCard, "440106199001010013")
            || ok(DocumentKind::IdentityCard, "11010519491231002X")
    );
    assert!(!ok(DocumentKind::IdentityCard, "810000199408230021"));
    assert!(ok(DocumentKind::HmtResidencePermit, "830000199201300022"));
    assert!(!ok(DocumentKind::HmtResidencePermit, "11010519491231002X"));
    assert!(
        ok(DocumentKind::MainlandTravelPermitHkMo, "H12345678")
            && !ok(DocumentKind::MainlandTravelPermitHkMo, "X12345678")
    );
    assert!(
        ok(DocumentKind::MainlandTravelPermitTw, "12345678")
            && !ok(DocumentKind::MainlandTravelPermitTw, "1234567")
    );
    assert!(ok(DocumentKind::ForeignPermanentResident, "KAZ110090123105"));
    assert!(!ok(DocumentKind::ForeignPermanentResident, "911398199012310022"));
    assert!(ok(DocumentKind::Passport, "G01234556") && !ok(DocumentKind::Passport, "GABCDE"));
}

#[test]
fn art_10_4_a_number_has_one_spelling() {
    clause!(R10.4);
    let number = |kind, text| Document::new(kind, text, date(2030, 1, 1)).map(|d| d.number().to_owned());
    for (text, folded) in [
        ("75 1234567", "751234567"),
        ("c01x00t47", "C01X00T47"),
        ("P1234567-A", "P1234567A"),
        ("Ｇ０１２３４５５６", "G01234556"),
    ] {
        assert_eq!(number(DocumentKind::Passport, text).as_deref(), Ok(folded));
    }
    assert_eq!(
        number(DocumentKind::IdentityCard, "11010519491231002ｘ").as_deref(),
        Ok("11010519491231002X")
    );
    assert_eq!(number(DocumentKind::MainlandTravelPermitHkMo, "h1234 5678").as_deref(), Ok("H12345678"));
    let why = number(DocumentKind::IdentityCard, "11010519491231002X\u{200B}").unwrap_err().why;
    assert_eq!(why, "含有看不见的字符：零宽空格（U+200B）");
}

#[test]
fn numbers_are_masked() {
    assert_eq!(mask_number("11010519491231002X"), "110***********002X");
    assert_eq!(mask_number("H12345678"), "H1*****78");
    assert_eq!(mask_number("H1"), "**");
}
