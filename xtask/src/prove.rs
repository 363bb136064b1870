//! `cargo xtask prove`: the long versions of the proofs whose short versions are tests.

use anyhow::{Context, Result, bail};
use std::process::Command;
use std::time::Instant;

/// What is proved, the package and the test that prove it.
const PROOFS: [(&str, &str, &str); 3] = [
    (
        "100,000 random commands against the model written from the regulation, on both engines",
        "kaguan-testkit",
        "differential",
    ),
    ("10,000 linkage messages over a bad link with an outage of five minutes converge", "kaguan", "converge"),
    ("reconciliation of 1,000,000 cards finds exactly 100 planted differences", "kaguan-web", "sims"),
];

/// Runs every proof in its long version, with its time; all of them, or those whose test is named.
pub fn run() -> Result<()> {
    let wanted: Vec<String> = std::env::args().skip(2).collect();
    for (what, package, test) in PROOFS {
        if !wanted.is_empty() && !wanted.iter().any(|w| w == test) {
            continue;
        }
        println!("prove: {what} …");
        let began = Instant::now();
        let status = Command::new(env!("CARGO"))
            .args(["test", "--release", "-p", package, "--test", test, "--", "--nocapture"])
            .env("KAGUAN_LONG", "1")
            .current_dir(crate::scan::root())
            .status()
            .context("failed to start cargo")?;
        if !status.success() {
            bail!("not proved: {what}");
        }
        println!("prove: {test}: {:.0} s", began.elapsed().as_secs_f64());
    }
    Ok(())
}
