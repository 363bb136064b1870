//! `kaguan check`: verifies and replays the journal; makes and verifies proofs of single entries, and verifies signed exports.

use crate::data_dir::DataDir;
use crate::{heads, open};
use anyhow::{Context, ensure};
use clap::Args;
use kaguan_store::journal::Proof;
use kaguan_store::{Finding, verify_signed};
use std::path::PathBuf;
use std::process::ExitCode;

/// What to check.
#[derive(Args)]
pub struct Check {
    /// 核验一份证明文件，不需要数据库
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
    /// 核验一份签名的导出文件，不需要数据库
    #[arg(long, value_name = "FILE", conflicts_with = "proof")]
    export: Option<PathBuf>,
    /// 受信任的日志公钥（十六进制），与 --proof 或 --export 同用
    #[arg(long, value_name = "KEY")]
    trusted: Option<String>,
    /// 另与这些日志末端比对：合作方随回复收到的，或见证方留存的，每行一条；可多次给出
    #[arg(long, value_name = "FILE", conflicts_with = "proof", conflicts_with = "export")]
    head: Vec<PathBuf>,
    /// 出具一条日志的证明，输出到标准输出
    #[arg(long, value_name = "SEQ", conflicts_with = "proof")]
    prove: Option<i64>,
}

impl Check {
    /// Checks; exit code 1 when something is wrong.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        if let Some(path) = &self.proof {
            return self.verify(path, dir.json);
        }
        if let Some(path) = &self.export {
            return self.verify_export(path, dir.json);
        }
        ensure!(self.trusted.is_none(), "--trusted 须与 --proof 或 --export 同用");
        let store = open::read(dir).await?;
        if let Some(seq) = self.prove {
            let proof = store.proof(seq).await?.with_context(|| format!("没有第{seq}条日志"))?;
            println!("{}", serde_json::to_string_pretty(&proof)?);
            return Ok(ExitCode::SUCCESS);
        }
        let mut report = store.check().await?;
        let known = heads::known_with(dir, &self.head)?;
        for misfit in heads::misfits(&store, &known).await? {
            report.findings.push(Finding { place: "journal".into(), what: misfit.to_string() });
        }
        if dir.json {
            println!("{}", serde_json::to_string(&report)?);
        } else {
            println!(
                "日志{}条、区块{}个已核验；重放档案{}份、批次{}个；保管账合计{}",
                report.entries, report.blocks, report.holders, report.batches, report.balance
            );
            match known.len() {
                0 => println!("没有可比对的日志末端：日志是否被截断，本次无从得知"),
                n => println!("已与{n}处日志末端比对"),
            }
            for f in &report.findings {
                println!("  {}：{}", f.place, f.what);
            }
            println!("{}", if report.findings.is_empty() { "核对无误" } else { "发现问题" });
        }
        Ok(if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn verify_export(&self, path: &PathBuf, json: bool) -> anyhow::Result<ExitCode> {
        let text = std::fs::read_to_string(path).with_context(|| format!("不能读取 {}", path.display()))?;
        let outcome = verify_signed(&text, self.trusted.as_deref());
        match (&outcome, json) {
            (Ok(head), true) => {
                println!("{}", serde_json::json!({ "valid": true, "digest": head.digest }));
            }
            (Err(why), true) => println!("{}", serde_json::json!({ "valid": false, "why": why.to_string() })),
            (Ok(head), false) => println!("签名有效：摘要 {}，签名密钥 {}", head.digest, head.public_key),
            (Err(why), false) => println!("签名无效：{why}"),
        }
        Ok(if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn verify(&self, path: &PathBuf, json: bool) -> anyhow::Result<ExitCode> {
        let text = std::fs::read(path).with_context(|| format!("不能读取 {}", path.display()))?;
        let proof: Proof = serde_json::from_slice(&text).context("不是证明文件")?;
        let outcome = proof.verify(self.trusted.as_deref());
        let e = &proof.entry;
        match (&outcome, json) {
            (Ok(()), true) => {
                println!("{}", serde_json::json!({ "valid": true, "entry": e.seq, "block": proof.block.seq }))
            }
            (Err(why), true) => println!("{}", serde_json::json!({ "valid": false, "why": why.to_string() })),
            (Ok(()), false) => println!(
                "证明有效：第{}条日志（{}，{}，{}，{}）在区块{}中，签名密钥 {}",
                e.seq,
                kaguan_domain::ctx::Instant(e.at).local(),
                e.actor,
                e.command,
                e.outcome,
                proof.block.seq,
                proof.public_key
            ),
            (Err(why), false) => println!("证明无效：{why}"),
        }
        Ok(if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
