//! What each event does to a holder's file.

use super::{HolderEvent, HolderFile};
use crate::ctx::Instant;
use crate::facts::application::{Application, Stage};
use crate::facts::bank_change::BankChangeState;
use crate::facts::card::{Account, Card, Hold, Social};
use crate::facts::clock::note;
use crate::facts::custody::Custody;
use crate::facts::person::{DeathMark, Person};
use crate::facts::restriction::CaseState;
use crate::ids::{ApplicationId, CardId};

impl HolderFile {
    /// Applies one event. This is the only way a file changes, in the executor and in replay alike.
    pub fn apply(&mut self, event: &HolderEvent, at: Instant) {
        use HolderEvent as E;
        match event {
            E::Applied { application, details, photo } => {
                let kept = self.person.take();
                let (earlier, death, bank_change, archive) = kept
                    .map_or((None, Vec::new(), None, Vec::new()), |p| {
                        (p.photo, p.death, p.bank_change, p.archive)
                    });
                self.person = Some(Person {
                    details: (**details).clone(),
                    photo: photo.clone().or(earlier),
                    one_card: None,
                    death,
                    bank_change,
                    archive,
                });
                self.applications.push((**application).clone());
            }
            E::Accepted { application, checks } => {
                if let Some(a) = self.application_mut(*application) {
                    a.checks.extend(checks.iter().cloned());
                    a.stage = Stage::Accepted { at };
                }
            }
            E::ChecksRecorded { application, checks } => {
                if let Some(a) = self.application_mut(*application) {
                    a.checks.extend(checks.iter().cloned());
                }
            }
            E::Declined { application, ground } => {
                self.set_stage(*application, Stage::Declined { at, ground: ground.clone() });
            }
            E::DetailsCorrected { details } => {
                if let Some(p) = &mut self.person {
                    p.details = (**details).clone();
                }
            }
            E::OneCardConfirmed { confirmation } => {
                if let Some(p) = &mut self.person {
                    p.one_card = Some(confirmation.clone());
                }
            }
            E::OneCardCleaned { cards } => {
                for id in cards {
                    if let Some(c) = self.card_mut(*id) {
                        c.holds.insert(Hold::OneCardCleanUp);
                    }
                }
                if let Some(p) = &mut self.person {
                    p.one_card = None;
                }
            }
            E::FeePaid { application, receipt, details } => {
                if let Some(a) = self.application_mut(*application) {
                    a.fee.pay(at, receipt.clone(), details.clone());
                }
            }
            E::Screened { application, batch, card_no } => {
                let stage = Stage::InBatch { batch: *batch, card_no: card_no.clone() };
                self.set_stage(*application, stage);
            }
            E::AccountOpened { application, batch, card_no, account } => {
                let stage = Stage::AccountOpened {
                    batch: *batch,
                    card_no: card_no.clone(),
                    account: account.clone(),
                    at,
                };
                self.set_stage(*application, stage);
            }
            E::OpeningFailed { application, batch, failure } => {
                let stage = Stage::OpeningFailed { batch: *batch, failure: failure.clone(), at };
                self.set_stage(*application, stage);
            }
            E::ProductionFailed { application, batch, failure } => {
                let stage = Stage::ProductionFailed { batch: *batch, failure: failure.clone(), at };
                self.set_stage(*application, stage);
            }
            E::FailureSettled { application } => self.set_stage(*application, Stage::Accepted { at }),
            E::Expedited { application } => {
                if let Some(a) = self.application_mut(*application) {
                    a.urgent = true;
                }
            }
            // Recorded, and nothing more.
            E::CardKeysTaken { .. } => {}
            E::CardMade { application, card } => {
                self.cards.push((**card).clone());
                self.set_stage(*application, Stage::Made { card: card.id, at });
            }
            E::InstantBegun { application, blank, outlet, card_no, made } => {
                let stage = Stage::Personalising {
                    blank: *blank,
                    outlet: *outlet,
                    card_no: card_no.clone(),
                    made: made.clone(),
                    at,
                };
                self.set_stage(*application, stage);
            }
            E::InstantFailed { application, blank, failure, .. } => {
                let batch = blank.order.stands_for_batch();
                let stage = Stage::ProductionFailed { batch, failure: failure.clone(), at };
                self.set_stage(*application, stage);
            }
            E::CardMissing { card, from } => {
                self.set_custody(*card, Custody::Missing { since: at, from: from.clone() });
            }
            E::CardFound { card, at_org } => self.set_custody(*card, Custody::AtOutlet { org: *at_org }),
            E::HandedOver { card, .. } => self.set_custody(*card, Custody::WithHolder { since: at }),
            E::Posted { card, from, tracking, code_digest } => self.set_custody(
                *card,
                Custody::InPost {
                    since: at,
                    from: *from,
                    tracking: tracking.clone(),
                    code_digest: code_digest.clone(),
                },
            ),
            E::Enabled { card, .. } => {
                if let Some(c) = self.card_mut(*card) {
                    c.social = Social::Enabled { at };
                }
            }
            E::Activated { card, manner } => {
                if let Some(c) = self.card_mut(*card) {
                    c.account = Account::Active { at, manner: manner.clone() };
                }
            }
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
            E::Withdrawn { application } => self.set_stage(*application, Stage::Withdrawn { at }),
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
                    note(a.clock.as_mut(), &said);
                }
                if let Some(c) = self.cards.iter_mut().find(|c| Some(c.id) == *card) {
                    note(c.notices.iter_mut().filter_map(|n| n.clock.as_mut()), &said);
                }
            }
            E::ClockRecounted { application, card, kind, started_on, due } => {
                let of_application = self.applications.iter_mut().filter(|a| Some(a.id) == *application);
                let of_card = self.cards.iter_mut().filter(|c| Some(c.id) == *card);
                let noticed = of_card.flat_map(|c| &mut c.notices).filter_map(|n| n.clock.as_mut());
                let all = of_application.filter_map(|a| a.clock.as_mut()).chain(noticed);
                for clock in all.filter(|c| c.kind == *kind && c.started_on == *started_on) {
                    clock.recount(*due);
                }
            }
            E::ClockStopped { application, on } => {
                if let Some(clock) = self.application_mut(*application).and_then(|a| a.clock.as_mut()) {
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
        }
    }

    fn application_mut(&mut self, id: ApplicationId) -> Option<&mut Application> {
        self.applications.iter_mut().find(|a| a.id == id)
    }

    fn card_mut(&mut self, id: CardId) -> Option<&mut Card> {
        self.cards.iter_mut().find(|c| c.id == id)
    }

    fn set_stage(&mut self, id: ApplicationId, stage: Stage) {
        if let Some(a) = self.application_mut(id) {
            a.stage = stage;
        }
    }

    fn set_custody(&mut self, id: CardId, custody: Custody) {
        if let Some(c) = self.card_mut(id) {
            c.custody = custody;
        }
    }

    fn with_card(&mut self, id: CardId, change: impl FnOnce(&mut Card)) {
        if let Some(card) = self.cards.iter_mut().find(|c| c.id == id) {
            change(card);
        }
    }

    fn set_change(&mut self, state: BankChangeState) {
        if let Some(b) = self.person.as_mut().and_then(|p| p.bank_change.as_mut()) {
            b.state = state;
        }
    }
}
