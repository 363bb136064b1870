//! What can happen to one person's file.

use crate::calendar::Due;
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
use crate::facts::fee::PaymentDetails;
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
        application: ApplicationId,
        /// The checks.
        checks: Vec<RegisterCheck>,
    },
    /// Checks were made again and still do not suffice.
    ChecksRecorded {
        application: ApplicationId,
        /// The checks.
        checks: Vec<RegisterCheck>,
    },
    /// The application was declined, with a written voucher.
    Declined {
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
    OneCardCleaned { cards: Vec<CardId> },
    /// The fee was paid.
    FeePaid {
        application: ApplicationId,
        /// 票据代码 and 票据号码 of the non-tax e-receipt.
        receipt: String,
        /// Absent in lines of earlier days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        details: Option<PaymentDetails>,
    },
    /// The application was put into a batch and its card number allocated.
    Screened {
        application: ApplicationId,
        /// Into which batch.
        batch: BatchId,
        card_no: CardNumber,
    },
    /// The bank opened the account.
    AccountOpened { application: ApplicationId, batch: BatchId, card_no: CardNumber, account: BankAccount },
    /// The bank did not open the account, or changed what it must not change.
    OpeningFailed {
        application: ApplicationId,
        batch: BatchId,
        /// The precise reason.
        failure: RowFailure,
    },
    /// The vendor could not make the card, or changed what it must not change.
    ProductionFailed {
        application: ApplicationId,
        batch: BatchId,
        /// The precise reason.
        failure: RowFailure,
    },
    /// A failure was settled; the application waits for a batch again.
    FailureSettled { application: ApplicationId },
    /// The application is urgent from now on.
    Expedited { application: ApplicationId },
    /// A vendor took certificates and keys for the chip of a card; no key.
    CardKeysTaken {
        application: ApplicationId,
        /// 卡识别码.
        chip: ChipIdentifier,
    },
    /// The card exists.
    CardMade {
        application: ApplicationId,
        /// The card as it begins.
        card: Box<Card>,
    },
    /// A counter took a pre-made card for the application, and begins to print it.
    InstantBegun {
        application: ApplicationId,
        blank: BlankId,
        outlet: OrgId,
        /// Its card number.
        card_no: CardNumber,
        /// As it was made.
        made: Box<MadeBlank>,
    },
    /// The pre-made card could not be printed or written.
    InstantFailed { application: ApplicationId, blank: BlankId, outlet: OrgId, failure: RowFailure },
    /// The card was not in its box when it was counted.
    CardMissing {
        card: CardId,
        /// Who kept it last.
        from: Party,
    },
    /// A missing card was found.
    CardFound {
        card: CardId,
        /// Where it is kept now.
        at_org: OrgId,
    },
    /// The card was handed to its holder, or to the holder's agent.
    HandedOver {
        card: CardId,
        /// Who kept it before.
        from: Party,
        /// Who took it.
        collector: Collector,
    },
    /// The card was posted to its holder.
    Posted {
        card: CardId,
        from: OrgId,
        /// Tracking number.
        tracking: String,
        /// Digest of the pick-up code sent by SMS.
        code_digest: String,
    },
    /// The social function works from now on.
    Enabled { card: CardId, manner: EnableManner },
    /// The account works from now on.
    Activated { card: CardId, manner: ActivationManner },
    /// The bank is asked to mirror something.
    IntentMade { card: CardId, intent: Intent },
    /// An intent's state changed.
    IntentAnswered {
        card: CardId,
        seq: u32,
        /// Its state now.
        state: IntentState,
    },
    /// A loss was reported; a formal one takes the place of a temporary one.
    LossReported {
        card: CardId,
        /// Whether it is formal.
        formal: bool,
    },
    /// The loss was released.
    LossReleased { card: CardId },
    /// A restriction was proposed.
    RestrictionProposed {
        card: CardId,
        /// The case.
        restriction: Restriction,
    },
    /// A case was approved, rejected or lifted.
    RestrictionDecided {
        card: CardId,
        case: CaseId,
        /// Its state now.
        state: CaseState,
    },
    /// A register says that the person is dead.
    DeathMarked { source: Register },
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
    Withdrawn { application: ApplicationId },
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
        how: Ending,
        /// The bank that it was to go to; `None` in lines of earlier days.
        #[serde(default)]
        to: Option<BankCode>,
    },
    /// The card was taken back.
    TakenBack {
        card: CardId,
        /// Who kept it before.
        from: Party,
        /// Where it is kept.
        at: OrgId,
        reason: RecallReason,
    },
    /// The card is offered a second time.
    OfferedAgain { card: CardId, at: OrgId },
    /// The card was destroyed.
    Destroyed { card: CardId, at: OrgId },
    /// The card was cancelled.
    CardCancelled { card: CardId, reason: CancelReason },
    /// The bank closed the account.
    AccountClosed { card: CardId },
    /// A PIN service; no PIN.
    PinRecorded {
        card: CardId,
        /// The facet now.
        pin: Pin,
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
        card: CardId,
        /// Until when.
        until: Date,
    },
    /// Somebody looked at the file in the clear (R39.1).
    LookedAt {
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
        /// Each clock by its kind, with what staff was told of it.
        said: (ClockKind, Warned),
    },
    /// A notice of days off gave a running clock another last day.
    ClockRecounted {
        /// Of which application, when it is an application's.
        application: Option<ApplicationId>,
        /// Of which card's notice, when it is a notice's.
        card: Option<CardId>,
        /// Which clock.
        kind: ClockKind,
        /// The first day, which tells two of a kind apart.
        started_on: Date,
        due: Due,
    },
    /// An application's clock ended.
    ClockStopped { application: ApplicationId, on: Date },
    /// A material was put into the archive.
    MaterialFiled {
        /// It.
        material: Material,
    },
    /// A material whose years are over was destroyed.
    MaterialDestroyed { material: MaterialId },
}

impl HolderEvent {
    /// The fields that a partner changed and must not, so that its row failed (X7.2); none for any other event.
    pub fn changed_fields(&self) -> &[SentField] {
        let (Self::OpeningFailed { failure, .. } | Self::ProductionFailed { failure, .. }) = self else {
            return &[];
        };
        failure.changed_fields()
    }
}
