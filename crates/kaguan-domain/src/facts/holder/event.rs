//! What can happen to one person's file.

use crate::calendar::Due;
use crate::ctx::Instant;
use crate::facts::account::BankAccount;
use crate::facts::activation::{ActivationManner, EnableManner, HomeVisit};
use crate::facts::application::{Application, Ground, HandCheck, Register, RegisterCheck};
use crate::facts::archive::{Destruction, Material, Refiled};
use crate::facts::bank_change::{BankChange, Ending};
use crate::facts::blank::MadeBlank;
use crate::facts::cancellation::{CancelReason, CancelStatement};
use crate::facts::card::{BalanceStated, Card};
use crate::facts::clock::{ClockKind, Warned};
use crate::facts::counter::{Attendance, Collector, Shown};
use crate::facts::custody::{Disappearance, Party, PickUpCode, RecallReason};
use crate::facts::face::FaceCheck;
use crate::facts::failure::{RowFailure, SentField};
use crate::facts::fee::PaymentDetails;
use crate::facts::form::ApplicationForm;
use crate::facts::identity::{Answer, HowKnown, Identifier, NumberEnd};
use crate::facts::intent::{Intent, IntentState};
use crate::facts::join::{Belongings, Join};
use crate::facts::making::{MakingStep, StepState};
use crate::facts::notice::{Notice, NoticeKind};
use crate::facts::person::{Confirmation, PhotoRef, StatedDeath};
use crate::facts::pin::{Pin, PinChange};
use crate::facts::post::{Signature, Wish};
use crate::facts::post_news::PostNews;
use crate::facts::restriction::{CaseState, Restriction, Ruling};
use crate::facts::social_security_number::SocialSecurityNumber;
use crate::facts::urgent::UrgentGround;
use crate::ids::{
    ApplicationId, BankCardNumber, BankCode, BatchId, BlankId, CardId, CardNumber, CaseId, ChipIdentifier,
    DeskId, ECardNumber, HolderId, MaterialId, OfficerId, OrgId, VendorCode,
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
        /// Who signed the voucher.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<OfficerId>,
    },
    /// 人工核验: a person decided what the registers left open, and the application is accepted.
    ConfirmedByHand {
        application: ApplicationId,
        /// On what ground.
        check: HandCheck,
    },
    /// The person's details were corrected.
    DetailsCorrected {
        /// The details as they are now.
        details: Box<ApplicationForm>,
    },
    /// 更正领卡网点: the card of the application is collected at another outlet than was written down.
    CollectAtCorrected {
        application: ApplicationId,
        /// The outlet where it is collected from now on.
        collect_at: OrgId,
    },
    /// A further document became known: one that was shown, or that a register says is the same person's.
    DocumentHeld {
        which: Identifier,
        /// 有效期到期日; `None` when nobody said it.
        valid_until: Option<Date>,
        how: HowKnown,
    },
    /// The person has another social security number from now on; the earlier one is kept (Article 29).
    NumberChanged { number: SocialSecurityNumber, why: NumberEnd },
    /// The clerk said whether somebody alike is the same person.
    IdentityAnswered { application: ApplicationId, answer: Answer },
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
    /// 移出批次: the application was taken out of a batch that was not confirmed, and waits for another.
    TakenOutOfBatch {
        application: ApplicationId,
        /// Out of which batch.
        batch: BatchId,
        /// Why, in the city's words.
        reason: String,
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
        /// 银行卡号 that the bank gave it: its account has no card, and will have none. Nothing in lines of earlier days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unused: Option<BankCardNumber>,
    },
    /// A failure was settled; the application waits for a batch again.
    FailureSettled { application: ApplicationId },
    /// The application is urgent from now on.
    Expedited {
        application: ApplicationId,
        /// Why. Nothing in lines of earlier days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ground: Option<Box<UrgentGround>>,
    },
    /// 即制卡标注: the outlet that makes its card at the counter; `None` takes the mark away.
    InstantMarked { application: ApplicationId, outlet: Option<OrgId> },
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
    /// The name as it is written and printed was stated: the rare characters themselves.
    PrintedNameStated { application: ApplicationId, name: String },
    /// A desk was asked for a step of a card, or has answered.
    InstantStepped { application: ApplicationId, step: MakingStep, desk: DeskId, state: StepState },
    /// Nothing was written: the pre-made card is back in stock, and the application waits again.
    InstantReturned { application: ApplicationId, blank: BlankId, outlet: OrgId },
    /// The pre-made card could not be printed or written.
    InstantFailed { application: ApplicationId, blank: BlankId, outlet: OrgId, failure: RowFailure },
    /// The card was not in its box when it was counted.
    CardMissing {
        card: CardId,
        /// Who kept it last.
        from: Party,
        /// What was said of it; nothing in lines of earlier days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        said: Option<Box<Disappearance>>,
    },
    /// A missing card was found.
    CardFound {
        card: CardId,
        /// Where it is kept now.
        at_org: OrgId,
        /// From when on it waits there for its holder; nothing in lines of earlier days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waits_from: Option<Instant>,
    },
    /// 单卡转接: an organisation took over a card that another one kept, outside any box.
    TakenOver {
        card: CardId,
        from: Party,
        at: OrgId,
        /// 保管地点.
        kept_at: String,
        /// 签收人.
        signer: String,
    },
    /// 未领卡遗失补制: a card that got lost before its holder had it is made again, and is cancelled for good.
    MadeAgain {
        card: CardId,
        /// The application that makes it again.
        application: ApplicationId,
    },
    /// The card was handed to its holder, or to the holder's agent.
    HandedOver {
        card: CardId,
        /// Who kept it before.
        from: Party,
        /// Who took it.
        collector: Collector,
        /// The holder's document; `None` in lines of earlier days, and where a partner's computer keeps it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shown: Option<Shown>,
        /// 签收记录 for the register by batch; `None` in lines of earlier days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<Box<Signature>>,
        /// Whether the receipt of a change of the bank was looked at, whose new card this is (R31.3).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        receipt_seen: bool,
    },
    /// The card was posted to its holder.
    Posted {
        card: CardId,
        from: OrgId,
        /// Tracking number.
        tracking: String,
        /// Digest of the pick-up code sent by SMS.
        code_digest: String,
        /// The code itself, for the SMS; nothing in lines of earlier days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<PickUpCode>,
        /// Whether the holder was told how the postage is shared and that the code is needed (R14.4); nothing in lines of
        /// earlier days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        told: Option<bool>,
        /// The vendor that sent it to the applicant itself; otherwise the outlet did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<VendorCode>,
        /// The carrier that takes it, by its code among the partners.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        carrier: Option<String>,
    },
    /// 邮件轨迹: the carrier said how far a posted card is.
    PostTracked { card: CardId, news: PostNews },
    /// 邮递约定: the card is to be posted to its holder, who was told what is to be told.
    PostAgreed {
        application: ApplicationId,
        /// Where to and at whose wish, when the application said nothing or another place.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wish: Option<Box<Wish>>,
    },
    /// 邮件退回: a posted card came back to its outlet.
    PostReturned {
        card: CardId,
        at: OrgId,
        /// 退件原因.
        reason: String,
    },
    /// The social function works from now on.
    Enabled {
        card: CardId,
        manner: EnableManner,
        /// Who was at the counter, when it was enabled alone.
        #[serde(default, skip_serializing_if = "Attendance::is_empty")]
        by: Attendance,
    },
    /// 上门激活: the first clerk was there, and states what was found; the second has still to confirm it.
    VisitRecorded { card: CardId, visit: Box<HomeVisit> },
    /// The account works from now on.
    Activated {
        card: CardId,
        manner: ActivationManner,
        /// Who was at the counter.
        #[serde(default, skip_serializing_if = "Attendance::is_empty")]
        by: Attendance,
    },
    /// The bank is asked to mirror something.
    IntentMade { card: CardId, intent: Intent },
    /// An intent's state changed.
    IntentAnswered {
        card: CardId,
        seq: u32,
        /// Its state now.
        state: IntentState,
        /// Where the bank is asked again: when it is in doubt the next time. Lines of earlier days left that as it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Instant>,
    },
    /// A loss was reported; a formal one takes the place of a temporary one.
    LossReported {
        card: CardId,
        /// Whether it is formal.
        formal: bool,
        /// Whether nobody reported it: the account at the old bank is put on loss when the card of the new bank starts to work (R31.1). Lines
        /// of earlier days do not say so.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_bank_change: bool,
        /// Who acted for the holder at the counter, where somebody did.
        #[serde(default, skip_serializing_if = "Attendance::is_empty")]
        by: Attendance,
    },
    /// The loss was released.
    LossReleased {
        card: CardId,
        /// Who acted for the holder at the counter, where somebody did.
        #[serde(default, skip_serializing_if = "Attendance::is_empty")]
        by: Attendance,
    },
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
        /// Who said so, when and why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ruling: Option<Ruling>,
    },
    /// A register says that the person is dead.
    DeathMarked {
        source: Register,
        /// The person's number of which it says so; nothing in lines of earlier days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<SocialSecurityNumber>,
        /// The register's answer on paper, by its number, when an officer had it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<String>,
    },
    /// Somebody says that the person is dead; no register has said so.
    DeathStated {
        relation: String,
        /// What was shown.
        evidence: String,
        /// The person's number of which it is said; nothing in lines of earlier days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<SocialSecurityNumber>,
    },
    /// The person is alive.
    LifeRestored {
        /// 证明生存状态的材料, in an officer's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<String>,
        /// Of files that were joined, whose number it is about: what was said of another's stays. `None` of a file that is one person's, and in
        /// lines of earlier days, of all that was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<SocialSecurityNumber>,
    },
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
    BankChangeCarriedOut {
        /// 换卡期间的风险 was told, and the holder acknowledged it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        risks_acknowledged: bool,
        /// The holder's document.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shown: Option<Shown>,
    },
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
        /// 数据回退: the city that gets the data of an uncollected card back; nothing in lines of earlier days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data_to: Option<OrgId>,
    },
    /// 经办机构接收: the city took in the data of an uncollected card.
    DataReceived { card: CardId, from: OrgId, at: OrgId },
    /// The bank's store took in the plastic of an uncollected card.
    PlasticStored {
        card: CardId,
        from: OrgId,
        /// The bank's outlet that keeps it.
        at: OrgId,
        /// 签收人.
        signer: String,
    },
    /// The bank said whether the account is empty.
    BalanceStated { card: CardId, stated: BalanceStated },
    /// The card is offered a second time.
    OfferedAgain {
        card: CardId,
        at: OrgId,
        /// What it had been taken back for; nothing in lines of earlier days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<RecallReason>,
        /// The city that gives the data back, when it had them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data_from: Option<OrgId>,
    },
    /// The card was destroyed.
    Destroyed { card: CardId, at: OrgId },
    /// The card was cancelled.
    CardCancelled {
        card: CardId,
        reason: CancelReason,
        /// What the clerk stated; `None` in lines of earlier days, and when nobody asked for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        statement: Option<Box<CancelStatement>>,
    },
    /// 电子社保卡签发结果: the e-card of a card exists, under this number.
    ECardSigned { card: CardId, number: ECardNumber },
    /// The bank closed the account.
    AccountClosed { card: CardId },
    /// A PIN service; no PIN.
    PinRecorded {
        card: CardId,
        /// The facet now.
        pin: Pin,
        change: PinChange,
        /// Since when it is locked; `None` while it is not, and in lines of earlier days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        locked_at: Option<Instant>,
        /// Who was at the counter.
        #[serde(default, skip_serializing_if = "Attendance::is_empty")]
        by: Attendance,
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
    /// What a card was noticed for is over, and its period with it: the death was none, or is another person's; or the card came back into
    /// stock, and waits anew.
    NoticeOver { card: CardId, kind: NoticeKind },
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
    MaterialDestroyed {
        material: MaterialId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        how: Option<Destruction>,
    },
    /// 更正归档: a material of this person was filed wrongly.
    MaterialCorrected {
        material: MaterialId,
        to: Refiled,
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<OfficerId>,
    },
    /// 更正归档: materials of somebody else were filed here, and leave this file.
    MaterialsGiven {
        /// Whose they are.
        to: HolderId,
        /// As they are there.
        materials: Vec<Material>,
        reason: String,
    },
    /// The same in the file that they come to.
    MaterialsReceived {
        /// In whose file they were.
        from: HolderId,
        materials: Vec<Material>,
    },
    /// 变更证明: the proof of a changed name or document is in the archive (R29.1).
    ChangeProved {
        application: ApplicationId,
        /// Its reference there.
        proof: String,
    },
    /// 提出档案合并: another file is said to be of the same person.
    JoinProposed { join: Box<Join> },
    /// The second officer does not agree, to a joining or to its undoing.
    JoinRefused { other: HolderId, by: String, reason: String },
    /// 档案合并: everything of the other file is in this one from now on.
    Joined {
        /// The file that it came from.
        other: HolderId,
        belongings: Box<Belongings>,
        /// The cards of either file that the one-card rule ends.
        cleaned: Vec<CardId>,
        /// 死亡申报 of this file that stands; nothing in lines of earlier days, at which it was lost.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        stated: Vec<StatedDeath>,
        by: String,
    },
    /// 提出撤销合并.
    SeparationProposed { other: HolderId, by: String, reason: String },
    /// 撤销档案合并: what came from the other file goes back, in its present state.
    Separated {
        other: HolderId,
        belongings: Box<Belongings>,
        /// The cards of either file that the joining had cleaned, and that are used again.
        freed: Vec<CardId>,
        by: String,
    },
    /// The file was emptied into another one.
    JoinedInto { into: HolderId },
    /// The file has its belongings back.
    Restored {
        belongings: Box<Belongings>,
        /// As in [`Self::Separated`].
        freed: Vec<CardId>,
    },
    /// 人脸核验 at 自助服务设施, whatever came of it.
    FaceChecked { desk: DeskId, check: FaceCheck },
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
