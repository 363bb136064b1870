//! Simulated partners over HTTP. A bank and a vendor do their part of the main job; reconciliation: exactly the planted differences are found, at a cost that follows them;
//! what differs is repaired by intents.
//!
//! `KAGUAN_LONG=1`: 1,000,000 cards with 100 differences.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_domain::application::CheckResult;
use kaguan_domain::application::form::BankCode;
use kaguan_domain::batch::BatchCommand;
use kaguan_domain::card::Custody;
use kaguan_domain::command::HolderCommand;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::holder::PhotoRef;
use kaguan_domain::ids::{CardNumber, OrgId};
use kaguan_domain::institution::{InstitutionCommand, Partner, PartnerId, PartnerKey, VendorCode};
use kaguan_domain::link::IntentState;
use kaguan_domain::loss::ReportFormal;
use kaguan_partner_sim::process::{Config, Trouble, What, bank_card_of, run, secret_in};
use kaguan_service::clock::Clock;
use kaguan_service::reconcile::{Difference, reconcile};
use kaguan_service::{Command, Service};
use kaguan_store::engine::Write;
use kaguan_store::{Subject, place_of, sql};
use kaguan_testkit::{On, World};
use kaguan_web::partner::{HttpBook, HttpCourier, HttpRegisters, SystemHand, client_of, http_client};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant as Timer;

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

fn config(w: &World, system: &str, what: What, code: &str, state: &Path, trouble: Trouble) -> Config {
    Config {
        what,
        code: code.into(),
        listen: "127.0.0.1:0".parse().unwrap(),
        data: state.into(),
        system: system.into(),
        system_key: Some(SystemHand::of(w.service.store(), 1).secret.public()),
        trouble,
        seed: 1,
    }
}

/// A simulated partner, registered; where it listens.
async fn beside(w: &World, system: &str, what: What, code: &str, state: &Path) -> SocketAddr {
    on_a_day(w, system, what, code, state, Trouble::default()).await
}

/// The same on a bad day.
async fn on_a_day(
    w: &World,
    system: &str,
    what: What,
    code: &str,
    state: &Path,
    trouble: Trouble,
) -> SocketAddr {
    let (say, hear) = tokio::sync::oneshot::channel();
    let config = config(w, system, what, code, state, trouble);
    tokio::spawn(run(config, |at| say.send(at).unwrap()));
    let at = hear.await.unwrap();
    register(w, what, code, state, at).await;
    at
}

async fn register(w: &World, what: What, code: &str, state: &Path, at: SocketAddr) {
    let public = secret_in(state).unwrap().public();
    let key = PartnerKey { id: "key-1".into(), public, from: Instant(0), until: None };
    let id = PartnerId::parse(&format!("{}:{code}", what.code())).unwrap();
    let entry =
        Partner { id, name: "合作方".into(), endpoint: Some(format!("http://{at}")), keys: vec![key] };
    w.system(Command::Institution(InstitutionCommand::RegisterPartner(entry))).await.unwrap();
}

/// A simulated partner in a thread of its own, which can be stopped like a process: with every task that it has.
struct Stoppable {
    at: SocketAddr,
    stop: tokio::sync::oneshot::Sender<()>,
    thread: std::thread::JoinHandle<()>,
}

impl Stoppable {
    async fn start(config: Config) -> Self {
        let (say, hear) = tokio::sync::oneshot::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! {
                    ran = run(config, |at| say.send(at).unwrap()) => panic!("it ended by itself: {ran:?}"),
                    _ = stopped => {}
                }
            });
        });
        Self { at: hear.await.unwrap(), stop, thread }
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        tokio::task::spawn_blocking(move || self.thread.join().unwrap()).await.unwrap();
    }
}

/// Waits until something has come about, two minutes at most.
async fn until(what: &str, mut come: impl AsyncFnMut() -> bool) {
    let (began, most) = (Timer::now(), std::time::Duration::from_secs(120));
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(50));
    while !come().await {
        assert!(began.elapsed() < most, "{what}: not within {most:?}");
        tick.tick().await;
    }
}

fn http() -> reqwest::Client {
    http_client(None).unwrap()
}

/// What a simulated partner says for whoever tests.
async fn asked<T: serde::de::DeserializeOwned>(at: SocketAddr, path: &str) -> T {
    let reply = http().get(format!("http://{at}/_sim/{path}")).send().await.unwrap();
    serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap()
}

/// Tells a simulated partner something; the status.
async fn tell(at: SocketAddr, path: &str, body: &serde_json::Value) -> u16 {
    let post = http().post(format!("http://{at}/_sim/{path}")).header("content-type", "application/json");
    post.body(serde_json::to_vec(body).unwrap()).send().await.unwrap().status().as_u16()
}

/// The bank's accounts, once it has the key that makes their places.
async fn seed(at: SocketAddr, accounts: &[(String, i64)]) {
    let http = http();
    for chunk in accounts.chunks(50_000) {
        let post = http.post(format!("http://{at}/_sim/accounts")).header("content-type", "application/json");
        let reply = post.body(serde_json::to_vec(chunk).unwrap()).send().await.unwrap();
        assert!(reply.status().is_success());
    }
}

fn book(service: &Service) -> HttpBook {
    let institutions = service.institutions();
    let partner = institutions.partner(&PartnerId::parse("bank:95588").unwrap()).unwrap();
    let http = http();
    HttpBook::new(client_of(&http, partner, SystemHand::of(service.store(), 1), service.now()).unwrap())
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
    let began = Timer::now();
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
    let (first, card) = w.with_card(1).await;
    let (closed, _) = w.with_card(2).await;
    let (lost_there, _) = w.with_card(3).await;
    // The bank's own counter lost it and forgot: here it holds.
    let bank = Actor::Bank(BankCode("95588".into()));
    w.about(&bank, first, HolderCommand::ReportFormalLoss(ReportFormal { card })).await.unwrap();
    let at = bank_beside(&w, dir.path()).await;
    let mut accounts = Vec::new();
    for n in [1, 2, 3] {
        let number =
            kaguan_domain::social_security_number::SocialSecurityNumber::parse(&w.draft(n).document_number);
        let id = w.service.find(&number.unwrap()).await.unwrap().unwrap();
        let no = w.file(id).await.0.cards[0].account_no.bank_card_no.as_str().to_owned();
        // The first is lost here and not at the bank; the second closed at the bank and in use here; the third lost at the
        // bank and not here: its word may be on the way, and no program undoes a loss.
        accounts.push((no, [1, 2, 1 | 2 << 2][n as usize - 1]));
    }
    seed(at, &accounts).await;
    let book = book_of(&w.service, 3).await;
    let found = reconcile(w.service.store(), "95588", &book).await.unwrap();
    assert_eq!(found.differences.len(), 3, "{found:?}");
    let (repaired, under_way, staff) = w.service.repair(&found.differences).await.unwrap();
    assert_eq!((repaired, under_way, staff.len()), (1, 0, 2));
    let for_staff: std::collections::BTreeSet<_> = staff.iter().map(|d| d.card.unwrap().0).collect();
    assert_eq!(for_staff, [closed, lost_there].into());
    let again = w.service.repair(&found.differences).await.unwrap();
    assert_eq!((again.0, again.1), (0, 1), "under way: not asked twice");
    // The message goes out over HTTP, and the bank does what it is asked to.
    let courier = Arc::new(HttpCourier::new(http(), w.around.banks.clone()));
    courier.attach(&w.service);
    let message = message_for_the_bank(&w).await;
    use kaguan_service::ports::Courier;
    let answer = courier.deliver(&message).await.unwrap();
    assert_eq!(answer, Some(kaguan_domain::link::Answer::Done));
    let found = reconcile(w.service.store(), "95588", &book).await.unwrap();
    assert_eq!(found.differences.len(), 2, "only what staff looks into: {found:?}");
    w.verified().await;
}

#[tokio::test]
async fn the_systems_key_changes_without_a_gap_for_whoever_learns_the_next_one_in_time() {
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let (id, _) = w.with_card(1).await;
    let at = bank_beside(&w, dir.path()).await;
    let account = w.file(id).await.0.cards[0].account_no.bank_card_no.as_str().to_owned();
    seed(at, &[(account.clone(), 1)]).await;
    book_of(&w.service, 1).await;
    let from = Instant(w.clock.now().0 + 60_000_000);
    let change = |from| Command::Institution(InstitutionCommand::ChangeSystemKey { from });
    w.system(change(Instant(w.clock.now().0 - 1))).await.unwrap_err();
    w.system(change(from)).await.unwrap();
    w.system(change(from)).await.unwrap_err();
    let both = ["kaguan-1", "kaguan-2"];
    until("the bank learns the next key", async || asked::<Vec<String>>(at, "keys").await == both).await;
    let signs = || {
        let (store, institutions) = (w.service.store(), w.service.institutions());
        SystemHand::at(store, &institutions, w.service.now())
    };
    assert_eq!(signs().name, "kaguan-1", "not before its time");
    w.clock.set(from);
    let hand = signs();
    assert_eq!(hand.name, "kaguan-2");
    assert_ne!(hand.secret.public(), SystemHand::of(w.service.store(), 1).secret.public());
    // Ours to the bank, and the bank's to us, are both believed.
    let institutions = w.service.institutions();
    let bank = institutions.partner(&PartnerId::parse("bank:95588").unwrap()).unwrap();
    let http = http();
    let book = HttpBook::new(client_of(&http, bank, hand.clone(), w.service.now()).unwrap());
    assert!(reconcile(w.service.store(), "95588", &book).await.unwrap().differences.is_empty());
    let lose = serde_json::json!([{ "bank_card_no": account, "act": "lose" }]);
    assert_eq!(tell(at, "acts", &lose).await, 204);
    until("the loss is answered", async || asked::<usize>(at, "calls").await == 0).await;
    assert_eq!(w.file(id).await.0.cards[0].mirror(), 1 | 1 << 2);
    // Whoever has not learned it believes nothing that is signed under it.
    let unknown = SystemHand { name: "kaguan-3".into(), ..hand };
    let book = HttpBook::new(client_of(&http, bank, unknown, w.service.now()).unwrap());
    reconcile(w.service.store(), "95588", &book).await.unwrap_err();
    w.verified().await;
}

/// What a day of the main job comes to, without the identities that differ from world to world.
#[derive(PartialEq, Eq, Debug)]
struct End {
    /// Rows opened, failed by the bank, made, failed by the vendor.
    tally: [i64; 4],
    /// Rows failed because a field came back changed.
    changed: usize,
    /// The boxes: outlet, cards, whether under way.
    boxes: Vec<(OrgId, i64, bool)>,
    /// Each person's card: its number, that of the bank, whether it is in its box.
    cards: Vec<(String, String, bool)>,
    /// The accounts at the bank.
    accounts: Vec<(String, i64)>,
}

/// Five people's cards from the confirmed batch to the boxes under way, on one kind of day at the bank and another at
/// the vendor. The photos of the first so many are no JPEG.
async fn main_job(bank_day: Trouble, vendor_day: Trouble, no_jpeg: u32) -> End {
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let mut people = Vec::new();
    let gif = w.service.store().put_photos(&[b"GIF89a".to_vec()]).await.unwrap().remove(0);
    for n in 1..=5 {
        let mut apply = w.apply(n, w.outlet());
        if n <= no_jpeg {
            apply.photo = Some(PhotoRef(gif.clone()));
        }
        people.push(w.takes_in(n, apply).await);
    }
    let batch = w.confirmed_batch().await;
    let system = served(&w).await;
    let (at_bank, at_vendor) = (dir.path().join("bank"), dir.path().join("vendor"));
    let bank = on_a_day(&w, &system, What::Bank, "95588", &at_bank, bank_day.clone()).await;
    let vendor = on_a_day(&w, &system, What::Vendor, "1", &at_vendor, vendor_day.clone()).await;
    let reaches = async |state: &str| {
        until(state, async || {
            let file = w.service.batch(batch).await.unwrap().unwrap();
            file.batch.as_ref().unwrap().state.code() == state
        })
        .await;
    };
    reaches("opened").await;
    let hand_out = BatchCommand::HandOut { vendor: VendorCode("1".into()) };
    w.batch(&Actor::System, batch, hand_out).await.unwrap();
    reaches("made").await;
    let idle = async || asked::<usize>(vendor, "jobs").await == 0;
    until("the boxes are delivered", idle).await;
    for (at, day) in [(bank, &bank_day), (vendor, &vendor_day)] {
        // Whatever the day has in store has happened, and the system took nothing that was signed by nobody.
        let chances = [
            ("drop", day.drop),
            ("lose_reply", day.lose_reply),
            ("duplicate", day.duplicate),
            ("wrong_signature", day.wrong_signature),
            ("garbage", day.garbage),
            ("reorder", day.reorder),
        ];
        let struck = async || asked::<BTreeMap<String, u64>>(at, "struck").await;
        until("the bad day strikes", async || {
            let struck = struck().await;
            chances.iter().all(|(name, chance)| *chance == 0.0 || struck.contains_key(*name))
        })
        .await;
        assert_eq!(struck().await.get("forgery_taken"), None);
    }
    w.verified().await;
    let file = w.service.batch(batch).await.unwrap().unwrap();
    let t = &file.tally;
    let (mut cards, mut changed) = (Vec::new(), 0);
    for id in people {
        let store = w.service.store();
        for entry in store.entries_of(Subject::Holder(id), 100).await.unwrap() {
            if entry.outcome == "done" {
                changed +=
                    store.holder_events(&entry).unwrap().iter().filter(|e| e.is_changed_field()).count();
            }
        }
        for card in &w.file(id).await.0.cards {
            let in_box = matches!(card.custody, Custody::InBox { r#box } if r#box == file.boxes[0].id);
            let numbers =
                (card.card_no.as_str().to_owned(), card.account_no.bank_card_no.as_str().to_owned());
            cards.push((numbers.0, numbers.1, in_box));
        }
    }
    End {
        changed,
        tally: [t.opened, t.opening_failed, t.made, t.production_failed],
        boxes: file.boxes.iter().map(|b| (b.outlet, b.cards, b.on_the_way.is_some())).collect(),
        cards,
        accounts: asked(bank, "cards").await,
    }
}

#[tokio::test]
async fn a_bank_and_a_vendor_do_their_part_of_the_main_job_over_http() {
    let end = main_job(Trouble::default(), Trouble::default(), 0).await;
    assert_eq!(end.tally, [0, 0, 5, 0]);
    assert_eq!(end.boxes.iter().map(|b| (b.1, b.2)).collect::<Vec<_>>(), [(5, true)]);
    assert!(end.cards.len() == 5 && end.cards.iter().all(|c| c.2), "{end:?}");
    assert_eq!(end.accounts.len(), 5);
    // On a bad day it takes longer, and comes to the same.
    let bad_day = Trouble {
        drop: 0.2,
        lose_reply: 0.2,
        duplicate: 0.3,
        wrong_signature: 0.1,
        garbage: 0.1,
        reorder: 1.0,
        ..Trouble::default()
    };
    assert_eq!(main_job(bad_day.clone(), bad_day, 0).await, end);
}

#[tokio::test]
async fn a_vendor_that_changes_a_field_makes_no_card_of_the_row_and_packs_no_box_for_it() {
    let changed = Trouble { changed_field: 1.0, ..Trouble::default() };
    let end = main_job(Trouble::default(), changed, 0).await;
    assert_eq!((end.tally, end.changed), ([0, 0, 0, 5], 5), "each by the changed field, and not otherwise");
    assert_eq!((end.boxes.len(), end.cards.len()), (0, 0));
}

#[tokio::test]
async fn a_vendor_fails_the_row_whose_photo_is_no_jpeg_and_makes_the_others() {
    let end = main_job(Trouble::default(), Trouble::default(), 2).await;
    assert_eq!(end.tally, [0, 0, 3, 2]);
    assert_eq!((end.cards.len(), end.boxes.iter().map(|b| b.1).sum::<i64>()), (3, 3));
}

/// The link message that waits for the bank.
async fn message_for_the_bank(w: &World) -> kaguan_service::ports::Message {
    let outgoing = w.service.store().outbox_due("bank:95588", w.clock.now(), 100).await.unwrap();
    let link = outgoing.into_iter().find(|m| m.partner == "bank:95588").expect("an intent goes to the bank");
    let body = String::from_utf8(link.body).unwrap();
    kaguan_service::ports::Message { id: link.id, partner: link.partner, kind: link.kind, body }
}

#[tokio::test]
async fn a_bank_that_answers_later_answers_even_when_it_was_stopped_in_between() {
    use kaguan_service::ports::Courier;
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let system = served(&w).await;
    // It cannot call the system: the answer stays with it.
    let nowhere = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let later = Trouble { answer_later: 1.0, ..Trouble::default() };
    let first = config(&w, &format!("http://{nowhere}"), What::Bank, "95588", dir.path(), later);
    let bank = Stoppable::start(first).await;
    let at = bank.at;
    register(&w, What::Bank, "95588", dir.path(), at).await;
    let bank_card_no = w.file(id).await.0.cards[0].account_no.bank_card_no.as_str().to_owned();
    seed(at, &[(bank_card_no.clone(), 1)]).await;
    let formal = HolderCommand::ReportFormalLoss(ReportFormal { card });
    w.about(&Actor::System, id, formal).await.unwrap();
    let courier = HttpCourier::new(http(), w.around.banks.clone());
    courier.attach(&w.service);
    let message = message_for_the_bank(&w).await;
    // The bank trusts the system a moment after it began.
    let mut said = None;
    until("the bank takes the message", async || {
        said = courier.deliver(&message).await.ok();
        said.is_some()
    })
    .await;
    assert_eq!(said, Some(None), "nothing is said at once");
    assert_eq!(asked::<usize>(at, "later").await, 1);
    let state = async || w.file(id).await.0.cards[0].intents.last().unwrap().state.clone();
    assert_eq!(state().await, IntentState::Wanted);
    bank.stop().await;
    let mut second = config(&w, &system, What::Bank, "95588", dir.path(), Trouble::default());
    second.listen = at;
    let bank = Stoppable::start(second).await;
    until("the answer is given", async || matches!(state().await, IntentState::Confirmed { .. })).await;
    until("and taken", async || asked::<usize>(at, "later").await == 0).await;
    assert_eq!(courier.deliver(&message).await.unwrap(), None, "the same message gets the same answer");
    assert_eq!(asked::<usize>(at, "later").await, 0, "and no second one later");
    assert_eq!(asked::<Vec<(String, i64)>>(at, "cards").await, [(bank_card_no, 1 | 2 << 2)]);
    bank.stop().await;
    w.verified().await;
}

#[tokio::test]
async fn registers_say_what_is_on_record_of_a_person_and_keep_it() {
    use kaguan_service::ports::Registers;
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    let day = Trouble::default();
    let new = || config(&w, &system, What::Registers, "gd", dir.path(), day.clone());
    let process = Stoppable::start(new()).await;
    let at = process.at;
    register(&w, What::Registers, "gd", dir.path(), at).await;
    let registers = HttpRegisters::new(http(), w.around.registers.clone());
    registers.attach(&w.service);
    let mut people = Vec::new();
    for n in 1..=2 {
        let id = w.applicant(n, w.outlet()).await;
        people.push(w.file(id).await.0.person.unwrap().details);
    }
    // Asks until the register knows the system's key, a moment after it began.
    let ask = async || {
        let mut said = Vec::new();
        until("the registers answer", async || {
            let checks = registers.check(&people, w.clock.now()).await;
            said = checks.iter().map(|c| c.iter().map(|c| c.result).collect::<Vec<_>>()).collect();
            said[1] != [CheckResult::Unavailable; 3]
        })
        .await;
        said
    };
    let good = vec![CheckResult::Passed; 3];
    assert_eq!(ask().await, [good.clone(), good.clone()]);
    let number = people[0].ssn.as_str();
    let nonsense = serde_json::json!([{ "number": number, "alive": "perhaps" }]);
    assert_eq!(tell(at, "people", &nonsense).await, 422);
    let dead = serde_json::json!([
        { "number": number, "identity": "not_on_record", "alive": "failed", "entitlement": "unavailable" },
    ]);
    assert_eq!(tell(at, "people", &dead).await, 204);
    let known = vec![CheckResult::NotOnRecord, CheckResult::Failed, CheckResult::Unavailable];
    assert_eq!(ask().await, [known.clone(), good.clone()]);
    process.stop().await;
    let process = Stoppable::start(Config { listen: at, ..new() }).await;
    assert_eq!(ask().await, [known, good]);
    process.stop().await;
}

#[tokio::test]
async fn a_banks_counter_enables_reserves_and_approves_and_does_nothing_that_it_does_not_know() {
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let (id, _) = w.with_card(1).await;
    let file = w.file(id).await.0;
    let card = file.cards[0].account_no.bank_card_no.as_str().to_owned();
    let details = file.person.unwrap().details;
    let system = served(&w).await;
    let old = beside(&w, &system, What::Bank, "95588", &dir.path().join("old")).await;
    let new = beside(&w, &system, What::Bank, "95599", &dir.path().join("new")).await;
    let said = async |at| {
        until("the calls are answered", async || asked::<usize>(at, "calls").await == 0).await;
        let lines = w.service.store().entries_of(Subject::Holder(id), 1).await.unwrap();
        (lines[0].command.clone(), lines[0].actor.clone(), lines[0].outcome.clone())
    };
    let line = |command: &str, actor: &str, outcome: &str| (command.into(), actor.into(), outcome.into());
    let before = said(old).await;
    for act in [
        serde_json::json!([{ "bank_card_no": card, "act": "dance" }]),
        serde_json::json!([{ "bank_card_no": card, "act": "enable" }, { "act": "reserve" }]),
        serde_json::json!([{ "act": "enable" }]),
    ] {
        assert_eq!(tell(old, "acts", &act).await, 422);
    }
    assert_eq!((asked::<usize>(old, "calls").await, said(old).await), (0, before));
    assert_eq!(tell(old, "acts", &serde_json::json!([{ "bank_card_no": card, "act": "enable" }])).await, 204);
    assert_eq!(said(old).await, line("activation.enable", "bank:95588", "already_enabled"));
    let reserve = serde_json::json!([
        { "act": "reserve", "number": details.ssn.as_str(), "name": details.name.display() },
    ]);
    assert_eq!(tell(new, "acts", &reserve).await, 204);
    assert_eq!(said(new).await, line("bank_change.reserve", "bank:95599", "done"));
    let decline = serde_json::json!([{ "bank_card_no": card, "act": "decline", "reason": "有未结清的贷款" }]);
    assert_eq!(tell(old, "acts", &decline).await, 204);
    assert_eq!(said(old).await, line("bank_change.approve", "bank:95588", "done"));
    assert!(w.file(id).await.0.bank_change().is_none(), "declined");
    assert_eq!(tell(new, "acts", &reserve).await, 204);
    assert_eq!(said(new).await, line("bank_change.reserve", "bank:95599", "done"));
    let approve = serde_json::json!([{ "bank_card_no": card, "act": "approve" }]);
    assert_eq!(tell(old, "acts", &approve).await, 204);
    assert_eq!(said(old).await, line("bank_change.approve", "bank:95588", "done"));
    assert!(w.file(id).await.0.bank_change().is_some());
}

#[tokio::test]
async fn registers_and_the_treasury_are_asked_and_told_over_http() {
    let dir = tempfile::tempdir().unwrap();
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    beside(&w, &system, What::Registers, "gd", &dir.path().join("registers")).await;
    let treasury = beside(&w, &system, What::Treasury, "cz", &dir.path().join("treasury")).await;
    let registers = HttpRegisters::new(http(), w.around.registers.clone());
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
    let courier = HttpCourier::new(http(), w.around.treasury.clone());
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
    let http = http();
    let taken =
        http.get(format!("http://{treasury}/_sim/messages")).send().await.unwrap().bytes().await.unwrap();
    let taken: Vec<serde_json::Value> = serde_json::from_slice(&taken).unwrap();
    assert_eq!(taken.len(), 1, "twice is once");
    loop {
        tick.tick().await;
        let lines = w.service.store().entries_of(Subject::Holder(id), 10).await.unwrap();
        if lines.iter().any(|l| l.actor == "treasury:cz" && l.outcome == "nothing_due") {
            break;
        }
    }
}
