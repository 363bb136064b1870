//! 死亡比对 (Article 32): every night a slice of all holders is compared with the registers of deaths. The position is kept, so that
//! a restart goes on where it stopped; what is marked is a command like any other.

use crate::outcome::Failure;
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::alive::{marks, to_compare};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Instant};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::ids::HolderId;
use kaguan_store::LoadRequest;

/// Files of one question to the registers.
const SLICE: i64 = 500;
/// Files of one night at most.
const A_NIGHT: i64 = 50_000;
/// Up to whom holders have been compared.
const POSITION: &str = "deaths.position";
/// From when on the next slice is due, in seconds since 1970.
const NEXT: &str = "deaths.next";
/// A register that is silent is asked again after an hour, in seconds.
const AGAIN: i64 = 3_600;

/// What one night's comparison came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Compared {
    /// Holders that were asked about.
    pub asked: usize,
    /// Marks that were made, one a register.
    pub marked: usize,
    /// Whether every holder has been compared since the last time that this was said.
    pub all: bool,
}

impl Service {
    /// Compares the next holders with the registers, when their night has come; `None` when it has not.
    pub async fn compare_deaths(&self) -> Result<Option<Compared>, Failure> {
        clause!(R32.5);
        if self.held().is_some() {
            // Nothing is done by a clock that somebody has set.
            return Ok(None);
        }
        let now = self.now();
        let due = self.store().counter(NEXT).await?;
        if now.0 / 1_000_000 < due {
            return Ok(None);
        }
        let mut done = Compared::default();
        let tomorrow = now.date().tomorrow().unwrap_or(now.date());
        let mut next = Instant::at_start_of(tomorrow).0 / 1_000_000;
        let mut looked = 0;
        while looked < A_NIGHT {
            let position = self.store().counter(POSITION).await?;
            let ids = self.store().holders_after(HolderId(position), SLICE).await?;
            let Some(last) = ids.last().copied() else {
                // Everybody: the next night begins again.
                self.store().move_counter(POSITION, position, 0).await?;
                done.all = true;
                break;
            };
            looked += SLICE;
            let want = LoadRequest { holders: ids, ..LoadRequest::default() };
            let loaded = self.store().load(&want).await?;
            let files: Vec<_> = loaded.holders.values().filter(|f| to_compare(f)).collect();
            let forms: Vec<_> =
                files.iter().filter_map(|f| f.person.as_ref()).map(|p| p.details.clone()).collect();
            let said = self.partners().registers.deaths(&forms, now).await;
            if !said.is_empty() && said.iter().all(|s| s.is_silent()) {
                next = now.0 / 1_000_000 + AGAIN;
                break;
            }
            let ctx = || self.ctx(Actor::System, Channel::Duty, None);
            let commands = files.iter().zip(&said).flat_map(|(file, said)| {
                marks(file, said).into_iter().map(|m| (file.id, HolderCommand::MarkDeath(m)))
            });
            let commands = commands.map(|(id, c)| (ctx(), Command::of(id, c))).collect();
            done.asked += forms.len();
            for outcome in self.execute_all(commands, |_| {}).await {
                match outcome {
                    Ok(_) => done.marked += 1,
                    // Marked in between.
                    Err(Failure::Refused(_)) => {}
                    Err(e) => return Err(e),
                }
            }
            self.store().move_counter(POSITION, position, last.0).await?;
        }
        self.store().move_counter(NEXT, due, next).await?;
        Ok(Some(done))
    }
}
