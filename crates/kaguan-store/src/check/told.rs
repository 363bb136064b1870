//! The tables of which the journal says every row, or some: what it says and what is there go to the same part by their key, and are
//! compared there.

use super::finding::{FindingKind, Findings, find, find_in};
use super::lines::{Work, int};
use super::rows::{ADDED, MISSING, NOT_OURS, Wanted, key};
use super::since::{Touched, is_anothers};
use super::spool::{Reader, Spool, put_bytes, put_int};
use crate::engine::{Shape, StoreError, Value};
use crate::load::{FREE, STOCK};
use crate::rows::dead::DeadWaitingRow;
use crate::rows::examinations::ExaminationRow;
use crate::rows::loose::LooseRow;
use crate::rows::papers::{ArchiveRow, MaterialRow, PhotoRow};
use crate::rows::people::{ClaimRow, JoinRow, TraceRow, UnitClockRow};
use crate::rows::statistics::{BatchClockRow, ClockCount, HappenedInMonth, HappenedRow};
use crate::rows::under_way::{InBoxCount, RecallRow, UnderWayCount};
use crate::store::Store;
use crate::table::{Column, Columns};
use crate::tagging::COUNTED;
use kaguan_domain::facts::claim::{Claim, ClaimKind};
use kaguan_domain::ids::HolderId;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;

/// The tables, and whether rows may be there that the journal does not speak of: what was uploaded and never filed.
const TABLES: &[(&Shape, bool)] = &[
    (ClaimRow::SHAPE, false),
    (TraceRow::SHAPE, false),
    (JoinRow::SHAPE, false),
    (ExaminationRow::SHAPE, false),
    (LooseRow::SHAPE, false),
    (DeadWaitingRow::SHAPE, false),
    (BatchClockRow::SHAPE, false),
    (UnitClockRow::SHAPE, false),
    (ArchiveRow::SHAPE, false),
    (PhotoRow::SHAPE, true),
    (MaterialRow::SHAPE, true),
    (HappenedRow::SHAPE, false),
    (HappenedInMonth::SHAPE, false),
    (UnderWayCount::SHAPE, false),
    (InBoxCount::SHAPE, false),
    (RecallRow::SHAPE, false),
    (ClockCount::SHAPE, false),
];

/// Where a table stands among them.
pub(super) fn table(name: &str) -> Option<usize> {
    TABLES.iter().position(|(shape, _)| shape.table == name)
}

/// What is said of a key.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Op {
    /// A number was stated: line, place in it, kind, who.
    Said,
    /// It became another's: line, place in it, from whom, to whom.
    Moved,
    /// The row must be there, with these columns.
    Must,
    /// It may be.
    May,
    /// It must not be.
    Gone,
    /// So many more are counted.
    Count,
    /// It is there: whether its tag fits, its columns.
    Stored,
}

/// What of somebody's file the tables must say, on its way there.
pub(super) struct Emit<'a> {
    by: &'a By,
    pub(super) out: Vec<u8>,
}

/// How keys are parted.
pub(super) struct By {
    hasher: RandomState,
    parts: usize,
}

impl By {
    pub(super) fn emit(&self) -> Emit<'_> {
        Emit { by: self, out: Vec::new() }
    }
}

/// How many a row of a counted table stands for: one where its key is all that it has.
fn counted(shape: &Shape, columns: &[Value]) -> Option<i64> {
    if shape.columns.len() == shape.keys { Some(1) } else { int(columns, shape.keys) }
}

fn encode(values: &[Value]) -> Vec<u8> {
    let mut out = Vec::with_capacity(values.len() * 12);
    for value in values {
        match value {
            Value::Null => out.push(b'n'),
            Value::Int(n) => {
                out.push(b'i');
                put_int(&mut out, *n);
            }
            Value::Text(text) => {
                out.push(b't');
                put_bytes(&mut out, text.as_bytes());
            }
            Value::Bytes(bytes) => {
                out.push(b'b');
                put_bytes(&mut out, bytes);
            }
        }
    }
    out
}

fn decode(bytes: &[u8]) -> Vec<Value> {
    let mut from = Reader(bytes);
    let one = || {
        Some(match from.byte()? {
            b'i' => Value::Int(from.int()?),
            b't' => Value::Text(String::from_utf8_lossy(from.bytes()?).into_owned()),
            b'b' => Value::Bytes(from.bytes()?.to_vec()),
            _ => Value::Null,
        })
    };
    std::iter::from_fn(one).collect()
}

impl Emit<'_> {
    fn put(&mut self, op: Op, table: usize, key: &[Value], rest: impl FnOnce(&mut Vec<u8>)) {
        let key = encode(key);
        let part = self.by.hasher.hash_one((table, &key)) as usize % self.by.parts;
        let mut record = vec![op as u8, table as u8];
        put_bytes(&mut record, &key);
        rest(&mut record);
        put_int(&mut self.out, part as i64);
        put_bytes(&mut self.out, &record);
    }

    /// A number is stated.
    pub(super) fn said(&mut self, store: &Store, (line, at): (i64, i64), claim: &Claim, who: HolderId) {
        let digest = Value::Bytes(store.claim_digest(claim).to_vec());
        let kind = ClaimKind::ALL.iter().position(|k| *k == claim.kind).unwrap_or_default();
        self.put(Op::Said, 0, &[digest], |out| {
            [line, at, kind as i64, who.0].into_iter().for_each(|n| put_int(out, n));
        });
    }

    /// A number becomes another file's.
    pub(super) fn moved(
        &mut self,
        store: &Store,
        (line, at): (i64, i64),
        claim: &Claim,
        (from, to): (HolderId, HolderId),
    ) {
        let digest = Value::Bytes(store.claim_digest(claim).to_vec());
        self.put(Op::Moved, 0, &[digest], |out| {
            [line, at, from.0, to.0].into_iter().for_each(|n| put_int(out, n));
        });
    }

    /// A row must be there; with `whole` its columns are known.
    pub(super) fn must(&mut self, wanted: &Wanted) {
        self.row(Op::Must, wanted);
    }

    /// A row may be there.
    pub(super) fn may(&mut self, wanted: &Wanted) {
        self.row(Op::May, wanted);
    }

    fn row(&mut self, op: Op, Wanted { shape, columns }: &Wanted) {
        let Some(at) = table(shape.table) else { return };
        self.put(op, at, &columns[..shape.keys], |out| put_bytes(out, &encode(columns)));
    }

    /// A row of which only the key is known must be there.
    pub(super) fn must_have<T: Columns>(&mut self, key: impl Column) {
        let columns = vec![super::lines::value(key.param())];
        self.row(Op::Must, &Wanted { shape: T::SHAPE, columns });
    }

    /// A row must be gone.
    pub(super) fn gone<T: Columns>(&mut self, key: impl Column) {
        let columns = vec![super::lines::value(key.param())];
        self.row(Op::Gone, &Wanted { shape: T::SHAPE, columns });
    }

    /// More are counted.
    pub(super) fn count(&mut self, Wanted { shape, columns }: &Wanted) {
        let (Some(at), Some(n)) = (table(shape.table), counted(shape, columns)) else { return };
        self.put(Op::Count, at, &columns[..shape.keys], |out| put_int(out, n));
    }

    /// The same.
    pub(super) fn stored_there(&mut self, shape: &Shape, columns: &[Value], fits: bool) {
        if let Some(at) = table(shape.table) {
            self.stored(at, shape, columns, fits);
        }
    }

    /// A row is there.
    pub(super) fn stored(&mut self, at: usize, shape: &Shape, columns: &[Value], fits: bool) {
        // What is sealed was looked at already.
        let columns = if shape.types.contains('s') { &columns[..shape.keys] } else { columns };
        self.put(Op::Stored, at, &columns[..shape.keys], |out| {
            out.push(u8::from(fits));
            put_bytes(out, &encode(columns));
        });
    }
}

/// What is said of the tables, in parts.
pub(super) struct Told {
    pub(super) by: std::sync::Arc<By>,
    spool: Spool,
}

/// All that is said of one key.
#[derive(Default)]
struct Slot<'a> {
    numbers: Vec<(i64, i64, Number)>,
    must: Option<&'a [u8]>,
    may: Option<&'a [u8]>,
    gone: bool,
    count: Option<i64>,
    stored: Option<(bool, &'a [u8])>,
}

#[derive(Clone, Copy)]
enum Number {
    Said(ClaimKind, HolderId),
    Moved(HolderId, HolderId),
}

impl Told {
    pub(super) fn new(dir: Option<&Path>, parts: usize) -> Self {
        let by = By { hasher: RandomState::new(), parts };
        Self { by: std::sync::Arc::new(by), spool: Spool::new(dir, parts) }
    }

    pub(super) fn parts(&self) -> usize {
        self.spool.parts()
    }

    pub(super) fn take_part(&mut self, part: usize) -> Result<Vec<u8>, StoreError> {
        self.spool.take(part)
    }

    pub(super) fn put_back(&mut self, part: usize, bytes: &[u8]) -> Result<(), StoreError> {
        self.spool.put(part, bytes)
    }

    /// Takes what was emitted.
    pub(super) fn take(&mut self, emitted: &[u8]) -> Result<(), StoreError> {
        let mut from = Reader(emitted);
        while let Some(part) = from.int() {
            let begins = from.0;
            let Some(record) = from.bytes() else { break };
            // With its length before it, as it came.
            self.spool.put(part as usize, &begins[..record.len() + 4])?;
        }
        Ok(())
    }
}

/// The keys that a part speaks of, but of what is only counted.
pub(super) fn keys(bytes: &[u8]) -> Vec<(&'static str, Vec<Value>)> {
    let all = slots(bytes).into_iter().filter(|(_, slot)| slot.count.is_none());
    all.filter_map(|((table, key), _)| Some((TABLES.get(usize::from(table))?.0.table, decode(key)))).collect()
}

fn slots(bytes: &[u8]) -> BTreeMap<(u8, &[u8]), Slot<'_>> {
    let mut slots: BTreeMap<(u8, &[u8]), Slot<'_>> = BTreeMap::new();
    let mut from = Reader(bytes);
    while let Some(record) = from.bytes() {
        let mut from = Reader(record);
        let (Some(op), Some(table), Some(key)) = (from.byte(), from.byte(), from.bytes()) else { continue };
        let slot = slots.entry((table, key)).or_default();
        let holder = |n: Option<i64>| HolderId(n.unwrap_or_default());
        if op == Op::Said as u8 {
            let (line, at) = (from.int().unwrap_or_default(), from.int().unwrap_or_default());
            let kind = from.int().and_then(|n| ClaimKind::ALL.get(n as usize));
            if let Some(kind) = kind {
                slot.numbers.push((line, at, Number::Said(*kind, holder(from.int()))));
            }
        } else if op == Op::Moved as u8 {
            let (line, at) = (from.int().unwrap_or_default(), from.int().unwrap_or_default());
            slot.numbers.push((line, at, Number::Moved(holder(from.int()), holder(from.int()))));
        } else if op == Op::Must as u8 {
            slot.must = from.bytes();
        } else if op == Op::May as u8 {
            slot.may = from.bytes();
        } else if op == Op::Gone as u8 {
            slot.gone = true;
        } else if op == Op::Count as u8 {
            *slot.count.get_or_insert(0) += from.int().unwrap_or_default();
        } else if op == Op::Stored as u8 {
            let fits = from.byte() == Some(1);
            slot.stored = from.bytes().map(|columns| (fits, columns));
        }
    }
    slots
}

/// Whose a number is, by everything that was said of it in order; and who else stated it.
fn owner(numbers: &mut [(i64, i64, Number)]) -> Option<(ClaimKind, HolderId, Vec<HolderId>)> {
    numbers.sort_by_key(|(line, at, _)| (*line, *at));
    let (mut owner, mut others) = (None, Vec::new());
    for (.., number) in numbers.iter() {
        match (*number, &mut owner) {
            (Number::Said(kind, who), None) => owner = Some((kind, who)),
            (Number::Said(_, who), Some((_, owner))) if *owner == STOCK || *owner == FREE => *owner = who,
            (Number::Said(_, who), Some((_, owner))) if *owner != who => others.push(who),
            (Number::Moved(from, to), Some((_, owner))) if *owner == from => *owner = to,
            (Number::Said(..) | Number::Moved(..), _) => {}
        }
    }
    owner.map(|(kind, who)| (kind, who, others))
}

impl Store {
    /// Compares what is said of one key with what is there.
    fn compare_slot(
        &self,
        (table, key_of): (u8, &[u8]),
        slot: Slot<'_>,
        touched: Option<&Touched>,
        found: &mut Findings,
    ) {
        let Some((shape, open)) = TABLES.get(usize::from(table)).copied() else { return };
        let Slot { mut numbers, must, may, gone, count, stored } = slot;
        let stored = stored.map(|(fits, columns)| (fits, decode(columns)));
        let row = || key(shape, &decode(key_of));
        if COUNTED.iter().any(|counted| counted.table == shape.table) {
            if touched.is_some() {
                return;
            }
            let is = stored.and_then(|(_, columns)| counted(shape, &columns));
            if is.unwrap_or(0) != count.unwrap_or(0) || is == Some(0) && count.is_none() {
                let (is, should) = (is.unwrap_or(0), count.unwrap_or(0));
                let what = format!("业务统计与日志不同：现为{is}，按日志应为{should}");
                let column = shape.columns.get(shape.keys).copied().unwrap_or("rows");
                find_in(found, FindingKind::Counts, (shape.table, column, &row()), what);
            }
            return;
        }
        let number = owner(&mut numbers);
        let others: Vec<Value> = match &number {
            Some((kind, _, others)) if kind.may_stand_twice() => {
                others.iter().map(|who| Value::Int(who.0)).collect()
            }
            _ => Vec::new(),
        };
        let wanted = match &number {
            Some((kind, who, _)) => {
                let mut columns = decode(key_of);
                columns.extend([Value::Text(kind.code().into()), Value::Int(who.0)]);
                Some(Wanted { shape, columns })
            }
            None => must.map(|columns| Wanted { shape, columns: decode(columns) }),
        };
        match (wanted, stored) {
            (_, Some((true, _))) if gone => {
                let at = decode(key_of).first().map(Value::shown).unwrap_or_default();
                let place = format!("{} {at}", shape.table);
                find(found, FindingKind::Destroyed, place, "已登记销毁的电子材料仍在");
            }
            // A number that several may state is whoever's that came first.
            (Some(wanted), Some((true, columns)))
                if columns.get(1) == wanted.columns.get(1)
                    && columns.get(2).is_some_and(|who| others.contains(who)) => {}
            // It may have become another's by a line of theirs.
            (Some(_), Some((true, columns)))
                if number.as_ref().is_some_and(|(kind, ..)| is_anothers(touched, *kind, columns.get(2))) => {}
            (Some(wanted), Some((fits, columns))) => {
                self.name_columns(found, shape, &columns, Some(&wanted), fits);
            }
            (Some(_), None) => find_in(found, FindingKind::Missing, (shape.table, "rows", &row()), MISSING),
            (None, Some((true, _))) if open || may.is_some() => {}
            (None, Some((true, _))) => {
                find_in(found, FindingKind::Added, (shape.table, "rows", &row()), ADDED);
            }
            (None, Some((false, _))) => {
                find_in(found, FindingKind::Tag, (shape.table, "tag", &row()), NOT_OURS);
            }
            (None, None) => {}
        }
    }
}

impl Work<'_> {
    /// Compares the tables with what was said of them.
    pub(super) fn compare_told(&mut self) -> Result<(), StoreError> {
        let store = self.store;
        let all: Vec<usize> = (0..self.told.spool.parts()).collect();
        for some in all.chunks(rayon::current_num_threads()) {
            let mut parts = Vec::with_capacity(some.len());
            for part in some {
                parts.push(self.told.spool.take(*part)?);
            }
            let touched = self.touched.as_ref();
            let compare = |bytes: Vec<u8>| {
                let mut found = Findings::new();
                for (key, slot) in slots(&bytes) {
                    store.compare_slot(key, slot, touched, &mut found);
                }
                found
            };
            let found: Vec<Findings> = parts.into_par_iter().map(compare).collect();
            self.all(found.into_iter().flatten().collect());
        }
        Ok(())
    }
}
