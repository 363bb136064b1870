//! Signing in and out, and giving the password again.

use crate::Console;
use crate::gate::LONGEST_LOGIN;
use crate::list;
use crate::menu;
use crate::menu::Page;
use crate::session::{Former, Halfway, Owner, Source};
use askama::Template;
use askama_web::WebTemplate;
use axum::Form;
use axum::extract::{Query, Request, State};
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use kaguan_domain::facts::institution::Officer;
use kaguan_service::{Admitted, Ended, Failure, Try};
use serde::Deserialize;

/// A recovery code with its hyphens, and some blanks.
const LONGEST_CODE: usize = 32;
const WRONG_CODE: &str =
    "动态口令不正确，或已用过。每个口令只能用一次，请等下一个；手机不在身边的，可用恢复码";

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/sign-in",
    screens: &[],
    doors: |d| {
        d.get("/sign-in", page)
            .small("/sign-in", sign_in)
            .get("/sign-in/code", ask_code)
            .small("/sign-in/code", take_code)
            .get("/sign-in/stay", stay)
            .small("/sign-out", sign_out)
            .get("/reauthenticate", ask_again)
            .small("/reauthenticate", reauthenticate)
    },
    samples: &["/sign-in", "/reauthenticate"],
};

/// Sign-in.
#[derive(Template, WebTemplate)]
#[template(path = "desk/sign/sign_in.html")]
pub struct SignInPage {
    /// What went wrong.
    pub wrong: Option<String>,
    /// Where one goes afterwards.
    pub next: String,
    /// The sign-in name of whoever gives the password again.
    pub again: Option<String>,
    /// Whether the second factor is asked for: with the password of whoever gives it again, or alone after it.
    pub code: bool,
    /// Why the session that the browser had holds no more, and what became of the form that led here; empty when there is nothing to say.
    pub ended: String,
}

/// What the sign-in page posts.
#[derive(Deserialize)]
pub struct SignIn {
    login: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// Where one goes afterwards.
#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
    /// Whether a form led here that was neither done nor kept.
    #[serde(default)]
    sent: u8,
}

/// The password of whoever is signed in.
#[derive(Deserialize)]
pub struct Again {
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

/// The second factor, after the password.
#[derive(Deserialize)]
pub struct Code {
    code: String,
    #[serde(default)]
    next: String,
}

/// Why a password was not found right.
pub enum Held {
    /// It is wrong.
    Wrong,
    /// One has to wait so many seconds.
    Wait(i64),
    /// Too many sign in at this moment.
    Busy,
    /// It could not be found out.
    Failed(String),
}

impl Held {
    /// As the page says it.
    pub fn said(&self, wrong: &str) -> String {
        match self {
            Self::Wrong => wrong.to_owned(),
            Self::Wait(seconds) => format!("连续多次输错，请{seconds}秒后再试"),
            Self::Busy => "此刻登录的人较多，请稍候几秒重试".to_owned(),
            Self::Failed(why) => why.clone(),
        }
    }

    /// The same page with its status.
    pub fn response(&self, page: impl IntoResponse) -> Response {
        let status = match self {
            Self::Wrong => StatusCode::UNAUTHORIZED,
            Self::Wait(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy | Self::Failed(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        let after = match self {
            Self::Wait(seconds) => Some(*seconds),
            Self::Busy => Some(2),
            Self::Wrong | Self::Failed(_) => None,
        };
        match after {
            Some(seconds) => (status, [(RETRY_AFTER, seconds.to_string())], page).into_response(),
            None => (status, page).into_response(),
        }
    }
}

impl From<Failure> for Held {
    fn from(why: Failure) -> Self {
        Self::Failed(why.to_string())
    }
}

/// Whether a password is the one of a name: the try is counted first, and taken back when it was right.
pub async fn right(
    console: &Console,
    source: &str,
    login: &str,
    password: &str,
) -> Result<(Officer, Try), Held> {
    if login.chars().count() > LONGEST_LOGIN {
        return Err(Held::Wrong);
    }
    let turn = console.gate.enter(source).ok_or(Held::Busy)?;
    let attempt = match console.service.admit(login, source).await? {
        Admitted::Try(attempt) => attempt,
        Admitted::Wait(seconds) => return Err(Held::Wait(seconds)),
    };
    let institutions = console.service.institutions();
    let officer = institutions.officer_by_login(login);
    match turn.is_right(officer, password).await {
        Some(true) => officer.cloned().map(|o| (o, attempt)).ok_or(Held::Wrong),
        Some(false) => {
            console.service.sign_in_failed(&attempt, officer.map(|o| o.id), source, false);
            Err(Held::Wrong)
        }
        None => Err(Held::Failed("服务器暂时不能核对密码，请稍后重试".into())),
    }
}

/// Why a session ended, as its owner has to know it: of what somebody did to the account, whom to tell when it was not the owner.
fn told(ended: Ended) -> &'static str {
    match ended {
        Ended::Stopped => "该账号已停用，登录已退出。请联系系统管理员。",
        Ended::Changed => {
            "登录已退出：该账号的密码、动态口令或岗位已在别处变更，或账号重新启用。不知情的，请立即联系系统管理员和安全管理员。"
        }
        Ended::Idle => "登录已超时退出。",
        Ended::Old => "登录已到时限，已退出。",
        Ended::Forgotten => "此前的登录已退出：在别处退出，或早已到时限。",
    }
}

/// What became of the form that led here: it is kept for its officer, or it is lost, or what its page had put aside before is there yet.
/// Whoever was stopped goes on when let in again while it is kept, and has nothing to sign in for before.
fn of_form(ended: Option<Ended>, kept: bool, lost: bool) -> &'static str {
    match (kept, lost, ended) {
        (true, true, Some(Ended::Stopped)) => {
            "刚才提交的表单没有办理。此前自动保存的草稿保留七天：账号在七天内恢复的，登录后可在“今日工作”的“我的草稿”中继续办理。"
        }
        (true, true, _) => {
            "刚才提交的表单没有办理。此前自动保存的草稿在“今日工作”的“我的草稿”，登录后从这份草稿继续办理；保存以后填写的内容和附件须重新填写。"
        }
        (true, _, Some(Ended::Stopped)) => {
            "刚才提交的表单没有办理，保留七天：账号在七天内恢复的，登录后可在“今日工作”的“我的草稿”中继续办理。"
        }
        // With the post, what its officer may do has changed.
        (true, _, Some(Ended::Changed)) => {
            "刚才提交的表单没有办理，已为您保留；现岗位仍可办理的，登录后继续办理。"
        }
        (true, ..) => "刚才提交的表单没有办理，已为您保留，登录后继续办理。",
        (false, true, Some(Ended::Stopped)) => "刚才提交的表单没有办理，也没有保留。",
        (false, true, _) => "刚才提交的表单没有办理，也没有保留，请登录后重新办理。",
        (false, false, _) => "",
    }
}

/// The page; it says why the session ended that the browser still names, and what became of the form that was sent.
pub async fn page(
    State(console): State<Console>,
    Former(former): Former,
    Query(to): Query<Next>,
) -> SignInPage {
    let named = former.is_some();
    let ended = match former {
        None => None,
        Some(token) => console.service.why_ended(&token).await.unwrap_or_else(|why| {
            tracing::warn!(%why, "why a session ended cannot be told");
            None
        }),
    };
    let (kept, lost) = (to.next.starts_with("/drafts/"), to.sent == 1);
    let why = match ended {
        // A form is kept of no session that is forgotten.
        Some(Ended::Forgotten) if kept => "登录已退出。",
        Some(ended) => told(ended),
        // Where the browser names one that holds, nobody was signed out.
        None if !named && (kept || lost) => "登录已退出。",
        None => "",
    };
    let ended = format!("{why}{}", of_form(ended, kept, lost));
    SignInPage { wrong: None, next: to.next, again: None, code: false, ended }
}

/// Somebody works in a page that asks for nothing else: the session goes on as by any other request. How many seconds it may at most.
pub async fn stay(owner: Owner) -> String {
    owner.me.left.to_string()
}

/// A list that was asked for as a file: it is sent down from a page that says so, for a file leaves the page that one is on.
#[derive(Template, WebTemplate)]
#[template(path = "desk/sign/take.html")]
struct TakePage {
    /// The file.
    file: String,
    /// The list.
    list: String,
}

/// A local page that can be opened; anything else is the first page.
fn onward(next: &str) -> Response {
    let to = menu::place_of(next).unwrap_or_else(|| "/".into());
    match list::page_of_file(&to) {
        Some(list) => TakePage { file: to, list }.into_response(),
        None => Redirect::to(&to).into_response(),
    }
}

/// Signs in; the same answer for an unknown name and a wrong password. Whatever session the browser had has ended with it.
pub async fn sign_in(
    State(console): State<Console>,
    Former(former): Former,
    Source(source): Source,
    Form(form): Form<SignIn>,
) -> Response {
    let page = |wrong: String| SignInPage {
        wrong: Some(wrong),
        next: form.next.clone(),
        again: None,
        code: false,
        ended: String::new(),
    };
    let (officer, attempt) = match right(&console, &source, form.login.trim(), &form.password).await {
        Ok(right) => right,
        Err(held) => return held.response(page(held.said("登录名或密码不正确"))),
    };
    let sign_in = console.service.institutions().sign_in_of(officer.id);
    if sign_in.ran_out(console.service.now()) {
        let why = "一次性密码已超过七天，不能再用。请联系系统管理员重新办理密码重置";
        return (StatusCode::UNAUTHORIZED, page(why.into())).into_response();
    }
    let begun = match sign_in.second {
        Some(_) => console.service.begin_half(&officer).await,
        None => come_in(&console, &officer, &attempt, &source).await,
    };
    let begun = match (begun, former) {
        (Ok(token), Some(former)) => console.service.end_session(&former).await.map(|()| token),
        (begun, _) => begun,
    };
    let to = match (sign_in.second, menu::place_of(&form.next)) {
        (Some(_), Some(next)) => {
            Redirect::to(&format!("/sign-in/code?next={}", list::within(&next))).into_response()
        }
        (Some(_), None) => Redirect::to("/sign-in/code").into_response(),
        (None, _) => onward(&form.next),
    };
    match begun {
        Ok(token) => ([(SET_COOKIE, Console::cookie(&token))], to).into_response(),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, page(why.to_string())).into_response(),
    }
}

/// Everything that is asked for was given: the line of it, then the session.
async fn come_in(
    console: &Console,
    officer: &Officer,
    attempt: &Try,
    source: &str,
) -> Result<String, Failure> {
    console.service.signed_in(officer.id, source).await?;
    console.service.begin_session(officer, attempt).await
}

/// Whether what was typed is an officer's second factor: the try is counted first, as that of a password is.
pub async fn right_code(console: &Console, source: &str, officer: &Officer, code: &str) -> Result<Try, Held> {
    let attempt = match console.service.admit(&officer.login, source).await? {
        Admitted::Try(attempt) => attempt,
        Admitted::Wait(seconds) => return Err(Held::Wait(seconds)),
    };
    is_code(console, source, officer, code, &attempt).await.map(|()| attempt)
}

/// The same within a try that is counted already.
async fn is_code(
    console: &Console,
    source: &str,
    officer: &Officer,
    code: &str,
    attempt: &Try,
) -> Result<(), Held> {
    if code.chars().count() <= LONGEST_CODE && console.service.is_second_factor(officer.id, code).await? {
        return Ok(());
    }
    console.service.sign_in_failed(attempt, Some(officer.id), source, true);
    Err(Held::Wrong)
}

fn code_page(next: String, wrong: Option<String>) -> SignInPage {
    SignInPage { wrong, next, again: None, code: true, ended: String::new() }
}

/// Asks for the second factor.
pub async fn ask_code(_: Halfway, Query(to): Query<Next>) -> SignInPage {
    let ended = of_form(None, to.next.starts_with("/drafts/"), to.sent == 1).to_owned();
    SignInPage { ended, ..code_page(to.next, None) }
}

/// Takes it: the session of the password ends, and another begins that opens everything.
pub async fn take_code(
    State(console): State<Console>,
    Halfway { officer, token: half }: Halfway,
    Source(source): Source,
    Form(form): Form<Code>,
) -> Response {
    let attempt = match right_code(&console, &source, &officer, &form.code).await {
        Ok(attempt) => attempt,
        Err(held) => return held.response(code_page(form.next, Some(held.said(WRONG_CODE)))),
    };
    let begun = match come_in(&console, &officer, &attempt, &source).await {
        Ok(token) => console.service.end_session(&half).await.map(|()| token),
        Err(why) => Err(why),
    };
    match begun {
        Ok(token) => ([(SET_COOKIE, Console::cookie(&token))], onward(&form.next)).into_response(),
        Err(why) => {
            let page = code_page(form.next, Some(why.to_string()));
            (StatusCode::SERVICE_UNAVAILABLE, page).into_response()
        }
    }
}

/// Signs out.
pub async fn sign_out(State(console): State<Console>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    if let Some(token) = console.token(&parts)
        && let Err(why) = console.service.end_session(&token).await
    {
        return (StatusCode::SERVICE_UNAVAILABLE, why.to_string()).into_response();
    }
    // Whatever a page has put aside in the browser is its officer's.
    let cleared = (HeaderName::from_static("clear-site-data"), "\"storage\"".to_owned());
    ([(SET_COOKIE, Console::cookie("")), cleared], Redirect::to("/sign-in")).into_response()
}

fn again(owner: &Owner, next: String, wrong: Option<String>) -> SignInPage {
    SignInPage {
        wrong,
        next,
        again: Some(owner.me.officer.login.clone()),
        code: owner.second.is_some(),
        ended: String::new(),
    }
}

/// Asks for the password again.
pub async fn ask_again(owner: Owner, Query(to): Query<Next>) -> SignInPage {
    again(&owner, to.next, None)
}

/// Takes it.
pub async fn reauthenticate(
    State(console): State<Console>,
    owner: Owner,
    Source(source): Source,
    Form(form): Form<Again>,
) -> Response {
    let wrong = if owner.second.is_some() { "密码或动态口令不正确" } else { "密码不正确" };
    let held = |held: Held, next| held.response(again(&owner, next, Some(held.said(wrong))));
    let (officer, attempt) = match right(&console, &source, &owner.me.officer.login, &form.password).await {
        Ok(right) => right,
        Err(why) => return held(why, form.next),
    };
    if owner.second.is_some()
        && let Err(why) = is_code(&console, &source, &officer, &form.code, &attempt).await
    {
        return held(why, form.next);
    }
    match console.service.reauthenticate(&owner.token, &attempt).await {
        Ok(()) => onward(&form.next),
        Err(why) => {
            let page = again(&owner, form.next, Some(why.to_string()));
            (StatusCode::SERVICE_UNAVAILABLE, page).into_response()
        }
    }
}
