//! `kaguan demo`: everything from nothing, with real files and simulated partners.

use crate::data_dir::DataDir;
use crate::import::{Bar, ImportHead, Imported, Step, name_of};
use crate::listen::listen;
use crate::open::{For, Prepared, Writing};
use crate::serve::{self, Account, Doors, Socket};
use crate::{control, life, reconcile, sample, walk};
use anyhow::{Context, bail, ensure};
use clap::Args;
use kaguan_domain::application::UnitForm;
use kaguan_domain::ctx::{Channel, Instant};
use kaguan_domain::facts::clock::Clock;
use kaguan_domain::ids::{CityCode, UnitId};
use kaguan_partner_sim::{BadDay, Bank, Surroundings, Vendor};
use kaguan_service::Service;
use kaguan_service::clock::TimeSource;
use kaguan_store::Store;
use kaguan_web::papers::Printing;
use kaguan_web::{Bounds, Limits};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// How large.
#[derive(Args)]
pub struct Demo {
    /// 人数
    #[arg(long, default_value_t = 1000)]
    people: usize,
    /// 故意写错的行数；缺省为人数的五十分之一
    #[arg(long)]
    errors: Option<usize>,
    /// 服务银行代码
    #[arg(long, default_value = "95588")]
    bank: String,
    /// 办完即退出，不启动控制台
    #[arg(long)]
    exit: bool,
    /// 清空目录中此前的演示，重新开始
    #[arg(long)]
    anew: bool,
    /// 控制台监听地址
    #[arg(long, default_value = "127.0.0.1:8018")]
    listen: std::net::SocketAddr,
}

/// What came of the second half.
struct Again {
    /// How many asked for another card.
    replaced: usize,
    /// The batches of the new cards.
    batches: Vec<kaguan_domain::ids::BatchId>,
}

/// Prints what was done and how long it took.
struct Steps {
    began: std::time::Instant,
}

impl Steps {
    fn done(&mut self, what: &str) {
        println!("[{:>7.2}s] {what}", self.began.elapsed().as_secs_f64());
        self.began = std::time::Instant::now();
    }
}

/// How far the demo of a database is: kept in meta under this name.
const DEMO: &str = "demo";
/// It was begun; whatever lies there is its own, and can be told again.
const BEGUN: &str = "begun";
/// It was told to its end, or somebody has gone on from its middle.
const THEIRS: &str = "done";

/// Somebody serves what a demo that stopped half-way left: from now on it is theirs, and no demo takes it away by itself.
pub async fn leave(store: &Store) -> anyhow::Result<()> {
    if store.meta(DEMO).await?.as_deref() == Some(BEGUN) {
        store.put_meta(DEMO, THEIRS).await?;
    }
    Ok(())
}

const DAY: i64 = 86_400_000_000;
/// The story begins so many days ago: it lives through some three weeks, and ends today.
const AGO: i64 = 28;

/// Brings a clock that was moved by hand to what the machine's says; it never goes back.
fn to_now(clock: &TimeSource) {
    clock.set(clock.now().max(TimeSource::Machine.now()));
}

/// Has it go with the machine's from now on: what partners sign and the codes of telephones are of the same time.
async fn go_on(clock: TimeSource) {
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    loop {
        tick.tick().await;
        to_now(&clock);
    }
}

impl Demo {
    /// Runs it.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        dir.make()?;
        let lock = dir.lock_or_say("demo")?;
        // Kept from now on: what takes a minute does not end at an address that is in use.
        let listener = if self.exit { None } else { Some(listen(self.listen)?) };
        let mut prepared = Prepared::open(dir, lock, For::Making).await?;
        self.empty(dir, &mut prepared).await?;
        // The demo lives through some weeks in a minute: its clock starts that long ago, is moved by hand and ends at the present.
        let clock = TimeSource::fixed(Instant(TimeSource::Machine.now().0 - AGO * DAY));
        let surroundings = Surroundings::new();
        let writing = prepared.simulated(clock.clone(), &surroundings).await?;
        let accounts = match &listener {
            // Whoever serves it later is told then.
            None => Vec::new(),
            Some(_) => serve::accounts(&writing.service).await?,
        };
        serve::print(&accounts);
        self.tell(dir, &writing.service, &clock, &surroundings).await?;
        writing.service.store().put_meta(DEMO, THEIRS).await?;
        match listener {
            None => writing.end().await,
            Some(listener) => {
                // From the end of the story on time goes on: sessions end, and whoever guessed may try again.
                tokio::spawn(go_on(clock));
                return self.serve(dir, writing, surroundings, listener, &accounts).await;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Sees that the demo begins on nothing: what a demo left that stopped half-way is taken away, one that was told to its
    /// end only when asked for, anything else never.
    async fn empty(&self, dir: &DataDir, prepared: &mut Prepared) -> anyhow::Result<()> {
        let path = dir.path().display();
        match prepared.store.meta(DEMO).await?.as_deref() {
            None => {
                ensure!(
                    prepared.standing.entries == 0,
                    "数据目录 {path} 中已有数据，且不是演示数据；演示只在空目录上进行。请以 --data 另选一个目录"
                );
                prepared.try_out(dir).await?;
                prepared.store.put_meta(DEMO, BEGUN).await?;
            }
            Some(BEGUN) => {
                println!("上次演示没有办完：清空后重新开始");
                prepared.clear(&[DEMO]).await?;
            }
            Some(_) if self.anew => {
                println!("清空此前的演示，重新开始");
                prepared.store.put_meta(DEMO, BEGUN).await?;
                prepared.clear(&[DEMO]).await?;
            }
            Some(_) => bail!(
                "数据目录 {path} 中已有一次演示。继续使用请运行 kaguan serve；重新演示请加 --anew（清空该演示的数据）；\
                 或以 --data 另选一个目录"
            ),
        }
        Ok(())
    }

    async fn serve(
        &self,
        dir: &DataDir,
        writing: Writing,
        surroundings: Surroundings,
        listener: std::net::TcpListener,
        accounts: &[Account],
    ) -> anyhow::Result<ExitCode> {
        let socket = Socket { listener: control::open(dir).await?, banks: reconcile::http(dir)? };
        let (printing, proxies) = (Printing::default(), Vec::new());
        let bounds = Arc::new(Bounds::new(Limits::default(), dir.path()));
        let doors = Doors { listener, tls: None, over_tls: false, socket, printing, proxies, bounds };
        serve::serve(dir, writing, Some(surroundings), doors, accounts, 0).await
    }

    /// The whole story.
    async fn tell(
        &self,
        dir: &DataDir,
        service: &Service,
        clock: &TimeSource,
        surroundings: &Surroundings,
    ) -> anyhow::Result<()> {
        let whole = std::time::Instant::now();
        let mut steps = Steps { began: whole };
        steps.done(&format!("建省：{}个机构", service.institutions().orgs().count()));
        let taken = self.applications(dir, service, clock.now(), &mut steps).await?;
        let batches = self.cards(service, clock, &mut steps).await?;
        self.distribution(service, clock, &batches, &mut steps).await?;
        let again = self.life(service, clock, surroundings, &mut steps).await?;
        let delivered = service.deliver().await?;
        steps.done(&format!(
            "发件箱：送达{}，其中电子社保卡申领{}",
            delivered.delivered,
            surroundings.ecard.messages().len()
        ));
        let places = walk::places(service).await?;
        let people: usize = places.values().sum();
        println!("\n环节　　　　　　人数");
        for (p, n) in &places {
            println!("{}　{n}", pad(p.name(), 8));
        }
        println!("\n卡片状态　　　　　　　　　　张数");
        for (state, n) in life::states(service).await? {
            println!("{}　{n}", pad(&state, 14));
        }
        if people != taken + again.replaced {
            bail!("接收了{taken}人、补换卡{}人，各环节合计{people}人", again.replaced);
        }
        let batches: Vec<_> = batches.into_iter().chain(again.batches).collect();
        self.clocks(service, &batches).await?;
        let report = service.store().check().await?;
        println!(
            "\n日志{}条、区块{}个已核验并重放；档案{}份；保管账合计{}；问题{}处",
            report.entries,
            report.blocks,
            report.holders,
            report.balance,
            report.findings.len()
        );
        steps.done("核验日志");
        if !report.findings.is_empty() {
            bail!("日志核验发现问题：{:?}", report.findings);
        }
        println!(
            "演示完成，共{:.1}秒。数据在 {}，可用 kaguan progress 号码、kaguan check 查看",
            whole.elapsed().as_secs_f64(),
            dir.path().display()
        );
        Ok(())
    }

    /// A file with mistakes, its good rows, and the corrected ones.
    async fn applications(
        &self,
        dir: &DataDir,
        service: &Service,
        start: Instant,
        steps: &mut Steps,
    ) -> anyhow::Result<usize> {
        let errors = self.errors.unwrap_or(self.people / 50);
        let sample = sample::of(self.people, errors, 1, &self.bank, start.date());
        let files = dir.path().join("demo");
        let path = sample::save(&files, &sample.name, &sample.entries)?;
        let size = std::fs::metadata(&path)?.len();
        steps.done(&format!("造文件：{}（{:.1}MB）", path.display(), size as f64 / 1e6));
        let unit = papers(service, self.people, start).await?;
        let first = import(service, &path, unit, true, dir.json).await?;
        first.show(40);
        steps.done(&format!("导入：{}行", first.rows));
        let wrong: BTreeSet<usize> = first.errors.iter().map(|e| e.row).filter(|r| *r > 0).collect();
        let mut taken = first.accepted;
        if !wrong.is_empty() {
            let corrected: Vec<_> = wrong.iter().map(|r| sample.corrected[r - 1].clone()).collect();
            let path = sample::save(&files, &sample.name, &corrected)?;
            let second = import(service, &path, unit, false, dir.json).await?;
            second.show(20);
            taken += second.accepted;
            steps.done(&format!("更正后再导入：{}行", second.rows));
        }
        if taken != self.people {
            bail!("{}人中只接收了{taken}人", self.people);
        }
        Ok(taken)
    }

    /// Batches, accounts, cards; failures are settled and go round again.
    async fn cards(
        &self,
        service: &Service,
        clock: &TimeSource,
        steps: &mut Steps,
    ) -> anyhow::Result<Vec<kaguan_domain::ids::BatchId>> {
        let city = CityCode("4401".into());
        let mut bank = Bank::new(&self.bank, BadDay { fail_one_in: 97, change_one_in: 211 });
        let mut other = Bank::new(life::OTHER_BANK, BadDay::default());
        let mut vendor = Vendor::new("1", BadDay { fail_one_in: 89, change_one_in: 0 });
        let mut all = Vec::new();
        for round in 1..=4 {
            let batches = walk::confirm_batches(service, &city).await?;
            if batches.is_empty() {
                break;
            }
            steps.done(&format!("第{round}轮 批次筛选与确认：{}个批次", batches.len()));
            move_days(clock, 1);
            let (_, rows) = bank.work(service).await?;
            let (_, moved) = other.work(service).await?;
            let rows = rows + moved;
            let failed = walk::settle_failures(service, &batches, walk::FailedAt::Bank).await?;
            steps.done(&format!("第{round}轮 预开户：回盘{rows}行，失败{failed}行已处理待重新进批次"));
            walk::hand_out(service, "1").await?;
            move_days(clock, 3);
            let (_, rows) = vendor.work(service).await?;
            let failed = walk::settle_failures(service, &batches, walk::FailedAt::Vendor).await?;
            steps.done(&format!("第{round}轮 制卡：回盘{rows}行，失败{failed}行已处理待重新进批次"));
            all.extend(batches);
            // The partners have a better day afterwards.
            bank.bad_day = BadDay::default();
            vendor.bad_day = BadDay::default();
        }
        Ok(all)
    }

    async fn distribution(
        &self,
        service: &Service,
        clock: &TimeSource,
        batches: &[kaguan_domain::ids::BatchId],
        steps: &mut Steps,
    ) -> anyhow::Result<()> {
        let mut hops = 0;
        loop {
            let moved = walk::one_hop(service, batches, walk::as_booked).await?;
            if moved == 0 {
                break;
            }
            hops += moved;
            move_days(clock, 1);
        }
        steps.done(&format!("四级分发：交接{hops}次"));
        let (boxes, people) = walk::collect(service, batches).await?;
        steps.done(&format!("领取：单位代领{boxes}箱，个人领卡启用{people}人"));
        let (enabled, activated) = walk::enable_and_activate(service, &CityCode("4401".into()), 7).await?;
        steps.done(&format!("启用{enabled}人，激活账户{activated}人"));
        Ok(())
    }

    /// The life of the cards: what befalls people, the banks' answers, and the new cards on their way.
    async fn life(
        &self,
        service: &Service,
        clock: &TimeSource,
        surroundings: &Surroundings,
        steps: &mut Steps,
    ) -> anyhow::Result<Again> {
        let city = CityCode("4401".into());
        let tally = life::befall(service, &city).await?;
        for (what, n) in &tally {
            println!("{}　{n}", pad(what, 14));
        }
        let replaced =
            ["正式挂失后补卡", "损坏换卡", "变更服务银行"].iter().filter_map(|w| tally.get(w)).sum();
        service.deliver().await?;
        let mirrored = Bank::mirror(service, &surroundings.banks, BadDay::default()).await?;
        steps.done(&format!("在用卡业务：{}人；银行联动办结{mirrored}笔", tally.values().sum::<usize>()));
        let batches = self.cards(service, clock, steps).await?;
        self.distribution(service, clock, &batches, steps).await?;
        service.deliver().await?;
        let mirrored = Bank::mirror(service, &surroundings.banks, BadDay::default()).await?;
        // What is left of the time passes, and with it what falls due.
        to_now(clock);
        let done = service.duties().await?;
        steps.done(&format!(
            "新卡领取：旧卡注销、旧账户销户{mirrored}笔；值守{}项",
            done.values().sum::<usize>()
        ));
        Ok(Again { replaced, batches })
    }

    async fn clocks(&self, service: &Service, batches: &[kaguan_domain::ids::BatchId]) -> anyhow::Result<()> {
        let today = service.now().date();
        let mut standings: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        let mut provisional = false;
        for id in batches {
            let file = service.batch(*id).await?.context("the batch is not there")?;
            let clocks: Vec<Clock> = file.batch.map(|b| b.clocks).unwrap_or_default();
            for c in clocks {
                provisional |= c.due.provisional;
                *standings.entry((c.kind.name(), c.standing(today).name())).or_default() += 1;
            }
        }
        println!("\n时限　　　　　　　　　　　结果　　批次");
        for ((clock, standing), n) in standings {
            println!("{}　{standing}　{n}", pad(clock, 13));
        }
        if provisional {
            let known: Vec<String> = service.institutions().calendar.years().map(|y| y.to_string()).collect();
            println!("（部分到期日为暂定：放假通知只载入到{}年）", known.last().map_or("", String::as_str));
        }
        Ok(())
    }
}

/// Some days later, but never later than the machine's own time.
fn move_days(clock: &TimeSource, days: i64) {
    let later = Instant(clock.now().0 + days * DAY).min(TimeSource::Machine.now());
    clock.set(later.max(clock.now()));
}

fn pad(text: &str, to: usize) -> String {
    let short = to.saturating_sub(text.chars().count());
    format!("{text}{}", "　".repeat(short))
}

/// 批量申请-受理登记 at an outlet of the city: an officer says what was seen of the employer's papers.
async fn papers(service: &Service, people: usize, now: Instant) -> anyhow::Result<UnitId> {
    let institutions = service.institutions();
    let outlet = institutions.org_by_code("44010600000101").context("the demo's outlet is not there")?;
    let clerk = walk::officer(service, outlet).await?;
    let today = now.date().strftime("%Y%m%d").to_string();
    let seen = || Some("1".to_owned());
    let form = UnitForm {
        form_no: "4401U000000000000001".into(),
        kind: "enterprise".into(),
        employer_code: "91440101SAMPLE0001".into(),
        employer_name: "广州样例制造有限公司".into(),
        address: "广州市天河区样例路1号".into(),
        operator_name: "李四".into(),
        operator_sex: "1".into(),
        operator_document: "1".into(),
        operator_number: kaguan_files::sample::citizen_number("440106", jiff::civil::date(1990, 1, 1), 1),
        operator_phone: "13900000000".into(),
        authorisation: "样例委托书1号".into(),
        matter: "批量申领社会保障卡".into(),
        until: "20991231".into(),
        people: people.to_string(),
        applied_on: today.clone(),
        accepted_on: today,
        operator_verified: seen(),
        proof: seen(),
        authorisation_kept: seen(),
        operator_copy: seen(),
        applicant_copies: seen(),
        personal_forms: seen(),
        consents: seen(),
    };
    let ctx = service.ctx(clerk, Channel::Console, Some("demo-unit".into()));
    Ok(service.register_unit(ctx, outlet.id, None, &form).await?)
}

/// Takes a file in, with a progress bar.
async fn import(
    service: &Service,
    path: &Path,
    unit: UnitId,
    good_rows: bool,
    quiet: bool,
) -> anyhow::Result<Imported> {
    let head = ImportHead { name: name_of(path), good_rows, unit: Some(unit.0), ..ImportHead::default() };
    let bar = Bar::new(quiet);
    let told = bar.clone();
    let imported = head.import(service, path, move |stage| told.show(&Step::of(stage))).await;
    bar.end();
    let imported = imported?;
    ensure!(!imported.refused, "整个文件不予接收：{}", imported.sentence());
    Ok(imported)
}
