//! 批量领取: what the employer's operator shows and leaves, and who signed the employer's list afterwards.

use crate::person::{HR, OLD, Scene, relative};
use crate::stated;
use jiff::civil::date;
use kaguan_domain::clause;
use kaguan_domain::collection::{
    BoxEmployer, HandOverToUnit, SignAtUnit, employer_of_box, hand_over_to_unit,
};
use kaguan_domain::dispatch::{BatchCommand, HolderCommand as C, decide_batch, decide_batch_beside};
use kaguan_domain::facts::application::{AgentGround, AgentRelation};
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_domain::facts::batch::{Batch, BatchEvent, BatchFile, BatchState};
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::card::Social;
use kaguan_domain::facts::counter::{Collector, Deputy, KeptCopy, Shown};
use kaguan_domain::facts::custody::{Custody, Party};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::post::Manner;
use kaguan_domain::facts::unit::{Mandate, UnitApplication, UnitFile};
use kaguan_domain::ids::{BankCode, BatchId, BoxId, CityCode, MaterialId, OrgId, UnitId, VendorCode};
use kaguan_domain::refusal::Reason;

const BOX: BoxId = BoxId(1);

/// A batch with a box of two cards for the employer E1, at the outlet.
fn boxed(s: &Scene) -> BatchFile {
    let mut file = BatchFile::new(BatchId(1));
    file.batch = Some(Batch {
        number: "1".into(),
        city: CityCode("4401".into()),
        bank: BankCode("95588".into()),
        urgent: false,
        collected_on: date(2026, 11, 1),
        people: 2,
        state: BatchState::Made { vendor: VendorCode("1".into()), at: s.now },
        clocks: Vec::new(),
        incomplete: Vec::new(),
        taken_back: None,
    });
    file.tally.inside.insert(BOX, 2);
    file.boxes.push(BoxFile {
        id: BOX,
        number: "1-001".into(),
        outlet: HR,
        employer: Some("E1".into()),
        cards: 2,
        keeper: Party::Org(HR),
        on_the_way: None,
        last_signed: s.now,
        left_province: Some(s.now),
        arrived: Some(s.now),
        differences: Vec::new(),
        papers: Vec::new(),
    });
    file
}

fn told(s: &Scene, file: &BatchFile, command: HandOverToUnit, unit: Option<&UnitFile>) -> (Reason, String) {
    let command = BatchCommand::HandOverBox(command);
    let refusal = decide_batch_beside(file, &command, unit, &s.ctx(), &s.office).unwrap_err();
    (refusal.reason, refusal.about.unwrap_or_default())
}

/// The box went to its operator, with Zhang San's card in it.
fn with_employer() -> Scene {
    let mut s = Scene::uncollected();
    let mut batch = boxed(&s);
    let unit = stated::unit_registered(UnitId(9));
    let collects = stated::handed_to_operator(BOX, "E1", 2, &unit);
    for event in hand_over_to_unit(&batch, &collects, Some(&unit), &s.ctx(), &s.office).unwrap() {
        batch.apply(&event, s.now);
    }
    s.file.cards[0].custody = Custody::InBox { r#box: BOX };
    s.batches.insert(BatchId(1), batch);
    s.as_officer(1);
    s
}

#[test]
fn art_15_1_wang_wu_shows_himself_brings_form_and_authorisation_and_both_sign() {
    clause!(R15.1);
    let mut s = Scene::uncollected();
    s.as_officer(1);
    let batch = boxed(&s);
    let unit = stated::unit_registered(UnitId(9));
    let whole = || stated::handed_to_operator(BOX, "E1", 2, &unit);
    assert_eq!(told(&s, &batch, whole(), None).0, Reason::UnitNotRegistered, "whose papers nobody has seen");
    let without_papers = UnitFile::new(UnitId(9));
    assert_eq!(told(&s, &batch, whole(), Some(&without_papers)).0, Reason::UnitNotRegistered);
    let (reason, _) = told(&s, &batch, HandOverToUnit { form_no: "4401U2".into(), ..whole() }, Some(&unit));
    assert_eq!(reason, Reason::NotThisEmployer, "the form of another application");
    let bare = HandOverToUnit {
        operator: " ".into(),
        authorisation: String::new(),
        verified: false,
        shown: None,
        copies: Vec::new(),
        signed: false,
        reminded: false,
        ..whole()
    };
    let (reason, about) = told(&s, &batch, bare, Some(&unit));
    assert_eq!(reason, Reason::CollectorNotVerified);
    for part in
        ["证件原件", "经办人姓名", "证件种类和号码", "未收取单位授权委托书", "加盖公章", "签字确认", "提醒"]
    {
        assert!(about.contains(part), "{part}: {about}");
    }
    // Another than the registered operator comes: the authorisation has to name him.
    let zhao = || HandOverToUnit {
        operator: "赵六".into(),
        shown: Some(Shown { number: "44010619600101001X".into(), ..whole().shown.unwrap() }),
        ..whole()
    };
    assert!(told(&s, &batch, zhao(), Some(&unit)).1.contains("授权经办人姓名与批量申请登记的不符"));
    let no_form = HandOverToUnit { form_no: " ".into(), verified: false, ..whole() };
    let (reason, about) = told(&s, &batch, no_form, Some(&unit));
    assert_eq!(reason, Reason::CollectorNotVerified);
    assert!(about.contains("未登记经办人所持批量业务申请表的编号；未核实授权经办人"), "all at once: {about}");
    let mistyped = Shown { number: "440106196001010010".into(), ..whole().shown.unwrap() };
    let (_, about) = told(&s, &batch, HandOverToUnit { shown: Some(mistyped), ..whole() }, Some(&unit));
    assert!(about.contains("证件号码有误"), "{about}");
    let named = HandOverToUnit { other_operator: true, ..zhao() };
    assert!(hand_over_to_unit(&batch, &named, Some(&unit), &s.ctx(), &s.office).is_ok());
    let other = HandOverToUnit { employer: "E2".into(), ..whole() };
    assert_eq!(told(&s, &batch, other, Some(&unit)).0, Reason::NotThisEmployer);
    assert_eq!(told(s.as_officer(2), &batch, whole(), Some(&unit)).0, Reason::OutOfScope);
    s.as_officer(1);
    let all = HandOverToUnit { form_no: "4401U2".into(), signed: false, counted: 1, ..whole() };
    let (reason, about) = told(&s, &batch, all, Some(&unit));
    assert_eq!(reason, Reason::MaterialDefective, "who came was verified");
    for part in ["与该箱的批量申请不符", "签字确认", "双方清点1张"] {
        assert!(about.contains(part), "everything at once: {part}: {about}");
    }
    let (reason, about) = told(&s, &batch, HandOverToUnit { form_no: " ".into(), ..whole() }, Some(&unit));
    assert!(reason == Reason::MaterialDefective && about.contains("未登记经办人所持"), "{about}");
    let short = HandOverToUnit { counted: 1, ..whole() };
    assert_eq!(told(&s, &batch, short, Some(&unit)).0, Reason::CountMismatch);
    let events = hand_over_to_unit(&batch, &whole(), Some(&unit), &s.ctx(), &s.office).unwrap();
    let [BatchEvent::BoxHandedOver(handed)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((handed.unit, handed.copies.len()), (Some(UnitId(9)), 1));
    let mut gone = batch.clone();
    gone.apply(&events[0], s.now);
    assert_eq!(gone.boxes[0].keeper, Party::Employer("E1".into()));
    assert_eq!(told(s.as_system(), &gone, whole(), Some(&unit)).0, Reason::AlreadyHandedOver);
    assert!(events[0].is_personal() && !format!("{handed:?}").contains("440106199001010013"));
}

#[test]
fn art_40_the_operators_authorisation_is_kept_with_the_box_and_opened_with_a_reason() {
    clause!(R40.1);
    clause!(R39.1);
    let s = with_employer();
    let file = &s.batches[&BatchId(1)];
    let material = file.boxes[0].papers[0].id;
    let open = |material, reason: &str| {
        let command = BatchCommand::OpenPaper { r#box: BOX, material, reason: reason.into() };
        decide_batch(file, &command, &s.ctx(), &s.office).map_err(|r| r.reason)
    };
    assert_eq!(open(material, " "), Err(Reason::MaterialDefective));
    assert_eq!(open(MaterialId(1), "核对"), Err(Reason::NotFound));
    assert_eq!(open(material, "核对授权").unwrap().len(), 1);
}

#[test]
fn art_15_1_what_the_holders_signed_at_the_employers_is_recorded_and_enables_nothing() {
    clause!(R15.1);
    clause!(R12.2);
    clause!(R16.1);
    let sign =
        |signed_on, collector, seen| C::SignAtUnit(SignAtUnit { card: OLD, signed_on, collector, seen });
    let mut s = with_employer();
    s.days_pass(3);
    let today = s.now.date();
    let refusal = s.decide(&sign(date(2026, 11, 1), Collector::Holder, false)).unwrap_err();
    let about = refusal.about.unwrap();
    assert!(about.contains("签收名册") && about.contains("签收日期"), "{about}");
    assert_eq!(s.as_officer(5).refused(sign(today, Collector::Holder, true)), Reason::OutOfScope);
    s.as_officer(1).done(sign(date(2026, 11, 24), Collector::Holder, true));
    assert!(matches!(s.old().custody, Custody::WithHolder { .. }));
    assert_eq!(s.old().social, Social::NotEnabled);
    let signature = s.old().signature.clone().unwrap();
    assert_eq!((signature.manner, signature.on, signature.deputy), (Manner::Unit, date(2026, 11, 24), None));
    assert_eq!(s.refused(sign(today, Collector::Holder, true)), Reason::AlreadyHandedOver);
    // For a child of nine the guardian signs.
    let mut s = with_employer();
    s.file.person.as_mut().unwrap().details.birth_date = date(2017, 1, 1);
    assert_eq!(s.refused(sign(s.now.date(), Collector::Holder, true)), Reason::AgentNotAllowed);
    let of = |relation, name: &str| {
        let deputy =
            Deputy { name: name.into(), relation, copies: Vec::new(), ..relative(AgentGround::Minor) };
        Collector::Deputy(Box::new(deputy))
    };
    let today = s.now.date();
    assert_eq!(s.refused(sign(today, of(AgentRelation::Guardian, " "), true)), Reason::MaterialDefective);
    s.done(sign(today, of(AgentRelation::Guardian, "张父"), true));
    // A card that lies at the outlet is the counter's to hand over.
    let mut s = Scene::uncollected();
    s.as_officer(1);
    let today = s.now.date();
    assert_eq!(s.refused(sign(today, Collector::Holder, true)), Reason::WrongStage);
}

#[test]
fn art_12_2_the_register_of_a_batch_is_its_own_citys_and_not_of_nobody() {
    clause!(R12.2);
    clause!(R39.1);
    let mut s = with_employer();
    let file = s.batches[&BatchId(1)].clone();
    let print = |s: &Scene, org, rows| {
        decide_batch(&file, &BatchCommand::PrintRegister { org, rows }, &s.ctx(), &s.office)
            .map_err(|r| r.reason)
    };
    assert_eq!(print(&s, HR, 0), Err(Reason::NotFound));
    assert_eq!(print(&s, HR, 2), Ok(vec![BatchEvent::RegisterPrinted { org: HR, rows: 2 }]));
    assert_eq!(print(&s, OrgId(4), 2), Err(Reason::OutOfScope), "another outlet's");
    assert_eq!(print(s.as_system(), OrgId(6), 2), Err(Reason::OutOfScope), "another city's");
}

#[test]
fn art_15_1_an_operator_with_a_passport_and_the_kinds_of_papers_that_are_left() {
    clause!(R15.1);
    let mut s = Scene::uncollected();
    s.as_officer(1);
    let batch = boxed(&s);
    let mut unit = stated::unit_registered(UnitId(9));
    let application = unit.application.as_mut().unwrap();
    (application.operator_number, application.operator_name) = ("E12345678".into(), "ANNA MUSTER".into());
    application.operator_document = Some(DocumentKind::Passport);
    let whole = || {
        let by = stated::handed_to_operator(BOX, "E1", 2, &unit);
        let passport = Shown { kind: DocumentKind::Passport, ..by.shown.clone().unwrap() };
        HandOverToUnit { shown: Some(passport), ..by }
    };
    assert!(hand_over_to_unit(&batch, &whole(), Some(&unit), &s.ctx(), &s.office).is_ok());
    assert_eq!(BatchCommand::HandOverBox(whole()).unit(), Some(UnitId(9)), "whose papers are loaded");
    let sister = HandOverToUnit { operator: "ANNE MUSTER".into(), ..whole() };
    assert!(
        told(&s, &batch, sister, Some(&unit)).1.contains("授权经办人姓名与批量申请登记的不符"),
        "the number alone"
    );
    let left = |kind, digest: &str| {
        let copy = KeptCopy { id: MaterialId(991), kind, digest: Some(digest.into()) };
        HandOverToUnit { copies: vec![copy], ..whole() }
    };
    let other = left(MaterialKind::Receipt, &"ab".repeat(32));
    assert!(told(&s, &batch, other, Some(&unit)).1.contains("授权委托书复印件"));
    for broken in ["ab".to_owned(), "zz".repeat(32)] {
        let (_, about) = told(&s, &batch, left(MaterialKind::Authorisation, &broken), Some(&unit));
        assert!(about.contains("影像不完整"), "{about}");
    }
    let (_, about) = told(&s, &batch, left(MaterialKind::Authorisation, ""), Some(&unit));
    assert!(about.contains("单位授权委托书影像不能识别") && !about.contains("未留存加盖公章"), "{about}");
}

#[test]
fn art_15_1_an_authorisation_whose_days_are_over_is_given_anew() {
    clause!(R15.1);
    clause!(X4.1);
    let mut s = Scene::uncollected();
    s.as_officer(1);
    let batch = boxed(&s);
    let mut unit = stated::unit_registered(UnitId(9));
    let mandate = |until| Mandate { operator_sex: "1".into(), matter: "领取社会保障卡".into(), until };
    let today = s.ctx().today();
    unit.application.as_mut().unwrap().mandate = Some(mandate(today));
    let whole = stated::handed_to_operator(BOX, "E1", 2, &unit);
    assert!(hand_over_to_unit(&batch, &whole, Some(&unit), &s.ctx(), &s.office).is_ok(), "its last day");
    unit.application.as_mut().unwrap().mandate = Some(mandate(today.yesterday().unwrap()));
    let (reason, about) = told(&s, &batch, whole.clone(), Some(&unit));
    assert!(reason == Reason::MaterialDefective && about.contains("授权期限至"), "{about}");
    let anew = HandOverToUnit { authorisation: "委2".into(), ..whole };
    assert!(hand_over_to_unit(&batch, &anew, Some(&unit), &s.ctx(), &s.office).is_ok());
}

#[test]
fn art_15_1_a_box_is_told_by_its_employers_name_and_the_number_of_its_form() {
    clause!(R15.1);
    let batch = boxed(&Scene::uncollected());
    let b = &batch.boxes[0];
    let of = |said: &str, forms: &str| BoxEmployer { said: said.into(), forms: forms.into() };
    let own = stated::unit_registered(UnitId(9)).application.unwrap();
    let again = UnitApplication { form_no: "4401U2".into(), ..own.clone() };
    let other = UnitApplication {
        form_no: "4401U3".into(),
        employer_code: "E2".into(),
        employer_name: "另一单位".into(),
        ..own.clone()
    };
    assert_eq!(employer_of_box(b, &[&own, &other]), of("某单位（E1）", "4401U1"));
    assert_eq!(employer_of_box(b, &[&own, &again]), of("某单位（E1）", "4401U1、4401U2"));
    // The rows of a file may have another number than the form: the only form that there is tells whose it is.
    assert_eq!(employer_of_box(b, &[&other]), of("另一单位（E1）", "4401U3"));
    assert_eq!(employer_of_box(b, &[]), of("E1", ""), "the papers are still to be registered");
    let third = UnitApplication { employer_code: "E3".into(), ..other.clone() };
    assert_eq!(employer_of_box(b, &[&other, &third]), of("E1", ""), "nobody guesses which");
    let nobodys = BoxFile { employer: None, ..b.clone() };
    assert_eq!(employer_of_box(&nobodys, &[&own]), BoxEmployer::default());
}
