//! A list of the console: what it shows can be narrowed, ordered, paged and taken away, and all that was chosen stands in its address, where
//! it can be kept and opened again. Only columns that name nobody can be chosen by. A list that the store gives in parts is narrowed by the store
//! (`choose.rs`); one that is whole is narrowed here.

use crate::Console;
use crate::amount::number;
use crate::session::Reauthenticated;
use crate::taken;
use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::Response;
use form_urlencoded::Serializer;
use kaguan_service::reports::Table;
use std::cmp::Ordering;
use std::collections::BTreeMap;

mod cell;
mod choose;
mod question;

pub use cell::Cell;
pub use choose::{Choose, Offer, addressees, banks_of, cities_of, office, offices, same};
pub use question::{asked_again, beside, lists_again, page_of_file, within};

/// Lines of one page.
const ON_A_PAGE: usize = 50;
/// A column with more different values than this is not chosen from.
const CHOICES: usize = 60;
/// The last line of a file that has one part of a list.
const GOES_ON: &str = "（清单未完：后面还有，请继续列出后再导出）";
/// What the columns of a report are called in addresses.
const KEYS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
/// What stands in the heads of numbers that nobody adds up.
const NO_SUM: [&str; 3] = ["率", "最长", "中位"];

/// What an address asks of the lists on its page. Each list reads what begins with its own name.
#[derive(Default)]
pub struct Asked(Vec<(String, String)>);

impl FromRequestParts<Console> for Asked {
    type Rejection = Response;

    /// Whoever takes a list out of the system gives the password again first.
    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Response> {
        let query = parts.uri.query().unwrap_or_default();
        if parts.method != Method::GET {
            return Ok(Self::of_lists(query));
        }
        let asked = Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect());
        if asked.0.iter().any(|(name, kind)| name.ends_with(".as") && !kind.is_empty()) {
            Reauthenticated::from_request_parts(parts, console).await?;
        }
        Ok(asked)
    }
}

impl Asked {
    /// What is asked under a name; empty when nothing is.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The same question with some names asked otherwise, or not any more.
    fn with(&self, changes: &[(String, Option<&str>)]) -> String {
        let mut question = Serializer::new(String::new());
        let stays = |name: &String| !changes.iter().any(|(changed, _)| changed == name);
        question.extend_pairs(self.0.iter().filter(|(name, value)| stays(name) && !value.is_empty()));
        question.extend_pairs(changes.iter().filter_map(|(name, to)| to.map(|to| (name, to))));
        question.finish()
    }
}

/// What stands in a column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words, also about somebody: shown, and never asked for in an address.
    Text,
    /// One of few values, by which the list is narrowed; of a list in parts only by what its page offers.
    Choice,
    /// A number or a day that is read digit by digit.
    Code,
    /// An amount whose sum stands below.
    Sum,
    /// A number that nobody adds up: a rate, the longest of several.
    Number,
}

impl Kind {
    fn is_amount(self) -> bool {
        matches!(self, Self::Sum | Self::Number)
    }
}

/// A column.
#[derive(Clone, Copy)]
pub struct Column {
    /// Its name in addresses.
    pub key: &'static str,
    pub head: &'static str,
    pub kind: Kind,
}

/// A column in one line of a table of columns.
pub const fn column(key: &'static str, head: &'static str, kind: Kind) -> Column {
    Column { key, head, kind }
}

/// What can be done about one line.
pub enum Act {
    /// Opens a page.
    Open { to: String, name: &'static str },
    /// A form that needs nothing but a press.
    Press { to: &'static str, fields: Vec<(&'static str, String)>, name: &'static str },
    /// The same with one thing to choose: nothing is chosen before somebody does.
    Choose {
        to: &'static str,
        fields: Vec<(&'static str, String)>,
        head: &'static str,
        /// The field, and its values with their names.
        field: &'static str,
        from: Vec<(String, String)>,
        name: &'static str,
    },
    /// A form with something to write, and one button or several.
    Form { to: &'static str, fields: Vec<(&'static str, String)>, inputs: Vec<Input>, buttons: Vec<Button> },
    /// A box to tick for the form of that id, which stands beside the list; `says` is its name with the line that it is of.
    Tick { form: &'static str, field: String, value: String, name: &'static str, says: String },
    /// What the template of its page makes of it, below the row; one that fails lets the whole page fail.
    Own(askama::Result<String>),
}

/// A field of an act in which somebody writes.
pub struct Input {
    /// The name it is sent under.
    pub name: &'static str,
    pub head: &'static str,
    pub value: String,
    pub required: bool,
}

/// A button of an act.
pub struct Button {
    /// The name and the value that it sends; no name for the only one.
    pub name: &'static str,
    pub value: &'static str,
    pub says: &'static str,
    /// Whether it may be pressed without what the others require.
    pub bare: bool,
}

impl Act {
    /// 同意, or 不同意 with its reason: of something that waits for a second person.
    pub fn examined(to: &'static str, id: i64, head: &'static str, says: [&'static str; 2]) -> Self {
        let button = |value, says| Button { name: "approved", value, says, bare: false };
        Self::Form {
            to,
            fields: vec![("id", id.to_string())],
            inputs: vec![Input { name: "reason", head, value: String::new(), required: false }],
            buttons: vec![button("true", says[0]), button("false", says[1])],
        }
    }

    /// To ask again, or to settle with what was found out: by one button for each way in which it can be settled.
    pub fn again_or_settle(
        to: &'static str,
        fields: Vec<(&'static str, String)>,
        again: &'static str,
        settle: &[(&'static str, &'static str)],
        how: &str,
    ) -> Self {
        let again = Button { name: "wish", value: "again", says: again, bare: true };
        let settle = settle.iter().map(|(value, says)| Button { name: "wish", value, says, bare: false });
        Self::Form {
            to,
            fields,
            inputs: vec![Input { name: "how", head: "核对结果", value: how.to_owned(), required: true }],
            buttons: std::iter::once(again).chain(settle).collect(),
        }
    }
}

/// One line.
pub struct Row {
    /// What tells it from the others, by which a page begins; it names nobody.
    pub key: String,
    /// As many as there are columns.
    pub cells: Vec<Cell>,
    pub acts: Vec<Act>,
}

impl Shown {
    /// What stands below the row in its whole width: forms of several fields.
    ///
    /// # Errors
    /// A template could not be filled in: no row stands without what can be done about it.
    pub fn own(&self) -> impl Iterator<Item = Result<&str, String>> {
        self.acts.iter().filter_map(|act| match act {
            Act::Own(html) => Some(html.as_deref().map_err(ToString::to_string)),
            Act::Open { .. }
            | Act::Press { .. }
            | Act::Choose { .. }
            | Act::Form { .. }
            | Act::Tick { .. } => None,
        })
    }
}

/// How much of a list its rows are.
enum Extent {
    /// All of it.
    Whole,
    /// What the store found of what was chosen, and where it goes on.
    Part(Vec<Filter>, Option<String>),
}

/// A list as its page declares it.
#[derive(Clone, Copy)]
pub struct List {
    /// What its part of an address begins with, and the name of its file; one word.
    pub id: &'static str,
    /// The page that it stands on.
    pub path: &'static str,
    /// What stands above it; empty when the page's own title does. Its file has it as title, too.
    pub title: &'static str,
    /// What it says when nothing is in it: what that means, or what to do.
    pub none: &'static str,
    pub columns: &'static [Column],
}

/// A field by which a list is narrowed.
pub struct Filter {
    pub name: String,
    pub head: &'static str,
    pub values: Vec<Choosable>,
    /// What is written there instead, where there is too much to choose from.
    pub typed: Option<Typed>,
}

impl Filter {
    /// Whether something is chosen of it, or written there.
    fn is_chosen(&self) -> bool {
        self.values.iter().any(|v| v.chosen) || self.typed.as_ref().is_some_and(|t| !t.text.is_empty())
    }
}

/// A name that somebody writes into a field, or a part of one.
pub struct Typed {
    /// The whole name, once it is known which is meant; otherwise as it was written.
    pub text: String,
    /// What is written there, or why nothing is narrowed by what was.
    pub says: String,
}

/// What a field can be chosen to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choosable {
    /// As the address has it.
    pub value: String,
    pub name: String,
    /// How many lines of the whole list have it; empty where nobody counted.
    pub n: String,
    pub chosen: bool,
}

/// The head of a column that is shown.
pub struct Head {
    pub head: &'static str,
    /// Where the list is ordered by it.
    pub to: String,
    /// `ascending`, `descending`, or empty when the list is not ordered by it.
    pub order: &'static str,
    pub right: bool,
    pub digits: bool,
}

/// A line as it is shown: its cells under their heads.
pub struct Shown {
    pub cells: Vec<Cell>,
    pub acts: Vec<Act>,
}

/// A list as its template shows it.
pub struct ListView {
    pub id: &'static str,
    pub path: String,
    pub title: &'static str,
    pub none: &'static str,
    /// Whether there is anything, before it was narrowed.
    pub any: bool,
    /// Whether it was looked for by a form that is in no address: then there is nothing else to choose.
    pub found: bool,
    pub filters: Vec<Filter>,
    /// Name, head, whether shown.
    pub chooser: Vec<(&'static str, &'static str, bool)>,
    /// What else the address asks, kept while the list is narrowed.
    pub kept: Vec<(String, String)>,
    pub heads: Vec<Head>,
    pub rows: Vec<Shown>,
    pub has_acts: bool,
    /// Sums under their columns; empty when there are none.
    pub sums: Vec<String>,
    /// How many, and which of them are here.
    pub said: String,
    pub first: Option<String>,
    pub next: Option<String>,
    /// The next part, when the store has more than a list takes at once.
    pub more: Option<String>,
    /// Both empty for a list that is not taken away like this.
    pub csv: String,
    pub xlsx: String,
    /// All lines that were asked for, to be taken away.
    table: Table,
    taken: &'static str,
}

/// As an amount is ordered by its size and anything else by its text.
fn before(a: &Cell, b: &Cell) -> Ordering {
    match (a.amount, b.amount) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => a.text.cmp(&b.text),
    }
}

impl List {
    fn name(&self, key: &str) -> String {
        format!("{}.{key}", self.id)
    }

    /// What the store was asked to begin after, when the list is longer than one part.
    pub fn part<'a>(&self, asked: &'a Asked) -> &'a str {
        asked.get(&self.name("from"))
    }

    /// Whether it is asked for as a file.
    pub fn is_taken(&self, asked: &Asked) -> bool {
        matches!(asked.get(&self.name("as")), "csv" | "xlsx")
    }

    /// The list as it is asked for, of all its lines.
    pub fn view(&self, rows: Vec<Row>, asked: &Asked) -> ListView {
        self.with_columns((self.path, self.columns), rows, Extent::Whole, asked)
    }

    /// The same on the page of one of several: an organisation, a partner.
    pub fn view_at(&self, path: &str, rows: Vec<Row>, asked: &Asked) -> ListView {
        self.with_columns((path, self.columns), rows, Extent::Whole, asked)
    }

    /// What was looked for by a form: no address has the question, so nothing can be asked about the answer but the next question.
    pub fn found(&self, rows: Vec<Row>) -> ListView {
        ListView { found: true, ..self.view(rows, &Asked::default()) }
    }

    /// A table of the service, whose columns it says itself: texts to choose from, counts, and other numbers. Counts of unlike rows do not
    /// add up.
    pub fn of_table(&self, table: Table, adds_up: bool, asked: &Asked) -> ListView {
        let texts = table.rows.first().map_or(table.heads.len(), |(texts, _)| texts.len());
        let kind = |at: usize, head: &str| match head {
            _ if at < texts => Kind::Choice,
            head if !adds_up || NO_SUM.iter().any(|part| head.contains(part)) => Kind::Number,
            _ => Kind::Sum,
        };
        let columns = table.heads.iter().zip(KEYS).enumerate();
        let columns: Vec<Column> =
            columns.map(|(at, (head, key))| column(key, head, kind(at, head))).collect();
        let row = |(at, (texts, numbers)): (usize, (Vec<String>, Vec<f64>))| Row {
            key: at.to_string(),
            cells: texts.into_iter().map(Cell::from).chain(numbers.into_iter().map(Cell::from)).collect(),
            acts: Vec::new(),
        };
        let view = self.with_columns(
            (self.path, columns.as_slice()),
            table.rows.into_iter().enumerate().map(row).collect(),
            Extent::Whole,
            asked,
        );
        ListView { table: Table { title: table.title, ..view.table }, ..view }
    }

    fn with_columns(
        &self,
        (path, columns): (&str, &[Column]),
        mut rows: Vec<Row>,
        extent: Extent,
        asked: &Asked,
    ) -> ListView {
        let all = rows.len();
        let (filters, more) = match extent {
            Extent::Whole => (self.narrow(columns, &mut rows, asked), None),
            Extent::Part(filters, more) => (filters, more),
        };
        let chosen = filters.iter().any(Filter::is_chosen);
        let part = !self.part(asked).is_empty() || more.is_some();
        let order = order(columns, &mut rows, asked.get(&self.name("sort")));
        if order.is_some() || rows.len() < all {
            // Whatever was above and below is not any more.
            rows.iter_mut().flat_map(|r| &mut r.cells).for_each(|c| c.depth = 0);
        }
        let show = self.name("show");
        let shown: Vec<&str> = asked.all(&show).collect();
        let any_known = columns.iter().any(|c| shown.contains(&c.key));
        let is_shown = |c: &Column| !any_known || shown.contains(&c.key);
        let title = if self.title.is_empty() { "清单" } else { self.title };
        let table = table_of(title, columns, &rows, is_shown, more.is_some());
        let after = asked.get(&self.name("after")).to_owned();
        let begin = rows.iter().position(|r| !after.is_empty() && r.key == after).map_or(0, |at| at + 1);
        let found = rows.len();
        let sums = sums(columns, &rows, is_shown, part);
        let last = found.min(begin + ON_A_PAGE);
        let next = (last < found).then(|| {
            let key = rows.get(last.saturating_sub(1)).map(|r| r.key.as_str());
            at(path, &asked.with(&[(self.name("after"), key)]))
        });
        let here: Vec<Row> = rows.into_iter().skip(begin).take(ON_A_PAGE).collect();
        let has_acts = here.iter().any(|r| r.acts.iter().any(|act| !matches!(act, Act::Own(_))));
        let line = |row: Row| {
            let cells = row.cells.into_iter().zip(columns).filter(|(_, c)| is_shown(c));
            Shown { cells: cells.map(|(cell, c)| cell.read_in(c.kind)).collect(), acts: row.acts }
        };
        let own = format!("{}.", self.id);
        let kept = asked.0.iter().filter(|(name, value)| {
            !value.is_empty() && (!name.starts_with(&own) || *name == self.name("sort"))
        });
        let file = |kind| at(path, &asked.with(&[(self.name("as"), Some(kind)), (self.name("after"), None)]));
        ListView {
            id: self.id,
            path: path.to_owned(),
            title: self.title,
            none: self.none,
            any: all > 0 || part || chosen,
            found: false,
            filters,
            chooser: columns.iter().map(|c| (c.key, c.head, is_shown(c))).collect(),
            kept: kept.cloned().collect(),
            heads: columns
                .iter()
                .filter(|c| is_shown(c))
                .map(|c| self.head(c, order, (path, asked)))
                .collect(),
            rows: here.into_iter().map(line).collect(),
            has_acts,
            sums,
            said: said((begin, last), (found, all), part, order.is_some()),
            first: (begin > 0 || !self.part(asked).is_empty())
                .then(|| at(path, &asked.with(&[(self.name("after"), None), (self.name("from"), None)]))),
            next,
            more: more.map(|key| {
                at(path, &asked.with(&[(self.name("from"), Some(&key)), (self.name("after"), None)]))
            }),
            csv: file("csv"),
            xlsx: file("xlsx"),
            table,
            taken: match asked.get(&self.name("as")) {
                "csv" => "csv",
                "xlsx" => "xlsx",
                _ => "",
            },
        }
    }

    /// Keeps the lines that were chosen, and says what can be chosen.
    fn narrow(&self, columns: &[Column], rows: &mut Vec<Row>, asked: &Asked) -> Vec<Filter> {
        let mut filters = Vec::new();
        let mut wanted = Vec::new();
        for (at, column) in columns.iter().enumerate().filter(|(_, c)| c.kind == Kind::Choice) {
            let name = self.name(column.key);
            let chosen = asked.get(&name);
            let mut values: BTreeMap<&str, usize> = BTreeMap::new();
            for row in rows.iter() {
                *values.entry(said_of(&row.cells[at].text)).or_default() += 1;
            }
            if values.len() < 2 && chosen.is_empty() || values.len() > CHOICES {
                continue;
            }
            // What is chosen stays to be seen when nothing has it any more.
            if !chosen.is_empty() {
                values.entry(chosen).or_default();
                wanted.push((at, chosen.to_owned()));
            }
            let value = |(v, n): (&str, usize)| Choosable {
                value: v.to_owned(),
                name: v.to_owned(),
                n: n.to_string(),
                chosen: v == chosen,
            };
            let values = values.into_iter().map(value).collect();
            filters.push(Filter { name, head: column.head, values, typed: None });
        }
        rows.retain(|row| wanted.iter().all(|(at, value)| said_of(&row.cells[*at].text) == value));
        filters
    }

    fn head(
        &self,
        column: &Column,
        order: Option<(&'static str, bool)>,
        (path, asked): (&str, &Asked),
    ) -> Head {
        let order = order.filter(|(key, _)| *key == column.key).map(|(_, falling)| falling);
        let (order, to) = match order {
            None => ("", column.key.to_owned()),
            Some(false) => ("ascending", format!("-{}", column.key)),
            Some(true) => ("descending", String::new()),
        };
        let to = Some(to.as_str()).filter(|to| !to.is_empty());
        Head {
            head: column.head,
            to: at(path, &asked.with(&[(self.name("sort"), to), (self.name("after"), None)])),
            order,
            right: column.kind.is_amount(),
            digits: column.kind == Kind::Code,
        }
    }
}

/// An address with its question.
fn at(path: &str, question: &str) -> String {
    match question.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{question}"),
    }
}

/// Orders by the column that was asked for; otherwise the list stays as its page gives it, what ends first at the top.
fn order(columns: &[Column], rows: &mut [Row], sort: &str) -> Option<(&'static str, bool)> {
    let (key, falling) = match sort.strip_prefix('-') {
        Some(key) => (key, true),
        None => (sort, false),
    };
    let at = columns.iter().position(|c| c.key == key)?;
    rows.sort_by(|a, b| before(&a.cells[at], &b.cells[at]));
    if falling {
        rows.reverse();
    }
    Some((columns[at].key, falling))
}

/// By what a value is chosen; nothing has a word of its own, because an empty choice is any.
fn said_of(text: &str) -> &str {
    if text.is_empty() { "（空）" } else { text }
}

fn sums(columns: &[Column], rows: &[Row], is_shown: impl Fn(&Column) -> bool, part: bool) -> Vec<String> {
    if !columns.iter().any(|c| c.kind == Kind::Sum && is_shown(c)) {
        return Vec::new();
    }
    // Where something is not counted yet nothing is summed up: a sum that leaves it out would not be true.
    let sum = |at: usize| {
        let counted = rows.iter().map(|r| &r.cells[at]).filter(|c| !c.text.is_empty());
        let amounts: Option<Vec<f64>> = counted.map(|c| c.amount).collect();
        amounts.filter(|a| !a.is_empty()).map_or(String::new(), |a| number(a.into_iter().sum()))
    };
    let shown = columns.iter().enumerate().filter(|(_, c)| is_shown(c));
    let mut sums: Vec<String> =
        shown.map(|(at, c)| if c.kind == Kind::Sum { sum(at) } else { String::new() }).collect();
    if sums.iter().all(String::is_empty) {
        return Vec::new();
    }
    if let Some(first) = sums.first_mut().filter(|s| s.is_empty()) {
        *first = if part { "本部分合计" } else { "合计" }.into();
    }
    sums
}

/// What is taken away: the columns that are shown, amounts last as amounts. A part says that it is one.
fn table_of(
    title: &'static str,
    columns: &[Column],
    rows: &[Row],
    is_shown: impl Fn(&Column) -> bool,
    more: bool,
) -> Table {
    let of = |amounts: bool| {
        let fits = |(_, c): &(usize, &Column)| is_shown(c) && c.kind.is_amount() == amounts;
        columns.iter().enumerate().filter(fits).collect::<Vec<_>>()
    };
    let (texts, numbers) = (of(false), of(true));
    let heads = texts.iter().chain(&numbers).map(|(_, c)| c.head).collect();
    let row = |r: &Row| {
        let numbers = numbers.iter().map(|(at, _)| r.cells[*at].amount.unwrap_or(f64::NAN));
        (texts.iter().map(|(at, _)| r.cells[*at].plain()).collect(), numbers.collect())
    };
    let mut rows: Vec<(Vec<String>, Vec<f64>)> = rows.iter().map(row).collect();
    if more && !texts.is_empty() {
        let mut last = vec![String::new(); texts.len()];
        last[0] = GOES_ON.to_owned();
        rows.push((last, vec![f64::NAN; numbers.len()]));
    }
    Table { title, heads, rows }
}

/// How many there are, and which are here. Of a part it says that it is one, and that it is ordered by itself.
fn said((begin, last): (usize, usize), (found, all): (usize, usize), part: bool, ordered: bool) -> String {
    let of = if part { "本部分" } else { "共" };
    let mut said = match (begin, last == found) {
        (0, true) => format!("{of}{found}项"),
        _ => format!("第{}—{last}项，{of}{found}项", begin + 1),
    };
    if found < all {
        said.push_str(&format!("（筛选前{all}项）"));
    }
    if part && ordered {
        said.push_str("（只在本部分内排序）");
    }
    said
}

impl ListView {
    /// The same, when it leaves the system by another way only (审计日志 leaves it signed, and with a line of its own), or not as it stands.
    pub fn kept_here(self) -> Self {
        Self { csv: String::new(), xlsx: String::new(), taken: "", ..self }
    }

    /// The file, when the address asks for one instead of the page.
    pub fn taken(&self) -> Option<Response> {
        taken::table(&self.table, self.id, self.taken)
    }
}

#[cfg(test)]
mod test;
