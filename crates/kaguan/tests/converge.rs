//! P6 of the promises: bank and system converge after any fault of the link. The server and a simulated bank run as
//! processes of their own and speak over HTTP; messages are lost, doubled and mixed up, the bank is out for a while, and
//! both are killed. When the link heals no card differs, and the dead letters are the poisoned messages and nothing else.
//!
//! Losses come from a phone and from the bank's counter, releases from the counter; cards are restricted and released from
//! it, and cards are cancelled, of which the bank closes half by itself.
//!
//! `KAGUAN_LONG=1`: 10,000 messages and an outage of five minutes.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_api::client::{Client, SignedReply};
use kaguan_api::online;
use kaguan_api::sign::{Public, Secret};
use kaguan_domain::cancellation::Cancel;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::counter::{KeptCopy, Shown};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::{CardId, CaseId, HolderId, MaterialId, OfficerId};
use kaguan_domain::institution::{InstitutionCommand, NewOfficer};
use kaguan_domain::restriction::{Decide, Lift};
use kaguan_partner_sim::process::{Act, Trouble, secret_in};
use kaguan_service::clock::TimeSource;
use kaguan_service::ports::Partners;
use kaguan_service::{Command as Ask, Service};
use kaguan_store::{LoadRequest, MessageState, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A card that takes part.
struct Card {
    holder: HolderId,
    id: CardId,
    number: String,
    name: String,
    bank_card_no: String,
}

struct Link {
    data: PathBuf,
    state: PathBuf,
    serve_at: SocketAddr,
    bank_at: SocketAddr,
    serve: Option<Child>,
    bank: Option<Child>,
    http: reqwest::Client,
}

fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn kaguan(data: &Path, args: &[&str]) -> String {
    let out = Command::new(env!("CARGO_BIN_EXE_kaguan")).arg("--data").arg(data).args(args).output().unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(out.status.success(), "{args:?}: {}{}", said(&out.stdout), said(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn now_ms() -> i64 {
    TimeSource::Machine.now().0 / 1_000
}

/// Waits for something, at most so long.
async fn until(what: &str, most: Duration, mut come: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    while !come().await {
        assert!(began.elapsed() < most, "{what}: not within {most:?}");
        tick.tick().await;
    }
}

impl Link {
    fn start_server(&mut self) {
        let mut c = Command::new(env!("CARGO_BIN_EXE_kaguan"));
        c.arg("--data").arg(&self.data).args(["serve", "--reconcile-hours", "0"]);
        c.args(["--listen", &self.serve_at.to_string()]);
        self.serve = Some(c.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    }

    fn start_bank(&mut self) {
        let mut c = Command::new(env!("CARGO_BIN_EXE_kaguan"));
        c.args(["sim", "bank", "--code", "95588", "--listen", &self.bank_at.to_string(), "--seed", "7"])
            .args(["--system", &format!("http://{}", self.serve_at)])
            .arg("--state")
            .arg(&self.state);
        self.bank = Some(c.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    }

    fn kill(child: &mut Option<Child>) {
        if let Some(mut child) = child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    async fn control<T: serde::Serialize>(&self, path: &str, body: &T) {
        let bytes = serde_json::to_vec(body).unwrap();
        until("the bank listens", Duration::from_secs(30), async || {
            let post = self.http.post(format!("http://{}{path}", self.bank_at));
            let post = post.header("content-type", "application/json").body(bytes.clone());
            post.send().await.is_ok_and(|r| r.status().is_success())
        })
        .await;
    }

    async fn ask<T: serde::de::DeserializeOwned>(&self, path: &str) -> Option<T> {
        let reply = self.http.get(format!("http://{}{path}", self.bank_at)).send().await.ok()?;
        serde_json::from_slice(&reply.bytes().await.ok()?).ok()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        Self::kill(&mut self.serve);
        Self::kill(&mut self.bank);
    }
}

async fn store(data: &Path) -> Store {
    let url = format!("sqlite:{}", data.join("kaguan.db").display());
    Store::open(&url, &data.join("master.key")).await.unwrap()
}

/// Every card of the bank: its state; and those that are in force, with their holders.
async fn cards(store: &Store) -> (BTreeMap<String, i64>, Vec<Card>) {
    let (mut all, mut in_force) = (BTreeMap::new(), Vec::new());
    let mut after = HolderId(i64::MIN);
    loop {
        let holders = store.holders_after(after, 500).await.unwrap();
        let Some(last) = holders.last() else { return (all, in_force) };
        after = *last;
        let loaded = store.load(&LoadRequest { holders, ..LoadRequest::default() }).await.unwrap();
        let mut files: Vec<_> = loaded.holders.into_values().collect();
        files.sort_by_key(|f| f.id);
        for file in files {
            let details = file.person.as_ref().unwrap().details.clone();
            for card in file.cards.iter().filter(|c| c.bank.as_str() == "95588") {
                let bank_card_no = card.bank_account.bank_card_no.as_str().to_owned();
                all.insert(bank_card_no.clone(), card.mirror().bits());
                if card.in_force() && card.mirror().bits() == 1 && file.standing_cards().count() == 1 {
                    let (number, name) = (details.ssn.as_str().to_owned(), details.name.display().to_owned());
                    in_force.push(Card { holder: file.id, id: card.id, number, name, bank_card_no });
                }
            }
        }
    }
}

/// Sends until there is an answer: the same request under the same key.
async fn lose(client: &Client, card: &Card, key: &str) -> SignedReply {
    let holder = online::Holder { number: card.number.clone(), name: card.name.clone() };
    let body = serde_json::to_vec(&online::Loss { holder, bank: "95588".into(), card_tail: None }).unwrap();
    let mut answer = None;
    until("the server answers", Duration::from_secs(60), async || {
        let sent = client.call("POST", "/api/online/v1/losses", Some(key), body.clone(), now_ms()).await;
        answer = sent.ok().filter(|a| a.status < 500 && a.status != 401);
        answer.is_some()
    })
    .await;
    answer.unwrap()
}

/// Gives the running server a command over its socket, and once only: the socket does not lie on the link.
async fn over_the_socket(data: &Path, holder: HolderId, command: HolderCommand) {
    let socket = data.join("kaguan.sock");
    let http = kaguan_api::client::http().unix_socket(socket).build().unwrap();
    let body = serde_json::to_vec(&Ask::of(holder, command)).unwrap();
    let post = || http.post("http://kaguan/command").header("content-type", "application/json");
    let mut said = None;
    until("the socket opens", Duration::from_secs(60), async || {
        said = post().body(body.clone()).send().await.ok();
        said.is_some()
    })
    .await;
    let said: Result<i64, String> = serde_json::from_slice(&said.unwrap().bytes().await.unwrap()).unwrap();
    said.unwrap();
}

/// One case against each of these cards, approved by somebody else than proposed it; and the proofs with which others will be cancelled.
async fn restrict(data: &Path, cards: &[Card], cancelled: &[Card]) {
    let service =
        Service::start(Arc::new(store(data).await), TimeSource::Machine, Partners::nobody()).await.unwrap();
    let officer = OfficerId(service.fresh());
    let org = service.institutions().province_centre().unwrap().id;
    let (role, login) = (Role::ProvinceOfficer, "reviewer".to_owned());
    let new = NewOfficer { id: officer, name: login.clone(), login, role, org, password_hash: "-".into() };
    let by = async |actor: Actor, command: Ask| {
        service.execute(service.ctx(actor, Channel::Console, None), command).await.unwrap();
    };
    by(Actor::System, Ask::Institution(InstitutionCommand::AddOfficer(new))).await;
    for Card { holder, id: card, .. } in cards {
        let (card, case) = (*card, CaseId(card.0));
        let propose = kaguan_testkit::stated::restriction(card, case, "《社会保险法》第八十八条");
        by(Actor::System, Ask::of(*holder, HolderCommand::ProposeRestriction(propose))).await;
        let decide =
            HolderCommand::DecideRestriction(Decide { card, case, approved: true, why: String::new() });
        by(Actor::Officer(officer), Ask::of(*holder, decide)).await;
    }
    for Card { id, .. } in cancelled {
        service.store().put_material(MaterialId(id.0), b"proof").await.unwrap();
    }
}

#[tokio::test]
async fn bank_and_system_converge_after_every_fault_of_the_link() {
    let long = std::env::var_os("KAGUAN_LONG").is_some();
    let (people, most, rounds, outage) =
        if long { (1_900, 1_300, 5, Duration::from_secs(300)) } else { (140, 70, 2, Duration::from_secs(3)) };
    let dir = tempfile::tempdir().unwrap();
    let (data, state) = (dir.path().join("data"), dir.path().join("bank"));
    kaguan(&data, &["demo", "--people", &people.to_string(), "--exit"]);
    let (bank_key, app) = (secret_in(&state).unwrap().public(), Secret::fresh());
    let mut link = Link {
        data: data.clone(),
        state,
        serve_at: free_port(),
        bank_at: free_port(),
        serve: None,
        bank: None,
        http: kaguan_api::client::http().timeout(Duration::from_secs(20)).build().unwrap(),
    };
    let endpoint = format!("http://{}", link.bank_at);
    let register =
        ["partner", "register", "bank:95588", "--name", "工行", "--endpoint", &endpoint, "--public"];
    kaguan(&data, &[&register[..], &[&bank_key]].concat());
    kaguan(&data, &["partner", "register", "online:gdrs", "--name", "广东人社", "--public", &app.public()]);
    let system = kaguan(&data, &["partner", "system-key"]);
    let (name, public) = system.trim().split_once(' ').unwrap();
    let system = vec![(name.to_owned(), Public::parse(public).unwrap())];
    let client = Client::new(&format!("http://{}", link.serve_at), "online:gdrs", "key-1", app, system);
    let (all, mut taking_part) = cards(&store(&data).await).await;
    taking_part.truncate(most);
    assert!(taking_part.len() > 40, "{}", taking_part.len());
    // A tenth each: restricted, of which most are put right again; and cancelled.
    let restricted = taking_part.split_off(taking_part.len() - taking_part.len() / 10);
    let cancelled = taking_part.split_off(taking_part.len() - restricted.len());
    restrict(&data, &restricted, &cancelled).await;
    // Three cards that the bank does not know: what is sent about them is poisoned.
    let poisoned: BTreeSet<String> = taking_part[..3].iter().map(|c| c.bank_card_no.clone()).collect();
    // The bank knows its accounts before anybody asks it for something: restrictions wait for it already.
    link.start_bank();
    let known: Vec<_> = all.iter().filter(|(n, _)| !poisoned.contains(*n)).collect();
    link.control("/_sim/accounts", &known).await;
    let bad_day = Trouble {
        drop: 0.3,
        lose_reply: 0.1,
        duplicate: 0.3,
        reorder: 0.5,
        error_500: 0.03,
        garbage: 0.03,
        wrong_signature: 0.03,
        answer_later: 0.2,
        latency_ms: 2,
        ..Trouble::default()
    };
    link.control("/_sim/trouble", &bad_day).await;
    link.start_server();
    let (mut messages, mut poison) = (restricted.len(), 0);
    for round in 0..rounds {
        let mut acts = Vec::new();
        let act = |card: &Card, act: &str| Act {
            bank_card_no: card.bank_card_no.clone(),
            act: act.into(),
            ..Act::default()
        };
        // The last of them stay restricted.
        for card in restricted.iter().skip(round).step_by(rounds + 1) {
            let (id, case) = (card.id, CaseId(card.id.0));
            let lift = Lift { card: id, case, reason: "已退回骗取的待遇".into() };
            over_the_socket(&data, card.holder, HolderCommand::LiftRestriction(lift)).await;
            messages += 1;
        }
        for (n, card) in cancelled.iter().skip(round).step_by(rounds).enumerate() {
            let number = card.number.clone();
            let shown = Shown { kind: DocumentKind::IdentityCard, number, electronic: false };
            let (kind, digest) = (MaterialKind::TerminationProof, Some("ab".repeat(32)));
            let cancel = Cancel {
                reminded: true,
                verified: true,
                shown: Some(shown),
                proofs: vec![KeptCopy { id: MaterialId(card.id.0), kind, digest }],
                ..Cancel::of(card.id, CancelReason::Emigrated)
            };
            over_the_socket(&data, card.holder, HolderCommand::Cancel(cancel)).await;
            messages += 1;
            if n % 2 == 0 {
                acts.push(act(card, "close"));
                messages += 1;
            }
        }
        for (n, card) in taking_part.iter().enumerate() {
            if round == 0 && n == taking_part.len() / 2 {
                Link::kill(&mut link.serve);
                link.start_server();
            }
            if !poisoned.contains(&card.bank_card_no) && n % 4 == round % 4 {
                acts.extend([act(card, "lose"), act(card, "release")]);
                messages += 2;
                continue;
            }
            let answer = lose(&client, card, &format!("loss-{round}-{n}")).await;
            if poisoned.contains(&card.bank_card_no) {
                poison += usize::from(answer.status == 200);
                continue;
            }
            assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
            acts.push(act(card, "release"));
            messages += 2;
        }
        if round == rounds - 1 {
            link.control("/_sim/trouble", &Trouble { outage: true, ..bad_day.clone() }).await;
        }
        link.control("/_sim/acts", &acts).await;
        if round == 0 {
            Link::kill(&mut link.bank);
            link.start_bank();
            link.control("/_sim/trouble", &bad_day).await;
        }
        if round == rounds - 1 {
            let over = Instant::now() + outage;
            until("the outage", outage * 2, async || Instant::now() > over).await;
            link.control("/_sim/trouble", &bad_day).await;
        }
        until("the bank's calls are answered", Duration::from_secs(600), async || {
            link.ask::<usize>("/_sim/calls").await == Some(0)
        })
        .await;
    }
    // The link heals.
    link.control("/_sim/trouble", &Trouble::default()).await;
    let reader = store(&data).await;
    until("the outbox is empty", Duration::from_secs(180), async || {
        let counts = reader.outbox_counts().await.unwrap();
        !counts
            .iter()
            .any(|(partner, state, _)| partner.starts_with("bank") && *state == MessageState::Waiting)
    })
    .await;
    until("the bank's answers are taken", Duration::from_secs(180), async || {
        link.ask::<usize>("/_sim/later").await == Some(0)
    })
    .await;
    let (ours, _) = cards(&reader).await;
    let of = |card: &Card| ours[&card.bank_card_no];
    assert!(cancelled.iter().all(|c| of(c) & 3 == 2), "what was cancelled is closed");
    let held = restricted.iter().filter(|c| of(c) & (1 << 5) != 0).count();
    assert_eq!(held, restricted.iter().skip(rounds).step_by(rounds + 1).count(), "only what was not lifted");
    let theirs: BTreeMap<String, i64> =
        link.ask::<Vec<(String, i64)>>("/_sim/cards").await.unwrap().into_iter().collect();
    let differ: Vec<_> =
        ours.iter().filter(|(n, m)| !poisoned.contains(*n) && theirs.get(*n) != Some(m)).collect();
    assert!(differ.is_empty(), "{} of {} cards differ: {differ:?}", differ.len(), ours.len());
    let dead = reader.outbox_dead(10_000).await.unwrap();
    let of_poisoned =
        |body: &[u8]| poisoned.iter().any(|n| String::from_utf8_lossy(body).contains(n.as_str()));
    assert!(dead.iter().all(|m| of_poisoned(&m.body)), "only what is poisoned is dead");
    assert_eq!(dead.len(), poison, "and all of it is");
    // The bank learns of those accounts, and staff send the letters again: now none of all cards differs.
    let unknown: Vec<_> = poisoned.iter().map(|n| (n, 1)).collect();
    link.control("/_sim/accounts", &unknown).await;
    assert_eq!(kaguan(&data, &["partner", "letters", "list"]).lines().count(), poison);
    kaguan(&data, &["partner", "letters", "again", "--partner", "bank:95588"]);
    until("nothing waits, and nothing is dead", Duration::from_secs(60), async || {
        let counts = reader.outbox_counts().await.unwrap();
        !counts.iter().any(|(partner, state, _)| {
            partner.starts_with("bank") && matches!(state, MessageState::Waiting | MessageState::Dead)
        })
    })
    .await;
    let theirs: BTreeMap<String, i64> =
        link.ask::<Vec<(String, i64)>>("/_sim/cards").await.unwrap().into_iter().collect();
    let differ: Vec<_> = ours.iter().filter(|(n, m)| theirs.get(*n) != Some(m)).collect();
    assert!(differ.is_empty(), "{} of {} cards differ: {differ:?}", differ.len(), ours.len());
    println!(
        "converged: {messages} messages over {} cards, {} dead letters, all poisoned",
        ours.len(),
        dead.len()
    );
    Link::kill(&mut link.serve);
    kaguan(&data, &["check", "--json"]);
}
