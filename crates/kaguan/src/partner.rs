//! `kaguan partner`: registering partners and their keys, and calling the partner API with a signature.

use crate::data_dir::DataDir;
use crate::letters::Letters;
use crate::proxy::Proxy;
use crate::send::SendArgs;
use crate::server_line::ServerLine;
use crate::{open, reconcile};
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use kaguan_api::client::Client;
use kaguan_api::held::Held;
use kaguan_api::sign::{Public, Secret};
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::partner::{Partner as Entry, PartnerKey};
use kaguan_domain::ids::{PartnerId, PartnerKind};
use kaguan_domain::institution::{InstitutionCommand, SYSTEM_KEY_NOTICE};
use kaguan_service::clock::TimeSource;
use kaguan_service::{Command, now_in};
use kaguan_web::partner::{SigningKey, http_client};
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// What to do.
#[derive(Args)]
pub struct Partner {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// 生成一对 SM2 密钥：私钥写入文件（0600），公钥打印
    Keygen {
        /// 私钥文件
        out: PathBuf,
    },
    /// 打印省卡管系统的公钥：现用的，以及已定启用时间的下一把
    SystemKey,
    /// 更换省卡管系统的签名密钥：定下启用时间，此前各合作方取得下一把公钥
    ChangeSystemKey {
        /// 启用时间，当地时间，如 2026-12-10T00:00
        #[arg(long)]
        from: jiff::civil::DateTime,
        /// 不足两日即启用：密钥泄露等紧急情形，须另行告知各合作方当即取得新公钥
        #[arg(long)]
        urgent: bool,
    },
    /// 列出合作方
    List,
    /// 登记合作方及其第一把公钥
    Register {
        /// 种类:代码，如 bank:95588；种类有 bank、vendor、online、business、registers、ecard、sms、treasury、photos、post、terminal
        id: String,
        /// 名称
        #[arg(long)]
        name: String,
        /// 对方接口地址
        #[arg(long)]
        endpoint: Option<String>,
        /// 公钥名称
        #[arg(long, default_value = "key-1")]
        key: String,
        /// 公钥，130位十六进制
        #[arg(long)]
        public: String,
    },
    /// 变更对方接口地址
    Reach {
        /// 种类:代码
        id: String,
        /// 新地址；缺省为不再呼叫
        #[arg(long)]
        endpoint: Option<String>,
    },
    /// 增加一把公钥；原有公钥继续有效，直到 end-key
    AddKey {
        /// 种类:代码
        id: String,
        /// 公钥名称
        #[arg(long)]
        key: String,
        /// 公钥
        #[arg(long)]
        public: String,
    },
    /// 让一把公钥立即失效
    EndKey {
        /// 种类:代码
        id: String,
        /// 公钥名称
        #[arg(long)]
        key: String,
    },
    /// 死信：列出、再发、办结
    Letters(Letters),
    /// 在试用环境向合作方发出任一种消息：办理引起它的业务，即时发送并列出结果；可推迟、重复、乱序、丢失
    Send(SendArgs),
    /// 以合作方身份签名并调用接口
    Call(Call),
    /// 签名代理：转发本机请求并代为签名，便于用任意工具试调
    Proxy(Proxy),
    /// 离线核对停用卡清单：卡号在清单中则退出码为 1
    Held {
        /// 清单文件
        file: PathBuf,
        /// 社保卡卡号
        card_no: String,
        /// 省卡管系统公钥，可多次给出
        #[arg(long, required = true)]
        system_key: Vec<String>,
    },
    /// 对账：逐区间比较全部卡片，只交换有差异的部分
    Reconcile {
        /// 银行代码
        bank: String,
        /// 以联动指令修复差异
        #[arg(long)]
        repair: bool,
        /// 不对账，只打印上一次修复对账的结果和须人工核实的差异
        #[arg(long, conflicts_with = "repair")]
        last: bool,
    },
}

/// Who calls.
#[derive(Args, Clone)]
pub struct Caller {
    /// 省卡管系统地址
    #[arg(long, default_value = "http://127.0.0.1:8018")]
    system: String,
    /// 合作方，种类:代码
    #[arg(long)]
    partner: String,
    /// 公钥名称
    #[arg(long, default_value = "key-1")]
    key: String,
    /// 私钥文件
    #[arg(long)]
    secret: PathBuf,
    /// 省卡管系统公钥，写作 名称=公钥，可多次给出；只写公钥即 kaguan-1。给出时核验应答签名
    #[arg(long)]
    system_key: Vec<String>,
    /// 系统要求双向 TLS 时出示的证书和私钥（PEM，权限0600）
    #[arg(long)]
    client_pem: Option<PathBuf>,
}

impl Caller {
    /// A client that signs for it.
    pub fn client(&self) -> anyhow::Result<Client> {
        let text = std::fs::read_to_string(&self.secret)
            .with_context(|| format!("不能读取 {}", self.secret.display()))?;
        let secret = Secret::parse(&text).with_context(|| format!("{}", self.secret.display()))?;
        let key = |text: &String| -> anyhow::Result<(String, Public)> {
            let (name, public) = text.split_once('=').unwrap_or(("kaguan-1", text));
            Ok((name.to_owned(), Public::parse(public)?))
        };
        let others = self.system_key.iter().map(key).collect::<anyhow::Result<Vec<_>>>()?;
        // Without the system's key replies are shown as they are, and the handbook says so.
        let client = match &others[..] {
            [] => Client::believing(&self.system, &self.partner, &self.key, secret),
            _ => Client::new(&self.system, &self.partner, &self.key, secret, others),
        };
        let Some(path) = &self.client_pem else { return Ok(client) };
        crate::tls::private(path)?;
        let pem = std::fs::read(path).with_context(|| format!("不能读取 {}", path.display()))?;
        let http = http_client(Some(&pem), Duration::from_secs(60));
        Ok(client.on(http.with_context(|| format!("{} 不是证书和私钥（PEM）", path.display()))?))
    }
}

#[derive(Args)]
struct Call {
    /// GET 或 POST
    method: String,
    /// 接口路径，如 /api/bank/v1/batches
    path: String,
    #[command(flatten)]
    caller: Caller,
    /// 请求编号（变更类请求必填）
    #[arg(long)]
    idempotency: Option<String>,
    /// 请求体文件；- 为标准输入
    #[arg(long)]
    body: Option<PathBuf>,
    /// 收发文本文件（附件9格式）而不是 JSON
    #[arg(long)]
    text: bool,
}

/// Unix milliseconds by the machine's clock, as requests carry them.
pub fn now_ms() -> i64 {
    TimeSource::Machine.now().0 / 1_000
}

/// Now, as the system has it whose directory it is.
async fn now(dir: &DataDir) -> anyhow::Result<Instant> {
    Ok(now_in(&open::read(dir).await?).await?)
}

fn id_of(text: &str) -> anyhow::Result<PartnerId> {
    let kinds: Vec<_> = PartnerKind::ALL.iter().map(|k| format!("{} {}", k.code(), k.name())).collect();
    PartnerId::parse(text).with_context(|| {
        format!("合作方应写作 种类:代码，如 bank:95588，而不是{text}。种类有：{}", kinds.join("、"))
    })
}

fn key_of(id: &str, public: &str) -> anyhow::Result<PartnerKey> {
    Public::parse(public).context("公钥不是 SM2 曲线上的点")?;
    let from = TimeSource::Machine.now();
    Ok(PartnerKey { id: id.into(), public: public.trim().to_lowercase(), from, until: None })
}

async fn give(dir: &DataDir, command: InstitutionCommand) -> anyhow::Result<ExitCode> {
    let command = Command::Institution(command);
    ServerLine::with(dir, "partner", async |line| line.execute(command).await).await?;
    println!("已办理");
    Ok(ExitCode::SUCCESS)
}

impl Partner {
    /// Does it.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        match &self.what {
            What::Keygen { out } => return keygen(out),
            What::Call(call) => return call.run().await,
            What::Proxy(proxy) => return proxy.run().await,
            What::Held { file, card_no, system_key } => {
                let bytes = std::fs::read(file).with_context(|| format!("不能读取 {}", file.display()))?;
                let keys: Result<Vec<_>, _> = system_key.iter().map(|k| Public::parse(k)).collect();
                let held = Held::read(&keys?, &bytes, now_ms())?;
                let holds = held.holds(card_no);
                println!("{}", if holds { "停用：请联网核实" } else { "不在清单中" });
                return Ok(if holds { ExitCode::FAILURE } else { ExitCode::SUCCESS });
            }
            _ => {}
        }
        // These read only: a server that writes goes on writing.
        match &self.what {
            What::SystemKey => {
                let store = open::read(dir).await?;
                let institutions = open::institutions(&store).await?;
                let told = SigningKey::told(&store, &institutions, now_in(&store).await?);
                println!("{} {}", told.key, told.public);
                if let Some(next) = told.next {
                    println!("{} {} 自 {}", next.key, next.public, Instant(next.from * 1_000).local());
                }
                return Ok(ExitCode::SUCCESS);
            }
            What::List => {
                for p in open::institutions(&open::read(dir).await?).await?.partners() {
                    println!("{}　{}　{}", p.id, p.name, p.endpoint.as_deref().unwrap_or("（不呼叫）"));
                    for k in &p.keys {
                        let until = k.until.map_or("有效".to_owned(), |u| format!("至 {}", u.local()));
                        println!("  {}　自 {}　{until}", k.id, k.from.local());
                    }
                }
                return Ok(ExitCode::SUCCESS);
            }
            What::Reconcile { bank, last: true, .. } => {
                let store = open::read(dir).await?;
                return reconcile::say_last(&store, bank, dir.json).await;
            }
            What::Reconcile { bank, repair: false, .. } => {
                let store = open::read(dir).await?;
                let http = reconcile::http(dir)?;
                return Ok(reconcile::compare(&store, &http, bank).await?.say(dir.json));
            }
            _ => {}
        }
        if let What::Letters(letters) = &self.what {
            return letters.run(dir).await;
        }
        if let What::Send(send) = &self.what {
            return send.run(dir).await;
        }
        // A running server does these itself, and goes on.
        match &self.what {
            What::Register { id, name, endpoint, key, public } => {
                let keys = vec![key_of(key, public)?];
                let entry = Entry { id: id_of(id)?, name: name.clone(), endpoint: endpoint.clone(), keys };
                give(dir, InstitutionCommand::RegisterPartner(entry)).await
            }
            What::Reach { id, endpoint } => {
                let command =
                    InstitutionCommand::ReachPartner { partner: id_of(id)?, endpoint: endpoint.clone() };
                give(dir, command).await
            }
            What::AddKey { id, key, public } => {
                let command =
                    InstitutionCommand::AddPartnerKey { partner: id_of(id)?, key: key_of(key, public)? };
                give(dir, command).await
            }
            What::EndKey { id, key } => {
                let until = now(dir).await?;
                let command =
                    InstitutionCommand::EndPartnerKey { partner: id_of(id)?, key: key.clone(), until };
                give(dir, command).await
            }
            What::ChangeSystemKey { from, urgent } => {
                let from = Instant(jiff::tz::offset(8).to_timestamp(*from)?.as_microsecond());
                // Partners ask for the next key once a day; whoever missed one day has another.
                if !urgent && from.0 < now(dir).await?.0 + SYSTEM_KEY_NOTICE {
                    bail!("启用时间距现在不足两日：合作方每日取一次下一把公钥。紧急更换请加 --urgent");
                }
                give(dir, InstitutionCommand::ChangeSystemKey { from }).await
            }
            What::Reconcile { bank, .. } => {
                let done = ServerLine::with(dir, "partner reconcile", async |line| line.repair(bank).await);
                Ok(done.await?.say(dir.json))
            }
            _ => Ok(ExitCode::SUCCESS),
        }
    }
}

fn keygen(out: &PathBuf) -> anyhow::Result<ExitCode> {
    use std::os::unix::fs::OpenOptionsExt;
    let secret = Secret::fresh();
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(out)
        .with_context(|| format!("不能建立 {}", out.display()))?;
    file.write_all(secret.text().as_bytes())?;
    file.sync_all()?;
    println!("{}", secret.public());
    Ok(ExitCode::SUCCESS)
}

impl Call {
    async fn run(&self) -> anyhow::Result<ExitCode> {
        let body = match &self.body {
            None => Vec::new(),
            Some(path) if path.as_os_str() == "-" => {
                let mut bytes = Vec::new();
                std::io::stdin().read_to_end(&mut bytes)?;
                bytes
            }
            Some(path) => std::fs::read(path).with_context(|| format!("不能读取 {}", path.display()))?,
        };
        let client = self.caller.client()?;
        let media_type = if self.text { "text/plain" } else { "application/json" };
        let key = self.idempotency.as_deref();
        let reply = client.call_as(&self.method, &self.path, key, body, now_ms(), media_type).await?;
        eprintln!("{}", reply.status);
        kaguan_line::say::written(std::io::stdout().write_all(&reply.body), "stdout");
        println!();
        Ok(if reply.status < 300 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
