//! `kaguan check`: verifies and replays the journal; makes and verifies proofs of single entries, and verifies signed exports.

use crate::data_dir::DataDir;
use crate::{heads, open};
use anyhow::{Context, ensure};
use clap::Args;
use kaguan_store::journal::Proof;
use kaguan_store::{Area, CheckReport, Finding, FindingKind, JournalHead, Since, verify_signed};
use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
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
    /// 只核对此后的日志和它涉及的全部内容（每夜一次；全部内容另行定期核对）：日志末端文件，或上次核对所报的末条日志号
    #[arg(long, value_name = "HEAD", conflicts_with = "proof", conflicts_with = "export")]
    since: Option<String>,
    /// 把日志链（区块与各条摘要，不含任何人的信息）写到一个文件，供 tools/check_journal.py 或他人的程序另行核验
    #[arg(long, value_name = "FILE", conflicts_with_all = ["proof", "export", "since", "prove"])]
    chain: Option<PathBuf>,
    /// 核对时存放临时数据的目录（与日志同样大小，没有文件名，不含明文个人信息）；缺省为系统临时目录
    #[arg(long, value_name = "DIR", conflicts_with = "proof", conflicts_with = "export")]
    spool: Option<PathBuf>,
    /// 出具一条日志的证明，输出到标准输出
    #[arg(long, value_name = "SEQ", conflicts_with = "proof")]
    prove: Option<i64>,
}

impl Check {
    /// Checks. The exit status says what is wrong ([`status`]); 1 and 2 say that nothing was checked.
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
        if let Some(path) = &self.chain {
            let file = File::options().write(true).create(true).truncate(true).mode(0o600).open(path);
            let file = file.with_context(|| format!("不能写 {}", path.display()))?;
            let lines = store.export_chain(&mut std::io::BufWriter::new(file)).await?;
            println!("已写出{lines}条日志的摘要：{}", path.display());
            return Ok(ExitCode::SUCCESS);
        }
        let mut said = Said::new(dir.json);
        let since = self.since.as_deref().map(after).transpose()?;
        let mut report = store
            .check_all(since.as_ref(), self.spool.as_deref(), &mut |finding| said.finding(finding))
            .await?;
        let known = heads::known_with(dir, &self.head)?;
        let misfits: Vec<String> = match heads::misfits(&store, &known).await {
            Ok(all) => all.iter().map(ToString::to_string).collect(),
            // An end that cannot be read is a finding like the others.
            Err(e) => vec![e.to_string()],
        };
        for what in misfits {
            let finding = Finding { kind: FindingKind::End, place: "journal".into(), what };
            said.finding(&finding);
            report.note(finding);
        }
        said.end(&report, known.len())?;
        Ok(status(&report))
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

/// A head as a file has it, the last of several, with or without the database's digest before it; or the number of a line.
fn after(text: &str) -> anyhow::Result<Since> {
    if let Ok(line) = text.parse::<i64>() {
        ensure!(line >= 0, "--since 的日志号不能是负数");
        return Ok(Since::Line(line));
    }
    let lines = std::fs::read_to_string(text).with_context(|| format!("不能读取 {text}"))?;
    let last = lines.lines().rfind(|l| !l.trim().is_empty() && !l.starts_with('#'));
    let last = last.with_context(|| format!("{text} 中没有日志末端"))?;
    let head = last.parse::<JournalHead>().or_else(|e| match last.split_once(' ') {
        Some((_, head)) => head.parse(),
        None => Err(e),
    });
    Ok(Since::Head(Box::new(head.with_context(|| format!("{text} 不是日志末端文件"))?)))
}

/// The exit status of what was found, by the gravest of it: 10 when rows are not what the journal says, 11 when the journal itself
/// was changed, 12 when it does not end where it is known to have ended.
fn status(report: &CheckReport) -> ExitCode {
    match report.gravest() {
        None => ExitCode::SUCCESS,
        Some(Area::Rows) => ExitCode::from(10),
        Some(Area::Journal) => ExitCode::from(11),
        Some(Area::End) => ExitCode::from(12),
    }
}

/// Says what is found as it is found: of a database that was emptied each row is a finding, and none of them is kept.
struct Said {
    json: bool,
    first: bool,
}

impl Said {
    fn new(json: bool) -> Self {
        Self { json, first: true }
    }

    fn finding(&mut self, f: &Finding) {
        let first = std::mem::replace(&mut self.first, false);
        match (self.json, serde_json::to_string(f)) {
            (true, Ok(text)) => println!("{}{text}", if first { "{\"findings\":[" } else { "," }),
            // A finding is two texts and a name.
            (true, Err(_)) => {}
            (false, _) => println!("  {}：{}", f.place, f.what),
        }
    }

    /// What was looked at, and how much was found.
    fn end(&self, report: &CheckReport, heads: usize) -> anyhow::Result<()> {
        let CheckReport { since, line, entries, blocks, holders, batches, rows, balance, found, findings: _ } =
            report;
        if self.json {
            let begin = if self.first { "{\"findings\":[" } else { "" };
            let rest = serde_json::json!({ "since": since, "line": line, "entries": entries, "blocks": blocks, "holders": holders,
                "batches": batches, "rows": rows, "balance": balance, "found": found, "heads": heads });
            let rest = rest.to_string();
            println!("{begin}],{}", rest.trim_start_matches('{'));
            return Ok(());
        }
        println!(
            "日志{entries}条、区块{blocks}个已核验；重放档案{holders}份、批次{batches}个，核对各表{rows}行；保管账合计{balance}"
        );
        match since {
            None => println!("末条日志{line}；下次可用 --since {line} 只核对此后的"),
            Some(since) => println!("仅核对第{since}条以后的日志和它涉及的内容；末条日志{line}"),
        }
        match heads {
            0 => println!("没有可比对的日志末端：日志是否被截断，本次无从得知"),
            n => println!("已与{n}处日志末端比对"),
        }
        let all: u64 = found.values().sum();
        match all {
            0 => println!("核对无误"),
            n => println!("发现问题{n}处"),
        }
        Ok(())
    }
}
