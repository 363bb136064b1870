//! Reading and judging an SBK2 zip: streamed, bounded, never extracted to disk. Every error of every row is told at
//! once (R9.3); a file that is not an SBK2 file at all is refused whole. People and documents are judged on the system's day; the
//! time in the file's name only tells when the data were collected.

use super::entries::{Photo, Survey, what_else};
use super::lines::{Lines, LinesError, TextLine};
use super::photos::{Whose, check_photos, match_images, match_photos};
use super::{FileName, RowError};
use crate::photo::{self, Level};
use jiff::civil::Date;
use kaguan_domain::application::form::{Circumstances, Door, judge, photo_of};
use kaguan_domain::characters;
use kaguan_domain::clause;
use kaguan_domain::codes;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::{ApplicationForm, Field, FormDraft, photo_required};
use kaguan_domain::facts::identity::Identifier;
use kaguan_domain::ids::BankCode;
use kaguan_domain::spelling;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
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
            entries: 200_020,
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
    /// The system's day, one for the whole file: on it people and documents are judged.
    pub today: Date,
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
pub struct PhotoEntry(pub(super) usize);

/// One row.
#[derive(Clone, Debug)]
pub struct JudgedRow {
    /// Its number, from 1.
    pub row: usize,
    /// The typed form; `Some` exactly when the row has no errors.
    pub form: Option<ApplicationForm>,
    /// Of a row with errors, what the registers and the store can be asked about all the same.
    pub faulty: Option<Box<Faulty>>,
    /// Its photo.
    pub photo: Option<PhotoEntry>,
    /// The images of its document, as its file brings them.
    pub images: Vec<PhotoEntry>,
    /// What is wrong with it.
    pub errors: Vec<RowError>,
    /// What is odd.
    pub warnings: Vec<RowError>,
}

/// What can be read of a row with errors: everything else that stands against it is told with them (R9.3).
#[derive(Clone, Debug)]
pub struct Faulty {
    /// 申领表编码; empty when it is none.
    pub form_no: String,
    /// 服务银行 of the row, or that of the file's name when it has none.
    pub bank: BankCode,
    /// 收表网点, when one is named.
    pub collection_point: Option<String>,
    /// The form, as far as it can be read, when it is known whose it is. It is never taken in.
    pub form: Option<ApplicationForm>,
}

/// A judged file.
#[derive(Clone, Debug)]
pub struct Judged {
    pub name: FileName,
    pub rows: Vec<JudgedRow>,
    /// Errors that belong to no row, such as a photo without a person; row 0.
    pub errors: Vec<RowError>,
    /// What is odd about the file as a whole, such as the time in its name; row 0.
    pub warnings: Vec<RowError>,
}

impl Judged {
    /// All errors, by row.
    pub fn all_errors(&self) -> impl Iterator<Item = &RowError> {
        self.errors.iter().chain(self.rows.iter().flat_map(|r| &r.errors))
    }

    /// All warnings, by row.
    pub fn all_warnings(&self) -> impl Iterator<Item = &RowError> {
        self.warnings.iter().chain(self.rows.iter().flat_map(|r| &r.warnings))
    }
}

/// A judged file, open for its photos.
pub struct Sbk2 {
    pub(super) path: PathBuf,
    /// Where the text stands in the zip, and the photos and images.
    pub(super) text: usize,
    pub(super) photos: Vec<Photo>,
    pub(super) images: Vec<Photo>,
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

/// The zip of a judged file, open for images of documents.
pub struct Images(Zip);

impl Sbk2 {
    /// Opens the zip again: one image is taken out after the other, for they may be large.
    pub fn images(&self) -> Result<Images, RowError> {
        open(&self.path).map(Images).map_err(|_| torn())
    }
}

impl Images {
    /// One image, of which no more than so many bytes and one are read.
    pub fn bytes(&mut self, at: PhotoEntry, most: usize) -> Result<Vec<u8>, RowError> {
        entry_bytes(&mut self.0, at.0, most).ok_or_else(torn)
    }
}

fn torn() -> RowError {
    RowError::new(0, "证件影像", "zip_damaged", "压缩包已变动或损坏", "请重新上传")
}

pub(super) type Zip = ZipArchive<BufReader<File>>;

pub(super) fn open(path: &Path) -> zip::result::ZipResult<Zip> {
    ZipArchive::new(BufReader::with_capacity(1 << 16, File::open(path)?))
}

pub(super) fn photo_bytes(zip: &mut Zip, at: usize) -> Option<Vec<u8>> {
    entry_bytes(zip, at, photo::MOST_BYTES)
}

pub(super) fn entry_bytes(zip: &mut Zip, at: usize, most: usize) -> Option<Vec<u8>> {
    let file = zip.by_index(at).ok()?;
    let mut bytes = Vec::new();
    // Whatever the header says, no more than this is inflated.
    file.take(most as u64 + 1).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

pub(super) fn whole(column: &'static str, code: &'static str, what: &str, remedy: &str) -> RowError {
    RowError::new(0, column, code, what, remedy)
}

/// Reads and judges a file. `file_name` is the name that the user gave it.
///
/// # Errors
/// Every reason for which the file as a whole is refused, with row 0.
pub fn read(path: &Path, file_name: &str, options: &Options<'_>) -> Result<Sbk2, Vec<RowError>> {
    clause!(X6.1);
    clause!(R9.3);
    // Old browsers send the whole path.
    let file_name = spelling::trim(file_name.rsplit(['/', '\\']).next().unwrap_or(file_name));
    if !characters::invisible_in(file_name).is_empty() {
        return Err(vec![unseen(0, "文件名", file_name)]);
    }
    let stem = file_name.len().checked_sub(4).and_then(|at| file_name.split_at_checked(at));
    let Some((stem, _)) = stem.filter(|(_, ending)| ending.eq_ignore_ascii_case(".zip")) else {
        return Err(vec![whole("文件名", "not_a_zip", "应为.zip压缩包", "请按格式打包")]);
    };
    let name = FileName::parse(stem)?;
    let damaged = || {
        let what = first_bytes(path).as_deref().and_then(what_else);
        let what = what
            .map_or("不是zip压缩包，或已损坏".to_owned(), |k| format!("不是zip压缩包，实为{k}"));
        vec![whole("压缩包", "zip_damaged", &what, "请按ZIP格式重新打包上传")]
    };
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
    let survey = Survey::of(&mut zip);
    // Where the text lies does not depend on the encoding of the names; which encoding it is, the text helps to say.
    let first = survey.contents(stem, &HashMap::new());
    let Some(text) = first.text else { return Err(first.errors) };
    let (mut rows, whose) = match read_text(&mut zip, text, &name, &options.limits, options) {
        Ok(read) => read,
        Err(mut errors) => {
            errors.extend(first.errors);
            return Err(errors);
        }
    };
    let mut expected: HashMap<String, Vec<String>> = HashMap::new();
    for w in whose.iter().flatten() {
        expected.entry(w.number.clone()).or_default().push(w.name.clone());
    }
    let contents = survey.contents(stem, &expected);
    if !contents.errors.is_empty() {
        return Err(contents.errors);
    }
    let mut errors = contents.unseen;
    errors.extend(match_photos(&mut rows, &whose, &contents.photos, options.today));
    errors.extend(match_images(&mut rows, &whose, &contents.images));
    if let Some(level) = options.photos {
        check_photos(path, &mut rows, level, options)?;
    }
    for row in &mut rows {
        if let Some(form) = row.form.take_if(|_| !row.errors.is_empty()) {
            row.faulty = Some(Box::new(Faulty {
                form_no: form.form_no.clone(),
                bank: form.bank.clone(),
                collection_point: form.collection_point.clone(),
                form: Some(form),
            }));
        }
    }
    let warnings = collected(&name, options.today).into_iter().collect();
    let (photos, images) = (contents.photos, contents.images);
    Ok(Sbk2 { path: path.into(), text, photos, images, judged: Judged { name, rows, errors, warnings } })
}

/// What is odd about the time in the name, which says when the data were collected.
fn collected(name: &FileName, today: Date) -> Option<RowError> {
    let day = name.day();
    let year = kaguan_domain::calendar::add_months_clamped(day, 12);
    let what = if day > today {
        format!("文件名中的时间{day}晚于今天{today}")
    } else if year < today {
        format!("文件名中的时间{day}距今天{today}已超过一年，数据可能已经变化")
    } else {
        return None;
    };
    let remedy = "年龄、证件有效期和相片均按今天核验，请核对数据采集时间";
    Some(whole("文件名", "file_name_time", &what, remedy))
}

fn first_bytes(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(8).read_to_end(&mut bytes).ok()?;
    Some(bytes)
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

/// The rows, and whose photo each has.
type Rows = (Vec<JudgedRow>, Vec<Option<Whose>>);

fn read_text(
    zip: &mut Zip,
    at: usize,
    name: &FileName,
    limits: &Limits,
    options: &Options<'_>,
) -> Result<Rows, Vec<RowError>> {
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
    let first = match lines.next().map_err(lines_error)? {
        Some(TextLine::Text(t)) => t,
        _ => String::new(),
    };
    let total = spelling::trim(&spelling::half_width(&first)).parse::<usize>().ok();
    let mut errors = Vec::new();
    match total {
        None if !characters::invisible_in(&first).is_empty() => errors.push(unseen(0, "第1行", &first)),
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
    let circumstances = Circumstances::new(options.today, Door::Batch);
    let (mut rows, mut all_whose): (Vec<JudgedRow>, Vec<Option<Whose>>) = (Vec::new(), Vec::new());
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
        let (row, whose) = one_row(rows.len() + 1, line, &columns, &circumstances, name, &mut seen);
        found += row.errors.len();
        if found > limits.errors {
            let first = rows.iter().chain([&row]).flat_map(|r| &r.errors).next();
            let example = first.map(|e| format!("，例如第{}行{}", e.row, e.message)).unwrap_or_default();
            let what = format!("错误超过{}处，不再逐一列出{example}", limits.errors);
            return Err(refuse("too_many_errors", &what, "请先检查文件格式"));
        }
        rows.push(row);
        all_whose.push(whose);
        if rows.len().is_multiple_of(500) {
            (options.progress)(Progress { rows: rows.len(), errors: found, ..Progress::default() });
        }
    }
    if rows.len() + surplus != name.people {
        let what = format!("正文{}行，与申请总人数{}不一致", rows.len() + surplus, name.people);
        return Err(refuse("count_mismatch", &what, "请核对人数"));
    }
    (options.progress)(Progress { rows: rows.len(), errors: found, ..Progress::default() });
    Ok((rows, all_whose))
}

/// What nobody sees in a part of the text that is no applicant's.
fn unseen(row: usize, column: &'static str, text: &str) -> RowError {
    let what = format!("含有看不见的字符：{}", characters::invisible_in(text));
    RowError::new(row, column, "invisible_character", &what, "请删除后重新填写")
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
            None if !characters::invisible_in(title).is_empty() => errors.push(unseen(0, "标题行", title)),
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

/// Code of an error: an earlier row has the same.
pub const DUPLICATE: &str = "duplicate";

/// What must not come twice.
#[derive(Default)]
struct Seen {
    numbers: HashMap<String, usize>,
    forms: HashMap<String, usize>,
}

/// By what two rows have one document: a permit is its old form with a renewal count, and a passport is its country's, so that two
/// people may have one number. Empty when the row has none.
fn one_document(draft: &FormDraft) -> String {
    let number = draft.document_number.clone();
    match DocumentKind::from_code(&draft.document_kind) {
        Some(kind) if !number.is_empty() => {
            Identifier { kind, nationality: draft.nationality.clone(), number }.canonical()
        }
        _ => number,
    }
}

fn one_row(
    row: usize,
    line: TextLine,
    columns: &[Field],
    circumstances: &Circumstances,
    name: &FileName,
    seen: &mut Seen,
) -> (JudgedRow, Option<Whose>) {
    let mut out = JudgedRow {
        row,
        form: None,
        faulty: None,
        photo: None,
        images: Vec::new(),
        errors: Vec::new(),
        warnings: Vec::new(),
    };
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
            return (out, None);
        }
        TextLine::TooLong => {
            out.errors.push(RowError::new(row, "整行", "line_too_long", "行过长", "请核对该行的列"));
            return (out, None);
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
        return (out, None);
    }
    let mut draft = FormDraft::default();
    let mut serial = "";
    for (field, cell) in columns.iter().zip(text.split(',')) {
        if *field == Field::SerialNumber {
            serial = cell;
        } else {
            draft.set(*field, cell);
        }
    }
    if !characters::invisible_in(spelling::trim(serial)).is_empty() {
        out.errors.push(unseen(row, "序号", serial));
    } else if spelling::trim(&spelling::half_width(serial)).parse() != Ok(row) {
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
    let draft = judged.folded;
    if draft.bank != name.bank && !draft.bank.is_empty() {
        out.errors.push(RowError::new(
            row,
            "服务银行",
            "bank_differs",
            "与文件名中的银行不一致",
            "请按银行分别上传",
        ));
    }
    repeated(&draft, seen, &mut out);
    let whose = judged.form.as_ref().map(|f| (f.ssn.clone(), f.name.clone(), Some(f.birth_date)));
    let whose = whose.or_else(|| photo_of(&draft)).map(|(number, name, birth)| Whose {
        number: number.as_str().to_owned(),
        name: name.display().to_owned(),
        needed: birth.map(|b| photo_required(b, circumstances.on)),
        receipt: !draft.photo_receipt.is_empty(),
    });
    if judged.form.is_none() {
        out.faulty = Some(Box::new(faulty(&draft, judged.legible.map(|form| *form), name)));
    }
    out.form = judged.form;
    (out, whose)
}

/// What can be read of a row whose form has defects.
fn faulty(draft: &FormDraft, form: Option<ApplicationForm>, name: &FileName) -> Faulty {
    let bank = codes::bank(&draft.bank).map_or(&name.bank, |b| &b.code);
    let point = &draft.collection_point;
    Faulty {
        form_no: draft.form_no.clone(),
        bank: BankCode(bank.clone()),
        collection_point: (!point.is_empty()).then(|| point.clone()),
        form,
    }
}

/// A document or a form number that an earlier row has. Two people with one form number are two applicants: one of them gets another number, and
/// nobody is left out.
fn repeated(draft: &FormDraft, seen: &mut Seen, out: &mut JudgedRow) {
    clause!(R10.1);
    let row = out.row;
    let first_of = |map: &mut HashMap<String, usize>, value: String| match map.get(&value) {
        _ if value.is_empty() => None,
        Some(first) => Some(*first),
        None => {
            map.insert(value, row);
            None
        }
    };
    let person = first_of(&mut seen.numbers, one_document(draft));
    let form = first_of(&mut seen.forms, draft.form_no.clone());
    if let Some(first) = person {
        let remedy = "同一人的请删除重复的行，不是同一人的请核对证件原件";
        let what = format!("与第{first}行重复");
        out.errors.push(RowError::new(row, "证件号码", DUPLICATE, &what, remedy));
    }
    if let Some(first) = form {
        let remedy = match person {
            Some(_) => "请删除重复的行，或另编未使用的编码",
            None => "两行不是同一人，请为其中一行另编未使用的编码，不要删除",
        };
        let what = format!("与第{first}行重复");
        out.errors.push(RowError::new(row, "申领表编码", DUPLICATE, &what, remedy));
    }
}
