//! The rows of a unit application and their count (Articles 9 and 10): what is in is counted, and nobody is in beyond 批量申请总人数, however
//! many files come at once and whatever is put right meanwhile.

use crate::intake::{HR, faster_at_the_counter, file, meanwhile_done, row, service_beside, told};
use kaguan_domain::application::{UnitCommand, UnitForm};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::unit::UnitFile;
use kaguan_domain::ids::{HolderId, UnitId};
use kaguan_service::intake::{Acceptance, Intake, IntakeProgress, Level};
use kaguan_service::{Command, Service};
use kaguan_store::LoadRequest;
use kaguan_testkit::registers::{Asked, Interrupted};
use kaguan_testkit::{BOTH, On, World};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Notify;

/// A unit application for so many people, registered.
async fn unit_of(w: &World, service: &Service, people: u32) -> UnitId {
    let outlet = service.institutions().org_by_code(HR).expect("the outlet").id;
    let today = w.clock.now().date();
    let form = UnitForm {
        until: format!("{}1231", today.year() + 1),
        people: people.to_string(),
        applied_on: today.to_string(),
        accepted_on: today.to_string(),
        ..kaguan_testkit::stated::unit_form("4401U1")
    };
    let ctx = service.ctx(Actor::System, Channel::CommandLine, Some("unit".into()));
    service.register_unit(ctx, outlet, None, &form).await.expect("it is registered")
}

async fn sent(service: &Service, path: &Path, unit: UnitId, wish: Acceptance) -> Intake {
    told_of(service, path, (unit, wish), Arc::new(Notify::new())).await
}

/// The same; whoever asks is told when the file waits for another one of its unit.
async fn told_of(
    service: &Service,
    path: &Path,
    (unit, wish): (UnitId, Acceptance),
    waits: Arc<Notify>,
) -> Intake {
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    let progress = Arc::new(move |step| {
        if let IntakeProgress::Waiting = step {
            waits.notify_one();
        }
    });
    let sent = service.take_in(&Actor::System, path, &name, Some(unit), wish, Level::Decode, progress).await;
    sent.expect("the file is judged")
}

/// The unit application, and how many people are in the store.
async fn stands(service: &Service, id: UnitId) -> (UnitFile, usize) {
    let asked = LoadRequest { units: vec![id], ..LoadRequest::default() };
    let mut loaded = service.store().load(&asked).await.expect("it is loaded");
    let holders = service.store().holders_after(HolderId(i64::MIN), 1_000).await.expect("holders");
    let report = service.store().check().await.expect("the check runs");
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    (loaded.units.remove(&id).expect("it is there"), holders.len())
}

#[tokio::test]
async fn art_9_2_of_two_files_of_one_unit_at_once_the_second_is_judged_upon_what_the_first_has_left() {
    clause!(R9.2);
    clause!(R10.2);
    for wish in [Acceptance::AllOrNone, Acceptance::GoodRows] {
        let w = World::new(On::Memory).await;
        let waits = Arc::new(Notify::new());
        let registers = Interrupted::of(&w);
        // The first question is answered when the other file waits.
        let other = waits.clone();
        registers.meanwhile(move |asked| {
            let other = other.clone();
            async move {
                if asked == Asked::Check(0) {
                    other.notified().await;
                }
            }
        });
        let service = service_beside(&w, On::Memory, registers).await;
        let unit = unit_of(&w, &service, 3).await;
        let (_one, one) = file(&w, HR, 1, vec![row(&w, 1), row(&w, 2)]);
        let (_two, two) = file(&w, HR, 2, vec![row(&w, 3), row(&w, 4)]);
        let both = |path| told_of(&service, path, (unit, wish), waits.clone());
        let (a, b) = tokio::join!(both(&one), both(&two));
        let (taken, refused) = if a.accepted > 0 { (a, b) } else { (b, a) };
        assert_eq!((taken.accepted, told(&taken.errors)), (2, Vec::new()), "{wish:?}");
        let says = (refused.accepted, told(&refused.errors));
        assert_eq!(says, (0, vec![(0, "整个文件", "count_mismatch")]), "{wish:?}");
        assert!(refused.errors[0].message.contains("已接收2，本次还有2"), "{:?}", refused.errors);
        let (file, people) = stands(&service, unit).await;
        assert_eq!((file.rows, people), (2, 2), "{wish:?}");
        // With the number put right the second file comes in as it is.
        let command = UnitCommand::CorrectPeople { people: 4, reason: "登记笔误".into() };
        let ctx = service.ctx(Actor::System, Channel::Console, None);
        service.execute(ctx, Command::Unit { id: unit, command }).await.expect("it is put right");
        for path in [&one, &two] {
            assert_eq!(sent(&service, path, unit, wish).await.accepted, 2, "{wish:?}");
        }
        let (file, people) = stands(&service, unit).await;
        assert_eq!((file.rows, people, file.ended()), (4, 4, Some("已全部上传")), "{wish:?}");
    }
}

#[tokio::test]
async fn art_10_2_nobody_of_a_file_is_in_when_the_number_of_people_became_less_meanwhile() {
    clause!(R10.2);
    clause!(R9.3);
    for (on, wish) in [(On::Memory, Acceptance::AllOrNone), (On::Memory, Acceptance::GoodRows)] {
        let w = World::new(on).await;
        let registers = Interrupted::of(&w);
        let service = service_beside(&w, on, registers.clone()).await;
        let unit = unit_of(&w, &service, 3).await;
        let less = UnitCommand::CorrectPeople { people: 1, reason: "登记笔误".into() };
        meanwhile_done(&registers, &service, unit, less);
        let (_dir, path) = file(&w, HR, 1, vec![row(&w, 1), row(&w, 2)]);
        let out = sent(&service, &path, unit, wish).await;
        let says = (out.accepted, told(&out.errors));
        assert_eq!(says, (0, vec![(0, "整个文件", "more_people_than_stated")]), "{wish:?}");
        let message = &out.errors[0].message;
        assert!(message.contains("申请总人数1，已上传0，本次2"), "{message}");
        let (file, people) = stands(&service, unit).await;
        assert_eq!((file.rows, people), (0, 0), "{wish:?}");
    }
}

#[tokio::test]
async fn art_9_3_the_good_rows_are_counted_without_the_one_that_somebody_was_faster_with() {
    clause!(R9.3);
    clause!(R9.2);
    for on in BOTH {
        let w = World::new(On::Memory).await;
        let registers = Interrupted::of(&w);
        let service = service_beside(&w, on, registers.clone()).await;
        let unit = unit_of(&w, &service, 501).await;
        let faster = FormDraft { form_no: row(&w, 3).form_no, ..row(&w, 900) };
        faster_at_the_counter(&registers, &service, faster);
        let (_dir, path) = file(&w, HR, 1, (1..=501).map(|n| row(&w, n)).collect());
        let out = sent(&service, &path, unit, Acceptance::GoodRows).await;
        let says = (out.accepted, out.inside.len(), told(&out.errors));
        assert_eq!(says, (500, 500, vec![(3, "申领表编码", "number_taken")]), "{on:?}");
        assert!(!out.inside.contains(&3), "{on:?}");
        let (file, people) = stands(&service, unit).await;
        assert_eq!((file.rows, people), (500, 501), "{on:?}: and who came to the counter");
        // Sent again nobody is counted twice.
        assert_eq!(sent(&service, &path, unit, Acceptance::GoodRows).await.accepted, 500, "{on:?}");
        assert_eq!(stands(&service, unit).await.0.rows, 500, "{on:?}");
    }
}
