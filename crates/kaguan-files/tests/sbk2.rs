//! SBK2 files as an office would send them, and as an enemy would.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use jiff::civil::{Date, date};
use kaguan_domain::clause;
use kaguan_files::photo::Level;
use kaguan_files::sample::{Sample, SampleSpec, make};
use kaguan_files::sbk2::{Encoding, FileName, Judged, Limits, Options, RowError, read, write};
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use zip::write::SimpleFileOptions;

/// The system's day: that of the file's name.
const TODAY: Date = date(2026, 11, 20);

fn name(people: usize) -> FileName {
    let time = date(2026, 11, 20).at(9, 30, 0, 0);
    FileName { bank: "95588".into(), org: "44010000000001".into(), people, time }
}

fn sample(people: usize, errors: usize) -> Sample {
    let outlets = ["955880001".to_owned()];
    make(&SampleSpec {
        people,
        errors,
        seed: 7,
        name: name(people),
        outlets: &outlets,
        employer: ("E001", "样例公司"),
    })
}

/// Counts what the reader allocates.
#[global_allocator]
static MEMORY: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

/// One test at a time: what another one allocates would be counted too.
static TURN: Mutex<()> = Mutex::new(());

const MOST_MEMORY: usize = 64 << 20;

struct Dir(tempfile::TempDir, #[expect(dead_code, reason = "held, not read")] MutexGuard<'static, ()>);

impl Dir {
    fn new() -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        Self(tempfile::tempdir().unwrap(), turn)
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("upload")
    }

    /// Judges what was written, within a second and 64 MiB.
    fn judge(&self, stem: &str) -> Result<Judged, Vec<RowError>> {
        let options = Options {
            limits: Limits::default(),
            today: TODAY,
            photos: Some(Level::Decode),
            threads: 2,
            progress: &|_| {},
            cancel: &AtomicBool::new(false),
        };
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let began = Instant::now();
        let out = read(&self.file(), &format!("{stem}.zip"), &options).map(|s| s.judged);
        assert!(began.elapsed() < Duration::from_secs(1), "took {:?}", began.elapsed());
        let taken = MEMORY.peak_usage() - before;
        assert!(taken < MOST_MEMORY, "took {taken} bytes");
        out
    }

    /// A zip of some entries.
    fn zip(&self, entries: &[(&str, &[u8])]) {
        let mut zip = zip::ZipWriter::new(File::create(self.file()).unwrap());
        for (name, bytes) in entries {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap();
    }
}

fn codes(refused: Result<Judged, Vec<RowError>>) -> Vec<&'static str> {
    match refused {
        Err(errors) => {
            assert!(errors.iter().all(|e| e.row == 0 && e.message.contains("《经办规程》")));
            errors.iter().map(|e| e.code).collect()
        }
        Ok(judged) => judged.all_errors().map(|e| e.code).collect(),
    }
}

const TITLES: &str = "序号*,申领表编码*,卡类别*,国籍*,证件类型*,证件号码*,证件有效期*,姓名*,性别*,民族*,出生日期*,人员状态,户口性质,户口地址,联系手机,联系电话*,通讯地址,邮政编码,电子邮箱,户籍地,职业*,单位编号,单位名称,监护人证件类型,监护人证件号码,监护人姓名,服务银行*,相片回执,收表网点";
const ROW: &str = "1,4401000000000001,1,CHN,1,440106199001010013,99991231,张三,1,01,19900101,,,,,13900000000,,,,,3000000,,,,,,95588,R1,";

fn text_of(line_1: &str, rows: &[&str]) -> Vec<u8> {
    format!("{line_1}\r\n{TITLES}\r\n{}\r\n", rows.join("\r\n")).into_bytes()
}

#[test]
fn appendix_6_1_a_sample_is_judged_without_errors_in_both_encodings() {
    clause!(X6.1);
    let s = sample(60, 0);
    for encoding in [Encoding::Gb18030, Encoding::Utf8] {
        let dir = Dir::new();
        write(File::create(dir.file()).unwrap(), &s.name, &s.entries, encoding).unwrap();
        let judged = dir.judge(&s.name.stem()).unwrap();
        let errors: Vec<_> = judged.all_errors().collect();
        assert!(errors.is_empty(), "{encoding:?} {errors:?}");
        assert_eq!(judged.rows.len(), 60);
        let photos = judged.rows.iter().filter(|r| r.photo.is_some()).count();
        clause!(R5.4);
        assert_eq!(photos, 54, "the six children under 7 have none");
    }
}

#[test]
fn art_9_3_every_error_of_every_row_is_told_at_once_by_row_and_column() {
    clause!(R9.3);
    let s = sample(60, 20);
    let dir = Dir::new();
    write(File::create(dir.file()).unwrap(), &s.name, &s.entries, Encoding::Gb18030).unwrap();
    let judged = dir.judge(&s.name.stem()).unwrap();
    for p in &s.planted {
        let found = judged.rows[p.row - 1].errors.iter().any(|e| e.column == p.column && e.code == p.code);
        assert!(found, "{p:?}: {:?}", judged.rows[p.row - 1].errors);
    }
    for row in &judged.rows {
        let planted = s.planted.iter().any(|p| p.row == row.row);
        assert_eq!(row.form.is_none(), planted, "row {} {:?}", row.row, row.errors);
        assert!(row.errors.iter().all(|e| e.message.contains("《经办规程》")));
    }
}

#[test]
fn appendix_6_1_the_title_line_rules_and_wrong_titles_are_all_named() {
    clause!(X6.1);
    let dir = Dir::new();
    let stem = name(1).stem();
    let swapped = TITLES.replace("姓名*,性别*", "性别,姓名");
    let row = ROW.replace("张三,1", "1,张三");
    let text = format!("1\n{swapped}\n{row}\n");
    dir.zip(&[(&format!("{stem}.txt"), text.as_bytes())]);
    assert_eq!(codes(dir.judge(&stem)), Vec::<&str>::new());
    let text = format!("1\n{}\n{ROW}\n", TITLES.replace("姓名*", "名字").replace("民族*", "性别*"));
    dir.zip(&[(&format!("{stem}.txt"), text.as_bytes())]);
    assert_eq!(codes(dir.judge(&stem)), ["bad_titles"; 4], "one unknown, one twice, two missing");
}

#[test]
fn names_written_by_windows_in_gbk_are_read() {
    let dir = Dir::new();
    let stem = name(1).stem();
    let row = ROW.replace(",R1,", ",,");
    let photo = kaguan_files::portrait::draw(3);
    // The zip library writes UTF-8 names with the flag; the bytes of a GBK name of the same length are put in place.
    let placeholder = "PHOTO/440106199001010013ABCD.jpg";
    dir.zip(&[(&format!("{stem}.txt"), &text_of("1", &[&row])), (placeholder, &photo)]);
    let mut bytes = std::fs::read(dir.file()).unwrap();
    let gbk = encoding_rs_bytes("张三");
    let marks: Vec<usize> =
        bytes.windows(4).enumerate().filter(|(_, w)| *w == b"ABCD").map(|(i, _)| i).collect();
    assert_eq!(marks.len(), 2, "local header and central directory");
    for at in marks {
        bytes[at..at + 4].copy_from_slice(&gbk);
    }
    std::fs::write(dir.file(), bytes).unwrap();
    let judged = dir.judge(&stem).unwrap();
    assert!(judged.rows[0].photo.is_some(), "{:?}", judged.all_errors().collect::<Vec<_>>());
}

fn encoding_rs_bytes(text: &str) -> [u8; 4] {
    encoding_rs::GB18030.encode(text).0.as_ref().try_into().unwrap()
}

#[test]
fn a_zip_of_more_files_than_may_be_is_refused_before_any_is_unpacked() {
    clause!(X6.1);
    let dir = Dir::new();
    let stem = name(1).stem();
    let (txt, good) = (format!("{stem}.txt"), text_of("1", &[ROW]));
    dir.zip(&[(&txt, &good), ("PHOTO/AA.jpg", b"1"), ("PHOTO/AB.jpg", b"2"), ("PHOTO/AC.jpg", b"3")]);
    let cancel = AtomicBool::new(false);
    let judged = |entries| {
        let options = Options {
            limits: Limits { entries, ..Limits::default() },
            today: TODAY,
            photos: None,
            threads: 1,
            progress: &|_| panic!("nothing of it is read"),
            cancel: &cancel,
        };
        codes(read(&dir.file(), &format!("{stem}.zip"), &options).map(|s| s.judged))
    };
    assert_eq!(judged(3), ["too_many_entries"]);
}

#[test]
fn hostile_containers_are_refused_with_a_clear_error() {
    clause!(X6.1);
    let dir = Dir::new();
    let stem = name(1).stem();
    let txt = format!("{stem}.txt");
    let good = text_of("1", &[ROW]);
    dir.zip(&[(&txt, &good)]);
    assert_eq!(codes(dir.judge(&stem)), Vec::<&str>::new(), "the file that the others are spoilt from");

    std::fs::write(dir.file(), b"not a zip").unwrap();
    assert_eq!(codes(dir.judge(&stem)), ["zip_damaged"]);
    dir.zip(&[(&txt, &good), ("../evil.txt", b"x"), ("a.exe", b"x")]);
    assert_eq!(codes(dir.judge(&stem)), ["bad_entry_name", "unknown_entry"]);
    dir.zip(&[("other.txt", &good)]);
    assert_eq!(codes(dir.judge(&stem)), ["text_name"]);
    dir.zip(&[]);
    assert_eq!(codes(dir.judge(&stem)), ["no_text"]);
    // Two entries of one name: written under two, then renamed in the bytes.
    dir.zip(&[(&txt, &good), ("PHOTO/AA.jpg", b"1"), ("PHOTO/AB.jpg", b"2")]);
    let bytes = std::fs::read(dir.file()).unwrap();
    std::fs::write(dir.file(), replace(&bytes, b"AB.jpg", b"AA.jpg")).unwrap();
    assert_eq!(codes(dir.judge(&stem)), ["duplicate_entry"]);

    let bomb = vec![b'0'; 200 << 20];
    dir.zip(&[(&txt, &bomb)]);
    drop(bomb);
    assert!(!codes(dir.judge(&stem)).is_empty());
    let mut many = text_of("1", &[]);
    many.extend(std::iter::repeat_n(&b"1,2,3\n"[..], 20 << 20 >> 3).flatten());
    dir.zip(&[(&txt, &many)]);
    let found = codes(dir.judge(&stem));
    assert!(["text_too_large", "count_mismatch"].contains(&found[0]), "{found:?}");
    // As many rows as the name says, and nothing right in any of them.
    let stem = name(99_999).stem();
    let mut wrong = format!("99999\n{TITLES}\n").into_bytes();
    for i in 0..99_999u32 {
        writeln!(wrong, "{}{:x}", "x,".repeat(28), i.wrapping_mul(2_654_435_761)).unwrap();
    }
    dir.zip(&[(&format!("{stem}.txt"), &wrong)]);
    assert_eq!(codes(dir.judge(&stem)), ["too_many_errors"]);
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for at in 0..out.len().saturating_sub(from.len()) {
        if out[at..].starts_with(from) {
            out[at..at + to.len()].copy_from_slice(to);
        }
    }
    out
}

#[test]
fn hostile_texts_are_refused_or_told_by_row() {
    let dir = Dir::new();
    let stem = name(1).stem();
    let txt = format!("{stem}.txt");
    let judge = |text: &[u8]| {
        dir.zip(&[(&txt, text)]);
        codes(dir.judge(&stem))
    };
    assert_eq!(judge(&text_of("2", &[ROW])), ["count_mismatch"]);
    assert_eq!(judge(&text_of("1", &[ROW, ROW])), ["count_mismatch"]);
    assert_eq!(judge(&text_of("many", &[ROW])), ["bad_total"]);
    assert_eq!(judge(&text_of("1", &[&ROW.replace("张三", "张,三")])), ["column_count"]);
    assert_eq!(judge(&text_of("1", &[&ROW.replace("R1", "=cmd|calc")])), ["formula"]);
    let mut long = text_of("1", &[]);
    long.extend(std::iter::repeat_n(b'x', 10 << 20));
    assert!(["line_too_long", "text_too_large"].contains(&judge(&long)[0]));
    let text = String::from_utf8(text_of("1", &[])).unwrap();
    let mut bad = encoding_rs::GB18030.encode(text.trim_end()).0.into_owned();
    bad.extend([b'\n', 0x81, 0xFF, 0xFF, b'\n']);
    assert_eq!(judge(&bad), ["bad_encoding"]);
    // One bad byte in a row leaves the other rows readable.
    let name_1 = String::from_utf8(text_of("1", &[ROW])).unwrap();
    let spoilt = name_1.replace("13900000000", "1390000?000").into_bytes();
    assert_eq!(judge(&replace(&spoilt, b"?", b"\xFF")), ["bad_encoding"]);
    let utf16: Vec<u8> = "\u{feff}1".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(judge(&utf16), ["bad_encoding"]);
}

#[test]
fn lying_sizes_and_hostile_photos_are_told_by_row() {
    clause!(X6.2);
    let dir = Dir::new();
    let stem = name(1).stem();
    let row = ROW.replace(",R1,", ",,");
    let photo = "PHOTO/440106199001010013张三.jpg";
    for bytes in
        [&b"\xFF\xD8\xFF\xD9"[..], b"GIF", &vec![0u8; 30 << 20], &[0xFF, 0xD8, 0xFF, 0xC0, 0, 3, 0xFF, 0xD9]]
    {
        dir.zip(&[(&format!("{stem}.txt"), &text_of("1", &[&row])), (photo, bytes)]);
        let found = codes(dir.judge(&stem));
        assert!(found.iter().all(|c| c.starts_with("photo_")) && !found.is_empty(), "{found:?}");
    }
}

#[test]
fn appendix_6_1_every_fault_of_the_file_name_is_told() {
    clause!(X6.1);
    let dir = Dir::new();
    dir.zip(&[]);
    assert_eq!(codes(dir.judge("SBK9_1_2_x_2026")).len(), 5);
    assert_eq!(codes(dir.judge("SBK2")), ["bad_file_name"]);
}
