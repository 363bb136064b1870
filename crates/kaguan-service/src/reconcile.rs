//! 对账: the whole population of a bank, at a cost that follows the differences. The sums of ranges of slots are compared,
//! sixteen parts at a time, down to where few cards are left; those are compared one by one.

use crate::outcome::Failure;
use crate::ports::Reply;
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Instant};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::mirror::{BankState, Facet, Mirror};
use kaguan_domain::ids::{BankCode, CardId, CityCode, HolderId};
use kaguan_domain::link::Repair;
use kaguan_domain::permission::{Place, Verb};
use kaguan_store::{CommitError, LoadRequest, MirrorSums, Store, StoreError, StoredDataError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// All slots.
const ALL: (i64, i64) = (0, 1 << 60);
/// A part with so few cards on both sides is compared card by card.
const FEW: i64 = 24;
/// Ranges of one question.
const AT_ONCE: usize = 512;

/// The bank's side: sums and cards of ranges of slots.
pub trait Book: Send + Sync {
    /// The sums of the sixteen parts of each range.
    fn sums<'a>(&'a self, ranges: &'a [(i64, i64)]) -> Reply<'a, Result<Vec<[MirrorSums; 16]>, String>>;
    /// Slot and state of every card in some ranges.
    fn rows<'a>(&'a self, ranges: &'a [(i64, i64)]) -> Reply<'a, Result<Vec<(i64, BankState)>, String>>;
}

/// A card about which both sides differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Difference {
    /// Whose card and which; `None` when only the bank knows it.
    pub card: Option<(HolderId, CardId)>,
    /// Its slot among the bank's cards; `place` in what is kept and shown.
    #[serde(rename = "place")]
    pub slot: i64,
    /// Our state.
    pub ours: Option<Mirror>,
    /// The bank's.
    pub theirs: Option<BankState>,
}

impl Difference {
    /// An account that no card is for, and on which nothing lies: opened for a card that is still to be made, or closed because none was.
    /// Nothing is to be done about it.
    pub fn is_without_card(&self) -> bool {
        let Some(BankState::Known(theirs)) = self.theirs else { return false };
        self.card.is_none() && (theirs == Mirror::NEW || theirs.account == Facet::Closed)
    }
}

/// What a reconciliation found.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Reconciled {
    /// Cards on our side.
    pub cards: i64,
    /// Ranges whose sums were asked for.
    pub ranges: usize,
    /// Cards that were compared one by one.
    pub compared: usize,
    /// The differences, by slot.
    pub differences: Vec<Difference>,
}

/// What the last reconciliation with a bank came to that also repaired; kept in the store.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LastReconciled {
    pub at: Instant,
    /// Cards on our side.
    pub cards: i64,
    pub differences: usize,
    /// Intents were made.
    pub repaired: usize,
    /// An intent was on its way already.
    pub under_way: usize,
    /// Accounts of the bank's that no card is for, on which nothing lies: opened for a card that is still to be made, or closed because
    /// none was.
    #[serde(default)]
    pub without_card: usize,
    /// For staff to look into.
    pub staff: usize,
    /// The first of those for staff, so many of each city.
    pub cases: Vec<Case>,
}

/// A difference for staff, as it is kept until it is settled.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Case {
    #[serde(flatten)]
    pub difference: Difference,
    /// The city of the card; `None` of an account that only the bank has, and in what was kept before December 2026.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<CityCode>,
    /// The reconciliation that found it first; `None` in what was kept before December 2026.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Instant>,
}

/// So many cases of a city, and of accounts without a card, are kept with the last result; what is left shows in the next one.
pub const KEPT: usize = 200;
/// So many cards are looked at for their cities at once, and in all.
const LOOKED_AT: usize = 500;
const LOOKED_AT_IN_ALL: usize = 10_000;

/// A difference that is not settled yet, as it is now.
pub struct OpenDifference {
    pub bank: BankCode,
    pub case: Case,
    /// When the reconciliation was that found it last.
    pub at: Instant,
    /// Our state now.
    pub ours: Option<Mirror>,
    /// Whose card it is now, and which; `None` while only the bank knows it.
    pub card: Option<(HolderId, CardId)>,
}

/// The differences of an area that are not settled.
pub struct OpenDifferences {
    pub rows: Vec<OpenDifference>,
    /// Whether there are more than are kept.
    pub more: bool,
    /// With how many of the banks there was a reconciliation.
    pub reconciled: usize,
    pub banks: usize,
}

impl LastReconciled {
    fn name(bank: &str) -> String {
        format!("reconciled {bank}")
    }

    /// The one with a bank, five digits; `None` when there was none yet.
    pub async fn of(store: &Store, bank: &str) -> Result<Option<Self>, StoreError> {
        kept(store, Self::name(bank)).await
    }

    /// The same of several banks, each in its place.
    async fn of_each(store: &Store, banks: &[BankCode]) -> Result<Vec<Option<Self>>, StoreError> {
        let names: Vec<String> = banks.iter().map(|bank| Self::name(bank.as_str())).collect();
        let texts = store.metas(&names).await?;
        let kept = names.into_iter().zip(texts);
        kept.map(|(name, text)| text.map(|text| read_kept(name, &text)).transpose()).collect()
    }

    /// Keeps it in place of the one before.
    pub async fn keep(&self, store: &Store, bank: &str) -> Result<(), CommitError> {
        let text = serde_json::to_string(self).expect("our own numbers are always JSON");
        store.put_meta(&Self::name(bank), &text).await
    }
}

/// A bank with which a reconciliation failed is asked again after so long, in microseconds.
pub const AGAIN: i64 = 600_000_000;

/// The last reconciliation with a bank that came to nothing; kept in the store.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NotReconciled {
    /// When it was tried.
    pub at: Instant,
    /// What was wrong with the bank's answer; `None` when it was not the bank's.
    pub said: Option<String>,
}

impl NotReconciled {
    fn name(bank: &str) -> String {
        format!("not reconciled {bank}")
    }

    /// The one with a bank, five digits; `None` when none failed yet.
    pub async fn of(store: &Store, bank: &str) -> Result<Option<Self>, StoreError> {
        kept(store, Self::name(bank)).await
    }

    /// Keeps it in place of the one before.
    pub async fn keep(&self, store: &Store, bank: &str) -> Result<(), CommitError> {
        let text = serde_json::to_string(self).expect("our own words are always JSON");
        store.put_meta(&Self::name(bank), &text).await
    }

    /// Why, in Chinese.
    pub fn why(&self) -> String {
        match self.said.as_deref() {
            None => "本系统未能完成，原因见运行日志".into(),
            // Libraries speak English.
            Some(said) if said.is_ascii() => "银行没有应答，或应答的签名不符".into(),
            Some(said) => format!("银行没有正确应答：{said}"),
        }
    }
}

/// How reconciliation with a bank stands.
pub struct BankReconciled {
    pub bank: BankCode,
    /// Whether it is called: its address is registered.
    pub called: bool,
    /// The last one that came to something.
    pub last: Option<LastReconciled>,
    /// One that failed after that.
    pub failed: Option<NotReconciled>,
}

async fn kept<T: DeserializeOwned>(store: &Store, name: String) -> Result<Option<T>, StoreError> {
    let text = store.meta(&name).await?;
    text.map(|text| read_kept(name, &text)).transpose()
}

fn read_kept<T: DeserializeOwned>(name: String, text: &str) -> Result<T, StoreError> {
    let unread = |e: serde_json::Error| StoredDataError {
        table: "meta",
        column: "value",
        row: name,
        why: format!("not readable at byte {}", e.column()),
    };
    Ok(serde_json::from_str(text).map_err(unread)?)
}

/// Why it was not finished.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bank does not answer, or not as it should.
    #[error("银行没有正确应答：{0}")]
    Bank(String),
}

/// Compares one bank's cards. Reads only.
pub async fn reconcile(store: &Store, bank: &str, book: &dyn Book) -> Result<Reconciled, ReconcileError> {
    clause!(R23.1);
    let mut found = Reconciled::default();
    let mut level = vec![ALL];
    let mut leaves = Vec::new();
    while !level.is_empty() {
        let mut next = Vec::new();
        for ranges in level.chunks(AT_ONCE) {
            found.ranges += ranges.len();
            let ours = store.mirror_sums(bank, ranges).await?;
            let theirs = book.sums(ranges).await.map_err(ReconcileError::Bank)?;
            if theirs.len() != ranges.len() {
                return Err(ReconcileError::Bank("区间数不符".into()));
            }
            for (((from, size), ours), theirs) in ranges.iter().zip(&ours).zip(&theirs) {
                if *size == ALL.1 {
                    found.cards = ours.iter().map(|s| s.cards).sum();
                }
                for (n, (a, b)) in (0..).zip(ours.iter().zip(theirs)) {
                    let part = (from + n * (size / 16), size / 16);
                    if a == b {
                        continue;
                    }
                    let few = a.cards.max(b.cards) <= FEW || part.1 < 16;
                    if few { leaves.push(part) } else { next.push(part) }
                }
            }
        }
        level = next;
    }
    for ranges in leaves.chunks(AT_ONCE) {
        let ours = store.mirror_rows(bank, ranges).await?;
        let theirs = book.rows(ranges).await.map_err(ReconcileError::Bank)?;
        found.compared += ours.len();
        let mut there: HashMap<i64, BankState> = theirs.into_iter().collect();
        for (slot, bits, holder, card) in ours {
            let wrong = |why| StoredDataError {
                table: "card",
                column: "mirror",
                row: format!("holder_id {holder}, card_id {card}"),
                why,
            };
            let ours = Mirror::try_from(bits).map_err(|why| StoreError::from(wrong(why)))?;
            let theirs = there.remove(&slot);
            if theirs != Some(BankState::Known(ours)) {
                let card = Some((holder, card));
                found.differences.push(Difference { card, slot, ours: Some(ours), theirs });
            }
        }
        let only = |(slot, state)| Difference { card: None, slot, ours: None, theirs: Some(state) };
        found.differences.extend(there.into_iter().map(only));
    }
    found.differences.sort_by_key(|d| d.slot);
    Ok(found)
}

impl Service {
    /// Repairs differences by intents; returns how many were, how many are under way already, and those for staff. Accounts without a card
    /// are neither.
    pub async fn repair(
        &self,
        differences: &[Difference],
    ) -> Result<(usize, usize, Vec<Difference>), Failure> {
        let known: Vec<_> = differences.iter().filter_map(|d| Some((d, d.card?))).collect();
        let commands = known
            .iter()
            .map(|(d, (holder, card))| {
                let repair = HolderCommand::RepairLink(Repair { card: *card, theirs: d.theirs });
                (self.ctx(Actor::System, Channel::Duty, None), Command::of(*holder, repair))
            })
            .collect();
        let unknown = differences.iter().filter(|d| d.card.is_none() && !d.is_without_card());
        let mut staff: Vec<Difference> = unknown.copied().collect();
        let (mut repaired, mut under_way) = (0, 0);
        for ((d, _), outcome) in known.iter().zip(self.execute_all(commands, |_| {}).await) {
            match outcome {
                Ok(_) => repaired += 1,
                Err(Failure::Refused(r)) if r.reason == kaguan_domain::refusal::Reason::NothingToDo => {
                    under_way += 1;
                }
                Err(Failure::Refused(_)) => staff.push(**d),
                Err(e) => return Err(e),
            }
        }
        Ok((repaired, under_way, staff))
    }

    /// Differences for staff as they are kept: of which city the card is, and since when. One that was there the last time goes on.
    pub async fn cases_of(&self, bank: &str, staff: &[Difference]) -> Result<Vec<Case>, Failure> {
        let last = LastReconciled::of(self.store(), bank).await?;
        let known = |last: LastReconciled| {
            let since = |case: &Case| (case.difference.slot, case.since.unwrap_or(last.at));
            last.cases.iter().map(since).collect::<HashMap<i64, Instant>>()
        };
        let (before, now) = (last.map(known).unwrap_or_default(), self.now());
        let mut of_city: BTreeMap<Option<CityCode>, usize> = BTreeMap::new();
        let mut cases = Vec::new();
        for some in staff[..staff.len().min(LOOKED_AT_IN_ALL)].chunks(LOOKED_AT) {
            let holders: BTreeSet<HolderId> = some.iter().filter_map(|d| Some(d.card?.0)).collect();
            let holders = holders.into_iter().collect();
            let loaded = self.store().load(&LoadRequest { holders, ..LoadRequest::default() }).await?;
            for difference in some.iter().copied() {
                let card = difference.card.and_then(|(holder, id)| loaded.holders.get(&holder)?.card(id));
                let city = card.map(|c| c.city.clone());
                let kept = of_city.entry(city.clone()).or_default();
                if *kept < KEPT {
                    *kept += 1;
                    let since = Some(before.get(&difference.slot).copied().unwrap_or(now));
                    cases.push(Case { difference, city, since });
                }
            }
        }
        Ok(cases)
    }

    /// 对账差异，须人工核实, until both sides say the same: those of the province for its centre, of the cards of its city for a city's, and
    /// for an outlet of a bank those of the bank's cards in its city, and its accounts that no card is for.
    pub async fn differences_for(&self, actor: &Actor) -> Result<OpenDifferences, Failure> {
        clause!(R23.1);
        let home = self.org_of(actor, Verb::LookAtDifferences, |_| Place::Anywhere)?;
        let (institutions, city) = (self.institutions(), home.city());
        let own = |bank: &BankCode| home.bank.as_ref().is_none_or(|own| own == bank);
        let here = |case: &Case| match (&city, &case.city) {
            (None, _) => true,
            (Some(own), Some(of)) => own == of,
            (Some(_), None) => home.bank.is_some() && case.difference.card.is_none(),
        };
        let banks: Vec<BankCode> = institutions.all_banks().into_iter().filter(own).collect();
        let all = LastReconciled::of_each(self.store(), &banks).await?;
        let (mut rows, mut more, mut reconciled) = (Vec::new(), false, 0);
        for (bank, last) in banks.iter().zip(all) {
            let Some(last) = last else { continue };
            reconciled += 1;
            let all_kept = last.cases.len() >= last.staff;
            let cases: Vec<Case> = last.cases.into_iter().filter(here).collect();
            more |= !all_kept && (city.is_none() || cases.len() >= KEPT);
            let now = self.cards_at(bank, &cases).await?;
            for case in cases {
                let here = now.get(&case.difference.slot);
                if here.map(|(bits, _)| *bits) != case.difference.theirs.map(i64::from) {
                    let ours = here.and_then(|(bits, _)| Mirror::from_bits(*bits));
                    let card = here.map(|(_, card)| *card);
                    rows.push(OpenDifference { bank: bank.clone(), case, at: last.at, ours, card });
                }
            }
        }
        Ok(OpenDifferences { rows, more, reconciled, banks: banks.len() })
    }

    /// Our cards now in the slots of some cases, with their states as bits.
    async fn cards_at(
        &self,
        bank: &BankCode,
        cases: &[Case],
    ) -> Result<HashMap<i64, (i64, (HolderId, CardId))>, Failure> {
        let slots: Vec<(i64, i64)> = cases.iter().map(|case| (case.difference.slot, 1)).collect();
        let mut now = HashMap::new();
        for some in slots.chunks(AT_ONCE) {
            let found = self.store().mirror_rows(bank.as_str(), some).await?;
            now.extend(
                found.into_iter().map(|(slot, mirror, holder, card)| (slot, (mirror, (holder, card)))),
            );
        }
        Ok(now)
    }
}
