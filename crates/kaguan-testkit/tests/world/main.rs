//! A whole system, on both engines, without a browser or a partner's network: one program, so that it is linked once and has one cluster.

mod alone;
mod archive;
mod article_29;
mod check;
mod clock;
mod counted;
mod dead_letters;
mod intake;
mod interleaving;
mod invariants;
mod joining;
mod journeys;
mod ledger;
mod lists;
mod one_human;
mod opening;
mod plans;
mod store;
mod units;
