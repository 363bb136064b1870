//! What the joining of two files does to each of them.

use super::{HolderEvent, HolderFile};
use crate::clause;
use crate::ctx::Instant;
use crate::facts::application::Application;
use crate::facts::archive::Case;
use crate::facts::card::{Card, Hold};
use crate::facts::claim::Claim;
use crate::facts::identity::{HeldDocument, NumberEnd, PastNumber};
use crate::facts::join::{Belongings, Brought, Join, JoinState};
use crate::facts::person::{DeathMark, Person, StatedDeath, registers_of};
use crate::ids::{ApplicationId, CardId, HolderId};

/// What an event of one file does to another: the event there, and the numbers that change hands.
pub struct Elsewhere {
    /// The other file.
    pub file: HolderId,
    /// What happens to it; its journal has a line of its own.
    pub event: HolderEvent,
    /// The numbers that were the one file's and become the other's.
    pub claims: Vec<Claim>,
    pub from: HolderId,
    pub to: HolderId,
}

impl HolderEvent {
    /// What it does to another file, when it happens to the file of this identity.
    pub fn elsewhere(&self, here: HolderId) -> Option<Elsewhere> {
        if let Self::MaterialsGiven { to, materials, .. } = self {
            let event = Self::MaterialsReceived { from: here, materials: materials.clone() };
            return Some(Elsewhere { file: *to, event, claims: Vec::new(), from: here, to: *to });
        }
        if let Self::Joined { other, belongings, .. } = self {
            let (event, claims) = (Self::JoinedInto { into: here }, belongings.claims());
            return Some(Elsewhere { file: *other, event, claims, from: *other, to: here });
        }
        let Self::Separated { other, belongings, freed, .. } = self else { return None };
        let event = Self::Restored { belongings: belongings.clone(), freed: freed.clone() };
        Some(Elsewhere { file: *other, event, claims: belongings.claims(), from: here, to: *other })
    }
}

impl HolderFile {
    /// The file that this one was joined into: it answers for both.
    pub fn joined_into(&self) -> Option<HolderId> {
        self.person.as_ref()?.joined_into
    }

    /// The last joining with another file.
    pub fn join_with(&self, other: HolderId) -> Option<&Join> {
        self.person.as_ref()?.joins.iter().rev().find(|j| j.other == other)
    }

    /// The files that are joined into this one now.
    pub fn joined_files(&self) -> impl Iterator<Item = HolderId> + '_ {
        let joined = |j: &&Join| matches!(j.state, JoinState::Joined { .. } | JoinState::UndoProposed { .. });
        self.person.iter().flat_map(|p| &p.joins).filter(joined).map(|j| j.other)
    }

    /// The applications that are the file's own, in their order: those that no joining that stands has brought.
    pub fn own_applications(&self) -> impl DoubleEndedIterator<Item = &Application> {
        clause!(R5.5);
        let joins = self.joined_files().filter_map(|other| self.join_with(other));
        let brought: Vec<ApplicationId> = joins.flat_map(|j| j.brought.applications.clone()).collect();
        self.applications.iter().filter(move |a| !brought.contains(&a.id))
    }

    /// Everything that the file has.
    pub fn belongings(&self) -> Belongings {
        let person = self.person.as_ref();
        Belongings {
            applications: self.applications.clone(),
            cards: self.cards.clone(),
            archive: person.map(|p| p.archive.clone()).unwrap_or_default(),
            death: person.map(|p| p.death.clone()).unwrap_or_default(),
            stated: self.stated_deaths(),
            numbers: person.map(|p| p.all_numbers().cloned().collect()).unwrap_or_default(),
            documents: person.map(Person::documents).unwrap_or_default(),
            alive_again: None,
        }
    }

    /// 死亡申报 that stands, with the numbers of which it was said. Of what was stated in earlier days there is the hold alone: it was said of
    /// the one number of the file, and of nobody knows which where files were joined since.
    pub fn stated_deaths(&self) -> Vec<StatedDeath> {
        clause!(R32.5);
        let Some(person) = &self.person else { return Vec::new() };
        if !self.is_suspected_by_nobody_known() {
            return person.stated.clone();
        }
        let number = (!person.has_joined_numbers()).then(|| person.details.ssn.clone());
        vec![StatedDeath { at: None, number, relation: String::new(), evidence: String::new() }]
    }

    /// Whether cards are held by what somebody stated in earlier days, of which nothing else was kept.
    pub fn is_suspected_by_nobody_known(&self) -> bool {
        let unsaid = self.person.as_ref().is_some_and(|p| p.death.is_empty() && p.stated.is_empty());
        unsaid && self.cards.iter().any(|c| !c.is_cancelled() && c.holds.contains(&Hold::SuspectedDeath))
    }

    /// What came by a joining, in its present state; a cleaned card that is to be used again is freed.
    pub fn to_go_back(&self, brought: &Brought, freed: &[CardId]) -> Belongings {
        let person = self.person.as_ref();
        let theirs = |case: &Case| match case {
            Case::Application(id) => brought.applications.contains(id),
            Case::Card(id) => brought.cards.contains(id),
        };
        let mut cards: Vec<Card> =
            self.cards.iter().filter(|c| brought.cards.contains(&c.id)).cloned().collect();
        for card in cards.iter_mut().filter(|c| freed.contains(&c.id)) {
            card.holds.remove(&Hold::OneCardCleanUp);
        }
        let archive = person.map(|p| p.archive.iter().filter(|m| theirs(&m.case)).cloned().collect());
        // Whoever was found alive since is alive in both files; what was said since goes with its number.
        let death = |p: &Person| {
            let nameless = |m: &&DeathMark| m.number.is_none();
            let still = |m: &&DeathMark| p.death.iter().filter(nameless).any(|now| now.source == m.source);
            let named = |m: &&DeathMark| m.number.as_ref().is_some_and(|n| brought.numbers.contains(n));
            let came = brought.death.iter().filter(nameless).filter(still);
            let mut all: Vec<DeathMark> = came.chain(p.death.iter().filter(named)).cloned().collect();
            all.sort_by_key(|m| m.at);
            all
        };
        let stated = |p: &Person| {
            let theirs = |s: &&StatedDeath| s.number.as_ref().is_some_and(|n| brought.numbers.contains(n));
            p.stated.iter().filter(theirs).cloned().collect()
        };
        let theirs_too = |p: &Person| {
            let came = |h: &HeldDocument| brought.documents.contains(&h.which);
            p.documents.iter().filter(|h| came(h)).cloned().collect()
        };
        Belongings {
            applications: self
                .applications
                .iter()
                .filter(|a| brought.applications.contains(&a.id))
                .cloned()
                .collect(),
            cards,
            archive: archive.unwrap_or_default(),
            death: person.map(death).unwrap_or_default(),
            stated: person.map(stated).unwrap_or_default(),
            numbers: brought.numbers.clone(),
            documents: person.map(theirs_too).unwrap_or_default(),
            alive_again: brought.alive_again.clone(),
        }
    }

    pub(super) fn set_join(&mut self, other: HolderId, state: JoinState) {
        let joins = self.person.as_mut().map(|p| &mut p.joins);
        if let Some(join) = joins.and_then(|all| all.iter_mut().rev().find(|j| j.other == other)) {
            join.state = state;
        }
    }

    /// A refused undoing leaves the files joined.
    pub(super) fn refuse_join(&mut self, other: HolderId, by: &str, reason: &str, at: Instant) {
        let undoing = self.join_with(other).map(|j| matches!(j.state, JoinState::UndoProposed { .. }));
        let by = by.to_owned();
        let state = match undoing {
            Some(true) => JoinState::Joined { by, at },
            Some(false) | None => JoinState::Refused { by, at, reason: reason.to_owned() },
        };
        self.set_join(other, state);
    }

    /// The other file's belongings come in.
    pub(super) fn take_in(
        &mut self,
        other: HolderId,
        belongings: &Belongings,
        cleaned: &[CardId],
        by: &str,
        at: Instant,
    ) {
        self.applications.extend(belongings.applications.iter().cloned());
        self.applications.sort_by_key(|a| a.id);
        self.cards.extend(belongings.cards.iter().cloned());
        self.cards.sort_by_key(|c| c.id);
        let Some(person) = &mut self.person else { return };
        person.one_card = None;
        person.archive.extend(belongings.archive.iter().cloned());
        let new =
            |m: &&DeathMark| person.death.iter().all(|d| (d.source, &d.number) != (m.source, &m.number));
        let unknown = |h: &&HeldDocument| !person.has_held(&h.which);
        let documents: Vec<HeldDocument> = belongings.documents.iter().filter(unknown).cloned().collect();
        let added: Vec<DeathMark> = belongings.death.iter().filter(new).cloned().collect();
        let brought = Brought {
            applications: belongings.applications.iter().map(|a| a.id).collect(),
            cards: belongings.cards.iter().map(|c| c.id).collect(),
            cleaned: cleaned.to_vec(),
            death: belongings.death.clone(),
            added: added.iter().filter(|m| m.number.is_none()).map(|m| m.source).collect(),
            numbers: belongings.numbers.clone(),
            documents: documents.iter().map(|h| h.which.clone()).collect(),
            alive_again: None,
        };
        if !documents.is_empty() {
            person.documents = person.documents().into_iter().chain(documents).collect();
        }
        for number in &belongings.numbers {
            let (number, until) = (number.clone(), at.date());
            person.numbers.push(PastNumber { number, until, why: NumberEnd::Joined });
        }
        person.death.extend(added);
        person.stated.extend(belongings.stated.iter().cloned());
        if let Some(join) = person.joins.iter_mut().rev().find(|j| j.other == other) {
            join.brought = brought;
            join.state = JoinState::Joined { by: by.to_owned(), at };
        }
        self.clean(cleaned);
        self.mark_the_dead();
    }

    /// What came from the other file leaves again.
    pub(super) fn give_back(
        &mut self,
        other: HolderId,
        gone: &Belongings,
        freed: &[CardId],
        state: JoinState,
    ) {
        let added = self.join_with(other).map(|j| j.brought.added.clone()).unwrap_or_default();
        self.applications.retain(|a| gone.applications.iter().all(|g| g.id != a.id));
        self.cards.retain(|c| gone.cards.iter().all(|g| g.id != c.id));
        self.free(freed);
        if let Some(person) = &mut self.person {
            person.one_card = None;
            person.archive.retain(|m| gone.archive.iter().all(|g| g.id != m.id));
            person.death.retain(|d| match &d.number {
                Some(number) => !gone.numbers.contains(number),
                None => !added.contains(&d.source),
            });
            let theirs = |s: &StatedDeath| s.number.as_ref().is_some_and(|n| gone.numbers.contains(n));
            person.stated.retain(|s| !theirs(s));
            let joined = |n: &PastNumber| n.why == NumberEnd::Joined && gone.numbers.contains(&n.number);
            person.numbers.retain(|n| !joined(n));
            let mut documents = std::mem::take(&mut person.documents);
            documents.retain(|h| gone.documents.iter().all(|g| g.which != h.which));
            // The only document is that of the details again.
            if documents != person.documents() {
                person.documents = documents;
            }
        }
        self.set_join(other, state);
        self.mark_the_dead();
    }

    /// Everything has gone into another file.
    pub(super) fn empty_into(&mut self, into: HolderId) {
        self.applications.clear();
        self.cards.clear();
        if let Some(person) = &mut self.person {
            person.joined_into = Some(into);
            person.one_card = None;
            person.archive.clear();
            person.death.clear();
            person.stated.clear();
        }
    }

    /// It comes back.
    pub(super) fn restore(&mut self, belongings: &Belongings) {
        self.applications = belongings.applications.clone();
        self.cards = belongings.cards.clone();
        if let Some(person) = &mut self.person {
            person.joined_into = None;
            person.archive = belongings.archive.clone();
            person.death = belongings.death.clone();
            person.stated = belongings.stated.clone();
            // Without one, what it had of its own before stays.
            if belongings.alive_again.is_some() {
                person.alive_again.clone_from(&belongings.alive_again);
            }
        }
        self.mark_the_dead();
    }

    fn clean(&mut self, cards: &[CardId]) {
        for card in self.cards.iter_mut().filter(|c| cards.contains(&c.id)) {
            card.holds.insert(Hold::OneCardCleanUp);
        }
    }

    fn free(&mut self, cards: &[CardId]) {
        for card in self.cards.iter_mut().filter(|c| cards.contains(&c.id)) {
            card.holds.remove(&Hold::OneCardCleanUp);
        }
    }

    /// The holds of a death follow what registers and relatives say of the person.
    pub(super) fn mark_the_dead(&mut self) {
        let registers = self.person.as_ref().map_or(0, |p| registers_of(&p.death));
        let stated = self.person.as_ref().is_some_and(|p| !p.stated.is_empty());
        for card in self.cards.iter_mut().filter(|c| !c.is_cancelled()) {
            match registers {
                0 | 1 => card.holds.remove(&Hold::DeathConfirmed),
                _ => card.holds.insert(Hold::DeathConfirmed),
            };
            match registers {
                0 if !stated => card.holds.remove(&Hold::SuspectedDeath),
                0 | 1 => card.holds.insert(Hold::SuspectedDeath),
                _ => false,
            };
        }
    }
}
