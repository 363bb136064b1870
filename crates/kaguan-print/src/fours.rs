//! Long numbers are read aloud and compared in groups of four. A page and a paper show a gap between the groups and nothing that stands
//! there: what is copied, searched or read by a machine is whole.

use std::ops::Range;

/// So many characters and more are a long number.
const LONG: usize = 12;
/// So many of them are digits, one behind the other: a word in capitals is none.
const DIGITS: usize = 9;

fn is_number(word: &str) -> bool {
    let digits = |part: &str| part.len() >= DIGITS;
    word.len() >= LONG
        && word.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        && word.split(|c: char| !c.is_ascii_digit()).any(digits)
}

/// The long numbers in a text, each in its groups of four, as ranges of bytes: the number of a batch, a card, a form or a receipt. What
/// is masked is none, nor is what has small letters in it, nor a part of the name of a file.
pub fn fours(text: &str) -> impl Iterator<Item = Vec<Range<usize>>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let from = at + bytes[at..].iter().position(u8::is_ascii_alphanumeric)?;
            let length = bytes[from..].iter().take_while(|b| b.is_ascii_alphanumeric()).count();
            at = from + length;
            // The parts of a file's name stand together as the file is called.
            let of_name =
                bytes.get(at) == Some(&b'_') || from.checked_sub(1).is_some_and(|n| bytes[n] == b'_');
            if !of_name && is_number(&text[from..at]) {
                return Some((from..at).step_by(4).map(|four| four..at.min(four + 4)).collect());
            }
        }
        None
    })
}
