//! `kaguan sandbox`: a province for trying things out, with so many test cards in each state that a partner's program has to know. It is
//! made in some seconds, listed as often as one likes, and begun anew by `--reset`, with the partners that are registered in it.

use crate::control::{Control, DutiesDone};
use crate::counter::Clerk;
use crate::data_dir::DataDir;
use crate::open::{self, For, Prepared};
use crate::send::{self, Kind};
use crate::server_line::ServerLine;
use crate::{load, walk};
use anyhow::{Context, ensure};
use clap::Args;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::custody::Custody;
use kaguan_domain::facts::partner::Partner;
use kaguan_domain::ids::{BatchId, CityCode, PartnerId};
use kaguan_domain::institution::InstitutionCommand;
use kaguan_partner_sim::{BadDay, Bank, Surroundings, Vendor};
use kaguan_service::clock::TimeSource;
use kaguan_service::{Command, Service, now_in};
use kaguan_store::Store;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::process::ExitCode;

/// What says that a database is a sandbox.
const SANDBOX: &str = "sandbox";
/// The bank whose cards they are.
const BANK: &str = "95588";

/// How large.
#[derive(Args)]
pub struct Sandbox {
    /// 每种状态的测试卡张数
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=200))]
    cards: u32,
    /// 清空后重新建立；已登记的合作方和公钥保留
    #[arg(long)]
    reset: bool,
    /// 不重建：另收这么多人的申请，筛选并确认批次，等待银行提取；服务运行中也可以
    #[arg(long, conflicts_with = "reset", value_parser = clap::value_parser!(u32).range(1..=1000))]
    batch: Option<u32>,
    /// 不重建：业务时钟向前移动这么多日，逐日办理到期的值守事项并发送消息；签名时间仍是真实时间；服务运行中也可以
    #[arg(long, conflicts_with_all = ["reset", "batch"], value_parser = clap::value_parser!(u32).range(1..=400))]
    days: Option<u32>,
}

/// What becomes of a test card.
enum Becomes {
    /// It waits at its outlet.
    Waiting,
    /// It is in hand, and its account is not active.
    NotActive,
    /// It is in hand and active, and then this happens.
    After(&'static [Kind]),
}

const STATES: [Becomes; 8] = [
    Becomes::After(&[]),
    Becomes::Waiting,
    Becomes::NotActive,
    Becomes::After(&[Kind::LoseTemporarily]),
    Becomes::After(&[Kind::LoseFormally]),
    Becomes::After(&[Kind::Lock]),
    Becomes::After(&[Kind::Restrict]),
    Becomes::After(&[Kind::Close]),
];

impl Sandbox {
    /// Makes it, or lists what is there.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        if let Some(people) = self.batch {
            let numbers = ServerLine::with(dir, "sandbox", async |line| line.batch_of(people).await).await?;
            numbers.iter().for_each(|number| println!("批次 {number}：已确认，待银行提取"));
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(days) = self.days {
            let gone = ServerLine::with(dir, "sandbox", async |line| line.go_ahead(days).await).await?;
            return gone.say(dir.json);
        }
        if !self.reset
            && let Ok(store) = open::read(dir).await
            && store.meta(SANDBOX).await?.is_some()
        {
            list(&store, dir.json).await?;
            return Ok(ExitCode::SUCCESS);
        }
        dir.make()?;
        let mut prepared = Prepared::open(dir, dir.lock_or_say("sandbox")?, For::Making).await?;
        let mut partners: Vec<Partner> = Vec::new();
        if prepared.store.meta(SANDBOX).await?.is_some() {
            ensure!(self.reset, "测试环境没有建完：请加 --reset 重新建立");
            partners = open::institutions(&prepared.store).await?.partners().cloned().collect();
            prepared.clear(&[SANDBOX]).await?;
        } else {
            let path = dir.path().display();
            ensure!(
                prepared.standing.entries == 0,
                "数据目录 {path} 中已有数据，且不是 kaguan sandbox 建立的。请以 --data 另选一个目录"
            );
            prepared.try_out(dir).await?;
            prepared.store.put_meta(SANDBOX, "1").await?;
        }
        let surroundings = Surroundings::new();
        let writing = prepared.simulated(TimeSource::Machine, &surroundings).await?;
        let made = self.fill(&writing.service, &surroundings).await;
        for partner in partners {
            let command = Command::Institution(InstitutionCommand::RegisterPartner(partner));
            let ctx = writing.service.ctx(Actor::System, Channel::CommandLine, None);
            writing.service.execute(ctx, command).await?;
        }
        let listed = match made {
            Ok(()) => list(writing.service.store(), dir.json).await,
            Err(why) => Err(why),
        };
        writing.end().await;
        listed?;
        if !dir.json {
            println!("启动：kaguan --data {} serve；发消息：kaguan partner send", dir.path().display());
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The cards, each by every step of whoever's step it is.
    async fn fill(&self, service: &Service, surroundings: &Surroundings) -> anyhow::Result<()> {
        let all = self.cards * u32::try_from(STATES.len())?;
        let batches = confirmed(service, all).await?;
        Bank::new(BANK, BadDay::default()).work(service).await?;
        walk::hand_out(service, "1").await?;
        Vendor::new("1", BadDay::default()).work(service).await?;
        while walk::one_hop(service, &batches, walk::as_booked).await? > 0 {}
        let partner = PartnerId::parse(&format!("bank:{BANK}")).context("the bank's own name")?;
        let mut files = Vec::new();
        let mut people = service.store().people();
        while let Some(page) = people.next().await? {
            files.extend(page.files().cloned());
        }
        for (n, file) in files.iter().enumerate() {
            let card = file.cards.last().context("somebody has no card")?;
            let becomes = &STATES[n % STATES.len()];
            if matches!(becomes, Becomes::Waiting) {
                continue;
            }
            let outlet = file.application(card.application).context("a card of no application")?.collect_at;
            let officer = walk::officer_of(service, outlet).await?;
            let mut clerk = Clerk::of(service);
            let mut steps = vec![(officer, C::HandOver(clerk.hand_over(file, card.id, outlet)))];
            if let Becomes::After(_) = becomes {
                let bank = Actor::Bank(card.bank.clone());
                steps.push((bank, C::Activate(clerk.activate(file, card.id))));
            }
            clerk.keep_images().await?;
            send::all(service, file.id, steps).await?;
            if let Becomes::After(kinds) = becomes {
                for kind in *kinds {
                    send::business(service, *kind, (file.id, card.id), &partner).await?;
                }
            }
        }
        service.deliver().await?;
        Bank::mirror(service, &surroundings.banks, BadDay::default()).await?;
        Ok(())
    }
}

/// So many people apply, and their batches are confirmed.
async fn confirmed(service: &Service, people: u32) -> anyhow::Result<Vec<BatchId>> {
    let from = u32::try_from(service.store().reserve(SANDBOX, i64::from(people)).await?)?;
    load::applications(service, from, from + people, 64, |_, _| Ok(())).await?;
    walk::confirm_batches(service, &CityCode("4401".into())).await
}

/// What the days that went by in a sandbox brought.
#[derive(Serialize, Deserialize)]
pub struct Gone {
    /// The day that it is there now, as `2026-12-05`.
    today: String,
    /// What fell due.
    duties: DutiesDone,
}

impl Gone {
    fn say(&self, json: bool) -> anyhow::Result<ExitCode> {
        if json {
            println!("{}", serde_json::to_string(self)?);
        } else {
            println!("测试环境的业务日期：{}", self.today);
            self.duties.say();
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// So many days go by in a sandbox, each with what falls due on it.
pub async fn go_ahead(control: &Control, days: u32) -> anyhow::Result<Gone> {
    let service = &control.service;
    ensure_sandbox(service).await?;
    let mut duties = DutiesDone { done: BTreeMap::new(), delivered: 0 };
    for _ in 0..days {
        service.go_a_day_ahead().await?;
        duties.add(control.duties().await.map_err(anyhow::Error::msg)?);
        service.compare_deaths().await?;
        service.end_periods().await?;
        service.tell_ready().await?;
    }
    Ok(Gone { today: service.now().date().to_string(), duties })
}

async fn ensure_sandbox(service: &Service) -> anyhow::Result<()> {
    ensure!(service.store().meta(SANDBOX).await?.is_some(), "只在 kaguan sandbox 建立的环境中办理");
    Ok(())
}

/// A batch of new people that waits for its bank; the numbers of the batches.
pub async fn batch_of(service: &Service, people: u32) -> anyhow::Result<Vec<String>> {
    ensure_sandbox(service).await?;
    let mut numbers = Vec::new();
    for id in confirmed(service, people).await? {
        let batch = service.batch(id).await?.and_then(|file| file.batch).context("the batch is not there")?;
        numbers.push(batch.number);
    }
    Ok(numbers)
}

/// Prints every test card.
async fn list(store: &Store, json: bool) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    let mut people = store.people();
    while let Some(page) = people.next().await? {
        for card in page.files().flat_map(|f| &f.cards) {
            let held = if matches!(card.custody, Custody::WithHolder { .. }) { "" } else { "，未领取" };
            let closed = if card.is_cancelled() { "，社保卡已注销" } else { "" };
            let state = format!("{}{held}{closed}", card.mirror());
            let account = &card.bank_account;
            rows.push((
                state,
                account.bank_card_no.as_str().to_owned(),
                account.account_no.0.clone(),
                card.mirror().bits(),
            ));
        }
    }
    rows.sort();
    let today = now_in(store).await?.date().to_string();
    if json {
        let one = |(state, bank_card_no, account_no, mirror): &(String, String, String, i64)| serde_json::json!({ "state": state, "bank_card_no": bank_card_no, "account_no": account_no, "mirror": mirror });
        println!(
            "{}",
            serde_json::json!({ "today": today, "cards": rows.iter().map(one).collect::<Vec<_>>() })
        );
        return Ok(());
    }
    println!("测试环境的业务日期：{today}");
    println!("银行卡号　　　　　　　银行账户　　　　　　　对账状态码　状态");
    for (state, bank_card_no, account_no, mirror) in rows {
        println!("{bank_card_no}　{account_no}　{mirror:>2}　{state}");
    }
    Ok(())
}
