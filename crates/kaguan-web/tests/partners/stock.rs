//! A bank and a vendor that make what a city ordered.

use crate::caller::{Caller, caller, json, served};
use kaguan_api::blank::{
    AllocationResult, AllocationReturn, BlankRow, DeliverBlanks, MakingReturn, MakingRow, PackBlanks,
};
use kaguan_api::vendor::ProductionResult;
use kaguan_domain::facts::blank_order::{StockShip, StockTakeIn};
use kaguan_domain::ids::{BankCode, BlankOrderId, VendorCode};
use kaguan_domain::instant::BlankOrderCommand;
use kaguan_partner_sim::process::bank_card_of;
use kaguan_service::Command;
use kaguan_service::clock::TimeSource;
use kaguan_testkit::{World, guangzhou};

/// 装箱位置, as a vendor may write it.
pub const BOX: &str = "1-Y001/A";

/// 银行卡号, 卡识别码 and 社保卡卡号 of the cards that were made, in order.
pub struct Cards(pub Vec<(String, String, String)>);

/// The bank gives every card but the last an account, and the vendor makes them and brings them to the city himself.
pub async fn made((bank, code): (&Caller, &str), vendor: &Caller, order: &str, quantity: usize) -> Cards {
    let (b, v) =
        (format!("/api/bank/v1/blank-orders/{order}"), format!("/api/vendor/v1/blank-orders/{order}"));
    let rows: Vec<BlankRow> = bank.rows(&format!("{b}/allocation-data")).await;
    assert_eq!(rows.len(), quantity);
    let answer = |row: &BlankRow| AllocationReturn {
        echo: row.clone(),
        result: AllocationResult::Allocated {
            bank_card_no: bank_card_of(code, &row.card_no),
            account_no: format!("acc{}", row.card_no),
            personal_account: format!("per{}", row.card_no),
        },
    };
    let mut answers: Vec<_> = rows.iter().map(answer).collect();
    let failed = AllocationResult::Failed { code: "A".into(), reason: "号段用尽".into() };
    answers.last_mut().unwrap().result = failed;
    bank.back(&format!("{b}/allocation-returns"), "a", &answers).await;
    let _: serde_json::Value = bank.ok("POST", &format!("{b}/close"), None, Vec::new()).await;
    let making: Vec<MakingRow> = vendor.rows(&format!("{v}/making-data")).await;
    let pack = PackBlanks { number: BOX.into(), cards: making.len() as i64 };
    let _: serde_json::Value = vendor.ok("POST", &format!("{v}/boxes"), Some("p"), json(&pack)).await;
    let chip = |row: &str| {
        let n: u64 = row.rsplit('-').next().unwrap().parse().unwrap();
        format!("440100D156000005{n:016X}")
    };
    let result = |m: &MakingRow| MakingReturn {
        echo: m.clone(),
        result: ProductionResult::Made {
            reset: format!("00814E4323{}", &chip(&m.card.row)[16..]),
            chip: chip(&m.card.row),
            made_on: TimeSource::Machine.now().date().to_string(),
            r#box: BOX.into(),
        },
    };
    let results: Vec<_> = making.iter().map(result).collect();
    vendor.back(&format!("{v}/making-returns"), "m", &results).await;
    let _: serde_json::Value = vendor.ok("POST", &format!("{v}/close"), None, Vec::new()).await;
    let deliver = DeliverBlanks {
        number: BOX.into(),
        to: None,
        responsible: "卡商甲".into(),
        tracking: String::new(),
        manner: "自行押运".into(),
    };
    let _: serde_json::Value = vendor.ok("POST", &format!("{v}/deliveries"), Some("d"), json(&deliver)).await;
    let of = |m: &MakingRow| (bank_card_of(code, &m.card.card_no), chip(&m.card.row), m.card.card_no.clone());
    Cards(making.iter().map(of).collect())
}

/// Cards of an order, made and in the stock of the outlet: all but the last, for which the bank had no number.
pub async fn stocked(w: &World, quantity: u32) -> Cards {
    ordered_and_stocked(w, quantity).await.1
}

/// The same, with the order.
pub async fn ordered_and_stocked(w: &World, quantity: u32) -> (BlankOrderId, Cards) {
    let system = served(w).await;
    let (bank, vendor) = (caller(w, &system, "bank:95588").await, caller(w, &system, "vendor:1").await);
    let (city, outlet) = (w.org("44010000000001"), w.outlet());
    let keepers = [(w.officer(city).await, city), (w.officer(outlet).await, outlet)];
    let (of, by) = (BankCode("95588".into()), VendorCode("1".into()));
    let id = w.service.order_blanks(&keepers[0].0, &guangzhou(), &of, &by, quantity, "").await.unwrap();
    let province = w.officer(w.org("44000000000001")).await;
    w.service.generate_blanks(&province, id).await.unwrap();
    let count = usize::try_from(quantity).unwrap();
    let cards = made((&bank, "95588"), &vendor, &id.to_string(), count).await;
    for (keeper, org) in keepers {
        let take_in = BlankOrderCommand::TakeIn(StockTakeIn {
            r#box: BOX.into(),
            org,
            counted: i64::from(quantity) - 1,
            signer: "李四".into(),
            kept_at: "预制卡库".into(),
            short: None,
            surplus: Vec::new(),
        });
        w.by(&keeper, Command::BlankOrder { id, command: take_in }).await.unwrap();
        if org == city {
            let ship = BlankOrderCommand::Ship(StockShip {
                r#box: BOX.into(),
                to: outlet,
                responsible: "王五".into(),
                tracking: String::new(),
                manner: "自行押运".into(),
            });
            w.by(&keeper, Command::BlankOrder { id, command: ship }).await.unwrap();
        }
    }
    (id, cards)
}
