//! `kaguan bench`: ratios of `quality.md`, each measured beside its baseline in the same run. The journal is checked
//! after each; a figure with a failed check does not count.

mod http;
mod pages;
mod partners;

use crate::data_dir::DataDir;
use crate::{load, sample};
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use kaguan_files::photo::Level;
use kaguan_files::sbk2::{Limits, Options, read};
use kaguan_partner_sim::Surroundings;
use kaguan_service::Service;
use kaguan_service::clock::TimeSource;
use kaguan_service::setup::set_up;
use kaguan_store::Store;
use private_postgres::PrivatePostgres;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What to measure.
#[derive(Args)]
pub struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// S1、S3、S4：命令吞吐与时延，对照 pgbench 与批量为 1 的 SQLite
    Commands {
        /// 每项的命令数
        #[arg(long, default_value_t = 20_000)]
        commands: u32,
    },
    /// S2：经 HTTP 的命令吞吐，对照 pgbench
    Http {
        /// 命令数
        #[arg(long, default_value_t = 20_000)]
        commands: u32,
    },
    /// S5：卡状态查询，对照只回 hello 的 axum
    Status {
        /// 查询数
        #[arg(long, default_value_t = 100_000)]
        requests: u32,
    },
    /// 合作方接口：批量回盘对照 COPY，带签名的卡状态查询对照只回 hello 的 axum
    Partners {
        /// 回盘行数
        #[arg(long, default_value_t = 100_000)]
        rows: u32,
        /// 查询数
        #[arg(long, default_value_t = 50_000)]
        requests: u32,
    },
    /// 控制台每一页：大小与时延，一个处理器核，数据库中有许多人
    Pages(pages::Pages),
    /// S6、S7：SBK2 核验，对照 unzip 与 djpeg
    Sbk2 {
        /// 人数
        #[arg(long, default_value_t = 2_000)]
        people: usize,
    },
}

/// One command's SQL as its transaction would run it by itself: what the executor writes for an application, without
/// the journal's head, which 256 such transactions would queue for.
const ONE_COMMAND: &str = "\
\\set h random(1, 9000000000000000)
BEGIN;
SELECT digest, holder_id FROM claim WHERE digest = ANY(ARRAY[sha256(:h::text::bytea), sha256(('f' || :h)::bytea)]);
SELECT key_digest, body_digest, entry FROM request_key WHERE key_digest = sha256(('k' || :h)::bytea);
SELECT holder_id, version, person FROM holder WHERE holder_id = :h;
INSERT INTO journal_entry (seq, at, actor, channel, subject, command, outcome, clause, personal, events) VALUES (:h, 1, 'system', 'console', 'holder:' || :h, 'application.apply', 'done', '', 1, convert_to(repeat('e', 2200), 'UTF8'));
INSERT INTO request_key (key_digest, body_digest, entry) VALUES (sha256(('k' || :h)::bytea), sha256('b'::bytea), :h);
INSERT INTO claim (digest, kind, holder_id) VALUES (sha256(:h::text::bytea), 'number', :h), (sha256(('f' || :h)::bytea), 'form', :h) ON CONFLICT (digest) DO NOTHING;
INSERT INTO holder (holder_id, version, person) VALUES (:h, 1, convert_to(repeat('p', 900), 'UTF8')) ON CONFLICT (holder_id) DO UPDATE SET version = excluded.version, person = excluded.person WHERE holder.version < excluded.version;
INSERT INTO application (holder_id, application_id, stage, batch_id, unit_id, city, bank, outlet, collect_at, urgent, settled, received_on, body) VALUES (:h, :h, 'accepted', NULL, NULL, '4401', '95588', 1, 1, 0, 1, '2026-11-23', convert_to(repeat('a', 900), 'UTF8')) ON CONFLICT (holder_id, application_id) DO NOTHING;
COMMIT;
";

impl Bench {
    /// Measures.
    pub async fn run(&self, data: &DataDir) -> anyhow::Result<ExitCode> {
        if let What::Pages(pages) = &self.what {
            return pages.run(data).await;
        }
        let dir = tempfile::tempdir()?;
        let figures = match &self.what {
            What::Commands { commands } => self.commands(dir.path(), *commands).await?,
            What::Http { commands } => http::commands(dir.path(), *commands).await?,
            What::Status { requests } => http::status(dir.path(), *requests).await?,
            What::Partners { rows, requests } => partners::run(dir.path(), *rows, *requests).await?,
            What::Sbk2 { people } => sbk2(dir.path(), *people)?,
            What::Pages(_) => Vec::new(),
        };
        for (name, must, goal, value, note) in figures {
            let met =
                if name == "S4" || name == "S6" || name == "S7" { value <= must } else { value >= must };
            if data.json {
                let line = serde_json::json!({ "figure": name, "ratio": value, "must": must, "goal": goal, "met": met, "note": note });
                println!("{line}");
            } else {
                let bound = match (must > 0.0, met) {
                    (false, _) => String::new(),
                    (true, met) => {
                        format!("(must {must}, goal {goal}) {}", if met { "met" } else { "NOT met" })
                    }
                };
                println!("{name}  {value:.3}  {bound}  {note}");
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn commands(&self, dir: &Path, n: u32) -> anyhow::Result<Vec<Figure>> {
        let server = PrivatePostgres::start()?;
        let script = dir.join("one.sql");
        std::fs::write(&script, ONE_COMMAND)?;
        let key = |name: &str| dir.join(format!("{name}.key"));
        // pgbench runs against our own schema, with our own rows in it.
        let baseline = server.database("baseline")?;
        drop(Store::open(&baseline, &key("baseline")).await?);
        let many = pgbench(&server, &baseline, &script, 256)?;
        let one = pgbench(&server, &baseline, &script, 1)?;
        let ours = server.database("ours")?;
        let postgres_256 = rate(&ours, &key("ours"), n, 256, None).await?;
        let single = server.database("single")?;
        let postgres_1 = rate(&single, &key("single"), (n / 20).max(200), 1, None).await?;
        let lite = |name: &str| format!("sqlite:{}", dir.join(name).display());
        let sqlite_256 = rate(&lite("a.db"), &key("a"), n, 256, None).await?;
        let sqlite_alone = rate(&lite("b.db"), &key("b"), (n / 10).max(500), 256, Some(1)).await?;
        let say = |p: &Pace| format!("{:.0}/s, {:.0} a commit", p.a_second, p.a_commit);
        Ok(vec![
            (
                "S1",
                2.5,
                4.0,
                postgres_256.a_second / many.a_second,
                format!("{}; pgbench -c 256 {:.0}/s", say(&postgres_256), many.a_second),
            ),
            (
                "S3",
                10.0,
                30.0,
                sqlite_256.a_second / sqlite_alone.a_second,
                format!("{}; batch of 1 {:.0}/s", say(&sqlite_256), sqlite_alone.a_second),
            ),
            (
                "S4",
                1.3,
                1.1,
                postgres_1.median.as_secs_f64() / one.median.as_secs_f64(),
                format!("median {:.2?}, pgbench -c 1 {:.2?}", postgres_1.median, one.median),
            ),
        ])
    }
}

/// How fast something went.
struct Pace {
    a_second: f64,
    /// The median time of one.
    median: Duration,
    /// Commands of one commit.
    a_commit: f64,
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

type Figure = (&'static str, f64, f64, f64, String);

/// Applications a second.
async fn rate(url: &str, key: &Path, n: u32, callers: u32, most: Option<usize>) -> anyhow::Result<Pace> {
    let store = Arc::new(Store::open(url, key).await?);
    let most = most.unwrap_or(kaguan_service::executor::MOST);
    let service =
        Service::start_with(store, TimeSource::Machine, Surroundings::new().partners(), most).await?;
    set_up(&service).await?;
    load::applications(&service, 0, 200, callers, |_, _| Ok(())).await?;
    let began = Instant::now();
    let commits = service.store().engine().counters().commits.load(Ordering::Relaxed);
    let times = load::applications(&service, 200, 200 + n, callers, |_, _| Ok(())).await?;
    let a_second = f64::from(n) / began.elapsed().as_secs_f64();
    let commits = service.store().engine().counters().commits.load(Ordering::Relaxed) - commits;
    check(&service).await?;
    Ok(Pace { a_second, median: median(times), a_commit: f64::from(n) / commits as f64 })
}

/// A figure with a failed check does not count.
async fn check(service: &Service) -> anyhow::Result<()> {
    let report = service.store().check().await?;
    if !report.findings.is_empty() {
        bail!("the check after the measurement failed: {:?}", report.findings);
    }
    Ok(())
}

fn pgbench(server: &PrivatePostgres, url: &str, script: &Path, clients: u32) -> anyhow::Result<Pace> {
    let logs = tempfile::tempdir()?;
    let out = Command::new(server.program("pgbench"))
        .args(["-n", "-M", "prepared", "-T", "10", "-j", "2", "-c", &clients.to_string(), "-l", "-f"])
        .arg(script)
        .arg(format!("--log-prefix={}/log", logs.path().display()))
        .arg(url)
        .output()
        .context("failed to run pgbench")?;
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    let tps = said.lines().find_map(|l| l.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    let a_second =
        tps.with_context(|| format!("pgbench said: {said}{}", String::from_utf8_lossy(&out.stderr)))?;
    let mut times = Vec::new();
    for log in std::fs::read_dir(logs.path())? {
        // A line is: client, transaction, its time in microseconds, and more.
        let text = std::fs::read_to_string(log?.path())?;
        times.extend(
            text.lines().filter_map(|l| l.split(' ').nth(2)?.parse().ok()).map(Duration::from_micros),
        );
    }
    Ok(Pace { a_second, median: median(times), a_commit: 1.0 })
}

/// The shortest of three: what the machine can do when nothing else runs.
fn shortest(mut work: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let began = Instant::now();
        work()?;
        best = best.min(began.elapsed());
    }
    Ok(best.as_secs_f64())
}

fn sbk2(dir: &Path, people: usize) -> anyhow::Result<Vec<Figure>> {
    let sample = sample::of(people, 0, 1, "95588", TimeSource::Machine.now().date());
    let path = sample::save(dir, &sample.name, &sample.entries)?;
    let photos = dir.join("photos");
    std::fs::create_dir(&photos)?;
    for (n, (_, bytes)) in sample.entries.iter().filter_map(|e| e.photo.as_ref()).enumerate() {
        std::fs::write(photos.join(format!("{n}.jpg")), bytes)?;
    }
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let judge = |photos| {
        let options = Options {
            limits: Limits::default(),
            today: TimeSource::Machine.now().date(),
            photos: Some(photos),
            threads: 2,
            progress: &|_| {},
            cancel: &AtomicBool::new(false),
        };
        match read(&path, &name, &options) {
            Ok(file) if file.judged.all_errors().next().is_none() => Ok(()),
            _ => bail!("the sample was not judged clean"),
        }
    };
    let quiet = |program: &str, args: &[&std::ffi::OsStr]| -> anyhow::Result<()> {
        let status = Command::new(program).args(args).stdout(Stdio::null()).status();
        let status = status.with_context(|| format!("install {program} first"))?;
        if status.success() { Ok(()) } else { bail!("{program} failed") }
    };
    let unzip = shortest(|| quiet("unzip", &["-tqq".as_ref(), path.as_os_str()]))?;
    let structure = shortest(|| judge(Level::Structure))?;
    let full = shortest(|| judge(Level::Decode))?;
    let files: Vec<_> = std::fs::read_dir(&photos)?.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
    let djpeg = shortest(|| files.iter().try_for_each(|f| quiet("djpeg", &[f.as_os_str()])))?;
    Ok(vec![
        (
            "S6",
            0.8,
            0.5,
            structure / unzip,
            format!("{structure:.3} s, unzip -t {unzip:.3} s, {people} people"),
        ),
        (
            "S7",
            0.7,
            0.45,
            full / (unzip + djpeg),
            format!("{full:.3} s, unzip -t + djpeg {:.3} s (a process a photo)", unzip + djpeg),
        ),
    ])
}
