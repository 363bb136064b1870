//! `kaguan serve`: the console, with simulated partners working in the background.

use crate::tls::Tls;
use crate::{Place, open};
use anyhow::Context;
use clap::Args;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::facts::institution::{OrgKind, Role};
use kaguan_domain::ids::{OfficerId, OrgId, PartnerId, PartnerKind};
use kaguan_domain::institution::{InstitutionCommand, NewOfficer};
use kaguan_partner_sim::{BadDay, Bank, Surroundings, Vendor};
use kaguan_service::clock::Clock;
use kaguan_service::setup::FORM_BANKS;
use kaguan_service::{Command, Service};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

/// Where to listen.
#[derive(Args)]
pub struct Serve {
    /// 监听地址
    #[arg(long, default_value = "127.0.0.1:8018")]
    listen: SocketAddr,
    #[command(flatten)]
    tls: Tls,
    /// 距上一次多少小时与各联机银行对账并修复；0 为不自动对账
    #[arg(long, default_value_t = 24)]
    reconcile_hours: u64,
    /// 试用：未登记的合作方由模拟程序代替；此后该数据目录一直如此，不得用于实际业务
    #[arg(long)]
    simulate: bool,
}

impl Serve {
    /// Serves until stopped, or until the executor stops: a restart then recovers.
    pub async fn run(&self, place: &Place) -> anyhow::Result<ExitCode> {
        if self.simulate {
            open::try_out(&open::store(place).await?).await?;
        }
        let (service, surroundings) = open::system(place, Clock::Machine).await?;
        let every = self.reconcile_hours;
        tokio::select! {
            served = serve(place, service.clone(), surroundings, self.listen, &self.tls) => served,
            stopped = crate::reconcile::by_itself(&service, place, every) => stopped,
        }
    }
}

/// Serves a running system.
pub async fn serve(
    place: &Place,
    service: Service,
    surroundings: Option<Surroundings>,
    listen: SocketAddr,
    tls: &Tls,
) -> anyhow::Result<ExitCode> {
    let tls = tls.config()?;
    let listener =
        std::net::TcpListener::bind(listen).with_context(|| format!("failed to listen on {listen}"))?;
    listener.set_nonblocking(true)?;
    // Before anybody is told where: whoever knows the address finds the desk.
    let desk = crate::desk::open(place).await?;
    let accounts = accounts(&service).await?;
    if !accounts.is_empty() {
        println!("\n账号（密码只显示这一次）");
        for (login, password, what) in accounts {
            println!("  {login:<12} {password}  {what}");
        }
    }
    if surroundings.is_some() {
        println!("\n试用环境：未登记的合作方由模拟程序代替，不得用于实际业务");
    }
    let scheme = if tls.is_some() { "https" } else { "http" };
    println!("\n控制台 {scheme}://{0}/　合作方接口文档 {scheme}://{0}/api/docs/", listener.local_addr()?);
    let router = kaguan_web::router(service.clone()).merge(kaguan_web::partner::router(service.clone()));
    tokio::select! {
        served = listen_on(listener, router, tls) => served?,
        why = service.stopped() => anyhow::bail!("写入已停止，请重新启动：{why}"),
        asked = crate::desk::serve(desk, service.clone(), crate::reconcile::http(place)?) => asked?,
        done = duties(&service) => done?,
        worked = simulated(&service, surroundings.as_ref()) => worked?,
        delivered = deliver(&service) => delivered?,
        _ = tokio::signal::ctrl_c() => println!("已停止"),
    }
    Ok(ExitCode::SUCCESS)
}

/// A caller that does not finish its request's head is not waited for.
fn patient(http: &mut Builder<TokioExecutor>) {
    http.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
}

/// How long a request's head may take.
const HEAD_WITHIN: Duration = Duration::from_secs(5);

async fn listen_on(
    listener: std::net::TcpListener,
    router: axum::Router,
    tls: Option<axum_server::tls_rustls::RustlsConfig>,
) -> anyhow::Result<()> {
    let router = router.into_make_service();
    match tls {
        None => {
            let mut server = axum_server::from_tcp(listener)?;
            patient(server.http_builder());
            server.serve(router).await?;
        }
        Some(tls) => {
            let mut server = axum_server::from_tcp_rustls(listener, tls)?;
            patient(server.http_builder());
            server.serve(router).await?;
        }
    }
    Ok(())
}

/// Delivers the outbox, five times a second, to each partner by itself: one that does not answer holds up nobody else.
async fn deliver(service: &Service) -> anyhow::Result<()> {
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut under_way = tokio::task::JoinSet::new();
    let mut busy: BTreeSet<String> = BTreeSet::new();
    loop {
        tokio::select! {
            _ = tick.tick() => {
                for partner in service.store().outbox_partners(service.now()).await? {
                    if busy.insert(partner.clone()) {
                        let service = service.clone();
                        under_way.spawn(async move { (service.deliver_to(&partner).await, partner) });
                    }
                }
            }
            Some(done) = under_way.join_next() => {
                let (done, partner) = done.context("a delivery broke")?;
                busy.remove(&partner);
                done?;
            }
        }
    }
}

/// Duties, every second.
async fn duties(service: &Service) -> anyhow::Result<()> {
    let mut second = tokio::time::interval(Duration::from_secs(1));
    loop {
        second.tick().await;
        service.duties().await?;
    }
}

/// In a province for trying things out the simulated banks and vendors look for work, and banks mirror what they are asked to,
/// every second; those that are registered do it themselves.
async fn simulated(service: &Service, surroundings: Option<&Surroundings>) -> anyhow::Result<()> {
    let Some(surroundings) = surroundings else { return std::future::pending().await };
    let mut banks: Vec<Bank> = FORM_BANKS.iter().map(|b| Bank::new(b, BadDay::default())).collect();
    let codes = ["1", "2", "3", "4", "5", "6"];
    let mut vendors: Vec<Vendor> = codes.iter().map(|v| Vendor::new(v, BadDay::default())).collect();
    let mut second = tokio::time::interval(Duration::from_secs(1));
    loop {
        second.tick().await;
        let institutions = service.institutions();
        let real =
            |kind, code: &str| institutions.partner(&PartnerId { kind, code: code.to_owned() }).is_some();
        for bank in banks.iter_mut().filter(|b| !real(PartnerKind::Bank, b.code.as_str())) {
            bank.work(service).await?;
        }
        for vendor in vendors.iter_mut().filter(|v| !real(PartnerKind::Vendor, v.code.as_str())) {
            vendor.work(service).await?;
        }
        Bank::mirror(service, &surroundings.banks, BadDay::default()).await?;
    }
}

/// One account a role, with a fresh password each, when nobody can sign in yet: login, password, what it is.
async fn accounts(service: &Service) -> anyhow::Result<Vec<(String, String, String)>> {
    let institutions = service.institutions();
    if institutions.officers().any(|o| o.password_hash != "!") {
        return Ok(Vec::new());
    }
    let mut out = Vec::new();
    for (login, role, code) in [
        ("province", Role::ProvinceOfficer, "44000000000001"),
        ("city", Role::CityOfficer, "44010000000001"),
        ("county", Role::CountyClerk, "44010600000001"),
        ("outlet", Role::HrClerk, "44010600000101"),
        ("bank", Role::BankClerk, "44010395588001"),
        ("system", Role::SystemAdministrator, "44000000000001"),
        ("security", Role::SecurityAdministrator, "44000000000001"),
        ("audit", Role::AuditAdministrator, "44000000000001"),
    ] {
        let org = institutions.org_by_code(code).context("the province is not set up")?;
        let mut bytes = [0; 9];
        getrandom::fill(&mut bytes).context("no randomness")?;
        let password: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        let hash = kaguan_web::hash_password(&password).context("failed to hash a password")?;
        let new = NewOfficer {
            id: OfficerId(service.fresh()),
            login: login.into(),
            name: format!("{}甲", role.name()),
            role,
            org: OrgId(org.id.0),
            password_hash: hash,
        };
        let ctx = service.ctx(Actor::System, Channel::CommandLine, None);
        service.execute(ctx, Command::Institution(InstitutionCommand::AddOfficer(new))).await?;
        let place = if org.kind == OrgKind::ProvinceCentre { "" } else { org.name.as_str() };
        out.push((login.into(), password, format!("{} {place}", role.name())));
    }
    Ok(out)
}
