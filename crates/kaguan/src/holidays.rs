//! `kaguan holidays FILE`: the State Council's notice of a year arrived.

use crate::{Place, open};
use anyhow::{Context, bail};
use clap::Args;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_service::clock::Clock;
use std::path::PathBuf;
use std::process::ExitCode;

/// Which file.
#[derive(Args)]
pub struct Holidays {
    /// 放假通知：每行“日期,off或work,节日名称”，如 2027-01-01,off,元旦
    file: PathBuf,
}

impl Holidays {
    /// Loads it.
    pub async fn run(&self, place: &Place) -> anyhow::Result<ExitCode> {
        let text = std::fs::read_to_string(&self.file)
            .with_context(|| format!("failed to read {}", self.file.display()))?;
        let days = match kaguan_service::parse_notice(&text) {
            Ok(days) => days,
            Err(wrong) => bail!("放假通知未载入：{}", wrong.join("；")),
        };
        let (service, _) = open::system(place, Clock::Machine).await?;
        let n = days.len();
        let (years, batches) = service.load_holidays(&Actor::System, Channel::CommandLine, days).await?;
        if place.json {
            println!("{}", serde_json::json!({ "years": years, "days": n, "batches_recomputed": batches }));
        } else {
            let years: Vec<String> = years.iter().map(i16::to_string).collect();
            println!("已载入{}年放假通知{n}天；{batches}个批次的时限已重新计算", years.join("、"));
        }
        Ok(ExitCode::SUCCESS)
    }
}
