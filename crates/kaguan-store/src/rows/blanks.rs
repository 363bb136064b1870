//! Pre-made cards 预制卡 and their orders.

use super::bound_to;
use crate::engine::StoreError;
use crate::seal::Sealer;
use crate::table::{Columns, Sealed, json, json_text, row};
use kaguan_domain::facts::blank::{BlankFile, BlankState};
use kaguan_domain::facts::blank_order::{BlankOrder, BlankOrderFile};
use kaguan_domain::facts::names::{BlankStateKind, StepKind};
use kaguan_domain::ids::{BlankId, BlankOrderId};

row! {
    /// The body is JSON.
    OrderRow in "blank_order" [order_id: BlankOrderId] {
        version: i64,
        number: String,
        city: String,
        bank: String,
        vendor: String,
        step: StepKind,
        body: String,
    }

    /// What an order is read from.
    OrderBody in "blank_order" [order_id: BlankOrderId] { version: i64, body: String }

    /// The body is sealed, for it holds the account. A card that lies in no box has an empty one; one that was written off in stock
    /// has that which it lay in.
    BlankRow in "blank" [order_id: BlankOrderId, n: u32] {
        version: i64,
        state: BlankStateKind,
        r#box: String,
        body: Sealed,
    }

    /// What a pre-made card is read from.
    BlankBody in "blank" [order_id: BlankOrderId, n: u32] { version: i64, body: Sealed }

    /// Which card of an order.
    BlankNumber in "blank" [n: u32] {}

    /// How many cards of an order are in a state.
    BlankStateCount in "blank" [state: BlankStateKind] { n: i64 }
        ; unvouched "counted in the database: a row whose columns were changed is named by check"

    /// How many cards of an order lie in a box.
    BlankBoxCount in "blank" [r#box: String] { n: i64 }
        ; unvouched "counted in the database: a row whose columns were changed is named by check"

    /// The same of an order among several.
    BlankBoxOfOrder in "blank" [order_id: BlankOrderId, r#box: String] { n: i64 }
        ; unvouched "counted in the database: a row whose columns were changed is named by check"
}

impl OrderRow {
    pub(crate) fn of(file: &BlankOrderFile, o: &BlankOrder) -> Self {
        Self {
            order_id: file.id,
            version: file.version,
            number: o.number.clone(),
            city: o.city.as_str().to_owned(),
            bank: o.bank.as_str().to_owned(),
            vendor: o.vendor.as_str().to_owned(),
            step: o.step.kind(),
            body: json_text(o),
        }
    }
}

impl OrderBody {
    /// The order; its cards are not counted.
    pub(crate) fn file(&self) -> Result<BlankOrderFile, StoreError> {
        let mut file = BlankOrderFile::new(self.order_id);
        file.version = self.version;
        file.order = Some(self.parse("body", self.body.as_bytes())?);
        Ok(file)
    }
}

impl BlankRow {
    pub(crate) fn of(sealer: &Sealer, file: &BlankFile) -> Self {
        let in_box = match &file.state {
            BlankState::Made { made, .. } | BlankState::InUse { made, .. } => made.r#box.clone(),
            BlankState::Spoiled { r#box, .. } => r#box.clone(),
            BlankState::Generated
            | BlankState::AllocationFailed { .. }
            | BlankState::Allocated { .. }
            | BlankState::MakingFailed { .. }
            | BlankState::Used { .. } => String::new(),
        };
        Self {
            order_id: file.id.order,
            n: file.id.n,
            version: file.version,
            state: file.state.kind(),
            r#box: in_box,
            body: Sealed(sealer.seal(&bound_to("blank", file.id), &json(&file.state))),
        }
    }
}

impl BlankBody {
    pub(crate) fn file(&self, sealer: &Sealer) -> Result<BlankFile, StoreError> {
        let id = BlankId { order: self.order_id, n: self.n };
        let state = self.open(sealer, "body", &bound_to("blank", id), &self.body)?;
        Ok(BlankFile { id, version: self.version, state: self.parse("body", &state)? })
    }
}
