//! The partner API (合作方接口): wire types, the SM2 signature of every request and reply, and a client that signs.
//!
//! Wire types are of this crate and not of the domain, so that a change of a rule never changes what partners read.

// Partners read these comments: they are the descriptions in docs/partners/openapi.json.
#![warn(missing_docs)]

pub mod bank;
pub mod blank;
pub mod business;
pub mod client;
pub mod desk;
pub mod details;
pub mod envelope;
pub mod held;
mod in_steps;
pub mod message;
pub mod online;
pub mod post;
pub mod problem;
pub mod reconcile;
pub mod sign;
pub mod terminal;
pub mod text;
pub mod vendor;
