//! 业务台账: what offices did, as the journal says it.

use crate::engine::{Param, StoreError};
use crate::journal::DONE;
use crate::rows::journal::Line;
use crate::sql;
use crate::store::Store;
use kaguan_domain::ctx::Instant;

/// Whose lines, and which.
#[derive(Clone, Copy, Debug)]
pub struct LedgerAsked<'a> {
    /// Whoever did something, as [`kaguan_domain::ctx::Actor::text`] writes them: officers and machines.
    pub actors: &'a [String],
    /// Stable names of verbs.
    pub commands: &'a [String],
    /// What was refused, or what was done; `None` is both.
    pub refused: Option<bool>,
}

impl Store {
    /// What some did from a moment on, before a line, newest first; at most so many.
    pub async fn lines_of_offices(
        &self,
        asked: &LedgerAsked<'_>,
        from: Instant,
        (at, seq): (Instant, i64),
        limit: i64,
    ) -> Result<Vec<Line>, StoreError> {
        let outcome = |of: bool| Param::from(asked.refused.filter(|refused| *refused == of).map(|_| DONE));
        let params = vec![
            asked.actors.to_vec().into(),
            from.0.into(),
            at.0.into(),
            seq.into(),
            limit.into(),
            asked.commands.to_vec().into(),
            outcome(false),
            outcome(true),
        ];
        self.ask(&sql::ledger::LEDGER, params).await
    }
}
