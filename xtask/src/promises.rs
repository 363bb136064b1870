//! docs/partners/promises.md: what the partner handbook promises, and the tests that show it. What it quotes stands in the handbook
//! word for word, under the same heading; what it names is there.

use crate::asvs::tests_of;
use crate::scan::root;
use std::collections::BTreeSet;

const TABLE: &str = "docs/partners/promises.md";

/// A text without blanks and line breaks: where a line of the handbook is broken means nothing.
fn joined(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The sections of a page, with their headings.
fn sections(page: &str) -> Vec<(&str, Vec<&str>)> {
    let mut out: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in page.lines() {
        match line.strip_prefix("## ") {
            Some(heading) => out.push((heading.trim(), Vec::new())),
            None => {
                if let Some((_, lines)) = out.last_mut() {
                    lines.push(line);
                }
            }
        }
    }
    out
}

/// What a cell links to: label and path.
fn links(cell: &str) -> Vec<(&str, &str)> {
    let after = cell.split('[').skip(1);
    after.filter_map(|l| l.split_once("](")).filter_map(|(l, p)| Some((l, p.split_once(')')?.0))).collect()
}

/// Everything that is wrong with a table, beside the handbook, the sources and the names of files.
fn findings(
    table: &str,
    handbook: &str,
    sources: &[(String, String)],
    exists: impl Fn(&str) -> bool,
) -> Vec<String> {
    let mut out = Vec::new();
    let mut say = |what: String| out.push(format!("{TABLE}: {what}"));
    let promised = sections(handbook);
    let proved = sections(table);
    let mut seen = BTreeSet::new();
    for (heading, _) in &promised {
        if !proved.iter().any(|(h, _)| h == heading) {
            say(format!("the handbook's section “{heading}” has no table"));
        }
    }
    for (heading, lines) in &proved {
        let Some((_, text)) = promised.iter().find(|(h, _)| h == heading) else {
            say(format!("the handbook has no section “{heading}”"));
            continue;
        };
        let text = joined(&text.concat());
        let rows: Vec<&&str> = lines.iter().filter(|l| l.starts_with("| ")).skip(1).collect();
        if rows.is_empty() {
            say(format!("“{heading}” proves nothing"));
        }
        for row in rows {
            let Some((quote, proof)) = row.trim_matches('|').rsplit_once('|') else {
                say(format!("“{row}” is no row of two cells"));
                continue;
            };
            let quote = joined(quote);
            if !text.contains(&quote) {
                say(format!("“{quote}” does not stand in “{heading}” of the handbook"));
            }
            if quote.chars().count() < 6 || !seen.insert(quote.clone()) {
                say(format!("“{quote}” is too short to be found, or stands twice"));
            }
            if links(proof).is_empty() {
                say(format!("“{quote}” names nothing that shows it"));
            }
            for (name, path) in links(proof) {
                let source = path.strip_prefix("../../").unwrap_or(path);
                let found = match source.ends_with(".rs") {
                    true => sources.iter().any(|(f, text)| f == source && tests_of(text).contains(&name)),
                    false => exists(path),
                };
                if !found {
                    say(format!("“{quote}”: there is no `{name}` in {path}"));
                }
            }
        }
    }
    out
}

/// The same of this tree.
pub fn of_tree(sources: &[(String, String)]) -> anyhow::Result<Vec<String>> {
    let folder = root().join("docs/partners");
    let table = std::fs::read_to_string(root().join(TABLE))?;
    let handbook = std::fs::read_to_string(folder.join("README.zh-CN.md"))?;
    Ok(findings(&table, &handbook, sources, |path| folder.join(path).is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_that_was_changed_a_test_that_is_gone_and_a_section_without_a_table_are_found() {
        let handbook = "# 手册\n\n## 签名\n\n- 每个请求\n  都要签名。\n\n## 版本\n\nv1 内只增加。\n";
        let sources = [("crates/x/tests/a.rs".to_owned(), "#[test]\nfn it_holds() {}".to_owned())];
        let head = "| 手册原文 | 由什么证明 |\n|---|---|\n";
        let good = "| 每个请求都要签名 | [it_holds](../../crates/x/tests/a.rs) |\n";
        let found = |rows: &str| {
            findings(&format!("## 签名\n\n{head}{rows}"), handbook, &sources, |p| p == "bank.py")
        };
        let wrong =
            ["| 每个请求都不签名 | [it_fails](../../crates/x/tests/a.rs) [c](c.py) |\n", good, good].concat();
        let found_all = found(&wrong);
        for part in
            ["不签名” does not stand", "no `it_fails`", "no `c` in c.py", "stands twice", "“版本” has no"]
        {
            assert!(found_all.iter().any(|f| f.contains(part)), "{part}: {found_all:?}");
        }
        assert_eq!(found(good).len(), 1, "only 版本 is missing");
        assert_eq!(found("| 每个请求都要签名 | [bank.py](bank.py) |\n").len(), 1);
        assert!(found("| 每个请求都要签名 | nobody |\n").iter().any(|f| f.contains("names nothing")));
    }
}
