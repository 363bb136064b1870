//! 接口集合: the operations of the document as a collection of Postman's format 2.1, which Postman, Bruno, Insomnia and Apifox read. Nothing in
//! it signs: its requests go to the signing proxy (`kaguan partner proxy`).

use serde_json::{Map, Value, json};

/// Where `kaguan partner proxy` listens unless it is told otherwise.
const PROXY: &str = "http://127.0.0.1:8019";

/// A path with the client's variables in the place of the document's.
fn with_variables(path: &str) -> String {
    path.replace('{', "{{").replace('}', "}}")
}

fn request(method: &str, path: &str, operation: &Value) -> Value {
    let mut headers = Vec::new();
    let has = |name: &str| {
        let mut all = operation["parameters"].as_array().into_iter().flatten();
        all.any(|p| p["name"].as_str().is_some_and(|n| n.eq_ignore_ascii_case(name)))
    };
    if has(kaguan_api::sign::IDEMPOTENCY) {
        // A new one each time that it is sent.
        headers.push(json!({ "key": kaguan_api::sign::IDEMPOTENCY, "value": "{{$guid}}" }));
    }
    let path = with_variables(path);
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    let mut request = json!({
        "method": method.to_uppercase(),
        "url": { "raw": format!("{{{{base}}}}{path}"), "host": ["{{base}}"], "path": parts },
    });
    let content = operation["requestBody"]["content"].as_object();
    if let Some((media_type, media)) = content.and_then(|c| c.iter().find(|(_, m)| !m["example"].is_null())) {
        headers.push(json!({ "key": "Content-Type", "value": media_type }));
        let body = match media_type.as_str() {
            // A line is a row.
            "application/x-ndjson" => media["example"].to_string() + "\n",
            _ => serde_json::to_string_pretty(&media["example"]).unwrap_or_default(),
        };
        request["body"] = json!({ "mode": "raw", "raw": body });
    }
    request["header"] = json!(headers);
    json!({ "name": operation["summary"], "request": request })
}

/// The collection: a folder for each kind of door, a request for each operation with the document's example.
pub fn collection(document: &Value) -> Value {
    let mut folders: Map<String, Value> = Map::new();
    let mut variables = vec![("base".to_owned(), PROXY.to_owned())];
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let tag = operation["tags"][0].as_str().unwrap_or_default().to_owned();
            let folder = folders.entry(tag).or_insert_with(|| json!([]));
            if let Some(requests) = folder.as_array_mut() {
                requests.push(request(method, path, operation));
            }
            let in_path =
                operation["parameters"].as_array().into_iter().flatten().filter(|p| p["in"] == "path");
            for name in in_path.filter_map(|p| p["name"].as_str()) {
                if !variables.iter().any(|(known, _)| known == name) {
                    variables.push((name.to_owned(), "1".to_owned()));
                }
            }
        }
    }
    let of_tags = document["tags"].as_array().into_iter().flatten().filter_map(|t| t["name"].as_str());
    let items: Vec<Value> =
        of_tags.filter_map(|tag| folders.get(tag).map(|all| json!({ "name": tag, "item": all }))).collect();
    json!({
        "info": {
            "name": document["info"]["title"],
            "description": "先启动签名代理：kaguan partner proxy --partner 合作方 --secret 私钥文件；请求不带签名发往代理，由它签名并核验应答。变量 batch、order 等取自列表接口的应答。",
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "variable": variables.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect::<Vec<_>>(),
        "item": items,
    })
}
