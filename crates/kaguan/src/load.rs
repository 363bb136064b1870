//! `kaguan load`: people apply, many at once, and every acknowledged application is a line on standard output. The
//! crash test kills it and looks at what was acknowledged.

use crate::data_dir::DataDir;
use crate::open::{For, Prepared};
use clap::Args;
use kaguan_domain::application::FilledIn;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::application::Consent;
use kaguan_domain::facts::letter::{Addressee, Letter, ShortMessage};
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::ids::MaterialId;
use kaguan_domain::records::Look;
use kaguan_files::sample::adult;
use kaguan_partner_sim::{BadDay, Surroundings};
use kaguan_service::clock::TimeSource;
use kaguan_service::{Command, Lane, Service};
use kaguan_store::MessageState;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Arguments of `kaguan load`.
#[derive(Args)]
pub struct Load {
    /// 从第几人开始
    #[arg(long, default_value_t = 0)]
    from: u32,
    /// 到第几人为止（不含）
    #[arg(long, default_value_t = 1000)]
    to: u32,
    /// 同时申请的人数
    #[arg(long, default_value_t = 64)]
    callers: u32,
    /// 同时存取相片、档案材料，投递消息，处理死信
    #[arg(long)]
    beside: bool,
}

impl Load {
    /// Runs it. A line is the person's number and the journal line of the application.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        dir.make()?;
        let prepared = Prepared::open(dir, dir.lock_or_say("load")?, For::Making).await?;
        prepared.try_out(dir).await?;
        let writing = prepared.simulated(TimeSource::Machine, &Surroundings::new()).await?;
        let beside = self.beside.then(|| tokio::spawn(beside(writing.service.clone(), self.from)));
        let applied = applications(&writing.service, self.from, self.to, self.callers, |n, entry| {
            let mut out = std::io::stdout().lock();
            writeln!(out, "{n} {entry}")?;
            out.flush()
        });
        match beside {
            // What goes beside goes on until the last has applied; whatever stops it before is an error.
            Some(mut beside) => tokio::select! {
                done = applied => {
                    beside.abort();
                    done?
                }
                stopped = &mut beside => {
                    stopped??;
                    anyhow::bail!("what went beside the commands ended by itself");
                }
            },
            None => applied.await?,
        };
        writing.end().await;
        Ok(ExitCode::SUCCESS)
    }
}

/// What else writes to a store while commands run, over and over: photos, the archive's material, messages with their
/// delivery, dead letters.
async fn beside(service: Service, from: u32) -> anyhow::Result<()> {
    let number = SocialSecurityNumber::parse(&adult(from, "95588").document_number)?;
    for n in 0_u32.. {
        let photos = [n.to_be_bytes().repeat(1_000)];
        let photo = service.store().put_photos(&photos);
        let material = MaterialId(service.fresh());
        let filed = service.store().put_material(material, b"material");
        let (photo, filed) = tokio::join!(photo, filed);
        let names = photo?;
        filed?;
        anyhow::ensure!(service.store().photo(&names[0]).await?.is_some(), "a stored photo is not there");
        anyhow::ensure!(service.store().material(material).await?.is_some(), "stored material is not there");
        service.store().delete_material(material).await?;
        anyhow::ensure!(service.store().material(material).await?.is_none(), "destroyed material is there");
        let Some(holder) = service.find(&number).await? else { continue };
        let look = HolderCommand::Look(Look { reason: "压力试验".into(), material: None });
        let sms = Letter::Notice(ShortMessage { to: "13800000000".into(), text: "-".into() });
        let ctx = service.ctx(Actor::System, Channel::CommandLine, None);
        service.execute_with(Lane::Bulk, ctx, Command::of(holder, look), vec![(Addressee::Sms, sms)]).await?;
        if n % 2 == 0 {
            service.deliver().await?;
            continue;
        }
        let due = service.store().outbox_due("sms", service.now(), 100).await?;
        service
            .store()
            .outbox_settle(
                due.into_iter().map(|m| (m, MessageState::Dead, service.now())).collect(),
                Vec::new(),
            )
            .await?;
        for dead in service.store().outbox_dead(2).await? {
            service.close_letter(&Actor::System, dead.id, "压力试验").await?;
        }
    }
    Ok(())
}

/// Lets people apply, by so many callers at once; `acknowledged` hears of each. Returns how long each took.
pub async fn applications(
    service: &Service,
    from: u32,
    to: u32,
    callers: u32,
    acknowledged: fn(u32, i64) -> std::io::Result<()>,
) -> anyhow::Result<Vec<Duration>> {
    let outlet = service.institutions().org_by_code("44010600000101").map(|o| o.id);
    let Some(outlet) = outlet else { anyhow::bail!("the province is not set up") };
    let photo = service.take_photo(kaguan_files::portrait::draw(1)).await?;
    let next = Arc::new(AtomicU32::new(from));
    let mut tasks = Vec::new();
    for _ in 0..callers {
        let (service, next, photo) = (service.clone(), Arc::clone(&next), photo.clone());
        tasks.push(tokio::spawn(async move {
            let mut times = Vec::new();
            loop {
                let n = next.fetch_add(1, Ordering::SeqCst);
                if n >= to {
                    return Ok(times);
                }
                let apply = FilledIn {
                    draft: Box::new(adult(n, "95588")),
                    photo: Some(photo.clone()),
                    outlet,
                    collect_at: outlet,
                    agent: None,
                    consent: Some(Consent { text_version: "2022".into(), by_guardian: false }),
                    presented: crate::counter::presented_in_original(),
                    faults: Vec::new(),
                    same: None,
                };
                let key = format!("load-{n}");
                let began = Instant::now();
                let receipt = service.apply(Actor::System, Channel::CommandLine, &key, apply).await?;
                times.push(began.elapsed());
                acknowledged(n, receipt.entry)?;
            }
        }));
    }
    let mut times = Vec::new();
    for task in tasks {
        let outcome: anyhow::Result<Vec<Duration>> = task.await?;
        times.extend(outcome?);
    }
    Ok(times)
}

/// So many people with a card in their hands, as the simulated partners and every officer's step make it.
pub async fn cards(service: &Service, people: u32) -> anyhow::Result<()> {
    use crate::walk;
    applications(service, 0, people, 256, |_, _| Ok(())).await?;
    let city = kaguan_domain::ids::CityCode("4401".into());
    let batches = walk::confirm_batches(service, &city).await?;
    kaguan_partner_sim::Bank::new("95588", BadDay::default()).work(service).await?;
    walk::hand_out(service, "1").await?;
    kaguan_partner_sim::Vendor::new("1", BadDay::default()).work(service).await?;
    while walk::one_hop(service, &batches, walk::as_booked).await? > 0 {}
    walk::collect(service, &batches).await?;
    Ok(())
}
