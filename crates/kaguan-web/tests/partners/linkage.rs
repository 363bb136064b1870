//! The linkage between bank and system, in both directions, and what a holder does online about it: over HTTP.

use crate::caller::{Caller, caller, json, served};
use kaguan_api::bank::{Activate, Answer, Approve, Done, Enable, Loss, Manner, OneCard, Reserve};
use kaguan_api::message::{ChangeDecided, ChangeReserved, Fetched, Link, LinkAnswer, Waiting};
use kaguan_api::online;
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::card::{Account, Hold};
use kaguan_domain::facts::intent::IntentState;
use kaguan_domain::facts::message::MessageEvent;
use kaguan_domain::ids::{CardId, HolderId};
use kaguan_testkit::{On, World, stated};

struct Scene {
    w: World,
    old: Caller,
    new: Caller,
    app: Caller,
    holder: HolderId,
    card: CardId,
    number: String,
    bank_card_no: String,
    who: online::Holder,
}

/// Somebody with a card of 95588 in hand and enabled; its account is active when `active`.
async fn scene(active: bool) -> Scene {
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    let (holder, card) = if active {
        w.with_card(1).await
    } else {
        let id = w.applicant(1, w.outlet()).await;
        let batch = w.cards_made().await;
        w.at_outlet(batch, w.outlet()).await;
        let (card, outlet) = (w.card_of(id).await, w.outlet());
        let clerk = w.officer(outlet).await;
        let hand_over = stated::handed_to_holder(card, outlet, w.shown(id).await);
        w.about(&clerk, id, C::HandOver(hand_over)).await.unwrap();
        (id, card)
    };
    let old = caller(&w, &system, "bank:95588").await;
    let new = caller(&w, &system, "bank:95533").await;
    let app = caller(&w, &system, "online:gdrs").await;
    let file = w.file(holder).await.0;
    let details = file.person.as_ref().unwrap().details.clone();
    let number = details.ssn.as_str().to_owned();
    let who = online::Holder { number: number.clone(), name: details.name.display().to_owned() };
    let bank_card_no = file.cards[0].bank_account.bank_card_no.as_str().to_owned();
    Scene { w, old, new, app, holder, card, number, bank_card_no, who }
}

impl Scene {
    async fn holds(&self) -> Vec<Hold> {
        self.w.file(self.holder).await.0.card(self.card).unwrap().holds.iter().copied().collect()
    }

    fn one(&self) -> Vec<u8> {
        json(&OneCard { bank_card_no: self.bank_card_no.clone() })
    }

    /// What waits for a bank that fetches its messages, and it is fetched.
    async fn fetch(&self, bank: &Caller, key: &str) -> Waiting {
        let waiting: Waiting = bank.ok("GET", "/api/messages/v1", None, Vec::new()).await;
        let fetched = Fetched { ids: waiting.messages.iter().map(|m| m.id).collect() };
        let _: Waiting = bank.ok("POST", "/api/messages/v1/fetched", Some(key), json(&fetched)).await;
        waiting
    }
}

#[tokio::test]
async fn art_16_a_bank_activates_at_the_counter_and_at_home_with_two_clerks() {
    clause!(R16.2);
    let s = scene(false).await;
    let path = "/api/bank/v1/cards/activations";
    let manner = |clerks: [&str; 2]| {
        let clerks = clerks.map(str::to_owned);
        let manner = Manner::HomeVisit { clerks, alive: true, identity: true, will: true, deputy: None };
        json(&Activate { bank_card_no: s.bank_card_no.clone(), manner })
    };
    assert_eq!(s.old.refused(path, Some("v1"), manner(["0001", "0001"])).await.code, "two_clerks_needed");
    assert_eq!(s.old.refused(path, Some("v2"), manner(["0001", " "])).await.code, "two_clerks_needed");
    assert_eq!(s.new.refused(path, Some("v3"), manner(["0001", "0002"])).await.code, "not_found");
    let done: Done = s.old.ok("POST", path, Some("v4"), manner(["0001", "0002"])).await;
    assert!(!done.repeated);
    let again: Done = s.old.ok("POST", path, Some("v4"), manner(["0001", "0002"])).await;
    assert!(again.repeated && again.entry == done.entry);
    let account = s.w.file(s.holder).await.0.cards[0].account.clone();
    assert!(matches!(account, Account::Active { .. }));
    let enable = json(&Enable { bank_card_no: s.bank_card_no.clone(), verified: true });
    let said = s.old.refused("/api/bank/v1/cards/enablings", Some("e"), enable).await;
    assert_eq!(said.code, "already_enabled");
    s.w.verified().await;
}

#[tokio::test]
async fn art_31_a_change_of_the_bank_goes_through_three_partners_and_each_is_told() {
    clause!(R31.1);
    let s = scene(true).await;
    let reserve =
        |number: &str| json(&Reserve { number: number.into(), name: s.who.name.clone(), card_tail: None });
    let (reservations, approvals) = ("/api/bank/v1/bank-changes", "/api/bank/v1/bank-changes/approvals");
    let approve = |refused: Option<&str>| {
        json(&Approve { bank_card_no: s.bank_card_no.clone(), refused: refused.map(str::to_owned) })
    };
    assert_eq!(
        s.old.refused(approvals, Some("a0"), approve(None)).await.code,
        "not_your_data",
        "nothing is reserved"
    );
    assert_eq!(s.old.refused(reservations, Some("r0"), reserve(&s.number)).await.code, "same_bank");
    let _: Done = s.new.ok("POST", reservations, Some("r1"), reserve(&s.number)).await;
    // The old bank learns of it, decides, and the new one learns how.
    let waiting = s.fetch(&s.old, "f1").await;
    let reserved: ChangeReserved = serde_json::from_value(waiting.messages[0].body.clone()).unwrap();
    assert_eq!(waiting.messages[0].kind, "bank.change_reserved");
    assert_eq!((reserved.bank_card_no, reserved.to.as_str()), (s.bank_card_no.clone(), "95533"));
    assert!(s.fetch(&s.old, "f2").await.messages.is_empty(), "fetched once");
    assert_eq!(s.new.refused(approvals, Some("a1"), approve(None)).await.code, "not_found");
    let _: Done = s.old.ok("POST", approvals, Some("a2"), approve(Some("账户有未结清的业务"))).await;
    let waiting = s.fetch(&s.new, "f3").await;
    let decided: ChangeDecided = serde_json::from_value(waiting.messages[0].body.clone()).unwrap();
    assert_eq!((decided.number, decided.outcome.as_str()), (s.number.clone(), "refused"));
    assert_eq!(decided.reason.as_deref(), Some("账户有未结清的业务"));
    // Online, and called off.
    let online = json(&online::BankChange { holder: s.who.clone(), to: "95533".into(), card_tail: None });
    let _: Done = s.app.ok("POST", "/api/online/v1/bank-changes", Some("o1"), online.clone()).await;
    let mine = json(&online::Mine { holder: s.who.clone() });
    let off = "/api/online/v1/bank-changes/call-offs";
    let _: Done = s.app.ok("POST", off, Some("o2"), mine.clone()).await;
    assert_eq!(s.app.refused(off, Some("o3"), mine).await.code, "bank_change_order");
    let waiting = s.fetch(&s.new, "f4").await;
    let decided: ChangeDecided = serde_json::from_value(waiting.messages[0].body.clone()).unwrap();
    assert_eq!(decided.outcome, "withdrawn");
    // The old bank, which was asked, hears of that too: there is nothing left to decide.
    let waiting = s.fetch(&s.old, "f5").await;
    let last = waiting.messages.last().unwrap();
    let decided: ChangeDecided = serde_json::from_value(last.body.clone()).unwrap();
    assert_eq!((last.kind.as_str(), decided.outcome.as_str()), ("bank.change_decided", "withdrawn"));
    assert_eq!(s.old.refused(approvals, Some("a4"), approve(None)).await.code, "not_your_data");
    let _: Done = s.app.ok("POST", "/api/online/v1/bank-changes", Some("o4"), online).await;
    let _: Done = s.old.ok("POST", approvals, Some("a3"), approve(None)).await;
    let other = "/api/bank/v1/bank-changes/call-offs";
    assert_eq!(s.old.refused(other, Some("c0"), reserve(&s.number)).await.code, "not_your_data");
    let _: Done = s.new.ok("POST", other, Some("c1"), reserve(&s.number)).await;
    s.w.verified().await;
}

#[tokio::test]
async fn art_23_a_bank_that_cannot_be_called_fetches_what_it_must_mirror_and_answers_later() {
    clause!(R23.1);
    let s = scene(true).await;
    let loss = json(&online::Loss { holder: s.who.clone(), bank: "95588".into(), card_tail: None });
    let _: Done = s.app.ok("POST", "/api/online/v1/losses", Some("l1"), loss).await;
    assert_eq!(s.holds().await, [Hold::TemporaryLoss], "at once");
    let waiting = s.fetch(&s.old, "f").await;
    let link: Link = serde_json::from_value(waiting.messages[0].body.clone()).unwrap();
    assert_eq!((link.kind.as_str(), link.seq, &link.bank_card_no), ("lose_temporarily", 1, &s.bank_card_no));
    assert!(waiting.messages[0].body.get("holder").is_none(), "our identities stay ours");
    let intent = async || s.w.file(s.holder).await.0.cards[0].intents[0].state.clone();
    assert_eq!(intent().await, IntentState::Wanted, "fetched is not done");
    let answer = json(&Answer { bank_card_no: s.bank_card_no.clone(), seq: 1, answer: LinkAnswer::Done });
    let answers = "/api/bank/v1/intents/answers";
    assert_eq!(s.new.refused(answers, Some("n"), answer.clone()).await.code, "not_found");
    let _: Done = s.old.ok("POST", answers, Some("n1"), answer.clone()).await;
    assert!(matches!(intent().await, IntentState::Confirmed { .. }));
    assert_eq!(s.old.refused(answers, Some("n2"), answer).await.code, "intent_over");
    // Somebody else's messages cannot be taken away.
    let theirs = json(&Fetched { ids: waiting.messages.iter().map(|m| m.id).collect() });
    let _: Waiting = s.new.ok("POST", "/api/messages/v1/fetched", Some("t"), theirs).await;
    s.w.verified().await;
}

#[tokio::test]
async fn art_39_what_a_partner_has_fetched_is_one_line_however_often_it_says_so() {
    clause!(R39.1);
    let s = scene(true).await;
    let loss = json(&online::Loss { holder: s.who.clone(), bank: "95588".into(), card_tail: None });
    let _: Done = s.app.ok("POST", "/api/online/v1/losses", Some("l1"), loss).await;
    let path = "/api/messages/v1/fetched";
    let waiting: Waiting = s.old.ok("GET", "/api/messages/v1", None, Vec::new()).await;
    let ids: Vec<i64> = waiting.messages.iter().map(|m| m.id).collect();
    let fetched = json(&Fetched { ids: ids.clone() });
    for _ in 0..2 {
        let _: Waiting = s.old.ok("POST", path, Some("f"), fetched.clone()).await;
        let left: Waiting = s.old.ok("GET", "/api/messages/v1", None, Vec::new()).await;
        assert!(left.messages.is_empty(), "fetched once");
    }
    let lines = s.w.service.store().entries_of_command("institution.fetch_messages", 1, 10).await.unwrap();
    let who: Vec<_> = lines.iter().map(|l| (l.actor.as_str(), l.subject.as_str(), l.personal)).collect();
    assert_eq!(who, [("bank:95588", "messages", false)]);
    let events: Vec<MessageEvent> = serde_json::from_slice(&lines[0].events).unwrap();
    assert_eq!(events, [MessageEvent::Fetched { to: "bank:95588".into(), ids }], "and nobody's data");
    // The same key says one thing.
    let other = s.old.refused(path, Some("f"), json(&Fetched { ids: vec![1] })).await;
    assert_eq!(other.code, "request_key_reused");
    s.w.verified().await;
}

#[tokio::test]
async fn art_33_a_settled_account_is_closed_and_a_replacement_is_withdrawn_online() {
    clause!(R33.2);
    clause!(R27.4);
    let s = scene(true).await;
    let (losses, closures) = ("/api/bank/v1/cards/losses", "/api/bank/v1/cards/account-closures");
    let said = s.old.refused(closures, Some("c0"), s.one()).await;
    assert_eq!(said.status, 409, "a card in use keeps its account: {}", said.detail);
    let formal = json(&Loss { bank_card_no: s.bank_card_no.clone(), formal: true });
    let _: Done = s.old.ok("POST", losses, Some("l"), formal).await;
    let ask = online::Replacement {
        card_tail: None,
        holder: s.who.clone(),
        purpose: online::Purpose::Reissue,
        form_no: "44010000777".into(),
        outlet: "44010600000101".into(),
        consent: "2022".into(),
        by_guardian: false,
        agent: None,
    };
    let replacements = "/api/online/v1/replacements";
    let _: Done = s.app.ok("POST", replacements, Some("r"), json(&ask)).await;
    let release = s.old.refused("/api/bank/v1/cards/releases", Some("rel"), s.one()).await;
    assert_eq!(release.code, "replacement_filed");
    let withdrawals = "/api/online/v1/replacements/withdrawals";
    let withdrawal =
        |form_no: &str| json(&online::Withdrawal { holder: s.who.clone(), form_no: form_no.into() });
    assert_eq!(s.app.refused(withdrawals, Some("w0"), withdrawal("44010000778")).await.status, 404);
    let _: Done = s.app.ok("POST", withdrawals, Some("w1"), withdrawal("44010000777")).await;
    let _: Done = s.old.ok("POST", "/api/bank/v1/cards/releases", Some("rel2"), s.one()).await;
    assert!(s.holds().await.is_empty());
    s.w.verified().await;
}

#[tokio::test]
async fn nobody_without_a_key_that_is_valid_now_is_believed() {
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    let bank = caller(&w, &system, "bank:95588").await;
    let (status, _) = bank.raw("GET", "/api/bank/v1/batches", None, Vec::new()).await;
    assert_eq!(status, 200);
    let blind = bank.0.trusting(Vec::new());
    let now = kaguan_service::clock::TimeSource::Machine.now().0 / 1_000;
    let said = blind.call("GET", "/api/bank/v1/batches", None, Vec::new(), now).await;
    assert!(matches!(said, Err(kaguan_api::client::CallError::NotSigned(_))), "{said:?}");
}
