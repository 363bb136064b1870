//! 死亡比对 (Article 32): every night a slice of all holders is compared with the registers of deaths. The position is kept, so that
//! a restart goes on where it stopped; what is marked is a command like any other.

use crate::outcome::Failure;
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::alive::{death_questions, marks, to_compare};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel, Instant};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::form::ApplicationForm;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::ids::HolderId;
use kaguan_store::{LoadRequest, Loaded};

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
    /// Questions about holders, one for each number by which a register may know of the death.
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
            let want = LoadRequest { holders: ids.clone(), ..LoadRequest::default() };
            let loaded = self.store().load(&want).await?;
            let asked: Vec<_> = ids.iter().flat_map(|id| asked_of(&loaded, *id)).collect();
            let forms: Vec<_> = asked.iter().map(|(_, form)| form.clone()).collect();
            let said = self.partners().registers.deaths(&forms, now).await;
            if !said.is_empty() && said.iter().all(|s| s.is_silent()) {
                next = now.0 / 1_000_000 + AGAIN;
                break;
            }
            let ctx = || self.ctx(Actor::System, Channel::Duty, None);
            let commands = asked.iter().zip(&said).flat_map(|((file, form), said)| {
                marks(file, &form.ssn, said).into_iter().map(|m| (file.id, HolderCommand::MarkDeath(m)))
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

/// The forms by which the registers are asked about the numbers of a file, each with the file that answers for it, which it may have been
/// joined into; none when nobody is to be compared.
fn asked_of(loaded: &Loaded, id: HolderId) -> Vec<(&HolderFile, ApplicationForm)> {
    clause!(R5.5);
    let answers = loaded.holders.get(&loaded.answers_for(id)).filter(|answers| to_compare(answers));
    let Some((answers, file)) = answers.zip(loaded.holders.get(&id)) else { return Vec::new() };
    death_questions(file).into_iter().map(|form| (answers, form)).collect()
}
