//! `kaguan progress NUMBER`: where somebody's card is.

use crate::data_dir::DataDir;
use crate::open;
use anyhow::{anyhow, bail};
use clap::Args;
use kaguan_domain::dispatch::position;
use kaguan_domain::facts::lookup::LookedUp;
use kaguan_service::now_in;
use std::process::ExitCode;

/// Arguments of `kaguan progress`.
#[derive(Args)]
pub struct Progress {
    /// 社会保障号码
    number: String,
}

impl Progress {
    /// Looks it up.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        let what = LookedUp::read(&self.number).map_err(|e| anyhow!("{e}。请核对后重试"))?;
        // Reads only: a server that writes here goes on writing.
        let store = open::read(dir).await?;
        let institutions = open::institutions(&store).await?;
        let Some((file, loaded)) = store.locate(&what).await?.one()? else {
            if dir.json {
                println!("{}", serde_json::json!({ "found": false }));
            } else {
                println!("没有该号码的申领记录。请核对号码，或到卡经办网点申请。");
            }
            return Ok(ExitCode::FAILURE);
        };
        let today = now_in(&store).await?.date();
        let mut out = Vec::new();
        for a in &file.applications {
            let Some(p) = position(&file, a, &loaded.batches, &institutions) else {
                bail!("档案与批次的数据不一致，请运行 kaguan check");
            };
            let card = file.cards.iter().find(|c| c.application == a.id);
            let batch = a.stage.batch().or(card.map(|c| c.batch));
            let of_batch = batch.and_then(|b| loaded.batches.get(&b)).and_then(|b| b.batch.as_ref());
            // The clock of the application itself, then those of its batch.
            let running = a.clock.iter().chain(of_batch.into_iter().flat_map(|b| &b.clocks));
            let clocks: Vec<_> = running
                .map(|c| (c, c.last_day_said(&institutions.calendar), c.standing(today).name()))
                .collect();
            out.push((a, p, clocks));
        }
        if dir.json {
            let list: Vec<_> = out
                .iter()
                .map(|(a, p, clocks)| {
                    let clocks: Vec<_> = clocks
                        .iter()
                        .map(|(c, _, standing)| {
                            let (name, due) = (c.kind.name(), c.due.last_day.to_string());
                            let provisional = c.due.provisional && c.stopped_on.is_none();
                            serde_json::json!({ "clock": name, "due": due, "provisional": provisional, "standing": standing })
                        })
                        .collect();
                    serde_json::json!({ "form_no": a.form_no, "step": p.public_step(), "position": p.code(), "clocks": clocks })
                })
                .collect();
            println!("{}", serde_json::json!({ "found": true, "applications": list }));
        } else {
            for (a, p, clocks) in out {
                println!("申领表 {}：{}（{}）", a.form_no, p.public_step(), p.name());
                for (clock, due, standing) in clocks {
                    println!("  {}：{due} 到期，{standing}", clock.kind.name());
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
