//! Whose file a command is about: by identity, by a number, or by everything that an applicant is looked for by.

use super::Round;
use crate::work::{Command, Whose};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::ids::HolderId;
use kaguan_domain::rule::{Found, Seek};
use kaguan_store::{FREE, STOCK, Subject};

impl Round {
    /// Which file claimed a number, by this round's own files and by what is stored; one that was given back may be nobody's.
    pub(super) fn claimed(&self, claim: &Claim) -> Option<HolderId> {
        let owner = self.claims.get(claim).or_else(|| self.loaded.claims.get(claim)).copied();
        owner.filter(|id| *id != FREE && (*id != STOCK || !claim.kind.is_free_again()))
    }

    /// Whose a number is: the file that answers for it.
    pub(super) fn owner(&self, claim: &Claim) -> Option<HolderId> {
        self.claimed(claim).map(|id| self.loaded.answers_for(id))
    }

    /// Whose file a command is about, if there is one: an applicant is found by everything that is known, anybody else by the
    /// number alone.
    pub(super) fn whose(&self, whose: &Whose, command: &HolderCommand) -> Option<HolderId> {
        let seek = command.rule().seeks();
        match whose {
            Whose::Id(id) => Some(self.loaded.answers_for(*id)),
            Whose::Nobody => None,
            Whose::Number { .. } if !seek.claims.is_empty() => command.rule().whose(&self.found(&seek)),
            Whose::Number { number, .. } => self.owner(&Claim::social_security_number(number)),
        }
    }

    /// Whom a refused command was about.
    pub(super) fn subject(&self, command: &Command) -> Subject {
        let Command::Holder { whose: whose @ Whose::Number { .. }, command } = command else {
            return command.subject(&self.loaded);
        };
        self.whose(whose, command).map_or(Subject::Nobody, Subject::Holder)
    }

    /// Whoever is found by what an applicant is looked for by.
    pub(super) fn found(&self, seek: &Seek) -> Found<'_> {
        let mut found = self.loaded.found(seek);
        let has = |c: &Claim| self.claims.get(c).filter(|id| **id != STOCK);
        let new = |c: &Claim| Some((c.clone(), *has(c)?));
        found.owners.extend(seek.claims.iter().filter_map(new));
        found.alike.extend(seek.traces.iter().filter_map(|t| self.traces.get(t)).flatten());
        for id in found.owners.iter().map(|(_, id)| *id).chain(found.alike.iter().copied()) {
            if found.file(id).is_none() {
                found.files.extend(self.loaded.holders.get(&id));
            }
        }
        found
    }
}
