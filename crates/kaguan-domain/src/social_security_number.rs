//! Social security numbers 社会保障号码 (Article 35): one for life, eighteen characters, made from the document by
//! the rule of its kind.

use crate::clause;
use crate::facts::document::{Document, DocumentKind};
use crate::facts::social_security_number::SocialSecurityNumber;
use crate::ids::NumberError;

/// The number of a person with this document. `reserve` is 0, or 1 to 9 when the number belongs to another person
/// already; it only matters for numbers made from passports and permits.
///
/// The annex of 人社部令第16号 and 粤人社发〔2014〕234号 are not public: country or region, reserve digit, document
/// number padded to fourteen, is a default by decision (docs/regulation/open-questions.md).
pub fn derive(
    document: &Document,
    nationality: &str,
    reserve: u8,
) -> Result<SocialSecurityNumber, NumberError> {
    clause!(R35.1);
    clause!(R5.5);
    let number = document.number();
    match document.kind() {
        DocumentKind::IdentityCard | DocumentKind::HouseholdRegister | DocumentKind::HmtResidencePermit => {
            SocialSecurityNumber::parse(number)
        }
        DocumentKind::ForeignPermanentResident if number.len() == 18 => SocialSecurityNumber::parse(number),
        DocumentKind::ForeignPermanentResident => {
            padded(number.get(..3).unwrap_or(nationality), &number[3.min(number.len())..], reserve)
        }
        DocumentKind::Passport | DocumentKind::ChinesePassport => padded(nationality, number, reserve),
        DocumentKind::MainlandTravelPermitHkMo => {
            let region = if number.starts_with('M') { "MAC" } else { "HKG" };
            // The two digits of the renewal count on old permits are not part of the number.
            padded(region, number.get(..9).unwrap_or(number), reserve)
        }
        DocumentKind::MainlandTravelPermitTw => padded("TWN", number.get(..8).unwrap_or(number), reserve),
    }
}

fn padded(region: &str, number: &str, reserve: u8) -> Result<SocialSecurityNumber, NumberError> {
    let tail = &number[number.len().saturating_sub(14)..];
    SocialSecurityNumber::parse(&format!("{region}{reserve}{tail:0>14}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::social_security_number::{NumberKind, check_character};
    use jiff::civil::date;
    use proptest::prelude::*;

    fn doc(kind: DocumentKind, number: &str) -> Document {
        Document::new(kind, number, date(9999, 12, 31)).unwrap()
    }

    #[test]
    fn art_35_1_each_kind_of_document_has_its_rule() {
        clause!(R35.1);
        clause!(R5.5);
        let n = |kind, number, nationality| derive(&doc(kind, number), nationality, 0).unwrap();
        let permit = n(DocumentKind::HmtResidencePermit, "810000199408230021", "HKG");
        assert_eq!(permit.kind(), NumberKind::HmtResidencePermit);
        assert_eq!(permit.birth_date(), Some(date(1994, 8, 23)));
        assert_eq!(n(DocumentKind::Passport, "G01234556", "DEU").as_str(), "DEU000000G01234556");
        assert_eq!(
            n(DocumentKind::ForeignPermanentResident, "DEU324578912056", "DEU").as_str(),
            "DEU000324578912056"
        );
        assert_eq!(
            n(DocumentKind::MainlandTravelPermitHkMo, "H1234567801", "HKG").as_str(),
            "HKG000000H12345678"
        );
        assert_eq!(n(DocumentKind::MainlandTravelPermitTw, "12345678", "TWN").as_str(), "TWN000000012345678");
        let pr = n(DocumentKind::ForeignPermanentResident, "911398199012310021", "KAZ");
        assert_eq!((pr.kind(), pr.birth_date()), (NumberKind::PermanentResident, Some(date(1990, 12, 31))));
        let clash = derive(&doc(DocumentKind::Passport, "G01234556"), "DEU", 1).unwrap();
        assert_eq!(clash.as_str(), "DEU100000G01234556");
    }

    #[test]
    fn a_wrong_number_is_refused_and_never_repeated() {
        for bad in ["810000199408230022", "44010619900230001X", "4401061990", "abc", "44010619900101001x"] {
            let e = SocialSecurityNumber::parse(bad).unwrap_err();
            assert!(!e.to_string().contains(bad));
        }
        let n = SocialSecurityNumber::parse("810000199408230021").unwrap();
        assert_eq!(format!("{n:?}"), "810***********0021");
    }

    proptest! {
        #[test]
        fn art_35_1_every_single_digit_error_is_caught(seq in 0u32..1000, at in 0usize..17, add in 1u8..10) {
            clause!(R35.1);
            let body = format!("44010619900101{seq:03}");
            let check = check_character(body.as_bytes()).unwrap() as char;
            let good = format!("{body}{check}");
            prop_assert!(SocialSecurityNumber::parse(&good).is_ok());
            let mut bad = good.into_bytes();
            bad[at] = b'0' + (bad[at] - b'0' + add) % 10;
            prop_assert!(SocialSecurityNumber::parse(std::str::from_utf8(&bad).unwrap()).is_err());
        }

        #[test]
        fn reading_never_panics(s in "\\PC{0,24}") {
            let _ = SocialSecurityNumber::parse(&s);
        }
    }
}
