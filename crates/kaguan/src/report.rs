//! `kaguan report`: issuance, recalls, clocks, timeliness of banks and vendors; as csv on standard output, or as xlsx.

use crate::data_dir::DataDir;
use crate::open;
use anyhow::Context;
use clap::{Args, ValueEnum};
use jiff::civil::Date;
use kaguan_service::now_in;
use kaguan_service::reports::{Kind, report};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// 银行时效通报
    Banks,
    /// 卡商时效通报
    Vendors,
    /// 发行统计
    Issuance,
    /// 回收统计
    Recalls,
    /// 时限统计
    Clocks,
    /// 一人一卡业务确认单，地市上报省
    Slips,
    /// 业务统计：期间内发生的各项业务
    Business,
    /// 银行制卡数据时效统计，卡商每月报送与系统记录对照
    BankData,
}

/// Which, of when, to where.
#[derive(Args)]
pub struct Report {
    /// 统计内容
    #[arg(value_enum)]
    what: What,
    /// 起始日（含），缺省不限
    #[arg(long, default_value = "1900-01-01")]
    from: Date,
    /// 截止日（含），缺省不限
    #[arg(long, default_value = "9999-12-31")]
    to: Date,
    /// 写成 xlsx 文件；缺省在标准输出写 CSV
    #[arg(long)]
    xlsx: Option<PathBuf>,
}

impl Report {
    /// Makes it.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        let kind = match self.what {
            What::Banks => Kind::Banks,
            What::Vendors => Kind::Vendors,
            What::Issuance => Kind::Issuance,
            What::Recalls => Kind::Recalls,
            What::Clocks => Kind::Clocks,
            What::Slips => Kind::Slips,
            What::Business => Kind::Business,
            What::BankData => Kind::BankData,
        };
        anyhow::ensure!(self.from <= self.to, "起始日晚于截止日");
        let store = open::read(dir).await?;
        let today = now_in(&store).await?.date();
        let table = report(&store, kind, self.from, self.to, today).await?;
        match &self.xlsx {
            Some(path) => {
                std::fs::write(path, table.xlsx()?)
                    .with_context(|| format!("不能写入 {}", path.display()))?;
                println!("{}　{}行　{}", table.title, table.rows.len(), path.display());
            }
            None => {
                print!("{}", table.csv());
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
