//! Rules, one by one, named after their clauses. No store, no time, no partners: a file, a command, an answer.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use jiff::civil::{Date, date};
use kaguan_domain::activation::Activate;
use kaguan_domain::application::form::{Circumstances, Door, judge, required};
use kaguan_domain::application::printed::{Signed, receipt_items};
use kaguan_domain::application::{
    Apply, Decline, FilledIn, Presented, RegisterUnit, TryFile, UnitCommand, decide_unit,
};
use kaguan_domain::calendar::WorkingCalendar;
use kaguan_domain::clause;
use kaguan_domain::collection::overdue_from;
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::dispatch::{BatchCommand, HolderCommand, decide, decide_batch};
use kaguan_domain::facts::application::{
    Agent, AgentGround, AgentRelation, CheckItem, CheckResult, Consent, Ground, Register, RegisterCheck,
    Stage,
};
use kaguan_domain::facts::archive::{MaterialKind, Paper};
use kaguan_domain::facts::batch::{Batch, BatchFile, BatchState, Tally};
use kaguan_domain::facts::blank_order::Stock;
use kaguan_domain::facts::clock::{Clock, ClockKind, Standing};
use kaguan_domain::facts::counter::Shown;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::fee::{Fee, FreeGround};
use kaguan_domain::facts::form::{Field, FormDraft};
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::institution::{
    InstitutionEvent, Institutions, Officer, OrgKind, Organisation, Role,
};
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::facts::policy::FeePolicy;
use kaguan_domain::facts::unit::{Mandate, Papers, UnitApplication, UnitEvent, UnitFile, UnitKind};
use kaguan_domain::fee::{Occasion, assess};
use kaguan_domain::ids::{
    ApplicationId, BankCode, BatchId, CardId, CityCode, HolderId, MaterialId, OfficerId, OrgId, UnitId,
    VendorCode,
};
use kaguan_domain::records;
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::rule::{Around, Found};
use std::collections::HashMap;

const TODAY: Date = date(2026, 11, 23);
const HR: OrgId = OrgId(3);
const BANK: OrgId = OrgId(4);

fn office() -> Institutions {
    let mut i = Institutions::new();
    let mut org = |id, kind, division: &str, parent, bank: Option<&str>| {
        i.apply(&InstitutionEvent::OrganisationAdded(Organisation {
            id: OrgId(id),
            code: format!("{division}{id:08}"),
            name: format!("机构{id}"),
            kind,
            parent,
            division: division.into(),
            bank: bank.map(|b| BankCode(b.into())),
        }));
    };
    org(1, OrgKind::ProvinceCentre, "440000", None, None);
    org(2, OrgKind::CityCentre, "440100", Some(OrgId(1)), None);
    org(3, OrgKind::HrOutlet, "440106", Some(OrgId(2)), None);
    org(4, OrgKind::BankOutlet, "440103", Some(OrgId(2)), Some("95588"));
    let (city, bank) = (CityCode("4401".into()), BankCode("95588".into()));
    i.apply(&InstitutionEvent::BankOffered { city, bank });
    for (id, role, org) in
        [(1, Role::HrClerk, HR), (2, Role::BankClerk, BANK), (3, Role::CityOfficer, OrgId(2))]
    {
        i.apply(&InstitutionEvent::OfficerAdded(Officer {
            id: OfficerId(id),
            login: format!("o{id}"),
            name: "经办人".into(),
            role,
            org,
            active: true,
            password_hash: "!".into(),
        }));
    }
    i
}

fn ctx(actor: Actor) -> Ctx {
    let now = Instant::at_start_of(TODAY);
    Ctx { now, actor, channel: Channel::Console, request_key: None, request_body: None }
}

fn draft() -> FormDraft {
    FormDraft {
        form_no: "44010000001".into(),
        card_kind: "1".into(),
        nationality: "CHN".into(),
        document_kind: "1".into(),
        document_number: "440106199001010013".into(),
        document_valid_until: "20400101".into(),
        name: "张三".into(),
        sex: "1".into(),
        ethnicity: "01".into(),
        birth_date: "19900101".into(),
        mobile: "13900000000".into(),
        document_valid_from: "20150101".into(),
        issuing_authority: "广州市公安局天河区分局".into(),
        postal_address: "广州市天河区".into(),
        occupation: "3000000".into(),
        bank: "95588".into(),
        ..FormDraft::default()
    }
}

fn child(birth: &str, number_body: &str) -> FormDraft {
    let check = kaguan_domain::facts::social_security_number::check_character(number_body.as_bytes()).unwrap()
        as char;
    FormDraft {
        document_kind: "2".into(),
        document_number: format!("{number_body}{check}"),
        birth_date: birth.into(),
        document_valid_from: "20200101".into(),
        guardian_document_kind: "1".into(),
        guardian_document_number: "440106199001010013".into(),
        guardian_name: "张父".into(),
        ..draft()
    }
}

fn checks(entitled: CheckResult) -> Vec<RegisterCheck> {
    let at = Instant(0);
    vec![
        RegisterCheck {
            source: Register::PublicSecurity,
            item: CheckItem::Identity,
            at,
            result: CheckResult::Passed,
            said: Vec::new(),
        },
        RegisterCheck {
            source: Register::PublicSecurity,
            item: CheckItem::Alive,
            at,
            result: CheckResult::Passed,
            said: Vec::new(),
        },
        RegisterCheck {
            source: Register::SocialSecurity,
            item: CheckItem::Entitlement,
            at,
            result: entitled,
            said: Vec::new(),
        },
    ]
}

fn apply() -> FilledIn {
    FilledIn {
        draft: Box::new(draft()),
        photo: Some(PhotoRef("p".into())),
        outlet: HR,
        collect_at: HR,
        agent: None,
        consent: Some(Consent { text_version: "2022".into(), by_guardian: false }),
        presented: Presented {
            document_verified: true,
            papers: vec![Paper { id: MaterialId(7), kind: MaterialKind::Identity, place: "1柜1夹".into() }],
            ..Presented::default()
        },
        faults: Vec::new(),
        same: None,
    }
}

fn guardian() -> Agent {
    Agent {
        name: "张父".into(),
        document_kind: DocumentKind::IdentityCard,
        document_number: "440106199001010013".into(),
        phone: "13900000000".into(),
        relation: AgentRelation::Guardian,
        ground: AgentGround::Minor,
        proof: Some("户口簿".into()),
        verified: true,
    }
}

fn ask(file: &HolderFile, actor: Actor, command: HolderCommand) -> Result<Vec<HolderEvent>, Refusal> {
    let institutions = office();
    let batches = HashMap::new();
    decide(
        file,
        &command,
        &ctx(actor),
        Around {
            institutions: &institutions,
            batches: &batches,
            stock: &Stock::default(),
            found: Found::NOBODY,
            other: None,
        },
    )
}

fn ask_apply(a: FilledIn) -> Result<Vec<HolderEvent>, Reason> {
    ask_with(a, CheckResult::Passed)
}

fn ask_with(a: FilledIn, entitled: CheckResult) -> Result<Vec<HolderEvent>, Reason> {
    // The photo is a file that was judged.
    let photo =
        a.photo.as_ref().map(|_| RegisterCheck::photo(Register::System, Instant(0), CheckResult::Passed));
    let judged =
        a.judged(photo.into_iter().collect(), &ctx(Actor::System), &office()).map_err(|r| r.reason)?;
    let checks = checks(entitled).into_iter().chain(judged.checks.clone()).collect();
    let a = Apply { id: ApplicationId(1), checks, ..judged };
    ask(&HolderFile::new(HolderId(1)), Actor::Officer(OfficerId(1)), HolderCommand::Apply(a))
        .map_err(|r| r.reason)
}

fn accepted() -> HolderFile {
    let mut file = HolderFile::new(HolderId(1));
    for e in ask_apply(apply()).unwrap() {
        file.apply(&e, Instant(0));
    }
    file
}

#[test]
fn art_8_1_an_outlet_takes_an_application() {
    clause!(R8.1);
    let file = accepted();
    assert!(matches!(file.applications[0].stage, Stage::Accepted { .. }));
    assert_eq!(file.applications[0].received_on, TODAY);
}

#[test]
fn art_3_1_a_foreigner_must_work_or_be_insured_here() {
    clause!(R3.1);
    let foreign = |entitled| {
        let mut a = apply();
        a.draft.document_kind = "7".into();
        a.draft.document_number = "P1234567".into();
        a.draft.nationality = "DEU".into();
        a.draft.name = "JOHN SMITH".into();
        ask_with(a, entitled).map(|_| ())
    };
    assert_eq!(foreign(CheckResult::Passed), Ok(()));
    assert_eq!(foreign(CheckResult::NotOnRecord), Err(Reason::NotEligible));
    assert_eq!(foreign(CheckResult::Unavailable), Ok(()), "silence says nothing: it is taken in and waits");
    assert!(
        ask_with(apply(), CheckResult::NotOnRecord).is_ok(),
        "a citizen may live here without being insured"
    );
}

#[test]
fn art_5_1_the_holder_chooses_among_the_citys_banks() {
    clause!(R5.1);
    let mut a = apply();
    a.draft.bank = "95599".into();
    assert_eq!(ask_apply(a), Err(Reason::BankNotOffered));
}

#[test]
fn art_8_2_a_guardian_acts_for_a_minor_and_consent_is_recorded() {
    clause!(R8.2);
    let minor = |agent: Option<Agent>, by_guardian| {
        let mut a = apply();
        a.draft = Box::new(child("20150101", "44010620150101001"));
        a.agent = agent.map(Into::into);
        a.consent = Some(Consent { text_version: "2022".into(), by_guardian });
        ask_apply(a).map(|_| ())
    };
    assert_eq!(minor(Some(guardian()), true), Ok(()));
    assert_eq!(minor(None, true), Err(Reason::AgentNotAllowed));
    let unproved = Agent { proof: None, ..guardian() };
    assert_eq!(minor(Some(unproved), true), Err(Reason::MaterialDefective), "guardianship is proved");
    let unseen = Agent { verified: false, ..guardian() };
    assert_eq!(minor(Some(unseen), true), Err(Reason::MaterialDefective), "nobody has seen the document");
    assert_eq!(minor(Some(guardian()), false), Err(Reason::ConsentMissing));
    let relative = Agent { relation: AgentRelation::DirectRelative, ..guardian() };
    assert_eq!(minor(Some(relative.clone()), true), Err(Reason::AgentNotAllowed));
    let adult = |agent: Option<Agent>, consent| {
        let mut a = apply();
        a.agent = agent.map(Into::into);
        a.consent = consent;
        ask_apply(a).map(|_| ())
    };
    let consent = apply().consent;
    assert_eq!(adult(None, None), Err(Reason::ConsentMissing));
    let sick = |relation, proof: Option<&str>| {
        let body = "44010619850505001";
        let check = kaguan_domain::facts::social_security_number::check_character(body.as_bytes()).unwrap();
        let document_number = format!("{body}{}", check as char);
        let proof = proof.map(Into::into);
        Some(Agent { relation, ground: AgentGround::Sick, proof, document_number, ..guardian() })
    };
    for relation in [AgentRelation::DirectRelative, AgentRelation::LawfulAgent] {
        assert_eq!(adult(sick(relation, None), consent.clone()), Err(Reason::MaterialDefective));
        assert_eq!(adult(sick(relation, Some("p")), consent.clone()), Ok(()));
    }
    let ward = sick(AgentRelation::Guardian, Some("p"));
    assert_eq!(
        adult(ward, consent.clone()),
        Err(Reason::AgentNotAllowed),
        "the sick have relatives or agents"
    );
    assert_eq!(adult(Some(guardian()), consent), Err(Reason::AgentNotAllowed), "an adult is no minor");
}

#[test]
fn art_5_4_and_10_3_a_photo_is_needed_from_the_seventh_birthday() {
    clause!(R5.4);
    clause!(R10.3);
    let with = |draft: FormDraft, photo: Option<&str>| {
        let mut a = apply();
        let young = draft.document_kind == "2";
        a.draft = Box::new(draft);
        a.photo = photo.map(|p| PhotoRef(p.into()));
        a.agent = young.then(|| guardian().into());
        a.consent = Some(Consent { text_version: "2022".into(), by_guardian: young });
        ask_apply(a).map(|_| ())
    };
    assert_eq!(with(draft(), None), Err(Reason::MaterialDefective));
    let text = FormDraft { photo_receipt: "R1".into(), ..draft() };
    assert_eq!(with(text, None), Err(Reason::MaterialDefective), "a number that no platform knows");
    let seven_today = child("20191123", "44010620191123001");
    let seven_tomorrow = child("20191124", "44010620191124001");
    assert_eq!(with(seven_today, None), Err(Reason::MaterialDefective));
    assert_eq!(with(seven_tomorrow.clone(), None), Ok(()));
    assert_eq!(with(seven_tomorrow, Some("p")), Err(Reason::MaterialDefective), "under 7 none is taken");
}

#[test]
fn art_8_5_and_10_1_every_defect_is_told_at_once_with_article_and_remedy() {
    clause!(R8.5);
    clause!(R10.1);
    let empty = judge(&FormDraft::default(), &Circumstances::new(TODAY, Door::Personal));
    assert!(empty.form.is_none());
    let items = Field::TITLE_ROW.iter().chain(Field::PERSONAL).copied();
    for f in items.filter(|f| required(*f, Door::Personal) && *f != Field::SerialNumber) {
        assert!(empty.defects.iter().any(|d| d.field == f && d.code == "missing"), "{f:?}");
    }
    let mut a = apply();
    a.draft.sex = "2".into();
    a.draft.phone = "abc".into();
    a.draft.form_no = "99".into();
    a.presented = Presented::default();
    let refusal = a.judged(Vec::new(), &ctx(Actor::System), &office()).unwrap_err();
    let mut codes: Vec<_> = refusal.defects.iter().map(|d| d.code).collect();
    codes.sort_unstable();
    // The photo that nobody judged, and the document that nobody has seen, are told with the form.
    assert_eq!(codes, ["bad_form_number", "bad_phone", "not_verified", "photo_not_judged", "sex_differs"]);
    assert!(refusal.defects.iter().all(|d| d.message.contains("《经办规程》") && d.message.contains('请')));
    let voucher = |reason: &str| {
        let ground =
            Ground { reason: reason.into(), article: "第3条".into(), remedy: "补充参保证明".into() };
        let decline = Decline { application: ApplicationId(1), ground };
        ask(&accepted(), Actor::Officer(OfficerId(1)), HolderCommand::Decline(decline)).map_err(|r| r.reason)
    };
    assert_eq!(voucher(""), Err(Reason::MaterialDefective), "a voucher says why");
    assert!(voucher("不符合条件").is_ok());
}

#[test]
fn art_8_4_the_receipt_has_the_items_of_appendix_2() {
    clause!(R8.4);
    clause!(X2.1);
    let file = accepted();
    let (application, office) = (&file.applications[0], office());
    let signed = Signed::of(
        application.outlet,
        application.taken_by,
        &office,
        Instant::at_start_of(application.received_on),
    )
    .unwrap();
    let items = receipt_items(application, &signed, ["440***********0013", "张*", "139****0000"]);
    let titles: Vec<_> = items.iter().map(|i| i.0).collect();
    let appendix =
        ["业务受理日期", "网点编号", "业务编号", "社会保障号", "申请人姓名", "联系电话", "业务类型"];
    assert_eq!(titles[..7], appendix);
    assert_eq!(titles[7..], ["注意事项", "业务经办单位（业务章）", "业务经办人"]);
    assert_eq!(items[0].1, "2026年11月23日");
    assert_eq!((items[1].1.as_str(), items[9].1.as_str()), ("44010600000003", "经办人"));
    assert!(items[7].1.contains("3.办理情况可通过政务服务网络平台或银行网点查询"));
}

fn unit() -> RegisterUnit {
    RegisterUnit {
        application: Box::new(UnitApplication {
            form_no: "4401U1".into(),
            city: CityCode("4401".into()),
            outlet: HR,
            employer_code: "91440101".into(),
            employer_name: "样例公司".into(),
            kind: UnitKind::Enterprise,
            address: "广州".into(),
            operator_name: "李四".into(),
            operator_number: "440106199001010013".into(),
            operator_phone: "13900000000".into(),
            authorisation: "委托书/1".into(),
            people: 10,
            applied_on: TODAY,
            operator_document: Some(DocumentKind::IdentityCard),
            accepted_on: Some(TODAY),
            mandate: Some(Mandate {
                operator_sex: "1".into(),
                matter: "批量申领社会保障卡".into(),
                until: date(2026, 12, 31),
            }),
            papers: Papers {
                operator_original: true,
                proof: true,
                authorisation: true,
                operator_document: true,
                applicant_documents: true,
                personal_forms: true,
                consents: true,
            },
            seen_by: Some(OfficerId(1)),
        }),
        operator_verified: true,
    }
}

#[test]
fn art_9_1_an_employer_applies_with_its_code_authorisation_and_operator() {
    clause!(R9.1);
    clause!(R10.2);
    clause!(X3.1);
    clause!(X4.1);
    let institutions = office();
    let mut file = UnitFile::new(UnitId(1));
    let by = ctx(Actor::Officer(OfficerId(1)));
    let mut bare = unit();
    bare.application.authorisation.clear();
    bare.application.people = 0;
    bare.operator_verified = false;
    let refusal = decide_unit(&file, &UnitCommand::Register(bare), &by, &institutions).unwrap_err();
    assert_eq!(
        refusal.about.as_deref(),
        Some("缺：单位授权委托书编号、批量申请总人数、授权经办人有效身份证件原件的核实"),
        "all at once"
    );
    let events = decide_unit(&file, &UnitCommand::Register(unit()), &by, &institutions).unwrap();
    events.iter().for_each(|e| file.apply(e, by.now));
    clause!(X3.1);
    let items = file.application.as_ref().unwrap().form_items();
    assert_eq!(items[9].1, "10");
    assert_eq!(items[4], ("单位类型", "□行政事业机构 □非行政事业机构 ☑企业、社会组织".into()));
    clause!(R9.2);
    assert_eq!(file.clocks[0].due.last_day, date(2026, 11, 27), "five working days, the first day counted");
    let too_many = UnitCommand::Upload { rows: 11 };
    assert_eq!(
        decide_unit(&file, &too_many, &by, &institutions).unwrap_err().reason,
        Reason::MorePeopleThanStated
    );
    let events = decide_unit(&file, &UnitCommand::Upload { rows: 10 }, &by, &institutions).unwrap();
    events.iter().for_each(|e| file.apply(e, by.now));
    assert_eq!(file.clocks[0].standing(TODAY), Standing::Kept);
}

#[test]
fn art_39_a_file_is_tried_by_those_of_its_own_area_and_changes_nothing() {
    clause!(R39.1);
    let (institutions, mut file) = (office(), UnitFile::new(UnitId(1)));
    let by = ctx(Actor::Officer(OfficerId(1)));
    let own = institutions.officer(OfficerId(1)).unwrap().org;
    let at = |outlet| UnitCommand::Try(TryFile { outlet, bank: None, rows: 7 });
    let before = file.clone();
    let events = decide_unit(&file, &at(own), &by, &institutions).unwrap();
    assert_eq!(events, [UnitEvent::Tried { rows: 7 }]);
    events.iter().for_each(|e| file.apply(e, by.now));
    assert_eq!(file, before, "it can be registered as if nobody had tried");
    let elsewhere = at(OrgId(own.0 + 1_000));
    assert_eq!(decide_unit(&file, &elsewhere, &by, &institutions).unwrap_err().reason, Reason::OutOfScope);
}

#[test]
fn art_22_1_a_first_card_is_free_and_so_is_an_exchange_under_warranty_and_nothing_else() {
    clause!(R22.1);
    let city = FeePolicy { warranty_months: Some(12), waived: false };
    let damaged = |by_human, issued_on| Occasion::Damaged { by_human, issued_on };
    let due = Fee::Due { fen: 2000 };
    let free = |ground| Fee::Free { ground };
    assert_eq!(assess(Occasion::First, city, TODAY), free(FreeGround::FirstCard));
    assert_eq!(
        assess(damaged(false, date(2025, 11, 23)), city, TODAY),
        free(FreeGround::Warranty),
        "the last day"
    );
    assert_eq!(assess(damaged(false, date(2025, 11, 22)), city, TODAY), due);
    assert_eq!(assess(damaged(true, date(2026, 11, 1)), city, TODAY), due);
    assert_eq!(
        assess(damaged(false, date(2026, 11, 1)), FeePolicy::default(), TODAY),
        due,
        "no warranty, no waiver"
    );
    assert_eq!(assess(Occasion::Again, city, TODAY), due);
    let waived = FeePolicy { waived: true, ..city };
    assert_eq!(assess(Occasion::Again, waived, TODAY), free(FreeGround::LocalPolicy));
}

fn batch(state: BatchState, tally: Tally) -> BatchFile {
    let mut file = BatchFile::new(BatchId(1));
    file.tally = tally;
    file.batch = Some(Batch {
        number: "B1".into(),
        city: CityCode("4401".into()),
        bank: BankCode("95588".into()),
        urgent: false,
        collected_on: TODAY,
        people: 0,
        state,
        clocks: Vec::new(),
        incomplete: Vec::new(),
        taken_back: None,
    });
    file
}

fn ask_batch(
    file: &BatchFile,
    actor: Actor,
    command: BatchCommand,
) -> Result<Vec<kaguan_domain::facts::batch::BatchEvent>, Reason> {
    decide_batch(file, &command, &ctx(actor), &office()).map_err(|r| r.reason)
}

#[test]
fn art_8_7_the_city_confirms_a_batch_that_holds_somebody() {
    clause!(R8.7);
    let empty = batch(BatchState::Screening, Tally::default());
    assert_eq!(ask_batch(&empty, Actor::System, BatchCommand::Confirm), Err(Reason::BatchEmpty));
    let full = batch(BatchState::Screening, Tally { in_batch: 3, ..Tally::default() });
    assert_eq!(
        ask_batch(&full, Actor::Officer(OfficerId(1)), BatchCommand::Confirm),
        Err(Reason::OutOfScope),
        "the city has not entrusted the outlet with it"
    );
    let mut confirmed = full.clone();
    for e in ask_batch(&full, Actor::Officer(OfficerId(3)), BatchCommand::Confirm).unwrap() {
        confirmed.apply(&e, Instant::at_start_of(TODAY));
    }
    assert_eq!(confirmed.batch.as_ref().unwrap().people, 3);
    assert_eq!(ask_batch(&confirmed, Actor::System, BatchCommand::Confirm), Err(Reason::WrongStage));
    // It is no application that is out of its turn: what is so stands against the article of batches.
    let again = decide_batch(&confirmed, &BatchCommand::Confirm, &ctx(Actor::System), &office()).unwrap_err();
    let told = again.sentence();
    assert!(told.contains("批次已于") && told.contains("附件7") && !told.contains("第8条"), "{told}");
}

#[test]
fn art_11_1_and_7_1_the_clocks_count_from_the_data_of_the_earliest_row() {
    clause!(R11.1);
    clause!(R7.1);
    let calendar = WorkingCalendar::compiled();
    let due = |kind| Clock::start(kind, TODAY, &calendar).due.last_day;
    assert_eq!(due(ClockKind::Production), date(2026, 12, 7));
    assert_eq!(due(ClockKind::UrgentProduction), date(2026, 11, 30));
    assert_eq!(due(ClockKind::FirstCard), date(2026, 12, 9));
    assert_eq!(due(ClockKind::BankOpening), date(2026, 11, 25));
    assert_eq!(due(ClockKind::VendorMaking), date(2026, 12, 1));
    let mut clock = Clock::start(ClockKind::BankOpening, TODAY, &calendar);
    assert_eq!(clock.standing(date(2026, 11, 24)), Standing::Running);
    assert_eq!(clock.standing(date(2026, 11, 25)), Standing::LastDay);
    assert_eq!(clock.standing(date(2026, 11, 26)), Standing::Late);
    clock.stop(date(2026, 11, 26));
    clock.stop(date(2026, 11, 24));
    assert_eq!(clock.standing(TODAY), Standing::Broken, "a clock stops once");
}

#[test]
fn appendix_7_3_a_vendor_gets_data_from_the_province_only_and_answers_every_row() {
    clause!(X7.3);
    let opened = BatchState::Opened { at: Instant(0) };
    let file = batch(opened, Tally { opened: 2, ..Tally::default() });
    let hand_out = |code: &str| BatchCommand::HandOut { vendor: VendorCode(code.into()) };
    assert_eq!(
        ask_batch(&file, Actor::Officer(OfficerId(3)), hand_out("1")),
        Err(Reason::NotPermitted),
        "not the city"
    );
    assert_eq!(ask_batch(&file, Actor::System, hand_out("9")), Err(Reason::NotFound));
    assert!(ask_batch(&file, Actor::System, hand_out("1")).is_ok());
    let vendor = VendorCode("1".into());
    let making = batch(
        BatchState::AtVendor { vendor: vendor.clone(), at: Instant(0) },
        Tally { opened: 1, ..Tally::default() },
    );
    let close = || BatchCommand::CloseProduction;
    assert_eq!(ask_batch(&making, Actor::Vendor(vendor), close()), Err(Reason::ReturnsOutstanding));
    assert_eq!(ask_batch(&making, Actor::Vendor(VendorCode("2".into())), close()), Err(Reason::NotYourData));
}

#[test]
fn art_15_2_a_card_that_an_employer_has_is_overdue_after_six_months() {
    clause!(R15.2);
    assert_eq!(overdue_from(date(2026, 8, 31)), date(2027, 2, 28), "six months");
}

#[test]
fn art_12_2_registers_are_kept_five_years_at_least() {
    clause!(R12.2);
    assert_eq!(records::kept_until(date(2024, 2, 29)), date(2029, 2, 28));
    assert!(
        ["批次号", "环节", "保管地点", "责任人", "时间", "签收人", "发放方式"]
            .iter()
            .all(|item| records::TRANSFER_TITLES.contains(item))
    );
}

#[test]
fn art_16_3_a_card_is_activated_by_its_bank_anywhere() {
    clause!(R16.3);
    let mut file = accepted();
    let card: kaguan_domain::facts::card::Card = serde_json::from_value(serde_json::json!({
        "id": 9, "application": 1, "batch": 1, "card_no": "D2143569X", "city": "4403", "bank": "95588",
        "account_no": { "bank_card_no": "6228480402564890018", "account_no": "a" },
        "chip": "639900D15600000500BF7C7A48FB4966", "reset": "00814E43238697159900BF7C7A",
        "issued_on": "2026-11-01", "valid_until": "2036-11-01", "social": "not_enabled", "account": "pre_opened",
        "custody": { "with_holder": { "since": 0 } }, "holds": []
    }))
    .unwrap();
    file.cards.push(card);
    let shown = Shown::on_file(&file.person.as_ref().unwrap().details);
    let activate = || {
        HolderCommand::Activate(Activate {
            verified: true,
            shown: Some(shown.clone()),
            ..Activate::in_manner(CardId(9), kaguan_domain::facts::activation::ActivationManner::FaceToFace)
        })
    };
    // Issued in Shenzhen, activated at the same bank's outlet in Guangzhou: enabled in the same step.
    let events = ask(&file, Actor::Officer(OfficerId(2)), activate()).unwrap();
    assert!(matches!(events[..], [HolderEvent::Enabled { .. }, HolderEvent::Activated { .. }]));
    let other = ask(&file, Actor::Bank(BankCode("95599".into())), activate()).unwrap_err().reason;
    assert_eq!(other, Reason::NotYourData);
}
