//! Every row, read and written again: a test in `kaguan-testkit` asks each of them whether it is as it was, and what it says of a broken one.

use crate::engine::{Param, Row, Shape, StoreError, Value};
use crate::journal::Entry;
use crate::rows::{
    batches::*, blanks::*, dead::*, examinations::*, journal::*, loose::*, messages::*, papers::*, people::*,
    sessions::*, statistics::*, under_way::*, uploads::*, whole, workspace::*,
};
use crate::seal::Tags;
use crate::table::{Answered, Columns};

/// Reads a row out of its columns' values, and writes it again.
pub type Again = fn(Vec<Value>) -> Result<Vec<Vec<Param>>, StoreError>;

/// A row, and how it is read.
pub struct Reread {
    pub table: &'static str,
    /// By name, those of the key first.
    pub columns: &'static [&'static str],
    /// A letter a column: `i`, `t`, `b`, and `s` of a sealed one.
    pub types: &'static str,
    /// How many columns are the key.
    pub keys: usize,
    /// Reads it out of its columns' values, as an engine answers them, and writes it again.
    pub again: Again,
}

/// What an engine answers of a row of these values: with the rest of its table, which is NULL here, and the tag.
fn answered(shape: &Shape, values: Vec<Value>, tags: &Tags) -> Row {
    let mut values = values;
    if shape.unvouched.is_none() {
        let all = whole(shape.table);
        let own = |column: &&str| {
            let at = shape.columns.iter().position(|own| own == column);
            at.and_then(|at| values.get(at).cloned()).unwrap_or_default()
        };
        let row: Vec<Value> = all.columns.iter().map(own).collect();
        let tag = tags.of(all.table, all.types, &row);
        values = row;
        values.push(Value::Bytes(tag.to_vec()));
    }
    Row { name: "", values }
}

impl Reread {
    const fn of<T: Columns>() -> Self {
        let shape = T::SHAPE;
        let (table, columns, types, keys) = (shape.table, shape.columns, shape.types, shape.keys);
        Self {
            table,
            columns,
            types,
            keys,
            again: |values| {
                let tags = Tags::new(&[1; 32]);
                let rows = T::read_all(vec![answered(T::SHAPE, values, &tags)], &tags)?;
                Ok(rows.into_iter().map(T::params).collect())
            },
        }
    }
}

macro_rules! every {
    ($($Row:ident)+) => {
        /// Every row that a statement reads or writes.
        pub const ROWS: &[Reread] = &[$(Reread::of::<$Row>(),)+];
    };
}

every! {
    HolderRow HolderBody HolderKey ClaimRow ClaimOwner TraceRow JoinRow
    ApplicationRow ApplicationBody ApplicationKey ReadyApplication ReadyCount UnitCount ShareCount StageCount
    CardRow CardBody CardKey CardState HeldCard MirrorRow MirrorSum
    UnitRow UnitBody UnitKey UnitClockRow RunningUnit UnitsDue
    BatchRow BatchBody BatchKey BoxRow BoxBody CardCount BoxCount CustodyRow Balance
    OrderRow OrderBody BlankRow BlankBody BlankNumber BlankStateCount BlankBoxCount BlankBoxOfOrder
    Entry Line WriterRow BlockRow RequestKeyRow InstitutionRow
    MessageRow AttemptRow MessageKey Addressee MessageCount
    MetaRow CounterRow PhotoRow MaterialRow ArchiveRow
    ExaminationRow LooseRow LooseKey CardsCounted OfferedAlike SinglesAlike DeadWaitingRow
    SessionRow TryRow FactorRow RecoveryRow UploadRow UploadFileRow AnswerRow DraftRow
    HappenedRow HappenedInMonth HappenedBetween BatchClockRow ClockCount ClocksAlike BatchesDue
    UnderWayCount InBoxCount OpenStep CardStep BoxStep DueSum RecallRow RecalledCard TakenOut RecallsAlike
}
