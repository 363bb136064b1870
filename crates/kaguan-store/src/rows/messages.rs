//! The outbox: messages to partners.

use crate::outbox::{AttemptOutcome, MessageState};
use crate::table::{Sealed, row};
use kaguan_domain::ctx::Instant;

row! {
    /// The body is sealed, and emptied once delivered or settled.
    MessageRow in "outbox" [message_id: i64] {
        partner: String,
        kind: String,
        subject: String,
        body: Sealed,
        state: MessageState,
        attempts: i64,
        next_at: Instant,
        made_at: Instant,
    }

    /// One attempt to bring a message to its partner; `took` in milliseconds.
    AttemptRow in "attempt" [attempt_id: i64] {
        partner: String,
        at: Instant,
        message_id: i64,
        kind: String,
        number: i64,
        took: i64,
        outcome: AttemptOutcome,
        said: String,
        next_at: Option<Instant>,
    }

    /// Which message.
    MessageKey in "outbox" [message_id: i64] {}

    /// To whom messages go.
    Addressee in "outbox" [partner: String] {}
        ; unvouched "says whose messages to read, and each of them is vouched for"

    /// How many messages to a partner are in a state.
    MessageCount in "outbox" [partner: String, state: MessageState] { n: i64 }
        ; unvouched "counted in the database: a row whose columns were changed is named by check"

    /// The same with the oldest of them.
    MessageStanding in "outbox" [partner: String, state: MessageState] { n: i64, oldest: Instant }
        ; unvouched "counted in the database: a row whose columns were changed is named by check"
}
