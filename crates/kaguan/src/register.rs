//! `kaguan register`: the registers 台账 by production batch (R12.2), as a table for the archive.

use crate::data_dir::DataDir;
use crate::open;
use clap::Args;
use kaguan_domain::clause;
use kaguan_domain::facts::batch::BatchEvent;
use kaguan_domain::facts::custody::Party;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::records::REGISTER_TITLES;
use kaguan_store::BatchesAsked;
use std::collections::HashMap;
use std::process::ExitCode;

/// Which batch.
#[derive(Args)]
pub struct Register {
    /// 批次号；缺省为全部批次
    #[arg(long)]
    batch: Option<String>,
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

/// A cell of a comma-separated table: quoted where it must be, and never a formula.
pub fn cell(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
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
                    BatchEvent::BoxShipped(e) => {
                        let how = format!("{} {}", e.manner, e.tracking);
                        let from = party(&e.from, &institutions);
                        (e.r#box, "寄出", from, name(&e.to), 0, e.responsible.clone(), how)
                    }
                    BatchEvent::BoxReceived(e) => {
                        let from = party(&e.from, &institutions);
                        let to = name(&e.to);
                        (e.r#box, "接收", from, to, e.counted, e.signer.clone(), e.kept_at.clone())
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
                    BatchEvent::Opened { .. }
                    | BatchEvent::Confirmed { .. }
                    | BatchEvent::Extracted { .. }
                    | BatchEvent::RowsLent { .. }
                    | BatchEvent::OpeningClosed
                    | BatchEvent::HandedOut { .. }
                    | BatchEvent::ProductionClosed
                    | BatchEvent::ClocksRecomputed { .. }
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
}
