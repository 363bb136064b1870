//! Nobody is held up by a partner that is slow, and what was used once is used up, whatever happens to the process and to its clock.

use crate::caller::{Partnered, doors, partner};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::routing::post;
use kaguan_api::business::Session;
use kaguan_api::sign::{self, Shared};
use kaguan_testkit::{On, World};
use std::task::Poll;
use std::time::Duration;
use tower::ServiceExt;

/// A body of which nothing ever comes.
fn endless() -> Body {
    Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>())
}

/// The same request with a body that never comes.
fn slow(p: &Partnered, path: &str, key: &str) -> Request<Body> {
    let (parts, _) = p.request("POST", path, Some(key), b"x", &sign::fresh_nonce(), p.time).into_parts();
    Request::from_parts(parts, endless())
}

#[tokio::test]
async fn a_partner_that_holds_its_own_turns_holds_up_no_other() {
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    let batch = w.confirmed_batch().await;
    let router = doors(&w);
    let (bank, other) = (partner(&w, "bank:95588", &router).await, partner(&w, "bank:95533", &router).await);
    let back = format!("/api/bank/v1/batches/{batch}/opening-returns");
    // No such route: told before its body is read.
    let nowhere = "/api/bank/v1/batches/1/closing-returns";
    assert_eq!(other.code(slow(&other, nowhere, "k")).await, "not_found_route");
    // Four bodies that do not come: the fifth of the same partner is told to come again.
    let mut held = Vec::new();
    for n in 0..4 {
        let (router, request) = (router.clone(), slow(&other, &back, &format!("k{n}")));
        held.push(tokio::spawn(async move { router.oneshot(request).await }));
    }
    loop {
        // One that is refused at once, for its own turns are used up; otherwise it waits like the others.
        let fifth = tokio::spawn(router.clone().oneshot(slow(&other, &back, "k5")));
        tokio::task::yield_now().await;
        if fifth.is_finished() {
            assert_eq!(fifth.await.unwrap().unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
            break;
        }
        fifth.abort();
    }
    let (status, _) = bank.call("POST", &back, Some("r-1"), b"{}").await;
    assert_eq!(status, StatusCode::OK, "the bank's own return is worked through");
    assert_eq!(other.call("GET", "/api/bank/v1/batches", None, b"").await.0, StatusCode::OK);
    held.into_iter().for_each(|h| h.abort());
    while other.call("POST", &back, Some("k6"), b"{}").await.0 == StatusCode::SERVICE_UNAVAILABLE {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_was_captured_before_a_restart_is_refused_after_it_even_when_it_was_dated_ahead() {
    let w = World::new(On::Memory).await;
    let router = doors(&w);
    let mut bank = partner(&w, "bank:95588", &router).await;
    let other = partner(&w, "bank:95533", &router).await;
    let path = "/api/bank/v1/batches";
    let nonces: Vec<String> = (0..5).map(|_| sign::fresh_nonce()).collect();
    let dated = |bank: &Partnered, n: usize| {
        bank.request("GET", path, None, b"", &nonces[n], bank.time + 60_000 * n as i64)
    };
    for n in 0..5 {
        assert_eq!(bank.send(dated(&bank, n)).await.0, StatusCode::OK, "up to four minutes ahead");
    }
    // The process is killed and begins anew on the same store.
    bank.router = doors(&w);
    for n in 0..5 {
        assert_eq!(bank.code(dated(&bank, n)).await, "clock_skew", "{n}");
    }
    // What is signed after all that counts, and nobody else pays for a clock that is ahead.
    let later = bank.request("GET", path, None, b"", &sign::fresh_nonce(), bank.time + 60_000 * 4 + 1_001);
    assert_eq!(bank.send(later).await.0, StatusCode::OK);
    let mut other = other;
    other.router = bank.router.clone();
    assert_eq!(other.call("GET", path, None, b"").await.0, StatusCode::OK);
}

#[tokio::test]
async fn whoever_goes_away_during_its_first_request_is_served_when_it_comes_again() {
    for steps in 0.. {
        let w = World::new(On::Memory).await;
        let bank = partner(&w, "bank:95588", &doors(&w)).await;
        let path = "/api/bank/v1/batches";
        let request = || bank.request("GET", path, None, b"", &sign::fresh_nonce(), bank.time);
        // As far as it comes in so many steps; then the connection is gone.
        let mut first = Box::pin(bank.router.clone().oneshot(request()));
        let mut answered = false;
        for _ in 0..steps {
            answered = std::future::poll_fn(|c| Poll::Ready(first.as_mut().poll(c).is_ready())).await;
            if answered {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(first);
        assert_eq!(bank.send(request()).await.0, StatusCode::OK, "gone after {steps} steps");
        if answered {
            break;
        }
    }
}

#[tokio::test]
async fn within_a_session_nothing_is_moved_whatever_is_asked() {
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    let batch = w.confirmed_batch().await;
    let router = doors(&w);
    let bank = partner(&w, "bank:95588", &router).await;
    let session: Session = bank.post("/api/session/v1", "x", &()).await;
    let shared = Shared::open(&session.key, &bank.secret).unwrap();
    let key = format!("session:{}", session.session);
    let within = |method: &str, path: &str| {
        let (nonce, time, digest) = (sign::fresh_nonce(), bank.time, sign::digest(b""));
        let partner = "bank:95588";
        let signed = sign::Request {
            method,
            path,
            partner,
            key: &key,
            time,
            nonce: &nonce,
            idempotency: None,
            digest: &digest,
        };
        let signature = shared.sign(&signed.canonical());
        let mut r = bank.request(method, path, None, b"", &nonce, time);
        r.headers_mut().insert(sign::KEY, key.parse().unwrap());
        r.headers_mut().insert(sign::SIGNATURE, signature.parse().unwrap());
        r
    };
    let state = async || w.service.batch(batch).await.unwrap().unwrap().batch.unwrap().state;
    let before = state().await;
    for path in ["opening-data", "close", "opening-returns"] {
        let path = format!("/api/bank/v1/batches/{batch}/{path}");
        assert_eq!(bank.code(within("POST", &path)).await, "session_reads_only", "{path}");
    }
    assert_eq!(state().await, before);
    assert_eq!(bank.send(within("GET", "/api/bank/v1/batches")).await.0, StatusCode::OK);
    // In what is signed a missing key is written `-`: added as a key it is none.
    let data = format!("/api/bank/v1/batches/{batch}/opening-data");
    let mut added = bank.request("POST", &data, None, b"", &sign::fresh_nonce(), bank.time);
    added.headers_mut().insert(sign::IDEMPOTENCY, "-".parse().unwrap());
    assert_eq!(bank.code(added).await, "bad_request");
}

#[tokio::test]
async fn a_partner_that_sends_us_elsewhere_is_not_followed() {
    let elsewhere = "/elsewhere";
    let sent_on = || async { (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/elsewhere")]) };
    let router =
        Router::new().route("/", post(sent_on)).route(elsewhere, post(|| async { "meant for another" }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move { axum::serve(listener, router).await });
    let http = kaguan_web::partner::http_client(None, Duration::from_secs(5)).unwrap();
    let answer = http.post(format!("http://{address}/")).body("somebody's number").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::TEMPORARY_REDIRECT);
    served.abort();
}
