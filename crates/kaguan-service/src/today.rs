//! The clocks that run, the first to end first, and how many of them end when: 今日工作 and 待办提醒 have those of the officer's own place,
//! 超期预警 those of a city. It is one list, with other filters. It names nobody: somebody is shown by the form, and whoever opens it looks
//! at the file with a line.

use crate::lists::{entrusted, own_office};
use crate::outcome::Failure;
use crate::service::Service;
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::{Stands, Turn, card_position, position};
use kaguan_domain::distribution::waits_to_be_taken_over;
use kaguan_domain::facts::clock::ClockKind;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::institution::{OrgKind, Organisation, Task};
use kaguan_domain::facts::notice::NoticeKind;
use kaguan_domain::ids::{BankCode, BatchId, BoxId, CardId, CityCode, HolderId, OrgId};
use kaguan_domain::permission::{Place, Verb};
use kaguan_store::{
    BoxesChosen, ListedBox, LoadRequest, Loaded, Running, RunningAsked, RunningIn, RunningOf, Ticks,
};
use std::collections::BTreeMap;

/// 三个工作日内
const SOON_WORKING_DAYS: u32 = 3;

/// Clocks that are opened at most to find those that one has to act on, or as many as a part has: a page answers in time, and says that
/// there is more.
const OPENED: usize = 50;

/// Boxes for others that an office has in hand or waits for, at most.
const MOST_BOXES: i64 = 1_000;

/// How a clock that runs stands today.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Urgency {
    /// 已超期
    Late,
    /// 今日到期
    Today,
    /// 三个工作日内到期
    Soon,
    /// 未到期
    Later,
}

impl Urgency {
    /// All, the most urgent first.
    pub const ALL: [Self; 4] = [Self::Late, Self::Today, Self::Soon, Self::Later];

    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Late => "已超期",
            Self::Today => "今日到期",
            Self::Soon => "三个工作日内到期",
            Self::Later => "未到期",
        }
    }

    /// As an address names it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Today => "today",
            Self::Soon => "soon",
            Self::Later => "later",
        }
    }
}

/// The days between which each urgency lies.
#[derive(Clone, Copy, Debug)]
pub struct Days {
    pub today: Date,
    /// The third working day from now.
    pub soon: Date,
}

impl Days {
    /// Of a last day.
    pub fn urgency(self, due: Date) -> Urgency {
        match due {
            due if due < self.today => Urgency::Late,
            due if due == self.today => Urgency::Today,
            due if due <= self.soon => Urgency::Soon,
            _ => Urgency::Later,
        }
    }

    /// The first and the last day of one, or of all.
    fn span(self, of: Option<Urgency>) -> (Date, Date) {
        let next = |day: Date| day.tomorrow().unwrap_or(day);
        match of {
            None => (Date::MIN, Date::MAX),
            Some(Urgency::Late) => (Date::MIN, self.today.yesterday().unwrap_or(self.today)),
            Some(Urgency::Today) => (self.today, self.today),
            Some(Urgency::Soon) => (next(self.today), self.soon),
            Some(Urgency::Later) => (next(self.soon), Date::MAX),
        }
    }
}

/// Whom or what a clock is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WorkOf {
    /// Somebody: whose file, the form, and what was applied for, or why the card is taken back.
    Person { holder: HolderId, form_no: String, purpose: &'static str },
    /// A batch and its number.
    Batch { id: BatchId, number: String },
    /// An employer's application, by its form.
    Unit { form_no: String },
}

/// One clock that runs: a line of every list of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorkRow {
    /// Its place in the list; names nobody.
    pub key: String,
    pub of: WorkOf,
    pub clock: ClockKind,
    /// The last day.
    pub due: Date,
    /// The same as it is shown: whether it is provisional, and why.
    pub last_day: String,
    pub urgency: Urgency,
    /// Where it stands: with it who has to do what next.
    pub stands: Stands,
    /// Which office has the card, where it lies singly with one that hands none out; empty of anything else.
    pub kept_by: String,
}

/// Which of them.
#[derive(Clone, Copy, Debug)]
pub struct WorkAsked<'a> {
    /// One urgency; all without it.
    pub only: Option<Urgency>,
    /// About one thing; all without it.
    pub about: Option<RunningOf>,
    /// Those that one has to act on next; anybody without it.
    pub turn: Option<Turn>,
    /// The place that an earlier part ended at; empty for the beginning.
    pub after: &'a str,
    /// At most so many.
    pub most: usize,
}

/// The clocks of an area.
#[derive(Clone, Debug)]
pub struct Work {
    pub days: Days,
    /// The city that is listed; none for the whole province, of which the cities are only counted.
    pub city: Option<CityCode>,
    /// How many clocks of each urgency, in the order of [`Urgency::ALL`].
    pub counts: [i64; 4],
    /// By city, the worst first.
    pub cities: Vec<CityWork>,
    /// The first to end first.
    pub rows: Vec<WorkRow>,
    /// Where the next part begins; none on the last.
    pub more: Option<String>,
}

/// How many clocks run in a city.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CityWork {
    /// City code.
    pub city: String,
    /// In the order of [`Urgency::ALL`].
    pub counts: [i64; 4],
    /// The last day of the clock that is late the longest.
    pub worst: Option<Date>,
}

/// Where an officer may see them.
struct Area {
    city: Option<CityCode>,
    outlet: Option<OrgId>,
    /// Whether those of batches, too; of one bank, or of any.
    batches: bool,
    bank: Option<BankCode>,
    /// Boxes for others that it has to sign for or to send on.
    boxes: Vec<BoxId>,
}

impl Area {
    fn place(&self) -> RunningIn<'_> {
        RunningIn {
            city: self.city.as_ref().map(CityCode::as_str),
            outlet: self.outlet,
            boxes: &self.boxes,
            batches: self.batches,
            bank: self.bank.as_ref().map(BankCode::as_str),
        }
    }
}

impl Service {
    /// The days that say what is late, due and soon.
    pub fn days(&self) -> Days {
        let today = self.now().date();
        let soon = self.institutions().calendar.due_after(today, SOON_WORKING_DAYS, false).last_day;
        Days { today, soon }
    }

    /// 今日工作, 待办提醒: the clocks that the officer's office began or has to act on next: of an outlet those of what was taken in there,
    /// of cards that are collected there, and of cards that it has to pass on; of a county the last; of the whole city for its centre. A
    /// card that has to be taken back is listed with whoever has it in hand or has to sign for it.
    pub async fn todays_work(&self, actor: &Actor, asked: WorkAsked<'_>) -> Result<Work, Failure> {
        self.work_in(&self.own_area(actor).await?, asked).await
    }

    /// How many clocks of each urgency run where an officer works, in the order of [`Urgency::ALL`]: those of 今日工作, or of the area for
    /// whoever works at no counter and in no city. Nothing is read but the numbers.
    pub async fn open_clocks(&self, actor: &Actor) -> Result<[i64; 4], Failure> {
        let area = match self.own_area(actor).await {
            Err(Failure::Refused(_)) => {
                let city = self.area(actor, None)?;
                Area { city, outlet: None, batches: true, bank: None, boxes: Vec::new() }
            }
            own => own?,
        };
        let (days, mut counts) = (self.days(), [0; 4]);
        for found in self.store().running_counts(area.place()).await? {
            counts[days.urgency(found.due) as usize] += found.n;
        }
        Ok(counts)
    }

    /// Where an officer's own clocks run.
    async fn own_area(&self, actor: &Actor) -> Result<Area, Failure> {
        let home = self.org_of(actor, Verb::LookAtReminders, |home| Place::At(home.id))?;
        Ok(Area {
            city: home.city(),
            outlet: own_office(&home),
            boxes: self.boxes_to_pass_on(&home).await?,
            // Batches are shown to those who may see them.
            batches: self.may(actor, Verb::LookAtBatches, &entrusted(&home)).is_ok(),
            bank: home.bank.clone(),
        })
    }

    /// The boxes for other outlets that an office has to sign for or to send on: a county, or a bank that receives cards for its city.
    async fn boxes_to_pass_on(&self, home: &Organisation) -> Result<Vec<BoxId>, Failure> {
        clause!(R12.1);
        let passes_on = match home.kind {
            OrgKind::CountyCentre => true,
            OrgKind::HrOutlet | OrgKind::BankOutlet => {
                self.institutions().is_entrusted(home.id, Task::ReceiveCards)
            }
            OrgKind::ProvinceCentre | OrgKind::CityCentre => false,
        };
        if !passes_on {
            return Ok(Vec::new());
        }
        let any = BoxesChosen::default();
        let found = self.store().boxes_at(home.id, any, BoxId(i64::MIN), MOST_BOXES).await?;
        // What it has sent on waits for whoever signs for it.
        let waits_here =
            |b: &&ListedBox| b.file.outlet != home.id && b.file.bound_for().is_none_or(|to| to == home.id);
        Ok(found.iter().filter(waits_here).map(|b| b.file.id).collect())
    }

    /// 超期预警: the running clocks of a city, for its centre and the province, which without a city is told only how many.
    pub async fn area_work(
        &self,
        actor: &Actor,
        city: Option<&str>,
        asked: WorkAsked<'_>,
    ) -> Result<Work, Failure> {
        clause!(R32.1);
        let city = self.area(actor, city)?;
        let boxes = Vec::new();
        self.work_in(&Area { city, outlet: None, batches: true, bank: None, boxes }, asked).await
    }

    /// The one question behind every list of running clocks.
    async fn work_in(&self, area: &Area, asked: WorkAsked<'_>) -> Result<Work, Failure> {
        let days = self.days();
        let mut cities: BTreeMap<String, CityWork> = BTreeMap::new();
        let mut counts = [0; 4];
        for found in self.store().running_counts(area.place()).await? {
            let at = days.urgency(found.due) as usize;
            counts[at] += found.n;
            let none = CityWork { city: found.city.clone(), counts: [0; 4], worst: None };
            let row = cities.entry(found.city).or_insert(none);
            row.counts[at] += found.n;
            if found.due < days.today {
                row.worst = Some(row.worst.map_or(found.due, |worst| worst.min(found.due)));
            }
        }
        let mut cities: Vec<CityWork> = cities.into_values().collect();
        cities.sort_by_key(|c| std::cmp::Reverse(c.counts));
        let (mut rows, mut more) = (Vec::new(), None);
        if area.city.is_some() {
            let (from, until) = days.span(asked.only);
            let question =
                RunningAsked { of: asked.about, from, until, after: Running::read_key(asked.after) };
            // Whose turn it is follows from the files: more are opened than a part has.
            let opened = if asked.turn.is_some() { asked.most.max(OPENED) } else { asked.most };
            let limit = i64::try_from(opened).unwrap_or(i64::MAX);
            let mut found = self.store().running(area.place(), question, limit.saturating_add(1)).await?;
            let goes_on = found.len() > opened;
            found.truncate(opened);
            more = found.last().filter(|_| goes_on).map(Running::key);
            rows = self.rows_of(&found, days).await?;
            rows.retain(|row| asked.turn.is_none_or(|turn| row.stands.turn() == turn));
            if rows.len() > asked.most {
                rows.truncate(asked.most);
                more = rows.last().map(|row| row.key.clone());
            }
        }
        Ok(Work { days, city: area.city.clone(), counts, cities, rows, more })
    }

    /// What they are about. A clock that has stopped since is left out.
    async fn rows_of(&self, found: &[Running], days: Days) -> Result<Vec<WorkRow>, Failure> {
        let mut want = LoadRequest::default();
        for running in found {
            match running.of {
                Ticks::Batch(id, _) => want.batches.push(id),
                Ticks::Application(id, _) | Ticks::Card(id, _) => want.holders.push(id),
                Ticks::Unit(id) => want.units.push(id),
            }
        }
        want.batches.dedup();
        want.holders.dedup();
        let loaded = self.store().load(&want).await?;
        Ok(found.iter().filter_map(|running| self.row_of(running, &loaded, days)).collect())
    }

    fn row_of(&self, running: &Running, loaded: &Loaded, days: Days) -> Option<WorkRow> {
        let institutions = self.institutions();
        let kept_by = |file: &HolderFile, card: Option<CardId>| {
            let waits = waits_to_be_taken_over(file, file.card(card?)?, &institutions);
            institutions.org(waits?.0).map(|o| o.name.clone())
        };
        let mut kept = None;
        let (of, stands, clock) = match running.of {
            Ticks::Batch(id, kind) => {
                let batch = loaded.batches.get(&id)?.batch.as_ref()?;
                let clock = batch.clocks.iter().find(|c| c.kind == kind && c.runs_until().is_some())?;
                let of = WorkOf::Batch { id, number: batch.number.clone() };
                (of, Stands::Batch(batch.state.kind()), clock)
            }
            Ticks::Application(holder, id) => {
                let file = loaded.holders.get(&holder)?;
                let application = file.application(id)?;
                let stands = position(file, application, &loaded.batches, &institutions)?;
                if stands.is_distributed() {
                    return None;
                }
                kept = kept_by(file, file.cards.iter().find(|c| c.application == id).map(|c| c.id));
                let purpose = application.purpose.name();
                let of = WorkOf::Person { holder, form_no: application.form_no.clone(), purpose };
                (of, Stands::At(stands), application.clock.as_ref()?)
            }
            Ticks::Card(holder, id) => {
                let file = loaded.holders.get(&holder)?;
                let card = file.card(id)?;
                let (why, clock) = card.recall_clock()?;
                let form_no = file.application(card.application)?.form_no.clone();
                let purpose =
                    if why == NoticeKind::HolderDead { "死亡回收" } else { "逾期未领回收" };
                let place = card_position(card, loaded.batches.get(&card.batch), &institutions)?;
                kept = kept_by(file, Some(id));
                (WorkOf::Person { holder, form_no, purpose }, Stands::Recall(why, place), clock)
            }
            Ticks::Unit(id) => {
                let unit = loaded.units.get(&id)?;
                let form_no = unit.application.as_ref()?.form_no.clone();
                let clock = unit.clocks.iter().find(|c| c.runs_until().is_some())?;
                (WorkOf::Unit { form_no }, Stands::Unit, clock)
            }
        };
        let due = clock.runs_until()?;
        let last_day = clock.last_day_said(&institutions.calendar);
        let urgency = days.urgency(due);
        let kept_by = kept.unwrap_or_default();
        Some(WorkRow { key: running.key(), of, clock: clock.kind, due, last_day, urgency, stands, kept_by })
    }
}
