//! The e-card platform and the photo platform: one that does everything right, and others that do one thing wrong each.

use crate::hears::now_ms;
use crate::{checks, kaguan};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use kaguan_api::sign::{self, Public, Secret};
use kaguan_api::text::to_base64;
use kaguan_files::portrait;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Odd {
    Nothing,
    GivesANumberWithABlank,
    GivesAnotherNumberEachTime,
    NeverGivesANumber,
    KnowsReceiptsThatItNeverGave,
    GivesAPhotoToAnybody,
    GivesAPhotoThatIsTooSmall,
}

/// The receipt of the test photo, and the document that it belongs to.
const RECEIPT: &str = "XP20261126000001";
const NUMBER: &str = "440106199001010013";

struct Platform {
    odd: Odd,
    secret: Secret,
    system: Public,
    inner: Mutex<(HashSet<String>, BTreeMap<i64, Value>)>,
}

impl Platform {
    fn takes(&self, parts: &axum::http::request::Parts, body: &[u8]) -> bool {
        let header = |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let time: i64 = header(sign::TIME).parse().unwrap_or(0);
        let request = sign::Request {
            method: parts.method.as_str(),
            path: parts.uri.path_and_query().unwrap().as_str(),
            partner: header(sign::PARTNER),
            key: header(sign::KEY),
            time,
            nonce: header(sign::NONCE),
            idempotency: parts.headers.get(sign::IDEMPOTENCY).map(|v| v.to_str().unwrap()),
            digest: header(sign::DIGEST),
        };
        self.system.verify(&request.canonical(), header(sign::SIGNATURE))
            && (now_ms() - time).abs() < sign::WINDOW_MS
            && sign::digest(body) == header(sign::DIGEST)
            && self.inner.lock().unwrap().0.insert(header(sign::NONCE).to_owned())
    }

    fn message(&self, body: &Value) -> Option<Value> {
        let id = body["id"].as_i64()?;
        let seen = &mut self.inner.lock().unwrap().1;
        if let Some(before) = seen.get(&id) {
            return Some(before.clone());
        }
        let card = &body["body"]["card"];
        let said = match (body["kind"].as_str()?, self.odd) {
            ("ecard.issue", Odd::GivesANumberWithABlank) => json!({ "e_card_no": "E 1" }),
            ("ecard.issue", Odd::GivesAnotherNumberEachTime) => json!({ "e_card_no": format!("E{id}") }),
            ("ecard.issue", Odd::NeverGivesANumber) => json!({}),
            ("ecard.issue", _) => json!({ "e_card_no": format!("E{card}") }),
            _ => json!({}),
        };
        seen.insert(id, said.clone());
        Some(said)
    }

    fn has(&self, ask: &Value) -> bool {
        let receipt = ask["receipt"].as_str().unwrap_or_default();
        let invented = receipt.starts_with("KAGUAN") && self.odd == Odd::KnowsReceiptsThatItNeverGave;
        let whose = ask["number"] == NUMBER || self.odd == Odd::GivesAPhotoToAnybody;
        invented || (receipt == RECEIPT && whose)
    }

    fn answer(&self, path: &str, body: &[u8]) -> Option<Value> {
        let body: Value = serde_json::from_slice(body).ok()?;
        if path == "/messages" {
            return self.message(&body);
        }
        let asks = body["receipts"].as_array()?;
        match path {
            "/photo-receipts" => {
                let word = |ask: &Value| if self.has(ask) { "passed" } else { "not_on_record" };
                Some(json!({ "receipts": asks.iter().map(word).collect::<Vec<_>>() }))
            }
            "/receipt-photos" => {
                let small = self.odd == Odd::GivesAPhotoThatIsTooSmall;
                let jpeg = if small { portrait::draw_sized(1, 300, 400) } else { portrait::draw(1) };
                let one = |ask: &Value| match self.has(ask) {
                    true => json!({ "result": "passed", "photo": to_base64(&jpeg), "findings": [] }),
                    false => json!({ "result": "not_on_record", "findings": [] }),
                };
                Some(json!({ "photos": asks.iter().map(one).collect::<Vec<_>>() }))
            }
            _ => None,
        }
    }
}

async fn serve(State(platform): State<Arc<Platform>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let (status, said) = match platform.takes(&parts, &body) {
        true => match platform.answer(parts.uri.path(), &body) {
            Some(said) => (StatusCode::OK, said),
            None => (StatusCode::BAD_REQUEST, json!({})),
        },
        false => (StatusCode::UNAUTHORIZED, json!({})),
    };
    let (bytes, time) = (said.to_string().into_bytes(), now_ms());
    let nonce = parts.headers[sign::NONCE].to_str().unwrap();
    let reply = sign::Reply { status: status.as_u16(), nonce, key: "key-1", time, body: &bytes };
    Response::builder()
        .status(status)
        .header(sign::KEY, "key-1")
        .header(sign::TIME, time.to_string())
        .header(sign::SIGNATURE, platform.secret.sign(&reply.canonical()))
        .body(Body::from(bytes))
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_platform_that_does_one_thing_wrong_fails_at_that_check_and_nowhere_else() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    assert!(kaguan(&data, &["demo", "--people", "2", "--exit"]).status.success());
    let secret = Secret::fresh();
    for id in ["ecard:main", "photos:4401"] {
        let register = ["partner", "register", id, "--name", "某平台", "--public", &secret.public()];
        assert!(kaguan(&data, &register).status.success());
    }
    let url = format!("sqlite:{}", data.join("kaguan.db").display());
    let store = kaguan_store::Store::open(&url, &data.join("master.key")).await.unwrap();
    let system = kaguan_web::partner::SigningKey::of(&store, 1).secret.public();
    drop(store);
    let all = [
        ("ecard:main", Odd::Nothing, "", ""),
        ("ecard:main", Odd::GivesANumberWithABlank, "申领电子社保卡得到卡号", ""),
        ("ecard:main", Odd::GivesAnotherNumberEachTime, "同一张卡再次申领得到同一卡号", ""),
        ("ecard:main", Odd::NeverGivesANumber, "", "申领电子社保卡得到卡号"),
        ("photos:4401", Odd::Nothing, "", ""),
        ("photos:4401", Odd::KnowsReceiptsThatItNeverGave, "没有的回执号不予通过，也不给相片", ""),
        ("photos:4401", Odd::GivesAPhotoToAnybody, "他人的回执号不予通过，也不给相片", ""),
        ("photos:4401", Odd::GivesAPhotoThatIsTooSmall, "测试回执号得到合格的相片", ""),
    ];
    for (id, odd, fails, unproved) in all {
        let system = Public::parse(&system).unwrap();
        let platform = Platform { odd, secret: secret.clone(), system, inner: Mutex::default() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(serve).with_state(Arc::new(platform));
        let serving = tokio::spawn(async move { axum::serve(listener, app).await });
        let (data, out) = (data.clone(), dir.path().join("c.json"));
        let to = out.to_str().unwrap().to_owned();
        let run = tokio::task::spawn_blocking(move || {
            let test = ["--receipt", RECEIPT, "--number", NUMBER];
            let args = ["certify", id, "--endpoint", &endpoint, "--out", &to];
            kaguan(&data, &[&args[..], &test[..]].concat())
        });
        let run = run.await.unwrap();
        serving.abort();
        let said = String::from_utf8_lossy(&run.stdout).into_owned();
        let expected: Vec<&str> = [fails].into_iter().filter(|f| !f.is_empty()).collect();
        assert_eq!(checks(&out, "failed"), expected, "{odd:?}: {said}");
        assert_eq!(checks(&out, "unproved").first().map_or("", String::as_str), unproved, "{odd:?}: {said}");
        assert_eq!(run.status.success(), fails.is_empty() && unproved.is_empty(), "{odd:?}: {said}");
        assert!(!said.contains(NUMBER), "nobody's number stands in a report: {said}");
    }
}

#[tokio::test]
async fn a_partner_that_has_done_nothing_proves_nothing_and_is_not_certified() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    assert!(kaguan(&data, &["demo", "--people", "3", "--exit"]).status.success());
    let public = Secret::fresh().public();
    let out = dir.path().join("c.json");
    for id in ["online:gdrs", "business:gzyy", "post:ems", "terminal:t1"] {
        let register = ["partner", "register", id, "--name", "某渠道", "--public", &public];
        assert!(kaguan(&data, &register).status.success());
        let run = kaguan(&data, &["certify", id, "--out", out.to_str().unwrap()]);
        assert_eq!(run.status.code(), Some(1), "{id}");
        assert!(checks(&out, "passed").is_empty() && !checks(&out, "unproved").is_empty(), "{id}");
    }
}
