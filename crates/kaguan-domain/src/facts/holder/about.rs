//! Of several applications and cards of one person the one that something is about.

use crate::facts::application::Application;
use crate::facts::archive::Case;
use crate::facts::holder::{HolderEvent, HolderFile};

impl HolderEvent {
    /// The application or the card that it is about; `None` of what is about the person.
    pub fn case(&self) -> Option<Case> {
        match self {
            Self::Applied { application, .. } => Some(Case::Application(application.id)),
            Self::Accepted { application, .. }
            | Self::ChecksRecorded { application, .. }
            | Self::Declined { application, .. }
            | Self::ConfirmedByHand { application, .. }
            | Self::CollectAtCorrected { application, .. }
            | Self::IdentityAnswered { application, .. }
            | Self::FeePaid { application, .. }
            | Self::Screened { application, .. }
            | Self::TakenOutOfBatch { application, .. }
            | Self::AccountOpened { application, .. }
            | Self::OpeningFailed { application, .. }
            | Self::ProductionFailed { application, .. }
            | Self::FailureSettled { application, .. }
            | Self::Expedited { application, .. }
            | Self::InstantMarked { application, .. }
            | Self::CardKeysTaken { application, .. }
            | Self::CardMade { application, .. }
            | Self::InstantBegun { application, .. }
            | Self::PrintedNameStated { application, .. }
            | Self::InstantStepped { application, .. }
            | Self::InstantReturned { application, .. }
            | Self::InstantFailed { application, .. }
            | Self::MadeAgain { application, .. }
            | Self::PostAgreed { application, .. }
            | Self::Withdrawn { application, .. }
            | Self::ClockStopped { application, .. }
            | Self::ChangeProved { application, .. } => Some(Case::Application(*application)),
            Self::CardMissing { card, .. }
            | Self::CardFound { card, .. }
            | Self::TakenOver { card, .. }
            | Self::HandedOver { card, .. }
            | Self::Posted { card, .. }
            | Self::PostTracked { card, .. }
            | Self::PostReturned { card, .. }
            | Self::Enabled { card, .. }
            | Self::VisitRecorded { card, .. }
            | Self::Activated { card, .. }
            | Self::IntentMade { card, .. }
            | Self::IntentAnswered { card, .. }
            | Self::LossReported { card, .. }
            | Self::LossReleased { card, .. }
            | Self::RestrictionProposed { card, .. }
            | Self::RestrictionDecided { card, .. }
            | Self::TakenBack { card, .. }
            | Self::DataReceived { card, .. }
            | Self::PlasticStored { card, .. }
            | Self::BalanceStated { card, .. }
            | Self::OfferedAgain { card, .. }
            | Self::Destroyed { card, .. }
            | Self::NoticeOver { card, .. }
            | Self::CardCancelled { card, .. }
            | Self::ECardSigned { card, .. }
            | Self::AccountClosed { card, .. }
            | Self::PinRecorded { card, .. }
            | Self::Notified { card, .. }
            | Self::LookPutOff { card, .. } => Some(Case::Card(*card)),
            Self::CardReplaced { by, .. } => Some(Case::Card(*by)),
            Self::BankChangeReserved { change } => Some(Case::Card(change.old)),
            Self::MaterialFiled { material } => Some(material.case),
            Self::ClockWarned { application, card, .. } | Self::ClockRecounted { application, card, .. } => {
                application.map(Case::Application).or_else(|| card.map(Case::Card))
            }
            Self::DetailsCorrected { .. }
            | Self::DocumentHeld { .. }
            | Self::NumberChanged { .. }
            | Self::OneCardConfirmed { .. }
            | Self::OneCardCleaned { .. }
            | Self::DeathMarked { .. }
            | Self::DeathStated { .. }
            | Self::LifeRestored { .. }
            | Self::BankChangeApproved { .. }
            | Self::BankChangeCarriedOut { .. }
            | Self::BankChangeEnded { .. }
            | Self::LookedAt { .. }
            | Self::MaterialDestroyed { .. }
            | Self::MaterialCorrected { .. }
            | Self::MaterialsGiven { .. }
            | Self::MaterialsReceived { .. }
            | Self::JoinProposed { .. }
            | Self::JoinRefused { .. }
            | Self::Joined { .. }
            | Self::SeparationProposed { .. }
            | Self::Separated { .. }
            | Self::JoinedInto { .. }
            | Self::Restored { .. }
            | Self::FaceChecked { .. } => None,
        }
    }
}

impl HolderFile {
    /// The application of a case: itself, or the one that a card was made for. `None` when it is not in this file any more.
    pub fn application_of(&self, case: Case) -> Option<&Application> {
        match case {
            Case::Application(id) => self.application(id),
            Case::Card(id) => self.application(self.card(id)?.application),
        }
    }

    /// The application that a line of the journal is about, by what it did: that which it took in, else the first that something of it is
    /// about. `None` when it is about the person, or did nothing.
    pub fn application_in(&self, events: &[HolderEvent]) -> Option<&Application> {
        let taken_in = events.iter().filter(|event| matches!(event, HolderEvent::Applied { .. }));
        taken_in.chain(events).find_map(|event| self.application_of(event.case()?))
    }
}
