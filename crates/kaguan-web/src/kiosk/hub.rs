//! Which machines are open to whoever comes, and who stands before each. Nothing of it is stored: a server that starts anew asks a clerk to
//! open them again, as it asks clerks to take their desks.

use kaguan_domain::facts::counter::Shown;
use kaguan_domain::ids::{ApplicationId, DeskId, OfficerId};
use kaguan_service::Identified;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A browser that does not ask for its first page for so long is gone, in milliseconds.
const IDLE_MS: i64 = 10 * 60_000;
/// A day of an outlet, in milliseconds: each morning somebody looks at the machine.
const AGE_MS: i64 = 16 * 3_600_000;
/// Whoever does nothing for so long has left, in milliseconds.
const VISIT_MS: i64 = 90_000;

/// Whoever laid an identity card on the reader.
#[derive(Clone)]
pub struct Visitor {
    pub who: Arc<Identified>,
    pub shown: Shown,
    /// Its last day; `None` of 长期.
    pub until: Option<jiff::civil::Date>,
    /// The picture in its chip.
    pub chip: Arc<Vec<u8>>,
}

/// Somebody's visit.
#[derive(Clone, Default)]
pub struct Visit {
    /// Names its commands, so that one that is sent twice is done once.
    pub id: i64,
    pub visitor: Option<Visitor>,
    /// How often a face was compared.
    pub faces: u8,
    /// Whether one was the visitor's.
    pub seen: bool,
    /// Whose card was made here.
    pub made: Option<ApplicationId>,
    used: i64,
}

impl Visit {
    /// The request key of a command of this visit.
    pub fn key(&self, what: &str) -> String {
        format!("kiosk-{}-{what}", self.id)
    }
}

struct Open {
    desk: DeskId,
    by: OfficerId,
    source: String,
    since: i64,
    used: i64,
    visit: Option<Visit>,
}

/// All machines that are open.
#[derive(Default)]
pub struct Kiosks(Mutex<HashMap<String, Open>>);

impl Kiosks {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Open>> {
        // What is in the map is whole, whoever panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A clerk opens a machine, to the browser at an address and to no other.
    pub fn open(&self, session: &str, (desk, by): (DeskId, OfficerId), source: &str, now: i64) {
        let mut all = self.all();
        all.retain(|_, o| o.desk != desk);
        let source = source.to_owned();
        all.insert(session.to_owned(), Open { desk, by, source, since: now, used: now, visit: None });
    }

    /// The machine of a session and who opened it, when the session still holds: idle or old ones, and those from elsewhere, are over.
    pub fn holds(&self, session: &str, source: &str, now: i64) -> Option<(DeskId, OfficerId)> {
        let mut all = self.all();
        let open = all.get_mut(session)?;
        if now - open.used >= IDLE_MS || now - open.since >= AGE_MS {
            all.remove(session);
            return None;
        }
        // Whoever copied the cookie to another machine ends nothing here.
        if open.source != source {
            return None;
        }
        open.used = now;
        Some((open.desk, open.by))
    }

    /// The session of a machine that is open, and whether its browser has gone.
    pub fn of_desk(&self, desk: DeskId, now: i64) -> Option<(String, bool)> {
        let all = self.all();
        let open = all.iter().find(|(_, o)| o.desk == desk);
        open.map(|(session, o)| (session.clone(), now - o.used >= IDLE_MS))
    }

    /// Whether it is open, wherever it is asked from.
    pub fn knows(&self, session: &str) -> bool {
        self.all().contains_key(session)
    }

    /// It is open no more.
    pub fn close(&self, session: &str) {
        self.all().remove(session);
    }

    /// Somebody comes, or another one.
    pub fn comes(&self, session: &str, id: i64, visitor: Option<Visitor>, now: i64) {
        if let Some(open) = self.all().get_mut(session) {
            open.visit = Some(Visit { id, visitor, used: now, ..Visit::default() });
        }
    }

    /// Who stands there, unless they have left.
    pub fn visit(&self, session: &str, now: i64) -> Option<Visit> {
        let mut all = self.all();
        let open = all.get_mut(session)?;
        open.visit.take_if(|v| now - v.used >= VISIT_MS);
        let visit = open.visit.as_mut()?;
        visit.used = now;
        Some(visit.clone())
    }

    /// Something of the visit is different now.
    pub fn tell(&self, session: &str, what: impl FnOnce(&mut Visit)) {
        if let Some(visit) = self.all().get_mut(session).and_then(|o| o.visit.as_mut()) {
            what(visit);
        }
    }

    /// Nobody stands there any more, and nothing of them is kept.
    pub fn leaves(&self, session: &str) {
        if let Some(open) = self.all().get_mut(session) {
            open.visit = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_when_it_is_idle_or_old_and_is_of_one_address() {
        let kiosks = Kiosks::default();
        let whose = (DeskId(7), OfficerId(3));
        kiosks.open("a", whose, "10.1.1.1", 0);
        assert_eq!(kiosks.holds("a", "10.1.1.1", 1), Some(whose));
        assert_eq!(kiosks.holds("a", "10.6.6.6", 2), None, "the cookie on another machine");
        assert_eq!(kiosks.holds("a", "10.1.1.1", 3), Some(whose), "which ends nothing here");
        assert_eq!(kiosks.holds("a", "10.1.1.1", 3 + IDLE_MS), None);
        kiosks.open("b", whose, "10.1.1.1", 0);
        let mut now = 0;
        while kiosks.holds("b", "10.1.1.1", now).is_some() {
            now += IDLE_MS / 2;
        }
        assert!(now >= AGE_MS);
        assert!(!kiosks.knows("b") && kiosks.of_desk(whose.0, now).is_none());
        kiosks.open("c", whose, "", 0);
        assert_eq!(kiosks.of_desk(whose.0, IDLE_MS), Some(("c".into(), true)), "to be stopped all the same");
        kiosks.open("d", whose, "", 1);
        assert!(kiosks.holds("c", "", 2).is_none(), "a machine is open once");
    }

    #[test]
    fn whoever_does_nothing_has_left() {
        let kiosks = Kiosks::default();
        kiosks.open("a", (DeskId(7), OfficerId(3)), "", 0);
        kiosks.comes("a", 1, None, 0);
        assert!(kiosks.visit("a", VISIT_MS - 1).is_some());
        assert!(kiosks.visit("a", 2 * VISIT_MS - 2).is_some());
        assert!(kiosks.visit("a", 3 * VISIT_MS).is_none());
        kiosks.comes("a", 2, None, 3 * VISIT_MS);
        kiosks.leaves("a");
        assert!(kiosks.visit("a", 3 * VISIT_MS).is_none());
    }
}
