//! `kaguan witness`: another office keeps the heads of the journal, and signs with a key of its own that it only grew. Whoever holds the
//! system's database and keys cannot make a shorter or another journal that fits to what a witness keeps.
//!
//! The directory of a witness has its key, and `heads.log`: a line for each time that it looked, with the journal's own head, when it was seen,
//! and the witness's signature over both and over the line before. No personal data.

use crate::data_dir;
use anyhow::{Context, bail, ensure};
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use clap::{Args, Subcommand};
use kaguan_domain::ctx::Instant;
use kaguan_service::clock::TimeSource;
use kaguan_store::JournalHead;
use kaguan_store::journal::{public_key, sign, verify};
use kaguan_store::seal::sm3;
use std::fs::File;
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Arguments of `kaguan witness`.
#[derive(Args)]
pub struct Witness {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// 取一次日志末端：核验自上次以来只增不减，加签后留存
    Pull(Pull),
    /// 定时取日志末端，并向任何人出示已留存的末端
    Serve {
        #[command(flatten)]
        pull: Pull,
        /// 出示留存末端的监听地址
        #[arg(long, default_value = "127.0.0.1:8019")]
        listen: SocketAddr,
        /// 每隔多少秒取一次
        #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
        every: u64,
    },
    /// 核验留存的末端：逐条签名、前后衔接；给出 --from 的，逐条与系统现有的日志比对
    Check {
        /// 见证目录
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
        /// 系统的地址，形如 https://卡管域名
        #[arg(long, value_name = "URL")]
        from: Option<String>,
    },
}

#[derive(Args)]
struct Pull {
    /// 见证目录：见证方的密钥和留存的末端；没有则建立
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// 系统的地址，形如 https://卡管域名
    #[arg(long, value_name = "URL")]
    from: String,
    /// 受信任的日志公钥（十六进制）；首次取时给出，以后以首次的为准
    #[arg(long, value_name = "KEY")]
    trusted: Option<String>,
    /// 系统已公布接受损失、日志自较早处继续的，由此重新开始；以前留存的不删除
    #[arg(long)]
    again: bool,
}

impl Witness {
    /// Does it; a journal that did not only grow is exit code 1.
    pub async fn run(&self, json: bool) -> anyhow::Result<ExitCode> {
        match &self.what {
            What::Pull(pull) => {
                let kept = pull.once(pull.again).await?;
                say(&kept, json);
            }
            What::Serve { pull, listen, every } => serve(pull, *listen, Duration::from_secs(*every)).await?,
            What::Check { dir, from } => {
                let log = Log::open(dir)?;
                let seen = log.seen()?;
                let last = seen.last().context("见证目录中还没有留存的末端")?;
                if let Some(from) = from {
                    compare(&seen, from).await?;
                }
                say(last, json);
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn say(kept: &Seen, json: bool) {
    let Seen { head, at, .. } = kept;
    if json {
        println!(
            "{}",
            serde_json::json!({ "block": head.block.seq, "line": head.line(), "seen": at.0 / 1_000 })
        );
    } else {
        println!("已留存至第{}区块（第{}条日志），取于{}", head.block.seq, head.line(), at.local());
    }
}

/// A head with the witness's own word.
struct Seen {
    head: JournalHead,
    /// When the witness saw it.
    at: Instant,
    /// It does not follow the line before: the journal began again after a loss.
    again: bool,
    /// Of the whole line, for the next one.
    digest: [u8; 32],
}

/// What the witness signs: no block, node, line or text of the system begins with the same byte.
fn signed_over(previous: &[u8; 32], text: &str) -> [u8; 32] {
    sm3(&[&[4], previous, text.as_bytes()])
}

/// The kept heads.
struct Log {
    path: PathBuf,
    key: sm2::SecretKey,
}

impl Log {
    fn open(dir: &Path) -> anyhow::Result<Self> {
        let key = dir.join("witness.key");
        ensure!(key.exists(), "{} 不是见证目录：没有 witness.key", dir.display());
        crate::tls::private(&key)?;
        let text = std::fs::read_to_string(&key).with_context(|| format!("不能读取 {}", key.display()))?;
        let secret = hex::decode(text.trim()).ok().and_then(|b| sm2::SecretKey::from_slice(&b).ok());
        let secret = secret.with_context(|| format!("{} 不是见证方的密钥", key.display()))?;
        Ok(Self { path: dir.join("heads.log"), key: secret })
    }

    fn make(dir: &Path) -> anyhow::Result<Self> {
        let key = dir.join("witness.key");
        if !key.exists() {
            data_dir::make_private(dir)?;
            let secret = loop {
                let mut fresh = [0; 32];
                getrandom::fill(&mut fresh).context("不能取得随机数")?;
                // One in four billion is no key.
                if sm2::SecretKey::from_slice(&fresh).is_ok() {
                    break fresh;
                }
            };
            let made = File::options().write(true).create_new(true).mode(0o600).open(&key);
            let mut file = made.with_context(|| format!("不能建立 {}", key.display()))?;
            file.write_all(hex::encode(secret).as_bytes())?;
            file.sync_all()?;
        }
        Self::open(dir)
    }

    /// Everything that is kept, verified.
    fn seen(&self) -> anyhow::Result<Vec<Seen>> {
        let shown = self.path.display();
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e).with_context(|| format!("不能读取 {shown}")),
        };
        let ours = public_key(&self.key);
        let (mut previous, mut all) = ([0; 32], Vec::<Seen>::new());
        for (i, line) in text.lines().enumerate() {
            let wrong = |what: &str| anyhow::anyhow!("{shown} 第{}行{what}：留存的末端被改动过", i + 1);
            let head: JournalHead = line.parse().map_err(|_| wrong("无法识别"))?;
            let (said, signature) = line.rsplit_once(" cosign=").ok_or_else(|| wrong("没有见证方的签名"))?;
            let word = |name: &str| said.split(' ').find_map(|w| w.strip_prefix(name)?.strip_prefix('='));
            let at = word("seen").and_then(|t| t.parse().ok()).ok_or_else(|| wrong("没有时间"))?;
            let signature = hex::decode(signature).map_err(|_| wrong("的签名无法识别"))?;
            if !verify(&ours, &signed_over(&previous, said), &signature) {
                return Err(wrong("的签名无效"));
            }
            let key = all.last().map(|before| before.head.public_key.as_str());
            head.verify(key).map_err(|why| wrong(&format!("：{why}")))?;
            previous = sm3(&[line.as_bytes()]);
            all.push(Seen { head, at: Instant(at), again: word("again").is_some(), digest: previous });
        }
        Ok(all)
    }

    /// Signs a head and keeps it.
    fn keep(
        &self,
        head: &JournalHead,
        at: Instant,
        again: bool,
        previous: &[u8; 32],
    ) -> anyhow::Result<Seen> {
        let mark = if again { " again=1" } else { "" };
        let said = format!("{head} seen={}{mark} witness={}", at.0, public_key(&self.key));
        let signature = hex::encode(sign(&self.key, &signed_over(previous, &said)));
        let line = format!("{said} cosign={signature}");
        let mut options = File::options();
        let mut file = options.append(true).create(true).mode(0o600).open(&self.path)?;
        file.write_all(format!("{line}\n").as_bytes())?;
        file.sync_all()?;
        Ok(Seen { head: head.clone(), at, again, digest: sm3(&[line.as_bytes()]) })
    }
}

/// Heads after a block, as the system says them.
async fn ask(http: &reqwest::Client, from: &str, after: i64) -> anyhow::Result<Vec<JournalHead>> {
    let url = format!("{}/journal-heads?after={after}", from.trim_end_matches('/'));
    let reply = http.get(&url).send().await.with_context(|| format!("不能连接 {url}"))?;
    ensure!(reply.status().is_success(), "{url} 回答 {}", reply.status());
    let text = reply.text().await.with_context(|| format!("{url} 的回答没有读完"))?;
    text.lines().map(|l| l.parse().with_context(|| format!("{url} 的回答不是日志末端"))).collect()
}

impl Pull {
    /// Follows the journal from the last kept head to its end, and keeps that.
    async fn once(&self, again: bool) -> anyhow::Result<Seen> {
        let log = Log::make(&self.dir)?;
        let seen = log.seen()?;
        let last = seen.last();
        let trusted = last.map(|s| s.head.public_key.clone()).or_else(|| self.trusted.clone());
        let follows = last.filter(|_| !again).map(|s| &s.head);
        let (mut at, mut hash) = follows.map_or((0, [0; 32]), |h| (h.block.seq, h.block.hash()));
        let mut line = follows.map_or(0, JournalHead::line);
        let http = kaguan_web::partner::http_client(None, PATIENCE)?;
        if let Some(known) = follows {
            let there = ask(&http, &self.from, at - 1).await?;
            let same = there.first().is_some_and(|h| h.block == known.block);
            ensure!(
                same,
                "日志不再含有见证方留存的第{at}区块（第{line}条日志）：日志被截断、换回旧备份或被替换"
            );
        }
        let mut end = follows.cloned();
        loop {
            let heads = ask(&http, &self.from, at).await?;
            if heads.is_empty() {
                break;
            }
            for head in heads {
                let place = head.block.seq;
                head.verify(trusted.as_deref()).with_context(|| format!("第{place}区块"))?;
                let fits = (place, head.block.previous, head.block.first_entry) == (at + 1, hash, line + 1);
                ensure!(fits, "第{place}区块与前一区块不衔接：日志被改动过");
                (at, hash, line) = (place, head.block.hash(), head.line());
                end = Some(head);
            }
        }
        let Some(end) = end else { bail!("系统还没有日志") };
        let previous = last.map_or([0; 32], |s| s.digest);
        log.keep(&end, TimeSource::Machine.now(), again && last.is_some(), &previous)
    }
}

/// Each head kept since the journal last began again is still in it.
async fn compare(seen: &[Seen], from: &str) -> anyhow::Result<()> {
    let http = kaguan_web::partner::http_client(None, PATIENCE)?;
    let begin = seen.iter().rposition(|s| s.again).unwrap_or(0);
    for Seen { head, .. } in &seen[begin..] {
        let there = ask(&http, from, head.block.seq - 1).await?;
        ensure!(
            there.first().is_some_and(|h| h.block == head.block),
            "日志不再含有见证方留存的第{}区块（第{}条日志）：日志被截断、换回旧备份或被替换",
            head.block.seq,
            head.line()
        );
    }
    Ok(())
}

/// Pulls again and again, and shows what is kept. A journal that did not only grow ends it: somebody has to look.
async fn serve(pull: &Pull, listen: SocketAddr, every: Duration) -> anyhow::Result<()> {
    let kept = pull.once(pull.again).await?;
    say(&kept, false);
    let path = Arc::new(pull.dir.join("heads.log"));
    let router = Router::new().route("/heads", get(shown)).with_state(path);
    let listener =
        tokio::net::TcpListener::bind(listen).await.with_context(|| format!("不能监听 {listen}"))?;
    println!("见证 http://{}/heads", listener.local_addr()?);
    let looks = async {
        let mut tick = tokio::time::interval(every);
        tick.tick().await;
        loop {
            tick.tick().await;
            match pull.once(false).await {
                Ok(_) => {}
                // A line that is down for a while is no finding; whatever was answered and does not fit is.
                Err(why) if why.chain().any(|c| c.is::<reqwest::Error>()) => {
                    tracing::warn!(%why, "the system is not reached")
                }
                Err(why) => return why,
            }
        }
    };
    tokio::select! {
        served = axum::serve(listener, router) => Ok(served?),
        why = looks => Err(why),
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}

async fn shown(State(path): State<Arc<PathBuf>>) -> impl IntoResponse {
    match tokio::fs::read_to_string(&*path).await {
        Ok(text) => Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text)),
        Err(why) => {
            tracing::error!(%why, "what is kept cannot be read");
            Err((axum::http::StatusCode::SERVICE_UNAVAILABLE, "留存的末端不能读取"))
        }
    }
}
