//! Identity documents 有效身份证件 (Article 10, item 4).

use crate::clause;
use crate::facts::social_security_number::{SocialSecurityNumber, check_character};
use crate::ids::NumberError;
use crate::spelling;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! kinds {
    ($($name:ident = $code:literal, $two:literal, $zh:literal;)*) => {
        /// Kind of identity document.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum DocumentKind { $(#[doc = $zh] $name,)* }

        impl DocumentKind {
            /// All kinds.
            pub const ALL: &'static [DocumentKind] = &[$(Self::$name,)*];
            /// The kind of the one-digit code of the batch file (a default by decision).
            pub fn from_code(code: &str) -> Option<Self> { match code { $($code => Some(Self::$name),)* _ => None } }
            /// The one-digit code of the batch file.
            pub fn code(self) -> &'static str { match self { $(Self::$name => $code,)* } }
            /// The two-digit code of the partners' interface.
            pub fn interface_code(self) -> &'static str { match self { $(Self::$name => $two,)* } }
            /// The Chinese term.
            pub fn name(self) -> &'static str { match self { $(Self::$name => $zh,)* } }
        }
    };
}

kinds! {
    IdentityCard = "1", "01", "居民身份证";
    HouseholdRegister = "2", "01", "居民户口簿";
    MainlandTravelPermitHkMo = "3", "04", "港澳居民来往内地通行证";
    MainlandTravelPermitTw = "4", "06", "台湾居民来往大陆通行证";
    HmtResidencePermit = "5", "01", "港澳台居民居住证";
    ForeignPermanentResident = "6", "07", "外国人永久居留身份证";
    Passport = "7", "08", "外国护照";
    ChinesePassport = "8", "08", "中国护照（华侨）";
}

impl DocumentKind {
    /// Whether its number is eighteen digits with a date of birth and a check character.
    pub fn has_citizen_shape(self) -> bool {
        matches!(self, Self::IdentityCard | Self::HouseholdRegister | Self::HmtResidencePermit)
    }

    /// 国籍 as the document says it, an alpha-3 code; `None` where it is written on the document alone, or the number is none of its kind.
    pub fn nationality(self, number: &str) -> Option<&'static str> {
        clause!(R10.4);
        match self {
            Self::IdentityCard | Self::HouseholdRegister | Self::ChinesePassport => Some("CHN"),
            Self::MainlandTravelPermitTw => Some("TWN"),
            Self::MainlandTravelPermitHkMo | Self::HmtResidencePermit => {
                let areas = [("H", "HKG"), ("M", "MAC"), ("81", "HKG"), ("82", "MAC"), ("83", "TWN")];
                areas.into_iter().find(|(head, _)| number.starts_with(head)).map(|(_, country)| country)
            }
            Self::ForeignPermanentResident | Self::Passport => None,
        }
    }
}

/// One document.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    kind: DocumentKind,
    number: String,
    /// 有效期到期日; 9999-12-31 is 长期.
    pub valid_until: Date,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({})", self.kind, self.masked())
    }
}

impl Document {
    /// A document whose number, in its one spelling, has the shape of its kind.
    pub fn new(kind: DocumentKind, number: &str, valid_until: Date) -> Result<Self, NumberError> {
        clause!(R10.4);
        let wrong = |why: &str| Err(NumberError { what: kind.name(), why: why.into() });
        let folded = spelling::number(number);
        if let Some(why) = spelling::strange(&folded) {
            return wrong(&why);
        }
        let number = folded.as_str();
        let b = number.as_bytes();
        let digits = |s: &[u8]| !s.is_empty() && s.iter().all(u8::is_ascii_digit);
        match kind {
            DocumentKind::IdentityCard | DocumentKind::HouseholdRegister => {
                if let Err(e) = SocialSecurityNumber::parse(number) {
                    return wrong(&e.why);
                }
                if !digits(&b[..17])
                    || b[0] == b'9'
                    || ["81", "82", "83"].contains(&&number[..2]) && number[2..6] == *"0000"
                {
                    return wrong("不是公民身份号码");
                }
            }
            DocumentKind::HmtResidencePermit => {
                if let Err(e) = SocialSecurityNumber::parse(number) {
                    return wrong(&e.why);
                }
                if !["810000", "820000", "830000"].contains(&&number[..6]) {
                    return wrong("应以810000、820000或830000开头");
                }
            }
            DocumentKind::MainlandTravelPermitHkMo => {
                let shape =
                    matches!(b.first(), Some(b'H' | b'M')) && digits(&b[1..]) && matches!(b.len(), 9 | 11);
                if !shape {
                    return wrong("应为H或M加8位数字");
                }
            }
            DocumentKind::MainlandTravelPermitTw => {
                if !digits(b) || !matches!(b.len(), 8 | 10) {
                    return wrong("应为8位数字");
                }
            }
            DocumentKind::ForeignPermanentResident => {
                let old = b.len() == 15 && b[..3].iter().all(u8::is_ascii_uppercase) && digits(&b[3..]);
                let new = b.len() == 18 && b[0] == b'9' && check_character(&b[..17]) == Some(b[17]);
                if !old && !new {
                    return wrong("应为3位字母加12位数字，或9开头且校验位相符的18位号码");
                }
            }
            DocumentKind::Passport | DocumentKind::ChinesePassport => {
                let shape = (5..=14).contains(&b.len())
                    && b.iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
                    && b.iter().any(u8::is_ascii_digit);
                if !shape {
                    return wrong("应为5至14位大写字母和数字");
                }
            }
        }
        Ok(Self { kind, number: number.into(), valid_until })
    }

    /// Its kind.
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// Its whole number.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The number as it may be shown: eighteen digits as 3+4, anything else as 2+2.
    pub fn masked(&self) -> String {
        mask_number(&self.number)
    }

    /// The same, masked for good.
    pub(crate) fn hidden(&self) -> Self {
        Self { kind: self.kind, number: self.masked(), valid_until: self.valid_until }
    }
}

/// Masks a document number: eighteen characters as first three and last four, others as first and last two.
pub fn mask_number(number: &str) -> String {
    let chars: Vec<char> = number.chars().collect();
    let (head, tail) = if chars.len() == 18 { (3, 4) } else { (2, 2) };
    if chars.len() <= head + tail {
        return "*".repeat(chars.len());
    }
    let middle = "*".repeat(chars.len() - head - tail);
    let (first, last) = (chars[..head].iter(), chars[chars.len() - tail..].iter());
    format!("{}{middle}{}", first.collect::<String>(), last.collect::<String>())
}
