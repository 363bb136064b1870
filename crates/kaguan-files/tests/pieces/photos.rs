//! The standard of photos.

use super::segment;
use kaguan_domain::clause;
use kaguan_files::photo::{DPI, HEIGHT, Level, PhotoReport, WIDTH, check, remedy};
use kaguan_files::portrait;
use proptest::prelude::*;
use std::sync::LazyLock;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

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
        let metric: [(u16, u16, &[u32]); 3] = [(X, 5, &[137_795, 1_000]), (Y, 5, &[138, 1]), (UNIT, 3, &[3])];
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

static PORTRAIT: LazyLock<Vec<u8>> = LazyLock::new(|| portrait::draw(1));

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
        for body in [[head, &b].concat(), b] {
            let mut said = PORTRAIT[..20].to_vec();
            segment(&mut said, 0xE1, &body);
            said.extend(&PORTRAIT[20..]);
            check(&said, Level::Structure);
        }
    }

    #[test]
    fn a_damaged_photo_is_judged_without_panic(at in 0usize..14_000, to in any::<u8>()) {
        let mut b = portrait::draw(2);
        let n = b.len();
        b[at % n] = to;
        check(&b, Level::Decode);
    }
}
