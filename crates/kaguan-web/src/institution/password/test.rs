//! 修改密码.

use super::sign_in::*;
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::institution::InstitutionCommand;
use kaguan_testkit::{On, World};

#[tokio::test]
async fn art_6_1_a_one_time_password_opens_nothing_but_its_own_change_and_for_a_week() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let id = zhang_wei(&w).await;
    let hash = || kaguan_web::hash_password("once").unwrap();
    system(&w, InstitutionCommand::ResetPassword { officer: id, password_hash: hash() }).await;
    let mut clerk = Browser::at(&w, COUNTER);
    clerk.sign_in("zhangwei", "once").await;
    for (method, path) in [("GET", "/"), ("GET", "/apply"), ("POST", "/people"), ("GET", "/receipts/1")] {
        assert_eq!(clerk.send(method, path, "").await.to.as_deref(), Some("/password"), "{path}");
    }
    let page = clerk.send("GET", "/password", "").await.body;
    assert!(page.contains("一次性密码") && !page.contains("/apply"), "{page}");
    let changed = "old=once&new=autumn+in+canton&again=autumn+in+canton";
    let done = clerk.send("POST", "/password", changed).await;
    clerk.cookie = done.cookie.unwrap().split(';').next().unwrap().to_owned();
    assert!(clerk.is_in().await);
    system(&w, InstitutionCommand::ResetPassword { officer: id, password_hash: hash() }).await;
    assert!(!clerk.is_in().await);
    later(&w, 7 * 24 * 60 * MINUTE);
    let late = clerk.try_as("zhangwei", "once").await;
    assert!(late.status == StatusCode::UNAUTHORIZED && late.body.contains("超过七天"), "{}", late.body);
}
