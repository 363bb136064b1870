//! A trial: commands are decided as the executor decides them, each upon what those before it would have left, and nothing is
//! written. Whatever the executor would refuse is known before the first command is given.

use super::{Executor, Round, want_for};
use crate::outcome::Failure;
use crate::work::{Command, Job, Whose};
use kaguan_domain::ctx::Ctx;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::refusal::Refusal;
use kaguan_store::{LoadRequest, Store};
use std::sync::Arc;
use tokio::sync::oneshot;

/// What would have happened so far.
pub(crate) struct Trial(Round);

impl Trial {
    pub(crate) fn new(institutions: Arc<Institutions>) -> Self {
        Self(Round { institutions, ..Round::default() })
    }

    /// Reads what some commands will ask for, and whose some numbers are, beside what earlier ones have left.
    pub(crate) async fn load(
        &mut self,
        store: &Store,
        commands: impl Iterator<Item = (&Whose, &HolderCommand)>,
        claims: Vec<Claim>,
    ) -> Result<(), Failure> {
        let mut want = LoadRequest { claims, ..LoadRequest::default() };
        for (whose, command) in commands {
            want_for(&Command::Holder { whose: whose.clone(), command: command.clone() }, &mut want);
        }
        want.units.dedup();
        let found = store.load(&want).await?;
        let there = &mut self.0.loaded;
        for (id, file) in found.holders {
            there.holders.entry(id).or_insert(file);
        }
        there.claims.extend(found.claims);
        there.traces.extend(found.traces);
        there.batches.extend(found.batches);
        there.units.extend(found.units);
        there.stock.orders.extend(found.stock.orders);
        for (id, blank) in found.stock.blanks {
            there.stock.blanks.entry(id).or_insert(blank);
        }
        Ok(())
    }

    /// The file of whoever a command is about, as it would be now.
    pub(crate) fn file(&self, whose: &Whose, command: &HolderCommand) -> Option<&HolderFile> {
        self.0.loaded.holders.get(&self.0.whose(whose, command)?)
    }

    /// Whether a number is somebody's already, other than whoever a command is about.
    pub(crate) fn is_taken(&self, claim: &Claim, by: Option<(&Whose, &HolderCommand)>) -> bool {
        let own = by.and_then(|(whose, command)| self.0.whose(whose, command));
        self.0.owner(claim).is_some_and(|owner| Some(owner) != own)
    }

    /// What a command would be refused for that is not going to be given: nothing of it is left for those that follow.
    pub(crate) fn look(&self, ctx: &Ctx, whose: &Whose, command: &HolderCommand) -> Result<(), Refusal> {
        Executor::decided(&self.0, whose, command, ctx).map(|_| ())
    }

    /// Decides a command.
    pub(crate) fn ask(&mut self, ctx: Ctx, whose: &Whose, command: HolderCommand) -> Result<(), Refusal> {
        let (reply, _) = oneshot::channel();
        let command = Command::Holder { whose: whose.clone(), command };
        let job = Job { ctx, command, letters: Vec::new(), with: Vec::new(), reply };
        let Command::Holder { command, .. } = &job.command else { return Ok(()) };
        Executor::holder(&mut self.0, whose, command, &job)?;
        // Only files and numbers matter to those that follow.
        self.0.before.clear();
        self.0.messages.clear();
        Ok(())
    }
}
