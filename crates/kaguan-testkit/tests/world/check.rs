//! `kaguan check` on both engines: of everything, and of what came after a head.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::archive::{Case, MaterialKind};
use kaguan_domain::facts::officer::DoorEvent;
use kaguan_domain::ids::MaterialId;
use kaguan_domain::institution::RecordSignIn;
use kaguan_domain::loss::ReportTemporary;
use kaguan_domain::records::FileMaterial;
use kaguan_service::Command;
use kaguan_store::engine::{Sql, Write};
use kaguan_store::{Area, CheckReport, FindingKind, Since, Store};
use kaguan_testkit::{BOTH, World};

async fn tamper(store: &Store, text: String) {
    let text: &'static str = Box::leak(text.into_boxed_str());
    let statement: &'static Sql = Box::leak(Box::new(Sql::new(text, text)));
    store.engine().transact(vec![Write::one(statement, Vec::new(), None)]).await.unwrap();
}

async fn since(store: &Store, since: Since) -> CheckReport {
    store.check_all(Some(&since), None, &mut |_| {}).await.unwrap()
}

fn places(report: &CheckReport) -> Vec<&str> {
    report.findings.iter().map(|f| f.place.as_str()).collect()
}

#[tokio::test]
async fn after_a_head_only_what_it_touched_is_looked_at_and_a_whole_check_looks_at_the_rest() {
    for on in BOTH {
        let w = World::new(on).await;
        let (id, card) = w.with_card(1).await;
        let other = w.applicant(2, w.outlet()).await;
        let store = w.service.store();
        let whole = store.check().await.unwrap();
        assert_eq!((whole.since, places(&whole)), (None, Vec::new()), "{on:?}");
        let head = store.heads_after(whole.blocks - 1, 1).await.unwrap().remove(0);
        assert_eq!(head.line(), whole.line);
        // Liu Guihua loses her card after the check of last night; the second person does nothing.
        let clerk = w.officer(w.bank_outlet()).await;
        let lose = ReportTemporary { card, identity: None, verified: true, deputy: None };
        w.about(&clerk, id, HolderCommand::ReportTemporaryLoss(lose)).await.unwrap();
        for from in [Since::Line(whole.line), Since::Head(Box::new(head.clone()))] {
            let report = since(store, from).await;
            assert_eq!(places(&report), Vec::<&str>::new(), "{on:?}");
            assert_eq!((report.since, report.holders), (Some(whole.line), 1), "{on:?}: hers alone");
            assert!(report.entries < whole.entries && report.line > whole.line);
        }
        // The end of it all: nothing came after.
        let end = store.check().await.unwrap().line;
        let nothing = since(store, Since::Line(end)).await;
        assert_eq!((nothing.entries, nothing.holders, nothing.findings.len()), (0, 0, 0), "{on:?}");
        let hers = |column: &str| format!("table card, column {column}, row holder_id {id}, card_id {card}");
        let attacks = [
            (
                format!("UPDATE card SET in_force = 1 - in_force WHERE holder_id = {id}"),
                Some(hers("in_force")),
            ),
            (format!("UPDATE card SET in_force = 1 - in_force WHERE holder_id = {id}"), None),
            (
                format!("UPDATE holder SET version = version + 1 WHERE holder_id = {id}"),
                Some(format!("table holder, column version, row holder_id {id}")),
            ),
            (format!("UPDATE holder SET version = version - 1 WHERE holder_id = {id}"), None),
            (
                format!("UPDATE claim SET holder_id = {other} WHERE holder_id = {id} AND kind = 'chip'"),
                Some("table claim, column holder_id, row digest ".into()),
            ),
            (format!("UPDATE claim SET holder_id = {id} WHERE holder_id = {other} AND kind = 'chip'"), None),
        ];
        for (attack, place) in attacks {
            tamper(store, attack.clone()).await;
            let report = since(store, Since::Line(whole.line)).await;
            match place {
                Some(place) => {
                    assert!(
                        places(&report).iter().any(|p| p.starts_with(&place)),
                        "{on:?} {attack}: {report:?}"
                    );
                    assert_eq!(report.gravest(), Some(Area::Rows));
                }
                None => assert_eq!(places(&report), Vec::<&str>::new(), "{on:?} {attack}"),
            }
        }
        // What nobody touched since is the whole check's.
        tamper(store, format!("UPDATE holder SET version = version + 1 WHERE holder_id = {other}")).await;
        assert_eq!(places(&since(store, Since::Line(whole.line)).await), Vec::<&str>::new(), "{on:?}");
        let report = store.check().await.unwrap();
        let place = format!("table holder, column version, row holder_id {other}");
        assert_eq!(places(&report), [place.as_str(), &format!("holder {other}")], "{on:?}");
        tamper(store, format!("UPDATE holder SET version = version - 1 WHERE holder_id = {other}")).await;
        // A head that the journal does not have.
        let mut another = head.clone();
        another.block.at += 1;
        let report = since(store, Since::Head(Box::new(another))).await;
        assert_eq!(report.gravest(), Some(Area::End), "{on:?}: {report:?}");
        // A line that came after and was changed.
        tamper(store, format!("UPDATE journal_entry SET at = at + 1 WHERE seq = {end}")).await;
        let report = since(store, Since::Line(whole.line)).await;
        assert_eq!(report.gravest(), Some(Area::Journal), "{on:?}: {report:?}");
        assert!(report.found.contains_key(&FindingKind::Root), "{on:?}: {report:?}");
    }
}

/// Whatever stands in a column, the check goes on, and names all that is wrong.
#[tokio::test]
async fn a_check_goes_on_to_the_end_whatever_it_meets() {
    for on in BOTH {
        let w = World::new(on).await;
        let (id, _) = w.with_card(1).await;
        let (second, _) = w.with_card(2).await;
        let store = w.service.store();
        for attack in [
            format!("UPDATE holder SET version = 7 WHERE holder_id = {id}"),
            format!("DELETE FROM card WHERE holder_id = {second}"),
            "UPDATE batch SET body = 'x'".into(),
            "UPDATE journal_block SET signature = hash WHERE seq = 3".into(),
            "DELETE FROM photo".into(),
            "UPDATE happened SET n = n + 1".into(),
        ] {
            tamper(store, attack).await;
        }
        let mut told = Vec::new();
        let report = store.check_all(None, None, &mut |f| told.push(f.clone())).await.unwrap();
        assert_eq!(told, report.findings, "told as they are found");
        let places = places(&report);
        for place in [
            format!("table holder, column version, row holder_id {id}"),
            format!("table card, column rows, row holder_id {second}"),
            "table batch, column body, row batch_id ".into(),
            "block 3".into(),
            "table photo, column rows, row digest ".into(),
            "table happened, column n, row ".into(),
        ] {
            assert!(places.iter().any(|p| p.starts_with(&place)), "{on:?}: {place} in {places:#?}");
        }
        assert_eq!(report.gravest(), Some(Area::Journal));
    }
}

#[tokio::test]
async fn art_40_1_a_document_that_a_file_names_and_the_store_has_not_is_named_in_full_and_since_a_head() {
    for on in BOTH {
        clause!(R40.1);
        let w = World::new(on).await;
        let (id, _) = w.with_card(1).await;
        let store = w.service.store();
        let (file, _) = w.file(id).await;
        let material = FileMaterial {
            id: MaterialId(w.service.fresh()),
            case: Case::Application(file.applications[0].id),
            kind: MaterialKind::Identity,
            digest: None,
            cabinet: None,
            org: w.outlet(),
            more: Vec::new(),
        };
        let clerk = w.officer(w.outlet()).await;
        let base = store.check().await.unwrap().line;
        let ctx = w.service.ctx(clerk, Channel::Console, None);
        let filed = w.service.file_material(ctx, id, material, Some(b"scan")).await.unwrap();
        assert_eq!(places(&store.check().await.unwrap()), Vec::<&str>::new(), "{on:?}");
        store.delete_material(filed).await.unwrap();
        let place = format!("table material, column rows, row material_id {filed}");
        for report in [store.check().await.unwrap(), since(store, Since::Line(base)).await] {
            assert_eq!(places(&report), [place.as_str()], "{on:?}");
            assert_eq!(report.found.get(&FindingKind::Missing), Some(&1), "{on:?}");
        }
        store.put_material(filed, b"scan").await.unwrap();
        // A box that was taken out: both say which row is missing, and that the batch is not what the journal says.
        let batch = file.cards[0].batch;
        tamper(store, format!("DELETE FROM box WHERE batch_id = {batch}")).await;
        for report in [store.check().await.unwrap(), since(store, Since::Line(0)).await] {
            let all = places(&report);
            assert!(all.iter().any(|p| p.starts_with("table box, column rows, row ")), "{on:?} {all:?}");
            assert!(all.contains(&format!("batch {batch}").as_str()), "{on:?} {all:?}");
        }
    }
}

#[tokio::test]
async fn a_journal_of_more_than_a_page_is_gone_through_to_its_end() {
    for on in BOTH {
        let w = World::new(on).await;
        let clerk = w.officer(w.outlet()).await;
        let Actor::Officer(officer) = clerk else { panic!("{clerk:?}") };
        let event = || DoorEvent::SignedIn { officer, source: "10.0.0.1".into() };
        let comes = |_| {
            (
                w.service.ctx(clerk.clone(), Channel::Console, None),
                Command::Door(RecordSignIn { event: event() }),
            )
        };
        let done = w.service.execute_all((0..9_000).map(comes).collect(), |_| {}).await;
        assert!(done.iter().all(Result::is_ok));
        // While the next lines are on their way the blocks are asked for, over the same line.
        let report = w.service.store().check().await.unwrap();
        assert_eq!(places(&report), Vec::<&str>::new(), "{on:?}");
        assert!(report.entries > 9_000, "{on:?}");
    }
}

#[tokio::test]
async fn whoever_writes_beside_a_check_is_not_seen_by_it_in_memory_either() {
    for on in BOTH {
        let w = World::new(on).await;
        let writes = async {
            for n in 1..=25 {
                w.applicant(n, w.outlet()).await;
            }
        };
        let checks = async {
            for _ in 0..6 {
                let report = w.service.store().check().await.unwrap();
                assert!(report.findings.is_empty(), "{on:?}: {:?}", report.findings);
            }
        };
        tokio::join!(writes, checks);
    }
}
