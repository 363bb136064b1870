//! The executor: one task that takes whatever commands are waiting, loads all the files they touch, decides each in
//! turn, saves everything in one transaction, and then answers everybody.
//!
//! No timer: a command that comes alone runs alone; under load the commands that came during one commit are the
//! next batch. A command about a whole batch (of cards) runs alone, for it counts rows that others may change.

use crate::outcome::{Failure, Receipt};
use crate::work::{Command, Job, Whose, claims_of_command, claims_of_event, messages_of};
use kaguan_domain::account_opening::OpeningResult;
use kaguan_domain::application::{UnitCommand, decide_unit};
use kaguan_domain::batch::{BatchCommand, BatchEvent, BatchFile, decide_batch};
use kaguan_domain::command::{HolderCommand, decide};
use kaguan_domain::ctx::Ctx;
use kaguan_domain::distribution::{batch_entries, holder_entries};
use kaguan_domain::holder::{Around, HolderEvent, HolderFile};
use kaguan_domain::ids::{BatchId, HolderId, UnitId};
use kaguan_domain::institution::{self, InstitutionEvent, Institutions};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_store::{Claim, Commit, CommitError, LoadRequest, Loaded, NewEntry, NewMessage, Store, Subject};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, RwLock};
use tokio::sync::{mpsc, watch};

/// The most commands of one commit.
pub const MOST: usize = 512;

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
}

/// Everything that one round changes.
#[derive(Default)]
struct Round {
    loaded: Loaded,
    /// Files as they were loaded, for those that changed.
    before: HashMap<HolderId, Option<HolderFile>>,
    batch_before: HashMap<BatchId, Option<BatchFile>>,
    units_changed: HashSet<UnitId>,
    institutions: Option<Arc<Institutions>>,
    institution_events: Vec<(i64, InstitutionEvent)>,
    entries: Vec<NewEntry>,
    claims: HashMap<Claim, HolderId>,
    messages: Vec<NewMessage>,
    /// Request keys of this round: digest of the body, and the place of the entry.
    keys: HashMap<[u8; 32], ([u8; 32], usize)>,
}

/// What a job is to be told once the round is stored.
enum Answer {
    Entry { at: usize, subject: Subject },
    Before { entry: i64, subject: Subject },
    Refused(Refusal),
}

struct Decided {
    subject: Subject,
    events: Vec<u8>,
    personal: bool,
    custody:
        Vec<(kaguan_domain::distribution::CustodyEntry, Option<BatchId>, Option<kaguan_domain::ids::BoxId>)>,
}

impl Executor {
    /// Runs until every sender is gone, or until a commit fails.
    pub(crate) async fn run(mut self) {
        let mut carried: Option<Job> = None;
        loop {
            let first = match carried.take() {
                Some(job) => job,
                None => tokio::select! {
                    biased;
                    Some(job) = self.interactive.recv() => job,
                    Some(job) = self.bulk.recv() => job,
                    else => return,
                },
            };
            let mut jobs = vec![first];
            if !jobs[0].command.runs_alone() {
                while jobs.len() < self.most {
                    let Ok(job) = self.interactive.try_recv().or_else(|_| self.bulk.try_recv()) else {
                        break;
                    };
                    if job.command.runs_alone() {
                        carried = Some(job);
                        break;
                    }
                    jobs.push(job);
                }
            }
            if let Err(why) = self.round(jobs).await {
                tracing::error!(%why, "writing stops; restart to recover");
                // Whoever still waits is told that nothing is known or done, by its answer being dropped.
                let _ = self.stopped.send(Some(why));
                return;
            }
        }
    }

    async fn round(&mut self, jobs: Vec<Job>) -> Result<(), String> {
        let want = self.wanted(&jobs);
        let loaded = match self.store.load(&want).await {
            Ok(loaded) => loaded,
            Err(e) => {
                // Nothing was written. A stored row that breaks a rule concerns the commands that touch it.
                let why = e.to_string();
                tracing::error!(%why, "failed to load files for a round of commands");
                for job in jobs {
                    job.answer(Err(Failure::Unavailable(why.clone())));
                }
                return Ok(());
            }
        };
        let now = jobs.iter().map(|j| j.ctx.now.0).max().unwrap_or(0);
        let mut round = Round { loaded, ..Round::default() };
        round.institutions = Some(self.current());
        let answers: Vec<Answer> = jobs.iter().map(|job| self.one(&mut round, job)).collect();
        let stored = self.save(&mut round, now).await;
        let seqs = match stored {
            Ok(seqs) => seqs,
            Err(e) => {
                for job in jobs {
                    job.answer(Err(match &e {
                        CommitError::Unknown(_) => Failure::Unknown,
                        e => Failure::Unavailable(e.to_string()),
                    }));
                }
                return Err(e.to_string());
            }
        };
        if !round.institution_events.is_empty()
            && let (Some(new), Ok(mut shared)) = (round.institutions.take(), self.institutions.write())
        {
            *shared = new;
        }
        for (job, answer) in jobs.into_iter().zip(answers) {
            job.answer(match answer {
                Answer::Entry { at, subject } => Ok(Receipt { entry: seqs[at], subject, replayed: false }),
                Answer::Before { entry, subject } => Ok(Receipt { entry, subject, replayed: true }),
                Answer::Refused(refusal) => Err(Failure::Refused(Box::new(refusal))),
            });
        }
        Ok(())
    }

    fn current(&self) -> Arc<Institutions> {
        // A poisoned lock still holds the last complete value: it is only ever replaced as a whole.
        self.institutions.read().map_or_else(|e| Arc::clone(&e.into_inner()), |i| Arc::clone(&i))
    }

    fn wanted(&self, jobs: &[Job]) -> LoadRequest {
        let mut want = LoadRequest::default();
        for job in jobs {
            match &job.command {
                Command::Holder { whose, command } => {
                    match whose {
                        Whose::Id(id) => want.holders.push(*id),
                        Whose::Number { number, .. } => want.claims.push(Whose::claim(number)),
                    }
                    want.claims.extend(claims_of_command(command));
                    want.batches.extend(command.batch());
                }
                Command::Batch { id, .. } => {
                    want.batches.push(*id);
                    want.tally = Some(*id);
                }
                Command::Unit { id, .. } => want.units.push(*id),
                Command::Institution(_) => {}
            }
            want.keys.extend(job.key_digest(&self.store));
        }
        want.holders.sort_unstable();
        want.holders.dedup();
        want.batches.sort_unstable();
        want.batches.dedup();
        want
    }

    /// Decides one command against the files as the commands before it left them.
    fn one(&self, round: &mut Round, job: &Job) -> Answer {
        let key = job.key_digest(&self.store).map(|k| (k, job.body_digest()));
        if let Some((key, body)) = key {
            // Replay comes first, before any right or rule: what was done was done.
            if let Some((known, entry)) = round.loaded.keys.get(&key) {
                return if *known == body {
                    Answer::Before { entry: *entry, subject: job.command.subject(&round.loaded) }
                } else {
                    Answer::Refused(Reason::RequestKeyReused.into())
                };
            }
            if let Some((known, at)) = round.keys.get(&key) {
                return if *known == body {
                    Answer::Entry { at: *at, subject: job.command.subject(&round.loaded) }
                } else {
                    Answer::Refused(Reason::RequestKeyReused.into())
                };
            }
        }
        let verb = job.command.verb_code(&round.loaded, &self.current());
        let decided = match &job.command {
            Command::Holder { whose, command } => self.holder(round, whose, command, job),
            Command::Batch { id, command } => self.batch(round, *id, command, &job.ctx, job),
            Command::Unit { id, command } => self.unit(round, *id, command, &job.ctx),
            Command::Institution(command) => self.institution(round, command, &job.ctx),
        };
        let entry = |subject, outcome, clause, d: Option<Decided>, key| {
            let (events, personal, custody) =
                d.map_or((Vec::new(), false, Vec::new()), |d| (d.events, d.personal, d.custody));
            NewEntry {
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
            }
        };
        match decided {
            Ok(d) => {
                let subject = d.subject;
                let at = round.entries.len();
                if let Some((key, body)) = key {
                    round.keys.insert(key, (body, at));
                }
                round.entries.push(entry(subject, "done", "", Some(d), key));
                Answer::Entry { at, subject }
            }
            Err(refusal) => {
                // A refusal writes nothing but its journal line, and is not replayed to a corrected request.
                let subject = job.command.subject(&round.loaded);
                let line = entry(subject, refusal.reason.code(), refusal.reason.clause().id(), None, None);
                round.entries.push(line);
                Answer::Refused(refusal)
            }
        }
    }

    fn holder(
        &self,
        round: &mut Round,
        whose: &Whose,
        command: &HolderCommand,
        job: &Job,
    ) -> Result<Decided, Refusal> {
        let id = match whose {
            Whose::Id(id) => *id,
            Whose::Number { number, fresh } => {
                let claim = Whose::claim(number);
                round
                    .loaded
                    .claims
                    .get(&claim)
                    .or_else(|| round.claims.get(&claim))
                    .copied()
                    .unwrap_or(*fresh)
            }
        };
        let new = HolderFile::new(id);
        let file = match (round.loaded.holders.get(&id), whose) {
            (Some(file), _) => file,
            (None, Whose::Number { .. }) => &new,
            (None, Whose::Id(_)) => return Err(Reason::NotFound.into()),
        };
        let institutions = round.institutions.clone().unwrap_or_default();
        let around = Around { institutions: &institutions, batches: &round.loaded.batches };
        let events = decide(file, command, &job.ctx, around)?;
        let mut claims = Vec::new();
        for claim in events.iter().flat_map(claims_of_event) {
            let owner = round.loaded.claims.get(&claim).or_else(|| round.claims.get(&claim));
            match owner {
                None => claims.push(claim),
                Some(owner) if *owner == id => {}
                Some(_) => {
                    // A bank that returns somebody else's number has failed this row, like any other mismatch.
                    return Err(Refusal::about(Reason::NumberTaken, claim.kind.name()));
                }
            }
        }
        let before = round.loaded.holders.get(&id).cloned();
        let file = round.loaded.holders.entry(id).or_insert(new);
        let mut custody = Vec::new();
        for event in &events {
            file.apply(event, job.ctx.now);
            custody.extend(holder_entries(event).into_iter().map(|e| (e, None, None)));
        }
        file.version += 1;
        round.messages.extend(messages_of(file, &events, job));
        round.before.entry(id).or_insert(before);
        round.claims.extend(claims.into_iter().map(|c| (c, id)));
        Ok(Decided {
            subject: Subject::Holder(id),
            personal: events.iter().any(HolderEvent::is_personal),
            events: json(&events),
            custody,
        })
    }

    fn batch(
        &self,
        round: &mut Round,
        id: BatchId,
        command: &BatchCommand,
        ctx: &Ctx,
        job: &Job,
    ) -> Result<Decided, Refusal> {
        let institutions = round.institutions.clone().unwrap_or_default();
        let new = BatchFile::new(id);
        let file = round.loaded.batches.get(&id).unwrap_or(&new);
        let events = decide_batch(file, command, ctx, &institutions)?;
        let before = round.loaded.batches.get(&id).cloned();
        let file = round.loaded.batches.entry(id).or_insert(new);
        let mut custody = Vec::new();
        for event in &events {
            file.apply(event, ctx.now);
            custody.extend(batch_entries(event).into_iter().map(|e| (e, Some(id), None)));
        }
        file.version += 1;
        round.batch_before.entry(id).or_insert(before);
        round.messages.extend(job.attached(Subject::Batch(id)));
        Ok(Decided {
            subject: Subject::Batch(id),
            personal: events.iter().any(BatchEvent::is_personal),
            events: json(&events),
            custody,
        })
    }

    fn unit(
        &self,
        round: &mut Round,
        id: UnitId,
        command: &UnitCommand,
        ctx: &Ctx,
    ) -> Result<Decided, Refusal> {
        let institutions = round.institutions.clone().unwrap_or_default();
        let file =
            round.loaded.units.entry(id).or_insert_with(|| kaguan_domain::application::UnitFile::new(id));
        let events = decide_unit(file, command, ctx, &institutions)?;
        for event in &events {
            file.apply(event, ctx.now);
        }
        file.version += 1;
        round.units_changed.insert(id);
        // The operator's number and phone are personal data.
        Ok(Decided { subject: Subject::Unit(id), personal: true, events: json(&events), custody: Vec::new() })
    }

    fn institution(
        &self,
        round: &mut Round,
        command: &institution::InstitutionCommand,
        ctx: &Ctx,
    ) -> Result<Decided, Refusal> {
        let current = round.institutions.clone().unwrap_or_default();
        let events = institution::decide(&current, command, ctx)?;
        let mut next = Institutions::clone(&current);
        for event in &events {
            next.apply(event);
            round.institution_events.push((next.version as i64, event.clone()));
        }
        round.institutions = Some(Arc::new(next));
        // A password hash is nobody's business even in the journal.
        Ok(Decided {
            subject: Subject::Institution,
            personal: true,
            events: json(&events),
            custody: Vec::new(),
        })
    }

    async fn save(&self, round: &mut Round, now: i64) -> Result<Vec<i64>, CommitError> {
        let changed = |id: &HolderId| round.loaded.holders.get(id);
        let holders = round.before.iter().filter_map(|(id, b)| Some((changed(id)?, b.as_ref()))).collect();
        let batches = round
            .batch_before
            .iter()
            .filter_map(|(id, b)| Some((round.loaded.batches.get(id)?, b.as_ref())))
            .collect();
        let units = round.units_changed.iter().filter_map(|id| round.loaded.units.get(id)).collect();
        let commit = Commit {
            at: now,
            entries: std::mem::take(&mut round.entries),
            holders,
            batches,
            units,
            institution: round.institution_events.iter().map(|(n, e)| (*n, e)).collect(),
            claims: std::mem::take(&mut round.claims),
            messages: std::mem::take(&mut round.messages),
        };
        if commit.entries.is_empty() {
            // Only replays: nothing to write.
            return Ok(Vec::new());
        }
        self.store.commit(commit).await
    }
}

fn json<T: serde::Serialize>(events: &T) -> Vec<u8> {
    serde_json::to_vec(events).expect("our own events are always JSON")
}

/// Whether an opening result carries a number that must be nobody else's.
pub(crate) fn opened_number(result: &OpeningResult) -> Option<&str> {
    match result {
        OpeningResult::Opened { bank_card_no, .. } => Some(bank_card_no.as_str()),
        OpeningResult::Failed(_) => None,
    }
}
