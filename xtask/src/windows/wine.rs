//! Where programs for Windows run here: the wine that Debian installs, which is of 64 bits and lacks something, or Debian 13's for both
//! widths in a directory of its own, so that nothing of another architecture is installed on the machine.

use super::said;
use anyhow::{Context as _, Result, ensure};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The loader, and Debian's package.
const LOADER: (&str, &str) = ("/usr/lib/wine/wine64", "wine64");
/// What makes the directory, and what shows it to programs as their root.
const ROOT: [(&str, &str); 2] = [("mmdebstrap", "mmdebstrap"), ("bwrap", "bubblewrap")];
/// What is in it, of Debian 13, whose wine has what Rust asks of Windows 10, and speaks PC/SC.
const PACKAGES: &str = "--include=wine64,wine32:i386,libwine,libwine:i386,pcscd,vsmartcard-vpcd";
/// A file that says that the directory is whole.
const WHOLE: &str = "whole";

/// Where cargo builds.
pub fn target_directory() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| crate::scan::root().join("target"), PathBuf::from)
}

/// A wine.
pub struct Wine {
    place: PathBuf,
    root: Option<PathBuf>,
}

impl fmt::Display for Wine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.root.is_some() { "Debian 13's wine" } else { "the installed wine" })
    }
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

impl Wine {
    /// The machine's own.
    pub fn installed(place: &Path) -> Result<Self> {
        crate::check::packages(&[LOADER])?;
        let wine = Self { place: place.to_owned(), root: None };
        wine.begin()?;
        Ok(wine)
    }

    /// One for both widths: 1.8 GB, which take minutes the first time.
    pub fn of_both_widths(place: &Path) -> Result<Self> {
        crate::check::packages(&ROOT)?;
        let root = place.join("root");
        if !root.join(WHOLE).exists() {
            if root.exists() {
                std::fs::remove_dir_all(&root)?;
            }
            println!("windows: fetching Debian 13's wine for both widths");
            let mut make = Command::new("mmdebstrap");
            make.args(["--variant=extract", "--architectures=amd64,i386", "--quiet", PACKAGES]);
            make.args(["--aptopt=APT::Install-Recommends \"false\"", "trixie"]).arg(&root);
            said(make.arg("deb http://deb.debian.org/debian trixie main"))
                .context("Debian 13's wine cannot be had (the machine must reach Debian's packages)")?;
            complete(&root)?;
            std::fs::write(root.join(WHOLE), "")?;
        }
        let wine = Self { place: place.to_owned(), root: Some(root) };
        wine.begin()?;
        Ok(wine)
    }

    /// Where everything of Windows lies.
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// Debian 12's lacks a function that Rust's standard library needs.
    pub fn lacks_random(&self) -> bool {
        self.root.is_none()
    }

    fn prefix(&self) -> PathBuf {
        self.place.join(if self.root.is_some() { "prefix-both" } else { "prefix" })
    }

    /// A program of Windows as a program of this machine, which stays where it is started.
    pub fn script(&self, dir: &Path, program: &str) -> Result<PathBuf> {
        self.write(&dir.join("under-wine"), LOADER.0, &quoted(&dir.join(program)))
    }

    /// The service of PC/SC of the same Debian, with a virtual reader at a port; where there is one.
    pub fn readers(&self, port: u16) -> Result<Option<PathBuf>> {
        if self.root.is_none() {
            return Ok(None);
        }
        let config = self.place.join("reader.conf");
        let library = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
        let at = format!("DEVICENAME /dev/null:{port:#06X}\nCHANNELID {port:#06X}\n");
        std::fs::write(&config, format!("FRIENDLYNAME \"Kaguan Virtual\"\nLIBPATH {library}\n{at}"))?;
        let program = format!("--foreground --disable-polkit --config {}", quoted(&config));
        self.write(&self.place.join("pcscd"), "/usr/sbin/pcscd", &program).map(Some)
    }

    fn write(&self, path: &Path, loader: &str, program: &str) -> Result<PathBuf> {
        let prefix = quoted(&self.prefix());
        let exports = format!(
            "export WINEPREFIX={prefix} HOME={prefix} WINEDEBUG=-all WINEDLLOVERRIDES=mscoree,mshtml= LANG=C.UTF-8\n\
             export XDG_RUNTIME_DIR={prefix} WINESERVER=/usr/lib/wine/wineserver64\nunset RUST_BACKTRACE DISPLAY\n"
        );
        let inside = match &self.root {
            None => String::new(),
            Some(root) => {
                // Where the service of PC/SC listens.
                std::fs::create_dir_all(self.place.join("run/pcscd"))?;
                let run = quoted(&self.place.join("run"));
                let own = [std::env::temp_dir(), crate::scan::root(), target_directory()];
                let own: String = own.iter().map(|d| format!(" --bind {0} {0}", quoted(d))).collect();
                format!(
                    "bwrap --bind {} / --dev /dev --proc /proc --bind {run} /run --ro-bind /usr/share/fonts /usr/share/fonts{own} \
                     --die-with-parent ",
                    quoted(root)
                )
            }
        };
        std::fs::write(path, format!("#!/bin/sh\n{exports}exec {inside}{loader} {program} \"$@\"\n"))?;
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        Ok(path.to_owned())
    }

    /// Makes the Windows that programs see, once.
    fn begin(&self) -> Result<()> {
        let prefix = self.prefix();
        if prefix.join("system.reg").exists() {
            return Ok(());
        }
        if prefix.exists() {
            std::fs::remove_dir_all(&prefix)?;
        }
        std::fs::create_dir_all(&prefix)?;
        let script = self.write(&self.place.join("wineboot"), LOADER.0, "wineboot")?;
        said(Command::new(&script).arg("--init")).context("wine does not start")?;
        ensure!(prefix.join("drive_c").exists(), "wine has made no Windows");
        Ok(())
    }
}

/// What Debian's package does when it is installed, and nothing is installed there: its own mark upon the library of zlib.
fn complete(root: &Path) -> Result<()> {
    let usr = root.join("usr");
    for (of, wine, at) in [("i686", "i386", "i386-linux-gnu"), ("x86_64", "x86_64", "x86_64-linux-gnu")] {
        let library = std::fs::read(usr.join(format!("{of}-w64-mingw32/lib/zlib1.dll")))
            .context("wine's zlib is not where it was")?;
        ensure!(library.len() > 96, "wine's zlib is cut off");
        let marked = [&library[..64], b"Wine builtin DLL", &[0; 16], &library[96..]].concat();
        std::fs::write(usr.join(format!("lib/{at}/wine/{wine}-windows/zlib1.dll")), marked)?;
    }
    Ok(())
}
