//! 卡片流转: the boxes of a batch, and what is in them.

use crate::Desk;
use crate::boxes::says;
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{BOTH, On, World};

const CITY: &str = "44010000000001";
const HR: &str = "44010600000101";

#[tokio::test]
async fn art_12_1_a_box_whose_cards_are_collected_is_neither_listed_nor_sent() {
    clause!(R12.1);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let batch = w.file(id).await.0.card(card).unwrap().batch;
    let r#box = w.service.batch(batch).await.unwrap().unwrap().boxes[0].id;
    let clerk = Desk::of(&w, "clerk", Role::HrClerk, HR).await;
    says(&clerk.get("/boxes").await, &["没有待签收或在本机构保管的成品卡"]);
    says(&clerk.get(&format!("/boxes/tree?batch={batch}")).await, &["箱内已无卡"]);
    let (batch, r#box, to) = (batch.to_string(), r#box.to_string(), w.org(CITY).0.to_string());
    let form = [
        ("batch", batch.as_str()),
        ("box", r#box.as_str()),
        ("to", to.as_str()),
        ("responsible", "王五"),
        ("manner", "专车"),
    ];
    says(&clerk.post("/boxes/ship", &form).await, &["箱内已没有待分发的卡"]);
}

#[tokio::test]
async fn art_12_1_whoever_has_a_box_in_hand_finds_it_and_its_batch_by_what_is_written_on_it() {
    clause!(R12.1);
    clause!(R12.2);
    for on in BOTH {
        let w = World::new(on).await;
        w.applicant(1, w.outlet()).await;
        let batch = w.cards_made().await;
        let file = w.service.batch(batch).await.unwrap().unwrap();
        let (number, position) = (file.batch.as_ref().unwrap().number.clone(), file.boxes[0].number.clone());
        let province = Desk::of(&w, "province", Role::ProvinceOfficer, "44000000000001").await;
        // The search on top of every page: a batch, a box of it, a box that is here.
        let found = async |typed: &str| province.post("/people", &[("number", typed)]).await;
        says(&found(&number).await, &["批次核对", &number, "成品卡去向"]);
        says(&found(&format!("{number} {position}")).await, &[&number, "装箱位置", "aria-current=\"true\""]);
        says(&found(&position).await, &[&number, "寄往本机构途中", "查看去向"]);
        says(&found(&format!("9{number}")).await, &["也不是社保卡卡号"]);
        let tree = |asked: String| format!("/boxes/tree?{asked}");
        says(&province.get(&tree(format!("batch=&number={number}&box="))).await, &["装箱位置"]);
        says(&province.get(&tree(format!("batch=&number=9{number}&box="))).await, &["没有这个批次号"]);
        says(&province.get(&tree("box=9-999".into())).await, &["没有保管也没有等待接收"]);
        // It is neither kept by the city nor on its way there.
        let city = Desk::of(&w, "city", Role::CityOfficer, CITY).await;
        says(&city.get(&tree(format!("box={position}"))).await, &["没有保管也没有等待接收"]);
        let asked = [("number", number.as_str())];
        says(&city.post("/people", &asked).await, &["批次核对", "action=\"/registers?once="]);
        says(&city.post("/registers", &asked).await, &["发放登记册", &number, "下载CSV"]);
        says(&city.post("/registers", &[("number", "1")]).await, &["没有这个批次号"]);
    }
}
