//! The agent's loop: it dials out, and listens nowhere. It is paired first, and then asks for one job after the other.

use crate::device::Device;
use crate::kept::{Kept, now_ms};
use crate::run;
use crate::scanner::Scanner;
use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kaguan_api::client;
use kaguan_api::desk::{
    ANSWER_HEADER, ANSWERS, Ask, Given, JOBS, Kind, MACHINE, NewPin, Outcome, PAIR, PAPERS, Pairing,
    PairingState, Signed, WAIT_S,
};
use kaguan_api::sign::Public;
use std::time::Duration;

/// How long an answer may be on its way beyond the waiting.
const PATIENCE: Duration = Duration::from_secs(WAIT_S + 15);
/// How long a scanned paper may be on its way: some megabytes over an outlet's line.
const PAPER_PATIENCE: Duration = Duration::from_secs(90);
/// After what went wrong, and between two looks at whether a code was typed.
const PAUSE: Duration = Duration::from_secs(2);

/// The way to the server.
struct Line {
    server: String,
    http: reqwest::Client,
}

impl Line {
    async fn post(&self, path: &str, signed: &Signed) -> Result<(u16, Vec<u8>)> {
        let sent = self.http.post(format!("{}{path}", self.server)).body(serde_json::to_vec(signed)?);
        let sent = sent.header("content-type", "application/json");
        let said = sent.send().await.context("不能连接服务器")?;
        let status = said.status().as_u16();
        Ok((status, said.bytes().await?.to_vec()))
    }

    /// A scanned paper, with the answer that vouches for it.
    async fn bring(&self, signed: &Signed, picture: Vec<u8>) -> Result<()> {
        let answer = BASE64.encode(serde_json::to_vec(signed)?);
        let sent = self.http.post(format!("{}{PAPERS}", self.server)).header(ANSWER_HEADER, answer);
        sent.body(picture).timeout(PAPER_PATIENCE).send().await.context("不能连接服务器")?;
        Ok(())
    }

    /// The machine's answer to a question in the midst of a job.
    async fn machine(&self, signed: &Signed) -> Result<Signed> {
        let (status, body) = self.post(MACHINE, signed).await?;
        if status != 200 {
            bail!("服务器答复{status}");
        }
        Ok(serde_json::from_slice(&body)?)
    }
}

/// Waits within a job, which is done on one thread from its beginning to its end: whoever waits there keeps the card.
fn waits<T>(what: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(what))
}

/// The agent of a desk.
pub struct Agent {
    line: Line,
    kept: Kept,
    device: Box<dyn Device>,
    scanner: Option<Scanner>,
    last: String,
    seq: i64,
}

impl Agent {
    /// An agent that speaks to a server, such as `https://kaguan.example`.
    ///
    /// # Errors
    /// When TLS cannot be set up, or the address would give everything away: HTTP is for the machine itself.
    pub fn new(server: &str, kept: Kept, device: Box<dyn Device>) -> Result<Self> {
        let server = server.trim_end_matches('/').to_owned();
        let own = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"];
        if !server.starts_with("https://") && !own.iter().any(|o| server.starts_with(o)) {
            bail!("服务器地址须为https://");
        }
        let http = client::direct().timeout(PATIENCE).build()?;
        Ok(Self { line: Line { server, http }, kept, device, scanner: None, last: "无".into(), seq: 0 })
    }

    /// The same with a scanner beside it.
    pub fn with_scanner(self, scanner: Option<Scanner>) -> Self {
        Self { scanner, ..self }
    }

    /// A status that cannot be written, because somebody has it open on Windows, stops no work.
    fn say(&self, state: &str, number: &str) {
        let driver = self.device.dialect();
        let new_pin = match self.device.new_pin() {
            NewPin::Judged => "过于简单的不予接受",
            NewPin::NotJudged => "在读卡器键盘上输入，不能核对是否过于简单",
            NewPin::Unknown => "不能确定是否核对",
        };
        let scanner = self.scanner.as_ref().map_or("没有接扫描仪", |_| "可以扫描");
        let status = format!(
            "状态：{state}\n驱动：{driver}\n新密码：{new_pin}\n扫描：{scanner}\n桌面号：{number}\n上一任务：{}\n",
            self.last
        );
        if let Err(why) = self.kept.say(&status) {
            eprintln!("不能写status.txt：{why:#}");
        }
    }

    /// Waits until an administrator has typed the code.
    ///
    /// # Errors
    /// When something cannot be kept on the disk.
    pub async fn pair(&mut self, machine: &str) -> Result<()> {
        let mut shown = String::new();
        while self.kept.belongs.is_none() {
            let wish =
                Pairing { public: self.kept.secret.public(), machine: machine.to_owned(), time: now_ms() };
            let signed = Signed::of(Kind::Pairing, &wish, &self.kept.secret)?;
            match self.line.post(PAIR, &signed).await {
                Ok((200, body)) => match serde_json::from_slice(&body)? {
                    PairingState::Waits { code } => {
                        if code != shown {
                            println!("配对码：{code}（五分钟内由管理员在“制卡桌面机”页录入）");
                            shown = code;
                        }
                        self.say(&format!("等待配对，配对码{shown}"), "");
                    }
                    PairingState::Paired { desk, system } => {
                        self.kept.paired(desk, &system)?;
                        println!("已配对");
                    }
                },
                Ok((status, _)) => eprintln!("配对未成：{status}"),
                Err(e) => eprintln!("{e:#}"),
            }
            if self.kept.belongs.is_none() {
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(())
    }

    /// Asks for jobs for good.
    ///
    /// # Errors
    /// When the desk is not paired, or no more, or something cannot be kept.
    pub async fn run(&mut self) -> Result<()> {
        let mut shown = String::new();
        loop {
            match self.turn(&mut shown).await {
                Ok(true) => {}
                Ok(false) => bail!("本桌面机的配对已解除或不被认可，请管理员重新配对"),
                Err(e) => {
                    eprintln!("{e:#}");
                    self.say("连接中断，正在重连", &shown);
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// One question, and the job that comes of it; `false` when the desk is not known any more.
    async fn turn(&mut self, shown: &mut String) -> Result<bool> {
        let belongs = self.kept.belongs.as_ref().context("尚未配对")?;
        let (desk, system) = (belongs.desk, Public::parse(&belongs.system)?);
        self.seq = now_ms().max(self.seq + 1);
        self.device.look();
        let ask = Ask {
            desk,
            seq: self.seq,
            driver: self.device.dialect(),
            version: env!("CARGO_PKG_VERSION").into(),
            system: belongs.system.clone(),
            new_pin: self.device.new_pin(),
            scans: self.scanner.is_some(),
        };
        let (status, body) = self.line.post(JOBS, &Signed::of(Kind::Ask, &ask, &self.kept.secret)?).await?;
        if status == 403 {
            return Ok(false);
        }
        if status != 200 {
            bail!("服务器答复{status}");
        }
        let given: Given = serde_json::from_slice::<Signed>(&body)?
            .read(Kind::Given, &system)
            .filter(|g: &Given| g.seq == self.seq)
            .context("答复不是省卡管系统对本次询问的答复")?;
        if *shown != given.number {
            println!("桌面号：{}", given.number);
            given.number.clone_into(shown);
        }
        let state =
            if given.taken_by.is_empty() { "空闲".into() } else { format!("{}使用中", given.taken_by) };
        if let Some(signed) = given.job {
            let (line, scanner) = (&self.line, &self.scanner);
            let mut carry = |asked: &Signed| {
                let said = waits(line.machine(asked));
                said.map_err(|why| eprintln!("加密机：{why:#}")).ok()
            };
            let mut scan = || match scanner {
                Some(scanner) => waits(scanner.scan()),
                None => Err("本机没有接扫描仪".into()),
            };
            let desk = run::Desk { device: &mut *self.device, carry: &mut carry, scan: &mut scan };
            match run::take(desk, &mut self.kept, &signed, given.now) {
                None => self.last = "不是本机的任务，未执行".into(),
                Some(mut answer) => {
                    self.last = match &answer.outcome {
                        Outcome::Done
                        | Outcome::Card(_)
                        | Outcome::Identity(_)
                        | Outcome::ChipKey(_)
                        | Outcome::Paper { .. } => "完成".into(),
                        Outcome::Failed { code, words } => format!("失败（{code} {words}）"),
                        Outcome::Refused { why } => format!("未执行（{why}）"),
                    };
                    let picture = match &mut answer.outcome {
                        Outcome::Paper { picture, .. } => Some(std::mem::take(picture)),
                        Outcome::Done
                        | Outcome::Card(_)
                        | Outcome::Identity(_)
                        | Outcome::ChipKey(_)
                        | Outcome::Failed { .. }
                        | Outcome::Refused { .. } => None,
                    };
                    let signed = Signed::of(Kind::Answer, &answer, &self.kept.secret)?;
                    // An answer that does not arrive is a step of which nobody knows the end: the system looks at the card then.
                    match picture {
                        Some(picture) => self.line.bring(&signed, picture).await?,
                        None => drop(self.line.post(ANSWERS, &signed).await?),
                    }
                }
            }
            eprintln!("任务：{}", self.last);
        }
        // The job before it was under the old one.
        if let Some(next) = given.next_system {
            self.kept.paired(desk, &next)?;
            eprintln!("省卡管系统已换用新的签名密钥，本机已更新");
        }
        self.say(&state, shown);
        Ok(true)
    }
}
