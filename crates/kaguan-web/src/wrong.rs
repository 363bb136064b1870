//! What cannot be shown: one page for every such answer, in Chinese, with what to do. What axum says by itself (no such page, a
//! method that a page does not have, a form that cannot be read) becomes this page as well.

use crate::Console;
use crate::outer::CONSOLE;
use crate::refused::STRANGER;
use askama::Template;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use axum::http::{StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

/// The page.
#[derive(Template)]
#[template(path = "wrong.html")]
struct WrongPage<'a> {
    title: &'static str,
    why: &'a str,
}

fn title(status: StatusCode) -> &'static str {
    match status.as_u16() {
        403 => "无权办理",
        404 => "没有这一页",
        405 => "不能这样打开",
        400..=499 => "不能办理",
        _ => "暂时不能办理",
    }
}

/// What axum's own answers mean.
fn said(status: StatusCode) -> &'static str {
    match status.as_u16() {
        403 => "请求不是从本系统的页面发出的，已拒绝。请从菜单重新打开页面办理",
        404 => "网址可能已过期或输入有误。请从菜单重新打开页面",
        405 => "这一网址只能由页面上的表单提交。请从菜单重新打开页面",
        413 => "提交的内容超过上限，没有收下。请减小文件后重新提交",
        415 => "提交的内容不是表单，不能识别。请从页面上提交",
        400..=499 => "提交的内容不能识别，没有收下。请重新打开原来的页面，填写后再提交",
        _ => "系统暂时不能办理，请稍后重试；多次出现请联系系统管理员",
    }
}

/// A person's address that this session was not given.
pub fn not_given() -> Response {
    page(StatusCode::NOT_FOUND, "这一网址只在给出它的那次登录中有效。请按号码重新查找持卡人")
}

/// An answer that says why.
pub fn page(status: StatusCode, why: &str) -> Response {
    let page = WrongPage { title: title(status), why };
    match page.render() {
        // Also where no layer of the console is around it, at the partners' door.
        Ok(html) => (status, [(CONTENT_SECURITY_POLICY, CONSOLE)], Html(html)).into_response(),
        Err(_) => (status, why.to_owned()).into_response(),
    }
}

/// There is no such page. The partners' addresses say so without one.
pub async fn no_page(uri: Uri) -> Response {
    match uri.path().starts_with("/api/") {
        true => StatusCode::NOT_FOUND.into_response(),
        false => page(StatusCode::NOT_FOUND, said(StatusCode::NOT_FOUND)),
    }
}

/// Around every page: an answer that axum gave in English, or without a word, becomes this page.
pub async fn layer(State(console): State<Console>, request: Request, next: Next) -> Response {
    let ours = !request.uri().path().starts_with("/api/");
    let answer = next.run(request).await;
    let status = answer.status();
    if !ours || !(status.is_client_error() || status.is_server_error()) {
        return answer;
    }
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|k| k.to_str().ok());
    if kind.is_some_and(|k| !k.starts_with("text/plain")) {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    // Our own sentences are Chinese, and stand.
    let text =
        axum::body::to_bytes(body, 4 << 10).await.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let why = match &text {
        Ok(text) if text.chars().any(|c| c >= '\u{4e00}') => text.as_str(),
        Ok(_) | Err(_) => {
            if status == StatusCode::FORBIDDEN {
                console.refusals.tell(console.service.wall(), STRANGER, "a form of another site");
            }
            said(status)
        }
    };
    let Ok(html) = (WrongPage { title: title(status), why }).render() else {
        return (status, why.to_owned()).into_response();
    };
    parts.headers.remove(axum::http::header::CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    Response::from_parts(parts, html.into())
}
