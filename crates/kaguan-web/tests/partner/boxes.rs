//! Boxes that are put right, and batches that were taken back: what the handbook says of corrections.

use crate::caller::{Partnered, doors, partner};
use axum::http::StatusCode;
use kaguan_api::bank::{Batches, Done, OpeningData, OpeningResult, OpeningReturn, Verdict};
use kaguan_api::sign::{Secret, Shared};
use kaguan_api::vendor::{
    CardKeyAsk, CardKeySet, PackBox, ProductionResult, ProductionReturn, ProductionRow,
};
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::BatchCommand;
use kaguan_domain::ids::{BatchId, VendorCode};
use kaguan_partner_sim::process::bank_card_of;
use kaguan_partner_sim::{BadDay, Bank};
use kaguan_testkit::{On, World};
use serde::Serialize;
use serde::de::DeserializeOwned;

const OUTLET: &str = "44010600000101";
const BANK_OUTLET: &str = "44010395588001";

/// A page of rows.
async fn rows<T: DeserializeOwned>(who: &Partnered, path: &str) -> Vec<T> {
    let (status, body) = who.call("POST", path, None, b"").await;
    assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&body));
    let lines = body.split(|b| *b == b'\n').filter(|l| !l.is_empty());
    lines.map(|l| serde_json::from_slice(l).unwrap()).collect()
}

/// The verdicts on some rows, by their codes.
async fn verdicts(who: &Partnered, path: &str, key: &str, rows: &[impl Serialize]) -> Vec<String> {
    let lines: Vec<String> = rows.iter().map(|r| serde_json::to_string(r).unwrap()).collect();
    let (status, body) = who.call("POST", path, Some(key), lines.join("\n").as_bytes()).await;
    assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&body));
    let lines = body.split(|b| *b == b'\n').filter(|l| !l.is_empty());
    lines.map(|l| serde_json::from_slice::<Verdict>(l).unwrap().code).collect()
}

fn made(w: &World, row: &ProductionRow, r#box: &str) -> ProductionReturn {
    let n: u64 = row.data.row.split('-').next().unwrap().parse().unwrap();
    let result = ProductionResult::Made {
        chip: format!("440100D156000005{n:016X}"),
        reset: format!("00814E4323{n:016X}"),
        made_on: w.clock.now().date().to_string(),
        r#box: r#box.into(),
    };
    let (echo, bank_card_no) = (row.data.clone(), row.bank_card_no.clone());
    ProductionReturn { echo, details: None, bank_card_no, result }
}

/// A batch of so many people at vendor 1.
async fn at_vendor(w: &World, people: u32) -> BatchId {
    for n in 1..=people {
        w.applicant(n, w.outlet()).await;
    }
    let batch = w.confirmed_batch().await;
    Bank::new("95588", BadDay::default()).work(&w.service).await.unwrap();
    let hand_out = BatchCommand::HandOut { vendor: VendorCode("1".into()) };
    w.batch(&Actor::System, batch, hand_out).await.unwrap();
    batch
}

#[tokio::test]
async fn a_box_is_put_right_by_packing_it_again_and_taken_back_with_no_cards() {
    let w = World::new(On::Memory).await;
    let batch = at_vendor(&w, 3).await;
    let vendor = partner(&w, "vendor:1", &doors(&w)).await;
    let v = format!("/api/vendor/v1/batches/{batch}");
    let (boxes, back, close) =
        (format!("{v}/boxes"), format!("{v}/production-returns"), format!("{v}/close"));
    let data: Vec<ProductionRow> = rows(&vendor, &format!("{v}/production-data")).await;
    let pack = |number: &str, outlet: &str, cards| PackBox {
        number: number.into(),
        outlet: outlet.into(),
        employer: None,
        cards,
    };
    let _: Done = vendor.post(&boxes, "p-1", &pack("1-1", OUTLET, 9)).await;
    assert_eq!(
        verdicts(&vendor, &back, "r-1", &[made(&w, &data[0], "1-1"), made(&w, &data[1], "1-1")]).await,
        ["done"; 2]
    );
    // Two cards of it are returned: it cannot hold fewer, nor be for another outlet or employer.
    for (key, wrong) in [
        ("w-1", pack("1-1", OUTLET, 1)),
        ("w-2", pack("1-1", OUTLET, 0)),
        ("w-3", pack("1-1", BANK_OUTLET, 2)),
        ("w-4", PackBox { employer: Some("DW0001".into()), ..pack("1-1", OUTLET, 2) }),
    ] {
        assert_eq!(vendor.refused(&boxes, key, &wrong).await.code, "boxes_differ", "{key}");
    }
    let _: Done = vendor.post(&boxes, "p-2", &pack("1-1", OUTLET, 2)).await;
    // Nothing of these two is returned: one is for another outlet and is put right, one is taken back.
    let _: Done = vendor.post(&boxes, "p-3", &pack("1-2", BANK_OUTLET, 1)).await;
    let _: Done = vendor.post(&boxes, "p-4", &pack("1-2", OUTLET, 1)).await;
    let _: Done = vendor.post(&boxes, "p-5", &pack("1-3", OUTLET, 4)).await;
    assert_eq!(verdicts(&vendor, &back, "r-2", &[made(&w, &data[2], "1-2")]).await, ["done"]);
    let early = vendor.refused(&close, "c-1", &()).await;
    assert_eq!(early.code, "boxes_differ");
    assert!(early.detail.contains("1-3"), "{}", early.detail);
    let _: Done = vendor.post(&boxes, "p-6", &pack("1-3", OUTLET, 0)).await;
    let left: Batches = vendor.post(&close, "c-2", &()).await;
    assert!(left.batches.is_empty());
    let file = w.service.batch(batch).await.unwrap().unwrap();
    let mut held: Vec<_> = file.boxes.iter().map(|b| (b.number.as_str(), b.cards)).collect();
    held.sort_unstable();
    assert_eq!(held, [("1-1", 2), ("1-2", 1)]);
    w.verified().await;
}

#[tokio::test]
async fn the_same_card_gets_the_same_certificates_and_keys_whenever_they_are_asked_for() {
    let w = World::new(On::Memory).await;
    let batch = at_vendor(&w, 1).await;
    let mut vendor = partner(&w, "vendor:1", &doors(&w)).await;
    let v = format!("/api/vendor/v1/batches/{batch}");
    let data: Vec<ProductionRow> = rows(&vendor, &format!("{v}/production-data")).await;
    let chip = Secret::fresh();
    let ask = CardKeyAsk {
        row: data[0].data.row.clone(),
        chip: "440100D1560000050000000000000001".into(),
        chip_key: chip.public(),
    };
    let ask = serde_json::to_vec(&ask).unwrap();
    let mut sets = Vec::new();
    for key in ["k-1", "k-2"] {
        let (_, said) = vendor.call("POST", &format!("{v}/card-keys"), Some(key), &ask).await;
        let set: CardKeySet = serde_json::from_slice(said.trim_ascii()).unwrap();
        assert_eq!(set.code, "done");
        let opened = |sealed: &str| Shared::open(sealed, &vendor.secret).map(|s| s.sign(b"the same"));
        let secrets = (opened(&set.master_key).unwrap(), opened(&set.admin_pin).unwrap());
        let key = kaguan_api::envelope::open(&set.encryption_key, &chip).unwrap().public();
        sets.push((set.signing_certificate, set.encryption_certificate, key, secrets));
        // A day later the vendor asks again.
        w.days_pass(1);
        vendor.time = w.clock.now().0 / 1_000;
    }
    assert!(sets[0] == sets[1], "one certificate has one serial number and one validity");
}

#[tokio::test]
async fn of_a_batch_that_was_taken_back_nothing_is_taken_and_what_was_done_goes_on() {
    let w = World::new(On::Memory).await;
    for n in 1..=2 {
        w.applicant(n, w.outlet()).await;
    }
    let batch = w.confirmed_batch().await;
    let router = doors(&w);
    let mut bank = partner(&w, "bank:95588", &router).await;
    let mut vendor = partner(&w, "vendor:1", &router).await;
    let b = format!("/api/bank/v1/batches/{batch}");
    let (data, back) = (format!("{b}/opening-data"), format!("{b}/opening-returns"));
    let all: Vec<OpeningData> = rows(&bank, &data).await;
    let opened = |d: &OpeningData| OpeningReturn {
        echo: d.row.clone(),
        details: None,
        result: OpeningResult::Opened {
            bank_card_no: bank_card_of("95588", &d.row.card_no),
            account_no: d.row.card_no.clone(),
        },
    };
    assert_eq!(verdicts(&bank, &back, "r-1", &[opened(&all[0])]).await, ["done"]);
    let take_back = async || {
        let ctx = w.service.ctx(Actor::System, Channel::Console, None);
        w.service.take_back_batch(ctx, batch, "逾期未回盘".into()).await
    };
    assert!(take_back().await.is_err(), "not before its days are over");
    let days_pass = |who: &mut [&mut Partnered]| {
        w.days_pass(20);
        who.iter_mut().for_each(|p| p.time += 20 * 86_400_000);
    };
    days_pass(&mut [&mut bank, &mut vendor]);
    assert_eq!(take_back().await.unwrap(), 1, "the row without an answer has failed");
    assert_eq!(verdicts(&bank, &back, "r-2", &[opened(&all[1])]).await, ["wrong_stage"]);
    // The one that was opened goes on to the vendor, who does not answer either.
    let hand_out = BatchCommand::HandOut { vendor: VendorCode("1".into()) };
    w.batch(&Actor::System, batch, hand_out).await.unwrap();
    let v = format!("/api/vendor/v1/batches/{batch}");
    let (data, boxes) = (format!("{v}/production-data"), format!("{v}/boxes"));
    let one: Vec<ProductionRow> = rows(&vendor, &data).await;
    assert_eq!(one.len(), 1);
    days_pass(&mut [&mut vendor]);
    assert_eq!(take_back().await.unwrap(), 1);
    let pack = PackBox { number: "1-1".into(), outlet: OUTLET.into(), employer: None, cards: 1 };
    assert_eq!(vendor.refused(&boxes, "p", &pack).await.code, "wrong_stage");
    w.verified().await;
}
