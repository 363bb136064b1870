//! 领卡通知 (Articles 8 and 31): when a box is signed for at its outlet, each holder whose card lies in it is told. The lines of the
//! journal say which box it was; up to which line they were read is kept, so that nobody is left out and nobody is told twice.

use crate::outcome::Failure;
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Instant};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::duty::Notify;
use kaguan_domain::facts::batch::BatchEvent;
use kaguan_domain::facts::notice::NoticeKind;
use kaguan_domain::ids::{BoxId, HolderId};
use kaguan_domain::permission::Verb;

/// The next line to read.
const POSITION: &str = "ready.position";
/// Lines of one page, and pages of one look.
const PAGE: i64 = 1_000;
const PAGES: usize = 20;
/// People of one box at a time.
const PEOPLE: i64 = 500;
/// How far back a system that has never told anybody begins, in microseconds: a day.
const BACK: i64 = 86_400_000_000;

impl Service {
    /// Tells everybody whose card has come to its outlet since the last look; returns how many.
    pub async fn tell_ready(&self) -> Result<usize, Failure> {
        clause!(R31.3);
        if self.held().is_some() {
            // Nothing is done by a clock that somebody has set.
            return Ok(0);
        }
        let mut told = 0;
        for _ in 0..PAGES {
            let kept = self.store().counter(POSITION).await?;
            let next = if kept == 0 {
                self.store().first_line_at(Instant(self.now().0 - BACK)).await?
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
                        told += self.tell_box(e.r#box).await?;
                    }
                }
            }
            self.store().move_counter(POSITION, kept, last + 1).await?;
        }
        Ok(told)
    }

    async fn tell_box(&self, r#box: BoxId) -> Result<usize, Failure> {
        let (mut after, mut told) = (HolderId(i64::MIN), 0);
        loop {
            let people = self.store().box_people(r#box, after, PEOPLE).await?;
            let Some((last, _)) = people.last() else { return Ok(told) };
            after = *last;
            let ctx = || self.ctx(Actor::System, Channel::Duty, None);
            let notify = |card| HolderCommand::Notify(Notify { card, kind: NoticeKind::Ready });
            let commands = people.into_iter().map(|(id, card)| (ctx(), Command::of(id, notify(card))));
            for outcome in self.execute_all(commands.collect(), |_| {}).await {
                match outcome {
                    Ok(_) => told += 1,
                    // Told already, or handed over in between.
                    Err(Failure::Refused(_)) => {}
                    Err(e) => return Err(e),
                }
            }
        }
    }
}
