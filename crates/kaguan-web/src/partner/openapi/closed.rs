//! Which objects take no other names: those that partners send. What the system answers may have more some day.

use crate::partner::dictionary::fields;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn name_of(schema: &Value) -> Option<String> {
    Some(schema["$ref"].as_str()?.rsplit('/').next()?.to_owned())
}

/// The components that a schema names, itself and through others: as values of their own, and as parts of another.
fn reached(
    all: &Value,
    schema: &Value,
    part: bool,
    whole: &mut BTreeSet<String>,
    parts: &mut BTreeSet<String>,
) {
    if let Some(name) = name_of(schema) {
        let seen = if part { &mut *parts } else { &mut *whole };
        if seen.insert(name.clone()) {
            reached(all, &all[&name], part, whole, parts);
        }
        return;
    }
    for piece in schema["allOf"].as_array().into_iter().flatten() {
        reached(all, piece, true, whole, parts);
    }
    for kind in schema["oneOf"].as_array().into_iter().flatten() {
        reached(all, kind, part, whole, parts);
    }
    for field in schema["properties"].as_object().into_iter().flatten() {
        reached(all, field.1, false, whole, parts);
    }
    for inner in ["items", "additionalProperties"] {
        if schema[inner].is_object() {
            reached(all, &schema[inner], false, whole, parts);
        }
    }
}

/// Says of what partners send that it has no other names.
pub(super) fn close(document: &mut Value) {
    let all = document["components"]["schemas"].clone();
    let (mut sent, mut parts, mut answered) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut answered_parts = BTreeSet::new();
    for item in document["paths"].as_object().into_iter().flatten() {
        for operation in item.1.as_object().into_iter().flatten() {
            for media in operation.1["requestBody"]["content"].as_object().into_iter().flatten() {
                reached(&all, &media.1["schema"], false, &mut sent, &mut parts);
            }
            for media in operation.1["responses"]["200"]["content"].as_object().into_iter().flatten() {
                reached(&all, &media.1["schema"], false, &mut answered, &mut answered_parts);
            }
        }
    }
    let open =
        |name: &String| parts.contains(name) || answered.contains(name) || answered_parts.contains(name);
    for name in sent.iter().filter(|name| !open(name)) {
        seal(&mut document["components"]["schemas"][name]);
    }
}

fn seal(schema: &mut Value) {
    if schema["allOf"].is_array() {
        schema["unevaluatedProperties"] = json!(false);
    } else if schema["properties"].is_object() {
        schema["additionalProperties"] = json!(false);
        for (_, field) in fields(schema, "properties").filter(|(_, f)| f["properties"].is_object()) {
            seal(field);
        }
    }
    for kind in schema.get_mut("oneOf").and_then(Value::as_array_mut).into_iter().flatten() {
        seal(kind);
    }
}
