//! The console 省卡管系统: pages rendered on the server, working without scripts. A page never decides: every change is a
//! command to the executor, and what it refuses is shown with its article and the way out.

mod applications;
mod apply;
mod archive;
mod batches;
mod box_tree;
mod boxes;
mod candidates;
mod clocks;
mod code_tables;
mod counter;
mod deaths;
mod done_today;
mod drafts;
mod entrust;
mod failures;
mod fees;
mod files;
mod find;
mod frame;
mod gallery;
mod gate;
mod happened;
mod holidays;
mod home;
mod joins;
mod journal;
mod links;
mod list;
mod may;
pub mod menu;
mod officers;
mod on_the_way;
mod once;
mod organisations;
mod outlets;
mod overdue;
mod pages;
pub mod papers;
pub mod partner;
mod partners;
mod password;
mod people;
mod photos;
mod policies;
mod premade;
mod receipts;
mod registers;
mod reminders;
mod replace;
mod reports;
mod second_factor;
mod session;
mod sign;
mod status;
pub mod table;
mod units;
pub mod upload;
mod visits;
mod wrong;
mod year;

pub use gate::{hash_password, one_time_password};
pub use session::behind;

use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::{Extension, Router};
use gate::Gate;
use kaguan_service::Service;
use std::sync::Arc;
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;

/// What every page has at hand.
#[derive(Clone)]
pub struct Console {
    service: Service,
    gate: Arc<Gate>,
    /// Whether it is served over TLS.
    tls: bool,
    jobs: Arc<files::Jobs>,
    /// Forms that are being worked on.
    forms: Arc<once::Forms>,
    /// How often somebody asked whether a receipt is genuine.
    asked: Arc<papers::Rate>,
}

/// The console on a running system, over HTTP on the machine itself.
pub fn router(service: Service) -> Router {
    console(service, false)
}

/// The same in a province for trying things out, where the pieces of its pages are shown too.
pub fn for_trying(router: Router) -> Router {
    router.layer(Extension(gallery::ForTrying))
}

/// The console over TLS: the browser keeps to TLS for a year, and gives its cookie to nobody else.
pub fn router_over_tls(service: Service) -> Router {
    let hsts = HeaderValue::from_static("max-age=31536000");
    console(service, true).layer(SetResponseHeaderLayer::overriding(header::STRICT_TRANSPORT_SECURITY, hsts))
}

fn console(service: Service, tls: bool) -> Router {
    let console = Console {
        service,
        gate: Arc::default(),
        tls,
        jobs: Arc::default(),
        forms: Arc::default(),
        asked: Arc::default(),
    };
    let header = |name, value| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    menu::router()
        .fallback(wrong::no_page)
        .layer(from_fn_with_state(console.clone(), session::guard))
        .layer(from_fn_with_state(console.clone(), once::layer))
        .layer(CsrfLayer::new())
        .layer(from_fn(wrong::layer))
        .layer(header(
            header::CONTENT_SECURITY_POLICY,
            concat!(
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; ",
                "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
            ),
        ))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        .layer(header(header::CACHE_CONTROL, "no-store"))
        .with_state(console)
}
