//! The console's doors: who may come in, what is refused, and what never shows.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use kaguan_domain::ids::OfficerId;
use kaguan_domain::institution::{InstitutionCommand, NewOfficer, Role};
use kaguan_service::Command;
use kaguan_testkit::{On, World};
use tower::ServiceExt;

/// Every route with its method.
const ROUTES: &[(&str, &str)] = &[
    ("GET", "/"),
    ("GET", "/people"),
    ("POST", "/people"),
    ("POST", "/people/hand-over"),
    ("POST", "/people/enable"),
    ("POST", "/people/activate"),
    ("GET", "/upload"),
    ("POST", "/upload"),
    ("GET", "/jobs/1"),
    ("GET", "/batches"),
    ("POST", "/batches/screen"),
    ("POST", "/batches/confirm"),
    ("POST", "/batches/hand-out"),
    ("GET", "/boxes"),
    ("POST", "/boxes/receive"),
    ("POST", "/boxes/ship"),
];

struct Door {
    router: Router,
    cookie: String,
}

impl Door {
    async fn send(
        &self,
        method: &str,
        path: &str,
        form: &str,
        origin: &str,
    ) -> (StatusCode, String, Option<String>) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "console")
            .header(header::ORIGIN, origin)
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let header = |name| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let to = header(header::LOCATION).or_else(|| header(header::SET_COOKIE));
        let to = header(header::SET_COOKIE).filter(|_| path == "/sign-in").or(to);
        assert!(
            header(header::CONTENT_SECURITY_POLICY).is_some_and(|p| p.starts_with("default-src 'none'")),
            "{path}"
        );
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned(), to)
    }

    async fn post(&self, path: &str, form: &str) -> String {
        let (status, body, _) = self.send("POST", path, form, "http://console").await;
        assert_eq!(status, StatusCode::OK, "{path}");
        body
    }
}

/// A console with one officer, signed in.
async fn signed_in(w: &World, role: Role, org: &str) -> Door {
    let login = format!("{role:?}").to_lowercase();
    let new = NewOfficer {
        id: OfficerId(w.service.fresh()),
        login: login.clone(),
        name: "经办人甲".into(),
        role,
        org: w.org(org),
        password_hash: kaguan_web::hash_password("right").unwrap(),
    };
    w.system(Command::Institution(InstitutionCommand::AddOfficer(new))).await.unwrap();
    let mut door = Door { router: kaguan_web::router(w.service.clone()), cookie: String::new() };
    let (status, body, _) =
        door.send("POST", "/sign-in", &format!("login={login}&password=wrong"), "http://console").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(body.contains("登录名或密码不正确"));
    let (status, _, cookie) =
        door.send("POST", "/sign-in", &format!("login={login}&password=right"), "http://console").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let cookie = cookie.unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
    door.cookie = cookie.split(';').next().unwrap().to_owned();
    door
}

#[tokio::test]
async fn nobody_comes_in_without_signing_in_and_no_other_site_can_post() {
    let w = World::new(On::Memory).await;
    let door = Door { router: kaguan_web::router(w.service.clone()), cookie: "kaguan=guess".into() };
    let inside = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    for (method, path) in ROUTES {
        let (status, _, to) = door.send(method, path, "", "http://console").await;
        assert_eq!((status, to.as_deref()), (StatusCode::SEE_OTHER, Some("/sign-in")), "{method} {path}");
        if *method == "POST" {
            let (status, ..) = inside.send(method, path, "", "http://evil").await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
        }
    }
}

#[tokio::test]
async fn a_stranger_guessing_passwords_has_to_wait() {
    let w = World::new(On::Memory).await;
    let door = Door { router: kaguan_web::router(w.service.clone()), cookie: String::new() };
    let guess = || door.send("POST", "/sign-in", "login=nobody&password=x", "http://console");
    for _ in 0..5 {
        assert_eq!(guess().await.0, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(guess().await.0, StatusCode::TOO_MANY_REQUESTS);
    w.days_pass(1);
    assert_eq!(guess().await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_file_is_shown_masked_and_a_role_does_only_what_is_its_own() {
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    let number = w.draft(1).document_number;
    let page = clerk.post("/people", &format!("number={number}")).await;
    assert!(page.contains("张*") && page.contains("待批次筛选"), "{page}");
    assert!(!page.contains(&number) && !page.contains("张三"), "masked");
    let refused = clerk.post("/batches/screen", "city=4401&bank=95588&urgent=false").await;
    assert!(refused.contains("本岗位无权办理此项业务"), "{refused}");
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    let screened = city.post("/batches/screen", "city=4401&bank=95588&urgent=false").await;
    assert!(screened.contains("已筛选1人"), "{screened}");
    let batch =
        screened.split("name=\"batch\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let confirmed = city.post("/batches/confirm", &format!("batch={batch}")).await;
    assert!(confirmed.contains("批次已确认"), "{confirmed}");
    let again = city.post("/batches/confirm", &format!("batch={batch}")).await;
    assert!(again.contains("《经办规程》第8条"), "a refusal cites its article: {again}");
    w.verified().await;
}
