//! Pre-made cards at the partners' doors: a bank allocates, a vendor makes, by lines of JSON and by the files of Appendix 9;
//! a counter gives one to somebody, and the bank learns whose it is.

use crate::caller::{caller, codes, json, register, send_text, served, text, verdicts};
use kaguan_api::blank::{
    AllocationResult, AllocationReturn, BlankOrders, BlankRow, DeliverBlanks, MakingReturn, MakingRow,
    PackBlanks,
};
use kaguan_api::problem::Problem;
use kaguan_api::vendor::ProductionResult;
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::blank::BlankState;
use kaguan_domain::facts::blank_order::{StockShip, StockTakeIn};
use kaguan_domain::ids::{BankCode, BlankId, BlankOrderId, CardId, HolderId, VendorCode};
use kaguan_domain::instant::{Begin, BlankOrderCommand, Fail, WriteBack};
use kaguan_domain::refusal::Reason;
use kaguan_files::premade::{self, DataRow, ReturnRow};
use kaguan_partner_sim::process::{Config, Trouble, What, bank_card_of, run, secret_in};
use kaguan_service::clock::TimeSource;
use kaguan_service::{Command, Failure};
use kaguan_testkit::{BOTH, On, World, guangzhou};
use kaguan_web::partner::{HttpCourier, SigningKey, http_client};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

async fn ordered(w: &World, quantity: u32) -> BlankOrderId {
    let (bank, vendor) = (BankCode("95588".into()), VendorCode("1".into()));
    let id =
        w.service.order_blanks(&Actor::System, &guangzhou(), &bank, &vendor, quantity, "").await.unwrap();
    w.service.generate_blanks(&Actor::System, id).await.unwrap();
    id
}

fn allocated(row: BlankRow) -> AllocationReturn {
    let result = AllocationResult::Allocated {
        bank_card_no: bank_card_of("95588", &row.card_no),
        account_no: format!("acc{}", row.card_no),
        personal_account: format!("per{}", row.card_no),
    };
    AllocationReturn { echo: row, result }
}

fn chip_of(row: &str) -> String {
    let n: u64 = row.rsplit('-').next().unwrap().parse().unwrap();
    format!("440100D156000005{n:016X}")
}

fn made(row: MakingRow, r#box: &str) -> MakingReturn {
    let chip = chip_of(&row.card.row);
    let result = ProductionResult::Made {
        reset: format!("00814E4323{}", &chip[16..]),
        chip,
        made_on: TimeSource::Machine.now().date().to_string(),
        r#box: r#box.into(),
    };
    MakingReturn { echo: row, result }
}

#[tokio::test]
async fn annex_9_a_bank_allocates_and_a_vendor_makes_each_row_with_its_own_verdict() {
    clause!(R36.1);
    for on in BOTH {
        let w = World::new(on).await;
        let system = served(&w).await;
        let bank = caller(&w, &system, "bank:95588").await;
        let other = caller(&w, &system, "bank:95533").await;
        let vendor = caller(&w, &system, "vendor:1").await;
        let another = caller(&w, &system, "vendor:2").await;
        let id = ordered(&w, 5).await;
        let (b, v) = (format!("/api/bank/v1/blank-orders/{id}"), format!("/api/vendor/v1/blank-orders/{id}"));

        let list: BlankOrders = bank.ok("GET", "/api/bank/v1/blank-orders", None, Vec::new()).await;
        assert_eq!((list.orders[0].order.as_str(), list.orders[0].quantity), (id.to_string().as_str(), 5));
        let nothing: BlankOrders = other.ok("GET", "/api/bank/v1/blank-orders", None, Vec::new()).await;
        assert!(nothing.orders.is_empty());
        let data = format!("{b}/allocation-data");
        assert_eq!(other.refused(&data, None, Vec::new()).await.code, "not_your_data");
        assert_eq!(vendor.refused(&data, None, Vec::new()).await.code, "wrong_door");
        let rows: Vec<BlankRow> = bank.rows(&data).await;
        assert_eq!(rows.len(), 5);
        let page: Vec<BlankRow> = bank.rows(&format!("{data}?after={}&limit=2", rows[1].row)).await;
        assert_eq!(page, rows[2..4]);

        let back = format!("{b}/allocation-returns");
        let mut answers: Vec<AllocationReturn> = rows.iter().cloned().map(allocated).collect();
        answers[1].echo.card_no = rows[0].card_no.clone();
        answers[2].result = AllocationResult::Failed { code: "A".into(), reason: "号段用尽".into() };
        // The first card's account once more.
        answers[3].result = answers[0].result.clone();
        let expected = ["done", "partner_changed_field", "done", "number_taken", "done"];
        let key = "allocation-1";
        assert_eq!(other.refused(&back, None, Vec::new()).await.code, "idempotency_key_missing");
        assert_eq!(codes(&other.back(&back, key, &answers[..1]).await), ["not_your_data"]);
        assert_eq!(codes(&bank.back(&back, key, &answers).await), expected);
        assert_eq!(
            codes(&bank.back(&back, "again", &answers).await),
            expected,
            "a row finds the answer it had"
        );
        let close = format!("{b}/close");
        assert_eq!(bank.refused(&close, None, Vec::new()).await.code, "returns_outstanding");
        assert_eq!(codes(&bank.back(&back, "rest", &[allocated(rows[3].clone())]).await), ["done"]);
        let _: BlankOrders = bank.ok("POST", &close, None, Vec::new()).await;
        assert_eq!(bank.rows::<BlankRow>(&data).await, [], "nothing is left for the bank");

        // Three are made: two by lines, the last by file.
        let data = format!("{v}/making-data");
        assert_eq!(another.refused(&data, None, Vec::new()).await.code, "not_your_data");
        let making: Vec<MakingRow> = vendor.rows(&data).await;
        assert_eq!(
            making.iter().map(|m| &m.card.row).collect::<Vec<_>>(),
            [&rows[0].row, &rows[3].row, &rows[4].row]
        );
        let pack = |cards| json(&PackBlanks { number: "1-Y001".into(), cards });
        assert_eq!(another.refused(&format!("{v}/boxes"), Some("p"), pack(3)).await.code, "not_your_data");
        let _: serde_json::Value = vendor.ok("POST", &format!("{v}/boxes"), Some("p"), pack(3)).await;
        assert_eq!(vendor.refused(&format!("{v}/boxes"), Some("p2"), pack(3)).await.code, "nothing_to_do");
        // A wrong number of cards is put right under the same box.
        let _: serde_json::Value = vendor.ok("POST", &format!("{v}/boxes"), Some("p3"), pack(9)).await;
        let _: serde_json::Value = vendor.ok("POST", &format!("{v}/boxes"), Some("p4"), pack(3)).await;
        let back = format!("{v}/making-returns");
        let mut wrong = made(making[1].clone(), "nowhere");
        let answers = [made(making[0].clone(), "1-Y001"), wrong.clone()];
        assert_eq!(codes(&vendor.back(&back, "m1", &answers).await), ["done", "not_found"]);
        wrong = made(making[1].clone(), "1-Y001");
        assert_eq!(codes(&vendor.back(&back, "m2", &[wrong]).await), ["done"]);

        let path = data.clone();
        let file = text(&vendor, &path).await;
        let lines = premade::read::<DataRow>(file.as_bytes()).unwrap();
        let row = lines[0].row.as_ref().unwrap();
        assert_eq!(
            (lines.len(), &row.card_no, &row.personal_account),
            (1, &making[2].card.card_no, &making[2].personal_account)
        );
        let chip = chip_of(&making[2].card.row);
        let returned = ReturnRow {
            card_no: row.card_no.clone(),
            reset: format!("00814E4323{}", &chip[16..]),
            chip,
            personal_account: row.personal_account.clone(),
            bank_card_no: row.bank_card_no.clone(),
            ..ReturnRow::default()
        };
        let number = w.service.blank_order(id).await.unwrap().number;
        let name =
            |quantity: usize| format!("YZKCG_95588_4401_{number}_{quantity}_1_102581000013_20261124.txt");
        let file = premade::write(&[returned]);
        let (status, said) = send_text(&vendor, &format!("{back}?name={}", name(2)), "f1", &file).await;
        let said: Problem = serde_json::from_slice(&said).unwrap();
        assert_eq!((status, said.code.as_str()), (400, "bad_request"));
        assert!(said.detail.contains("数量"), "{}", said.detail);
        let (status, said) = send_text(&vendor, &back, "f2", &file.replacen('1', "7", 1)).await;
        assert_eq!(status, 400, "{}", String::from_utf8_lossy(&said));
        let (status, said) = send_text(&vendor, &format!("{back}?name={}", name(1)), "f3", &file).await;
        assert_eq!(
            (status, codes(&verdicts(&said))),
            (200, vec!["done"]),
            "{}",
            String::from_utf8_lossy(&said)
        );

        let _: BlankOrders = vendor.ok("POST", &format!("{v}/close"), None, Vec::new()).await;
        let deliver = DeliverBlanks {
            number: "1-Y001".into(),
            to: None,
            responsible: "甲".into(),
            tracking: "SF1".into(),
            manner: String::new(),
        };
        let _: serde_json::Value =
            vendor.ok("POST", &format!("{v}/deliveries"), Some("d"), json(&deliver)).await;
        w.verified().await;
    }
}

/// A simulated partner, registered.
async fn beside(w: &World, system: &str, what: What, code: &str, state: &Path) -> SocketAddr {
    let (say, hear) = tokio::sync::oneshot::channel();
    let config = Config {
        what,
        code: code.into(),
        listen: "127.0.0.1:0".parse().unwrap(),
        data: state.into(),
        system: system.into(),
        system_key: Some(SigningKey::of(w.service.store(), 1).secret.public()),
        trouble: Trouble::default(),
        seed: 1,
    };
    let public = secret_in(state).unwrap().public();
    tokio::spawn(run(config, |at| say.send(at).unwrap()));
    let at = hear.await.unwrap();
    register(w, &format!("{}:{code}", what.code()), public, Some(format!("http://{at}"))).await;
    at
}

fn http() -> reqwest::Client {
    http_client(None, std::time::Duration::from_secs(60)).unwrap()
}

/// Waits until an order reaches a step.
async fn reaches(w: &World, id: BlankOrderId, step: &str) {
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(50));
    loop {
        tick.tick().await;
        let file = w.service.store().counted_order(id).await.unwrap().unwrap();
        if file.order.unwrap().step.code() == step {
            return;
        }
    }
}

async fn begin(
    w: &World,
    clerk: &Actor,
    holder: HolderId,
    blank: BlankId,
) -> Result<kaguan_service::Receipt, Failure> {
    let application = w.file(holder).await.0.applications[0].id;
    w.about(clerk, holder, C::BeginInstant(Begin { application, blank, outlet: w.outlet() })).await
}

#[tokio::test]
async fn art_36_a_card_is_made_at_the_counter_and_the_bank_learns_over_http_whose_it_is() {
    clause!(R36.1);
    clause!(R36.2);
    clause!(R36.3);
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    let id = ordered(&w, 3).await;
    let bank = beside(&w, &system, What::Bank, "95588", &dir.path().join("bank")).await;
    beside(&w, &system, What::Vendor, "1", &dir.path().join("vendor")).await;
    reaches(&w, id, "made").await;
    // Delivered to the city centre, taken in, sent to the outlet, taken in.
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(50));
    let number = loop {
        tick.tick().await;
        let order = w.service.blank_order(id).await.unwrap();
        if order.boxes.first().is_some_and(|b| b.on_the_way.is_some()) {
            break order.boxes[0].number.clone();
        }
    };
    let city = w.service.institutions().city_centre(&guangzhou()).unwrap().id;
    let stock = async |command| w.system(Command::BlankOrder { id, command }).await;
    let take_in = |org| {
        BlankOrderCommand::TakeIn(StockTakeIn {
            r#box: number.clone(),
            org,
            counted: 3,
            signer: "乙".into(),
            kept_at: "预制卡库".into(),
            short: None,
            surplus: Vec::new(),
        })
    };
    stock(take_in(city)).await.unwrap();
    let ship = StockShip {
        r#box: number.clone(),
        to: w.outlet(),
        responsible: "乙".into(),
        tracking: "T".into(),
        manner: String::new(),
    };
    stock(BlankOrderCommand::Ship(ship)).await.unwrap();
    stock(take_in(w.outlet())).await.unwrap();

    let clerk = w.officer(w.outlet()).await;
    let holder = w.applicant(1, w.outlet()).await;
    let first = BlankId { order: id, n: 1 };
    begin(&w, &clerk, holder, first).await.unwrap();
    // Somebody else cannot get the card that is being printed.
    let second = w.applicant(2, w.outlet()).await;
    let spent = begin(&w, &clerk, second, first).await;
    assert!(matches!(spent, Err(Failure::Refused(r)) if r.reason == Reason::BlankSpent));
    let Some(BlankState::InUse { made, application, .. }) =
        w.service.blank(first).await.unwrap().map(|b| b.state)
    else {
        panic!("in use")
    };
    let write_back =
        WriteBack { application, blank: first, card: CardId(w.service.fresh()), chip: made.chip.clone() };
    w.about(&clerk, holder, C::WriteBack(write_back)).await.unwrap();

    let courier = HttpCourier::new(http(), w.around.banks.clone());
    courier.attach(&w.service);
    let due = w.service.store().outbox_due("bank:95588", w.clock.now(), 100).await.unwrap();
    let link = due.into_iter().find(|m| m.partner == "bank:95588").expect("the bank is told");
    let message = kaguan_service::ports::Message::try_from(&link).unwrap();
    use kaguan_service::ports::Courier;
    let courier = Arc::new(courier);
    for _ in 0..2 {
        let answer = courier.deliver(&message).await.unwrap();
        assert_eq!(
            answer,
            Some(kaguan_service::ports::Answer::Bank(kaguan_domain::link::BankAnswer::Done)),
            "twice is once"
        );
    }
    let http = http();
    let owners = http.get(format!("http://{bank}/_sim/owners")).send().await.unwrap().bytes().await.unwrap();
    let owners: Vec<(String, String)> = serde_json::from_slice(&owners).unwrap();
    let card = made.account.bank.bank_card_no.as_str().to_owned();
    assert_eq!(owners, [(card.clone(), w.draft(1).document_number)]);
    // From now on the card is found by its bank card number, which belonged to nobody.
    assert_eq!(w.service.card_of_bank_number(&card).await.unwrap().unwrap().0, holder);

    // 制卡失败: the next card is spoiled and the application waits to be settled.
    let next = BlankId { order: id, n: 2 };
    begin(&w, &clerk, second, next).await.unwrap();
    let application = w.file(second).await.0.applications[0].id;
    let failed = Fail { application, blank: next, reason: "印卡机卡纸".into() };
    w.about(&clerk, second, C::FailInstant(failed)).await.unwrap();
    let state = w.service.blank(next).await.unwrap().unwrap().state;
    assert!(matches!(state, BlankState::Spoiled { .. }));
    assert_eq!(w.service.store().counted_order(id).await.unwrap().unwrap().inside(&number), 1);
    let balances = w.service.store().custody_balances().await.unwrap();
    let of = |account: String| balances.iter().find(|b| b.0 == account).map_or(0, |b| b.1);
    assert_eq!(of(format!("stock/org:{}", w.outlet())), 1);
    assert_eq!((of("stock/destroyed".into()), of(format!("org:{}", w.outlet()))), (1, 1));
    w.verified().await;
}

#[tokio::test]
async fn art_5_6_a_number_of_a_pre_made_card_is_nobody_elses() {
    clause!(R5.6);
    clause!(R36.1);
    for on in BOTH {
        let w = World::new(on).await;
        let system = served(&w).await;
        let bank = caller(&w, &system, "bank:95588").await;
        let id = ordered(&w, 1).await;
        let b = format!("/api/bank/v1/blank-orders/{id}");
        let rows: Vec<BlankRow> = bank.rows(&format!("{b}/allocation-data")).await;
        let answer = allocated(rows[0].clone());
        assert_eq!(codes(&bank.back(&format!("{b}/allocation-returns"), "a", &[answer]).await), ["done"]);
        // The bank opens somebody's account under the number that it allocated to the pre-made card.
        let holder = w.applicant(1, w.outlet()).await;
        let batch = w.confirmed_batch().await;
        let bank_actor = Actor::Bank(BankCode("95588".into()));
        w.batch(&bank_actor, batch, kaguan_domain::dispatch::BatchCommand::Extract).await.unwrap();
        let mut opening = w.opening(holder, batch, 1).await;
        if let kaguan_domain::account_opening::OpeningResult::Opened { bank_card_no, .. } =
            &mut opening.result
        {
            let taken = bank_card_of("95588", &rows[0].card_no);
            *bank_card_no = kaguan_domain::ids::BankCardNumber::parse(&taken).unwrap();
        }
        let refused = w.about(&bank_actor, holder, C::TakeOpeningReturn(opening)).await;
        assert!(matches!(refused, Err(Failure::Refused(r)) if r.reason == Reason::NumberTaken), "{on:?}");
        w.verified().await;
    }
}
