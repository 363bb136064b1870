//! What leaves with a picture.

use super::segment;
use kaguan_files::photo::{Level, bare, check};
use kaguan_files::portrait;

/// EXIF with resolution, maker and a position.
fn exif() -> Vec<u8> {
    let mut block = b"MM\0\x2a\0\0\0\x08".to_vec();
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        [&tag.to_be_bytes()[..], &kind.to_be_bytes(), &count.to_be_bytes(), &value.to_be_bytes()].concat()
    };
    block.extend(4u16.to_be_bytes());
    block.extend(entry(0x010F, 2, 10, 62));
    block.extend(entry(0x011A, 5, 1, 72));
    block.extend(entry(0x011B, 5, 1, 72));
    block.extend(entry(0x8825, 4, 1, 80));
    block.extend([0; 4]);
    assert_eq!(block.len(), 62);
    block.extend(b"HUAWEI-P60");
    block.extend([350u32.to_be_bytes(), 1u32.to_be_bytes()].concat());
    block.extend(1u16.to_be_bytes());
    block.extend(entry(0x0002, 2, 12, 98));
    block.extend([0; 4]);
    block.extend(b"23.1291,N113");
    [&b"Exif\0\0"[..], &block].concat()
}

fn has(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|w| w == text)
}

#[test]
fn what_a_photo_says_of_where_it_was_taken_does_not_leave_and_the_picture_stays() {
    let clean = portrait::draw(3);
    assert_eq!(bare(clean.clone()), clean, "nothing to take away");
    // As a telephone writes it: EXIF in the place of JFIF, a comment, and a preview behind the end.
    let mut said = vec![0xFF, 0xD8];
    segment(&mut said, 0xE1, &exif());
    segment(&mut said, 0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:creator>zhang</x:creator>");
    segment(&mut said, 0xED, b"Photoshop 3.0\0 caption");
    segment(&mut said, 0xFE, b"taken at home");
    said.extend(&clean[20..]);
    said.extend(b"PREVIEW 23.1291");
    assert!(check(&said, Level::Decode).errors.is_empty(), "{:?}", check(&said, Level::Decode));
    let left = bare(said.clone());
    for text in [&b"23.1291"[..], b"HUAWEI", b"zhang", b"caption", b"home", b"Exif"] {
        assert!(has(&said, text) && !has(&left, text), "{}", String::from_utf8_lossy(text));
    }
    assert_eq!(left, clean, "the resolution is said by the head");
    // Which way up is kept, and nothing else.
    let mut turned = vec![0xFF, 0xD8];
    let one = b"Exif\0\0II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0GPS 23";
    segment(&mut turned, 0xE1, one);
    turned.extend(&clean[2..]);
    let left = bare(turned);
    assert!(!has(&left, b"GPS 23"));
    assert!(check(&left, Level::Structure).errors.iter().any(|(code, _)| *code == "photo_orientation"));
    // What is none, or is cut, is not touched.
    for other in [b"%PDF-1.7".to_vec(), clean[..500].to_vec(), Vec::new()] {
        assert_eq!(bare(other.clone()), other);
    }
}

#[test]
fn what_a_scan_says_of_its_machine_and_place_does_not_leave() {
    let mut scan = b"II\x2a\0\x08\0\0\0".to_vec();
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    scan.extend(4u16.to_le_bytes());
    scan.extend(entry(0x0100, 3, 1, 358));
    scan.extend(entry(0x010F, 2, 10, 62));
    scan.extend(entry(0x0111, 4, 1, 90));
    scan.extend(entry(0x8825, 4, 1, 72));
    scan.extend([0; 4]);
    scan.extend(b"HUAWEI-P60");
    scan.extend(1u16.to_le_bytes());
    scan.extend(entry(0x0002, 2, 4, 0x3932_332E));
    scan.extend([0; 4]);
    scan.extend(b"PIXELS");
    let left = bare(scan.clone());
    assert!(has(&scan, b"HUAWEI") && !has(&left, b"HUAWEI") && has(&left, b"PIXELS"));
    assert_eq!((left.len(), &left[8..10]), (scan.len(), &[2, 0][..]));
    assert_eq!(&left[10..12], &[0x00, 0x01]);
    assert_eq!(&left[22..24], &[0x11, 0x01]);
    assert!(left[72..90].iter().all(|b| *b == 0), "the position is gone");
    // A ring of directories ends.
    let mut ring = scan;
    ring[58..62].copy_from_slice(&8u32.to_le_bytes());
    assert_eq!(bare(ring.clone()), ring);
}
