//! A card vendor: makes the cards of a batch, packs them by outlet and employer, returns their identities, and
//! delivers the boxes to the province centre.

use crate::BadDay;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::{BatchCommand, HolderCommand};
use kaguan_domain::distribution::Ship;
use kaguan_domain::facts::failure::PartnerWords;
use kaguan_domain::facts::names::BatchStateKind;
use kaguan_domain::ids::{BatchId, BoxId, CardId, ChipIdentifier, OrgId, ResetInformation, VendorCode};
use kaguan_domain::production::{ProductionResult, TakeReturn};
use kaguan_service::{BatchPerson, Command, Failure, Service};
use kaguan_store::BatchesAsked;
use std::collections::BTreeMap;

/// A vendor's computer.
pub struct Vendor {
    /// Its code.
    pub code: VendorCode,
    /// What goes wrong.
    pub bad_day: BadDay,
}

impl Vendor {
    /// A vendor.
    pub fn new(code: &str, bad_day: BadDay) -> Self {
        Self { code: VendorCode(code.into()), bad_day }
    }

    /// Works through every batch handed to this vendor; returns the batches and how many rows it answered.
    pub async fn work(&mut self, service: &Service) -> Result<(Vec<BatchId>, usize), Failure> {
        let me = Actor::Vendor(self.code.clone());
        let mine = BatchesAsked {
            state: Some(BatchStateKind::AtVendor),
            vendor: Some(self.code.as_str()),
            ..BatchesAsked::default()
        };
        let waiting = service.store().batches(mine, 10_000).await?;
        let (mut batches, mut rows) = (Vec::new(), 0);
        for b in waiting {
            rows += self.make(service, &me, b.id).await?;
            batches.push(b.id);
        }
        Ok((batches, rows))
    }

    async fn make(&mut self, service: &Service, me: &Actor, id: BatchId) -> Result<usize, Failure> {
        let ctx = || service.ctx(me.clone(), Channel::Partner, None);
        let people = service.people_of(me, id).await?.into_shown();
        let fails = |n| {
            BadDay::strikes(self.bad_day.fail_one_in, n) || BadDay::strikes(self.bad_day.change_one_in, n)
        };
        let mut boxes: BTreeMap<(OrgId, Option<String>), (BoxId, i64)> = BTreeMap::new();
        for (_, p) in people.iter().enumerate().filter(|(n, _)| !fails(*n)) {
            let fresh = BoxId(service.fresh());
            boxes.entry((p.collect_at, p.employer.clone())).or_insert((fresh, 0)).1 += 1;
        }
        for (place, ((outlet, employer), (r#box, cards))) in boxes.iter().enumerate() {
            let command = BatchCommand::PackBox {
                r#box: *r#box,
                number: format!("{}-{:03}", self.code, place + 1),
                outlet: *outlet,
                employer: employer.clone(),
                cards: *cards,
            };
            service.execute(ctx(), Command::Batch { id, command }).await?;
        }
        let mut commands = Vec::new();
        for (n, p) in people.into_iter().enumerate() {
            let Some(account) = p.account.clone() else { continue };
            let result = if fails(n) {
                ProductionResult::Failed(PartnerWords {
                    code: "CHIP09".into(),
                    reason: "芯片个人化失败".into(),
                })
            } else {
                self.card(service, &p, boxes.get(&(p.collect_at, p.employer.clone())).map(|b| b.0))?
            };
            let mut echo = p.data.clone();
            if BadDay::strikes(self.bad_day.change_one_in, n) {
                echo.card_no = "A00000000".into();
            }
            let answer = TakeReturn {
                application: p.application,
                batch: id,
                echo,
                details: None,
                bank_card_no: account.bank_card_no,
                result,
            };
            commands.push((ctx(), Command::of(p.holder, HolderCommand::TakeProductionReturn(answer))));
        }
        let rows = commands.len();
        for outcome in service.execute_all(commands, |_| {}).await {
            outcome?;
        }
        service.execute(ctx(), Command::Batch { id, command: BatchCommand::CloseProduction }).await?;
        let province = service.institutions().province_centre().map_or(OrgId(0), |o| o.id);
        for (r#box, _) in boxes.values() {
            let ship = Ship {
                r#box: *r#box,
                to: province,
                responsible: "卡商发货员".into(),
                manner: "专车".into(),
                tracking: format!("V{}", r#box),
            };
            service.execute(ctx(), Command::Batch { id, command: BatchCommand::Ship(ship) }).await?;
        }
        Ok(rows)
    }

    fn card(
        &self,
        service: &Service,
        p: &BatchPerson,
        r#box: Option<BoxId>,
    ) -> Result<ProductionResult, Failure> {
        let id = service.fresh();
        let wrong = |e: kaguan_domain::ids::NumberError| Failure::Unavailable(e.to_string());
        let area = p.data.card_no.bytes().next().map_or(0, u32::from);
        Ok(ProductionResult::Made {
            card: CardId(id),
            chip: ChipIdentifier::parse(&format!("{:06}D156000005{id:016X}", 440_000 + area))
                .map_err(wrong)?,
            reset: ResetInformation::parse(&format!("00814E4323{id:016X}")).map_err(wrong)?,
            made_on: service.now().date(),
            r#box: r#box.ok_or_else(|| Failure::Unavailable("no box for a made card".into()))?,
        })
    }
}
