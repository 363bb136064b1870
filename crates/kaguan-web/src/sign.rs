//! Signing in and out.

use crate::Console;
use crate::pages::SignInPage;
use crate::session::{COOKIE_NAME, is_password, token};
use axum::Form;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

/// What the sign-in page posts.
#[derive(Deserialize)]
pub struct SignIn {
    login: String,
    password: String,
}

/// The page.
pub async fn page() -> SignInPage {
    SignInPage { wrong: None }
}

/// Signs in; the same answer for an unknown name and a wrong password.
pub async fn sign_in(State(console): State<Console>, Form(form): Form<SignIn>) -> Response {
    let now = console.service.now();
    if !console.sessions.may_try(&form.login, now) {
        let page = SignInPage { wrong: Some("连续多次登录失败，请15分钟后再试") };
        return (StatusCode::TOO_MANY_REQUESTS, page).into_response();
    }
    let institutions = console.service.institutions();
    let officer = institutions.officer_by_login(&form.login).filter(|o| o.active).cloned();
    let hash = officer.as_ref().map_or_else(String::new, |o| o.password_hash.clone());
    let password = form.password;
    let Ok(right) = tokio::task::spawn_blocking(move || is_password(&hash, &password)).await else {
        let page = SignInPage { wrong: Some("服务器暂时不能核对密码，请稍后重试") };
        return (StatusCode::SERVICE_UNAVAILABLE, page).into_response();
    };
    match officer.filter(|_| right).and_then(|o| console.sessions.open(o.id, now)) {
        Some(token) => {
            let cookie = format!("{COOKIE_NAME}={token}; HttpOnly; SameSite=Lax; Path=/");
            ([(SET_COOKIE, cookie)], Redirect::to("/")).into_response()
        }
        None => {
            console.sessions.fail(&form.login, now);
            (StatusCode::UNAUTHORIZED, SignInPage { wrong: Some("登录名或密码不正确") }).into_response()
        }
    }
}

/// Signs out.
pub async fn sign_out(State(console): State<Console>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    if let Some(token) = token(&parts) {
        console.sessions.close(&token);
    }
    let cookie = format!("{COOKIE_NAME}=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
    ([(SET_COOKIE, cookie)], Redirect::to("/sign-in")).into_response()
}
