//! Questions, for pages, partners and duties. They read; only [`crate::Commit`] writes files.

use crate::engine::{CommitError, Param, Query, Row, Sql, StoreError, Write};
use crate::journal;
use crate::journal::{Block, Entry, Proof};
use crate::load::{LoadRequest, Subject};
use crate::rows;
use crate::seal::sm3;
use crate::sql;
use crate::store::Store;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::batch::{Batch, BatchEvent};
use kaguan_domain::facts::blank::{BlankEvent, BlankFile};
use kaguan_domain::facts::blank_order::{BlankOrderEvent, BlankOrderFile};
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::institution::InstitutionEvent;
use kaguan_domain::ids::{
    ApplicationId, BatchId, BlankOrderId, BoxId, CardId, HolderId, MaterialId, OrgId, UnitId,
};
use std::collections::HashMap;

/// A batch in a list.
#[derive(Clone, Debug)]
pub struct BatchRow {
    /// Identity.
    pub id: BatchId,
    /// The batch.
    pub batch: Batch,
}

/// A box in a list.
#[derive(Clone, Debug)]
pub struct BoxRow {
    /// Its batch.
    pub batch: BatchId,
    /// The box.
    pub file: BoxFile,
}

/// An application in a list.
#[derive(Clone, Copy, Debug)]
pub struct ApplicationRow {
    /// Whose.
    pub holder: HolderId,
    /// Which.
    pub application: ApplicationId,
}

/// A journal line as shown.
#[derive(Clone, Debug)]
pub struct EntryRow {
    /// The line.
    pub entry: Entry,
}

/// One movement of a box, for the register.
#[derive(Clone, Debug)]
pub struct MovementRow {
    /// When.
    pub at: Instant,
    /// What happened.
    pub event: BatchEvent,
}

/// A message that is due.
#[derive(Clone, Debug)]
pub struct OutboxRow {
    /// Identity.
    pub id: i64,
    /// To whom.
    pub partner: String,
    /// What.
    pub kind: String,
    /// About what.
    pub subject: String,
    /// The body, opened.
    pub body: Vec<u8>,
    /// Attempts so far.
    pub attempts: i64,
    /// When it was made.
    pub made_at: Instant,
}

/// The sums of a range of places; what they mean is the partner API's to say.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MirrorSums {
    /// How many cards.
    pub cards: i64,
    /// Sum over the lower thirty bits.
    pub low: i64,
    /// Sum over the next thirty.
    pub high: i64,
}

pub(crate) fn read_entry(row: &Row) -> Result<Entry, StoreError> {
    let text = |i| row.text(i).map(str::to_owned);
    Ok(Entry {
        seq: row.int(0)?,
        at: row.int(1)?,
        actor: text(2)?,
        channel: text(3)?,
        subject: text(4)?,
        command: text(5)?,
        outcome: text(6)?,
        clause: text(7)?,
        personal: row.int(8)? != 0,
        events: row.bytes(9)?.to_vec(),
    })
}

pub(crate) fn read_block(row: &Row) -> Result<(Block, [u8; 32], Vec<u8>), StoreError> {
    let block = Block {
        seq: row.int(0)?,
        first_entry: row.int(1)?,
        entries: row.int(2)?,
        root: row.digest(3)?,
        previous: row.digest(4)?,
        at: row.int(5)?,
        epoch: row.int(6)?,
    };
    Ok((block, row.digest(7)?, row.bytes(8)?.to_vec()))
}

fn application_row(row: &Row) -> Result<ApplicationRow, StoreError> {
    Ok(ApplicationRow { holder: HolderId(row.int(0)?), application: ApplicationId(row.int(1)?) })
}

/// The state of one card, for those who only ask whether it works.
#[derive(Clone, Debug)]
pub struct CardStateRow {
    /// `not_enabled`, `enabled`, `cancelled`.
    pub social: String,
    /// `pre_opened`, `active`, `closed`.
    pub account: String,
    /// Whether it works, but for its last day.
    pub in_force: bool,
    /// Stable names of the holds, separated by commas.
    pub holds: String,
    /// 有效期至, as `2036-11-22`.
    pub valid_until: String,
}

impl Store {
    /// The states of the cards of many people at once, by the blind index of the social security number: one question, one
    /// round trip. The card in force stands for its person, or else the latest card.
    pub async fn card_states(
        &self,
        numbers: impl Iterator<Item = [u8; 32]>,
    ) -> Result<HashMap<[u8; 32], CardStateRow>, StoreError> {
        let digests: Vec<Vec<u8>> = numbers.map(|n| n.to_vec()).collect();
        let mut out: HashMap<[u8; 32], CardStateRow> = HashMap::with_capacity(digests.len());
        for row in self.engine().ask(&sql::CARD_STATES, vec![digests.into()]).await? {
            let digest = row.digest(0)?;
            if out.get(&digest).is_some_and(|c| c.in_force) {
                continue;
            }
            let state = CardStateRow {
                social: row.text(2)?.into(),
                account: row.text(3)?.into(),
                in_force: row.int(4)? == 1,
                holds: row.text(5)?.into(),
                valid_until: row.text(6)?.into(),
            };
            out.insert(digest, state);
        }
        Ok(out)
    }

    /// Every event of the institution room, in order.
    pub async fn institution_events(&self) -> Result<Vec<InstitutionEvent>, StoreError> {
        let rows = self.engine().ask(&sql::INSTITUTION_GET, Vec::new()).await?;
        rows.iter().map(|r| rows::parse("institution_event", r.int(0)?, r.text(1)?.as_bytes())).collect()
    }

    /// Batches; empty texts mean any.
    pub async fn batches(
        &self,
        city: &str,
        state: &str,
        bank: &str,
        vendor: &str,
        limit: i64,
    ) -> Result<Vec<BatchRow>, StoreError> {
        let params = vec![city.into(), state.into(), bank.into(), vendor.into(), limit.into()];
        let rows = self.engine().ask(&sql::BATCH_LIST, params).await?;
        let read = |r: &Row| {
            let id = r.int(0)?;
            Ok(BatchRow { id: BatchId(id), batch: rows::parse("batch", id, r.text(6)?.as_bytes())? })
        };
        rows.iter().map(read).collect()
    }

    /// Boxes kept by an organisation, or on the way to it.
    pub async fn boxes_at(&self, org: OrgId, limit: i64) -> Result<Vec<BoxRow>, StoreError> {
        let params = vec![format!("org:{org}").into(), org.0.into(), limit.into()];
        let rows = self.engine().ask(&sql::BOX_AT, params).await?;
        let read = |r: &Row| {
            let file = rows::parse("box", r.int(1)?, r.text(2)?.as_bytes())?;
            Ok(BoxRow { batch: BatchId(r.int(0)?), file })
        };
        rows.iter().map(read).collect()
    }

    /// People of a batch whose application is at a stage, after one.
    pub async fn batch_people(
        &self,
        batch: BatchId,
        stage: &str,
        after: HolderId,
        limit: i64,
    ) -> Result<Vec<ApplicationRow>, StoreError> {
        let params = vec![batch.0.into(), stage.into(), after.0.into(), limit.into()];
        self.engine().ask(&sql::BATCH_PEOPLE, params).await?.iter().map(application_row).collect()
    }

    /// People with a card in a box, after one.
    pub async fn box_people(
        &self,
        r#box: BoxId,
        after: HolderId,
        limit: i64,
    ) -> Result<Vec<(HolderId, CardId)>, StoreError> {
        let rows =
            self.engine().ask(&sql::BOX_PEOPLE, vec![r#box.0.into(), after.0.into(), limit.into()]).await?;
        rows.iter().map(|r| Ok((HolderId(r.int(0)?), CardId(r.int(1)?)))).collect()
    }

    /// Applications that can be screened, after one, with the day of receipt.
    pub async fn ready(
        &self,
        city: &str,
        bank: &str,
        urgent: bool,
        after: HolderId,
        limit: i64,
    ) -> Result<Vec<(ApplicationRow, String)>, StoreError> {
        let params = vec![city.into(), bank.into(), urgent.into(), after.0.into(), limit.into()];
        let rows = self.engine().ask(&sql::APPLICATION_READY, params).await?;
        rows.iter().map(|r| Ok((application_row(r)?, r.text(2)?.to_owned()))).collect()
    }

    /// How many applications can be screened: city, bank, urgent, number. An empty city means all.
    pub async fn ready_counts(&self, city: &str) -> Result<Vec<(String, String, bool, i64)>, StoreError> {
        let rows = self.engine().ask(&sql::READY_COUNTS, vec![city.into()]).await?;
        rows.iter()
            .map(|r| Ok((r.text(0)?.to_owned(), r.text(1)?.to_owned(), r.int(2)? != 0, r.int(3)?)))
            .collect()
    }

    /// Identities of files, after one.
    pub async fn holders_after(&self, after: HolderId, limit: i64) -> Result<Vec<HolderId>, StoreError> {
        let rows = self.engine().ask(&sql::HOLDER_FROM, vec![after.0.into(), limit.into()]).await?;
        rows.iter().map(|r| Ok(HolderId(r.int(0)?))).collect()
    }

    /// People whose files must be looked at by now, the longest waiting first.
    pub async fn duties_due(&self, now: Instant, limit: i64) -> Result<Vec<HolderId>, StoreError> {
        let rows = self.engine().ask(&sql::HOLDER_DUE, vec![now.0.into(), limit.into()]).await?;
        rows.iter().map(|r| Ok(HolderId(r.int(0)?))).collect()
    }

    /// Batches and unit applications whose clocks must be looked at by now.
    pub async fn clocks_due(
        &self,
        now: Instant,
        limit: i64,
    ) -> Result<(Vec<BatchId>, Vec<UnitId>), StoreError> {
        let params = || vec![now.0.into(), limit.into()];
        let queries = vec![Query::new(&sql::BATCH_DUE, params()), Query::new(&sql::UNIT_DUE, params())];
        let found = self.engine().read(queries).await?;
        let ids =
            |n: usize| found.get(n).into_iter().flatten().map(|r| r.int(0)).collect::<Result<Vec<_>, _>>();
        Ok((ids(0)?.into_iter().map(BatchId).collect(), ids(1)?.into_iter().map(UnitId).collect()))
    }

    /// Applications that wait for their fee.
    pub async fn applications_unpaid(
        &self,
        limit: i64,
    ) -> Result<Vec<(HolderId, ApplicationId)>, StoreError> {
        let rows = self.engine().ask(&sql::APPLICATION_UNPAID, vec![limit.into()]).await?;
        rows.iter().map(|r| Ok((HolderId(r.int(0)?), ApplicationId(r.int(1)?)))).collect()
    }

    /// Balances of the books by account; they sum to zero.
    pub async fn custody_balances(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = self.engine().ask(&sql::CUSTODY_BALANCES, Vec::new()).await?;
        rows.iter().map(|r| Ok((r.text(0)?.to_owned(), r.int(1)?))).collect()
    }

    /// The latest journal lines of a subject.
    pub async fn entries_of(&self, subject: Subject, limit: i64) -> Result<Vec<Entry>, StoreError> {
        let params = vec![subject.text().into(), limit.into()];
        self.engine().ask(&sql::ENTRY_OF_SUBJECT, params).await?.iter().map(read_entry).collect()
    }

    /// Journal lines of one verb that was done, from one on.
    pub async fn entries_of_command(
        &self,
        command: &str,
        from: i64,
        limit: i64,
    ) -> Result<Vec<Entry>, StoreError> {
        let params = vec![command.into(), from.into(), limit.into()];
        self.engine().ask(&sql::ENTRY_OF_COMMAND, params).await?.iter().map(read_entry).collect()
    }

    /// Journal lines from one on.
    pub async fn entries_from(&self, seq: i64, limit: i64) -> Result<Vec<Entry>, StoreError> {
        self.engine()
            .ask(&sql::ENTRY_FROM, vec![seq.into(), limit.into()])
            .await?
            .iter()
            .map(read_entry)
            .collect()
    }

    /// The movements of a batch and its boxes, oldest first (R12.2).
    pub async fn movements(&self, batch: BatchId) -> Result<Vec<MovementRow>, StoreError> {
        let mut out = Vec::new();
        let mut entries = self.entries_of(Subject::Batch(batch), 10_000).await?;
        entries.reverse();
        for e in entries.iter().filter(|e| e.outcome == "done") {
            for event in self.batch_events(e)? {
                out.push(MovementRow { at: Instant(e.at), event });
            }
        }
        Ok(out)
    }

    fn events_json(&self, e: &Entry) -> Result<Vec<u8>, StoreError> {
        if !e.personal {
            return Ok(e.events.clone());
        }
        self.sealer().open(&rows::place("journal", e.seq), &e.events).map_err(|why| {
            crate::StoredDataError {
                table: "journal_entry",
                column: "events".into(),
                row: e.seq.to_string(),
                why: why.to_string(),
            }
            .into()
        })
    }

    /// The events of a holder's line.
    pub fn holder_events(&self, e: &Entry) -> Result<Vec<HolderEvent>, StoreError> {
        rows::parse("journal_entry", e.seq, &self.events_json(e)?)
    }

    /// The events of a batch's line.
    pub fn batch_events(&self, e: &Entry) -> Result<Vec<BatchEvent>, StoreError> {
        rows::parse("journal_entry", e.seq, &self.events_json(e)?)
    }

    /// The events of a unit application's line.
    pub fn unit_events(&self, e: &Entry) -> Result<Vec<kaguan_domain::facts::unit::UnitEvent>, StoreError> {
        rows::parse("journal_entry", e.seq, &self.events_json(e)?)
    }

    /// The events of a line about an order of pre-made cards.
    pub fn blank_order_events(&self, e: &Entry) -> Result<Vec<BlankOrderEvent>, StoreError> {
        rows::parse("journal_entry", e.seq, &self.events_json(e)?)
    }

    /// The events of a line about a pre-made card.
    pub fn blank_events(&self, e: &Entry) -> Result<Vec<BlankEvent>, StoreError> {
        rows::parse("journal_entry", e.seq, &self.events_json(e)?)
    }

    /// Orders of pre-made cards, newest first; empty texts mean any.
    pub async fn blank_orders(
        &self,
        city: &str,
        step: &str,
        bank: &str,
        vendor: &str,
        limit: i64,
    ) -> Result<Vec<BlankOrderFile>, StoreError> {
        let params = vec![city.into(), step.into(), bank.into(), vendor.into(), limit.into()];
        self.engine().ask(&sql::BLANK_ORDER_LIST, params).await?.iter().map(rows::read_blank_order).collect()
    }

    /// One order with its cards counted.
    pub async fn counted_order(&self, id: BlankOrderId) -> Result<Option<BlankOrderFile>, StoreError> {
        let want = LoadRequest { blank_orders: vec![id], tally_order: Some(id), ..LoadRequest::default() };
        Ok(self.load(&want).await?.stock.orders.remove(&id))
    }

    /// The cards of an order in a state, after one; an empty state means any.
    pub async fn blanks_after(
        &self,
        order: BlankOrderId,
        state: &str,
        after: u32,
        limit: i64,
    ) -> Result<Vec<BlankFile>, StoreError> {
        let params = vec![order.0.into(), state.into(), i64::from(after).into(), limit.into()];
        let rows = self.engine().ask(&sql::BLANK_FROM, params).await?;
        rows.iter().map(|r| rows::read_blank(self.sealer(), r)).collect()
    }

    /// Which cards of an order have begun, after one place and up to another.
    pub async fn blank_places(
        &self,
        order: BlankOrderId,
        after: u32,
        to: u32,
    ) -> Result<std::collections::HashSet<u32>, StoreError> {
        let params = vec![order.0.into(), i64::from(after).into(), i64::from(to).into()];
        let rows = self.engine().ask(&sql::BLANK_PLACES, params).await?;
        rows.iter().map(|r| Ok(u32::try_from(r.int(0)?).unwrap_or(0))).collect()
    }

    /// The proof of one line; `None` when there is no such line.
    pub async fn proof(&self, seq: i64) -> Result<Option<Proof>, StoreError> {
        let Some(row) = self.engine().ask(&sql::BLOCK_OF_ENTRY, vec![seq.into()]).await?.pop() else {
            return Ok(None);
        };
        let (block, _, signature) = read_block(&row)?;
        let entries = self.entries_from(block.first_entry, block.entries).await?;
        let Ok(at) = usize::try_from(seq - block.first_entry) else { return Ok(None) };
        let Some(entry) = entries.get(at).cloned() else { return Ok(None) };
        let leaves: Vec<_> = entries.iter().map(Entry::leaf).collect();
        Ok(Some(Proof {
            entry,
            path: journal::path(&leaves, at).iter().map(hex::encode).collect(),
            block,
            signature: hex::encode(signature),
            public_key: self.public_key(),
        }))
    }

    /// To whom something is due.
    pub async fn outbox_partners(&self, now: Instant) -> Result<Vec<String>, StoreError> {
        let rows = self.engine().ask(&sql::OUTBOX_PARTNERS, vec![now.0.into()]).await?;
        rows.iter().map(|r| r.text(0).map(str::to_owned)).collect()
    }

    /// Messages of one partner that are due.
    pub async fn outbox_due(
        &self,
        partner: &str,
        now: Instant,
        limit: i64,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        self.outbox_rows(&sql::OUTBOX_DUE, vec![now.0.into(), limit.into(), partner.into()]).await
    }

    /// Messages that wait for one partner, after one of them, for partners that fetch them.
    pub async fn outbox_waiting(
        &self,
        partner: &str,
        after: i64,
        limit: i64,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let params = vec![partner.into(), after.into(), limit.into()];
        self.outbox_rows(&sql::OUTBOX_WAITING, params).await
    }

    /// Records that a partner has fetched messages of its own; those of others, and those gone, are left alone.
    pub async fn outbox_taken(&self, partner: &str, ids: &[i64]) -> Result<(), CommitError> {
        let write = |id: &i64| {
            let empty = self.sealer().seal(&rows::place("outbox", *id), b"");
            Write::one(&sql::OUTBOX_TAKEN, vec![partner.into(), (*id).into(), empty.into()], None)
        };
        self.engine().transact(ids.iter().map(write).collect()).await
    }

    /// Messages given up: the dead letters.
    pub async fn outbox_dead(&self, limit: i64) -> Result<Vec<OutboxRow>, StoreError> {
        self.outbox_rows(&sql::OUTBOX_DEAD, vec![limit.into()]).await
    }

    /// One of the dead letters.
    pub async fn dead_letter(&self, id: i64) -> Result<Option<OutboxRow>, StoreError> {
        Ok(self.outbox_rows(&sql::OUTBOX_LETTER, vec![id.into()]).await?.pop())
    }

    /// Whether a later message about the same subject went to the same partner.
    pub async fn outbox_followed(&self, m: &OutboxRow) -> Result<bool, StoreError> {
        let params = vec![m.subject.as_str().into(), m.partner.as_str().into(), m.id.into()];
        Ok(!self.engine().ask(&sql::OUTBOX_FOLLOWED, params).await?.is_empty())
    }

    /// A dead letter waits again.
    pub async fn send_dead_letter(&self, id: i64, now: Instant) -> Result<(), CommitError> {
        let params = vec![now.0.into(), id.into()];
        self.engine().transact(vec![Write::one(&sql::OUTBOX_AGAIN, params, Some(1))]).await
    }

    /// A dead letter is settled, and loses its body.
    pub async fn settle_dead_letter(&self, id: i64) -> Result<(), CommitError> {
        let empty = self.sealer().seal(&rows::place("outbox", id), b"");
        let params = vec![empty.into(), id.into()];
        self.engine().transact(vec![Write::one(&sql::OUTBOX_SETTLED, params, Some(1))]).await
    }

    async fn outbox_rows(&self, sql: &'static Sql, params: Vec<Param>) -> Result<Vec<OutboxRow>, StoreError> {
        let rows = self.engine().ask(sql, params).await?;
        let read = |r: &Row| {
            let id = r.int(0)?;
            let body = self.sealer().open(&rows::place("outbox", id), r.bytes(4)?).map_err(|e| {
                StoreError::from(crate::StoredDataError {
                    table: "outbox",
                    column: "body".into(),
                    row: id.to_string(),
                    why: e.to_string(),
                })
            })?;
            let text = |i| r.text(i).map(str::to_owned);
            Ok(OutboxRow {
                id,
                partner: text(1)?,
                kind: text(2)?,
                subject: text(3)?,
                body,
                attempts: r.int(5)?,
                made_at: Instant(r.int(6)?),
            })
        };
        rows.iter().map(read).collect()
    }

    /// Records attempts: delivered messages lose their body, others wait until their next time.
    pub async fn outbox_settle(
        &self,
        done: Vec<(OutboxRow, &'static str, Instant)>,
    ) -> Result<(), CommitError> {
        let write = |(m, state, next): (OutboxRow, &'static str, Instant)| {
            let body: &[u8] = if state == "delivered" { b"" } else { &m.body };
            let sealed = self.sealer().seal(&rows::place("outbox", m.id), body);
            Write::one(&sql::OUTBOX_SET, vec![state.into(), next.0.into(), sealed.into(), m.id.into()], None)
        };
        self.engine().transact(done.into_iter().map(write).collect()).await
    }

    /// Messages by partner and state.
    pub async fn outbox_counts(&self) -> Result<Vec<(String, String, i64)>, StoreError> {
        let rows = self.engine().ask(&sql::OUTBOX_COUNTS, Vec::new()).await?;
        rows.iter().map(|r| Ok((r.text(0)?.to_owned(), r.text(1)?.to_owned(), r.int(2)?))).collect()
    }

    /// Stores photos; each is named by its digest, so storing one twice is storing it once.
    pub async fn put_photos(&self, photos: &[Vec<u8>]) -> Result<Vec<String>, CommitError> {
        let mut names = Vec::new();
        let mut rows = std::collections::BTreeMap::new();
        for bytes in photos {
            let name = hex::encode(sm3(&[bytes]));
            let sealed = self.sealer().seal(&format!("photo/{name}"), bytes);
            rows.insert(name.clone(), vec![name.as_str().into(), sealed.into()]);
            names.push(name);
        }
        if !rows.is_empty() {
            let rows = rows.into_values().collect();
            let put = Write { sql: &sql::PHOTO_PUT, params: Vec::new(), rows, expect: None };
            self.engine().transact(vec![put]).await?;
        }
        Ok(names)
    }

    /// One photo.
    pub async fn photo(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let rows = self.engine().ask(&sql::PHOTO_GET, vec![name.into()]).await?;
        let open = |r: &Row| {
            self.sealer().open(&format!("photo/{name}"), r.bytes(0)?).map_err(|e| {
                StoreError::from(crate::StoredDataError {
                    table: "photo",
                    column: "body".into(),
                    row: name.into(),
                    why: e.to_string(),
                })
            })
        };
        rows.first().map(open).transpose()
    }

    /// Cards that were used and are not in force, valid on a day, from one on: whose, which, its number.
    pub async fn held_cards(
        &self,
        today: &str,
        after: (HolderId, CardId),
        limit: i64,
    ) -> Result<Vec<(HolderId, CardId, String)>, StoreError> {
        let params = vec![today.into(), after.0.0.into(), after.1.0.into(), limit.into()];
        let rows = self.engine().ask(&sql::CARD_HELD, params).await?;
        rows.iter().map(|r| Ok((HolderId(r.int(0)?), CardId(r.int(1)?), r.text(2)?.to_owned()))).collect()
    }

    /// The sums of the sixteen parts of each range of a bank's places (see `place_of`): a range is its first place and its
    /// size, a power of sixteen.
    pub async fn mirror_sums(
        &self,
        bank: &str,
        ranges: &[(i64, i64)],
    ) -> Result<Vec<[MirrorSums; 16]>, StoreError> {
        let query = |(from, size): &(i64, i64)| {
            let params = vec![bank.into(), (*from).into(), (from + size).into(), (size / 16).into()];
            Query::new(&sql::MIRROR_SUMS, params)
        };
        let answers = self.engine().read(ranges.iter().map(query).collect()).await?;
        let sums = |((from, size), rows): (&(i64, i64), Vec<Row>)| {
            let mut parts = [MirrorSums::default(); 16];
            for row in &rows {
                let part = usize::try_from(row.int(0)? - from / (size / 16)).unwrap_or(usize::MAX);
                if let Some(p) = parts.get_mut(part) {
                    *p = MirrorSums { cards: row.int(1)?, low: row.int(2)?, high: row.int(3)? };
                }
            }
            Ok(parts)
        };
        ranges.iter().zip(answers).map(sums).collect()
    }

    /// A bank's cards in some ranges of places: place, mirror, whose, which.
    pub async fn mirror_rows(
        &self,
        bank: &str,
        ranges: &[(i64, i64)],
    ) -> Result<Vec<(i64, i64, HolderId, CardId)>, StoreError> {
        let query = |(from, size): &(i64, i64)| {
            Query::new(&sql::MIRROR_ROWS, vec![bank.into(), (*from).into(), (from + size).into()])
        };
        let answers = self.engine().read(ranges.iter().map(query).collect()).await?;
        let row = |r: &Row| Ok((r.int(0)?, r.int(1)?, HolderId(r.int(2)?), CardId(r.int(3)?)));
        answers.iter().flatten().map(row).collect()
    }

    /// Stores an electronic material under a fresh identity.
    pub async fn put_material(&self, id: MaterialId, bytes: &[u8]) -> Result<(), CommitError> {
        let sealed = self.sealer().seal(&rows::place("material", id.0), bytes);
        self.engine()
            .transact(vec![Write::rows(&sql::MATERIAL_PUT, vec![vec![id.0.into(), sealed.into()]])])
            .await
    }

    /// One electronic material.
    pub async fn material(&self, id: MaterialId) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.engine().ask(&sql::MATERIAL_GET, vec![id.0.into()]).await?;
        let open = |r: &Row| rows::open_bytes(self.sealer(), "material", id.0, r.bytes(0)?);
        found.first().map(open).transpose()
    }

    /// Destroys an electronic material; the journal has said so before.
    pub async fn delete_material(&self, id: MaterialId) -> Result<(), CommitError> {
        self.engine().transact(vec![Write::one(&sql::MATERIAL_DELETE, vec![id.0.into()], None)]).await
    }

    /// Reserves `n` numbers of a counter and returns the first. Numbers reserved and not used are lost, never given
    /// twice.
    pub async fn reserve(&self, counter: &str, n: i64) -> Result<i64, StoreError> {
        let add = Write::rows(&sql::COUNTER_ADD, vec![vec![counter.into(), n.into()]]);
        self.engine().transact(vec![add]).await.map_err(|e| StoreError::Engine(e.to_string()))?;
        let rows = self.engine().ask(&sql::COUNTER_GET, vec![counter.into()]).await?;
        let last = rows.first().map_or(Ok(n), |r| r.int(0))?;
        Ok(last - n + 1)
    }
}
