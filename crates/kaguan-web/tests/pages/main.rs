//! The console's pages, each by whoever works on it.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

#[path = "../../src/distribution/box_tree/test.rs"]
mod box_tree;
#[path = "../../src/distribution/boxes/test.rs"]
mod boxes;
#[path = "../../src/holder/joins/test.rs"]
mod joins;
mod kept;
#[path = "../press.rs"]
mod press;
#[path = "../../src/replacement/replace/test.rs"]
mod replace;
#[path = "../../src/distribution/transfers/test.rs"]
mod transfers;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::{HolderId, OfficerId};
use kaguan_domain::institution::{InstitutionCommand, NewOfficer};
use kaguan_service::Command;
use kaguan_testkit::World;

/// Somebody at the console.
pub struct Desk {
    router: Router,
    cookie: String,
}

impl Desk {
    async fn send(&self, method: &str, path: &str, form: String) -> (StatusCode, String, String) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "console")
            .header(header::ORIGIN, "http://console")
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap();
        let response = press::press(&self.router, request).await;
        let status = response.status();
        let to = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
        if let Some(to) = to.filter(|_| status == StatusCode::SEE_OTHER && path == "/people") {
            // Where the search on top of every page leads.
            return Box::pin(self.send("GET", to, String::new())).await;
        }
        let cookie = response.headers().get(header::SET_COOKIE);
        let cookie = cookie.and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned(), cookie)
    }

    /// An officer of a role at an organisation, signed in.
    pub async fn of(w: &World, login: &str, role: Role, org: &str) -> Self {
        let new = NewOfficer {
            id: OfficerId(w.service.fresh()),
            login: login.into(),
            name: "经办人".into(),
            role,
            org: w.org(org),
            password_hash: kaguan_testkit::RIGHT.into(),
        };
        w.system(Command::Institution(InstitutionCommand::AddOfficer(new))).await.unwrap();
        let mut desk = Self { router: kaguan_web::router(w.service.clone()), cookie: String::new() };
        let form = format!("login={login}&password=right");
        let (status, _, cookie) = desk.send("POST", "/sign-in", form).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        desk.cookie = cookie.split(';').next().unwrap().to_owned();
        desk
    }

    /// Where the receipt of a form is printed in this session.
    pub fn receipt(&self, w: &World, holder: &str, form_no: &str) -> String {
        let session = self.cookie.split_once('=').unwrap().1;
        let holder = HolderId(holder.parse().unwrap());
        format!("/receipts/{}", w.service.paper_key(session, holder, form_no))
    }

    /// A page.
    pub async fn get(&self, path: &str) -> String {
        let (status, body, _) = self.send("GET", path, String::new()).await;
        assert!(press::is_page(status), "{path}: {status}");
        body
    }

    /// What comes after a form.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let pairs: Vec<String> = fields.iter().map(|(k, v)| format!("{k}={}", encoded(v))).collect();
        let (_, body, _) = self.send("POST", path, pairs.join("&")).await;
        body
    }
}

fn encoded(text: &str) -> String {
    let one = |b: u8| match b {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    text.bytes().map(one).collect()
}

/// The value of a hidden field or an option, the first after some text.
pub fn value(page: &str, after: &str) -> String {
    let rest = page.split(after).nth(1).unwrap_or_else(|| panic!("{after} is not on the page: {page}"));
    rest.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}
