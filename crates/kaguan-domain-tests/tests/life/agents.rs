//! How agents, consents and what clerks write of them are read (Articles 5, 8, 10 and 14): nothing that nobody sees is taken for a
//! statement, and a number is one however it is typed.

use super::applying::{self, child, codes, counter, draft, guardian, number, refused};
use super::hand::to_collector;
use super::person::{Scene, TODAY, relative};
use kaguan_domain::application::form::{Circumstances, Door, judge};
use kaguan_domain::application::{AgentDraft, FilledIn};
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::{Agent, AgentGround, AgentRelation, Consent};
use kaguan_domain::facts::counter::Deputy;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::{Field, FormDraft};
use kaguan_domain::holder::ChangeContacts;
use kaguan_domain::refusal::Reason;

/// 李强 acts for his mother 李梅, who is 76 and cannot walk.
pub fn son() -> Agent {
    Agent {
        name: "李强".into(),
        document_number: number("44010619750505001"),
        relation: AgentRelation::DirectRelative,
        ground: AgentGround::Elderly,
        ..guardian()
    }
}

/// Somebody at the counter, the copy of whose document is kept on paper.
fn filled(draft: FormDraft) -> FilledIn {
    FilledIn { presented: crate::stated::presented_by_agent(), ..applying::filled(draft) }
}

fn with(agent: Agent) -> FilledIn {
    FilledIn { agent: Some(agent.into()), ..filled(draft()) }
}

#[test]
fn art_8_2_an_agents_name_and_phone_are_as_on_his_document_and_can_be_called() {
    clause!(R8.2);
    clause!(R5.3);
    let s = counter();
    let wrong = |agent: Agent| {
        // Another thing is wrong too, so that something is always refused.
        let r = refused(&s, FilledIn { consent: None, ..with(agent) });
        codes(&r).into_iter().filter(|(f, _)| *f != Field::Consent).map(|(_, code)| code).collect::<Vec<_>>()
    };
    assert_eq!(wrong(son()), Vec::<&str>::new());
    assert_eq!(wrong(Agent { name: "李[QIANG]·买买提".into(), ..son() }), Vec::<&str>::new());
    for name in ["LI QIANG", "李强1", "李.", "李䄲"] {
        assert_eq!(wrong(Agent { name: name.into(), ..son() }), ["bad_name"], "{name}");
    }
    let passport = Agent {
        name: "LI QIANG".into(),
        document_kind: DocumentKind::Passport,
        document_number: "P1234567".into(),
        ..son()
    };
    assert_eq!(wrong(passport), Vec::<&str>::new());
    assert_eq!(wrong(Agent { phone: "１３９ ００００－０００２".into(), ..son() }), Vec::<&str>::new());
    assert_eq!(wrong(Agent { phone: "晚上打".into(), ..son() }), ["bad_phone"]);
    // A proof that nobody can read is none, and is named.
    let unseen = wrong(Agent { proof: Some("\u{200B}".into()), ..son() });
    assert_eq!(unseen, ["invisible_character", "missing"]);
}

/// What was begun of an agent makes one, and all that is missing of him is told in one round, with what is missing of the form.
#[test]
fn art_8_2_a_half_written_agent_is_refused_with_all_that_is_missing_of_him() {
    clause!(R8.2);
    clause!(R8.5);
    let s = counter();
    let begun = AgentDraft { phone: "晚上打".into(), ..AgentDraft::default() };
    let all = [
        (Field::Agent, "missing"),
        (Field::Agent, "bad_phone"),
        (Field::Agent, "not_verified"),
        (Field::AgentProof, "missing"),
    ];
    let r = refused(&s, FilledIn { agent: Some(begun.clone()), ..filled(draft()) });
    assert_eq!(codes(&r), all);
    let told = &r.defects[0].message;
    assert!(told.contains("姓名、证件类型、证件号码、与申请人关系、代办原因不能为空"), "{told}");
    assert!(told.contains("请清空代办人各项"), "{told}");
    let wrong = FormDraft { sex: "x".into(), ..draft() };
    let r = refused(&s, FilledIn { agent: Some(begun), ..filled(wrong) });
    assert_eq!((codes(&r)[0], &codes(&r)[1..]), ((Field::Sex, "unknown_code"), &all[..]));
    // A relation without the ground, and a document of no kind, leave the rest judged.
    let half = AgentDraft { ground: None, document_kind: "X".into(), ..AgentDraft::from(son()) };
    let r = refused(&s, FilledIn { agent: Some(half), ..filled(draft()) });
    assert_eq!(codes(&r), [(Field::Agent, "missing"), (Field::Agent, "unknown_code")]);
    // For a child of four somebody was named, if not whole: it is not said that nobody was.
    let half = AgentDraft { relation: None, ..AgentDraft::from(guardian()) };
    let r = refused(&s, FilledIn { agent: Some(half), photo: None, ..filled(child()) });
    assert_eq!(codes(&r), [(Field::Consent, "consent_missing"), (Field::Agent, "missing")]);
}

#[test]
fn art_8_2_the_guardian_who_acts_is_told_of_once_and_kept_on_the_form() {
    clause!(R8.2);
    let s = counter();
    let by = |number: &str| {
        let form = FormDraft {
            guardian_name: guardian().name,
            guardian_document_kind: "1".into(),
            guardian_document_number: number.into(),
            ..child()
        };
        let consent = Some(Consent { text_version: "2022".into(), by_guardian: true });
        let agent = Some(Agent { document_number: number.into(), ..guardian() }.into());
        FilledIn { agent, consent, photo: None, ..filled(form) }
    };
    let wrong = refused(&s, by("440106198505050019"));
    assert_eq!(
        codes(&wrong).iter().filter(|(_, code)| *code == "bad_document_number").count(),
        1,
        "{wrong:?}"
    );
    let right = by(&guardian().document_number).judged(Vec::new(), &s.ctx(), &s.office).unwrap();
    let kept = right.form.guardian.as_ref().map(|g| (g.name.display(), g.document_number.clone()));
    assert_eq!(kept, Some(("李父", guardian().document_number)));
}

/// The number is judged by its kind, and against the rest of the form, whatever is wrong with the day until which it is valid.
#[test]
fn art_8_5_a_number_is_judged_in_the_round_in_which_the_validity_is_missing() {
    clause!(R8.5);
    clause!(R9.3);
    for (door, until) in [(Door::Personal, ""), (Door::Personal, "20301301"), (Door::Batch, "")] {
        let told = |change: &dyn Fn(&mut FormDraft)| {
            let mut d =
                FormDraft { document_valid_until: until.into(), phone: "13900000001".into(), ..draft() };
            change(&mut d);
            let judged = judge(&d, &Circumstances::new(TODAY, door));
            judged.defects.iter().map(|d| d.field).collect::<Vec<_>>()
        };
        for wrong in ["440106195003150020", "440106500315002", "4401"] {
            let fields = told(&|d| d.document_number = wrong.into());
            assert_eq!(fields, [Field::DocumentValidUntil, Field::DocumentNumber], "{wrong}");
        }
        let fields = told(&|d| (d.birth_date, d.sex) = ("19500316".into(), "1".into()));
        assert_eq!(fields, [Field::DocumentValidUntil, Field::BirthDate, Field::Sex]);
    }
}

#[test]
fn art_10_5_an_address_without_a_wish_to_have_the_card_posted_is_not_left_out_in_silence() {
    clause!(R10.5);
    let s = counter();
    for (by, says) in [("", "未选择领取方式"), ("1", "选择的是网点领取")] {
        let form = FormDraft {
            delivery: by.into(),
            mailing_address: "广州市天河区新地址88号".into(),
            recipient_phone: "13900000003".into(),
            ..draft()
        };
        let r = refused(&s, filled(form));
        assert_eq!(codes(&r), [(Field::Delivery, "delivery_not_chosen")]);
        let told = &r.defects[0].message;
        assert!(told.contains(says) && told.contains("邮寄地址、收件人联系方式"), "{told}");
    }
}

#[test]
fn art_10_1_days_are_read_as_people_write_them_and_a_document_may_be_valid_for_good() {
    clause!(R10.1);
    let judged = |until: &str, birth: &str| {
        let d = FormDraft { document_valid_until: until.into(), birth_date: birth.into(), ..draft() };
        judge(&d, &Circumstances::new(TODAY, Door::Personal))
    };
    for until in ["长期", " 长期 ", "99991231"] {
        let form = judged(until, "1950-03-15").form.expect(until);
        assert_eq!(form.document.valid_until.year(), 9999, "{until}");
    }
    for birth in ["1950/3/15", "1950.03.15", "1950年3月15日", "１９５０－０３－１５"] {
        let form = judged("20350630", birth).form.expect(birth);
        assert_eq!(form.birth_date.to_string(), "1950-03-15", "{birth}");
    }
    let told = |until: &str, birth: &str| {
        judged(until, birth).defects.iter().map(|d| (d.code, d.message.clone())).collect::<Vec<_>>()
    };
    let told_of = told("永远", "19500315");
    let [(code, says)] = &told_of[..] else { panic!("{told_of:?}") };
    assert!(
        *code == "bad_date" && says.contains("99991231") && says.starts_with("证件有效期到期日："),
        "{says}"
    );
    // What is too long for a day is told as no day.
    assert_eq!(told("20350630", "1950-03-15-01")[0].0, "bad_date");
}

#[test]
fn art_10_4_the_document_says_the_nationality_where_it_can() {
    clause!(R10.4);
    let of = |kind: &str, number: &str| {
        let mut d =
            FormDraft { document_kind: kind.into(), document_number: number.into(), ..FormDraft::default() };
        d.fill_from_number();
        d.nationality
    };
    for (kind, number, country) in [
        ("1", "", "CHN"),
        ("2", "", "CHN"),
        ("8", "E12345678", "CHN"),
        ("3", "h12345678", "HKG"),
        ("3", "M12345678", "MAC"),
        ("4", "12345678", "TWN"),
        ("5", "830000199201300022", "TWN"),
        ("6", "KAZ110090123105", ""),
        ("7", "C01X00T47", ""),
        ("", "440106", ""),
    ] {
        assert_eq!(of(kind, number), country, "{kind} {number}");
    }
}

#[test]
fn art_35_1_the_region_of_a_permit_or_residence_card_is_the_one_that_its_number_names() {
    clause!(R35.1);
    clause!(R10.4);
    let wrong = |kind: DocumentKind, number: &str, nationality: &str| {
        let d = FormDraft {
            document_kind: kind.code().into(),
            document_number: number.into(),
            nationality: nationality.into(),
            birth_date: "19920130".into(),
            ..draft()
        };
        let judged = judge(&d, &Circumstances::new(TODAY, Door::Personal));
        judged.defects.iter().filter(|d| d.field == Field::Nationality).map(|d| d.code).collect::<Vec<_>>()
    };
    let (permit, taiwan) = (DocumentKind::MainlandTravelPermitHkMo, DocumentKind::MainlandTravelPermitTw);
    let residence = number("83000019920130002");
    for (kind, number, own) in [
        (permit, "H12345679", "HKG"),
        (permit, "M12345679", "MAC"),
        (taiwan, "12345678", "TWN"),
        (DocumentKind::HmtResidencePermit, residence.as_str(), "TWN"),
    ] {
        for nationality in ["HKG", "MAC", "TWN", "CHN", "DEU"] {
            let fits = [own, "CHN"].contains(&nationality);
            let expected: &[&str] = if fits { &[] } else { &["nationality_differs"] };
            assert_eq!(wrong(kind, number, nationality), expected, "{number} {nationality}");
        }
    }
}

#[test]
fn art_8_2_a_consent_to_no_text_is_none() {
    clause!(R8.2);
    let s = counter();
    for text in ["", " ", "\u{200B}"] {
        let consent = Some(Consent { text_version: text.into(), by_guardian: true });
        assert_eq!(refused(&s, FilledIn { consent, ..filled(draft()) }).reason, Reason::ConsentMissing);
    }
}

/// The child of four again, typed in full width: the guardian and the consent are asked for in the first round all the same.
#[test]
fn art_8_5_a_form_in_full_width_is_told_everything_in_the_first_round() {
    clause!(R8.5);
    let wide = FormDraft { birth_date: "２０２２０４０１".into(), sex: "x".into(), ..child() };
    let r = refused(&counter(), FilledIn { consent: None, photo: None, ..filled(wide) });
    let fields: Vec<_> = codes(&r).into_iter().map(|c| c.0).collect();
    assert_eq!(fields, [Field::Sex, Field::Consent, Field::Agent]);
    // So is the document image of a name whose brackets are full width.
    let rare = FormDraft { name: "李［ＣＨＵＩ］".into(), sex: "x".into(), ..draft() };
    let r = refused(&counter(), filled(rare));
    assert_eq!(codes(&r), [(Field::Sex, "unknown_code"), (Field::DocumentImage, "missing")]);
}

#[test]
fn art_10_1_an_address_in_private_use_characters_is_refused_and_radicals_become_characters() {
    clause!(R10.1);
    clause!(R5.3);
    let at = |address: &str| {
        let d = FormDraft { postal_address: address.into(), ..draft() };
        judge(&d, &Circumstances::new(TODAY, Door::Personal))
    };
    let said = at("广州市\u{E000}路1号").defects;
    assert_eq!(said.iter().map(|d| d.code).collect::<Vec<_>>(), ["private_use"]);
    assert!(said[0].message.contains("自造字"));
    // 文 and 一 as a PDF gives them.
    assert_eq!(at("广州市\u{2F42}\u{2F00}路").form.unwrap().postal_address, "广州市文一路");
}

#[test]
fn art_14_5_a_collectors_number_is_one_number_however_it_is_typed() {
    clause!(R14.5);
    let mut s = Scene::uncollected();
    s.as_officer(1);
    let with = |text: &str| Deputy { document_number: text.into(), ..relative(AgentGround::Sick) };
    // 1949-12-31, with an X at the end.
    for text in ["11010519491231002X", "11010519491231002x", "110105 19491231 002Ｘ"] {
        assert!(s.may(&C::HandOver(to_collector(with(text)))), "{text}");
    }
    for text in ["110105491231002", "11010519491231002Y"] {
        let refusal = s.refusal(C::HandOver(to_collector(with(text))));
        assert!(refusal.about.is_some_and(|a| a.contains("代办人证件号码有误")), "{text}");
    }
    let permit = Deputy { document_kind: DocumentKind::MainlandTravelPermitHkMo, ..with("12345678") };
    assert_eq!(s.refused(C::HandOver(to_collector(permit))), Reason::CollectorNotVerified);
}

/// 张三's clerk types full width, and pastes an address that has a compatibility ideograph.
#[test]
fn art_29_1_corrected_contacts_are_kept_in_their_one_way_of_writing() {
    clause!(R29.1);
    let mut s = Scene::with_card();
    let contacts = |address: &str| {
        C::ChangeContacts(ChangeContacts {
            mobile: "１３８ ００１３－８０００".into(),
            phone: "（0".into(),
            postal_address: address.into(),
            verified: true,
        })
    };
    assert_eq!(s.as_officer(1).refused(contacts("广州")), Reason::MaterialDefective);
    let contacts = |address: &str| match contacts(address) {
        C::ChangeContacts(c) => {
            C::ChangeContacts(ChangeContacts { phone: "０２０－83840000".into(), ..c })
        }
        other => other,
    };
    assert_eq!(s.refused(contacts("广州市\u{200B}越秀区")), Reason::MaterialDefective);
    s.done(contacts("广州市\u{F9D1}榕路"));
    let details = &s.file.person.as_ref().unwrap().details;
    assert_eq!(details.mobile.as_deref(), Some("13800138000"));
    assert_eq!((details.phone.as_str(), details.postal_address.as_str()), ("020-83840000", "广州市六榕路"));
}
