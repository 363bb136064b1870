//! By what somebody is looked up at a door: the social security number of now or an earlier one, fifteen digits, or the number
//! of any document that is or was held.

use crate::characters;
use crate::clause;
use crate::facts::claim::Claim;
use crate::facts::document::DocumentKind;
use crate::facts::identity::Identifier;
use crate::facts::name::HolderName;
use crate::facts::social_security_number::SocialSecurityNumber;
use crate::facts::trace::Trace;
use crate::ids::{BankCardNumber, NumberError};
use crate::spelling;
use jiff::civil::Date;
use std::fmt;

/// A number as it was typed, and what of the directory it may be.
#[derive(Clone)]
pub struct LookedUp {
    /// When it is one.
    pub number: Option<SocialSecurityNumber>,
    /// Numbers that one person has.
    pub claims: Vec<Claim>,
    /// Numbers of documents, which people of several countries may share.
    pub traces: Vec<Trace>,
}

impl fmt::Debug for LookedUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookedUp")
    }
}

impl LookedUp {
    /// Reads what was typed, in any spelling.
    ///
    /// # Errors
    /// When it is neither a social security number nor the number of any document; never repeats it.
    pub fn read(text: &str) -> Result<Self, NumberError> {
        clause!(R35.1);
        let why = match SocialSecurityNumber::looked_for(text) {
            Ok(number) => return Ok(Self::of(number)),
            Err(why) => why,
        };
        let typed = spelling::looked_for(text);
        let (digits, letters) = (
            typed.bytes().filter(u8::is_ascii_digit).count(),
            typed.bytes().filter(u8::is_ascii_uppercase).count(),
        );
        // Fifteen digits are an old number of a citizen, and eighteen a new one: both were read already.
        let shape = digits + letters == typed.len()
            && (5..=15).contains(&typed.len())
            && digits > 0
            && (typed.len() < 15 || letters > 0);
        if !shape {
            return Err(why);
        }
        let as_if = |kind| Identifier { kind, nationality: String::new(), number: typed.clone() };
        let mut traces = vec![Trace::document_number(&typed)];
        // The old form of a permit carries the count of its renewals.
        let permit = matches!(typed.as_bytes(), [b'H' | b'M', rest @ ..] if rest.len() == 10 && letters == 1);
        if permit {
            traces.push(Trace::document_number(as_if(DocumentKind::MainlandTravelPermitHkMo).stem()));
        }
        if typed.len() == 10 && letters == 0 {
            traces.push(Trace::document_number(as_if(DocumentKind::MainlandTravelPermitTw).stem()));
        }
        Ok(Self { number: None, claims: Vec::new(), traces })
    }

    /// Reads what a clerk types into the field that finds a holder: what [`Self::read`] reads, a 申领表编码, the number of a bank
    /// card, or 姓名 and 出生日期 behind it.
    ///
    /// # Errors
    /// When it is none of them; never repeats it.
    pub fn anything(text: &str) -> Result<Self, NumberError> {
        if let Some(alike) = name_and_birth(text) {
            return Ok(Self { number: None, claims: Vec::new(), traces: vec![alike] });
        }
        let typed = spelling::looked_for(text);
        // Eighteen digits are a citizen's number, and a typing mistake in it is told as one.
        let number = typed.len() == 18 && typed[..17].bytes().all(|b| b.is_ascii_digit());
        let mut claims = Vec::new();
        if !number
            && typed.starts_with("44")
            && (5..=20).contains(&typed.len())
            && typed.bytes().all(|b| b.is_ascii_alphanumeric())
        {
            claims.push(Claim::form_number(&typed));
        }
        claims.extend(BankCardNumber::parse(&typed).ok().map(|card| Claim::bank_card_number(&card)));
        match Self::read(text) {
            // A social security number is nothing else.
            Ok(what) if what.number.is_some() => Ok(what),
            Ok(mut what) => {
                what.claims.extend(claims);
                Ok(what)
            }
            Err(why) if claims.is_empty() => Err(why),
            Err(_) => Ok(Self { number: None, claims, traces: Vec::new() }),
        }
    }

    /// Of a number; one that carries its birth date is the number of a document as well.
    pub fn of(number: SocialSecurityNumber) -> Self {
        let mut claims = vec![Claim::social_security_number(&number)];
        if number.birth_date().is_some() {
            claims.push(Claim::document(&Identifier {
                kind: DocumentKind::IdentityCard,
                nationality: String::new(),
                number: number.as_str().to_owned(),
            }));
        }
        Self { number: Some(number), claims, traces: Vec::new() }
    }
}

/// Whether a clerk typed a name and nothing else, by which nobody is looked up: many have it.
pub fn is_name_alone(text: &str) -> bool {
    let typed = spelling::trim(text);
    !typed.contains(|c: char| c.is_ascii_digit()) && HolderName::parse(typed).is_ok()
}

/// 姓名 and 出生日期 as one types them: `张三 1990-01-01`, `张三19900101`, `张三1990年1月1日`. A name without Chinese characters
/// needs the blank, without which it would be the number of a passport.
fn name_and_birth(text: &str) -> Option<Trace> {
    let visible: String = text.chars().filter(|c| characters::invisible(*c).is_none()).collect();
    let typed = spelling::half_width(spelling::trim(&visible));
    let of_date = |c: char| {
        c.is_ascii_digit() || spelling::is_dash(c) || spelling::is_blank(c) || "年月日./".contains(c)
    };
    let name = typed.trim_end_matches(of_date);
    let behind = &typed[name.len()..];
    let han = name.chars().any(characters::is_han);
    if !han && !behind.starts_with(spelling::is_blank) {
        return None;
    }
    let numbers: Vec<&str> = behind.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty()).collect();
    let (year, month, day) = match numbers.as_slice() {
        [one] if one.len() == 8 => (&one[..4], &one[4..6], &one[6..]),
        [year, month, day] if year.len() == 4 => (*year, *month, *day),
        _ => return None,
    };
    let born = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    Some(Trace::likeness(&HolderName::parse(name).ok()?, born))
}
