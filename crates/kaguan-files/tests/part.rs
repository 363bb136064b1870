//! The rows of a file that were refused, as a file of their own: what an office mends and sends again (Article 9, Appendix 6).
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use jiff::civil::date;
use kaguan_domain::clause;
use kaguan_domain::facts::form::Field;
use kaguan_files::photo::Level;
use kaguan_files::sample::{Sample, SampleSpec, make};
use kaguan_files::sbk2::{Encoding, Entry, FileName, Limits, Options, Part, Sbk2, read, write};
use std::collections::BTreeSet;
use std::io::{Cursor, Read, Write};
use std::sync::atomic::AtomicBool;
use zip::write::SimpleFileOptions;

fn sample(errors: usize) -> Sample {
    let time = date(2026, 11, 20).at(9, 30, 0, 0);
    let name = FileName { bank: "95588".into(), org: "44010000000001".into(), people: 50, time };
    let outlets = ["955880001".to_owned()];
    make(&SampleSpec {
        people: 50, errors, seed: 7, name, outlets: &outlets, employer: ("E001", "样例公司")
    })
}

fn judge(dir: &tempfile::TempDir, name: &FileName, bytes: &[u8]) -> Sbk2 {
    let path = dir.path().join("upload");
    std::fs::write(&path, bytes).unwrap();
    let options = Options {
        limits: Limits::default(),
        today: date(2026, 11, 20),
        photos: Some(Level::Decode),
        threads: 1,
        progress: &|_| {},
        cancel: &AtomicBool::new(false),
    };
    read(&path, &format!("{}.zip", name.stem()), &options).unwrap()
}

fn written(sample: &Sample, encoding: Encoding) -> Vec<u8> {
    let mut zip = Cursor::new(Vec::new());
    write(&mut zip, &sample.name, &sample.entries, encoding).unwrap();
    zip.into_inner()
}

fn wrong_rows(file: &Sbk2) -> BTreeSet<usize> {
    file.judged.all_errors().map(|e| e.row).filter(|row| *row > 0).collect()
}

/// What a clerk does with the file: puts the cells of each row right in the text, and the photos that were wrong in their place.
fn mended(part: &Part, encoding: Encoding, right: &[Entry]) -> Vec<u8> {
    let mut old = zip::ZipArchive::new(Cursor::new(part.zip.clone())).unwrap();
    let mut new = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    let mut there = BTreeSet::new();
    let photos: Vec<_> = right.iter().filter_map(|e| e.photo.clone()).collect();
    for at in 0..old.len() {
        let mut entry = old.by_index(at).unwrap();
        let name = entry.name().unwrap().into_owned();
        if entry.is_dir() {
            continue;
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        if name.ends_with(".txt") {
            let text = match encoding {
                Encoding::Gb18030 => encoding_rs::GB18030.decode(&bytes).0.into_owned(),
                Encoding::Utf8 => String::from_utf8(bytes.clone()).unwrap(),
            };
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            for ((n, e), line) in (1..).zip(right).zip(lines.iter_mut().skip(2)) {
                let of = |f: &Field| match f {
                    Field::SerialNumber => format!("{n}"),
                    f => e.draft.get(*f).to_owned(),
                };
                *line = part.titles.iter().map(of).collect::<Vec<_>>().join(",");
            }
            let text = lines.join("\r\n") + "\r\n";
            bytes = match encoding {
                Encoding::Gb18030 => encoding_rs::GB18030.encode(&text).0.into_owned(),
                Encoding::Utf8 => text.into_bytes(),
            };
        }
        if let Some((_, good)) = photos.iter().find(|(n, _)| name == format!("PHOTO/{n}.jpg")) {
            bytes.clone_from(good);
        }
        there.insert(name.clone());
        new.start_file(name, options).unwrap();
        new.write_all(&bytes).unwrap();
    }
    for (name, bytes) in photos {
        let name = format!("PHOTO/{name}.jpg");
        if there.insert(name.clone()) {
            new.start_file(name, options).unwrap();
            new.write_all(&bytes).unwrap();
        }
    }
    new.finish().unwrap().into_inner()
}

#[test]
fn art_9_3_the_refused_rows_come_back_as_they_were_written_and_are_taken_once_they_are_mended() {
    clause!(R9.3);
    for encoding in [Encoding::Gb18030, Encoding::Utf8] {
        // Every kind of mistake that a sample makes: a cell, a photo that is wrong or lacks, a comma too many.
        let sample = sample(10);
        let dir = tempfile::tempdir().unwrap();
        let file = judge(&dir, &sample.name, &written(&sample, encoding));
        let rows = wrong_rows(&file);
        let part = file.part(&rows, 64 << 20).unwrap();
        assert_eq!(part.name.people, rows.len());
        assert_eq!((part.name.org.as_str(), part.name.time), ("44010000000001", sample.name.time));
        assert_eq!(part.rows.iter().map(|r| r.was).collect::<BTreeSet<_>>(), rows);
        assert!(part.rows.iter().all(|r| r.left_out.is_empty()));
        // As it is, it is refused for the same mistakes, each in its row.
        let again = judge(&dir, &part.name, &part.zip);
        assert_eq!(again.judged.rows.len(), rows.len());
        for p in sample.planted.iter().filter(|p| p.code != "duplicate") {
            let now = part.rows.iter().find(|r| r.was == p.row).unwrap().now;
            let found: Vec<_> =
                again.judged.rows[now - 1].errors.iter().map(|e| (e.column, e.code)).collect();
            assert!(found.contains(&(p.column, p.code)), "{p:?}: {found:?}");
        }
        assert!(
            again.judged.errors.is_empty(),
            "no photo came along that is nobody's: {:?}",
            again.judged.errors
        );
        // Mended, every row is taken.
        let right: Vec<Entry> = rows.iter().map(|row| sample.corrected[row - 1].clone()).collect();
        let done = judge(&dir, &part.name, &mended(&part, encoding, &right));
        let left: Vec<_> = done.judged.all_errors().collect();
        assert!(left.is_empty(), "{left:?}");
        assert!(done.judged.rows.iter().all(|r| r.form.is_some()));
    }
}

#[test]
fn art_9_3_photos_that_are_too_many_are_named_and_left_out() {
    clause!(R9.3);
    let sample = sample(0);
    let dir = tempfile::tempdir().unwrap();
    let file = judge(&dir, &sample.name, &written(&sample, Encoding::Utf8));
    let part = file.part(&(1..=4).collect(), 0).unwrap();
    assert!(part.rows.iter().all(|r| r.files.is_empty()));
    let named: Vec<_> = part.rows.iter().flat_map(|r| &r.left_out).collect();
    let photos = sample.entries.iter().take(4).filter(|e| e.photo.is_some()).count();
    assert!(named.len() >= photos && named.iter().all(|n| n.ends_with(".jpg")), "{}", named.len());
}
