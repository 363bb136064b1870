//! Offices and names as they were at a moment (Articles 12 and 40).

use crate::clause;
use crate::ctx::Instant;
use crate::facts::institution::{Institutions, Officer};
use crate::facts::organisation::Organisation;
use crate::ids::{OfficerId, OrgId};
use std::collections::BTreeSet;

impl Institutions {
    /// The office at which an officer was at a moment.
    pub fn office_of(&self, officer: OfficerId, at: Instant) -> Option<OrgId> {
        clause!(R40.1);
        let was = self.past.office(officer, at);
        was.or_else(|| self.officer(officer).map(|o| o.org))
    }

    /// Whoever was at one of some offices at any time from one moment on and before another, also whoever has left since.
    pub fn officers_at<'a>(
        &'a self,
        offices: &'a BTreeSet<OrgId>,
        from: Instant,
        until: Instant,
    ) -> impl Iterator<Item = &'a Officer> {
        clause!(R40.1);
        self.officers().filter(move |o| self.past.was_at(o.id, o.org, (from, until), offices))
    }

    /// An organisation under the name that it had at a moment. Of a 更名 before December 2026 nobody knows the moment: it has the later
    /// name throughout.
    pub fn org_as_of(&self, org: OrgId, at: Instant) -> Option<Organisation> {
        clause!(R40.1);
        let mut then = self.org(org)?.clone();
        if let Some(name) = self.past.name(org, at) {
            then.name.clone_from(name);
        }
        Some(then)
    }
}
