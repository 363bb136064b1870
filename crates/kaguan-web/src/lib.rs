//! The console 省卡管系统: pages rendered on the server, working without scripts. A page never decides: every change is a
//! command to the executor, and what it refuses is shown with its article and the way out.

mod apply;
mod batches;
mod boxes;
mod fees;
mod files;
mod holidays;
mod may;
mod menu;
mod pages;
pub mod partner;
mod people;
mod receipts;
mod session;
mod sign;
mod status;

pub use session::hash_password;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::routing::{get, post};
use kaguan_service::Service;
use session::Sessions;
use std::sync::Arc;
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;

/// What every page has at hand.
#[derive(Clone)]
pub struct Console {
    service: Service,
    sessions: Arc<Sessions>,
    jobs: Arc<files::Jobs>,
}

/// An upload larger than this is refused.
const LARGEST_UPLOAD: usize = 4 << 30;

/// The console on a running system.
pub fn router(service: Service) -> Router {
    let console = Console { service, sessions: Arc::default(), jobs: Arc::default() };
    let header = |name, value| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    Router::new()
        .route("/", get(menu::home))
        .route("/sign-in", get(sign::page).post(sign::sign_in))
        .route("/sign-out", post(sign::sign_out))
        .route("/apply", get(apply::empty).post(apply::apply))
        .route("/receipts/{holder}/{form_no}", get(apply::receipt))
        .route("/receipts/business/{line}", get(receipts::business))
        .route("/api/cards/status", post(status::ask))
        .route("/people", get(people::page).post(people::find))
        .route("/people/hand-over", post(people::hand_over))
        .route("/people/enable", post(people::enable))
        .route("/people/activate", post(people::activate))
        .route("/fees", get(fees::page).post(fees::pay))
        .route("/upload", get(files::page).post(files::upload).layer(DefaultBodyLimit::max(LARGEST_UPLOAD)))
        .route("/jobs/{id}", get(files::job))
        .route("/holidays", get(holidays::page).post(holidays::notice))
        .route("/batches", get(batches::page))
        .route("/batches/screen", post(batches::screen))
        .route("/batches/confirm", post(batches::confirm))
        .route("/batches/hand-out", post(batches::hand_out))
        .route("/boxes", get(boxes::page))
        .route("/boxes/receive", post(boxes::receive))
        .route("/boxes/hand-over", post(boxes::hand_over))
        .route("/boxes/ship", post(boxes::ship))
        .route("/style.css", get(pages::style))
        .layer(CsrfLayer::new())
        .layer(header(
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        ))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        .layer(header(header::CACHE_CONTROL, "no-store"))
        .with_state(console)
}
