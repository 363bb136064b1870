//! A row has one shape, both ways. [`row!`] says it once, as a struct: its columns and their types, in the order in which
//! a statement names them, the way into parameters, and the way back. What a statement reads or writes is a type, so that
//! a column which is forgotten on one side does not compile; whatever a stored row breaks is said with table, column and
//! row.
//!
//! Every row vouches for itself: whoever writes it puts a tag beside it ([`crate::seal::Tags`]) over its table and all of its columns,
//! and whoever reads any of its columns reads all of them and verifies the tag. That is done here, for every table. A row that is
//! read without its tag says why, behind `unvouched`; what is neither does not compile.

mod kinds;

pub(crate) use kinds::{Sealed, named};

use crate::engine::{Param, Query, Row, Shape, Sql, StoreError, StoredDataError, Value, Write};
use crate::keys::KeyRing;
use crate::rows::whole;
use crate::seal::{Sealer, Tag, Tags};
use crate::store::Store;
use rayon::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// What a column holds: a BIGINT, a TEXT or a BLOB, and what it means.
pub(crate) trait Column: Sized {
    /// `i`, `t`, `b` or `s`: BIGINT, TEXT, BLOB, a sealed BLOB.
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

/// Declares rows: `Name in "table" [key] { other columns }`; the columns stand in the order in which statements name them. What is
/// read without a tag has `unvouched` and the reason behind it.
macro_rules! row {
    ($($(#[$meta:meta])* $Row:ident in $table:literal [$($k:ident: $kt:ty),+] { $($f:ident: $t:ty),* $(,)? }
        $(; unvouched $why:literal)?)+) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Debug)]
        pub(crate) struct $Row {
            $(pub(crate) $k: $kt,)+
            $(pub(crate) $f: $t,)*
        }

        $crate::table::columns! { $Row in $table [$($k: $kt),+] { $($f: $t),* } $(; unvouched $why)? }
    )+};
}
pub(crate) use row;

/// The same for a struct that is there already.
macro_rules! columns {
    ($Row:ident in $table:literal [$($k:ident: $kt:ty),+] { $($f:ident: $t:ty),* $(,)? }
        $(; unvouched $why:literal)?) => {
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
                unvouched: $crate::table::why(&[$($why)?]),
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

/// The reason, when there is one.
pub(crate) const fn why(reasons: &[&'static str]) -> Option<&'static str> {
    match reasons {
        [why, ..] => Some(*why),
        [] => None,
    }
}

/// Whether two texts are the same, at compile time.
pub(crate) const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}

/// Whether a statement asks for the columns that its row has: then the engine asks for all that the tag is over.
const fn asks(text: &str, token: &str) -> bool {
    let (text, token) = (text.as_bytes(), token.as_bytes());
    let mut at = 0;
    while at + token.len() <= text.len() {
        let mut i = 0;
        while i < token.len() && text[at + i] == token[i] {
            i += 1;
        }
        if i == token.len() {
            return true;
        }
        at += 1;
    }
    false
}

/// Where the columns of a row stand among those of its table.
const fn stands(row: &Shape) {
    let all = whole(row.table).columns;
    let mut i = 0;
    while i < row.columns.len() {
        let mut at = 0;
        while at < all.len() && !same(all[at], row.columns[i]) {
            at += 1;
        }
        assert!(at < all.len(), "a column that its table does not have: say `unvouched`, and why");
        i += 1;
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
    /// The columns of a whole row, whose tag somebody else looked at.
    pub(crate) fn of(shape: &'static Shape, values: Vec<Value>) -> Self {
        Self { shape, values, at: 0 }
    }

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

/// How a row is picked out of what a statement answered.
pub(crate) struct Picker {
    shape: &'static Shape,
    /// The whole row and where the columns stand in it; nothing when no tag vouches for them.
    from: Option<(&'static Shape, Vec<usize>)>,
}

impl Picker {
    pub(crate) fn of(shape: &'static Shape) -> Self {
        let vouched = shape.unvouched.is_none().then(|| whole(shape.table));
        let place = |all: &'static Shape| {
            let at = |column: &&str| all.columns.iter().position(|c| c == column).unwrap_or_default();
            (all, shape.columns.iter().map(at).collect())
        };
        Self { shape, from: vouched.map(place) }
    }

    fn width(&self) -> usize {
        self.from.as_ref().map_or(self.shape.columns.len(), |(all, _)| all.columns.len() + 1)
    }

    /// Verifies the tag, and takes the columns that are wanted.
    fn pick(&self, mut values: Vec<Value>, tags: &Tags) -> Result<Values, StoreError> {
        let Some((all, places)) = &self.from else {
            return Ok(Values { shape: self.shape, values, at: 0 });
        };
        let tag = if values.len() > all.columns.len() { values.pop() } else { None }.unwrap_or_default();
        let fits = tags.fits(&tag, all.table, all.types, &values);
        let picked = places.iter().map(|at| values.get_mut(*at).map(std::mem::take).unwrap_or_default());
        let picked = Values { shape: self.shape, values: picked.collect(), at: 0 };
        if !fits {
            // The key was taken if it was asked for.
            let key: Vec<String> = match places.iter().take(all.keys).eq(&(0..all.keys).collect::<Vec<_>>()) {
                true => picked.values.iter().take(all.keys).map(Value::shown).collect(),
                false => return Err(picked.broken_tag()),
            };
            return Err(untagged(all, all.key(&key)));
        }
        Ok(picked)
    }
}

/// What is said of a row whose tag does not fit.
pub(crate) fn untagged(shape: &'static Shape, row: String) -> StoreError {
    let why = "changed, moved, put back or added without the key: the tag is not of this row".into();
    StoredDataError { table: shape.table, column: "tag", row, why }.into()
}

impl Values {
    fn broken_tag(&self) -> StoreError {
        let key: Vec<String> = self.values.iter().take(self.shape.keys).map(Value::shown).collect();
        untagged(self.shape, self.shape.key(&key))
    }
}

/// What a statement answers: a row, or two beside each other.
pub(crate) trait Answered: Sized {
    /// Takes one out of what was answered.
    fn read_all(rows: Vec<Row>, tags: &Tags) -> Result<Vec<Self>, StoreError>;
}

impl<T: Columns> Answered for T {
    fn read_all(rows: Vec<Row>, tags: &Tags) -> Result<Vec<Self>, StoreError> {
        let picker = Picker::of(T::SHAPE);
        rows.into_iter().map(|row| T::read(&mut picker.pick(row.values, tags)?)).collect()
    }
}

impl<A: Columns, B: Columns> Answered for (A, B) {
    fn read_all(rows: Vec<Row>, tags: &Tags) -> Result<Vec<Self>, StoreError> {
        let (first, second) = (Picker::of(A::SHAPE), Picker::of(B::SHAPE));
        let read = |row: Row| {
            let mut values = row.values;
            let rest = values.split_off(first.width().min(values.len()));
            Ok((A::read(&mut first.pick(values, tags)?)?, B::read(&mut second.pick(rest, tags)?)?))
        };
        rows.into_iter().map(read).collect()
    }
}

/// The tag of a row.
fn tag_of<T: Columns>(tags: &Tags, params: &[Param]) -> Tag {
    tags.of(T::SHAPE.table, T::SHAPE.types, params)
}

/// A row on its way in, with its tag behind its columns.
fn with_tag<T: Columns>(tags: &Tags, row: T) -> Vec<Param> {
    let mut params = row.params();
    if T::SHAPE.unvouched.is_none() {
        params.push(tag_of::<T>(tags, &params).to_vec().into());
    }
    params
}

/// A statement that answers rows.
pub(crate) struct Ask<T> {
    pub(crate) sql: Sql,
    row: PhantomData<fn() -> T>,
}

impl<T: Columns> Ask<T> {
    pub(crate) const fn new(name: &'static str, text: &'static str) -> Self {
        if T::SHAPE.unvouched.is_none() {
            assert!(
                asks(text, "{columns"),
                "a statement that names its columns itself: say `unvouched`, and why"
            );
            stands(T::SHAPE);
        }
        Self { sql: Sql { name, text, row: Some(T::SHAPE), and: None }, row: PhantomData }
    }

    pub(crate) const fn statement(&'static self) -> &'static Sql {
        &self.sql
    }
}

/// A statement that answers two rows beside each other, each with its tag.
pub(crate) struct Both<A, B> {
    pub(crate) sql: Sql,
    row: PhantomData<fn() -> (A, B)>,
}

impl<A: Columns, B: Columns> Both<A, B> {
    pub(crate) const fn new(name: &'static str, text: &'static str) -> Self {
        assert!(A::SHAPE.unvouched.is_none() && B::SHAPE.unvouched.is_none());
        assert!(asks(text, "{columns:") && asks(text, "{and:"));
        stands(A::SHAPE);
        stands(B::SHAPE);
        Self { sql: Sql { name, text, row: Some(A::SHAPE), and: Some(B::SHAPE) }, row: PhantomData }
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

impl<T: Columns + Send> Put<T> {
    pub(crate) const fn new(name: &'static str, text: &'static str) -> Self {
        if T::SHAPE.unvouched.is_none() {
            stands(T::SHAPE);
            assert!(
                T::SHAPE.columns.len() == whole(T::SHAPE.table).columns.len(),
                "only a whole row has a tag"
            );
        }
        Self { sql: Sql { name, text, row: Some(T::SHAPE), and: None }, row: PhantomData }
    }

    pub(crate) const fn statement(&'static self) -> &'static Sql {
        &self.sql
    }

    /// Writes rows, each of which must count.
    pub(crate) fn rows(&'static self, keys: &KeyRing, rows: impl IntoIterator<Item = T>) -> Write {
        let rows: Vec<T> = rows.into_iter().collect();
        // Handing a few rows to other cores costs more than their tags.
        let rows = match rows.len() < 32 {
            true => rows.into_iter().map(|row| with_tag(&keys.tags, row)).collect(),
            false => rows.into_par_iter().map(|row| with_tag(&keys.tags, row)).collect(),
        };
        Write::rows(&self.sql, rows)
    }

    /// Writes those that are not there yet.
    pub(crate) fn missing(&'static self, keys: &KeyRing, rows: impl IntoIterator<Item = T>) -> Write {
        Write { expect: None, ..self.rows(keys, rows) }
    }
}

/// A statement that changes a row, as long as it is as it was read.
pub(crate) struct Swap<T> {
    pub(crate) sql: Sql,
    row: PhantomData<fn(T)>,
}

impl<T: Columns + Clone> Swap<T> {
    pub(crate) const fn new(name: &'static str, text: &'static str) -> Self {
        assert!(same(text, "{swap}") && T::SHAPE.unvouched.is_none());
        stands(T::SHAPE);
        assert!(T::SHAPE.columns.len() == whole(T::SHAPE.table).columns.len(), "only a whole row has a tag");
        Self { sql: Sql { name, text, row: Some(T::SHAPE), and: None }, row: PhantomData }
    }

    pub(crate) const fn statement(&'static self) -> &'static Sql {
        &self.sql
    }

    /// One row becomes another; with `must` it must be as it was, or nothing is done at all.
    pub(crate) fn one(&'static self, keys: &KeyRing, old: &T, new: T, must: bool) -> Write {
        let mut params = with_tag(&keys.tags, new);
        params.push(tag_of::<T>(&keys.tags, &old.clone().params()).to_vec().into());
        Write::one(&self.sql, params, must.then_some(1))
    }
}

impl Store {
    /// Answers one question.
    pub(crate) async fn ask<T: Columns>(
        &self,
        sql: &'static Ask<T>,
        params: Vec<Param>,
    ) -> Result<Vec<T>, StoreError> {
        T::read_all(self.engine().ask(&sql.sql, params).await?, &self.keys().tags)
    }

    /// Answers one question with two rows beside each other.
    pub(crate) async fn ask_both<A: Columns, B: Columns>(
        &self,
        sql: &'static Both<A, B>,
        params: Vec<Param>,
    ) -> Result<Vec<(A, B)>, StoreError> {
        Answered::read_all(self.engine().ask(&sql.sql, params).await?, &self.keys().tags)
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
pub(crate) struct Answers<'a> {
    rows: Vec<Vec<Row>>,
    tags: &'a Tags,
}

impl Questions {
    pub(crate) fn ask<T: Columns>(&mut self, sql: &'static Ask<T>, params: Vec<Param>) -> Ticket<T> {
        self.queries.push(Query::new(&sql.sql, params));
        Ticket { at: self.queries.len() - 1, row: PhantomData }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queries.is_empty()
    }

    pub(crate) async fn answered(self, store: &Store) -> Result<Answers<'_>, StoreError> {
        Ok(Answers { rows: store.engine().read(self.queries).await?, tags: &store.keys().tags })
    }
}

impl Answers<'_> {
    pub(crate) fn take<T: Columns>(&mut self, ticket: Ticket<T>) -> Result<Vec<T>, StoreError> {
        T::read_all(self.rows.get_mut(ticket.at).map(std::mem::take).unwrap_or_default(), self.tags)
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
