//! Where the journal ends, kept outside the database. Each block is signed, so that whoever keeps its head can tell a database
//! that was cut off, put back to an older day, or replaced: the head stands in a file beside the master key, with partners,
//! who get it with every reply, and with witnesses.

use crate::engine::StoreError;
use crate::journal::{self, Block, ProofError};
use crate::sql;
use crate::store::Store;
use std::fmt;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The first word of a head as one line.
const WORD: &str = "kaguan-journal-1";

/// How long the file may trail behind the journal: it is written at most so often, and at the end.
pub const TRAILS: Duration = Duration::from_millis(100);

/// A signed block, complete in itself: whoever trusts the key knows that the journal once ended here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JournalHead {
    /// The block.
    pub block: Block,
    /// SM2, over the block's hash.
    pub signature: Vec<u8>,
    /// The key that signed, uncompressed SEC1, hexadecimal.
    pub public_key: String,
}

impl JournalHead {
    /// The last line of the journal that it covers.
    pub fn line(&self) -> i64 {
        self.block.first_entry + self.block.entries - 1
    }

    /// Verifies the signature; `trusted` is the system's public key from elsewhere.
    ///
    /// # Errors
    /// When it is signed by another key, or not signed.
    pub fn verify(&self, trusted: Option<&str>) -> Result<(), ProofError> {
        if trusted.is_some_and(|t| !t.eq_ignore_ascii_case(&self.public_key)) {
            return Err(ProofError::OtherKey);
        }
        match journal::verify(&self.public_key, &self.block.hash(), &self.signature) {
            true => Ok(()),
            false => Err(ProofError::BadSignature),
        }
    }
}

impl fmt::Display for JournalHead {
    /// One line of words, `name=value`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Block { seq, first_entry, entries, root, previous, at, epoch } = &self.block;
        write!(
            f,
            "{WORD} block={seq} first={first_entry} lines={entries} at={at} epoch={epoch} root={} previous={} sm2={} key={}",
            hex::encode(root),
            hex::encode(previous),
            hex::encode(&self.signature),
            self.public_key
        )
    }
}

impl FromStr for JournalHead {
    type Err = ProofError;

    /// Reads the line; words after those of the head are somebody else's. The signature is not verified yet.
    fn from_str(line: &str) -> Result<Self, ProofError> {
        let mut words = line.split_whitespace();
        if words.next() != Some(WORD) {
            return Err(ProofError::NoHead);
        }
        let mut word = |name: &str| {
            words.next().and_then(|w| w.strip_prefix(name)?.strip_prefix('=')).ok_or(ProofError::NoHead)
        };
        let number = |text: &str| text.parse::<i64>().map_err(|_| ProofError::NoHead);
        let digest = |text: &str| -> Result<[u8; 32], ProofError> {
            hex::decode(text).ok().and_then(|b| b.try_into().ok()).ok_or(ProofError::NoHead)
        };
        let block = Block {
            seq: number(word("block")?)?,
            first_entry: number(word("first")?)?,
            entries: number(word("lines")?)?,
            at: number(word("at")?)?,
            epoch: number(word("epoch")?)?,
            root: digest(word("root")?)?,
            previous: digest(word("previous")?)?,
        };
        let signature = hex::decode(word("sm2")?).map_err(|_| ProofError::NoHead)?;
        Ok(Self { block, signature, public_key: word("key")?.to_owned() })
    }
}

/// How a database stands to a head that somebody kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stands {
    /// The journal has this block, and perhaps more.
    Holds,
    /// The journal ends before it.
    Shorter,
    /// Another block stands in its place.
    Other,
    /// It was never this journal's: its signature is not of the system's key.
    NotOurs(ProofError),
}

/// How the stored journal ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End {
    /// Nothing was ever done.
    Nothing,
    /// With this block, and the writer's row says so.
    At(JournalHead),
    /// The writer's row and the last block do not fit together: something was cut off, or added.
    Torn {
        /// Where the writer's row says that it ends: the block.
        said: i64,
        /// The last block that is there; 0 for none.
        found: i64,
    },
}

impl Store {
    /// How the stored journal ends, by its last block and the writer's row.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn end(&self) -> Result<End, StoreError> {
        loop {
            let said = self.stored_head().await?;
            let last = self.ask(&sql::BLOCK_END, Vec::new()).await?.pop();
            // Whoever writes meanwhile moves both in one transaction: asked again, they fit.
            if self.stored_head().await? != said {
                continue;
            }
            let torn = |found| End::Torn { said: said.block_seq, found };
            let Some(row) = last else {
                return Ok(if said.block_seq == 0 { End::Nothing } else { torn(0) });
            };
            let (block, hash, signature) = row.block();
            let head = JournalHead { block, signature, public_key: self.public_key() };
            let fits = (said.block_seq, said.entry_seq, said.block_hash)
                == (head.block.seq, head.line(), hash)
                && head.block.hash() == hash
                && head.verify(None).is_ok();
            return Ok(if fits { End::At(head) } else { torn(head.block.seq) });
        }
    }

    /// How the journal stands to a head that was kept elsewhere.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn stands_to(&self, head: &JournalHead) -> Result<Stands, StoreError> {
        if let Err(why) = head.verify(Some(&self.public_key())) {
            return Ok(Stands::NotOurs(why));
        }
        let found = self.ask(&sql::BLOCK_FROM, vec![head.block.seq.into(), 1.into()]).await?.pop();
        Ok(match found.map(|row| row.block().0) {
            Some(block) if block == head.block => Stands::Holds,
            Some(_) => Stands::Other,
            None => Stands::Shorter,
        })
    }

    /// Blocks after one as heads, in order: a witness sees by them that the journal only grew. They name nobody.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn heads_after(&self, block: i64, most: i64) -> Result<Vec<JournalHead>, StoreError> {
        let rows = self.ask(&sql::BLOCK_FROM, vec![(block + 1).into(), most.into()]).await?;
        let public_key = self.public_key();
        let head = |row: crate::rows::journal::BlockRow| {
            let (block, _, signature) = row.block();
            JournalHead { block, signature, public_key: public_key.clone() }
        };
        Ok(rows.into_iter().map(head).collect())
    }

    /// The head of the last block that this process wrote, or found when it took over; partners get it with every reply.
    pub fn journal_head(&self) -> Option<JournalHead> {
        self.kept().latest.clone()
    }

    /// From now on the head of every commit is kept in a file too.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn keep_heads(&self, file: HeadFile) -> Result<(), KeepError> {
        let latest = match self.end().await? {
            End::At(head) => Some(head),
            End::Nothing | End::Torn { .. } => None,
        };
        if let Some(head) = &latest {
            file.write(head)?;
        }
        let mut kept = self.kept();
        kept.latest = latest;
        kept.keeper = Some(Keeper::start(file));
        Ok(())
    }

    /// Nothing is kept in a file any more; what was noted last is written before this returns.
    pub fn keep_no_heads(&self) {
        let keeper = self.kept().keeper.take();
        drop(keeper);
    }
}

/// Why a head cannot be kept outside the database.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The database cannot be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file cannot be read or written.
    #[error("不能使用日志末端文件 {path}：{why} (failed to use the file of the journal's head)")]
    Io {
        path: PathBuf,
        /// What happened.
        why: String,
    },
    /// A line of the file is no head.
    #[error("日志末端文件 {path} 的第{line}行无法识别 (a line of the file is no head)")]
    NoHead {
        path: PathBuf,
        /// From 1.
        line: usize,
    },
}

/// The file beside the master key in which the head is kept: a line for each database that was ever written from this directory,
/// which begins with the digest of the database's address.
#[derive(Clone, Debug)]
pub struct HeadFile {
    path: PathBuf,
    /// Of the database's address, 64 hexadecimal digits.
    database: String,
}

impl HeadFile {
    /// The file of a path, for the database of an address.
    pub fn new(path: PathBuf, database: String) -> Self {
        Self { path, database }
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is known of this database.
    ///
    /// # Errors
    /// When the file is there and cannot be read: an unreadable file is not taken for none.
    pub fn known(&self) -> Result<Option<JournalHead>, KeepError> {
        Ok(self.lines()?.into_iter().find(|(d, _)| *d == self.database).map(|(_, head)| head))
    }

    fn lines(&self) -> Result<Vec<(String, JournalHead)>, KeepError> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(self.io(&e)),
        };
        let read = |(i, line): (usize, &str)| {
            let (database, head) = line.split_once(' ').unwrap_or_default();
            let head =
                head.parse().map_err(|_| KeepError::NoHead { path: self.path.clone(), line: i + 1 })?;
            Ok((database.to_owned(), head))
        };
        text.lines().enumerate().map(read).collect()
    }

    fn io(&self, e: &std::io::Error) -> KeepError {
        KeepError::Io { path: self.path.clone(), why: e.to_string() }
    }

    /// Writes the head of this database, in place of the one before; the file is whole at every moment.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn write(&self, head: &JournalHead) -> Result<(), KeepError> {
        self.replace(Some(head))
    }

    /// Knows nothing of this database any more: for whoever empties it.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn forget(&self) -> Result<(), KeepError> {
        match self.known()? {
            Some(_) => self.replace(None),
            None => Ok(()),
        }
    }

    fn replace(&self, head: Option<&JournalHead>) -> Result<(), KeepError> {
        let mut lines = self.lines()?;
        lines.retain(|(database, _)| *database != self.database);
        lines.extend(head.map(|h| (self.database.clone(), h.clone())));
        let text: String = lines.iter().map(|(database, head)| format!("{database} {head}\n")).collect();
        let beside = self.path.with_extension("head.new");
        let put = || -> std::io::Result<()> {
            let mut file = std::fs::File::options();
            let mut file = file.write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
            file.write_all(text.as_bytes())?;
            file.sync_data()?;
            std::fs::rename(&beside, &self.path)?;
            match self.path.parent().filter(|p| !p.as_os_str().is_empty()) {
                Some(parent) => std::fs::File::open(parent)?.sync_all(),
                None => Ok(()),
            }
        };
        put().map_err(|e| self.io(&e))
    }
}

/// What a store keeps of its journal's end.
#[derive(Default)]
pub(crate) struct Kept {
    latest: Option<JournalHead>,
    keeper: Option<Keeper>,
}

impl Kept {
    /// After a commit.
    pub(crate) fn note(&mut self, head: JournalHead) {
        if let Some(keeper) = &self.keeper {
            keeper.note(head.clone());
        }
        self.latest = Some(head);
    }

    /// Why the file could not be written; then nothing more is committed.
    pub(crate) fn failed(&self) -> Option<String> {
        self.keeper.as_ref().and_then(|k| k.shared.lock().failed.clone())
    }
}

/// A thread that writes the latest head, at most every [`TRAILS`]; it ends with whoever started it, and writes what is left.
pub struct Keeper {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waits: Option<JournalHead>,
    ends: bool,
    failed: Option<String>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Whoever panicked under the lock left whole values: they are only ever replaced.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, most: Option<Duration>) -> MutexGuard<'a, State> {
        match most {
            None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            Some(most) => {
                self.changed.wait_timeout(state, most).map_or_else(|e| e.into_inner().0, |(state, _)| state)
            }
        }
    }
}

impl Keeper {
    /// Starts it.
    pub fn start(file: HeadFile) -> Self {
        let shared = Arc::new(Shared::default());
        let work = Arc::clone(&shared);
        let thread = std::thread::spawn(move || keep(&file, &work));
        Self { shared, thread: Some(thread) }
    }

    /// There is a later head; of those that come before it is written only the last is.
    pub fn note(&self, head: JournalHead) {
        self.shared.lock().waits = Some(head);
        self.shared.changed.notify_one();
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.shared.lock().ends = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that keeps the journal's head broke");
        }
    }
}

fn keep(file: &HeadFile, shared: &Shared) {
    loop {
        let mut state = shared.lock();
        while state.waits.is_none() && !state.ends {
            state = shared.wait(state, None);
        }
        let Some(head) = state.waits.take() else { return };
        drop(state);
        let began = Instant::now();
        if let Err(why) = file.write(&head) {
            tracing::error!(%why, "the journal's head cannot be kept; writing stops");
            shared.lock().failed = Some(why.to_string());
            return;
        }
        let mut state = shared.lock();
        while !state.ends {
            let Some(left) = TRAILS.checked_sub(began.elapsed()).filter(|left| !left.is_zero()) else {
                break;
            };
            state = shared.wait(state, Some(left));
        }
    }
}
