//! How a test presses a button: with a token, as every form of a page has one, and on to the address of the result, as a browser goes.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION};
use axum::http::{Method, Request, Response, StatusCode};
use std::sync::atomic::{AtomicU64, Ordering};
use tower::ServiceExt;

/// A page, or what was refused and why.
pub fn is_page(status: StatusCode) -> bool {
    [StatusCode::OK, StatusCode::FORBIDDEN, StatusCode::UNPROCESSABLE_ENTITY].contains(&status)
}

/// A page as its text is copied: nothing stands in the gaps of its long numbers.
pub fn whole(page: &str) -> String {
    let mut parts = page.split("<span class=\"four\">");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |page, part| page + &part.replacen("</span>", "", 1))
}

async fn read(answer: Response<Body>) -> Response<Body> {
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("text/html")) {
        return answer;
    }
    let (parts, body) = answer.into_parts();
    let page = to_bytes(body, usize::MAX).await.expect("a page is all there");
    Response::from_parts(parts, whole(&String::from_utf8_lossy(&page)).into())
}

/// Sends a request as a browser does: a form has a token that no form had before, and its result is fetched. A page is read as its text is.
pub async fn press(router: &Router, mut request: Request<Body>) -> Response<Body> {
    static FORMS: AtomicU64 = AtomicU64::new(0);
    let headers = request.headers().clone();
    if request.method() == Method::POST {
        let n = FORMS.fetch_add(1, Ordering::Relaxed);
        let uri = request.uri().to_string();
        let joint = if uri.contains('?') { '&' } else { '?' };
        if !uri.contains("once=") {
            *request.uri_mut() = format!("{uri}{joint}once={n:032x}-0").parse().expect("an address");
        }
    }
    let answer = router.clone().oneshot(request).await.expect("a router always answers");
    let to = answer.headers().get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default().to_owned();
    if answer.status() != StatusCode::SEE_OTHER || !to.starts_with("/done/") {
        return read(answer).await;
    }
    let mut result = Request::get(to);
    for name in [HOST, COOKIE] {
        if let Some(value) = headers.get(&name) {
            result = result.header(name, value);
        }
    }
    let result = result.body(Body::empty()).expect("a request");
    read(router.clone().oneshot(result).await.expect("a router always answers")).await
}
