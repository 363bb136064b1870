//! The second checker of the journal, `tools/check_journal.py`, beside `kaguan check`: on sound data, on broken ones, on heads, on a proof.
//! They share no code, and must say the same.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_store::engine::{Engine, Sql, Write};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn kaguan(data: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kaguan")).arg("--data").arg(data).args(args).output().unwrap()
}

fn done(data: &Path, args: &[&str]) -> String {
    let out = kaguan(data, args);
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// The exit status of the second checker, and the last line that it says.
fn python(args: &[&str]) -> (i32, serde_json::Value) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tools/check_journal.py");
    let out = Command::new("python3").arg(script).args(args).output().unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    let last = said.lines().last().unwrap_or("null");
    (out.status.code().unwrap(), serde_json::from_str(last).unwrap_or_else(|e| panic!("{e}: {said}")))
}

/// What is said of the journal: kind and place.
fn of_journal(said: &serde_json::Value) -> BTreeSet<(String, String)> {
    let of = ["line", "chain", "root", "signature", "end"];
    let text = |f: &serde_json::Value, name: &str| f[name].as_str().unwrap().to_owned();
    let all = said["findings"].as_array().unwrap().iter();
    all.map(|f| (text(f, "kind"), text(f, "place"))).filter(|(kind, _)| of.contains(&kind.as_str())).collect()
}

async fn tamper(database: &Path, text: &str) {
    let engine = Engine::open(&format!("sqlite:{}", database.display())).await.unwrap();
    let one = |text: &str| {
        let text: &'static str = Box::leak(text.trim().to_owned().into_boxed_str());
        let statement: &'static Sql = Box::leak(Box::new(Sql::new(text, text)));
        Write::one(statement, Vec::new(), None)
    };
    engine.transact(text.split(';').map(one).collect()).await.unwrap();
}

fn made(dir: &Path) -> PathBuf {
    let data = dir.join("data");
    done(&data, &["migrate", "--simulate"]);
    done(&data, &["duties"]);
    for login in ["zhangsan", "lisi", "wangwu"] {
        let org = ["--org", "44010600000101"];
        done(
            &data,
            &[&["officer", "add", "--login", login, "--name", "张三", "--role", "hr_clerk"], &org[..]]
                .concat(),
        );
    }
    data
}

#[tokio::test]
async fn the_second_checker_says_of_the_journal_what_check_says() {
    let dir = tempfile::tempdir().unwrap();
    let data = made(dir.path());
    let both = |dir: &Path| {
        let (database, chain) = (dir.join("kaguan.db"), dir.join("chain"));
        let ours = kaguan(dir, &["--json", "check"]);
        let status = ours.status.code().unwrap();
        let said: serde_json::Value = serde_json::from_slice(&ours.stdout).unwrap();
        let (code, theirs) = python(&["--sqlite", &database.display().to_string()]);
        let exported = kaguan(dir, &["check", "--chain", &chain.display().to_string()]);
        let export = exported.status.success().then(|| python(&["--chain", &chain.display().to_string()]).1);
        (status, said, code, theirs, export)
    };
    let (status, said, code, theirs, export) = both(&data);
    assert_eq!((status, code), (0, 0), "{said} {theirs}");
    assert!(said["entries"].as_i64() > Some(10));
    for theirs in [&theirs, export.as_ref().unwrap()] {
        assert_eq!((&said["entries"], &said["blocks"]), (&theirs["entries"], &theirs["blocks"]));
    }
    let text = std::fs::read_to_string(data.join("chain")).unwrap();
    assert!(!text.contains("officer") && !text.contains("holder"), "the export names nobody");
    let attacks = [
        "UPDATE journal_entry SET at = at + 1 WHERE seq = 5",
        "UPDATE journal_entry SET actor = 'officer:1' WHERE seq = (SELECT max(seq) FROM journal_entry)",
        "DELETE FROM journal_entry WHERE seq = 7",
        "UPDATE journal_entry SET events = x'5b5d' WHERE seq = 9",
        "INSERT INTO journal_entry SELECT seq + 1000, at, actor, channel, subject, command, outcome, clause, personal, events FROM journal_entry WHERE seq = 3",
        "UPDATE journal_block SET at = at + 1 WHERE seq = 2",
        "UPDATE journal_block SET signature = (SELECT signature FROM journal_block WHERE seq = 1) WHERE seq = 2",
        "UPDATE journal_block SET previous = root WHERE seq = 3",
        "UPDATE journal_block SET hash = root WHERE seq = (SELECT max(seq) FROM journal_block)",
        "DELETE FROM journal_block WHERE seq = 2",
        "UPDATE journal_block SET entries = entries + 1 WHERE seq = 2",
        "UPDATE journal_block SET first_entry = first_entry + 1 WHERE seq = 3",
        "DELETE FROM journal_entry WHERE seq >= (SELECT first_entry FROM journal_block ORDER BY seq DESC LIMIT 1); DELETE FROM journal_block WHERE seq = (SELECT max(seq) FROM journal_block)",
        "UPDATE writer SET entry_seq = entry_seq - 1",
    ];
    // A row that cannot be read says nothing that could be compared: both refuse it.
    let unreadable = "UPDATE writer SET block_hash = x'00'";
    for (n, attack) in attacks.into_iter().chain([unreadable]).enumerate() {
        let copy = dir.path().join(format!("copy{n}"));
        std::fs::create_dir(&copy).unwrap();
        for file in ["master.key", "master.key.rows", "kaguan.db", "kaguan.db-wal"] {
            // There is no log where the last one closed it.
            if data.join(file).exists() {
                std::fs::copy(data.join(file), copy.join(file)).unwrap();
            }
        }
        tamper(&copy.join("kaguan.db"), attack).await;
        let (status, said, code, theirs, export) = both(&copy);
        if attack == unreadable {
            assert!(status >= 10 && code >= 11, "{said} {theirs}");
            continue;
        }
        let (mut ours, theirs) = (of_journal(&said), of_journal(&theirs));
        // What is known of the end elsewhere is compared besides.
        ours.retain(|(_, place)| place != "journal");
        assert!(!ours.is_empty() && status >= 10, "{attack}: {said}");
        let kinds =
            |all: &BTreeSet<(String, String)>| all.iter().map(|(k, _)| k.clone()).collect::<BTreeSet<_>>();
        assert_eq!(ours, theirs, "{attack}");
        assert!(code == 11 || code == 12, "{attack}: {code}");
        if let Some(export) = export {
            assert_eq!(kinds(&ours), kinds(&of_journal(&export)), "{attack}, exported");
        }
    }
}

#[tokio::test]
async fn the_second_checker_verifies_heads_and_proofs() {
    let dir = tempfile::tempdir().unwrap();
    let data = made(dir.path());
    let at = |name: &str| dir.path().join(name).display().to_string();
    let proof = done(&data, &["check", "--prove", "8"]);
    std::fs::write(at("proof"), &proof).unwrap();
    assert_eq!(python(&["--proof", &at("proof")]).0, 0);
    let key: serde_json::Value = serde_json::from_str(&proof).unwrap();
    let key = key["public_key"].as_str().unwrap();
    assert_eq!(python(&["--proof", &at("proof"), "--trusted", key]).0, 0);
    let other = key.replace('1', "2");
    assert_eq!(python(&["--proof", &at("proof"), "--trusted", &other]).0, 11);
    std::fs::write(at("changed"), proof.replacen("\"done\"", "\"not_permitted\"", 1)).unwrap();
    let (code, said) = python(&["--proof", &at("changed")]);
    assert_eq!((code, said["findings"][0]["kind"].as_str()), (11, Some("root")));

    // The head of now, and the journal goes on.
    let database = data.join("kaguan.db").display().to_string();
    let old = std::fs::read_to_string(data.join("journal.head")).unwrap();
    std::fs::copy(&database, at("yesterday.db")).unwrap();
    if data.join("kaguan.db-wal").exists() {
        std::fs::copy(data.join("kaguan.db-wal"), at("yesterday.db-wal")).unwrap();
    }
    let org = ["--org", "44010600000101"];
    done(
        &data,
        &[&["officer", "add", "--login", "zhaoliu", "--name", "赵六", "--role", "hr_clerk"], &org[..]]
            .concat(),
    );
    let new = std::fs::read_to_string(data.join("journal.head")).unwrap();
    std::fs::write(at("heads"), old.clone() + &new).unwrap();
    assert_eq!(python(&["--heads", &at("heads")]).1["heads"], 2);
    assert_eq!(python(&["--sqlite", &database, "--heads", &at("heads")]).0, 0);
    let (code, said) = python(&["--sqlite", &at("yesterday.db"), "--heads", &at("heads")]);
    assert_eq!((code, said["findings"][0]["kind"].as_str()), (12, Some("end")), "{said}");
    let forged = new.replacen("epoch=", "epoch=1", 1);
    std::fs::write(at("forged"), forged).unwrap();
    assert_eq!(python(&["--heads", &at("forged")]).1["findings"][0]["kind"], "signature");
    assert_eq!(python(&["--sqlite", &at("nothing.db")]).0, 2);

    // Since that head `kaguan check` has one officer to look at.
    std::fs::write(at("old"), &old).unwrap();
    let said: serde_json::Value =
        serde_json::from_str(&done(&data, &["--json", "check", "--since", &at("old")])).unwrap();
    assert!(said["entries"].as_i64() < Some(10) && said["since"].as_i64() > Some(0), "{said}");
    let line = said["line"].as_i64().unwrap().to_string();
    let said: serde_json::Value =
        serde_json::from_str(&done(&data, &["--json", "check", "--since", &line])).unwrap();
    assert_eq!(said["entries"], 0, "{said}");
}
