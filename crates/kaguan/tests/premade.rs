//! Pre-made cards by the command line, beside a bank and a vendor that make them: what is written off in stock.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_partner_sim::process::secret_in;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

fn kaguan(data: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kaguan")).arg("--data").arg(data).args(args).output().unwrap()
}

fn start(data: &Path, args: &[&str]) -> Running {
    let mut c = Command::new(env!("CARGO_BIN_EXE_kaguan"));
    c.arg("--data").arg(data).args(args).stdout(Stdio::null()).stderr(Stdio::null());
    Running(c.spawn().unwrap())
}

fn text(out: &Output) -> String {
    String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr)
}

/// An order of so many cards, once a box of it is on its way to the city; its identity and 装箱位置.
async fn delivered(data: &Path, quantity: &str) -> (String, String) {
    let order =
        ["blanks", "order", "--city", "4401", "--bank", "95588", "--vendor", "1", "--quantity", quantity];
    let began = Instant::now();
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    let ordered = loop {
        tick.tick().await;
        let ordered = kaguan(data, &order);
        // While the server begins, it has the directory and takes no command from beside it yet.
        let begins = text(&ordered).contains("请稍后重试") && began.elapsed() < Duration::from_secs(60);
        if !begins {
            break ordered;
        }
    };
    assert!(ordered.status.success(), "{}", text(&ordered));
    let id = text(&ordered).split_whitespace().nth(1).unwrap().to_owned();
    assert!(kaguan(data, &["blanks", "generate", &id]).status.success());
    loop {
        tick.tick().await;
        let list = text(&kaguan(data, &["blanks", "list"]));
        let mut own =
            list.lines().skip_while(|l| !l.starts_with(&id)).skip(1).take_while(|l| l.starts_with("　箱"));
        if let Some(line) = own.find(|l| l.contains("途中")) {
            return (id, line.trim_start_matches("　箱").split('　').next().unwrap().to_owned());
        }
        assert!(began.elapsed() < Duration::from_secs(60), "not made within a minute: {list}");
    }
}

#[tokio::test]
async fn a_card_that_is_missing_or_damaged_is_written_off_by_its_keeper_and_one_of_a_shortage_at_the_console()
{
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let done = |args: &[&str]| {
        let out = kaguan(&data, args);
        assert!(out.status.success(), "{args:?}: {}", text(&out));
        text(&out)
    };
    let refused = |args: &[&str]| {
        let out = kaguan(&data, args);
        assert!(!out.status.success(), "{args:?}: {}", text(&out));
        text(&out)
    };
    done(&["migrate"]);
    let serve_at = free_port();
    let system = format!("http://{serve_at}");
    let states = ["bank", "vendor"].map(|who| dir.path().join(who));
    for (id, state) in ["bank:95588", "vendor:1"].into_iter().zip(&states) {
        let public = secret_in(state).unwrap().public();
        done(&["partner", "register", id, "--name", "合作方", "--public", &public]);
    }
    let _serve = start(&data, &["serve", "--listen", &serve_at, "--reconcile-hours", "0"]);
    let sims = [("bank", "95588"), ("vendor", "1")].into_iter().zip(&states);
    let _sims: Vec<Running> = sims
        .map(|((who, code), state)| {
            let (at, state) = (free_port(), state.to_str().unwrap());
            let sim = ["sim", who, "--code", code, "--listen", &at, "--state", state, "--system", &system];
            start(&data, &sim)
        })
        .collect();

    let (order, number) = delivered(&data, "3").await;
    let city = ["--org", "44010000000001"];
    let take_in = |order: &str, number: &str, more: &[&str]| {
        let of = ["blanks", "take-in", order, number];
        let by = ["--signer", "某人", "--kept-at", "预制卡库"];
        done(&[&of[..], &city, &by, more].concat());
    };
    take_in(&order, &number, &["--counted", "3"]);
    let [first, second] = [1, 2].map(|n| format!("{order}-{n}"));
    let missing = |card: &str| {
        let spoil = ["blanks", "spoil", card, "--reason", "盘点未见", "--missing"];
        [&spoil[..], &city].concat().into_iter().map(str::to_owned).collect::<Vec<String>>()
    };
    let args = missing(&first);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    assert!(done(&args).contains("已登记缺失，不得再次使用"));
    let again = refused(&args);
    assert!(again.contains("预制卡已使用或已作废") && again.contains("第36条"), "{again}");
    let elsewhere = ["blanks", "spoil", &second, "--org", "44010600000101", "--reason", "坏"];
    let said = refused(&elsewhere);
    assert!(said.contains("由其他机构保管"), "{said}");
    let without = refused(&[&["blanks", "spoil", &second, "--reason", " "][..], &city].concat());
    assert!(without.contains("须写明作废原因"), "{without}");
    let spoiled = done(&[&["blanks", "spoil", &second, "--reason", "芯片损坏"][..], &city].concat());
    assert!(spoiled.contains("已作废，不得再次使用"), "{spoiled}");
    let list = done(&["blanks", "list"]);
    assert!(list.contains(&format!("箱{number}　在库1张")), "{list}");

    // One that its box was signed for without is of a receipt that only its keeper can name.
    let (order, number) = delivered(&data, "2").await;
    let short = ["--counted", "1", "--short", "1", "--sender-answers", "--account", "封条完好"];
    take_in(&order, &number, &short);
    let args = missing(&format!("{order}-1"));
    let said = refused(&args.iter().map(String::as_str).collect::<Vec<_>>());
    for part in ["签收短少1张", "没有登记", "在“清点差异”中登记缺失"] {
        assert!(said.contains(part), "{said}");
    }
    let list = done(&["blanks", "list"]);
    assert!(list.contains(&format!("箱{number}　在库1张")), "nothing was recorded: {list}");
    done(&["check"]);
}
