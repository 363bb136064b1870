//! 修改登录密码: by its owner, who gives the old one, and sees where else the account is signed in.

use crate::Console;
use crate::desk::sign::{Held, right};
use crate::frame::Said;
use crate::marks::named;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::{Owner, Source};
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use kaguan_domain::institution::{InstitutionCommand, judge_password};
use kaguan_domain::permission::Verb;
use kaguan_service::{Command, OwnSession};
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/password",
    screens: &[Screen {
        group: "本人", name: "修改登录密码", article: "", verb: Verb::ChangePassword
    }],
    doors: |d| d.get("/password", page).small("/password", change).small("/password/sessions", end),
    samples: &["/password"],
};

/// 修改登录密码.
#[derive(Template)]
#[template(path = "institution/password/password.html")]
pub struct PasswordPage {
    pub frame: Frame,
    /// Sign-in name, for whatever keeps passwords.
    pub login: String,
    /// The password is a one-time password.
    pub must: bool,
    /// Where the account is signed in.
    pub sessions: Vec<SessionLine>,
}

/// A sign-in that holds.
pub struct SessionLine {
    pub name: String,
    pub made: String,
    pub last: String,
    pub is_this: bool,
}

/// Which sign-in is to end; empty for all others.
#[derive(Deserialize)]
pub struct End {
    #[serde(default)]
    which: String,
}
crate::frame::page!(PasswordPage);

/// The old password, and the new one twice.
#[derive(Deserialize)]
pub struct Change {
    old: String,
    new: String,
    again: String,
}

fn page_of(owner: &Owner, say: impl FnOnce(Frame) -> Frame) -> PasswordPage {
    let mut frame = Frame::of(&owner.me, "修改登录密码");
    if owner.must_change {
        // Nothing else opens before.
        frame.menu.clear();
    }
    let (login, sessions) = (owner.me.officer.login.clone(), Vec::new());
    PasswordPage { frame: say(frame), login, must: owner.must_change, sessions }
}

/// The same with where the account is signed in, once the password is its owner's own.
async fn with_sessions(console: &Console, owner: &Owner, mut page: PasswordPage) -> PasswordPage {
    if page.must {
        return page;
    }
    let line = |s: OwnSession| SessionLine {
        name: s.name,
        made: s.made.local(),
        last: s.last.local(),
        is_this: s.is_this,
    };
    match console.service.own_sessions(&owner.token).await {
        Ok(all) => page.sessions = all.into_iter().map(line).collect(),
        Err(why) => page.frame.say(&why),
    }
    page
}

pub async fn page(State(console): State<Console>, owner: Owner) -> PasswordPage {
    with_sessions(&console, &owner, page_of(&owner, |frame| frame)).await
}

/// 退出 of another sign-in of the account, or of all others.
pub async fn end(State(console): State<Console>, owner: Owner, Form(form): Form<End>) -> Response {
    if owner.must_change || !owner.reauthenticated {
        let to = if owner.must_change { "/password" } else { "/reauthenticate?next=/password" };
        return Redirect::to(to).into_response();
    }
    let which = Some(form.which.trim()).filter(|which| !which.is_empty());
    let page = match console.service.end_own_sessions(&owner.token, which).await {
        Ok(0) => page_of(&owner, |frame| frame.wrong("没有这一登录，可能已经退出。没有变更")),
        Ok(ended) => page_of(&owner, |frame| frame.done(format!("已退出其他登录{ended}处"))),
        Err(why) => {
            let mut page = page_of(&owner, |frame| frame);
            page.frame.say(&why);
            page
        }
    };
    with_sessions(&console, &owner, page).await.into_response()
}

/// Changes it: every other sign-in of the owner ends.
pub async fn change(
    State(console): State<Console>,
    mut owner: Owner,
    Source(source): Source,
    Form(form): Form<Change>,
) -> Response {
    let mut wrong = Vec::new();
    if form.new != form.again {
        wrong.push(("again", "两次输入的新密码不一致".to_owned()));
    }
    if form.new == form.old {
        wrong.push(("new", "新密码不得与原密码相同".to_owned()));
    }
    let judged = judge_password(&owner.me.officer, &form.new).err().and_then(|r| r.about);
    wrong.extend(judged.map(|why| ("new", why)));
    if !wrong.is_empty() {
        let page = page_of(&owner, |frame| frame.wrong_in(named(wrong), "。"));
        return (StatusCode::UNPROCESSABLE_ENTITY, page).into_response();
    }
    let held = |held: Held, owner: &Owner| {
        held.response(page_of(owner, |frame| frame.wrong(Said::from(held.said("原密码不正确")).about("old"))))
    };
    let (officer, attempt) = match right(&console, &source, &owner.me.officer.login, &form.old).await {
        Ok(right) => right,
        Err(why) => return held(why, &owner),
    };
    let hash = match console.gate.enter(&source) {
        Some(turn) => turn.hash(&form.new).await,
        None => return held(Held::Busy, &owner),
    };
    let Some(password_hash) = hash else {
        return held(Held::Failed("服务器暂时不能保存密码，请稍后重试".into()), &owner);
    };
    let ctx = owner.me.ctx(&console);
    let command = InstitutionCommand::ChangePassword { officer: officer.id, password_hash };
    let done = console.service.execute(ctx, Command::Institution(command)).await;
    let token = match done {
        // Its own session has ended with all others: another begins.
        Ok(_) => console.service.begin_session(&officer, &attempt).await,
        Err(why) => Err(why),
    };
    match token {
        Ok(token) if owner.must_enrol => {
            ([(SET_COOKIE, Console::cookie(&token))], Redirect::to("/second-factor")).into_response()
        }
        Ok(token) => {
            owner.must_change = false;
            let page = page_of(&owner, |frame| frame.done("登录密码已修改，其他地方的登录已全部退出"));
            ([(SET_COOKIE, Console::cookie(&token))], page).into_response()
        }
        Err(why) => held(why.into(), &owner),
    }
}
