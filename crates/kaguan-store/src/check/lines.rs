//! What a check works with: the database as of one moment, and the lines of files, parted by the files that they are about.

use super::cursor::Cursor;
use super::finding::{CheckReport, Finding, FindingKind, Findings};
use super::since::Touched;
use super::spool::{Reader, Spool, put_bytes, put_int};
use super::told::Told;
use crate::engine::{Param, Row, Sql, StoreError, Value, View};
use crate::journal::{Entry, QuickVerifier};
use crate::rows::bound_to;
use crate::rows::under_way::Places;
use crate::sql;
use crate::store::Store;
use kaguan_domain::facts::institution::InstitutionEvent;
use rayon::prelude::*;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::Path;

/// What is said of a line whose events are not what they were.
pub(super) const UNREADABLE: &str = "事件内容无法读取";

/// Files of one kind, which are replayed one part after the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stream {
    People,
    Batches,
    Units,
    /// Orders of pre-made cards, with their cards.
    Orders,
}

/// A line is about the file itself.
pub(super) const OWN: u8 = 0;
/// A line about a pre-made card of an order.
pub(super) const OF_BLANK: u8 = 1;
/// A line about a person, whose events do something to a pre-made card.
pub(super) const OF_PERSON: u8 = 2;

/// Files in the order of their numbers, in parts of about the same size.
pub(super) struct Parts {
    /// The last number of each part but the last.
    ends: Vec<i64>,
    pub(super) spool: Spool,
}

impl Parts {
    /// For so many lines. Where the parts end is asked of the tables only so that they are about as large: the answer decides nothing.
    async fn new(
        view: &View,
        dir: Option<&Path>,
        lines: i64,
        (count, step): (&'static Sql, &'static Sql),
    ) -> Result<Self, StoreError> {
        let one = async |sql, params| -> Result<Option<i64>, StoreError> {
            let row = view.ask(sql, params).await?.pop();
            Ok(row.and_then(|row| int(&row.values, 0)))
        };
        let mut ends: Vec<i64> = Vec::new();
        let most = (lines / LINES_A_PART).clamp(0, MOST_PARTS);
        if most > 0 {
            let each = one(count, Vec::new()).await?.unwrap_or(0) / (most + 1);
            let mut last = i64::MIN;
            while (ends.len() as i64) < most {
                let Some(n) = one(step, vec![last.into(), each.into()]).await? else { break };
                ends.push(n);
                last = n;
            }
        }
        let spool = Spool::new(dir, ends.len() + 1);
        Ok(Self { ends, spool })
    }

    fn of(&self, id: i64) -> usize {
        self.ends.partition_point(|end| *end < id)
    }

    /// The last number of a part; none of the last part.
    pub(super) fn end(&self, part: usize) -> Option<i64> {
        self.ends.get(part).copied()
    }
}

/// The next rows of each table, up to those of a file: as many as a part of the lines has files for.
async fn all_up_to(tables: &mut [Cursor<'_>], last: Option<i64>) -> Result<Vec<Vec<Row>>, StoreError> {
    let mut all = Vec::with_capacity(tables.len());
    for cursor in tables {
        let mut rows = cursor.up_to(last).await?;
        loop {
            let more = cursor.up_to(last).await?;
            if more.is_empty() {
                break;
            }
            rows.extend(more);
        }
        all.push(rows);
    }
    Ok(all)
}

impl Work<'_> {
    /// Part after part: while what there is of one is compared, the lines of the next are replayed.
    pub(super) async fn part_by_part<D: Send>(
        &mut self,
        parts: fn(&mut Self) -> &mut Parts,
        tables: &mut [Cursor<'_>],
        replay: impl Fn(Vec<u8>) -> D + Sync,
        mut compare: impl FnMut(&mut Self, D, Vec<Vec<Row>>) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        let all = parts(self).spool.parts();
        let mut replayed = Some(replay(parts(self).spool.take(0)?));
        for part in 0..all {
            let Some(done) = replayed.take() else { break };
            let rows = all_up_to(tables, parts(self).end(part)).await?;
            let next = if part + 1 < all { Some(parts(self).spool.take(part + 1)?) } else { None };
            let (compared, ahead) = rayon::join(|| compare(self, done, rows), || next.map(&replay));
            compared?;
            replayed = ahead;
        }
        Ok(())
    }
}

/// A part of so many lines is replayed in memory.
const LINES_A_PART: i64 = 30_000;
const MOST_PARTS: i64 = 4_095;

/// A line of a file, as it was kept.
pub(super) struct Line<'a> {
    pub(super) seq: i64,
    pub(super) at: i64,
    /// Of the file.
    pub(super) id: i64,
    /// Of a card in it.
    pub(super) n: i64,
    pub(super) what: u8,
    personal: bool,
    events: &'a [u8],
}

/// A line on its way to its file.
pub(super) fn record(e: &Entry, id: i64, n: i64, what: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(e.events.len() + 38);
    for number in [e.seq, e.at, id, n] {
        put_int(&mut out, number);
    }
    out.extend([what, u8::from(e.personal)]);
    put_bytes(&mut out, &e.events);
    out
}

impl<'a> Line<'a> {
    fn read(from: &mut Reader<'a>) -> Option<Self> {
        let (seq, at, id, n) = (from.int()?, from.int()?, from.int()?, from.int()?);
        let (what, personal) = (from.byte()?, from.byte()? == 1);
        Some(Self { seq, at, id, n, what, personal, events: from.bytes()? })
    }

    /// All of a part, file by file, those of a file in the order of the journal.
    pub(super) fn all(bytes: &'a [u8]) -> Vec<Self> {
        let mut from = Reader(bytes);
        let mut lines: Vec<Self> = std::iter::from_fn(|| Self::read(&mut from)).collect();
        lines.par_sort_unstable_by_key(|line| (line.id, line.seq));
        lines
    }

    /// The same line for another file.
    pub(super) fn again(&self, id: i64, n: i64, what: u8) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.events.len() + 38);
        for number in [self.seq, self.at, id, n] {
            put_int(&mut out, number);
        }
        out.extend([what, u8::from(self.personal)]);
        put_bytes(&mut out, self.events);
        out
    }

    /// Its events; `None` when they cannot be read.
    pub(super) fn events<T: DeserializeOwned>(&self, store: &Store) -> Option<Vec<T>> {
        if !self.personal {
            return serde_json::from_slice(self.events).ok();
        }
        let opened = store.sealer().open(bound_to("journal", self.seq), self.events).ok()?;
        serde_json::from_slice(&opened).ok()
    }
}

/// A check under way.
pub(super) struct Work<'a> {
    pub(super) store: &'a Store,
    pub(super) view: &'a View,
    pub(super) report: CheckReport,
    /// Whoever is told of each finding as it is found.
    tell: &'a mut (dyn FnMut(&Finding) + Send),
    pub(super) people: Parts,
    pub(super) batches: Parts,
    pub(super) units: Parts,
    pub(super) orders: Parts,
    pub(super) told: Told,
    pub(super) places: Places,
    pub(super) institution: Vec<InstitutionEvent>,
    pub(super) books: BTreeMap<String, i64>,
    /// The system's key.
    pub(super) key: QuickVerifier,
    /// What was touched, when only that is looked at.
    pub(super) touched: Option<Touched>,
}

impl<'a> Work<'a> {
    /// Begins one.
    pub(super) async fn begin(
        store: &'a Store,
        view: &'a View,
        dir: Option<&Path>,
        tell: &'a mut (dyn FnMut(&Finding) + Send),
    ) -> Result<Self, StoreError> {
        // Only says how many parts are made.
        let last = view.ask(sql::LINE_LAST.statement(), Vec::new()).await?.pop();
        let lines = last.and_then(|row| int(&row.values, 0)).unwrap_or(0);
        Ok(Self {
            store,
            view,
            report: CheckReport::default(),
            tell,
            people: Parts::new(
                view,
                dir,
                lines,
                (sql::PEOPLE_STEPS.statement(), sql::PEOPLE_STEP.statement()),
            )
            .await?,
            batches: Parts::new(
                view,
                dir,
                lines,
                (sql::BATCH_STEPS.statement(), sql::BATCH_STEP.statement()),
            )
            .await?,
            units: Parts::new(view, dir, lines, (sql::UNIT_STEPS.statement(), sql::UNIT_STEP.statement()))
                .await?,
            orders: Parts::new(view, dir, lines, (sql::ORDER_STEPS.statement(), sql::ORDER_STEP.statement()))
                .await?,
            places: Places::default(),
            told: Told::new(dir, (lines / LINES_A_PART).clamp(1, MOST_PARTS) as usize),
            institution: Vec::new(),
            books: BTreeMap::new(),
            key: QuickVerifier::new(&store.public_key()),
            touched: None,
        })
    }

    fn parts(&mut self, stream: Stream) -> &mut Parts {
        match stream {
            Stream::People => &mut self.people,
            Stream::Batches => &mut self.batches,
            Stream::Units => &mut self.units,
            Stream::Orders => &mut self.orders,
        }
    }

    /// Keeps a line for its file.
    pub(super) fn put_line(&mut self, stream: Stream, id: i64, record: &[u8]) -> Result<(), StoreError> {
        if let Some(touched) = &mut self.touched {
            touched.note(stream, id);
            return Ok(());
        }
        let parts = self.parts(stream);
        let part = parts.of(id);
        parts.spool.put(part, record)
    }

    pub(super) fn find(&mut self, kind: FindingKind, place: String, what: &str) {
        self.all(vec![Finding { kind, place, what: what.into() }]);
    }

    pub(super) fn all(&mut self, findings: Findings) {
        for finding in findings {
            (self.tell)(&finding);
            self.report.note(finding);
        }
    }

    /// A row that cannot be read is a finding, and the check goes on; anything else ends it.
    pub(super) fn damaged(&mut self, e: StoreError) -> Result<(), StoreError> {
        let mut found = Findings::new();
        damaged(&mut found, e)?;
        self.all(found);
        Ok(())
    }

    /// Adds to the books what lines did that are looked at.
    pub(super) fn book(&mut self, entries: Vec<(i64, String, i64)>) {
        let base = self.touched.as_ref().map_or(0, |t| t.base);
        for (_, account, cards) in entries.into_iter().filter(|(line, ..)| *line > base) {
            *self.books.entry(account).or_default() += cards;
        }
    }
}

/// What is said of a row that cannot be read.
pub(super) fn damaged(into: &mut Findings, e: StoreError) -> Result<(), StoreError> {
    match e {
        StoreError::Data(d) => {
            let place = format!("table {}, column {}, row {}", d.table, d.column, d.row);
            super::finding::find(into, FindingKind::Unreadable, place, "该行无法读取或已被改动");
            Ok(())
        }
        StoreError::Engine(_) => Err(e),
    }
}

/// A key of a whole row.
pub(super) fn int(values: &[Value], at: usize) -> Option<i64> {
    if let Some(Value::Int(n)) = values.get(at) { Some(*n) } else { None }
}

/// A column on its way in, as it comes out.
pub(super) fn value(param: Param) -> Value {
    match param {
        Param::Int(n) => n.map_or(Value::Null, Value::Int),
        Param::Text(text) => text.map_or(Value::Null, Value::Text),
        Param::Bytes(bytes) => bytes.map_or(Value::Null, Value::Bytes),
        Param::Ints(_) | Param::BytesList(_) | Param::Texts(_) => Value::Null,
    }
}
