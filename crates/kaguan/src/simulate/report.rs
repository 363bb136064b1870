//! How a story ends: the invariants over everybody, the journal verified, the reports, and one digest of it all.

use super::look::{Eyes, came_of_silence};
use kaguan_domain::dispatch::{Position, position};
use kaguan_domain::facts::custody::Custody;
use kaguan_domain::facts::intent::IntentState;
use kaguan_service::Service;
use kaguan_store::BatchesAsked;
use kaguan_store::seal::sm3;
use std::collections::BTreeMap;

/// The end of a story.
#[derive(Default)]
pub(super) struct Report {
    /// SM3 over the whole final state, in lower-case hexadecimal.
    pub(super) digest: String,
    /// Cards that work.
    pub(super) in_force: usize,
    /// Everything that should not be.
    pub(super) violations: Vec<String>,
    places: BTreeMap<Position, usize>,
    /// Cards ever made, by purpose.
    made: BTreeMap<&'static str, usize>,
    recalls: BTreeMap<&'static str, usize>,
    intents: BTreeMap<(&'static str, &'static str), usize>,
    clocks: BTreeMap<(&'static str, &'static str), usize>,
    /// What came of applications that no register answered about at first.
    silence: BTreeMap<&'static str, usize>,
    /// Commands given: each leaves one line in the journal, done or refused.
    pub(super) entries: i64,
}

/// Looks at everybody.
pub(super) async fn of(service: &Service) -> anyhow::Result<Report> {
    let mut out = Report::default();
    let institutions = service.institutions();
    let mut eyes = Eyes::default();
    let mut whole: Vec<u8> = Vec::new();
    let mut people = service.store().people();
    while let Some(page) = people.next().await? {
        for file in page.files() {
            eyes.see(file, &page.loaded.batches);
            for a in &file.applications {
                if let Some(came) = came_of_silence(a) {
                    *out.silence.entry(came).or_default() += 1;
                }
                match position(file, a, &page.loaded.batches, &institutions) {
                    Some(p) => *out.places.entry(p).or_default() += 1,
                    None => out.violations.push(format!("档案{}：申请{}不在任何环节", file.id, a.id)),
                }
            }
            for card in &file.cards {
                out.in_force += usize::from(card.in_force());
                let purpose = file.application(card.application).map_or("", |a| a.purpose.name());
                *out.made.entry(purpose).or_default() += 1;
                if let Custody::Recalled { reason, .. } = &card.custody {
                    *out.recalls.entry(reason.name()).or_default() += 1;
                }
                for i in &card.intents {
                    let state = match i.state {
                        IntentState::Wanted => "待回执",
                        IntentState::Confirmed { .. } => "已办结",
                        IntentState::Refused { .. } => "银行不予办理",
                        IntentState::InDoubt { .. } => "存疑",
                        IntentState::Settled { .. } => "人工办结",
                        IntentState::Dropped { .. } => "不再办理",
                    };
                    *out.intents.entry((i.kind.name(), state)).or_default() += 1;
                }
            }
            whole.extend(sm3(&[&serde_json::to_vec(&(
                file.id,
                file.version,
                &file.person,
                &file.applications,
                &file.cards,
            ))?]));
        }
    }
    let today = service.now().date();
    let mut batches = service.store().batches(BatchesAsked::default(), i64::MAX).await?;
    batches.sort_by_key(|b| b.id);
    for b in &batches {
        if let Some(file) = service.batch(b.id).await? {
            eyes.see_batch(&file);
        }
        for c in &b.batch.clocks {
            *out.clocks.entry((c.kind.name(), c.standing(today).name())).or_default() += 1;
        }
        whole.extend(sm3(&[&serde_json::to_vec(&(b.id, &b.batch))?]));
    }
    out.violations.extend(eyes.close(service.store().custody_balances().await?));
    let check = service.store().check().await?;
    out.entries = check.entries;
    out.violations.extend(check.findings.iter().map(|f| format!("{f:?}")));
    if check.balance != 0 {
        out.violations.push(format!("保管账合计{}", check.balance));
    }
    out.digest = sm3(&[&whole]).iter().map(|b| format!("{b:02x}")).collect();
    Ok(out)
}

impl Report {
    /// For people.
    pub(super) fn print(&self) {
        let table = |title: &str, rows: &mut dyn Iterator<Item = (String, usize)>| {
            println!("\n{title}");
            for (name, n) in rows {
                println!("  {name}　{n}");
            }
        };
        table("环节", &mut self.places.iter().map(|(p, n)| (p.name().into(), *n)));
        table("发卡（按业务）", &mut self.made.iter().map(|(p, n)| ((*p).into(), *n)));
        table("回收在库（按原因）", &mut self.recalls.iter().map(|(p, n)| ((*p).into(), *n)));
        table("暂无应答的申请", &mut self.silence.iter().map(|(s, n)| ((*s).into(), *n)));
        table("时限", &mut self.clocks.iter().map(|((c, s), n)| (format!("{c}　{s}"), *n)));
        table("银行联动", &mut self.intents.iter().map(|((k, s), n)| (format!("{k}　{s}"), *n)));
        println!(
            "\n正常使用的卡{}张；日志{}条已核验并重放；违反{}处\n摘要 {}",
            self.in_force,
            self.entries,
            self.violations.len(),
            self.digest
        );
    }
}
