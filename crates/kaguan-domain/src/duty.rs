//! 值守 (Articles 5, 30 and 32): what the system does by itself when its day has come. Each file says when it must be
//! looked at next, so that nobody ever scans all cards; what was done is recorded, so that it is done once, however many
//! servers look.

use crate::application::verify::ask_again;
use crate::calendar::WorkingCalendar;
use crate::calendar::add_months_clamped;
use crate::clause;
use crate::collection::ready::{noticed, ready_in_its_box};
use crate::collection::{distributed_on, overdue_from};
use crate::ctx::Instant;
use crate::facts::bank_change::BankChangeState;
use crate::facts::card::{Card, Social};
use crate::facts::clock::{Clock, ClockKind, next_watch, warnings};
use crate::facts::custody::{Custody, RecallReason};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::intent::IntentState;
use crate::facts::notice::{Notice, NoticeKind};
use crate::ids::CardId;
use crate::permission::{Place, Verb};
use crate::recall::overdue_on;
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
        // Whoever keeps it has a month left: its holder hears of it once it is offered again, and until then is called to no counter.
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
        let noticed = c.notices.iter().filter_map(Notice::period);
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
        let dead = card.says_dead();
        if self.kind == NoticeKind::Ready {
            clause!(R31.3);
            let ready = ready_in_its_box(asked, card).ok_or(Reason::NothingToDo)?;
            return Ok(vec![ready]);
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
        let expires = self.kind == NoticeKind::Expiring;
        let guardian = (expires || self.kind == NoticeKind::Uncollected) && file.guardian_comes(today);
        let until = expires.then_some(card.valid_until);
        let notice = Notice { clock, guardian, until, ..Notice::new(self.kind, ctx.now) };
        // Nobody writes to the dead, nor asks anybody to come for a card that is held, or that no counter hands over before it is offered
        // again; the outlet's clock runs all the same. Whoever has applied for another card is not asked to.
        let silent = match self.kind {
            NoticeKind::Ready | NoticeKind::Uncollected | NoticeKind::OfferedAgain => {
                card.is_not_written_to()
            }
            NoticeKind::SecondOffer => true,
            NoticeKind::Expiring | NoticeKind::SeventhBirthday => {
                dead || file.replacement_of(card.id).is_some()
            }
            NoticeKind::HolderDead => dead,
        };
        Ok(vec![HolderEvent::Notified { card: card.id, notice, silent }])
    }
}
