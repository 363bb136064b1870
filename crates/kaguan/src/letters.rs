//! `kaguan partner letters`: messages that were given up, for staff to send again or to settle.

use crate::data_dir::DataDir;
use crate::open;
use crate::server_line::ServerLine;
use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use kaguan_store::OutboxRow;
use std::process::ExitCode;

/// So many are listed.
const MOST: i64 = 10_000;

/// What to do.
#[derive(Args)]
pub struct Letters {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// 列出死信：编号、收件方、种类、对象、次数、生成时间；不含报文
    List {
        /// 只列某一收件方，如 bank:95588
        #[arg(long)]
        partner: Option<String>,
    },
    /// 再发
    Again {
        /// 编号
        ids: Vec<i64>,
        /// 某一收件方的全部死信
        #[arg(long, conflicts_with = "ids")]
        partner: Option<String>,
    },
    /// 办结：已与合作方核对处理，不再发送
    Settle {
        /// 编号
        id: i64,
        /// 如何处理的；联动报文记入该卡的联动记录
        #[arg(long)]
        how: String,
    },
}

async fn listed(dir: &DataDir, partner: Option<&str>) -> anyhow::Result<Vec<OutboxRow>> {
    let mut letters = open::read(dir).await?.outbox_dead(MOST).await?;
    letters.retain(|l| partner.is_none_or(|p| l.partner == p));
    Ok(letters)
}

impl Letters {
    /// Does it; exit 1 when one of several could not be sent again.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        match &self.what {
            What::List { partner } => {
                for l in listed(dir, partner.as_deref()).await? {
                    let (at, tries) = (l.made_at.local(), l.attempts);
                    if dir.json {
                        println!(
                            "{}",
                            serde_json::json!({
                                "letter": l.id, "partner": l.partner, "kind": l.kind, "subject": l.subject,
                                "attempts": tries, "made_at": at,
                            })
                        );
                    } else {
                        println!("{}　{}　{}　{}　{tries}次　{at}", l.id, l.partner, l.kind, l.subject);
                    }
                }
                Ok(ExitCode::SUCCESS)
            }
            What::Again { ids, partner } => {
                let ids = match partner {
                    Some(p) => listed(dir, Some(p)).await?.iter().map(|l| l.id).collect(),
                    None => ids.clone(),
                };
                ensure!(!ids.is_empty(), "没有可再发的死信；请给出编号或 --partner");
                let failed = ServerLine::with(dir, "partner letters", async |line| {
                    let mut failed = 0;
                    for id in &ids {
                        if let Err(why) = line.send_again(*id).await {
                            eprintln!("{id}　{why:#}");
                            failed += 1;
                        }
                    }
                    Ok(failed)
                })
                .await?;
                println!("再发{}件", ids.len() - failed);
                Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            }
            What::Settle { id, how } => {
                let how =
                    Some(how.trim()).filter(|h| !h.is_empty()).context("须写明与合作方核对处理的结果")?;
                ServerLine::with(dir, "partner letters", async |line| line.settle(*id, how).await).await?;
                println!("已办结");
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}
