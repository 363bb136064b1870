//! One human, one file (Articles 3, 5, 29 and 35): one number for life, and any number of documents.

use crate::person::{HR, OLD, Scene};
use jiff::civil::date;
use kaguan_domain::application::FilledIn;
use kaguan_domain::application::form::{Circumstances, Door, judge};
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::{CheckItem, CheckResult, Consent, Register, RegisterCheck};
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::claim::{Claim, ClaimKind};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::{Defect, FormDraft};
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::identity::{HowKnown, Identifier, NumberEnd};
use kaguan_domain::facts::person::{Person, PhotoRef};
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::ids::ApplicationId;
use kaguan_domain::refusal::Reason;

/// 张三's form of 1990, with another document.
pub fn shown(kind: DocumentKind, nationality: &str, number: &str, until: &str) -> FormDraft {
    FormDraft {
        form_no: "44010000009".into(),
        card_kind: "1".into(),
        nationality: nationality.into(),
        document_kind: kind.code().into(),
        document_number: number.into(),
        document_valid_from: "20200101".into(),
        document_valid_until: until.into(),
        issuing_authority: "国家移民管理局".into(),
        name: "张三".into(),
        sex: "1".into(),
        ethnicity: "01".into(),
        birth_date: "19900101".into(),
        mobile: "13900000000".into(),
        phone: "13900000000".into(),
        postal_address: "广州市天河区".into(),
        occupation: "3000000".into(),
        bank: "95588".into(),
        ..FormDraft::default()
    }
}

/// 个人申请 with it, as the executor gives it.
pub fn applying(scene: &Scene, id: i64, draft: FormDraft) -> C {
    let filled = FilledIn {
        draft: Box::new(draft),
        photo: Some(PhotoRef("p".into())),
        outlet: HR,
        collect_at: HR,
        agent: None,
        consent: Some(Consent { text_version: "2022".into(), by_guardian: false }),
        presented: crate::stated::presented(),
        faults: Vec::new(),
        same: None,
    };
    let mut apply = filled.judged(Vec::new(), &scene.ctx(), &scene.office).unwrap();
    apply.id = ApplicationId(id);
    apply.checks = RegisterCheck::all(scene.now, [CheckResult::Passed; 3]);
    apply.checks.push(RegisterCheck {
        source: Register::PublicSecurity,
        item: CheckItem::Photo,
        at: scene.now,
        result: CheckResult::Passed,
        said: Vec::new(),
    });
    C::Apply(apply)
}

/// 张三 without a card: the first one was cancelled.
fn without_card() -> Scene {
    let mut scene = Scene::with_card();
    let cancelled =
        HolderEvent::CardCancelled { card: OLD, reason: CancelReason::Emigrated, statement: None };
    scene.file.apply(&cancelled, scene.now);
    scene
}

fn person(scene: &Scene) -> &Person {
    scene.file.person.as_ref().unwrap()
}

fn number(text: &str) -> SocialSecurityNumber {
    SocialSecurityNumber::parse(text).unwrap()
}

#[test]
fn art_5_a_citizen_who_applies_by_passport_keeps_the_number_and_holds_two_documents() {
    clause!(R5.5);
    let passport = shown(DocumentKind::ChinesePassport, "CHN", "E12345678", "20300101");
    let mut s = Scene::with_card();
    let again = applying(&s, 9, passport.clone());
    let told = s.refusal(again);
    assert_eq!(told.reason, Reason::CardHeld, "one card a person, whatever document is shown: {told:?}");
    let mut s = without_card();
    let again = applying(&s, 9, passport);
    s.done(again);
    let p = person(&s);
    assert_eq!(p.details.ssn, number("440106199001010013"), "the first number is kept for life");
    assert_eq!(p.details.document.number(), "E12345678");
    let held: Vec<_> = p.documents().into_iter().map(|h| (h.which.kind, h.ended.is_some())).collect();
    assert_eq!(held, [(DocumentKind::IdentityCard, false), (DocumentKind::ChinesePassport, false)]);
    // Each is claimed, so that either finds the person.
    let claims = s.file.identifiers();
    let of = |kind| claims.iter().filter(|c| c.kind == kind).count();
    assert_eq!((of(ClaimKind::SocialSecurityNumber), of(ClaimKind::Document)), (1, 2));
}

#[test]
fn art_5_a_foreigners_renewed_passport_ends_the_old_one_and_keeps_the_number() {
    clause!(R5.5);
    clause!(R35.1);
    let passport = |number: &str| Identifier {
        kind: DocumentKind::Passport,
        nationality: "DEU".into(),
        number: number.into(),
    };
    let mut s = without_card();
    for (n, number) in ["C01X00T47", "C01X00T48"].into_iter().enumerate() {
        let event = HolderEvent::DocumentHeld {
            which: passport(number),
            valid_until: Some(date(2030 + n as i16, 1, 1)),
            how: HowKnown::Shown,
        };
        s.file.apply(&event, s.now);
    }
    let of = |n: usize| person(&s).documents()[n].clone();
    assert_eq!(of(1).ended.unwrap().replaced_by, Some(passport("C01X00T48")));
    assert!(of(2).ended.is_none() && of(0).ended.is_none(), "the identity card is another kind");
    assert!(s.file.identifiers().contains(&Claim::document(&passport("C01X00T47"))), "history stays claimed");
    // A second passport of another country ends neither.
    let french = Identifier { nationality: "FRA".into(), ..passport("19AB12345") };
    let event = HolderEvent::DocumentHeld { which: french, valid_until: None, how: HowKnown::Shown };
    s.file.apply(&event, s.now);
    assert!(person(&s).documents()[2].ended.is_none());
    // What only a register names ends nothing that was shown.
    let event = HolderEvent::DocumentHeld {
        which: passport("C01X00T46"),
        valid_until: None,
        how: HowKnown::Register,
    };
    s.file.apply(&event, s.now);
    assert!(person(&s).documents()[2].ended.is_none() && person(&s).documents()[4].ended.is_some());
}

#[test]
fn art_35_a_permit_and_its_old_form_with_a_renewal_count_are_one_document() {
    clause!(R35.1);
    let of = |kind, nationality: &str, number: &str| Identifier {
        kind,
        nationality: nationality.into(),
        number: number.into(),
    };
    let permit = DocumentKind::MainlandTravelPermitHkMo;
    assert!(of(permit, "HKG", "H12345678").is(&of(permit, "CHN", "H1234567801")));
    let taiwan = DocumentKind::MainlandTravelPermitTw;
    assert!(of(taiwan, "TWN", "12345678").is(&of(taiwan, "TWN", "1234567801")));
    // Eighteen digits are one name space; passports are a country's.
    let eighteen = "440106199001010013";
    assert!(of(DocumentKind::IdentityCard, "CHN", eighteen).is(&of(
        DocumentKind::HouseholdRegister,
        "CHN",
        eighteen
    )));
    let passport = DocumentKind::Passport;
    assert!(!of(passport, "DEU", "123456789").is(&of(passport, "USA", "123456789")));
}

#[test]
fn art_5_a_person_of_an_earlier_day_holds_the_document_of_the_details() {
    clause!(R5.5);
    let s = Scene::with_card();
    let json = serde_json::to_string(person(&s)).unwrap();
    assert!(!json.contains("documents") && !json.contains("numbers"), "as it was written in earlier days");
    let read: Person = serde_json::from_str(&json).unwrap();
    let held = read.documents();
    assert_eq!((held.len(), held[0].since, held[0].how), (1, None, HowKnown::Shown));
    assert_eq!(held[0].which.number, "440106199001010013");
}

#[test]
fn art_29_an_earlier_number_stays_with_its_person_for_good() {
    clause!(R5.5);
    let mut s = Scene::with_card();
    let event =
        HolderEvent::NumberChanged { number: number("440106199001020019"), why: NumberEnd::Corrected };
    assert_eq!(event.claims(), [Claim::social_security_number(&number("440106199001020019"))]);
    assert!(event.is_personal());
    s.file.apply(&event, s.now);
    let p = person(&s);
    assert_eq!((p.numbers.len(), p.numbers[0].why), (1, NumberEnd::Corrected));
    let all: Vec<_> = p.all_numbers().map(SocialSecurityNumber::as_str).collect();
    assert_eq!(all, ["440106199001020019", "440106199001010013"]);
    for number in p.all_numbers() {
        assert!(s.file.identifiers().contains(&Claim::social_security_number(number)));
    }
}

#[test]
fn art_35_1_a_permanent_residents_number_is_compared_with_birth_date_sex_and_nationality() {
    clause!(R35.1);
    let resident = |number: &str, nationality: &str, birth: &str, sex: &str| {
        let draft = FormDraft {
            name: "AIGERIM KASYMOVA".into(),
            birth_date: birth.into(),
            sex: sex.into(),
            ..shown(DocumentKind::ForeignPermanentResident, nationality, number, "20300101")
        };
        let judged = judge(&draft, &Circumstances::new(date(2026, 11, 23), Door::Personal));
        let codes = |all: &[Defect]| all.iter().map(|d| d.code).collect::<Vec<_>>();
        (codes(&judged.defects), codes(&judged.warnings))
    };
    let none: Vec<&str> = Vec::new();
    let (new, old) = ("911398199012310021", "KAZ110090123105");
    assert_eq!(resident(new, "KAZ", "19901231", "2"), (none.clone(), none.clone()));
    assert_eq!(resident(new, "KAZ", "19901230", "2"), (vec!["birth_date_differs"], none.clone()));
    let odd = vec!["sex_differs", "nationality_differs"];
    assert_eq!(resident(new, "DEU", "19901231", "1"), (none.clone(), odd));
    assert_eq!(resident(old, "KAZ", "19901231", "2"), (none.clone(), none.clone()));
    let odd = vec!["birth_date_differs", "nationality_differs"];
    assert_eq!(resident(old, "DEU", "19901230", "2"), (none, odd));
}
