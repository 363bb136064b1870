//! What a clerk has filled in is there when the page comes back with a refusal: every field, choice and tick of the form. A file
//! has to be chosen again.

use crate::{Desk, value};
use kaguan_domain::clause;
use kaguan_domain::facts::form::{Field, FormDraft};
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{On, World};
use std::collections::BTreeMap;

/// One control of a form: what it holds, and what it may hold.
#[derive(Default, Clone, PartialEq, Debug)]
struct Control {
    holds: String,
    choices: Vec<String>,
}

/// An attribute of a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split(&format!(" {name}=\"")).nth(1).and_then(|t| t.split('"').next())
}

/// The controls of the form that posts to a path, by name, files and hidden ones left out.
fn controls(page: &str, action: &str) -> BTreeMap<String, Control> {
    let begin = format!("action=\"{action}?");
    let form = page.split(&begin).nth(1).unwrap_or_else(|| panic!("no form to {action}: {page}"));
    let form = form.split("</form>").next().unwrap_or_default();
    let mut out: BTreeMap<String, Control> = BTreeMap::new();
    let mut select = None;
    for tag in form.split('<').skip(1).map(|t| t.split('>').next().unwrap_or_default()) {
        let name = attribute(tag, "name").unwrap_or_default().to_owned();
        let held = attribute(tag, "value").unwrap_or_default().to_owned();
        if tag.starts_with("select ") {
            select = Some(name.clone());
            out.entry(name).or_default();
        } else if tag.starts_with("/select") {
            select = None;
        } else if let Some(of) = select.as_ref().filter(|_| tag.starts_with("option")) {
            let control = out.entry(of.clone()).or_default();
            if tag.contains(" selected") || control.choices.is_empty() {
                control.holds.clone_from(&held);
            }
            control.choices.push(held);
        } else if tag.starts_with("input ") {
            match attribute(tag, "type") {
                Some("hidden" | "file") => {}
                Some("checkbox" | "radio") => {
                    let control = out.entry(name).or_default();
                    if tag.contains(" checked") {
                        control.holds.clone_from(&held);
                    }
                    control.choices.push(held);
                }
                _ => out.entry(name).or_default().holds = held,
            }
        }
    }
    out
}

/// Something in every control: the last choice, or a text that no rule takes.
fn filled(controls: &BTreeMap<String, Control>) -> Vec<(String, String)> {
    let text = |name: &str, c: &Control| c.choices.last().cloned().unwrap_or_else(|| format!("？{name}"));
    controls.iter().map(|(name, c)| (name.clone(), text(name, c))).collect()
}

/// Sends a form and sees that all of it comes back.
async fn comes_back(desk: &Desk, page: &str, action: &str, hidden: &[(&str, &str)]) -> String {
    let sent = filled(&controls(page, action));
    assert!(sent.len() > 2, "{action}: {sent:?}");
    let fields = sent.iter().map(|(k, v)| (k.as_str(), v.as_str())).chain(hidden.iter().copied());
    let page = desk.post(action, &fields.collect::<Vec<_>>()).await;
    assert!(page.contains("class=\"notice wrong\""), "{action}: {page}");
    let back = controls(&page, action);
    for (name, text) in &sent {
        assert_eq!(back.get(name).map(|c| c.holds.as_str()), Some(text.as_str()), "{action}: {name} is lost");
    }
    page
}

#[tokio::test]
async fn art_8_5_nothing_that_was_filled_in_is_lost_with_a_refusal() {
    clause!(R8.5);
    let w = World::new(On::Memory).await;
    let clerk = Desk::of(&w, "clerk", Role::HrClerk, "44010600000101").await;
    comes_back(&clerk, &clerk.get("/apply?blank=1").await, "/apply", &[("key", "counter-1")]).await;
    comes_back(&clerk, &clerk.get("/units").await, "/units", &[("key", "unit-1"), ("unit", "")]).await;
    let (id, card) = w.with_card(1).await;
    let page = clerk.post("/replace", &[("number", &w.draft(1).document_number)]).await;
    let (holder, card) = (id.0.to_string(), card.0.to_string());
    let hidden = [("key", "replace-1"), ("holder", holder.as_str())];
    let page = comes_back(&clerk, &page, "/replace/apply", &hidden).await;
    assert_eq!(controls(&page, "/replace/apply")["card"].holds, card);
    w.verified().await;
}

#[tokio::test]
async fn art_3_2_the_form_is_whole_when_it_asks_whether_somebody_is_the_same_person() {
    clause!(R3.2);
    clause!(R8.2);
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    let clerk = Desk::of(&w, "clerk", Role::HrClerk, "44010600000101").await;
    let passport = FormDraft {
        form_no: "44010000002".into(),
        document_kind: "8".into(),
        document_number: "E12345678".into(),
        nationality: "CHN".into(),
        photo_receipt: "XPE12345678".into(),
        mobile: "13900000000".into(),
        ..w.draft(1)
    };
    let outlet = w.outlet().0.to_string();
    let mut sent: Vec<(&str, &str)> =
        Field::TITLE_ROW.iter().chain(Field::PERSONAL).map(|f| (f.code(), passport.get(*f))).collect();
    sent.extend([
        ("key", "counter-2"),
        ("consent", "self"),
        ("document_verified", "1"),
        ("photo_from", "receipt"),
        ("collect_at", outlet.as_str()),
        ("postage_told", "1"),
    ]);
    let page = clerk.post("/apply", &sent).await;
    assert!(page.contains("都不是同一人"), "{page}");
    let back = controls(&page, "/apply");
    for (name, text) in sent.iter().filter(|(name, _)| back.contains_key(*name)) {
        assert_eq!(back[*name].holds, *text, "{name} is lost");
    }
    assert_eq!(
        (back["consent"].holds.as_str(), value(&page, "name=\"key\"").as_str()),
        ("self", "counter-2")
    );
    // The answer is given upon the page as it came back.
    let candidates = value(&page, "name=\"candidates\"");
    sent.extend([("candidates", candidates.as_str()), ("same", "another"), ("same_reason", "出生地不同")]);
    let page = clerk.post("/apply", &sent).await;
    assert!(!page.contains("class=\"notice wrong\""), "{page}");
    w.verified().await;
}
