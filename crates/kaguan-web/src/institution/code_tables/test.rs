//! 代码表, read only, and the year of the working calendar with the preview of a notice.

use super::signed_in;
use kaguan_domain::clause;
use kaguan_domain::codes;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{On, World};

const CENTRE: &str = "44000000000001";

#[tokio::test]
async fn every_code_table_is_shown_with_its_source_and_searched_in_all() {
    let w = World::new(On::Memory).await;
    let system = signed_in(&w, Role::SystemAdministrator, CENTRE).await;
    for table in codes::TABLES {
        let path = format!("/codes?table={}", table.code);
        let (_, page, _) = system.send("GET", &path, "", "http://console").await;
        let (code, name) = table.rows().next().unwrap();
        assert!(page.contains(table.source) && page.contains(&code) && page.contains(&name), "{page}");
    }
    let (_, page, _) = system.send("GET", "/codes?looked_for=95588", "", "http://console").await;
    assert!(page.contains("中国工商银行") && !page.contains("中国农业银行"), "{page}");
    let (_, none, _) = system.send("GET", "/codes?looked_for=zzzz", "", "http://console").await;
    assert!(none.contains("没有符合的代码"), "{none}");
}

#[tokio::test]
async fn art_7_1_a_year_is_shown_by_its_days_and_a_notice_before_it_is_taken() {
    clause!(R7.1);
    let w = World::new(On::Memory).await;
    let system = signed_in(&w, Role::SystemAdministrator, CENTRE).await;
    let get = async |path: &str| system.send("GET", path, "", "http://console").await.1;
    let page = get("/holidays?year=2026").await;
    // 2026-02-14, a Saturday, is worked for 春节; the 17th is off.
    assert!(
        page.contains("class=\"made-up\">14<small>班") && page.contains("class=\"off\">17<small>休"),
        "{page}"
    );
    assert!(!page.contains("暂定：该年") && !page.contains(" changed\""), "{page}");
    assert!(get("/holidays?year=2031").await.contains("暂定：该年还没有放假通知"));
    assert!(get("/holidays?year=x").await.contains("工作日"));
    let notice = "notice=2027-01-01,off,x%0A2027-01-02,work,x";
    let preview = system.post("/holidays", notice).await;
    assert!(
        preview.contains("class=\"off changed\">1<small>休") && preview.contains("made-up changed"),
        "{preview}"
    );
    assert!(get("/holidays?year=2027").await.contains("暂定：该年"), "a preview takes nothing");
    let taken = system.post("/holidays", &format!("{notice}&wish=load")).await;
    assert!(taken.contains("class=\"off\">1<small>休") && !taken.contains(" changed\""), "{taken}");
}
