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

#[cfg(test)]
mod tests {
    use super::whole;
    use crate::engine::{Param, Row, Value};
    use crate::journal::Entry;
    use crate::rows::{
        batches::*, blanks::*, dead::*, examinations::*, journal::*, loose::*, messages::*, papers::*,
        people::*, sessions::*, statistics::*, under_way::*,
    };
    use crate::seal::{Tags, Trust};
    use crate::table::{Answered, Columns, Sample};

    fn stored(param: Param) -> Value {
        let value = match param {
            Param::Int(n) => n.map(Value::Int),
            Param::Text(text) => text.map(Value::Text),
            Param::Bytes(bytes) => bytes.map(Value::Bytes),
            Param::Ints(_) | Param::BytesList(_) | Param::Texts(_) => panic!("not a column"),
        };
        value.unwrap_or(Value::Null)
    }

    fn there_and_back<T: Columns + Sample + Clone + PartialEq + std::fmt::Debug>() {
        let (table, columns) = (T::SHAPE.table, T::SHAPE.columns);
        assert_eq!(columns.len(), T::SHAPE.types.len(), "{table}");
        for n in 0..6 {
            let row = T::sample(n);
            let params = row.clone().params();
            for ((param, letter), column) in params.iter().zip(T::SHAPE.types.chars()).zip(columns) {
                let fits = match param {
                    Param::Int(_) => letter == 'i',
                    Param::Text(_) => letter == 't',
                    _ => letter == 'b' || letter == 's',
                };
                assert!(fits, "{table}.{column}: {param:?} is not {letter}");
            }
            let values: Vec<Value> = params.into_iter().map(stored).collect();
            // As the engine answers it, with the rest of its table and the tag; what is not asked for is NULL, and believed here.
            let tags = Tags::new(&[1; 32]);
            tags.trust(Trust::Everything);
            let read = |values: Vec<Value>| {
                let values = match T::SHAPE.unvouched {
                    Some(_) => values,
                    None => {
                        let all = whole(T::SHAPE.table).columns;
                        let at = |c: &&str| T::SHAPE.columns.iter().position(|own| own == c);
                        let own = |c| at(c).and_then(|i| values.get(i).cloned()).unwrap_or_default();
                        all.iter().map(own).chain([Value::Null]).collect()
                    }
                };
                T::read_all(vec![Row { name: "", values }], &tags)
            };
            assert_eq!(read(values.clone()).unwrap(), std::slice::from_ref(&row), "{table}");
            // Whatever is broken is said with table, column and row.
            for (at, column) in columns.iter().enumerate() {
                let mut broken = values.clone();
                broken[at] = match broken[at] {
                    Value::Bytes(_) => Value::Int(5),
                    _ => Value::Bytes(vec![1]),
                };
                let said = read(broken).unwrap_err().to_string();
                let named = format!("table {table}, column {column}, row ");
                assert!(said.contains(&named), "{said}");
                if at >= T::SHAPE.keys {
                    assert!(said.contains(&row.key()), "{said} of {}", row.key());
                }
            }
        }
    }

    #[test]
    fn every_row_is_read_as_it_was_written_and_a_broken_one_is_said_with_table_column_and_row() {
        macro_rules! each {
            ($($Row:ident)+) => { $(there_and_back::<$Row>();)+ };
        }
        each! {
            HolderRow HolderBody HolderKey ClaimRow ClaimOwner TraceRow
            ApplicationRow ApplicationBody ApplicationKey ReadyApplication ReadyCount UnitCount ShareCount StageCount
            CardRow CardBody CardKey CardState HeldCard MirrorRow MirrorSum
            UnitRow UnitBody UnitKey UnitClockRow RunningUnit UnitsDue
            BatchRow BatchBody BatchKey BoxRow BoxBody CardCount BoxCount CustodyRow Balance
            OrderRow OrderBody BlankRow BlankBody BlankNumber BlankStateCount BlankBoxCount BlankBoxOfOrder
            Entry WriterRow BlockRow RequestKeyRow InstitutionRow
            MessageRow MessageKey Addressee MessageCount
            MetaRow CounterRow PhotoRow MaterialRow ArchiveRow
            ExaminationRow LooseRow LooseKey CardsCounted OfferedAlike SinglesAlike DeadWaitingRow
            SessionRow TryRow FactorRow RecoveryRow
            HappenedRow HappenedInMonth HappenedBetween BatchClockRow ClockCount ClocksAlike BatchesDue
            UnderWayCount InBoxCount OpenStep CardStep BoxStep DueSum RecallRow RecalledCard TakenOut RecallsAlike
        }
    }
    /// Every column of every table, as the migrations make them.
    #[tokio::test]
    async fn every_column_of_every_table_is_written_by_its_row() {
        let store = crate::Store::in_memory().await.unwrap();
        static COLUMNS: crate::engine::Sql = crate::engine::Sql::new(
            "COLUMNS",
            "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, 2",
        );
        let mut stored = Vec::new();
        for row in store.engine().ask(&COLUMNS, Vec::new()).await.unwrap() {
            let [Value::Text(table), Value::Text(column)] = row.values.as_slice() else { panic!("{row:?}") };
            stored.push(format!("{table}.{column}"));
        }
        let mut written = Vec::new();
        for statement in crate::sql::ALL.iter().filter(|s| s.text.contains("INSERT")) {
            let table = statement.row.unwrap_or_else(|| panic!("{} writes no row", statement.name)).table;
            let columns = statement.answers();
            written.extend(columns.iter().map(|column| format!("{table}.{column}")));
        }
        written.sort();
        // Sums are written by several statements.
        written.dedup();
        assert_eq!(stored, written);
    }
}
