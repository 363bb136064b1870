//! 委托 of an outlet by its city.

use super::{BANK, CITY, Desk};
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::BatchCommand;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{On, World};

#[tokio::test]
async fn appendix_7_7_the_city_entrusts_an_outlet_with_confirming_batches() {
    clause!(X7.7);
    let w = World::new(On::Memory).await;
    let (city, bank) =
        (Desk::of(&w, Role::CityOfficer, CITY).await, Desk::of(&w, Role::BankClerk, BANK).await);
    assert!(!bank.get("/").await.contains("批次确认"));
    assert!(bank.get("/batches").await.contains("不在本机构管辖范围内"));
    let offered = city.get("/entrust").await;
    let hr = offered.split("<tr>").find(|row| row.contains("天河区人社局社保卡窗口"));
    let hr = hr.unwrap_or_else(|| panic!("{offered}"));
    assert!(hr.contains("confirm_batches") && !hr.contains("receive_cards"), "what would be refused: {hr}");
    let org = w.bank_outlet();
    let page = city.post("/entrust", &format!("org={org}&task=confirm_batches&granted=true")).await;
    assert!(page.contains("已授权"), "{page}");
    assert!(bank.post("/entrust", "org=1&task=confirm_batches&granted=true").await.contains("无权"));
    assert!(bank.get("/").await.contains("批次确认"));
    w.applicant(1, w.outlet()).await;
    let bank_code = kaguan_domain::ids::BankCode("95588".into());
    let screened = w.service.screen(&Actor::System, &kaguan_testkit::guangzhou(), &bank_code, false).await;
    let (batch, _) = screened.unwrap();
    let page = bank.post("/batches/confirm", &format!("batch={batch}&people=1&reviewed=1")).await;
    assert!(page.contains("批次已确认"), "{page}");
    let again = w.batch(&Actor::System, batch, BatchCommand::Confirm).await;
    assert!(again.is_err(), "it is confirmed");
}
