//! `kaguan sandbox` and `kaguan partner send`: test cards in each state, and any message on request.

use serde_json::Value;
use std::path::Path;
use std::process::Command;

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
