//! The rows of every table by themselves: each gets its tag once, when it comes from an earlier schema. `check` goes through them
//! by the same statements.

use crate::engine::{Engine, Param, Row, Shape, Sql, StoreError, Value, Write};
use crate::rows::WHOLE;
use crate::rows::journal::{InstitutionRow, WriterRow, next_root};
use crate::rows::statistics::{ClockCount, HappenedInMonth, HappenedRow};
use crate::rows::under_way::{InBoxCount, RecallRow, UnderWayCount};
use crate::sql;
use crate::store::{OpenError, Store, TAGGED};
use crate::table::Columns;
use std::sync::OnceLock;

/// Rows that are read at once, and so many of what may be megabytes.
const PAGE: i64 = 2_000;
const PAGE_OF_LARGE: i64 = 16;
const LARGE: &[&str] = &["photo", "material", "upload", "upload_file", "form_answer"];

/// The statements that go through one table.
pub(crate) struct Scan {
    pub(crate) shape: &'static Shape,
    pub(crate) first: Sql,
    pub(crate) after: Sql,
    pub(crate) get: Sql,
    mark: Sql,
}

impl Scan {
    /// How many rows are read at once: few of what may be megabytes.
    pub(crate) fn page(&self) -> i64 {
        if LARGE.contains(&self.shape.table) { PAGE_OF_LARGE } else { PAGE }
    }

    /// A row's key, for what comes after it.
    pub(crate) fn key(&self, row: &Row) -> Vec<Param> {
        row.values.iter().take(self.shape.keys).map(param).collect()
    }
}

fn scan(shape: &'static Shape) -> Scan {
    let named = |text: &'static str| Sql {
        // Once a table and program: the names of statements live as long as it does.
        name: Box::leak(format!("{} of {}", text.trim_matches(['{', '}']), shape.table).into_boxed_str()),
        text,
        row: Some(shape),
        and: None,
    };
    let (first, after) = (named("{scan}"), named("{scan_after}"));
    Scan { shape, first, after, get: named("{get}"), mark: named("{mark}") }
}

pub(crate) fn scans() -> &'static [Scan] {
    static SCANS: OnceLock<Vec<Scan>> = OnceLock::new();
    SCANS.get_or_init(|| WHOLE.iter().map(|shape| scan(shape)).collect())
}

/// The tables that are counted on in the database, and have no tags.
pub(crate) const COUNTED: [&Shape; 6] = [
    HappenedRow::SHAPE,
    HappenedInMonth::SHAPE,
    UnderWayCount::SHAPE,
    InBoxCount::SHAPE,
    RecallRow::SHAPE,
    ClockCount::SHAPE,
];

/// How they are gone through.
pub(crate) fn scans_of_counts() -> &'static [Scan] {
    static SCANS: OnceLock<Vec<Scan>> = OnceLock::new();
    SCANS.get_or_init(|| COUNTED.map(scan).into())
}

pub(crate) fn param(value: &Value) -> Param {
    match value {
        Value::Null => Param::Int(None),
        Value::Int(n) => (*n).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Bytes(bytes) => bytes.clone().into(),
    }
}

/// The rows of a table, a page at a time: their columns, and the tag behind them.
struct Pages<'a> {
    engine: &'a Engine,
    scan: &'static Scan,
    after: Option<Vec<Param>>,
}

impl Pages<'_> {
    async fn next(&mut self) -> Result<Vec<Row>, StoreError> {
        let page = self.scan.page();
        let rows = match self.after.take() {
            None => self.engine.ask(&self.scan.first, vec![page.into()]).await?,
            Some(mut key) => {
                key.push(page.into());
                self.engine.ask(&self.scan.after, key).await?
            }
        };
        self.after = rows.last().map(|row| self.scan.key(row));
        Ok(rows)
    }
}

static PLAIN: Sql = Sql::new("INSTITUTION_PLAIN", "SELECT seq, body FROM institution_plain ORDER BY seq");

impl Store {
    /// Seals the events of the institution room, notes what is new, and gives each row its tag. Done again from where it was cut
    /// off.
    pub(crate) async fn tag_earlier_rows(&self) -> Result<(), OpenError> {
        self.seal_institutions().await?;
        self.note_what_is_new().await?;
        for scan in scans() {
            let mut pages = Pages { engine: self.engine(), scan, after: None };
            loop {
                let rows = pages.next().await?;
                if rows.is_empty() {
                    break;
                }
                let marks: Vec<Write> = rows.iter().filter_map(|row| self.mark(scan, row)).collect();
                if !marks.is_empty() {
                    self.engine().transact(marks).await?;
                }
            }
        }
        self.count_into_writer().await?;
        Ok(self.put_meta(TAGGED, "1").await?)
    }

    fn mark(&self, scan: &'static Scan, row: &Row) -> Option<Write> {
        let (tag, columns) = row.values.split_last()?;
        if *tag != Value::Null {
            return None;
        }
        let tag = self.keys().tags.of(scan.shape.table, scan.shape.types, columns);
        let mut params: Vec<Param> = columns[..scan.shape.keys].iter().map(param).collect();
        params.push(tag.to_vec().into());
        Some(Write::one(&scan.mark, params, Some(1)))
    }

    async fn seal_institutions(&self) -> Result<(), OpenError> {
        if !self.engine().has_table("institution_plain").await? {
            return Ok(());
        }
        let mut rows = Vec::new();
        for row in self.engine().ask(&PLAIN, Vec::new()).await? {
            if let [Value::Int(seq), Value::Text(body)] = row.values.as_slice() {
                rows.push(InstitutionRow::of(self.sealer(), *seq, body.as_bytes()));
            }
        }
        if !rows.is_empty() {
            self.engine().transact(vec![sql::INSTITUTION_PUT.missing(self.keys(), rows)]).await?;
        }
        // What stood there in plain is written over, not only given free.
        let drop = match self.engine() {
            Engine::Sqlite(_) => {
                "PRAGMA secure_delete = ON; DROP TABLE institution_plain; PRAGMA secure_delete = OFF"
            }
            Engine::Postgres(_) => "DROP TABLE institution_plain",
        };
        Ok(self.engine().batch(drop.into()).await?)
    }

    /// What the writer's row says of other tables.
    async fn count_into_writer(&self) -> Result<(), OpenError> {
        let Some(old) = self.ask(&sql::WRITER_GET, Vec::new()).await?.pop() else { return Ok(()) };
        let mut root = None;
        let institutions = self.ask(&sql::INSTITUTION_GET, Vec::new()).await?;
        for row in &institutions {
            root = Some(next_root(root, row.seq, &row.event(self.sealer())?));
        }
        let new = WriterRow {
            institutions: institutions.len() as i64,
            institution_root: root,
            request_keys: self.rows_in("request_key").await?,
            messages: self.rows_in("outbox").await?,
            ..old.clone()
        };
        Ok(self.engine().transact(vec![sql::WRITER_ADVANCE.one(self.keys(), &old, new, true)]).await?)
    }

    async fn rows_in(&self, table: &'static str) -> Result<i64, StoreError> {
        let mut n = 0;
        for scan in scans().iter().filter(|s| s.shape.table == table) {
            let mut pages = Pages { engine: self.engine(), scan, after: None };
            loop {
                let rows = pages.next().await?;
                if rows.is_empty() {
                    break;
                }
                n += rows.len() as i64;
            }
        }
        Ok(n)
    }
}
