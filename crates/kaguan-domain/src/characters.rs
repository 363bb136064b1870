//! Han characters and their lengths in GB 18030 (Article 34), and the brackets in which a rare one is written.

use crate::clause;
use crate::codes;
use unicode_normalization::UnicodeNormalization;

/// Whether a character is a Han character that must be written in brackets.
///
/// The regulation says "outside GB18030", yet its own example 䄲 (U+4132) is inside it as four bytes; the practical
/// threshold is the two-byte repertoire (docs/decisions/0002-rare-characters.md).
pub fn is_rare(c: char) -> bool {
    clause!(R34.1);
    is_han(c) && gb18030_bytes(c) != 2
}

/// Whether a character is Han, private use included after normalisation.
pub fn is_han(c: char) -> bool {
    matches!(u32::from(c),
        0x3007 | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x323AF)
}

/// Private-use area: never acceptable after normalisation.
pub fn is_private_use(c: char) -> bool {
    matches!(u32::from(c), 0xE000..=0xF8FF | 0xF0000..=0x10FFFD)
}

/// How many bytes a character takes in GB 18030.
pub fn gb18030_bytes(c: char) -> usize {
    if c.is_ascii() {
        return 1;
    }
    let mut utf8 = [0; 4];
    let (bytes, _, bad) = encoding_rs::GB18030.encode(c.encode_utf8(&mut utf8));
    if bad { 4 } else { bytes.len() }
}

/// Whether a Han character came to the two-byte part only after GBK: systems of before 2000 cannot write it (䶮, 㑇).
pub fn is_late(c: char) -> bool {
    let mut utf8 = [0; 4];
    let (bytes, _, bad) = encoding_rs::GB18030.encode(c.encode_utf8(&mut utf8));
    is_han(c) && !bad && (bytes.len() > 2 || matches!(bytes[..], [0xFE, 0x50..=0xFE]))
}

/// How many bytes a text takes in GB 18030; the lengths of Appendix 6 are counted in these.
pub fn gb18030_len(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(gb18030_bytes).sum() }
}

/// That a text is longer than so many bytes of GB 18030, in words for whoever writes it: nobody counts bytes at a counter, and a Chinese
/// character is two of them, a letter or a digit one. What has letters and digits only is counted in these. Nothing when it is not longer.
pub fn too_long(text: &str, max: usize) -> Option<String> {
    let more = gb18030_len(text).checked_sub(max).filter(|more| *more > 0)?;
    if text.is_ascii() {
        return Some(format!("最多{max}个字母、数字（汉字一个算两个），现多出{more}个"));
    }
    let more = match (more / 2, more % 2) {
        (whole, 0) => format!("{whole}个"),
        (0, _) => "半个，即一个字母或数字".to_owned(),
        (whole, _) => format!("{whole}个半"),
    };
    Some(format!("最多{}个汉字（字母、数字两个算一个），现多出{more}", max / 2))
}

/// What an invisible character is called in Chinese; `None` for one that can be seen, and for blanks.
///
/// Whatever turns the direction of writing, joins or parts without being seen, chooses a variant, controls a device or stands for
/// nothing at all is one: in a name or an address it is seen by no clerk, and every program reads it differently.
pub fn invisible(c: char) -> Option<&'static str> {
    Some(match u32::from(c) {
        0x09 => "制表符",
        0x0A => "换行符",
        0x0D => "回车符",
        0x00..=0x1F | 0x7F..=0x9F => "控制字符",
        0xAD => "软连字符",
        0x34F => "组合用字形连接符",
        0x600..=0x605 | 0x6DD | 0x70F | 0x890 | 0x891 | 0x8E2 | 0x110BD | 0x110CD => "格式字符",
        0x61C => "阿拉伯字母方向标记",
        0x115F | 0x1160 | 0x3164 | 0xFFA0 => "谚文填充符",
        0x17B4 | 0x17B5 => "高棉文固有元音符",
        0x180B..=0x180F => "蒙古文变体选择符",
        0x200B => "零宽空格",
        0x200C => "零宽不连字",
        0x200D => "零宽连字",
        0x200E => "从左至右标记",
        0x200F => "从右至左标记",
        0x2028 => "行分隔符",
        0x2029 => "段落分隔符",
        0x202A => "从左至右嵌入符",
        0x202B => "从右至左嵌入符",
        0x202C => "方向格式结束符",
        0x202D => "从左至右强制符",
        0x202E => "从右至左强制符",
        0x2060 => "词连接符",
        0x2061..=0x2065 => "不可见运算符",
        0x2066..=0x2069 => "方向隔离符",
        0x206A..=0x206F => "已停用的格式字符",
        0x2800 => "盲文空格",
        0xFE00..=0xFE0F | 0xE0100..=0xE01EF => "变体选择符",
        0xFEFF => "零宽不换行空格（字节顺序标记）",
        0xFFF0..=0xFFFB => "行间注释符",
        0xFFFC => "对象占位符",
        0xFFFD => "替换字符（原字符已丢失）",
        0x13430..=0x1343F | 0x1BCA0..=0x1BCA3 | 0x16FE4 => "格式控制符",
        0x1D159 | 0x1D173..=0x1D17A => "乐谱格式符",
        0xE0000..=0xE0FFF => "标签字符",
        0xFDD0..=0xFDEF => "非字符",
        n if n & 0xFFFE == 0xFFFE => "非字符",
        _ => return None,
    })
}

/// Replaces private-use characters of older standards by their standard ones, and radicals by the characters that they are drawn as.
pub fn normalise(text: &str) -> String {
    text.chars().map(|c| codes::standard_of_private_use(c).or_else(|| of_radical(c)).unwrap_or(c)).collect()
}

/// The character for which a radical stands in what is copied from printed pages (PDF): ⽂ for 文. The radicals of the supplement
/// are parts of characters, and stand for none.
fn of_radical(c: char) -> Option<char> {
    matches!(c, '\u{2F00}'..='\u{2FD5}' | '\u{2E9F}' | '\u{2EF3}').then(|| c.nfkc().next())?
}

/// One way of writing for one text: private-use characters of older standards, radicals and compatibility ideographs become the standard
/// characters, accents that stand apart are joined to their letters (NFC). Twice is the same as once.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    normalise(text).nfc().collect()
}

/// The invisible characters of a text, each once, by name and code point; empty when there is none.
pub fn invisible_in(text: &str) -> String {
    let mut seen = Vec::new();
    for c in text.chars() {
        if let Some(name) = invisible(c)
            && !seen.iter().any(|(of, _)| *of == c)
        {
            seen.push((c, name));
        }
    }
    let named: Vec<_> = seen.iter().map(|(c, name)| format!("{name}（U+{:04X}）", u32::from(*c))).collect();
    named.join("、")
}

/// What is wrong with the brackets of a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BracketError {
    /// A bracket is not closed, or closed twice.
    Unbalanced,
    /// What stands inside is not one to six upper-case letters.
    NotPinyin,
}

/// Checks the bracket grammar: each `[` is followed by one to six half-width upper-case letters and `]`.
pub fn check_brackets(name: &str) -> Result<(), BracketError> {
    let mut rest = name;
    while let Some(at) = rest.find(['[', ']']) {
        let inside = rest[at..].strip_prefix('[').ok_or(BracketError::Unbalanced)?;
        let end = inside.find(']').ok_or(BracketError::Unbalanced)?;
        let pinyin = &inside[..end];
        if !(1..=6).contains(&pinyin.len()) || !pinyin.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(BracketError::NotPinyin);
        }
        rest = &inside[end + 1..];
    }
    Ok(())
}
