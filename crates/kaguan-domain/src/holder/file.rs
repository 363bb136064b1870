//! The holder's file: the unit of consistency. One person, the applications and the cards, guarded by one version.

use super::event::HolderEvent;
use crate::alive::DeathMark;
use crate::application::form::ApplicationForm;
use crate::application::{Application, Stage};
use crate::batch::BatchFile;
use crate::card::{Account, Card, Custody, Hold, Social};
use crate::ctx::Instant;
use crate::ids::{ApplicationId, BatchId, CardId, HolderId};
use crate::instant::Stock;
use crate::institution::Institutions;
use crate::one_card::Confirmation;
use crate::records::Material;
use crate::replacement::bank_change::BankChange;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A stored photo: the SM3 digest of its bytes, in lower-case hexadecimal.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhotoRef(pub String);

/// The person, as last stated and confirmed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Person {
    /// Details of the last accepted form.
    pub details: ApplicationForm,
    /// The photo; none under 7 (R5.4).
    pub photo: Option<PhotoRef>,
    /// The last one-card confirmation slip that was signed and not yet carried out.
    pub one_card: Option<Confirmation>,
    /// What registers say about a death, each at most once.
    #[serde(default)]
    pub death: Vec<DeathMark>,
    /// The change of the bank under way.
    #[serde(default)]
    pub bank_change: Option<BankChange>,
    /// The material of every case (R40.1).
    #[serde(default)]
    pub archive: Vec<Material>,
}

/// Everything about one person.
#[derive(Clone, PartialEq, Debug)]
pub struct HolderFile {
    /// Identity; the shard key.
    pub id: HolderId,
    /// How many times it was changed; 0 for a file that is not stored yet.
    pub version: i64,
    /// The person; `None` for a file that is not stored yet.
    pub person: Option<Person>,
    /// Applications, oldest first.
    pub applications: Vec<Application>,
    /// Cards, oldest first.
    pub cards: Vec<Card>,
}

/// What a rule about one person may read besides the person's file.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// Organisations, officers, banks and calendar.
    pub institutions: &'a Institutions,
    /// The batches (with their boxes) that the file's applications and cards are in, and the one that the command
    /// names.
    pub batches: &'a HashMap<BatchId, BatchFile>,
    /// The pre-made cards that the command names, with their orders.
    pub stock: &'a Stock,
}

impl HolderFile {
    /// A file that nothing is known of yet.
    pub fn new(id: HolderId) -> Self {
        Self { id, version: 0, person: None, applications: Vec::new(), cards: Vec::new() }
    }

    /// The application of an identity.
    pub fn application(&self, id: ApplicationId) -> Option<&Application> {
        self.applications.iter().find(|a| a.id == id)
    }

    /// The card of an identity.
    pub fn card(&self, id: CardId) -> Option<&Card> {
        self.cards.iter().find(|c| c.id == id)
    }

    /// The application that is neither declined nor finished with a card.
    pub fn open_application(&self) -> Option<&Application> {
        self.applications.iter().find(|a| a.is_open())
    }

    /// The open application that is to take the place of a card.
    pub fn replacement_of(&self, card: CardId) -> Option<&Application> {
        self.applications.iter().find(|a| a.is_open() && a.purpose.old() == Some(card)).or_else(|| {
            // Made and not yet collected: the new card is on its way, the old one stays as it is.
            let new =
                self.cards.iter().find(|c| c.social == Social::NotEnabled && self.replaces_id(c, card))?;
            self.application(new.application)
        })
    }

    /// Whether a card was made to take the place of another.
    pub fn replaces(&self, new: &Card, old: &Card) -> bool {
        self.replaces_id(new, old.id)
    }

    fn replaces_id(&self, new: &Card, old: CardId) -> bool {
        self.application(new.application).is_some_and(|a| a.purpose.old() == Some(old))
    }

    /// The change of the bank under way.
    pub fn bank_change(&self) -> Option<&BankChange> {
        self.person.as_ref()?.bank_change.as_ref()
    }

    /// Whether two registers say that the person is dead.
    pub fn death_confirmed(&self) -> bool {
        self.person.as_ref().is_some_and(|p| p.death.len() >= 2)
    }

    /// Cards that are neither cancelled nor cleaned.
    pub fn standing_cards(&self) -> impl Iterator<Item = &Card> {
        self.cards.iter().filter(|c| c.stands())
    }

    /// Every batch that the file's applications refer to.
    pub fn batch_ids(&self) -> impl Iterator<Item = BatchId> + '_ {
        self.applications.iter().filter_map(|a| a.stage.batch()).chain(self.cards.iter().map(|c| c.batch))
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
            E::FeePaid { application, receipt } => {
                if let Some(a) = self.application_mut(*application) {
                    a.fee.pay(at, receipt.clone());
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
                let batch = BatchId(blank.order.0);
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
            // Recorded, and nothing more.
            E::CardKeysTaken { .. } => {}
            later => self.apply_later(later, at),
        }
    }
}
