//! 业务统计: what happened on cards in a period, from the journal's lines of it. What became of a card afterwards changes nothing.

use crate::reports::Table;
use jiff::civil::Date;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::batch::BatchEvent;
use kaguan_domain::ids::{BatchId, CardId, HolderId};
use kaguan_domain::report::counted;
use kaguan_store::{LoadRequest, Store, StoreError, Subject};
use std::collections::BTreeMap;

/// Lines of one page.
const PAGE: i64 = 1_000;
/// By how much the time of a line may differ from that of its neighbours: a door makes it, and doors do not wait for each other.
const APART: i64 = 3_600_000_000;

/// The number of a line before which no line is of that moment or later.
pub(crate) async fn first_line(store: &Store, at: i64) -> Result<i64, StoreError> {
    let early = async |seq| {
        let line = store.entries_from(seq, 1).await?.pop();
        Ok::<_, StoreError>(line.is_some_and(|e| e.at < at))
    };
    let (mut low, mut high) = (0, 1);
    while early(high).await? {
        (low, high) = (high, high * 2);
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if early(middle).await? {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(high)
}

/// Month, city and business, with how many cards.
pub(crate) async fn happenings(store: &Store, from: Date, to: Date) -> Result<Table, StoreError> {
    let mut counts: BTreeMap<Vec<String>, f64> = BTreeMap::new();
    let mut next = first_line(store, Instant::at_start_of(from).0.saturating_sub(APART)).await?;
    loop {
        let lines = store.entries_from(next, PAGE).await?;
        let Some(last) = lines.last().map(|e| (e.seq, e.at)) else { break };
        let mut people: Vec<(String, HolderId, CardId, &'static str)> = Vec::new();
        let mut units: Vec<(String, BatchId, i64)> = Vec::new();
        for line in lines.iter().filter(|e| e.is_done()) {
            let day = Instant(line.at).date();
            if !(from..=to).contains(&day) {
                continue;
            }
            let month = day.strftime("%Y-%m").to_string();
            match Subject::parse(&line.subject) {
                Some(Subject::Holder(id)) => {
                    let events = store.holder_events(line)?;
                    let of = |(business, card)| (month.clone(), id, card, business);
                    people.extend(events.iter().filter_map(counted).map(of));
                }
                Some(Subject::Batch(id)) => {
                    for event in store.batch_events(line)? {
                        if let BatchEvent::BoxHandedOver(b) = event {
                            units.push((month.clone(), id, b.counted));
                        }
                    }
                }
                _ => {}
            }
        }
        let want = LoadRequest {
            holders: people.iter().map(|p| p.1).collect(),
            batches: units.iter().map(|u| u.1).collect(),
            ..LoadRequest::default()
        };
        let loaded = store.load(&want).await?;
        for (month, id, card, business) in people {
            let card = loaded.holders.get(&id).and_then(|f| f.card(card));
            let city = card.map(|c| c.city.name().to_owned()).unwrap_or_default();
            *counts.entry(vec![month, city, business.to_owned()]).or_default() += 1.0;
        }
        for (month, id, cards) in units {
            let batch = loaded.batches.get(&id).and_then(|b| b.batch.as_ref());
            let city = batch.map(|b| b.city.name().to_owned()).unwrap_or_default();
            *counts.entry(vec![month, city, "批量领取".to_owned()]).or_default() += cards as f64;
        }
        if last.1 > Instant::at_start_of(to).0.saturating_add(86_400_000_000 + APART) {
            break;
        }
        next = last.0 + 1;
    }
    let rows = counts.into_iter().map(|(key, n)| (key, vec![n])).collect();
    Ok(Table { title: "业务统计", heads: vec!["月份", "地市", "业务", "张数"], rows })
}
