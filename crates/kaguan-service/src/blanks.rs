//! Pre-made cards and their exchange with banks and vendors (Article 36, Appendix 9).

use crate::exchange::{refused, refused_by};
use crate::outcome::Failure;
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::facts::account::BlankAccount;
use kaguan_domain::facts::blank::{BlankFile, BlankState};
use kaguan_domain::facts::blank_order::{BlankOrder, Step};
use kaguan_domain::facts::names::BlankStateKind;
use kaguan_domain::ids::{BankCode, BlankId, BlankOrderId, CardNumber, CityCode, VendorCode};
use kaguan_domain::instant::{BlankOrderCommand, is_over};
use kaguan_domain::refusal::Reason;
use kaguan_store::{LoadRequest, StoreError};

const PAGE: i64 = 2_000;

/// One pre-made card, as a partner gets it.
#[derive(Clone, Debug)]
pub struct BlankRow {
    pub id: BlankId,
    /// 社保卡卡号.
    pub card_no: CardNumber,
    /// The account, once it is allocated.
    pub account: Option<BlankAccount>,
}

impl Service {
    /// 预制卡申请 (Appendix 5): one bank, one vendor.
    pub async fn order_blanks(
        &self,
        actor: &Actor,
        city: &CityCode,
        bank: &BankCode,
        vendor: &VendorCode,
        quantity: u32,
        note: &str,
    ) -> Result<BlankOrderId, Failure> {
        let id = BlankOrderId(self.fresh());
        let command = BlankOrderCommand::Order {
            number: format!("Y{}{}{id}", city.as_str(), bank.as_str()),
            city: city.clone(),
            bank: bank.clone(),
            vendor: vendor.clone(),
            quantity,
            note: note.into(),
        };
        let ctx = self.ctx(actor.clone(), Channel::Console, None);
        self.execute(ctx, Command::BlankOrder { id, command }).await?;
        Ok(id)
    }

    /// 生成数据: reserves as many of the city's card numbers and gives them to the order.
    pub async fn generate_blanks(&self, actor: &Actor, id: BlankOrderId) -> Result<(), Failure> {
        clause!(R36.1);
        let order = self.blank_order(id).await?;
        // Looked at before numbers are reserved, so that a second press of the button loses none.
        if order.step != Step::Ordered {
            return Err(refused_by(clause!(R36.1), Reason::WrongStage));
        }
        let counter = format!("card_no/{}", order.city.as_str());
        let first = self.store().reserve(&counter, i64::from(order.quantity)).await?;
        let first = u32::try_from(first)
            .ok()
            .filter(|f| f.checked_add(order.quantity).is_some_and(|end| end <= 10_000_000))
            .ok_or_else(|| Failure::Unavailable("本市卡号段已用尽".into()))?;
        let command = BlankOrderCommand::Generate { first };
        let ctx = self.ctx(actor.clone(), Channel::Console, None);
        self.execute(ctx, Command::BlankOrder { id, command }).await?;
        Ok(())
    }

    /// Loads one order; its cards are not counted.
    pub async fn blank_order(&self, id: BlankOrderId) -> Result<BlankOrder, Failure> {
        let want = LoadRequest { blank_orders: vec![id], ..LoadRequest::default() };
        let mut loaded = self.store().load(&want).await?;
        let file = loaded.stock.orders.remove(&id);
        file.and_then(|f| f.order).ok_or_else(|| refused_by(clause!(R36.1), Reason::NotFound))
    }

    /// An order for the bank or the vendor that it belongs to.
    pub async fn order_for(&self, partner: &Actor, id: BlankOrderId) -> Result<BlankOrder, Failure> {
        let order = self.blank_order(id).await?;
        let theirs = match partner {
            Actor::Bank(bank) => *bank == order.bank,
            Actor::Vendor(vendor) => *vendor == order.vendor,
            Actor::Partner(_) | Actor::Officer(_) | Actor::Kiosk(_) | Actor::System => false,
        };
        if theirs { Ok(order) } else { Err(refused(Reason::NotYourData)) }
    }

    /// Loads one pre-made card; `None` when nobody has answered for it.
    pub async fn blank(&self, id: BlankId) -> Result<Option<BlankFile>, StoreError> {
        let want = LoadRequest { blanks: vec![id], ..LoadRequest::default() };
        Ok(self.store().load(&want).await?.stock.blanks.remove(&id))
    }

    /// The cards of an order that wait for a partner, after one, at most so many: for an account at the bank, to be made
    /// at the vendor; with the order. Only for the bank or the vendor that they belong to.
    pub async fn blanks_for(
        &self,
        partner: &Actor,
        id: BlankOrderId,
        after: u32,
        limit: usize,
    ) -> Result<(BlankOrder, Vec<BlankRow>), Failure> {
        let order = self.order_for(partner, id).await?;
        if let Some(ended) = &order.ended {
            return Err(is_over(ended).into());
        }
        let row =
            |n, account| Some(BlankRow { id: BlankId { order: id, n }, card_no: order.card_no(n)?, account });
        let mut out = Vec::new();
        // Before and after their stage there is nothing for them.
        let at_bank = matches!(order.step, Step::AtBank { .. });
        let at_vendor = matches!(order.step, Step::AtVendor { .. });
        let corrects = order.waits_for_correction().is_some();
        // What the vendor puts right are the cards that it made.
        let wanted = if corrects { BlankStateKind::Made } else { BlankStateKind::Allocated };
        match partner {
            Actor::Bank(_) if at_bank => {
                let begun = self.store().blanks_begun(id, after, order.quantity).await?;
                let waiting = (after.saturating_add(1)..=order.quantity).filter(|n| !begun.contains(n));
                out.extend(waiting.filter_map(|n| row(n, None)).take(limit));
            }
            Actor::Vendor(_) if at_vendor || corrects => {
                let mut after = after;
                while out.len() < limit {
                    let want = PAGE.min(i64::try_from(limit - out.len()).unwrap_or(PAGE));
                    let page = self.store().blanks_after(id, Some(wanted), after, want).await?;
                    let Some(last) = page.last() else { break };
                    after = last.id.n;
                    out.extend(page.into_iter().filter_map(|b| match b.state {
                        BlankState::Allocated { account, .. } => row(b.id.n, Some(account)),
                        BlankState::Made { made, .. } => row(b.id.n, Some(made.account)),
                        BlankState::Generated
                        | BlankState::AllocationFailed { .. }
                        | BlankState::MakingFailed { .. }
                        | BlankState::InUse { .. }
                        | BlankState::Used { .. }
                        | BlankState::Spoiled { .. } => None,
                    }));
                }
            }
            _ => {}
        }
        Ok((order, out))
    }
}
