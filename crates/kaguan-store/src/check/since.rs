//! A check of what came after a head: the chain from there on, and all that it touched — each file from its first line on, with its rows,
//! the numbers, names, photos and documents that it speaks of — and what was written to the books and to partners. What nobody touched is
//! not looked at: a whole check does that.

use super::chain::Reached;
use super::cursor::Cursor;
use super::files::{Kind, StockFile};
use super::finding::{FindingKind, Findings};
use super::lines::{Line, OWN, Stream, Work, int, record};
use super::people::{Looked, OF_PEOPLE, missing, scan};
use super::told::{By, Emit};
use crate::engine::{Row, Shape, Sql, StoreError, Value};
use crate::heads::JournalHead;
use crate::journal::{Block, Verifier};
use crate::load::Subject;
use crate::rows::journal::BlockRow;
use crate::sql;
use crate::table::{Columns, Values};
use crate::tagging::scans;
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::claim::ClaimKind;
use kaguan_domain::facts::unit::UnitFile;
use kaguan_domain::ids::{BatchId, BlankOrderId, HolderId, UnitId};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// From where on a check looks.
#[derive(Clone, Debug)]
pub enum Since {
    /// After a signed head that somebody kept.
    Head(Box<JournalHead>),
    /// After a line, as an earlier check named it.
    Line(i64),
}

/// Files that are read at once.
const FILES: usize = 300;
/// Lines of one file that are read at once.
const LINES: i64 = 500;

/// The tables that are short, or are gone through anyway.
const SHORT: &[&str] = &[
    "meta",
    "writer",
    "counter",
    "session",
    "sign_in_try",
    "second_factor",
    "recovery_code",
    "draft",
    "form_answer",
    "upload",
    "upload_file",
    "attempt",
    "institution_event",
];

/// What was touched.
#[derive(Default)]
pub(super) struct Touched {
    files: BTreeMap<u8, BTreeSet<i64>>,
    /// The last line that is trusted.
    pub(super) base: i64,
}

impl Touched {
    pub(super) fn note(&mut self, stream: Stream, id: i64) {
        self.files.entry(stream as u8).or_default().insert(id);
    }

    fn of(&self, stream: Stream) -> Vec<i64> {
        self.files.get(&(stream as u8)).into_iter().flatten().copied().collect()
    }

    fn has(&self, stream: Stream, id: i64) -> bool {
        self.files.get(&(stream as u8)).is_some_and(|ids| ids.contains(&id))
    }
}

fn read_block(row: Row) -> Result<(Block, [u8; 32], Vec<u8>), StoreError> {
    Ok(BlockRow::read(&mut Values::of(BlockRow::SHAPE, row.values))?.block())
}

impl Work<'_> {
    /// The last block that is trusted; none when the journal does not have it, which is a finding, or when nothing was before.
    async fn base(&mut self, since: &Since) -> Result<Option<Block>, StoreError> {
        let (found, known) = match since {
            Since::Head(head) => {
                let asked = vec![head.block.seq.into(), 1.into()];
                (self.view.ask(sql::BLOCK_FROM.statement(), asked).await?.pop(), Some(head))
            }
            Since::Line(line) => {
                // The block of the line after it is the first that is looked at.
                let asked = vec![line.saturating_add(1).into()];
                let next = self.view.ask(sql::BLOCK_OF_ENTRY.statement(), asked).await?.pop();
                let Some(next) = next else { return Ok(None) };
                let (block, ..) = read_block(next)?;
                let ends = block.first_entry + block.entries - 1 <= *line;
                let seq = if ends { block.seq } else { block.seq - 1 };
                if seq < 1 {
                    return Ok(None);
                }
                (self.view.ask(sql::BLOCK_FROM.statement(), vec![seq.into(), 1.into()]).await?.pop(), None)
            }
        };
        let block = match found.map(read_block) {
            None => None,
            Some(Err(e)) => return self.damaged(e).map(|()| None),
            Some(Ok((block, hash, signature))) => {
                let signed = Verifier::new(&self.store.public_key()).verify(&hash, &signature);
                if !signed || block.hash() != hash {
                    self.find(FindingKind::Signature, format!("block {}", block.seq), "区块签名无效");
                }
                Some(block)
            }
        };
        if let Some(head) = known {
            let ours = head.verify(Some(&self.store.public_key())).is_ok();
            if !ours || block.as_ref() != Some(&head.block) {
                let place = format!("block {}", head.block.seq);
                self.find(
                    FindingKind::End,
                    place,
                    "所给日志末端不在本日志中：被截断、被替换，或不是本系统签名的",
                );
            }
        }
        Ok(block)
    }

    /// Looks at what came after, and at what it touched.
    pub(super) async fn since(&mut self, since: &Since) -> Result<(), StoreError> {
        let base = self.base(since).await?;
        let reached = base.as_ref().map_or_else(Reached::nothing, Reached::after);
        let line = base.as_ref().map_or(0, |b| b.first_entry + b.entries - 1);
        self.report.since = Some(line);
        self.touched = Some(Touched { base: line, ..Touched::default() });
        self.follow(reached).await?;
        let touched = |w: &Self, stream| w.touched.as_ref().map(|t| t.of(stream)).unwrap_or_default();
        for ids in touched(self, Stream::People).chunks(FILES) {
            self.people_since(ids).await?;
        }
        let batches = touched(self, Stream::Batches);
        self.report.batches = batches.len();
        for ids in batches.chunks(FILES) {
            self.files_since::<BatchFile>(ids, |id| Subject::Batch(BatchId(id))).await?;
        }
        for ids in touched(self, Stream::Units).chunks(FILES) {
            self.files_since::<UnitFile>(ids, |id| Subject::Unit(UnitId(id))).await?;
        }
        for ids in touched(self, Stream::Orders).chunks(FILES) {
            self.files_since::<StockFile>(ids, |id| Subject::BlankOrder(BlankOrderId(id))).await?;
        }
        for scan in scans().iter().filter(|s| SHORT.contains(&s.shape.table)) {
            self.look_at_table(scan, &mut BTreeMap::new()).await?;
        }
        match self.store.institution_events().await {
            Ok(_) => {}
            // Named already when it is one row.
            Err(e) if self.report.found.is_empty() => self.damaged(e)?,
            Err(e) => drop(e),
        }
        let mut booked = BTreeMap::new();
        let messages = base.map_or(0, |b| (b.seq + 1) << 20) - 1;
        self.look_after("outbox", vec![messages.into()], &mut BTreeMap::new()).await?;
        self.look_after("custody_entry", vec![line.into(), i64::MAX.into()], &mut booked).await?;
        self.compare_books(booked);
        self.look_up_told().await
    }

    async fn look_after(
        &mut self,
        table: &str,
        key: Vec<crate::engine::Param>,
        books: &mut BTreeMap<String, i64>,
    ) -> Result<(), StoreError> {
        let scan = scan(table);
        let from = (&scan.after, key);
        let mut cursor = Cursor::new(self.view, from, &scan.after, |row| scan.key(row), scan.page());
        self.look_at_rows(scan.shape, &mut cursor, books).await.map(drop)
    }

    /// The lines of some files, each from its first on.
    async fn lines_of(&self, ids: &[i64], subject: impl Fn(i64) -> Subject) -> Result<Vec<u8>, StoreError> {
        let mut out = Vec::new();
        for id in ids {
            let mut before = i64::MAX;
            loop {
                let asked = vec![subject(*id).text().into(), before.into(), LINES.into()];
                let page = self.view.ask(sql::ENTRY_OF_SUBJECT.statement(), asked).await?;
                let whole = page.len() as i64 == LINES;
                for row in page {
                    // One that cannot be read was named where the chain was followed, or by an earlier check.
                    let entry = crate::journal::Entry::read(&mut Values::of(
                        crate::journal::Entry::SHAPE,
                        row.values,
                    ));
                    let Ok(entry) = entry else { continue };
                    before = before.min(entry.seq);
                    if entry.is_done() {
                        out.extend(record(&entry, *id, 0, OWN));
                    }
                }
                if !whole {
                    break;
                }
            }
        }
        Ok(out)
    }

    async fn people_since(&mut self, ids: &[i64]) -> Result<(), StoreError> {
        let bytes = self.lines_of(ids, |id| Subject::Holder(HolderId(id))).await?;
        let by = std::sync::Arc::clone(&self.told.by);
        let (files, outs) = self.store.replay_people(&Line::all(&bytes), &by, &self.places);
        for out in outs {
            self.take_out(out)?;
        }
        self.report.holders += files.len();
        let mut differ = Vec::new();
        let rows = [&sql::HOLDER_ROWS.sql, &sql::APPLICATION_ROWS.sql, &sql::CARD_ROWS.sql];
        for (table, rows) in OF_PEOPLE.into_iter().zip(rows) {
            let shape = scan(table).shape;
            let seen = self
                .rows_since(rows, ids, &mut differ, |store, row| store.look_at_person(shape, row, &files))
                .await?;
            let wanted = files.iter().flat_map(|f| crate::Store::keys_of(shape, f));
            let (found, whose) = missing(shape, wanted, &seen);
            self.all(found);
            differ.extend(whose);
        }
        self.name_files(differ, &files);
        Ok(())
    }

    async fn rows_since(
        &mut self,
        rows: &'static Sql,
        ids: &[i64],
        differ: &mut Vec<i64>,
        look: impl Fn(&crate::Store, &Row) -> Looked,
    ) -> Result<HashSet<(i64, i64)>, StoreError> {
        let mut seen = HashSet::new();
        for row in self.view.ask(rows, vec![ids.to_vec().into()]).await? {
            let one = look(self.store, &row);
            self.report.rows += 1;
            self.take_look(one, &mut seen, differ);
        }
        Ok(seen)
    }

    async fn files_since<K: Kind>(
        &mut self,
        ids: &[i64],
        subject: impl Fn(i64) -> Subject,
    ) -> Result<(), StoreError> {
        let bytes = self.lines_of(ids, subject).await?;
        let by = std::sync::Arc::clone(&self.told.by);
        let mut out = super::people::Out::new(&by);
        let lines = Line::all(&bytes);
        let files: Vec<K> =
            lines.chunk_by(|a, b| a.id == b.id).map(|lines| K::replay(self.store, lines, &mut out)).collect();
        self.take_out(out)?;
        let mut differ = Vec::new();
        for (table, rows) in K::SINCE {
            let shape: &'static Shape = scan(table).shape;
            let seen =
                self.rows_since(rows, ids, &mut differ, |store, row| K::look(store, shape, row, &files));
            let seen = seen.await?;
            let wanted = files.iter().flat_map(|f| f.keys(table).into_iter().map(|second| (f.id(), second)));
            let (found, whose) = missing(shape, wanted, &seen);
            self.all(found);
            differ.extend(whose);
        }
        for id in differ.into_iter().collect::<BTreeSet<_>>() {
            let (place, what) = K::differs(id);
            self.find(FindingKind::Differs, place, what);
        }
        Ok(())
    }

    /// Asks for the row of each key that was spoken of.
    async fn look_up_told(&mut self) -> Result<(), StoreError> {
        let by: std::sync::Arc<By> = std::sync::Arc::clone(&self.told.by);
        for part in 0..self.told.parts() {
            let bytes = self.told.take_part(part)?;
            let mut emit: Emit<'_> = by.emit();
            for (table, key) in super::told::keys(&bytes) {
                let scan = scan(table);
                let params = key.iter().map(crate::tagging::param).collect();
                for row in self.view.ask(&scan.get, params).await? {
                    let (columns, fits) = self.store.vouched(scan.shape, &row.values);
                    let mut found = Findings::new();
                    if fits {
                        drop(self.store.open_row(scan.shape, columns, &mut found));
                    }
                    emit.stored_there(scan.shape, columns, fits);
                    self.report.rows += 1;
                    self.all(found);
                }
            }
            self.told.put_back(part, &bytes)?;
            self.told.take(&emit.out)?;
        }
        self.compare_told()
    }
}

/// Whether the row of a number is of a person, or of a unit application, that was not touched: what became of it since is not known.
pub(super) fn is_anothers(touched: Option<&Touched>, kind: ClaimKind, owner: Option<&Value>) -> bool {
    let owner = owner.and_then(|v| int(std::slice::from_ref(v), 0));
    let of = if kind == ClaimKind::UnitForm { Stream::Units } else { Stream::People };
    touched.is_some_and(|t| owner.is_none_or(|id| !t.has(of, id)))
}
