//! 信息变更 (Article 29): a name, a document, a number, a phone.

use super::person::{OLD, Scene, TODAY, cancel, checks, draft};
use super::{exchange, replace};
use jiff::civil::date;
use kaguan_domain::application::Decline;
use kaguan_domain::application::form::{Circumstances, Door, judge};
use kaguan_domain::clause;
use kaguan_domain::ctx::Ctx;
use kaguan_domain::dispatch::{HolderCommand as C, decide};
use kaguan_domain::facts::application::{CheckResult, ExchangeReason, Ground, Purpose, Stage};
use kaguan_domain::facts::archive::{Case, Enclosed, MaterialKind};
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::document::{Document, DocumentKind};
use kaguan_domain::facts::form::{Field, FormDraft, PersonCategory};
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::identity::{Identifier, NumberEnd};
use kaguan_domain::facts::name::HolderName;
use kaguan_domain::facts::person::Person;
use kaguan_domain::facts::social_security_number::{SocialSecurityNumber, check_character};
use kaguan_domain::holder::{ChangeContacts, CorrectDetails};
use kaguan_domain::ids::{ApplicationId, HolderId, MaterialId};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::replacement::{Replace, Withdraw};
use kaguan_domain::rule::{Around, Found};
use std::collections::HashMap;

fn changed(changes: FormDraft) -> Replace {
    let purpose = Purpose::Exchange { old: OLD, reason: ExchangeReason::DataChanged };
    let changes = FormDraft { delivery: FormDraft::collected().delivery, ..changes };
    Replace { changes: Box::new(changes), ..replace(purpose) }
}

fn exchanged(changes: FormDraft) -> C {
    C::Replace(Box::new(changed(changes)))
}

fn document(kind: DocumentKind, nationality: &str, number: &str) -> FormDraft {
    FormDraft {
        nationality: nationality.into(),
        document_kind: kind.code().into(),
        document_number: number.into(),
        document_valid_until: "20350101".into(),
        ..FormDraft::default()
    }
}

fn person(s: &Scene) -> &Person {
    s.file.person.as_ref().unwrap()
}

/// Somebody with a card by this document.
fn holding(kind: DocumentKind, nationality: &str, number: &str, ssn: &str) -> Scene {
    let mut s = Scene::with_card();
    let details = &mut s.file.person.as_mut().unwrap().details;
    details.nationality = nationality.into();
    details.document = Document::new(kind, number, date(2030, 1, 1)).unwrap();
    details.ssn = SocialSecurityNumber::parse(ssn).unwrap();
    details.category = PersonCategory::HongKongMacaoTaiwan;
    s
}

fn numbered(prefix: &str) -> String {
    format!("{prefix}{}", char::from(check_character(prefix.as_bytes()).unwrap()))
}

#[test]
fn art_29_chan_taimans_renewed_permit_keeps_his_number() {
    clause!(R29.1);
    clause!(R5.5);
    let ssn = "HKG000000H12345678";
    let mut s = holding(DocumentKind::MainlandTravelPermitHkMo, "HKG", "H12345678", ssn);
    s.done(exchanged(document(DocumentKind::MainlandTravelPermitHkMo, "HKG", "H87654321")));
    let p = person(&s);
    assert_eq!((p.details.ssn.as_str(), p.details.document.number()), (ssn, "H87654321"));
    assert!(p.numbers.is_empty());
    let held = p.documents();
    assert_eq!(held.len(), 2);
    let ended: Vec<_> = held.iter().filter(|h| h.ended.is_some()).map(|h| h.which.number.as_str()).collect();
    assert_eq!(ended, ["H12345678"]);
}

#[test]
fn art_29_a_residence_permit_in_place_of_a_travel_permit_gives_the_new_number_and_keeps_the_old_in_the_history()
 {
    clause!(R29.1);
    clause!(R35.1);
    let mut s = holding(DocumentKind::MainlandTravelPermitHkMo, "HKG", "H12345678", "HKG000000H12345678");
    let number = numbered("81000019900101001");
    s.done(exchanged(document(DocumentKind::HmtResidencePermit, "HKG", &number)));
    let p = person(&s);
    assert_eq!(p.details.ssn.as_str(), number);
    assert_eq!(p.numbers.len(), 1);
    assert_eq!(
        (p.numbers[0].number.as_str(), p.numbers[0].why),
        ("HKG000000H12345678", NumberEnd::DocumentChanged)
    );
    // By either number and either document.
    let claims = s.file.identifiers();
    for old in ["HKG000000H12345678", number.as_str()] {
        let number = SocialSecurityNumber::parse(old).unwrap();
        assert!(claims.contains(&Claim::social_security_number(&number)), "{old}");
    }
}

#[test]
fn art_29_a_corrected_citizens_number_takes_the_place_of_the_wrong_one() {
    clause!(R29.1);
    let mut s = Scene::with_card();
    let wrong = person(&s).details.ssn.clone();
    let right = numbered("44010619900101003");
    s.done(exchanged(document(DocumentKind::IdentityCard, "CHN", &right)));
    let p = person(&s);
    assert_eq!((p.details.ssn.as_str(), p.numbers[0].why), (right.as_str(), NumberEnd::Corrected));
    assert_eq!(p.numbers[0].number, wrong);
}

#[test]
fn art_29_a_changed_document_is_stated_whole_and_a_partial_one_is_one_defect() {
    clause!(R29.1);
    let mut s = Scene::with_card();
    let number = numbered("44010619900101003");
    let partial = FormDraft { document_number: number, ..FormDraft::default() };
    assert_eq!(s.refused(exchanged(partial)), Reason::MaterialDefective);
    assert_eq!(s.refused(exchange(ExchangeReason::DataChanged)), Reason::NothingToDo);
}

#[test]
fn art_29_what_the_platform_confirms_is_not_asked_for_again_and_otherwise_a_proof_is_filed() {
    clause!(R29.1);
    let mut s = Scene::with_card();
    let with = |result, proof: Option<&str>| {
        let name = FormDraft { name: "张叁".into(), ..FormDraft::default() };
        let mut command = changed(name);
        command.checks = checks();
        for check in command.checks.iter_mut().take(1) {
            check.result = result;
        }
        command.proof = proof.map(str::to_owned);
        C::Replace(Box::new(command))
    };
    assert_eq!(s.refused(with(CheckResult::NotOnRecord, None)), Reason::ChangeNotProved);
    assert_eq!(s.refused(with(CheckResult::NotOnRecord, Some(" "))), Reason::ChangeNotProved);
    assert!(s.may(&with(CheckResult::NotOnRecord, Some("甲柜3格"))));
    assert!(s.may(&with(CheckResult::Unavailable, None)), "it is asked again");
    assert_eq!(s.refused(with(CheckResult::Failed, Some("甲柜3格"))), Reason::IdentityNotConfirmed);
    s.done(with(CheckResult::Passed, None));
    assert_eq!(person(&s).details.name.display(), "张叁");
}

#[test]
fn art_29_a_number_of_another_file_is_not_taken_over_the_two_files_are_joined() {
    clause!(R29.1);
    clause!(R5.5);
    let s = Scene::with_card();
    let right = numbered("44010619900101003");
    let command = exchanged(document(DocumentKind::IdentityCard, "CHN", &right));
    let shown = Document::new(DocumentKind::IdentityCard, &right, date(2035, 1, 1)).unwrap();
    let owners = vec![(Claim::document(&Identifier::of(&shown, "CHN")), HolderId(9))];
    let found = Found { owners, ..Found::default() };
    let batches = HashMap::new();
    let ask = |found: &Found<'_>| -> Result<_, Refusal> {
        let around =
            Around { institutions: &s.office, batches: &batches, stock: &s.stock, found, other: None };
        decide(&s.file, &command, &Ctx { ..s.ctx() }, around)
    };
    let refusal = ask(&found).unwrap_err();
    assert_eq!(refusal.reason, Reason::TwoFiles);
    assert!(refusal.sentence().contains("档案合并"), "{}", refusal.sentence());
    assert!(ask(Found::NOBODY).is_ok());
}

#[test]
fn art_29_a_renewed_document_of_the_same_name_and_number_needs_no_new_card() {
    clause!(R29.1);
    let mut s = Scene::with_card();
    let whole = |s: &Scene| person(s).details.draft();
    let renewed = FormDraft { document_valid_until: "20450101".into(), ..whole(&s) };
    s.done(C::CorrectDetails(CorrectDetails {
        draft: Box::new(renewed.clone()),
        verified: true,
        materials: Vec::new(),
    }));
    assert_eq!(person(&s).details.document.valid_until, date(2045, 1, 1));
    assert_eq!(
        s.refused(C::CorrectDetails(CorrectDetails {
            draft: Box::new(renewed),
            verified: true,
            materials: Vec::new()
        })),
        Reason::NothingToDo
    );
    let named = FormDraft { name: "张叁".into(), ..whole(&s) };
    assert_eq!(
        s.refused(C::CorrectDetails(CorrectDetails {
            draft: Box::new(named),
            verified: true,
            materials: Vec::new()
        })),
        Reason::OnTheFace
    );
    assert_eq!(s.file.applications.len(), 1, "no application, no card");
}

#[test]
fn art_29_a_phone_and_an_address_are_corrected_without_an_application() {
    clause!(R29.1);
    let mut s = Scene::with_card();
    let contacts = |mobile: &str, verified| {
        C::ChangeContacts(ChangeContacts {
            mobile: mobile.into(),
            phone: String::new(),
            postal_address: "广州市越秀区新址8号".into(),
            verified,
        })
    };
    assert_eq!(s.refused(contacts("13800138000", false)), Reason::MaterialDefective);
    assert_eq!(s.refused(contacts("12", true)), Reason::MaterialDefective);
    let both: Vec<_> = s.refusal(contacts("12", false)).defects.iter().map(|d| d.code).collect();
    assert_eq!(both, ["bad_phone", "not_verified"], "all at once");
    s.as_officer(1).done(contacts("13800138000", true));
    let details = &person(&s).details;
    assert_eq!(details.mobile.as_deref(), Some("13800138000"));
    assert_eq!(details.postal_address, "广州市越秀区新址8号");
    assert_eq!(details.phone, "13900000000", "what is not said is kept");
    assert_eq!(s.refused(contacts("13800138000", true)), Reason::NothingToDo);
    assert_eq!(s.as_officer(3).refused(contacts("13800138001", true)), Reason::NotPermitted);
}

#[test]
fn art_29_another_birth_date_or_sex_of_anna_muster_is_proved_and_her_new_phone_is_not() {
    clause!(R29.1);
    let asked = |changes: FormDraft, proof: Option<&str>| {
        let mut s = holding(DocumentKind::Passport, "DEU", "C01X00T47", "DEU000000C01X00T47");
        let details = &mut s.file.person.as_mut().unwrap().details;
        details.name = HolderName::parse("ANNA MUSTER").unwrap();
        details.category = PersonCategory::Foreigner;
        let mut command = changed(changes);
        command.checks[0].result = CheckResult::NotOnRecord;
        command.proof = proof.map(str::to_owned);
        s.decide(&C::Replace(Box::new(command)))
    };
    let born = || FormDraft { birth_date: "19900102".into(), ..FormDraft::default() };
    let sex = || FormDraft { sex: "2".into(), ..FormDraft::default() };
    let phone = || FormDraft { phone: "020-38888888".into(), ..FormDraft::default() };
    let kept = |e: &&HolderEvent| matches!(e, HolderEvent::ChangeProved { proof, .. } if proof == "甲柜3格");
    for essential in [born, sex] {
        assert_eq!(asked(essential(), None).unwrap_err().reason, Reason::ChangeNotProved);
        let events = asked(essential(), Some("甲柜3格")).unwrap();
        assert_eq!(events.iter().filter(kept).count(), 1, "where the proof is kept is recorded");
    }
    let events = asked(phone(), None).unwrap();
    assert!(!events.iter().any(|e| matches!(e, HolderEvent::ChangeProved { .. })));
    // Whether she works here was asked with her first card.
    let accepted = |e: &HolderEvent| matches!(e, HolderEvent::Applied { application, .. } if matches!(application.stage, Stage::Accepted { .. }));
    assert!(events.iter().any(accepted));
}

#[test]
fn art_10_1_who_issued_a_document_is_asked_of_a_new_one_and_not_of_the_one_on_file() {
    clause!(R10.1);
    clause!(R29.1);
    let mut s = Scene::with_card();
    // Zhang San came with his employer's file, which does not say it.
    let row = FormDraft { issuing_authority: String::new(), document_valid_from: String::new(), ..draft() };
    let on_file = judge(&row, &Circumstances::new(TODAY, Door::Batch)).form.unwrap();
    s.file.person.as_mut().unwrap().details = on_file;
    assert!(s.may(&exchange(ExchangeReason::Damaged { by_human: true })));
    let passport = document(DocumentKind::ChinesePassport, "CHN", "E12345678");
    let refusal = s.refusal(exchanged(passport));
    assert!(refusal.defects.iter().any(|d| d.field == Field::IssuingAuthority), "{refusal:?}");
}

#[test]
fn art_29_a_whole_form_is_corrected_before_the_card_and_a_name_with_a_new_card_only() {
    clause!(R29.1);
    let correct = |s: &Scene, change: &dyn Fn(&mut FormDraft)| {
        let mut draft = person(s).details.draft();
        change(&mut draft);
        C::CorrectDetails(CorrectDetails { draft: Box::new(draft), verified: true, materials: Vec::new() })
    };
    let renamed = |d: &mut FormDraft| d.name = "张叁".into();
    let moved = |d: &mut FormDraft| d.postal_address = "广州市越秀区".into();
    let mut s = Scene::with_card();
    assert_eq!(s.refused(correct(&s, &renamed)), Reason::OnTheFace);
    assert_eq!(s.refused(correct(&s, &|_| {})), Reason::NothingToDo);
    s.done(correct(&s, &moved));
    assert_eq!(person(&s).details.postal_address, "广州市越秀区");
    // A new card is on its way to being made: it will bear the name.
    s.done(exchange(ExchangeReason::Damaged { by_human: true }));
    assert!(s.may(&correct(&s, &renamed)));
    // There is no card any more that could bear another one.
    let mut s = Scene::with_card();
    s.done(C::Cancel(cancel(OLD, CancelReason::Emigrated)));
    assert!(s.may(&correct(&s, &renamed)));
    let nonsense = |d: &mut FormDraft| d.sex = "7".into();
    assert_eq!(s.refused(correct(&s, &nonsense)), Reason::MaterialDefective);
}

#[test]
fn art_34_1_a_name_that_becomes_rare_by_correction_brings_the_image_of_the_document() {
    clause!(R34.1);
    clause!(R40.1);
    let mut s = Scene::with_card();
    s.done(exchange(ExchangeReason::Damaged { by_human: true }));
    let correct = |s: &Scene, name: &str, digest: Option<String>| {
        let draft = FormDraft { name: name.into(), ..person(s).details.draft() };
        let image = |digest| Enclosed { id: MaterialId(77), kind: MaterialKind::Identity, digest };
        let materials = digest.map(image).into_iter().collect();
        CorrectDetails { draft: Box::new(draft), verified: true, materials }
    };
    let codes = |refusal: Refusal| refusal.defects.iter().map(|d| (d.field, d.code)).collect::<Vec<_>>();
    let missing = s.refusal(C::CorrectDetails(correct(&s, "张[CHUI]", None)));
    assert_eq!(codes(missing), [(Field::DocumentImage, "missing")]);
    let unread = s.refusal(C::CorrectDetails(correct(&s, "张[CHUI]", Some(String::new()))));
    assert_eq!(codes(unread), [(Field::DocumentImage, "not_an_image")]);
    // With what else is wrong, at once.
    let mut both = correct(&s, "张［ＣＨＵＩ］", None);
    both.draft.sex = "7".into();
    let both = s.refusal(C::CorrectDetails(both));
    assert!(codes(both.clone()).contains(&(Field::DocumentImage, "missing")), "{both:?}");
    assert!(s.may(&C::CorrectDetails(correct(&s, "张叁", None))), "a common name needs none");
    s.done(C::CorrectDetails(correct(&s, "张[CHUI]", Some("ab".repeat(32)))));
    let filed = person(&s).archive.iter().find(|m| m.id == MaterialId(77)).unwrap();
    assert_eq!(filed.case, Case::Application(s.file.open_application().unwrap().id));
    assert_eq!(kaguan_domain::rare_name::document(&s.file).map(|m| m.id), Some(MaterialId(77)));
    // What else is corrected of the same name asks for no image again.
    let mut moved = correct(&s, "张[CHUI]", None);
    moved.draft.postal_address = "广州市越秀区".into();
    s.done(C::CorrectDetails(moved));
}

#[test]
fn art_29_a_phone_is_corrected_although_the_identity_card_on_file_has_run_out() {
    clause!(R29.1);
    let mut s = Scene::with_card();
    s.days_pass(14 * 366);
    assert!(person(&s).details.document.valid_until < s.now.date());
    let mobile = |mobile: &str| {
        C::ChangeContacts(ChangeContacts {
            mobile: mobile.into(),
            phone: String::new(),
            postal_address: String::new(),
            verified: true,
        })
    };
    assert_eq!(s.refused(mobile("139")), Reason::MaterialDefective);
    s.done(mobile("13911111111"));
    assert_eq!(person(&s).details.mobile.as_deref(), Some("13911111111"));
}

/// Both ends of an application of which nothing comes.
fn nothing_comes() -> [C; 2] {
    let (reason, article, remedy) = ("材料不符".into(), "第二十九条".into(), "补正后再申请".into());
    let ground = Ground { reason, article, remedy };
    [
        C::Withdraw(Withdraw { application: ApplicationId(2) }),
        C::Decline(Decline { application: ApplicationId(2), ground }),
    ]
}

#[test]
fn art_29_what_an_application_changed_of_which_nothing_came_is_as_it_was_and_can_be_changed_again() {
    clause!(R27.4);
    clause!(R29.1);
    for end in nothing_comes() {
        let mut s = Scene::with_card();
        let before = person(&s).clone();
        let other = || {
            let number = numbered("44010619900101003");
            let name =
                FormDraft { name: "张叁".into(), mobile: "13900139000".into(), ..FormDraft::default() };
            let identity = document(DocumentKind::IdentityCard, "CHN", &number);
            exchanged(FormDraft { name: name.name, mobile: name.mobile, ..identity })
        };
        s.done(other());
        let now = person(&s);
        assert!(now.details.name.display() == "张叁" && now.details.ssn != before.details.ssn);
        let new: Vec<Claim> = s.file.identifiers();
        // What the clerk corrects meanwhile has nothing to do with it, and stays.
        let contacts = ChangeContacts {
            mobile: String::new(),
            phone: String::new(),
            postal_address: "广州市天河区2号".into(),
            verified: true,
        };
        s.done(C::ChangeContacts(contacts));
        let events = s.events(&end);
        let given_back: Vec<Claim> = events.iter().flat_map(|e| s.file.gives_back(e)).collect();
        s.done(end);
        let after = person(&s);
        assert_eq!((&after.details.name, &after.details.ssn), (&before.details.name, &before.details.ssn));
        assert_eq!(after.details.mobile, before.details.mobile);
        assert_eq!((after.documents(), &after.numbers), (before.documents(), &before.numbers));
        assert_eq!(after.details.postal_address, "广州市天河区2号");
        assert!(s.file.applications[1].before.is_none(), "nothing is kept of what is over");
        // The numbers are nobody's again.
        let gone: Vec<&Claim> = new.iter().filter(|c| !s.file.identifiers().contains(c)).collect();
        assert!(gone.len() == 2 && gone.iter().all(|c| given_back.contains(c)), "{gone:?} {given_back:?}");
        // The card says the old name: the same is asked for once more, and has to be proved as before.
        let C::Replace(mut again) = other() else { unreachable!() };
        (again.id, again.form_no) = (ApplicationId(3), "44010000003".into());
        again.checks[0].result = CheckResult::NotOnRecord;
        assert_eq!(s.refused(C::Replace(again.clone())), Reason::ChangeNotProved);
        again.checks = checks();
        s.done(C::Replace(again));
    }
}

#[test]
fn art_29_what_became_of_a_card_stays_and_a_correction_of_the_application_goes_with_it() {
    clause!(R29.1);
    let named = |name: &str| FormDraft { name: name.into(), ..FormDraft::default() };
    // The card is made: the name stands on it.
    let mut s = Scene::with_card();
    s.done(exchanged(named("张叁")));
    assert!(s.file.applications[1].before.is_some());
    s.card_made(ApplicationId(2), "95588");
    assert!(s.file.applications[1].before.is_none() && person(&s).details.name.display() == "张叁");
    // A wrong character of the new name is corrected, and then nothing comes of it.
    for end in nothing_comes() {
        let mut s = Scene::with_card();
        s.done(exchanged(named("张参")));
        let draft = Box::new(FormDraft { name: "张叁".into(), ..person(&s).details.draft() });
        s.done(C::CorrectDetails(CorrectDetails { draft, verified: true, materials: Vec::new() }));
        s.done(end);
        assert_eq!(person(&s).details.name.display(), "张三");
    }
    // Of earlier days nothing is kept, and nothing is put back.
    let mut s = Scene::with_card();
    s.done(exchanged(named("张叁")));
    s.file.applications[1].before = None;
    let [withdraw, _] = nothing_comes();
    s.done(withdraw);
    assert_eq!(person(&s).details.name.display(), "张叁");
}
