//! S2 and S5: the same work over HTTP, generator included. One load generator for every server measured, so that what
//! it costs is on both sides of the ratio.

use super::{Figure, Pace, check, median, pgbench};
use crate::load;
use anyhow::{Context, bail};
use kaguan_domain::facts::form::{Field, FormDraft};
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::OfficerId;
use kaguan_domain::institution::{InstitutionCommand, NewOfficer};
use kaguan_files::sample::adult;
use kaguan_partner_sim::Surroundings;
use kaguan_service::clock::TimeSource;
use kaguan_service::setup::set_up;
use kaguan_service::{Command, Service};
use kaguan_store::Store;
use private_postgres::PrivatePostgres;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Connections of the generator.
const CALLERS: u32 = 64;
/// People whose cards are asked for.
pub(super) const PEOPLE: u32 = 2_000;

/// Serves a router on a free port of this machine.
pub(super) async fn serve(router: axum::Router) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

/// A connection that sends a request and reads its answer, again and again.
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Where the body begins.
    body: usize,
}

impl Connection {
    pub(super) async fn open(to: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(8192), body: 0 })
    }

    /// The status and the head of the answer; the body is read and kept until the next.
    pub(super) async fn ask(&mut self, request: &[u8]) -> anyhow::Result<(u16, String)> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let end = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
            if let Some(at) = self.buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                break at;
            }
        };
        let head = std::str::from_utf8(&self.buffer[..end])?.to_owned();
        let status = head.get(9..12).and_then(|s| s.parse().ok()).context("no status line")?;
        let length = head.lines().find_map(|l| {
            let (name, value) = l.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        let length = length.context("no content-length")?;
        while self.buffer.len() < end + 4 + length {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
        }
        self.body = end + 4;
        Ok((status, head))
    }

    /// The body of the last answer.
    pub(super) fn body(&self) -> &[u8] {
        &self.buffer[self.body..]
    }
}

pub(super) fn post(path: &str, kind: &str, cookie: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\nCookie: {cookie}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Requests a second of some connections; the `n`th request is made by `request`, every answer must have this status.
async fn drive(
    to: SocketAddr,
    requests: u32,
    callers: u32,
    wanted: u16,
    request: impl Fn(u32) -> Vec<u8> + Send + Sync + 'static,
) -> anyhow::Result<Pace> {
    let (next, request) = (Arc::new(AtomicU32::new(0)), Arc::new(request));
    let mut tasks = Vec::new();
    let began = Instant::now();
    for _ in 0..callers {
        let (next, request) = (Arc::clone(&next), Arc::clone(&request));
        tasks.push(tokio::spawn(async move {
            let mut connection = Connection::open(to).await?;
            let mut times = Vec::new();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= requests {
                    return Ok(times);
                }
                let began = Instant::now();
                let (status, head) = connection.ask(&request(n)).await?;
                if status != wanted {
                    bail!("answered {status}: {head}");
                }
                times.push(began.elapsed());
            }
        }));
    }
    let mut times: Vec<Duration> = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    Ok(Pace {
        a_second: f64::from(requests) / began.elapsed().as_secs_f64(),
        median: median(times),
        a_commit: 1.0,
    })
}

/// Rounds of a comparison: what else the machine does falls on both sides of each.
const ROUNDS: u32 = 5;

/// A server that says hello, and nothing more.
pub(super) async fn hello() -> anyhow::Result<SocketAddr> {
    serve(axum::Router::new().route("/", axum::routing::post(async || "hello"))).await
}

/// One server beside another in rounds, after one that does not count: of the round with the median ratio, ours and the
/// bare one. Requests are made ahead, so that what is measured is the server.
pub(super) async fn beside(
    bare: SocketAddr,
    ours: SocketAddr,
    requests: u32,
    request: impl Fn(u32) -> Vec<u8>,
) -> anyhow::Result<(Pace, Pace)> {
    let each = (requests / ROUNDS).max(1);
    let mut rounds = Vec::new();
    for round in 0..=ROUNDS {
        let hello = move |_| post("/", "application/json", "", "{}");
        let bare = drive(bare, each, CALLERS, 200, hello).await?;
        let ready: Vec<_> = (round * each..(round + 1) * each).map(&request).collect();
        let ours = drive(ours, each, CALLERS, 200, move |n| ready[n as usize].clone()).await?;
        if round > 0 {
            rounds.push((ours, bare));
        }
    }
    rounds.sort_by(|(a, x), (b, y)| (a.a_second / x.a_second).total_cmp(&(b.a_second / y.a_second)));
    Ok(rounds.swap_remove(rounds.len() / 2))
}

/// A running system with a clerk who has signed in: where it listens, and the clerk's cookie.
async fn console(url: &str, key: &Path) -> anyhow::Result<(Service, SocketAddr, String)> {
    let store = Arc::new(Store::open(url, key).await?);
    let service = Service::start(store, TimeSource::Machine, Surroundings::new().partners()).await?;
    set_up(&service).await?;
    let org = service.institutions().org_by_code("44010600000101").map(|o| o.id);
    let new = NewOfficer {
        id: OfficerId(service.fresh()),
        login: "bench".into(),
        name: "测速".into(),
        org: org.context("the province is not set up")?,
        role: Role::HrClerk,
        password_hash: kaguan_web::hash_password("bench-password").context("no password hash")?,
    };
    let ctx = service.ctx(kaguan_domain::ctx::Actor::System, kaguan_domain::ctx::Channel::CommandLine, None);
    let add = Command::Institution(InstitutionCommand::AddOfficer(new));
    service.execute(ctx, add).await?;
    let to = serve(kaguan_web::router(service.clone())).await?;
    let form = "application/x-www-form-urlencoded";
    let sign_in = post("/sign-in", form, "", "login=bench&password=bench-password");
    let (status, head) = Connection::open(to).await?.ask(&sign_in).await?;
    let cookie = head.lines().find_map(|l| l.strip_prefix("set-cookie: ")?.split(';').next());
    let cookie = cookie.with_context(|| format!("sign-in answered {status}"))?.to_owned();
    Ok((service, to, cookie))
}

/// A form as a browser sends it.
fn form_body(n: u32, draft: &FormDraft) -> String {
    use std::fmt::Write;
    let mut body = format!("key=bench-{n}&consent=self&document_verified=1");
    for field in Field::TITLE_ROW.iter().chain(Field::PERSONAL).copied() {
        let value = draft.get(field);
        if !value.is_empty() {
            let _ = write!(body, "&{}=", field.code());
            for b in value.bytes() {
                if b.is_ascii_alphanumeric() {
                    body.push(char::from(b));
                } else {
                    let _ = write!(body, "%{b:02X}");
                }
            }
        }
    }
    body
}

/// S2: applications over HTTP with 256 connections, beside pgbench with one command's SQL.
pub(super) async fn commands(dir: &Path, n: u32) -> anyhow::Result<Vec<Figure>> {
    let server = PrivatePostgres::start()?;
    let script = dir.join("one.sql");
    std::fs::write(&script, super::ONE_COMMAND)?;
    let baseline = server.database("baseline")?;
    drop(Store::open(&baseline, &dir.join("baseline.key")).await?);
    let many = pgbench(&server, &baseline, &script, 256)?;
    let (service, to, cookie) = console(&server.database("ours")?, &dir.join("ours.key")).await?;
    let request = move |n: u32| {
        let draft = adult(n, "95588");
        let photo_receipt = kaguan_partner_sim::SimPhotos::receipt_of(&draft.document_number);
        let draft = FormDraft { photo_receipt, ..draft };
        post("/apply", "application/x-www-form-urlencoded", &cookie, &form_body(n, &draft))
    };
    let ours = drive(to, n, 256, 303, request).await?;
    check(&service).await?;
    Ok(vec![(
        "S2",
        1.5,
        2.5,
        ours.a_second / many.a_second,
        format!("{:.0}/s; pgbench -c 256 {:.0}/s", ours.a_second, many.a_second),
    )])
}

/// S5: card-status reads over HTTP, signed in and scoped, beside a bare axum that says hello.
pub(super) async fn status(dir: &Path, requests: u32) -> anyhow::Result<Vec<Figure>> {
    let hello = hello().await?;
    let server = PrivatePostgres::start()?;
    let mut figures = Vec::new();
    for (name, must, goal, url) in [
        ("S5 SQLite", 0.35, 0.6, format!("sqlite:{}", dir.join("s5.db").display())),
        ("S5 PostgreSQL", 0.15, 0.35, server.database("s5")?),
    ] {
        let (service, to, cookie) = console(&url, &dir.join(format!("{name}.key"))).await?;
        load::cards(&service, PEOPLE).await?;
        let request = |n: u32| {
            let number = adult(n.wrapping_mul(7_919) % PEOPLE, "95588").document_number;
            post("/api/cards/status", "application/json", &cookie, &format!("{{\"number\":\"{number}\"}}"))
        };
        let (ours, bare) = beside(hello, to, requests, request).await?;
        check(&service).await?;
        let note = format!(
            "{:.0}/s, median {:.2?}; bare axum {:.0}/s, median {:.2?}",
            ours.a_second, ours.median, bare.a_second, bare.median
        );
        figures.push((name, must, goal, ours.a_second / bare.a_second, note));
    }
    Ok(figures)
}
