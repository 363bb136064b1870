//! Objects that are put together from parts, written out whole: a row and its verdict are one object of several kinds, each with all of its
//! names. It says the same as `allOf`, and generators of clients understand it, which drop a choice inside `allOf`.

use crate::partner::dictionary::fields;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

type Schemas = Map<String, Value>;

fn name_of(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

fn named(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// What an object has.
#[derive(Clone, Default)]
struct Whole {
    properties: Map<String, Value>,
    required: Vec<Value>,
    /// What each kind has besides; none when there is one kind only.
    kinds: Vec<Value>,
    /// The components that it was put together from.
    parts: BTreeSet<String>,
}

impl Whole {
    fn take(&mut self, all: &Schemas, schema: &Value) {
        if let Some(name) = name_of(schema) {
            self.parts.insert(name.to_owned());
            if let Some(part) = all.get(name) {
                self.take(all, part);
            }
            return;
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.take(all, part);
        }
        self.kinds.extend(schema["oneOf"].as_array().into_iter().flatten().cloned());
        self.properties.extend(
            schema["properties"].as_object().into_iter().flatten().map(|(n, of)| (n.clone(), of.clone())),
        );
        self.required.extend(schema["required"].as_array().into_iter().flatten().cloned());
    }

    fn object(self, description: &Value) -> Value {
        json!({ "type": "object", "description": description, "properties": self.properties, "required": self.required })
    }
}

/// The name under which each kind has one word of its own, and these words.
fn words(kinds: &[Value]) -> Option<(&str, Vec<&str>)> {
    let word = |kind: &Value, name: &str| match kind["properties"][name]["enum"].as_array()?.as_slice() {
        [_] => kind.pointer(&format!("/properties/{name}/enum/0"))?.as_str().map(|_| ()),
        _ => None,
    };
    let mut names = kinds.first()?["properties"].as_object()?.keys();
    let name = names.find(|n| kinds.iter().all(|k| word(k, n).is_some()))?;
    Some((name, kinds.iter().filter_map(|k| k["properties"][name]["enum"][0].as_str()).collect()))
}

/// `opened` of OpeningReturn is OpeningReturnOpened.
fn kind_of(name: &str, word: &str) -> String {
    let parts = word.split('_').filter_map(|part| {
        let first = part.chars().next()?;
        Some(first.to_uppercase().chain(part.chars().skip(1)).collect::<String>())
    });
    format!("{name}{}", parts.collect::<String>())
}

/// Names what a kind has under its own name: MannerProxy is what Manner has under `proxy`.
fn name_inner(name: &str, schema: &Value, schemas: &mut Schemas) {
    let mut own = schema.clone();
    for kind in own.get_mut("oneOf").and_then(Value::as_array_mut).into_iter().flatten() {
        for (field, of) in fields(kind, "properties").filter(|(_, of)| of["properties"].is_object()) {
            let inner = kind_of(name, field);
            let mut reference = named(&inner);
            if let Some(title) = of.as_object_mut().and_then(|of| of.remove("title")) {
                reference["title"] = title;
            }
            schemas.insert(inner, std::mem::replace(of, reference));
        }
    }
    schemas.insert(name.to_owned(), own);
}

/// Writes out what is put together. Answers which components were parts of it.
pub(super) fn write_out(schemas: &mut Schemas) -> BTreeSet<String> {
    let all = schemas.clone();
    let mut parts = BTreeSet::new();
    for (name, schema) in &all {
        let of_kinds = schema["oneOf"].as_array().is_some_and(|kinds| words(kinds).is_some());
        if !schema["allOf"].is_array() && !of_kinds {
            name_inner(name, schema, schemas);
            continue;
        }
        let mut whole = Whole::default();
        whole.take(&all, schema);
        parts.append(&mut whole.parts);
        let kinds = std::mem::take(&mut whole.kinds);
        let Some((tag, words)) = words(&kinds) else {
            schemas.insert(name.clone(), whole.object(&schema["description"]));
            continue;
        };
        let names: Vec<String> = words.iter().map(|word| kind_of(name, word)).collect();
        for (own, kind) in names.iter().zip(&kinds) {
            let mut whole = whole.clone();
            whole.take(&all, kind);
            schemas.insert(own.clone(), whole.object(&kind["description"]));
        }
        let mapping: Map<String, Value> = words
            .iter()
            .zip(&names)
            .map(|(word, own)| ((*word).to_owned(), named(own)["$ref"].clone()))
            .collect();
        schemas.insert(
            name.clone(),
            json!({
                "description": schema["description"],
                "oneOf": names.iter().map(|own| named(own)).collect::<Vec<_>>(),
                "discriminator": { "propertyName": tag, "mapping": mapping },
            }),
        );
    }
    parts
}

/// Takes out those of the parts, with their kinds, that nothing names any more.
pub(super) fn drop_unused(document: &mut Value, parts: &BTreeSet<String>) {
    for part in parts {
        let whole = document.to_string();
        let is_named = |name: &str| whole.contains(&format!("\"#/components/schemas/{name}\""));
        if is_named(part) {
            continue;
        }
        if let Some(schemas) = document["components"]["schemas"].as_object_mut()
            && let Some(gone) = schemas.remove(part)
        {
            for kind in gone["oneOf"].as_array().into_iter().flatten().filter_map(name_of) {
                schemas.remove(kind);
            }
        }
    }
}
