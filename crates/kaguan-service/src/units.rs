//! 批量申请-受理登记: the unit applications of an office, and their printing.

use crate::exchange::{refused, refused_by};
use crate::lists::Part;
use crate::outcome::Failure;
use crate::seen::Seen;
use crate::service::Service;
use crate::work::Command;
use jiff::civil::Date;
use kaguan_domain::application::{RegisterUnit, UnitCommand, UnitForm};
use kaguan_domain::calendar::WorkingCalendar;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Ctx};
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::unit::{UnitFile, UnitState};
use kaguan_domain::ids::{CityCode, HolderId, OrgId, UnitId};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::spelling;
use kaguan_store::{LoadRequest, STOCK};

/// The most unit applications on a page.
pub const UNITS_ON_A_PAGE: usize = 500;
/// Those that are read at once.
const ON_A_PAGE: i64 = 500;

/// Those of one part of a list: each has its form.
const UNITS_IN_A_PART: usize = 100;

/// Which unit applications a list has; what is not chosen is any.
#[derive(Clone, Copy, Default, Debug)]
pub struct UnitsChosen {
    /// Where they lie.
    pub outlet: Option<OrgId>,
    pub state: Option<UnitState>,
}

/// A unit application in a list: nothing of it is about a person.
pub struct ListedUnit {
    pub id: UnitId,
    /// 申请表编号; the data file's name while the papers are outstanding.
    pub form_no: String,
    /// 单位机构名称.
    pub employer: String,
    pub outlet: OrgId,
    /// 受理日期; `None` while the papers are outstanding.
    pub accepted_on: Option<Date>,
    pub people: u32,
    /// How many people's data were taken in.
    pub rows: u32,
    /// Whether its papers are still to be registered.
    pub outstanding: bool,
    /// The last day for its data as it is shown, and how the clock stands.
    pub due: Option<(String, &'static str)>,
    /// Why no data come any more; `None` while data or papers are awaited.
    pub ended: Option<&'static str>,
    /// Whether 更正总人数 can be asked.
    pub corrects: bool,
}

impl Service {
    /// The unit applications that wait for data or for their papers, as far as the officer's area goes.
    pub async fn units_for(&self, actor: &Actor) -> Result<Vec<ListedUnit>, Failure> {
        let any = UnitsChosen::default();
        Ok(self.units_waiting_for(actor, any, UnitId(i64::MAX), UNITS_ON_A_PAGE).await?.rows)
    }

    /// The same as far as they were chosen, in parts; behind the last of them those of which everybody's data came
    /// ([`complete_units_for`](Self::complete_units_for)). `after` is where an earlier part ended.
    pub async fn units_part_for(
        &self,
        actor: &Actor,
        chosen: UnitsChosen,
        after: &str,
    ) -> Result<Part<ListedUnit>, Failure> {
        let mut part = match chosen.state {
            Some(UnitState::Open | UnitState::Outstanding) | None => {
                let before = UnitId(after.parse().unwrap_or(i64::MAX));
                self.units_waiting_for(actor, chosen, before, UNITS_IN_A_PART).await?
            }
            Some(UnitState::Done | UnitState::Unknown) => Part { rows: Vec::new(), more: None },
        };
        if part.more.is_none() && matches!(chosen.state, None | Some(UnitState::Done)) {
            let mut complete = self.complete_units_for(actor).await?;
            complete.retain(|u| chosen.outlet.is_none_or(|outlet| outlet == u.outlet));
            part.rows.extend(complete);
        }
        Ok(part)
    }

    /// Those that wait, before one: so many, and where they go on. The store is asked for those of the city, and of an outlet for those
    /// that are not another's; where one lies whose papers are outstanding stands in itself.
    async fn units_waiting_for(
        &self,
        actor: &Actor,
        chosen: UnitsChosen,
        mut before: UnitId,
        most: usize,
    ) -> Result<Part<ListedUnit>, Failure> {
        self.may(actor, Verb::ApplyForUnit, &Place::Anywhere)?;
        let institutions = self.institutions();
        let Actor::Officer(id) = actor else { return Err(refused(Reason::NotPermitted)) };
        let home = institutions.officer(*id).and_then(|o| institutions.org(o.org));
        let mut rows = Vec::new();
        let Some((home, city)) = home.and_then(|o| Some((o, o.city()?))) else {
            return Ok(Part { rows, more: None });
        };
        let outlet = if home.kind.is_outlet() { Some(home.id) } else { chosen.outlet };
        let today = self.now().date();
        loop {
            let page = self.store().units_waiting(city.as_str(), outlet, before, ON_A_PAGE).await?;
            let whole = i64::try_from(page.len()).is_ok_and(|n| n < ON_A_PAGE);
            for unit in page {
                before = unit.id;
                let Some((_, lies)) = unit.lies() else { continue };
                let here = self.may(actor, Verb::ApplyForUnit, &Place::At(lies)).is_ok();
                let wanted = outlet.is_none_or(|outlet| outlet == lies)
                    && chosen.state.is_none_or(|state| state == unit.state());
                if here && wanted {
                    rows.push(listed(&unit, lies, today, &institutions.calendar));
                }
                if rows.len() >= most {
                    return Ok(Part { rows, more: Some(before.to_string()) });
                }
            }
            if whole {
                return Ok(Part { rows, more: None });
            }
        }
    }

    /// Unit applications of which everybody's data came, by what the officer's office has uploaded of late, the latest first: their
    /// number of people may have been stated too low, and is put right before the others can come.
    pub async fn complete_units_for(&self, actor: &Actor) -> Result<Vec<ListedUnit>, Failure> {
        clause!(R10.2);
        let mut ids: Vec<UnitId> = Vec::new();
        for unit in self.uploads_for(actor).await?.into_iter().filter_map(|u| u.upload.unit.map(UnitId)) {
            if !ids.contains(&unit) {
                ids.push(unit);
            }
        }
        let mut loaded =
            self.store().load(&LoadRequest { units: ids.clone(), ..LoadRequest::default() }).await?;
        let (institutions, today) = (self.institutions(), self.now().date());
        let complete = ids.into_iter().filter_map(|id| loaded.units.remove(&id)).filter_map(|unit| {
            let (_, outlet) = unit.lies()?;
            let here = self.may(actor, Verb::ApplyForUnit, &Place::At(outlet)).is_ok();
            let shown = here && unit.ended().is_some() && unit.can_be_corrected();
            shown.then(|| listed(&unit, outlet, today, &institutions.calendar))
        });
        Ok(complete.collect())
    }

    /// Unit applications by a number that stands on their papers or was told when they were registered, however far they are: 受理编号, which
    /// is one's own, or 申请表编号, which is one's as long as it has not given it back; of those whose papers are outstanding the name of their
    /// data file. As far as the officer's area goes.
    pub async fn units_numbered(&self, actor: &Actor, typed: &str) -> Result<Vec<ListedUnit>, Failure> {
        clause!(R9.1);
        self.may(actor, Verb::ApplyForUnit, &Place::Anywhere)?;
        let number = spelling::looked_for(typed);
        let (institutions, today) = (self.institutions(), self.now().date());
        let shown = |unit: &UnitFile, outlet| listed(unit, outlet, today, &institutions.calendar);
        if let Ok(id) = number.parse().map(UnitId)
            && let Some((unit, outlet)) = self.unit_lying(id).await?
        {
            self.may(actor, Verb::ApplyForUnit, &Place::At(outlet))?;
            return Ok(vec![shown(&unit, outlet)]);
        }
        let owner = self.owner_of_form(&number).await?;
        if let Some(owner) = owner.filter(|owner| *owner != STOCK)
            && let Some((unit, outlet)) = self.unit_lying(UnitId(owner.0)).await?
            && self.may(actor, Verb::ApplyForUnit, &Place::At(outlet)).is_ok()
        {
            return Ok(vec![shown(&unit, outlet)]);
        }
        let mut outstanding = if owner.is_none() { self.units_for(actor).await? } else { Vec::new() };
        outstanding.retain(|unit| unit.outstanding && spelling::looked_for(&unit.form_no) == number);
        if !outstanding.is_empty() {
            return Ok(outstanding);
        }
        let (about, way) = match owner {
            Some(STOCK) => (
                format!(
                    "有效的申请表编号{number}：以该编号登记的批量申请没有上传人员即已办结，编号可以重新使用"
                ),
                "请按登记时显示的受理编号查找已办结的；同一申请表要继续办理的，重新登记",
            ),
            Some(_) | None => (
                format!("受理编号或申请表编号{number}"),
                "请核对申请表上的申请表编号或登记时显示的受理编号；其他机构受理的，由受理机构办理",
            ),
        };
        Err(Refusal::about(Reason::NotFound, about).by(clause!(R9.1)).way(way).into())
    }

    /// A unit application and the organisation that it lies at; `None` for one that nobody has registered or begun.
    async fn unit_lying(&self, id: UnitId) -> Result<Option<(UnitFile, OrgId)>, Failure> {
        let mut loaded =
            self.store().load(&LoadRequest { units: vec![id], ..LoadRequest::default() }).await?;
        let unit = loaded.units.remove(&id);
        Ok(unit.and_then(|unit| Some((unit.lies()?.1, unit))).map(|(outlet, unit)| (unit, outlet)))
    }

    /// Who has a number as 申请表编号: [`STOCK`] when it was given back, `None` when nobody ever had it.
    async fn owner_of_form(&self, number: &str) -> Result<Option<HolderId>, Failure> {
        let Some(form) = Claim::unit_form(number) else { return Ok(None) };
        let asked = LoadRequest { claims: vec![form], ..LoadRequest::default() };
        Ok(self.store().load(&asked).await?.claims.into_values().next())
    }

    /// Registers a unit application with its papers, at the officer's office; one whose papers were outstanding at the
    /// organisation that its file names. The key names it, so that a form sent twice is one.
    pub async fn register_unit(
        &self,
        ctx: Ctx,
        office: OrgId,
        known: Option<UnitId>,
        form: &UnitForm,
    ) -> Result<UnitId, Failure> {
        clause!(R9.1);
        let key = ctx.request_key.clone().unwrap_or_default();
        let id = known.unwrap_or_else(|| UnitId(self.identity_of(&key, "unit")));
        let loaded = self.store().load(&LoadRequest { units: vec![id], ..LoadRequest::default() }).await?;
        let there = loaded.units.get(&id).and_then(|u| Some((u.lies()?.0.clone(), u.lies()?.1)));
        let own = || Some((self.institutions().org(office)?.city()?, office));
        let (city, outlet) = there.or_else(own).ok_or_else(|| refused_by(clause!(R9.1), Reason::NotFound))?;
        self.may(&ctx.actor, Verb::ApplyForUnit, &Place::At(outlet))?;
        let command = UnitCommand::Register(self.judged(form, id, (&city, outlet), &ctx).await?);
        match self.execute(ctx.clone(), Command::Unit { id, command }).await {
            // Another clerk has registered the form since it was looked up: that is told as to whoever comes later.
            Err(Failure::Refused(refusal)) if refusal.reason == Reason::NumberTaken => {
                self.judged(form, id, (&city, outlet), &ctx).await?;
                Err(Failure::Refused(refusal))
            }
            done => done.map(|_| id),
        }
    }

    /// What a form comes to in a city and at an outlet, beside another unit application under its number.
    async fn judged(
        &self,
        form: &UnitForm,
        own: UnitId,
        (city, outlet): (&CityCode, OrgId),
        ctx: &Ctx,
    ) -> Result<RegisterUnit, Failure> {
        let taken = match form.claim() {
            Some(number) => self.store().unit_of_form(number).await?,
            None => None,
        };
        let taken = taken.filter(|other| form.is_numbered_as(own, other));
        Ok(form.judged(outlet, city.clone(), taken.as_ref(), ctx)?)
    }

    /// A registered unit application to be printed; that it was looked at is journaled first.
    pub async fn unit_to_print(&self, actor: &Actor, id: UnitId) -> Result<Seen<UnitFile>, Failure> {
        let ctx = self.ctx(actor.clone(), Channel::Console, None);
        let line = self.execute(ctx, Command::Unit { id, command: UnitCommand::Print }).await?;
        let mut loaded =
            self.store().load(&LoadRequest { units: vec![id], ..LoadRequest::default() }).await?;
        let file = loaded.units.remove(&id).ok_or_else(|| refused_by(clause!(R9.1), Reason::NotFound))?;
        Ok(Seen::journaled(&line, file))
    }
}

fn listed(unit: &UnitFile, outlet: OrgId, today: Date, calendar: &WorkingCalendar) -> ListedUnit {
    let form_no = unit.application.as_ref().map(|a| a.form_no.clone());
    let clock = unit.clocks.iter().find(|c| c.stopped_on.is_none());
    ListedUnit {
        id: unit.id,
        form_no: form_no.or_else(|| unit.outstanding.as_ref().map(|o| o.file.clone())).unwrap_or_default(),
        employer: unit.application.as_ref().map(|a| a.employer_name.clone()).unwrap_or_default(),
        outlet,
        accepted_on: unit.application.as_ref().and_then(|a| a.accepted_on),
        people: unit.people().unwrap_or(0),
        rows: unit.rows,
        outstanding: unit.state() == UnitState::Outstanding,
        due: clock.map(|c| (c.last_day_said(calendar), c.standing(today).name())),
        ended: unit.ended(),
        corrects: unit.can_be_corrected(),
    }
}
