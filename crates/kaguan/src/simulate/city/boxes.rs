//! Boxes that arrive short or over (Article 12): received with the difference, looked into by whoever keeps the box; what is missing is
//! made again at nobody's cost, what turns up is booked.

use super::City;
use crate::walk::{self, Counted};
use jiff::civil::Date;
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand as C};
use kaguan_domain::distribution::{RecordFound, RecordMissing, SettleDifference};
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::custody::{Custody, Party};
use kaguan_domain::facts::difference::{Answers, Settled, Short, Surplus};
use kaguan_domain::facts::fee::{Fee, FreeGround};
use kaguan_domain::ids::{ApplicationId, BatchId, BoxId, CardId, CardNumber, HolderId, OrgId};
use kaguan_domain::replacement::MakeAgain;
use kaguan_service::{Command, Failure};
use std::collections::BTreeMap;

/// Where a card really is that a count did not find.
enum Truth {
    /// The count was wrong.
    InTheBox,
    /// It was packed into another box.
    InAnother {
        batch: BatchId,
        r#box: BoxId,
        card_no: CardNumber,
    },
    Gone,
}

/// A card that a count did not find.
pub(super) struct ShortCard {
    batch: BatchId,
    r#box: BoxId,
    holder: HolderId,
    card: CardId,
    truth: Truth,
    since: Date,
    /// The organisation that the difference is located to; `None` for the vendor, of whom the province then says so.
    answers: Option<OrgId>,
    /// The day on which it is looked into.
    due: i64,
}

/// A card that is recorded as missing.
pub(super) struct Lost {
    holder: HolderId,
    card: CardId,
    due: i64,
    /// Whether another was made in its place.
    again: bool,
    tries: u32,
}

impl City {
    /// Whether a count has not found a card, and nobody knows yet why.
    pub(super) fn is_short(&self, card: CardId) -> bool {
        self.short.iter().any(|s| s.card == card)
    }

    /// A card was recorded as missing.
    pub(super) fn is_lost(&mut self, holder: HolderId, card: CardId) {
        let due = self.today + self.rng.i64(1..4);
        self.lost.push(Lost { holder, card, due, again: false, tries: 0 });
    }

    /// What those who sign for boxes today will count: a card is missing here and there, and sometimes it is in a box beside.
    pub(super) async fn count_boxes(
        &mut self,
        active: &[BatchId],
    ) -> anyhow::Result<BTreeMap<BoxId, Counted>> {
        let mut under_way: Vec<(BatchId, BoxFile, OrgId)> = Vec::new();
        for id in active {
            let Some(file) = self.service.batch(*id).await? else { continue };
            for b in file.boxes.iter().filter(|b| file.inside(b.id) > 0) {
                under_way.extend(b.on_the_way.iter().map(|way| (*id, b.clone(), way.to)));
            }
        }
        let mut counts: BTreeMap<BoxId, Counted> = BTreeMap::new();
        for (batch, b, to) in &under_way {
            if self.rng.u8(..25) > 0 {
                continue;
            }
            let mut inside = self.service.store().box_people(b.id, HolderId(i64::MIN), 100_000).await?;
            inside.retain(|(_, card)| !self.is_short(*card));
            if inside.is_empty() {
                continue;
            }
            let (holder, card) = inside[self.rng.usize(..inside.len())];
            let beside = under_way.iter().find(|(_, o, there)| o.id != b.id && there == to);
            let truth = match (self.rng.u8(..4), beside) {
                (0, _) => Truth::InTheBox,
                (1 | 2, Some((batch, o, _))) => {
                    let file = self.file(holder).await?;
                    let Some(card_no) = file.card(card).map(|c| c.card_no.clone()) else { continue };
                    let account = "该卡账面在同批到达的另一箱".to_owned();
                    let surplus = Surplus { card_no: card_no.as_str().to_owned(), account };
                    counts.entry(o.id).or_default().surplus.push(surplus);
                    self.did("箱内多出");
                    Truth::InAnother { batch: *batch, r#box: o.id, card_no }
                }
                _ => Truth::Gone,
            };
            let answers = if self.rng.bool() { Answers::Sender } else { Answers::Receiver };
            let count = counts.entry(b.id).or_default();
            count.short =
                Some(Short { cards: 1, answers, account: "双人复点，封签完好，短少1张".into() });
            self.did("箱内短少");
            let located = match (answers, &b.keeper) {
                (Answers::Receiver, _) => Some(*to),
                (Answers::Sender, Party::Org(org)) => Some(*org),
                (Answers::Sender, _) => None,
            };
            // Who finds a stranger in one box looks into the box beside at once.
            let wait = if matches!(truth, Truth::InAnother { .. }) { 0 } else { self.rng.i64(1..4) };
            let due = self.short.iter().find(|s| s.r#box == b.id).map_or(self.today + wait, |s| s.due);
            let (batch, r#box, since) = (*batch, b.id, self.service.now().date());
            self.short.push(ShortCard { batch, r#box, holder, card, truth, since, answers: located, due });
        }
        Ok(counts)
    }

    /// 清点差异处理: the keeper of a box says what came of the cards that were missed in it, all of them on one day.
    pub(super) async fn look_into_boxes(&mut self) -> anyhow::Result<()> {
        let today = self.today;
        let boxes: Vec<BoxId> = self.short.iter().filter(|s| s.due <= today).map(|s| s.r#box).collect();
        let (now, later) =
            std::mem::take(&mut self.short).into_iter().partition(|s| boxes.contains(&s.r#box));
        self.short = later;
        let now: Vec<ShortCard> = now;
        for s in &now {
            let account = match s.truth {
                Truth::InTheBox => "复点后在箱内找到",
                Truth::InAnother { .. } => "在同时到达的另一箱内找到，已放回",
                Truth::Gone => "已查明缺失的卡号，另行登记缺卡",
            };
            let at = self.counted_at(s).await?;
            self.settle(s.batch, s.r#box, Settled::Short { cards: 1, at }, account).await?;
            if let Truth::InAnother { batch, r#box, card_no } = &s.truth {
                let settled = Settled::Surplus { card_no: card_no.as_str().to_owned() };
                self.settle(*batch, *r#box, settled, "已放回账面所在的箱").await?;
            }
        }
        for s in now {
            let Truth::Gone = s.truth else {
                self.waits_again(s.holder, s.card);
                continue;
            };
            let keeper = self.keeper(s.batch, s.r#box).await?;
            let (place, account) = ("成品卡分发途中".into(), "清点短少，查找未果".into());
            let missing = RecordMissing {
                card: s.card,
                since: s.since,
                place,
                account,
                answers: s.answers,
                counted_at: None,
            };
            let actor = walk::officer_of(&self.service, keeper).await?;
            if self.say(&actor, s.holder, C::RecordMissing(missing)).await? {
                self.did("短少的卡登记缺卡");
                self.is_lost(s.holder, s.card);
            } else {
                self.wrongs.push(format!("档案{}：短少的卡{}未能登记缺卡", s.holder, s.card));
            }
        }
        Ok(())
    }

    /// Who counts a box: its keeper, or whoever it is on the way to.
    async fn keeper(&self, batch: BatchId, r#box: BoxId) -> anyhow::Result<OrgId> {
        let file = self.service.batch(batch).await?;
        let b = file.as_ref().and_then(|f| f.box_file(r#box));
        let b = b.ok_or_else(|| anyhow::anyhow!("no box {}", r#box))?;
        match (&b.on_the_way, &b.keeper) {
            (Some(way), _) => Ok(way.to),
            (None, Party::Org(org)) => Ok(*org),
            (None, other) => anyhow::bail!("box {} is kept by {other:?}", r#box),
        }
    }

    /// When the box was signed for with a card that is short, whose difference is still open: of those of whoever answers for it the first.
    async fn counted_at(&self, s: &ShortCard) -> anyhow::Result<Option<Instant>> {
        let file = self.service.batch(s.batch).await?;
        let b = file.as_ref().and_then(|f| f.box_file(s.r#box));
        let of = |answers: &Party| match s.answers {
            Some(org) => *answers == Party::Org(org),
            None => matches!(answers, Party::Vendor(_)),
        };
        Ok(b.and_then(|b| b.open_shortages().find(|d| of(&d.answers)).map(|d| d.at)))
    }

    async fn settle(
        &mut self,
        batch: BatchId,
        r#box: BoxId,
        settled: Settled,
        account: &str,
    ) -> anyhow::Result<()> {
        let file = self.service.batch(batch).await?;
        let keeper = file.and_then(|f| f.box_file(r#box).map(|b| b.keeper.clone()));
        let Some(Party::Org(keeper)) = keeper else { anyhow::bail!("box {} has no keeper", r#box) };
        let actor = walk::officer_of(&self.service, keeper).await?;
        let settle = SettleDifference { r#box, settled, account: account.into() };
        let command = Command::Batch { id: batch, command: BatchCommand::SettleDifference(settle) };
        match self.service.execute(self.ctx(&actor), command).await {
            Ok(_) => self.did("清点差异处理"),
            Err(Failure::Refused(r)) => {
                self.wrongs.push(format!("箱{}：清点差异未能处理（{}）", r#box, r.sentence()));
            }
            Err(e) => return Err(e.into()),
        }
        Ok(())
    }

    /// Missing cards: some are found in time, the others are made again, and some of those turn up afterwards.
    pub(super) async fn search(&mut self) -> anyhow::Result<()> {
        let today = self.today;
        let (due, later) = std::mem::take(&mut self.lost).into_iter().partition(|l| l.due <= today);
        self.lost = later;
        let due: Vec<Lost> = due;
        for lost in due {
            if lost.again || (lost.tries == 0 && self.rng.u8(..4) == 0) {
                self.turns_up(lost.holder, lost.card).await?;
            } else {
                self.make_again(lost).await?;
            }
        }
        Ok(())
    }

    async fn turns_up(&mut self, holder: HolderId, card: CardId) -> anyhow::Result<()> {
        // Made again, or its holder has died or left in the meantime: it is kept to be destroyed.
        let over = self.file(holder).await?.card(card).is_some_and(|c| c.is_cancelled());
        let centre = self.service.institutions().city_centre(&self.city).map(|o| o.id);
        let org = centre.filter(|_| self.rng.bool()).unwrap_or(self.outlet);
        let actor = walk::officer_of(&self.service, org).await?;
        if !self.say(&actor, holder, C::RecordFound(RecordFound { card, org })).await? {
            self.wrongs.push(format!("档案{holder}：寻回的卡{card}未能登记"));
            return Ok(());
        }
        self.did(if over { "注销后寻回，留存待销毁" } else { "及时寻回" });
        let file = self.file(holder).await?;
        let recalled = file.card(card).is_some_and(|c| matches!(c.custody, Custody::Recalled { .. }));
        if recalled != over {
            self.wrongs.push(format!("档案{holder}：寻回的卡{card}去处不对"));
        }
        if !over {
            self.waits_again(holder, card);
        }
        Ok(())
    }

    async fn make_again(&mut self, mut lost: Lost) -> anyhow::Result<()> {
        let Lost { holder, card, .. } = lost;
        self.forms += 1;
        let id = ApplicationId(self.service.fresh());
        let (form_no, outlet) = (format!("4401M{:011}", self.forms), self.outlet);
        let collect_at = self.collected_at(&self.file(holder).await?, card);
        let again = MakeAgain { id, card, form_no, outlet, collect_at };
        let clerk = self.clerk.clone();
        if !self.say(&clerk, holder, C::MakeAgain(again)).await? {
            // Something else is open, or a case holds the card: later.
            lost.tries += 1;
            lost.due = self.today + 14;
            self.lost.push(lost);
            return Ok(());
        }
        self.did("未领卡遗失补制");
        let file = self.file(holder).await?;
        let free = Fee::Free { ground: FreeGround::LostBeforeHandOver };
        if file.application(id).is_none_or(|a| a.fee != free) {
            self.wrongs.push(format!("档案{holder}：补制的卡要收费"));
        }
        if self.rng.u8(..3) == 0 {
            lost.again = true;
            lost.due = self.today + self.rng.i64(10..60);
            self.lost.push(lost);
        }
        Ok(())
    }
}
