//! Who is signed in, and who tried to be.

use crate::table::{Sealed, row};
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
        whole: bool,
    }

    /// Tries since the last success.
    TryRow in "sign_in_try" [digest: [u8; 32]] { tries: i64, at: Instant, good_at: Instant }

    /// The secret of a second factor, sealed.
    FactorRow in "second_factor" [factor_id: i64] {
        officer: OfficerId,
        made: Instant,
        last_step: i64,
        secret: Sealed,
    }

    /// A recovery code that was not used.
    RecoveryRow in "recovery_code" [factor_id: i64, digest: [u8; 32]] {}
}
