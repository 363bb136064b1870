//! 恢复生存状态 of one of the numbers of files that were joined (Articles 5 and 33): what was said of whoever has it is over, in this file and in
//! what goes back when the files are taken apart; what was said of another's number stays.

use super::HolderFile;
use crate::clause;
use crate::facts::card::{Card, Hold};
use crate::facts::death::{DeathMark, LifeProof, StatedDeath};
use crate::facts::identity::NumberEnd;
use crate::facts::join::Join;
use crate::facts::social_security_number::SocialSecurityNumber;
use crate::ids::HolderId;

impl HolderFile {
    /// What nobody knows of which number it was said is over with the first that is restored: it could not be of any alone.
    pub(super) fn restore_life_of(&mut self, number: &SocialSecurityNumber, proof: Option<LifeProof>) {
        clause!(R5.5);
        clause!(R33.1);
        let Some(person) = &self.person else { return };
        let joined = |n: &SocialSecurityNumber| {
            person.numbers.iter().any(|past| past.why == NumberEnd::Joined && past.number == *n)
        };
        let own = !joined(number);
        // Of the own numbers, earlier ones too, it is said of the one person.
        let whose = |n: &SocialSecurityNumber| if own { !joined(n) } else { n == number };
        let joins: Vec<&Join> = self.joined_files().filter_map(|other| self.join_with(other)).collect();
        let of = joins.iter().find(|j| !own && j.brought.numbers.contains(number));
        // Marks of before December 2026 name no number: whose one is follows from what its file brought.
        let nameless = |m: &DeathMark| {
            let same = |b: &DeathMark| b.number.is_none() && b.source == m.source;
            let brings = |j: &&Join| j.brought.death.iter().any(same);
            match of {
                _ if own => !joins.iter().any(&brings),
                Some(join) if brings(join) => join.brought.added.contains(&m.source),
                Some(join) => m.at > join.proposed_at && !joins.iter().any(&brings),
                None => false,
            }
        };
        let death: Vec<DeathMark> = person
            .death
            .iter()
            .filter(|m| !m.number.as_ref().map_or_else(|| nameless(m), &whose))
            .cloned()
            .collect();
        let stated: Vec<StatedDeath> =
            person.stated.iter().filter(|s| !s.number.as_ref().is_none_or(&whose)).cloned().collect();
        let other: Option<HolderId> = of.map(|j| j.other);
        let theirs = of.map(|j| j.brought.cards.clone()).unwrap_or_default();
        let brought = |c: &Card| joins.iter().any(|j| j.brought.cards.contains(&c.id));
        let gone: Vec<_> = self
            .cards
            .iter()
            .filter(|c| c.is_cancelled())
            .filter(|c| if own { !brought(c) } else { theirs.contains(&c.id) })
            .map(|c| c.id)
            .collect();
        if let Some(person) = &mut self.person {
            person.death = death;
            person.stated = stated;
            let join = person.joins.iter_mut().rev().find(|j| Some(j.other) == other);
            match join {
                Some(join) => {
                    join.brought.death.retain(|m| m.number.as_ref().is_some_and(|n| n != number));
                    if proof.is_some() {
                        join.brought.alive_again = proof;
                    }
                }
                None if proof.is_some() => person.alive_again = proof,
                None => {}
            }
        }
        let over = self.person.as_ref().is_some_and(|p| p.death.is_empty() && p.stated.is_empty());
        for card in self.cards.iter_mut().filter(|c| over || gone.contains(&c.id)) {
            card.holds.remove(&Hold::SuspectedDeath);
            card.holds.remove(&Hold::DeathConfirmed);
        }
        self.mark_the_dead();
    }
}
