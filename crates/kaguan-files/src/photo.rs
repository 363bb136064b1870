//! 相片标准 (Appendix 6): 358×441 pixels, 350 DPI, 24-bit RGB, JPEG of quality about 70, 14 to 40 KB, white background.

use kaguan_domain::clause;

/// Width in pixels.
pub const WIDTH: u16 = 358;
/// Height in pixels.
pub const HEIGHT: u16 = 441;
/// Dots an inch.
pub const DPI: u16 = 350;
/// A photo over this many bytes is refused whatever it shows.
pub const MOST_BYTES: usize = 200 * 1024;

/// How far a photo is looked at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// Markers, size, resolution, colours, quality.
    Structure,
    /// Decoded whole, and the background looked at.
    Decode,
}

/// Something wrong or odd with a photo: a stable code and a Chinese phrase.
pub type Remark = (&'static str, String);

/// What a check found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PhotoReport {
    /// What is wrong.
    pub errors: Vec<Remark>,
    /// What is odd.
    pub warnings: Vec<Remark>,
}

/// What the markers of a JPEG say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Markers {
    size: Option<(u16, u16)>,
    precision: u8,
    components: u8,
    dpi: Option<(u16, u16)>,
    quality: Option<u32>,
    scan: bool,
}

/// Checks a photo.
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
    match markers.dpi {
        Some((DPI, DPI)) => {}
        Some((x, y)) => r.errors.push(("photo_dpi", format!("分辨率应为350DPI，实为{x}×{y}"))),
        None => r.errors.push(("photo_dpi", "没有写明分辨率，应为350DPI".into())),
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
        decode(bytes, &mut r);
    }
    r
}

/// Walks the markers; every step moves forward, so it ends.
fn walk(b: &[u8]) -> Result<Markers, &'static str> {
    if b.get(..2) != Some(&[0xFF, 0xD8]) {
        return Err("不是JPEG文件");
    }
    if b.get(b.len().saturating_sub(2)..) != Some(&[0xFF, 0xD9]) {
        return Err("JPEG文件不完整，被截断");
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
                    m.dpi = match units {
                        1 => Some((x, y)),
                        // Dots a centimetre: 138 is 350 an inch.
                        2 => Some((per_inch(x), per_inch(y))),
                        _ => None,
                    };
                }
            }
            0xDB if m.quality.is_none() => m.quality = quality(body),
            0xDA => {
                m.scan = true;
                return Ok(m);
            }
            _ => {}
        }
        at += 2 + length;
    }
    Ok(m)
}

fn per_inch(per_cm: u16) -> u16 {
    let inch = (u32::from(per_cm) * 254 + 50) / 100;
    if inch.abs_diff(u32::from(DPI)) <= 2 { DPI } else { u16::try_from(inch).unwrap_or(u16::MAX) }
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

fn decode(bytes: &[u8], r: &mut PhotoReport) {
    let image = match image::load_from_memory_with_format(bytes, image::ImageFormat::Jpeg) {
        Ok(image) => image.into_rgb8(),
        Err(_) => {
            r.errors.push(("photo_damaged", "图像数据损坏，不能解码".into()));
            return;
        }
    };
    // The corners above the shoulders are background; a face never reaches them.
    let (w, corner) = (u32::from(WIDTH), 40);
    let mut dark = 0;
    for y in 0..60 {
        for x in (0..corner).chain(w - corner..w) {
            let [red, green, blue] = image.get_pixel(x, y).0;
            let low = red.min(green).min(blue);
            dark += u32::from(low < 225);
        }
    }
    if dark * 10 > corner * 2 * 60 {
        r.errors.push(("photo_background", "背景不是白色，或有边框".into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portrait;
    use proptest::prelude::*;

    #[test]
    fn appendix_6_2_a_portrait_to_the_standard_passes_and_each_fault_is_named() {
        clause!(X6.2);
        let good = portrait::draw(1);
        let report = check(&good, Level::Decode);
        assert_eq!(report, PhotoReport::default(), "{} bytes", good.len());
        let codes = |b: &[u8]| check(b, Level::Decode).errors.into_iter().map(|e| e.0).collect::<Vec<_>>();
        assert_eq!(codes(&good[..good.len() / 2]), ["photo_not_jpeg"]);
        assert_eq!(codes(b"GIF89a"), ["photo_not_jpeg"]);
        assert_eq!(codes(&portrait::draw_sized(1, 300, 400)), ["photo_size"]);
        assert_eq!(codes(&portrait::draw_on(1, [60, 110, 200])), ["photo_background"]);
        let mut wrong_dpi = good.clone();
        wrong_dpi[14..18].copy_from_slice(&[0, 72, 0, 72]);
        assert_eq!(codes(&wrong_dpi), ["photo_dpi"]);
        let mut huge = good.clone();
        let sof = good.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
        huge[sof + 5..sof + 9].copy_from_slice(&[0xFF; 4]);
        assert_eq!(codes(&huge), ["photo_size"], "never decoded");
    }

    #[test]
    fn appendix_6_2_the_size_is_that_of_the_card_specification() {
        clause!(X6.2);
        let mm = |px: u16| (f64::from(px) / f64::from(DPI) * 25.4).round();
        assert_eq!((mm(WIDTH), mm(HEIGHT)), (26.0, 32.0));
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged_without_panic(mut b in proptest::collection::vec(any::<u8>(), 0..600), head in any::<bool>()) {
            if head && b.len() > 4 {
                b[0] = 0xFF;
                b[1] = 0xD8;
                let n = b.len();
                b[n - 2] = 0xFF;
                b[n - 1] = 0xD9;
            }
            check(&b, Level::Decode);
        }

        #[test]
        fn a_damaged_photo_is_judged_without_panic(at in 0usize..14_000, to in any::<u8>()) {
            let mut b = portrait::draw(2);
            let n = b.len();
            b[at % n] = to;
            check(&b, Level::Decode);
        }
    }
}
