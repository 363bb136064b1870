//! 值守 (Articles 5, 30 and 32): what the system does by itself when its day has come. Each file says when it must be
//! looked at next, so that nobody ever scans all cards; what was done is recorded, so that it is done once, however many
//! servers look.

use crate::application::verify::ask_again;
use crate::calendar::WorkingCalendar;
use crate::calendar::add_months_clamped;
use crate::clause;
use crate::collection::{distributed_on, is_to_be_posted, overdue_from};
use crate::ctx::Instant;
use crate::facts::bank_change::BankChangeState;
use crate::facts::card::{Card, Social};
use crate::facts::clock::{Clock, ClockKind, next_watch, warnings};
use crate::facts::custody::{Custody, Party, RecallReason};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::institution::Organisation;
use crate::facts::intent::IntentState;
use crate::facts::notice::{Notice, NoticeKind};
use crate::ids::CardId;
use crate::permission::{Place, Verb};
use crate::recall::{is_not_written_to, overdue_on, says_dead, told_where};
use crate::refusal::{Reason, Refusal};
use crate::replacement::bank_change::LAPSES_AFTER_DAYS;
use crate::replacement::exchange_from;
use crate::rule::{Around, Asked, Rule};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Gives a notice whose day has come, or puts the look off to its day.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Notify {
    /// About which card.
    pub card: CardId,
    pub kind: NoticeKind,
}

/// A card that waits for its holder by what its own file says.
fn waits(card: &Card) -> bool {
    card.social == Social::NotEnabled
        && card.offered_again.is_none()
        && matches!(card.custody, Custody::InBox { .. } | Custody::AtOutlet { .. } | Custody::InPost { .. })
}

/// The name of the outlet where a card lies for its holder; `None` while it does not, or when an employer collects it.
fn ready_at<'a>(card: &Card, around: Around<'a>) -> Option<&'a str> {
    let Custody::InBox { r#box } = card.custody else { return None };
    let b = around.batches.get(&card.batch)?.box_file(r#box)?;
    let here = b.arrived.is_some() && b.employer.is_none() && b.keeper == Party::Org(b.outlet);
    if !here || card.social != Social::NotEnabled {
        return None;
    }
    around.institutions.org(b.outlet).map(|o| o.name.as_str())
}

fn noticed(card: &Card, kind: NoticeKind) -> bool {
    // A card that came back into stock waits anew.
    let anew = card.came_back.filter(|_| kind == NoticeKind::Uncollected);
    card.notices.iter().any(|n| n.kind == kind && anew.is_none_or(|back| n.at >= back))
}

/// 领卡通知 of a card that lies at the named outlet for its holder.
fn ready(file: &HolderFile, card: &Card, outlet: &str, Asked { ctx, around, .. }: Asked<'_>) -> HolderEvent {
    clause!(R31.3);
    let posts = is_to_be_posted(file, card, around.institutions, ctx.today());
    let notice = Notice { outlet: Some(outlet.to_owned()), posts, ..Notice::new(NoticeKind::Ready, ctx.now) };
    HolderEvent::Notified { card: card.id, notice, silent: says_dead(card) }
}

/// Whether a card that comes singly to an office comes where its holder collects it, and may be handed out there for the first time.
fn is_ready_at(file: &HolderFile, card: &Card, at: &Organisation) -> bool {
    at.kind.is_outlet()
        && file.application(card.application).is_some_and(|a| a.collect_at == at.id)
        && card.social == Social::NotEnabled
        && card.offered_again.is_none()
        && card.stands()
        && !card.is_held()
}

/// 领卡通知 of a card that its outlet signs for, or finds, outside any box; `None` when it was given already, or the card waits for nobody there.
pub(crate) fn ready_singly(
    file: &HolderFile,
    card: &Card,
    at: &Organisation,
    asked: Asked<'_>,
) -> Option<HolderEvent> {
    clause!(R31.3);
    if !is_ready_at(file, card, at) || noticed(card, NoticeKind::Ready) {
        return None;
    }
    let here = Card { custody: Custody::AtOutlet { org: at.id }, ..card.clone() };
    Some(ready(file, &here, &at.name, asked))
}

/// What whoever takes a single card over, or finds it, is told of its holder: whether the system gives 领卡通知. `None` when the card is not
/// handed out there for the first time.
pub fn ready_said(file: &HolderFile, card: &Card, at: &Organisation) -> Option<&'static str> {
    clause!(R31.3);
    if !is_ready_at(file, card, at) {
        return None;
    }
    Some(match (says_dead(card), noticed(card, NoticeKind::Ready)) {
        (true, _) => "该人有死亡登记，系统不发送短信，请另行通知",
        (false, false) => "系统向登记的手机发送领卡通知，没有登记手机的请另行通知持卡人",
        (false, true) => "系统此前已发送过领卡通知，不再发送，请另行通知持卡人",
    })
}

/// The earliest day of each notice that is still to be given about a card.
pub(crate) fn notices(file: &HolderFile, card: &Card) -> Vec<(NoticeKind, Date)> {
    let mut out = Vec::new();
    if !card.stands() {
        return out;
    }
    let mut add = |kind, day| {
        if !noticed(card, kind) {
            out.push((kind, day));
        }
    };
    if waits(card) {
        // No card waits before it is made; the box knows the day better, and is asked then.
        add(NoticeKind::Uncollected, card.look_again.unwrap_or_else(|| overdue_from(card.issued_on)));
    }
    if file.death_confirmed()
        && matches!(
            card.custody,
            Custody::InBox { .. }
                | Custody::AtOutlet { .. }
                | Custody::InPost { .. }
                | Custody::WithHolder { .. }
        )
    {
        let confirmed = file.person.iter().flat_map(|p| &p.death).map(|m| m.at.date()).max();
        add(NoticeKind::HolderDead, confirmed.unwrap_or(card.issued_on));
    }
    if let Custody::Recalled { since, reason: RecallReason::Uncollected, .. } = &card.custody
        && card.offered_again.is_none()
    {
        clause!(R33.4);
        add(NoticeKind::SecondOffer, add_months_clamped(since.date(), 5));
    }
    if card.social != Social::NotEnabled {
        add(NoticeKind::Expiring, exchange_from(card.valid_until));
        let seventh = file.person.as_ref().map(|p| p.details.seventh_birthday());
        if let Some(day) = seventh.filter(|day| card.issued_on < *day) {
            clause!(R5.4);
            add(NoticeKind::SeventhBirthday, day);
        }
    }
    out
}

/// 值守: ends the periods that ended when the card reached its outlet, and says which clocks of the file end today or are late.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WatchClocks {}

/// The clocks of a file: those of its applications (R7.1, R27.3), and those within which cards are taken back.
pub(crate) fn clocks(file: &HolderFile) -> impl Iterator<Item = &Clock> {
    let recalls = file.cards.iter().filter_map(|c| c.recall_clock()).map(|(_, clock)| clock);
    file.applications.iter().filter_map(|a| a.clock.as_ref()).chain(recalls)
}

impl Rule for WatchClocks {
    fn verb(&self) -> Verb {
        Verb::Notify
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::Anywhere
    }

    /// Decides which clocks stop and what is said about the others. The period of a first card and of a replacement ended on the day on
    /// which the card was distributed to its outlet (R7.1, R27.3), however many of its days were left.
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R7.1);
        clause!(R27.3);
        let today = ctx.today();
        let mut events = Vec::new();
        for a in &file.applications {
            let Some(clock) = a.clock.as_ref().filter(|c| c.runs_until().is_some()) else { continue };
            let card = file.cards.iter().find(|c| c.application == a.id);
            if let Some(on) = card.and_then(|c| distributed_on(c, around)) {
                events.push(HolderEvent::ClockStopped { application: a.id, on });
            } else if let Some(warning) = clock.warning(today) {
                let said = (clock.kind, warning);
                events.push(HolderEvent::ClockWarned { application: Some(a.id), card: None, said });
            }
        }
        for card in &file.cards {
            let running = card.recall_clock().map(|(_, clock)| clock);
            let said = warnings(running, today);
            events.extend(said.into_iter().map(|said| HolderEvent::ClockWarned {
                application: None,
                card: Some(card.id),
                said,
            }));
        }
        if events.is_empty() { Err(Reason::NothingToDo.into()) } else { Ok(events) }
    }
}

/// 载入放假通知: counts the running clocks of the file again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RecountClocks {}

/// What a calendar makes of the running clocks of a file: the event for each that ends on another day then.
pub fn recounted(file: &HolderFile, calendar: &WorkingCalendar) -> Vec<HolderEvent> {
    let of = |application, card, clock: &Clock| {
        let then = clock.recomputed(calendar);
        let (kind, started_on, due) = (clock.kind, clock.started_on, then.due);
        (then.due != clock.due).then_some(HolderEvent::ClockRecounted {
            application,
            card,
            kind,
            started_on,
            due,
        })
    };
    let applications = file.applications.iter().filter_map(|a| of(Some(a.id), None, a.clock.as_ref()?));
    let cards = file.cards.iter().flat_map(|c| {
        let noticed = c.notices.iter().filter_map(|n| n.clock.as_ref());
        noticed.filter_map(|clock| of(None, Some(c.id), clock))
    });
    applications.chain(cards).collect()
}

impl Rule for RecountClocks {
    fn verb(&self) -> Verb {
        Verb::LoadHolidays
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::Anywhere
    }

    /// Decides which clocks end on another day (R7.1).
    fn decide(&self, Asked { file, around, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R7.1);
        let events = recounted(file, &around.institutions.calendar);
        if events.is_empty() { Err(Reason::NothingToDo.into()) } else { Ok(events) }
    }
}

/// When the file must be looked at next; `None` when nothing waits for its day.
pub fn next(file: &HolderFile) -> Option<Instant> {
    let notices = file.cards.iter().flat_map(|c| notices(file, c)).map(|(_, day)| Instant::at_start_of(day));
    let intents =
        file.cards.iter().flat_map(|c| &c.intents).filter(|i| i.state == IntentState::Wanted).map(|i| i.due);
    let change = file
        .bank_change()
        .filter(|b| !matches!(b.state, BankChangeState::CarriedOut { .. }))
        .map(|b| Instant(b.reserved_at.0 + LAPSES_AFTER_DAYS * 86_400_000_000));
    let silent = file.applications.iter().filter_map(ask_again);
    notices.chain(intents).chain(change).chain(next_watch(clocks(file))).chain(silent).min()
}

impl Rule for Notify {
    fn verb(&self) -> Verb {
        Verb::Notify
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::Anywhere
    }

    /// Decides a notice.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        let Asked { file, ctx, around } = asked;
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        let dead = says_dead(card);
        if self.kind == NoticeKind::Ready {
            clause!(R31.3);
            // Nobody is asked to come for what no counter hands over; once it is free it is told.
            if is_not_written_to(card) {
                return Err(Reason::NothingToDo.into());
            }
            let outlet = ready_at(card, around).filter(|_| !noticed(card, NoticeKind::Ready));
            return Ok(vec![ready(file, card, outlet.ok_or(Reason::NothingToDo)?, asked)]);
        }
        let (_, day) = notices(file, card)
            .into_iter()
            .find(|(kind, _)| *kind == self.kind)
            .ok_or(Reason::NothingToDo)?;
        let today = ctx.today();
        if today < day {
            return Err(Reason::NothingToDo.into());
        }
        let mut clock = None;
        if self.kind == NoticeKind::Uncollected {
            clause!(R32.2);
            // A card that the books have under way is looked at again a month later.
            let month = add_months_clamped(today, 1);
            let overdue = overdue_on(card, around).unwrap_or(month);
            if today < overdue {
                return Ok(vec![HolderEvent::LookPutOff { card: card.id, until: overdue }]);
            }
            clock = Some(Clock::start(ClockKind::Recall, today, &around.institutions.calendar));
        }
        if self.kind == NoticeKind::HolderDead {
            clause!(R32.2);
            clock = Some(Clock::start(ClockKind::Recall, today, &around.institutions.calendar));
        }
        let notice = Notice { clock, ..Notice::new(self.kind, ctx.now) };
        // Nobody writes to the dead, nor asks anybody to come for a card that is held; the outlet's clock runs all the same.
        let comes = match self.kind {
            NoticeKind::Ready
            | NoticeKind::Uncollected
            | NoticeKind::SecondOffer
            | NoticeKind::OfferedAgain => true,
            NoticeKind::Expiring | NoticeKind::SeventhBirthday | NoticeKind::HolderDead => false,
        };
        let silent = if comes { is_not_written_to(card) } else { dead };
        Ok(vec![HolderEvent::Notified { card: card.id, notice, silent }])
    }
}

/// What is said once the cards of a file are free again: whoever was not told, because something was held against the card, hears where it
/// waits. `freed` are the events that free them; no notice of a card that is still held, or never was.
pub(crate) fn told_once_free(asked: Asked<'_>, freed: &[HolderEvent]) -> Vec<HolderEvent> {
    clause!(R37.1);
    let Asked { file, ctx, around } = asked;
    let mut after = file.clone();
    for event in freed {
        after.apply(event, ctx.now);
    }
    let mut told = Vec::new();
    for card in &after.cards {
        let was_held = file.card(card.id).is_some_and(is_not_written_to);
        if !was_held || is_not_written_to(card) || !card.stands() {
            continue;
        }
        let ready = Notify { card: card.id, kind: NoticeKind::Ready };
        if let Ok(events) = ready.decide(Asked { file: &after, ctx, around }) {
            told.extend(events);
        } else if let Custody::AtOutlet { org } = card.custody
            && let Some(at) = around.institutions.org(org)
        {
            told.extend(match card.offered_again {
                Some(_) => told_where(card, at, ctx.now),
                None => ready_singly(&after, card, at, Asked { file: &after, ctx, around }),
            });
        }
    }
    told
}
