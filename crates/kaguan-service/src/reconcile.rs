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
use kaguan_domain::ids::{BankCode, CardId, HolderId};
use kaguan_domain::link::Repair;
use kaguan_store::{CommitError, MirrorSums, Store, StoreError, StoredDataError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

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
    /// The first of those for staff.
    pub cases: Vec<Difference>,
}

impl LastReconciled {
    fn name(bank: &str) -> String {
        format!("reconciled {bank}")
    }

    /// The one with a bank, five digits; `None` when there was none yet.
    pub async fn of(store: &Store, bank: &str) -> Result<Option<Self>, StoreError> {
        kept(store, Self::name(bank)).await
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
    let Some(text) = store.meta(&name).await? else { return Ok(None) };
    let unread = |e: serde_json::Error| StoredDataError {
        table: "meta",
        column: "value",
        row: name,
        why: format!("not readable at byte {}", e.column()),
    };
    Ok(Some(serde_json::from_str(&text).map_err(unread)?))
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
}
