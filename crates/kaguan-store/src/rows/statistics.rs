//! What statistics are counted from: what happened on cards, the clocks of batches; and the answers about them.

use crate::commit::NewEntry;
use crate::table::row;
use jiff::civil::Date;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::clock::ClockKind;
use kaguan_domain::facts::names::BatchStateKind;
use kaguan_domain::ids::BatchId;
use kaguan_domain::report::{Happened, whose};
use std::collections::BTreeMap;

row! {
    /// How often something happened on a day, by city, bank and kind.
    HappenedRow in "happened" [business: String, day: Date, city: String, bank: String, detail: String] { n: i64 }
        ; unvouched "counted on in the database: check counts it again from the journal"

    /// The same of a month, `2026-11`.
    HappenedInMonth in "happened_month" [business: String, month: String, city: String, bank: String, detail: String] {
        n: i64,
    }; unvouched "counted on in the database: check counts it again from the journal"

    /// The same of the days of a month that are asked for.
    HappenedBetween in "happened" [business: String, month: String, city: String, bank: String, detail: String] {
        n: i64,
    }; unvouched "counted on in the database: check counts it again from the journal"

    /// A clock of a batch. `owner` is the code of the bank or the vendor that has to keep it, with [`TAKEN_BACK`] behind it where the batch
    /// was taken from it without an answer; empty for the centres.
    BatchClockRow in "batch_clock" [batch_id: BatchId, kind: ClockKind] {
        city: String,
        owner: String,
        started_on: Date,
        due: Date,
        stopped_on: Option<Date>,
    }

    /// How many clocks of batches run or ran alike; `stopped_on` is empty while they run.
    ClockCount in "clock_count" [
        kind: ClockKind, started_on: Date, city: String, owner: String, due: Date, stopped_on: String
    ] { n: i64 }; unvouched "counted on in the database: check counts it again from the journal"

    /// How many clocks of an owner ran alike.
    ClocksAlike in "clock_count" [owner: String, started_on: Date, due: Date] { stopped_on: Option<Date>, n: i64 }
        ; unvouched "summed in the database: check counts it again from the journal"

    /// How many batches of a city have a clock that runs until a day.
    BatchesDue in "batch_clock" [city: String, kind: ClockKind, due: Date] { state: BatchStateKind, n: i64 }
        ; unvouched "counted in the database: a row whose columns were changed is named by check"

    /// A clock of a batch that runs.
    RunningBatch in "batch_clock" [batch_id: BatchId, kind: ClockKind] { due: Date }

    /// How many clocks of a city's batches have their last day on one.
    RunningBatches in "batch_clock" [city: String, due: Date] { n: i64 }
        ; unvouched "counted in the database: a row whose columns were changed is named by check"
}

/// Stands behind the owner of a clock that ended because its batch was taken back (收回批次).
pub(crate) const TAKEN_BACK: &str = "!";

/// Business, day, city, bank and kind, in this order.
pub(crate) type HappenedKey = (&'static str, Date, String, String, &'static str);

/// Adds what is counted of one line of the journal.
pub(crate) fn tally(into: &mut BTreeMap<HappenedKey, i64>, at: Instant, happened: &[Happened]) {
    for h in happened {
        let (city, bank) = (h.city.as_str().to_owned(), h.bank.as_str().to_owned());
        *into.entry((h.business.code(), at.date(), city, bank, h.detail)).or_default() += h.cards;
    }
}

impl HappenedRow {
    pub(crate) fn of((key, n): (HappenedKey, i64)) -> Self {
        let (business, day, city, bank, detail) = key;
        Self { business: business.to_owned(), day, city, bank, detail: detail.to_owned(), n }
    }

    /// What the lines of a commit add.
    pub(crate) fn of_lines(lines: &[NewEntry]) -> Vec<Self> {
        let mut counted = BTreeMap::new();
        for line in lines {
            tally(&mut counted, line.at, &line.happened);
        }
        counted.into_iter().map(Self::of).collect()
    }
}

impl HappenedInMonth {
    /// What some days come to.
    pub(crate) fn of(days: &[HappenedRow]) -> Vec<Self> {
        let mut months: BTreeMap<(String, String, String, String, String), i64> = BTreeMap::new();
        for r in days {
            let month = r.day.strftime("%Y-%m").to_string();
            let (city, bank) = (r.city.clone(), r.bank.clone());
            *months.entry((r.business.clone(), month, city, bank, r.detail.clone())).or_default() += r.n;
        }
        let row =
            |((business, month, city, bank, detail), n)| Self { business, month, city, bank, detail, n };
        months.into_iter().map(row).collect()
    }
}

impl BatchClockRow {
    /// The clocks of a batch that are not as they were; of a kind the last.
    pub(crate) fn changed(file: &BatchFile, before: Option<&BatchFile>) -> Vec<Self> {
        let known = before.map(Self::all).unwrap_or_default();
        let now = Self::all(file).into_iter();
        now.filter(|(kind, row)| known.get(kind) != Some(row)).map(|(_, row)| row).collect()
    }

    /// The kinds of clock that a batch has no more.
    pub(crate) fn gone(file: &BatchFile, before: Option<&BatchFile>) -> Vec<ClockKind> {
        let now = Self::all(file);
        let known = before.map(Self::all).unwrap_or_default();
        known.into_keys().filter(|kind| !now.contains_key(kind)).collect()
    }

    /// What is counted of a clock.
    fn alike(self) -> ClockCount {
        let Self { batch_id: _, kind, city, owner, started_on, due, stopped_on } = self;
        let stopped_on = stopped_on.map(|day| day.to_string()).unwrap_or_default();
        ClockCount { kind, started_on, city, owner, due, stopped_on, n: 1 }
    }

    fn all(file: &BatchFile) -> BTreeMap<ClockKind, Self> {
        let of = |b: &kaguan_domain::facts::batch::Batch| {
            let row = |c: &kaguan_domain::facts::clock::Clock| Self {
                batch_id: file.id,
                kind: c.kind,
                city: b.city.as_str().to_owned(),
                owner: format!("{}{}", whose(c.kind, b), if c.taken_back { TAKEN_BACK } else { "" }),
                started_on: c.started_on,
                due: c.due.last_day,
                stopped_on: c.stopped_on,
            };
            b.clocks.iter().map(|c| (c.kind, row(c))).collect()
        };
        file.batch.as_ref().map(of).unwrap_or_default()
    }
}

impl ClockCount {
    /// What the changed files of a commit add and take away.
    pub(crate) fn changed(files: &[(&BatchFile, Option<&BatchFile>)]) -> Vec<Self> {
        let mut counted: BTreeMap<_, i64> = BTreeMap::new();
        let mut tally = |file: &BatchFile, sign: i64| {
            for row in BatchClockRow::all(file).into_values().map(BatchClockRow::alike) {
                let Self { kind, started_on, city, owner, due, stopped_on, n } = row;
                *counted.entry((kind, started_on, city, owner, due, stopped_on)).or_default() += sign * n;
            }
        };
        for (file, before) in files {
            tally(file, 1);
            if let Some(before) = before {
                tally(before, -1);
            }
        }
        let row = |((kind, started_on, city, owner, due, stopped_on), n)| Self {
            kind,
            started_on,
            city,
            owner,
            due,
            stopped_on,
            n,
        };
        counted.into_iter().filter(|(_, n)| *n != 0).map(row).collect()
    }
}
