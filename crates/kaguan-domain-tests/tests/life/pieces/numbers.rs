//! Numbers of people, cards and chips, and the PIN: their check characters, how one is looked up, and what refuses them.

use jiff::civil::date;
use kaguan_domain::clause;
use kaguan_domain::facts::document::{Document, DocumentKind};
use kaguan_domain::facts::lookup::LookedUp;
use kaguan_domain::facts::name::HolderName;
use kaguan_domain::facts::social_security_number::{NumberKind, SocialSecurityNumber, check_character};
use kaguan_domain::facts::trace::Trace;
use kaguan_domain::ids::{BankCardNumber, CardNumber, ChipIdentifier, ResetInformation};
use kaguan_domain::pin::{PoorPin, judge_new_pin};
use kaguan_domain::social_security_number::derive;
use proptest::prelude::*;

#[test]
fn art_35_1_liang_dashan_is_found_by_his_old_number_and_in_every_spelling() {
    clause!(R35.1);
    let found = |text| SocialSecurityNumber::looked_for(text).map(|n| n.as_str().to_owned());
    for text in [
        "44010319620927009X",
        "44010319620927009x",
        " 440103 19620927 009x ",
        "440103-19620927-009X",
        "４４０１０３１９６２０９２７００９Ｘ",
        "440103620927009",
        "４４０１０３６２０９２７００９",
        "\u{202D}44010319620927009X\u{202C}",
    ] {
        assert_eq!(found(text).as_deref(), Ok("44010319620927009X"), "{text}");
    }
    assert_eq!(found("hkg000000h12345678").as_deref(), Ok("HKG000000H12345678"));
    assert!(found("440103621327009").is_err(), "there is no month 13");
    assert!(SocialSecurityNumber::parse("440103620927009").is_err(), "what is stored is read strictly");
}

#[test]
fn the_reason_against_a_number_is_the_true_one() {
    let why = |text| SocialSecurityNumber::parse(text).unwrap_err().why;
    assert!(why("44010319620927009Ⅹ").contains("U+2169"));
    assert!(why("4401031962092700").contains("实为16位"));
}

fn doc(kind: DocumentKind, number: &str) -> Document {
    Document::new(kind, number, date(9999, 12, 31)).unwrap()
}

#[test]
fn art_35_1_each_kind_of_document_has_its_rule() {
    clause!(R35.1);
    clause!(R5.5);
    let n = |kind, number, nationality| derive(&doc(kind, number), nationality, 0).unwrap();
    let permit = n(DocumentKind::HmtResidencePermit, "810000199408230021", "HKG");
    assert_eq!(permit.kind(), NumberKind::HmtResidencePermit);
    assert_eq!(permit.birth_date(), Some(date(1994, 8, 23)));
    assert_eq!(n(DocumentKind::Passport, "G01234556", "DEU").as_str(), "DEU000000G01234556");
    assert_eq!(
        n(DocumentKind::ForeignPermanentResident, "DEU324578912056", "DEU").as_str(),
        "DEU000324578912056"
    );
    assert_eq!(
        n(DocumentKind::MainlandTravelPermitHkMo, "H1234567801", "HKG").as_str(),
        "HKG000000H12345678"
    );
    assert_eq!(n(DocumentKind::MainlandTravelPermitTw, "12345678", "TWN").as_str(), "TWN000000012345678");
    let pr = n(DocumentKind::ForeignPermanentResident, "911398199012310021", "KAZ");
    assert_eq!((pr.kind(), pr.birth_date()), (NumberKind::PermanentResident, Some(date(1990, 12, 31))));
    let clash = derive(&doc(DocumentKind::Passport, "G01234556"), "DEU", 1).unwrap();
    assert_eq!(clash.as_str(), "DEU100000G01234556");
}

#[test]
fn a_wrong_number_is_refused_and_never_repeated() {
    for bad in ["810000199408230022", "44010619900230001X", "4401061990", "abc", "44010619900101001x"] {
        let e = SocialSecurityNumber::parse(bad).unwrap_err();
        assert!(!e.to_string().contains(bad));
    }
    let n = SocialSecurityNumber::parse("810000199408230021").unwrap();
    assert_eq!(format!("{n:?}"), "810***********0021");
}

proptest! {
    #[test]
    fn art_35_1_every_single_digit_error_is_caught(seq in 0u32..1000, at in 0usize..17, add in 1u8..10) {
        clause!(R35.1);
        let body = format!("44010619900101{seq:03}");
        let check = check_character(body.as_bytes()).unwrap() as char;
        let good = format!("{body}{check}");
        prop_assert!(SocialSecurityNumber::parse(&good).is_ok());
        let mut bad = good.into_bytes();
        bad[at] = b'0' + (bad[at] - b'0' + add) % 10;
        prop_assert!(SocialSecurityNumber::parse(std::str::from_utf8(&bad).unwrap()).is_err());
    }

    #[test]
    fn reading_never_panics(s in "\\PC{0,24}") {
        let _ = SocialSecurityNumber::parse(&s);
    }
}

#[test]
fn art_35_1_whatever_number_somebody_shows_is_looked_up() {
    clause!(R35.1);
    let read = |text| LookedUp::read(text).map(|l| (l.claims.len(), l.traces.len()));
    assert_eq!(read("44010319620927009x").unwrap(), (2, 0));
    assert_eq!(read("440103620927009").unwrap(), (2, 0), "fifteen digits");
    assert_eq!(read("DEU000000C01X00T47").unwrap(), (1, 0));
    assert_eq!(read("c01x 00t47").unwrap(), (0, 1));
    assert_eq!(read("H1234567801").unwrap(), (0, 2), "with its renewal count");
    assert_eq!(read("1234567801").unwrap(), (0, 2));
    assert_eq!(read("KAZ110090123105").unwrap(), (0, 1));
    for bad in ["", "张三", "440103621327009", "44010319620927009Y", "1234", "ABCDEF"] {
        assert!(read(bad).is_err(), "{bad}");
    }
}
#[test]
fn a_name_with_the_birth_date_finds_whoever_has_both() {
    let alike = |text| LookedUp::anything(text).map(|l| (l.claims.len(), l.traces));
    let name = |text| HolderName::parse(text).unwrap();
    let born = date(1990, 1, 2);
    for typed in
        ["张三 1990-01-02", "张三19900102", "张三　1990年1月2日", " 张三 1990/1/2", "张三　１９９００１０２"]
    {
        assert_eq!(alike(typed).unwrap(), (0, vec![Trace::likeness(&name("张三"), born)]), "{typed}");
    }
    let latin = Trace::likeness(&name("JOHN SMITH"), born);
    assert_eq!(alike("JOHN SMITH 19900102").unwrap(), (0, vec![latin]));
    // The number of a passport stays one, and half of it finds nobody.
    assert_eq!(alike("G19900102").unwrap().1, vec![Trace::document_number("G19900102")]);
    for bad in ["张三", "张三 1990", "张三 19901301", "张三 02"] {
        assert!(LookedUp::anything(bad).is_err(), "{bad}");
    }
}

#[test]
fn art_5_6_a_card_number_carries_its_check_character() {
    clause!(R5.6);
    assert_eq!(CardNumber::parse("D2143569X").unwrap().masked(), "D*****69X");
    assert!(CardNumber::parse("D21435690").is_err());
    let n = CardNumber::allocate('A', 1).unwrap();
    assert_eq!(CardNumber::parse(n.as_str()).unwrap(), n);
    assert_ne!(CardNumber::allocate('A', 2).unwrap(), n);
    assert!(CardNumber::allocate('A', 10_000_000).is_none());
    assert!(CardNumber::allocate('a', 1).is_none());
}

#[test]
fn a_bank_card_number_carries_its_luhn_digit() {
    let n = BankCardNumber::parse("6228480402564890018").unwrap();
    assert_eq!(format!("{n:?}"), "***************0018");
    assert!(BankCardNumber::parse("6228480402564890019").is_err());
    assert_eq!(BankCardNumber::with_check("622848040256489001").unwrap(), n);
}

#[test]
fn chip_numbers_are_hexadecimal() {
    assert!(ChipIdentifier::parse("639900D15600000500BF7C7A48FB4966").is_ok());
    assert!(ChipIdentifier::parse("sbm4567890sbm4567890sbm456789011").is_err());
    assert!(ResetInformation::parse("00814E43238697159900BF7C7A").is_ok());
}

#[test]
fn art_18_a_simple_pin_is_refused_by_the_rule_that_it_breaks_and_no_refusal_repeats_it() {
    clause!(R18.1);
    let number = "440106199003074512";
    let poor = |pin: &str| judge_new_pin(pin, number).err();
    for (pin, why) in [
        ("38527", PoorPin::NotSixDigits),
        ("3852741", PoorPin::NotSixDigits),
        ("38527A", PoorPin::NotSixDigits),
        ("123456", PoorPin::Initial),
        ("777777", PoorPin::OneDigit),
        ("234567", PoorPin::Run),
        ("876543", PoorPin::Run),
        ("900307", PoorPin::Birthday),
        ("030790", PoorPin::Birthday),
        ("070390", PoorPin::Birthday),
        ("199003", PoorPin::Birthday),
        ("074512", PoorPin::OfTheNumber),
        ("440106", PoorPin::OfTheNumber),
    ] {
        assert_eq!(poor(pin), Some(why), "{pin}");
        assert!(PoorPin::ALL.contains(&why) && !why.words().contains(pin));
    }
    assert_eq!(poor("385274"), None);
    // Where the number is not known, the rest holds.
    assert_eq!(judge_new_pin("900307", ""), Ok(()));
    assert_eq!(judge_new_pin("999999", ""), Err(PoorPin::OneDigit));
}
