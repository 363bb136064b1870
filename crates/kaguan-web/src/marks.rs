//! A refusal stands beside the fields that it is about. Every page is marked here and nowhere else: the form that was sent is found on
//! the page that is shown again, and in it what the refusal names, and what must be filled in and is not. A marked field has
//! `aria-invalid` and `aria-describedby` with the sentence beside it; the notice, which takes the focus, leads to it.

use crate::institution::SAID as OF_OFFICES;
use crate::refill::FilledIn;
use kaguan_domain::clause;
use kaguan_domain::facts::form::{Defect, Field};
use kaguan_domain::refusal::{Reason, Refusal};
use std::fmt::Write;
use std::ops::Range;

/// The form that was sent: its address, which of the page's forms it was, and what stood in it.
#[derive(Clone)]
pub struct Posted {
    pub path: String,
    pub nth: String,
    pub filled: FilledIn,
}

/// Fields, under the names they are sent by, of reasons that are about what was stated at the counter.
const ABOUT: &[(Reason, &[&str])] = &[
    (Reason::PossiblySamePerson, &["same", "same_reason"]),
    (Reason::CandidatesChanged, &["same", "same_reason"]),
    (Reason::CollectorNotVerified, &["verified", "document_number", "signed"]),
    (Reason::DocumentsNotVerified, &["verified", "document_number"]),
    (Reason::ConsentMissing, &["consent"]),
    (Reason::AgentNotAllowed, &["relation", "agent_relation", "ground"]),
    (Reason::PostNotExplained, &["told_postage", "told_code", "postage_told"]),
    (Reason::PostNotAskedFor, &["wish", "mailing_address"]),
    (Reason::WrongPickUpCode, &["code"]),
    (Reason::CountMismatch, &["counted"]),
    (Reason::MorePeopleThanStated, &["people", "right_people"]),
    (Reason::WrongPayment, &["amount"]),
    (Reason::HolderNotVerified, &["verified"]),
    (Reason::RisksNotTold, &["risks_acknowledged"]),
    (Reason::ChangeNotProved, &["proof", "verified"]),
    (Reason::ReceiptUsed, &["code", "number"]),
];

/// Fields of what a rule says in words: each part of its sentence is about the field of the first words that stand in it.
const SAID: &[(&str, &[&str])] = &[
    ("签收：邮费分担", &["told_postage"]),
    ("签收：凭短信取件码签收", &["told_code"]),
    ("寄递的邮政企业", &["carrier"]),
    ("所选邮政企业", &["carrier"]),
    ("是否为同一人的理由", &["same_reason"]),
    ("未登记邮件号", &["tracking"]),
    ("邮费分担和凭短信取件码签收", &["told_postage", "told_code"]),
    ("邮费分担", &["told_postage"]),
    ("凭短信取件码签收", &["told_code"]),
    ("代办人证件影像不能识别", &["deputy_image"]),
    ("授权经办人证件影像不能识别", &["operator_image"]),
    ("关系证明影像不能识别", &["relation_image"]),
    ("终止服务证明影像不能识别", &["proof"]),
    ("签收记录影像不能识别", &["proof_image"]),
    ("单位授权委托书影像不能识别", &["authorisation_image"]),
    ("一人一卡业务确认单影像不能识别", &["slip"]),
    ("未收取终止人力资源社会保障服务的相关证明", &["proof"]),
    ("未提醒", &["reminded"]),
    ("限制的法律依据", &["ground"]),
    ("未登记授权经办人姓名", &["operator"]),
    ("授权经办人姓名与", &["operator"]),
    ("授权经办人证件", &["document_number"]),
    ("单位更换经办人的", &["other_operator"]),
    ("未收取单位授权委托书", &["authorisation"]),
    ("单位授权委托书复印件或影像", &["authorisation_image"]),
    ("未提醒授权经办人", &["reminded"]),
    ("批量业务申请表", &["form_no"]),
    ("多出的卡须逐张登记", &["surplus"]),
    ("短少张数", &["short"]),
    ("，登记短少", &["counted"]),
    ("双方清点", &["counted"]),
    ("短少或多出的情况", &["account"]),
    ("数量：一份申请", &["quantity"]),
    ("未选择制卡商", &["vendor"]),
    ("未选择卡商", &["vendor"]),
    ("未选择服务银行", &["bank"]),
    ("授权经办人有效身份证件原件", &["verified"]),
    ("代办人身份证件复印件", &["deputy_image"]),
    ("居民户口簿或监护、代理关系证明", &["relation_image"]),
    ("代领人姓名、证件种类和号码", &["deputy_name", "deputy_number"]),
    ("代办人身份、关系、代办事由", &["deputy_name", "deputy_number", "relation", "ground"]),
    ("与持卡人的关系", &["speaker_relation", "relation"]),
    ("须由监护人", &["relation"]),
    ("由监护人办理", &["relation"]),
    ("代办激活限于", &["ground"]),
    ("未选择上门事由", &["visit_ground"]),
    ("上门激活限于", &["visit_ground"]),
    ("监护人代办的须登记代办事由", &["ground"]),
    ("不是档案登记的监护人", &["other_guardian"]),
    ("由监护人代办", &["relation"]),
    ("不属于年龄偏大", &["ground"]),
    ("不是未成年人", &["ground"]),
    ("持卡人出示的证件", &["document_number"]),
    ("代办人证件号码", &["deputy_number"]),
    ("代办人登记的是持卡人本人的证件", &["deputy_number"]),
    ("本人或代办人姓名", &["speaker", "proof_signer"]),
    ("代办人姓名", &["deputy_name"]),
    ("代办人未满十八周岁", &["deputy_number"]),
    ("代办人联系电话", &["deputy_phone"]),
    ("代办人证件种类", &["deputy_kind"]),
    ("代领人姓名", &["deputy_name"]),
    ("签收凭证编号", &["proof_number"]),
    ("签收日期", &["date"]),
    ("签收凭证上的签收人", &["proof_signer"]),
    ("回拨", &["called_back"]),
    ("邮寄地址", &["mailing_address"]),
    ("收件人姓名", &["recipient"]),
    ("收件人联系方式", &["recipient_phone"]),
    ("签字", &["signed"]),
    ("生存状态", &["alive"]),
    ("个人身份信息", &["identity"]),
    ("业务办理意愿", &["will"]),
    ("用卡风险", &["risks_told"]),
    ("身份证件原件", &["verified"]),
    ("须核实", &["verified"]),
    ("批量申请总人数不是人数", &["people", "right_people"]),
    ("更正总人数的原因", &["reason"]),
    ("批量业务申请表的编号", &["form_no"]),
    ("双方清点的张数", &["counted"]),
    ("与账面数量不符", &["counted"]),
    ("授权委托书的授权期限", &["authorisation"]),
    ("的原因", &["reason"]),
    ("的理由", &["reason"]),
    ("须写明原因", &["reason"]),
    ("须说明原因", &["refused"]),
];

/// Fields of what a rule says is not filled in (须填写责任人、单号), each by its exact word and under the names that pages send it by.
const STATED: [(&str, &[&str]); 8] = [
    ("保管地点", &["kept_at", "place"]),
    ("签收人", &["signer"]),
    ("责任人", &["responsible"]),
    ("发放方式", &["manner"]),
    ("单号", &["tracking"]),
    ("处理结果", &["account"]),
    ("缺失地点", &["place"]),
    ("情况说明", &["account"]),
];

/// The fields that a part of a rule's sentence says are not filled in, each with its word; none of a part that says something else.
fn unfilled(part: &str) -> impl Iterator<Item = Fault> + '_ {
    let words = part.strip_prefix("须填写").into_iter().flat_map(|all| all.split('、'));
    words.flat_map(|word| {
        let known = STATED.iter().find(|(title, _)| *title == word);
        let names = known.into_iter().flat_map(|(_, names)| names.iter());
        names.map(move |name| Fault::of(name, format!("须填写{word}。")))
    })
}

/// Under which names pages send what a rule calls by one of these codes. Of several that a form has, the first that is empty is meant.
const SENT_AS: &[(&str, &[&str])] = &[
    ("own_document", &["verified", "document_verified"]),
    ("photo", &["photo_from", "photo_file"]),
    ("agent", &["by_guardian", "agent_acts", "guardian_verified", "agent_verified", "deputy_name"]),
    ("agent_proof", &["guardian_proof", "relation_image"]),
    (NAME, &["agent_name", "guardian_name"]),
    (KIND, &["agent_document_kind", "guardian_document_kind"]),
    (NUMBER, &["agent_document_number", "guardian_document_number"]),
    (PHONE, &["agent_phone"]),
    (RELATION, &["agent_relation"]),
    (GROUND, &["agent_ground"]),
    (SEEN, &["agent_verified", "guardian_verified"]),
    (IMAGE, &["agent_image"]),
];

/// What a rule says of an agent is one item to it, and several fields of a page: these are their names in [`SENT_AS`].
const NAME: &str = "agent.name";
const KIND: &str = "agent.document_kind";
const NUMBER: &str = "agent.document_number";
const PHONE: &str = "agent.phone";
const RELATION: &str = "agent.relation";
const GROUND: &str = "agent.ground";
const SEEN: &str = "agent.verified";
const IMAGE: &str = "agent.image";

/// What may be missing of an agent, as the rule names it in its one sentence.
const OF_AGENT: [(&str, &str); 6] = [
    ("姓名", NAME),
    ("证件类型", KIND),
    ("证件号码", NUMBER),
    ("联系电话", PHONE),
    ("与申请人关系", RELATION),
    ("代办原因", GROUND),
];

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

/// A defect beside its field. Of an agent beside that of his fields which it is about; where several are empty the first says it.
fn beside(defect: &Defect) -> Vec<Fault> {
    clause!(R8.5);
    let at = |field| vec![Fault::of(field, defect.message.clone())];
    if defect.field == Field::AgentProof && defect.code == "not_an_image" {
        return at("agent_proof_image");
    }
    if defect.field != Field::Agent {
        return at(defect.field.code());
    }
    match defect.code {
        "missing" => {
            let words = defect.message.split("不能为空").next().unwrap_or_default();
            let all = OF_AGENT.iter().filter(|(title, _)| words.contains(title));
            let told = |(n, (_, field)): (usize, &(&str, &str))| match n {
                0 => Fault::of(field, defect.message.clone()),
                _ => Fault::of(field, "须填写。"),
            };
            let all: Vec<Fault> = all.enumerate().map(told).collect();
            if all.is_empty() { at(Field::Agent.code()) } else { all }
        }
        "bad_name" | "invisible_character" => at(NAME),
        "unknown_code" => at(KIND),
        "bad_document_number" | "agent_too_young" => at(NUMBER),
        "bad_phone" => at(PHONE),
        "not_verified" => at(SEEN),
        "not_an_image" => at(IMAGE),
        _ if defect.message.contains("同一人") => at(NUMBER),
        _ if ["代办原因与", "不属于年龄偏大", "不是未成年人"].iter().any(|w| defect.message.contains(w)) => {
            at(GROUND)
        }
        _ if defect.message.contains("人代办") && !defect.message.contains("须由监护人代办") => {
            at(RELATION)
        }
        _ => at(Field::Agent.code()),
    }
}

/// What a refusal is about, field by field: what it says of each, or else the fields that its reason is usually about.
pub fn faults(refused: &Refusal) -> Vec<Fault> {
    let defects = refused.defects.iter().flat_map(beside);
    let about = refused.about.as_deref().unwrap_or_default();
    let mut said: Vec<Fault> = about
        .split('；')
        .filter_map(|part| {
            Some((part, SAID.iter().chain(&OF_OFFICES).find(|(words, _)| part.contains(words))?.1))
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

/// The form that was sent, and whether it is about the same; of several that go to one address that one, or the one at its place.
pub(crate) fn form_of(html: &str, posted: &Posted) -> Option<(Range<usize>, bool)> {
    let start = format!("action=\"{}", posted.path);
    let filled = posted.filled.all();
    let mut best: Option<(bool, bool, Range<usize>)> = None;
    for (at, _) in html.match_indices(&start) {
        let token = html[at + start.len()..].split(['"', '&']).next().unwrap_or_default();
        // Another address that begins like this one.
        if !(token.is_empty() || token.starts_with('?')) {
            continue;
        }
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
    let controls = form_of(&html, posted).map_or_else(Vec::new, |(form, _)| controls(&html, form));
    let placed: Vec<(&str, &Fault)> = faults.iter().map(|f| (sent_as(f, &controls), f)).collect();
    let of = |c: &Control<'_>| -> Vec<&Fault> {
        placed.iter().filter(|(name, _)| *name == c.name).map(|(_, f)| *f).collect()
    };
    let several = |c: &Control<'_>| of(c).iter().any(|f| f.one_of_several);
    let only_empty = controls.iter().any(|c| several(c) && !c.filled);
    let named = |c: &Control<'_>| by_rule && c.label.chars().count() > 2 && said.contains(c.label);
    // A sentence about many fields stands once, above; each has its own word.
    let one_is_named = controls.iter().filter(|c| named(c)).count() == 1;
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
        None if faults.is_empty() && c.required && !c.filled => Some("须填写。".to_owned()),
        None if faults.is_empty() && named(c) && one_is_named => Some(said.to_owned()),
        None if faults.is_empty() && named(c) && !c.filled => Some("须填写或选择，见上方说明。".to_owned()),
        None if faults.is_empty() && named(c) => Some("请按上方说明核对。".to_owned()),
        None => None,
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
        let what = if why == escaped(said) { String::new() } else { format!("：{why}") };
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
    use kaguan_domain::facts::form::{Defect, Field};
    use kaguan_domain::refusal::{Reason, Refusal};

    fn posted_to(path: &str, nth: &str) -> Posted {
        Posted { path: path.into(), nth: nth.into(), filled: FilledIn::default() }
    }

    #[test]
    fn a_field_without_a_label_is_named_by_what_is_read_aloud() {
        let field = "<input name=\"reason\" required aria-label=\"查阅身份证的事由\">";
        let page =
            format!("<div class=\"notice wrong\">不行</div><form action=\"/x?once=ab-1\">{field}</form>");
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
            "<div class=\"notice wrong\">{said}</div><form action=\"/x\"><label>单位地址<input name=\"at\" value=\"\"></label>\
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
        let form = "<form action=\"/x\"><label>证件号码<input name=\"document_number\" value=\"1\"></label>\
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
        let order = "未选择服务银行；数量：一份申请为1至100000张";
        assert_eq!(fields(&Refusal::about(Reason::MaterialDefective, order)), ["bank", "quantity"]);
    }

    #[test]
    fn art_8_5_a_fault_without_a_field_of_its_own_name_is_told_all_the_same() {
        let form = "<form action=\"/x\"><label>证件<input name=\"id\" value=\"1\"></label>\
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
        let said =
            |code: &'static str, what: &str| Defect::new(Field::Agent, code, clause!(R8.2), what, "请核对");
        let refused = Refusal::defects(vec![
            said("missing", "代办人姓名、联系电话不能为空"),
            said("bad_document_number", "代办人居民身份证号码长度不符"),
            said("agent_not_allowed", "代办原因与申请人年龄不符"),
            said("agent_not_allowed", "未成年人由监护人代办"),
        ]);
        let names = ["agent_name", "agent_document_number", "agent_phone", "agent_relation", "agent_ground"];
        let fields: String = names.iter().map(|n| format!("<label>项<input name=\"{n}\"></label>")).collect();
        let page = format!(
            "<p>未成年人由监护人代办</p><div class=\"notice wrong\">请补正</div><form action=\"/x\">\
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
    }

    #[test]
    fn what_the_notice_says_is_not_said_again_in_its_list() {
        let form =
            "<form action=\"/x\"><label>号码<input name=\"number\" value=\"1\" required></label></form>";
        let page = format!("<div class=\"notice wrong\">号码有误。</div>{form}");
        let html =
            marked(page, &posted_to("/x", ""), &[Fault::of("number", "号码有误。")], "号码有误。", false);
        assert!(html.contains("<li><a href=\"#sent-number\">号码</a></li>"), "{html}");
        assert!(html.contains("<small id=\"why-number\">号码有误。</small>"), "{html}");
    }
}
