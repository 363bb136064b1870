//! Who is signed in: an opaque token in a cookie. The service knows whose it is, and when it ends.

use crate::Console;
use crate::agent::now_ms;
use crate::desk::drafts;
use crate::desk::once::SentForm;
use crate::desk::open_clocks::{self, Open};
use crate::list::{Asked, within};
use crate::marks::Posted;
use crate::may;
use crate::menu;
use crate::refill::FilledIn;
use crate::wrong;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::header::{COOKIE, HeaderValue, SET_COOKIE, STRICT_TRANSPORT_SECURITY};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Router};
use kaguan_api::sign::digest;
use kaguan_domain::ctx::{Actor, Channel, Ctx};
use kaguan_domain::facts::institution::{Officer, Organisation, Task};
use kaguan_domain::permission::{Place, Verb};
use kaguan_service::Failure;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// The cookie that this program names; over TLS it is called so that only this host can set it, and is given back only over TLS.
const PLAIN: &str = "kaguan";
const OVER_TLS: &str = "__Host-kaguan";
/// How the name of a cookie of 自助服务设施 goes on.
pub const KIOSK: &str = "-kiosk";
/// The browser keeps to TLS for a year.
const KEEP_TO_TLS: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");

/// Bytes that nobody can guess.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the machine has randomness");
    bytes
}

impl Console {
    /// The cookie that holds a token; an empty one takes it away. Over TLS [`over_tls`] makes it this host's.
    pub fn cookie(token: &str) -> String {
        let age = if token.is_empty() { "; Max-Age=0" } else { "" };
        format!("{PLAIN}={token}; HttpOnly; SameSite=Lax; Path=/{age}")
    }

    /// The cookie of 自助服务设施: it opens the pages at which holders serve themselves, and no other.
    pub fn kiosk_cookie(token: &str) -> String {
        let age = if token.is_empty() { "; Max-Age=0" } else { "" };
        format!("{PLAIN}{KIOSK}={token}; HttpOnly; SameSite=Strict; Path=/{age}")
    }

    /// Whether the browser speaks TLS: to this program, or to a proxy of ours before it. Such a proxy that does not say how it was
    /// spoken to is one that ends TLS, for that is what it is there for.
    pub fn speaks_tls(&self, parts: &Parts) -> bool {
        let said = parts.headers.get("x-forwarded-proto").and_then(|v| v.to_str().ok()).unwrap_or("https");
        let last = said.rsplit(',').next().unwrap_or_default().trim();
        self.tls || (proxies_of(parts).is_some() && !last.eq_ignore_ascii_case("http"))
    }

    /// The token in a request's cookies.
    pub fn token(&self, parts: &Parts) -> Option<String> {
        self.token_in(parts, "")
    }

    /// The same under a name that goes on: `-kiosk` of 自助服务设施, which is no officer's session.
    pub fn token_in(&self, parts: &Parts, more: &str) -> Option<String> {
        let name = if self.speaks_tls(parts) { OVER_TLS } else { PLAIN };
        let cookies = parts.headers.get(COOKIE)?.to_str().ok()?;
        let named =
            |c: &str| Some(c.trim().strip_prefix(name)?.strip_prefix(more)?.strip_prefix('=')?.to_owned());
        cookies.split(';').find_map(named).filter(|token| token.len() == 64)
    }
}

/// Around every answer that goes out over TLS: the browser keeps to TLS, and gives our cookie to nobody else.
pub async fn over_tls(State(console): State<Console>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let speaks_tls = console.speaks_tls(&parts);
    let mut answer = next.run(Request::from_parts(parts, body)).await;
    if !speaks_tls {
        return answer;
    }
    let headers = answer.headers_mut();
    headers.insert(STRICT_TRANSPORT_SECURITY, KEEP_TO_TLS);
    let all: Vec<HeaderValue> = headers.get_all(SET_COOKIE).iter().cloned().collect();
    headers.remove(SET_COOKIE);
    for set in all {
        let ours = set.to_str().ok().and_then(|text| text.strip_prefix(PLAIN));
        let secured = ours.and_then(|rest| format!("{OVER_TLS}{rest}; Secure").parse().ok());
        headers.append(SET_COOKIE, secured.unwrap_or(set));
    }
    answer
}

/// Addresses of proxies whose word is taken for where a request comes from.
#[derive(Clone)]
struct TrustedProxies(Arc<[IpAddr]>);

/// The same doors behind proxies: of a request that comes from one of these addresses, `X-Forwarded-For` says from where it came;
/// of any other it says nothing, for everybody can write it.
pub fn behind(router: Router, proxies: Vec<IpAddr>) -> Router {
    router.layer(Extension(TrustedProxies(proxies.into())))
}

/// Our proxies, when a request comes from one of them.
fn proxies_of(parts: &Parts) -> Option<&[IpAddr]> {
    let peer = peer_of(parts)?;
    parts.extensions.get::<TrustedProxies>().map(|p| &*p.0).filter(|p| p.contains(&peer))
}

/// The other end of the line.
fn peer_of(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip().to_canonical())
}

/// The last address that no proxy of ours has written for another one of ours; `None` when it cannot be read.
fn forwarded(parts: &Parts, proxies: &[IpAddr]) -> Option<IpAddr> {
    let all = parts.headers.get_all("x-forwarded-for").iter();
    let said = all.map(|v| v.to_str()).collect::<Result<Vec<_>, _>>().ok()?.join(",");
    for hop in said.rsplit(',').map(str::trim) {
        let address = hop.parse().or_else(|_| hop.parse::<SocketAddr>().map(|a| a.ip())).ok()?;
        let address = address.to_canonical();
        if !proxies.contains(&address) {
            return Some(address);
        }
    }
    None
}

/// From where a request comes, as one holder of addresses: of the newer ones the first half, for the rest is everybody's to choose.
pub struct Source(pub String);

impl<S: Sync> FromRequestParts<S> for Source {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let from = proxies_of(parts).and_then(|p| forwarded(parts, p)).or(peer_of(parts));
        Ok(Self(match from {
            Some(IpAddr::V4(ip)) => ip.to_string(),
            Some(IpAddr::V6(ip)) => ip.segments()[..4].iter().map(|s| format!("{s:x}:")).collect(),
            // No network between: a test, or a socket of the machine.
            None => "local".into(),
        }))
    }
}

/// The token that a browser brings to the door, whosever it is and whether or not it holds still.
pub struct Former(pub Option<String>);

impl FromRequestParts<Console> for Former {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Infallible> {
        Ok(Self(console.token(parts)))
    }
}

/// An officer who is signed in; anybody else is sent to the sign-in page, and whoever has a one-time password to change it first.
pub struct SignedIn {
    pub officer: Officer,
    pub org: Organisation,
    /// Whether batches are confirmed here: in a city's centre, and where a city entrusts it.
    pub confirms: bool,
    /// The token of the session.
    pub session: String,
    /// So many seconds are left of it, however much it is used.
    pub left: i64,
    /// The form that this request sends.
    sent: Option<SentForm>,
    /// Where that form stood.
    pub posted: Option<Posted>,
    /// What the address asks of the lists on its page: a form has it from the page on which it stands, and its answer shows them so.
    pub asked: Asked,
    /// The screen of the menu at whose address, or below it, the request is.
    pub screen: &'static str,
    /// Which line of the menu was pressed, of several that lead to the same page: what the address says behind `of=`.
    pub of: String,
    /// How many clocks are late and end today where the officer works; of a form that is sent nobody counts before it is done.
    pub open: Open,
    /// Whether the session has a desk, so that its pages can have a card read.
    pub has_desk: bool,
    /// Whether a scanner stands beside it.
    pub scans: bool,
    /// What its desk read for the page that is opened, or why it read nothing.
    pub read: Option<Result<String, String>>,
}

impl SignedIn {
    /// As the executor wants it.
    pub fn actor(&self) -> Actor {
        Actor::Officer(self.officer.id)
    }

    /// Where the result is of the form that this request sends once more.
    pub fn first_result(&self) -> Option<String> {
        self.sent.as_ref().map(SentForm::result)
    }

    /// For a look, or a question.
    pub fn ctx(&self, console: &Console) -> Ctx {
        console.service.ctx(self.actor(), Channel::Console, None)
    }

    /// For a command that the form which was sent gives: sent again, it is the same command, and is done once.
    pub fn command(&self, console: &Console) -> Ctx {
        let key = self.sent.as_ref().map(SentForm::next_key);
        console.service.ctx(self.actor(), Channel::Console, key)
    }
}

/// Whoever is signed in, whatever has to be done first.
pub struct Owner {
    pub me: SignedIn,
    pub token: String,
    /// The password is a one-time password, which opens nothing else.
    pub must_change: bool,
    /// A second factor has to be set, and nothing else opens before.
    pub must_enrol: bool,
    /// The number of the second factor that sign-in asks for.
    pub second: Option<i64>,
    /// Whether the password, and the second factor where there is one, were given within ten minutes.
    pub reauthenticated: bool,
}

impl Owner {
    /// What has to be done before anything else is opened.
    fn first(&self) -> Option<&'static str> {
        match (self.must_change, self.must_enrol) {
            (true, _) => Some("/password"),
            (false, true) => Some("/second-factor"),
            (false, false) => None,
        }
    }
}

/// Whoever has given the right password, and has still to give the second factor.
pub struct Halfway {
    pub officer: Officer,
    pub token: String,
}

impl FromRequestParts<Console> for Halfway {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Response> {
        let Some(token) = console.token(parts) else { return Err(to_sign_in(parts)) };
        match console.service.present(&token).await {
            Ok(Some(present)) if !present.whole => Ok(Self { officer: present.officer, token }),
            Ok(_) => Err(to_sign_in(parts)),
            Err(why) => Err((StatusCode::SERVICE_UNAVAILABLE, why.to_string()).into_response()),
        }
    }
}

/// Signed in, and the password was given within ten minutes, with the second factor where there is one: for rights, for partners' keys,
/// and for whatever takes personal data or the journal out of the system.
pub struct Reauthenticated(pub SignedIn);

/// The address that was asked for, with its question.
pub fn address_of(parts: &Parts) -> String {
    parts.uri.path_and_query().map_or_else(String::new, |address| address.as_str().to_owned())
}

/// To the sign-in page, and from there back to where one was.
fn to_sign_in(parts: &Parts) -> Response {
    let next = match parts.method == Method::GET {
        // Nobody has sent a form: a draft is found on the first page.
        true => menu::place_of(&address_of(parts)).filter(|place| !place.starts_with("/drafts/")),
        false => menu::screen_of(parts.uri.path()).map(str::to_owned),
    };
    let to = match next {
        Some(next) => format!("/sign-in?next={}", within(&next)),
        None => "/sign-in".to_owned(),
    };
    Redirect::to(&to).into_response()
}

impl FromRequestParts<Console> for Owner {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Response> {
        let Some(token) = console.token(parts) else { return Err(to_sign_in(parts)) };
        let present = match console.service.present(&token).await {
            Ok(Some(present)) if present.whole => present,
            Ok(Some(_)) => return Err(Redirect::to("/sign-in/code").into_response()),
            Ok(None) => return Err(to_sign_in(parts)),
            Err(why) => return Err((StatusCode::SERVICE_UNAVAILABLE, why.to_string()).into_response()),
        };
        let institutions = console.service.institutions();
        let org = institutions.org(present.officer.org).cloned().ok_or_else(|| to_sign_in(parts))?;
        let here = |city| Place::Entrusted { city, task: Task::ConfirmBatches, bank: org.bank.clone() };
        let place = org.city().map(here);
        let actor = Actor::Officer(present.officer.id);
        let session = digest(token.as_bytes());
        let read = match parts.method {
            Method::GET => console.desks.read_at(&session, parts.uri.path(), now_ms(console)),
            _ => {
                console.desks.forget_read(&session);
                None
            }
        };
        let has_desk = console.desks.of_session(&session).is_some();
        let scans = console.desks.scans(&session);
        let sent = parts.extensions.get::<SentForm>().cloned();
        // 今日工作 counts them itself; what a form does may end some of them.
        let open = match parts.uri.path() {
            "/" => Open::None,
            _ if sent.is_some() => Open::Later,
            _ => open_clocks::of(console, present.officer.id).await,
        };
        if parts.method != Method::GET {
            console.counted.forget(present.officer.id);
        }
        let confirms = place.is_some_and(|p| console.service.may(&actor, Verb::ConfirmBatch, &p).is_ok());
        Ok(Self {
            me: SignedIn {
                officer: present.officer,
                org,
                confirms,
                session: token.clone(),
                left: present.left,
                posted: (parts.method == Method::POST).then(|| Posted {
                    path: parts.uri.path().to_owned(),
                    nth: sent.as_ref().map(|f| f.nth().to_owned()).unwrap_or_default(),
                    filled: parts.extensions.get::<FilledIn>().cloned().unwrap_or_default(),
                }),
                sent,
                asked: Asked::of_lists(parts.uri.query().unwrap_or_default()),
                screen: menu::screen_of(parts.uri.path()).unwrap_or_default(),
                of: of_in(parts.uri.query()),
                open,
                has_desk,
                scans,
                read,
            },
            token,
            must_change: present.sign_in.one_time.is_some(),
            must_enrol: present.must_enrol,
            second: present.sign_in.second,
            reauthenticated: present.reauthenticated,
        })
    }
}

/// What an address says behind `of=`.
fn of_in(query: Option<&str>) -> String {
    let mut pairs = query.unwrap_or_default().split('&');
    pairs.find_map(|pair| pair.strip_prefix("of=")).unwrap_or_default().to_owned()
}

impl FromRequestParts<Console> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Response> {
        let owner = Owner::from_request_parts(parts, console).await?;
        match owner.first() {
            Some(first) => Err(Redirect::to(first).into_response()),
            None => Ok(owner.me),
        }
    }
}

impl FromRequestParts<Console> for Reauthenticated {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Response> {
        let owner = Owner::from_request_parts(parts, console).await?;
        if let Some(first) = owner.first() {
            return Err(Redirect::to(first).into_response());
        }
        if owner.reauthenticated {
            return Ok(Self(owner.me));
        }
        // A form that came too late waits for its officer: one goes on with it when the password was given.
        let here = parts.uri.path();
        let asks = parts.uri.query().unwrap_or_default();
        let next = match parts.method == Method::GET {
            true => menu::place_of(&address_of(parts)),
            false => match drafts::put_aside(console, owner.me.officer.id, parts).await {
                Ok(Some(draft)) => menu::place_of(&format!("/drafts/{draft}?{asks}")),
                Ok(None) => {
                    menu::screen_of(here).and_then(|screen| menu::place_of(&format!("{screen}?{asks}")))
                }
                Err(why) => return Err(wrong::page(StatusCode::SERVICE_UNAVAILABLE, &why.to_string())),
            },
        };
        let next = next.unwrap_or_else(|| "/".into());
        Err(Redirect::to(&format!("/reauthenticate?next={}", within(&next))).into_response())
    }
}

/// Pages whose lists are of people: as files they leave the system.
const OF_PEOPLE: [&str; 4] = ["/overdue", "/reminders", "/stranded", "/visits"];

/// Whether an address asks for a list as a file (`overdue.as=csv`).
fn asks_file(query: Option<&str>) -> bool {
    let mut pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    pairs.any(|(name, value)| name.ends_with(".as") && !value.is_empty())
}

/// Before a screen is opened by its address: whoever may do nothing on it is told so, by the same matrix that makes the menu. What is
/// sent is decided by its command, which leaves its line.
pub async fn guard(State(console): State<Console>, request: Request, next: Next) -> Response {
    // What stands below a screen may be opened from another one too, and decides by itself.
    let here = request.uri().path();
    let page = menu::page_at(here);
    let Some(page) = page.filter(|_| request.method() == Method::GET) else {
        return next.run(request).await;
    };
    let (mut parts, body) = request.into_parts();
    let me = match SignedIn::from_request_parts(&mut parts, &console).await {
        Ok(me) => me,
        // The page itself sends whoever is not signed in away, or to the password.
        Err(_) => return next.run(Request::from_parts(parts, body)).await,
    };
    if OF_PEOPLE.contains(&page.path)
        && asks_file(parts.uri.query())
        && let Err(first) = Reauthenticated::from_request_parts(&mut parts, &console).await
    {
        return first;
    }
    match may::nothing_on(&console, &me, page) {
        Some(why) => {
            let who = format!("officer {}", me.officer.id);
            console.refusals.tell(console.service.wall(), &who, page.path);
            wrong::page(StatusCode::FORBIDDEN, &Failure::from(why).to_string())
        }
        None => next.run(Request::from_parts(parts, body)).await,
    }
}
