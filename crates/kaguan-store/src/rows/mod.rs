//! The rows of every table, by subject, and what stands in them. The body of a row is JSON; the columns beside it are
//! projections for questions.

pub(crate) mod batches;
pub(crate) mod blanks;
pub(crate) mod dead;
pub(crate) mod examinations;
pub(crate) mod journal;
pub(crate) mod loose;
pub(crate) mod messages;
pub(crate) mod papers;
pub(crate) mod people;
pub(crate) mod reread;
pub(crate) mod sessions;
pub(crate) mod statistics;
pub(crate) mod under_way;
pub(crate) mod uploads;
pub(crate) mod workspace;

use crate::engine::{Shape, Sql, Write};
use crate::table::{Columns, same};
use kaguan_domain::facts::holder::HolderFile;

/// What rows `of` a file there are since it was loaded, and the statement that takes away, by the file and their number in it, those before
/// that no row of now is `alike`.
pub(crate) fn changed<T: PartialEq>(
    (file, before): (&HolderFile, Option<&HolderFile>),
    of: fn(&HolderFile) -> Vec<T>,
    alike: fn(&T, &T) -> bool,
    (gone, number): (&'static Sql, fn(&T) -> i64),
) -> (Vec<T>, Option<Write>) {
    let (now, earlier) = (of(file), before.map(of).unwrap_or_default());
    let left = earlier.iter().filter(|e| !now.iter().any(|n| alike(n, e)));
    let left: Vec<i64> = left.map(number).collect();
    let gone = (!left.is_empty()).then(|| Write::one(gone, vec![file.id.0.into(), left.into()], None));
    (now.into_iter().filter(|n| !earlier.contains(n)).collect(), gone)
}

/// The whole rows of the tables that vouch for themselves: their tag is over these columns, in this order.
pub(crate) const WHOLE: &[&Shape] = &[
    papers::MetaRow::SHAPE,
    journal::WriterRow::SHAPE,
    journal::InstitutionRow::SHAPE,
    journal::RequestKeyRow::SHAPE,
    people::HolderRow::SHAPE,
    people::ApplicationRow::SHAPE,
    people::CardRow::SHAPE,
    people::ClaimRow::SHAPE,
    people::TraceRow::SHAPE,
    people::JoinRow::SHAPE,
    people::UnitRow::SHAPE,
    people::UnitClockRow::SHAPE,
    examinations::ExaminationRow::SHAPE,
    loose::LooseRow::SHAPE,
    dead::DeadWaitingRow::SHAPE,
    batches::BatchRow::SHAPE,
    batches::BoxRow::SHAPE,
    batches::CustodyRow::SHAPE,
    statistics::BatchClockRow::SHAPE,
    blanks::OrderRow::SHAPE,
    blanks::BlankRow::SHAPE,
    messages::MessageRow::SHAPE,
    messages::AttemptRow::SHAPE,
    papers::CounterRow::SHAPE,
    papers::PhotoRow::SHAPE,
    papers::MaterialRow::SHAPE,
    papers::ArchiveRow::SHAPE,
    sessions::SessionRow::SHAPE,
    sessions::TryRow::SHAPE,
    sessions::FactorRow::SHAPE,
    sessions::RecoveryRow::SHAPE,
    uploads::UploadRow::SHAPE,
    uploads::UploadFileRow::SHAPE,
    workspace::AnswerRow::SHAPE,
    workspace::DraftRow::SHAPE,
];

/// The whole row of a table.
pub(crate) const fn whole(table: &str) -> &'static Shape {
    let mut i = 0;
    while i < WHOLE.len() {
        if same(WHOLE[i].table, table) {
            return WHOLE[i];
        }
        i += 1;
    }
    panic!(
        "a table that vouches for its rows stands in `WHOLE`; of one that does not a row says `unvouched`, and why"
    )
}

/// What the sealed value of a row is bound to: in another row it does not open.
pub(crate) fn bound_to(table: &str, row: impl std::fmt::Display) -> String {
    format!("{table}/{row}")
}
