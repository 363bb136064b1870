//! Which desks are connected, whose they are at the moment, and the one job of each. Nothing of it is stored: what was done to a card stands
//! in its holder's file, and a desk that lost its server asks again.

use crate::session::random;
use kaguan_api::desk::{Ask, InSteps, Job, MachineAsk, NewPin, Outcome, PAIRING_MS, WAIT_S, Work};
use kaguan_domain::ids::{ApplicationId, DeskId, HolderId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};

/// A desk that has not asked for so long is gone, in milliseconds.
const GONE_MS: i64 = 60_000;
/// What was read stands in its page for so long, in milliseconds.
const READ_MS: i64 = 60_000;
/// Machines that wish to be paired at once; some hundred bytes each.
const WISHES: usize = 1_024;
/// The same from one address: the machines of one outlet.
const WISHES_OF_SOURCE: usize = 16;
/// What sessions make, or made last: of so many.
const RUNS: usize = 1_024;
/// Questions to the province's 加密机 in one job: which card it is takes one, and a function two.
const QUESTIONS: u32 = 8;
/// Without letters and digits that look alike.
const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

struct Wish {
    source: String,
    public: String,
    machine: String,
    code: String,
    at: i64,
}

struct Taken {
    session: String,
    officer: i64,
    name: String,
}

struct Waiting {
    id: String,
    /// Until the desk has fetched it, signed under the key that it holds then.
    job: Option<Job>,
    /// What the province's machine may be asked in it.
    steps: &'static [InSteps],
    /// Whether a paper is waited for.
    scans: bool,
    /// The last question to the machine.
    asked: u32,
    reply: oneshot::Sender<Outcome>,
}

struct Online {
    seq: i64,
    seen: i64,
    number: String,
    driver: String,
    new_pin: NewPin,
    scans: bool,
    taken: Option<Taken>,
    job: Option<Waiting>,
    bell: Arc<Notify>,
}

/// The face as it will be printed: lines with their place, and whether a photo is on it.
#[derive(Clone, Default)]
pub struct Face {
    /// Text, left, top, in dots of a card that is 1011 by 638.
    pub lines: Vec<(String, String, String)>,
    /// Its photo, as an address of the session calls it.
    pub photo: Option<String>,
}

/// How the making of a card stands, for the session that makes it.
#[derive(Clone)]
pub enum RunState {
    Running,
    /// All but the printing is done: somebody looks at the face first.
    FaceReady(Face),
    /// It goes on when it is asked to; why it stopped.
    Stopped(String),
    /// Nobody knows whether the face is printed.
    LookAtFace,
    /// Nothing was moved: the name on the face, or a glyph of it, does not fit; why. It is typed again.
    NameAgain(String),
    /// The card is spoiled, or back in stock: why.
    Ended(String),
    Made,
}

/// A card that a session makes.
#[derive(Clone)]
pub struct Run {
    pub holder: HolderId,
    pub application: ApplicationId,
    pub form_no: String,
    /// The name with its rare characters, when one was typed.
    pub printed_name: Option<String>,
    /// Step, and what came of it.
    pub lines: Vec<(String, String)>,
    pub state: RunState,
}

/// A number that a desk read for a page, or why it read none.
struct Read {
    path: String,
    said: Result<String, String>,
    at: i64,
}

#[derive(Default)]
struct State {
    wishes: Vec<Wish>,
    reads: HashMap<String, Read>,
    online: HashMap<DeskId, Online>,
    /// In the order in which they were begun.
    runs: HashMap<String, (u64, Run)>,
    begun: u64,
}

/// The desks of a server.
#[derive(Default)]
pub struct Desks(Mutex<State>);

impl Desks {
    fn all(&self) -> MutexGuard<'_, State> {
        // What is in the maps is whole, whoever panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A machine wishes to be paired: its code, the same for five minutes. Whoever wishes for very many machines pushes out its own: of one
    /// address there are few, and when there are too many of all, the oldest of the address with the most goes.
    pub fn wish(&self, source: &str, public: &str, machine: &str, now: i64) -> String {
        let mut all = self.all();
        all.wishes.retain(|w| now - w.at < PAIRING_MS);
        if let Some(known) = all.wishes.iter().find(|w| w.public == public) {
            return known.code.clone();
        }
        let goes = {
            let mut of: HashMap<&str, usize> = HashMap::new();
            all.wishes.iter().for_each(|w| *of.entry(&w.source).or_default() += 1);
            if of.get(source).is_some_and(|n| *n >= WISHES_OF_SOURCE) {
                Some(source.to_owned())
            } else {
                let most = of.into_iter().max_by_key(|(_, n)| *n).filter(|_| all.wishes.len() >= WISHES);
                most.map(|(source, _)| source.to_owned())
            }
        };
        if let Some(at) = goes.and_then(|goes| all.wishes.iter().position(|w| w.source == goes)) {
            all.wishes.remove(at);
        }
        let code: String = random::<8>().iter().map(|b| char::from(LETTERS[usize::from(b % 32)])).collect();
        let (public, machine) = (public.to_owned(), machine.chars().take(40).collect());
        all.wishes.push(Wish { source: source.to_owned(), public, machine, code: code.clone(), at: now });
        code
    }

    /// The key and the name of the machine that shows a code.
    pub fn wished(&self, code: &str, now: i64) -> Option<(String, String)> {
        let code = code.trim().to_uppercase();
        let all = self.all();
        let found = all.wishes.iter().find(|w| w.code == code && now - w.at < PAIRING_MS);
        found.map(|w| (w.public.clone(), w.machine.clone()))
    }

    /// A desk has asked; `false` when it said the same before.
    pub fn heard(&self, desk: DeskId, ask: &Ask, now: i64) -> bool {
        let mut all = self.all();
        let taken: Vec<String> = all.online.values().map(|o| o.number.clone()).collect();
        let online = all.online.entry(desk).or_insert_with(|| Online {
            seq: i64::MIN,
            seen: now,
            number: loop {
                let number = format!("{:04}", u16::from_be_bytes(random()) % 10_000);
                if !taken.contains(&number) {
                    break number;
                }
            },
            driver: String::new(),
            new_pin: NewPin::default(),
            scans: false,
            taken: None,
            job: None,
            bell: Arc::default(),
        });
        if online.seq == i64::MIN {
            online.bell.notify_one();
        }
        if ask.seq <= online.seq {
            return false;
        }
        online.seq = ask.seq;
        online.seen = now;
        // It does one job at a time: whoever asks for the next has no answer any more to one that it was given.
        online.job.take_if(|j| j.job.is_none());
        online.driver = ask.driver.chars().take(40).collect();
        online.new_pin = ask.new_pin;
        online.scans = ask.scans;
        true
    }

    /// The desk's job, once there is one; `None` after a while, and to a question after which the desk has asked another.
    pub async fn job_of(&self, desk: DeskId, seq: i64) -> Option<Job> {
        let bell = self.all().online.get(&desk).map(|o| Arc::clone(&o.bell))?;
        let job = || {
            let mut all = self.all();
            let online = all.online.get_mut(&desk)?;
            if online.seq != seq {
                // It rang for the other.
                online.bell.notify_one();
                return None;
            }
            online.job.as_mut()?.job.take()
        };
        if let Some(job) = job() {
            return Some(job);
        }
        // Rung for a job, and for whatever else the desk should show at once: its number, who has it.
        let rung = tokio::time::timeout(Duration::from_secs(WAIT_S), bell.notified()).await;
        rung.ok().and_then(|()| job())
    }

    /// The desk's number, and who has it.
    pub fn stands(&self, desk: DeskId) -> (String, String) {
        let all = self.all();
        let online = all.online.get(&desk);
        let name = online.and_then(|o| o.taken.as_ref()).map(|t| t.name.clone()).unwrap_or_default();
        (online.map(|o| o.number.clone()).unwrap_or_default(), name)
    }

    /// The driver of a desk that is connected.
    pub fn driver_of(&self, desk: DeskId, now: i64) -> Option<String> {
        self.all().online.get(&desk).filter(|o| now - o.seen < GONE_MS).map(|o| o.driver.clone())
    }

    /// What becomes of a new PIN at a desk, as it said last.
    pub fn new_pin_of(&self, desk: DeskId) -> NewPin {
        self.all().online.get(&desk).map(|o| o.new_pin).unwrap_or_default()
    }

    /// Whether a scanner stands beside the desk that a session has.
    pub fn scans(&self, session: &str) -> bool {
        let has = |o: &Online| o.scans && o.taken.as_ref().is_some_and(|t| t.session == session);
        self.all().online.values().any(has)
    }

    /// Whether a desk may ask the province's machine: in the job that it has, of a function that the job needs, each question once.
    pub fn asks(&self, desk: DeskId, ask: &MachineAsk) -> bool {
        let mut all = self.all();
        let Some(waiting) = all.online.get_mut(&desk).and_then(|o| o.job.as_mut()) else { return false };
        let is_its = waiting.id == ask.job && waiting.job.is_none() && !waiting.reply.is_closed();
        let next = ask.seq == waiting.asked + 1 && ask.seq <= QUESTIONS;
        let is_between = (1..ask.function.steps()).contains(&ask.step);
        if !is_its || !next || !is_between || !waiting.steps.contains(&ask.function) {
            return false;
        }
        waiting.asked = ask.seq;
        true
    }

    /// Whether a desk scans a paper in a job.
    pub fn is_scanning(&self, desk: DeskId, id: &str) -> bool {
        let all = self.all();
        let waiting = all.online.get(&desk).and_then(|o| o.job.as_ref());
        waiting.is_some_and(|j| j.id == id && j.job.is_none() && j.scans && !j.reply.is_closed())
    }

    /// A session takes the desk that shows a number; the same officer takes it over from an earlier session.
    pub fn take(
        &self,
        number: &str,
        session: &str,
        (officer, name): (i64, &str),
        is_here: impl Fn(DeskId) -> bool,
        now: i64,
    ) -> Result<DeskId, String> {
        let mut all = self.all();
        let number = number.trim();
        let found =
            all.online.iter().find(|(id, o)| o.number == number && now - o.seen < GONE_MS && is_here(**id));
        let desk =
            *found.ok_or("没有这个桌面号的制卡桌面机。请核对桌面机上显示的四位号码，并确认它属于本网点")?.0;
        for (id, online) in &mut all.online {
            match &online.taken {
                Some(t) if *id == desk && t.officer != officer => {
                    return Err(format!("该制卡桌面机正由{}使用", t.name));
                }
                Some(t) if t.session == session => online.taken = None,
                _ => {}
            }
        }
        if let Some(online) = all.online.get_mut(&desk) {
            online.taken = Some(Taken { session: session.to_owned(), officer, name: name.to_owned() });
            online.bell.notify_one();
        }
        Ok(desk)
    }

    /// The session gives its desk back.
    pub fn release(&self, session: &str) {
        let mut all = self.all();
        all.runs.remove(session);
        all.reads.remove(session);
        for online in
            all.online.values_mut().filter(|o| o.taken.as_ref().is_some_and(|t| t.session == session))
        {
            online.taken = None;
            online.bell.notify_one();
        }
    }

    /// The desk asks anew at once.
    pub fn ring(&self, desk: DeskId) {
        if let Some(online) = self.all().online.get(&desk) {
            online.bell.notify_one();
        }
    }

    /// The desk that a session has.
    pub fn of_session(&self, session: &str) -> Option<DeskId> {
        let all = self.all();
        let has = |o: &Online| o.taken.as_ref().is_some_and(|t| t.session == session);
        all.online.iter().find(|(_, o)| has(o)).map(|(id, _)| *id)
    }

    /// What a desk read is filled into the page that asked for it, for a short while.
    pub fn read_for(&self, session: &str, path: &str, said: Result<String, String>, now: i64) {
        let mut all = self.all();
        all.reads.retain(|_, r| now - r.at < READ_MS);
        all.reads.insert(session.to_owned(), Read { path: path.to_owned(), said, at: now });
    }

    /// What was read for a page of a session.
    pub fn read_at(&self, session: &str, path: &str, now: i64) -> Option<Result<String, String>> {
        let all = self.all();
        let read = all.reads.get(session).filter(|r| r.path == path && now - r.at < READ_MS);
        read.map(|r| r.said.clone())
    }

    /// Whatever was read is used, or not wanted.
    pub fn forget_read(&self, session: &str) {
        self.all().reads.remove(session);
    }

    /// Gives a job to the desk of a session; one at a time.
    pub fn give(
        &self,
        session: &str,
        desk: DeskId,
        job: Job,
        now: i64,
    ) -> Result<oneshot::Receiver<Outcome>, String> {
        let mut all = self.all();
        let online = all.online.get_mut(&desk).filter(|o| now - o.seen < GONE_MS);
        let online = online.ok_or("制卡桌面机没有连接，请检查桌面程序")?;
        if online.taken.as_ref().is_none_or(|t| t.session != session) {
            return Err("本次登录没有使用这台制卡桌面机".into());
        }
        if online.job.as_ref().is_some_and(|j| !j.reply.is_closed()) {
            return Err("制卡桌面机正在执行上一任务".into());
        }
        let (reply, answer) = oneshot::channel();
        online.job = Some(Waiting {
            id: job.id.clone(),
            steps: InSteps::of(&job.work),
            scans: matches!(job.work, Work::Scan),
            job: Some(job),
            asked: 0,
            reply,
        });
        online.bell.notify_one();
        Ok(answer)
    }

    /// Nobody waits for it any more.
    pub fn forget(&self, desk: DeskId, id: &str) {
        if let Some(online) =
            self.all().online.get_mut(&desk).filter(|o| o.job.as_ref().is_some_and(|j| j.id == id))
        {
            online.job = None;
        }
    }

    /// A desk's answer to the job that it has; `false` to any other.
    pub fn answered(&self, desk: DeskId, id: &str, outcome: Outcome) -> bool {
        let mut all = self.all();
        let Some(online) = all.online.get_mut(&desk) else { return false };
        match online.job.take_if(|j| j.id == id && j.job.is_none()) {
            Some(waiting) => waiting.reply.send(outcome).is_ok(),
            None => false,
        }
    }

    /// A session begins to make a card, or goes on; `false` while it makes one. Of what is not in work the oldest goes when there is too
    /// much: its holder's file says what was done.
    pub fn begin(&self, session: &str, run: Run) -> bool {
        let mut all = self.all();
        let runs = |r: &Run| matches!(r.state, RunState::Running);
        if all.runs.get(session).is_some_and(|(_, r)| runs(r)) {
            return false;
        }
        all.runs.remove(session);
        if all.runs.len() >= RUNS {
            let ended = all.runs.iter().filter(|(_, (_, r))| !runs(r));
            let oldest = ended.min_by_key(|(_, (at, _))| *at).map(|(session, _)| session.clone());
            let Some(oldest) = oldest else { return false };
            all.runs.remove(&oldest);
        }
        all.begun += 1;
        let at = all.begun;
        all.runs.insert(session.to_owned(), (at, run));
        true
    }

    /// What a session made last is told no more: it would be taken for what is said of the next card.
    pub fn forget_ended(&self, session: &str) {
        let mut all = self.all();
        if all.runs.get(session).is_some_and(|(_, r)| matches!(r.state, RunState::Ended(_) | RunState::Made))
        {
            all.runs.remove(session);
        }
    }

    /// What a session makes.
    pub fn run_of(&self, session: &str) -> Option<Run> {
        self.all().runs.get(session).map(|(_, run)| run.clone())
    }

    /// Something has happened to it.
    pub fn tell(&self, session: &str, what: impl FnOnce(&mut Run)) {
        if let Some((_, run)) = self.all().runs.get_mut(session) {
            what(run);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_wishes_pushes_out_its_own_and_pairing_stays_possible() {
        let desks = Desks::default();
        let honest = desks.wish("10.1.1.1", "honest", "1号窗口", 0);
        // One address asks for ten thousand machines.
        for n in 0..10_000 {
            desks.wish("10.6.6.6", &format!("flood {n}"), "x", 1);
        }
        assert_eq!(desks.wished(&honest, 2).map(|w| w.0), Some("honest".into()));
        // Its neighbour's wish is heard in the middle of it.
        let beside = desks.wish("10.1.1.2", "beside", "2号窗口", 2);
        // Many addresses do, with as many each as they may.
        for n in 0..6_000 {
            desks.wish(&format!("10.7.{}.{}", n / 16 / 256, n / 16 % 256), &format!("more {n}"), "x", 3);
        }
        assert_eq!(desks.all().wishes.len(), WISHES);
        for code in [&honest, &beside] {
            assert!(desks.wished(code, 4).is_some(), "those of addresses with few stay");
        }
        assert!(desks.wished(&honest, PAIRING_MS).is_none(), "for five minutes");
    }

    #[tokio::test]
    async fn annex_9_a_desk_asks_the_provinces_machine_in_its_job_alone_and_for_what_the_job_needs() {
        let desks = Desks::default();
        let desk = DeskId(7);
        let ask = Ask {
            desk: 7,
            seq: 1,
            driver: String::new(),
            version: String::new(),
            system: String::new(),
            new_pin: NewPin::Judged,
            scans: false,
        };
        assert!(desks.heard(desk, &ask, 0));
        let number = desks.stands(desk).0;
        desks.take(&number, "s", (1, "经办人"), |_| true, 0).unwrap();
        let job = |id: &str, work| Job {
            id: id.into(),
            desk: 7,
            session: "s".into(),
            officer: 1,
            card: String::new(),
            person: String::new(),
            expires: 60_000,
            work,
        };
        let asked = |id: &str, seq, function, step| MachineAsk {
            desk: 7,
            job: id.into(),
            seq,
            system: String::new(),
            function,
            step,
            said: String::new(),
        };
        let read = |id: &str, seq| desks.asks(desk, &asked(id, seq, InSteps::ReadBasic, 1));
        assert!(!read("1", 1), "it has none");
        let answer = desks.give("s", desk, job("1", Work::UnlockPin { card_no: String::new() }), 0).unwrap();
        assert!(!read("1", 1), "it has not fetched it");
        assert!(desks.job_of(desk, 1).await.is_some());
        assert!(!read("2", 1) && read("1", 1) && !read("1", 1), "each question once");
        assert!(!desks.asks(desk, &asked("1", 2, InSteps::ReloadPin, 1)), "for another work");
        assert!(!desks.asks(desk, &asked("1", 2, InSteps::UnblockPin, 3)), "after the last step");
        assert!(!desks.asks(desk, &asked("1", 2, InSteps::UnblockPin, 0)), "before the first");
        assert!(desks.asks(desk, &asked("1", 2, InSteps::UnblockPin, 2)));
        assert!((3..=QUESTIONS).all(|seq| read("1", seq)) && !read("1", QUESTIONS + 1), "so many");
        assert!(!desks.is_scanning(desk, "1"));
        drop(answer);
        assert!(!read("1", QUESTIONS), "nobody waits any more");

        let _waits = desks.give("s", desk, job("3", Work::Scan), 0).unwrap();
        assert!(!desks.is_scanning(desk, "3"));
        assert!(desks.heard(desk, &Ask { seq: 2, ..ask }, 0) && desks.job_of(desk, 2).await.is_some());
        assert!(desks.is_scanning(desk, "3") && !desks.is_scanning(desk, "1") && !read("3", 1));
    }

    #[test]
    fn what_sessions_made_last_is_kept_of_so_many() {
        let desks = Desks::default();
        let run = |state| Run {
            holder: HolderId(1),
            application: ApplicationId(1),
            form_no: String::new(),
            printed_name: None,
            lines: Vec::new(),
            state,
        };
        assert!(desks.begin("in work", run(RunState::Running)));
        for n in 0..2 * RUNS {
            assert!(desks.begin(&n.to_string(), run(RunState::Made)));
        }
        assert_eq!(desks.all().runs.len(), RUNS);
        assert!(!desks.begin("in work", run(RunState::Running)), "it goes on");
        assert!(desks.run_of("0").is_none() && desks.run_of(&(2 * RUNS - 1).to_string()).is_some());
    }
}
