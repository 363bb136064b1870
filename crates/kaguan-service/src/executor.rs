//! The executor: one task that takes whatever commands are waiting, loads all the files they touch, decides each in
//! turn, saves everything in one transaction, and then answers everybody.
//!
//! No timer: a command that comes alone runs alone; under load the commands that came during one commit are the
//! next batch. The next round is loaded, decided and sealed while the last one is written, unless they touch the
//! same thing. A command about a whole batch (of cards) runs alone, for it counts rows that others may change.

mod elsewhere;
mod filed;
mod found;
mod touched;
mod trial;
mod want;

use crate::clock::JUMP;
use crate::letters::{messages_of, rows_of};
use crate::outcome::{Failure, Receipt, Told};
use crate::work::{Command, Job, Whose};
use elsewhere::{gives_back, happens_elsewhere};
use filed::Filed;
use kaguan_domain::ctx::Ctx;
use kaguan_domain::dispatch::{HolderCommand, decide_beside};
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::blank::BlankFile;
use kaguan_domain::facts::blank_order::BlankOrderFile;
use kaguan_domain::facts::claim::{Claim, ClaimKind};
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::institution::{InstitutionEvent, Institutions};
use kaguan_domain::facts::message::MessageEvent;
use kaguan_domain::facts::trace::Trace;
use kaguan_domain::facts::unit::UnitFile;
use kaguan_domain::ids::{BatchId, BlankId, BlankOrderId, HolderId, UnitId};
use kaguan_domain::institution::{self, RecordSignIn};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::report::{Happened, happened_in};
use kaguan_domain::rule::Around;
use kaguan_store::{
    Commit, CommitError, LoadRequest, Loaded, Moved, NewEntry, NewMessage, STOCK, Staged, Store, Subject,
};
use std::collections::{HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, RwLock};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use touched::{Touched, counted, leave_boxes};
pub(crate) use trial::Trial;
use want::want_for;

/// The most commands of one commit.
pub const MOST: usize = 128;

/// What every decision reads besides files; replaced as a whole when it changes.
pub type SharedInstitutions = Arc<RwLock<Arc<Institutions>>>;

pub(crate) struct Executor {
    pub(crate) store: Arc<Store>,
    pub(crate) institutions: SharedInstitutions,
    pub(crate) interactive: mpsc::Receiver<Job>,
    pub(crate) bulk: mpsc::Receiver<Job>,
    /// Says why writing stopped, once it has.
    pub(crate) stopped: watch::Sender<Option<String>>,
    /// The most commands of one commit.
    pub(crate) most: usize,
    /// The time of the last line: whoever came in before and was queued after is not written down as earlier.
    pub(crate) last: AtomicI64,
}

/// Everything that one round changes.
#[derive(Default)]
struct Round {
    loaded: Loaded,
    /// Files as they were loaded, for those that changed.
    before: HashMap<HolderId, Option<HolderFile>>,
    batch_before: HashMap<BatchId, Option<BatchFile>>,
    units_changed: HashSet<UnitId>,
    blank_orders_changed: HashSet<BlankOrderId>,
    blanks_changed: HashSet<BlankId>,
    institutions: Arc<Institutions>,
    institution_events: Vec<(i64, InstitutionEvent)>,
    entries: Vec<NewEntry>,
    claims: HashMap<Claim, HolderId>,
    /// By what files that changed in this round may be found besides.
    traces: HashMap<Trace, Vec<HolderId>>,
    messages: Vec<NewMessage>,
    moved: Vec<Moved>,
    /// Request keys of this round: digest of the body, the place of the entry, and what was told.
    keys: HashMap<[u8; 32], ([u8; 32], usize, Told)>,
}

impl Round {
    /// Leaves nothing of it but the lines of what was refused.
    fn undo(&mut self) {
        let entries = std::mem::take(&mut self.entries);
        *self = Self {
            entries: entries.into_iter().filter(|e| e.outcome != DONE).collect(),
            institutions: Arc::clone(&self.institutions),
            ..Self::default()
        };
    }
}

/// The outcome of what was done, in the journal.
const DONE: &str = "done";

/// What a job is to be told once the round is stored.
enum Answered {
    Entry {
        at: usize,
        subject: Subject,
        told: Told,
    },
    Before {
        entry: i64,
        subject: Subject,
    },
    Refused(Refusal),
    /// It would have been done, but another of the same whole was refused.
    Undone,
}

struct Decided {
    subject: Subject,
    told: Told,
    events: Vec<u8>,
    personal: bool,
    /// What happened to other files: whose, the events, and whether they are personal.
    elsewhere: Vec<(Subject, Vec<u8>, bool)>,
    custody: Vec<(
        kaguan_domain::facts::custody::CustodyEntry,
        Option<BatchId>,
        Option<kaguan_domain::ids::BoxId>,
    )>,
    /// What is counted of it.
    happened: Vec<Happened>,
}

/// A round that is being written while the next one is decided.
struct Flight {
    writing: JoinHandle<Result<(), CommitError>>,
    jobs: Vec<Job>,
    answers: Vec<Answered>,
    lines: Vec<i64>,
    institutions: Option<Arc<Institutions>>,
    /// Everything that its commands touched.
    touched: Touched,
}

impl Executor {
    /// Runs until every sender is gone, or until a commit fails.
    ///
    /// While a round is written the next one is loaded, decided and sealed, unless both touch the same thing: then
    /// it waits. Nobody is answered before the round is durable, and rounds are written in the order of the journal.
    pub(crate) async fn run(mut self) {
        let mut carried: Option<Job> = None;
        let mut flight: Option<Flight> = None;
        loop {
            let first = match carried.take() {
                Some(job) => Some(job),
                None => tokio::select! {
                    biased;
                    written = landed(&mut flight), if flight.is_some() => {
                        if !self.land(flight.take(), written) {
                            return;
                        }
                        None
                    }
                    Some(job) = self.interactive.recv() => Some(job),
                    Some(job) = self.bulk.recv() => Some(job),
                    else => return,
                },
            };
            let Some(mut first) = first else { continue };
            let with = std::mem::take(&mut first.with);
            let whole = !with.is_empty();
            let mut jobs = vec![first];
            jobs.extend(with);
            if !whole && !jobs[0].command.runs_alone() {
                self.gather(&mut jobs, &mut carried, flight.as_ref()).await;
            }
            match self.round(jobs, whole, &mut flight).await {
                Some(next) => flight = next.or(flight),
                None => return,
            }
        }
    }

    /// Takes whoever is waiting, and whoever comes as long as somebody comes: one look around the other tasks that
    /// brings nobody ends it. Ahead of a flight a round is only opened when it is worth its commit.
    async fn gather(&mut self, jobs: &mut Vec<Job>, carried: &mut Option<Job>, flight: Option<&Flight>) {
        let worth = flight.map_or(0, |f| f.jobs.len() / 2);
        loop {
            let before = jobs.len();
            while jobs.len() < self.most {
                let Ok(job) = self.interactive.try_recv().or_else(|_| self.bulk.try_recv()) else {
                    break;
                };
                if job.command.runs_alone() || !job.with.is_empty() {
                    *carried = Some(job);
                    return;
                }
                jobs.push(job);
            }
            let waits = jobs.len() < worth && flight.is_some_and(|f| !f.writing.is_finished());
            if jobs.len() >= self.most || (jobs.len() == before && !waits) {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Ends a flight: everybody in it is answered. False when writing has stopped.
    fn land(&self, flight: Option<Flight>, written: Result<(), CommitError>) -> bool {
        let Some(flight) = flight else { return true };
        if let Err(e) = written {
            for job in flight.jobs {
                job.answer(Err(match &e {
                    CommitError::Unknown(_) => Failure::Unknown,
                    e => Failure::Unavailable(e.to_string()),
                }));
            }
            return self.stop(&e);
        }
        if let (Some(new), Ok(mut shared)) = (flight.institutions, self.institutions.write()) {
            *shared = new;
        }
        for (job, answer) in flight.jobs.into_iter().zip(flight.answers) {
            job.answer(match answer {
                Answered::Entry { at, subject, told: Told { seq, changed } } => {
                    Ok(Receipt { entry: flight.lines[at], subject, replayed: false, seq, changed })
                }
                // Its events are in the journal: the service looks there.
                Answered::Before { entry, subject } => {
                    Ok(Receipt { entry, subject, replayed: true, seq: None, changed: Vec::new() })
                }
                Answered::Refused(refusal) => Err(Failure::Refused(Box::new(refusal))),
                Answered::Undone => Err(Failure::Unavailable("同一批中有不能接收的，全部未接收".into())),
            });
        }
        true
    }

    /// Says that writing has stopped; whoever still waits is told that nothing is known or done, by its answer being
    /// dropped.
    fn stop(&self, why: &CommitError) -> bool {
        tracing::error!(%why, "writing stops; restart to recover");
        let _ = self.stopped.send(Some(why.to_string()));
        false
    }

    /// Waits for the flight and ends it. False when writing has stopped.
    async fn wait(&self, flight: &mut Option<Flight>) -> bool {
        if flight.is_none() {
            return true;
        }
        let written = landed(flight).await;
        self.land(flight.take(), written)
    }

    /// Decides a round and sends it off; the flight before it has landed then. Of a `whole` round nothing is done when any of
    /// it is refused. `None` when writing has stopped, `Some(None)` when there was nothing to write.
    async fn round(
        &self,
        mut jobs: Vec<Job>,
        whole: bool,
        flight: &mut Option<Flight>,
    ) -> Option<Option<Flight>> {
        jobs.iter_mut().for_each(|job| self.not_back(&mut job.ctx));
        let want = self.wanted(&jobs);
        let mut touched = Touched::by(&jobs, want.clone(), &Loaded::default());
        if flight.as_ref().is_some_and(|f| !f.touched.leaves_alone(&touched)) && !self.wait(flight).await {
            return None;
        }
        let mut found = self.store.load(&want).await;
        if let (Some(f), Ok(loaded)) = (&flight, &found) {
            touched = Touched::by(&jobs, want.clone(), loaded);
            if !f.touched.leaves_alone(&touched) {
                // A file that was found by number is being changed: what was read may be the file before.
                if !self.wait(flight).await {
                    return None;
                }
                found = self.store.load(&want).await;
            }
        }
        let loaded = match found {
            Ok(loaded) => loaded,
            Err(e) => {
                // Nothing was written. A stored row that breaks a rule concerns the commands that touch it.
                let why = e.to_string();
                tracing::error!(%why, "failed to load files for a round of commands");
                for job in jobs {
                    job.answer(Err(Failure::Unavailable(why.clone())));
                }
                return Some(None);
            }
        };
        touched.holders.extend(loaded.holders.keys().copied());
        touched.boxes.extend(counted(&loaded));
        let now = jobs.iter().map(|j| j.ctx.now.0).max().unwrap_or(0);
        let mut round = Round { loaded, institutions: self.current(), ..Round::default() };
        // A rule that breaks is a fault of this program. What the round has changed so far is in its own memory: it is thrown
        // away, nothing of it is written, and the next round begins from what is stored.
        let decide = || jobs.iter().map(|job| self.one(&mut round, job)).collect::<Vec<Answered>>();
        let Ok(mut answers) = std::panic::catch_unwind(AssertUnwindSafe(decide)) else {
            let commands = jobs.iter().map(|job| job.command.verb_code(&Loaded::default(), &self.current()));
            let commands = commands.collect::<Vec<_>>().join(" ");
            tracing::error!(%commands, "a rule broke while a round was decided; nothing of the round was written");
            for job in jobs {
                job.answer(Err(Failure::Unavailable("程序内部错误，请联系系统管理员".into())));
            }
            return Some(None);
        };
        if whole && answers.iter().any(|a| matches!(a, Answered::Refused(_))) {
            round.undo();
            for answer in answers.iter_mut().filter(|a| matches!(a, Answered::Entry { .. })) {
                *answer = Answered::Undone;
            }
        }
        touched.holders.extend(round.before.keys().copied());
        touched.traces.extend(round.traces.keys().cloned());
        let staged = self.stage(&mut round, now);
        if !self.wait(flight).await {
            return None;
        }
        let institutions = (!round.institution_events.is_empty()).then_some(round.institutions);
        let (lines, writing) = match staged {
            Ok(None) => (Vec::new(), None),
            Ok(Some(mut staged)) => {
                let store = Arc::clone(&self.store);
                let lines = std::mem::take(&mut staged.lines);
                (lines, Some(tokio::spawn(async move { store.write(staged).await })))
            }
            Err(e) => {
                for job in jobs {
                    job.answer(Err(Failure::Unavailable(e.to_string())));
                }
                self.stop(&e);
                return None;
            }
        };
        let writing = writing.unwrap_or_else(|| tokio::spawn(async { Ok(()) }));
        Some(Some(Flight { writing, jobs, answers, lines, institutions, touched }))
    }

    /// The times of the journal never run back; but a clock that is moved by hand, in a test, is followed.
    fn not_back(&self, ctx: &mut Ctx) {
        let last = self.last.load(Ordering::Relaxed);
        if (1..=JUMP).contains(&(last - ctx.now.0)) {
            ctx.now.0 = last;
        }
        self.last.store(ctx.now.0, Ordering::Relaxed);
    }

    fn current(&self) -> Arc<Institutions> {
        // A poisoned lock still holds the last complete value: it is only ever replaced as a whole.
        self.institutions.read().map_or_else(|e| Arc::clone(&e.into_inner()), |i| Arc::clone(&i))
    }

    fn wanted(&self, jobs: &[Job]) -> LoadRequest {
        let mut want = LoadRequest::default();
        for job in jobs {
            want_for(&job.command, &mut want);
            want.keys.extend(job.key_digest(&self.store));
        }
        want.holders.sort_unstable();
        want.holders.dedup();
        want.batches.sort_unstable();
        want.batches.dedup();
        // The rows of one file name one unit application.
        want.units.sort_unstable();
        want.units.dedup();
        want
    }

    /// Decides one command against the files as the commands before it left them.
    fn one(&self, round: &mut Round, job: &Job) -> Answered {
        let key = job.key_digest(&self.store).map(|k| (k, job.body_digest()));
        if let Some((key, body)) = key {
            // Replay comes first, before any right or rule: what was done was done.
            if let Some((known, entry)) = round.loaded.keys.get(&key) {
                return if *known == body {
                    Answered::Before { entry: *entry, subject: job.command.subject(&round.loaded) }
                } else {
                    Answered::Refused(Reason::RequestKeyReused.into())
                };
            }
            if let Some((known, at, told)) = round.keys.get(&key) {
                return if *known == body {
                    let subject = round.entries[*at].subject;
                    Answered::Entry { at: *at, subject, told: told.clone() }
                } else {
                    Answered::Refused(Reason::RequestKeyReused.into())
                };
            }
        }
        let verb = job.command.verb_code(&round.loaded, &self.current());
        let decided = match &job.command {
            Command::Holder { whose, command } => Self::holder(round, whose, command, job),
            Command::Batch { id, command } => self.filed::<BatchFile>(round, *id, command, job),
            Command::Unit { id, command } => self.filed::<UnitFile>(round, *id, command, job),
            Command::BlankOrder { id, command } => self.filed::<BlankOrderFile>(round, *id, command, job),
            Command::Blank { id, command } => self.filed::<BlankFile>(round, *id, command, job),
            Command::Institution(command) => self.institution(round, command, &job.ctx),
            Command::Messages(command) => {
                institution::fetch_messages(&round.institutions, command, &job.ctx).map(|e| messages(&e))
            }
            Command::Submission(command) => {
                institution::submit_rows(&round.institutions, command, &job.ctx).map(|e| messages(&e))
            }
            Command::Door(command) => door(round, command, &job.ctx),
        };
        let entry = |subject, outcome, clause, (events, personal, custody, happened), key| NewEntry {
            at: job.ctx.now,
            actor: job.ctx.actor.text(),
            channel: job.ctx.channel.as_str(),
            subject,
            command: verb,
            outcome,
            clause,
            personal,
            events,
            key,
            custody,
            happened,
        };
        match decided {
            Ok(d) => {
                let Decided { subject, told, events, personal, elsewhere, custody, happened } = d;
                let at = round.entries.len();
                if let Some((key, body)) = key {
                    round.keys.insert(key, (body, at, told.clone()));
                }
                round.entries.push(entry(subject, DONE, "", (events, personal, custody, happened), key));
                for (subject, events, personal) in elsewhere {
                    let said = (events, personal, Vec::new(), Vec::new());
                    round.entries.push(entry(subject, DONE, "", said, None));
                }
                Answered::Entry { at, subject, told }
            }
            Err(refusal) => {
                // A refusal writes nothing but its journal line, and is not replayed to a corrected request.
                let subject = round.subject(&job.command);
                let nothing = (Vec::new(), false, Vec::new(), Vec::new());
                let line = entry(subject, refusal.reason.code(), refusal.clause().id(), nothing, None);
                round.entries.push(line);
                Answered::Refused(refusal)
            }
        }
    }

    /// A command about one person; the trial of a file asks it too.
    fn holder(
        round: &mut Round,
        whose: &Whose,
        command: &HolderCommand,
        job: &Job,
    ) -> Result<Decided, Refusal> {
        let (id, events) = Self::decided(round, whose, command, &job.ctx)?;
        let rule = command.rule();
        let new = HolderFile::new(id);
        let file = round.loaded.holders.get(&id).unwrap_or(&new);
        let mut claims = Vec::new();
        // A person on file has claimed number and documents already, when they became known.
        let own = file.identifiers();
        // The numbers of a pre-made card become somebody's when it is taken, and only then.
        let takes_blank = rule.blank().is_some();
        for claim in events.iter().flat_map(HolderEvent::claims).filter(|c| !own.contains(c)) {
            match round.claimed(&claim) {
                None => claims.push(claim),
                Some(owner) if owner == id => {}
                Some(owner) if owner == STOCK && takes_blank => claims.push(claim),
                // The rule has told both apart: the document stays claimed by whoever had it first.
                Some(_) if claim.kind.is_told_apart_by_rule() => {}
                Some(_) => {
                    if claim.kind == ClaimKind::FeeReceipt {
                        return Err(Reason::ReceiptUsed.into());
                    }
                    // A bank that returns somebody else's number has failed this row, like any other mismatch.
                    return Err(Refusal::taken(claim.kind));
                }
            }
        }
        let given_back = events.iter().flat_map(|e| file.gives_back(e)).collect();
        let before = round.loaded.holders.get(&id).cloned();
        let file = round.loaded.holders.entry(id).or_insert(new);
        let (mut custody, mut counted) = (Vec::new(), Vec::new());
        for event in &events {
            file.apply(event, job.ctx.now);
            counted.extend(happened_in(event, file));
            custody.extend(event.entries().into_iter().map(|e| (e, None, None)));
            if let Some((blank, event)) = event.blank()
                && let Some(blank) = round.loaded.stock.blanks.get_mut(&blank)
            {
                blank.apply(&event, job.ctx.now);
                blank.version += 1;
                round.blanks_changed.insert(blank.id);
            }
        }
        leave_boxes(&mut round.loaded.batches, before.as_ref(), file);
        file.version += 1;
        if before.as_ref().map(|b| &b.person) != Some(&file.person) {
            for trace in file.traces() {
                round.traces.entry(trace).or_default().push(id);
            }
        }
        round.messages.extend(rows_of(Subject::Holder(id), &job.letters));
        round.messages.extend(messages_of(file, &events));
        round.before.entry(id).or_insert(before);
        round.claims.extend(claims.into_iter().map(|c| (c, id)));
        gives_back(round, id, STOCK, given_back);
        let elsewhere = events.iter().filter_map(|e| e.elsewhere(id)).collect::<Vec<_>>();
        Ok(Decided {
            subject: Subject::Holder(id),
            told: Told::of_holder(&events),
            personal: events.iter().any(HolderEvent::is_personal),
            events: json(&events),
            elsewhere: elsewhere.into_iter().filter_map(|e| happens_elsewhere(round, e, job)).collect(),
            custody,
            happened: counted,
        })
    }

    /// What a command about one person comes to, and whose file it is; nothing is changed by it.
    fn decided(
        round: &Round,
        whose: &Whose,
        command: &HolderCommand,
        ctx: &Ctx,
    ) -> Result<(HolderId, Vec<HolderEvent>), Refusal> {
        let found = round.found(&command.rule().seeks());
        let id = match (whose, round.whose(whose, command)) {
            (Whose::Id(id), _) => round.loaded.answers_for(*id),
            (Whose::Number { .. }, Some(id)) => id,
            (Whose::Number { fresh, .. }, None) => *fresh,
            (Whose::Nobody, _) => STOCK,
        };
        let new = HolderFile::new(id);
        let file = match (round.loaded.holders.get(&id), whose) {
            (Some(file), _) => file,
            (None, Whose::Number { .. } | Whose::Nobody) => &new,
            (None, Whose::Id(_)) => return Err(Refusal::from(Reason::NotFound).under(command.clause())),
        };
        let around = Around {
            institutions: &round.institutions,
            batches: &round.loaded.batches,
            stock: &round.loaded.stock,
            other: command.rule().other().and_then(|other| round.loaded.holders.get(&other)),
            found: &found,
        };
        let unit = command.rule().unit().and_then(|id| round.loaded.units.get(&id));
        let events = decide_beside(file, command, unit, ctx, around)?;
        Ok((id, events))
    }

    /// A command that changes one file of any other kind.
    fn filed<F: Filed>(
        &self,
        round: &mut Round,
        id: F::Id,
        command: &F::Command,
        job: &Job,
    ) -> Result<Decided, Refusal> {
        let institutions = Arc::clone(&round.institutions);
        let new = F::new(id);
        let file = F::of(&round.loaded).get(&id).unwrap_or(&new);
        let events = F::decide(&round.loaded, file, command, &job.ctx, &institutions)?;
        let claims: Vec<Claim> = events.iter().flat_map(F::claims).collect();
        if let Some(taken) = claims.iter().find(|c| round.claimed(c).is_some()) {
            return Err(Refusal::taken(taken.kind));
        }
        let given_back: Vec<Claim> = events.iter().filter_map(|e| file.gives_back(e)).collect();
        F::note(round, id);
        let file = F::of_mut(&mut round.loaded).entry(id).or_insert(new);
        let (mut custody, mut happened) = (Vec::new(), Vec::new());
        for event in &events {
            file.change(event, job.ctx.now);
            happened.extend(F::happened(event, file));
            custody.extend(F::entries(event).into_iter().map(|e| (e, F::batch(id), None)));
        }
        *file.version() += 1;
        round.claims.extend(claims.into_iter().map(|c| (c, F::owner(id))));
        gives_back(round, F::owner(id), F::given_back_to(), given_back);
        round.messages.extend(rows_of(F::subject(id), &job.letters));
        Ok(Decided {
            subject: F::subject(id),
            told: F::told(&events),
            personal: events.iter().any(F::is_personal),
            events: json(&events),
            elsewhere: Vec::new(),
            custody,
            happened,
        })
    }

    fn institution(
        &self,
        round: &mut Round,
        command: &institution::InstitutionCommand,
        ctx: &Ctx,
    ) -> Result<Decided, Refusal> {
        let events = institution::decide(&round.institutions, command, ctx)?;
        // Copied at the first change of a round: until it is written everybody else goes by what was before.
        let next = Arc::make_mut(&mut round.institutions);
        for event in &events {
            next.apply(event);
            round.institution_events.push((next.version as i64, event.clone()));
        }
        // A password hash is nobody's business even in the journal.
        Ok(Decided {
            subject: Subject::Institution,
            told: Told::default(),
            personal: true,
            events: json(&events),
            elsewhere: Vec::new(),
            custody: Vec::new(),
            happened: Vec::new(),
        })
    }

    /// `None` when there is nothing to write: only replays.
    fn stage(&self, round: &mut Round, now: i64) -> Result<Option<Staged>, CommitError> {
        let changed = |id: &HolderId| round.loaded.holders.get(id);
        let holders = round.before.iter().filter_map(|(id, b)| Some((changed(id)?, b.as_ref()))).collect();
        let batches = round
            .batch_before
            .iter()
            .filter_map(|(id, b)| Some((round.loaded.batches.get(id)?, b.as_ref())))
            .collect();
        let stock = &round.loaded.stock;
        let blank_orders = round.blank_orders_changed.iter().filter_map(|id| stock.orders.get(id)).collect();
        let blanks = round.blanks_changed.iter().filter_map(|id| stock.blanks.get(id)).collect();
        let units = round.units_changed.iter().filter_map(|id| round.loaded.units.get(id)).collect();
        let commit = Commit {
            at: now,
            entries: std::mem::take(&mut round.entries),
            holders,
            sealed: Some(&round.loaded.sealed),
            batches,
            blank_orders,
            blanks,
            units,
            institution: round.institution_events.iter().map(|(n, e)| (*n, e)).collect(),
            claims: std::mem::take(&mut round.claims),
            messages: std::mem::take(&mut round.messages),
            moved: std::mem::take(&mut round.moved),
        };
        if commit.entries.is_empty() {
            return Ok(None);
        }
        self.store.stage(commit).map(Some)
    }
}

/// What a partner says of its messages, or of the rows that it sends; no file changes.
fn messages(events: &[MessageEvent]) -> Decided {
    Decided {
        subject: Subject::Messages,
        told: Told::default(),
        personal: false,
        events: json(&events),
        elsewhere: Vec::new(),
        custody: Vec::new(),
        happened: Vec::new(),
    }
}

/// Decides what is recorded of somebody at the door; no file changes. An address is nobody's business.
fn door(round: &Round, command: &RecordSignIn, ctx: &Ctx) -> Result<Decided, Refusal> {
    let institutions = Arc::clone(&round.institutions);
    let events = institution::record_sign_in(&institutions, command, ctx)?;
    Ok(Decided {
        subject: command.event.officer().map_or(Subject::Strangers, Subject::Officer),
        told: Told::default(),
        personal: true,
        events: json(&events),
        elsewhere: Vec::new(),
        custody: Vec::new(),
        happened: Vec::new(),
    })
}

/// Waits until the flight is written; for ever when there is none.
async fn landed(flight: &mut Option<Flight>) -> Result<(), CommitError> {
    match flight {
        Some(flight) => (&mut flight.writing)
            .await
            .unwrap_or_else(|e| Err(CommitError::Unknown(format!("the writing task ended: {e}")))),
        None => std::future::pending().await,
    }
}

fn json<T: serde::Serialize>(events: &T) -> Vec<u8> {
    serde_json::to_vec(events).expect("our own events are always JSON")
}
