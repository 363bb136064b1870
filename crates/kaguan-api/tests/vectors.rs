//! The test vectors of the partner handbook, `docs/partners/vectors.json`: made from the code, checked in, and compared here.
//! The keys in it are for tests only.

mod pieces;

use kaguan_api::held::Held;
use kaguan_api::reconcile::{Sums, slot_of};
use kaguan_api::sign::{Public, Reply, Request, Secret, Shared, digest};
use serde_json::{Value, json};

const TIME: i64 = 1_763_953_200_000;

fn secret() -> Secret {
    Secret::parse(&"11".repeat(32)).expect("a key")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The sums of the sixteen parts of all places, as a bank answers them.
fn range_part(places: &[(&str, i64, i64)]) -> Value {
    let mut parts = [Sums::default(); 16];
    for (_, place, mirror) in places {
        parts[(place >> 56) as usize].add(*place, *mirror);
    }
    json!(parts)
}

fn made() -> Value {
    let (key, body) = (secret(), r#"{"bank_card_no":"6295588000000000017","formal":true}"#);
    let request = Request {
        method: "POST",
        path: "/api/bank/v1/cards/losses",
        partner: "bank:95588",
        key: "key-1",
        time: TIME,
        nonce: "6f1c2d3e4f5a6b7c",
        idempotency: Some("loss-1"),
        digest: &digest(body.as_bytes()),
    };
    let reply_body = r#"{"entry":1,"repeated":false,"seq":3}"#;
    let reply = Reply {
        status: 200,
        nonce: "6f1c2d3e4f5a6b7c",
        key: "kaguan-1",
        time: TIME + 5,
        body: reply_body.as_bytes(),
    };
    let shared = Shared::new([0x22; 32]);
    let ask = r#"{"number":"440106199001010013"}"#;
    let within = Request {
        path: "/api/business/v1/cards/status",
        partner: "business:gzyy",
        key: "session:00112233445566778899aabbccddeeff",
        idempotency: None,
        digest: &digest(ask.as_bytes()),
        ..request.clone()
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("canonical texts are UTF-8");
    let place_key = [0x33; 32];
    let cards = [("6295588000000000017", 1), ("6295588000000000025", 1 | 2 << 2)];
    let places = cards.map(|(no, mirror)| (no, slot_of(&place_key, no), mirror));
    let mut sums = Sums::default();
    places.iter().for_each(|(_, place, mirror)| sums.add(*place, *mirror));
    let held_cards = ["A00000011".to_owned(), "A00000029".to_owned()];
    let held =
        kaguan_api::held::write_salted(&key, TIME, &held_cards, "00112233445566778899aabbccddeeff".into());
    let signed = held.len() - 1 - held.iter().rev().position(|b| *b == b'\n').expect("a line feed");
    let message = r#"{"id":1125899906842624,"kind":"bank.link","body":{"bank":"95588","bank_card_no":"6295588000000000017","seq":3,"kind":"lose_formally"}}"#;
    let call = Request {
        path: "/messages",
        partner: "system:kaguan",
        key: "kaguan-1",
        idempotency: Some("1125899906842624"),
        digest: &digest(message.as_bytes()),
        ..request.clone()
    };
    json!({
        "system_call": {
            "body": message,
            "canonical": text(call.canonical()),
            "signature": key.sign(&call.canonical()),
            "reply_body": r#"{"answer":{"result":"done"}}"#,
        },
        "held": {
            "card_numbers": held_cards,
            "file_hex": hex(&held),
            "signed_bytes": signed,
        },
        "secret": *key.text(),
        "public": key.public(),
        "empty_body_digest": digest(b""),
        "request": {
            "body": body,
            "canonical": text(request.canonical()),
            "signature": key.sign(&request.canonical()),
        },
        "reply": {
            "body": reply_body,
            "canonical": text(reply.canonical()),
            "signature": key.sign(&reply.canonical()),
        },
        "session": {
            "key": "22".repeat(32),
            "body": ask,
            "canonical": text(within.canonical()),
            "signature": shared.sign(&within.canonical()),
        },
        "reconciliation": {
            "key": "33".repeat(32),
            "cards": places.map(|(no, place, mirror)| json!({
                "bank_card_no": no, "place": place, "mirror": mirror,
            })),
            "sums": { "cards": sums.cards, "low": sums.low, "high": sums.high },
            "sums_request": json!({ "ranges": [{ "from": 0, "size": 1_i64 << 60 }] }).to_string(),
            "sums_reply_first_range_part": range_part(&places),
            "rows_request": json!({ "ranges": [{ "from": 0, "size": 1_i64 << 60 }] }).to_string(),
            "rows_reply": json!({ "rows": places.map(|(_, place, mirror)| [place, mirror]) }).to_string(),
        },
    })
}

#[test]
fn the_published_vectors_are_what_the_code_makes() {
    let now = serde_json::to_string_pretty(&made()).expect("JSON") + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/partners/vectors.json");
    if std::env::var_os("KAGUAN_WRITE_DOCUMENTS").is_some() {
        std::fs::write(path, &now).expect("the vectors are written");
    }
    assert_eq!(std::fs::read_to_string(path).expect("the vectors"), now, "cargo xtask documents writes them");
}

#[test]
fn the_published_signatures_verify_and_a_session_key_is_opened() {
    let v = made();
    let public = Public::parse(v["public"].as_str().expect("a key")).expect("a key");
    for what in ["request", "reply", "system_call"] {
        let (text, signature) = (v[what]["canonical"].as_str(), v[what]["signature"].as_str());
        assert!(public.verify(text.expect("text").as_bytes(), signature.expect("a signature")), "{what}");
    }
    let sealed = Shared::new([0x22; 32]).sealed_for(&public).expect("randomness");
    let opened = Shared::open(&sealed, &secret()).expect("it is ours");
    let (text, mac) = (v["session"]["canonical"].as_str(), v["session"]["signature"].as_str());
    assert!(opened.verify(text.expect("text").as_bytes(), mac.expect("a mac")));
    let file = kaguan_api::held::write(&secret(), TIME, &["A00000011".into()]);
    assert!(Held::read(&[public], &file, TIME).expect("a file").holds("A00000011"));
}
