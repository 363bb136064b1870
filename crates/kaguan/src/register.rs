//! `kaguan register`: the registers 台账 by production batch (R12.2), as a table for the archive.

use crate::data_dir::DataDir;
use crate::open;
use anyhow::Context;
use clap::Args;
use kaguan_domain::clause;
use kaguan_domain::facts::batch::BatchEvent;
use kaguan_domain::facts::custody::Party;
use kaguan_domain::facts::difference::Settled;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::records::REGISTER_TITLES;
use kaguan_service::register::register;
use kaguan_service::reports::{Table, cell};
use kaguan_store::{BatchesAsked, ListedBatch, Store};
use std::collections::HashMap;
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

fn party(p: &Party, institutions: &Institutions) -> String {
    match p {
        Party::Org(id) | Party::Post(id) | Party::Recalled(id) => {
            institutions.org(*id).map_or_else(|| p.account(), |o| o.name.clone())
        }
        Party::Vendor(v) | Party::Production(v) => format!("卡商{v}"),
        Party::Employer(code) => format!("单位{code}"),
        other => other.account(),
    }
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
            let mut boxes: HashMap<_, String> = HashMap::new();
            for m in store.movements(b.id).await? {
                let name = |id: &_| institutions.org(*id).map_or_else(String::new, |o| o.name.clone());
                let (r#box, step, from, to, cards, who, how) = match &m.event {
                    BatchEvent::BoxPacked { r#box, number, outlet, cards, vendor, .. } => {
                        boxes.insert(*r#box, number.clone());
                        let vendor = format!("卡商{vendor}");
                        (*r#box, "装箱", vendor, name(outlet), *cards, String::new(), String::new())
                    }
                    BatchEvent::BoxCorrected { r#box, outlet, cards, vendor, .. } => {
                        let vendor = format!("卡商{vendor}");
                        (*r#box, "装箱更正", vendor, name(outlet), *cards, String::new(), String::new())
                    }
                    BatchEvent::BoxShipped(e) => {
                        let how = format!("{} {}", e.manner, e.tracking);
                        let from = party(&e.from, &institutions);
                        (e.r#box, "寄出", from, name(&e.to), 0, e.responsible.clone(), how)
                    }
                    BatchEvent::BoxReceived(e) => {
                        let from = party(&e.from, &institutions);
                        let to = name(&e.to);
                        let short = e.short.as_ref().map(|s| format!("短少{}张：{}", s.cards, s.account));
                        let over = e.surplus.iter().map(|s| format!("多出{}：{}", s.card_no, s.account));
                        let how: Vec<_> = [e.kept_at.clone()].into_iter().chain(short).chain(over).collect();
                        (e.r#box, "接收", from, to, e.counted, e.signer.clone(), how.join("；"))
                    }
                    BatchEvent::BoxHandedOver(e) => {
                        let to = format!("单位{}", e.employer);
                        (
                            e.r#box,
                            "批量领卡",
                            name(&e.from),
                            to,
                            e.counted,
                            e.operator.clone(),
                            e.authorisation.clone(),
                        )
                    }
                    BatchEvent::BoxSettled(e) => {
                        let cards = match &e.settled {
                            Settled::Short { cards } => *cards,
                            Settled::Surplus { .. } => 1,
                        };
                        let keeper = party(&e.keeper, &institutions);
                        (
                            e.r#box,
                            "清点差异处理",
                            keeper.clone(),
                            keeper,
                            cards,
                            String::new(),
                            e.account.clone(),
                        )
                    }
                    BatchEvent::BoxEmptied { r#box } => {
                        let how = "箱内已没有卡：已由卡商寄往申请人，或已登记缺卡".to_owned();
                        (*r#box, "空箱结清", String::new(), String::new(), 0, String::new(), how)
                    }
                    BatchEvent::Opened { .. }
                    | BatchEvent::Confirmed { .. }
                    | BatchEvent::ConfirmationTakenBack { .. }
                    | BatchEvent::TakenBack { .. }
                    | BatchEvent::Ended
                    | BatchEvent::Extracted { .. }
                    | BatchEvent::RowsLent { .. }
                    | BatchEvent::RegisterPrinted { .. }
                    | BatchEvent::BoxCompared { .. }
                    | BatchEvent::PaperOpened { .. }
                    | BatchEvent::OpeningClosed
                    | BatchEvent::HandedOut { .. }
                    | BatchEvent::ProductionClosed
                    | BatchEvent::ClocksRecomputed { .. }
                    | BatchEvent::IncompleteReported { .. }
                    | BatchEvent::DataArrived { .. }
                    | BatchEvent::ClocksWarned { .. } => continue,
                };
                let number = boxes.get(&r#box).cloned().unwrap_or_default();
                let cards = if cards == 0 { String::new() } else { cards.to_string() };
                rows.push([
                    b.batch.number.as_str().to_owned(),
                    number,
                    step.into(),
                    from,
                    to,
                    cards,
                    m.at.local(),
                    who,
                    how,
                ]);
            }
        }
        if dir.json {
            let one = |r: &[String; 9]| -> serde_json::Map<String, serde_json::Value> {
                REGISTER_TITLES.iter().zip(r).map(|(t, v)| ((*t).into(), v.clone().into())).collect()
            };
            println!("{}", serde_json::to_string(&rows.iter().map(one).collect::<Vec<_>>())?);
        } else {
            println!("{}", REGISTER_TITLES.join(","));
            for row in &rows {
                println!("{}", row.iter().map(|c| cell(c)).collect::<Vec<_>>().join(","));
            }
        }
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
            let Some(found) = register(store, institutions, b.id, None).await? else { continue };
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
        } else if dir.json {
            let one = |(texts, _): &(Vec<String>, Vec<f64>)| -> serde_json::Map<String, serde_json::Value> {
                table.heads.iter().zip(texts).map(|(t, v)| ((*t).into(), v.clone().into())).collect()
            };
            println!("{}", serde_json::to_string(&table.rows.iter().map(one).collect::<Vec<_>>())?);
        } else {
            print!("{}", table.csv());
        }
        Ok(ExitCode::SUCCESS)
    }
}
