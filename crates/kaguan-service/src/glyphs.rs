//! 字形图片: the picture of a character that no font has is stored sealed, like a photo, then handed in.

use crate::outcome::{Failure, Receipt};
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Ctx};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::glyph::Glyph;
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::ids::OrgId;
use kaguan_domain::institution::{InstitutionCommand, ProposeGlyph, may_have_picture};
use kaguan_domain::permission::{Place, Verb};

/// A picture as it is handed in, judged at the door.
pub struct HandedIn {
    pub character: char,
    /// On which kind of document the character was seen.
    pub seen_on: DocumentKind,
    /// The office that has the document at hand.
    pub org: OrgId,
    /// Whether the fonts that papers are printed with have the character; `false` as well where nobody can tell.
    pub in_fonts: bool,
    pub png: Vec<u8>,
}

impl Service {
    /// 提交字形图片: the right is asked before anything is stored.
    pub async fn propose_glyph(&self, ctx: Ctx, picture: HandedIn) -> Result<Receipt, Failure> {
        clause!(R34.1);
        let HandedIn { character, seen_on, org, in_fonts, png } = picture;
        self.may(&ctx.actor, Verb::ProposeGlyph, &Place::At(org))?;
        let stored = match may_have_picture(character, in_fonts) {
            Ok(()) => self.store().put_photos(&[png]).await?.into_iter().next(),
            // The command is refused for the same, and leaves its line; the picture is not kept.
            Err(_) => Some(String::new()),
        };
        let stored = stored.ok_or_else(|| Failure::broken("the picture has no name"))?;
        let (id, picture) = (self.fresh(), PhotoRef(stored));
        let command = ProposeGlyph { id, character, picture, seen_on, org, in_fonts };
        self.execute(ctx, Command::Institution(InstitutionCommand::ProposeGlyph(command))).await
    }

    /// The pictures that were handed in, of the whole province: a character is the same everywhere, and they name nobody.
    pub fn glyphs_for(&self, actor: &Actor) -> Result<Vec<Glyph>, Failure> {
        self.org_of(actor, Verb::ProposeGlyph, |home| Place::At(home.id))?;
        Ok(self.institutions().glyphs().all().cloned().collect())
    }

    /// One of them, a PNG; `None` for a number that none has.
    pub async fn glyph_picture(&self, id: i64) -> Result<Option<Vec<u8>>, Failure> {
        let Some(picture) = self.institutions().glyphs().get(id).map(|g| g.picture.clone()) else {
            return Ok(None);
        };
        Ok(self.store().photo(&picture.0).await?)
    }
}
