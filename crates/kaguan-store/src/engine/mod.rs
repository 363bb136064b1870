//! Two engines behind one face. A statement is one text: `$1` works on both; the tokens below are written
//! differently for each.
//!
//! | token | PostgreSQL | SQLite |
//! |---|---|---|
//! | `{in:1}` | `= ANY($1)` | `IN rarray($1)` |
//! | `{rows:itb}` | `SELECT * FROM UNNEST($1::bigint[],$2::text[],$3::bytea[])` | `VALUES (…),(…)` |
//! | `{rows}` | the same for the columns of the statement's row | the same |
//! | `{columns}`, `{columns:o}` | the columns of the statement's row, as `o.x` the second time; of a row that vouches for itself all of its table's and its tag, of a sealed column that is not asked for only the end | the same |
//! | `{and:o}` | the same of the second row of a statement that answers two | the same |
//! | `{update}` | every column but the key as it would have been inserted | the same |
//! | `{swap}` | the update of a whole row, as long as it is as it was read | the same |
//! | `{scan}`, `{scan_after}` | all rows by key, from the beginning and from one on | the same |
//! | `{get}` | the row of a key | the same |
//! | `{mark}` | a row of an earlier schema gets its tag | the same |
//! | `{blob}` | `BYTEA` | `BLOB` |
//! | `{id}` | `BIGINT` | `INTEGER`: as a primary key it is the row's own place, not a second tree |
//! | `{by_key}` | nothing | `WITHOUT ROWID`: the table is its key's tree; for short rows |

mod postgres;
mod sqlite;

use crate::rows::whole;

pub use postgres::{PostgresEngine, PostgresView};
pub use sqlite::{SqliteEngine, SqliteView};

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::task::JoinHandle;

/// A value on its way in.
#[derive(Clone, PartialEq, Debug)]
pub enum Param {
    /// BIGINT
    Int(Option<i64>),
    /// TEXT
    Text(Option<String>),
    /// BLOB
    Bytes(Option<Vec<u8>>),
    /// For `{in:n}`.
    Ints(Vec<i64>),
    /// For `{in:n}`.
    BytesList(Vec<Vec<u8>>),
    /// For `{in:n}`.
    Texts(Vec<String>),
}

macro_rules! from {
    ($($t:ty => $v:expr;)*) => { $(impl From<$t> for Param { fn from(x: $t) -> Self { $v(x) } })* };
}

from! {
    i64 => |x| Param::Int(Some(x));
    Option<i64> => Param::Int;
    bool => |x| Param::Int(Some(i64::from(x)));
    String => |x| Param::Text(Some(x));
    &str => |x: &str| Param::Text(Some(x.to_owned()));
    Option<String> => Param::Text;
    Option<&str> => |x: Option<&str>| Param::Text(x.map(str::to_owned));
    Vec<u8> => |x| Param::Bytes(Some(x));
    [u8; 32] => |x: [u8; 32]| Param::Bytes(Some(x.to_vec()));
    Vec<i64> => Param::Ints;
    Vec<Vec<u8>> => Param::BytesList;
    Vec<String> => Param::Texts;
}

impl Param {
    /// As it is said in an error that names a row by its key.
    pub(crate) fn shown(self) -> String {
        let value = match self {
            Self::Int(n) => n.map(Value::Int),
            Self::Text(text) => text.map(Value::Text),
            Self::Bytes(bytes) => bytes.map(Value::Bytes),
            Self::Ints(_) | Self::BytesList(_) | Self::Texts(_) => None,
        };
        value.unwrap_or_default().shown()
    }
}

/// A value on its way out.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Value {
    /// NULL
    #[default]
    Null,
    /// BIGINT
    Int(i64),
    /// TEXT
    Text(String),
    /// BLOB
    Bytes(Vec<u8>),
}

impl Value {
    /// As it is said in an error that names a row by its key.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Null => "NULL".into(),
            Self::Int(n) => n.to_string(),
            Self::Text(text) => text.clone(),
            Self::Bytes(bytes) => hex::encode(bytes),
        }
    }
}

/// A stored row that is not what it must be. Never turned into "not found".
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("stored data break a rule: table {table}, column {column}, row {row}: {why}")]
pub struct StoredDataError {
    /// The table.
    pub table: &'static str,
    /// The column, by name.
    pub column: &'static str,
    /// Which row, by its key: `holder_id 7, card_id 12`.
    pub row: String,
    /// What is wrong; no personal data.
    pub why: String,
}

/// One row, as an engine answers it.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// The statement that it answers.
    pub name: &'static str,
    /// Its values, in the order of the statement's columns.
    pub values: Vec<Value>,
}

/// The columns of a row, in the order in which its statements name them; those of the key first.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) table: &'static str,
    pub(crate) columns: &'static [&'static str],
    /// One letter a column, as in `{rows:…}`; `s` is a sealed BLOB.
    pub(crate) types: &'static str,
    /// How many of them are the key.
    pub(crate) keys: usize,
    /// Why no tag vouches for what is read; `None` when one does.
    pub(crate) unvouched: Option<&'static str>,
}

/// The column of the tag.
const TAG: &str = "tag";

impl Shape {
    /// A key as it is said in an error.
    pub(crate) fn key(&self, values: &[String]) -> String {
        let named: Vec<_> = self.columns.iter().zip(values).map(|(c, v)| format!("{c} {v}")).collect();
        named.join(", ")
    }

    /// What a statement has to read or write of it: the whole row with its tag, when it vouches for itself.
    fn asked(&self, reads: bool, table: Option<&str>) -> Vec<String> {
        let of = |column: &str| table.map_or_else(|| column.to_owned(), |t| format!("{t}.{column}"));
        if self.unvouched.is_some() {
            return self.columns.iter().map(|c| of(c)).collect();
        }
        let whole = whole(self.table);
        let one = |(column, letter): (&&str, char)| match letter {
            // Without the body only the seal's own tag is read, which is what the row's tag takes of it.
            's' if reads && !self.columns.contains(column) => {
                let c = of(column);
                format!("substr({c}, length({c}) - 15) AS {column}")
            }
            _ => of(column),
        };
        let columns = whole.columns.iter().zip(whole.types.chars()).map(one);
        columns.chain([of(TAG)]).collect()
    }

    /// Its columns with their places as parameters, as `x = $2`, from one to another.
    fn equal(&self, from: usize, to: usize, between: &str) -> String {
        let one = |i: usize| format!("{} = ${}", self.columns[i], i + 1);
        (from..to).map(one).collect::<Vec<_>>().join(between)
    }
}

/// A statement: a name for people and counters, and its text with tokens.
#[derive(Debug)]
pub struct Sql {
    pub name: &'static str,
    /// Text.
    pub text: &'static str,
    /// The row that it answers or writes, for `{columns}` and `{rows}`.
    pub(crate) row: Option<&'static Shape>,
    /// The second row that it answers, for `{and:x}`.
    pub(crate) and: Option<&'static Shape>,
}

impl Sql {
    /// A statement that names its columns itself.
    pub const fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, text, row: None, and: None }
    }

    /// The statement that asks SQLite how it would answer this one.
    pub fn explained(&self) -> String {
        format!("EXPLAIN QUERY PLAN {}", self.render(false, 1))
    }

    pub(crate) const fn statement(&'static self) -> &'static Self {
        self
    }

    /// Whether it writes rows.
    pub(crate) fn writes_rows(&self) -> bool {
        self.text.contains("{rows")
    }

    /// The column types of `{rows}`, one letter each; `None` when it writes no rows.
    pub(crate) fn row_types(&self) -> Option<String> {
        let rest = self.text.split_once("{rows")?.1;
        let (types, _) = rest.split_once('}')?;
        let of_row = || {
            let tag = if self.row?.unvouched.is_none() { "b" } else { "" };
            Some(format!("{}{tag}", self.row?.types))
        };
        types.strip_prefix(':').map(str::to_owned).or_else(of_row)
    }

    /// The table of the row that it answers or writes; `None` when it names its columns itself.
    pub fn table(&self) -> Option<&'static str> {
        self.row.map(|row| row.table)
    }

    /// The columns that it answers or writes, by name.
    pub fn answers(&self) -> Vec<&'static str> {
        let of = |shape: &&'static Shape| match shape.unvouched {
            Some(_) => shape.columns.to_vec(),
            None => [whole(shape.table).columns, &[TAG]].concat(),
        };
        self.row.iter().chain(&self.and).flat_map(of).collect()
    }

    /// The text for an engine; `rows` is how many rows a `{rows}` token stands for on SQLite.
    pub(crate) fn render(&self, postgres: bool, rows: usize) -> String {
        let mut out = String::with_capacity(self.text.len() + rows * 32);
        let mut rest = self.text;
        while let Some((before, after)) = rest.split_once('{') {
            let (token, after) = after.split_once('}').unwrap_or((after, ""));
            out.push_str(before);
            rest = after;
            if let Some(n) = token.strip_prefix("in:") {
                out.push_str(&if postgres { format!("= ANY(${n})") } else { format!("IN rarray(?{n})") });
            } else if let Some(table) = token.strip_prefix("columns") {
                let (table, reads) = (table.strip_prefix(':'), !self.writes_rows());
                out.push_str(&self.row.map(|row| row.asked(reads, table).join(", ")).unwrap_or_default());
            } else if let Some(table) = token.strip_prefix("and:") {
                out.push_str(
                    &self.and.map(|row| row.asked(true, Some(table)).join(", ")).unwrap_or_default(),
                );
            } else if let ("update" | "swap" | "scan" | "scan_after" | "get" | "mark", Some(row)) =
                (token, self.row)
            {
                out.push_str(&whole_row(token, row));
            } else if token.starts_with("rows") {
                let types = self.row_types().unwrap_or_default();
                if postgres {
                    let column = |(i, t)| {
                        let t = match t {
                            'i' => "bigint",
                            't' => "text",
                            _ => "bytea",
                        };
                        format!("${}::{t}[]", i + 1)
                    };
                    let columns: Vec<String> = types.chars().enumerate().map(column).collect();
                    out.push_str(&format!("SELECT * FROM UNNEST({})", columns.join(",")));
                } else {
                    let one = format!("({})", vec!["?"; types.len()].join(","));
                    out.push_str("VALUES ");
                    out.push_str(&vec![one; rows].join(","));
                }
            } else if token == "blob" {
                out.push_str(if postgres { "BYTEA" } else { "BLOB" });
            } else if token == "id" {
                out.push_str(if postgres { "BIGINT" } else { "INTEGER" });
            } else if token == "by_key" && !postgres {
                out.push_str("WITHOUT ROWID");
            }
        }
        out.push_str(rest);
        if postgres { out } else { out.replace('$', "?") }
    }
}

/// What a token stands for that is the same for every table.
fn whole_row(token: &str, row: &Shape) -> String {
    let (table, keys, n) = (row.table, row.keys, row.columns.len());
    let key = row.columns[..keys].join(", ");
    let (set, is) = (row.equal(keys, n, ", "), row.equal(0, keys, " AND "));
    let from = || format!("SELECT {} FROM {table}", row.asked(true, None).join(", "));
    match token {
        "update" => {
            let columns = row.columns[keys..].iter().chain(row.unvouched.is_none().then_some(&TAG));
            columns.map(|c| format!("{c} = excluded.{c}")).collect::<Vec<_>>().join(", ")
        }
        "swap" => format!("UPDATE {table} SET {set}, tag = ${} WHERE {is} AND tag = ${}", n + 1, n + 2),
        "mark" => format!("UPDATE {table} SET tag = ${} WHERE {is} AND tag IS NULL", keys + 1),
        "get" => format!("{} WHERE {is}", from()),
        "scan" => format!("{} ORDER BY {key} LIMIT $1", from()),
        _ => {
            let after: Vec<_> = (1..=keys).map(|i| format!("${i}")).collect();
            format!("{} WHERE ({key}) > ({}) ORDER BY {key} LIMIT ${}", from(), after.join(", "), keys + 1)
        }
    }
}

/// A question.
#[derive(Clone, Debug)]
pub struct Query {
    /// The statement.
    pub sql: &'static Sql,
    /// Its parameters.
    pub params: Vec<Param>,
}

impl Query {
    /// A question with parameters.
    pub fn new(sql: &'static Sql, params: Vec<Param>) -> Self {
        Self { sql, params }
    }
}

/// A change: one statement, with parameters or with rows.
#[derive(Clone, Debug)]
pub struct Write {
    /// The statement.
    pub sql: &'static Sql,
    /// Its parameters, when it has no `{rows}`.
    pub params: Vec<Param>,
    /// Its rows, when it has.
    pub rows: Vec<Vec<Param>>,
    /// How many rows must be affected; anything else rolls everything back.
    pub expect: Option<u64>,
}

impl Write {
    /// One statement with parameters.
    pub fn one(sql: &'static Sql, params: Vec<Param>, expect: Option<u64>) -> Self {
        Self { sql, params, rows: Vec::new(), expect }
    }

    /// One statement with rows, each of which must count.
    pub fn rows(sql: &'static Sql, rows: Vec<Vec<Param>>) -> Self {
        let expect = Some(rows.len() as u64);
        Self { sql, params: Vec::new(), rows, expect }
    }
}

/// Why a read failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The engine said so.
    #[error("failed to read from the store: {0}")]
    Engine(String),
    /// A stored row breaks a rule.
    #[error(transparent)]
    Data(#[from] StoredDataError),
}

/// Why a commit did not succeed, or is not known to have.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CommitError {
    /// A guard did not hold; everything was rolled back.
    #[error("guard of {statement} does not hold: another process writes here, or a row changed")]
    Guard {
        /// Which statement.
        statement: &'static str,
    },
    /// Rolled back, for certain.
    #[error("rolled back: {0}")]
    RolledBack(String),
    /// COMMIT was sent and no answer came: done or not, nobody knows.
    #[error("it is not known whether the commit happened: {0}")]
    Unknown(String),
}

/// What the engine was asked to do so far; the counters of `quality.md`.
#[derive(Debug, Default)]
pub struct Counters {
    /// SQL statements sent.
    pub statements: AtomicU64,
    /// Round trips (PostgreSQL) or thread hops (SQLite).
    pub round_trips: AtomicU64,
    /// Durable commits.
    pub commits: AtomicU64,
}

impl CommitError {
    /// What was to be changed could not be read: nothing was done.
    pub(crate) fn read(e: StoreError) -> Self {
        Self::RolledBack(e.to_string())
    }
}

impl Counters {
    pub(crate) fn add(&self, statements: usize, round_trips: u64) {
        self.statements.fetch_add(statements as u64, Ordering::Relaxed);
        self.round_trips.fetch_add(round_trips, Ordering::Relaxed);
    }

    /// Statements, round trips and commits.
    pub fn read(&self) -> (u64, u64, u64) {
        let n = |a: &AtomicU64| a.load(Ordering::Relaxed);
        (n(&self.statements), n(&self.round_trips), n(&self.commits))
    }
}

/// An open engine.
#[derive(Clone)]
pub enum Engine {
    /// Embedded.
    Sqlite(Arc<SqliteEngine>),
    /// PostgreSQL and its family.
    Postgres(Arc<PostgresEngine>),
}

impl Engine {
    /// Opens `sqlite:PATH`, `sqlite::memory:` or `postgres://…`.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_as(url, false).await
    }

    /// Whether the database stands where it was opened; a server of PostgreSQL sees to its own files.
    ///
    /// # Errors
    /// What is there instead, in Chinese.
    pub fn in_place(&self) -> Result<(), String> {
        match self {
            Self::Sqlite(sqlite) => sqlite.in_place(),
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Opens a database for questions: a SQLite file that is not there is an error, and every change is refused.
    pub async fn open_read_only(url: &str) -> Result<Self, StoreError> {
        let engine = Self::open_as(url, true).await?;
        if let Self::Postgres(_) = &engine {
            engine.batch(READ_ONLY.text.into()).await?;
        }
        Ok(engine)
    }

    async fn open_as(url: &str, read_only: bool) -> Result<Self, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            return Ok(Self::Sqlite(Arc::new(SqliteEngine::open(path, read_only)?)));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(Arc::new(PostgresEngine::open(url).await?)));
        }
        Err(StoreError::Engine("数据库地址应以 sqlite: 或 postgres:// 开头".into()))
    }

    /// The engine's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    /// The counters.
    pub fn counters(&self) -> &Counters {
        match self {
            Self::Sqlite(e) => &e.counters,
            Self::Postgres(e) => &e.counters,
        }
    }

    /// Answers some questions, in one round trip.
    pub async fn read(&self, queries: Vec<Query>) -> Result<Vec<Vec<Row>>, StoreError> {
        match self {
            Self::Sqlite(e) => e.read(queries).await,
            Self::Postgres(e) => e.read(queries).await,
        }
    }

    /// Answers one question.
    pub async fn ask(&self, sql: &'static Sql, params: Vec<Param>) -> Result<Vec<Row>, StoreError> {
        Ok(self.read(vec![Query::new(sql, params)]).await?.pop().unwrap_or_default())
    }

    /// Everything as of one moment, for somebody who reads for long: whoever writes meanwhile is not held up, and not seen.
    pub async fn view(&self) -> Result<View, StoreError> {
        match self {
            Self::Sqlite(e) => Ok(View::Sqlite(e.view().await?)),
            Self::Postgres(e) => Ok(View::Postgres(Arc::new(e.view().await?))),
        }
    }

    /// Writes all or nothing, durably.
    pub async fn transact(&self, writes: Vec<Write>) -> Result<(), CommitError> {
        match self {
            Self::Sqlite(e) => e.transact(writes).await,
            Self::Postgres(e) => e.transact(writes).await,
        }
    }

    /// Runs a script of DDL, and a statement that says it was run, as one transaction.
    pub async fn script(&self, sql: &Sql, then: &str) -> Result<(), StoreError> {
        let text = sql.render(matches!(self, Self::Postgres(_)), 0);
        self.batch(text + then).await
    }

    /// Runs statements that are text already, as one transaction.
    pub(crate) async fn batch(&self, text: String) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(e) => e.script(text).await,
            Self::Postgres(e) => e.script(text).await,
        }
    }

    /// Whether a table is there.
    pub async fn has_table(&self, name: &str) -> Result<bool, StoreError> {
        let sql = match self {
            Self::Sqlite(_) => &SQLITE_TABLE,
            Self::Postgres(_) => &POSTGRES_TABLE,
        };
        Ok(!self.ask(sql, vec![name.into()]).await?.is_empty())
    }

    /// Prepares a statement without running it, so that a test can see that both engines accept its text.
    pub async fn prepare(&self, sql: &'static Sql) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(e) => e.prepare(sql).await,
            Self::Postgres(e) => e.prepare(sql).await,
        }
    }
}

/// A database as of one moment.
#[derive(Clone)]
pub enum View {
    /// Connections that read one moment.
    Sqlite(SqliteView),
    /// A session that reads one moment.
    Postgres(Arc<PostgresView>),
}

impl View {
    /// Answers one question.
    pub async fn ask(&self, sql: &'static Sql, params: Vec<Param>) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(view) => view.ask(Query::new(sql, params)).await,
            Self::Postgres(view) => view.ask(Query::new(sql, params)).await,
        }
    }

    /// The same, which goes on whether or not somebody waits for it. Answers come over one line in the order of their questions: one
    /// that nobody takes from it holds up every other.
    pub(crate) fn ask_ahead(
        &self,
        sql: &'static Sql,
        params: Vec<Param>,
    ) -> JoinHandle<Result<Vec<Row>, StoreError>> {
        let view = self.clone();
        tokio::spawn(async move { view.ask(sql, params).await })
    }
}

static SQLITE_TABLE: Sql =
    Sql::new("SQLITE_TABLE", "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = $1");
static POSTGRES_TABLE: Sql = Sql::new("POSTGRES_TABLE", "SELECT 1::bigint WHERE to_regclass($1) IS NOT NULL");
/// From now on the session refuses every change.
static READ_ONLY: Sql = Sql::new("READ_ONLY", "SET default_transaction_read_only = on");
