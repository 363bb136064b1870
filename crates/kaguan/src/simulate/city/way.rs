//! The way of a card: fees, accounts, production, distribution, collection, and what banks must mirror.

use super::City;
use crate::walk;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::card::Account;
use kaguan_domain::facts::custody::Custody;
use kaguan_domain::fee::Pay;
use kaguan_domain::ids::{BatchId, CardId, HolderId};
use kaguan_partner_sim::{BadDay, Bank};
use kaguan_store::LoadRequest;

impl City {
    /// People pay what they owe, most of them at once.
    pub(super) async fn fees(&mut self) -> anyhow::Result<()> {
        let mut due = Vec::new();
        let mut rng = self.rng.fork();
        for (holder, application) in self.service.store().applications_unpaid(1_000).await? {
            if rng.u8(..10) > 0 {
                due.push((holder, application));
            }
        }
        let holders = due.iter().map(|(holder, _)| *holder).collect();
        let loaded = self.service.store().load(&LoadRequest { holders, ..LoadRequest::default() }).await?;
        let mut pay = Vec::with_capacity(due.len());
        for (holder, application) in due {
            // Where the application was made: a change of the bank is paid at the new bank's outlet.
            let file = loaded.holders.get(&holder);
            // Of the dead nothing is taken at a counter.
            let alive = file.filter(|f| !f.death_confirmed());
            let Some(outlet) = alive.and_then(|f| f.application(application)).map(|a| a.outlet) else {
                continue;
            };
            let clerk = walk::officer_of(&self.service, outlet).await?;
            let fee = Pay::of_one_card(application, application.0.unsigned_abs(), self.service.now());
            pay.push((clerk, holder, C::PayFee(fee)));
        }
        self.give(pay).await?;
        Ok(())
    }

    /// Banks open accounts, vendors make cards; some days are bad.
    pub(super) async fn partners(&mut self, day: i64, batches: &[BatchId]) -> anyhow::Result<()> {
        let bad = self.rng.u8(..6) == 0;
        let bad_day = if bad { BadDay { fail_one_in: 7, change_one_in: 13 } } else { BadDay::default() };
        for bank in &mut self.banks {
            bank.bad_day = bad_day;
            bank.work(&self.service).await?;
        }
        walk::settle_failures(&self.service, batches, walk::FailedAt::Bank).await?;
        let vendor = usize::from(day % 4 == 0);
        walk::hand_out(&self.service, ["1", "2"][vendor]).await?;
        self.vendors[vendor].bad_day = bad_day;
        self.vendors[vendor].work(&self.service).await?;
        walk::settle_failures(&self.service, batches, walk::FailedAt::Vendor).await?;
        Ok(())
    }

    /// Boxes move one hop a day; where they have arrived most people collect at once.
    pub(super) async fn distribute(&mut self) -> anyhow::Result<()> {
        let active = std::mem::take(&mut self.active);
        let counts = self.count_boxes(&active).await?;
        walk::one_hop(&self.service, &active, |b| counts.get(&b.id).cloned().unwrap_or_default()).await?;
        for id in active {
            let Some(file) = self.service.batch(id).await? else { continue };
            let arrived = |b: &kaguan_domain::facts::boxes::BoxFile| b.arrived.is_some();
            if !file.boxes.iter().all(arrived) {
                self.active.push(id);
                continue;
            }
            for b in &file.boxes {
                let inside = self.service.store().box_people(b.id, HolderId(i64::MIN), 100_000).await?;
                let (mut come, mut posted) = (Vec::new(), Vec::new());
                for one in inside {
                    // What the count did not find nobody can collect.
                    if self.is_short(one.1) {
                        continue;
                    }
                    match self.rng.u8(..20) {
                        0 => {}
                        1 | 2 => posted.push(one),
                        _ => come.push(one),
                    }
                }
                self.collect(come).await?;
                for (holder, card) in posted {
                    self.post(holder, card).await?;
                }
            }
        }
        Ok(())
    }

    /// 领取, by everybody who has come; some left the old card at home.
    pub(super) async fn collect(&mut self, come: Vec<(HolderId, CardId)>) -> anyhow::Result<()> {
        let loaded = self.load(come.iter().map(|c| c.0).collect()).await?;
        let (mut commands, mut olds) = (Vec::new(), Vec::new());
        for (holder, card) in &come {
            let Some(file) = loaded.holders.get(holder) else { continue };
            let (outlet, clerk) = match file.card(*card) {
                Some(lies) => self.outlet_of(lies, &loaded.batches).await?,
                None => (self.outlet, self.clerk.clone()),
            };
            let mut command = self.counter.hand_over(file, *card, outlet);
            let application = file.card(*card).and_then(|c| file.application(c.application));
            let old = application.and_then(|a| a.purpose.old()).filter(|_| command.old_card_back);
            command.old_card_back &= self.rng.u8(..4) > 0;
            olds.push(old.map(|old| (old, command.old_card_back)));
            commands.push((clerk, *holder, C::HandOver(command)));
        }
        let done = self.give(commands).await?;
        let loaded = self.load(come.iter().map(|c| c.0).collect()).await?;
        for (((holder, _), old), done) in come.iter().zip(olds).zip(&done) {
            let (Some(file), Some((old, back)), true) = (loaded.holders.get(holder), old, done) else {
                continue;
            };
            let recalled = file.card(old).is_some_and(|c| matches!(c.custody, Custody::Recalled { .. }));
            self.did(if back { "换卡时旧卡交回" } else { "换卡时旧卡未带来" });
            if recalled != back {
                self.wrongs.push(format!("档案{holder}：旧卡{old}是否收回，与经办人所述不符"));
            }
        }
        let done = come.into_iter().zip(done).filter(|(_, done)| *done).map(|(c, _)| c).collect();
        self.activate(done).await
    }

    /// Most people have their accounts activated at once.
    pub(super) async fn activate(&mut self, in_hand: Vec<(HolderId, CardId)>) -> anyhow::Result<()> {
        let loaded = self.load(in_hand.iter().map(|c| c.0).collect()).await?;
        let mut activate = Vec::new();
        for (holder, card) in in_hand {
            let Some(file) = loaded.holders.get(&holder) else { continue };
            if let Some(card) = file.card(card).filter(|c| c.account == Account::PreOpened)
                && self.rng.u8(..10) > 1
            {
                let command = self.counter.activate(file, card.id);
                activate.push((Actor::Bank(card.bank.clone()), holder, C::Activate(command)));
            }
        }
        self.give(activate).await?;
        Ok(())
    }

    /// What banks must mirror is delivered and answered; doubts and refusals are resolved by staff.
    pub(super) async fn links(&mut self) -> anyhow::Result<()> {
        self.service.deliver().await?;
        let bad = self.rng.u8(..5) == 0;
        let bad_day = if bad { BadDay { fail_one_in: 5, change_one_in: 3 } } else { BadDay::default() };
        Bank::mirror(&self.service, &self.around.banks, bad_day).await?;
        Ok(())
    }
}
