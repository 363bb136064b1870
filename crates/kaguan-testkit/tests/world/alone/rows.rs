//! Rows: each is read as it was written, and what is broken says where.

use kaguan_domain::facts::claim::ClaimKind;
use kaguan_domain::facts::clock::ClockKind;
use kaguan_domain::facts::names::{
    AccountKind, BatchStateKind, BlankStateKind, CustodyKind, SocialKind, StageKind, StepKind,
};
use kaguan_store::engine::{Param, Sql, Value};
use kaguan_store::{
    AttemptOutcome, Examination, MessageState, ROWS, Reread, Store, StoreError, StoredDataError, sql,
};

/// The stable names that stand in columns.
fn names() -> Vec<&'static str> {
    let mut all = Vec::new();
    macro_rules! each {
        ($($Kind:ident)+) => {$(
            for kind in $Kind::ALL {
                assert_eq!($Kind::from_code(kind.code()).map(|read| read.code()), Some(kind.code()));
                all.push(kind.code());
            }
        )+};
    }
    each! {
        ClaimKind StageKind BatchStateKind StepKind BlankStateKind SocialKind AccountKind CustodyKind ClockKind
        Examination MessageState AttemptOutcome
    }
    all
}

/// What may stand in the n-th column of a row: of each type something that differs from its neighbours, and at last nothing.
fn candidates(n: usize) -> Vec<Value> {
    let byte = n as u8;
    let mut all = vec![Value::Int(100 + n as i64), Value::Int(n as i64 % 2), Value::Int(1 - n as i64 % 2)];
    all.extend([format!("text {n}"), format!("2026-01-{:02}", 1 + n % 28)].map(Value::Text));
    let mut names = names();
    let first = n % names.len();
    names.rotate_left(first);
    all.extend(names.into_iter().map(|name| Value::Text(name.into())));
    all.extend([vec![byte; 3], vec![byte; 32], vec![byte; 40]].map(Value::Bytes));
    all.push(Value::Null);
    all
}

fn stored(param: &Param) -> Value {
    let value = match param {
        Param::Int(n) => n.map(Value::Int),
        Param::Text(text) => text.clone().map(Value::Text),
        Param::Bytes(bytes) => bytes.clone().map(Value::Bytes),
        Param::Ints(_) | Param::BytesList(_) | Param::Texts(_) => panic!("not a column"),
    };
    value.unwrap_or(Value::Null)
}

fn broken(row: &Reread, values: &[Value]) -> Option<StoredDataError> {
    match (row.again)(values.to_vec()) {
        Ok(_) => None,
        Err(StoreError::Data(e)) => Some(e),
        Err(e) => panic!("{}: {e}", row.table),
    }
}

/// Values that make a row, none of them missing.
fn base(row: &Reread) -> Vec<Value> {
    let choices: Vec<Vec<Value>> = (0..row.columns.len()).map(candidates).collect();
    let mut chosen = vec![0; choices.len()];
    loop {
        let values: Vec<Value> = chosen.iter().zip(&choices).map(|(at, of)| of[*at].clone()).collect();
        let Some(e) = broken(row, &values) else { return values };
        let at = row.columns.iter().position(|c| *c == e.column);
        let at = at.unwrap_or_else(|| panic!("{e}: no column of {:?}", row.columns));
        chosen[at] += 1;
        assert!(chosen[at] + 1 < choices[at].len(), "nothing can stand in {}.{}", row.table, e.column);
    }
}

/// The key of a row, as an error names it.
fn key(row: &Reread, values: &[Value]) -> String {
    let shown = |value: &Value| match value {
        Value::Null => "NULL".to_owned(),
        Value::Int(n) => n.to_string(),
        Value::Text(text) => text.clone(),
        Value::Bytes(bytes) => hex::encode(bytes),
    };
    let named = row.columns.iter().zip(values).take(row.keys);
    named.map(|(column, value)| format!("{column} {}", shown(value))).collect::<Vec<_>>().join(", ")
}

#[test]
fn every_row_is_read_as_it_was_written_and_a_broken_one_is_said_with_table_column_and_row() {
    for row in ROWS {
        let (table, base) = (row.table, base(row));
        assert_eq!(row.columns.len(), row.types.len(), "{table}");
        let again = |values: &[Value]| {
            let rows = (row.again)(values.to_vec()).ok()?;
            let [params] = rows.as_slice() else { panic!("{table}: {} rows", rows.len()) };
            Some(params.clone())
        };
        let params = again(&base).unwrap();
        for ((param, letter), column) in params.iter().zip(row.types.chars()).zip(row.columns) {
            let fits = match param {
                Param::Int(_) => letter == 'i',
                Param::Text(_) => letter == 't',
                _ => letter == 'b' || letter == 's',
            };
            assert!(fits, "{table}.{column}: {param:?} is not {letter}");
        }
        // Whatever can stand in a column comes back.
        for at in 0..row.columns.len() {
            let mut values = base.clone();
            for value in candidates(at) {
                values[at] = value;
                if let Some(params) = again(&values) {
                    assert_eq!(params.iter().map(stored).collect::<Vec<_>>(), values, "{table}");
                }
            }
        }
        // Whatever is broken is said with table, column and row.
        for (at, column) in row.columns.iter().enumerate() {
            let mut values = base.clone();
            values[at] = match values[at] {
                Value::Bytes(_) => Value::Int(5),
                _ => Value::Bytes(vec![1]),
            };
            let said = broken(row, &values).unwrap_or_else(|| panic!("{table}.{column} takes everything"));
            let said = said.to_string();
            assert!(said.contains(&format!("table {table}, column {column}, row ")), "{said}");
            if at >= row.keys {
                assert!(said.contains(&key(row, &base)), "{said} of {}", key(row, &base));
            }
        }
    }
}

/// Every column of every table, as the migrations make them.
#[tokio::test]
async fn every_column_of_every_table_is_written_by_its_row() {
    let store = Store::in_memory().await.unwrap();
    static COLUMNS: Sql = Sql::new(
        "COLUMNS",
        "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, 2",
    );
    let mut stored = Vec::new();
    for row in store.engine().ask(&COLUMNS, Vec::new()).await.unwrap() {
        let [Value::Text(table), Value::Text(column)] = row.values.as_slice() else { panic!("{row:?}") };
        stored.push(format!("{table}.{column}"));
    }
    let mut written = Vec::new();
    for statement in sql::ALL.iter().filter(|s| s.text.contains("INSERT")) {
        let table = statement.table().unwrap_or_else(|| panic!("{} writes no row", statement.name));
        let columns = statement.answers();
        written.extend(columns.iter().map(|column| format!("{table}.{column}")));
    }
    written.sort();
    // Sums are written by several statements.
    written.dedup();
    assert_eq!(stored, written);
}
