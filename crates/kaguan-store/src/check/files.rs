//! Batches, unit applications, and orders of pre-made cards with their cards: replayed and compared part after part.

use super::cursor::Cursor;
use super::finding::{FindingKind, Findings, find, find_in};
use super::lines::{Line, OF_BLANK, OF_PERSON, OWN, UNREADABLE, Work, int};
use super::people::{Looked, Out, differs, missing, scan};
use super::rows::{ADDED, NOT_OURS, Wanted, key, wanted};
use crate::engine::{Row, Shape, Sql, StoreError, Value};
use crate::load::{FREE, STOCK, unit_as_owner};
use crate::rows::batches::{BatchRow, BoxRow};
use crate::rows::blanks::{BlankRow, OrderBody, OrderRow};
use crate::rows::people::{UnitBody, UnitClockRow, UnitRow};
use crate::rows::statistics::{BatchClockRow, ClockCount, tally};
use crate::rows::under_way::{Place, Places};
use crate::sql;
use crate::store::Store;
use crate::table::{Columns, Values};
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::batch::{BatchEvent, BatchFile};
use kaguan_domain::facts::blank::{BlankEvent, BlankFile, BlankState};
use kaguan_domain::facts::blank_order::{BlankOrderEvent, BlankOrderFile};
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::custody::OnTheWay;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::unit::{UnitEvent, UnitFile};
use kaguan_domain::ids::{BatchId, BlankId, BlankOrderId, OrgId, UnitId};
use kaguan_domain::report::happened_in_batch;
use rayon::prelude::*;

/// What is on the way, as a row that may be of earlier days says it.
fn as_stored(replayed: Option<OnTheWay>, stored: Option<&OnTheWay>) -> Option<OnTheWay> {
    match (replayed, stored) {
        (Some(on), Some(stored)) => Some(on.as_stored(stored)),
        (on, _) => on,
    }
}

/// An order of pre-made cards, and its cards that have begun.
pub(super) struct StockFile {
    pub(super) order: BlankOrderFile,
    /// Whether the journal speaks of the order itself.
    known: bool,
    /// In the order of their numbers.
    pub(super) blanks: Vec<BlankFile>,
}

fn unreadable(out: &mut Out<'_>, line: &Line<'_>) {
    find(&mut out.found, FindingKind::Sealed, format!("entry {}", line.seq), UNREADABLE);
}

impl Store {
    pub(super) fn replay_batch(&self, lines: &[Line<'_>], out: &mut Out<'_>) -> BatchFile {
        let mut file = BatchFile::new(BatchId(lines.first().map_or(0, |line| line.id)));
        for line in lines {
            let Some(events) = line.events::<BatchEvent>(self) else {
                unreadable(out, line);
                continue;
            };
            file.version += 1;
            for event in &events {
                let at = Instant(line.at);
                out.books.extend(event.entries().into_iter().map(|c| (line.seq, c.account, c.cards)));
                file.apply(event, at);
                tally(&mut out.happened, at, happened_in_batch(event, &file).as_slice());
            }
        }
        for row in BatchClockRow::changed(&file, None) {
            out.told.must(&wanted(row));
        }
        for row in ClockCount::changed(&[(&file, None)]) {
            out.told.count(&wanted(row));
        }
        file.boxes.sort_by_key(|b| b.id);
        out.places.extend(file.boxes.iter().map(|b| {
            let org = |org: Option<OrgId>| org.map_or(0, |org| org.0);
            let (to_org, acts) = (org(b.bound_for()), org(b.whose_turn()));
            ((file.id.0, b.id.0), Place { keeper: b.keeper.account(), to_org, acts })
        }));
        file
    }

    pub(super) fn replay_unit(&self, lines: &[Line<'_>], out: &mut Out<'_>) -> UnitFile {
        let mut file = UnitFile::new(UnitId(lines.first().map_or(0, |line| line.id)));
        for line in lines {
            file.version += 1;
            let Some(events) = line.events::<UnitEvent>(self) else {
                unreadable(out, line);
                continue;
            };
            let owner = unit_as_owner(file.id);
            for (event, n) in events.iter().zip(0..) {
                if let Some(form) = file.gives_back(event) {
                    out.told.moved(self, (line.seq, n), &form, (owner, STOCK));
                }
                file.apply(event, Instant(line.at));
                if let Some(form) = event.claim() {
                    out.told.said(self, (line.seq, n), &form, owner);
                }
            }
        }
        if let Some(clock) = UnitClockRow::of(&file) {
            out.told.must(&wanted(clock));
        }
        file
    }

    pub(super) fn replay_order(&self, lines: &[Line<'_>], out: &mut Out<'_>) -> StockFile {
        let id = BlankOrderId(lines.first().map_or(0, |line| line.id));
        let (mut order, mut known) = (BlankOrderFile::new(id), false);
        for line in lines.iter().filter(|line| line.what == OWN) {
            known = true;
            order.version += 1;
            match line.events::<BlankOrderEvent>(self) {
                Some(events) => {
                    for event in &events {
                        out.books.extend(event.entries().into_iter().map(|c| (line.seq, c.account, c.cards)));
                        order.apply(event, Instant(line.at));
                    }
                }
                None => unreadable(out, line),
            }
        }
        let mut of_cards: Vec<&Line<'_>> = lines.iter().filter(|line| line.what != OWN).collect();
        of_cards.sort_by_key(|line| (line.n, line.seq));
        let cards = of_cards.chunk_by(|a, b| a.n == b.n);
        let blanks = cards.map(|lines| self.replay_blank(id, lines, out)).collect();
        StockFile { order, known, blanks }
    }

    fn replay_blank(&self, order: BlankOrderId, lines: &[&Line<'_>], out: &mut Out<'_>) -> BlankFile {
        let n = lines.first().map_or(0, |line| u32::try_from(line.n).unwrap_or_default());
        let mut file = BlankFile::new(BlankId { order, n });
        for line in lines {
            let at = Instant(line.at);
            match line.what {
                OF_BLANK => {
                    let Some(events) = line.events::<BlankEvent>(self) else {
                        unreadable(out, line);
                        continue;
                    };
                    file.version += 1;
                    for (event, n) in events.iter().zip(0..) {
                        out.books.extend(event.entries().into_iter().map(|c| (line.seq, c.account, c.cards)));
                        file.apply(event, at);
                        if let Some(chip) = event.gives_back() {
                            out.told.moved(self, (line.seq, n), &chip, (STOCK, FREE));
                        }
                        for claim in event.claims() {
                            // It is nobody's yet.
                            out.told.said(self, (line.seq, n), &claim, STOCK);
                        }
                    }
                }
                OF_PERSON => {
                    // What cannot be read was named with its person.
                    let events = line.events::<HolderEvent>(self).unwrap_or_default();
                    for (id, event) in events.iter().filter_map(HolderEvent::blank) {
                        if id == file.id {
                            file.version += 1;
                            file.apply(&event, at);
                        }
                    }
                }
                _ => {}
            }
        }
        file
    }
}

/// A row of a table that has to be named: its columns are not those that the journal says.
impl Store {
    fn looked(
        &self,
        shape: &'static Shape,
        row: &Row,
        same: impl FnOnce(&[Value], &[u8]) -> Option<bool>,
        should: impl FnOnce() -> Option<Wanted>,
    ) -> Looked {
        let (columns, fits) = self.vouched(shape, &row.values);
        let mut found = Findings::new();
        let (id, second) = (int(columns, 0), int(columns, 1));
        let seen = id.map(|id| (id, if shape.keys == 2 { second.unwrap_or_default() } else { 0 }));
        let opened = self.open_row(shape, columns, &mut found);
        // Nothing opened is a body that is not sealed; the comparison reads it from the columns.
        let same = same(columns, opened.as_deref().unwrap_or_default());
        let Some(same) = same else {
            found.clear();
            let kind = if fits { FindingKind::Added } else { FindingKind::Tag };
            let (column, what) = if fits { ("rows", ADDED) } else { ("tag", NOT_OURS) };
            find_in(&mut found, kind, (shape.table, column, &key(shape, columns)), what);
            return Looked { found, differs: id.filter(|_| fits), seen };
        };
        let differs = !same || opened.is_err();
        if differs || !fits {
            found.clear();
            self.name_columns(&mut found, shape, columns, should().as_ref(), fits);
        }
        Looked { found, differs: id.filter(|_| differs), seen }
    }

    /// Compares one row of a batch, or of its boxes.
    pub(super) fn look_at_batch(&self, shape: &'static Shape, row: &Row, files: &[BatchFile]) -> Looked {
        let file = int(&row.values, 0)
            .and_then(|id| files.binary_search_by_key(&id, |f| f.id.0).ok())
            .map(|at| &files[at]);
        let text = |columns: &[Value]| {
            let at = shape.columns.iter().position(|c| *c == "body").unwrap_or_default();
            if let Some(Value::Text(text)) = columns.get(at) { text.clone() } else { String::new() }
        };
        if shape.table == "batch" {
            let batch = file.and_then(|f| Some((f, f.batch.as_ref()?)));
            let same = |columns: &[Value], _: &[u8]| {
                let (file, batch) = batch?;
                let version = int(columns, 1) == Some(file.version);
                Some(version && !differs(text(columns).as_bytes(), batch))
            };
            return self.looked(shape, row, same, || batch.map(|(f, b)| wanted(BatchRow::of(f, b))));
        }
        let of = int(&row.values, 1)
            .and_then(|id| file.and_then(|f| Some((f, f.boxes.iter().find(|b| b.id.0 == id)?))));
        let same = |columns: &[Value], _: &[u8]| {
            let (_, of) = of?;
            let stored: Option<BoxFile> = serde_json::from_str(&text(columns)).ok();
            let Some(stored) = stored else { return Some(false) };
            let mut expected = of.clone();
            expected.on_the_way = as_stored(expected.on_the_way.take(), stored.on_the_way.as_ref());
            Some(stored == expected)
        };
        self.looked(shape, row, same, || of.map(|(f, b)| wanted(BoxRow::of(f.id, b))))
    }

    /// Compares one row of a unit application.
    pub(super) fn look_at_unit(&self, shape: &'static Shape, row: &Row, files: &[UnitFile]) -> Looked {
        let file = int(&row.values, 0)
            .and_then(|id| files.binary_search_by_key(&id, |f| f.id.0).ok())
            .map(|at| &files[at]);
        let same = |columns: &[Value], _: &[u8]| {
            let file = file?;
            let stored = UnitRow::read(&mut Values::of(shape, columns.to_vec())).and_then(|row| {
                let UnitRow { unit_id, version, body, .. } = row;
                UnitBody { unit_id, version, body }.file(self.sealer())
            });
            Some(stored.is_ok_and(|stored| stored == *file))
        };
        self.looked(shape, row, same, || file.map(|f| wanted(UnitRow::of(self.sealer(), f))))
    }

    /// Compares one row of an order, or of its cards.
    pub(super) fn look_at_order(&self, shape: &'static Shape, row: &Row, files: &[StockFile]) -> Looked {
        let file = int(&row.values, 0)
            .and_then(|id| files.binary_search_by_key(&id, |f| f.order.id.0).ok())
            .map(|at| &files[at]);
        if shape.table == "blank" {
            let n = int(&row.values, 1).and_then(|n| u32::try_from(n).ok());
            let blank = file.zip(n).and_then(|(f, n)| {
                f.blanks.binary_search_by_key(&n, |b| b.id.n).ok().map(|at| &f.blanks[at])
            });
            let same = |columns: &[Value], body: &[u8]| {
                let blank = blank?;
                let version = int(columns, 2) == Some(blank.version);
                let Ok(stored) = serde_json::from_slice::<BlankState>(body) else { return Some(false) };
                Some(version && stored == blank.state.as_stored(&stored))
            };
            return self.looked(shape, row, same, || blank.map(|b| wanted(BlankRow::of(self.sealer(), b))));
        }
        let order = file.and_then(|f| Some((&f.order, f.order.order.as_ref()?)));
        let same = |columns: &[Value], _: &[u8]| {
            let (file, _) = order?;
            let stored = OrderRow::read(&mut Values::of(shape, columns.to_vec())).and_then(|row| {
                let OrderRow { order_id, version, body, .. } = row;
                OrderBody { order_id, version, body }.file()
            });
            let Ok(stored) = stored else { return Some(false) };
            let mut expected = file.clone();
            for b in expected.order.iter_mut().flat_map(|o| &mut o.boxes) {
                let found = stored.order.as_ref().and_then(|o| o.box_of(&b.number));
                b.on_the_way = as_stored(b.on_the_way.take(), found.and_then(|b| b.on_the_way.as_ref()));
            }
            Some(stored == expected)
        };
        self.looked(shape, row, same, || order.map(|(f, o)| wanted(OrderRow::of(f, o))))
    }
}

/// A kind of file: its rows, and what they must be.
pub(super) trait Kind: Sync + Sized {
    /// Its tables; those of a card or box in it have two columns of key.
    const TABLES: &'static [&'static str];

    /// The same, with the statement that asks for the rows of some files; of cards of an order none: a person's line says what became of
    /// one.
    const SINCE: &'static [(&'static str, &'static Sql)];

    fn id(&self) -> i64;

    /// The keys that it must have in a table.
    fn keys(&self, table: &str) -> Vec<i64>;

    fn replay(store: &Store, lines: &[Line<'_>], out: &mut Out<'_>) -> Self;

    fn look(store: &Store, shape: &'static Shape, row: &Row, files: &[Self]) -> Looked;

    /// What is said of a file that differs: where, and what.
    fn differs(id: i64) -> (String, &'static str);
}

impl Kind for BatchFile {
    const TABLES: &'static [&'static str] = &["batch", "box"];
    const SINCE: &'static [(&'static str, &'static Sql)] =
        &[("batch", &sql::BATCH_ROWS.sql), ("box", &sql::BOX_ROWS.sql)];

    fn id(&self) -> i64 {
        self.id.0
    }

    fn keys(&self, table: &str) -> Vec<i64> {
        match table {
            "batch" => self.batch.iter().map(|_| 0).collect(),
            _ => self.boxes.iter().map(|b| b.id.0).collect(),
        }
    }

    fn replay(store: &Store, lines: &[Line<'_>], out: &mut Out<'_>) -> Self {
        store.replay_batch(lines, out)
    }

    fn look(store: &Store, shape: &'static Shape, row: &Row, files: &[Self]) -> Looked {
        store.look_at_batch(shape, row, files)
    }

    fn differs(id: i64) -> (String, &'static str) {
        (format!("batch {id}"), "批次与日志重放的结果不同")
    }
}

impl Kind for UnitFile {
    const TABLES: &'static [&'static str] = &["unit_application"];
    const SINCE: &'static [(&'static str, &'static Sql)] = &[("unit_application", &sql::UNIT_ROWS.sql)];

    fn id(&self) -> i64 {
        self.id.0
    }

    fn keys(&self, _: &str) -> Vec<i64> {
        vec![0]
    }

    fn replay(store: &Store, lines: &[Line<'_>], out: &mut Out<'_>) -> Self {
        store.replay_unit(lines, out)
    }

    fn look(store: &Store, shape: &'static Shape, row: &Row, files: &[Self]) -> Looked {
        store.look_at_unit(shape, row, files)
    }

    fn differs(id: i64) -> (String, &'static str) {
        (format!("unit {id}"), "批量申请与日志重放的结果不同")
    }
}

impl Kind for StockFile {
    const TABLES: &'static [&'static str] = &["blank_order", "blank"];
    const SINCE: &'static [(&'static str, &'static Sql)] = &[("blank_order", &sql::BLANK_ORDER_ROWS.sql)];

    fn id(&self) -> i64 {
        self.order.id.0
    }

    fn keys(&self, table: &str) -> Vec<i64> {
        match table {
            "blank_order" => (0..i64::from(self.known)).collect(),
            _ => self.blanks.iter().map(|b| i64::from(b.id.n)).collect(),
        }
    }

    fn replay(store: &Store, lines: &[Line<'_>], out: &mut Out<'_>) -> Self {
        store.replay_order(lines, out)
    }

    fn look(store: &Store, shape: &'static Shape, row: &Row, files: &[Self]) -> Looked {
        store.look_at_order(shape, row, files)
    }

    fn differs(id: i64) -> (String, &'static str) {
        (format!("blank_order {id}"), "预制卡申请与日志重放的结果不同")
    }
}

impl Work<'_> {
    /// Files of a kind: each part of their lines, and the rows of their tables.
    pub(super) async fn compare_files<K: Kind + Send>(
        &mut self,
        parts: fn(&mut Self) -> &mut super::lines::Parts,
    ) -> Result<usize, StoreError> {
        let (store, view) = (self.store, self.view);
        let mut tables: Vec<Cursor<'_>> = K::TABLES.iter().map(|t| Cursor::of(view, scan(t))).collect();
        let by = std::sync::Arc::clone(&self.told.by);
        let replay = |bytes: Vec<u8>| {
            let lines = Line::all(&bytes);
            let each: Vec<&[Line<'_>]> = lines.chunk_by(|a, b| a.id == b.id).collect();
            let replay = |some: &[&[Line<'_>]]| {
                let mut out = Out::new(&by);
                let files: Vec<K> = some.iter().map(|lines| K::replay(store, lines, &mut out)).collect();
                out.count(&Places::default());
                (files, out)
            };
            each.par_chunks(16).map(replay).collect::<Vec<_>>()
        };
        let mut count = 0;
        let compare = |work: &mut Self, done: Vec<(Vec<K>, Out<'_>)>, rows| {
            count += work.compare_some(done, rows)?;
            Ok(())
        };
        self.part_by_part(parts, &mut tables, replay, compare).await?;
        Ok(count)
    }

    /// Compares files with their rows; how many files there are.
    fn compare_some<K: Kind + Send>(
        &mut self,
        done: Vec<(Vec<K>, Out<'_>)>,
        rows: Vec<Vec<Row>>,
    ) -> Result<usize, StoreError> {
        let (store, mut files) = (self.store, Vec::new());
        for (some, out) in done {
            files.extend(some);
            self.take_out(out)?;
        }
        let mut differ = Vec::new();
        for (rows, table) in rows.into_iter().zip(K::TABLES) {
            let shape = scan(table).shape;
            let seen = self.look_at_each(rows, |row| K::look(store, shape, row, &files), &mut differ);
            let wanted = files.iter().flat_map(|f| f.keys(table).into_iter().map(|second| (f.id(), second)));
            let (found, whose) = missing(shape, wanted, &seen);
            self.all(found);
            differ.extend(whose);
        }
        differ.sort_unstable();
        differ.dedup();
        for id in differ {
            let (place, what) = K::differs(id);
            self.find(FindingKind::Differs, place, what);
        }
        Ok(files.len())
    }
}
