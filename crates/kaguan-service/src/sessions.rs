//! Who is signed in, and who may try to be. Sessions and failed tries live in the store, so that a restart signs nobody out and
//! forgets no guess; what is asked at every request is kept in memory besides.

use crate::outcome::Failure;
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Instant};
use kaguan_domain::facts::institution::{Institutions, Officer};
use kaguan_domain::facts::officer::{DoorEvent, SignIn};
use kaguan_domain::ids::OfficerId;
use kaguan_domain::institution::RecordSignIn;
use kaguan_store::seal::sm3;
use kaguan_store::{Session, Tries};
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
/// The same in seconds, for pages.
pub const IDLE_SECONDS: i64 = 30 * 60;
/// Unused for so long, a session ends.
const IDLE: i64 = IDLE_SECONDS * SECOND;
/// So old, it ends however much it is used.
const AGE: i64 = 12 * HOUR;
/// So many sessions of one officer hold at once; the one that was used longest ago ends for the next.
const OF_OFFICER: usize = 16;
/// So long the second factor is waited for after the password.
const HALF: i64 = 5 * MINUTE;
/// So long a password that was given again is good for rights.
const REAUTH: i64 = 10 * MINUTE;
/// A failed try counts for a day.
const TRIED: i64 = 24 * HOUR;
/// A form that nobody goes on with is kept for so long.
const DRAFT: i64 = 7 * 24 * HOUR;
/// An address from which an officer has signed in is the officer's own for so long.
const OWN: i64 = 90 * 24 * HOUR;
/// Tries before one has to wait: of a name from one address, of a name from everywhere, and from one address of any name.
const OF_BOTH: i64 = 5;
const OF_NAME: i64 = 20;
const OF_SOURCE: i64 = 50;
/// The first wait; it doubles with every try, up to the longest.
const FIRST_WAIT: i64 = 15 * SECOND;
const LONGEST_WAIT: i64 = 5 * MINUTE;

/// Sessions in use, as the store has them but for when each was last used.
#[derive(Default)]
pub(crate) struct Sessions {
    open: Mutex<HashMap<[u8; 32], Kept>>,
    /// Raised whenever a session has ended in the store.
    ended: AtomicU64,
    /// Tries under names that nobody has: in which hour, and how many.
    unknown: Mutex<(i64, i64)>,
    /// Tries are counted one after the other.
    turn: tokio::sync::Mutex<()>,
    cleared: AtomicI64,
}

struct Kept {
    session: Session,
    /// What the store has as last used.
    written: Instant,
    /// By the steady clock: since when this process has it, when it was last used, when the password was last given.
    since: i64,
    used: i64,
    given: i64,
}

impl Kept {
    /// As it was read from the store, or begun, at a time of the steady clock.
    fn new(session: Session, steady: i64) -> Self {
        Self { session, written: session.last, since: steady, used: steady, given: steady }
    }

    /// Whether it is neither idle nor old by the steady clock, which nobody turns back.
    fn is_fresh(&self, steady: i64) -> bool {
        let age = if self.session.whole { AGE } else { HALF };
        steady - self.used < IDLE && steady - self.since < age
    }
}

impl Sessions {
    /// Whoever panicked under the lock left whole sessions.
    fn open(&self) -> MutexGuard<'_, HashMap<[u8; 32], Kept>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whoever reads what is counted or used once, and writes it again, waits for those before.
    pub(crate) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Keeps what the store was asked when so many had ended; not when one has ended since, for it may be this one.
    fn keep(&self, session: Session, ended: u64, steady: i64) -> bool {
        let mut open = self.open();
        let same = self.ended.load(Ordering::SeqCst) == ended;
        if same {
            open.entry(session.digest).or_insert(Kept::new(session, steady));
        }
        same
    }
}

/// A session that holds now.
pub struct Present {
    pub officer: Officer,
    /// What is asked of the account besides the password.
    pub sign_in: SignIn,
    /// Whether the password, and the second factor where there is one, were given within ten minutes.
    pub reauthenticated: bool,
    /// Whether the second factor was given, or none was due; otherwise the session opens nothing but the question for it.
    pub whole: bool,
    /// Whether a second factor has to be set before anything else; in a province for trying things out nobody has to.
    pub must_enrol: bool,
    /// So many seconds are left until it is too old, however much it is used.
    pub left: i64,
}

/// A session of an officer, as its owner is told of it.
pub struct OwnSession {
    /// By which its owner names it: the beginning of its token's digest, hexadecimal.
    pub name: String,
    pub made: Instant,
    pub last: Instant,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

/// A try that is counted already, before the password is looked at.
pub struct Try {
    both: [u8; 32],
    name: [u8; 32],
    source: [u8; 32],
    /// How many tries of the name there were within a day, with this one.
    tries: i64,
}

/// Whether somebody may try.
pub enum Admitted {
    /// Counted as failed until it succeeds.
    Try(Try),
    /// One has to wait so many seconds.
    Wait(i64),
}

/// Why a session holds no more. What somebody did to the account is told before what time did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// The account was stopped.
    Stopped,
    /// Something of the account was changed elsewhere that ends whatever sessions it has: password, second factor, post, or a new start.
    Changed,
    /// Unused for half an hour.
    Idle,
    /// Twelve hours old; before the second factor was given, five minutes.
    Old,
    /// Nothing is known of it any more: it was ended elsewhere, or is long past.
    Forgotten,
}

/// The officer of a session, if it holds: a clock that ran back by more than a minute ends it too.
fn held(s: &Session, institutions: &Institutions, now: Instant) -> Result<Officer, Ended> {
    clause!(R6.1);
    let officer = institutions.officer(s.officer).filter(|o| o.active).ok_or(Ended::Stopped)?;
    let age = if s.whole { AGE } else { HALF };
    if institutions.sign_in_of(officer.id).epoch != s.epoch {
        return Err(Ended::Changed);
    }
    if now.0 - s.made.0 >= age {
        return Err(Ended::Old);
    }
    let used = now.0 - s.last.0 < IDLE && s.last.0 - now.0 <= MINUTE;
    if used { Ok(officer.clone()) } else { Err(Ended::Idle) }
}

fn holds(s: &Session, institutions: &Institutions, now: Instant) -> Option<Officer> {
    held(s, institutions, now).ok()
}

fn name_of(session: &Session) -> String {
    session.digest[..8].iter().map(|b| format!("{b:02x}")).collect()
}

/// How long one has to wait after some tries.
fn wait(t: &Tries, free: i64, now: Instant) -> i64 {
    let since = now.0 - t.at.0;
    // A clock that ran back holds nobody up until it is there again.
    if t.tries < free || !(0..TRIED).contains(&since) {
        return 0;
    }
    let doubled = (t.tries - free).clamp(0, 10);
    ((FIRST_WAIT << doubled).min(LONGEST_WAIT) - since).max(0)
}

fn counted(t: &Tries, now: Instant) -> i64 {
    if now.0 - t.at.0 >= TRIED { 0 } else { t.tries }
}

impl Service {
    /// Whether somebody may try to sign in under a name from an address, and counts the try as failed. An address from which
    /// the name has signed in is held up by its own tries only: nobody elsewhere can lock a counter out.
    pub async fn admit(&self, login: &str, source: &str) -> Result<Admitted, Failure> {
        let digest = |kind, value: &str| self.store().digest(kind, value);
        let mut attempt = Try {
            tries: 0,
            both: digest("sign-in name and address", &format!("{login}\n{source}")),
            name: digest("sign-in name", login),
            source: digest("sign-in address", source),
        };
        let _turn = self.sessions().turn().await;
        let now = self.wall();
        let [both, name, source] = self.store().tries([attempt.both, attempt.name, attempt.source]).await?;
        let own = both.good_at.0 > 0 && now.0 - both.good_at.0 < OWN;
        let others = if own { 0 } else { wait(&name, OF_NAME, now).max(wait(&source, OF_SOURCE, now)) };
        let longest = others.max(wait(&both, OF_BOTH, now));
        if longest > 0 {
            return Ok(Admitted::Wait((longest + SECOND - 1) / SECOND));
        }
        attempt.tries = counted(&name, now) + 1;
        let more = |t: Tries| Tries { tries: counted(&t, now) + 1, at: now, ..t };
        self.store().put_tries(vec![more(both), more(name), more(source)]).await?;
        Ok(Admitted::Try(attempt))
    }

    /// A counted try succeeded: its own tries are forgotten, those of others are not.
    async fn forgiven(&self, t: &Try, now: Instant) -> Result<Vec<Tries>, Failure> {
        let [both, name, source] = self.store().tries([t.both, t.name, t.source]).await?;
        let own = both.tries;
        let less = |t: Tries| Tries { tries: (t.tries - own).max(0), ..t };
        Ok(vec![Tries { tries: 0, good_at: now, ..both }, less(name), less(source)])
    }

    /// Records that an officer has come in, before the session begins.
    pub async fn signed_in(&self, officer: OfficerId, source: &str) -> Result<(), Failure> {
        clause!(R39.1);
        let event = DoorEvent::SignedIn { officer, source: source.to_owned() };
        let ctx = self.ctx(Actor::Officer(officer), Channel::Console, None);
        self.execute(ctx, Command::Door(RecordSignIn { event })).await.map(|_| ())
    }

    /// Records a try that failed, where its number has a line. The answer does not wait for it: a name that somebody has costs the
    /// time of one that nobody has. `code` says that the password was right, and the second factor was not.
    pub fn sign_in_failed(&self, attempt: &Try, officer: Option<OfficerId>, source: &str, code: bool) {
        let source = source.to_owned();
        let event = match officer {
            Some(officer) => DoorEvent::Failed { officer, tries: attempt.tries, source, code },
            None => {
                let hour = self.wall().0.div_euclid(HOUR);
                let mut unknown = self.sessions().unknown.lock().unwrap_or_else(PoisonError::into_inner);
                *unknown = if unknown.0 == hour { (hour, unknown.1 + 1) } else { (hour, 1) };
                DoorEvent::UnknownNames { tries: unknown.1, source }
            }
        };
        // A single wrong name is a slip.
        let told = match &event {
            DoorEvent::UnknownNames { tries, .. } => *tries >= 10 && DoorEvent::is_told(*tries),
            DoorEvent::Failed { tries, .. } => DoorEvent::is_told(*tries),
            DoorEvent::SignedIn { .. } | DoorEvent::SignedOut { .. } | DoorEvent::RecoveryCodeUsed { .. } => {
                true
            }
        };
        if told {
            let service = self.clone();
            tokio::spawn(async move {
                let ctx = service.ctx(Actor::System, Channel::Console, None);
                if let Err(why) = service.execute(ctx, Command::Door(RecordSignIn { event })).await {
                    tracing::error!(%why, "a failed sign-in could not be recorded");
                }
            });
        }
    }

    /// A session begins after a try that succeeded; the token for the browser, which nothing here keeps.
    pub async fn begin_session(&self, officer: &Officer, after: &Try) -> Result<String, Failure> {
        for old in self.sessions_of(officer.id).await?.into_iter().skip(OF_OFFICER - 1) {
            self.end(old.digest, Some(officer.id)).await?;
        }
        let _turn = self.sessions().turn().await;
        let tries = self.forgiven(after, self.wall()).await?;
        self.open_session(officer, true, tries).await
    }

    /// The password was right, and the second factor is asked for now. The try goes on to count: whoever has the password may not
    /// begin anew before each guess.
    pub async fn begin_half(&self, officer: &Officer) -> Result<String, Failure> {
        self.open_session(officer, false, Vec::new()).await
    }

    async fn open_session(
        &self,
        officer: &Officer,
        whole: bool,
        tries: Vec<Tries>,
    ) -> Result<String, Failure> {
        let mut token = [0; 32];
        getrandom::fill(&mut token).map_err(Failure::broken)?;
        let token: String = token.iter().map(|b| format!("{b:02x}")).collect();
        let now = self.wall();
        let session = Session {
            digest: sm3(&[token.as_bytes()]),
            officer: officer.id,
            epoch: self.institutions().sign_in_of(officer.id).epoch,
            made: now,
            last: now,
            reauth_at: now,
            whole,
        };
        self.store().begin_session(session, tries).await?;
        self.sessions().open().insert(session.digest, Kept::new(session, self.steady()));
        Ok(token)
    }

    /// The session of a token, if it holds now. An ordinary request writes nothing: when it was last used is recorded once a
    /// minute.
    pub async fn present(&self, token: &str) -> Result<Option<Present>, Failure> {
        let digest = sm3(&[token.as_bytes()]);
        let known = || self.sessions().open().contains_key(&digest);
        while !known() {
            let ended = self.sessions().ended.load(Ordering::SeqCst);
            let Some(session) = self.store().session(digest).await? else { return Ok(None) };
            if self.sessions().keep(session, ended, self.steady()) {
                break;
            }
        }
        let (institutions, now, steady) = (self.institutions(), self.wall(), self.steady());
        let (officer, session, write, given) = {
            let mut open = self.sessions().open();
            let Some(kept) = open.get_mut(&digest) else { return Ok(None) };
            let officer = holds(&kept.session, &institutions, now).filter(|_| kept.is_fresh(steady));
            let Some(officer) = officer else {
                open.remove(&digest);
                return Ok(None);
            };
            kept.session.last = now.max(kept.session.last);
            kept.used = steady;
            let write = now.0 - kept.written.0 >= MINUTE;
            if write {
                kept.written = now;
            }
            (officer, kept.session, write, kept.given)
        };
        if write && let Err(why) = self.store().touch_session(&session).await {
            // Reading goes on while nothing can be written; this process knows when it was last used.
            tracing::warn!(%why, "when a session was last used is not recorded");
        }
        Ok(Some(Present {
            sign_in: institutions.sign_in_of(officer.id),
            reauthenticated: (0..REAUTH).contains(&(now.0 - session.reauth_at.0)) && steady - given < REAUTH,
            whole: session.whole,
            must_enrol: !self.is_trial() && institutions.needs_second_factor(&officer),
            left: (session.made.0 + AGE - now.0).max(0) / SECOND,
            officer,
        }))
    }

    /// Why the session of a token holds no more; `None` while it holds.
    pub async fn why_ended(&self, token: &str) -> Result<Option<Ended>, Failure> {
        clause!(R6.1);
        let Some(session) = self.store().session(sm3(&[token.as_bytes()])).await? else {
            return Ok(Some(Ended::Forgotten));
        };
        let last = self.sessions().open().get(&session.digest).map_or(session.last, |k| k.session.last);
        Ok(held(&Session { last, ..session }, &self.institutions(), self.wall()).err())
    }

    /// The password was given again in a session, and the second factor where there is one, after a try that succeeded.
    pub async fn reauthenticate(&self, token: &str, after: &Try) -> Result<(), Failure> {
        let digest = sm3(&[token.as_bytes()]);
        let _turn = self.sessions().turn().await;
        let now = self.wall();
        let tries = self.forgiven(after, now).await?;
        self.store().put_tries(tries).await?;
        let session = self.sessions().open().get_mut(&digest).map(|kept| {
            kept.session.reauth_at = now;
            kept.given = self.steady();
            kept.session
        });
        match session {
            Some(session) => Ok(self.store().touch_session(&session).await?),
            None => Ok(()),
        }
    }

    /// A session ends, and the journal has a line of whose it was. Of one that has ended already there is none.
    pub async fn end_session(&self, token: &str) -> Result<(), Failure> {
        clause!(R39.1);
        // Of whoever has not come in yet there is no line.
        let officer = self.present(token).await?.filter(|p| p.whole).map(|p| p.officer.id);
        self.end(sm3(&[token.as_bytes()]), officer).await
    }

    /// The same by its digest, with a line when it is an officer's who has come in.
    async fn end(&self, digest: [u8; 32], officer: Option<OfficerId>) -> Result<(), Failure> {
        if let Some(officer) = officer {
            let ctx = self.ctx(Actor::Officer(officer), Channel::Console, None);
            let event = DoorEvent::SignedOut { officer };
            match self.execute(ctx, Command::Door(RecordSignIn { event })).await {
                // Whoever was stopped meanwhile goes all the same.
                Ok(_) | Err(Failure::Refused(_)) => {}
                Err(why) => return Err(why),
            }
        }
        self.store().end_session(digest).await?;
        self.sessions().ended.fetch_add(1, Ordering::SeqCst);
        self.sessions().open().remove(&digest);
        Ok(())
    }

    /// The sessions of an officer that hold and open everything; the one that was used last comes first.
    async fn sessions_of(&self, officer: OfficerId) -> Result<Vec<Session>, Failure> {
        let mut all = self.store().sessions_of(officer).await?;
        let (institutions, now) = (self.institutions(), self.wall());
        let open = self.sessions().open();
        for session in &mut all {
            session.last = open.get(&session.digest).map_or(session.last, |kept| kept.session.last);
        }
        drop(open);
        all.retain(|s| s.whole && holds(s, &institutions, now).is_some());
        all.sort_by_key(|s| std::cmp::Reverse(s.last));
        Ok(all)
    }

    /// The sessions of the officer whose session a token is.
    pub async fn own_sessions(&self, token: &str) -> Result<Vec<OwnSession>, Failure> {
        clause!(R6.1);
        let this = sm3(&[token.as_bytes()]);
        let Some(me) = self.present(token).await? else { return Ok(Vec::new()) };
        let own = |s: Session| OwnSession {
            name: name_of(&s),
            made: s.made,
            last: s.last,
            is_this: s.digest == this,
        };
        Ok(self.sessions_of(me.officer.id).await?.into_iter().map(own).collect())
    }

    /// Ends a session of the officer whose session a token is, by its name, or without one all but this: how many have ended.
    pub async fn end_own_sessions(&self, token: &str, name: Option<&str>) -> Result<usize, Failure> {
        clause!(R6.1);
        let this = sm3(&[token.as_bytes()]);
        let Some(me) = self.present(token).await? else { return Ok(0) };
        let named = |s: &Session| s.digest != this && name.is_none_or(|name| name_of(s) == name);
        let mut ended = 0;
        for session in self.sessions_of(me.officer.id).await?.into_iter().filter(named) {
            self.end(session.digest, Some(me.officer.id)).await?;
            ended += 1;
        }
        Ok(ended)
    }

    /// Clears away what has ended, every ten minutes.
    pub(crate) async fn clear_sign_ins(&self) -> Result<(), Failure> {
        let now = self.wall();
        let last = self.sessions().cleared.load(Ordering::Relaxed);
        if (0..10 * MINUTE).contains(&(now.0 - last)) {
            return Ok(());
        }
        self.sessions().cleared.store(now.0, Ordering::Relaxed);
        let institutions = self.institutions();
        self.sessions().open().retain(|_, kept| holds(&kept.session, &institutions, now).is_some());
        let before = |micros| Instant(now.0 - micros);
        // A session that was idle too long holds no more, and is still known until it is old: a form that comes too late is kept
        // for its officer.
        self.store().clear_sign_ins(before(AGE), before(TRIED), before(OWN)).await?;
        let before = |micros| Instant(self.now().0 - micros);
        self.store().clear_workspace(before(AGE), before(DRAFT)).await?;
        self.clear_uploads().await
    }
}
