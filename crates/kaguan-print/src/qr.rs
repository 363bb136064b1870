//! QR codes as rows of dark squares.

use qrcode::{Color, EcLevel, QrCode};

/// A QR code: so many squares wide, with its dark stretches.
pub(crate) struct Squares {
    pub width: usize,
    pub dark: Vec<Stretch>,
}

/// Dark squares beside each other.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    pub row: usize,
    pub first: usize,
    pub length: usize,
}

/// The QR code of a text; `None` when the text is too long for one.
pub(crate) fn squares(text: &str) -> Option<Squares> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let colors = code.into_colors();
    let mut dark = Vec::new();
    for (row, squares) in colors.chunks(width).enumerate() {
        let mut first = 0;
        while first < width {
            let length = squares[first..].iter().take_while(|c| **c == Color::Dark).count();
            if length > 0 {
                dark.push(Stretch { row, first, length });
            }
            first += length.max(1);
        }
    }
    Some(Squares { width, dark })
}

/// The same as a path of an SVG picture, one unit a square, with the quiet zone of four that scanners ask for: path and width.
pub fn path(text: &str) -> Option<(String, usize)> {
    let Squares { width, dark } = squares(text)?;
    let one = |s: &Stretch| format!("M{} {}h{n}v1h-{n}z", s.first + 4, s.row + 4, n = s.length);
    Some((dark.iter().map(one).collect(), width + 8))
}
