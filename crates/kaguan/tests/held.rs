//! Doors that cannot be held: whoever is silent or slow, comes too often or guesses is cut or told to come again, over real sockets, while
//! everybody else is served. The long versions run by `cargo xtask prove held`.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use rcgen::{CertificateParams, KeyPair};
use std::io::{BufRead, BufReader, Read as _};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// A server, until it is dropped.
struct Server {
    child: Child,
    at: SocketAddr,
    /// What it said before it said where it is.
    said: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(data: &Path, limits: &[&str], more: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kaguan"));
        command.arg("--data").arg(data);
        command.args(["serve", "--listen", "127.0.0.1:0", "--reconcile-hours", "0"]).args(more);
        for limit in limits {
            command.args(["--limit", limit]);
        }
        Self::of(command)
    }

    fn of(command: Command) -> Self {
        Self::heard(command, Stdio::null())
    }

    /// What it says of errors goes somewhere.
    fn heard(mut command: Command, errors: Stdio) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(errors).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = String::new();
        let at = loop {
            let line = lines.next().expect("it says where it is").unwrap();
            if let Some(rest) = line.strip_prefix("控制台 ") {
                break rest.split("://").nth(1).unwrap().split('/').next().unwrap().parse().unwrap();
            }
            said.push_str(&line);
            said.push('\n');
        };
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, at, said }
    }

    /// Kilobytes that it holds, and the most that it has held.
    fn memory(&self) -> (u64, u64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let of = |name: &str| {
            let line = status.lines().find(|l| l.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse().unwrap()
        };
        (of("VmRSS:"), of("VmHWM:"))
    }
}

fn is_long() -> bool {
    std::env::var_os("KAGUAN_LONG").is_some()
}

/// Connects from another address of this machine.
async fn from(last: u8, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, last], 0))).unwrap();
    socket.connect(to).await.unwrap()
}

/// Asks, and reads until the other side closes.
async fn ask(mut stream: TcpStream, request: &str) -> String {
    let mut answer = Vec::new();
    // Whoever is turned away may be cut while it still writes.
    let _ = stream.write_all(request.as_bytes()).await;
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

const PAGE: &str = "GET /sign-in HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

/// Reads until the server closes; how long that took.
async fn closed(mut stream: TcpStream, most: u64) -> Duration {
    let began = Instant::now();
    let mut rest = [0; 4096];
    let all = async { while stream.read(&mut rest).await.is_ok_and(|n| n > 0) {} };
    let done = tokio::time::timeout(Duration::from_secs(most), all).await;
    assert!(done.is_ok(), "not cut within {most} s");
    began.elapsed()
}

/// Writes one byte after the other, every 200 ms, until the server closes.
async fn drip(mut stream: TcpStream, first: String, byte: &'static [u8], most: u64) {
    stream.write_all(first.as_bytes()).await.unwrap();
    let (mut read, mut write) = stream.split();
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    let dripping = async {
        loop {
            tick.tick().await;
            if write.write_all(byte).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    let ended = async {
        let mut rest = [0; 4096];
        while read.read(&mut rest).await.is_ok_and(|n| n > 0) {}
    };
    let cut = async {
        tokio::select! { () = dripping => {} () = ended => {} }
    };
    assert!(tokio::time::timeout(Duration::from_secs(most), cut).await.is_ok(), "dripped on: {first}");
}

/// Asks for page after page and reads nothing.
async fn deaf(mut stream: TcpStream, most: u64) {
    let request = "GET /style.css HTTP/1.1\r\nhost: x\r\n\r\n".repeat(200);
    let asking = async { while stream.write_all(request.as_bytes()).await.is_ok() {} };
    assert!(tokio::time::timeout(Duration::from_secs(most), asking).await.is_ok(), "heard without end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_silent_or_slow_way_is_cut_within_its_limit_while_ordinary_reads_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let limits = [
        "first_byte=2",
        "head=2",
        "idle=2",
        "body_stall=2",
        "body_rate=1000",
        "answer_stall=2",
        "connections_of_source=4000",
    ];
    let server = Server::start(&dir.path().join("data"), &limits, &[]);
    let at = server.at;
    let each = if is_long() { 200 } else { 15 };
    // Ordinary reads, each on a connection of its own, before and meanwhile.
    let reads = async |until: &AtomicBool, least: usize| {
        let mut times = Vec::new();
        while times.len() < least || !until.load(Ordering::Relaxed) {
            let began = Instant::now();
            let answer = ask(from(2, at).await, PAGE).await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            times.push(began.elapsed());
        }
        times.sort();
        times[times.len() * 99 / 100]
    };
    let before = reads(&AtomicBool::new(true), 200).await;
    let over = Arc::new(AtomicBool::new(false));
    let post = "POST /sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n";
    let attacks = async {
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..each {
            let stream = || from(3, at);
            let (nothing, h2, head, late, drips, chunks, idle, no_ears) =
                tokio::join!(stream(), stream(), stream(), stream(), stream(), stream(), stream(), stream());
            all.spawn(async move {
                closed(nothing, 10).await;
            });
            all.spawn(async move {
                let mut h2 = h2;
                h2.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
                closed(h2, 10).await;
            });
            all.spawn(drip(head, "GET / HTTP/1.1\r\nhost: x\r\nx: ".to_owned(), b"y", 10));
            all.spawn(async move {
                let mut late = late;
                late.write_all(format!("{post}content-length: 900\r\n\r\nlogin=").as_bytes()).await.unwrap();
                closed(late, 10).await;
            });
            all.spawn(drip(drips, format!("{post}content-length: 5000\r\n\r\nlogin="), b"y", 20));
            all.spawn(drip(chunks, format!("{post}transfer-encoding: chunked\r\n\r\n"), b"1\r\ny\r\n", 20));
            all.spawn(async move {
                // From before it is sent: the server counts from when it has answered, which nobody here sees at once.
                let (mut idle, began) = (idle, Instant::now());
                idle.write_all(PAGE.replace("connection: close\r\n", "").as_bytes()).await.unwrap();
                closed(idle, 15).await;
                let waited = began.elapsed();
                assert!(waited >= Duration::from_secs(2), "a connection is kept for a while: {waited:?}");
            });
            all.spawn(deaf(no_ears, 60));
        }
        while let Some(done) = all.join_next().await {
            done.unwrap();
        }
        over.store(true, Ordering::Relaxed);
    };
    let (during, ()) = tokio::join!(reads(&*over, 200), attacks);
    println!("p99 of reads: {before:?} alone, {during:?} beside {} connections that hold on", each * 8);
    assert!(during < Duration::from_secs(1), "{during:?}");
}

#[test]
fn over_tls_whoever_shakes_hands_and_says_nothing_is_cut_and_so_is_whoever_does_not_shake_hands() {
    let dir = tempfile::tempdir().unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".into()]).unwrap().self_signed(&key).unwrap();
    let write = |name: &str, pem: String| {
        let path = dir.path().join(name);
        std::fs::write(&path, pem).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (cert, secret) = (write("cert.pem", certificate.pem()), write("key.pem", key.serialize_pem()));
    let tls = ["--tls-cert", &cert, "--tls-key", &secret];
    let server = Server::start(&dir.path().join("data"), &["first_byte=1", "head=2", "idle=2"], &tls);
    let connect = || {
        let stream = std::net::TcpStream::connect(server.at).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    };
    // TLS 1.2 and 1.3 with what is recommended, the latest first, and nothing older or weaker.
    let speaks = |way: &[&str]| {
        let mut c = Command::new("openssl");
        let at = server.at.to_string();
        c.args(["s_client", "-brief", "-connect", &at]).args(way).stdin(Stdio::null());
        let said = c.output().unwrap();
        (said.status.success(), String::from_utf8_lossy(&said.stderr).into_owned())
    };
    for (way, version) in [(&[][..], "TLSv1.3"), (&["-tls1_2"], "TLSv1.2")] {
        let (well, said) = speaks(way);
        assert!(well && said.contains(&format!("Protocol version: {version}")), "{way:?}: {said}");
    }
    let weak = "DEFAULT:@SECLEVEL=0";
    for way in [
        &["-tls1_1", "-cipher", weak][..],
        &["-tls1", "-cipher", weak],
        &["-tls1_2", "-cipher", "AES128-GCM-SHA256:AES256-SHA:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384:@SECLEVEL=0"],
    ] {
        let (well, said) = speaks(way);
        assert!(!well, "{way:?}: {said}");
    }
    // Nothing at all, and the beginning of a handshake.
    let mut silent = connect();
    assert!(matches!(silent.read(&mut [0; 16]), Ok(0)), "closed");
    let mut begun = connect();
    std::io::Write::write_all(&mut begun, &[0x16, 3, 1, 2, 0, 1]).unwrap();
    assert!(begun.read(&mut [0; 16]).is_ok_and(|n| n == 0), "closed");
    // A whole handshake, then nothing.
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut stream = connect();
    let name = "localhost".try_into().unwrap();
    let mut session = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    while session.is_handshaking() {
        session.complete_io(&mut stream).unwrap();
    }
    let began = Instant::now();
    let mut rest = Vec::new();
    // Cut without a word.
    let _ = rustls::Stream::new(&mut session, &mut stream).read_to_end(&mut rest);
    assert!(rest.is_empty() && began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
}

/// What an address is told that comes too often. Connections of `holders` are held until then: one that comes while another is still
/// counted may be turned away itself, and then holds nothing.
async fn turned_away(
    last: u8,
    at: SocketAddr,
    holders: impl Fn(u8) -> u8,
    held: &mut Vec<TcpStream>,
) -> String {
    for n in 0..40 {
        held.push(from(holders(n), at).await);
        let said = ask(from(last, at).await, PAGE).await;
        if said.starts_with("HTTP/1.1 503") {
            return said;
        }
    }
    panic!("never full")
}

#[tokio::test]
async fn one_address_has_only_some_of_the_connections_and_whoever_comes_too_often_is_told_when_to_come_again()
{
    let dir = tempfile::tempdir().unwrap();
    let limits = ["connections_of_source=5", "first_byte=60", "connections=12"];
    let server = Server::start(&dir.path().join("data"), &limits, &[]);
    let mut held = Vec::new();
    let refused = turned_away(3, server.at, |_| 3, &mut held).await;
    assert!(refused.contains("retry-after: 5"), "{refused}");
    assert!(held.len() >= 3, "{} are let in", held.len());
    let other = ask(from(2, server.at).await, PAGE).await;
    assert!(other.starts_with("HTTP/1.1 200"), "{other}");
    // All together, too.
    let full = turned_away(2, server.at, |n| 10 + n, &mut held).await;
    assert!(full.contains("retry-after"), "{full}");
    drop(held);
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    let began = Instant::now();
    while !ask(from(3, server.at).await, PAGE).await.starts_with("HTTP/1.1 200") {
        assert!(began.elapsed() < Duration::from_secs(10), "it does not recover");
        tick.tick().await;
    }
}

#[tokio::test]
async fn an_overload_is_answered_early_with_503_and_ends_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let limits = ["requests=3", "body_stall=8"];
    let server = Server::start(&dir.path().join("data"), &limits, &[]);
    let slow = "POST /sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n\
        content-length: 900\r\n\r\nlogin=";
    let mut held = Vec::new();
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let began = Instant::now();
    let refused = loop {
        // One that came while somebody was served was turned away itself: so many hold until all turns are held.
        if held.len() < 100 {
            let mut stream = from(3 + held.len() as u8, server.at).await;
            // Whoever is turned away may be cut while it still writes.
            let _ = stream.write_all(slow.as_bytes()).await;
            held.push(stream);
        }
        tick.tick().await;
        let asked = Instant::now();
        let answer = ask(from(2, server.at).await, PAGE).await;
        if answer.starts_with("HTTP/1.1 503") {
            assert!(asked.elapsed() < Duration::from_secs(1), "early: {:?}", asked.elapsed());
            break answer;
        }
        assert!(began.elapsed() < Duration::from_secs(8), "never overloaded: {answer}");
    };
    for header in ["retry-after: 5", "content-security-policy: ", "x-content-type-options: nosniff"] {
        assert!(refused.contains(header), "{header}: {refused}");
    }
    assert!(refused.contains("请稍候"), "{refused}");
    let partner =
        ask(from(2, server.at).await, "GET /api/keys/v1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    let partner = partner.await;
    assert!(partner.starts_with("HTTP/1.1 503") && partner.contains("\"retry\":true"), "{partner}");
    // The slow ones are cut, and everybody is served again.
    while !ask(from(2, server.at).await, PAGE).await.starts_with("HTTP/1.1 200") {
        assert!(began.elapsed() < Duration::from_secs(30), "it does not recover");
        tick.tick().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_guesses_costs_little_memory_and_delays_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("data"), &["sign_ins_of_source=8"], &["--simulate"]);
    let at = server.at;
    let county = server.said.lines().find(|l| l.trim_start().starts_with("county")).unwrap();
    let password = county.split_whitespace().nth(1).unwrap().to_owned();
    let post = |login: &str, password: &str| {
        let form = format!("login={login}&password={password}");
        format!(
            "POST /sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{form}",
            form.len()
        )
    };
    // The clerk's own counter is known.
    let own = ask(from(2, at).await, &post("county", &password)).await;
    assert!(own.starts_with("HTTP/1.1 303"), "{own}");
    let (before, _) = server.memory();
    let guesses = if is_long() { 1_000 } else { 200 };
    let done = Arc::new(AtomicUsize::new(0));
    let mut all = tokio::task::JoinSet::new();
    for n in 0..guesses {
        // From four addresses, of a name that somebody has, with passwords as long as the door lets through.
        let (guess, done) = (post("county", &format!("guess{n}{}", "x".repeat(400))), Arc::clone(&done));
        all.spawn(async move {
            let answer = ask(from(10 + (n % 4) as u8, at).await, &guess).await;
            done.fetch_add(1, Ordering::Relaxed);
            answer.split_whitespace().nth(1).unwrap_or_default().to_owned()
        });
    }
    let mut slowest = Duration::ZERO;
    let mut came_in = 0;
    loop {
        let flooded = done.load(Ordering::Relaxed) < guesses;
        let began = Instant::now();
        let page = ask(from(2, at).await, PAGE).await;
        assert!(page.starts_with("HTTP/1.1 200"), "{page}");
        let own = ask(from(2, at).await, &post("county", &password)).await;
        assert!(own.starts_with("HTTP/1.1 303"), "the owner is not locked out: {own}");
        slowest = slowest.max(began.elapsed());
        came_in += 1;
        if !flooded {
            break;
        }
    }
    let mut statuses = Vec::new();
    while let Some(status) = all.join_next().await {
        statuses.push(status.unwrap());
    }
    let of = |s: &str| statuses.iter().filter(|x| *x == s).count();
    assert_eq!(of("401") + of("429") + of("503"), guesses, "{statuses:?}");
    assert!(of("401") <= 20, "five tries of each address are looked at: {}", of("401"));
    let (_, most) = server.memory();
    let grown = most.saturating_sub(before) / 1024;
    println!(
        "{guesses} guesses: {} looked at, {} refused, {} MiB more at most; the owner came in {came_in} times, the slowest in {slowest:?}",
        of("401"),
        of("429") + of("503"),
        grown
    );
    assert!(grown < 200, "{grown} MiB");
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");
}

#[tokio::test]
async fn every_answer_says_what_a_browser_may_do_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let server =
        Server::start(&dir.path().join("data"), &[], &["--public-address", "https://kaguan.example.cn"]);
    for (method, path, status) in [
        ("GET", "/", "303"),
        ("GET", "/sign-in", "200"),
        ("GET", "/style.css", "200"),
        ("GET", "/script.js", "200"),
        ("GET", "/nothing", "404"),
        ("GET", "/people", "303"),
        ("PUT", "/sign-in", "405"),
        ("TRACE", "/sign-in", "405"),
        ("TRACE", "/api/keys/v1", "401"),
        ("OPTIONS", "/sign-in", "405"),
        ("POST", "/sign-in", "415"),
        ("GET", "/verify/1-x", "404"),
        ("GET", "/api/nothing", "401"),
        ("GET", "/api/keys/v1", "401"),
        ("GET", "/api/openapi.json", "200"),
        ("GET", "/api/collection.json", "200"),
        ("GET", "/api/docs/", "200"),
        ("GET", "/api/docs/swagger-ui-bundle.js", "200"),
        ("GET", "/api/docs/nothing.js", "404"),
    ] {
        // As another site's script would ask.
        let origin = if method == "GET" { "origin: https://evil.example\r\n" } else { "" };
        let request = format!("{method} {path} HTTP/1.1\r\nhost: x\r\n{origin}connection: close\r\n\r\n");
        let answer = ask(from(2, server.at).await, &request).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let head = head.to_lowercase();
        assert_eq!(head.split_whitespace().nth(1), Some(status), "{method} {path}: {head}");
        for header in [
            "\ncontent-security-policy: default-src 'none'",
            "frame-ancestors 'none'",
            "\nx-content-type-options: nosniff",
            "\nx-frame-options: deny",
            "\nreferrer-policy: no-referrer",
            "\ncross-origin-opener-policy: same-origin",
            "\npermissions-policy: ",
            "\nstrict-transport-security: max-age=31536000",
        ] {
            assert!(head.contains(header), "{method} {path} lacks {header}: {head}");
        }
        for header in ["base-uri 'none'", "\ncache-control: no-store"] {
            assert!(head.contains(header), "{method} {path} lacks {header}: {head}");
        }
        assert!(!head.contains("access-control-"), "no other site reads it: {head}");
        let kind = head.split("\ncontent-type: ").nth(1).and_then(|k| k.lines().next()).unwrap_or_default();
        let said = kind.contains("charset=utf-8") || kind.starts_with("application/");
        assert!(said || body.is_empty(), "{method} {path}: {kind}");
        assert!(!head.contains("unsafe-inline") || path.starts_with("/api/docs"), "{path}");
    }
}

#[tokio::test]
async fn a_full_disk_ends_writing_and_not_reading() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    // The signal of a file that may not grow is left alone, so that writing fails as on a full disk.
    let mut command = Command::new("bash");
    command
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_kaguan"), "--data"])
        .arg(&data);
    command.args(["serve", "--listen", "127.0.0.1:0", "--reconcile-hours", "0", "--simulate"]);
    let mut server = Server::of(command);
    let county = server.said.lines().find(|l| l.trim_start().starts_with("county")).unwrap();
    let password = county.split_whitespace().nth(1).unwrap().to_owned();
    let form = format!("login=county&password={password}");
    let sign_in = format!(
        "POST /sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{form}",
        form.len()
    );
    let come_in = async || ask(from(2, server.at).await, &sign_in).await;
    let answer = come_in().await;
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    let cookie = answer.lines().find_map(|l| l.strip_prefix("set-cookie: ")?.split(';').next()).unwrap();
    let page = format!("GET /password HTTP/1.1\r\nhost: x\r\ncookie: {cookie}\r\nconnection: close\r\n\r\n");
    let pid = rustix::process::Pid::from_raw(i32::try_from(server.child.id()).unwrap());
    let grow = |to| {
        let limit = rustix::process::Rlimit { current: to, maximum: None };
        rustix::process::prlimit(pid, rustix::process::Resource::Fsize, limit).unwrap()
    };
    grow(Some(1));
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    let began = Instant::now();
    // A command that cannot be written down ends all writing.
    let public = kaguan_api::sign::Secret::fresh().public();
    let register = ["partner", "register", "bank:95588", "--name", "某银行", "--public", &public];
    let refused = Command::new(env!("CARGO_BIN_EXE_kaguan")).arg("--data").arg(&data).args(register).output();
    assert!(!refused.unwrap().status.success());
    // Nobody comes in any more; whoever is in reads on.
    while !come_in().await.starts_with("HTTP/1.1 503") {
        assert!(began.elapsed() < Duration::from_secs(20), "it writes on");
        tick.tick().await;
    }
    for _ in 0..50 {
        tick.tick().await;
        let answer = ask(from(2, server.at).await, &page).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(server.child.try_wait().unwrap().is_none(), "it goes on");
    }
    // Once there is room a restart is asked for.
    grow(None);
    while server.child.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < Duration::from_secs(60), "it does not end");
        tick.tick().await;
    }
    let again = Server::start(&data, &[], &[]);
    let answer = ask(from(2, again.at).await, &page).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "the session outlives it: {answer}");
}

#[tokio::test]
async fn whoever_is_turned_away_at_a_door_is_said_and_nothing_that_he_wrote() {
    let dir = tempfile::tempdir().unwrap();
    let errors = dir.path().join("errors");
    let mut command = Command::new(env!("CARGO_BIN_EXE_kaguan"));
    command.arg("--data").arg(dir.path().join("data"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--reconcile-hours", "0", "--simulate"]);
    let server = Server::heard(command, std::fs::File::create(&errors).unwrap().into());
    let county = server.said.lines().find(|l| l.trim_start().starts_with("county")).unwrap();
    let password = county.split_whitespace().nth(1).unwrap().to_owned();
    let post = |path: &str, headers: &str, kind: &str, body: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\n{headers}content-type: {kind}\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n{body}",
            body.len()
        )
    };
    let form = "application/x-www-form-urlencoded";
    let own = post("/sign-in", "", form, &format!("login=county&password={password}"));
    let own = ask(from(2, server.at).await, &own).await;
    let cookie = own.split("set-cookie: ").nth(1).unwrap().split(';').next().unwrap().to_owned();
    let signed = "kaguan-partner: bank:440106199001011234\r\nkaguan-key: 440106199001011234\r\nkaguan-time: 1\r\n\
        kaguan-nonce: 0123456789abcdef\r\nkaguan-digest: x\r\nkaguan-signature: 440106199001011234\r\n";
    let desk = "{\"body\":\"440106199001011234\",\"signature\":\"x\"}";
    for (request, status) in [
        ("GET /api/keys/v1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_owned(), "401"),
        (format!("GET /api/keys/v1 HTTP/1.1\r\nhost: x\r\n{signed}connection: close\r\n\r\n"), "401"),
        (post("/desk/v1/jobs", "", "application/json", desk), "403"),
        (
            post("/sign-in", "origin: https://evil.example\r\n", form, "login=x&password=440106199001011234"),
            "403",
        ),
        (
            format!("GET /officers HTTP/1.1\r\nhost: x\r\ncookie: {cookie}\r\nconnection: close\r\n\r\n"),
            "403",
        ),
    ] {
        let answer = ask(from(2, server.at).await, &request).await;
        assert_eq!(answer.split_whitespace().nth(1), Some(status), "{request}: {answer}");
    }
    let said = std::fs::read_to_string(&errors).unwrap();
    for part in [
        "signature_missing",
        "partner_unknown",
        "a desk's message that its key has not signed",
        "a form of another site",
        "/officers",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("440106199001011234"), "{said}");
}

#[tokio::test]
async fn where_a_message_ends_is_not_for_two_to_find_differently() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("data"), &[], &[]);
    let hidden = "GET /style.css HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let head = "POST /sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n";
    for lengths in [
        "content-length: 0\r\ncontent-length: 4\r\n",
        "content-length: 4, 0\r\n",
        "content-length: +4\r\n",
        "content-length: 0x4\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "transfer-encoding: xchunked\r\n",
        "transfer-encoding : chunked\r\n",
        " transfer-encoding: chunked\r\n",
    ] {
        let answer = ask(from(2, server.at).await, &format!("{head}{lengths}\r\n{hidden}")).await;
        assert!(
            answer.starts_with("HTTP/1.1 400") && answer.matches("HTTP/1.1 ").count() == 1,
            "{lengths}: {answer}"
        );
    }
    // Beside chunks a length counts for nothing, and nothing is read after the last of them.
    let both = format!("{head}content-length: 4000\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{hidden}");
    let answer = ask(from(2, server.at).await, &both).await;
    assert!(answer.matches("HTTP/1.1 ").count() == 1 && answer.contains("\r\nconnection: close"), "{answer}");
}
