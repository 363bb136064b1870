//! The listening socket: how many connections, of whom, and how long each may be silent. A connection is waiting for a request, hears its
//! head, or is being answered; each of these ends in time, so that nobody holds one by saying nothing, or little. HTTP/1.1 only: a
//! connection has one request at a time, and nobody multiplies it by streams.

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use axum_server::accept::Accept;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use http_body::{Frame, SizeHint};
use hyper_util::rt::TokioTimer;
use kaguan_web::{Limits, count, seconds};
use std::collections::HashMap;
use std::future::{Ready, ready};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{Instant, Sleep};

/// Listens, so that nobody else takes the address.
pub fn listen(at: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(at).map_err(|e| match e.kind() {
        ErrorKind::AddrInUse => anyhow::anyhow!("地址 {at} 已被占用。请停止占用它的程序，或以 --listen 另选"),
        _ => anyhow::anyhow!("不能监听 {at}：{e}。请以 --listen 另选"),
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Serves until it fails.
pub async fn listen_on(
    listener: TcpListener,
    router: axum::Router,
    tls: Option<RustlsConfig>,
    limits: &Limits,
    proxies: Vec<IpAddr>,
) -> anyhow::Result<()> {
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    let gate = Gate::new(limits, proxies, tls.is_some());
    match tls {
        None => {
            let mut server = axum_server::from_tcp(listener)?.acceptor(gate).http1_only();
            // How long a head may take is watched below TLS.
            server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(None);
            server.serve(router).await?;
        }
        Some(tls) => {
            let acceptor = RustlsAcceptor::new(tls).handshake_timeout(seconds(limits.head)).acceptor(gate);
            let mut server = axum_server::from_tcp(listener)?.acceptor(acceptor).http1_only();
            server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(None);
            server.serve(router).await?;
        }
    }
    Ok(())
}

/// How long a connection may do what.
#[derive(Clone, Copy)]
struct Patience {
    first_byte: Duration,
    head: Duration,
    idle: Duration,
    answer: Duration,
}

/// Connections that are open.
#[derive(Default)]
struct Open {
    all: usize,
    by_source: HashMap<IpAddr, usize>,
}

/// Who comes in.
#[derive(Clone)]
struct Gate {
    open: Arc<Mutex<Open>>,
    most: usize,
    of_source: usize,
    patience: Patience,
    proxies: Arc<[IpAddr]>,
    /// Those who are told that there are too many, at once.
    turned_away: Arc<Semaphore>,
    tls: bool,
}

/// Descriptors that are not for connections: the database, files, partners.
const OTHERS: usize = 256;
/// Whoever is told why, at once; beyond that the connection is closed without a word.
const TOLD: usize = 32;

/// What is said when there are too many.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\ncache-control: no-store\r\n\
    x-content-type-options: nosniff\r\ncontent-security-policy: default-src 'none'\r\nconnection: close\r\n\r\n";

/// So many files may this process have open; `None` when the system does not say.
fn files() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find(|l| l.starts_with("Max open files"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

/// One holder of addresses: of the newer ones the first half, for the rest is everybody's to choose.
fn source(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
    }
}

impl Gate {
    fn new(limits: &Limits, proxies: Vec<IpAddr>, tls: bool) -> Self {
        let most = count(limits.connections);
        Self {
            open: Arc::default(),
            most: files().map_or(most, |files| most.min(files.saturating_sub(OTHERS).max(files / 2))),
            of_source: count(limits.connections_of_source),
            patience: Patience {
                first_byte: seconds(limits.first_byte),
                head: seconds(limits.head),
                idle: seconds(limits.idle),
                answer: seconds(limits.answer_stall),
            },
            proxies: proxies.into(),
            turned_away: Arc::new(Semaphore::new(TOLD)),
            tls,
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place, unless there are too many, here or of this address.
    fn enter(&self, from: IpAddr) -> Option<Place> {
        let mut open = self.open();
        if open.all >= self.most {
            return None;
        }
        let counted = (!self.proxies.contains(&from.to_canonical())).then(|| source(from));
        if let Some(source) = counted {
            let own = open.by_source.entry(source).or_default();
            if *own >= self.of_source {
                return None;
            }
            *own += 1;
        }
        open.all += 1;
        Some(Place { open: Arc::clone(&self.open), counted })
    }

    /// Says that there are too many, to some of those who are.
    fn turn_away(&self, mut stream: TcpStream) {
        let Ok(told) = Arc::clone(&self.turned_away).try_acquire_owned() else { return };
        // Over TLS nothing can be said before a handshake, which costs what there is too little of.
        if self.tls {
            return;
        }
        tokio::spawn(async move {
            let _told = told;
            let say = async {
                stream.write_all(FULL).await?;
                stream.shutdown().await?;
                // What is not read would take the answer back.
                let mut said = [0; 1024];
                while stream.read(&mut said).await? > 0 {}
                Ok::<_, io::Error>(())
            };
            // Whoever does not listen is not told.
            let _ = tokio::time::timeout(Duration::from_secs(1), say).await;
        });
    }
}

/// A place among the connections.
struct Place {
    open: Arc<Mutex<Open>>,
    counted: Option<IpAddr>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all -= 1;
        if let Some(source) = self.counted
            && let Some(own) = open.by_source.get_mut(&source)
        {
            *own -= 1;
            if *own == 0 {
                open.by_source.remove(&source);
            }
        }
    }
}

impl<S> Accept<TcpStream, S> for Gate {
    type Stream = Watched;
    type Service = Answering<S>;
    type Future = Ready<io::Result<(Watched, Answering<S>)>>;

    fn accept(&self, stream: TcpStream, inner: S) -> Self::Future {
        // A connection that is gone already has no address.
        let place = match stream.peer_addr() {
            Ok(from) => self.enter(from.ip()),
            Err(e) => return ready(Err(e)),
        };
        let Some(place) = place else {
            self.turn_away(stream);
            return ready(Err(io::Error::new(ErrorKind::QuotaExceeded, "too many connections")));
        };
        // Answers are written whole.
        let _ = stream.set_nodelay(true);
        let stage = Arc::new(Mutex::new(Stage::Waiting(Instant::now() + self.patience.first_byte)));
        let watched = Watched {
            io: stream,
            stage: Arc::clone(&stage),
            patience: self.patience,
            until: None,
            unsent: None,
            _place: place,
        };
        ready(Ok((watched, Answering { inner, stage, idle: self.patience.idle })))
    }
}

/// What a connection does, and until when at most.
#[derive(Clone, Copy)]
enum Stage {
    /// Nothing of a request has come.
    Waiting(Instant),
    /// A head comes, or a handshake before it.
    Head(Instant),
    /// It is answered; its body has its own bounds.
    Answering,
}

fn stage_of(stage: &Mutex<Stage>) -> MutexGuard<'_, Stage> {
    stage.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection that is not waited for without end.
struct Watched {
    io: TcpStream,
    stage: Arc<Mutex<Stage>>,
    patience: Patience,
    /// Wakes when it has been silent for too long.
    until: Option<Pin<Box<Sleep>>>,
    /// Wakes when nothing of what is written has been taken for too long.
    unsent: Option<Pin<Box<Sleep>>>,
    _place: Place,
}

fn silent() -> io::Error {
    io::Error::new(ErrorKind::TimedOut, "the other side is silent")
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        if let Poll::Ready(done) = Pin::new(&mut this.io).poll_read(cx, buf) {
            let mut stage = stage_of(&this.stage);
            if buf.filled().len() > before && matches!(*stage, Stage::Waiting(_)) {
                *stage = Stage::Head(Instant::now() + this.patience.head);
            }
            return Poll::Ready(done);
        }
        let deadline = match *stage_of(&this.stage) {
            Stage::Waiting(until) | Stage::Head(until) => until,
            Stage::Answering => return Poll::Pending,
        };
        let until = this.until.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if until.deadline() != deadline {
            until.as_mut().reset(deadline);
        }
        match until.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(silent())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Watched {
    /// What came of writing: whoever takes nothing for too long is cut.
    fn taken(&mut self, done: Poll<io::Result<usize>>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if done.is_ready() {
            self.unsent = None;
            return done;
        }
        let answer = self.patience.answer;
        let unsent = self.unsent.get_or_insert_with(|| Box::pin(tokio::time::sleep(answer)));
        match unsent.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(silent())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.taken(done, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.io).poll_write_vectored(cx, pieces);
        self.taken(done, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// The service of a connection, which says when it answers.
#[derive(Clone)]
struct Answering<S> {
    inner: S,
    stage: Arc<Mutex<Stage>>,
    idle: Duration,
}

impl<S, B> tower::Service<axum::http::Request<B>> for Answering<S>
where
    S: tower::Service<axum::http::Request<B>, Response = Response>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: axum::http::Request<B>) -> Self::Future {
        *stage_of(&self.stage) = Stage::Answering;
        let (answer, stage, idle) = (self.inner.call(request), Arc::clone(&self.stage), self.idle);
        Box::pin(async move {
            let answer = answer.await?;
            Ok(answer.map(|body| Body::new(Answer { body, _end: End { stage, idle } })))
        })
    }
}

/// Waiting begins again when an answer is sent.
struct End {
    stage: Arc<Mutex<Stage>>,
    idle: Duration,
}

impl Drop for End {
    fn drop(&mut self) {
        *stage_of(&self.stage) = Stage::Waiting(Instant::now() + self.idle);
    }
}

/// An answer on its way.
struct Answer {
    body: Body,
    _end: End,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
