//! A partner's own program beside a system whose doors are served over HTTP.

use kaguan_api::bank::Verdict;
use kaguan_api::client::Client;
use kaguan_api::problem::Problem;
use kaguan_api::sign::{Public, Secret};
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::partner::{Partner, PartnerKey};
use kaguan_domain::ids::PartnerId;
use kaguan_domain::institution::InstitutionCommand;
use kaguan_service::Command;
use kaguan_service::clock::TimeSource;
use kaguan_testkit::World;
use kaguan_web::partner::SigningKey;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The doors, served over HTTP; their address.
pub async fn served(w: &World) -> String {
    w.clock.set(TimeSource::Machine.now());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let system = format!("http://{}", listener.local_addr().unwrap());
    let router = kaguan_web::partner::router(w.service.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    system
}

pub async fn register(w: &World, id: &str, public: String, endpoint: Option<String>) {
    let key = PartnerKey { id: "key-1".into(), public, from: Instant(0), until: None };
    let id = PartnerId::parse(id).unwrap();
    let entry = Partner { id, name: "合作方".into(), endpoint, keys: vec![key] };
    w.system(Command::Institution(InstitutionCommand::RegisterPartner(entry))).await.unwrap();
}

/// A partner's own program.
pub struct Caller(pub Client);

pub async fn caller(w: &World, system: &str, id: &str) -> Caller {
    let secret = Secret::fresh();
    register(w, id, secret.public(), None).await;
    let key = Public::parse(&SigningKey::of(w.service.store(), 1).secret.public()).unwrap();
    Caller(Client::new(system, id, "key-1", secret, vec![("kaguan-1".into(), key)]))
}

impl Caller {
    pub async fn raw(&self, method: &str, path: &str, key: Option<&str>, body: Vec<u8>) -> (u16, Vec<u8>) {
        let now = TimeSource::Machine.now().0 / 1_000;
        let reply = self.0.call(method, path, key, body, now).await.unwrap();
        (reply.status, reply.body)
    }

    pub async fn ok<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: Vec<u8>,
    ) -> T {
        let (status, body) = self.raw(method, path, key, body).await;
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    pub async fn refused(&self, path: &str, key: Option<&str>, body: Vec<u8>) -> Problem {
        let (status, body) = self.raw("POST", path, key, body).await;
        assert_ne!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    pub async fn rows<T: DeserializeOwned>(&self, path: &str) -> Vec<T> {
        let (status, body) = self.raw("POST", path, None, Vec::new()).await;
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
        body.split(|b| *b == b'\n')
            .filter(|l| !l.is_empty())
            .map(|l| serde_json::from_slice(l).unwrap())
            .collect()
    }

    pub async fn back(&self, path: &str, key: &str, rows: &[impl Serialize]) -> Vec<Verdict> {
        let lines: Vec<String> = rows.iter().map(|r| serde_json::to_string(r).unwrap()).collect();
        let (status, body) = self.raw("POST", path, Some(key), lines.join("\n").into_bytes()).await;
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
        verdicts(&body)
    }
}

pub fn verdicts(body: &[u8]) -> Vec<Verdict> {
    body.split(|b| *b == b'\n')
        .filter(|l| !l.is_empty())
        .map(|l| serde_json::from_slice(l).unwrap())
        .collect()
}

pub fn codes(v: &[Verdict]) -> Vec<&str> {
    v.iter().map(|v| v.code.as_str()).collect()
}

pub fn json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).unwrap()
}

/// A text file sent; the signature is over the body, not over the headers that say what it is.
pub async fn send_text(caller: &Caller, path: &str, key: &str, file: &str) -> (u16, Vec<u8>) {
    let now = TimeSource::Machine.now().0 / 1_000;
    let body = file.as_bytes().to_vec();
    let sent = caller.0.call_as("POST", path, Some(key), body, now, "text/plain").await.unwrap();
    (sent.status, sent.body)
}

/// A text file asked for.
pub async fn text(caller: &Caller, path: &str) -> String {
    let now = TimeSource::Machine.now().0 / 1_000;
    let reply = caller.0.call_as("POST", path, None, Vec::new(), now, "text/plain").await.unwrap();
    assert_eq!(reply.status, 200);
    String::from_utf8(reply.body).unwrap()
}
