//! Pre-made cards 预制卡 and their orders.

use crate::engine::StoreError;
use crate::load::LoadRequest;
use crate::sql;
use crate::store::Store;
use kaguan_domain::facts::blank::BlankFile;
use kaguan_domain::facts::blank_order::BlankOrderFile;
use kaguan_domain::facts::names::{BlankStateKind, StepKind};
use kaguan_domain::ids::BlankOrderId;
use std::collections::{HashMap, HashSet};

/// Which orders of pre-made cards; what is not said is any.
#[derive(Clone, Copy, Default, Debug)]
pub struct OrdersAsked<'a> {
    /// Of a city, by its code.
    pub city: Option<&'a str>,
    /// At a step.
    pub step: Option<StepKind>,
    /// Of a bank, by its code.
    pub bank: Option<&'a str>,
    /// Of a vendor, by its code.
    pub vendor: Option<&'a str>,
    /// Older than this one.
    pub before: Option<BlankOrderId>,
}

impl Store {
    /// Orders of pre-made cards, newest first, at most so many; their cards are not counted.
    pub async fn blank_orders(
        &self,
        asked: OrdersAsked<'_>,
        limit: i64,
    ) -> Result<Vec<BlankOrderFile>, StoreError> {
        let OrdersAsked { city, step, bank, vendor, before } = asked;
        let step = step.map(StepKind::code);
        let before = before.map(|id| id.0);
        let params = vec![city.into(), step.into(), bank.into(), vendor.into(), before.into(), limit.into()];
        self.ask(&sql::BLANK_ORDER_LIST, params).await?.iter().map(|row| row.file()).collect()
    }

    /// The orders of a city that the province ended, newest first; their cards are not counted.
    pub async fn blank_orders_ended(&self, city: &str) -> Result<Vec<BlankOrderFile>, StoreError> {
        let found = self.ask(&sql::blanks::BLANK_ORDER_ENDED, vec![city.into()]).await?;
        found.iter().map(|row| row.file()).collect()
    }

    /// One order with its cards counted.
    pub async fn counted_order(&self, id: BlankOrderId) -> Result<Option<BlankOrderFile>, StoreError> {
        let want = LoadRequest { blank_orders: vec![id], tally_order: Some(id), ..LoadRequest::default() };
        Ok(self.load(&want).await?.stock.orders.remove(&id))
    }

    /// Counts the cards that lie in each box of some orders, and those that were written off from it.
    pub async fn count_boxes(&self, orders: &mut [BlankOrderFile]) -> Result<(), StoreError> {
        let ids: Vec<i64> = orders.iter().map(|file| file.id.0).collect();
        let mut counted: HashMap<BlankOrderId, [Vec<(String, i64)>; 2]> = HashMap::new();
        for row in self.ask(&sql::BLANKS_INSIDE, vec![ids.clone().into()]).await? {
            counted.entry(row.order_id).or_default()[0].push((row.r#box, row.n));
        }
        for row in self.ask(&sql::BLANKS_WRITTEN_OFF, vec![ids.into()]).await? {
            counted.entry(row.order_id).or_default()[1].push((row.r#box, row.n));
        }
        for file in orders {
            let [inside, written_off] = counted.remove(&file.id).unwrap_or_default();
            file.tally.inside.extend(inside);
            file.tally.written_off.extend(written_off);
        }
        Ok(())
    }

    /// The cards of an order in a state or in any, after one.
    pub async fn blanks_after(
        &self,
        order: BlankOrderId,
        state: Option<BlankStateKind>,
        after: u32,
        limit: i64,
    ) -> Result<Vec<BlankFile>, StoreError> {
        let state = state.map(BlankStateKind::code);
        let params = vec![order.0.into(), state.into(), i64::from(after).into(), limit.into()];
        self.ask(&sql::BLANK_FROM, params).await?.iter().map(|row| row.file(self.sealer())).collect()
    }

    /// The cards that lie in a box of an order, after one.
    pub async fn blanks_in_box(
        &self,
        order: BlankOrderId,
        r#box: &str,
        after: u32,
        limit: i64,
    ) -> Result<Vec<BlankFile>, StoreError> {
        let params = vec![order.0.into(), r#box.into(), i64::from(after).into(), limit.into()];
        self.ask(&sql::BLANK_IN_BOX, params).await?.iter().map(|row| row.file(self.sealer())).collect()
    }

    /// Which cards of an order have begun, after one number and up to another.
    pub async fn blanks_begun(
        &self,
        order: BlankOrderId,
        after: u32,
        to: u32,
    ) -> Result<HashSet<u32>, StoreError> {
        let params = vec![order.0.into(), i64::from(after).into(), i64::from(to).into()];
        Ok(self.ask(&sql::BLANK_BEGUN, params).await?.into_iter().map(|row| row.n).collect())
    }
}
