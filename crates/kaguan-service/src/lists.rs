//! Lists for staff and partners: what the domain lets them see of batches and boxes, which name no person, and a partner's own
//! messages. The matrix says who may (`institution/permission.rs`).

use crate::exchange::refused;
use crate::outcome::Failure;
use crate::seen::{Looked, Seen};
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Ctx, Instant};
use kaguan_domain::facts::application::{Application, Stage};
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::blank_order::BlankOrderFile;
use kaguan_domain::facts::clock::ClockKind;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::institution::{OrgKind, Organisation, Task};
use kaguan_domain::facts::join::{Join, JoinState};
use kaguan_domain::facts::names::{BatchStateKind, StageKind, StepKind};
use kaguan_domain::facts::policy::ProposedPolicy;
use kaguan_domain::ids::{BankCode, BatchId, BoxId, CityCode, HolderId, OrgId};
use kaguan_domain::institution::{FetchMessages, addressee, messages_place};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::refusal::Reason;
use kaguan_store::{
    Attempt, BatchesAsked, BoxWay, BoxesChosen, ListedBatch, ListedBox, LoadRequest, OrdersAsked, OutboxRow,
    ReadyToScreen, Running, Ticks, UncheckedIn, WaitingRow,
};
use std::collections::BTreeMap;
use std::ops::Deref;

/// The most batches, boxes or applications of one part of a list.
const IN_A_PART: i64 = 500;
/// Boxes of one part: each has its forms.
const BOXES_IN_A_PART: i64 = 40;
/// The most files that a list opens.
const LOOKED_AT: i64 = 50;
/// Failed applications of a city that are looked through at once for those of one counter.
const FAILED_IN_A_CITY: i64 = 500;
/// The most batches or orders that a partner is told of at once, in each state.
const FOR_A_PARTNER: i64 = 10_000;

/// What a list is narrowed to; what is not chosen is any. It never widens what its reader may see.
#[derive(Clone, Default, Debug)]
pub struct Narrow {
    pub city: Option<CityCode>,
    pub bank: Option<BankCode>,
    /// The outlet that took an application, for which a box is, or that keeps something.
    pub outlet: Option<OrgId>,
}

impl Narrow {
    /// The city that is asked for: the officer's own, whatever was chosen.
    pub(crate) fn city_of(&self, home: &Organisation) -> Option<CityCode> {
        home.city().or_else(|| self.city.clone())
    }

    /// The bank, in the same way.
    pub(crate) fn bank_of<'a>(&'a self, home: &'a Organisation) -> Option<&'a str> {
        home.bank.as_ref().or(self.bank.as_ref()).map(BankCode::as_str)
    }

    /// The outlet, in the same way.
    fn outlet_of(&self, home: &Organisation) -> Option<OrgId> {
        if home.kind.is_outlet() { Some(home.id) } else { self.outlet }
    }
}

/// A part of a list, and where the next one begins: a list is never longer than its parts without saying so.
#[derive(Clone, Debug)]
pub struct Part<T> {
    pub rows: Vec<T>,
    /// What the next part is asked for by; it names nobody.
    pub more: Option<String>,
}

impl<T> Part<T> {
    /// A part that was asked for so many rows: when it has as many, there may be more behind the last.
    pub(crate) fn of(rows: Vec<T>, asked_for: i64, key: impl Fn(&T) -> String) -> Self {
        let full = i64::try_from(rows.len()).is_ok_and(|n| n >= asked_for);
        let more = rows.last().filter(|_| full).map(key);
        Self { rows, more }
    }

    /// The same rows as something else.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Part<U> {
        Part { rows: self.rows.into_iter().map(change).collect(), more: self.more }
    }
}

/// Which failed applications; what is not chosen is any. Of somebody who has several in the province an office sees its own.
#[derive(Clone, Default, Debug)]
pub struct FailuresChosen {
    bank: Option<BankCode>,
    /// 开户失败 or 制卡失败.
    stage: Option<StageKind>,
    city: Option<CityCode>,
    /// At whose counter the card failed (R36.3).
    counter: Option<OrgId>,
}

impl FailuresChosen {
    /// Those of an office, of a bank and at a stage or at any.
    pub fn of(home: &Organisation, bank: Option<BankCode>, stage: Option<StageKind>) -> Self {
        let counter = home.kind.is_outlet().then_some(home.id);
        Self { bank, stage, city: home.city(), counter }
    }

    /// Whether an application is one of them.
    pub fn holds(&self, a: &Application) -> bool {
        let failed_at =
            |here| matches!(&a.stage, Stage::ProductionFailed { counter: Some(org), .. } if *org == here);
        self.bank.as_ref().is_none_or(|bank| *bank == a.bank)
            && self.stage.is_none_or(|stage| stage == a.stage.kind())
            && self.city.as_ref().is_none_or(|city| *city == a.city)
            && self.counter.is_none_or(failed_at)
    }
}

/// A joining of two files that waits for a second officer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WaitingJoin {
    /// Its place in the list, from which the next part begins.
    pub key: String,
    /// The file that stays.
    pub stays: HolderId,
    /// The one that goes into it, or is taken out again.
    pub other: HolderId,
    /// When what waits was proposed: the joining, or its undoing.
    pub since: Instant,
    /// Whether it is to be undone (撤销合并), not done.
    pub undoing: bool,
    /// The city whose officers decide; `None` where any city's may.
    pub whose: Option<CityCode>,
    /// Whether that is the reader's; another city is told of what touches a file of its own.
    pub here: bool,
    /// The last form of each, which names nobody; empty when a file has none. Of files that are to be taken apart, the form that each
    /// would have then.
    pub forms: [String; 2],
}

/// Where a part begins that goes by numbers of files.
pub(crate) fn after_holder(key: &str) -> HolderId {
    HolderId(key.parse().unwrap_or(i64::MIN))
}

impl Service {
    /// The organisation of an officer who may do this where `place` says of it.
    pub(crate) fn org_of(
        &self,
        actor: &Actor,
        verb: Verb,
        place: fn(&Organisation) -> Place,
    ) -> Result<Organisation, Failure> {
        let institutions = self.institutions();
        let home = match actor {
            Actor::Officer(id) => institutions.officer(*id).map(|o| o.org),
            Actor::Kiosk(id) => institutions.desk(*id).map(|d| d.outlet),
            Actor::Bank(_) | Actor::Vendor(_) | Actor::Partner(_) | Actor::System => {
                return Err(refused(Reason::NotPermitted));
            }
        };
        let home =
            home.and_then(|id| institutions.org(id)).ok_or_else(|| refused(Reason::OfficerInactive))?;
        self.may(actor, verb, &place(home))?;
        Ok(home.clone())
    }

    /// 批次: those of the officer's city, and of the bank for an outlet of it that the city entrusts with confirming; all of them for
    /// the province. The latest first, as far as they were chosen; `after` is where an earlier part ended.
    pub async fn batches_for(
        &self,
        actor: &Actor,
        chosen: &Narrow,
        state: Option<BatchStateKind>,
        after: &str,
    ) -> Result<Part<ListedBatch>, Failure> {
        let home = self.org_of(actor, Verb::LookAtBatches, entrusted)?;
        let city = chosen.city_of(&home);
        let asked = BatchesAsked {
            city: city.as_ref().map(CityCode::as_str),
            bank: chosen.bank_of(&home),
            state,
            before: after.parse().ok().map(BatchId),
            ..BatchesAsked::default()
        };
        let rows = self.store().batches(asked, IN_A_PART).await?;
        Ok(Part::of(rows, IN_A_PART, |b| b.id.to_string()))
    }

    /// 待批次确认: how many batches the officer's organisation may confirm now, the city's centre or an office that it entrusts, and whether
    /// there may be more. A batch that everybody was taken out of is ended, and not confirmed.
    pub async fn batches_to_confirm(&self, actor: &Actor) -> Result<(usize, bool), Failure> {
        clause!(R8.7);
        let home = self.org_of(actor, Verb::ConfirmBatch, entrusted)?;
        let city = home.city().ok_or_else(|| refused(Reason::OutOfScope))?;
        let asked = BatchesAsked {
            city: Some(city.as_str()),
            bank: home.bank.as_ref().map(BankCode::as_str),
            state: Some(BatchStateKind::Screening),
            ..BatchesAsked::default()
        };
        let found = self.store().batches(asked, LOOKED_AT).await?;
        // One with the dead in it waits for the city, which takes them out before anybody confirms it.
        let waits_for_city = match home.kind {
            OrgKind::CityCentre | OrgKind::ProvinceCentre => BTreeMap::new(),
            OrgKind::CountyCentre | OrgKind::HrOutlet | OrgKind::BankOutlet => {
                self.dead_in_batches_for(actor).await?
            }
        };
        let mut waiting = 0;
        for batch in found.iter().filter(|b| !waits_for_city.contains_key(&b.id)) {
            let from = HolderId(i64::MIN);
            waiting += self.store().batch_people(batch.id, StageKind::InBatch, from, 1).await?.len();
        }
        Ok((waiting, i64::try_from(found.len()).is_ok_and(|n| n >= LOOKED_AT)))
    }

    /// 待制卡数据下发: how many batches wait for the officer to hand their data to a vendor, and of how many the period to make the cards is over.
    pub async fn batches_to_hand_out(&self, actor: &Actor) -> Result<[usize; 2], Failure> {
        clause!(R11.1);
        let home = self.org_of(actor, Verb::HandOutProduction, |_| Place::Anywhere)?;
        let (city, today) = (home.city(), self.now().date());
        let found = self.store().batches_due(city.as_ref().map(CityCode::as_str)).await?;
        // One of the two runs from the confirmation until the cards leave the province.
        let made = |kind| matches!(kind, ClockKind::Production | ClockKind::UrgentProduction);
        let waits = || found.iter().filter(|b| b.state == BatchStateKind::Opened && made(b.kind));
        let sum = |n: i64| usize::try_from(n).unwrap_or_default();
        let late = waits().filter(|b| b.due < today).map(|b| b.n).sum();
        Ok([sum(waits().map(|b| b.n).sum()), sum(late)])
    }

    /// 失败数据: the files of the officer's city with an opening or a production that failed; of an outlet, those that failed at its
    /// own counter (R36.3); of a bank and at a stage, when they are chosen. A look at each, with its line; fifty at once, after an earlier part.
    pub async fn failures_for(
        &self,
        ctx: Ctx,
        reason: &str,
        chosen: &FailuresChosen,
        after: &str,
    ) -> Result<Part<Seen<Looked>>, Failure> {
        clause!(X7.1);
        clause!(R36.3);
        let home = self.org_of(&ctx.actor, Verb::SettleProductionFailure, |home| Place::At(home.id))?;
        let city = home.city();
        let city = city.as_ref().map(CityCode::as_str);
        let mut after = after_holder(after);
        let which = (chosen.bank.as_ref().map(BankCode::as_str), chosen.stage);
        let ids = match home.kind.is_outlet() {
            false => self.store().applications_failed(city, which, after, LOOKED_AT).await?,
            true => {
                let mut here = Vec::new();
                loop {
                    let found =
                        self.store().applications_failed(city, which, after, FAILED_IN_A_CITY).await?;
                    let Some(last) = found.last() else { break here };
                    after = *last;
                    here.extend(self.failed_at(chosen, found).await?);
                    if i64::try_from(here.len()).is_ok_and(|n| n >= LOOKED_AT) {
                        here.truncate(usize::try_from(LOOKED_AT).unwrap_or(usize::MAX));
                        break here;
                    }
                }
            }
        };
        self.look_at_part(ctx, ids, reason).await
    }

    /// Looks at each of a part, with its line.
    async fn look_at_part(
        &self,
        ctx: Ctx,
        ids: Vec<HolderId>,
        reason: &str,
    ) -> Result<Part<Seen<Looked>>, Failure> {
        let rows = self.look_at_all(&ctx, reason, &ids).await?;
        Ok(Part::of(rows, LOOKED_AT, |seen| seen.file.id.to_string()))
    }

    /// Those of some people whose card failed at the counter of an outlet, as far as it was chosen.
    async fn failed_at(&self, chosen: &FailuresChosen, ids: Vec<HolderId>) -> Result<Vec<HolderId>, Failure> {
        let loaded =
            self.store().load(&LoadRequest { holders: ids.clone(), ..LoadRequest::default() }).await?;
        let failed = |id: &HolderId| {
            loaded.holders.get(id).is_some_and(|f| f.applications.iter().any(|a| chosen.holds(a)))
        };
        Ok(ids.into_iter().filter(failed).collect())
    }

    /// 待办提醒: the files with an application that waits for a register or for its fee, of the officer's outlet, or of the whole
    /// city for its centre, or those of one of both stages; a look at each, with its line.
    pub async fn reminders_for(
        &self,
        ctx: Ctx,
        reason: &str,
        stage: Option<StageKind>,
        after: &str,
    ) -> Result<Part<Seen<Looked>>, Failure> {
        let home = self.org_of(&ctx.actor, Verb::LookAtReminders, |home| Place::At(home.id))?;
        let city = home.city().ok_or_else(|| refused(Reason::OutOfScope))?;
        let outlet = own_office(&home);
        let after = after_holder(after);
        let ids = self.store().applications_waiting(city.as_str(), (outlet, stage), after, LOOKED_AT).await?;
        self.look_at_part(ctx, ids, reason).await
    }

    /// 地方细则: those of the officer's city; all of them for the province.
    pub fn policies_for(&self, actor: &Actor) -> Result<Vec<ProposedPolicy>, Failure> {
        let institutions = self.institutions();
        let all = || institutions.proposals();
        if self.may(actor, Verb::DecidePolicy, &Place::Anywhere).is_ok() {
            return Ok(all().cloned().collect());
        }
        let home = self.org_of(actor, Verb::ProposePolicy, own_city)?;
        let city = home.city();
        Ok(all().filter(|p| Some(&p.city) == city.as_ref()).cloned().collect())
    }

    /// 待批次筛选: only for who may screen.
    pub async fn ready_for(&self, actor: &Actor) -> Result<Vec<ReadyToScreen>, Failure> {
        let home = self.org_of(actor, Verb::ScreenBatch, own_city)?;
        let city = home.city();
        Ok(self.store().ready_counts(city.as_ref().map(CityCode::as_str)).await?)
    }

    /// 待核验: applications that wait for a register or for somebody to decide, of the officer's outlet or city, as far as they were chosen.
    pub async fn waiting_for(
        &self,
        actor: &Actor,
        chosen: &Narrow,
        after: &str,
    ) -> Result<Part<WaitingRow>, Failure> {
        let home = self.org_of(actor, Verb::ConfirmByHand, |home| Place::At(home.id))?;
        let city = chosen.city_of(&home);
        let place = UncheckedIn {
            city: city.as_ref().map(CityCode::as_str),
            outlet: chosen.outlet_of(&home),
            bank: chosen.bank.as_ref().map(BankCode::as_str),
        };
        let after = Running::read_key(after).and_then(|k| match k.of {
            Ticks::Application(holder, application) => Some((k.due, holder, application)),
            Ticks::Batch(..) | Ticks::Card(..) | Ticks::Unit(_) => None,
        });
        let rows = self.store().applications_unchecked(place, after, IN_A_PART).await?;
        let key = |r: &WaitingRow| {
            Running { due: r.received_on, of: Ticks::Application(r.holder, r.application) }.key()
        };
        Ok(Part::of(rows, IN_A_PART, key))
    }

    /// The outlets at which such applications wait in the officer's city, or in the one that was chosen: one of them can be chosen.
    pub async fn outlets_waiting_for(&self, actor: &Actor, chosen: &Narrow) -> Result<Vec<OrgId>, Failure> {
        let home = self.org_of(actor, Verb::ConfirmByHand, |home| Place::At(home.id))?;
        match chosen.city_of(&home).filter(|_| !home.kind.is_outlet()) {
            Some(city) => Ok(self.store().outlets_unchecked(city.as_str()).await?),
            None => Ok(Vec::new()),
        }
    }

    /// 档案合并: which files of the officer's city, or with one of its own, wait for a second officer, the longest waiting first. Whoever they
    /// are of is told by a look only.
    pub async fn joins_waiting(&self, actor: &Actor, after: &str) -> Result<Part<WaitingJoin>, Failure> {
        let home = self.org_of(actor, Verb::DecideJoin, |home| Place::At(home.id))?;
        let city = home.city();
        let city = city.as_ref().map(CityCode::as_str);
        let mut numbers = after.split('.').map(|n| n.parse().unwrap_or(i64::MIN));
        let mut next = || numbers.next().unwrap_or(i64::MIN);
        let (at, stays, other) = (Instant(next()), HolderId(next()), HolderId(next()));
        let found = self.store().joins_waiting(city, (stays, other, at), LOOKED_AT).await?;
        let holders = found.iter().flat_map(|(stays, other, _)| [*stays, *other]).collect();
        let loaded = self.store().load(&LoadRequest { holders, ..LoadRequest::default() }).await?;
        let row = |(stays, other, since): (HolderId, HolderId, Instant)| {
            let file = |id| loaded.holders.get(&id);
            let join = file(stays).and_then(|f| f.join_with(other));
            let undoing = join.filter(|j| matches!(j.state, JoinState::UndoProposed { .. }));
            let came = |a: &Application| undoing.is_some_and(|j| j.brought.applications.contains(&a.id));
            let last = |f: &HolderFile, of_other: bool| {
                let form = f.applications.iter().rev().find(|a| came(a) == of_other);
                form.map(|a| a.form_no.clone()).unwrap_or_default()
            };
            let form = |whose: HolderId, of_other| file(whose).map(|f| last(f, of_other)).unwrap_or_default();
            let forms = match undoing {
                Some(_) => [form(stays, false), form(stays, true)],
                None => [form(stays, false), form(other, false)],
            };
            let key = format!("{}.{stays}.{other}", since.0);
            let since = join.and_then(Join::waits_since).unwrap_or(since);
            let whose = join.and_then(|j| j.city.clone());
            let here = [home.city(), whose.clone()].iter().any(Option::is_none) || home.city() == whose;
            WaitingJoin { key, stays, other, since, undoing: undoing.is_some(), whose, here, forms }
        };
        let rows = found.into_iter().map(row).collect();
        Ok(Part::of(rows, LOOKED_AT, |j| j.key.clone()))
    }

    /// 成品卡: the boxes that lie at the officer's organisation or are on their way there, as far as they were chosen, each with its batch;
    /// before them those that it gave to employers while a difference of theirs is not settled.
    pub async fn boxes_for(
        &self,
        actor: &Actor,
        chosen: BoxesChosen,
        after: &str,
    ) -> Result<Part<(ListedBox, BatchFile)>, Failure> {
        let home = self.org_of(actor, Verb::LookAtBoxes, |home| Place::At(home.id))?;
        let after = BoxId(after.parse().unwrap_or(i64::MIN));
        let first = after.0 == i64::MIN && matches!(chosen.way, None | Some(BoxWay::Kept));
        let mut rows = match first && chosen.outlet.is_none_or(|outlet| outlet == home.id) {
            true => self.store().boxes_in_doubt(home.id).await?,
            false => Vec::new(),
        };
        let in_doubt = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        rows.extend(self.store().boxes_at(home.id, chosen, after, BOXES_IN_A_PART).await?);
        let boxes: Vec<BoxId> = rows.iter().map(|row| row.file.id).collect();
        let mut of: Vec<BatchId> = rows.iter().map(|row| row.batch).collect();
        of.sort_unstable();
        of.dedup();
        let batches = self.store().batches_with(of, &boxes).await?;
        let mut out = Vec::with_capacity(rows.len());
        for row in rows {
            let gone = || Failure::broken("a box belongs to no batch");
            let file = batches.get(&row.batch).cloned().ok_or_else(gone)?;
            out.push((row, file));
        }
        Ok(Part::of(out, BOXES_IN_A_PART.saturating_add(in_doubt), |(row, _)| row.file.id.to_string()))
    }

    /// The outlets for which the officer's organisation has boxes: one of them can be chosen.
    pub async fn box_outlets_for(&self, actor: &Actor) -> Result<Vec<OrgId>, Failure> {
        let home = self.org_of(actor, Verb::LookAtBoxes, |home| Place::At(home.id))?;
        Ok(self.store().box_outlets(home.id).await?)
    }

    /// The batches in a state that wait for the partner who asks; a partner asks for its own only.
    pub async fn batches_of_partner(
        &self,
        actor: &Actor,
        state: BatchStateKind,
    ) -> Result<Vec<ListedBatch>, Failure> {
        let (bank, vendor) = own_code(actor)?;
        let asked = BatchesAsked { state: Some(state), bank, vendor, ..BatchesAsked::default() };
        Ok(self.store().batches(asked, FOR_A_PARTNER).await?)
    }

    /// The orders of pre-made cards at a step that wait for the partner who asks.
    pub async fn orders_of_partner(
        &self,
        actor: &Actor,
        step: StepKind,
    ) -> Result<Vec<BlankOrderFile>, Failure> {
        let (bank, vendor) = own_code(actor)?;
        let asked = OrdersAsked { step: Some(step), bank, vendor, ..OrdersAsked::default() };
        Ok(self.store().blank_orders(asked, FOR_A_PARTNER).await?)
    }

    /// 待取消息 of the partner who asks: what commands have told it, each journaled then.
    pub async fn messages_for(
        &self,
        actor: &Actor,
        after: i64,
        most: i64,
    ) -> Result<Seen<Vec<OutboxRow>>, Failure> {
        let right = self.may(actor, Verb::FetchMessages, &messages_place(actor))?;
        let to = addressee(actor).ok_or_else(|| refused(Reason::NotPermitted))?;
        let waiting = self.store().outbox_waiting(&to, after, most).await?;
        Ok(Seen::by_right(&right, waiting))
    }

    /// 发送记录 of the partner who asks: when each of its messages was tried, and what came of it.
    pub async fn attempts_for(
        &self,
        actor: &Actor,
        after: i64,
        most: i64,
    ) -> Result<Seen<Vec<Attempt>>, Failure> {
        let right = self.may(actor, Verb::FetchMessages, &messages_place(actor))?;
        let to = addressee(actor).ok_or_else(|| refused(Reason::NotPermitted))?;
        Ok(Seen::by_right(&right, self.store().attempts(&to, after, most).await?))
    }

    /// 消息取走确认: the journal says so first, then they are neither shown nor delivered again. What is not known to be
    /// recorded is shown again; the identity tells it apart.
    pub async fn fetched(&self, ctx: Ctx, ids: Vec<i64>) -> Result<(), Failure> {
        clause!(R39.1);
        if ids.is_empty() {
            return Ok(());
        }
        let to = addressee(&ctx.actor).ok_or_else(|| refused(Reason::NotPermitted))?;
        self.execute(ctx, Command::Messages(FetchMessages { ids: ids.clone() })).await?;
        self.store().outbox_taken(&to, &ids).await.map_err(|e| Failure::half_done(&e))
    }

    /// The key that a bank shares with the system: it makes the slots of its cards, for reconciliation.
    pub fn shared_key(&self, actor: &Actor) -> Result<impl Deref<Target = [u8; 32]> + use<>, Failure> {
        match actor {
            Actor::Bank(bank) => Ok(self.store().shared_with(bank.as_str())),
            Actor::Vendor(_) | Actor::Partner(_) | Actor::Officer(_) | Actor::Kiosk(_) | Actor::System => {
                Err(refused(Reason::NotPermitted))
            }
        }
    }
}

/// The office whose own work is listed; none for a centre, which sees that of its whole area.
pub(crate) fn own_office(home: &Organisation) -> Option<OrgId> {
    match home.kind {
        OrgKind::CountyCentre | OrgKind::HrOutlet | OrgKind::BankOutlet => Some(home.id),
        OrgKind::ProvinceCentre | OrgKind::CityCentre => None,
    }
}

/// Where batches are confirmed: in the city's centre and its entrusted offices.
pub(crate) fn entrusted(home: &Organisation) -> Place {
    let here = |city| Place::Entrusted { city, task: Task::ConfirmBatches, bank: home.bank.clone() };
    home.city().map_or(Place::Anywhere, here)
}

/// The city of an organisation; anywhere for the province.
pub(crate) fn own_city(home: &Organisation) -> Place {
    home.city().map_or(Place::Anywhere, Place::City)
}

/// The bank's and the vendor's code of a partner that is either.
fn own_code(actor: &Actor) -> Result<(Option<&str>, Option<&str>), Failure> {
    match actor {
        Actor::Bank(bank) => Ok((Some(bank.as_str()), None)),
        Actor::Vendor(vendor) => Ok((None, Some(vendor.as_str()))),
        Actor::Partner(_) | Actor::Officer(_) | Actor::Kiosk(_) | Actor::System => {
            Err(refused(Reason::NotPermitted))
        }
    }
}
