//! The journal from a block on, once and in order: lines are hashed as they come, blocks are closed over them, and what was done goes to
//! where its file is replayed.

use super::cursor::Cursor;
use super::finding::FindingKind;
use super::lines::{OF_BLANK, OWN, Stream, UNREADABLE, Work, record};
use crate::engine::{Param, Row, StoreError, Value};
use crate::journal::{Block, Entry, Tree};
use crate::load::Subject;
use crate::rows::journal::{BlockRow, PlainHead};
use crate::sql;
use crate::table::{Columns, Values};
use rayon::prelude::*;
use std::collections::VecDeque;
use tokio::task::{JoinHandle, spawn_blocking};

/// Lines and blocks that are read at once.
const LINES: i64 = 4_000;
const BLOCKS: i64 = 500;

/// Where a line goes.
enum Route {
    /// To a file of a stream: its number, and that of a card in it.
    File(Stream, i64, i64, u8),
    /// Events of the institution room are few, and kept.
    Institution,
    /// It changes no file.
    Nowhere,
    /// Nobody knows whom it is about.
    Unknown,
}

/// A line, hashed.
struct Read {
    seq: i64,
    leaf: [u8; 32],
    route: Route,
    record: Vec<u8>,
    /// One of the institution room.
    entry: Option<Entry>,
}

/// A block, verified by itself.
struct Verified {
    block: Block,
    hash: [u8; 32],
    fits: bool,
    signed: bool,
}

/// The block that is being filled.
struct Open {
    block: Block,
    tree: Tree,
    at: i64,
}

/// How far the chain was followed.
pub(super) struct Reached {
    previous: [u8; 32],
    next_entry: i64,
    next_block: i64,
    open: Option<Open>,
}

impl Reached {
    /// At the beginning.
    pub(super) fn nothing() -> Self {
        Self { previous: [0; 32], next_entry: 1, next_block: 1, open: None }
    }

    /// After a block that is trusted.
    pub(super) fn after(block: &Block) -> Self {
        Self {
            previous: block.hash(),
            next_entry: block.first_entry + block.entries,
            next_block: block.seq + 1,
            open: None,
        }
    }
}

fn read_row<T: Columns>(row: Row) -> Result<T, StoreError> {
    T::read(&mut Values::of(T::SHAPE, row.values))
}

/// From the row behind one on.
fn next(row: &Row) -> Vec<Param> {
    let seq = if let Some(Value::Int(n)) = row.values.first() { *n } else { i64::MAX };
    vec![seq.saturating_add(1).into()]
}

fn read_line(row: Row) -> Result<Read, StoreError> {
    let entry: Entry = read_row(row)?;
    let (seq, leaf) = (entry.seq, entry.leaf());
    let route = match Subject::parse(&entry.subject) {
        _ if !entry.is_done() => Route::Nowhere,
        Some(Subject::Holder(id)) => Route::File(Stream::People, id.0, 0, OWN),
        Some(Subject::Batch(id)) => Route::File(Stream::Batches, id.0, 0, OWN),
        Some(Subject::Unit(id)) => Route::File(Stream::Units, id.0, 0, OWN),
        Some(Subject::BlankOrder(id)) => Route::File(Stream::Orders, id.0, 0, OWN),
        Some(Subject::Blank(id)) => Route::File(Stream::Orders, id.order.0, i64::from(id.n), OF_BLANK),
        Some(Subject::Institution) => Route::Institution,
        // What a partner said it has fetched, and who came and went, changes no file.
        Some(Subject::Messages | Subject::Officer(_) | Subject::Strangers) => Route::Nowhere,
        Some(Subject::Nobody) | None => Route::Unknown,
    };
    let record = match route {
        Route::File(_, id, n, what) => record(&entry, id, n, what),
        Route::Institution | Route::Nowhere | Route::Unknown => Vec::new(),
    };
    let entry = matches!(route, Route::Institution).then_some(entry);
    Ok(Read { seq, leaf, route, record, entry })
}

impl Work<'_> {
    /// Follows the chain to its end, which the writer's row has to name.
    pub(super) async fn follow(&mut self, mut reached: Reached) -> Result<(), StoreError> {
        let view = self.view;
        let from = (sql::ENTRY_FROM.statement(), vec![reached.next_entry.into()]);
        let mut lines = Cursor::new(view, from, sql::ENTRY_FROM.statement(), next, LINES);
        let from = (sql::BLOCK_FROM.statement(), vec![reached.next_block.into()]);
        let mut pages = Cursor::new(view, from, sql::BLOCK_FROM.statement(), next, BLOCKS);
        let mut blocks = VecDeque::new();
        let mut hashed: Option<JoinHandle<Vec<Result<Read, StoreError>>>> = None;
        loop {
            let rows = lines.next().await?;
            let last = rows.is_empty();
            // While these are hashed, those before them go to their files.
            let next = spawn_blocking(|| rows.into_par_iter().map(read_line).collect());
            if let Some(before) = hashed.replace(next) {
                for line in before.await.map_err(|broke| StoreError::Engine(broke.to_string()))? {
                    match line {
                        Ok(line) => self.take(line, &mut reached, &mut blocks, &mut pages).await?,
                        Err(e) => self.damaged(e)?,
                    }
                }
            }
            if last {
                break;
            }
        }
        while self.open_next(&mut reached, &mut blocks, &mut pages).await? {}
        let head: Option<PlainHead> =
            match self.view.ask(sql::WRITER_PLAIN.statement(), Vec::new()).await?.pop() {
                Some(row) => match read_row(row) {
                    Ok(head) => Some(head),
                    Err(e) => return self.damaged(e),
                },
                None => None,
            };
        self.report.line = reached.next_entry - 1;
        let ends = (reached.next_block - 1, reached.previous, reached.next_entry - 1);
        let said = head.as_ref().map(|h| (h.block_seq, h.block_hash, h.entry_seq));
        if said != Some(ends) {
            let place = format!("block {}", said.map_or(ends.0, |(block, ..)| block));
            self.find(FindingKind::End, place, "日志末尾与写入者记录的末端不符（被截断或被追加）");
        }
        Ok(())
    }

    /// Closes the block that is open, and opens the next one; `false` when there is none.
    async fn open_next(
        &mut self,
        reached: &mut Reached,
        blocks: &mut VecDeque<Verified>,
        pages: &mut Cursor<'_>,
    ) -> Result<bool, StoreError> {
        if let Some(Open { block, tree, .. }) = reached.open.take() {
            let end = block.first_entry + block.entries;
            if tree.leaves() as i64 != block.entries || tree.root() != block.root {
                let place = format!("block {} (entries {}–{})", block.seq, block.first_entry, end - 1);
                self.find(FindingKind::Root, place, "日志条目与区块的默克尔根不符");
            }
            self.report.blocks += 1;
        }
        if blocks.is_empty() {
            let rows = pages.next().await?;
            let key = &self.key;
            let verify = |row: Row| {
                let (block, hash, signature) = read_row::<BlockRow>(row)?.block();
                let (fits, signed) = (block.hash() == hash, key.verify(&hash, &signature));
                Ok(Verified { block, hash, fits, signed })
            };
            let read: Vec<Result<Verified, StoreError>> = rows.into_par_iter().map(verify).collect();
            for block in read {
                match block {
                    Ok(block) => blocks.push_back(block),
                    Err(e) => self.damaged(e)?,
                }
            }
        }
        let Some(Verified { block, hash, fits, signed }) = blocks.pop_front() else { return Ok(false) };
        let place = format!("block {}", block.seq);
        if block.seq != reached.next_block {
            self.find(FindingKind::Chain, format!("block {}", reached.next_block), "区块缺失");
        }
        if block.previous != reached.previous {
            self.find(FindingKind::Chain, place.clone(), "与前一区块的哈希不衔接");
        }
        if !fits {
            self.find(FindingKind::Chain, place.clone(), "区块内容与其哈希不符");
        }
        if !signed {
            self.find(FindingKind::Signature, place.clone(), "区块签名无效");
        }
        if block.first_entry != reached.next_entry {
            self.find(FindingKind::Chain, place, "日志条目编号不连续");
        }
        reached.previous = hash;
        reached.next_block = block.seq.saturating_add(1);
        reached.next_entry = block.first_entry.saturating_add(block.entries);
        reached.open = Some(Open { at: block.first_entry, block, tree: Tree::default() });
        Ok(true)
    }

    async fn take(
        &mut self,
        line: Read,
        reached: &mut Reached,
        blocks: &mut VecDeque<Verified>,
        pages: &mut Cursor<'_>,
    ) -> Result<(), StoreError> {
        let open = loop {
            match &mut reached.open {
                Some(open) if line.seq < open.block.first_entry.saturating_add(open.block.entries) => {
                    break Some(open);
                }
                _ => {}
            }
            if !self.open_next(reached, blocks, pages).await? {
                break None;
            }
        };
        let Some(open) = open.filter(|o| line.seq >= o.block.first_entry) else {
            self.find(FindingKind::Line, format!("entry {}", line.seq), "区块之外的日志条目");
            return Ok(());
        };
        let missing = (line.seq != open.at).then_some(open.at);
        open.tree.push(line.leaf);
        open.at = line.seq + 1;
        if let Some(missing) = missing {
            self.find(FindingKind::Line, format!("entry {missing}"), "日志条目缺失");
        }
        self.report.entries += 1;
        match line.route {
            Route::File(stream, id, ..) => self.put_line(stream, id, &line.record)?,
            Route::Institution | Route::Nowhere => {}
            Route::Unknown => self.find(FindingKind::Line, format!("entry {}", line.seq), "不明的日志主体"),
        }
        if let Some(entry) = line.entry {
            match self.store.institution_events_of(&entry) {
                Ok(events) => self.institution.extend(events),
                Err(_) => self.find(FindingKind::Sealed, format!("entry {}", line.seq), UNREADABLE),
            }
        }
        Ok(())
    }
}
