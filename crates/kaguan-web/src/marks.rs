//! A refusal stands beside the fields that it is about. Every page is marked here and nowhere else: the form that was sent is found on
//! the page that is shown again, and in it what the refusal names, and what must be filled in and is not. A marked field has
//! `aria-invalid` and `aria-describedby` with the sentence beside it; the notice, which takes the focus, leads to it.

use kaguan_domain::refusal::{Reason, Refusal};
use std::fmt::Write;
use std::ops::Range;

/// The form that was sent: its address, and which of the page's forms it was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Posted {
    pub path: String,
    pub nth: String,
}

/// Fields, under the names they are sent by, of reasons that are about what was stated at the counter.
const ABOUT: [(Reason, &[&str]); 12] = [
    (Reason::CollectorNotVerified, &["verified", "document_number", "signed"]),
    (Reason::ConsentMissing, &["consent"]),
    (Reason::AgentNotAllowed, &["relation", "agent_relation", "ground"]),
    (Reason::PostNotExplained, &["told_postage", "told_code", "postage_told"]),
    (Reason::PostNotAskedFor, &["wish", "mailing_address"]),
    (Reason::WrongPickUpCode, &["code"]),
    (Reason::CountMismatch, &["counted"]),
    (Reason::WrongPayment, &["amount"]),
    (Reason::HolderNotVerified, &["verified"]),
    (Reason::RisksNotTold, &["risks_acknowledged"]),
    (Reason::ChangeNotProved, &["proof", "verified"]),
    (Reason::ReceiptUsed, &["code", "number"]),
];

/// The same of what a refusal says in words.
const SAID: [(&str, &str); 6] = [
    ("限制的法律依据", "ground"),
    ("须核实", "verified"),
    ("身份证件原件", "verified"),
    ("的原因", "reason"),
    ("的理由", "reason"),
    ("须写明原因", "reason"),
];

/// A field and what is wrong with it.
pub type Fault = (String, String);

/// What a page itself found wrong, field by field.
pub fn named(wrong: Vec<(&'static str, String)>) -> Vec<Fault> {
    wrong.into_iter().map(|(field, why)| (field.to_owned(), why)).collect()
}

/// What a refusal is about, field by field.
pub fn faults(refused: &Refusal) -> Vec<Fault> {
    let defects = refused.defects.iter().map(|d| (d.field.code().to_owned(), d.message.clone()));
    let named = ABOUT.iter().filter(|(reason, _)| *reason == refused.reason).flat_map(|(_, names)| *names);
    let why = refused.reason.says();
    let named = named.map(|name| ((*name).to_owned(), format!("{why}。")));
    let about = refused.about.as_deref().unwrap_or_default();
    let said = SAID.iter().filter(|(words, _)| about.contains(words));
    let said = said.map(|(_, name)| ((*name).to_owned(), format!("{about}。")));
    defects.chain(named).chain(said).collect()
}

/// A field of a form as the page has it.
struct Control<'a> {
    /// From `<` to behind `>`.
    tag: Range<usize>,
    name: &'a str,
    /// What stands before it in its label, without what is in brackets.
    label: &'a str,
    required: bool,
    filled: bool,
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let from = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[from..].split('"').next()
}

/// The label that a place is in: where its tag stands.
fn label_of(html: &str, at: usize) -> Option<Range<usize>> {
    let from = html[..at].rfind("<label")?;
    let end = from + html[from..].find('>')? + 1;
    (end <= at && !html[end..at].contains("</label>")).then_some(from..end)
}

/// The fields of a form that somebody fills in.
fn controls(html: &str, form: Range<usize>) -> Vec<Control<'_>> {
    let mut all = Vec::new();
    let mut at = form.start;
    while let Some(next) = html[at..form.end].find('<').map(|n| at + n) {
        let Some(end) = html[next..form.end].find('>').map(|n| next + n + 1) else { break };
        at = end;
        let tag = &html[next..end];
        let kind = tag[1..].split([' ', '>']).next().unwrap_or_default();
        let text = attribute(tag, "type").unwrap_or_default();
        if !["input", "select", "textarea"].contains(&kind) || ["hidden", "submit"].contains(&text) {
            continue;
        }
        let inner = || html[end..].split(&format!("</{kind}>")).next().unwrap_or_default();
        let filled = match (kind, text) {
            ("input", "checkbox" | "radio") => tag.contains(" checked"),
            ("input", _) => attribute(tag, "value").is_some_and(|v| !v.trim().is_empty()),
            ("select", _) => inner().contains(" selected") || !inner().contains("<option value=\"\">"),
            _ => !inner().trim().is_empty(),
        };
        let label = label_of(html, next)
            .map_or("", |l| html[l.end..next].split(['<', '（']).next().unwrap_or_default());
        let name = attribute(tag, "name").unwrap_or_default();
        all.push(Control {
            tag: next..end,
            name,
            label: label.trim(),
            required: tag.contains(" required"),
            filled,
        });
    }
    all
}

/// The form that was sent; of several that go to one address, the one at its place.
fn form_of(html: &str, posted: &Posted) -> Option<Range<usize>> {
    let start = format!("action=\"{}", posted.path);
    let mut first = None;
    for (at, _) in html.match_indices(&start) {
        let token = html[at + start.len()..].split(['"', '&']).next().unwrap_or_default();
        // Another address that begins like this one.
        if !(token.is_empty() || token.starts_with('?')) {
            continue;
        }
        let end = at + html[at..].find("</form>")?;
        if token.rsplit('-').next() == Some(posted.nth.as_str()) {
            return Some(at..end);
        }
        first.get_or_insert(at..end);
    }
    first
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The same page with everything marked that its refusal is about.
pub fn marked(html: String, posted: &Posted, faults: &[Fault], said: &str) -> String {
    // A page that knows its fields has marked them.
    if html.contains("aria-invalid=\"true\"") {
        return html;
    }
    let Some(form) = form_of(&html, posted) else { return html };
    let controls = controls(&html, form);
    let fault = |c: &Control<'_>| faults.iter().find(|(name, _)| name == c.name).map(|(_, why)| why.clone());
    // Of several that a reason is about, those that are empty; the sentence of a rule may name a field by its label.
    let empty = |c: &&Control<'_>| fault(c).is_some() && !c.filled;
    let only_empty = controls.iter().any(|c| empty(&c));
    let named = |c: &Control<'_>| c.label.chars().count() > 2 && said.contains(c.label);
    // A sentence about many fields stands once, above; each has its own word.
    let one_is_named = controls.iter().filter(|c| named(c)).count() == 1;
    let about = |c: &Control<'_>| match fault(c) {
        Some(why) if !only_empty || !c.filled => Some(why),
        None if faults.is_empty() && c.required && !c.filled => Some("须填写。".to_owned()),
        None if faults.is_empty() && named(c) && one_is_named => Some(said.to_owned()),
        None if faults.is_empty() && named(c) && !c.filled => Some("须填写或选择，见上方说明。".to_owned()),
        None if faults.is_empty() && named(c) => Some("请按上方说明核对。".to_owned()),
        _ => None,
    };
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut links = String::new();
    let mut names: Vec<&str> = Vec::new();
    for c in &controls {
        let Some(why) = about(c).filter(|_| !names.contains(&c.name)) else { continue };
        names.push(c.name);
        let tag = &html[c.tag.clone()];
        let own = attribute(tag, "id");
        let id = own.map_or_else(|| format!("sent-{}", c.name), str::to_owned);
        let mut says = format!(" aria-invalid=\"true\" aria-describedby=\"why-{}\"", c.name);
        if own.is_none() {
            let _ = write!(says, " id=\"{id}\"");
        }
        edits.push((c.tag.end - 1..c.tag.end - 1, says));
        let why = escaped(&why);
        let small = format!("<small id=\"why-{}\">{why}</small>", c.name);
        let label = label_of(&html, c.tag.start);
        let behind = label.as_ref().and_then(|_| html[c.tag.end..].find("</label>")).map(|n| c.tag.end + n);
        edits.push((behind.map_or(c.tag.end..c.tag.end, |at| at..at), small));
        if let Some(label) = label {
            let tag = &html[label.clone()];
            let wrong = match attribute(tag, "class") {
                Some(class) => tag.replace(&format!("\"{class}\""), &format!("\"{class} wrong\"")),
                None => tag.replacen("<label", "<label class=\"wrong\"", 1),
            };
            edits.push((label, wrong));
        }
        // What is folded in opens.
        if let Some(fold) = html[..c.tag.start].rfind("<details>")
            && !html[fold..c.tag.start].contains("</details>")
            && !edits.iter().any(|(at, _)| at.start == fold)
        {
            edits.push((fold..fold + 9, "<details open>".into()));
        }
        // The words of a box to tick stand behind it; a field in a table has them for whoever hears the page.
        let ticked = behind.and_then(|at| html[c.tag.end..at].split('<').next()).map(str::trim);
        let title = [Some(c.label), ticked, attribute(tag, "aria-label")]
            .into_iter()
            .flatten()
            .find(|words| !words.is_empty());
        let title = title.unwrap_or("本项");
        // What the notice says already is not said again below it.
        let told = if why == escaped(said) { String::new() } else { format!("：{why}") };
        let _ = write!(links, "<li><a href=\"#{id}\">{title}{told}</a></li>");
    }
    let notice = html.find("class=\"notice wrong\"").and_then(|at| html[at..].find("</div>").map(|n| at + n));
    if let Some(at) = notice.filter(|_| !links.is_empty()) {
        edits.push((at..at, format!("<ul>{links}</ul>")));
    }
    edits.sort_by_key(|(at, _)| std::cmp::Reverse(at.start));
    let mut html = html;
    for (at, text) in edits {
        html.replace_range(at, &text);
    }
    html
}

#[cfg(test)]
mod tests {
    use super::{Posted, marked};

    #[test]
    fn a_field_without_a_label_is_named_by_what_is_read_aloud() {
        let field = "<input name=\"reason\" required aria-label=\"查阅身份证的事由\">";
        let page =
            format!("<div class=\"notice wrong\">不行</div><form action=\"/x?once=ab-1\">{field}</form>");
        let html = marked(page, &Posted { path: "/x".into(), nth: "1".into() }, &[], "不行");
        assert!(html.contains("<a href=\"#sent-reason\">查阅身份证的事由：须填写。</a>"), "{html}");
    }

    #[test]
    fn a_refused_field_says_so_in_the_form_that_was_sent_and_in_no_other() {
        let form = |n: u8, told: &str| {
            format!(
                "<form method=\"post\" action=\"/x?once=ab-{n}\"><label>邮件号<input name=\"tracking\" required value=\"1\"></label><details><summary>更多</summary><label class=\"check\"><input type=\"checkbox\" name=\"told\"{told}> 已告知</label></details></form>"
            )
        };
        let page = format!("<div class=\"notice wrong\">不行</div>{}{}", form(1, ""), form(2, ""));
        let posted = Posted { path: "/x".into(), nth: "2".into() };
        let faults = [("told".to_owned(), "尚未告知<1>。".to_owned())];
        let html = marked(page.clone(), &posted, &faults, "不行");
        let (before, sent) = html.split_once("ab-2").unwrap();
        assert_eq!(before.matches("aria-invalid").count(), 0, "{html}");
        for has in [
            "name=\"told\" aria-invalid=\"true\" aria-describedby=\"why-told\" id=\"sent-told\"",
            "<small id=\"why-told\">尚未告知&lt;1&gt;。</small></label>",
            "<label class=\"check wrong\">",
            "<details open>",
        ] {
            assert!(sent.contains(has), "{has}: {html}");
        }
        assert!(before.contains("<a href=\"#sent-told\">已告知：尚未告知&lt;1&gt;。</a>"), "{html}");
        assert!(before.contains("<li><a href=\"#sent-told\">"), "{html}");
        // What was ticked is not what is missing, and what must be filled in and is not is told without a word of the rule.
        let elsewhere = Posted { path: "/y".into(), nth: "2".into() };
        assert_eq!(marked(page.clone(), &elsewhere, &faults, ""), page);
        let empty = page.replace("value=\"1\"", "value=\"\"");
        assert!(marked(empty, &posted, &[], "不行").contains("<small id=\"why-tracking\">须填写。</small>"));
        let named = marked(page, &posted, &[], "邮件号有误");
        assert!(named.contains("<small id=\"why-tracking\">邮件号有误</small>"), "{named}");
        // A sentence about several stands once.
        let said = "缺：单位地址、经办人姓名";
        let page = format!(
            "<div class=\"notice wrong\">{said}</div><form action=\"/x\"><label>单位地址<input name=\"at\" value=\"\"></label>\
             <label>经办人姓名<input name=\"who\" value=\"李四\"></label></form>"
        );
        let several = marked(page, &Posted { path: "/x".into(), nth: String::new() }, &[], said);
        assert_eq!(several.matches(said).count(), 1, "{several}");
        assert!(
            several.contains("单位地址：须填写或选择") && several.contains("经办人姓名：请按上方说明核对"),
            "{several}"
        );
    }
}
