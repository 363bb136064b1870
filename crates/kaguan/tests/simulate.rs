//! The same seed tells the same story, on both engines, and nothing that must hold is broken in it.

use private_postgres::PrivatePostgres;
use serde_json::Value;
use std::process::Command;

fn simulate(seed: u32, database: Option<&str>) -> Value {
    let dir = tempfile::tempdir().expect("a directory");
    let mut command = Command::new(env!("CARGO_BIN_EXE_kaguan"));
    command.args(["--json", "--data"]).arg(dir.path());
    if let Some(url) = database {
        command.args(["--database", url]);
    }
    let out = command
        .args(["simulate", "--people", "150", "--years", "1", "--seed", &seed.to_string()])
        .output()
        .expect("kaguan runs");
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success(), "{said}{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_str(&said).expect("one line of JSON")
}

#[test]
fn the_same_seed_ends_the_same_on_both_engines_and_breaks_nothing() {
    let first = simulate(3, None);
    assert_eq!(first["violations"], 0, "{first}");
    assert!(first["cards_in_force"].as_i64() > Some(100), "{first}");
    assert!(first["refusals"].as_i64() > Some(0), "a story in which nothing is refused is no story: {first}");
    for what in [
        "证件换号换卡",
        "按新旧证件号码查询",
        "提示可能是同一人",
        "姓名变更换卡",
        "换卡时旧卡交回",
        "核验系统无应答（天）",
        "人工核验通过",
        "邮件退回入库",
        "箱内短少",
        "未领卡遗失补制",
    ] {
        assert!(first["happened"][what].as_i64() > Some(0), "no {what} in the story: {first}");
    }
    let server = PrivatePostgres::start().expect("PostgreSQL starts");
    let url = server.database("simulate").expect("a database");
    assert_eq!(simulate(3, Some(&url)), first, "told on PostgreSQL");
    if std::env::var_os("KAGUAN_LONG").is_some() {
        assert_eq!(simulate(3, None), first, "told again");
        assert_ne!(simulate(4, None)["digest"], first["digest"], "another seed is another story");
    }
}
