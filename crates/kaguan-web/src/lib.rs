//! The console 省卡管系统: pages rendered on the server, working without scripts. A page never decides: every change is a
//! command to the executor, and what it refuses is shown with its article and the way out.

mod applications;
mod apply;
mod batches;
mod box_tree;
mod boxes;
mod candidates;
mod clocks;
mod code_tables;
mod deaths;
mod drafts;
mod entrust;
mod failures;
mod fees;
mod files;
mod find;
mod frame;
mod gate;
mod happened;
mod holidays;
mod home;
mod joins;
mod journal;
mod links;
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
mod policies;
mod premade;
mod receipts;
mod registers;
mod reminders;
mod replace;
mod reports;
mod session;
mod sign;
mod status;
mod units;
pub mod upload;
mod visits;
mod wrong;
mod year;

pub use gate::{hash_password, one_time_password};
pub use session::behind;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
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
}

/// An upload larger than this is refused.
const LARGEST_UPLOAD: usize = 4 << 30;

/// 持卡人档案 and the business on a card. A form may bring images of documents.
fn people_routes() -> Router<Console> {
    Router::new()
        .route("/people/hand-over", post(people::hand_over))
        .route("/people/enable", post(people::enable))
        .route("/people/activate", post(people::activate))
        .route("/people/visit", post(people::record_visit))
        .route("/people/visit-confirm", post(people::confirm_visit))
        .route("/people/pin", post(people::pin))
        .route("/people/loss", post(people::lose))
        .route("/people/cancel", post(people::cancel))
        .route("/people/account-closed", post(people::close))
        .route("/people/bank-change/reserve", post(people::reserve))
        .route("/people/bank-change/approve", post(people::approve))
        .route("/people/bank-change/call-off", post(people::call_off))
        .route("/people/bank-change/carry-out", post(people::carry_out))
        .route("/people/restrict/propose", post(people::propose))
        .route("/people/restrict/decide", post(people::examine))
        .route("/people/restrict/lift", post(people::lift))
        .route("/people/one-card", post(people::slip))
        .route("/people/one-card/clean", post(people::clean))
        .layer(DefaultBodyLimit::max(upload::LARGEST_FORM))
}

/// What the sign-in and password forms may weigh.
const LARGEST_SIGN_IN: usize = 8 << 10;

/// The door itself: signing in and out, the password again, and its change.
fn sign_routes() -> Router<Console> {
    Router::new()
        .route("/sign-in", get(sign::page).post(sign::sign_in))
        .route("/sign-out", post(sign::sign_out))
        .route("/reauthenticate", get(sign::ask_again).post(sign::reauthenticate))
        .route("/password", get(password::page).post(password::change))
        .layer(DefaultBodyLimit::max(LARGEST_SIGN_IN))
}

/// The console on a running system, over HTTP on the machine itself.
pub fn router(service: Service) -> Router {
    console(service, false)
}

/// The console over TLS: the browser keeps to TLS for a year, and gives its cookie to nobody else.
pub fn router_over_tls(service: Service) -> Router {
    let hsts = HeaderValue::from_static("max-age=31536000");
    console(service, true).layer(SetResponseHeaderLayer::overriding(header::STRICT_TRANSPORT_SECURITY, hsts))
}

fn console(service: Service, tls: bool) -> Router {
    let console = Console { service, gate: Arc::default(), tls, jobs: Arc::default(), forms: Arc::default() };
    let header = |name, value| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    Router::new()
        .route("/", get(home::home))
        .route("/done/{form}", get(once::done))
        .route("/drafts", post(drafts::keep).layer(DefaultBodyLimit::max(upload::LARGEST_FORM)))
        .route("/drafts/{id}", get(drafts::page))
        .route("/drafts/{id}/drop", post(drafts::drop))
        .merge(sign_routes())
        .route("/apply", get(apply::empty).post(apply::apply).layer(DefaultBodyLimit::max(upload::LARGEST_FORM)))
        .route("/apply/begin", post(apply::begin))
        .route("/waiting", get(applications::waiting).post(applications::open))
        .route("/applications/verify", post(applications::verify))
        .route("/applications/confirm", post(applications::confirm))
        .route("/applications/decline", post(applications::decline))
        .route("/vouchers/{holder}/{form_no}", get(applications::voucher))
        .route("/receipts/{holder}/{form_no}", get(apply::receipt))
        .route("/receipts/business/{line}", get(receipts::business))
        .route("/api/cards/status", post(status::ask))
        .route("/people", get(people::page).post(people::find))
        .route("/people/{key}", get(people::by_key))
        .merge(people_routes())
        .merge(journal::routes())
        .merge(links::routes())
        .merge(partners::routes())
        .merge(papers::routes())
        .merge(organisations::routes())
        .merge(code_tables::routes())
        .route("/fees", get(fees::page).post(fees::pay))
        .route("/upload", get(files::page).post(files::upload).layer(DefaultBodyLimit::max(LARGEST_UPLOAD)))
        .route("/units", get(units::page).post(units::register))
        .route("/units/{id}", get(units::print))
        .route("/units/{id}/papers", get(units::outstanding))
        .route("/units/{id}/close", post(units::close))
        .route("/jobs/{id}", get(files::job))
        .route("/jobs/{id}/progress", get(files::progress))
        .route("/jobs/{id}/rest/{kind}", get(files::rest))
        .route("/outlets", get(outlets::page).post(outlets::register))
        .route("/holidays", get(holidays::page).post(holidays::notice))
        .route("/batches", get(batches::page))
        .route("/batches/{id}", get(batches::contents))
        .route("/photos/{key}", get(batches::photo))
        .route("/batches/screen", post(batches::screen))
        .route("/batches/confirm", post(batches::confirm))
        .route("/batches/take-back", post(batches::take_back_confirmation))
        .route("/batches/hand-out", post(batches::hand_out))
        .route("/boxes", get(boxes::page))
        .route("/boxes/receive", post(boxes::receive))
        .route("/boxes/hand-over", post(boxes::hand_over).layer(DefaultBodyLimit::max(upload::LARGEST_FORM)))
        .route("/boxes/ship", post(boxes::ship))
        .route("/boxes/settle", post(boxes::settle))
        .route("/visits", get(visits::page))
        .route("/registers", get(registers::page).post(registers::print))
        .route("/registers/csv", post(registers::csv))
        .route("/registers/sign", post(registers::sign))
        .route("/registers/paper", post(registers::paper))
        .route("/cards-on-their-way", get(on_the_way::page).post(on_the_way::find))
        .route("/cards-on-their-way/do", post(on_the_way::do_it).layer(DefaultBodyLimit::max(upload::LARGEST_FORM)))
        .route("/cards-on-their-way/label", post(on_the_way::label))
        .route("/overdue", get(overdue::overdue).post(overdue::take_back))
        .route("/overdue/export", post(overdue::export))
        .route("/stranded", get(overdue::stranded).post(overdue::settle))
        .route("/entrust", get(entrust::page).post(entrust::entrust))
        .route("/replace", get(replace::page).post(replace::find))
        .route("/replace/apply", post(replace::apply))
        .route("/people/contacts", post(people::contacts))
        .route("/deaths", get(deaths::page))
        .route("/deaths/mark", post(deaths::mark))
        .route("/deaths/state", post(deaths::state))
        .route("/deaths/restore", post(deaths::restore))
        .merge(clocks::routes())
        .route("/reminders", get(reminders::page))
        .route("/reports", get(reports::page))
        .route("/reports/csv", get(reports::csv))
        .route("/failures", get(failures::page))
        .route("/failures/settle", post(failures::settle))
        .route("/failures/correct", post(failures::correct))
        .route("/failures/decline", post(failures::decline))
        .route("/failures/guide", post(failures::guide))
        .route("/policies", get(policies::page).post(policies::propose))
        .route("/policies/decide", post(policies::examine))
        .route("/joins", get(joins::page).post(joins::find))
        .route("/joins/look", post(joins::look))
        .route("/joins/propose", post(joins::propose))
        .route("/joins/decide", post(joins::settle))
        .route("/joins/undo", post(joins::undo))
        .route("/officers", get(officers::page).post(officers::find))
        .route("/officers/{id}", get(officers::officer))
        .route("/officers/propose", post(officers::propose))
        .route("/officers/decide", post(officers::examine))
        .route("/officers/stop", post(officers::stop))
        .route("/officers/withdraw", post(officers::withdraw))
        .route("/officers/log", get(officers::log))
        .route("/roles", get(officers::matrix))
        .merge(premade::routes())
        .merge(box_tree::routes())
        .route("/style.css", get(pages::style))
        .route("/script.js", get(pages::script))
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
