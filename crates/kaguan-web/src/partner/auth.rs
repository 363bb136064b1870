//! Who calls: every request is signed by a partner's key, or under a session; every reply by the system's.

use super::Door;
use super::reply::Said;
use crate::wrong;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kaguan_api::sign::{self, Public, Shared};
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::ids::{BankCode, PartnerId, PartnerKind, VendorCode};
use serde::de::DeserializeOwned;
use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The largest request: a bulk return of 100,000 rows.
const LARGEST: usize = 96 << 20;
/// The largest of any other kind: a photo, or 10,000 numbers.
const ORDINARY: usize = 2 << 20;
/// A session lives for so long, in milliseconds.
const SESSION_MS: i64 = 600_000;
/// What the name of a session's key begins with.
const SESSION: &str = "session:";
/// Sessions of one partner at most; the oldest ends.
const SESSIONS: usize = 16;

/// Nonces seen within the window. After a restart requests signed before it are refused by their time, so that
/// nothing need be kept.
#[derive(Default)]
pub struct Nonces {
    /// Keys that nobody outside knows: nobody can find two nonces that look the same.
    hands: [RandomState; 2],
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// Partner and nonce, as two keyed hashes: enough to tell them apart, and small.
    known: HashSet<[u64; 2]>,
    /// The same in the order of their time.
    order: VecDeque<(i64, [u64; 2])>,
}

impl Nonces {
    /// Remembers a nonce; false when it was used before.
    fn fresh(&self, partner: &str, nonce: &str, now_ms: i64) -> bool {
        let key = [0, 1].map(|n| self.hands[n].hash_one((partner, nonce)));
        let Ok(mut seen) = self.seen.lock() else { return false };
        let Seen { known, order } = &mut *seen;
        while order.front().is_some_and(|(at, _)| now_ms - at > 2 * sign::WINDOW_MS) {
            if let Some((_, old)) = order.pop_front() {
                known.remove(&old);
            }
        }
        if !known.insert(key) {
            return false;
        }
        order.push_back((now_ms, key));
        true
    }
}

/// A session: whose it is, and under which key it was begun.
struct Session {
    /// `session:` and its identity, as the header names it.
    name: String,
    partner: String,
    key: String,
    shared: Shared,
    until: i64,
}

/// Sessions under way.
#[derive(Default)]
pub struct Sessions {
    open: Mutex<VecDeque<Arc<Session>>>,
}

impl Sessions {
    /// Opens one under a partner's key: its identity, key and end.
    pub fn begin(&self, partner: &PartnerId, key: &str, now_ms: i64) -> Option<(String, Shared, i64)> {
        let mut fresh = [0; 32];
        getrandom::fill(&mut fresh).ok()?;
        let (id, shared, until) = (sign::fresh_nonce(), Shared::new(fresh), now_ms + SESSION_MS);
        let mut open = self.open.lock().ok()?;
        open.retain(|s| s.until > now_ms);
        let partner = partner.to_string();
        if open.iter().filter(|s| s.partner == partner).count() >= SESSIONS
            && let Some(oldest) = open.iter().position(|s| s.partner == partner)
        {
            open.remove(oldest);
        }
        let (name, key) = (format!("{SESSION}{id}"), key.into());
        open.push_back(Arc::new(Session { name, partner, key, shared: shared.clone(), until }));
        Some((id, shared, until))
    }

    /// The session of a name.
    fn find(&self, name: &str, partner: &str, now_ms: i64) -> Option<Arc<Session>> {
        let open = self.open.lock().ok()?;
        open.iter().find(|s| s.name == name && s.partner == partner && s.until > now_ms).map(Arc::clone)
    }
}

fn millis(now: Instant) -> i64 {
    now.0 / 1_000
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Verifies a request, asks whether the door is this kind of partner's, and signs the reply. The signature is verified
/// before the body is read: of a stranger nothing is held.
pub async fn guard(State(door): State<Door>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let nonce = text(&parts.headers, sign::NONCE).unwrap_or("-").to_owned();
    if !parts.uri.path().starts_with("/api/") {
        // No page of the console either: this is where both routers end.
        return wrong::no_page(parts.uri).await;
    }
    let hand = match verify(&door, &parts) {
        Ok(hand) => hand,
        Err(said) => return sign_reply(&door, said.into_response(), &nonce, None).await,
    };
    let session = match &hand.signed {
        Signed::Session(session) => Some(Arc::clone(session)),
        Signed::Key(_) => None,
    };
    let bulk = parts.uri.path().ends_with("-returns");
    // Bulk bodies are large and held while they are worked through: so many at once, the others wait.
    let _turn = match bulk {
        true => door.bulk.acquire().await.ok(),
        false => None,
    };
    let reply = match read(&parts, body, bulk).await {
        Ok(bytes) => {
            let call = Call::of(hand, &parts, bytes);
            parts.extensions.insert(call);
            next.run(Request::from_parts(parts, Body::empty())).await
        }
        Err(said) => said.into_response(),
    };
    sign_reply(&door, reply, &nonce, session).await
}

/// The body, within its bound and its time, and no other than the one that was signed.
async fn read(parts: &Parts, body: Body, bulk: bool) -> Result<Bytes, Said> {
    let (most, patience) = if bulk { (LARGEST, 300) } else { (ORDINARY, 30) };
    let said = text(&parts.headers, "content-length").and_then(|l| l.parse::<usize>().ok());
    if said.is_some_and(|l| l > most) {
        return Err(Said::protocol("too_large"));
    }
    let bytes = tokio::time::timeout(Duration::from_secs(patience), to_bytes(body, most)).await;
    let bytes = bytes.map_err(|_| Said::protocol("unavailable"))?.map_err(|_| Said::protocol("too_large"))?;
    if text(&parts.headers, sign::DIGEST) != Some(&sign::digest(&bytes)) {
        return Err(Said::protocol("signature_invalid"));
    }
    Ok(bytes)
}

/// What a request was signed under.
#[derive(Clone)]
enum Signed {
    /// A key of the partner, by its name.
    Key(String),
    /// A session.
    Session(Arc<Session>),
}

/// Whoever signed.
struct Verified {
    partner: PartnerId,
    signed: Signed,
}

/// The partner whose key, or whose session, signed the head of this request, for the first time and now.
fn verify(door: &Door, parts: &Parts) -> Result<Verified, Said> {
    let header = |name| text(&parts.headers, name).ok_or_else(|| Said::protocol("signature_missing"));
    let (partner, key, time) = (header(sign::PARTNER)?, header(sign::KEY)?, header(sign::TIME)?);
    let (nonce, digest) = (header(sign::NONCE)?, header(sign::DIGEST)?);
    let signature = header(sign::SIGNATURE)?;
    let path = parts.uri.path_and_query().map_or("/", |p| p.as_str());
    let idempotency = text(&parts.headers, sign::IDEMPOTENCY);
    let method = parts.method.as_str();
    let now = door.service.now();
    let institutions = door.service.institutions();
    let id = PartnerId::parse(partner).ok_or_else(|| Said::protocol("partner_unknown"))?;
    let known = institutions.partner(&id).ok_or_else(|| Said::protocol("partner_unknown"))?;
    let bad = |_| Said::protocol("bad_request");
    let time: i64 = time.parse().map_err(bad)?;
    let canonical =
        sign::Request { method, path, partner, key, time, nonce, idempotency, digest }.canonical();
    let (fits, signed) = if key.starts_with(SESSION) {
        // A session ends with the key that it was begun under.
        let found = door.sessions.find(key, partner, millis(now));
        let session = found
            .filter(|session| known.key(&session.key, now).is_some())
            .ok_or_else(|| Said::protocol("session_unknown"))?;
        (session.shared.verify(&canonical, signature), Signed::Session(session))
    } else {
        let found = known.key(key, now).and_then(|k| Public::parse(&k.public).ok());
        let public = found.ok_or_else(|| Said::protocol("key_unknown"))?;
        (public.verify(&canonical, signature), Signed::Key(key.to_owned()))
    };
    if !fits {
        return Err(Said::protocol("signature_invalid"));
    }
    // Only what is truly the partner's is told about its time, and remembered. What was signed before this process began
    // may have been used before: its nonces are gone.
    if (millis(now) - time).abs() > sign::WINDOW_MS || time < door.began_ms {
        return Err(Said::protocol("clock_skew"));
    }
    if !sign::is_nonce(nonce) {
        return Err(Said::protocol("bad_request"));
    }
    if !door.nonces.fresh(partner, nonce, millis(now)) {
        return Err(Said::protocol("nonce_used"));
    }
    let kind = path.strip_prefix("/api/").and_then(|p| p.split('/').next()).unwrap_or_default();
    if PartnerKind::ALL.iter().any(|k| k.code() == kind) && kind != id.kind.code() {
        return Err(Said::protocol("wrong_door"));
    }
    // What changes something is signed by a key that only the partner has.
    let changes = idempotency.is_some() || path.starts_with("/api/session/");
    if changes && matches!(signed, Signed::Session(..)) {
        return Err(Said::protocol("session_reads_only"));
    }
    Ok(Verified { partner: id, signed })
}

async fn sign_reply(door: &Door, reply: Response, nonce: &str, session: Option<Arc<Session>>) -> Response {
    let (mut parts, body) = reply.into_parts();
    // Our own replies are bounded by what was asked for; one that cannot be read is said so, by its status.
    let bytes = match to_bytes(body, usize::MAX).await {
        Ok(bytes) => bytes,
        Err(_) => {
            parts.status = StatusCode::SERVICE_UNAVAILABLE;
            Bytes::new()
        }
    };
    let time = millis(door.service.now());
    let status = parts.status.as_u16();
    let canonical = |key: &str| sign::Reply { status, nonce, key, time, body: &bytes }.canonical();
    let (key, signature) = match session {
        Some(session) => (session.name.clone(), session.shared.sign(&canonical(&session.name))),
        None => {
            let hand = door.keys.now(&door.service);
            let signature = hand.secret.sign(&canonical(&hand.name));
            (hand.name, signature)
        }
    };
    let journal = door.service.journal_head().map(|head| (sign::JOURNAL, head.to_string()));
    let signed = [(sign::KEY, key), (sign::TIME, time.to_string()), (sign::SIGNATURE, signature)];
    for (name, value) in signed.into_iter().chain(journal) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            parts.headers.insert(name, value);
        }
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// A verified call.
#[derive(Clone)]
pub struct Call {
    pub partner: PartnerId,
    signed: Signed,
    pub body: Bytes,
    /// Whether the body is a text file.
    pub sends_text: bool,
    /// Whether a text file is asked for.
    pub wants_text: bool,
    path: String,
    key: Option<String>,
}

impl Call {
    fn of(hand: Verified, parts: &Parts, body: Bytes) -> Self {
        let headers = &parts.headers;
        let is_text = |name: &str| text(headers, name).is_some_and(|v| v.starts_with("text/plain"));
        Self {
            partner: hand.partner,
            signed: hand.signed,
            body,
            sends_text: is_text("content-type"),
            wants_text: is_text("accept"),
            path: parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned(),
            key: text(headers, sign::IDEMPOTENCY).map(str::to_owned),
        }
    }

    /// The name of the partner's key that signed; `None` within a session.
    pub fn signing_key(&self) -> Option<&str> {
        match &self.signed {
            Signed::Key(name) => Some(name),
            Signed::Session(..) => None,
        }
    }

    /// As the executor wants it.
    pub fn actor(&self) -> Actor {
        match self.partner.kind {
            PartnerKind::Bank => Actor::Bank(BankCode(self.partner.code.clone())),
            PartnerKind::Vendor => Actor::Vendor(VendorCode(self.partner.code.clone())),
            _ => Actor::Partner(self.partner.clone()),
        }
    }

    /// The channel.
    pub fn channel(&self) -> Channel {
        if self.partner.kind == PartnerKind::Online { Channel::Online } else { Channel::Partner }
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Said> {
        parse(&self.body, "bad_request")
    }

    /// The caller's key of a request that changes something.
    pub fn idempotency(&self) -> Result<&str, Said> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'-');
        let fits = |k: &&str| (1..=64).contains(&k.len()) && k.bytes().all(plain);
        self.key.as_deref().filter(fits).ok_or_else(|| Said::protocol("idempotency_key_missing"))
    }

    /// A context bound to the caller's key, the address and the body.
    pub fn ctx(&self, door: &Door) -> Result<Ctx, Said> {
        let key = self.idempotency()?.to_owned();
        let body = kaguan_store::seal::sm3(&[self.path.as_bytes(), &[0], &self.body]);
        let ctx = door.service.ctx(self.actor(), self.channel(), Some(key));
        Ok(Ctx { request_body: Some(body), ..ctx })
    }
}

/// JSON that is wrong is told by its place; its values may be personal.
pub fn parse<T: DeserializeOwned>(bytes: &[u8], code: &str) -> Result<T, Said> {
    serde_json::from_slice(bytes).map_err(|e| {
        let what = match e.classify() {
            serde_json::error::Category::Data => "字段缺失、类型或取值不符",
            _ => "不是合法的 JSON",
        };
        Said::because(code, format!("{what}（第{}行第{}列）", e.line(), e.column()))
    })
}

impl FromRequest<Door> for Call {
    type Rejection = Said;

    async fn from_request(request: Request, _door: &Door) -> Result<Self, Said> {
        // The guard has put it there; without the guard nobody is known.
        let (mut parts, _) = request.into_parts();
        parts.extensions.remove::<Self>().ok_or_else(|| Said::protocol("signature_missing"))
    }
}
