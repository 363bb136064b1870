//! 相片标准 (Appendix 6): 358×441 pixels, 350 DPI, 24-bit RGB, JPEG of quality about 70, 14 to 40 KB, white background.

mod bare;
mod entropy;
mod exif;
mod face;
mod findings;

pub use bare::bare;
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
                    r.warnings.extend(face::look(&pixels).into_iter().map(|(remark, _)| remark));
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
fn pixels_of(bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
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

    /// The same drawing as other encoders write it.
    fn encoded(set: impl Fn(&mut jpeg_encoder::Encoder<&mut Vec<u8>>)) -> Vec<u8> {
        let drawn = portrait::draw(5);
        let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGB);
        let pixels = JpegDecoder::new_with_options(ZCursor::new(&drawn), options).decode().unwrap();
        let mut out = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut out, 75);
        let unit = jpeg_encoder::PixelDensityUnit::Inches;
        encoder.set_density(jpeg_encoder::PixelDensity { density: (DPI, DPI), unit });
        set(&mut encoder);
        encoder.encode(&pixels, WIDTH, HEIGHT, jpeg_encoder::ColorType::Rgb).unwrap();
        out
    }

    #[test]
    fn every_usual_way_of_encoding_passes_and_a_cut_one_never_does() {
        use jpeg_encoder::SamplingFactor as S;
        let ways = [
            encoded(|e| e.set_sampling_factor(S::R_4_2_0)),
            encoded(|e| e.set_sampling_factor(S::R_4_2_2)),
            encoded(|e| e.set_sampling_factor(S::R_4_1_1)),
            encoded(|e| e.set_restart_interval(7)),
            // One scan a component. (With smaller chroma planes too, zune-jpeg shows wrong colours: not a usual way.)
            encoded(|e| {
                e.set_sampling_factor(S::R_4_4_4);
                e.set_optimized_huffman_tables(true);
            }),
            encoded(|e| e.set_progressive(true)),
        ];
        for (i, whole) in ways.iter().enumerate() {
            assert_eq!(check(whole, Level::Decode).errors, [], "way {i}");
            // Progressive scans cover the whole picture again and again: a cut between them is seen, one within
            // the last is not.
            let part = if i == 5 { 2 } else { 50 };
            let mut cut = whole[..whole.len() - whole.len() / part].to_vec();
            while cut.last() == Some(&0xFF) {
                cut.pop();
            }
            cut.extend([0xFF, 0xD9]);
            assert_eq!(check(&cut, Level::Decode).errors[0].0, "photo_damaged", "way {i}");
        }
        let mut longer = ways[0].clone();
        let end = longer.len() - 2;
        longer.splice(end..end, [1, 2, 3]);
        assert_eq!(check(&longer, Level::Decode).errors[0].0, "photo_damaged");
    }

    /// A portrait without JFIF's word, and with EXIF's: an entry is tag, type, count and value; what is longer than four bytes
    /// stands behind, in the order of the entries.
    fn with_exif(big: bool, entries: &[(u16, u16, &[u32])], jfif_unit: u8) -> Vec<u8> {
        let two = |n: u16| if big { n.to_be_bytes() } else { n.to_le_bytes() };
        let four = |n: u32| if big { n.to_be_bytes() } else { n.to_le_bytes() };
        let mut tiff = if big { b"MM".to_vec() } else { b"II".to_vec() };
        tiff.extend(two(42));
        tiff.extend(four(8));
        tiff.extend(two(entries.len() as u16));
        let (mut behind, start) = (Vec::new(), 8 + 2 + 12 * entries.len() + 4);
        for (tag, kind, values) in entries {
            tiff.extend(two(*tag));
            tiff.extend(two(*kind));
            tiff.extend(four(1));
            if *kind == 5 {
                tiff.extend(four((start + behind.len()) as u32));
                behind.extend(values.iter().flat_map(|v| four(*v)));
            } else {
                tiff.extend(two(values[0] as u16));
                tiff.extend([0, 0]);
            }
        }
        tiff.extend(four(0));
        tiff.extend(behind);
        let mut out = portrait::draw(1);
        out[13] = jfif_unit;
        let mut marker = vec![0xFF, 0xE1];
        marker.extend(((tiff.len() + 8) as u16).to_be_bytes());
        marker.extend(b"Exif\0\0");
        marker.extend(tiff);
        out.splice(20..20, marker);
        out
    }

    const X: u16 = 0x011A;
    const Y: u16 = 0x011B;
    const UNIT: u16 = 0x0128;
    const TURN: u16 = 0x0112;

    #[test]
    fn appendix_6_2_the_resolution_may_stand_in_exif_and_in_centimetres() {
        clause!(X6.2);
        let codes = |b: &[u8]| check(b, Level::Decode).errors.into_iter().map(|e| e.0).collect::<Vec<_>>();
        for big in [true, false] {
            let inch: [(u16, u16, &[u32]); 3] =
                [(X, 5, &[350, 1]), (Y, 5, &[3_500_000, 10_000]), (UNIT, 3, &[2])];
            assert_eq!(codes(&with_exif(big, &inch, 0)), Vec::<&str>::new(), "JFIF has no unit");
            let metric: [(u16, u16, &[u32]); 3] =
                [(X, 5, &[137_795, 1_000]), (Y, 5, &[138, 1]), (UNIT, 3, &[3])];
            assert_eq!(codes(&with_exif(big, &metric, 0)), Vec::<&str>::new());
            assert_eq!(codes(&with_exif(big, &inch[..2], 0)), Vec::<&str>::new(), "inches unless it is said");
            let ratio: [(u16, u16, &[u32]); 3] = [(X, 5, &[350, 1]), (Y, 5, &[350, 1]), (UNIT, 3, &[1])];
            assert_eq!(codes(&with_exif(big, &ratio, 0)), ["photo_dpi"], "no unit in either");
            let screen: [(u16, u16, &[u32]); 3] = [(X, 5, &[72, 1]), (Y, 5, &[72, 1]), (UNIT, 3, &[2])];
            assert_eq!(codes(&with_exif(big, &screen, 0)), ["photo_dpi"]);
            assert_eq!(codes(&with_exif(big, &screen, 1)), Vec::<&str>::new(), "JFIF says 350");
        }
        let mut metric = portrait::draw(1);
        metric[13..18].copy_from_slice(&[2, 0, 138, 0, 138]);
        assert_eq!(codes(&metric), Vec::<&str>::new());
        // A camera's file has no JFIF at all.
        let inch: [(u16, u16, &[u32]); 2] = [(X, 5, &[350, 1]), (Y, 5, &[350, 1])];
        let mut camera = with_exif(true, &inch, 0);
        camera.drain(2..20);
        assert_eq!(codes(&camera), Vec::<&str>::new());
    }

    #[test]
    fn appendix_6_2_a_photo_that_is_turned_only_by_a_tag_is_refused_with_what_to_do() {
        clause!(X6.2);
        for turn in 2..=8_u32 {
            let found = check(&with_exif(turn % 2 == 0, &[(TURN, 3, &[turn])], 1), Level::Decode).errors;
            assert_eq!(found[0].0, "photo_orientation");
            assert!(found[0].1.contains(&format!("方向{turn}")) && remedy(found[0].0).contains("转正"));
        }
        for upright in [0, 1, 9] {
            assert_eq!(check(&with_exif(true, &[(TURN, 3, &[upright])], 1), Level::Decode).errors, []);
        }
    }

    #[test]
    fn bytes_behind_the_end_of_the_picture_are_nothing() {
        let preview = portrait::draw(2);
        for behind in [&b"\0\0\0\0"[..], b"SAMSUNG\xFF\xD8trailer", &preview] {
            let mut longer = portrait::draw(1);
            longer.extend(behind);
            assert_eq!(check(&longer, Level::Decode).errors, []);
        }
        let progressive = encoded(|e| e.set_progressive(true));
        assert_eq!(check(&[&progressive[..], b"\0\0"].concat(), Level::Decode).errors, []);
        let mut cut = portrait::draw(1);
        cut.truncate(cut.len() - 2);
        assert_eq!(check(&cut, Level::Structure).errors[0].0, "photo_not_jpeg", "no end at all");
    }

    #[test]
    fn a_thin_frame_is_seen() {
        let framed = portrait::draw_framed(1);
        assert_eq!(check(&framed, Level::Decode).errors[0].0, "photo_background");
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
        fn any_exif_is_read_without_panic(b in proptest::collection::vec(any::<u8>(), 0..80), big in any::<bool>()) {
            let head: &[u8] = if big { b"Exif\0\0MM\0\x2A\0\0\0\x08" } else { b"Exif\0\0II\x2A\0\x08\0\0\0" };
            exif::read(&[head, &b].concat());
            exif::read(&b);
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
