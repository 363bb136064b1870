//! The rows of a file that were not taken in: as a data file to be sent again, as a workbook in which the wrong cells are marked, and
//! masked for the page.

use crate::intake::Intake;
use kaguan_domain::clause;
use kaguan_domain::facts::form::Field;
use kaguan_domain::spelling;
use kaguan_files::sbk2::{Part, RowError, Sbk2};
use rust_xlsxwriter::{Color, Format, FormatAlign, Note, Workbook, XlsxError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Photos go along until they are so many bytes.
const MOST_PHOTOS: usize = 64 << 20;
/// Rows of the workbook: one with more is nobody's to mend by hand, and the data file has them all.
const MOST_ROWS: usize = 10_000;
/// Cells that have their remark as a note, too; the last column has it in any case.
const MOST_NOTES: usize = 2_000;

/// The rows that were not taken in.
#[derive(Clone, Default)]
pub struct Rest {
    /// The name of the data file.
    pub name: String,
    pub rows: usize,
    pub zip: Vec<u8>,
    pub xlsx: Vec<u8>,
    /// What stands in a cell, masked, by row and title.
    pub masked: HashMap<(usize, &'static str), String>,
}

impl std::fmt::Debug for Rest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rest({})", self.rows)
    }
}

/// Something wrong, as a page shows it.
#[derive(Clone, Serialize, Deserialize)]
pub struct WrongCell {
    /// The row; 0 for the whole file.
    pub row: usize,
    pub column: String,
    pub code: String,
    /// What was there, masked; nothing for what is missing.
    pub was: String,
    /// What is wrong, by which article, and how it is mended.
    pub message: String,
    /// Only odd.
    pub warning: bool,
}

/// What is wrong and what is odd, masked, at most so many of each.
pub(crate) fn wrong_cells(intake: &Intake, most: usize) -> Vec<WrongCell> {
    clause!(R9.3);
    let masked = intake.rest.as_ref().map(|r| &r.masked);
    let one = |e: &RowError, warning| WrongCell {
        row: e.row,
        column: e.column.to_owned(),
        code: e.code.to_owned(),
        was: masked.and_then(|m| m.get(&(e.row, e.column))).cloned().unwrap_or_default(),
        message: e.message.clone(),
        warning,
    };
    let errors = intake.errors.iter().take(most).map(|e| one(e, false));
    errors.chain(intake.warnings.iter().take(most).map(|e| one(e, true))).collect()
}

/// The first and the last of some characters; all is hidden of what would be told by these.
fn ends(text: &[char], head: usize, tail: usize) -> String {
    let hidden = if text.len() > head + tail { head..text.len() - tail } else { 0..text.len() };
    text.iter().enumerate().map(|(at, c)| if hidden.contains(&at) { '*' } else { *c }).collect()
}

/// Whether what is written without anything between is the number of a document, a card or a telephone, by what it looks like.
fn is_of_a_person(run: &[char]) -> bool {
    let half = spelling::half_width(&run.iter().collect::<String>());
    let signs: Vec<char> = half.chars().filter(char::is_ascii_alphanumeric).collect();
    let letters = signs.iter().take_while(|c| c.is_ascii_alphabetic()).count();
    let digits = signs.iter().filter(|c| c.is_ascii_digit()).count();
    let only_digits_behind = signs.len() == letters + digits;
    let telephone = match signs.first() {
        Some('0') => (10..=12).contains(&digits),
        Some('1') => digits == 11,
        Some(_) | None => false,
    };
    let passport = (1..=2).contains(&letters) && (7..=10).contains(&digits);
    digits >= 15 || (only_digits_behind && (telephone || passport))
}

/// A cell of a column that does not say who somebody is: what of it looks like a number of a person is masked as one, for columns are mixed up.
fn without_numbers(text: &[char]) -> String {
    let of_a_number = |c: char| {
        let half = spelling::half_width(c.encode_utf8(&mut [0; 4]));
        half.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b' ')
    };
    let runs = text.chunk_by(|a, b| of_a_number(*a) == of_a_number(*b));
    runs.map(|run| if is_of_a_person(run) { ends(run, 3, 2) } else { run.iter().collect() }).collect()
}

/// What a page may show of a cell: enough to find it again on the paper, and not who somebody is, in whichever column it was written.
fn masked(field: Field, text: &str) -> String {
    clause!(R9.3);
    let text: Vec<char> = text.trim().chars().collect();
    // A name in a column of numbers is masked as a name.
    let number = |head, tail| match text.iter().any(|c| c.is_numeric()) {
        true => ends(&text, head, tail),
        false => ends(&text, 1, 0),
    };
    match field {
        Field::Name | Field::GuardianName | Field::Recipient => ends(&text, 1, 0),
        Field::DocumentNumber | Field::GuardianDocumentNumber => number(3, 2),
        Field::BirthDate => number(4, 0),
        Field::Mobile | Field::Phone => number(3, 2),
        Field::PhotoReceipt | Field::Email => ends(&text, 2, 0),
        Field::HouseholdAddress
        | Field::PostalAddress
        | Field::MailingAddress
        | Field::EmployerAddress
        | Field::IssuingAuthority => ends(&text, 2, 0),
        Field::Postcode => ends(&text, 2, 0),
        _ => without_numbers(&text).chars().take(24).collect(),
    }
}

impl Rest {
    /// Of a file in which something is wrong; `None` when nothing is, or every row is `inside`.
    pub(crate) fn of(
        file: &Sbk2,
        errors: &[RowError],
        inside: &BTreeSet<usize>,
    ) -> Result<Option<Self>, RowError> {
        clause!(R9.3);
        let which: BTreeSet<usize> =
            (1..=file.judged.rows.len()).filter(|row| !inside.contains(row)).collect();
        if errors.is_empty() || which.is_empty() {
            return Ok(None);
        }
        let part = file.part(&which, MOST_PHOTOS)?;
        let mut shown = HashMap::new();
        for row in &part.rows {
            for (field, cell) in part.titles.iter().zip(&row.cells) {
                shown.insert((row.was, field.title()), masked(*field, cell));
            }
        }
        let here: BTreeSet<(usize, &str)> = errors.iter().map(|e| (e.row, e.column)).collect();
        shown.retain(|key, text| here.contains(key) && !text.is_empty());
        let damaged =
            |_| RowError::new(0, "整个文件", "no_workbook", "更正表不能生成", "请按页面所列逐项更正");
        let xlsx = workbook(&part, errors).map_err(damaged)?;
        let name = format!("{}.zip", part.name.stem());
        Ok(Some(Self { name, rows: which.len(), zip: part.zip, xlsx, masked: shown }))
    }
}

/// The rows with something wrong in them, each wrong cell marked and every remark beside; and which photos are needed.
fn workbook(part: &Part, errors: &[RowError]) -> Result<Vec<u8>, XlsxError> {
    let mut by_row: BTreeMap<usize, Vec<&RowError>> = BTreeMap::new();
    for e in errors {
        by_row.entry(e.row).or_default().push(e);
    }
    let head = Format::new().set_bold().set_background_color(Color::RGB(0x00E8_EEF4));
    let bad =
        Format::new().set_background_color(Color::RGB(0x00FF_D6D6)).set_font_color(Color::RGB(0x009C_0006));
    let wrap = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("待更正")?;
    let titles = ["原文件行", "更正文件行"].into_iter().chain(part.titles.iter().map(|f| f.title()));
    for (column, title) in (0..).zip(titles.chain(["问题与更正办法"])) {
        sheet.write_string_with_format(0, column, title, &head)?;
    }
    let says = u16::try_from(part.titles.len() + 2).unwrap_or(u16::MAX);
    let mut notes = 0;
    let wrong: Vec<_> = part.rows.iter().filter(|row| by_row.contains_key(&row.was)).collect();
    if let Some(left @ 1..) = wrong.len().checked_sub(MOST_ROWS) {
        let at = u32::try_from(MOST_ROWS + 1).unwrap_or(u32::MAX);
        let says = format!("另有{left}行没有列出，均在数据文件中；更正后重新上传，再列出其余的");
        sheet.write_string(at, 0, says)?;
    }
    for (at, row) in (1..).zip(wrong.into_iter().take(MOST_ROWS)) {
        let of_row = &by_row[&row.was];
        sheet.write_number(at, 0, row.was as f64)?;
        sheet.write_number(at, 1, row.now as f64)?;
        let whole = of_row.iter().any(|e| e.column == "整行");
        for (column, (n, field)) in (2..).zip(part.titles.iter().enumerate()) {
            let cell = row.cells.get(n).map_or("", String::as_str);
            let here: Vec<&str> =
                of_row.iter().filter(|e| e.column == field.title()).map(|e| e.message.as_str()).collect();
            match here.is_empty() && !whole {
                true => sheet.write_string(at, column, cell)?,
                false => sheet.write_string_with_format(at, column, cell, &bad)?,
            };
            if !here.is_empty() && notes < MOST_NOTES {
                notes += 1;
                sheet.insert_note(at, column, &Note::new(here.join("\n")))?;
            }
        }
        let all: Vec<&str> = of_row.iter().map(|e| e.message.as_str()).collect();
        sheet.write_string_with_format(at, says, all.join("\n"), &wrap)?;
    }
    sheet.set_freeze_panes(1, 2)?;
    sheet.set_column_width(says, 80)?;
    photos(&mut book, part, &by_row, &head)?;
    book.save_to_buffer()
}

/// Which photos and images go with the rows, which lie in the data file, and what is to be done about the others.
fn photos(
    book: &mut Workbook,
    part: &Part,
    by_row: &BTreeMap<usize, Vec<&RowError>>,
    head: &Format,
) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet();
    sheet.set_name("相片")?;
    for (column, title) in (0..).zip(["原文件行", "更正文件行", "PHOTO目录中的文件", "须做什么"])
    {
        sheet.write_string_with_format(0, column, title, head)?;
    }
    let mut at = 1;
    for row in &part.rows {
        let of_photo = |e: &&&RowError| matches!(e.column, "相片" | "证件影像");
        let says: Vec<&str> =
            by_row.get(&row.was).into_iter().flatten().filter(of_photo).map(|e| e.message.as_str()).collect();
        let mut of_row = by_row.get(&row.was).into_iter().flatten();
        let renamed = of_row.any(|e| matches!(e.column, "证件号码" | "姓名"));
        let todo = match (says.is_empty(), renamed) {
            (false, _) => says.join("\n"),
            (true, true) => "更正号码或姓名后，文件名随之改为18位号码加姓名".to_owned(),
            (true, false) => String::new(),
        };
        let there = row.files.iter().map(|f| (f.as_str(), todo.clone()));
        let left = row
            .left_out
            .iter()
            .map(|f| (f.as_str(), "文件过大，未放入：请从原文件复制到PHOTO目录".to_owned()));
        let mut lines: Vec<(&str, String)> = there.chain(left).collect();
        if lines.is_empty() && !todo.is_empty() {
            lines.push(("（没有）", todo));
        }
        for (file, todo) in lines {
            sheet.write_number(at, 0, row.was as f64)?;
            sheet.write_number(at, 1, row.now as f64)?;
            sheet.write_string(at, 2, file)?;
            sheet.write_string(at, 3, todo)?;
            at += 1;
        }
    }
    sheet.set_column_width(2, 40)?;
    sheet.set_column_width(3, 80)?;
    Ok(())
}
