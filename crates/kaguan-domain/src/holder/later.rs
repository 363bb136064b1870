//! Events of a card's life after it was activated, applied.

use super::event::HolderEvent;
use super::file::HolderFile;
use crate::alive::DeathMark;
use crate::application::Stage;
use crate::card::{Account, Card, Custody, Hold, Social};
use crate::clock;
use crate::ctx::Instant;
use crate::ids::CardId;
use crate::replacement::bank_change::BankChangeState;
use crate::restriction::CaseState;

impl HolderFile {
    fn with_card(&mut self, id: CardId, change: impl FnOnce(&mut Card)) {
        if let Some(card) = self.cards.iter_mut().find(|c| c.id == id) {
            change(card);
        }
    }

    /// Applies one event; those of the first card are applied by the caller.
    pub(super) fn apply_later(&mut self, event: &HolderEvent, at: Instant) {
        use HolderEvent as E;
        match event {
            E::IntentMade { card, intent } => self.with_card(*card, |c| c.intents.push(intent.clone())),
            E::IntentAnswered { card, seq, state } => self.with_card(*card, |c| {
                if let Some(i) = c.intents.iter_mut().find(|i| i.seq == *seq) {
                    i.state = state.clone();
                }
            }),
            E::LossReported { card, formal } => self.with_card(*card, |c| {
                c.holds.remove(&Hold::TemporaryLoss);
                c.holds.insert(if *formal { Hold::FormalLoss } else { Hold::TemporaryLoss });
            }),
            E::LossReleased { card } => self.with_card(*card, |c| {
                c.holds.remove(&Hold::TemporaryLoss);
                c.holds.remove(&Hold::FormalLoss);
            }),
            E::RestrictionProposed { card, restriction } => {
                self.with_card(*card, |c| c.restrictions.push(restriction.clone()));
            }
            E::RestrictionDecided { card, case, state } => self.with_card(*card, |c| {
                if let Some(r) = c.restrictions.iter_mut().find(|r| r.case == *case) {
                    r.state = state.clone();
                }
                let hold = Hold::Restriction { case: *case };
                if *state == CaseState::InForce {
                    c.holds.insert(hold);
                } else {
                    c.holds.remove(&hold);
                }
            }),
            E::DeathMarked { source } => {
                let Some(p) = &mut self.person else { return };
                p.death.push(DeathMark { source: *source, at });
                let hold = if p.death.len() >= 2 { Hold::DeathConfirmed } else { Hold::SuspectedDeath };
                for card in self.cards.iter_mut().filter(|c| !c.is_cancelled()) {
                    card.holds.insert(hold);
                }
            }
            E::LifeRestored {} => {
                if let Some(p) = &mut self.person {
                    p.death.clear();
                }
                for card in &mut self.cards {
                    card.holds.remove(&Hold::SuspectedDeath);
                    card.holds.remove(&Hold::DeathConfirmed);
                }
            }
            E::CardReplaced { old, by } => {
                self.with_card(*old, |c| {
                    c.social = Social::Cancelled { at };
                    c.replaced_by = Some(*by);
                });
                if let Some(p) = &mut self.person
                    && p.bank_change.as_ref().is_some_and(|b| b.old == *old)
                {
                    p.bank_change = None;
                }
            }
            E::Withdrawn { application } => {
                if let Some(a) = self.applications.iter_mut().find(|a| a.id == *application) {
                    a.stage = Stage::Withdrawn { at };
                }
            }
            E::BankChangeReserved { change } => {
                if let Some(p) = &mut self.person {
                    p.bank_change = Some(change.clone());
                }
            }
            E::BankChangeApproved {} => self.set_change(BankChangeState::Approved { at }),
            E::BankChangeCarriedOut {} => {
                self.set_change(BankChangeState::CarriedOut { at });
                if let Some(old) = self.bank_change().map(|b| b.old) {
                    self.with_card(old, |c| {
                        c.holds.insert(Hold::BankChange);
                    });
                }
            }
            E::BankChangeEnded { .. } => {
                if let Some(old) = self.bank_change().map(|b| b.old) {
                    self.with_card(old, |c| {
                        c.holds.remove(&Hold::BankChange);
                    });
                }
                if let Some(p) = &mut self.person {
                    p.bank_change = None;
                }
            }
            E::TakenBack { card, at: org, reason, .. } => self.with_card(*card, |c| {
                // The ten working days of Article 32 end here.
                for clock in c.notices.iter_mut().filter_map(|n| n.clock.as_mut()) {
                    clock.stop(at.date());
                }
                c.custody = Custody::Recalled { org: *org, since: at, reason: *reason };
            }),
            E::OfferedAgain { card, at: org } => self.with_card(*card, |c| {
                c.custody = Custody::AtOutlet { org: *org };
                c.offered_again = Some(at);
            }),
            E::Destroyed { card, .. } => self.with_card(*card, |c| c.custody = Custody::Destroyed { at }),
            E::CardCancelled { card, .. } => {
                self.with_card(*card, |c| c.social = Social::Cancelled { at });
            }
            E::AccountClosed { card } => self.with_card(*card, |c| c.account = Account::Closed { at }),
            E::PinRecorded { card, pin, .. } => self.with_card(*card, |c| c.pin = *pin),
            E::Notified { card, notice, .. } => self.with_card(*card, |c| c.notices.push(notice.clone())),
            E::LookPutOff { card, until } => self.with_card(*card, |c| c.look_again = Some(*until)),
            // What was looked at is unchanged; the journal's line is the record.
            E::LookedAt { .. } => {}
            E::ClockWarned { application, card, said } => {
                let said = [*said];
                if let Some(a) = self.applications.iter_mut().find(|a| Some(a.id) == *application) {
                    clock::note(a.clock.as_mut(), &said);
                }
                if let Some(c) = self.cards.iter_mut().find(|c| Some(c.id) == *card) {
                    clock::note(c.notices.iter_mut().filter_map(|n| n.clock.as_mut()), &said);
                }
            }
            E::ClockStopped { application, on } => {
                let found = self.applications.iter_mut().find(|a| a.id == *application);
                if let Some(clock) = found.and_then(|a| a.clock.as_mut()) {
                    clock.stop(*on);
                }
            }
            E::MaterialFiled { material } => {
                if let Some(p) = &mut self.person {
                    p.archive.push(material.clone());
                }
            }
            E::MaterialDestroyed { material } => {
                if let Some(p) = &mut self.person {
                    p.archive.retain(|m| m.id != *material);
                }
            }
            // Those of the first card, which `apply` has applied; named, so that a new event is not forgotten.
            E::Applied { .. }
            | E::Accepted { .. }
            | E::ChecksRecorded { .. }
            | E::Declined { .. }
            | E::DetailsCorrected { .. }
            | E::OneCardConfirmed { .. }
            | E::OneCardCleaned { .. }
            | E::FeePaid { .. }
            | E::Screened { .. }
            | E::AccountOpened { .. }
            | E::OpeningFailed { .. }
            | E::ProductionFailed { .. }
            | E::FailureSettled { .. }
            | E::Expedited { .. }
            | E::CardMade { .. }
            | E::CardMissing { .. }
            | E::CardFound { .. }
            | E::HandedOver { .. }
            | E::Posted { .. }
            | E::Enabled { .. }
            | E::CardKeysTaken { .. }
            | E::InstantBegun { .. }
            | E::InstantFailed { .. }
            | E::Activated { .. } => {}
        }
    }

    fn set_change(&mut self, state: BankChangeState) {
        if let Some(b) = self.person.as_mut().and_then(|p| p.bank_change.as_mut()) {
            b.state = state;
        }
    }
}
