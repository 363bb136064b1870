//! `kaguan serve`: the console, with simulated partners working in the background.

use crate::control::{self, Control, Deliveries};
use crate::data_dir::{DataDir, elsewhere};
use crate::listen::{listen, listen_on};
use crate::open::{For, Prepared, Writing};
use crate::tls::Tls;
use anyhow::{Context, ensure};
use axum_server::tls_rustls::RustlsConfig;
use clap::Args;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::facts::institution::{OrgKind, Role};
use kaguan_domain::ids::{OfficerId, PartnerId, PartnerKind};
use kaguan_domain::institution::{InstitutionCommand, NewOfficer};
use kaguan_partner_sim::{BadDay, Bank, Surroundings, Vendor, blank_orders};
use kaguan_service::setup::FORM_BANKS;
use kaguan_service::{Command, Service};
use kaguan_web::papers::Printing;
use kaguan_web::{Bounds, Limits};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::SignalKind;

/// Where to listen.
#[derive(Args)]
pub struct Serve {
    /// 监听地址
    #[arg(long, default_value = "127.0.0.1:8018")]
    listen: SocketAddr,
    #[command(flatten)]
    tls: Tls,
    /// 允许在本机以外的地址上使用明文 HTTP：只用于前面另有 TLS 代理、且其间网络可信的情形
    #[arg(long)]
    plain_http: bool,
    /// 前置代理的地址，可多次给出：仅来自这些地址的请求，以 X-Forwarded-For 认定来源地址，并视为由其提供 TLS（X-Forwarded-Proto 为 http 的除外）
    #[arg(long, value_name = "ADDRESS")]
    trusted_proxy: Vec<IpAddr>,
    /// 距上一次多少小时与各联机银行对账并修复；0 为不自动对账
    #[arg(long, default_value_t = 24)]
    reconcile_hours: u64,
    /// 试用：未登记的合作方由模拟程序代替，不得用于实际业务；只用于空目录或已是试用的目录
    #[arg(long)]
    simulate: bool,
    /// 打印PDF的字库文件，按查找字形的先后，逗号分隔；TTC 文件以 #序号 选择其中一种（从0起）。缺省为 Debian 的
    /// fonts-noto-cjk、fonts-hanazono、fonts-babelstone-han
    #[arg(long, value_delimiter = ',', default_values = kaguan_web::papers::FONTS)]
    fonts: Vec<String>,
    /// 公众访问本系统的地址（形如 https://卡管域名），印在回执的二维码中；缺省为打印时浏览器所用的地址
    #[arg(long)]
    public_address: Option<String>,
    /// 限额，可多次给出：名称=数值，如 connections=2000；全部名称和缺省值见 docs/operations/limits.md
    #[arg(long, value_name = "NAME=VALUE")]
    limit: Vec<String>,
    /// 开发用卡证书系统：按GM/T 0018（SDF）接口动态库连接加密机，其1号签名密钥为根，21号密钥派生各卡密钥。正式环境接入省的证书密钥系统
    #[arg(long, value_name = "LIBRARY")]
    card_keys_sdf: Option<PathBuf>,
    /// 接管：写入该数据库的另一主机或目录的进程确已停止，由本服务接管写入
    #[arg(long)]
    take_over: bool,
}

impl Serve {
    /// Serves until stopped, or until the executor stops: a restart then recovers. Writing is taken over last, when
    /// everything else is there.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        let tls = self.tls.config()?;
        ensure!(
            tls.is_some() || self.plain_http || self.listen.ip().is_loopback(),
            "监听地址 {} 不限于本机，登录密码和个人信息会以明文传送。请以 --tls-cert、--tls-key 启用 TLS；前面另有 TLS 代理的，加 --plain-http",
            self.listen
        );
        let mut limits = Limits::default();
        self.limit.iter().try_for_each(|said| limits.set(said)).map_err(|why| anyhow::anyhow!(why))?;
        dir.make()?;
        // Before the address: whoever serves here already has it too.
        let lock = dir.lock_or_say("serve")?;
        let listener = listen(self.listen)?;
        let how = if self.take_over { For::TakingOver } else { For::Making };
        let prepared = Prepared::open(dir, lock, how).await?;
        if self.simulate {
            prepared.try_out(dir).await?;
        }
        crate::demo::leave(&prepared.store).await?;
        let socket = Socket { listener: control::open(dir).await?, banks: crate::reconcile::http(dir)? };
        let (writing, surroundings) = prepared.system(dir, self.card_keys_sdf.as_deref()).await?;
        let accounts = match &surroundings {
            Some(_) => accounts(&writing.service).await?,
            None => administrators(&writing.service).await?,
        };
        let printing = Printing::new(&self.fonts, self.public_address.as_deref());
        let proxies = self.trusted_proxy.iter().map(IpAddr::to_canonical).collect();
        let bounds = Arc::new(Bounds::new(limits, dir.path()));
        let over_tls = tls.is_some() || self.is_behind_tls();
        let doors = Doors { listener, tls, over_tls, socket, printing, proxies, bounds };
        serve(dir, writing, surroundings, doors, &accounts, self.reconcile_hours).await
    }
}

impl Serve {
    /// Whether a proxy before it speaks TLS with browsers: whoever says so by the public's address, or names the proxy that
    /// `--plain-http` is for.
    fn is_behind_tls(&self) -> bool {
        let public = self.public_address.as_deref().is_some_and(|a| a.starts_with("https://"));
        public || (self.plain_http && !self.trusted_proxy.is_empty())
    }
}

/// The command line's way in: the socket, open, and the line to banks.
pub struct Socket {
    /// The socket.
    pub listener: tokio::net::UnixListener,
    /// The line to banks.
    pub banks: reqwest::Client,
}

/// Every door of a server, opened before it writes.
pub struct Doors {
    /// For browsers and partners.
    pub listener: TcpListener,
    /// With a certificate.
    pub tls: Option<RustlsConfig>,
    /// Browsers come over TLS, to this process or to the proxy before it.
    pub over_tls: bool,
    /// For the command line.
    pub socket: Socket,
    /// Fonts, and the address on receipts.
    pub printing: Printing,
    /// Whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpAddr>,
    /// How much of everything.
    pub bounds: Arc<Bounds>,
}

/// An account: login, password, what it is.
pub type Account = (String, String, String);

/// Says how one can sign in.
pub fn print(accounts: &[Account]) {
    if accounts.is_empty() {
        return;
    }
    println!("\n账号（密码只在此时显示，请记下）");
    for (login, password, what) in accounts {
        println!("  {login:<12} {password}  {what}");
    }
}

/// Serves a running system, and reconciles with each bank so many hours after the last time; 0 is never.
pub async fn serve(
    dir: &DataDir,
    mut writing: Writing,
    surroundings: Option<Surroundings>,
    doors: Doors,
    accounts: &[Account],
    reconcile_hours: u64,
) -> anyhow::Result<ExitCode> {
    let Doors { listener, tls, over_tls, socket, printing, proxies, bounds } = doors;
    let service = writing.service.clone();
    let scheme = if tls.is_some() { "https" } else { "http" };
    let address = format!("{scheme}://{}/", listener.local_addr()?);
    let mut terminated = tokio::signal::unix::signal(SignalKind::terminate())?;
    // Before anybody is told where: whoever knows the address finds the socket.
    writing.say_console(dir, format!("控制台 {address}"))?;
    print(accounts);
    if surroundings.is_some() {
        println!(
            "\n试用环境：未登记的合作方由模拟程序代替，不得用于实际业务。系统、安全、审计管理员在此可以不设动态口令；实际环境须设"
        );
    }
    println!("\n控制台 {address}　合作方接口文档 {address}api/docs/");
    let deliveries = Deliveries::default();
    let control = Control { service: service.clone(), banks: socket.banks, deliveries: deliveries.clone() };
    let console = kaguan_web::router_within(service.clone(), over_tls, &bounds);
    let console = if surroundings.is_some() { kaguan_web::for_trying(console) } else { console };
    let console = console.layer(printing.layer());
    let partners = kaguan_web::partner::router_within(service.clone(), &bounds);
    // Whatever is no address of either ends at the partners' door, which knows both ways of saying so.
    let router = console.reset_fallback().merge(partners);
    let router = kaguan_web::around(router, &bounds.limits, over_tls);
    let router = kaguan_web::behind(router, proxies.clone());
    let done = tokio::select! {
        served = listen_on(listener, router, tls, &bounds.limits, proxies) => served,
        why = stopped(&writing) => Err(why),
        asked = control::serve(socket.listener, control) => asked,
        why = moved(&service) => Err(why),
        done = while_writing(&service, duties(&service)) => done,
        worked = while_writing(&service, simulated(&service, surroundings.as_ref())) => worked,
        delivered = while_writing(&service, deliver(&service, &deliveries)) => delivered,
        reconciled = crate::reconcile::by_itself(&service, dir, reconcile_hours) => reconciled.map(|_| ()),
        _ = tokio::signal::ctrl_c() => { println!("已停止"); Ok(()) }
        _ = terminated.recv() => { println!("已停止"); Ok(()) }
    };
    writing.end().await;
    done.map(|()| ExitCode::SUCCESS)
}

/// How often it is tried whether writing is possible again.
const TRY_AGAIN: Duration = Duration::from_secs(2);

/// Resolves when this process has to end because writing stopped: at once when another process has taken it over. After a failure of the
/// store, a full disk say, whatever can be read is answered until something can be written again; then a restart recovers.
async fn stopped(writing: &Writing) -> anyhow::Error {
    let store = writing.service.store();
    let why = writing.service.stopped().await;
    let mut told = false;
    loop {
        let standing = store.standing().await.ok().flatten();
        if let Some(writer) = standing.and_then(|s| s.writer).filter(|w| w != writing.writer()) {
            return anyhow::anyhow!("写入已由{}接管，本服务停止", elsewhere(&writer));
        }
        if store.put_meta("tried", "1").await.is_ok() {
            return anyhow::anyhow!("写入已停止，请重新启动：{why}");
        }
        if !told {
            eprintln!("警告：写入已停止（{why}）。查询继续；能够写入后本服务自动退出，由守护程序重新启动");
            told = true;
        }
        tokio::time::sleep(TRY_AGAIN).await;
    }
}

/// Work that writes: when writing stopped it is not what ends the server.
async fn while_writing(
    service: &Service,
    work: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let done = work.await;
    // Whoever gave the command hears of it a moment before everybody does.
    let all_hear = tokio::time::timeout(Duration::from_secs(1), service.stopped());
    if done.is_err() && all_hear.await.is_ok() {
        return std::future::pending().await;
    }
    done
}

/// Delivers the outbox, five times a second, to each partner by itself: one that does not answer holds up nobody else.
async fn deliver(service: &Service, deliveries: &Deliveries) -> anyhow::Result<()> {
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut under_way = tokio::task::JoinSet::new();
    let mut busy: BTreeSet<String> = BTreeSet::new();
    loop {
        tokio::select! {
            _ = tick.tick() => {
                for partner in service.store().outbox_partners(service.now()).await? {
                    if busy.insert(partner.clone()) {
                        let (service, deliveries) = (service.clone(), deliveries.clone());
                        under_way.spawn(async move { (deliveries.to(&service, &partner).await, partner) });
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

/// Says so when the database is not where it was opened: looked at every second. A commit looks too.
async fn moved(service: &Service) -> anyhow::Error {
    let mut second = tokio::time::interval(Duration::from_secs(1));
    loop {
        second.tick().await;
        if let Err(why) = service.store().engine().in_place() {
            return anyhow::anyhow!("{why}。本服务停止，请恢复原来的文件后重新启动");
        }
    }
}

/// Duties, every second.
async fn duties(service: &Service) -> anyhow::Result<()> {
    let mut second = tokio::time::interval(Duration::from_secs(1));
    let mut held: Option<String> = None;
    loop {
        second.tick().await;
        let now = service.held();
        if let Some(why) = now.as_ref().filter(|_| held.is_none()) {
            // Timed work looks by itself whether it may go on.
            eprintln!("警告：{why}");
        }
        held = now;
        service.duties().await?;
        service.compare_deaths().await?;
        service.end_periods().await?;
        service.tell_ready().await?;
    }
}

/// In a province for trying things out the simulated banks and vendors look for work, pre-made cards among it, and banks mirror what they are asked to,
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
        let orders = blank_orders(service).await?;
        for bank in banks.iter_mut().filter(|b| !real(PartnerKind::Bank, b.code.as_str())) {
            bank.work(service).await?;
            bank.allocate(service, &orders).await?;
        }
        for vendor in vendors.iter_mut().filter(|v| !real(PartnerKind::Vendor, v.code.as_str())) {
            vendor.work(service).await?;
            vendor.make_blanks(service, &orders).await?;
        }
        Bank::mirror(service, &surroundings.banks, BadDay::default()).await?;
    }
}

/// One account a role, with a fresh password each, when nobody can sign in yet: for a province for trying things out.
pub async fn accounts(service: &Service) -> anyhow::Result<Vec<Account>> {
    let trial = [
        ("province", Role::ProvinceOfficer, "44000000000001"),
        ("city", Role::CityOfficer, "44010000000001"),
        ("county", Role::CountyClerk, "44010600000001"),
        ("outlet", Role::HrClerk, "44010600000101"),
        ("bank", Role::BankClerk, "44010395588001"),
        ("system", Role::SystemAdministrator, "44000000000001"),
        ("security", Role::SecurityAdministrator, "44000000000001"),
        ("audit", Role::AuditAdministrator, "44000000000001"),
    ];
    first(service, &trial, false).await
}

/// The three administrators of a new directory, each with a one-time password, when nobody can sign in yet. They add everybody
/// else; nobody is invented.
pub async fn administrators(service: &Service) -> anyhow::Result<Vec<Account>> {
    let three = [
        ("system", Role::SystemAdministrator, "44000000000001"),
        ("security", Role::SecurityAdministrator, "44000000000001"),
        ("audit", Role::AuditAdministrator, "44000000000001"),
    ];
    first(service, &three, true).await
}

async fn first(
    service: &Service,
    people: &[(&str, Role, &str)],
    one_time: bool,
) -> anyhow::Result<Vec<Account>> {
    let institutions = service.institutions();
    if institutions.officers().any(|o| o.password_hash != "!") {
        return Ok(Vec::new());
    }
    let mut out = Vec::new();
    for (login, role, code) in people {
        let org = institutions.org_by_code(code).context("the province is not set up")?;
        let (password, hash) = crate::officer::fresh_password()?;
        let id = OfficerId(service.fresh());
        let new = NewOfficer {
            id,
            login: (*login).into(),
            name: format!("{}甲", role.name()),
            role: *role,
            org: org.id,
            // The one-time password comes with the next command.
            password_hash: if one_time { "-".into() } else { hash.clone() },
        };
        let mut commands = vec![InstitutionCommand::AddOfficer(new)];
        if one_time {
            commands.push(InstitutionCommand::ResetPassword { officer: id, password_hash: hash });
        }
        for command in commands {
            let ctx = service.ctx(Actor::System, Channel::CommandLine, None);
            service.execute(ctx, Command::Institution(command)).await?;
        }
        let place = if org.kind == OrgKind::ProvinceCentre { "" } else { org.name.as_str() };
        let once = if one_time { "一次性密码，首次登录须修改，七天内有效" } else { "" };
        out.push(((*login).to_owned(), password, format!("{} {place}{once}", role.name())));
    }
    Ok(out)
}
