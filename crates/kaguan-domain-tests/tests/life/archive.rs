//! 档案 (Article 40): documents of several pages, and what stays on file of what was destroyed.

use crate::person::{HR, OLD, Scene, TODAY};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::archive::{Case, MaterialKind};
use kaguan_domain::facts::card::Social;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::ids::{CardId, MaterialId, OfficerId};
use kaguan_domain::records::{DestroyMaterial, FileMaterial, Look, MOST_PAGES, Page};
use kaguan_domain::refusal::Reason;

fn filed(id: i64, pages: usize, cabinet: Option<&str>) -> FileMaterial {
    let page = |n: usize| Page { id: MaterialId(id + n as i64), digest: "cd".repeat(32) };
    FileMaterial {
        id: MaterialId(id),
        case: Case::Card(OLD),
        kind: MaterialKind::RelationProof,
        digest: Some("ab".repeat(32)),
        cabinet: cabinet.map(Into::into),
        org: HR,
        more: (1..pages).map(page).collect(),
    }
}

#[test]
fn art_40_1_the_pages_of_a_household_register_are_filed_together_and_numbered() {
    clause!(R40.1);
    let mut s = Scene::with_card();
    s.as_officer(1).done(C::FileMaterial(filed(10, 3, None)));
    let archive = s.file.person.as_ref().unwrap().archive.clone();
    let pages: Vec<_> = archive.iter().map(|m| (m.id.0, m.page)).collect();
    assert_eq!(pages, [(10, Some(1)), (11, Some(2)), (12, Some(3))]);
    assert_eq!(
        s.refused(C::FileMaterial(filed(9, 2, None))),
        Reason::NothingToDo,
        "page 10 is filed already"
    );
    assert_eq!(s.refused(C::FileMaterial(filed(100, MOST_PAGES + 1, None))), Reason::MaterialDefective);
    s.done(C::FileMaterial(filed(20, 1, None)));
    assert_eq!(s.file.person.as_ref().unwrap().archive[3].page, None, "a single page has no number");
    let elsewhere = FileMaterial { case: Case::Card(CardId(99)), ..filed(30, 1, None) };
    assert_eq!(s.refused(C::FileMaterial(elsewhere)), Reason::NotFound, "no such case");
    assert_eq!(s.as_officer(2).refused(C::FileMaterial(filed(30, 1, None))), Reason::OutOfScope);
}

#[test]
fn art_40_1_paper_is_destroyed_with_its_image_and_what_it_was_stays_on_file() {
    clause!(R40.1);
    let mut s = Scene::with_card();
    s.as_officer(1).done(C::FileMaterial(filed(7, 1, Some("3柜2夹"))));
    s.file.cards[0].social = Social::Cancelled { at: s.now };
    let ended = s.now.date();
    s.days_pass(5 * 365 + 3);
    let destroy = |paper| C::DestroyMaterial(DestroyMaterial { id: MaterialId(7), paper });
    assert_eq!(s.refused(destroy(true)), Reason::NotPermitted, "the city destroys, not the outlet");
    assert_eq!(s.as_officer(3).refused(destroy(false)), Reason::MaterialDefective, "the paper lies there");
    s.done(destroy(true));
    let person = s.file.person.as_ref().unwrap();
    assert!(person.archive.is_empty());
    let [gone] = &person.destroyed[..] else { panic!("{:?}", person.destroyed) };
    assert_eq!((gone.material.id, gone.material.kind), (MaterialId(7), MaterialKind::RelationProof));
    assert_eq!((gone.at, gone.how.paper), (s.now, true));
    assert_eq!(gone.how.until, ended.checked_add(jiff::Span::new().years(5)).unwrap());
    let by = gone.how.by.map(Actor::Officer);
    assert!(by.is_some(), "who did it");
    assert_eq!(s.refused(destroy(true)), Reason::NotFound, "once");
}

#[test]
fn a_line_of_earlier_days_that_destroyed_a_material_says_nothing_of_how() {
    let line = r#"{"material_destroyed":{"material":7}}"#;
    let event: HolderEvent = serde_json::from_str(line).unwrap();
    assert!(matches!(&event, HolderEvent::MaterialDestroyed { how: None, .. }));
    assert_eq!(serde_json::to_string(&event).unwrap(), line);
    let mut s = Scene::with_card();
    s.as_officer(1).done(C::FileMaterial(filed(7, 1, None)));
    s.file.apply(&event, s.now);
    let person = s.file.person.as_ref().unwrap();
    assert!(person.archive.is_empty() && person.destroyed.is_empty(), "as it was replayed then");
}

#[test]
fn art_39_a_look_in_the_clear_has_a_reason_and_is_recorded() {
    clause!(R39.1);
    let mut s = Scene::with_card();
    let look = |reason: &str| C::Look(Look { reason: reason.into(), material: None });
    assert_eq!(s.as_officer(1).refused(look(" ")), Reason::MaterialDefective);
    s.done(look("持卡人到场办理补卡"));
    assert_eq!(s.as_actor(Actor::Officer(OfficerId(9))).refused(look("x")), Reason::OfficerInactive);
    assert_eq!(s.now, Instant::at_start_of(TODAY));
}
