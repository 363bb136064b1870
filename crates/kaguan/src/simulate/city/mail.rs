//! 邮递上门 (Article 14): most who are sent their card sign for it with the code, some letters come back, some get lost. What came back
//! is posted anew, collected, or lies there until its time is up.

use super::City;
use crate::counter;
use kaguan_domain::collection::{ConfirmPost, Post, ReceiveReturned};
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::distribution::{RecordMissing, TakeOver};
use kaguan_domain::facts::counter::Collector;
use kaguan_domain::facts::custody::{Custody, Party, PickUpCode};
use kaguan_domain::facts::form::Delivery;
use kaguan_domain::facts::post::{CarrierProof, Wish, WishedBy};
use kaguan_domain::ids::{CardId, HolderId, OrgId};

/// A card in the post.
pub(super) struct Posted {
    holder: HolderId,
    card: CardId,
    /// What the holder was told.
    code: PickUpCode,
    /// The day on which it is delivered, comes back, or is missed.
    due: i64,
}

/// A card that its holder has to be told of.
pub(super) struct Waits {
    holder: HolderId,
    card: CardId,
    due: i64,
    /// Whether its holder did not answer the post.
    returned: bool,
}

impl City {
    /// A card that was found somewhere: its holder comes in the next days.
    pub(super) fn waits_again(&mut self, holder: HolderId, card: CardId) {
        let due = self.today + self.rng.i64(1..6);
        self.stock.push(Waits { holder, card, due, returned: false });
    }

    /// 邮递上门, as the holder, or a child's guardian, wishes it at the counter, and was told what is to be told.
    pub(super) async fn post(&mut self, holder: HolderId, card: CardId) -> anyhow::Result<()> {
        let tracking = format!("EMS{:08}", self.rng.u32(..100_000_000));
        let (code, code_digest) = self.service.pick_up_code(card, &tracking);
        let (outlet, clerk) = self.office(holder, card).await?;
        let file = self.file(holder).await?;
        let Some(person) = &file.person else { return Ok(()) };
        let to = Delivery {
            address: person.details.postal_address.clone(),
            recipient: person.details.name.display().to_owned(),
            phone: "13900000000".into(),
        };
        let deputy = self.counter.guardian(&file);
        let by = WishedBy::AtCounter { verified: true, shown: counter::shown(&file), deputy };
        let wish = Some(Box::new(Wish { to, by }));
        let kept = Some(code.clone());
        let (told_postage, told_code) = (true, true);
        let post = Post {
            carrier: None,
            card,
            outlet,
            tracking,
            code_digest,
            code: kept,
            told_postage,
            told_code,
            wish,
        };
        if self.say(&clerk, holder, C::Post(post)).await? {
            self.did("邮递上门");
            let due = self.today + self.rng.i64(1..5);
            self.posts.push(Posted { holder, card, code, due });
        }
        Ok(())
    }

    /// What the post does today, and what becomes of the cards that came back.
    pub(super) async fn mail(&mut self) -> anyhow::Result<()> {
        let today = self.today;
        let (due, later) = std::mem::take(&mut self.posts).into_iter().partition(|p| p.due <= today);
        self.posts = later;
        for posted in due {
            match self.rng.u8(..12) {
                0 => self.lost_by_post(posted).await?,
                1..=4 => self.comes_back(posted, "收件人不在，逾期未取").await?,
                _ => self.delivered(posted).await?,
            }
        }
        let (due, later) = std::mem::take(&mut self.stock).into_iter().partition(|w| w.due <= today);
        self.stock = later;
        for waits in due {
            self.told(waits).await?;
        }
        Ok(())
    }

    /// The outlet that has a card, or posted it, and who works there.
    async fn office(&self, holder: HolderId, card: CardId) -> anyhow::Result<(OrgId, Actor)> {
        let loaded = self.load(vec![holder]).await?;
        match loaded.holders.get(&holder).and_then(|file| file.card(card)) {
            Some(card) => self.outlet_of(card, &loaded.batches).await,
            None => Ok((self.outlet, self.clerk.clone())),
        }
    }

    async fn delivered(&mut self, posted: Posted) -> anyhow::Result<()> {
        let Posted { holder, card, ref code, .. } = posted;
        let (_, clerk) = self.office(holder, card).await?;
        let file = self.file(holder).await?;
        let collector = self.counter.collector(&file);
        let name = file.person.as_ref().map(|p| p.details.name.display().to_owned()).unwrap_or_default();
        // Who is not met at home signs at the outlet; of the others the carrier brings the proof.
        let proof = (collector == Collector::Holder && self.rng.bool()).then(|| CarrierProof {
            number: format!("QS{:08}", self.rng.u32(..100_000_000)),
            signer: name,
            signed_on: self.service.now().date(),
            copy: None,
        });
        let by_carrier = proof.is_some();
        let mut confirm = ConfirmPost {
            card,
            code_digest: self.service.pick_up_digest(card, "不是取件码"),
            collector,
            verified: !by_carrier,
            shown: counter::shown(&file).filter(|_| !by_carrier),
            signed: !by_carrier,
            receipt_seen: !by_carrier
                && file.card(card).is_some_and(|c| kaguan_domain::collection::shows_receipt(&file, c)),
            proof: proof.map(Box::new),
        };
        if self.rng.u8(..6) == 0 && self.say(&clerk, holder, C::ConfirmPost(confirm.clone())).await? {
            self.wrongs.push(format!("档案{holder}：没有取件码也签收了邮件"));
            return Ok(());
        }
        confirm.code_digest = self.service.pick_up_digest(card, &code.0);
        if !self.say(&clerk, holder, C::ConfirmPost(confirm)).await? {
            return self.comes_back(posted, "拒收").await;
        }
        self.did("凭取件码签收");
        if by_carrier {
            let file = self.file(holder).await?;
            let enable = self.counter.enable(&file, card);
            if self.say(&clerk, holder, C::Enable(enable)).await? {
                self.did("邮递签收后到网点启用");
            }
        }
        self.activate(vec![(holder, card)]).await
    }

    async fn comes_back(&mut self, posted: Posted, reason: &str) -> anyhow::Result<()> {
        let Posted { holder, card, .. } = posted;
        let (outlet, clerk) = self.office(holder, card).await?;
        let returned = ReceiveReturned { card, outlet, reason: reason.into() };
        if self.say(&clerk, holder, C::ReceiveReturnedPost(returned)).await? {
            self.did("邮件退回入库");
            let due = self.today + self.rng.i64(1..10);
            self.stock.push(Waits { holder, card, due, returned: true });
        } else {
            self.wrongs.push(format!("档案{holder}：退回的邮件{card}未能入库"));
        }
        Ok(())
    }

    async fn lost_by_post(&mut self, posted: Posted) -> anyhow::Result<()> {
        let Posted { holder, card, .. } = posted;
        let (since, place, account) =
            (self.service.now().date(), "邮路".into(), "邮政部门确认邮件丢失".into());
        let missing = RecordMissing { card, since, place, account, answers: None, counted_at: None };
        let (_, clerk) = self.office(holder, card).await?;
        if self.say(&clerk, holder, C::RecordMissing(missing)).await? {
            self.did("邮件丢失登记缺卡");
            self.is_lost(holder, card);
        } else {
            self.wrongs.push(format!("档案{holder}：丢失的邮件{card}未能登记"));
        }
        Ok(())
    }

    /// Somebody whose card lies there is told of it: comes, has it posted anew, or does not answer.
    async fn told(&mut self, waits: Waits) -> anyhow::Result<()> {
        let Waits { holder, card, returned, .. } = waits;
        let (file, around) =
            self.service.file(holder).await?.ok_or_else(|| anyhow::anyhow!("no file {holder}"))?;
        let Some(custody) = file.card(card).map(|c| c.custody.clone()) else { return Ok(()) };
        let home = self.collected_at(&file, card);
        let here = match custody {
            Custody::AtOutlet { org } if org == home => true,
            Custody::AtOutlet { .. } => self.takes_over(home, holder, card).await?,
            Custody::InBox { r#box } => {
                let batch = file.card(card).and_then(|c| around.batches.get(&c.batch));
                let b = batch.and_then(|b| b.box_file(r#box));
                b.is_some_and(|b| b.arrived.is_some() && b.keeper == Party::Org(home))
            }
            Custody::InPost { .. }
            | Custody::Missing { .. }
            | Custody::Recalled { .. }
            | Custody::Destroyed { .. }
            | Custody::WithHolder { .. } => false,
        };
        if !here {
            return Ok(());
        }
        match self.rng.u8(..3) {
            0 if returned => {
                self.did("退件后无人领取");
                Ok(())
            }
            1 if returned => {
                self.did("退件后再次邮递");
                self.post(holder, card).await
            }
            _ => self.collect(vec![(holder, card)]).await,
        }
    }

    /// 单卡转接: the outlet signs for a card that lies elsewhere.
    pub(super) async fn takes_over(
        &mut self,
        org: OrgId,
        holder: HolderId,
        card: CardId,
    ) -> anyhow::Result<bool> {
        let (kept_at, signer) = ("网点卡库".into(), "演示签收人".into());
        let clerk = self.works_at(org).await?;
        let done = self.say(&clerk, holder, C::TakeOver(TakeOver { card, org, kept_at, signer })).await?;
        if done {
            self.did("单卡转接");
        }
        Ok(done)
    }
}
