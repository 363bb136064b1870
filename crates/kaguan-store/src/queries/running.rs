//! The clocks that run in a city, whatever they are about: one list, the first to end first, paged by the last of its rows.

use super::cities;
use crate::engine::{Param, StoreError};
use crate::rows::people::{DueApplication, DueCount, RunningUnit, UnitsDue};
use crate::rows::statistics::{RunningBatch, RunningBatches};
use crate::rows::under_way::{BOX, CARD, DueSum, OPEN, RECALL, RECALL_BOX, RecalledCard};
use crate::sql;
use crate::store::Store;
use crate::table::Questions;
use jiff::civil::Date;
use kaguan_domain::facts::clock::ClockKind;
use kaguan_domain::ids::{ApplicationId, BatchId, BoxId, CardId, HolderId, OrgId, UnitId};
use std::collections::BTreeMap;

/// What a running clock is about; names nobody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ticks {
    Batch(BatchId, ClockKind),
    Application(HolderId, ApplicationId),
    /// A card that has to be taken back (R32.2).
    Card(HolderId, CardId),
    /// Data that an employer's people are still to be collected and uploaded (R9.2).
    Unit(UnitId),
}

/// A clock that runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Running {
    /// The last day.
    pub due: Date,
    pub of: Ticks,
}

/// Where running clocks are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunningIn<'a> {
    /// City code; any without one, where they are only counted.
    pub city: Option<&'a str>,
    /// The office that took the applications, where their cards are collected once they are made, or that has to take the cards back, to
    /// sign for them or to send them on; any without one.
    pub outlet: Option<OrgId>,
    /// Boxes for other outlets that this outlet or county has to sign for or to send on: the clocks of what lies in them are its own, too.
    pub boxes: &'a [BoxId],
    /// Whether those of batches, too.
    pub batches: bool,
    /// Of batches those of a bank, by its code; of any without one.
    pub bank: Option<&'a str>,
}

/// What running clocks are about, when only some of them are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RunningOf {
    /// Of batches, of one kind.
    Batch(ClockKind),
    Application,
    /// Of cards that have to be taken back (R32.2).
    Card,
    /// Of unit applications.
    Unit,
}

/// Which day's, and after which row.
#[derive(Clone, Copy, Debug)]
pub struct RunningAsked {
    /// Those about one thing; all without it.
    pub of: Option<RunningOf>,
    /// Last days from this one on.
    pub from: Date,
    /// Last days up to this one.
    pub until: Date,
    /// The last row of the page before.
    pub after: Option<Running>,
}

/// How many have their last day on one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RunningCount {
    /// City code.
    pub city: String,
    pub due: Date,
    pub n: i64,
}

impl Running {
    /// Its place: those of a day begin with batches and end with unit applications.
    fn place(&self) -> (Date, u8, i64, i64, &'static str) {
        let (kind, a, b, code) = match self.of {
            Ticks::Batch(batch, kind) => (0, batch.0, 0, kind.code()),
            Ticks::Application(holder, application) => (1, holder.0, application.0, ""),
            Ticks::Card(holder, card) => (2, holder.0, card.0, ""),
            Ticks::Unit(unit) => (3, unit.0, 0, ""),
        };
        (self.due, kind, a, b, code)
    }

    /// The place as an address names it: the day, and identities that mean nothing elsewhere.
    pub fn key(&self) -> String {
        match self.of {
            Ticks::Batch(batch, kind) => format!("{}.b.{batch}.{}", self.due, kind.code()),
            Ticks::Application(holder, application) => format!("{}.a.{holder}.{application}", self.due),
            Ticks::Card(holder, card) => format!("{}.c.{holder}.{card}", self.due),
            Ticks::Unit(unit) => format!("{}.u.{unit}.0", self.due),
        }
    }

    /// Reads what [`Self::key`] wrote.
    pub fn read_key(key: &str) -> Option<Self> {
        let mut parts = key.splitn(4, '.');
        let due = parts.next()?.parse().ok()?;
        let (kind, first, second) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
        let of = match kind {
            "b" => Ticks::Batch(BatchId(first), ClockKind::from_code(second)?),
            "a" => Ticks::Application(HolderId(first), ApplicationId(second.parse().ok()?)),
            "c" => Ticks::Card(HolderId(first), CardId(second.parse().ok()?)),
            "u" if second == "0" => Ticks::Unit(UnitId(first)),
            _ => return None,
        };
        Some(Self { due, of })
    }
}

impl RunningIn<'_> {
    /// The office and the boxes that it has to do with, when there are any.
    fn boxed(&self) -> Option<[Param; 2]> {
        let boxes: Vec<i64> = self.boxes.iter().map(|b| b.0).collect();
        self.outlet.filter(|_| !boxes.is_empty()).map(|outlet| [boxes.into(), outlet.0.into()])
    }
}

impl RunningAsked {
    /// After what a question of one kind begins: its own last row, or the whole of a day that another kind has ended in or begun.
    fn begin(&self, kind: u8) -> [Param; 3] {
        let (due, first, second, code) = match self.after {
            None => (self.from, i64::MIN, i64::MIN, ""),
            Some(after) => match after.place() {
                (due, at, ..) if at < kind => (due, i64::MIN, i64::MIN, ""),
                (due, at, ..) if at > kind => (due, i64::MAX, i64::MAX, "~"),
                (due, _, first, second, code) => (due, first, second, code),
            },
        };
        let last = if kind == 0 { code.into() } else { second.into() };
        [due.to_string().into(), first.into(), last]
    }
}

impl Store {
    /// The clocks that run somewhere and end between two days, the first to end first, after one; at most so many.
    pub async fn running(
        &self,
        place: RunningIn<'_>,
        asked: RunningAsked,
        limit: i64,
    ) -> Result<Vec<Running>, StoreError> {
        let params = |narrow: Param, kind| {
            let days = [asked.from, asked.until].map(|day| day.to_string().into());
            let place = [place.city.unwrap_or_default().into(), narrow].into_iter();
            place.chain(days).chain(asked.begin(kind)).chain([limit.into()]).collect()
        };
        let outlet = || place.outlet.map(|o| o.0).into();
        let wanted = |of: RunningOf| asked.of.is_none_or(|only| only == of);
        let mut questions = Questions::default();
        let kind = match asked.of {
            Some(RunningOf::Batch(kind)) => Some(kind),
            None | Some(RunningOf::Application | RunningOf::Card | RunningOf::Unit) => None,
        };
        let batches = (place.batches && (asked.of.is_none() || kind.is_some())).then(|| {
            let mut params: Vec<Param> = params(place.bank.into(), 0);
            params.push(kind.map(ClockKind::code).into());
            questions.ask(&sql::BATCH_RUNNING, params)
        });
        let applications =
            wanted(RunningOf::Application).then(|| questions.ask(&sql::APPLICATION_DUE, params(outlet(), 1)));
        let here = place.outlet.filter(|_| wanted(RunningOf::Application));
        let between = || [asked.from, asked.until].map(|day| day.to_string().into()).into_iter();
        let collected = here.map(|outlet| {
            let params = [Param::from(outlet.0)].into_iter().chain(between()).chain(asked.begin(1));
            questions.ask(&sql::COLLECT_DUE, params.chain([limit.into()]).collect())
        });
        let boxed = place.boxed().filter(|_| wanted(RunningOf::Application)).map(|boxed| {
            let params = boxed.into_iter().chain(between()).chain(asked.begin(1));
            questions.ask(&sql::BOXED_DUE, params.chain([limit.into()]).collect())
        });
        let cards = wanted(RunningOf::Card).then(|| {
            let (question, whose) = match place.outlet {
                Some(office) => (&sql::RECALLS_OF_OFFICE, office.0.into()),
                None => (&sql::RECALLS_OF_CITY, place.city.unwrap_or_default().into()),
            };
            let params = [whose].into_iter().chain(between()).chain(asked.begin(2));
            questions.ask(question, params.chain([limit.into()]).collect())
        });
        let after = asked.begin(3).into_iter().take(2);
        let days = [asked.from, asked.until].map(|day| day.to_string().into());
        let here = [place.city.unwrap_or_default().into(), outlet()].into_iter();
        let units = here.chain(days).chain(after).chain([limit.into()]).collect();
        let units = wanted(RunningOf::Unit).then(|| questions.ask(&sql::UNIT_RUNNING, units));
        let mut answers = questions.answered(self).await?;
        let batch = |r: RunningBatch| Running { due: r.due, of: Ticks::Batch(r.batch_id, r.kind) };
        let application =
            |r: DueApplication| Running { due: r.due, of: Ticks::Application(r.holder_id, r.application_id) };
        let card = |r: RecalledCard| Running { due: r.due, of: Ticks::Card(r.holder_id, r.card_id) };
        let batches = batches.map(|b| answers.take(b)).transpose()?.unwrap_or_default();
        let mut all: Vec<Running> = batches.into_iter().map(batch).collect();
        let applications = applications.map(|a| answers.take(a)).transpose()?.unwrap_or_default();
        all.extend(applications.into_iter().map(application));
        for more in [collected, boxed].into_iter().flatten() {
            all.extend(answers.take(more)?.into_iter().map(application));
        }
        all.extend(cards.map(|c| answers.take(c)).transpose()?.unwrap_or_default().into_iter().map(card));
        let unit = |r: RunningUnit| Running { due: r.due, of: Ticks::Unit(r.unit_id) };
        all.extend(units.map(|u| answers.take(u)).transpose()?.unwrap_or_default().into_iter().map(unit));
        all.sort_by_key(Running::place);
        all.truncate(usize::try_from(limit).unwrap_or_default());
        Ok(all)
    }

    /// How many of them there are, by city and last day.
    pub async fn running_counts(&self, place: RunningIn<'_>) -> Result<Vec<RunningCount>, StoreError> {
        let params = |narrow: Param| cities(place.city).into_iter().chain([narrow]).collect();
        let outlet = || place.outlet.map(|o| o.0).into();
        let mut questions = Questions::default();
        let batches =
            place.batches.then(|| questions.ask(&sql::BATCH_RUNNING_COUNTS, params(place.bank.into())));
        let applications =
            place.outlet.map(|o| questions.ask(&sql::APPLICATION_DUE_COUNTS, params(o.0.into())));
        let collected = place.outlet.map(|o| questions.ask(&sql::COLLECT_DUE_COUNTS, vec![o.0.into()]));
        let boxed = place.boxed().map(|boxed| questions.ask(&sql::BOXED_DUE_COUNTS, boxed.into()));
        let cards = place.outlet.map(|o| questions.ask(&sql::RECALLS_OF_OFFICE_COUNTS, vec![o.0.into()]));
        // Of a whole city they are summed up already: nobody's rows are gone through.
        let whole = place.outlet.is_none().then(|| {
            let summed = |what: &[&'static str]| {
                cities(place.city).into_iter().chain(what.iter().map(|w| Param::from(*w))).collect()
            };
            [
                questions.ask(&sql::CLOCKS_UNDER_WAY, summed(&[OPEN, CARD, RECALL, ""])),
                questions.ask(&sql::CLOCKS_IN_BOXES, summed(&[BOX, RECALL_BOX, ""])),
            ]
        });
        let units = questions.ask(&sql::UNIT_RUNNING_COUNTS, params(outlet()));
        let mut answers = questions.answered(self).await?;
        let mut counts: BTreeMap<(String, Date), i64> = BTreeMap::new();
        let mut add = |city, due, n| *counts.entry((city, due)).or_default() += n;
        let found = batches.map(|b| answers.take(b)).transpose()?.unwrap_or_default();
        found.into_iter().for_each(|r: RunningBatches| add(r.city, r.due, r.n));
        for more in [applications, collected, boxed].into_iter().flatten() {
            answers.take(more)?.into_iter().for_each(|r: DueCount| add(r.city, r.due, r.n));
        }
        for summed in cards.into_iter().chain(whole.into_iter().flatten()) {
            answers.take(summed)?.into_iter().for_each(|r: DueSum| add(r.city, r.due, r.n));
        }
        answers.take(units)?.into_iter().for_each(|r: UnitsDue| add(r.city, r.due, r.n));
        Ok(counts.into_iter().map(|((city, due), n)| RunningCount { city, due, n }).collect())
    }
}
