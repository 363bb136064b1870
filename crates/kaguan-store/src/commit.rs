//! One commit: files, journal, request keys, numbers, books and messages, in one transaction, guarded by the epoch,
//! the head of the journal and the versions of the files.

use crate::engine::{CommitError, StoreError, Write};
use crate::heads::JournalHead;
use crate::journal::{self, Block, Entry};
use crate::keys::KeyRing;
use crate::load::Subject;
use crate::outbox::MessageState;
use crate::rows::batches::{BatchRow, BoxRow, CustodyRow};
use crate::rows::blanks::{BlankRow, OrderRow};
use crate::rows::bound_to;
use crate::rows::dead::DeadWaitingRow;
use crate::rows::examinations::ExaminationRow;
use crate::rows::journal::{BlockRow, InstitutionRow, RequestKeyRow, next_root};
use crate::rows::loose::LooseRow;
use crate::rows::messages::MessageRow;
use crate::rows::papers::{self, ArchiveRow};
use crate::rows::people::{
    ApplicationRow, CardRow, ClaimRow, HolderRow, JoinRow, TraceRow, UnitClockRow, UnitRow,
};
use crate::rows::statistics::{BatchClockRow, ClockCount, HappenedInMonth, HappenedRow};
use crate::rows::under_way::{OF_EMPLOYER, OF_ORG, RecallRow, UnderWayCount};
use crate::sql;
use crate::store::{Head, Store};
use crate::table::{Columns, Put, Sealed, json};
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::blank::BlankFile;
use kaguan_domain::facts::blank_order::BlankOrderFile;
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::card::Card;
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::custody::CustodyEntry;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::institution::InstitutionEvent;
use kaguan_domain::facts::unit::UnitFile;
use kaguan_domain::ids::{BatchId, BoxId, HolderId};
use kaguan_domain::report::Happened;
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap};

/// One line for the journal.
pub struct NewEntry {
    pub at: Instant,
    pub actor: String,
    /// Through which door.
    pub channel: &'static str,
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
    /// What of the events is counted in statistics.
    pub happened: Vec<Happened>,
}

/// A message to a partner.
pub struct NewMessage {
    /// `sms`, `ecard`, `treasury`, or a bank, `bank:95588`.
    pub partner: String,
    pub kind: &'static str,
    /// About what: messages about one subject are delivered in order.
    pub subject: Subject,
    /// JSON.
    pub body: Vec<u8>,
}

/// Everything of one commit. Files carry the version that they will have.
#[derive(Default)]
pub struct Commit<'a> {
    pub at: i64,
    /// Journal lines, in order.
    pub entries: Vec<NewEntry>,
    /// Changed files, with the file as it was loaded (`None` for a new one), so that only changed rows are written.
    pub holders: Vec<(&'a HolderFile, Option<&'a HolderFile>)>,
    /// People as they were loaded, sealed; see [`crate::Loaded::sealed`].
    pub sealed: Option<&'a HashMap<HolderId, Sealed>>,
    /// Changed batches.
    pub batches: Vec<(&'a BatchFile, Option<&'a BatchFile>)>,
    /// Changed orders of pre-made cards.
    pub blank_orders: Vec<&'a BlankOrderFile>,
    /// Changed pre-made cards.
    pub blanks: Vec<&'a BlankFile>,
    /// Changed unit applications.
    pub units: Vec<&'a UnitFile>,
    /// Events of the institution room, with their numbers.
    pub institution: Vec<(i64, &'a InstitutionEvent)>,
    /// Numbers that belong to somebody from now on.
    pub claims: HashMap<Claim, HolderId>,
    /// Messages.
    pub messages: Vec<NewMessage>,
    /// Numbers that become another file's.
    pub moved: Vec<Moved>,
}

/// Numbers that were one file's and become another's: two files were joined, or taken apart.
pub struct Moved {
    pub from: HolderId,
    pub to: HolderId,
    pub claims: Vec<Claim>,
    /// Whether the messages that wait go along: the whole file went.
    pub messages: bool,
}

/// One sealed journal line, and what goes with it.
struct JournalLine {
    leaf: [u8; 32],
    entry: Entry,
    key: Option<RequestKeyRow>,
    books: Vec<CustodyRow>,
}

/// The changed rows of one file.
struct FileRows {
    person: Option<HolderRow>,
    applications: Vec<ApplicationRow>,
    cards: Vec<CardRow>,
    joins: Vec<JoinRow>,
    archive: Vec<ArchiveRow>,
    examinations: Vec<ExaminationRow>,
    loose: Vec<LooseRow>,
    dead: Vec<DeadWaitingRow>,
    recalls: Vec<RecallRow>,
    /// What went into another file.
    gone: Vec<Write>,
    traces: Vec<TraceRow>,
}

/// A commit that is sealed, chained and signed, but not yet written.
pub struct Staged {
    writes: Vec<Write>,
    /// Where the journal ends once it is written.
    head: JournalHead,
    /// Files whose messages become another file's.
    messages_move: Vec<(HolderId, HolderId)>,
    /// The journal line of each entry, in order.
    pub lines: Vec<i64>,
}

impl Store {
    /// Commits: [`Self::stage`] and [`Self::write`].
    ///
    /// Returns the journal line of each entry, in order.
    pub async fn commit(&self, commit: Commit<'_>) -> Result<Vec<i64>, CommitError> {
        let mut staged = self.stage(commit)?;
        let lines = std::mem::take(&mut staged.lines);
        self.write(staged).await?;
        Ok(lines)
    }

    /// Writes what was staged; in the order of staging, or the guard on the journal's head refuses it. After any
    /// error the caller stops: a restart recovers from what is stored.
    pub async fn write(&self, staged: Staged) -> Result<(), CommitError> {
        let ends = staged.head.clone();
        let written = match self.fit_to_write() {
            Ok(()) => self.write_all(staged).await,
            Err(why) => Err(CommitError::RolledBack(why)),
        };
        match &written {
            Ok(()) => self.kept().note(ends),
            // Nobody writes through this store again: what is stored may differ from what we believe.
            Err(_) => *self.head() = None,
        }
        written
    }

    async fn write_all(&self, staged: Staged) -> Result<(), CommitError> {
        if staged.messages_move.is_empty() {
            return self.engine().transact(staged.writes).await;
        }
        // Messages that wait for the file that went go on in the order of the other. Whoever delivers may change one between
        // the reading and the writing: then nothing was done, and all is tried again.
        for _ in 0..50 {
            let mut writes = staged.writes.clone();
            writes.extend(self.messages_moved(&staged.messages_move).await.map_err(CommitError::read)?);
            match self.engine().transact(writes).await {
                Err(CommitError::Guard { statement }) if statement == sql::OUTBOX_MOVE.sql.name => {}
                done => return done,
            }
        }
        Err(CommitError::RolledBack("messages changed all the time".into()))
    }

    /// The messages that wait for files that went, under the files that they end up in: within one commit a file can go, come back
    /// and go again, and each row is written once.
    async fn messages_moved(&self, moves: &[(HolderId, HolderId)]) -> Result<Vec<Write>, StoreError> {
        let moves: Vec<(String, String)> = moves
            .iter()
            .map(|(from, to)| (Subject::Holder(*from).text(), Subject::Holder(*to).text()))
            .collect();
        let from: BTreeSet<&str> = moves.iter().map(|(from, _)| from.as_str()).collect();
        let mut writes = Vec::new();
        for subject in from {
            for old in self.ask(&sql::OUTBOX_ABOUT, vec![subject.into()]).await? {
                let ends = moves.iter().fold(subject, |at, (from, to)| if at == from { to } else { at });
                if ends == subject {
                    continue;
                }
                let new = MessageRow { subject: ends.to_owned(), ..old.clone() };
                writes.push(sql::OUTBOX_MOVE.one(self.keys(), &old, new, true));
            }
        }
        Ok(writes)
    }

    /// Seals one journal line.
    fn line(&self, seq: i64, e: NewEntry) -> JournalLine {
        let events =
            if e.personal { self.sealer().seal(&bound_to("journal", seq), &e.events) } else { e.events };
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
        let book = |(line, (c, batch_id, box_id)): (i64, (CustodyEntry, Option<BatchId>, Option<BoxId>))| {
            CustodyRow { entry: seq, line, account: c.account, cards: c.cards, batch_id, box_id }
        };
        JournalLine {
            leaf: entry.leaf(),
            key: e.key.map(|(key_digest, body_digest)| RequestKeyRow { key_digest, body_digest, entry: seq }),
            books: (0..).zip(e.custody).map(book).collect(),
            entry,
        }
    }

    /// Seals the rows of a file that differ from the file as it was loaded.
    fn rows_of(
        &self,
        file: &HolderFile,
        before: Option<&HolderFile>,
        sealed: Option<&HashMap<HolderId, Sealed>>,
    ) -> FileRows {
        let seal = self.sealer();
        let same = before.is_some_and(|b| b.person == file.person);
        let mut cards: Vec<&Card> =
            file.cards.iter().filter(|c| before.and_then(|b| b.card(c.id)) != Some(*c)).collect();
        // One in force: what leaves force is written before what comes into it.
        cards.sort_by_key(|c| c.in_force());
        let (archive, left) = ArchiveRow::changed(file, before);
        let mut gone = before.map(|b| gone(file, b)).unwrap_or_default();
        if !left.is_empty() {
            gone.push(Write::one(&sql::ARCHIVE_GONE, vec![file.id.0.into(), left.into()], None));
        }
        let (examinations, decided) = ExaminationRow::changed(file, before);
        gone.extend(decided);
        let (loose, elsewhere) = LooseRow::changed(file, before);
        gone.extend(elsewhere);
        let (dead, waits_no_more) = DeadWaitingRow::changed(file, before);
        gone.extend(waits_no_more);
        let (recalls, taken_back) = RecallRow::changed(file, before);
        gone.extend(taken_back);
        let destroyed = papers::destroyed(file, before);
        if !destroyed.is_empty() {
            gone.push(Write::one(&sql::MATERIAL_GONE, vec![destroyed.into()], None));
        }
        let known = before.filter(|_| !same).map(|b| self.traces_of(b)).unwrap_or_default();
        FileRows {
            traces: match same {
                true => Vec::new(),
                false => self.traces_of(file).into_iter().filter(|t| !known.contains(t)).collect(),
            },
            person: file.person.as_ref().map(|p| match sealed.and_then(|all| all.get(&file.id)) {
                Some(sealed) if same => HolderRow::sealed(file, sealed.clone()),
                _ => HolderRow::of(seal, file, p),
            }),
            applications: file
                .applications
                .iter()
                .filter(|a| before.and_then(|b| b.application(a.id)) != Some(*a))
                .map(|a| ApplicationRow::of(seal, file.id, a))
                .collect(),
            cards: cards.into_iter().map(|c| CardRow::of(self.keys(), file.id, c)).collect(),
            joins: JoinRow::changed(file, before),
            archive,
            examinations,
            loose,
            dead,
            recalls,
            gone,
        }
    }

    /// What changes whose a number is.
    fn moves(&self, moved: &[Moved], writes: &mut Vec<Write>) {
        for m in moved {
            for c in &m.claims {
                let (digest, kind) = (self.claim_digest(c), c.kind);
                let old = ClaimRow { digest, kind, holder_id: m.from };
                let new = ClaimRow { digest, kind, holder_id: m.to };
                writes.push(sql::CLAIM_MOVE.one(self.keys(), &old, new, false));
            }
        }
    }

    /// Seals, chains and signs a commit, so that this work can overlap with the writing of the one before. The
    /// journal's head moves on at once: what is staged must be written, or nothing is any more.
    pub fn stage(&self, commit: Commit<'_>) -> Result<Staged, CommitError> {
        let mut head = self.head();
        let now = head.clone().ok_or_else(|| CommitError::RolledBack("no writer's lease".into()))?;
        let happened = HappenedRow::of_lines(&commit.entries);
        // Sealing and hashing are most of a commit's work, and every row stands for itself: all cores share it.
        let ((lines, claim_rows), file_rows) = rayon::join(
            || {
                rayon::join(
                    || {
                        let entries: Vec<(i64, NewEntry)> =
                            (now.entry_seq + 1..).zip(commit.entries).collect();
                        entries.into_par_iter().map(|(seq, e)| self.line(seq, e)).collect::<Vec<_>>()
                    },
                    || {
                        let claim = |(c, owner): (&Claim, &HolderId)| ClaimRow {
                            digest: self.claim_digest(c),
                            kind: c.kind,
                            holder_id: *owner,
                        };
                        commit.claims.iter().map(claim).collect::<Vec<_>>()
                    },
                )
            },
            || {
                commit
                    .holders
                    .par_iter()
                    .map(|(file, before)| self.rows_of(file, *before, commit.sealed))
                    .collect::<Vec<_>>()
            },
        );
        let (mut leaves, mut seqs, mut keys, mut books) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut entries = Vec::with_capacity(lines.len());
        for line in lines {
            seqs.push(line.entry.seq);
            leaves.push(line.leaf);
            entries.push(line.entry);
            keys.extend(line.key);
            books.extend(line.books);
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
        let (mut institution, mut institution_root) = (Vec::new(), now.institution_root);
        for (seq, event) in &commit.institution {
            let plain = json(*event);
            institution_root = Some(next_root(institution_root, *seq, &plain));
            institution.push(InstitutionRow::of(self.sealer(), *seq, &plain));
        }
        let next = Head {
            block_seq: block.seq,
            entry_seq: now.entry_seq + block.entries,
            block_hash: hash,
            institutions: now.institutions + institution.len() as i64,
            institution_root,
            request_keys: now.request_keys + keys.len() as i64,
            messages: now.messages + commit.messages.len() as i64,
            ..now.clone()
        };
        let ring = self.keys();
        let mut writes = vec![sql::WRITER_ADVANCE.one(ring, &now, next.clone(), true)];
        put(ring, &mut writes, &sql::ENTRY_PUT, entries);
        put(ring, &mut writes, &sql::BLOCK_PUT, vec![BlockRow::of(&block, hash, signature.clone())]);
        put(ring, &mut writes, &sql::HAPPENED_MONTH_PUT, HappenedInMonth::of(&happened));
        put(ring, &mut writes, &sql::HAPPENED_PUT, happened);
        let under_way = UnderWayCount::changed(&commit.holders);
        // Counted anew below, when the boxes stand where they stand now.
        let boxes_of = moving_boxes(&under_way, &commit.batches);
        if !boxes_of.is_empty() {
            writes.push(Write::one(
                &sql::IN_BOX_PUT.sql,
                vec![OF_ORG.into(), (-1).into(), boxes_of.clone().into()],
                None,
            ));
        }
        if !under_way.is_empty() {
            put(ring, &mut writes, &sql::UNDER_WAY_PUT, under_way);
            writes.push(Write::one(&sql::UNDER_WAY_NONE, Vec::new(), None));
        }
        put(ring, &mut writes, &sql::KEY_PUT, keys);
        // Whoever gets a number that is given back in this very commit gets it once it is nobody's.
        self.moves(&commit.moved, &mut writes);
        put(ring, &mut writes, &sql::CLAIM_PUT, claim_rows);
        let (mut people, mut applications, mut cards, mut joins, mut archive, mut traces) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut examinations, mut loose, mut dead, mut recalls) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for rows in file_rows {
            writes.extend(rows.gone);
            examinations.extend(rows.examinations);
            loose.extend(rows.loose);
            dead.extend(rows.dead);
            recalls.extend(rows.recalls);
            joins.extend(rows.joins);
            archive.extend(rows.archive);
            people.extend(rows.person);
            applications.extend(rows.applications);
            cards.extend(rows.cards);
            traces.extend(rows.traces);
        }
        if !traces.is_empty() {
            writes.push(sql::TRACE_PUT.missing(self.keys(), traces));
        }
        put(ring, &mut writes, &sql::EXAMINATION_PUT, examinations);
        put(ring, &mut writes, &sql::LOOSE_PUT, loose);
        put(ring, &mut writes, &sql::DEAD_WAITING_PUT, dead);
        // Two of one box may take each other's place: then nothing is counted otherwise.
        let mut recalled_in: BTreeSet<i64> = boxes_of.iter().copied().collect();
        recalled_in.extend(recalls.iter().filter_map(RecallRow::batch_of_box));
        put(ring, &mut writes, &sql::RECALL_PUT, recalls);
        put(ring, &mut writes, &sql::HOLDER_PUT, people);
        put(ring, &mut writes, &sql::APPLICATION_PUT, applications);
        put(ring, &mut writes, &sql::CARD_PUT, cards);
        put(ring, &mut writes, &sql::JOIN_PUT, joins);
        put(ring, &mut writes, &sql::ARCHIVE_PUT, archive);
        let (mut batches, mut boxes, mut clocks) = (Vec::new(), Vec::new(), Vec::new());
        for (file, before) in &commit.batches {
            if let Some(b) = &file.batch {
                batches.push(BatchRow::of(file, b));
            }
            clocks.extend(BatchClockRow::changed(file, *before));
            for kind in BatchClockRow::gone(file, *before) {
                let params = vec![file.id.0.into(), kind.code().into()];
                writes.push(Write::one(&sql::BATCH_CLOCK_GONE, params, None));
            }
            let left = before.map(|f| f.boxes.iter().map(|b| b.id)).into_iter().flatten();
            let left: Vec<i64> = left.filter(|id| file.box_file(*id).is_none()).map(|id| id.0).collect();
            if !left.is_empty() {
                let n = left.len() as u64;
                writes.push(Write::one(&sql::BOX_GONE, vec![file.id.0.into(), left.into()], Some(n)));
            }
            for b in &file.boxes {
                if before.and_then(|f| f.box_file(b.id)) != Some(b) {
                    boxes.push(BoxRow::of(file.id, b));
                }
            }
        }
        put(ring, &mut writes, &sql::BATCH_PUT, batches);
        put(ring, &mut writes, &sql::BOX_PUT, boxes);
        if !boxes_of.is_empty() {
            writes.push(Write::one(
                &sql::IN_BOX_PUT.sql,
                vec![OF_ORG.into(), 1.into(), boxes_of.into()],
                None,
            ));
            writes.push(Write::one(&sql::IN_BOX_NONE, Vec::new(), None));
        }
        if !recalled_in.is_empty() {
            writes.push(recall_acts(recalled_in.into_iter().collect()));
        }
        put(ring, &mut writes, &sql::BATCH_CLOCK_PUT, clocks);
        let clock_counts = ClockCount::changed(&commit.batches);
        if !clock_counts.is_empty() {
            put(ring, &mut writes, &sql::CLOCK_COUNT_PUT, clock_counts);
            writes.push(Write::one(&sql::CLOCK_COUNT_NONE, Vec::new(), None));
        }
        let orders = commit.blank_orders.iter().filter_map(|f| Some(OrderRow::of(f, f.order.as_ref()?)));
        put(ring, &mut writes, &sql::BLANK_ORDER_PUT, orders.collect());
        put(
            ring,
            &mut writes,
            &sql::BLANK_PUT,
            commit.blanks.par_iter().map(|b| BlankRow::of(self.sealer(), b)).collect(),
        );
        put(
            ring,
            &mut writes,
            &sql::UNIT_PUT,
            commit.units.iter().map(|u| UnitRow::of(self.sealer(), u)).collect(),
        );
        let stopped: Vec<i64> =
            commit.units.iter().filter(|u| UnitClockRow::of(u).is_none()).map(|u| u.id.0).collect();
        if !stopped.is_empty() {
            writes.push(Write::one(&sql::UNIT_CLOCK_GONE, vec![stopped.into()], None));
        }
        let running = commit.units.iter().filter_map(|u| UnitClockRow::of(u));
        put(ring, &mut writes, &sql::UNIT_CLOCK_PUT, running.collect());
        put(ring, &mut writes, &sql::INSTITUTION_PUT, institution);
        put(ring, &mut writes, &sql::CUSTODY_PUT, books);
        // Numbered in the order of the commits, which is the order of delivery.
        let message = |(i, m): (i64, NewMessage)| {
            let message_id = (block.seq << 20) + i;
            MessageRow {
                message_id,
                partner: m.partner,
                kind: m.kind.into(),
                subject: m.subject.text(),
                body: Sealed(self.sealer().seal(&bound_to("outbox", message_id), &m.body)),
                state: MessageState::Waiting,
                attempts: 0,
                next_at: Instant(0),
                made_at: Instant(commit.at),
            }
        };
        put(ring, &mut writes, &sql::OUTBOX_PUT, (0..).zip(commit.messages).map(message).collect());
        *head = Some(next);
        let messages_move = commit.moved.iter().filter(|m| m.messages).map(|m| (m.from, m.to)).collect();
        let head = JournalHead { block, signature, public_key: self.public_key() };
        Ok(Staged { writes, head, messages_move, lines: seqs })
    }
}

/// The batches in whose boxes another count of cards lies, or one of whose boxes is kept by somebody else or sent elsewhere.
fn moving_boxes(counts: &[UnderWayCount], batches: &[(&BatchFile, Option<&BatchFile>)]) -> Vec<i64> {
    let moved = |(file, before): &&(&BatchFile, Option<&BatchFile>)| {
        let known = before.map(|f| f.boxes.as_slice()).unwrap_or_default();
        let stays = |(a, b): (&BoxFile, &BoxFile)| {
            a.id == b.id
                && a.keeper == b.keeper
                && a.bound_for() == b.bound_for()
                && a.whose_turn() == b.whose_turn()
        };
        known.len() != file.boxes.len() || !known.iter().zip(&file.boxes).all(stays)
    };
    let of_boxes = batches.iter().filter(moved).map(|(file, _)| file.id.0);
    let all: BTreeSet<i64> = counts.iter().filter_map(UnderWayCount::batch_of_box).chain(of_boxes).collect();
    all.into_iter().collect()
}

/// Says whose turn it is with what has to be taken back and lies in the boxes of some batches, once these stand where they stand.
pub(crate) fn recall_acts(batches: Vec<i64>) -> Write {
    Write::one(&sql::RECALL_ACTS, vec![batches.into(), OF_ORG.into(), OF_EMPLOYER.into()], None)
}

/// The rows of what a file has no more: it went into another file.
fn gone(file: &HolderFile, before: &HolderFile) -> Vec<Write> {
    let applications = before.applications.iter().map(|a| a.id).filter(|id| file.application(*id).is_none());
    let cards = before.cards.iter().map(|c| c.id).filter(|id| file.card(*id).is_none());
    let mut out = Vec::new();
    for (sql, ids) in [
        (&sql::APPLICATION_GONE, applications.map(|id| id.0).collect::<Vec<i64>>()),
        (&sql::CARD_GONE, cards.map(|id| id.0).collect()),
    ] {
        let n = ids.len() as u64;
        if n > 0 {
            out.push(Write::one(sql, vec![file.id.0.into(), ids.into()], Some(n)));
        }
    }
    out
}

/// One more statement, when there are rows for it.
fn put<T: Columns + Send>(keys: &KeyRing, writes: &mut Vec<Write>, sql: &'static Put<T>, rows: Vec<T>) {
    if !rows.is_empty() {
        writes.push(sql.rows(keys, rows));
    }
}
