//! `kaguan holidays FILE`: the State Council's notice of a year arrived.

use crate::data_dir::DataDir;
use crate::server_line::ServerLine;
use anyhow::{Context, bail};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `kaguan holidays`.
#[derive(Args)]
pub struct Holidays {
    /// 放假通知：每行“日期,off或work,节日名称”，如 2027-01-01,off,元旦
    file: PathBuf,
}

impl Holidays {
    /// Loads it.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        let text = std::fs::read_to_string(&self.file)
            .with_context(|| format!("不能读取 {}", self.file.display()))?;
        let days = match kaguan_service::parse_notice(&text) {
            Ok(days) => days,
            Err(wrong) => bail!("放假通知未载入：{}", wrong.join("；")),
        };
        let loaded = ServerLine::with(dir, "holidays", async |line| line.holidays(&days).await).await?;
        let (n, years, batches) = (days.len(), &loaded.years, loaded.batches);
        if dir.json {
            println!("{}", serde_json::json!({ "years": years, "days": n, "batches_recomputed": batches }));
        } else {
            let years: Vec<String> = years.iter().map(i16::to_string).collect();
            println!("已载入{}年放假通知{n}天；{batches}个批次的时限已重新计算", years.join("、"));
        }
        Ok(ExitCode::SUCCESS)
    }
}
