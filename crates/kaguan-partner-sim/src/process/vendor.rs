//! A card vendor as a process: takes the data of batches handed to it, packs, makes, returns, delivers.

use super::now_ms;
use super::server::Server;
use super::state::json;
use kaguan_api::bank::Batches;
use kaguan_api::blank::{self, BlankOrder, BlankOrders};
use kaguan_api::client::Client;
use kaguan_api::vendor as wire;
use kaguan_service::clock::Clock;
use std::collections::BTreeMap;
use std::time::Duration;

/// The vendor's work, for ever. Whatever is lost on the way is done again: boxes and cards follow from the data.
pub(super) async fn work(code: &str, server: &Server, client: &Client) -> anyhow::Result<()> {
    let mut second = tokio::time::interval(Duration::from_secs(1));
    loop {
        second.tick().await;
        if server.dice.trouble().outage {
            continue;
        }
        let reply = client.call("GET", "/api/vendor/v1/batches", None, Vec::new(), now_ms()).await;
        let list = reply.ok().filter(|r| r.status == 200);
        let list = list.and_then(|r| serde_json::from_slice::<Batches>(&r.body).ok());
        for batch in list.map(|l| l.batches).unwrap_or_default() {
            // What could not be finished is begun again in a second.
            let _ = make(code, server, client, &batch.batch).await;
        }
        let reply = client.call("GET", "/api/vendor/v1/blank-orders", None, Vec::new(), now_ms()).await;
        let list = reply.ok().filter(|r| r.status == 200);
        let list = list.and_then(|r| serde_json::from_slice::<BlankOrders>(&r.body).ok());
        for order in list.map(|l| l.orders).unwrap_or_default() {
            let _ = make_blanks(code, server, client, &order).await;
        }
    }
}

/// A number that follows from the row.
fn serial_of(row: &str) -> u64 {
    row.bytes().fold(7u64, |n, b| n.wrapping_mul(1_099_511_628_211).wrapping_add(u64::from(b)))
}

async fn post(client: &Client, path: &str, key: Option<&str>, body: Vec<u8>) -> Option<Vec<u8>> {
    let reply = client.call("POST", path, key, body, now_ms()).await.ok()?;
    (reply.status == 200).then_some(reply.body)
}

async fn make(code: &str, server: &Server, client: &Client, batch: &str) -> Option<()> {
    let base = format!("/api/vendor/v1/batches/{batch}");
    let data = post(client, &format!("{base}/production-data"), None, Vec::new()).await?;
    let rows: Vec<wire::ProductionRow> =
        data.split(|b| *b == b'\n').filter_map(|l| serde_json::from_slice(l).ok()).collect();
    // By the row and not by dice: what is begun again after a loss packs the same boxes.
    let trouble = server.dice.trouble();
    let chance = (trouble.refuse * 1_000.0) as u64;
    let chip = |r: &wire::ProductionRow| {
        (serial_of(&r.data.row) % 1_000 < chance).then_some(("CHIP09", "芯片个人化失败"))
    };
    let mut failing: Vec<Option<(&str, &str)>> = rows.iter().map(chip).collect();
    for (row, fails) in rows.iter().zip(&mut failing).filter(|(row, _)| row.photo) {
        let photo = format!("{base}/photos/{}", row.data.row);
        let reply = client.call("GET", &photo, None, Vec::new(), now_ms()).await.ok()?;
        match reply.status {
            200 if reply.body.starts_with(&[0xFF, 0xD8, 0xFF]) => {}
            // Announced, and not to be printed: no card is made with an empty face.
            200 | 404 => *fails = Some(("PHOTO01", "相片缺失或不是JPEG文件")),
            // Not known yet: all of it is begun again.
            _ => return None,
        }
    }
    let mut boxes: BTreeMap<(String, Option<String>), (String, i64)> = BTreeMap::new();
    for (row, _) in rows.iter().zip(&failing).filter(|(_, fails)| fails.is_none()) {
        let place = (row.outlet.clone(), row.employer.clone());
        let next = boxes.len() + 1;
        boxes.entry(place).or_insert_with(|| (format!("{code}-{batch}-{next:03}"), 0)).1 += 1;
    }
    for ((outlet, employer), (number, cards)) in &boxes {
        let pack = wire::PackBox {
            number: number.clone(),
            outlet: outlet.clone(),
            employer: employer.clone(),
            cards: *cards,
        };
        post(client, &format!("{base}/boxes"), Some(&format!("pack-{number}")), json(&pack)).await?;
    }
    let today = Clock::Machine.now().date().to_string();
    let mut body = Vec::new();
    for (row, fails) in rows.into_iter().zip(failing) {
        let serial = serial_of(&row.data.row);
        let r#box = boxes.get(&(row.outlet.clone(), row.employer.clone())).map(|b| b.0.clone());
        let result = match (fails, r#box) {
            (None, Some(r#box)) => wire::ProductionResult::Made {
                chip: format!("440100D156000005{serial:016X}"),
                reset: format!("00814E4323{serial:016X}"),
                made_on: today.clone(),
                r#box,
            },
            (fails, _) => {
                let (code, reason) = fails.unwrap_or(("BOX01", "未装箱"));
                wire::ProductionResult::Failed { code: code.into(), reason: reason.into() }
            }
        };
        let (details, bank_card_no) = (Some(row.details), row.bank_card_no);
        let back = wire::ProductionReturn { echo: row.data, details, bank_card_no, result };
        body.extend(json(&back));
        body.push(b'\n');
    }
    if !body.is_empty() {
        let key = format!("made-{batch}-{}", now_ms());
        post(client, &format!("{base}/production-returns"), Some(&key), body).await?;
    }
    post(client, &format!("{base}/close"), None, Vec::new()).await?;
    for (number, _) in boxes.values() {
        let deliver = wire::Deliver {
            number: number.clone(),
            responsible: "卡商发货员".into(),
            manner: "专车".into(),
            tracking: format!("V{number}"),
        };
        post(client, &format!("{base}/deliveries"), Some(&format!("deliver-{number}")), json(&deliver))
            .await?;
    }
    Some(())
}

/// So many pre-made cards lie in one box.
const BOX: usize = 200;

/// 预制卡: packs, makes, returns and delivers the cards of an order.
async fn make_blanks(code: &str, server: &Server, client: &Client, order: &BlankOrder) -> Option<()> {
    let base = format!("/api/vendor/v1/blank-orders/{}", order.order);
    let data = post(client, &format!("{base}/making-data"), None, Vec::new()).await?;
    let rows: Vec<blank::MakingRow> =
        data.split(|b| *b == b'\n').filter_map(|l| serde_json::from_slice(l).ok()).collect();
    let trouble = server.dice.trouble();
    let chance = ((trouble.refuse + trouble.changed_field) * 1_000.0) as u64;
    let fails = |row: &blank::MakingRow| serial_of(&row.card.row) % 1_000 < chance;
    let good: Vec<&blank::MakingRow> = rows.iter().filter(|r| !fails(r)).collect();
    let named = |n: usize| format!("{code}-{}-{:03}", order.number, n + 1);
    for (n, cards) in good.chunks(BOX).enumerate() {
        let pack = blank::PackBlanks { number: named(n), cards: i64::try_from(cards.len()).ok()? };
        post(client, &format!("{base}/boxes"), Some(&format!("pack-{}", named(n))), json(&pack)).await?;
    }
    let today = Clock::Machine.now().date().to_string();
    let (mut body, mut made) = (Vec::new(), 0);
    for row in &rows {
        let serial = serial_of(&row.card.row);
        let result = if fails(row) {
            wire::ProductionResult::Failed { code: "CHIP09".into(), reason: "芯片个人化失败".into() }
        } else {
            made += 1;
            wire::ProductionResult::Made {
                chip: format!("440100D156000005{serial:016X}"),
                reset: format!("00814E4323{serial:016X}"),
                made_on: today.clone(),
                r#box: named((made - 1) / BOX),
            }
        };
        body.extend(json(&blank::MakingReturn { echo: row.clone(), result }));
        body.push(b'\n');
    }
    if !body.is_empty() {
        let key = format!("made-{}-{}", order.order, now_ms());
        post(client, &format!("{base}/making-returns"), Some(&key), body).await?;
    }
    post(client, &format!("{base}/close"), None, Vec::new()).await?;
    for (n, _) in good.chunks(BOX).enumerate() {
        let deliver = blank::DeliverBlanks {
            number: named(n),
            to: None,
            responsible: "卡商发货员".into(),
            tracking: format!("V{}", named(n)),
        };
        post(client, &format!("{base}/deliveries"), Some(&format!("deliver-{}", named(n))), json(&deliver))
            .await?;
    }
    Some(())
}
