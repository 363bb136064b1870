//! 时限与通报: how many wait where, which clocks run and ran, what happened in a period. Each answer is counted by the database, of one
//! city or of all; and an earlier schema's rows are entered once.

use super::{RunningCount, cities};
use crate::engine::StoreError;
use crate::load::Subject;
use crate::rows::loose::{OfferedAlike, SinglesAlike};
use crate::rows::people::{CardRow, UnitsDue};
use crate::rows::statistics::{
    BatchClockRow, BatchesDue, HappenedBetween, HappenedInMonth, HappenedRow, TAKEN_BACK, tally,
};
use crate::rows::under_way::{
    self, BOX, BoxStep, CARD, CardStep, OF_ORG, OPEN, OpenStep, RECALL, RECALL_BOX, RecallsAlike,
    UnderWayCount,
};
use crate::sql;
use crate::store::{OpenError, Store};
use crate::table::Questions;
use jiff::Span;
use jiff::civil::Date;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::clock::ClockKind;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::names::{BatchStateKind, CustodyKind, SocialKind, StageKind};
use kaguan_domain::ids::{ApplicationId, BankCode, CardId, CityCode, OrgId};
use kaguan_domain::report::{Business, Ran, happened, happened_in_batch};
use std::collections::{BTreeMap, HashMap};

/// In meta: whether what happened, the clocks of batches, and where cards are under way are counted from the beginning.
const COUNTED: &str = "statistics";
/// In meta: how what is under way is counted.
const UNDER_WAY: &str = "under_way";
/// By box, by who keeps boxes and what they are bound for, recalls as well, and clocks that are alike.
const COUNTED_AS: &str = "4";
/// The same, but for what boxes are bound for (schema 0028), and then but for who has what is recalled (schema 0031).
const BY_BOX: [&str; 2] = ["2", "3"];
/// Lines of the journal, and rows of a table, that are read at once.
const PAGE: i64 = 2_000;

/// Applications without a card at one step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenRow {
    /// City code.
    pub city: String,
    pub stage: StageKind,
    /// Whether the fee is settled.
    pub settled: bool,
    /// Whether a counter makes the card (即制卡标注).
    pub at_counter: bool,
    /// The state of their batch.
    pub batch: Option<BatchStateKind>,
    /// The last day of their clock while it runs.
    pub due: Option<Date>,
    pub n: i64,
}

/// Cards on their way that are with one keeper.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnderWayRow {
    /// City code.
    pub city: String,
    pub custody: CustodyKind,
    pub social: SocialKind,
    /// Who keeps the box that they lie in, as the books name a party.
    pub keeper: Option<String>,
    /// What their box is bound for: `BoxFile::bound_for`.
    pub to_org: Option<OrgId>,
    /// The last day of the application's clock while it runs.
    pub due: Option<Date>,
    pub n: i64,
}

/// Batches whose clock of a kind runs until a day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BatchesDueRow {
    /// City code.
    pub city: String,
    pub kind: ClockKind,
    pub due: Date,
    pub state: BatchStateKind,
    pub n: i64,
}

/// Cards that have to be taken back, and that are with one keeper.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecallRow {
    /// Who has them; its `due` is the last day of taking them back.
    pub at: UnderWayRow,
    /// Whether they are on their way, and among [`UnderWay::cards`].
    pub on_their_way: bool,
}

/// Single cards that an office keeps outside any box, and that are on their way or have to be taken back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SinglesRow {
    pub at: OrgId,
    /// City code.
    pub city: String,
    /// Whether their holders are still to have them.
    pub on_their_way: bool,
    /// The last day of taking them back; `None` of those that have not to be.
    pub recalled_by: Option<Date>,
    /// The last day of the application's clock while it runs.
    pub due: Option<Date>,
    pub n: i64,
}

/// Everything that is under way, as of one moment.
#[derive(Clone, Debug, Default)]
pub struct UnderWay {
    pub open: Vec<OpenRow>,
    pub cards: Vec<UnderWayRow>,
    pub batches: Vec<BatchesDueRow>,
    /// Cards that have to be taken back.
    pub recalls: Vec<RecallRow>,
    /// Unit applications whose people's data are still to come.
    pub units: Vec<RunningCount>,
    /// Those of the cards and recalls that some offices keep singly.
    pub singles: Vec<SinglesRow>,
}

/// How many cards, whose second offer is over, an office has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OfferedRow {
    /// City code.
    pub city: String,
    /// Whether the post has them for it.
    pub in_post: bool,
    pub keeper: OrgId,
    pub n: i64,
}

/// How often something happened in a month.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HappenedCount {
    /// `kaguan_domain::report::Business`, by its stable name.
    pub business: String,
    /// `2026-11`.
    pub month: String,
    /// City code.
    pub city: String,
    /// Bank code.
    pub bank: String,
    /// The kind within the business.
    pub detail: String,
    pub n: i64,
}

impl From<HappenedInMonth> for HappenedCount {
    fn from(r: HappenedInMonth) -> Self {
        Self { business: r.business, month: r.month, city: r.city, bank: r.bank, detail: r.detail, n: r.n }
    }
}

impl From<HappenedBetween> for HappenedInMonth {
    fn from(r: HappenedBetween) -> Self {
        Self { business: r.business, month: r.month, city: r.city, bank: r.bank, detail: r.detail, n: r.n }
    }
}

/// The first and the last day of the whole months between two days; `None` where no month is whole.
pub fn whole_months(from: Date, to: Date) -> Option<(Date, Date)> {
    let first = match from.day() {
        1 => from,
        _ => from.last_of_month().saturating_add(Span::new().days(1)),
    };
    let last = match to == to.last_of_month() {
        true => to,
        false => to.first_of_month().saturating_sub(Span::new().days(1)),
    };
    (first <= last).then_some((first, last))
}

impl BatchesDueRow {
    fn of(r: BatchesDue) -> Self {
        Self { city: r.city, kind: r.kind, due: r.due, state: r.state, n: r.n }
    }
}

impl Store {
    /// The batches under way in a city, or everywhere, by the clocks of theirs that run.
    pub async fn batches_due(&self, city: Option<&str>) -> Result<Vec<BatchesDueRow>, StoreError> {
        let found = self.ask(&sql::BATCHES_DUE, cities(city).into()).await?;
        Ok(found.into_iter().map(BatchesDueRow::of).collect())
    }

    /// What is under way in a city, or everywhere; and once more what of it some offices keep singly.
    pub async fn under_way(&self, city: Option<&str>, offices: &[OrgId]) -> Result<UnderWay, StoreError> {
        let mut asked = Questions::default();
        let of = |what: &'static str| cities(city).into_iter().chain([what.into()]);
        // Where no clock runs, no day stands.
        let with_days = |what| of(what).chain(["".into()]).collect();
        let open = asked.ask(&sql::OPEN_STEPS, with_days(OPEN));
        let cards = asked.ask(&sql::CARD_STEPS, with_days(CARD));
        let boxes = asked.ask(&sql::BOX_STEPS, with_days(BOX));
        let batches = asked.ask(&sql::BATCHES_DUE, cities(city).into());
        let loose = asked.ask(&sql::RECALLS_LOOSE, of(RECALL).collect());
        let in_box = CustodyKind::InBox.code().into();
        let recalled = asked.ask(&sql::RECALLS_IN_BOXES, of(RECALL_BOX).chain([in_box]).collect());
        let anywhere = cities(city).into_iter().chain([None::<i64>.into()]).collect();
        let units = asked.ask(&sql::UNIT_RUNNING_COUNTS, anywhere);
        let offices: Vec<i64> = offices.iter().map(|org| org.0).collect();
        let singly = [offices.into(), CustodyKind::AtOutlet.code().into()];
        let singles = asked.ask(&sql::SINGLES_AT, singly.into_iter().chain(cities(city)).collect());
        let mut answers = asked.answered(self).await?;
        let open_row = |r: OpenStep| OpenRow {
            city: r.city,
            stage: r.stage,
            settled: r.settled,
            at_counter: r.at_counter,
            batch: r.state,
            due: r.due,
            n: r.n,
        };
        let card_row = |r: CardStep| UnderWayRow {
            city: r.city,
            custody: r.custody,
            social: r.social,
            keeper: None,
            to_org: None,
            due: r.due,
            n: r.n,
        };
        let box_row = |r: BoxStep| UnderWayRow {
            city: r.city,
            custody: CustodyKind::InBox,
            social: r.social,
            keeper: Some(r.keeper),
            to_org: r.to_org,
            due: r.due,
            n: r.n,
        };
        let unit_row = |r: UnitsDue| RunningCount { city: r.city, due: r.due, n: r.n };
        let recall_row = |r: RecallsAlike| RecallRow {
            at: UnderWayRow {
                city: r.city,
                custody: r.custody,
                social: r.social,
                keeper: r.keeper,
                to_org: r.to_org,
                due: Some(r.due),
                n: r.n,
            },
            on_their_way: r.waits,
        };
        let singles_row = |r: SinglesAlike| SinglesRow {
            at: r.outlet,
            city: r.city,
            on_their_way: r.waits,
            recalled_by: r.recall_due,
            due: r.due,
            n: r.n,
        };
        Ok(UnderWay {
            open: answers.take(open)?.into_iter().map(open_row).collect(),
            cards: {
                let in_boxes = answers.take(boxes)?.into_iter().map(box_row);
                answers.take(cards)?.into_iter().map(card_row).chain(in_boxes).collect()
            },
            batches: answers.take(batches)?.into_iter().map(BatchesDueRow::of).collect(),
            recalls: {
                let in_boxes = answers.take(recalled)?;
                answers.take(loose)?.into_iter().chain(in_boxes).map(recall_row).collect()
            },
            units: answers.take(units)?.into_iter().map(unit_row).collect(),
            singles: answers.take(singles)?.into_iter().map(singles_row).collect(),
        })
    }

    /// Cards of a city, or of any, that still wait for their holders on a day although their second offer is over, by who has them.
    pub async fn second_offers_over(
        &self,
        city: Option<&str>,
        today: Date,
    ) -> Result<Vec<OfferedRow>, StoreError> {
        let params = cities(city).into_iter().chain([today.to_string().into()]).collect();
        let found = self.ask(&sql::SECOND_OFFERS_OVER, params).await?;
        let row = |r: OfferedAlike| OfferedRow {
            city: r.city,
            in_post: r.custody == CustodyKind::InPost,
            keeper: r.outlet,
            n: r.n,
        };
        Ok(found.into_iter().map(row).collect())
    }

    /// The clocks of a kind that batches of a city, or of any, began between two days, by the code of their owner.
    pub async fn batch_clocks(
        &self,
        kind: ClockKind,
        (from, to): (Date, Date),
        city: Option<&str>,
    ) -> Result<Vec<(String, Ran)>, StoreError> {
        let (from, to) = (from.to_string(), to.to_string());
        // Where a clock has not stopped, no day stands.
        let params = vec![kind.code().into(), from.into(), to.into(), city.into(), "".into()];
        let found = self.ask(&sql::BATCH_CLOCKS, params).await?;
        let ran = |r: crate::rows::statistics::ClocksAlike| {
            let (owner, taken_back) = match r.owner.strip_suffix(TAKEN_BACK) {
                Some(owner) => (owner.to_owned(), true),
                None => (r.owner, false),
            };
            let (started_on, due, stopped_on, n) = (r.started_on, r.due, r.stopped_on, r.n);
            (owner, Ran { started_on, due, stopped_on, taken_back, n })
        };
        Ok(found.into_iter().map(ran).collect())
    }

    /// What happened between two days, both included, by month; of a business and in a city, or of any.
    pub async fn happened(
        &self,
        business: Option<&str>,
        (from, to): (Date, Date),
        city: Option<&str>,
    ) -> Result<Vec<HappenedCount>, StoreError> {
        let of = |business: &str, (from, to): (Date, Date)| {
            vec![business.into(), from.to_string().into(), to.to_string().into(), city.into()]
        };
        let mut asked = Questions::default();
        let (mut days, mut months) = (Vec::new(), Vec::new());
        for code in Business::ALL.iter().map(|b| b.code()).filter(|code| business.is_none_or(|b| b == *code))
        {
            // Days are added up only where a month is not whole.
            let Some((first, last)) = whole_months(from, to) else {
                days.push(asked.ask(&sql::HAPPENED, of(code, (from, to))));
                continue;
            };
            if from < first {
                days.push(
                    asked.ask(&sql::HAPPENED, of(code, (from, first.saturating_sub(Span::new().days(1))))),
                );
            }
            if last < to {
                days.push(
                    asked.ask(&sql::HAPPENED, of(code, (last.saturating_add(Span::new().days(1)), to))),
                );
            }
            let month = |day: Date| day.strftime("%Y-%m").to_string().into();
            months.push(
                asked.ask(&sql::HAPPENED_MONTHS, vec![code.into(), month(first), month(last), city.into()]),
            );
        }
        let mut answers = asked.answered(self).await?;
        let mut found = Vec::new();
        for one in days {
            found.extend(answers.take(one)?.into_iter().map(HappenedInMonth::from));
        }
        for one in months {
            found.extend(answers.take(one)?);
        }
        // As SQL ordered them when one statement answered: by month, city, bank, business, kind.
        found.sort_by(|a, b| {
            let key = |r: &HappenedInMonth| {
                (r.month.clone(), r.city.clone(), r.bank.clone(), r.business.clone(), r.detail.clone())
            };
            key(a).cmp(&key(b))
        });
        Ok(found.into_iter().map(HappenedCount::from).collect())
    }

    /// What happened in some months, `2026-11`, both included; in a city, or in any.
    pub async fn happened_in_months(
        &self,
        business: &str,
        (from, to): (&str, &str),
        city: Option<&str>,
    ) -> Result<Vec<HappenedCount>, StoreError> {
        let params = vec![business.into(), from.into(), to.into(), city.into()];
        let found = self.ask(&sql::HAPPENED_MONTHS, params).await?;
        Ok(found.into_iter().map(HappenedCount::from).collect())
    }

    /// Counts everything of an earlier schema from the beginning. Once; done again when it was cut off.
    pub(crate) async fn count_the_past(&self) -> Result<(), OpenError> {
        if self.meta(COUNTED).await?.is_some() {
            return Ok(());
        }
        let mut people = self.people();
        while let Some(page) = people.next().await? {
            let all = page.files().flat_map(|f| f.cards.iter().map(|c| CardRow::of(self.keys(), f.id, c)));
            let rows: Vec<_> = all.collect();
            self.engine().transact(vec![sql::CARD_PUT.rows(self.keys(), rows)]).await?;
        }
        let mut batches = Vec::new();
        for listed in self.batches(crate::queries::BatchesAsked::default(), i64::MAX).await? {
            let file = BatchFile { batch: Some(listed.batch), ..BatchFile::new(listed.id) };
            batches.extend(BatchClockRow::changed(&file, None));
        }
        let counted = self.happened_so_far().await?;
        let clear = |sql| crate::engine::Write::one(sql, Vec::new(), None);
        let mut writes = vec![clear(&sql::HAPPENED_CLEAR), clear(&sql::HAPPENED_MONTH_CLEAR)];
        if !counted.is_empty() {
            writes.push(sql::HAPPENED_MONTH_PUT.rows(self.keys(), HappenedInMonth::of(&counted)));
            writes.push(sql::HAPPENED_PUT.rows(self.keys(), counted));
        }
        if !batches.is_empty() {
            writes.push(sql::BATCH_CLOCK_PUT.rows(self.keys(), batches));
        }
        self.engine().transact(writes).await?;
        Ok(self.put_meta(COUNTED, "1").await?)
    }

    /// Counts what is under way, and the clocks of batches, in a store of an earlier schema. Once; done again from the beginning when it
    /// was cut off.
    pub(crate) async fn count_what_is_under_way(&self) -> Result<(), OpenError> {
        let counted_as = self.meta(UNDER_WAY).await?;
        if counted_as.as_deref() == Some(COUNTED_AS) {
            return Ok(());
        }
        let whole = |sql| crate::engine::Write::one(sql, Vec::new(), None);
        let in_boxes = || crate::engine::Write::one(&sql::IN_BOX_ALL.sql, vec![OF_ORG.into()], None);
        if counted_as.as_deref().is_some_and(|before| BY_BOX.contains(&before)) {
            // What lies in each box was counted, and says the rest with the boxes and the cards.
            let one = |sql, what: &[&'static str]| {
                crate::engine::Write::one(sql, what.iter().map(|w| (*w).into()).collect(), None)
            };
            let writes = vec![
                one(&sql::UNDER_WAY_RECALLS_GONE, &[RECALL]),
                one(&sql::UNDER_WAY_RECALLS_GONE, &[RECALL_BOX]),
                one(&sql::UNDER_WAY_RECALLS.sql, &[RECALL, RECALL_BOX]),
                whole(&sql::IN_BOX_CLEAR),
                in_boxes(),
            ];
            self.engine().transact(writes).await?;
            return Ok(self.put_meta(UNDER_WAY, COUNTED_AS).await?);
        }
        let mut counted = BTreeMap::new();
        let mut people = self.people();
        while let Some(page) = people.next().await? {
            page.files().for_each(|file| under_way::tally(&mut counted, file, 1));
        }
        let mut writes =
            vec![whole(&sql::UNDER_WAY_CLEAR), whole(&sql::IN_BOX_CLEAR), whole(&sql::CLOCK_COUNT_CLEAR)];
        let rows = UnderWayCount::of(counted);
        if !rows.is_empty() {
            writes.push(sql::UNDER_WAY_PUT.rows(self.keys(), rows));
        }
        writes.push(in_boxes());
        writes.push(crate::engine::Write::one(&sql::CLOCK_COUNT_ALL.sql, vec!["".into()], None));
        self.engine().transact(writes).await?;
        Ok(self.put_meta(UNDER_WAY, COUNTED_AS).await?)
    }

    /// What the journal has to be counted. Whose card was whose city's is known from the line that says that it was made.
    async fn happened_so_far(&self) -> Result<Vec<HappenedRow>, StoreError> {
        let mut purposes: HashMap<ApplicationId, &'static str> = HashMap::new();
        let mut cards: HashMap<CardId, (CityCode, BankCode)> = HashMap::new();
        let mut batches: HashMap<kaguan_domain::ids::BatchId, BatchFile> = HashMap::new();
        let (mut counted, mut next) = (BTreeMap::new(), 1);
        loop {
            let lines = self.entries_from(next, PAGE).await?;
            let Some(last) = lines.last() else { break };
            next = last.seq + 1;
            for line in lines.iter().filter(|l| l.is_done()) {
                match Subject::parse(&line.subject) {
                    Some(Subject::Holder(_)) => {
                        for event in self.holder_events(line)? {
                            if let HolderEvent::Applied { application, .. } = &event {
                                purposes.insert(application.id, application.purpose.code());
                            }
                            if let HolderEvent::CardMade { card, .. } = &event {
                                cards.insert(card.id, (card.city.clone(), card.bank.clone()));
                            }
                            let card_of = |id| cards.get(&id).cloned();
                            let found = happened(&event, card_of, |id| purposes.get(&id).copied());
                            tally(&mut counted, Instant(line.at), found.as_slice());
                        }
                    }
                    Some(Subject::Batch(id)) => {
                        for event in self.batch_events(line)? {
                            let file = batches.entry(id).or_insert_with(|| BatchFile::new(id));
                            file.apply(&event, Instant(line.at));
                            tally(&mut counted, Instant(line.at), happened_in_batch(&event, file).as_slice());
                        }
                    }
                    _ => {}
                }
            }
        }
        Ok(counted.into_iter().map(HappenedRow::of).collect())
    }
}
