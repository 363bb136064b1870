//! What a vendor says of data that did not arrive, and what a bank says of its failures.

use crate::caller::{doors, partner};
use kaguan_api::bank::{Done, FailureGuide, FailureGuideRow};
use kaguan_api::vendor::{BankData, BankDataRow, Incomplete};
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand};
use kaguan_domain::facts::clock::ClockKind;
use kaguan_domain::ids::{BankCode, VendorCode};
use kaguan_service::reports::{Kind, report};
use kaguan_testkit::{On, World};

#[tokio::test]
async fn appendix_7_a_vendor_says_the_same_day_what_has_not_arrived_and_its_clock_begins_when_it_has() {
    clause!(X7.6);
    clause!(X7.3);
    let w = World::new(On::Memory).await;
    let id = w.applicant(1, w.outlet()).await;
    let batch = w.confirmed_batch().await;
    let bank = Actor::Bank(BankCode("95588".into()));
    w.batch(&bank, batch, BatchCommand::Extract).await.unwrap();
    let opened = w.opening(id, batch, 1).await;
    w.about(&bank, id, HolderCommand::TakeOpeningReturn(opened)).await.unwrap();
    w.batch(&bank, batch, BatchCommand::CloseOpening).await.unwrap();
    let router = doors(&w);
    let (mut vendor, other) =
        (partner(&w, "vendor:1", &router).await, partner(&w, "vendor:2", &router).await);
    let path = format!("/api/vendor/v1/batches/{batch}/incomplete");
    let lacks = |missing: &str, rows: &[&str], arrived| Incomplete {
        missing: missing.into(),
        rows: rows.iter().map(|r| (*r).to_owned()).collect(),
        arrived,
    };
    w.batch(&Actor::System, batch, BatchCommand::HandOut { vendor: VendorCode("1".into()) }).await.unwrap();
    assert_eq!(other.refused(&path, "o-1", &lacks("bank_data", &[], false)).await.code, "not_your_data");
    assert_eq!(vendor.refused(&path, "v-0", &lacks("lunch", &[], false)).await.code, "bad_request");
    let row = format!("{id}-1");
    let _: Done = vendor.post(&path, "v-1", &lacks("bank_data", &[&row], false)).await;
    assert_eq!(vendor.refused(&path, "v-2", &lacks("bank_data", &[], false)).await.code, "nothing_to_do");
    let state = async || w.service.batch(batch).await.unwrap().unwrap().batch.unwrap();
    let said = state().await.incomplete.remove(0);
    assert_eq!((said.rows, said.reported_on, said.arrived_on), (1, w.clock.now().date(), None));
    let _: Done = vendor.post(&path, "v-3", &lacks("social_data", &[], false)).await;
    // The bank's data come two days later, the system's the day after: then the vendor has everything.
    let making = async || {
        let clocks = state().await.clocks;
        let mut of = clocks.into_iter().filter(|c| c.kind == ClockKind::VendorMaking);
        (of.next().unwrap().started_on, of.next().is_none())
    };
    let ordered = w.clock.now().date();
    w.days_pass(2);
    vendor.time += 2 * 86_400_000;
    let _: Done = vendor.post(&path, "v-4", &lacks("bank_data", &[], true)).await;
    assert_eq!(making().await, (ordered, true));
    let _: Done = vendor.post(&path, "v-5", &lacks("social_data", &[], true)).await;
    assert_eq!(making().await, (w.clock.now().date(), true));
    assert_eq!(vendor.refused(&path, "v-6", &lacks("social_data", &[], true)).await.code, "nothing_to_do");
    // The month's statement, beside what the system has.
    let row = |batches, in_time| BankDataRow { bank: "95588".into(), batches, in_time };
    let stated = |month: &str, rows| BankData { month: month.into(), rows };
    let path = "/api/vendor/v1/bank-data";
    for (key, wrong) in [
        ("s-1", stated("2026-12", vec![row(1, 0)])),
        ("s-3", stated("2026-11", vec![row(1, 2)])),
        ("s-4", stated("2026-11", Vec::new())),
    ] {
        assert_eq!(vendor.refused(path, key, &wrong).await.code, "material_defective");
    }
    let day = stated("2026-11-01", vec![row(1, 0)]);
    assert_eq!(vendor.refused(path, "s-2", &day).await.defects[0].field, "month");
    let _: Done = vendor.post(path, "s-5", &stated("2026-11", vec![row(1, 0)])).await;
    let today = w.clock.now().date();
    let month = (today.first_of_month(), today.last_of_month());
    let table = report(w.service.store(), Kind::BankData, month.0, month.1, today).await.unwrap();
    let csv = table.csv();
    assert!(csv.contains("系统记录,,中国工商银行,95588,1,1,1,2,,\n"), "{csv}");
    assert!(csv.contains(",2026-11,中国工商银行,95588,,,,,1,0\n"), "{csv}");
    w.verified().await;
}

#[tokio::test]
async fn appendix_7_a_bank_sends_its_table_of_failures() {
    clause!(X7.5);
    let w = World::new(On::Memory).await;
    let router = doors(&w);
    let bank = partner(&w, "bank:95588", &router).await;
    let row = |code: &str| FailureGuideRow {
        code: code.into(),
        reason: "客户职业信息缺失".into(),
        remedy: "补采职业".into(),
    };
    let path = "/api/bank/v1/failure-guide";
    let twice = FailureGuide { rows: vec![row("K"), row("K")] };
    let said = bank.refused(path, "g-1", &twice).await;
    assert!(said.code == "material_defective" && said.detail.contains("第2行代码重复"), "{said:?}");
    let _: Done = bank.post(path, "g-2", &FailureGuide { rows: vec![row("K")] }).await;
    let institutions = w.service.institutions();
    assert_eq!(institutions.failure_guide(&BankCode("95588".into()))[0].remedy, "补采职业");
    assert!(institutions.failure_guide(&BankCode("95533".into())).is_empty());
}
