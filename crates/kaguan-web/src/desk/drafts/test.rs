//! Forms in work: put aside, or come after the end of their session.

use super::once::{address, loss_of, presses};
use super::sign_in::{MINUTE, later};
use super::{Door, lines, signed_in};
use axum::http::StatusCode;
use kaguan_domain::facts::institution::Role;
use kaguan_store::engine::Sql;
use kaguan_testkit::{BOTH, On, World};

const HOST: &str = "http://console";
const OUTLET: &str = "44010600000101";
const BANK: &str = "44010395588001";

#[tokio::test]
async fn what_came_too_late_waits_for_its_officer_and_for_nobody_else() {
    for on in BOTH {
        let w = World::new(on).await;
        let clerk = signed_in(&w, Role::BankClerk, BANK).await;
        let (to, form) = loss_of(&w, &clerk, 1).await;
        later(&w, 31 * MINUTE);
        let (status, sign_in) = presses(&clerk, &to, &form).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let kept = sign_in.strip_prefix("/sign-in?next=").unwrap_or_else(|| panic!("{sign_in}")).to_owned();
        assert!(kept.starts_with("/drafts/") && lines(&w, "loss.report_temporary").await.is_empty());
        let other = signed_in(&w, Role::BankClerk, BANK).await;
        assert_eq!(other.send("GET", &kept, "", HOST).await.0, StatusCode::NOT_FOUND);
        let login = w
            .service
            .institutions()
            .officers()
            .find(|o| o.login.starts_with("bankclerk"))
            .unwrap()
            .login
            .clone();
        let mut again = Door { router: clerk.router.clone(), cookie: String::new() };
        let sign = format!("login={login}&password=right&next={kept}");
        let (_, _, cookie) = again.send("POST", "/sign-in", &sign, HOST).await;
        again.cookie = cookie.unwrap().split(';').next().unwrap().to_owned();
        let (status, page, _) = again.send("GET", &kept, "", HOST).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("继续提交") && page.contains("name=\"kind\" value=\"temporary\""), "{page}");
        // Nobody confirms what he does not see: whom it is about, and what.
        assert!(page.contains(">持卡人</th>") && page.contains("临时挂失"), "{page}");
        // What was typed can be read and changed; what was stated with a tick is stated anew.
        assert!(page.contains("type=\"checkbox\" name=\"verified\" value=\"1\"> 已核实"), "{page}");
        assert!(!page.contains("type=\"hidden\" name=\"verified\"") && page.contains("附件"), "{page}");
        // It goes on where it was, and the draft goes with it.
        let id = kept.rsplit('/').next().unwrap();
        let to = format!("{}&draft={id}", address(&page, "/loss/report"));
        let (_, result) = presses(&again, &to, &form).await;
        assert_eq!(again.send("GET", &result, "", HOST).await.0, StatusCode::OK);
        assert_eq!(lines(&w, "loss.report_temporary").await.len(), 1);
        assert_eq!(again.send("GET", &kept, "", HOST).await.0, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn an_application_that_is_put_aside_is_found_on_the_first_page_and_sealed_in_the_database() {
    static ALL: Sql = Sql::new("ALL", "SELECT draft_id, body FROM draft");
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, OUTLET).await;
    let (_, empty, _) = clerk.send("GET", "/apply?blank=1", "", HOST).await;
    let to =
        empty.split("formaction=\"").nth(1).and_then(|t| t.split('"').next()).unwrap().replace("&amp;", "&");
    let (_, first) = presses(&clerk, &to, "name=CANARYNAME&document_number=440106199001010013").await;
    assert_eq!(first, "/#drafts");
    let (_, home, _) = clerk.send("GET", "/", "", HOST).await;
    let draft = home.split("href=\"/drafts/").nth(1).and_then(|t| t.split('"').next()).unwrap().to_owned();
    assert!(!home.contains("CANARY"), "a list of drafts names nobody");
    let (status, leads, to) = clerk.send("GET", &format!("/drafts/{draft}"), "", HOST).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{leads}");
    let (_, page, _) = clerk.send("GET", &to.unwrap(), "", HOST).await;
    assert!(page.contains("CANARYNAME") && page.contains("440106199001010013"), "{page}");
    let rows = w.service.store().engine().ask(&ALL, Vec::new()).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert!(!format!("{rows:?}").contains("CANARY"));
}
