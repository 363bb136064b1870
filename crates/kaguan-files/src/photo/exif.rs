//! What EXIF says of a photo's resolution and orientation: the first directory of the TIFF block, and no more.

use super::{DPI, per_inch};

/// The two things.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Exif {
    /// Dots an inch, across and down.
    pub(super) dpi: Option<(u16, u16)>,
    /// How the picture is to be turned: 2 to 8. One means upright.
    pub(super) turn: Option<u16>,
}

/// Bytes in the order that the block says.
struct Block<'a> {
    bytes: &'a [u8],
    big: bool,
}

impl Block<'_> {
    fn two(&self, at: usize) -> Option<u16> {
        let b: [u8; 2] = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.big { u16::from_be_bytes(b) } else { u16::from_le_bytes(b) })
    }

    fn four(&self, at: usize) -> Option<u32> {
        let b: [u8; 4] = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.big { u32::from_be_bytes(b) } else { u32::from_le_bytes(b) })
    }

    /// A value of an entry: a short in place, or a fraction elsewhere in the block.
    fn value(&self, entry: usize) -> Option<f64> {
        const SHORT: u16 = 3;
        const LONG: u16 = 4;
        const FRACTION: u16 = 5;
        match self.two(entry + 2)? {
            SHORT => self.two(entry + 8).map(f64::from),
            LONG => self.four(entry + 8).map(f64::from),
            FRACTION => {
                let at = usize::try_from(self.four(entry + 8)?).ok()?;
                let (over, under) = (self.four(at)?, self.four(at.checked_add(4)?)?);
                (under > 0).then(|| f64::from(over) / f64::from(under))
            }
            _ => None,
        }
    }
}

/// Reads the body of an APP1 marker; what is damaged says nothing.
pub(super) fn read(body: &[u8]) -> Exif {
    let Some(bytes) = body.strip_prefix(b"Exif\0") else { return Exif::default() };
    parse(bytes.get(1..).unwrap_or_default()).unwrap_or_default()
}

fn parse(bytes: &[u8]) -> Option<Exif> {
    let big = match bytes.get(..2)? {
        b"MM" => true,
        b"II" => false,
        _ => return None,
    };
    let block = Block { bytes, big };
    let first = usize::try_from(block.four(4)?).ok()?;
    let (mut x, mut y, mut unit, mut turn) = (None, None, None, None);
    for n in 0..usize::from(block.two(first)?) {
        let entry = first.checked_add(2 + 12 * n)?;
        let Some(tag) = block.two(entry) else { break };
        match tag {
            0x0112 => turn = block.value(entry),
            0x011A => x = block.value(entry),
            0x011B => y = block.value(entry),
            0x0128 => unit = block.value(entry),
            _ => {}
        }
    }
    // Inches unless it is said; 1 is no unit, 3 centimetres.
    let dots = |n: f64| match unit.unwrap_or(2.0) as u16 {
        _ if n <= 1.0 => None,
        2 => Some(whole(n)),
        3 => Some(per_inch(n)),
        _ => None,
    };
    let dpi = x.and_then(dots).zip(y.and_then(dots));
    let turn = turn.map(|t| t as u16).filter(|t| (2..=8).contains(t));
    Some(Exif { dpi, turn })
}

/// A fraction of dots as a number of them; editors write 349.99 for 350.
fn whole(n: f64) -> u16 {
    if (n - f64::from(DPI)).abs() < 0.5 { DPI } else { n.round().clamp(0.0, f64::from(u16::MAX)) as u16 }
}
