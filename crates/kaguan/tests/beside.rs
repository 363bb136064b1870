//! Every command of the command line beside a running server: the server goes on, and still executes. The commands are those
//! that the program itself lists, so that one that is not in the table here fails.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_domain::ids::HolderId;
use kaguan_store::{LoadRequest, Store};
use private_postgres::PrivatePostgres;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

fn kaguan(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kaguan")).args(args).output().unwrap()
}

fn text(out: &Output) -> String {
    String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr)
}

/// A data directory, and the database when it is not the directory's own.
#[derive(Clone)]
struct Place {
    data: PathBuf,
    database: Option<String>,
}

impl Place {
    fn of(data: impl Into<PathBuf>) -> Self {
        Self { data: data.into(), database: None }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kaguan"));
        command.arg("--data").arg(&self.data);
        if let Some(url) = &self.database {
            command.args(["--database", url]);
        }
        command.args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn done(&self, args: &[&str]) -> String {
        let out = self.run(args);
        assert!(out.status.success(), "{args:?}: {}", text(&out));
        text(&out)
    }

    /// The same database, from another directory with the same key.
    fn elsewhere(&self, data: PathBuf) -> Self {
        std::fs::create_dir(&data).unwrap();
        std::fs::copy(self.data.join("master.key"), data.join("master.key")).unwrap();
        let own = || format!("sqlite:{}", self.data.join("kaguan.db").display());
        Self { data, database: Some(self.database.clone().unwrap_or_else(own)) }
    }
}

/// A process that is killed when the test is over.
struct Process {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Process {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Reads what it says until something is said.
    fn says(&mut self, what: &str) -> String {
        let found = self.lines.by_ref().map_while(Result::ok).find(|line| line.contains(what));
        found.unwrap_or_else(|| panic!("it ended before it said {what}"))
    }

    /// Starts a server; the second value is where.
    fn serve(place: &Place, more: &[&str]) -> (Self, String) {
        let args = ["serve", "--listen", "127.0.0.1:0", "--reconcile-hours", "0"];
        let mut server = Self::start(place.command(&[&args[..], more].concat()));
        let line = server.says("控制台 http://");
        let at = line.split_whitespace().find_map(|w| w.strip_prefix("http://")).unwrap();
        let at = at.trim_end_matches('/').to_owned();
        (server, at)
    }

    fn lives(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the table's arguments are made of.
struct Things {
    dir: PathBuf,
    system: String,
    number: String,
    material: String,
    order: String,
    zip: String,
    /// The commands are given a database.
    named: bool,
}

impl Things {
    fn path(&self, name: &str) -> String {
        self.dir.join(name).display().to_string()
    }
}

/// The commands and, for each, arguments: `ok` ones that are right, `no` ones that are wrong, and `on` for what runs until it
/// is stopped, with a part of the line that says that it runs.
struct Case {
    command: &'static str,
    args: String,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Ok,
    No,
    On(&'static str),
}

fn table(t: &Things) -> Vec<Case> {
    let mut all = Vec::new();
    let mut add = |command, kind, args: &str| all.push(Case { command, args: args.to_owned(), kind });
    let (ok, no) = (Kind::Ok, Kind::No);
    let (n, order, material, system) = (&t.number, &t.order, &t.material, &t.system);
    let (zip, torn, notice) = (&t.zip, t.path("torn.zip"), t.path("notice.csv"));
    let public = |name: &str| std::fs::read_to_string(t.path(name)).unwrap_or_default();
    let (key, public, next) = (t.path("bank.key"), public("bank.pub"), public("next.pub"));
    let caller = format!("--system http://{system} --partner bank:95588 --secret {key}");
    add("demo", no, "demo --people 5 --exit");
    add("demo", no, "demo --people 5 --exit --anew");
    add("sample", ok, &format!("sample --people 2 --out {}", t.path("sample")));
    add("sample", no, "sample --people 2 --out /proc/none");
    add("import", ok, &format!("import {zip} --check-only"));
    add("import", ok, &format!("--json import {zip}"));
    add("import", ok, &format!("import {zip} --accept-good-rows"));
    add("import", no, &format!("import {zip} --check-only --accept-good-rows"));
    add("import", no, "import /nowhere/file.zip");
    add("import", no, "import /proc");
    add("import", no, &format!("import {torn}"));
    add("check", ok, "check");
    add("check", ok, "--json check --prove 1");
    add("check", no, "check --prove 99999999");
    add("check", no, &format!("check --proof {torn}"));
    add("progress", ok, &format!("progress {n}"));
    add("progress", no, "progress 110101199003070396");
    add("progress", no, "progress nobody");
    add("holidays", ok, &format!("holidays {notice} --check-only"));
    add("holidays", ok, &format!("--json holidays {notice}"));
    add("holidays", no, &format!("holidays {torn}"));
    add("holidays", no, "holidays /nowhere/notice.csv");
    add("outlets import", ok, &format!("outlets import {}", t.path("outlets.csv")));
    add("outlets import", no, &format!("outlets import {torn}"));
    add("outlets import", no, "outlets import /nowhere/outlets.csv");
    add("outlets list", ok, "outlets list --city 4401");
    add("officer add", ok, "officer add --login lisi --name 李四 --role hr_clerk --org 44010600000101");
    add("officer add", no, "officer add --login lisi --name 李四 --role hr_clerk --org 44010600000101");
    add("officer add", no, "officer add --login wangwu --name 王五 --role city_officer --org 44010600000101");
    add("officer add", no, "officer add --login 王五 --name 王五 --role hr_clerk --org 44010600000101");
    add("officer add", no, "officer add --login wangwu --name 王五 --role nobody --org 44010600000101");
    add("officer list", ok, "--json officer list");
    add("officer reset", ok, "officer reset lisi");
    add("officer reset", no, "officer reset nobody");
    add("officer reset-code", no, "officer reset-code lisi");
    add("officer reset-code", no, "officer reset-code nobody");
    add("officer stop", ok, "officer stop lisi --reason 离职");
    add("officer stop", no, "officer stop lisi --reason 离职");
    add("officer stop", no, "officer stop lisi --reason \u{200b}");
    add("officer stop", no, "officer stop system --reason 离职");
    add("register", ok, "register");
    add("register", no, "register --batch none");
    // In memory it asks nobody; in a database that a server writes it is refused.
    let told_in_memory = if t.named { no } else { ok };
    add("simulate", told_in_memory, "simulate --people 2 --years 0");
    add("duties", ok, "duties");
    add("duties", ok, "--json duties");
    for what in ["banks", "vendors", "issuance", "recalls", "clocks", "slips"] {
        add("report", ok, &format!("report {what}"));
    }
    add("report", no, "report banks --from 2026-02-01 --to 2026-01-01");
    add("report", no, "report issuance --xlsx /nowhere/table.xlsx");
    add("archive list", ok, &format!("archive {n} list"));
    add("archive list", no, "archive nobody list");
    add("archive list", no, "archive 110101199003070396 list");
    add("archive add", ok, &format!("archive {n} add 身份证件 --file {notice}"));
    add("archive add", no, &format!("archive {n} add 没有这种"));
    add("archive add", no, &format!("archive {n} add 身份证件 --file /nowhere/paper"));
    add("archive add", no, "archive 110101199003070396 add 身份证件 --cabinet 1");
    add("archive get", ok, &format!("archive {n} get {material} --reason 核对 --out {}", t.path("paper")));
    add("archive get", no, &format!("archive {n} get 1 --reason 核对 --out {}", t.path("paper")));
    add("archive get", no, &format!("archive {n} get {material} --out {}", t.path("paper")));
    add("archive get", no, &format!("archive {n} get {material} --reason 核对 --out /nowhere/paper"));
    add("archive destroy", no, &format!("archive {n} destroy {material}"));
    add("archive destroy", no, &format!("archive {n} destroy 1"));
    add("blanks order", ok, "blanks order --city 4401 --bank 95588 --vendor 1 --quantity 2");
    add("blanks order", no, "blanks order --city 9999 --bank 95588 --vendor 1 --quantity 2");
    add("blanks generate", no, &format!("blanks generate {order}"));
    add("blanks generate", no, "blanks generate 1");
    add("blanks decline", no, "blanks decline 1 --reason 无");
    add("blanks list", ok, "blanks list");
    add("blanks form", ok, &format!("blanks form {order}"));
    add("blanks form", no, "blanks form 1");
    let ship = "--to 44010000000001 --responsible 某人";
    add("blanks ship", no, &format!("blanks ship {order} 1 {ship}"));
    add("blanks ship", no, &format!("blanks ship {order} 1 --to 1 --responsible 某人"));
    let in_stock = "--org 44010000000001";
    add("blanks take-in", no, &format!("blanks take-in {order} 1 {in_stock} --counted 2 --signer 某人"));
    add("blanks count", no, &format!("blanks count {order} 1 {in_stock} --counted 2"));
    // The two of the order are made meanwhile, by the built-in partners: it has no ninth.
    add("blanks spoil", no, &format!("blanks spoil {order}-9 {in_stock} --reason 坏"));
    add("blanks spoil", no, &format!("blanks spoil {order}-9 {in_stock} --reason 未见 --missing"));
    add("blanks spoil", no, &format!("blanks spoil none {in_stock} --reason 坏"));
    add("blanks settle", no, &format!("blanks settle {order} 1 --short 1 --account 核对"));
    add("partner keygen", ok, &format!("partner keygen {}", t.path("fresh.key")));
    add("partner keygen", no, &format!("partner keygen {key}"));
    add("partner system-key", ok, "partner system-key");
    add("partner change-system-key", ok, "partner change-system-key --from 2099-01-01T00:00");
    add("partner change-system-key", no, "partner change-system-key --from 2020-01-01T00:00");
    add("partner list", ok, "partner list");
    add("partner register", ok, &format!("partner register vendor:1 --name 卡商 --public {public}"));
    add("partner register", no, "partner register vendor:2 --name 卡商 --public 04");
    add("partner register", no, &format!("partner register nobody --name 卡商 --public {public}"));
    add("partner reach", ok, "partner reach vendor:1 --endpoint http://127.0.0.1:1");
    add("partner reach", ok, "partner reach vendor:1");
    add("partner reach", no, "partner reach vendor:6");
    add("partner add-key", ok, &format!("partner add-key vendor:1 --key key-2 --public {next}"));
    add("partner add-key", no, &format!("partner add-key vendor:6 --key key-2 --public {next}"));
    add("partner end-key", ok, "partner end-key vendor:1 --key key-2");
    add("partner end-key", no, "partner end-key vendor:1 --key none");
    add("partner letters list", ok, "partner letters list");
    add("partner letters again", no, "partner letters again 1");
    add("partner letters again", no, "partner letters again --partner bank:95588");
    add("partner letters settle", no, "partner letters settle 1 --how 已核对");
    add("partner letters settle", no, "partner letters settle 1 --how ");
    add("partner call", ok, &format!("partner call GET /api/bank/v1/batches {caller}"));
    add("partner call", no, &format!("partner call GET /api/vendor/v1/batches {caller}"));
    add("partner proxy", Kind::On("签名代理"), &format!("partner proxy {caller} --listen 127.0.0.1:0"));
    add("partner proxy", no, &format!("partner proxy {caller} --listen 0.0.0.0:0"));
    add("partner held", no, &format!("partner held {torn} 1 --system-key {public}"));
    add("partner reconcile", no, "partner reconcile 95588");
    add("partner reconcile", no, "partner reconcile 95588 --repair");
    add("partner reconcile", no, "partner reconcile 95588 --last");
    add("partner reconcile", no, "partner reconcile none --repair");
    add("partner send", no, "partner send bank:95588 restrict --card 1");
    add("partner send", no, "partner send nobody restrict --card 1");
    // A province of other people is no sandbox, and none is made of it.
    add("sandbox", no, "sandbox --cards 1");
    add("sandbox", no, "sandbox --cards 1 --reset");
    add("certify", no, &format!("certify bank:95588 --out {}", t.path("report.json")));
    add("certify", no, &format!("certify vendor:1 --batch none --out {}", t.path("report.json")));
    let state = t.path("state");
    add("sim", Kind::On("sms:main"), &format!("sim sms --state {state} --system http://{system}"));
    add("sim", ok, &format!("sim sms --state {state} --show-key"));
    add("sim", no, &format!("sim sms --state {state} --bad-day /nowhere/day.json"));
    add("serve", no, "serve --listen 127.0.0.1:0");
    add("serve", no, &format!("serve --listen {system}"));
    add("serve", no, "serve --listen 0.0.0.0:0");
    add("serve", no, "serve --simulate --take-over --listen 127.0.0.1:0");
    add("serve", no, "serve --listen 127.0.0.1:0 --tls-cert /nowhere/cert.pem");
    // Measurements are in directories of their own, and take their time: only what is wrong with them is tried here.
    add("bench commands", no, "bench commands --commands none");
    add("bench http", no, "bench http --commands none");
    add("bench status", no, "bench status --requests none");
    add("bench partners", no, "bench partners --rows none");
    add("bench pages", no, "bench pages --people none");
    add("bench sbk2", no, "bench sbk2 --people none");
    add("migrate", ok, "migrate");
    add("migrate", ok, "migrate --simulate");
    add("recover", ok, "recover");
    add("recover", ok, "--json recover");
    add("recover", no, "recover --accept-loss");
    add("recover", no, "recover --head /nowhere/heads");
    let witness = format!("--dir {} --from http://{system}", t.path("witness"));
    add("witness pull", ok, &format!("witness pull {witness}"));
    add("witness pull", no, &format!("witness pull --dir {} --from http://127.0.0.1:1", t.path("witness")));
    add("witness check", ok, &format!("witness check {witness}"));
    add("witness check", no, &format!("witness check --dir {}", t.path("nobody")));
    add("witness serve", Kind::On("见证 http"), &format!("witness serve {witness} --listen 127.0.0.1:0"));
    add("witness serve", no, &format!("witness serve {witness} --every 0"));
    all
}

/// Every command without commands of its own, as the program lists them.
fn listed(prefix: &[&str]) -> BTreeSet<String> {
    let help = text(&kaguan(&[prefix, &["--help"]].concat()));
    let Some((_, commands)) = help.split_once("命令：\n") else { return [prefix.join(" ")].into() };
    let names = commands.lines().take_while(|l| !l.is_empty()).filter_map(|l| l.strip_prefix("  "));
    let names = names.filter(|l| !l.starts_with(' ')).filter_map(|l| l.split_whitespace().next());
    names.filter(|n| *n != "help").flat_map(|n| listed(&[prefix, &[n]].concat())).collect()
}

#[test]
fn every_command_that_the_program_lists_is_in_the_table() {
    let nothing = String::new;
    let things = Things {
        dir: PathBuf::new(),
        system: nothing(),
        number: nothing(),
        material: nothing(),
        order: nothing(),
        zip: nothing(),
        named: false,
    };
    let tried: BTreeSet<String> = table(&things).iter().map(|c| c.command.to_owned()).collect();
    assert_eq!(tried, listed(&[]));
}

/// A line of the table of banks' outlets.
const OUTLETS: &str = "44010395588777,95588,955880777,工行样例支行\n";

/// Somebody's number in a database.
async fn somebody(place: &Place) -> String {
    let own = format!("sqlite:{}", place.data.join("kaguan.db").display());
    let url = place.database.clone().unwrap_or(own);
    let store = Store::read_only(&url, &place.data.join("master.key")).await.unwrap();
    let holders = store.holders_after(HolderId(i64::MIN), 1).await.unwrap();
    let loaded = store.load(&LoadRequest { holders, ..LoadRequest::default() }).await.unwrap();
    let file = loaded.holders.into_values().next().unwrap();
    file.person.unwrap().details.ssn.as_str().to_owned()
}

/// A server on a fresh province for trying things out, and what the table needs there.
async fn begin(dir: &Path, place: &Place) -> (Process, Things) {
    let path = |name: &str| dir.join(name).display().to_string();
    let (server, system) = Process::serve(place, &["--simulate"]);
    let public = text(&kaguan(&["partner", "keygen", &path("bank.key")])).trim().to_owned();
    std::fs::write(path("bank.pub"), &public).unwrap();
    let next = text(&kaguan(&["partner", "keygen", &path("next.key")]));
    std::fs::write(path("next.pub"), next.trim()).unwrap();
    std::fs::write(path("notice.csv"), "2031-01-01,off,元旦\n").unwrap();
    std::fs::write(path("torn.zip"), "PK torn").unwrap();
    std::fs::write(path("outlets.csv"), OUTLETS).unwrap();
    place.done(&["partner", "register", "bank:95588", "--name", "工行", "--public", &public]);
    let sample = |people: &str, seed: &str, out: &str| {
        let out = path(out);
        let made = place.done(&["--json", "sample", "--people", people, "--seed", seed, "--out", &out]);
        let made: serde_json::Value = serde_json::from_str(&made).unwrap();
        made["file"].as_str().unwrap().to_owned()
    };
    assert!(place.done(&["import", &sample("2", "1", "one")]).contains("接收2行"));
    let zip = sample("3", "2", "two");
    let torn = place.run(&["--json", "import", &path("torn.zip")]);
    let said: serde_json::Value = serde_json::from_slice(&torn.stdout).unwrap();
    assert_eq!((torn.status.code(), &said["errors"][0]["row"]), (Some(2), &0.into()), "as without a server");
    let number = somebody(place).await;
    let filed = place.done(&["archive", &number, "add", "身份证件", "--file", &path("notice.csv")]);
    let material = filed.trim().trim_start_matches("已归档，材料编号").to_owned();
    let order = ["blanks", "order", "--city", "4401", "--bank", "95588", "--vendor", "1", "--quantity", "2"];
    let order = place.done(&order).split_whitespace().nth(1).unwrap().to_owned();
    place.done(&["blanks", "generate", &order]);
    let things =
        Things { dir: dir.to_owned(), system, number, material, order, zip, named: place.database.is_some() };
    (server, things)
}

/// Every command of the table, one after another, each with a look whether the server still executes.
async fn beside(place: Place, dir: &Path) {
    let (mut server, things) = begin(dir, &place).await;
    for (n, case) in table(&things).iter().enumerate() {
        let args: Vec<&str> = case.args.split_whitespace().collect();
        match case.kind {
            Kind::On(what) => {
                Process::start(place.command(&args)).says(what);
            }
            kind => {
                let out = place.run(&args);
                assert_eq!(out.status.success(), kind == Kind::Ok, "{args:?}: {}", text(&out));
                assert!(!text(&out).contains("panicked"), "{args:?}: {}", text(&out));
            }
        }
        let endpoint = format!("http://127.0.0.1:{}", n + 1);
        place.done(&["partner", "reach", "bank:95588", "--endpoint", &endpoint]);
        assert!(server.lives(), "the server ended after {args:?}");
        assert!(place.done(&["partner", "list"]).contains(&endpoint), "after {args:?}");
    }
    let http = kaguan_api::client::http().build().unwrap();
    let reply = http.get(format!("http://{}/api/docs/", things.system)).send().await.unwrap();
    assert!(reply.status().is_success());
    assert!(place.done(&["check"]).contains("核对无误"));
}

#[tokio::test]
async fn no_command_ends_a_server_on_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    beside(Place::of(dir.path().join("data")), dir.path()).await;
}

#[tokio::test]
async fn no_command_ends_a_server_on_postgresql() {
    let dir = tempfile::tempdir().unwrap();
    let postgres = PrivatePostgres::start().unwrap();
    let database = Some(postgres.database("beside").unwrap());
    beside(Place { data: dir.path().join("data"), database }, dir.path()).await;
}

/// Commands that make a data directory.
const MAKERS: [&str; 5] = ["demo", "sample", "simulate", "serve", "migrate"];
/// Commands that need none.
const WITHOUT: [&str; 7] = [
    "partner keygen",
    "partner call",
    "partner proxy",
    "partner held",
    "sim",
    "witness pull",
    "witness check",
];

#[test]
fn a_wrong_data_directory_is_refused_with_a_sentence_and_nothing_is_made_there() {
    let dir = tempfile::tempdir().unwrap();
    let text_of = |path: &Path| path.display().to_string();
    let (missing, other) = (dir.path().join("missing"), dir.path().join("other"));
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("notes.txt"), "not ours").unwrap();
    let things = Things {
        dir: dir.path().to_owned(),
        system: "127.0.0.1:1".into(),
        number: "110101199003070396".into(),
        material: "1".into(),
        order: "1".into(),
        zip: dir.path().join("file.zip").display().to_string(),
        named: false,
    };
    let public = text(&kaguan(&["partner", "keygen", &things.path("bank.key")])).trim().to_owned();
    std::fs::write(things.path("bank.pub"), &public).unwrap();
    std::fs::write(things.path("next.pub"), public).unwrap();
    std::fs::write(things.path("notice.csv"), "2031-01-01,off,元旦\n").unwrap();
    std::fs::write(things.path("outlets.csv"), "44010395588777,95588,955880777,工行样例支行\n").unwrap();
    std::fs::write(things.path("torn.zip"), "PK torn").unwrap();
    std::fs::write(things.path("outlets.csv"), OUTLETS).unwrap();
    std::fs::write(&things.zip, "PK").unwrap();
    for case in table(&things).iter().filter(|c| c.kind == Kind::Ok && !MAKERS.contains(&c.command)) {
        for place in [Place::of(&missing), Place::of(&other)] {
            let args: Vec<&str> = case.args.split_whitespace().collect();
            let out = place.run(&args);
            assert!(!missing.exists(), "{args:?}");
            assert_eq!(std::fs::read_dir(&other).unwrap().count(), 1, "{args:?}");
            if !WITHOUT.contains(&case.command) {
                let said = text(&out);
                let told = said.contains(&text_of(&place.data)) && said.contains("kaguan migrate");
                assert!(!out.status.success() && told, "{args:?}: {said}");
            }
        }
    }
}

#[test]
fn a_second_server_says_who_serves_and_ends() {
    let dir = tempfile::tempdir().unwrap();
    let place = Place::of(dir.path().join("data"));
    let another = format!("sqlite:{}", place.data.join("another.db").display());
    let another = Place { database: Some(another), ..place.clone() };
    another.done(&["migrate"]);
    let (mut server, at) = Process::serve(&place, &[]);
    // What is meant for another database does not go to this one.
    assert!(text(&another.run(&["duties"])).contains("另一个数据库"));
    let second = place.run(&["serve", "--listen", &at]);
    let said = text(&second);
    let pid = server.child.id().to_string();
    assert!(!second.status.success() && said.contains(&at) && said.contains(&pid), "{said}");
    let refused = place.run(&["serve", "--simulate", "--listen", "127.0.0.1:0"]);
    assert!(!refused.status.success() && server.lives());
    // What has been in use is not made a place for trying things out, and an address in use is said to be.
    drop(server);
    for args in [&["serve", "--simulate", "--listen", "127.0.0.1:0"][..], &["migrate", "--simulate"]] {
        let said = text(&place.run(args));
        assert!(said.contains("不是试用环境"), "{said}");
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap().to_string();
    let said = text(&place.run(&["serve", "--listen", &at]));
    assert!(said.contains(&at) && said.contains("已被占用"), "{said}");
    let said = text(&place.run(&["demo", "--people", "5", "--exit"]));
    assert!(said.contains("不是演示数据"), "{said}");
}

/// A database that is written from one directory, and wanted from another.
fn elsewhere(dir: &Path, first: Place) {
    let (mut server, _) = Process::serve(&first, &[]);
    let second = first.elsewhere(dir.join("second"));
    let notice = dir.join("notice.csv").display().to_string();
    std::fs::write(&notice, "2031-01-01,off,元旦\n").unwrap();
    let writing: [&[&str]; 6] = [
        &["duties"],
        &["holidays", &notice],
        &["import", &notice],
        &["partner", "change-system-key", "--from", "2099-01-01T00:00"],
        &["serve", "--listen", "127.0.0.1:0"],
        &["simulate", "--people", "2", "--years", "0"],
    ];
    let named = |said: &str, who: &Place| {
        said.contains(&who.data.canonicalize().unwrap().display().to_string()) && said.contains("--take-over")
    };
    for args in writing {
        let out = second.run(args);
        assert!(!out.status.success() && named(&text(&out), &first), "{args:?}: {}", text(&out));
    }
    second.done(&["check"]);
    second.done(&["migrate"]);
    first.done(&["duties"]);
    first.done(&["holidays", &notice]);
    assert!(server.lives());
    // Whoever has seen to it that the first one stopped says so; if it has not, it is fenced.
    let (successor, _) = Process::serve(&second, &["--take-over"]);
    assert!(!first.run(&["partner", "change-system-key", "--from", "2099-01-01T00:00"]).status.success());
    assert!(!server.child.wait().unwrap().success());
    // Killed, it begins again at once; the other one still asks.
    drop(successor);
    let refused = text(&first.run(&["duties"]));
    assert!(named(&refused, &second), "{refused}");
    let (mut successor, _) = Process::serve(&second, &[]);
    // Ended by itself, it leaves the writing to whoever comes.
    let pid = successor.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(successor.child.wait().unwrap().success());
    first.done(&["duties"]);
    second.done(&["duties"]);
    let (_server, _) = Process::serve(&first, &[]);
    first.done(&["check"]);
}

#[test]
fn a_database_that_another_directory_writes_is_only_taken_over_when_that_is_said() {
    let dir = tempfile::tempdir().unwrap();
    elsewhere(dir.path(), Place::of(dir.path().join("first")));
    let dir = tempfile::tempdir().unwrap();
    let postgres = PrivatePostgres::start().unwrap();
    let database = Some(postgres.database("elsewhere").unwrap());
    elsewhere(dir.path(), Place { data: dir.path().join("first"), database });
}

/// A demo that is killed as soon as it has said something.
fn killed(place: &Place, more: &[&str], said: &str) -> String {
    let mut demo = Process::start(place.command(&[&["demo", "--people", "20"][..], more].concat()));
    demo.says(said)
}

fn demo_again(place: &Place) {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap().to_string();
    let refused = text(&place.run(&["demo", "--people", "20", "--listen", &at]));
    assert!(refused.contains("已被占用") && !refused.contains("建省"), "{refused}");
    // The accounts are said before anything that may go wrong.
    killed(place, &["--listen", "127.0.0.1:0"], "security");
    killed(place, &["--listen", "127.0.0.1:0"], "造文件");
    let again = place.done(&["demo", "--people", "20", "--exit"]);
    assert!(again.contains("清空后重新开始") && again.contains("演示完成"), "{again}");
    let told = text(&place.run(&["demo", "--people", "20", "--exit"]));
    assert!(told.contains("kaguan serve") && told.contains("--anew"), "{told}");
    let mut demo =
        Process::start(place.command(&["demo", "--people", "20", "--anew", "--listen", "127.0.0.1:0"]));
    let first = demo.says("  audit ");
    assert_eq!(demo.says("  audit "), first, "and once more at the end");
    demo.says("控制台 http://");
    place.done(&["duties"]);
    assert!(demo.lives());
    assert!(place.done(&["check"]).contains("核对无误"));
}

#[test]
fn a_demo_that_was_stopped_begins_again_and_says_the_accounts_whatever_happens() {
    let dir = tempfile::tempdir().unwrap();
    demo_again(&Place::of(dir.path().join("data")));
}

#[test]
fn a_new_directory_has_three_administrators_with_one_time_passwords_and_nobody_invented() {
    let dir = tempfile::tempdir().unwrap();
    let place = Place::of(dir.path().join("data"));
    let plain = text(&place.run(&["serve", "--listen", "0.0.0.0:0"]));
    assert!(plain.contains("--tls-cert") && plain.contains("--plain-http"), "{plain}");
    assert!(!place.data.exists(), "refused before anything is made");
    let args = ["serve", "--listen", "127.0.0.1:0", "--reconcile-hours", "0"];
    let mut server = Process::start(place.command(&args));
    let said: Vec<String> =
        server.lines.by_ref().map_while(Result::ok).take_while(|l| !l.contains("控制台 http://")).collect();
    let accounts: Vec<_> = said.iter().filter(|l| l.starts_with("  ")).collect();
    assert_eq!(accounts.len(), 3, "{said:?}");
    for (account, login) in accounts.iter().zip(["system", "security", "audit"]) {
        assert!(account.contains(login) && account.contains("一次性密码"), "{account}");
    }
    // Beside the server: somebody is added, who is told once.
    let added = place.done(&[
        "officer",
        "add",
        "--login",
        "lisi",
        "--name",
        "李四",
        "--role",
        "hr_clerk",
        "--org",
        "44010600000101",
    ]);
    assert!(added.contains("一次性密码"), "{added}");
    let list = place.done(&["officer", "list"]);
    assert_eq!(list.lines().filter(|l| l.ends_with("一次性密码")).count(), 4, "{list}");
    let last = text(&place.run(&["officer", "stop", "audit", "--reason", "离职"]));
    assert!(last.contains("须至少保留一名"), "{last}");
    drop(server);
    let mut again = Process::start(place.command(&args));
    let said: Vec<String> =
        again.lines.by_ref().map_while(Result::ok).take_while(|l| !l.contains("控制台 http://")).collect();
    assert!(said.iter().all(|l| !l.contains("一次性密码")), "{said:?}");
}
