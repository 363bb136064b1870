//! What whoever writes does for the command line. A running server answers it over a socket in the data directory (mode 0600),
//! so that no command takes the writing over from it; without a server the same answers are given in the command's own
//! process. Whoever can reach the directory (mode 0700) may do what the command line may.

use crate::archive::{self, AddMaterial, OneMaterial, ReadMaterial};
use crate::data_dir::DataDir;
use crate::import::{ImportHead, Imported, Step};
use crate::reconcile::{self, Compared};
use crate::sandbox::{self, Gone};
use crate::send::{self, SendArgs, Tried};
use anyhow::Context;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use futures_util::StreamExt as _;
use kaguan_domain::codes::HolidayRow;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::ids::{BankCode, BlankOrderId, CityCode, VendorCode};
use kaguan_domain::permission::Verb;
use kaguan_service::{
    Command, Delivered, DeliveryStopped, Failure, Moved, NoticeDone, OutletRow, OutletsDone, Service,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{UnixListener, UnixStream};

/// An answer: what was asked for, or why not, in a sentence.
pub type Said<T> = Result<T, String>;

/// A whole material of the archive, in hexadecimal, and what goes with it.
const LARGEST: usize = 64 << 20;

/// What is at hand for the command line: the system, and the line to banks for reconciliation.
#[derive(Clone)]
pub struct Control {
    /// The system.
    pub service: Service,
    /// The line to banks.
    pub banks: reqwest::Client,
    /// Who is being delivered to.
    pub deliveries: Deliveries,
}

impl Control {
    /// Does what is due now and delivers what waits; why not, in a sentence.
    pub async fn duties(&self) -> Said<DutiesDone> {
        if let Some(why) = self.service.held() {
            return Err(why);
        }
        let done = self.service.duties().await.map_err(why)?;
        let done = done.into_iter().map(|(code, n)| (code.to_owned(), n)).collect();
        let delivered = self.deliveries.to_all(&self.service).await.map_err(|e| e.to_string())?;
        Ok(DutiesDone { done, delivered })
    }
}

/// Each partner is delivered to by one at a time: the server's own round, or a command.
#[derive(Clone, Default)]
pub struct Deliveries(Arc<Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>>);

impl Deliveries {
    /// A partner's turn: whoever has it delivers, and nobody else.
    pub fn turn(&self, partner: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(partner.to_owned()).or_default())
    }

    /// Delivers what is due to one partner.
    pub async fn to(&self, service: &Service, partner: &str) -> Result<Delivered, DeliveryStopped> {
        let turn = self.turn(partner);
        let _turn = turn.lock().await;
        service.deliver_to(partner).await
    }

    /// Delivers what is due to everybody; returns how many messages went out.
    async fn to_all(&self, service: &Service) -> Result<usize, DeliveryStopped> {
        let partners = service.store().outbox_partners(service.now()).await?;
        let all = futures_util::future::join_all(partners.iter().map(|p| self.to(service, p))).await;
        all.into_iter().map(|one| Ok(one?.delivered)).sum()
    }
}

/// What `kaguan duties` did.
#[derive(Serialize, Deserialize)]
pub struct DutiesDone {
    /// How often each verb was done, and each refusal under its code.
    pub done: BTreeMap<String, usize>,
    /// Messages delivered.
    pub delivered: usize,
}

impl DutiesDone {
    /// And what was done after it.
    pub fn add(&mut self, later: Self) {
        for (code, n) in later.done {
            *self.done.entry(code).or_default() += n;
        }
        self.delivered += later.delivered;
    }

    /// Prints it.
    pub fn say(&self) {
        if self.done.is_empty() {
            println!("没有到期的值守事项");
        } else {
            for (code, n) in &self.done {
                let verb = Verb::from_code(code).map(Verb::name);
                println!("{}　{n}", verb.unwrap_or(code));
            }
        }
        println!("送达消息{}条", self.delivered);
    }
}

/// 放假通知: its days, and whether only what it would do is asked.
#[derive(Serialize, Deserialize)]
pub struct AskNotice {
    pub days: Vec<HolidayRow>,
    /// Says it, and does nothing.
    pub check_only: bool,
}

/// 银行网点: lines of the table, and whether only what is wrong with them is asked.
#[derive(Serialize, Deserialize)]
pub struct AskOutlets {
    pub rows: Vec<OutletRow>,
    /// Says it, and does nothing.
    pub check_only: bool,
}

/// What a notice of days off does to clocks, or would.
#[derive(Serialize, Deserialize)]
pub struct NoticeSaid {
    /// The years of which it names days.
    pub years: Vec<i16>,
    /// Days of which it says something new.
    pub days: usize,
    /// Those of them that are over already, `YYYY-MM-DD`.
    #[serde(default)]
    pub past: Vec<String>,
    /// Batches whose clocks are counted again.
    pub batches: usize,
    /// Every clock that ends on another day.
    pub clocks: Vec<ClockMoved>,
}

/// One clock that ends on another day.
#[derive(Serialize, Deserialize)]
pub struct ClockMoved {
    /// 时限.
    pub clock: String,
    /// Of what.
    pub what: String,
    /// Last day before, `YYYY-MM-DD`.
    pub before: String,
    /// Last day after.
    pub after: String,
}

impl From<NoticeDone> for NoticeSaid {
    fn from(done: NoticeDone) -> Self {
        let one = |m: Moved| ClockMoved {
            clock: m.clock.name().into(),
            what: m.what,
            before: m.before.to_string(),
            after: m.after.to_string(),
        };
        let clocks = done.moved.into_iter().map(one).collect();
        let past = done.past.iter().map(ToString::to_string).collect();
        Self { years: done.years, days: done.days, past, batches: done.batches, clocks }
    }
}

/// 预制卡申请.
#[derive(Serialize, Deserialize)]
pub struct OrderBlanks {
    /// City, four digits.
    pub city: CityCode,
    /// Bank, five digits.
    pub bank: BankCode,
    /// 卡制作厂商.
    pub vendor: VendorCode,
    /// Cards.
    pub quantity: u32,
    /// 备注.
    pub note: String,
}

/// Why not, for whoever asked.
fn why(e: Failure) -> String {
    match e {
        // The command line sends no request key by which it could be asked again.
        Failure::Unknown => "是否办结尚不明确，请查询后再办".into(),
        // Whoever asks here is the operator, for whom a page would say it too shortly.
        Failure::Unavailable(why) => format!("系统暂时不能办理，没有任何变更，请稍后重试（{why}）"),
        e @ Failure::Refused(_) => e.to_string(),
    }
}

async fn execute(State(c): State<Control>, Json(command): Json<Command>) -> Json<Said<i64>> {
    let ctx = c.service.ctx(Actor::System, Channel::CommandLine, None);
    Json(c.service.execute(ctx, command).await.map(|r| r.entry).map_err(why))
}

async fn repair(State(c): State<Control>, Path(bank): Path<String>) -> Json<Said<Compared>> {
    Json(reconcile::repair(&c.service, &c.banks, &bank).await.map_err(|e| format!("{e:#}")))
}

async fn order(State(c): State<Control>, Json(ask): Json<OrderBlanks>) -> Json<Said<i64>> {
    let OrderBlanks { city, bank, vendor, quantity, note } = ask;
    let ordered = c.service.order_blanks(&Actor::System, &city, &bank, &vendor, quantity, &note).await;
    Json(ordered.map(|id| id.0).map_err(why))
}

async fn generate(State(c): State<Control>, Path(id): Path<i64>) -> Json<Said<()>> {
    Json(c.service.generate_blanks(&Actor::System, BlankOrderId(id)).await.map_err(why))
}

async fn send_again(State(c): State<Control>, Path(id): Path<i64>) -> Json<Said<()>> {
    Json(c.service.send_again(&Actor::System, id).await.map_err(why))
}

async fn settle(State(c): State<Control>, Path(id): Path<i64>, Json(how): Json<String>) -> Json<Said<()>> {
    Json(c.service.close_letter(&Actor::System, id, &how).await.map_err(why))
}

async fn duties(State(c): State<Control>) -> Json<Said<DutiesDone>> {
    Json(c.duties().await)
}

async fn make_happen(State(c): State<Control>, Json(ask): Json<SendArgs>) -> Json<Said<Vec<Tried>>> {
    Json(send::happen(&c, &ask).await.map_err(|e| format!("{e:#}")))
}

async fn go_ahead(State(c): State<Control>, Json(days): Json<u32>) -> Json<Said<Gone>> {
    Json(sandbox::go_ahead(&c, days).await.map_err(|e| format!("{e:#}")))
}

async fn batch_of(State(c): State<Control>, Json(people): Json<u32>) -> Json<Said<Vec<String>>> {
    Json(sandbox::batch_of(&c.service, people).await.map_err(|e| format!("{e:#}")))
}

async fn accept_clock(State(c): State<Control>) -> Json<Said<()>> {
    c.service.accept_clock();
    Json(Ok(()))
}

async fn holidays(State(c): State<Control>, Json(ask): Json<AskNotice>) -> Json<Said<NoticeSaid>> {
    let said = match ask.check_only {
        true => c.service.try_notice(&Actor::System, &ask.days).await,
        false => c.service.take_notice(&Actor::System, Channel::CommandLine, &ask.days).await,
    };
    Json(said.map(NoticeSaid::from).map_err(why))
}

async fn outlets(State(c): State<Control>, Json(ask): Json<AskOutlets>) -> Json<Said<OutletsDone>> {
    let done = c.service.take_outlets(&Actor::System, Channel::CommandLine, &ask.rows, ask.check_only).await;
    Json(done.map_err(why))
}

async fn add_material(State(c): State<Control>, Json(ask): Json<AddMaterial>) -> Json<Said<i64>> {
    Json(archive::add(&c.service, ask).await.map_err(|e| format!("{e:#}")))
}

async fn read_material(State(c): State<Control>, Json(ask): Json<ReadMaterial>) -> Json<Said<String>> {
    Json(archive::read(&c.service, ask).await.map(hex::encode).map_err(|e| format!("{e:#}")))
}

async fn destroy_material(State(c): State<Control>, Json(ask): Json<OneMaterial>) -> Json<Said<usize>> {
    Json(archive::destroy(&c.service, ask).await.map_err(|e| format!("{e:#}")))
}

/// Takes a file in. The answer is a line a step, and the last one is what came of it.
async fn import(State(c): State<Control>, headers: HeaderMap, body: Body) -> Response {
    let (say, hear) = tokio::sync::mpsc::unbounded_channel::<Step>();
    let head = ImportHead::of(&headers);
    // On its own: somebody who goes away in the middle finds the file taken in.
    let work = tokio::spawn(async move {
        let told = say.clone();
        let done: anyhow::Result<Imported> = async {
            let head = head.context("the request does not say what to import")?;
            // Without a name: a kill leaves nothing of it.
            let spool = tempfile::tempfile().context("服务器暂时不能保存文件")?;
            let path = PathBuf::from(format!("/proc/self/fd/{}", spool.as_raw_fd()));
            let mut out = tokio::fs::File::from_std(spool.try_clone().context("服务器暂时不能保存文件")?);
            let mut pieces = body.into_data_stream();
            while let Some(piece) = pieces.next().await {
                out.write_all(&piece.context("上传中断，请重新导入")?).await.context("服务器磁盘已满")?;
            }
            out.flush().await.context("服务器磁盘已满")?;
            head.import(&c.service, &path, move |stage| {
                // Somebody who went away does not listen.
                let _ = told.send(Step::of(stage));
            })
            .await
        }
        .await;
        let _ = say.send(Step::Done(done.map_err(|e| format!("{e:#}"))));
    });
    drop(work);
    let lines = futures_util::stream::unfold(hear, |mut hear| async move {
        let step = hear.recv().await?;
        let mut line = serde_json::to_vec(&step).unwrap_or_default();
        line.push(b'\n');
        Some((Ok::<_, Infallible>(line), hear))
    });
    Body::from_stream(lines).into_response()
}

/// Everything that whoever writes does for the command line.
pub fn router(control: Control) -> Router {
    Router::new()
        .route("/command", post(execute))
        .route("/repair/{bank}", post(repair))
        .route("/blanks", post(order))
        .route("/blanks/{id}/generate", post(generate))
        .route("/letters/{id}/again", post(send_again))
        .route("/letters/{id}/settle", post(settle))
        .route("/duties", post(duties))
        .route("/clock", post(accept_clock))
        .route("/send", post(make_happen))
        .route("/sandbox/batch", post(batch_of))
        .route("/sandbox/days", post(go_ahead))
        .route("/holidays", post(holidays))
        .route("/outlets", post(outlets))
        .route("/archive/add", post(add_material))
        .route("/archive/read", post(read_material))
        .route("/archive/destroy", post(destroy_material))
        .route("/import", post(import))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(control)
}

/// Opens the socket of a locked data directory: from now on the command line finds this server.
pub async fn open(dir: &DataDir) -> anyhow::Result<UnixListener> {
    let path = dir.socket();
    if UnixStream::connect(&path).await.is_err() {
        // Left behind by a server that is gone.
        let _ = std::fs::remove_file(&path);
    }
    let listener = UnixListener::bind(&path).with_context(|| format!("不能监听 {}", path.display()))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Serves an open socket until it is dropped.
pub async fn serve(listener: UnixListener, control: Control) -> anyhow::Result<()> {
    Ok(axum::serve(listener, router(control)).await?)
}
