//! Who is signed in, and who tried to be: written beside the commits, and in no journal. A session is known by the digest of
//! its token, a try by blind indexes: neither a token nor a name stands in the database.

use crate::engine::{CommitError, StoreError, Write};
use crate::keys::KeyRing;
use crate::rows::sessions::{SessionRow, TryRow};
use crate::sql;
use crate::store::Store;
use kaguan_domain::ctx::Instant;
use kaguan_domain::ids::OfficerId;

/// A session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Session {
    /// Of its token.
    pub digest: [u8; 32],
    pub officer: OfficerId,
    /// The officer's at sign-in.
    pub epoch: i64,
    pub made: Instant,
    /// When it was last used; in the store up to a minute earlier.
    pub last: Instant,
    /// When the password was last given.
    pub reauth_at: Instant,
    /// Whether all that is asked for was given; otherwise it opens nothing but the question for the second factor.
    pub whole: bool,
}

/// What is known of tries under one index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tries {
    /// Of a name, an address, or both.
    pub digest: [u8; 32],
    /// Since the last success.
    pub tries: i64,
    /// The last one.
    pub at: Instant,
    /// The last success; 0 for never.
    pub good_at: Instant,
}

impl From<Session> for SessionRow {
    fn from(s: Session) -> Self {
        let Session { digest: token_digest, officer, epoch, made, last, reauth_at, whole } = s;
        Self { token_digest, officer, epoch, made, last, reauth_at, whole }
    }
}

impl From<SessionRow> for Session {
    fn from(s: SessionRow) -> Self {
        let SessionRow { token_digest: digest, officer, epoch, made, last, reauth_at, whole } = s;
        Self { digest, officer, epoch, made, last, reauth_at, whole }
    }
}

fn put(keys: &KeyRing, tries: Vec<Tries>) -> Write {
    let row = |Tries { digest, tries, at, good_at }| TryRow { digest, tries, at, good_at };
    sql::TRY_PUT.rows(keys, tries.into_iter().map(row))
}

impl Store {
    /// The session of a token's digest, whether or not it has ended since.
    pub async fn session(&self, digest: [u8; 32]) -> Result<Option<Session>, StoreError> {
        Ok(self.ask(&sql::SESSION_GET, vec![digest.into()]).await?.pop().map(Session::from))
    }

    /// Those of an officer, whether or not they have ended since.
    pub async fn sessions_of(&self, officer: OfficerId) -> Result<Vec<Session>, StoreError> {
        Ok(self
            .ask(&sql::SESSIONS_OF, vec![officer.0.into()])
            .await?
            .into_iter()
            .map(Session::from)
            .collect())
    }

    /// A session begins, and what is known of tries changes with it.
    pub async fn begin_session(&self, session: Session, tries: Vec<Tries>) -> Result<(), CommitError> {
        let mut writes = vec![sql::SESSION_PUT.rows(self.keys(), [session.into()])];
        writes.extend(Some(tries).filter(|t| !t.is_empty()).map(|t| put(self.keys(), t)));
        self.engine().transact(writes).await
    }

    /// Records when a session was last used, and when the password was last given in it.
    pub async fn touch_session(&self, s: &Session) -> Result<(), CommitError> {
        let found =
            self.ask(&sql::SESSION_GET, vec![s.digest.into()]).await.map_err(CommitError::read)?.pop();
        let Some(old) = found else { return Ok(()) };
        let new = SessionRow { last: s.last, reauth_at: s.reauth_at, ..old.clone() };
        self.engine().transact(vec![sql::SESSION_TOUCH.one(self.keys(), &old, new, false)]).await
    }

    /// A session ends.
    pub async fn end_session(&self, digest: [u8; 32]) -> Result<(), CommitError> {
        let answers = Write::one(&sql::ANSWER_END, vec![digest.into()], None);
        let session = Write::one(&sql::SESSION_END, vec![digest.into()], None);
        self.engine().transact(vec![answers, session]).await
    }

    /// What is known of tries under some indexes, in their order; nothing is no try.
    pub async fn tries<const N: usize>(&self, digests: [[u8; 32]; N]) -> Result<[Tries; N], StoreError> {
        let wanted = digests.iter().map(|d| d.to_vec()).collect::<Vec<_>>();
        let found = self.ask(&sql::TRY_GET, vec![wanted.into()]).await?;
        Ok(digests.map(|digest| {
            let none = Tries { digest, tries: 0, at: Instant(0), good_at: Instant(0) };
            let known = |row: &TryRow| Tries { tries: row.tries, at: row.at, good_at: row.good_at, ..none };
            found.iter().find(|row| row.digest == digest).map_or(none, known)
        }))
    }

    /// Records tries.
    pub async fn put_tries(&self, tries: Vec<Tries>) -> Result<(), CommitError> {
        self.engine().transact(vec![put(self.keys(), tries)]).await
    }

    /// Forgets sessions that are too old, and tries that count no more.
    pub async fn clear_sign_ins(
        &self,
        made_before: Instant,
        tried_before: Instant,
        good_before: Instant,
    ) -> Result<(), CommitError> {
        let sessions = vec![made_before.0.into()];
        let tries = vec![tried_before.0.into(), good_before.0.into()];
        let clear =
            vec![Write::one(&sql::SESSION_CLEAR, sessions, None), Write::one(&sql::TRY_CLEAR, tries, None)];
        self.engine().transact(clear).await
    }
}
