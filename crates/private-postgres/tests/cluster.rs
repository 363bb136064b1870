//! What tests and benchmarks rely on: private, killed as by a power cut, and gone afterwards.

use private_postgres::PrivatePostgres;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn ask(server: &PrivatePostgres, url: &str, sql: &str) -> Result<String, String> {
    let out = Command::new(server.program("psql"))
        .args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql, url])
        .output()
        .expect("psql runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if out.status.success() { Ok(text(&out.stdout)) } else { Err(text(&out.stderr)) }
}

fn directory(url: &str) -> PathBuf {
    PathBuf::from(url.split_once("host=").expect("the address names the socket").1)
}

#[test]
fn it_listens_on_a_private_socket_only() {
    let server = PrivatePostgres::start().expect("it starts");
    let url = server.url("kaguan");
    assert_eq!(ask(&server, &url, "SHOW listen_addresses").as_deref(), Ok(""));
    let dir = directory(&url);
    assert_eq!(std::fs::metadata(&dir).expect("it is there").permissions().mode() & 0o777, 0o700);
    let socket = dir.join(".s.PGSQL.5432");
    assert!(socket.exists() && socket.as_os_str().len() < 100, "{}", socket.display());
    drop(server);
    assert!(!dir.exists(), "the directory goes with it");
}

#[test]
fn killed_it_keeps_what_was_committed_and_loses_what_was_not() {
    let server = PrivatePostgres::start().expect("it starts");
    let url = server.database("killed").expect("a database can be made");
    ask(&server, &url, "CREATE TABLE t (n int)").expect("a table");
    for round in 1..=3 {
        ask(&server, &url, "INSERT INTO t VALUES (1)").expect("a committed row");
        let mut open = Command::new(server.program("psql"))
            .args(["-X", "-A", "-t", "-q", &url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("psql starts");
        // Its input stays open, and so does the transaction.
        let input = open.stdin.as_mut().expect("piped");
        input.write_all(b"BEGIN; INSERT INTO t VALUES (2); SELECT 'written';\n").expect("psql reads");
        let mut line = String::new();
        BufReader::new(open.stdout.as_mut().expect("piped")).read_line(&mut line).expect("a line");
        assert_eq!(line.trim(), "written");

        server.kill().expect("it dies");
        drop(open.stdin.take());
        open.wait().expect("psql ends");
        assert!(ask(&server, &url, "SELECT 1").is_err(), "nobody answers");
        server.up().expect("it comes up again");
        assert_eq!(ask(&server, &url, "SELECT count(*), max(n) FROM t"), Ok(format!("{round}|1")));
    }
    server.kill().expect("it dies");
    assert!(server.kill().is_err(), "nobody is killed twice");
}

/// The test plays both parts: started again with the variable set it is the process that gets killed.
#[test]
fn when_its_process_is_killed_the_server_stops_and_the_directory_goes() {
    const PART: &str = "PRIVATE_POSTGRES_DOOMED";
    if std::env::var_os(PART).is_some() {
        let server = PrivatePostgres::start().expect("it starts");
        println!("\nurl {}", server.url("kaguan"));
        std::io::stdin().lines().next();
        return;
    }
    let mut doomed = Command::new(std::env::current_exe().expect("this test"))
        .args([
            "--exact",
            "--nocapture",
            "when_its_process_is_killed_the_server_stops_and_the_directory_goes",
        ])
        .env(PART, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let lines = BufReader::new(doomed.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let url = lines.filter_map(|l| Some(l.strip_prefix("url ")?.to_owned())).next().expect("an address");
    let dir = directory(&url);
    assert!(dir.join("data/postmaster.pid").exists());
    doomed.kill().expect("SIGKILL");
    doomed.wait().expect("it ends");
    let until = Instant::now() + Duration::from_secs(60);
    while dir.exists() {
        assert!(Instant::now() < until, "{} is left behind", dir.display());
        std::thread::yield_now();
    }
}
