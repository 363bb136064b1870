//! What an event of a person's file means beside the file: whether it is personal, the numbers that it makes somebody's, the books,
//! and a pre-made card. Each is one exhaustive match, so that a new event is thought of everywhere.

use super::{HolderEvent, HolderFile};
use crate::facts::application::Stage;
use crate::facts::blank::BlankEvent;
use crate::facts::claim::Claim;
use crate::facts::custody::{Custody, CustodyEntry, Party, in_stock, of_data, transfer};
use crate::ids::{ApplicationId, BlankId};

impl HolderEvent {
    /// Whether the event carries personal data, so that the journal stores it encrypted.
    pub fn is_personal(&self) -> bool {
        match self {
            Self::Applied { .. }
            | Self::DetailsCorrected { .. }
            | Self::DocumentHeld { .. }
            | Self::NumberChanged { .. }
            | Self::IdentityAnswered { .. }
            | Self::AccountOpened { .. }
            | Self::CardMade { .. }
            | Self::InstantBegun { .. }
            | Self::PrintedNameStated { .. }
            | Self::InstantFailed { .. }
            | Self::FaceChecked { .. }
            | Self::HandedOver { .. }
            | Self::VisitRecorded { .. }
            | Self::OneCardConfirmed { .. }
            | Self::OpeningFailed { .. }
            | Self::ProductionFailed { .. }
            | Self::ConfirmedByHand { .. }
            // The reason is an officer's own words.
            | Self::TakenOutOfBatch { .. }
            | Self::CardMissing { .. }
            | Self::Posted { .. }
            | Self::PostReturned { .. }
            | Self::PostTracked { .. }
            | Self::ECardSigned { .. }
            | Self::DeathStated { .. }
            | Self::Declined { .. }
            // The reason is an officer's own words.
            | Self::MaterialCorrected { .. }
            | Self::MaterialsGiven { .. }
            | Self::MaterialsReceived { .. }
            | Self::ChangeProved { .. }
            | Self::JoinProposed { .. }
            | Self::JoinRefused { .. }
            | Self::SeparationProposed { .. }
            | Self::Joined { .. }
            | Self::Separated { .. }
            | Self::Restored { .. } => true,
            Self::DeathMarked { evidence, number, .. } => evidence.is_some() || number.is_some(),
            Self::LifeRestored { evidence, number } => evidence.is_some() || number.is_some(),
            // What was put right, and why a case was rejected, is an officer's own words.
            Self::RestrictionDecided { ruling, .. } => ruling.as_ref().is_some_and(|r| r.reason.is_some()),
            Self::Enabled { by, .. }
            | Self::Activated { by, .. }
            | Self::PinRecorded { by, .. }
            | Self::LossReported { by, .. }
            | Self::LossReleased { by, .. } => !by.is_empty(),
            Self::BankChangeCarriedOut { shown, .. } => shown.is_some(),
            Self::PostAgreed { wish, .. } => wish.is_some(),
            Self::Expedited { ground, .. } => ground.is_some(),
            Self::CardCancelled { statement, .. } => statement.is_some(),
            Self::Accepted { .. }
            | Self::ChecksRecorded { .. }
            | Self::CollectAtCorrected { .. }
            | Self::OneCardCleaned { .. }
            | Self::FeePaid { .. }
            | Self::Screened { .. }
            | Self::FailureSettled { .. }
            | Self::InstantMarked { .. }
            | Self::InstantStepped { .. }
            | Self::InstantReturned { .. }
            | Self::CardKeysTaken { .. }
            | Self::CardFound { .. }
            | Self::TakenOver { .. }
            | Self::MadeAgain { .. }
            | Self::DataReceived { .. }
            | Self::PlasticStored { .. }
            | Self::BalanceStated { .. }
            | Self::IntentMade { .. }
            | Self::IntentAnswered { .. }
            | Self::RestrictionProposed { .. }
            | Self::CardReplaced { .. }
            | Self::Withdrawn { .. }
            | Self::BankChangeReserved { .. }
            | Self::BankChangeApproved {}
            | Self::BankChangeEnded { .. }
            | Self::TakenBack { .. }
            | Self::OfferedAgain { .. }
            | Self::Destroyed { .. }
            | Self::AccountClosed { .. }
            | Self::Notified { .. }
            | Self::NoticeOver { .. }
            | Self::LookPutOff { .. }
            | Self::LookedAt { .. }
            | Self::ClockWarned { .. }
            | Self::ClockRecounted { .. }
            | Self::ClockStopped { .. }
            | Self::MaterialFiled { .. }
            | Self::MaterialDestroyed { .. }
            | Self::JoinedInto { .. } => false,
        }
    }

    /// The numbers that it makes somebody's.
    pub fn claims(&self) -> Vec<Claim> {
        match self {
            Self::Applied { application, details, .. } => {
                vec![
                    Claim::social_security_number(&details.ssn),
                    Claim::document(&details.identifier()),
                    Claim::form_number(&application.form_no),
                ]
            }
            Self::DocumentHeld { which, .. } => vec![Claim::document(which)],
            Self::NumberChanged { number, .. } => vec![Claim::social_security_number(number)],
            Self::Screened { card_no, .. } => vec![Claim::card_number(card_no)],
            Self::AccountOpened { account, .. } => {
                let number = Claim::bank_card_number(&account.bank_card_no);
                [number].into_iter().chain(account.claim()).collect()
            }
            Self::CardMade { card, .. } => vec![Claim::chip(&card.chip)],
            Self::ECardSigned { number, .. } => vec![Claim::e_card(number)],
            Self::InstantBegun { card_no, made, .. } => made.claims(card_no),
            // What was paid in earlier days has a receipt that nobody claimed.
            Self::FeePaid { receipt, details, .. } => {
                details.iter().map(|_| Claim::fee_receipt(receipt)).collect()
            }
            Self::IdentityAnswered { .. }
            | Self::Accepted { .. }
            | Self::ChecksRecorded { .. }
            | Self::ConfirmedByHand { .. }
            | Self::Declined { .. }
            | Self::DetailsCorrected { .. }
            | Self::CollectAtCorrected { .. }
            | Self::OneCardConfirmed { .. }
            | Self::OneCardCleaned { .. }
            | Self::TakenOutOfBatch { .. }
            | Self::OpeningFailed { .. }
            | Self::ProductionFailed { .. }
            | Self::FailureSettled { .. }
            | Self::Expedited { .. }
            | Self::InstantMarked { .. }
            | Self::FaceChecked { .. }
            | Self::PrintedNameStated { .. }
            | Self::InstantStepped { .. }
            | Self::InstantReturned { .. }
            | Self::CardKeysTaken { .. }
            | Self::InstantFailed { .. }
            | Self::CardMissing { .. }
            | Self::CardFound { .. }
            | Self::HandedOver { .. }
            | Self::Posted { .. }
            | Self::PostReturned { .. }
            | Self::TakenOver { .. }
            | Self::MadeAgain { .. }
            | Self::PostTracked { .. }
            | Self::PostAgreed { .. }
            | Self::DataReceived { .. }
            | Self::PlasticStored { .. }
            | Self::BalanceStated { .. }
            | Self::Enabled { .. }
            | Self::VisitRecorded { .. }
            | Self::Activated { .. }
            | Self::IntentMade { .. }
            | Self::IntentAnswered { .. }
            | Self::LossReported { .. }
            | Self::LossReleased { .. }
            | Self::RestrictionProposed { .. }
            | Self::RestrictionDecided { .. }
            | Self::DeathMarked { .. }
            | Self::DeathStated { .. }
            | Self::LifeRestored { .. }
            | Self::CardReplaced { .. }
            | Self::Withdrawn { .. }
            | Self::BankChangeReserved { .. }
            | Self::BankChangeApproved {}
            | Self::BankChangeCarriedOut { .. }
            | Self::BankChangeEnded { .. }
            | Self::TakenBack { .. }
            | Self::OfferedAgain { .. }
            | Self::Destroyed { .. }
            | Self::CardCancelled { .. }
            | Self::AccountClosed { .. }
            | Self::PinRecorded { .. }
            | Self::Notified { .. }
            | Self::NoticeOver { .. }
            | Self::LookPutOff { .. }
            | Self::LookedAt { .. }
            | Self::ClockWarned { .. }
            | Self::ClockRecounted { .. }
            | Self::ClockStopped { .. }
            | Self::MaterialFiled { .. }
            | Self::MaterialDestroyed { .. }
            | Self::MaterialCorrected { .. }
            | Self::MaterialsGiven { .. }
            | Self::MaterialsReceived { .. }
            | Self::ChangeProved { .. }
            | Self::JoinProposed { .. }
            | Self::JoinRefused { .. }
            | Self::Joined { .. }
            | Self::SeparationProposed { .. }
            | Self::Separated { .. }
            | Self::JoinedInto { .. }
            | Self::Restored { .. } => Vec::new(),
        }
    }

    /// What it does to the books.
    pub fn entries(&self) -> Vec<CustodyEntry> {
        match self {
            // A pre-made card leaves the stock of its outlet, and is a card there.
            Self::CardMade { card, .. } => match (&card.pre_made, &card.custody) {
                (Some(_), Custody::AtOutlet { org }) => vec![
                    CustodyEntry { account: format!("stock/{}", Party::Org(*org).account()), cards: -1 },
                    CustodyEntry { account: Party::Org(*org).account(), cards: 1 },
                ],
                _ => Vec::new(),
            },
            Self::InstantFailed { outlet, .. } => in_stock(&Party::Org(*outlet), &Party::Destroyed, 1),
            Self::CardMissing { from, .. } => transfer(from, &Party::Missing, 1),
            Self::TakenOver { from, at, .. } => transfer(from, &Party::Org(*at), 1),
            Self::CardFound { at_org, .. } => transfer(&Party::Missing, &Party::Org(*at_org), 1),
            Self::HandedOver { from, .. } => transfer(from, &Party::Holder, 1),
            Self::TakenBack { from, at, .. } => transfer(from, &Party::Recalled(*at), 1),
            Self::OfferedAgain { at, data_from, .. } => {
                let mut entries = transfer(&Party::Recalled(*at), &Party::Org(*at), 1);
                entries.extend(data_from.map(|from| of_data(from, *at)).unwrap_or_default());
                entries
            }
            Self::Destroyed { at, .. } => transfer(&Party::Recalled(*at), &Party::Destroyed, 1),
            Self::Posted { from, by: Some(vendor), .. } => {
                transfer(&Party::Vendor(vendor.clone()), &Party::Post(*from), 1)
            }
            Self::Posted { from, by: None, .. } => transfer(&Party::Org(*from), &Party::Post(*from), 1),
            Self::PostReturned { at, .. } => transfer(&Party::Post(*at), &Party::Org(*at), 1),
            Self::DataReceived { from, at, .. } => of_data(*from, *at),
            Self::PlasticStored { from, at, .. } => {
                transfer(&Party::Recalled(*from), &Party::Recalled(*at), 1)
            }
            Self::Applied { .. }
            | Self::MadeAgain { .. }
            | Self::PostTracked { .. }
            | Self::PostAgreed { .. }
            | Self::BalanceStated { .. }
            | Self::Accepted { .. }
            | Self::ChecksRecorded { .. }
            | Self::ConfirmedByHand { .. }
            | Self::Declined { .. }
            | Self::DetailsCorrected { .. }
            | Self::CollectAtCorrected { .. }
            | Self::DocumentHeld { .. }
            | Self::NumberChanged { .. }
            | Self::IdentityAnswered { .. }
            | Self::OneCardConfirmed { .. }
            | Self::OneCardCleaned { .. }
            | Self::FeePaid { .. }
            | Self::Screened { .. }
            | Self::AccountOpened { .. }
            | Self::TakenOutOfBatch { .. }
            | Self::OpeningFailed { .. }
            | Self::ProductionFailed { .. }
            | Self::FailureSettled { .. }
            | Self::Expedited { .. }
            | Self::InstantMarked { .. }
            | Self::FaceChecked { .. }
            | Self::PrintedNameStated { .. }
            | Self::InstantStepped { .. }
            | Self::InstantReturned { .. }
            | Self::CardKeysTaken { .. }
            | Self::InstantBegun { .. }
            | Self::Enabled { .. }
            | Self::VisitRecorded { .. }
            | Self::Activated { .. }
            | Self::IntentMade { .. }
            | Self::IntentAnswered { .. }
            | Self::LossReported { .. }
            | Self::LossReleased { .. }
            | Self::RestrictionProposed { .. }
            | Self::RestrictionDecided { .. }
            | Self::DeathMarked { .. }
            | Self::DeathStated { .. }
            | Self::LifeRestored { .. }
            | Self::CardReplaced { .. }
            | Self::Withdrawn { .. }
            | Self::BankChangeReserved { .. }
            | Self::BankChangeApproved {}
            | Self::BankChangeCarriedOut { .. }
            | Self::BankChangeEnded { .. }
            | Self::CardCancelled { .. }
            | Self::ECardSigned { .. }
            | Self::AccountClosed { .. }
            | Self::PinRecorded { .. }
            | Self::Notified { .. }
            | Self::NoticeOver { .. }
            | Self::LookPutOff { .. }
            | Self::LookedAt { .. }
            | Self::ClockWarned { .. }
            | Self::ClockRecounted { .. }
            | Self::ClockStopped { .. }
            | Self::MaterialFiled { .. }
            | Self::MaterialDestroyed { .. }
            | Self::MaterialCorrected { .. }
            | Self::MaterialsGiven { .. }
            | Self::MaterialsReceived { .. }
            | Self::ChangeProved { .. }
            | Self::JoinProposed { .. }
            | Self::JoinRefused { .. }
            | Self::Joined { .. }
            | Self::SeparationProposed { .. }
            | Self::Separated { .. }
            | Self::JoinedInto { .. }
            | Self::Restored { .. } => Vec::new(),
        }
    }

    /// What it does to a pre-made card.
    pub fn blank(&self) -> Option<(BlankId, BlankEvent)> {
        match self {
            Self::InstantBegun { application, blank, .. } => {
                Some((*blank, BlankEvent::Begun { application: *application }))
            }
            Self::CardMade { card, .. } => {
                // It comes out where its stock lay.
                let outlet = if let Custody::AtOutlet { org } = card.custody { Some(org) } else { None };
                Some((card.pre_made.as_ref()?.blank, BlankEvent::Used { card: card.id, outlet }))
            }
            Self::InstantReturned { blank, .. } => Some((*blank, BlankEvent::Returned)),
            Self::InstantFailed { blank, outlet, failure, .. } => {
                let (org, failure) = (*outlet, failure.clone());
                let (missing_from, answers, r#box) = (None, None, String::new());
                Some((*blank, BlankEvent::Spoiled { org, failure, missing_from, answers, r#box }))
            }
            Self::Applied { .. }
            | Self::Accepted { .. }
            | Self::ChecksRecorded { .. }
            | Self::ConfirmedByHand { .. }
            | Self::Declined { .. }
            | Self::DetailsCorrected { .. }
            | Self::CollectAtCorrected { .. }
            | Self::DocumentHeld { .. }
            | Self::NumberChanged { .. }
            | Self::IdentityAnswered { .. }
            | Self::OneCardConfirmed { .. }
            | Self::OneCardCleaned { .. }
            | Self::FeePaid { .. }
            | Self::Screened { .. }
            | Self::AccountOpened { .. }
            | Self::TakenOutOfBatch { .. }
            | Self::OpeningFailed { .. }
            | Self::ProductionFailed { .. }
            | Self::FailureSettled { .. }
            | Self::Expedited { .. }
            | Self::InstantMarked { .. }
            | Self::FaceChecked { .. }
            | Self::PrintedNameStated { .. }
            | Self::InstantStepped { .. }
            | Self::CardKeysTaken { .. }
            | Self::CardMissing { .. }
            | Self::CardFound { .. }
            | Self::HandedOver { .. }
            | Self::Posted { .. }
            | Self::PostReturned { .. }
            | Self::TakenOver { .. }
            | Self::MadeAgain { .. }
            | Self::PostTracked { .. }
            | Self::PostAgreed { .. }
            | Self::DataReceived { .. }
            | Self::PlasticStored { .. }
            | Self::BalanceStated { .. }
            | Self::Enabled { .. }
            | Self::VisitRecorded { .. }
            | Self::Activated { .. }
            | Self::IntentMade { .. }
            | Self::IntentAnswered { .. }
            | Self::LossReported { .. }
            | Self::LossReleased { .. }
            | Self::RestrictionProposed { .. }
            | Self::RestrictionDecided { .. }
            | Self::DeathMarked { .. }
            | Self::DeathStated { .. }
            | Self::LifeRestored { .. }
            | Self::CardReplaced { .. }
            | Self::Withdrawn { .. }
            | Self::BankChangeReserved { .. }
            | Self::BankChangeApproved {}
            | Self::BankChangeCarriedOut { .. }
            | Self::BankChangeEnded { .. }
            | Self::TakenBack { .. }
            | Self::OfferedAgain { .. }
            | Self::Destroyed { .. }
            | Self::CardCancelled { .. }
            | Self::ECardSigned { .. }
            | Self::AccountClosed { .. }
            | Self::PinRecorded { .. }
            | Self::Notified { .. }
            | Self::NoticeOver { .. }
            | Self::LookPutOff { .. }
            | Self::LookedAt { .. }
            | Self::ClockWarned { .. }
            | Self::ClockRecounted { .. }
            | Self::ClockStopped { .. }
            | Self::MaterialFiled { .. }
            | Self::MaterialDestroyed { .. }
            | Self::MaterialCorrected { .. }
            | Self::MaterialsGiven { .. }
            | Self::MaterialsReceived { .. }
            | Self::ChangeProved { .. }
            | Self::JoinProposed { .. }
            | Self::JoinRefused { .. }
            | Self::Joined { .. }
            | Self::SeparationProposed { .. }
            | Self::Separated { .. }
            | Self::JoinedInto { .. }
            | Self::Restored { .. } => None,
        }
    }
}

impl HolderFile {
    /// The numbers that an event which is about to happen makes nobody's: those of a pre-made card that goes back into stock, which
    /// somebody else may get; and those that only an application had stated of which nothing comes.
    pub fn gives_back(&self, event: &HolderEvent) -> Vec<Claim> {
        if let HolderEvent::Withdrawn { application } | HolderEvent::Declined { application, .. } = event {
            return self.stated_only_by(*application);
        }
        let HolderEvent::InstantReturned { application, .. } = event else { return Vec::new() };
        match self.application(*application).map(|a| &a.stage) {
            Some(Stage::Personalising { card_no, made, .. }) => made.claims(card_no),
            Some(_) | None => Vec::new(),
        }
    }

    /// The numbers and documents that the person had not before an application.
    fn stated_only_by(&self, application: ApplicationId) -> Vec<Claim> {
        let before = self.application(application).and_then(|a| a.before.clone());
        let Some((before, mut then)) = before.zip(self.person.clone()) else { return Vec::new() };
        before.put_back(&mut then);
        let then = Self { person: Some(then), ..Self::new(self.id) }.identifiers();
        self.identifiers().into_iter().filter(|claim| !then.contains(claim)).collect()
    }
}
