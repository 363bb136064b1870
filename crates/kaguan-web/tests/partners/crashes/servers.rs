//! Servers that die at any moment, and the agents of two desks that do. Each server is a runtime of its own, which goes as a whole: what it
//! was about to write, to answer or to give is lost. The address stays, and the next server answers at it.

use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use kaguan_api::desk::InSteps;
use kaguan_desk::agent::Agent;
use kaguan_desk::device::Device;
use kaguan_desk::kept::Kept;
use kaguan_desk_driver::{Machine, Outcome};
use kaguan_partner_sim::Surroundings;
use kaguan_service::Service;
use kaguan_service::clock::TimeSource;
use kaguan_store::engine::Engine;
use kaguan_store::{KeyRing, Store};
use std::future::pending;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// How long a server goes on that another has taken the writing from.
const FENCED: Duration = Duration::from_millis(700);

/// What happens to the servers, at a request of a desk or a clerk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// The server dies before it looks at the request.
    Before,
    /// It dies when it has answered, and the answer is lost.
    Unheard,
    /// It dies after its answer.
    After,
    /// Another takes over; this one goes on as if nothing had been.
    TakenOver,
    /// The agent of the second desk is ended from outside.
    Agent,
}

/// When it happens: at the so-manieth request from now on.
pub struct Doom {
    left: AtomicI64,
    end: Mutex<(End, u64)>,
    rings: Notify,
    /// How often it has happened.
    pub happened: AtomicU64,
}

impl Doom {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            left: AtomicI64::new(-1),
            end: Mutex::new((End::Before, 0)),
            rings: Notify::new(),
            happened: AtomicU64::new(0),
        })
    }

    /// At the `n`-th request; so many milliseconds later when what is in work goes on for a while.
    pub fn set(&self, n: i64, end: End, later: u64) {
        *self.end.lock().unwrap() = (end, later);
        self.left.store(n, Ordering::SeqCst);
    }
}

/// A crash comes at no moment that anybody waits for: what is in work goes on for a while.
async fn goes_on(so_long: Duration) {
    let _ = tokio::time::timeout(so_long, pending::<()>()).await;
}

async fn counted(State(doom): State<Arc<Doom>>, request: Request, next: Next) -> Response {
    if doom.left.fetch_sub(1, Ordering::SeqCst) != 0 {
        return next.run(request).await;
    }
    doom.happened.fetch_add(1, Ordering::SeqCst);
    let end = doom.end.lock().unwrap().0;
    match end {
        End::Before => {
            doom.rings.notify_one();
            pending().await
        }
        End::Unheard => {
            next.run(request).await;
            doom.rings.notify_one();
            pending().await
        }
        End::After | End::TakenOver | End::Agent => {
            let answer = next.run(request).await;
            doom.rings.notify_one();
            answer
        }
    }
}

pub struct Server {
    runtime: Option<Runtime>,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }
}

/// A store of its own upon the database, as a process has it.
pub async fn store(url: &str) -> Store {
    let engine = Engine::open(url).await.unwrap();
    Store::with_keys(engine, KeyRing::derived(&[42; 32])).await.unwrap()
}

impl Server {
    async fn start(url: String, clock: TimeSource, around: Surroundings, doom: Arc<Doom>) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let started = runtime.spawn(async move {
            let store = Arc::new(store(&url).await);
            let service = Service::start(store, clock, around.partners()).await.unwrap();
            let router = kaguan_web::router(service).layer(middleware::from_fn_with_state(doom, counted));
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = listener.local_addr().unwrap().port();
            tokio::spawn(async move { axum::serve(listener, router).await });
            port
        });
        let port = started.await.unwrap();
        Self { runtime: Some(runtime), port }
    }
}

/// The address that stays, and whoever answers at it.
pub struct Servers {
    pub address: String,
    pub doom: Arc<Doom>,
    kept: JoinHandle<()>,
    front: JoinHandle<()>,
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.kept.abort();
        self.front.abort();
    }
}

impl Servers {
    /// The first server, and whoever comes after it.
    pub async fn start(
        url: String,
        clock: TimeSource,
        around: Surroundings,
        agents: [Arc<Notify>; 2],
    ) -> Self {
        let doom = Doom::new();
        let next = {
            let doom = Arc::clone(&doom);
            move || Server::start(url.clone(), clock.clone(), around.clone(), Arc::clone(&doom))
        };
        let mut now = next().await;
        let to = Arc::new(AtomicU16::new(now.port));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let at = Arc::clone(&to);
        let front = tokio::spawn(async move {
            while let Ok((mut caller, _)) = listener.accept().await {
                let port = at.load(Ordering::SeqCst);
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
                    tokio::io::copy_bidirectional(&mut caller, &mut server).await
                });
            }
        });
        let rings = Arc::clone(&doom);
        let kept = tokio::spawn(async move {
            loop {
                rings.rings.notified().await;
                let (end, later) = *rings.end.lock().unwrap();
                goes_on(Duration::from_millis(later)).await;
                if end == End::Agent {
                    agents[1].notify_one();
                    continue;
                }
                if end == End::TakenOver {
                    let before = std::mem::replace(&mut now, next().await);
                    to.store(now.port, Ordering::SeqCst);
                    // It ends when it finds that it may not write any more.
                    tokio::spawn(async move {
                        goes_on(FENCED).await;
                        drop(before);
                    });
                } else {
                    drop(now);
                    now = next().await;
                    to.store(now.port, Ordering::SeqCst);
                }
            }
        });
        Self { address, doom, kept, front }
    }
}

/// The plug of an agent: it is pulled before or after the so-manieth call to its machine.
#[derive(Default)]
pub struct Plug {
    left: AtomicI64,
    after: AtomicI64,
    pub pulled: AtomicU64,
    /// Whoever moves a card or has the machine move one.
    hands: Mutex<()>,
}

impl Plug {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { left: AtomicI64::new(-1), ..Self::default() })
    }

    pub fn set(&self, n: i64, after: bool) {
        self.after.store(after.into(), Ordering::SeqCst);
        self.left.store(n, Ordering::SeqCst);
    }

    pub fn hands(&self) -> MutexGuard<'_, ()> {
        self.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Plugged {
    machine: Machine,
    plug: Arc<Plug>,
}

impl Plugged {
    fn call(&mut self, work: impl FnOnce(&mut Machine) -> Outcome) -> Outcome {
        let pulled = self.plug.left.fetch_sub(1, Ordering::SeqCst) == 0;
        let after = self.plug.after.load(Ordering::SeqCst) == 1;
        let hands = self.plug.hands();
        let out = if pulled && !after { None } else { Some(work(&mut self.machine)) };
        drop(hands);
        if pulled {
            self.plug.pulled.fetch_add(1, Ordering::SeqCst);
            resume_unwind(Box::new("the plug is pulled"));
        }
        out.unwrap()
    }
}

impl Device for Plugged {
    fn dialect(&self) -> String {
        self.machine.dialect()
    }
    fn load(&mut self, n: u8) -> Outcome {
        self.call(|m| Device::load(m, n))
    }
    fn read_basic(&mut self) -> Outcome {
        self.call(|m| m.read_basic())
    }
    fn read_identity(&mut self) -> Outcome {
        self.call(Device::read_identity)
    }
    fn write(&mut self, info: &str, addresses: &str, values: &str) -> Outcome {
        self.call(|m| m.write(info, addresses, values))
    }
    fn ca_step1(&mut self) -> Outcome {
        self.call(|m| m.ca_step1())
    }
    fn ca_step2(&mut self, info: &str) -> Outcome {
        self.call(|m| m.ca_step2(info))
    }
    fn print(&mut self, n: u8, texts: &[String; 6], photos: &[String; 2]) -> Outcome {
        self.call(|m| Device::print(m, n, texts, photos))
    }
    fn change_pin(&mut self) -> Outcome {
        self.call(|m| m.change_pin())
    }
    fn unblock_pin(&mut self, info: &str) -> Outcome {
        self.call(|m| m.unblock_pin(info))
    }
    fn reload_pin(&mut self, info: &str) -> Outcome {
        self.call(|m| m.reload_pin(info))
    }
    fn step(&mut self, function: InSteps, n: u8, texts: &[&str]) -> Outcome {
        self.call(|m| Device::step(m, function, n, texts))
    }
}

/// An agent that is started again whenever it has ended, as the machine's own service manager does.
pub fn agent(
    server: String,
    state: PathBuf,
    machine: PathBuf,
    plug: Arc<Plug>,
    ends: Arc<Notify>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            let device = Plugged { machine: Machine::open(&machine), plug: Arc::clone(&plug) };
            let kept = Kept::open(&state).unwrap();
            let mut agent = Agent::new(&server, kept, Box::new(device)).unwrap();
            let mut runs = tokio::spawn(async move { agent.run().await.map_err(|e| e.to_string()) });
            tokio::select! {
                ended = &mut runs => {
                    if let Ok(Err(why)) = ended {
                        eprintln!("an agent has ended: {why}");
                    }
                }
                () = ends.notified() => runs.abort(),
            }
        }
    })
}
