//! Simulated partners over HTTP.
//!
//! `KAGUAN_LONG=1`: 1,000,000 cards with 100 differences.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod beside;
mod carriers;
mod counters;
mod main_job;
mod reconciliation;
