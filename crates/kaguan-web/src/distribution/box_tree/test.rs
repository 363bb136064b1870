//! 卡片流转: the boxes of a batch, and what is in them.

use crate::Desk;
use crate::boxes::says;
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{On, World};

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
