//! 补换卡-换卡, and 更正联系方式.

use crate::{Desk, value};
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{On, World};

#[tokio::test]
async fn art_29_a_counter_exchanges_a_card_for_a_new_name_and_corrects_a_phone() {
    clause!(R29.1);
    clause!(R27.2);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let clerk = Desk::of(&w, "clerk", Role::HrClerk, "44010600000101").await;
    assert!(clerk.get("/").await.contains("补换卡-换卡"));
    let number = w.draft(1).document_number;
    let page = clerk.post("/replace", &[("number", &number)]).await;
    assert!(!page.contains(&number) && page.contains("卡面信息变更"), "{page}");
    let (key, holder) = (value(&page, "name=\"key\""), id.0.to_string());
    let (card, outlet) = (card.0.to_string(), w.outlet().0.to_string());
    let form = |business: &'static str, name: &'static str, consent: &'static str| {
        vec![
            ("key", key.clone()),
            ("holder", holder.clone()),
            ("card", card.clone()),
            ("business", business.into()),
            ("form_no", "4401E1".into()),
            ("collect_at", outlet.clone()),
            ("name", name.into()),
            ("verified", "1".into()),
            (if consent.is_empty() { "unsaid" } else { "consent" }, "1".into()),
        ]
    };
    let post = async |fields: Vec<(&'static str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        clerk.post("/replace/apply", &fields).await
    };
    let page = post(form("", "张叁", "yes")).await;
    assert!(page.contains("请选择补换卡原因"), "{page}");
    let page = post(form("reissue", "", "yes")).await;
    assert!(page.contains("补卡须先办理正式挂失"), "{page}");
    let page = post(form("data_changed", "", "yes")).await;
    assert!(page.contains("没有变更的内容"), "{page}");
    let page = post(form("data_changed", "ZHANG", "yes")).await;
    assert!(page.contains("name=\"name\" value=\"ZHANG\""), "what was written stays: {page}");
    let page = post(form("data_changed", "张叁", "")).await;
    assert!(page.contains("未取得申请人对处理个人信息的同意"), "{page}");
    post(form("data_changed", "张叁", "yes")).await;
    let receipt = clerk.get(&clerk.receipt(&w, &holder, "4401E1")).await;
    assert!(receipt.contains("换卡") && receipt.contains("张叁"), "{receipt}");

    let contacts = |verified: &'static str| {
        [
            ("holder", holder.as_str()),
            ("mobile", "13800138000"),
            ("phone", ""),
            ("postal_address", "广州市越秀区新址8号"),
            (if verified.is_empty() { "unsaid" } else { "verified" }, "1"),
        ]
    };
    let page = clerk.post("/details/contacts", &contacts("")).await;
    assert!(page.contains("须核实持卡人有效身份证件"), "{page}");
    let page = clerk.post("/details/contacts", &contacts("yes")).await;
    assert!(page.contains("联系方式已更正"), "{page}");
    w.verified().await;
}
