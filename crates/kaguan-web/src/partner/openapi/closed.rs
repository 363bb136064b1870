//! Which objects take no other names: those that partners send. What the system answers may have more some day.

use crate::partner::dictionary::fields;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn name_of(schema: &Value) -> Option<String> {
    Some(schema["$ref"].as_str()?.rsplit('/').next()?.to_owned())
}

/// The components that a schema names, itself and through others.
fn reached(all: &Value, schema: &Value, seen: &mut BTreeSet<String>) {
    if let Some(name) = name_of(schema) {
        if seen.insert(name.clone()) {
            reached(all, &all[&name], seen);
        }
        return;
    }
    for kind in schema["oneOf"].as_array().into_iter().flatten() {
        reached(all, kind, seen);
    }
    for field in schema["properties"].as_object().into_iter().flatten() {
        reached(all, field.1, seen);
    }
    for inner in ["items", "additionalProperties"] {
        if schema[inner].is_object() {
            reached(all, &schema[inner], seen);
        }
    }
}

/// Says of what partners send that it has no other names.
pub(super) fn close(document: &mut Value) {
    let all = document["components"]["schemas"].clone();
    let (mut sent, mut answered) = (BTreeSet::new(), BTreeSet::new());
    for item in document["paths"].as_object().into_iter().flatten() {
        for operation in item.1.as_object().into_iter().flatten() {
            for media in operation.1["requestBody"]["content"].as_object().into_iter().flatten() {
                reached(&all, &media.1["schema"], &mut sent);
            }
            for media in operation.1["responses"]["200"]["content"].as_object().into_iter().flatten() {
                reached(&all, &media.1["schema"], &mut answered);
            }
        }
    }
    for name in sent.difference(&answered) {
        seal(&mut document["components"]["schemas"][name]);
    }
}

fn seal(schema: &mut Value) {
    if schema["properties"].is_object() {
        schema["additionalProperties"] = json!(false);
        for (_, field) in fields(schema, "properties").filter(|(_, f)| f["properties"].is_object()) {
            seal(field);
        }
    }
    for kind in schema.get_mut("oneOf").and_then(Value::as_array_mut).into_iter().flatten() {
        seal(kind);
    }
}
