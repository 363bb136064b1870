//! `cargo xtask tidy | rooms | check`: the project's own checks. Tidy and rooms run as tests too.

mod check;
mod rooms;
mod scan;
mod tidy;

use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = match std::env::args().nth(1).as_deref() {
        Some("tidy") => tidy::run(),
        Some("rooms") => rooms::run(),
        Some("check") => check::run(),
        _ => {
            eprintln!("usage: cargo xtask tidy | rooms | check");
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
