//! Reading and judging an SBK2 zip: streamed, bounded, never extracted to disk. Every error of every row is told at
//! once (R9.3); a file that is not an SBK2 file at all is refused whole.

use super::lines::{Lines, LinesError, TextLine};
use super::{FileName, RowError};
use crate::photo::{self, Level};
use kaguan_domain::application::form::{Circumstances, Door, judge};
use kaguan_domain::clause;
use kaguan_domain::facts::form::{ApplicationForm, Field, FormDraft};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use zip::ZipArchive;

/// Bounds on what a file may make the reader do.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Entries of the zip.
    pub entries: usize,
    /// Applicants.
    pub rows: usize,
    /// Errors that are told one by one; a file with more is refused whole.
    pub errors: usize,
    /// Bytes of the text, inflated.
    pub text_bytes: u64,
    /// Bytes of one line.
    pub line_bytes: usize,
    /// How many times larger the text may be than it is in the zip.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 100_010,
            rows: 100_000,
            errors: 50_000,
            text_bytes: 48 << 20,
            line_bytes: 64 << 10,
            ratio: 200,
        }
    }
}

/// How far the work is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    pub rows: usize,
    pub photos: usize,
    pub photos_in_all: usize,
    pub errors: usize,
}

/// How to read.
pub struct Options<'a> {
    pub limits: Limits,
    /// How far photos are looked at; `None` to leave them alone.
    pub photos: Option<Level>,
    /// How many threads look at photos.
    pub threads: usize,
    /// Is told now and then how far the work is.
    pub progress: &'a (dyn Fn(Progress) + Sync),
    /// Set to stop.
    pub cancel: &'a AtomicBool,
}

/// Where a photo stands in the zip.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PhotoEntry(usize);

/// One row.
#[derive(Clone, Debug)]
pub struct JudgedRow {
    /// Its number, from 1.
    pub row: usize,
    /// The typed form; `Some` exactly when the row has no errors.
    pub form: Option<ApplicationForm>,
    /// Its photo.
    pub photo: Option<PhotoEntry>,
    /// What is wrong with it.
    pub errors: Vec<RowError>,
    /// What is odd.
    pub warnings: Vec<RowError>,
}

/// A judged file.
#[derive(Clone, Debug)]
pub struct Judged {
    pub name: FileName,
    pub rows: Vec<JudgedRow>,
    /// Errors that belong to no row, such as a photo without a person; row 0.
    pub errors: Vec<RowError>,
}

impl Judged {
    /// All errors, by row.
    pub fn all_errors(&self) -> impl Iterator<Item = &RowError> {
        self.errors.iter().chain(self.rows.iter().flat_map(|r| &r.errors))
    }
}

/// A judged file, open for its photos.
pub struct Sbk2 {
    path: PathBuf,
    /// What was judged.
    pub judged: Judged,
}

impl Sbk2 {
    /// The bytes of some photos, in order; the zip's checksum is verified.
    pub fn photos(&self, which: &[PhotoEntry]) -> Result<Vec<Vec<u8>>, RowError> {
        let broken = || RowError::new(0, "相片", "zip_damaged", "压缩包已变动或损坏", "请重新上传");
        let mut zip = open(&self.path).map_err(|_| broken())?;
        which.iter().map(|p| photo_bytes(&mut zip, p.0).ok_or_else(broken)).collect()
    }
}

type Zip = ZipArchive<BufReader<File>>;

fn open(path: &Path) -> zip::result::ZipResult<Zip> {
    ZipArchive::new(BufReader::with_capacity(1 << 16, File::open(path)?))
}

fn photo_bytes(zip: &mut Zip, at: usize) -> Option<Vec<u8>> {
    let file = zip.by_index(at).ok()?;
    let mut bytes = Vec::new();
    // Whatever the header says, no more than this is inflated.
    file.take(photo::MOST_BYTES as u64 + 1).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn whole(column: &'static str, code: &'static str, what: &str, remedy: &str) -> RowError {
    RowError::new(0, column, code, what, remedy)
}

/// Reads and judges a file. `file_name` is the name that the user gave it.
///
/// # Errors
/// Every reason for which the file as a whole is refused, with row 0.
pub fn read(path: &Path, file_name: &str, options: &Options<'_>) -> Result<Sbk2, Vec<RowError>> {
    clause!(X6.1);
    clause!(R9.3);
    let Some(stem) = file_name.strip_suffix(".zip").or_else(|| file_name.strip_suffix(".ZIP")) else {
        return Err(vec![whole("文件名", "not_a_zip", "应为.zip压缩包", "请按格式打包")]);
    };
    let name = FileName::parse(stem)?;
    let damaged = || vec![whole("压缩包", "zip_damaged", "不是zip压缩包，或已损坏", "请重新打包上传")];
    let stated = stated_entries(path).ok_or_else(damaged)?;
    if stated > options.limits.entries as u64 {
        let what = format!("压缩包内文件超过{}个", options.limits.entries);
        return Err(vec![whole("压缩包", "too_many_entries", &what, "请分批上传")]);
    }
    let mut zip = open(path).map_err(|_| damaged())?;
    if zip.len() as u64 != stated {
        return Err(vec![whole(
            "压缩包",
            "duplicate_entry",
            "压缩包内有重名文件",
            "请删除重复的文件后重新打包",
        )]);
    }
    let contents = list(&mut zip, stem)?;
    let mut rows = read_text(&mut zip, contents.text, &name, &options.limits, options)?;
    let errors = match_photos(&mut rows, contents.photos, &name);
    if let Some(level) = options.photos {
        check_photos(path, &mut rows, level, options)?;
    }
    for row in &mut rows {
        if !row.errors.is_empty() {
            row.form = None;
        }
    }
    Ok(Sbk2 { path: path.into(), judged: Judged { name, rows, errors } })
}

/// How many entries the end of the zip says there are.
fn stated_entries(path: &Path) -> Option<u64> {
    let mut file = File::open(path).ok()?;
    let size = file.seek(SeekFrom::End(0)).ok()?;
    let tail = size.min(66_000);
    file.seek(SeekFrom::Start(size - tail)).ok()?;
    let mut bytes = Vec::new();
    file.take(tail).read_to_end(&mut bytes).ok()?;
    let find = |mark: [u8; 4]| bytes.windows(4).rposition(|w| w == mark);
    let end = find(*b"PK\x05\x06")?;
    let count = u16::from_le_bytes(bytes.get(end + 10..end + 12)?.try_into().ok()?);
    if count != u16::MAX {
        return Some(u64::from(count));
    }
    let wide = find(*b"PK\x06\x06")?;
    Some(u64::from_le_bytes(bytes.get(wide + 32..wide + 40)?.try_into().ok()?))
}

struct Contents {
    text: usize,
    photos: HashMap<String, usize>,
}

/// The entries: one text of the same name and `PHOTO/*.jpg`, nothing else.
fn list(zip: &mut Zip, stem: &str) -> Result<Contents, Vec<RowError>> {
    let (mut text, mut photos, mut errors) = (None, HashMap::new(), Vec::new());
    let mut wrong = |code, what: &str, remedy: &str| {
        if errors.len() < 50 {
            errors.push(whole("压缩包", code, what, remedy));
        }
    };
    for i in 0..zip.len() {
        let Ok(entry) = zip.by_index_raw(i) else {
            wrong("zip_damaged", "压缩包目录损坏", "请重新打包上传");
            continue;
        };
        if entry.encrypted() {
            wrong("encrypted", "压缩包加了密码", "请不加密码重新打包");
            continue;
        }
        let raw = entry.name_raw();
        // Windows tools write GBK without the UTF-8 flag; GBK names of Chinese characters are not valid UTF-8.
        let entry_name = match std::str::from_utf8(raw) {
            Ok(s) => s.to_owned(),
            Err(_) => encoding_rs::GB18030.decode_without_bom_handling(raw).0.into_owned(),
        };
        let entry_name = entry_name.replace('\\', "/");
        let strange = entry_name.starts_with('/')
            || entry_name.contains(':')
            || entry_name.chars().any(char::is_control)
            || entry_name.split('/').any(|p| p == "..");
        if strange || entry.is_symlink() {
            wrong("bad_entry_name", "压缩包内有越界路径或链接", "请只打包文本文件和PHOTO目录");
            continue;
        }
        let (directory, leaf) = entry_name.rsplit_once('/').unwrap_or(("", &entry_name));
        if directory.is_empty() && leaf.to_ascii_lowercase().ends_with(".txt") {
            if leaf[..leaf.len() - 4] != *stem {
                wrong("text_name", "文本文件与压缩包不同名", "请使文本文件与压缩包同名（后缀.txt）");
            } else {
                text = Some(i);
            }
        } else if directory.eq_ignore_ascii_case("PHOTO") {
            if leaf.is_empty() {
                continue;
            }
            let photo = leaf.strip_suffix(".jpg").or_else(|| leaf.strip_suffix(".JPG"));
            match photo {
                Some(photo) if photos.insert(photo.to_owned(), i).is_none() => {}
                Some(_) => wrong("duplicate_entry", "压缩包内有重名相片", "请删除重复的相片后重新打包"),
                None => wrong("unknown_entry", "PHOTO目录内有不是.jpg的文件", "请只放入.jpg相片"),
            }
        } else {
            wrong("unknown_entry", "压缩包内有多余的文件或目录", "请只打包文本文件和PHOTO目录");
        }
    }
    if text.is_none() && errors.iter().all(|e| e.code != "text_name") {
        errors.push(whole("压缩包", "no_text", "缺少与压缩包同名的文本文件", "请加入文本文件后重新打包"));
    }
    match text {
        Some(text) if errors.is_empty() => Ok(Contents { text, photos }),
        _ => Err(errors),
    }
}

fn read_text(
    zip: &mut Zip,
    at: usize,
    name: &FileName,
    limits: &Limits,
    options: &Options<'_>,
) -> Result<Vec<JudgedRow>, Vec<RowError>> {
    let refuse = |code, what: &str, remedy: &str| vec![whole("文本文件", code, what, remedy)];
    let entry = zip.by_index(at).map_err(|_| refuse("zip_damaged", "文本文件无法解压", "请重新打包上传"))?;
    let most = limits.text_bytes.min(entry.compressed_size().saturating_mul(limits.ratio).max(1 << 16));
    let lines_error = |e: LinesError| match e {
        LinesError::TooLarge => refuse("text_too_large", "文本文件解压后过大", "请分批上传"),
        LinesError::Damaged => refuse("zip_damaged", "文本文件无法解压", "请重新打包上传"),
        LinesError::Utf16 => {
            refuse("bad_encoding", "文本文件为UTF-16编码", "请另存为GB18030（ANSI）或UTF-8编码")
        }
    };
    let mut lines =
        Lines::new(BufReader::with_capacity(1 << 16, entry), limits.line_bytes, most).map_err(lines_error)?;
    let total = match lines.next().map_err(lines_error)? {
        Some(TextLine::Text(t)) => t.trim().parse::<usize>().ok(),
        _ => None,
    };
    let mut errors = Vec::new();
    match total {
        None => errors.push(whole("第1行", "bad_total", "应为申请总人数", "请填写数字")),
        Some(n) if n != name.people => {
            let what = format!("总人数{n}与文件名中的人数{}不一致", name.people);
            errors.push(whole("第1行", "count_mismatch", &what, "请核对人数"));
        }
        Some(n) if n > limits.rows => {
            errors.push(whole("第1行", "too_many_rows", &format!("一次最多{}人", limits.rows), "请分批上传"));
        }
        Some(_) => {}
    }
    let columns = match lines.next().map_err(lines_error)? {
        Some(TextLine::Text(t)) => titles(&t, &mut errors),
        Some(TextLine::TooLong) => {
            errors.push(whole("标题行", "line_too_long", "行过长", "请按附件6的标题行填写"));
            None
        }
        _ => {
            errors.push(whole("标题行", "bad_titles", "缺少标题行或编码错误", "请按附件6的标题行填写"));
            None
        }
    };
    let Some(columns) = columns.filter(|_| errors.is_empty()) else { return Err(errors) };
    let circumstances = Circumstances::new(name.day(), Door::Batch);
    let mut rows: Vec<JudgedRow> = Vec::new();
    let mut seen = Seen::default();
    let (mut found, mut surplus) = (0, 0);
    while let Some(line) = lines.next().map_err(lines_error)? {
        if matches!(&line, TextLine::Text(t) if t.trim().is_empty()) {
            continue;
        }
        if rows.len() >= name.people {
            // Refused in any case: the rest is only counted, so that the message can say the number.
            surplus += 1;
            continue;
        }
        if options.cancel.load(Ordering::Relaxed) {
            return Err(refuse("cancelled", "已取消", "如需继续请重新上传"));
        }
        let row = one_row(rows.len() + 1, line, &columns, &circumstances, name, &mut seen);
        found += row.errors.len();
        if found > limits.errors {
            let first = rows.iter().chain([&row]).flat_map(|r| &r.errors).next();
            let example = first.map(|e| format!("，例如第{}行{}", e.row, e.message)).unwrap_or_default();
            let what = format!("错误超过{}处，不再逐一列出{example}", limits.errors);
            return Err(refuse("too_many_errors", &what, "请先检查文件格式"));
        }
        rows.push(row);
        if rows.len().is_multiple_of(500) {
            (options.progress)(Progress { rows: rows.len(), errors: found, ..Progress::default() });
        }
    }
    if rows.len() + surplus != name.people {
        let what = format!("正文{}行，与申请总人数{}不一致", rows.len() + surplus, name.people);
        return Err(refuse("count_mismatch", &what, "请核对人数"));
    }
    (options.progress)(Progress { rows: rows.len(), errors: found, ..Progress::default() });
    Ok(rows)
}

/// The title line: the titles of Appendix 6, each once. Their order is the order of the cells.
fn titles(line: &str, errors: &mut Vec<RowError>) -> Option<Vec<Field>> {
    let mut columns = Vec::new();
    for title in line.split(',') {
        match Field::of_title(title) {
            Some(f) if columns.contains(&f) => {
                errors.push(whole(
                    "标题行",
                    "bad_titles",
                    &format!("“{}”重复", f.title()),
                    "请按附件6的标题行填写",
                ));
            }
            Some(f) => columns.push(f),
            None => errors.push(whole("标题行", "bad_titles", "有不认识的列名", "请按附件6的标题行填写")),
        }
    }
    errors.truncate(50);
    for f in Field::TITLE_ROW {
        if !columns.contains(&f) && errors.len() < 80 {
            errors.push(whole(
                "标题行",
                "bad_titles",
                &format!("缺少“{}”列", f.title()),
                "请按附件6的标题行填写",
            ));
        }
    }
    errors.is_empty().then_some(columns)
}

/// What must not come twice.
#[derive(Default)]
struct Seen {
    numbers: HashMap<String, usize>,
    forms: HashMap<String, usize>,
}

fn one_row(
    row: usize,
    line: TextLine,
    columns: &[Field],
    circumstances: &Circumstances,
    name: &FileName,
    seen: &mut Seen,
) -> JudgedRow {
    let mut out = JudgedRow { row, form: None, photo: None, errors: Vec::new(), warnings: Vec::new() };
    let text = match line {
        TextLine::Text(t) => t,
        TextLine::Undecodable => {
            let e = RowError::new(
                row,
                "整行",
                "bad_encoding",
                "含有不能识别的字符编码",
                "请用GB18030或UTF-8保存",
            );
            out.errors.push(e);
            return out;
        }
        TextLine::TooLong => {
            out.errors.push(RowError::new(row, "整行", "line_too_long", "行过长", "请核对该行的列"));
            return out;
        }
    };
    let cells = text.split(',').count();
    if cells != columns.len() {
        let what = format!("应有{}列，实有{cells}列", columns.len());
        out.errors.push(RowError::new(
            row,
            "整行",
            "column_count",
            &what,
            "内容中不能有半角逗号，空列也要保留逗号",
        ));
        return out;
    }
    let mut draft = FormDraft::default();
    let mut serial = "";
    for (field, cell) in columns.iter().zip(text.split(',')) {
        if *field == Field::SerialNumber {
            serial = cell.trim();
        } else {
            draft.set(*field, cell);
        }
    }
    if serial.parse() != Ok(row) {
        out.errors.push(RowError::new(row, "序号", "bad_serial", &format!("应为{row}"), "请按顺序编号"));
    }
    let judged = judge(&draft, circumstances);
    let of = |d: &kaguan_domain::facts::form::Defect| RowError {
        row,
        column: d.field.title(),
        code: d.code,
        message: d.message.clone(),
    };
    out.errors.extend(judged.defects.iter().map(of));
    out.warnings.extend(judged.warnings.iter().map(of));
    if draft.bank.trim() != name.bank && !draft.bank.trim().is_empty() {
        out.errors.push(RowError::new(
            row,
            "服务银行",
            "bank_differs",
            "与文件名中的银行不一致",
            "请按银行分别上传",
        ));
    }
    for (map, value, column) in [
        (&mut seen.numbers, draft.document_number.trim(), "证件号码"),
        (&mut seen.forms, draft.form_no.trim(), "申领表编码"),
    ] {
        if value.is_empty() {
            continue;
        }
        if let Some(first) = map.get(value) {
            let what = format!("与第{first}行重复");
            out.errors.push(RowError::new(row, column, "duplicate", &what, "请删除重复的行"));
        } else {
            map.insert(value.to_owned(), row);
        }
    }
    out.form = judged.form;
    out
}

/// Gives each row its photo: `18 位号码` + name + `.jpg`; under 7 none is needed, nor with a receipt number.
fn match_photos(
    rows: &mut [JudgedRow],
    mut photos: HashMap<String, usize>,
    name: &FileName,
) -> Vec<RowError> {
    clause!(R5.4);
    for row in rows.iter_mut() {
        let Some(form) = &row.form else { continue };
        let expected = format!("{}{}", form.ssn.as_str(), form.name.display());
        let found = photos.remove(&expected);
        let needed = form.photo_required(name.day());
        match found {
            Some(i) if needed => row.photo = Some(PhotoEntry(i)),
            Some(_) => row.warnings.push(RowError::new(
                row.row,
                "相片",
                "photo_under_7",
                "未满七周岁不采集相片，已忽略",
                "无需处理",
            )),
            None if needed && form.photo_receipt.is_none() => row.errors.push(RowError::new(
                row.row,
                "相片",
                "photo_missing",
                "PHOTO目录中没有该人相片，也没有相片回执",
                "请补充相片，文件名为18位号码加姓名",
            )),
            None => {}
        }
    }
    // A photo of a row that has errors is not an error of its own: its name may be what is wrong.
    let broken = rows.iter().filter(|r| r.form.is_none()).count();
    if photos.len() > broken {
        let what = format!("PHOTO目录中有{}张相片没有对应的申请人", photos.len() - broken);
        return vec![whole("相片", "photo_without_person", &what, "请核对相片文件名中的号码和姓名")];
    }
    Vec::new()
}

/// Looks at every photo, on several threads, each with the zip open for itself.
fn check_photos(
    path: &Path,
    rows: &mut [JudgedRow],
    level: Level,
    options: &Options<'_>,
) -> Result<(), Vec<RowError>> {
    let todo: Vec<(usize, usize)> =
        rows.iter().enumerate().filter_map(|(at, r)| r.photo.map(|p| (at, p.0))).collect();
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let found = Mutex::new(Vec::new());
    let before: usize = rows.iter().map(|r| r.errors.len()).sum();
    let work = || {
        let Ok(mut zip) = open(path) else { return };
        while let Some((row, entry)) = todo.get(next.fetch_add(1, Ordering::Relaxed)) {
            if options.cancel.load(Ordering::Relaxed) {
                return;
            }
            let report = photo_bytes(&mut zip, *entry).map(|bytes| photo::check(&bytes, level));
            let n = done.fetch_add(1, Ordering::Relaxed) + 1;
            if let Ok(mut found) = found.lock() {
                match report {
                    Some(r) if r.errors.is_empty() && r.warnings.is_empty() => {}
                    r => found.push((*row, r)),
                }
                if n.is_multiple_of(200) {
                    (options.progress)(Progress {
                        rows: rows.len(),
                        photos: n,
                        photos_in_all: todo.len(),
                        errors: before + found.len(),
                    });
                }
            }
        }
    };
    std::thread::scope(|s| {
        for _ in 1..options.threads.max(1) {
            s.spawn(work);
        }
        work();
    });
    if options.cancel.load(Ordering::Relaxed) {
        return Err(vec![whole("相片", "cancelled", "已取消", "如需继续请重新上传")]);
    }
    let cite = clause!(X6.2).cite();
    for (at, report) in found.into_inner().unwrap_or_default() {
        let row = rows[at].row;
        let remark = |code, what: &str| RowError {
            row,
            column: "相片",
            code,
            message: format!("相片：{what}。依据{cite}。请按相片标准重新采集。"),
        };
        match report {
            None => rows[at].errors.push(remark("photo_damaged", "无法解压")),
            Some(report) => {
                rows[at].errors.extend(report.errors.iter().map(|(code, what)| remark(code, what)));
                rows[at].warnings.extend(report.warnings.iter().map(|(code, what)| remark(code, what)));
            }
        }
    }
    (options.progress)(Progress {
        rows: rows.len(),
        photos: todo.len(),
        photos_in_all: todo.len(),
        errors: rows.iter().map(|r| r.errors.len()).sum(),
    });
    Ok(())
}
