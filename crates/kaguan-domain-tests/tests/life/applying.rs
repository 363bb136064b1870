//! Applying (Articles 7, 8 and 10): everything is told at once, agents and photos are what the text asks for, a silent register
//! waits, and whoever is refused gets it in writing.

use super::person::{HR, NEW_BANK, OLD, OWN_BANK, Scene, TODAY, checks};
use jiff::civil::date;
use kaguan_domain::application::form::{Circumstances, Door, judge};
use kaguan_domain::application::printed::{Signed, declined_voucher, gets_voucher, refused_voucher};
use kaguan_domain::application::{
    Apply, ConfirmByHand, Decline, FilledIn, Presented, SupplyMaterial, ask_again, waits_for,
};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Channel, Instant};
use kaguan_domain::dispatch::{HolderCommand as C, Position, Turn, decide, position};
use kaguan_domain::facts::application::{
    Agent, AgentGround, AgentRelation, CheckItem, CheckResult, Consent, Ground, Origin, PhotoSource, Purpose,
    Register, RegisterCheck, Stage,
};
use kaguan_domain::facts::archive::{Enclosed, MaterialKind};
use kaguan_domain::facts::blank_order::Stock;
use kaguan_domain::facts::clock::ClockKind;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::{Field, FormDraft};
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::institution::InstitutionEvent;
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::facts::policy::{DatedPolicy, LocalPolicy};
use kaguan_domain::facts::social_security_number::check_character;
use kaguan_domain::ids::{ApplicationId, BankCode, CityCode, HolderId, MaterialId, OfficerId, OrgId};
use kaguan_domain::loss::ReportFormal;
use kaguan_domain::records::PrintVoucher;
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::replacement::Replace;
use kaguan_domain::rule::{Around, Found};
use std::collections::HashMap;

/// The reason of a refusal, and each defect by its item.
type Told = (Reason, Vec<(Field, &'static str)>);

const NEW: ApplicationId = ApplicationId(7);

/// 李梅, born 1950, with an identity card; nothing on file.
pub(crate) fn draft() -> FormDraft {
    FormDraft {
        form_no: "44010000007".into(),
        card_kind: "1".into(),
        nationality: "CHN".into(),
        document_kind: "1".into(),
        document_number: number("44010619500315002"),
        document_valid_from: "20150101".into(),
        document_valid_until: "99991231".into(),
        issuing_authority: "广州市公安局天河区分局".into(),
        name: "李梅".into(),
        sex: "2".into(),
        ethnicity: "01".into(),
        birth_date: "19500315".into(),
        mobile: "13900000001".into(),
        postal_address: "广州市天河区".into(),
        occupation: "3000000".into(),
        bank: "95588".into(),
        ..FormDraft::default()
    }
}

pub(crate) fn number(body: &str) -> String {
    format!("{body}{}", check_character(body.as_bytes()).unwrap() as char)
}

/// A child of four with a household register.
pub(crate) fn child() -> FormDraft {
    FormDraft {
        document_kind: "2".into(),
        document_number: number("44010620220401002"),
        document_valid_from: "20220501".into(),
        birth_date: "20220401".into(),
        ..draft()
    }
}

fn photo_check(result: CheckResult) -> RegisterCheck {
    RegisterCheck::photo(Register::System, Instant::at_start_of(TODAY), result)
}

fn receipt_check(result: CheckResult) -> RegisterCheck {
    RegisterCheck::photo(Register::PhotoPlatform, Instant(0), result)
}

/// Somebody at the counter, with all that is needed.
pub(crate) fn filled(draft: FormDraft) -> FilledIn {
    FilledIn {
        draft: Box::new(draft),
        photo: Some(PhotoRef("p".into())),
        outlet: HR,
        collect_at: HR,
        agent: None,
        consent: Some(Consent { text_version: "2022".into(), by_guardian: false }),
        presented: crate::stated::presented(),
        faults: Vec::new(),
        same: None,
    }
}

/// A counter where nobody is on file yet.
pub(crate) fn counter() -> Scene {
    let mut s = Scene::uncollected();
    s.file = HolderFile::new(HolderId(9));
    s.as_officer(1);
    s
}

/// What comes of an application with these answers of the registers, and of whoever has the photo.
fn ask(
    s: &Scene,
    filled: FilledIn,
    said: &[RegisterCheck],
    photo: Option<RegisterCheck>,
) -> Result<Vec<HolderEvent>, Refusal> {
    let apply = filled.judged(photo.clone().into_iter().collect(), &s.ctx(), &s.office)?;
    let checks = said.iter().cloned().chain(photo).collect();
    let apply = Apply { id: NEW, checks, ..apply };
    let (batches, stock) = (HashMap::new(), Stock::default());
    let (found, other) = (Found::NOBODY, None);
    let around = Around { institutions: &s.office, batches: &batches, stock: &stock, found, other };
    decide(&s.file, &C::Apply(apply), &s.ctx(), around)
}

pub(crate) fn refused(s: &Scene, filled: FilledIn) -> Refusal {
    ask(s, filled, &checks(), Some(photo_check(CheckResult::Passed))).unwrap_err()
}

pub(crate) fn codes(r: &Refusal) -> Vec<(Field, &'static str)> {
    r.defects.iter().map(|d| (d.field, d.code)).collect()
}

/// Takes it in and keeps it on file.
fn taken(s: &mut Scene, filled: FilledIn, said: &[RegisterCheck], photo: Option<RegisterCheck>) {
    for event in ask(s, filled, said, photo).unwrap() {
        s.file.apply(&event, s.now);
    }
}

fn silent() -> Vec<RegisterCheck> {
    RegisterCheck::all(Instant::at_start_of(TODAY), [CheckResult::Unavailable; 3])
}

pub(crate) fn guardian() -> Agent {
    Agent {
        name: "李父".into(),
        document_kind: DocumentKind::IdentityCard,
        document_number: number("44010619850505001"),
        phone: "13900000002".into(),
        relation: AgentRelation::Guardian,
        ground: AgentGround::Minor,
        proof: Some("户口簿".into()),
        verified: true,
    }
}

#[test]
fn art_8_5_a_child_with_nothing_but_a_form_is_told_of_everything_in_one_round() {
    clause!(R8.5);
    let s = counter();
    let mut a = filled(child());
    a.consent = None;
    a.presented = Presented::default();
    a.draft.name = "李[CHUI]".into();
    a.draft.bank = "95599".into();
    // Seven already: the photo is missing too.
    a.draft.birth_date = "20180401".into();
    a.draft.document_number = number("44010620180401002");
    a.draft.document_valid_from = "20180501".into();
    a.photo = None;
    let r = ask(&s, a, &checks(), None).unwrap_err();
    assert_eq!(r.reason, Reason::MaterialDefective);
    let all = [
        (Field::OwnDocument, "not_verified"),
        (Field::Consent, "consent_missing"),
        (Field::Agent, "agent_not_allowed"),
        (Field::Photo, "missing"),
        (Field::DocumentImage, "missing"),
        (Field::Bank, "bank_not_offered"),
    ];
    assert_eq!(codes(&r), all);
    assert!(r.defects.iter().all(|d| d.message.contains("《经办规程》") && d.message.contains('请')));
    // The same with a form that has defects, of which the rule never hears.
    let mut a = filled(child());
    (a.consent, a.draft.sex, a.collect_at) = (None, "x".into(), super::person::AWAY);
    a.photo = None;
    let r = refused(&s, a);
    let fields: Vec<_> = codes(&r).into_iter().map(|c| c.0).collect();
    assert_eq!(fields, [Field::Sex, Field::Consent, Field::Agent, Field::CollectAt]);
    // One thing alone keeps its own reason.
    let mut a = filled(draft());
    a.consent = None;
    assert_eq!(refused(&s, a).reason, Reason::ConsentMissing);
}

#[test]
fn art_8_5_eligibility_that_is_known_is_told_with_the_material() {
    clause!(R8.5);
    clause!(R3.1);
    let s = counter();
    let mut a = filled(FormDraft {
        document_kind: "7".into(),
        document_number: "P1234567".into(),
        nationality: "DEU".into(),
        name: "ANNA MUELLER".into(),
        ..draft()
    });
    a.consent = None;
    let said =
        RegisterCheck::all(Instant(0), [CheckResult::Passed, CheckResult::Passed, CheckResult::NotOnRecord]);
    let r = ask(&s, a, &said, Some(photo_check(CheckResult::Passed))).unwrap_err();
    assert_eq!(codes(&r), [(Field::Consent, "consent_missing"), (Field::Eligibility, "not_eligible")]);
}

#[test]
fn art_10_1_the_personal_form_asks_for_a_mobile_and_not_for_a_landline() {
    clause!(R10.1);
    let judged = |d: &FormDraft, door| judge(d, &Circumstances::new(TODAY, door));
    let personal = judged(&draft(), Door::Personal);
    assert!(personal.defects.is_empty(), "{:?}", personal.defects);
    let landline = FormDraft { mobile: String::new(), phone: "020-83840000".into(), ..draft() };
    let said = judged(&landline, Door::Personal);
    assert_eq!(
        said.defects.iter().map(|d| (d.field, d.code)).collect::<Vec<_>>(),
        [(Field::Mobile, "missing")]
    );
    let row = FormDraft { document_valid_from: String::new(), issuing_authority: String::new(), ..draft() };
    let said = judged(&row, Door::Batch);
    assert_eq!(
        said.defects.iter().map(|d| (d.field, d.code)).collect::<Vec<_>>(),
        [(Field::Phone, "missing")]
    );
    let bare = judged(&row, Door::Personal);
    let missing: Vec<_> = bare.defects.iter().map(|d| d.field).collect();
    assert_eq!(missing, [Field::DocumentValidFrom, Field::IssuingAuthority]);
    let late = FormDraft { document_valid_from: "20300101".into(), ..draft() };
    assert_eq!(judged(&late, Door::Personal).defects[0].code, "impossible_valid_from");
    let coded = FormDraft { education: "99".into(), person_identity: "27".into(), ..draft() };
    assert_eq!(judged(&coded, Door::Personal).defects[0].field, Field::Education);
    assert_eq!(Field::TITLE_ROW.len(), 29, "the file keeps its columns");
    assert_eq!(Field::of_title("发证机关"), None);
}

#[test]
fn art_10_5_a_card_is_posted_where_the_city_offers_it_and_the_postage_was_told() {
    clause!(R10.5);
    let mut s = counter();
    let by_post = FormDraft {
        delivery: "2".into(),
        mailing_address: "广州市越秀区".into(),
        recipient: "李女".into(),
        recipient_phone: "13900000003".into(),
        ..draft()
    };
    let untold = refused(&s, filled(by_post.clone()));
    assert_eq!(codes(&untold), [(Field::Delivery, "postage_not_told")]);
    let nowhere = FormDraft { mailing_address: String::new(), ..by_post.clone() };
    let r = refused(&s, filled(nowhere));
    assert_eq!(codes(&r), [(Field::MailingAddress, "missing"), (Field::Delivery, "postage_not_told")]);
    let told = || {
        let mut a = filled(by_post.clone());
        a.presented.postage_told = true;
        a
    };
    taken(&mut s, told(), &checks(), Some(photo_check(CheckResult::Passed)));
    let to = s.file.applications[0].delivery.as_ref().unwrap();
    assert_eq!((to.recipient.as_str(), to.address.as_str()), ("李女", "广州市越秀区"));
    let mut s = counter();
    let policy = LocalPolicy { no_postal_service: true, ..LocalPolicy::default() };
    let policy = DatedPolicy { from: TODAY, until: None, policy };
    s.office.apply(&InstitutionEvent::PolicySet { city: CityCode("4401".into()), policy });
    let r = refused(&s, told());
    assert_eq!(r.reason, Reason::NotOfferedHere);
    assert!(r.defects[0].message.contains("广州市未开通邮递上门（地方细则）"), "{:?}", r.defects);
    assert!(s.office.no_post_in(&CityCode("4403".into()), TODAY).is_none(), "each city by its own rules");
    assert!(s.office.no_post_in(&CityCode("4401".into()), TODAY.yesterday().unwrap()).is_none());
}

#[test]
fn art_11_3_whoever_takes_the_card_at_the_counter_waits_for_no_batch() {
    clause!(R11.2);
    let at_once = |bank: &str, outlet| {
        let presented = Presented { at_counter: true, ..crate::stated::presented() };
        let draft = FormDraft { bank: bank.into(), ..draft() };
        FilledIn { presented, outlet, collect_at: outlet, ..filled(draft) }
    };
    let mut s = counter();
    taken(&mut s, at_once("95588", HR), &checks(), Some(photo_check(CheckResult::Passed)));
    let file = &s.file;
    assert_eq!(file.applications[0].instant_at, Some(HR));
    let stands = position(file, &file.applications[0], &HashMap::new(), &s.office);
    assert_eq!(stands, Some(Position::AwaitingInstant));
    assert_eq!(Turn::of(Position::AwaitingInstant), Turn::Outlet, "no batch takes it");
    // A bank's outlet has no cards of another bank.
    let mut s = counter();
    s.as_officer(2);
    let told = codes(&refused(&s, at_once("95533", OrgId(4))));
    assert!(told.iter().any(|(field, _)| *field == Field::Making), "{told:?}");
}

#[test]
fn appendix_7_1_a_card_is_collected_at_the_labour_departments_or_its_own_banks_outlet_and_no_other_banks() {
    clause!(X7.1);
    let at = |bank: &str, collect_at| {
        let draft = FormDraft { bank: bank.into(), ..draft() };
        FilledIn { collect_at, ..filled(draft) }
    };
    let another = (Field::CollectAt, "other_banks_outlet");
    let r = refused(&counter(), at("95533", OWN_BANK));
    assert_eq!(codes(&r), [another]);
    assert!(r.defects[0].message.contains("机构4是中国工商银行的网点"), "{}", r.defects[0].message);
    assert_eq!(codes(&refused(&counter(), at("95588", NEW_BANK))), [another]);
    // With a form that cannot be read, too.
    let mut unread = at("95588", NEW_BANK);
    unread.draft.sex = "x".into();
    assert!(codes(&refused(&counter(), unread)).contains(&another));
    for (bank, there) in [("95588", OWN_BANK), ("95533", NEW_BANK), ("95533", HR)] {
        taken(&mut counter(), at(bank, there), &checks(), Some(photo_check(CheckResult::Passed)));
    }
}

#[test]
fn art_8_2_the_three_grounds_of_an_agent_have_their_own_people_and_proofs() {
    clause!(R8.2);
    let s = counter();
    let by = |relation, ground, change: fn(&mut Agent)| {
        let mut agent = Agent { relation, ground, ..guardian() };
        change(&mut agent);
        let presented = crate::stated::presented_by_agent();
        let a = FilledIn { agent: Some(agent.into()), presented, ..filled(draft()) };
        ask(&s, a, &checks(), Some(photo_check(CheckResult::Passed)))
            .map(|_| ())
            .map_err(|r| (r.reason, codes(&r)))
    };
    let keep: fn(&mut Agent) = |_| {};
    assert_eq!(by(AgentRelation::Guardian, AgentGround::Incapable, keep), Ok(()));
    assert_eq!(by(AgentRelation::DirectRelative, AgentGround::Elderly, keep), Ok(()));
    assert_eq!(by(AgentRelation::LawfulAgent, AgentGround::LongAbsent, keep), Ok(()));
    let why = |r: Result<(), Told>| r.unwrap_err().0;
    assert_eq!(why(by(AgentRelation::DirectRelative, AgentGround::Incapable, keep)), Reason::AgentNotAllowed);
    assert_eq!(why(by(AgentRelation::Guardian, AgentGround::Elderly, keep)), Reason::AgentNotAllowed);
    assert_eq!(
        why(by(AgentRelation::Guardian, AgentGround::Minor, keep)),
        Reason::AgentNotAllowed,
        "she is 76"
    );
    let bare = by(AgentRelation::LawfulAgent, AgentGround::Sick, |a| {
        (a.proof, a.verified) = (None, false);
        a.phone.clear();
    });
    let all = vec![(Field::Agent, "missing"), (Field::Agent, "not_verified"), (Field::AgentProof, "missing")];
    assert_eq!(bare, Err((Reason::MaterialDefective, all)));
    let herself = by(AgentRelation::DirectRelative, AgentGround::Sick, |a| {
        a.document_number = draft().document_number;
    });
    assert_eq!(why(herself), Reason::AgentNotAllowed);
    // The head of the refusal sends for nobody who would not do: it says what the one line says, or points to the lines.
    let says = |relation, ground, of_herself: bool| {
        let mut agent = Agent { relation, ground, ..guardian() };
        if of_herself {
            agent.document_number = draft().document_number;
        }
        let presented = crate::stated::presented_by_agent();
        let a = FilledIn { agent: Some(agent.into()), presented, ..filled(draft()) };
        let refused = ask(&s, a, &checks(), Some(photo_check(CheckResult::Passed))).unwrap_err();
        assert_eq!(refused.reason, Reason::AgentNotAllowed);
        let (way, lines) = (refused.way.unwrap_or_default(), refused.defects);
        (way.into_string(), lines.iter().map(|d| d.message.clone()).collect::<Vec<_>>())
    };
    let (way, lines) = says(AgentRelation::DirectRelative, AgentGround::Incapable, false);
    assert!(lines.len() == 1 && lines[0].contains(&way), "{way}: {lines:?}");
    assert!(way.contains("核对") && !way.contains("直系亲属"), "{way}");
    let (way, lines) = says(AgentRelation::DirectRelative, AgentGround::Incapable, true);
    assert!(way == "请按所列各项办理" && lines.len() == 2, "{way}: {lines:?}");
    // The proof may be an image, which is filed with the application.
    let mut s = counter();
    let mut a = filled(draft());
    let sick = AgentGround::Sick;
    let relative = Agent { relation: AgentRelation::DirectRelative, ground: sick, proof: None, ..guardian() };
    (a.agent, a.presented) = (Some(relative.into()), crate::stated::presented_by_agent());
    let image = Enclosed { id: MaterialId(5), kind: MaterialKind::RelationProof, digest: "00".repeat(32) };
    a.presented.materials.push(image);
    taken(&mut s, a, &checks(), Some(photo_check(CheckResult::Passed)));
    assert_eq!(s.file.person.as_ref().unwrap().archive[0].kind, MaterialKind::RelationProof);
}

#[test]
fn art_8_2_under_sixteen_somebody_else_acts_and_collects() {
    clause!(R8.2);
    let form = |d: &FormDraft| judge(d, &Circumstances::new(TODAY, Door::Personal)).form.unwrap();
    assert!(form(&child()).needs_guardian(TODAY) && !form(&draft()).needs_guardian(TODAY));
}

#[test]
fn art_9_a_row_of_a_child_without_guardian_is_an_error() {
    clause!(R8.2);
    let row = FormDraft { phone: "13900000001".into(), ..child() };
    let said = judge(&row, &Circumstances::new(TODAY, Door::Batch));
    assert_eq!(said.defects.iter().map(|d| d.code).collect::<Vec<_>>(), ["no_guardian"]);
}

#[test]
fn art_10_3_a_photo_is_a_file_a_known_receipt_the_identity_cards_or_the_earlier_cards() {
    clause!(R10.3);
    clause!(R8.3);
    let s = counter();
    let with = |from, receipt: &str, photo: Option<&str>, check: Option<RegisterCheck>| {
        let mut a = filled(FormDraft { photo_receipt: receipt.into(), ..draft() });
        a.photo = photo.map(|p| PhotoRef(p.into()));
        a.presented.photo_from = from;
        ask(&s, a, &checks(), check).map_err(|r| codes(&r)[0].1)
    };
    let taken = |r: Result<Vec<HolderEvent>, &'static str>| match &r.unwrap()[0] {
        HolderEvent::Applied { application, .. } => application.clone(),
        other => panic!("{other:?}"),
    };
    let file = taken(with(None, "", Some("p"), Some(photo_check(CheckResult::Passed))));
    assert_eq!(
        (file.photo_from, file.checked(CheckItem::Photo)),
        (Some(PhotoSource::File), Some(CheckResult::Passed))
    );
    assert_eq!(
        with(None, "", Some("00"), Some(photo_check(CheckResult::NotOnRecord))),
        Err("photo_not_judged")
    );
    assert_eq!(with(None, "", Some("00"), None), Err("photo_not_judged"), "a text is no photo");
    let receipt = taken(with(None, "R9", None, Some(receipt_check(CheckResult::Passed))));
    assert_eq!(receipt.photo_from, Some(PhotoSource::Receipt));
    assert_eq!(with(None, "R9", None, Some(receipt_check(CheckResult::NotOnRecord))), Err("unknown_receipt"));
    assert_eq!(with(None, "R9", None, None), Err("unknown_receipt"));
    // A platform that does not answer has denied nothing: the application waits, and is asked about again.
    let waits = taken(with(None, "R9", None, Some(receipt_check(CheckResult::Unavailable))));
    assert_eq!(waits.stage, Stage::Received);
    let card = Some(PhotoSource::IdentityCard);
    let authorised = RegisterCheck::photo(Register::PublicSecurity, Instant(0), CheckResult::Passed);
    assert_eq!(taken(with(card, "", Some("p"), Some(authorised.clone()))).photo_from, card);
    let none = RegisterCheck { result: CheckResult::NotOnRecord, ..authorised.clone() };
    assert_eq!(with(card, "", None, Some(none)), Err("no_identity_photo"));
    let silence = RegisterCheck { result: CheckResult::Unavailable, ..authorised };
    assert_eq!(with(card, "", None, Some(silence)), Err("register_unavailable"));
    assert_eq!(with(None, "", None, None), Err("missing"));
    assert_eq!(with(Some(PhotoSource::Earlier), "", None, None), Err("missing"), "there is no earlier card");
    // Somebody whose card was cancelled applies again with the photo that is on file.
    let mut s = Scene::with_card();
    let at = s.now;
    s.file.cards[0].social = kaguan_domain::facts::card::Social::Cancelled { at };
    s.file.applications[0].stage = Stage::Withdrawn { at };
    let mut a = filled(s.file.person.as_ref().unwrap().details.draft());
    a.photo = None;
    a.draft.form_no = "44010000008".into();
    assert!(ask(&s, a, &checks(), None).is_ok());
}

#[test]
fn art_34_the_image_comes_with_the_application_of_a_name_with_a_rare_character() {
    clause!(R34.1);
    let mut s = counter();
    let rare = || filled(FormDraft { name: "张[CHUI]".into(), ..draft() });
    assert_eq!(codes(&refused(&s, rare())), [(Field::DocumentImage, "missing")]);
    let with = |digest: &str| {
        let mut a = rare();
        a.presented.materials.push(Enclosed {
            id: MaterialId(3),
            kind: MaterialKind::Identity,
            digest: digest.into(),
        });
        a
    };
    assert_eq!(codes(&refused(&s, with(""))), [(Field::DocumentImage, "not_an_image")]);
    taken(&mut s, with(&"00".repeat(32)), &checks(), Some(photo_check(CheckResult::Passed)));
    assert_eq!(kaguan_domain::rare_name::document(&s.file).map(|m| m.id), Some(MaterialId(3)));
}

#[test]
fn art_8_3_a_silent_register_is_asked_again_and_a_person_may_decide_with_a_reason() {
    clause!(R8.3);
    let mut s = counter();
    let photo = || Some(photo_check(CheckResult::Passed));
    taken(&mut s, filled(draft()), &silent(), photo());
    let a = s.file.applications[0].clone();
    assert_eq!(a.stage, Stage::Received);
    let start = Instant::at_start_of(TODAY);
    assert_eq!(ask_again(&a), Some(Instant(start.0 + 3_600_000_000)), "in an hour");
    assert!(kaguan_domain::duty::next(&s.file).is_some(), "by a duty");
    let says = waits_for(&s.file, &a, &s.office, TODAY).unwrap();
    assert!(says.contains("申请资料已保留") && says.contains("2026-11-23 01:00"), "{says}");
    let again = |at: i64, results| {
        let checks = RegisterCheck::all(Instant(start.0 + at * 3_600_000_000), results);
        C::SupplyMaterial(SupplyMaterial { application: NEW, checks })
    };
    s.as_system().done(again(30, [CheckResult::Unavailable; 3]));
    let next = ask_again(&s.file.applications[0]).unwrap();
    assert_eq!(next, Instant(start.0 + 54 * 3_600_000_000), "after a day of silence, every day");
    // Whoever is not on record at sixteen is nobody whom the register confirms: no further asking settles it.
    s.done(again(54, [CheckResult::NotOnRecord, CheckResult::Passed, CheckResult::Passed]));
    assert_eq!(s.file.applications[0].stage, Stage::Received);
    assert_eq!(ask_again(&s.file.applications[0]), None);
    let by_hand = |ground: &str| C::ConfirmByHand(ConfirmByHand { application: NEW, ground: ground.into() });
    assert_eq!(s.as_officer(5).refused(by_hand("x")), Reason::OutOfScope);
    assert_eq!(s.as_officer(1).refused(by_hand(" ")), Reason::MaterialDefective);
    s.done(by_hand("已核对身份证原件和户口簿，电话向派出所核实"));
    let a = &s.file.applications[0];
    assert!(matches!(a.stage, Stage::Accepted { .. }));
    assert_eq!(a.by_hand.as_ref().unwrap().by, Some(OfficerId(1)));
    assert_eq!(s.refused(by_hand("x")), Reason::WrongStage);
    // What a register denies is put right there; nobody confirms it by hand.
    let mut s = counter();
    taken(&mut s, filled(draft()), &silent(), photo());
    s.as_system().done(again(1, [CheckResult::Failed, CheckResult::Passed, CheckResult::Passed]));
    assert_eq!(s.file.applications[0].stage, Stage::Received, "recorded, and left to a person");
    assert_eq!(s.as_officer(1).refused(by_hand("x")), Reason::IdentityNotConfirmed);
    s.done(again(2, [CheckResult::Passed, CheckResult::Passed, CheckResult::Passed]));
    assert!(matches!(s.file.applications[0].stage, Stage::Accepted { .. }), "the latest answer counts");
}

#[test]
fn art_8_3_no_record_speaks_against_no_newborn_and_no_foreigner() {
    clause!(R8.3);
    let mut s = counter();
    let said = RegisterCheck::all(
        Instant(0),
        [CheckResult::NotOnRecord, CheckResult::NotOnRecord, CheckResult::NotOnRecord],
    );
    let mut a = filled(child());
    (a.photo, a.agent) = (None, Some(guardian().into()));
    a.presented = crate::stated::presented_by_agent();
    a.consent = Some(Consent { text_version: "2022".into(), by_guardian: true });
    taken(&mut s, a, &said, None);
    assert!(matches!(s.file.applications[0].stage, Stage::Accepted { .. }));
    let mut s = counter();
    let foreigner = FormDraft {
        document_kind: "7".into(),
        document_number: "P1234567".into(),
        nationality: "DEU".into(),
        name: "ANNA MUELLER".into(),
        ..draft()
    };
    // A foreigner of whom 社保 says nothing yet is kept, and not sent away.
    let photo = Some(photo_check(CheckResult::Passed));
    taken(&mut s, filled(foreigner), &silent(), photo);
    assert_eq!(s.file.applications[0].stage, Stage::Received);
    let says = waits_for(&s.file, &s.file.applications[0], &s.office, TODAY).unwrap();
    assert!(says.contains("参保就业"), "{says}");
    assert!(
        !Reason::RegisterUnavailable.way_out().contains("已保留"),
        "nothing is said to be kept that is not"
    );
}

#[test]
fn art_7_the_twelve_days_begin_with_the_data_for_everybody_and_never_for_a_replacement() {
    clause!(R7.1);
    let mut s = counter();
    taken(&mut s, filled(draft()), &silent(), Some(photo_check(CheckResult::Passed)));
    let clock = s.file.applications[0].clock.clone().unwrap();
    assert_eq!(
        (clock.kind, clock.started_on, clock.due.last_day),
        (ClockKind::FirstCard, TODAY, date(2026, 12, 9))
    );
    // A declined application has no period any more.
    let ground =
        Ground {
            reason: "不属于发放对象".into(), article: "第三条".into(), remedy: "参保后再申请".into()
        };
    s.done(C::Decline(Decline { application: NEW, ground }));
    assert_eq!(s.file.applications[0].clock.as_ref().unwrap().stopped_on, Some(TODAY));
    let mut s = Scene::with_card();
    s.done(C::ReportFormalLoss(ReportFormal { card: OLD, verified: true, deputy: None }));
    let replace = Replace {
        id: ApplicationId(2),
        purpose: Purpose::Reissue { old: OLD },
        form_no: "44010000002".into(),
        changes: Box::default(),
        photo: None,
        outlet: HR,
        collect_at: HR,
        agent: None,
        consent: None,
        checks: checks(),
        presented: Presented::default(),
        proof: None,
    };
    // A replacement is told of everything at once as well.
    let r = {
        let (batches, stock) = (HashMap::new(), Stock::default());
        let (found, other) = (Found::NOBODY, None);
        let around = Around { institutions: &s.office, batches: &batches, stock: &stock, found, other };
        decide(&s.file, &C::Replace(Box::new(replace.clone())), &s.ctx(), around).unwrap_err()
    };
    let all = [
        (Field::Delivery, "missing"),
        (Field::OwnDocument, "not_verified"),
        (Field::Consent, "consent_missing"),
    ];
    assert_eq!(codes(&r), all);
    s.channel = Channel::Online;
    let changes = Box::new(FormDraft::collected());
    let replace = Replace { changes, ..replace };
    let consent = Some(Consent { text_version: "2022".into(), by_guardian: false });
    s.done(C::Replace(Box::new(Replace { consent, ..replace })));
    let a = s.file.applications.last().unwrap();
    assert_eq!(a.clock.as_ref().unwrap().kind, ClockKind::Replacement);
    assert_eq!(
        a.origin,
        Origin::Online,
        "an online channel has identified its user, and says where it came from"
    );
}

#[test]
fn art_8_2_a_refused_applicant_gets_a_voucher() {
    clause!(R8.9);
    let mut s = counter();
    let mut a = filled(draft());
    (a.consent, a.draft.bank) = (None, "95599".into());
    let refusal = refused(&s, a);
    assert!(gets_voucher(&refusal) && !gets_voucher(&Reason::NotPermitted.into()));
    let signed = Signed::of(HR, Some(OfficerId(1)), &s.office, s.now);
    let v = refused_voucher("44010600000003-1", "李梅", &refusal, &signed.unwrap(), s.now);
    assert_eq!(v.lines.len(), 2);
    assert!(
        v.lines.iter().all(|l| l.text.contains("《经办规程》") && l.text.contains('请')),
        "{:?}",
        v.lines
    );
    assert_eq!((v.office.as_str(), v.clerk.as_str(), v.day.as_str()), ("机构3", "经办人", "2026年11月23日"));
    // An address that is too long is written anew: nobody is refused for it in writing, and no paper has it beside what he is refused for.
    let long = |bank: &str| {
        let mut a = filled(draft());
        (a.draft.postal_address, a.draft.bank) = ("街".repeat(60), bank.into());
        refused(&s, a)
    };
    assert_eq!(codes(&long("95588")), [(Field::PostalAddress, "too_long")]);
    assert!(!gets_voucher(&long("95588")));
    let both = long("95599");
    let signed = Signed::of(HR, Some(OfficerId(1)), &s.office, s.now).unwrap();
    let v2 = refused_voucher("44010600000003-2", "李梅", &both, &signed, s.now);
    assert!(gets_voucher(&both) && codes(&both).len() == 2 && v2.lines.len() == 1, "{:?}", v2.lines);
    // A declined one too, as often as it is asked for; each printing is a look.
    taken(&mut s, filled(draft()), &checks(), Some(photo_check(CheckResult::Passed)));
    let print = PrintVoucher { form_no: "44010000007".into() };
    assert_eq!(s.refused(C::PrintVoucher(print.clone())), Reason::NotFound, "it is not declined");
    let ground = Ground {
        reason: "证件系伪造".into(),
        article: "第三十八条".into(),
        remedy: "持真实证件重新申请".into(),
    };
    s.done(C::Decline(Decline { application: NEW, ground }));
    s.done(C::PrintVoucher(print));
    let v = declined_voucher(&s.file.applications[0], "李梅", &s.office).unwrap();
    assert_eq!(
        (v.number.as_str(), v.clerk.as_str(), v.office_code.as_str()),
        ("44010000007", "经办人", "44010600000003")
    );
    assert!(v.lines[0].text.contains("证件系伪造") && v.lines[0].text.contains("持真实证件重新申请"));
    let bank = BankCode("95588".into());
    assert_eq!(s.file.applications[0].bank, bank);
}
