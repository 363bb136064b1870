//! The journal's blocks, the requests that it answers, and the events of the institution room. A line of the journal is
//! [`crate::journal::Entry`] itself, and [`Line`] what it says without its events.

use super::bound_to;
use crate::engine::StoreError;
use crate::journal::{Block, DONE};
use crate::seal::{Sealer, sm3};
use crate::table::{Columns, Sealed, columns, row};
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
    }; unvouched "chained and signed: check verifies it"

    /// The one row that says who may write, and where the journal stands.
    WriterRow in "writer" [id: i64] {
        epoch: i64,
        block_seq: i64,
        entry_seq: i64,
        block_hash: [u8; 32],
        institutions: i64,
        institution_root: Option<[u8; 32]>,
        request_keys: i64,
        messages: i64,
    }

    /// What it says of the journal.
    PlainHead in "writer" [epoch: i64] { block_seq: i64, entry_seq: i64, block_hash: [u8; 32] }
        ; unvouched "read before an earlier schema has tags, and by check, which says itself what is wrong with it"

    /// The end of the chain of blocks.
    LastBlock in "journal_block" [seq: i64] { hash: [u8; 32] }; unvouched "compared with the writer's row, which is tagged"

    /// A request that was done: the digest of its body, and the journal line that answers it.
    RequestKeyRow in "request_key" [key_digest: [u8; 32]] { body_digest: [u8; 32], entry: i64 }

    /// When a line was written.
    LineTime in "journal_entry" [seq: i64] { at: Instant }; unvouched "hashed into its block, which is signed: check verifies it"

    /// What was done, or refused.
    VerbOfLine in "journal_entry" [command: String] {}; unvouched "says what can be chosen, and what is shown of it is said from whole lines"

    /// An event of the institution room, sealed: a password's hash may stand in it.
    InstitutionRow in "institution_event" [seq: i64] { body: Sealed }
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
    }; unvouched "hashed into its block, which is signed: check verifies it"
}

impl Line {
    /// What came of it, in Chinese.
    pub fn outcome_name(&self) -> &'static str {
        named(&self.outcome)
    }
}

/// What came of a line, in Chinese: what was refused by its reason.
pub(crate) fn named(outcome: &str) -> &'static str {
    match outcome {
        DONE => "已办理",
        code => Reason::ALL.iter().find(|r| r.code() == code).map_or("未办理", |r| r.says()),
    }
}

/// The digest over the events of the institution room, with one more.
pub(crate) fn next_root(root: Option<[u8; 32]>, seq: i64, plain: &[u8]) -> [u8; 32] {
    sm3(&[&[4], &root.unwrap_or_default(), &seq.to_be_bytes(), plain])
}

impl InstitutionRow {
    pub(crate) fn of(sealer: &Sealer, seq: i64, plain: &[u8]) -> Self {
        Self { seq, body: Sealed(sealer.seal(&bound_to("institution_event", seq), plain)) }
    }

    /// The event, JSON.
    pub(crate) fn event(&self, sealer: &Sealer) -> Result<Vec<u8>, StoreError> {
        self.open(sealer, "body", &bound_to("institution_event", self.seq), &self.body)
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
