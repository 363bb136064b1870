//! 通报 (Appendix 7): the timeliness of each bank and vendor, counted from the clocks of the batches. Pure: whoever asks
//! brings the batches and the day.

use crate::clause;
use crate::codes;
use crate::facts::batch::Batch;
use crate::facts::clock::{ClockKind, Standing};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// How a partner kept its periods.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Timeliness {
    /// Ended in time.
    pub kept: usize,
    /// Ended late.
    pub broken: usize,
    /// Running, in time.
    pub running: usize,
    /// Running, and late already.
    pub late: usize,
}

impl Timeliness {
    fn count(&mut self, standing: Standing) {
        match standing {
            Standing::Kept => self.kept += 1,
            Standing::Broken => self.broken += 1,
            Standing::Late => self.late += 1,
            Standing::Running | Standing::LastDay => self.running += 1,
        }
    }

    /// 按时办结率 of what has ended or is late, in a thousand; `None` when nothing has.
    pub fn kept_in_a_thousand(self) -> Option<usize> {
        let all = self.kept + self.broken + self.late;
        (all > 0).then(|| self.kept * 1_000 / all)
    }
}

/// Of each bank by its code, for the batches that began in a period (both days included).
pub fn of_banks<'a>(
    batches: impl Iterator<Item = &'a Batch>,
    from: Date,
    to: Date,
    today: Date,
) -> BTreeMap<String, Timeliness> {
    clause!(X7.4);
    count(batches, ClockKind::BankOpening, from, to, today, |b| Some(b.bank.as_str().to_owned()))
}

/// Of each vendor by its code.
pub fn of_vendors<'a>(
    batches: impl Iterator<Item = &'a Batch>,
    from: Date,
    to: Date,
    today: Date,
) -> BTreeMap<String, Timeliness> {
    clause!(X7.4);
    let vendor = |b: &Batch| b.state.vendor().map(|v| v.as_str().to_owned());
    count(batches, ClockKind::VendorMaking, from, to, today, vendor)
}

fn count<'a>(
    batches: impl Iterator<Item = &'a Batch>,
    kind: ClockKind,
    from: Date,
    to: Date,
    today: Date,
    whose: impl Fn(&Batch) -> Option<String>,
) -> BTreeMap<String, Timeliness> {
    let mut out: BTreeMap<String, Timeliness> = BTreeMap::new();
    for batch in batches {
        let Some(who) = whose(batch) else { continue };
        for clock in batch.clocks.iter().filter(|c| c.kind == kind) {
            if (from..=to).contains(&clock.started_on) {
                out.entry(who.clone()).or_default().count(clock.standing(today));
            }
        }
    }
    out
}

/// The name of a bank or a vendor for the report.
pub fn bank_name(code: &str) -> String {
    codes::bank(code).map_or_else(|| code.to_owned(), |b| b.name.clone())
}

/// The name of a vendor for the report.
pub fn vendor_name(code: &str) -> String {
    codes::vendors().find(|v| v.code == code).map_or_else(|| code.to_owned(), |v| v.name.clone())
}
