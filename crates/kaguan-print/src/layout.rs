//! Text in lines: which glyph of which face, how wide, and where a line may be broken.

use crate::face::{Face, Faces, Seen};
use crate::fours::fours;
use crate::model::{Line, Run};
use crate::pdf::Missing;
use crate::picture::Picture;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// A character that was found: a glyph of a face, or its picture.
#[derive(Clone, Copy)]
pub(crate) enum Found<'a> {
    Glyph { face: &'a Face, n: usize, seen: Seen },
    Picture(&'a Picture),
}

impl Found<'_> {
    /// Of a font that is one high; a picture takes the place of a Han character.
    fn width(&self) -> f32 {
        match self {
            Self::Glyph { seen, .. } => seen.width,
            Self::Picture(_) => 1.0,
        }
    }

    /// Of which face it is; none of a picture.
    pub fn face_no(&self) -> Option<usize> {
        match self {
            Self::Glyph { n, .. } => Some(*n),
            Self::Picture(_) => None,
        }
    }
}

/// The fonts of one printing, with what was found in them, and what was not.
pub(crate) struct Fonts<'a> {
    faces: &'a dyn Faces,
    known: HashMap<char, Option<Found<'a>>>,
    pub missing: Vec<Missing>,
}

/// A box that is ticked: the fonts of many machines have the empty one only, so that is what is drawn, and the tick over it.
pub(crate) const TICKED: char = '☑';

impl<'a> Fonts<'a> {
    pub fn of(faces: &'a dyn Faces) -> Self {
        Self { faces, known: HashMap::new(), missing: Vec::new() }
    }

    fn look(&self, c: char) -> Option<Found<'a>> {
        let asked = match c {
            TICKED => '□',
            // Blanks of other widths and hyphens that do not break are in few fonts.
            '\u{a0}' | '\u{2002}' | '\u{2009}' | '\u{202f}' => ' ',
            '\u{2011}' => '-',
            c => c,
        };
        let glyph = (0..self.faces.count()).find_map(|n| {
            let face = self.faces.face(n)?;
            Some(Found::Glyph { face, n, seen: face.glyph(asked)? })
        });
        glyph.or_else(|| self.faces.picture(c).map(Found::Picture))
    }

    /// The glyph of a character; one that no font has is told, once for each item.
    pub fn find(&mut self, c: char, item: &str) -> Option<Found<'a>> {
        let found = self.look_once(c);
        if found.is_none() {
            let missing = Missing { character: c, item: item.to_owned() };
            if !self.missing.contains(&missing) {
                self.missing.push(missing);
            }
        }
        found
    }

    fn look_once(&mut self, c: char) -> Option<Found<'a>> {
        if let Entry::Occupied(known) = self.known.entry(c) {
            return *known.get();
        }
        let found = self.look(c);
        self.known.insert(c, found);
        found
    }
}

/// A character at its place in a line.
#[derive(Clone, Copy)]
pub(crate) struct Set<'a> {
    pub c: char,
    pub found: Found<'a>,
    /// Of a font that is one high.
    pub width: f32,
    pub underlined: bool,
    /// Whether no line is broken before it.
    tied: bool,
}

/// No line begins with these, and none ends with the others.
const NOT_FIRST: &str = "，。、；：！？）》」』】〉”’,.;:!?)]}%…—·";
const NOT_LAST: &str = "（《「『【〈“‘([{";

/// How far apart the groups of a long number stand, and how much closer the characters within one, of a font that is one high. Programs
/// that read a PDF take a tenth and more for a blank: the number stays whole for them.
const FOURS: (f32, f32) = (0.095, 0.02);

/// The longest part of a name between its dots (阿卜杜热合曼·买买提艾力) that is kept together.
const NAME_PART: usize = 10;

fn joins(before: char, after: char) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/' | '@' | '\'' | '_' | '&');
    let unit = |c: char| matches!(c, '年' | '月' | '日');
    NOT_FIRST.contains(after)
        || NOT_LAST.contains(before)
        || (word(before) && word(after))
        // A day is one word.
        || (before.is_ascii_digit() && unit(after))
        || (unit(before) && after.is_ascii_digit())
}

fn is_box(c: char) -> bool {
    matches!(c, '□' | TICKED)
}

/// What stands between characters that are kept together: a word, a day, a box and what it is the box of, a part of a name.
fn tie(set: &mut [Set<'_>]) {
    let mut boxed = false;
    for n in 0..set.len() {
        let c = set[n].c;
        let joined = n > 0 && joins(set[n - 1].c, c);
        set[n].tied = joined || (boxed && !is_box(c) && c != ' ');
        boxed = is_box(c) || (boxed && !matches!(c, ' ' | '、' | '　'));
    }
    let is_part = |c: char| c.is_alphabetic() && !c.is_ascii();
    let dots: Vec<usize> = (0..set.len()).filter(|n| set[*n].c == '·').collect();
    for (k, dot) in dots.iter().enumerate() {
        let before = set[..*dot].iter().rev().take_while(|s| is_part(s.c)).count();
        let after = set[dot + 1..].iter().take_while(|s| is_part(s.c)).count();
        let first = if k == 0 { before } else { 0 };
        for (from, length) in [(dot - first, first), (dot + 1, after)] {
            if length <= NAME_PART {
                set[from..from + length].iter_mut().skip(1).for_each(|s| s.tied = true);
            }
        }
    }
}

/// By how much what stands at some places of a text is wider than its glyph, or narrower: the long numbers, in their groups.
fn spaced(text: &str) -> HashMap<usize, f32> {
    let mut out = HashMap::new();
    for number in fours(text) {
        let end = number.last().map_or(0, |four| four.end);
        for four in number {
            let inner = four.start..four.end - 1;
            out.extend(inner.map(|at| (at, -FOURS.1)));
            if four.end < end {
                out.insert(four.end - 1, FOURS.0);
            }
        }
    }
    out
}

fn set_of<'a>(line: &Line, fonts: &mut Fonts<'a>) -> Vec<Set<'a>> {
    let mut set: Vec<Set<'a>> = Vec::new();
    for Run { text, item, underlined } in line {
        let spaced = spaced(text);
        for (at, c) in text.char_indices().filter(|(_, c)| !c.is_control()) {
            let Some(found) = fonts.find(c, item) else { continue };
            let width = found.width() + spaced.get(&at).unwrap_or(&0.0);
            set.push(Set { c, found, width, underlined: *underlined, tied: false });
        }
    }
    tie(&mut set);
    set
}

/// How wide the longest piece of a line is that may not be broken, of a font that is one high.
pub(crate) fn longest(line: &Line, fonts: &mut Fonts<'_>) -> f32 {
    let set = set_of(line, fonts);
    set.chunk_by(|_, next| next.tied).map(width).fold(0.0, f32::max)
}

/// A line in pieces that are no wider than `width` (of a font that is one high).
pub(crate) fn broken<'a>(line: &Line, width: f32, fonts: &mut Fonts<'a>) -> Vec<Vec<Set<'a>>> {
    let set = set_of(line, fonts);
    let mut out = Vec::new();
    let mut rest = &set[..];
    while !rest.is_empty() {
        let mut sum = 0.0;
        let fits = rest.iter().take_while(|s| {
            sum += s.width;
            sum <= width + 0.001
        });
        let mut end = fits.count().max(1);
        if end < rest.len() {
            // Back to where a line may be broken; a word that is longer than the line is broken where it must be.
            let good = (1..=end).rev().find(|n| !rest[*n].tied);
            end = good.unwrap_or(end);
        }
        let (this, next) = rest.split_at(end);
        out.push(this.to_vec());
        // No line begins with the blank at which it was broken.
        let blanks = next.iter().take_while(|s| !s.underlined && s.c == ' ').count();
        rest = &next[blanks..];
    }
    if out.is_empty() {
        out.push(Vec::new());
    }
    out
}

/// How wide a piece of a line is, of a font that is one high.
pub(crate) fn width(set: &[Set<'_>]) -> f32 {
    set.iter().map(|s| s.width).sum()
}
