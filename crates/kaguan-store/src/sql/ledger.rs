//! What officers did, and holders at machines without a clerk, but for looks: the index journal_entry_done has these lines and no others.

use crate::rows::journal::Line;
use crate::table::Ask;

macro_rules! done {
    ($($(#[$doc:meta])* $name:ident = $which:literal;)*) => {$(
        $(#[$doc])*
        pub(crate) static $name: Ask<Line> = Ask::new(stringify!($name), concat!(
            "SELECT {columns} FROM journal_entry WHERE channel IN ('console', 'file', 'kiosk') AND command <> 'holder.look' AND command <> 'batch.look' AND at >= $2 AND (at, seq) < ($3, $4) AND ", $which, " ORDER BY at DESC, seq DESC LIMIT $5"
        ));
    )*};
}

done! {
    /// 业务台账: the lines of whoever was there, in a time and before a line, newest first. $1 is who, $6 the businesses; of $7 only that outcome, of
    /// $8 any but that, NULL means any. Sorted are the lines of a stretch of time that its asker chooses by how many there are of $1.
    LEDGER = "actor {in:1} AND command {in:6} AND (outcome = $7 OR $7 IS NULL) AND (outcome <> $8 OR $8 IS NULL)";
    /// 今日已办 without looks: what $1 did at the console since $2, before a line.
    DONE_BY_OFFICER = "actor = $1 AND channel = 'console'";
}
