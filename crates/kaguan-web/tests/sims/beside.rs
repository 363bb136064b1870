//! What every test here has at hand: simulated partners beside a system that is served.

use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::partner::{Partner, PartnerKey};
use kaguan_domain::ids::PartnerId;
use kaguan_domain::institution::InstitutionCommand;
use kaguan_partner_sim::process::{Config, Trouble, What, run, secret_in};
use kaguan_service::clock::TimeSource;
use kaguan_service::{Command, Service};
use kaguan_testkit::World;
use kaguan_web::partner::{HttpBook, SigningKey, client_of, http_client};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Instant as Timer;

/// A simulated bank beside a system that is served; where the bank listens.
pub async fn bank_beside(w: &World, state: &Path) -> SocketAddr {
    let system = served(w).await;
    beside(w, &system, What::Bank, "95588", state).await
}

/// The partners' doors, served; their address.
pub async fn served(w: &World) -> String {
    w.clock.set(TimeSource::Machine.now());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let system = format!("http://{}", listener.local_addr().unwrap());
    let router = kaguan_web::partner::router(w.service.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    system
}

pub fn config(w: &World, system: &str, what: What, code: &str, state: &Path, trouble: Trouble) -> Config {
    Config {
        what,
        code: code.into(),
        listen: "127.0.0.1:0".parse().unwrap(),
        data: state.into(),
        system: system.into(),
        system_key: Some(SigningKey::of(w.service.store(), 1).secret.public()),
        trouble,
        seed: 1,
    }
}

/// A simulated partner, registered; where it listens.
pub async fn beside(w: &World, system: &str, what: What, code: &str, state: &Path) -> SocketAddr {
    on_a_day(w, system, what, code, state, Trouble::default()).await
}

/// The same on a bad day.
pub async fn on_a_day(
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

pub async fn register(w: &World, what: What, code: &str, state: &Path, at: SocketAddr) {
    let public = secret_in(state).unwrap().public();
    let key = PartnerKey { id: "key-1".into(), public, from: Instant(0), until: None };
    let id = PartnerId::parse(&format!("{}:{code}", what.code())).unwrap();
    let entry =
        Partner { id, name: "合作方".into(), endpoint: Some(format!("http://{at}")), keys: vec![key] };
    w.system(Command::Institution(InstitutionCommand::RegisterPartner(entry))).await.unwrap();
}

/// A simulated partner in a thread of its own, which can be stopped like a process: with every task that it has.
pub struct Stoppable {
    pub at: SocketAddr,
    stop: tokio::sync::oneshot::Sender<()>,
    thread: std::thread::JoinHandle<()>,
}

impl Stoppable {
    pub async fn start(config: Config) -> Self {
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

    pub async fn stop(self) {
        self.stop.send(()).unwrap();
        tokio::task::spawn_blocking(move || self.thread.join().unwrap()).await.unwrap();
    }
}

/// Waits until something has come about, two minutes at most.
pub async fn until(what: &str, mut come: impl AsyncFnMut() -> bool) {
    let (began, most) = (Timer::now(), std::time::Duration::from_secs(120));
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(50));
    while !come().await {
        assert!(began.elapsed() < most, "{what}: not within {most:?}");
        tick.tick().await;
    }
}

pub fn http() -> reqwest::Client {
    http_client(None, std::time::Duration::from_secs(60)).unwrap()
}

/// What a simulated partner says for whoever tests.
pub async fn asked<T: serde::de::DeserializeOwned>(at: SocketAddr, path: &str) -> T {
    let reply = http().get(format!("http://{at}/_sim/{path}")).send().await.unwrap();
    serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap()
}

/// Tells a simulated partner something; the status.
pub async fn tell(at: SocketAddr, path: &str, body: &serde_json::Value) -> u16 {
    let post = http().post(format!("http://{at}/_sim/{path}")).header("content-type", "application/json");
    post.body(serde_json::to_vec(body).unwrap()).send().await.unwrap().status().as_u16()
}

/// The bank's accounts, once it has the key that makes their places.
pub async fn seed(at: SocketAddr, accounts: &[(String, i64)]) {
    let http = http();
    for chunk in accounts.chunks(50_000) {
        let post = http.post(format!("http://{at}/_sim/accounts")).header("content-type", "application/json");
        let reply = post.body(serde_json::to_vec(chunk).unwrap()).send().await.unwrap();
        assert!(reply.status().is_success());
    }
}

pub fn book(service: &Service) -> HttpBook {
    let institutions = service.institutions();
    let partner = institutions.partner(&PartnerId::parse("bank:95588").unwrap()).unwrap();
    let http = http();
    HttpBook::new(client_of(&http, partner, SigningKey::of(service.store(), 1), service.now()).unwrap())
}

/// Waits until the bank has the key and its book is complete.
pub async fn book_of(service: &Service, cards: i64) -> HttpBook {
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
/// The link message that waits for the bank.
pub async fn message_for_the_bank(w: &World) -> kaguan_service::ports::Message {
    let outgoing = w.service.store().outbox_due("bank:95588", w.clock.now(), 100).await.unwrap();
    let link = outgoing.into_iter().find(|m| m.partner == "bank:95588").expect("an intent goes to the bank");
    kaguan_service::ports::Message::try_from(&link).unwrap()
}
