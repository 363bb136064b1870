//! The journal's blocks, the requests that it answers, and the events of the institution room. A line of the journal is
//! [`crate::journal::Entry`] itself, and [`Line`] what it says without its events.

use crate::journal::{Block, DONE};
use crate::table::{columns, row};
use kaguan_domain::ctx::Instant;
use kaguan_domain::refusal::Reason;

row! {
    /// One commit, hashed and signed.
    BlockRow in "journal_block" [seq: i64] {
        first_entry: i64,
        entries: i64,
        root: [u8; 32],
        previous: [u8; 32],
        at: i64,
        epoch: i64,
        hash: [u8; 32],
        signature: Vec<u8>,
    }

    /// The one row that says who may write, and where the journal stands.
    WriterRow in "writer" [id: i64] { epoch: i64, block_seq: i64, entry_seq: i64, block_hash: [u8; 32] }

    /// A request that was done: the digest of its body, and the journal line that answers it.
    RequestKeyRow in "request_key" [key_digest: [u8; 32]] { body_digest: [u8; 32], entry: i64 }

    /// When a line was written.
    LineTime in "journal_entry" [seq: i64] { at: Instant }

    /// An event of the institution room, JSON.
    InstitutionRow in "institution_event" [seq: i64] { body: String }
}

/// What a line of the journal says of itself: it names no holder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    pub seq: i64,
    pub at: Instant,
    pub actor: String,
    /// Through which door.
    pub channel: String,
    /// About what, such as `holder:12`.
    pub subject: String,
    /// The verb.
    pub command: String,
    /// `done`, or the code of the refusal.
    pub outcome: String,
    /// The clause that a refusal cites; empty otherwise.
    pub clause: String,
}

columns! {
    Line in "journal_entry" [seq: i64] {
        at: Instant,
        actor: String,
        channel: String,
        subject: String,
        command: String,
        outcome: String,
        clause: String,
    }
}

impl Line {
    /// What came of it, in Chinese.
    pub fn outcome_name(&self) -> &'static str {
        match self.outcome.as_str() {
            DONE => "已办理",
            code => Reason::ALL.iter().find(|r| r.code() == code).map_or("未办理", |r| r.says()),
        }
    }
}

impl BlockRow {
    pub(crate) fn of(block: &Block, hash: [u8; 32], signature: Vec<u8>) -> Self {
        let Block { seq, first_entry, entries, root, previous, at, epoch } = *block;
        Self { seq, first_entry, entries, root, previous, at, epoch, hash, signature }
    }

    /// The block, with the hash and the signature that are stored beside it.
    pub(crate) fn block(self) -> (Block, [u8; 32], Vec<u8>) {
        let Self { seq, first_entry, entries, root, previous, at, epoch, hash, signature } = self;
        (Block { seq, first_entry, entries, root, previous, at, epoch }, hash, signature)
    }
}
