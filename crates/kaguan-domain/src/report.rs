//! 通报 (Appendix 7): the timeliness of each bank and vendor, counted from the clocks of the batches. Pure: whoever asks
//! brings the batches and the day.

use crate::clause;
use crate::codes;
use crate::facts::batch::{Batch, Missing};
use crate::facts::clock::{ClockKind, Standing};
use crate::facts::holder::HolderEvent;
use crate::ids::CardId;
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

/// Under which name an event is counted in 业务统计, and the card that it happened to; `None` for what is not counted.
pub fn counted(event: &HolderEvent) -> Option<(&'static str, CardId)> {
    use HolderEvent as E;
    if let E::CardMade { card, .. } = event {
        return Some(("制成", card.id));
    }
    if let E::LossReported { card, formal } = event {
        return Some((if *formal { "正式挂失" } else { "临时挂失" }, *card));
    }
    let replaced =
        if let E::CardReplaced { old, .. } = event { Some(("补换卡注销", *old)) } else { None };
    let handed = if let E::HandedOver { card, .. } = event { Some(("领取", *card)) } else { None };
    let enabled =
        if let E::Enabled { card, .. } = event { Some(("社保功能启用", *card)) } else { None };
    let active =
        if let E::Activated { card, .. } = event { Some(("银行账户激活", *card)) } else { None };
    let released = if let E::LossReleased { card } = event { Some(("解除挂失", *card)) } else { None };
    let back = if let E::TakenBack { card, .. } = event { Some(("回收", *card)) } else { None };
    let again = if let E::OfferedAgain { card, .. } = event { Some(("二次发放", *card)) } else { None };
    let ended = if let E::CardCancelled { card, .. } = event { Some(("注销", *card)) } else { None };
    let closed =
        if let E::AccountClosed { card } = event { Some(("银行账户销户", *card)) } else { None };
    replaced.or(handed).or(enabled).or(active).or(released).or(back).or(again).or(ended).or(closed)
}
