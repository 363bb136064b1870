//! 今日工作: the clocks that run where an officer works, the first to end first, and how many of them end when. It names nobody: an
//! application is shown by its form, and whoever opens it looks at the file with a line.

use crate::outcome::Failure;
use crate::reports::Table;
use crate::service::Service;
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::{Turn, position};
use kaguan_domain::facts::clock::{Clock, ClockKind};
use kaguan_domain::ids::{ApplicationId, BatchId, CityCode, HolderId, OrgId};
use kaguan_domain::permission::{Place, Verb};
use kaguan_store::{BatchesAsked, DueAsked, DueRow, ListedBatch, LoadRequest};
use std::collections::BTreeMap;

/// The applications on a page.
const ON_A_PAGE: i64 = 50;
/// The pages of a workbook.
const PAGES: usize = 20;
/// The latest batches of a city, whose clocks are looked at.
const BATCHES: i64 = 200;
/// 三个工作日内
const SOON_WORKING_DAYS: u32 = 3;

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

/// What a clock is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WorkOf {
    /// An application: whose file, its form, and what was applied for.
    Application { holder: HolderId, form_no: String, purpose: &'static str },
    /// A batch and its number.
    Batch { id: BatchId, number: String },
}

/// One clock that runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorkRow {
    pub of: WorkOf,
    pub clock: ClockKind,
    /// The last day.
    pub due: Date,
    pub urgency: Urgency,
    /// Where it stands.
    pub stands: &'static str,
    /// Whose turn it is.
    pub turn: Turn,
}

/// What waits where an officer works.
#[derive(Clone, Debug)]
pub struct TodaysWork {
    pub days: Days,
    /// How many applications and batches of each urgency, in the order of [`Urgency::ALL`].
    pub counts: [i64; 4],
    /// Batches first, then applications, each the first to end first.
    pub batches: Vec<WorkRow>,
    pub applications: Vec<WorkRow>,
    /// Where the next page of applications begins; none on the last.
    pub next: Option<DueRow>,
}

/// What waits in an area.
#[derive(Clone, Debug)]
pub struct AreaWork {
    /// The city that is listed; none for the whole province, of which only the cities are counted.
    pub city: Option<CityCode>,
    pub work: TodaysWork,
    /// The worst first.
    pub cities: Vec<CityWork>,
}

/// The same of one city, for the province.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CityWork {
    /// City code.
    pub city: String,
    /// In the order of [`Urgency::ALL`].
    pub counts: [i64; 4],
    /// The last day of the clock that is late the longest.
    pub worst: Option<Date>,
}

impl Service {
    /// The days that say what is late, due and soon.
    pub fn days(&self) -> Days {
        let today = self.now().date();
        let soon = self.institutions().calendar.due_after(today, SOON_WORKING_DAYS, false).last_day;
        Days { today, soon }
    }

    /// The clocks of the officer's outlet, or of the whole city for its centre.
    pub async fn todays_work(
        &self,
        actor: &Actor,
        only: Option<Urgency>,
        after: Option<DueRow>,
    ) -> Result<TodaysWork, Failure> {
        let home = self.org_of(actor, Verb::LookAtReminders, |home| Place::At(home.id))?;
        let outlet = home.kind.is_outlet().then_some(home.id);
        let city = home.city();
        // Batches are shown to those who may see them.
        let batches = match self.batches_for(actor, "").await {
            Ok(batches) => batches.rows,
            Err(Failure::Refused(_)) => Vec::new(),
            Err(e) => return Err(e),
        };
        self.work_at(city.as_ref().map(CityCode::as_str), outlet, &batches, only, after).await
    }

    /// 超期预警: the running clocks of a city, for its centre and the province, which without a city is told only how many.
    pub async fn area_work(
        &self,
        actor: &Actor,
        city: Option<&str>,
        only: Option<Urgency>,
        after: Option<DueRow>,
    ) -> Result<AreaWork, Failure> {
        clause!(R32.1);
        let city = self.area(actor, city)?;
        let of = city.as_ref().map(CityCode::as_str);
        let asked = BatchesAsked { city: of, ..BatchesAsked::default() };
        let batches = self.store().batches(asked, BATCHES).await?;
        let work = self.work_at(of, None, &batches, only, after).await?;
        let cities = self.cities_work(of, work.days).await?;
        Ok(AreaWork { city, work, cities })
    }

    /// The same as a table; of a city the first thousand applications.
    pub async fn area_work_table(
        &self,
        actor: &Actor,
        city: Option<&str>,
        only: Option<Urgency>,
    ) -> Result<Table, Failure> {
        let (mut rows, mut after) = (Vec::new(), None);
        for page in 0..PAGES {
            let found = self.area_work(actor, city, only, after).await?.work;
            if page == 0 {
                rows.extend(found.batches);
            }
            rows.extend(found.applications);
            after = found.next;
            if after.is_none() {
                break;
            }
        }
        rows.sort_by_key(|row| row.due);
        let row = |r: WorkRow| {
            let (what, purpose) = match r.of {
                WorkOf::Application { form_no, purpose, .. } => (form_no, purpose),
                WorkOf::Batch { number, .. } => (number, "批次"),
            };
            let texts = [purpose, r.stands, r.turn.name(), r.clock.name(), r.urgency.name()];
            let texts = texts.into_iter().map(str::to_owned);
            let article = r.clock.clause().cite();
            ([what].into_iter().chain(texts).chain([article, r.due.to_string()]).collect(), Vec::new())
        };
        let heads = vec!["申领表或批次", "业务", "现在", "下一步由谁办", "时限", "状态", "依据", "到期日"];
        Ok(Table { title: "超期预警", heads, rows: rows.into_iter().map(row).collect() })
    }

    /// What waits in a city, or at one of its outlets, with those of the batches that have a running clock.
    async fn work_at(
        &self,
        city: Option<&str>,
        outlet: Option<OrgId>,
        listed: &[ListedBatch],
        only: Option<Urgency>,
        after: Option<DueRow>,
    ) -> Result<TodaysWork, Failure> {
        let days = self.days();
        let mut counts = [0; 4];
        for (_, due, n) in self.store().applications_due_counts(city, outlet).await? {
            counts[days.urgency(due) as usize] += n;
        }
        let mut batches = Vec::new();
        for b in listed {
            let running = b.batch.clocks.iter().filter_map(|c| Some((c, c.runs_until()?)));
            batches.extend(running.map(|(c, due)| WorkRow {
                of: WorkOf::Batch { id: b.id, number: b.batch.number.clone() },
                clock: c.kind,
                due,
                urgency: days.urgency(due),
                stands: b.batch.state.name(),
                turn: Turn::of_batch(b.batch.state.kind()),
            }));
        }
        for row in &batches {
            counts[row.urgency as usize] += 1;
        }
        batches.retain(|row| only.is_none_or(|only| row.urgency == only));
        batches.sort_by_key(|row| row.due);
        let (from, until) = days.span(only);
        let asked = DueAsked { city: city.unwrap_or_default(), outlet, from, until, after };
        let mut due = self.store().applications_due(asked, ON_A_PAGE + 1).await?;
        let more = due.len() as i64 > ON_A_PAGE;
        due.truncate(usize::try_from(ON_A_PAGE).unwrap_or_default());
        let next = due.last().copied().filter(|_| more);
        let applications = self.work_of(&due, days).await?;
        Ok(TodaysWork { days, counts, batches, applications, next })
    }

    /// What the rows are about. A clock that has stopped since is left out.
    async fn work_of(&self, due: &[DueRow], days: Days) -> Result<Vec<WorkRow>, Failure> {
        let mut holders: Vec<HolderId> = due.iter().map(|row| row.holder).collect();
        holders.dedup();
        let loaded = self.store().load(&LoadRequest { holders, ..LoadRequest::default() }).await?;
        let institutions = self.institutions();
        let row = |d: &DueRow| {
            let file = loaded.holders.get(&d.holder)?;
            let application = file.application(d.application)?;
            let clock: &Clock = application.clock.as_ref()?;
            let due = clock.runs_until()?;
            let stands = position(file, application, &loaded.batches, &institutions)?;
            Some(WorkRow {
                of: WorkOf::Application {
                    holder: d.holder,
                    form_no: application.form_no.clone(),
                    purpose: application.purpose.name(),
                },
                clock: clock.kind,
                due,
                urgency: days.urgency(due),
                stands: stands.name(),
                turn: Turn::of(stands),
            })
        };
        Ok(due.iter().filter_map(row).collect())
    }

    /// The same of every city, the worst first: for the province.
    pub async fn todays_work_by_city(&self, actor: &Actor) -> Result<Vec<CityWork>, Failure> {
        let home = self.org_of(actor, Verb::LookAtReports, crate::lists::own_city)?;
        let city = home.city();
        self.cities_work(city.as_ref().map(CityCode::as_str), self.days()).await
    }

    /// How many clocks run in a city or in each, the worst first.
    async fn cities_work(&self, city: Option<&str>, days: Days) -> Result<Vec<CityWork>, Failure> {
        let counted = self.store().applications_due_counts(city, None).await?;
        let mut cities: BTreeMap<String, CityWork> = BTreeMap::new();
        for (city, due, n) in counted {
            let of_city = || CityWork { city: city.clone(), counts: [0; 4], worst: None };
            let row = cities.entry(city.clone()).or_insert_with(of_city);
            row.counts[days.urgency(due) as usize] += n;
            if due < days.today {
                row.worst.get_or_insert(due);
            }
        }
        let mut all: Vec<CityWork> = cities.into_values().collect();
        all.sort_by_key(|c| std::cmp::Reverse(c.counts));
        Ok(all)
    }
}

/// The place of a row in the list, as an address names it: the day, and two identities that mean nothing elsewhere.
pub fn page_key(row: &DueRow) -> String {
    format!("{}.{}.{}", row.due, row.holder, row.application)
}

/// Reads what [`page_key`] wrote.
pub fn read_page_key(key: &str) -> Option<DueRow> {
    let mut parts = key.splitn(3, '.');
    let due = parts.next()?.parse().ok()?;
    let holder = HolderId(parts.next()?.parse().ok()?);
    let application = ApplicationId(parts.next()?.parse().ok()?);
    Some(DueRow { holder, application, due })
}
