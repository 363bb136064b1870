//! Version 1 of the interface: what was published once stays, and nothing is asked for that was not. `docs/partners/v1.txt` has each
//! address, field and word that was ever published; `cargo xtask documents` adds what is new, and takes nothing away.

use serde_json::Value;
use std::collections::BTreeSet;

const MUST: &str = " 必带";

/// What one operation takes or says, a line each.
struct Lines<'a> {
    all: &'a Value,
    /// What a partner sends; `false` for what it gets.
    sent: bool,
    out: &'a mut BTreeSet<String>,
}

impl Lines<'_> {
    fn resolved<'b>(&'b self, schema: &'b Value) -> &'b Value {
        match schema["$ref"].as_str().and_then(|r| r.rsplit('/').next()) {
            Some(name) => self.resolved(&self.all[name]),
            None => schema,
        }
    }

    /// Whether something may be nothing is said of what a partner gets: to what it sends it is no promise.
    fn of(&mut self, at: &str, schema: &Value, must: bool) {
        let schema = self.resolved(schema).clone();
        let kinds = schema["oneOf"].as_array().cloned().unwrap_or_default();
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let named: Vec<&str> = types.iter().copied().filter(|t| *t != "null" || !self.sent).collect();
        let must = if must && self.sent { MUST } else { "" };
        self.out.insert(format!("{at}: {}{must}", named.join("或")));
        for word in schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            self.out.insert(format!("{at} = {word}"));
        }
        // Of several kinds each has its own fields; which of them must be there depends on the kind.
        for kind in &kinds {
            let kind = self.resolved(kind).clone();
            for (name, field) in kind["properties"].as_object().into_iter().flatten() {
                self.of(&format!("{at}.{name}"), field, false);
            }
            for word in kind["enum"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                self.out.insert(format!("{at} = {word}"));
            }
        }
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            self.of(&format!("{at}.{name}"), field, required.contains(&name.as_str()));
        }
        if !schema["items"].is_null() {
            self.of(&format!("{at}[]"), &schema["items"], false);
        }
    }
}

/// Everything that a document publishes; of what the system sends by itself the sides are exchanged.
fn published(document: &Value) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let all = &document["components"]["schemas"];
    for (place, ours) in [("paths", false), ("webhooks", true)] {
        for (path, item) in document[place].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let at = format!("{} {path}", method.to_uppercase());
                out.insert(at.clone());
                for p in operation["parameters"].as_array().into_iter().flatten() {
                    let must = if p["required"] == true { MUST } else { "" };
                    out.insert(format!(
                        "{at} {} {}{must}",
                        p["in"].as_str().unwrap(),
                        p["name"].as_str().unwrap()
                    ));
                }
                let sides = [
                    ("请求", &operation["requestBody"]["content"], !ours),
                    ("应答", &operation["responses"]["200"]["content"], ours),
                ];
                for (side, content, sent) in sides {
                    for (media, of) in content.as_object().into_iter().flatten() {
                        let mut lines = Lines { all, sent, out: &mut out };
                        lines.of(&format!("{at} {side} {media}"), &of["schema"], false);
                    }
                }
            }
        }
    }
    out
}

/// What of the older lines is gone, and what is asked for newly.
fn broken(older: &BTreeSet<String>, now: &BTreeSet<String>) -> Vec<String> {
    let loosened = |line: &str| line.strip_suffix(MUST).is_some_and(|l| now.contains(l));
    let gone = older.iter().filter(|line| !now.contains(*line) && !loosened(line));
    let mut out: Vec<String> = gone.map(|line| format!("不再有：{line}")).collect();
    // A field of something new may be asked for; of what was there before it may not.
    let known = |at: &str| older.iter().any(|line| line.split(": ").next() == Some(at));
    for line in now.iter().filter(|line| line.ends_with(MUST) && !older.contains(*line)) {
        let newly = match line.split_once(": ") {
            Some((at, _)) => {
                let parent = at.rsplit_once('.').map_or(at, |(parent, _)| parent);
                known(parent.trim_end_matches("[]")) || known(parent)
            }
            // A header or a part of an address, of an operation that was there.
            None => older.contains(&line.split(' ').take(2).collect::<Vec<_>>().join(" ")),
        };
        if newly {
            out.push(format!("新要求必带：{line}"));
        }
    }
    out
}

#[test]
fn documents_the_v1_takes_nothing_away_and_asks_for_nothing_new() {
    let now = published(&kaguan_web::partner::document());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/partners/v1.txt");
    let older: BTreeSet<String> =
        std::fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect();
    let broken = broken(&older, &now);
    assert!(broken.is_empty(), "v1 已公布的不得减少，也不得新增必带：\n{}", broken.join("\n"));
    if std::env::var_os("KAGUAN_WRITE_DOCUMENTS").is_some() {
        std::fs::write(path, now.iter().map(|l| format!("{l}\n")).collect::<String>()).unwrap();
        return;
    }
    assert!(older == now, "cargo xtask documents writes it");
}

#[test]
fn a_field_that_is_gone_one_of_another_type_and_one_that_is_newly_asked_for_are_found() {
    let document = |fields: Value, required: Value| {
        let schema = serde_json::json!({ "type": "object", "properties": fields, "required": required });
        let body = serde_json::json!({ "content": { "application/json": { "schema": schema } } });
        serde_json::json!({ "paths": { "/x": { "post": { "requestBody": body } } } })
    };
    let text = || serde_json::json!({ "type": "string" });
    let older =
        published(&document(serde_json::json!({ "a": text(), "b": text() }), serde_json::json!(["a"])));
    let found = |fields: Value, required: Value| broken(&older, &published(&document(fields, required)));
    let both = || serde_json::json!({ "a": text(), "b": text(), "c": text() });
    assert_eq!(
        found(both(), serde_json::json!([])),
        Vec::<String>::new(),
        "more, and less that is asked for"
    );
    assert_eq!(found(serde_json::json!({ "a": text() }), serde_json::json!(["a"])).len(), 1);
    let other = serde_json::json!({ "a": text(), "b": { "type": "integer" } });
    assert_eq!(found(other, serde_json::json!(["a"])).len(), 1);
    let newly = found(both(), serde_json::json!(["a", "b", "c"]));
    assert!(newly.iter().any(|l| l.contains(".c")) && newly.iter().any(|l| l.contains(".b")), "{newly:?}");
}
