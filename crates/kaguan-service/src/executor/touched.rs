//! What a round touches: the next one is loaded and decided beside it only when both have nothing in common.

use crate::work::{Command, Job};
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::custody::Custody;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::trace::Trace;
use kaguan_domain::ids::{BatchId, BlankId, BoxId, HolderId, UnitId};
use kaguan_store::{LoadRequest, Loaded};
use std::collections::{HashMap, HashSet};

/// What a round touched; `alone` for one whose effects reach further than the files it names.
#[derive(Default)]
pub(super) struct Touched {
    pub(super) alone: bool,
    pub(super) holders: HashSet<HolderId>,
    pub(super) claims: HashSet<Claim>,
    pub(super) traces: HashSet<Trace>,
    /// Unit applications that are changed.
    pub(super) units: HashSet<UnitId>,
    /// Those that rows are taken in for: many rounds of rows may read one at once, and wait for whoever closes it.
    pub(super) units_read: HashSet<UnitId>,
    pub(super) blanks: HashSet<BlankId>,
    /// Boxes in which cards are missed: what lies in them was counted.
    pub(super) boxes: HashSet<BoxId>,
    pub(super) keys: HashSet<[u8; 32]>,
}

impl Touched {
    pub(super) fn by(jobs: &[Job], want: LoadRequest, loaded: &Loaded) -> Self {
        let changed = |j: &Job| if let Command::Unit { id, .. } = j.command { Some(id) } else { None };
        let units: HashSet<UnitId> = jobs.iter().filter_map(changed).collect();
        Self {
            alone: jobs.iter().any(|j| {
                !matches!(j.command, Command::Holder { .. } | Command::Unit { .. } | Command::Blank { .. })
            }),
            holders: want.holders.into_iter().chain(loaded.holders.keys().copied()).collect(),
            claims: want.claims.into_iter().collect(),
            traces: want.traces.into_iter().collect(),
            units_read: want.units.into_iter().filter(|id| !units.contains(id)).collect(),
            units,
            blanks: want.blanks.into_iter().collect(),
            boxes: counted(loaded).collect(),
            keys: want.keys.into_iter().collect(),
        }
    }

    /// Whether a round may be loaded and decided before this one is written.
    pub(super) fn leaves_alone(&self, other: &Self) -> bool {
        !self.alone
            && !other.alone
            && self.holders.is_disjoint(&other.holders)
            && self.claims.is_disjoint(&other.claims)
            && self.traces.is_disjoint(&other.traces)
            && self.units.is_disjoint(&other.units)
            && self.units.is_disjoint(&other.units_read)
            && self.blanks.is_disjoint(&other.blanks)
            && self.boxes.is_disjoint(&other.boxes)
            && self.keys.is_disjoint(&other.keys)
    }
}

/// The boxes whose cards were counted with what was loaded.
pub(super) fn counted(loaded: &Loaded) -> impl Iterator<Item = BoxId> {
    loaded.batches.values().flat_map(|file| file.tally.inside.keys().copied())
}

/// A card that left a box whose cards were counted lies there no more for whoever comes next in the round.
pub(super) fn leave_boxes(
    batches: &mut HashMap<BatchId, BatchFile>,
    before: Option<&HolderFile>,
    after: &HolderFile,
) {
    for was in before.iter().flat_map(|file| &file.cards) {
        let Custody::InBox { r#box } = was.custody else { continue };
        if after.card(was.id).is_none_or(|now| now.custody == was.custody) {
            continue;
        }
        let inside = batches.get_mut(&was.batch).and_then(|file| file.tally.inside.get_mut(&r#box));
        if let Some(n) = inside {
            *n -= 1;
        }
    }
}
