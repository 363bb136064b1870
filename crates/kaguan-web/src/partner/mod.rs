//! The partners' doors (合作方接口): banks, vendors, online channels, business systems, the treasury. Every request and
//! reply is signed; errors are problem+json with the published codes; the OpenAPI document is made from the code.

mod auth;
mod bank;
mod blanks;
mod business;
mod card_keys;
mod courier;
mod details;
mod letters;
mod online;
mod openapi;
mod reply;
mod system;
mod vendor;

pub use courier::{HttpBook, HttpCourier, HttpPhotos, HttpRegisters, PATIENCE, client_of, http_client};
pub use openapi::document;
pub use system::SigningKey;

use auth::{Nonces, Sessions};
use axum::Router;
use axum::middleware::from_fn_with_state;
use kaguan_service::Service;
use std::sync::Arc;
use system::SystemKeys;
use tokio::sync::Semaphore;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What every call has at hand.
#[derive(Clone)]
pub struct Door {
    service: Service,
    keys: Arc<SystemKeys>,
    nonces: Arc<Nonces>,
    sessions: Arc<Sessions>,
    began_ms: i64,
    /// Turns of bulk calls.
    bulk: Arc<Semaphore>,
}

/// So many bulk calls are read and worked through at once: each holds up to 96 MiB.
const BULK_CALLS: usize = 4;

fn routes_of() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(business::system_key))
        .routes(routes!(business::session))
        .routes(routes!(business::earlier))
        .routes(routes!(business::messages))
        .routes(routes!(business::fetched))
        .routes(routes!(bank::batches))
        .routes(routes!(bank::opening_data))
        .routes(routes!(bank::document))
        .routes(routes!(bank::opening_returns))
        .routes(routes!(bank::close))
        .routes(routes!(bank::enable))
        .routes(routes!(bank::activate))
        .routes(routes!(bank::lose))
        .routes(routes!(bank::release))
        .routes(routes!(bank::account_closed))
        .routes(routes!(bank::balance))
        .routes(routes!(bank::reserve))
        .routes(routes!(bank::call_off))
        .routes(routes!(bank::approve))
        .routes(routes!(bank::answers))
        .routes(routes!(bank::reconciliation_key))
        .routes(routes!(bank::failure_guide))
        .routes(routes!(blanks::bank_orders))
        .routes(routes!(blanks::allocation_data))
        .routes(routes!(blanks::allocation_returns))
        .routes(routes!(blanks::close_allocation))
        .routes(routes!(blanks::vendor_orders))
        .routes(routes!(blanks::making_data))
        .routes(routes!(blanks::pack))
        .routes(routes!(blanks::making_returns))
        .routes(routes!(blanks::close_making))
        .routes(routes!(blanks::deliver))
        .routes(routes!(vendor::batches))
        .routes(routes!(vendor::production_data))
        .routes(routes!(vendor::photo))
        .routes(routes!(vendor::document))
        .routes(routes!(card_keys::card_keys))
        .routes(routes!(vendor::pack))
        .routes(routes!(vendor::production_returns))
        .routes(routes!(vendor::close))
        .routes(routes!(vendor::deliver))
        .routes(routes!(vendor::posted))
        .routes(routes!(vendor::incomplete))
        .routes(routes!(vendor::bank_data))
        .routes(routes!(online::apply))
        .routes(routes!(online::photo))
        .routes(routes!(online::progress))
        .routes(routes!(online::lose))
        .routes(routes!(online::replace))
        .routes(routes!(online::withdraw))
        .routes(routes!(online::reserve_bank_change))
        .routes(routes!(online::call_off))
        .routes(routes!(online::enable))
        .routes(routes!(online::find_cards))
        .routes(routes!(online::clean_up))
        .routes(routes!(business::status))
        .routes(routes!(business::statuses))
        .routes(routes!(business::held_cards))
        .routes(routes!(business::payment))
}

/// The partner API on a running system, and its documentation at `/api/docs/`.
pub fn router(service: Service) -> Router {
    let began_ms = service.now().0 / 1_000;
    let door = Door {
        service,
        keys: Arc::default(),
        nonces: Arc::default(),
        sessions: Arc::default(),
        began_ms,
        bulk: Arc::new(Semaphore::new(BULK_CALLS)),
    };
    let (routes, _) = routes_of().split_for_parts();
    let api = routes
        .fallback(|| async { reply::Said::protocol("not_found_route") })
        .method_not_allowed_fallback(|| async { reply::Said::protocol("method_not_allowed") })
        .layer(from_fn_with_state(door.clone(), auth::guard))
        .with_state(door);
    // The page asks nobody outside for an opinion on the document.
    let config = utoipa_swagger_ui::Config::from("/api/openapi.json").validator_url("none");
    let docs =
        utoipa_swagger_ui::SwaggerUi::new("/api/docs").config(config).url("/api/openapi.json", document());
    Router::new().merge(docs).merge(api)
}
