//! A database that is older, shorter, missing or replaced is refused with what is known outside it, and gone on with only when
//! somebody accepts the loss, which the journal keeps. On a real directory, by the command line, a real server and a witness.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_store::engine::{Engine, Sql, Write};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A directory with a database, which can be copied away and put back.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.done(&["migrate", "--simulate"]);
        place.done(&["duties"]);
        place.add("zhangsan");
        place
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kaguan"));
        command.arg("--data").arg(self.data()).args(args);
        command
    }

    /// Whether it succeeded, and what it said.
    fn run(&self, args: &[&str]) -> (bool, String) {
        let out = self.command(args).output().unwrap();
        let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
        (out.status.success(), said)
    }

    fn done(&self, args: &[&str]) -> String {
        let (done, said) = self.run(args);
        assert!(done, "{args:?}: {said}");
        said
    }

    fn refused(&self, args: &[&str], why: &[&str]) -> String {
        let (done, said) = self.run(args);
        assert!(!done && why.iter().all(|w| said.contains(w)), "{args:?}: {said}");
        said
    }

    /// A commit more.
    fn add(&self, login: &str) {
        let org = ["--org", "44010600000101"];
        self.done(
            &[&["officer", "add", "--login", login, "--name", "张三", "--role", "hr_clerk"], &org[..]]
                .concat(),
        );
    }

    fn copy(&self, to: &str) {
        let to = self.0.path().join(to);
        std::fs::create_dir_all(&to).unwrap();
        for file in files(&self.data()) {
            std::fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
        }
    }

    fn put_back(&self, from: &str) {
        self.take_away();
        for file in files(&self.0.path().join(from)) {
            std::fs::copy(&file, self.data().join(file.file_name().unwrap())).unwrap();
        }
    }

    fn take_away(&self) {
        files(&self.data()).iter().for_each(|f| std::fs::remove_file(f).unwrap());
    }
}

/// The database's files in a directory.
fn files(dir: &Path) -> Vec<PathBuf> {
    let all = ["kaguan.db", "kaguan.db-wal", "kaguan.db-shm"];
    all.iter().map(|name| dir.join(name)).filter(|f| f.exists()).collect()
}

#[test]
fn an_older_copy_is_refused_and_what_it_lacks_is_accepted_in_the_journal() {
    let place = Place::new();
    place.copy("yesterday");
    place.add("lisi");
    place.add("wangwu");
    assert!(place.done(&["check"]).contains("已与1处日志末端比对"));
    assert!(place.done(&["recover"]).contains("没有损失"));
    place.copy("today");
    place.put_back("yesterday");
    // Who was added meanwhile is gone; nobody goes on as if nothing had been.
    let add = [
        "officer",
        "add",
        "--login",
        "zhaoliu",
        "--name",
        "赵六",
        "--role",
        "hr_clerk",
        "--org",
        "44010600000101",
    ];
    place.refused(&add, &["与已知的日志末端不符", "journal.head", "缺", "kaguan recover"]);
    place.refused(&["check"], &["发现问题", "缺"]);
    place.refused(&["serve", "--listen", "127.0.0.1:0"], &["与已知的日志末端不符"]);
    place.refused(&["recover"], &["下列末端已不在其中"]);
    // The newest copy is found again: nothing was lost.
    place.put_back("today");
    assert!(place.done(&["check"]).contains("核对无误"));
    place.put_back("yesterday");
    place.refused(&["recover", "--accept-loss", "--reason", " "], &["须写明"]);
    place.refused(&["check"], &["发现问题"]);
    let accepted = place.done(&["recover", "--accept-loss", "--reason", "磁盘损坏，昨日备份为最新"]);
    assert!(accepted.contains("已接受损失，记入第"), "{accepted}");
    place.add("zhaoliu");
    assert!(place.done(&["check"]).contains("核对无误"));
    // What a partner had kept is known to be lost, and no longer asked for; what it never had is.
    assert!(place.done(&["recover"]).contains("没有损失"));
    place.put_back("today");
    place.refused(&["check"], &["该区块已是另一内容"]);
}

#[test]
fn a_missing_an_empty_and_a_cut_database_are_refused_and_nothing_is_made() {
    let place = Place::new();
    place.copy("whole");
    place.take_away();
    for args in [&["check"][..], &["migrate"], &["serve", "--listen", "127.0.0.1:0"], &["officer", "list"]] {
        place.refused(args, &["journal.head记有第", "kaguan recover"]);
        assert_eq!(files(&place.data()), Vec::<PathBuf>::new(), "{args:?}");
    }
    std::fs::write(place.data().join("kaguan.db"), b"").unwrap();
    place.refused(&["migrate"], &["数据库不存在或是空的"]);
    place.put_back("whole");
    // The last block is taken out, and the writer's row set back, as whoever has the database can.
    let rt = tokio::runtime::Runtime::new().unwrap();
    rt.block_on(async {
        static STEPS: [Sql; 3] = [
            Sql::new("cut lines", "DELETE FROM journal_entry WHERE seq >= (SELECT first_entry FROM journal_block ORDER BY seq DESC LIMIT 1)"),
            Sql::new("cut block", "DELETE FROM journal_block WHERE seq = (SELECT MAX(seq) FROM journal_block)"),
            Sql::new(
                "set back",
                "UPDATE writer SET block_seq = (SELECT MAX(seq) FROM journal_block), entry_seq = (SELECT MAX(seq) FROM journal_entry), \
                 block_hash = (SELECT hash FROM journal_block ORDER BY seq DESC LIMIT 1)",
            ),
        ];
        let engine = Engine::open(&format!("sqlite:{}", place.data().join("kaguan.db").display())).await.unwrap();
        let steps = STEPS.iter().map(|sql| Write::one(sql, Vec::new(), None)).collect();
        engine.transact(steps).await.unwrap();
    });
    // The writer's row vouches for itself, and was set back without the key.
    place.refused(&["check"], &["writer"]);
    place.refused(&["migrate", "--simulate"], &["writer"]);
    place.put_back("whole");
    assert!(place.done(&["check"]).contains("核对无误"));
    // A head file that cannot be read is not taken for none.
    std::fs::write(place.data().join("journal.head"), "x\n").unwrap();
    place.refused(&["check"], &["journal.head 的第1行无法识别"]);
}

/// A process that is killed when the test is over.
struct Server(Child);

impl Server {
    fn start(place: &Place) -> (Self, String) {
        let args = ["serve", "--simulate", "--listen", "127.0.0.1:0", "--reconcile-hours", "0"];
        let mut child = place.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let server = Self(child);
        let line = lines.map_while(Result::ok).find(|l| l.contains("控制台 http://")).unwrap();
        let at = line.split_whitespace().find(|w| w.starts_with("http://")).unwrap().to_owned();
        (server, at)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_server_stops_when_its_database_is_taken_away_under_it() {
    let place = Place::new();
    place.copy("whole");
    let (mut server, _) = Server::start(&place);
    place.take_away();
    let ended = server.0.wait().unwrap();
    let mut said = String::new();
    std::io::Read::read_to_string(&mut server.0.stderr.take().unwrap(), &mut said).unwrap();
    assert!(!ended.success() && said.contains("已不在原处"), "{said}");
}

#[test]
fn a_witness_signs_that_the_journal_only_grew_and_finds_one_that_did_not() {
    let place = Place::new();
    let dir = place.0.path().join("witness");
    let witness = |args: &[&str], at: &str| {
        let dir = dir.display().to_string();
        place.run(&[&["witness"], args, &["--dir", &dir, "--from", at]].concat())
    };
    let (server, at) = Server::start(&place);
    let (done, said) = witness(&["pull"], &at);
    assert!(done && said.contains("已留存至第"), "{said}");
    drop(server);
    place.copy("yesterday");
    place.add("lisi");
    let (server, at) = Server::start(&place);
    assert!(witness(&["pull"], &at).0);
    let (done, said) = witness(&["check"], &at);
    assert!(done, "{said}");
    drop(server);
    // The operator takes part in it: the file beside the key is gone too. The witness knows.
    place.put_back("yesterday");
    std::fs::remove_file(place.data().join("journal.head")).unwrap();
    assert!(place.done(&["check"]).contains("没有可比对的日志末端"));
    let log = dir.join("heads.log").display().to_string();
    place.refused(&["check", "--head", &log], &["发现问题", "heads.log"]);
    let (server, at) = Server::start(&place);
    for what in ["pull", "check"] {
        let (done, said) = witness(&[what], &at);
        assert!(!done && said.contains("日志不再含有见证方留存的"), "{said}");
    }
    drop(server);
    // Whoever changes what a witness keeps is found by its signature.
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, text.lines().skip(1).collect::<Vec<_>>().join("\n")).unwrap();
    place.refused(&["witness", "check", "--dir", &dir.display().to_string()], &["签名无效"]);
}
