//! The console 省卡管系统: pages rendered on the server, working without scripts. A page never decides: every change is a
//! command to the executor, and what it refuses is shown with its article and the way out.

mod agent;
mod amount;
mod application;
mod batch;
mod candidates;
mod collection;
mod counter;
mod desk;
mod distribution;
mod find;
mod fours;
mod frame;
mod gate;
mod happened;
mod holder;
mod institution;
mod kiosk;
mod limits;
mod link;
mod list;
mod marks;
mod may;
pub mod menu;
mod outer;
mod pages;
pub mod partner;
mod premade;
mod records;
mod refill;
mod refused;
mod replacement;
mod report;
mod session;
mod spool;
pub mod table;
mod taken;
pub mod upload;
mod work;
mod wrong;
mod year;

pub use gate::{hash_password, one_time_password};
pub use limits::{Bounds, Limits, count, seconds};
pub use outer::around;
pub use records::papers;
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
    bounds: Arc<Bounds>,
    /// Whether it is served over TLS.
    tls: bool,
    jobs: Arc<application::files::Jobs>,
    /// Forms that are being worked on.
    forms: Arc<desk::once::Forms>,
    /// 制卡桌面机 that are connected.
    desks: Arc<agent::Desks>,
    /// 自助服务设施 that are open to whoever comes.
    kiosks: Arc<kiosk::Kiosks>,
    /// Who was turned away before anything was asked of the service.
    refusals: refused::Refusals,
    /// How often somebody asked whether a receipt is genuine.
    asked: Arc<papers::Rate>,
    /// How many clocks are late, as it was counted lately for the head of every page.
    counted: Arc<desk::open_clocks::Counted>,
}

/// The console on a running system, over HTTP on the machine itself, within the usual limits.
pub fn router(service: Service) -> Router {
    router_within(service, false, &Arc::default())
}

/// The same in a province for trying things out, where the pieces of its pages are shown too.
pub fn for_trying(router: Router) -> Router {
    router.layer(Extension(desk::gallery::ForTrying))
}

/// The same within limits. Over TLS the browser gives its cookie to nobody else.
pub fn router_within(service: Service, over_tls: bool, bounds: &Arc<Bounds>) -> Router {
    let console = Console {
        service,
        gate: Arc::new(Gate::new(&bounds.limits)),
        bounds: Arc::clone(bounds),
        tls: over_tls,
        jobs: Arc::default(),
        forms: Arc::default(),
        desks: Arc::default(),
        kiosks: Arc::default(),
        refusals: refused::Refusals::default(),
        asked: Arc::default(),
        counted: Arc::default(),
    };
    let header = |name, value| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    let agents = agent::router(console.clone());
    menu::router(&bounds.limits)
        .fallback(wrong::no_page)
        .layer(from_fn_with_state(console.clone(), session::guard))
        .layer(from_fn_with_state(console.clone(), desk::once::layer))
        .layer(CsrfLayer::new())
        .layer(from_fn(outer::reads))
        .layer(from_fn_with_state(console.clone(), wrong::layer))
        .layer(from_fn(fours::layer))
        .layer(SetResponseHeaderLayer::overriding(header::CONTENT_SECURITY_POLICY, outer::CONSOLE))
        .layer(from_fn_with_state(console.clone(), session::over_tls))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        .layer(header(header::CACHE_CONTROL, "no-store"))
        .with_state(console)
        .merge(agents)
}
