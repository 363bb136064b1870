//! `cargo xtask windows --check`; in CI with `--quick`, of 64 bits alone, as both take 215 s of a processor on a new machine: that the desk's programs compile for Windows. Nothing is linked or run, and what is C in
//! libraries of others is not compiled, so that neither MinGW nor wine is needed.

use super::{PROGRAMS, Target, standard, wine};
use anyhow::{Context as _, Result, ensure};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Says that it is gcc, and makes an empty object of whatever it is to compile.
const COMPILER: &str = "#!/bin/sh
case \"$1\" in -E) echo gcc; exit 0;; esac
while [ $# -gt 0 ]; do case \"$1\" in -o) shift; : > \"$1\";; esac; shift; done
";

/// Makes an empty library.
const ARCHIVER: &str = "#!/bin/sh
for word in \"$@\"; do case \"$word\" in *.a) : > \"$word\";; esac; done
";

/// Checks for some Windows. One whose standard library cannot be had is named, and is no error: CI goes on where nothing of Windows is
/// at hand.
pub fn run(targets: &[Target]) -> Result<()> {
    let place = wine::target_directory().join("windows");
    std::fs::create_dir_all(&place)?;
    let compiler = script(&place, "no-compiler", COMPILER)?;
    let archiver = script(&place, "no-archiver", ARCHIVER)?;
    for target in targets {
        if !standard::fetched(target.triple)? {
            println!("windows: NOT CHECKED for {} bits: rustup has no {} here", target.bits, target.triple);
            continue;
        }
        let began = Instant::now();
        let mut cargo = crate::scan::program(env!("CARGO"));
        // As the tests are built, so that what runs on this machine is not built a second time.
        cargo.args(["check", "--release", "--quiet", "--target", target.triple]).args(PROGRAMS);
        let triple = target.triple.replace('-', "_");
        cargo.env(format!("CC_{triple}"), &compiler).env(format!("AR_{triple}"), &archiver);
        cargo.env("CARGO_INCREMENTAL", "0");
        let status = cargo.status().context("failed to start cargo")?;
        ensure!(status.success(), "the desk's programs do not compile for Windows of {} bits", target.bits);
        println!(
            "windows: the desk's programs compile for {} bits, in {:.0} s",
            target.bits,
            began.elapsed().as_secs_f64()
        );
    }
    if targets.len() == 1 {
        println!("windows: nothing of 32 bits was checked; cargo xtask windows --check does it");
    }
    println!("windows: nothing was linked or run; cargo xtask windows does it under wine");
    Ok(())
}

fn script(place: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let path = place.join(name);
    std::fs::write(&path, text)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    Ok(path)
}
