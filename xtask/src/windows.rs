//! `cargo xtask windows [--quick] [--build | --check]`: the desk's programs for Windows, built here and, without `--build`, run under wine. With `--quick`
//! the 64-bit ones alone, unoptimised, under the wine that is installed; otherwise those of both widths as they are delivered,
//! under a wine for both. What is missing is fetched; what cannot be had is an error. `--check` only asks whether
//! they compile, those of 64 bits alone with `--quick`.

mod check;
mod pcsc;
mod standard;
mod wine;

use anyhow::{Context as _, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use wine::Wine;

/// A Windows that something is built for.
struct Target {
    bits: &'static str,
    triple: &'static str,
    /// MinGW's, which links, and builds what is C.
    gcc: &'static str,
    package: &'static str,
}

const TARGETS: [Target; 2] = [
    Target {
        bits: "64",
        triple: "x86_64-pc-windows-gnu",
        gcc: "x86_64-w64-mingw32-gcc",
        package: "gcc-mingw-w64-x86-64-win32",
    },
    Target {
        bits: "32",
        triple: "i686-pc-windows-gnu",
        gcc: "i686-w64-mingw32-gcc",
        package: "gcc-mingw-w64-i686-win32",
    },
];

/// The packages of what is delivered.
const PROGRAMS: [&str; 6] = ["-p", "kaguan-desk", "-p", "kaguan-desk-driver", "-p", "kaguan-sdf-soft"];

/// What is delivered, and what cargo calls it.
const FILES: [(&str, &str); 3] = [
    ("kaguan-desk.exe", "kaguan-desk.exe"),
    ("SSCardDriver.dll", "kaguan_desk_driver.dll"),
    ("kaguan_sdf_soft.dll", "kaguan_sdf_soft.dll"),
];

/// The stories of a counter whose agent is a process: the server and the console are the real ones.
const STORIES: [&str; 2] = [
    "art_36_zhang_san_leaves_the_counter_with_a_card_that_the_desk_wrote_and_printed",
    "annex_9_a_changed_system_key_reaches_a_paired_desk_which_makes_the_next_card_under_it",
];

/// Presses keys at a terminal that echoes nothing itself, and prints what was shown there.
const TYPIST: &str = r#"
import os, pty, select, sys, termios, time
pid, fd = pty.fork()
if pid == 0:
    quiet = termios.tcgetattr(0)
    quiet[3] &= ~termios.ECHO
    termios.tcsetattr(0, termios.TCSANOW, quiet)
    os.execvp(sys.argv[1], sys.argv[1:])
shown, end = b'', time.time() + 60
def until(times):
    global shown
    while shown.count(b'Esc') < times and select.select([fd], [], [], max(0, end - time.time()))[0]:
        try: shown += os.read(fd, 4096)
        except OSError: break
until(1)
os.write(fd, b'38527\x084\r')
until(2)
os.write(fd, b'38524\r')
until(3)
print(shown.decode('utf-8', 'replace'))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"#;

/// Checks, or builds, and runs unless it is told to build alone.
pub fn run(quick: bool, alone: bool, checks: bool) -> Result<()> {
    let targets = if quick { &TARGETS[..1] } else { &TARGETS[..] };
    if checks {
        return check::run(targets);
    }
    let needed: Vec<_> = targets.iter().map(|t| (t.gcc, t.package)).collect();
    crate::check::packages(&needed)?;
    let place = wine::target_directory().join("windows");
    std::fs::create_dir_all(&place)?;
    let mut built = Vec::new();
    for target in targets {
        let began = Instant::now();
        built.push(build(target, &place, quick)?);
        println!("windows: {} bits built in {:.0} s", target.bits, began.elapsed().as_secs_f64());
    }
    if alone {
        return Ok(());
    }
    let wine = if quick { Wine::installed(&place)? } else { Wine::of_both_widths(&place)? };
    for (target, dir) in targets.iter().zip(&built) {
        let began = Instant::now();
        under_wine(&wine, target, dir)
            .with_context(|| format!("the {}-bit programs under {wine}", target.bits))?;
        println!("windows: {} bits ran under {wine} in {:.0} s", target.bits, began.elapsed().as_secs_f64());
    }
    if quick {
        println!("windows: nothing of 32 bits was built or run; cargo xtask windows does it");
    }
    Ok(())
}

/// Builds for one Windows, and lays the programs in a directory of their own.
fn build(target: &Target, place: &Path, quick: bool) -> Result<PathBuf> {
    let profile = if quick { "quick" } else { "small" };
    let mut cargo = crate::scan::program(env!("CARGO"));
    cargo.args(["build", "--profile", profile, "--target", target.triple]);
    cargo.args(PROGRAMS);
    // For *ring*, which is C in part.
    cargo.env(format!("CC_{}", target.triple.replace('-', "_")), target.gcc);
    standard::library(target.triple, place, &mut cargo)?;
    let status = cargo.status().context("failed to start cargo")?;
    ensure!(status.success(), "the programs for {} do not build", target.triple);
    let from = wine::target_directory().join(target.triple).join(profile);
    let to = place.join(target.bits);
    std::fs::create_dir_all(&to)?;
    for (name, built) in FILES {
        let path = to.join(name);
        std::fs::copy(from.join(built), &path).with_context(|| format!("{built} was not built"))?;
        let size = path.metadata()?.len() as f64 / 1_000_000.0;
        println!("windows: {} bits, {profile}: {name}: {size:.1} MB", target.bits);
    }
    Ok(to)
}

/// What a program says when it goes well, output and errors.
fn said(command: &mut Command) -> Result<String> {
    let out = command.stdin(Stdio::null()).output().with_context(|| format!("{command:?}"))?;
    let text = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
    ensure!(out.status.success(), "{command:?}: {}: {text}", out.status);
    Ok(text)
}

fn has(text: &str, words: &[&str]) -> Result<()> {
    match words.iter().find(|w| !text.contains(**w)) {
        Some(word) => bail!("“{word}” is not in: {text}"),
        None => Ok(()),
    }
}

fn compile(target: &Target, source: &str, to: &Path, more: &[&str]) -> Result<()> {
    let source = crate::scan::root().join("xtask/windows").join(source);
    said(Command::new(target.gcc).args(["-shared", "-O1", "-o"]).arg(to).arg(source).args(more)).map(|_| ())
}

/// Looks at what the programs say, has the journeys of a counter walked with them, and types a PIN.
fn under_wine(wine: &Wine, target: &Target, built: &Path) -> Result<()> {
    let dir = wine.place().join(format!("run-{}", target.bits));
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    std::fs::create_dir_all(&dir)?;
    for (name, _) in FILES {
        std::fs::copy(built.join(name), dir.join(name))?;
    }
    compile(target, "vendor.c", &dir.join("vendor.dll"), &[])?;
    if wine.lacks_random() {
        compile(target, "prng.c", &dir.join("bcryptprimitives.dll"), &["-Wl,--kill-at", "-ladvapi32"])?;
    }
    let program = wine.script(&dir, "kaguan-desk.exe")?;
    let desk = |args: &[&str]| said(Command::new(&program).args(args).current_dir(&dir));
    has(&desk(&["--help"])?, &["制卡桌面程序", "keypad"])?;
    let all = ["SSCardDriver（附件9）", "可以制卡：是", "iReadCardBas、", "iPrint"];
    has(&desk(&["probe", "SSCardDriver.dll"])?, &all)?;
    has(&desk(&["probe", "vendor.dll"])?, &all).context("a driver of another compiler")?;
    has(&desk(&["probe", "kaguan_sdf_soft.dll"])?, &["不是社保卡读写驱动"])?;
    for other in TARGETS.iter().filter(|t| t.bits != target.bits) {
        let theirs = wine.place().join(other.bits).join("SSCardDriver.dll");
        if theirs.exists() {
            let refused = Command::new(&program).arg("probe").arg(&theirs).output()?;
            let refused = String::from_utf8_lossy(&refused.stderr).into_owned();
            has(&refused, &["不能加载驱动", &format!("它是{}位Windows的", other.bits)])?;
        }
    }
    has(&desk(&["status", "--state", "nowhere"])?, &["桌面程序尚未运行"])?;
    // A file of keys is its owner's: wine shows the access list as a mode.
    desk(&["virtual-keys", "keys"])?;
    let mode = std::os::unix::fs::PermissionsExt::mode(&dir.join("keys").metadata()?.permissions());
    ensure!(mode & 0o007 == 0, "everybody may read a file of keys: {mode:o}");
    // PIN: stars, and no digit.
    let typed = ["-c", TYPIST].map(std::ffi::OsString::from).into_iter().chain([program.clone().into()]);
    let shown = said(Command::new("python3").args(typed).arg("keypad").current_dir(&dir))?;
    let stars = shown.matches('*').count();
    ensure!(stars == 11 && !shown.contains("38"), "eleven keys are stars, and no digit is shown: {shown}");
    // Wine's 32-bit half is refused by a service of 64 bits.
    let read = target.bits == "64" && pcsc::read(wine, &program, &dir).context("PC/SC by winscard.dll")?;
    println!(
        "windows: {} bits: PC/SC: {}",
        target.bits,
        if read { "a card was read" } else { "not tried here" }
    );
    // By the driver of another compiler where that decorates names, which is where the two may not agree.
    let driver = if target.bits == "32" { "vendor.dll" } else { "SSCardDriver.dll" };
    // As `cargo xtask check` builds it, so that nothing is built twice.
    let mut tests = Vec::new();
    crate::check::build(&mut tests)?;
    let counter = tests.iter().find(|t| t.name == "partners").context("no stories of partners and desks")?;
    let mut story = Command::new(&counter.path);
    story.current_dir(&counter.home).env("CARGO_MANIFEST_DIR", &counter.home).args(STORIES);
    story.env("KAGUAN_DESK_AGENT", &program).env("KAGUAN_DESK_DRIVER", dir.join(driver));
    let told = said(&mut story)?;
    has(&told, &["test result: ok. 2 passed"]).context("two stories of a counter")?;
    println!("windows: {} bits: two stories of a counter, by {driver}", target.bits);
    Ok(())
}
