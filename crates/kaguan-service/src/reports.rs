//! Reports for city and province: issuance, recall, clocks, and the timeliness of banks and vendors (Appendix 7), as
//! tables that a door writes as xlsx or csv.

use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::custody::Custody;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::permission::Verb;
use kaguan_domain::report::{Timeliness, bank_name, of_banks, of_vendors, vendor_name};
use kaguan_store::{BatchesAsked, ListedBatch, Store, StoreError};
use std::collections::BTreeMap;

/// Which report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// 银行时效通报
    Banks,
    /// 卡商时效通报
    Vendors,
    /// 发行统计
    Issuance,
    /// 回收统计
    Recalls,
    /// 时限
    Clocks,
    /// 一人一卡业务确认单
    Slips,
}

/// A table: heads, and rows whose numbers are numbers.
#[derive(Clone, PartialEq, Debug)]
pub struct Table {
    /// Title.
    pub title: &'static str,
    /// Heads.
    pub heads: Vec<&'static str>,
    /// Rows: the texts first, then the numbers.
    pub rows: Vec<(Vec<String>, Vec<f64>)>,
}

/// A report for the batches, cards and recalls of a period, both days included. Reads only: a server that writes goes on
/// writing.
pub async fn report(
    store: &Store,
    kind: Kind,
    from: Date,
    to: Date,
    today: Date,
) -> Result<Table, StoreError> {
    match kind {
        Kind::Banks | Kind::Vendors | Kind::Clocks => {
            let batches = store.batches(BatchesAsked::default(), i64::MAX).await?;
            Ok(of_batches(kind, &batches, from, to, today))
        }
        Kind::Issuance | Kind::Recalls => of_cards(store, kind, from, to).await,
        Kind::Slips => slips(store, from, to).await,
    }
}

/// The slips that cities report to the province (X10.1): each confirmation that the journal holds.
async fn slips(store: &Store, from: Date, to: Date) -> Result<Table, StoreError> {
    clause!(X10.1);
    let mut rows = Vec::new();
    let mut next = 1;
    loop {
        let page = store.entries_of_command(Verb::ConfirmOneCard.code(), next, 2_000).await?;
        let Some(last) = page.last() else { break };
        next = last.seq + 1;
        for line in page.iter().filter(|l| (from..=to).contains(&Instant(l.at).date())) {
            for event in store.holder_events(line)? {
                let HolderEvent::OneCardConfirmed { confirmation: c } = event else { continue };
                let cleaned = c.cards.iter().filter(|id| Some(**id) != c.keep).count();
                let day = Instant(line.at).date().to_string();
                let texts = vec![day, line.subject.clone(), line.actor.clone(), c.slip];
                rows.push((texts, vec![cleaned as f64, f64::from(u8::from(c.keep.is_some()))]));
            }
        }
    }
    let heads = vec!["签字日期", "档案", "经办", "确认单", "清理张数", "保留张数"];
    Ok(Table { title: "一人一卡业务确认单", heads, rows })
}

fn of_batches(kind: Kind, batches: &[ListedBatch], from: Date, to: Date, today: Date) -> Table {
    clause!(X7.4);
    let all = || batches.iter().map(|b| &b.batch);
    let partners = |who: BTreeMap<String, Timeliness>, name: fn(&str) -> String| {
        who.into_iter()
            .map(|(code, t)| {
                let rate = t.kept_in_a_thousand().map_or(f64::NAN, |n| n as f64 / 10.0);
                let numbers = [t.kept, t.broken, t.running, t.late].map(|n| n as f64);
                (vec![name(&code), code], numbers.into_iter().chain([rate]).collect())
            })
            .collect()
    };
    let heads = |who| vec![who, "代码", "按时办结", "超期办结", "进行中", "超期未办结", "按时办结率（%）"];
    match kind {
        Kind::Banks => Table {
            title: "银行开户时效通报",
            heads: heads("服务银行"),
            rows: partners(of_banks(all(), from, to, today), bank_name),
        },
        Kind::Vendors => Table {
            title: "卡商制卡时效通报",
            heads: heads("卡制作厂商"),
            rows: partners(of_vendors(all(), from, to, today), vendor_name),
        },
        _ => {
            let mut counts: BTreeMap<(String, &str, &str), f64> = BTreeMap::new();
            for b in all() {
                for c in b.clocks.iter().filter(|c| (from..=to).contains(&c.started_on)) {
                    let key = (b.city.name().to_owned(), c.kind.name(), c.standing(today).name());
                    *counts.entry(key).or_default() += 1.0;
                }
            }
            let row = |((city, kind, standing), n): ((String, &str, &str), f64)| {
                (vec![city, kind.to_owned(), standing.to_owned()], vec![n])
            };
            let heads = vec!["地市", "时限", "状态", "批次"];
            Table { title: "时限统计", heads, rows: counts.into_iter().map(row).collect() }
        }
    }
}

async fn of_cards(store: &Store, kind: Kind, from: Date, to: Date) -> Result<Table, StoreError> {
    clause!(R32.1);
    let mut counts: BTreeMap<Vec<String>, f64> = BTreeMap::new();
    let mut people = store.people();
    while let Some(page) = people.next().await? {
        for file in page.files() {
            for card in &file.cards {
                let key = match (kind, &card.custody) {
                    (Kind::Issuance, _) if (from..=to).contains(&card.issued_on) => {
                        let purpose = file.application(card.application).map_or("", |a| a.purpose.name());
                        vec![
                            card.issued_on.strftime("%Y-%m").to_string(),
                            card.city.name().to_owned(),
                            bank_name(card.bank.as_str()),
                            purpose.to_owned(),
                        ]
                    }
                    (Kind::Recalls, Custody::Recalled { reason, since, .. })
                        if (from..=to).contains(&since.date()) =>
                    {
                        vec![card.city.name().to_owned(), reason.name().to_owned()]
                    }
                    _ => continue,
                };
                *counts.entry(key).or_default() += 1.0;
            }
        }
    }
    let (title, heads) = match kind {
        Kind::Issuance => ("发行统计", vec!["月份", "地市", "服务银行", "业务", "张数"]),
        _ => ("回收统计", vec!["地市", "回收原因", "张数"]),
    };
    Ok(Table { title, heads, rows: counts.into_iter().map(|(k, n)| (k, vec![n])).collect() })
}
