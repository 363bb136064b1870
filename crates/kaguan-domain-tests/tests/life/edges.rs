//! Business on a card and of an employer at its edges (Articles 9, 15, 27 to 29, 32 and 37).

use crate::person::{HR, OLD, Scene, TODAY, office};
use crate::{exchange, formal, reissue, replace, restrict};
use jiff::civil::date;
use kaguan_domain::application::{RegisterUnit, UnitCommand, decide_unit};
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::{ExchangeReason, Purpose, Stage};
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::custody::{Custody, Party};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::fee::Fee;
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::intent::IntentKind;
use kaguan_domain::facts::lookup::LookedUp;
use kaguan_domain::facts::restriction::CaseState;
use kaguan_domain::facts::unit::{Mandate, Papers, UnitApplication, UnitFile, UnitKind};
use kaguan_domain::fee::Pay;
use kaguan_domain::holder::CorrectDetails;
use kaguan_domain::ids::{
    ApplicationId, BatchId, BoxId, CardId, CardNumber, CaseId, CityCode, OfficerId, UnitId,
};
use kaguan_domain::recall::waits_since;
use kaguan_domain::refusal::Reason;
use kaguan_domain::replacement::{Replace, brings_the_old};
use kaguan_domain::restriction::Lift;
use kaguan_domain::rule::{Around, Found};

fn registered(change: &dyn Fn(&mut UnitApplication)) -> Option<String> {
    let mut application = UnitApplication {
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
        applied_on: date(2026, 11, 20),
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
    };
    change(&mut application);
    let told = format!("{application:?}");
    assert!(told.starts_with("UnitApplication(") && !told.contains("李四"), "{told}");
    let s = Scene::with_card();
    let register = RegisterUnit { application: Box::new(application), operator_verified: true };
    let asked = decide_unit(&UnitFile::new(UnitId(1)), &UnitCommand::Register(register), &s.ctx(), &office());
    asked.err().map(|refusal| refusal.about.unwrap_or_default())
}

#[test]
fn art_9_1_a_unit_application_is_well_numbered_of_its_days_and_proved_by_its_kind() {
    clause!(R9.1);
    clause!(R10.2);
    assert_eq!(registered(&|_| {}), None);
    let says = |change: &dyn Fn(&mut UnitApplication)| registered(change).unwrap();
    assert_eq!(registered(&|a| a.form_no = format!("4401{}", "1".repeat(16))), None);
    assert!(says(&|a| a.form_no = format!("4401{}", "1".repeat(17))).contains("20位"));
    assert!(says(&|a| a.form_no = "4401-1".into()).contains("20位"));
    assert!(says(&|a| a.form_no = "999999".into()).contains("44+地区代码"), "the rule of Appendix 1");
    assert!(says(&|a| a.accepted_on = Some(date(2026, 11, 24))).contains("受理日期"));
    assert!(says(&|a| a.accepted_on = Some(date(2026, 11, 19))).contains("受理日期"));
    assert_eq!(registered(&|a| a.accepted_on = Some(date(2026, 11, 20))), None);
    let until = |a: &mut UnitApplication, day| {
        if let Some(m) = &mut a.mandate {
            m.until = day;
        }
    };
    assert_eq!(registered(&|a| until(a, TODAY)), None, "its last day");
    assert!(says(&|a| until(a, date(2026, 11, 22))).contains("授权期限"));
    for (kind, proof) in [
        (UnitKind::GovernmentBody, "法人证书"),
        (UnitKind::NonGovernmentBody, "营业执照"),
        (UnitKind::Enterprise, "营业执照"),
        (UnitKind::SocialOrganisation, "法人登记证"),
    ] {
        let told = says(&|a| {
            a.kind = kind;
            a.employer_code.clear();
        });
        assert!(told.contains(proof), "{told}");
    }
}

#[test]
fn art_27_4_whoever_collects_gives_back_a_card_that_is_in_use_and_not_lost() {
    clause!(R27.4);
    let made = |command: C, lost: bool| {
        let mut s = Scene::with_card();
        if lost {
            s.done(formal());
        }
        s.done(command);
        let new = s.card_made(ApplicationId(2), "95588");
        (brings_the_old(&s.file, new), s, new)
    };
    let other = || exchange(ExchangeReason::Other { why: "卡面磨损".into() });
    let (brings, mut s, new) = made(other(), false);
    assert!(brings && !brings_the_old(&s.file, OLD), "the first card replaces none");
    s.done(formal());
    assert!(!brings_the_old(&s.file, new), "lost since");
    assert!(!made(reissue(), true).0);
}

#[test]
fn art_29_1_the_registers_are_asked_about_what_has_changed() {
    clause!(R29.1);
    let s = Scene::with_card();
    let changed = |changes: FormDraft| {
        let purpose = Purpose::Exchange { old: OLD, reason: ExchangeReason::DataChanged };
        let asked = Replace { changes: Box::new(changes), ..replace(purpose) };
        asked.intended(&s.file, TODAY).unwrap()
    };
    let renamed = changed(FormDraft { name: "张叁".into(), ..FormDraft::default() });
    assert_eq!((renamed.name.display(), renamed.ssn.as_str()), ("张叁", "440106199001010013"));
    let unreadable = changed(FormDraft { name: "=".into(), ..FormDraft::default() });
    assert_eq!(unreadable.name.display(), "张三", "what is known, while the change cannot be read");
    let mut in_batch = Scene::with_card();
    let card_no = CardNumber::parse("D2143569X").unwrap();
    in_batch.file.applications[0].stage = Stage::InBatch { batch: BatchId(1), card_no };
    let draft = in_batch.file.person.as_ref().unwrap().details.draft();
    let correct =
        C::CorrectDetails(CorrectDetails { draft: Box::new(draft), verified: true, materials: Vec::new() });
    assert_eq!(in_batch.refused(correct), Reason::WrongStage, "the bank has the data");
}

#[test]
fn art_32_2_a_card_waits_from_when_it_reached_its_box_its_employer_or_the_post() {
    clause!(R32.2);
    let at = |t| Some(Instant(t));
    let waits = |custody: Custody, keeper: Party| {
        let mut s = Scene::uncollected();
        s.file.cards[0].custody = custody;
        let mut batch = BatchFile::new(BatchId(1));
        batch.boxes.push(BoxFile {
            id: BoxId(1),
            number: "X1".into(),
            outlet: HR,
            employer: None,
            cards: 1,
            keeper,
            on_the_way: None,
            last_signed: Instant(7),
            left_province: None,
            arrived: at(5),
            differences: Vec::new(),
            papers: Vec::new(),
        });
        let batches = [(BatchId(1), batch)].into();
        let around = Around {
            institutions: &s.office,
            batches: &batches,
            stock: &s.stock,
            found: Found::NOBODY,
            other: None,
        };
        waits_since(s.old(), around)
    };
    let boxed = || Custody::InBox { r#box: BoxId(1) };
    assert_eq!(waits(boxed(), Party::Org(HR)), at(5));
    assert_eq!(waits(boxed(), Party::Employer("某公司".into())), at(7));
    let post = Custody::InPost {
        since: Instant(9),
        from: HR,
        tracking: "1".into(),
        code_digest: String::new(),
        carrier: None,
        news: Vec::new(),
    };
    assert_eq!(waits(post, Party::Org(HR)), at(9));
    assert_eq!(waits(Custody::WithHolder { since: Instant(9) }, Party::Org(HR)), None);
}

#[test]
fn art_37_1_a_case_spreads_as_a_case_and_is_lifted_at_the_bank_when_no_other_holds_the_card() {
    clause!(R37.1);
    let mut s = Scene::with_card();
    restrict(&mut s, 7);
    restrict(&mut s, 8);
    let lift = |case| C::LiftRestriction(Lift { card: OLD, case: CaseId(case), reason: "已更正".into() });
    let unrestricts = |s: &Scene, case| {
        let of = |e: &HolderEvent| matches!(e, HolderEvent::IntentMade { intent, .. } if intent.kind == IntentKind::Unrestrict);
        s.events(&lift(case)).iter().filter(|e| of(e)).count()
    };
    assert_eq!(unrestricts(&s, 7), 0, "the other case holds it still");
    let new = s.file.under_restrictions(crate::person::card(CardId(2), ApplicationId(1), "95588", TODAY));
    assert_eq!(new.restrictions.len(), 2);
    assert!(new.restrictions.iter().all(|r| r.state == CaseState::InForce));
    s.done(lift(7));
    assert_eq!(s.file.restrictions_in_force().len(), 1);
    assert_eq!(unrestricts(&s, 8), 1);
    let mut closed = Scene::with_card();
    restrict(&mut closed, 7);
    closed.file.cards[0].account = kaguan_domain::facts::card::Account::Closed { at: closed.now };
    assert_eq!(unrestricts(&closed, 7), 0, "there is no account to free");
}

#[test]
fn art_22_1_nothing_is_owed_for_what_was_withdrawn_and_a_person_is_found_by_own_numbers_only() {
    clause!(R22.1);
    let mut s = Scene::uncollected();
    s.file.applications[0].fee = Fee::Due { fen: 2000 };
    let pay = Pay::of_one_card(ApplicationId(1), 1, s.now);
    s.file.applications[0].stage = Stage::Received;
    assert!(s.may(&C::PayFee(pay.clone())));
    s.file.applications[0].stage = Stage::Withdrawn { at: s.now };
    assert_eq!(s.refused(C::PayFee(pay)), Reason::NothingDue);
    let found = |number: &str| s.file.is_found_by(&LookedUp::read(number).unwrap());
    assert!(found("440106199001010013") && !found("44010319620927009X"));
}
