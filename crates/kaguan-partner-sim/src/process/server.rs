//! The partner's own HTTP server: verifies the system's signature, has its bad day, does the business, signs the reply.

use super::state::State;
use super::trouble::{Dice, Trouble};
use super::{Config, KEY_NAME, What, bank, now_ms, plain, vendor};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State as Held};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use kaguan_api::problem::protocol;
use kaguan_api::sign::{self, Public, Secret};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// What every request has at hand.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) what: What,
    pub(super) state: Arc<State>,
    pub(super) dice: Arc<Dice>,
    /// The bank's cards by place, for reconciliation.
    pub(super) book: Arc<bank::Book>,
    /// Rings when something is to be called.
    pub(super) bell: Arc<tokio::sync::Notify>,
    secret: Arc<Secret>,
    system: Arc<RwLock<Vec<(String, Public)>>>,
    nonces: Arc<Mutex<HashSet<String>>>,
}

/// What a request is answered with: status, media type, body.
pub(super) type Answer = (u16, Vec<u8>);

/// JSON with status 200.
pub(super) fn ok<T: Serialize>(value: &T) -> Answer {
    (200, super::state::json(value))
}

/// A problem by its code.
pub(super) fn problem(code: &str) -> Answer {
    let p = protocol(code);
    (p.status, super::state::json(&p))
}

impl Server {
    pub(super) fn new(secret: Secret, state: Arc<State>, config: &Config) -> Self {
        let book = bank::Book::of(&state);
        Self {
            what: config.what,
            state,
            dice: Arc::new(Dice::new(config.trouble.clone(), config.seed)),
            book: Arc::new(book),
            bell: Arc::default(),
            secret: Arc::new(secret),
            system: Arc::default(),
            nonces: Arc::default(),
        }
    }

    /// From now on requests are taken that the system has signed under one of these keys.
    pub(super) fn trust(&self, system: Vec<(String, Public)>) {
        *self.system.write().unwrap_or_else(PoisonError::into_inner) = system;
    }

    pub(super) fn router(&self) -> Router {
        Router::new()
            .route("/_sim/trouble", get(trouble).post(set_trouble))
            .route("/_sim/cards", get(bank::cards))
            .route("/_sim/accounts", axum::routing::post(bank::seed).layer(DefaultBodyLimit::max(256 << 20)))
            .route("/_sim/owners", get(bank::owners))
            .route("/_sim/calls", get(bank::calls))
            .route("/_sim/later", get(bank::later))
            .route("/_sim/jobs", get(jobs))
            .route("/_sim/struck", get(struck))
            .route("/_sim/keys", get(keys))
            .route("/_sim/people", axum::routing::post(plain::people))
            .route("/_sim/acts", axum::routing::post(bank::acts))
            .route("/_sim/messages", get(plain::messages))
            .route("/_sim/signed", axum::routing::post(super::post::signed))
            .route("/_sim/labels", get(super::post::labels))
            .route("/_sim/visits", get(super::terminal::answers).post(super::terminal::visit))
            .fallback(any(take))
            .with_state(self.clone())
    }

    /// Whether the system signed this, now, and for the first time.
    fn verify(&self, method: &str, path: &str, headers: &HeaderMap, body: &[u8]) -> Result<String, Answer> {
        let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
        let missing = || problem("signature_missing");
        let nonce = text(sign::NONCE).ok_or_else(missing)?;
        let time: i64 = text(sign::TIME).and_then(|t| t.parse().ok()).ok_or_else(missing)?;
        let (partner, key) = (text(sign::PARTNER).ok_or_else(missing)?, text(sign::KEY).ok_or_else(missing)?);
        let signature = text(sign::SIGNATURE).ok_or_else(missing)?;
        // Only ever replaced whole.
        let system = self.system.read().unwrap_or_else(PoisonError::into_inner);
        if system.is_empty() {
            return Err(problem("unavailable"));
        }
        let (idempotency, digest) = (text(sign::IDEMPOTENCY), &*sign::digest(body));
        let canonical =
            sign::Request { method, path, partner, key, time, nonce, idempotency, digest }.canonical();
        if !system.iter().any(|(name, public)| name == key && public.verify(&canonical, signature)) {
            return Err(problem("signature_invalid"));
        }
        if (now_ms() - time).abs() > sign::WINDOW_MS {
            return Err(problem("clock_skew"));
        }
        let fresh = self.nonces.lock().is_ok_and(|mut n| {
            // A simulator forgets; a partner's own system keeps what its window needs.
            if n.len() > 500_000 {
                n.clear();
            }
            n.insert(nonce.to_owned())
        });
        if fresh { Ok(nonce.to_owned()) } else { Err(problem("nonce_used")) }
    }

    async fn business(&self, path: &str, body: &[u8]) -> Answer {
        match (self.what, path) {
            (What::Bank, "/messages") => bank::message(self, body),
            (What::Bank, "/reconciliation/sums") => bank::sums(self, body),
            (What::Bank, "/reconciliation/rows") => bank::rows(self, body),
            (What::Registers, "/checks") => plain::checks(self, body),
            (What::Registers | What::Photos, "/photo-receipts") => plain::receipts(body),
            (What::Registers, "/face-checks") => plain::faces(self, body),
            (What::Registers | What::Photos, "/receipt-photos") => plain::receipt_photos(self, body),
            (What::Registers, "/identities") => plain::identities(self, body),
            (What::Registers, "/records") => plain::records(self, body),
            (What::Registers, "/deaths") => plain::deaths(self, body),
            (What::Ecard | What::Sms | What::Treasury, "/messages") => plain::message(self, body),
            _ => problem("not_found_route"),
        }
    }

    fn reply(&self, answer: Answer, nonce: &str) -> Response {
        let (status, body) = answer;
        let time = now_ms();
        let canonical = sign::Reply { status, nonce, key: KEY_NAME, time, body: &body }.canonical();
        let mut signature = self.secret.sign(&canonical);
        if self.dice.strikes(|t| t.wrong_signature) {
            signature = self.secret.sign(b"something else");
        }
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = [
            (sign::KEY, KEY_NAME.to_owned()),
            (sign::TIME, time.to_string()),
            (sign::SIGNATURE, signature),
            ("content-type", "application/json".to_owned()),
        ];
        (status, headers, body).into_response()
    }
}

/// A reply that never comes: the connection breaks in the middle of it.
fn lost() -> Response {
    let broken = futures_util::stream::once(async { Err::<Bytes, _>(std::io::Error::other("lost")) });
    Body::from_stream(broken).into_response()
}

async fn take(
    Held(server): Held<Server>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let trouble = server.dice.trouble();
    if trouble.latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(trouble.latency_ms)).await;
    }
    if trouble.outage || server.dice.strikes(|t| t.drop) {
        return lost();
    }
    if server.dice.strikes(|t| t.error_500) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let path = uri.path_and_query().map_or("/", |p| p.as_str());
    let nonce = match server.verify(method.as_str(), path, &headers, &body) {
        Ok(nonce) => nonce,
        Err(answer) => {
            let nonce = headers.get(sign::NONCE).and_then(|v| v.to_str().ok()).unwrap_or("-").to_owned();
            return server.reply(answer, &nonce);
        }
    };
    let mut answer = server.business(uri.path(), &body).await;
    if server.dice.strikes(|t| t.duplicate) {
        answer = server.business(uri.path(), &body).await;
    }
    if server.dice.strikes(|t| t.lose_reply) {
        return lost();
    }
    if server.dice.strikes(|t| t.garbage) {
        return "<html>502 Bad Gateway</html>".into_response();
    }
    server.reply(answer, &nonce)
}

async fn trouble(Held(server): Held<Server>) -> axum::Json<Trouble> {
    axum::Json(server.dice.trouble())
}

/// What has struck the calls that went out.
async fn struck(Held(server): Held<Server>) -> axum::Json<BTreeMap<&'static str, u64>> {
    axum::Json(server.dice.struck())
}

/// Under which keys the system is believed, for whoever tests.
async fn keys(Held(server): Held<Server>) -> axum::Json<Vec<String>> {
    let system = server.system.read().unwrap_or_else(PoisonError::into_inner);
    axum::Json(system.iter().map(|(name, _)| name.clone()).collect())
}

async fn jobs(Held(server): Held<Server>) -> axum::Json<usize> {
    axum::Json(vendor::unfinished(&server))
}

async fn set_trouble(Held(server): Held<Server>, axum::Json(trouble): axum::Json<Trouble>) -> StatusCode {
    server.dice.set(trouble);
    server.bell.notify_one();
    StatusCode::NO_CONTENT
}
