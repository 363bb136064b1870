//! SQLite: one writer thread, a few reader threads, WAL, `synchronous=FULL`.

use super::{CommitError, Counters, Param, Query, Row, Sql, StoreError, Value, Write};
use rusqlite::types::{Value as SqlValue, ValueRef};
use rusqlite::{Connection, OpenFlags};
use std::cell::RefCell;
use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, mpsc};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// Rows one `INSERT` carries: few sizes, so that prepared statements are used again.
const CHUNKS: [usize; 5] = [256, 64, 16, 4, 1];

/// How often two connections are tried to begin at the same moment.
const TRIES: usize = 100;

/// SQLite's bundled version before this can corrupt a database on a WAL reset.
const OLDEST: i32 = 3_051_003;

/// An embedded database.
pub struct SqliteEngine {
    writer: mpsc::Sender<Job>,
    readers: mpsc::Sender<Job>,
    /// The file, by its device and number: as long as a path leads to it, what is written is what others find.
    file: Option<(PathBuf, [u64; 2])>,
    pub(super) counters: Counters,
}

impl SqliteEngine {
    /// Opens a file, or `:memory:`, whose only connection then also reads. With `read_only` the file has to be there, and
    /// nothing can be written.
    pub fn open(path: &str, read_only: bool) -> Result<Self, StoreError> {
        if rusqlite::version_number() < OLDEST {
            return Err(StoreError::Engine(format!("SQLite {} is older than 3.51.3", rusqlite::version())));
        }
        let writer = start(vec![connect(path, read_only)?]);
        let readers = if path == ":memory:" {
            writer.clone()
        } else {
            let mut connections = Vec::new();
            for _ in 0..2 {
                let c = connect(path, read_only)?;
                // A reader's pages are stale after every commit: a large cache would only be emptied at a cost.
                c.execute_batch("PRAGMA query_only=1; PRAGMA cache_size=-4096").map_err(failed)?;
                connections.push(c);
            }
            start(connections)
        };
        let file = match path {
            ":memory:" => None,
            path => Some((PathBuf::from(path), identity(Path::new(path)).map_err(StoreError::Engine)?)),
        };
        Ok(Self { writer, readers, file, counters: Counters::default() })
    }

    /// Whether the path still leads to the file that is open. A file that was taken away under a process goes on to be written,
    /// and is gone with it.
    ///
    /// # Errors
    /// What is there instead, in Chinese.
    pub(super) fn in_place(&self) -> Result<(), String> {
        let Some((path, opened)) = &self.file else { return Ok(()) };
        let shown = path.display();
        match identity(path) {
            Ok(now) if now == *opened => Ok(()),
            Ok(_) => Err(format!("数据库文件 {shown} 已被另一文件替换")),
            Err(why) => Err(format!("数据库文件 {shown} 已不在原处（{why}）")),
        }
    }

    async fn run<T: Send + 'static>(
        &self,
        on: &mpsc::Sender<Job>,
        work: impl FnOnce(&mut Connection) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, wait) = oneshot::channel();
        let job: Job = Box::new(move |c| {
            // A caller that went away does not want the answer.
            let _ = answer.send(work(c));
        });
        on.send(job).ok()?;
        wait.await.ok()
    }

    pub(super) async fn read(&self, queries: Vec<Query>) -> Result<Vec<Vec<Row>>, StoreError> {
        self.counters.add(queries.len(), 1);
        self.run(&self.readers, move |c| answer(c, &queries)).await.ok_or_else(gone)?
    }

    pub(super) async fn transact(&self, writes: Vec<Write>) -> Result<(), CommitError> {
        let statements =
            writes.iter().map(|w| if w.rows.is_empty() { 1 } else { chunks(w.rows.len()).count() });
        self.counters.add(statements.sum(), 1);
        let done = self.run(&self.writer, move |c| transact(c, &writes)).await;
        let done = done.unwrap_or_else(|| Err(CommitError::Unknown("the writer thread is gone".into())));
        if done.is_ok() {
            self.counters.commits.fetch_add(1, Ordering::Relaxed);
        }
        done
    }

    pub(super) async fn script(&self, text: String) -> Result<(), StoreError> {
        let text = format!("BEGIN IMMEDIATE;{text};COMMIT;");
        self.run(&self.writer, move |c| c.execute_batch(&text).map_err(failed)).await.ok_or_else(gone)?
    }

    pub(super) async fn prepare(&self, sql: &'static Sql) -> Result<(), StoreError> {
        let text = sql.render(false, 1);
        let prepared = self.run(&self.writer, move |c| {
            let statement = c.prepare(&text).map_err(failed)?;
            let answers: Vec<&str> = statement.column_names().collect();
            match sql.row {
                // A statement that computes columns names them itself: they must be the row's.
                Some(_) if !answers.is_empty() && answers != sql.answers() => {
                    Err(StoreError::Engine(format!("it answers {answers:?}, not {:?}", sql.answers())))
                }
                _ => Ok(()),
            }
        });
        prepared.await.ok_or_else(gone)?
    }
}

/// The database as of one moment: connections of its own in one reading transaction each, which ends with it.
#[derive(Clone)]
pub struct SqliteView {
    jobs: mpsc::Sender<Job>,
}

impl SqliteEngine {
    pub(super) async fn view(&self) -> Result<SqliteView, StoreError> {
        match &self.file {
            Some((path, _)) => SqliteView::of(path),
            None => self.view_of_copy().await,
        }
    }

    /// A database in memory has but one connection, on which whoever writes goes on between two questions: what it holds now is copied.
    async fn view_of_copy(&self) -> Result<SqliteView, StoreError> {
        let dir = tempfile::tempdir().map_err(|e| StoreError::Engine(e.to_string()))?;
        let path = dir.path().join("view.db");
        let into = path.display().to_string();
        let copied = self.run(&self.writer, move |c| c.execute("VACUUM INTO ?1", [into]).map_err(failed));
        copied.await.ok_or_else(gone)??;
        // The file goes with its directory; the connection that is open keeps what it reads.
        SqliteView::of(&path)
    }
}

impl SqliteView {
    /// Two connections where both see the same: one page is read while another is. Somebody who writes all the time leaves one.
    fn of(path: &Path) -> Result<Self, StoreError> {
        let reader = || -> Result<Connection, StoreError> {
            let c = connect(&path.display().to_string(), true)?;
            c.execute_batch("PRAGMA query_only=1; PRAGMA cache_size=-16384").map_err(failed)?;
            Ok(c)
        };
        // It changes whenever somebody else has written, as this connection sees it: within a transaction, as of its moment.
        let version = |c: &Connection| {
            c.query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0)).map_err(failed)
        };
        let begin =
            |c: &Connection| c.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema").map_err(failed);
        let (first, second) = (reader()?, reader()?);
        for _ in 0..TRIES {
            let before = version(&second)?;
            begin(&first)?;
            begin(&second)?;
            // Nothing was written before the second began, so that the first, which began in between, sees what it sees.
            if version(&second)? == before {
                return Ok(Self { jobs: start(vec![first, second]) });
            }
            for c in [&first, &second] {
                c.execute_batch("ROLLBACK").map_err(failed)?;
            }
        }
        begin(&first)?;
        Ok(Self { jobs: start(vec![first]) })
    }

    pub(super) async fn ask(&self, query: Query) -> Result<Vec<Row>, StoreError> {
        let (answer, wait) = oneshot::channel();
        let job: Job = Box::new(move |c| {
            // A caller that went away does not want the answer.
            let _ = answer.send(ask(c, &query));
        });
        self.jobs.send(job).map_err(|_| gone())?;
        wait.await.map_err(|_| gone())?
    }
}

/// Device and number of a file.
fn identity(path: &Path) -> Result<[u64; 2], String> {
    std::fs::metadata(path).map(|m| [m.dev(), m.ino()]).map_err(|e| e.to_string())
}

fn gone() -> StoreError {
    StoreError::Engine("the database thread is gone".into())
}

fn failed(e: rusqlite::Error) -> StoreError {
    StoreError::Engine(e.to_string())
}

fn connect(path: &str, read_only: bool) -> Result<Connection, StoreError> {
    let c = if read_only {
        // A shutdown that was none leaves a log to be read first, for which SQLite wants to write beside the file.
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_URI)
    } else {
        Connection::open(path)
    }
    .map_err(failed)?;
    if !read_only {
        c.execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=8000;")
            .map_err(failed)?;
    }
    c.execute_batch(
        "PRAGMA foreign_keys=ON; PRAGMA busy_timeout=5000; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;",
    )
    .map_err(failed)?;
    rusqlite::vtab::array::load_module(&c).map_err(failed)?;
    c.set_prepared_statement_cache_capacity(256);
    Ok(c)
}

/// Threads that take jobs from one queue, each with a connection of its own.
fn start(connections: Vec<Connection>) -> mpsc::Sender<Job> {
    let (send, receive) = mpsc::channel::<Job>();
    let queue = Arc::new(Mutex::new(receive));
    for mut connection in connections {
        let queue = Arc::clone(&queue);
        std::thread::spawn(move || {
            loop {
                let job = match queue.lock() {
                    Ok(queue) => queue.recv(),
                    Err(_) => return,
                };
                match job {
                    Ok(job) => job(&mut connection),
                    Err(_) => return,
                }
            }
        });
    }
    send
}

fn chunks(mut rows: usize) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let size = *CHUNKS.iter().find(|c| **c <= rows)?;
        rows -= size;
        Some(size)
    })
}

fn to_sql(p: &Param) -> Box<dyn rusqlite::ToSql + '_> {
    match p {
        Param::Int(n) => Box::new(n),
        Param::Text(t) => Box::new(t),
        Param::Bytes(b) => Box::new(b),
        Param::Ints(ns) => Box::new(Rc::new(ns.iter().map(|n| SqlValue::Integer(*n)).collect::<Vec<_>>())),
        Param::BytesList(bs) => {
            Box::new(Rc::new(bs.iter().map(|b| SqlValue::Blob(b.clone())).collect::<Vec<_>>()))
        }
        Param::Texts(ts) => Box::new(Rc::new(ts.iter().cloned().map(SqlValue::Text).collect::<Vec<_>>())),
    }
}

thread_local! {
    /// Statements as SQLite reads them, by name and number of rows: rendered once a thread.
    static TEXTS: RefCell<HashMap<(&'static str, usize), Rc<str>>> = RefCell::default();
}

fn text(sql: &'static Sql, rows: usize) -> Rc<str> {
    TEXTS.with_borrow_mut(|t| {
        Rc::clone(t.entry((sql.name, rows)).or_insert_with(|| sql.render(false, rows).into()))
    })
}

/// Answers some questions as of one moment: a commit that comes between two of them is seen by neither.
fn answer(c: &mut Connection, queries: &[Query]) -> Result<Vec<Vec<Row>>, StoreError> {
    if let [one] = queries {
        return Ok(vec![ask(c, one)?]);
    }
    let moment = c.transaction().map_err(failed)?;
    let answers = queries.iter().map(|q| ask(&moment, q)).collect::<Result<_, _>>()?;
    moment.commit().map_err(failed)?;
    Ok(answers)
}

fn ask(c: &Connection, query: &Query) -> Result<Vec<Row>, StoreError> {
    let mut statement = c.prepare_cached(&text(query.sql, 0)).map_err(failed)?;
    let columns = statement.column_count();
    let params: Vec<_> = query.params.iter().map(to_sql).collect();
    let mut rows = statement.query(rusqlite::params_from_iter(params.iter())).map_err(failed)?;
    let mut out = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        let mut values = Vec::with_capacity(columns);
        for i in 0..columns {
            values.push(match row.get_ref(i).map_err(failed)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(n) => Value::Int(n),
                ValueRef::Text(t) => Value::Text(String::from_utf8_lossy(t).into_owned()),
                ValueRef::Blob(b) => Value::Bytes(b.to_vec()),
                // No column of ours holds one: somebody wrote it, and whoever reads the row says which.
                ValueRef::Real(n) => Value::Text(n.to_string()),
            });
        }
        out.push(Row { name: query.sql.name, values });
    }
    Ok(out)
}

fn transact(c: &mut Connection, writes: &[Write]) -> Result<(), CommitError> {
    let back = |e: rusqlite::Error| CommitError::RolledBack(e.to_string());
    let tx = c.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(back)?;
    for w in writes {
        let mut changed = 0;
        if !w.sql.writes_rows() {
            let mut statement = tx.prepare_cached(&text(w.sql, 0)).map_err(back)?;
            let params: Vec<_> = w.params.iter().map(to_sql).collect();
            changed = statement.execute(rusqlite::params_from_iter(params.iter())).map_err(back)?;
        } else {
            let mut at = 0;
            for size in chunks(w.rows.len()) {
                let mut statement = tx.prepare_cached(&text(w.sql, size)).map_err(back)?;
                let params: Vec<_> = w.rows[at..at + size].iter().flatten().map(to_sql).collect();
                changed += statement.execute(rusqlite::params_from_iter(params.iter())).map_err(back)?;
                at += size;
            }
        }
        if w.expect.is_some_and(|n| n != changed as u64) {
            return Err(CommitError::Guard { statement: w.sql.name });
        }
    }
    // SQLite answers COMMIT only when the WAL is synced. An error here leaves it open which side it fell on.
    tx.commit().map_err(|e| CommitError::Unknown(e.to_string()))
}
