//! The regulation as pure rules: no I/O, no clock, no randomness, no async. Rooms stand in the order of the
//! regulation's sections and have the same name in every layer.

pub mod clause;
pub mod codes;

pub mod calendar;

pub mod holder;
pub mod application;
pub mod rare_name;
pub mod social_security_number;
