//! How numbers are spelt: documents, social security numbers, guardians' and agents' numbers are written in one way everywhere,
//! so that two spellings of one number are one number (Articles 5 and 35, facts 1.3).

use crate::characters;

/// Whether a character is a blank: the space, those of typography, the ideographic one, and the tabulator that spreadsheets leave.
/// Line and paragraph separators are none: they are invisible characters, and refused by name.
pub fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\t' | ' ' | '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}'
    )
}

/// Whether a character is a hyphen, a dash of any length, or what is typed for one.
pub fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{58A}' | '\u{5BE}' | '\u{1400}' | '\u{1806}' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2043}'
                | '\u{207B}'
                | '\u{208B}'
                | '\u{2212}'
                | '\u{2500}'
                | '\u{2501}'
                | '\u{2E17}'
                | '\u{2E1A}'
                | '\u{2E3A}'
                | '\u{2E3B}'
                | '\u{2E40}'
                | '\u{301C}'
                | '\u{3030}'
                | '\u{30A0}'
                | '\u{30FC}'
                | '\u{FE31}'
                | '\u{FE32}'
                | '\u{FE58}'
                | '\u{FE63}'
                | '\u{FF0D}'
                | '\u{FF70}'
    )
}

/// A text without the blanks at its ends.
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// Whether nobody can read anything in a text: blanks and invisible characters are all that there is.
pub fn says_nothing(text: &str) -> bool {
    text.chars().all(|c| is_blank(c) || characters::invisible(c).is_some())
}

/// A full-width sign as its half-width one; anything else as it is. The comma and the quotation mark stay: their half-width
/// forms cannot stand in a file, and what is refused must be what was written.
pub fn narrow(c: char) -> char {
    match c {
        '\u{FF0C}' | '\u{FF02}' => c,
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{3000}' => ' ',
        c => c,
    }
}

/// A text in half width.
pub fn half_width(text: &str) -> String {
    text.chars().map(narrow).collect()
}

/// A number in its one spelling: no blanks, no hyphens, half width, upper case. What is no number stays visible in it.
pub fn number(text: &str) -> String {
    text.chars().filter(|c| !is_blank(*c) && !is_dash(*c)).map(|c| narrow(c).to_ascii_uppercase()).collect()
}

/// A day as `YYYYMMDD`, where it was written with year, month and day apart, as 1990-03-07, 1990/3/7, 1990.3.7 or 1990年3月7日; anything else
/// in half width.
pub fn day(text: &str) -> String {
    let half = half_width(text);
    let written = trim(&half);
    let digits = |c: char| c.is_ascii_digit();
    let apart = |c: char| is_dash(c) || is_blank(c) || "年月日./".contains(c);
    let parts: Vec<&str> = written.trim_end_matches('日').split(apart).collect();
    match parts.as_slice() {
        [year, month, day]
            if year.len() == 4
                && parts.iter().all(|p| !p.is_empty() && p.chars().all(digits))
                && month.len() <= 2
                && day.len() <= 2 =>
        {
            format!("{year}{month:0>2}{day:0>2}")
        }
        _ => written.to_owned(),
    }
}

/// A number as somebody types it to find a person: invisible characters, which come with what is pasted, are left out too.
pub fn looked_for(text: &str) -> String {
    let visible: String = text.chars().filter(|c| characters::invisible(*c).is_none()).collect();
    number(&visible)
}

/// The character that keeps a folded number from being one, in words: what it is, never the number itself.
pub fn strange(number: &str) -> Option<String> {
    let c = number.chars().find(|c| !c.is_ascii_alphanumeric())?;
    Some(match characters::invisible(c) {
        Some(name) => format!("含有看不见的字符：{name}（U+{:04X}）", u32::from(c)),
        None => format!("含有“{c}”（U+{:04X}），应只有半角数字和字母", u32::from(c)),
    })
}
