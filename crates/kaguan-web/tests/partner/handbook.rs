//! The tables of the handbook beside the program: what stands in one stands in the other.

use crate::caller::{doors, partner};
use axum::http::StatusCode;
use kaguan_api::problem::{PROTOCOL, Problem};
use kaguan_domain::facts::intent::IntentKind;
use kaguan_testkit::{On, World};
use std::collections::{BTreeMap, BTreeSet};

fn handbook() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/partners/README.zh-CN.md");
    std::fs::read_to_string(path).unwrap()
}

/// The rows of the table whose head begins so, by their cells.
fn table(head: &str) -> Vec<Vec<String>> {
    let page = handbook();
    let lines = page.lines().skip_while(|l| !l.starts_with(head)).skip(2);
    let cells = |l: &str| l.trim_matches('|').split('|').map(|c| c.trim().to_owned()).collect();
    let rows: Vec<_> = lines.take_while(|l| l.starts_with('|')).map(cells).collect();
    assert!(!rows.is_empty(), "{head}");
    rows
}

/// What stands between backticks.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_handbooks_errors_are_those_of_the_protocol_with_their_status() {
    let mut said = BTreeMap::new();
    for row in table("| code | 状态 |") {
        let status: Vec<u16> = row[1].split('、').map(|s| s.parse().unwrap()).collect();
        let codes = quoted(&row[0]);
        for code in &codes {
            said.insert(code.clone(), status.clone());
        }
    }
    let all: BTreeSet<_> = PROTOCOL.iter().map(|p| p.0.to_owned()).collect();
    assert_eq!(said.keys().cloned().collect::<BTreeSet<_>>(), all);
    for (code, status, ..) in PROTOCOL {
        assert!(said[*code].contains(status), "{code}: {status} is not {:?}", said[*code]);
    }
}

#[test]
fn the_handbook_names_every_detail_of_a_row_and_its_title_in_the_file() {
    let (mut fields, mut titles) = (BTreeSet::new(), BTreeSet::new());
    for row in table("| `details` 的字段 |") {
        let (names, said) = (quoted(&row[0]), row[1].split('、').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(names.len(), said.len(), "{row:?}");
        fields.extend(names);
        titles.extend(said);
    }
    let document = kaguan_web::partner::document();
    let known = document["components"]["schemas"]["Details"]["properties"].as_object().unwrap();
    assert_eq!(fields, known.keys().cloned().collect::<BTreeSet<_>>());
    let file = kaguan_api::text::write_opening(&[]);
    let head: Vec<&str> = file.lines().nth(1).unwrap().split(',').collect();
    let first = ["序号", "行号", "申领表编码", "社会保障号码", "姓名", "证件号码", "服务银行", "社保卡卡号"];
    assert_eq!(head[..8], first);
    assert_eq!(titles, head[8..].iter().map(|t| (*t).to_owned()).collect::<BTreeSet<_>>());
    let back = kaguan_api::text::write_returns(&[]);
    let said: Vec<&str> = back.lines().nth(1).unwrap().split(',').collect();
    assert_eq!((&said[..8], &said[8..]), (&first[..], &["银行卡号", "银行账户", "失败代码", "失败原因"][..]));
}

#[test]
fn the_handbook_says_when_each_kind_of_link_message_is_sent() {
    let said: BTreeSet<String> = table("| `kind` | 何时 |").iter().flat_map(|row| quoted(&row[0])).collect();
    let all: BTreeSet<String> = IntentKind::ALL.iter().map(|k| k.code().to_owned()).collect();
    assert_eq!(said, all);
}

/// Each code of the handbook's table of defects is said of some body, and no code besides.
#[tokio::test]
async fn each_defect_of_the_handbook_is_said_with_the_place_of_its_field() {
    let w = World::new(On::Memory).await;
    let router = doors(&w);
    let (bank, vendor) = (partner(&w, "bank:95588", &router).await, partner(&w, "vendor:1", &router).await);
    let hospital = partner(&w, "business:gzyy", &router).await;
    let (losses, boxes) = ("/api/bank/v1/cards/losses", "/api/vendor/v1/batches/1/boxes");
    let (activations, lacks) = ("/api/bank/v1/cards/activations", "/api/vendor/v1/batches/1/incomplete");
    let visit = |clerks: &str| {
        format!(
            r#"{{"bank_card_no":"1","manner":{{"home_visit":{{"clerks":[{clerks}],"alive":true,"identity":true,"will":true}}}}}}"#
        )
    };
    let (one, three) = (visit("\"1\""), visit("\"1\",\"2\",\"3\""));
    let long = format!(r#"{{"bank_card_no":"{}","formal":true}}"#, "1".repeat(200));
    let clerks = "manner.home_visit.clerks";
    let bodies = [
        (&bank, losses, r#"{"bank_card_no":"1","formal":true,"formall":true}"#, "formall", "unknown_field"),
        (&bank, losses, r#"{"bank_card_no":"1"}"#, "formal", "missing_field"),
        (&bank, losses, r#"{"bank_card_no":"1","formal":true,"formal":true}"#, "formal", "duplicate_field"),
        (&bank, losses, r#"{"bank_card_no":"1","formal":"yes"}"#, "formal", "wrong_type"),
        (&bank, losses, long.as_str(), "bank_card_no", "too_long"),
        (&vendor, lacks, r#"{"missing":"lunch"}"#, "missing", "unknown_value"),
        (&vendor, boxes, r#"{"number":"1","outlet":"44","cards":1}"#, "outlet", "wrong_form"),
        (
            &vendor,
            boxes,
            r#"{"number":"1","outlet":"44010600000101","cards":9223372036854775808}"#,
            "cards",
            "out_of_range",
        ),
        (&bank, activations, one.as_str(), clerks, "too_few"),
        (&bank, activations, three.as_str(), clerks, "too_many"),
        (&hospital, "/api/business/v1/cards/statuses", r#"{"numbers":["1",2]}"#, "numbers[1]", "wrong_type"),
    ];
    let mut seen = BTreeSet::new();
    for (who, path, body, field, code) in bodies {
        let (status, said) = who.call("POST", path, Some("d"), body.as_bytes()).await;
        let said: Problem = serde_json::from_slice(&said).unwrap();
        assert_eq!((status, said.code.as_str()), (StatusCode::BAD_REQUEST, "bad_request"), "{body}");
        let found = said.defects.iter().any(|d| d.field == field && d.code == code);
        assert!(found, "{code} of {field}: {:?}", said.defects);
        seen.extend(said.defects.iter().map(|d| d.code.clone()));
    }
    let table: BTreeSet<String> =
        table("| `defects` 的 `code` |").iter().flat_map(|row| quoted(&row[0])).collect();
    assert_eq!(seen, table);
}

#[tokio::test]
async fn a_door_without_a_body_takes_none_or_an_empty_object() {
    let w = World::new(On::Memory).await;
    let bank = partner(&w, "bank:95588", &doors(&w)).await;
    let closes =
        async |body: &str| bank.call("POST", "/api/bank/v1/batches/1/close", None, body.as_bytes()).await.0;
    let nobodys = closes("").await;
    assert_ne!(
        nobodys,
        StatusCode::BAD_REQUEST,
        "there is no such batch, and nothing is wrong with the body"
    );
    assert_eq!(closes("{}").await, nobodys);
    assert_eq!(closes("{\"x\":1}").await, StatusCode::BAD_REQUEST);
}
