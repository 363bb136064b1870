//! `kaguan recover`: what a database lacks of what is known to have been acknowledged, and going on without it.

use crate::data_dir::DataDir;
use crate::heads::{self, KnownHead, Misfit};
use crate::open::{self, For, Prepared};
use anyhow::{bail, ensure};
use clap::Args;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::facts::data_loss::{AcceptedDataLoss, LostHead};
use kaguan_domain::institution::InstitutionCommand;
use kaguan_service::Command;
use kaguan_store::{End, Store};
use std::path::PathBuf;
use std::process::ExitCode;

/// What is known, and whether to go on.
#[derive(Args)]
pub struct Recover {
    /// 其他已知的日志末端：合作方随回复收到的，或见证方留存的，每行一条；可多次给出
    #[arg(long, value_name = "FILE")]
    head: Vec<PathBuf>,
    /// 接受损失：最新的备份已经恢复，仍缺的确已无法取回。损失记入日志，系统自现有的末端继续
    #[arg(long, requires = "reason")]
    accept_loss: bool,
    /// 损失的原因和不能恢复的理由，记入日志
    #[arg(long)]
    reason: Option<String>,
}

impl Recover {
    /// Says what is lost; with `--accept-loss` writes it into the journal, and only then forgets what was known.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        let known = heads::known_with(dir, &self.head)?;
        let there = dir.existing();
        if let (Err(why), true) = (&there, known.is_empty()) {
            bail!("{why}");
        }
        let lost = match &there {
            Ok(()) => Loss::of(&open::read(dir).await?, &known).await?,
            Err(_) => Loss { line: 0, heads: known.clone() },
        };
        lost.say(dir.json);
        if lost.heads.is_empty() || !self.accept_loss {
            return Ok(if lost.heads.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        let prepared = Prepared::open(dir, dir.lock_or_say("recover")?, For::Recovering).await?;
        // Again, now that nobody else writes.
        let lost = Loss::of(&prepared.store, &known).await?;
        let (writing, _) = prepared.system(dir, None).await?;
        let mut heads: Vec<LostHead> = lost.heads.iter().map(KnownHead::lost).collect();
        heads.sort_by_key(|h| std::cmp::Reverse(h.line));
        let reason = self.reason.clone().unwrap_or_default();
        let accept = InstitutionCommand::AcceptDataLoss(AcceptedDataLoss { line: lost.line, heads, reason });
        let ctx = writing.service.ctx(Actor::System, Channel::CommandLine, None);
        let done = writing.service.execute(ctx, Command::Institution(accept)).await;
        if done.is_ok() {
            writing.service.store().keep_heads(dir.head_file()).await?;
        }
        writing.end().await;
        let receipt = done?;
        if !dir.json {
            println!(
                "已接受损失，记入第{}条日志。请通知合作方和见证方：自此以前的末端不再有效",
                receipt.entry
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What is not there any more.
struct Loss {
    /// The last line that is.
    line: i64,
    heads: Vec<KnownHead>,
}

impl Loss {
    async fn of(store: &Store, known: &[KnownHead]) -> anyhow::Result<Self> {
        let line = match store.end().await? {
            End::Nothing => 0,
            End::At(head) => head.line(),
            End::Torn { .. } => 0,
        };
        let mut heads = Vec::new();
        for misfit in heads::misfits(store, known).await? {
            match misfit {
                Misfit::Shorter { known, .. } | Misfit::Other(known) => heads.push(known),
                Misfit::Torn { .. } | Misfit::NotOurs(_) => {
                    ensure!(
                        false,
                        "{misfit}。这不是损失，不能接受：请恢复完好的备份，或核对 --data、--database 和主密钥"
                    );
                }
            }
        }
        Ok(Self { line, heads })
    }

    fn say(&self, json: bool) {
        if json {
            let heads: Vec<LostHead> = self.heads.iter().map(KnownHead::lost).collect();
            println!("{}", serde_json::json!({ "line": self.line, "lost": heads }));
            return;
        }
        if self.heads.is_empty() {
            println!("数据库止于第{}条日志，与已知的日志末端相符，没有损失", self.line);
            return;
        }
        println!("数据库止于第{}条日志。下列末端已不在其中：", self.line);
        for known in &self.heads {
            println!("  {known}，缺{}条", known.head.line() - self.line.min(known.head.line()));
        }
        println!("缺失的日志所记的业务已答复过办理人，须逐笔重新核对。请先恢复最新的备份，再次运行本命令");
    }
}
