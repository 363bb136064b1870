//! 修改密码.

use super::sign_in::*;
use super::signed_in;
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::institution::InstitutionCommand;
use kaguan_testkit::{BOTH, On, World};

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

#[tokio::test]
async fn art_6_1_an_officer_sees_where_the_account_is_signed_in_and_ends_one_or_all_others() {
    clause!(R6.1);
    for on in BOTH {
        let w = World::new(on).await;
        zhang_wei(&w).await;
        let mut others = Vec::new();
        for n in 0..4 {
            let mut there = Browser::at(&w, &format!("10.1.2.{n}"));
            there.sign_in("zhangwei", "right").await;
            later(&w, MINUTE);
            others.push(there);
        }
        let mut here = Browser::at(&w, COUNTER);
        here.sign_in("zhangwei", "right").await;
        let page = here.send("GET", "/password", "").await.body;
        let names: Vec<_> =
            page.split("name=\"which\" value=\"").skip(1).map(|t| t[..16].to_owned()).collect();
        assert!(names.len() == 4 && page.matches("本次登录").count() == 1, "{page}");
        // The one that was used longest ago stands last; it ends, and no other does.
        let done = here.send("POST", "/password/sessions", &format!("which={}", names[3])).await.body;
        assert!(done.contains("已退出其他登录1处"), "{done}");
        assert!(!others[0].is_in().await && others[1].is_in().await && here.is_in().await);
        // Another officer's cannot be named.
        let stranger = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let none = stranger.post("/password/sessions", &format!("which={}", names[0])).await;
        assert!(none.contains("没有这一登录") && others[3].is_in().await, "{none}");
        // Signing in again in the same browser ends what that browser had.
        let (before, mut again) = (others[2].clone(), others[2].clone());
        again.sign_in("zhangwei", "right").await;
        assert!(again.is_in().await && !before.is_in().await);
        // The password again, and all others end.
        later(&w, 11 * MINUTE);
        let first = here.send("POST", "/password/sessions", "").await;
        assert_eq!(first.to.as_deref(), Some("/reauthenticate?next=/password"));
        assert_eq!(
            here.send("POST", "/reauthenticate", "password=right&next=/password").await.to.as_deref(),
            Some("/password")
        );
        let done = here.send("POST", "/password/sessions", "").await.body;
        assert!(done.contains("已退出其他登录3处") && !done.contains("name=\"which\""), "{done}");
        assert!(
            here.is_in().await
                && !again.is_in().await
                && !others[1].is_in().await
                && !others[3].is_in().await
        );
    }
}

#[tokio::test]
async fn art_6_1_the_sign_in_page_says_why_one_was_signed_out_and_a_changed_password_is_no_lapse_of_time() {
    clause!(R6.1);
    for on in BOTH {
        let w = World::new(on).await;
        zhang_wei(&w).await;
        let mut there = Browser::at(&w, STRANGER);
        there.sign_in("zhangwei", "right").await;
        let mut here = Browser::at(&w, COUNTER);
        here.sign_in("zhangwei", "right").await;
        assert!(!here.send("GET", "/sign-in", "").await.body.contains("class=\"notice\""), "it holds");
        let new = "old=right&new=autumn+in+canton&again=autumn+in+canton";
        let done = there.send("POST", "/password", new).await;
        there.cookie = done.cookie.unwrap().split(';').next().unwrap().to_owned();
        // The form is kept, and its owner hears what was done to the account.
        let to = here.send("POST", "/loss/report", "kind=temporary").await.to.unwrap();
        assert!(to.starts_with("/sign-in?next=/drafts/"), "{to}");
        let page = here.send("GET", &to, "").await.body;
        assert!(page.contains("已在别处变更") && page.contains("已为您保留"), "{page}");
        assert!(page.contains("请立即联系系统管理员和安全管理员") && !page.contains("超时"), "{page}");
        let page = here.send("GET", "/sign-in?next=/people", "").await.body;
        assert!(page.contains("已在别处变更") && !page.contains("保留"), "without a form, too: {page}");
        // Ended elsewhere: then nothing is known of it, nor kept.
        here.sign_in("zhangwei", "autumn+in+canton").await;
        there.send("POST", "/password/sessions", "").await;
        let to = here.send("POST", "/loss/report", "kind=temporary").await.to.unwrap();
        assert_eq!(to, "/sign-in?next=/loss&sent=1");
        let page = here.send("GET", &to, "").await.body;
        assert!(page.contains("在别处退出") && page.contains("也没有保留"), "{page}");
        // By time.
        later(&w, 31 * MINUTE);
        let page = there.send("GET", "/sign-in?next=/people", "").await.body;
        assert!(page.contains("登录已超时退出。") && !page.contains("别处"), "{page}");
    }
}

#[tokio::test]
async fn art_6_1_a_seventeenth_sign_in_of_an_account_ends_the_one_that_was_used_longest_ago() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    zhang_wei(&w).await;
    let mut all = Vec::new();
    for _ in 0..17 {
        let mut there = Browser::at(&w, COUNTER);
        there.sign_in("zhangwei", "right").await;
        later(&w, MINUTE / 10);
        all.push(there);
    }
    assert!(!all[0].is_in().await && all[1].is_in().await && all[16].is_in().await);
}

#[tokio::test]
async fn a_password_is_compared_as_it_was_typed_to_its_last_character() {
    let w = World::new(On::Memory).await;
    zhang_wei(&w).await;
    let mut clerk = Browser::at(&w, COUNTER);
    clerk.sign_in("zhangwei", "right").await;
    let typed = format!("  Ａb 密码{}Z ", "0123456789".repeat(11));
    let sent = |text: &str| text.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
    let new = sent(&typed);
    let done = clerk.send("POST", "/password", &format!("old=right&new={new}&again={new}")).await;
    assert!(done.body.contains("登录密码已修改"), "{}", done.body);
    let (_, short) = typed.char_indices().nth(100).map(|(at, _)| typed.split_at(at)).unwrap();
    for (n, other) in [
        typed.trim().to_owned(),
        typed.to_lowercase(),
        typed.replace('Ａ', "A"),
        typed.strip_suffix(short).unwrap().to_owned(),
    ]
    .iter()
    .enumerate()
    {
        let stranger = Browser::at(&w, &format!("10.1.3.{n}"));
        assert_eq!(stranger.try_as("zhangwei", &sent(other)).await.status, StatusCode::UNAUTHORIZED, "{n}");
    }
    clerk.sign_in("zhangwei", &new).await;
}
