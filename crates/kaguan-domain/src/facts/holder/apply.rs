//! What each event does to a holder's file.

use super::{HolderEvent, HolderFile};
use crate::ctx::Instant;
use crate::facts::application::{Application, Stage, TakenOut};
use crate::facts::archive::Destroyed;
use crate::facts::bank_change::{BankChange, BankChangeState, EndedChange};
use crate::facts::card::{Account, Card, DataBack, Hold, SignedECard, Social};
use crate::facts::clock::note;
use crate::facts::custody::{Custody, Party};
use crate::facts::face::FaceSeen;
use crate::facts::identity::{Answered, HeldDocument, PastNumber};
use crate::facts::join::JoinState;
use crate::facts::making::Stepped;
use crate::facts::notice::Notice;
use crate::facts::person::{DeathMark, LifeProof, Person, StatedDeath, registers_of};
use crate::facts::restriction::CaseState;
use crate::ids::{ApplicationId, CardId};

impl HolderFile {
    /// Applies one event. This is the only way a file changes, in the executor and in replay alike.
    pub fn apply(&mut self, event: &HolderEvent, at: Instant) {
        use HolderEvent as E;
        match event {
            E::Applied { application, details, photo } => {
                match &mut self.person {
                    Some(p) => {
                        p.details = (**details).clone();
                        p.photo = photo.clone().or(p.photo.take());
                        p.one_card = None;
                    }
                    None => self.person = Some(Person::new((**details).clone(), photo.clone())),
                }
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
            E::Declined { application, ground, by } => {
                self.put_back(*application);
                self.set_stage(*application, Stage::Declined { at, ground: ground.clone(), by: *by });
            }
            E::ConfirmedByHand { application, check } => {
                if let Some(a) = self.application_mut(*application) {
                    a.by_hand = Some(check.clone());
                    a.stage = Stage::Accepted { at };
                }
            }
            E::DetailsCorrected { details } => {
                if let Some(p) = &mut self.person {
                    for before in self.applications.iter_mut().filter_map(|a| a.before.as_mut()) {
                        before.corrected(&p.details, details);
                    }
                    p.details = (**details).clone();
                }
            }
            E::CollectAtCorrected { application, collect_at } => {
                if let Some(a) = self.application_mut(*application) {
                    a.collect_at = *collect_at;
                }
            }
            E::DocumentHeld { which, valid_until, how } => {
                if let Some(p) = &mut self.person {
                    let (which, since) = (which.clone(), Some(at.date()));
                    let held =
                        HeldDocument { which, valid_until: *valid_until, since, how: *how, ended: None };
                    for before in self.applications.iter_mut().filter_map(|a| a.before.as_mut()) {
                        before.held(&held, &p.details);
                    }
                    p.hold(held);
                }
            }
            E::NumberChanged { number, why } => {
                if let Some(p) = &mut self.person {
                    let number = std::mem::replace(&mut p.details.ssn, number.clone());
                    p.numbers.push(PastNumber { number, until: at.date(), why: *why });
                }
            }
            E::IdentityAnswered { application, answer } => {
                if let Some(p) = &mut self.person {
                    p.answers.push(Answered { application: *application, at, answer: answer.clone() });
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
                if let Some(a) = self.application_mut(*application) {
                    a.taken_out = None;
                }
            }
            E::TakenOutOfBatch { application, batch, reason } => {
                self.set_stage(*application, Stage::Accepted { at });
                if let Some(a) = self.application_mut(*application) {
                    a.taken_out = Some(TakenOut { batch: *batch, at, reason: reason.clone() });
                }
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
            E::ProductionFailed { application, batch, failure, unused: _ } => {
                let failure = failure.clone();
                let stage = Stage::ProductionFailed { batch: *batch, failure, at, counter: None };
                self.set_stage(*application, stage);
            }
            E::FailureSettled { application } => self.set_stage(*application, Stage::Accepted { at }),
            E::Expedited { application, ground } => {
                if let Some(a) = self.application_mut(*application) {
                    a.urgent = true;
                    a.urgent_ground = ground.as_deref().cloned();
                }
            }
            E::InstantMarked { application, outlet } => {
                if let Some(a) = self.application_mut(*application) {
                    a.instant_at = *outlet;
                }
            }
            // Recorded, and nothing more.
            E::CardKeysTaken { .. } | E::ChangeProved { .. } => {}
            E::CardMade { application, card } => {
                self.cards.push((**card).clone());
                if let Some(a) = self.application_mut(*application) {
                    a.before = None;
                }
                self.set_stage(*application, Stage::Made { card: card.id, at });
            }
            E::InstantBegun { application, blank, outlet, card_no, made } => {
                let stage = Stage::Personalising {
                    blank: *blank,
                    outlet: *outlet,
                    card_no: card_no.clone(),
                    made: made.clone(),
                    at,
                    steps: Vec::new(),
                    printed_name: None,
                };
                self.set_stage(*application, stage);
            }
            E::PrintedNameStated { application, name } => {
                if let Some(Stage::Personalising { printed_name, .. }) = self.stage_mut(*application) {
                    *printed_name = Some(name.clone());
                }
            }
            E::InstantStepped { application, step, desk, state } => {
                let stepped = Stepped { step: *step, desk: *desk, at, state: *state };
                if let Some(Stage::Personalising { steps, .. }) = self.stage_mut(*application) {
                    steps.push(stepped);
                }
            }
            E::FaceChecked { desk, check } => {
                if let Some(person) = &mut self.person {
                    person.face = Some(FaceSeen { desk: *desk, at, result: check.result });
                }
            }
            E::InstantReturned { application, .. } => self.set_stage(*application, Stage::Accepted { at }),
            E::InstantFailed { application, blank, outlet, failure } => {
                let batch = blank.order.stands_for_batch();
                let (failure, counter) = (failure.clone(), Some(*outlet));
                let stage = Stage::ProductionFailed { batch, failure, at, counter };
                self.set_stage(*application, stage);
            }
            E::CardMissing { card, from, said } => {
                let custody = Custody::Missing { since: at, from: from.clone(), said: said.clone() };
                self.set_custody(*card, custody);
            }
            E::CardFound { card, at_org, waits_from } => self.with_card(*card, |c| {
                c.custody = Custody::AtOutlet { org: *at_org };
                c.came_back = waits_from.or(c.came_back);
            }),
            E::TakenOver { card, at: org, .. } | E::PostReturned { card, at: org, .. } => {
                self.with_card(*card, |c| {
                    c.custody = Custody::AtOutlet { org: *org };
                    c.came_back = Some(at);
                });
            }
            E::MadeAgain { card, application } => self.with_card(*card, |c| {
                c.social = Social::Cancelled { at };
                c.made_again = Some(*application);
            }),
            E::HandedOver { card, signature, .. } => self.with_card(*card, |c| {
                c.custody = Custody::WithHolder { since: at };
                c.signature = signature.as_deref().cloned();
            }),
            E::PostAgreed { application, wish } => {
                if let Some(a) = self.application_mut(*application) {
                    a.post_agreed = Some(at);
                    if let Some(wish) = wish {
                        a.delivery = Some(wish.to.clone());
                    }
                }
            }
            E::Posted { card, from, tracking, code_digest, carrier, .. } => self.set_custody(
                *card,
                Custody::InPost {
                    since: at,
                    from: *from,
                    tracking: tracking.clone(),
                    code_digest: code_digest.clone(),
                    carrier: carrier.clone(),
                    news: Vec::new(),
                },
            ),
            E::PostTracked { card, news: said } => self.with_card(*card, |c| {
                if let Custody::InPost { news, .. } = &mut c.custody {
                    news.push(said.clone());
                }
            }),
            E::Enabled { card, .. } => {
                if let Some(c) = self.card_mut(*card) {
                    c.social = Social::Enabled { at };
                }
            }
            E::VisitRecorded { card, visit } => self.with_card(*card, |c| c.visit = Some((**visit).clone())),
            E::Activated { card, manner, .. } => {
                if let Some(c) = self.card_mut(*card) {
                    c.visit = None;
                    c.account = Account::Active { at, manner: manner.clone() };
                }
            }
            E::IntentMade { card, intent } => self.with_card(*card, |c| c.intents.push(intent.clone())),
            E::IntentAnswered { card, seq, state, due } => self.with_card(*card, |c| {
                if let Some(i) = c.intents.iter_mut().find(|i| i.seq == *seq) {
                    i.state = state.clone();
                    i.due = due.unwrap_or(i.due);
                }
            }),
            E::LossReported { card, formal, .. } => self.with_card(*card, |c| {
                c.holds.remove(&Hold::TemporaryLoss);
                c.holds.insert(if *formal { Hold::FormalLoss } else { Hold::TemporaryLoss });
            }),
            E::LossReleased { card, .. } => self.with_card(*card, |c| {
                c.holds.remove(&Hold::TemporaryLoss);
                c.holds.remove(&Hold::FormalLoss);
            }),
            E::RestrictionProposed { card, restriction } => {
                self.with_card(*card, |c| c.restrictions.push(restriction.clone()));
            }
            E::RestrictionDecided { card, case, state, ruling } => self.with_card(*card, |c| {
                if let Some(r) = c.restrictions.iter_mut().find(|r| r.case == *case) {
                    r.state = state.clone();
                    r.ruling.clone_from(ruling);
                }
                let hold = Hold::Restriction { case: *case };
                if *state == CaseState::InForce {
                    c.holds.insert(hold);
                } else {
                    c.holds.remove(&hold);
                }
            }),
            E::DeathStated { relation, evidence, number } => {
                if let (Some(p), Some(_)) = (&mut self.person, number) {
                    let (number, relation, evidence) = (number.clone(), relation.clone(), evidence.clone());
                    p.stated.push(StatedDeath { at: Some(at), number, relation, evidence });
                }
                for card in self.cards.iter_mut().filter(|c| !c.is_cancelled()) {
                    card.holds.insert(Hold::SuspectedDeath);
                }
            }
            E::DeathMarked { source, number, .. } => {
                let Some(p) = &mut self.person else { return };
                p.death.push(DeathMark { source: *source, at, number: number.clone() });
                let confirmed = registers_of(&p.death) >= 2;
                let hold = if confirmed { Hold::DeathConfirmed } else { Hold::SuspectedDeath };
                for card in self.cards.iter_mut().filter(|c| !c.is_cancelled()) {
                    card.holds.insert(hold);
                }
            }
            E::LifeRestored { evidence, number: Some(number) } => {
                let proof = |evidence: &String| LifeProof { at, evidence: evidence.clone() };
                self.restore_life_of(number, evidence.as_ref().map(proof));
            }
            E::LifeRestored { evidence, number: None } => {
                if let Some(p) = &mut self.person {
                    p.death.clear();
                    p.stated.clear();
                    let proof = |evidence: &String| LifeProof { at, evidence: evidence.clone() };
                    p.alive_again = evidence.as_ref().map(proof);
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
                self.put_back(*application);
                self.set_stage(*application, Stage::Withdrawn { at });
            }
            E::BankChangeReserved { change } => {
                if let Some(p) = &mut self.person {
                    p.bank_change = Some(change.clone());
                    p.ended_change = None;
                }
            }
            E::BankChangeApproved {} => self.set_change(BankChangeState::Approved { at }),
            E::BankChangeCarriedOut { .. } => {
                self.set_change(BankChangeState::CarriedOut { at });
                if let Some(old) = self.bank_change().map(|b| b.old) {
                    self.with_card(old, |c| {
                        c.holds.insert(Hold::BankChange);
                    });
                }
            }
            E::BankChangeEnded { how, .. } => {
                if let Some(old) = self.bank_change().map(|b| b.old) {
                    self.with_card(old, |c| {
                        c.holds.remove(&Hold::BankChange);
                    });
                }
                if let Some(p) = &mut self.person {
                    let change = p.bank_change.take().filter(|change| change.end_is_kept);
                    p.ended_change = change.map(|BankChange { to, reserved_at, taken_at, .. }| EndedChange {
                        to,
                        reserved_at,
                        ended_at: at,
                        how: how.clone(),
                        taken_at,
                    });
                }
            }
            E::TakenBack { card, from, at: org, reason, data_to } => self.with_card(*card, |c| {
                // The ten working days of Article 32 end here.
                for clock in c.notices.iter_mut().filter_map(Notice::period_mut) {
                    clock.stop(at.date());
                }
                c.custody = Custody::Recalled { org: *org, since: at, reason: *reason };
                if let Some(to) = data_to {
                    c.recalled_at.get_or_insert(at);
                    // A card that an employer had is accounted for by the outlet that fetched it.
                    let from = if let Party::Org(from) = from { *from } else { *org };
                    c.data_back = Some(DataBack { from, to: *to, sent: at, received: None });
                }
            }),
            E::DataReceived { card, .. } => self.with_card(*card, |c| {
                if let Some(back) = &mut c.data_back {
                    back.received = Some(at);
                }
            }),
            E::PlasticStored { card, at: org, .. } => self.with_card(*card, |c| {
                if let Custody::Recalled { org: kept, .. } = &mut c.custody {
                    *kept = *org;
                }
            }),
            E::BalanceStated { card, stated } => self.with_card(*card, |c| c.balance = Some(*stated)),
            E::OfferedAgain { card, at: org, after, .. } => self.with_card(*card, |c| {
                c.custody = Custody::AtOutlet { org: *org };
                c.offered_again = Some(at);
                c.offered_after = *after;
                c.data_back = None;
            }),
            E::Destroyed { card, .. } => self.with_card(*card, |c| c.custody = Custody::Destroyed { at }),
            E::CardCancelled { card, .. } => {
                self.with_card(*card, |c| c.social = Social::Cancelled { at });
            }
            E::ECardSigned { card, number } => self.with_card(*card, |c| {
                c.signed_e_card = Some(SignedECard { number: number.clone(), at });
            }),
            E::AccountClosed { card } => self.with_card(*card, |c| c.account = Account::Closed { at }),
            E::PinRecorded { card, pin, locked_at, .. } => {
                self.with_card(*card, |c| (c.pin, c.pin_locked_at) = (*pin, *locked_at));
            }
            E::Notified { card, notice, .. } => self.with_card(*card, |c| c.notices.push(notice.clone())),
            E::NoticeOver { card, kind } => self.with_card(*card, |c| {
                for notice in c.notices.iter_mut().filter(|n| n.kind == *kind) {
                    notice.over.get_or_insert(at);
                }
            }),
            E::LookPutOff { card, until } => self.with_card(*card, |c| c.look_again = Some(*until)),
            // What was looked at is unchanged; the journal's line is the record.
            E::LookedAt { .. } => {}
            E::ClockWarned { application, card, said } => {
                let said = [*said];
                if let Some(a) = self.applications.iter_mut().find(|a| Some(a.id) == *application) {
                    note(a.clock.as_mut(), &said);
                }
                if let Some(c) = self.cards.iter_mut().find(|c| Some(c.id) == *card) {
                    note(c.notices.iter_mut().filter_map(Notice::period_mut), &said);
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
            E::MaterialDestroyed { material, how } => {
                let Some(p) = &mut self.person else { return };
                let gone = p.archive.iter().position(|m| m.id == *material).map(|n| p.archive.remove(n));
                if let (Some(material), Some(how)) = (gone, how) {
                    p.destroyed.push(Destroyed { material, at, how: how.clone() });
                }
            }
            E::MaterialCorrected { material, to, reason, by } => {
                let mut archive = self.person.iter_mut().flat_map(|p| &mut p.archive);
                if let Some(m) = archive.find(|m| m.id == *material) {
                    m.correct(*to, *by, reason, at);
                }
            }
            E::MaterialsGiven { materials, .. } => {
                if let Some(p) = &mut self.person {
                    p.archive.retain(|m| materials.iter().all(|gone| gone.id != m.id));
                }
            }
            E::MaterialsReceived { materials, .. } => {
                if let Some(p) = &mut self.person {
                    p.archive.extend(materials.iter().cloned());
                }
            }
            E::JoinProposed { join } => {
                if let Some(p) = &mut self.person {
                    p.joins.push((**join).clone());
                }
            }
            E::JoinRefused { other, by, reason } => self.refuse_join(*other, by, reason, at),
            E::Joined { other, belongings, cleaned, stated, by } => {
                if let Some(p) = &mut self.person {
                    p.stated.clone_from(stated);
                }
                self.take_in(*other, belongings, cleaned, by, at);
            }
            E::SeparationProposed { other, by, reason } => {
                let state = JoinState::UndoProposed { by: by.clone(), at, reason: reason.clone() };
                self.set_join(*other, state);
            }
            E::Separated { other, belongings, freed, by } => {
                self.give_back(*other, belongings, freed, JoinState::Undone { by: by.clone(), at });
            }
            E::JoinedInto { into } => self.empty_into(*into),
            E::Restored { belongings, .. } => self.restore(belongings),
        }
    }

    fn application_mut(&mut self, id: ApplicationId) -> Option<&mut Application> {
        self.applications.iter_mut().find(|a| a.id == id)
    }

    /// Nothing comes of an application: the file says of the person what it said before.
    fn put_back(&mut self, id: ApplicationId) {
        let before = self.application_mut(id).and_then(|a| a.before.take());
        if let Some((before, person)) = before.zip(self.person.as_mut()) {
            before.put_back(person);
        }
    }

    fn card_mut(&mut self, id: CardId) -> Option<&mut Card> {
        self.cards.iter_mut().find(|c| c.id == id)
    }

    fn set_stage(&mut self, id: ApplicationId, stage: Stage) {
        if let Some(a) = self.application_mut(id) {
            a.stage = stage;
        }
    }

    fn stage_mut(&mut self, id: ApplicationId) -> Option<&mut Stage> {
        self.application_mut(id).map(|a| &mut a.stage)
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
