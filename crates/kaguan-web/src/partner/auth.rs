//! Who calls: every request is signed by a partner's key, or under a session; every reply by the system's.

use super::clauses;
use super::reader::{self, Unread};
use super::reply::Said;
use super::{BULK, Door};
use crate::limits::count;
use crate::refused::STRANGER;
use crate::spool::{SpoolError, Spooled};
use crate::wrong;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{FromRequest, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kaguan_api::sign::{self, Public, Shared};
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::ids::{BankCode, PartnerId, PartnerKind, VendorCode};
use serde::de::DeserializeOwned;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex};
use utoipa::ToSchema;

/// A session lives for so long, in milliseconds.
const SESSION_MS: i64 = 600_000;
/// What the name of a session's key begins with.
const SESSION: &str = "session:";
/// Sessions of one partner at most; the oldest ends.
const SESSIONS: usize = 16;

/// Nonces seen within the window. Each partner has a mark in the store that is never before the time of a request that counted: what was
/// signed up to it may have been used before this process began, and is refused, whatever the clock was set to meanwhile.
#[derive(Default)]
pub struct Nonces {
    /// Keys that nobody outside knows: nobody can find two nonces that look the same.
    hands: [RandomState; 2],
    seen: Mutex<Seen>,
    marks: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Option<Mark>>>>>,
}

#[derive(Default)]
struct Seen {
    /// Partner and nonce, as two keyed hashes: enough to tell them apart, and small.
    known: HashSet<[u64; 2]>,
    /// The same in the order in which they came, by the steady clock; and the time of the request.
    order: VecDeque<(i64, i64, [u64; 2])>,
    /// The latest time of a request that is forgotten.
    forgotten: i64,
}

/// How far a partner's requests go, in milliseconds.
#[derive(Clone, Copy)]
struct Mark {
    /// What this process found.
    floor: i64,
    /// What the next one will find.
    written: i64,
}

/// A mark is written so far ahead, in milliseconds: once for all requests of that time.
const AHEAD: i64 = 500;

impl Nonces {
    /// Remembers a nonce; false when it was used before, or may have been.
    fn fresh(&self, partner: &str, nonce: &str, time: i64, steady_ms: i64) -> bool {
        let key = [0, 1].map(|n| self.hands[n].hash_one((partner, nonce)));
        let Ok(mut seen) = self.seen.lock() else { return false };
        let Seen { known, order, forgotten } = &mut *seen;
        while order.front().is_some_and(|(at, ..)| steady_ms - at > 2 * sign::WINDOW_MS) {
            if let Some((_, time, old)) = order.pop_front() {
                known.remove(&old);
                *forgotten = time.max(*forgotten);
            }
        }
        if time <= *forgotten || !known.insert(key) {
            return false;
        }
        order.push_back((steady_ms, time, key));
        true
    }

    /// Whether a request was signed after all that may have been used before this process began; its time is noted before it counts.
    async fn counts(&self, door: &Door, partner: &str, time: i64, reads: bool) -> Result<(), Said> {
        let own = {
            let mut all = self.marks.lock().map_err(|_| Said::protocol("unavailable"))?;
            Arc::clone(all.entry(partner.to_owned()).or_default())
        };
        let service = &door.service;
        let mut own = own.lock().await;
        let mut mark = match *own {
            Some(mark) => mark,
            None => {
                // Without one: whatever was signed before this process began.
                let floor = service.partner_mark(partner).await?.unwrap_or(door.began_ms - 1);
                // Kept before anything is written: a caller that goes away meanwhile must not leave what this process
                // wrote ahead to be found as what an earlier one did.
                *own.insert(Mark { floor, written: floor })
            }
        };
        if time > mark.written {
            let ahead = time.saturating_add(AHEAD);
            match service.move_partner_mark(partner, ahead).await {
                Ok(()) => mark.written = ahead,
                // Reading goes on while nothing can be written.
                Err(why) if reads => tracing::warn!(%why, "a partner's mark is not recorded"),
                Err(why) => return Err(why.into()),
            }
        }
        *own = Some(mark);
        match time > mark.floor {
            true => Ok(()),
            false => Err(Said::protocol("clock_skew")),
        }
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
    /// The same by the clock that nobody sets.
    until_steady: i64,
}

/// Sessions under way.
#[derive(Default)]
pub struct Sessions {
    open: Mutex<VecDeque<Arc<Session>>>,
}

impl Sessions {
    /// Opens one under a partner's key: its identity, key and end.
    pub fn begin(
        &self,
        partner: &PartnerId,
        key: &str,
        now_ms: i64,
        steady_ms: i64,
    ) -> Option<(String, Shared, i64)> {
        let mut fresh = [0; 32];
        getrandom::fill(&mut fresh).ok()?;
        let (id, shared, until) = (sign::fresh_nonce(), Shared::new(fresh), now_ms + SESSION_MS);
        let until_steady = steady_ms + SESSION_MS;
        let mut open = self.open.lock().ok()?;
        open.retain(|s| s.until > now_ms && s.until_steady > steady_ms);
        let partner = partner.to_string();
        if open.iter().filter(|s| s.partner == partner).count() >= SESSIONS
            && let Some(oldest) = open.iter().position(|s| s.partner == partner)
        {
            open.remove(oldest);
        }
        let (name, key) = (format!("{SESSION}{id}"), key.into());
        open.push_back(Arc::new(Session { name, partner, key, shared: shared.clone(), until, until_steady }));
        Some((id, shared, until))
    }

    /// The session of a name.
    fn find(&self, name: &str, partner: &str, now_ms: i64, steady_ms: i64) -> Option<Arc<Session>> {
        let open = self.open.lock().ok()?;
        let holds = |s: &&Arc<Session>| s.until > now_ms && s.until_steady > steady_ms;
        open.iter().filter(holds).find(|s| s.name == name && s.partner == partner).map(Arc::clone)
    }
}

fn millis(now: Instant) -> i64 {
    now.0 / 1_000
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Whether a header names the file twin of a bulk call.
fn is_text(headers: &HeaderMap, name: &str) -> bool {
    text(headers, name).is_some_and(|v| v.starts_with("text/plain"))
}

/// Verifies a request, asks whether the door is this kind of partner's, and signs the reply. The signature is verified
/// before the body is read: of a stranger nothing is held.
pub async fn guard(State(door): State<Door>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let nonce = text(&parts.headers, sign::NONCE).unwrap_or("-").to_owned();
    if !parts.uri.path().starts_with("/api/") {
        // No page of the console either: this is where both routers end.
        return wrong::no_page(parts.uri).await;
    }
    let hand = match verify(&door, &parts) {
        Ok(hand) => hand,
        Err(said) => {
            let named = text(&parts.headers, sign::PARTNER).and_then(PartnerId::parse);
            let known = named.filter(|id| door.service.institutions().partner(id).is_some());
            let who = known.map_or_else(|| STRANGER.to_owned(), |id| id.to_string());
            door.refusals.tell(door.service.wall(), &who, &said.0.code);
            return sign_reply(&door, said.into_response(), &nonce, None).await;
        }
    };
    let session = match &hand.signed {
        Signed::Session(session) => Some(Arc::clone(session)),
        Signed::Key(_) => None,
    };
    let reply = taken(&door, parts, body, hand, next).await.unwrap_or_else(IntoResponse::into_response);
    sign_reply(&door, reply, &nonce, session).await
}

/// Reads the body of a verified request within the partner's own turns, and lets its door answer.
async fn taken(
    door: &Door,
    mut parts: Parts,
    body: Body,
    hand: Verified,
    next: Next,
) -> Result<Response, Said> {
    // Whatever stands at no address is told so before its body is read.
    let route = parts.extensions.get::<MatchedPath>().map(|m| m.as_str().to_owned());
    let route = route.ok_or_else(|| Said::protocol("not_found_route"))?;
    // What changes something is signed by a key that only the partner has.
    let in_session = matches!(hand.signed, Signed::Session(..));
    let reads = door.reads.contains(&format!("{} {route}", parts.method));
    if in_session && !reads {
        return Err(Said::protocol("session_reads_only"));
    }
    reader::query(parts.method.as_str(), &route, parts.uri.query())?;
    let bulk = BULK.contains(&route.as_str());
    let busy = || Said::protocol("unavailable");
    let partner = hand.partner.to_string();
    let place = door.turns.enter(&partner, bulk).ok_or_else(busy)?;
    door.nonces.counts(door, &partner, hand.time, reads).await?;
    let (bytes, spooled) = match bulk {
        true => (Bytes::new(), Some(Arc::new(spool(door, &parts, body).await?))),
        false => (read(door, &parts, body).await?, None),
    };
    reader::no_body(parts.method.as_str(), &route, &bytes)?;
    let _turn = match bulk {
        true => Some(place.working().await.ok_or_else(busy)?),
        false => None,
    };
    let call = Call::of(hand, &parts, bytes, spooled);
    parts.extensions.insert(call);
    let request = Request::from_parts(parts, Body::empty());
    let answer = async {
        match in_session {
            true => kaguan_service::reading(next.run(request)).await,
            false => next.run(request).await,
        }
    };
    Ok(clauses::within(&route, answer).await)
}

/// Whether a body says that it is larger than it may be.
fn fits(parts: &Parts, most: u64) -> Result<(), Said> {
    let said = text(&parts.headers, "content-length").and_then(|l| l.parse::<u64>().ok());
    match said.is_some_and(|l| l > most) {
        true => Err(Said::protocol("too_large")),
        false => Ok(()),
    }
}

fn is_signed(parts: &Parts, digest: &str) -> Result<(), Said> {
    match text(&parts.headers, sign::DIGEST) == Some(digest) {
        true => Ok(()),
        false => Err(Said::protocol("signature_invalid")),
    }
}

/// The body, within its bound, and no other than the one that was signed.
async fn read(door: &Door, parts: &Parts, body: Body) -> Result<Bytes, Said> {
    let most = door.bounds.limits.partner_bytes;
    fits(parts, most)?;
    let bytes = to_bytes(body, count(most)).await.map_err(|e| unread(&e))?;
    is_signed(parts, &sign::digest(&bytes))?;
    Ok(bytes)
}

/// Why a body was not read: it did not come in time, or too much of it did.
fn unread(e: &(dyn std::error::Error + 'static)) -> Said {
    let mut cause = Some(e);
    while let Some(e) = cause {
        if e.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::TimedOut) {
            return Said::protocol("unavailable");
        }
        cause = e.source();
    }
    Said::protocol("too_large")
}

/// The same of a bulk body, on disk: nothing of it is worked through before all of it is what was signed.
async fn spool(door: &Door, parts: &Parts, body: Body) -> Result<Spooled, Said> {
    let limits = &door.bounds.limits;
    fits(parts, limits.bulk_bytes)?;
    let kept = |e: SpoolError| {
        tracing::error!(%e, "a bulk body cannot be kept");
        Said::protocol("unavailable")
    };
    let mut spooled = door.bounds.spool.fresh().map_err(kept)?;
    let mut digest = sign::Digester::default();
    let mut body = std::pin::pin!(body);
    while let Some(frame) = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let Ok(bytes) = frame.map_err(|e| unread(&e))?.into_data() else { continue };
        if spooled.bytes() + bytes.len() as u64 > limits.bulk_bytes {
            return Err(Said::protocol("too_large"));
        }
        digest.take(&bytes);
        spooled.put(&bytes).map_err(kept)?;
    }
    is_signed(parts, &digest.end())?;
    // A text file has two lines before its rows.
    let before = if is_text(&parts.headers, "content-type") { 2 } else { 0 };
    if spooled.rows() > limits.bulk_rows + before {
        return Err(Said::protocol("too_large"));
    }
    Ok(spooled)
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
    /// When, in milliseconds.
    time: i64,
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
    let (now, wall) = (door.service.now(), millis(door.service.wall()));
    let steady = door.service.steady() / 1_000;
    let institutions = door.service.institutions();
    let id = PartnerId::parse(partner).ok_or_else(|| Said::protocol("partner_unknown"))?;
    let known = institutions.partner(&id).ok_or_else(|| Said::protocol("partner_unknown"))?;
    let bad = |_| Said::protocol("bad_request");
    let time: i64 = time.parse().map_err(bad)?;
    let canonical =
        sign::Request { method, path, partner, key, time, nonce, idempotency, digest }.canonical();
    let (fits, signed) = if key.starts_with(SESSION) {
        // A session ends with the key that it was begun under.
        let found = door.sessions.find(key, partner, wall, steady);
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
    // Only what is truly the partner's is told about its time, and remembered.
    if (wall - time).saturating_abs() > sign::WINDOW_MS {
        return Err(Said::protocol("clock_skew"));
    }
    // In what is signed `-` stands for a request without a key: as a key it could be added afterwards.
    if idempotency == Some("-") {
        let why = "Idempotency-Key 不能只是一个连字符：在签名原文中它表示没有请求编号";
        return Err(Said::because("bad_request", why));
    }
    if !sign::is_nonce(nonce) {
        let why = "Kaguan-Nonce 应为16至64位字母、数字或连字符";
        return Err(Said::because("bad_request", why));
    }
    if !door.nonces.fresh(partner, nonce, time, steady) {
        return Err(Said::protocol("nonce_used"));
    }
    let kind = path.strip_prefix("/api/").and_then(|p| p.split('/').next()).unwrap_or_default();
    if PartnerKind::ALL.iter().any(|k| k.code() == kind) && kind != id.kind.code() {
        return Err(Said::protocol("wrong_door"));
    }
    // What has a key changes something; what else does is known by its route.
    if idempotency.is_some() && matches!(signed, Signed::Session(..)) {
        return Err(Said::protocol("session_reads_only"));
    }
    Ok(Verified { partner: id, signed, time })
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
    let time = millis(door.service.wall());
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
    /// The body; nothing of a bulk return.
    pub body: Bytes,
    /// The body of a bulk return.
    bulk: Option<Arc<Spooled>>,
    /// Whether the body is a text file.
    pub sends_text: bool,
    /// Whether a text file is asked for.
    pub wants_text: bool,
    path: String,
    key: Option<String>,
    /// The SM3 of the body, as it was signed.
    digest: String,
}

impl Call {
    fn of(hand: Verified, parts: &Parts, body: Bytes, bulk: Option<Arc<Spooled>>) -> Self {
        let headers = &parts.headers;
        Self {
            partner: hand.partner,
            signed: hand.signed,
            body,
            bulk,
            sends_text: is_text(headers, "content-type"),
            wants_text: is_text(headers, "accept"),
            path: parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned(),
            key: text(headers, sign::IDEMPOTENCY).map(str::to_owned),
            digest: text(headers, sign::DIGEST).unwrap_or_default().to_owned(),
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

    /// The rows of a bulk return, one after the other.
    pub fn rows<T: DeserializeOwned + ToSchema>(
        &self,
    ) -> Result<impl Iterator<Item = Result<T, Unread>> + Send, Said> {
        let bulk = self.bulk.as_ref().ok_or_else(|| Said::protocol("bad_request"))?;
        let lines = bulk.lines().map_err(|e| unkept(&e))?;
        Ok(lines.map(|line| match line {
            Ok(line) => reader::row(&line),
            Err(e) => Err(Unread { row: String::new(), said: unkept(&e) }),
        }))
    }

    /// A bulk return that is a text file, as a whole.
    pub fn whole(&self) -> Result<Vec<u8>, Said> {
        let bulk = self.bulk.as_ref().ok_or_else(|| Said::protocol("bad_request"))?;
        bulk.whole().map_err(|e| unkept(&e))
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned + ToSchema>(&self) -> Result<T, Said> {
        reader::body(&self.body)
    }

    /// The caller's key of a request that changes something.
    pub fn idempotency(&self) -> Result<&str, Said> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'-');
        let fits = |k: &&str| (1..=64).contains(&k.len()) && k.bytes().all(plain);
        self.key.as_deref().filter(fits).ok_or_else(|| Said::protocol("idempotency_key_missing"))
    }

    /// How many lines the body has.
    pub fn lines(&self) -> u64 {
        match &self.bulk {
            Some(bulk) => bulk.rows(),
            None => self.body.split(|b| *b == b'\n').filter(|l| !l.trim_ascii().is_empty()).count() as u64,
        }
    }

    /// Whether the caller has named the request.
    pub fn is_named(&self) -> bool {
        self.key.is_some()
    }

    /// A context bound to the caller's key, the address and the body of many rows.
    pub fn bulk_ctx(&self, door: &Door) -> Result<Ctx, Said> {
        let body = kaguan_store::seal::sm3(&[self.path.as_bytes(), &[0], self.digest.as_bytes()]);
        let ctx = door.service.ctx(self.actor(), self.channel(), Some(self.idempotency()?.to_owned()));
        Ok(Ctx { request_body: Some(body), ..ctx })
    }

    /// A context bound to the caller's key, the address and the body.
    pub fn ctx(&self, door: &Door) -> Result<Ctx, Said> {
        let key = self.idempotency()?.to_owned();
        let body = kaguan_store::seal::sm3(&[self.path.as_bytes(), &[0], &self.body]);
        let ctx = door.service.ctx(self.actor(), self.channel(), Some(key));
        Ok(Ctx { request_body: Some(body), ..ctx })
    }
}

/// What lies on disk cannot be read.
fn unkept(e: &std::io::Error) -> Said {
    tracing::error!(%e, "a bulk body cannot be read");
    Said::protocol("unavailable")
}

impl FromRequest<Door> for Call {
    type Rejection = Said;

    async fn from_request(request: Request, _door: &Door) -> Result<Self, Said> {
        // The guard has put it there; without the guard nobody is known.
        let (mut parts, _) = request.into_parts();
        parts.extensions.remove::<Self>().ok_or_else(|| Said::protocol("signature_missing"))
    }
}
