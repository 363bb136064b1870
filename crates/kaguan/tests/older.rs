//! A data directory as the program of November 2026 wrote it (commit e5f8010: a demo, then dead and waiting letters, rows that
//! bank and vendor failed or changed, a bank change, pre-made cards): it opens, verifies, and goes on.

use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

fn kaguan(data: &Path, args: &[&str]) -> String {
    let out = Command::new(env!("CARGO_BIN_EXE_kaguan")).arg("--data").arg(data).args(args).output();
    let out = out.expect("kaguan runs");
    let (said, wrong) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "{args:?}: {said}{wrong}");
    said.into_owned()
}

fn json(data: &Path, args: &[&str]) -> Value {
    let mut all = vec!["--json"];
    all.extend(args);
    serde_json::from_str(&kaguan(data, &all)).expect("JSON")
}

#[test]
fn a_data_directory_of_november_2026_opens_verifies_and_goes_on() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("data");
    std::fs::create_dir(&data).expect("a directory");
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o700)).expect("private");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/november-2026");
    for name in ["kaguan.db", "master.key"] {
        std::fs::copy(fixture.join(name), data.join(name)).expect("a copy");
        // A checkout does not keep what the key's file allows.
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(data.join(name), private).expect("private");
    }
    // Whoever only reads does not change the schema: that is a step of its own.
    kaguan(&data, &["migrate"]);
    // As the program that wrote it said.
    let said = serde_json::json!({
        "entries": 1085, "blocks": 302, "holders": 48, "batches": 10, "balance": 0, "findings": []
    });
    let now = json(&data, &["check"]);
    for (what, then) in said.as_object().expect("what it said") {
        assert_eq!(&now[what], then, "{what}: {now}");
    }

    // Two letters were given up: one is sent again, one is settled; the others that wait are still known.
    let dead = kaguan(&data, &["partner", "letters", "list"]);
    let ids: Vec<&str> = dead.lines().filter_map(|l| l.split('　').next()).collect();
    assert!(dead.contains("ecard.state") && dead.contains("bank.link") && ids.len() == 2, "{dead}");
    let link = dead.lines().find(|l| l.contains("bank.link")).and_then(|l| l.split('　').next());
    let ecard = dead.lines().find(|l| l.contains("ecard.state")).and_then(|l| l.split('　').next());
    kaguan(&data, &["partner", "letters", "again", link.expect("its number")]);
    kaguan(&data, &["partner", "letters", "settle", ecard.expect("its number"), "--how", "已电话告知"]);
    // What is due is done, and everything that waited is delivered.
    kaguan(&data, &["duties"]);
    assert!(!kaguan(&data, &["partner", "letters", "list"]).contains("bank.link"));
    kaguan(&data, &["register"]);
    kaguan(&data, &["report", "banks"]);

    // And a file is taken in.
    let out = dir.path().join("out");
    let made = json(
        &data,
        &["sample", "--people", "6", "--errors", "0", "--seed", "4", "--out", &out.display().to_string()],
    );
    let file = made["file"].as_str().expect("a path");
    assert_eq!(json(&data, &["import", file])["accepted"], 6);
    let checked = json(&data, &["check"]);
    assert_eq!((&checked["holders"], &checked["findings"]), (&Value::from(54), &serde_json::json!([])));
}
