//! Who writes. One process does; as long as it does its name stands in the database, so that whoever wants to write too can
//! say who holds the writing. Taking over never waits: the epoch fences whoever wrote before.

use crate::engine::{CommitError, StoreError, StoredDataError, Write};
use crate::rows::papers::MetaRow;
use crate::sql;
use crate::store::{Head, OpenError, Store};
use crate::table::Questions;
use kaguan_domain::ctx::Instant;
use serde::{Deserialize, Serialize};

/// A process that writes, by the name under which it took over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Writer {
    /// The machine's name.
    pub host: String,
    /// Its data directory, an absolute path.
    pub directory: String,
    /// Its number on that machine.
    pub process: u32,
    /// Its command, such as `kaguan serve`.
    pub command: String,
    /// When it took over.
    pub since: Instant,
}

/// How a database stands before it is taken over.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Raised by every taking over.
    pub epoch: i64,
    /// Lines in the journal: with none nothing was ever done here.
    pub entries: i64,
    /// Who writes, or was killed while it did; nobody when the last one ended by itself.
    pub writer: Option<Writer>,
}

/// Where the writer's name stands in meta.
const WRITER: &str = "writer";

impl Store {
    /// How the database stands; `None` when it has no tables of ours yet.
    pub async fn standing(&self) -> Result<Option<Standing>, StoreError> {
        if !self.engine().has_table("writer").await? {
            return Ok(None);
        }
        let plain = self.ask(&sql::WRITER_PLAIN, Vec::new()).await?.pop();
        let mut head = plain.ok_or_else(|| StoreError::Engine("the writer's row is not there".into()))?;
        match self.is_tagged().await {
            Ok(true) => {
                let now = self.stored_head().await?;
                (head.epoch, head.entry_seq) = (now.epoch, now.entry_seq);
            }
            // A schema that cannot be read is refused by whoever migrates it; how the database stands is said all the same.
            Ok(false) | Err(StoreError::Data(_)) => {}
            Err(e) => return Err(e),
        }
        let name = self.ask(&sql::META_PLAIN, vec![WRITER.into()]).await?.pop();
        let writer = match name.map(|row| row.value) {
            None => None,
            Some(text) => Some(serde_json::from_str(&text).map_err(|e| StoredDataError {
                table: "meta",
                column: "value",
                row: WRITER.into(),
                why: e.to_string(),
            })?),
        };
        Ok(Some(Standing { epoch: head.epoch, entries: head.entry_seq, writer }))
    }

    /// Takes over writing, whoever writes: from now on a process that wrote before is fenced, its next commit fails.
    ///
    /// Returns the epoch.
    pub async fn take_over(&self) -> Result<i64, OpenError> {
        let before = self.stored_head().await?;
        let nobody = Write::one(&sql::META_DELETE, vec![WRITER.into()], None);
        self.take(before.epoch, nobody).await
    }

    /// Takes over writing under a name, unless another has since the database stood at an epoch.
    pub async fn take_over_as(&self, writer: &Writer, epoch: i64) -> Result<i64, OpenError> {
        let name = serde_json::to_string(writer).map_err(|e| StoreError::Engine(e.to_string()))?;
        self.take(epoch, sql::META_PUT.rows(self.keys(), [MetaRow { name: WRITER.into(), value: name }]))
            .await
    }

    async fn take(&self, epoch: i64, name: Write) -> Result<i64, OpenError> {
        loop {
            let before = self.stored_head().await?;
            let now = Head { epoch: epoch + 1, ..before.clone() };
            let take = sql::WRITER_TAKE.one(self.keys(), &before, now.clone(), true);
            if before.epoch != epoch {
                return Err(CommitError::Guard { statement: sql::WRITER_TAKE.sql.name }.into());
            }
            match self.engine().transact(vec![take, name.clone()]).await {
                Ok(()) => {
                    let epoch = now.epoch;
                    *self.head() = Some(now);
                    return Ok(epoch);
                }
                // A commit of the process that is to be fenced came between.
                Err(CommitError::Guard { .. }) => {}
                Err(e) => return Err(e.into()),
            }
        }
    }

    /// Ends writing: the name is taken away, unless another has taken over.
    pub async fn lay_down(&self) -> Result<(), OpenError> {
        let Some(Head { epoch, .. }) = self.head().take() else { return Ok(()) };
        let leave = Write::one(&sql::WRITER_LEAVE, vec![WRITER.into(), epoch.into()], None);
        Ok(self.engine().transact(vec![leave]).await?)
    }

    pub(crate) async fn stored_head(&self) -> Result<Head, StoreError> {
        let mut asked = Questions::default();
        let writer = asked.ask(&sql::WRITER_GET, Vec::new());
        let last = asked.ask(&sql::BLOCK_LAST, Vec::new());
        let mut answers = asked.answered(self).await?;
        let (found, last) = (answers.take(writer)?.pop(), answers.take(last)?.pop());
        let head = found.ok_or_else(|| StoreError::Engine("the writer's row is not there".into()))?;
        let end = last.map_or((0, [0; 32]), |block| (block.seq, block.hash));
        if end != (head.block_seq, head.block_hash) {
            let why =
                "the last block of the journal is another: one of them was put back or taken out".into();
            return Err(
                StoredDataError { table: "writer", column: "block_hash", row: "id 1".into(), why }.into()
            );
        }
        Ok(head)
    }
}
