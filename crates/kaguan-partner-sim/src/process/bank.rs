//! A service bank as a process: opens accounts, mirrors what it is asked to, and does business at its own counters.
//!
//! What a card's account is follows from two things: the highest sequence number seen about each matter (loss, lock,
//! restriction, closing), and what the bank's own counter has done and the system has not yet answered. A loss at the
//! counter holds at once; a release waits for the system's word.

use super::now_ms;
use super::server::{Answer, Server, ok, problem};
use super::state::{ACCOUNTS, CALLS, Change, SEEN, State, json};
use axum::extract::State as Held;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use kaguan_api::bank as wire;
use kaguan_api::blank;
use kaguan_api::client::Client;
use kaguan_api::message::{Link, LinkAnswer, Outgoing, Taken};
use kaguan_api::problem::Problem;
use kaguan_api::reconcile::{AskRows, AskSums, Range, RowsOf, SharedKey, Sums, SumsOf, place_of};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

/// The matters that sequence numbers are about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Matter {
    Loss,
    Lock,
    Restriction,
    Closing,
}

/// One account.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Account {
    /// 0 pre-opened, 1 active, 2 closed.
    pub account: i64,
    /// 0 none, 1 temporary, 2 formal.
    pub loss: i64,
    /// Locked for a change of the bank.
    pub locked: bool,
    /// Restricted.
    pub restricted: bool,
    /// The highest number seen about each matter: loss, lock, restriction, closing.
    pub seqs: [u32; 4],
    /// A loss of the bank's own counter that the system has not answered yet.
    pub own_loss: Option<i64>,
    /// 社会保障号码 of whoever got the pre-made card of this account.
    #[serde(default)]
    pub owner: Option<String>,
}

impl Account {
    /// The state as bits, as reconciliation has it.
    pub fn mirror(&self) -> i64 {
        let loss = self.own_loss.unwrap_or(self.loss).max(self.loss);
        self.account | loss << 2 | i64::from(self.locked) << 4 | i64::from(self.restricted) << 5
    }

    /// Whether a number is the highest about its matter; remembers it.
    fn newer(&mut self, matter: Matter, seq: u32) -> bool {
        let known = &mut self.seqs[matter as usize];
        let newer = seq > *known;
        *known = (*known).max(seq);
        newer
    }

    /// Does what the system asks for; an older word about the same matter changes nothing.
    fn apply(&mut self, kind: &str, seq: u32) -> bool {
        let (matter, change): (Matter, fn(&mut Self)) = match kind {
            "lose_temporarily" => (Matter::Loss, |a| a.loss = 1),
            "lose_formally" => (Matter::Loss, |a| a.loss = 2),
            "release_loss" => (Matter::Loss, |a| a.loss = 0),
            "lock" => (Matter::Lock, |a| a.locked = true),
            "unlock" => (Matter::Lock, |a| a.locked = false),
            "restrict" => (Matter::Restriction, |a| a.restricted = true),
            "unrestrict" => (Matter::Restriction, |a| a.restricted = false),
            "close" => (Matter::Closing, |a| a.account = 2),
            _ => return false,
        };
        if self.newer(matter, seq) {
            change(self);
        }
        true
    }
}

/// What is done at the bank's own counter.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Act {
    /// 银行卡号.
    pub bank_card_no: String,
    /// `lose`, `lose_formally`, `release`, `activate`, `close`.
    pub act: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Call {
    act: Act,
    key: String,
}

/// The cards by place, for reconciliation; rebuilt from the accounts.
#[derive(Default)]
pub(super) struct Book {
    key: OnceLock<[u8; 32]>,
    places: Mutex<BTreeMap<i64, i64>>,
    calls: Mutex<u64>,
}

impl Book {
    pub(super) fn of(state: &State) -> Self {
        let book = Self::default();
        let last = state.all::<Call>(CALLS).ok().and_then(|all| all.last().map(|(id, _)| id.clone()));
        if let (Some(last), Ok(mut calls)) = (last.and_then(|l| l.parse().ok()), book.calls.lock()) {
            *calls = last;
        }
        book
    }

    fn fill(&self, key: [u8; 32], state: &State) -> anyhow::Result<()> {
        // Set once; the system never changes it.
        let _ = self.key.set(key);
        for (number, account) in state.all::<Account>(ACCOUNTS)? {
            self.put(&number, &account);
        }
        Ok(())
    }

    fn put(&self, bank_card_no: &str, account: &Account) {
        if let (Some(key), Ok(mut places)) = (self.key.get(), self.places.lock()) {
            places.insert(place_of(key, bank_card_no), account.mirror());
        }
    }

    fn sums(&self, range: Range) -> [Sums; 16] {
        let mut parts = [Sums::default(); 16];
        if let Ok(places) = self.places.lock() {
            for (place, mirror) in places.range(range.from..range.from.saturating_add(range.size)) {
                let part = usize::try_from((place - range.from) / (range.size / 16)).unwrap_or(usize::MAX);
                if let Some(p) = parts.get_mut(part) {
                    p.add(*place, *mirror);
                }
            }
        }
        parts
    }
}

/// Takes a message; the same identity gets the same answer, and does nothing again.
pub(super) fn message(server: &Server, body: &[u8]) -> Answer {
    let Ok(message) = serde_json::from_slice::<Outgoing>(body) else { return problem("bad_request") };
    if message.kind != "bank.link" {
        // A reservation is for its clerks to decide, by an act.
        return ok(&Taken::default());
    }
    let Ok(link) = serde_json::from_value::<Link>(message.body.clone()) else { return problem("bad_row") };
    let id = format!("{:020}", message.id);
    let known = match server.state.get::<Taken>(SEEN, &id) {
        Ok(Some(known)) => return ok(&known),
        Ok(None) => server.state.get::<Account>(ACCOUNTS, &link.bank_card_no),
        Err(_) => return problem("unavailable"),
    };
    let Ok(known) = known else { return problem("unavailable") };
    let Some(mut account) = known else { return problem("bad_row") };
    let answer = if server.dice.strikes(|t| t.refuse) {
        LinkAnswer::Refused { reason: "账户有未结清的业务".into() }
    } else if link.kind == "open_pre_made" {
        let Some(owner) = link.owner else { return problem("bad_row") };
        // Whoever has it keeps it.
        if account.owner.get_or_insert(owner.number.clone()) == &owner.number {
            LinkAnswer::Done
        } else {
            LinkAnswer::Refused { reason: "该预制卡账户已有户主".into() }
        }
    } else if account.apply(&link.kind, link.seq) {
        LinkAnswer::Done
    } else {
        return problem("bad_row");
    };
    let taken = Taken { answer: Some(answer) };
    let changes =
        [(ACCOUNTS, link.bank_card_no.clone(), Some(json(&account))), (SEEN, id, Some(json(&taken)))];
    if server.state.commit(&changes).is_err() {
        return problem("unavailable");
    }
    server.book.put(&link.bank_card_no, &account);
    ok(&taken)
}

/// Sums of ranges.
pub(super) fn sums(server: &Server, body: &[u8]) -> Answer {
    let Ok(ask) = serde_json::from_slice::<AskSums>(body) else { return problem("bad_request") };
    if ask.ranges.iter().any(|r| r.size < 16 || r.from < 0) {
        return problem("bad_request");
    }
    ok(&SumsOf { sums: ask.ranges.into_iter().map(|r| server.book.sums(r)).collect() })
}

/// Cards of ranges.
pub(super) fn rows(server: &Server, body: &[u8]) -> Answer {
    let Ok(ask) = serde_json::from_slice::<AskRows>(body) else { return problem("bad_request") };
    let Ok(places) = server.book.places.lock() else { return problem("unavailable") };
    let of = |r: &Range| {
        let range = r.from..r.from.saturating_add(r.size);
        places.range(range).map(|(p, m)| (*p, *m)).collect::<Vec<_>>()
    };
    ok(&RowsOf { rows: ask.ranges.iter().flat_map(of).collect() })
}

/// Every account: bank card number and state, for whoever tests.
pub(super) async fn cards(Held(server): Held<Server>) -> axum::Json<Vec<(String, i64)>> {
    let all = server.state.all::<Account>(ACCOUNTS).unwrap_or_default();
    axum::Json(all.into_iter().map(|(number, a)| (number, a.mirror())).collect())
}

/// Whose the accounts of pre-made cards are: bank card number and 社会保障号码, for whoever tests.
pub(super) async fn owners(Held(server): Held<Server>) -> axum::Json<Vec<(String, String)>> {
    let all = server.state.all::<Account>(ACCOUNTS).unwrap_or_default();
    axum::Json(all.into_iter().filter_map(|(number, a)| Some((number, a.owner?))).collect())
}

/// Accounts that the bank had before: bank card number and state.
pub(super) async fn seed(
    Held(server): Held<Server>,
    axum::Json(accounts): axum::Json<Vec<(String, i64)>>,
) -> axum::http::StatusCode {
    let account = |mirror: i64| Account {
        account: mirror & 3,
        loss: (mirror >> 2) & 3,
        locked: mirror & (1 << 4) != 0,
        restricted: mirror & (1 << 5) != 0,
        ..Account::default()
    };
    let changes: Vec<Change> =
        accounts.iter().map(|(n, m)| (ACCOUNTS, n.clone(), Some(json(&account(*m))))).collect();
    if server.state.commit(&changes).is_err() {
        return axum::http::StatusCode::SERVICE_UNAVAILABLE;
    }
    for (number, mirror) in &accounts {
        server.book.put(number, &account(*mirror));
    }
    axum::http::StatusCode::NO_CONTENT
}

/// How many calls wait for the system's answer.
pub(super) async fn calls(Held(server): Held<Server>) -> axum::Json<usize> {
    axum::Json(server.state.all::<Call>(CALLS).map_or(usize::MAX, |c| c.len()))
}

/// What people do at the bank's counters: a loss holds at once.
pub(super) async fn acts(
    Held(server): Held<Server>,
    axum::Json(acts): axum::Json<Vec<Act>>,
) -> axum::http::StatusCode {
    let mut changes: Vec<Change> = Vec::new();
    let mut touched: HashMap<String, Account> = HashMap::new();
    {
        let Ok(mut next) = server.book.calls.lock() else {
            return axum::http::StatusCode::SERVICE_UNAVAILABLE;
        };
        for act in acts {
            *next += 1;
            let id = format!("{:020}", *next);
            let own = match act.act.as_str() {
                "lose" => Some(1),
                "lose_formally" => Some(2),
                _ => None,
            };
            if own.is_some() {
                let found = server.state.get::<Account>(ACCOUNTS, &act.bank_card_no).ok().flatten();
                if let Some(account) = touched.get(&act.bank_card_no).cloned().or(found) {
                    touched.insert(act.bank_card_no.clone(), Account { own_loss: own, ..account });
                }
            }
            let key = format!("{}-{id}", server.state.meta("born").unwrap_or_default());
            changes.push((CALLS, id, Some(json(&Call { act, key }))));
        }
    }
    changes.extend(touched.iter().map(|(number, a)| (ACCOUNTS, number.clone(), Some(json(a)))));
    if server.state.commit(&changes).is_err() {
        return axum::http::StatusCode::SERVICE_UNAVAILABLE;
    }
    for (number, account) in &touched {
        server.book.put(number, account);
    }
    server.bell.notify_one();
    axum::http::StatusCode::NO_CONTENT
}

/// The bank card number that this bank gives a card: 62, its code, eleven digits that follow from the card number, and
/// the check digit.
pub fn bank_card_of(bank: &str, card_no: &str) -> String {
    let own = card_no.chars().take(8).fold(0u64, |n, c| match c.to_digit(36) {
        Some(d) if d > 9 => n * 100 + u64::from(d),
        d => n * 10 + u64::from(d.unwrap_or(0)),
    });
    let number = kaguan_domain::ids::BankCardNumber::with_check(&format!("62{bank}{own:011}"));
    number.map(|n| n.as_str().to_owned()).unwrap_or_default()
}

/// The bank's own work, for ever: opening accounts, and reporting what its counters did.
pub(super) async fn work(code: &str, server: &Server, client: &Client) -> anyhow::Result<()> {
    if server.state.meta("born").is_none() {
        // Keys of one state are never those of another.
        server.state.put_meta("born", &now_ms().to_string())?;
    }
    let mut second = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            _ = second.tick() => {}
            () = server.bell.notified() => {}
        }
        if server.dice.trouble().outage {
            continue;
        }
        if server.book.key.get().is_none() {
            let path = "/api/bank/v1/reconciliation/key";
            let reply = client.call("GET", path, None, Vec::new(), now_ms()).await;
            let shared = reply.ok().filter(|r| r.status == 200);
            let shared = shared.and_then(|r| serde_json::from_slice::<SharedKey>(&r.body).ok());
            let mut key = [0; 32];
            match shared {
                Some(shared) if hex::decode_to_slice(&shared.key, &mut key).is_ok() => {
                    server.book.fill(key, &server.state)?;
                }
                _ => continue,
            }
        }
        open_accounts(code, server, client).await?;
        allocate(code, server, client).await?;
        report(server, client).await?;
    }
}

async fn get<T: serde::de::DeserializeOwned>(client: &Client, path: &str) -> Option<T> {
    let reply = client.call("GET", path, None, Vec::new(), now_ms()).await.ok()?;
    (reply.status == 200).then(|| serde_json::from_slice(&reply.body).ok()).flatten()
}

/// 提取预开户数据, 预开户回盘. Whatever is lost on the way is done again: the same row opens the same account.
async fn open_accounts(code: &str, server: &Server, client: &Client) -> anyhow::Result<()> {
    let Some(list) = get::<wire::Batches>(client, "/api/bank/v1/batches").await else { return Ok(()) };
    for batch in list.batches {
        let base = format!("/api/bank/v1/batches/{}", batch.batch);
        let reply = client.call("POST", &format!("{base}/opening-data"), None, Vec::new(), now_ms()).await;
        let Some(reply) = reply.ok().filter(|r| r.status == 200) else { continue };
        let rows = reply.body.split(|b| *b == b'\n').filter(|l| !l.is_empty());
        let rows: Vec<wire::OpeningData> = rows.filter_map(|l| serde_json::from_slice(l).ok()).collect();
        let (mut body, mut changes, mut opened) = (Vec::new(), Vec::<Change>::new(), Vec::new());
        for data in rows {
            let row = data.row;
            let mut echo = row.clone();
            if server.dice.strikes(|t| t.changed_field) {
                echo.name.push('哥');
            }
            let bank_card_no = bank_card_of(code, &row.card_no);
            let result = if server.dice.strikes(|t| t.refuse) {
                wire::OpeningResult::Failed {
                    code: "KYC01".into(),
                    reason: "客户职业信息缺失，不符合开户要求".into(),
                }
            } else {
                if server.state.get::<Account>(ACCOUNTS, &bank_card_no)?.is_none() {
                    changes.push((ACCOUNTS, bank_card_no.clone(), Some(json(&Account::default()))));
                    opened.push(bank_card_no.clone());
                }
                wire::OpeningResult::Opened { account_no: format!("{code}{}", row.card_no), bank_card_no }
            };
            body.extend(json(&wire::OpeningReturn { echo, details: Some(data.details), result }));
            body.push(b'\n');
        }
        server.state.commit(&changes)?;
        for number in &opened {
            server.book.put(number, &Account::default());
        }
        if !body.is_empty() {
            let key = format!("opening-{}-{}", batch.batch, now_ms());
            let path = format!("{base}/opening-returns");
            if client.call("POST", &path, Some(&key), body, now_ms()).await.is_err() {
                continue;
            }
        }
        // Refused while rows are outstanding; the next round answers those.
        let _ = client.call("POST", &format!("{base}/close"), None, Vec::new(), now_ms()).await;
    }
    Ok(())
}

/// 预制卡开户: allocates accounts to the cards of each order. Whatever is lost on the way is done again.
async fn allocate(code: &str, server: &Server, client: &Client) -> anyhow::Result<()> {
    let Some(list) = get::<blank::BlankOrders>(client, "/api/bank/v1/blank-orders").await else {
        return Ok(());
    };
    for order in list.orders {
        let base = format!("/api/bank/v1/blank-orders/{}", order.order);
        let path = format!("{base}/allocation-data");
        let reply = client.call("POST", &path, None, Vec::new(), now_ms()).await;
        let Some(reply) = reply.ok().filter(|r| r.status == 200) else { continue };
        let rows = reply.body.split(|b| *b == b'\n').filter(|l| !l.is_empty());
        let rows: Vec<blank::BlankRow> = rows.filter_map(|l| serde_json::from_slice(l).ok()).collect();
        let (mut body, mut changes, mut opened) = (Vec::new(), Vec::<Change>::new(), Vec::new());
        for row in rows {
            let bank_card_no = bank_card_of(code, &row.card_no);
            let result = if server.dice.strikes(|t| t.refuse) {
                blank::AllocationResult::Failed {
                    code: "ACC01".into(),
                    reason: "本行预制卡号段已用尽".into(),
                }
            } else {
                if server.state.get::<Account>(ACCOUNTS, &bank_card_no)?.is_none() {
                    changes.push((ACCOUNTS, bank_card_no.clone(), Some(json(&Account::default()))));
                    opened.push(bank_card_no.clone());
                }
                blank::AllocationResult::Allocated {
                    account_no: format!("{code}{}", row.card_no),
                    personal_account: format!("9{}", row.card_no),
                    bank_card_no,
                }
            };
            let mut echo = row;
            if server.dice.strikes(|t| t.changed_field) {
                echo.card_no = "A00000000".into();
            }
            body.extend(json(&blank::AllocationReturn { echo, result }));
            body.push(b'\n');
        }
        server.state.commit(&changes)?;
        for number in &opened {
            server.book.put(number, &Account::default());
        }
        if !body.is_empty() {
            let key = format!("allocation-{}-{}", order.order, now_ms());
            let path = format!("{base}/allocation-returns");
            if client.call("POST", &path, Some(&key), body, now_ms()).await.is_err() {
                continue;
            }
        }
        // Refused while rows are outstanding; the next round answers those.
        let _ = client.call("POST", &format!("{base}/close"), None, Vec::new(), now_ms()).await;
    }
    Ok(())
}

/// Reports what the counters did: each card's acts in their order, cards side by side, until the system has answered.
async fn report(server: &Server, client: &Client) -> anyhow::Result<()> {
    let mut cards: BTreeMap<String, Vec<(String, Call)>> = BTreeMap::new();
    for (id, call) in server.state.all::<Call>(CALLS)? {
        cards.entry(call.act.bank_card_no.clone()).or_default().push((id, call));
    }
    let mut cards: Vec<_> = cards.into_values().collect();
    if server.dice.strikes(|t| t.reorder) {
        server.dice.shuffle(&mut cards);
    }
    let mut waiting = cards.into_iter();
    let mut under_way: FuturesUnordered<_> =
        waiting.by_ref().take(16).map(|calls| in_order(server, client, calls)).collect();
    while let Some(done) = under_way.next().await {
        done?;
        if let Some(calls) = waiting.next() {
            under_way.push(in_order(server, client, calls));
        }
    }
    Ok(())
}

async fn in_order(server: &Server, client: &Client, calls: Vec<(String, Call)>) -> anyhow::Result<()> {
    for (id, call) in calls {
        let act = &call.act;
        let number = act.bank_card_no.clone();
        let one = || json(&wire::OneCard { bank_card_no: number.clone() });
        let (path, body) = match act.act.as_str() {
            "lose" | "lose_formally" => {
                let formal = act.act == "lose_formally";
                ("losses", json(&wire::Loss { bank_card_no: number.clone(), formal }))
            }
            "release" => ("releases", one()),
            "close" => ("account-closures", one()),
            _ => {
                let manner = wire::Manner::FaceToFace;
                ("activations", json(&wire::Activate { bank_card_no: number.clone(), manner }))
            }
        };
        let path = format!("/api/bank/v1/cards/{path}");
        // Lost on its way out.
        if server.dice.strikes(|t| t.drop) {
            return Ok(());
        }
        let twice = server.dice.strikes(|t| t.duplicate);
        let mut reply = client.call("POST", &path, Some(&call.key), body.clone(), now_ms()).await;
        if twice {
            reply = client.call("POST", &path, Some(&call.key), body, now_ms()).await;
        }
        // Lost on its way back: the same call goes out again.
        if server.dice.strikes(|t| t.lose_reply) {
            return Ok(());
        }
        let Ok(reply) = reply else { return Ok(()) };
        let done: Option<wire::Done> = match reply.status {
            200 => Some(serde_json::from_slice(&reply.body)?),
            401 | 500.. => return Ok(()),
            _ => None,
        };
        let refused = serde_json::from_slice::<Problem>(&reply.body).ok().map(|p| p.code);
        let Some(mut account) = server.state.get::<Account>(ACCOUNTS, &act.bank_card_no)? else {
            server.state.commit(&[(CALLS, id, None)])?;
            continue;
        };
        let seq = done.as_ref().and_then(|d| d.seq).unwrap_or(0);
        match act.act.as_str() {
            "lose" | "lose_formally" => {
                account.own_loss = None;
                let kind = if act.act == "lose" { "lose_temporarily" } else { "lose_formally" };
                if done.is_some() {
                    account.apply(kind, seq);
                }
            }
            "release" if done.is_some() => {
                account.apply("release_loss", seq);
            }
            "activate" if done.is_some() || refused.as_deref() == Some("already_active") => {
                account.account = account.account.max(1);
            }
            "close" if done.is_some() => account.account = 2,
            _ => {}
        }
        let changes: [Change; 2] = [(ACCOUNTS, number.clone(), Some(json(&account))), (CALLS, id, None)];
        server.state.commit(&changes)?;
        server.book.put(&number, &account);
    }
    Ok(())
}
