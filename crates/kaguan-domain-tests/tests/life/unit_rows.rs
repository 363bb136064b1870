//! The rows of an employer's file (Articles 9 and 34): what was seen of the papers is what the registered unit application says, and
//! a name with a rare character comes with the image of the document.

use super::person::{HR, Scene, TODAY, checks, draft, office};
use kaguan_domain::application::form::{Circumstances, Door, judge};
use kaguan_domain::application::{ApplyForUnit, RegisterUnit, TryFile, UnitCommand, decide_unit};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::dispatch::{BatchCommand, HolderCommand as C, decide_batch, decide_beside};
use kaguan_domain::facts::application::{CheckResult, Consent, Origin, Register, RegisterCheck};
use kaguan_domain::facts::archive::{Enclosed, MaterialKind};
use kaguan_domain::facts::batch::{Batch, BatchFile, BatchState, Tally, Unseen};
use kaguan_domain::facts::form::{Field, FormDraft};
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::facts::unit::{Papers, UnitEvent, UnitFile};
use kaguan_domain::ids::{ApplicationId, BankCode, BatchId, CityCode, HolderId, MaterialId, OrgId, UnitId};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::rule::{Around, Found, Rule};

const UNIT: UnitId = UnitId(77);

/// Everything that Article 9 asks an outlet to see.
fn everything() -> Papers {
    Papers {
        operator_original: true,
        proof: true,
        authorisation: true,
        operator_document: true,
        applicant_documents: true,
        personal_forms: true,
        consents: true,
    }
}

/// The row of 张三, under a name.
fn row(name: &str, seen: Option<Papers>, image: bool) -> ApplyForUnit {
    let draft = FormDraft { name: name.into(), ..draft() };
    let form = judge(&draft, &Circumstances::new(TODAY, Door::Batch)).form.expect("the row has no defects");
    let digest = "ab".repeat(32);
    let image = image.then_some(Enclosed { id: MaterialId(5), kind: MaterialKind::Identity, digest });
    let photo = RegisterCheck::photo(Register::System, Instant::at_start_of(TODAY), CheckResult::Passed);
    ApplyForUnit {
        id: ApplicationId(7),
        unit: UNIT,
        form: Box::new(form),
        photo: Some(PhotoRef("p".into())),
        outlet: HR,
        collect_at: HR,
        checks: checks().into_iter().chain([photo]).collect(),
        consent: Consent { text_version: "2022".into(), by_guardian: false },
        seen,
        materials: image.into_iter().collect(),
        also: Vec::new(),
    }
}

fn ask(row: ApplyForUnit) -> Result<Vec<HolderEvent>, Refusal> {
    let mut s = Scene::uncollected();
    s.file = HolderFile::new(HolderId(9));
    s.as_officer(1);
    s.decide(&C::ApplyForUnit(row))
}

#[test]
fn art_34_1_a_row_of_somebody_with_a_rare_character_brings_the_image_of_the_document() {
    clause!(R34.1);
    let refused = ask(row("张[CHUI]", Some(everything()), false)).unwrap_err();
    let [defect] = &refused.defects[..] else { panic!("{refused:?}") };
    assert_eq!((defect.field, defect.code), (Field::DocumentImage, "missing"));
    for says in ["第34条", "生僻字", "PHOTO目录", "_证件"] {
        assert!(defect.message.contains(says), "{says}: {}", defect.message);
    }
    let events = ask(row("张[CHUI]", Some(everything()), true)).unwrap();
    let filed = events.iter().find_map(|e| match e {
        HolderEvent::MaterialFiled { material } => Some(material),
        _ => None,
    });
    assert_eq!(filed.map(|m| (m.kind, m.id)), Some((MaterialKind::Identity, MaterialId(5))));
    assert!(ask(row("张三", Some(everything()), false)).is_ok(), "nobody else is asked for it");
}

#[test]
fn art_9_1_what_was_seen_of_a_row_is_what_the_registered_unit_application_says() {
    clause!(R9.1);
    let without = Papers { applicant_documents: false, ..everything() };
    let refused = ask(row("张三", Some(without), false)).unwrap_err();
    assert_eq!(
        refused.defects.iter().map(|d| (d.field, d.code)).collect::<Vec<_>>(),
        [(Field::OwnDocument, "not_verified")]
    );
    assert!(refused.defects[0].message.contains("第9条") && refused.defects[0].message.contains("受理登记"));
    // Nobody has registered the papers yet: the row is taken in, and nothing is said to have been seen.
    let events = ask(row("张三", None, false)).unwrap();
    let of_unit = |e: &HolderEvent| matches!(e, HolderEvent::Applied { application, .. } if application.origin == Origin::Unit { unit: UNIT });
    assert!(events.iter().any(of_unit));
}

#[test]
fn art_9_2_a_row_is_refused_once_its_unit_application_is_closed() {
    clause!(R9.2);
    let row = row("张三", Some(everything()), false);
    assert_eq!(row.unit(), Some(UNIT));
    let mut s = Scene::uncollected();
    s.file = HolderFile::new(HolderId(9));
    s.as_officer(1);
    let ask = |unit: &UnitFile| {
        let around = Around {
            institutions: &s.office,
            batches: &s.batches,
            stock: &s.stock,
            found: Found::NOBODY,
            other: None,
        };
        decide_beside(&s.file, &C::ApplyForUnit(row.clone()), Some(unit), &s.ctx(), around)
    };
    let open = UnitFile::new(UNIT);
    assert!(ask(&open).is_ok());
    let closed = UnitFile { closed: Some("单位撤回".into()), ..open };
    let told = ask(&closed).unwrap_err().sentence();
    for says in ["该批量申请已办结，不再接收人员数据", "第9条", "另行办理批量申请或个人申请"]
    {
        assert!(told.contains(says), "{says}: {told}");
    }
}

#[test]
fn art_9_1_the_unit_application_records_what_the_clerk_saw_and_who_it_was() {
    clause!(R9.1);
    let mut file = UnitFile::new(UNIT);
    assert_eq!(file.seen(), None);
    let clerk = super::units::clerk();
    let register = super::units::judged(&super::units::form(), &clerk).unwrap();
    // A computer that says it otherwise is believed in nothing but its own statement.
    let mut told_otherwise = register.clone();
    told_otherwise.application.papers.operator_original = false;
    for register in [register, told_otherwise] {
        let unseen = RegisterUnit { operator_verified: false, ..register.clone() };
        let refused = decide_unit(&file, &UnitCommand::Register(unseen), &clerk, &office()).unwrap_err();
        assert_eq!(refused.about.as_deref(), Some("缺：授权经办人有效身份证件原件的核实"));
        let events = decide_unit(&file, &UnitCommand::Register(register), &clerk, &office()).unwrap();
        let mut file = file.clone();
        events.iter().for_each(|e| file.apply(e, clerk.now));
        assert_eq!(file.seen(), Some(everything()));
        let Actor::Officer(by) = clerk.actor else { unreachable!("a clerk") };
        assert_eq!(file.application.unwrap().seen_by, Some(by));
    }
    file.application = None;
    assert_eq!(file.seen(), None);
}

#[test]
fn art_9_1_a_batch_is_not_confirmed_while_nobody_has_seen_the_papers_of_a_unit_in_it() {
    clause!(R9.1);
    let s = Scene::uncollected();
    let mut file = BatchFile::new(BatchId(1));
    file.batch = Some(Batch {
        number: "B1".into(),
        city: CityCode("4401".into()),
        bank: BankCode("95588".into()),
        urgent: false,
        collected_on: TODAY,
        people: 0,
        state: BatchState::Screening,
        clocks: Vec::new(),
        incomplete: Vec::new(),
        taken_back: None,
    });
    let unseen = Unseen { unit: UNIT, file: "SBK2_95588_44010600000101_3_1".into(), people: 3 };
    file.tally = Tally { in_batch: 3, unseen: vec![unseen], ..Tally::default() };
    let mut ctx = s.ctx();
    ctx.actor = Actor::System;
    let refused = decide_batch(&file, &BatchCommand::Confirm, &ctx, &s.office).unwrap_err();
    assert_eq!(refused.reason, Reason::PapersOutstanding);
    let says = refused.sentence();
    for what in [
        "77",
        "SBK2_95588_44010600000101_3_1",
        "3人",
        "营业执照",
        "单位授权委托书",
        "第9条",
        "批量申请-受理登记",
    ] {
        assert!(says.contains(what), "{what}: {says}");
    }
    file.tally.unseen.clear();
    assert!(decide_batch(&file, &BatchCommand::Confirm, &ctx, &s.office).is_ok());
}

#[test]
fn art_39_1_the_refused_rows_go_back_to_an_office_of_the_area_and_each_time_has_its_line() {
    clause!(R39.1);
    let mut file = UnitFile::new(UNIT);
    let clerk = super::units::clerk();
    let ask = |outlet| {
        let rest = TryFile { outlet, bank: Some(BankCode("95588".into())), rows: 5 };
        decide_unit(&UnitFile::new(UNIT), &UnitCommand::TakeRest(rest), &clerk, &office())
    };
    let events = ask(HR).unwrap();
    assert_eq!(events, [UnitEvent::RestTaken { rows: 5 }]);
    events.iter().for_each(|e| file.apply(e, clerk.now));
    assert_eq!((file.rows, file.application.is_some()), (0, false), "nothing is changed by it");
    assert_eq!(ask(OrgId(6)).unwrap_err().reason, Reason::OutOfScope, "another city's");
}
