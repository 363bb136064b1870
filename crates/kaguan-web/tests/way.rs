//! The doors of cards on their way: boxes that are short, the post, missing cards, uncollected ones.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

#[path = "../src/institution/entrust/test.rs"]
mod entrust;
#[path = "way/lists.rs"]
mod lists;
#[path = "../src/distribution/on_the_way/test.rs"]
mod on_the_way;
#[path = "../src/collection/overdue/test.rs"]
mod overdue;
#[path = "press.rs"]
mod press;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use kaguan_domain::dispatch::{Position, position};
use kaguan_domain::facts::institution::Role;
use kaguan_domain::facts::letter::Letter;
use kaguan_domain::ids::{BatchId, HolderId, OfficerId};
use kaguan_domain::institution::{InstitutionCommand, NewOfficer};
use kaguan_service::Command;
use kaguan_testkit::World;

const PROVINCE: &str = "44000000000001";
const CITY: &str = "44010000000001";
const OUTLET: &str = "44010600000101";
const BANK: &str = "44010395588001";

/// An officer's browser.
struct Desk {
    router: Router,
    login: String,
    cookie: String,
}

impl Desk {
    async fn of(w: &World, role: Role, org: &str) -> Self {
        let login = format!("{role:?}{org}").to_lowercase();
        let new = NewOfficer {
            id: OfficerId(w.service.fresh()),
            login: login.clone(),
            name: "经办人甲".into(),
            role,
            org: w.org(org),
            password_hash: kaguan_testkit::RIGHT.into(),
        };
        w.system(Command::Institution(InstitutionCommand::AddOfficer(new))).await.unwrap();
        let mut desk = Self { router: kaguan_web::router(w.service.clone()), login, cookie: String::new() };
        desk.sign_in().await;
        desk
    }

    /// Signs in; who was idle for days has to do it again.
    async fn sign_in(&mut self) {
        let form = format!("login={}&password=right", self.login);
        let (_, _, cookie) = self.send("POST", "/sign-in", &form).await;
        self.cookie = cookie.split(';').next().unwrap().to_owned();
    }

    async fn send(&self, method: &str, path: &str, form: &str) -> (StatusCode, String, String) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "console")
            .header(header::ORIGIN, "http://console")
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        let response = press::press(&self.router, request).await;
        let status = response.status();
        let cookie = response.headers().get(header::SET_COOKIE).and_then(|v| v.to_str().ok());
        let cookie = cookie.unwrap_or_default().to_owned();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned(), cookie)
    }

    async fn get(&self, path: &str) -> String {
        let (status, body, _) = self.send("GET", path, "").await;
        assert!(press::is_page(status), "{path}: {status}");
        body
    }

    async fn post(&self, path: &str, form: &str) -> String {
        let (status, body, _) = self.send("POST", path, form).await;
        assert!(press::is_page(status), "{path}: {body}");
        body
    }

    /// Does something about a person's card, on the page of the post or of cards on their way.
    async fn does(&self, w: &World, id: HolderId, what: &str, more: &str) -> String {
        let card = w.card_of(id).await;
        if let Some(act) = what.strip_prefix("post/") {
            return self.post(&format!("/post/{act}"), &format!("holder={id}&card={card}&{more}")).await;
        }
        self.post("/cards-on-their-way/do", &format!("holder={id}&card={card}&what={what}&{more}")).await
    }
}

async fn place(w: &World, id: HolderId) -> Position {
    let (file, around) = w.file(id).await;
    let latest = file.applications.last().unwrap();
    position(&file, latest, &around.batches, &w.service.institutions()).unwrap()
}

/// The code that went out by SMS last.
async fn code_by_sms(w: &World) -> String {
    let waiting = w.service.store().outbox_waiting("sms", 0, 100).await.unwrap();
    let texts = waiting.iter().filter_map(|m| match Letter::read(&m.kind, &m.body) {
        Ok(Letter::Notice(sms)) => Some(sms.text),
        _ => None,
    });
    let mut texts = texts.filter(|text| text.contains("取件码"));
    let text = texts.next_back().unwrap();
    text.split("取件码").nth(1).unwrap().chars().take(6).collect()
}

async fn waiting_card(w: &World) -> (HolderId, BatchId) {
    let id = w.applicant(1, w.outlet()).await;
    let batch = w.cards_made().await;
    w.at_outlet(batch, w.outlet()).await;
    (id, batch)
}
