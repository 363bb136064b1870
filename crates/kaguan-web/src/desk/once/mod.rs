//! A form is sent once. Its page gives it a token; whoever presses twice, goes back or looks again gets the first result, which has an
//! address of its own. The same form with other content is no second press: what only looks looks again, and a business is refused by
//! its command, whose key is used (ADR 0013). A form that comes after its session has ended is kept for its officer, who goes on with it
//! after signing in.

use crate::Console;
use crate::desk::{drafts, open_clocks};
use crate::limits::count;
use crate::menu::Page;
use crate::refill::FilledIn;
use crate::session::{Owner, random};
use crate::upload::Sent;
use crate::wrong;
use axum::body::{Body, to_bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Path, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use kaguan_domain::clause;
use kaguan_domain::ids::OfficerId;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// Its place in the table of pages.
pub const PAGE: Page =
    Page { path: "/done", screens: &[], doors: |d| d.get("/done/{form}", done), samples: &[] };

/// A page is never so large.
const LARGEST_PAGE: usize = 8 << 20;

/// What is sent without a token: the door itself, where every try counts, and what a script asks.
const WITHOUT: [&str; 9] = [
    "/sign-in",
    "/sign-in/code",
    "/sign-out",
    "/reauthenticate",
    "/password",
    "/second-factor",
    "/second-factor/end",
    "/photos/check",
    "/instant/making/scan",
];

/// Forms that are being worked on, so that a second press waits for the first.
#[derive(Default)]
pub struct Forms(Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>);

impl Forms {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Weak<tokio::sync::Mutex<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, form: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut all = self.all();
        all.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = all.get(form).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::default();
        all.insert(form.to_owned(), Arc::downgrade(&turn));
        turn
    }
}

/// The form that a request sends: its token, and how many commands it has given so far.
#[derive(Clone)]
pub struct SentForm {
    token: String,
    given: Arc<AtomicU32>,
}

impl SentForm {
    /// Where the first result of the form is, when there is one.
    pub fn result(&self) -> String {
        format!("/done/{}", self.token)
    }

    /// Which of the forms of its page it is.
    pub fn nth(&self) -> &str {
        self.token.rsplit('-').next().unwrap_or_default()
    }

    /// The key of the next command that it gives: the same for the same command of the same form, so that the executor does it once
    /// even when the first answer was lost.
    pub fn next_key(&self) -> String {
        format!("form-{}-{}", self.token, self.given.fetch_add(1, Ordering::Relaxed))
    }
}

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    status: u16,
    /// Where it leads, when it is no page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(default)]
    page: String,
    /// What was sent, in few digits; `None` when nobody read it as a form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sent: Option<String>,
}

/// What a page shows once and never again, such as a one-time password: an answer that has it is kept without it.
#[derive(Clone)]
pub struct ShownOnce(pub String);

/// Where something has to be done before a form can be: an answer that leads there has done nothing, and is not kept.
const FIRST: [&str; 4] = ["/reauthenticate", "/password", "/second-factor", "/sign-in"];

fn leads_to_the_door(to: &str) -> bool {
    FIRST
        .iter()
        .any(|first| to.strip_prefix(first).is_some_and(|r| r.is_empty() || r.starts_with(['?', '/'])))
}

impl Kept {
    /// Whether nothing was done, so that the form may be sent again with what was missing.
    fn is_refused(&self) -> bool {
        self.status >= 400
    }

    /// Whether it answers what is sent now, too. What cannot be compared is taken for the same.
    fn answers(&self, sent: Option<&str>) -> bool {
        !self.is_refused() && self.sent.as_deref().zip(sent).is_none_or(|(then, now)| then == now)
    }

    fn leads(&self, form: &str) -> Response {
        Redirect::to(self.to.as_deref().unwrap_or(&format!("/done/{form}"))).into_response()
    }
}

/// The token of a page: 16 hexadecimal digits that say whose page it is, and 16 of chance.
pub fn page_of(officer: OfficerId) -> String {
    format!("{:016x}{}", officer.0, hex::encode(random::<8>()))
}

/// Whether a form stands on the page of somebody else than who sends it: what one has stated no other has seen. Nobody's page, with no
/// officer in its token, is everybody's.
fn is_of_another(form: &str, officer: OfficerId) -> bool {
    let whose = form.get(..16).unwrap_or_default();
    whose.bytes().any(|digit| digit != b'0') && whose != format!("{:016x}", officer.0)
}

/// The token in an address's question.
fn token_in(query: Option<&str>) -> Option<&str> {
    let token = query?.split('&').find_map(|q| q.strip_prefix("once="))?;
    // 32 digits of the page, a hyphen and the number of the form on it.
    let (page, form) = token.split_once('-')?;
    let fits = page.len() == 32 && page.bytes().all(|b| b.is_ascii_hexdigit());
    (fits && form.len() <= 6 && !form.is_empty() && form.bytes().all(|b| b.is_ascii_digit())).then_some(token)
}

/// Whose page a form stands on, as its address says.
pub fn officer_in(query: &str) -> Option<OfficerId> {
    let whose = token_in(Some(query))?.get(..16)?;
    i64::from_str_radix(whose, 16).ok().filter(|id| *id != 0).map(OfficerId)
}

/// Which draft a form goes on with, as its address says.
pub fn draft_in(query: &str) -> Option<i64> {
    query.split('&').find_map(|q| q.strip_prefix("draft=")?.parse().ok())
}

fn query_of(parts: &Parts) -> &str {
    parts.uri.query().unwrap_or_default()
}

/// Around every page: a form is done once, and its answer has an address.
pub async fn layer(State(console): State<Console>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // At 自助服务设施 nobody is signed in, and whoever stands there does one thing after the other.
    let alone = path == "/kiosk" || path.starts_with("/kiosk/");
    if request.method() != Method::POST || alone || WITHOUT.contains(&path) || path.starts_with("/api/") {
        return next.run(request).await;
    }
    let query = request.uri().query();
    let form = token_in(query).map(str::to_owned);
    let draft = query.and_then(draft_in);
    // A form that is put aside is no business.
    let draft: Option<i64> = draft.filter(|_| !["/drafts", "/rare/from"].contains(&path));
    let (mut parts, body) = request.into_parts();
    let Some(session) = console.token(&parts) else {
        return drafts::not_kept(&console, "/sign-in", parts.uri.path(), query_of(&parts))
            .await
            .into_response();
    };
    let officer = match console.service.present(&session).await {
        Ok(Some(present)) if present.whole => present.officer.id,
        Ok(Some(_)) => {
            let to = drafts::not_kept(&console, "/sign-in/code", parts.uri.path(), query_of(&parts)).await;
            return to.into_response();
        }
        Ok(None) => return drafts::too_late(&console, &session, Request::from_parts(parts, body)).await,
        Err(why) => return wrong::page(StatusCode::SERVICE_UNAVAILABLE, &why.to_string()),
    };
    let Some(form) = form else {
        let why = "这份表单没有提交标识，不能办理。请重新打开原来的页面，填写后再提交";
        return wrong::page(StatusCode::BAD_REQUEST, why);
    };
    if is_of_another(&form, officer) {
        clause!(R19.2);
        let why = "这份表单是另一位经办人打开的，没有办理。所填写的核实和告知不是您所作：请重新打开页面，自行核实、填写后再提交";
        return wrong::page(StatusCode::CONFLICT, why);
    }
    let turn = console.forms.turn(&format!("{session}{form}"));
    let _turn = turn.lock().await;
    let before = match first(&console, &session, &form).await {
        Ok(before) => before.filter(|kept| !kept.is_refused()),
        Err(why) => return wrong::page(StatusCode::SERVICE_UNAVAILABLE, &why),
    };
    let path = parts.uri.path().to_owned();
    let filled = FilledIn::default();
    let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    // One with files says itself what was typed, when it has read them.
    let (body, sent) = match kind.starts_with("application/x-www-form-urlencoded") {
        false if before.as_ref().is_some_and(|kept| kept.sent.is_some()) => {
            match read_ahead(&console, &session, &parts, body).await {
                Ok(read) => read,
                Err(why) => return why,
            }
        }
        false => (body, None),
        true => {
            let Ok(bytes) = to_bytes(body, count(console.bounds.limits.text_bytes)).await else {
                return wrong::page(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "提交的内容超过上限，没有收下。请减少内容后重新提交",
                );
            };
            filled.take(form_urlencoded::parse(&bytes).into_owned());
            (Body::from(bytes), filled.digest(&session, &path))
        }
    };
    // The result of other content has another address, so that the first one stays where it is.
    let mut at = form.clone();
    if let Some(kept) = before {
        if kept.answers(sent.as_deref()) {
            return kept.leads(&form);
        }
        at = format!("{form}.{}", sent.as_deref().unwrap_or_default());
        match first(&console, &session, &at).await {
            Ok(Some(kept)) if kept.answers(sent.as_deref()) => return kept.leads(&at),
            Ok(_) => {}
            Err(why) => return wrong::page(StatusCode::SERVICE_UNAVAILABLE, &why),
        }
    }
    parts.extensions.insert(SentForm { token: form.clone(), given: Arc::default() });
    parts.extensions.insert(filled.clone());
    let answer = next.run(Request::from_parts(parts, body)).await;
    // What was counted meanwhile for another page may be of before.
    console.counted.forget(officer);
    if let Some(draft) = draft
        && !answer.status().is_client_error()
        && !answer.status().is_server_error()
        && !asks_first(&answer)
        && let Err(why) = console.service.end_draft(officer, draft).await
    {
        tracing::warn!(%why, "a draft that was sent could not be taken away");
    }
    keep(&console, (&session, officer), &at, filled.digest(&session, &path), answer).await
}

/// What a form with files has in it, and the same form again: asked only of one whose token was used before.
async fn read_ahead(
    console: &Console,
    session: &str,
    parts: &Parts,
    body: Body,
) -> Result<(Body, Option<String>), Response> {
    let too_large =
        || wrong::page(StatusCode::PAYLOAD_TOO_LARGE, "提交的内容超过上限，没有收下。请减少内容后重新提交");
    let most = count(console.bounds.limits.form_bytes);
    let bytes = to_bytes(body, most).await.map_err(|_| too_large())?;
    let mut share = console.bounds.forms.share();
    if !share.take(bytes.len()) {
        return Err(wrong::page(
            StatusCode::SERVICE_UNAVAILABLE,
            "此刻上传的人过多，没有收下。请稍候几秒重新提交",
        ));
    }
    let filled = FilledIn::default();
    let mut again = Request::new(Body::from(bytes.clone()));
    *again.headers_mut() = parts.headers.clone();
    again.extensions_mut().insert(filled.clone());
    DefaultBodyLimit::max(most).apply(&mut again);
    Sent::from_request(again, console).await?;
    Ok((Body::from(bytes), filled.digest(session, parts.uri.path())))
}

/// Whether an answer only leads to where something has to be done first.
fn asks_first(answer: &Response) -> bool {
    let to = answer.headers().get(LOCATION).and_then(|to| to.to_str().ok());
    to.is_some_and(leads_to_the_door)
}

async fn first(console: &Console, session: &str, form: &str) -> Result<Option<Kept>, String> {
    let kept = console.service.first_answer(session, form).await.map_err(|e| e.to_string())?;
    kept.map(|bytes| serde_json::from_slice(&bytes)).transpose().map_err(|e| e.to_string())
}

/// Keeps an answer that is a page or leads to one; a file that is sent down, and what could not be done just now, are not kept.
async fn keep(
    console: &Console,
    (session, officer): (&str, OfficerId),
    form: &str,
    sent: Option<String>,
    answer: Response,
) -> Response {
    let asks_first = asks_first(&answer);
    let (mut parts, body) = answer.into_parts();
    let text = |name| parts.headers.get(name).and_then(|v| v.to_str().ok());
    let to = text(LOCATION).map(str::to_owned);
    let is_page = text(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/html"));
    let passes = parts.status.is_server_error() || asks_first || parts.headers.contains_key(SET_COOKIE);
    if !is_page && (passes || to.is_none()) {
        return Response::from_parts(parts, body);
    }
    let Ok(page) = to_bytes(body, LARGEST_PAGE).await else {
        return wrong::page(StatusCode::INTERNAL_SERVER_ERROR, "页面过大，不能显示");
    };
    let page = String::from_utf8_lossy(&page).into_owned();
    // Its head is filled in: it becomes longer.
    parts.headers.remove(CONTENT_LENGTH);
    let at_once = async |page: &str| Body::from(open_clocks::filled_now(console, officer, page).await);
    if passes {
        return Response::from_parts(parts, at_once(&page).await);
    }
    let once = parts.extensions.get::<ShownOnce>();
    let shown = once.map(|_| page.clone());
    let page = once.map_or(page.clone(), |ShownOnce(what)| page.replace(what, "（已显示过一次，不再显示）"));
    let kept = Kept { status: parts.status.as_u16(), to, page, sent };
    let bytes = serde_json::to_vec(&kept).expect("an answer is always JSON");
    if let Err(why) = console.service.keep_answer(session, form, bytes).await {
        // The business is done; only its answer has no address.
        tracing::warn!(%why, "the answer to a form could not be kept");
        return Response::from_parts(parts, at_once(&shown.unwrap_or(kept.page)).await);
    }
    match shown {
        Some(shown) => Response::from_parts(parts, at_once(&shown).await),
        None => kept.leads(form),
    }
}

/// The result of a form, at its address.
pub async fn done(State(console): State<Console>, owner: Owner, Path(form): Path<String>) -> Response {
    let kept = match first(&console, &owner.token, &form).await {
        Ok(kept) => kept,
        Err(why) => return wrong::page(StatusCode::SERVICE_UNAVAILABLE, &why),
    };
    let Some(kept) = kept else {
        let why = "这一结果已不在本次登录中。已办结的业务记在持卡人档案里，请查询后查看";
        return wrong::page(StatusCode::NOT_FOUND, why);
    };
    match kept.to {
        Some(_) => kept.leads(&form),
        None => {
            let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
            // Its head says what is so now, whenever it is looked at.
            let page = open_clocks::filled(&kept.page, owner.me.open, &owner.me.org);
            (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
        }
    }
}
