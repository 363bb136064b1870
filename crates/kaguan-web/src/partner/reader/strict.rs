//! JSON read strictly: a name that stands twice in one object, and what is nested too deep, is said so by its place.

use super::Fault;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::{Cell, RefCell};

/// So many levels of objects and lists at most; ours have five.
const DEEPEST: usize = 16;

/// What was found while reading.
#[derive(Default)]
struct Found {
    twice: RefCell<Vec<Fault>>,
    too_deep: Cell<bool>,
}

/// The value, and which names stand twice; or why it is none: what, in Chinese, with its place.
pub(super) fn read(bytes: &[u8], one_line: bool) -> Result<(Value, Vec<Fault>), String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if std::str::from_utf8(bytes).is_err() {
        return Err("不是UTF-8编码".into());
    }
    if bytes.trim_ascii().is_empty() {
        return Err("没有内容，应为 JSON".into());
    }
    let found = Found::default();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let seed = Seed { found: &found, depth: 0, path: "" };
    let value = seed.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    let place = |e: &serde_json::Error| match one_line {
        true => format!("第{}列", e.column()),
        false => format!("第{}行第{}列", e.line(), e.column()),
    };
    match value {
        Ok(value) => Ok((value, found.twice.into_inner())),
        Err(e) if found.too_deep.get() => Err(format!("嵌套超过{DEEPEST}层（{}）", place(&e))),
        Err(e) => Err(format!("不是合法的 JSON（{}）", place(&e))),
    }
}

struct Seed<'a> {
    found: &'a Found,
    depth: usize,
    /// Names on the way here, such as `rows[3].bank`.
    path: &'a str,
}

/// The path one step further.
pub(super) fn further(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

impl Seed<'_> {
    fn deeper<E: Error>(&self) -> Result<usize, E> {
        if self.depth >= DEEPEST {
            self.found.too_deep.set(true);
            return Err(E::custom("too deep"));
        }
        Ok(self.depth + 1)
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        // To a schema `225.0` is a whole number; beyond 2^53 nobody can tell which one was meant.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if value.fract() == 0.0 && value.abs() <= EXACT {
            #[expect(clippy::cast_possible_truncation, reason = "it is whole, and within what is exact")]
            return Ok((value as i64).into());
        }
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let (depth, mut values) = (self.deeper()?, Vec::new());
        loop {
            let path = format!("{}[{}]", self.path, values.len());
            match list.next_element_seed(Seed { found: self.found, depth, path: &path })? {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let (depth, mut values) = (self.deeper()?, Map::new());
        while let Some(name) = object.next_key::<String>()? {
            let path = further(self.path, &name);
            let value = object.next_value_seed(Seed { found: self.found, depth, path: &path })?;
            if values.insert(name, value).is_some() {
                let fault = Fault::new(path, "duplicate_field", "在同一对象中出现了两次");
                self.found.twice.borrow_mut().push(fault);
            }
        }
        Ok(Value::Object(values))
    }
}
