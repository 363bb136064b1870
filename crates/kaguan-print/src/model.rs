//! The model of a paper: sheets of A4, blocks from top to bottom, tables with spans.

/// One paper, of one sheet or more; each sheet begins a page.
#[derive(Clone, Debug, Default)]
pub struct Paper {
    /// What it is, for the title of the PDF; names nobody.
    pub title: String,
    pub sheets: Vec<Sheet>,
}

/// One sheet of A4.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// Which copy it is (第一联); stands in the upper right corner. Empty when there is one only.
    pub copy: String,
    /// From top to bottom.
    pub blocks: Vec<Block>,
    /// Whether it goes on over several pages, with the heads of its tables on each. Otherwise it is one page, and its letters become
    /// smaller until it is.
    pub flows: bool,
    /// Whether the longer side lies below: for tables of many columns.
    pub landscape: bool,
}

/// What stands on a sheet.
#[derive(Clone, Debug)]
pub enum Block {
    /// The title, in the middle.
    Heading(String),
    /// Lines that share one line of the sheet, spread over its width.
    Spread(Vec<Line>),
    /// A paragraph; indented by two characters or not.
    Paragraph {
        line: Line,
        indent: bool,
    },
    Table(Table),
    /// A QR code with what it is for beside it.
    Mark(Mark),
    /// Empty, so many millimetres.
    Gap(f32),
}

/// A QR code.
#[derive(Clone, Debug)]
pub struct Mark {
    /// The address that it holds, which names nobody.
    pub address: String,
    /// What one reads beside it.
    pub says: Vec<Line>,
}

/// A table over the width of the sheet.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The columns' widths, in proportion.
    pub widths: Vec<f32>,
    /// How many of the rows are its head.
    pub head: usize,
    pub rows: Vec<Row>,
}

/// One row of a table.
#[derive(Clone, Debug, Default)]
pub struct Row {
    pub cells: Vec<Cell>,
    /// At least so high, in millimetres.
    pub height: f32,
    /// Whether it takes what is left of the page.
    pub fills: bool,
}

/// One cell.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Columns and rows that it spans.
    pub spans: (usize, usize),
    pub shows: Shown,
    pub align: Align,
    /// Whether it is the title of what stands beside or below it.
    pub title: bool,
}

/// What a cell shows.
#[derive(Clone, Debug)]
pub enum Shown {
    /// Lines below each other.
    Lines(Vec<Line>),
    /// A text in squares, one character each; at least so many squares.
    Squares { text: Run, squares: usize },
    /// A photo (JPEG), or the lines that stand in its place.
    Photo { jpeg: Option<Vec<u8>>, says: Vec<Line> },
}

/// Where the lines of a cell stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Align {
    #[default]
    Left,
    Middle,
}

/// A line of text, which is broken where it is too long.
pub type Line = Vec<Run>;

/// A piece of a line.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Run {
    pub text: String,
    /// Of which item of the paper it is: whoever reads that a character cannot be printed has to find it.
    pub item: String,
    /// Whether a line is drawn below it, as below what is filled into a sentence.
    pub underlined: bool,
}

impl Run {
    /// Words of the paper itself.
    pub fn plain(text: &str) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// What was filled in for an item.
    pub fn of(item: &str, text: &str) -> Self {
        Self { text: text.into(), item: item.trim_start_matches('*').into(), underlined: false }
    }

    /// The same in a sentence; a blank to write on when there is nothing.
    pub fn filled(item: &str, text: &str, blank: usize) -> Self {
        let text = if text.is_empty() { "　".repeat(blank) } else { format!(" {text} ") };
        Self { underlined: true, ..Self::of(item, &text) }
    }
}

/// A text of several lines.
pub fn lines(item: &str, text: &str) -> Vec<Line> {
    text.split('\n').map(|line| vec![Run::of(item, line)]).collect()
}

impl Cell {
    /// The title of an item.
    pub fn title(text: &str) -> Self {
        let shows = Shown::Lines(lines("", text));
        Self { spans: (1, 1), shows, align: Align::Middle, title: true }
    }

    /// What an item says.
    pub fn text(item: &str, text: &str) -> Self {
        Self { spans: (1, 1), shows: Shown::Lines(lines(item, text)), align: Align::Left, title: false }
    }

    /// Lines of the paper itself.
    pub fn of(lines: Vec<Line>) -> Self {
        Self { spans: (1, 1), shows: Shown::Lines(lines), align: Align::Left, title: false }
    }

    /// The same over so many columns.
    #[must_use]
    pub fn wide(mut self, columns: usize) -> Self {
        self.spans.0 = columns;
        self
    }

    /// The same over so many rows.
    #[must_use]
    pub fn high(mut self, rows: usize) -> Self {
        self.spans.1 = rows;
        self
    }

    /// The same in the middle of its cell.
    #[must_use]
    pub fn centred(mut self) -> Self {
        self.align = Align::Middle;
        self
    }
}

impl Row {
    /// A row of at least so many millimetres.
    pub fn of(height: f32, cells: Vec<Cell>) -> Self {
        Self { cells, height, fills: false }
    }
}

/// A cell at its place: its row, its first column.
pub(crate) struct Placed<'a> {
    pub row: usize,
    pub column: usize,
    pub cell: &'a Cell,
}

impl Table {
    /// Every cell at its place: one that spans rows takes its columns from the rows below.
    pub(crate) fn placed(&self) -> Vec<Placed<'_>> {
        let columns = self.widths.len();
        let mut taken = vec![vec![false; columns]; self.rows.len()];
        let mut out = Vec::new();
        for (row, r) in self.rows.iter().enumerate() {
            for cell in &r.cells {
                let Some(column) = taken[row].iter().position(|t| !t) else { break };
                for below in taken.iter_mut().skip(row).take(cell.spans.1) {
                    below.iter_mut().skip(column).take(cell.spans.0).for_each(|t| *t = true);
                }
                out.push(Placed { row, column, cell });
            }
        }
        out
    }
}
