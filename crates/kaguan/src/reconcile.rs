//! Reconciliation with banks over HTTP: on demand, and by itself while a server runs. What the last one came to is kept, and
//! with it the differences that staff have to look into.

use crate::data_dir::DataDir;
use crate::open;
use anyhow::Context;
use kaguan_domain::ctx::Instant;
use kaguan_domain::ids::{BankCode, PartnerId, PartnerKind};
use kaguan_service::reconcile::{
    AGAIN, Difference, LastReconciled, NotReconciled, ReconcileError, Reconciled,
};
use kaguan_service::{Service, now_in};
use kaguan_store::Store;
use kaguan_web::partner::{HttpBook, SigningKey, client_of};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::process::ExitCode;
use std::time::Duration;

/// How often a running server looks which bank's turn it is, or was asked for.
const LOOK: Duration = Duration::from_secs(10);

/// What a reconciliation found and did.
#[derive(Serialize, Deserialize)]
pub struct Compared {
    /// What was found.
    found: Reconciled,
    /// Bytes exchanged.
    bytes: u64,
    /// Seconds.
    took: f64,
    /// What was done about it; `None` when nothing was to be done.
    repaired: Option<Repaired>,
}

/// What was done about differences.
#[derive(Serialize, Deserialize)]
struct Repaired {
    /// Intents were made.
    repaired: usize,
    /// An intent was on its way already.
    under_way: usize,
    /// For staff to look into.
    staff: Vec<Difference>,
}

/// A bank may take so long for the sums over all of its cards.
const PATIENCE: Duration = Duration::from_secs(600);

/// The line to banks.
pub fn http(dir: &DataDir) -> anyhow::Result<reqwest::Client> {
    open::http(dir, PATIENCE)
}

/// Compares a bank's cards.
pub async fn compare(store: &Store, http: &reqwest::Client, bank: &str) -> anyhow::Result<Compared> {
    let id = PartnerId::parse(&format!("bank:{bank}")).with_context(|| format!("{bank}不是银行代码"))?;
    let institutions = open::institutions(store).await?;
    let partner = institutions.partner(&id).with_context(|| format!("合作方{id}未登记"))?;
    let now = now_in(store).await?;
    let client = client_of(http, partner, SigningKey::at(store, &institutions, now), now);
    let book = HttpBook::new(client.context("该银行没有登记接口地址")?);
    let began = std::time::Instant::now();
    let found = kaguan_service::reconcile::reconcile(store, bank, &book).await?;
    Ok(Compared { found, bytes: book.bytes(), took: began.elapsed().as_secs_f64(), repaired: None })
}

/// Compares, repairs by intents what differs, and keeps what it came to.
pub async fn repair(service: &Service, http: &reqwest::Client, bank: &str) -> anyhow::Result<Compared> {
    let compared = compare(service.store(), http, bank).await?;
    let differences = &compared.found.differences;
    let (repaired, under_way, staff) = service.repair(differences).await?;
    let last = LastReconciled {
        at: service.now(),
        cards: compared.found.cards,
        differences: differences.len(),
        repaired,
        under_way,
        without_card: differences.iter().filter(|d| d.is_without_card()).count(),
        staff: staff.len(),
        cases: service.cases_of(bank, &staff).await?,
    };
    last.keep(service.store(), bank).await?;
    Ok(Compared { repaired: Some(Repaired { repaired, under_way, staff }), ..compared })
}

/// When a bank was reconciled with.
struct Known {
    /// When it was done.
    last: Option<Instant>,
    /// When the province asked for it.
    asked: Option<Instant>,
    /// When it was last tried.
    tried: Option<Instant>,
}

impl Known {
    /// Whether it is time: a period (microseconds; none by itself where it is 0) after the last one, or when somebody asked since. What failed
    /// rests for [`AGAIN`], unless somebody asked after it.
    fn is_due(&self, now: Instant, period: i64) -> bool {
        let by_itself = period > 0 && self.last.is_none_or(|last| now.0 - last.0 >= period);
        let wanted = self.asked.filter(|asked| self.last.is_none_or(|last| last < *asked));
        let rests = self.tried.is_some_and(|at| now.0 - at.0 < AGAIN && wanted.is_none_or(|w| w <= at));
        (by_itself || wanted.is_some()) && !rests
    }
}

/// Reconciles with every bank that is called over HTTP, so many hours after the last time, or never by itself, and whenever the
/// province asks for it; for ever.
pub async fn by_itself(service: &Service, dir: &DataDir, hours: u64) -> anyhow::Result<ExitCode> {
    let http = http(dir)?;
    let period = i64::try_from(hours)?.saturating_mul(3_600_000_000);
    let mut tried: HashMap<String, Instant> = HashMap::new();
    let mut tick = tokio::time::interval(LOOK);
    loop {
        tick.tick().await;
        let institutions = service.institutions();
        let called = |p: &&kaguan_domain::facts::partner::Partner| {
            p.id.kind == PartnerKind::Bank && p.endpoint.is_some()
        };
        for bank in institutions.partners().filter(called).map(|p| p.id.code.as_str()) {
            let now = service.now();
            let asked = institutions.reconciliation_asked(&BankCode(bank.to_owned()));
            let due = async || {
                let last = LastReconciled::of(service.store(), bank).await?.map(|last| last.at);
                anyhow::Ok(Known { last, asked, tried: tried.get(bank).copied() }.is_due(now, period))
            };
            let done = match due().await {
                Ok(false) => continue,
                Ok(true) => {
                    tried.insert(bank.to_owned(), now);
                    repair(service, &http, bank).await
                }
                Err(why) => Err(why),
            };
            match done {
                Ok(Compared { found, bytes, repaired: Some(r), .. }) => {
                    let (cards, staff) = (found.cards, r.staff.len());
                    let (repaired, under_way) = (r.repaired, r.under_way);
                    tracing::warn!(%bank, cards, bytes, repaired, under_way, staff, "reconciled");
                }
                Ok(_) => {}
                // A bank that is down is reconciled with the next time; until then the page says why it was not.
                Err(why) => {
                    tracing::warn!(%bank, %why, "not reconciled");
                    let failed = NotReconciled { at: now, said: said_by_bank(&why) };
                    if let Err(why) = failed.keep(service.store(), bank).await {
                        tracing::warn!(%bank, %why, "nor noted");
                    }
                }
            }
        }
    }
}

/// What was wrong with the bank's answer, when it was that.
fn said_by_bank(why: &anyhow::Error) -> Option<String> {
    match why.downcast_ref()? {
        ReconcileError::Bank(said) => Some(said.clone()),
        ReconcileError::Store(_) => None,
    }
}

fn state(s: Option<impl std::fmt::Display>) -> String {
    s.map_or("无".to_owned(), |s| s.to_string())
}

fn line(d: &Difference) -> String {
    let only = if d.is_without_card() {
        "（仅银行有，没有对应的卡，不必处理）"
    } else {
        "（仅银行有）"
    };
    let whose = d.card.map_or(only.to_owned(), |(h, c)| format!("档案{h} 卡{c}"));
    // The place is what both sides can find it by.
    format!("位置{}　{whose}　本系统{}　银行{}", d.slot, state(d.ours), state(d.theirs))
}

impl Compared {
    /// Prints it.
    pub fn say(&self, json: bool) -> ExitCode {
        let Self { found, bytes, took, repaired } = self;
        let done = repaired.as_ref().map(|r| (r.repaired, r.under_way, r.staff.len()));
        if json {
            println!(
                "{}",
                serde_json::json!({
                    "cards": found.cards, "ranges": found.ranges, "compared": found.compared,
                    "differences": found.differences.len(), "bytes": bytes, "seconds": took,
                    "repaired": done.map(|d| d.0), "under_way": done.map(|d| d.1), "staff": done.map(|d| d.2),
                })
            );
            return ExitCode::SUCCESS;
        }
        for d in &found.differences {
            let staff = repaired.as_ref().is_some_and(|r| r.staff.contains(d));
            println!("{}{}", line(d), if staff { "　须人工核实" } else { "" });
        }
        let (cards, ranges, compared) = (found.cards, found.ranges, found.compared);
        let n = found.differences.len();
        println!("{cards}张，比较{ranges}个区间、{compared}张卡，差异{n}，交换{bytes}字节，{took:.1}秒");
        if let Some((repaired, under_way, staff)) = done {
            let without = found.differences.iter().filter(|d| d.is_without_card()).count();
            println!("已发起修复{repaired}，在途{under_way}，没有卡的账户{without}，须人工核实{staff}");
        }
        ExitCode::SUCCESS
    }
}

/// Prints what the last reconciliation with a bank came to.
pub async fn say_last(store: &Store, bank: &str, json: bool) -> anyhow::Result<ExitCode> {
    let last = LastReconciled::of(store, bank).await?;
    let last = last.with_context(|| format!("与银行{bank}还没有对过账"))?;
    if json {
        println!("{}", serde_json::to_string(&last)?);
        return Ok(ExitCode::SUCCESS);
    }
    for case in &last.cases {
        println!("{}　须人工核实", line(&case.difference));
    }
    let LastReconciled { at, cards, differences, repaired, under_way, without_card, staff, .. } = last;
    println!(
        "{}　{cards}张，差异{differences}，发起修复{repaired}，在途{under_way}，没有卡的账户{without_card}，须人工核实{staff}",
        at.local()
    );
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reconciliation_that_failed_is_tried_again_after_ten_minutes_or_as_soon_as_somebody_asks() {
        const MINUTE: i64 = 60_000_000;
        let (day, at) = (24 * 60 * MINUTE, |minutes: i64| Some(Instant(minutes * MINUTE)));
        let due = |last, asked, tried, now: i64, period| {
            Known { last, asked, tried }.is_due(Instant(now * MINUTE), period)
        };
        assert!(due(None, None, None, 0, day), "a bank that is new");
        assert!(!due(None, None, at(0), 9, day) && due(None, None, at(0), 10, day), "it failed");
        assert!(
            !due(at(5), None, at(5), 24 * 60, day) && due(at(5), None, at(5), 24 * 60 + 5, day),
            "it was done"
        );
        assert!(due(at(5), at(6), at(5), 7, day), "the province asks");
        assert!(!due(at(5), at(6), at(7), 8, day) && due(at(5), at(6), at(7), 17, day), "that failed");
        assert!(due(at(5), at(8), at(7), 9, day), "the province asks again, and does not wait");
        assert!(!due(None, None, None, 99, 0) && due(None, at(1), None, 2, 0), "only when it is asked for");
    }
}
