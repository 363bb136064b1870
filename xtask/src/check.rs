//! `cargo xtask check`: everything that must hold before a change lands. Installs what is missing, skips nothing.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// A program and the Debian package that brings it.
const NEEDED: [(&str, &str); 16] = [
    ("openssl", "openssl"),
    ("initdb", "postgresql"),
    ("unzip", "unzip"),
    ("setpriv", "util-linux"),
    ("chromium", "chromium"),
    ("chromedriver", "chromium-driver"),
    ("NotoSansCJK-Regular.ttc", "fonts-noto-cjk"),
    ("HanaMinB.ttf", "fonts-hanazono"),
    ("BabelStoneHan.ttf", "fonts-babelstone-han"),
    ("pdftotext", "poppler-utils"),
    ("zbarimg", "zbar-tools"),
    ("curl", "curl"),
    ("pcscd", "pcscd"),
    ("libifdvpcd.so", "vsmartcard-vpcd"),
    ("opensc-tool", "opensc"),
    ("pcsc_scan", "pcsc-tools"),
];

/// Everything is built and tested as it is delivered, in the release profile: what `cargo run --release` needs is built once, for
/// both, and no second time for tests. Numbers that overflow stop the program in that profile too.
const TESTS: [&str; 3] = ["test", "--release", "--workspace"];

/// Runs every stage, with its time.
pub fn run() -> Result<()> {
    let began = Instant::now();
    stage("what is needed", install)?;
    stage("format", || cargo(&["fmt", "--all", "--check"]))?;
    stage("licences, bans and sources", crate::deny::run)?;
    stage("build", || cargo(&[&TESTS[..], &["--no-run"]].concat()))?;
    stage("tests on both engines, and lints beside them", tests_and_lints)?;
    println!("check: all stages passed in {:.0} s", began.elapsed().as_secs_f64());
    Ok(())
}

/// Tests often wait, for a disk, a clock or the browser; clippy takes that time, at the lowest priority. It begins when the first test
/// runs, because until then cargo has the build directory to itself. Tidy and rooms are tests of xtask; both engines are in the
/// journeys.
fn tests_and_lints() -> Result<()> {
    let mut tests = Command::new(env!("CARGO"))
        .args(TESTS)
        .current_dir(crate::scan::root())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut lints = None;
    for line in BufReader::new(tests.stderr.take().context("cargo has no stderr")?).lines() {
        let line = line?;
        eprintln!("{line}");
        if lints.is_none() && line.trim_start().starts_with("Running ") {
            lints = Some(clippy()?);
        }
    }
    let tested = tests.wait()?.success();
    let said = lints.context("no test ran")?.wait_with_output()?;
    eprint!("{}", String::from_utf8_lossy(&said.stderr));
    match (tested, said.status.success()) {
        (true, true) => Ok(()),
        (true, false) => bail!("clippy failed"),
        (false, true) => bail!("tests failed"),
        (false, false) => bail!("tests failed, and clippy"),
    }
}

fn clippy() -> Result<Child> {
    let what = ["clippy", "--release", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
    let mut nice = Command::new("nice");
    nice.args(["-n", "19", env!("CARGO")]).args(what).current_dir(crate::scan::root());
    Ok(nice.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?)
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
    if program.ends_with(".ttc") || program.ends_with(".ttf") {
        let fonts = ["opentype/noto", "truetype/hanazono", "truetype/babelstone"];
        return fonts.iter().any(|d| std::path::Path::new("/usr/share/fonts").join(d).join(program).exists());
    }
    if program.ends_with(".so") {
        return std::path::Path::new("/usr/lib/pcsc/drivers/serial").join(program).exists();
    }
    // What root starts is not on everybody's path.
    let on_path = on_path || std::path::Path::new("/usr/sbin").join(program).exists();
    let postgres = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    on_path || postgres.flatten().any(|e| e.path().join("bin").join(program).exists())
}

fn install() -> Result<()> {
    let missing: Vec<&str> =
        NEEDED.iter().filter(|(p, _)| !present(p)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return fetch();
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
    fetch()
}

/// What no Debian package brings.
fn fetch() -> Result<()> {
    crate::axe::script(&crate::scan::root()).map(|_| ()).map_err(anyhow::Error::msg)
}
