//! The facts: every type that stands in a file or an event, under the name of the room whose commands make it. Here is
//! what is known and how an event changes it; whether something may happen is decided in the rooms above.
//!
//! What is here is stored: a name that `serde` writes is never changed, only added to.

pub mod account;
pub mod activation;
pub mod application;
pub mod archive;
pub mod bank_change;
pub mod batch;
pub mod blank;
pub mod blank_order;
pub mod boxes;
pub mod cancellation;
pub mod card;
pub mod claim;
pub mod clock;
pub mod counter;
pub mod custody;
pub mod data_loss;
pub mod death;
pub mod desk;
pub mod difference;
pub mod document;
pub mod export;
pub mod failure;
pub mod fee;
pub mod form;
pub mod glyph;
pub mod holder;
pub mod identity;
pub mod institution;
mod institution_event;
pub mod intent;
pub mod join;
pub mod letter;
pub mod lookup;
pub mod making;
mod masked;
pub mod message;
pub mod mirror;
pub mod name;
pub mod names;
pub mod notice;
pub mod officer;
mod organisation;
pub mod partner;
pub mod person;
pub mod pin;
pub mod policy;
pub mod post;
pub mod post_news;
pub mod receipt;
pub mod restriction;
pub mod role;
pub mod social_security_number;
pub mod trace;
pub mod unit;
