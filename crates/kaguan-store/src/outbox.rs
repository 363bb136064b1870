//! The outbox: messages to partners, from the commit that makes them to their delivery, and the dead letters.

use crate::engine::{CommitError, Param, StoreError, Write};
use crate::rows::bound_to;
use crate::rows::messages::{AttemptRow, MessageRow};
use crate::sql;
use crate::store::Store;
use crate::table::{Ask, Columns, Sealed, Swap, named};
use kaguan_domain::ctx::Instant;

/// What has become of a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum MessageState {
    /// Waits for its next attempt, or to be fetched.
    Waiting,
    /// The partner has it.
    Delivered,
    /// 死信: given up, for staff.
    Dead,
    /// A dead letter that staff have settled.
    Settled,
}

named! { MessageState }

impl MessageState {
    /// Every state, for reading stored names.
    pub const ALL: &[Self] = &[Self::Waiting, Self::Delivered, Self::Dead, Self::Settled];

    /// The stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
            Self::Settled => "settled",
        }
    }

    /// Reads a stable name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.code() == code)
    }

    /// Whether its body is still needed: what a partner has, or nobody sends any more, loses it.
    fn keeps_body(self) -> bool {
        match self {
            Self::Waiting | Self::Dead => true,
            Self::Delivered | Self::Settled => false,
        }
    }
}

/// Which messages, or which attempts; what is not chosen is any.
#[derive(Clone, Default, Debug)]
pub struct SentChosen {
    /// As messages are addressed: `bank:95588`, `sms`.
    pub partner: Option<String>,
    /// Its stable name, as a message has it.
    pub kind: Option<String>,
    /// Of attempts alone.
    pub outcome: Option<AttemptOutcome>,
}

/// What came of an attempt to bring a message to its partner.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AttemptOutcome {
    /// The partner has it.
    Taken,
    /// It is tried again.
    Later,
    /// The partner calls it wrong, or three days are over: it is not tried again.
    GivenUp,
}

named! { AttemptOutcome }

impl AttemptOutcome {
    /// Every outcome, for reading stored names.
    pub const ALL: &[Self] = &[Self::Taken, Self::Later, Self::GivenUp];

    /// The stable name, as partners read it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Later => "later",
            Self::GivenUp => "given_up",
        }
    }

    /// Reads a stable name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|outcome| outcome.code() == code)
    }

    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Taken => "已送达",
            Self::Later => "未送达，再试",
            Self::GivenUp => "不再发送",
        }
    }
}

/// An attempt to bring a message to its partner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attempt {
    /// Identity; later ones are greater.
    pub id: i64,
    pub partner: String,
    pub at: Instant,
    /// The message, which is the key that it went under.
    pub message: i64,
    pub kind: String,
    /// The how manieth it was for this message; the first is 1.
    pub number: i64,
    /// Milliseconds until it was known what came of it.
    pub took: i64,
    pub outcome: AttemptOutcome,
    /// What came back, in a few words: a status, or why there was none. It names nobody.
    pub said: String,
    /// When it is tried again.
    pub next: Option<Instant>,
}

impl Attempt {
    fn row(self) -> AttemptRow {
        let Self { id, partner, at, message, kind, number, took, outcome, said, next } = self;
        AttemptRow {
            attempt_id: id,
            partner,
            at,
            message_id: message,
            kind,
            number,
            took,
            outcome,
            said,
            next_at: next,
        }
    }

    fn of(row: AttemptRow) -> Self {
        let AttemptRow { attempt_id, partner, at, message_id, kind, number, took, outcome, said, next_at } =
            row;
        Self {
            id: attempt_id,
            partner,
            at,
            message: message_id,
            kind,
            number,
            took,
            outcome,
            said,
            next: next_at,
        }
    }
}

/// So many attempts with one partner are kept.
const ATTEMPTS: i64 = 1_000;

/// A message, opened.
#[derive(Clone, Debug)]
pub struct OutboxRow {
    pub id: i64,
    pub partner: String,
    pub kind: String,
    pub subject: String,
    /// The body, opened.
    pub body: Vec<u8>,
    /// Attempts so far.
    pub attempts: i64,
    /// When it was made.
    pub made_at: Instant,
    /// As it was read.
    row: MessageRow,
}

impl Store {
    fn message_body(&self, id: i64, body: &[u8]) -> Sealed {
        Sealed(self.sealer().seal(&bound_to("outbox", id), body))
    }

    /// Changes messages that are in a state, each as long as it is as it was read; others are left alone. With `must` all or
    /// none.
    async fn change_messages(
        &self,
        sql: &'static Swap<MessageRow>,
        ids: &[i64],
        of: impl Fn(&MessageRow) -> Option<MessageRow>,
        must: bool,
    ) -> Result<(), CommitError> {
        let found = self.ask(&sql::OUTBOX_GET, vec![ids.to_vec().into()]).await.map_err(CommitError::read)?;
        let swap = |old: &MessageRow| Some(sql.one(self.keys(), old, of(old)?, must));
        let swaps: Vec<_> = found.iter().filter_map(swap).collect();
        if must && swaps.len() != ids.len() {
            return Err(CommitError::Guard { statement: sql.sql.name });
        }
        self.engine().transact(swaps).await
    }

    async fn messages(
        &self,
        sql: &'static Ask<MessageRow>,
        params: Vec<Param>,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let open = |row: MessageRow| {
            let body = row.open(self.sealer(), "body", &bound_to("outbox", row.message_id), &row.body)?;
            let MessageRow { message_id: id, partner, kind, subject, attempts, made_at, .. } = row.clone();
            Ok(OutboxRow { id, partner, kind, subject, body, attempts, made_at, row })
        };
        self.ask(sql, params).await?.into_iter().map(open).collect()
    }

    /// To whom something is due.
    pub async fn outbox_partners(&self, now: Instant) -> Result<Vec<String>, StoreError> {
        let found = self.ask(&sql::OUTBOX_PARTNERS, vec![now.0.into()]).await?;
        Ok(found.into_iter().map(|row| row.partner).collect())
    }

    /// Messages of one partner that are due.
    pub async fn outbox_due(
        &self,
        partner: &str,
        now: Instant,
        limit: i64,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        self.messages(&sql::OUTBOX_DUE, vec![now.0.into(), limit.into(), partner.into()]).await
    }

    /// Messages that wait for one partner, after one of them, for partners that fetch them.
    pub async fn outbox_waiting(
        &self,
        partner: &str,
        after: i64,
        limit: i64,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        self.messages(&sql::OUTBOX_WAITING, vec![partner.into(), after.into(), limit.into()]).await
    }

    /// Messages by partner and state.
    pub async fn outbox_counts(&self) -> Result<Vec<(String, MessageState, i64)>, StoreError> {
        let found = self.ask(&sql::OUTBOX_COUNTS, Vec::new()).await?;
        Ok(found.into_iter().map(|row| (row.partner, row.state, row.n)).collect())
    }

    /// What waits for each partner, and what was given up: how many, and when the oldest was made.
    pub async fn outbox_standing(&self) -> Result<Vec<(String, MessageState, i64, Instant)>, StoreError> {
        let found = self.ask(&sql::OUTBOX_STANDING, Vec::new()).await?;
        Ok(found.into_iter().map(|row| (row.partner, row.state, row.n, row.oldest)).collect())
    }

    /// Messages given up: the dead letters.
    pub async fn outbox_dead(&self, limit: i64) -> Result<Vec<OutboxRow>, StoreError> {
        self.outbox_dead_after(&SentChosen::default(), 0, limit).await
    }

    /// Those that were chosen, after one of them.
    pub async fn outbox_dead_after(
        &self,
        chosen: &SentChosen,
        after: i64,
        limit: i64,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let SentChosen { partner, kind, outcome: _ } = chosen;
        let params = vec![after.into(), limit.into(), partner.as_deref().into(), kind.as_deref().into()];
        self.messages(&sql::OUTBOX_DEAD, params).await
    }

    /// One of the dead letters.
    pub async fn dead_letter(&self, id: i64) -> Result<Option<OutboxRow>, StoreError> {
        Ok(self.messages(&sql::OUTBOX_LETTER, vec![id.into()]).await?.pop())
    }

    /// Whether a later message about the same subject went to the same partner.
    pub async fn outbox_followed(&self, m: &OutboxRow) -> Result<bool, StoreError> {
        let params = vec![m.subject.as_str().into(), m.partner.as_str().into(), m.id.into()];
        Ok(!self.ask(&sql::OUTBOX_FOLLOWED, params).await?.is_empty())
    }

    /// What was tried with one partner, after one of them, oldest first.
    pub async fn attempts(&self, partner: &str, after: i64, most: i64) -> Result<Vec<Attempt>, StoreError> {
        let found = self.ask(&sql::ATTEMPT_LIST, vec![partner.into(), after.into(), most.into()]).await?;
        Ok(found.into_iter().map(Attempt::of).collect())
    }

    /// What was tried with anybody before one of them, as far as it was chosen, the latest first.
    pub async fn latest_attempts(
        &self,
        chosen: &SentChosen,
        before: i64,
        most: i64,
    ) -> Result<Vec<Attempt>, StoreError> {
        let SentChosen { partner, kind, outcome } = chosen;
        let outcome = outcome.map(AttemptOutcome::code);
        let mut params = vec![before.into(), most.into(), kind.as_deref().into()];
        // Each has an index that gives the latest first; of all together there are a thousand a partner at most.
        let question = match (partner, outcome) {
            (Some(partner), outcome) => {
                params.extend([outcome.into(), partner.as_str().into()]);
                &sql::ATTEMPT_LATEST_OF
            }
            (None, Some(outcome)) => {
                params.push(outcome.into());
                &sql::ATTEMPT_LATEST_CAME
            }
            (None, None) => &sql::ATTEMPT_LATEST,
        };
        Ok(self.ask(question, params).await?.into_iter().map(Attempt::of).collect())
    }

    /// Records attempts: delivered messages lose their body, others wait until their next time. Of each partner the latest attempts are
    /// kept.
    pub async fn outbox_settle(
        &self,
        done: Vec<(OutboxRow, MessageState, Instant)>,
        attempts: Vec<Attempt>,
    ) -> Result<(), CommitError> {
        let write = |(m, state, next): (OutboxRow, MessageState, Instant)| {
            let body: &[u8] = if state.keeps_body() { &m.body } else { b"" };
            let (body, attempts) = (self.message_body(m.id, body), m.row.attempts + 1);
            let new = MessageRow { state, attempts, next_at: next, body, ..m.row.clone() };
            sql::OUTBOX_SET.one(self.keys(), &m.row, new, false)
        };
        let mut writes: Vec<Write> = done.into_iter().map(write).collect();
        let mut partners: Vec<String> = attempts.iter().map(|a| a.partner.clone()).collect();
        partners.dedup();
        if !attempts.is_empty() {
            writes.push(sql::ATTEMPT_PUT.rows(self.keys(), attempts.into_iter().map(Attempt::row)));
        }
        let trim = |p: String| Write::one(&sql::ATTEMPT_TRIM, vec![p.into(), ATTEMPTS.into()], None);
        writes.extend(partners.into_iter().map(trim));
        self.engine().transact(writes).await
    }

    /// Records that a partner has fetched messages of its own; those of others, and those gone, are left alone.
    pub async fn outbox_taken(&self, partner: &str, ids: &[i64]) -> Result<(), CommitError> {
        let taken = |old: &MessageRow| {
            let (state, body) = (MessageState::Delivered, self.message_body(old.message_id, b""));
            let waits = old.partner == partner && old.state == MessageState::Waiting;
            waits.then(|| MessageRow { state, body, ..old.clone() })
        };
        self.change_messages(&sql::OUTBOX_TAKEN, ids, taken, false).await
    }

    /// A dead letter waits again.
    pub async fn send_dead_letter(&self, id: i64, now: Instant) -> Result<(), CommitError> {
        let again = |old: &MessageRow| {
            let state = MessageState::Waiting;
            let new = MessageRow { state, attempts: 0, next_at: now, made_at: now, ..old.clone() };
            (old.state == MessageState::Dead).then_some(new)
        };
        self.change_messages(&sql::OUTBOX_AGAIN, &[id], again, true).await
    }

    /// A dead letter is settled, and loses its body.
    pub async fn settle_dead_letter(&self, id: i64) -> Result<(), CommitError> {
        let settled = |old: &MessageRow| {
            let (state, body) = (MessageState::Settled, self.message_body(id, b""));
            (old.state == MessageState::Dead).then(|| MessageRow { state, body, ..old.clone() })
        };
        self.change_messages(&sql::OUTBOX_SETTLED, &[id], settled, true).await
    }
}
