//! `deny.toml`: what may be built into the program. Licences, bans and sources are judged here, from what cargo knows without a
//! network. cargo-deny reads the same file and also knows advisories, for which it needs one.

use crate::scan::{program, root};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use spdx::{Expression, Licensee, ParseMode};
use std::collections::BTreeMap;

/// The keys of `deny.toml` by section. A key that nobody here keeps fails, so that the file promises nothing by mistake.
const KEYS: [(&str, &[&str]); 5] = [
    ("graph", &["targets"]),
    ("advisories", &["ignore", "yanked"]),
    ("licenses", &["allow", "exceptions", "include-dev", "private", "unused-allowed-license"]),
    ("bans", &["allow-wildcard-paths", "deny", "features", "multiple-versions", "wildcards"]),
    ("sources", &["allow-git", "allow-registry", "unknown-git", "unknown-registry"]),
];

/// Settings that are kept here with one value only.
fn settings() -> [(&'static str, Value); 9] {
    [
        ("/licenses/include-dev", json!(true)),
        ("/licenses/private", json!({ "ignore": true })),
        ("/licenses/unused-allowed-license", json!("deny")),
        ("/bans/allow-wildcard-paths", json!(true)),
        ("/bans/multiple-versions", json!("allow")),
        ("/bans/wildcards", json!("deny")),
        ("/sources/allow-git", json!([])),
        ("/sources/unknown-git", json!("deny")),
        ("/sources/unknown-registry", json!("deny")),
    ]
}

/// Everything in `deny.toml` that is unknown, or broken by what `cargo metadata` lists.
fn findings(rules: &Value, metadata: &Value) -> Result<Vec<String>> {
    let mut out = Vec::new();
    for (section, table) in rules.as_object().context("deny.toml is not a table")? {
        let known = KEYS.iter().find(|(s, _)| s == section).map_or(&[][..], |(_, keys)| keys);
        for key in table.as_object().into_iter().flat_map(|t| t.keys()) {
            if !known.contains(&key.as_str()) {
                out.push(format!("deny.toml: [{section}] {key} is not kept by `cargo xtask check`"));
            }
        }
    }
    for (path, value) in settings() {
        if rules.pointer(path) != Some(&value) {
            out.push(format!("deny.toml: {path} is kept as {value} only"));
        }
    }
    // The features of what is built, by package.
    let nodes: BTreeMap<&str, &Value> =
        list(metadata, "/resolve/nodes").map(|n| (text(n, "id"), &n["features"])).collect();
    let packages: Vec<&Value> =
        list(metadata, "/packages").filter(|p| nodes.contains_key(text(p, "id"))).collect();
    let ours = |p: &Value| p["source"].is_null();
    for p in &packages {
        let is = |entry: &Value| entry["crate"] == p["name"];
        let who = format!("{} {}", text(p, "name"), text(p, "version"));
        for ban in list(rules, "/bans/deny").filter(|b| is(b)) {
            out.push(format!("{who} is banned: {}", text(ban, "reason")));
        }
        for ban in list(rules, "/bans/features").filter(|b| is(b)) {
            for f in list(ban, "/deny").filter(|f| list(nodes[text(p, "id")], "").any(|has| has == *f)) {
                out.push(format!("{who}: the feature {f} is banned: {}", text(ban, "reason")));
            }
        }
        for d in list(p, "/dependencies").filter(|d| ours(p) && d["req"] == "*" && d["path"].is_null()) {
            out.push(format!("{who} takes any version of {}", text(d, "name")));
        }
        let from = text(p, "source");
        if !ours(p)
            && !list(rules, "/sources/allow-registry")
                .any(|r| from == format!("registry+{}", r.as_str().unwrap_or_default()))
        {
            out.push(format!("{who} comes from {from}"));
        }
    }
    licences(rules, packages.into_iter().filter(|p| !ours(p)), &mut out)?;
    Ok(out)
}

/// Every licence is allowed, to all or by an exception, and every allowance is needed.
fn licences<'a>(
    rules: &Value,
    packages: impl Iterator<Item = &'a Value>,
    out: &mut Vec<String>,
) -> Result<()> {
    let parse = |l: &Value| {
        Licensee::parse(l.as_str().unwrap_or_default()).with_context(|| format!("{l} is not an SPDX licence"))
    };
    let mut allowed =
        list(rules, "/licenses/allow").map(|l| Ok((parse(l)?, false))).collect::<Result<Vec<_>>>()?;
    for p in packages {
        let who = format!("{} {}", text(p, "name"), text(p, "version"));
        let Ok(expression) = Expression::parse_mode(text(p, "license"), ParseMode::LAX) else {
            out.push(format!("{who} states no licence that can be read: {}", p["license"]));
            continue;
        };
        let excepted = list(rules, "/licenses/exceptions").filter(|e| e["crate"] == p["name"]);
        let excepted = excepted.flat_map(|e| list(e, "/allow")).map(parse).collect::<Result<Vec<_>>>()?;
        let accepted = expression.evaluate(|asked| {
            let general = allowed.iter_mut().find(|(l, _)| l.satisfies(asked));
            match general {
                Some((_, used)) => {
                    *used = true;
                    true
                }
                None => excepted.iter().any(|l| l.satisfies(asked)),
            }
        });
        if !accepted {
            out.push(format!("{who}: the licence {expression} is not allowed"));
        }
    }
    out.extend(
        allowed
            .iter()
            .filter(|(_, used)| !used)
            .map(|(l, _)| format!("deny.toml: nothing needs the licence {l}")),
    );
    Ok(())
}

/// The entries of an array, none where there is no array. An empty path is the value itself.
fn list<'a>(value: &'a Value, path: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(path).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn cargo(args: &[&str]) -> Result<String> {
    let out = program(env!("CARGO")).args(args).output()?;
    if !out.status.success() {
        bail!("cargo {} failed:\n{}", args.join(" "), String::from_utf8_lossy(&out.stderr));
    }
    Ok(String::from_utf8(out.stdout)?)
}

/// Crates with features that `cargo run` asks for and the whole workspace with its tests does not. Each, and whatever uses it, would
/// be built twice: `crates/kaguan/Cargo.toml` is where the missing features are asked for.
fn built_twice() -> Result<Vec<String>> {
    let tree = |what: &[&str]| -> Result<Vec<String>> {
        let form = ["tree", "--locked", "--prefix", "none", "--format", "{p} [{f}]"];
        let lines = cargo(&[&form, what].concat())?;
        Ok(lines.lines().map(|l| l.trim_end_matches(" (*)").to_owned()).collect())
    };
    let tests = tree(&["--workspace", "--edges", "normal,build,dev"])?;
    let run = tree(&["--package", "kaguan", "--edges", "normal,build"])?;
    let twice = run.into_iter().filter(|c| !tests.contains(c));
    Ok(twice.map(|c| format!("{c}: the tests ask for other features, so it is built twice")).collect())
}

/// Prints what `deny.toml` does not allow, and fails when there is anything.
pub fn run() -> Result<()> {
    let path = root().join("deny.toml");
    let rules = basic_toml::from_str(&std::fs::read_to_string(&path)?).context("deny.toml")?;
    let metadata = ["metadata", "--locked", "--format-version", "1", "--filter-platform", "host-tuple"];
    let mut findings = findings(&rules, &serde_json::from_str(&cargo(&metadata)?)?)?;
    findings.extend(built_twice()?);
    if findings.is_empty() {
        return Ok(());
    }
    bail!("{}", findings.join("\n"));
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    /// What is found when one crate is built, by the rules of this house.
    fn found(package: Value, features: Value) -> Vec<String> {
        let mut rules: Value = basic_toml::from_str(include_str!("../../deny.toml")).unwrap();
        rules["licenses"]["allow"] = json!(["MIT"]);
        let node = json!({ "id": package["id"], "features": features });
        super::findings(&rules, &json!({ "packages": [package], "resolve": { "nodes": [node] } })).unwrap()
    }

    fn package(name: &str, license: &str) -> Value {
        let source = "registry+https://github.com/rust-lang/crates.io-index";
        json!({ "id": "1", "name": name, "version": "1.0.0", "license": license, "source": source, "dependencies": [] })
    }

    #[test]
    fn everything_that_is_built_is_allowed_and_built_once() {
        super::run().unwrap();
    }

    #[test]
    fn a_licence_must_be_allowed_and_an_allowed_one_needed() {
        assert_eq!(found(package("a", "GPL-3.0-only OR MIT"), json!([])), [""; 0]);
        let copyleft = found(package("a", "GPL-3.0-only AND MIT"), json!([]));
        assert_eq!(copyleft, ["a 1.0.0: the licence GPL-3.0-only AND MIT is not allowed"]);
        let excepted = found(package("webdriver", "MPL-2.0"), json!([]));
        assert_eq!(excepted, ["deny.toml: nothing needs the licence MIT"]);
        assert!(found(package("a", ""), json!([]))[0].contains("no licence that can be read"));
    }

    #[test]
    fn a_banned_crate_a_banned_feature_and_a_strange_source_are_found() {
        assert!(found(package("openssl", "MIT"), json!([]))[0].contains("is banned: one TLS library"));
        assert!(found(package("serde_json", "MIT"), json!(["preserve_order"]))[0].contains("preserve_order"));
        let mut elsewhere = package("a", "MIT");
        elsewhere["source"] = json!("git+https://example.org/a");
        assert_eq!(found(elsewhere, json!([])), ["a 1.0.0 comes from git+https://example.org/a"]);
        let mut ours = package("kaguan", "MIT");
        ours["source"] = Value::Null;
        ours["dependencies"] = json!([{ "name": "b", "req": "*", "path": null }]);
        assert!(found(ours, json!([])).contains(&"kaguan 1.0.0 takes any version of b".to_owned()));
    }

    #[test]
    fn a_key_that_nobody_keeps_is_found() {
        let rules = json!({ "bans": { "skip": [] } });
        let all = super::findings(&rules, &json!({})).unwrap();
        assert!(all.contains(&"deny.toml: [bans] skip is not kept by `cargo xtask check`".to_owned()));
        assert!(all.contains(&"deny.toml: /sources/unknown-git is kept as \"deny\" only".to_owned()));
    }
}
