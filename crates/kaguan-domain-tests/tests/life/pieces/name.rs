//! Names: how they are written, when two are one person's, and how alike they are.

use jiff::civil::date;
use kaguan_domain::characters;
use kaguan_domain::clause;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::name::{HolderName, fold, names_agree};
use kaguan_domain::facts::trace::Trace;
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
    assert_eq!(read(&"张".repeat(26)).unwrap_err(), "姓名最多25个汉字（字母、数字两个算一个），现多出1个");
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
    assert!(fits("ANNA SCHMIDT", DocumentKind::Passport) && fits("陈大文", DocumentKind::HmtResidencePermit));
    assert!(fits("李明", DocumentKind::ChinesePassport) && fits("LI MING", DocumentKind::ChinesePassport));
}

#[test]
fn art_34_1_a_bracket_stands_for_one_character_and_everything_else_is_compared() {
    clause!(R34.1);
    for said in
        ["张䄲", "张[CHUI]", "张[RUI]", "张［ＣＨＵＩ］", " 张䄲 ", "张䄲\u{E0101}", "张\u{E863}", "张某"]
    {
        assert!(names_agree("张[CHUI]", said), "{said}");
    }
    for said in ["李䄲", "张", "张䄲䄲", "张[CHUI][CHUI]", "[CHUI]张", "[A][B]", "张A", "张CHUI", "", "张·"]
    {
        assert!(!names_agree("张[CHUI]", said), "{said}");
    }
    assert!(names_agree("阿迪力·买买提", "阿迪力•买买提") && names_agree("阿迪力·买买提", "阿迪力.买买提"));
    assert!(names_agree("JOHN SMITH", "ＪＯＨＮ　ＳＭＩＴＨ") && names_agree("六小䶮", "\u{F9D1}小\u{E863}"));
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

#[test]
fn art_34_a_name_is_alike_with_its_rare_character_or_the_reading_of_it() {
    clause!(R34.1);
    // As names were taken in under any grammar.
    let of = |s: &str, day| {
        let name: HolderName = serde_json::from_value(serde_json::json!(s)).unwrap();
        Trace::likeness(&name, date(1990, 1, day))
    };
    let like = |a, b| of(a, 1) == of(b, 1);
    assert!(like("张[CHUI]", "张䄲") && !like("张[CHUI]", "张三") && !like("张[CHUI]", "张"));
    assert!(like("阿卜杜拉·买买提", "阿卜杜拉买买提"));
    assert!(like("JOHN SMITH", "Smith, John"));
    assert!(of("张三", 1) == of("张三", 1) && of("张三", 1) != of("张三", 2));
}
