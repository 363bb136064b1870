//! A refusal stands beside the fields that it is about. Every page is marked here and nowhere else: the form that was sent is found on
//! the page that is shown again, and in it what the refusal names, and what must be filled in and is not. A marked field has
//! `aria-invalid` and `aria-describedby` with the sentence beside it; the notice, which takes the focus, leads to it.

mod words;

use crate::desk::drafts;
use crate::refill::FilledIn;
use crate::replacement::replace::UNSAID;
use kaguan_domain::clause;
use kaguan_domain::facts::form::{Defect, Field};
use kaguan_domain::refusal::{Reason, Refusal};
use std::fmt::Write;
use std::ops::Range;
use words::{ABOUT, IMAGE, OF_OFFICES, OF_UNITS, PROOFS, SAID, SENT_AS, STATED};

/// The form that was sent: its address, which of the page's forms it was, and what stood in it.
#[derive(Clone)]
pub struct Posted {
    pub path: String,
    pub nth: String,
    pub filled: FilledIn,
}

/// The fields that a part of a rule's sentence says are not filled in, each with its word; none of a part that says something else.
fn unfilled(part: &str) -> impl Iterator<Item = Fault> + '_ {
    let words = part.strip_prefix("须填写").into_iter().flat_map(|all| all.split('、'));
    words.flat_map(|word| {
        let known = STATED.iter().find(|(title, _)| *title == word);
        let names = known.into_iter().flat_map(|(_, names)| names.iter());
        names.map(move |name| Fault::of(name, format!("须填写{word}。")))
    })
}

/// What is missing or wrong of a unit's papers, each item and each paper beside its own field.
fn of_unit(part: &str) -> Vec<Fault> {
    clause!(R10.2);
    let fields = |word: &str| {
        let said = OF_UNITS.iter().find(|(title, _)| word.starts_with(title)).map(|(_, names)| *names);
        said.or_else(|| PROOFS.iter().any(|proof| word.starts_with(proof)).then_some(&["proof"][..]))
    };
    let beside =
        |names: &[&str], why: &str| -> Vec<Fault> { names.iter().map(|name| Fault::of(name, why)).collect() };
    match part.strip_prefix("缺：") {
        Some(missing) => {
            let words = missing.split('、').filter_map(fields);
            words.flat_map(|names| beside(names, "须填写或勾选，见上方说明。")).collect()
        }
        None => fields(part).map_or_else(Vec::new, |names| beside(names, &format!("{part}。"))),
    }
}

/// What is wrong with a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The name it is sent by.
    field: String,
    why: String,
    /// Whether the reason is about one of several fields: then those that are empty are meant, if any is.
    one_of_several: bool,
}

impl Fault {
    pub fn of(field: &str, why: impl Into<String>) -> Self {
        Self { field: field.to_owned(), why: why.into(), one_of_several: false }
    }

    pub fn why(&self) -> &str {
        &self.why
    }
}

/// What a page itself found wrong, field by field.
pub fn named(wrong: Vec<(&'static str, String)>) -> Vec<Fault> {
    wrong.into_iter().map(|(field, why)| Fault::of(field, why)).collect()
}

/// A defect beside its field. Of an agent beside each of the fields that the rule names; where several are empty the first says it.
fn beside(defect: &Defect) -> Vec<Fault> {
    clause!(R8.5);
    let at = |field: &str| vec![Fault::of(field, defect.message.clone())];
    match (defect.field, defect.code) {
        (Field::AgentProof, "not_an_image") => at("agent_proof_image"),
        (Field::Agent, "not_an_image") => at(IMAGE),
        (Field::Business, UNSAID) => at("why"),
        (field, code) => match defect.of_agent.split_first() {
            None => at(field.code()),
            Some((first, others)) => {
                let told = if code == "missing" { "须填写。" } else { defect.message.as_str() };
                let others = others.iter().map(|part| Fault::of(part.code(), told));
                at(first.code()).into_iter().chain(others).collect()
            }
        },
    }
}

/// What a refusal is about, field by field: what it says of each, or else the fields that its reason is usually about.
pub fn faults(refused: &Refusal) -> Vec<Fault> {
    let defects = refused.defects.iter().flat_map(beside);
    let about = refused.about.as_deref().unwrap_or_default();
    if refused.reason == Reason::UnitDefective {
        return about.split('；').flat_map(of_unit).collect();
    }
    let mut said: Vec<Fault> = about
        .split('；')
        .filter_map(|part| {
            Some((part, SAID.iter().chain(OF_OFFICES).find(|(words, _)| part.contains(words))?.1))
        })
        .flat_map(|(part, names)| names.iter().map(move |name| Fault::of(name, format!("{part}。"))))
        .collect();
    said.extend(about.split('；').flat_map(unfilled));
    let reason = ABOUT.iter().filter(|(reason, _)| {
        // What is told beside its own item is not told once more.
        said.is_empty() && refused.defects.is_empty() && *reason == refused.reason
    });
    let why = format!("{}。", refused.reason.says());
    let usual = reason.flat_map(|(_, names)| *names).map(|name| Fault {
        field: (*name).to_owned(),
        why: why.clone(),
        one_of_several: true,
    });
    defects.chain(said.clone()).chain(usual).collect()
}

/// A field of a form as the page has it.
pub(crate) struct Control<'a> {
    /// From `<` to behind `>`.
    pub(crate) tag: Range<usize>,
    pub(crate) name: &'a str,
    /// What stands before it in its label, without what is in brackets.
    label: &'a str,
    required: bool,
    pub(crate) filled: bool,
}

pub(crate) fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let from = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[from..].split('"').next()
}

/// The label that a place is in: where its tag stands.
fn label_of(html: &str, at: usize) -> Option<Range<usize>> {
    let from = html[..at].rfind("<label")?;
    let end = from + html[from..].find('>')? + 1;
    (end <= at && !html[end..at].contains("</label>")).then_some(from..end)
}

/// What a form is called by fields that stand elsewhere on the page; nothing when it has no name.
fn id_of(html: &str, form: usize) -> Option<&str> {
    let from = html[..form].rfind("<form")?;
    let end = from + html[from..].find('>')? + 1;
    attribute(&html[from..end], "id")
}

/// The fields of a form that somebody fills in: those in it, and those that name it, wherever they stand.
pub(crate) fn controls(html: &str, form: Range<usize>) -> Vec<Control<'_>> {
    let mut all = Vec::new();
    let id = id_of(html, form.start);
    let place = if id.is_some() { 0..html.len() } else { form.clone() };
    let mut at = place.start;
    while let Some(next) = html[at..place.end].find('<').map(|n| at + n) {
        let Some(end) = html[next..place.end].find('>').map(|n| next + n + 1) else { break };
        at = end;
        let tag = &html[next..end];
        let kind = tag[1..].split([' ', '>']).next().unwrap_or_default();
        let text = attribute(tag, "type").unwrap_or_default();
        if !["input", "select", "textarea"].contains(&kind) || ["hidden", "submit"].contains(&text) {
            continue;
        }
        let named = attribute(tag, "form");
        if named.map_or(!form.contains(&next), |of| Some(of) != id) {
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

/// Whether a form is about the same: what it sends without anybody having typed it.
fn is_about_the_same(form: &str, filled: &[(String, String)]) -> bool {
    form.split("<input type=\"hidden\"").skip(1).all(|rest| {
        let tag = rest.split('>').next().unwrap_or_default();
        let (name, value) = (attribute(tag, "name"), attribute(tag, "value").unwrap_or_default());
        let sent =
            filled.iter().find(|(sent, _)| Some(sent.as_str()) == name).map(|(_, value)| value.as_str());
        sent.is_none_or(|sent| sent.is_empty() || sent == value)
    })
}

/// Whether the form around a place sends what is filled in; one that names no other method asks for a page.
fn is_posted(html: &str, at: usize) -> bool {
    let form = html[..at].rfind("<form").and_then(|from| html[from..].split('>').next());
    form.map(str::to_ascii_lowercase).is_some_and(|tag| attribute(&tag, "method") == Some("post"))
}

/// What was chosen in a field and is not offered there any more, as the page is by now. What has signs in it that a page writes otherwise
/// is not looked for.
fn gone<'a>(
    html: &str,
    controls: &[Control<'_>],
    c: &Control<'_>,
    sent: &'a [(String, String)],
) -> Option<&'a str> {
    let of_name = || controls.iter().filter(|other| other.name == c.name);
    let value = sent.iter().find(|(name, _)| name == c.name)?.1.as_str();
    if value.trim().is_empty() || value.contains(['<', '>', '&', '"', '\'']) {
        return None;
    }
    let tag = &html[c.tag.clone()];
    let offered = match attribute(tag, "type") {
        Some("radio") => of_name().any(|o| attribute(&html[o.tag.clone()], "value") == Some(value)),
        None if tag.starts_with("<select") && of_name().count() == 1 => {
            let options = html[c.tag.end..].split("</select>").next().unwrap_or_default();
            options.contains(&format!("<option value=\"{value}\""))
        }
        Some(_) | None => true,
    };
    (!offered).then_some(value)
}

/// The form that was sent, and whether it is about the same; of several that go to one address that one, or the one at its place.
pub(crate) fn form_of(html: &str, posted: &Posted) -> Option<(Range<usize>, bool)> {
    let start = format!("action=\"{}", posted.path);
    let filled = posted.filled.all();
    let mut best: Option<(bool, bool, Range<usize>)> = None;
    for (at, _) in html.match_indices(&start) {
        let token = html[at + start.len()..].split(['"', '&']).next().unwrap_or_default();
        // Another address that begins like this one, or a search of the same page, which was not what was sent.
        if !(token.is_empty() || token.starts_with('?')) || !is_posted(html, at) {
            continue;
        }
        // Where a button of a form has an address of its own, the form is the one around it.
        let around = html[..at].rfind("<form").filter(|_| html[..at].ends_with("form"));
        let at = around.and_then(|from| Some(from + html[from..].find("action=\"")?)).unwrap_or(at);
        let end = at + html[at..].find("</form>")?;
        let here = token.rsplit('-').next() == Some(posted.nth.as_str());
        let found = (is_about_the_same(&html[at..end], &filled), here, at..end);
        if best.as_ref().is_none_or(|b| (b.0, b.1) < (found.0, found.1)) {
            best = Some(found);
        }
    }
    best.map(|(same, _, form)| (form, same))
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The name of the field that a fault is about, in the form that was sent.
fn sent_as<'a>(fault: &'a Fault, controls: &[Control<'_>]) -> &'a str {
    let has = |name: &str| controls.iter().any(|c| c.name == name);
    if has(&fault.field) {
        return &fault.field;
    }
    let names = SENT_AS.iter().find(|(code, _)| *code == fault.field).map_or(&[][..], |(_, names)| *names);
    let empty = |name: &str| controls.iter().any(|c| c.name == name && !c.filled);
    let first = names.iter().find(|n| empty(n)).or_else(|| names.iter().find(|n| has(n)));
    first.copied().unwrap_or(&fault.field)
}

/// The same page with everything marked that its refusal is about. `said` is its sentence; one of a rule, which does not know the
/// fields of the page, may name one by its label.
pub fn marked(html: String, posted: &Posted, faults: &[Fault], said: &str, by_rule: bool) -> String {
    let form = form_of(&html, posted);
    let about_the_same = form.as_ref().is_some_and(|(_, same)| *same);
    let controls = form.map_or_else(Vec::new, |(form, _)| controls(&html, form));
    let sent = posted.filled.all();
    let was_sent =
        |c: &Control<'_>| sent.iter().any(|(name, text)| name == c.name && !text.trim().is_empty());
    let placed: Vec<(&str, &Fault)> = faults.iter().map(|f| (sent_as(f, &controls), f)).collect();
    let of = |c: &Control<'_>| -> Vec<&Fault> {
        placed.iter().filter(|(name, _)| *name == c.name).map(|(_, f)| *f).collect()
    };
    let several = |c: &Control<'_>| of(c).iter().any(|f| f.one_of_several);
    let only_empty = controls.iter().any(|c| several(c) && !c.filled);
    let named = |c: &Control<'_>| by_rule && c.label.chars().count() > 2 && said.contains(c.label);
    // A sentence about many fields stands once, above; each has its own word.
    let one_is_named = controls.iter().filter(|c| named(c)).count() == 1;
    // One of several buttons that is pressed answers for all.
    let empty = |c: &Control<'_>| !controls.iter().any(|other| other.name == c.name && other.filled);
    let about = |c: &Control<'_>| match of(c).first() {
        Some(_) => {
            let meant = of(c).into_iter().filter(|f| !(f.one_of_several && only_empty && c.filled));
            let mut whys: Vec<&str> = Vec::new();
            for why in meant.map(Fault::why) {
                if !whys.contains(&why) {
                    whys.push(why);
                }
            }
            Some(whys.concat()).filter(|why| !why.is_empty())
        }
        None if faults.is_empty() && c.required && empty(c) && posted.filled.has_file(c.name) => {
            Some("所选的文件没有保留，须重新选择。".to_owned())
        }
        // What was filled in is not what is missing.
        None if faults.is_empty() && c.required && empty(c) && !was_sent(c) => Some("须填写。".to_owned()),
        None if faults.is_empty() && named(c) && one_is_named => Some(said.to_owned()),
        None if faults.is_empty() && named(c) && !c.filled => Some("须填写或选择，见上方说明。".to_owned()),
        None if faults.is_empty() && named(c) => Some("请按上方说明核对。".to_owned()),
        None => None,
    };
    // A choice that the page has lost is said, for nobody sees it any more; whatever else is said of its field stands behind it.
    let lost = |c: &Control<'_>| {
        let value = gone(&html, &controls, c, &sent).filter(|_| about_the_same)?;
        let words = drafts::choice(&posted.path, c.name, value);
        let chosen = words.map_or_else(|| "提交的选择".to_owned(), |words| format!("提交时选择的“{words}”"));
        Some(format!("{chosen}现在不能选，见上方说明。"))
    };
    let about = |c: &Control<'_>| match (lost(c), about(c)) {
        (Some(lost), also) => Some(lost + also.as_deref().unwrap_or_default()),
        (None, about) => about,
    };
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut links = String::new();
    let mut names: Vec<&str> = Vec::new();
    let mut told = String::new();
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
        told.push_str(&why);
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
        if let Some(fold) = html[..c.tag.start].rfind("<details")
            && !html[fold..c.tag.start].contains("</details>")
            && let Some(end) = html[fold..].find('>').map(|n| fold + n)
            && !html[fold..end].ends_with(" open")
            && !edits.iter().any(|(at, _)| *at == (end..end))
        {
            edits.push((end..end, " open".into()));
        }
        // The words of a box to tick stand behind it; a field in a table has them for whoever hears the page.
        let ticked = behind.and_then(|at| html[c.tag.end..at].split('<').next()).map(str::trim);
        let title = [Some(c.label), ticked, attribute(tag, "aria-label")]
            .into_iter()
            .flatten()
            .find(|words| !words.is_empty());
        let title = title.unwrap_or("本项");
        // What the notice says already is not said again below it.
        let what = match why.strip_prefix(title).and_then(|why| why.strip_prefix('：')) {
            _ if why.trim_end_matches('。') == escaped(said).trim_end_matches('。') => String::new(),
            // Its name is not said twice.
            Some(rest) => format!("：{rest}"),
            None => format!("：{why}"),
        };
        let _ = write!(links, "<li><a href=\"#{id}\">{title}{what}</a></li>");
    }
    // What no field of this form is about is told all the same, wherever else on the page it stands; only the notice has said it.
    let notice = escaped(said);
    for fault in faults {
        let why = escaped(&fault.why);
        let bare = why.trim_end_matches('。');
        if !told.contains(bare) && !notice.contains(bare) {
            let _ = write!(links, "<li>{why}</li>");
            told.push_str(&why);
        }
    }
    let notice = html.find("class=\"notice wrong\"").and_then(|at| html[at..].find("</div>").map(|n| at + n));
    if let Some(at) = notice.filter(|_| !links.is_empty()) {
        edits.push((at..at, format!("<ul>{links}</ul>")));
    }
    edited(html, edits)
}

/// The page with some of its places written anew: from the end, so that none moves before its turn.
pub(crate) fn edited(mut html: String, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(at, _)| std::cmp::Reverse(at.start));
    for (at, text) in edits {
        html.replace_range(at, &text);
    }
    html
}

#[cfg(test)]
mod tests {
    use super::{Fault, Posted, faults, marked};
    use crate::refill::FilledIn;
    use kaguan_domain::clause;
    use kaguan_domain::facts::form::{AgentPart, Defect, Field};
    use kaguan_domain::refusal::{Reason, Refusal};

    fn posted_to(path: &str, nth: &str) -> Posted {
        Posted { path: path.into(), nth: nth.into(), filled: FilledIn::default() }
    }

    #[test]
    fn a_field_without_a_label_is_named_by_what_is_read_aloud() {
        let field = "<input name=\"reason\" required aria-label=\"查阅身份证的事由\">";
        let page = format!(
            "<div class=\"notice wrong\">不行</div><form method=\"post\" action=\"/x?once=ab-1\">{field}</form>"
        );
        let html = marked(page, &posted_to("/x", "1"), &[], "不行", true);
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
        let posted = posted_to("/x", "2");
        let faults = [Fault::of("told", "尚未告知<1>。")];
        let html = marked(page.clone(), &posted, &faults, "不行", true);
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
        let elsewhere = posted_to("/y", "2");
        let html = marked(page.clone(), &elsewhere, &faults, "", true);
        assert!(
            !html.contains("aria-invalid") && html.contains("<li>尚未告知&lt;1&gt;。</li>"),
            "nothing is dropped: {html}"
        );
        let empty = page.replace("value=\"1\"", "value=\"\"");
        assert!(
            marked(empty, &posted, &[], "不行", true).contains("<small id=\"why-tracking\">须填写。</small>")
        );
        let named = marked(page, &posted, &[], "邮件号有误", true);
        assert!(named.contains("<small id=\"why-tracking\">邮件号有误</small>"), "{named}");
        // A sentence about several stands once.
        let said = "缺：单位地址、经办人姓名";
        let page = format!(
            "<div class=\"notice wrong\">{said}</div><form method=\"post\" action=\"/x\"><label>单位地址<input name=\"at\" value=\"\"></label>\
             <label>经办人姓名<input name=\"who\" value=\"李四\"></label></form>"
        );
        let several = marked(page, &posted_to("/x", ""), &[], said, true);
        assert_eq!(several.matches(said).count(), 1, "{several}");
        assert!(
            several.contains("单位地址：须填写或选择") && several.contains("经办人姓名：请按上方说明核对"),
            "{several}"
        );
    }
    #[test]
    fn art_14_2_each_thing_that_is_missing_of_a_collector_stands_beside_its_own_field() {
        let about = "未核实有效身份证件原件（含电子证照）；持卡人出示的证件与档案登记的证件不符；领取人尚未在签收台账上签字";
        let refused = Refusal::about(Reason::CollectorNotVerified, about);
        let form = "<form method=\"post\" action=\"/x\"><label>证件号码<input name=\"document_number\" value=\"1\"></label>\
                    <label><input type=\"checkbox\" name=\"verified\"> 已核实</label>\
                    <label><input type=\"checkbox\" name=\"signed\"> 已签字</label></form>";
        let page = format!("<div class=\"notice wrong\">不行</div>{form}");
        let posted = posted_to("/x", "");
        let html = marked(page, &posted, &faults(&refused), "不行", true);
        for has in [
            "<small id=\"why-verified\">未核实有效身份证件原件（含电子证照）。</small>",
            "<small id=\"why-document_number\">持卡人出示的证件与档案登记的证件不符。</small>",
            "<small id=\"why-signed\">领取人尚未在签收台账上签字。</small>",
        ] {
            assert!(html.contains(has), "{has}: {html}");
        }
    }

    #[test]
    fn art_15_1_what_is_missing_of_an_operator_or_a_box_is_marked_and_what_is_right_is_not() {
        let fields =
            |refused: &Refusal| -> Vec<String> { faults(refused).into_iter().map(|f| f.field).collect() };
        let said = |about: &str| fields(&Refusal::about(Reason::CollectorNotVerified, about));
        assert_eq!(said("未留存加盖公章的单位授权委托书复印件或影像"), ["authorisation_image"]);
        // Whoever speaks on the telephone is no deputy who came.
        let spoke =
            "未回拨档案登记的手机号码核对通话人身份；所登记的姓名不是持卡人，须登记通话人与持卡人的关系";
        assert_eq!(said(spoke), ["called_back", "speaker_relation"]);
        for of_whom in ["持卡人未满十六周岁，通话人须为其监护人", "通话人不是档案登记的监护人"]
        {
            assert_eq!(said(of_whom), ["speaker", "speaker_relation"]);
        }
        assert_eq!(said("所登记的姓名不是持卡人，须登记签收人与持卡人的关系"), ["relation"]);
        assert_eq!(
            said("授权经办人姓名与批量申请登记的不符；单位更换经办人的，须予注明，授权委托书须载明由其领取"),
            ["operator", "other_operator"]
        );
        assert_eq!(
            said("未登记授权经办人证件种类和号码；双方尚未清点数量并签字确认"),
            ["document_number", "signed"]
        );
        assert_eq!(
            fields(&Refusal::about(Reason::MaterialDefective, "须填写责任人、单号")),
            ["responsible", "tracking"]
        );
        let box_of = "清点4张，登记短少0张、多出0张；须填写签收人";
        assert_eq!(fields(&Refusal::about(Reason::CountMismatch, box_of)), ["counted", "signer"]);
        let order = "未选择服务银行；一份申请的数量为1至100000张";
        assert_eq!(fields(&Refusal::about(Reason::MaterialDefective, order)), ["bank", "quantity"]);
    }

    #[test]
    fn art_22_and_36_what_is_marked_is_what_is_wrong() {
        clause!(R22.1);
        clause!(R36.1);
        let used: Vec<String> =
            faults(&Reason::ReceiptUsed.into()).into_iter().map(|fault| fault.field).collect();
        assert_eq!(used, ["code", "receipt_no"]);
        let form = "<form method=\"post\" action=\"/x\"><label><input type=\"radio\" name=\"found\" value=\"passed\" required> 通过</label>\
                    <label><input type=\"radio\" name=\"found\" value=\"wrong\" checked> 未通过</label>\
                    <label>问题<input name=\"findings\"></label><label>数量<input name=\"quantity\" value=\"0\"></label></form>";
        let page = format!("<div class=\"notice wrong\">不行</div>{form}");
        let wrong = Refusal::about(Reason::MaterialDefective, "检查不通过的，须写明问题");
        let html = marked(page.clone(), &posted_to("/x", ""), &faults(&wrong), "不行", true);
        assert!(html.contains("id=\"why-findings\"") && !html.contains("why-found"), "{html}");
        // Nor is a button marked where another of its name is pressed, or a name said twice.
        let html = marked(page.clone(), &posted_to("/x", ""), &[], "不行", true);
        assert!(!html.contains("aria-invalid"), "{html}");
        let twice = [Fault::of("quantity", "数量：须为1以上。")];
        let html = marked(page, &posted_to("/x", ""), &twice, "不行", true);
        assert!(html.contains("<a href=\"#sent-quantity\">数量：须为1以上。</a>"), "{html}");
    }

    #[test]
    fn art_8_5_a_fault_without_a_field_of_its_own_name_is_told_all_the_same() {
        let form = "<form method=\"post\" action=\"/x\"><label>证件<input name=\"id\" value=\"1\"></label>\
                    <label><input type=\"checkbox\" name=\"verified\"> 已核验</label>\
                    <label><input type=\"checkbox\" name=\"by_guardian\" checked> 代办</label>\
                    <label><input type=\"checkbox\" name=\"guardian_verified\"> 已核验监护人</label></form>";
        let page = format!("<div class=\"notice wrong\">不行</div>{form}");
        let faults = [
            Fault::of("own_document", "未核实申请人。"),
            Fault::of("agent", "未核实代办人。"),
            Fault::of("agent", "代办人未满十八周岁。"),
            Fault::of("id", "号码有误。"),
            Fault::of("eligibility", "不予受理。"),
        ];
        let html = marked(page, &posted_to("/x", ""), &faults, "不行", true);
        for has in [
            "<small id=\"why-verified\">未核实申请人。</small>",
            "<small id=\"why-guardian_verified\">未核实代办人。代办人未满十八周岁。</small>",
            "<li>不予受理。</li>",
            "<small id=\"why-id\">号码有误。</small>",
            "<a href=\"#sent-id\">证件：号码有误。</a>",
        ] {
            assert!(html.contains(has), "{has}: {html}");
        }
        // Even where the form that was sent is not on the page any more.
        let page = "<div class=\"notice wrong\">不行</div>".to_owned();
        let html = marked(page, &posted_to("/x", ""), &faults, "不行", true);
        assert!(faults.iter().all(|f| html.contains(&format!("<li>{}</li>", f.why()))), "{html}");
    }

    #[test]
    fn art_8_5_what_is_wrong_of_an_agent_stands_beside_that_field_of_his() {
        let said = |code: &'static str, what: &str, parts: &[AgentPart]| {
            Defect::new(Field::Agent, code, clause!(R8.2), what, "请核对").about_agent(parts)
        };
        let refused = Refusal::defects(vec![
            said("missing", "代办人姓名、联系电话不能为空", &[AgentPart::Name, AgentPart::Phone]),
            said("bad_document_number", "代办人居民身份证号码长度不符", &[AgentPart::DocumentNumber]),
            said("agent_not_allowed", "代办原因与申请人年龄不符", &[AgentPart::Ground]),
            said("agent_not_allowed", "未成年人由监护人代办", &[AgentPart::Relation]),
        ]);
        let names = ["agent_name", "agent_document_number", "agent_phone", "agent_relation", "agent_ground"];
        let fields: String = names.iter().map(|n| format!("<label>项<input name=\"{n}\"></label>")).collect();
        let page = format!(
            "<p>未成年人由监护人代办</p><div class=\"notice wrong\">请补正</div><form method=\"post\" action=\"/x\">\
             <details class=\"more\"><summary>代办</summary>{fields}</details></form>"
        );
        let html = marked(page, &posted_to("/x", ""), &faults(&refused), "请补正", true);
        for has in [
            "<small id=\"why-agent_name\">代办人：代办人姓名、联系电话不能为空",
            "<small id=\"why-agent_phone\">须填写。",
            "<small id=\"why-agent_document_number\">代办人：代办人居民身份证号码长度不符",
            "<small id=\"why-agent_ground\">代办人：代办原因与申请人年龄不符",
            "<small id=\"why-agent_relation\">代办人：未成年人由监护人代办",
            "<details class=\"more\" open>",
        ] {
            assert!(html.contains(has), "{has}: {html}");
        }
        assert!(names.iter().all(|n| html.contains(&format!("<li><a href=\"#sent-{n}\">"))), "{html}");
    }

    #[test]
    fn art_16_4_a_visit_without_its_ground_is_marked_there() {
        let refused = Refusal::about(Reason::DocumentsNotVerified, "未核实持卡人生存状态；未选择上门事由");
        assert!(faults(&refused).iter().any(|f| f.field == "visit_ground" && f.why == "未选择上门事由。"));
        let young = Refusal::about(
            Reason::MaterialDefective,
            "上门事由与年龄不符，请更正：持卡人未满六十周岁，不属于年龄偏大",
        );
        assert!(faults(&young).iter().all(|f| f.field == "visit_ground"), "whoever acts is not meant");
    }

    #[test]
    fn what_asks_for_a_page_was_not_sent_however_its_tag_is_written() {
        let notice = "<div class=\"notice wrong\">不行</div>";
        let field = "<input name=\"number\" required>";
        let sent = format!("<form class=\"row\" action=\"/x?once=ab-1\" method=\"POST\">{field}</form>");
        for asks in ["<form class=\"row\" action=\"/x\" METHOD=\"Get\">", "<form action=\"/x\">"] {
            let page = format!("{notice}{asks}<input name=\"number\" required></form>{sent}");
            let html = marked(page, &posted_to("/x", "9"), &[], "不行", true);
            let (before, behind) = html.split_once("once=ab-1").unwrap();
            assert!(!before.contains("aria-invalid") && behind.contains("aria-invalid"), "{html}");
        }
    }

    #[test]
    fn what_was_filled_in_is_not_called_missing_and_a_choice_that_is_gone_is_said() {
        let filled = FilledIn::default();
        let sent = [("change", "changed"), ("secret", "x"), ("how", "b"), ("empty", " ")];
        filled.take(sent.map(|(name, value)| (name.to_owned(), value.to_owned())));
        filled.take_file("proof", b"png");
        let posted = Posted { path: "/pin/carry-out".into(), nth: "1".into(), filled };
        let html = marked(
            "<div class=\"notice wrong\">不行</div><form method=\"post\" action=\"/pin/carry-out?once=ab-1\">\
             <label>业务<select name=\"change\" required><option value=\"\"></option><option value=\"locked\">登记密码锁定</option></select></label>\
             <label>方式<input type=\"radio\" name=\"how\" value=\"a\" required> 甲</label>\
             <label>口令<input type=\"password\" name=\"secret\" required></label>\
             <label>证明<input type=\"file\" name=\"proof\" required></label>\
             <label>说明<input name=\"empty\" value=\" \" required></label></form>"
                .into(),
            &posted,
            &[],
            "不行",
            true,
        );
        for has in [
            "<small id=\"why-change\">提交时选择的“修改密码”现在不能选，见上方说明。</small>",
            "<small id=\"why-how\">提交的选择现在不能选，见上方说明。</small>",
            "<small id=\"why-proof\">所选的文件没有保留，须重新选择。</small>",
            "<small id=\"why-empty\">须填写。</small>",
        ] {
            assert!(html.contains(has), "{has}: {html}");
        }
        assert!(!html.contains("why-secret") && html.matches("须填写").count() == 2, "{html}");
    }

    #[test]
    fn what_the_notice_says_is_not_said_again_in_its_list() {
        let form = "<form method=\"post\" action=\"/x\"><label>号码<input name=\"number\" value=\"1\" required></label></form>";
        let page = format!("<div class=\"notice wrong\">号码有误。</div>{form}");
        let html =
            marked(page, &posted_to("/x", ""), &[Fault::of("number", "号码有误。")], "号码有误。", false);
        assert!(html.contains("<li><a href=\"#sent-number\">号码</a></li>"), "{html}");
        assert!(html.contains("<small id=\"why-number\">号码有误。</small>"), "{html}");
    }
}
