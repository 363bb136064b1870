//! The command line's way to whoever writes: the server that runs on the data directory, or this process when none does.

use crate::archive::{AddMaterial, OneMaterial, ReadMaterial};
use crate::control::{
    AskNotice, AskOutlets, Control, Deliveries, DutiesDone, NoticeSaid, OrderBlanks, Said, router,
};
use crate::data_dir::{DataDir, Locked};
use crate::import::{ImportHead, Imported, Step};
use crate::open::{For, Prepared, Writing};
use crate::reconcile::{self, Compared};
use crate::sandbox::Gone;
use crate::send::{self, Tried};
use anyhow::{Context, anyhow, bail};
use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use http_body::Frame;
use kaguan_service::{Command, OutletsDone};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context as Task, Poll};
use tokio::net::UnixStream;
use tower::ServiceExt as _;

/// The way to whoever writes.
pub enum ServerLine {
    /// A server runs: it is asked over its socket.
    Running(reqwest::Client),
    /// None does: this process writes, and answers itself.
    Own(Box<Own>),
}

/// This process writes.
pub struct Own {
    router: Router,
    writing: Writing,
}

impl ServerLine {
    /// Does some work over the line, and ends it. Nothing is taken over when a server runs, and nothing is made when there is
    /// nothing; who else writes is an error.
    pub async fn with<T>(
        dir: &DataDir,
        command: &str,
        work: impl AsyncFnOnce(&Self) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let line = Self::find(dir, command).await?;
        let done = work(&line).await;
        if let Self::Own(own) = line {
            own.writing.end().await;
        }
        done
    }

    async fn find(dir: &DataDir, command: &str) -> anyhow::Result<Self> {
        dir.existing()?;
        let lock = match dir.lock(command)? {
            Locked::Mine(lock) => lock,
            Locked::By(holder) => {
                let path = dir.socket();
                if UnixStream::connect(&path).await.is_err() {
                    bail!("{}", dir.held(holder.as_ref()));
                }
                if holder.is_some_and(|h| !dir.same_database(&h)) {
                    bail!(
                        "数据目录 {} 上运行的服务使用另一个数据库，本次没有办理。请写与该服务相同的 --database",
                        dir.path().display()
                    );
                }
                let http = kaguan_api::client::http().unix_socket(path).build()?;
                return Ok(Self::Running(http));
            }
        };
        let banks = reconcile::http(dir)?;
        let (writing, _) = Prepared::open(dir, lock, For::WhatIsThere).await?.system(dir, None).await?;
        let control = Control { service: writing.service.clone(), banks, deliveries: Deliveries::default() };
        Ok(Self::Own(Box::new(Own { router: router(control), writing })))
    }

    async fn ask<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> anyhow::Result<T> {
        let body = serde_json::to_vec(body)?;
        let reply = match self {
            Self::Running(http) => {
                let post =
                    http.post(format!("http://kaguan{path}")).header("content-type", "application/json");
                post.body(body).send().await.map_err(lost)?.bytes().await.map_err(lost)?
            }
            Self::Own(own) => {
                let post = axum::http::Request::post(path).header("content-type", "application/json");
                let reply = own.router.clone().oneshot(post.body(Body::from(body))?).await?;
                axum::body::to_bytes(reply.into_body(), usize::MAX).await?
            }
        };
        let said: Said<T> = serde_json::from_slice(&reply).map_err(|_| {
            // A server of another version answers in words of its own, or does not know the question.
            anyhow!("运行中的服务不认识该请求，本次没有办理：请用与服务同一版本的程序")
        })?;
        said.map_err(|why| anyhow!(why))
    }

    /// Gives a command; returns the journal's line.
    pub async fn execute(&self, command: Command) -> anyhow::Result<i64> {
        self.ask("/command", &command).await
    }

    /// 预制卡申请: its identity.
    pub async fn order_blanks(&self, ask: &OrderBlanks) -> anyhow::Result<i64> {
        self.ask("/blanks", ask).await
    }

    /// 生成数据.
    pub async fn generate_blanks(&self, id: i64) -> anyhow::Result<()> {
        self.ask(&format!("/blanks/{id}/generate"), &()).await
    }

    /// Sends a dead letter again.
    pub async fn send_again(&self, id: i64) -> anyhow::Result<()> {
        self.ask(&format!("/letters/{id}/again"), &()).await
    }

    /// Settles a dead letter.
    pub async fn settle(&self, id: i64, how: &str) -> anyhow::Result<()> {
        self.ask(&format!("/letters/{id}/settle"), &how).await
    }

    /// Reconciles with a bank, five digits, and repairs what differs. Without a server what the bank is asked waits in
    /// the outbox until one delivers it.
    pub async fn repair(&self, bank: &str) -> anyhow::Result<Compared> {
        self.ask(&format!("/repair/{bank}"), &()).await
    }

    /// Does what is due.
    pub async fn duties(&self) -> anyhow::Result<DutiesDone> {
        self.ask("/duties", &()).await
    }

    /// Makes a message happen toward a partner.
    pub async fn make_happen(&self, ask: &send::SendArgs) -> anyhow::Result<Vec<Tried>> {
        self.ask("/send", ask).await
    }

    /// A batch of so many new people, in a sandbox; the numbers of the batches.
    pub async fn batch_of(&self, people: u32) -> anyhow::Result<Vec<String>> {
        self.ask("/sandbox/batch", &people).await
    }

    /// So many days go by in a sandbox.
    pub async fn go_ahead(&self, days: u32) -> anyhow::Result<Gone> {
        self.ask("/sandbox/days", &days).await
    }

    /// Says that the machine's clock is right.
    pub async fn accept_clock(&self) -> anyhow::Result<()> {
        self.ask("/clock", &()).await
    }

    /// 载入放假通知.
    pub async fn holidays(&self, ask: &AskNotice) -> anyhow::Result<NoticeSaid> {
        self.ask("/holidays", ask).await
    }

    /// 登记银行网点.
    pub async fn outlets(&self, ask: &AskOutlets) -> anyhow::Result<OutletsDone> {
        self.ask("/outlets", ask).await
    }

    /// 归档: the material's identity.
    pub async fn add_material(&self, ask: &AddMaterial) -> anyhow::Result<i64> {
        self.ask("/archive/add", ask).await
    }

    /// 查阅: the document.
    pub async fn read_material(&self, ask: &ReadMaterial) -> anyhow::Result<Vec<u8>> {
        let text: String = self.ask("/archive/read", ask).await?;
        hex::decode(text).context("the document that came cannot be read")
    }

    /// 到期销毁: how many pages the document had.
    pub async fn destroy_material(&self, ask: &OneMaterial) -> anyhow::Result<usize> {
        self.ask("/archive/destroy", ask).await
    }

    /// Takes a file in; `progress` hears how far it is.
    pub async fn import(
        &self,
        path: &Path,
        head: &ImportHead,
        progress: impl Fn(&Step) + Send + Sync + 'static,
    ) -> anyhow::Result<Imported> {
        let http = match self {
            Self::Own(own) => {
                let told = move |stage| progress(&Step::of(stage));
                return head.import(&own.writing.service, path, told).await;
            }
            Self::Running(http) => http,
        };
        let file = File::open(path).with_context(|| format!("不能读取 {}", path.display()))?;
        let (name, value) = head.header()?;
        let post = http.post("http://kaguan/import").header(name, value);
        let mut reply = post.body(reqwest::Body::wrap(Pieces(file))).send().await.map_err(lost)?;
        let mut line = Vec::new();
        while let Some(piece) = reply.chunk().await.map_err(lost)? {
            for byte in piece {
                if byte != b'\n' {
                    line.push(byte);
                    continue;
                }
                let step: Step =
                    serde_json::from_slice(&line).context("the server's answer cannot be read")?;
                line.clear();
                if let Step::Done(done) = step {
                    return done.map_err(|why| anyhow!(why));
                }
                progress(&step);
            }
        }
        bail!("服务没有说完，是否办结尚不明确：同一文件可以再次导入，已接收的行不会重复接收")
    }
}

/// The server's word was lost: whether it was done is not known.
fn lost(e: reqwest::Error) -> anyhow::Error {
    anyhow!("服务没有应答，是否办结尚不明确，请查询后再办：{}", e.without_url())
}

/// A file on its way to the server, piece by piece: it need not fit into memory, and the server need not be able to open it.
struct Pieces(File);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Task<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let mut piece = vec![0; 256 << 10];
        Poll::Ready(match self.0.read(&mut piece) {
            Ok(0) => None,
            Ok(n) => {
                piece.truncate(n);
                Some(Ok(Frame::data(piece.into())))
            }
            Err(e) => Some(Err(e)),
        })
    }
}
