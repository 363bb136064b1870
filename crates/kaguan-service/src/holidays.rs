//! 载入放假通知: a notice arrives, and every running clock that it touches is counted again (R7.1). What it would do to them is
//! said before it is done.

use crate::outcome::Failure;
use crate::service::Service;
use crate::work::Command;
use jiff::civil::Date;
use kaguan_domain::application::UnitCommand;
use kaguan_domain::calendar::WorkingCalendar;
use kaguan_domain::clause;
use kaguan_domain::codes::{DayKind, HolidayRow};
use kaguan_domain::ctx::{Actor, Channel, Instant};
use kaguan_domain::dispatch::{BatchCommand, HolderCommand};
use kaguan_domain::duty::{RecountClocks, recounted};
use kaguan_domain::facts::clock::{Clock, ClockKind};
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::ids::{HolderId, UnitId};
use kaguan_domain::institution::{self, InstitutionCommand};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::refusal::Reason;
use kaguan_store::{BatchesAsked, LoadRequest};
use std::collections::BTreeSet;

/// Files that are looked at at once.
const ROUND: i64 = 500;

/// A clock that runs at most so many days ahead: whoever must be looked at later has none.
const LONGEST_DAYS: i64 = 100;

/// A running clock that ends on another day under a notice.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Moved {
    /// Which clock.
    pub clock: ClockKind,
    /// The last day before, and after.
    pub before: Date,
    /// See above.
    pub after: Date,
    /// 批次, 批量申请, 申领表 or 卡 and its number: nothing personal.
    pub what: String,
}

/// What a notice says and does.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NoticeDone {
    /// The years of which it names days.
    pub years: Vec<i16>,
    /// Days of which it says something that was not known.
    pub days: usize,
    /// Those of them that are over already, in order.
    pub past: Vec<Date>,
    /// Clocks that end on another day, in order.
    pub moved: Vec<Moved>,
    /// Batches whose clocks were counted again, also where only 暂定 fell away.
    pub batches: usize,
}

impl Service {
    /// What a notice would do, without doing it.
    pub async fn try_notice(&self, actor: &Actor, days: &[HolidayRow]) -> Result<NoticeDone, Failure> {
        self.may(actor, Verb::LoadHolidays, &Place::Anywhere)?;
        let institutions = self.institutions();
        let ctx = self.ctx(actor.clone(), Channel::Console, None);
        let take = InstitutionCommand::TakeNotice { days: days.to_vec() };
        match institution::decide(&institutions, &take, &ctx) {
            Ok(_) => {}
            Err(refusal) if refusal.reason == Reason::NothingToDo => {}
            Err(refusal) => return Err(Failure::Refused(Box::new(refusal))),
        }
        let mut then = institutions.calendar.clone();
        then.take_notice(days);
        self.what_moves(days, &institutions.calendar, &then, None).await
    }

    /// Takes a notice, and counts every running clock again. The same notice again changes nothing.
    pub async fn take_notice(
        &self,
        actor: &Actor,
        channel: Channel,
        days: &[HolidayRow],
    ) -> Result<NoticeDone, Failure> {
        clause!(R7.1);
        let before = self.institutions();
        let take = InstitutionCommand::TakeNotice { days: days.to_vec() };
        match self.execute(self.ctx(actor.clone(), channel, None), Command::Institution(take)).await {
            Ok(_) => {}
            // What was taken before may not have reached every clock.
            Err(Failure::Refused(r)) if r.reason == Reason::NothingToDo => {}
            Err(e) => return Err(e),
        }
        let now = self.institutions();
        self.what_moves(days, &before.calendar, &now.calendar, Some((actor, channel))).await
    }

    /// Looks at everything that has a clock, and gives the commands when somebody does it.
    async fn what_moves(
        &self,
        days: &[HolidayRow],
        before: &WorkingCalendar,
        then: &WorkingCalendar,
        by: Option<(&Actor, Channel)>,
    ) -> Result<NoticeDone, Failure> {
        let new = days.iter().filter(|d| before.said_of(d.date) != Some(d.kind));
        let mut done = NoticeDone {
            years: days.iter().map(|d| d.date.year()).collect::<BTreeSet<_>>().into_iter().collect(),
            days: new.map(|d| d.date).collect::<BTreeSet<_>>().len(),
            past: before.new_of_the_past(days, self.now().date()).into_iter().collect(),
            ..NoticeDone::default()
        };
        let mut commands = Vec::new();
        for b in self.store().batches(BatchesAsked::default(), i64::MAX).await? {
            if moved(&b.batch.clocks, then, &format!("批次{}", b.batch.number), &mut done.moved) {
                done.batches += 1;
                commands.push(Command::Batch { id: b.id, command: BatchCommand::RecomputeClocks });
            }
        }
        for (id, clocks, form_no) in self.units_with_clocks().await? {
            if moved(&clocks, then, &format!("批量申请{form_no}"), &mut done.moved) {
                commands.push(Command::Unit { id, command: UnitCommand::RecomputeClocks });
            }
        }
        self.give(std::mem::take(&mut commands), by).await?;
        let until = Instant(self.now().0 + LONGEST_DAYS * 86_400_000_000);
        let mut after = HolderId(i64::MIN);
        loop {
            let holders = self.store().holders_with_clocks(after, until, ROUND).await?;
            let Some(last) = holders.last() else { break };
            after = *last;
            let loaded = self.store().load(&LoadRequest { holders, ..LoadRequest::default() }).await?;
            for file in loaded.holders.values() {
                if of_person(file, then, &mut done.moved) {
                    commands.push(Command::of(file.id, HolderCommand::RecountClocks(RecountClocks {})));
                }
            }
            self.give(std::mem::take(&mut commands), by).await?;
        }
        done.moved.sort();
        Ok(done)
    }

    /// The unit applications that have a clock: identity, clocks, number of the form.
    async fn units_with_clocks(&self) -> Result<Vec<(UnitId, Vec<Clock>, String)>, Failure> {
        let (_, units) = self.store().clocks_due(Instant(i64::MAX), i64::MAX).await?;
        let loaded = self.store().load(&LoadRequest { units, ..LoadRequest::default() }).await?;
        let number = |u: &kaguan_domain::facts::unit::UnitFile| {
            u.application.as_ref().map_or_else(String::new, |a| a.form_no.clone())
        };
        Ok(loaded.units.into_values().map(|u| (u.id, u.clocks.clone(), number(&u))).collect())
    }

    async fn give(&self, commands: Vec<Command>, by: Option<(&Actor, Channel)>) -> Result<(), Failure> {
        let Some((actor, channel)) = by else { return Ok(()) };
        let with_ctx = commands.into_iter().map(|c| (self.ctx(actor.clone(), channel, None), c)).collect();
        for outcome in self.execute_all(with_ctx, |_| {}).await {
            match outcome {
                Ok(_) => {}
                Err(Failure::Refused(r)) if r.reason == Reason::NothingToDo => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }
}

/// Notes the running clocks that end on another day; whether any is counted otherwise at all.
fn moved(clocks: &[Clock], then: &WorkingCalendar, what: &str, out: &mut Vec<Moved>) -> bool {
    let mut any = false;
    for clock in clocks {
        let after = clock.recomputed(then);
        any |= after.due != clock.due;
        note(clock, after.due.last_day, what, out);
    }
    any
}

fn note(clock: &Clock, after: Date, what: &str, out: &mut Vec<Moved>) {
    if after != clock.due.last_day {
        let (kind, before) = (clock.kind, clock.due.last_day);
        out.push(Moved { clock: kind, before, after, what: what.to_owned() });
    }
}

fn of_person(file: &HolderFile, then: &WorkingCalendar, out: &mut Vec<Moved>) -> bool {
    let events = recounted(file, then);
    for event in &events {
        let HolderEvent::ClockRecounted { application, card, kind, started_on, due } = event else {
            continue;
        };
        let same = |c: &&Clock| c.kind == *kind && c.started_on == *started_on;
        if let Some(a) = file.applications.iter().find(|a| Some(a.id) == *application) {
            let what = format!("申领表{}", a.form_no);
            a.clock.iter().filter(same).for_each(|c| note(c, due.last_day, &what, out));
        }
        if let Some(c) = file.cards.iter().find(|c| Some(c.id) == *card) {
            let what = format!("卡{}", c.card_no.masked());
            let noticed = c.notices.iter().filter_map(|n| n.clock.as_ref());
            noticed.filter(same).for_each(|clock| note(clock, due.last_day, &what, out));
        }
    }
    !events.is_empty()
}

/// Reads a notice: a line a day, `2027-01-01,off,元旦`, `off` for 放假 and `work` for 上班; a title line is allowed. Whether its
/// days can stand together is the rule's matter.
///
/// # Errors
/// Every line that cannot be read, with its number and what is wrong, in Chinese.
pub fn parse_notice(text: &str) -> Result<Vec<HolidayRow>, Vec<String>> {
    let (mut days, mut wrong) = (Vec::new(), Vec::new());
    for (n, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || (n == 0 && line.starts_with("date")) {
            continue;
        }
        let cells: Vec<&str> = line.split([',', '，']).map(str::trim).collect();
        let [date, kind, name] = cells[..] else {
            wrong.push(format!("第{}行：应为“日期,放假或上班,节日名称”三列", n + 1));
            continue;
        };
        let kind = match kind {
            "off" | "放假" => Some(DayKind::Off),
            "work" | "上班" => Some(DayKind::Work),
            _ => None,
        };
        match (date.parse(), kind) {
            (Ok(date), Some(kind)) => days.push(HolidayRow { date, kind, name: name.into() }),
            (Err(_), _) => wrong.push(format!("第{}行：日期应为年-月-日，如2027-01-01", n + 1)),
            (_, None) => wrong.push(format!("第{}行：第二列应为“放假”或“上班”", n + 1)),
        }
    }
    if days.is_empty() && wrong.is_empty() {
        wrong.push("文件中没有日期".into());
    }
    if wrong.is_empty() { Ok(days) } else { Err(wrong) }
}
