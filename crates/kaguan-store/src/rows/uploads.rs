//! What was uploaded, and what of it was refused.

use crate::table::{Sealed, row};
use kaguan_domain::ctx::Instant;
use kaguan_domain::ids::{OfficerId, OrgId};

row! {
    /// An upload, what came of it sealed.
    UploadRow in "upload" [upload_id: i64] { officer: OfficerId, org: OrgId, at: Instant, body: Sealed }

    /// What is kept of it for some days: its errors, and the rows that were refused. Sealed.
    UploadFileRow in "upload_file" [upload_id: i64, kind: String] { at: Instant, body: Sealed }
}
