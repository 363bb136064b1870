//! 动态口令: administrators of a province at work have one, others may; codes are taken once, guesses count, a lost device is reset by two.

use super::sign_in::{Browser, COUNTER, MINUTE, STRANGER, later, recorded, zhang_wei};
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::OfficerId;
use kaguan_domain::institution::{InstitutionCommand, NewOfficer};
use kaguan_service::Command;
use kaguan_store::engine::{Sql, Value};
use kaguan_testkit::{BOTH, On, World, fresh_store};
use std::sync::Arc;
use totp_rs::{Builder, Secret};

/// What stands after a text, up to another one.
fn between<'a>(page: &'a str, after: &str, end: &str) -> &'a str {
    page.split(after).nth(1).and_then(|rest| rest.split(end).next()).unwrap_or_else(|| panic!("{page}"))
}

/// The code that an authenticator shows at this moment.
fn code(w: &World, secret: &str) -> String {
    let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
    let seconds = u64::try_from(w.clock.now().0 / 1_000_000).unwrap();
    Builder::new().with_secret(secret).build().unwrap().generate(seconds).to_string()
}

/// 管理员 of a role, whose password is `right`.
async fn administrator(w: &World, login: &str, role: Role) -> OfficerId {
    let id = OfficerId(w.service.fresh());
    let password_hash = kaguan_web::hash_password("right").unwrap();
    let (login, name, org) = (login.to_owned(), format!("{login}甲"), w.org("44000000000001"));
    let new = NewOfficer { id, login, name, role, org, password_hash };
    w.system(Command::Institution(InstitutionCommand::AddOfficer(new))).await.unwrap();
    id
}

/// A browser keeps what it is given.
async fn keep(b: &mut Browser, path: &str, form: &str) -> super::sign_in::Reply {
    let reply = b.send("POST", path, form).await;
    if let Some(cookie) = &reply.cookie {
        b.cookie = cookie.split(';').next().unwrap().to_owned();
    }
    reply
}

/// Sets a 动态口令: its secret, and the recovery codes.
async fn enrol(w: &World, b: &mut Browser, renew: &str) -> (String, Vec<String>) {
    let page = b.send("GET", &format!("/second-factor{renew}"), "").await.body;
    let secret = between(&page, "<b class=\"secret\">", "<").to_owned();
    let factor = between(&page, "name=\"factor\" value=\"", "\"").to_owned();
    assert!(page.contains("<svg class=\"qr\"") && page.contains("<path d=\"M4 4h7"), "{page}");
    let again = b.send("GET", &format!("/second-factor{renew}"), "").await.body;
    assert_eq!(between(&again, "<b class=\"secret\">", "<"), secret, "looked at again it is the same");
    let wrong = keep(b, "/second-factor", &format!("factor={factor}&code=000000")).await;
    assert!(
        wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.body.contains(&secret),
        "{}",
        wrong.body
    );
    let form = format!("factor={factor}&code={}", code(w, &secret));
    let done = keep(b, "/second-factor", &form).await;
    assert!(done.status == StatusCode::OK && done.body.contains("动态口令已启用"), "{}", done.body);
    let codes = done
        .body
        .split("<li class=\"number\">")
        .skip(1)
        .map(|rest| rest.split('<').next().unwrap().to_owned());
    let codes: Vec<_> = codes.collect();
    assert_eq!(codes.len(), 10);
    (secret, codes)
}

#[tokio::test]
async fn art_6_1_an_administrator_of_a_province_at_work_sets_a_second_factor_first_and_signs_in_with_it() {
    clause!(R6.1);
    static SECRETS: Sql = Sql::new("SECRETS", "SELECT secret FROM second_factor");
    for on in BOTH {
        let w = World::in_use(Arc::new(fresh_store(on).await)).await;
        let id = administrator(&w, "anquan", Role::SecurityAdministrator).await;
        let mut b = Browser::at(&w, COUNTER);
        b.sign_in("anquan", "right").await;
        for path in ["/", "/officers", "/roles", "/people"] {
            assert_eq!(b.send("GET", path, "").await.to.as_deref(), Some("/second-factor"), "{path}");
        }
        let (secret, codes) = enrol(&w, &mut b, "").await;
        assert_eq!(b.send("GET", "/officers", "").await.status, StatusCode::OK);
        assert!(w.service.institutions().sign_in_of(id).second.is_some());
        // Sealed where it is kept; neither it nor a recovery code is in the journal.
        let stored = w.service.store().engine().ask(&SECRETS, Vec::new()).await.unwrap();
        let plain = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
        let [Value::Bytes(sealed)] = stored[0].values.as_slice() else { panic!("{stored:?}") };
        assert!(stored.len() == 1 && !sealed.windows(8).any(|part| plain.as_bytes().starts_with(part)));
        // The password alone opens the question for the code, and nothing else.
        b.send("POST", "/sign-out", "").await;
        let half = keep(&mut b, "/sign-in", "login=anquan&password=right&next=/officers").await;
        assert_eq!(half.to.as_deref(), Some("/sign-in/code?next=/officers"));
        for path in ["/", "/officers", "/password", "/second-factor", "/done/1"] {
            assert_eq!(b.send("GET", path, "").await.to.as_deref(), Some("/sign-in/code"), "{path}");
        }
        let to = b.send("POST", "/officers/propose", "what=add").await.to.unwrap();
        assert_eq!(to, "/sign-in/code?next=/officers&sent=1");
        let page = b.send("GET", &to, "").await.body;
        assert!(page.contains("刚才提交的表单没有办理，也没有保留"), "{page}");
        let asked = b.send("GET", "/sign-in/code?next=/officers", "").await.body;
        assert!(asked.contains("动态口令或恢复码") && asked.contains("value=\"/officers\""), "{asked}");
        // The code that proved it was taken; the next one is taken once.
        let used = keep(&mut b, "/sign-in/code", &format!("code={}", code(&w, &secret))).await;
        assert!(used.status == StatusCode::UNAUTHORIZED && used.body.contains("或已用过"), "{}", used.body);
        later(&w, MINUTE / 2);
        let now = code(&w, &secret);
        let mut there = b.clone();
        let came =
            keep(&mut b, "/sign-in/code", &format!("code={}+{}&next=/officers", &now[..3], &now[3..])).await;
        assert_eq!(came.to.as_deref(), Some("/officers"));
        assert_eq!(b.send("GET", "/officers", "").await.status, StatusCode::OK);
        assert_eq!(
            there.send("GET", "/", "").await.to.as_deref(),
            Some("/sign-in"),
            "the half of it has ended"
        );
        keep(&mut there, "/sign-in", "login=anquan&password=right").await;
        assert_eq!(
            there.send("POST", "/sign-in/code", &format!("code={now}")).await.status,
            StatusCode::UNAUTHORIZED
        );
        // A recovery code works once, and is told in the journal.
        let came = there.send("POST", "/sign-in/code", &format!("code={}", codes[3].to_uppercase())).await;
        assert_eq!(came.status, StatusCode::SEE_OTHER, "{}", came.body);
        keep(&mut there, "/sign-in", "login=anquan&password=right").await;
        assert_eq!(
            there.send("POST", "/sign-in/code", &format!("code={}", codes[3])).await.status,
            StatusCode::UNAUTHORIZED
        );
        assert_eq!(recorded(&w, "session.recovery_code", 1).await.len(), 1);
        assert!(b.send("GET", "/second-factor", "").await.body.contains("9个"));
        // Half a session waits for five minutes.
        later(&w, 5 * MINUTE);
        assert_eq!(there.send("GET", "/sign-in/code", "").await.to.as_deref(), Some("/sign-in"));
        w.verified().await;
    }
}

#[tokio::test]
async fn art_6_1_rights_ask_an_administrator_for_password_and_code_again() {
    clause!(R6.1);
    let w = World::in_use(Arc::new(fresh_store(On::Memory).await)).await;
    administrator(&w, "shenji", Role::AuditAdministrator).await;
    let mut b = Browser::at(&w, COUNTER);
    b.sign_in("shenji", "right").await;
    let (secret, codes) = enrol(&w, &mut b, "").await;
    later(&w, 11 * MINUTE);
    for (method, path) in [
        ("GET", "/officers"),
        ("POST", "/journal/export"),
        ("GET", "/journal/1/proof"),
        ("GET", "/second-factor"),
    ] {
        let to = b.send(method, path, "").await.to.unwrap_or_default();
        assert!(to.starts_with("/reauthenticate?next=/"), "{path}: {to}");
    }
    let page = b.send("GET", "/reauthenticate?next=/journal", "").await.body;
    assert!(page.contains("再次输入登录密码和动态口令"), "{page}");
    for form in [
        "password=right&next=/journal".to_owned(),
        "password=right&code=123456".into(),
        format!("password=guess&code={}", code(&w, &secret)),
    ] {
        let held = b.send("POST", "/reauthenticate", &form).await;
        assert!(
            held.status == StatusCode::UNAUTHORIZED && held.body.contains("密码或动态口令不正确"),
            "{}",
            held.body
        );
    }
    let form = format!("password=right&next=/journal&code={}", code(&w, &secret));
    assert_eq!(b.send("POST", "/reauthenticate", &form).await.to.as_deref(), Some("/journal"));
    assert_eq!(b.send("GET", "/officers", "").await.status, StatusCode::OK);
    // Another authenticator in its place: the codes of the first are worth nothing any more.
    later(&w, MINUTE);
    let (other, _) = enrol(&w, &mut b, "?renew=true").await;
    assert_ne!(other, secret);
    later(&w, MINUTE);
    keep(&mut b, "/sign-in", "login=shenji&password=right").await;
    for old in [code(&w, &secret), codes[0].clone()] {
        assert_eq!(
            b.send("POST", "/sign-in/code", &format!("code={old}")).await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    let came = keep(&mut b, "/sign-in/code", &format!("code={}", code(&w, &other))).await;
    assert_eq!(came.status, StatusCode::SEE_OTHER);
    // Obligatory: it can be changed, and not be switched off.
    assert!(!b.send("GET", "/second-factor", "").await.body.contains("停用动态口令"));
    let end = b.send("POST", "/second-factor/end", "").await;
    assert!(end.body.contains("可以更换，不能停用"), "{}", end.body);
}

#[tokio::test]
async fn a_list_of_people_leaves_the_system_only_when_the_password_was_given_again() {
    let w = World::new(On::Memory).await;
    zhang_wei(&w).await;
    let mut clerk = Browser::at(&w, COUNTER);
    clerk.sign_in("zhangwei", "right").await;
    assert_eq!(clerk.send("GET", "/overdue?overdue.as=csv", "").await.status, StatusCode::OK);
    later(&w, 11 * MINUTE);
    assert_eq!(clerk.send("GET", "/overdue", "").await.status, StatusCode::OK, "the page is looked at");
    for (method, path) in
        [("GET", "/overdue?overdue.as=csv"), ("POST", "/registers/csv"), ("POST", "/registers/pdf")]
    {
        let to = clerk.send(method, path, "batch=1").await.to.unwrap_or_default();
        assert!(to.starts_with("/reauthenticate?next=/"), "{path}: {to}");
    }
}

#[tokio::test]
async fn whoever_has_the_password_alone_guesses_codes_as_slowly_as_passwords() {
    let w = World::new(On::Memory).await;
    let zhang = zhang_wei(&w).await;
    let mut clerk = Browser::at(&w, COUNTER);
    clerk.sign_in("zhangwei", "right").await;
    let (secret, _) = enrol(&w, &mut clerk, "").await;
    later(&w, MINUTE);
    // The password before every guess gives no new tries.
    let mut thief = Browser::at(&w, STRANGER);
    let mut guessed = 0;
    loop {
        let password = keep(&mut thief, "/sign-in", "login=zhangwei&password=right").await;
        if password.status == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
        let guess = thief.send("POST", "/sign-in/code", "code=123456").await;
        if guess.status == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
        assert_eq!(guess.status, StatusCode::UNAUTHORIZED);
        guessed += 1;
    }
    assert_eq!(guessed, 2, "five tries, of passwords and codes together");
    let failed = recorded(&w, "session.fail", 1).await;
    assert_eq!(failed[0].subject, format!("officer:{zhang}"));
    // The owner is held up by none of it.
    keep(&mut clerk, "/sign-in", "login=zhangwei&password=right").await;
    let came = keep(&mut clerk, "/sign-in/code", &format!("code={}", code(&w, &secret))).await;
    assert_eq!(came.status, StatusCode::SEE_OTHER, "{}", came.body);
    // Whoever need not have one may switch it off.
    let page = clerk.send("GET", "/second-factor", "").await.body;
    assert!(page.contains("停用动态口令"), "{page}");
    let off = keep(&mut clerk, "/second-factor/end", "").await;
    assert!(off.body.contains("动态口令已停用"), "{}", off.body);
    assert!(clerk.is_in().await);
    assert_eq!(clerk.sign_in("zhangwei", "right").await.to.as_deref(), Some("/"));
}

#[tokio::test]
async fn art_6_1_a_lost_device_is_reset_by_two_administrators_and_another_is_set_at_the_next_sign_in() {
    clause!(R6.1);
    let w = World::in_use(Arc::new(fresh_store(On::Memory).await)).await;
    let mut browsers = Vec::new();
    for (login, role) in [
        ("xitong", Role::SystemAdministrator),
        ("anquan", Role::SecurityAdministrator),
        ("shenji", Role::AuditAdministrator),
    ] {
        administrator(&w, login, role).await;
        let mut b = Browser::at(&w, COUNTER);
        b.sign_in(login, "right").await;
        enrol(&w, &mut b, "").await;
        browsers.push(b);
    }
    let institutions = w.service.institutions();
    let id = institutions.officer_by_login("shenji").unwrap().id;
    let [system, security, audit] = browsers.as_slice() else { unreachable!() };
    let page = system.send("GET", &format!("/officers/{id}"), "").await.body;
    assert!(page.contains("提出重置动态口令") && page.contains("已启用"), "{page}");
    let asked = system
        .send("POST", "/officers/propose", &format!("officer={id}&what=second_factor&reason=1"))
        .await
        .body;
    assert!(asked.contains("待安全管理员审核"), "{asked}");
    assert_eq!(audit.send("GET", "/roles", "").await.status, StatusCode::OK, "proposed changes nothing");
    let change =
        between(&security.send("GET", "/officers", "").await.body, "name=\"id\" value=\"", "\"").to_owned();
    let done = security.send("POST", "/officers/decide", &format!("id={change}&approved=true")).await.body;
    assert!(done.contains("已同意，即时生效") && !done.contains("一次性密码（只"), "{done}");
    assert_eq!(audit.send("GET", "/roles", "").await.to.as_deref(), Some("/sign-in?next=/roles"));
    let mut again = Browser::at(&w, COUNTER);
    assert_eq!(again.sign_in("shenji", "right").await.to.as_deref(), Some("/"));
    assert_eq!(again.send("GET", "/", "").await.to.as_deref(), Some("/second-factor"));
    let page = system.send("GET", &format!("/officers/{id}"), "").await.body;
    assert!(page.contains("重置动态口令") && page.contains("未启用"), "{page}");
    // The operator may, too, where there is nobody else.
    let reset = InstitutionCommand::ResetSecondFactor { officer: id };
    assert!(w.system(Command::Institution(reset)).await.is_err(), "there is none to reset");
    let officer = w.service.institutions().officer_by_login("xitong").unwrap().id;
    w.system(Command::Institution(InstitutionCommand::ResetSecondFactor { officer })).await.unwrap();
    assert_eq!(system.send("GET", "/officers", "").await.to.as_deref(), Some("/sign-in?next=/officers"));
    w.verified().await;
}

#[tokio::test]
async fn art_6_1_a_password_that_was_reset_does_not_go_around_the_second_factor() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let zhang = zhang_wei(&w).await;
    let mut clerk = Browser::at(&w, COUNTER);
    clerk.sign_in("zhangwei", "right").await;
    let (secret, codes) = enrol(&w, &mut clerk, "").await;
    let letters = |code: &String| code.bytes().filter(u8::is_ascii_alphanumeric).count();
    assert!(codes.iter().all(|c| letters(c) == 24), "a digest under a key is enough for 120 bits: {codes:?}");
    let reset = InstitutionCommand::ResetPassword {
        officer: zhang,
        password_hash: kaguan_web::hash_password("once").unwrap(),
    };
    w.system(Command::Institution(reset)).await.unwrap();
    later(&w, MINUTE);
    let mut thief = Browser::at(&w, STRANGER);
    assert_eq!(
        keep(&mut thief, "/sign-in", "login=zhangwei&password=once").await.to.as_deref(),
        Some("/sign-in/code")
    );
    for path in ["/", "/password", "/second-factor"] {
        assert_eq!(thief.send("GET", path, "").await.to.as_deref(), Some("/sign-in/code"), "{path}");
    }
    let new = "old=once&new=autumn+in+canton&again=autumn+in+canton";
    assert_eq!(thief.send("POST", "/password", new).await.to.as_deref(), Some("/sign-in/code"));
    let mut owner = Browser::at(&w, COUNTER);
    keep(&mut owner, "/sign-in", "login=zhangwei&password=once").await;
    keep(&mut owner, "/sign-in/code", &format!("code={}", code(&w, &secret))).await;
    let done = keep(&mut owner, "/password", new).await;
    assert!(done.body.contains("登录密码已修改"), "{}", done.body);
    assert!(
        w.service.institutions().sign_in_of(zhang).second.is_some(),
        "and it is asked for at the next sign-in"
    );
}
