//! `kaguan holidays FILE`: a notice of the State Council arrived.

use crate::control::{AskNotice, NoticeSaid};
use crate::data_dir::DataDir;
use crate::server_line::ServerLine;
use anyhow::{Context, bail};
use clap::Args;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `kaguan holidays`.
#[derive(Args)]
pub struct Holidays {
    /// 放假通知：每行“日期,off或work,节日名称”，如 2027-01-01,off,元旦；只改动所列日期
    file: PathBuf,
    /// 只列出将变动的时限，不载入
    #[arg(long, visible_alias = "dry-run")]
    check_only: bool,
}

impl Holidays {
    /// Says what it does to running clocks, and does it: what it would do is asked first, and what it did is said after.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        let bytes = std::fs::read(&self.file).with_context(|| format!("不能读取 {}", self.file.display()))?;
        let days = match kaguan_service::parse_notice(&kaguan_files::text::text_of(&bytes)) {
            Ok(days) => days,
            Err(wrong) => bail!("放假通知未载入：{}", wrong.join("；")),
        };
        let n = days.len();
        let quiet = dir.json;
        let said = ServerLine::with(dir, "holidays", async |line| {
            let mut ask = AskNotice { days, check_only: true };
            let would = line.holidays(&ask).await?;
            if self.check_only {
                return Ok(would);
            }
            if !quiet {
                show(&would, "将变动");
            }
            ask.check_only = false;
            line.holidays(&ask).await
        })
        .await?;
        if dir.json {
            let NoticeSaid { years, days, past, batches, clocks } = &said;
            let said = serde_json::json!({
                "years": years, "days": n, "days_changed": days, "days_past": past,
                "batches_recomputed": batches,
                "check_only": self.check_only, "clocks": clocks,
            });
            println!("{said}");
            return Ok(ExitCode::SUCCESS);
        }
        let years: Vec<String> = said.years.iter().map(i16::to_string).collect();
        let years = years.join("、");
        if self.check_only {
            println!("只核验，未载入：{years}年放假通知{n}天，其中{}天与现有日历不同", said.days);
            show(&said, "将变动");
        } else {
            println!(
                "已载入{years}年放假通知{n}天，其中{}天与原日历不同，其他日期不变；{}个批次的时限已重新计算",
                said.days, said.batches
            );
            show(&said, "已变动");
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Every clock that moves, those that move alike in one line.
fn show(said: &NoticeSaid, how: &str) {
    if !said.past.is_empty() {
        let days = said.past.join("、");
        println!("其中{}天已过（{days}）：已办结、已停止的时限不变，仍在计时的重新计算", said.past.len());
    }
    if said.clocks.is_empty() {
        println!("{how}的时限：无");
        return;
    }
    let mut alike: BTreeMap<(&str, &str, &str), Vec<&str>> = BTreeMap::new();
    for c in &said.clocks {
        alike.entry((&c.clock, &c.before, &c.after)).or_default().push(&c.what);
    }
    println!("{how}的时限（{}项）：", said.clocks.len());
    for ((clock, before, after), of) in alike {
        let more = if of.len() > 3 { format!("等{}项", of.len()) } else { String::new() };
        println!("  {clock}：{before} → {after}（{}{more}）", of[..of.len().min(3)].join("、"));
    }
}
