//! The journal: its lines, their events, the proof of one line.

use crate::engine::{StoreError, StoredDataError};
use crate::journal::{self, Entry, Proof};
use crate::load::Subject;
use crate::rows::bound_to;
use crate::rows::journal::{Line, next_root};
use crate::sql;
use crate::store::Store;
use crate::table::{Columns, Questions};
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::facts::batch::BatchEvent;
use kaguan_domain::facts::blank::BlankEvent;
use kaguan_domain::facts::blank_order::BlankOrderEvent;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::institution::InstitutionEvent;
use kaguan_domain::facts::officer::DoorEvent;
use kaguan_domain::facts::unit::UnitEvent;
use kaguan_domain::ids::OfficerId;
use serde::de::DeserializeOwned;

/// Which lines of the journal; what is not said is any.
#[derive(Clone, Copy, Debug)]
pub struct LinesAsked<'a> {
    /// As [`Subject::text`] writes it.
    pub subject: Option<&'a str>,
    pub from: Instant,
    /// Before this moment.
    pub until: Instant,
    /// The verb's stable name.
    pub command: Option<&'a str>,
    /// As [`kaguan_domain::ctx::Actor::text`] writes it.
    pub actor: Option<&'a str>,
    pub outcome: Option<&'a str>,
    /// Any outcome but this.
    pub but: Option<&'a str>,
}

impl Store {
    /// Lines before one and from another on, newest first.
    pub async fn lines(
        &self,
        asked: &LinesAsked<'_>,
        before: i64,
        from: i64,
        limit: i64,
    ) -> Result<Vec<Line>, StoreError> {
        let LinesAsked { subject, from: since, until, command, actor, outcome, but } = *asked;
        let mut params = vec![
            before.into(),
            from.into(),
            since.0.into(),
            until.0.into(),
            command.into(),
            actor.into(),
            outcome.into(),
            but.into(),
            limit.into(),
        ];
        match subject {
            None => self.ask(&sql::LINES, params).await,
            Some(subject) => {
                params.push(subject.into());
                self.ask(&sql::LINES_ABOUT, params).await
            }
        }
    }

    /// What an officer did at the console from a moment on, before a line of it, newest first; with looks at files and batches, or without.
    pub async fn lines_of_officer(
        &self,
        officer: OfficerId,
        from: Instant,
        (at, seq): (Instant, i64),
        looks: bool,
        limit: i64,
    ) -> Result<Vec<Line>, StoreError> {
        let actor = Actor::Officer(officer).text();
        let params = vec![actor.into(), from.0.into(), at.0.into(), seq.into(), limit.into()];
        let statement = if looks { &sql::LINES_OF_OFFICER } else { &sql::ledger::DONE_BY_OFFICER };
        self.ask(statement, params).await
    }

    /// The number of the last line; 0 of an empty journal.
    pub async fn last_line(&self) -> Result<i64, StoreError> {
        Ok(self.ask(&sql::LINE_LAST, Vec::new()).await?.pop().map_or(0, |line| line.seq))
    }

    /// The number of the first line of a time, found by halving: lines stand in the order in which they were written, and the rows
    /// of one file have the time of their file, so that it is exact to the length of an import.
    pub async fn first_line_at(&self, at: Instant) -> Result<i64, StoreError> {
        let (mut low, mut high) = (1, self.last_line().await? + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let found = self.ask(&sql::LINE_TIME, vec![middle.into()]).await?.pop();
            if found.is_none_or(|line| line.at >= at) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(low)
    }

    /// Every event of the institution room, in order.
    pub async fn institution_events(&self) -> Result<Vec<InstitutionEvent>, StoreError> {
        let mut asked = Questions::default();
        let rows = asked.ask(&sql::INSTITUTION_GET, Vec::new());
        let writer = asked.ask(&sql::WRITER_GET, Vec::new());
        let mut answers = asked.answered(self).await?;
        let (rows, writer) = (answers.take(rows)?, answers.take(writer)?.pop());
        let (mut events, mut root) = (Vec::with_capacity(rows.len()), None);
        for row in &rows {
            let plain = row.event(self.sealer())?;
            root = Some(next_root(root, row.seq, &plain));
            events.push(row.parse("body", &plain)?);
        }
        // Each row is vouched for; that none is missing, and none of them older than it says, the writer's row says.
        match writer {
            Some(w) if (w.institutions, w.institution_root) == (rows.len() as i64, root) => Ok(events),
            _ => Err(StoredDataError {
                table: "institution_event",
                column: "seq",
                row: format!("all {}", rows.len()),
                why: "rows were taken out, or put back: their digest is not the writer's".into(),
            }
            .into()),
        }
    }

    /// The latest journal lines of a subject.
    pub async fn entries_of(&self, subject: Subject, limit: i64) -> Result<Vec<Entry>, StoreError> {
        self.entries_before(subject, i64::MAX, limit).await
    }

    /// The latest lines of a subject of one verb that was done.
    pub async fn entries_doing(
        &self,
        subject: Subject,
        command: &str,
        limit: i64,
    ) -> Result<Vec<Entry>, StoreError> {
        let params = vec![subject.text().into(), command.into(), limit.into()];
        self.ask(&sql::ENTRY_OF_SUBJECT_DOING, params).await
    }

    /// The latest journal lines of a subject before one of them.
    pub async fn entries_before(
        &self,
        subject: Subject,
        before: i64,
        limit: i64,
    ) -> Result<Vec<Entry>, StoreError> {
        self.ask(&sql::ENTRY_OF_SUBJECT, vec![subject.text().into(), before.into(), limit.into()]).await
    }

    /// The latest journal lines about institutions of one verb, before one of them.
    pub async fn institution_entries(
        &self,
        command: &str,
        before: i64,
        limit: i64,
    ) -> Result<Vec<Entry>, StoreError> {
        let params = vec![command.into(), before.into(), limit.into()];
        self.ask(&sql::ENTRY_OF_INSTITUTION, params).await
    }

    /// The verbs of all such lines, by their stable names.
    pub async fn institution_verbs(&self) -> Result<Vec<String>, StoreError> {
        let found = self.ask(&sql::INSTITUTION_VERBS, Vec::new()).await?;
        Ok(found.into_iter().map(|row| row.command).collect())
    }

    /// Journal lines of one verb that was done, from one on.
    pub async fn entries_of_command(
        &self,
        command: &str,
        from: i64,
        limit: i64,
    ) -> Result<Vec<Entry>, StoreError> {
        self.ask(&sql::ENTRY_OF_COMMAND, vec![command.into(), from.into(), limit.into()]).await
    }

    /// 上门核验登记 from a moment on, oldest first.
    pub async fn visits_since(&self, from: Instant, limit: i64) -> Result<Vec<Entry>, StoreError> {
        self.ask(&sql::ENTRY_OF_VISITS, vec![from.0.into(), limit.into()]).await
    }

    /// 提出限制 from a moment on, newest first.
    pub async fn restrictions_since(&self, from: Instant, limit: i64) -> Result<Vec<Entry>, StoreError> {
        self.ask(&sql::ENTRY_OF_RESTRICTIONS, vec![from.0.into(), limit.into()]).await
    }

    /// What registers said of deaths, from a moment on, newest first.
    pub(crate) async fn deaths_since(&self, from: Instant, limit: i64) -> Result<Vec<Entry>, StoreError> {
        self.ask(&sql::ENTRY_OF_DEATHS, vec![from.0.into(), limit.into()]).await
    }

    /// 变更服务银行预约 from a moment on, newest first.
    pub async fn bank_changes_since(&self, from: Instant, limit: i64) -> Result<Vec<Entry>, StoreError> {
        self.ask(&sql::ENTRY_OF_BANK_CHANGES, vec![from.0.into(), limit.into()]).await
    }

    /// Journal lines from one on.
    pub async fn entries_from(&self, seq: i64, limit: i64) -> Result<Vec<Entry>, StoreError> {
        self.ask(&sql::ENTRY_FROM, vec![seq.into(), limit.into()]).await
    }

    /// Some journal lines, by their numbers, in no order; of a number that no line has there is none.
    pub async fn entries_at(&self, lines: Vec<i64>) -> Result<Vec<Entry>, StoreError> {
        if lines.is_empty() {
            return Ok(Vec::new());
        }
        self.ask(&sql::ENTRY_AT, vec![lines.into()]).await
    }

    fn events<T: DeserializeOwned>(&self, e: &Entry) -> Result<Vec<T>, StoreError> {
        if !e.personal {
            return e.parse("events", &e.events);
        }
        let opened = e.open(self.sealer(), "events", &bound_to("journal", e.seq), &e.events)?;
        e.parse("events", &opened)
    }

    /// The events of a holder's line.
    pub fn holder_events(&self, e: &Entry) -> Result<Vec<HolderEvent>, StoreError> {
        self.events(e)
    }

    /// The events of a batch's line.
    pub fn batch_events(&self, e: &Entry) -> Result<Vec<BatchEvent>, StoreError> {
        self.events(e)
    }

    /// The events of a line about organisations and officers.
    pub fn institution_events_of(&self, e: &Entry) -> Result<Vec<InstitutionEvent>, StoreError> {
        self.events(e)
    }

    /// What a line says of somebody who came, went or tried to come in.
    pub fn door_events(&self, e: &Entry) -> Result<Vec<DoorEvent>, StoreError> {
        self.events(e)
    }

    /// The events of a unit application's line.
    pub fn unit_events(&self, e: &Entry) -> Result<Vec<UnitEvent>, StoreError> {
        self.events(e)
    }

    /// The events of a line about an order of pre-made cards.
    pub fn blank_order_events(&self, e: &Entry) -> Result<Vec<BlankOrderEvent>, StoreError> {
        self.events(e)
    }

    /// The events of a line about a pre-made card.
    pub fn blank_events(&self, e: &Entry) -> Result<Vec<BlankEvent>, StoreError> {
        self.events(e)
    }

    /// The proof of one line; `None` when there is no such line.
    pub async fn proof(&self, seq: i64) -> Result<Option<Proof>, StoreError> {
        let Some(row) = self.ask(&sql::BLOCK_OF_ENTRY, vec![seq.into()]).await?.pop() else {
            return Ok(None);
        };
        let (block, _, signature) = row.block();
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
}
