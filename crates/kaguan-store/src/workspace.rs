//! What officers have in work, written beside the commits and in no journal: the first answer to each form, which a second press
//! shows again, and forms that are not sent yet. Both may name people, so both are sealed.

use crate::engine::{CommitError, StoreError, Write};
use crate::rows::bound_to;
use crate::rows::workspace::{AnswerRow, DraftRow};
use crate::sql;
use crate::store::Store;
use crate::table::{Columns, Sealed};
use kaguan_domain::ctx::Instant;
use kaguan_domain::ids::OfficerId;

/// So many answers of one session are kept, and so many drafts of one officer.
const ANSWERS: i64 = 24;
const DRAFTS: i64 = 50;

/// The answer to a form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Of the form's token and its session's.
    pub form: [u8; 32],
    pub session: [u8; 32],
    pub at: Instant,
    pub body: Vec<u8>,
}

/// A form in work.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Draft {
    pub id: i64,
    pub officer: OfficerId,
    /// The address that it is sent to; it names nobody.
    pub form: String,
    /// What the address asked of the lists on the page of the form, as it stands behind `?`; empty when nothing. It names nobody, either.
    pub asks: String,
    pub at: Instant,
    pub body: Vec<u8>,
}

impl Store {
    /// The first answer to a form.
    pub async fn answer(&self, form: [u8; 32]) -> Result<Option<Answer>, StoreError> {
        let Some(row) = self.ask(&sql::ANSWER_GET, vec![form.into()]).await?.pop() else { return Ok(None) };
        let body = row.open(self.sealer(), "body", &bound_to("form_answer", hex::encode(form)), &row.body)?;
        Ok(Some(Answer { form, session: row.session_digest, at: row.at, body }))
    }

    /// Keeps an answer, and only the latest of its session.
    pub async fn put_answer(&self, a: &Answer) -> Result<(), CommitError> {
        let body = Sealed(self.sealer().seal(&bound_to("form_answer", hex::encode(a.form)), &a.body));
        let row = AnswerRow { form_digest: a.form, session_digest: a.session, at: a.at, body };
        let trim =
            Write::one(&sql::ANSWER_TRIM, vec![a.session.into(), (ANSWERS - 1).into(), a.form.into()], None);
        self.engine().transact(vec![sql::ANSWER_PUT.rows(self.keys(), [row]), trim]).await
    }

    /// Keeps a form in work, and only the latest of its officer.
    pub async fn put_draft(&self, d: &Draft) -> Result<(), CommitError> {
        let body = Sealed(self.sealer().seal(&bound_to("draft", d.id), &d.body));
        let form = if d.asks.is_empty() { d.form.clone() } else { format!("{}?{}", d.form, d.asks) };
        let row = DraftRow { draft_id: d.id, officer: d.officer, form, at: d.at, body };
        let trim =
            Write::one(&sql::DRAFT_TRIM, vec![d.officer.0.into(), (DRAFTS - 1).into(), d.id.into()], None);
        self.engine().transact(vec![sql::DRAFT_PUT.rows(self.keys(), [row]), trim]).await
    }

    /// A form that an officer has in work; another's is none.
    pub async fn draft(&self, id: i64, officer: OfficerId) -> Result<Option<Draft>, StoreError> {
        let found = self.ask(&sql::DRAFT_GET, vec![id.into(), officer.0.into()]).await?.pop();
        found.map(|row| self.opened_draft(row)).transpose()
    }

    fn opened_draft(&self, row: DraftRow) -> Result<Draft, StoreError> {
        let body = row.open(self.sealer(), "body", &bound_to("draft", row.draft_id), &row.body)?;
        let (form, asks) = row.form.split_once('?').unwrap_or((&row.form, ""));
        let (form, asks) = (form.to_owned(), asks.to_owned());
        Ok(Draft { id: row.draft_id, officer: row.officer, form, asks, at: row.at, body })
    }

    /// The forms that an officer has in work, the latest first.
    pub async fn drafts(&self, officer: OfficerId) -> Result<Vec<Draft>, StoreError> {
        let rows = self.ask(&sql::DRAFT_LIST, vec![officer.0.into(), DRAFTS.into()]).await?;
        rows.into_iter().map(|row| self.opened_draft(row)).collect()
    }

    /// A form is done with, or given up.
    pub async fn end_draft(&self, id: i64, officer: OfficerId) -> Result<(), CommitError> {
        let end = Write::one(&sql::DRAFT_END, vec![id.into(), officer.0.into()], None);
        self.engine().transact(vec![end]).await
    }

    /// Forgets answers and drafts that are too old.
    pub async fn clear_workspace(&self, answers: Instant, drafts: Instant) -> Result<(), CommitError> {
        let answers = Write::one(&sql::ANSWER_CLEAR, vec![answers.0.into()], None);
        let drafts = Write::one(&sql::DRAFT_CLEAR, vec![drafts.0.into()], None);
        self.engine().transact(vec![answers, drafts]).await
    }
}
