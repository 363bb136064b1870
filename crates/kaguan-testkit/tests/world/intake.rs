//! Employers' files on a whole system: what a trial tells is what the real run does, and all or none takes none.

use kaguan_domain::application::{UnitCommand, UnitForm};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::ids::UnitId;
use kaguan_files::sbk2::{Encoding, Entry, FileName, RowError, write};
use kaguan_service::intake::{Acceptance, Intake, IntakeError, Level};
use kaguan_service::ports::{ReceiptPhoto, Registers};
use kaguan_service::setup::set_up;
use kaguan_service::{Command, Service};
use kaguan_testkit::registers::{Asked, Interrupted};
use kaguan_testkit::{BOTH, On, World, fresh_store};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

pub(crate) const HR: &str = "44010600000101";
const CENTRE: &str = "44010000000001";

/// A file of some rows, on the world's day at a minute of its own.
pub(crate) fn file(w: &World, org: &str, minute: i8, rows: Vec<FormDraft>) -> (TempDir, PathBuf) {
    with_images(w, org, minute, rows.into_iter().map(|draft| (draft, None)).collect())
}

/// A row, and the image of its document with the name that it has in the file.
type RowWithImage = (FormDraft, Option<(String, Vec<u8>)>);

/// The same with images of documents, each under the name that it has in the file.
fn with_images(w: &World, org: &str, minute: i8, rows: Vec<RowWithImage>) -> (TempDir, PathBuf) {
    let time = w.clock.now().date().at(8, minute, 0, 0);
    let bank = rows.first().map_or_else(|| "95588".into(), |(d, _)| d.bank.clone());
    let name = FileName { bank, org: org.into(), people: rows.len(), time };
    let entry = |(draft, image)| Entry { draft, photo: None, image };
    let entries: Vec<Entry> = rows.into_iter().map(entry).collect();
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join(format!("{}.zip", name.stem()));
    write(std::fs::File::create(&path).expect("a file"), &name, &entries, Encoding::Gb18030).expect("a zip");
    (dir, path)
}

/// A row of the `n`-th adult, whose photo lies on a platform.
pub(crate) fn row(w: &World, n: u32) -> FormDraft {
    let draft = w.draft(n);
    let photo_receipt = kaguan_partner_sim::SimPhotos::receipt_of(&draft.document_number);
    FormDraft { photo_receipt, ..draft }
}

async fn send(service: &Service, path: &Path, wish: Acceptance) -> Intake {
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    let sent =
        service.take_in(&Actor::System, path, &name, None, wish, Level::Decode, Arc::new(|_| {})).await;
    match sent {
        Ok(intake) => intake,
        Err(IntakeError::Refused(errors)) => panic!("the whole file is refused: {errors:?}"),
        Err(e) => panic!("{e}"),
    }
}

pub(crate) fn told(errors: &[RowError]) -> Vec<(usize, &str, &str)> {
    errors.iter().map(|e| (e.row, e.column, e.code)).collect()
}

#[tokio::test]
async fn art_9_a_form_number_of_another_file_is_told_by_the_trial_and_none_is_taken() {
    clause!(R9.3);
    for on in BOTH {
        let w = World::new(on).await;
        let (_dir, first) = file(&w, HR, 1, vec![row(&w, 1)]);
        assert_eq!(send(&w.service, &first, Acceptance::AllOrNone).await.accepted, 1);
        let taken = FormDraft { form_no: row(&w, 1).form_no, ..row(&w, 2) };
        let (_dir, second) = file(&w, HR, 2, vec![taken, row(&w, 3)]);
        for wish in [Acceptance::CheckOnly, Acceptance::AllOrNone] {
            let out = send(&w.service, &second, wish).await;
            assert_eq!(told(&out.errors), [(1, "申领表编码", "number_taken")], "{on:?} {wish:?}");
            assert_eq!(out.accepted, 0, "{on:?} {wish:?}");
            let says = &out.errors[0].message;
            assert!(says.contains("申领表编码已被另一份申请使用") && says.contains("第10条"), "{says}");
            assert!(!says.contains("回盘"), "{says}");
        }
        // The counter's own form is known as well, and the good row goes on when the clerk says so.
        w.applicant(4, w.outlet()).await;
        let own = FormDraft { form_no: w.draft(4).form_no, ..row(&w, 5) };
        let (_dir, third) = file(&w, HR, 3, vec![row(&w, 3), own]);
        let out = send(&w.service, &third, Acceptance::GoodRows).await;
        assert_eq!((out.accepted, told(&out.errors)), (1, vec![(2, "申领表编码", "number_taken")]));
        w.verified().await;
    }
}

#[tokio::test]
async fn art_9_the_photo_of_a_rows_receipt_is_judged_with_the_row_and_comes_with_it() {
    clause!(R9.3);
    clause!(R10.3);
    for on in BOTH {
        let w = World::new(on).await;
        let receipt = |n| row(&w, n).photo_receipt;
        let jpeg = kaguan_testkit::portrait().0.clone();
        w.around.photos.give_out(&receipt(1), ReceiptPhoto::Photo { jpeg, findings: Vec::new() });
        let closed = ReceiptPhoto::Failed { findings: vec!["双眼未睁开".into()] };
        w.around.photos.give_out(&receipt(2), closed);
        let (_dir, path) = file(&w, HR, 1, vec![row(&w, 1), row(&w, 2)]);
        for (wish, taken) in [(Acceptance::CheckOnly, 0), (Acceptance::GoodRows, 1)] {
            let out = send(&w.service, &path, wish).await;
            assert_eq!(out.accepted, taken, "{on:?} {wish:?}");
            assert_eq!(told(&out.errors), [(2, "相片回执", "receipt_photo_failed")], "{on:?} {wish:?}");
            assert!(out.errors[0].message.contains("双眼未睁开"), "{}", out.errors[0].message);
        }
        let number = kaguan_domain::facts::social_security_number::SocialSecurityNumber::parse(
            &row(&w, 1).document_number,
        );
        let found = w.service.find(&number.expect("a number")).await;
        let (file, _) = w.file(found.expect("the store answers").expect("the row was taken in")).await;
        assert!(file.person.as_ref().expect("a person").photo.is_some(), "{on:?}");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_9_a_permit_and_its_old_form_are_one_person_in_the_trial_too() {
    clause!(R9.3);
    clause!(R35.1);
    let w = World::new(On::Memory).await;
    let permit = |n, number: &str| FormDraft {
        document_kind: "3".into(),
        document_number: number.into(),
        photo_receipt: format!("XP{number}"),
        nationality: "HKG".into(),
        ..row(&w, n)
    };
    // The last two digits of the old form count its renewals.
    let (_dir, path) = file(&w, HR, 1, vec![permit(1, "H01234567"), permit(2, "H0123456702"), row(&w, 3)]);
    for wish in [Acceptance::CheckOnly, Acceptance::AllOrNone] {
        let out = send(&w.service, &path, wish).await;
        assert_eq!((out.accepted, out.errors.len(), out.errors[0].row), (0, 1, 2), "{:?}", out.errors);
    }
    let out = send(&w.service, &path, Acceptance::GoodRows).await;
    assert_eq!((out.accepted, out.errors.len()), (2, 1));
    // Sent again: what was taken in is told as taken in, and nothing twice.
    let out = send(&w.service, &path, Acceptance::GoodRows).await;
    assert_eq!((out.accepted, out.errors.len()), (2, 1));
    w.verified().await;
}

#[tokio::test]
async fn art_3_2_a_row_of_somebody_who_may_be_on_file_goes_to_the_counter_and_two_rows_of_one_human_are_told()
{
    clause!(R9.3);
    clause!(R3.2);
    for on in BOTH {
        let w = World::new(on).await;
        w.applicant(1, w.outlet()).await;
        let passport = |n, form_no: &str, number: &str| FormDraft {
            form_no: form_no.into(),
            document_kind: "8".into(),
            document_number: number.into(),
            photo_receipt: format!("XP{number}"),
            ..row(&w, n)
        };
        let rows = vec![
            passport(1, "44010000001", "E12345678"),
            passport(2, "44010000002", "E22345678"),
            passport(2, "44010000003", "E32345678"),
            row(&w, 4),
        ];
        let (_dir, path) = file(&w, HR, 1, rows);
        for wish in [Acceptance::CheckOnly, Acceptance::AllOrNone, Acceptance::GoodRows] {
            let out = send(&w.service, &path, wish).await;
            let alike = |row| (row, "证件号码", "possibly_same_person");
            assert_eq!(told(&out.errors), [alike(1), alike(3)], "{on:?} {wish:?}");
            let says = &out.errors[0].message;
            assert!(
                !says.contains("张*") && says.contains("到卡经办网点核实"),
                "nothing of the other: {says}"
            );
            assert!(!says.contains("张三") && !says.contains(&w.draft(1).document_number), "{says}");
        }
        w.verified().await;
    }
}

#[tokio::test]
async fn art_9_a_row_with_an_outlet_that_is_none_is_judged_to_its_end() {
    clause!(X7.1);
    clause!(R9.3);
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    let at = |n, outlet: &str| FormDraft { collection_point: outlet.into(), ..row(&w, n) };
    let known = FormDraft { form_no: "44010000009".into(), ..at(1, "99999999999999") };
    let rows = vec![
        known,
        at(2, ""),
        at(3, "44030400000101"),
        at(4, "44010395533001"),
        at(5, HR),
        at(6, "955880001"),
    ];
    let (_dir, path) = file(&w, CENTRE, 1, rows);
    let out = send(&w.service, &path, Acceptance::CheckOnly).await;
    let outlet = |row| (row, "收表网点", "unknown_outlet");
    let expected = [outlet(1), (1, "受理条件", "application_open"), outlet(2), outlet(3), outlet(4)];
    assert_eq!(told(&out.errors), expected);
    let of_outlets = |e: &&RowError| e.column == "收表网点";
    assert!(out.errors.iter().filter(of_outlets).all(|e| e.message.contains("附件7")), "{:?}", out.errors);
    assert_eq!(send(&w.service, &path, Acceptance::AllOrNone).await.accepted, 0);
}

#[tokio::test]
async fn art_34_1_the_image_of_a_document_comes_in_the_file_or_its_row_is_told_at_trial_and_at_real_run_alike()
 {
    clause!(R34.1);
    clause!(R40.1);
    for on in BOTH {
        let w = World::new(on).await;
        let rare = |n| FormDraft { name: "张[CHUI]".into(), ..row(&w, n) };
        let named = |n, ending: &str| format!("{}张[CHUI]_证件.{ending}", rare(n).document_number);
        let tif = b"II*\0a scan".to_vec();
        let rows = || {
            vec![
                (rare(1), None),
                (rare(2), Some((named(2, "tif"), tif.clone()))),
                (rare(3), Some((named(3, "png"), b"no image".to_vec()))),
                (rare(4), Some((format!("{}李四_证件.jpg", rare(4).document_number), tif.clone()))),
                (row(&w, 5), None),
            ]
        };
        let (_dir, path) = with_images(&w, HR, 1, rows());
        for (wish, taken) in
            [(Acceptance::CheckOnly, 0), (Acceptance::AllOrNone, 0), (Acceptance::GoodRows, 2)]
        {
            let out = send(&w.service, &path, wish).await;
            let image = |row, code| (row, "证件影像", code);
            let expected = [image(1, "missing"), image(3, "not_an_image"), image(4, "image_name")];
            assert_eq!(
                (told(&out.errors).as_slice(), out.accepted),
                (&expected[..], taken),
                "{on:?} {wish:?}"
            );
            assert!(out.errors[0].message.contains("第34条"), "{}", out.errors[0].message);
        }
        // Sent again nothing is filed twice; somebody whose image belongs to nobody is told of.
        assert_eq!(send(&w.service, &path, Acceptance::GoodRows).await.accepted, 2);
        let number = kaguan_domain::facts::social_security_number::SocialSecurityNumber::parse(
            &rare(2).document_number,
        );
        let found = w.service.find(&number.expect("a number")).await;
        let (file, _) = w.file(found.expect("the store answers").expect("the row was taken in")).await;
        let archive = &file.person.as_ref().expect("a person").archive;
        assert_eq!(archive.len(), 1, "{on:?}");
        let kept = w.service.store().material(archive[0].id).await.expect("the store answers");
        assert_eq!(kept, Some(tif.clone()));
        let stray = vec![(row(&w, 6), Some((named(7, "pdf"), b"%PDF-".to_vec())))];
        let (_dir, path) = with_images(&w, HR, 2, stray);
        let out = send(&w.service, &path, Acceptance::CheckOnly).await;
        assert_eq!(told(&out.errors), [(0, "证件影像", "image_without_person")]);
        w.verified().await;
    }
}

/// The province on a store of its own, with these registers and the world's other partners and clock.
pub(crate) async fn service_beside(w: &World, on: On, registers: Arc<dyn Registers>) -> Service {
    let store = Arc::new(fresh_store(on).await);
    let partners = kaguan_service::ports::Partners { registers, ..w.around.partners() };
    let service = Service::start(store, w.clock.clone(), partners).await.expect("the service starts");
    set_up(&service).await.expect("the province is set up");
    service
}

/// The counter takes somebody in.
async fn taken_in(service: &Service, draft: FormDraft) {
    let outlet = service.institutions().org_by_code(HR).expect("the outlet").id;
    let photo = service.take_photo(kaguan_testkit::portrait().0.clone()).await;
    let filled = kaguan_domain::application::FilledIn {
        draft: Box::new(draft),
        photo: Some(photo.expect("the photo is taken")),
        outlet,
        collect_at: outlet,
        agent: None,
        consent: Some(kaguan_domain::facts::application::Consent {
            text_version: "2022".into(),
            by_guardian: false,
        }),
        presented: kaguan_testkit::stated::presented(),
        faults: Vec::new(),
        same: None,
    };
    let taken = service.apply(Actor::System, Channel::Console, "counter", filled).await;
    taken.expect("the counter takes the person in");
}

/// While the registers are asked the second time the counter takes somebody in.
pub(crate) fn faster_at_the_counter(registers: &Interrupted, service: &Service, draft: FormDraft) {
    let service = service.clone();
    registers.meanwhile(move |asked| {
        let (service, draft) = (service.clone(), draft.clone());
        async move {
            if asked == Asked::Check(1) {
                Box::pin(taken_in(&service, draft)).await;
            }
        }
    });
}

/// While the registers are asked this is done to a unit application.
pub(crate) fn meanwhile_done(registers: &Interrupted, service: &Service, unit: UnitId, command: UnitCommand) {
    let service = service.clone();
    registers.meanwhile(move |asked| {
        let (service, command) = (service.clone(), command.clone());
        async move {
            if let Asked::Check(_) = asked {
                let ctx = service.ctx(Actor::System, Channel::CommandLine, None);
                let done = Box::pin(service.execute(ctx, Command::Unit { id: unit, command })).await;
                done.expect("it is done");
            }
        }
    });
}

#[tokio::test]
async fn art_9_all_or_none_takes_none_when_somebody_was_faster_than_the_real_run() {
    clause!(R9.3);
    for on in BOTH {
        let w = World::new(On::Memory).await;
        let registers = Interrupted::of(&w);
        let service = service_beside(&w, on, registers.clone()).await;
        // Somebody else comes to the counter with the form number of row 3, once row 3 was judged.
        let faster = FormDraft { form_no: row(&w, 3).form_no, ..row(&w, 900) };
        faster_at_the_counter(&registers, &service, faster);
        let (_dir, path) = file(&w, HR, 1, (1..=501).map(|n| row(&w, n)).collect());
        let out = send(&service, &path, Acceptance::AllOrNone).await;
        assert_eq!((out.accepted, told(&out.errors)), (0, vec![(3, "申领表编码", "number_taken")]), "{on:?}");
        let holders = service.store().holders_after(kaguan_domain::ids::HolderId(i64::MIN), 1_000).await;
        assert_eq!(holders.expect("holders").len(), 1, "{on:?}: nobody but who came to the counter");
        let report = service.store().check().await.expect("the check runs");
        assert!(report.findings.is_empty(), "{:?}", report.findings);
        // The others of the file when the clerk says so.
        assert_eq!(send(&service, &path, Acceptance::GoodRows).await.accepted, 500, "{on:?}");
    }
}

#[tokio::test]
async fn art_9_2_a_file_on_its_way_in_is_stopped_by_the_closing_of_its_unit_application() {
    clause!(R9.2);
    for on in BOTH {
        let w = World::new(On::Memory).await;
        let registers = Interrupted::of(&w);
        let service = service_beside(&w, on, registers.clone()).await;
        let outlet = service.institutions().org_by_code(HR).expect("the outlet").id;
        let today = w.clock.now().date();
        let form = UnitForm {
            until: format!("{}1231", today.year() + 1),
            people: "3".into(),
            applied_on: today.to_string(),
            accepted_on: today.to_string(),
            ..kaguan_testkit::stated::unit_form("4401U1")
        };
        let ctx = service.ctx(Actor::System, Channel::CommandLine, Some("unit".into()));
        let unit = service.register_unit(ctx, outlet, None, &form).await.expect("it is registered");
        let send = async |path: PathBuf| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let (by, wish) = (&Actor::System, Acceptance::GoodRows);
            let sent =
                service.take_in(by, &path, &name, Some(unit), wish, Level::Decode, Arc::new(|_| {})).await;
            sent.expect("the file is judged")
        };
        let (_dir, first) = file(&w, HR, 1, vec![row(&w, 1)]);
        assert_eq!(send(first).await.accepted, 1, "{on:?}");
        // The second file was judged, and is refused row by row: nobody is in who does not count.
        meanwhile_done(&registers, &service, unit, UnitCommand::Close { reason: "单位撤回".into() });
        let (_dir, second) = file(&w, HR, 2, vec![row(&w, 2)]);
        let out = send(second).await;
        assert_eq!((out.accepted, told(&out.errors)), (0, vec![(1, "整个文件", "wrong_stage")]), "{on:?}");
        assert!(out.errors[0].message.contains("已办结，不再接收人员数据"), "{}", out.errors[0].message);
        let holders = service.store().holders_after(kaguan_domain::ids::HolderId(i64::MIN), 1_000).await;
        assert_eq!(holders.expect("holders").len(), 1, "{on:?}");
        let report = service.store().check().await.expect("the check runs");
        assert!(report.findings.is_empty(), "{:?}", report.findings);
    }
}

#[tokio::test]
async fn art_8_3_all_that_the_registers_are_asked_is_asked_at_once_and_a_silent_one_waited_for_once() {
    clause!(R8.3);
    let w = World::new(On::Memory).await;
    // Each question about somebody is answered once the other one has been asked as well.
    let both = Arc::new(tokio::sync::Barrier::new(2));
    let registers = Interrupted::of(&w);
    registers.meanwhile(move |_| {
        let both = both.clone();
        async move {
            both.wait().await;
        }
    });
    let service = service_beside(&w, On::Memory, registers).await;
    // Whoever asked one after the other would wait for ever: at the counter, and for the rows of a file.
    let photo = service.take_photo(kaguan_testkit::portrait().0.clone()).await.expect("the photo is taken");
    let outlet = service.institutions().org_by_code(HR).expect("the outlet").id;
    let filled = kaguan_domain::application::FilledIn { photo: Some(photo), ..w.apply(1, outlet) };
    let patience = std::time::Duration::from_secs(60);
    let asked = service.apply(Actor::System, Channel::Console, "counter", filled);
    tokio::time::timeout(patience, asked).await.expect("both are asked").expect("it is taken in");
    let (_dir, path) = file(&w, HR, 1, vec![row(&w, 2), row(&w, 3)]);
    let sent = send(&service, &path, Acceptance::AllOrNone);
    assert_eq!(tokio::time::timeout(patience, sent).await.expect("both are asked").accepted, 2);
}

#[tokio::test]
async fn art_9_3_a_row_with_one_defect_is_told_everything_else_that_stands_against_it() {
    clause!(R9.3);
    for on in BOTH {
        let w = World::new(on).await;
        w.applicant(1, w.outlet()).await;
        let used = w.draft(1).form_no;
        let wrong = |n, form_no: &str| FormDraft {
            form_no: form_no.into(),
            phone: "12".into(),
            mobile: String::new(),
            collection_point: "123".into(),
            ..row(&w, n)
        };
        let rows = vec![
            // Somebody with an application in work; a used form number; one of whom nobody knows who it is.
            wrong(1, "44010000009"),
            wrong(2, &used),
            FormDraft { name: "张3".into(), ..wrong(3, &used) },
            row(&w, 4),
        ];
        let (_dir, path) = file(&w, CENTRE, 1, rows);
        for wish in [Acceptance::CheckOnly, Acceptance::AllOrNone] {
            let out = send(&w.service, &path, wish).await;
            for (row, column) in [
                (1, "联系电话"),
                (1, "收表网点"),
                (1, "受理条件"),
                (2, "联系电话"),
                (2, "收表网点"),
                (2, "申领表编码"),
                (3, "姓名"),
                (3, "联系电话"),
                (3, "收表网点"),
                (3, "申领表编码"),
                (4, "收表网点"),
            ] {
                let there = out.errors.iter().filter(|e| (e.row, e.column) == (row, column)).count();
                assert_eq!(there, 1, "{on:?} {wish:?} {row} {column}: {:?}", out.errors);
            }
            assert_eq!(out.errors.len(), 11, "{on:?} {wish:?}: {:?}", out.errors);
        }
        w.verified().await;
    }
}

#[tokio::test]
async fn art_9_3_a_row_that_is_not_taken_in_stands_in_the_way_of_no_other() {
    clause!(R9.3);
    let w = World::new(On::Memory).await;
    let passport = |n, form_no: &str, number: &str| FormDraft {
        form_no: form_no.into(),
        document_kind: "8".into(),
        document_number: number.into(),
        photo_receipt: format!("XP{number}"),
        ..row(&w, n)
    };
    // Alike, and the first of both is not taken in for its telephone number.
    let first =
        FormDraft { phone: "12".into(), mobile: String::new(), ..passport(2, "44010000002", "E22345678") };
    let (_dir, path) = file(&w, HR, 1, vec![first, passport(2, "44010000003", "E32345678")]);
    let out = send(&w.service, &path, Acceptance::GoodRows).await;
    assert_eq!((out.accepted, told(&out.errors)), (1, vec![(1, "联系电话", "bad_phone")]));
    w.verified().await;
}
