//! The service: what doors hold. Makes contexts, sends commands to the executor, asks the store.

use crate::clock::{Clock, Ids, TimeSource};
use crate::executor::{Executor, SharedInstitutions};
use crate::intake::Turns;
use crate::outcome::{Failure, Receipt};
use crate::ports::Partners;
use crate::questions::Questions;
use crate::sessions::Sessions;
use crate::work::{Command, Job};
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::letter::{Addressee, Letter};
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_store::{OpenError, Store, StoreError, Writer};
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, RwLock};
use tokio::sync::{mpsc, oneshot, watch};

/// How many commands may wait before a door has to.
const QUEUE: usize = 4_096;

/// In meta, the mark of a province for trying things out: its name, and what it says.
pub const SURROUNDINGS: &str = "surroundings";
pub const SIMULATED: &str = "simulated";
/// What says how far ahead of its machine a province for trying things out was moved, in microseconds.
const AHEAD: &str = "clock_ahead";
/// A day in microseconds.
const DAY: i64 = 86_400_000_000;

/// Whether somebody waits at a counter, or a file is being worked through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lane {
    /// Somebody waits: goes first.
    Interactive,
    /// Long work.
    Bulk,
}

/// The running system, without any door.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<Store>,
    institutions: SharedInstitutions,
    interactive: mpsc::Sender<Job>,
    bulk: mpsc::Sender<Job>,
    status: mpsc::Sender<crate::status::Question>,
    stopped: watch::Receiver<Option<String>>,
    clock: Clock,
    ids: Ids,
    partners: Partners,
    sessions: Sessions,
    questions: Questions,
    intakes: Turns,
    /// Whether it is a province for trying things out.
    trial: bool,
}

impl Service {
    /// Takes over the store (a process that wrote before is fenced), reads the institutions, starts the executor.
    pub async fn start(store: Arc<Store>, clock: TimeSource, partners: Partners) -> Result<Self, OpenError> {
        Self::start_with(store, clock, partners, crate::executor::MOST).await
    }

    /// The same with another bound on the commands of one commit; for measurements.
    pub async fn start_with(
        store: Arc<Store>,
        clock: TimeSource,
        partners: Partners,
        most: usize,
    ) -> Result<Self, OpenError> {
        Self::begin(store, clock, partners, most, random()?, None).await
    }

    /// The same under a name, and only when nobody has taken over since the database stood at an epoch.
    pub async fn start_as(
        store: Arc<Store>,
        clock: TimeSource,
        partners: Partners,
        writer: &Writer,
        epoch: i64,
    ) -> Result<Self, OpenError> {
        let random = random()?;
        Self::begin(store, clock, partners, crate::executor::MOST, random, Some((writer, epoch))).await
    }

    /// The same with identities that follow from a seed: what happens twice is the same twice. Under a name when others may
    /// look, as in [`Self::start_as`].
    pub async fn start_seeded(
        store: Arc<Store>,
        clock: TimeSource,
        partners: Partners,
        seed: u32,
        named: Option<(&Writer, i64)>,
    ) -> Result<Self, OpenError> {
        Self::begin(store, clock, partners, crate::executor::MOST, seed, named).await
    }

    async fn begin(
        store: Arc<Store>,
        clock: TimeSource,
        partners: Partners,
        most: usize,
        random: u32,
        named: Option<(&Writer, i64)>,
    ) -> Result<Self, OpenError> {
        // What cannot be read is not taken over; read again after it, for whoever wrote before may have added to it.
        store.institution_events().await?;
        match named {
            Some((writer, epoch)) => store.take_over_as(writer, epoch).await?,
            None => store.take_over().await?,
        };
        let trial = store.meta(SURROUNDINGS).await?.as_deref() == Some(SIMULATED);
        let mut institutions = Institutions::new();
        for event in store.institution_events().await? {
            institutions.apply(&event);
        }
        let institutions: SharedInstitutions = Arc::new(RwLock::new(Arc::new(institutions)));
        let (interactive, take_interactive) = mpsc::channel(QUEUE);
        let (bulk, take_bulk) = mpsc::channel(QUEUE);
        let (say_stopped, stopped) = watch::channel(None);
        let executor = Executor {
            store: Arc::clone(&store),
            institutions: Arc::clone(&institutions),
            interactive: take_interactive,
            bulk: take_bulk,
            stopped: say_stopped,
            most,
            last: AtomicI64::new(0),
        };
        tokio::spawn(executor.run());
        let (status, questions) = mpsc::channel(QUEUE);
        tokio::spawn(crate::status::serve(Arc::clone(&store), questions));
        // A story that was told in a minute ends days ahead of the clock; it is for trying things out.
        let journal_ends = if trial { None } else { last_line(&store).await? };
        let ahead = if trial { ahead_in(&store).await? } else { 0 };
        let clock = Clock::new(clock, journal_ends, ahead);
        let ids = Ids::new(clock.now(), random);
        let sessions = Sessions::default();
        let inner = Inner {
            store,
            institutions,
            interactive,
            bulk,
            status,
            stopped,
            clock,
            ids,
            partners,
            sessions,
            questions: Questions::default(),
            intakes: Turns::default(),
            trial,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The store, for questions.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Who is signed in.
    pub(crate) fn sessions(&self) -> &Sessions {
        &self.inner.sessions
    }

    /// What partners were asked.
    pub(crate) fn questions(&self) -> &Questions {
        &self.inner.questions
    }

    /// The unit applications that files are being taken in for.
    pub(crate) fn intakes(&self) -> &Turns {
        &self.inner.intakes
    }

    /// Whether it is a province for trying things out, which has nobody's data.
    pub fn is_trial(&self) -> bool {
        self.inner.trial
    }

    /// The partners.
    pub fn partners(&self) -> &Partners {
        &self.inner.partners
    }

    /// Now, as business has it: each day, clock and line of the journal.
    pub fn now(&self) -> Instant {
        self.inner.clock.now()
    }

    /// Now, as other machines have it: what is signed, sessions, codes. Only in a sandbox that was moved ahead it is not [`Self::now`].
    pub fn wall(&self) -> Instant {
        self.inner.clock.wall()
    }

    /// A time that another machine says of something that it did, as business has it: so far on as a sandbox is.
    pub fn in_business_time(&self, said: Instant) -> Instant {
        Instant(said.0.saturating_add(self.inner.clock.ahead()))
    }

    /// A province for trying things out is a day further, until its database is emptied.
    ///
    /// # Errors
    /// When it is none, or the day cannot be kept.
    pub async fn go_a_day_ahead(&self) -> Result<(), Failure> {
        if !self.inner.trial {
            let about = "只有试用环境的时钟可以移动";
            return Err(Failure::Refused(Box::new(Refusal::about(Reason::NotPermitted, about))));
        }
        let ahead = self.inner.clock.ahead() + DAY;
        self.store().put_meta(AHEAD, &ahead.to_string()).await?;
        self.inner.clock.put_ahead(ahead);
        Ok(())
    }

    /// Microseconds of a clock that nobody sets; for how long something takes.
    pub fn steady(&self) -> i64 {
        self.inner.clock.steady()
    }

    /// Why timed work is held, in Chinese, when the machine's clock has jumped.
    pub fn held(&self) -> Option<String> {
        let seconds = self.inner.clock.jumped()? / 1_000_000;
        let (way, off) = if seconds < 0 { ("慢", -seconds) } else { ("快", seconds) };
        Some(format!(
            "服务器时钟被改动，比应有的时间{way}{}：值守（到期提醒、注销、死亡比对、领卡通知）已暂停，业务时间按改动前的时钟继续。请校准时钟；确认现在的时钟正确的，执行 kaguan duties --clock-is-right",
            spoken(off)
        ))
    }

    /// An operator says that the machine's clock is right: timed work goes on by it.
    pub fn accept_clock(&self) {
        self.inner.clock.accept();
    }

    /// The state of the card of whoever has this number, by the task that answers many at once.
    pub(crate) async fn state_of(
        &self,
        number: &SocialSecurityNumber,
    ) -> Result<Option<kaguan_store::CardStateRow>, Failure> {
        crate::status::ask(&self.inner.status, self.index_of(number)).await.map_err(Failure::Unavailable)
    }

    /// The same for many people, in order, by one question to the store.
    pub(crate) async fn states_of(
        &self,
        numbers: &[&SocialSecurityNumber],
    ) -> Result<Vec<Option<kaguan_store::CardStateRow>>, StoreError> {
        let indexes: Vec<_> = numbers.iter().map(|n| self.index_of(n)).collect();
        let found = self.inner.store.card_states(indexes.iter().copied()).await?;
        Ok(indexes.iter().map(|i| found.get(i).cloned()).collect())
    }

    /// The blind index of a social security number.
    fn index_of(&self, number: &SocialSecurityNumber) -> [u8; 32] {
        self.inner.store.claim_digest(&Claim::social_security_number(number))
    }

    /// A fresh identity.
    pub fn fresh(&self) -> i64 {
        self.inner.ids.fresh(self.now())
    }

    /// Organisations, officers, banks and calendar as they are now.
    pub fn institutions(&self) -> Arc<Institutions> {
        self.inner.institutions.read().map_or_else(|e| Arc::clone(&e.into_inner()), |i| Arc::clone(&i))
    }

    /// A context for a command that is taken now.
    pub fn ctx(&self, actor: Actor, channel: Channel, request_key: Option<String>) -> Ctx {
        Ctx { now: self.now(), actor, channel, request_key, request_body: None }
    }

    /// An identity that follows from a request: the same request, sent again, names the same thing.
    pub fn identity_of(&self, request: &str, what: &str) -> i64 {
        let digest = self.inner.store.digest(what, request);
        let mut eight = [0; 8];
        eight.copy_from_slice(&digest[..8]);
        // Positive, and never 0.
        (i64::from_be_bytes(eight) & i64::MAX).max(1)
    }

    /// Resolves when the executor has stopped, with the reason: the process should end then.
    pub async fn stopped(&self) -> String {
        let mut stopped = self.inner.stopped.clone();
        loop {
            if let Some(why) = stopped.borrow().clone() {
                return why;
            }
            if stopped.changed().await.is_err() {
                return "the executor ended".into();
            }
        }
    }

    /// Gives one command and waits for its outcome.
    pub async fn execute(&self, ctx: Ctx, command: Command) -> Result<Receipt, Failure> {
        self.execute_with(Lane::Interactive, ctx, command, Vec::new()).await
    }

    /// Gives one command with letters that go out when it is done.
    pub async fn execute_with(
        &self,
        lane: Lane,
        ctx: Ctx,
        command: Command,
        letters: Vec<(Addressee, Letter)>,
    ) -> Result<Receipt, Failure> {
        let wait = self.send(lane, ctx, command, letters).await?;
        self.settled(Ok(wait)).await
    }

    /// Waits for an answer. What was done before is told again as its journal line has it.
    async fn settled(
        &self,
        wait: Result<oneshot::Receiver<Result<Receipt, Failure>>, Failure>,
    ) -> Result<Receipt, Failure> {
        // An answer that is dropped was not decided, or its commit failed: the caller cannot tell which.
        let mut receipt = wait?.await.unwrap_or(Err(Failure::Unknown))?;
        if receipt.replayed {
            let (subject, told) = self.told(receipt.entry).await?;
            (receipt.seq, receipt.changed) = (told.seq, told.changed);
            receipt.subject = subject.unwrap_or(receipt.subject);
        }
        Ok(receipt)
    }

    async fn send(
        &self,
        lane: Lane,
        ctx: Ctx,
        command: Command,
        letters: Vec<(Addressee, Letter)>,
    ) -> Result<oneshot::Receiver<Result<Receipt, Failure>>, Failure> {
        may_change(&command)?;
        let (reply, wait) = oneshot::channel();
        let job = Job { ctx, command, letters, with: Vec::new(), reply };
        let queue = match lane {
            Lane::Interactive => &self.inner.interactive,
            Lane::Bulk => &self.inner.bulk,
        };
        // The job never reached the executor: nothing happened.
        queue.send(job).await.map_err(|_| Failure::Unavailable("写入已停止".into()))?;
        Ok(wait)
    }

    /// Gives some commands that are done in one commit, or none of them when one is refused, and waits for all outcomes, in
    /// order; those of the others say then that nothing was done.
    pub(crate) async fn execute_whole(
        &self,
        commands: Vec<(Ctx, Command)>,
    ) -> Result<Vec<Result<Receipt, Failure>>, Failure> {
        let (mut jobs, mut waits) = (Vec::with_capacity(commands.len()), Vec::with_capacity(commands.len()));
        for (ctx, command) in commands {
            may_change(&command)?;
            let (reply, wait) = oneshot::channel();
            jobs.push(Job { ctx, command, letters: Vec::new(), with: Vec::new(), reply });
            waits.push(wait);
        }
        let mut jobs = jobs.into_iter();
        let Some(mut first) = jobs.next() else { return Ok(Vec::new()) };
        first.with = jobs.collect();
        self.inner.bulk.send(first).await.map_err(|_| Failure::Unavailable("写入已停止".into()))?;
        let mut out = Vec::with_capacity(waits.len());
        for wait in waits {
            out.push(self.settled(Ok(wait)).await);
        }
        Ok(out)
    }

    /// Gives many commands of one file, in order, and waits for all outcomes, in order. `progress` is told how many
    /// are done.
    pub async fn execute_all(
        &self,
        commands: Vec<(Ctx, Command)>,
        mut progress: impl FnMut(usize),
    ) -> Vec<Result<Receipt, Failure>> {
        let mut waits = std::collections::VecDeque::new();
        let mut out = Vec::with_capacity(commands.len());
        for (ctx, command) in commands {
            waits.push_back(self.send(Lane::Bulk, ctx, command, Vec::new()).await);
            if waits.len() >= 2 * crate::executor::MOST
                && let Some(wait) = waits.pop_front()
            {
                out.push(self.settled(wait).await);
                progress(out.len());
            }
        }
        while let Some(wait) = waits.pop_front() {
            out.push(self.settled(wait).await);
            progress(out.len());
        }
        out
    }
}

tokio::task_local! {
    /// Whatever is asked within it may look, and change nothing.
    static READING: ();
}

/// Does something that may only read: a command that changes anything is refused, whatever asks for it.
pub async fn reading<F: Future>(work: F) -> F::Output {
    READING.scope((), work).await
}

fn may_change(command: &Command) -> Result<(), Failure> {
    if READING.try_with(|()| ()).is_ok() && !command.only_looks() {
        tracing::error!("a door that may only read asked for a change");
        return Err(Failure::Refused(Box::new(Reason::NotPermitted.into())));
    }
    Ok(())
}

/// How far ahead of its machine a province for trying things out was moved, in microseconds, in a store that nobody writes here.
async fn ahead_in(store: &Store) -> Result<i64, StoreError> {
    let Some(text) = store.meta(AHEAD).await? else { return Ok(0) };
    text.parse().map_err(|_| StoreError::Engine(format!("{AHEAD} of meta is no number of microseconds")))
}

/// Now, as business has it, in a store that nobody writes here.
///
/// # Errors
/// When the store cannot be read.
pub async fn now_in(store: &Store) -> Result<Instant, StoreError> {
    let trial = store.meta(SURROUNDINGS).await?.as_deref() == Some(SIMULATED);
    let ahead = if trial { ahead_in(store).await? } else { 0 };
    Ok(Instant(TimeSource::Machine.now().0 + ahead))
}

/// When the last line of the journal was written; nothing where there is none.
async fn last_line(store: &Store) -> Result<Option<Instant>, StoreError> {
    let Some(standing) = store.standing().await? else { return Ok(None) };
    let last = store.entries_from(standing.entries, 1).await?;
    Ok(last.first().map(|line| Instant(line.at)))
}

/// So many seconds, in words.
fn spoken(seconds: i64) -> String {
    match seconds {
        0..3_600 => format!("{}分钟", seconds / 60),
        3_600..172_800 => format!("{}小时", seconds / 3_600),
        _ => format!("{}天", seconds / 86_400),
    }
}

/// Random low bits for fresh identities.
fn random() -> Result<u32, StoreError> {
    let mut random = [0; 4];
    getrandom::fill(&mut random).map_err(|e| StoreError::Engine(e.to_string()))?;
    Ok(u32::from_le_bytes(random))
}
