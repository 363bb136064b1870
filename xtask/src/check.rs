//! `cargo xtask check`: everything that must hold before a change lands. Installs what is missing, skips nothing.

use crate::scan::program;
use anyhow::{Context, Result, anyhow, bail};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Instant;

/// A program and the Debian package that brings it.
const NEEDED: [(&str, &str); 20] = [
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
    ("javac", "openjdk-17-jdk-headless"),
    ("bcprov.jar", "libbcprov-java"),
    ("pcscd", "pcscd"),
    ("libifdvpcd.so", "vsmartcard-vpcd"),
    ("opensc-tool", "opensc"),
    ("pcsc_scan", "pcsc-tools"),
    ("gcore", "gdb"),
    ("scanimage", "sane-utils"),
];

/// Everything is built and tested as it is delivered, in the release profile: what `cargo run --release` needs is built once, for
/// both, and no second time for tests. Numbers that overflow stop the program in that profile too.
const TESTS: [&str; 5] =
    ["test", "--release", "--workspace", "--no-run", "--message-format=json-render-diagnostics"];

/// Programs of tests that run at once. They often wait, for a disk, a clock or the browser.
const LANES: usize = 2;
/// What takes longest begins first.
const LONG: &str = "browser";

/// A program of tests, as cargo built it.
pub struct Program {
    pub name: String,
    pub path: PathBuf,
    /// The directory of its package, in which cargo runs it.
    pub home: PathBuf,
}

/// Runs every stage, with its time.
pub fn run() -> Result<()> {
    let began = Instant::now();
    // Packages are for tests: a new machine fetches them while the compiler is busy.
    let needed = std::thread::spawn(|| stage("what is needed", install));
    stage("format", || cargo(&["fmt", "--all", "--check"]))?;
    stage("licences, bans and sources", crate::deny::run)?;
    let mut programs = Vec::new();
    stage("build", || build(&mut programs))?;
    needed.join().map_err(|_| anyhow!("what is needed was not installed to the end"))??;
    stage("tests on both engines, and lints beside them", || tests_and_lints(programs))?;
    println!("check: all stages passed in {:.0} s", began.elapsed().as_secs_f64());
    Ok(())
}

/// Builds every test, and says which programs they are.
pub fn build(programs: &mut Vec<Program>) -> Result<()> {
    let mut cargo = program(env!("CARGO")).args(TESTS).stdout(Stdio::piped()).spawn()?;
    for line in BufReader::new(cargo.stdout.take().context("cargo has no stdout")?).lines() {
        let said: serde_json::Value = serde_json::from_str(&line?)?;
        let text = |at: &str| said.pointer(at).and_then(serde_json::Value::as_str);
        let tests = said.pointer("/profile/test").and_then(serde_json::Value::as_bool) == Some(true);
        if let (true, Some(path), Some(name)) = (tests, text("/executable"), text("/target/name")) {
            let manifest = PathBuf::from(text("/manifest_path").context("a program without a package")?);
            let home = manifest.parent().context("a manifest without a directory")?.to_owned();
            programs.push(Program { name: name.to_owned(), path: path.into(), home });
        }
    }
    if !cargo.wait()?.success() {
        bail!("cargo {} failed", TESTS.join(" "));
    }
    programs.sort_by_key(|p| p.name != LONG);
    Ok(())
}

/// Two programs of tests run at once, and clippy takes what time they leave, at the lowest priority. Tidy and rooms are tests of xtask;
/// both engines are in the journeys. Nothing has doc tests: tidy refuses them.
fn tests_and_lints(programs: Vec<Program>) -> Result<()> {
    if programs.is_empty() {
        bail!("no test was built");
    }
    let lints = clippy()?;
    let (queue, failed) = (Mutex::new(programs.into_iter()), Mutex::new(Vec::new()));
    let next = || queue.lock().ok().and_then(|mut q| q.next());
    let lane = || -> Result<()> {
        while let Some(program) = next() {
            let began = Instant::now();
            let done = Command::new(&program.path)
                .current_dir(&program.home)
                .env("CARGO_MANIFEST_DIR", &program.home)
                .stdin(Stdio::null())
                .output()?;
            let said = [done.stdout, done.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            let (name, seconds) = (&program.name, began.elapsed().as_secs_f64());
            // At once, so that two programs do not talk at the same time.
            println!(
                "     Running {name} ({}): {seconds:.1} s\n{}{}",
                program.path.display(),
                said[0],
                said[1]
            );
            if !done.status.success() {
                failed.lock().map_err(|_| anyhow!("a lane of tests broke off"))?.push(program.name);
            }
        }
        Ok(())
    };
    std::thread::scope(|lanes| {
        let all: Vec<_> = (0..LANES).map(|_| lanes.spawn(lane)).collect();
        all.into_iter().try_for_each(|l| l.join().map_err(|_| anyhow!("a lane of tests broke off"))?)
    })?;
    let said = lints.wait_with_output()?;
    eprint!("{}", String::from_utf8_lossy(&said.stderr));
    let failed = failed.into_inner().map_err(|_| anyhow!("a lane of tests broke off"))?;
    match (failed.is_empty(), said.status.success()) {
        (true, true) => Ok(()),
        (true, false) => bail!("clippy failed"),
        (false, true) => bail!("tests failed: {}", failed.join(", ")),
        (false, false) => bail!("tests failed: {}, and clippy", failed.join(", ")),
    }
}

fn clippy() -> Result<Child> {
    let what = ["clippy", "--release", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
    let mut nice = program("nice");
    nice.args(["-n", "19", env!("CARGO")]).args(what);
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
    let status = program(env!("CARGO")).args(args).status()?;
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
    if program.ends_with(".jar") {
        return std::path::Path::new("/usr/share/java").join(program).exists();
    }
    if program.starts_with('/') {
        return std::path::Path::new(program).exists();
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
    packages(&NEEDED)?;
    fetch()
}

/// Installs the packages of programs that are missing, where it may.
pub fn packages(needed: &[(&str, &str)]) -> Result<()> {
    let missing: Vec<&str> =
        needed.iter().filter(|(p, _)| !present(p)).map(|(_, package)| *package).collect();
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

/// What no Debian package brings.
fn fetch() -> Result<()> {
    crate::axe::script(&crate::scan::root()).map(|_| ()).map_err(anyhow::Error::msg)
}
