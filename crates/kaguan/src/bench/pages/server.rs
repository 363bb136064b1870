//! The server that is measured: the console as `kaguan serve` has it, on threads that keep to one core.

use anyhow::Context;
use kaguan_domain::ctx::{Actor, Channel, Instant};
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::OfficerId;
use kaguan_domain::institution::{InstitutionCommand, NewOfficer};
use kaguan_partner_sim::Surroundings;
use kaguan_service::clock::TimeSource;
use kaguan_service::intake::Acceptance;
use kaguan_service::{Command, Service};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

/// Who asks: a login, the role, and where.
pub const DESKS: [(&str, Role, &str); 8] = [
    ("province", Role::ProvinceOfficer, "44000000000001"),
    ("city", Role::CityOfficer, "44010000000001"),
    ("county", Role::CountyClerk, "44010600000001"),
    ("outlet", Role::HrClerk, "44010600000101"),
    ("bank", Role::BankClerk, "44010395588001"),
    ("system", Role::SystemAdministrator, "44000000000001"),
    ("security", Role::SecurityAdministrator, "44000000000001"),
    ("audit", Role::AuditAdministrator, "44000000000001"),
];
const PASSWORD: &str = "bench-password";

/// A server, and how one signs in to it.
pub struct Server {
    pub service: Service,
    pub at: SocketAddr,
    pub clock: TimeSource,
    /// The login of each of [`DESKS`], in order.
    pub logins: Vec<String>,
}

impl Server {
    /// The form that signs a login in.
    pub fn form(login: &str) -> String {
        format!("login={login}&password={PASSWORD}")
    }
}

/// Starts it on threads of its own: they, and what they start, keep to the first core that there is.
pub async fn start(dir: &Path, now: Instant) -> anyhow::Result<Server> {
    let dir = dir.to_owned();
    let (tell, told) = tokio::sync::oneshot::channel();
    std::thread::Builder::new().name("bench-server".into()).spawn(move || {
        keep_to_one_core();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let started = runtime.context("no runtime").and_then(|runtime| {
            let server = runtime.block_on(serve(&dir, now))?;
            Ok((runtime, server))
        });
        match started {
            Ok((runtime, server)) => {
                let _ = tell.send(Ok(server));
                runtime.block_on(std::future::pending::<()>());
            }
            Err(e) => {
                let _ = tell.send(Err(e));
            }
        }
    })?;
    told.await?
}

fn keep_to_one_core() {
    let Ok(mine) = rustix::thread::sched_getaffinity(None) else { return };
    let first = (0..rustix::thread::CpuSet::MAX_CPU).find(|cpu| mine.is_set(*cpu));
    let mut one = rustix::thread::CpuSet::new();
    one.set(first.unwrap_or(0));
    if let Err(why) = rustix::thread::sched_setaffinity(None, &one) {
        eprintln!("不能固定在一个处理器核上：{why}");
    }
}

async fn serve(dir: &Path, now: Instant) -> anyhow::Result<Server> {
    let store = Arc::new(super::open(dir).await?);
    let clock = TimeSource::fixed(now);
    // A later run goes on where the last one ended: sessions and lines of the journal are in order.
    let lines = store.last_line().await?;
    if let Some(last) = store.entries_from(lines, 1).await?.last() {
        clock.set(Instant(last.at.max(now.0) + 1_000_000));
    }
    let service = Service::start(store, clock.clone(), Surroundings::new().partners()).await?;
    let mut logins = Vec::new();
    for (login, role, code) in DESKS {
        let id = OfficerId(service.fresh());
        let login = format!("{login}{id}");
        let org = service.institutions().org_by_code(code).map(|o| o.id).context("no organisation")?;
        let new = NewOfficer {
            id,
            login: login.clone(),
            name: "测速".into(),
            org,
            role,
            password_hash: kaguan_web::hash_password(PASSWORD).context("no password hash")?,
        };
        let ctx = service.ctx(Actor::System, Channel::CommandLine, None);
        service.execute(ctx, Command::Institution(InstitutionCommand::AddOfficer(new))).await?;
        logins.push(login);
        if let Role::HrClerk | Role::BankClerk = role {
            service.keep_draft(id, None, "/apply", b"name=".to_vec()).await?;
            let clerk = Actor::Officer(id);
            service.begin_upload(&clerk, "bench.zip", None, Acceptance::AllOrNone).await?;
        }
    }
    let at = crate::bench::http::serve(kaguan_web::for_trying(kaguan_web::router(service.clone()))).await?;
    Ok(Server { service, at, clock, logins })
}
