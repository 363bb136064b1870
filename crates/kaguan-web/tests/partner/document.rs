//! The published document, its examples and its routes.

use crate::caller::{doors, entries, partner};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use kaguan_testkit::{On, World};

#[test]
fn the_openapi_document_is_the_one_that_is_published() {
    let now = kaguan_web::partner::document().to_pretty_json().unwrap() + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/partners/openapi.json");
    if std::env::var_os("KAGUAN_WRITE_DOCUMENTS").is_some() {
        std::fs::create_dir_all(std::path::Path::new(path).parent().unwrap()).unwrap();
        std::fs::write(path, &now).unwrap();
    }
    // Not shown: it has thousands of lines.
    assert!(std::fs::read_to_string(path).unwrap() == now, "cargo xtask documents writes it");
}

#[tokio::test]
async fn every_example_of_the_document_is_taken_as_what_it_says() {
    let w = World::new(On::Memory).await;
    let router = doors(&w);
    let mut sent = 0;
    let document: serde_json::Value =
        serde_json::from_str(&kaguan_web::partner::document().to_json().unwrap()).unwrap();
    let mut partners = std::collections::BTreeMap::new();
    for id in ["bank:95588", "vendor:1", "online:gdrs", "business:gzyy", "treasury:cz"] {
        partners.insert(id.split(':').next().unwrap(), partner(&w, id, &router).await);
    }
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

#[tokio::test]
async fn every_route_of_the_document_is_closed_to_strangers_and_to_other_kinds_of_partners() {
    let w = World::new(On::Memory).await;
    let router = doors(&w);
    let mut partners = Vec::new();
    for id in ["bank:95588", "vendor:1", "online:gdrs", "business:gzyy", "treasury:cz", "sms:main"] {
        partners.push(partner(&w, id, &router).await);
    }
    let before = entries(&w).await;
    let document: serde_json::Value =
        serde_json::from_str(&kaguan_web::partner::document().to_json().unwrap()).unwrap();
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
