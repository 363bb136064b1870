//! 相片标准 (Appendix 6): 358×441 pixels, 350 DPI, 24-bit RGB, JPEG of quality about 70, 14 to 40 KB, white background.

mod bare;
mod entropy;
mod exif;
mod face;
mod findings;

pub use bare::bare;
#[doc(hidden)]
pub use face::{look, measure};
pub use findings::{Finding, Mark, findings};

use kaguan_domain::clause;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Width in pixels.
pub const WIDTH: u16 = 358;
/// Height in pixels.
pub const HEIGHT: u16 = 441;
/// Dots an inch.
pub const DPI: u16 = 350;
/// A photo over this many bytes is refused whatever it shows.
pub const MOST_BYTES: usize = 200 * 1024;

/// A progressive photo has about ten scans; each costs a pass over all coefficients.
const MOST_SCANS: usize = 64;

/// How far a photo is looked at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// Markers, size, resolution, colours, quality.
    Structure,
    /// Decoded whole, and the background looked at.
    Decode,
    /// The face looked for and measured too: warnings, no errors.
    Faces,
}

/// Something wrong or odd with a photo: a stable code and a Chinese phrase.
pub type Remark = (&'static str, String);

/// What a check found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PhotoReport {
    /// Any of them refuses the photo.
    pub errors: Vec<Remark>,
    /// Shown, and refusing nothing.
    pub warnings: Vec<Remark>,
}

/// What the markers of a JPEG say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Markers {
    size: Option<(u16, u16)>,
    precision: u8,
    components: u8,
    /// What JFIF says; nothing when its unit is none.
    jfif: Option<(u16, u16)>,
    exif: exif::Exif,
    quality: Option<u32>,
    scan: bool,
}

/// Judges a photo by the standard of Appendix 6: JPEG, size, resolution, colours, and how deep the level goes.
pub fn check(bytes: &[u8], level: Level) -> PhotoReport {
    clause!(X6.2);
    let mut r = PhotoReport::default();
    if bytes.len() > MOST_BYTES {
        r.errors.push(("photo_too_large", format!("文件{}KB，远超14～40KB", bytes.len() / 1024)));
        return r;
    }
    let markers = match walk(bytes) {
        Ok(m) => m,
        Err(why) => {
            r.errors.push(("photo_not_jpeg", why.into()));
            return r;
        }
    };
    match markers.size {
        Some((WIDTH, HEIGHT)) => {}
        Some((w, h)) => r.errors.push(("photo_size", format!("应为358×441像素，实为{w}×{h}"))),
        None => r.errors.push(("photo_not_jpeg", "没有图像尺寸".into())),
    }
    if markers.components != 3 || markers.precision != 8 {
        r.errors.push(("photo_colour", "应为24位RGB真彩色".into()));
    }
    // Appendix 6 asks for 350 dots an inch, not for a way of saying it.
    match markers.jfif.or(markers.exif.dpi) {
        Some((DPI, DPI)) => {}
        Some((x, y)) => r.errors.push(("photo_dpi", format!("分辨率应为350DPI，实为{x}×{y}"))),
        None => r.errors.push(("photo_dpi", "没有写明分辨率，应为350DPI".into())),
    }
    if let Some(turn) = markers.exif.turn {
        let what = format!("含有旋转标记（EXIF方向{turn}），不同的程序会把相片显示成不同的方向");
        r.errors.push(("photo_orientation", what));
    }
    match markers.quality {
        Some(q) if (60..=80).contains(&q) => {}
        Some(q) => r.warnings.push(("photo_quality", format!("压缩品质因子应为70，估计为{q}"))),
        None => r.errors.push(("photo_not_jpeg", "没有量化表".into())),
    }
    if !(14 * 1024..=40 * 1024).contains(&bytes.len()) {
        r.warnings
            .push(("photo_bytes", format!("文件一般为14～40KB，实为{:.1}KB", bytes.len() as f64 / 1024.0)));
    }
    if !markers.scan {
        r.errors.push(("photo_not_jpeg", "没有图像数据".into()));
    }
    if level >= Level::Decode && r.errors.is_empty() {
        match pixels_of(bytes) {
            Ok(pixels) => {
                r.errors.extend(background(&pixels).map(|(remark, _)| remark));
                if level == Level::Faces {
                    r.warnings.extend(look(&pixels).into_iter().map(|(remark, _)| remark));
                }
            }
            Err(why) => r.errors.push(("photo_damaged", why.into())),
        }
    }
    r
}

/// Walks the markers; every step moves forward, so it ends.
fn walk(b: &[u8]) -> Result<Markers, &'static str> {
    if b.get(..2) != Some(&[0xFF, 0xD8]) {
        return Err("不是JPEG文件");
    }
    let mut m = Markers::default();
    let mut at = 2;
    while at + 4 <= b.len() {
        if b[at] != 0xFF {
            return Err("JPEG标记错乱");
        }
        let kind = b[at + 1];
        if kind == 0xFF {
            at += 1;
            continue;
        }
        if kind == 0xD9 {
            break;
        }
        let length = usize::from(u16::from_be_bytes([b[at + 2], b[at + 3]]));
        let Some(body) = (length >= 2).then(|| b.get(at + 4..at + 2 + length)).flatten() else {
            return Err("JPEG标记长度越界");
        };
        match kind {
            0xC0..=0xC2 => {
                if m.size.is_some() {
                    return Err("JPEG含有多幅图像");
                }
                let [p, h1, h2, w1, w2, c, ..] = *body else { return Err("JPEG图像头过短") };
                m.precision = p;
                m.size = Some((u16::from_be_bytes([w1, w2]), u16::from_be_bytes([h1, h2])));
                m.components = c;
            }
            0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => return Err("不支持的JPEG编码方式"),
            0xE0 if body.starts_with(b"JFIF\0") => {
                if let [units, x1, x2, y1, y2] = body.get(7..12).unwrap_or_default() {
                    let (x, y) = (u16::from_be_bytes([*x1, *x2]), u16::from_be_bytes([*y1, *y2]));
                    m.jfif = match units {
                        // One to one is a ratio, whatever the unit says.
                        1 | 2 if x <= 1 || y <= 1 => None,
                        1 => Some((x, y)),
                        // Dots a centimetre: 138 is 350 an inch.
                        2 => Some((per_inch(f64::from(x)), per_inch(f64::from(y)))),
                        _ => None,
                    };
                }
            }
            0xE1 if m.exif == exif::Exif::default() => m.exif = exif::read(body),
            0xDB if m.quality.is_none() => m.quality = quality(body),
            0xDA => {
                m.scan = true;
                // Within the data of a scan 0xFF is followed by zero. What stands behind the end of the picture is not looked at:
                // telephones and editors put previews and their own notes there.
                let end = b[at..].windows(2).any(|w| w == [0xFF, 0xD9]);
                return if end { Ok(m) } else { Err("JPEG文件不完整，被截断") };
            }
            _ => {}
        }
        at += 2 + length;
    }
    Ok(m)
}

/// Dots an inch of dots a centimetre; 137.795 are 350, and so is what whole numbers make of it.
fn per_inch(per_cm: f64) -> u16 {
    let inch = (per_cm * 2.54).round();
    if (inch - f64::from(DPI)).abs() <= 2.0 { DPI } else { inch.clamp(0.0, f64::from(u16::MAX)) as u16 }
}

/// What is to be done about an error of a photo, in Chinese.
pub fn remedy(code: &str) -> &'static str {
    match code {
        "photo_orientation" => "请用看图软件把相片转正后另存，去掉方向标记",
        "photo_dpi" => "请把分辨率设为350像素/英寸后另存",
        _ => "请按相片标准重新采集",
    }
}

/// The quality factor that the first quantisation table stands for, by the tables of ISO 10918-1 Annex K.
fn quality(body: &[u8]) -> Option<u32> {
    const FIRST: [u32; 16] = [16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40];
    if body.first()? >> 4 != 0 {
        return None;
    }
    let table = body.get(1..17)?;
    let sum: u32 = table.iter().map(|q| u32::from(*q)).sum();
    let standard: u32 = FIRST.iter().sum();
    let scale = (sum * 100 + standard / 2) / standard;
    Some(if scale <= 100 { (200 - scale) / 2 } else { 5000 / scale.max(1) })
}

/// The pixels of a photo of the standard's size, RGB row by row. Decodes after the entropy-coded data have been walked: decoders
/// (`image` among them) paint over what is missing, and a photo whose lower half is grey would be printed on a card.
pub fn pixels_of(bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    let end = entropy::complete(bytes)?;
    let bytes = bytes.get(..end).unwrap_or(bytes);
    let (w, h) = (usize::from(WIDTH), usize::from(HEIGHT));
    let options = DecoderOptions::new_fast()
        .set_strict_mode(true)
        .set_max_width(w)
        .set_max_height(h)
        .jpeg_set_max_scans(MOST_SCANS)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    match JpegDecoder::new_with_options(ZCursor::new(bytes), options).decode() {
        Ok(pixels) if pixels.len() == w * h * 3 => Ok(pixels),
        _ => Err("图像数据损坏或不完整，不能完整解码"),
    }
}

/// What is wrong with the background, and where.
fn background(pixels: &[u8]) -> Option<(Remark, Vec<Mark>)> {
    const CORNER: usize = 40;
    const DEEP: usize = 60;
    let (w, h) = (usize::from(WIDTH), usize::from(HEIGHT));
    let dark = |x: usize, y: usize| {
        let at = (y * w + x) * 3;
        pixels[at..at + 3].iter().any(|c| *c < 225)
    };
    // The corners above the shoulders are background; a face never reaches them.
    let in_corner = |left: usize| {
        let all = (0..DEEP).flat_map(|y| (left..left + CORNER).map(move |x| (x, y)));
        all.filter(|&(x, y)| dark(x, y)).count()
    };
    let corners = [0, w - CORNER].map(|left| (left, in_corner(left)));
    let together: usize = corners.iter().map(|(_, dark)| dark).sum();
    if together * 10 > CORNER * 2 * DEEP {
        let bad = corners.iter().filter(|(_, dark)| dark * 10 > CORNER * DEEP);
        let mark = |&(left, _): &(usize, usize)| Mark::Box {
            x: left as i32,
            y: 0,
            w: CORNER as i32,
            h: DEEP as i32,
        };
        return Some((("photo_background", "背景不是白色，或有边框".into()), bad.map(mark).collect()));
    }
    // A frame is a dark line along the edge, too thin to count in the corners. Above the shoulders nothing of a
    // person touches the edge along most of its length.
    let above = h / 2;
    let line = |points: &mut dyn Iterator<Item = (usize, usize)>, length: usize| {
        points.filter(|&(x, y)| dark(x, y)).count() * 10 > length * 7
    };
    let framed = (0..3).any(|i| {
        line(&mut (0..w).map(|x| (x, i)), w)
            || line(&mut (0..above).map(|y| (i, y)), above)
            || line(&mut (0..above).map(|y| (w - 1 - i, y)), above)
    });
    let whole = Mark::Box { x: 0, y: 0, w: i32::from(WIDTH), h: i32::from(HEIGHT) };
    framed.then(|| (("photo_background", "相片有边框，应为白色背景、无边框".into()), vec![whole]))
}
