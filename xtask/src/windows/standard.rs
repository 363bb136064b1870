//! Rust's standard library for Windows: as rustup brings it, or, where rustup cannot fetch, built from the sources that Debian packages for the
//! very version of this compiler.

use super::said;
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The compiler whose sources these are, and where Debian has them.
const SOURCES: (&str, &str) =
    ("1.95.0", "http://deb.debian.org/debian/pool/main/r/rustc/rust-src_1.95.0+dfsg1-2~bpo13+1_all.deb");

fn present(triple: &str) -> Result<bool> {
    let sysroot = said(Command::new("rustc").args(["--print", "sysroot"]))?;
    Ok(Path::new(sysroot.trim()).join("lib/rustlib").join(triple).join("lib").exists())
}

/// Whether it is here, or rustup brings it.
pub fn fetched(triple: &str) -> Result<bool> {
    if present(triple)? {
        return Ok(true);
    }
    println!("windows: rustup target add {triple}");
    let added = Command::new("rustup").args(["target", "add", triple]).status().is_ok_and(|s| s.success());
    Ok(added && present(triple)?)
}

/// Tells cargo to build with it.
pub fn library(triple: &str, place: &Path, cargo: &mut Command) -> Result<()> {
    if fetched(triple)? {
        return Ok(());
    }
    println!("windows: rustup has not brought it; it is built from Debian's sources");
    // The sources are the compiler's own, which a stable compiler builds only when it is told so.
    cargo.env("RUSTC_BOOTSTRAP", "1").env("__CARGO_TESTS_ONLY_SRC_ROOT", sources(place)?);
    cargo.arg("-Zbuild-std=std,panic_unwind");
    Ok(())
}

fn sources(place: &Path) -> Result<PathBuf> {
    let (version, url) = SOURCES;
    let own = said(Command::new("rustc").arg("--version"))?;
    if !own.starts_with(&format!("rustc {version} ")) {
        bail!(
            "rustup cannot fetch the standard library for Windows, and Debian's sources are of {version}, not of {own}"
        );
    }
    let library = place.join("rust-src").join(format!("usr/src/rustc-{version}/library"));
    if library.join("Cargo.lock").exists() {
        return Ok(library);
    }
    let package = place.join("rust-src.deb");
    said(
        Command::new("curl").args(["--fail", "--silent", "--show-error", "--output"]).arg(&package).arg(url),
    )
    .context("the sources of Rust's standard library cannot be had from Debian")?;
    said(Command::new("dpkg").arg("-x").arg(&package).arg(place.join("rust-src")))?;
    Ok(library)
}
