//! The published document, its examples and its routes.

use crate::caller::{Partnered, doors, entries, partner};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use kaguan_testkit::{On, World};
use std::collections::BTreeMap;

/// What is checked in is what the code makes.
fn is_fresh(name: &str, now: &str) {
    let path = format!("{}/../../docs/partners/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("KAGUAN_WRITE_DOCUMENTS").is_some() {
        std::fs::write(&path, now).unwrap();
    }
    // Not shown: it has thousands of lines.
    assert!(std::fs::read_to_string(path).unwrap() == now, "cargo xtask documents writes {name}");
}

#[test]
fn the_openapi_document_is_the_one_that_is_published() {
    let document = kaguan_web::partner::document();
    is_fresh("openapi.json", &(serde_json::to_string_pretty(&document).unwrap() + "\n"));
}

#[test]
fn documents_the_collection_for_clients_has_every_operation() {
    let document = kaguan_web::partner::document();
    let collection = kaguan_web::partner::collection(&document);
    let folders = collection["item"].as_array().unwrap();
    let requests: usize = folders.iter().map(|f| f["item"].as_array().unwrap().len()).sum();
    let operations: usize =
        document["paths"].as_object().unwrap().values().map(|i| i.as_object().unwrap().len()).sum();
    assert_eq!(requests, operations);
    is_fresh("collection.json", &(serde_json::to_string_pretty(&collection).unwrap() + "\n"));
}

#[test]
fn documents_the_dictionary_of_fields_is_fresh() {
    is_fresh("fields.md", &kaguan_web::partner::dictionary_page());
}

/// A partner of each kind that has doors, by the kind.
async fn one_of_each_kind(w: &World, router: &Router) -> BTreeMap<&'static str, Partnered> {
    let mut partners = BTreeMap::new();
    for id in [
        "bank:95588",
        "vendor:1",
        "online:gdrs",
        "business:gzyy",
        "treasury:cz",
        "ecard:main",
        "post:ems",
        "terminal:t1",
    ] {
        partners.insert(id.split(':').next().unwrap(), partner(w, id, router).await);
    }
    partners
}

#[tokio::test]
async fn every_example_of_the_document_is_taken_as_what_it_says() {
    let w = World::new(On::Memory).await;
    let router = doors(&w);
    let mut sent = 0;
    let document = kaguan_web::partner::document();
    let partners = one_of_each_kind(&w, &router).await;
    for (path, item) in document["paths"].as_object().unwrap() {
        let body = &item["post"]["requestBody"]["content"]["application/json"];
        if body.is_null() {
            continue;
        }
        let example = &body["example"];
        assert!(!example.is_null(), "{path} has no example");
        // What every kind of partner may call, a bank calls here.
        let kind = path.split('/').nth(2).unwrap();
        let who = &partners[if kind == "messages" { "bank" } else { kind }];
        let path = path.replace("{batch}", "1").replace("{order}", "1");
        let (status, said) = who.call("POST", &path, Some("example"), example.to_string().as_bytes()).await;
        // Nobody of the examples is on file: it is the business that is refused, never the form of the request.
        assert!(
            ![StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED].contains(&status)
                && !status.is_server_error(),
            "{path}: {status} {}",
            String::from_utf8_lossy(&said)
        );
        sent += 1;
    }
    assert!(sent >= 18, "{sent}");
}

/// The keys of every object below a value, by their pointers.
fn objects(value: &serde_json::Value, at: String, into: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            into.push(at.clone());
            for (name, inner) in fields {
                objects(inner, format!("{at}/{name}"), into);
            }
        }
        serde_json::Value::Array(items) => {
            for (n, inner) in items.iter().enumerate() {
                objects(inner, format!("{at}/{n}"), into);
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn no_door_takes_an_unknown_field_a_wrong_type_a_duplicate_name_or_a_nest() {
    let w = World::new(On::Memory).await;
    let router = doors(&w);
    let document = kaguan_web::partner::document();
    let partners = one_of_each_kind(&w, &router).await;
    let before = entries(&w).await;
    let mut tried = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let body = &item["post"]["requestBody"]["content"]["application/json"];
        if body.is_null() {
            continue;
        }
        let kind = path.split('/').nth(2).unwrap();
        let who = &partners[if kind == "messages" { "bank" } else { kind }];
        let path = path.replace("{batch}", "1").replace("{order}", "1");
        let example = &body["example"];
        let mut places = Vec::new();
        objects(example, String::new(), &mut places);
        let mut bad = Vec::new();
        for place in &places {
            let mut with = example.clone();
            with.pointer_mut(place).unwrap()["没有这个字段"] = 1.into();
            bad.push(with.to_string());
            for name in example.pointer(place).unwrap().as_object().unwrap().keys() {
                let mut with = example.clone();
                with.pointer_mut(place).unwrap()[name] = serde_json::json!([[[1.5]]]);
                bad.push(with.to_string());
            }
        }
        let first = example.as_object().unwrap().keys().next().unwrap();
        let twice = example.to_string().replacen(
            '{',
            &format!("{{{}:{},", serde_json::json!(first), example[first]),
            1,
        );
        let nest = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        bad.extend([twice, nest, "null".into(), "[]".into(), "7".into(), "\"{}\"".into(), String::new()]);
        for body in bad {
            let (status, said) = who.call("POST", &path, Some("fuzz"), body.as_bytes()).await;
            assert_eq!(
                status,
                StatusCode::BAD_REQUEST,
                "{path} {body:.200}: {}",
                String::from_utf8_lossy(&said)
            );
            tried += 1;
        }
        let (status, _) =
            who.call("POST", &format!("{path}?afer=1"), Some("fuzz"), example.to_string().as_bytes()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}: an unknown name in the query");
    }
    assert!(tried > 200, "{tried}");
    assert_eq!(entries(&w).await, before, "nothing was done");
}

#[tokio::test]
async fn a_door_without_a_body_takes_none_and_a_query_is_spelt_as_it_is_published() {
    let w = World::new(On::Memory).await;
    let bank = partner(&w, "bank:95588", &doors(&w)).await;
    let said = |body: Vec<u8>| String::from_utf8_lossy(&body).into_owned();
    let (status, body) = bank.call("GET", "/api/messages/v1?aftr=3", None, b"").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(said(body).contains("after"));
    let twice = "/api/bank/v1/batches/1/opening-data?limit=1&limit=2";
    assert_eq!(bank.call("POST", twice, None, b"").await.0, StatusCode::BAD_REQUEST);
    let (status, body) = bank.call("POST", "/api/bank/v1/batches/1/close", None, br#"{"batch":"2"}"#).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{}", said(body));
}

/// Two types of one name would be one schema, and one of them wrong.
#[test]
fn no_two_types_of_the_interface_have_one_name() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../kaguan-api/src");
    let mut names = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (n, line) in lines.iter().enumerate() {
            let Some(rest) = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum "))
            else {
                continue;
            };
            let above = lines[n.saturating_sub(4)..n].iter().rev().take_while(|l| l.starts_with("#["));
            let above: Vec<&str> = above.copied().collect();
            let own = above.iter().find_map(|l| l.strip_prefix("#[schema(as = ")?.strip_suffix(")]"));
            if above.iter().any(|l| l.contains("ToSchema")) {
                names.push(own.unwrap_or_else(|| rest.split([' ', '{']).next().unwrap()).to_owned());
            }
        }
    }
    names.sort();
    let all = names.len();
    names.dedup();
    assert!(all == names.len() && all > 60, "{names:?}");
}

#[tokio::test]
async fn every_route_of_the_document_is_closed_to_strangers_and_to_other_kinds_of_partners() {
    let w = World::new(On::Memory).await;
    let router = doors(&w);
    let mut partners = Vec::new();
    for id in [
        "bank:95588",
        "vendor:1",
        "online:gdrs",
        "business:gzyy",
        "treasury:cz",
        "sms:main",
        "ecard:main",
        "post:ems",
    ] {
        partners.push(partner(&w, id, &router).await);
    }
    let before = entries(&w).await;
    let document = kaguan_web::partner::document();
    let mut routes = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let kind = path.split('/').nth(2).unwrap().to_owned();
        let mut path = path.to_owned();
        for name in ["{batch}", "{order}", "{row}", "{key}"] {
            path = path.replace(name, "1");
        }
        for method in ["GET", "POST"].into_iter().filter(|m| !item[m.to_lowercase()].is_null()) {
            routes += 1;
            let bare = Request::builder().method(method).uri(&path).body(Body::empty()).unwrap();
            assert_eq!(partners[0].code(bare).await, "signature_missing", "{method} {path}");
            for other in partners.iter().filter(|p| !p.me.starts_with(&kind)) {
                let (status, said) = other.call(method, &path, Some("k"), b"{}").await;
                let common = ["keys", "session", "requests", "messages"].contains(&kind.as_str());
                assert_eq!(
                    status == StatusCode::FORBIDDEN,
                    !common,
                    "{} {method} {path}: {status}",
                    other.me
                );
                assert!(common || String::from_utf8_lossy(&said).contains("wrong_door"));
            }
        }
    }
    assert!(routes >= 35, "{routes}");
    assert_eq!(entries(&w).await, before, "nothing was done, and nothing journaled of it");
}
