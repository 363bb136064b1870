//! Letters on their way through the outbox: what an event makes the system say, as rows, and a row as a letter again.

use crate::ports::Message;
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::letter::{Addressee, Letter, UnreadableLetter, letters_of};
use kaguan_store::{NewMessage, OutboxRow, Subject};

/// Letters about one subject, as rows of the outbox.
pub(crate) fn rows_of<'a>(
    subject: Subject,
    letters: impl IntoIterator<Item = &'a (Addressee, Letter)>,
) -> Vec<NewMessage> {
    let row = |(to, letter): &(Addressee, Letter)| NewMessage {
        partner: to.to_string(),
        kind: letter.kind().code(),
        subject,
        body: letter.body(),
    };
    letters.into_iter().map(row).collect()
}

/// What partners are told of a command that was done; the file is as it is after it.
pub(crate) fn messages_of(file: &HolderFile, events: &[HolderEvent]) -> Vec<NewMessage> {
    let letters: Vec<_> = events.iter().flat_map(|event| letters_of(file, event)).collect();
    rows_of(Subject::Holder(file.id), &letters)
}

impl TryFrom<&OutboxRow> for Message {
    type Error = UnreadableLetter;

    fn try_from(row: &OutboxRow) -> Result<Self, UnreadableLetter> {
        let to = Addressee::parse(&row.partner).ok_or_else(UnreadableLetter::to_nobody)?;
        Ok(Self { id: row.id, to, letter: Letter::read(&row.kind, &row.body)? })
    }
}
