//! What follows when a box is signed for at its outlet: the periods of Articles 7 and 27 end for everybody whose card lies in it, and each
//! of them is told where the card waits (领卡通知, Articles 8 and 31). The lines of the journal say which box it was; up to which line they
//! were read is kept for each of both, so that nobody is left out and nobody is told twice.

use crate::outcome::Failure;
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Instant};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::duty::{Notify, WatchClocks};
use kaguan_domain::facts::batch::BatchEvent;
use kaguan_domain::facts::clock::Clock;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::notice::NoticeKind;
use kaguan_domain::ids::{BoxId, CardId, HolderId};
use kaguan_domain::permission::Verb;
use kaguan_store::LoadRequest;

/// Lines of one page, and pages of one look.
const PAGE: i64 = 1_000;
const PAGES: usize = 20;
/// People of one box at a time.
const PEOPLE: i64 = 500;
/// A day, in microseconds.
const DAY: i64 = 86_400_000_000;

/// What follows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Follows {
    /// The period ends.
    End,
    /// The holder is told.
    Tell,
}

impl Follows {
    /// Where the next line to read is kept.
    fn position(self) -> &'static str {
        match self {
            Self::End => "distributed.position",
            Self::Tell => "ready.position",
        }
    }

    /// How far back a system begins that has never looked: nobody is told of what lies there long, and the longest period that may still
    /// run, of twelve working days, is over after six weeks whatever holidays were in between.
    fn back(self) -> i64 {
        match self {
            Self::End => 42 * DAY,
            Self::Tell => DAY,
        }
    }
}

/// Whether a clock of an application runs.
fn runs(file: &HolderFile) -> bool {
    file.applications.iter().filter_map(|a| a.clock.as_ref()).any(|c: &Clock| c.runs_until().is_some())
}

impl Service {
    /// Ends the periods of everybody whose card has come to its outlet since the last look; returns of how many people.
    pub async fn end_periods(&self) -> Result<usize, Failure> {
        clause!(R7.1);
        clause!(R27.3);
        self.after_arrivals(Follows::End).await
    }

    /// Tells everybody whose card has come to its outlet since the last look; returns how many.
    pub async fn tell_ready(&self) -> Result<usize, Failure> {
        clause!(R31.3);
        self.after_arrivals(Follows::Tell).await
    }

    async fn after_arrivals(&self, follows: Follows) -> Result<usize, Failure> {
        if self.held().is_some() {
            // Nothing is done by a clock that somebody has set.
            return Ok(0);
        }
        let mut done = 0;
        for _ in 0..PAGES {
            let kept = self.store().counter(follows.position()).await?;
            let next = if kept == 0 {
                self.store().first_line_at(Instant(self.now().0 - follows.back())).await?
            } else {
                kept
            };
            let lines = self.store().entries_from(next, PAGE).await?;
            let Some(last) = lines.last().map(|e| e.seq) else { break };
            for line in lines.iter().filter(|e| e.is_done() && e.command == Verb::Receive.code()) {
                for event in self.store().batch_events(line)? {
                    if let BatchEvent::BoxReceived(e) = event
                        && e.arrived
                    {
                        done += self.about_box(e.r#box, follows).await?;
                    }
                }
            }
            self.store().move_counter(follows.position(), kept, last + 1).await?;
        }
        Ok(done)
    }

    /// What follows for those whose card lies in a box.
    async fn about_box(&self, r#box: BoxId, follows: Follows) -> Result<usize, Failure> {
        let (mut after, mut done) = (HolderId(i64::MIN), 0);
        loop {
            let people = self.store().box_people(r#box, after, PEOPLE).await?;
            let Some((last, _)) = people.last() else { return Ok(done) };
            after = *last;
            let ctx = || self.ctx(Actor::System, Channel::Duty, None);
            let commands = self.following(people, follows).await?;
            let commands = commands.into_iter().map(|(id, command)| (ctx(), Command::of(id, command)));
            for outcome in self.execute_all(commands.collect(), |_| {}).await {
                match outcome {
                    Ok(_) => done += 1,
                    // Done already, or handed over in between.
                    Err(Failure::Refused(_)) => {}
                    Err(e) => return Err(e),
                }
            }
        }
    }

    async fn following(
        &self,
        people: Vec<(HolderId, CardId)>,
        follows: Follows,
    ) -> Result<Vec<(HolderId, HolderCommand)>, Failure> {
        let notify = |card| HolderCommand::Notify(Notify { card, kind: NoticeKind::Ready });
        match follows {
            Follows::Tell => Ok(people.into_iter().map(|(id, card)| (id, notify(card))).collect()),
            Follows::End => {
                let holders = people.iter().map(|(id, _)| *id).collect();
                let loaded = self.store().load(&LoadRequest { holders, ..LoadRequest::default() }).await?;
                let still = people.into_iter().filter(|(id, _)| loaded.holders.get(id).is_some_and(runs));
                Ok(still.map(|(id, _)| (id, HolderCommand::WatchClocks(WatchClocks {}))).collect())
            }
        }
    }
}
