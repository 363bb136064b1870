//! 业务台账 (Article 6): what the offices of somebody's area did in some days, done or refused, as the journal says it. It names nobody: a line
//! has the form, batch or application that it is about, and whoever opens a file looks at it with a line.

use crate::audit::{Happened, tells_of_institutions};
use crate::line_words::about;
use crate::lists::Part;
use crate::outcome::Failure;
use crate::receipts::done_at;
use crate::service::Service;
use jiff::ToSpan;
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::facts::institution::{Institutions, OrgKind};
use kaguan_domain::facts::receipt::BusinessReceipt;
use kaguan_domain::ids::{BatchId, BlankOrderId, HolderId, OfficerId, OrgId, UnitId};
use kaguan_domain::permission::{Place, Verb, authorise};
use kaguan_domain::records::{business_of, businesses_of, ends_with_receipt};
use kaguan_store::journal::DONE;
use kaguan_store::{Line, LoadRequest, Loaded, Subject};
use std::collections::BTreeSet;

/// Lines of a part.
const IN_A_PART: usize = 24;
/// The most days that are listed at once.
pub const MOST_DAYS: i64 = 31;
/// How far back the first question goes, for one officer alone; for many it is so much shorter, and each further one goes back eight times as
/// far: what is sorted stays some ten thousand lines.
const FIRST_STRETCH: i64 = 100 * 86_400_000_000;

/// The days of a 业务台账, both included: at most [`MOST_DAYS`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LedgerDays {
    pub from: Date,
    pub until: Date,
}

impl LedgerDays {
    /// Reads them as they were chosen, `YYYY-MM-DD`: yesterday and today where nothing is.
    ///
    /// # Errors
    /// All that is wrong with them, in Chinese, each with the field that it is about: `from` or `until`.
    pub fn read(from: &str, until: &str, today: Date) -> Result<Self, Vec<(&'static str, String)>> {
        let mut wrong = Vec::new();
        let mut day = |text: &str, field, head, or: Date| match text.trim() {
            "" => or,
            text => text.parse().unwrap_or_else(|_| {
                wrong.push((field, format!("{head}应为“年-月-日”，如{today}。")));
                or
            }),
        };
        let until = day(until, "until", "截止日", today);
        let before = until.yesterday().unwrap_or(until);
        let from = day(from, "from", "起始日", before);
        if wrong.is_empty() && from > until {
            wrong.push(("from", "起始日晚于截止日，请改选。".to_owned()));
        }
        let too_long = from.checked_add(MOST_DAYS.days()).is_ok_and(|end| end <= until);
        if wrong.is_empty() && too_long {
            wrong.push(("from", format!("一次最多列出{MOST_DAYS}天的业务，请缩短起止日期，分次查看。")));
        }
        if wrong.is_empty() { Ok(Self { from, until }) } else { Err(wrong) }
    }

    /// The first moment of them, and the first after them.
    fn between(self) -> (Instant, Instant) {
        let end = self.until.tomorrow().map_or(Instant(i64::MAX), Instant::at_start_of);
        (Instant::at_start_of(self.from), end)
    }
}

/// What was chosen of it; what is not chosen is any.
#[derive(Clone, Copy, Default, Debug)]
pub struct LedgerChosen {
    pub business: Option<Verb>,
    pub officer: Option<OfficerId>,
    pub office: Option<OrgId>,
    /// What was refused, or what was done.
    pub refused: Option<bool>,
}

/// What there is to choose from.
pub struct LedgerChoices {
    pub businesses: Vec<Verb>,
    /// Whoever worked at one of the offices in these days, also whoever has left since.
    pub officers: Vec<OfficerId>,
    pub offices: Vec<OrgId>,
}

/// The receipt that something ended with.
pub struct LedgerReceipt {
    /// 业务编号; empty where it is that of a form whose number the line does not say.
    pub number: String,
    /// Whether whoever asks may print it again.
    pub prints: bool,
}

/// One line.
pub struct LedgerLine {
    pub line: Line,
    /// The office at which it was done, under its name of then.
    pub office: String,
    /// The officer, or the machine at which the holder was alone.
    pub who: String,
    /// What it is about, in words; of somebody's file it says the form.
    pub about: String,
    /// Whose file; nothing else names it.
    pub holder: Option<HolderId>,
    pub receipt: Option<LedgerReceipt>,
}

/// Where a part begins, as an address says it: a moment and the number of a line.
fn read_key(key: &str) -> Option<(Instant, i64)> {
    let (at, seq) = key.split_once('.')?;
    let (at, seq) = at.parse().ok().zip(seq.parse().ok())?;
    Some((Instant(at), seq))
}

/// The offices of an area, and whoever acts at them.
struct Area {
    offices: BTreeSet<OrgId>,
    businesses: Vec<Verb>,
}

impl Area {
    /// As the matrix has it, of those that are chosen.
    fn of(institutions: &Institutions, actor: &Actor, office: Option<OrgId>) -> Self {
        let sees = |org: OrgId| authorise(institutions, actor, Verb::LookAtLedger, &Place::At(org)).is_ok();
        let all = institutions.orgs().filter(|o| sees(o.id));
        let mut kinds: Vec<OrgKind> = Vec::new();
        let mut offices = BTreeSet::new();
        for org in all {
            if !kinds.contains(&org.kind) {
                kinds.push(org.kind);
            }
            if office.is_none_or(|only| only == org.id) {
                offices.insert(org.id);
            }
        }
        let alone = institutions.desks().any(|d| d.kiosk && offices.contains(&d.outlet));
        Self { businesses: businesses_of(&kinds, alone), offices }
    }

    /// Whoever acted there in a time, as the journal writes them: officers, and machines where no officer is chosen.
    fn actors(
        &self,
        institutions: &Institutions,
        officer: Option<OfficerId>,
        (from, until): (Instant, Instant),
    ) -> Vec<String> {
        let there = institutions.officers_at(&self.offices, from, until).map(|o| o.id);
        let officers = there.filter(|id| officer.is_none_or(|only| only == *id)).map(Actor::Officer);
        let desks = institutions.desks().filter(|d| officer.is_none() && self.offices.contains(&d.outlet));
        officers.chain(desks.map(|d| Actor::Kiosk(d.id))).map(|actor| actor.text()).collect()
    }
}

/// Which files lines are about.
fn files_of(lines: &[Line]) -> LoadRequest {
    let (mut holders, mut batches, mut units) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for line in lines {
        match Subject::parse(&line.subject) {
            Some(Subject::Holder(id)) => holders.extend([id]),
            Some(Subject::Batch(id)) => batches.extend([id]),
            Some(Subject::Unit(id)) => units.extend([id]),
            Some(_) | None => {}
        }
    }
    let (holders, batches) = (holders.into_iter().collect(), batches.into_iter().collect());
    let units = units.into_iter().collect();
    LoadRequest { holders, batches, units, blank_orders: orders_of(lines), ..LoadRequest::default() }
}

/// Of which order of pre-made cards a line is, and about which of its cards, when it is about one.
fn order_of(subject: Subject) -> Option<(BlankOrderId, Option<u32>)> {
    match subject {
        Subject::BlankOrder(id) => Some((id, None)),
        Subject::Blank(id) => Some((id.order, Some(id.n))),
        Subject::Holder(_)
        | Subject::Batch(_)
        | Subject::Unit(_)
        | Subject::Institution
        | Subject::Messages
        | Subject::Officer(_)
        | Subject::Strangers
        | Subject::Nobody => None,
    }
}

/// The orders of pre-made cards that lines are about, or whose cards they are about.
pub(crate) fn orders_of(lines: &[Line]) -> Vec<BlankOrderId> {
    let of = |line: &Line| order_of(Subject::parse(&line.subject)?).map(|(id, _)| id);
    lines.iter().filter_map(of).collect::<BTreeSet<_>>().into_iter().collect()
}

/// An order of pre-made cards, or one of its cards, by the order's number, as far as what lies there is told.
pub(crate) fn order_numbered(
    loaded: &Loaded,
    subject: Option<Subject>,
    told: impl Fn(Place) -> bool,
) -> Option<String> {
    let (id, card) = order_of(subject?)?;
    let order = loaded.stock.orders.get(&id).and_then(|file| file.order.as_ref());
    let number = &order.filter(|o| told(Place::OutletsOf(o.city.clone())))?.number;
    Some(match card {
        Some(n) => format!("预制卡申请 {number} 第{n}张"),
        None => format!("预制卡申请 {number}"),
    })
}

/// A batch, or a unit's application, by its number, as far as what lies there is told.
fn numbered(loaded: &Loaded, subject: Option<&Subject>, told: impl Fn(Place) -> bool) -> Option<String> {
    let batch = |id: &BatchId| loaded.batches.get(id).and_then(|b| b.batch.as_ref());
    let unit = |id: &UnitId| loaded.units.get(id).and_then(|u| u.application.as_ref());
    match subject {
        Some(Subject::Batch(id)) => {
            let there = batch(id).filter(|b| told(Place::OutletsOf(b.city.clone())));
            there.map(|b| format!("批次 {}", b.number))
        }
        Some(Subject::Unit(id)) => {
            let there = unit(id).filter(|u| told(Place::At(u.outlet)));
            there.map(|u| format!("批量申请 {}　{}", u.form_no, u.employer_name))
        }
        of @ (Some(_) | None) => order_numbered(loaded, of.copied(), told),
    }
}

impl Service {
    /// Refuses whoever has no 业务台账.
    fn keeps_ledger(&self, actor: &Actor) -> Result<(), Failure> {
        clause!(R6.1);
        self.org_of(actor, Verb::LookAtLedger, |home| Place::At(home.id)).map(|_| ())
    }

    /// What 业务台账 of some days can be narrowed by; the officers are those of one office, when it is chosen.
    pub fn ledger_choices(
        &self,
        actor: &Actor,
        days: LedgerDays,
        office: Option<OrgId>,
    ) -> Result<LedgerChoices, Failure> {
        self.keeps_ledger(actor)?;
        let institutions = self.institutions();
        let (all, chosen) = (Area::of(&institutions, actor, None), Area::of(&institutions, actor, office));
        let (from, until) = days.between();
        let officers = institutions.officers_at(&chosen.offices, from, until);
        let officers = officers.filter(|o| !o.role.administers()).map(|o| o.id).collect();
        Ok(LedgerChoices { businesses: all.businesses, officers, offices: all.offices.into_iter().collect() })
    }

    /// 业务台账 of some days: a part of the lines of the area's offices, newest first, before where an earlier part ended. What is chosen of
    /// another area finds nothing.
    pub async fn ledger_for(
        &self,
        actor: &Actor,
        days: LedgerDays,
        chosen: LedgerChosen,
        after: &str,
        happened: Happened,
    ) -> Result<Part<LedgerLine>, Failure> {
        clause!(R6.1);
        clause!(R40.1);
        self.keeps_ledger(actor)?;
        let institutions = self.institutions();
        let area = Area::of(&institutions, actor, chosen.office);
        let mut lines = self.lines_of_area(&institutions, &area, days, chosen, after).await?;
        let more = lines.len() > IN_A_PART;
        lines.truncate(IN_A_PART);
        let more = lines.last().filter(|_| more).map(|line| format!("{}.{}", line.at.0, line.seq));
        let rows = self.in_words(&institutions, actor, lines, happened).await?;
        Ok(Part { rows, more })
    }

    /// One line more than a part has, when there is one.
    async fn lines_of_area(
        &self,
        institutions: &Institutions,
        area: &Area,
        days: LedgerDays,
        chosen: LedgerChosen,
        after: &str,
    ) -> Result<Vec<Line>, Failure> {
        let (from, until) = days.between();
        let actors = area.actors(institutions, chosen.officer, (from, until));
        let of = area.businesses.iter().filter(|verb| chosen.business.is_none_or(|only| only == **verb));
        let commands: Vec<String> = of.map(|verb| verb.code().to_owned()).collect();
        let Ok(many @ 1..) = i64::try_from(actors.len()) else { return Ok(Vec::new()) };
        let asked =
            kaguan_store::LedgerAsked { actors: &actors, commands: &commands, refused: chosen.refused };
        let limit = IN_A_PART as i64 + 1;
        // Nothing was done after now.
        let end = (until.min(Instant(self.now().0.saturating_add(1))), 0);
        let mut before = read_key(after).map_or(end, |key| key.min(end));
        let (mut stretch, mut lines) = (FIRST_STRETCH / many, Vec::new());
        loop {
            let since = from.max(Instant(before.0.0.saturating_sub(stretch)));
            let found = self.store().lines_of_offices(&asked, since, before, limit).await?;
            let full = found.len() > IN_A_PART;
            before = found.last().filter(|_| full).map_or((since, 0), |line| (line.at, line.seq));
            // Whoever has moved did the rest elsewhere.
            let here = |line: &Line| {
                done_at(institutions, &line.actor, line.at)
                    .is_some_and(|(org, _)| area.offices.contains(&org))
            };
            lines.extend(found.into_iter().filter(here));
            if lines.len() > IN_A_PART || (!full && since == from) {
                return Ok(lines);
            }
            if !full {
                stretch = stretch.saturating_mul(8);
            }
        }
    }

    /// The lines with what they are about.
    async fn in_words(
        &self,
        institutions: &Institutions,
        actor: &Actor,
        lines: Vec<Line>,
        happened: Happened,
    ) -> Result<Vec<LedgerLine>, Failure> {
        let loaded = self.store().load(&files_of(&lines)).await?;
        let of_institutions =
            lines.iter().filter(|line| tells_of_institutions(line)).map(|line| line.seq).collect();
        let events = self.institution_events_at(of_institutions).await?;
        let mut applications = self.applications_at(&loaded, &lines).await?;
        let view = |line: Line| {
            let (office, who) = done_at(institutions, &line.actor, line.at)?;
            let org = institutions.org_as_of(office, line.at)?;
            let subject = Subject::parse(&line.subject);
            // Whoever was refused learns nothing by it: what lies elsewhere has no number then.
            let told = |place: Place| {
                line.outcome == DONE || authorise(institutions, actor, Verb::LookAtLedger, &place).is_ok()
            };
            let mut holder = None;
            let mut form = applications.remove(&line.seq).map(|a| a.form_no);
            if let Some(Subject::Holder(id)) = &subject {
                holder = Some(*id);
                let all = loaded.holders.get(id).map_or(&[][..], |f| f.applications.as_slice());
                if let [only] = all
                    && told(Place::At(only.outlet))
                {
                    form = Some(only.form_no.clone());
                }
            }
            let said = match (&form, holder) {
                (Some(form_no), _) => format!("申领表 {form_no}"),
                (None, Some(_)) => "持卡人档案".to_owned(),
                (None, None) => numbered(&loaded, subject.as_ref(), told).unwrap_or_else(|| {
                    about(
                        institutions,
                        &line.subject,
                        events.get(&line.seq).map_or(&[], Vec::as_slice),
                        happened,
                    )
                }),
            };
            let done = line.outcome == DONE && holder.is_some() && ends_with_receipt(&line.command);
            let receipt = done.then(|| LedgerReceipt {
                number: match business_of(&line.command) {
                    Some(_) => BusinessReceipt::number_of(line.at, &org.code, line.seq),
                    None => form.unwrap_or_default(),
                },
                prints: authorise(institutions, actor, Verb::PrintReceipt, &Place::At(office)).is_ok(),
            });
            Some(LedgerLine { line, office: org.name, who, about: said, holder, receipt })
        };
        Ok(lines.into_iter().filter_map(view).collect())
    }
}
