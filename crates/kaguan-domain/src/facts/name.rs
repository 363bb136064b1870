//! Names on cards (Articles 5 and 34): one way of writing, a grammar, and when two names are the same.

use crate::characters::{self, BracketError};
use crate::clause;
use crate::facts::document::DocumentKind;
use crate::spelling;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A name as the card shows it: rare characters as `[PINYIN]`, the separator of minority names as `·` (U+00B7).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HolderName(String);

/// What is wrong with a name. Says it in Chinese without repeating the name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{why}")]
pub struct NameError {
    /// The reason, a phrase.
    why: String,
    /// Whether it is about rare characters (Article 34), not about names in general (Article 5).
    pub rare: bool,
}

impl NameError {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), rare: false }
    }

    fn rare(why: &str) -> Self {
        Self { why: why.into(), rare: true }
    }

    /// Everything that is wrong at once; it is about rare characters when all of it is.
    fn all(faults: &[Self]) -> Self {
        let why: Vec<&str> = faults.iter().map(|f| f.why.as_str()).collect();
        Self { why: why.join("；"), rare: faults.iter().all(|f| f.rare) }
    }
}

/// The most that a chip holds: 30 bytes and 20 of the continuation (37号文), in GB 18030.
pub const MAX_BYTES: usize = 50;

/// Signs of half width that stand in the names of passports besides letters.
const SIGNS: [char; 8] = [' ', '-', '\'', '.', '/', '@', '(', ')'];

/// A name in its one way of writing: half width, standard characters, one blank where there are several, `·` for every dot that is
/// typed for it, and for a full stop beside a Han character. Twice is the same as once; nothing is judged.
pub fn fold(text: &str) -> String {
    let narrow: String = text.chars().map(spelling::narrow).collect();
    let mut chars: Vec<char> = Vec::new();
    for c in characters::fold(&narrow).chars() {
        match one_sign(c) {
            ' ' if chars.last().is_none_or(|last| *last == ' ') => {}
            c => chars.push(c),
        }
    }
    while chars.last() == Some(&' ') {
        chars.pop();
    }
    let han = |c: Option<&char>| c.is_some_and(|c| characters::is_han(*c) || matches!(c, '[' | ']'));
    let dot = |i: usize| chars[i] == '.' && (i > 0 && han(chars.get(i - 1)) || han(chars.get(i + 1)));
    (0..chars.len()).map(|i| if dot(i) { '·' } else { chars[i] }).collect()
}

/// What is typed for a sign, as the sign.
fn one_sign(c: char) -> char {
    match c {
        // Bullets, katakana and hyphenation points, operators and small full stops.
        '\u{2D9}' | '\u{1427}' | '\u{16EB}' | '\u{2022}' | '\u{2024}' | '\u{2027}' | '\u{2218}'
        | '\u{2219}' | '\u{22C5}' | '\u{25AA}' | '\u{25CF}' | '\u{25E6}' | '\u{2981}' | '\u{2E31}'
        | '\u{2E33}' | '\u{30FB}' | '\u{318D}' | '\u{FF65}' => '·',
        '\u{FE52}' => '.',
        '\u{2018}' | '\u{2019}' | '\u{2BC}' => '\'',
        '\u{30FC}' => c,
        c if spelling::is_dash(c) => '-',
        c if spelling::is_blank(c) => ' ',
        c => c,
    }
}

impl HolderName {
    /// Reads a name by the grammar of Articles 5 and 34.
    ///
    /// Han names: characters and `[PINYIN]`, with `·` single and between them. Other names: letters of half width as on the
    /// document, with the signs that passports print. Whether a name fits a kind of document, [`Self::fits`] says.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        clause!(R5.3);
        let mut faults = Vec::new();
        let written = spelling::trim(text);
        let invisible = characters::invisible_in(written);
        if !invisible.is_empty() {
            faults.push(NameError::new(format!("含有看不见的字符：{invisible}")));
        }
        // Whatever else is wrong is told of what one can see.
        let name = fold(&written.chars().filter(|c| characters::invisible(*c).is_none()).collect::<String>());
        if name.is_empty() && faults.is_empty() {
            faults.push(NameError::new("姓名为空"));
        }
        if let Some(long) = characters::too_long(&name, MAX_BYTES) {
            faults.push(NameError::new(format!("姓名{long}")));
        }
        let brackets = characters::check_brackets(&name);
        match brackets {
            Err(BracketError::Unbalanced) => faults.push(NameError::rare("半角中括号不成对")),
            Err(BracketError::NotPinyin) => {
                faults.push(NameError::rare("中括号内应为1至6位半角大写拼音字母"));
            }
            Ok(()) => {}
        }
        let parts = parts(&name);
        let mut understood = brackets.is_ok();
        for part in &parts {
            if let Part::Strange(c) = part {
                understood = false;
                let fault = strange(*c);
                if !faults.contains(&fault) {
                    faults.push(fault);
                }
            }
        }
        // Signs are judged by what stands beside them, once all of that is understood.
        if understood && !name.is_empty() {
            if !parts.iter().any(|p| matches!(p, Part::Han | Part::Letter)) {
                faults.push(NameError::new("没有汉字或字母"));
            } else if let Err(fault) = check_signs(&parts) {
                faults.push(fault);
            }
        }
        if !faults.is_empty() {
            return Err(NameError::all(&faults));
        }
        Ok(Self(name))
    }

    /// Whether such a name can stand on a document of this kind: on a mainland one there are Han characters, `·` and, for a rare
    /// character, `[PINYIN]`; other people are named as their documents do.
    pub fn fits(&self, kind: DocumentKind) -> Result<(), NameError> {
        clause!(R5.3);
        let mainland = match kind {
            DocumentKind::IdentityCard | DocumentKind::HouseholdRegister => true,
            DocumentKind::MainlandTravelPermitHkMo
            | DocumentKind::MainlandTravelPermitTw
            | DocumentKind::HmtResidencePermit
            | DocumentKind::ForeignPermanentResident
            | DocumentKind::Passport
            | DocumentKind::ChinesePassport => false,
        };
        let han = |p: &Part| matches!(p, Part::Han | Part::Sign('·'));
        if mainland && !parts(&self.0).iter().all(han) {
            let why = format!("{}的姓名只用汉字、间隔号“·”和[大写拼音]，不用字母和其他符号", kind.name());
            return Err(NameError::new(why));
        }
        Ok(())
    }

    /// As the card shows it.
    pub fn display(&self) -> &str {
        &self.0
    }

    /// Whether a rare character is in it.
    pub fn has_rare(&self) -> bool {
        self.0.contains('[')
    }

    /// First character kept (a bracket counts as one); of a Latin name the first letter of each word.
    pub fn masked(&self) -> String {
        if self.0.chars().any(characters::is_han) || self.has_rare() {
            let mut units = 0;
            let mut inside = false;
            let mut first = String::new();
            for c in self.0.chars() {
                if units == 0 || (units == 1 && inside) {
                    first.push(c);
                }
                match c {
                    '[' => {
                        inside = true;
                        units += 1;
                    }
                    ']' => inside = false,
                    _ if inside => {}
                    _ => units += 1,
                }
            }
            return format!("{first}{}", "*".repeat(units.max(2) - 1));
        }
        let word = |w: &str| {
            let mut cs = w.chars();
            let first = cs.next().map(String::from).unwrap_or_default();
            format!("{first}{}", "*".repeat(cs.count()))
        };
        self.0.split(' ').map(word).collect::<Vec<_>>().join(" ")
    }

    /// The same, masked for good.
    pub(crate) fn hidden(&self) -> Self {
        Self(self.masked())
    }
}

impl TryFrom<String> for HolderName {
    type Error = NameError;

    /// A stored name stays as it was when it was taken in, by the grammar of that day: a rule that became stricter renames nobody.
    fn try_from(text: String) -> Result<Self, NameError> {
        if text.is_empty() { Err(NameError::new("姓名为空")) } else { Ok(Self(text)) }
    }
}

impl From<HolderName> for String {
    fn from(n: HolderName) -> Self {
        n.0
    }
}

impl fmt::Debug for HolderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// A piece of a name, as the grammar sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A Han character, or the `[PINYIN]` of one.
    Han,
    /// A half-width Latin letter.
    Letter,
    /// `·`, or one of [`SIGNS`].
    Sign(char),
    /// What stands in no name.
    Strange(char),
}

/// The pieces of a folded name whose brackets are in order.
fn parts(name: &str) -> Vec<Part> {
    let mut out = Vec::new();
    let mut inside = false;
    for c in name.chars() {
        match c {
            '[' => {
                inside = true;
                out.push(Part::Han);
            }
            ']' => inside = false,
            _ if inside => {}
            'A'..='Z' | 'a'..='z' => out.push(Part::Letter),
            '·' => out.push(Part::Sign(c)),
            c if SIGNS.contains(&c) => out.push(Part::Sign(c)),
            c if characters::is_han(c) && !characters::is_rare(c) => out.push(Part::Han),
            c => out.push(Part::Strange(c)),
        }
    }
    out
}

/// Why a character stands in no name, with what to do.
fn strange(c: char) -> NameError {
    if characters::is_private_use(c) {
        return NameError::rare("含有自造字（私有区字符），请改用标准汉字");
    }
    if characters::is_han(c) {
        return NameError::rare("含有生僻字，须写成半角中括号加大写拼音");
    }
    let named = format!("含有不允许的字符“{c}”（U+{:04X}）", u32::from(c));
    if matches!(c, '\u{2E80}'..='\u{2EFF}') {
        return NameError::new(format!("{named}，它是部首，不是汉字，请改用汉字"));
    }
    NameError::new(match c {
        '。' | '｡' | '、' | '，' | '｀' | '`' | '*' | '_' => {
            format!("{named}，民族姓名的间隔号应为“·”")
        }
        '0'..='9' => format!("{named}，姓名中没有数字"),
        c if c.is_alphabetic() => {
            format!("{named}，外文姓名按护照机读区写成不带符号的半角英文字母")
        }
        _ => named,
    })
}

/// Signs stand where a name has them: `·` and `-` single and between characters, no other sign twice, none at the head.
fn check_signs(parts: &[Part]) -> Result<(), NameError> {
    let wrong = |why: &str| Err(NameError::new(why));
    let at = |i: Option<usize>| i.and_then(|i| parts.get(i)).copied();
    let text = |p: Option<Part>| matches!(p, Some(Part::Han | Part::Letter));
    let mut open = 0_u32;
    for (i, part) in parts.iter().enumerate() {
        let Part::Sign(c) = *part else { continue };
        let (before, after) = (at(i.checked_sub(1)), at(Some(i + 1)));
        if before == Some(*part) {
            return wrong(&format!("连续有两个“{c}”"));
        }
        match c {
            '·' | '-' if before.is_none() => return wrong(&format!("“{c}”不能在姓名开头")),
            '·' | '-' if after.is_none() => return wrong(&format!("“{c}”不能在姓名末尾")),
            '·' if !text(before) || !text(after) => return wrong("间隔号“·”应单独写在两个字之间"),
            '·' => {}
            ' ' if before == Some(Part::Han) && after == Some(Part::Han) => {
                return wrong("汉字姓名中有空格，请删去；民族姓名的间隔号应为“·”");
            }
            '\'' if before.is_none() && after == Some(Part::Han) => {
                return wrong("以半角撇号（'）开头，是电子表格的文本标记，请删去");
            }
            // 'T HOOFT: an article of one letter.
            '\'' if before.is_none() && at(Some(i + 2)) == Some(Part::Sign(' ')) => {}
            '\'' if before.is_none() => {
                return wrong("以半角撇号（'）开头，多为电子表格的文本标记，请删去");
            }
            '(' => open += 1,
            ')' if open == 0 => return wrong("半角括号不成对"),
            ')' => open -= 1,
            ' ' => {}
            c if before.is_none() => return wrong(&format!("“{c}”不能在姓名开头")),
            c if before == Some(Part::Han) || after == Some(Part::Han) => {
                return wrong(&format!("汉字姓名中有“{c}”，民族姓名的间隔号应为“·”"));
            }
            '/' | '@' if after.is_none() => return wrong(&format!("“{c}”不能在姓名末尾")),
            _ => {}
        }
    }
    if open > 0 { wrong("半角括号不成对") } else { Ok(()) }
}

/// Whether what is said is the name on file (Article 34(3)): written in one way, they are equal but for capitals; and where the file has a bracket,
/// that stands for exactly one Han character, or for the bracket that somebody else wrote for it, whatever its pinyin. Every door
/// that compares names asks here: the holder passes with the real character, with the pinyin, and with another reading of the
/// picture. A bracket that is said opens no name on file, unless a character stands there that older systems cannot write.
pub fn names_agree(on_file: &str, said: &str) -> bool {
    clause!(R34.1);
    let (file, said) = (units(on_file), units(said));
    let agree = |(file, said): (&Option<char>, &Option<char>)| match (file, said) {
        (None, None) => true,
        (None, Some(c)) => one_character(*c),
        (Some(c), None) => characters::is_late(*c),
        (Some(file), Some(said)) => file.eq_ignore_ascii_case(said),
    };
    !file.is_empty() && file.len() == said.len() && file.iter().zip(&said).all(agree)
}

/// What a bracket can stand for: a Han character, one of an older standard's private use, or a component.
fn one_character(c: char) -> bool {
    characters::is_han(c) || characters::is_private_use(c) || matches!(c, '\u{2E80}'..='\u{2FDF}')
}

/// The characters of a folded name; `None` for a bracket. What is invisible comes with what is pasted, and is left out.
fn units(name: &str) -> Vec<Option<char>> {
    let visible: String = name.chars().filter(|c| characters::invisible(*c).is_none()).collect();
    let folded = fold(&visible);
    let mut out = Vec::new();
    let mut rest = folded.as_str();
    while let Some(c) = rest.chars().next() {
        let inside = rest.strip_prefix('[').and_then(|r| r.split_once(']'));
        match inside {
            Some((pinyin, after))
                if !pinyin.is_empty() && pinyin.bytes().all(|b| b.is_ascii_alphabetic()) =>
            {
                out.push(None);
                rest = after;
            }
            _ => {
                out.push(Some(c));
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}
