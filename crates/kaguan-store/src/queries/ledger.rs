//! 业务台账: what offices did, as the journal says it.

use crate::engine::{Param, StoreError};
use crate::journal::DONE;
use crate::rows::journal::Line;
use crate::sql;
use crate::store::Store;
use crate::table::Questions;
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
    /// What some did from a moment on, before a line, newest first; at most so many. Both questions of it are answered in one round trip.
    pub async fn lines_of_offices(
        &self,
        asked: &LedgerAsked<'_>,
        from: Instant,
        (at, seq): (Instant, i64),
        limit: i64,
    ) -> Result<Vec<Line>, StoreError> {
        let outcome = |of: bool| Param::from(asked.refused.filter(|refused| *refused == of).map(|_| DONE));
        let params = || {
            vec![
                asked.actors.to_vec().into(),
                from.0.into(),
                at.0.into(),
                seq.into(),
                asked.commands.to_vec().into(),
                outcome(false),
                outcome(true),
                limit.into(),
            ]
        };
        let mut questions = Questions::default();
        let at_console = questions.ask(&sql::ledger::LEDGER_AT_CONSOLE, params());
        let elsewhere = questions.ask(&sql::ledger::LEDGER_ELSEWHERE, params());
        let mut answers = questions.answered(self).await?;
        let mut lines = answers.take(at_console)?;
        lines.extend(answers.take(elsewhere)?);
        lines.sort_by_key(|line| std::cmp::Reverse((line.at, line.seq)));
        lines.truncate(usize::try_from(limit).unwrap_or_default());
        Ok(lines)
    }
}
