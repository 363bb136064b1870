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
