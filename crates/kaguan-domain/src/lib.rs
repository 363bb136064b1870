//! The regulation as pure rules: no I/O, no clock, no randomness, no async.
//!
//! A rule is a function of a file (the holder's, or a batch's), a command and a [`ctx::Ctx`]; it answers with
//! events or with one [`refusal::Refusal`]. Events applied to the file are the only way that it changes.
//!
//! Five floors; each uses the ones above it in this list, never one below. `cargo xtask tidy` checks it.
//!
//! 1. **Ground**: identities and numbers, code tables, the calendar, characters, who acts and when.
//! 2. **Facts**: every type that stands in a file or an event, and how an event changes a file.
//! 3. **Frame**: what every rule is asked with and answers with: the refusals, the right to act, what stands around
//!    a file.
//! 4. **Rooms**: commands and their rules, in the order of the regulation's sections, with the same name in every
//!    layer. A room is closed to the other rooms, but for the few that `tidy` names with a reason each.
//! 5. **Dispatch**: what knows all the rooms.

// 1. Ground.
pub mod calendar;
pub mod characters;
pub mod clause;
pub mod codes;
pub mod ctx;
pub mod ids;
pub mod spelling;

// 2. Facts.
pub mod facts;

// 3. Frame.
pub mod permission;
pub mod refusal;
pub mod rule;

// 4. Rooms.
pub mod institution;

pub mod holder;

pub mod application;
pub mod one_card;

pub mod account_opening;
pub mod batch;
pub mod e_card;
pub mod production;

pub mod distribution;

pub mod instant;

pub mod activation;
pub mod collection;
pub(crate) mod counter;
pub mod kiosk;
pub mod pin;

pub mod fee;
pub mod link;
pub mod loss;
pub mod replacement;

pub mod alive;
pub mod cancellation;
pub mod duty;
pub mod recall;
pub mod restriction;

pub mod rare_name;
pub mod records;
pub mod report;
pub mod social_security_number;

// 5. Dispatch.
pub mod dispatch;
