//! The partners' doors: signatures, idempotency, scope, bulk, the published document.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod attack;
mod banks;
mod business;
mod caller;
mod channels;
mod document;
mod incomplete;
mod signing;
mod turns;
