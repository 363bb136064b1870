//! An officer's browser.

use crate::press;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::{OfficerId, OrgId};
use kaguan_domain::institution::{InstitutionCommand, NewOfficer};
use kaguan_service::Command;
use kaguan_testkit::World;

pub struct Desk {
    pub officer: OfficerId,
    pub org: OrgId,
    router: Router,
    pub session: String,
}

impl Desk {
    pub async fn of(w: &World, role: Role, org: OrgId) -> Self {
        let officer = OfficerId(w.service.fresh());
        let login = format!("d{officer}");
        let new = NewOfficer {
            id: officer,
            login: login.clone(),
            name: "经办人甲".into(),
            role,
            org,
            password_hash: kaguan_testkit::RIGHT.into(),
        };
        w.system(Command::Institution(InstitutionCommand::AddOfficer(new))).await.unwrap();
        let router = kaguan_web::router(w.service.clone());
        let mut desk = Self { officer, org, router, session: String::new() };
        desk.sign_in().await;
        desk
    }

    /// Signs in, unless the session still stands.
    pub async fn sign_in(&mut self) {
        let form = format!("login=d{}&password=right", self.officer);
        let answer = press::press(&self.router, self.request("POST", "/sign-in", &form)).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
        self.session = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
    }

    fn request(&self, method: &str, path: &str, form: &str) -> Request<Body> {
        let kind = match form.as_bytes() {
            [b'{', ..] => "application/json",
            [b'-', ..] => "multipart/form-data; boundary=b",
            _ => "application/x-www-form-urlencoded",
        };
        let body = match form {
            "--b" => "--b\r\nContent-Disposition: form-data; name=\"unit\"\r\n\r\n\r\n--b--\r\n",
            form => form,
        };
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "console")
            .header(header::ORIGIN, "http://console")
            .header(header::COOKIE, format!("kaguan={}", self.session))
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body.to_owned()))
            .unwrap()
    }

    pub async fn send(&self, method: &str, path: &str, form: &str) -> (StatusCode, String) {
        let response = press::press(&self.router, self.request(method, path, form)).await;
        let status = response.status();
        let body = to_bytes(response.into_body(), 8 << 20).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned())
    }
}

pub fn encoded(text: &str) -> String {
    let one = |b: u8| match b {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    text.bytes().map(one).collect()
}
