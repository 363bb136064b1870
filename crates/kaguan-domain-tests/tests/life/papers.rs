//! What comes with a form, what is printed of it, and whose file it goes into (Articles 3, 5, 7, 8, 10, 12 and 34).

use crate::one_human::{applying, shown as form};
use crate::person::{HR, OLD, OWN_BANK, Scene, TODAY, draft};
use kaguan_domain::application::form::{Circumstances, Door, judge};
use kaguan_domain::application::printed::{form_items, gets_voucher};
use kaguan_domain::application::{Apply, FilledIn, Presented};
use kaguan_domain::clause;
use kaguan_domain::codes::{self, Choices};
use kaguan_domain::dispatch::{HolderCommand as C, decide};
use kaguan_domain::facts::application::{
    Agent, AgentGround, AgentRelation, CheckItem, CheckResult, Consent, Origin, PhotoSource, Register,
    RegisterCheck, Stage,
};
use kaguan_domain::facts::archive::{Enclosed, MaterialKind};
use kaguan_domain::facts::claim::{Claim, ClaimKind};
use kaguan_domain::facts::custody::{Custody, Party};
use kaguan_domain::facts::document::{DocumentKind, mask_number};
use kaguan_domain::facts::fee::yuan;
use kaguan_domain::facts::form::{Field, FormDraft};
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::identity::{Also, Answer, Identifier};
use kaguan_domain::facts::person::{DeathAnswer, PhotoRef};
use kaguan_domain::facts::social_security_number::{SocialSecurityNumber, check_character};
use kaguan_domain::facts::trace::Trace;
use kaguan_domain::ids::{ApplicationId, CardNumber, CityCode, HolderId, MaterialId};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::replacement::MakeAgain;
use kaguan_domain::rule::{Around, Found};

/// Everything that is told at the counter of what somebody brings, by the code of each item.
fn told(change: &dyn Fn(&mut FilledIn)) -> Vec<&'static str> {
    let mut filled = FilledIn {
        draft: Box::new(draft()),
        photo: Some(PhotoRef("p".into())),
        outlet: HR,
        collect_at: HR,
        agent: None,
        consent: Some(Consent { text_version: "2022".into(), by_guardian: false }),
        presented: crate::stated::presented(),
        faults: Vec::new(),
        same: None,
    };
    change(&mut filled);
    let s = Scene::uncollected();
    let photo = RegisterCheck::photo(Register::System, s.now, CheckResult::Passed);
    let mut apply = match filled.judged(vec![photo], &s.ctx(), &s.office) {
        Ok(apply) => apply,
        Err(refusal) => return refusal.defects.iter().map(|d| d.code).collect(),
    };
    apply.id = ApplicationId(9);
    apply.checks.extend(RegisterCheck::all(s.now, [CheckResult::Passed; 3]));
    match asked(&s, &HolderFile::new(HolderId(9)), &C::Apply(apply), Found::NOBODY) {
        Ok(_) => Vec::new(),
        Err(refusal) => refusal.defects.iter().map(|d| d.code).collect(),
    }
}

fn asked(s: &Scene, file: &HolderFile, command: &C, found: &Found<'_>) -> Result<Vec<HolderEvent>, Refusal> {
    let (institutions, batches, stock) = (&s.office, &s.batches, &s.stock);
    decide(file, command, &s.ctx(), Around { institutions, batches, stock, found, other: None })
}

fn citizen(body: &str) -> String {
    format!("{body}{}", check_character(body.as_bytes()).unwrap() as char)
}

#[test]
fn art_10_3_whoever_has_no_earlier_card_is_not_told_to_use_its_photo() {
    clause!(R10.3);
    let s = Scene::uncollected();
    let form = judge(&draft(), &Circumstances::new(s.ctx().today(), Door::Personal));
    let mut form = form.form.unwrap();
    form.photo_receipt = None;
    let apply = Apply {
        id: ApplicationId(9),
        form: Box::new(form),
        photo: None,
        outlet: HR,
        collect_at: HR,
        chose_outlet: false,
        agent: None,
        consent: Some(Consent { text_version: "2022".into(), by_guardian: false }),
        checks: RegisterCheck::all(s.now, [CheckResult::Passed; 3]),
        presented: Presented { photo_from: Some(PhotoSource::Earlier), ..crate::stated::presented() },
        also: Vec::new(),
        same: None,
    };
    let refused = asked(&s, &HolderFile::new(HolderId(9)), &C::Apply(apply), Found::NOBODY).unwrap_err();
    let told = refused.defects.iter().find(|d| d.field == Field::Photo).unwrap();
    assert!(told.message.contains("没有可以沿用的原社保卡相片"), "{}", told.message);
    assert!(!told.message.contains("，或沿用"), "{}", told.message);
}

/// A child born on a day, by the household register.
fn child(filled: &mut FilledIn, birth: &str) {
    let number = citizen(&format!("440106{birth}001"));
    let d = &mut filled.draft;
    (d.document_kind, d.document_number, d.birth_date) = ("2".into(), number, birth.into());
    d.document_valid_from = "20261101".into();
    filled.presented = crate::stated::presented_by_agent();
}

fn agent(number: &str) -> Agent {
    Agent {
        name: "张母".into(),
        document_kind: DocumentKind::IdentityCard,
        document_number: citizen(number),
        phone: "13900000000".into(),
        relation: AgentRelation::Guardian,
        ground: AgentGround::Minor,
        proof: Some("户口簿".into()),
        verified: true,
    }
}

#[test]
fn art_8_2_a_guardian_consents_under_fourteen_and_is_of_age_himself() {
    clause!(R8.2);
    let consent = |by_guardian| Some(Consent { text_version: "2022".into(), by_guardian });
    let minor = |birth: &'static str, by_guardian, number: &'static str| {
        told(&move |f| {
            child(f, birth);
            f.consent = consent(by_guardian);
            f.agent = Some(agent(number).into());
        })
    };
    let adult = "44010619850505001";
    assert!(minor("20150101", true, adult).is_empty());
    assert_eq!(minor("20121124", false, adult), ["consent_missing"], "fourteen tomorrow");
    assert!(minor("20121123", false, adult).is_empty(), "fourteen today");
    assert_eq!(minor("20150101", true, "44010620081124001"), ["agent_too_young"], "eighteen tomorrow");
    assert!(minor("20150101", true, "44010620081123001").is_empty(), "eighteen today");
    let none = |birth: &'static str| {
        told(&move |f| {
            child(f, birth);
            f.consent = None;
            f.agent = Some(agent(adult).into());
        })
    };
    assert_eq!(none("20150101"), ["consent_missing"]);
}

#[test]
fn art_5_4_and_34_1_a_photo_is_where_it_is_said_to_be_and_a_bracket_comes_with_its_document() {
    clause!(R5.4);
    clause!(R34.1);
    let from = |source, photo: bool| {
        told(&move |f| {
            f.photo = photo.then(|| PhotoRef("p".into()));
            f.presented.photo_from = Some(source);
        })
    };
    assert_eq!(from(PhotoSource::File, false), ["missing"]);
    assert!(from(PhotoSource::File, true).is_empty());
    assert_eq!(from(PhotoSource::Earlier, false), ["missing"], "there is no earlier card");
    let rare = |digest: Option<&'static str>, kind| {
        told(&move |f| {
            f.draft.name = "张[CHUI]".into();
            let image = |d: &str| Enclosed { id: MaterialId(1), kind, digest: d.into() };
            f.presented.materials = digest.map(image).into_iter().collect();
        })
    };
    assert_eq!(rare(None, MaterialKind::Identity), ["missing"]);
    assert_eq!(rare(Some("ab"), MaterialKind::Receipt), ["missing"], "another paper");
    assert_eq!(rare(Some(""), MaterialKind::Identity), ["not_an_image"]);
    assert!(rare(Some("ab"), MaterialKind::Identity).is_empty());
    assert!(Presented::default().is_empty() && !crate::stated::presented().is_empty());
    let posted = told(&|f| {
        let d = &mut f.draft;
        d.delivery = "2".into();
        (d.mailing_address, d.recipient) = ("广州市天河区".into(), "张三".into());
        d.recipient_phone = "020-38888888".into();
    });
    assert_eq!(posted, ["postage_not_told"]);
}

/// Somebody on file, and Zhang San who may be him.
fn alike(change: &dyn Fn(&mut HolderFile)) -> HolderFile {
    let mut file = Scene::with_card().file;
    file.cards.clear();
    file.applications.clear();
    change(&mut file);
    file
}

#[test]
fn art_3_2_a_clerks_answer_names_whom_he_was_shown_and_why() {
    clause!(R3.2);
    clause!(R5.5);
    let s = Scene::uncollected();
    let passport = || form(DocumentKind::ChinesePassport, "CHN", "E12345678", "20300101");
    let ask = |file: &HolderFile, same: Option<Answer>, change: &dyn Fn(&mut FormDraft)| {
        let mut draft = passport();
        change(&mut draft);
        let C::Apply(mut apply) = applying(&s, 9, draft) else { panic!() };
        apply.same = same.map(Box::new);
        let found = Found { owners: Vec::new(), alike: vec![file.id], files: vec![file] };
        let whose = C::Apply(apply.clone()).rule().whose(&found);
        let target = if whose == Some(file.id) { file.clone() } else { HolderFile::new(HolderId(9)) };
        asked(&s, &target, &C::Apply(apply), &found)
    };
    let reason = |file: &HolderFile, same| ask(file, same, &|_| {}).unwrap_err().reason;
    let answer = |candidates: &[i64], same: Option<i64>, why: &str| {
        let candidates = candidates.iter().map(|id| HolderId(*id)).collect();
        Some(Answer { candidates, same: same.map(HolderId), reason: why.into() })
    };
    let zhang = alike(&|_| {});
    let shown = ask(&zhang, None, &|_| {}).unwrap_err();
    assert_eq!(shown.reason, Reason::PossiblySamePerson);
    assert_eq!(shown.candidates[0].holder, HolderId(1));
    // No paper and no sentence says anything of somebody else: the clerk is shown him, and has only to answer.
    assert!(shown.about.is_none() && !shown.sentence().contains('张'), "{}", shown.sentence());
    assert!(!gets_voucher(&shown));
    assert_eq!(reason(&zhang, answer(&[1, 2], None, "看过证件")), Reason::CandidatesChanged);
    assert_eq!(reason(&zhang, answer(&[], None, "看过证件")), Reason::CandidatesChanged);
    assert_eq!(reason(&zhang, answer(&[1], Some(2), "看过证件")), Reason::CandidatesChanged);
    let mute = ask(&zhang, answer(&[1], Some(1), " "), &|_| {}).unwrap_err();
    assert_eq!(mute.reason, Reason::PossiblySamePerson);
    assert!(mute.about.is_some_and(|a| a.contains("理由")));
    let answered = |events: &[HolderEvent]| {
        events.iter().filter(|e| matches!(e, HolderEvent::IdentityAnswered { .. })).count()
    };
    let same = ask(&zhang, answer(&[1], Some(1), "看过证件"), &|_| {}).unwrap();
    let another = ask(&zhang, answer(&[1], None, "看过证件"), &|_| {}).unwrap();
    assert_eq!((answered(&same), answered(&another)), (1, 1), "the answer is recorded");
    // Another sex, or another number for life, is another person.
    let woman = alike(&|f| f.person.as_mut().unwrap().details.sex = "2".into());
    assert_eq!(answered(&ask(&woman, None, &|_| {}).unwrap()), 0);
    let unknown = alike(&|f| f.person.as_mut().unwrap().details.sex = "9".into());
    assert_eq!(reason(&unknown, None), Reason::PossiblySamePerson);
    let other_citizen = |d: &mut FormDraft| {
        d.document_kind = "1".into();
        d.document_number = citizen("44010619900101003");
    };
    assert!(ask(&zhang, None, &other_citizen).is_ok(), "two citizens of one name and birthday");
    // Whoever has the document itself is nobody's candidate.
    let own = |d: &mut FormDraft| {
        d.document_kind = "1".into();
        d.document_number = "440106199001010013".into();
    };
    assert!(ask(&zhang, None, &own).is_ok());
}

#[test]
fn art_5_5_what_a_register_knows_besides_is_kept_once() {
    clause!(R5.5);
    let s = Scene::uncollected();
    let document = |number: &str| Identifier {
        kind: DocumentKind::ChinesePassport,
        nationality: "CHN".into(),
        number: number.into(),
    };
    let also = |number: &str, owners: Vec<(Claim, HolderId)>| {
        let own = form(DocumentKind::ChinesePassport, "CHN", "E12345678", "20300101");
        let C::Apply(mut apply) = applying(&s, 9, own) else { panic!() };
        apply.also = vec![Also::Document { which: document(number), valid_until: None }];
        let found = Found { owners, ..Found::NOBODY.clone() };
        let events = asked(&s, &HolderFile::new(HolderId(9)), &C::Apply(apply), &found).unwrap();
        let held = |e: &&HolderEvent| matches!(e, HolderEvent::DocumentHeld { which, .. } if *which == document(number));
        events.iter().filter(held).count()
    };
    assert_eq!(also("E99999999", Vec::new()), 1);
    assert_eq!(also("E99999999", vec![(Claim::document(&document("E99999999")), HolderId(7))]), 0);
    let person = Scene::with_card().file.person.unwrap();
    assert!(person.has_held(&person.details.identifier()));
    let until = person.details.document.valid_until;
    assert!(!person.is_news(&person.details.identifier(), until));
    assert!(person.is_news(&person.details.identifier(), TODAY) && person.is_news(&document("E1"), until));
    assert!(DeathAnswer::default().is_silent());
    assert!(!DeathAnswer { public_security: Some(false), social_security: None }.is_silent());
    assert!(!DeathAnswer { public_security: None, social_security: Some(true) }.is_silent());
}

#[test]
fn appendix_1_1_a_form_prints_where_somebody_is_registered_and_how_long_a_document_holds() {
    clause!(X1.1);
    let s = Scene::uncollected();
    let printed = |title: &str, change: &dyn Fn(&mut FormDraft)| {
        let mut written = draft();
        change(&mut written);
        let details = judge(&written, &Circumstances::new(TODAY, Door::Personal)).form.unwrap();
        let items = form_items(&s.file.applications[0], &s.file, &details);
        items.into_iter().find(|(t, _)| t.contains(title)).unwrap().1
    };
    let division = |code: &'static str| move |d: &mut FormDraft| d.household_division = code.into();
    let ticked = |title: &str, change: &dyn Fn(&mut FormDraft)| {
        let text = printed(title, change);
        let ticked = text.split(' ').filter_map(|b| b.strip_prefix('☑')).map(str::to_owned);
        ticked.collect::<Vec<_>>()
    };
    assert_eq!(ticked("户籍性质", &division("440106")), ["本省户籍"]);
    assert_eq!(ticked("户籍性质", &division("110101")), ["非本省户籍"]);
    assert!(ticked("户籍性质", &|_| {}).is_empty());
    // Every code of the tables has a box of Appendix 1, or stands beside 其他 in its own words.
    type Change = fn(&mut FormDraft, &str);
    let tables: [(&str, Choices, Change); 3] = [
        ("文化程度", Choices::Education, |d, c| d.education = c.into()),
        ("个人身份状态", Choices::PersonIdentity, |d, c| d.person_identity = c.into()),
        ("*职业", Choices::Occupation, |d, c| d.occupation = c.into()),
    ];
    for (title, table, change) in tables {
        for (code, name) in codes::choices(table) {
            let ticked = ticked(title, &|d| change(d, &code));
            assert_eq!(ticked.len(), 1, "{title} {code} {name}: {ticked:?}");
            let own = ticked[0].starts_with("其他") && title != "文化程度";
            assert!(!own || ticked[0].contains(&name), "{title} {code} {name}: {ticked:?}");
        }
    }
    for code in 1..=8 {
        assert_eq!(ticked("工作状态", &|d| d.person_status = code.to_string()).len(), 1, "{code}");
    }
    assert_eq!(printed("户籍地", &division("440106")), "广州市天河区");
    assert_eq!(printed("户籍地", &division("440100")), "广州市");
    assert_eq!(printed("户籍地", &division("430000")), "湖南省");
    assert_eq!(printed("户籍地", &division("110101")), "北京市（110101）");
    assert_eq!(printed("户籍地", &division("990000")), "990000");
    assert_eq!(printed("有效期到期日", &|d| d.document_valid_until = "99991231".into()), "长期");
    assert_eq!(printed("有效期到期日", &|_| {}), "2040年01月01日");
    assert_eq!(printed("*证件有效期", &|_| {}), "2020.01.01-2040.01.01");
    assert_eq!(printed("*证件有效期", &|d| d.document_valid_until = "99991231".into()), "2020.01.01-长期");
    let banks = printed("*开户银行", &|_| {});
    assert!(
        banks.contains("、□其他　") && banks.contains("☑工商银行、□农业银行"),
        "room for another: {banks}"
    );
}

#[test]
fn art_12_1_a_lost_card_is_made_again_as_it_was_applied_for_and_where_it_is_asked_for() {
    clause!(R12.1);
    clause!(R22.1);
    let again = || {
        C::MakeAgain(MakeAgain {
            id: ApplicationId(2),
            card: OLD,
            form_no: "44010000002".into(),
            outlet: OWN_BANK,
            collect_at: OWN_BANK,
        })
    };
    let lost = || {
        let mut s = Scene::uncollected();
        s.file.cards[0].custody = Custody::Missing { since: s.now, from: Party::Org(HR), said: None };
        let a = &mut s.file.applications[0];
        a.stage = Stage::Made { card: OLD, at: s.now };
        (a.origin, a.employer) = (Origin::Online, Some("某公司".into()));
        a.post_agreed = Some(s.now);
        s
    };
    let mut s = lost();
    s.done(again());
    let a = s.file.applications[1].clone();
    assert_eq!((a.origin, a.outlet, a.collect_at, a.employer), (Origin::Counter, OWN_BANK, OWN_BANK, None));
    assert_eq!((a.received_on, a.post_agreed), (TODAY, None), "the post is explained anew");
    let refused = |change: &dyn Fn(&mut Scene)| {
        let mut s = lost();
        change(&mut s);
        s.refused(again())
    };
    assert_eq!(refused(&|s| s.file.cards[0].made_again = Some(ApplicationId(5))), Reason::NotMissing);
    assert_eq!(refused(&|s| s.file.cards[0].custody = Custody::AtOutlet { org: HR }), Reason::NotMissing);
    let mut away = lost();
    let to = |s: &mut Scene, collect_at| {
        s.refused(C::MakeAgain(MakeAgain {
            id: ApplicationId(2),
            card: OLD,
            form_no: "44010000002".into(),
            outlet: OWN_BANK,
            collect_at,
        }))
    };
    assert_eq!(to(&mut away, crate::person::AWAY), Reason::NotFound, "an outlet of another city");
    assert_eq!(to(&mut away, kaguan_domain::ids::OrgId(2)), Reason::NotFound, "no outlet");
    assert_eq!(to(&mut away, crate::person::NEW_BANK), Reason::NotFound, "another bank's outlet");
}

#[test]
fn small_things_are_written_and_read_as_they_are() {
    assert_eq!((yuan(2000), yuan(-5), yuan(0)), ("20.00".into(), "-0.05".into(), "0.00".into()));
    assert_eq!((mask_number("AB12"), mask_number("AB123")), ("****".into(), "AB*23".into()));
    let number = CardNumber::parse("D2143569X").unwrap();
    assert_eq!(String::from(number), "D2143569X");
    assert_eq!(CityCode("4401".into()).card_number_letter(), Some('A'));
    assert_ne!(CityCode("4403".into()).card_number_letter(), Some('A'));
    let resident = SocialSecurityNumber::parse("DEU000199001010013").unwrap();
    assert_eq!(resident.birth_date(), None, "a document's number is no day");
    let document = |kind, number: &str| {
        Trace::document(&Identifier { kind, nationality: "CHN".into(), number: number.into() })
    };
    assert_eq!(document(DocumentKind::Passport, "E1234567"), Some(Trace::document_number("E1234567")));
    assert_eq!(document(DocumentKind::IdentityCard, "440106199001010013"), None);
    let taken = Refusal::taken(ClaimKind::FormNumber);
    assert!(taken.is_form_taken() && !Refusal::taken(ClaimKind::Chip).is_form_taken());
    assert!(!Refusal::about(Reason::NotFound, ClaimKind::FormNumber.name()).is_form_taken());
    assert_eq!(taken.clause(), clause!(R10.1));
}

/// Zhang San, on file with a photo receipt and an image, applies again.
#[test]
fn art_10_3_and_34_1_what_is_on_file_for_the_same_person_serves_again_and_nothing_else() {
    clause!(R10.3);
    clause!(R34.1);
    let codes = |on_file: &dyn Fn(&mut HolderFile), change: &dyn Fn(&mut FilledIn)| {
        let s = Scene::uncollected();
        let mut file = alike(&|_| {});
        file.applications = s.file.applications.clone();
        file.applications[0].stage = Stage::Withdrawn { at: s.now };
        let photo = RegisterCheck::photo(Register::System, s.now, CheckResult::Passed);
        file.applications[0].checks.push(photo);
        let person = file.person.as_mut().unwrap();
        (person.photo, person.details.photo_receipt) = (None, Some("R1".into()));
        on_file(&mut file);
        let mut filled = FilledIn {
            draft: Box::new(FormDraft {
                form_no: "44010000009".into(),
                photo_receipt: "R1".into(),
                ..draft()
            }),
            photo: None,
            outlet: HR,
            collect_at: HR,
            agent: None,
            consent: Some(Consent { text_version: "2022".into(), by_guardian: false }),
            presented: crate::stated::presented(),
            faults: Vec::new(),
            same: None,
        };
        change(&mut filled);
        let mut apply = filled.judged(Vec::new(), &s.ctx(), &s.office).unwrap();
        apply.id = ApplicationId(9);
        apply.checks = RegisterCheck::all(s.now, [CheckResult::Passed; 3]);
        let found = Found { owners: Vec::new(), alike: vec![file.id], files: vec![&file] };
        match asked(&s, &file, &C::Apply(apply), &found) {
            Ok(_) => Vec::new(),
            Err(refusal) => refusal.defects.iter().map(|d| d.code).collect::<Vec<_>>(),
        }
    };
    let none: Vec<&str> = Vec::new();
    assert_eq!(codes(&|_| {}, &|_| {}), none, "the receipt of the earlier application");
    assert_eq!(codes(&|_| {}, &|f| f.draft.photo_receipt = "R2".into()), ["unknown_receipt"]);
    let unjudged = |file: &mut HolderFile| file.applications[0].checks.clear();
    assert_eq!(codes(&unjudged, &|_| {}), ["unknown_receipt"], "it was never judged");
    let other_items =
        |file: &mut HolderFile| file.applications[0].checks.retain(|c| c.item != CheckItem::Photo);
    assert_eq!(codes(&other_items, &|_| {}), ["unknown_receipt"], "other items passed, not the photo");
    let image = |kind, digest: Option<&str>| kaguan_domain::facts::archive::Material {
        id: MaterialId(7),
        case: kaguan_domain::facts::archive::Case::Card(OLD),
        kind,
        digest: digest.map(Into::into),
        cabinet: None,
        org: HR,
        filed_at: kaguan_domain::ctx::Instant(0),
        page: None,
        corrected: Vec::new(),
    };
    let rare = |name: &'static str, kind, digest: Option<&'static str>| {
        codes(
            &move |file| {
                let person = file.person.as_mut().unwrap();
                person.details.name = kaguan_domain::facts::name::HolderName::parse("张[CHUI]").unwrap();
                person.archive = vec![image(kind, digest)];
            },
            &move |f| f.draft.name = name.into(),
        )
    };
    assert_eq!(rare("张[CHUI]", MaterialKind::Identity, Some("ab")), none);
    assert_eq!(rare("张[LV]", MaterialKind::Identity, Some("ab")), ["missing"], "an image of another name");
    assert_eq!(rare("张[CHUI]", MaterialKind::Identity, None), ["missing"], "paper is no image");
    assert_eq!(rare("张[CHUI]", MaterialKind::Receipt, Some("ab")), ["missing"]);
}
