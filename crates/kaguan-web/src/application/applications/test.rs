//! 待核验.

use super::signed_in;
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{On, World};

const HR: &str = "44010600000101";
const BANK: &str = "44010395533001";

#[tokio::test]
async fn art_8_3_an_application_without_an_answer_waits_on_its_list_until_the_registers_answer() {
    clause!(R8.3);
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let list = async |door: &super::Door| door.send("GET", "/waiting", "", "http://console").await.1;
    assert!(list(&clerk).await.contains("没有待核验的申请"));
    w.around.registers.set_down(true);
    let id = w.applicant(1, w.outlet()).await;
    let page = list(&clerk).await;
    assert!(page.contains("打开") && !page.contains(&w.draft(1).document_number), "{page}");
    // Another bank's outlet has nothing of it.
    let elsewhere = signed_in(&w, Role::BankClerk, BANK).await;
    assert!(list(&elsewhere).await.contains("没有待核验的申请"));
    let page = clerk.post("/waiting", &format!("holder={id}")).await;
    assert!(page.contains("再次核验"), "{page}");
    let application = w.file(id).await.0.applications[0].id;
    let again = format!("holder={id}&application={application}");
    w.around.registers.set_down(false);
    let (status, page, _) = clerk.send("POST", "/applications/verify", &again, "http://console").await;
    assert!(status == StatusCode::OK, "{page}");
    assert!(list(&clerk).await.contains("没有待核验的申请"));
    w.verified().await;
}
