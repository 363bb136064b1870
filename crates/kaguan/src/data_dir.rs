//! The data directory: what lies in it, and who of this machine may write on it.
//!
//! Whoever writes holds the lock of `kaguan.lock`, which the system takes back when the process ends, however it ends; the
//! file says who that is. The database says the same to other directories (decision 0009).

use anyhow::{Context, bail, ensure};
use clap::Args;
use kaguan_domain::ctx::Instant;
use kaguan_service::clock::TimeSource;
use kaguan_store::seal::sm3;
use kaguan_store::{HeadFile, Writer};
use serde::{Deserialize, Serialize};
use std::fs::{File, Permissions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Where the data are.
#[derive(Args, Clone)]
pub struct DataDir {
    /// 数据目录（内含 SQLite 数据库与主密钥）
    #[arg(long, default_value = "kaguan-data", global = true)]
    data: PathBuf,
    /// 数据库地址：sqlite:路径 或 postgres://…；缺省为数据目录内的 SQLite
    #[arg(long, global = true)]
    database: Option<String>,
    /// 以 JSON 输出
    #[arg(long, global = true)]
    pub json: bool,
}

impl DataDir {
    /// The directory.
    pub fn path(&self) -> &Path {
        &self.data
    }

    /// A database was named: it need not be the directory's own.
    pub fn names_a_database(&self) -> bool {
        self.database.is_some()
    }

    /// The master key's file.
    pub fn key(&self) -> PathBuf {
        self.data.join("master.key")
    }

    /// Where the end of the journal is kept, for this database.
    pub fn head_file(&self) -> HeadFile {
        HeadFile::new(self.data.join("journal.head"), self.database_digest())
    }

    /// Where a running server is reached.
    pub fn socket(&self) -> PathBuf {
        self.data.join("kaguan.sock")
    }

    /// The database's address.
    pub fn url(&self) -> String {
        match &self.database {
            Some(url) => url.clone(),
            None => format!("sqlite:{}", self.data.join("kaguan.db").display()),
        }
    }

    /// The database's file; `None` when it is none.
    pub fn file(&self) -> Option<PathBuf> {
        self.url().strip_prefix("sqlite:").map(PathBuf::from)
    }

    /// The database as one sees by it whether two are the same; not its address, which may hold a password.
    fn database_digest(&self) -> String {
        let url = match self.file() {
            Some(path) => format!("{}", path.canonicalize().unwrap_or(path).display()),
            None => self.url(),
        };
        hex::encode(sm3(&[url.as_bytes()]))
    }

    /// What is there can be used: nothing is made where nothing is.
    pub fn existing(&self) -> anyhow::Result<()> {
        const MAKE: &str = "请核对 --data；新建数据目录请先运行 kaguan migrate（试用请运行 kaguan demo）";
        let (dir, key) = (self.data.display(), self.key());
        ensure!(self.data.is_dir(), "数据目录 {dir} 不存在。{MAKE}");
        ensure!(key.exists(), "数据目录 {dir} 中没有主密钥 master.key，不是卡管系统的数据目录。{MAKE}");
        if let Some(file) = self.file() {
            let database = file.display();
            let known = crate::heads::known(self)?;
            ensure!(
                file.exists() || known.is_empty(),
                "没有数据库文件 {database}：{}",
                crate::heads::missing(&known)
            );
            ensure!(
                file.exists(),
                "没有数据库文件 {database}。请核对 --data 和 --database；新建数据库请先运行 kaguan migrate"
            );
        }
        Ok(())
    }

    /// Makes the directory when it is not there.
    pub fn make(&self) -> anyhow::Result<()> {
        make_private(&self.data)
    }

    fn lock_file(&self) -> PathBuf {
        self.data.join("kaguan.lock")
    }

    /// Locks the directory, which is there, for a command that writes.
    pub fn lock(&self, command: &str) -> anyhow::Result<Locked> {
        self.close()?;
        let path = self.lock_file();
        let open =
            File::options().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let mut file = open.with_context(|| format!("不能打开 {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                file.read_to_string(&mut text).with_context(|| format!("不能读取 {}", path.display()))?;
                // Whoever took the lock this instant has not said yet who it is.
                return Ok(Locked::By(serde_json::from_str(&text).ok()));
            }
            Err(TryLockError::Error(e)) => {
                return Err(e).with_context(|| format!("不能锁定 {}", path.display()));
            }
        }
        let directory = self.data.canonicalize().with_context(|| format!("{}", self.data.display()))?;
        let writer = Writer {
            host: host(),
            directory: directory.display().to_string(),
            process: std::process::id(),
            command: format!("kaguan {command}"),
            since: TimeSource::Machine.now(),
        };
        let mut lock = Lock { file, holder: Holder { writer, database: String::new(), console: None } };
        lock.write()?;
        Ok(Locked::Mine(lock))
    }

    /// Nobody else reads what lies here. A directory in which others can put things is not used: they may have done so.
    fn close(&self) -> anyhow::Result<()> {
        let dir = self.data.display();
        let mode = |path: &Path| std::fs::metadata(path).map(|m| m.permissions().mode() & 0o777);
        let found = mode(&self.data).with_context(|| format!("不能读取数据目录 {dir}"))?;
        ensure!(
            found & 0o022 == 0,
            "数据目录 {dir} 的权限是 {found:o}，其他用户可以写入，不能使用。请核对其中的文件未被更换，并执行 chmod 700 {dir}"
        );
        let database = self.file().into_iter().flat_map(|file| {
            ["", "-wal", "-shm"].map(|end| PathBuf::from(format!("{}{end}", file.display())))
        });
        let only = [(self.data.clone(), 0o700)].into_iter().chain(database.map(|file| (file, 0o600)));
        for (path, only) in only {
            // What is not there yet is made so.
            let Ok(found) = mode(&path) else { continue };
            if found & 0o077 != 0 {
                std::fs::set_permissions(&path, Permissions::from_mode(only))
                    .with_context(|| format!("{} 的权限是 {found:o}，其他用户可读", path.display()))?;
            }
        }
        Ok(())
    }

    /// The same for a command that cannot give its work to anybody: who holds the writing is an error.
    pub fn lock_or_say(&self, command: &str) -> anyhow::Result<Lock> {
        match self.lock(command)? {
            Locked::Mine(lock) => Ok(lock),
            Locked::By(holder) => bail!("{}", self.held(holder.as_ref())),
        }
    }

    /// Who holds the writing of this directory, and that nothing was done.
    pub fn held(&self, holder: Option<&Holder>) -> String {
        let dir = self.data.display();
        match holder {
            None => format!("数据目录 {dir} 正由另一进程写入，本次没有办理。请稍后重试"),
            Some(Holder { writer, console: Some(console), .. }) => format!(
                "数据目录 {dir} 上已有服务在运行：{console}（进程{}，{}，自{}起）。本次没有办理，该服务不受影响",
                writer.process,
                writer.command,
                writer.since.local()
            ),
            Some(Holder { writer, .. }) => format!(
                "数据目录 {dir} 正由进程{}（{}，自{}起）写入，本次没有办理。请稍后重试",
                writer.process,
                writer.command,
                writer.since.local()
            ),
        }
    }

    /// Whoever holds the directory writes the same database.
    pub fn same_database(&self, holder: &Holder) -> bool {
        holder.database == self.database_digest()
    }
}

/// Makes a directory that nobody else can read, when it is not there.
pub fn make_private(path: &Path) -> anyhow::Result<()> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.with_context(|| format!("不能建立目录 {}", path.display()))
}

/// Who holds the lock.
#[derive(Serialize, Deserialize)]
pub struct Holder {
    #[serde(flatten)]
    writer: Writer,
    /// Digest of the database's address; empty as long as it is not open.
    database: String,
    /// Where its console is, when it is a server.
    console: Option<String>,
}

/// Whether the directory could be locked.
pub enum Locked {
    /// This process may write.
    Mine(Lock),
    /// Another one may, and says who it is, or has not said it yet.
    By(Option<Holder>),
}

/// The right to write on a data directory, as long as it is held.
pub struct Lock {
    file: File,
    holder: Holder,
}

impl Lock {
    /// Under which name this process writes.
    pub fn writer(&self) -> &Writer {
        &self.holder.writer
    }

    /// Whether a name in the database is this directory's: then its process is gone, for the lock is free.
    pub fn was_ours(&self, writer: &Writer) -> bool {
        let ours = self.writer();
        (&writer.host, &writer.directory) == (&ours.host, &ours.directory)
    }

    /// Says which database is written, and where the console is.
    pub fn say(&mut self, dir: &DataDir, console: Option<String>) -> anyhow::Result<()> {
        self.holder.database = dir.database_digest();
        self.holder.console = console;
        self.write()
    }

    fn write(&mut self) -> anyhow::Result<()> {
        let text = serde_json::to_vec(&self.holder)?;
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(&text).context("不能写入 kaguan.lock")
    }
}

/// The machine's name: two machines with a directory of the same path are told apart by it.
fn host() -> String {
    let told = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    told.map_or_else(|| "localhost".into(), |name| name.trim().to_owned())
}

/// Who writes a database, to somebody in another directory.
pub fn elsewhere(writer: &Writer) -> String {
    let Writer { host, directory, process, command, since } = writer;
    format!("主机 {host} 的目录 {directory}（进程{process}，{command}，自{}起）", Instant(since.0).local())
}
