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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(s: &str) -> Result<String, String> {
        HolderName::parse(s).map(|n| n.display().to_owned()).map_err(|e| e.to_string())
    }

    #[test]
    fn art_5_3_names_are_written_as_the_rule_says() {
        clause!(R5.3);
        for (written, name) in [
            ("张三", "张三"),
            (" 张三\u{3000}", "张三"),
            ("张[CHUI]", "张[CHUI]"),
            ("张［ＣＨＵＩ］", "张[CHUI]"),
            ("[LV][CHUI]·[A]", "[LV][CHUI]·[A]"),
            ("\u{F9D1}小\u{E863}", "六小䶮"),
            ("\u{2F84}善", "至善"),
            ("JOHN SMITH", "JOHN SMITH"),
            ("ＪＯＨＮ　ＳＭＩＴＨ", "JOHN SMITH"),
            ("JOHN \u{A0} SMITH", "JOHN SMITH"),
            ("SIOBHAN O’BRIEN", "SIOBHAN O'BRIEN"),
            ("ANNE–MARIE ST. JOHN", "ANNE-MARIE ST. JOHN"),
            ("MARTIN LUTHER KING JR.", "MARTIN LUTHER KING JR."),
            ("J.R.R. TOLKIEN", "J.R.R. TOLKIEN"),
            ("'T HOOFT", "'T HOOFT"),
            ("MOHAN A/L KRISHNAN", "MOHAN A/L KRISHNAN"),
            ("TAN AH KOW @ TAN KOW", "TAN AH KOW @ TAN KOW"),
            ("陈大文 DAVID", "陈大文 DAVID"),
            ("JOHN·SMITH", "JOHN·SMITH"),
        ] {
            assert_eq!(read(written).as_deref(), Ok(name), "{written}");
        }
        for (bad, why) in [
            ("", "为空"),
            (" \u{3000}", "为空"),
            ("张䄲", "生僻字"),
            ("张[chui]", "中括号"),
            ("张[CHUI", "成对"),
            ("张,三", "U+002C"),
            ("张，三", "U+FF0C"),
            ("张 三", "空格"),
            ("张\u{3000}三", "空格"),
            ("\u{E000}", "自造字"),
            ("张三=1", "U+003D"),
            ("张三1", "数字"),
            ("张-三", "“-”"),
            ("'JOHN SMITH", "撇号"),
            ("-JOHN", "开头"),
            ("JOHN--PAUL", "两个"),
            ("JOSÉ", "机读区"),
            ("Иван", "机读区"),
            ("(JOHN", "成对"),
            ("...", "没有汉字"),
            ("郭三\u{200B}", "零宽空格（U+200B）"),
            ("张\u{FE00}三", "变体选择符（U+FE00）"),
            ("王\u{2EC5}", "部首"),
        ] {
            assert!(read(bad).is_err_and(|e| e.contains(why)), "{bad}: {:?}", read(bad));
        }
        assert_eq!(
            read(&"张".repeat(26)).unwrap_err(),
            "姓名最多25个汉字（字母、数字两个算一个），现多出1个"
        );
    }

    /// Every dot that is typed for the separator, each between the two parts of Adil Memet's name.
    #[test]
    fn art_5_3_the_separator_stands_single_and_between_characters_whatever_dot_was_typed() {
        clause!(R5.3);
        for dot in "·.．•・･‧∙⋅●․﹒ㆍ⦁∘◦▪˙⸱⸳\u{387}".chars() {
            assert_eq!(read(&format!("阿迪力{dot}买买提")).as_deref(), Ok("阿迪力·买买提"), "{dot}");
            for bad in [
                format!("阿迪力{dot}{dot}买买提"),
                format!("{dot}买买提"),
                format!("买买提{dot}"),
                format!("李{dot}"),
            ] {
                assert!(read(&bad).is_err_and(|e| e.contains('·')), "{bad}: {:?}", read(&bad));
            }
        }
        assert!(read("阿迪力。买买提").unwrap_err().contains("间隔号应为“·”"));
        assert!(read("阿迪力 买买提").unwrap_err().contains("间隔号应为“·”"));
        assert!(read("阿迪力·-买买提").is_err());
        assert!(read("'王伟").unwrap_err().contains("撇号"));
        assert!(read("‘王伟").unwrap_err().contains("撇号"));
    }

    #[test]
    fn art_5_3_a_mainland_document_has_han_characters_the_separator_and_pinyin_only() {
        clause!(R5.3);
        let fits = |name, kind| HolderName::parse(name).unwrap().fits(kind).is_ok();
        for kind in [DocumentKind::IdentityCard, DocumentKind::HouseholdRegister] {
            for name in ["张三", "张[CHUI]", "阿迪力·买买提"] {
                assert!(fits(name, kind), "{name}");
            }
            for name in ["ZHANG SAN", "张A三", "陈大文 DAVID", "JOHN·SMITH"] {
                assert!(!fits(name, kind), "{name}");
            }
        }
        assert!(
            fits("ANNA SCHMIDT", DocumentKind::Passport) && fits("陈大文", DocumentKind::HmtResidencePermit)
        );
        assert!(
            fits("李明", DocumentKind::ChinesePassport) && fits("LI MING", DocumentKind::ChinesePassport)
        );
    }

    #[test]
    fn art_34_1_a_bracket_stands_for_one_character_and_everything_else_is_compared() {
        clause!(R34.1);
        for said in
            ["张䄲", "张[CHUI]", "张[RUI]", "张［ＣＨＵＩ］", " 张䄲 ", "张䄲\u{E0101}", "张\u{E863}", "张某"]
        {
            assert!(names_agree("张[CHUI]", said), "{said}");
        }
        for said in
            ["李䄲", "张", "张䄲䄲", "张[CHUI][CHUI]", "[CHUI]张", "[A][B]", "张A", "张CHUI", "", "张·"]
        {
            assert!(!names_agree("张[CHUI]", said), "{said}");
        }
        assert!(
            names_agree("阿迪力·买买提", "阿迪力•买买提") && names_agree("阿迪力·买买提", "阿迪力.买买提")
        );
        assert!(
            names_agree("JOHN SMITH", "ＪＯＨＮ　ＳＭＩＴＨ") && names_agree("六小䶮", "\u{F9D1}小\u{E863}")
        );
        assert!(names_agree("张䶮", "张[YAN]"), "a bank that cannot write 䶮");
        assert!(names_agree("MARIA GARCIA", "Maria Garcia") && !names_agree("MARIA GARCIA", "MARIO GARCIA"));
        assert!(
            !names_agree("张三", "[A][B]") && !names_agree("张三", "张[SAN]"),
            "nobody passes by brackets alone"
        );
        assert!(!names_agree("张三", "张四") && !names_agree("张三", "张三丰") && !names_agree("", ""));
    }

    #[test]
    fn a_name_that_was_taken_in_under_an_older_grammar_is_read_as_it_was() {
        for old in ["阿迪力.买买提", "·买买提", "ZHANG SAN"] {
            let name: HolderName = serde_json::from_value(serde_json::json!(old)).unwrap();
            assert_eq!(name.display(), old);
        }
    }

    #[test]
    fn names_are_masked() {
        let m = |s| HolderName::parse(s).unwrap().masked();
        assert_eq!((m("张三"), m("欧阳小明")), ("张*".into(), "欧***".into()));
        assert_eq!((m("张[CHUI]"), m("[CHUI]三")), ("张*".into(), "[CHUI]*".into()));
        assert_eq!(m("JOHN SMITH"), "J*** S****");
    }

    /// Names with everything in them that is ever typed, pasted or scanned.
    fn written() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[张王李阿迪力买提]",
            "[A-Za-zＡ-Ｚ]",
            "[·.．•・･‧∙⋅●。、 \u{A0}\u{3000}'’/@()-]",
            Just("[CHUI]".to_owned()),
            "[\u{F900}-\u{FA2F}\u{E815}-\u{E864}\u{301}\u{338}\u{200B}\u{202E}\u{FE0F}]",
            any::<char>().prop_map(String::from),
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|p| p.concat())
    }

    proptest! {
        #[test]
        fn folding_a_name_twice_changes_nothing(s in written()) {
            let once = fold(&s);
            prop_assert_eq!(fold(&once), once.clone());
            prop_assert_eq!(characters::fold(&once), once);
        }

        #[test]
        fn art_5_3_a_name_that_is_read_has_nothing_invisible_and_reads_as_itself(s in written()) {
            if let Ok(name) = HolderName::parse(&s) {
                let name = name.display();
                prop_assert_eq!(characters::invisible_in(name), "");
                prop_assert_eq!(read(name), Ok(name.to_owned()));
                prop_assert!(names_agree(name, &s));
                prop_assert!(!name.starts_with(['·', '-', ' ']) && !name.ends_with(['·', '-', ' ']));
                prop_assert!(!name.contains("··") && !name.contains("  "));
            }
        }
    }
}
