//! `cargo xtask tidy`: the house rules that a compiler does not know.

use crate::catch_all;
use crate::comments;
use crate::floors;
use crate::rooms;
use crate::scan::{marks, root, rust_files, table, tests_begin};
use anyhow::{Result, bail};
use std::collections::BTreeSet;

/// Everything that is untidy.
pub fn findings() -> Result<Vec<String>> {
    let mut out = Vec::new();
    clauses(&mut out)?;
    let files = rust_files()?;
    out.extend(crate::tidy_web::folders(&files));
    out.extend(crate::asvs::of_tree(&files)?);
    out.extend(crate::promises::of_tree(&files)?);
    let untested = untested()?;
    for (name, text) in files {
        if untested.iter().any(|source| name.starts_with(source)) && tests_begin(&name, &text) != usize::MAX {
            out.push(format!("{name}: its library has `test = false`: these tests are never built"));
        }
        file(&name, &text, &mut out);
        comments::findings(&name, &text, &mut out);
        crate::tidy_web::file(&name, &text, &mut out);
    }
    out.extend(floors::findings()?);
    out.extend(catch_all::findings()?);
    if let Err(e) = rooms::fresh() {
        out.push(e.to_string());
    }
    let ci = std::fs::read_to_string(root().join(".ci/run"))?;
    for command in ["cargo run --release -- demo", "cargo xtask check"] {
        if !ci.contains(command) {
            out.push(format!(".ci/run: the documented command `{command}` is not run"));
        }
    }
    for entry in std::fs::read_dir(root().join("docs/decisions"))? {
        let path = entry?.path();
        if !std::fs::read_to_string(&path)?.contains("Status:") {
            out.push(format!("{}: a decision without a Status line", path.display()));
        }
    }
    Ok(out)
}

/// The sources of the libraries that are built for no tests of their own.
fn untested() -> Result<Vec<String>> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(root().join("crates"))? {
        let entry = entry?;
        let manifest = std::fs::read_to_string(entry.path().join("Cargo.toml"))?;
        let library = manifest.split("[lib]").nth(1).and_then(|rest| rest.split("\n[").next());
        if library.is_some_and(|lines| lines.lines().any(|l| l == "test = false")) {
            out.push(format!("crates/{}/src/", entry.file_name().display()));
        }
    }
    Ok(out)
}

/// Every clause is marked in code and in a test, or listed with a reason; every mark is a clause.
fn clauses(out: &mut Vec<String>) -> Result<()> {
    let known = table("clauses.txt")?;
    let reasons = table("not-enforced.txt")?;
    let marks = marks()?;
    let ids =
        |test: bool| marks.iter().filter(|m| m.test == test).map(|m| m.id.clone()).collect::<BTreeSet<_>>();
    let (code, tests) = (ids(false), ids(true));
    for m in marks.iter().filter(|m| !known.contains_key(&m.id)) {
        out.push(format!("{}: {} is not a clause of docs/regulation/clauses.txt", m.place, m.id));
    }
    for id in known.keys() {
        match (code.contains(id), tests.contains(id), reasons.contains_key(id)) {
            (true, true, false) | (false, false, true) => {}
            (true, false, _) => out.push(format!("{id}: marked in code, but no test carries the mark")),
            (false, true, _) => out.push(format!("{id}: marked in a test, but no code carries the mark")),
            (true, true, true) => out.push(format!("{id}: marked, and listed in not-enforced.txt")),
            (false, false, false) => out.push(format!("{id}: neither marked nor listed in not-enforced.txt")),
        }
    }
    for id in reasons.keys().filter(|id| !known.contains_key(*id)) {
        out.push(format!("not-enforced.txt: {id} is not a clause"));
    }
    Ok(())
}

fn file(name: &str, text: &str, out: &mut Vec<String>) {
    if name.starts_with("xtask") {
        return;
    }
    let lines = text.lines().count();
    if lines > 700 {
        out.push(format!("{name}: {lines} lines; split by verb"));
    }
    let tests = tests_begin(name, text);
    let mut fenced = false;
    for (n, line) in text.lines().enumerate() {
        let place = format!("{name}:{}", n + 1);
        if line.trim_start().starts_with("//") {
            if let Some((_, kind)) = line.split_once("```") {
                // Left without a name it would be Rust, which nothing here runs.
                if !fenced && kind.trim() != "text" {
                    out.push(format!("{place}: a doc test; write a test, or mark it as text"));
                }
                fenced = !fenced;
            }
            continue;
        }
        let sql = ["\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE FROM"].iter().any(|s| line.contains(s));
        // A test may tamper with a database behind the store's back.
        if sql && n < tests && !name.starts_with("crates/kaguan-store/") {
            out.push(format!("{place}: only the store has SQL"));
        }
        // The simulated partners are servers of their own.
        let http = ["crates/kaguan-web/", "crates/kaguan/", "crates/kaguan-partner-sim/src/process/"];
        if line.contains("axum::") && !http.iter().any(|h| name.starts_with(h)) {
            out.push(format!("{place}: only web knows HTTP"));
        }
        if line.contains(&["#[", "ignore"].concat()) {
            out.push(format!("{place}: an ignored test"));
        }
        if n >= tests && line.contains("sleep(") {
            out.push(format!("{place}: a sleep in a test; wait for the event"));
        }
        let outside = ["tokio", "std::fs", "std::net", "std::time::SystemTime", "fastrand", "async fn"];
        if name.starts_with("crates/kaguan-domain/src")
            && n < tests
            && outside.iter().any(|o| line.contains(o))
        {
            out.push(format!("{place}: the domain has no I/O, clock, randomness or async"));
        }
    }
}

/// Prints what is untidy and fails when anything is.
pub fn run() -> Result<()> {
    let findings = findings()?;
    if findings.is_empty() {
        println!("{}", floors::summary()?);
        println!("tidy");
        return Ok(());
    }
    bail!("{}", findings.join("\n"));
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_house_is_tidy() {
        let findings = super::findings().unwrap();
        assert!(findings.is_empty(), "\n{}", findings.join("\n"));
    }
}
