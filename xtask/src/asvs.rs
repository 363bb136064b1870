//! docs/asvs.md: a row for each requirement of ASVS 5.0, levels 1 and 2; what it names has to be there.

use crate::scan::root;
use std::collections::{BTreeMap, BTreeSet};

/// Requirements of level 1 and of level 2.
const LEVELS: [(&str, usize); 2] = [("1", 70), ("2", 183)];
/// All of their numbers added up, so that no other stands for one that is missing.
const SUM: u64 = 20_708_733;

/// A number such as `6.2.10`, as one that can be ordered.
fn number(text: &str) -> Option<u64> {
    let mut parts = text.split('.').map(|p| p.parse::<u64>().ok());
    let (Some(Some(a)), Some(Some(b)), Some(Some(c)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    Some(a * 10_000 + b * 100 + c)
}

/// What is quoted by backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Everything that is wrong with a table, beside the sources and the names of documents.
fn findings(table: &str, sources: &[(String, String)], exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut out = Vec::new();
    let mut by_level: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut last, mut sum) = (0, 0);
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    let tests: BTreeSet<&str> = sources.iter().flat_map(|(_, text)| tests_of(text)).collect();
    for line in table.lines().filter(|l| l.starts_with("| ") && !l.starts_with("| |")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [id, level, about, how] = cells[..] else { continue };
        let Some(n) = number(id) else {
            out.push(format!("docs/asvs.md: `{id}` is no number"));
            continue;
        };
        if n <= last {
            out.push(format!("docs/asvs.md: {id} stands twice, or out of order"));
        }
        (last, sum) = (n, sum + n);
        *by_level.entry(level).or_default() += 1;
        if about.is_empty() {
            out.push(format!("docs/asvs.md: {id} says nothing"));
        }
        let kind = how.strip_prefix("**").and_then(|h| h.split_once("**"));
        let Some((kind, rest)) = kind else {
            out.push(format!("docs/asvs.md: {id} does not say how"));
            continue;
        };
        *counted.entry(kind).or_default() += 1;
        match kind {
            "Test" if quoted(rest).next().is_none() => {
                out.push(format!("docs/asvs.md: {id} names no test"));
            }
            "Test" => {
                let gone = quoted(rest).filter(|t| !tests.contains(t));
                out.extend(gone.map(|t| format!("docs/asvs.md: {id}: no test is named `{t}`")));
            }
            "Document" => {
                let link = rest.split_once("](").and_then(|(_, l)| l.split_once(')')).map(|(l, _)| l);
                if !link.is_some_and(&exists) {
                    out.push(format!("docs/asvs.md: {id} names no document that is there"));
                }
            }
            "Does not apply" | "Not met" if rest.trim_matches([':', ' ']).is_empty() => {
                out.push(format!("docs/asvs.md: {id} gives no reason"));
            }
            "Does not apply" | "Not met" => {}
            other => out.push(format!("docs/asvs.md: {id}: `{other}` is no way to meet it")),
        }
    }
    for (level, want) in LEVELS {
        let has = by_level.get(level).copied().unwrap_or(0);
        if has != want {
            out.push(format!("docs/asvs.md: level {level} has {has} requirements, not {want}"));
        }
    }
    if sum != SUM {
        out.push(format!("docs/asvs.md: another number stands for one that is missing (their sum is {sum})"));
    }
    for (kind, n) in counted {
        let said =
            table.lines().any(|l| l.starts_with(&format!("| **{kind}**")) && l.ends_with(&format!(" {n} |")));
        if !said {
            out.push(format!("docs/asvs.md: there are {n} of “{kind}”, and its head says otherwise"));
        }
    }
    out
}

/// The names of the tests of a file.
pub(crate) fn tests_of(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if is_test && let Some((_, rest)) = line.split_once("fn ") {
            out.extend(rest.split(['(', '<']).next());
            is_test = false;
        }
    }
    out
}

/// The same of this tree.
pub fn of_tree(sources: &[(String, String)]) -> anyhow::Result<Vec<String>> {
    let docs = root().join("docs");
    let table = std::fs::read_to_string(docs.join("asvs.md"))?;
    Ok(findings(&table, sources, |link| docs.join(link).is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_or_a_document_that_is_not_there_and_a_number_that_is_missing_are_found() {
        let sources = [("x.rs".to_owned(), "#[test]\nfn it_holds() {}\nfn helper() {}".to_owned())];
        let table = "| 1.1.1 | 1 | a | **Test** `it_holds` |\n| 1.1.2 | 2 | b | **Test** `helper` |\n\
                     | 1.1.2 | 2 | c | **Document** [x](x.md): y |\n| 1.1.4 | 2 | d | **Not met**: |\n";
        let found = findings(table, &sources, |_| false);
        for part in [
            "no test is named `helper`",
            "1.1.2 stands twice",
            "no document",
            "1.1.4 gives no reason",
            "level 1 has 1",
        ] {
            assert!(found.iter().any(|f| f.contains(part)), "{part}: {found:?}");
        }
        assert!(!found.iter().any(|f| f.contains("it_holds")), "{found:?}");
    }
}
