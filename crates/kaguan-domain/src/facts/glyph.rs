//! 字形图片 (Article 34): the picture of a character that no font of the system has, as somebody's document shows it.
//!
//! A picture is the province's, not an outlet's: a code point is one character wherever it is printed, a person's card is made, changed
//! and collected in other cities, and a second picture of the same character would be a second spelling of a name. So whoever has the
//! document at hand hands the picture in, and somebody else above it looks at it before anything is printed with it.

use crate::clause;
use crate::ctx::Instant;
use crate::facts::document::DocumentKind;
use crate::facts::person::PhotoRef;
use crate::ids::{OfficerId, OrgId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

/// All pictures that were handed in, by their identities.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Glyphs(BTreeMap<i64, Glyph>);

impl Glyphs {
    /// The picture of an identity.
    pub fn get(&self, id: i64) -> Option<&Glyph> {
        self.0.get(&id)
    }

    /// The latest first.
    pub fn all(&self) -> impl Iterator<Item = &Glyph> {
        self.0.values().rev()
    }

    /// Whether one of a character waits for somebody to look at it.
    pub fn waits(&self, character: char) -> bool {
        self.all().any(|g| g.character == character && g.state == GlyphState::Proposed)
    }

    /// The picture with which a character is printed that no font has: the one that was approved last (R34.1).
    pub fn of(&self, character: char) -> Option<&Glyph> {
        clause!(R34.1);
        let approved = self.0.values().filter(|g| g.character == character).filter_map(|g| match g.state {
            GlyphState::Approved { at, .. } => Some((at, g)),
            GlyphState::Proposed | GlyphState::Refused { .. } => None,
        });
        approved.max_by_key(|(at, g)| (*at, g.id)).map(|(_, g)| g)
    }

    /// One is handed in.
    pub(super) fn propose(&mut self, glyph: &Glyph) {
        self.0.insert(glyph.id, glyph.clone());
    }

    /// One was looked at.
    pub(super) fn decide(&mut self, id: i64, decision: &GlyphState) {
        if let Some(g) = self.0.get_mut(&id) {
            g.state = decision.clone();
        }
    }
}
