//! What officers have in work: answers to forms, and drafts.

use crate::table::{Sealed, row};
use kaguan_domain::ctx::Instant;
use kaguan_domain::ids::OfficerId;

row! {
    /// The first answer to a form, sealed.
    AnswerRow in "form_answer" [form_digest: [u8; 32]] {
        session_digest: [u8; 32],
        at: Instant,
        body: Sealed,
    }

    /// A form in work, sealed.
    DraftRow in "draft" [draft_id: i64] { officer: OfficerId, form: String, at: Instant, body: Sealed }
}
