//! 预制卡 at the built-in partners (Article 36): a bank gives the cards of an order their accounts, a vendor makes them, packs them and sends
//! the boxes to the city centre. Neither remembers anything: what is left to do is seen from the order, so that a round that was cut short
//! goes on in the next one, with the same boxes.

use crate::{Bank, Vendor};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::facts::account::{AccountNumber, BankAccount, BlankAccount};
use kaguan_domain::facts::blank_order::{BlankBox, BlankOrder, BlankOrderFile, StockShip};
use kaguan_domain::facts::failure::PartnerWords;
use kaguan_domain::facts::names::StepKind;
use kaguan_domain::ids::{BlankId, BlankOrderId, ChipIdentifier, ResetInformation};
use kaguan_domain::instant::{
    Allocation, BlankCommand, BlankOrderCommand, Making, TakeAllocation, TakeMaking,
};
use kaguan_service::{BlankRow, Command, Failure, Service};
use kaguan_store::OrdersAsked;
use std::collections::BTreeMap;

/// Pre-made cards in one box.
const BOX: u32 = 200;
/// The most orders of a trial province.
const ORDERS: i64 = 1_000;

/// What was refused is somebody else's turn by now; anything else is no answer.
fn unless_refused<T>(outcome: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match outcome {
        Ok(done) => Ok(Some(done)),
        Err(Failure::Refused(_)) => Ok(None),
        Err(e) => Err(e),
    }
}

async fn give(
    service: &Service,
    me: &Actor,
    id: BlankOrderId,
    command: BlankOrderCommand,
) -> Result<(), Failure> {
    let ctx = service.ctx(me.clone(), Channel::Partner, None);
    unless_refused(service.execute(ctx, Command::BlankOrder { id, command }).await)?;
    Ok(())
}

/// Answers for cards; returns how many were taken.
async fn answer(
    service: &Service,
    me: &Actor,
    rows: impl Iterator<Item = (BlankId, BlankCommand)>,
) -> Result<usize, Failure> {
    let ctx = || service.ctx(me.clone(), Channel::Partner, None);
    let commands = rows.map(|(id, command)| (ctx(), Command::Blank { id, command })).collect();
    let mut taken = 0;
    for outcome in service.execute_all(commands, |_| {}).await {
        taken += usize::from(unless_refused(outcome)?.is_some());
    }
    Ok(taken)
}

/// The orders of pre-made cards of the province, for [`Bank::allocate`] and [`Vendor::make_blanks`].
pub async fn blank_orders(service: &Service) -> Result<Vec<BlankOrderFile>, Failure> {
    Ok(service.store().blank_orders(OrdersAsked::default(), ORDERS).await?)
}

impl Bank {
    /// 预制卡开户: an account for every card of this bank's orders that waits for one; of an order that was ended it says that it knows.
    /// Returns how many cards it answered for.
    pub async fn allocate(&mut self, service: &Service, orders: &[BlankOrderFile]) -> Result<usize, Failure> {
        clause!(R36.1);
        let me = Actor::Bank(self.code.clone());
        let mut taken = 0;
        for file in orders {
            let Some(order) = file.order.as_ref().filter(|o| o.bank == self.code) else { continue };
            let waits = matches!(order.step.kind(), StepKind::Generated | StepKind::AtBank);
            if order.end_for_bank().is_some() {
                give(service, &me, file.id, BlankOrderCommand::CloseAllocation).await?;
            } else if waits && order.ended.is_none() {
                give(service, &me, file.id, BlankOrderCommand::Extract).await?;
                let data = service.blanks_for(&me, file.id, 0, order.quantity as usize).await;
                let rows = unless_refused(data)?.map(|(_, rows)| rows).unwrap_or_default();
                let rows: Vec<_> = rows.into_iter().map(|row| (row.id, self.account_of(row))).collect();
                taken += answer(service, &me, rows.into_iter()).await?;
                give(service, &me, file.id, BlankOrderCommand::CloseAllocation).await?;
            }
        }
        Ok(taken)
    }

    fn account_of(&mut self, row: BlankRow) -> BlankCommand {
        let card_no = row.card_no.as_str().to_owned();
        let (bank_card_no, account_no) = self.open(&card_no);
        let account = BlankAccount {
            bank: BankAccount { bank_card_no, account_no, of: Some(self.code.clone()) },
            personal_account: AccountNumber(format!("9{card_no}")),
        };
        BlankCommand::TakeAllocation(TakeAllocation { card_no, result: Allocation::Allocated(account) })
    }
}

impl Vendor {
    /// 预制卡制卡: makes what waits, sends what is made to the city centre, looks again at what the province found wrong, and destroys what
    /// it has of an order that was ended. Returns how many cards it answered for.
    pub async fn make_blanks(
        &mut self,
        service: &Service,
        orders: &[BlankOrderFile],
    ) -> Result<usize, Failure> {
        clause!(R36.1);
        let me = Actor::Vendor(self.code.clone());
        let mut taken = 0;
        for file in orders {
            let Some(order) = file.order.as_ref().filter(|o| o.vendor == self.code) else { continue };
            if order.end_for_vendor().is_some() {
                for b in order.boxes.iter().filter(|b| b.is_at_vendor()) {
                    let destroyed = BlankOrderCommand::Pack { number: b.number.clone(), cards: 0 };
                    give(service, &me, file.id, destroyed).await?;
                }
                give(service, &me, file.id, BlankOrderCommand::CloseMaking).await?;
            } else if order.step.kind() == StepKind::AtVendor && order.ended.is_none() {
                taken += self.make_order(service, &me, file.id, order).await?;
            } else if order.waits_for_correction().is_some() {
                // What a machine made is right: it says that it looked.
                give(service, &me, file.id, BlankOrderCommand::CloseMaking).await?;
            } else if order.is_usable() {
                for b in order.boxes.iter().filter(|b| b.is_at_vendor()) {
                    send(service, &me, file.id, order, b).await?;
                }
            }
        }
        Ok(taken)
    }

    async fn make_order(
        &self,
        service: &Service,
        me: &Actor,
        id: BlankOrderId,
        order: &BlankOrder,
    ) -> Result<usize, Failure> {
        let Some(file) = service.store().counted_order(id).await? else { return Ok(0) };
        let data = service.blanks_for(me, id, 0, order.quantity as usize).await;
        let Some((_, rows)) = unless_refused(data)? else { return Ok(0) };
        let number = |card: BlankId| {
            format!("{}-{}-{:03}", self.code, order.number, card.n.saturating_sub(1) / BOX + 1)
        };
        let fails = |card: BlankId| {
            crate::BadDay::strikes(self.bad_day.fail_one_in, card.n.saturating_sub(1) as usize)
        };
        let mut boxes: BTreeMap<String, i64> = BTreeMap::new();
        for row in rows.iter().filter(|row| !fails(row.id)) {
            *boxes.entry(number(row.id)).or_default() += 1;
        }
        for (number, cards) in boxes {
            // With those that it had answered for when it was stopped.
            let cards = cards + file.inside(&number);
            give(service, me, id, BlankOrderCommand::Pack { number, cards }).await?;
        }
        let made = |row: BlankRow| {
            let result = if fails(row.id) {
                let (code, reason) = ("CHIP09".into(), "芯片预个人化失败".into());
                Making::Failed(PartnerWords { code, reason })
            } else {
                made_now(service, number(row.id))?
            };
            let account = row.account.as_ref();
            let take = TakeMaking {
                card_no: row.card_no.as_str().to_owned(),
                bank_card_no: account.map(|a| a.bank.bank_card_no.as_str().to_owned()).unwrap_or_default(),
                personal_account: account.map(|a| a.personal_account.0.clone()).unwrap_or_default(),
                result,
                trade: None,
                passes_on: false,
            };
            Ok((row.id, BlankCommand::TakeMaking(take)))
        };
        let rows = rows.into_iter().map(made).collect::<Result<Vec<_>, Failure>>()?;
        let taken = answer(service, me, rows.into_iter()).await?;
        give(service, me, id, BlankOrderCommand::CloseMaking).await?;
        Ok(taken)
    }
}

fn made_now(service: &Service, r#box: String) -> Result<Making, Failure> {
    let wrong = |e: kaguan_domain::ids::NumberError| Failure::Unavailable(e.to_string());
    let chip = service.fresh();
    Ok(Making::Made {
        chip: ChipIdentifier::parse(&format!("440100D156000005{chip:016X}")).map_err(wrong)?,
        reset: ResetInformation::parse(&format!("00814E4323{chip:016X}")).map_err(wrong)?,
        made_on: service.now().date(),
        r#box,
    })
}

/// A box sets out to the centre of its city; none does where there is no centre.
async fn send(
    service: &Service,
    me: &Actor,
    id: BlankOrderId,
    order: &BlankOrder,
    b: &BlankBox,
) -> Result<(), Failure> {
    let institutions = service.institutions();
    let Some(to) = institutions.city_centre(&order.city).map(|centre| centre.id) else { return Ok(()) };
    let ship = StockShip {
        r#box: b.number.clone(),
        to,
        responsible: "卡商发货员".into(),
        tracking: format!("V{}", b.number),
        manner: "专车".into(),
    };
    give(service, me, id, BlankOrderCommand::Ship(ship)).await
}
