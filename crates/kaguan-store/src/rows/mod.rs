//! The rows of every table, by subject, and what stands in them. The body of a row is JSON; the columns beside it are
//! projections for questions.

pub(crate) mod batches;
pub(crate) mod blanks;
pub(crate) mod examinations;
pub(crate) mod journal;
pub(crate) mod messages;
pub(crate) mod papers;
pub(crate) mod people;
pub(crate) mod sessions;
pub(crate) mod statistics;
pub(crate) mod uploads;
pub(crate) mod workspace;

/// What the sealed value of a row is bound to: in another row it does not open.
pub(crate) fn bound_to(table: &str, row: impl std::fmt::Display) -> String {
    format!("{table}/{row}")
}

#[cfg(test)]
mod tests {
    use crate::engine::{Param, Row, Value};
    use crate::journal::Entry;
    use crate::rows::{
        batches::*, blanks::*, examinations::*, journal::*, messages::*, papers::*, people::*, sessions::*,
        statistics::*,
    };
    use crate::store::Head;
    use crate::table::{Columns, Sample, read_all};

    fn stored(param: Param) -> Value {
        let value = match param {
            Param::Int(n) => n.map(Value::Int),
            Param::Text(text) => text.map(Value::Text),
            Param::Bytes(bytes) => bytes.map(Value::Bytes),
            Param::Ints(_) | Param::BytesList(_) => panic!("not a column"),
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
                    _ => letter == 'b',
                };
                assert!(fits, "{table}.{column}: {param:?} is not {letter}");
            }
            let values: Vec<Value> = params.into_iter().map(stored).collect();
            let read = |values| read_all::<T>(vec![Row { name: "", values }]);
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
            let short = read(values[1..].to_vec()).unwrap_err().to_string();
            assert!(short.contains(table), "{short}");
        }
    }

    #[test]
    fn every_row_is_read_as_it_was_written_and_a_broken_one_is_said_with_table_column_and_row() {
        macro_rules! each {
            ($($Row:ident)+) => { $(there_and_back::<$Row>();)+ };
        }
        each! {
            HolderRow HolderTouched HolderBody HolderKey ClaimRow ClaimOwner TraceRow
            ApplicationRow ApplicationBody ApplicationKey ReadyApplication ReadyCount UnitCount StageCount
            CardRow CardBody CardKey CardState HeldCard MirrorRow MirrorSum
            UnitRow UnitBody UnitKey
            BatchRow BatchBody BatchKey BoxRow BoxBody CardCount BoxCount CustodyRow Balance
            OrderRow OrderBody BlankRow BlankBody BlankNumber BlankStateCount BlankBoxCount BlankBoxOfOrder
            Entry Head WriterRow BlockRow RequestKeyRow InstitutionRow
            MessageRow Message MessageKey Addressee MessageCount
            MetaRow CounterRow PhotoRow MaterialRow ArchiveRow
            ExaminationRow
            SessionRow TryRow FactorRow RecoveryRow
            HappenedRow HappenedInMonth HappenedBetween BatchClockRow ClocksAlike BatchesDue OpenStep CardStep CardsDue
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
            let shape = statement.row.map(|row| (row.table, row.columns));
            let (table, columns) = match statement.name {
                "COUNTER_MOVE" => ("counter", ["name", "value"].as_slice()),
                name => shape.unwrap_or_else(|| panic!("{name} writes no row")),
            };
            written.extend(columns.iter().map(|column| format!("{table}.{column}")));
        }
        written.sort();
        assert_eq!(stored, written);
    }
}
