//! 字形图片 (Article 34): the picture of a character without a glyph is handed in by whoever has the document at hand, and approved by
//! another officer before it is printed.

use crate::characters::{is_han, is_private_use};
use crate::clause;
use crate::ctx::{Actor, Ctx};
use crate::facts::document::DocumentKind;
use crate::facts::glyph::{Glyph, GlyphState, code_point};
use crate::facts::institution::{InstitutionEvent, Institutions};
use crate::facts::person::PhotoRef;
use crate::ids::{OfficerId, OrgId};
use crate::permission::Place;
use crate::refusal::{Reason, Refusal};
use crate::spelling;
use serde::{Deserialize, Serialize};

/// 提交字形图片.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProposeGlyph {
    pub id: i64,
    pub character: char,
    /// The picture, stored already.
    pub picture: PhotoRef,
    /// On which kind of document the character was seen.
    pub seen_on: DocumentKind,
    /// The office that hands it in.
    pub org: OrgId,
    /// Whether the fonts that papers are printed with have the character; `false` as well where nobody can tell.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_fonts: bool,
}

/// 审核字形图片.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DecideGlyph {
    pub id: i64,
    pub approved: bool,
    /// Why not.
    pub reason: String,
    /// Whether the fonts that papers are printed with have the character by now; `false` as well where nobody can tell.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_fonts: bool,
}

fn officer(ctx: &Ctx) -> Option<OfficerId> {
    match ctx.actor {
        Actor::Officer(id) => Some(id),
        Actor::Bank(_) | Actor::Vendor(_) | Actor::Partner(_) | Actor::Kiosk(_) | Actor::System => None,
    }
}

/// Where a picture is decided on: above the office that handed it in.
pub(super) fn place(state: &Institutions, id: i64) -> Place {
    state.glyphs().get(id).map_or(Place::Anywhere, |g| Place::At(g.org))
}

/// Whether a character can have a picture at all: it is a Han character that is the same on every machine, and no font has it, for what
/// a font has is printed by the font.
///
/// # Errors
/// Why no picture of it is taken.
pub fn may_have_picture(character: char, in_fonts: bool) -> Result<(), Refusal> {
    clause!(R34.1);
    let code = code_point(character);
    // What a private code point shows, every machine knows otherwise.
    if !is_han(character) || is_private_use(character) {
        let about = format!("{code}不是有统一码位的汉字，不收字形图片；请按[拼音]登记该字");
        return Err(Refusal::about(Reason::MaterialDefective, about));
    }
    if in_fonts {
        return Err(Refusal::about(Reason::GlyphInFonts, format!("“{character}”{code}")));
    }
    Ok(())
}

/// Decides 提交: one picture of a character waits at a time.
pub(super) fn propose(
    state: &Institutions,
    command: &ProposeGlyph,
    ctx: &Ctx,
) -> Result<InstitutionEvent, Refusal> {
    clause!(R34.1);
    let c = command.character;
    may_have_picture(c, command.in_fonts)?;
    if state.glyphs().get(command.id).is_some() {
        return Err(Reason::NothingToDo.into());
    }
    if state.glyphs().waits(c) {
        return Err(Refusal::about(Reason::ChangeWaits, format!("{}的字形图片", code_point(c))));
    }
    Ok(InstitutionEvent::GlyphProposed(Glyph {
        id: command.id,
        character: c,
        picture: command.picture.clone(),
        seen_on: command.seen_on,
        org: command.org,
        by: officer(ctx),
        at: ctx.now,
        state: GlyphState::Proposed,
    }))
}

/// Decides 审核: by another than whoever handed it in.
pub(super) fn decide(
    state: &Institutions,
    command: &DecideGlyph,
    ctx: &Ctx,
) -> Result<InstitutionEvent, Refusal> {
    clause!(R34.1);
    let known = state.glyphs().get(command.id).ok_or_else(|| Refusal::about(Reason::NotFound, "字形图片"))?;
    if known.state != GlyphState::Proposed {
        return Err(Refusal::about(Reason::NothingToDo, "该字形图片已审核"));
    }
    let me = officer(ctx);
    if me.is_some() && me == known.by {
        return Err(Reason::OwnGlyph.into());
    }
    if !command.approved && spelling::says_nothing(&command.reason) {
        return Err(Refusal::about(Reason::MaterialDefective, "不予启用须写明理由"));
    }
    if command.approved {
        may_have_picture(known.character, command.in_fonts)
            .map_err(|refused| refused.way("请选“不予启用”并写明理由"))?;
    }
    let (by, at, reason) = (me, ctx.now, command.reason.trim().to_owned());
    let decision = match command.approved {
        true => GlyphState::Approved { by, at },
        false => GlyphState::Refused { by, at, reason },
    };
    Ok(InstitutionEvent::GlyphDecided { id: command.id, decision })
}
