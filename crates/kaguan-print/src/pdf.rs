//! A paper as PDF: A4, fonts cut down to the characters that are used, lines and QR codes as vectors.

use crate::face::Faces;
use crate::layout::{Fonts, Found, Set, TICKED, broken, longest, width};
use crate::model::{Align, Block, Cell, Line, Mark, Paper, Placed, Run, Sheet, Shown, Table};
use crate::picture::Picture;
use crate::qr::{self, Squares};
use krilla::Document;
use krilla::geom::{Path, PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};
use std::fmt;

/// A character that no font of the list has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Missing {
    pub character: char,
    /// The item in which it stands; empty for the paper's own words.
    pub item: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let item = if self.item.is_empty() { "正文" } else { &self.item };
        write!(f, "“{item}”中的U+{:04X}", u32::from(self.character))
    }
}

/// Why a paper cannot be made into PDF. Names items and code points, never what else stands in them.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PrintError {
    /// No font of the list is there.
    #[error("没有安装字库，不能生成PDF")]
    NoFont,
    /// Characters without a glyph, all of them.
    #[error("以下字符在已安装的字库中没有字形，不能生成PDF：{}", told(.0))]
    NoGlyph(Vec<Missing>),
    /// A photo that is no JPEG picture.
    #[error("相片不能读取，不能生成PDF")]
    Photo,
    /// The PDF could not be written.
    #[error("PDF未能生成：{0}")]
    Writing(String),
}

fn told(missing: &[Missing]) -> String {
    missing.iter().map(ToString::to_string).collect::<Vec<_>>().join("、")
}

/// Points of 1/72 inch in a millimetre.
const MM: f32 = 72.0 / 25.4;
const A4: (f32, f32) = (210.0 * MM, 297.0 * MM);
const MARGIN: (f32, f32) = (16.0 * MM, 14.0 * MM);
/// Of the letters, in points: the largest, the smallest, and by how much they become smaller.
const LETTERS: (f32, f32, f32) = (10.5, 6.5, 0.25);
/// How small the letters of a cell become, of those around it, before a word that is longer than the cell is broken.
const SMALLEST: f32 = 0.7;
/// A line's height, of its letters'.
const LEADING: f32 = 1.38;
/// Around what stands in a cell.
const PAD: (f32, f32) = (1.2 * MM, 0.7 * MM);
const HEADING: f32 = 1.55;
/// How much of its square the ink of a Han character takes.
const INKED: f32 = 0.9;
/// Of a page that is one of several: which it is.
const FOOT: f32 = 6.0 * MM;
const QR: f32 = 27.0 * MM;

/// The page of a sheet: its width and height.
#[derive(Clone, Copy)]
struct Area {
    page: (f32, f32),
    /// Whether columns are made as wide as the words in them; a form of the regulation has the widths that it has.
    fits: bool,
}

impl Area {
    fn of(sheet: &Sheet) -> Self {
        let page = if sheet.landscape { (A4.1, A4.0) } else { A4 };
        Self { page, fits: sheet.flows }
    }

    /// Between its margins.
    fn width(self) -> f32 {
        self.page.0 - 2.0 * MARGIN.0
    }

    fn height(self) -> f32 {
        self.page.1 - 2.0 * MARGIN.1
    }
}

/// A part of a sheet with its height, ready to be drawn.
enum Part<'a> {
    Lines {
        lines: Vec<(f32, Vec<Set<'a>>)>,
        letters: f32,
    },
    /// One row, or rows that a cell holds together.
    Rows {
        cells: Vec<Ready<'a>>,
        fills: f32,
    },
    Mark {
        code: Squares,
        says: Vec<Vec<Set<'a>>>,
    },
    Nothing,
}

/// A cell at its place, with its lines: left, top, width and height within its part.
struct Ready<'a> {
    at: (f32, f32, f32, f32),
    align: Align,
    shows: Inner<'a>,
}

enum Inner<'a> {
    /// With the size of their letters.
    Lines(Vec<Vec<Set<'a>>>, f32),
    Squares(Vec<Vec<Set<'a>>>),
    Photo(Image),
}

struct Piece<'a> {
    height: f32,
    part: Part<'a>,
    /// Whether it is the head of the table that follows, and is repeated on every page.
    head: bool,
    /// Whether a table ends with it.
    ends: bool,
}

/// A sheet in letters of a size.
struct Laid<'a> {
    pieces: Vec<Piece<'a>>,
    letters: f32,
    /// How high what stands on one page may be. A sheet that is one page has no end: whether it is was decided when it was laid out,
    /// and its heights, added up anew, differ by a rounding.
    room: f32,
}

impl Paper {
    /// The paper as PDF.
    ///
    /// # Errors
    /// Every character that no font has, at once; no font at all.
    pub fn pdf(&self, faces: &dyn Faces) -> Result<Vec<u8>, PrintError> {
        if (0..faces.count()).all(|n| faces.face(n).is_none()) {
            return Err(PrintError::NoFont);
        }
        let mut fonts = Fonts::of(faces);
        let mut document = Document::new();
        document.set_metadata(Metadata::new().title(self.title.clone()).language("zh-Hans".into()));
        let mut sheets = Vec::new();
        for sheet in &self.sheets {
            sheets.push(set(sheet, &mut fonts)?);
        }
        if !fonts.missing.is_empty() {
            return Err(PrintError::NoGlyph(fonts.missing));
        }
        for (sheet, laid) in self.sheets.iter().zip(sheets) {
            draw(&mut document, sheet, &laid, &mut fonts)?;
        }
        document.finish().map_err(|e| PrintError::Writing(format!("{e:?}")))
    }
}

/// The pieces of a sheet, in letters in which it is one page.
fn set<'a>(sheet: &Sheet, fonts: &mut Fonts<'a>) -> Result<Laid<'a>, PrintError> {
    let on = Area::of(sheet);
    let mut letters = if sheet.flows { 9.0 } else { LETTERS.0 };
    loop {
        let mut pieces = Vec::new();
        for block in &sheet.blocks {
            pieces.extend(pieces_of(block, letters, on, fonts)?);
        }
        let whole: f32 = pieces.iter().map(|p| p.height).sum();
        if whole <= on.height() {
            if !sheet.flows {
                stretch(&mut pieces, on.height() - whole);
            }
            return Ok(Laid { pieces, letters, room: f32::INFINITY });
        }
        if sheet.flows || letters <= LETTERS.1 {
            // The last line of a page that is one of several says which.
            let room = on.height() - FOOT;
            return Ok(Laid { pieces: cut(pieces, room), letters, room });
        }
        letters -= LETTERS.2;
    }
}

/// What is left of the page goes to the rows that fill it.
fn stretch(pieces: &mut [Piece<'_>], left: f32) {
    let all: f32 =
        pieces.iter().map(|p| if let Part::Rows { fills, .. } = p.part { fills } else { 0.0 }).sum();
    if all == 0.0 {
        return;
    }
    for piece in pieces {
        if let Part::Rows { cells, fills } = &mut piece.part
            && *fills > 0.0
        {
            let more = left * *fills / all;
            piece.height += more;
            cells.iter_mut().for_each(|c| c.at.3 += more);
        }
    }
}

fn lines_of<'a>(lines: &[Line], letters: f32, width_of: f32, fonts: &mut Fonts<'a>) -> Vec<Vec<Set<'a>>> {
    lines.iter().flat_map(|l| broken(l, width_of / letters, fonts)).collect()
}

fn lone<'a>(height: f32, part: Part<'a>) -> Vec<Piece<'a>> {
    vec![Piece { height, part, head: false, ends: false }]
}

fn pieces_of<'a>(
    block: &Block,
    letters: f32,
    on: Area,
    fonts: &mut Fonts<'a>,
) -> Result<Vec<Piece<'a>>, PrintError> {
    let wide = on.width();
    Ok(match block {
        Block::Heading(text) => {
            let size = letters * HEADING;
            let lines = lines_of(&[vec![Run::plain(text)]], size, wide, fonts);
            let lines: Vec<_> = lines.into_iter().map(|l| ((wide - width(&l) * size) / 2.0, l)).collect();
            lone(lines.len() as f32 * size * LEADING + 2.5 * MM, Part::Lines { lines, letters: size })
        }
        Block::Spread(parts) => {
            let set: Vec<_> =
                parts.iter().map(|l| lines_of(std::slice::from_ref(l), letters, wide, fonts)).collect();
            let widths: Vec<f32> = set.iter().flatten().map(|l| width(l) * letters).collect();
            let gaps = (set.len().max(2) - 1) as f32;
            let gap = (wide - widths.iter().sum::<f32>()) / gaps;
            if gap < letters {
                // Below each other, where they do not fit beside each other.
                let lines: Vec<_> = set.into_iter().flatten().map(|l| (0.0, l)).collect();
                return Ok(lone(lines.len() as f32 * letters * LEADING, Part::Lines { lines, letters }));
            }
            let mut left = 0.0;
            let mut one = Vec::new();
            for (line, own) in set.into_iter().flatten().zip(widths) {
                one.push((left, line));
                left += own + gap;
            }
            let cells = one.into_iter().map(|(x, line)| Ready {
                at: (x, 0.0, 0.0, 0.0),
                align: Align::Left,
                shows: Inner::Lines(vec![line], letters),
            });
            let cells = cells.collect();
            lone(letters * LEADING + 1.4 * MM, Part::Rows { cells, fills: 0.0 })
        }
        Block::Paragraph { line, indent } => {
            let mut line = line.clone();
            if *indent {
                line.insert(0, Run::plain("　　"));
            }
            let lines = lines_of(&[line], letters, wide, fonts);
            let lines: Vec<_> = lines.into_iter().map(|l| (0.0, l)).collect();
            lone(lines.len() as f32 * letters * LEADING + 1.2 * MM, Part::Lines { lines, letters })
        }
        Block::Table(table) => rows_of(table, letters, on, fonts)?,
        Block::Mark(Mark { address, says }) => {
            let says = lines_of(says, letters, wide - QR - 4.0 * MM, fonts);
            let Some(code) = qr::squares(address) else { return Ok(Vec::new()) };
            lone(QR + 3.0 * MM, Part::Mark { code, says })
        }
        Block::Gap(mm) => lone(*mm * MM, Part::Nothing),
    })
}

fn inner<'a>(
    cell: &Cell,
    letters: f32,
    room: f32,
    fonts: &mut Fonts<'a>,
) -> Result<(Inner<'a>, f32), PrintError> {
    let high = |n: usize| n as f32 * letters * LEADING + 2.0 * PAD.1;
    Ok(match &cell.shows {
        Shown::Lines(lines) | Shown::Photo { jpeg: None, says: lines } => {
            let longest = lines.iter().map(|l| longest(l, fonts)).fold(0.0, f32::max) * letters;
            // A number or a day that is longer than its cell is written smaller: broken over a line it is misread.
            let fits = if longest > room && longest * SMALLEST <= room { room / longest } else { 1.0 };
            let lines = lines_of(lines, letters * fits, room, fonts);
            let n = lines.len();
            (Inner::Lines(lines, letters * fits), high(n))
        }
        Shown::Squares { text, squares } => {
            let one = |c: char| vec![Run { text: c.to_string(), ..text.clone() }];
            let mut chars: Vec<Vec<Set<'a>>> =
                text.text.chars().map(|c| broken(&one(c), 9.0, fonts).swap_remove(0)).collect();
            chars.resize(chars.len().max(*squares), Vec::new());
            (Inner::Squares(chars), high(1))
        }
        Shown::Photo { jpeg: Some(jpeg), .. } => {
            let image = Image::from_jpeg(jpeg.clone().into(), false).map_err(|_| PrintError::Photo)?;
            (Inner::Photo(image), 0.0)
        }
    })
}

/// How wide the columns of a table are: in proportion, and where they fit, no narrower than the longest of their words, for which the
/// others give of what they have to spare.
fn columns(table: &Table, placed: &[Placed<'_>], letters: f32, on: Area, fonts: &mut Fonts<'_>) -> Vec<f32> {
    let all: f32 = table.widths.iter().sum();
    let mut widths: Vec<f32> = table.widths.iter().map(|w| w / all * on.width()).collect();
    if !on.fits {
        return widths;
    }
    let mut needs = vec![0.0_f32; widths.len()];
    for p in placed.iter().filter(|p| p.cell.spans.0 == 1) {
        if let Shown::Lines(lines) = &p.cell.shows {
            let words = lines.iter().map(|line| longest(line, fonts) * letters);
            needs[p.column] = words.fold(needs[p.column], f32::max);
        }
    }
    needs.iter_mut().for_each(|n| *n += 2.0 * PAD.0 + 0.5);
    let lacks: f32 = widths.iter().zip(&needs).map(|(w, n)| (n - w).max(0.0)).sum();
    let spare: f32 = widths.iter().zip(&needs).map(|(w, n)| (w - n).max(0.0)).sum();
    if lacks > 0.0 && lacks <= spare {
        for (w, n) in widths.iter_mut().zip(&needs) {
            *w = if *w < *n { *n } else { *w - (*w - n) * lacks / spare };
        }
    }
    widths
}

/// The rows of a table; rows that a cell holds together are one piece.
fn rows_of<'a>(
    table: &Table,
    letters: f32,
    on: Area,
    fonts: &mut Fonts<'a>,
) -> Result<Vec<Piece<'a>>, PrintError> {
    let placed = table.placed();
    let mut edges = vec![0.0];
    for w in columns(table, &placed, letters, on, fonts) {
        edges.push(edges[edges.len() - 1] + w);
    }
    let mut heights: Vec<f32> = table.rows.iter().map(|r| r.height * MM).collect();
    let mut ready = Vec::new();
    for p in &placed {
        let right = edges[(p.column + p.cell.spans.0).min(edges.len() - 1)];
        let wide = right - edges[p.column];
        let (shows, needs) = inner(p.cell, letters, wide - 2.0 * PAD.0, fonts)?;
        if p.cell.spans.1 == 1 {
            heights[p.row] = heights[p.row].max(needs);
        }
        ready.push((p, edges[p.column], wide, needs, shows));
    }
    for (p, _, _, needs, _) in &ready {
        let rows = p.row..(p.row + p.cell.spans.1).min(heights.len());
        let short = needs - heights[rows.clone()].iter().sum::<f32>();
        if short > 0.0 {
            heights[rows.end - 1] += short;
        }
    }
    // A piece ends where no cell goes on into the next row.
    let mut pieces: Vec<(usize, usize)> = Vec::new();
    let mut begin = 0;
    for row in 0..table.rows.len() {
        if placed.iter().all(|p| p.row > row || p.row + p.cell.spans.1 <= row + 1) {
            pieces.push((begin, row + 1));
            begin = row + 1;
        }
    }
    let last = pieces.len().saturating_sub(1);
    let mut out: Vec<Piece<'a>> = pieces
        .iter()
        .enumerate()
        .map(|(n, (from, to))| Piece {
            height: heights[*from..*to].iter().sum(),
            part: Part::Rows {
                cells: Vec::new(),
                fills: table.rows[*from..*to].iter().filter(|r| r.fills).count() as f32,
            },
            head: *to <= table.head,
            ends: n == last,
        })
        .collect();
    for (p, left, wide, _, shows) in ready {
        let Some(n) = pieces.iter().position(|(from, to)| (*from..*to).contains(&p.row)) else { continue };
        let top: f32 = heights[pieces[n].0..p.row].iter().sum();
        let high: f32 = heights[p.row..(p.row + p.cell.spans.1).min(heights.len())].iter().sum();
        if let Part::Rows { cells, .. } = &mut out[n].part {
            cells.push(Ready { at: (left, top, wide, high), align: p.cell.align, shows });
        }
    }
    Ok(out)
}

/// A row that is higher than a page goes on over several: its lines are dealt out.
fn cut(pieces: Vec<Piece<'_>>, room: f32) -> Vec<Piece<'_>> {
    let heads: f32 = pieces.iter().filter(|p| p.head).map(|p| p.height).sum();
    let room = room - heads;
    let mut out = Vec::with_capacity(pieces.len());
    for mut piece in pieces {
        while let Some((first, rest)) = cut_once(&mut piece, room) {
            out.push(first);
            piece = rest;
        }
        out.push(piece);
    }
    out
}

/// The part of a row that fills a page, and the rest; nothing for what fits, or has nothing to be cut.
fn cut_once<'a>(piece: &mut Piece<'a>, room: f32) -> Option<(Piece<'a>, Piece<'a>)> {
    if piece.height <= room || piece.head {
        return None;
    }
    let Part::Rows { cells, .. } = &mut piece.part else { return None };
    let takes = |letters: f32| (((room - 2.0 * PAD.1) / (letters * LEADING)) as usize).max(1);
    let more =
        |c: &Ready<'_>| matches!(&c.shows, Inner::Lines(lines, letters) if lines.len() > takes(*letters));
    if !cells.iter().any(more) {
        return None;
    }
    let (mut first, mut rest, mut needs) = (Vec::new(), Vec::new(), 0.0_f32);
    for cell in cells.drain(..) {
        let (left, _, wide, _) = cell.at;
        let (here, later) = match cell.shows {
            Inner::Lines(mut lines, letters) => {
                let later = lines.split_off(takes(letters).min(lines.len()));
                needs = needs.max(later.len() as f32 * letters * LEADING + 2.0 * PAD.1);
                (Inner::Lines(lines, letters), Inner::Lines(later, letters))
            }
            other => (other, Inner::Lines(Vec::new(), 1.0)),
        };
        first.push(Ready { at: (left, 0.0, wide, room), align: cell.align, shows: here });
        rest.push(Ready { at: (left, 0.0, wide, 0.0), align: cell.align, shows: later });
    }
    rest.iter_mut().for_each(|c| c.at.3 = needs);
    let rows =
        |height, cells, ends| Piece { height, part: Part::Rows { cells, fills: 0.0 }, head: false, ends };
    Some((rows(room, first, false), rows(needs, rest, piece.ends)))
}

/// Which pieces stand on which page.
fn pages<'p, 'a>(pieces: &'p [Piece<'a>], room: f32) -> Vec<Vec<&'p Piece<'a>>> {
    let mut out: Vec<Vec<&Piece<'_>>> = vec![Vec::new()];
    let mut left = room;
    let mut head: Vec<&Piece<'_>> = Vec::new();
    for piece in pieces {
        if piece.head {
            head.push(piece);
        }
        if piece.height > left && out.last().is_some_and(|page| !page.is_empty()) {
            let again: Vec<&Piece<'_>> = if piece.head { Vec::new() } else { head.clone() };
            left = room - again.iter().map(|p| p.height).sum::<f32>();
            out.push(again);
        }
        left -= piece.height;
        if let Some(page) = out.last_mut() {
            page.push(piece);
        }
        if piece.ends {
            head.clear();
        }
    }
    out
}

fn draw(
    document: &mut Document,
    sheet: &Sheet,
    laid: &Laid<'_>,
    fonts: &mut Fonts<'_>,
) -> Result<(), PrintError> {
    let on = Area::of(sheet);
    let settings = PageSettings::from_wh(on.page.0, on.page.1);
    let settings = settings.ok_or_else(|| PrintError::Writing("no page".into()))?;
    let letters = laid.letters;
    let pages = pages(&laid.pieces, laid.room);
    let of = pages.len();
    for (n, parts) in pages.into_iter().enumerate() {
        let mut page = document.start_page_with(settings.clone());
        let mut surface = page.surface();
        let mut pen = Pen { surface: &mut surface, letters };
        let mut top = MARGIN.1;
        if !sheet.copy.is_empty() {
            let copy = broken(&vec![Run::plain(&sheet.copy)], 99.0, fonts).swap_remove(0);
            pen.text(MARGIN.0 + on.width() - width(&copy) * 9.0, MARGIN.1 - 5.0 * MM, &copy, 9.0);
        }
        for piece in parts {
            pen.part(&piece.part, top);
            top += piece.height;
        }
        if of > 1 {
            let says = format!("第{}页　共{of}页", n + 1);
            let says = broken(&vec![Run::plain(&says)], 99.0, fonts).swap_remove(0);
            pen.text((on.page.0 - width(&says) * 8.0) / 2.0, on.page.1 - MARGIN.1 - 4.0 * MM, &says, 8.0);
        }
        surface.finish();
        page.finish();
    }
    Ok(())
}

struct Pen<'s, 'd> {
    surface: &'s mut Surface<'d>,
    letters: f32,
}

fn rectangle(left: f32, top: f32, wide: f32, high: f32) -> Option<Path> {
    let mut path = PathBuilder::new();
    path.push_rect(Rect::from_xywh(left, top, wide, high)?);
    path.finish()
}

impl Pen<'_, '_> {
    fn stroke(&mut self, path: Option<Path>, thick: f32) {
        let Some(path) = path else { return };
        self.surface.set_fill(None);
        self.surface.set_stroke(Some(Stroke { width: thick, ..Stroke::default() }));
        self.surface.draw_path(&path);
        self.surface.set_stroke(None);
    }

    fn line(&mut self, points: &[(f32, f32)], thick: f32) {
        let mut path = PathBuilder::new();
        for (n, (x, y)) in points.iter().enumerate() {
            if n == 0 { path.move_to(*x, *y) } else { path.line_to(*x, *y) }
        }
        self.stroke(path.finish(), thick);
    }

    /// A line of text below `top`; characters of one face are drawn together.
    fn text(&mut self, left: f32, top: f32, set: &[Set<'_>], letters: f32) {
        self.surface.set_fill(Some(Fill::default()));
        let base = top + letters * (LEADING - 1.0) / 2.0 + letters * 0.88;
        let mut x = left;
        for same in set.chunk_by(|a, b| a.found.face_no() == b.found.face_no()) {
            let Found::Glyph { face, .. } = same[0].found else {
                for s in same {
                    if let Found::Picture(picture) = s.found {
                        self.picture(picture, x, base, letters);
                    }
                    x += s.width * letters;
                }
                continue;
            };
            let text: String = same.iter().map(|s| s.c).collect();
            let mut at = 0;
            let glyphs: Vec<KrillaGlyph> = same
                .iter()
                .map(|s| {
                    let range = at..at + s.c.len_utf8();
                    at = range.end;
                    let glyph = match s.found {
                        Found::Glyph { seen, .. } => seen.glyph,
                        Found::Picture(_) => GlyphId::new(0),
                    };
                    KrillaGlyph::new(glyph, s.width, 0.0, 0.0, 0.0, range, None)
                })
                .collect();
            self.surface.draw_glyphs(
                Point::from_xy(x, base),
                &glyphs,
                face.font.clone(),
                &text,
                letters,
                false,
            );
            x += width(same) * letters;
        }
        let mut x = left;
        for s in set {
            let wide = s.width * letters;
            if s.c == TICKED {
                let at = |dx: f32, dy: f32| (x + wide * dx, base - letters * dy);
                self.line(&[at(0.2, 0.42), at(0.42, 0.12), at(0.95, 0.85)], letters * 0.11);
            }
            if s.underlined {
                let y = base + letters * 0.18;
                self.line(&[(x, y), (x + wide, y)], 0.5);
            }
            x += wide;
        }
    }

    /// The picture of a character in the square that one of a font has.
    fn picture(&mut self, picture: &Picture, left: f32, base: f32, letters: f32) {
        let (wide, high) = picture.size;
        let one = letters * INKED / wide.max(high).max(1) as f32;
        let at = |n: usize, of: usize| (letters - of as f32 * one) / 2.0 + n as f32 * one;
        let top = base - letters * 0.88;
        let mut path = PathBuilder::new();
        for s in &picture.dark {
            let (x, y) = (left + at(s.first, wide), top + at(s.row, high));
            if let Some(r) = Rect::from_xywh(x, y, s.length as f32 * one, one) {
                path.push_rect(r);
            }
        }
        if let Some(path) = path.finish() {
            self.surface.set_fill(Some(Fill::default()));
            self.surface.draw_path(&path);
        }
    }

    fn part(&mut self, part: &Part<'_>, top: f32) {
        match part {
            Part::Lines { lines, letters } => {
                for (n, (left, line)) in lines.iter().enumerate() {
                    self.text(MARGIN.0 + left, top + n as f32 * letters * LEADING, line, *letters);
                }
            }
            Part::Rows { cells, .. } => cells.iter().for_each(|cell| self.cell(cell, top)),
            Part::Mark { code, says } => {
                let one = QR / (code.width as f32 + 8.0);
                let mut path = PathBuilder::new();
                for s in &code.dark {
                    let left = MARGIN.0 + (s.first as f32 + 4.0) * one;
                    let top = top + (s.row as f32 + 4.0) * one;
                    if let Some(r) = Rect::from_xywh(left, top, s.length as f32 * one, one) {
                        path.push_rect(r);
                    }
                }
                if let Some(path) = path.finish() {
                    self.surface.set_fill(Some(Fill::default()));
                    self.surface.draw_path(&path);
                }
                let high = says.len() as f32 * self.letters * LEADING;
                for (n, line) in says.iter().enumerate() {
                    let y = top + (QR - high) / 2.0 + n as f32 * self.letters * LEADING;
                    self.text(MARGIN.0 + QR + 2.0 * MM, y, line, self.letters);
                }
            }
            Part::Nothing => {}
        }
    }

    fn cell(&mut self, cell: &Ready<'_>, top: f32) {
        let (x, y, wide, high) = (MARGIN.0 + cell.at.0, top + cell.at.1, cell.at.2, cell.at.3);
        if wide > 0.0 {
            self.stroke(rectangle(x, y, wide, high), 0.5);
        }
        let letters = self.letters;
        match &cell.shows {
            Inner::Lines(lines, letters) => {
                let letters = *letters;
                let needs = lines.len() as f32 * letters * LEADING;
                // A cell that fills the page begins at its top; others stand in the middle.
                let first = y + ((high - needs) / 2.0).clamp(0.0, 12.0 * MM);
                for (n, line) in lines.iter().enumerate() {
                    let left = match cell.align {
                        Align::Middle => (wide - width(line) * letters) / 2.0,
                        Align::Left if wide > 0.0 => PAD.0,
                        Align::Left => 0.0,
                    };
                    self.text(x + left, first + n as f32 * letters * LEADING, line, letters);
                }
            }
            Inner::Squares(chars) => {
                let one = wide / chars.len().max(1) as f32;
                let first = y + (high - letters * LEADING) / 2.0;
                for (n, c) in chars.iter().enumerate() {
                    let left = x + n as f32 * one;
                    if n > 0 {
                        self.line(&[(left, y), (left, y + high)], 0.5);
                    }
                    self.text(left + (one - width(c) * letters) / 2.0, first, c, letters);
                }
            }
            Inner::Photo(image) => {
                let (w, h) = image.size();
                let scale = ((wide - 6.0) / w as f32).min((high - 6.0) / h as f32);
                let (w, h) = (w as f32 * scale, h as f32 * scale);
                let at = Transform::from_translate(x + (wide - w) / 2.0, y + (high - h) / 2.0);
                if let Some(size) = Size::from_wh(w, h) {
                    self.surface.push_transform(&at);
                    self.surface.draw_image(image.clone(), size);
                    self.surface.pop();
                }
            }
        }
    }
}
