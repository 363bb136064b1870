//! The command line as it is documented, on a fresh data directory.

use serde_json::Value;
use std::path::Path;
use std::process::Command;

fn kaguan(data: &Path, args: &[&str]) -> (Option<i32>, Value) {
    let out = Command::new(env!("CARGO_BIN_EXE_kaguan"))
        .arg("--json")
        .arg("--data")
        .arg(data)
        .args(args)
        .output()
        .expect("kaguan runs");
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    (out.status.code(), serde_json::from_str(&said).unwrap_or(Value::String(said)))
}

#[test]
fn a_file_is_judged_taken_in_once_and_found_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let (data, out) = (dir.path().join("data"), dir.path().join("out"));
    let out = out.to_str().expect("a path");
    let (code, made) = kaguan(&data, &["sample", "--people", "20", "--errors", "2", "--out", out]);
    assert_eq!((code, made["people"].as_i64()), (Some(0), Some(20)));
    let file = made["file"].as_str().expect("a path").to_owned();
    assert_eq!(kaguan(&data, &["migrate", "--simulate"]).0, Some(0), "registers that answer");
    let import = |more: &[&str]| {
        let mut args = vec!["import", file.as_str()];
        args.extend(more);
        let (code, said) = kaguan(&data, &args);
        let errors = said["errors"].as_array().expect("errors").len();
        (code, said["rows"].as_i64(), said["accepted"].as_i64(), errors)
    };
    assert_eq!(import(&["--check-only"]), (Some(0), Some(20), Some(0), 2));
    assert_eq!(import(&[]), (Some(0), Some(20), Some(0), 2), "all or none");
    assert_eq!(import(&["--accept-good-rows"]), (Some(0), Some(20), Some(18), 2));
    assert_eq!(
        import(&["--accept-good-rows"]),
        (Some(0), Some(20), Some(18), 2),
        "the same file is taken in once"
    );
    let (_, checked) = kaguan(&data, &["check"]);
    assert_eq!(
        (checked["holders"].as_i64(), checked["findings"].as_array().map(Vec::len)),
        (Some(18), Some(0))
    );

    let planted: Vec<i64> =
        made["errors"].as_array().expect("errors").iter().filter_map(|e| e["row"].as_i64()).collect();
    let (_, judged) = kaguan(&data, &["import", &file, "--check-only"]);
    let mut told: Vec<i64> =
        judged["errors"].as_array().expect("errors").iter().filter_map(|e| e["row"].as_i64()).collect();
    told.dedup();
    assert_eq!(told, planted, "each by its row");

    let torn = dir.path().join("SBK2_95588_44010000000001_1_20261123090000.zip");
    std::fs::write(&torn, b"PK torn").expect("written");
    let (code, said) = kaguan(&data, &["import", torn.to_str().expect("a path")]);
    assert_eq!((code, said["errors"][0]["row"].as_i64()), (Some(2), Some(0)), "the whole file is refused");
}

#[test]
fn whoever_stops_reading_ends_no_command_in_its_midst() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("data");
    let (code, _) = kaguan(&data, &["migrate"]);
    assert_eq!(code, Some(0));
    let out = dir.path().join("out").display().to_string();
    for args in [
        &["outlets", "list"][..],
        &["check"],
        &["blanks", "list"],
        &["sample", "--people", "2", "--out", &out],
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let done = Command::new(env!("CARGO_BIN_EXE_kaguan"))
            .arg("--data")
            .arg(&data)
            .args(args)
            .stdout(writer)
            .output()
            .expect("it runs");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success() && !said.contains("panicked"), "{args:?}: {said}");
    }
}
