//! `cargo xtask tidy | rooms | documents | check | prove`: the project's own checks. Tidy and rooms run as tests too.

mod catch_all;
mod check;
mod comments;
mod deny;
mod floors;
mod prove;
mod rooms;
mod scan;
mod tidy;
mod tidy_web;

use std::process::ExitCode;

/// Writes the documents that tests make from the code.
fn documents() -> anyhow::Result<()> {
    // The whole workspace, so that nothing is built a second time with other features.
    let status = std::process::Command::new(env!("CARGO"))
        .args([
            "test",
            "-q",
            "--release",
            "--workspace",
            "--test",
            "life",
            "--test",
            "partner",
            "--test",
            "vectors",
            "--",
        ])
        .args(["documents::", "the_openapi_document", "the_published_vectors"])
        .env("KAGUAN_WRITE_DOCUMENTS", "1")
        .current_dir(scan::root())
        .status()?;
    anyhow::ensure!(status.success(), "the documents could not be written");
    Ok(())
}

fn main() -> ExitCode {
    let outcome = match std::env::args().nth(1).as_deref() {
        Some("tidy") => tidy::run(),
        Some("rooms") => rooms::run(),
        Some("documents") => documents(),
        Some("check") => check::run(),
        Some("prove") => prove::run(),
        _ => {
            eprintln!("usage: cargo xtask tidy | rooms | documents | check | prove");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e:#}");
            ExitCode::FAILURE
        }
    }
}
