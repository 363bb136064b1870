//! The clocks of the regulation: which period, from when, until when, and whether it was kept.

use crate::calendar::{Due, WorkingCalendar};
use crate::clause;
use crate::clause::Clause;
use crate::ctx::Instant;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A period that the regulation sets, counted in working days.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    /// 首次申请 12 个工作日: from receipt of the application data to distribution to the outlet (R7.1).
    FirstCard,
    /// 批量采集 5 个工作日, the day of acceptance counted (R9.2).
    UnitCollection,
    /// 制卡 10 个工作日: from data collected to shipped by the province centre (R11.1).
    Production,
    /// 加急制卡 5 个工作日 (R11.1).
    UrgentProduction,
    /// 银行开户 2 个工作日 (X7.2).
    BankOpening,
    /// 卡商制卡 6 个工作日 from having both data (X7.3).
    VendorMaking,
    /// 补换卡 5 个工作日 (R27.3).
    Replacement,
    /// 回收 10 个工作日 (R32.2).
    Recall,
}

impl ClockKind {
    /// All kinds.
    pub const ALL: [ClockKind; 8] = [
        Self::FirstCard,
        Self::UnitCollection,
        Self::Production,
        Self::UrgentProduction,
        Self::BankOpening,
        Self::VendorMaking,
        Self::Replacement,
        Self::Recall,
    ];

    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstCard => "首次申领（12个工作日）",
            Self::UnitCollection => "批量数据采集（5个工作日）",
            Self::Production => "制卡（10个工作日）",
            Self::UrgentProduction => "加急制卡（5个工作日）",
            Self::BankOpening => "银行开户（2个工作日）",
            Self::VendorMaking => "卡商制卡（6个工作日）",
            Self::Replacement => "补换卡（5个工作日）",
            Self::Recall => "回收（10个工作日）",
        }
    }

    /// The stable name in stored rows.
    pub fn code(self) -> &'static str {
        match self {
            Self::FirstCard => "first_card",
            Self::UnitCollection => "unit_collection",
            Self::Production => "production",
            Self::UrgentProduction => "urgent_production",
            Self::BankOpening => "bank_opening",
            Self::VendorMaking => "vendor_making",
            Self::Replacement => "replacement",
            Self::Recall => "recall",
        }
    }

    /// Reads a stable name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Working days allowed.
    pub fn working_days(self) -> u32 {
        match self {
            Self::FirstCard => 12,
            Self::UnitCollection | Self::UrgentProduction | Self::Replacement => 5,
            Self::Production | Self::Recall => 10,
            Self::BankOpening => 2,
            Self::VendorMaking => 6,
        }
    }

    /// Whether 批次确认 begins it, so that it ends when the confirmation is taken back.
    pub fn begins_with_confirmation(self) -> bool {
        matches!(self, Self::Production | Self::UrgentProduction)
    }

    /// Whether the first day counts: only Article 9 says 当日起.
    pub fn starts_on_the_day(self) -> bool {
        matches!(self, Self::UnitCollection)
    }

    /// The clause that sets it.
    pub fn clause(self) -> Clause {
        match self {
            Self::FirstCard => clause!(R7.1),
            Self::UnitCollection => clause!(R9.2),
            Self::Production | Self::UrgentProduction => clause!(R11.1),
            Self::BankOpening => clause!(X7.2),
            Self::VendorMaking => clause!(X7.3),
            Self::Replacement => clause!(R27.3),
            Self::Recall => clause!(R32.2),
        }
    }
}

/// One running or stopped clock.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Clock {
    /// Which period.
    pub kind: ClockKind,
    /// First day.
    pub started_on: Date,
    /// Last day, inclusive; provisional while a year's holiday notice is not loaded.
    pub due: Due,
    /// When it was stopped.
    pub stopped_on: Option<Date>,
    /// What was said about it so far.
    #[serde(default)]
    pub warned: Option<Warned>,
    /// 收回: it stopped because what it ran for was taken from a partner that had not answered, not because that was done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub taken_back: bool,
}

/// What staff is told about a running clock, each once.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warned {
    /// 今日到期
    AtRisk,
    /// 已超期
    Breached,
}

/// How a clock stands on a day.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Running, in time.
    Running,
    /// Running, and today is the last day.
    LastDay,
    /// Running, and late.
    Late,
    /// Stopped in time.
    Kept,
    /// Stopped late.
    Broken,
    /// Stopped late without an answer: what it ran for was taken back.
    TakenBack,
}

impl Standing {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "进行中",
            Self::LastDay => "今日到期",
            Self::Late => "已超期",
            Self::Kept => "按时办结",
            Self::Broken => "超期办结",
            Self::TakenBack => "逾期收回",
        }
    }
}

impl Clock {
    /// Starts a clock.
    pub fn start(kind: ClockKind, on: Date, calendar: &WorkingCalendar) -> Self {
        let due = calendar.due_after(on, kind.working_days(), kind.starts_on_the_day());
        Self { kind, started_on: on, due, stopped_on: None, warned: None, taken_back: false }
    }

    /// Stops it, once.
    pub fn stop(&mut self, on: Date) {
        self.stopped_on.get_or_insert(on);
    }

    /// Stops one that runs, whose partner has not answered and is not to answer any more.
    pub fn take_back(&mut self, on: Date) {
        if self.stopped_on.is_none() {
            (self.stopped_on, self.taken_back) = (Some(on), true);
        }
    }

    /// Its last day while it runs; nothing once it has stopped.
    pub fn runs_until(&self) -> Option<Date> {
        self.stopped_on.is_none().then_some(self.due.last_day)
    }

    /// Its last day as it is shown: while it runs on days of a year whose notice has not come, it is provisional, and says so (R7.1).
    pub fn last_day_said(&self, calendar: &WorkingCalendar) -> String {
        clause!(R7.1);
        let day = self.due.last_day;
        if !self.due.provisional || self.stopped_on.is_some() {
            return day.to_string();
        }
        let lacks = |year: &i16| calendar.years().all(|known| known != *year);
        let lacking = (self.started_on.year()..=day.year()).filter(lacks);
        let lacking: Vec<String> = lacking.map(|year| format!("{year}年")).collect();
        if lacking.is_empty() {
            return format!("{day}（暂定，放假通知已载入，待重新计算）");
        }
        format!("{day}（暂定，{}放假通知尚未载入）", lacking.join("、"))
    }

    /// How it stands on a day.
    pub fn standing(&self, today: Date) -> Standing {
        match self.stopped_on {
            Some(_) if self.taken_back => Standing::TakenBack,
            Some(day) if day <= self.due.last_day => Standing::Kept,
            Some(_) => Standing::Broken,
            None if today > self.due.last_day => Standing::Late,
            None if today == self.due.last_day => Standing::LastDay,
            None => Standing::Running,
        }
    }

    /// When something must be said about it next: on its last day, and when it is late.
    pub fn watch_on(&self) -> Option<Date> {
        match (self.stopped_on, self.warned) {
            (Some(_), _) | (None, Some(Warned::Breached)) => None,
            (None, None) => Some(self.due.last_day),
            (None, Some(Warned::AtRisk)) => self.due.last_day.tomorrow().ok(),
        }
    }

    /// What must be said about it today and was not said yet.
    pub fn warning(&self, today: Date) -> Option<Warned> {
        self.watch_on().filter(|day| *day <= today)?;
        Some(if today > self.due.last_day { Warned::Breached } else { Warned::AtRisk })
    }

    /// The same clock under the calendar as it is now: the last day of a running one is counted again when a notice arrives.
    pub fn recomputed(&self, calendar: &WorkingCalendar) -> Self {
        let mut clock = self.clone();
        if self.stopped_on.is_none() {
            let kind = self.kind;
            clock.recount(calendar.due_after(self.started_on, kind.working_days(), kind.starts_on_the_day()));
        }
        clock
    }

    /// Gives it another last day. What was said of the old one is said no more: the new one is watched for itself.
    pub fn recount(&mut self, due: Due) {
        if due.last_day != self.due.last_day {
            self.warned = None;
        }
        self.due = due;
    }
}

/// When the first of some clocks must be looked at.
pub fn next_watch<'a>(clocks: impl IntoIterator<Item = &'a Clock>) -> Option<Instant> {
    clocks.into_iter().filter_map(Clock::watch_on).min().map(Instant::at_start_of)
}

/// What must be said today about some clocks.
pub fn warnings<'a>(clocks: impl IntoIterator<Item = &'a Clock>, today: Date) -> Vec<(ClockKind, Warned)> {
    clocks.into_iter().filter_map(|c| Some((c.kind, c.warning(today)?))).collect()
}

/// Notes on the running clocks what was said about them.
pub fn note<'a>(clocks: impl IntoIterator<Item = &'a mut Clock>, said: &[(ClockKind, Warned)]) {
    for clock in clocks.into_iter().filter(|c| c.stopped_on.is_none()) {
        if let Some((_, warned)) = said.iter().find(|(kind, _)| *kind == clock.kind) {
            clock.warned = Some(*warned);
        }
    }
}
