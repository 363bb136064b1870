//! The one reader of what partners send: a body is what the published document says, and nothing besides. Every fault is told at once,
//! by the name of its field and never by its value, which may be personal; an unknown name with the nearest known one.

mod shape;
mod strict;
mod words;

use super::reply::Said;
use kaguan_api::problem::{Defect, Problem, protocol};
use serde::de::DeserializeOwned;
use serde_json::Value;
use shape::Shape;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use utoipa::ToSchema;

/// So many faults of one body are named one by one.
const NAMED: usize = 40;

/// Something that is wrong with a body.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Fault {
    /// Where: names and places, such as `rows[3].bank`; empty for the whole.
    at: String,
    /// Stable code.
    code: &'static str,
    /// What, in Chinese, to be read after the name.
    what: String,
}

impl Fault {
    fn new(at: impl Into<String>, code: &'static str, what: impl Into<String>) -> Self {
        Self { at: at.into(), code, what: what.into() }
    }

    fn says(&self) -> String {
        let name = if self.at.is_empty() { "整体" } else { &self.at };
        format!("{name} {}", self.what)
    }
}

/// A row that cannot be read: how it was named, as far as that can be told, and why.
pub(super) struct Unread {
    pub(super) row: String,
    pub(super) said: Said,
}

/// The published document, as the shapes of what may be sent.
static SHAPES: LazyLock<BTreeMap<String, Shape>> =
    LazyLock::new(|| shape::of_document(&super::openapi::document()));

/// What is known of an address: the names of its query, and whether it takes a body.
pub(super) struct Door {
    query: Vec<String>,
    body: bool,
}

static DOORS: LazyLock<BTreeMap<String, Door>> = LazyLock::new(|| {
    let document = super::openapi::document();
    let mut doors = BTreeMap::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let query = parameters.filter(|p| p["in"] == "query").filter_map(|p| p["name"].as_str());
            let door =
                Door { query: query.map(str::to_owned).collect(), body: !operation["requestBody"].is_null() };
            doors.insert(format!("{} {path}", method.to_uppercase()), door);
        }
    }
    doors
});

/// Whether what stands in an address after `?` is known there, each once.
pub(super) fn query(method: &str, route: &str, query: Option<&str>) -> Result<(), Said> {
    let Some(door) = DOORS.get(&format!("{method} {route}")) else { return Ok(()) };
    let mut faults = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for (name, _) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        if !door.query.iter().any(|q| *q == name) {
            let known: Vec<&str> = door.query.iter().map(String::as_str).collect();
            faults.push(Fault::new(name.clone(), "unknown_field", words::unknown(&name, &known, "查询参数")));
        } else if seen.iter().any(|s| *s == name) {
            faults.push(Fault::new(name.clone(), "duplicate_field", "在查询串中出现了两次"));
        }
        seen.push(name.into_owned());
    }
    said("bad_request", faults)
}

/// Whether an address that takes no body got none; `{}` and `null` are none.
pub(super) fn no_body(method: &str, route: &str, body: &[u8]) -> Result<(), Said> {
    let takes = DOORS.get(&format!("{method} {route}")).is_none_or(|d| d.body);
    if takes || [&b""[..], b"{}", b"null"].contains(&body.trim_ascii()) {
        return Ok(());
    }
    Err(Said::because("bad_request", "该接口没有请求体"))
}

/// The faults as a problem, when there are any.
fn said(code: &str, mut faults: Vec<Fault>) -> Result<(), Said> {
    if faults.is_empty() {
        return Ok(());
    }
    let more = faults.len().saturating_sub(NAMED);
    faults.truncate(NAMED);
    let mut says = faults.iter().map(Fault::says).collect::<Vec<_>>().join("；");
    if more > 0 {
        says.push_str(&format!("；另有{more}处"));
    }
    let mut problem: Problem = protocol(code);
    problem.detail = format!("{says}。{}", problem.detail);
    let defect = |f: &Fault| Defect { field: f.at.clone(), code: f.code.to_owned(), message: f.says() };
    problem.defects = faults.iter().map(defect).collect();
    Err(problem.into())
}

fn checked<T: ToSchema>(value: &Value, mut faults: Vec<Fault>) -> Vec<Fault> {
    if let Some(shape) = SHAPES.get(&*T::name()) {
        shape.check(value, "", &mut faults);
    }
    faults
}

/// A body of JSON.
pub(super) fn body<T: DeserializeOwned + ToSchema>(bytes: &[u8]) -> Result<T, Said> {
    let bad = |why| Said::because("bad_request", why);
    let (value, twice) = strict::read(bytes, false).map_err(bad)?;
    said("bad_request", checked::<T>(&value, twice))?;
    serde_json::from_value(value).map_err(|_| Said::protocol("bad_request"))
}

/// A row of a bulk call, a line of JSON.
pub(super) fn row<T: DeserializeOwned + ToSchema>(bytes: &[u8]) -> Result<T, Unread> {
    let nameless = |said| Unread { row: String::new(), said };
    let (value, twice) = strict::read(bytes, true).map_err(|why| nameless(Said::because("bad_row", why)))?;
    let row = value["row"].as_str().filter(|r| r.len() <= 64).unwrap_or_default().to_owned();
    match said("bad_row", checked::<T>(&value, twice)) {
        Err(said) => Err(Unread { row, said }),
        Ok(()) => serde_json::from_value(value).map_err(|_| Unread { row, said: Said::protocol("bad_row") }),
    }
}

#[cfg(test)]
mod tests {
    use super::row as row_of;
    use super::*;
    use kaguan_api::{bank, online, vendor};

    fn faults<T: DeserializeOwned + ToSchema>(text: &str) -> Vec<(String, String)> {
        match body::<T>(text.as_bytes()) {
            Ok(_) => Vec::new(),
            Err(said) => said.0.defects.iter().map(|d| (d.field.clone(), d.code.clone())).collect(),
        }
    }

    fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn every_body_of_the_document_has_a_shape_that_is_known_through_and_through() {
        let document = crate::partner::document();
        let mut bodies = 0;
        for (path, item) in document["paths"].as_object().unwrap() {
            for (_, media) in item["post"]["requestBody"]["content"].as_object().into_iter().flatten() {
                let Some(name) = media["schema"]["$ref"].as_str() else { continue };
                let shape = &SHAPES[name.rsplit('/').next().unwrap()];
                assert!(shape.is_known(), "{path}: {name} {shape:?}");
                bodies += 1;
            }
        }
        assert!(bodies > 30, "{bodies}");
    }

    #[test]
    fn a_misspelt_name_is_refused_with_the_nearest_one_and_never_taken_for_nothing() {
        let said =
            body::<bank::Approve>(br#"{"bank_card_no":"6295588000000000017","refusd":"no"}"#).unwrap_err();
        assert_eq!((said.0.status, said.0.code.as_str()), (400, "bad_request"));
        assert!(said.0.detail.contains("refusd") && said.0.detail.contains("refused"), "{}", said.0.detail);
        assert!(!said.0.detail.contains("6295588000000000017"));
    }

    #[test]
    fn all_faults_of_a_body_are_told_at_once() {
        let text = r#"{"holder":{"number":1,"nam":"张三"},"bank":"9558","card_tail":null,"x":[],"x":[]}"#;
        let expected = [
            ("x", "duplicate_field"),
            ("holder.number", "wrong_type"),
            ("holder.nam", "unknown_field"),
            ("holder.name", "missing_field"),
            ("bank", "wrong_form"),
            ("x", "unknown_field"),
        ];
        let mut found = faults::<online::Loss>(text);
        let mut expected = pairs(&expected);
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_belongs_to_another_answer_is_unknown_in_this_one() {
        let echo = r#""row":"1-1","form_no":"1","number":"1","name":"张三","document_number":"1","bank":"95588","card_no":"A""#;
        let row = |more: &str| row_of::<bank::OpeningReturn>(format!("{{{echo},{more}}}").as_bytes());
        assert!(row(r#""result":"failed","code":"K","reason":"职业缺失""#).is_ok());
        let of = |more: &str| {
            let unread = row(more).err().unwrap();
            assert_eq!((unread.row.as_str(), unread.said.0.status), ("1-1", 422));
            unread.said.0.defects.into_iter().map(|d| (d.field, d.code)).collect::<Vec<_>>()
        };
        let found = of(r#""result":"failed","code":"K","reason":"r","account_no":"1""#);
        assert_eq!(found, pairs(&[("account_no", "unknown_field")]));
        let found = of(r#""result":"opend","account_no":"1""#);
        assert_eq!(found, pairs(&[("result", "unknown_value")]));
        assert_eq!(of(r#""account_no":"1""#), pairs(&[("result", "missing_field")]));
    }

    #[test]
    fn a_choice_is_one_of_its_words_or_one_of_its_objects() {
        let of = |manner: &str| {
            faults::<bank::Activate>(&format!(
                r#"{{"bank_card_no":"6295588000000000017","manner":{manner}}}"#
            ))
        };
        assert_eq!(of(r#""face_to_face""#), []);
        assert_eq!(of(r#""face-to-face""#), pairs(&[("manner", "unknown_value")]));
        assert_eq!(of("7"), pairs(&[("manner", "wrong_type")]));
        assert_eq!(of(r#"{"home_visits":{}}"#), pairs(&[("manner.home_visits", "unknown_field")]));
        assert_eq!(
            of(r#"{"home_visit":{"clerks":["1"]}}"#),
            pairs(&[("manner.home_visit.clerks", "too_few")])
        );
    }

    #[test]
    fn a_whole_number_is_one_however_it_is_written_and_a_part_of_one_is_none() {
        let of =
            |seq: &str| format!(r#"{{"bank_card_no":"6295588000000000017","seq":{seq},"result":"done"}}"#);
        for seq in ["225", "225.0", "2.25e2"] {
            let read = body::<bank::Answer>(of(seq).as_bytes()).map(|answer| answer.seq).ok();
            assert_eq!(read, Some(225), "{seq}");
        }
        for seq in ["225.5", "1e300", "9007199254740993.5"] {
            assert_eq!(faults::<bank::Answer>(&of(seq)), pairs(&[("seq", "wrong_type")]), "{seq}");
        }
    }

    #[test]
    fn what_is_no_json_too_deep_or_no_text_is_said_by_its_place() {
        let says = |bytes: &[u8]| body::<vendor::PackBox>(bytes).unwrap_err().0.detail.clone();
        assert!(says(b"{\"number\":\n}").contains("第2行"), "{}", says(b"{\"number\":\n}"));
        assert!(says(b"{} x").contains("不是合法的 JSON"));
        assert!(says(b"\xff").contains("UTF-8"));
        assert!(says(b" ").contains("没有内容"));
        assert!(says("[".repeat(5_000).as_bytes()).contains("嵌套超过16层"));
        let unread = row_of::<vendor::Posted>(b"{\"row\":").err().unwrap();
        assert!(!unread.said.0.detail.contains("第1行"), "{}", unread.said.0.detail);
    }
}
