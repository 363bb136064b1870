//! 档案 (Article 40): documents of several pages, and what stays on file of what was destroyed.

use crate::person::{HR, OLD, Scene, TODAY};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::dispatch::{HolderCommand as C, decide};
use kaguan_domain::facts::archive::{Case, Corrected, MaterialKind, PaperOf};
use kaguan_domain::facts::card::Social;
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::ids::{ApplicationId, CardId, HolderId, MaterialId, OfficerId};
use kaguan_domain::rare_name;
use kaguan_domain::records::{
    CorrectFiling, DestroyMaterial, FileMaterial, Filing, Look, MOST_PAGES, Page, Replacement,
};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::rule::{Around, Found};

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
fn art_40_1_a_document_of_several_pages_is_destroyed_whole_with_its_paper_whichever_page_is_named() {
    clause!(R40.1);
    let mut s = Scene::with_card();
    let cabinet = Some("3柜2层");
    // Two documents of one case and kind that were filed at one instant, and one of which a page was another paper's.
    s.as_officer(1).done(C::FileMaterial(filed(10, 3, cabinet)));
    s.done(C::FileMaterial(filed(20, 2, cabinet)));
    s.done(C::FileMaterial(filed(30, 2, cabinet)));
    let other = Filing::Move { case: None, kind: Some(MaterialKind::Identity) };
    s.done(put_right(&[31], other, "扫描时混入"));
    let pages = |s: &Scene, id| -> Vec<i64> {
        let person = s.file.person.as_ref().unwrap();
        person.pages_of(MaterialId(id)).iter().map(|m| m.id.0).collect()
    };
    assert_eq!((pages(&s, 12), pages(&s, 20)), (vec![10, 11, 12], vec![20, 21]));
    assert_eq!((pages(&s, 30), pages(&s, 31), pages(&s, 99)), (vec![30], vec![31], Vec::new()));
    s.file.cards[0].social = Social::Cancelled { at: s.now };
    s.days_pass(5 * 365 + 3);
    let destroy = |id, paper| C::DestroyMaterial(DestroyMaterial { id: MaterialId(id), paper });
    assert_eq!(
        s.as_officer(3).refused(destroy(11, false)),
        Reason::MaterialDefective,
        "its paper lies there"
    );
    s.done(destroy(11, true));
    let person = s.file.person.as_ref().unwrap();
    assert_eq!(person.archive.iter().map(|m| m.id.0).collect::<Vec<_>>(), [20, 21, 30, 31]);
    let gone: Vec<_> = person.destroyed.iter().map(|d| (d.material.id.0, d.at, d.how.paper)).collect();
    assert_eq!(gone, [10, 11, 12].map(|id| (id, s.now, true)));
    for m in &person.archive {
        assert_eq!(person.paper_of(m), PaperOf::In("3柜2层".into()), "the others' is another paper");
    }
    assert_eq!(s.refused(destroy(12, true)), Reason::NotFound, "once");
}

#[test]
fn art_40_1_a_page_that_was_left_of_a_document_does_not_say_that_its_paper_is_there() {
    clause!(R40.1);
    let mut s = Scene::with_card();
    s.as_officer(1).done(C::FileMaterial(filed(10, 2, Some("3柜2层"))));
    s.file.cards[0].social = Social::Cancelled { at: s.now };
    s.days_pass(5 * 365 + 3);
    // As it was done when each page was destroyed by itself.
    let line = r#"{"material_destroyed":{"material":10,"how":{"until":"2031-11-23","paper":true}}}"#;
    let event: HolderEvent = serde_json::from_str(line).unwrap();
    s.file.apply(&event, s.now);
    let person = s.file.person.as_ref().unwrap();
    let [left] = &person.archive[..] else { panic!("{:?}", person.archive) };
    assert_eq!(person.paper_of(left), PaperOf::Destroyed(s.now));
    s.as_officer(3).done(C::DestroyMaterial(DestroyMaterial { id: MaterialId(11), paper: false }));
    let last = s.file.person.as_ref().unwrap().destroyed.last().unwrap();
    assert_eq!((last.material.id.0, last.how.paper), (11, false));
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

fn put_right(ids: &[i64], to: Filing, reason: &str) -> C {
    let materials = ids.iter().map(|id| MaterialId(*id)).collect();
    C::CorrectFiling(CorrectFiling { materials, to, reason: reason.into() })
}

const MOVED: Filing =
    Filing::Move { case: Some(Case::Application(ApplicationId(1))), kind: Some(MaterialKind::Identity) };

#[test]
fn art_40_1_what_was_filed_under_the_wrong_case_or_kind_is_put_right_by_its_keeper_with_a_reason() {
    clause!(R40.1);
    let mut s = Scene::with_card();
    s.as_officer(1).done(C::FileMaterial(filed(7, 2, None)));
    let bare = s.refusal(put_right(&[], MOVED, " "));
    let told = bare.about.unwrap_or_default();
    assert!(told.contains("没有选择要更正的材料") && told.contains("更正归档的事由"), "at once: {told}");
    assert_eq!(s.refused(put_right(&[99], MOVED, "归错")), Reason::NotFound);
    let same = Filing::Move { case: Some(Case::Card(OLD)), kind: None };
    assert_eq!(s.refused(put_right(&[7, 8], same, "归错")), Reason::MaterialDefective, "nothing changes");
    let nowhere = Filing::Move { case: Some(Case::Card(CardId(99))), kind: None };
    assert_eq!(s.refused(put_right(&[7], nowhere, "归错")), Reason::NotFound);
    assert_eq!(s.as_officer(2).refused(put_right(&[7], MOVED, "归错")), Reason::OutOfScope, "not its keeper");
    s.as_officer(1).done(put_right(&[7, 8], MOVED, "扫描时选错业务"));
    let archive = &s.file.person.as_ref().unwrap().archive;
    for m in archive {
        assert_eq!((m.case, m.kind), (Case::Application(ApplicationId(1)), MaterialKind::Identity));
        let [was] = &m.corrected[..] else { panic!("{m:?}") };
        let before = Corrected::Moved { case: Case::Card(OLD), kind: MaterialKind::RelationProof };
        assert_eq!((was.what, was.by, was.at), (before, Some(OfficerId(1)), s.now));
        assert_eq!(was.reason, "扫描时选错业务");
        assert!(m.withdrawn().is_none());
    }
}

#[test]
fn art_40_1_what_cannot_be_read_counts_for_nothing_and_is_kept_until_it_is_due() {
    clause!(R40.1);
    let mut s = Scene::with_card();
    let image = FileMaterial { kind: MaterialKind::Identity, ..filed(7, 1, None) };
    s.as_officer(1).done(C::FileMaterial(image));
    let name = kaguan_domain::facts::name::HolderName::parse("张[CHUI]").unwrap();
    s.file.person.as_mut().unwrap().details.name = name;
    assert!(rare_name::document(&s.file).is_some(), "the bank is lent it");
    let new = |digest: Option<&str>| Replacement {
        id: MaterialId(20),
        digest: digest.map(Into::into),
        cabinet: None,
        more: Vec::new(),
    };
    let nothing = put_right(&[7], Filing::Replace { by: new(None) }, "");
    let told = s.refusal(nothing).about.unwrap_or_default();
    assert!(told.contains("须有电子材料") && told.contains("更正归档的事由"), "at once: {told}");
    s.done(put_right(&[7], Filing::Withdraw, "影像不清"));
    assert_eq!(rare_name::document(&s.file), None, "it shows nothing");
    let again = s.refusal(put_right(&[7], Filing::Withdraw, "影像不清")).about.unwrap_or_default();
    assert!(again.contains("已作废"), "{again}");
    s.done(C::FileMaterial(FileMaterial { kind: MaterialKind::Identity, ..filed(8, 1, None) }));
    s.done(put_right(&[8], Filing::Replace { by: new(Some("ef")) }, "影像不全"));
    let archive = s.file.person.as_ref().unwrap().archive.clone();
    let good: Vec<_> = archive.iter().filter(|m| m.withdrawn().is_none()).map(|m| (m.id.0, m.kind)).collect();
    assert_eq!(good, [(20, MaterialKind::Identity)], "of the case and kind of the old one");
    assert_eq!(archive.iter().find(|m| m.id.0 == 20).unwrap().case, Case::Card(OLD));
    assert_eq!(archive.len(), 3, "nothing is gone");
    assert_eq!(rare_name::document(&s.file).map(|m| m.id.0), Some(20));
    // It is opened with a reason as before, and destroyed when it is due.
    s.done(C::Look(Look { reason: "核对作废原因".into(), material: Some(MaterialId(7)) }));
    let destroy = C::DestroyMaterial(DestroyMaterial { id: MaterialId(7), paper: false });
    assert_eq!(s.as_officer(3).refused(destroy.clone()), Reason::RetentionRuns);
    s.file.cards[0].social = Social::Cancelled { at: s.now };
    s.days_pass(5 * 365 + 3);
    s.as_officer(3).done(destroy);
    assert_eq!(s.file.person.as_ref().unwrap().destroyed.len(), 1);
}

#[test]
fn art_41_what_is_of_somebody_else_leaves_the_file_at_once_and_goes_to_that_persons_case() {
    clause!(R40.1);
    clause!(R39.1);
    let mut s = Scene::with_card();
    s.as_officer(1).done(C::FileMaterial(filed(7, 2, Some("3柜2夹"))));
    s.done(put_right(&[8], Filing::Withdraw, "影像不清"));
    let mut other = Scene::with_card().file;
    (other.id, other.applications[0].id) = (HolderId(2), ApplicationId(11));
    let ask = |s: &Scene, other: &HolderFile, to: i64, case, reason| -> Result<Vec<HolderEvent>, Refusal> {
        let batches = std::collections::HashMap::new();
        let around = Around {
            institutions: &s.office,
            batches: &batches,
            stock: &s.stock,
            found: Found::NOBODY,
            other: Some(other),
        };
        let to = Filing::Give { to: HolderId(to), case: Case::Application(ApplicationId(case)), kind: None };
        decide(&s.file, &put_right(&[7, 8], to, reason), &s.ctx(), around)
    };
    let told = |asked: Result<Vec<HolderEvent>, Refusal>| asked.unwrap_err().about.unwrap_or_default();
    let wrong = told(ask(&s, &other, 2, 99, ""));
    assert!(wrong.contains("没有所填的业务") && wrong.contains("更正归档的事由"), "at once: {wrong}");
    assert!(told(ask(&s, &other, 1, 1, "归错人")).contains("就是本人的"));
    let mut joined = other.clone();
    joined.person.as_mut().unwrap().joined_into = Some(HolderId(3));
    assert_eq!(ask(&s, &joined, 2, 11, "归错人").unwrap_err().reason, Reason::FileJoined);

    let events = ask(&s, &other, 2, 11, "误扫入张三档案").unwrap();
    let [event] = &events[..] else { panic!("{events:?}") };
    assert!(event.is_personal());
    let there = event.elsewhere(HolderId(1)).unwrap();
    assert_eq!((there.file, there.claims.len()), (HolderId(2), 0));
    s.file.apply(event, s.now);
    other.apply(&there.event, s.now);
    assert!(s.file.person.as_ref().unwrap().archive.is_empty(), "nothing of it is here any more");
    let came = &other.person.as_ref().unwrap().archive;
    assert_eq!(came.iter().map(|m| (m.id.0, m.page)).collect::<Vec<_>>(), [(7, Some(1)), (8, Some(2))]);
    for m in came {
        assert_eq!((m.case, m.org), (Case::Application(ApplicationId(11)), HR), "kept where it was");
        let last = m.corrected.last().unwrap();
        assert_eq!((last.what, last.reason.as_str()), (Corrected::CameFromAnother, ""), "names nobody");
    }
    assert!(
        came[0].withdrawn().is_none() && came[1].withdrawn().is_some(),
        "what counts for nothing still does"
    );
    let look = C::Look(Look { reason: "核对".into(), material: Some(MaterialId(7)) });
    assert_eq!(s.refused(look), Reason::NotFound, "and is not opened from here");
}
