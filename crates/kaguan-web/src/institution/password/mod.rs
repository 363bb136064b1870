//! 修改登录密码: by its owner, who gives the old one.

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
use kaguan_service::Command;
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/password",
    screens: &[Screen {
        group: "本人", name: "修改登录密码", article: "", verb: Verb::ChangePassword
    }],
    doors: |d| d.get("/password", page).small("/password", change),
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
    PasswordPage { frame: say(frame), login: owner.me.officer.login.clone(), must: owner.must_change }
}

pub async fn page(owner: Owner) -> PasswordPage {
    page_of(&owner, |frame| frame)
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
