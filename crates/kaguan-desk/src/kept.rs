//! What a desk keeps on its disk: its key, whom it belongs to, and the jobs that it has begun, so that none is done twice whatever happens
//! to the agent in between.

use crate::own;
use anyhow::{Context as _, Result};
use kaguan_api::sign::{Public, Secret};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Who this desk is, once it is paired.
#[derive(Clone, Serialize, Deserialize)]
pub struct Belongs {
    /// Its number among the desks of the system.
    pub desk: i64,
    /// The key under which the system signs jobs.
    pub system: String,
}

/// The directory of a desk.
pub struct Kept {
    dir: PathBuf,
    pub secret: Secret,
    pub belongs: Option<Belongs>,
    spent: HashSet<String>,
}

/// Unix time in milliseconds.
#[expect(clippy::disallowed_methods, reason = "the agent's one look at the clock: a job's end is a time")]
pub fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

/// Writes a file that only its owner reads, whole or not at all.
///
/// # Errors
/// When it cannot be written.
pub fn write_own(path: &Path, text: &str) -> Result<()> {
    let fresh = path.with_extension("new");
    let mut file = own::create(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    // Windows renames nothing that is open.
    drop(file);
    std::fs::rename(fresh, path)?;
    Ok(())
}

impl Kept {
    /// Opens a directory; a desk that has no key makes one.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn open(dir: &Path) -> Result<Self> {
        std::fs::create_dir_all(dir).with_context(|| format!("不能建立目录{}", dir.display()))?;
        let key = dir.join("desk.key");
        let secret = if key.exists() {
            let text = zeroize::Zeroizing::new(std::fs::read_to_string(&key)?);
            Secret::parse(&text).context("desk.key不是SM2密钥")?
        } else {
            let secret = Secret::fresh();
            write_own(&key, &secret.text())?;
            secret
        };
        let belongs = std::fs::read(dir.join("desk.json")).ok();
        let belongs = belongs.map(|b| serde_json::from_slice(&b)).transpose().context("desk.json不能读")?;
        let spent = std::fs::read_to_string(dir.join("spent")).unwrap_or_default();
        let spent = spent.lines().map(str::to_owned).collect();
        Ok(Self { dir: dir.to_owned(), secret, belongs, spent })
    }

    /// The desk is tied to an outlet.
    ///
    /// # Errors
    /// When the system's key is none, or cannot be kept.
    pub fn paired(&mut self, desk: i64, system: &str) -> Result<()> {
        Public::parse(system).context("系统公钥不合规")?;
        let belongs = Belongs { desk, system: system.to_owned() };
        write_own(&self.dir.join("desk.json"), &serde_json::to_string_pretty(&belongs)?)?;
        self.belongs = Some(belongs);
        Ok(())
    }

    /// A job is begun: on the disk before anything is done. `false` when it was begun before.
    ///
    /// # Errors
    /// When it cannot be written; then the job is not done.
    pub fn begin(&mut self, job: &str) -> Result<bool> {
        if !self.spent.insert(job.to_owned()) {
            return Ok(false);
        }
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(self.dir.join("spent"))?;
        writeln!(file, "{job}")?;
        file.sync_all()?;
        Ok(true)
    }

    /// What `kaguan-desk status` shows; no data of anybody.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn say(&self, status: &str) -> Result<()> {
        write_own(&self.dir.join("status.txt"), status)
    }

    /// What was said last.
    pub fn status(dir: &Path) -> String {
        std::fs::read_to_string(dir.join("status.txt")).unwrap_or_else(|_| "桌面程序尚未运行。\n".into())
    }
}
