//! Who calls: every request is signed by a partner's key, or under a session; every reply by the system's.

use super::Door;
use super::reply::Said;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kaguan_api::problem::protocol;
use kaguan_api::sign::{self, Public, Shared};
use kaguan_domain::application::form::BankCode;
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::institution::{PartnerId, PartnerKind, VendorCode};
use serde::de::DeserializeOwned;
use std::collections::{HashSet, VecDeque};
use std::sync::Mutex;

/// The largest request: a bulk return of 100,000 rows.
const LARGEST: usize = 96 << 20;
/// The largest of any other kind: a photo, or 10,000 numbers.
const ORDINARY: usize = 2 << 20;
/// A session lives for so long, in milliseconds.
const SESSION_MS: i64 = 600_000;
/// Sessions of one partner at most; the oldest ends.
const SESSIONS: usize = 16;

/// Nonces seen within the window. After a restart requests signed before it are refused by their time, so that
/// nothing need be kept.
#[derive(Default)]
pub struct Nonces {
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// Partner and nonce.
    known: HashSet<(String, String)>,
    /// The same in the order of their time.
    order: VecDeque<(i64, (String, String))>,
}

impl Nonces {
    /// Remembers a nonce; false when it was used before.
    fn fresh(&self, partner: &str, nonce: &str, now_ms: i64) -> bool {
        let Ok(mut seen) = self.seen.lock() else { return false };
        let Seen { known, order } = &mut *seen;
        while order.front().is_some_and(|(at, _)| now_ms - at > 2 * sign::WINDOW_MS) {
            if let Some((_, old)) = order.pop_front() {
                known.remove(&old);
            }
        }
        let key = (partner.to_owned(), nonce.to_owned());
        if !known.insert(key.clone()) {
            return false;
        }
        order.push_back((now_ms, key));
        true
    }
}

struct Session {
    id: String,
    partner: String,
    shared: Shared,
    until: i64,
}

/// Sessions under way.
#[derive(Default)]
pub struct Sessions {
    open: Mutex<VecDeque<Session>>,
}

impl Sessions {
    /// Opens one: its identity, key and end.
    pub fn begin(&self, partner: &PartnerId, now_ms: i64) -> Option<(String, Shared, i64)> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).ok()?;
        let (id, shared, until) = (sign::fresh_nonce(), Shared::new(key), now_ms + SESSION_MS);
        let mut open = self.open.lock().ok()?;
        open.retain(|s| s.until > now_ms);
        let partner = partner.to_string();
        if open.iter().filter(|s| s.partner == partner).count() >= SESSIONS
            && let Some(oldest) = open.iter().position(|s| s.partner == partner)
        {
            open.remove(oldest);
        }
        open.push_back(Session { id: id.clone(), partner, shared: shared.clone(), until });
        Some((id, shared, until))
    }

    fn find(&self, id: &str, partner: &str, now_ms: i64) -> Option<Shared> {
        let open = self.open.lock().ok()?;
        let found = open.iter().find(|s| s.id == id && s.partner == partner && s.until > now_ms)?;
        Some(found.shared.clone())
    }
}

/// Whoever was verified, and under what the reply is signed.
#[derive(Clone)]
struct Verified {
    partner: PartnerId,
    session: Option<(String, Shared)>,
}

fn millis(now: Instant) -> i64 {
    now.0 / 1_000
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Verifies a request, asks whether the door is this kind of partner's, and signs the reply.
pub async fn guard(State(door): State<Door>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let nonce = text(&parts.headers, sign::NONCE).unwrap_or("-").to_owned();
    let path = parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
    if !path.starts_with("/api/") {
        return StatusCode::NOT_FOUND.into_response();
    }
    // Nobody who is not a partner has a body read, and only bulk calls a large one.
    let caller = match known(&door, &parts.headers) {
        Ok(caller) => caller,
        Err(said) => return sign_reply(&door, said.into_response(), &nonce, None).await,
    };
    let most = if parts.uri.path().ends_with("-returns") { LARGEST } else { ORDINARY };
    let verified = match to_bytes(body, most).await {
        Err(_) => Err(Said::protocol("too_large")),
        Ok(bytes) => {
            verify(&door, caller, parts.method.as_str(), &path, &parts.headers, &bytes).map(|v| (v, bytes))
        }
    };
    let (reply, session) = match verified {
        Ok((v, bytes)) => {
            let session = v.session.clone();
            let mut request = Request::from_parts(parts, Body::from(bytes));
            request.extensions_mut().insert(v);
            (next.run(request).await, session)
        }
        Err(said) => (said.into_response(), None),
    };
    sign_reply(&door, reply, &nonce, session).await
}

/// What a request says it is signed under.
enum Hand {
    Key(Public),
    Session(String, Shared),
}

/// The partner and the key that the headers name; what they are worth, the signature says.
fn known(door: &Door, headers: &HeaderMap) -> Result<(PartnerId, Hand), Said> {
    let header = |name| text(headers, name).ok_or_else(|| Said::protocol("signature_missing"));
    let (partner, key) = (header(sign::PARTNER)?, header(sign::KEY)?);
    header(sign::SIGNATURE)?;
    let institutions = door.service.institutions();
    let id = PartnerId::parse(partner).ok_or_else(|| Said::protocol("partner_unknown"))?;
    let known = institutions.partner(&id).ok_or_else(|| Said::protocol("partner_unknown"))?;
    let now = door.service.now();
    let hand = match key.strip_prefix("session:") {
        Some(session) => {
            let shared = door.sessions.find(session, partner, millis(now));
            Hand::Session(session.to_owned(), shared.ok_or_else(|| Said::protocol("session_unknown"))?)
        }
        None => {
            let key = known.key(key, now).ok_or_else(|| Said::protocol("key_unknown"))?;
            Hand::Key(Public::parse(&key.public).map_err(|_| Said::protocol("key_unknown"))?)
        }
    };
    Ok((id, hand))
}

fn verify(
    door: &Door,
    (id, hand): (PartnerId, Hand),
    method: &str,
    path: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Verified, Said> {
    let header = |name| text(headers, name).ok_or_else(|| Said::protocol("signature_missing"));
    let (partner, key, time) = (header(sign::PARTNER)?, header(sign::KEY)?, header(sign::TIME)?);
    let (nonce, signature) = (header(sign::NONCE)?, header(sign::SIGNATURE)?);
    let now = door.service.now();
    let time: i64 = time.parse().map_err(|_| Said::protocol("clock_skew"))?;
    // What was signed before this process began may have been used before: its nonces are gone.
    let stale = (millis(now) - time).abs() > sign::WINDOW_MS || time < door.began_ms;
    let canonical = sign::Request { method, path, partner, key, time, nonce, body }.canonical();
    let (fits, session) = match hand {
        Hand::Key(public) => (public.verify(&canonical, signature), None),
        Hand::Session(id, shared) => (shared.verify(&canonical, signature), Some((id, shared))),
    };
    if !fits {
        return Err(Said::protocol("signature_invalid"));
    }
    // Only what is truly the partner's is told about its time, and remembered.
    if stale {
        return Err(Said::protocol("clock_skew"));
    }
    if !sign::is_nonce(nonce) || !door.nonces.fresh(partner, nonce, millis(now)) {
        return Err(Said::protocol("nonce_used"));
    }
    let kind = path.strip_prefix("/api/").and_then(|p| p.split('/').next()).unwrap_or_default();
    if PartnerKind::ALL.iter().any(|k| k.code() == kind) && kind != id.kind.code() {
        return Err(Said::protocol("wrong_door"));
    }
    Ok(Verified { partner: id, session })
}

async fn sign_reply(
    door: &Door,
    reply: Response,
    nonce: &str,
    session: Option<(String, Shared)>,
) -> Response {
    let (mut parts, body) = reply.into_parts();
    // Our own replies are bounded by what was asked for; one that cannot be read is said so.
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let time = millis(door.service.now());
    let key =
        session.as_ref().map_or_else(|| super::SYSTEM_KEY.to_owned(), |(id, _)| format!("session:{id}"));
    let canonical =
        sign::Reply { status: parts.status.as_u16(), nonce, key: &key, time, body: &bytes }.canonical();
    let signature = match &session {
        Some((_, shared)) => shared.sign(&canonical),
        None => door.secret.sign(&canonical),
    };
    for (name, value) in [(sign::KEY, key), (sign::TIME, time.to_string()), (sign::SIGNATURE, signature)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            parts.headers.insert(name, value);
        }
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// A verified call.
pub struct Call {
    /// Who.
    pub partner: PartnerId,
    /// The body.
    pub body: Bytes,
    /// Whether the body is a text file.
    pub sends_text: bool,
    /// Whether a text file is asked for.
    pub wants_text: bool,
    path: String,
    key: Option<String>,
}

impl Call {
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
        let fits = |k: &&str| (1..=64).contains(&k.len()) && k.bytes().all(|b| b.is_ascii_graphic());
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
        let mut problem = protocol(code);
        let what = match e.classify() {
            serde_json::error::Category::Data => "字段缺失、类型或取值不符",
            _ => "不是合法的 JSON",
        };
        problem.detail = format!("{what}（第{}行第{}列）。{}", e.line(), e.column(), problem.detail);
        Said::from(problem)
    })
}

impl FromRequest<Door> for Call {
    type Rejection = Said;

    async fn from_request(request: Request, _door: &Door) -> Result<Self, Said> {
        let verified = request.extensions().get::<Verified>().cloned();
        let verified = verified.ok_or_else(|| Said::protocol("signature_missing"))?;
        let path = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned();
        let (parts, body) = request.into_parts();
        let headers = &parts.headers;
        let key = text(headers, sign::IDEMPOTENCY).map(str::to_owned);
        let is_text = |name: &str| text(headers, name).is_some_and(|v| v.starts_with("text/plain"));
        let (sends_text, wants_text) = (is_text("content-type"), is_text("accept"));
        let body = to_bytes(body, LARGEST).await.map_err(|_| Said::protocol("too_large"))?;
        Ok(Self { partner: verified.partner, body, sends_text, wants_text, path, key })
    }
}
