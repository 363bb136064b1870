//! What stands around every door, pages and partners' alike: so many requests at once, bodies that come in time, and the headers that
//! tell a browser what an answer may do.

use crate::limits::{Limits, count, seconds};
use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use http_body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};

/// Whoever is told to come again is told when, in seconds.
const AGAIN: &str = "5";

/// What an answer that says nothing else may do in a browser: nothing.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
/// What a page of the console may do.
pub const CONSOLE: HeaderValue = HeaderValue::from_static(concat!(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; ",
    "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
));
/// The partners' documentation draws itself by its own scripts.
const DOCUMENTATION: &str = concat!(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; ",
    "connect-src 'self'; font-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
);
/// On every answer that does not say it itself.
const HEADERS: [(&str, &str); 7] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(self), microphone=(), geolocation=(), payment=(), usb=()"),
];

/// What the layer has at hand.
#[derive(Clone)]
struct Around {
    requests: Arc<Semaphore>,
    stall: Duration,
    rate: u64,
    /// Whether browsers come over TLS.
    over_tls: bool,
}

/// The doors with all of it around them.
pub fn around(router: Router, limits: &Limits, over_tls: bool) -> Router {
    let around = Around {
        requests: Arc::new(Semaphore::new(count(limits.requests).min(Semaphore::MAX_PERMITS))),
        stall: seconds(limits.body_stall),
        rate: limits.body_rate,
        over_tls,
    };
    router.layer(from_fn_with_state(around, layer))
}

async fn layer(State(around): State<Around>, request: Request, next: Next) -> Response {
    let documentation = request.uri().path().starts_with("/api/docs");
    let partner = request.uri().path().starts_with("/api/");
    // A desk that waits for work does nothing, and thousands of them wait at once; it is known by its signature before it may.
    if request.uri().path() == kaguan_api::desk::JOBS {
        let mut answer = next.run(request).await;
        dress(answer.status(), answer.headers_mut(), NOTHING, around.over_tls);
        return answer;
    }
    let mut answer = match Arc::clone(&around.requests).try_acquire_owned() {
        Ok(place) => {
            let request = request.map(|body| match body.is_end_stream() {
                true => body,
                false => Body::new(Paced::new(body, around.stall, around.rate)),
            });
            next.run(request).await.map(|body| Body::new(Placed { body, _place: place }))
        }
        Err(_) => overloaded(partner),
    };
    let policy = if documentation { DOCUMENTATION } else { NOTHING };
    dress(answer.status(), answer.headers_mut(), policy, around.over_tls);
    answer
}

/// Around every page: what is asked by GET looks, and changes nothing, whatever its handler does.
pub async fn reads(request: Request, next: Next) -> Response {
    match *request.method() {
        Method::GET | Method::HEAD => kaguan_service::reading(next.run(request)).await,
        _ => next.run(request).await,
    }
}

/// Said before anything is read. It is not signed: a partner repeats the request, as after no answer.
fn overloaded(partner: bool) -> Response {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    match partner {
        true => crate::partner::busy(),
        false => crate::wrong::page(status, "此刻办理的人过多，没有收下。请稍候几秒重新提交"),
    }
}

fn dress(status: StatusCode, headers: &mut HeaderMap, policy: &'static str, over_tls: bool) {
    // All text here is UTF-8, also what a library serves without saying so.
    let kind = headers.get(header::CONTENT_TYPE).and_then(|k| k.to_str().ok());
    let silent = kind.filter(|k| k.starts_with("text/") && !k.contains("charset"));
    if let Some(Ok(said)) = silent.map(|kind| format!("{kind}; charset=utf-8").parse()) {
        headers.insert(header::CONTENT_TYPE, said);
    }
    for (name, value) in HEADERS {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(policy));
    if over_tls {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(year);
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.entry(header::RETRY_AFTER).or_insert(HeaderValue::from_static(AGAIN));
    }
}

/// An answer that has its place until all of it is sent.
struct Placed {
    body: Body,
    _place: OwnedSemaphorePermit,
}

impl HttpBody for Placed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body that has to come: something within each stretch, and on the whole fast enough. Time that nobody waits for it is not counted.
struct Paced {
    body: Body,
    stall: Duration,
    rate: u64,
    got: u64,
    /// How long it was waited for so far.
    waited: Duration,
    /// Since when it is waited for, and until when at most.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Paced {
    fn new(body: Body, stall: Duration, rate: u64) -> Self {
        Self { body, stall, rate, got: 0, waited: Duration::ZERO, waiting: None }
    }

    fn is_slow(&self) -> bool {
        let counted = self.waited.saturating_sub(self.stall).as_secs();
        self.got < self.rate.saturating_mul(counted)
    }
}

fn too_slow() -> axum::Error {
    axum::Error::new(std::io::Error::new(std::io::ErrorKind::TimedOut, "the body does not come"))
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        match Pin::new(&mut this.body).poll_frame(cx) {
            Poll::Ready(frame) => {
                if let Some((since, _)) = this.waiting.take() {
                    this.waited += since.elapsed();
                }
                if let Some(Ok(frame)) = &frame {
                    this.got += frame.data_ref().map_or(0, |d| d.len() as u64);
                    if this.is_slow() {
                        return Poll::Ready(Some(Err(too_slow())));
                    }
                }
                Poll::Ready(frame)
            }
            Poll::Pending => {
                let stall = this.stall;
                let (_, until) =
                    this.waiting.get_or_insert_with(|| (Instant::now(), Box::pin(tokio::time::sleep(stall))));
                match until.as_mut().poll(cx) {
                    Poll::Ready(()) => Poll::Ready(Some(Err(too_slow()))),
                    Poll::Pending => Poll::Pending,
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
