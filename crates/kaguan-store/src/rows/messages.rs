//! The outbox: messages to partners.

use crate::outbox::MessageState;
use crate::table::row;
use kaguan_domain::ctx::Instant;

row! {
    /// The body is sealed, and emptied once delivered or settled.
    MessageRow in "outbox" [message_id: i64] {
        partner: String,
        kind: String,
        subject: String,
        body: Vec<u8>,
        state: MessageState,
        attempts: i64,
        next_at: Instant,
        made_at: Instant,
    }

    /// A message as it is read.
    Message in "outbox" [message_id: i64] {
        partner: String,
        kind: String,
        subject: String,
        body: Vec<u8>,
        attempts: i64,
        made_at: Instant,
    }

    /// Which message.
    MessageKey in "outbox" [message_id: i64] {}

    /// To whom messages go.
    Addressee in "outbox" [partner: String] {}

    /// How many messages to a partner are in a state.
    MessageCount in "outbox" [partner: String, state: MessageState] { n: i64 }

    /// The same with the oldest of them.
    MessageStanding in "outbox" [partner: String, state: MessageState] { n: i64, oldest: Instant }
}
