//! What a picture shows, and nothing else that its file says: where and when it was taken, by which machine, for whom, previews, notes
//! behind its end. Resolution, orientation and colours stay. A file that is neither JPEG nor TIFF, or is damaged, stays as it is.

use super::walk;

/// The picture without what its file says besides.
pub fn bare(bytes: Vec<u8>) -> Vec<u8> {
    let stripped = match bytes.as_slice() {
        [0xFF, 0xD8, 0xFF, ..] => jpeg(&bytes),
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Tiff::of(&bytes).stripped(),
        _ => None,
    };
    stripped.unwrap_or(bytes)
}

/// A marker with its body.
fn segment(out: &mut Vec<u8>, kind: u8, body: &[u8]) {
    let length = u16::try_from(body.len() + 2).unwrap_or(u16::MAX);
    out.extend([0xFF, kind]);
    out.extend(length.to_be_bytes());
    out.extend(body);
}

/// Whether a marker is needed to show the picture: colours, tables, scans.
fn is_picture(kind: u8, body: &[u8]) -> bool {
    match kind {
        // A comment.
        0xFE => false,
        0xE2 => body.starts_with(b"ICC_PROFILE\0"),
        0xEE => body.starts_with(b"Adobe"),
        0xE0..=0xEF => false,
        _ => true,
    }
}

fn jpeg(b: &[u8]) -> Option<Vec<u8>> {
    let said = walk(b).ok()?;
    let mut out = Vec::with_capacity(b.len());
    out.extend([0xFF, 0xD8]);
    let mut head: Option<Vec<u8>> = None;
    let mut rest = Vec::with_capacity(b.len());
    let mut at = 2;
    loop {
        let kind = *b.get(at + 1)?;
        match (*b.get(at)?, kind) {
            (0xFF, 0xFF) => {
                at += 1;
                continue;
            }
            (0xFF, 0xD9) => {
                rest.extend([0xFF, 0xD9]);
                break;
            }
            (0xFF, 0x01 | 0xD0..=0xD7) => {
                rest.extend([0xFF, kind]);
                at += 2;
                continue;
            }
            (0xFF, _) => {}
            _ => return None,
        }
        let length = usize::from(u16::from_be_bytes([*b.get(at + 2)?, *b.get(at + 3)?]));
        let body = b.get(at + 4..at.checked_add(2)?.checked_add(length)?)?;
        if kind == 0xE0 && body.starts_with(b"JFIF\0") && head.is_none() {
            // Without its preview.
            let mut plain = body.get(..12)?.to_vec();
            plain.extend([0, 0]);
            head = Some(plain);
        } else if is_picture(kind, body) {
            segment(&mut rest, kind, body);
        }
        at += 2 + length;
        if kind == 0xDA {
            let from = at;
            while *b.get(at)? != 0xFF || matches!(*b.get(at + 1)?, 0x00 | 0xD0..=0xD7) {
                at += 1;
            }
            rest.extend(&b[from..at]);
        }
    }
    // What only EXIF said of the resolution is said by the head now.
    if said.jfif.is_none()
        && let Some((x, y)) = said.exif.dpi
    {
        let mut plain = b"JFIF\0\x01\x02\x01".to_vec();
        plain.extend(x.to_be_bytes());
        plain.extend(y.to_be_bytes());
        plain.extend([0, 0]);
        head = Some(plain);
    }
    if let Some(head) = head {
        segment(&mut out, 0xE0, &head);
    }
    if let Some(turn) = said.exif.turn {
        let mut only = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
        only.extend(turn.to_be_bytes());
        only.extend([0; 6]);
        segment(&mut out, 0xE1, &only);
    }
    out.extend(rest);
    Some(out)
}

/// Tags of a TIFF directory that are about who, where, when and by what: description, maker, model, program, time, artist, machine,
/// copyright, XMP, IPTC, Photoshop.
const SAID: [u16; 11] =
    [0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x013C, 0x8298, 0x02BC, 0x83BB, 0x8649];
/// Tags that lead to directories of the same kind: EXIF, positions.
const LEADS: [u16; 2] = [0x8769, 0x8825];
/// So many directories has a file at most: a ring of them ends.
const MOST: usize = 256;

struct Tiff {
    bytes: Vec<u8>,
    big: bool,
}

impl Tiff {
    fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), big: bytes[0] == b'M' }
    }

    fn two(&self, at: usize) -> Option<u16> {
        let b = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.big { u16::from_be_bytes(b) } else { u16::from_le_bytes(b) })
    }

    fn four(&self, at: usize) -> Option<usize> {
        let b = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        let n = if self.big { u32::from_be_bytes(b) } else { u32::from_le_bytes(b) };
        usize::try_from(n).ok()
    }

    fn blank(&mut self, at: usize, length: usize) {
        if let Some(part) = at.checked_add(length).and_then(|end| self.bytes.get_mut(at..end)) {
            part.fill(0);
        }
    }

    /// Blanks what an entry refers to.
    fn blank_value(&mut self, entry: usize) -> Option<()> {
        let each = match self.two(entry + 2)? {
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 => 8,
            _ => 1,
        };
        let length = self.four(entry + 4)?.checked_mul(each)?;
        if length > 4 {
            let at = self.four(entry + 8)?;
            self.blank(at, length);
        }
        Some(())
    }

    /// Blanks a directory with all that it refers to.
    fn blank_directory(&mut self, at: usize) -> Option<()> {
        let entries = usize::from(self.two(at)?);
        for n in 0..entries {
            self.blank_value(at.checked_add(2 + 12 * n)?)?;
        }
        self.blank(at, 2 + 12 * entries + 4);
        Some(())
    }

    fn stripped(mut self) -> Option<Vec<u8>> {
        let mut at = self.four(4)?;
        for _ in 0..MOST {
            if at == 0 {
                return Some(self.bytes);
            }
            let (entries, table) = (self.two(at)?, at.checked_add(2)?);
            let end = table.checked_add(12 * usize::from(entries))?;
            let next = self.bytes.get(end..end.checked_add(4)?)?.to_vec();
            let mut kept: u16 = 0;
            for n in 0..usize::from(entries) {
                let entry = table + 12 * n;
                let tag = self.two(entry)?;
                if LEADS.contains(&tag) {
                    let to = self.four(entry + 8)?;
                    // One that leads nowhere says nothing.
                    let _ = self.blank_directory(to);
                } else if SAID.contains(&tag) {
                    self.blank_value(entry)?;
                } else {
                    self.bytes.copy_within(entry..entry + 12, table + 12 * usize::from(kept));
                    kept += 1;
                }
            }
            let last = table + 12 * usize::from(kept);
            self.blank(last, end + 4 - last);
            self.bytes.get_mut(last..last + 4)?.copy_from_slice(&next);
            let count = if self.big { kept.to_be_bytes() } else { kept.to_le_bytes() };
            self.bytes.get_mut(at..table)?.copy_from_slice(&count);
            at = self.four(last)?;
        }
        None
    }
}
