//! A service bank as a process: opens accounts, mirrors what it is asked to, and does business at its own counters.
//!
//! What a card's account is follows from two things: the highest sequence number seen about each matter (loss, lock,
//! restriction, closing), and what the bank's own counter has done and the system has not yet answered. A loss at the
//! counter holds at once; a release waits for the system's word.

use super::account::Account;
use super::line::{SystemLine, code_of, settled};
use super::server::{Answer, Server, ok, problem};
use super::state::{ACCOUNTS, CALLS, Change, LATER, SEEN, State, json};
use super::{now_ms, struck};
use axum::extract::State as Held;
use axum::http::StatusCode;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use kaguan_api::bank as wire;
use kaguan_api::blank;
use kaguan_api::message::{Body, LinkAnswer, Outgoing, Taken};
use kaguan_api::reconcile::{AskRows, AskSums, Range, RowsOf, SharedKey, Sums, SumsOf, slot_of};
use kaguan_domain::facts::intent::IntentKind;
use kaguan_domain::facts::letter::LetterKind;
use kaguan_domain::facts::mirror::{Facet, Loss, Mirror};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// What is done at the bank's own counter.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Act {
    /// 银行卡号; empty for `reserve`.
    #[serde(default)]
    pub bank_card_no: String,
    /// `lose`, `lose_formally`, `release`, `enable`, `activate`, `close`, `reserve`, `approve`, `decline`.
    pub act: String,
    /// 社会保障号码; for `reserve`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// 姓名; for `reserve`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Why not; for `decline`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl std::fmt::Debug for Act {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Act({})", self.act)
    }
}

impl Act {
    /// The call that tells the system: path and body. `None` for what no counter does, or not without saying more.
    fn call(&self) -> Option<(&'static str, Vec<u8>)> {
        let bank_card_no = self.bank_card_no.clone();
        if bank_card_no.is_empty() != (self.act == "reserve") {
            return None;
        }
        Some(match self.act.as_str() {
            "lose" => ("cards/losses", json(&wire::Loss { bank_card_no, formal: false })),
            "lose_formally" => ("cards/losses", json(&wire::Loss { bank_card_no, formal: true })),
            "release" => ("cards/releases", json(&wire::OneCard { bank_card_no })),
            "enable" => ("cards/enablings", json(&wire::Enable { bank_card_no, verified: true })),
            "activate" => {
                let manner = wire::Manner::FaceToFace;
                ("cards/activations", json(&wire::Activate { bank_card_no, manner }))
            }
            "close" => ("cards/account-closures", json(&wire::OneCard { bank_card_no })),
            "reserve" => {
                let (number, name) = (self.number.clone()?, self.name.clone()?);
                ("bank-changes", json(&wire::Reserve { number, name, card_tail: None }))
            }
            "approve" => ("bank-changes/approvals", json(&wire::Approve { bank_card_no, refused: None })),
            "decline" => {
                let refused = self.reason.clone().or_else(|| Some("原账户有未结清的业务".into()));
                ("bank-changes/approvals", json(&wire::Approve { bank_card_no, refused }))
            }
            _ => return None,
        })
    }

    /// Whom it is about: what is about one goes out in its order.
    fn about(&self) -> String {
        self.number.clone().filter(|_| self.act == "reserve").unwrap_or_else(|| self.bank_card_no.clone())
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Call {
    act: Act,
    key: String,
}

/// The cards by slot, for reconciliation; rebuilt from the accounts.
#[derive(Default)]
pub(super) struct Book {
    key: OnceLock<[u8; 32]>,
    slots: Mutex<BTreeMap<i64, i64>>,
    calls: Mutex<u64>,
    /// Whoever reads an account to write it holds this from before the reading to after the writing.
    accounts: Mutex<()>,
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

    fn accounts(&self) -> MutexGuard<'_, ()> {
        // It guards the stored accounts, which are written all or nothing.
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fill(&self, key: [u8; 32], state: &State) -> anyhow::Result<()> {
        // Set once; the system never changes it.
        let _ = self.key.set(key);
        let _guard = self.accounts();
        for (number, account) in state.all::<Account>(ACCOUNTS)? {
            self.put(&number, &account);
        }
        Ok(())
    }

    fn forget(&self, bank_card_no: &str) {
        if let (Some(key), Ok(mut slots)) = (self.key.get(), self.slots.lock()) {
            slots.remove(&slot_of(key, bank_card_no));
        }
    }

    fn put(&self, bank_card_no: &str, account: &Account) {
        if let (Some(key), Ok(mut slots)) = (self.key.get(), self.slots.lock()) {
            slots.insert(slot_of(key, bank_card_no), account.mirror().bits());
        }
    }

    fn sums(&self, range: Range) -> [Sums; 16] {
        let mut parts = [Sums::default(); 16];
        if let Ok(slots) = self.slots.lock() {
            for (slot, mirror) in slots.range(range.from..range.from.saturating_add(range.size)) {
                let part = usize::try_from((slot - range.from) / (range.size / 16)).unwrap_or(usize::MAX);
                if let Some(p) = parts.get_mut(part) {
                    p.add(*slot, *mirror);
                }
            }
        }
        parts
    }
}

/// Takes a message; the same identity gets the same answer, and does nothing again.
pub(super) fn message(server: &Server, body: &[u8]) -> Answer {
    let Ok(message) = serde_json::from_slice::<Outgoing>(body) else { return problem("bad_request") };
    let link = match message.read() {
        Ok(Body::Link(link)) => link,
        Ok(Body::AccountUnused(unused)) => return close_unused(server, &unused.bank_card_no),
        Err(_) if LetterKind::parse(&message.kind) == Some(LetterKind::Link) => return problem("bad_row"),
        // A reservation is for its clerks to decide, by an act; what is unknown is taken.
        Err(_)
        | Ok(
            Body::ChangeReserved(_)
            | Body::ChangeDecided(_)
            | Body::ECardIssue(_)
            | Body::ECardState(_)
            | Body::FeeOrder(_)
            | Body::Notice(_),
        ) => return ok(&Taken::default()),
    };
    let Some(kind) = IntentKind::parse(&link.kind) else { return problem("bad_row") };
    let id = format!("{:020}", message.id);
    let _guard = server.book.accounts();
    let known = match server.state.get::<Taken>(SEEN, &id) {
        Ok(Some(known)) => return ok(&known),
        Ok(None) => server.state.get::<Account>(ACCOUNTS, &link.bank_card_no),
        Err(_) => return problem("unavailable"),
    };
    let Ok(known) = known else { return problem("unavailable") };
    let Some(mut account) = known else { return problem("bad_row") };
    let answer = if server.dice.strikes(|t| t.refuse) {
        LinkAnswer::Refused { reason: "账户有未结清的业务".into() }
    } else if kind == IntentKind::OpenPreMade {
        let Some(owner) = link.owner else { return problem("bad_row") };
        // Whoever has it keeps it.
        if account.owner.get_or_insert(owner.number.clone()) == &owner.number {
            LinkAnswer::Done
        } else {
            LinkAnswer::Refused { reason: "该预制卡账户已有户主".into() }
        }
    } else {
        account.apply(kind, link.seq);
        LinkAnswer::Done
    };
    let later = server.dice.strikes(|t| t.answer_later);
    let taken = Taken { answer: (!later).then(|| answer.clone()), ..Taken::default() };
    let mut changes: Vec<Change> = vec![
        (ACCOUNTS, link.bank_card_no.clone(), Some(json(&account))),
        (SEEN, id.clone(), Some(json(&taken))),
    ];
    if later {
        let answer = wire::Answer { bank_card_no: link.bank_card_no.clone(), seq: link.seq, answer };
        changes.push((LATER, id, Some(json(&answer))));
    }
    if server.state.commit(&changes).is_err() {
        return problem("unavailable");
    }
    server.book.put(&link.bank_card_no, &account);
    if later {
        server.bell.notify_one();
    }
    ok(&taken)
}

/// Closes an account that has no card: it is in no sum any more. One that is not there is as good as closed.
fn close_unused(server: &Server, bank_card_no: &str) -> Answer {
    let _guard = server.book.accounts();
    if server.state.commit(&[(ACCOUNTS, bank_card_no.to_owned(), None)]).is_err() {
        return problem("unavailable");
    }
    server.book.forget(bank_card_no);
    ok(&Taken::default())
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
    let Ok(slots) = server.book.slots.lock() else { return problem("unavailable") };
    let of = |r: &Range| {
        let range = r.from..r.from.saturating_add(r.size);
        slots.range(range).map(|(p, m)| (*p, *m)).collect::<Vec<_>>()
    };
    ok(&RowsOf { rows: ask.ranges.iter().flat_map(of).collect() })
}

/// Every account: bank card number and state, as bits, for whoever tests.
pub(super) async fn cards(Held(server): Held<Server>) -> axum::Json<Vec<(String, Mirror)>> {
    let all = server.state.all::<Account>(ACCOUNTS).unwrap_or_default();
    axum::Json(all.into_iter().map(|(number, a)| (number, a.mirror())).collect())
}

/// Whose the accounts of pre-made cards are: bank card number and 社会保障号码, for whoever tests.
pub(super) async fn owners(Held(server): Held<Server>) -> axum::Json<Vec<(String, String)>> {
    let all = server.state.all::<Account>(ACCOUNTS).unwrap_or_default();
    axum::Json(all.into_iter().filter_map(|(number, a)| Some((number, a.owner?))).collect())
}

/// Accounts that the bank had before: bank card number and state, as bits.
pub(super) async fn seed(
    Held(server): Held<Server>,
    axum::Json(accounts): axum::Json<Vec<(String, Mirror)>>,
) -> StatusCode {
    let _guard = server.book.accounts();
    let changes: Vec<Change> =
        accounts.iter().map(|(n, m)| (ACCOUNTS, n.clone(), Some(json(&Account::in_state(*m))))).collect();
    if server.state.commit(&changes).is_err() {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    for (number, state) in &accounts {
        server.book.put(number, &Account::in_state(*state));
    }
    StatusCode::NO_CONTENT
}

/// How many calls wait for the system's answer.
pub(super) async fn calls(Held(server): Held<Server>) -> axum::Json<usize> {
    axum::Json(server.state.all::<Call>(CALLS).map_or(usize::MAX, |c| c.len()))
}

/// How many answers the bank has still to give, for whoever tests.
pub(super) async fn later(Held(server): Held<Server>) -> axum::Json<usize> {
    axum::Json(server.state.all::<wire::Answer>(LATER).map_or(usize::MAX, |c| c.len()))
}

/// What people do at the bank's counters: a loss holds at once. What no counter does is refused, and all with it.
pub(super) async fn acts(Held(server): Held<Server>, axum::Json(acts): axum::Json<Vec<Act>>) -> StatusCode {
    if acts.iter().any(|act| act.call().is_none()) {
        return StatusCode::UNPROCESSABLE_ENTITY;
    }
    let _guard = server.book.accounts();
    let mut changes: Vec<Change> = Vec::new();
    let mut touched: HashMap<String, Account> = HashMap::new();
    {
        let Ok(mut next) = server.book.calls.lock() else {
            return StatusCode::SERVICE_UNAVAILABLE;
        };
        for act in acts {
            *next += 1;
            let id = format!("{:020}", *next);
            let own = match act.act.as_str() {
                "lose" => Some(Loss::Temporary),
                "lose_formally" => Some(Loss::Formal),
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
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    for (number, account) in &touched {
        server.book.put(number, account);
    }
    server.bell.notify_one();
    StatusCode::NO_CONTENT
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
pub(super) async fn work(code: &str, server: &Server, line: &SystemLine) -> anyhow::Result<()> {
    if server.state.meta("born").is_none() {
        // Keys of one state are never those of another.
        server.state.put_meta("born", &now_ms().to_string())?;
    }
    loop {
        if !server.dice.trouble().outage {
            round(code, server, line).await?;
        }
        line.rest(&server.bell).await;
    }
}

async fn round(code: &str, server: &Server, line: &SystemLine) -> anyhow::Result<()> {
    if server.book.key.get().is_none() {
        let shared = line.get::<SharedKey>("/api/bank/v1/reconciliation/key").await;
        let mut key = [0; 32];
        match shared {
            Some(shared) if hex::decode_to_slice(&shared.key, &mut key).is_ok() => {
                server.book.fill(key, &server.state)?;
            }
            _ => return Ok(()),
        }
    }
    open_accounts(code, server, line).await?;
    allocate(code, server, line).await?;
    report(server, line).await?;
    answer(server, line).await
}

/// Opens the accounts that are not open yet.
fn open(server: &Server, numbers: &[String]) -> anyhow::Result<()> {
    let _guard = server.book.accounts();
    let (mut changes, mut opened) = (Vec::<Change>::new(), Vec::new());
    for number in numbers {
        if server.state.get::<Account>(ACCOUNTS, number)?.is_none() {
            changes.push((ACCOUNTS, number.clone(), Some(json(&Account::in_state(Mirror::NEW)))));
            opened.push(number);
        }
    }
    server.state.commit(&changes)?;
    for number in opened {
        server.book.put(number, &Account::in_state(Mirror::NEW));
    }
    Ok(())
}

/// Sends the rows of a return, if any, and says that all are answered: refused while rows are outstanding, which the
/// next round answers.
async fn send_back(line: &SystemLine, base: &str, path: &str, key: &str, rows: Vec<Vec<u8>>) {
    if !rows.is_empty()
        && line.call("POST", &format!("{base}/{path}"), Some(key), line.body(rows)).await.is_none()
    {
        return;
    }
    // Lost or refused: the batch or order is still on the list in the next round.
    let _ = line.call("POST", &format!("{base}/close"), None, Vec::new()).await;
}

/// 提取预开户数据, 预开户回盘. Whatever is lost on the way is done again: the same row opens the same account.
async fn open_accounts(code: &str, server: &Server, line: &SystemLine) -> anyhow::Result<()> {
    let list = line.get::<wire::Batches>("/api/bank/v1/batches").await;
    let mut batches = list.map(|l| l.batches).unwrap_or_default();
    line.mix(&mut batches);
    for batch in batches {
        let base = format!("/api/bank/v1/batches/{}", batch.batch);
        let data = line.rows::<wire::OpeningData>(&format!("{base}/opening-data")).await;
        let Some(data) = data else { continue };
        let trouble = server.dice.trouble();
        let (mut rows, mut numbers) = (Vec::new(), Vec::new());
        for data in data {
            let row = data.row;
            let result = if struck(&row.row, 0.0, trouble.refuse) {
                wire::OpeningResult::Failed {
                    code: "KYC01".into(),
                    reason: "客户职业信息缺失，不符合开户要求".into(),
                }
            } else {
                let bank_card_no = bank_card_of(code, &row.card_no);
                numbers.push(bank_card_no.clone());
                wire::OpeningResult::Opened { account_no: format!("{code}{}", row.card_no), bank_card_no }
            };
            let mut echo = row;
            if struck(&echo.row, trouble.refuse, trouble.changed_field) {
                echo.name.push('哥');
            }
            rows.push(json(&wire::OpeningReturn { echo, details: Some(data.details), result }));
        }
        open(server, &numbers)?;
        let key = format!("opening-{}-{}", batch.batch, now_ms());
        send_back(line, &base, "opening-returns", &key, rows).await;
    }
    Ok(())
}

/// 预制卡开户: allocates accounts to the cards of each order. Whatever is lost on the way is done again.
async fn allocate(code: &str, server: &Server, line: &SystemLine) -> anyhow::Result<()> {
    let list = line.get::<blank::BlankOrders>("/api/bank/v1/blank-orders").await;
    let mut orders = list.map(|l| l.orders).unwrap_or_default();
    line.mix(&mut orders);
    for order in orders {
        let base = format!("/api/bank/v1/blank-orders/{}", order.order);
        if order.ended.is_some() {
            // It says that it knows; until it is heard the order stays on its list.
            let _ = line.call("POST", &format!("{base}/close"), None, Vec::new()).await;
            continue;
        }
        let data = line.rows::<blank::BlankRow>(&format!("{base}/allocation-data")).await;
        let Some(data) = data else { continue };
        let trouble = server.dice.trouble();
        let (mut rows, mut numbers) = (Vec::new(), Vec::new());
        for row in data {
            let result = if struck(&row.row, 0.0, trouble.refuse) {
                blank::AllocationResult::Failed {
                    code: "ACC01".into(),
                    reason: "本行预制卡号段已用尽".into(),
                }
            } else {
                let bank_card_no = bank_card_of(code, &row.card_no);
                numbers.push(bank_card_no.clone());
                blank::AllocationResult::Allocated {
                    account_no: format!("{code}{}", row.card_no),
                    personal_account: format!("9{}", row.card_no),
                    bank_card_no,
                }
            };
            let mut echo = row;
            if struck(&echo.row, trouble.refuse, trouble.changed_field) {
                echo.card_no = "A00000000".into();
            }
            rows.push(json(&blank::AllocationReturn { echo, result }));
        }
        open(server, &numbers)?;
        let key = format!("allocation-{}-{}", order.order, now_ms());
        send_back(line, &base, "allocation-returns", &key, rows).await;
    }
    Ok(())
}

/// Gives the answers that were not given at once, until the system has taken each.
async fn answer(server: &Server, line: &SystemLine) -> anyhow::Result<()> {
    let mut answers = server.state.all::<wire::Answer>(LATER)?;
    line.mix(&mut answers);
    for (id, answer) in answers {
        let key = format!("answer-{id}");
        let reply = line.call("POST", "/api/bank/v1/intents/answers", Some(&key), json(&answer)).await;
        // An intent that is over needs no answer any more.
        if reply.is_some_and(|r| settled(&r)) {
            server.state.commit(&[(LATER, id, None)])?;
        }
    }
    Ok(())
}

/// Reports what the counters did: each card's acts in their order, cards side by side, until the system has answered.
async fn report(server: &Server, line: &SystemLine) -> anyhow::Result<()> {
    let mut cards: BTreeMap<String, Vec<(String, Call)>> = BTreeMap::new();
    for (id, call) in server.state.all::<Call>(CALLS)? {
        cards.entry(call.act.about()).or_default().push((id, call));
    }
    let mut cards: Vec<_> = cards.into_values().collect();
    line.mix(&mut cards);
    let mut waiting = cards.into_iter();
    let mut under_way: FuturesUnordered<_> =
        waiting.by_ref().take(16).map(|calls| in_order(server, line, calls)).collect();
    while let Some(done) = under_way.next().await {
        done?;
        if let Some(calls) = waiting.next() {
            under_way.push(in_order(server, line, calls));
        }
    }
    Ok(())
}

async fn in_order(server: &Server, line: &SystemLine, calls: Vec<(String, Call)>) -> anyhow::Result<()> {
    for (id, call) in calls {
        if let Some((path, body)) = call.act.call() {
            let path = format!("/api/bank/v1/{path}");
            let Some(reply) = line.call("POST", &path, Some(&call.key), body).await else { return Ok(()) };
            if !settled(&reply) {
                return Ok(());
            }
            let done: Option<wire::Done> =
                (reply.status == 200).then(|| serde_json::from_slice(&reply.body)).transpose()?;
            told(server, id, &call.act, done.as_ref(), code_of(&reply).as_deref())?;
        } else {
            // A call of an older state that no counter makes.
            server.state.commit(&[(CALLS, id, None)])?;
        }
    }
    Ok(())
}

/// What an act comes to once the system has answered it.
fn told(
    server: &Server,
    id: String,
    act: &Act,
    done: Option<&wire::Done>,
    refused: Option<&str>,
) -> anyhow::Result<()> {
    let _guard = server.book.accounts();
    let Some(mut account) = server.state.get::<Account>(ACCOUNTS, &act.bank_card_no)? else {
        return server.state.commit(&[(CALLS, id, None)]);
    };
    let seq = done.and_then(|d| d.seq).unwrap_or(0);
    match act.act.as_str() {
        "lose" | "lose_formally" => {
            account.own_loss = None;
            let lose = act.act == "lose";
            let kind = if lose { IntentKind::LoseTemporarily } else { IntentKind::LoseFormally };
            if done.is_some() {
                account.apply(kind, seq);
            }
        }
        "release" if done.is_some() => {
            account.apply(IntentKind::ReleaseLoss, seq);
        }
        "activate" if done.is_some() || refused == Some("already_active") => {
            account.state.account = account.state.account.max(Facet::Active);
        }
        "close" if done.is_some() => account.state.account = Facet::Closed,
        _ => {}
    }
    let changes: [Change; 2] =
        [(ACCOUNTS, act.bank_card_no.clone(), Some(json(&account))), (CALLS, id, None)];
    server.state.commit(&changes)?;
    server.book.put(&act.bank_card_no, &account);
    Ok(())
}
