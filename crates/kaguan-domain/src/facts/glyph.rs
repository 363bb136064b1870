//! 字形图片 (Article 34): the picture of a character that no font of the system has, as somebody's document shows it.
//!
//! A picture is the province's, not an outlet's: a code point is one character wherever it is printed, a person's card is made, changed
//! and collected in other cities, and a second picture of the same character would be a second spelling of a name. So whoever has the
//! document at hand hands the picture in, and somebody else above it looks at it before anything is printed with it.

use crate::ctx::Instant;
use crate::facts::document::DocumentKind;
use crate::facts::person::PhotoRef;
use crate::ids::{OfficerId, OrgId};
use serde::{Deserialize, Serialize};

/// A picture of a character that was handed in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Glyph {
    pub id: i64,
    /// The character that it shows.
    pub character: char,
    /// The picture, a PNG that is stored sealed.
    pub picture: PhotoRef,
    /// The kind of document that shows the character; whose it is stands nowhere.
    pub seen_on: DocumentKind,
    /// The outlet that had the document at hand.
    pub org: OrgId,
    pub by: Option<OfficerId>,
    pub at: Instant,
    pub state: GlyphState,
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GlyphState {
    /// 待审核
    Proposed,
    /// 已启用: printed from then on, till a later one is approved.
    Approved { by: Option<OfficerId>, at: Instant },
    /// 不予启用
    Refused { by: Option<OfficerId>, at: Instant, reason: String },
}

impl GlyphState {
    /// The Chinese term.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Proposed => "待审核",
            Self::Approved { .. } => "已启用",
            Self::Refused { .. } => "不予启用",
        }
    }
}

/// A code point as people write it: `U+2EBF0`.
pub fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}
