//! Names on cards (Articles 5 and 34).

use crate::characters::{self, BracketError};
use crate::clause;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A name as the card shows it: rare characters as `[PINYIN]`, the separator of minority names as `·` (U+00B7).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HolderName(String);

/// What is wrong with a name. Says it in Chinese without repeating the name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct NameError(pub &'static str);

/// The most that a chip holds: 30 bytes and 20 of the continuation (37号文), in GB 18030.
pub const MAX_BYTES: usize = 50;

impl HolderName {
    /// Reads a name; separators that look like `·` become `·`, private-use characters their standard ones.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        clause!(R5.3);
        let normal: String = characters::normalise(text.trim())
            .chars()
            .map(|c| if matches!(c, '\u{2022}' | '\u{30FB}' | '\u{FF0E}' | '\u{2027}') { '·' } else { c })
            .collect();
        if normal.is_empty() {
            return Err(NameError("姓名为空"));
        }
        if characters::gb18030_len(&normal) > MAX_BYTES {
            return Err(NameError("姓名超过50字节"));
        }
        match characters::check_brackets(&normal) {
            Err(BracketError::Unbalanced) => return Err(NameError("半角中括号不成对")),
            Err(BracketError::NotPinyin) => {
                return Err(NameError("中括号内应为1至6位半角大写拼音字母"));
            }
            Ok(()) => {}
        }
        let mut han = false;
        let mut latin = false;
        let mut inside = false;
        for c in normal.chars() {
            match c {
                '[' => inside = true,
                ']' => {
                    inside = false;
                    han = true;
                }
                _ if inside => {}
                c if characters::is_private_use(c) => {
                    return Err(NameError("含有自造字（私有区字符），请改用标准汉字"));
                }
                c if characters::is_rare(c) => {
                    return Err(NameError("含有生僻字，须写成半角中括号加大写拼音"));
                }
                c if characters::is_han(c) => han = true,
                '·' => {}
                'A'..='Z' | 'a'..='z' => latin = true,
                ' ' | '-' | '\'' | '.' => {}
                _ => return Err(NameError("含有不允许的字符")),
            }
        }
        if !han && !latin {
            return Err(NameError("没有汉字或字母"));
        }
        if han && normal.contains(' ') {
            return Err(NameError("汉字姓名中不应有空格"));
        }
        Ok(Self(normal))
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
}

impl TryFrom<String> for HolderName {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn art_5_3_names_are_written_as_the_rule_says() {
        clause!(R5.3);
        let ok = |s| HolderName::parse(s).map(|n| n.display().to_owned());
        assert_eq!(ok("张三"), Ok("张三".into()));
        assert_eq!(ok("阿卜杜拉•买买提"), Ok("阿卜杜拉·买买提".into()));
        assert_eq!(ok("张[CHUI]"), Ok("张[CHUI]".into()));
        assert_eq!(ok("JOHN SMITH"), Ok("JOHN SMITH".into()));
        for bad in ["", "张䄲", "张[chui]", "张,三", "张 三", "\u{E000}", "张三=1", &"张".repeat(26)]
        {
            assert!(HolderName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_masked() {
        let m = |s| HolderName::parse(s).unwrap().masked();
        assert_eq!((m("张三"), m("欧阳小明")), ("张*".into(), "欧***".into()));
        assert_eq!((m("张[CHUI]"), m("[CHUI]三")), ("张*".into(), "[CHUI]*".into()));
        assert_eq!(m("JOHN SMITH"), "J*** S****");
    }
}
