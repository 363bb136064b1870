//! Where officers were and what organisations were called, until when (Articles 12 and 40): what was done then was done at that office,
//! under that name, and its paper, its line and the proof of both go on saying so.

use crate::ctx::Instant;
use crate::ids::{OfficerId, OrgId};
use std::collections::{BTreeMap, BTreeSet};

/// What was until a moment, the earliest first; what is now stands elsewhere.
#[derive(Clone, Debug)]
struct Until<T>(Vec<(Instant, T)>);

impl<T> Until<T> {
    /// What was at a moment, where it is another than now.
    fn at(&self, at: Instant) -> Option<&T> {
        self.0.iter().find(|(until, _)| at < *until).map(|(_, was)| was)
    }
}

/// The offices that officers have left, and the names that organisations have laid down.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    offices: BTreeMap<OfficerId, Until<OrgId>>,
    names: BTreeMap<OrgId, Until<String>>,
}

impl Past {
    /// 调岗: an officer was at an office until a moment.
    pub(super) fn left(&mut self, officer: OfficerId, office: OrgId, until: Instant) {
        self.offices.entry(officer).or_insert(Until(Vec::new())).0.push((until, office));
    }

    /// 机构更名: an organisation was called so until a moment.
    pub(super) fn called(&mut self, org: OrgId, name: String, until: Instant) {
        self.names.entry(org).or_insert(Until(Vec::new())).0.push((until, name));
    }

    /// The office at which an officer was at a moment, where it is another than now.
    pub(super) fn office(&self, officer: OfficerId, at: Instant) -> Option<OrgId> {
        self.offices.get(&officer).and_then(|offices| offices.at(at)).copied()
    }

    /// Whether an officer was at one of some offices at any time from one moment on and before another; `now` is where it is now.
    pub(super) fn was_at(
        &self,
        officer: OfficerId,
        now: OrgId,
        (from, until): (Instant, Instant),
        offices: &BTreeSet<OrgId>,
    ) -> bool {
        let past = self.offices.get(&officer).map_or(&[][..], |offices| &offices.0);
        let mut since = Instant(i64::MIN);
        for (end, office) in past {
            if since < until && from < *end && offices.contains(office) {
                return true;
            }
            since = *end;
        }
        since < until && offices.contains(&now)
    }

    /// What an organisation was called at a moment, where it is called otherwise now.
    pub(super) fn name(&self, org: OrgId, at: Instant) -> Option<&String> {
        self.names.get(&org).and_then(|names| names.at(at))
    }
}
