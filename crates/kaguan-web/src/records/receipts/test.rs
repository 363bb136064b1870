//! 业务受理回执 of what is done on a card.

use super::{lines, signed_in};
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::facts::officer::OfficerChange;
use kaguan_domain::ids::{OfficerId, OrgId};
use kaguan_domain::institution::{DecideOfficer, InstitutionCommand, NewOfficer, ProposeOfficer};
use kaguan_domain::loss::ReportFormal;
use kaguan_service::Command;
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

/// The clerk who did something is moved to another office by two administrators.
async fn moved(w: &World, officer: OfficerId, to: OrgId) {
    let administrator = async |role| {
        let id = OfficerId(w.service.fresh());
        let new = NewOfficer {
            id,
            login: format!("administrator-{id}"),
            name: "管理员".into(),
            role,
            org: w.org("44000000000001"),
            password_hash: "!".into(),
        };
        w.system(Command::Institution(InstitutionCommand::AddOfficer(new))).await.unwrap();
        Actor::Officer(id)
    };
    let system = administrator(Role::SystemAdministrator).await;
    let security = administrator(Role::SecurityAdministrator).await;
    let change = OfficerChange::Move { role: Role::BankClerk, org: to };
    let propose = ProposeOfficer { id: w.service.fresh(), officer, change, reason: "人员调整".into() };
    let id = propose.id;
    w.by(&system, Command::Institution(InstitutionCommand::ProposeOfficer(propose))).await.unwrap();
    let decide = DecideOfficer { id, approved: true, reason: String::new(), password_hash: None };
    w.by(&security, Command::Institution(InstitutionCommand::DecideOfficer(decide))).await.unwrap();
}

#[tokio::test]
async fn art_40_1_what_an_officer_did_stays_with_the_office_and_the_name_of_then() {
    clause!(R19.2);
    clause!(R40.1);
    let (here, there) = ("44010395588001", "44010395533001");
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let Actor::Officer(officer) = w.officer(w.org(here)).await else { panic!() };
    let lost = HolderCommand::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None });
    let line = w.about(&Actor::Officer(officer), id, lost).await.unwrap().entry;
    let institutions = w.service.institutions();
    let name = |code: &str| institutions.org_by_code(code).unwrap().name.clone();
    let (before, other) = (name(here), name(there));
    let own = signed_in(&w, Role::BankClerk, here).await;
    let address = format!("/receipts/business/{line}");
    let (_, first, _) = own.send("GET", &address, "", "http://console").await;
    assert!(first.contains(&before), "{first}");

    // A second later he is moved, and his office is called otherwise.
    w.clock.set(Instant(w.clock.now().0 + 1_000_000));
    moved(&w, officer, w.org(there)).await;
    let rename = InstitutionCommand::RenameOrganisation { org: w.org(here), name: "新名窗口".into() };
    w.system(Command::Institution(rename)).await.unwrap();

    // The code on the paper proves it with the office and the name that stand on it.
    let code = w.service.receipt_code(line);
    let (_, page, _) = own.send("GET", &format!("/verify/{code}"), "", "http://console").await;
    assert!(page.contains(&before) && page.contains(here), "{page}");
    assert!(!page.contains(&other) && !page.contains("新名窗口"), "{page}");
    // Its office prints it again as it was; that of now has nothing to do with it.
    let (status, again, _) = own.send("GET", &address, "", "http://console").await;
    let number = format!("-{here}-{line:08}");
    assert!(status == StatusCode::OK && again.contains(&number) && again.contains(&before), "{again}");
    let elsewhere = signed_in(&w, Role::BankClerk, there).await;
    let (status, refused, _) = elsewhere.send("GET", &address, "", "http://console").await;
    assert!(status == StatusCode::FORBIDDEN && !refused.contains("张三"), "{refused}");
    // 业务记录 names the office of then.
    let found = own.post("/people", &format!("number={}", w.draft(1).document_number)).await;
    assert!(found.contains(&format!("经办人（{before}）")), "{found}");

    // 审计日志: the line is among those of that office, on the page and in what is signed.
    let audit = signed_in(&w, Role::AuditAdministrator, "44000000000001").await;
    let of = |org: &str| format!("/journal?verb=loss.report_formal&org={org}");
    let listed = format!("<a href=\"/journal/{line}\"");
    let (_, page, _) = audit.send("GET", &of(here), "", "http://console").await;
    assert!(page.contains(&listed), "{page}");
    let (_, page, _) = audit.send("GET", &of(there), "", "http://console").await;
    assert!(!page.contains(&listed), "{page}");
    let (_, page, _) = audit.send("GET", &format!("/journal/{line}"), "", "http://console").await;
    assert!(page.contains(&before) && page.contains("机构（现在）") && page.contains(&other), "{page}");
    let file = audit.post("/journal/export", &format!("verb=loss.report_formal&org={here}")).await;
    assert!(file.contains(&format!(",{before},控制台,")) && !file.contains(&other), "{file}");
    w.verified().await;
}
