//! 动态口令: the secrets by which officers' second factors are checked, sealed, and their recovery codes as blind indexes. Written beside
//! the commits; which of them holds is said by the journal.

use crate::engine::{CommitError, StoreError, Write};
use crate::rows::bound_to;
use crate::rows::sessions::{FactorRow, RecoveryRow};
use crate::sql;
use crate::store::Store;
use crate::table::{Columns, Sealed};
use kaguan_domain::ctx::Instant;
use kaguan_domain::ids::OfficerId;

/// A second factor. It shows nothing of its secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SecondFactor {
    pub id: i64,
    pub officer: OfficerId,
    pub made: Instant,
    /// The last step of thirty seconds of which a code was taken; 0 for none.
    pub last_step: i64,
    pub secret: Vec<u8>,
}

impl Store {
    /// The second factors of an officer, the latest first: the one that holds, and one that was shown and is not proved yet.
    pub async fn second_factors(&self, officer: OfficerId) -> Result<Vec<SecondFactor>, StoreError> {
        let rows = self.ask(&sql::FACTOR_OF, vec![officer.0.into()]).await?;
        let open = |row: FactorRow| {
            let secret =
                row.open(self.sealer(), "secret", &bound_to("second_factor", row.factor_id), &row.secret)?;
            let FactorRow { factor_id: id, officer, made, last_step, .. } = row;
            Ok(SecondFactor { id, officer, made, last_step, secret })
        };
        rows.into_iter().map(open).collect()
    }

    /// Keeps a new one, and of those before only the one that holds.
    pub async fn put_second_factor(&self, f: &SecondFactor, holds: Option<i64>) -> Result<(), CommitError> {
        let secret = Sealed(self.sealer().seal(&bound_to("second_factor", f.id), &f.secret));
        let SecondFactor { id: factor_id, officer, made, last_step, .. } = *f;
        let row = FactorRow { factor_id, officer, made, last_step, secret };
        let mut writes = keep(officer, holds.unwrap_or(0));
        writes.push(sql::FACTOR_PUT.rows(self.keys(), [row]));
        self.engine().transact(writes).await
    }

    /// A code of this step was taken.
    pub async fn take_step(&self, factor: i64, step: i64) -> Result<(), CommitError> {
        let found = self.ask(&sql::FACTOR_GET, vec![factor.into()]).await.map_err(CommitError::read)?.pop();
        let Some(old) = found else { return Ok(()) };
        let new = FactorRow { last_step: step, ..old.clone() };
        // Of two who take a code at once only one has it.
        self.engine().transact(vec![sql::FACTOR_STEP.one(self.keys(), &old, new, true)]).await
    }

    /// Of an officer only one second factor stays; none for 0.
    pub async fn keep_second_factor(&self, officer: OfficerId, factor: i64) -> Result<(), CommitError> {
        self.engine().transact(keep(officer, factor)).await
    }

    /// Keeps the digests of recovery codes.
    pub async fn put_recovery_codes(&self, factor: i64, digests: &[[u8; 32]]) -> Result<(), CommitError> {
        let row = |digest: &[u8; 32]| RecoveryRow { factor_id: factor, digest: *digest };
        self.engine().transact(vec![sql::RECOVERY_PUT.rows(self.keys(), digests.iter().map(row))]).await
    }

    /// The digests of the recovery codes that nobody has used.
    pub async fn recovery_codes(&self, factor: i64) -> Result<Vec<[u8; 32]>, StoreError> {
        let rows = self.ask(&sql::RECOVERY_OF, vec![factor.into()]).await?;
        Ok(rows.into_iter().map(|row| row.digest).collect())
    }

    /// One of them was used.
    pub async fn end_recovery_code(&self, factor: i64, digest: [u8; 32]) -> Result<(), CommitError> {
        let used = Write::one(&sql::RECOVERY_END, vec![factor.into(), digest.into()], None);
        self.engine().transact(vec![used]).await
    }
}

fn keep(officer: OfficerId, factor: i64) -> Vec<Write> {
    let params = || vec![officer.0.into(), factor.into()];
    vec![Write::one(&sql::RECOVERY_KEEP, params(), None), Write::one(&sql::FACTOR_KEEP, params(), None)]
}
