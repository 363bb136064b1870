//! A throw-away PostgreSQL in a private directory on a private socket, for tests and benchmarks. As an unprivileged
//! user where the process is root, for PostgreSQL refuses to run as root.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A running cluster; stopped and removed when dropped.
pub struct PrivatePostgres {
    dir: tempfile::TempDir,
    bin: PathBuf,
    user: Option<&'static str>,
}

/// What to install where it is missing.
pub const INSTALL: &str = "PostgreSQL is missing: install it (Debian, Ubuntu: apt-get install postgresql)";

impl PrivatePostgres {
    /// Starts a cluster with a database `kaguan`.
    ///
    /// # Errors
    /// When PostgreSQL is not installed (the message says what to install), or does not start.
    pub fn start() -> io::Result<Self> {
        let bin = binaries().ok_or_else(|| io::Error::other(INSTALL))?;
        let dir = tempfile::Builder::new().prefix("kpg").tempdir_in("/tmp")?;
        let root = String::from_utf8_lossy(&Command::new("id").arg("-u").output()?.stdout).trim() == "0";
        let user = root.then_some(if known("postgres") { "postgres" } else { "nobody" });
        if let Some(user) = user {
            std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700))?;
            run(Command::new("chown").arg(user).arg(dir.path()))?;
        }
        let it = Self { dir, bin, user };
        let data = it.data();
        it.tool("initdb", &["-D", &data, "-U", "kaguan", "--auth=trust", "-E", "UTF8", "--locale=C", "-N"])?;
        it.up()?;
        it.reap()?;
        it.tool("createdb", &["-h", &it.socket(), "-U", "kaguan", "kaguan"])?;
        Ok(it)
    }

    /// Leaves a reaper behind: when this process ends, however it ends, the server stops and the directory goes. A
    /// test keeps its cluster in a static, which is never dropped.
    fn reap(&self) -> io::Result<()> {
        let stop = "tail --pid=\"$1\" -f /dev/null; kill -QUIT \"$(head -n 1 \"$2/data/postmaster.pid\")\"; rm -rf \"$2\"";
        Command::new("setsid")
            .args(["sh", "-c", stop, "reaper"])
            .arg(std::process::id().to_string())
            .arg(self.dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map(|_| ())
    }

    /// Starts the server again after [`Self::kill`].
    ///
    /// # Errors
    /// When it does not start.
    pub fn up(&self) -> io::Result<()> {
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c max_connections=300 -c shared_buffers=256MB",
            self.socket()
        );
        let log = format!("{}/log", self.socket());
        self.tool("pg_ctl", &["-D", &self.data(), "-w", "-l", &log, "-o", &options, "start"])?;
        Ok(())
    }

    /// Kills the server as a power cut would: no shutdown, no checkpoint.
    ///
    /// # Errors
    /// When there is no server to kill.
    pub fn kill(&self) -> io::Result<()> {
        self.tool("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "stop"]).map(|_| ())
    }

    /// Makes a database of its own; the address to open it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn database(&self, name: &str) -> io::Result<String> {
        self.tool("createdb", &["-h", &self.socket(), "-U", "kaguan", name])?;
        Ok(self.url(name))
    }

    /// The address of a database.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://kaguan@/{database}?host={}", self.socket())
    }

    /// A program of this PostgreSQL, such as pgbench.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    fn socket(&self) -> String {
        self.dir.path().display().to_string()
    }

    fn data(&self) -> String {
        self.dir.path().join("data").display().to_string()
    }

    fn tool(&self, name: &str, args: &[&str]) -> io::Result<Output> {
        let tool = self.bin.join(name);
        let mut command = match self.user {
            Some(user) => {
                let mut c = Command::new("setpriv");
                c.args(["--reuid", user, "--regid", user, "--clear-groups", "--"]).arg(&tool);
                if user == "nobody" {
                    c = Command::new("setpriv");
                    c.args(["--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--"]).arg(&tool);
                }
                c
            }
            None => Command::new(&tool),
        };
        run(command.args(args).current_dir("/"))
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        // A cluster that does not stop holds only a directory that is about to go.
        let _ = self.tool("pg_ctl", &["-D", &self.data(), "-m", "immediate", "stop"]);
    }
}

fn run(command: &mut Command) -> io::Result<Output> {
    let out = command.output()?;
    if out.status.success() {
        return Ok(out);
    }
    let said = String::from_utf8_lossy(&out.stderr);
    Err(io::Error::other(format!("{command:?} failed: {said}")))
}

fn known(user: &str) -> bool {
    Command::new("id").arg(user).output().is_ok_and(|o| o.status.success())
}

/// The newest server on this machine.
fn binaries() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|e| Some(e.ok()?.path().join("bin")))
        .filter(|p| p.join("initdb").exists())
        .collect();
    found.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    found
        .pop()
        .or_else(|| std::env::split_paths(&path).find(|p: &PathBuf| Path::new(p).join("initdb").exists()))
}
