//! Every row of the tables that are not compared file by file: its tag, what is sealed in it, and what the journal says of it.

use super::cursor::Cursor;
use super::files::Kind as _;
use super::finding::{FindingKind, Findings, find_in};
use super::lines::{Work, int};
use super::people::OF_PEOPLE;
use super::rows::{NOT_OURS, Wanted, key, wanted};
use super::told::{self, By};
use crate::engine::{Row, Shape, StoreError, Value};
use crate::rows::journal::{InstitutionRow, WriterRow};
use crate::sql;
use crate::store::Store;
use crate::table::{Answered, Columns, json};
use crate::tagging::{Scan, scans, scans_of_counts};
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::institution::InstitutionEvent;
use kaguan_domain::facts::unit::UnitFile;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// What came of some rows.
struct Looked {
    found: Findings,
    told: Vec<u8>,
    books: Vec<(String, i64)>,
}

/// Whether the rows of a table are compared file by file.
fn of_files(table: &str) -> bool {
    let of = |tables: &[&str]| tables.contains(&table);
    of(&OF_PEOPLE) || of(BatchFile::TABLES) || of(UnitFile::TABLES) || of(super::files::StockFile::TABLES)
}

impl Work<'_> {
    /// The rows of all other tables.
    pub(super) async fn look_at_tables(&mut self) -> Result<(), StoreError> {
        let mut counts = BTreeMap::new();
        let mut books = BTreeMap::new();
        for scan in scans().iter().chain(scans_of_counts()) {
            if !of_files(scan.shape.table) {
                let n = self.look_at_table(scan, &mut books).await?;
                counts.insert(scan.shape.table, n);
            }
        }
        self.compare_counts(&counts).await?;
        self.compare_books(books);
        Ok(())
    }

    pub(super) async fn look_at_table(
        &mut self,
        scan: &'static Scan,
        books: &mut BTreeMap<String, i64>,
    ) -> Result<i64, StoreError> {
        self.look_at_rows(scan.shape, &mut Cursor::of(self.view, scan), books).await
    }

    /// All rows of a cursor; how many there are.
    pub(super) async fn look_at_rows(
        &mut self,
        shape: &'static Shape,
        cursor: &mut Cursor<'_>,
        books: &mut BTreeMap<String, i64>,
    ) -> Result<i64, StoreError> {
        let (mut count, mut before) = (0, Vec::new());
        let by = std::sync::Arc::clone(&self.told.by);
        // What was said before it is not known here.
        let institution =
            if self.touched.is_none() { std::mem::take(&mut self.institution) } else { Vec::new() };
        let eyes = Eyes { store: self.store, by: &by, institution: &institution };
        loop {
            let rows = cursor.next().await?;
            let last = rows.is_empty();
            count += rows.len() as i64;
            // While these are looked at, what came of those before them is taken.
            let look = || rows.par_chunks(64).map(|rows| eyes.look_at_rows(shape, rows)).collect();
            let (looked, taken) = rayon::join(look, || self.take_looks(before, books));
            taken?;
            if last {
                break;
            }
            before = looked;
        }
        if self.touched.is_none() {
            self.institution = institution;
        }
        self.report.rows += count;
        Ok(count)
    }

    fn take_looks(
        &mut self,
        looks: Vec<Looked>,
        books: &mut BTreeMap<String, i64>,
    ) -> Result<(), StoreError> {
        for Looked { found, told, books: some } in looks {
            self.told.take(&told)?;
            self.all(found);
            for (account, cards) in some {
                *books.entry(account).or_default() += cards;
            }
        }
        Ok(())
    }
}

/// What rows are looked at with.
struct Eyes<'a> {
    store: &'a Store,
    by: &'a By,
    institution: &'a [InstitutionEvent],
}

impl Eyes<'_> {
    fn look_at_rows(&self, shape: &'static Shape, rows: &[Row]) -> Looked {
        let (mut found, mut emit, mut books) = (Findings::new(), self.by.emit(), Vec::new());
        let told = told::table(shape.table);
        for row in rows {
            let (columns, fits) = self.store.vouched(shape, &row.values);
            if let Some(at) = told {
                if fits {
                    // Named here when it does not open; whether it has to be there is another question.
                    drop(self.store.open_row(shape, columns, &mut found));
                }
                emit.stored(at, shape, columns, fits);
                continue;
            }
            if let (true, Some(Value::Text(account)), Some(cards)) =
                (shape.table == "custody_entry", columns.get(2), int(columns, 3))
            {
                books.push((account.clone(), cards));
            }
            match fits {
                // Named here when it does not open.
                true => drop(self.store.open_row(shape, columns, &mut found)),
                false => {
                    let should = match shape.table {
                        "institution_event" => self.institution_row(columns),
                        _ => None,
                    };
                    self.store.name_columns(&mut found, shape, columns, should.as_ref(), false);
                }
            }
        }
        Looked { found, told: emit.out, books }
    }

    /// An event of the institution room as the journal has it.
    fn institution_row(&self, columns: &[Value]) -> Option<Wanted> {
        let seq = int(columns, 0)?;
        let event = self.institution.get(usize::try_from(seq.checked_sub(1)?).ok()?)?;
        Some(wanted(InstitutionRow::of(self.store.sealer(), seq, &json(event))))
    }
}

impl Work<'_> {
    /// The writer's row counts what the journal does not say.
    async fn compare_counts(&mut self, counts: &BTreeMap<&'static str, i64>) -> Result<(), StoreError> {
        let rows = self.view.ask(sql::WRITER_GET.statement(), Vec::new()).await?;
        let writer = match WriterRow::read_all(rows, &self.store.keys().tags) {
            Ok(found) => found.into_iter().next(),
            // Said already.
            Err(StoreError::Data(_)) => return Ok(()),
            Err(e) => return Err(e),
        };
        let Some(writer) = writer else { return Ok(()) };
        let mut found = Findings::new();
        for (table, should) in [("request_key", writer.request_keys), ("outbox", writer.messages)] {
            let there = counts.get(table).copied().unwrap_or(0);
            if there != should {
                let what = format!("应有{should}行，现有{there}行：有行被取走或放回");
                find_in(&mut found, FindingKind::Counts, (table, "rows", &format!("all {there}")), what);
            }
        }
        self.all(found);
        Ok(())
    }

    /// The books, account by account.
    pub(super) fn compare_books(&mut self, mut booked: BTreeMap<String, i64>) {
        self.report.balance = booked.values().sum();
        if self.report.balance != 0 {
            self.find(FindingKind::Counts, "custody".into(), "成品卡保管账不平");
        }
        for (account, should) in std::mem::take(&mut self.books) {
            let is = booked.remove(&account).unwrap_or(0);
            if is != should {
                self.account(&account, is, should);
            }
        }
        for (account, is) in booked.into_iter().filter(|(_, n)| *n != 0) {
            self.account(&account, is, 0);
        }
    }

    fn account(&mut self, account: &str, is: i64, should: i64) {
        let what = format!("成品卡保管账与日志重放的结果不同：现为{is}，按日志应为{should}");
        self.find(FindingKind::Counts, format!("custody, account {account}"), &what);
    }

    /// The events of the institution room are those of the journal, one by one.
    pub(super) async fn compare_institutions(&mut self) -> Result<(), StoreError> {
        let rows = self.view.ask(sql::INSTITUTION_GET.statement(), Vec::new()).await?;
        let rows = match InstitutionRow::read_all(rows, &self.store.keys().tags) {
            Ok(rows) => rows,
            // Said already, of each that is damaged.
            Err(StoreError::Data(_)) => return Ok(()),
            Err(e) => return Err(e),
        };
        let mut found = Findings::new();
        if rows.len() != self.institution.len() {
            let row = ("institution_event", "seq", "all");
            find_in(&mut found, FindingKind::Counts, row, "机构事件数与日志不同");
        }
        for (row, said) in rows.iter().zip(&self.institution) {
            let Ok(plain) = row.event(self.store.sealer()) else { continue };
            if super::people::differs(&plain, said) {
                let row = ("institution_event", "body", &*key(InstitutionRow::SHAPE, &[Value::Int(row.seq)]));
                find_in(&mut found, FindingKind::Differs, row, "机构事件与日志不同");
            }
        }
        let missing = self.institution.len().saturating_sub(rows.len());
        if missing > 0 {
            find_in(&mut found, FindingKind::Missing, ("institution_event", "rows", "all"), NOT_OURS);
        }
        self.all(found);
        Ok(())
    }
}
