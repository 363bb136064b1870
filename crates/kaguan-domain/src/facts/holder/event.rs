//! What can happen to one person's file.

use crate::facts::account::BankAccount;
use crate::facts::activation::{ActivationManner, EnableManner};
use crate::facts::application::{Application, Ground, Register, RegisterCheck};
use crate::facts::archive::Material;
use crate::facts::bank_change::{BankChange, Ending};
use crate::facts::blank::MadeBlank;
use crate::facts::cancellation::CancelReason;
use crate::facts::card::Card;
use crate::facts::clock::{ClockKind, Warned};
use crate::facts::custody::{Collector, Party, RecallReason};
use crate::facts::failure::{RowFailure, SentField};
use crate::facts::form::ApplicationForm;
use crate::facts::intent::{Intent, IntentState};
use crate::facts::notice::Notice;
use crate::facts::person::{Confirmation, PhotoRef};
use crate::facts::pin::{Pin, PinChange};
use crate::facts::restriction::{CaseState, Restriction};
use crate::ids::{
    ApplicationId, BankCode, BatchId, BlankId, CardId, CardNumber, CaseId, ChipIdentifier, MaterialId, OrgId,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// An event of a holder's file. Stored in the journal, replayed by `kaguan check`; a variant is never changed in
/// meaning, only added.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolderEvent {
    /// An application was taken in; its stage says whether the checks are complete.
    Applied {
        /// The application as it begins.
        application: Box<Application>,
        /// The person's details.
        details: Box<ApplicationForm>,
        /// The photo, if one was given.
        photo: Option<PhotoRef>,
    },
    /// The outstanding checks came and the application is accepted.
    Accepted {
        /// Which.
        application: ApplicationId,
        /// The checks.
        checks: Vec<RegisterCheck>,
    },
    /// Checks were made again and still do not suffice.
    ChecksRecorded {
        /// Which.
        application: ApplicationId,
        /// The checks.
        checks: Vec<RegisterCheck>,
    },
    /// The application was declined, with a written voucher.
    Declined {
        /// Which.
        application: ApplicationId,
        /// Why, by which article, and what can be done.
        ground: Ground,
    },
    /// The person's details were corrected.
    DetailsCorrected {
        /// The details as they are now.
        details: Box<ApplicationForm>,
    },
    /// The person signed the one-card confirmation slip.
    OneCardConfirmed {
        /// The slip.
        confirmation: Confirmation,
    },
    /// Cards were cleaned under the one-card rule.
    OneCardCleaned {
        /// Which.
        cards: Vec<CardId>,
    },
    /// The fee was paid.
    FeePaid {
        /// For which application.
        application: ApplicationId,
        /// Number of the non-tax e-receipt.
        receipt: String,
    },
    /// The application was put into a batch and its card number allocated.
    Screened {
        /// Which.
        application: ApplicationId,
        /// Into which batch.
        batch: BatchId,
        /// The card number.
        card_no: CardNumber,
    },
    /// The bank opened the account.
    AccountOpened {
        /// For which application.
        application: ApplicationId,
        /// In which batch.
        batch: BatchId,
        /// The card number.
        card_no: CardNumber,
        /// The account.
        account: BankAccount,
    },
    /// The bank did not open the account, or changed what it must not change.
    OpeningFailed {
        /// Which.
        application: ApplicationId,
        /// In which batch.
        batch: BatchId,
        /// The precise reason.
        failure: RowFailure,
    },
    /// The vendor could not make the card, or changed what it must not change.
    ProductionFailed {
        /// Which.
        application: ApplicationId,
        /// In which batch.
        batch: BatchId,
        /// The precise reason.
        failure: RowFailure,
    },
    /// A failure was settled; the application waits for a batch again.
    FailureSettled {
        /// Which.
        application: ApplicationId,
    },
    /// The application is urgent from now on.
    Expedited {
        /// Which.
        application: ApplicationId,
    },
    /// A vendor took certificates and keys for the chip of a card; no key.
    CardKeysTaken {
        /// For which application.
        application: ApplicationId,
        /// 卡识别码.
        chip: ChipIdentifier,
    },
    /// The card exists.
    CardMade {
        /// For which application.
        application: ApplicationId,
        /// The card as it begins.
        card: Box<Card>,
    },
    /// A counter took a pre-made card for the application, and begins to print it.
    InstantBegun {
        /// Which application.
        application: ApplicationId,
        /// Which pre-made card.
        blank: BlankId,
        /// Where.
        outlet: OrgId,
        /// Its card number.
        card_no: CardNumber,
        /// As it was made.
        made: Box<MadeBlank>,
    },
    /// The pre-made card could not be printed or written.
    InstantFailed {
        /// Which application.
        application: ApplicationId,
        /// Which pre-made card.
        blank: BlankId,
        /// Where.
        outlet: OrgId,
        /// Why.
        failure: RowFailure,
    },
    /// The card was not in its box when it was counted.
    CardMissing {
        /// Which.
        card: CardId,
        /// Who kept it last.
        from: Party,
    },
    /// A missing card was found.
    CardFound {
        /// Which.
        card: CardId,
        /// Where it is kept now.
        at_org: OrgId,
    },
    /// The card was handed to its holder, or to the holder's agent.
    HandedOver {
        /// Which.
        card: CardId,
        /// Who kept it before.
        from: Party,
        /// Who took it.
        collector: Collector,
    },
    /// The card was posted to its holder.
    Posted {
        /// Which.
        card: CardId,
        /// By which outlet.
        from: OrgId,
        /// Tracking number.
        tracking: String,
        /// Digest of the pick-up code sent by SMS.
        code_digest: String,
    },
    /// The social function works from now on.
    Enabled {
        /// Which.
        card: CardId,
        /// How.
        manner: EnableManner,
    },
    /// The account works from now on.
    Activated {
        /// Which.
        card: CardId,
        /// How.
        manner: ActivationManner,
    },
    /// The bank is asked to mirror something.
    IntentMade {
        /// Of which card.
        card: CardId,
        /// What.
        intent: Intent,
    },
    /// An intent's state changed.
    IntentAnswered {
        /// Of which card.
        card: CardId,
        /// Which intent.
        seq: u32,
        /// Its state now.
        state: IntentState,
    },
    /// A loss was reported; a formal one takes the place of a temporary one.
    LossReported {
        /// Which card.
        card: CardId,
        /// Whether it is formal.
        formal: bool,
    },
    /// The loss was released.
    LossReleased {
        /// Which card.
        card: CardId,
    },
    /// A restriction was proposed.
    RestrictionProposed {
        /// Which card.
        card: CardId,
        /// The case.
        restriction: Restriction,
    },
    /// A case was approved, rejected or lifted.
    RestrictionDecided {
        /// Which card.
        card: CardId,
        /// Which case.
        case: CaseId,
        /// Its state now.
        state: CaseState,
    },
    /// A register says that the person is dead.
    DeathMarked {
        /// Which.
        source: Register,
    },
    /// The person is alive.
    LifeRestored {},
    /// The new card takes the place of the old one, which is cancelled.
    CardReplaced {
        /// The old card.
        old: CardId,
        /// The new card.
        by: CardId,
    },
    /// The application was withdrawn.
    Withdrawn {
        /// Which.
        application: ApplicationId,
    },
    /// A change of the bank was reserved.
    BankChangeReserved {
        /// The change.
        change: BankChange,
    },
    /// The old bank agrees.
    BankChangeApproved {},
    /// The new bank carried it out: the old card is locked.
    BankChangeCarriedOut {},
    /// A change ended without a new card; a lock is lifted.
    BankChangeEnded {
        /// Why.
        how: Ending,
        /// The bank that it was to go to; `None` in lines of earlier days.
        #[serde(default)]
        to: Option<BankCode>,
    },
    /// The card was taken back.
    TakenBack {
        /// Which.
        card: CardId,
        /// Who kept it before.
        from: Party,
        /// Where it is kept.
        at: OrgId,
        /// Why.
        reason: RecallReason,
    },
    /// The card is offered a second time.
    OfferedAgain {
        /// Which.
        card: CardId,
        /// Where.
        at: OrgId,
    },
    /// The card was destroyed.
    Destroyed {
        /// Which.
        card: CardId,
        /// Where.
        at: OrgId,
    },
    /// The card was cancelled.
    CardCancelled {
        /// Which.
        card: CardId,
        /// Why.
        reason: CancelReason,
    },
    /// The bank closed the account.
    AccountClosed {
        /// Of which card.
        card: CardId,
    },
    /// A PIN service; no PIN.
    PinRecorded {
        /// Which card.
        card: CardId,
        /// The facet now.
        pin: Pin,
        /// What was done.
        change: PinChange,
    },
    /// A notice was given.
    Notified {
        /// About which card.
        card: CardId,
        /// The notice.
        notice: Notice,
        /// Whether no message goes out.
        silent: bool,
    },
    /// A card is not overdue yet.
    LookPutOff {
        /// Which.
        card: CardId,
        /// Until when.
        until: Date,
    },
    /// Somebody looked at the file in the clear (R39.1).
    LookedAt {
        /// Why.
        reason: String,
        /// The archived material that was opened.
        #[serde(default)]
        material: Option<MaterialId>,
    },
    /// Staff was told about a clock of the file.
    ClockWarned {
        /// Of which application, when it is an application's.
        application: Option<ApplicationId>,
        /// Of which card's notice, when it is a notice's.
        card: Option<CardId>,
        /// Which, and what.
        said: (ClockKind, Warned),
    },
    /// An application's clock ended.
    ClockStopped {
        /// Which.
        application: ApplicationId,
        /// On which day.
        on: Date,
    },
    /// A material was put into the archive.
    MaterialFiled {
        /// It.
        material: Material,
    },
    /// A material whose years are over was destroyed.
    MaterialDestroyed {
        /// Which.
        material: MaterialId,
    },
}

impl HolderEvent {
    /// The fields that a partner changed and must not, so that its row failed (X7.2); none for any other event.
    pub fn changed_fields(&self) -> &[SentField] {
        let (Self::OpeningFailed { failure, .. } | Self::ProductionFailed { failure, .. }) = self else {
            return &[];
        };
        failure.changed_fields()
    }

    /// Whether the event carries personal data, so that the journal stores it encrypted.
    pub fn is_personal(&self) -> bool {
        matches!(
            self,
            Self::Applied { .. }
                | Self::DetailsCorrected { .. }
                | Self::AccountOpened { .. }
                | Self::CardMade { .. }
                | Self::InstantBegun { .. }
                | Self::InstantFailed { .. }
                | Self::HandedOver { .. }
                | Self::OneCardConfirmed { .. }
                | Self::OpeningFailed { .. }
                | Self::ProductionFailed { .. }
                | Self::Declined { .. }
        )
    }
}
