//! The partners' doors (合作方接口): banks, vendors, online channels, business systems, the treasury. Every request and
//! reply is signed; errors are problem+json with the published codes; the OpenAPI document is made from the code.

mod asking;
mod auth;
mod bank;
mod blanks;
mod business;
mod card_keys;
mod clauses;
mod corrections;
mod courier;
mod details;
mod dictionary;
mod faces;
mod letters;
mod online;
mod openapi;
mod photos;
mod post;
mod reader;
mod reply;
mod system;
mod terminal;
mod turns;
mod vendor;

pub use courier::{HttpBook, HttpCourier, HttpRegisters, PATIENCE, client_of, http_client};
pub use faces::HttpFaces;
pub use openapi::{collection, document};
pub use photos::HttpPhotos;
pub use system::SigningKey;
pub(crate) use system::{keys_for_desk, public_of_today};

use crate::limits::Bounds;
use crate::refused::Refusals;
use auth::{Nonces, Sessions};
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kaguan_service::Service;
use std::collections::HashSet;
use std::sync::Arc;
use system::SystemKeys;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// 字段字典, a page of the handbook.
pub fn dictionary_page() -> String {
    dictionary::page(&document())
}

/// What every call has at hand.
#[derive(Clone)]
pub struct Door {
    service: Service,
    keys: Arc<SystemKeys>,
    nonces: Arc<Nonces>,
    sessions: Arc<Sessions>,
    began_ms: i64,
    bounds: Arc<Bounds>,
    turns: Arc<turns::Turns>,
    refusals: Refusals,
    /// Methods and addresses that a session is enough for.
    reads: Arc<HashSet<String>>,
}

/// Addresses whose bodies are bulk returns: they lie on disk until they are verified, and are worked through from there.
const BULK: [&str; 4] = [
    "/api/bank/v1/batches/{batch}/opening-returns",
    "/api/bank/v1/blank-orders/{order}/allocation-returns",
    "/api/vendor/v1/batches/{batch}/production-returns",
    "/api/vendor/v1/blank-orders/{order}/making-returns",
];

/// What only looks: a session is enough for it.
fn reading() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(business::system_key))
        .routes(routes!(business::earlier))
        .routes(routes!(business::messages))
        .routes(routes!(business::attempts))
        .routes(routes!(business::questions))
        .routes(routes!(bank::batches))
        .routes(routes!(bank::document))
        .routes(routes!(bank::reconciliation_key))
        .routes(routes!(blanks::bank_orders))
        .routes(routes!(blanks::vendor_orders))
        .routes(routes!(blanks::making_data))
        .routes(routes!(vendor::batches))
        .routes(routes!(vendor::production_data))
        .routes(routes!(vendor::photo))
        .routes(routes!(vendor::document))
        .routes(routes!(online::progress))
        .routes(routes!(online::find_cards))
        .routes(routes!(post::parcels))
        .routes(routes!(post::labels))
        .routes(routes!(terminal::progress))
        .routes(routes!(terminal::status))
        .routes(routes!(business::status))
        .routes(routes!(business::statuses))
        .routes(routes!(business::held_cards))
}

/// What changes something: signed by a key that only the partner has.
fn changing() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(business::session))
        .routes(routes!(business::fetched))
        .routes(routes!(bank::opening_data))
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
        .routes(routes!(bank::failure_guide))
        .routes(routes!(blanks::allocation_data))
        .routes(routes!(blanks::allocation_returns))
        .routes(routes!(blanks::close_allocation))
        .routes(routes!(blanks::pack))
        .routes(routes!(blanks::making_returns))
        .routes(routes!(blanks::close_making))
        .routes(routes!(blanks::deliver))
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
        .routes(routes!(online::lose))
        .routes(routes!(online::replace))
        .routes(routes!(online::withdraw))
        .routes(routes!(online::reserve_bank_change))
        .routes(routes!(online::call_off))
        .routes(routes!(online::enable))
        .routes(routes!(online::clean_up))
        .routes(routes!(business::payment))
        .routes(routes!(business::e_card_number))
        .routes(routes!(terminal::pin_changed))
        .routes(routes!(post::event))
        .routes(routes!(post::signature))
}

fn routes_of() -> OpenApiRouter<Door> {
    reading().merge(changing())
}

/// Methods and addresses of what only looks.
fn reads() -> HashSet<String> {
    let mut all = HashSet::new();
    for (path, item) in reading().into_openapi().paths.paths {
        let both = [("GET", item.get.is_some()), ("POST", item.post.is_some())];
        all.extend(both.into_iter().filter(|(_, is)| *is).map(|(method, _)| format!("{method} {path}")));
    }
    all
}

/// Too much is asked at this moment: not signed, for a signature costs what there is too little of.
pub fn busy() -> Response {
    reply::Said::protocol("unavailable").into_response()
}

/// The partner API on a running system, and its documentation at `/api/docs/`, within the usual limits.
pub fn router(service: Service) -> Router {
    router_within(service, &Arc::default())
}

/// The same within limits.
pub fn router_within(service: Service, bounds: &Arc<Bounds>) -> Router {
    let began_ms = service.wall().0 / 1_000;
    let door = Door {
        service,
        keys: Arc::default(),
        nonces: Arc::default(),
        sessions: Arc::default(),
        began_ms,
        turns: Arc::new(turns::Turns::new(&bounds.limits)),
        bounds: Arc::clone(bounds),
        refusals: Refusals::default(),
        reads: Arc::new(reads()),
    };
    let (routes, _) = routes_of().split_for_parts();
    let api = routes
        .fallback(|| async { reply::Said::protocol("not_found_route") })
        .method_not_allowed_fallback(|| async { reply::Said::protocol("method_not_allowed") })
        .layer(from_fn_with_state(door.clone(), auth::guard))
        .with_state(door);
    let document = document();
    let collection = collection(&document);
    // The page asks nobody outside for an opinion on the document.
    let config = utoipa_swagger_ui::Config::from("/api/openapi.json").validator_url("none");
    let docs = utoipa_swagger_ui::SwaggerUi::new("/api/docs")
        .config(config)
        .external_url_unchecked("/api/openapi.json", document);
    let collection = get(|| async { axum::Json(collection) });
    Router::new().merge(docs).route("/api/collection.json", collection).merge(api)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bulk_address_is_one_of_ours() {
        let all: Vec<String> = routes_of().into_openapi().paths.paths.into_keys().collect();
        for bulk in BULK {
            assert!(all.iter().any(|path| path == bulk), "{bulk}");
        }
        let returns = all.iter().filter(|path| path.ends_with("-returns")).count();
        assert_eq!(returns, BULK.len());
    }
}
