//! What the fields of forms are called and what is chosen in them, for a kept form that is shown again without its page. The test
//! below holds every template to it.

use super::names::{ANYWHERE, OF_SCREEN};
use kaguan_domain::facts::form::Field;

/// Codes and the words for them.
pub type Few = &'static [(&'static str, &'static str)];
/// The same where the domain has them.
pub type Many = fn() -> Vec<(String, String)>;

/// How a field of a kept form is shown.
#[derive(Clone, Copy)]
pub enum Word {
    /// It is written, and can be changed.
    Text(&'static str),
    /// The same over several lines.
    Lines(&'static str),
    /// The same, a day.
    Day(&'static str),
    /// It was stated with a tick, and is stated anew.
    Tick(&'static str),
    /// An item of the application form: written, or chosen from its list.
    Item(Field),
    /// One of a few, and can be changed.
    Of(&'static str, Few),
    /// The same of those that the domain has.
    Among(&'static str, Many),
    /// What the form does: shown, and sent as it was.
    Act(&'static str, Few),
    /// What it is about: what it is called says `chosen`.
    Named(&'static str),
    /// Nobody's statement: a request key, the name of a stored photo. It is sent as it was.
    Silent,
}

/// How a field of the form that is sent to an address is shown; `None` of one that no form has.
pub fn word(form: &str, name: &str) -> Option<Word> {
    // A field that stands once for each card or material has its number behind its name.
    let known = ["card_", "short_", "m-"].into_iter().find(|begin| name.starts_with(begin)).unwrap_or(name);
    let begins =
        |of: &str| form.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let own = OF_SCREEN.iter().find(|(of, n, _)| *n == known && begins(of)).map(|(.., word)| *word);
    let any = || ANYWHERE.iter().find(|(n, _)| *n == known).map(|(_, word)| *word);
    own.or_else(any).or_else(|| Field::of_code(name).map(Word::Item))
}

#[cfg(test)]
mod tests {
    use super::{Word, word};
    use crate::marks::attribute;
    use std::collections::BTreeMap;
    use std::path::Path;

    /// Every template, by its path below the sources.
    fn templates(root: &Path, at: &Path, all: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                templates(root, &path, all);
            } else if path.extension().is_some_and(|ext| ext == "html") {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                all.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }

    /// A template with what it includes.
    fn whole(text: &str, all: &BTreeMap<String, String>) -> String {
        let mut parts = text.split("{% include \"");
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once("\" %}").unwrap();
            let included = all.get(name).or_else(|| all.get(&format!("frame/{name}")));
            out += &whole(included.unwrap_or_else(|| panic!("{name}")), all);
            out += rest;
        }
        out
    }

    /// The tags of a template with where each ends; a `>` in quotes ends none.
    fn tags(html: &str) -> Vec<(&str, usize)> {
        let (mut out, mut at) = (Vec::new(), 0);
        while let Some(from) = html[at..].find('<').map(|n| at + n) {
            let mut quoted = false;
            let end = html[from..].char_indices().find(|(_, c)| {
                quoted ^= *c == '"';
                *c == '>' && !quoted
            });
            let Some((end, _)) = end else { break };
            at = from + end + 1;
            out.push((&html[from..at], at));
        }
        out
    }

    /// The addresses that a form is sent to and of which a draft may be kept; what stands in an address is a number.
    fn addresses(form: &str) -> Vec<String> {
        let without = [
            "/sign-in",
            "/sign-in/code",
            "/sign-out",
            "/reauthenticate",
            "/password",
            "/second-factor",
            // It goes on in its own form.
            "/apply",
        ];
        let mut out = Vec::new();
        for from in form.split("action=\"").skip(1) {
            let to = from.split('"').next().unwrap_or_default();
            let Some(to) = to.split("{{ frame.once() }}").next().filter(|to| to.starts_with('/')) else {
                continue;
            };
            let mut path = String::new();
            for part in to.split("{{") {
                path += part.split_once("}}").map_or(part, |(_, rest)| rest);
            }
            let path = path.replace("//", "/7/");
            let aside = ["/kiosk/", "/rare/from", "/drafts", "/instant/making/read"];
            if !without.contains(&path.as_str()) && !aside.iter().any(|begin| path.starts_with(begin)) {
                out.push(path);
            }
        }
        out
    }

    /// Nobody confirms what he does not see: whatever one fills in, chooses or presses on any form has its words on the kept form.
    #[test]
    fn every_field_of_every_form_has_its_words() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut all = BTreeMap::new();
        templates(&root, &root, &mut all);
        let mut fields = 0;
        for (file, text) in &all {
            for part in text.split("<form ").skip(1) {
                let part = part.split("</form>").next().unwrap_or_default();
                if !part.split('>').next().unwrap_or_default().contains("method=\"post\"") {
                    continue;
                }
                let form = whole(part, &all);
                for (tag, end) in tags(&form) {
                    let what = tag[1..].split([' ', '>']).next().unwrap_or_default();
                    let kind = attribute(tag, "type").unwrap_or(what);
                    let known = ["input", "select", "textarea", "button"].contains(&what);
                    let name = attribute(tag, "name").map(|name| name.split("{{").next().unwrap_or_default());
                    let Some(name) = name.filter(|n| known && !n.is_empty() && kind != "file") else {
                        continue;
                    };
                    for to in addresses(&form) {
                        fields += 1;
                        let word =
                            word(&to, name).unwrap_or_else(|| panic!("{file}: {name} of {to} has no words"));
                        let silent = matches!(word, Word::Silent);
                        assert!(
                            !silent || kind == "hidden",
                            "{file}: {name} of {to} is filled in, and not shown"
                        );
                        let from =
                            if what == "select" { form[end..].split("</select>").next() } else { None };
                        for choice in from.unwrap_or_default().split("<option value=\"").skip(1) {
                            let value = choice.split('"').next().unwrap_or_default();
                            let has = match word {
                                Word::Of(_, few) => few.iter().any(|(code, _)| *code == value),
                                Word::Among(_, all) => all().iter().any(|(code, _)| code == value),
                                Word::Item(_) | Word::Named(_) => true,
                                Word::Text(_)
                                | Word::Lines(_)
                                | Word::Day(_)
                                | Word::Tick(_)
                                | Word::Act(..)
                                | Word::Silent => false,
                            };
                            let fixed = !value.is_empty() && !value.contains("{{");
                            assert!(has || !fixed, "{file}: {value} of {name} of {to} has no words");
                        }
                    }
                }
            }
        }
        assert!(fields > 300, "{fields}");
    }

    #[test]
    fn what_pages_and_lists_name_themselves_has_its_words_too() {
        for (to, names) in [
            ("/links/resolve", &["holder", "card", "seq", "how", "wish"][..]),
            ("/links/letter", &["letter", "how", "wish"]),
            ("/partners/end-key", &["partner", "key", "until", "sure"]),
            ("/partners/decide", &["id", "reason", "approved"]),
            ("/policies/decide", &["id", "reason", "approved"]),
            ("/archive/destroy", &["m-7"]),
            ("/registers/sign", &["card_7"]),
            ("/registers/paper", &["batch", "box", "material", "reason"]),
            ("/batches/hand-out", &["batch", "vendor"]),
            (
                "/units",
                &[
                    "form_no",
                    "employer_code",
                    "employer_name",
                    "address",
                    "operator_name",
                    "operator_number",
                    "operator_phone",
                    "authorisation",
                    "matter",
                    "until",
                    "people",
                    "applied_on",
                    "accepted_on",
                    "operator_verified",
                    "proof",
                    "authorisation_kept",
                    "operator_copy",
                    "applicant_copies",
                    "personal_forms",
                    "consents",
                ],
            ),
        ] {
            for name in names {
                assert!(word(to, name).is_some(), "{name} of {to} has no words");
            }
        }
        assert!(matches!(word("/boxes/ship", "to"), Some(Word::Named("寄往"))));
        assert!(matches!(word("/units/7/people", "right_people"), Some(Word::Text("正确的人数"))));
    }
}
