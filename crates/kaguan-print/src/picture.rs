//! The picture of a character that no font has: read from a PNG, cut to its ink, and kept as dark stretches, so that it is printed as
//! sharply as letters are and nothing else of the picture (a colour, a margin, a name of a device) gets onto paper.

use crate::qr::Stretch;
use png::{ColorType, Decoder, Limits, Transformations};
use std::io::Cursor;

/// The most bytes of a picture that is handed in.
pub const MOST_BYTES: usize = 256 << 10;
/// Its sides, in pixels.
pub const SIDES: (u32, u32) = (32, 2_048);
/// Squares of the longer side, once it is cut to its ink: finer than print at the size of a text shows.
const FINE: usize = 96;
/// Of the whole picture: less is an empty sheet, more is white on black.
const INK: (f32, f32) = (0.002, 0.6);
/// Of the outermost pixels of a picture that has a white background and no frame.
const WHITE_EDGE: f32 = 0.97;
/// How far the colours of ink may be apart, of 255.
const GREY: u32 = 60;

/// A character as a picture.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Squares of its ink: how wide and how high.
    pub(crate) size: (usize, usize),
    pub(crate) dark: Vec<Stretch>,
}

/// Why a picture is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PictureError {
    #[error("字形图片不是PNG图片，或图片已损坏")]
    NotPng,
    #[error("字形图片不得超过256KB，每边须为32至2048像素")]
    Size,
    #[error("字形图片须为白底黑字，四周留白，无边框")]
    NotBlackOnWhite,
}

/// One pixel: how light it is, and how far its colours are apart.
fn pixel(kind: ColorType, at: &[u8]) -> Option<(u8, u32)> {
    let (colours, alpha): (&[u8], u8) = match (kind, at) {
        (ColorType::Grayscale | ColorType::Rgb, all) => (all, 255),
        (ColorType::GrayscaleAlpha | ColorType::Rgba, [all @ .., alpha]) => (all, *alpha),
        _ => return None,
    };
    // What can be seen through is white behind it.
    let over = |c: u8| (u32::from(c) * u32::from(alpha) + 255 * (255 - u32::from(alpha))) / 255;
    let seen: Vec<u32> = colours.iter().map(|c| over(*c)).collect();
    let light = seen.iter().sum::<u32>() / (seen.len() as u32).max(1);
    let apart = seen.iter().max()? - seen.iter().min()?;
    Some((u8::try_from(light).ok()?, apart))
}

impl Picture {
    /// Reads a picture, black on white.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(bytes: &[u8]) -> Result<Self, PictureError> {
        if bytes.len() > MOST_BYTES {
            return Err(PictureError::Size);
        }
        let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: 32 << 20 });
        decoder.set_transformations(Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(|_| PictureError::NotPng)?;
        let (wide, high) = (reader.info().width, reader.info().height);
        if !(SIDES.0..=SIDES.1).contains(&wide) || !(SIDES.0..=SIDES.1).contains(&high) {
            return Err(PictureError::Size);
        }
        let mut pixels = vec![0; reader.output_buffer_size().ok_or(PictureError::Size)?];
        let frame = reader.next_frame(&mut pixels).map_err(|_| PictureError::NotPng)?;
        let (wide, high) = (wide as usize, high as usize);
        let samples = frame.color_type.samples();
        let rows = pixels.chunks(frame.line_size).take(high);
        let seen: Option<Vec<(u8, u32)>> = rows
            .flat_map(|row| row.chunks_exact(samples).take(wide))
            .map(|at| pixel(frame.color_type, at))
            .collect();
        let seen = seen.filter(|s| s.len() == wide * high).ok_or(PictureError::NotPng)?;
        Self::of(&seen, wide, high).ok_or(PictureError::NotBlackOnWhite)
    }

    fn of(seen: &[(u8, u32)], wide: usize, high: usize) -> Option<Self> {
        let dark = |(light, _): &(u8, u32)| *light < 128;
        let share = |n: usize, of: usize| n as f32 / of.max(1) as f32;
        let ink: Vec<usize> = (0..seen.len()).filter(|n| dark(&seen[*n])).collect();
        let coloured = ink.iter().filter(|n| seen[**n].1 > GREY).count();
        if !(INK.0..=INK.1).contains(&share(ink.len(), seen.len())) || coloured * 10 > ink.len() {
            return None;
        }
        let edge = |n: &usize| {
            let (x, y) = (n % wide, n / wide);
            x == 0 || y == 0 || x + 1 == wide || y + 1 == high
        };
        let around = 2 * (wide + high) - 4;
        if share(ink.iter().filter(|n| edge(n)).count(), around) > 1.0 - WHITE_EDGE {
            return None;
        }
        // Cut to its ink, and to squares that are no finer than print shows.
        let (left, right) = (ink.iter().map(|n| n % wide).min()?, ink.iter().map(|n| n % wide).max()? + 1);
        let (top, below) = (ink.iter().map(|n| n / wide).min()?, ink.iter().map(|n| n / wide).max()? + 1);
        let (w, h) = (right - left, below - top);
        let longer = w.max(h);
        let fine = FINE.min(longer);
        let size = ((w * fine / longer).max(1), (h * fine / longer).max(1));
        let is_dark = |x: usize, y: usize| {
            let over =
                |n: usize, of: usize, all: usize| (n * all / of)..((n + 1) * all / of).max(n * all / of + 1);
            let (xs, ys) = (over(x, size.0, w), over(y, size.1, h));
            let all = xs.len() * ys.len();
            let lights = ys.flat_map(|y| xs.clone().map(move |x| (top + y) * wide + left + x));
            lights.map(|n| usize::from(seen[n].0)).sum::<usize>() < 128 * all
        };
        let mut stretches = Vec::new();
        for row in 0..size.1 {
            let mut first = 0;
            while first < size.0 {
                let length = (first..size.0).take_while(|x| is_dark(*x, row)).count();
                if length > 0 {
                    stretches.push(Stretch { row, first, length });
                }
                first += length.max(1);
            }
        }
        (!stretches.is_empty()).then_some(Self { size, dark: stretches })
    }
}
