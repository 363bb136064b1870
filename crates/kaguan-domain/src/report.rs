//! 通报 (Appendix 7): the timeliness of each bank and vendor, counted from the clocks of the batches. Pure: whoever asks
//! brings the batches and the day.

mod happened;
mod times;

pub use happened::{Business, Happened, counted, happened, happened_in, happened_in_batch};
pub use times::{Ran, Times, whose};

use crate::clause;
use crate::codes;
use crate::facts::batch::{Batch, Missing};
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
    /// Never answered: taken back after its days.
    pub taken_back: usize,
}

impl Timeliness {
    fn count(&mut self, standing: Standing, n: usize) {
        match standing {
            Standing::Kept => self.kept += n,
            Standing::Broken => self.broken += n,
            Standing::TakenBack => self.taken_back += n,
            Standing::Late => self.late += n,
            Standing::Running | Standing::LastDay => self.running += n,
        }
    }

    /// 超期: what ended late, is late, or was taken back without an answer.
    pub fn over(self) -> usize {
        self.broken + self.late + self.taken_back
    }

    /// 按时办结率 of what has ended or is late, in a thousand; `None` when nothing has.
    pub fn kept_in_a_thousand(self) -> Option<usize> {
        let all = self.kept + self.over();
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
                out.entry(who.clone()).or_default().count(clock.standing(today), 1);
            }
        }
    }
    out
}

/// The name of a bank or a vendor for the report.
pub fn bank_name(code: &str) -> String {
    codes::bank(code).map_or_else(|| code.to_owned(), |b| b.name.clone())
}

/// How one bank's data reached the vendors (X7.6).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BankDataKept {
    /// Batches with a vendor whose order, or whose complete data, is of the period.
    pub batches: usize,
    /// Those of which a vendor said that the bank's data had not arrived.
    pub missing: usize,
    /// Those of them whose data have arrived since.
    pub arrived: usize,
    /// The longest time until they did, in days.
    pub longest: i32,
}

/// Of each bank by its code.
pub fn of_bank_data<'a>(
    batches: impl Iterator<Item = &'a Batch>,
    from: Date,
    to: Date,
) -> BTreeMap<String, BankDataKept> {
    clause!(X7.6);
    let mut out: BTreeMap<String, BankDataKept> = BTreeMap::new();
    for batch in batches {
        let making = batch.clocks.iter().find(|c| c.kind == ClockKind::VendorMaking);
        if !making.is_some_and(|c| (from..=to).contains(&c.started_on)) {
            continue;
        }
        let kept = out.entry(batch.bank.as_str().to_owned()).or_default();
        kept.batches += 1;
        let mut lacked = batch.incomplete.iter().filter(|i| i.missing == Missing::BankData).peekable();
        kept.missing += usize::from(lacked.peek().is_some());
        for (reported, arrived) in lacked.filter_map(|i| Some((i.reported_on, i.arrived_on?))) {
            kept.arrived += 1;
            kept.longest = kept.longest.max((arrived - reported).get_days());
        }
    }
    out
}
