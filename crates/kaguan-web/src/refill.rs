//! Nothing that was typed is lost: the page that says why something was not done has it again, whatever page it is. A page that keeps
//! what was typed itself stays as it is; this fills what it left empty, and only in the form that was sent, about the same person or thing.

use crate::marks::{Posted, attribute, controls, edited, escaped, form_of};
use kaguan_store::seal::sm3;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// What was sent under a name, in its order, by everything that handles one request.
type Sent<T> = Arc<Mutex<Vec<(String, T)>>>;

/// What a form was sent with: names and values, in their order. It is known when its body was read, which is after the page's frame was
/// begun. It has no `Debug`: there are people's numbers in it.
#[derive(Clone, Default)]
pub struct FilledIn(Sent<String>, Sent<[u8; 32]>);

impl FilledIn {
    /// Takes down what was sent.
    pub fn take(&self, fields: impl IntoIterator<Item = (String, String)>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(fields);
    }

    pub fn all(&self) -> Vec<(String, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes down which file was sent under a name, not the file.
    pub fn take_file(&self, name: &str, bytes: &[u8]) {
        self.1.lock().unwrap_or_else(PoisonError::into_inner).push((name.to_owned(), sm3(&[bytes])));
    }

    /// Whether a file was sent under a name.
    pub fn has_file(&self, name: &str) -> bool {
        self.1.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|(sent, _)| sent == name)
    }

    /// What was sent to an address, in few digits: the same fields and files, in their order, have the same. It stands in an address,
    /// and an identity number would soon be guessed from it: `session`, which nobody else knows, is in it too. `None` of a form
    /// that nobody read as one.
    pub fn digest(&self, session: &str, path: &str) -> Option<String> {
        let (fields, files) = (self.all(), self.1.lock().unwrap_or_else(PoisonError::into_inner).clone());
        if fields.is_empty() && files.is_empty() {
            return None;
        }
        let fields = serde_json::to_vec(&(session, path, fields)).ok()?;
        let parts: Vec<&[u8]> =
            std::iter::once(fields.as_slice()).chain(files.iter().map(|(_, f)| f.as_slice())).collect();
        Some(hex::encode(&sm3(&parts)[..16]))
    }
}

/// The value of an `<option>` by its tag.
fn option(html: &str, select: &Range<usize>, value: &str) -> Option<Range<usize>> {
    let end = select.end + html[select.end..].find("</select>")?;
    let tag = format!("<option value=\"{}\"", escaped(value).replace('"', "&quot;"));
    let at = select.end + html[select.end..end].find(&tag)?;
    Some(at..at + tag.len())
}

/// The page with what was typed.
pub fn refilled(html: String, posted: &Posted) -> String {
    let sent = posted.filled.all();
    if sent.is_empty() {
        return html;
    }
    let Some((form, true)) = form_of(&html, posted) else { return html };
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    // Of several fields of one name each has its own.
    let mut used: HashMap<&str, usize> = HashMap::new();
    for control in controls(&html, form) {
        let tag = &html[control.tag.clone()];
        let (kind, text) = (tag[1..].split([' ', '>']).next().unwrap_or_default(), attribute(tag, "type"));
        let values: Vec<&str> =
            sent.iter().filter(|(name, _)| name == control.name).map(|(_, value)| value.as_str()).collect();
        let insert = |at: usize, text: String| (at..at, text);
        match (kind, text.unwrap_or("text")) {
            ("input", "password" | "file") => {}
            ("input", "checkbox" | "radio") => {
                let value = attribute(tag, "value").unwrap_or("on");
                if !control.filled && values.iter().any(|sent| escaped(sent) == value) {
                    edits.push(insert(control.tag.end - 1, " checked".into()));
                }
            }
            _ => {
                let nth = used.entry(control.name).or_default();
                let Some(value) = values.get(*nth).filter(|v| !v.is_empty()) else { continue };
                *nth += 1;
                let empty = kind != "input" || attribute(tag, "value").is_none_or(str::is_empty);
                if (control.filled && kind != "select") || !empty {
                    continue;
                }
                match kind {
                    "select" => {
                        let chosen = control.tag.end + html[control.tag.end..].find("</select>").unwrap_or(0);
                        if html[control.tag.end..chosen].contains(" selected") {
                            continue;
                        }
                        if let Some(option) = option(&html, &control.tag, value) {
                            edits.push(insert(option.end, " selected".into()));
                        }
                    }
                    "textarea" => edits.push(insert(control.tag.end, escaped(value))),
                    _ => {
                        let value = format!(" value=\"{}\"", escaped(value).replace('"', "&quot;"));
                        match html[control.tag.clone()].find(" value=\"\"") {
                            Some(at) => {
                                let at = control.tag.start + at;
                                edits.push((at..at + " value=\"\"".len(), value));
                            }
                            None => edits.push(insert(control.tag.end - 1, value)),
                        }
                    }
                }
            }
        }
    }
    edited(html, edits)
}

#[cfg(test)]
mod tests {
    use super::{FilledIn, refilled};
    use crate::marks::Posted;

    fn posted(nth: &str, fields: &[(&str, &str)]) -> Posted {
        let filled = FilledIn::default();
        filled.take(fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        Posted { path: "/boxes/receive".into(), nth: nth.into(), filled }
    }

    fn form(nth: u8, of: u8) -> String {
        format!(
            "<form method=\"post\" action=\"/boxes/receive?once=ab-{nth}\"><input type=\"hidden\" name=\"box\" value=\"{of}\">\
             <label>张数<input name=\"counted\" required></label><label>签收人<input name=\"signer\" value=\"\"></label>\
             <label>责任方<select name=\"answers\"><option value=\"\"></option><option value=\"sender\">寄出方</option></select></label>\
             <label><textarea name=\"list\" rows=\"8\"></textarea></label><input type=\"password\" name=\"secret\">\
             <label><input type=\"checkbox\" name=\"sure\" value=\"1\"> 确定</label></form>"
        )
    }

    #[test]
    fn what_names_its_form_from_elsewhere_on_the_page_is_of_it() {
        let page = "<input type=\"checkbox\" name=\"card_1\" value=\"7-1\" form=\"sign\">\
             <input type=\"checkbox\" name=\"card_2\" value=\"7-2\" form=\"other\">\
             <input type=\"checkbox\" name=\"card_3\" value=\"7-3\">\
             <form method=\"post\" action=\"/boxes/receive?once=ab-1\" id=\"sign\"><input name=\"date\"></form>";
        let sent = [("card_1", "7-1"), ("card_2", "7-2"), ("card_3", "7-3"), ("date", "2026-11-23")];
        let html = refilled(page.into(), &posted("1", &sent));
        assert!(html.contains("form=\"sign\" checked>") && html.contains("value=\"2026-11-23\""), "{html}");
        assert_eq!(html.matches(" checked").count(), 1, "{html}");
    }

    #[test]
    fn what_was_typed_stands_again_in_the_form_about_the_same_box_and_in_no_other() {
        let sent = [
            ("box", "7"),
            ("counted", "12"),
            ("signer", "李四\"<1>"),
            ("answers", "sender"),
            ("list", "A1\nA2"),
            ("secret", "x"),
            ("sure", "1"),
        ];
        // The list has changed meanwhile: the form about box 7 stands elsewhere.
        let page = format!("{}{}", form(1, 8), form(2, 7));
        let html = refilled(page, &posted("1", &sent));
        let (other, same) = html.split_at(html.find("ab-2").unwrap());
        assert!(!other.contains("12") && !other.contains(" checked") && !other.contains("A1"), "{other}");
        for has in [
            "name=\"counted\" required value=\"12\">",
            "name=\"signer\" value=\"李四&quot;&lt;1&gt;\">",
            "<option value=\"sender\" selected>",
            "rows=\"8\">A1\nA2</textarea>",
            "name=\"sure\" value=\"1\" checked>",
        ] {
            assert!(same.contains(has), "{has}: {same}");
        }
        assert!(!html.contains("\"x\""), "a password is typed again: {html}");
        // Nothing is filled in where the box has gone, nor over what a page has itself.
        let gone = form(1, 8);
        assert_eq!(refilled(gone.clone(), &posted("1", &sent)), gone);
        let own = form(1, 7).replace("name=\"counted\" required", "name=\"counted\" value=\"9\"");
        assert!(refilled(own, &posted("1", &sent)).contains("name=\"counted\" value=\"9\">"));
    }
}
