//! Batches, their boxes, and the books of the cards' custody.

use crate::engine::StoreError;
use crate::table::{Columns, json_text, row};
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::batch::{Batch, BatchFile};
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::names::BatchStateKind;
use kaguan_domain::ids::{BatchId, BoxId, OrgId};

row! {
    /// The body is JSON. An empty vendor is none.
    BatchRow in "batch" [batch_id: BatchId] {
        version: i64,
        number: String,
        city: String,
        bank: String,
        state: BatchStateKind,
        urgent: bool,
        vendor: String,
        body: String,
        next_duty: Option<Instant>,
    }

    /// What a batch is read from.
    BatchBody in "batch" [batch_id: BatchId] { version: i64, body: String }

    /// Which batch.
    BatchKey in "batch" [batch_id: BatchId] {}

    /// Which batch has a box of an outlet.
    BatchOfBox in "box" [batch_id: BatchId] {}
        ; unvouched "says which batches to load, and what is said of them is said from the loaded ones"

    /// For which outlet a box is.
    OutletOfBox in "box" [outlet: OrgId] {}
        ; unvouched "says what can be chosen, and what is shown of it is said from the loaded boxes"

    /// The body is JSON.
    BoxRow in "box" [batch_id: BatchId, box_id: BoxId] {
        number: String,
        outlet: OrgId,
        keeper: String,
        to_org: Option<OrgId>,
        cards: i64,
        body: String,
    }

    /// What a box is read from.
    BoxBody in "box" [batch_id: BatchId, box_id: BoxId] { body: String }

    /// How many cards were made in a batch.
    CardCount in "card" [n: i64] {}
        ; unvouched "counted in the database: a row whose columns were changed is named by check"

    /// How many cards lie in a box.
    BoxCount in "card" [box_id: BoxId] { n: i64 }
        ; unvouched "counted in the database: a row whose columns were changed is named by check"

    /// One line of a hand-over: the journal line that it belongs to, and its number there.
    CustodyRow in "custody_entry" [entry: i64, line: i64] {
        account: String,
        cards: i64,
        batch_id: Option<BatchId>,
        box_id: Option<BoxId>,
    }

    /// What an account of the books has.
    Balance in "custody_entry" [account: String] { cards: i64 }
        ; unvouched "summed in the database: check sums the books again from the journal"
}

impl BatchRow {
    pub(crate) fn of(file: &BatchFile, b: &Batch) -> Self {
        Self {
            batch_id: file.id,
            version: file.version,
            number: b.number.clone(),
            city: b.city.as_str().to_owned(),
            bank: b.bank.as_str().to_owned(),
            state: b.state.kind(),
            urgent: b.urgent,
            vendor: b.state.vendor().map_or(String::new(), |v| v.as_str().to_owned()),
            body: json_text(b),
            next_duty: kaguan_domain::facts::clock::next_watch(&b.clocks),
        }
    }
}

impl BatchBody {
    pub(crate) fn batch(&self) -> Result<Batch, StoreError> {
        self.parse("body", self.body.as_bytes())
    }
}

impl BoxRow {
    pub(crate) fn of(batch: BatchId, b: &BoxFile) -> Self {
        Self {
            batch_id: batch,
            box_id: b.id,
            number: b.number.clone(),
            outlet: b.outlet,
            keeper: b.keeper.account(),
            to_org: b.on_the_way.as_ref().map(|w| w.to),
            cards: b.cards,
            body: json_text(b),
        }
    }
}

impl BoxBody {
    pub(crate) fn file(&self) -> Result<BoxFile, StoreError> {
        self.parse("body", self.body.as_bytes())
    }
}
