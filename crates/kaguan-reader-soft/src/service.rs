//! A service of PC/SC of one's own, on a socket of its own, beside that of the machine if there is one.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Listens where the service is to listen, as systemd does, and becomes the service.
const PROGRAM: &str = r#"
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1]); s.listen(16)
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))
try: os.makedirs('/run/pcscd', exist_ok=True)
except OSError as why: sys.exit(print(why, flush=True))
print('listens', flush=True)
os.execvp('pcscd', ['pcscd', '--foreground', '--config', sys.argv[2]])
"#;

/// `pcscd`, ended when it is dropped.
pub struct Service {
    socket: PathBuf,
    child: Child,
}

impl Drop for Service {
    fn drop(&mut self) {
        // One that is gone needs nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether programs are installed.
pub fn installed(programs: &[&str]) -> bool {
    let dirs: Vec<PathBuf> = std::env::split_paths(&path()).collect();
    programs.iter().all(|p| dirs.iter().any(|d| d.join(p).exists()))
}

fn path() -> std::ffi::OsString {
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/sbin");
    path
}

/// The lines of a configuration for this reader: the directory of a machine, and where this library is.
pub fn keypad_reader(machine: &Path, library: &Path) -> String {
    let (machine, library) = (machine.display(), library.display());
    format!("FRIENDLYNAME \"Kaguan Keypad\"\nDEVICENAME {machine}\nLIBPATH {library}\n")
}

impl Service {
    /// Begins one with the readers of a configuration, with its files in a directory; `None`, and why on standard output, where it is not
    /// installed or cannot run.
    pub fn start(dir: &Path, readers: &str) -> Option<Self> {
        if !installed(&["pcscd", "python3"]) {
            println!("pcscd is not installed");
            return None;
        }
        let (config, socket) = (dir.join("reader.conf"), dir.join("pcscd.comm"));
        std::fs::write(&config, readers).ok()?;
        let child = Command::new("python3")
            .args(["-c", PROGRAM])
            .args([&socket, &config])
            .env("PATH", path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut service = Self { socket, child };
        let mut said = BufReader::new(service.child.stdout.take()?);
        let mut line = String::new();
        said.read_line(&mut line).ok()?;
        // What it says afterwards is let go.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        if line != "listens\n" {
            println!("pcscd cannot run here: {line}");
            return None;
        }
        Some(service)
    }

    /// What tells a program that it is this service that it speaks to.
    pub fn named(&self) -> (&'static str, &Path) {
        ("PCSCLITE_CSOCK_NAME", &self.socket)
    }
}
