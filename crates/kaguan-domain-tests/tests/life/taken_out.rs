//! 移出批次: 张三 is in a batch that nobody has confirmed, or whose confirmation was taken back, and should not be (Appendix 7).

use super::{BATCH, accepted, change, screen};
use crate::person::{AWAY, HR, NEW_BANK, OWN_BANK, Scene, draft};
use kaguan_domain::application::Decline;
use kaguan_domain::batch::TakeOut;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::{Application, Ground, Stage};
use kaguan_domain::facts::batch::BatchState;
use kaguan_domain::facts::fee::Fee;
use kaguan_domain::holder::{ChangeContacts, CorrectCollectAt, CorrectDetails};
use kaguan_domain::ids::{ApplicationId, BankCode, BatchId, OrgId, VendorCode};
use kaguan_domain::refusal::Reason;

const OTHER: BatchId = BatchId(7);

fn take_out(batch: BatchId, reason: &str) -> C {
    C::TakeOutOfBatch(TakeOut { application: ApplicationId(1), batch, reason: reason.into() })
}

/// 张三, whom the batch has taken.
fn in_batch() -> Scene {
    let mut s = accepted();
    s.done(screen());
    s
}

fn stands(s: &mut Scene, state: BatchState) {
    change(s, |b| b.state = state);
}

fn confirmed() -> BatchState {
    BatchState::Confirmed { at: Instant(0) }
}

#[test]
fn appendix_7_1_zhang_san_is_taken_out_of_a_batch_that_is_not_confirmed_and_the_next_one_takes_him() {
    clause!(X7.1);
    clause!(R8.7);
    let mut s = in_batch();
    let before = s.file.applications[0].clone();
    for nothing in ["", "  "] {
        let refused = s.decide(&take_out(BATCH, nothing)).unwrap_err();
        assert_eq!(refused.reason, Reason::MaterialDefective, "{nothing:?}");
        assert!(refused.sentence().contains("移出批次的原因"), "{}", refused.sentence());
    }
    assert_eq!(s.refused(take_out(OTHER, "姓名有误")), Reason::WrongStage, "he is in another batch");
    s.as_officer(3).done(take_out(BATCH, " 姓名有误，待更正 "));
    let now = s.file.applications[0].clone();
    let out = now.taken_out.clone().unwrap();
    assert_eq!((out.batch, out.at, out.reason.as_str()), (BATCH, s.now, "姓名有误，待更正"));
    // Nothing else has changed: his own period runs from the day of his application, and he has paid what he had to.
    let as_before = Application { stage: before.stage.clone(), taken_out: None, ..now.clone() };
    assert_eq!((as_before, now.stage), (before, Stage::Accepted { at: s.now }));
    assert_eq!(s.refused(take_out(BATCH, "姓名有误")), Reason::WrongStage, "he is out");
    s.as_system().done(screen());
    let again = &s.file.applications[0];
    assert!(matches!(again.stage, Stage::InBatch { .. }) && again.taken_out.is_none(), "{again:?}");
}

#[test]
fn appendix_7_1_nobody_is_taken_out_of_a_confirmed_batch_or_of_one_that_its_bank_has() {
    clause!(X7.1);
    let mut s = in_batch();
    stands(&mut s, confirmed());
    let refused = s.decide(&take_out(BATCH, "重复申请")).unwrap_err();
    assert_eq!(refused.reason, Reason::WrongStage);
    assert!(refused.sentence().contains("撤销批次确认，再移出批次"), "{}", refused.sentence());
    let vendor = VendorCode("1".into());
    let at = Instant(0);
    for state in [
        BatchState::AtBank { at },
        BatchState::Opened { at },
        BatchState::AtVendor { vendor: vendor.clone(), at },
        BatchState::Made { vendor, at },
    ] {
        let made = matches!(state, BatchState::Made { .. });
        stands(&mut s, state.clone());
        let refused = s.decide(&take_out(BATCH, "重复申请")).unwrap_err();
        assert_eq!(refused.reason, Reason::BankHasBatch, "{state:?}");
        // Whose card is made is corrected by another card, not by a failure that nobody will return.
        let way = if made { "领卡后办理换卡" } else { "失败数据处理" };
        assert!(refused.sentence().contains(way), "{}", refused.sentence());
        let waits = refused.sentence().contains("请待银行回盘");
        assert_eq!(waits, matches!(state, BatchState::AtBank { .. }), "{}", refused.sentence());
    }
    // One that has ended is nobody's: whether a bank ever had it is not said.
    stands(&mut s, BatchState::Ended { at, vendor: None });
    let refused = s.decide(&take_out(BATCH, "重复申请")).unwrap_err();
    assert_eq!(refused.reason, Reason::WrongStage);
    assert!(refused.sentence().contains("批次已终结"), "{}", refused.sentence());
    // Taken back, it is screened again.
    stands(&mut s, BatchState::Screening);
    s.done(take_out(BATCH, "重复申请"));
}

#[test]
fn art_6_1_only_the_centre_of_his_city_takes_somebody_out_of_a_batch() {
    clause!(R6.1);
    let mut s = in_batch();
    for clerk in [1, 2, 6] {
        assert_eq!(s.as_officer(clerk).refused(take_out(BATCH, "重复申请")), Reason::NotPermitted, "{clerk}");
    }
    let bank = Actor::Bank(BankCode("95588".into()));
    assert_eq!(s.as_actor(bank).refused(take_out(BATCH, "重复申请")), Reason::NotPermitted);
    s.file.applications[0].city = kaguan_domain::ids::CityCode("4403".into());
    assert_eq!(s.as_officer(3).refused(take_out(BATCH, "重复申请")), Reason::OutOfScope);
}

#[test]
fn art_8_5_whoever_was_taken_out_is_corrected_or_declined_at_his_outlet() {
    clause!(R8.5);
    let ground =
        Ground {
            reason: "重复申请".into(), article: "第三条".into(), remedy: "使用已有的社保卡".into()
        };
    let decline = C::Decline(Decline { application: ApplicationId(1), ground });
    let mut s = in_batch();
    assert_eq!(s.refused(decline.clone()), Reason::WrongStage);
    s.done(take_out(BATCH, "重复申请"));
    s.done(decline);
    assert!(matches!(s.file.applications[0].stage, Stage::Declined { .. }));
    assert!(matches!(s.file.applications[0].fee, Fee::Free { .. }));
}

#[test]
fn art_29_1_the_details_of_whoever_is_in_a_batch_are_corrected_until_the_city_has_confirmed_it() {
    clause!(R29.1);
    clause!(X7.1);
    let named = |name: &str| {
        let mut draft = draft();
        draft.name = name.into();
        C::CorrectDetails(CorrectDetails { draft: Box::new(draft), verified: true, materials: Vec::new() })
    };
    let called = || {
        let (mobile, phone) = ("13911111111".into(), String::new());
        C::ChangeContacts(ChangeContacts { mobile, phone, postal_address: String::new(), verified: true })
    };
    let mut s = in_batch();
    s.done(named("张叁"));
    assert_eq!(s.file.person.as_ref().unwrap().details.name.display(), "张叁");
    assert!(s.may(&called()), "his telephone, too");
    let at = Instant(0);
    for (state, exit) in
        [(confirmed(), "撤销批次确认后再更正"), (BatchState::AtBank { at }, "待回盘后方可更正")]
    {
        stands(&mut s, state);
        for command in [named("张三"), called()] {
            let refused = s.decide(&command).unwrap_err();
            assert!(refused.reason == Reason::WrongStage && refused.sentence().contains(exit), "{refused:?}");
        }
    }
    stands(&mut s, BatchState::Screening);
    s.done(take_out(BATCH, "手机号有误"));
    s.done(called());
}

#[test]
fn art_29_1_a_wrong_outlet_of_collection_is_put_right_until_the_city_has_confirmed_the_batch() {
    clause!(R29.1);
    clause!(X7.1);
    let at = |collect_at, verified| {
        C::CorrectCollectAt(CorrectCollectAt { application: ApplicationId(1), collect_at, verified })
    };
    let mut s = in_batch();
    // The office that took it, and its city's centre; no other office.
    assert_eq!(s.as_officer(2).refused(at(OWN_BANK, true)), Reason::OutOfScope);
    assert!(s.as_officer(3).may(&at(OWN_BANK, true)));
    s.as_officer(1);
    assert_eq!(s.refused(at(HR, true)), Reason::NothingToDo);
    // Another bank's outlet, one of another city, one that is no outlet, and none: told with what else is missing.
    for nowhere in [NEW_BANK, AWAY, OrgId(2), OrgId(-1)] {
        let refused = s.decide(&at(nowhere, false)).unwrap_err();
        assert_eq!(refused.reason, Reason::MaterialDefective, "{nowhere:?}");
        let said: Vec<_> = refused.defects.iter().map(|d| d.message.as_str()).collect();
        assert_eq!(said.len(), 2, "{nowhere:?}: {said:?}");
        assert!(said[0].contains("领卡网点：须为发卡地市（广州市）"), "{said:?}");
        assert!(said[1].contains("尚未核实持卡人有效身份证件原件"), "{said:?}");
    }
    s.done(at(OWN_BANK, true));
    assert_eq!((s.file.applications[0].collect_at, s.file.applications[0].outlet), (OWN_BANK, HR));
    let (now, vendor) = (Instant(0), VendorCode("1".into()));
    for (state, exit) in [
        (confirmed(), "撤销批次确认后再更正领卡网点"),
        (BatchState::AtBank { at: now }, "单卡转接"),
        (BatchState::AtVendor { vendor: vendor.clone(), at: now }, "单卡转接"),
        (BatchState::Made { vendor, at: now }, "单卡转接"),
    ] {
        stands(&mut s, state);
        let refused = s.decide(&at(HR, true)).unwrap_err();
        let said = refused.sentence();
        assert!(refused.reason == Reason::WrongStage && said.contains(exit), "{said}");
        assert!(said.contains("第29条"), "{said}");
    }
    // The confirmation is taken back; or he is taken out, and it is put right from what is on file.
    stands(&mut s, BatchState::Screening);
    assert!(s.may(&at(HR, true)));
    s.as_system().done(take_out(BATCH, "领卡网点有误"));
    s.as_officer(1).done(at(HR, false));
    assert_eq!(s.file.applications[0].collect_at, HR);
    // Whose card is made collects it where it lies, or it is brought to him.
    let mut made = Scene::uncollected();
    let refused = made.as_officer(1).decide(&at(OWN_BANK, true)).unwrap_err();
    assert!(refused.sentence().contains("单卡转接"), "{}", refused.sentence());
}

#[test]
fn appendix_7_1_an_application_of_earlier_days_was_never_taken_out() {
    clause!(X7.1);
    let stored = serde_json::to_value(&in_batch().file.applications[0]).unwrap();
    assert!(stored.get("taken_out").is_none(), "{stored}");
    let command = serde_json::to_string(&take_out(BATCH, "x")).unwrap();
    let read: C = serde_json::from_str(&command).unwrap();
    assert_eq!(read, take_out(BATCH, "x"));
}
