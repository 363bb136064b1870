//! How a test presses a button: with a token, as every form of a page has one, and on to the address of the result, as a browser goes.

use axum::Router;
use axum::body::Body;
use axum::http::header::{COOKIE, HOST, LOCATION};
use axum::http::{Method, Request, Response, StatusCode};
use std::sync::atomic::{AtomicU64, Ordering};
use tower::ServiceExt;

/// A page, or what was refused and why.
pub fn is_page(status: StatusCode) -> bool {
    [StatusCode::OK, StatusCode::FORBIDDEN, StatusCode::UNPROCESSABLE_ENTITY].contains(&status)
}

/// Sends a request as a browser does: a form has a token that no form had before, and its result is fetched.
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
        return answer;
    }
    let mut result = Request::get(to);
    for name in [HOST, COOKIE] {
        if let Some(value) = headers.get(&name) {
            result = result.header(name, value);
        }
    }
    let result = result.body(Body::empty()).expect("a request");
    router.clone().oneshot(result).await.expect("a router always answers")
}
