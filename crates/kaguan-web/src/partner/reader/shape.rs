//! The shapes of the published document: what may stand in a body.

use super::strict::further;
use super::{Fault, words};
use crate::partner::dictionary::{FORMS, Form};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a value must be.
#[derive(Debug)]
pub(super) enum Shape {
    /// Text of so many characters, of a form, or one of some words.
    Text { most: usize, words: Vec<String>, form: Option<&'static Form> },
    /// A whole number.
    Whole { least: i64, most: i64 },
    /// True or false.
    Truth,
    /// A list.
    List { of: Box<Self>, least: usize, most: usize },
    /// Names that follow from the business, each with the same.
    Map(Box<Self>),
    /// An object with known names.
    Record(Record),
    /// One of some words, or an object with one of some names.
    Choice { words: Vec<String>, of: Record },
    /// The same, or null.
    Maybe(Box<Self>),
    /// The document says nothing that can be checked.
    Anything,
}

/// The name under which a word says which kind it is, and what each kind has besides.
type Tag = (String, Vec<(String, Vec<Field>)>);

/// The names of an object.
#[derive(Debug, Default)]
pub(super) struct Record {
    always: Vec<Field>,
    /// What besides, by the word that stands under a name.
    tag: Option<Tag>,
}

#[derive(Debug)]
struct Field {
    name: String,
    required: bool,
    shape: Shape,
}

/// The shapes of all components.
pub(super) fn of_document(document: &Value) -> BTreeMap<String, Shape> {
    let all = &document["components"]["schemas"];
    let each = all.as_object().into_iter().flatten();
    each.map(|(name, schema)| (name.clone(), shape(all, schema))).collect()
}

fn resolved<'a>(all: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str().and_then(|r| r.rsplit('/').next()) {
        Some(name) => resolved(all, &all[name]),
        None => schema,
    }
}

fn list<'a>(schema: &'a Value, name: &str) -> &'a [Value] {
    schema[name].as_array().map_or(&[], Vec::as_slice)
}

fn texts(schema: &Value) -> Vec<String> {
    list(schema, "enum").iter().filter_map(|w| w.as_str().map(str::to_owned)).collect()
}

/// A bound that a schema sets; a length that is missing is none.
fn bound(schema: &Value, name: &str, otherwise: i64) -> i64 {
    schema[name].as_i64().unwrap_or(otherwise)
}

fn count(schema: &Value, name: &str, otherwise: usize) -> usize {
    schema[name].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(otherwise)
}

fn fields(all: &Value, schema: &Value) -> Vec<Field> {
    let required = list(schema, "required");
    let each = schema["properties"].as_object().into_iter().flatten();
    let field = |(name, of): (&String, &Value)| Field {
        name: name.clone(),
        required: required.iter().any(|r| r == name),
        shape: shape(all, of),
    };
    each.map(field).collect()
}

/// The kinds of an object that says by a word which it is.
fn tagged(all: &Value, kinds: &[Value]) -> Option<Tag> {
    let word = |kind: &Value, name: &str| -> Option<String> {
        let [word] = list(&kind["properties"][name], "enum") else { return None };
        Some(word.as_str()?.to_owned())
    };
    let first = resolved(all, kinds.first()?);
    let mut names = first["properties"].as_object()?.keys();
    let name = names.find(|n| kinds.iter().all(|k| word(resolved(all, k), n).is_some()))?.clone();
    let mut of = Vec::new();
    for kind in kinds {
        let kind = resolved(all, kind);
        let mut rest = fields(all, kind);
        rest.retain(|f| f.name != name);
        of.push((word(kind, &name)?, rest));
    }
    Some((name, of))
}

/// An object of several kinds: what all have stands before what each has besides.
fn of_kinds((name, mut kinds): Tag) -> Record {
    let has =
        |fields: &[Field], f: &Field| fields.iter().any(|o| o.name == f.name && o.required == f.required);
    let common = |f: &Field, kinds: &[(String, Vec<Field>)]| kinds.iter().all(|(_, fields)| has(fields, f));
    let names: Vec<String> = match kinds.first() {
        Some((_, first)) => first.iter().filter(|f| common(f, &kinds)).map(|f| f.name.clone()).collect(),
        None => Vec::new(),
    };
    let mut always = Vec::new();
    for (n, (_, fields)) in kinds.iter_mut().enumerate() {
        let (all, own) = std::mem::take(fields).into_iter().partition(|f| names.contains(&f.name));
        *fields = own;
        if n == 0 {
            always = all;
        }
    }
    Record { always, tag: Some((name, kinds)) }
}

fn shape(all: &Value, schema: &Value) -> Shape {
    let schema = resolved(all, schema);
    let kinds = list(schema, "oneOf");
    let is_null = |kind: &&Value| kind["type"] == "null";
    if kinds.iter().any(|k| is_null(&k)) {
        let other = kinds.iter().find(|k| !is_null(k));
        return Shape::Maybe(Box::new(other.map_or(Shape::Anything, |k| shape(all, k))));
    }
    if let [one, other] = list(schema, "type") {
        let mut plain = schema.clone();
        plain["type"] = if one == "null" { other.clone() } else { one.clone() };
        return Shape::Maybe(Box::new(shape(all, &plain)));
    }
    if !kinds.is_empty() {
        if let Some(tag) = tagged(all, kinds) {
            return Shape::Record(of_kinds(tag));
        }
        let mut of = Record::default();
        for kind in kinds.iter().map(|k| resolved(all, k)).filter(|k| k["type"] == "object") {
            of.always.extend(fields(all, kind));
        }
        return Shape::Choice { words: kinds.iter().flat_map(|k| texts(resolved(all, k))).collect(), of };
    }
    let most = usize::MAX;
    match schema["type"].as_str() {
        Some("string") => Shape::Text {
            most: count(schema, "maxLength", most),
            words: texts(schema),
            form: schema["pattern"].as_str().and_then(|p| FORMS.iter().find(|f| f.pattern == p)),
        },
        Some("integer") => Shape::Whole {
            least: bound(schema, "minimum", i64::MIN),
            most: bound(schema, "maximum", i64::MAX),
        },
        Some("boolean") => Shape::Truth,
        Some("array") => Shape::List {
            of: Box::new(shape(all, &schema["items"])),
            least: count(schema, "minItems", 0),
            most: count(schema, "maxItems", most),
        },
        Some("object") if schema["properties"].is_null() && schema["additionalProperties"].is_object() => {
            Shape::Map(Box::new(shape(all, &schema["additionalProperties"])))
        }
        Some("object") => Shape::Record(Record { always: fields(all, schema), tag: None }),
        _ => Shape::Anything,
    }
}

impl Shape {
    /// Whether everything in it can be checked.
    #[cfg(test)]
    pub(super) fn is_known(&self) -> bool {
        match self {
            Self::Text { .. } | Self::Whole { .. } | Self::Truth => true,
            Self::List { of, .. } | Self::Map(of) | Self::Maybe(of) => of.is_known(),
            Self::Record(r) | Self::Choice { of: r, .. } => {
                let kinds = r.tag.iter().flat_map(|(_, kinds)| kinds).flat_map(|(_, fields)| fields);
                r.always.iter().chain(kinds).all(|f| f.shape.is_known())
            }
            Self::Anything => false,
        }
    }

    /// What it should be, in Chinese.
    fn says(&self) -> String {
        match self {
            Self::Text { words, .. } if !words.is_empty() => words.join("、"),
            Self::Text { form: Some(form), .. } => form.says.to_owned(),
            Self::Text { .. } => "文本".to_owned(),
            Self::Whole { .. } => "整数".to_owned(),
            Self::Truth => "true 或 false".to_owned(),
            Self::List { .. } => "数组".to_owned(),
            Self::Map(_) | Self::Record(_) => "对象".to_owned(),
            Self::Choice { words, of } => {
                let names = of.always.iter().map(|f| format!("{{\"{}\": …}}", f.name));
                words.iter().cloned().chain(names).collect::<Vec<_>>().join("、")
            }
            Self::Maybe(of) => of.says(),
            Self::Anything => "JSON".to_owned(),
        }
    }

    /// Finds what is wrong with a value.
    pub(super) fn check(&self, value: &Value, at: &str, faults: &mut Vec<Fault>) {
        let mut fault = |code, what: String| faults.push(Fault::new(at, code, what));
        let mut wrong_type = || fault("wrong_type", format!("类型不符，应为{}", self.says()));
        match (self, value) {
            (Self::Anything, _) | (Self::Maybe(_), Value::Null) | (Self::Truth, Value::Bool(_)) => {}
            (Self::Maybe(of), value) => of.check(value, at, faults),
            (Self::Text { words, .. } | Self::Choice { words, .. }, Value::String(text))
                if !words.is_empty() && !words.contains(text) =>
            {
                fault("unknown_value", format!("取值不在范围内，应为{}之一", self.says()));
            }
            (Self::Choice { .. }, Value::String(_)) => {}
            (Self::Text { most, form, .. }, Value::String(text)) => {
                let long = text.chars().count();
                if long > *most {
                    fault("too_long", format!("有{long}个字符，至多{most}个"));
                } else if let Some(form) = form.filter(|f| !(f.fits)(text)) {
                    fault("wrong_form", format!("应为{}", form.says));
                }
            }
            (Self::Whole { least, most }, Value::Number(n)) => match n.as_i64() {
                Some(n) if n < *least => fault("out_of_range", format!("不得小于{least}")),
                Some(n) if n > *most => fault("out_of_range", format!("不得大于{most}")),
                Some(_) => {}
                None if n.is_u64() => fault("out_of_range", format!("不得大于{most}")),
                None => wrong_type(),
            },
            (Self::List { of, least, most }, Value::Array(values)) => {
                if values.len() < *least {
                    fault("too_few", format!("有{}项，至少{least}项", values.len()));
                } else if values.len() > *most {
                    fault("too_many", format!("有{}项，至多{most}项", values.len()));
                }
                for (n, value) in values.iter().enumerate() {
                    of.check(value, &format!("{at}[{n}]"), faults);
                }
            }
            (Self::Map(of), Value::Object(values)) => {
                for (name, value) in values {
                    of.check(value, &further(at, name), faults);
                }
            }
            (Self::Record(record), Value::Object(_)) => record.check(value, at, faults),
            (Self::Choice { of, .. }, Value::Object(values)) => {
                of.known(&of.always.iter().collect::<Vec<_>>(), value, at, faults);
                if values.len() != 1 {
                    faults.push(Fault::new(at, "wrong_type", format!("应为{}之一", self.says())));
                }
            }
            _ => wrong_type(),
        }
    }
}

impl Record {
    /// Everything that an object may have here is there as it should be, and nothing else is.
    fn check(&self, value: &Value, at: &str, faults: &mut Vec<Fault>) {
        let mut here: Vec<&Field> = self.always.iter().collect();
        if let Some((tag, kinds)) = &self.tag {
            let words: Vec<&str> = kinds.iter().map(|(word, _)| word.as_str()).collect();
            let one_of = words.join("、");
            let at_tag = further(at, tag);
            match &value[tag.as_str()] {
                Value::Null => {
                    faults.push(Fault::new(at_tag, "missing_field", format!("缺失，应为{one_of}之一")))
                }
                Value::String(word) => match kinds.iter().find(|(w, _)| w == word) {
                    Some((_, fields)) => here.extend(fields),
                    None => {
                        let what = format!("取值不在范围内，应为{one_of}之一");
                        faults.push(Fault::new(at_tag, "unknown_value", what));
                    }
                },
                _ => faults.push(Fault::new(at_tag, "wrong_type", format!("类型不符，应为{one_of}之一"))),
            }
            // Without a kind nobody knows which names belong to it: all of them may.
            let undecided =
                here.len() == self.always.len() && !kinds.iter().any(|(w, _)| value[tag.as_str()] == **w);
            if undecided {
                self.known(
                    &kinds.iter().flat_map(|(_, f)| f).chain(&self.always).collect::<Vec<_>>(),
                    value,
                    at,
                    faults,
                );
                return self.whole(&self.always.iter().collect::<Vec<_>>(), value, at, faults);
            }
        }
        self.known(&here, value, at, faults);
        self.whole(&here, value, at, faults);
    }

    /// What stands there is known, and as it should be.
    fn known(&self, here: &[&Field], value: &Value, at: &str, faults: &mut Vec<Fault>) {
        let tag = self.tag.as_ref().map(|(tag, _)| tag.as_str());
        for (name, value) in value.as_object().into_iter().flatten().filter(|(n, _)| Some(n.as_str()) != tag)
        {
            let at = further(at, name);
            match here.iter().find(|f| f.name == *name) {
                Some(field) if value.is_null() && field.required => {
                    faults.push(Fault::new(
                        at,
                        "missing_field",
                        format!("不得为 null，应为{}", field.shape.says()),
                    ));
                }
                Some(field) => field.shape.check(value, &at, faults),
                None => {
                    let names: Vec<&str> = here.iter().map(|f| f.name.as_str()).chain(tag).collect();
                    faults.push(Fault::new(at, "unknown_field", words::unknown(name, &names, "字段")));
                }
            }
        }
    }

    /// What must be there is there.
    fn whole(&self, here: &[&Field], value: &Value, at: &str, faults: &mut Vec<Fault>) {
        for field in here.iter().filter(|f| f.required && value.get(&f.name).is_none()) {
            let what = format!("缺失，应为{}", field.shape.says());
            faults.push(Fault::new(further(at, &field.name), "missing_field", what));
        }
    }
}
