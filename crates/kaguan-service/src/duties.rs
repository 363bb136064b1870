//! 值守: looks at every file whose day has come and does what is due. Incremental by index, idempotent; what another
//! server did in between is refused as nothing to do.

use crate::outcome::Failure;
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::application::{SupplyMaterial, UnitCommand};
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::{self, BatchCommand, HolderCommand};
use kaguan_domain::permission::Verb;
use kaguan_store::LoadRequest;
use std::collections::BTreeMap;

/// Files of one round.
const ROUND: i64 = 500;

impl Service {
    /// Does what is due, until nothing is. Returns how often each verb was done; refusals under their code.
    pub async fn duties(&self) -> Result<BTreeMap<&'static str, usize>, Failure> {
        if self.held().is_some() {
            // Nothing is done by a clock that somebody has set.
            return Ok(BTreeMap::from([("clock_jumped", 1)]));
        }
        self.clear_sign_ins().await?;
        let mut done: BTreeMap<&'static str, usize> = BTreeMap::new();
        loop {
            let (batches, units) = self.store().clocks_due(self.now(), ROUND).await?;
            let batches =
                batches.into_iter().map(|id| Command::Batch { id, command: BatchCommand::WatchClocks });
            let units = units.into_iter().map(|id| Command::Unit { id, command: UnitCommand::WatchClocks });
            let ctx = || self.ctx(Actor::System, Channel::Duty, None);
            let commands: Vec<_> = batches.chain(units).map(|c| (ctx(), c)).collect();
            let mut moved = false;
            for outcome in self.execute_all(commands, |_| {}).await {
                match outcome {
                    Ok(_) => {
                        moved = true;
                        *done.entry("duty.notify").or_default() += 1;
                    }
                    Err(Failure::Refused(r)) => *done.entry(r.reason.code()).or_default() += 1,
                    Err(e) => return Err(e),
                }
            }
            if !moved {
                break;
            }
        }
        loop {
            let now = self.now();
            let ids = self.store().duties_due(now, ROUND).await?;
            let request = LoadRequest { holders: ids.clone(), ..LoadRequest::default() };
            let loaded = self.store().load(&request).await?;
            let mut commands = Vec::new();
            let mut verbs = Vec::new();
            // Registers that were silent are asked again, about everybody of the round at once (R8.3).
            let mut waiting = Vec::new();
            for file in ids.iter().filter_map(|id| loaded.holders.get(id)) {
                let Some(person) = &file.person else { continue };
                for id in dispatch::silent(file, now) {
                    waiting.extend(file.application(id).map(|a| (file.id, (a, &person.details))));
                }
            }
            let people: Vec<_> = waiting.iter().map(|(_, who)| *who).collect();
            let said = if people.is_empty() { Vec::new() } else { self.ask_again(&people).await? };
            for ((holder, (a, _)), checks) in waiting.iter().zip(said) {
                let supply = SupplyMaterial { application: a.id, checks };
                let ctx = self.ctx(Actor::System, Channel::Duty, None);
                verbs.push(Verb::SupplyMaterial.code());
                commands.push((ctx, Command::of(*holder, HolderCommand::SupplyMaterial(supply))));
            }
            for file in ids.iter().filter_map(|id| loaded.holders.get(id)) {
                for command in dispatch::due(file, now) {
                    verbs.push(command.verb().code());
                    let ctx = self.ctx(Actor::System, Channel::Duty, None);
                    commands.push((ctx, Command::of(file.id, command)));
                }
            }
            let mut moved = false;
            for (verb, outcome) in verbs.into_iter().zip(self.execute_all(commands, |_| {}).await) {
                match outcome {
                    Ok(_) => {
                        moved = true;
                        *done.entry(verb).or_default() += 1;
                    }
                    Err(Failure::Refused(r)) => *done.entry(r.reason.code()).or_default() += 1,
                    Err(e) => return Err(e),
                }
            }
            if !moved {
                return Ok(done);
            }
        }
    }
}
