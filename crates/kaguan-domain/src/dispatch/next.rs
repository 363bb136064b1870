//! What a batch waits for: of one that is made its boxes say it, each by where it is.

use super::{BatchCommand, Stands, Turn, position_with};
use crate::batch;
use crate::clause;
use crate::facts::batch::{BatchFile, BatchState};
use crate::facts::boxes::BoxFile;
use crate::facts::institution::{Institutions, OrgKind, Organisation};
use crate::permission::in_area;

/// A step that a batch waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NextStep {
    /// Who has to take it.
    pub turn: Turn,
    /// The step, as its page calls it.
    pub act: &'static str,
    /// How many boxes wait for it; 0 where the batch as a whole does.
    pub boxes: usize,
}

/// The steps that a counted batch waits for, as its boxes are listed; none when all is done, and of one that has ended.
pub fn next_of_batch(file: &BatchFile, institutions: &Institutions) -> Vec<NextStep> {
    clause!(X7.1);
    let Some(of) = &file.batch else { return Vec::new() };
    let whole = |turn, act| vec![NextStep { turn, act, boxes: 0 }];
    if of.taken_back.is_some() {
        return whole(Turn::Province, "收回批次");
    }
    if batch::end(file, of).is_ok() {
        return whole(Turn::City, "终结批次");
    }
    // Whoever has died is taken out first, as long as that can be done.
    if !file.tally.dead.is_empty() {
        match of.state {
            BatchState::Screening => return whole(Turn::City, "移出死亡已核实的人员"),
            BatchState::Confirmed { .. } => {
                return whole(Turn::City, "撤销批次确认，移出死亡已核实的人员");
            }
            BatchState::AtBank { .. }
            | BatchState::Opened { .. }
            | BatchState::AtVendor { .. }
            | BatchState::Made { .. }
            | BatchState::Ended { .. } => {}
        }
    }
    if !matches!(of.state, BatchState::Made { .. }) {
        let stands = Stands::Batch(of.state.kind());
        return if stands.next_act().is_empty() {
            Vec::new()
        } else {
            whole(stands.turn(), stands.next_act())
        };
    }
    let mut out: Vec<NextStep> = Vec::new();
    for (turn, act) in file.boxes.iter().filter_map(|b| of_box(file, b, institutions)) {
        match out.iter_mut().find(|s| (s.turn, s.act) == (turn, act)) {
            Some(step) => step.boxes += 1,
            None => out.push(NextStep { turn, act, boxes: 1 }),
        }
    }
    out
}

/// The offices, besides their city's centre, that may confirm a batch which waits for it: the city has entrusted them (Appendix 7). None of
/// a batch at another step, nor while the city has to take the dead out of it first (R33.1).
pub fn entrusted_to_confirm<'a>(
    file: &BatchFile,
    institutions: &'a Institutions,
) -> impl Iterator<Item = &'a Organisation> {
    clause!(X7.7);
    let screening = file.batch.as_ref().is_some_and(|b| b.state == BatchState::Screening);
    let waits = screening && file.tally.in_batch > 0 && file.tally.dead.is_empty();
    let place = BatchCommand::Confirm.place(file);
    let office = |o: &&Organisation| match o.kind {
        OrgKind::ProvinceCentre | OrgKind::CityCentre => false,
        OrgKind::CountyCentre | OrgKind::HrOutlet | OrgKind::BankOutlet => true,
    };
    let here =
        move |o: &&Organisation| waits && !institutions.is_stopped(o.id) && in_area(institutions, o, &place);
    institutions.orgs().filter(office).filter(here)
}

/// What one box waits for; `None` when nothing is left in it and it has arrived.
fn of_box(file: &BatchFile, b: &BoxFile, institutions: &Institutions) -> Option<(Turn, &'static str)> {
    clause!(R12.1);
    let position = position_with(&b.keeper, b.bound_for(), institutions)?;
    let (turn, act) = (Turn::of(position), Stands::At(position).next_act());
    if b.short() > 0 {
        return Some((turn, "清点差异处理"));
    }
    // What is under way is signed for, empty or not; what has arrived and is empty is done with.
    match (file.inside(b.id) > 0 || b.on_the_way.is_some(), b.arrived.is_some()) {
        (true, _) => Some((turn, act)),
        (false, true) => None,
        (false, false) => Some((turn, "空箱结清")),
    }
}
