//! `kaguan bench pages`: every page of the console beside many people, on one core: how large it is and how long it takes. A page over
//! a limit is named, and the exit status is 1.

mod crawl;
mod holes;
mod more;
mod seed;
mod server;
mod story;

use crate::data_dir::DataDir;
use anyhow::{Context, ensure};
use clap::Args;
use kaguan_domain::ctx::Instant;
use kaguan_service::clock::TimeSource;
use kaguan_service::setup::set_up;
use kaguan_service::{SIMULATED, SURROUNDINGS, Service};
use kaguan_store::Store;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// A page without its photos, in bytes.
const LARGEST: usize = 100_000;
const MEDIAN: Duration = Duration::from_millis(30);
const P99: Duration = Duration::from_millis(100);
/// How many people a store was seeded with: in meta under this name.
const SEEDED: &str = "bench_pages";
const DAY: i64 = 86_400_000_000;

/// 每一页的大小与时延
#[derive(Args)]
pub struct Pages {
    /// 人数
    #[arg(long, default_value_t = 20_000)]
    people: u32,
    /// 每页请求次数
    #[arg(long, default_value_t = 100)]
    times: usize,
    /// 存放数据的目录：已有以相同人数造好的数据时直接使用，用后保留；缺省为临时目录，用后删除
    #[arg(long)]
    dir: Option<PathBuf>,
    /// 只测地址以此开头的页，可多次给出；缺省为全部
    #[arg(long)]
    only: Vec<String>,
    /// 只造数据，不测
    #[arg(long)]
    seed_only: bool,
    /// 造好后核验、重放全部日志
    #[arg(long)]
    check: bool,
}

/// What was measured of one page, by one role.
struct Figure {
    role: &'static str,
    page: String,
    bytes: usize,
    median: Duration,
    p99: Duration,
    asked: usize,
}

impl Figure {
    /// What is over its limit.
    fn over(&self) -> Vec<&'static str> {
        let all = [
            (self.bytes > LARGEST, "超过100kB"),
            (self.median > MEDIAN, "中位数超过30ms"),
            (self.p99 > P99, "p99超过100ms"),
        ];
        all.into_iter().filter(|(over, _)| *over).map(|(_, what)| what).collect()
    }
}

/// The moment at which the stories end, and the pages are asked.
fn end() -> Instant {
    Instant(Instant::at_start_of(jiff::civil::date(2026, 6, 12)).0 + 10 * 3_600_000_000)
}

/// The store of a directory, seeded when it is not.
async fn seeded(dir: &Path, people: u32) -> anyhow::Result<()> {
    std::fs::create_dir_all(dir)?;
    let store = Arc::new(open(dir).await?);
    if let Some(there) = store.meta(SEEDED).await? {
        ensure!(there == people.to_string(), "{} 中是{there}人的数据，请另选目录", dir.display());
        return Ok(());
    }
    ensure!(
        store.standing().await?.is_none_or(|s| s.entries == 0),
        "{} 中已有其他数据，请另选目录",
        dir.display()
    );
    store.put_meta(SURROUNDINGS, SIMULATED).await?;
    let clock = TimeSource::fixed(Instant(end().0 - 200 * DAY));
    let partners = kaguan_partner_sim::Surroundings::new().partners();
    let service = Service::start(Arc::clone(&store), clock.clone(), partners).await?;
    set_up(&service).await?;
    let began = std::time::Instant::now();
    let there = seed::seed(&service, people, end()).await?;
    clock.set(Instant(end().0 - 1_000_000));
    more::add(&service).await?;
    store.put_meta(SEEDED, &people.to_string()).await?;
    eprintln!("造成{there}人，{:.0}秒", began.elapsed().as_secs_f64());
    Ok(())
}

async fn open(dir: &Path) -> anyhow::Result<Store> {
    let url = format!("sqlite:{}", dir.join("kaguan.db").display());
    Ok(Store::open(&url, &dir.join("master.key")).await?)
}

impl Pages {
    /// Measures.
    pub async fn run(&self, data: &DataDir) -> anyhow::Result<ExitCode> {
        let temporary = tempfile::tempdir()?;
        let dir = self.dir.as_deref().unwrap_or(temporary.path());
        seeded(dir, self.people).await?;
        if self.check {
            let report = open(dir).await?.check().await?;
            ensure!(
                report.findings.is_empty(),
                "the check of the seeded store failed: {:?}",
                report.findings
            );
            eprintln!("已核验日志{}条，档案{}份", report.entries, report.holders);
        }
        if self.seed_only {
            return Ok(ExitCode::SUCCESS);
        }
        let server = server::start(dir, end()).await.context("the server did not start")?;
        let (figures, closed) = crawl::measure(&server, self.times, &self.only).await?;
        for f in &figures {
            let (median, p99) = (f.median.as_secs_f64() * 1e3, f.p99.as_secs_f64() * 1e3);
            if data.json {
                let line = serde_json::json!({ "role": f.role, "page": f.page, "bytes": f.bytes,
                    "median_ms": median, "p99_ms": p99, "asked": f.asked, "over": f.over() });
                println!("{line}");
            } else {
                let over = f.over().join("，");
                println!("{:<9} {:>7} B {median:>8.2} ms {p99:>8.2} ms  {} {over}", f.role, f.bytes, f.page);
            }
        }
        for page in &closed {
            eprintln!("未打开：{page}");
        }
        let over: Vec<&Figure> = figures.iter().filter(|f| !f.over().is_empty()).collect();
        for f in &over {
            eprintln!("超限：{} {}：{}", f.role, f.page, f.over().join("，"));
        }
        eprintln!("{}人，{}页，超限{}页", self.people, figures.len(), over.len());
        Ok(if over.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
