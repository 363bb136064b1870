//! `cargo xtask check`: everything that must hold before a change lands. Installs what is missing, skips nothing.

use anyhow::{Context, Result, bail};
use std::process::Command;
use std::time::Instant;

/// A program and the Debian package that brings it.
const NEEDED: [(&str, &str); 7] = [
    ("openssl", "openssl"),
    ("initdb", "postgresql"),
    ("unzip", "unzip"),
    ("setpriv", "util-linux"),
    ("chromium", "chromium"),
    ("chromedriver", "chromium-driver"),
    ("NotoSansCJK-Regular.ttc", "fonts-noto-cjk"),
];

/// Runs every stage, with its time.
pub fn run() -> Result<()> {
    stage("what is needed", install)?;
    stage("format", || cargo(&["fmt", "--all", "--check"]))?;
    stage("licences, bans and sources", crate::deny::run)?;
    stage("lints", || cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    // Tidy and rooms are tests of xtask; both engines are in the journeys.
    stage("tests on both engines", || cargo(&["test", "--workspace"]))?;
    println!("check: all stages passed");
    Ok(())
}

fn stage(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("check: {name} …");
    let began = Instant::now();
    work().with_context(|| format!("stage “{name}” failed"))?;
    println!("check: {name}: {:.0} s", began.elapsed().as_secs_f64());
    Ok(())
}

fn cargo(args: &[&str]) -> Result<()> {
    let status = Command::new(env!("CARGO")).args(args).current_dir(crate::scan::root()).status()?;
    if !status.success() {
        bail!("cargo {} failed", args.join(" "));
    }
    Ok(())
}

fn present(program: &str) -> bool {
    let on_path =
        std::env::var_os("PATH").is_some_and(|p| std::env::split_paths(&p).any(|d| d.join(program).exists()));
    if program.ends_with(".ttc") {
        return std::path::Path::new("/usr/share/fonts/opentype/noto").join(program).exists();
    }
    let postgres = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    on_path || postgres.flatten().any(|e| e.path().join("bin").join(program).exists())
}

fn install() -> Result<()> {
    let missing: Vec<&str> =
        NEEDED.iter().filter(|(p, _)| !present(p)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !present("apt-get") {
        bail!("install first: {}", missing.join(" "));
    }
    println!("check: installing {}", missing.join(" "));
    let root = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.starts_with(b"0"));
    let apt = |args: &[&str]| -> Result<bool> {
        let mut c = if root { Command::new("apt-get") } else { Command::new("sudo") };
        if !root {
            c.arg("apt-get");
        }
        Ok(c.args(args).env("DEBIAN_FRONTEND", "noninteractive").status()?.success())
    };
    let mut args = vec!["install", "-y", "--no-install-recommends"];
    args.extend(&missing);
    let installed = apt(&args)? || (apt(&["update"])? && apt(&args)?);
    if !installed {
        bail!("install first: {}", missing.join(" "));
    }
    Ok(())
}
