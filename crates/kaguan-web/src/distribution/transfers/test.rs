//! 成品卡流转登记册: what is typed at each hop stands in the register of whoever took part in it, and its 交接单 is printed again.

use crate::Desk;
use crate::boxes::says;
use kaguan_domain::clause;
use kaguan_domain::facts::batch::BatchEvent;
use kaguan_domain::facts::custody::Party;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{BOTH, World};

const PROVINCE: &str = "44000000000001";
const CITY: &str = "44010000000001";

#[tokio::test]
async fn art_12_2_where_a_box_was_kept_and_who_signed_for_it_is_registered_hop_by_hop() {
    clause!(R12.2);
    for on in BOTH {
        let w = World::new(on).await;
        w.applicant(1, w.outlet()).await;
        w.applicant(2, w.outlet()).await;
        let batch = w.cards_made().await;
        let file = w.service.batch(batch).await.unwrap().unwrap();
        let (r#box, number) = (file.boxes[0].id, file.batch.as_ref().unwrap().number.clone());
        let (which, id, city_id) = (batch.to_string(), r#box.to_string(), w.org(CITY).0.to_string());
        let province = Desk::of(&w, "province", Role::ProvinceOfficer, PROVINCE).await;
        let city = Desk::of(&w, "city", Role::CityOfficer, CITY).await;
        let receive = |kept_at: &'static str, signer: &'static str| {
            [
                ("batch", which.as_str()),
                ("box", id.as_str()),
                ("counted", "2"),
                ("kept_at", kept_at),
                ("signer", signer),
            ]
        };
        says(&province.post("/boxes/receive", &receive("省库甲柜", "张三")).await, &["已签收"]);
        let ship = [
            ("batch", which.as_str()),
            ("box", id.as_str()),
            ("to", city_id.as_str()),
            ("responsible", "王五"),
            ("manner", "专车押运"),
        ];
        says(&province.post("/boxes/ship", &ship).await, &["已寄出"]);
        let (at, tree) = (format!("/transfers?batch={batch}"), format!("/boxes/tree?batch={batch}"));
        // Whoever is to count the box reads who had it, and not how many cards there are.
        let page = city.get(&at).await;
        says(&page, &[&number, "省库甲柜", "张三", "王五", "专车押运"]);
        assert!(!page.contains("data-head=\"张数\" class=\"number\">2"), "{page}");
        says(&city.post("/boxes/receive", &receive("市库丙柜", "孙七")).await, &["已签收"]);
        for desk in [&province, &city] {
            let page = desk.get(&at).await;
            let all = ["装箱", "寄出", "接收", "省库甲柜", "张三", "王五", "专车押运", "市库丙柜", "孙七"];
            says(&page, &all);
            says(&page, &["data-head=\"张数\" class=\"number\">2", "打印交接单"]);
            says(&desk.get(&tree).await, &["保管地点", "市库丙柜", "签收人", "孙七"]);
            let csv = desk.get(&format!("{at}&transfers.as=csv")).await;
            says(
                &csv,
                &["装箱位置,环节,交出方,接收方,张数,时间,责任人,签收人,发放方式,保管地点,说明", "市库丙柜"],
            );
            says(&desk.get(&format!("/transfers/print?batch={batch}")).await, &["成品卡流转登记册", "孙七"]);
        }
        says(&city.get(&format!("/transfers?batch=&number={number}")).await, &["市库丙柜"]);
        // Either side prints the sheet of the hop again, once it was signed for.
        let movements = w.service.store().movements(batch).await.unwrap();
        let from = Party::Org(w.org(PROVINCE));
        let shipped = |event: &BatchEvent| matches!(event, BatchEvent::BoxShipped(e) if e.from == from);
        let line = movements.iter().find(|m| shipped(&m.event)).unwrap().line;
        let sheet = format!("/boxes/sheet?batch={batch}&box={id}&line={line}");
        for desk in [&province, &city] {
            let page = desk.get(&sheet).await;
            says(&page, &["成品卡交接单", "第二联", "王五", "专车押运", "签收清点张数", "孙七", "市库丙柜"]);
        }
        // An office that had no part in it reads nothing of it.
        let elsewhere = Desk::of(&w, "bank", Role::BankClerk, "44010395533001").await;
        for path in [&at, &sheet] {
            let page = elsewhere.get(path).await;
            says(&page, &["不在本机构管辖范围内"]);
            assert!(!page.contains("孙七"), "{page}");
        }
        w.verified().await;
    }
}
