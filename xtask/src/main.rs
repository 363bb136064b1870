//! `cargo xtask tidy | rooms | documents | check | prove | pictures`: the project's own checks. Tidy and rooms run as tests too.

mod axe;
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
            "--lib",
            "--",
        ])
        .args(["documents::", "documents_the_", "the_openapi_document", "the_published_vectors"])
        .env("KAGUAN_WRITE_DOCUMENTS", "1")
        .current_dir(scan::root())
        .status()?;
    anyhow::ensure!(status.success(), "the documents could not be written");
    Ok(())
}

/// Pictures of every page of the console in every state, at a desk and on a phone, by day and by night: what the tests see.
fn pictures(dir: &str) -> anyhow::Result<()> {
    let dir = std::path::absolute(dir)?;
    let status = std::process::Command::new(env!("CARGO"))
        .args(["test", "--release", "--workspace", "--test", "browser"])
        .env("KAGUAN_PICTURES", &dir)
        .current_dir(scan::root())
        .status()?;
    anyhow::ensure!(status.success(), "not every page could be shown");
    println!("pictures: {}", dir.display());
    Ok(())
}

fn main() -> ExitCode {
    let outcome = match std::env::args().nth(1).as_deref() {
        Some("tidy") => tidy::run(),
        Some("rooms") => rooms::run(),
        Some("documents") => documents(),
        Some("check") => check::run(),
        Some("prove") => prove::run(),
        Some("pictures") => pictures(&std::env::args().nth(2).unwrap_or_else(|| "target/pictures".into())),
        _ => {
            eprintln!("usage: cargo xtask tidy | rooms | documents | check | prove | pictures [DIR]");
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
