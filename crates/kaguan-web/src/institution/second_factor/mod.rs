//! 动态口令: taken into an authenticator, proved by a code, and switched off again where it is not obligatory.

use crate::Console;
use crate::desk::sign::Held;
use crate::frame::Said;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::{Owner, Source};
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use kaguan_domain::institution::InstitutionCommand;
use kaguan_domain::permission::Verb;
use kaguan_service::{Admitted, Command, Enrolment, Failure, Proved, Try};
use serde::Deserialize;

const TITLE: &str = "动态口令";

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/second-factor",
    screens: &[Screen { group: "本人", name: TITLE, article: "", verb: Verb::SetSecondFactor }],
    doors: |d| d.get("/second-factor", page).small("/second-factor", prove).small("/second-factor/end", end),
    samples: &["/second-factor"],
};

/// What is taken into an authenticator: the QR code as a path of an SVG picture and how many squares wide it is, the text in groups of
/// four, and the number under which it is kept.
pub struct Shown {
    pub path: String,
    pub width: usize,
    pub secret: String,
    pub factor: i64,
}

/// 动态口令.
#[derive(Template)]
#[template(path = "institution/second_factor/second_factor.html")]
pub struct SecondFactorPage {
    pub frame: Frame,
    pub login: String,
    /// Nothing else opens before.
    pub must: bool,
    /// Whether sign-in asks for one already.
    pub holds: bool,
    /// How many recovery codes there are still.
    pub left: usize,
    pub shown: Option<Shown>,
    /// Recovery codes, shown this once.
    pub codes: Vec<String>,
    /// Whether it may be switched off.
    pub may_end: bool,
}
crate::frame::page!(SecondFactorPage);

/// Whether another is to be set in place of the one that holds.
#[derive(Deserialize)]
pub struct Ask {
    #[serde(default)]
    renew: bool,
}

/// The code that proves a secret.
#[derive(Deserialize)]
pub struct Proof {
    factor: i64,
    code: String,
}

fn frame(owner: &Owner) -> Frame {
    let mut frame = Frame::of(&owner.me, TITLE);
    if owner.must_enrol {
        frame.menu.clear();
    }
    frame
}

fn shown(e: &Enrolment) -> Option<Shown> {
    let (path, width) = kaguan_print::qr_path(&e.address)?;
    Some(Shown { path, width, secret: e.secret.clone(), factor: e.factor })
}

async fn show(console: &Console, owner: &Owner, renew: bool, mut frame: Frame) -> SecondFactorPage {
    let holds = owner.second.is_some();
    let left = match console.service.recovery_codes_left(owner.me.officer.id).await {
        Ok(left) => left,
        Err(why) => {
            frame.say(&why);
            0
        }
    };
    let mut secret = None;
    if renew || !holds {
        match console.service.enrol_second_factor(&owner.me.officer).await {
            Ok(e) => secret = shown(&e),
            Err(why) => frame.say(&why),
        }
    }
    let end = InstitutionCommand::EndSecondFactor { officer: owner.me.officer.id };
    let may_end = crate::may::institution(console, &owner.me, &end);
    SecondFactorPage {
        frame,
        login: owner.me.officer.login.clone(),
        must: owner.must_enrol,
        holds,
        left,
        shown: secret,
        codes: Vec::new(),
        may_end,
    }
}

/// The password comes first: for its first change, and again for what was opened too long ago.
fn before(owner: &Owner) -> Option<Response> {
    let to = match (owner.must_change, owner.reauthenticated) {
        (true, _) => "/password",
        (false, false) => "/reauthenticate?next=/second-factor",
        (false, true) => return None,
    };
    Some(Redirect::to(to).into_response())
}

pub async fn page(State(console): State<Console>, owner: Owner, Query(ask): Query<Ask>) -> Response {
    if let Some(first) = before(&owner) {
        return first;
    }
    show(&console, &owner, ask.renew, frame(&owner)).await.into_response()
}

/// All sessions have ended, this one too: another begins.
async fn again(console: &Console, owner: &Owner, attempt: &Try, page: SecondFactorPage) -> Response {
    match console.service.begin_session(&owner.me.officer, attempt).await {
        Ok(token) => ([(SET_COOKIE, Console::cookie(&token))], page).into_response(),
        Err(why) => Held::from(why).response(Redirect::to("/sign-in")),
    }
}

async fn admitted(console: &Console, owner: &Owner, source: &str) -> Result<Try, Held> {
    match console.service.admit(&owner.me.officer.login, source).await? {
        Admitted::Try(attempt) => Ok(attempt),
        Admitted::Wait(seconds) => Err(Held::Wait(seconds)),
    }
}

/// 启用 or 更换: the code is right, and the recovery codes are shown.
pub async fn prove(
    State(console): State<Console>,
    mut owner: Owner,
    Source(source): Source,
    Form(form): Form<Proof>,
) -> Response {
    if let Some(first) = before(&owner) {
        return first;
    }
    let renew = owner.second.is_some();
    let attempt = match admitted(&console, &owner, &source).await {
        Ok(attempt) => attempt,
        Err(held) => {
            let frame = frame(&owner).wrong(held.said(""));
            return held.response(show(&console, &owner, renew, frame).await);
        }
    };
    let (ctx, officer) = (owner.me.ctx(&console), owner.me.officer.id);
    match console.service.prove_second_factor(ctx, officer, form.factor, &form.code).await {
        Ok(Proved::Set(codes)) => {
            (owner.must_enrol, owner.second) = (false, Some(form.factor));
            let said = "动态口令已启用，其他地方的登录已全部退出。请先存好下面的恢复码";
            let page = show(&console, &owner, false, frame(&owner).done(said)).await;
            again(&console, &owner, &attempt, SecondFactorPage { codes, ..page }).await
        }
        Ok(Proved::Wrong) => {
            let why = "动态口令不正确，尚未启用。请输入验证器此刻显示的6位数字，并核对手机的时间是否准确";
            let said = Said::from(why).about("code");
            let page = show(&console, &owner, renew, frame(&owner).wrong(said)).await;
            (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
        }
        Ok(Proved::Gone) => {
            let why = "原来的二维码已失效，尚未启用。请在验证器中删去刚才添加的账号，扫描下面的二维码";
            let page = show(&console, &owner, renew, frame(&owner).wrong(why)).await;
            (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
        }
        Err(why) => refused(&console, &owner, &why).await,
    }
}

async fn refused(console: &Console, owner: &Owner, why: &Failure) -> Response {
    let mut frame = frame(owner);
    frame.say(why);
    show(console, owner, false, frame).await.into_response()
}

/// 停用, by whoever need not have one.
pub async fn end(State(console): State<Console>, mut owner: Owner, Source(source): Source) -> Response {
    if let Some(first) = before(&owner) {
        return first;
    }
    let attempt = match admitted(&console, &owner, &source).await {
        Ok(attempt) => attempt,
        Err(held) => {
            let frame = frame(&owner).wrong(held.said(""));
            return held.response(show(&console, &owner, false, frame).await);
        }
    };
    let command = InstitutionCommand::EndSecondFactor { officer: owner.me.officer.id };
    match console.service.execute(owner.me.ctx(&console), Command::Institution(command)).await {
        Ok(_) => {
            owner.second = None;
            let said = "动态口令已停用，登录时只问密码。其他地方的登录已全部退出";
            let page = show(&console, &owner, false, frame(&owner).done(said)).await;
            again(&console, &owner, &attempt, page).await
        }
        Err(why) => refused(&console, &owner, &why).await,
    }
}
