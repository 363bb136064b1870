//! A partner's own address: it verifies who calls and signs what it says, but for one lapse.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use kaguan_api::sign::{self, Public, Secret};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

/// What a partner does not do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lapse {
    Nothing,
    /// It signs by a key that is not registered.
    OwnKey,
    /// The other four: what it does not look at.
    Signature,
    Time,
    Nonce,
    Body,
}

/// What a partner says to a path and a body.
type Says = Box<dyn Fn(&str, &[u8]) -> (StatusCode, Value) + Send + Sync>;

struct Address {
    lapse: Lapse,
    secret: Secret,
    system: Public,
    nonces: Mutex<HashSet<String>>,
    says: Says,
}

pub fn now_ms() -> i64 {
    kaguan_service::clock::TimeSource::Machine.now().0 / 1_000
}

impl Address {
    /// Whether a request may be taken.
    fn takes(&self, parts: &Parts, body: &[u8]) -> bool {
        let header = |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let time: i64 = header(sign::TIME).parse().unwrap_or(0);
        let path = parts.uri.path_and_query().unwrap().as_str();
        let request = sign::Request {
            method: parts.method.as_str(),
            path,
            partner: header(sign::PARTNER),
            key: header(sign::KEY),
            time,
            nonce: header(sign::NONCE),
            idempotency: parts.headers.get(sign::IDEMPOTENCY).map(|v| v.to_str().unwrap()),
            digest: header(sign::DIGEST),
        };
        let signed = self.system.verify(&request.canonical(), header(sign::SIGNATURE));
        let fresh = self.nonces.lock().unwrap().insert(header(sign::NONCE).to_owned());
        (signed || self.lapse == Lapse::Signature)
            && (self.lapse == Lapse::Time || (now_ms() - time).abs() < sign::WINDOW_MS)
            && (self.lapse == Lapse::Body || sign::digest(body) == header(sign::DIGEST))
            && (fresh || self.lapse == Lapse::Nonce)
    }
}

async fn serve(State(at): State<Arc<Address>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let (status, said) = match at.takes(&parts, &body) {
        true => (at.says)(parts.uri.path(), &body),
        false => (StatusCode::UNAUTHORIZED, json!({})),
    };
    let bytes = said.to_string().into_bytes();
    let nonce = parts.headers[sign::NONCE].to_str().unwrap();
    let time = now_ms();
    let reply = sign::Reply { status: status.as_u16(), nonce, key: "key-1", time, body: &bytes };
    let other = Secret::fresh();
    let secret = if at.lapse == Lapse::OwnKey { &other } else { &at.secret };
    Response::builder()
        .status(status)
        .header(sign::KEY, "key-1")
        .header(sign::TIME, time.to_string())
        .header(sign::SIGNATURE, secret.sign(&reply.canonical()))
        .body(Body::from(bytes))
        .unwrap()
}

/// Serves a partner's address until the task is aborted.
pub async fn listens(
    lapse: Lapse,
    secret: Secret,
    system: Public,
    says: Says,
) -> (String, tokio::task::JoinHandle<std::io::Result<()>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let at = Address { lapse, secret, system, nonces: Mutex::default(), says };
    let app = Router::new().fallback(serve).with_state(Arc::new(at));
    (endpoint, tokio::spawn(async move { axum::serve(listener, app).await }))
}
