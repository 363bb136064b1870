//! `cargo xtask prove`: the long versions of the proofs whose short versions are tests.

use crate::scan::program;
use anyhow::{Context, Result, bail};
use std::time::Instant;

/// What is proved, and the test that proves it.
const PROOFS: [(&str, &str); 10] = [
    (
        "100,000 random commands against the models written from the regulation, on both engines",
        "differential",
    ),
    ("every state that a person's cards can reach keeps the rules", "life"),
    ("one seed tells one story, again and on both engines, and another seed another", "simulate"),
    ("10,000 linkage messages over a bad link with an outage of five minutes converge", "converge"),
    ("10,000 random changes of the database without the key are refused or named", "adversary"),
    (
        "1,000 random runs of two desks and two servers with crashes everywhere: each card in stock, spoiled and in the bin, or good and in hand; no PIN and no key in a core dump of the server",
        "partners",
    ),
    ("reconciliation of 1,000,000 cards finds exactly 100 planted differences", "sims"),
    ("1,600 silent and slow connections are cut, and 1,000 parallel guesses delay nobody", "held"),
    ("every page is small and quick on one core beside 1,000,000 people", "many_people"),
    (
        "every page with people in every state, refusals too, is sound at both widths, in both schemes",
        "browser",
    ),
];

/// Runs every proof in its long version, with its time; all of them, or those whose test is named.
pub fn run() -> Result<()> {
    let wanted: Vec<String> = std::env::args().skip(2).collect();
    for (what, test) in PROOFS {
        if !wanted.is_empty() && !wanted.iter().any(|w| w == test) {
            continue;
        }
        println!("prove: {what} …");
        let began = Instant::now();
        // Optimised as what is measured is, and the whole workspace, so that nothing is built again with other features.
        let status = program(env!("CARGO"))
            .args(["test", "--profile", "dist", "--workspace", "--test", test, "--", "--nocapture"])
            .env("KAGUAN_LONG", "1")
            .status()
            .context("failed to start cargo")?;
        if !status.success() {
            bail!("not proved: {what}");
        }
        println!("prove: {test}: {:.0} s", began.elapsed().as_secs_f64());
    }
    Ok(())
}
