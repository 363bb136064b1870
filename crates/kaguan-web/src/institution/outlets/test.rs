//! 银行网点: the system administrator registers the codes by which banks know their outlets.

use super::signed_in;
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::BankCode;
use kaguan_testkit::{On, World, guangzhou};

#[tokio::test]
async fn app_7_banks_outlets_are_registered_line_by_line_or_not_at_all() {
    clause!(X7.1);
    let w = World::new(On::Memory).await;
    let admin = signed_in(&w, Role::SystemAdministrator, "44000000000001").await;
    let (_, page, _) = admin.send("GET", "/outlets?city=4403", "", "http://console").await;
    assert!(page.contains("深圳") && page.contains("955660001"), "{page}");
    let known = |bank: &str, code: &str| {
        let institutions = w.service.institutions();
        institutions.outlet_by_code(&guangzhou(), &BankCode(bank.into()), code).map(|o| o.name.clone())
    };
    let new = "44010395588777,95588,955880777,%E6%94%AF%E8%A1%8C";
    let bad = "44010395588778,95588,955880001,x%0A44010600000101,95588,1,x%0Ax";
    let page =
        admin.post("/outlets", &format!("city=4401&table={new}%0A44010395588778,95588,955880001,x")).await;
    assert!(
        page.contains("第2行") && page.contains("已被占用") && known("95588", "955880777").is_none(),
        "{page}"
    );
    let page = admin.post("/outlets", &format!("table={bad}")).await;
    assert!(page.contains("第3行") && page.contains("均未登记"), "{page}");
    let page = admin.post("/outlets", &format!("city=4401&table={new}")).await;
    assert!(page.contains("新增网点1个") && known("95588", "955880777").is_some(), "{page}");
    assert!(known("95533", "955880777").is_none(), "a code is one bank's");
    let again = admin.post("/outlets", &format!("city=4401&table={new}")).await;
    assert!(again.contains("新增网点0个，网点编码0个"), "{again}");
    // One outlet stands in one line; nothing pasted is nothing done; a table that is empty says so.
    let twice = admin
        .post(
            "/outlets",
            &format!("city=4401&table={new}%0A44010395588777,95588,955880778,%E6%94%AF%E8%A1%8C"),
        )
        .await;
    assert!(twice.contains("第2行：机构编码44010395588777与第1行重复"), "{twice}");
    let empty = admin.post("/outlets", "city=4401&table=+").await;
    assert!(empty.contains("均未登记：没有填写网点"), "{empty}");
    // A code that takes the place of another one is told first, and done once that was seen.
    let other = "44010395588777,95588,955880779,%E6%94%AF%E8%A1%8C";
    let told = admin.post("/outlets", &format!("city=4401&table={other}")).await;
    let change = "第1行：支行（44010395588777）955880777→955880779";
    assert!(told.contains(change) && told.contains("尚未登记"), "{told}");
    assert!(known("95588", "955880777").is_some() && known("95588", "955880779").is_none());
    let stale = admin.post("/outlets", &format!("city=4401&table={other}&seen=x")).await;
    assert!(stale.contains("尚未登记") && known("95588", "955880779").is_none(), "{stale}");
    let seen = "%E7%AC%AC1%E8%A1%8C%EF%BC%9A%E6%94%AF%E8%A1%8C%EF%BC%8844010395588777%EF%BC%89955880777%E2%86%92955880779%0D%0A";
    let done = admin.post("/outlets", &format!("city=4401&table={other}&seen={seen}")).await;
    assert!(done.contains("网点编码1个，其中变更1个") && !done.contains("尚未登记"), "{done}");
    assert!(known("95588", "955880777").is_none() && known("95588", "955880779").is_some());
    let found = admin.send("GET", "/organisations?looked_for=955880779", "", "http://console").await.1;
    assert!(found.contains("支行"), "{found}");
    let back = "%E7%AC%AC1%E8%A1%8C%EF%BC%9A%E6%94%AF%E8%A1%8C%EF%BC%8844010395588777%EF%BC%89955880779%E2%86%92955880777";
    admin.post("/outlets", &format!("city=4401&table={new}&seen={back}")).await;
    assert!(known("95588", "955880777").is_some());
    // A full-width comma is a comma; another name is not dropped without a word.
    let wide = "44010395588777%EF%BC%8C95588%EF%BC%8C955880777%EF%BC%8COther";
    let renamed = admin.post("/outlets", &format!("city=4401&table={wide}")).await;
    assert!(renamed.contains("第1行") && renamed.contains("更名请在"), "{renamed}");
    let clerk = signed_in(&w, Role::BankClerk, "44010395588001").await;
    for (method, form) in [("GET", ""), ("POST", "table=x")] {
        let (status, page, _) = clerk.send(method, "/outlets", form, "http://console").await;
        assert!(status == StatusCode::FORBIDDEN && page.contains("本岗位无权办理此项业务"), "{page}");
    }
    w.verified().await;
}
