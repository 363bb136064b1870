//! 终止 of an order of pre-made cards at every door.

use crate::caller::{Caller, caller, json, served};
use crate::premade::{CITY, Desk, HR, PROVINCE, encoded, ordered, says};
use crate::stock::{BOX, Cards, made};
use kaguan_api::blank::{AllocationResult, AllocationReturn, BlankOrders, BlankRow, PackBlanks};
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_partner_sim::process::bank_card_of;
use kaguan_testkit::{On, World};

async fn desk(w: &World, role: Role, org: &str) -> Desk {
    Desk::at(w, kaguan_web::router(w.service.clone()), role, org).await
}

async fn listed(of: &Caller, door: &str) -> BlankOrders {
    of.ok("GET", &format!("/api/{door}/v1/blank-orders"), None, Vec::new()).await
}

#[tokio::test]
async fn art_36_1_an_order_that_is_found_wrong_is_ended_and_who_keeps_its_boxes_sends_them_back_or_destroys_them()
 {
    clause!(R36.1);
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    let (bank, vendor) = (caller(&w, &system, "bank:95588").await, caller(&w, &system, "vendor:1").await);
    let city = desk(&w, Role::CityOfficer, CITY).await;
    let province = desk(&w, Role::ProvinceOfficer, PROVINCE).await;
    let clerk = desk(&w, Role::HrClerk, HR).await;
    let order = ordered(&city, &province).await;
    let Cards(cards) = made((&bank, "95588"), &vendor, &order, 4).await;
    let (at, own) = (format!("/blanks/box?order={order}&box={}", encoded(BOX)), "/blanks/orders/end");

    // What follows is said first, and without a reason and the tick nothing is ended.
    assert!(!city.get(&format!("/blanks/orders/{order}")).await.contains(own), "it is the province's");
    let page = city.posts(own, &format!("order={order}&reason=x&sure=1")).await;
    says(&page, &["本岗位无权办理此项业务"]);
    let page = province.get(&format!("/blanks/orders/{order}")).await;
    says(&page, &["终止本批预制卡", "未制成社保卡的3张作废", "已寄出的1箱由保管机构退回市卡管机构"]);
    let page = province.fills(own, &[("reason", "")]).await;
    says(&page, &["须写明终止原因", "须勾选确认", "第36条", "id=\"why-reason\"", "id=\"why-sure\""]);
    let page = province.fills(own, &[("reason", "芯片型号不符"), ("sure", "1")]).await;
    says(
        &page,
        &[
            "已终止该批预制卡",
            "省卡管机构终止该批预制卡：芯片型号不符",
            "待银行答复知悉",
            "待卡商销毁未寄出的箱并答复知悉",
            "1箱待保管机构退回市卡管机构或登记销毁",
            "生产完成（已终止）",
        ],
    );
    assert!(!page.contains("action=\"/blanks/orders/end") && !page.contains("action=\"/blanks/orders/check"));
    says(&province.get("/blanks/returns").await, &["生产完成（已终止）"]);
    assert!(!province.get("/").await.contains("待检查的预制卡回盘"));

    // Both partners have it on their list until they say that they know.
    for (of, door, data) in [(&bank, "bank", "allocation-data"), (&vendor, "vendor", "making-data")] {
        let list = listed(of, door).await;
        assert_eq!(list.orders[0].ended.as_deref(), Some("芯片型号不符"), "{door}");
        let base = format!("/api/{door}/v1/blank-orders/{order}");
        let refused = of.refused(&format!("{base}/{data}"), None, Vec::new()).await;
        assert_eq!(refused.code, "wrong_stage");
        assert!(refused.detail.contains("芯片型号不符"), "{}", refused.detail);
        let left: BlankOrders = of.ok("POST", &format!("{base}/close"), None, Vec::new()).await;
        assert!(left.orders.is_empty() && listed(of, door).await.orders.is_empty(), "{door}");
    }
    let page = province.get(&format!("/blanks/orders/{order}")).await;
    assert!(!page.contains("答复知悉"), "{page}");

    // The city finds what it has to do on its work, on the list and beside the box.
    let home = city.get("/").await;
    says(&home, &["已终止、待退回或销毁的预制卡箱", "七天内被省卡管机构终止的预制卡申请"]);
    says(&city.get("/blanks/stock").await, &["该批已终止，待退回或销毁"]);
    let page = city.get(&at).await;
    says(&page, &["终止该批预制卡：芯片型号不符", "清点后登记销毁"]);
    assert!(!page.contains("action=\"/blanks/destroy"), "it is signed for first: {page}");
    let right =
        [("counted", "3"), ("kept_at", "预制卡库"), ("signer", "李四"), ("short", ""), ("account", "")];
    let page = city.fills("/blanks/take-in", &right).await;
    says(&page, &["已清点入库", "action=\"/blanks/destroy"]);
    assert!(!page.contains("action=\"/blanks/ship"), "it goes nowhere: {page}");
    let to = w.outlet().0;
    let form = format!("order={order}&box={}&to={to}&responsible=x&manner=x&tracking=x", encoded(BOX));
    says(&city.posts("/blanks/ship", &form).await, &["终止该批预制卡：芯片型号不符", "第36条"]);
    let page = clerk.get("/instant").await;
    assert!(!page.contains(&cards[0].0), "{page}");

    city.get(&at).await;
    let nothing = [("counted", ""), ("by", ""), ("witness", ""), ("account", "")];
    says(&city.fills("/blanks/destroy", &nothing).await, &["清点张数须填写", "须填写销毁人", "须填写监销人"]);
    let alone = [("counted", "3"), ("by", "王五"), ("witness", "王五"), ("account", "粉碎")];
    let page = city.fills("/blanks/destroy", &alone).await;
    says(&page, &["监销人与销毁人应为两人", "须勾选确认", "id=\"why-witness\"", "id=\"why-sure\""]);
    let all = |counted| {
        [
            ("counted", counted),
            ("by", "王五"),
            ("witness", "李四"),
            ("account", "在市中心粉碎"),
            ("sure", "1"),
        ]
    };
    let page = city.fills("/blanks/destroy", &all("2")).await;
    says(&page, &["清点数量与账面数量不符", "登记缺失", "第36条"]);
    let page = city.fills("/blanks/destroy", &all("3")).await;
    says(&page, &["已登记销毁", "登记销毁3张"]);
    for form in ["destroy", "count", "ship", "spoil", "take-in"] {
        assert!(!page.contains(&format!("action=\"/blanks/{form}")), "{form}: {page}");
    }
    assert!(!city.get("/blanks/stock").await.contains(BOX));
    assert!(!city.get("/").await.contains("待退回或销毁的预制卡箱"));
    // A card of it is void, wherever it is read.
    let gone = format!("order={order}&box={}&card={}&state=spoiled&reason=x", encoded(BOX), cards[0].0);
    says(&city.posts("/blanks/spoil", &gone).await, &["该批预制卡已终止", "登记销毁"]);
    let register = province.get(&format!("/blanks/register?order={order}")).await;
    says(&register, &["终止", "芯片型号不符", "服务银行已知悉终止", "销毁", "监销人李四；在市中心粉碎"]);
    let page = province.get(&format!("/blanks/orders/{order}")).await;
    says(&page, &["登记销毁"]);
    assert!(!page.contains("待保管机构"), "{page}");
    w.verified().await;
}

#[tokio::test]
async fn art_36_1_what_the_vendor_makes_is_ended_at_its_door_box_by_box() {
    clause!(R36.1);
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    let (bank, vendor) = (caller(&w, &system, "bank:95588").await, caller(&w, &system, "vendor:1").await);
    let city = desk(&w, Role::CityOfficer, CITY).await;
    let province = desk(&w, Role::ProvinceOfficer, PROVINCE).await;
    let order = ordered(&city, &province).await;
    let (b, v) =
        (format!("/api/bank/v1/blank-orders/{order}"), format!("/api/vendor/v1/blank-orders/{order}"));
    let rows: Vec<BlankRow> = bank.rows(&format!("{b}/allocation-data")).await;
    let answers = rows.into_iter().map(|echo| {
        let result = AllocationResult::Allocated {
            bank_card_no: bank_card_of("95588", &echo.card_no),
            account_no: format!("acc{}", echo.card_no),
            personal_account: format!("per{}", echo.card_no),
        };
        AllocationReturn { echo, result }
    });
    bank.back(&format!("{b}/allocation-returns"), "a", &answers.collect::<Vec<_>>()).await;
    let _: BlankOrders = bank.ok("POST", &format!("{b}/close"), None, Vec::new()).await;
    let pack = |cards| json(&PackBlanks { number: BOX.into(), cards });
    let _: serde_json::Value = vendor.ok("POST", &format!("{v}/boxes"), Some("p"), pack(4)).await;

    let page = province.get(&format!("/blanks/orders/{order}")).await;
    says(&page, &["本批4张不再生产", "卡商尚未寄出的1箱由卡商销毁"]);
    let page = province.fills("/blanks/orders/end", &[("reason", "卡面印错"), ("sure", "1")]).await;
    says(&page, &["已终止该批预制卡", "卡商处1箱待销毁", "卡商生产中（已终止）"]);
    assert_eq!(listed(&vendor, "vendor").await.orders[0].ended.as_deref(), Some("卡面印错"));
    // Whoever goes on as if nothing had happened is told so.
    let refused = vendor.refused(&format!("{v}/close"), None, Vec::new()).await;
    assert_eq!(refused.code, "wrong_stage");
    assert!(refused.detail.contains("尚未登记销毁"), "{}", refused.detail);
    assert_eq!(vendor.refused(&format!("{v}/boxes"), Some("p1"), pack(3)).await.code, "wrong_stage");
    let _: serde_json::Value = vendor.ok("POST", &format!("{v}/boxes"), Some("p2"), pack(0)).await;
    let left: BlankOrders = vendor.ok("POST", &format!("{v}/close"), None, Vec::new()).await;
    assert!(left.orders.is_empty(), "{left:?}");
    let register = province.get(&format!("/blanks/register?order={order}")).await;
    says(&register, &["销毁", "卡商通过接口答复已销毁", "卡商已知悉终止"]);
    says(&city.get("/").await, &["七天内被省卡管机构终止的预制卡申请"]);
    assert!(!city.get("/").await.contains("待退回或销毁的预制卡箱"), "nothing of it came to the city");
    w.verified().await;
}
