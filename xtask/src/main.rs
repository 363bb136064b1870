//! `cargo xtask tidy | rooms | documents | check | prove | pictures | windows`: the project's own checks. Tidy and rooms run as tests too.

mod asvs;
mod axe;
mod catch_all;
mod check;
mod comments;
mod deny;
mod floors;
mod promises;
mod prove;
mod rooms;
mod scan;
mod tidy;
mod tidy_web;
mod windows;

use std::process::ExitCode;

/// Writes the documents that tests make from the code.
fn documents() -> anyhow::Result<()> {
    // The whole workspace, so that nothing is built a second time with other features.
    let status = scan::program(env!("CARGO"))
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
        .status()?;
    anyhow::ensure!(status.success(), "the documents could not be written");
    Ok(())
}

/// Pictures of every page of the console in every state, at a desk and on a phone, by day and by night: what the tests see.
fn pictures(dir: &str) -> anyhow::Result<()> {
    let dir = std::path::absolute(dir)?;
    let status = scan::program(env!("CARGO"))
        .args(["test", "--release", "--workspace", "--test", "browser"])
        .env("KAGUAN_PICTURES", &dir)
        .status()?;
    anyhow::ensure!(status.success(), "not every page could be shown");
    // All of them on one page, to be looked at: those of one page and state beside each other.
    let mut names: Vec<String> = std::fs::read_dir(&dir)?
        .filter_map(|f| f.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".png"))
        .collect();
    names.sort();
    let shown = |name: &String| {
        format!(
            "<figure><figcaption>{name}</figcaption><a href=\"{name}\"><img src=\"{name}\" loading=\"lazy\"></a></figure>\n"
        )
    };
    let style = "body{display:flex;flex-wrap:wrap;gap:12px;background:#888}figure{margin:0}img{height:480px}";
    let sheet = names.iter().map(shown).collect::<String>();
    std::fs::write(dir.join("index.html"), format!("<!doctype html><style>{style}</style>{sheet}"))?;
    println!("{} pictures: {}", names.len(), dir.join("index.html").display());
    Ok(())
}

fn main() -> ExitCode {
    let outcome = match std::env::args().nth(1).as_deref() {
        Some("tidy") => tidy::run(),
        Some("rooms") => rooms::run(),
        Some("documents") => documents(),
        Some("check") => check::run(),
        Some("prove") => prove::run(),
        Some("windows") => {
            let told = |word: &str| std::env::args().skip(2).any(|a| a == word);
            windows::run(told("--quick"), told("--build"), told("--check"))
        }
        Some("pictures") => pictures(&std::env::args().nth(2).unwrap_or_else(|| "target/pictures".into())),
        _ => {
            eprintln!(
                "usage: cargo xtask tidy | rooms | documents | check | prove | pictures [DIR] | windows [--quick] [--build | --check]"
            );
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
