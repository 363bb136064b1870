//! `kaguan simulate`: years of a city's people, banks and vendors through the real executor. The same seed gives the
//! same story and the same end, on either engine.

mod city;
mod look;
mod report;

use crate::data_dir::DataDir;
use crate::open::{For, Prepared};
use anyhow::{Context, bail};
use clap::Args;
use kaguan_domain::ctx::Instant;
use kaguan_partner_sim::Surroundings;
use kaguan_service::Service;
use kaguan_service::clock::TimeSource;
use kaguan_service::setup::set_up;
use kaguan_store::engine::Engine;
use kaguan_store::{KeyRing, Store};
use std::process::ExitCode;
use std::sync::Arc;

/// The HR outlet of the city that is simulated.
const OFFICE: &str = "44010600000101";

/// A story of some days at one HR outlet that ends at a moment, told in memory: what it has left is copied by what needs many people.
pub async fn story(office: &str, people: u32, days: i64, end: Instant, seed: u64) -> anyhow::Result<Service> {
    const DAY: i64 = 86_400_000_000;
    let clock = TimeSource::fixed(Instant(end.0 - days * DAY));
    let around = Surroundings::new();
    let mut secret = [9; 32];
    secret[..8].copy_from_slice(&seed.to_le_bytes());
    let store = Store::with_keys(Engine::open("sqlite::memory:").await?, KeyRing::derived(&secret)).await?;
    let random = u32::try_from(seed & 0x003F_FFFF)?;
    let service =
        Service::start_seeded(Arc::new(store), clock.clone(), around.partners(), random, None).await?;
    set_up(&service).await?;
    let mut city = city::City::new(service.clone(), around, clock, (seed, people), office)?;
    for day in 0..days {
        city.day(day).await.with_context(|| format!("day {day} at {office}"))?;
    }
    Ok(service)
}

/// How long a story.
#[derive(Args)]
pub struct Simulate {
    /// 起始人数
    #[arg(long, default_value_t = 1000)]
    people: u32,
    /// 年数
    #[arg(long, default_value_t = 1)]
    years: u32,
    /// 种子：同一种子的过程与结果相同
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Simulate {
    /// Tells it. Without `--database` it happens in memory and leaves nothing behind.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        let start = jiff::civil::date(2026, 1, 5);
        let clock = TimeSource::fixed(Instant(Instant::at_start_of(start).0 + 9 * 3_600_000_000));
        let around = Surroundings::new();
        let random = u32::try_from(self.seed & 0x003F_FFFF)?;
        // As long as the story is told nobody else writes there.
        let mut locked = None;
        let store = if dir.names_a_database() {
            dir.make()?;
            let prepared = Prepared::open(dir, dir.lock_or_say("simulate")?, For::Making).await?;
            if !prepared.store.holders_after(kaguan_domain::ids::HolderId(i64::MIN), 1).await?.is_empty() {
                bail!("模拟须用空的数据库，本次没有办理。请以 --database 另选一个空的数据库");
            }
            prepared.try_out(dir).await?;
            let store = Arc::clone(&prepared.store);
            locked = Some(prepared);
            store
        } else {
            let mut secret = [7; 32];
            secret[..8].copy_from_slice(&self.seed.to_le_bytes());
            let engine = Engine::open("sqlite::memory:").await?;
            Arc::new(Store::with_keys(engine, KeyRing::derived(&secret)).await?)
        };
        let named = locked.as_ref().map(|p: &Prepared| (p.writer(), p.standing.epoch));
        let service = Service::start_seeded(store, clock.clone(), around.partners(), random, named).await?;
        set_up(&service).await?;
        let days = i64::from(self.years) * 365;
        let began = std::time::Instant::now();
        let mut city = city::City::new(service.clone(), around, clock, (self.seed, self.people), OFFICE)?;
        for day in 0..days {
            city.day(day).await.with_context(|| format!("day {day}"))?;
        }
        let elapsed = began.elapsed().as_secs_f64();
        city.check_identities().await?;
        let mut end = report::of(&service).await?;
        end.violations.append(&mut city.wrongs);
        if dir.json {
            let line = serde_json::json!({
                "commands": end.entries,
                "refusals": city.refusals.values().sum::<u64>(),
                "happened": city.happened,
                "cards_in_force": end.in_force,
                "violations": end.violations.len(),
                "digest": end.digest,
            });
            println!("{line}");
        } else {
            println!("模拟{days}天，命令{}条，{:.0}天/秒", end.entries, days as f64 / elapsed);
            println!("\n不予办理　　　　　　　　　　次数");
            for (code, n) in &city.refusals {
                println!("{code:<28}{n}");
            }
            println!("\n城市里发生的事");
            for (what, n) in &city.happened {
                println!("  {what}　{n}");
            }
            end.print();
        }
        service.store().lay_down().await?;
        drop(locked);
        for violation in &end.violations {
            eprintln!("违反：{violation}");
        }
        Ok(if end.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
