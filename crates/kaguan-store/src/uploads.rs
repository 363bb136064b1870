//! What officers have uploaded, beside the commits and in no journal: what came of each file, its errors, and the rows that were
//! refused. All of it may name people, so all of it is sealed.

use crate::engine::{CommitError, StoreError, Write};
use crate::rows::bound_to;
use crate::rows::uploads::{UploadFileRow, UploadRow};
use crate::sql;
use crate::store::Store;
use crate::table::{Columns, Sealed};
use kaguan_domain::ctx::Instant;
use kaguan_domain::ids::{OfficerId, OrgId};

/// One upload; the body says what came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredUpload {
    pub id: i64,
    pub officer: OfficerId,
    /// The officer's office at the time.
    pub org: OrgId,
    pub at: Instant,
    pub body: Vec<u8>,
}

impl Store {
    fn opened(&self, row: UploadRow) -> Result<StoredUpload, StoreError> {
        let body = row.open(self.sealer(), "body", &bound_to("upload", row.upload_id), &row.body)?;
        Ok(StoredUpload { id: row.upload_id, officer: row.officer, org: row.org, at: row.at, body })
    }

    /// Keeps an upload, and what came of it in place of what was known before; with it files of it, each of another kind.
    pub async fn put_upload(&self, u: &StoredUpload, files: &[(&str, Vec<u8>)]) -> Result<(), CommitError> {
        let body = Sealed(self.sealer().seal(&bound_to("upload", u.id), &u.body));
        let row = UploadRow { upload_id: u.id, officer: u.officer, org: u.org, at: u.at, body };
        let mut writes = vec![sql::UPLOAD_PUT.rows(self.keys(), [row])];
        let one = |(kind, bytes): &(&str, Vec<u8>)| UploadFileRow {
            upload_id: u.id,
            kind: (*kind).to_owned(),
            at: u.at,
            body: Sealed(self.sealer().seal(&bound_to("upload_file", format!("{}/{kind}", u.id)), bytes)),
        };
        for file in files {
            writes.push(sql::UPLOAD_FILE_PUT.rows(self.keys(), [one(file)]));
        }
        self.engine().transact(writes).await
    }

    /// An upload of an office; another's is none.
    pub async fn upload(&self, id: i64, org: OrgId) -> Result<Option<StoredUpload>, StoreError> {
        let found = self.ask(&sql::UPLOAD_GET, vec![id.into(), org.0.into()]).await?.pop();
        found.map(|row| self.opened(row)).transpose()
    }

    /// The uploads of an office before one, which is told by its time and its identity; the latest first.
    pub async fn uploads(
        &self,
        org: OrgId,
        (at, id): (Instant, i64),
        limit: i64,
    ) -> Result<Vec<StoredUpload>, StoreError> {
        let params = vec![org.0.into(), limit.into(), at.0.into(), id.into()];
        let rows = self.ask(&sql::UPLOAD_LIST, params).await?;
        rows.into_iter().map(|row| self.opened(row)).collect()
    }

    /// A file of an upload; none once it is cleared away.
    pub async fn upload_file(&self, id: i64, kind: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.ask(&sql::UPLOAD_FILE_GET, vec![id.into(), kind.into()]).await?.pop();
        let Some(row) = found else { return Ok(None) };
        let bound_to = bound_to("upload_file", format!("{id}/{kind}"));
        row.open(self.sealer(), "body", &bound_to, &row.body).map(Some)
    }

    /// Forgets uploads and their files that are too old.
    pub async fn clear_uploads(&self, uploads: Instant, files: Instant) -> Result<(), CommitError> {
        let uploads = Write::one(&sql::UPLOAD_CLEAR, vec![uploads.0.into()], None);
        let files = Write::one(&sql::UPLOAD_FILE_CLEAR, vec![files.0.into()], None);
        self.engine().transact(vec![uploads, files]).await
    }
}
