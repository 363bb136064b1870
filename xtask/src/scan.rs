//! Reading the tree: files, marks, and which of them stand in tests.

use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// A program at the root of the workspace, as if typed in a shell: without what `cargo xtask` says of its own package. ring's build looks at
/// that, so that ring and all above it would be built a second time by whoever types `cargo run` afterwards.
pub fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    for (name, _) in std::env::vars_os() {
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|of| name.to_string_lossy().starts_with(of)) {
            command.env_remove(name);
        }
    }
    command.current_dir(root());
    command
}

/// One `clause!(…)` mark.
#[derive(Clone, Debug)]
pub struct Mark {
    pub id: String,
    /// `crates/…/file.rs:line`.
    pub place: String,
    /// The function around it; of a rule with its command, `Apply::decide`.
    pub function: String,
    /// Whether it stands in a test.
    pub test: bool,
}

/// Every Rust file of the workspace's crates, with its text, by path from the root.
pub fn rust_files() -> Result<Vec<(String, String)>> {
    let mut out = Vec::new();
    let mut todo = vec![root().join("crates"), root().join("xtask")];
    while let Some(dir) = todo.pop() {
        for entry in std::fs::read_dir(&dir).with_context(|| format!("failed to read {}", dir.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                if path.file_name().is_none_or(|n| n != "target") {
                    todo.push(path);
                }
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
                out.push((name, std::fs::read_to_string(&path)?));
            }
        }
    }
    out.sort();
    Ok(out)
}

/// The line on which the test module of a source file begins; tests stand at the end of a file, a page's in `test.rs` beside it.
pub fn tests_begin(name: &str, text: &str) -> usize {
    if name.contains("/tests/") || name.ends_with("/test.rs") {
        return 0;
    }
    text.lines().position(|l| l.trim() == "#[cfg(test)]").unwrap_or(usize::MAX)
}

/// Every mark. The lists of refusals and the macro itself cite clauses without enforcing them.
pub fn marks() -> Result<Vec<Mark>> {
    let mut out = Vec::new();
    for (name, text) in rust_files()? {
        if name.ends_with("domain/src/clause.rs")
            || name.ends_with("domain/src/refusal.rs")
            || name.starts_with("xtask")
        {
            continue;
        }
        let tests = tests_begin(&name, &text);
        let (mut function, mut rule) = (String::new(), String::new());
        for (n, line) in text.lines().enumerate() {
            let bare = line.trim_start();
            // Every rule is called `decide`; the command says which it is.
            if let Some(rest) = line.strip_prefix("impl Rule for ") {
                rule = format!("{}::", rest.trim_end_matches(" {"));
            } else if line == "}" {
                rule.clear();
            }
            if let Some(rest) = bare.split("fn ").nth(1)
                && !bare.starts_with("//")
            {
                function = format!("{rule}{}", rest.split(['(', '<']).next().unwrap_or_default());
            }
            for piece in line.split("clause!(").skip(1).filter(|_| !bare.starts_with("//")) {
                let id = piece.split(')').next().unwrap_or_default();
                out.push(Mark {
                    id: id.to_owned(),
                    place: format!("{name}:{}", n + 1),
                    function: function.clone(),
                    test: n >= tests,
                });
            }
        }
    }
    Ok(out)
}

/// A table of `docs/regulation`: ID to the rest of its line.
pub fn table(name: &str) -> Result<BTreeMap<String, String>> {
    let path = root().join("docs/regulation").join(name);
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("failed to read {}", path.display()))?;
    let lines = text.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty());
    Ok(lines
        .filter_map(|l| l.split_once('\t'))
        .map(|(id, rest)| (id.trim().to_owned(), rest.trim().to_owned()))
        .collect())
}
