//! Certification that can fail: partners that do everything right, and partners that do one thing wrong each, which do not pass at that
//! check and at no other.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod bank;
mod called;
#[expect(dead_code, reason = "the tests of the doors use all of it")]
#[path = "../../../kaguan-web/tests/partner/caller.rs"]
mod caller;
mod calling;
mod carriers;
mod hears;
mod others;

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn kaguan(data: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kaguan")).arg("--data").arg(data).args(args).output().unwrap()
}

/// The names of the checks of a report by what they came to.
fn checks(out: &Path, outcome: &str) -> Vec<String> {
    let signed: Value = serde_json::from_slice(&std::fs::read(out).unwrap()).unwrap();
    let report: Value = serde_json::from_str(signed["report"].as_str().unwrap()).unwrap();
    let checks = report["checks"].as_array().unwrap().iter();
    checks.filter(|c| c["outcome"] == outcome).map(|c| c["name"].as_str().unwrap().to_owned()).collect()
}
