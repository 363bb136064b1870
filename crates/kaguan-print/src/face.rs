//! Fonts: which has a character, and how wide it is.

use crate::picture::Picture;
use krilla::text::{Font, GlyphId};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};
use std::sync::Arc;

/// One face of a font file.
pub struct Face {
    pub(crate) font: Font,
    data: Arc<Vec<u8>>,
    index: u32,
}

/// A glyph of a face: its number and its width, of a font that is one high.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub glyph: GlyphId,
    pub width: f32,
}

impl Face {
    /// Reads a font file (TTF, OTF, or a face of a TTC); `None` when it is none.
    pub fn read(bytes: Vec<u8>, index: u32) -> Option<Self> {
        let data = Arc::new(bytes);
        Some(Self { font: Font::new(Arc::clone(&data).into(), index)?, data, index })
    }

    /// The glyph of a character, unless the face has none.
    pub(crate) fn glyph(&self, c: char) -> Option<Seen> {
        let font = FontRef::from_index(&self.data, self.index).ok()?;
        let glyph = font.charmap().map(c)?;
        let metrics = font.glyph_metrics(Size::unscaled(), LocationRef::default());
        let width = metrics.advance_width(glyph)? / self.font.units_per_em();
        (glyph.to_u32() != 0).then(|| Seen { glyph: GlyphId::new(glyph.to_u32()), width })
    }
}

/// The fonts of a machine, in the order in which they are asked; one is looked at when those before it lack a character.
pub trait Faces {
    /// How many there are.
    fn count(&self) -> usize;
    /// One of them; `None` when it is not installed.
    fn face(&self, n: usize) -> Option<&Face>;
    /// The picture of a character that none of them has.
    fn picture(&self, _: char) -> Option<&Picture> {
        None
    }
}

/// Whether some font has a character.
pub fn has(faces: &dyn Faces, c: char) -> bool {
    (0..faces.count()).any(|n| faces.face(n).is_some_and(|face| face.glyph(c).is_some()))
}
