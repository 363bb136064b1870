//! The chain as it is stored, for somebody else's checker: blocks and the digests of their lines, and nothing of what the lines say.

use crate::engine::{StoreError, View};
use crate::journal::Entry;
use crate::rows::journal::{BlockRow, PlainHead};
use crate::sql;
use crate::store::Store;
use crate::table::{Columns, Values};
use serde_json::json;
use std::io::Write;

/// Blocks, and lines, that are read at once.
const BLOCKS: i64 = 200;
const LINES: i64 = 1_000;

fn written(e: &std::io::Error) -> StoreError {
    StoreError::Engine(format!("不能写出：{e}"))
}

/// The digests of lines from one on and before another; the first of them is then the next.
async fn leaves(view: &View, at: &mut i64, end: i64) -> Result<Vec<(i64, String)>, StoreError> {
    let mut out = Vec::new();
    loop {
        let most = end.saturating_sub(*at).saturating_add(1).clamp(2, LINES);
        let page = view.ask(sql::ENTRY_FROM.statement(), vec![(*at).into(), most.into()]).await?;
        let whole = page.len() as i64 == most;
        for row in page {
            let entry = Entry::read(&mut Values::of(Entry::SHAPE, row.values))?;
            if entry.seq >= end {
                return Ok(out);
            }
            *at = entry.seq.saturating_add(1);
            out.push((entry.seq, hex::encode(entry.leaf())));
        }
        if !whole {
            return Ok(out);
        }
    }
}

impl Store {
    /// Writes the chain, a block a line in JSON, as of one moment and as it stands: it verifies nothing.
    ///
    /// # Errors
    /// When a line or block cannot be read, or the output cannot be written.
    pub async fn export_chain(&self, out: &mut (dyn Write + Send)) -> Result<i64, StoreError> {
        let view = self.engine().view().await?;
        let mut say = |value: serde_json::Value| writeln!(out, "{value}").map_err(|e| written(&e));
        say(json!({ "kaguan_chain": 1, "public_key": self.public_key() }))?;
        let (mut next, mut at, mut lines) = (1, i64::MIN, 0);
        loop {
            let page = view.ask(sql::BLOCK_FROM.statement(), vec![next.into(), BLOCKS.into()]).await?;
            if page.is_empty() {
                break;
            }
            for row in page {
                let (block, hash, signature) =
                    BlockRow::read(&mut Values::of(BlockRow::SHAPE, row.values))?.block();
                // Lines before it that no block has are among its own: whoever checks sees it.
                let leaves = leaves(&view, &mut at, block.first_entry.saturating_add(block.entries)).await?;
                lines += leaves.len() as i64;
                next = block.seq.saturating_add(1);
                say(json!({ "block": block, "hash": hex::encode(hash), "signature": hex::encode(signature),
                    "leaves": leaves }))?;
            }
        }
        let left = leaves(&view, &mut at, i64::MAX).await?;
        if !left.is_empty() {
            lines += left.len() as i64;
            say(json!({ "leaves": left }))?;
        }
        if let Some(row) = view.ask(sql::WRITER_PLAIN.statement(), Vec::new()).await?.pop() {
            let head = PlainHead::read(&mut Values::of(PlainHead::SHAPE, row.values))?;
            let (block_seq, entry_seq) = (head.block_seq, head.entry_seq);
            let block_hash = hex::encode(head.block_hash);
            say(
                json!({ "writer": { "block_seq": block_seq, "entry_seq": entry_seq, "block_hash": block_hash } }),
            )?;
        }
        out.flush().map_err(|e| written(&e))?;
        Ok(lines)
    }
}
