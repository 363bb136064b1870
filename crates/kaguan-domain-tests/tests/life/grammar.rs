//! What may stand in a name, a number and an item of a form (Articles 5, 10, 34 and 35), at its very edges.

use crate::person::{Scene, TODAY, draft};
use jiff::civil::date;
use kaguan_domain::application::form::{Circumstances, Door, Judgement, judge, photo_of, required};
use kaguan_domain::calendar::{WorkingCalendar, add_months_clamped};
use kaguan_domain::characters::{invisible, is_late};
use kaguan_domain::clause;
use kaguan_domain::codes::{self, Choices};
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::form::{Field, FormDraft};
use kaguan_domain::facts::name::{HolderName, fold, names_agree};
use kaguan_domain::facts::social_security_number::{SocialSecurityNumber, check_character};
use kaguan_domain::ids::BankCardNumber;

fn why(name: &str) -> String {
    HolderName::parse(name).unwrap_err().to_string()
}

fn reads(name: &str) -> bool {
    HolderName::parse(name).is_ok()
}

#[test]
fn art_5_3_a_sign_stands_where_names_have_it_and_the_refusal_says_where_it_does_not() {
    clause!(R5.3);
    for (name, says) in [
        ("·买买提", "开头"),
        ("买买提·", "末尾"),
        ("JOHN-", "末尾"),
        ("JOHN/", "末尾"),
        ("TAN@", "末尾"),
        ("@JOHN", "开头"),
        (".JOHN", "开头"),
        ("JOHN(·SMITH)", "两个字之间"),
        ("JOHN·(SMITH)", "两个字之间"),
        ("'王伟", "是电子表格"),
        ("张@SAN", "间隔号"),
        ("SAN@张", "间隔号"),
        ("JOHN) SMITH", "不成对"),
        ("JOHN (A) B) SMITH", "不成对"),
        ("JOHN (A (B) SMITH", "不成对"),
    ] {
        assert!(why(name).contains(says), "{name}: {}", why(name));
    }
    assert!(!why("张三=").contains("机读区"), "a sign is no foreign letter");
    for name in ["JOHN (SMITH)", "JOHN (A) (B)", "'T HOOFT", "MOHAN A/L KRISHNAN"] {
        assert!(reads(name), "{name}");
    }
    assert!(reads(&"张".repeat(25)) && !reads(&"张".repeat(26)), "fifty bytes");
    assert_eq!((fold("李.A"), fold("A.李"), fold("J.R")), ("李·A".into(), "A·李".into(), "J.R".into()));
    assert_eq!(HolderName::parse("[CHUI][LV]").unwrap().masked(), "[CHUI]*");
}

#[test]
fn art_34_1_a_bracket_opens_for_a_character_of_any_age_and_is_none_without_its_pinyin() {
    clause!(R34.1);
    for said in ["张\u{E000}", "张\u{2E80}", "张䄲"] {
        assert!(names_agree("张[CHUI]", said), "{said}");
    }
    for none in ["张[]", "张[1]", "张[A1]"] {
        assert!(!names_agree(none, "张䄲"), "{none}");
    }
    assert!(is_late('䄲') && is_late('䶮') && !is_late('张') && !is_late('A'));
}

#[test]
fn art_5_3_every_character_that_nobody_sees_has_a_name() {
    clause!(R5.3);
    for (c, name) in [
        (0x09, "制表符"),
        (0x0A, "换行符"),
        (0x0D, "回车符"),
        (0x00, "控制字符"),
        (0x7F, "控制字符"),
        (0xAD, "软连字符"),
        (0x34F, "连接符"),
        (0x61C, "阿拉伯"),
        (0x115F, "谚文"),
        (0x17B4, "高棉"),
        (0x180B, "蒙古"),
        (0x200B, "零宽空格"),
        (0x200C, "零宽不连字"),
        (0x200D, "零宽连字"),
        (0x200E, "从左至右标记"),
        (0x200F, "从右至左标记"),
        (0x2028, "行分隔符"),
        (0x2029, "段落分隔符"),
        (0x202A, "从左至右嵌入"),
        (0x202B, "从右至左嵌入"),
        (0x202C, "结束符"),
        (0x202D, "从左至右强制"),
        (0x202E, "从右至左强制"),
        (0x2060, "词连接符"),
        (0x2061, "运算符"),
        (0x2066, "隔离"),
        (0x206A, "停用"),
        (0x2800, "盲文"),
        (0xFE00, "变体"),
        (0xE0100, "变体"),
        (0xFEFF, "不换行"),
        (0xFFF9, "行间"),
        (0xFFFC, "对象"),
        (0xFFFD, "替换"),
        (0x13430, "格式控制"),
        (0x1D173, "乐谱"),
        (0xE0001, "标签"),
        (0xFDD0, "非字符"),
        (0xFFFF, "非字符"),
        (0x1FFFE, "非字符"),
    ] {
        let told = invisible(char::from_u32(c).unwrap());
        assert!(told.is_some_and(|told| told.contains(name)), "U+{c:04X}: {told:?}");
    }
    assert_eq!((invisible('张'), invisible(' '), invisible('\u{FDCF}')), (None, None, None));
}

/// Zhang San's form with some items written otherwise, at the counter.
fn with(change: impl FnOnce(&mut FormDraft)) -> Judgement {
    through(Door::Personal, change)
}

fn through(door: Door, change: impl FnOnce(&mut FormDraft)) -> Judgement {
    let mut written = draft();
    change(&mut written);
    judge(&written, &Circumstances::new(TODAY, door))
}

fn codes_of(judged: &Judgement) -> Vec<&'static str> {
    judged.defects.iter().map(|d| d.code).collect()
}

/// A number of a citizen, with its check character.
fn citizen(body: &str) -> String {
    format!("{body}{}", check_character(body.as_bytes()).unwrap() as char)
}

#[test]
fn art_10_1_what_a_counter_asks_for_is_not_asked_again_of_who_is_on_file() {
    clause!(R10.1);
    assert!(required(Field::Name, Door::OnFile) && required(Field::PostalAddress, Door::OnFile));
    assert!(!required(Field::IssuingAuthority, Door::OnFile) && !required(Field::Mobile, Door::OnFile));
    assert!(
        required(Field::IssuingAuthority, Door::Personal) && !required(Field::IssuingAuthority, Door::Batch)
    );
}

#[test]
fn art_10_1_an_item_is_refused_for_what_is_wrong_with_it_and_for_nothing_else() {
    clause!(R10.1);
    let wrong = |change: &dyn Fn(&mut FormDraft)| codes_of(&with(|d| change(d)));
    assert!(wrong(&|_| {}).is_empty());
    for text in ["=1", "+1", "@1", "-1", "-12"] {
        assert_eq!(wrong(&|d| d.employer_name = text.into()), ["formula"], "{text}");
    }
    assert!(wrong(&|d| d.employer_name = "-".into()).is_empty(), "nothing to write");
    for code in ["51000A", "5100"] {
        assert_eq!(wrong(&|d| d.postcode = code.into()), ["unknown_code"], "{code}");
        assert_eq!(wrong(&|d| d.household_division = code.into()), ["unknown_code"], "{code}");
    }
    for number in ["4401", "4401-1", "44991", "11010001"] {
        assert_eq!(wrong(&|d| d.form_no = number.into()), ["bad_form_number"], "{number}");
    }
    for email in ["a@b", "a@.b.cn", "a@b.cn.", "张@b.cn", "ab.cn"] {
        assert_eq!(wrong(&|d| d.email = email.into()), ["bad_email"], "{email}");
    }
    for phone in ["123456", "1234567890123456789", "7位电话"] {
        assert!(!wrong(&|d| d.phone = phone.into()).is_empty(), "{phone}");
    }
    for mobile in ["23900000000", "1390000000", "139000000000", "020-38888888"] {
        assert_eq!(wrong(&|d| d.mobile = mobile.into()), ["bad_phone"], "{mobile}");
    }
    assert!(wrong(&|d| d.phone = "020-38888888".into()).is_empty(), "a landline is no mobile number");
    let judged = with(|d| d.email = "Zhang-San@example.cn".into());
    assert_eq!(judged.form.unwrap().optional(Field::Email), "Zhang-San@example.cn");
}

#[test]
fn art_10_4_days_are_judged_to_the_day() {
    clause!(R10.4);
    let wrong = |change: &dyn Fn(&mut FormDraft)| codes_of(&with(|d| change(d)));
    let from = |day: &str| wrong(&|d| d.document_valid_from = day.into());
    assert!(from("20261123").is_empty(), "issued today");
    assert_eq!(from("20261124"), ["impossible_valid_from"]);
    assert_eq!(from("19891231"), ["impossible_valid_from"], "before its holder was born");
    assert!(from("19900101").is_empty(), "on the day of birth");
    let today_only = |d: &mut FormDraft| {
        d.document_valid_from = "20261123".into();
        d.document_valid_until = "20261123".into();
    };
    assert_eq!(wrong(&today_only), ["impossible_valid_from"]);
    assert!(wrong(&|d| d.document_valid_until = "20261123".into()).is_empty(), "its last day");
    assert_eq!(wrong(&|d| d.document_valid_until = "20261122".into()), ["document_expired"]);
    // A passport says nothing of its holder's birth.
    let born = |day: &str| {
        with(|d| {
            d.document_kind = "7".into();
            d.nationality = "DEU".into();
            d.name = "JOHN SMITH".into();
            d.document_number = "C01X00T47".into();
            d.document_valid_from = "20260101".into();
            d.birth_date = day.into();
        })
    };
    let told = |day: &str| born(day).defects.iter().map(|d| d.message.clone()).collect::<Vec<_>>().join("；");
    assert_eq!(codes_of(&born("20261124")), ["impossible_birth_date"]);
    assert!(told("20261124").contains("晚于今天"));
    assert_eq!(codes_of(&born("18961122")), ["impossible_birth_date"]);
    assert!(told("18961122").contains("130年"));
    assert!(codes_of(&born("18961123")).is_empty(), "130 years old today");
    assert!(!codes_of(&born("20261123")).contains(&"impossible_birth_date"), "born today");
    for day in ["990101", "2026111", "2026111x"] {
        assert_eq!(codes_of(&born(day)), ["bad_date"], "{day}");
    }
}

#[test]
fn art_35_1_a_clerk_hears_how_a_number_was_written_and_nothing_that_is_not_so() {
    clause!(R35.1);
    let said = |change: &dyn Fn(&mut FormDraft)| {
        let judged = with(|d| change(d));
        let respelled = judged.warnings.iter().filter(|d| d.code == "respelled");
        respelled.map(|d| d.message.clone()).collect::<Vec<_>>().join("；")
    };
    let hyphens = said(&|d| d.document_number = "440106-19900101-0013".into());
    assert!(
        hyphens.contains("连字符") && !hyphens.contains("全角") && !hyphens.contains("小写"),
        "{hyphens}"
    );
    let wide = said(&|d| d.email = "ａ@b.cn".into());
    assert!(wide.contains("全角") && !wide.contains("小写") && !wide.contains("连字符"), "{wide}");
    assert_eq!(said(&|d| d.phone = "020-38888888".into()), "", "written as it is kept");
    // Article 35 is about numbers: what is written otherwise elsewhere is told by what asks for the item.
    assert!(hyphens.contains("第35条") && !wide.contains("第35条"), "{hyphens} {wide}");
    for told in [
        said(&|d| d.document_valid_until = "2036年6月30日".into()),
        said(&|d| d.birth_date = "1990-01-01".into()),
    ] {
        assert!(told.contains("已换成八位数字") && !told.contains("第35条"), "{told}");
    }
    let unusual = |body: &str, kind: &str, nationality: &str| {
        let judged = with(|d| {
            d.document_number = citizen(body);
            d.document_kind = kind.into();
            d.nationality = nationality.into();
        });
        assert_eq!(codes_of(&judged), Vec::<&str>::new());
        judged.warnings.iter().any(|w| w.code == "unusual_prefix")
    };
    assert!(unusual("70010119900101001", "1", "CHN") && !unusual("44010619900101001", "1", "CHN"));
}

#[test]
fn art_8_2_a_row_names_a_guardian_until_the_sixteenth_birthday() {
    clause!(R8.2);
    let row = |birth: &str| {
        let judged = through(Door::Batch, |d| {
            d.birth_date = birth.into();
            d.document_number = citizen(&format!("440106{birth}001"));
        });
        codes_of(&judged)
    };
    assert!(!row("20101123").contains(&"no_guardian"), "sixteen today");
    assert!(row("20101124").contains(&"no_guardian"), "sixteen tomorrow");
}

#[test]
fn appendix_6_2_a_row_says_whose_photo_it_has() {
    clause!(X6.2);
    let (number, name, birth) = photo_of(&draft().folded()).unwrap();
    assert_eq!(number.as_str(), "440106199001010013");
    assert_eq!((name.display(), birth), ("张三", Some(date(1990, 1, 1))));
    assert_eq!(photo_of(&FormDraft::default()), None);
}

#[test]
fn appendix_6_1_a_column_is_known_by_its_title_and_folded_as_its_kind_is_written() {
    clause!(X6.1);
    assert_eq!(Field::of_title("＊姓名 "), None, "the asterisk stands behind");
    assert_eq!(Field::of_title("姓名*"), Some(Field::Name));
    assert_eq!(Field::of_title("服务银行"), Some(Field::Bank));
    assert_eq!(Field::of_title("别的"), None);
    assert_eq!(Field::Mobile.folded("139-0000 0000"), "13900000000");
    assert_eq!(Field::Phone.folded("020 3888—8888"), "0203888-8888");
    assert_eq!(Field::Email.folded("a b-c@d.cn"), "a b-c@d.cn");
}

#[test]
fn art_5_4_a_form_says_how_its_holder_is_reached_and_when_a_photo_is_due() {
    clause!(R5.4);
    let scene = Scene::with_card();
    let mut form = scene.file.person.as_ref().unwrap().details.clone();
    form.birth_date = date(2019, 11, 24);
    assert_eq!(form.seventh_birthday(), date(2026, 11, 24));
    assert!(!form.photo_required(TODAY) && form.photo_required(date(2026, 11, 24)));
    form.phone = "020-38888888".into();
    assert_eq!(form.reached_at(), "13900000000");
    form.mobile = None;
    assert_eq!(form.reached_at(), "020-38888888");
    form.optional = vec![(Field::Postcode, "510000".into()), (Field::Email, "a@b.cn".into())];
    assert_eq!((form.optional(Field::Email), form.optional(Field::Education)), ("a@b.cn", ""));
}

#[test]
fn art_35_1_a_number_is_of_a_day_that_was_and_of_the_kind_that_it_begins_with() {
    clause!(R35.1);
    use kaguan_domain::facts::social_security_number::NumberKind as K;
    let parse = |text: &str| SocialSecurityNumber::parse(text);
    let of = |body: &str| parse(&citizen(body)).unwrap();
    assert!(parse(&citizen("44010618491231001")).is_err() && parse(&citizen("44010618500101001")).is_ok());
    assert!(parse("44010619900101001x").unwrap_err().why != parse("44010619900101001X").unwrap_err().why);
    assert_eq!(of("44010619900101001").kind(), K::Citizen);
    assert_eq!(of("91010619900101001").kind(), K::PermanentResident);
    assert_eq!((of("44010619900101001").sex(), of("44010619900101002").sex()), (Some("1"), Some("2")));
    let foreign = parse("DEU000000C01X00T47").unwrap();
    assert_eq!((foreign.kind(), foreign.birth_date(), foreign.sex()), (K::Foreigner, None, None));
    let pass = parse("HKG0000000H1234567").unwrap();
    assert_eq!((pass.kind(), pass.birth_date()), (K::HmtPass, None));
    for bad in ["DE0000000C01X00T47", "DEUX00000C01X00T47", "DEU000000c01X00T47"] {
        assert!(parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn art_16_1_a_bank_card_number_has_sixteen_to_nineteen_digits_and_its_check() {
    clause!(R5.6);
    assert_eq!(BankCardNumber::with_check("622848040256489001").unwrap().as_str(), "6228480402564890018");
    for bad in ["622848040256489", "62284804025648900181", "622848040256489001x", "6228480402564890019"] {
        assert!(BankCardNumber::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn tables_are_read_with_their_quotation_marks_and_offered_in_their_order() {
    assert!(codes::choices(Choices::Education).len() > 5);
    for table in [Choices::Education, Choices::PersonIdentity, Choices::Occupation] {
        let rows = codes::choices(table);
        assert!(rows.iter().all(|(code, name)| !code.is_empty() && !name.is_empty()));
        assert_ne!(rows[0], rows[1]);
    }
    let (code, name) = codes::choices(Choices::Occupation)[0].clone();
    assert_eq!(codes::occupation(&code), name);
    assert_eq!(codes::occupation("x"), "x");
    assert_eq!(codes::division("440106").unwrap().parent_name(), "广州市");
}

#[test]
fn art_7_1_days_are_counted_in_guangdong() {
    clause!(R7.1);
    let calendar = WorkingCalendar::compiled();
    assert!(calendar.said_of(date(2026, 1, 1)).is_some() && calendar.said_of(TODAY).is_none());
    let due = |start, days, inclusive| calendar.due_after(start, days, inclusive);
    assert_eq!(due(TODAY, 1, true).last_day, TODAY);
    assert_eq!(due(TODAY, 0, true).last_day, TODAY);
    assert!(!due(TODAY, 5, true).provisional && due(date(2030, 1, 1), 1, true).provisional);
    assert_eq!(add_months_clamped(date(9999, 12, 1), 12), jiff::civil::Date::MAX);
    assert_eq!(add_months_clamped(date(-9999, 1, 1), -12), jiff::civil::Date::MIN);
    let at = |h: i64, m: i64, s: i64| {
        let start = Instant::at_start_of(TODAY).0;
        Instant(start + ((h * 60 + m) * 60 + s) * 1_000_000).local()
    };
    assert_eq!(at(18, 58, 26), "2026-11-23 18:58:26");
    assert_eq!(at(0, 0, 0), "2026-11-23 00:00:00");
    assert_eq!(at(23, 59, 59), "2026-11-23 23:59:59");
}

#[test]
fn art_9_3_a_form_with_defects_is_read_as_far_as_it_says_who_somebody_is() {
    clause!(R9.3);
    let row = through(Door::Batch, |d| {
        d.phone = "12".into();
        d.bank = "00000".into();
        d.document_valid_until = String::new();
    });
    assert!(row.form.is_none());
    let read = row.legible.unwrap();
    assert_eq!((read.phone.as_str(), read.bank.0.as_str(), read.name.display()), ("", "", "张三"));
    for who in [
        through(Door::Batch, |d| d.name = "张3".into()),
        through(Door::Batch, |d| d.document_number = "1".into()),
        through(Door::Batch, |d| d.birth_date = "19000101".into()),
    ] {
        assert!(who.form.is_none() && who.legible.is_none(), "nobody knows whose it is");
    }
    let good = through(Door::Batch, |_| ());
    assert!(good.form.is_some() && good.legible.is_none());
}

#[test]
fn art_10_1_a_postcode_is_no_code_of_a_table() {
    clause!(R10.1);
    let told = with(|d| {
        d.postcode = "12".into();
        d.household_division = "4401".into();
    });
    assert!(told.defects.iter().all(|d| d.message.contains("应为6位数字") && !d.message.contains("代码表")));
    assert_eq!(told.defects.len(), 2);
}
