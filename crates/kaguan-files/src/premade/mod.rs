//! The text files of Appendix 9: YZKSJ, the data of cards to be made, and YZKCG, what became of them. Line 1: how many rows;
//! line 2: the titles; then a row a line, fields separated by half-width commas. GB 18030 or UTF-8.

mod name;
mod rows;

pub use name::{DataName, NameError, ReturnName};
pub use rows::{DataRow, ReturnRow};

use crate::sbk2::lines::{Lines, LinesError, TextLine};
use kaguan_domain::clause;

/// The most rows of one file.
pub const MOST: usize = 100_000;
/// The longest line, in bytes: 34 fields of which none is longer than 100 characters.
const LONGEST: usize = 16 * 1024;
/// The largest file, in bytes.
const LARGEST: u64 = 96 << 20;

/// A row of one of the files: named fields in the order of the titles, 序号 left out.
pub trait Row: Default {
    /// The titles after 序号.
    const TITLES: &'static [&'static str];

    /// The field of a title by its place; empty beyond the last.
    fn get(&self, at: usize) -> &str;

    /// Writes the field of a title by its place.
    fn set(&mut self, at: usize, text: String);
}

/// Why a file is refused whole. Says no value: those are personal.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FileError {
    /// Line 1 is not a number.
    #[error("第1行应为数量")]
    NoCount,
    /// Line 1 and the rows differ.
    #[error("第1行写明{said}条，正文有{found}条")]
    Count {
        /// What line 1 says.
        said: usize,
        /// How many rows there are.
        found: usize,
    },
    /// Line 2 is not there.
    #[error("第2行应为标题")]
    NoTitles,
    /// A title is not one of the file's.
    #[error("第2行第{column}列的标题不在标准内")]
    UnknownTitle {
        /// Which column, from 1.
        column: usize,
    },
    /// A title stands twice.
    #[error("第2行的标题“{title}”重复")]
    TitleTwice { title: &'static str },
    /// A title is missing.
    #[error("第2行缺少标题“{title}”")]
    MissingTitle { title: &'static str },
    /// More rows than a file may have.
    #[error("超过{MOST}条，请分成几个文件")]
    TooMany,
    /// More bytes than a file may have.
    #[error("文件超过96MiB，请分成几个文件")]
    TooLarge,
    /// UTF-16.
    #[error("文件为UTF-16编码，请另存为GB18030（ANSI）或UTF-8编码")]
    Utf16,
}

/// Why one row cannot be read; the others can.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RowError {
    /// The number of fields is not that of the titles.
    #[error("第{line}行有{found}列，应有{expected}列（值内不得有半角逗号）")]
    Columns {
        line: usize,
        /// How many fields it has.
        found: usize,
        /// How many titles there are.
        expected: usize,
    },
    /// 序号 is not the row's place.
    #[error("第{line}行的序号应为{expected}")]
    Serial {
        line: usize,
        /// What it should be.
        expected: usize,
    },
    /// Bytes that are not of the file's encoding.
    #[error("第{line}行有不能识别的字符，请用GB18030或UTF-8编码")]
    Undecodable { line: usize },
    /// A line that no row of this file has.
    #[error("第{line}行过长")]
    TooLong { line: usize },
}

/// One row of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileRow<T> {
    /// The line of the file, from 1; rows begin at 3.
    pub line: usize,
    /// The row, or why it cannot be read.
    pub row: Result<T, RowError>,
}

/// Reads a file: each row by itself, or everything that is wrong with its head.
pub fn read<T: Row>(file: &[u8]) -> Result<Vec<FileRow<T>>, Vec<FileError>> {
    clause!(X9.1);
    clause!(X9.2);
    let fatal = |e: LinesError| {
        vec![match e {
            LinesError::Utf16 => FileError::Utf16,
            // Bytes in memory are never damaged.
            LinesError::TooLarge | LinesError::Damaged => FileError::TooLarge,
        }]
    };
    let mut lines = Lines::new(file, LONGEST, LARGEST).map_err(fatal)?;
    let mut errors = Vec::new();
    let count = match lines.next().map_err(fatal)? {
        Some(TextLine::Text(text)) => text.trim().parse::<usize>().ok(),
        _ => None,
    };
    if count.is_none() {
        errors.push(FileError::NoCount);
    }
    let columns = match lines.next().map_err(fatal)? {
        Some(TextLine::Text(text)) => columns_of::<T>(&text, &mut errors),
        _ => {
            errors.push(FileError::NoTitles);
            Vec::new()
        }
    };
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut rows = Vec::new();
    let mut line = 2;
    while let Some(text) = lines.next().map_err(fatal)? {
        line += 1;
        let row = match text {
            TextLine::Text(text) if text.trim().is_empty() => continue,
            TextLine::Text(text) => row_of(&text, &columns, line, rows.len() + 1),
            TextLine::Undecodable => Err(RowError::Undecodable { line }),
            TextLine::TooLong => Err(RowError::TooLong { line }),
        };
        if rows.len() == MOST {
            return Err(vec![FileError::TooMany]);
        }
        rows.push(FileRow { line, row });
    }
    match count {
        Some(said) if said != rows.len() => Err(vec![FileError::Count { said, found: rows.len() }]),
        _ => Ok(rows),
    }
}

/// For each column its field; `None` is 序号. Columns are read by their titles, so that their order does not matter.
fn columns_of<T: Row>(titles: &str, errors: &mut Vec<FileError>) -> Vec<Option<usize>> {
    let mut columns = Vec::new();
    let mut serial = false;
    for (column, title) in (1..).zip(titles.split(',')) {
        let title = title.trim();
        let at = T::TITLES.iter().position(|t| *t == title);
        let again = match at {
            None if title == SERIAL => std::mem::replace(&mut serial, true),
            None => {
                errors.push(FileError::UnknownTitle { column });
                false
            }
            Some(_) => columns.contains(&at),
        };
        if again {
            errors.push(FileError::TitleTwice { title: at.map_or(SERIAL, |at| T::TITLES[at]) });
        }
        columns.push(at);
    }
    if !serial {
        errors.push(FileError::MissingTitle { title: SERIAL });
    }
    let missing = (0..T::TITLES.len()).filter(|at| !columns.contains(&Some(*at)));
    errors.extend(missing.map(|at| FileError::MissingTitle { title: T::TITLES[at] }));
    columns
}

const SERIAL: &str = "序号";

fn row_of<T: Row>(text: &str, columns: &[Option<usize>], line: usize, place: usize) -> Result<T, RowError> {
    let found = text.split(',').count();
    if found != columns.len() {
        return Err(RowError::Columns { line, found, expected: columns.len() });
    }
    let mut row = T::default();
    for (field, column) in text.split(',').zip(columns) {
        match column {
            Some(at) => row.set(*at, field.trim().to_owned()),
            None if field.trim() == place.to_string() => {}
            None => return Err(RowError::Serial { line, expected: place }),
        }
    }
    Ok(row)
}

/// Writes a file. A half-width comma inside a value becomes the full-width one and a control character is left out, so that
/// no value can ever make another column or another row.
pub fn write<T: Row>(rows: &[T]) -> String {
    let mut out = format!("{}\n{SERIAL},{}\n", rows.len(), T::TITLES.join(","));
    for (place, row) in (1..).zip(rows) {
        out.push_str(&place.to_string());
        for at in 0..T::TITLES.len() {
            out.push(',');
            let harmless = row.get(at).chars().filter(|c| !c.is_control());
            out.extend(harmless.map(|c| if c == ',' { '，' } else { c }));
        }
        out.push('\n');
    }
    out
}

/// A file as the counters' older programs read it.
pub fn to_gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}
