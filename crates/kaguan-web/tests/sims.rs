//! Simulated partners over HTTP. A bank and a vendor do their part of the main job; reconciliation: exactly the planted differences are found, at a cost that follows them;
//! what differs is repaired by intents.
//!
//! `KAGUAN_LONG=1`: 1,000,000 cards with 100 differences.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_domain::application::CheckResult;
use kaguan_domain::batch::BatchCommand;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::holder::PhotoRef;
use kaguan_domain::ids::CardNumber;
use kaguan_domain::institution::{InstitutionCommand, Partner, PartnerId, PartnerKey, VendorCode};
use kaguan_partner_sim::process::{Config, Trouble, What, bank_card_of, run, secret_in};
use kaguan_service::clock::Clock;
use kaguan_service::reconcile::{Difference, reconcile};
use kaguan_service::{Command, Service};
use kaguan_store::engine::Write;
use kaguan_store::{place_of, sql};
use kaguan_testkit::{On, World};
use kaguan_web::partner::{HttpBook, HttpCourier, HttpRegisters, client_of, system_secret};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

fn now_ms() -> i64 {
    Clock::Machine.now().0 / 1_000
}

/// A simulated bank beside a system that is served; where the bank listens.
async fn bank_beside(w: &World, state: &Path) -> SocketAddr {
    let system = served(w).await;
    beside(w, &system, What::Bank, "95588", state).await
}

/// The partners' doors, served; their address.
async fn served(w: &World) -> String {
    w.clock.set(Clock::Machine.now());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let system = format!("http://{}", listener.local_addr().unwrap());
    let router = kaguan_web::partner::router(w.service.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    system
}

/// A simulated partner, registered; where it listens.
async fn beside(w: &World, system: &str, what: What, code: &str, state: &Path) -> SocketAddr {
    let (say, hear) = tokio::sync::oneshot::channel();
    let config = Config {
        what,
        code: code.into(),
        listen: "127.0.0.1:0".parse().unwrap(),
        data: state.into(),
        system: system.into(),
        system_key: Some(system_secret(w.service.store()).public()),
        trouble: Trouble::default(),
        seed: 1,
    };
    let public = secret_in(state).unwrap().public();
    tokio::spawn(run(config, |at| say.send(at).unwrap()));
    let at = hear.await.unwrap();
    let key = PartnerKey { id: "key-1".into(), public, from: kaguan_domain::ctx::Instant(0), until: None };
    let id = PartnerId::parse(&format!("{}:{code}", what.code())).unwrap();
    let entry =
        Partner { id, name: "合作方".into(), endpoint: Some(format!("http://{at}")), keys: vec![key] };
    w.system(Command::Institution(InstitutionCommand::RegisterPartner(entry))).await.unwrap();
    at
}

/// The bank's accounts, once it has the key that makes their places.
async fn seed(at: SocketAddr, accounts: &[(String, i64)]) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for chunk in accounts.chunks(50_000) {
        let post = http.post(format!("http://{at}/_sim/accounts")).header("content-type", "application/json");
        let reply = post.body(serde_json::to_vec(chunk).unwrap()).send().await.unwrap();
        assert!(reply.status().is_success());
    }
}

fn book(service: &Service) -> HttpBook {
    let institutions = service.institutions();
    let partner = institutions.partner(&PartnerId::parse("bank:95588").unwrap()).unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    HttpBook::new(client_of(&http, partner, system_secret(service.store()), service.now()).unwrap(), now_ms())
}

/// Waits until the bank has the key and its book is complete.
async fn book_of(service: &Service, cards: i64) -> HttpBook {
    use kaguan_service::reconcile::Book;
    let book = book(service);
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(50));
    loop {
        tick.tick().await;
        let sums = book.sums(&[(0, 1 << 60)]).await.unwrap();
        if sums[0].iter().map(|s| s.cards).sum::<i64>() >= cards {
            return self::book(service);
        }
    }
}

#[tokio::test]
async fn exactly_the_planted_differences_are_found_at_a_cost_that_follows_them() {
    let long = std::env::var_os("KAGUAN_LONG").is_some();
    let (cards, planted) = if long { (1_000_000, 100) } else { (20_000, 20) };
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let at = bank_beside(&w, dir.path()).await;
    let store = w.service.store();
    let shared = store.shared_with("95588");
    let number = |n: u32| bank_card_of("95588", CardNumber::allocate('A', n).unwrap().as_str());
    let (mut rows, mut theirs, mut expected) = (Vec::new(), Vec::new(), BTreeMap::new());
    let every = cards / planted;
    for n in 1..=cards {
        let bank_card_no = number(n);
        let place = place_of(&shared, &bank_card_no);
        assert_eq!(
            place,
            kaguan_api::reconcile::place_of(&shared, &bank_card_no),
            "one meaning on both sides"
        );
        let (ours, there) = match (n % every, n / every % 4) {
            (0, 0) => (Some(1), None),
            (0, 1) => (None, Some(1)),
            (0, 2) => (Some(1 | 2 << 2), Some(1)),
            (0, _) => (Some(1), Some(1 | 1 << 5)),
            _ => (Some(1), Some(1)),
        };
        if ours != there {
            expected.insert(place, (ours, there));
        }
        if let Some(mirror) = ours {
            let texts = ["with_holder", "enabled", "active"].map(|t| t.into());
            let [custody, social, account] = texts;
            let id: i64 = i64::from(n) + 1_000;
            rows.push(vec![
                id.into(),
                id.into(),
                id.into(),
                1.into(),
                None::<i64>.into(),
                custody,
                social,
                account,
                true.into(),
                "".into(),
                "A".into(),
                "2036-01-01".into(),
                "95588".into(),
                place.into(),
                mirror.into(),
                vec![0u8].into(),
            ]);
        }
        theirs.extend(there.map(|m| (bank_card_no, m)));
    }
    let on_our_side = rows.len() as i64;
    for chunk in rows.chunks(500) {
        store.engine().transact(vec![Write::rows(&sql::CARD_PUT, chunk.to_vec())]).await.unwrap();
    }
    seed(at, &theirs).await;
    let book = book_of(&w.service, theirs.len() as i64).await;
    let began = Instant::now();
    let found = reconcile(store, "95588", &book).await.unwrap();
    let took = began.elapsed();
    let differences: BTreeMap<i64, _> =
        found.differences.iter().map(|d: &Difference| (d.place, (d.ours, d.theirs))).collect();
    assert_eq!(differences, expected);
    assert_eq!((differences.len(), found.differences.len()), (planted as usize, planted as usize));
    assert_eq!(found.cards, on_our_side);
    let whole: usize = theirs.iter().map(|(no, _)| format!("[{},1],", place_of(&shared, no)).len()).sum();
    println!(
        "{cards} cards, {planted} differences: {} bytes in {:.2} s; the whole list has {whole} bytes",
        book.bytes(),
        took.as_secs_f64()
    );
    assert!(book.bytes() < whole as u64 / 2, "{} of {whole}", book.bytes());
}

#[tokio::test]
async fn what_differs_is_repaired_by_an_intent_and_the_account_itself_is_for_staff() {
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let (_, _) = w.with_card(1).await;
    let (closed, _) = w.with_card(2).await;
    let at = bank_beside(&w, dir.path()).await;
    let mut accounts = Vec::new();
    for n in [1, 2] {
        let number =
            kaguan_domain::social_security_number::SocialSecurityNumber::parse(&w.draft(n).document_number);
        let id = w.service.find(&number.unwrap()).await.unwrap().unwrap();
        let no = w.file(id).await.0.cards[0].account_no.bank_card_no.as_str().to_owned();
        // The first is lost at the bank and not here; the second closed at the bank and in use here.
        accounts.push((no, if n == 1 { 1 | 2 << 2 } else { 2 }));
    }
    seed(at, &accounts).await;
    let book = book_of(&w.service, 2).await;
    let found = reconcile(w.service.store(), "95588", &book).await.unwrap();
    assert_eq!(found.differences.len(), 2, "{found:?}");
    let (repaired, under_way, staff) = w.service.repair(&found.differences).await.unwrap();
    assert_eq!((repaired, under_way, staff.len()), (1, 0, 1));
    assert_eq!(staff[0].card.unwrap().0, closed);
    let again = w.service.repair(&found.differences).await.unwrap();
    assert_eq!((again.0, again.1), (0, 1), "under way: not asked twice");
    // The message goes out over HTTP, and the bank does what it is asked to.
    let courier = Arc::new(HttpCourier::new(w.around.banks.clone()));
    courier.attach(&w.service);
    let outgoing = w.service.store().outbox_due(w.clock.now(), 100).await.unwrap();
    let link = outgoing.into_iter().find(|m| m.partner == "bank:95588").expect("an intent goes to the bank");
    let message = kaguan_service::ports::Message {
        id: link.id,
        partner: link.partner,
        kind: link.kind,
        body: String::from_utf8(link.body).unwrap(),
    };
    use kaguan_service::ports::Courier;
    let answer = courier.deliver(&message).await.unwrap();
    assert_eq!(answer, Some(kaguan_domain::link::Answer::Done));
    let found = reconcile(w.service.store(), "95588", &book).await.unwrap();
    assert_eq!(found.differences.len(), 1, "only the account that staff looks into: {found:?}");
    w.verified().await;
}

#[tokio::test]
async fn a_bank_and_a_vendor_do_their_part_of_the_main_job_over_http() {
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    for n in 1..=5 {
        w.applicant(n, w.outlet()).await;
    }
    // A photo that is none: the bank opens the account, the vendor makes no card of it.
    let name = w.service.store().put_photos(&[b"GIF89a".to_vec()]).await.unwrap().remove(0);
    let mut apply = w.apply(6, w.outlet());
    apply.photo = Some(PhotoRef(name));
    w.service.apply(Actor::System, Channel::Console, "apply-6", apply).await.unwrap();
    let batch = w.confirmed_batch().await;
    let system = served(&w).await;
    beside(&w, &system, What::Bank, "95588", &dir.path().join("bank")).await;
    beside(&w, &system, What::Vendor, "1", &dir.path().join("vendor")).await;
    let reaches = async |state: &str| {
        let mut tick = tokio::time::interval(std::time::Duration::from_millis(50));
        loop {
            tick.tick().await;
            let file = w.service.batch(batch).await.unwrap().unwrap();
            if file.batch.as_ref().unwrap().state.code() == state {
                return file;
            }
        }
    };
    let opened = reaches("opened").await;
    assert_eq!((opened.tally.opened, opened.tally.opening_failed), (6, 0));
    let hand_out = BatchCommand::HandOut { vendor: VendorCode("1".into()) };
    w.batch(&Actor::System, batch, hand_out).await.unwrap();
    let made = reaches("made").await;
    assert_eq!((made.tally.made, made.boxes.len(), made.boxes[0].cards), (5, 1, 5));
    assert_eq!(made.tally.production_failed, 1, "a photo that is none");
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(50));
    while w.service.batch(batch).await.unwrap().unwrap().boxes[0].on_the_way.is_none() {
        tick.tick().await;
    }
    w.verified().await;
}

#[tokio::test]
async fn registers_and_the_treasury_are_asked_and_told_over_http() {
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    beside(&w, &system, What::Registers, "gd", &dir.path().join("registers")).await;
    let treasury = beside(&w, &system, What::Treasury, "cz", &dir.path().join("treasury")).await;
    let registers = HttpRegisters::new(w.around.registers.clone());
    registers.attach(&w.service);
    let id = w.applicant(1, w.outlet()).await;
    let details = w.file(id).await.0.person.unwrap().details;
    use kaguan_service::ports::{Courier, Registers};
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(50));
    // The register knows the system's key a moment after it began.
    loop {
        tick.tick().await;
        let checks = registers.check(std::slice::from_ref(&details), w.clock.now()).await;
        if checks[0].iter().all(|c| c.result == CheckResult::Passed) {
            break;
        }
        assert!(checks[0].iter().all(|c| c.result == CheckResult::Unavailable), "{checks:?}");
    }
    // A fee order is taken once, and paid: the system refuses what is not owed, and the treasury is done with it.
    let courier = HttpCourier::new(w.around.treasury.clone());
    courier.attach(&w.service);
    let draft = w.draft(1);
    let body = serde_json::json!({ "form_no": draft.form_no, "number": draft.document_number, "fen": 2000 });
    let order = kaguan_service::ports::Message {
        id: 7,
        partner: "treasury".into(),
        kind: "fee.order".into(),
        body: body.to_string(),
    };
    while courier.deliver(&order).await.is_err() {
        tick.tick().await;
    }
    courier.deliver(&order).await.unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let taken =
        http.get(format!("http://{treasury}/_sim/messages")).send().await.unwrap().bytes().await.unwrap();
    let taken: Vec<serde_json::Value> = serde_json::from_slice(&taken).unwrap();
    assert_eq!(taken.len(), 1, "twice is once");
    loop {
        tick.tick().await;
        let lines = w.service.store().entries_of(kaguan_store::Subject::Holder(id), 10).await.unwrap();
        if lines.iter().any(|l| l.actor == "treasury:cz" && l.outcome == "nothing_due") {
            break;
        }
    }
}
