//! The partners' doors: signatures, idempotency, scope, bulk, the published document.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod activations;
mod attack;
mod banks;
mod boxes;
mod business;
mod caller;
mod carrier;
mod channels;
mod document;
mod ecard;
mod handbook;
mod incomplete;
mod keys;
mod limits;
mod sent;
mod signing;
mod terminal;
mod turns;
mod version;
