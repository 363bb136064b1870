//! The regulation as pure rules: no I/O, no clock, no randomness, no async. Rooms stand in the order of the
//! regulation's sections and have the same name in every layer.
//!
//! A rule is a function of a file (the holder's, or a batch's), a command and a [`ctx::Ctx`]; it answers with
//! events or with one [`refusal::Refusal`]. Events applied to the file are the only way that it changes.

pub mod clause;
pub mod codes;
pub mod ctx;
pub mod ids;
pub mod refusal;

pub mod calendar;
pub mod clock;

pub mod institution;

pub mod card;
pub mod holder;

pub mod application;
pub mod one_card;

pub mod account_opening;
pub mod batch;
pub mod production;

pub mod distribution;

pub mod instant;

pub mod activation;
pub mod collection;
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

pub mod command;
pub mod position;
