//! `kaguan register`: the registers 台账 by production batch (R12.2), as a table for the archive.

use crate::data_dir::DataDir;
use crate::open;
use anyhow::Context;
use clap::Args;
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Institutions;
use kaguan_service::register::register;
use kaguan_service::reports::Table;
use kaguan_service::transfers::{table, transfers};
use kaguan_store::{BatchesAsked, ListedBatch, Store};
use std::path::PathBuf;
use std::process::ExitCode;

/// Which batch.
#[derive(Args)]
pub struct Register {
    /// 批次号；缺省为全部批次
    #[arg(long)]
    batch: Option<String>,
    /// 持卡人签收登记册：每张卡的签收日期、发放方式、签收人
    #[arg(long)]
    signatures: bool,
    /// 与 --signatures 同用：写成 xlsx 文件
    #[arg(long, requires = "signatures")]
    xlsx: Option<PathBuf>,
}

/// A table on the standard output.
fn printed(dir: &DataDir, table: &Table) -> anyhow::Result<()> {
    if dir.json {
        let one = |(texts, _): &(Vec<String>, Vec<f64>)| -> serde_json::Map<String, serde_json::Value> {
            table.heads.iter().zip(texts).map(|(t, v)| ((*t).into(), v.clone().into())).collect()
        };
        println!("{}", serde_json::to_string(&table.rows.iter().map(one).collect::<Vec<_>>())?);
    } else {
        print!("{}", table.csv());
    }
    Ok(())
}

impl Register {
    /// Prints it: a title line, then a line a movement, oldest first.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        clause!(R12.2);
        let store = open::read(dir).await?;
        let institutions = open::institutions(&store).await?;
        let mut batches = store.batches(BatchesAsked::default(), i64::MAX).await?;
        batches.sort_by_key(|b| b.id);
        batches.retain(|b| self.batch.as_ref().is_none_or(|n| b.batch.number.as_str() == n));
        if let (Some(number), true) = (&self.batch, batches.is_empty()) {
            anyhow::bail!("没有批次号{number}。请核对批次号");
        }
        if self.signatures {
            return self.signed(dir, &store, &institutions, &batches).await;
        }
        let mut rows = Vec::new();
        for b in batches {
            rows.extend(transfers(&store, &institutions, b.id, &b.batch.number).await?);
        }
        printed(dir, &table(rows))?;
        Ok(ExitCode::SUCCESS)
    }

    /// The register of signatures, a line a card.
    async fn signed(
        &self,
        dir: &DataDir,
        store: &Store,
        institutions: &Institutions,
        batches: &[ListedBatch],
    ) -> anyhow::Result<ExitCode> {
        clause!(R12.2);
        let mut all: Option<Table> = None;
        for b in batches {
            let Some(found) = register(store, institutions, b.id, None, None).await? else { continue };
            let table = found.table();
            match &mut all {
                Some(all) => all.rows.extend(table.rows),
                None => all = Some(table),
            }
        }
        let table = all.context("没有成品卡")?;
        if let Some(path) = &self.xlsx {
            std::fs::write(path, table.xlsx()?).with_context(|| format!("不能写入 {}", path.display()))?;
            println!("{}　{}行　{}", table.title, table.rows.len(), path.display());
        } else {
            printed(dir, &table)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
