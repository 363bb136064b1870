//! The social security number 社会保障号码 (Article 35): eighteen characters, read strictly. How one is made from a
//! document is [`crate::social_security_number`]'s.

use crate::clause;
use crate::ids::NumberError;
use crate::spelling;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

/// 社会保障号码: exactly eighteen upper-case letters and digits. Unique for each person (R5.5).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SocialSecurityNumber(String);

impl SocialSecurityNumber {
    /// Reads a number; says what is wrong with it without repeating it.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        clause!(R35.1);
        let wrong = |why: &str| Err(NumberError { what: "社会保障号码", why: why.into() });
        let b = text.as_bytes();
        if let Some(why) = spelling::strange(text) {
            return wrong(&why);
        }
        if b.len() != 18 {
            return wrong(&format!("应为18位，实为{}位", b.len()));
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

    /// Reads a number as it is said to find somebody, at a counter, on the command line or by a partner: in any spelling, and a
    /// fifteen-digit number of before 1999 as the eighteen digits that it became (facts 1.1). Every door that finds somebody by
    /// a number asks here; [`Self::parse`] is for what is stored.
    pub fn looked_for(text: &str) -> Result<Self, NumberError> {
        clause!(R35.1);
        let number = spelling::looked_for(text);
        Self::parse(&of_fifteen_digits(&number).unwrap_or(number))
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

    /// The same, masked for good.
    pub(crate) fn hidden(&self) -> Self {
        Self(self.masked())
    }
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

/// The eighteen digits that a fifteen-digit number became: 19 before the year, and the check character behind.
fn of_fifteen_digits(number: &str) -> Option<String> {
    if number.len() != 15 || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let body = format!("{}19{}", &number[..6], &number[6..]);
    let check = check_character(body.as_bytes())?;
    Some(format!("{body}{}", check as char))
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
