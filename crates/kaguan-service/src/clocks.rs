//! 时限与通报: where applications and cards wait, which clocks run against whom, how banks and vendors kept theirs, and what was issued
//! and recalled; of a city for its centre, of every city for the province. Everything is a count: it names nobody.

use crate::lists::own_city;
use crate::outcome::Failure;
use crate::reports::Table;
use crate::service::Service;
use crate::today::{CityWork, Days, Urgency};
use jiff::ToSpan;
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::codes;
use kaguan_domain::codes::vendor_name;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::{
    Position, Stands, Turn, position_of_card, position_of_single, position_with, position_without_card,
};
use kaguan_domain::facts::batch::BatchState;
use kaguan_domain::facts::clock::{Clock, ClockKind};
use kaguan_domain::facts::custody::Party;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::names::{BatchStateKind, SocialKind};
use kaguan_domain::ids::{CityCode, OrgId};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::report::{Business, Times, bank_name};
use kaguan_store::{BatchesAsked, HappenedCount, LoadRequest, RecallRow, UnderWayRow};
use std::collections::BTreeMap;

/// A period has no more months than this: three years.
const MOST_MONTHS: usize = 36;

/// Of batches that wait for their bank no more are looked at.
const MOST_WAITING: i64 = 2_000;

/// How long a clock is late, or how soon it ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Age {
    /// 超期30日以上
    VeryLate,
    /// 超期8至30日
    Late,
    /// 超期7日以内
    JustLate,
    /// 今日到期
    Today,
    /// 三个工作日内到期
    Soon,
    /// 未到期
    Later,
}

impl Age {
    /// All, the worst first.
    pub const ALL: [Self; 6] =
        [Self::VeryLate, Self::Late, Self::JustLate, Self::Today, Self::Soon, Self::Later];

    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::VeryLate => "超期30日以上",
            Self::Late => "超期8至30日",
            Self::JustLate => "超期7日以内",
            Self::Today => "今日到期",
            Self::Soon => "三个工作日内",
            Self::Later => "未到期",
        }
    }

    /// Of a clock that ends on a day.
    pub fn of(due: Date, days: Days) -> Self {
        match days.urgency(due) {
            Urgency::Late => match days.today.since(due).map_or(0, |late| late.get_days()) {
                ..=7 => Self::JustLate,
                8..=30 => Self::Late,
                _ => Self::VeryLate,
            },
            Urgency::Today => Self::Today,
            Urgency::Soon => Self::Soon,
            Urgency::Later => Self::Later,
        }
    }
}

/// For what something waits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum WaitsFor {
    /// An application or its card, at a place on the way.
    At(Position),
    /// A card that has to be taken back (R32.2), by whoever has it or has to sign for it.
    Recall(Turn),
}

impl WaitsFor {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::At(position) => position.name(),
            Self::Recall(_) => "逾期未领或持卡人死亡，卡待回收",
        }
    }

    /// Who has to act next.
    pub fn turn(self) -> Turn {
        match self {
            Self::At(position) => Turn::of(position),
            Self::Recall(turn) => turn,
        }
    }
}

/// How many wait at a step, and of how many the clock is late.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    pub at: WaitsFor,
    pub n: i64,
    pub late: i64,
}

/// What a clock is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClockOf {
    /// 申请
    Application,
    /// 待回收卡
    Recall,
    /// 批量申请
    Unit,
    /// 批次
    Batch,
}

impl ClockOf {
    /// All, in the order of [`Against::counts`].
    pub const ALL: [Self; 4] = [Self::Application, Self::Recall, Self::Unit, Self::Batch];

    /// What is counted, and by which measure.
    pub fn name(self) -> &'static str {
        match self {
            Self::Application => "申请（件）",
            Self::Recall => "待回收卡（张）",
            Self::Unit => "批量申请（件）",
            Self::Batch => "批次（批）",
        }
    }

    /// The same behind a number.
    pub fn measured(self) -> &'static str {
        match self {
            Self::Application => "件申请",
            Self::Recall => "张待回收卡",
            Self::Unit => "件批量申请",
            Self::Batch => "个批次",
        }
    }
}

/// The clocks that run against somebody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Against {
    pub turn: Turn,
    /// In the order of [`ClockOf::ALL`]; of each in the order of [`Age::ALL`].
    pub counts: [[i64; 6]; 4],
}

impl Against {
    /// Of what clocks run, and how many of each age.
    pub fn running(&self) -> impl Iterator<Item = (ClockOf, [i64; 6])> {
        let all = ClockOf::ALL.into_iter().zip(self.counts);
        all.filter(|(_, counts)| counts.iter().any(|n| *n != 0))
    }
}

/// 时限看板.
#[derive(Clone, Debug)]
pub struct Board {
    /// The city that is shown; every city for the province.
    pub city: Option<CityCode>,
    pub days: Days,
    /// In the order of the way; steps at which nobody waits are left out.
    pub steps: Vec<Step>,
    /// Those against whom no clock runs are left out.
    pub against: Vec<Against>,
    /// The running clocks by city, the worst first.
    pub cities: Vec<CityWork>,
}

/// Whose clocks are reported.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Partners {
    /// 银行开户回盘
    Banks,
    /// 卡制作厂商制卡回盘
    Vendors,
}

impl Partners {
    /// The clock that they have to keep (Appendix 7).
    pub fn clock(self) -> ClockKind {
        match self {
            Self::Banks => ClockKind::BankOpening,
            Self::Vendors => ClockKind::VendorMaking,
        }
    }

    /// The title of the report.
    pub fn title(self) -> &'static str {
        match self {
            Self::Banks => "银行时效通报",
            Self::Vendors => "卡商时效通报",
        }
    }

    /// What the partner is called.
    pub fn who(self) -> &'static str {
        match self {
            Self::Banks => "服务银行",
            Self::Vendors => "卡制作厂商",
        }
    }

    fn name(self, code: &str) -> String {
        match self {
            Self::Banks => bank_name(code),
            Self::Vendors => vendor_name(code),
        }
    }
}

/// Whole months, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Months {
    /// Their first day.
    pub from: Date,
    /// Their last day.
    pub to: Date,
}

impl Months {
    /// From and to a month, `2026-01`; `None` for what is no month, the wrong way round, or too long.
    pub fn read(from: &str, to: &str) -> Option<Self> {
        let first = |text: &str| format!("{text}-01").parse::<Date>().ok().filter(|_| text.len() == 7);
        let months = Self { from: first(from)?, to: first(to)?.last_of_month() };
        (months.from <= months.to && months.all().len() <= MOST_MONTHS).then_some(months)
    }

    /// The last six, up to the month of a day.
    pub fn until(today: Date) -> Self {
        let from = today.first_of_month().checked_sub(5.months()).unwrap_or(today);
        Self { from, to: today.last_of_month() }
    }

    /// How many months after the first a day is; `None` before it.
    fn place(self, day: Date) -> Option<usize> {
        let months = |day: Date| i32::from(day.year()) * 12 + i32::from(day.month());
        usize::try_from(months(day) - months(self.from)).ok()
    }

    /// Each, as `2026-01`.
    pub fn all(self) -> Vec<String> {
        let firsts = self.from.series(1.month()).take_while(|day| *day <= self.to).take(MOST_MONTHS + 1);
        firsts.map(month_of).collect()
    }
}

/// A day's month, `2026-01`.
pub fn month_of(day: Date) -> String {
    day.strftime("%Y-%m").to_string()
}

/// A partner in the report.
#[derive(Clone, Debug)]
pub struct Partner {
    pub code: String,
    pub name: String,
    /// Of the whole period.
    pub total: Times,
    /// Of each month, by the day on which the clock began; in the order of [`Months::all`].
    pub months: Vec<Times>,
}

/// 银行时效通报, 卡商时效通报.
#[derive(Clone, Debug)]
pub struct PartnerTimes {
    pub partners: Partners,
    pub city: Option<CityCode>,
    pub months: Months,
    /// By their codes.
    pub rows: Vec<Partner>,
    /// 待提取: batches that are confirmed now and whose bank has not extracted the data, so that its clock has not begun; of banks alone.
    pub not_extracted: Vec<NotExtracted>,
}

/// What a bank has not extracted.
#[derive(Clone, Debug)]
pub struct NotExtracted {
    /// The bank's name.
    pub name: String,
    pub batches: usize,
    /// The day on which the first of them was confirmed.
    pub since: Date,
}

/// 发行统计, 回收统计.
#[derive(Clone, Debug)]
pub struct Counted {
    pub business: Business,
    pub city: Option<CityCode>,
    pub months: Months,
    pub rows: Vec<HappenedCount>,
}

impl Service {
    /// The city that an officer may ask about: the own one of a city's centre, whatever is asked for; any or all for the province.
    pub(crate) fn area(&self, actor: &Actor, asked: Option<&str>) -> Result<Option<CityCode>, Failure> {
        let home = self.org_of(actor, Verb::LookAtReports, own_city)?;
        let unknown = || Failure::from(Refusal::from(Reason::NotFound).by(clause!(R7.1)));
        let asked = asked.map(|code| {
            CityCode::of_division(&format!("{code}00")).filter(|c| c.as_str() == code).ok_or_else(unknown)
        });
        let city = match asked.transpose()? {
            Some(city) => Some(city),
            None => home.city(),
        };
        if let Some(city) = &city {
            self.may(actor, Verb::LookAtReports, &Place::City(city.clone()))?;
        }
        Ok(city)
    }

    /// 时限看板.
    pub async fn clock_board(&self, actor: &Actor, city: Option<&str>) -> Result<Board, Failure> {
        clause!(R7.1);
        let city = self.area(actor, city)?;
        let (days, institutions) = (self.days(), self.institutions());
        let centres = self.offices(|o| !o.kind.is_outlet());
        let under_way = self.store().under_way(city.as_ref().map(CityCode::as_str), &centres).await?;
        let mut steps: BTreeMap<WaitsFor, Step> = BTreeMap::new();
        let mut against: BTreeMap<usize, Against> = BTreeMap::new();
        let mut clock = |turn: Turn, due: Date, n: i64, of: ClockOf| {
            let place = Turn::ALL.iter().position(|t| *t == turn).unwrap_or(Turn::ALL.len());
            let row = against.entry(place).or_insert(Against { turn, counts: [[0; 6]; 4] });
            row.counts[of as usize][Age::of(due, days) as usize] += n;
        };
        let mut step = |at: WaitsFor, n: i64, is_late: bool| {
            let row = steps.entry(at).or_insert(Step { at, n: 0, late: 0 });
            row.n += n;
            row.late += if is_late { n } else { 0 };
        };
        let mut cities: BTreeMap<String, CityWork> = BTreeMap::new();
        let mut of_city = |city: &str, due: Date, n: i64| {
            let none = || CityWork { city: city.to_owned(), counts: [0; 4], worst: None };
            let row = cities.entry(city.to_owned()).or_insert_with(none);
            row.counts[days.urgency(due) as usize] += n;
            if due < days.today {
                row.worst = Some(row.worst.map_or(due, |worst| worst.min(due)));
            }
        };
        for row in &under_way.open {
            let Some(position) = position_without_card(row.stage, row.settled, row.at_counter, row.batch)
            else {
                continue;
            };
            step(WaitsFor::At(position), row.n, row.due.is_some_and(|due| due < days.today));
            if let Some(due) = row.due {
                clock(Turn::of(position), due, row.n, ClockOf::Application);
                of_city(&row.city, due, row.n);
            }
        }
        // Of the dead among them it is somebody else's turn (R33.1).
        let dead = self.store().dead_waiting(city.as_ref().map(CityCode::as_str)).await?;
        let batches = dead.iter().filter_map(|(_, a)| a.stage.batch()).collect();
        let batches = self.store().load(&LoadRequest { batches, ..LoadRequest::default() }).await?.batches;
        for (_, a) in &dead {
            let state = a.stage.batch().and_then(|id| Some(batches.get(&id)?.batch.as_ref()?.state.kind()));
            let (settled, at_counter) = (a.fee.is_settled(), a.instant_at.is_some());
            let Some(counted) = position_without_card(a.stage.kind(), settled, at_counter, state) else {
                continue;
            };
            let due = a.clock.as_ref().and_then(Clock::runs_until);
            for (position, n) in [(counted, -1), (counted.of_the_dead(), 1)] {
                step(WaitsFor::At(position), n, due.is_some_and(|due| due < days.today));
                if let Some(due) = due {
                    clock(Turn::of(position), due, n, ClockOf::Application);
                }
            }
        }
        for row in &under_way.cards {
            let Some(position) = place_of(row, &institutions) else { continue };
            // What has been distributed waits for its holder, and its application's period has ended.
            let due = row.due.filter(|_| !position.is_distributed());
            step(WaitsFor::At(position), row.n, due.is_some_and(|due| due < days.today));
            if let Some(due) = due {
                clock(Turn::of(position), due, row.n, ClockOf::Application);
                of_city(&row.city, due, row.n);
            }
        }
        // What is to be taken back waits for that and for nothing else: whoever has it acts, or has to sign for it (R12.1).
        for RecallRow { at: row, on_their_way } in &under_way.recalls {
            let place = place_of(row, &institutions);
            let turn = place.map_or(Turn::Outlet, Turn::of_recall);
            if let Some(position) = place.filter(|_| *on_their_way) {
                step(WaitsFor::At(position), -row.n, false);
            }
            step(WaitsFor::Recall(turn), row.n, row.due.is_some_and(|due| due < days.today));
            if let Some(due) = row.due {
                clock(turn, due, row.n, ClockOf::Recall);
                of_city(&row.city, due, row.n);
            }
        }
        // A single card at a centre was counted as if it lay at an outlet: its keeper has to pass it on (R12.1).
        for row in &under_way.singles {
            let Some(position) = position_of_single(row.at, &CityCode(row.city.clone()), &institutions)
            else {
                continue;
            };
            if let Some(due) = row.recalled_by {
                for (turn, n) in [(Turn::Outlet, -row.n), (Turn::of_recall(position), row.n)] {
                    step(WaitsFor::Recall(turn), n, due < days.today);
                    clock(turn, due, n, ClockOf::Recall);
                }
                continue;
            }
            step(WaitsFor::At(Position::AtOutlet), -row.n, false);
            step(WaitsFor::At(position), row.n, row.due.is_some_and(|due| due < days.today));
            if let Some(due) = row.due {
                clock(Turn::of(position), due, row.n, ClockOf::Application);
                of_city(&row.city, due, row.n);
            }
        }
        // A second offer that is over has no period of its own, and is overdue all the same: whoever has the card takes it back (R33.4).
        for row in self.store().second_offers_over(city.as_ref().map(CityCode::as_str), days.today).await? {
            let place = match row.in_post {
                true => Some(Position::InPost),
                false => position_of_single(row.keeper, &CityCode(row.city.clone()), &institutions),
            };
            let place = place.unwrap_or(Position::AtOutlet);
            step(WaitsFor::At(place), -row.n, false);
            step(WaitsFor::Recall(Turn::of_recall(place)), row.n, true);
        }
        for row in &under_way.units {
            clock(Stands::Unit.turn(), row.due, row.n, ClockOf::Unit);
            of_city(&row.city, row.due, row.n);
        }
        for row in &under_way.batches {
            clock(Turn::of_batch(row.state), row.due, row.n, ClockOf::Batch);
            of_city(&row.city, row.due, row.n);
        }
        let mut cities: Vec<CityWork> = cities.into_values().collect();
        cities.sort_by_key(|c| std::cmp::Reverse(c.counts));
        Ok(Board {
            city,
            days,
            steps: steps.into_values().filter(|s| s.n > 0).collect(),
            against: against.into_values().filter(|a| a.running().next().is_some()).collect(),
            cities,
        })
    }

    /// 银行时效通报, 卡商时效通报: the clocks that began in some months, by whoever has to keep them.
    pub async fn partner_times(
        &self,
        actor: &Actor,
        partners: Partners,
        city: Option<&str>,
        months: Months,
    ) -> Result<PartnerTimes, Failure> {
        clause!(X7.4);
        let city = self.area(actor, city)?;
        let kind = partners.clock();
        let days = (months.from, months.to);
        let found = self.store().batch_clocks(kind, days, city.as_ref().map(CityCode::as_str)).await?;
        let (institutions, today) = (self.institutions(), self.now().date());
        let calendar = &institutions.calendar;
        let all = months.all();
        let mut rows: BTreeMap<String, Partner> = BTreeMap::new();
        for (code, ran) in found.into_iter().filter(|(code, _)| !code.is_empty()) {
            let row = rows.entry(code.clone()).or_insert_with(|| Partner {
                name: partners.name(&code),
                code,
                total: Times::default(),
                months: vec![Times::default(); all.len()],
            });
            // The period is whole months, so that each clock began in one of them.
            if let Some(of_month) = months.place(ran.started_on).and_then(|at| row.months.get_mut(at)) {
                of_month.add(kind, ran, calendar, today);
            }
        }
        for row in rows.values_mut() {
            row.months.iter().for_each(|of_month| row.total.merge(of_month));
        }
        let not_extracted = match partners {
            Partners::Banks => self.not_extracted(city.as_ref()).await?,
            Partners::Vendors => Vec::new(),
        };
        Ok(PartnerTimes { partners, city, months, rows: rows.into_values().collect(), not_extracted })
    }

    /// Of each bank how many confirmed batches wait for it to extract the data.
    async fn not_extracted(&self, city: Option<&CityCode>) -> Result<Vec<NotExtracted>, Failure> {
        clause!(X7.2);
        let state = Some(BatchStateKind::Confirmed);
        let asked = BatchesAsked { city: city.map(CityCode::as_str), state, ..BatchesAsked::default() };
        let mut out: BTreeMap<String, NotExtracted> = BTreeMap::new();
        for row in self.store().batches(asked, MOST_WAITING).await? {
            let BatchState::Confirmed { at } = row.batch.state else { continue };
            let none =
                || NotExtracted { name: row.batch.bank.name().to_owned(), batches: 0, since: at.date() };
            let of_bank = out.entry(row.batch.bank.as_str().to_owned()).or_insert_with(none);
            of_bank.batches += 1;
            of_bank.since = of_bank.since.min(at.date());
        }
        Ok(out.into_values().collect())
    }

    /// 发行统计, 回收统计: what happened on cards in some months, whatever became of them since.
    pub async fn counted_for(
        &self,
        actor: &Actor,
        business: Business,
        city: Option<&str>,
        months: Months,
    ) -> Result<Counted, Failure> {
        clause!(R32.1);
        let city = self.area(actor, city)?;
        let (from, to) = (month_of(months.from), month_of(months.to));
        let of_city = city.as_ref().map(CityCode::as_str);
        let rows = self.store().happened_in_months(business.code(), (&from, &to), of_city).await?;
        Ok(Counted { business, city, months, rows })
    }
}

/// Who keeps boxes, as the books name a party.
fn party_of(account: &str) -> Option<Party> {
    Some(match account.split_once(':')? {
        ("org", id) => Party::Org(OrgId(id.parse().ok()?)),
        ("vendor", code) => Party::Vendor(kaguan_domain::ids::VendorCode(code.into())),
        ("employer", code) => Party::Employer(code.into()),
        _ => return None,
    })
}

/// Where a card of a list is.
fn place_of(row: &UnderWayRow, institutions: &Institutions) -> Option<Position> {
    let keeper = row.keeper.as_deref().and_then(party_of);
    let in_box = keeper.and_then(|k| position_with(&k, row.to_org, institutions));
    // What is active in its holder's hand is not on its way.
    position_of_card(row.custody, row.social == SocialKind::Enabled, false, in_box)
}

/// The codes and names of the 21 cities, for whoever may ask about each.
pub fn cities() -> impl Iterator<Item = (&'static str, &'static str)> {
    codes::cities().map(|c| (&c.code[..4], c.name.as_str()))
}

impl PartnerTimes {
    /// A line a partner and month, and one for the whole period.
    pub fn table(&self) -> Table {
        let months = self.months.all();
        let whole = format!("{}至{}", month_of(self.months.from), month_of(self.months.to));
        let line = |p: &Partner, month: &str, t: &Times| {
            let rate = t.kept.kept_in_a_thousand().map_or(f64::NAN, |n| n as f64 / 10.0);
            let days = |n: Option<u32>| n.map_or(f64::NAN, f64::from);
            let counts = [t.kept.kept, t.kept.broken, t.kept.running, t.kept.late, t.kept.taken_back]
                .map(|n| n as f64);
            let median = t.median().unwrap_or(f64::NAN);
            let numbers = counts.into_iter().chain([rate, median, days(t.longest)]).collect();
            (vec![p.name.clone(), p.code.clone(), month.to_owned()], numbers)
        };
        let mut rows = Vec::new();
        for p in &self.rows {
            rows.push(line(p, &whole, &p.total));
            let of_months = months.iter().zip(&p.months).filter(|(_, t)| t.all() > 0);
            rows.extend(of_months.map(|(month, t)| line(p, month, t)));
        }
        let heads = vec![
            self.partners.who(),
            "代码",
            "期间",
            "按时办结",
            "超期办结",
            "进行中",
            "超期未办结",
            "逾期收回",
            "按时办结率（%）",
            "用时中位数（工作日）",
            "最长用时（工作日）",
        ];
        Table { title: self.partners.title(), heads, rows }
    }
}

impl Counted {
    /// The title of the screen.
    pub fn title(&self) -> &'static str {
        if self.business == Business::TakenBack { "回收统计" } else { "发行统计" }
    }

    /// What the kinds within the business are called.
    pub fn kind_head(&self) -> &'static str {
        if self.business == Business::TakenBack { "回收原因" } else { "业务" }
    }

    /// A line a month, city, bank and kind.
    pub fn table(&self) -> Table {
        let row = |r: &HappenedCount| {
            let city = CityCode(r.city.clone()).name().to_owned();
            let kind = self.business.detail_name(&r.detail).to_owned();
            (vec![r.month.clone(), city, bank_name(&r.bank), kind], vec![r.n as f64])
        };
        let heads = vec!["月份", "地市", "服务银行", self.kind_head(), "张数"];
        Table { title: self.title(), heads, rows: self.rows.iter().map(row).collect() }
    }
}

impl Board {
    /// 各市在办时限.
    pub fn cities_table(&self) -> Table {
        let row = |c: &CityWork| {
            let worst = c.worst.map(|day| day.to_string()).unwrap_or_default();
            let numbers = c.counts.map(|n| n as f64).to_vec();
            (vec![CityCode(c.city.clone()).name().to_owned(), worst], numbers)
        };
        let heads = std::iter::once("地市").chain(["最早超期日"]).chain(Urgency::ALL.map(Urgency::name));
        Table {
            title: "各市在办时限", heads: heads.collect(), rows: self.cities.iter().map(row).collect()
        }
    }

    /// 卡在哪里等.
    pub fn steps_table(&self) -> Table {
        let row = |s: &Step| {
            let texts = vec![s.at.name().to_owned(), s.at.turn().name().to_owned()];
            (texts, vec![s.n as f64, s.late as f64])
        };
        let heads = vec!["环节", "下一步由谁办", "等待", "其中超期"];
        Table { title: "卡在哪里等", heads, rows: self.steps.iter().map(row).collect() }
    }

    /// 时限按责任单位.
    pub fn against_table(&self) -> Table {
        let mut rows = Vec::new();
        for a in &self.against {
            for (of, counts) in a.running() {
                rows.push((vec![a.turn.name().into(), of.name().into()], counts.map(|n| n as f64).to_vec()));
            }
        }
        let heads = ["下一步由谁办", "单位"].into_iter().chain(Age::ALL.map(Age::name)).collect();
        Table { title: "时限按责任单位", heads, rows }
    }
}
