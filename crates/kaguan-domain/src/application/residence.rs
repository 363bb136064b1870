//! What the number of a foreign permanent resident's card (外国人永久居留身份证) says of its holder. Of the layout only specimens
//! are public (facts 1.6): `9`, two digits of the province, three of the country (ISO 3166-1 numeric), the birth date, three of
//! a sequence and a check character; before December 2023 three letters of the country, four digits, `YYMMDD` and two digits.

use crate::clause;
use crate::codes;
use crate::facts::document::{Document, DocumentKind};
use crate::facts::form::Field;
use crate::facts::social_security_number::SocialSecurityNumber;
use jiff::civil::Date;

/// Something that the number says otherwise than the form.
pub(super) struct Differs {
    pub field: Field,
    pub code: &'static str,
    pub what: &'static str,
    /// Whether the layout is certain enough to refuse the form; otherwise the clerk is told to look again.
    pub certain: bool,
}

/// Everything in which number and form differ; nothing for any other kind of document.
pub(super) fn differences(
    document: &Document,
    nationality: Option<&str>,
    birth: Option<Date>,
    sex: Option<&str>,
) -> Vec<Differs> {
    clause!(R35.1);
    if document.kind() != DocumentKind::ForeignPermanentResident {
        return Vec::new();
    }
    let number = document.number();
    let (own_birth, own_sex, own_country, of_today) = match SocialSecurityNumber::parse(number) {
        Ok(ssn) => {
            let country = nationality.and_then(codes::country_number).is_some_and(|n| n == &number[3..6]);
            (ssn.birth_date() == birth, sex == ssn.sex(), country, true)
        }
        Err(_) => {
            let day = birth.map(|b| b.strftime("%y%m%d").to_string());
            let written = number.get(7..13).map(str::to_owned);
            (day == written, true, nationality == number.get(..3), false)
        }
    };
    let mut all = Vec::new();
    let mut differs = |field, code, what, certain| all.push(Differs { field, code, what, certain });
    if birth.is_some() && !own_birth {
        differs(Field::BirthDate, "birth_date_differs", "与永久居留证件号码中的出生日期不一致", of_today);
    }
    if matches!(sex, Some("1" | "2")) && !own_sex {
        differs(Field::Sex, "sex_differs", "与永久居留证件号码中的性别不一致", false);
    }
    if nationality.is_some() && !own_country {
        differs(Field::Nationality, "nationality_differs", "与永久居留证件号码中的国籍不一致", false);
    }
    all
}
