//! What a command about one file does to another one: two files are joined, or taken apart. Both are written in the one commit,
//! each under its version, and the journal has a line of each.

use super::{Round, json};
use crate::letters::messages_of;
use crate::work::Job;
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::holder::{Elsewhere, HolderEvent};
use kaguan_domain::ids::HolderId;
use kaguan_store::{Moved, Subject};
use std::collections::HashSet;

/// Applies it; answers whose file it is, the events, and whether they are personal.
pub(super) fn happens_elsewhere(
    round: &mut Round,
    e: Elsewhere,
    job: &Job,
) -> Option<(Subject, Vec<u8>, bool)> {
    let file = round.loaded.holders.get_mut(&e.file)?;
    let before = file.clone();
    file.apply(&e.event, job.ctx.now);
    file.version += 1;
    let events = [e.event];
    round.messages.extend(messages_of(file, &events));
    round.before.entry(e.file).or_insert(Some(before));
    let messages = e.from == e.file;
    moves(round, Moved { from: e.from, to: e.to, claims: e.claims, messages });
    let personal = events.iter().any(HolderEvent::is_personal);
    Some((Subject::Holder(e.file), json(&events), personal))
}

fn moves(round: &mut Round, moved: Moved) {
    let all = moved.claims.iter().collect::<HashSet<_>>();
    for (claim, owner) in round.loaded.claims.iter_mut().chain(round.claims.iter_mut()) {
        if *owner == moved.from && all.contains(claim) {
            *owner = moved.to;
        }
    }
    round.moved.push(moved);
}

/// The numbers of a pre-made card that goes back into stock, those that an application had stated of which nothing came, and that of a unit
/// application's form that nobody came of, are nobody's again; and the chip that a pre-made card was wrongly said to have.
pub(super) fn gives_back(round: &mut Round, from: HolderId, to: HolderId, claims: Vec<Claim>) {
    if !claims.is_empty() {
        moves(round, Moved { from, to, claims, messages: false });
    }
}
