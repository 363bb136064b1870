//! `kaguan sandbox` and `kaguan partner send`: test cards in each state, and any message on request.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

fn kaguan(data: &Path, args: &[&str]) -> (bool, Value) {
    let out =
        Command::new(env!("CARGO_BIN_EXE_kaguan")).arg("--json").arg("--data").arg(data).args(args).output();
    let out = out.expect("kaguan runs");
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    (out.status.success(), serde_json::from_str(&said).unwrap_or(Value::String(said)))
}

/// State and number of each test card.
fn cards(said: &Value) -> Vec<(String, String)> {
    let text = |c: &Value, name: &str| c[name].as_str().unwrap_or_default().to_owned();
    let all = said["cards"].as_array().unwrap_or_else(|| panic!("{said}"));
    all.iter().map(|c| (text(c, "state"), text(c, "bank_card_no"))).collect()
}

#[test]
fn a_sandbox_has_cards_in_each_state_and_makes_any_message_happen_on_one_command() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("box");
    let (made, said) = kaguan(&data, &["sandbox", "--cards", "1"]);
    assert!(made, "{said}");
    let all = cards(&said);
    let states: std::collections::BTreeSet<&str> = all.iter().map(|c| c.0.as_str()).collect();
    assert_eq!((all.len(), states.len()), (8, 8), "{all:?}");
    for state in
        ["正常", "预开户", "预开户，未领取", "正常、临时挂失", "正常、正式挂失", "正常、锁定", "正常、限制"]
    {
        assert!(states.contains(state), "{state}: {all:?}");
    }
    assert_eq!(cards(&kaguan(&data, &["sandbox"]).1), all, "listed, and not made again");
    let of = |state: &str| all.iter().find(|c| c.0 == state).expect(state).1.clone();
    let active = of("正常");
    let send = |card: &str, more: &[&str]| {
        let mut args = vec!["partner", "send", "bank:95588", "--card", card];
        args.extend(more);
        kaguan(&data, &args)
    };
    // Every kind that a bank hears of a card, each after what has to be before it.
    for (card, kinds, n) in [
        (active.as_str(), vec!["lose_temporarily", "lose_formally", "release_loss"], 3),
        (&active, vec!["restrict"], 1),
        (&active, vec!["unrestrict"], 1),
        (&of("正常、锁定"), vec!["unlock"], 1),
        (&active, vec!["lock"], 2),
        (&of("正常、限制"), vec!["unrestrict", "close"], 2),
    ] {
        let (done, said) = send(card, &kinds);
        assert!(done, "{kinds:?}: {said}");
        let tried = said.as_array().expect("attempts");
        assert!(tried.len() >= n, "{kinds:?}: {said}");
        assert!(tried.iter().all(|t| t["outcome"] == "已送达"), "{said}");
    }
    // Put off by a second, the message comes after it and not before.
    let began = std::time::Instant::now();
    let (done, said) = send(&of("正常、锁定"), &["restrict", "--delay", "1"]);
    assert!(done && said[0]["outcome"] == "已送达", "{said}");
    assert!(began.elapsed() >= std::time::Duration::from_secs(1));
    // A bad day: lost at first, twice, and in the wrong order; each is told.
    let (done, said) = send(&of("正常、正式挂失"), &["release_loss", "--drop"]);
    assert!(done && said[0]["outcome"] == "未送达，再试" && said[0]["next"].is_i64(), "{said}");
    let (done, said) =
        send(&of("正常、临时挂失"), &["release_loss", "lose_temporarily", "--double", "--reorder"]);
    assert!(done, "{said}");
    let told = said.as_array().expect("attempts");
    let (first, last) = (told[0]["message"].as_i64(), told[1]["message"].as_i64());
    assert!(first > last, "the later one comes first: {said}");
    assert_eq!(told.iter().filter(|t| t["number"] == 0).count(), told.len() / 3 * 2, "{said}");
    // What is nobody's to make happen says what does; a card of another bank, and a wrong partner, are refused.
    for (args, why) in [
        (vec!["partner", "send", "bank:95588", "open_pre_made", "--card", active.as_str()], "即时制卡"),
        (vec!["partner", "send", "bank:95533", "restrict", "--card", active.as_str()], "服务银行是95588"),
        (vec!["partner", "send", "sms:main", "restrict", "--card", active.as_str()], "不发给"),
        (
            vec!["partner", "send", "bank:95588", "restrict", "--card", "6200000000000000000"],
            "没有这张测试卡",
        ),
    ] {
        let (done, said) = kaguan(&data, &args);
        assert!(!done && said["error"].as_str().is_some_and(|e| e.contains(why)), "{why}: {said}");
    }
    // Begun anew, the partners stay.
    let key = dir.path().join("bank.key");
    let public = kaguan(&data, &["partner", "keygen", key.to_str().expect("a path")]).1;
    let public = public.as_str().expect("a key").trim().to_owned();
    assert!(kaguan(&data, &["partner", "register", "bank:95588", "--name", "b", "--public", &public]).0);
    assert!(kaguan(&data, &["sandbox", "--cards", "1", "--reset"]).0);
    let listed = kaguan(&data, &["partner", "list"]).1;
    assert!(listed.as_str().is_some_and(|l| l.contains("bank:95588")), "{listed}");
    assert!(kaguan(&data, &["check"]).0, "and everything fits");
    // What is in use is no sandbox, and nothing is sent from it for trying.
    let used = dir.path().join("used");
    assert!(kaguan(&used, &["migrate"]).0);
    let (done, said) = kaguan(&used, &["partner", "send", "bank:95588", "restrict", "--card", &active]);
    assert!(!done && said["error"].as_str().is_some_and(|e| e.contains("试用环境")), "{said}");
}

/// A server, and what it still says: it ends with the test.
struct Served(
    Child,
    #[expect(dead_code, reason = "a server whose words nobody takes would stop")] BufReader<ChildStdout>,
);

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(data: &Path) -> (Served, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kaguan"));
    command.arg("--data").arg(data).args(["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped());
    let mut child = command.spawn().expect("a server");
    let mut said = BufReader::new(child.stdout.take().expect("what it says"));
    let at = said.by_ref().lines().find_map(|line| {
        let line = line.expect("a line");
        line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned)
    });
    (Served(child, said), at.expect("it says where it listens"))
}

#[test]
fn art_11_the_clock_of_a_sandbox_is_moved_day_by_day_and_a_bank_signs_by_its_own_all_the_while() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("box");
    let (made, said) = kaguan(&data, &["sandbox", "--cards", "1"]);
    assert!(made, "{said}");
    let day = |said: &Value| -> Date { said["today"].as_str().expect("a day").parse().expect("a day") };
    let today = day(&said);
    let key = dir.path().join("bank.key");
    let secret = key.to_str().expect("a path");
    let public = kaguan(&data, &["partner", "keygen", secret]).1;
    let public = public.as_str().expect("a key").trim().to_owned();
    assert!(kaguan(&data, &["partner", "register", "bank:95588", "--name", "b", "--public", &public]).0);
    assert!(kaguan(&data, &["sandbox", "--batch", "2"]).0);

    let (server, at) = serve(&data);
    let call = || {
        let args = ["partner", "call", "GET", "/api/bank/v1/batches", "--system", &at];
        kaguan(&data, &[&args[..], &["--partner", "bank:95588", "--secret", secret]].concat())
    };
    // In the half second after a start what may have been signed before it is refused.
    let began = std::time::Instant::now();
    while !call().0 {
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", call().1);
    }
    // Three weeks of a bank that does not open the accounts: each warning on its day, beside the running server.
    let (gone, said) = kaguan(&data, &["sandbox", "--days", "21"]);
    assert!(gone, "{said}");
    assert_eq!(day(&said), today.saturating_add(21.days()), "{said}");
    assert!(
        said["duties"]["done"]["duty.notify"].as_i64() >= Some(2),
        "before the day, and when it was over: {said}"
    );
    // The bank's clock was not moved, and the system still believes it, and it the system.
    assert!(call().0, "{:?}", call().1);
    let late = kaguan(&data, &["report", "clocks"]).1;
    assert!(late.as_str().is_some_and(|l| l.contains("首次申领（12个工作日）,已超期")), "{late}");
    assert!(
        kaguan(&data, &["partner", "end-key", "bank:95588", "--key", "key-1"]).0,
        "a key ends on the day of the sandbox"
    );
    drop(server);

    // Kept, and everything fits; emptied, it is today again.
    let (_, said) = kaguan(&data, &["sandbox"]);
    assert_eq!(day(&said), today.saturating_add(21.days()), "{said}");
    assert!(kaguan(&data, &["check"]).0);
    let (_, said) = kaguan(&data, &["sandbox", "--cards", "1", "--reset"]);
    assert!(day(&said) <= today.saturating_add(1.days()), "{said}");
    // No other province has a clock that can be moved.
    for (name, how) in [("used", vec!["migrate"]), ("tried", vec!["migrate", "--simulate"])] {
        let used = dir.path().join(name);
        assert!(kaguan(&used, &how).0);
        let (done, said) = kaguan(&used, &["sandbox", "--days", "1"]);
        assert!(!done && said["error"].as_str().is_some_and(|e| e.contains("kaguan sandbox")), "{said}");
    }
}

#[test]
fn a_sandbox_has_new_batches_after_its_officers_were_given_passwords() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("box");
    assert!(kaguan(&data, &["sandbox", "--cards", "1"]).0);
    let Value::String(listed) = kaguan(&data, &["officer", "list"]).1 else { panic!("a line for each") };
    let logins = listed.lines().map(|line| serde_json::from_str::<Value>(line).expect("an officer"));
    let logins = logins.map(|o| o["login"].as_str().expect("a login").to_owned());
    let invented: Vec<String> = logins.filter(|login| login.starts_with("demo-")).collect();
    assert!(!invented.is_empty(), "{listed}");
    for login in &invented {
        assert!(kaguan(&data, &["officer", "reset", login]).0, "{login}");
    }
    let (_server, _) = serve(&data);
    // Those who can sign in by now act for themselves: the next batch has officers of its own, and so has the one after it.
    for _ in 0..2 {
        let (made, said) = kaguan(&data, &["sandbox", "--batch", "2"]);
        assert!(made, "{said}");
    }
}
