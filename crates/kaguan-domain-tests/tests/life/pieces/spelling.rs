//! How numbers are spelt.

use kaguan_domain::spelling::{half_width, looked_for, number, says_nothing, strange};
use proptest::prelude::*;

#[test]
fn one_number_has_one_spelling() {
    assert_eq!(number("75 1234567"), "751234567");
    assert_eq!(number("c01x00t47"), "C01X00T47");
    assert_eq!(number("P1234567－A"), "P1234567A");
    assert_eq!(number("\u{A0}４４０１０３ 1990\u{2011}0305\u{3000}239ｘ\t"), "44010319900305239X");
    assert_eq!(looked_for("\u{202D}44010319620927009x\u{202C}"), "44010319620927009X");
    assert_eq!(number("4401\u{200B}"), "4401\u{200B}", "what is invisible is named, not dropped");
}

#[test]
fn a_reason_that_nobody_sees_is_none() {
    for nothing in ["", " \u{3000}", "\u{200B}\u{FEFF}", "\n\t", "\u{3164}"] {
        assert!(says_nothing(nothing), "{nothing:?}");
    }
    assert!(!says_nothing("\u{200B}本人"));
}

#[test]
fn what_keeps_a_number_from_being_one_is_said_truly() {
    assert_eq!(strange("4401\u{200B}").unwrap(), "含有看不见的字符：零宽空格（U+200B）");
    assert!(strange("4401Ⅹ").unwrap().contains("U+2169"));
    assert_eq!(strange("44010319620927009X"), None);
}

proptest! {
    #[test]
    fn folding_a_number_twice_changes_nothing(s in "\\PC{0,24}|[0-9０-９xXｘＸ \u{A0}\u{3000}\u{2013}－-]{0,24}") {
        let once = number(&s);
        prop_assert_eq!(number(&once), once.clone());
        let half = half_width(&s);
        prop_assert_eq!(half_width(&half), half.clone());
        prop_assert_eq!(number(&half), once);
    }
}
