//! What is written on forms and said by partners: names, numbers, and characters that nobody sees (Articles 5, 10 and 34).

use super::person::{OLD, Scene, TODAY, draft};
use kaguan_domain::account_opening::Extracted;
use kaguan_domain::application::form::{Circumstances, Door, Judgement, judge};
use kaguan_domain::characters;
use kaguan_domain::clause;
use kaguan_domain::ctx::Channel;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::card::Hold;
use kaguan_domain::facts::failure::SentField;
use kaguan_domain::facts::form::{Field, FormDraft};
use kaguan_domain::facts::name::HolderName;
use kaguan_domain::ids::BankCode;
use kaguan_domain::loss::{OnlineIdentity, ReportTemporary};
use kaguan_domain::refusal::Reason;
use proptest::prelude::*;

fn judged(draft: &FormDraft) -> Judgement {
    judge(draft, &Circumstances::new(TODAY, Door::Personal))
}

/// A form with another text in one column.
fn with(field: Field, text: &str) -> FormDraft {
    let mut d = full();
    d.set(field, text);
    d
}

/// A form with every column filled in.
fn full() -> FormDraft {
    FormDraft {
        person_status: "1".into(),
        household_kind: "51".into(),
        household_address: "广州市越秀区".into(),
        mobile: "13900000000".into(),
        postcode: "510000".into(),
        email: "zhang@example.com".into(),
        household_division: "440106".into(),
        employer_no: "E001".into(),
        employer_name: "样例公司".into(),
        guardian_document_kind: "1".into(),
        guardian_document_number: "440103198505050197".into(),
        guardian_name: "李伟".into(),
        photo_receipt: "R200000".into(),
        collection_point: "44010395566001".into(),
        ..draft()
    }
}

fn foreigner(number: &str, name: &str) -> FormDraft {
    FormDraft {
        nationality: "RUS".into(),
        document_kind: "7".into(),
        document_number: number.into(),
        name: name.into(),
        ethnicity: "99".into(),
        ..draft()
    }
}

/// The columns that an applicant fills in.
fn columns() -> impl Iterator<Item = Field> {
    Field::TITLE_ROW.into_iter().filter(|f| *f != Field::SerialNumber)
}

#[test]
fn art_10_1_what_nobody_sees_is_refused_by_name_in_every_column() {
    clause!(R10.1);
    assert!(judged(&full()).form.is_some(), "{:?}", judged(&full()).defects);
    for field in columns() {
        for (c, named) in [
            ('\u{200B}', "零宽空格（U+200B）"),
            ('\u{202E}', "从右至左强制符（U+202E）"),
            ('\u{2028}', "行分隔符（U+2028）"),
            ('\u{FEFF}', "U+FEFF"),
            ('\u{85}', "控制字符（U+0085）"),
        ] {
            let was = full().get(field).to_owned();
            for text in [format!("{was}{c}"), format!("{c}{was}"), c.to_string()] {
                let all = judged(&with(field, &text)).defects;
                let of_it: Vec<_> = all.iter().filter(|d| d.field == field).collect();
                assert_eq!(of_it.len(), 1, "nothing else is said of {field:?}: {of_it:?}");
                assert_eq!(of_it[0].code, "invisible_character");
                assert!(of_it[0].message.contains(named) && of_it[0].message.contains("《经办规程》"));
            }
        }
    }
    let address = with(Field::PostalAddress, "广州市\u{202E}天河区\u{200B}某路\u{2028}1号");
    let told = &judged(&address).defects[0].message;
    assert!(told.contains("U+202E") && told.contains("U+200B") && told.contains("U+2028"), "{told}");
}

#[test]
fn art_10_1_a_column_of_blanks_is_empty_and_blanks_at_the_ends_are_nothing() {
    clause!(R10.1);
    let blank = judged(&with(Field::EmployerName, " \u{A0}\u{3000}\t")).form.unwrap();
    assert_eq!(blank.employer_name, None);
    let missing = judged(&with(Field::Name, "\u{3000}")).defects;
    assert_eq!((missing[0].field, missing[0].code), (Field::Name, "missing"));
    let around = judged(&with(Field::DocumentNumber, "\u{A0}440106199001010013\u{3000}"));
    assert_eq!(around.form.unwrap().document.number(), "440106199001010013");
    assert_eq!(around.warnings, []);
}

#[test]
fn art_35_1_a_number_is_kept_in_one_spelling_and_the_clerk_is_told() {
    clause!(R35.1);
    for (written, kept) in
        [("75 1234567", "751234567"), ("c01x00t47", "C01X00T47"), ("P1234567-A", "P1234567A")]
    {
        let j = judged(&foreigner(written, "IVAN PETROV"));
        let form = j.form.unwrap();
        assert_eq!(form.document.number(), kept);
        assert_eq!(form.ssn.as_str(), format!("RUS0{kept:0>14}"));
        assert!(j.warnings.iter().any(|w| w.field == Field::DocumentNumber && w.code == "respelled"));
    }
    let wide = judged(&with(Field::DocumentNumber, "４４０１０６１９９００１０１００１３"));
    assert_eq!(wide.form.unwrap().ssn.as_str(), "440106199001010013");
    assert!(wide.warnings.iter().any(|w| w.message.contains("全角")));
    let guardian =
        judged(&with(Field::GuardianDocumentNumber, "11010519491231002ｘ")).form.unwrap().guardian.unwrap();
    assert_eq!(guardian.document_number, "11010519491231002X");
}

#[test]
fn art_8_5_the_reason_against_a_column_is_the_true_one() {
    clause!(R8.5);
    let told = |field, text: &str| {
        let all = judged(&with(field, text)).defects;
        all.iter().filter(|d| d.field == field).map(|d| d.message.clone()).collect::<Vec<_>>().join("\n")
    };
    for (text, why) in [
        ("44010619900101001Ⅹ", "U+2169"),
        ("四四010619900101001X", "“四”（U+56DB）"),
        ("'440106199001010013", "撇号"),
        ("4401061990010100130", "有19个字符，最多18个"),
        ("44010619900101001", "实为17位"),
    ] {
        let said = told(Field::DocumentNumber, text);
        assert!(said.contains(why) && !said.contains("超过18字节"), "{text}: {said}");
    }
    assert_eq!(
        told(Field::Mobile, "１３９　００００－００００"),
        "",
        "half width, without blanks: {}",
        told(Field::Mobile, "１３９００００００００")
    );
    let long = told(Field::EmployerName, &"样".repeat(51));
    assert!(long.contains("最多50个汉字（字母、数字两个算一个），现多出1个"), "{long}");
    assert!(long.contains("附件6") && !long.contains("字节"), "{long}");
    // What has no Chinese characters is not counted in them, and half a one is not said to be one.
    let digits = told(Field::EmployerNo, &"1".repeat(Field::EmployerNo.max_gb18030_bytes() + 1));
    let most =
        format!("最多{}个字母、数字（汉字一个算两个），现多出1个", Field::EmployerNo.max_gb18030_bytes());
    assert!(digits.contains(&most), "{digits}");
    for (more, says) in [("A", "现多出半个，即一个字母或数字"), ("样A", "现多出1个半"), ("AA", "现多出1个")]
    {
        let long = told(Field::EmployerName, &("样".repeat(50) + more));
        assert!(long.contains(&format!("最多50个汉字（字母、数字两个算一个），{says}。")), "{long}");
    }
    assert!(told(Field::PostalAddress, "'广州市").contains("撇号"));
    assert!(told(Field::PostalAddress, "广州市,天河区").contains("半角逗号"));
    assert_eq!(told(Field::PostalAddress, "广州市，天河区"), "", "the full-width comma may stand");
}

#[test]
fn art_5_3_zhang_san_of_the_mainland_is_not_named_in_letters_nor_is_his_guardian() {
    clause!(R5.3);
    for name in ["ZHANG SAN", "张A三", "张三 SAN"] {
        let all = judged(&with(Field::Name, name)).defects;
        assert_eq!(all.iter().map(|d| (d.field, d.code)).collect::<Vec<_>>(), [(Field::Name, "bad_name")]);
        assert!(
            all[0].message.contains("居民身份证") && all[0].message.contains("第5条"),
            "{}",
            all[0].message
        );
        let guardian = judged(&with(Field::GuardianName, name)).defects;
        assert_eq!(guardian[0].field, Field::GuardianName);
    }
    assert_eq!(judged(&foreigner("751234567", "IVAN PETROV")).defects, []);
    let mut passport = with(Field::GuardianName, "ANNA SCHMIDT");
    passport.guardian_document_kind = "7".into();
    passport.guardian_document_number = "C01X00T47".into();
    assert_eq!(judged(&passport).defects, [], "her guardian has a passport");
    let folded = judged(&with(Field::Name, "\u{F9D1}小\u{E863}"));
    assert_eq!(folded.form.unwrap().name.display(), "六小䶮");
    assert!(folded.warnings.iter().any(|w| w.code == "standard_character"));
}

#[test]
fn art_34_1_the_holder_of_a_rare_name_reports_a_loss_online_with_the_character_itself() {
    clause!(R34.1);
    let loss = |name: &str, number: &str| {
        let identity =
            OnlineIdentity { number: number.into(), name: name.into(), bank: BankCode("95588".into()) };
        C::ReportTemporaryLoss(ReportTemporary {
            card: OLD,
            identity: Some(identity),
            verified: true,
            deputy: None,
        })
    };
    let online = || {
        let mut s = Scene::with_card();
        s.channel = Channel::Online;
        s.file.person.as_mut().unwrap().details.name = HolderName::parse("张[CHUI]").unwrap();
        s
    };
    for said in ["张䄲", "张[CHUI]", "张［ＣＨＵＩ］"] {
        let mut s = online();
        s.done(loss(said, "440106 19900101 0013"));
        assert_eq!(s.old().loss(), Some(Hold::TemporaryLoss));
    }
    assert_eq!(online().refused(loss("李䄲", "440106199001010013")), Reason::LossIdentityMismatch);
    assert_eq!(online().refused(loss("张䄲䄲", "440106199001010013")), Reason::LossIdentityMismatch);
    assert_eq!(online().refused(loss("张䄲", "440106199001010030")), Reason::LossIdentityMismatch);
}

#[test]
fn appendix_7_2_a_partner_that_writes_a_name_in_another_way_has_changed_nothing() {
    clause!(X7.2);
    clause!(R34.1);
    let sent = Extracted {
        form_no: "44010000001".into(),
        number: "440106199001010013".into(),
        name: "张[CHUI]·买".into(),
        document_number: "440106199001010013".into(),
        bank: "95588".into(),
        card_no: "A00000001".into(),
    };
    let back = |name: &str, number: &str| {
        sent.changed(&Extracted { name: name.into(), number: number.into(), ..sent.clone() })
    };
    for name in ["张[CHUI]·买", "张䄲·买", "张䄲•买", "张［ＣＨＵＩ］・买"] {
        assert_eq!(back(name, "４４０１０６１９９００１０１００１３"), [], "{name}");
    }
    assert_eq!(back("张䄲买", "440106199001010013"), [SentField::Name]);
    assert_eq!(back("李䄲·买", "440106199001010030"), [SentField::Number, SentField::Name]);
}

/// What stands in a column of a real file, and what somebody may paste into it.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9A-Za-z]{0,20}",
        "[张三李四广州路号·.\u{200B}\u{202E}\u{2028}\u{FEFF}\u{FE0F}\u{E0101}\u{AD}\u{3164}\u{85} \u{3000}]{0,8}",
        "\\PC{0,12}",
        proptest::collection::vec(any::<char>(), 0..6).prop_map(|c| c.into_iter().collect()),
    ]
}

proptest! {
    /// So none reaches a bank: what goes out is made of the typed form.
    #[test]
    fn art_10_1_no_invisible_character_ever_gets_through(which in 0usize..28, text in cell(), after in cell()) {
        clause!(R10.1);
        let field = columns().nth(which).unwrap();
        let was = full().get(field).to_owned();
        for text in [text.clone(), format!("{was}{text}"), format!("{text}{was}{after}")] {
            let d = with(field, &text);
            if let Some(form) = judged(&d).form {
                let json = serde_json::to_string(&form).unwrap();
                prop_assert_eq!(characters::invisible_in(&json), "");
                let again = form.draft();
                prop_assert_eq!(&again.folded(), &again);
                prop_assert_eq!(judged(&again).form, Some(form));
            }
        }
    }

    #[test]
    fn folding_a_form_twice_changes_nothing(which in 0usize..28, text in cell()) {
        let once = with(columns().nth(which).unwrap(), &text).folded();
        prop_assert_eq!(once.folded(), once);
    }
}

#[test]
fn art_39_1_a_reason_that_nobody_can_read_is_none() {
    clause!(R39.1);
    let mut s = Scene::with_card();
    for (nothing, told) in [("\u{200B}", false), ("　\u{2060}", false), (" ", false), ("核对资料", true)]
    {
        let look = C::Look(kaguan_domain::records::Look { reason: nothing.into(), material: None });
        assert_eq!(s.as_officer(1).may(&look), told, "{nothing:?}");
        let case = kaguan_domain::ids::CaseId(9);
        let propose = C::ProposeRestriction(crate::stated::restriction(OLD, case, nothing));
        assert_eq!(s.as_officer(3).may(&propose), told, "{nothing:?}");
    }
}
