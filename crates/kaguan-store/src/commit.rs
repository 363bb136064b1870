//! One commit: files, journal, request keys, numbers, books and messages, in one transaction, guarded by the epoch,
//! the head of the journal and the versions of the files.

use crate::engine::{CommitError, Write};
use crate::journal::{self, Block, Entry};
use crate::load::{Claim, Subject};
use crate::rows;
use crate::sql;
use crate::store::{Head, Store};
use kaguan_domain::application::UnitFile;
use kaguan_domain::batch::BatchFile;
use kaguan_domain::ctx::Instant;
use kaguan_domain::distribution::CustodyEntry;
use kaguan_domain::holder::HolderFile;
use kaguan_domain::ids::{BatchId, BoxId, HolderId};
use kaguan_domain::institution::InstitutionEvent;
use std::collections::HashMap;

/// One line for the journal.
pub struct NewEntry {
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: String,
    /// Through which door.
    pub channel: &'static str,
    /// About what.
    pub subject: Subject,
    /// The verb.
    pub command: &'static str,
    /// `done` or a refusal's code.
    pub outcome: &'static str,
    /// The clause that a refusal cites.
    pub clause: &'static str,
    /// Whether the events carry personal data.
    pub personal: bool,
    /// The events as JSON; empty for a refusal.
    pub events: Vec<u8>,
    /// The caller's request key and the digest of the body, to be remembered.
    pub key: Option<([u8; 32], [u8; 32])>,
    /// What the events do to the books.
    pub custody: Vec<(CustodyEntry, Option<BatchId>, Option<BoxId>)>,
}

/// A message to a partner.
pub struct NewMessage {
    /// Fresh identity.
    pub id: i64,
    /// `sms`, `ecard`.
    pub partner: &'static str,
    /// What it is.
    pub kind: &'static str,
    /// About what: messages about one subject are delivered in order.
    pub subject: Subject,
    /// JSON.
    pub body: Vec<u8>,
}

/// Everything of one commit. Files carry the version that they will have.
#[derive(Default)]
pub struct Commit<'a> {
    /// When.
    pub at: i64,
    /// Journal lines, in order.
    pub entries: Vec<NewEntry>,
    /// Changed files, with the file as it was loaded (`None` for a new one), so that only changed rows are written.
    pub holders: Vec<(&'a HolderFile, Option<&'a HolderFile>)>,
    /// Changed batches.
    pub batches: Vec<(&'a BatchFile, Option<&'a BatchFile>)>,
    /// Changed unit applications.
    pub units: Vec<&'a UnitFile>,
    /// Events of the institution room, with their numbers.
    pub institution: Vec<(i64, &'a InstitutionEvent)>,
    /// Numbers that belong to somebody from now on.
    pub claims: HashMap<Claim, HolderId>,
    /// Messages.
    pub messages: Vec<NewMessage>,
}

impl Store {
    /// Commits. After any error the caller stops: a restart recovers from what is stored.
    ///
    /// Returns the journal line of each entry, in order.
    pub async fn commit(&self, commit: Commit<'_>) -> Result<Vec<i64>, CommitError> {
        let mut head = self.head().lock().await;
        let now = head.clone().ok_or_else(|| CommitError::RolledBack("no writer's lease".into()))?;
        let mut entry_rows = Vec::with_capacity(commit.entries.len());
        let (mut leaves, mut seqs, mut keys, mut books) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (i, e) in commit.entries.into_iter().enumerate() {
            let seq = now.entry_seq + 1 + i as i64;
            let events = if e.personal {
                self.sealer().seal(&rows::place("journal", seq), &e.events)
            } else {
                e.events
            };
            let entry = Entry {
                seq,
                at: e.at.0,
                actor: e.actor,
                channel: e.channel.into(),
                subject: e.subject.text(),
                command: e.command.into(),
                outcome: e.outcome.into(),
                clause: e.clause.into(),
                personal: e.personal,
                events,
            };
            leaves.push(entry.leaf());
            seqs.push(seq);
            if let Some((key, body)) = e.key {
                keys.push(vec![key.into(), body.into(), seq.into()]);
            }
            for (line, (c, batch, r#box)) in e.custody.into_iter().enumerate() {
                books.push(vec![
                    seq.into(),
                    (line as i64).into(),
                    c.account.into(),
                    c.cards.into(),
                    batch.map(|b| b.0).into(),
                    r#box.map(|b| b.0).into(),
                ]);
            }
            entry_rows.push(vec![
                entry.seq.into(),
                entry.at.into(),
                entry.actor.into(),
                entry.channel.into(),
                entry.subject.into(),
                entry.command.into(),
                entry.outcome.into(),
                entry.clause.into(),
                entry.personal.into(),
                entry.events.into(),
            ]);
        }
        let block = Block {
            seq: now.block_seq + 1,
            first_entry: now.entry_seq + 1,
            entries: leaves.len() as i64,
            root: journal::root(&leaves),
            previous: now.block_hash,
            at: commit.at,
            epoch: now.epoch,
        };
        let hash = block.hash();
        let signature = journal::sign(&self.keys().signing, &hash);
        let next = Head {
            epoch: now.epoch,
            block_seq: block.seq,
            entry_seq: now.entry_seq + block.entries,
            block_hash: hash,
        };
        let mut writes = vec![Write::one(
            &sql::WRITER_ADVANCE,
            vec![
                next.block_seq.into(),
                next.entry_seq.into(),
                hash.into(),
                now.epoch.into(),
                now.block_seq.into(),
            ],
            Some(1),
        )];
        let mut put = |sql, rows: Vec<Vec<_>>| {
            if !rows.is_empty() {
                writes.push(Write::rows(sql, rows));
            }
        };
        put(&sql::ENTRY_PUT, entry_rows);
        put(
            &sql::BLOCK_PUT,
            vec![vec![
                block.seq.into(),
                block.first_entry.into(),
                block.entries.into(),
                block.root.into(),
                block.previous.into(),
                block.at.into(),
                block.epoch.into(),
                hash.into(),
                signature.into(),
            ]],
        );
        put(&sql::KEY_PUT, keys);
        let claim = |(c, owner): (&Claim, &HolderId)| {
            vec![self.claim_digest(c).into(), c.kind.code().into(), owner.0.into()]
        };
        put(&sql::CLAIM_PUT, commit.claims.iter().map(claim).collect());
        let (mut people, mut applications, mut cards) = (Vec::new(), Vec::new(), Vec::new());
        for (file, before) in &commit.holders {
            if let Some(person) = &file.person {
                people.push(rows::person(self.sealer(), file.id, file.version, person));
            }
            for a in &file.applications {
                if before.and_then(|b| b.application(a.id)) != Some(a) {
                    applications.push(rows::application(self.sealer(), file.id, a));
                }
            }
            for c in &file.cards {
                if before.and_then(|b| b.card(c.id)) != Some(c) {
                    cards.push(rows::card(self.sealer(), file.id, c));
                }
            }
        }
        put(&sql::HOLDER_PUT, people);
        put(&sql::APPLICATION_PUT, applications);
        put(&sql::CARD_PUT, cards);
        let (mut batches, mut boxes) = (Vec::new(), Vec::new());
        for (file, before) in &commit.batches {
            if let Some(b) = &file.batch {
                batches.push(rows::batch(file, b));
            }
            for b in &file.boxes {
                if before.and_then(|f| f.box_file(b.id)) != Some(b) {
                    boxes.push(rows::box_row(file.id.0, b));
                }
            }
        }
        put(&sql::BATCH_PUT, batches);
        put(&sql::BOX_PUT, boxes);
        put(&sql::UNIT_PUT, commit.units.iter().map(|u| rows::unit(self.sealer(), u)).collect());
        let institution =
            |(seq, event): &(i64, &InstitutionEvent)| vec![(*seq).into(), rows::json_text(event).into()];
        put(&sql::INSTITUTION_PUT, commit.institution.iter().map(institution).collect());
        put(&sql::CUSTODY_PUT, books);
        let message = |m: NewMessage| {
            vec![
                m.id.into(),
                m.partner.into(),
                m.kind.into(),
                m.subject.text().into(),
                self.sealer().seal(&rows::place("outbox", m.id), &m.body).into(),
                "waiting".into(),
                0.into(),
                0.into(),
                commit.at.into(),
            ]
        };
        put(&sql::OUTBOX_PUT, commit.messages.into_iter().map(message).collect());
        match self.engine().transact(writes).await {
            Ok(()) => {
                *head = Some(next);
                Ok(seqs)
            }
            Err(e) => {
                // Nobody writes through this store again: what is stored may differ from what we believe.
                *head = None;
                Err(e)
            }
        }
    }
}
