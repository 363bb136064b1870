//! The floors of `kaguan-domain`, as the head of its `lib.rs` lists them: who may use whom.
//!
//! An arrow goes from one file to another that it names by `crate::`, `super::` or `self::`, tests left out.

use crate::scan::{rust_files, tests_begin};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

const SOURCE: &str = "crates/kaguan-domain/src/";

/// Modules of the ground floor.
const GROUND: &[&str] = &["calendar", "characters", "clause", "codes", "ctx", "ids", "spelling"];
/// What every rule is asked with and answers with.
const FRAME: &[&str] = &["permission", "refusal", "rule"];

/// The rooms that other rooms may use, and why.
const NAMED: &[(&str, &str)] = &[
    (
        "account_opening",
        "what a partner is given and must send back unchanged is the same for bank and vendor",
    ),
    ("application::acts", "who may act for somebody is judged once, whichever business he comes for (R8.2)"),
    ("application::changed", "what a changed document comes to is said once (R29.1)"),
    ("application::form", "every form is judged in one place, whichever business it comes with"),
    (
        "application::presented",
        "who applies, and what comes with the form, is the same for a first card and a replacement",
    ),
    (
        "application::taking",
        "checks, consent, agent and photo are the same for a first card and a replacement",
    ),
    ("application::verify", "when a silent register is asked again is said once (R8.3)"),
    ("alive", "no card is made for somebody whose death two registers confirm, by whichever way (R33.1)"),
    ("activation", "what is in hand and what may begin to work is said once (R16.1)"),
    ("collection", "the six months of an uncollected card are counted once (R15.2)"),
    ("collection::kept", "who has a card, and what is said of one that lies elsewhere, is said once (R12.1)"),
    ("collection::ready", "whose card waits for him, and who is told so, is said once (R31.3, R37.1)"),
    ("counter", "who must be identified at a counter, and on what, is said once (R14.2, R14.5)"),
    ("distribution", "what a count finds, and what a clerk states of a movement, is judged once (R12.1)"),
    ("fee", "what is owed is assessed once (R22.1)"),
    ("instant", "whose card a counter can make is said once (R36.2)"),
    ("link", "whatever changes a card asks its bank to mirror it (R23.1)"),
    ("one_card", "every application passes the one-card check first (R8.6, X10.1)"),
    ("production", "how far the making of a card is, is said once (R8.7, X7.1)"),
    ("recall", "when a card is overdue, and what a card is to its holder, is said once (R32.2, R33.4)"),
    ("records", "in which batch a partner works on an application is said once (R39.1)"),
    ("replacement", "whichever room makes the new card work ends the old one in the same decision (R27.4)"),
    ("replacement::bank_change", "how far a change of the bank is, and when it lapses, is said once (R31.1)"),
    ("restriction", "a case follows the person into whatever room makes or cleans a card (R37.1)"),
    (
        "replacement::ended",
        "whatever ends a card or an application ends the change of the bank that waits for it (R31.1)",
    ),
    ("social_security_number", "how a number follows from a document is said once (R35.1)"),
];

/// Which of the five floors a module stands on.
fn floor(module: &str) -> u8 {
    let top = module.split("::").next().unwrap_or(module);
    match top {
        _ if GROUND.contains(&top) => 1,
        "facts" => 2,
        _ if FRAME.contains(&top) => 3,
        "dispatch" => 5,
        _ => 4,
    }
}

/// The arrows of the domain, file to file, as module paths.
struct Arrows(BTreeMap<String, BTreeSet<String>>);

impl Arrows {
    fn read() -> Result<Self> {
        let mut sources = BTreeMap::new();
        for (name, text) in rust_files()? {
            let Some(path) = name.strip_prefix(SOURCE).and_then(|n| n.strip_suffix(".rs")) else { continue };
            let module = path.strip_suffix("/mod").unwrap_or(path).replace('/', "::");
            let code: String = text
                .lines()
                .take(tests_begin(&name, &text))
                .filter(|l| !l.trim_start().starts_with("//"))
                .flat_map(|l| [l, "\n"])
                .collect();
            sources.insert(module, code);
        }
        sources.remove("lib");
        let mut arrows = BTreeMap::new();
        for (module, code) in &sources {
            let mut targets = BTreeSet::new();
            for path in paths(module, code) {
                let mut known = path.as_str();
                while !known.is_empty() && !sources.contains_key(known) {
                    known = known.rsplit_once("::").map_or("", |(above, _)| above);
                }
                if !known.is_empty() && known != module {
                    targets.insert(known.to_owned());
                }
            }
            arrows.insert(module.clone(), targets);
        }
        Ok(Self(arrows))
    }

    fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(from, to)| to.iter().map(move |to| (from.as_str(), to.as_str())))
    }

    /// Arrows to a higher floor.
    fn upward(&self) -> Vec<(&str, &str)> {
        self.iter().filter(|(from, to)| floor(to) > floor(from)).collect()
    }

    /// Arrows from one room to another.
    fn between_rooms(&self) -> Vec<(&str, &str)> {
        let top = |m: &str| m.split("::").next().unwrap_or_default().to_owned();
        self.iter().filter(|(a, b)| floor(a) == 4 && floor(b) == 4 && top(a) != top(b)).collect()
    }

    /// Whether a file can be reached from itself.
    fn circles(&self) -> Vec<&str> {
        let reach = |start: &str| {
            let (mut seen, mut todo) = (BTreeSet::new(), vec![start.to_owned()]);
            while let Some(at) = todo.pop() {
                for next in self.0.get(&at).into_iter().flatten() {
                    if seen.insert(next.clone()) {
                        todo.push(next.clone());
                    }
                }
            }
            seen
        };
        self.0.keys().filter(|m| reach(m).contains(*m)).map(String::as_str).collect()
    }
}

/// Every path of the crate that a file's code names, from the crate's root.
fn paths(module: &str, code: &str) -> Vec<String> {
    let above = module.rsplit_once("::").map_or("", |(above, _)| above);
    let mut out = Vec::new();
    for (root, base) in [("crate::", ""), ("super::", above), ("self::", module)] {
        for (at, _) in code.match_indices(root) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '$')) {
                continue;
            }
            let rest = &code[at + root.len()..];
            let base = if base.is_empty() { String::new() } else { format!("{base}::") };
            tree(&base, rest, &mut out);
        }
    }
    out
}

/// Reads one path, or a tree of them in braces; answers how many bytes it took.
fn tree(base: &str, text: &str, out: &mut Vec<String>) -> usize {
    let name = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    let (head, rest) = text.split_at(name);
    if head == "self" {
        out.push(base.trim_end_matches("::").to_owned());
        return name;
    }
    if let Some(rest) = rest.strip_prefix("::") {
        let base = format!("{base}{head}::");
        return name + 2 + tree(&base, rest, out);
    }
    if head.is_empty() && rest.starts_with('{') {
        let mut at = 1;
        while at < text.len() && !text[at..].starts_with('}') {
            let piece = text[at..].find(|c: char| !(c.is_whitespace() || c == ',')).unwrap_or(0);
            at += piece;
            if text[at..].starts_with('}') {
                break;
            }
            at += tree(base, &text[at..], out).max(1);
        }
        return at + 1;
    }
    out.push(format!("{base}{head}"));
    name
}

/// What breaks the order of the floors.
pub fn findings() -> Result<Vec<String>> {
    let arrows = Arrows::read()?;
    let mut out = Vec::new();
    for (from, to) in arrows.upward() {
        out.push(format!("kaguan-domain: {from} uses {to}, which stands on a higher floor"));
    }
    let between = arrows.between_rooms();
    for (from, to) in &between {
        if !NAMED.iter().any(|(named, _)| named == to) {
            let why = "rooms are closed to each other; name it in xtask/src/floors.rs with a reason, or move the fact";
            out.push(format!("kaguan-domain: {from} uses the room {to}: {why}"));
        }
    }
    for (named, _) in NAMED {
        if !between.iter().any(|(_, to)| to == named) {
            out.push(format!("xtask/src/floors.rs: no room uses {named}"));
        }
    }
    for module in arrows.circles() {
        out.push(format!("kaguan-domain: {module} is part of a circle of files"));
    }
    Ok(out)
}

/// One line about the arrows.
pub fn summary() -> Result<String> {
    let arrows = Arrows::read()?;
    Ok(format!(
        "kaguan-domain: {} arrows upward; {} between rooms, into the {} named",
        arrows.upward().len(),
        arrows.between_rooms().len(),
        NAMED.len()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_however_it_is_written() {
        let code = "use crate::ids::{CardId, OrgId};\nuse crate::{clause, facts::card::{self, Hold}};\n\
                    fn f() { crate::link::intend(); super::x::y() }";
        let mut found = paths("replacement::bank_change", code);
        found.sort();
        let expected = [
            "clause",
            "facts::card",
            "facts::card::Hold",
            "ids::CardId",
            "ids::OrgId",
            "link::intend",
            "replacement::x::y",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn facts_use_no_room_and_nobody_uses_a_dispatcher() {
        assert_eq!(Arrows::read().unwrap().upward(), []);
    }
}
