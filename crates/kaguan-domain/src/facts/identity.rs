//! Who somebody is (Articles 3, 5 and 35): one social security number at a time, the first for life unless Article 29
//! changes it, and any number of documents, each with its validity and its history.

use crate::clause;
use crate::ctx::Instant;
use crate::facts::document::{Document, DocumentKind, mask_number};
use crate::facts::social_security_number::SocialSecurityNumber;
use crate::ids::{ApplicationId, HolderId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

/// By what a document is known again: its kind, its country and its number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identifier {
    pub kind: DocumentKind,
    /// 国籍, alpha-3; it tells passports of the same number apart.
    pub nationality: String,
    /// In the spelling of [`Document`]: half width, upper case, no blanks.
    pub number: String,
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({})", self.kind, self.masked())
    }
}

impl Identifier {
    /// Of a document that is shown.
    pub fn of(document: &Document, nationality: &str) -> Self {
        Self {
            kind: document.kind(),
            nationality: nationality.to_owned(),
            number: document.number().to_owned(),
        }
    }

    /// The number without what changes from card to card: of a permit the renewal count (換证次数) is left out.
    pub fn stem(&self) -> &str {
        let whole = self.number.as_str();
        let length = match self.kind {
            DocumentKind::MainlandTravelPermitHkMo => 9,
            DocumentKind::MainlandTravelPermitTw => 8,
            DocumentKind::IdentityCard
            | DocumentKind::HouseholdRegister
            | DocumentKind::HmtResidencePermit
            | DocumentKind::ForeignPermanentResident
            | DocumentKind::Passport
            | DocumentKind::ChinesePassport => whole.len(),
        };
        whole.get(..length).unwrap_or(whole)
    }

    /// The one value under which it is claimed. All documents of eighteen digits are one name space: identity card, household
    /// register, residence permit and the permanent resident's card of 2023; a passport is its country's.
    pub fn canonical(&self) -> String {
        clause!(R5.5);
        let stem = self.stem();
        match self.kind {
            DocumentKind::IdentityCard
            | DocumentKind::HouseholdRegister
            | DocumentKind::HmtResidencePermit => format!("18/{stem}"),
            DocumentKind::ForeignPermanentResident if stem.len() == 18 => format!("18/{stem}"),
            DocumentKind::ForeignPermanentResident => format!("resident/{stem}"),
            DocumentKind::MainlandTravelPermitHkMo => format!("hk_mo/{stem}"),
            DocumentKind::MainlandTravelPermitTw => format!("tw/{stem}"),
            DocumentKind::Passport | DocumentKind::ChinesePassport => {
                format!("passport/{}/{stem}", self.nationality)
            }
        }
    }

    /// Whether both are one document, or the old and the new card of one permit.
    pub fn is(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }

    /// Whether a new one of these takes the place of the other: one in force of each kind, and of each country.
    pub(crate) fn takes_place_of(&self, other: &Self) -> bool {
        let passport = matches!(self.kind, DocumentKind::Passport | DocumentKind::ChinesePassport);
        self.kind == other.kind && (!passport || self.nationality == other.nationality)
    }

    /// The number as it may be shown.
    pub fn masked(&self) -> String {
        mask_number(&self.number)
    }
}

/// How a document came to be known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HowKnown {
    /// 出示: with an application.
    Shown,
    /// 登记机关: a register says that it is the same person's.
    Register,
    /// 信息变更换卡 (Article 29).
    Exchange,
}

impl HowKnown {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shown => "申请时出示",
            Self::Register => "登记机关告知",
            Self::Exchange => "信息变更换卡",
        }
    }
}

/// A document that somebody holds or held.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HeldDocument {
    pub which: Identifier,
    /// 有效期到期日; `None` when a register did not say it.
    pub valid_until: Option<Date>,
    /// The day on which it became known; `None` for the document of a file that has no other.
    pub since: Option<Date>,
    pub how: HowKnown,
    /// `None` while it is in force.
    pub ended: Option<DocumentEnd>,
}

/// How a document ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DocumentEnd {
    pub on: Date,
    /// The one that took its place.
    pub replaced_by: Option<Identifier>,
}

/// Why somebody has another social security number than before (Article 29).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberEnd {
    /// 证件号码更正: the police corrected the citizen's number.
    Corrected,
    /// 证件类型变更: a permit holder has a residence permit now, say.
    DocumentChanged,
    /// 档案合并: two files of one person were joined.
    Joined,
}

impl NumberEnd {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Corrected => "证件号码更正",
            Self::DocumentChanged => "证件类型变更",
            Self::Joined => "档案合并",
        }
    }
}

/// An earlier social security number. Its claim stays with the person for good.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PastNumber {
    pub number: SocialSecurityNumber,
    /// The day on which another took its place.
    pub until: Date,
    pub why: NumberEnd,
}

/// Another identifier that a register says is the same person's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Also {
    /// 社会保障号码, one of fifteen digits as its eighteen.
    Number(SocialSecurityNumber),
    Document {
        which: Identifier,
        /// 有效期到期日, when the register says it.
        #[serde(default)]
        valid_until: Option<Date>,
    },
}

/// What a clerk says of an applicant who may have a file already.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// Whoever was shown to the clerk, all of them.
    pub candidates: Vec<HolderId>,
    /// Which of them it is (本人); `None` when it is another person (不是同一人).
    pub same: Option<HolderId>,
    /// 判断理由: what the clerk saw.
    pub reason: String,
}

/// An answer as the file keeps it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Answered {
    pub application: ApplicationId,
    pub at: Instant,
    pub answer: Answer,
}
