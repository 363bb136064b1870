//! What a clerk states about whoever stands at the counter (Articles 14, 16, 19 to 21 and 33): which document was shown,
//! who acts for the holder, and what was kept of it.

use crate::facts::application::{AgentGround, AgentRelation};
use crate::facts::archive::MaterialKind;
use crate::facts::document::DocumentKind;
use crate::facts::form::ApplicationForm;
use crate::ids::MaterialId;
use serde::{Deserialize, Serialize};

/// 有效身份证件 that was shown: the original, or its 电子证照.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    pub kind: DocumentKind,
    /// 证件号码, as the clerk read it.
    pub number: String,
    /// 电子证照, not the original.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub electronic: bool,
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shown({:?})", self.kind)
    }
}

impl Shown {
    /// The original of the document that a file has.
    pub fn on_file(details: &ApplicationForm) -> Self {
        let document = &details.document;
        Self { kind: document.kind(), number: document.number().to_owned(), electronic: false }
    }
}

/// A copy 复印件 or image 影像 that the archive keeps of what was shown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KeptCopy {
    /// Under which identity.
    pub id: MaterialId,
    pub kind: MaterialKind,
    /// SM3 of an image that comes with this business, in lower-case hexadecimal, stored under the identity; empty for one that
    /// cannot be read, `None` for what is filed already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

impl KeptCopy {
    /// Whether it came as a file that is no image of a common kind (Article 34); no rule takes such a one.
    pub fn is_unreadable(&self) -> bool {
        self.digest.as_deref() == Some("")
    }
}

/// 代办人, who acts for the holder.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deputy {
    pub name: String,
    pub document_kind: DocumentKind,
    /// 证件号码
    pub document_number: String,
    /// 电子证照, not the original.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub electronic: bool,
    /// 联系电话
    #[serde(default)]
    pub phone: String,
    pub relation: AgentRelation,
    /// Why the holder does not come, where the business asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<AgentGround>,
    /// A guardian who is not the one on file: that he is another was seen, and his proof verified.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other_guardian: bool,
    /// What was kept: the deputy's document, the proof of the relation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<KeptCopy>,
}

impl std::fmt::Debug for Deputy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Deputy({:?}, {:?})", self.relation, self.ground)
    }
}

/// Who took the card, verified against the original document (R14.2).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collector {
    /// 本人
    Holder,
    /// 代领人, with the copy of the document
    Deputy(Box<Deputy>),
    /// 代领人 in lines of earlier days
    Agent {
        name: String,
        /// Document number.
        document_number: String,
        /// Reference of the copy of the document in the archive.
        copy: String,
    },
}

impl std::fmt::Debug for Collector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Holder => "Holder",
            Self::Deputy(_) => "Deputy",
            Self::Agent { .. } => "Agent",
        })
    }
}

/// Who was at the counter, as the journal keeps it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Attendance {
    /// The holder's document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<Shown>,
    /// Who acted for the holder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deputy: Option<Box<Deputy>>,
}

impl Attendance {
    /// Whether nobody is named: a bank's computer keeps that itself, and lines of earlier days have none.
    pub fn is_empty(&self) -> bool {
        self.holder.is_none() && self.deputy.is_none()
    }
}
