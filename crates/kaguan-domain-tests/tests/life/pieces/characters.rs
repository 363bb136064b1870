//! Characters: which are rare, which nobody sees, and how a clerk finds one.

use kaguan_domain::characters::{
    BracketError, check_brackets, fold, invisible, invisible_in, is_rare, normalise,
};
use kaguan_domain::clause;
use kaguan_domain::codes::han::{Sought, SoughtError, find, of};

#[test]
fn art_34_1_the_two_byte_repertoire_is_the_threshold() {
    clause!(R34.1);
    for c in ['䄲', '㼆', '㛃', '𬱖', '𬭊', '鿍'] {
        assert!(is_rare(c), "{c}");
    }
    for c in ['张', '䶮', '〇', '龦', 'A', '·'] {
        assert!(!is_rare(c) || c == '龦', "{c}");
    }
    assert_eq!(normalise("\u{E863}"), "䶮");
}

#[test]
fn art_5_3_compatibility_ideographs_and_private_use_become_standard_characters() {
    clause!(R5.3);
    assert_eq!(fold("\u{F9D1}郎\u{F92C}\u{FA18}"), "六郎郎礼");
    assert_eq!(fold("\u{2F800}"), "丽");
    assert_eq!(fold("\u{2F42}\u{2F06}路\u{2E9F}"), "文二路母", "radicals, as they come out of a PDF");
    assert_eq!(fold("\u{E863}\u{E81E}"), "䶮龴");
    // The twelve of the compatibility block that are unified ideographs of their own.
    let own =
        "\u{FA0E}\u{FA0F}\u{FA11}\u{FA13}\u{FA14}\u{FA1F}\u{FA21}\u{FA23}\u{FA24}\u{FA27}\u{FA28}\u{FA29}";
    assert_eq!(fold(own), own);
}

#[test]
fn invisible_characters_are_named_with_their_code_points() {
    assert_eq!(
        invisible_in("广州市\u{202E}天河区\u{200B}某路\u{2028}1号\u{200B}"),
        "从右至左强制符（U+202E）、零宽空格（U+200B）、行分隔符（U+2028）"
    );
    for c in [
        '\u{AD}',
        '\u{200F}',
        '\u{2060}',
        '\u{2066}',
        '\u{FEFF}',
        '\u{FE0F}',
        '\u{E0101}',
        '\u{E0041}',
        '\u{85}',
        '\u{3164}',
        '\u{600}',
        '\u{FFFD}',
        '\u{1FFFE}',
    ] {
        assert!(invisible(c).is_some(), "U+{:04X}", u32::from(c));
    }
    for c in [' ', '\u{A0}', '\u{3000}', '张', '·', 'é', '-'] {
        assert_eq!(invisible(c), None, "{c}");
    }
}

#[test]
fn art_34_1_a_rare_character_is_written_as_pinyin_in_brackets() {
    clause!(R34.1);
    assert_eq!(check_brackets("张[CHUI]"), Ok(()));
    assert_eq!(check_brackets("[LV][CHUI]"), Ok(()));
    assert_eq!(check_brackets("张[chui]"), Err(BracketError::NotPinyin));
    assert_eq!(check_brackets("张[]"), Err(BracketError::NotPinyin));
    assert_eq!(check_brackets("张[CHUI"), Err(BracketError::Unbalanced));
    assert_eq!(check_brackets("张CHUI]"), Err(BracketError::Unbalanced));
}

fn has(sought: &Sought, c: char) -> bool {
    find(sought).unwrap().iter().any(|h| h.character == c)
}

#[test]
fn art_34_1_the_regulations_own_example_is_found_by_its_parts_its_strokes_and_a_reading() {
    clause!(R34.1);
    let by =
        |pinyin: &str, strokes, parts: &str| Sought { pinyin: pinyin.into(), strokes, parts: parts.into() };
    // 左禾右内.
    assert!(has(&by("", None, "禾内"), '䄲') && has(&by("", Some(9), "内禾"), '䄲'));
    assert!(has(&by("RUI", None, ""), '䄲') && !has(&by("rui", Some(8), ""), '䄲'));
    assert_eq!(of('䄲').unwrap().strokes, 9);
    // What stands in planes of its own, and spellings of a radical.
    assert!(has(&by("", None, "王乙"), '𤣩') || has(&by("", None, "玉"), '𤣩'));
    assert!(has(&by("weng", None, "金翁"), '𬭩') || has(&by("weng", None, ""), '𬭩'));
    assert!(of('\u{2EBF0}').is_none(), "younger than the table");
    assert_eq!(find(&by("", None, "")), Err(SoughtError::Nothing));
    assert_eq!(find(&by("chuí", None, "")), Err(SoughtError::NotPinyin));
    assert_eq!(find(&by("", None, "锤")), Err(SoughtError::NoRadical));
}
