//! 业务受理回执 of what is done on a card.

use super::{lines, signed_in};
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::loss::ReportFormal;
use kaguan_testkit::{On, World};

#[tokio::test]
async fn art_19_a_business_on_a_card_ends_with_the_receipt_of_appendix_2_with_all_its_items() {
    clause!(R19.2);
    clause!(X2.1);
    let w = World::new(On::Memory).await;
    // 张三 has lost the card, and says so at a bank's outlet.
    let (id, card) = w.with_card(1).await;
    let officer = w.officer(w.bank_outlet()).await;
    let lost = HolderCommand::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None });
    let line = w.about(&officer, id, lost).await.unwrap().entry;
    let clerk = signed_in(&w, Role::BankClerk, "44010395588001").await;
    let address = format!("/receipts/business/{line}");
    let (status, receipt, _) = clerk.send("GET", &address, "", "http://console").await;
    assert_eq!(status, StatusCode::OK);
    let number = format!("20261123-44010395588001-{:08}", line);
    let items = [
        "业务受理日期",
        "2026年11月23日",
        "网点编号",
        "业务编号",
        &number,
        "社会保障号",
        &w.draft(1).document_number,
        "申请人姓名",
        "张三",
        "联系电话",
        "业务类型",
        "挂失（正式挂失）",
        "注意事项",
        "1.办理卡注销业务的",
        "3.办理情况可通过",
        "业务经办单位",
        "业务经办人",
        "经办人",
    ];
    for item in items {
        assert!(receipt.contains(item), "{item}: {receipt}");
    }
    // Each business of an officer in the person's history leads to its own; what the system did has none.
    let found = clerk.post("/people", &format!("number={}", w.draft(1).document_number)).await;
    assert_eq!(found.matches("打印回执").count(), 2, "{found}");
    assert!(found.contains(&format!("<a href=\"{address}\">打印回执")), "{found}");
    // Printed elsewhere, or of what has no receipt, it shows nobody.
    let elsewhere = signed_in(&w, Role::HrClerk, "44010600000101").await;
    let (status, refused, _) = elsewhere.send("GET", &address, "", "http://console").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(!refused.contains("张三"), "{refused}");
    for none in [1, line - 1, 99_999_999] {
        let (status, ..) =
            clerk.send("GET", &format!("/receipts/business/{none}"), "", "http://console").await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{none}");
    }
    let looks = lines(&w, "application.receipt").await;
    let outcomes: Vec<_> = looks.iter().map(|l| l.outcome.as_str()).collect();
    assert_eq!(outcomes, ["done", "out_of_scope"]);
    w.verified().await;
}
