//! P1 and P2 of the promises: the process is killed at random moments under load, and on PostgreSQL the server too.
//! Nothing acknowledged is lost, nothing is applied twice, and the journal verifies. Photos, material, messages and dead
//! letters are written beside the commands all the time.

use private_postgres::PrivatePostgres;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

struct Crash<'a> {
    data: &'a Path,
    database: Option<String>,
    /// What was acknowledged: person and journal line.
    acknowledged: BTreeMap<u32, i64>,
}

impl Crash<'_> {
    fn kaguan(&self, args: &[String]) -> Command {
        let mut c = Command::new(env!("CARGO_BIN_EXE_kaguan"));
        c.arg("--data").arg(self.data).args(args);
        if let Some(url) = &self.database {
            c.arg("--database").arg(url);
        }
        c
    }

    /// Loads from a person on, and kills the process after so many acknowledgements, or lets it end.
    fn load(&mut self, from: u32, to: u32, kill_after: Option<usize>, at_kill: impl FnOnce()) {
        let args = ["load".into(), "--beside".into(), format!("--from={from}"), format!("--to={to}")];
        let mut child =
            self.kaguan(&args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("kaguan starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut taken = Vec::new();
        while kill_after.is_none_or(|n| taken.len() < n) {
            match lines.next() {
                Some(line) => taken.push(line.expect("a line")),
                None => break,
            }
        }
        if kill_after.is_some() {
            at_kill();
            child.kill().expect("SIGKILL");
        }
        // What was written before the kill was acknowledged too.
        taken.extend(lines.map_while(Result::ok));
        let status = child.wait().expect("it ends");
        assert!(kill_after.is_some() || status.success(), "{status}");
        for line in taken {
            let Some((n, entry)) = line.split_once(' ') else { continue };
            let (Ok(n), Ok(entry)) = (n.parse(), entry.parse()) else { continue };
            let before = self.acknowledged.insert(n, entry);
            assert!(
                before.is_none_or(|b| b == entry),
                "person {n}: line {before:?}, then {entry}: applied twice"
            );
        }
    }

    fn check(&self) {
        let out = self.kaguan(&["check".into(), "--json".into()]).output().expect("kaguan check runs");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
    }
}

fn crash(times: usize, database: Option<String>, server_dies: impl Fn()) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut c = Crash { data: dir.path(), database, acknowledged: BTreeMap::new() };
    let mut rng = fastrand::Rng::with_seed(20_261_123);
    for round in 0..times {
        let reached = c.acknowledged.keys().next_back().copied().unwrap_or(0);
        // Some of what was acknowledged is sent again, with the same keys.
        let from = reached.saturating_sub(rng.u32(0..60));
        let kill_after = rng.usize(1..120);
        c.load(from, reached + 400, Some(kill_after), || {
            if round % 5 == 4 {
                server_dies();
            }
        });
    }
    let reached = c.acknowledged.keys().next_back().copied().unwrap_or(0);
    assert!(reached as usize > times, "the load got somewhere: {reached}");
    c.check();
    // Everything acknowledged is sent once more: each is answered with its first journal line, so none was lost.
    c.load(0, reached + 1, None, || {});
    assert_eq!(c.acknowledged.len(), reached as usize + 1);
    c.check();
}

#[test]
fn killed_fifty_times_on_sqlite_nothing_acknowledged_is_lost_or_done_twice() {
    crash(50, None, || {});
}

#[test]
fn killed_twenty_times_on_postgresql_with_the_server_nothing_acknowledged_is_lost_or_done_twice() {
    let server = PrivatePostgres::start().expect("a private PostgreSQL starts");
    crash(20, Some(server.url("kaguan")), || {
        server.kill().expect("the server dies");
        server.up().expect("the server starts again");
    });
    let log = server.log().expect("the server's log");
    let warnings: Vec<_> = log.lines().filter(|l| l.contains("WARNING")).collect();
    assert!(warnings.is_empty(), "two transactions shared a connection: {warnings:?}");
}
