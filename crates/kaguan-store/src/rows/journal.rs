//! The journal's blocks, the requests that it answers, and the events of the institution room. A line of the journal is
//! [`crate::journal::Entry`] itself.

use crate::journal::Block;
use crate::table::row;

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

    /// An event of the institution room, JSON.
    InstitutionRow in "institution_event" [seq: i64] { body: String }
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
