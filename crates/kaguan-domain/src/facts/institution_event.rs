//! What happens in the institution room.

use crate::codes::HolidayRow;
use crate::ctx::{Actor, Instant};
use crate::facts::data_loss::AcceptedDataLoss;
use crate::facts::desk::Desk;
use crate::facts::export::ExportJournal;
use crate::facts::failure::{BankDataRow, GuideRow};
use crate::facts::glyph::{Glyph, GlyphState};
use crate::facts::officer::{ChangeState, ProposedChange};
use crate::facts::organisation::{Officer, Organisation};
use crate::facts::partner::{Contact, Partner, PartnerKey, ProposedPartner};
use crate::facts::policy::{DatedPolicy, ProposedPolicy};
use crate::facts::role::Task;
use crate::ids::{BankCode, CityCode, DeskId, OfficerId, OrgId, PartnerId, VendorCode};
use serde::{Deserialize, Serialize};

/// What happened in the institution room.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstitutionEvent {
    /// An organisation was added.
    OrganisationAdded(Organisation),
    /// An organisation has another name from now on.
    OrganisationRenamed {
        org: OrgId,
        name: String,
        /// From when on; `None` before December 2026: then only its line of the journal says it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Instant>,
    },
    /// An organisation works no more.
    OrganisationStopped { org: OrgId, at: Instant, reason: String },
    /// It works again.
    OrganisationStarted { org: OrgId },
    /// A bank's outlet has the bank's own code from now on, in place of an earlier one.
    OutletCoded {
        org: OrgId,
        /// 网点编码, at most 20 letters and digits.
        code: String,
    },
    /// A bank cooperates with a city from now on.
    BankOffered {
        city: CityCode,
        /// The bank.
        bank: BankCode,
    },
    /// A bank cooperates with a city no more: nobody applies for a card of it there, and whoever has one keeps it.
    BankEnded {
        city: CityCode,
        bank: BankCode,
        /// Why, in Chinese.
        reason: String,
    },
    /// The province wants the cards of a bank to be reconciled now.
    ReconciliationAsked { bank: BankCode, at: Instant },
    /// An officer was added.
    OfficerAdded(Officer),
    /// An officer was stopped.
    OfficerStopped {
        officer: OfficerId,
        /// Why, in Chinese; until November 2026 nobody was asked.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
        /// By whom; `None` is the operator, and whoever it was before December 2026.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<OfficerId>,
        /// When; `None` before December 2026: then only its line of the journal says it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Instant>,
    },
    /// A password was changed.
    PasswordChanged {
        officer: OfficerId,
        /// PHC string.
        password_hash: String,
    },
    /// The operator gave an account a one-time password.
    PasswordReset {
        officer: OfficerId,
        /// PHC string.
        password_hash: String,
        /// From when on it holds.
        at: Instant,
    },
    /// An officer has proved a 动态口令; from now on sign-in asks for it, in place of an earlier one.
    SecondFactorSet {
        officer: OfficerId,
        /// Under which number its secret is kept.
        factor: i64,
    },
    /// Sign-in asks for none any more: its owner has switched it off, or the operator has reset it.
    SecondFactorEnded { officer: OfficerId },
    /// An administrator has proposed to change somebody's rights.
    OfficerChangeProposed(ProposedChange),
    /// Another one has decided it.
    OfficerChangeDecided {
        id: i64,
        approved: bool,
        reason: String,
        by: Option<OfficerId>,
        at: Instant,
        /// PHC string of the one-time password that goes with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        password_hash: Option<String>,
    },
    /// Whoever proposed it has taken it back.
    OfficerChangeWithdrawn { id: i64, at: Instant },
    /// A vendor has stated of a month whether banks' data came in time; the last statement of a month holds.
    BankDataStated { vendor: VendorCode, month: String, rows: Vec<BankDataRow> },
    /// A bank's table of failures was set.
    FailureGuideSet {
        bank: BankCode,
        rows: Vec<GuideRow>,
        /// The city whose words beside the bank's own they are; `None` for the bank's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        city: Option<CityCode>,
        /// By whom and when; `None` before December 2026: then only its line of the journal says it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Actor>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Instant>,
    },
    /// A city has proposed its rules.
    PolicyProposed(ProposedPolicy),
    /// The province has examined them.
    PolicyDecided {
        id: i64,
        /// 备案: they hold from now on, from their day.
        approved: bool,
        reason: String,
        by: Option<OfficerId>,
        at: Instant,
    },
    /// A city's policy was set by an administrator, as it was done before cities proposed theirs.
    PolicySet {
        city: CityCode,
        /// The policy and its days.
        policy: DatedPolicy,
    },
    /// A city entrusted an office with a task, or took the task back.
    Entrusted { org: OrgId, task: Task, granted: bool },
    /// The picture of a character was handed in.
    GlyphProposed(Glyph),
    /// It was looked at by another.
    GlyphDecided { id: i64, decision: GlyphState },
    /// 制卡桌面机 tied to an outlet.
    DeskPaired(Desk),
    /// It is nobody's any more; what it signs is refused from then on.
    DeskEnded { desk: DeskId, at: Instant },
    /// A desk is 自助服务设施 from now on, or no more.
    KioskSet { desk: DeskId, kiosk: bool },
    /// A clerk has opened 自助服务设施 to whoever comes, or closed it.
    KioskRun { desk: DeskId, run: bool, by: OfficerId, at: Instant },
    /// A partner was registered.
    PartnerRegistered(Partner),
    /// A partner moved.
    PartnerReached {
        partner: PartnerId,
        /// Where it is called.
        endpoint: Option<String>,
    },
    /// A key was added.
    PartnerKeyAdded { partner: PartnerId, key: PartnerKey },
    /// A key ends.
    PartnerKeyEnded {
        partner: PartnerId,
        key: String,
        /// From when on it is refused.
        until: Instant,
    },
    /// An administrator has proposed to change a partner or a key.
    PartnerChangeProposed(ProposedPartner),
    /// Another one has decided it, or the first has taken it back; what it changes stands in events of its own.
    PartnerChangeDecided { id: i64, state: ChangeState },
    /// Whom one speaks to at a partner, in place of those before.
    ContactsKept { partner: PartnerId, contacts: Vec<Contact> },
    /// The system signs under its next key from a moment on.
    SystemKeyChanged {
        /// From when on.
        from: Instant,
    },
    /// A message that was given up was handled.
    DeadLetterHandled {
        letter: i64,
        /// Whether it was sent again.
        again: bool,
        /// How it was settled with the partner; empty of those before December 2026.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        how: String,
    },
    /// The system goes on after a loss.
    DataLossAccepted(AcceptedDataLoss),
    /// Lines of the journal left the system.
    JournalExported(ExportJournal),
    /// A notice of days off was taken: it says something of the days that it names, and of no other.
    NoticeTaken { days: Vec<HolidayRow> },
    /// A year's notice was loaded, in place of all that was known of the year: how notices were taken until November 2026.
    HolidayNoticeLoaded {
        /// The year.
        year: i16,
        /// Its rows.
        days: Vec<HolidayRow>,
    },
}
