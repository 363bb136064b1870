//! Rules of applying of which a mutant had survived (Articles 3, 5, 8, 10, 22, 34 and 35): what is told at once, and whose file it is.

use crate::applying::{child, counter, draft, filled};
use crate::one_human::{applying, shown as form};
use crate::person::{Scene, TODAY, checks};
use crate::{formal, reissue};
use kaguan_domain::application::{Decline, FilledIn};
use kaguan_domain::clause;
use kaguan_domain::dispatch::{HolderCommand as C, decide};
use kaguan_domain::facts::application::{CheckItem, CheckResult, Ground, Register, RegisterCheck, Stage};
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::{Field, FormDraft};
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::identity::Also;
use kaguan_domain::facts::institution::InstitutionEvent;
use kaguan_domain::facts::lookup::LookedUp;
use kaguan_domain::facts::policy::{DatedPolicy, LocalPolicy};
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::fee::Pay;
use kaguan_domain::ids::{ApplicationId, CityCode, HolderId};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::replacement::Replace;
use kaguan_domain::rule::{Around, Found};

fn asked(s: &Scene, file: &HolderFile, command: &C, found: &Found<'_>) -> Result<Vec<HolderEvent>, Refusal> {
    let (institutions, batches, stock) = (&s.office, &s.batches, &s.stock);
    decide(file, command, &s.ctx(), Around { institutions, batches, stock, found, other: None })
}

/// What comes of a form at the counter, of whom the registers say nothing bad.
fn at_counter(s: &Scene, filled: FilledIn) -> Result<Vec<HolderEvent>, Refusal> {
    let photo = RegisterCheck::photo(Register::System, s.now, CheckResult::Passed);
    let mut apply = filled.judged(vec![photo], &s.ctx(), &s.office)?;
    apply.id = ApplicationId(7);
    apply.checks.extend(checks());
    asked(s, &s.file, &C::Apply(apply), Found::NOBODY)
}

fn told(refusal: &Refusal) -> Vec<(Field, &'static str)> {
    refusal.defects.iter().map(|d| (d.field, d.code)).collect()
}

/// Zhang San by his Chinese passport.
fn by_passport() -> FormDraft {
    form(DocumentKind::ChinesePassport, "CHN", "E12345678", "20300101")
}

/// Anna by her German passport, born on a day.
fn anna(birth: &str) -> FormDraft {
    FormDraft {
        name: "ANNA MUSTER".into(),
        birth_date: birth.into(),
        ..form(DocumentKind::Passport, "DEU", "C01X00T47", "20300101")
    }
}

#[test]
fn art_8_5_zhang_san_who_may_be_on_file_hears_of_his_unverified_passport_in_the_same_round() {
    clause!(R8.5);
    clause!(R3.2);
    let s = Scene::uncollected();
    let on_file = Scene::with_card().file;
    let C::Apply(mut apply) = applying(&s, 9, by_passport()) else { unreachable!() };
    apply.presented.document_verified = false;
    let found = Found { owners: Vec::new(), alike: vec![on_file.id], files: vec![&on_file] };
    let refusal = asked(&s, &HolderFile::new(HolderId(9)), &C::Apply(apply), &found).unwrap_err();
    assert_eq!(refusal.reason, Reason::PossiblySamePerson);
    assert_eq!(told(&refusal), [(Field::OwnDocument, "not_verified")]);
}

#[test]
fn art_5_5_whom_a_register_knows_by_his_citizen_number_goes_into_that_file_without_a_question() {
    clause!(R5.5);
    let s = Scene::uncollected();
    let on_file = Scene::with_card().file;
    let number = on_file.person.as_ref().unwrap().details.ssn.clone();
    let C::Apply(mut apply) = applying(&s, 9, by_passport()) else { unreachable!() };
    let claim = Claim::social_security_number(&number);
    let found = Found { owners: vec![(claim, on_file.id)], alike: Vec::new(), files: vec![&on_file] };
    assert_eq!(C::Apply(apply.clone()).rule().whose(&found), None, "nobody has looked for this number");
    apply.also = vec![Also::Number(number)];
    assert_eq!(C::Apply(apply).rule().whose(&found), Some(on_file.id));
}

#[test]
fn art_5_5_annas_own_passport_is_hers_beyond_doubt_and_the_same_number_with_another_birthday_is_asked_about()
{
    clause!(R5.5);
    let s = Scene::uncollected();
    let mut on_file = HolderFile::new(HolderId(4));
    let first = applying(&s, 9, anna("19900101"));
    for event in asked(&s, &on_file, &first, Found::NOBODY).unwrap() {
        on_file.apply(&event, s.now);
    }
    let passport = Claim::document(&on_file.person.as_ref().unwrap().details.identifier());
    let found = Found { owners: vec![(passport, on_file.id)], alike: Vec::new(), files: vec![&on_file] };
    assert_eq!(applying(&s, 10, anna("19900101")).rule().whose(&found), Some(on_file.id));
    let another = applying(&s, 10, anna("19910101"));
    assert_eq!(another.rule().whose(&found), None);
    let refusal = asked(&s, &HolderFile::new(HolderId(9)), &another, &found).unwrap_err();
    assert_eq!(refusal.reason, Reason::PossiblySamePerson, "a country may give a number again");
}

#[test]
fn art_5_5_the_passport_on_the_form_is_not_held_once_more_because_a_register_knows_it_too() {
    clause!(R5.5);
    let s = Scene::uncollected();
    let C::Apply(mut apply) = applying(&s, 9, by_passport()) else { unreachable!() };
    let which = apply.form.identifier();
    apply.also = vec![Also::Document { which, valid_until: None }];
    let events = asked(&s, &HolderFile::new(HolderId(9)), &C::Apply(apply), Found::NOBODY).unwrap();
    assert!(!events.iter().any(|e| matches!(e, HolderEvent::DocumentHeld { .. })));
}

#[test]
fn art_10_5_where_the_post_is_not_offered_li_mei_who_collects_her_card_is_not_told_of_it() {
    clause!(R10.5);
    let mut s = counter();
    let policy = LocalPolicy { no_postal_service: true, ..LocalPolicy::default() };
    let policy = DatedPolicy { from: TODAY, until: None, policy };
    s.office.apply(&InstitutionEvent::PolicySet { city: CityCode("4401".into()), policy });
    assert!(at_counter(&s, filled(draft())).is_ok());
    let posted = FormDraft {
        delivery: "2".into(),
        mailing_address: "广州市天河区".into(),
        recipient: "李梅".into(),
        recipient_phone: "13900000001".into(),
        ..draft()
    };
    let mut posted = filled(posted);
    posted.presented.postage_told = true;
    let refusal = at_counter(&s, posted).unwrap_err();
    assert_eq!(told(&refusal), [(Field::Delivery, "not_offered_here")]);
}

#[test]
fn art_8_5_a_photo_that_is_missing_and_a_receipt_that_is_unknown_are_told_with_a_defective_form() {
    clause!(R8.5);
    clause!(R10.3);
    let s = counter();
    let of_photo = |receipt: &str| {
        let mut bad = filled(FormDraft { sex: "7".into(), photo_receipt: receipt.into(), ..draft() });
        bad.photo = None;
        let all = told(&bad.judged(Vec::new(), &s.ctx(), &s.office).unwrap_err());
        let photo = |(f, _): &(Field, &str)| [Field::Photo, Field::PhotoReceipt].contains(f);
        all.into_iter().filter(photo).collect::<Vec<_>>()
    };
    assert_eq!(of_photo(""), [(Field::Photo, "missing")]);
    assert_eq!(of_photo("R9"), [(Field::PhotoReceipt, "unknown_receipt")]);
}

#[test]
fn art_8_2_a_missing_consent_is_the_applicants_or_the_guardians() {
    clause!(R8.2);
    let s = counter();
    let says = |draft: FormDraft| {
        let mut without = filled(draft);
        (without.consent, without.photo) = (None, None);
        let refusal = at_counter(&s, without).unwrap_err();
        let defect = refusal.defects.into_iter().find(|d| d.field == Field::Consent).unwrap();
        defect.message
    };
    assert!(says(draft()).contains("未取得申请人对"), "{}", says(draft()));
    assert!(says(child()).contains("未取得监护人对"), "{}", says(child()));
}

#[test]
fn art_8_3_a_replacement_waits_until_the_register_has_said_who_somebody_is() {
    clause!(R8.3);
    let stage = |result| {
        let mut s = Scene::with_card();
        s.done(formal());
        let C::Replace(lost) = reissue() else { unreachable!() };
        let mut said = checks();
        said[0].result = result;
        s.done(C::Replace(Box::new(Replace { checks: said, ..*lost })));
        s.file.applications[1].stage.clone()
    };
    assert_eq!(checks()[0].item, CheckItem::Identity);
    assert!(matches!(stage(CheckResult::Passed), Stage::Accepted { .. }));
    assert!(matches!(stage(CheckResult::Unavailable), Stage::Received), "the register was silent");
}

#[test]
fn art_8_5_a_voucher_says_the_reason_the_article_and_the_way_out_or_nobody_is_declined() {
    clause!(R8.5);
    let waiting = || {
        let mut s = Scene::uncollected();
        s.file.cards.clear();
        s.file.applications[0].stage = Stage::Received;
        s
    };
    let mut s = waiting();
    let decline = |reason: &str, article: &str, remedy: &str| {
        let ground = Ground { reason: reason.into(), article: article.into(), remedy: remedy.into() };
        C::Decline(Decline { application: ApplicationId(1), ground })
    };
    for part in [decline(" ", "第八条", "补正"), decline("不符", "", "补正"), decline("不符", "第八条", " ")]
    {
        assert_eq!(s.refused(part), Reason::MaterialDefective);
    }
    // Nobody can look up a number alone.
    for article in ["33", "规程", "第条", "第八"] {
        assert_eq!(s.refused(decline("不符", article, "补正")), Reason::MaterialDefective, "{article}");
    }
    for article in ["第８条", "《经办规程》第三十三条第（三）项", "附件 6"] {
        waiting().done(decline("不符", article, "补正"));
    }
    s.done(decline("不符", "第八条", "补正"));
}

#[test]
fn art_22_1_a_payment_may_be_ten_minutes_ahead_of_our_clock_and_no_more() {
    clause!(R22.1);
    let mut s = Scene::with_card();
    s.done(formal());
    s.done(reissue());
    let ahead = |s: &Scene, micros: i64| {
        let at = kaguan_domain::ctx::Instant(s.now.0 + micros);
        C::PayFee(Pay::of_one_card(ApplicationId(2), 1, at))
    };
    assert_eq!(s.refused(ahead(&s, 600_000_001)), Reason::MaterialDefective);
    s.done(ahead(&s, 600_000_000));
}

#[test]
fn art_35_1_whatever_is_typed_is_looked_for_by_its_shape_and_a_small_x_is_named() {
    clause!(R35.1);
    let traces = |typed: &str| LookedUp::read(typed).unwrap().traces.len();
    assert_eq!(traces("123456789"), 1, "nine digits have no old form");
    assert_eq!(traces("AB12345678"), 1, "nor have ten characters with letters");
    assert_eq!(traces("1234567801"), 2, "a Taiwan permit's old form");
    let wrong = |number: &str| SocialSecurityNumber::parse(number).unwrap_err().why;
    assert_eq!(wrong("44010319620927009x"), "末位字母应为大写");
    assert_eq!(wrong("440103196209270091"), "校验位不符");
}
