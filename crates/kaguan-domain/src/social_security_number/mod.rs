//! Social security numbers 社会保障号码 (Article 35): one for life, eighteen characters, made from the document by
//! the rule of its kind.

use crate::clause;
use crate::holder::document::{Document, DocumentKind};
use crate::ids::NumberError;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

/// 社会保障号码: exactly eighteen upper-case letters and digits. Unique for each person (R5.5).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SocialSecurityNumber(String);

/// How a number was made (R35.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NumberKind {
    /// 公民身份号码
    Citizen,
    /// 港澳台居民居住证
    HmtResidencePermit,
    /// 港澳台通行证: `HKG`, `MAC` or `TWN` and the permit number
    HmtPass,
    /// 外国人: country, reserve digit, document number
    Foreigner,
    /// 2023 版外国人永久居留身份证
    PermanentResident,
}

/// The check character of eighteen-digit numbers: ISO 7064 MOD 11-2 over the first seventeen digits (GB 11643).
pub fn check_character(body: &[u8]) -> Option<u8> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    if body.len() != 17 {
        return None;
    }
    let mut sum = 0;
    for (b, w) in body.iter().zip(WEIGHTS) {
        sum += u32::from(b.is_ascii_digit().then(|| b - b'0')?) * w;
    }
    Some(b"10X98765432"[(sum % 11) as usize])
}

impl SocialSecurityNumber {
    /// Reads a number; says what is wrong with it without repeating it.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        clause!(R35.1);
        let wrong = |why: &str| Err(NumberError { what: "社会保障号码", why: why.into() });
        let b = text.as_bytes();
        if b.len() != 18 {
            return wrong("应为18位");
        }
        if b[..17].iter().all(u8::is_ascii_digit) {
            if check_character(&b[..17]) != Some(b[17]) {
                return wrong(if b[17] == b'x' { "末位字母应为大写" } else { "校验位不符" });
            }
            if birth_date_in(b).is_none() {
                return wrong("其中的出生日期不存在");
            }
            return Ok(Self(text.into()));
        }
        let letters = b[..3].iter().all(u8::is_ascii_uppercase);
        let rest =
            b[3].is_ascii_digit() && b[4..].iter().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
        if letters && rest {
            return Ok(Self(text.into()));
        }
        wrong("应为18位数字（末位可为X），或三位国籍代码加编号")
    }

    /// How it was made.
    pub fn kind(&self) -> NumberKind {
        let s = self.0.as_str();
        if s.as_bytes()[0].is_ascii_uppercase() {
            return if ["HKG", "MAC", "TWN"].contains(&&s[..3]) {
                NumberKind::HmtPass
            } else {
                NumberKind::Foreigner
            };
        }
        match &s[..6] {
            "810000" | "820000" | "830000" => NumberKind::HmtResidencePermit,
            _ if s.starts_with('9') => NumberKind::PermanentResident,
            _ => NumberKind::Citizen,
        }
    }

    /// The date of birth in it, where it has one.
    pub fn birth_date(&self) -> Option<Date> {
        match self.kind() {
            NumberKind::HmtPass | NumberKind::Foreigner => None,
            _ => birth_date_in(self.0.as_bytes()),
        }
    }

    /// The sex in it, as a code of GB/T 2261.1: `1` or `2`.
    pub fn sex(&self) -> Option<&'static str> {
        self.birth_date()?;
        Some(if (self.0.as_bytes()[16] - b'0') % 2 == 1 { "1" } else { "2" })
    }

    /// All eighteen characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// First three and last four.
    pub fn masked(&self) -> String {
        format!("{}***********{}", &self.0[..3], &self.0[14..])
    }
}

fn birth_date_in(b: &[u8]) -> Option<Date> {
    let number = |range: std::ops::Range<usize>| -> i16 {
        b[range].iter().fold(0, |n, d| n * 10 + i16::from(d.saturating_sub(b'0').min(9)))
    };
    let (y, m, d) = (number(6..10), number(10..12) as i8, number(12..14) as i8);
    if y < 1850 {
        return None;
    }
    Date::new(y, m, d).ok()
}

impl TryFrom<String> for SocialSecurityNumber {
    type Error = NumberError;
    fn try_from(text: String) -> Result<Self, NumberError> {
        Self::parse(&text)
    }
}

impl From<SocialSecurityNumber> for String {
    fn from(n: SocialSecurityNumber) -> Self {
        n.0
    }
}

impl fmt::Debug for SocialSecurityNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

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
