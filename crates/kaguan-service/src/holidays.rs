//! 载入放假通知: a year's notice arrives, and every running clock that it touches is counted again (R7.1).

use crate::outcome::Failure;
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::clause;
use kaguan_domain::codes::{DayKind, HolidayRow};
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::BatchCommand;
use kaguan_domain::institution::InstitutionCommand;
use kaguan_domain::refusal::Reason;
use kaguan_store::BatchesAsked;
use std::collections::BTreeMap;

impl Service {
    /// Loads notices, one a year, and recomputes the clocks of every batch. Returns the years, and how many batches
    /// have other days now. Loading the same notice again changes nothing.
    pub async fn load_holidays(
        &self,
        actor: &Actor,
        channel: Channel,
        days: Vec<HolidayRow>,
    ) -> Result<(Vec<i16>, usize), Failure> {
        clause!(R7.1);
        let mut years: BTreeMap<i16, Vec<HolidayRow>> = BTreeMap::new();
        for day in days {
            years.entry(day.date.year()).or_default().push(day);
        }
        let loaded: Vec<i16> = years.keys().copied().collect();
        for (year, days) in years {
            let command = Command::Institution(InstitutionCommand::LoadHolidays { year, days });
            self.execute(self.ctx(actor.clone(), channel, None), command).await?;
        }
        let mut changed = 0;
        for batch in self.store().batches(BatchesAsked::default(), i64::MAX).await? {
            let running = batch.batch.clocks.iter().any(|c| c.stopped_on.is_none());
            if !running {
                continue;
            }
            let recompute = Command::Batch { id: batch.id, command: BatchCommand::RecomputeClocks };
            match self.execute(self.ctx(actor.clone(), channel, None), recompute).await {
                Ok(_) => changed += 1,
                Err(Failure::Refused(r)) if r.reason == Reason::NothingToDo => {}
                Err(e) => return Err(e),
            }
        }
        Ok((loaded, changed))
    }
}

/// Reads a notice: a line a day, `2027-01-01,off,元旦`, `off` for 放假 and `work` for 上班; a title line is allowed.
///
/// # Errors
/// Every line that cannot be read, with its number and what is wrong, in Chinese.
pub fn parse_notice(text: &str) -> Result<Vec<HolidayRow>, Vec<String>> {
    let (mut days, mut wrong) = (Vec::new(), Vec::new());
    for (n, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || (n == 0 && line.starts_with("date")) {
            continue;
        }
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let [date, kind, name] = cells[..] else {
            wrong.push(format!("第{}行：应为“日期,off或work,节日名称”三列", n + 1));
            continue;
        };
        let kind = match kind {
            "off" => Some(DayKind::Off),
            "work" => Some(DayKind::Work),
            _ => None,
        };
        match (date.parse(), kind) {
            (Ok(date), Some(kind)) => days.push(HolidayRow { date, kind, name: name.into() }),
            (Err(_), _) => wrong.push(format!("第{}行：日期应为YYYY-MM-DD", n + 1)),
            (_, None) => wrong.push(format!("第{}行：第二列应为off（放假）或work（上班）", n + 1)),
        }
    }
    if days.is_empty() && wrong.is_empty() {
        wrong.push("文件中没有日期".into());
    }
    if wrong.is_empty() { Ok(days) } else { Err(wrong) }
}
