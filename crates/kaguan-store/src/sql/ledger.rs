//! What offices did, for 业务台账: the lines of whoever was there, in a time and before a line, newest first. $1 is who, $5 the businesses; of $6
//! only that outcome, of $7 any but that, NULL means any. Sorted are the lines of a stretch of time that its asker chooses by how many there are
//! of $1.

use crate::rows::journal::Line;
use crate::table::Ask;

macro_rules! lines {
    ($($(#[$doc:meta])* $name:ident = $channel:literal;)*) => {$(
        $(#[$doc])*
        pub(crate) static $name: Ask<Line> = Ask::new(stringify!($name), concat!(
            "SELECT {columns} FROM journal_entry WHERE ", $channel, " AND actor {in:1} AND at >= $2 AND (at, seq) < ($3, $4) AND command {in:5} AND (outcome = $6 OR $6 IS NULL) AND (outcome <> $7 OR $7 IS NULL) ORDER BY at DESC, seq DESC LIMIT $8"
        ));
    )*};
}

lines! {
    /// At the console.
    LEDGER_AT_CONSOLE = "channel = 'console'";
    /// By files that were uploaded, and at 自助服务设施.
    LEDGER_ELSEWHERE = "channel IN ('file', 'kiosk')";
}
