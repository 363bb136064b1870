//! 收回批次: the rows of a batch that a bank or a vendor has not answered in its days.

use crate::exchange::refused_by;
use crate::outcome::Failure;
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::batch::FailUnanswered;
use kaguan_domain::clause;
use kaguan_domain::ctx::Ctx;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand};
use kaguan_domain::facts::names::StageKind;
use kaguan_domain::ids::{BatchId, HolderId};
use kaguan_domain::refusal::Reason;

const AT_ONCE: i64 = 500;

impl Service {
    /// Takes a batch back from the partner that has it: nothing that it sends is taken any more, every row without an answer fails, and
    /// what was opened or made goes on. What was begun and not finished goes on where it stopped. How many rows failed.
    pub async fn take_back_batch(&self, ctx: Ctx, id: BatchId, reason: String) -> Result<usize, Failure> {
        clause!(X7.4);
        let (actor, channel) = (ctx.actor.clone(), ctx.channel);
        match self.execute(ctx, Command::Batch { id, command: BatchCommand::TakeBack { reason } }).await {
            Err(Failure::Refused(r)) if r.reason == Reason::NothingToDo => {}
            outcome => {
                outcome?;
            }
        }
        let ctx = || self.ctx(actor.clone(), channel, None);
        let batch = self
            .batch(id)
            .await?
            .and_then(|f| f.batch)
            .ok_or_else(|| refused_by(clause!(X7.4), Reason::NotFound))?;
        let stage =
            if batch.state.vendor().is_some() { StageKind::AccountOpened } else { StageKind::InBatch };
        let (mut failed, mut after) = (0, HolderId(i64::MIN));
        loop {
            let rows = self.store().batch_people(id, stage, after, AT_ONCE).await?;
            let Some(last) = rows.last() else { break };
            after = last.holder;
            let one = |application| HolderCommand::FailUnanswered(FailUnanswered { application, batch: id });
            let commands = rows.iter().map(|r| (ctx(), Command::of(r.holder, one(r.application)))).collect();
            for outcome in self.execute_all(commands, |_| {}).await {
                match outcome {
                    Ok(_) => failed += 1,
                    // Its answer came just before; it is done.
                    Err(Failure::Refused(_)) => {}
                    Err(why) => return Err(why),
                }
            }
        }
        self.execute(ctx(), Command::Batch { id, command: BatchCommand::CloseTakenBack }).await?;
        Ok(failed)
    }
}
