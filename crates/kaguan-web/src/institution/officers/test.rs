//! 人员与角色 on their pages: two administrators for every right, the third sees it.

use super::once::{address, presses};
use super::{Door, lines, signed_in};
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{BOTH, On, World};

const CENTRE: &str = "44000000000001";
const MINUTE: i64 = 60_000_000;

async fn get(door: &Door, path: &str) -> String {
    door.send("GET", path, "", "http://console").await.1
}

/// What stands after a text, up to another one.
fn between<'a>(page: &'a str, after: &str, end: &str) -> &'a str {
    page.split(after).nth(1).and_then(|rest| rest.split(end).next()).unwrap_or_else(|| panic!("{page}"))
}

/// A browser that signs in with a one-time password and chooses its own.
async fn first_sign_in(w: &World, login: &str, once: &str) -> Door {
    let mut door = Door { router: kaguan_web::router(w.service.clone()), cookie: String::new() };
    for (path, form) in [
        ("/sign-in", format!("login={login}&password={once}")),
        ("/password", format!("old={once}&new=a+lamp+in+the+rain&again=a+lamp+in+the+rain")),
    ] {
        let (status, page, cookie) = door.send("POST", path, &form, "http://console").await;
        assert!(status.is_success() || status.is_redirection(), "{status} {page}");
        door.cookie = cookie.unwrap().split(';').next().unwrap().to_owned();
    }
    door
}

#[tokio::test]
async fn art_6_1_somebody_is_added_moved_stopped_and_let_in_again_by_two_administrators() {
    clause!(R6.1);
    for on in BOTH {
        let w = World::new(on).await;
        let system = signed_in(&w, Role::SystemAdministrator, CENTRE).await;
        let security = signed_in(&w, Role::SecurityAdministrator, CENTRE).await;
        let audit = signed_in(&w, Role::AuditAdministrator, CENTRE).await;
        let wrong = system.post("/officers/propose", "what=add&login=Li+Si&name=&role=&org=1&reason=").await;
        for part in ["未选择岗位", "没有该机构", "登录名应为", "姓名应为", "未填写变更理由", "第6条"]
        {
            assert!(wrong.contains(part), "{part}: {wrong}");
        }
        assert!(wrong.contains("value=\"Li Si\""), "what was typed stands: {wrong}");
        // So are a taken name and a role that the organisation does not have, with all else.
        let taken = "what=add&login=LOGIN&name=&role=bank_clerk&org=44010600000101&reason=";
        let login = w.service.institutions().officers().next().unwrap().login.clone();
        let wrong = system.post("/officers/propose", &taken.replace("LOGIN", &login)).await;
        for part in ["不设银行网点经办人岗位", "登录名已被使用", "姓名应为", "未填写变更理由"]
        {
            assert!(wrong.contains(part), "{part}: {wrong}");
        }
        for name in ["login", "role", "name", "reason"] {
            assert!(wrong.contains(&format!("id=\"why-{name}\"")), "{name}: {wrong}");
        }
        let nowhere = format!("what=add&login={login}&name=&role=&org=&reason=");
        let wrong = system.post("/officers/propose", &nowhere).await;
        assert!(wrong.contains("未填写机构") && wrong.contains("登录名已被使用"), "{wrong}");
        assert!(!wrong.contains("没有该机构"), "nothing was typed: {wrong}");
        let li_si = "what=add&login=lisi&name=%E6%9D%8E%E5%9B%9B&role=hr_clerk&org=44010600000101&reason=1";
        let asked = system.post("/officers/propose", li_si).await;
        assert!(asked.contains("待安全管理员审核") && !asked.contains("/officers/decide"), "{asked}");
        // It waits on the first page of whoever decides it, and on nobody else's.
        assert!(get(&security, "/").await.contains("待审核的人员变更"));
        assert!(!get(&system, "/").await.contains("待审核的人员变更"), "one's own");
        let waiting = get(&security, "/officers").await;
        let id = between(&waiting, "name=\"id\" value=\"", "\"").to_owned();
        for door in [&system, &audit] {
            let none = door.post("/officers/decide", &format!("id={id}&approved=true")).await;
            assert!(none.contains("本岗位无权办理此项业务") && !none.contains("一次性密码（只"), "{none}");
        }
        let approved = security.post("/officers/decide", &format!("id={id}&approved=true")).await;
        assert!(!get(&security, "/").await.contains("待审核的人员变更"), "it is decided");
        let once = between(&approved, "<strong class=\"number\">", "<").to_owned();
        assert!(approved.contains("lisi 的一次性密码") && once.len() == 19, "{approved}");
        assert!(!get(&security, "/officers").await.contains(&once), "shown once");
        let again = security.post("/officers/decide", &format!("id={id}&approved=true")).await;
        assert!(again.contains("只在同意时显示一次") && again.contains("提出重置登录密码"), "{again}");
        assert!(!again.contains("的一次性密码（只"), "no other password is shown: {again}");
        let clerk = first_sign_in(&w, "lisi", &once).await;
        assert!(get(&clerk, "/").await.contains("人社网点经办人"));
        // 调岗 acts on the next request: the session has ended.
        let list = get(&system, "/officers").await;
        let row = list.split("<tr>").find(|row| row.contains(">lisi<")).unwrap();
        let officer = between(row, "/officers/", "\"").to_owned();
        let moved = format!("officer={officer}&what=move&role=city_officer&org=44010000000001&reason=1");
        let page = system.post("/officers/propose", &moved).await;
        assert!(page.contains("调岗") && page.contains("待审核"), "{page}");
        assert_eq!(clerk.send("GET", "/apply?blank=1", "", "http://console").await.0, StatusCode::OK);
        let id = between(&get(&security, "/officers").await, "name=\"id\" value=\"", "\"").to_owned();
        let approved = security.post("/officers/decide", &format!("id={id}&approved=true")).await;
        assert!(approved.contains("即时生效") && !approved.contains("一次性密码（只"), "{approved}");
        let (status, _, to) = clerk.send("GET", "/apply?blank=1", "", "http://console").await;
        assert_eq!((status, to.as_deref()), (StatusCode::SEE_OTHER, Some("/sign-in?next=/apply")));
        let unsaid = system.post("/officers/stop", &format!("officer={officer}&reason=+")).await;
        assert!(unsaid.contains("未填写停用理由") && unsaid.contains("停用该账号"), "{unsaid}");
        let stopped =
            system.post("/officers/stop", &format!("officer={officer}&reason=%E7%A6%BB%E8%81%8C")).await;
        assert!(stopped.contains("已停用") && stopped.contains("提出恢复"), "{stopped}");
        // 停用, which nobody examines, stands among the changes with who, when and why.
        let list = get(&security, "/officers").await;
        for page in [&stopped, &list] {
            let since = page.split_once("变更记录").unwrap().1;
            assert!(since.contains("停用不须审核") && since.contains("离职"), "{since}");
            assert!(since.contains(&w.clock.now().local()), "{since}");
        }
        // What was proposed by mistake is taken back by whoever proposed it.
        let start = format!("officer={officer}&what=start&reason=1");
        let page = system.post("/officers/propose", &start).await;
        assert!(page.contains("/officers/withdraw"), "{page}");
        let waiting = get(&security, "/officers").await;
        assert!(!waiting.contains("/officers/withdraw"), "{waiting}");
        let id = between(&waiting, "name=\"id\" value=\"", "\"").to_owned();
        let back = system.post("/officers/withdraw", &format!("id={id}")).await;
        assert!(back.contains("已撤回") && !back.contains("待审核</h2>"), "{back}");
        // 重置 of one's own is nobody's.
        let (status, ..) = clerk.send("GET", "/officers", "", "http://console").await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        // The third sees who did what, and what was refused.
        let log = get(&audit, "/officers/log").await;
        for part in [
            "提出人员变更",
            "审核人员变更",
            "停用经办人",
            "修改登录密码",
            "本岗位无权办理此项业务",
            "新增　李四（lisi）　人社网点经办人",
            "市卡管经办人　广州市社保卡管理中心　同意",
        ] {
            assert!(log.contains(part), "{part}: {log}");
        }
        let (status, refused, _) = system.send("GET", "/officers/log", "", "http://console").await;
        assert!(status == StatusCode::FORBIDDEN && refused.contains("本岗位无权办理此项业务"));
        let decided = lines(&w, "institution.decide_officer").await;
        let outcomes: Vec<_> = decided.iter().map(|l| l.outcome.as_str()).collect();
        assert_eq!(outcomes, ["not_permitted", "not_permitted", "done", "password_shown", "done"]);
        let sealed = |l: &kaguan_store::journal::Entry| l.personal || !l.is_done();
        assert!(decided.iter().all(sealed), "a password's hash");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_6_1_what_concerns_rights_asks_for_the_password_again_after_ten_minutes() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let security = signed_in(&w, Role::SecurityAdministrator, CENTRE).await;
    let system = signed_in(&w, Role::SystemAdministrator, CENTRE).await;
    assert!(get(&system, "/officers").await.contains("新增人员"));
    w.clock.set(Instant(w.clock.now().0 + 10 * MINUTE));
    for (method, path, next) in [
        ("GET", "/officers", "/officers"),
        ("GET", "/officers/17", "/officers/17"),
        ("POST", "/officers/propose", "/officers"),
        ("POST", "/officers/decide", "/officers"),
        ("POST", "/officers/stop", "/officers"),
        ("POST", "/officers/withdraw", "/officers"),
    ] {
        let (_, _, to) = security.send(method, path, "", "http://console").await;
        assert_eq!(to, Some(format!("/reauthenticate?next={next}")), "{path}");
    }
    assert_eq!(lines(&w, "institution.propose_officer").await.len(), 0);
    let again = "password=right&next=/officers";
    let (status, _, to) = security.send("POST", "/reauthenticate", again, "http://console").await;
    assert_eq!((status, to.as_deref()), (StatusCode::SEE_OTHER, Some("/officers")));
    assert_eq!(security.send("GET", "/officers", "", "http://console").await.0, StatusCode::OK);
    // Another's is not given with it.
    assert_eq!(system.send("GET", "/officers", "", "http://console").await.0, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn art_6_1_a_form_that_needs_the_password_again_waits_for_it_and_is_done_after_it() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let system = signed_in(&w, Role::SystemAdministrator, CENTRE).await;
    let page = get(&system, "/officers").await;
    let to = address(&page, "/officers/propose");
    w.clock.set(Instant(w.clock.now().0 + 10 * MINUTE));
    let li_si = "what=add&login=lisi&name=Li+Si&role=hr_clerk&org=44010600000101&reason=1";
    let (_, asked) = presses(&system, &to, li_si).await;
    let draft = asked.strip_prefix("/reauthenticate?next=").unwrap_or_else(|| panic!("{asked}")).to_owned();
    assert!(draft.starts_with("/drafts/"), "{draft}");
    assert!(get(&system, "/").await.contains(&draft), "it stands on the first page");
    assert!(get(&system, &asked).await.contains("已为您保留"), "the page says so");
    let again = format!("password=right&next={draft}");
    let (_, _, next) = system.send("POST", "/reauthenticate", &again, "http://console").await;
    assert_eq!(next.as_ref(), Some(&draft));
    let kept = get(&system, &draft).await;
    assert!(kept.contains("name=\"login\" value=\"lisi\""), "{kept}");
    for seen in ["<td>新增人员</td>", "<td>lisi</td>", "<td>天河区人社局社保卡窗口</td>"] {
        assert!(kept.contains(seen), "nobody confirms what he does not see: {kept}");
    }
    // Back to the form itself works too: its token was not used up, for nothing was done by it.
    let (_, result) = presses(&system, &to, li_si).await;
    assert!(result.starts_with("/done/"), "{result}");
    assert!(get(&system, &result).await.contains("待安全管理员审核"));
    let id = draft.rsplit('/').next().unwrap();
    let more = li_si.replace("lisi", "wangwu");
    let (_, result) =
        presses(&system, &format!("{}&draft={id}", address(&kept, "/officers/propose")), &more).await;
    assert!(get(&system, &result).await.contains("待安全管理员审核"));
    assert_eq!(system.send("GET", &draft, "", "http://console").await.0, StatusCode::NOT_FOUND, "it is done");
    assert_eq!(lines(&w, "institution.propose_officer").await.len(), 2);
}

#[tokio::test]
async fn art_6_1_whoever_proposed_somebody_learns_that_and_why_it_was_not_agreed_to() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let system = signed_in(&w, Role::SystemAdministrator, CENTRE).await;
    let security = signed_in(&w, Role::SecurityAdministrator, CENTRE).await;
    let add =
        |role: &str, org: &str| format!("what=add&login=lisi&name=Li+Si&role={role}&org={org}&reason=1");
    // A post that the institution has not: whoever proposes has the right, the post is what is wrong.
    let misfit = system.post("/officers/propose", &add("hr_clerk", "44010000000001")).await;
    assert!(misfit.contains("不设人社网点经办人岗位") && misfit.contains("aria-invalid"), "{misfit}");
    assert!(!misfit.contains("请由有权岗位的经办人办理"), "{misfit}");
    system.post("/officers/propose", &add("hr_clerk", "44010600000101")).await;
    let twice = system.post("/officers/propose", &add("hr_clerk", "44010600000101")).await;
    assert!(twice.contains("已有待审核的变更") && !twice.contains("没有需要变更的内容"), "{twice}");
    let id = between(&get(&security, "/officers").await, "name=\"id\" value=\"", "\"").to_owned();
    security.post("/officers/decide", &format!("id={id}&approved=false&reason=NotOnTheList")).await;
    assert!(get(&system, "/").await.contains("七天内被退回的人员变更"));
    assert!(!get(&security, "/").await.contains("七天内被退回"), "it was not hers");
    for door in [&system, &security] {
        let page = get(door, "/officers").await;
        assert!(page.contains("变更记录") && page.contains("NotOnTheList"), "{page}");
    }
    w.clock.set(Instant(w.clock.now().0 + 8 * 24 * 60 * MINUTE));
    let later = signed_in(&w, Role::SecurityAdministrator, CENTRE).await;
    assert!(get(&later, "/officers").await.contains("NotOnTheList"), "the record stays");
}

#[tokio::test]
async fn art_6_1_a_one_time_password_is_not_shown_again_by_the_address_of_its_result() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let system = signed_in(&w, Role::SystemAdministrator, CENTRE).await;
    let security = signed_in(&w, Role::SecurityAdministrator, CENTRE).await;
    let li_si = "what=add&login=lisi&name=Li+Si&role=hr_clerk&org=44010600000101&reason=1";
    system.post("/officers/propose", li_si).await;
    let page = get(&security, "/officers").await;
    let id = between(&page, "name=\"id\" value=\"", "\"").to_owned();
    let to = address(&page, "/officers/decide");
    let form = format!("id={id}&approved=true");
    let shown = security.post(&to, &form).await;
    let once = between(&shown, "<strong class=\"number\">", "<").to_owned();
    assert_eq!(once.len(), 19, "{shown}");
    let (_, result) = presses(&security, &to, &form).await;
    let again = get(&security, &result).await;
    assert!(again.contains("已同意") && !again.contains(&once), "{again}");
}

#[tokio::test]
async fn art_6_1_who_may_do_what_is_shown_from_the_matrix_to_the_three_administrators() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    for role in [Role::SystemAdministrator, Role::SecurityAdministrator, Role::AuditAdministrator] {
        let door = signed_in(&w, role, CENTRE).await;
        let page = get(&door, "/roles").await;
        let row = page.split("<tr>").find(|row| row.contains(">批次筛选<")).unwrap();
        let may: Vec<bool> = row.split("<td>").skip(1).map(|cell| cell.starts_with("可办")).collect();
        assert_eq!(may, [false, false, false, true, false, false, false, false]);
    }
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    for path in ["/roles", "/officers", "/officers/log"] {
        let (status, page, _) = clerk.send("GET", path, "", "http://console").await;
        assert!(status == StatusCode::FORBIDDEN && page.contains("本岗位无权办理此项业务"), "{path}: {page}");
    }
}
