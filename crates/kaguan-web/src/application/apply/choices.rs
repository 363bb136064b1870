//! What can be chosen on a form. A choice begins with the initials of its pinyin, so that the keyboard finds it: JR 军人.

use crate::Console;
use crate::pages::FieldView;
use crate::session::SignedIn;
use kaguan_domain::codes::{self, Choices};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::{Field, SEXES, delivery};
use pinyin::ToPinyin;

/// The initials of a name, of its first four characters: 中国工商银行 is found by its own name, GSYH.
pub fn initials(name: &str) -> String {
    // 行 of a bank is háng; elsewhere it is xíng.
    let name = &name.replace("银行", "银航");
    let own = name.strip_prefix("中国").filter(|own| !own.is_empty()).unwrap_or(name.as_str());
    let letters = own.chars().filter_map(|c| Some(c.to_pinyin()?.first_letter().to_uppercase()));
    letters.take(4).collect()
}

/// What can be chosen in a column; empty where one writes.
pub fn choices(me: &SignedIn, console: &Console, field: Field) -> Vec<(String, String)> {
    let mut all = codes_of(me, console, field);
    for (code, name) in &mut all {
        // 天河区 is looked for as such, not as 广州市天河区.
        let own = codes::division(code).filter(|_| field == Field::HouseholdDivision);
        let letters = initials(own.map_or(name.as_str(), |d| d.name.as_str()));
        *name = format!("{letters} {name}");
    }
    all
}

/// The code of what was written for a column: a choice by its name, as the list has it; anything else as it stands.
pub fn code_of(me: &SignedIn, console: &Console, field: Field, text: &str) -> String {
    let named = codes_of(me, console, field).into_iter().find(|(_, name)| name == text);
    named.map_or_else(|| text.to_owned(), |(code, _)| code)
}

/// The fields of 领取方式 where the city does not post: no address is asked for, and 邮递上门 is not offered. What was filled in of it, or chosen,
/// stands there again with why it cannot be.
pub fn without_post(mut fields: Vec<FieldView>) -> Vec<FieldView> {
    let wished = |f: &FieldView| match f.name == Field::Delivery.code() {
        true => f.value == delivery::POST,
        false => !f.value.is_empty(),
    };
    if fields.iter().any(wished) {
        return fields;
    }
    fields.retain(|f| f.name == Field::Delivery.code());
    fields.iter_mut().for_each(|f| f.choices.retain(|(code, _)| code != delivery::POST));
    fields
}

fn codes_of(me: &SignedIn, console: &Console, field: Field) -> Vec<(String, String)> {
    let table = |look: fn(&str) -> Option<&'static str>, digits: usize| {
        let code = |n: usize| format!("{n:0digits$}");
        (0..100).map(code).filter_map(|c| look(&c).map(|name| (c, name.to_owned()))).collect()
    };
    match field {
        Field::CardKind => table(codes::card_kind, 1),
        Field::DocumentKind | Field::GuardianDocumentKind => {
            DocumentKind::ALL.iter().map(|k| (k.code().to_owned(), k.name().to_owned())).collect()
        }
        Field::Sex => {
            SEXES.into_iter().filter_map(|c| Some((c.to_owned(), codes::sex(c)?.to_owned()))).collect()
        }
        Field::Nationality => codes::countries(),
        Field::Ethnicity => table(codes::ethnicity, 2),
        Field::PersonStatus => table(codes::person_status, 1),
        Field::HouseholdDivision => codes::household_divisions(),
        Field::HouseholdKind => table(codes::household_kind, 2),
        Field::Education => codes::choices(Choices::Education),
        Field::PersonIdentity => codes::choices(Choices::PersonIdentity),
        Field::Occupation => codes::choices(Choices::Occupation),
        Field::Delivery => [(delivery::OUTLET, "网点领取"), (delivery::POST, "邮递上门")]
            .map(|(code, name)| (code.to_owned(), name.to_owned()))
            .into(),
        Field::Bank => {
            let institutions = console.service.institutions();
            let banks = me.org.city().map(|c| institutions.banks_of(&c)).unwrap_or_default();
            banks.iter().map(|b| (b.as_str().to_owned(), b.name().to_owned())).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn a_choice_is_found_by_the_first_letters_of_its_pinyin() {
        for (name, letters) in
            [("汉族", "HZ"), ("中国工商银行", "GSYH"), ("农业银行", "NYYH"), ("A类", "L"), ("中国", "ZG")]
        {
            assert_eq!(initials(name), letters, "{name}");
        }
    }
}
