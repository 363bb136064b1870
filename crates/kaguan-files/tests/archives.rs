//! SBK2 files as zip programs, browsers and people really make them: names in every encoding, folders around them, dots, blanks
//! and characters that nobody sees, and days that are not today's.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod pieces;

use jiff::civil::{Date, date};
use kaguan_domain::clause;
use kaguan_domain::facts::form::{Field, FormDraft};
use kaguan_files::photo::Level;
use kaguan_files::portrait;
use kaguan_files::sample::{adult, citizen_number};
use kaguan_files::sbk2::{FileName, Judged, Limits, Options, RowError, read};
use std::sync::atomic::AtomicBool;

const TODAY: Date = date(2026, 11, 24);

/// One entry, byte for byte.
struct Raw {
    name: Vec<u8>,
    flags: u16,
    method: u16,
    extra: Vec<u8>,
    data: Vec<u8>,
}

impl Raw {
    fn new(name: impl Into<Vec<u8>>, data: &[u8]) -> Self {
        Self { name: name.into(), flags: 0, method: 0, extra: Vec::new(), data: data.to_vec() }
    }

    fn gbk(name: &str, data: &[u8]) -> Self {
        Self::new(encoding_rs::GB18030.encode(name).0.into_owned(), data)
    }

    /// With the flag of UTF-8 names.
    fn utf8(name: &str, data: &[u8]) -> Self {
        Self { flags: 0x800, ..Self::new(name, data) }
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, b| {
        (0..8).fold(crc ^ u32::from(*b), |c, _| if c & 1 == 1 { 0xEDB8_8320 ^ (c >> 1) } else { c >> 1 })
    })
}

/// A zip of stored entries.
fn zip(entries: &[Raw]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for e in entries {
        let size = u32::try_from(e.data.len()).unwrap().to_le_bytes();
        let short = |n: usize| u16::try_from(n).unwrap().to_le_bytes();
        let mut head = Vec::new();
        head.extend(20_u16.to_le_bytes());
        head.extend(e.flags.to_le_bytes());
        head.extend(e.method.to_le_bytes());
        head.extend([0, 0, 0x21, 0x5B]);
        head.extend(crc32(&e.data).to_le_bytes());
        head.extend(size);
        head.extend(size);
        head.extend(short(e.name.len()));
        head.extend(short(e.extra.len()));
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&head);
        directory.extend([0; 10]);
        directory.extend(u32::try_from(out.len()).unwrap().to_le_bytes());
        directory.extend(&e.name);
        directory.extend(&e.extra);
        out.extend(b"PK\x03\x04");
        out.extend(head);
        out.extend(&e.name);
        out.extend(&e.extra);
        out.extend(&e.data);
    }
    let (start, n) = (u32::try_from(out.len()).unwrap(), u16::try_from(entries.len()).unwrap());
    let length = u32::try_from(directory.len()).unwrap();
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(n.to_le_bytes());
    out.extend(n.to_le_bytes());
    out.extend(length.to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

fn name_on(people: usize, day: Date) -> String {
    let time = day.at(9, 30, 0, 0);
    FileName { bank: "95566".into(), org: "44010000000001".into(), people, time }.stem()
}

fn text(rows: &[FormDraft]) -> Vec<u8> {
    let titles: Vec<_> = Field::TITLE_ROW.iter().map(|f| f.title()).collect();
    let mut out = format!("{}\r\n{}\r\n", rows.len(), titles.join(","));
    for (i, d) in rows.iter().enumerate() {
        let cell = |f: &Field| match f {
            Field::SerialNumber => (i + 1).to_string(),
            f => d.get(*f).to_owned(),
        };
        out.push_str(&Field::TITLE_ROW.iter().map(cell).collect::<Vec<_>>().join(","));
        out.push_str("\r\n");
    }
    out.into_bytes()
}

fn judge_as(file_name: &str, entries: &[Raw]) -> Result<Judged, Vec<RowError>> {
    judge_bytes(file_name, &zip(entries))
}

fn judge_bytes(file_name: &str, bytes: &[u8]) -> Result<Judged, Vec<RowError>> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("upload");
    std::fs::write(&path, bytes).unwrap();
    let options = Options {
        limits: Limits::default(),
        today: TODAY,
        photos: Some(Level::Decode),
        threads: 1,
        progress: &|_| {},
        cancel: &AtomicBool::new(false),
    };
    read(&path, file_name, &options).map(|s| s.judged)
}

fn judge(entries: Vec<Raw>, rows: &[FormDraft]) -> Result<Judged, Vec<RowError>> {
    let stem = name_on(rows.len(), TODAY);
    let mut all = vec![Raw::new(format!("{stem}.txt"), &text(rows))];
    all.extend(entries);
    judge_as(&format!("{stem}.zip"), &all)
}

/// Men of Guangzhou of these names.
fn people(names: &[&str]) -> Vec<FormDraft> {
    let one = |(i, name): (usize, &&str)| FormDraft {
        name: (*name).into(),
        ..adult(u32::try_from(i).unwrap(), "95566")
    };
    names.iter().enumerate().map(one).collect()
}

fn photo_name(d: &FormDraft) -> String {
    format!("PHOTO/{}{}.jpg", d.document_number, d.name)
}

/// What is said of a row: codes of errors.
fn codes(judged: &Judged, row: usize) -> Vec<&'static str> {
    judged.rows[row - 1].errors.iter().map(|e| e.code).collect()
}

fn clean(judged: &Judged) -> bool {
    judged.all_errors().for_each(|e| eprintln!("{e:?}"));
    judged.all_errors().next().is_none() && judged.rows.iter().all(|r| r.photo.is_some())
}

fn refused(outcome: Result<Judged, Vec<RowError>>) -> Vec<(&'static str, String)> {
    outcome.map(|_| ()).unwrap_err().into_iter().map(|e| (e.code, e.message)).collect()
}

/// 郑志强 in GBK is valid UTF-8 by chance; 王伟 beside him is not.
#[test]
fn appendix_6_1_names_are_read_in_the_one_encoding_in_which_the_expected_photos_are_found() {
    clause!(X6.1);
    let photo = portrait::draw(1);
    let rows = people(&["王伟", "郑志强", "叶志伟", "石雪莹", "陈静"]);
    let chance: Vec<u8> = encoding_rs::GB18030.encode("郑志强").0.into_owned();
    assert!(std::str::from_utf8(&chance).is_ok());
    let gbk = || rows.iter().map(|d| Raw::gbk(&photo_name(d), &photo)).collect::<Vec<_>>();
    assert!(clean(&judge(gbk(), &rows).unwrap()));
    let alone = people(&["郑志强", "叶志伟"]);
    let gbk_alone = alone.iter().map(|d| Raw::gbk(&photo_name(d), &photo)).collect();
    assert!(clean(&judge(gbk_alone, &alone).unwrap()), "every name is valid UTF-8, and none is one");
    let utf8 = rows.iter().map(|d| Raw::new(photo_name(d), &photo)).collect();
    assert!(clean(&judge(utf8, &rows).unwrap()), "UTF-8 that does not say so");
    let marked = rows.iter().map(|d| Raw::utf8(&photo_name(d), &photo)).collect();
    assert!(clean(&judge(marked, &rows).unwrap()));
    // One name was added later by another program.
    let mut mixed = gbk();
    mixed[0] = Raw::utf8(&photo_name(&rows[0]), &photo);
    assert!(clean(&judge(mixed, &rows).unwrap()));
    // A row that is wrong in another column still says which photo it expects.
    let mut wrong = people(&["郑志强", "叶志伟"]);
    wrong[0].phone = "x".into();
    wrong[1].phone = "x".into();
    let names = alone.iter().map(|d| Raw::gbk(&photo_name(d), &photo)).collect();
    let judged = judge(names, &wrong).unwrap();
    assert_eq!((codes(&judged, 1), codes(&judged, 2)), (vec!["bad_phone"], vec!["bad_phone"]));
    assert_eq!(judged.errors, []);
}

#[test]
fn appendix_6_1_the_unicode_path_of_info_zip_is_read() {
    clause!(X6.1);
    let rows = people(&["张三"]);
    let right = photo_name(&rows[0]);
    let local = b"PHOTO/??.jpg".to_vec();
    let field = |crc: u32| {
        let mut extra = 0x7075_u16.to_le_bytes().to_vec();
        extra.extend(u16::try_from(5 + right.len()).unwrap().to_le_bytes());
        extra.push(1);
        extra.extend(crc.to_le_bytes());
        extra.extend(right.as_bytes());
        Raw { extra, ..Raw::new(local.clone(), &portrait::draw(1)) }
    };
    assert!(clean(&judge(vec![field(crc32(&local))], &rows).unwrap()));
    let stale = judge(vec![field(1)], &rows).unwrap();
    assert_eq!(codes(&stale, 1), ["photo_missing"], "the field of another name is not believed");
}

#[test]
fn appendix_6_1_folders_around_and_what_file_managers_leave_behind_are_understood() {
    clause!(X6.1);
    let rows = people(&["张三"]);
    let stem = name_on(1, TODAY);
    let (txt, photo) = (text(&rows), portrait::draw(1));
    let leaf = photo_name(&rows[0]).replace("PHOTO/", "");
    let left_behind = |before: &str| {
        [
            "__MACOSX/._x",
            "__MACOSX/PHOTO/._y.jpg",
            ".DS_Store",
            "PHOTO/.DS_Store",
            "PHOTO/Thumbs.db",
            "PHOTO/desktop.ini",
        ]
        .map(|n| Raw::new(format!("{before}{n}"), b"x"))
    };
    for (text_at, photo_at) in [
        (format!("{stem}.txt"), format!("photo/{leaf}")),
        (format!("{stem}.TXT"), format!("PHOTO\\{leaf}")),
        (format!("申报/{stem}.txt"), format!("申报/PHOTO/{leaf}")),
        (
            format!("申报\\十一月\\{stem}.txt"),
            format!("申报\\十一月\\Photo\\{}", leaf.replace(".jpg", ".JPG")),
        ),
        (format!("./{stem}.txt"), format!("./PHOTO/{leaf}")),
        (format!("/申报/{stem}.txt"), format!("/申报/PHOTO/{leaf}")),
        (format!("C:\\申报\\{stem}.txt"), format!("D:\\申报\\PHOTO\\{leaf}")),
    ] {
        for make in [Raw::gbk, Raw::utf8] {
            let mut all = vec![make(&text_at, &txt), make(&photo_at, &photo), make("PHOTO/", b"")];
            all.extend(left_behind(""));
            assert!(clean(&judge_as(&format!("{stem}.zip"), &all).unwrap()), "{text_at}");
        }
    }
    let good = || vec![Raw::utf8(&format!("{stem}.txt"), &txt), Raw::utf8(&format!("PHOTO/{leaf}"), &photo)];
    for full in ["C:\\fakepath\\", "/home/clerk/", "D:/申报/"] {
        assert!(clean(&judge_as(&format!("{full}{stem}.ZIP"), &good()).unwrap()), "{full}");
    }
    let unseen = refused(judge_as(&format!("\u{200B}{stem}.zip"), &good()));
    assert!(unseen[0].0 == "invisible_character" && unseen[0].1.contains("U+200B"), "{unseen:?}");
    let mut unseen = good();
    unseen[0] = Raw::utf8(&format!("{stem}\u{FEFF}.txt"), &txt);
    let said = refused(judge_as(&format!("{stem}.zip"), &unseen));
    assert!(said.len() == 1 && said[0].1.contains("U+FEFF"), "{said:?}");
    for (name, code, why) in [
        ("readme.docx", "unknown_entry", "（.docx）"),
        ("PHOTO/a.png", "unknown_entry", "不是.jpg"),
        ("a.jpg", "unknown_entry", "不在PHOTO"),
        ("other.txt", "unknown_entry", "多余的文本"),
        ("again/PHOTO/../x.jpg", "bad_entry_name", "越界"),
    ] {
        let mut all = good();
        all.push(Raw::utf8(name, b"x"));
        let said = refused(judge_as(&format!("{stem}.zip"), &all));
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(
            said[0].0 == code && said[0].1.contains(why) && said[0].1.contains("《经办规程》"),
            "{said:?}"
        );
    }
}

#[test]
fn appendix_6_1_what_cannot_be_unpacked_is_named_by_what_it_is() {
    clause!(X6.1);
    let rows = people(&["张三"]);
    let stem = name_on(1, TODAY);
    let file = format!("{stem}.zip");
    for (method, flags, code, why) in [
        (14, 0, "unsupported_compression", "LZMA"),
        (9, 0, "unsupported_compression", "Deflate64"),
        (93, 0, "unsupported_compression", "Zstandard"),
        (98, 0, "unsupported_compression", "PPMd"),
        (8, 1, "encrypted", "ZipCrypto"),
        (99, 1, "encrypted", "AES"),
    ] {
        let txt = Raw { method, flags, ..Raw::new(format!("{stem}.txt"), &text(&rows)) };
        let said = refused(judge_as(&file, &[txt]));
        assert!(said.iter().any(|(c, m)| *c == code && m.contains(why)), "{said:?}");
    }
    for (head, what) in [(&b"Rar!\x1A\x07\x01\x00"[..], "RAR"), (b"7z\xBC\xAF\x27\x1C\0\0", "7z")] {
        let said = refused(judge_bytes(&file, head));
        assert!(said[0].0 == "zip_damaged" && said[0].1.contains(what), "{said:?}");
    }
}

/// The same dot in text and name, another dot in each, and numbers as people write them.
#[test]
fn appendix_6_1_a_photo_belongs_to_the_row_whose_number_and_name_it_says_in_any_spelling() {
    clause!(X6.1);
    clause!(R5.3);
    let photo = portrait::draw(1);
    for (name, on_photo) in [
        ("阿迪力•买买提", "阿迪力•买买提"),
        ("麦麦提・吐尔逊", "麦麦提・吐尔逊"),
        ("阿迪力.买买提", "阿迪力·买买提"),
        ("阿迪力·买买提", "阿迪力.买买提"),
        ("张[CHUI]", "张[CHUI]"),
        ("张[CHUI]", "张䄲"),
        ("\u{F9D1}小\u{E863}", "六小䶮"),
    ] {
        let rows = people(&[name]);
        let entry = Raw::utf8(&format!("PHOTO/{}{on_photo}.jpg", rows[0].document_number), &photo);
        assert!(clean(&judge(vec![entry], &rows).unwrap()), "{name} {on_photo}");
    }
    let mut rows = people(&["石雪莹"]);
    rows[0].document_number = "44010319900305108X".into();
    rows[0].birth_date = "19900305".into();
    rows[0].sex = "2".into();
    for (number, told) in [
        ("44010319900305108X", false),
        ("44010319900305108x", true),
        ("４４０１０３１９９００３０５１０８Ｘ", true),
        ("440103 19900305 108X ", true),
    ] {
        let judged = judge(vec![Raw::utf8(&format!("PHOTO/{number}石雪莹.jpg"), &photo)], &rows).unwrap();
        assert!(clean(&judged), "{number}");
        assert_eq!(judged.rows[0].warnings.iter().any(|w| w.code == "photo_name"), told, "{number}");
    }
    let other = judge(vec![Raw::utf8("PHOTO/44010319900305108X石雪.jpg", &photo)], &rows).unwrap();
    assert_eq!(codes(&other, 1), ["photo_missing"]);
    assert!(other.rows[0].errors[0].message.contains("姓名不同") && other.errors.is_empty());
    let two = ["PHOTO/44010319900305108X石雪莹.jpg", "PHOTO/44010319900305108x石雪莹.jpg"];
    let twice = judge(two.map(|n| Raw::utf8(n, &photo)).into(), &rows).unwrap();
    assert_eq!(codes(&twice, 1), ["photo_duplicate"]);
    let unseen = judge(vec![Raw::utf8("PHOTO/44010319900305108X石雪莹\u{200B}.jpg", &photo)], &rows).unwrap();
    assert!(unseen.errors[0].message.contains("零宽空格（U+200B）"));
}

#[test]
fn appendix_6_1_each_row_is_told_what_nobody_sees_and_full_width_numbers_are_taken() {
    clause!(X6.1);
    clause!(R35.1);
    let photo = portrait::draw(1);
    let rows = people(&["郭一", "郭二", "郭三", "郭四", "郭五", "郭六", "郭七", "郭八", "郭九"]);
    let photos: Vec<Raw> = rows.iter().map(|d| Raw::utf8(&photo_name(d), &photo)).collect();
    let mut spoilt = rows;
    spoilt[0].mobile = "\u{202D}13800138001\u{202C}".into();
    spoilt[1].document_number.push('\u{200B}');
    spoilt[2].name.push('\u{200B}');
    spoilt[3].postal_address = "广州市\u{202E}天河区\u{200B}某路\u{2028}1号".into();
    spoilt[4].document_number = format!("\u{A0}{}\u{3000}", spoilt[4].document_number);
    let wide =
        |s: &str| s.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect::<String>();
    spoilt[5].document_number = wide(&spoilt[5].document_number);
    spoilt[6].document_number =
        format!("{} {}", &spoilt[6].document_number[..6], &spoilt[6].document_number[6..]);
    spoilt[7].form_no.insert(0, '\u{FEFF}');
    spoilt[8].employer_name = "\u{200B}".into();
    let judged = judge(photos, &spoilt).unwrap();
    for row in [1, 2, 3, 4, 8, 9] {
        assert_eq!(codes(&judged, row), ["invisible_character"], "row {row}");
    }
    let said = |row: usize| judged.rows[row - 1].errors[0].message.as_str();
    assert!(
        said(1).contains("U+202D") && said(2).contains("零宽空格（U+200B）") && said(8).contains("U+FEFF")
    );
    assert!(said(4).contains("U+202E") && said(4).contains("U+2028"));
    for row in [5, 6, 7] {
        assert_eq!(codes(&judged, row), Vec::<&str>::new(), "row {row}");
        assert!(judged.rows[row - 1].photo.is_some(), "row {row}");
    }
    assert!(judged.rows[5].warnings.iter().any(|w| w.message.contains("全角")), "the clerk is told");
    assert_eq!(judged.rows[4].warnings.iter().filter(|w| w.code == "respelled").count(), 0);
    // Two spellings of one number are one number.
    let mut twins = people(&["郭一", "郭二"]);
    twins[1].document_number = wide(&twins[0].document_number);
    twins[1].birth_date = twins[0].birth_date.clone();
    let judged = judge(Vec::new(), &twins).unwrap();
    assert!(codes(&judged, 2).contains(&"duplicate"));
    // And so is the serial number, and line 1.
    let stem = name_on(1, TODAY);
    let whole = String::from_utf8(text(&twins[..1])).unwrap();
    let serial = whole.replace("\r\n1,", "\r\n1\u{200B},");
    let judged = judge_as(&format!("{stem}.zip"), &[Raw::new(format!("{stem}.txt"), serial.as_bytes())]);
    assert_eq!(codes(&judged.unwrap(), 1)[0], "invisible_character");
    let total = whole.replacen('1', "1\u{200B}", 1);
    let said =
        refused(judge_as(&format!("{stem}.zip"), &[Raw::new(format!("{stem}.txt"), total.as_bytes())]));
    assert!(said[0].0 == "invisible_character" && said[0].1.contains("第1行"));
}

/// A child who is not born yet, a document that has ended, a seventh birthday that is today: whatever the name says.
#[test]
fn art_10_4_people_and_documents_are_judged_on_the_systems_day_and_the_names_time_is_told() {
    clause!(R10.4);
    clause!(R5.4);
    let child = |birth: Date, until: &str| FormDraft {
        document_number: citizen_number("440103", birth, 211),
        birth_date: birth.strftime("%Y%m%d").to_string(),
        document_valid_until: until.into(),
        document_kind: "2".into(),
        guardian_document_kind: "1".into(),
        guardian_document_number: "440103198505050197".into(),
        guardian_name: "李伟".into(),
        ..adult(1, "95566")
    };
    let on = |day: Date, row: &FormDraft| {
        let stem = name_on(1, day);
        let file = [Raw::new(format!("{stem}.txt"), &text(std::slice::from_ref(row)))];
        judge_as(&format!("{stem}.zip"), &file).unwrap()
    };
    let told = |j: &Judged| j.warnings.iter().map(|w| (w.row, w.column, w.code)).collect::<Vec<_>>();
    let time = vec![(0, "文件名", "file_name_time")];
    let born_later = child(date(2027, 12, 1), "99991231");
    let future = on(date(2028, 1, 5), &born_later);
    assert_eq!(codes(&future, 1), ["impossible_birth_date"]);
    assert_eq!(told(&future), time);
    assert!(future.warnings[0].message.contains("晚于今天"));
    let expired = child(date(2021, 6, 1), "20200101");
    let past = on(date(2019, 1, 5), &expired);
    assert_eq!(codes(&past, 1), ["document_expired"]);
    assert_eq!(told(&past), time);
    assert!(past.warnings[0].message.contains("超过一年"));
    for day in [TODAY, date(2025, 11, 24), date(2026, 1, 1)] {
        assert_eq!(told(&on(day, &child(date(2021, 6, 1), "99991231"))), [], "{day}");
    }
    assert_eq!(told(&on(date(2025, 11, 23), &child(date(2021, 6, 1), "99991231"))), time);
    // Six when the data were collected, seven today.
    let birthday = child(date(2019, 11, 24), "99991231");
    assert_eq!(codes(&on(date(2026, 11, 23), &birthday), 1), ["photo_missing"]);
    let tomorrow = child(date(2019, 11, 25), "99991231");
    assert_eq!(codes(&on(date(2026, 11, 26), &tomorrow), 1), Vec::<&str>::new());
}

#[test]
fn art_9_3_a_row_with_another_error_is_told_of_its_photo_in_the_same_round() {
    clause!(R9.3);
    let mut rows = people(&["张三", "李四"]);
    rows[0].phone = "x".into();
    rows[1].sex = "3".into();
    let small = portrait::draw_sized(1, 300, 400);
    let judged = judge(vec![Raw::utf8(&photo_name(&rows[1]), &small)], &rows).unwrap();
    assert_eq!(codes(&judged, 1), ["bad_phone", "photo_missing"]);
    assert_eq!(codes(&judged, 2), ["unknown_code", "photo_size"]);
}

/// One passport number of two countries is two people; a permit and its old form with a renewal count are one.
#[test]
fn art_5_5_rows_are_the_same_by_their_document_and_not_by_its_digits() {
    clause!(R5.5);
    let one = |n: u32, kind: &str, country: &str, number: &str, name: &str| FormDraft {
        document_kind: kind.into(),
        nationality: country.into(),
        document_number: number.into(),
        name: name.into(),
        photo_receipt: "R200000".into(),
        ..adult(n, "95566")
    };
    let rows = [
        one(0, "7", "DEU", "E12345678", "ANNA SCHMIDT"),
        one(1, "8", "CHN", "e1234 5678", "王华侨"),
        one(2, "3", "HKG", "H12345678", "陈大文"),
        one(3, "3", "HKG", "H1234567801", "陈大文"),
        one(4, "4", "TWN", "12345678", "林小明"),
        one(5, "4", "TWN", "1234567802", "林小明"),
        one(6, "7", "DEU", "E-12345678", "ANNA SCHMIDT"),
    ];
    let judged = judge(Vec::new(), &rows).unwrap();
    let twice: Vec<_> = (1..=7).filter(|row| codes(&judged, *row).contains(&"duplicate")).collect();
    assert_eq!(twice, [4, 6, 7]);
    assert!(judged.rows[3].errors.iter().any(|e| e.message.contains("与第3行重复")));
}

#[test]
fn art_10_4_passports_are_taken_as_people_write_them() {
    clause!(R10.4);
    let one = |(i, (country, number)): (usize, &(&str, &str))| FormDraft {
        nationality: (*country).into(),
        document_kind: "7".into(),
        document_number: (*number).into(),
        name: "ANNA SCHMIDT".into(),
        ethnicity: "99".into(),
        photo_receipt: "R200000".into(),
        ..adult(u32::try_from(i).unwrap(), "95566")
    };
    let written = [("RUS", "75 1234567"), ("DEU", "c01x00t47"), ("PHL", "P1234567-A"), ("GBR", "512345678")];
    let rows: Vec<_> = written.iter().enumerate().map(one).collect();
    let judged = judge(Vec::new(), &rows).unwrap();
    let kept: Vec<_> = judged.rows.iter().map(|r| r.form.as_ref().unwrap().document.number()).collect();
    assert_eq!(kept, ["751234567", "C01X00T47", "P1234567A", "512345678"]);
    // A photo's name has the number of eighteen characters.
    let mut anna = rows;
    anna[1].photo_receipt.clear();
    let photo = Raw::utf8("PHOTO/deu000000c01x00t47ANNA SCHMIDT.jpg", &portrait::draw(1));
    let judged = judge(vec![photo], &anna).unwrap();
    assert!(judged.rows[1].photo.is_some());
}

/// Whoever obeys must not leave out an applicant.
#[test]
fn art_10_1_two_people_with_one_form_number_are_two_applicants() {
    clause!(R10.1);
    let rows = [adult(0, "95566"), FormDraft { form_no: adult(0, "95566").form_no, ..adult(1, "95566") }];
    let judged = judge(Vec::new(), &rows).unwrap();
    let told = judged.rows[1].errors.iter().find(|e| e.column == "申领表编码").unwrap();
    assert!(
        told.message.contains("另编未使用的编码") && told.message.contains("不要删除"),
        "{}",
        told.message
    );
    let twice = judge(Vec::new(), &[adult(0, "95566"), adult(0, "95566")]).unwrap();
    let told: Vec<_> = twice.rows[1].errors.iter().filter(|e| e.code == "duplicate").collect();
    assert!(told.len() == 2 && told.iter().all(|e| e.message.contains("请删除重复的行")), "{told:?}");
}
