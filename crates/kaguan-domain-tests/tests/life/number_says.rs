//! What a number says of somebody is not asked for.

use kaguan_domain::clause;
use kaguan_domain::facts::form::FormDraft;

fn of(number: &str) -> FormDraft {
    let mut draft = FormDraft { document_number: number.into(), ..FormDraft::default() };
    draft.fill_from_number();
    draft
}

#[test]
fn art_10_1_sex_and_birth_date_follow_from_a_citizens_number_and_stand_where_somebody_wrote_them() {
    clause!(R10.1);
    // 李明, born on 1 January 1990; the seventeenth digit is odd: a man.
    let number = "44010619900101001X";
    let valid =
        kaguan_domain::facts::social_security_number::check_character(&number.as_bytes()[..17]).unwrap();
    let number = format!("{}{}", &number[..17], char::from(valid));
    let draft = of(&number);
    assert_eq!((draft.birth_date.as_str(), draft.sex.as_str()), ("19900101", "1"));
    // Blanks and a small x are the same number.
    let draft = of(&format!(" {} ", number.to_lowercase()));
    assert_eq!(draft.birth_date, "19900101");
    // What was written stands, and is judged against the number later.
    let mut written = FormDraft { document_number: number.clone(), sex: "2".into(), ..FormDraft::default() };
    written.fill_from_number();
    assert_eq!((written.birth_date.as_str(), written.sex.as_str()), ("19900101", "2"));
    // A passport, and a number whose check digit is wrong, say nothing.
    for other in ["E12345678", "440106199001010019"] {
        let draft = of(other);
        assert!(other == number || draft.birth_date.is_empty() && draft.sex.is_empty(), "{other}");
    }
}

#[test]
fn art_35_1_a_form_or_a_bank_card_finds_its_holder_and_a_word_finds_nobody() {
    use kaguan_domain::facts::claim::ClaimKind;
    use kaguan_domain::facts::lookup::LookedUp;
    clause!(R35.1);
    let kinds = |text: &str| {
        let what = LookedUp::anything(text).unwrap();
        (what.number.is_some(), what.claims.iter().map(|c| c.kind).collect::<Vec<_>>(), what.traces.len())
    };
    let (number, claims, _) = kinds("4401W261126000001");
    assert!(!number && claims.contains(&ClaimKind::FormNumber), "{claims:?}");
    let (number, claims, _) =
        kinds(kaguan_domain::ids::BankCardNumber::with_check("621700001000000001").unwrap().as_str());
    assert!(!number && claims.contains(&ClaimKind::BankCardNumber), "{claims:?}");
    // A passport stays a document, and a number a number.
    assert_eq!(kinds("E12345678"), (false, Vec::new(), 1));
    for nothing in ["", "张三", "44-", "x"] {
        assert!(LookedUp::anything(nothing).is_err(), "{nothing}");
    }
}

#[test]
fn art_5_3_everything_that_is_wrong_with_a_name_is_told_at_once_and_each_once() {
    use kaguan_domain::facts::name::HolderName;
    clause!(R5.3);
    let why = |name: &str| HolderName::parse(name).unwrap_err();
    let told = why("张\u{200B}三9、9").to_string();
    for part in ["看不见的字符", "“9”（U+0039）", "“、”（U+3001）"] {
        assert_eq!(told.matches(part).count(), 1, "{part}: {told}");
    }
    // A sign beside a character that is not understood is not judged by it.
    assert!(!why("张·9").to_string().contains("两个字之间"));
    assert!(why("张··三").to_string().contains("两个字之间"));
    // Of rare characters alone it is Article 34's, with anything else Article 5's.
    assert!(why("张[zhang]").rare && !why("张[zhang]9").rare);
    assert_eq!(why(" ").to_string(), "姓名为空");
}
