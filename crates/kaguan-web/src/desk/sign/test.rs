//! Signing in: sessions that outlive a restart and end when they must, guesses that hold up nobody else, passwords.

use super::signed_in;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use futures_util::future::join_all;
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::OfficerId;
use kaguan_domain::institution::{InstitutionCommand, NewOfficer};
use kaguan_service::Command;
use kaguan_store::engine::{Sql, Value};
use kaguan_testkit::{BOTH, On, World, fresh_store};
use std::net::SocketAddr;
use std::sync::Arc;
use tower::ServiceExt;

pub const MINUTE: i64 = 60_000_000;
/// The counter's own address, and a stranger's.
pub const COUNTER: &str = "10.1.2.3";
pub const STRANGER: &str = "203.0.113.9";

pub struct Reply {
    pub status: StatusCode,
    pub body: String,
    pub to: Option<String>,
    pub cookie: Option<String>,
    pub retry_after: Option<String>,
    hsts: Option<String>,
    cleared: Option<String>,
}

/// A browser somewhere.
#[derive(Clone)]
pub struct Browser {
    pub router: Router,
    pub address: String,
    pub cookie: String,
}

impl Browser {
    pub fn at(w: &World, address: &str) -> Self {
        let router = kaguan_web::router(w.service.clone());
        Self { router, address: address.into(), cookie: String::new() }
    }

    pub async fn send(&self, method: &str, path: &str, form: &str) -> Reply {
        let from: SocketAddr = format!("{}:40000", self.address).parse().unwrap();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "console")
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .extension(ConnectInfo(from))
            .body(Body::from(form.to_owned()))
            .unwrap();
        let response = crate::press::press(&self.router, request).await;
        let header = |name| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let (to, cookie) = (header(header::LOCATION), header(header::SET_COOKIE));
        let (retry_after, hsts) = (header(header::RETRY_AFTER), header(header::STRICT_TRANSPORT_SECURITY));
        let cleared = header(header::HeaderName::from_static("clear-site-data"));
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let body = String::from_utf8_lossy(&body).into_owned();
        Reply { status, body, to, cookie, retry_after, hsts, cleared }
    }

    pub async fn try_as(&self, login: &str, password: &str) -> Reply {
        self.send("POST", "/sign-in", &format!("login={login}&password={password}")).await
    }

    /// Signs in, and keeps the cookie.
    pub async fn sign_in(&mut self, login: &str, password: &str) -> Reply {
        let reply = self.try_as(login, password).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.body);
        self.cookie = reply.cookie.as_deref().unwrap().split(';').next().unwrap().to_owned();
        reply
    }

    pub async fn is_in(&self) -> bool {
        self.send("GET", "/waiting", "").await.status == StatusCode::OK
    }
}

/// 张伟 at a counter of Guangzhou, whose password is `right`.
pub async fn zhang_wei(w: &World) -> OfficerId {
    let id = OfficerId(w.service.fresh());
    let new = NewOfficer {
        id,
        login: "zhangwei".into(),
        name: "张伟".into(),
        role: Role::HrClerk,
        org: w.outlet(),
        password_hash: kaguan_web::hash_password("right").unwrap(),
    };
    system(w, InstitutionCommand::AddOfficer(new)).await;
    id
}

pub async fn system(w: &World, command: InstitutionCommand) {
    w.system(Command::Institution(command)).await.unwrap();
}

pub fn later(w: &World, micros: i64) {
    w.clock.set(Instant(w.clock.now().0 + micros));
}

async fn count(w: &World, sql: &'static Sql) -> i64 {
    let rows = w.service.store().engine().ask(sql, Vec::new()).await.unwrap();
    let [Value::Int(n)] = rows[0].values.as_slice() else { panic!("{rows:?}") };
    *n
}

#[tokio::test]
async fn a_restart_signs_nobody_out_and_forgets_no_guess() {
    for on in BOTH {
        let store = Arc::new(fresh_store(on).await);
        let w = World::with(Arc::clone(&store)).await;
        zhang_wei(&w).await;
        let mut clerk = Browser::at(&w, COUNTER);
        clerk.sign_in("zhangwei", "right").await;
        let mut left = Browser::at(&w, COUNTER);
        left.sign_in("zhangwei", "right").await;
        assert_eq!(left.send("POST", "/sign-out", "").await.to.as_deref(), Some("/sign-in"));
        let stranger = Browser::at(&w, STRANGER);
        for _ in 0..5 {
            assert_eq!(stranger.try_as("zhangwei", "guess").await.status, StatusCode::UNAUTHORIZED);
        }
        let again = World::with(store).await;
        for browser in [&mut clerk, &mut left] {
            browser.router = kaguan_web::router(again.service.clone());
        }
        assert!(clerk.is_in().await, "{on:?}");
        assert!(!left.is_in().await, "what was ended stays ended");
        let held = Browser::at(&again, STRANGER).try_as("zhangwei", "right").await;
        assert_eq!(held.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(held.retry_after.as_deref(), Some("15"));
        // Neither a token nor a name is in the database.
        static TOKENS: Sql = Sql::new("TOKENS", "SELECT token_digest FROM session");
        let stored = again.service.store().engine().ask(&TOKENS, Vec::new()).await.unwrap();
        let token = clerk.cookie.split_once('=').unwrap().1;
        for row in stored {
            let [Value::Bytes(digest)] = row.values.as_slice() else { panic!("{row:?}") };
            assert!(digest.len() == 32 && hex::encode(digest) != token);
        }
    }
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_or_old_and_an_ordinary_request_writes_nothing() {
    static SESSIONS: Sql = Sql::new("SESSIONS", "SELECT count(*) FROM session");
    for on in BOTH {
        let w = World::new(on).await;
        zhang_wei(&w).await;
        let mut clerk = Browser::at(&w, COUNTER);
        clerk.sign_in("zhangwei", "right").await;
        let commits = || w.service.store().engine().counters().read().2;
        let before = commits();
        for _ in 0..10 {
            later(&w, MINUTE / 20);
            assert!(clerk.send("GET", "/password", "").await.status == StatusCode::OK);
        }
        assert_eq!(commits(), before, "{on:?}");
        later(&w, MINUTE);
        clerk.send("GET", "/password", "").await;
        clerk.send("GET", "/password", "").await;
        assert_eq!(commits(), before + 1, "once a minute");
        later(&w, 29 * MINUTE);
        assert!(clerk.is_in().await);
        later(&w, 30 * MINUTE);
        assert!(!clerk.is_in().await, "idle for half an hour");
        clerk.sign_in("zhangwei", "right").await;
        for _ in 0..35 {
            later(&w, 20 * MINUTE);
            assert!(clerk.is_in().await);
        }
        later(&w, 20 * MINUTE);
        assert!(!clerk.is_in().await, "twelve hours old, however busy");
        // A clock that is set back prolongs nothing.
        clerk.sign_in("zhangwei", "right").await;
        later(&w, -2 * MINUTE);
        assert!(!clerk.is_in().await);
        later(&w, 24 * 60 * MINUTE);
        assert!(count(&w, &SESSIONS).await > 0);
        w.service.duties().await.unwrap();
        assert_eq!(count(&w, &SESSIONS).await, 0, "a duty clears them away");
    }
}

#[tokio::test]
async fn art_6_1_stopping_an_account_and_a_new_password_end_its_sessions_at_once() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let id = zhang_wei(&w).await;
    let mut here = Browser::at(&w, COUNTER);
    here.sign_in("zhangwei", "right").await;
    let mut there = Browser::at(&w, "10.1.2.4");
    there.sign_in("zhangwei", "right").await;
    // 修改登录密码: all that is wrong is said at once; the old one is asked for.
    let wrong = here.send("POST", "/password", "old=right&new=zhangwei1&again=zhangwei2").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("不一致") && wrong.body.contains("不得包含登录名"), "{}", wrong.body);
    let new = "new=autumn+in+canton&again=autumn+in+canton";
    let guess = here.send("POST", "/password", &format!("old=guess&{new}")).await;
    assert!(guess.status == StatusCode::UNAUTHORIZED && guess.body.contains("原密码不正确"));
    let done = here.send("POST", "/password", &format!("old=right&{new}")).await;
    assert!(done.status == StatusCode::OK && done.body.contains("登录密码已修改"), "{}", done.body);
    assert!(!here.is_in().await && !there.is_in().await, "every session of before has ended");
    here.cookie = done.cookie.unwrap().split(';').next().unwrap().to_owned();
    assert!(here.is_in().await, "and this browser has a new one");
    assert_eq!(there.try_as("zhangwei", "right").await.status, StatusCode::UNAUTHORIZED);
    system(&w, InstitutionCommand::StopOfficer { officer: id, reason: "离职".into() }).await;
    assert!(!here.is_in().await);
    let stopped = here.try_as("zhangwei", "autumn+in+canton").await;
    assert!(stopped.status == StatusCode::UNAUTHORIZED && stopped.body.contains("登录名或密码不正确"));
}

#[tokio::test]
async fn guesses_hold_up_the_guesser_and_nobody_elsewhere() {
    for on in BOTH {
        let w = World::new(on).await;
        zhang_wei(&w).await;
        let mut clerk = Browser::at(&w, COUNTER);
        clerk.sign_in("zhangwei", "right").await;
        // Twenty at once: each is counted before it is looked at, and only so many are looked at.
        let stranger = Browser::at(&w, STRANGER);
        let guesses = join_all((0..20).map(|n| {
            let stranger = stranger.clone();
            async move { stranger.try_as("zhangwei", &format!("guess{n}")).await }
        }))
        .await;
        let of = |status| guesses.iter().filter(|r| r.status == status).count();
        assert!(of(StatusCode::UNAUTHORIZED) <= 5, "{on:?}");
        assert_eq!(
            of(StatusCode::UNAUTHORIZED)
                + of(StatusCode::TOO_MANY_REQUESTS)
                + of(StatusCode::SERVICE_UNAVAILABLE),
            20
        );
        let waits = |r: &Reply| r.status == StatusCode::UNAUTHORIZED || r.retry_after.is_some();
        assert!(guesses.iter().all(waits));
        while stranger.try_as("zhangwei", "guess").await.status == StatusCode::UNAUTHORIZED {}
        assert_eq!(stranger.try_as("zhangwei", "right").await.status, StatusCode::TOO_MANY_REQUESTS);
        clerk.sign_in("zhangwei", "right").await;
        // From many addresses: an address of which nothing is known waits, the counter's own does not.
        for n in 0..4 {
            let one = Browser::at(&w, &format!("203.0.113.{}", 100 + n));
            for _ in 0..5 {
                let status = one.try_as("zhangwei", "guess").await.status;
                assert!([StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS].contains(&status));
            }
        }
        let unknown = Browser::at(&w, "10.9.9.9");
        assert_eq!(unknown.try_as("zhangwei", "right").await.status, StatusCode::TOO_MANY_REQUESTS);
        clerk.sign_in("zhangwei", "right").await;
        // One address that tries many names has to wait too, but for whoever belongs there.
        for n in 0..60 {
            stranger.try_as(&format!("nobody{n}"), "guess").await;
        }
        assert_eq!(stranger.try_as("nobody", "guess").await.status, StatusCode::TOO_MANY_REQUESTS);
        later(&w, 6 * MINUTE);
        assert_eq!(unknown.try_as("zhangwei", "right").await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn what_is_too_long_is_not_looked_at() {
    let w = World::new(On::Memory).await;
    let stranger = Browser::at(&w, STRANGER);
    let long = "x".repeat(2_000);
    for _ in 0..20 {
        // Counted nowhere: the name is nobody's.
        assert_eq!(stranger.try_as(&long, "x").await.status, StatusCode::UNAUTHORIZED);
    }
    let huge = "x".repeat(100_000);
    assert_eq!(stranger.try_as("nobody", &huge).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn over_tls_the_cookie_is_this_hosts_only_and_the_browser_keeps_to_tls() {
    let w = World::new(On::Memory).await;
    zhang_wei(&w).await;
    let mut clerk = Browser::at(&w, COUNTER);
    let plain = clerk.sign_in("zhangwei", "right").await;
    assert!(!plain.cookie.unwrap().contains("Secure") && plain.hsts.is_none());
    clerk.router = kaguan_web::around(
        kaguan_web::router_within(w.service.clone(), true, &Arc::default()),
        &kaguan_web::Limits::default(),
        true,
    );
    assert!(!clerk.is_in().await, "a cookie that another host could have set");
    let reply = clerk.sign_in("zhangwei", "right").await;
    let cookie = reply.cookie.unwrap();
    for part in ["__Host-kaguan=", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert_eq!(reply.hsts.as_deref(), Some("max-age=31536000; includeSubDomains"));
    assert!(clerk.is_in().await);
    let left = clerk.send("POST", "/sign-out", "").await;
    assert_eq!(left.cleared.as_deref(), Some("\"storage\""), "nothing of hers stays in the browser");
}

#[tokio::test]
async fn behind_a_proxy_that_ends_tls_the_cookie_is_as_safe_as_over_tls() {
    let w = World::new(On::Memory).await;
    zhang_wei(&w).await;
    let proxy = "10.0.0.1";
    let router = kaguan_web::behind(kaguan_web::router(w.service.clone()), vec![proxy.parse().unwrap()]);
    let signs_in = async |peer: &str, said: Option<&str>| {
        let from: SocketAddr = format!("{peer}:40000").parse().unwrap();
        let mut request = Request::post("/sign-in")
            .header(header::HOST, "console")
            .header("x-forwarded-for", "10.1.2.3")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .extension(ConnectInfo(from));
        if let Some(said) = said {
            request = request.header("x-forwarded-proto", said);
        }
        let request = request.body(Body::from("login=zhangwei&password=right")).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        let hsts = answer.headers().get(header::STRICT_TRANSPORT_SECURITY).is_some();
        (answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned(), hsts)
    };
    let opens = async |cookie: &str| {
        let from: SocketAddr = format!("{proxy}:40000").parse().unwrap();
        let request = Request::get("/password")
            .header(header::HOST, "console")
            .header(header::COOKIE, cookie.split(';').next().unwrap())
            .extension(ConnectInfo(from))
            .body(Body::empty())
            .unwrap();
        router.clone().oneshot(request).await.unwrap().status()
    };
    // A proxy that says https, and one that says nothing: it is there to end TLS.
    for said in [Some("https"), None, Some("http, https")] {
        let (cookie, hsts) = signs_in(proxy, said).await;
        assert!(cookie.starts_with("__Host-kaguan=") && cookie.ends_with("; Secure") && hsts, "{cookie}");
        assert_eq!(opens(&cookie).await, StatusCode::OK);
    }
    // Nobody else can say so, and a proxy that was spoken to in the clear does not pretend.
    for (peer, said) in [("203.0.113.9", Some("https")), (proxy, Some("http"))] {
        let (cookie, hsts) = signs_in(peer, said).await;
        assert!(cookie.starts_with("kaguan=") && !cookie.contains("Secure") && !hsts, "{cookie}");
        assert_eq!(opens(&cookie).await, StatusCode::SEE_OTHER, "not over TLS");
    }
}

#[tokio::test]
async fn whoever_signs_in_again_comes_back_and_to_no_other_place() {
    let w = World::new(On::Memory).await;
    zhang_wei(&w).await;
    let mut clerk = Browser::at(&w, COUNTER);
    for (method, path, to) in [
        ("GET", "/people", "/sign-in?next=/people"),
        ("POST", "/enable/carry-out", "/sign-in?next=/enable&sent=1"),
        ("GET", "/units/7", "/sign-in?next=/units/7"),
        ("GET", "/drafts/7", "/sign-in"),
        ("GET", "/receipts/44010000001", "/sign-in"),
        ("GET", "/", "/sign-in"),
    ] {
        assert_eq!(clerk.send(method, path, "").await.to.as_deref(), Some(to), "{path}");
    }
    let page = clerk.send("GET", "/sign-in?next=/people", "").await.body;
    assert!(page.contains("name=\"next\" value=\"/people\""), "{page}");
    for (next, to) in [
        ("/people", "/people"),
        ("/units/7", "/units/7"),
        ("/people/../../etc", "/people"),
        ("//evil.example/people", "/"),
        ("https://evil.example", "/"),
        ("/receipts/44010000001", "/"),
        ("/people\\evil", "/"),
        ("", "/"),
    ] {
        let form = format!("login=zhangwei&password=right&next={next}");
        let reply = clerk.send("POST", "/sign-in", &form).await;
        assert_eq!(reply.to.as_deref(), Some(to), "{next}");
    }
    clerk.sign_in("zhangwei", "right").await;
    assert!(clerk.is_in().await);
    // The password again, for what concerns rights.
    let asked = clerk.send("GET", "/reauthenticate?next=/people", "").await;
    assert!(asked.body.contains("再次输入登录密码") && asked.body.contains("zhangwei"), "{}", asked.body);
    let wrong = clerk.send("POST", "/reauthenticate", "password=guess&next=/people").await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    let right = clerk.send("POST", "/reauthenticate", "password=right&next=/people").await;
    assert_eq!(right.to.as_deref(), Some("/people"));
    // A clerk of another city's counter is no business of this one.
    let other = signed_in(&w, Role::HrClerk, "44030300000101").await;
    let (status, ..) = other.send("GET", "/password", "", "http://console").await;
    assert_eq!(status, StatusCode::OK);
}

/// The lines of a verb, once what was told to be recorded has been.
pub async fn recorded(w: &World, verb: &str, n: usize) -> Vec<kaguan_store::journal::Entry> {
    loop {
        let found = super::lines(w, verb).await;
        if found.len() >= n {
            return found;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn art_39_1_who_came_in_and_went_and_who_failed_leaves_a_line_and_a_flood_leaves_few() {
    clause!(R39.1);
    for on in BOTH {
        let w = World::new(on).await;
        let zhang = zhang_wei(&w).await;
        let mut clerk = Browser::at(&w, COUNTER);
        clerk.sign_in("zhangwei", "right").await;
        clerk.send("POST", "/sign-out", "").await;
        clerk.send("POST", "/sign-out", "").await;
        let came = super::lines(&w, "session.sign_in").await;
        assert_eq!((came.len(), came[0].subject.clone()), (1, format!("officer:{zhang}")));
        assert_eq!(
            super::lines(&w, "session.sign_out").await.len(),
            1,
            "of a session that has ended there is none"
        );
        assert!(came[0].personal, "an address is nobody's business");
        for _ in 0..5 {
            Browser::at(&w, STRANGER).try_as("zhangwei", "guess").await;
        }
        let failed = recorded(&w, "session.fail", 3).await;
        assert_eq!(failed.len(), 3, "the first, the second and the fifth");
        for n in 0..20 {
            Browser::at(&w, &format!("10.9.8.{n}")).try_as(&format!("nobody{n}"), "guess").await;
        }
        let failed = recorded(&w, "session.fail", 5).await;
        let strangers = failed.iter().filter(|l| l.subject == "strangers").count();
        assert_eq!((failed.len(), strangers), (5, 2), "of twenty names that nobody has");
        let audit = signed_in(&w, Role::AuditAdministrator, "44000000000001").await;
        let page = |seq: i64| format!("/journal/{seq}");
        let (_, line, _) = audit.send("GET", &page(came[0].seq), "", "http://console").await;
        assert!(line.contains("自10.1.2.3登录") && line.contains("张伟（zhangwei）"), "{line}");
        let (_, line, _) = audit.send("GET", &page(failed[2].seq), "", "http://console").await;
        assert!(line.contains("一天内第5次失败，最近一次自203.0.113.9"), "{line}");
        let list = audit.post("/journal", &format!("about=officer:{zhang}")).await;
        assert_eq!(list.matches("<td data-head=\"日志号\"").count(), 5, "{list}");
        w.verified().await;
    }
}

#[tokio::test]
async fn only_a_trusted_proxy_says_from_where_a_request_comes() {
    let w = World::new(On::Memory).await;
    zhang_wei(&w).await;
    let proxy = "10.0.0.1";
    let router = kaguan_web::behind(kaguan_web::router(w.service.clone()), vec![proxy.parse().unwrap()]);
    let try_from = async |peer: &str, said: &str| {
        let from: SocketAddr = format!("{peer}:40000").parse().unwrap();
        let request = Request::post("/sign-in")
            .header(header::HOST, "console")
            .header("x-forwarded-for", said)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .extension(ConnectInfo(from))
            .body(Body::from("login=zhangwei&password=guess"))
            .unwrap();
        router.clone().oneshot(request).await.unwrap().status()
    };
    let wait = StatusCode::TOO_MANY_REQUESTS;
    for _ in 0..5 {
        assert_eq!(try_from(proxy, "203.0.113.9").await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(try_from(proxy, "203.0.113.9").await, wait);
    assert_eq!(try_from(proxy, "198.51.100.7, 203.0.113.9").await, wait, "what the stranger wrote before it");
    assert_eq!(try_from(proxy, "203.0.113.9, 10.0.0.1").await, wait, "one proxy behind another");
    assert_eq!(try_from(proxy, "203.0.113.10").await, StatusCode::UNAUTHORIZED, "another counter");
    for n in 0..5 {
        let said = format!("198.51.100.{n}");
        assert_eq!(try_from("203.0.113.77", &said).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(
        try_from("203.0.113.77", "198.51.100.99").await,
        wait,
        "whoever is no proxy is believed nothing"
    );
}

#[tokio::test]
async fn art_6_1_a_form_that_comes_after_ones_own_signing_out_is_said_to_be_neither_done_nor_kept() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let id = zhang_wei(&w).await;
    let mut clerk = Browser::at(&w, COUNTER);
    clerk.sign_in("zhangwei", "right").await;
    // One tab has a form that is filled in, and 退出 is pressed in another one.
    let left = clerk.send("POST", "/sign-out", "").await;
    assert!(left.cookie.unwrap().contains("Max-Age=0"));
    clerk.cookie = String::new();
    let to = clerk.send("POST", "/pin/carry-out", "change=changed").await.to.unwrap();
    assert_eq!(to, "/sign-in?next=/pin&sent=1");
    let page = clerk.send("GET", &to, "").await.body;
    let lost = "刚才提交的表单没有办理，也没有保留，请登录后重新办理。";
    assert!(page.contains(&format!("登录已退出。{lost}")), "{page}");
    assert!(page.contains("name=\"next\" value=\"/pin\""), "{page}");
    let bare = clerk.send("GET", "/sign-in?next=/pin", "").await.body;
    assert!(!bare.contains("class=\"notice\""), "nothing was sent: {bare}");
    // What came too late and had nothing in it is not kept, and that is said with why.
    clerk.sign_in("zhangwei", "right").await;
    later(&w, 31 * MINUTE);
    let to = clerk.send("POST", "/pin/carry-out", "").await.to.unwrap();
    let page = clerk.send("GET", &to, "").await.body;
    assert!(page.contains(&format!("登录已超时退出。{lost}")), "{page}");
    // Whoever was stopped cannot sign in: the form is kept for when the account is let in again, and nobody is told to go on.
    clerk.sign_in("zhangwei", "right").await;
    system(&w, InstitutionCommand::StopOfficer { officer: id, reason: "离职".into() }).await;
    let to = clerk.send("POST", "/pin/carry-out", "change=changed").await.to.unwrap();
    assert!(to.starts_with("/sign-in?next=/drafts/"), "{to}");
    let page = clerk.send("GET", &to, "").await.body;
    assert!(page.contains("该账号已停用") && page.contains("保留七天：账号在七天内恢复的"), "{page}");
    assert!(!page.contains("已为您保留") && !page.contains("请登录后重新办理"), "{page}");
}

#[tokio::test]
async fn a_page_that_is_worked_in_goes_on_with_its_session_until_it_is_twelve_hours_old_and_knows_when_that_is()
 {
    let w = World::new(On::Memory).await;
    zhang_wei(&w).await;
    let mut clerk = Browser::at(&w, COUNTER);
    clerk.sign_in("zhangwei", "right").await;
    let stays = async |clerk: &Browser| {
        let reply = clerk.send("GET", "/sign-in/stay", "").await;
        (reply.status, reply.body)
    };
    let left = |minutes: i64| ((12 * 60 - minutes) * 60).to_string();
    for n in 1..=5 {
        later(&w, 29 * MINUTE);
        assert_eq!(stays(&clerk).await, (StatusCode::OK, left(n * 29)));
    }
    let page = clerk.send("GET", "/", "").await.body;
    assert!(page.contains(&format!("data-left=\"{}\"", left(5 * 29))), "{page}");
    later(&w, 31 * MINUTE);
    assert_eq!(stays(&clerk).await.0, StatusCode::SEE_OTHER, "nobody worked in it");
}
