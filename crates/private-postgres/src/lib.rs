//! A throw-away PostgreSQL in a private directory on a private socket, for tests and benchmarks. As an unprivileged
//! user where the process is root, for PostgreSQL refuses to run as root.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

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
        let log = self.log_file();
        self.tool("pg_ctl", &["-D", &self.data(), "-w", "-l", &log, "-o", &options, "start"]).map_err(
            |e| {
                // pg_ctl only points at the log, which goes with the directory.
                let said = std::fs::read_to_string(&log).unwrap_or_default();
                let last: Vec<&str> = said.lines().rev().take(5).collect();
                io::Error::other(format!("{e}{}", last.into_iter().rev().collect::<Vec<_>>().join("\n")))
            },
        )?;
        Ok(())
    }

    /// Kills every process of the server with SIGKILL: no shutdown, no checkpoint, nothing flushed. Returns when all
    /// are gone, so that [`Self::up`] may follow at once.
    ///
    /// # Errors
    /// When there is no server to kill, or a process outlives its SIGKILL.
    pub fn kill(&self) -> io::Result<()> {
        if !Path::new("/proc/self/stat").exists() {
            // Without /proc the children are unknown; an immediate shutdown is the nearest thing.
            return self.tool("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "stop"]).map(|_| ());
        }
        let pid_file = self.dir.path().join("data/postmaster.pid");
        let written = std::fs::read_to_string(&pid_file)?;
        let postmaster: u32 = written
            .lines()
            .next()
            .and_then(|l| l.trim().parse().ok())
            .ok_or_else(|| io::Error::other("postmaster.pid names no process"))?;
        // The head first: with it gone no further child appears.
        let mut doomed = children(postmaster)?;
        doomed.insert(0, postmaster);
        for pid in &doomed {
            // A child that ended by itself in between is as dead as it should be.
            let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).stderr(Stdio::null()).status()?;
        }
        let until = Instant::now() + Duration::from_secs(30);
        while doomed.iter().any(|pid| parent(*pid).is_some()) {
            if Instant::now() > until {
                return Err(io::Error::other("PostgreSQL outlives SIGKILL"));
            }
            std::thread::yield_now();
        }
        // Where nothing reaps orphans a dead postmaster stays as a zombie, which the next one would take for alive.
        std::fs::remove_file(self.dir.path().join(".s.PGSQL.5432.lock"))?;
        std::fs::remove_file(pid_file)
    }

    /// Makes a database of its own; the address to open it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn database(&self, name: &str) -> io::Result<String> {
        self.tool("createdb", &["-h", &self.socket(), "-U", "kaguan", name])?;
        Ok(self.url(name))
    }

    /// Makes a database that has what another one has, to which nobody is connected; the address to open it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn database_like(&self, name: &str, template: &str) -> io::Result<String> {
        self.tool("createdb", &["-h", &self.socket(), "-U", "kaguan", "-T", template, name])?;
        Ok(self.url(name))
    }

    /// The address of a database.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://kaguan@/{database}?host={}", self.socket())
    }

    /// Everything the server has logged so far.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn log(&self) -> io::Result<String> {
        std::fs::read_to_string(self.log_file())
    }

    /// A program of this PostgreSQL, such as pgbench.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    fn socket(&self) -> String {
        self.dir.path().display().to_string()
    }

    fn log_file(&self) -> String {
        format!("{}/log", self.socket())
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
    let out =
        command.output().map_err(|e| io::Error::new(e.kind(), format!("{command:?} does not start: {e}")))?;
    if out.status.success() {
        return Ok(out);
    }
    let said = String::from_utf8_lossy(&out.stderr);
    Err(io::Error::other(format!("{command:?} failed: {said}")))
}

/// The parent of a process that is alive; `None` for one that is gone, or a zombie. Linux only.
fn parent(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold anything, brackets too.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    (!matches!(state, "Z" | "X")).then_some(parent)
}

fn children(of: u32) -> io::Result<Vec<u32>> {
    let pids = std::fs::read_dir("/proc")?.flatten().filter_map(|e| e.file_name().to_str()?.parse().ok());
    Ok(pids.filter(|pid| parent(*pid) == Some(of)).collect())
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
