//! A row has one shape, both ways. [`row!`] says it once, as a struct: its columns and their types, in the order in which
//! a statement names them, the way into parameters, and the way back. What a statement reads or writes is a type, so that
//! a column which is forgotten on one side does not compile; whatever a stored row breaks is said with table, column and
//! row.

use crate::engine::{Engine, Param, Query, Row, Shape, Sql, StoreError, StoredDataError, Value, Write};
use crate::seal::Sealer;
use crate::store::Store;
use jiff::civil::Date;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::claim::ClaimKind;
use kaguan_domain::facts::clock::ClockKind;
use kaguan_domain::facts::names::{
    AccountKind, BatchStateKind, BlankStateKind, CustodyKind, SocialKind, StageKind, StepKind,
};
use kaguan_domain::ids::{
    ApplicationId, BatchId, BlankOrderId, BoxId, CardId, HolderId, MaterialId, OfficerId, OrgId, UnitId,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// What a column holds: a BIGINT, a TEXT or a BLOB, and what it means.
pub(crate) trait Column: Sized {
    /// `i`, `t` or `b`: BIGINT, TEXT, BLOB.
    const TYPE: u8;

    /// On its way in.
    fn param(self) -> Param;

    /// On its way out.
    ///
    /// # Errors
    /// What is wrong with the value; never the value itself, which may be personal.
    fn read(value: &mut Value) -> Result<Self, String>;
}

/// A row, or those of its columns that a statement reads.
pub(crate) trait Columns: Sized {
    /// Its columns.
    const SHAPE: &'static Shape;

    /// On its way in.
    fn params(self) -> Vec<Param>;

    /// On its way out.
    fn read(values: &mut Values) -> Result<Self, StoreError>;

    /// Its key, for an error.
    fn key(&self) -> String;

    /// Something that its columns hold breaks a rule.
    fn broken(&self, column: &'static str, why: impl ToString) -> StoreError {
        let (table, row) = (Self::SHAPE.table, self.key());
        StoredDataError { table, column, row, why: why.to_string() }.into()
    }

    /// Reads JSON that stands in a column.
    fn parse<T: DeserializeOwned>(&self, column: &'static str, json: &[u8]) -> Result<T, StoreError> {
        // serde_json's own message may repeat a value; the place in the text does not.
        serde_json::from_slice(json)
            .map_err(|e| self.broken(column, format!("not readable at byte {}", e.column())))
    }

    /// Opens what is sealed in a column, bound to its row.
    fn open(
        &self,
        sealer: &Sealer,
        column: &'static str,
        bound_to: &str,
        sealed: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        sealer.open(bound_to, sealed).map_err(|e| self.broken(column, e))
    }
}

/// Declares rows: `Name in "table" [key] { other columns }`; the columns stand in the order in which statements name them.
macro_rules! row {
    ($($(#[$meta:meta])* $Row:ident in $table:literal [$($k:ident: $kt:ty),+] { $($f:ident: $t:ty),* $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Debug)]
        pub(crate) struct $Row {
            $(pub(crate) $k: $kt,)+
            $(pub(crate) $f: $t,)*
        }

        $crate::table::columns! { $Row in $table [$($k: $kt),+] { $($f: $t),* } }
    )+};
}
pub(crate) use row;

/// The same for a struct that is there already.
macro_rules! columns {
    ($Row:ident in $table:literal [$($k:ident: $kt:ty),+] { $($f:ident: $t:ty),* $(,)? }) => {
        impl $crate::table::Columns for $Row {
            const SHAPE: &'static $crate::engine::Shape = &$crate::engine::Shape {
                table: $table,
                columns: &[
                    $($crate::table::column(stringify!($k)),)+
                    $($crate::table::column(stringify!($f)),)*
                ],
                types: $crate::table::types(&[
                    $(<$kt as $crate::table::Column>::TYPE,)+
                    $(<$t as $crate::table::Column>::TYPE,)*
                ]),
                keys: [$(stringify!($k)),+].len(),
            };

            fn params(self) -> Vec<$crate::engine::Param> {
                let Self { $($k,)+ $($f,)* } = self;
                vec![
                    $($crate::table::Column::param($k),)+
                    $($crate::table::Column::param($f),)*
                ]
            }

            fn read(values: &mut $crate::table::Values) -> Result<Self, $crate::engine::StoreError> {
                Ok(Self { $($k: values.next()?,)+ $($f: values.next()?,)* })
            }

            fn key(&self) -> String {
                <Self as $crate::table::Columns>::SHAPE
                    .key(&[$($crate::table::Column::param(self.$k.clone()).shown()),+])
            }
        }

        #[cfg(test)]
        impl $crate::table::Sample for $Row {
            fn sample(n: i64) -> Self {
                let mut next = n..;
                let mut n = || next.next().unwrap_or_default();
                Self {
                    $($k: $crate::table::Sample::sample(n()),)+
                    $($f: $crate::table::Sample::sample(n()),)*
                }
            }
        }
    };
}
pub(crate) use columns;

/// The name of a column as SQL writes it: `box` for `r#box`.
pub(crate) const fn column(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', ..] => name.split_at(2).1,
        _ => name,
    }
}

/// The letters of some columns.
pub(crate) const fn types(letters: &[u8]) -> &str {
    match std::str::from_utf8(letters) {
        Ok(types) => types,
        Err(_) => panic!("a column's type is i, t or b"),
    }
}

/// The values of one row, taken one after the other.
pub(crate) struct Values {
    shape: &'static Shape,
    values: Vec<Value>,
    at: usize,
}

impl Values {
    pub(crate) fn next<T: Column>(&mut self) -> Result<T, StoreError> {
        let at = self.at;
        self.at += 1;
        let Some(value) = self.values.get_mut(at) else {
            return Err(self.broken(at, "the statement does not answer it".into()));
        };
        // A text is taken out; the key is needed again, to say which row it is that breaks a rule.
        let kept = match value {
            Value::Text(text) if at < self.shape.keys => Some(text.clone()),
            _ => None,
        };
        let read = T::read(value);
        if let Some(text) = kept {
            *value = Value::Text(text);
        }
        read.map_err(|why| self.broken(at, why))
    }

    fn broken(&self, at: usize, why: String) -> StoreError {
        let key: Vec<String> = self.values.iter().take(self.shape.keys).map(Value::shown).collect();
        StoredDataError {
            table: self.shape.table,
            column: self.shape.columns.get(at).copied().unwrap_or("?"),
            row: self.shape.key(&key),
            why,
        }
        .into()
    }
}

/// Reads every row.
pub(crate) fn read_all<T: Columns>(rows: Vec<Row>) -> Result<Vec<T>, StoreError> {
    let read = |row: Row| T::read(&mut Values { shape: T::SHAPE, values: row.values, at: 0 });
    rows.into_iter().map(read).collect()
}

/// A statement that answers rows.
pub(crate) struct Ask<T> {
    pub(crate) sql: Sql,
    row: PhantomData<fn() -> T>,
}

impl<T: Columns> Ask<T> {
    pub(crate) const fn new(name: &'static str, text: &'static str) -> Self {
        Self { sql: Sql { name, text, row: Some(T::SHAPE) }, row: PhantomData }
    }

    pub(crate) const fn statement(&'static self) -> &'static Sql {
        &self.sql
    }
}

/// A statement that writes rows.
pub(crate) struct Put<T> {
    pub(crate) sql: Sql,
    row: PhantomData<fn(T)>,
}

impl<T: Columns> Put<T> {
    pub(crate) const fn new(name: &'static str, text: &'static str) -> Self {
        Self { sql: Sql { name, text, row: Some(T::SHAPE) }, row: PhantomData }
    }

    pub(crate) const fn statement(&'static self) -> &'static Sql {
        &self.sql
    }

    /// Writes rows, each of which must count.
    pub(crate) fn rows(&'static self, rows: impl IntoIterator<Item = T>) -> Write {
        Write::rows(&self.sql, rows.into_iter().map(T::params).collect())
    }

    /// Writes those that are not there yet.
    pub(crate) fn missing(&'static self, rows: impl IntoIterator<Item = T>) -> Write {
        Write { expect: None, ..self.rows(rows) }
    }
}

impl Store {
    /// Answers one question.
    pub(crate) async fn ask<T: Columns>(
        &self,
        sql: &'static Ask<T>,
        params: Vec<Param>,
    ) -> Result<Vec<T>, StoreError> {
        read_all(self.engine().ask(&sql.sql, params).await?)
    }
}

/// Several questions, answered in one round trip and as of one moment.
#[derive(Default)]
pub(crate) struct Questions {
    queries: Vec<Query>,
}

/// The claim to the answer of one of them.
pub(crate) struct Ticket<T> {
    at: usize,
    row: PhantomData<fn() -> T>,
}

/// The answers.
pub(crate) struct Answers {
    rows: Vec<Vec<Row>>,
}

impl Questions {
    pub(crate) fn ask<T: Columns>(&mut self, sql: &'static Ask<T>, params: Vec<Param>) -> Ticket<T> {
        self.queries.push(Query::new(&sql.sql, params));
        Ticket { at: self.queries.len() - 1, row: PhantomData }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queries.is_empty()
    }

    pub(crate) async fn answered(self, engine: &Engine) -> Result<Answers, StoreError> {
        Ok(Answers { rows: engine.read(self.queries).await? })
    }
}

impl Answers {
    pub(crate) fn take<T: Columns>(&mut self, ticket: Ticket<T>) -> Result<Vec<T>, StoreError> {
        read_all(self.rows.get_mut(ticket.at).map(std::mem::take).unwrap_or_default())
    }
}

/// JSON of a value of ours; these types have no map keys or floats that JSON could refuse.
pub(crate) fn json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("our own types are always JSON")
}

/// The same as text.
pub(crate) fn json_text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("our own types are always JSON")
}

impl Column for i64 {
    const TYPE: u8 = b'i';

    fn param(self) -> Param {
        self.into()
    }

    fn read(value: &mut Value) -> Result<Self, String> {
        match value {
            Value::Int(n) => Ok(*n),
            _ => Err("not an integer".into()),
        }
    }
}

impl Column for u32 {
    const TYPE: u8 = b'i';

    fn param(self) -> Param {
        i64::from(self).into()
    }

    fn read(value: &mut Value) -> Result<Self, String> {
        Self::try_from(i64::read(value)?).map_err(|_| "out of range".into())
    }
}

impl Column for bool {
    const TYPE: u8 = b'i';

    fn param(self) -> Param {
        self.into()
    }

    fn read(value: &mut Value) -> Result<Self, String> {
        match i64::read(value)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err("neither 0 nor 1".into()),
        }
    }
}

impl Column for String {
    const TYPE: u8 = b't';

    fn param(self) -> Param {
        self.into()
    }

    fn read(value: &mut Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => Ok(std::mem::take(text)),
            _ => Err("not a text".into()),
        }
    }
}

impl Column for Vec<u8> {
    const TYPE: u8 = b'b';

    fn param(self) -> Param {
        self.into()
    }

    fn read(value: &mut Value) -> Result<Self, String> {
        match value {
            Value::Bytes(bytes) => Ok(std::mem::take(bytes)),
            _ => Err("not a blob".into()),
        }
    }
}

impl Column for [u8; 32] {
    const TYPE: u8 = b'b';

    fn param(self) -> Param {
        self.into()
    }

    fn read(value: &mut Value) -> Result<Self, String> {
        match value {
            Value::Bytes(bytes) => bytes.as_slice().try_into().map_err(|_| "not 32 bytes".into()),
            _ => Err("not a blob".into()),
        }
    }
}

impl<T: Column> Column for Option<T> {
    const TYPE: u8 = T::TYPE;

    fn param(self) -> Param {
        match (self, T::TYPE) {
            (Some(value), _) => value.param(),
            (None, b'i') => Param::Int(None),
            (None, b't') => Param::Text(None),
            (None, _) => Param::Bytes(None),
        }
    }

    fn read(value: &mut Value) -> Result<Self, String> {
        match value {
            Value::Null => Ok(None),
            value => T::read(value).map(Some),
        }
    }
}

/// A day, as `2026-11-26`.
impl Column for Date {
    const TYPE: u8 = b't';

    fn param(self) -> Param {
        self.to_string().into()
    }

    fn read(value: &mut Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => text.parse().map_err(|_| "not a date".into()),
            _ => Err("not a text".into()),
        }
    }
}

macro_rules! identities {
    ($($Id:ident)+) => {$(
        impl Column for $Id {
            const TYPE: u8 = b'i';

            fn param(self) -> Param {
                self.0.into()
            }

            fn read(value: &mut Value) -> Result<Self, String> {
                i64::read(value).map(Self)
            }
        }

        #[cfg(test)]
        impl Sample for $Id {
            fn sample(n: i64) -> Self {
                Self(n)
            }
        }
    )+};
}

identities! { HolderId ApplicationId BatchId BlankOrderId BoxId CardId MaterialId OfficerId OrgId UnitId Instant }

/// Columns that hold a stable name.
macro_rules! named {
    ($($Kind:ident)+) => {$(
        impl $crate::table::Column for $Kind {
            const TYPE: u8 = b't';

            fn param(self) -> $crate::engine::Param {
                self.code().into()
            }

            fn read(value: &mut $crate::engine::Value) -> Result<Self, String> {
                match value {
                    $crate::engine::Value::Text(code) => {
                        Self::from_code(code).ok_or_else(|| "not a name that is known".into())
                    }
                    _ => Err("not a text".into()),
                }
            }
        }

        #[cfg(test)]
        impl $crate::table::Sample for $Kind {
            fn sample(n: i64) -> Self {
                Self::ALL[n as usize % Self::ALL.len()]
            }
        }
    )+};
}
pub(crate) use named;

named! { ClaimKind StageKind BatchStateKind StepKind BlankStateKind SocialKind AccountKind CustodyKind ClockKind }

/// A value that differs from its neighbours, for tests.
#[cfg(test)]
pub(crate) trait Sample {
    /// The n-th.
    fn sample(n: i64) -> Self;
}

#[cfg(test)]
mod samples {
    use super::Sample;
    use jiff::civil::{Date, date};

    macro_rules! sample {
        ($($t:ty => $value:expr;)+) => { $(impl Sample for $t {
            fn sample(n: i64) -> Self { $value(n) }
        })+ };
    }

    sample! {
        i64 => |n| n;
        u32 => |n| n as u32;
        bool => |n| n % 2 == 0;
        String => |n: i64| format!("text {n}");
        Vec<u8> => |n| vec![n as u8; 3];
        [u8; 32] => |n| [n as u8; 32];
        Date => |n: i64| date(2026, 1, 1 + (n % 28) as i8);
    }

    impl<T: Sample> Sample for Option<T> {
        fn sample(n: i64) -> Self {
            (n % 3 != 0).then(|| T::sample(n))
        }
    }
}
