//! Who is signed in, and who tried to be.

use crate::table::row;
use kaguan_domain::ctx::Instant;
use kaguan_domain::ids::OfficerId;

row! {
    /// A session, under the digest of its token.
    SessionRow in "session" [token_digest: [u8; 32]] {
        officer: OfficerId,
        epoch: i64,
        made: Instant,
        last: Instant,
        reauth_at: Instant,
    }

    /// Tries since the last success.
    TryRow in "sign_in_try" [digest: [u8; 32]] { tries: i64, at: Instant, good_at: Instant }
}
