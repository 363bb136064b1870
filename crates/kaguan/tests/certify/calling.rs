//! Partners that call: vendors by what they sent for a batch, channels and business systems by their calls, with one fault each.

use crate::caller::{Partnered, doors, partner};
use crate::{checks, kaguan};
use axum::http::StatusCode;
use kaguan_api::bank::{Activate, Answer, Batches, Done, Loss, Manner, OneCard, Verdict};
use kaguan_api::business::{Ask, CardStatus};
use kaguan_api::message::{Fetched, LinkAnswer, Waiting};
use kaguan_api::online;
use kaguan_api::sign::Secret;
use kaguan_api::vendor::{
    CardKeyAsk, CardKeySet, Deliver, PackBox, ProductionResult, ProductionReturn, ProductionRow,
};
use kaguan_domain::collection::ConfirmPost;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand as C};
use kaguan_domain::facts::counter::Collector;
use kaguan_domain::facts::post::CarrierProof;
use kaguan_domain::ids::{BankCode, BatchId, HolderId, VendorCode};
use kaguan_domain::loss::{Release, ReportFormal};
use kaguan_domain::permission::Verb;
use kaguan_partner_sim::{BadDay, Bank};
use kaguan_service::clock::TimeSource;
use kaguan_store::Store;
use kaguan_testkit::{World, portrait, stated};
use serde::de::DeserializeOwned;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

/// A province in a data directory, on the machine's day.
pub async fn world(data: &Path) -> World {
    let url = format!("sqlite:{}", data.join("kaguan.db").display());
    let w = World::with(Arc::new(Store::open(&url, &data.join("master.key")).await.unwrap())).await;
    w.clock.set(TimeSource::Machine.now());
    w
}

/// Certifies from the journal alone; whether it passed, what failed and what proved nothing.
pub fn certified(data: &Path, args: &[&str]) -> (bool, Vec<String>, Vec<String>) {
    let out = data.join("certificate.json");
    let run = kaguan(data, &[&["certify", "--out", out.to_str().unwrap()], args].concat());
    (run.status.success(), checks(&out, "failed"), checks(&out, "unproved"))
}

/// What a vendor does wrong with a batch of two people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wrong {
    Nothing,
    LeavesARow,
    CountsWrongly,
    NeverCloses,
    NeverDelivers,
    TakesNoKeysForOne,
    TakesNoPhotoForOne,
    ChangesAField,
    ClosesTooEarly,
    IsLate,
}

fn read<T: DeserializeOwned>((status, body): (StatusCode, Vec<u8>)) -> Vec<T> {
    assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&body));
    let lines = body.split(|b| *b == b'\n').filter(|l| !l.is_empty());
    lines.map(|l| serde_json::from_slice(l).unwrap()).collect()
}

fn chip_of(row: &str) -> String {
    let n: u64 = row.split('-').next().unwrap().parse().unwrap();
    format!("440100D156000005{n:016X}")
}

fn made(w: &World, row: &ProductionRow) -> ProductionReturn {
    let chip = chip_of(&row.data.row);
    let reset = format!("00814E4323{}", &chip[16..]);
    let made_on = w.clock.now().date().to_string();
    ProductionReturn {
        echo: row.data.clone(),
        details: Some(row.details.clone()),
        bank_card_no: row.bank_card_no.clone(),
        result: ProductionResult::Made { chip, reset, made_on, r#box: "1-1".into() },
    }
}

/// A batch of two people, with this vendor, which makes their cards; its number.
async fn batch_of(w: &World, n: u32, vendor: &mut Partnered, wrong: Wrong) -> String {
    for person in [2 * n + 1, 2 * n + 2] {
        w.applicant(person, w.outlet()).await;
    }
    let batch: BatchId = w.confirmed_batch().await;
    Bank::new("95588", BadDay::default()).work(&w.service).await.unwrap();
    let hand_out = BatchCommand::HandOut { vendor: VendorCode("1".into()) };
    w.batch(&Actor::System, batch, hand_out).await.unwrap();
    let number = w.service.batch(batch).await.unwrap().unwrap().batch.unwrap().number;
    if wrong == Wrong::IsLate {
        w.days_pass(20);
        vendor.time = w.clock.now().0 / 1_000;
    }
    let v = format!("/api/vendor/v1/batches/{batch}");
    let key = |what: &str| format!("{batch}-{what}");
    let rows: Vec<ProductionRow> =
        read(vendor.call("POST", &format!("{v}/production-data"), None, b"").await);
    for row in &rows[usize::from(wrong == Wrong::TakesNoPhotoForOne)..] {
        let photo = format!("{v}/photos/{}", row.data.row);
        assert_eq!(vendor.call("GET", &photo, None, b"").await.0, StatusCode::OK);
    }
    let chip_key = Secret::fresh().public();
    let ask = |row: &ProductionRow| {
        let (row, chip) = (row.data.row.clone(), chip_of(&row.data.row));
        serde_json::to_string(&CardKeyAsk { row, chip, chip_key: chip_key.clone() }).unwrap()
    };
    let asks: Vec<String> = rows[usize::from(wrong == Wrong::TakesNoKeysForOne)..].iter().map(ask).collect();
    let asks = asks.join("\n");
    let keys = vendor.call("POST", &format!("{v}/card-keys"), Some(&key("keys")), asks.as_bytes()).await;
    assert!(read::<CardKeySet>(keys).iter().all(|k| k.code == "done"));
    let close = format!("{v}/close");
    if wrong == Wrong::ClosesTooEarly {
        assert_eq!(vendor.refused(&close, &key("early"), &()).await.code, "returns_outstanding");
    }
    let cards = match wrong {
        Wrong::CountsWrongly => 3,
        Wrong::ChangesAField => 1,
        _ => 2,
    };
    let pack = PackBox { number: "1-1".into(), outlet: "44010600000101".into(), employer: None, cards };
    let _: Done = vendor.post(&format!("{v}/boxes"), &key("box"), &pack).await;
    let mut back: Vec<ProductionReturn> = rows.iter().map(|row| made(w, row)).collect();
    match wrong {
        Wrong::LeavesARow => back.truncate(1),
        Wrong::ChangesAField => back[0].details.as_mut().unwrap().phone = "13900000009".into(),
        _ => {}
    }
    let lines: Vec<String> = back.iter().map(|r| serde_json::to_string(r).unwrap()).collect();
    let lines = lines.join("\n");
    let returns = format!("{v}/production-returns");
    let said: Vec<Verdict> = read(vendor.call("POST", &returns, Some(&key("back")), lines.as_bytes()).await);
    let done = |v: &&Verdict| v.code == "done";
    assert_eq!(said.iter().filter(done).count(), if cards == 1 { 1 } else { back.len() }, "{said:?}");
    if ![Wrong::LeavesARow, Wrong::CountsWrongly, Wrong::NeverCloses].contains(&wrong) {
        let _: Batches = vendor.post(&close, &key("close"), &()).await;
        if wrong != Wrong::NeverDelivers {
            let deliver = Deliver {
                number: "1-1".into(),
                responsible: "甲".into(),
                manner: "专车".into(),
                tracking: "T1".into(),
                to: None,
            };
            let _: Done = vendor.post(&format!("{v}/deliveries"), &key("deliver"), &deliver).await;
        }
    }
    number
}

#[tokio::test]
async fn each_vendor_that_does_one_thing_wrong_fails_at_that_check_and_nowhere_else() {
    let dir = tempfile::tempdir().unwrap();
    let w = world(dir.path()).await;
    let mut vendor = partner(&w, "vendor:1", &doors(&w)).await;
    let all = [
        (Wrong::Nothing, ""),
        (Wrong::LeavesARow, "每行都有结论"),
        (Wrong::CountsWrongly, "装箱张数与制成张数相符"),
        (Wrong::NeverCloses, "全部数据已回盘"),
        (Wrong::NeverDelivers, "成品卡已全部交付"),
        (Wrong::TakesNoKeysForOne, "每张卡都提取了证书密钥"),
        (Wrong::TakesNoPhotoForOne, "提取了要印的相片"),
        (Wrong::ChangesAField, "没有改动下发字段"),
        (Wrong::ClosesTooEarly, "重发使用原请求编号，没有被拒绝的请求"),
        (Wrong::IsLate, "6个工作日内完成"),
    ];
    for ((wrong, fails), n) in all.into_iter().zip(0..) {
        let number = batch_of(&w, n, &mut vendor, wrong).await;
        let (passed, failed, unproved) = certified(dir.path(), &["vendor:1", "--batch", &number]);
        let expected = [fails].into_iter().filter(|f| !f.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!((passed, failed), (fails.is_empty(), expected), "{wrong:?}: {unproved:?}");
        // What was never finished proves nothing of what stands behind it.
        let behind = match wrong {
            Wrong::LeavesARow => 4,
            Wrong::CountsWrongly => 3,
            Wrong::NeverCloses => 2,
            _ => 0,
        };
        assert_eq!(unproved.len(), behind, "{wrong:?}: {unproved:?}");
    }
}

/// What a channel does in its name, in the order in which it is done here.
const ONLINE: [Verb; 8] = [
    Verb::Apply,
    Verb::AskProgress,
    Verb::Enable,
    Verb::ReserveBankChange,
    Verb::CallOffBankChange,
    Verb::ReportTemporaryLoss,
    Verb::Replace,
    Verb::WithdrawReplacement,
];

/// The `n`-th person applies, with a photo that the channel has sent before.
async fn applies(w: &World, app: &Partnered, n: u32) {
    let path = "/api/online/v1/photos";
    let (status, said) = app.call("POST", path, Some(&format!("photo-{n}")), &portrait().0).await;
    assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&said));
    let photo: online::Photo = serde_json::from_slice(&said).unwrap();
    let serde_json::Value::Object(items) = serde_json::to_value(w.draft(n)).unwrap() else {
        panic!("a form")
    };
    let text = |(name, value): (String, serde_json::Value)| Some((name, value.as_str()?.to_owned()));
    let application = online::Application {
        form: items.into_iter().filter_map(text).collect(),
        photo: Some(photo.photo),
        outlet: "44010600000101".into(),
        consent: "2022".into(),
        by_guardian: false,
        agent: None,
        identity_card_photo: false,
        document_image: None,
        postage_told: false,
    };
    let _: online::Applied =
        app.post("/api/online/v1/applications", &format!("apply-{n}"), &application).await;
}

/// People whose cards came by post: they are in hand on the carrier's proof, and not enabled.
async fn posted(w: &World, people: RangeInclusive<u32>) {
    let mut waiting = Vec::new();
    for n in people {
        waiting.push((n, w.applicant(n, w.outlet()).await));
    }
    let batch = w.cards_made().await;
    w.at_outlet(batch, w.outlet()).await;
    let clerk = w.officer(w.outlet()).await;
    for (n, id) in waiting {
        let card = w.card_of(id).await;
        let code = w.posted(id, "EMS1", None).await;
        let code_digest = w.service.pick_up_digest(card, &code.0);
        let (signer, signed_on) = (w.draft(n).name, w.clock.now().date());
        let proof = CarrierProof { number: format!("TT{n}"), signer, signed_on, copy: None };
        let confirm = ConfirmPost {
            card,
            code_digest,
            collector: Collector::Holder,
            verified: false,
            shown: None,
            signed: false,
            receipt_seen: false,
            proof: Some(Box::new(proof)),
        };
        w.about(&clerk, id, C::ConfirmPost(confirm)).await.unwrap();
    }
}

/// People whose cards are handed over, enabled and not active.
async fn handed_over(w: &World, people: RangeInclusive<u32>) -> Vec<HolderId> {
    let mut waiting = Vec::new();
    for n in people {
        waiting.push(w.applicant(n, w.outlet()).await);
    }
    let batch = w.cards_made().await;
    w.at_outlet(batch, w.outlet()).await;
    let clerk = w.officer(w.outlet()).await;
    for id in &waiting {
        let hand_over = stated::handed_to_holder(w.card_of(*id).await, w.outlet(), w.shown(*id).await);
        w.about(&clerk, *id, C::HandOver(hand_over)).await.unwrap();
    }
    waiting
}

#[tokio::test]
async fn each_bank_that_fetches_its_messages_and_leaves_one_thing_out_is_not_certified_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let w = world(dir.path()).await;
    let people = handed_over(&w, 1..=5).await;
    let bank = partner(&w, "bank:95588", &doors(&w)).await;
    let mut accounts = Vec::new();
    for id in &people {
        let card = &w.file(*id).await.0.cards[0];
        accounts.push((*id, card.id, card.bank_account.bank_card_no.as_str().to_owned()));
    }
    let clerk = w.officer(w.bank_outlet()).await;
    // The first does all of it, and each of the others leaves to somebody else what its name says.
    for ((id, card, bank_card_no), left_out) in accounts.iter().zip(["", "激活", "挂失", "解除挂失"])
    {
        let key = |what: &str| format!("{what}-{id}");
        let counter = "/api/bank/v1/cards";
        if left_out == "激活" {
            let activate = stated::activated_face_to_face(*card, w.shown(*id).await);
            w.about(&clerk, *id, C::Activate(activate)).await.unwrap();
        } else {
            let activate = Activate { bank_card_no: bank_card_no.clone(), manner: Manner::FaceToFace };
            let _: Done = bank.post(&format!("{counter}/activations"), &key("a"), &activate).await;
        }
        if left_out == "挂失" {
            let formal = C::ReportFormalLoss(ReportFormal { card: *card, verified: true, deputy: None });
            w.about(&Actor::System, *id, formal).await.unwrap();
        } else {
            let loss = Loss { bank_card_no: bank_card_no.clone(), formal: true };
            let _: Done = bank.post(&format!("{counter}/losses"), &key("l"), &loss).await;
        }
        if left_out != "解除挂失" {
            let one = OneCard { bank_card_no: bank_card_no.clone() };
            let _: Done = bank.post(&format!("{counter}/releases"), &key("r"), &one).await;
        }
    }
    let of = |n: usize| {
        let (_, failed, unproved) = certified(dir.path(), &["bank:95588", "--card", &accounts[n].2]);
        assert!(failed.is_empty(), "{failed:?}");
        unproved
    };
    let (fetch, answer) = (Verb::FetchMessages.name(), Verb::AnswerIntent.name());
    assert_eq!(of(0), [fetch, answer], "it has fetched and answered nothing yet");
    let (id, card, bank_card_no) = accounts[4].clone();
    w.about(&Actor::System, id, C::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None }))
        .await
        .unwrap();
    let (_, waiting) = bank.call("GET", "/api/messages/v1", None, b"").await;
    let waiting: Waiting = serde_json::from_slice(&waiting).unwrap();
    let fetched = Fetched { ids: waiting.messages.iter().map(|m| m.id).collect() };
    let _: Waiting = bank.post("/api/messages/v1/fetched", "f", &fetched).await;
    assert_eq!(of(0), [answer]);
    let last = Answer { bank_card_no, seq: 1, answer: LinkAnswer::Done };
    let _: Done = bank.post("/api/bank/v1/intents/answers", "n", &last).await;
    assert!(certified(dir.path(), &["bank:95588", "--card", &accounts[0].2]).0);
    for (n, left_out) in [(1, "激活"), (2, "挂失"), (3, "解除挂失")] {
        assert_eq!(of(n), [left_out]);
    }
}

#[tokio::test]
async fn each_channel_that_has_not_done_one_kind_of_business_is_not_certified_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let w = world(dir.path()).await;
    let (id, card) = w.with_card(1).await;
    posted(&w, 2..=10).await;
    let router = doors(&w);
    let helper = partner(&w, "online:zz", &router).await;
    let holder = |n: u32| {
        let draft = w.draft(n);
        online::Holder { number: draft.document_number, name: draft.name }
    };
    let left_out = ONLINE.into_iter().map(Some).chain([None]);
    for (left_out, n) in left_out.zip(0_u32..) {
        let me = partner(&w, &format!("online:a{n}"), &router).await;
        let key = |what: &str| format!("{what}-{n}");
        // What this channel leaves out another one does, so that the rest can follow.
        let by = |verb: Verb| if left_out == Some(verb) { &helper } else { &me };
        let mine = || online::Mine { holder: holder(1) };
        applies(&w, by(Verb::Apply), 100 + n).await;
        let _: online::Progress = by(Verb::AskProgress).post("/api/online/v1/progress", "p", &mine()).await;
        let enabling = online::Enabling { holder: holder(2 + n), card_tail: None };
        let _: Done = by(Verb::Enable).post("/api/online/v1/enablings", &key("e"), &enabling).await;
        let change = online::BankChange { holder: holder(1), to: "95533".into(), card_tail: None };
        let changes = "/api/online/v1/bank-changes";
        let _: Done = by(Verb::ReserveBankChange).post(changes, &key("c"), &change).await;
        let off = format!("{changes}/call-offs");
        let _: Done = by(Verb::CallOffBankChange).post(&off, &key("o"), &mine()).await;
        let loss = online::Loss { holder: holder(1), bank: "95588".into(), card_tail: None };
        let _: Done = by(Verb::ReportTemporaryLoss).post("/api/online/v1/losses", &key("l"), &loss).await;
        let bank = Actor::Bank(BankCode("95588".into()));
        let formal = C::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None });
        w.about(&bank, id, formal).await.unwrap();
        let form_no = format!("440100009{n:02}");
        let replacement = online::Replacement {
            holder: holder(1),
            purpose: online::Purpose::Reissue,
            form_no: form_no.clone(),
            outlet: "44010600000101".into(),
            consent: "2022".into(),
            by_guardian: false,
            agent: None,
            card_tail: None,
        };
        let replacements = "/api/online/v1/replacements";
        let _: Done = by(Verb::Replace).post(replacements, &key("r"), &replacement).await;
        let withdrawal = online::Withdrawal { holder: holder(1), form_no };
        let withdrawals = format!("{replacements}/withdrawals");
        let _: Done = by(Verb::WithdrawReplacement).post(&withdrawals, &key("w"), &withdrawal).await;
        w.about(&bank, id, C::ReleaseLoss(Release { card, verified: true, deputy: None })).await.unwrap();

        let (passed, failed, unproved) = certified(dir.path(), &[&me.me]);
        let expected: Vec<String> = left_out.map(|verb| verb.name().to_owned()).into_iter().collect();
        assert_eq!((passed, failed.len(), unproved), (left_out.is_none(), 0, expected));
    }
}

#[tokio::test]
async fn a_partner_whose_calls_are_not_signed_by_its_key_has_proved_nothing() {
    const SIGNED: &str = "以登记的公钥签名呼叫本系统";
    let dir = tempfile::tempdir().unwrap();
    let w = world(dir.path()).await;
    w.applicant(1, w.outlet()).await;
    let router = doors(&w);
    let ask = Ask { number: w.draft(1).document_number };
    let status = "/api/business/v1/cards/status";
    let right = partner(&w, "business:gzyy", &router).await;
    let _: CardStatus = right.post(status, "s", &ask).await;
    assert!(certified(dir.path(), &[&right.me]).0);
    let mut wrong = partner(&w, "business:szyy", &router).await;
    wrong.secret = Secret::fresh();
    assert_eq!(wrong.refused(status, "s", &ask).await.code, "signature_invalid");
    let (passed, failed, unproved) = certified(dir.path(), &[&wrong.me]);
    assert_eq!((passed, failed.len(), unproved), (false, 0, vec![SIGNED.to_owned()]));
    // A channel that has called nobody: none of its checks has passed.
    let silent = partner(&w, "online:gdrs", &router).await;
    let (passed, failed, unproved) = certified(dir.path(), &[&silent.me]);
    assert_eq!((passed, failed.len(), unproved.len(), unproved[0].as_str()), (false, 0, 9, SIGNED));
    assert!(checks(&dir.path().join("certificate.json"), "passed").is_empty());
}
