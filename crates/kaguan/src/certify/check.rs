//! One check of a certification, and the report: what was sent, what should come, what came, by which clause, and what to do.

use crate::page::{escaped, page, table};
use kaguan_print::{Block, Cell, Faces, Paper, PrintError, Row, Run, Sheet, Table};
use serde::Serialize;

/// What a check came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 通过: it was tried, and is as it should be.
    Passed,
    /// 不通过: it was tried, and is not.
    Failed,
    /// 未检验: nothing was proved, and nothing is certified.
    Unproved,
}

impl Outcome {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "通过",
            Self::Failed => "不通过",
            Self::Unproved => "未检验",
        }
    }

    /// Passed or failed.
    pub fn of(passed: bool) -> Self {
        if passed { Self::Passed } else { Self::Failed }
    }
}

/// One check.
#[derive(Clone, Serialize)]
pub struct Check {
    pub name: String,
    pub outcome: Outcome,
    /// The same, for whoever looks for a yes or no.
    pub passed: bool,
    /// What was sent, or looked for in the journal.
    pub request: String,
    pub expected: String,
    pub received: String,
    /// Article or chapter that asks for it.
    pub clause: String,
    /// What to do, when it did not pass.
    pub way: String,
}

/// What stands above the columns of a report.
const TITLES: [&str; 7] = ["结论", "检验", "发送或查对", "应为", "实得", "依据", "怎么办"];

impl Check {
    /// What stands below [`TITLES`].
    fn cells(&self) -> [&str; 7] {
        [
            self.outcome.name(),
            &self.name,
            &self.request,
            &self.expected,
            &self.received,
            &self.clause,
            &self.way,
        ]
    }
}

/// What a check is about, before it is known what it came to.
#[derive(Clone, Copy)]
pub struct Point {
    pub name: &'static str,
    pub expected: &'static str,
    pub clause: &'static str,
    pub way: &'static str,
}

impl Point {
    /// What it came to.
    pub fn came_to(self, outcome: Outcome, request: impl Into<String>, received: impl Into<String>) -> Check {
        let Self { name, expected, clause, way } = self;
        let way = if outcome == Outcome::Passed { "" } else { way };
        let check = Check {
            name: name.to_owned(),
            outcome,
            passed: outcome == Outcome::Passed,
            request: masked(&request.into()),
            expected: expected.to_owned(),
            received: masked(&received.into()),
            clause: clause.to_owned(),
            way: way.to_owned(),
        };
        println!("{}　{name}　{}", outcome.name(), check.received);
        if !way.is_empty() {
            println!("　　应为：{expected}（{clause}）。{way}");
        }
        check
    }

    /// Nothing was proved, and why.
    pub fn unproved(self, why: &str) -> Check {
        self.came_to(Outcome::Unproved, "", why)
    }
}

/// Numbers of people and accounts stand in no report: of a long run of digits the middle is left out.
fn masked(text: &str) -> String {
    let (mut out, mut run) = (String::new(), String::new());
    for c in text.chars().take(600).chain([' ']) {
        if c.is_ascii_digit() {
            run.push(c);
            continue;
        }
        match run.len() {
            0..=12 => out.push_str(&run),
            long => out.push_str(&format!("{}****{}", &run[..4], &run[long - 4..])),
        }
        run.clear();
        out.push(c);
    }
    out.pop();
    out
}

/// The report; the signature is over its JSON without the signature, as it stands in `report`.
#[derive(Serialize)]
pub struct Report {
    pub partner: String,
    pub name: String,
    pub endpoint: String,
    pub at: String,
    pub checks: Vec<Check>,
    pub passed: bool,
}

impl Report {
    /// How many checks came to each.
    pub fn tally(&self) -> String {
        let count = |o: Outcome| self.checks.iter().filter(|c| c.outcome == o).count();
        let each = [Outcome::Passed, Outcome::Failed, Outcome::Unproved];
        each.map(|o| format!("{}{}项", o.name(), count(o))).join("，")
    }

    fn verdict(&self) -> &'static str {
        if self.passed { "认证通过" } else { "认证未通过" }
    }

    /// The report as PDF, with its signature. A character of the partner's answers that no font has stands as 〓: the signed text has it.
    ///
    /// # Errors
    /// No font is installed.
    pub fn pdf(&self, signature: &str, faces: &dyn Faces) -> Result<Vec<u8>, PrintError> {
        match self.paper(signature, &[]).pdf(faces) {
            Err(PrintError::NoGlyph(missing)) => {
                let lacking: Vec<char> = missing.iter().map(|m| m.character).collect();
                self.paper(signature, &lacking).pdf(faces)
            }
            done => done,
        }
    }

    fn paper(&self, signature: &str, lacking: &[char]) -> Paper {
        let shown = |text: &str| text.replace(lacking, "〓");
        let titles = TITLES.iter().map(|title| Cell::title(title)).collect();
        let row = |c: &Check| {
            let cells = c.cells().iter().map(|text| Cell::text("", &shown(text))).collect();
            Row::of(6.0, cells)
        };
        let table = Table {
            widths: vec![9.0, 16.0, 24.0, 24.0, 32.0, 16.0, 24.0],
            head: 1,
            rows: std::iter::once(Row::of(7.0, titles)).chain(self.checks.iter().map(row)).collect(),
        };
        let line = |text: &str| Block::Paragraph { line: vec![Run::plain(&shown(text))], indent: false };
        let title = format!("{}：{} {}", self.verdict(), self.partner, self.name);
        let blocks = vec![
            Block::Heading(shown(&title)),
            line(&format!("{}　{}　{}", self.at, self.endpoint, self.tally())),
            Block::Gap(2.0),
            Block::Table(table),
            Block::Gap(2.0),
            line(&format!("签名 {signature}")),
        ];
        let sheet = Sheet { blocks, flows: true, landscape: true, ..Sheet::default() };
        Paper { title: "认证报告".into(), sheets: vec![sheet] }
    }

    /// The report as a page that is read without anything else, and printed.
    pub fn page(&self, signature: &str) -> String {
        let title = format!("{}：{} {}", self.verdict(), self.partner, self.name);
        let (at, endpoint, tally) = (&self.at, escaped(&self.endpoint), self.tally());
        let rows = table(&TITLES, self.checks.iter().map(|c| c.cells().map(str::to_owned).to_vec()));
        page(&title, &format!("<p>{at}　{endpoint}　{tally}</p>\n{rows}<p>签名 {signature}</p>"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINT: Point =
        Point { name: "挂失", expected: "正式挂失", clause: "第二十五条", way: "请核对" };

    #[test]
    fn a_report_holds_no_whole_number_of_anybody_and_no_markup_of_others() {
        let check = POINT.came_to(Outcome::Failed, "6295588000000000017", "<b>440106199001010013</b>");
        assert_eq!(check.request, "6295****0017");
        let report = Report {
            partner: "bank:95588".into(),
            name: "某银行".into(),
            endpoint: String::new(),
            at: String::new(),
            checks: vec![check, POINT.unproved("没有应答")],
            passed: false,
        };
        let page = report.page("s");
        assert!(page.contains("4401****0013") && !page.contains("<b>") && page.contains("请核对"), "{page}");
        assert_eq!(report.tally(), "通过0项，不通过1项，未检验1项");
    }
}
