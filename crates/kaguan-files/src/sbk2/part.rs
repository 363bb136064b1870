//! Some rows of a file as a file of their own, for whoever mends them: as they were written, in the same encoding, with their photos,
//! under the name that a file of so many people has. Whoever puts them right sends it as it is.

use super::entries::Photo;
use super::read::{JudgedRow, Sbk2, entry_bytes, open};
use super::{FileName, RowError};
use kaguan_domain::clause;
use kaguan_domain::facts::form::Field;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

/// The most bytes of a text, and of one photo or image that goes along.
const MOST_TEXT: usize = 48 << 20;
const MOST_PHOTO: usize = 8 << 20;

/// One row.
pub struct PartRow {
    /// Its number in the file that was sent, from 1.
    pub was: usize,
    /// Its number in this one.
    pub now: usize,
    /// What stands in its columns; nothing for a row that could not be read.
    pub cells: Vec<String>,
    /// The names of its photo and its images that go along, without their folder.
    pub files: Vec<String>,
    /// Those that were too many to go along.
    pub left_out: Vec<String>,
}

/// Rows of a file, as a file.
pub struct Part {
    pub name: FileName,
    pub zip: Vec<u8>,
    /// The columns, in the order of the file.
    pub titles: Vec<Field>,
    pub rows: Vec<PartRow>,
}

/// The text as it was written.
struct Written<'a> {
    /// The mark at its beginning.
    mark: &'a [u8],
    utf8: bool,
    /// How its lines end.
    end: &'static str,
    titles: &'a [u8],
    rows: Vec<&'a [u8]>,
}

impl<'a> Written<'a> {
    fn of(text: &'a [u8]) -> Option<Self> {
        let marks: [(&[u8], bool); 2] = [(&[0xEF, 0xBB, 0xBF], true), (&[0x84, 0x31, 0x95, 0x33], false)];
        let marked = marks.into_iter().find(|(mark, _)| text.starts_with(mark));
        let (mark, body) = text.split_at(marked.map_or(0, |(mark, _)| mark.len()));
        let lines = || body.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        // As the reader finds it: without a mark the first line that is not ASCII decides.
        let first = || lines().find(|l| !l.is_ascii()).is_none_or(|l| std::str::from_utf8(l).is_ok());
        let utf8 = marked.map_or_else(first, |(_, utf8)| utf8);
        let end = if body.windows(2).any(|two| two == b"\r\n") { "\r\n" } else { "\n" };
        let blank = |line: &&[u8]| decode(line, utf8).is_some_and(|t| t.trim().is_empty());
        let titles = lines().nth(1)?;
        let rows = lines().skip(2).filter(|line| !blank(line)).collect();
        Some(Self { mark, utf8, end, titles, rows })
    }

    fn titles(&self) -> Option<Vec<Field>> {
        decode(self.titles, self.utf8)?.split(',').map(Field::of_title).collect()
    }
}

fn decode(line: &[u8], utf8: bool) -> Option<String> {
    if utf8 {
        return std::str::from_utf8(line).ok().map(str::to_owned);
    }
    let text = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(line);
    text.map(std::borrow::Cow::into_owned)
}

/// The row under its number here. A comma is no part of a character of more than one byte in either encoding.
fn numbered(line: &[u8], at: Option<usize>, number: usize) -> Vec<u8> {
    let mut cells: Vec<&[u8]> = line.split(|b| *b == b',').collect();
    let number = number.to_string();
    if let Some(cell) = at.and_then(|at| cells.get_mut(at)) {
        *cell = number.as_bytes();
    }
    cells.join(&b","[..])
}

impl Sbk2 {
    /// Some rows as a file of their own. Photos go along until they are so many bytes.
    ///
    /// # Errors
    /// When the file was changed or damaged since it was judged.
    pub fn part(&self, which: &BTreeSet<usize>, most: usize) -> Result<Part, RowError> {
        clause!(R9.3);
        let torn = || RowError::new(0, "压缩包", "zip_damaged", "压缩包已变动或损坏", "请重新上传");
        let mut zip = open(&self.path).map_err(|_| torn())?;
        let text = entry_bytes(&mut zip, self.text, MOST_TEXT).ok_or_else(torn)?;
        let written = Written::of(&text).ok_or_else(torn)?;
        let titles = written.titles().ok_or_else(torn)?;
        let at = |field| titles.iter().position(|f| *f == field);
        let name = FileName { people: which.len(), ..self.judged.name.clone() };
        let assigned: BTreeSet<usize> =
            self.judged.rows.iter().flat_map(|r| r.photo.iter().chain(&r.images)).map(|p| p.0).collect();
        let (mut rows, mut body) = (Vec::new(), written.mark.to_vec());
        body.extend(format!("{}{}", which.len(), written.end).into_bytes());
        body.extend_from_slice(written.titles);
        body.extend_from_slice(written.end.as_bytes());
        let mut wanted: BTreeMap<usize, &Photo> = BTreeMap::new();
        let mut of_row: Vec<Vec<usize>> = Vec::new();
        for (now, was) in (1..).zip(which) {
            let line = was.checked_sub(1).and_then(|n| written.rows.get(n)).ok_or_else(torn)?;
            body.extend(numbered(line, at(Field::SerialNumber), now));
            body.extend_from_slice(written.end.as_bytes());
            let cells: Vec<String> = decode(line, written.utf8)
                .map(|t| t.split(',').map(str::to_owned).collect())
                .unwrap_or_default();
            let cell = |field| at(field).and_then(|n| cells.get(n)).map_or("", String::as_str);
            let judged = self.judged.rows.get(was - 1).ok_or_else(torn)?;
            let own = self.own(judged, &assigned, cell(Field::DocumentNumber), cell(Field::Name));
            of_row.push(own.iter().map(|p| p.at).collect());
            wanted.extend(own.into_iter().map(|p| (p.at, p)));
            rows.push(PartRow { was: *was, now, cells, files: Vec::new(), left_out: Vec::new() });
        }
        let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        // A JPEG is as small as it gets.
        let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        let failed = |_| torn();
        out.start_file(format!("{}.txt", name.stem()), options).map_err(failed)?;
        out.write_all(&body).map_err(|_| torn())?;
        out.add_directory("PHOTO/", options).map_err(failed)?;
        let (mut left, mut brought) = (most, BTreeSet::new());
        for (at, photo) in &wanted {
            let Some(bytes) = entry_bytes(&mut zip, *at, MOST_PHOTO).filter(|b| b.len() <= left) else {
                continue;
            };
            if bytes.len() > MOST_PHOTO {
                continue;
            }
            left -= bytes.len();
            out.start_file(format!("PHOTO/{}", photo.leaf), stored).map_err(failed)?;
            out.write_all(&bytes).map_err(|_| torn())?;
            brought.insert(*at);
        }
        for (row, own) in rows.iter_mut().zip(of_row) {
            let named = own.into_iter().filter_map(|at| Some((brought.contains(&at), wanted.get(&at)?)));
            for (there, photo) in named {
                if there { row.files.push(photo.leaf.clone()) } else { row.left_out.push(photo.leaf.clone()) }
            }
        }
        let zip = out.finish().map_err(failed)?.into_inner();
        Ok(Part { name, zip, titles, rows })
    }

    /// The photo and the images of a row; of one that has none, those that nobody else has and that carry its number or its name.
    fn own(&self, row: &JudgedRow, assigned: &BTreeSet<usize>, number: &str, name: &str) -> Vec<&Photo> {
        let all = || self.photos.iter().chain(&self.images);
        let mut own: Vec<&Photo> =
            all().filter(|p| row.photo.iter().chain(&row.images).any(|e| e.0 == p.at)).collect();
        if row.photo.is_none() {
            let named = |p: &&Photo| {
                let carries = |text: &str| text.chars().count() >= 2 && p.leaf.contains(text);
                !assigned.contains(&p.at) && (carries(number.trim()) || carries(name.trim()))
            };
            own.extend(all().filter(named));
        }
        own
    }
}
