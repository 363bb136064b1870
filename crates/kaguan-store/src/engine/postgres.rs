//! PostgreSQL: one writing connection and some reading ones. Statements of one step are pipelined, so that a step
//! is one round trip however many statements it has.
//!
//! A connection is in one transaction at a time, so whoever writes has the writing connection to itself from BEGIN to the
//! end. Of a caller that goes away half-way the next one takes back what was not committed, before it begins.

use super::{CommitError, Counters, Param, Query, Row, Sql, StoreError, Value, Write};
use futures_util::future::{join, join_all, join3, try_join_all};
use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio_postgres::error::{DbError, Severity, SqlState};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{AsyncMessage, Client, NoTls, Statement};

/// A cluster.
pub struct PostgresEngine {
    url: String,
    writer: tokio::sync::Mutex<Session>,
    /// For single questions, of which many are on their way at once.
    readers: Vec<Session>,
    /// For several questions with one answer as of one moment: each in a transaction of its own.
    snapshots: Vec<tokio::sync::Mutex<Session>>,
    next: AtomicUsize,
    pub(super) counters: Counters,
}

struct Session {
    client: Client,
    statements: Mutex<HashMap<&'static str, Statement>>,
    /// Whoever wrote last is not through with its transaction, and has gone away if nobody holds the session.
    left_open: AtomicBool,
    /// What the server warned of since it was last asked: code and message.
    warnings: Arc<Mutex<Vec<(SqlState, String)>>>,
}

type Boxed = Box<dyn ToSql + Sync + Send>;

impl PostgresEngine {
    /// Connects.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let writer = tokio::sync::Mutex::new(Session::connect(url).await?);
        let (mut readers, mut snapshots) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            readers.push(Session::connect(url).await?);
            snapshots.push(tokio::sync::Mutex::new(Session::connect(url).await?));
        }
        let (url, next) = (url.to_owned(), AtomicUsize::new(0));
        Ok(Self { url, writer, readers, snapshots, next, counters: Counters::default() })
    }

    pub(super) async fn read(&self, queries: Vec<Query>) -> Result<Vec<Vec<Row>>, StoreError> {
        self.counters.add(queries.len(), 1);
        let at = self.next.fetch_add(1, Ordering::Relaxed);
        if queries.len() > 1 {
            return snapshot(&*self.snapshots[at % self.snapshots.len()].lock().await, queries).await;
        }
        let session = &self.readers[at % self.readers.len()];
        try_join_all(queries.into_iter().map(|q| session.ask(q))).await
    }

    pub(super) async fn transact(&self, writes: Vec<Write>) -> Result<(), CommitError> {
        self.counters.add(writes.len(), 2);
        let writer = self.writer.lock().await;
        writer.begin().await.map_err(|e| CommitError::RolledBack(detail(&e)))?;
        let done = transact(&writer, &writes).await;
        writer.left_open.store(false, Ordering::SeqCst);
        if done.is_ok() {
            self.counters.commits.fetch_add(1, Ordering::Relaxed);
        }
        done
    }

    pub(super) async fn script(&self, text: String) -> Result<(), StoreError> {
        let writer = self.writer.lock().await;
        writer.begin().await.map_err(failed)?;
        let done = writer.client.batch_execute(&format!("BEGIN;{text};COMMIT;")).await;
        if done.is_err() {
            // The error may have come before COMMIT was read; nothing is left open behind it.
            let _ = writer.client.batch_execute("ROLLBACK").await;
        }
        writer.left_open.store(false, Ordering::SeqCst);
        done.map_err(failed)
    }

    pub(super) async fn prepare(&self, sql: &'static Sql) -> Result<(), StoreError> {
        self.readers[0].statement(sql).await.map(|_| ())
    }
}

/// The database as of one moment: a session of its own in one reading transaction, which ends with it.
pub struct PostgresView {
    session: Session,
}

impl PostgresEngine {
    pub(super) async fn view(&self) -> Result<PostgresView, StoreError> {
        let session = Session::connect(&self.url).await?;
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        session.client.batch_execute(begin).await.map_err(failed)?;
        Ok(PostgresView { session })
    }
}

impl PostgresView {
    pub(super) async fn ask(&self, query: Query) -> Result<Vec<Row>, StoreError> {
        self.session.ask(query).await
    }
}

/// Several questions, answered as of the moment at which the first was read; sent together, one round trip. COMMIT is sent in the
/// same step as BEGIN, so that a caller that goes away leaves nothing open.
async fn snapshot(session: &Session, queries: Vec<Query>) -> Result<Vec<Vec<Row>>, StoreError> {
    for q in &queries {
        // Known from now on: what follows is sent without a pause.
        session.statement(q.sql).await?;
    }
    // `join_all` sends in order up to thirty, so it is asked for no more at a time.
    let mut waiting = queries.into_iter().map(|q| session.ask(q)).peekable();
    let mut groups = Vec::new();
    while waiting.peek().is_some() {
        groups.push(join_all(waiting.by_ref().take(30).collect::<Vec<_>>()));
    }
    let begin = session.client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    let commit = session.client.batch_execute("COMMIT");
    let (begun, answers, ended) = join3(begin, join_all(groups), commit).await;
    begun.map_err(failed)?;
    let answers = answers.into_iter().flatten().collect::<Result<Vec<_>, _>>()?;
    ended.map_err(failed)?;
    Ok(answers)
}

/// One transaction. Whatever is answered, the connection is in none afterwards.
async fn transact(s: &Session, writes: &[Write]) -> Result<(), CommitError> {
    let back = |e: StoreError| CommitError::RolledBack(e.to_string());
    let mut prepared = Vec::new();
    for w in writes {
        prepared.push(s.statement(w.sql).await.map_err(back)?);
    }
    let params: Vec<Vec<Boxed>> = writes.iter().map(params_of).collect();
    let run = |i: usize| {
        let refs: Vec<&(dyn ToSql + Sync)> = params[i].iter().map(|p| p.as_ref() as _).collect();
        let (client, statement) = (&s.client, &prepared[i]);
        async move { client.execute(statement, &refs).await }
    };
    s.warned();
    let (begun, results) = join(s.client.batch_execute("BEGIN"), join_all((0..writes.len()).map(run))).await;
    let mut failure = begun.err().map(|e| CommitError::RolledBack(detail(&e)));
    for (result, w) in results.into_iter().zip(writes) {
        failure = failure.or(match result {
            Ok(n) if w.expect.is_some_and(|want| want != n) => {
                Some(CommitError::Guard { statement: w.sql.name })
            }
            Ok(_) => None,
            Err(e) => Some(CommitError::RolledBack(format!("{}: {}", w.sql.name, detail(&e)))),
        });
    }
    // BEGIN found a transaction that was left open: what we wrote stands in it.
    let open = s.warned().into_iter().find(|(code, _)| *code == SqlState::ACTIVE_SQL_TRANSACTION);
    if let Some(failure) = failure.or_else(|| open.map(|(_, why)| CommitError::RolledBack(why))) {
        // If even this fails the connection is gone, and the server rolls back by itself.
        let _ = s.client.batch_execute("ROLLBACK").await;
        return Err(failure);
    }
    // COMMIT of an aborted transaction answers ROLLBACK, which is no error. A question before it, in the same message, is one
    // there: then COMMIT is not even read.
    // Once it is on its way nothing is left open, whoever waits for the answer.
    s.left_open.store(false, Ordering::SeqCst);
    match s.client.batch_execute("SELECT 1; COMMIT").await {
        // Committed, the server says, but: a standby may not have it, or there was no transaction to commit.
        Ok(()) => match s.warned().pop() {
            Some((_, warning)) => Err(CommitError::Unknown(warning)),
            None => Ok(()),
        },
        Err(e) => match e.as_db_error() {
            Some(d) if *d.code() == SqlState::IN_FAILED_SQL_TRANSACTION => {
                let _ = s.client.batch_execute("ROLLBACK").await;
                Err(CommitError::RolledBack(detail(&e)))
            }
            // The server said no, in words: it is rolled back (a deferred constraint, say). Whoever says FATAL goes away, and
            // may have committed before.
            Some(d) if d.parsed_severity() == Some(Severity::Error) => {
                Err(CommitError::RolledBack(detail(&e)))
            }
            _ => Err(CommitError::Unknown(detail(&e))),
        },
    }
}

impl Session {
    async fn connect(url: &str) -> Result<Self, StoreError> {
        let (client, mut connection) = tokio_postgres::connect(url, NoTls).await.map_err(failed)?;
        let warnings = Arc::<Mutex<Vec<_>>>::default();
        let heard = Arc::clone(&warnings);
        tokio::spawn(async move {
            // A connection that ends is seen by the next statement on it. A warning is kept before the answer that follows it is
            // handed on: the server sends them in this order.
            while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
                if let AsyncMessage::Notice(notice) = message
                    && notice.parsed_severity() == Some(Severity::Warning)
                {
                    tracing::warn!(warning = said(&notice), "PostgreSQL warns");
                    let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                    // Only the writer asks for them.
                    if heard.len() < 16 {
                        heard.push((notice.code().clone(), said(&notice)));
                    }
                }
            }
        });
        // Every statement reads by key or by an index made for it: planning it again for each list of keys costs more
        // than it can win. A plan that was made while a table was still empty would read the whole table, and go on doing so
        // as it grows: that is not offered.
        // What reads a whole table all the same is then taken for dear beyond measure, and would be compiled before it runs, each time.
        let settings = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off";
        client.batch_execute(settings).await.map_err(failed)?;
        Ok(Self { client, statements: Mutex::default(), left_open: AtomicBool::new(false), warnings })
    }

    /// Before whatever writes: takes back what a caller left open that was dropped before it sent COMMIT.
    async fn begin(&self) -> Result<(), tokio_postgres::Error> {
        if self.left_open.swap(true, Ordering::SeqCst) {
            self.client.batch_execute("ROLLBACK").await?;
        }
        Ok(())
    }

    async fn ask(&self, q: Query) -> Result<Vec<Row>, StoreError> {
        let statement = self.statement(q.sql).await?;
        let params: Vec<Boxed> = q.params.into_iter().map(boxed).collect();
        let refs: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p.as_ref() as _).collect();
        let rows = self.client.query(&statement, &refs).await.map_err(failed)?;
        rows.iter().map(|r| decode(q.sql.name, r)).collect()
    }

    /// What the server warned of since this was last asked.
    fn warned(&self) -> Vec<(SqlState, String)> {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn statement(&self, sql: &'static Sql) -> Result<Statement, StoreError> {
        let known = self.statements.lock().ok().and_then(|s| s.get(sql.name).cloned());
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = self.client.prepare(&sql.render(true, 0)).await.map_err(failed)?;
        if let Ok(mut statements) = self.statements.lock() {
            statements.insert(sql.name, statement.clone());
        }
        Ok(statement)
    }
}

fn detail(e: &tokio_postgres::Error) -> String {
    e.as_db_error().map_or_else(|| e.to_string(), said)
}

/// Code and message only: a detail line may repeat a row's values.
fn said(d: &DbError) -> String {
    format!("{} {}", d.code().code(), d.message())
}

fn failed(e: tokio_postgres::Error) -> StoreError {
    StoreError::Engine(detail(&e))
}

fn boxed(p: Param) -> Boxed {
    match p {
        Param::Int(n) => Box::new(n),
        Param::Text(t) => Box::new(t),
        Param::Bytes(b) => Box::new(b),
        Param::Ints(ns) => Box::new(ns),
        Param::BytesList(bs) => Box::new(bs),
        Param::Texts(ts) => Box::new(ts),
    }
}

/// Rows become one array a column.
fn params_of(w: &Write) -> Vec<Boxed> {
    let Some(types) = w.sql.row_types() else {
        return w.params.iter().cloned().map(boxed).collect();
    };
    let column = |(i, t): (usize, char)| -> Boxed {
        match t {
            'i' => Box::new(
                w.rows.iter().map(|r| if let Param::Int(n) = &r[i] { *n } else { None }).collect::<Vec<_>>(),
            ),
            't' => Box::new(
                w.rows
                    .iter()
                    .map(|r| if let Param::Text(s) = &r[i] { s.clone() } else { None })
                    .collect::<Vec<_>>(),
            ),
            _ => Box::new(
                w.rows
                    .iter()
                    .map(|r| if let Param::Bytes(b) = &r[i] { b.clone() } else { None })
                    .collect::<Vec<_>>(),
            ),
        }
    };
    types.chars().enumerate().map(column).collect()
}

fn decode(name: &'static str, row: &tokio_postgres::Row) -> Result<Row, StoreError> {
    let mut values = Vec::with_capacity(row.len());
    for (i, column) in row.columns().iter().enumerate() {
        let value = match *column.type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(i).map_err(failed)?.map(Value::Int),
            Type::TEXT | Type::VARCHAR => {
                row.try_get::<_, Option<String>>(i).map_err(failed)?.map(Value::Text)
            }
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(i).map_err(failed)?.map(Value::Bytes),
            ref other => return Err(StoreError::Engine(format!("{name}: column {i} is {other}"))),
        };
        values.push(value.unwrap_or(Value::Null));
    }
    Ok(Row { name, values })
}
